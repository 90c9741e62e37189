package search

import (
	"math"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
)

// Index answers queries over the sheets of its segments. It never changes; a
// changed catalogue is another Index, which shares the segments that stayed.
type Index struct {
	parts      []part
	docs       docTable
	lex        lexicon
	stems      []string // of all segments, sorted
	stemDocs   []uint32
	stemTitled []bool   // some title or keyword has the stem
	langs      []string // languages whose stems may be in the index
	editable   *Words
	scratch    *sync.Pool
	last       *atomic.Pointer[standing] // of who asked last
}

// part is a segment in its place among the others.
type part struct {
	*segment
	first uint32   // number of its first sheet in the index
	words []uint32 // its word -> word of the index; nil when they are the same
	local []uint32 // stem of the index -> its stem and one, 0 for none; nil when they are the same

	capital []codeOf // of the codes with capitals, in lower case and sorted
}

// codeOf is a code in lower case and the sheet of a segment that has it.
type codeOf struct {
	lower string
	doc   uint32
}

// word returns the index's number of a segment's word.
func (p *part) word(local uint32) uint32 {
	if p.words == nil {
		return local
	}
	return p.words[local]
}

// posted returns the segment's postings of a stem of the index.
func (p *part) posted(stem uint32) []byte {
	if p.local == nil {
		return p.postings.at(stem)
	}
	if at := p.local[stem]; at > 0 {
		return p.postings.at(at - 1)
	}
	return nil
}

// docTable is the sheets of all segments, one slice a field, by the sheet's
// number in the index.
type docTable struct {
	codes       []string
	owners      []string
	names       []string // of the owners
	owner       []uint32
	base        []int32 // number of the base sheet, -1 without one
	state       []uint8
	local       []bool // of a single authority: neither national nor regional
	order       []uint32
	boost       []float32 // by hand-outs; nil when there were none
	values      []facetValue
	valueRank   []uint32 // place of a value's text among all
	ranked      []uint32 // values in that order
	valueOff    []uint32
	valueIDs    []uint32
	dead        []bool // replaced or removed by a later segment; nil when none is
	alive       int
	byOwner     [][]uint32 // adapting sheets of each authority
	ownerIDs    map[string]uint32
	places      map[string][]place    // by the first word of an authority's name
	valueNumber map[facetValue]uint32 // by folded text
}

func (d *docTable) isDead(doc uint32) bool { return d.dead != nil && d.dead[doc] }

func (d *docTable) valuesOf(doc uint32) []uint32 {
	return d.valueIDs[d.valueOff[doc]:d.valueOff[doc+1]]
}

// lexicon is every word of the index, with what is needed to repair others.
type lexicon struct {
	wordTable
	older  []map[string]string // accented forms of older segments, newest first
	shapes shapeTable
}

// Len returns how many sheets the index answers with.
func (x *Index) Len() int { return x.docs.alive }

// With returns an index in which these sheets are new or replace those of
// the same code, and in which the codes of gone are no more. A changed base
// changes what its adaptations say: their documents must be among docs.
func (x *Index) With(docs []Doc, gone []string) *Index {
	gone = slices.Clone(gone)
	for i := range docs {
		gone = append(gone, docs[i].Code)
	}
	y := compose(append(x.segments(), buildSegment(docs, gone, x)))
	y.editable = x.editable
	if s := x.last.Load(); s != nil {
		y.standing(s.name, s.named) // so that the next search does not wait for it
	}
	return y
}

func (x *Index) segments() []*segment {
	list := make([]*segment, len(x.parts))
	for i := range x.parts {
		list[i] = x.parts[i].segment
	}
	return list
}

// Fresh reports how many segments lie over the first and how many sheets
// they hold: when merging is worth its time.
func (x *Index) Fresh() (segments, sheets int) {
	for i := range x.parts[1:] {
		sheets += len(x.parts[i+1].sheets.codes)
	}
	return len(x.parts) - 1, sheets
}

