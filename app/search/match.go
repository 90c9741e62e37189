package search

import (
	"encoding/binary"
	"math"
	"math/bits"
	"slices"
	"strings"
)

// Bits of scratch.mask: one for each word of the query, then what else is
// known of a sheet.
const (
	maxGroups           = 13
	markNot      uint16 = 1 << 14 // has a word that is not wanted
	markDead     uint16 = 1 << 15 // replaced or removed by a later segment
	enoughPosted        = 120_000 // bytes of postings that completing a word, and postings that a repair, may read
)

// scratch is the working memory of one search over all sheets; what a search
// touched it clears again.
type scratch struct {
	score   []float32 // sum over the words so far
	best    []float32 // of the word being added
	mask    []uint16  // words that the sheet has
	touched []uint32
	current []uint32 // sheets of the word being added
	members []uint32
	counts  [2][]uint32 // of facet values; in turns, so that no count waits for the one before
	shares  []float32
}

func newScratch(x *Index) *scratch {
	n := len(x.docs.codes)
	s := &scratch{
		score: make([]float32, n), best: make([]float32, n), mask: make([]uint16, n),
	}
	for i := range s.counts {
		s.counts[i] = make([]uint32, len(x.docs.values))
	}
	for doc := range x.docs.dead {
		if x.docs.dead[doc] {
			s.mask[doc] = markDead
		}
	}
	return s
}

func (s *scratch) clear() {
	for _, doc := range s.touched {
		s.score[doc], s.mask[doc] = 0, 0
	}
	s.touched, s.current, s.members = s.touched[:0], s.current[:0], s.members[:0]
}

// add takes over a list of postings for the word of the bit; of several
// alternatives in one sheet the best counts. Damaged lists end early.
func (s *scratch) add(list []byte, first uint32, weight float32, bit uint16) {
	var level [impactLevels]float32
	for i := range level {
		level[i] = weight * (float32(i) + 0.5) / impactLevels
	}
	doc, n := uint64(first), uint64(len(s.mask))
	for i := 0; i < len(list); {
		v := uint64(list[i])
		i++
		if v >= 0x80 {
			u, size := binary.Uvarint(list[i-1:])
			if size <= 0 {
				return
			}
			v, i = u, i+size-1
		}
		if doc += v >> impactBits; doc >= n {
			return
		}
		s.put(uint32(doc), level[v&maxImpact], bit) //nolint:gosec // below n
	}
}

func (s *scratch) put(doc uint32, v float32, bit uint16) {
	switch m := s.mask[doc]; {
	case m&bit != 0:
		if v > s.best[doc] {
			s.best[doc] = v
		}
	case m&markDead != 0:
	default:
		if m == 0 {
			s.touched = append(s.touched, doc)
		}
		s.mask[doc] = m | bit
		s.best[doc] = v
		s.current = append(s.current, doc)
	}
}

// exclude marks the sheets of a list as not wanted.
func (s *scratch) exclude(list []byte, first uint32) {
	r := postingReader{list: list}
	for p, ok := r.next(); ok && uint64(first)+uint64(p.doc) < uint64(len(s.mask)); p, ok = r.next() {
		doc := first + p.doc
		if m := s.mask[doc]; m == 0 {
			s.touched = append(s.touched, doc)
		} else if m&markDead != 0 {
			continue
		}
		s.mask[doc] |= markNot
	}
}

// settle adds the finished word to the scores and takes its rarity.
func (s *scratch) settle(g *group, total int) {
	n := float64(len(s.current))
	g.found = len(s.current)
	g.idf = float32(max(0.2, math.Log(1+(float64(total)-n+0.5)/(n+0.5))))
	switch {
	case g.optional:
		g.idf *= weightOptional
	case g.soft:
		g.idf *= weightSoft
	case g.place:
		g.idf *= weightPlace
	case !g.titled:
		g.idf *= weightUntitled
	}
	for _, doc := range s.current {
		s.score[doc] += g.idf * s.best[doc]
	}
	s.current = s.current[:0]
}

