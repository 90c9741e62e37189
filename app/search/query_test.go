package search

import (
	"strings"
	"sync"
	"testing"
)

func TestQueryWords(t *testing.T) {
	x := Build(corpus())
	for query, want := range map[string]string{
		"":                            "",
		"   ":                         "",
		"carta d'identita' ":          "carta identita",
		"carta":                       "carta*",
		"la carta di":                 "carta di*?",
		"la carta di ":                "carta",
		"la":                          "la*",
		"la ":                         "la*",
		"di che ":                     "che*",
		"dell'":                       "",
		"dell'a":                      "a*",
		"carta carta carta":           "carta",
		"104/1992 ":                   "104/92",
		"12/13 ":                      "12 13",
		"\x00carta\xff\x00 tari \x00": "carta tari",
		strings.Repeat("a1 b2 c3 d4 e5 f6 g7 ", 2) + "h8 i9 j1 k2 l3 m4 n5": "a1 b2 c3 d4 e5 f6 g7 h8 i9 j1 k2 l3",
	} {
		var got []string
		for _, w := range x.ask(query).words {
			s := w.folded
			if w.typing {
				s += "*"
			}
			if w.optional {
				s += "?"
			}
			got = append(got, s)
		}
		if s := strings.Join(got, " "); s != want {
			t.Errorf("%q: %q, want %q", query, s, want)
		}
	}
}

func TestHugeQuery(t *testing.T) {
	x := Build(append(corpus(), messy(200)...))
	for _, q := range []string{
		strings.Repeat("carta ", 20_000), strings.Repeat("x", 100_000), strings.Repeat("\x00\xff'", 40_000),
		strings.Repeat("smarita ", 15_000), strings.Repeat("a-", 50_000), strings.Repeat("a.", 50_000), strings.Repeat("1/", 50_000),
	} {
		if r := x.Search(Query{Text: q, Filters: []Filter{{"topic", q}}}); r.Query != q {
			t.Errorf("the query came back as %d bytes of %d", len(r.Query), len(q))
		}
	}
}

func TestSearchIsSafeTogether(t *testing.T) {
	x := Build(append(corpus(), messy(100)...))
	want := x.Search(Query{Text: "carta identita smarita"}).Hits[0].Code
	var wg sync.WaitGroup
	for range 4 {
		wg.Go(func() {
			for _, q := range keystrokes() {
				x.Search(Query{Text: q, Own: "demo_borgo"})
				if got := x.Search(Query{Text: "carta identita smarita"}).Hits[0].Code; got != want {
					t.Errorf("%s, want %s", got, want)
					return
				}
			}
		})
	}
	wg.Wait()
}

func FuzzQuery(f *testing.F) {
	docs := append(corpus(), messy(50)...)
	x := Build(docs[:40]).With(docs[30:], []string{"r_test-0005"}).WithWords(words())
	for _, q := range []string{
		"carta identita smarita", "I.S.E.E.", "\"carta\" -tari", "“denuncia di smarrimento” -x", "rumentta torino", "documento di via", "a\x00\xff", "104/92/", "l'", "x_mess-0001", "e-mail-", "pasaportocarta",
	} {
		f.Add(q, "topic", "identita")
	}
	f.Fuzz(func(t *testing.T, text, field, value string) {
		q := Query{Text: text, Own: "demo_borgo", Limit: 7, Explain: true, Texts: textsOf(docs)}
		r := x.Search(q)
		if len(r.Hits) > 7 || r.Total < len(r.Hits) || r.Query != text {
			t.Fatalf("%q: %d hits of %d", text, len(r.Hits), r.Total)
		}
		seen := map[string]bool{}
		for _, h := range r.Hits {
			if seen[h.Code] {
				t.Fatalf("%q: %s twice", text, h.Code)
			}
			seen[h.Code] = true
			Highlight("Carta d'identità smarrita: duplicato", h.Matched, "it")
		}
		q.Filters = []Filter{{field, value}}
		if n := x.Search(q).Total; n > r.Total {
			t.Fatalf("%q: a filter makes %d of %d", text, n, r.Total)
		}
		q.Literal = true
		if c := x.Search(q).Corrected; c != "" {
			t.Fatalf("%q: corrected to %q", text, c)
		}
	})
}
