package bench

import (
	"context"
	"errors"
	"io/fs"
	"math"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"

	"polis/app/search"
)

func root() string { return filepath.Join("..", "..", "..") }

func sample(t *testing.T) []search.Doc {
	t.Helper()
	docs, err := FoldersOf(root()).Sample()
	if err != nil {
		t.Fatal(err)
	}
	return docs
}

// peers and ours over the sample, each under its name.
func systems(t *testing.T, docs []search.Doc) []System {
	t.Helper()
	set := Set{Name: "sample", Own: "demo_borgo", Docs: docs, Words: search.NewWords(nil, nil)}
	all, err := set.Systems(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		for _, s := range all {
			if err := s.Close(); err != nil {
				t.Error(err)
			}
		}
	})
	return all
}

// Every system finds a sheet by words of its title, by the start of one and
// with an accent left out; the fuzzy ones in spite of a typo.
func TestSystemsFind(t *testing.T) {
	all := systems(t, sample(t))
	if len(all) != 6 {
		t.Fatalf("%d systems", len(all))
	}
	for _, s := range all {
		size, err := s.Size()
		if err != nil || size == 0 {
			t.Errorf("%s: size %d, %v", s.Name(), size, err)
		}
		for _, query := range []string{"passaporto minore", "passaporto min", "Passaporto per un minore", "l'identità del passaporto minore"} {
			finds(t, s, query, "r_piemon-0005")
		}
		if isOurs(s.Name()) || strings.Contains(s.Name(), "fuzzy") {
			finds(t, s, "pasaporto minore", "r_piemon-0005")
		}
		finds(t, s, "carta identita smarrita", "demo_borgo-0002")
	}
}

func finds(t *testing.T, s System, query, code string) {
	t.Helper()
	hits, err := s.Search(context.Background(), query, 5)
	if err != nil || !slices.Contains(Codes(hits), code) {
		t.Errorf("%s: %q finds %v, %v", s.Name(), query, Codes(hits), err)
	}
}

// What was built opens again and answers the same; nothing breaks on odd
// queries.
func TestSystemsOpenAgain(t *testing.T) {
	docs := sample(t)[:40]
	for _, asking := range []Asking{{FillBelow: 1}, {FillBelow: 10, ShortInTitles: true}} {
		dir := t.TempDir()
		fts, err := NewFTS5(dir, false, asking)
		if err != nil {
			t.Fatal(err)
		}
		bleve, err := NewBleve(dir, true, asking)
		if err != nil {
			t.Fatal(err)
		}
		for _, s := range []System{NewOurs(dir), fts, bleve} {
			openAgain(t, s, docs)
		}
	}
}

func openAgain(t *testing.T, s System, docs []search.Doc) {
	t.Helper()
	if err := s.Build(docs); err != nil {
		t.Fatal(err)
	}
	odd := []string{"certificato di residenza", "c", "ce", "", " ", "\"", "a AND", "di", "l'", "104/92", "title:x*", "\x00\xff"}
	before := answers(t, s, odd)
	if err := errors.Join(s.Close(), s.Open()); err != nil {
		t.Fatal(err)
	}
	if after := answers(t, s, odd); !reflect.DeepEqual(before, after) {
		t.Errorf("%s answers differently:\n%v\n%v", s.Name(), before, after)
	}
	if err := s.Close(); err != nil {
		t.Error(err)
	}
}

func answers(t *testing.T, s System, queries []string) [][]string {
	t.Helper()
	var all [][]string
	for _, q := range queries {
		hits, err := s.Search(context.Background(), q, 5)
		if err != nil {
			t.Errorf("%s: %q: %v", s.Name(), q, err)
		}
		all = append(all, Codes(hits))
	}
	return all
}

