package search

import (
	"math/bits"
	"slices"
	"strings"
	"time"
)

// Bounds of an answer.
const (
	defaultLimit = 50
	enoughFull   = 10 // sheets with all the words that make others needless
	filledUp     = 50 // sheets up to which others are added
)

// Result is the answer to a query.
type Result struct {
	Query     string // as typed
	Corrected string // the whole query with repaired words, "" without repair
	Literal   string // what was typed, when Corrected is shown instead
	Total     int
	Hits      []Hit
	Facets    map[string][]FacetCount
	Took      time.Duration
}

// Hit is a sheet found. Matched is for Highlight and SnippetOf.
type Hit struct {
	Code    string
	Score   float64
	Matched []string
}

// Search answers a query; without words it lists all sheets that pass the
// filters.
func (x *Index) Search(q Query) Result {
	start := time.Now()
	res := Result{Query: q.Text}
	s, _ := x.scratch.Get().(*scratch)
	defer func() {
		s.clear()
		x.scratch.Put(s)
	}()
	limit := q.Limit
	if limit <= 0 {
		limit = defaultLimit
	}
	st := x.docs.standing(q.Own)
	filters := x.filterSet(q.Filters)
	codes := x.withCode(q.Text)
	var words []queryWord
	if len(codes) == 0 || !looksLikeCode(q.Text) {
		words = x.words(q.Text)
	}
	if len(words) == 0 && len(codes) == 0 && strings.TrimSpace(q.Text) == "" {
		x.all(&res, limit, &filters, &st)
	} else {
		groups := x.match(words, q.Literal, s)
		first := x.collect(&res, limit, &filters, &st, newMembers(x, groups, codes, s, &st))
		if res.Corrected = x.corrected(q.Text, groups, first); res.Corrected != "" {
			res.Literal = q.Text
		}
	}
	res.Took = time.Since(start)
	return res
}

// all lists the catalogue.
func (x *Index) all(res *Result, limit int, filters *filterSet, st *standing) {
	best := top{n: min(limit, x.Len())}
	c := newCounter(x.docs.facets)
	for doc := range u32(x.Len()) {
		missed, field := filters.missed(x.docs.facets, doc)
		if filters.never {
			break
		}
		c.add(doc, missed, field)
		if missed == 0 {
			res.Total++
			best.add(ranked{x.plainKey(doc, st), doc})
		}
	}
	res.Facets = c.result()
	for _, b := range best.sorted() {
		res.Hits = append(res.Hits, Hit{Code: x.docs.codes[b.doc]})
	}
}

// collect filters, counts and ranks the sheets that answer the query. It
// returns the words of the first sheet's titles.
func (x *Index) collect(res *Result, limit int, filters *filterSet, st *standing, m *members) (first []uint32) {
	best := top{n: max(limit, rerankWindow)}
	c := newCounter(x.docs.facets)
	for _, doc := range m.docs {
		missed, field := filters.missed(x.docs.facets, doc)
		if filters.never {
			break
		}
		c.add(doc, missed, field)
		if missed == 0 {
			res.Total++
			best.add(ranked{m.key(doc), doc})
		}
	}
	res.Facets = c.result()
	matched := x.matched(m.groups)
	list := best.sorted()
	window := list[:min(len(list), rerankWindow)]
	for i, p := range x.rerank(window, m.groups, m, st) {
		if i == 0 {
			first = x.titleWords(p.doc)
		}
		res.Hits = append(res.Hits, Hit{x.docs.codes[p.doc], float64(p.score), matched})
	}
	for _, b := range list[len(window):] {
		res.Hits = append(res.Hits, Hit{x.docs.codes[b.doc], float64(m.text(b.doc, m.sum)), matched})
	}
	res.Hits = res.Hits[:min(len(res.Hits), limit)]
	return first
}

func (x *Index) titleWords(doc uint32) []uint32 {
	var all []uint32
	r := titleReader{x.docs.titles.at(doc)}
	for {
		_, words, ok := r.next(nil, u32(len(x.lex.words)))
		if !ok {
			return all
		}
		all = append(all, words...)
	}
}

// members are the sheets that answer a query: those with all its words, or,
// where they are few, filled up with the best of the others.
type members struct {
	x      *Index
	s      *scratch
	st     *standing
	groups []group
	need   uint16 // words that a full answer has
	sum    float32
	docs   []uint32
	coded  map[uint32]int // tiers above the others for sheets found by code
}

