package search

import (
	"strings"
	"testing"
	"unicode/utf8"
)

// marked writes a text with its matches in brackets.
func marked(text string, spans []Span) string {
	var b strings.Builder
	at := 0
	for _, s := range spans {
		b.WriteString(text[at:s.Start] + "[" + text[s.Start:s.End] + "]")
		at = s.End
	}
	return b.String() + text[at:]
}

func matchedBy(t *testing.T, x *Index, query string) []string {
	t.Helper()
	r := x.Search(Query{Text: query})
	if len(r.Hits) == 0 {
		t.Fatalf("%q finds nothing", query)
	}
	return r.Hits[0].Matched
}

func TestHighlight(t *testing.T) {
	x := Build(corpus())
	for _, c := range []struct{ query, text, want string }{
		{"carta identita smarita", "Carta d'identità smarrita: duplicato", "[Carta] d'[identità] [smarrita]: duplicato"},
		{"identita", "L'IDENTITA' e l’identità", "L'[IDENTITA'] e l’[identità]"},
		{"certificat", "Certificati e certificazioni", "[Certificati] e certificazioni"},
		{"cert", "Certificati e certificazioni", "[Certificati] e [certificazioni]"},
		{"isee", "L'I.S.E.E. o ISEE", "L'[I.S.E.E.] o [ISEE]"},
		{"104", "Legge 104/92", "Legge [104/92]"},
		{"104/92", "legge 104/1992 e 104", "legge [104/1992] e 104"},
		{"carta", "niente", "niente"},
		{"carta", "", ""},
		{"identity", "Identities of children", "[Identities] of children"},
	} {
		lang := "it"
		if c.query == "identity" {
			lang = "en"
		}
		if got := marked(c.text, Highlight(c.text, matchedBy(t, x, c.query), lang)); got != c.want {
			t.Errorf("%q: %s, want %s", c.query, got, c.want)
		}
	}
}

func TestSnippet(t *testing.T) {
	matched := []string{"denunc", "smarr"}
	long := strings.Repeat("Prima ci sono molte parole che non servono. ", 20) +
		"Per il duplicato serve la **denuncia** di [smarrimento](https://a.example/denuncia), in originale. " +
		strings.Repeat("E dopo ancora altre parole. ", 20)
	for _, c := range []struct {
		name  string
		texts []string
		max   int
		want  string
	}{
		{"the densest place", []string{"La denuncia è altrove.", long}, 90, "… Per il duplicato serve la [denuncia] di [smarrimento], in originale. E dopo ancora altre…"},
		{"the first text when it says as much", []string{"Denuncia di smarrimento.", long}, 80, "[Denuncia] di [smarrimento]."},
		{"no match: the start of the first text", []string{"", "Una frase lunga che non dice niente di utile.", "Altro"}, 24, "Una frase lunga che…"},
		{"nothing at all", nil, 24, ""},
		{"tables and headings", []string{"### Costi\n\n| Voce | Costo |\n|---|---|\n| Denuncia | 0 |"}, 60, "Costi Voce Costo [Denuncia] 0"},
	} {
		s := SnippetOf(matched, "it", c.texts, c.max)
		if got := marked(s.Text, s.Spans); got != c.want {
			t.Errorf("%s: %q, want %q", c.name, got, c.want)
		}
		if n := utf8.RuneCountInString(s.Text); n > c.max {
			t.Errorf("%s: %d runes", c.name, n)
		}
	}
}

func TestSnippetOfGiantText(t *testing.T) {
	s := SnippetOf([]string{"parol"}, "it", []string{strings.Repeat("à", 500_000), strings.Repeat("parole ", 100_000)}, 160)
	if n := utf8.RuneCountInString(s.Text); n > 160 || len(s.Spans) == 0 {
		t.Errorf("%d runes, %d matches", n, len(s.Spans))
	}
}
