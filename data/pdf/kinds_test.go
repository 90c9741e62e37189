package pdf

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"polis/app/page"
	"polis/data/layout"
)

// everyPart is a document of all parts that the layout knows.
func everyPart(tb testing.TB, large bool) page.Document {
	tb.Helper()
	text := func(s string) []page.Inline { return []page.Inline{{Text: s}} }
	inner := page.Sheet(sheetInput(sampleSheets(tb)[3], testWords(tb), false))
	var rows [][]page.Cell
	for i := range 60 {
		rows = append(rows, []page.Cell{{Inlines: text(fmt.Sprintf("riga %d", i))}, {Inlines: text("12,50 €")}, {Inlines: text(strings.Repeat("una nota ", i%9))}})
	}
	return page.Document{
		Code: "tutto", Title: "Ogni parte", Author: "Comune di Borgo", Subject: "prova", Language: "it", Large: large,
		Created:    time.Date(2026, 11, 23, 9, 0, 0, 0, time.UTC),
		Letterhead: page.Letterhead{Name: "Comune di Borgo", Office: "URP", Tag: "Prova", Logo: logo(tb), Colour: 0x7A1F3D},
		Band:       "Prova", Footer: page.Footer{Lines: []string{"Una riga", "altra riga"}, Mark: "prova", Page: "Pagina {n} di {total}"},
		Sections: []page.Section{
			{Parts: []page.Part{page.Opening{Title: "Ogni parte", Lead: text("Che cosa c’è."), QR: &page.QR{Text: publicURL, Caption: "La pagina", Address: "schede.example/x"}}}},
			{Title: "Indice", Parts: []page.Part{page.Index{Entries: []page.IndexEntry{{Title: inner.Title, Note: "nota", Enclosed: 0}}}}},
			{Title: "Avviso", Parts: []page.Part{page.Notice{Kind: page.NoticeAlert, Title: "Attenzione", Text: text("Chiuso lunedì.")}}},
			{Title: "Parole", Lang: "en", Parts: []page.Part{page.Prose{Blocks: page.Parse("# A heading\n\nSome *words* and [a link](https://a.example).\n\n1. one\n2. two\n   - inner\n\n|A|B|\n|-|-|\n|1|2|")}}},
			{Title: "Passi", Parts: []page.Part{page.Steps{Start: 3, Items: [][]page.Block{page.Parse("Primo passo"), page.Parse("Secondo")}}}},
			{Title: "Fatti", Parts: []page.Part{page.Cards{{Title: "In breve", Facts: []page.Fact{{Label: "Costo", Value: "gratis"}, {Label: "Dove", Value: "sito", URL: "https://b.example"}}}, {Title: "Altro", Blocks: page.Parse("- una\n- due")}}}},
			{Title: "Sedi", Parts: []page.Part{page.Places{{Name: "Anagrafe", Lines: [][]page.Inline{text("Via Roma 1")}, Hours: []page.HoursRow{{Days: "lunedì", Times: "9-12"}}, Notes: []string{"al piano terra"}}}}},
			{Title: "Tabella", Parts: []page.Part{page.Grid{Caption: "I diritti", Head: []page.Cell{{Inlines: text("Voce")}, {Inlines: text("Euro")}, {Inlines: text("Note")}}, Rows: rows, RowHeads: true, Totals: 1}}},
			{Title: "Grafico", Parts: []page.Part{
				page.Chart{Kind: page.Columns, Title: "Visite", Alt: "Le visite crescono", Labels: []string{"2024", "2025"}, Series: []page.Series{{Name: "visite", Figures: []float64{3, 5}}}},
				page.Chart{Kind: page.Lines, Title: "Tempi", Alt: "I tempi calano", Labels: []string{"a", "b", "c"}, Series: []page.Series{{Name: "giorni", Figures: []float64{9, 7, 2}}}},
			}},
			{Title: "Modulo", Parts: []page.Part{
				page.Fields{{Label: "Cognome", Columns: 6}, {Label: "Codice fiscale", Boxes: 16}, {Label: "Scelta", Choices: []page.Choice{{Label: "sì", On: true}, {Label: "no"}}}, {Label: "Nome", Value: "Già scritto", Hint: "come sul documento"}},
				page.Spelled{Label: "Codice", Text: "ABCD-EFGHJ-KLMNP", Note: "vale una volta"},
				page.Signatures{{Label: "Per l’Ente", Name: "il responsabile", Note: "timbro"}, {Label: "Chi chiede"}},
			}},
		},
		Enclosed: []page.Document{inner},
	}
}

// TestEveryPart holds all parts, in both sizes, against the checker and the
// programs.
func TestEveryPart(t *testing.T) {
	fonts := testFonts(t)
	e, err := layout.New(fonts)
	if err != nil {
		t.Fatal(err)
	}
	for _, large := range []bool{false, true} {
		dl, err := e.Layout(everyPart(t, large))
		if err != nil {
			t.Fatal(err)
		}
		data, err := New(fonts, e).Bytes(dl)
		if err != nil {
			t.Fatal(err)
		}
		same(t, checked(t, data).Passages, spoken(dl))
		path := filepath.Join(t.TempDir(), "x")
		if err := os.WriteFile(path+".pdf", data, 0o600); err != nil {
			t.Fatal(err)
		}
		sound(t, path+".pdf")
		if !large {
			heard(t, dl, path)
		}
	}
}
