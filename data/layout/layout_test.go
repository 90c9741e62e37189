package layout

import (
	"bufio"
	"compress/gzip"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
	"unicode"

	"polis/app"
	"polis/app/page"
)

func testFonts(tb testing.TB) page.Fonts {
	tb.Helper()
	return page.LoadFonts(func(name string) []byte {
		data, err := os.ReadFile(filepath.Join("..", "..", "assets", "fonts", name+".ttf"))
		if err != nil {
			tb.Fatal(err)
		}
		return data
	})
}

func testEngine(tb testing.TB) *Engine {
	tb.Helper()
	e, err := New(testFonts(tb))
	if err != nil {
		tb.Fatal(err)
	}
	for lang, name := range map[string]string{"it": "hyph-it", "en": "hyph-en-us"} {
		tex, err := os.ReadFile(filepath.Join("..", "..", "assets", "hyphenation", name+".tex"))
		if err != nil {
			tb.Fatal(err)
		}
		if err := e.Hyphenate(lang, tex); err != nil {
			tb.Fatal(err)
		}
	}
	return e
}

func testWords(tb testing.TB) page.Words {
	tb.Helper()
	data, err := os.ReadFile(filepath.Join("..", "..", "assets", "translations", "page.it.json"))
	if err != nil {
		tb.Fatal(err)
	}
	var texts map[string]string
	if err := json.Unmarshal(data, &texts); err != nil {
		tb.Fatal(err)
	}
	return func(key string, args ...string) string {
		text := texts[key]
		for i := 0; i+1 < len(args); i += 2 {
			text = strings.ReplaceAll(text, "{"+args[i]+"}", args[i+1])
		}
		return text
	}
}

func input(sheet app.Sheet, words page.Words, complete bool) page.SheetInput {
	return page.SheetInput{
		Reading:   app.Reading{Sheet: sheet, Shown: sheet.Language, Version: 1},
		Authority: app.Authority{Name: "Comune di Borgo"}, PrintedBy: "URP",
		Offices:   []app.Office{{Name: "Anagrafe", Phone: "0173 000000", Address: &app.Address{Street: "Via Roma 1"}}},
		PrintedOn: time.Date(2026, 11, 23, 9, 0, 0, 0, time.UTC), PublicURL: "https://schede.example/schede/" + sheet.Code,
		Lang: "it", Words: words, Complete: complete, Demonstration: true,
	}
}

