package search

import (
	"cmp"
	"slices"
	"strings"
	"unicode/utf8"
)

// Bounds of a query: what is longer was pasted by mistake, and its start
// says what is needed.
const (
	maxQueryBytes = 600
	maxQueryWords = 12
	maxExpansions = 48
)

// How much an alternative to the typed word counts; see words.go for what is
// found by other words.
const (
	weightExact    = 1.0
	weightJoined   = 0.9
	weightPrefix   = 0.9
	weightTypo     = 0.5
	weightFarTypo  = 0.25
	weightOptional = 0.05 // an article that may become a word
	weightPlace    = 0.3
	weightUntitled = 0.6  // what people ask for stands in titles
	weightSoft     = 0.15 // "come faccio a": part of the question, not of the answer
)

// Query is what the operator typed and chose.
type Query struct {
	Text    string
	Filters []Filter
	Limit   int    // 0 is defaultLimit
	Own     string // id of the operator's authority
	Literal bool   // "cerca invece": no repair of typos
	Explain bool   // say of every hit why it stands where it does
	// Texts returns the texts of sheets in the order asked, so that what was
	// quoted can be looked for in them; nil: quoted words must only be there.
	Texts func(codes []string) ([][]string, error)
}

// queryWord is one word of the query.
type queryWord struct {
	start, end int // bytes in the query
	folded     string
	typing     bool   // the last word, not followed by a blank: a prefix
	optional   bool   // an article just typed, which may become a word
	half       bool   // one of two words that were typed as one
	quoted     bool   // must be there exactly so
	soft       bool   // belongs to the question, not to the answer
	retry      bool   // known, but no sheet has it together with the others
	also       string // this word and its neighbour written as one: "scuola bus"
}

// asked is a query taken apart.
type asked struct {
	words     []queryWord
	sequences []sequence // what was quoted
	without   []string   // folded words that are not wanted
}

// ask takes a query apart: the words that matter, in order, and its marks.
func (x *Index) ask(text string) asked {
	var a asked
	short := cut(text, maxQueryBytes)
	for _, p := range pieces(short) {
		switch p.kind {
		case piecePlain:
			a.words = x.words(a.words, text, p)
		case pieceQuoted:
			seq := sequenceOf(short[p.start:p.end])
			a.sequences = append(a.sequences, seq)
			n := len(a.words)
			a.words = x.words(a.words, text, p)
			for i := n; i < len(a.words); i++ {
				a.words[i].quoted, a.words[i].typing, a.words[i].optional, a.words[i].soft = true, false, false, false
			}
		case pieceWithout:
			a.without = append(a.without, sequenceOf(short[p.start:p.end])...)
		}
	}
	a.words = a.words[:min(len(a.words), maxQueryWords)]
	if len(a.words) == 1 {
		a.words[0].optional = false
	}
	if !slices.ContainsFunc(a.words, func(w queryWord) bool { return !w.soft && !w.optional }) {
		for i := range a.words {
			a.words[i].soft = false
		}
	}
	x.joinNeighbours(a.words)
	return a
}

// words adds the words that matter in a piece of the query.
func (x *Index) words(out []queryWord, text string, p piece) []queryWord {
	var stop queryWord
	before := len(out)
	sc := newScanner(text[:p.end])
	sc.pos = p.start
	skipParts := false
	for t, ok := sc.next(); ok && len(out) < maxQueryWords; t, ok = sc.next() {
		w := queryWord{start: t.start, end: t.end, folded: Fold(t.text), typing: t.end == len(text)}
		if t.kind == kindJoined {
			if skipParts = x.has(w.folded, w.typing) || x.editable.get().has(w.folded); !skipParts {
				continue
			}
		}
		if t.silent(skipParts) || w.folded == "" {
			continue
		}
		if t.kind != kindJoined && x.stops(w.folded) {
			w.optional, w.typing = true, true
			if stop = w; t.end < len(text) {
				continue
			}
		}
		w.soft = !w.typing && softWord(w.folded)
		out = appendWord(out, w)
	}
	if before == 0 && len(out) == 0 && stop.folded != "" {
		out = append(out, stop)
	}
	return out
}

// joinNeighbours finds two words that titles write as one.
func (x *Index) joinNeighbours(words []queryWord) {
	for i := 1; i < len(words); i++ {
		a, b := &words[i-1], &words[i]
		whole := a.folded + b.folded
		if id, ok := x.lex.find(whole); ok && b.start == a.end+1 && x.lex.titled[id] > 0 {
			a.also, b.also = whole, whole
		}
	}
}

