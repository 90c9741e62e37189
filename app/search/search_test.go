package search

import (
	"slices"
	"strings"
	"testing"
)

func codesOf(r Result) []string {
	var out []string
	for _, h := range r.Hits {
		out = append(out, h.Code)
	}
	return out
}

func TestSearchFirst(t *testing.T) {
	x := Build(corpus())
	for _, c := range []struct{ query, first string }{
		{"carta identita smarita", "r_test-0001"},
		{"carta identità smarrita", "r_test-0001"},
		{"carta d'identita' smarrita", "r_test-0001"},
		{"CARTA D’IDENTITÀ SMARRITE", "r_test-0001"},
		{"smarrito carta di identità", "r_test-0001"},
		{"ho perso la carta", "r_test-0001"},
		{"cartaidentita elettronica", "r_test-0002"},
		{"cie", "r_test-0002"},
		{"identity card", "r_test-0002"},
		{"registry office appointment", "r_test-0002"},
		{"pasaporto", "r_test-0003"},
		{"apssaporto", "r_test-0003"},
		{"bollo", "r_test-0004"},
		{"tasse auto", "r_test-0004"},
		{"tari", "r_test-0005"},
		{"nettezza urb", "r_test-0005"},
		{"I.S.E.E.", "r_test-0006"},
		{"isee", "r_test-0006"},
		{"i.s.e", "r_test-0006"},
		{"104/92", "r_test-0007"},
		{"104/1992", "r_test-0007"},
		{"legge 104", "r_test-0007"},
		{"f24", "r_test-0007"},
		{"730", "r_test-0007"},
		{"casa", "r_test-0008"},
		{"case ", "r_test-0008"},
		{"caso", "r_test-0009"},
		{"certificati residenza", "r_test-0010"},
		{"cambio residensa", "r_test-0011"},
		{"disabile parcheggio", "r_test-0014"},
		{"r_test-0009", "r_test-0009"},
		{"R_TEST-0012", "r_test-0012"},
		{"\"carta dei servizi\"", "r_test-0015"},
		{"servizi -passaporto", "r_test-0015"},
		{"passaporto xyzzyqq", "r_test-0003"},
	} {
		r := x.Search(Query{Text: c.query})
		if len(r.Hits) == 0 || r.Hits[0].Code != c.first {
			t.Errorf("%q: first is %v, want %s", c.query, codesOf(r), c.first)
		}
		if r.Total < len(r.Hits) {
			t.Errorf("%q: total %d of %d hits", c.query, r.Total, len(r.Hits))
		}
	}
}

// While "carta identita smarita" is typed, identity cards are on top at
// every key from "carta i" on.
func TestTyping(t *testing.T) {
	x := Build(corpus())
	cards := []string{"r_test-0001", "r_test-0002", "demo_borgo-0001", "demo_ponte-0001"}
	query := "carta identita smarita"
	for n := len("carta i"); n <= len(query); n++ {
		r := x.Search(Query{Text: query[:n]})
		if len(r.Hits) == 0 || !slices.Contains(cards, r.Hits[0].Code) {
			t.Errorf("%q: %v", query[:n], codesOf(r))
		}
		if n >= len("carta identita sma") && r.Hits[0].Code != "r_test-0001" {
			t.Errorf("%q: first is %v", query[:n], codesOf(r))
		}
	}
}

func TestCorrected(t *testing.T) {
	x := Build(corpus())
	for _, c := range []struct{ query, corrected string }{
		{"carta identita smarita", "carta identità smarrita"},
		{"carta identita smarita ", "carta identità smarrita"},
		{"carta d'identita' smarita", "carta d'identità smarrita"},
		{"carta identita smari", "carta identità smarrita"},
		{"carta identita", ""},
		{"carta identita smarrita", ""},
		{"Pasaporto", "passaporto"},
		{"isse", "ISEE"},
		{"cartaidentita", "carta identità"},
		{"xyzzyqq", ""},
		{"tari", ""},
		{"", ""},
	} {
		r := x.Search(Query{Text: c.query})
		if r.Corrected != c.corrected {
			t.Errorf("%q: corrected %q, want %q", c.query, r.Corrected, c.corrected)
		}
		if (r.Literal != "") != (r.Corrected != "") {
			t.Errorf("%q: literal %q", c.query, r.Literal)
		}
		if r := x.Search(Query{Text: c.query, Literal: true}); r.Corrected != "" {
			t.Errorf("%q: corrected although literal: %q", c.query, r.Corrected)
		}
	}
	if r := x.Search(Query{Text: "pasaporto", Literal: true}); r.Total != 0 {
		t.Errorf("a literal search found %v", codesOf(r))
	}
}

