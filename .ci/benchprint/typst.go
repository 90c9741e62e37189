package main

import (
	"fmt"
	"strings"

	"polis/app/page"
)

// typeset writes documents as a typst source, each on pages of its own; the
// language changed after 0.10.
func typeset(recent bool, docs ...page.Document) (string, error) {
	w := &typWriter{number: "#counter(page).display() di #locate(loc => counter(page).final(loc).first())", image: "image.decode("}
	if recent {
		w.number, w.image = "#context [#counter(page).get().first() di #counter(page).final().first()]", "image(bytes("
	}
	w.f("#set document(title: %s)\n", quoted(docs[0].Title))
	for i, doc := range docs {
		if err := w.document(doc, i > 0); err != nil {
			return "", err
		}
	}
	return w.String(), nil
}

func (w *typWriter) document(doc page.Document, more bool) error {
	w.f(`#set page(paper: "a4", margin: (x: 15mm, top: 14mm, bottom: 24mm), footer: [#set text(size: 7pt, fill: rgb("#5A6772")); #grid(columns: (1fr, auto), [%s], [*Pagina %s*])])
#set text(font: "Titillium Web", size: 9.5pt, lang: %s, fill: rgb("#17324D"))
#show link: set text(fill: rgb("#0066CC"))
#show heading.where(level: 1): set text(size: 22pt, fill: rgb("#0066CC"), weight: 700)
#show heading.where(level: 2): set text(size: 12pt, fill: rgb("#0066CC"), weight: 700)
#set par(leading: 0.5em)
`, typEscape(strings.Join(doc.Footer.Lines, " ")), w.number, quoted(doc.Language))
	if more {
		w.f("#pagebreak()\n")
	}
	if doc.Band != "" {
		w.f("#align(center, rect(stroke: 1.5pt + rgb(\"#CC7A00\"), width: 100%%)[*%s*])\n", typEscape(doc.Band))
	}
	w.f("#grid(columns: (1fr, auto), [*%s* \\ %s], rect(fill: rgb(\"#E6F0FA\"), stroke: none)[#text(size: 7.5pt)[*%s*]])\n#line(length: 100%%, stroke: 1.5pt + rgb(\"#0066CC\"))\n",
		typEscape(doc.Letterhead.Name), typEscape(doc.Letterhead.Office), typEscape(doc.Letterhead.Tag))
	for _, s := range doc.Sections {
		if s.Title != "" {
			w.f("\n== %s #text(size: 7.5pt, fill: rgb(\"#5A6772\"), weight: 400)[%s]\n", typEscape(s.Title), typEscape(s.Note))
		}
		for _, p := range s.Parts {
			if err := w.part(p); err != nil {
				return err
			}
		}
	}
	return nil
}

type typWriter struct {
	strings.Builder
	number, image string // as this release writes them
}

func (w *typWriter) f(format string, args ...any) { fmt.Fprintf(w, format, args...) }

func (w *typWriter) part(p page.Part) error {
	switch p := p.(type) {
	case page.Opening:
		code := ""
		if p.QR != nil {
			source := w.image + quoted(svg(p.QR.Text))
			if strings.Contains(w.image, "bytes") {
				source += ")"
			}
			code = fmt.Sprintf("#%s, format: \"svg\", width: 70pt) #text(size: 6.5pt)[*%s* \\ #link(%s)[%s]]", source, typEscape(p.QR.Caption), quoted(p.QR.Text), typEscape(p.QR.Address))
		}
		w.f("#grid(columns: (1fr, 80pt), gutter: 12pt, [\n= %s\n#text(font: \"Lora\", size: 11pt)[%s]\n], align(center)[%s])\n", typEscape(p.Title), typInlines(p.Lead), code)
	case page.Notice:
		w.f("#block(fill: rgb(\"#FFF6E5\"), stroke: (left: 4pt + rgb(\"#CC7A00\")), inset: 6pt, width: 100%%, breakable: false)[*%s* %s]\n", typEscape(p.Title), typInlines(p.Text))
	case page.Cards:
		w.f("#grid(columns: (%s), gutter: 10pt", strings.Repeat("1fr, ", len(p)))
		for _, c := range p {
			w.f(", block(fill: rgb(\"#E6F0FA\"), stroke: (left: 3pt + rgb(\"#0066CC\")), inset: 7pt, width: 100%%, breakable: false)[*%s*\n\n", typEscape(c.Title))
			w.blocks(c.Blocks)
			if len(c.Facts) > 0 {
				w.f("#grid(columns: (auto, 1fr), gutter: 4pt")
				for _, f := range c.Facts {
					w.f(", [*%s*], [%s]", typEscape(f.Label), typEscape(f.Value))
				}
				w.f(")\n")
			}
			w.f("]")
		}
		w.f(")\n")
	case page.Prose:
		if p.Small {
			w.f("#[#set text(size: 7.5pt)\n")
		}
		w.blocks(p.Blocks)
		if p.Small {
			w.f("]\n")
		}
	case page.Steps:
		w.list(p.Items, true, p.Start)
	case page.Places:
		w.places(p)
	case page.Grid:
		w.table(p.Head, p.Rows)
	default:
		return fmt.Errorf("a part that typst is not told: %T", p)
	}
	return nil
}