// stops is the rule for queries, whose language nobody says: the articles of
// all languages, unless the catalogue has no text in the language and means
// something by the word (PAS is French only elsewhere).
func (x *Index) stops(word string) bool {
	for _, lang := range stemmed() {
		if !stopWord(word, lang) {
			continue
		}
		if slices.Contains(x.langs, lang) {
			return true
		}
		if id, ok := x.lex.find(word); !ok || x.lex.titled[id] == 0 {
			return true
		}
	}
	return false
}

// appendWord adds a word unless the query has it already.
func appendWord(words []queryWord, w queryWord) []queryWord {
	i := slices.IndexFunc(words, func(o queryWord) bool { return o.folded == w.folded })
	if i < 0 {
		return append(words, w)
	}
	return words
}

// has reports whether sheets have a word, or one that starts so.
func (x *Index) has(word string, typing bool) bool {
	if !typing {
		_, ok := x.known(word)
		return ok
	}
	for from, to := x.lex.span(word); from < to; from++ {
		if x.inUse(from) {
			return true
		}
	}
	return false
}

// alternative is a stem that stands for a word of the query.
type alternative struct {
	stem   uint32
	weight float32
}

// group is one word of the query with all that may stand for it.
type group struct {
	queryWord
	alts     []alternative
	phrases  []*phrase // what the editable words say of it
	forms    []form
	short    bool   // a prefix of one or two letters: title postings only
	from, to uint32 // the lexicon's words that start with it, while typing
	word     int    // number of the exact word, -1 when unknown
	exact    bool   // the word itself or a form of it is known
	repaired []candidate

	place  bool   // names the authority that is asked about
	owner  uint32 // which
	titled bool   // some title or keyword has it
	idf    float32
	found  int // sheets
}

// expand finds the stems that stand for a word, without repairs.
func (x *Index) expand(w queryWord) group {
	g := x.reading(w)
	g.titled = x.isTitled(&g)
	return g
}

func (x *Index) reading(w queryWord) group {
	g := group{queryWord: w, word: -1}
	g.forms = []form{{w.folded, weightExact}}
	if id, ok := x.known(w.folded); ok {
		g.word, g.exact = int(id), true
		for _, st := range x.lex.stemsOf(id) {
			g.add(st, weightExact)
		}
	}
	x.addForms(&g)
	if id, ok := x.lex.find(w.also); ok {
		for _, st := range x.lex.stemsOf(id) {
			g.add(st, weightJoined)
		}
	}
	if !w.typing {
		return g
	}
	g.from, g.to = x.lex.span(w.folded)
	if utf8.RuneCountInString(w.folded) <= 2 {
		g.short = true
		return g
	}
	x.complete(&g)
	return g
}

// isTitled reports whether a title or keyword has what stands for a word.
func (x *Index) isTitled(g *group) bool {
	if g.short || len(g.phrases) > 0 || (g.word >= 0 && x.lex.titled[g.word] > 0) {
		return true
	}
	for w := g.from; w < g.to; w++ {
		if x.lex.titled[w] > 0 {
			return true
		}
	}
	return slices.ContainsFunc(g.alts, func(a alternative) bool { return x.stemTitled[a.stem] })
}

// complete adds what a word that is being typed may become, until the lists
// to read become too long: the likeliest words come first.
func (x *Index) complete(g *group) {
	posted := 0
	for _, st := range x.lex.completions(g.from, g.to) {
		if posted > enoughPosted {
			return
		}
		for i := range x.parts {
			posted += len(x.parts[i].posted(st))
		}
		g.add(st, weightPrefix)
	}
}

// addForms adds the stems of a word that the catalogue only has in other
// forms. An Italian form is looked for even when another language knows the
// same letters.
func (x *Index) addForms(g *group) {
	weight := float32(weightExact)
	if g.typing && g.word < 0 {
		weight = weightPrefix
	}
	for _, lang := range x.langs {
		if g.word >= 0 && lang != langItalian {
			return
		}
		root := stem(g.folded, lang)
		if g.word < 0 && len(root) < 4 && len(g.folded)-len(root) > 2 {
			continue // too little is left to be a form of the same word
		}
		if st, ok := x.findStem(root); ok {
			g.add(st, weight)
			g.exact = true
		}
	}
}

func (g *group) add(stem uint32, weight float32) {
	for i := range g.alts {
		if g.alts[i].stem == stem {
			g.alts[i].weight = max(g.alts[i].weight, weight)
			return
		}
	}
	g.alts = append(g.alts, alternative{stem, weight})
}

