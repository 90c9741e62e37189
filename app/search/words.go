package search

import (
	"cmp"
	"slices"
	"strings"
	"sync"
	"sync/atomic"

	"polis/app"
)

// How much what is found by another word than the typed one counts.
const (
	weightVariant  = 0.8 // said either way
	weightAcronym  = 0.9
	weightEveryday = 0.7
	weightBeside   = 0.85 // of it, when titles have the typed word itself

	maxMeans     = 8 // phrases that one term stands for
	maxTermWords = 6
)

// Words are the editable words of a catalogue: synonyms, sigle and best
// bets. They never change and are safe for concurrent use. They are prepared
// when they are first needed, or by Prepare: a program that only sends a
// contact has no use for them.
type Words struct {
	source func() ([]app.Synonym, []app.BestBet, []string)
	once   sync.Once
	tables *wordTables
	ready  atomic.Bool
}

// NewWords makes words of synonyms and best bets.
func NewWords(synonyms []app.Synonym, bets []app.BestBet) *Words {
	return WordsFrom(func() ([]app.Synonym, []app.BestBet, []string) { return synonyms, bets, nil })
}

// WordsFrom makes words of what the source returns when it is asked, once.
// The third are names of municipalities: who names one says where, not what,
// also when it is no authority of the catalogue.
func WordsFrom(source func() (synonyms []app.Synonym, bets []app.BestBet, places []string)) *Words {
	return &Words{source: source}
}

// WithPlaces adds names of municipalities; see WordsFrom.
func (w *Words) WithPlaces(names []string) *Words {
	source := w.source
	return WordsFrom(func() ([]app.Synonym, []app.BestBet, []string) {
		synonyms, bets, places := source()
		return synonyms, bets, slices.Concat(places, names)
	})
}

// Prepare makes the words ready, so that the first search need not wait.
func (w *Words) Prepare() { w.get() }

// Prepared reports whether somebody has needed the words.
func (w *Words) Prepared() bool { return w != nil && w.ready.Load() }

// Needs returns up to limit phrases that start with what is being typed:
// everyday words and queries of best bets.
func (w *Words) Needs(typed string, limit int) []string { return w.get().startingWith(typed, limit) }

// get returns the prepared words; nil, which knows none, without any.
func (w *Words) get() *wordTables {
	if w == nil {
		return nil
	}
	w.once.Do(func() {
		w.tables = newWordTables(w.source())
		w.source = nil
		w.ready.Store(true)
	})
	return w.tables
}

// wordTables are words as the search needs them.
type wordTables struct {
	terms    map[string][]*term // by the first letters of their first word
	firsts   []string           // folded first words of terms, sorted
	byFirst  map[string][]*term // by the folded first word
	vocab    lexicon            // words of terms, for repairs
	acronyms map[string]bool    // folded
	bets     map[string][]string
	needs    []need // sorted by key
	places   map[string][]place
}

// term is what people type: its words without articles.
type term struct {
	folded []string
	lang   string
	weight float32
	means  [][]string // folded words of what sheets say
}

// need is a phrase that people ask for, with its folded key; somebody chose
// sheets for those of best bets.
type need struct {
	key, text string
	bet       bool
}

func newWordTables(synonyms []app.Synonym, bets []app.BestBet, places []string) *wordTables {
	w := &wordTables{
		terms: map[string][]*term{}, byFirst: map[string][]*term{},
		acronyms: map[string]bool{}, bets: map[string][]string{}, places: placesOf(places),
	}
	for _, list := range w.places {
		for i := range list {
			list[i].owner = nobody
		}
	}
	m := wordsMaker{words: w}
	for i := range synonyms {
		m.addSynonym(&synonyms[i])
	}
	for i := range bets {
		m.addBet(&bets[i])
	}
	m.chain()
	w.sort(m.needs)
	return w
}

func (w *wordTables) placesFrom(word string) []place {
	if w == nil {
		return nil
	}
	return w.places[word]
}

// chain adds to what a term means what that again stands for: people say
// "testamento biologico", some sheets "disposizioni anticipate di trattamento"
// and some only "DAT".
func (m *wordsMaker) chain() {
	next := map[string][]*term{}
	for _, t := range m.terms {
		if t.weight > weightEveryday {
			key := strings.Join(t.folded, " ")
			next[key] = append(next[key], t)
		}
	}
	more := make([][][]string, len(m.terms))
	for i, t := range m.terms {
		for _, mean := range t.means {
			for _, n := range next[strings.Join(mean, " ")] {
				more[i] = append(more[i], n.means...)
			}
		}
	}
	for i, t := range m.terms {
		for _, mean := range more[i] {
			known := slices.ContainsFunc(t.means, func(o []string) bool { return slices.Equal(o, mean) })
			if !known && len(t.means) < 2*maxMeans && !slices.Equal(mean, t.folded) {
				t.means = append(slices.Clip(t.means), mean)
			}
		}
	}
}

