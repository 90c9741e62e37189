package search

import (
	"slices"
	"strings"
)

// segment is the analysis of some sheets: of a whole catalogue, or of those
// that changed since. It never changes; its numbers of sheets, words and
// stems are its own, counted from 0 in the order of codes and letters.
type segment struct {
	sheets   sheetTable
	words    wordTable
	stems    []string // sorted
	stemDocs []uint32 // sheets with the stem
	postings byteTable
	prefixes prefixTable
	langs    []string // languages whose stems may be here
	gone     []string // codes that earlier segments must no longer answer with
}

// sheetTable holds what ranking and facets need of each sheet.
type sheetTable struct {
	codes    []string // sorted
	owners   []string // authorities
	names    []string // of the owners
	owner    []uint32 // number in owners
	bases    []string // codes of base sheets
	base     []uint32 // number in bases and one, 0 without base
	state    []uint8
	order    []uint32 // place of the title, the Italian way
	titles   byteTable
	values   []facetValue
	valueOff []uint32 // sheet i has valueIDs[valueOff[i]:valueOff[i+1]]
	valueIDs []uint32
}

// facetValue is a value that sheets have in a field; see facetFields.
type facetValue struct {
	field uint8
	text  string
}

// wordTable holds every word of some sheets in order.
type wordTable struct {
	names    []string // folded, sorted
	docs     []uint32 // sheets with the word
	titled   []uint32 // sheets with the word in a title or keyword
	langs    []uint8  // bits of the languages in which it is used, as in stemmed
	stemOff  []uint32
	stemIDs  []uint32          // stems of word i: stemIDs[stemOff[i]:stemOff[i+1]]
	accented map[string]string // how to show a word that is written with accents
}

func (t *wordTable) stemsOf(word uint32) []uint32 {
	return t.stemIDs[t.stemOff[word]:t.stemOff[word+1]]
}

// prefixTable holds the title postings of the prefixes of one and two
// letters, which would otherwise touch most of the lexicon.
type prefixTable struct {
	names    []string // sorted
	postings byteTable
}

func (p *prefixTable) find(prefix string) []byte {
	i, ok := slices.BinarySearch(p.names, prefix)
	if !ok {
		return nil
	}
	return p.postings.at(u32(i))
}

// byteTable is a list of byte strings in one block.
type byteTable struct {
	offsets []uint32 // one more than entries
	data    []byte
}

func (t *byteTable) at(i uint32) []byte { return t.data[t.offsets[i]:t.offsets[i+1]] }

func (t *byteTable) add(entry []byte) {
	if len(t.offsets) == 0 {
		t.offsets = append(t.offsets, 0)
	}
	t.data = append(t.data, entry...)
	t.offsets = append(t.offsets, u32(len(t.data)))
}

// states of a sheet as far as ranking cares.
const (
	stateActive uint8 = iota
	statePaused
	stateDiscontinued
)

// find returns the number of a sheet by its exact code.
func (t *sheetTable) find(code string) (uint32, bool) {
	i, ok := slices.BinarySearch(t.codes, code)
	return u32(i), ok
}

// u32 narrows numbers that count sheets, words or bytes of an index, all far
// below four thousand million.
func u32(n int) uint32 {
	return uint32(n) //nolint:gosec // see above
}

// compareTitles orders sheets of possibly different segments by the words of
// their titles, then by code.
func compareTitles(a *segment, i uint32, b *segment, j uint32) int {
	x, y := a.titleWords(i), b.titleWords(j)
	for k := range min(len(x), len(y)) {
		if c := strings.Compare(a.words.names[x[k]], b.words.names[y[k]]); c != 0 {
			return c
		}
	}
	if len(x) != len(y) {
		return len(x) - len(y)
	}
	return strings.Compare(a.sheets.codes[i], b.sheets.codes[j])
}

// titleWords returns the words of a sheet's own title.
func (s *segment) titleWords(doc uint32) []uint32 {
	r := titleReader{s.sheets.titles.at(doc)}
	kind, words, ok := r.next(nil, u32(len(s.words.names)))
	if !ok || kind != uint64(titleMain) {
		return nil
	}
	return words
}