// completions returns the stems of the words [from, to) that most sheets
// use, titles first, at most maxExpansions.
func (l *lexicon) completions(from, to uint32) []uint32 {
	type ranked struct{ stem, score uint32 }
	list := make([]ranked, 0, to-from)
	for w := from; w < to; w++ {
		for _, st := range l.stemsOf(w) {
			list = append(list, ranked{st, 8*l.titled[w] + l.docs[w]})
		}
	}
	slices.SortFunc(list, func(a, b ranked) int {
		return cmp.Or(cmp.Compare(b.score, a.score), cmp.Compare(a.stem, b.stem))
	})
	var out []uint32
	for _, r := range list {
		if len(out) == maxExpansions {
			break
		}
		if !slices.Contains(out, r.stem) {
			out = append(out, r.stem)
		}
	}
	return out
}

// weak reports a word that hardly any sheet has: perhaps the catalogue's own
// mistake.
func (x *Index) weak(g *group) bool {
	if g.short {
		return false
	}
	docs := uint32(0)
	for _, a := range g.alts {
		docs += x.stemDocs[a.stem]
	}
	for w := g.from; w < g.to; w++ {
		if x.lex.titled[w] > 0 {
			return false
		}
	}
	return docs <= 2 && (g.word < 0 || x.lex.titled[g.word] == 0)
}

// repair adds the words that were probably meant.
func (x *Index) repair(g *group, sentence bool, lang uint8, shared func(word uint32) int) {
	found := x.repairs(g.folded, g.typing, sentence, lang, shared)
	if len(g.alts) > 0 {
		found = slices.DeleteFunc(found, func(c candidate) bool { return c.editable || x.lex.titled[c.word] < 2 })
	}
	for i, c := range found {
		weight := float32(weightTypo)
		if c.dist > 1 {
			weight = weightFarTypo
		}
		if i > 0 {
			weight *= 0.7
		}
		g.forms = append(g.forms, form{c.text, weight})
		if !c.editable {
			for _, st := range x.lex.stemsOf(c.word) {
				g.add(st, weight)
			}
		}
	}
	g.repaired = found
}

// corrected returns the query with the repaired words as the catalogue
// writes them, accents restored everywhere; "" when nothing was repaired.
// Of several likely words the one in the first sheet's titles is shown, so
// that the sentence and the result agree.
func (x *Index) corrected(text string, groups []group, first []uint32) string {
	if !slices.ContainsFunc(groups, func(g group) bool { return len(g.repaired) > 0 || g.half }) {
		return ""
	}
	var b strings.Builder
	at := 0
	ordered := slices.Clone(groups)
	slices.SortStableFunc(ordered, func(a, b group) int { return cmp.Compare(a.start, b.start) })
	for i := range ordered {
		g := &ordered[i]
		if g.start >= at {
			b.WriteString(text[at:g.start])
		} else {
			b.WriteByte(' ') // second half of a split word
		}
		b.WriteString(x.shownWord(text, g, first))
		at = g.end
	}
	b.WriteString(text[at:])
	return strings.Join(strings.Fields(b.String()), " ")
}

// display returns a word as the catalogue writes it, sigle in capitals.
func (x *Index) display(word string) string {
	if form, ok := x.lex.accentedForm(word); ok {
		return form
	}
	if acronym(word) || x.editable.get().isAcronym(word) {
		return strings.ToUpper(word)
	}
	return word
}

// shownWord is how a corrected query shows one of its words.
func (x *Index) shownWord(text string, g *group, first []uint32) string {
	switch {
	case len(g.repaired) > 0:
		meant := func(word uint32) bool {
			return slices.ContainsFunc(g.repaired, func(c candidate) bool { return !c.editable && c.word == word })
		}
		if i := slices.IndexFunc(first, meant); i >= 0 {
			return x.display(x.lex.names[first[i]])
		}
		return x.display(g.repaired[0].text)
	case g.word >= 0 && !x.lex.becoming(g):
		if s := x.display(g.folded); !isASCII(s) || g.half {
			return s
		}
	case g.half:
		return g.folded
	}
	return text[g.start:g.end]
}

// becoming reports a word being typed that is likelier the start of another:
// "sanita" of sanitaria.
func (l *lexicon) becoming(g *group) bool {
	for w := g.from; w < g.to; w++ {
		if l.titled[w] > l.titled[g.word] {
			return true
		}
	}
	return false
}