// messy are sheets as reality writes them, and worse.
func messy() map[string]app.Sheet {
	wide := "|" + strings.Repeat("colonna|", 12) + "\n|" + strings.Repeat("---|", 12) + "\n"
	for i := range 40 {
		wide += "|" + strings.Repeat(fmt.Sprintf("valore numero %d|", i), 12) + "\n"
	}
	tall := "|A|B|\n|---|---|\n|breve|" + strings.Repeat("una cella che non finisce mai ", 400) + "|\n|x|y|\n"
	steps := ""
	for i := range 60 {
		steps += fmt.Sprintf("%d. Passo con un testo abbastanza lungo da andare a capo più volte sulla pagina stampata, numero %d.\n", i+1, i)
	}
	section := func(key, text string) map[string]string { return map[string]string{key: text} }
	return map[string]app.Sheet{
		"empty":          {},
		"title only":     {Title: "Servizio"},
		"long title":     {Title: strings.Repeat("Parole del titolo ", 14), Summary: "Breve."},
		"title unbroken": {Title: strings.Repeat("x", 216), Summary: strings.Repeat("y", 900)},
		"giant": {Title: "Gigante", Sections: section("description",
			strings.Repeat("## Titolo\n\nUn paragrafo di **testo** che va a capo, con [un collegamento](https://a.example/x).\n\n- voce\n- altra voce\n\n", 1500))},
		"giant word":     {Title: "Parola", Sections: section("description", strings.Repeat("a/b-c", 4000))},
		"giant summary":  {Title: "Sommario", Summary: strings.Repeat("Frase del sommario. ", 400)},
		"giant audience": {Title: "Destinatari", Sections: section("audience", strings.Repeat("- uno\n", 700))},
		"wide table":     {Title: "Tabella", Sections: section("costs", wide)},
		"tall cell":      {Title: "Cella", Sections: section("costs", tall)},
		"empty table":    {Title: "Vuota", Sections: section("costs", "| | |\n|---|---|\n| | |\n")},
		"steps":          {Title: "Passi", Sections: section("how_to", steps)},
		"headings":       {Title: "Titoli", Sections: section("how_to", strings.Repeat("# Solo titolo\n\n", 300))},
		"nested":         {Title: "Annidata", Sections: section("how_to", "- a\n  - b\n    - c\n      - d\n        - e\n          - f\n            - g\n              - "+strings.Repeat("testo ", 200))},
		"odd characters": {
			Title:   "Od\u200bd: e\u0301 ﬁne 10\u202f€ – ‑ ☎ ✓ → □ Ж Ω \u0001",
			Summary: "עברית العربية 中文 😀👩‍👩‍👧 \ufeff½ № ﹖ \U0001F600",
			Sections: map[string]string{
				"how_to":       "Ñandú Жизнь ελληνικά Việt 日本語 ﷺ \u202eabc\u202c \u0301\u0301\u0301",
				"requirements": strings.Repeat("\u0301", 500), "notes": "&#0;&#1;&#xFFFF;",
			},
		},
		"many of all": {
			Title: "Tanto", Fees: make([]app.Fee, 60), Rules: make([]app.Rule, 50), Inputs: many("cosa", 80),
			Attachments: make([]app.Attachment, 90), Audiences: []string{"citizens"},
			Sections: section("how_to", steps), Validity: strings.Repeat("anni ", 100), OnlineService: "https://a.example/" + strings.Repeat("x", 300),
			Alert: &app.Alert{Text: strings.Repeat("avviso ", 300)}, Status: app.StatusInactive, StatusReason: strings.Repeat("motivo ", 40),
		},
	}
}

func many(name string, n int) []app.Item {
	items := make([]app.Item, n)
	for i := range items {
		items[i].Name = fmt.Sprintf("%s diversa %c%d", name, 'a'+i%26, i)
	}
	return items
}

// check holds for every page that is ever printed: all marks are on the
// paper, nothing is drawn in a font that lacks it, no text lies on another,
// and no heading is alone at the end of a page.
func check(t *testing.T, name string, e *Engine, dl page.DisplayList) {
	t.Helper()
	if len(dl.Pages) == 0 {
		t.Errorf("%s: no page", name)
	}
	for n, p := range dl.Pages {
		where := fmt.Sprintf("%s, page %d", name, n+1)
		var last page.Run
		for _, m := range p.Marks {
			r, ok := m.(page.Run)
			if !ok {
				continue
			}
			if r.X < margin-20 || r.X+r.Width > pageWidth-margin+20 || r.Y < 0 || r.Y > pageHeight-bottom+10 {
				t.Errorf("%s: %q is off the paper at %.0f,%.0f", where, r.Text, r.X, r.Y)
			}
			for _, c := range r.Text {
				if e.Advance(r.Face, c) < 0 || unicode.IsControl(c) {
					t.Errorf("%s: %U has no glyph in %s", where, c, r.Face.File())
				}
			}
			if r.Y < pageHeight-bottom-40 {
				last = r
			}
		}
		if n < len(dl.Pages)-1 && last.Face == page.SansHeavy && last.Size == headStyle().size && name != "headings" {
			t.Errorf("%s: ends with the heading %q", where, last.Text)
		}
	}
}

