package layout

import (
	"fmt"
	"math"
	"slices"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"polis/app"
	"polis/app/page"
)

// paperOf is a document with these parts in one section.
func paperOf(title string, parts ...page.Part) page.Document {
	return page.Document{
		Title: "Prova", Language: "it", Created: time.Date(2026, 11, 23, 9, 0, 0, 0, time.UTC),
		Letterhead: page.Letterhead{Name: "Comune di Borgo", Office: "URP", Tag: "Prova"},
		Footer:     page.Footer{Lines: []string{"Stampato il 23 novembre 2026"}, Page: "Pagina {n} di {total}"},
		Sections: []page.Section{
			{Key: "opening", Parts: []page.Part{page.Opening{Title: "Prova"}}},
			{Key: "parts", Title: title, Parts: parts},
		},
	}
}

func cells(texts ...string) []page.Cell {
	out := make([]page.Cell, len(texts))
	for i, t := range texts {
		out[i] = page.Cell{Inlines: page.Text(t)}
	}
	return out
}

// runs finds the runs of a text, blanks at the end aside.
func runs(dl page.DisplayList, text string) []page.Run {
	var out []page.Run
	for _, p := range dl.Pages {
		for _, m := range p.Marks {
			if r, ok := m.(page.Run); ok && strings.TrimSpace(r.Text) == text {
				out = append(out, r)
			}
		}
	}
	return out
}

func TestGridAlignsDecimalMarks(t *testing.T) {
	g := page.Grid{
		Caption: "Contatti", Head: cells("Canale", "Numero", "Quota"), RowHeads: true, Totals: 1,
		Rows: [][]page.Cell{cells("Di persona", "1.045", "81,4 %"), cells("Telefono", "239", "18,63 %"), cells("Totale", "1.284", "100 %")},
	}
	doc := paperOf("Dati", g)
	dl := laidOut(t, doc)
	checkElements(t, "grid", dl)
	sameText(t, "grid", doc, dl)
	s := newSetter(testEngine(t), doc)
	at := func(text, whole string, face page.Face) float64 {
		all := runs(dl, text)
		if len(all) != 1 {
			t.Fatalf("%d runs of %q", len(all), text)
		}
		if all[0].Face != face {
			t.Errorf("%q is set in %v", text, all[0].Face)
		}
		return all[0].X + s.textWidth(whole, face, all[0].Size)
	}
	a, b, c := at("81,4\u00a0%", "81", page.Sans), at("18,63\u00a0%", "18", page.Sans), at("100\u00a0%", "100", page.SansBold)
	if math.Abs(a-b) > 0.01 || math.Abs(a-c) > 0.01 {
		t.Errorf("decimal marks at %.2f, %.2f, %.2f", a, b, c)
	}
	if x, y := at("1.045", "1.045", page.Sans), at("239", "239", page.Sans); math.Abs(x-y) > 0.01 {
		t.Errorf("whole numbers end at %.2f and %.2f", x, y)
	}
	if got := outlineOf(dl, page.RoleTable); !strings.HasPrefix(got, "Table\n Caption\n THead\n  TR\n   TH Column\n") || !strings.Contains(got, "TR\n   TH Row\n   TD\n   TD\n") {
		t.Errorf("structure:\n%s", got)
	}
}

// The sums stay with the last row, and the head is repeated.
func TestGridKeepsSumsWithTheLastRow(t *testing.T) {
	e := testEngine(t)
	for n := 30; n < 75; n++ {
		g := page.Grid{Head: cells("Voce", "Numero"), Totals: 2}
		for i := range n {
			g.Rows = append(g.Rows, cells(fmt.Sprintf("voce-%d", i), fmt.Sprint(i)))
		}
		g.Rows = append(g.Rows, cells("Somma", "1"), cells("Media", "2"))
		dl, err := e.Layout(paperOf("Dati", g))
		if err != nil {
			t.Fatal(err)
		}
		last := map[string]int{}
		for i, p := range dl.Pages {
			for _, m := range p.Marks {
				if r, ok := m.(page.Run); ok {
					last[strings.TrimSpace(r.Text)] = i
				}
			}
		}
		if a, b, c := last[fmt.Sprintf("voce-%d", n-1)], last["Somma"], last["Media"]; a != b || b != c {
			t.Errorf("%d rows: last row on page %d, sums on %d and %d", n, a+1, b+1, c+1)
		}
		if heads := len(runs(dl, "Voce")); heads != len(dl.Pages) {
			t.Errorf("%d rows: %d heads on %d pages", n, heads, len(dl.Pages))
		}
	}
}

