package search

import (
	"cmp"
	"math"
	"math/bits"
	"slices"
	"strings"
)

// Bounds of repairs.
const (
	minRepair     = 4 // letters; shorter words have too many neighbours
	minRepairFar  = 6 // letters from which two mistakes are repaired
	headLetters   = 8
	maxShape      = 32
	maxCandidates = 24
	maxRepairs    = 6
)

// shapeTable finds the words near a misspelt one: words by length, with the
// set of their letters, so that most are refused by counting bits.
type shapeTable struct {
	words  []uint32 // numbers, by length
	masks  []uint32 // letters of each
	heads  []uint32 // letters of its first headLetters
	length [maxShape + 2]uint32
}

func newShapeTable(words []string) shapeTable {
	var t shapeTable
	var count [maxShape + 2]uint32
	for _, w := range words {
		if repairable(w) {
			count[len(w)+1]++
		}
	}
	for i := 1; i < len(count); i++ {
		count[i] += count[i-1]
	}
	t.length = count
	n := count[maxShape+1]
	t.words, t.masks, t.heads = make([]uint32, n), make([]uint32, n), make([]uint32, n)
	at := count
	for i, w := range words {
		if !repairable(w) {
			continue
		}
		p := at[len(w)]
		at[len(w)]++
		t.words[p], t.masks[p], t.heads[p] = u32(i), letterMask(w), letterMask(w[:min(len(w), headLetters)])
	}
	return t
}

func repairable(w string) bool { return len(w) >= 3 && len(w) <= maxShape && letters(w) }

func letterMask(w string) uint32 {
	m := uint32(0)
	for i := range len(w) {
		m |= 1 << (w[i] - 'a')
	}
	return m
}

// candidate is a word that may have been meant.
type candidate struct {
	text     string
	word     uint32 // of the lexicon
	editable bool   // only the editable words have it
	dist     int
	cost     float64 // less is likelier
}

// near returns the words within k mistakes of w, or, while it is being
// typed, the words that start with something that near.
func (l *lexicon) near(w string, typing bool, k int) []candidate {
	var found []candidate
	t := &l.shapes
	mask := letterMask(w)
	from, to := max(3, len(w)-k), min(maxShape, len(w)+k)
	masks, slack := t.masks, 2*k
	if typing {
		to = maxShape
		if len(w)+k <= headLetters {
			masks = t.heads
		}
	}
	for p := t.length[from]; p < t.length[to+1]; p++ {
		diff := bits.OnesCount32(mask &^ masks[p])
		if diff > k || (!typing && bits.OnesCount32(mask^masks[p]) > slack) {
			continue
		}
		word := l.names[t.words[p]]
		if d := distance(w, word, k, typing); d <= k && word != w {
			found = append(found, candidate{text: word, word: t.words[p], dist: d, cost: l.cost(w, word, t.words[p], d)})
		}
	}
	return found
}

// cost weighs the kind of mistake and how usual the word is: a doubled
// letter is the commonest slip, then one left out; a wrong first letter is the
// rarest.
func (l *lexicon) cost(typed, word string, id uint32, dist int) float64 {
	cost := float64(dist) + 0.01*math.Abs(float64(len(word)-len(typed)))
	switch {
	case strings.HasPrefix(undoubled(word), undoubled(typed)):
		cost -= 0.4
	case leftOut(typed, word):
		cost -= 0.25
	}
	if typed[0] != word[0] {
		cost += 0.6
	}
	return cost - 0.12*math.Log2(1+float64(4*l.titled[id]+l.docs[id]))
}

// leftOut reports that only letters are missing: all that were typed stand
// in the word, in order.
func leftOut(typed, word string) bool {
	for i := range len(word) {
		if typed == "" {
			break
		}
		if word[i] == typed[0] {
			typed = typed[1:]
		}
	}
	return typed == ""
}

// undoubled writes every run of a letter once.
func undoubled(w string) string {
	b := make([]byte, 0, maxShape)
	for i := range len(w) {
		if i == 0 || w[i] != w[i-1] {
			b = append(b, w[i])
		}
	}
	return string(b)
}

// costForeign is added for a word that only another language uses.
const costForeign = 1

