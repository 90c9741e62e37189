package bench

import (
	"cmp"
	"context"
	"fmt"
	"io"
	"slices"
	"strings"

	"polis/app/search"
)

// Set is a catalogue with its judged queries.
type Set struct {
	Name    string
	Own     string // authority of whoever asks, "" for nobody's
	Docs    []search.Doc
	Words   *search.Words // synonyms and best bets: ours only
	Queries []Judged
}

// Check refuses queries that want sheets which are not there.
func (s *Set) Check() error {
	known := map[string]bool{}
	for i := range s.Docs {
		known[s.Docs[i].Code] = true
	}
	for i := range s.Queries {
		for code := range s.Queries[i].Want {
			if !known[code] {
				return fmt.Errorf("%s: query %s wants %s, which is not in the catalogue", s.Name, s.Queries[i].ID, code)
			}
		}
	}
	return nil
}

// Systems builds everything that is held against each other, ours first. The
// caller closes them.
func (s *Set) Systems(dir string) ([]System, error) {
	ours := NewOurs(dir)
	if err := ours.Build(s.Docs); err != nil {
		return nil, err
	}
	systems := []System{ours.Of("ours", s.Own, s.Words)}
	if s.Words != nil {
		systems = append(systems, ours.Of("ours without synonyms", s.Own, nil))
	}
	peers, err := buildPeers(dir, s.Docs)
	for _, p := range peers {
		systems = append(systems, WithStanding(p, s.Docs, s.Own))
	}
	return systems, err
}

// buildPeers builds each index once. Fewer than ten sheets with all the
// words are filled up with others, as ours are: it is better for them.
func buildPeers(dir string, docs []search.Doc) ([]System, error) {
	asking := Asking{FillBelow: depth, ShortInTitles: true}
	plain, err := NewFTS5(dir, false, asking)
	if err != nil {
		return nil, err
	}
	stemmed, err := NewFTS5(dir, true, asking)
	if err != nil {
		return nil, err
	}
	bleve, err := NewBleve(dir, false, asking)
	if err != nil {
		return nil, err
	}
	fuzzy := *bleve
	fuzzy.fuzzy = true
	for _, s := range []System{plain, stemmed, bleve} {
		if err := s.Build(docs); err != nil {
			return nil, err
		}
	}
	return []System{plain, stemmed, bleve, &fuzzy}, fuzzy.Open()
}

// Answered are one system's scores over the queries of a part, in order.
type Answered struct {
	System string
	Got    [][]string
	Scores []Score
}

// Ask puts the queries to a system.
func Ask(ctx context.Context, s System, queries []Judged) (Answered, error) {
	a := Answered{System: s.Name()}
	for i := range queries {
		hits, err := s.Search(ctx, queries[i].Query, depth)
		if err != nil {
			return a, fmt.Errorf("%s, query %s: %w", s.Name(), queries[i].ID, err)
		}
		got := Codes(hits)
		a.Got = append(a.Got, got)
		a.Scores = append(a.Scores, Rate(queries[i].Want, got))
	}
	return a, nil
}

// Part returns the queries of a part.
func (s *Set) Part(part string) []Judged {
	return slices.DeleteFunc(slices.Clone(s.Queries), func(q Judged) bool { return q.Part != part })
}

// Report prints what the systems answered to a part of the set: sums only.
func (s *Set) Report(w io.Writer, part string, answers []Answered) {
	queries := s.Part(part)
	fmt.Fprintf(w, "\n## %s, part %s: %d queries over %d sheets\n\n", s.Name, part, len(queries), len(s.Docs))
	if len(queries) == 0 {
		return
	}
	t := Table{Header: []string{"", "S@1", "95 %", "MRR@10", "95 %", "nDCG@10", "95 %"}}
	for i := range answers {
		row := []string{answers[i].System}
		for _, m := range measures() {
			e := Bootstrap(answers[i].values(m, nil))
			row = append(row, fmt.Sprintf("%.3f", e.Mean), fmt.Sprintf("%.3f-%.3f", e.Low, e.High))
		}
		t.Add(row...)
	}
	t.Print(w)
	s.differences(w, answers)
	byKind(w, queries, answers)
}