func TestNumber(t *testing.T) {
	for text, want := range map[string]bool{
		"12": true, "1.284,5": true, "-3": true, "22,21 €": true, "€22.21": true, "81,4\u00a0%": true, "12 gg": true, "< 5": true,
		"": false, "–": false, "dodici": false, "12 giorni": false, "3 di 4": false, "8:30": false, "12/3": false,
	} {
		if number(text) != want {
			t.Errorf("%q: %v", text, !want)
		}
	}
}

func TestIndexLeadsToThePages(t *testing.T) {
	doc := paperOf("Indice", page.Index{Entries: []page.IndexEntry{
		{Title: "Primo documento", Note: "Comune", Enclosed: 0}, {Title: strings.Repeat("Secondo con un titolo molto lungo ", 8), Enclosed: 1}, {Title: "Terzo", Enclosed: 2},
	}})
	long := page.Prose{Blocks: page.Parse(strings.Repeat("Un paragrafo di testo che riempie le pagine.\n\n", 150))}
	for _, parts := range [][]page.Part{{page.Prose{Blocks: page.Parse("Breve.")}}, {long}, {page.Prose{Blocks: page.Parse("Ultimo.")}}} {
		e := paperOf("Testo", parts...)
		e.Title = fmt.Sprintf("Documento %d", len(doc.Enclosed)+1)
		e.Sections[0].Parts = []page.Part{page.Opening{Title: e.Title}}
		e.Language = []string{"it", "en", "uk"}[len(doc.Enclosed)]
		e.Labels = "it"
		e.Letterhead.Colour = []page.Colour{0x7A1F3D, 0, 0x003366}[len(doc.Enclosed)]
		doc.Enclosed = append(doc.Enclosed, e)
	}
	dl := laidOut(t, doc)
	checkElements(t, "dossier", dl)
	if len(dl.Pages) < 6 {
		t.Fatalf("%d pages", len(dl.Pages))
	}
	begin, colours := map[string]int{}, map[string]page.Colour{}
	for i, p := range dl.Pages {
		for _, m := range p.Marks {
			if r, ok := m.(page.Run); ok && strings.HasPrefix(r.Text, "Documento ") && r.Face == page.SansHeavy {
				begin[strings.TrimSpace(r.Text)] = i + 1
				colours[strings.TrimSpace(r.Text)] = r.Colour
			}
		}
		if want := fmt.Sprintf("Pagina %d di %d", i+1, len(dl.Pages)); !strings.Contains(words(page.DisplayList{Pages: dl.Pages[i : i+1]}), want) {
			t.Errorf("page %d is not numbered through", i+1)
		}
	}
	if want := map[string]page.Colour{"Documento 1": 0x7A1F3D, "Documento 2": blue, "Documento 3": 0x003366}; fmt.Sprint(colours) != fmt.Sprint(want) {
		t.Errorf("each document has its sender's colour: %v, want %v", colours, want)
	}
	if want := []int{begin["Documento 1"], begin["Documento 2"], begin["Documento 3"]}; !slices.Equal(dl.Enclosed, want) {
		t.Errorf("documents are told to begin on %v, want %v", dl.Enclosed, want)
	}
	var links []int
	for _, m := range dl.Pages[0].Marks {
		if l, ok := m.(page.Link); ok && l.Page > 0 {
			links = append(links, l.Page)
		}
	}
	if want := []int{begin["Documento 1"], begin["Documento 2"], begin["Documento 3"]}; fmt.Sprint(links) != fmt.Sprint(want) || want[0] != 2 || want[2] != len(dl.Pages) {
		t.Errorf("links to %v, documents begin on %v", links, want)
	}
	if n := len(runs(dl, fmt.Sprint(begin["Documento 3"]))); n != 1 {
		t.Errorf("the number of the last document is printed %d times", n)
	}
	if got := outlineOf(dl, page.RoleContents); !strings.HasPrefix(got, "TOC\n TOCI\n  Reference\n   Link\n  P\n TOCI\n") {
		t.Errorf("structure:\n%s", got)
	}
	var parts []string
	for _, e := range dl.Elements {
		if e.Role == page.RolePart {
			parts = append(parts, e.Lang)
		}
	}
	if fmt.Sprint(parts) != "[ en uk]" {
		t.Errorf("languages of the parts: %v", parts)
	}
	titles := 0
	for _, b := range dl.Bookmarks {
		if b.Level == 1 {
			titles++
		}
	}
	if titles != 4 {
		t.Errorf("%d bookmarks to documents: %+v", titles, dl.Bookmarks)
	}
}