func words(dl page.DisplayList) string {
	var b strings.Builder
	for _, p := range dl.Pages {
		for _, m := range p.Marks {
			if r, ok := m.(page.Run); ok {
				b.WriteString(r.Text)
				b.WriteByte(' ')
			}
		}
	}
	return strings.Join(strings.Fields(b.String()), " ")
}

func TestMessySheets(t *testing.T) {
	e, w := testEngine(t), testWords(t)
	for name, sheet := range messy() {
		sheet.Code = "c_zzz1-0001"
		for _, complete := range []bool{false, true} {
			dl, err := e.Layout(page.Sheet(input(sheet, w, complete)))
			if err != nil {
				t.Errorf("%s: %v", name, err)
				continue
			}
			check(t, name, e, dl)
			checkElements(t, name, dl)
			if !complete && len(dl.Pages) != 1 {
				t.Errorf("%s: one page became %d", name, len(dl.Pages))
			}
			if complete && len(dl.Pages) > 2 && !strings.Contains(words(dl), fmt.Sprintf("Pagina 2 di %d", len(dl.Pages))) {
				t.Errorf("%s: pages are not counted", name)
			}
		}
	}
}

// The complete paper loses no word.
func TestCompleteSaysEverything(t *testing.T) {
	e := testEngine(t)
	var text strings.Builder
	for i := range 9000 {
		fmt.Fprintf(&text, "parola%d ", i)
		if i%37 == 0 {
			text.WriteString("\n\n- voce\n\n")
		}
	}
	sheet := app.Sheet{Title: "Tutto", Summary: "Inizio.", Sections: map[string]string{"description": text.String()}}
	dl, err := e.Layout(page.Sheet(input(sheet, testWords(t), true)))
	if err != nil {
		t.Fatal(err)
	}
	said := " " + words(dl) + " "
	for i := range 9000 {
		if !strings.Contains(said, fmt.Sprintf(" parola%d ", i)) {
			t.Fatalf("parola%d is not printed", i)
		}
	}
}

// What one page leaves out is told.
func TestOnePageTellsWhatIsMissing(t *testing.T) {
	e := testEngine(t)
	long := strings.Repeat("Un testo che riempie la pagina. ", 120)
	sheet := app.Sheet{Title: "Tanto", Summary: "Breve.", Sections: map[string]string{
		"how_to": long, "requirements": long, "remedies": long, "notes": long,
	}, Rules: []app.Rule{{Title: "Legge"}}}
	dl, err := e.Layout(page.Sheet(input(sheet, testWords(t), false)))
	if err != nil {
		t.Fatal(err)
	}
	said := words(dl)
	for _, w := range []string{"Non stampato: Ricorsi e tutele, Ulteriori informazioni", "Solo in parte: Cosa serve, Come fare. Il testo intero è", "Pagina 1 di 1"} {
		if !strings.Contains(said, w) {
			t.Errorf("the page does not say %q in %s", w, said)
		}
	}
	if n := strings.Count(said, "solo in parte"); n != 2 { // beside each of the two titles
		t.Errorf("%d titles say that what follows is not all, in %s", n, said)
	}
	sheet.Sections = map[string]string{"how_to": "Breve."}
	if dl, err = e.Layout(page.Sheet(input(sheet, testWords(t), false))); err != nil {
		t.Fatal(err)
	}
	if said := words(dl); strings.Contains(said, "Non stampato") || strings.Contains(said, "olo in parte") || !strings.Contains(said, "Legge") {
		t.Errorf("nothing is missing, yet: %s", said)
	}
}

// A table's head is repeated where its rows go on.
func TestTableHeadIsRepeated(t *testing.T) {
	e := testEngine(t)
	table := "|Voce|Importo|\n|---|--:|\n" + strings.Repeat("|riga della tabella|10 €|\n", 150)
	sheet := app.Sheet{Title: "Tabella", Sections: map[string]string{"costs": table}}
	dl, err := e.Layout(page.Sheet(input(sheet, testWords(t), true)))
	if err != nil {
		t.Fatal(err)
	}
	if heads := strings.Count(words(dl), "Voce Importo"); len(dl.Pages) < 3 || heads != len(dl.Pages) {
		t.Errorf("%d heads on %d pages", heads, len(dl.Pages))
	}
}