func (w *typWriter) places(places page.Places) {
	w.f("#grid(columns: (1fr, 1fr), gutter: 10pt")
	for _, p := range places {
		w.f(", block(breakable: false)[*%s*", typEscape(p.Name))
		for _, line := range p.Lines {
			w.f(" \\ %s", typInlines(line))
		}
		w.f("\n#grid(columns: (auto, 1fr), gutter: 4pt")
		for _, h := range p.Hours {
			w.f(", [%s], [%s]", typEscape(h.Days), typEscape(h.Times))
		}
		w.f(")\n")
		for _, n := range p.Notes {
			w.f("\n#text(size: 7.5pt)[%s]\n", typEscape(n))
		}
		w.f("]")
	}
	w.f(")\n")
}

func (w *typWriter) list(items [][]page.Block, ordered bool, start int) {
	kind := "list("
	if ordered {
		kind = fmt.Sprintf("enum(start: %d, ", max(start, 1))
	}
	w.f("#%s", kind)
	for _, item := range items {
		w.f("[")
		if len(item) == 1 && item[0].Kind == page.Paragraph {
			w.f("%s", typInlines(item[0].Inlines))
		} else {
			w.blocks(item)
		}
		w.f("], ")
	}
	w.f(")\n")
}

func (w *typWriter) blocks(blocks []page.Block) {
	for _, b := range blocks {
		switch b.Kind {
		case page.Paragraph:
			w.f("%s\n\n", typInlines(b.Inlines))
		case page.Heading:
			w.f("*%s*\n\n", typInlines(b.Inlines))
		case page.List:
			w.list(b.Items, b.Ordered, b.Start)
		case page.Table:
			w.table(b.Head, b.Rows)
		case page.Rule:
			w.f("#line(length: 100%%)\n")
		}
	}
}

func (w *typWriter) table(head []page.Cell, rows [][]page.Cell) {
	w.f("#table(columns: (%s), stroke: 0.5pt + rgb(\"#C5D2DE\"), fill: (_, y) => if y == 0 { rgb(\"#E6F0FA\") }", strings.Repeat("1fr, ", max(len(head), 1)))
	for _, c := range head {
		w.f(", [*%s*]", typInlines(c.Inlines))
	}
	for _, r := range rows {
		for _, c := range r {
			w.f(", [%s]", typInlines(c.Inlines))
		}
	}
	w.f(")\n")
}

func typInlines(in []page.Inline) string {
	var b strings.Builder
	for _, i := range in {
		if i.Break {
			b.WriteString(" \\ ")
			continue
		}
		text := typEscape(i.Text)
		if i.Bold {
			text = "#strong[" + text + "]"
		}
		if i.Italic {
			text = "#emph[" + text + "]"
		}
		if i.URL != "" {
			text = "#link(" + quoted(i.URL) + ")[" + text + "]"
		}
		b.WriteString(text)
	}
	return b.String()
}

// typEscape keeps text from being markup.
func typEscape(s string) string {
	var b strings.Builder
	for _, r := range s {
		if strings.ContainsRune("\\#*_`$<>@=-+/[]~'\"", r) {
			b.WriteByte('\\')
		}
		b.WriteRune(r)
	}
	return b.String()
}

func quoted(s string) string {
	return `"` + strings.NewReplacer(`\`, `\\`, `"`, `\"`, "\n", `\n`).Replace(s) + `"`
}