func TestSignaturesStayWithTheirText(t *testing.T) {
	e := testEngine(t)
	sign := page.Signatures{{Label: "Per l'Ente", Name: "Il Sindaco", Note: "firmato digitalmente"}, {Label: "Per la Regione"}}
	for n := 30; n < 70; n++ {
		var blocks []page.Block
		for i := range n {
			blocks = append(blocks, page.Block{Inlines: page.Text(fmt.Sprintf("riga-%d", i))})
		}
		dl, err := e.Layout(paperOf("Accordo", page.Prose{Blocks: blocks}, sign))
		if err != nil {
			t.Fatal(err)
		}
		where := map[string]int{}
		for i, p := range dl.Pages {
			for _, m := range p.Marks {
				if r, ok := m.(page.Run); ok {
					where[strings.TrimSpace(r.Text)] = i
				}
			}
		}
		if where[fmt.Sprintf("riga-%d", n-1)] != where["Per l’Ente"] || where["Per l’Ente"] != where["Per la Regione"] {
			t.Errorf("%d lines: signatures on their own page", n)
		}
	}
}

func TestFieldsAreBigEnoughToWrite(t *testing.T) {
	doc := paperOf("Modulo", page.Fields{
		{Label: "Cognome e nome", Columns: 8, Value: "Rossi Maria"},
		{Label: "Nata il", Columns: 4, Hint: "giorno, mese, anno"},
		{Label: "Codice fiscale", Boxes: 16, Value: "RSSMRA80A01L219X"},
		{Label: "Richiesta", Lines: 4},
		{Label: "Canale", Choices: []page.Choice{{Label: "di persona", On: true}, {Label: "posta"}}},
	})
	dl := laidOut(t, doc)
	checkElements(t, "fields", dl)
	sameText(t, "fields", doc, dl)
	heights := map[float64]int{}
	for _, m := range dl.Pages[0].Marks {
		if b, ok := m.(page.Box); ok && b.Border == 0.7 {
			heights[b.H]++
		}
	}
	if heights[lineHeight] != 3 || heights[4*lineHeight] != 1 {
		t.Errorf("blanks by height: %v", heights)
	}
	for _, letter := range []string{"X", "8"} {
		if len(runs(dl, letter)) != 1 {
			t.Errorf("letter %s has no box of its own", letter)
		}
	}
}

// Whatever is in the parts: all of it is said once, in the right order, on
// the paper, in a sane structure.
func TestPartsLoseNothing(t *testing.T) {
	e := testEngine(t)
	rapid.Check(t, func(t *rapid.T) {
		word := rapid.StringMatching(`[a-zàè0-9€.,-]{1,14}`)
		text := rapid.Custom(func(t *rapid.T) string {
			n := rapid.OneOf(rapid.IntRange(0, 6), rapid.IntRange(0, 90)).Draw(t, "words")
			return strings.Join(rapid.SliceOfN(word, n, n).Draw(t, "text"), " ")
		})
		parts := []page.Part{page.Prose{Blocks: page.Parse("Inizio.")}}
		doc := paperOf("Parti", append(parts, rapid.SliceOfN(anyPart(text), 1, 6).Draw(t, "parts")...)...)
		dl, err := e.Layout(doc)
		if err != nil {
			t.Fatal(err)
		}
		onPaper(t, dl)
		s := newSetter(e, doc)
		var want []string
		for line := range strings.Lines(doc.Text()) {
			want = append(want, strings.Fields(s.clean(line))...)
		}
		got := strings.Fields(dl.Text())
		if strings.Join(got, " ") == strings.Join(want, " ") {
			return
		}
		// a table that is too wide for the page says its heads again and again
		said := " " + strings.NewReplacer(": ", " ", "; ", " ").Replace(strings.Join(got, " ")+" ")
		for _, w := range want {
			if !strings.Contains(said, " "+w+" ") {
				t.Fatalf("%q is not said in\n%s", w, said)
			}
		}
		if !strings.ContainsAny(said+strings.Join(got, ""), ":;") {
			t.Fatalf("in another order:\n%q\nwant\n%q", got, want)
		}
	})
}

