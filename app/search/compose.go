package search

import (
	"slices"
	"sort"
	"strings"
	"sync"
	"sync/atomic"
	"unicode"

	"polis/app"
)

// compose makes the index over segments; a later one takes out of the earlier
// what it replaces. It costs time by the number of sheets and words, not by
// the text.
func compose(segs []*segment) *Index {
	x := &Index{last: &atomic.Pointer[standing]{}}
	first := uint32(0)
	for _, s := range segs {
		x.parts = append(x.parts, part{segment: s, first: first, capital: capitals(s.sheets.codes)})
		first += u32(len(s.sheets.codes))
		for _, l := range s.langs {
			if !slices.Contains(x.langs, l) {
				x.langs = append(x.langs, l)
			}
		}
	}
	x.langs = slices.DeleteFunc(stemmed(), func(l string) bool { return !slices.Contains(x.langs, l) })
	x.composeWords()
	x.markTitled()
	x.composeSheets(int(first))
	x.lex.shapes = newShapeTable(x.lex.names)
	x.scratch = &sync.Pool{New: func() any { return newScratch(x) }}
	return x
}

func capitals(codes []string) []codeOf {
	var out []codeOf
	for i, c := range codes {
		if strings.ContainsFunc(c, unicode.IsUpper) {
			out = append(out, codeOf{strings.ToLower(c), u32(i)})
		}
	}
	slices.SortFunc(out, func(a, b codeOf) int { return strings.Compare(a.lower, b.lower) })
	return out
}

// composeWords joins the segments' words and stems.
func (x *Index) composeWords() {
	base := x.parts[0].segment
	x.lex.wordTable, x.stems, x.stemDocs = base.words, base.stems, base.stemDocs
	if len(x.parts) == 1 {
		return
	}
	for i := range x.parts[1:] {
		s := x.parts[i+1].segment
		x.lex.names, x.stems = union(x.lex.names, s.words.names), union(x.stems, s.stems)
	}
	n := len(x.lex.names)
	x.lex.docs, x.lex.titled, x.lex.langs = make([]uint32, n), make([]uint32, n), make([]uint8, n)
	x.stemDocs = make([]uint32, len(x.stems))
	of := make([][]uint32, n)
	for i := range x.parts {
		x.place(&x.parts[i], of)
	}
	x.lex.stemOff, x.lex.stemIDs = make([]uint32, 1, n+1), make([]uint32, 0, n+n/8)
	for i := range of {
		x.lex.stemIDs = append(x.lex.stemIDs, of[i]...)
		x.lex.stemOff = append(x.lex.stemOff, u32(len(x.lex.stemIDs)))
	}
	newest := len(x.parts) - 1
	x.lex.accented = x.parts[newest].segment.words.accented
	for i := newest - 1; i >= 0; i-- {
		x.lex.older = append(x.lex.older, x.parts[i].segment.words.accented)
	}
}

func (x *Index) markTitled() {
	x.stemTitled = make([]bool, len(x.stems))
	for w, n := range x.lex.titled {
		if n > 0 {
			for _, st := range x.lex.stemsOf(u32(w)) {
				x.stemTitled[st] = true
			}
		}
	}
}

// place gives a segment's words and stems their numbers in the index and adds
// its counts.
func (x *Index) place(p *part, of [][]uint32) {
	s := p.segment
	stems := numbers(s.stems, x.stems)
	p.words = numbers(s.words.names, x.lex.names)
	p.local = make([]uint32, len(x.stems))
	for i, id := range stems {
		p.local[id] = u32(i) + 1
		x.stemDocs[id] += s.stemDocs[i]
	}
	for i, id := range p.words {
		x.lex.docs[id] += s.words.docs[i]
		x.lex.titled[id] += s.words.titled[i]
		x.lex.langs[id] |= s.words.langs[i]
		for _, st := range s.words.stemsOf(u32(i)) {
			if g := stems[st]; !slices.Contains(of[id], g) {
				of[id] = append(of[id], g)
			}
		}
	}
}

// union merges two sorted lists.
func union(a, b []string) []string {
	out := make([]string, 0, len(a)+len(b)/4)
	for len(a) > 0 && len(b) > 0 {
		switch c := strings.Compare(a[0], b[0]); {
		case c < 0:
			out, a = append(out, a[0]), a[1:]
		case c > 0:
			out, b = append(out, b[0]), b[1:]
		default:
			out, a, b = append(out, a[0]), a[1:], b[1:]
		}
	}
	return append(append(out, a...), b...)
}

// numbers returns the places in all of the names of a part; both are sorted.
func numbers(part, all []string) []uint32 {
	out := make([]uint32, len(part))
	at := 0
	for i, name := range part {
		if len(part)*16 < len(all) { // few names: look each of them up
			at += sort.SearchStrings(all[at:], name)
		} else {
			for all[at] != name {
				at++
			}
		}
		out[i] = u32(at)
	}
	return out
}