func TestClean(t *testing.T) {
	s := newSetter(testEngine(t), page.Document{})
	tests := []struct{ in, want string }{
		{"perche\u0301", "perché"},
		{"uno\tdue\u2003tre", "uno due tre"},
		{"a\u200bb\u00adc\u0007\ufe0f", "abc"},
		{"l'età d'8 po' 'x'", "l’età d’8 po' 'x'"},
		{"10\u202f€", "10\u00a0€"},
		{"so\u2011so", "so-so"},
		{"ﬁne ➔ ☐ ✓ ½", "fine ➔ ☐ ✓ ½"},
		{"中", "中"}, // no font has it: shown as the replacement sign
	}
	for _, tt := range tests {
		if got := s.clean(tt.in); got != tt.want {
			t.Errorf("%q: got %q, want %q", tt.in, got, tt.want)
		}
	}
	set := s.pieces("a中Жb", page.Sans, 10)
	var got []string
	for _, p := range set {
		got = append(got, fmt.Sprint(p.face, p.text))
	}
	if want := fmt.Sprint([]string{"0a", "8\uFFFD", "9Ж", "0b"}); fmt.Sprint(got) != want {
		t.Errorf("got %v, want %v", got, want)
	}
}

func TestLines(t *testing.T) {
	s := newSetter(testEngine(t), page.Document{})
	st := bodyStyle()
	join := func(in []page.Inline, limit float64) []string {
		var out []string
		for _, l := range s.lines(in, st, limit) {
			var b strings.Builder
			for _, r := range l.runs {
				b.WriteString(r.text)
			}
			if l.width > limit+0.01 {
				t.Errorf("line %q is %.1f wide, limit %.1f", b.String(), l.width, limit)
			}
			out = append(out, b.String())
		}
		return out
	}
	tests := []struct {
		name  string
		in    []page.Inline
		limit float64
		want  string
	}{
		{"one line", page.Text("uno due"), 100, "uno due"},
		{"break", []page.Inline{{Text: "uno"}, {Break: true}, {Text: "due"}}, 100, "uno |due"},
		{"styles inside a word", []page.Inline{{Text: "uno"}, {Text: "due", Bold: true}, {Text: " tre"}}, 100, "unodue tre"},
		{"wrap", page.Text("uno due tre"), 40, "uno due |tre"},
		{"sum stays together", page.Text("uno due 22 €"), 46, "uno due |22\u00a0€"},
		{"unit stays with its number", page.Text("uno due 60 m²"), 50, "uno due |60\u00a0m²"},
		{"number stays with its name", page.Text("uno due art. 7"), 46, "uno due |art.\u00a07"},
		{"day stays with its month", page.Text("entro il 4 dicembre 2026"), 70, "entro il |4\u00a0dicembre 2026"},
		{"year and month may part", page.Text("nel 2026 aprile"), 50, "nel 2026 |aprile"},
		{"hour stays with its word", page.Text("alle ore 10:12"), 48, "alle |ore\u00a010:12"},
		{"time stays with its number", page.Text("entro 30 giorni"), 45, "entro |30\u00a0giorni"},
		{"French signs", page.Text("« mot » : quoi ?"), 50, "«\u00a0mot\u00a0»\u00a0: |quoi\u00a0?"},
		{"no word alone", page.Text("uno due tre quattro cinque sei"), 112, "uno due tre quattro |cinque sei"},
		{"apostrophes across styles", []page.Inline{{Text: "l'"}, {Text: "età", Bold: true}, {Text: "'8"}}, 122, "l’età’8"},
		{"compound", page.Text("socio-sanitario"), 40, "socio-|sanitario"},
		{"address", page.Text("www.comune.example/moduli"), 110, "www.comune.example/|moduli"},
		{"unbroken", page.Text("xxxxxxxxxxxx"), 30, "xxxxxx|xxxxxx"},
		{"empty", nil, 30, ""},
	}
	for _, tt := range tests {
		if got := strings.Join(join(tt.in, tt.limit), "|"); got != tt.want {
			t.Errorf("%s: got %q, want %q", tt.name, got, tt.want)
		}
	}
}