// measure is one of the three figures.
type measure struct {
	name string
	of   func(Score) float64
}

func measures() []measure {
	return []measure{
		{"S@1", func(s Score) float64 { return s.First }},
		{"MRR@10", func(s Score) float64 { return s.Reciprocal }},
		{"nDCG@10", func(s Score) float64 { return s.Gain }},
	}
}

// values returns a measure's values for the queries that keep wants.
func (a *Answered) values(m measure, keep func(i int) bool) []float64 {
	var out []float64
	for i, s := range a.Scores {
		if keep == nil || keep(i) {
			out = append(out, m.of(s))
		}
	}
	return out
}

// differences prints ours against the best peer of each measure, paired.
func (s *Set) differences(w io.Writer, answers []Answered) {
	peers := slices.DeleteFunc(slices.Clone(answers), func(a Answered) bool { return isOurs(a.System) })
	if len(peers) == 0 {
		return
	}
	fmt.Fprintln(w)
	for i := range answers {
		if !isOurs(answers[i].System) {
			continue
		}
		for _, m := range measures() {
			best := slices.MaxFunc(peers, func(a, b Answered) int {
				return cmp.Compare(mean(a.values(m, nil)), mean(b.values(m, nil)))
			})
			d := Paired(answers[i].values(m, nil), best.values(m, nil))
			verdict := "more than the interval"
			if d.Low <= 0 {
				verdict = "NOT more than the interval"
			}
			fmt.Fprintf(w, "- %s: %s %+.3f against %s (95 %%: %+.3f to %+.3f), %s\n",
				answers[i].System, m.name, d.Mean, best.System, d.Low, d.High, verdict)
		}
	}
}

func isOurs(name string) bool { return strings.HasPrefix(name, "ours") }

func byKind(w io.Writer, queries []Judged, answers []Answered) {
	header := []string{"S@1 / nDCG@10", "n"}
	for i := range answers {
		header = append(header, answers[i].System)
	}
	t := Table{Header: header}
	for _, kind := range Kinds() {
		is := func(i int) bool { return queries[i].Kind == kind }
		n := 0
		for i := range queries {
			if is(i) {
				n++
			}
		}
		if n == 0 {
			continue
		}
		row := []string{kind, fmt.Sprint(n)}
		for i := range answers {
			ms := measures()
			row = append(row, fmt.Sprintf("%.2f / %.2f", mean(answers[i].values(ms[0], is)), mean(answers[i].values(ms[2], is))))
		}
		t.Add(row...)
	}
	fmt.Fprintln(w)
	t.Print(w)
}

// Misses prints the queries of the tuning part whose first sheet is not the
// right one. The measured part stays unseen, or it would measure nothing.
func (s *Set) Misses(w io.Writer, a Answered) {
	titles := map[string]string{}
	for i := range s.Docs {
		titles[s.Docs[i].Code] = s.Docs[i].Title
	}
	fmt.Fprintf(w, "\nMisses of %s in %s, part %s:\n", a.System, s.Name, PartTune)
	for i, q := range s.Part(PartTune) {
		if a.Scores[i].First == 1 {
			continue
		}
		fmt.Fprintf(w, "\n%s (%s) %q, nDCG %.2f\n", q.ID, q.Kind, q.Query, a.Scores[i].Gain)
		for _, code := range wantedFirst(q.Want) {
			fmt.Fprintf(w, "  wanted %d %s %s\n", q.Want[code], code, titles[code])
		}
		for _, code := range a.Got[i][:min(3, len(a.Got[i]))] {
			fmt.Fprintf(w, "     got %d %s %s\n", q.Want[code], code, titles[code])
		}
	}
}

func wantedFirst(want map[string]int) []string {
	var codes []string
	for code := range want {
		codes = append(codes, code)
	}
	slices.SortFunc(codes, func(a, b string) int { return cmp.Or(want[b]-want[a], strings.Compare(a, b)) })
	return codes
}
