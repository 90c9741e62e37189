package search

import (
	"encoding/binary"
	"math"
	"math/bits"
	"slices"
)

// scratch is the working memory of one search over all sheets; what a search
// touched it clears again.
type scratch struct {
	score   []float32 // sum over the words so far
	best    []float32 // of the word being added
	mask    []uint16  // words that the sheet has
	touched []uint32
	current []uint32 // sheets of the word being added
}

func newScratch(n int) *scratch {
	return &scratch{score: make([]float32, n), best: make([]float32, n), mask: make([]uint16, n)}
}

func (s *scratch) clear() {
	for _, doc := range s.touched {
		s.score[doc], s.best[doc], s.mask[doc] = 0, 0, 0
	}
	s.touched, s.current = s.touched[:0], s.current[:0]
}

// add takes over a list of postings for the word of the bit; of several
// alternatives in one sheet the best counts. Damaged lists end early.
func (s *scratch) add(list []byte, weight float32, bit uint16) {
	doc, n := uint64(0), uint64(len(s.mask))
	weight /= 255
	for i := 0; i < len(list); {
		if c := list[i]; c < 0x80 {
			doc += uint64(c)
			i++
		} else {
			delta, size := binary.Uvarint(list[i:])
			if size <= 0 {
				return
			}
			doc += delta
			i += size
		}
		if doc >= n || i >= len(list) {
			return
		}
		v, sheet := weight*float32(list[i]), uint32(doc) //nolint:gosec // below n
		i++
		switch m := s.mask[doc]; {
		case m&bit == 0:
			if m == 0 {
				s.touched = append(s.touched, sheet)
			}
			s.mask[doc] = m | bit
			s.best[doc] = v
			s.current = append(s.current, sheet)
		case v > s.best[doc]:
			s.best[doc] = v
		}
	}
}

// settle adds the finished word to the scores and returns its rarity.
func (s *scratch) settle(g *group) {
	n, total := float64(len(s.current)), float64(len(s.mask))
	g.found = len(s.current)
	g.idf = float32(max(0.2, math.Log(1+(total-n+0.5)/(n+0.5))))
	if g.optional {
		g.idf *= weightOptional
	}
	for _, doc := range s.current {
		s.score[doc] += g.idf * s.best[doc]
	}
	s.current = s.current[:0]
}

// match scores every sheet for every word: first the words that are known,
// then those to repair, which need to know what the others found.
func (x *Index) match(words []queryWord, literal bool, s *scratch) []group {
	groups := make([]group, 0, len(words)+2)
	var unknown []int
	for _, w := range words {
		for _, w := range x.splitWord(w, literal) {
			g := x.expand(w)
			if !literal && !g.optional && (len(g.alts) == 0 || x.weak(&g)) {
				unknown = append(unknown, len(groups))
			}
			groups = append(groups, g)
		}
	}
	groups = groups[:min(len(groups), 15)]
	var known uint16
	for i := range groups {
		if !slices.Contains(unknown, i) {
			x.addGroup(&groups[i], i, s)
			if groups[i].found > 0 && !groups[i].optional {
				known |= 1 << i
			}
		}
	}
	for _, i := range unknown {
		if i < len(groups) {
			x.repair(&groups[i], func(word uint32) int { return x.shared(word, known, s) })
			x.addGroup(&groups[i], i, s)
			if groups[i].found > 0 {
				known |= 1 << i
			}
		}
	}
	return groups
}

// splitWord parts a word that nobody knows into two that titles have, when
// no single word is one mistake away.
func (x *Index) splitWord(w queryWord, literal bool) []queryWord {
	if literal || w.optional || x.lex.has(w.folded, w.typing) {
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
	for _, a := range g.alts {
		s.add(x.stems.postings.at(a.stem), a.weight, bit)
	}
	s.add(g.short, weightPrefix, bit)
	s.settle(g)
}

// shared counts the sheets that have a word and most of the words already
// found.
func (x *Index) shared(word uint32, known uint16, s *scratch) int {
	if known == 0 {
		return 0
	}
	need := (bits.OnesCount16(known) + 1) / 2
	n := 0
	for _, st := range x.lex.stemsOf(word) {
		list := x.stems.postings.at(st)
		for doc := uint64(0); len(list) > 0; {
			delta, size := binary.Uvarint(list)
			if doc += delta; size <= 0 || size >= len(list) || doc >= uint64(len(s.mask)) {
				break
			}
			list = list[size+1:]
			if bits.OnesCount16(s.mask[doc]&known) >= need {
				n++
			}
		}
	}
	return n
}