// anyPart makes any of the parts of dossiers, reports and forms.
func anyPart(text *rapid.Generator[string]) *rapid.Generator[page.Part] {
	return rapid.Custom(func(t *rapid.T) page.Part {
		count := func(most int) int { return rapid.IntRange(0, most).Draw(t, "count") }
		say := func() string { return text.Draw(t, "say") }
		switch rapid.IntRange(0, 4).Draw(t, "kind") {
		case 0:
			g := page.Grid{Caption: say(), RowHeads: rapid.Bool().Draw(t, "heads"), Totals: count(2)}
			n := 1 + count(13)
			for range n {
				g.Head = append(g.Head, page.Cell{Inlines: page.Text(say())})
			}
			for range 1 + count(12) {
				row := make([]page.Cell, n)
				for i := range row {
					row[i] = page.Cell{Inlines: page.Text("v " + say())}
				}
				g.Rows = append(g.Rows, row)
			}
			g.Totals = min(g.Totals, len(g.Rows))
			return g
		case 1:
			var f page.Fields
			for range count(8) {
				field := page.Field{Label: say(), Value: say(), Hint: say(), Columns: count(14), Lines: count(30), Boxes: count(40)}
				for range count(4) {
					field.Choices = append(field.Choices, page.Choice{Label: "c " + say(), On: rapid.Bool().Draw(t, "on")})
				}
				f = append(f, field)
			}
			return f
		case 2:
			var sign page.Signatures
			for range count(1) {
				sign = append(sign, page.Signature{Label: say(), Name: say(), Note: say()})
			}
			return sign
		case 3:
			c := page.Chart{Kind: page.ChartKind(count(2)), Alt: "figura", Title: say()}
			for range count(80) {
				c.Labels = append(c.Labels, "x")
			}
			c.Series = []page.Series{{Figures: rapid.SliceOfN(rapid.Float64Range(-1e4, 1e4), len(c.Labels), len(c.Labels)).Draw(t, "figures")}}
			return c
		}
		var scans page.Scans
		for range count(5) {
			scans = append(scans, page.Scan{Title: say(), Lines: [][]page.Inline{page.Text(say())}, QR: &page.QR{Text: "https://a.example/x", Alt: "codice"}})
		}
		return scans
	})
}

// onPaper wants every mark on its page.
func onPaper(t *rapid.T, dl page.DisplayList) {
	for n, p := range dl.Pages {
		for _, m := range p.Marks {
			x, y, right, low := extent(m)
			if x < margin-25 || right > pageWidth-margin+25 || y < -1 || low > pageHeight-bottom+12 {
				t.Fatalf("page %d: %+v is off the paper", n+1, m)
			}
		}
	}
}

func extent(m page.Mark) (x, y, right, low float64) {
	switch m := m.(type) {
	case page.Run:
		return m.X, m.Y - m.Size/2, m.X + m.Width, m.Y
	case page.Box:
		return m.X, m.Y, m.X + m.W, m.Y + m.H
	case page.Line:
		return min(m.X1, m.X2), min(m.Y1, m.Y2), max(m.X1, m.X2), max(m.Y1, m.Y2)
	case page.Code:
		return m.X, m.Y, m.X + m.Size, m.Y + m.Size
	case page.Link:
		return m.X, m.Y, m.X + m.W, m.Y + m.H
	case page.Path:
		x, y, right, low = math.Inf(1), math.Inf(1), math.Inf(-1), math.Inf(-1)
		for _, p := range m.Points {
			x, y, right, low = min(x, p.X), min(y, p.Y), max(right, p.X), max(low, p.Y)
		}
	}
	return x, y, right, low
}

