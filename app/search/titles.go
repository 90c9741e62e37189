package search

import "slices"

// What of a title makes a sheet the one that was meant, and how much.
const (
	partCover = 0.50 // share of the query's words in the title
	partExact = 0.10 // in the very form that was typed
	partFocus = 0.18 // share of the title's words in the query
	partOrder = 0.12 // words that follow each other as typed
	partFirst = 0.10 // the title starts with the first word typed

	shareAlternative = 0.92
	shareKeyword     = 0.5
)

// titleRanker scores titles for one query.
type titleRanker struct {
	x      *Index
	groups []group
	total  float32
	words  []uint32
	which  []int    // group of each word of the title, -1 for none
	asked  []uint64 // stems that stand for any word of the query: most words of titles do not
}

func newTitleRanker(x *Index, groups []group) *titleRanker {
	r := &titleRanker{x: x, groups: groups, asked: make([]uint64, len(x.stems)/64+1)}
	for i := range groups {
		g := &groups[i]
		if g.place {
			continue
		}
		r.total += g.idf
		for _, a := range g.alts {
			r.asked[a.stem/64] |= 1 << (a.stem % 64)
		}
	}
	return r
}

// score returns the best of a sheet's titles, 0 to 1.
func (r *titleRanker) score(doc uint32) float32 {
	best := float32(0)
	p := r.x.partOf(doc)
	reader := titleReader{p.sheets.titles.at(doc - p.first)}
	limit := u32(len(p.segment.words.names))
	for {
		kind, words, ok := reader.next(r.words, limit)
		if !ok {
			return best
		}
		r.words = words
		if p.words != nil {
			for i, w := range words {
				words[i] = p.words[w]
			}
		}
		best = max(best, shareOf(kind)*r.title(words))
	}
}

func shareOf(kind uint64) float32 {
	switch kind {
	case uint64(titleAlternative):
		return shareAlternative
	case uint64(titleKeyword):
		return shareKeyword
	}
	return 1
}

// title scores one title.
func (r *titleRanker) title(words []uint32) float32 {
	if len(words) == 0 || r.total == 0 {
		return 0
	}
	var seen uint16
	var cover, exact float32
	hits := 0
	r.which = r.which[:0]
	for _, w := range words {
		g, weight, same := r.find(w, seen)
		r.which = append(r.which, g)
		if g < 0 {
			continue
		}
		hits++
		if seen&(1<<g) != 0 {
			continue
		}
		seen |= 1 << g
		cover += weight * r.groups[g].idf
		if same {
			exact += r.groups[g].idf
		}
	}
	c, n := r.phrases(words, seen)
	cover, hits = cover+c, min(hits+n, len(words))
	if hits == 0 {
		return 0
	}
	cover /= r.total
	focus := cover * float32(hits) / float32(len(words))
	score := partCover*cover + partExact*exact/r.total + partFocus*focus + partOrder*cover*r.order()
	if r.which[0] == 0 {
		score += partFirst * cover
	}
	return score
}

// phrases returns what the editable words add to a title: the weight of the
// words of the query that a complete phrase in it answers, and how many of the
// title's words say it.
func (r *titleRanker) phrases(words []uint32, seen uint16) (cover float32, hits int) {
	for i := range r.groups {
		best := (*phrase)(nil)
		for _, p := range r.groups[i].phrases {
			if (best == nil || p.weight > best.weight) && seen&p.covers != p.covers && r.complete(p, words) {
				best = p
			}
		}
		if best == nil {
			continue
		}
		for j := range r.groups {
			if best.covers&^seen&(1<<j) != 0 {
				cover += best.weight * r.groups[j].idf
			}
		}
		seen |= best.covers
		hits += len(best.words)
	}
	return cover, hits
}

// complete reports whether a title has every word of a phrase.
func (r *titleRanker) complete(p *phrase, words []uint32) bool {
	slack := 0
	if len(p.words)+p.missing >= longPhrase {
		slack = 1 - p.missing
	}
	for _, stems := range p.words {
		if !slices.ContainsFunc(words, func(w uint32) bool {
			return slices.ContainsFunc(r.x.lex.stemsOf(w), func(st uint32) bool { return slices.Contains(stems, st) })
		}) {
			if slack--; slack < 0 {
				return false
			}
		}
	}
	return true
}

// find returns the group that a title's word answers, one not yet answered
// if there is a choice, how well, and whether in the very form typed.
func (r *titleRanker) find(word uint32, seen uint16) (which int, weight float32, same bool) {
	which = -1
	maybe := slices.ContainsFunc(r.x.lex.stemsOf(word), func(st uint32) bool { return r.asked[st/64]&(1<<(st%64)) != 0 })
	for i := range r.groups {
		g := &r.groups[i]
		if g.place || (!maybe && (word < g.from || word >= g.to) && g.word != int(word)) {
			continue
		}
		w := r.weight(g, word)
		if w == 0 {
			continue
		}
		fresh := seen&(1<<i) == 0
		if which < 0 || (fresh && seen&(1<<which) != 0) || (w > weight && fresh) {
			which, weight, same = i, w, r.same(g, word)
		}
	}
	return which, weight, same
}

// weight says how well a word of the lexicon answers a word of the query.
func (r *titleRanker) weight(g *group, word uint32) float32 {
	if g.word == int(word) {
		return weightExact
	}
	best := float32(0)
	for _, st := range r.x.lex.stemsOf(word) {
		for _, a := range g.alts {
			if a.stem == st {
				best = max(best, a.weight)
			}
		}
	}
	if best == weightExact && len(g.repaired) == 0 {
		best = likeness(g.folded, r.x.lex.names[word])
	}
	if word >= g.from && word < g.to {
		best = max(best, weightPrefix)
	}
	return best
}

// likeness tells forms of a word (casa, case) from another word with the
// same stem (caso): in short words a change of gender is mostly one of
// meaning too.
func likeness(typed, word string) float32 {
	if gender(typed)*gender(word) >= 0 {
		return 0.97
	}
	if min(len(typed), len(word)) <= 6 {
		return 0.5
	}
	return 0.93
}

// gender guesses from the last vowel: 1 for -a and -e, -1 for -o and -i.
func gender(word string) int {
	if word == "" {
		return 0
	}
	switch word[len(word)-1] {
	case 'a', 'e':
		return 1
	case 'o', 'i':
		return -1
	}
	return 0
}

// same reports the very word typed, or meant where it was repaired, and
// while typing every word that starts so.
func (r *titleRanker) same(g *group, word uint32) bool {
	if len(g.repaired) > 0 && !g.repaired[0].editable && g.repaired[0].word == word {
		return true
	}
	if g.word >= 0 {
		return g.word == int(word)
	}
	return word >= g.from && word < g.to
}

// order returns the share of neighbours in the query that are neighbours in
// the title too; for a single word, one.
func (r *titleRanker) order() float32 {
	if len(r.groups) < 2 {
		return 1
	}
	pairs := 0
	for i := 1; i < len(r.which); i++ {
		if r.which[i-1] >= 0 && r.which[i] == r.which[i-1]+1 {
			pairs++
		}
	}
	return float32(min(pairs, len(r.groups)-1)) / float32(len(r.groups)-1)
}