func TestPeerQuery(t *testing.T) {
	stops, err := newStopWords()
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		text, words string
		typing      bool
	}{
		{"carta d'identità", "carta identità", true},
		{"ho perso la carta ", "perso carta", false},
		{"carta di", "carta di", true},
		{"carta di ", "carta", false},
		{"di", "di", true},
		{"", "", false},
	} {
		q := stops.query(c.text)
		if got := strings.Join(q.words, " "); got != c.words || q.typing != c.typing {
			t.Errorf("%q: %q, typing %v", c.text, got, q.typing)
		}
	}
}

func TestRecombineIsRepeatable(t *testing.T) {
	source := sample(t)
	french := source[0]
	french.Language, french.Sections = "fr", []string{strings.Repeat("é à ", 5000)}
	source = append(source, french)
	places := madeUp(50)
	docs := Recombine(source, 400, places, 7)
	if !reflect.DeepEqual(docs, Recombine(source, 400, places, 7)) {
		t.Fatal("two runs differ")
	}
	if reflect.DeepEqual(docs, Recombine(source, 400, places, 8)) {
		t.Fatal("the seed changes nothing")
	}
	codes, italian, adapted := map[string]bool{}, 0, 0
	for i := range docs {
		codes[docs[i].Code] = true
		if docs[i].Language == "it" {
			italian++
		}
		if docs[i].Base != "" {
			adapted++
		}
		if n := TextSize(docs[i : i+1]); n < leastText || n > 4*mostText {
			t.Errorf("%s has %d bytes", docs[i].Code, n)
		}
	}
	if len(codes) != len(docs) || italian < 200 || adapted < 10 || adapted > 80 {
		t.Errorf("%d codes, %d Italian, %d adapted", len(codes), italian, adapted)
	}
}

func TestPieces(t *testing.T) {
	for _, text := range []string{"", "short", strings.Repeat("é", 4000), strings.Repeat("word\n", 1000), strings.Repeat("long words ", 500)} {
		pieces := piecesOf(text)
		squeezed := func(s string) string { return strings.Join(strings.Fields(s), "") }
		if squeezed(strings.Join(pieces, " ")) != squeezed(text) {
			t.Errorf("%.20q lost something", text)
		}
		for _, p := range pieces {
			if len(p) > pieceText {
				t.Errorf("a piece of %d bytes", len(p))
			}
		}
	}
}

func TestRate(t *testing.T) {
	want := map[string]int{"a": 3, "b": 2, "c": 1}
	ideal := 7 + 3/math.Log2(3) + 1/2.0
	for _, c := range []struct {
		got  string
		want Score
	}{
		{"a b c", Score{1, 1, 1}},
		{"b a", Score{0, 0.5, (3 + 7/math.Log2(3)) / ideal}},
		{"x c x a", Score{0, 0.25, (1/math.Log2(3) + 7/math.Log2(5)) / ideal}},
		{"x x x x x x x x x x a", Score{}},
		{"", Score{}},
	} {
		got := Rate(want, strings.Fields(c.got))
		if got.First != c.want.First || got.Reciprocal != c.want.Reciprocal || math.Abs(got.Gain-c.want.Gain) > 1e-12 {
			t.Errorf("%q: %+v, want %+v", c.got, got, c.want)
		}
	}
	if s := Rate(map[string]int{"a": 2}, []string{"a"}); s.First != 1 || s.Gain != 1 {
		t.Errorf("the highest grade of the query counts: %+v", s)
	}
}

func TestBootstrap(t *testing.T) {
	values := make([]float64, 100)
	for i := range 80 {
		values[i] = 1
	}
	e := Bootstrap(values)
	// The normal approximation gives 0.8 -+ 1.96 * 0.04.
	if e.Mean != 0.8 || math.Abs(e.Low-0.7216) > 0.015 || math.Abs(e.High-0.8784) > 0.015 {
		t.Errorf("%+v", e)
	}
	if e != Bootstrap(values) {
		t.Error("not repeatable")
	}
	if d := Paired(values, values); d != (Estimate{}) {
		t.Errorf("a system differs from itself: %+v", d)
	}
	if e := Bootstrap([]float64{0.5, 0.5}); e != (Estimate{0.5, 0.5, 0.5}) {
		t.Errorf("%+v", e)
	}
	if e := Bootstrap(nil); e != (Estimate{}) {
		t.Errorf("%+v", e)
	}
}