// The desk's papers beside the sheet say through their elements what their
// documents say; only the numbers in an index are the layout's own.
func TestPapersSayTheirDocuments(t *testing.T) {
	w := testWords(t)
	head := page.Paper{
		Authority: app.Authority{Name: "Comune di Borgo"}, PrintedBy: "URP", PrintedOn: time.Date(2026, 11, 23, 9, 0, 0, 0, time.UTC), Lang: "it", Words: w,
	}
	var offices []app.Office
	for i := range 9 {
		offices = append(offices, app.Office{
			Name: fmt.Sprintf("Ufficio %c", 'A'+i), Phone: "0173 000000", Address: &app.Address{Street: "Via Roma 1", Municipality: "Borgo"},
			OpeningHours: []app.Hours{{Days: []string{"MO", "TU", "WE", "TH", "FR", "SA"}[i%3 : 3+i%3], Opens: "08:30", Closes: "12:30"}, {Days: []string{"TH"}, Opens: "14:30", Closes: "17:00"}},
			OpeningNotes: "Senza appuntamento.",
		})
	}
	receipt := page.ReceiptInput{Paper: head, Contact: app.Contact{Number: "2026-00001", Outcome: "referred"}, Office: &offices[0], Referral: &offices[1]}
	dossier := page.DossierInput{Paper: head}
	for i, sheet := range sampleSheets(t)[:12] {
		dossier.Sheets = append(dossier.Sheets, input(sheet, w, true))
		receipt.Given = append(receipt.Given, page.Given{Code: sheet.Code, Title: sheet.Title, Version: 1, Copies: 1 + i%2, PublicURL: "https://schede.example/schede/" + sheet.Code})
	}
	for name, doc := range map[string]page.Document{
		"offices": page.Offices(page.OfficesInput{Paper: head, Offices: offices}), "receipt": page.Receipt(receipt), "dossier": page.Dossier(dossier),
	} {
		dl := laidOut(t, doc)
		checkElements(t, name, dl)
		for i, e := range dl.Elements {
			if e.Role != page.RoleLink || dl.Elements[e.Parent].Role != page.RoleReference {
				continue
			}
			for n := range dl.Pages {
				dl.Pages[n].Marks = slices.DeleteFunc(dl.Pages[n].Marks, func(m page.Mark) bool {
					r, ok := m.(page.Run)
					return ok && r.Of == i && number(r.Text)
				})
			}
		}
		sameText(t, name, doc, dl)
	}
}

// In large print a chart's letters grow once, in the sender's colour.
func TestChartInLargePrint(t *testing.T) {
	doc := paperOf("Dati", page.Chart{Title: "Quote", Alt: "figura", Labels: []string{"Carta d'identità"}, Series: []page.Series{{Figures: []float64{28}}}})
	doc.Large, doc.Letterhead.Colour = true, 0x7A1F3D
	dl := laidOut(t, doc)
	want := lookOf(doc).smallText().size
	for _, text := range []string{"Carta d’identità", "28"} {
		found := runs(dl, text)
		if len(found) != 1 || found[0].Size != want {
			t.Errorf("%q: %+v, want size %.1f", text, found, want)
		}
	}
	if !slices.ContainsFunc(dl.Pages[0].Marks, func(m page.Mark) bool {
		b, ok := m.(page.Box)
		return ok && b.Fill == 0x7A1F3D && b.W > 100
	}) {
		t.Error("no bar in the sender's colour")
	}
}

// A code stands on one line in letters as large as there is room for, in
// both sizes; one that is longer than a line breaks and loses nothing.
func TestSpelled(t *testing.T) {
	for _, tt := range []struct {
		code     string
		least    float64
		oneLine  bool
		whatElse string
	}{
		{"ABCD-EFGHJ", spelledLargest, true, "short"},
		{"ABCD-EFGHJ-KLMNP-QRSTU-VWXYZ", 25, true, "of a first activation"},
		{strings.TrimSuffix(strings.Repeat("ABCDE-", 16), "-"), spelledSmallest, false, "endless"},
	} {
		for _, large := range []bool{false, true} {
			doc := paperOf("Codice", page.Spelled{Label: "Codice di attivazione", Text: tt.code, Note: "Vale una volta."})
			doc.Large = large
			dl := laidOut(t, doc)
			checkElements(t, tt.whatElse, dl)
			sameText(t, tt.whatElse, doc, dl)
			inside(t, dl)
			lines := 0
			for _, p := range dl.Pages {
				for _, m := range p.Marks {
					if r, ok := m.(page.Run); ok && r.Face == page.Mono {
						lines++
						if r.Size < tt.least {
							t.Errorf("%s: letters of %.1f points", tt.whatElse, r.Size)
						}
					}
				}
			}
			if (lines == 1) != tt.oneLine {
				t.Errorf("%s, large=%v: %d lines", tt.whatElse, large, lines)
			}
		}
	}
}
