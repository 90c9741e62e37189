package layout

import (
	"fmt"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"polis/app/page"
)

// random draws documents: every word in them is another one, so that each can
// be looked for.
type random struct {
	t *rapid.T
	n int
}

func (r *random) upTo(n int, what string) int { return rapid.IntRange(0, n).Draw(r.t, what) }

// word is new, in small letters, sometimes very long.
func (r *random) word() string {
	r.n++
	w := fmt.Sprintf("w%dx", r.n)
	if rapid.IntRange(0, 60).Draw(r.t, "long") == 0 {
		w += strings.Repeat("o", rapid.IntRange(1, 120).Draw(r.t, "letters"))
	}
	return w
}

// few are short words, for names that may be clipped.
func (r *random) few(most int) string {
	words := make([]string, 1+r.upTo(most-1, "words"))
	for i := range words {
		r.n++
		words[i] = fmt.Sprintf("w%dx", r.n)
	}
	return strings.Join(words, " ")
}

func (r *random) words(most int) string {
	words := make([]string, 1+r.upTo(most-1, "words"))
	for i := range words {
		words[i] = r.word()
	}
	return strings.Join(words, " ")
}

// about gives n now and then the chance to be many.
func (r *random) about(n, many int) int {
	if r.upTo(12, "many") == 0 {
		return r.upTo(many, "number")
	}
	return r.upTo(n, "number")
}

func (r *random) inlines() []page.Inline {
	var out []page.Inline
	for range 1 + r.upTo(2, "pieces") {
		in := page.Inline{Text: r.words(1+r.about(12, 300)) + " "}
		switch r.upTo(6, "style") {
		case 0:
			in.Bold = true
		case 1:
			in.URL = "https://a.example/x"
		case 2:
			in.Lang = "fr"
		}
		out = append(out, in)
	}
	return out
}

func (r *random) blocks(depth int) []page.Block {
	var out []page.Block
	for range 1 + r.about(2, 12) {
		b := r.block(depth)
		if out = append(out, b); b.Kind == page.Heading || b.Kind == page.Rule { // one without a text is damage
			out = append(out, page.Block{Inlines: r.inlines()})
		}
	}
	return out
}

func (r *random) block(depth int) page.Block {
	kind := r.upTo(5, "kind")
	if depth > 2 {
		kind = 0
	}
	switch kind {
	case 1:
		return page.Block{Kind: page.Heading, Level: 1 + r.upTo(5, "level"), Inlines: page.Text(r.words(8))}
	case 2, 3:
		b := page.Block{Kind: page.List, Ordered: kind == 3, Start: 1}
		for range 1 + r.about(3, 30) {
			b.Items = append(b.Items, r.blocks(depth+1))
		}
		return b
	case 4:
		return r.table()
	case 5:
		return page.Block{Kind: page.Rule}
	}
	return page.Block{Inlines: r.inlines()}
}

func (r *random) table() page.Block {
	n := 1 + r.upTo(3, "columns")
	row := func() []page.Cell {
		cells := make([]page.Cell, n)
		for i := range cells {
			if r.upTo(5, "empty") > 0 {
				cells[i] = page.Cell{Inlines: page.Text(r.words(1 + r.about(4, 150)))}
			}
		}
		return cells
	}
	b := page.Block{Kind: page.Table, Head: row()}
	for range r.about(4, 80) {
		b.Rows = append(b.Rows, row())
	}
	return b
}

func (r *random) part() page.Part {
	switch r.upTo(4, "part") {
	case 0:
		return page.Notice{Title: r.words(4), Text: page.Text(r.words(1 + r.about(30, 1500)))}
	case 1:
		cards := page.Cards{}
		for range 1 + r.upTo(2, "cards") {
			c := page.Card{Title: r.words(3)}
			facts := r.about(4, 40)
			if facts == 0 || r.upTo(1, "blocks") == 0 {
				c.Blocks = r.blocks(2)
			}
			for range facts {
				c.Facts = append(c.Facts, page.Fact{Label: r.words(2), Value: r.words(1 + r.about(10, 400))})
			}
			cards = append(cards, c)
		}
		return cards
	case 2:
		s := page.Steps{Start: 1}
		for range 1 + r.about(4, 40) {
			s.Items = append(s.Items, r.blocks(1))
		}
		return s
	case 3:
		var places page.Places
		for range 1 + r.about(2, 20) {
			p := page.Place{Name: r.few(5), Lines: [][]page.Inline{page.Text(r.words(8))}}
			for range r.about(5, 60) {
				p.Hours = append(p.Hours, page.HoursRow{Days: r.word(), Times: r.words(3)})
			}
			for range r.upTo(2, "notes") {
				p.Notes = append(p.Notes, r.words(20))
			}
			places = append(places, p)
		}
		return places
	}
	return page.Prose{Blocks: r.blocks(0), Small: r.upTo(4, "small") == 0}
}

