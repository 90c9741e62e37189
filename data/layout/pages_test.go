package layout

import (
	"fmt"
	"strings"
	"testing"

	"polis/app/page"
)

// lowest is the baseline of the last line of a page's text.
func lowest(dl page.DisplayList, n int) float64 {
	low := 0.0
	for _, m := range dl.Pages[n].Marks {
		if r, ok := m.(page.Run); ok && r.Of > 0 {
			low = max(low, r.Y)
		}
	}
	return low
}

// A few lines more than a page make the page denser, not the paper longer;
// many more do not, and nothing is lost.
func TestNoForgottenLastPage(t *testing.T) {
	paper := func(sections int) page.DisplayList {
		doc := paperOf("Prova", page.Prose{Blocks: page.Parse("Inizio.")})
		for i := range sections {
			doc.Sections = append(doc.Sections, page.Section{Title: fmt.Sprintf("Titolo %d", i), Parts: []page.Part{markdown("Una riga.")}})
		}
		dl := laidOut(t, doc)
		sameText(t, "pages", doc, dl)
		return dl
	}
	pages, longest := 1, 0
	for n := 5; n < 60; n++ {
		dl := paper(n)
		if len(dl.Pages) == 1 {
			longest = n
		}
		if len(dl.Pages) > pages {
			pages = len(dl.Pages)
			if y := lowest(dl, len(dl.Pages)-1); pages == 2 && y < 0.2*pageHeight {
				t.Errorf("%d sections: the second page ends at %.0f", n, y)
			}
		}
	}
	if longest < 15 || pages < 2 {
		t.Errorf("one page holds %d sections; %d pages at most", longest, pages)
	}
}

// The lines of large print are high: what looks forgotten is more of a page,
// and there is more white to take.
func TestNoForgottenLastPageInLargePrint(t *testing.T) {
	paper := func(lines int) page.DisplayList {
		doc := paperOf("Prova")
		doc.Large = true
		for i := range lines {
			doc.Sections = append(doc.Sections, page.Section{Title: fmt.Sprintf("Titolo %d", i), Parts: []page.Part{markdown("Una riga.")}})
		}
		dl := laidOut(t, doc)
		sameText(t, "large", doc, dl)
		return dl
	}
	n := 1
	for len(paper(n).Pages) == 1 {
		n++
	}
	if y := lowest(paper(n), 1); y < 0.35*pageHeight {
		t.Errorf("%d sections: the second page ends at %.0f", n, y)
	}
}

// What must stay together does not leave half a page empty: a paragraph is
// parted from the tall table that it leads to.
func TestGroupsThatWasteAPageAreParted(t *testing.T) {
	tall := "|Voce|Testo|\n|---|---|\n|a|" + strings.Repeat("una cella lunga che va a capo ", 40) + "|\n|b|c|\n|d|e|\n"
	for n := 3; n < 25; n++ {
		doc := section("Titolo", markdown(strings.Repeat("Riga.\n\n", n)+"Questo porta alla tabella.\n\n"+tall))
		doc.Large = true
		dl := laidOut(t, doc)
		sameText(t, "parted", doc, dl)
		if y := lowest(dl, 0); len(dl.Pages) > 1 && y < 0.55*pageHeight {
			t.Errorf("%d lines: the first page ends at %.0f", n, y)
		}
	}
	small := "|Voce|Testo|\n|---|---|\n|a|b|\n|c|d|\n"
	for n := 30; n < 40; n++ {
		dl := laidOut(t, section("Titolo", markdown(strings.Repeat("Riga.\n\n", n)+"Questo porta alla tabella.\n\n"+small)))
		where := map[string]int{}
		for i, p := range dl.Pages {
			for _, m := range p.Marks {
				if r, ok := m.(page.Run); ok {
					where[strings.TrimSpace(r.Text)] = i
				}
			}
		}
		if where["Questo porta alla tabella."] != where["Voce"] || where["Voce"] != where["d"] {
			t.Errorf("%d lines: a small table is on pages %d, %d and %d", n, where["Questo porta alla tabella."], where["Voce"], where["d"])
		}
	}
}

// A table in a card has no grounds of its own, and is a table all the same.
func TestTableInACardIsQuiet(t *testing.T) {
	table := page.Parse("|Reddito|Quota|\n|---|--:|\n|basso|10 €|\n|alto|20 €|\n")
	grounds := func(part page.Part) int {
		n := 0
		dl := laidOut(t, section("Titolo", part))
		for _, m := range dl.Pages[0].Marks {
			if b, ok := m.(page.Box); ok && b.Filled && b.H < 30 && b.W > 100 {
				n++
			}
		}
		if heads := strings.Count(words(dl), "Reddito Quota"); heads != 1 {
			t.Errorf("%d heads", heads)
		}
		return n
	}
	if n := grounds(page.Cards{{Title: "Chi", Blocks: table}}); n != 0 {
		t.Errorf("%d grounds in a card", n)
	}
	if n := grounds(page.Prose{Blocks: table}); n != 2 {
		t.Errorf("%d grounds on the page", n)
	}
}

// Columns of figures are equally wide, and do not touch the text beside them.
func TestColumnsOfFigures(t *testing.T) {
	cells := func(texts ...string) []page.Cell {
		var out []page.Cell
		for _, text := range texts {
			out = append(out, page.Cell{Inlines: page.Text(text)})
		}
		return out
	}
	dl := laidOut(t, section("Titolo", page.Grid{
		Head: cells("Mese", "A", "Posta elettronica", "Note"),
		Rows: [][]page.Cell{cells("gen", "1", "2", "una nota"), cells("feb", "10", "20", "altra")},
	}))
	right := func(text string) float64 {
		found := runs(dl, text)
		if len(found) != 1 {
			t.Fatalf("%q: %+v", text, found)
		}
		return found[0].X + found[0].Width
	}
	gap := runs(dl, "altra")[0].X - right("20")
	if gap < 2*cellPad+gutter-0.1 {
		t.Errorf("%.1f between a figure and a text", gap)
	}
	widest := runs(dl, "Posta elettronica")[0].Width
	if between := right("20") - gutter - right("10"); between < widest {
		t.Errorf("the figures are %.1f apart, the widest name has %.1f", between, widest)
	}
}