// WithPopularity returns an index over the same tables with the hand-outs of
// a workstation by sheet code: they belong to it, not to the catalogue.
func (x *Index) WithPopularity(handedOut map[string]int) *Index {
	y := *x
	y.last = &atomic.Pointer[standing]{}
	y.docs.boost = make([]float32, len(x.docs.codes))
	for code, n := range handedOut {
		if doc, ok := x.find(code); ok && n > 0 {
			y.docs.boost[doc] = boostOf(n)
		}
	}
	return &y
}

func boostOf(handedOut int) float32 {
	return min(popularityMost, popularityStep*float32(math.Log1p(float64(handedOut))))
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

// find returns the number of the sheet with exactly this code.
func (x *Index) find(code string) (uint32, bool) {
	for i := len(x.parts) - 1; i >= 0; i-- {
		p := &x.parts[i]
		if n, ok := p.sheets.find(code); ok && !x.docs.isDead(p.first+n) {
			return p.first + n, true
		}
	}
	return 0, false
}

// partOf returns the segment of a sheet.
func (x *Index) partOf(doc uint32) *part {
	for i := len(x.parts) - 1; i > 0; i-- {
		if doc >= x.parts[i].first {
			return &x.parts[i]
		}
	}
	return &x.parts[0]
}

// findStem returns the number of a stem that some sheet has.
func (x *Index) findStem(name string) (uint32, bool) {
	i, ok := slices.BinarySearch(x.stems, name)
	return u32(i), ok && x.stemInUse(u32(i))
}

func (l *lexicon) find(word string) (uint32, bool) {
	i, ok := slices.BinarySearch(l.names, word)
	return u32(i), ok
}

// known returns the number of a word that some sheet has: those that only
// replaced sheets had stay in the lexicon until segments are merged.
func (x *Index) known(word string) (uint32, bool) {
	id, ok := x.lex.find(word)
	return id, ok && x.inUse(id)
}

func (x *Index) inUse(word uint32) bool {
	return x.docs.dead == nil || slices.ContainsFunc(x.lex.stemsOf(word), x.stemInUse)
}

func (x *Index) stemInUse(stem uint32) bool {
	if x.docs.dead == nil {
		return true
	}
	for i := range x.parts {
		p := &x.parts[i]
		r := postingReader{list: p.posted(stem)}
		for post, ok := r.next(); ok && uint64(p.first)+uint64(post.doc) < uint64(len(x.docs.dead)); post, ok = r.next() {
			if !x.docs.dead[p.first+post.doc] {
				return true
			}
		}
	}
	return false
}

// span returns the numbers [from, to) of the words that start with prefix.
func (l *lexicon) span(prefix string) (from, to uint32) {
	a, _ := slices.BinarySearch(l.names, prefix)
	b, _ := slices.BinarySearchFunc(l.names[a:], prefix, func(w, p string) int {
		if strings.HasPrefix(w, p) {
			return -1
		}
		return 1
	})
	return u32(a), u32(a + b)
}

// accentedForm returns how a word is written with accents.
func (l *lexicon) accentedForm(word string) (string, bool) {
	if s, ok := l.accented[word]; ok {
		return s, true
	}
	for _, forms := range l.older {
		if s, ok := forms[word]; ok {
			return s, true
		}
	}
	return "", false
}

// Dependent returns the codes of the sheets that adapt one of these: what
// they say changes with their base.
func (x *Index) Dependent(bases []string) []string {
	asked := make(map[string]bool, len(bases))
	for _, b := range bases {
		asked[b] = true
	}
	return x.codesWhere(func(p *part, local uint32) bool {
		b := p.sheets.base[local]
		return b > 0 && asked[p.sheets.bases[b-1]]
	})
}

// OwnedBy returns the codes of an authority's sheets.
func (x *Index) OwnedBy(authority string) []string {
	return x.codesWhere(func(p *part, local uint32) bool { return p.sheets.owners[p.sheets.owner[local]] == authority })
}

func (x *Index) codesWhere(holds func(p *part, local uint32) bool) []string {
	var codes []string
	for i := range x.parts {
		p := &x.parts[i]
		for local := range u32(len(p.sheets.codes)) {
			if !x.docs.isDead(p.first+local) && holds(p, local) {
				codes = append(codes, p.sheets.codes[local])
			}
		}
	}
	return codes
}