// match scores every sheet for every word: first the words that are known,
// then those to repair, which need to know what the others found. When no
// sheet has all of them, words that no title has are taken for slips too:
// "sostengo" is a word, but "amministratore di sostegno" was meant.
func (x *Index) match(words []queryWord, literal bool, s *scratch) []group {
	groups := x.matchOnce(words, literal, s)
	if literal || len(groups) < 2 || len(groups) > retryWords || x.anyHasAll(groups, s) {
		return groups
	}
	again := false
	for i := range groups {
		if g := &groups[i]; g.word >= 0 && !g.quoted && !g.optional && !g.soft && !g.place && x.lex.titled[g.word] == 0 {
			groups[i].retry, again = true, true
		}
	}
	if !again {
		return groups
	}
	words = words[:0:0]
	for i := range groups {
		words = append(words, groups[i].queryWord)
	}
	s.clear()
	return x.matchOnce(words, literal, s)
}

// retryWords is the length of a query up to which its known words may be
// slips; longer ones are sentences.
const retryWords = 4

func (x *Index) anyHasAll(groups []group, s *scratch) bool {
	need := needed(groups)
	return need == 0 || slices.ContainsFunc(s.touched, func(doc uint32) bool { return s.mask[doc]&need == need })
}

// needed are the words that a full answer has.
func needed(groups []group) uint16 {
	need, places := uint16(0), uint16(0)
	for i := range groups {
		switch g := &groups[i]; {
		case g.quoted: // also when no sheet has it
			need |= 1 << i
		case g.found == 0 || g.optional || g.soft:
		case g.place:
			places |= 1 << i
		default:
			need |= 1 << i
		}
	}
	if need == 0 {
		return places
	}
	return need
}

func (x *Index) matchOnce(words []queryWord, literal bool, s *scratch) []group {
	groups := make([]group, 0, len(words)+2)
	for _, w := range words {
		for _, w := range x.splitWord(w, literal) {
			groups = append(groups, x.expand(w))
		}
	}
	groups = groups[:min(len(groups), maxGroups)]
	x.addUses(groups, x.editable.get().uses(groups))
	x.namePlaces(groups)
	var unknown []int
	var known uint16
	for i := range groups {
		g := &groups[i]
		if !literal && g.unknown(x) {
			unknown = append(unknown, i)
			continue
		}
		x.addGroup(g, i, s)
		if g.found > 0 && !g.optional {
			known |= 1 << i
		}
	}
	if len(unknown) > 0 {
		x.matchUnknown(groups, unknown, known, s)
	}
	return groups
}

// unknown reports a word to repair.
func (g *group) unknown(x *Index) bool {
	if g.optional || g.quoted || g.place || len(g.phrases) > 0 {
		return false
	}
	return g.retry || len(g.alts) == 0 || x.weak(g)
}

// matchUnknown repairs words with the help of those that are known.
func (x *Index) matchUnknown(groups []group, unknown []int, known uint16, s *scratch) {
	lang := x.language(groups)
	said := make([]int, len(groups))
	for i := range groups {
		said[i] = len(groups[i].phrases)
	}
	for _, i := range unknown {
		x.repair(&groups[i], len(groups) > retryWords, lang, func(word uint32) int { return x.shared(word, known, s) })
		groups[i].titled = x.isTitled(&groups[i])
	}
	x.addUses(groups, slices.DeleteFunc(x.editable.get().uses(groups), func(u use) bool {
		return !slices.ContainsFunc(unknown, func(i int) bool { return u.from <= i && i < u.to })
	}))
	for i := range groups {
		if slices.Contains(unknown, i) {
			x.addGroup(&groups[i], i, s)
		} else if g := &groups[i]; len(g.phrases) > said[i] { // a term over a known word and a repaired one
			x.addPhrases(g, g.phrases[said[i]:], i, s)
		}
	}
}

// addPhrases adds to a word that was scored already the sheets that say what
// it means.
func (x *Index) addPhrases(g *group, phrases []*phrase, i int, s *scratch) {
	for _, p := range phrases {
		for _, post := range p.posts {
			if s.mask[post.doc]&(1<<i) == 0 {
				s.put(post.doc, p.weight*(float32(post.impact)+0.5)/impactLevels, 1<<i)
			}
		}
	}
	g.found += len(s.current)
	for _, doc := range s.current {
		s.score[doc] += g.idf * s.best[doc]
	}
	s.current = s.current[:0]
}