func newMembers(x *Index, groups []group, codes []coded, s *scratch, st *standing) *members {
	m := &members{x: x, s: s, st: st, groups: groups, coded: map[uint32]int{}}
	for i := range groups {
		m.sum += groups[i].idf
		if groups[i].found > 0 && !groups[i].optional {
			m.need |= 1 << i
		}
	}
	for _, c := range codes {
		m.coded[c.doc] = c.tiers
		if s.mask[c.doc] == 0 {
			m.docs = append(m.docs, c.doc)
		}
	}
	full := 0
	for _, doc := range s.touched {
		if m.full(doc) {
			m.docs = append(m.docs, doc)
			full++
		}
	}
	if full < enoughFull && bits.OnesCount16(m.need) > 1 {
		m.fillUp(full)
	}
	return m
}

func (m *members) full(doc uint32) bool {
	return m.coded[doc] > 0 || (m.need != 0 && m.s.mask[doc]&m.need == m.need)
}

// fillUp adds sheets that have enough of the words.
func (m *members) fillUp(full int) {
	least := float32(0.45)
	if full == 0 {
		best := float32(0)
		for _, doc := range m.s.touched {
			best = max(best, m.share(doc))
		}
		least = 0.6 * best
	}
	t := top{n: filledUp - full}
	for _, doc := range m.s.touched {
		if !m.full(doc) && m.share(doc) >= least {
			t.add(ranked{m.key(doc), doc})
		}
	}
	for _, r := range t.sorted() {
		m.docs = append(m.docs, r.doc)
	}
}

// share is the weight of the words that a sheet has among all.
func (m *members) share(doc uint32) float32 {
	if m.sum == 0 {
		return 0
	}
	share := float32(0)
	for i := range m.groups {
		if m.s.mask[doc]&(1<<i) != 0 {
			share += m.groups[i].idf
		}
	}
	return share / m.sum
}

// text is the score of a sheet's text, 0 to 1; a part of the words counts
// less than its part.
func (m *members) text(doc uint32, sum float32) float32 {
	if sum == 0 {
		return 0
	}
	score := m.s.score[doc] / sum
	if !m.full(doc) {
		share := m.share(doc)
		score *= share
	}
	return score
}

func (m *members) tier(doc uint32) int {
	t := tier(m.full(doc), m.x.docs.state[doc])
	return t + m.coded[doc]
}

func (m *members) key(doc uint32) uint64 {
	return key(m.tier(doc), m.text(doc, m.sum)*m.st.factor(&m.x.docs, doc), m.x.docs.order[doc])
}

// matched lists what to highlight: folded words and stems, and prefixes with
// a star.
func (x *Index) matched(groups []group) []string {
	var out []string
	for i := range groups {
		g := &groups[i]
		if g.optional {
			continue
		}
		if g.to > g.from {
			out = append(out, g.folded+"*")
		}
		for _, a := range g.alts {
			if a.weight != weightPrefix || g.from == g.to {
				out = append(out, x.stems.names[a.stem])
			}
		}
		if g.word >= 0 {
			out = append(out, g.folded)
		}
		for _, c := range g.repaired {
			out = append(out, x.lex.words[c.word])
		}
	}
	slices.Sort(out)
	return slices.Compact(out)
}

// looksLikeCode reports a text that is only meant as the code of a sheet.
func looksLikeCode(text string) bool {
	text = strings.TrimSpace(text)
	return strings.ContainsAny(text, "_-") && !strings.ContainsAny(text, " \t") && strings.ContainsAny(text, "0123456789")
}

// coded is a sheet found by its code.
type coded struct {
	doc   uint32
	tiers int
}

// withCode returns the sheets whose code is the text, or starts with it when
// it looks like one.
func (x *Index) withCode(text string) []coded {
	text = strings.ToLower(strings.TrimSpace(text))
	if text == "" || len(text) > maxQueryBytes {
		return nil
	}
	d := &x.docs
	i, _ := slices.BinarySearchFunc(d.byCode, text, func(doc uint32, t string) int {
		return strings.Compare(strings.ToLower(d.codes[doc]), t)
	})
	var out []coded
	for ; i < len(d.byCode) && len(out) < rerankWindow; i++ {
		doc := d.byCode[i]
		code := strings.ToLower(d.codes[doc])
		switch {
		case code == text:
			out = append(out, coded{doc, 8})
		case looksLikeCode(text) && strings.HasPrefix(code, text):
			out = append(out, coded{doc, 4})
		default:
			return out
		}
	}
	return out
}
