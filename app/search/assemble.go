package search

import (
	"cmp"
	"encoding/binary"
	"maps"
	"slices"
	"unicode/utf8"
)

// assemble joins the shards' words, stems, postings and titles.
func (s *segment) assemble(shards []*shard) {
	s.words.names = sortedNames(shards, func(s *shard) map[string]uint32 { return s.words })
	s.stems = sortedNames(shards, func(s *shard) map[string]uint32 { return s.stems })
	words, stems := numbering(s.words.names), numbering(s.stems)
	mergeWords(&s.words, shards, words, stems)
	s.mergeStems(shards, stems)
	s.words.accented = accentedForms(shards)
	for _, sh := range shards {
		for _, title := range sh.titles {
			s.sheets.titles.add(encodeTitles(title, func(w uint32) uint32 { return words[sh.word[w].folded] }))
		}
	}
	if len(s.sheets.titles.offsets) == 0 {
		s.sheets.titles.offsets = []uint32{0}
	}
	s.sheets.order = s.titleOrder()
	s.prefixes = s.prefixPostings()
}

// titleOrder returns each sheet's place when titles are sorted the Italian
// way: without accents, capitals and articles. Words have their numbers in
// that order.
func (s *segment) titleOrder() []uint32 {
	n := len(s.sheets.codes)
	titles, places := make([][]uint32, n), make([]uint32, n)
	for i := range titles {
		titles[i], places[i] = s.titleWords(u32(i)), u32(i)
	}
	slices.SortFunc(places, func(a, b uint32) int {
		return cmp.Or(slices.Compare(titles[a], titles[b]), cmp.Compare(a, b)) // sheets lie in the order of codes
	})
	order := make([]uint32, n)
	for place, i := range places {
		order[i] = u32(place)
	}
	return order
}

func sortedNames(shards []*shard, of func(*shard) map[string]uint32) []string {
	var names []string
	for _, s := range shards {
		names = slices.AppendSeq(names, maps.Keys(of(s)))
	}
	slices.Sort(names)
	return slices.Clip(slices.Compact(names))
}

func numbering(names []string) map[string]uint32 {
	m := make(map[string]uint32, len(names))
	for i, n := range names {
		m[n] = u32(i)
	}
	return m
}

func mergeWords(l *wordTable, shards []*shard, words, stems map[string]uint32) {
	n := len(l.names)
	l.docs, l.titled, l.langs = make([]uint32, n), make([]uint32, n), make([]uint8, n)
	of := make([][]uint32, n)
	for _, s := range shards {
		for i := range s.word {
			w := &s.word[i]
			id := words[w.folded]
			l.docs[id] += w.docs
			l.titled[id] += w.titled
			l.langs[id] |= w.langs
			for _, st := range w.stems {
				if g := stems[s.stem[st].name]; !slices.Contains(of[id], g) {
					of[id] = append(of[id], g)
				}
			}
		}
	}
	l.stemOff = make([]uint32, 1, n+1)
	for i := range of {
		slices.Sort(of[i])
		l.stemIDs = append(l.stemIDs, of[i]...)
		l.stemOff = append(l.stemOff, u32(len(l.stemIDs)))
	}
}

func (s *segment) mergeStems(shards []*shard, stems map[string]uint32) {
	n := len(s.stems)
	s.stemDocs = make([]uint32, n)
	parts := make([][]*shardStem, n)
	size := 0
	for _, sh := range shards {
		for i := range sh.stem {
			id := stems[sh.stem[i].name]
			parts[id] = append(parts[id], &sh.stem[i])
			size += 2 * len(sh.stem[i].posts)
		}
	}
	s.postings.data = make([]byte, 0, size)
	s.postings.offsets = make([]uint32, 1, n+1)
	for id, list := range parts {
		last := uint32(0)
		for _, p := range list {
			s.postings.data, last = appendPostings(s.postings.data, last, p.posts)
			s.stemDocs[id] += u32(len(p.posts))
		}
		s.postings.offsets = append(s.postings.offsets, u32(len(s.postings.data)))
	}
}

