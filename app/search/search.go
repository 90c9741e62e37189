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
	maxRead      = 1000
	readAtOnce   = 100
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
	Why     *Why // when the query asked for it
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
	if q.Limit <= 0 {
		q.Limit = defaultLimit
	}
	filters := x.filterSet(q.Filters)
	switch {
	case filters.never:
		res.Facets = x.docs.facetCounts(&s.counts)
	case strings.TrimSpace(q.Text) == "":
		x.all(&res, q.Limit, &filters, x.standing(q.Own, false), s)
	default:
		x.answer(&res, &q, &filters, s)
	}
	res.Took = time.Since(start)
	return res
}

// all lists the catalogue.
func (x *Index) all(res *Result, limit int, filters *filterSet, st *standing, s *scratch) {
	d := &x.docs
	best := top{n: min(limit, x.Len())}
	for doc := range u32(len(d.codes)) {
		if d.isDead(doc) {
			continue
		}
		missed := filters.missed(d, doc)
		d.count(s.counts[doc&1], doc, missed)
		if missed == 0 {
			res.Total++
			best.add(ranked{x.plainKey(doc, st), doc})
		}
	}
	res.Facets = d.facetCounts(&s.counts)
	for _, b := range best.sorted() {
		res.Hits = append(res.Hits, Hit{Code: d.codes[b.doc]})
	}
}

// answer finds the sheets for a text.
func (x *Index) answer(res *Result, q *Query, filters *filterSet, s *scratch) {
	codes := x.withCode(q.Text)
	var a asked
	if len(codes) == 0 || !looksLikeCode(q.Text) {
		a = x.ask(q.Text)
	}
	if len(a.words) == 0 && len(codes) == 0 && !strings.ContainsFunc(q.Text, wordRune) { // a quote just opened
		x.all(res, q.Limit, filters, x.standing(q.Own, false), s)
		return
	}
	codes = append(codes, x.best(q)...)
	groups := x.match(a.words, q.Literal, s)
	for _, w := range a.without {
		for _, st := range x.stemsOfText(w) {
			for i := range x.parts {
				s.exclude(x.parts[i].posted(st), x.parts[i].first)
			}
		}
	}
	m := newMembers(x, groups, codes, s, x.standing(x.askedAuthority(groups, q.Own)))
	m.gather()
	m.gatherFiltered(filters)
	if q.Texts != nil {
		m.keepSequences(a.sequences, filters, q.Texts)
	}
	first := x.collect(res, q, filters, m)
	if res.Corrected = x.corrected(q.Text, groups, first); res.Corrected != "" {
		res.Literal = q.Text
	}
}

// best returns the best bets of a query.
func (x *Index) best(q *Query) []coded {
	var out []coded
	for _, code := range x.editable.get().bet(q.Text) {
		if doc, ok := x.find(code); ok && len(out) < maxBets {
			out = append(out, coded{doc, tiersBet - len(out)})
		}
	}
	return out
}

// collect filters, counts and ranks the sheets that answer the query. It
// returns the words of the first sheet's titles.
func (x *Index) collect(res *Result, q *Query, filters *filterSet, m *members) (first []uint32) {
	d, s := &x.docs, m.s
	best := top{n: max(q.Limit, rerankWindow)}
	for i, doc := range s.members {
		missed := filters.missed(d, doc)
		d.count(s.counts[i&1], doc, missed)
		if missed == 0 {
			res.Total++
			if !m.below(doc, &best) {
				best.add(ranked{m.key(doc), doc})
			}
		}
	}
	res.Facets = d.facetCounts(&s.counts)
	matched := x.matched(m.groups)
	list := best.sorted()
	window := list[:min(len(list), rerankWindow)]
	for i, p := range x.rerank(window, m) {
		if i == 0 {
			first = x.wordsOfTitles(p.doc)
		}
		if i >= q.Limit {
			break
		}
		hit := Hit{Code: d.codes[p.doc], Score: float64(p.score), Matched: matched}
		if q.Explain {
			hit.Why = m.why(&p)
		}
		res.Hits = append(res.Hits, hit)
	}
	for _, b := range list[len(window):] {
		if len(res.Hits) < q.Limit {
			res.Hits = append(res.Hits, Hit{Code: d.codes[b.doc], Score: float64(m.text(b.doc)), Matched: matched})
		}
	}
	return first
}