// language guesses in which language a query is written from the words that
// are known: the bits of the language most of them have, Italian when equal.
func (x *Index) language(groups []group) uint8 {
	best, most := langBit(langItalian), 0
	for i, lang := range stemmed() {
		n := 0
		for j := range groups {
			if w := groups[j].word; w >= 0 && x.lex.langs[w]&langBit(lang) != 0 {
				n++
			}
		}
		if n > most || (i == 0 && n == most) {
			best, most = langBit(lang), n
		}
	}
	return best
}

// splitWord parts a word that nobody knows into two that titles have, when
// no single word is one mistake away.
func (x *Index) splitWord(w queryWord, literal bool) []queryWord {
	if literal || w.optional || w.quoted || x.has(w.folded, w.typing) || x.editable.get().has(w.folded) {
		return []queryWord{w}
	}
	at, ok := x.lex.split(w.folded, w.typing)
	if !ok || len(x.lex.near(w.folded, w.typing, 1)) > 0 {
		return []queryWord{w}
	}
	first, second := w, w
	first.folded, first.typing, first.half = w.folded[:at], false, true
	second.folded, second.half = w.folded[at:], true
	return []queryWord{first, second}
}

func (x *Index) addGroup(g *group, i int, s *scratch) {
	bit := uint16(1) << i
	for p := range x.parts {
		part := &x.parts[p]
		for _, a := range g.alts {
			s.add(part.posted(a.stem), part.first, a.weight, bit)
		}
		if g.short {
			s.add(part.prefixes.find(g.folded), part.first, weightPrefix, bit)
		}
	}
	for _, p := range g.phrases {
		for _, post := range p.posts {
			s.put(post.doc, p.weight*(float32(post.impact)+0.5)/impactLevels, bit)
		}
	}
	s.settle(g, x.docs.alive)
}

// shared counts the sheets that have a word and most of the words already
// found.
func (x *Index) shared(word uint32, known uint16, s *scratch) int {
	if known == 0 {
		return 0
	}
	need := (bits.OnesCount16(known) + 1) / 2
	n, read := 0, 0
	for _, st := range x.lex.stemsOf(word) {
		for i := range x.parts {
			p := &x.parts[i]
			r := postingReader{list: p.posted(st)}
			for post, ok := r.next(); ok && read < enoughPosted; post, ok = r.next() {
				doc := uint64(p.first) + uint64(post.doc)
				if doc >= uint64(len(s.mask)) {
					break
				}
				read++
				if bits.OnesCount16(s.mask[doc]&known) >= need {
					n++
				}
			}
		}
	}
	return n
}

// phrase is what a term of the editable words means, with the sheets that say
// it.
type phrase struct {
	text   string
	words  [][]uint32 // stems that stand for each of its words
	posts  []posting
	weight float32
	covers uint16 // groups that it answers

	missing int // words that the catalogue does not have
}

// addUses gives the groups of each term the sheets that say what it means.
func (x *Index) addUses(groups []group, uses []use) {
	for _, u := range uses {
		covers := uint16(1)<<u.to - uint16(1)<<u.from
		for _, mean := range u.term.means {
			p := x.phrase(mean)
			if len(p.posts) == 0 {
				continue
			}
			p.weight, p.covers = u.weight, covers
			if x.titledAll(groups[u.from:u.to]) {
				p.weight *= weightBeside
			}
			for i := u.from; i < u.to; i++ {
				groups[i].means(p)
			}
		}
	}
}

// means adds a phrase, once.
func (g *group) means(p *phrase) {
	g.titled = true // who edits words knows what is asked for
	same := slices.IndexFunc(g.phrases, func(o *phrase) bool { return o.text == p.text && o.covers == p.covers })
	if same < 0 {
		g.phrases = append(g.phrases, p)
	} else if g.phrases[same].weight < p.weight {
		g.phrases[same] = p
	}
}

