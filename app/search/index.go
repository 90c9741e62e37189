package search

import (
	"slices"
	"strings"
	"sync"
)

// Index answers queries over a set of sheets. It never changes; a new
// catalogue is a new Index. (A later version adds segments for the sheets
// that changed since: each would be one more table beside this one.)
type Index struct {
	docs     docTable
	lex      lexicon
	stems    stemTable
	prefixes prefixTable
	langs    []string // languages whose stems may be in the index
	editable *Words
	scratch  *sync.Pool
}

// Len returns how many sheets the index holds.
func (x *Index) Len() int { return len(x.docs.codes) }

// WithPopularity returns an index over the same tables with other counts of
// hand-outs by sheet code: the counts belong to the workstation, the tables
// to the catalogue.
func (x *Index) WithPopularity(handedOut map[string]int) *Index {
	y := *x
	y.docs.popularity = make([]uint32, len(x.docs.codes))
	for i, code := range x.docs.codes {
		y.docs.popularity[i] = popularityOf(handedOut[code])
	}
	return &y
}

// WithWords returns an index over the same tables with other editable words:
// they change without the sheets.
func (x *Index) WithWords(w *Words) *Index {
	y := *x
	y.editable = w
	return &y
}

// Words returns the editable words of the index; nil when it has none.
func (x *Index) Words() *Words { return x.editable }

func popularityOf(n int) uint32 {
	return u32(min(max(n, 0), 1<<24))
}

// u32 narrows numbers that count sheets, words or bytes of an index, all far
// below four thousand million.
func u32(n int) uint32 {
	return uint32(n) //nolint:gosec // see above
}

// states of a sheet as far as ranking cares.
const (
	stateActive uint8 = iota
	statePaused
	stateDiscontinued
)

// docTable holds what ranking and facets need of each sheet, one slice a
// field, indexed by the sheet's number.
type docTable struct {
	codes       []string
	authorities []string
	authority   []uint32 // number in authorities
	base        []int32  // number of the base sheet, -1 without one
	state       []uint8
	order       []uint32 // place of the title, the Italian way
	popularity  []uint32
	titles      byteTable // see titles.go
	facets      []facet   // in the order of facetFields

	byCode   []uint32          // numbers sorted by folded code
	byOwner  [][]uint32        // adapting sheets of each authority
	ownerIDs map[string]uint32 // authority -> number
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

// lexicon holds every word of the catalogue in order.
type lexicon struct {
	words    []string // folded, sorted
	docs     []uint32 // sheets with the word
	titled   []uint32 // sheets with the word in a title or keyword
	stemOff  []uint32
	stemIDs  []uint32          // stems of word i: stemIDs[stemOff[i]:stemOff[i+1]]
	accented map[uint32]string // how to show a word that is written with accents

	shapes shapeTable // for repairs
}

// stemTable holds the postings of every stem: sheets in order, with the
// impact that the stem has in each.
type stemTable struct {
	names    []string // sorted
	docs     []uint32
	postings byteTable
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

func (l *lexicon) find(word string) (uint32, bool) {
	i, ok := slices.BinarySearch(l.words, word)
	return u32(i), ok
}

// span returns the numbers [from, to) of the words that start with prefix.
func (l *lexicon) span(prefix string) (from, to uint32) {
	a, _ := slices.BinarySearch(l.words, prefix)
	b, _ := slices.BinarySearchFunc(l.words[a:], prefix, func(w, p string) int {
		if strings.HasPrefix(w, p) {
			return -1
		}
		return 1
	})
	return u32(a), u32(a + b)
}

func (l *lexicon) stemsOf(word uint32) []uint32 {
	return l.stemIDs[l.stemOff[word]:l.stemOff[word+1]]
}

// display returns a word as the catalogue writes it.
func (l *lexicon) display(word uint32) string {
	if s, ok := l.accented[word]; ok {
		return s
	}
	w := l.words[word]
	if acronym(w) {
		return strings.ToUpper(w)
	}
	return w
}

func (t *stemTable) find(name string) (uint32, bool) {
	i, ok := slices.BinarySearch(t.names, name)
	return u32(i), ok
}

// finish derives what is not stored: lookups and repair shapes.
func (x *Index) finish() {
	d := &x.docs
	d.byCode = make([]uint32, len(d.codes))
	for i := range d.byCode {
		d.byCode[i] = u32(i)
	}
	slices.SortFunc(d.byCode, func(a, b uint32) int {
		return strings.Compare(strings.ToLower(d.codes[a]), strings.ToLower(d.codes[b]))
	})
	d.ownerIDs = make(map[string]uint32, len(d.authorities))
	for i, a := range d.authorities {
		d.ownerIDs[a] = u32(i)
	}
	d.byOwner = make([][]uint32, len(d.authorities))
	for i, b := range d.base {
		if b >= 0 {
			a := d.authority[i]
			d.byOwner[a] = append(d.byOwner[a], u32(i))
		}
	}
	for i := range d.facets {
		f := &d.facets[i]
		f.byKey = make(map[string]uint32, len(f.values))
		for id, v := range f.values {
			f.byKey[foldPhrase(v)] = u32(id)
		}
	}
	x.lex.shapes = newShapeTable(x.lex.words)
	n := len(d.codes)
	x.scratch = &sync.Pool{New: func() any { return newScratch(n) }}
}