func TestFaults(t *testing.T) {
	if _, err := New(page.Fonts{}); app.ErrorCode(err) != app.CodeInternal {
		t.Errorf("no fonts: %v", err)
	}
	in := input(app.Sheet{Code: "c_zzz1-0009", Title: "x"}, testWords(t), false)
	in.PublicURL = "https://a.example/" + strings.Repeat("x", 9000)
	_, err := testEngine(t).Layout(page.Sheet(in))
	if app.ErrorCode(err) != app.CodePrint || app.ErrorParams(err)["code"] != "c_zzz1-0009" {
		t.Errorf("an address that no QR code can hold: %v", err)
	}
}

// TestRealSheets lays out real sheets of POLIS_SHARED: every fortieth one, all
// with POLIS_ALL=1.
func TestRealSheets(t *testing.T) {
	e, w := testEngine(t), testWords(t)
	for _, name := range []string{"comuni-it.jsonl.gz", "service-public-fr.jsonl.gz"} {
		n := 0
		err := realSheets(name, func(i int, s app.Sheet) {
			if i%40 != 0 && os.Getenv("POLIS_ALL") == "" {
				return
			}
			n++
			for _, complete := range []bool{false, true} {
				doc := page.Sheet(input(s, w, complete))
				dl, err := e.Layout(doc)
				if err != nil {
					t.Errorf("%s: %v", s.Code, err)
					return
				}
				check(t, s.Code, e, dl)
				checkElements(t, s.Code, dl)
				if complete && allTables(doc, dl) {
					sameText(t, s.Code, doc, dl)
				}
				if !complete && len(dl.Pages) != 1 {
					t.Errorf("%s: one page became %d", s.Code, len(dl.Pages))
				}
			}
		})
		if errors.Is(err, os.ErrNotExist) {
			t.Skipf("REAL SHEETS NOT TESTED: %v (set POLIS_SHARED)", err)
		}
		if err != nil {
			t.Fatal(err)
		}
		t.Logf("%s: %d sheets", name, n)
	}
}

func realSheets(name string, each func(int, app.Sheet)) (err error) {
	shared := os.Getenv("POLIS_SHARED")
	if shared == "" {
		shared = filepath.Join("..", "..", "..", "shared")
	}
	f, err := os.Open(filepath.Join(shared, "data", "sheets", name))
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, f.Close()) }()
	z, err := gzip.NewReader(f)
	if err != nil {
		return err
	}
	lines := bufio.NewScanner(z)
	lines.Buffer(nil, 16<<20)
	for i := 0; lines.Scan(); {
		var s struct {
			Type string `json:"type"`
			app.Sheet
		}
		if err := json.Unmarshal(lines.Bytes(), &s); err != nil {
			return err
		}
		if s.Type == "sheet" {
			each(i, s.Sheet)
			i++
		}
	}
	return lines.Err()
}

func BenchmarkLayout(b *testing.B) {
	e, w := testEngine(b), testWords(b)
	for _, name := range []string{"steps", "giant", "wide table"} {
		for _, complete := range []bool{false, true} {
			doc := page.Sheet(input(messy()[name], w, complete))
			b.Run(fmt.Sprintf("%s/complete=%v", name, complete), func(b *testing.B) {
				for b.Loop() {
					if _, err := e.Layout(doc); err != nil {
						b.Fatal(err)
					}
				}
			})
		}
	}
}