// composeSheets joins the segments' sheets.
func (x *Index) composeSheets(n int) {
	d := &x.docs
	base := &x.parts[0].segment.sheets
	d.alive = n
	d.names = base.names
	d.codes, d.owners, d.owner, d.state, d.order = base.codes, base.owners, base.owner, base.state, base.order
	d.values, d.valueOff, d.valueIDs = base.values, base.valueOff, base.valueIDs
	x.indexValues()
	if len(x.parts) > 1 {
		x.bury(n)
		x.appendSheets(n)
	}
	d.places = placesOf(d.names)
	d.rankValues()
	d.markLocal(n)
	x.resolveBases(n)
}

// indexValues makes owners and values findable.
func (x *Index) indexValues() {
	d := &x.docs
	d.ownerIDs = make(map[string]uint32, len(d.owners))
	for i, a := range d.owners {
		d.ownerIDs[a] = u32(i)
	}
	d.valueNumber = make(map[facetValue]uint32, len(d.values))
	for i, v := range d.values {
		d.valueNumber[facetValue{v.field, foldPhrase(v.text)}] = u32(i)
	}
}

// bury marks the sheets that later segments replaced or removed.
func (x *Index) bury(n int) {
	d := &x.docs
	d.dead = make([]bool, n)
	for i := range x.parts[1:] {
		for _, code := range x.parts[i+1].gone {
			for j := range x.parts[:i+1] {
				p := &x.parts[j]
				if at, ok := p.sheets.find(code); ok && !d.dead[p.first+at] {
					d.dead[p.first+at] = true
					d.alive--
				}
			}
		}
	}
}

// appendSheets adds the sheets of the later segments to copies of the first
// one's columns.
func (x *Index) appendSheets(n int) {
	d := &x.docs
	d.codes, d.owner, d.state = grown(d.codes, n), grown(d.owner, n), grown(d.state, n)
	d.valueOff, d.valueIDs = grown(d.valueOff, n+1), slices.Clone(d.valueIDs)
	d.owners, d.names, d.values = slices.Clone(d.owners), slices.Clone(d.names), slices.Clone(d.values)
	for i := range x.parts[1:] {
		s := &x.parts[i+1].segment.sheets
		d.codes, d.state = append(d.codes, s.codes...), append(d.state, s.state...)
		for _, o := range s.owner {
			id := numbered(d.ownerIDs, s.owners[o], &d.owners)
			if int(id) == len(d.names) {
				d.names = append(d.names, "")
			}
			d.names[id] = s.names[o] // the newest name counts
			d.owner = append(d.owner, id)
		}
		values := make([]uint32, len(s.values))
		for v := range s.values {
			values[v] = d.valueID(s.values[v])
		}
		for doc := range s.codes {
			for _, v := range s.valueIDs[s.valueOff[doc]:s.valueOff[doc+1]] {
				d.valueIDs = append(d.valueIDs, values[v])
			}
			d.valueOff = append(d.valueOff, u32(len(d.valueIDs)))
		}
	}
	x.composeOrder(n)
}

func grown[T any](list []T, n int) []T { return append(make([]T, 0, n), list...) }

func (d *docTable) valueID(v facetValue) uint32 {
	key := facetValue{v.field, foldPhrase(v.text)}
	id, ok := d.valueNumber[key]
	if !ok {
		id = u32(len(d.values))
		d.valueNumber[key] = id
		d.values = append(d.values, v)
	}
	return id
}

// orderStep is the room between two titles of the first segment for those of
// later ones.
const orderStep = 1 << 8

// composeOrder places the titles of later segments between those of the
// first.
func (x *Index) composeOrder(n int) {
	base := &x.parts[0]
	sorted := make([]uint32, len(base.sheets.order))
	order := make([]uint32, len(sorted), n)
	for doc, place := range base.sheets.order {
		sorted[place] = u32(doc)
		order[doc] = (place + 1) * orderStep
	}
	for i := range x.parts[1:] {
		p := &x.parts[i+1]
		for doc := range u32(len(p.sheets.codes)) {
			at := sort.Search(len(sorted), func(k int) bool {
				return compareTitles(base.segment, sorted[k], p.segment, doc) > 0
			})
			order = append(order, u32(at*orderStep)+1+p.sheets.order[doc]%(orderStep-1))
		}
	}
	x.docs.order = order
}

func (d *docTable) markLocal(n int) {
	d.local = make([]bool, n)
	level := slices.Index(facetFields(), "level")
	id, ok := d.valueNumber[facetValue{uint8(level), app.LevelAuthority}] //nolint:gosec // one of a few fields
	for doc := range d.local {
		d.local[doc] = ok && slices.Contains(d.valuesOf(u32(doc)), id)
	}
}

// resolveBases finds the sheets that others adapt.
func (x *Index) resolveBases(n int) {
	d := &x.docs
	d.base = make([]int32, 0, n)
	d.byOwner = make([][]uint32, len(d.owners))
	for i := range x.parts {
		p := &x.parts[i]
		found := make([]int32, len(p.sheets.bases)+1)
		found[0] = -1
		for b, code := range p.sheets.bases {
			found[b+1] = -1
			if doc, ok := x.find(code); ok {
				found[b+1] = int32(doc) //nolint:gosec // a sheet's number
			}
		}
		for doc, b := range p.sheets.base {
			d.base = append(d.base, found[b])
			if at := p.first + u32(doc); found[b] >= 0 && !d.isDead(at) {
				d.byOwner[d.owner[at]] = append(d.byOwner[d.owner[at]], at)
			}
		}
	}
}