// repairs returns the likeliest meant words, best first. In a sentence only
// small slips are repaired: its other words are words, and the catalogue only
// happens not to have them. lang is the language of the query, shared counts
// how many sheets a word shares with the rest of it.
func (x *Index) repairs(w string, typing, sentence bool, lang uint8, shared func(word uint32) int) []candidate {
	if len(w) < minRepair || len(w) > maxShape || !letters(w) || acronym(w) || (!typing && x.editable.get().has(w)) {
		return nil
	}
	found := x.slips(w, typing, sentence)
	for i := range found {
		if c := &found[i]; !c.editable && x.lex.langs[c.word]&lang == 0 {
			c.cost += costForeign
		}
	}
	byCost := func(a, b candidate) int {
		return cmp.Or(cmp.Compare(a.cost, b.cost), strings.Compare(a.text, b.text))
	}
	slices.SortFunc(found, byCost)
	found = found[:min(len(found), maxCandidates)]
	for i := range found {
		if !found[i].editable {
			found[i].cost -= 0.5 * math.Log2(1+float64(shared(found[i].word)))
		}
	}
	slices.SortFunc(found, byCost)
	for i := range found {
		if i == maxRepairs || found[i].cost > found[0].cost+1.2 {
			return found[:i]
		}
	}
	return found
}

// slips returns the words that a misspelt one may be: one mistake away, two
// when there is none.
func (x *Index) slips(w string, typing, sentence bool) []candidate {
	if sentence {
		return slices.DeleteFunc(x.candidates(w, false, 1), func(c candidate) bool {
			return len(w) < minRepairFar || c.text[0] != w[0] || (!c.editable && x.lex.titled[c.word] == 0)
		})
	}
	found := x.candidates(w, typing, 1)
	if len(found) == 0 && len(w) >= minRepairFar {
		found = slices.DeleteFunc(x.candidates(w, typing, 2), func(c candidate) bool { return c.text[0] != w[0] })
	}
	return found
}

// candidates returns the near words of the catalogue and of the editable
// words.
func (x *Index) candidates(w string, typing bool, k int) []candidate {
	found := slices.DeleteFunc(x.lex.near(w, typing, k), func(c candidate) bool { return !x.inUse(c.word) })
	if x.editable == nil {
		return found
	}
	for _, c := range x.editable.get().vocab.near(w, typing, k) {
		if _, known := x.known(c.text); !known {
			c.editable = true
			found = append(found, c)
		}
	}
	return found
}

// has reports whether a folded word belongs to a term.
func (w *wordTables) has(folded string) bool {
	if w == nil {
		return false
	}
	_, ok := w.vocab.find(folded)
	return ok || w.isAcronym(folded)
}

// split finds the two words that were typed as one; the second may still be
// incomplete.
func (l *lexicon) split(w string, typing bool) (at int, ok bool) {
	if len(w) < 7 || len(w) > maxShape || !letters(w) {
		return 0, false
	}
	best := uint32(0)
	for i := 3; i <= len(w)-3; i++ {
		first, ok := l.find(w[:i])
		if !ok || l.titled[first] == 0 {
			continue
		}
		score := l.usual(w[i:], typing)
		if score = min(score, l.titled[first]); score > best {
			best, at = score, i
		}
	}
	return at, best > 0
}

// usual returns in how many titles a word, or what it is becoming, stands.
func (l *lexicon) usual(w string, typing bool) uint32 {
	if id, ok := l.find(w); ok && l.titled[id] > 0 {
		return l.titled[id]
	}
	if !typing {
		return 0
	}
	most := uint32(0)
	from, to := l.span(w)
	for i := from; i < to; i++ {
		most = max(most, l.titled[i])
	}
	return most
}

// distance counts the mistakes between a typed word and a word of the
// lexicon: missing, added and wrong letters and swapped neighbours. It gives
// up above k. While typing, the rest of the word costs nothing.
func distance(typed, word string, k int, typing bool) int {
	if typing {
		word = word[:min(len(word), len(typed)+k)]
	}
	var rows [3][maxShape + 4]int8
	before, last, row := &rows[0], &rows[1], &rows[2]
	for j := range len(word) + 1 {
		last[j] = int8(j)
	}
	for i := 1; i <= len(typed); i++ {
		row[0] = int8(i)
		least := row[0]
		for j := 1; j <= len(word); j++ {
			wrong := int8(1)
			if typed[i-1] == word[j-1] {
				wrong = 0
			}
			d := min(last[j]+1, row[j-1]+1, last[j-1]+wrong)
			if i > 1 && j > 1 && typed[i-1] == word[j-2] && typed[i-2] == word[j-1] {
				d = min(d, before[j-2]+1)
			}
			row[j] = d
			least = min(least, d)
		}
		if int(least) > k {
			return k + 1
		}
		before, last, row = last, row, before
	}
	if !typing {
		return int(last[len(word)])
	}
	return int(slices.Min(last[:len(word)+1]))
}