func (m *wordsMaker) addSynonym(s *app.Synonym) {
	lang := s.Language
	if lang == "" {
		lang = langItalian
	}
	weight := float32(weightEveryday)
	switch {
	case s.Kind == app.SynonymAcronym:
		weight = weightAcronym
	case len(s.Means) == 0:
		weight = weightVariant
	}
	terms, means := phrasesWords(s.Terms, lang), phrasesWords(s.Means, langItalian)
	for i, words := range terms {
		if !s.Silent {
			m.need(s.Terms[i], false)
		}
		if s.Kind == app.SynonymAcronym && len(words) == 1 {
			m.words.acronyms[words[0]] = true
		}
		if len(s.Means) == 0 {
			m.addTerm(words, lang, weight, slices.Concat(terms[:i], terms[i+1:]))
		} else {
			m.addTerm(words, lang, weight, means)
		}
	}
	if s.Kind == app.SynonymAcronym {
		for _, words := range means {
			m.addTerm(words, lang, weight, terms)
		}
	}
}

func phrasesWords(texts []string, lang string) [][]string {
	out := make([][]string, len(texts))
	for i, t := range texts {
		out[i] = phraseWords(t, lang)
	}
	return out
}

func (m *wordsMaker) addTerm(folded []string, lang string, weight float32, means [][]string) {
	if len(folded) == 0 || len(folded) > maxTermWords {
		return
	}
	t := &term{folded: folded, lang: lang, weight: weight}
	for _, words := range means[:min(len(means), maxMeans)] {
		if len(words) > 0 && len(words) <= maxTermWords && !slices.Equal(words, folded) {
			t.means = append(t.means, words)
		}
	}
	if w := m.words; len(t.means) > 0 {
		key := leadOf(folded[0])
		w.terms[key] = append(w.terms[key], t)
		w.byFirst[folded[0]] = append(w.byFirst[folded[0]], t)
		m.terms = append(m.terms, t)
	}
}

// wordsMaker is what making Words needs and they do not keep.
type wordsMaker struct {
	words *wordTables
	terms []*term // in the order of the entries
	needs []need
}

func (m *wordsMaker) need(text string, bet bool) {
	m.needs = append(m.needs, need{foldPhrase(text), strings.TrimSpace(text), bet})
}

// leadLetters are those that all forms of a word share; see alike.
const leadLetters = 4

func leadOf(word string) string { return word[:min(len(word), leadLetters)] }

// phraseWords returns the folded words of a phrase without articles, or with
// them when it has no others.
func phraseWords(text, lang string) []string {
	var out, all []string
	sc := newScanner(text)
	for t, ok := sc.next(); ok; t, ok = sc.next() {
		if f := Fold(t.text); f != "" && t.kind != kindElided && t.kind != kindPart {
			all = append(all, f)
			if !stopWord(f, lang) {
				out = append(out, f)
			}
		}
	}
	if len(out) == 0 {
		return all
	}
	return out
}

func (m *wordsMaker) addBet(b *app.BestBet) {
	for _, q := range b.Queries {
		if key := betKey(q); key != "" {
			m.words.bets[key] = append(m.words.bets[key], b.Sheets...)
			m.need(q, true)
		}
	}
}

// betKey makes queries comparable that differ in accents, articles and
// number.
func betKey(query string) string {
	words := phraseWords(cut(query, maxQueryBytes), langItalian)
	for i, w := range words {
		words[i] = stem(w, langItalian)
	}
	return strings.Join(words, " ")
}

// sort makes the lookups of words being typed and misspelt.
func (w *wordTables) sort(needs []need) {
	seen := map[string]bool{}
	for first, terms := range w.byFirst {
		w.firsts = append(w.firsts, first)
		for _, t := range terms {
			for _, f := range t.folded {
				if len(f) >= minRepair && !seen[f] {
					seen[f] = true
					w.vocab.names = append(w.vocab.names, f)
				}
			}
		}
	}
	slices.Sort(w.firsts)
	slices.Sort(w.vocab.names)
	w.vocab.docs, w.vocab.titled = make([]uint32, len(w.vocab.names)), make([]uint32, len(w.vocab.names))
	w.vocab.langs = make([]uint8, len(w.vocab.names))
	for i := range w.vocab.names {
		w.vocab.docs[i], w.vocab.titled[i], w.vocab.langs[i] = 2, 1, langBit(langItalian)
	}
	w.vocab.shapes = newShapeTable(w.vocab.names)
	w.needs = needs
	slices.SortStableFunc(w.needs, func(a, b need) int { return cmp.Or(strings.Compare(a.key, b.key), betFirst(a, b)) })
	w.needs = slices.CompactFunc(w.needs, func(a, b need) bool { return a.key == b.key })
}