func TestOwnAuthorityAndBases(t *testing.T) {
	x := Build(corpus())
	order := func(own string) string {
		var out []string
		for _, c := range codesOf(x.Search(Query{Text: "carta identità elettronica", Own: own})) {
			if c == "r_test-0002" || strings.HasPrefix(c, "demo_") {
				out = append(out, c)
			}
		}
		return strings.Join(out, " ")
	}
	for own, want := range map[string]string{
		"":           "r_test-0002 demo_borgo-0001 demo_ponte-0001",
		"c_none":     "r_test-0002 demo_borgo-0001 demo_ponte-0001",
		"demo_borgo": "demo_borgo-0001 r_test-0002 demo_ponte-0001",
		"demo_ponte": "demo_ponte-0001 r_test-0002 demo_borgo-0001",
	} {
		if got := order(own); got != want {
			t.Errorf("own %q: %s, want %s", own, got, want)
		}
	}
}

func TestDiscontinuedLast(t *testing.T) {
	x := Build(corpus())
	got := codesOf(x.Search(Query{Text: "reddito di cittadinanza"}))
	if len(got) < 2 || got[0] != "r_test-0013" || got[1] != "r_test-0012" {
		t.Errorf("%v", got)
	}
	all := codesOf(x.Search(Query{Limit: 100}))
	if len(all) != x.Len() || all[len(all)-1] != "r_test-0012" {
		t.Errorf("empty query: %v", all)
	}
}

func TestEmptyQuery(t *testing.T) {
	x := Build(corpus())
	r := x.Search(Query{Text: "  ", Own: "demo_ponte", Limit: 3})
	if got := codesOf(r); r.Total != x.Len() || !slices.Equal(got, []string{"demo_ponte-0001", "r_test-0008", "r_test-0013"}) {
		t.Errorf("own, then by title: %v of %d", got, r.Total)
	}
	y := x.WithPopularity(map[string]int{"r_test-0005": 3, "r_test-0010": 9})
	got := codesOf(y.Search(Query{Own: "demo_ponte", Limit: 3}))
	if !slices.Equal(got, []string{"demo_ponte-0001", "r_test-0010", "r_test-0005"}) {
		t.Errorf("own, then by hand-outs: %v", got)
	}
	if got := codesOf(x.Search(Query{Own: "demo_ponte", Limit: 2})); got[1] != "r_test-0008" {
		t.Errorf("WithPopularity changed the first index: %v", got)
	}
}

func TestFacets(t *testing.T) {
	x := Build(corpus())
	count := func(r Result, field, value string) int {
		for _, c := range r.Facets[field] {
			if c.Value == value {
				return c.Count
			}
		}
		return 0
	}
	r := x.Search(Query{Text: "carta identità"})
	if n := count(r, "topic", "Identità"); n != 4 {
		t.Errorf("capitals and accents keep topics apart: %v", r.Facets["topic"])
	}
	r = x.Search(Query{Text: "carta identità", Filters: []Filter{{"authority", "DEMO_BORGO"}}})
	if got := codesOf(r); r.Total != 1 || got[0] != "demo_borgo-0001" {
		t.Errorf("one authority: %v", got)
	}
	if count(r, "authority", "demo_ponte") != 1 || count(r, "level", "regional") != 0 || count(r, "level", "authority") != 1 {
		t.Errorf("a field's filter must only shrink the others: %v", r.Facets)
	}
	two := []Filter{{"authority", "demo_borgo"}, {"authority", "demo_ponte"}}
	if r = x.Search(Query{Filters: two}); r.Total != 2 {
		t.Errorf("two values of a field are alternatives: %d", r.Total)
	}
	if r = x.Search(Query{Filters: append(two, Filter{"level", "regional"})}); r.Total != 0 {
		t.Errorf("two fields must both hold: %d", r.Total)
	}
	for _, f := range []Filter{{"topic", "nowhere"}, {"colour", "red"}} {
		if r = x.Search(Query{Text: "carta", Filters: []Filter{f}}); r.Total != 0 || len(r.Facets) != len(facetFields()) {
			t.Errorf("%v: %d, %v", f, r.Total, r.Facets)
		}
	}
}

func TestFacetCountsHold(t *testing.T) {
	x := Build(corpus())
	r := x.Search(Query{Text: "carta", Limit: 100})
	for field, counts := range r.Facets {
		for _, c := range counts {
			n := x.Search(Query{Text: "carta", Filters: []Filter{{field, c.Value}}}).Total
			if n != c.Count {
				t.Errorf("%s %s: %d promised, %d found", field, c.Value, c.Count, n)
			}
		}
	}
}

func TestEmptyIndex(t *testing.T) {
	x := Build(nil)
	for _, q := range []string{"", "carta", "c", "di ", "x_1"} {
		if r := x.Search(Query{Text: q, Own: "a", Filters: []Filter{{"topic", "b"}}}); r.Total != 0 || len(r.Hits) != 0 {
			t.Errorf("%q: %v", q, r)
		}
	}
	blob, err := x.MarshalBinary()
	if err != nil {
		t.Fatal(err)
	}
	if _, err := Open(blob); err != nil {
		t.Error(err)
	}
}
