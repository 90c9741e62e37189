package search

import (
	"cmp"
	"slices"
	"strings"
	"unicode"

	"golang.org/x/text/unicode/norm"
)

// facetFields are the fields one can filter by, in the order of
// docTable.facets.
func facetFields() []string {
	return []string{"topic", "authority", "audience", "life-event", "level"}
}

// FacetCount is how many of the sheets found have a value.
type FacetCount struct {
	Value string `json:"value"`
	Count int    `json:"count"`
}

// Filter keeps the sheets with a value in a field: topic, authority,
// audience, life-event or level. Several of one field are alternatives,
// different fields must all hold; capitals and accents do not matter.
type Filter struct{ Field, Value string }

// facet holds the values that each sheet has in one field.
type facet struct {
	values  []string
	offsets []uint32 // sheet i has ids[offsets[i]:offsets[i+1]]
	ids     []uint32
	byKey   map[string]uint32 // folded value -> number; derived
}

func (f *facet) of(doc uint32) []uint32 { return f.ids[f.offsets[doc]:f.offsets[doc+1]] }

func facetsOf(docs []Doc) []facet {
	of := []func(*Doc) []string{
		func(d *Doc) []string { return d.Topics },
		func(d *Doc) []string { return []string{d.Authority} },
		func(d *Doc) []string { return d.Audiences },
		func(d *Doc) []string { return d.LifeEvents },
		func(d *Doc) []string { return []string{d.Level} },
	}
	facets := make([]facet, len(of))
	for i, values := range of {
		facets[i] = newFacet(docs, values)
	}
	return facets
}

func newFacet(docs []Doc, valuesOf func(*Doc) []string) facet {
	f := facet{offsets: make([]uint32, 1, len(docs)+1)}
	known := map[string]uint32{}
	for i := range docs {
		start := len(f.ids)
		for _, v := range valuesOf(&docs[i]) {
			key := foldPhrase(v)
			if key == "" {
				continue
			}
			id, ok := known[key]
			if !ok {
				id = u32(len(f.values))
				known[key] = id
				f.values = append(f.values, strings.TrimSpace(v))
			}
			if !slices.Contains(f.ids[start:], id) {
				f.ids = append(f.ids, id)
			}
		}
		f.offsets = append(f.offsets, u32(len(f.ids)))
	}
	return f
}

// foldPhrase makes values comparable: lower case, no accents, single blanks.
func foldPhrase(s string) string {
	fields := strings.Fields(strings.ToLower(s))
	s = strings.Join(fields, " ")
	if isASCII(s) {
		return s
	}
	return strings.Map(func(r rune) rune {
		switch {
		case unicode.Is(unicode.Mn, r):
			return -1
		case apostropheRune(r):
			return '\''
		}
		return r
	}, norm.NFKD.String(s))
}

// filterSet is a query's filters by field: which values pass.
type filterSet struct {
	pass  [][]bool // by field; nil where there is no filter
	never bool     // a field that does not exist: nothing passes
}

func (x *Index) filterSet(filters []Filter) filterSet {
	s := filterSet{pass: make([][]bool, len(x.docs.facets))}
	fields := facetFields()
	for _, f := range filters {
		i := slices.Index(fields, f.Field)
		if i < 0 {
			s.never = true
			continue
		}
		facet := &x.docs.facets[i]
		if s.pass[i] == nil {
			s.pass[i] = make([]bool, len(facet.values))
		}
		if id, ok := facet.byKey[foldPhrase(cut(f.Value, maxQueryBytes))]; ok {
			s.pass[i][id] = true
		}
	}
	return s
}

// missed returns how many fields refuse a sheet and the last of them.
func (s *filterSet) missed(facets []facet, doc uint32) (n, field int) {
	for i, pass := range s.pass {
		if pass == nil {
			continue
		}
		if !slices.ContainsFunc(facets[i].of(doc), func(id uint32) bool { return pass[id] }) {
			n, field = n+1, i
		}
	}
	return n, field
}

// counter counts values among the sheets found. A sheet that only one field
// refuses still counts in that field: its other values stay choosable.
type counter struct {
	facets []facet
	counts [][]int
}

func newCounter(facets []facet) *counter {
	c := &counter{facets: facets, counts: make([][]int, len(facets))}
	for i := range facets {
		c.counts[i] = make([]int, len(facets[i].values))
	}
	return c
}

func (c *counter) add(doc uint32, missed, field int) {
	for i := range c.facets {
		if missed == 0 || (missed == 1 && i == field) {
			for _, id := range c.facets[i].of(doc) {
				c.counts[i][id]++
			}
		}
	}
}

func (c *counter) result() map[string][]FacetCount {
	out := make(map[string][]FacetCount, len(c.facets))
	for i, field := range facetFields() {
		list := []FacetCount{}
		for id, n := range c.counts[i] {
			if n > 0 {
				list = append(list, FacetCount{c.facets[i].values[id], n})
			}
		}
		slices.SortFunc(list, func(a, b FacetCount) int {
			return cmp.Or(cmp.Compare(b.Count, a.Count), strings.Compare(a.Value, b.Value))
		})
		out[field] = list
	}
	return out
}