func TestReadJudged(t *testing.T) {
	good := `{"id":"a","query":"pasaporto","kind":"typo","part":"tune","want":{"r_piemon-0004":3}}
{"id":"b","query":"nido","kind":"words","part":"measure","want":{"r_piemon-0004":3}}
`
	if list, err := ReadJudged(written(t, good)); err != nil || len(list) != 2 {
		t.Fatal(list, err)
	}
	for _, bad := range []string{
		`{`, `{"id":"","query":"secret","kind":"typo","part":"tune","want":{"a":1}}`,
		`{"id":"a","query":"secret","kind":"wrong","part":"tune","want":{"a":1}}`,
		`{"id":"a","query":"secret","kind":"typo","part":"wrong","want":{"a":1}}`,
		`{"id":"a","query":"secret","kind":"typo","part":"tune","want":{}}`,
		`{"id":"a","query":"secret","kind":"typo","part":"tune","want":{"a":4}}`,
		good + good,
	} {
		if _, err := ReadJudged(written(t, bad)); err == nil || strings.Contains(err.Error(), "secret") {
			t.Errorf("%q: %v", bad, err)
		}
	}
	if _, err := ReadJudged(filepath.Join(t.TempDir(), "none")); !errors.Is(err, fs.ErrNotExist) {
		t.Error(err)
	}
}

func written(t *testing.T, text string) string {
	t.Helper()
	name := filepath.Join(t.TempDir(), "judged.jsonl")
	if err := os.WriteFile(name, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return name
}

// The committed sets name only sheets that exist, and none of the measured
// queries is ever printed.
func TestReport(t *testing.T) {
	set := Set{Name: "sample", Own: "demo_borgo", Docs: sample(t), Queries: []Judged{
		{"t1", "pasaporto", "typo", PartTune, map[string]int{"r_piemon-0004": 3}},
		{"t2", "zzz nothing", "words", PartTune, map[string]int{"r_piemon-0005": 3}},
		{"m1", "secret words", "words", PartMeasure, map[string]int{"r_piemon-0004": 3}},
	}}
	if err := set.Check(); err != nil {
		t.Fatal(err)
	}
	ours := NewOurs(t.TempDir())
	if err := ours.Build(set.Docs); err != nil {
		t.Fatal(err)
	}
	var b strings.Builder
	for _, part := range []string{PartTune, PartMeasure} {
		a, err := Ask(context.Background(), ours.Of("ours", set.Own, nil), set.Part(part))
		if err != nil {
			t.Fatal(err)
		}
		peer := a
		peer.System = "peer"
		set.Report(&b, part, []Answered{a, peer})
		if part == PartTune {
			set.Misses(&b, a)
		}
	}
	out := b.String()
	if strings.Contains(out, "secret") || !strings.Contains(out, "zzz nothing") || !strings.Contains(out, "| typo ") {
		t.Error(out)
	}
	set.Queries[0].Want = map[string]int{"nowhere-1": 3}
	if set.Check() == nil {
		t.Error("a sheet that is not there is wanted")
	}
}

func TestJudgedSetsFitTheSample(t *testing.T) {
	queries, err := ReadJudged(filepath.Join("judged", "sample.jsonl"))
	if errors.Is(err, fs.ErrNotExist) {
		t.Skip("NO JUDGED QUERIES of the sample yet")
	}
	if err != nil {
		t.Fatal(err)
	}
	set := Set{Name: "sample", Docs: sample(t), Queries: queries}
	if err := set.Check(); err != nil {
		t.Fatal(err)
	}
}