// accentedForms finds how to show the words that are written with accents.
// People forget accents more often than they add them, so the accented form
// wins already at a third of the uses.
func accentedForms(shards []*shard) map[string]string {
	total := map[string]uint32{}
	forms := map[string]map[string]uint32{}
	for _, s := range shards {
		for i := range s.raw {
			if r := &s.raw[i]; !r.stop && !isASCII(r.text) {
				id := s.word[r.word].folded
				if forms[id] == nil {
					forms[id] = map[string]uint32{}
				}
				forms[id][shown(r.text)] += r.count
			}
		}
	}
	for _, s := range shards {
		for i := range s.raw {
			if r := &s.raw[i]; !r.stop {
				if id := s.word[r.word].folded; forms[id] != nil {
					total[id] += r.count
				}
			}
		}
	}
	out := map[string]string{}
	for id, counts := range forms {
		best := ""
		for _, form := range slices.Sorted(maps.Keys(counts)) {
			if best == "" || counts[form] > counts[best] {
				best = form
			}
		}
		if counts[best]*3 >= total[id] {
			out[id] = best
		}
	}
	return out
}

func isASCII(s string) bool {
	for i := range len(s) {
		if s[i] >= utf8.RuneSelf {
			return false
		}
	}
	return true
}

// Kinds of title, as stored.
const (
	titleMain uint32 = iota
	titleAlternative
	titleKeyword
)

// encodeTitles writes a sheet's titles (kind, n, n words, ...) with the
// index's numbers of words.
func encodeTitles(titles []uint32, number func(uint32) uint32) []byte {
	var out []byte
	for i := 0; i+1 < len(titles); {
		kind, n := titles[i], int(titles[i+1])
		out = binary.AppendUvarint(out, uint64(kind))
		out = binary.AppendUvarint(out, uint64(n)) //nolint:gosec // a length
		for _, w := range titles[i+2 : i+2+n] {
			out = binary.AppendUvarint(out, uint64(number(w)))
		}
		i += 2 + n
	}
	return out
}

// titleReader walks over a sheet's titles; damaged bytes end it early.
type titleReader struct{ data []byte }

// next reads one title into words.
func (r *titleReader) next(words []uint32, limit uint32) (kind uint64, _ []uint32, ok bool) {
	kind, ok = r.number()
	n, ok2 := r.number()
	if !ok || !ok2 || n > uint64(len(r.data)) {
		return 0, nil, false
	}
	words = words[:0]
	for range n {
		w, ok := r.number()
		if !ok || w >= uint64(limit) {
			return 0, nil, false
		}
		words = append(words, uint32(w)) //nolint:gosec // below limit
	}
	return kind, words, true
}

func (r *titleReader) number() (uint64, bool) {
	if len(r.data) > 0 && r.data[0] < 0x80 {
		v := uint64(r.data[0])
		r.data = r.data[1:]
		return v, true
	}
	v, n := binary.Uvarint(r.data)
	if n <= 0 {
		return 0, false
	}
	r.data = r.data[n:]
	return v, true
}

// prefixPostings makes the title postings of the prefixes of one and two
// letters: a title that starts with them weighs most.
func (s *segment) prefixPostings() prefixTable {
	lists := map[string][]posting{}
	var words []uint32
	limit := u32(len(s.words.names))
	for doc := range u32(len(s.sheets.codes)) {
		r := titleReader{s.sheets.titles.at(doc)}
		for {
			kind, title, ok := r.next(words, limit)
			if !ok {
				break
			}
			words = title
			for place, w := range title {
				for _, p := range shortPrefixes(s.words.names[w]) {
					addPrefix(lists, p, posting{doc, prefixImpact(kind, place)})
				}
			}
		}
	}
	t := prefixTable{names: slices.Sorted(maps.Keys(lists))}
	t.postings.offsets = []uint32{0}
	for _, name := range t.names {
		data, _ := appendPostings(nil, 0, lists[name])
		t.postings.add(data)
	}
	return t
}

func addPrefix(lists map[string][]posting, prefix string, p posting) {
	list := lists[prefix]
	if n := len(list); n > 0 && list[n-1].doc == p.doc {
		list[n-1].impact = max(list[n-1].impact, p.impact)
		return
	}
	lists[prefix] = append(list, p)
}

// prefixImpact is that of a word which a title has at a place.
func prefixImpact(kind uint64, place int) uint8 {
	impact := uint8(9)
	switch kind {
	case uint64(titleAlternative):
		impact = 7
	case uint64(titleKeyword):
		impact = 5
	}
	if place == 0 {
		impact += 4
	}
	return impact
}

// shortPrefixes returns a word's first letter and first two letters.
func shortPrefixes(word string) []string {
	var out []string
	n := 0
	for i := range word {
		if n > 0 {
			out = append(out, word[:i])
		}
		if n++; n > 2 {
			return out
		}
	}
	return append(out, word)
}