// wordsOfTitles returns the words of a sheet's titles.
func (x *Index) wordsOfTitles(doc uint32) []uint32 {
	var all []uint32
	p := x.partOf(doc)
	r := titleReader{p.sheets.titles.at(doc - p.first)}
	for {
		_, words, ok := r.next(nil, u32(len(p.segment.words.names)))
		if !ok {
			return all
		}
		for _, w := range words {
			all = append(all, p.word(w))
		}
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

	required uint16 // quoted words: nothing answers without them
	sum      float32
	scale    float32        // one by sum
	coded    map[uint32]int // tiers above the others for sheets found by code
	alike    bool           // all have all the words: only scores differ
}

func newMembers(x *Index, groups []group, codes []coded, s *scratch, st *standing) *members {
	m := &members{x: x, s: s, st: st, groups: groups}
	for i := range groups {
		m.sum += groups[i].idf
		if groups[i].quoted {
			m.required |= 1 << i
		}
	}
	m.need = needed(groups)
	if m.sum == 0 {
		m.sum = 1
	}
	m.scale = 1 / m.sum
	s.share(groups, m.sum)
	if len(codes) > 0 {
		m.coded = make(map[uint32]int, len(codes))
	}
	for _, c := range codes {
		if m.coded[c.doc] == 0 && s.mask[c.doc] == 0 {
			s.members = append(s.members, c.doc)
		}
		m.coded[c.doc] = max(m.coded[c.doc], c.tiers)
	}
	return m
}

// share tables the weight of the words that a sheet has among all, by mask.
func (s *scratch) share(groups []group, sum float32) {
	n := 1 << len(groups)
	if cap(s.shares) < n {
		s.shares = make([]float32, n)
	}
	s.shares = s.shares[:n]
	s.shares[0] = 0
	for mask := 1; mask < n; mask++ {
		low := bits.TrailingZeros(uint(mask))
		s.shares[mask] = s.shares[mask&(mask-1)] + groups[low].idf/sum
	}
}

// gather fills scratch.members.
func (m *members) gather() {
	s := m.s
	full := 0
	for _, doc := range s.touched {
		if mask := s.mask[doc]; mask&markNot == 0 && m.full(doc) {
			s.members = append(s.members, doc)
			full++
		}
	}
	m.alike = m.coded == nil
	if full < enoughFull && bits.OnesCount16(m.need) > 1 {
		m.alike = false
		least := float32(shareBeside)
		if full == 0 {
			least = shareOfBest * m.bestShare()
		}
		m.fillUp(full, least, func(uint32) bool { return true })
	}
}

// gatherFiltered adds what has some of the words when filters refuse all that
// have them all: the ten elsewhere must not hide what is here.
func (m *members) gatherFiltered(filters *filterSet) {
	passes := func(doc uint32) bool { return filters.missed(&m.x.docs, doc) == 0 }
	if filters.active == 0 || !m.alike || bits.OnesCount16(m.need) < 2 || slices.ContainsFunc(m.s.members, passes) {
		return
	}
	m.alike = false
	m.fillUp(0, shareBehind, passes)
}

// How much of the words by weight a sheet must have that has not all of them.
const (
	shareBeside = 0.3 // beside some that have all
	shareOfBest = 0.4 // of what the best has, when none has all
	shareBehind = 0.6 // when filters refuse those that have all
)

// partial reports a sheet with some of the words and without what must not or
// must be there.
func (m *members) partial(doc uint32) bool {
	mask := m.s.mask[doc]
	return mask&markNot == 0 && mask&m.required == m.required && !m.full(doc)
}

func (m *members) bestShare() float32 {
	best := float32(0)
	for _, doc := range m.s.touched {
		if m.partial(doc) {
			best = max(best, m.shareOf(doc))
		}
	}
	return best
}

// below reports, cheaply, a sheet that cannot come among the best any more.
func (m *members) below(doc uint32, best *top) bool {
	return m.alike && len(best.heap) == best.n && best.n > 0 &&
		keyScore(tierMost, m.s.score[doc]*m.scale*m.st.factor[doc]) < uint32(best.heap[0].key>>32)
}

func (m *members) hasAll(mask uint16) bool { return m.need != 0 && mask&m.need == m.need }

// full reports a sheet with all the words, or one that was asked for by code.
func (m *members) full(doc uint32) bool {
	return m.hasAll(m.s.mask[doc]) || (m.coded != nil && m.coded[doc] > 0)
}

// fillUp adds the best of the sheets that have enough of the words.
func (m *members) fillUp(full int, least float32, passes func(uint32) bool) {
	s := m.s
	t := top{n: filledUp - full}
	for _, doc := range s.touched {
		if m.shareOf(doc) >= least && m.partial(doc) && passes(doc) {
			t.add(ranked{m.key(doc), doc})
		}
	}
	for _, r := range t.sorted() {
		s.members = append(s.members, r.doc)
	}
}

func (m *members) shareOf(doc uint32) float32 {
	return m.s.shares[int(m.s.mask[doc])&(len(m.s.shares)-1)]
}

// text is the score of a sheet's text, 0 to 1; a part of the words counts
// less than its part.
func (m *members) text(doc uint32) float32 {
	score := m.s.score[doc] * m.scale
	if !m.hasAll(m.s.mask[doc]) {
		score *= m.shareOf(doc)
	}
	return score
}

func (m *members) tier(doc uint32) int {
	t := tier(m.full(doc), m.x.docs.state[doc])
	if m.coded != nil {
		t += m.coded[doc]
	}
	return t
}

func (m *members) key(doc uint32) uint64 {
	return key(m.tier(doc), m.text(doc)*m.st.factor[doc], m.x.docs.order[doc])
}

// keepSequences drops the members in whose texts a quoted sequence does not
// stand. Only the best are read, and none that filters keep out of sight and
// counts.
func (m *members) keepSequences(sequences []sequence, filters *filterSet, texts func([]string) ([][]string, error)) {
	sequences = slices.DeleteFunc(slices.Clone(sequences), func(s sequence) bool { return len(s) < 2 })
	if len(sequences) == 0 {
		return
	}
	best := top{n: maxRead}
	for _, doc := range m.s.members {
		if missed := filters.missed(&m.x.docs, doc); missed&(missed-1) == 0 {
			best.add(ranked{m.key(doc), doc})
		}
	}
	m.s.members = m.s.members[:0]
	for list := range slices.Chunk(best.sorted(), readAtOnce) {
		codes := make([]string, len(list))
		for i, r := range list {
			codes[i] = m.x.docs.codes[r.doc]
		}
		read, err := texts(codes)
		if err != nil {
			return // who gave us the texts knows of the error
		}
		for i := range min(len(read), len(list)) {
			if saysAll(read[i], sequences) {
				m.s.members = append(m.s.members, list[i].doc)
			}
		}
	}
}

func saysAll(texts []string, sequences []sequence) bool {
	for _, s := range sequences {
		if !slices.ContainsFunc(texts, func(text string) bool { return s.in(plain(text)) }) {
			return false
		}
	}
	return true
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
				out = append(out, x.stems[a.stem])
			}
		}
		for _, p := range g.phrases {
			for _, stems := range p.words {
				for _, st := range stems {
					out = append(out, x.stems[st])
				}
			}
		}
		if g.word >= 0 {
			out = append(out, g.folded)
		}
		for _, c := range g.repaired {
			out = append(out, c.text)
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

// Tiers by which sheets stand above those that are only found by words.
const (
	tiersCode   = 12
	tiersPrefix = 8
	tiersBet    = 6
	maxBets     = 4
)

// coded is a sheet found by its code.
type coded struct {
	doc   uint32
	tiers int
}

// withCode returns the sheets whose code is the text, or starts with it when
// it looks like one; capitals do not matter.
func (x *Index) withCode(text string) []coded {
	text = strings.ToLower(strings.TrimSpace(text))
	if text == "" || len(text) > maxQueryBytes || strings.ContainsAny(text, " \t") {
		return nil
	}
	var out []coded
	most := 1
	if looksLikeCode(text) {
		most = rerankWindow
	}
	for i := range x.parts {
		p := &x.parts[i]
		codes := p.sheets.codes
		at, _ := slices.BinarySearch(codes, text)
		for n := 0; n < most && at < len(codes) && strings.HasPrefix(codes[at], text); n, at = n+1, at+1 {
			out = x.codedAs(out, p.first+u32(at), codes[at], text)
		}
		at, _ = slices.BinarySearchFunc(p.capital, text, func(c codeOf, t string) int { return strings.Compare(c.lower, t) })
		for n := 0; n < most && at < len(p.capital) && strings.HasPrefix(p.capital[at].lower, text); n, at = n+1, at+1 {
			out = x.codedAs(out, p.first+p.capital[at].doc, p.capital[at].lower, text)
		}
	}
	return out
}

func (x *Index) codedAs(out []coded, doc uint32, code, text string) []coded {
	switch {
	case x.docs.isDead(doc):
	case code == text:
		return append(out, coded{doc, tiersCode})
	case looksLikeCode(text):
		return append(out, coded{doc, tiersPrefix})
	}
	return out
}
