package search

import (
	"math"
	"slices"
	"strings"
	"unicode"

	"golang.org/x/text/unicode/norm"
)

// facetFields are the fields one can filter by, in the order of
// facetValue.field.
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

// fillValues collects what each sheet has in the fields.
func (t *sheetTable) fillValues(docs []Doc) {
	of := []func(*Doc) []string{
		func(d *Doc) []string { return d.Topics },
		func(d *Doc) []string { return []string{d.Authority} },
		func(d *Doc) []string { return d.Audiences },
		func(d *Doc) []string { return d.LifeEvents },
		func(d *Doc) []string { return []string{d.Level} },
	}
	known := map[facetValue]uint32{}
	t.valueOff = make([]uint32, 1, len(docs)+1)
	for i := range docs {
		start := len(t.valueIDs)
		for field, values := range of {
			for _, v := range values(&docs[i]) {
				if id, ok := t.value(known, uint8(field), v); ok && !slices.Contains(t.valueIDs[start:], id) {
					t.valueIDs = append(t.valueIDs, id)
				}
			}
		}
		t.valueOff = append(t.valueOff, u32(len(t.valueIDs)))
	}
}

func (t *sheetTable) value(known map[facetValue]uint32, field uint8, text string) (id uint32, ok bool) {
	key := facetValue{field, foldPhrase(text)}
	if key.text == "" {
		return 0, false
	}
	id, ok = known[key]
	if !ok {
		id = u32(len(t.values))
		known[key] = id
		t.values = append(t.values, facetValue{field, strings.TrimSpace(text)})
	}
	if isASCII(t.values[id].text) && !isASCII(text) {
		t.values[id].text = strings.TrimSpace(text) // accents are forgotten more often than added
	}
	return id, true
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

// filterSet is a query's filters: which values pass, in which fields.
type filterSet struct {
	pass   []bool // by value; nil without filters
	active uint8  // fields that are filtered
	never  bool   // a field that does not exist: nothing passes
}

func (x *Index) filterSet(filters []Filter) filterSet {
	var s filterSet
	if len(filters) == 0 {
		return s
	}
	s.pass = make([]bool, len(x.docs.values))
	fields := facetFields()
	for _, f := range filters {
		i := slices.Index(fields, f.Field)
		if i < 0 {
			s.never = true
			continue
		}
		s.active |= 1 << i
		key := facetValue{uint8(i), foldPhrase(cut(f.Value, maxQueryBytes))} //nolint:gosec // one of a few fields
		if id, ok := x.docs.valueNumber[key]; ok {
			s.pass[id] = true
		}
	}
	return s
}

// missed returns the fields that refuse a sheet.
func (s *filterSet) missed(d *docTable, doc uint32) uint8 {
	if s.active == 0 {
		return 0
	}
	hit := uint8(0)
	for _, id := range d.valuesOf(doc) {
		if s.pass[id] {
			hit |= 1 << d.values[id].field
		}
	}
	return s.active &^ hit
}

// count counts a sheet's values. One that only a single field refuses still
// counts in that field: its other values stay choosable.
func (d *docTable) count(counts []uint32, doc uint32, missed uint8) {
	switch {
	case missed == 0:
		for _, id := range d.valuesOf(doc) {
			counts[id]++
		}
	case missed&(missed-1) == 0:
		for _, id := range d.valuesOf(doc) {
			if missed == 1<<d.values[id].field {
				counts[id]++
			}
		}
	}
}

// facetCounts makes the answer of the counts and clears them: the commonest
// values first, equal ones by their letters.
func (d *docTable) facetCounts(counts *[2][]uint32) map[string][]FacetCount {
	fields := facetFields()
	keys := make([][]uint64, len(fields))
	for id := range counts[0] {
		if n := counts[0][id] + counts[1][id]; n > 0 {
			field := d.values[id].field
			keys[field] = append(keys[field], uint64(math.MaxUint32-n)<<32|uint64(d.valueRank[id]))
			counts[0][id], counts[1][id] = 0, 0
		}
	}
	out := make(map[string][]FacetCount, len(fields))
	for i, list := range keys {
		slices.Sort(list)
		found := make([]FacetCount, len(list))
		for j, k := range list {
			found[j] = FacetCount{d.values[d.ranked[uint32(k)]].text, int(math.MaxUint32 - k>>32)} //nolint:gosec // two halves
		}
		out[fields[i]] = found
	}
	return out
}

// rankValues gives values their places by letters.
func (d *docTable) rankValues() {
	d.ranked, d.valueRank = make([]uint32, len(d.values)), make([]uint32, len(d.values))
	for i := range d.ranked {
		d.ranked[i] = u32(i)
	}
	slices.SortFunc(d.ranked, func(a, b uint32) int { return strings.Compare(d.values[a].text, d.values[b].text) })
	for rank, id := range d.ranked {
		d.valueRank[id] = u32(rank)
	}
}
