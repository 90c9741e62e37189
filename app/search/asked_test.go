package search

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"polis/app"
)

func TestPieces(t *testing.T) {
	for query, want := range map[string]string{
		`carta identità`:              "p:carta identità",
		`carta "in corso" valida`:     "p:carta |q:in corso|p: valida",
		`“stato di famiglia”`:         "q:stato di famiglia",
		`«stato di famiglia»`:         "q:stato di famiglia",
		`carta "in co`:                `p:carta "in co`,
		`carta ""`:                    `p:carta ""`,
		`rifiuti -ingombranti`:        "p:rifiuti |w:ingombranti",
		`rifiuti -ingombranti casa`:   "p:rifiuti |w:ingombranti|p: casa",
		`-ingombranti`:                "p:-ingombranti",
		`e-mail`:                      "p:e-mail",
		`carta - identità`:            "p:carta - identità",
		`r_test-0001`:                 "p:r_test-0001",
		`"carta" -"altro" -identità `: `q:carta|p: -|q:altro|w:identità`,
	} {
		var got []string
		for _, p := range pieces(query) {
			got = append(got, string("pqw"[p.kind])+":"+query[p.start:p.end])
		}
		if s := strings.Join(got, "|"); s != want {
			t.Errorf("%q: %q, want %q", query, s, want)
		}
	}
}

// textsOf reads the texts of documents as the desk does.
func textsOf(docs []Doc) func([]string) ([][]string, error) {
	return func(codes []string) ([][]string, error) {
		out := make([][]string, len(codes))
		for i, code := range codes {
			for j := range docs {
				if docs[j].Code == code {
					out[i] = docs[j].Texts()
				}
			}
		}
		return out, nil
	}
}

func TestQuotedWordsStandInOrder(t *testing.T) {
	docs := corpus()
	x := Build(docs)
	for _, c := range []struct {
		query string
		want  []string
	}{
		{`"denuncia di smarrimento"`, []string{"r_test-0001"}},
		{`"DENUNCIA DI SMARRIMENTO"`, []string{"r_test-0001"}},
		{`"smarrimento di denuncia"`, nil},
		{`"fototessera e il codice fiscale" carta`, []string{"r_test-0002"}},
		{`"carta d'identità elettronica" -borgo`, []string{"r_test-0002"}},
		{`"denuncia di smarrimentoo"`, nil},
	} {
		r := x.Search(Query{Text: c.query, Texts: textsOf(docs)})
		if got := codesOf(r); !slices.Equal(got[:min(1, len(got))], c.want) {
			t.Errorf("%s: %v, want first %v", c.query, got, c.want)
		}
		if r.Corrected != "" {
			t.Errorf("%s was corrected to %s", c.query, r.Corrected)
		}
	}
	for _, nothing := range []string{`passaporto "zanzare"`, `"ufficio zanzare" passaporto`, `"torino" passaporto`} {
		if r := x.WithWords(words()).Search(Query{Text: nothing}); r.Total != 0 {
			t.Errorf("%s: quoted words must be there: %v", nothing, codesOf(r))
		}
	}
	if n := x.Search(Query{Text: `"smarrimento di denuncia"`}).Total; n != 1 {
		t.Errorf("without texts the words must only be there: %d", n)
	}
	failing := func([]string) ([][]string, error) { return nil, errors.New("no file") }
	if n := x.Search(Query{Text: `"denuncia di smarrimento"`, Texts: failing}).Total; n != 0 {
		t.Errorf("texts that cannot be read: %d", n)
	}
}

func TestUnwantedWords(t *testing.T) {
	x := Build(corpus())
	all := codesOf(x.Search(Query{Text: "carta"}))
	less := codesOf(x.Search(Query{Text: "carta -identità"}))
	if len(less) == 0 || len(less) >= len(all) || slices.Contains(less, "r_test-0002") || less[0] != "r_test-0015" {
		t.Errorf("carta -identità: %v of %v", less, all)
	}
	if got := codesOf(x.Search(Query{Text: "carta -smarrite"})); slices.Contains(got, "r_test-0001") {
		t.Errorf("another form of the word is not wanted either: %v", got)
	}
	if r := x.Search(Query{Text: "-identità"}); r.Total == 0 {
		t.Error("a mark alone must find the word")
	}
}

func words() *Words {
	return NewWords([]app.Synonym{
		{ID: "1", Kind: app.SynonymEveryday, Terms: []string{"rumenta", "monnezza"}, Means: []string{"tassa rifiuti"}},
		{ID: "2", Kind: app.SynonymAcronym, Terms: []string{"RdC"}, Means: []string{"reddito di cittadinanza"}},
		{ID: "3", Kind: app.SynonymVariant, Terms: []string{"furto", "smarrimento"}},
		{ID: "4", Kind: app.SynonymEveryday, Terms: []string{"documento di viaggio"}, Means: []string{"passaporto"}},
		{ID: "5", Kind: app.SynonymEveryday, Language: "en", Terms: []string{"parking permit"}, Means: []string{"contrassegno"}},
		{ID: "6", Kind: app.SynonymEveryday, Terms: []string{"sussidio"}, Means: []string{"reddito di cittadinanza"}},
	}, []app.BestBet{{ID: "b", Queries: []string{"carta"}, Sheets: []string{"r_none", "r_test-0015"}}}).WithPlaces([]string{"Torino", "San Mauro Torinese"})
}