// titledAll reports words that titles have themselves.
func (x *Index) titledAll(groups []group) bool {
	return !slices.ContainsFunc(groups, func(g group) bool { return !g.exact || g.word < 0 || x.lex.titled[g.word] == 0 })
}

// phrase finds the sheets that have every word of a phrase; of long ones a
// single word may be missing.
func (x *Index) phrase(words []string) *phrase {
	p := &phrase{text: strings.Join(words, " ")}
	var lists [][]posting
	for _, w := range words {
		if stems := x.stemsOfText(w); len(stems) > 0 {
			p.words = append(p.words, stems)
			lists = append(lists, x.postingsOf(stems))
		}
	}
	p.missing = len(words) - len(lists)
	slack := 0
	if len(words) >= longPhrase {
		slack = 1
	}
	if len(lists) == 0 || p.missing > slack {
		return p
	}
	p.posts = lists[0]
	for _, l := range lists[1:] {
		p.posts = both(p.posts, l)
	}
	if p.missing < slack {
		p.posts = either(p.posts, weakened(butOne(lists)))
	} else if p.missing > 0 {
		p.posts = weakened(p.posts)
	}
	return p
}

// longPhrase is the number of words from which one of a phrase may be
// missing.
const longPhrase = 3

// butOne returns the sheets that stand in all lists but one.
func butOne(lists [][]posting) []posting {
	var out []posting
	for skip := range lists {
		list, started := []posting(nil), false
		for i, l := range lists {
			switch {
			case i == skip:
			case !started:
				list, started = l, true
			default:
				list = both(list, l)
			}
		}
		out = either(out, list)
	}
	return out
}

func weakened(posts []posting) []posting {
	out := make([]posting, len(posts))
	for i, p := range posts {
		out[i] = posting{p.doc, p.impact / 2}
	}
	return out
}

// stemsOfText returns the stems that stand for a folded word, without
// repairs.
func (x *Index) stemsOfText(word string) []uint32 {
	var stems []uint32
	if id, ok := x.known(word); ok {
		stems = append(stems, x.lex.stemsOf(id)...)
	}
	if st, ok := x.findStem(stem(word, langItalian)); ok && !slices.Contains(stems, st) {
		stems = append(stems, st)
	}
	return stems
}

// postingsOf joins the lists of stems, numbered as in the index.
func (x *Index) postingsOf(stems []uint32) []posting {
	var out []posting
	for i := range x.parts {
		p := &x.parts[i]
		var list []posting
		for _, st := range stems {
			r := postingReader{list: p.posted(st)}
			var next []posting
			for post, ok := r.next(); ok && uint64(p.first)+uint64(post.doc) < uint64(len(x.docs.codes)); post, ok = r.next() {
				if !x.docs.isDead(p.first + post.doc) {
					next = append(next, posting{p.first + post.doc, post.impact})
				}
			}
			list = either(list, next)
		}
		out = append(out, list...)
	}
	return out
}

// both returns the sheets of two lists in order, with their mean impact.
func both(a, b []posting) []posting {
	var out []posting
	for len(a) > 0 && len(b) > 0 {
		switch {
		case a[0].doc < b[0].doc:
			a = a[1:]
		case a[0].doc > b[0].doc:
			b = b[1:]
		default:
			out = append(out, posting{a[0].doc, (a[0].impact + b[0].impact) / 2})
			a, b = a[1:], b[1:]
		}
	}
	return out
}

// either returns the sheets of any of two lists in order, with the greater
// impact.
func either(a, b []posting) []posting {
	if len(a) == 0 {
		return b
	}
	out := make([]posting, 0, len(a)+len(b))
	for len(a) > 0 && len(b) > 0 {
		switch {
		case a[0].doc < b[0].doc:
			out, a = append(out, a[0]), a[1:]
		case a[0].doc > b[0].doc:
			out, b = append(out, b[0]), b[1:]
		default:
			out = append(out, posting{a[0].doc, max(a[0].impact, b[0].impact)})
			a, b = a[1:], b[1:]
		}
	}
	return append(append(out, a...), b...)
}