func (r *random) document() page.Document {
	doc := page.Document{
		Language: "it", Labels: rapid.SampledFrom([]string{"", "it", "en"}).Draw(r.t, "labels"),
		Large:      r.upTo(3, "large") == 0,
		Letterhead: page.Letterhead{Name: r.few(6), Office: r.few(6), Tag: r.few(2)},
		Footer:     page.Footer{Lines: []string{"Fonte", "Stampata"}, Page: "Pagina {n} di {total}"},
	}
	opening := page.Opening{Title: r.few(1 + r.about(6, 30)), Lead: page.Text(r.words(1 + r.about(20, 300)))}
	if r.upTo(1, "code") == 0 {
		opening.QR = &page.QR{Text: "https://a.example/x", Caption: r.words(2), Address: "a.example/" + r.few(1), Alt: "codice"}
	}
	doc.Title = opening.Title
	doc.Sections = append(doc.Sections, page.Section{Parts: []page.Part{opening}})
	for range r.upTo(4, "sections") {
		sec := page.Section{NewPage: r.upTo(6, "new page") == 0}
		if r.upTo(3, "titled") > 0 {
			sec.Title = r.words(5)
		}
		for range 1 + r.upTo(2, "parts") {
			sec.Parts = append(sec.Parts, r.part())
		}
		doc.Sections = append(doc.Sections, sec)
	}
	return doc
}

// inside holds for every mark: it is on the paper, and what is no foot stands
// above the foot.
func inside(t rapid.TB, dl page.DisplayList) {
	t.Helper()
	for n, p := range dl.Pages {
		foot := pageHeight
		for _, m := range p.Marks {
			if r, ok := m.(page.Run); ok && r.Of == page.PageFoot {
				foot = min(foot, r.Y-r.Size)
			}
		}
		for _, m := range p.Marks {
			left, up, right, down := extent(m)
			if left < 20 || up < 10 || right > pageWidth-20 || down > pageHeight-10 {
				t.Errorf("page %d: %T %v is off the paper: %.0f,%.0f to %.0f,%.0f", n+1, m, m, left, up, right, down)
			}
			if of(m) >= 0 && up < foot && down > foot+1 {
				t.Errorf("page %d: %T %v lies on the foot at %.0f: %.0f to %.0f", n+1, m, m, foot, up, down)
			}
		}
	}
}

// noWidows holds for every page: a heading is not its last text.
func noWidows(t rapid.TB, dl page.DisplayList) {
	t.Helper()
	for n, p := range dl.Pages[:len(dl.Pages)-1] {
		last, text := 0, ""
		for _, m := range p.Marks {
			if r, ok := m.(page.Run); ok && r.Of > 0 {
				last, text = r.Of, r.Text
			}
		}
		for ; last > 0; last = dl.Elements[last].Parent {
			if role := dl.Elements[last].Role; len(role) == 2 && role[0] == 'H' {
				t.Errorf("page %d ends with a heading: %q; then %s", n+1, text, firstOf(dl, n+1))
			}
		}
	}
}

// firstOf says what a page begins with, for messages.
func firstOf(dl page.DisplayList, n int) string {
	for _, m := range dl.Pages[n].Marks {
		if r, ok := m.(page.Run); ok && r.Of > 0 {
			roles := r.Text
			for id := r.Of; id > 0; id = dl.Elements[id].Parent {
				roles += " < " + string(dl.Elements[id].Role)
			}
			return roles
		}
	}
	return "nothing"
}

// Whatever a document is, it is on its pages: whole, in order, each word once.
func TestRandomDocuments(t *testing.T) {
	e := testEngine(t)
	rapid.Check(t, func(rt *rapid.T) {
		r := random{t: rt}
		doc := r.document()
		dl, err := e.Layout(doc)
		if err != nil {
			rt.Fatal(err)
		}
		checkElements(rt, "random", dl)
		inside(rt, dl)
		noWidows(rt, dl)
		said := map[string]int{}
		for _, w := range strings.Fields(dl.Text()) {
			said[strings.Trim(w, ":;")]++
		}
		names := heads(doc)
		for _, w := range strings.Fields(doc.Text()) {
			w = strings.Trim(w, ":;")
			if n := said[w]; n != 1 && strings.HasPrefix(w, "w") && (n == 0 && !names[w] || n > 1 && !names[w]) {
				rt.Errorf("%q is said %d times", w, n)
			}
		}
	})
}

// heads are the words in the heads of tables: a table that is set as records
// says them with every value, or not at all when it has none.
func heads(doc page.Document) map[string]bool {
	out := map[string]bool{}
	var look func(blocks []page.Block)
	look = func(blocks []page.Block) {
		for _, b := range blocks {
			for _, c := range b.Head {
				for _, w := range strings.Fields(page.PlainInlines(c.Inlines)) {
					out[w] = true
				}
			}
			for _, item := range b.Items {
				look(item)
			}
		}
	}
	for _, s := range doc.Sections {
		for _, p := range s.Parts {
			switch p := p.(type) {
			case page.Prose:
				look(p.Blocks)
			case page.Cards:
				for _, c := range p {
					look(c.Blocks)
				}
			case page.Steps:
				for _, item := range p.Items {
					look(item)
				}
			}
		}
	}
	return out
}