func TestEditableWords(t *testing.T) {
	x := Build(corpus()).WithWords(words())
	for _, c := range []struct{ query, first, corrected string }{
		{"rumenta", "r_test-0005", ""},
		{"rument", "r_test-0005", ""},
		{"rumentta", "r_test-0005", "rumenta"},
		{"la tassa della rumenta", "r_test-0005", ""},
		{"documento viaggio", "r_test-0003", ""},
		{"documenti di viaggio ", "r_test-0003", ""},
		{"documento di via", "r_test-0003", ""},
		{"furto carta identità", "r_test-0001", ""},
		{"parking permits", "r_test-0014", ""},
		{"rdc", "r_test-0013", ""},
		{"passaporto torino", "r_test-0003", ""},
		{"passaporto san mauro torinese", "r_test-0003", ""},
		{"carta", "r_test-0015", ""},
		{"la carta", "r_test-0015", ""},
	} {
		r := x.Search(Query{Text: c.query})
		if len(r.Hits) == 0 || r.Hits[0].Code != c.first || r.Corrected != c.corrected {
			t.Errorf("%q: %v, corrected %q; want %s, %q", c.query, codesOf(r), r.Corrected, c.first, c.corrected)
		}
	}
	if r := x.Search(Query{Text: "rumenta", Literal: true}); len(r.Hits) == 0 {
		t.Error("other words are no repair: they count in a literal search too")
	}
	if got := codesOf(x.WithWords(nil).Search(Query{Text: "rumenta", Literal: true})); len(got) != 0 {
		t.Errorf("without words: %v", got)
	}
	matched := x.Search(Query{Text: "rumenta"}).Hits[0].Matched
	if spans := Highlight("TARI: tassa sui rifiuti", matched, "it"); len(spans) != 2 {
		t.Errorf("what was meant is not marked: %v %v", spans, matched)
	}
	if got := x.Words().Needs("ru", 5); !slices.Equal(got, []string{"rumenta"}) {
		t.Errorf("needs: %v", got)
	}
}

// The own authority's sheet of that very title comes before a best bet.
func TestBestBetYieldsToTheOwnTitle(t *testing.T) {
	docs := append(corpus(), Doc{Code: "demo_borgo-0100", Authority: "demo_borgo", Language: "it", Level: "authority", Title: "Carta"})
	x := Build(docs).WithWords(words())
	if got := codesOf(x.Search(Query{Text: "carta", Own: "demo_borgo"})); got[0] != "demo_borgo-0100" {
		t.Errorf("own title: %v", got[:2])
	}
	if got := codesOf(x.Search(Query{Text: "carta", Own: "demo_ponte"})); got[0] != "r_test-0015" {
		t.Errorf("best bet: %v", got[:2])
	}
}

// Who names an authority asks for its sheets, and for the others' last.
func TestNamedAuthority(t *testing.T) {
	docs := corpus()
	for i := range docs {
		switch docs[i].Authority {
		case "demo_borgo":
			docs[i].AuthorityName = "Comune di Borgo San Lorenzo al Colle"
		case "demo_ponte":
			docs[i].AuthorityName = "Comune di Pontechiaro sul Tanaro"
		}
	}
	x := Build(docs)
	for query, first := range map[string]string{
		"carta identità pontechiaro":        "demo_ponte-0001",
		"carta identità comune pontechiaro": "demo_ponte-0001",
		"carta identità borgo san lorenzo":  "demo_borgo-0001",
		"pontechiaro carta identità":        "demo_ponte-0001",
		"passaporto pontechiaro sul tanaro": "r_test-0003",
	} {
		if got := codesOf(x.Search(Query{Text: query, Own: "demo_borgo"})); len(got) == 0 || got[0] != first {
			t.Errorf("%q: %v, want %s", query, got, first)
		}
	}
	if r := x.Search(Query{Text: "pontechiaro"}); r.Total != 1 {
		t.Errorf("a name alone finds its sheets: %d", r.Total)
	}
}

// Sheets elsewhere with all the words do not hide those here with some.
func TestFiltersSeeBeyondFullAnswers(t *testing.T) {
	docs := corpus()
	for i := range 12 {
		docs = append(docs, Doc{Code: fmt.Sprintf("c_else-%04d", i), Authority: "c_else", Language: "it", Title: "Patente scaduta rinnovo"})
	}
	docs = append(docs, Doc{Code: "c_here-0001", Authority: "c_here", Language: "it", Title: "Patente rinnovo"})
	x := Build(docs)
	r := x.Search(Query{Text: "rinnovo patente scaduta ", Filters: []Filter{{"authority", "c_here"}}})
	if got := codesOf(r); r.Total != 1 || !slices.Equal(got, []string{"c_here-0001"}) {
		t.Errorf("here: %v of %d", got, r.Total)
	}
	for _, f := range r.Facets["authority"] {
		if f.Value == "c_else" && f.Count != 12 {
			t.Errorf("elsewhere: %d", f.Count)
		}
	}
}

