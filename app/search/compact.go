package search

import (
	"slices"
	"strings"
)

// Merged returns an index that answers the same with a single segment: the
// texts are not read again. Words of which no sheet has a stem any more are
// dropped.
func (x *Index) Merged() *Index {
	if len(x.parts) == 1 {
		return x
	}
	m := newMerger(x)
	y := compose([]*segment{m.run()})
	y.editable = x.editable
	return y
}

// merger copies the sheets that are alive into one segment.
type merger struct {
	x     *Index
	out   *segment
	order []uint32 // sheets of the index by code
	new   []uint32 // sheet of the index -> sheet of the segment
	stem  []uint32 // stem of the index -> stem of the segment and one
	word  []uint32 // word of the index -> word of the segment and one
}

func newMerger(x *Index) *merger {
	m := &merger{x: x, out: &segment{langs: x.langs}, new: make([]uint32, len(x.docs.codes))}
	for doc := range x.docs.codes {
		if !x.docs.isDead(u32(doc)) {
			m.order = append(m.order, u32(doc))
		}
	}
	slices.SortFunc(m.order, func(a, b uint32) int { return strings.Compare(x.docs.codes[a], x.docs.codes[b]) })
	for i, doc := range m.order {
		m.new[doc] = u32(i)
	}
	return m
}

func (m *merger) run() *segment {
	m.sheets()
	m.postings()
	m.words()
	m.titles()
	m.out.prefixes = m.out.prefixPostings()
	return m.out
}

func (m *merger) sheets() {
	d, t := &m.x.docs, &m.out.sheets
	owners, bases := map[string]uint32{}, map[string]uint32{}
	values := make([]uint32, len(d.values)) // of the index -> of the segment and one
	t.valueOff = []uint32{0}
	for _, doc := range m.order {
		p := m.x.partOf(doc)
		t.codes, t.state = append(t.codes, d.codes[doc]), append(t.state, d.state[doc])
		owner := d.owner[doc]
		t.owner = append(t.owner, numbered(owners, d.owners[owner], &t.owners))
		if len(t.names) < len(t.owners) {
			t.names = append(t.names, d.names[owner])
		}
		base := uint32(0)
		if b := p.sheets.base[doc-p.first]; b > 0 {
			base = numbered(bases, p.sheets.bases[b-1], &t.bases) + 1
		}
		t.base = append(t.base, base)
		for _, v := range d.valuesOf(doc) {
			if values[v] == 0 {
				t.values = append(t.values, d.values[v])
				values[v] = u32(len(t.values))
			}
			t.valueIDs = append(t.valueIDs, values[v]-1)
		}
		t.valueOff = append(t.valueOff, u32(len(t.valueIDs)))
	}
	t.order = ranks(m.order, d.order)
}

// ranks numbers places that may have gaps from 0.
func ranks(docs, place []uint32) []uint32 {
	sorted := make([]uint32, len(docs))
	for i := range sorted {
		sorted[i] = u32(i)
	}
	slices.SortStableFunc(sorted, func(a, b uint32) int { return int(place[docs[a]]) - int(place[docs[b]]) })
	out := make([]uint32, len(docs))
	for i, at := range sorted {
		out[at] = u32(i)
	}
	return out
}

// postings joins the lists of each stem; stems without sheets are dropped.
func (m *merger) postings() {
	x, s := m.x, m.out
	m.stem = make([]uint32, len(x.stems))
	s.postings.offsets = []uint32{0}
	for i := range x.parts {
		s.postings.data = slices.Grow(s.postings.data, len(x.parts[i].postings.data))
	}
	var list []posting
	for st, name := range x.stems {
		list = m.collect(list[:0], u32(st))
		if len(list) == 0 {
			continue
		}
		s.stems, s.stemDocs = append(s.stems, name), append(s.stemDocs, u32(len(list)))
		m.stem[st] = u32(len(s.stems))
		s.postings.data, _ = appendPostings(s.postings.data, 0, list)
		s.postings.offsets = append(s.postings.offsets, u32(len(s.postings.data)))
	}
}

func (m *merger) collect(list []posting, stem uint32) []posting {
	sorted := true
	for i := range m.x.parts {
		p := &m.x.parts[i]
		r := postingReader{list: p.posted(stem)}
		for post, ok := r.next(); ok && int(p.first+post.doc) < len(m.new); post, ok = r.next() {
			doc := p.first + post.doc
			if m.x.docs.isDead(doc) {
				continue
			}
			post.doc = m.new[doc]
			sorted = sorted && (len(list) == 0 || list[len(list)-1].doc < post.doc)
			list = append(list, post)
		}
	}
	if !sorted {
		slices.SortFunc(list, func(a, b posting) int { return int(a.doc) - int(b.doc) })
	}
	return list
}

// words keeps the words of which a stem is left. How many sheets have a word
// is not known exactly after sheets are gone, but at most as many as have its
// stems.
func (m *merger) words() {
	l, t := &m.x.lex, &m.out.words
	m.word = make([]uint32, len(l.names))
	t.stemOff, t.accented = []uint32{0}, map[string]string{}
	for w, name := range l.names {
		most := uint32(0)
		for _, st := range l.stemsOf(u32(w)) {
			if kept := m.stem[st]; kept > 0 {
				t.stemIDs = append(t.stemIDs, kept-1)
				most = max(most, m.out.stemDocs[kept-1])
			}
		}
		if most == 0 {
			continue
		}
		t.names, t.langs = append(t.names, name), append(t.langs, l.langs[w])
		t.docs = append(t.docs, min(l.docs[w], most))
		t.stemOff = append(t.stemOff, u32(len(t.stemIDs)))
		m.word[w] = u32(len(t.names))
		if form, ok := l.accentedForm(name); ok {
			t.accented[name] = form
		}
	}
	t.titled = make([]uint32, len(t.names))
}

// titles copies the titles and counts the words in them.
func (m *merger) titles() {
	s := m.out
	s.sheets.titles.offsets = []uint32{0}
	lastDoc := make([]uint32, len(s.words.names))
	var words []uint32
	for i, doc := range m.order {
		p := m.x.partOf(doc)
		r := titleReader{p.sheets.titles.at(doc - p.first)}
		var list []uint32
		for {
			kind, title, ok := r.next(words, u32(len(p.segment.words.names)))
			if !ok {
				break
			}
			words = title
			list = append(list, u32(int(kind)), u32(len(title))) //nolint:gosec // one of three kinds
			for _, w := range title {
				id := max(m.word[p.word(w)], 1) - 1
				list = append(list, id)
				if lastDoc[id] != u32(i)+1 {
					lastDoc[id] = u32(i) + 1
					s.words.titled[id]++
				}
			}
		}
		s.sheets.titles.add(encodeTitles(list, func(w uint32) uint32 { return w }))
	}
}