// startingWith returns the likeliest needs: those of best bets first, then
// the short ones.
func (w *wordTables) startingWith(typed string, limit int) []string {
	key := foldPhrase(typed)
	if w == nil || key == "" {
		return nil
	}
	from, _ := slices.BinarySearchFunc(w.needs, key, func(n need, k string) int { return strings.Compare(n.key, k) })
	to := from
	for to < len(w.needs) && strings.HasPrefix(w.needs[to].key, key) {
		to++
	}
	found := slices.Clone(w.needs[from:to])
	slices.SortStableFunc(found, func(a, b need) int { return cmp.Or(betFirst(a, b), cmp.Compare(len(a.key), len(b.key))) })
	var out []string
	for _, n := range found[:min(len(found), limit)] {
		out = append(out, n.text)
	}
	return out
}

func betFirst(a, b need) int {
	switch {
	case a.bet == b.bet:
		return 0
	case a.bet:
		return -1
	}
	return 1
}

// bet returns the codes that come first for exactly this query.
func (w *wordTables) bet(query string) []string {
	if w == nil || len(w.bets) == 0 {
		return nil
	}
	return w.bets[betKey(query)]
}

func (w *wordTables) isAcronym(folded string) bool { return w != nil && w.acronyms[folded] }

// use is a term found in a query: it covers the groups [from, to).
type use struct {
	from, to int
	term     *term
	weight   float32
}

// uses finds the terms in a query. Of terms that lie within each other the
// longest counts: "carta giovani" is no card of the other kind.
func (w *wordTables) uses(groups []group) []use {
	if w == nil {
		return nil
	}
	var found []use
	for i := range groups {
		found = w.startingAt(found, groups, i)
	}
	within := func(u use) bool {
		return slices.ContainsFunc(found, func(o use) bool {
			return o.from <= u.from && o.to >= u.to && o.to-o.from > u.to-u.from
		})
	}
	out := make([]use, 0, len(found))
	for _, u := range found {
		if !within(u) {
			out = append(out, u)
		}
	}
	return out
}

// startingAt adds the terms whose first word is group i.
func (w *wordTables) startingAt(found []use, groups []group, i int) []use {
	g := &groups[i]
	if g.quoted {
		return found
	}
	for _, f := range g.forms {
		for _, t := range w.terms[leadOf(f.folded)] {
			if weight := g.says(t.folded[0], t.lang); weight > 0 {
				found = t.usedAt(found, groups, i, weight)
			}
		}
	}
	if g.typing && g.word < 0 && len(g.folded) >= minRepair {
		at, _ := slices.BinarySearch(w.firsts, g.folded)
		for ; at < len(w.firsts) && strings.HasPrefix(w.firsts[at], g.folded); at++ {
			for _, t := range w.byFirst[w.firsts[at]] {
				if len(t.folded) == 1 {
					found = t.usedAt(found, groups, i, weightPrefix)
				}
			}
		}
	}
	return found
}

// usedAt adds a term when all its words follow each other from group i on.
func (t *term) usedAt(found []use, groups []group, i int, weight float32) []use {
	if i+len(t.folded) > len(groups) || slices.ContainsFunc(found, func(o use) bool { return o.term == t && o.from == i }) {
		return found
	}
	for k, word := range t.folded[1:] {
		weight = min(weight, groups[i+1+k].says(word, t.lang))
	}
	if weight == 0 {
		return found
	}
	return append(found, use{i, i + len(t.folded), t, weight * t.weight})
}

// form is a way to read a word of the query: as typed, or as repaired.
type form struct {
	folded string
	weight float32
}

// says returns how well a group's word is the word of a term in a language: 1
// as typed, less when it was repaired or is still being typed, 0 not at all.
func (g *group) says(folded, lang string) float32 {
	best := float32(0)
	for _, f := range g.forms {
		if f.weight > best && (f.folded == folded || (alike(f.folded, folded) && stem(f.folded, lang) == stem(folded, lang))) {
			best = f.weight
		}
	}
	if best == 0 && g.typing && len(g.folded) >= 3 && strings.HasPrefix(folded, g.folded) {
		best = weightPrefix
	}
	return best
}

// alike reports forms of one word; stems alone would join "rifare" and
// "rifiuti". Short words and sigle must be equal.
func alike(a, b string) bool {
	if acronym(a) || acronym(b) {
		return false
	}
	same := 0
	for same < min(len(a), len(b)) && a[same] == b[same] {
		same++
	}
	return same >= leadLetters && same >= max(len(a), len(b))-3
}