// A long phrase may miss one word, never all but one.
func TestPhraseMissesOneWord(t *testing.T) {
	lists := [][]posting{{{1, 4}, {2, 4}}, {{2, 4}, {3, 4}}, {{3, 4}, {4, 4}}, {{2, 4}, {4, 4}, {9, 4}}}
	if got := butOne(lists); len(got) != 1 || got[0].doc != 2 {
		t.Errorf("in all lists but one: %v", got)
	}
	if got := butOne([][]posting{{{1, 4}}, {{2, 4}}, {{3, 4}}, {{4, 4}}}); len(got) != 0 {
		t.Errorf("nothing in common: %v", got)
	}
}

// Both words of a term count for the sheets it means when one of them had a
// slip.
func TestTermWithASlip(t *testing.T) {
	w := NewWords([]app.Synonym{{ID: "1", Kind: app.SynonymEveryday, Terms: []string{"carta verdina"}, Means: []string{"passaporto"}}}, nil)
	x := Build(corpus()).WithWords(w)
	r := x.Search(Query{Text: "carta verdinna ", Explain: true})
	if len(r.Hits) == 0 || !r.Hits[0].Why.All || r.Hits[0].Code != "r_test-0003" {
		t.Errorf("%v", codesOf(r))
	}
}

// An opened quote does not empty the list.
func TestMarksAlone(t *testing.T) {
	x := Build(corpus())
	for _, text := range []string{`"`, "-", "«", "  ( "} {
		if r := x.Search(Query{Text: text}); r.Total != x.Len() {
			t.Errorf("%q: %d", text, r.Total)
		}
	}
}

func TestWhy(t *testing.T) {
	x := Build(corpus()).WithWords(words())
	r := x.Search(Query{Text: "rumenta smarita della xyzzyq ", Explain: true})
	if len(r.Hits) == 0 || r.Hits[0].Why == nil {
		t.Fatal("no reasons")
	}
	var how []string
	for _, w := range r.Hits[0].Why.Words {
		how = append(how, w.Typed+" "+w.How)
	}
	if got := strings.Join(how, ", "); got != "rumenta synonym, smarita repaired, xyzzyq unknown" {
		t.Errorf("reasons: %s", got)
	}
	if w := x.Search(Query{Text: "r_test-0003", Explain: true}).Hits[0].Why; !w.Chosen {
		t.Errorf("a code is a reason: %+v", w)
	}
	if x.Search(Query{Text: "carta"}).Hits[0].Why != nil {
		t.Error("reasons nobody asked for")
	}
}

// No text takes much longer than another of its length: 100 kB of anything,
// as a query or as a sheet, is cut or read once.
func TestNothingBlowsUp(t *testing.T) {
	x := Build(corpus()).WithWords(words())
	quick := time.Duration(1 << 62)
	slow, slowest := "", time.Duration(0)
	for name, unit := range map[string]string{
		"letters": "a", "quotes": `"`, "open quotes": `"a `, "minus": " -a", "apostrophes": "l'", "accents": "e\u0301", "joiners": "\u200d",
		"dots": "a.", "slashes": "1/", "hyphens": "a-", "emoji": "👩‍👩‍👧", "arabic": "بطاقة ", "zeros": "\x00", "broken": "\xff\xfe", "blanks": " ",
		"brackets": "[", "links": "](", "bars": "|", "stars": "*", "backslashes": `\`, "underscores": "_a",
	} {
		text := strings.Repeat(unit, 100_000/len(unit))
		began := time.Now()
		x.Search(Query{Text: text, Texts: textsOf(corpus())})
		doc := Doc{Code: "x", Title: text, Summary: text, Sections: []string{text}, Keywords: []string{text}}
		y := Build([]Doc{doc})
		y.Search(Query{Text: cut(text, 50)})
		SnippetOf([]string{"a", "carta*"}, "it", doc.Sections, 0)
		Highlight(text, []string{"a", "carta*"}, "it")
		took := time.Since(began)
		t.Logf("%s: %v", name, took.Round(time.Millisecond))
		quick = min(quick, took)
		if took > slowest {
			slow, slowest = name, took
		}
	}
	t.Logf("slowest %s with %v, quickest %v", slow, slowest, quick)
}

// Twice the text takes about twice the steps: counted in what is allocated,
// not in time.
func TestAnalysisIsLinear(t *testing.T) {
	for _, unit := range []string{"a-", "1/", "a.", "l'", "](", `"a `, " -a", "e\u0301"} {
		steps := func(n int) float64 {
			text := strings.Repeat(unit, n/len(unit))
			return testing.AllocsPerRun(1, func() { Build([]Doc{{Code: "x", Title: text, Sections: []string{text}}}) })
		}
		if once, twice := steps(20_000), steps(40_000); twice > 3*once+500 {
			t.Errorf("%q: %.0f allocations, twice the text %.0f", unit, once, twice)
		}
	}
}
