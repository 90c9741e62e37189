package search

import (
	"slices"
	"strings"
	"testing"
	"unicode/utf8"
)

// analysed lists a text's tokens: folded, ~ for an elision, + for a joined
// token, . for its parts.
func analysed(text string) []string {
	var out []string
	sc := newScanner(text)
	for t, ok := sc.next(); ok; t, ok = sc.next() {
		out = append(out, map[tokenKind]string{kindElided: "~", kindJoined: "+", kindPart: "."}[t.kind]+Fold(t.text))
	}
	return out
}

func TestAnalyse(t *testing.T) {
	for text, want := range map[string]string{
		"Carta d'identità":              "carta ~d identita",
		"CARTA D’IDENTITA'":             "carta ~d identita",
		"l’iscrizione all'anagrafe":     "~l iscrizione ~all anagrafe",
		"dell'ente, nell'atto, un'ora":  "~dell ente ~nell atto ~un ora",
		"cos'è c'è dov`è":               "~cos e ~c e ~dov e",
		"sull´isola coll‘aiuto":         "~sull isola ~coll aiuto",
		"'carta' identita' qui":         "carta identita qui",
		"identita\u0300 identi\u00adta": "identita identita",
		"I.S.E.E. e C.I.E":              "isee e cie",
		"D.P.R. 445/2000":               "dpr +445/00 .445 .2000",
		"legge 104/92, art. 3":          "legge +104/92 .104 .92 art 3",
		"01/02/2026":                    "+01/02/2026 .01 .02 .2026",
		"modello F24 e 730":             "modello f24 e 730",
		"e-mail pre-scuola":             "+email .e .mail +prescuola .pre .scuola",
		"1º piano, n° 5":                "1 piano n 5",
		"c_a124-0001":                   "c a124 0001",
		"Straße cœur ŁÓDŹ ﬁne":          "strasse coeur lodz fine",
		"a\x00b \xff\xfe c":             "a b c",
		"l'":                            "~l",
		"... ' - / \u200b":              "",
		"po' di":                        "po di",
		"jusqu'à l'école":               "~jusqu a ~l ecole",
	} {
		if got := strings.Join(analysed(text), " "); got != want {
			t.Errorf("%q: %q, want %q", text, got, want)
		}
	}
}

func TestSpansAreTheOriginal(t *testing.T) {
	text := "L’identita' e l'I.S.E.E. — «Caffè» 104/92."
	var got []string
	for sc := newScanner(text); ; {
		tok, ok := sc.next()
		if !ok {
			break
		}
		got = append(got, text[tok.start:tok.end])
	}
	want := []string{"L", "identita'", "e", "l", "I.S.E.E.", "Caffè", "104/92", "104", "92"}
	if !slices.Equal(got, want) {
		t.Errorf("%q", got)
	}
}

func TestStem(t *testing.T) {
	for _, c := range []struct{ lang, a, b string }{
		{"it", "carta", "carte"},
		{"it", "certificato", "certificati"},
		{"it", "smarrita", "smarrimento"},
		{"it", "rinnovare", "rinnovo"},
		{"it", "tassa", "tasse"},
		{"en", "certificate", "certificates"},
		{"fr", "declaration", "declarations"},
	} {
		if stem(c.a, c.lang) != stem(c.b, c.lang) {
			t.Errorf("%s: %s is %s, %s is %s", c.lang, c.a, stem(c.a, c.lang), c.b, stem(c.b, c.lang))
		}
	}
	for _, w := range []string{"tari", "isee", "naspi", "imu", "suap", "cie", "spid", "aire", "dat", "scia", "cila", "urp", "f24", "104/92", "di"} {
		if s := stem(w, "it"); strings.TrimSuffix(s, acronymMark) != w {
			t.Errorf("%s must stay whole, not %s", w, s)
		}
	}
	if stem("dat", "it") == stem("dati", "it") || stem("tari", "it") == stem("tara", "it") {
		t.Error("a sigla has the stem of a word")
	}
}

func TestDistance(t *testing.T) {
	for _, c := range []struct {
		typed, word string
		typing      bool
		want        int
	}{
		{"smarita", "smarrita", false, 1},
		{"apssaporto", "passaporto", false, 1},
		{"bassaporto", "passaporto", false, 1},
		{"carta", "carta", false, 0},
		{"crta", "carta", false, 1},
		{"residensia", "residenza", false, 2},
		{"smari", "smarrimento", true, 1},
		{"smari", "smarrimento", false, 6},
		{"anagarfe", "anagrafe", true, 1},
		{"zzzzz", "carta", false, 3},
	} {
		got := distance(c.typed, c.word, 2, c.typing)
		if got != c.want {
			t.Errorf("%s %s typing %v: %d, want %d", c.typed, c.word, c.typing, got, c.want)
		}
	}
}

func TestPlain(t *testing.T) {
	for md, want := range map[string]string{
		"### Come fare\n\n1. **Primo** passo\n- _altro_ [passo](https://a.example/b_c)": "Come fare 1. Primo passo altro passo",
		"| Voce | Costo |\n|---|---:|\n| Bollo | 16,00 |":                               "Voce Costo Bollo 16,00",
		"codice c\\_a124 e c_a124":                                                      "codice c_a124 e c_a124",
		"a\x00b":                                                                        "a b",
		"":                                                                              "",
		"[rotto](":                                                                      "rotto(",
		"***":                                                                           "",
	} {
		if got := plain(md); got != want {
			t.Errorf("%q: %q, want %q", md, got, want)
		}
	}
}

func FuzzAnalyse(f *testing.F) {
	for _, s := range []string{"Carta d'identità", "I.S.E.E.", "104/1992", "a\xffb", "e-mail-e-mail", "'''", "\u0300\u0300"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, text string) {
		last := 0
		sc := newScanner(text)
		for tok, ok := sc.next(); ok; tok, ok = sc.next() {
			if tok.start < 0 || tok.end > len(text) || tok.start >= tok.end {
				t.Fatalf("%q: token %+v", text, tok)
			}
			if tok.kind != kindPart && tok.start < last {
				t.Fatalf("%q: %+v goes back before %d", text, tok, last)
			}
			last = max(last, tok.start)
			w := Fold(tok.text)
			if len(w) > maxWordBytes || (utf8.ValidString(text) && !utf8.ValidString(w)) {
				t.Fatalf("%q folds to %q", tok.text, w)
			}
			if w != "" && Fold(w) != w {
				t.Fatalf("%q folds to %q and then to %q", tok.text, w, Fold(w))
			}
			for _, lang := range stemmed() {
				if w != "" && stem(w, lang) == "" {
					t.Fatalf("%s: %q has no stem", lang, w)
				}
			}
		}
		_ = plain(text)
		for _, s := range Highlight(text, []string{"carta", "cart", "a*"}, "it") {
			if s.Start < 0 || s.End > len(text) || s.Start >= s.End {
				t.Fatalf("%q: span %+v", text, s)
			}
		}
		sn := SnippetOf([]string{"cart", "a*"}, "it", []string{text, text}, 40)
		if utf8.ValidString(text) && (!utf8.ValidString(sn.Text) || utf8.RuneCountInString(sn.Text) > 40) {
			t.Fatalf("%q: snippet %q", text, sn.Text)
		}
		for _, s := range sn.Spans {
			if s.Start < 0 || s.End > len(sn.Text) || s.Start >= s.End {
				t.Fatalf("%q: snippet %q, span %+v", text, sn.Text, s)
			}
		}
	})
}
