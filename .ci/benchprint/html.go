package main

import (
	"fmt"
	"html"
	"strings"

	"rsc.io/qr"

	"polis/app/page"
)

// web writes a document as a web page for paper: our fonts, our colours, a
// head and a foot with page numbers, by plain CSS that browser and WeasyPrint
// both know.
func web(doc page.Document, fonts string) (string, error) {
	w := &webWriter{}
	w.f("<!DOCTYPE html><html lang=%q><head><meta charset=utf-8><title>%s</title><style>%s</style></head><body>",
		doc.Language, html.EscapeString(doc.Title), style(doc, fonts))
	if doc.Band != "" {
		w.f("<p class=band>%s</p>", html.EscapeString(doc.Band))
	}
	w.f("<header><div><b>%s</b><br><small>%s</small></div><span class=tag>%s</span></header>",
		html.EscapeString(doc.Letterhead.Name), html.EscapeString(doc.Letterhead.Office), html.EscapeString(doc.Letterhead.Tag))
	for _, s := range doc.Sections {
		w.f("<section>")
		if s.Title != "" {
			w.f("<h2>%s <small>%s</small></h2>", html.EscapeString(s.Title), html.EscapeString(s.Note))
		}
		for _, p := range s.Parts {
			if err := w.part(p); err != nil {
				return "", err
			}
		}
		w.f("</section>")
	}
	w.f("</body></html>")
	return w.String(), nil
}

// style is what a careful author would write.
func style(doc page.Document, fonts string) string {
	var b strings.Builder
	for _, f := range []struct {
		face         page.Face
		family, rest string
	}{
		{page.Sans, "Titillium", ""},
		{page.SansItalic, "Titillium", "font-style:italic"},
		{page.SansBold, "Titillium", "font-weight:600"},
		{page.SansBoldItalic, "Titillium", "font-weight:600;font-style:italic"},
		{page.SansHeavy, "Titillium", "font-weight:700"},
		{page.Serif, "Lora", ""},
		{page.SerifItalic, "Lora", "font-style:italic"},
		{page.SerifBold, "Lora", "font-weight:600"},
		{page.Mono, "Roboto Mono", ""},
	} {
		fmt.Fprintf(&b, "@font-face{font-family:'%s';src:url('file://%s/%s.ttf');%s}", f.family, fonts, f.face.File(), f.rest)
	}
	fmt.Fprintf(&b, "@page{size:A4;margin:14mm 15mm 24mm;@bottom-left{font:7pt Titillium;color:#5A6772;white-space:pre-line;content:%s}@bottom-right{font:600 7pt Titillium;content:%s}}",
		css(strings.Join(doc.Footer.Lines, "\n")),
		strings.NewReplacer("{n}", `" counter(page) "`, "{total}", `" counter(pages) "`).Replace(css(doc.Footer.Page)))
	b.WriteString(`body{font:9.5pt/1.35 Titillium;color:#17324D;margin:0}
h1{font:700 22pt/1.1 Titillium;color:#06C;margin:0 0 6pt}h2{font:700 12pt Titillium;color:#06C;margin:10pt 0 3pt;break-after:avoid}h2 small{font:7.5pt Titillium;color:#5A6772}
h3{font:600 10pt Titillium;margin:6pt 0 2pt;break-after:avoid}p{margin:0 0 4pt}ul,ol{margin:0 0 4pt;padding-left:14pt}a{color:#06C}
header{display:flex;justify-content:space-between;border-bottom:1.5pt solid #06C;padding-bottom:4pt;margin-bottom:8pt}
.tag{background:#E6F0FA;padding:2pt 6pt;font-weight:600;font-size:7.5pt;align-self:flex-start}.band{border:1.5pt solid #CC7A00;text-align:center;font-weight:600;padding:3pt}
.opening{display:flex;gap:12pt}.opening>div:first-child{flex:1}.lead{font:11pt/1.35 Lora}.qr{width:74pt;text-align:center;font-size:6.5pt}.qr svg{width:70pt;height:70pt}
.notice{border-left:4pt solid #CC7A00;background:#FFF6E5;padding:4pt 8pt;break-inside:avoid}
.cards{display:flex;gap:10pt}.card{flex:1;background:#E6F0FA;border-left:3pt solid #06C;padding:6pt 8pt;break-inside:avoid}
table{border-collapse:collapse;width:100%;margin:3pt 0 6pt}th{background:#06C;color:#fff;text-align:left;padding:3pt 6pt}td{border-bottom:.5pt solid #C5D2DE;padding:3pt 6pt;vertical-align:top}tr{break-inside:avoid}
.facts td{border:0;padding:1pt 6pt 1pt 0}.places{display:flex;flex-wrap:wrap;gap:10pt}.place{flex:1 1 40%;break-inside:avoid}.small{font-size:7.5pt;color:#5A6772}
`)
	return b.String()
}

// css writes a string of a style sheet.
func css(s string) string {
	return `"` + strings.NewReplacer(`\`, `\\`, `"`, `\"`, "\n", `\A `).Replace(s) + `"`
}

type webWriter struct{ strings.Builder }

func (w *webWriter) f(format string, args ...any) { fmt.Fprintf(w, format, args...) }

func (w *webWriter) part(p page.Part) error {
	switch p := p.(type) {
	case page.Opening:
		w.opening(p)
	case page.Notice:
		w.f("<div class=notice><b>%s</b> ", html.EscapeString(p.Title))
		w.inlines(p.Text)
		w.f("</div>")
	case page.Cards:
		w.cards(p)
	case page.Prose:
		if p.Small {
			w.f("<div class=small>")
		}
		w.blocks(p.Blocks)
		if p.Small {
			w.f("</div>")
		}
	case page.Steps:
		w.f("<ol start=%d>", max(p.Start, 1))
		w.items(p.Items)
		w.f("</ol>")
	case page.Places:
		w.places(p)
	case page.Grid:
		w.f("<table><caption>%s</caption>", html.EscapeString(p.Caption))
		w.rows(p.Head, p.Rows)
		w.f("</table>")
	default:
		return fmt.Errorf("a part that the web page does not know: %T", p)
	}
	return nil
}

func (w *webWriter) opening(p page.Opening) {
	w.f("<div class=opening><div><h1>%s</h1><p class=lead>", html.EscapeString(p.Title))
	w.inlines(p.Lead)
	w.f("</p></div>")
	if p.QR != nil {
		w.f("<div class=qr>%s<br><b>%s</b><br><a href=%q>%s</a></div>", svg(p.QR.Text), html.EscapeString(p.QR.Caption), p.QR.Text, html.EscapeString(p.QR.Address))
	}
	w.f("</div>")
}

// svg is a QR code as a drawing of lines.
func svg(text string) string {
	code, err := qr.Encode(text, qr.M)
	if err != nil {
		return ""
	}
	var b strings.Builder
	fmt.Fprintf(&b, `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 %d %d" shape-rendering="crispEdges"><path d="`, code.Size, code.Size)
	for y := range code.Size {
		for x := 0; x < code.Size; x++ {
			start := x
			for x < code.Size && code.Black(x, y) {
				x++
			}
			if x > start {
				fmt.Fprintf(&b, "M%d %dh%dv1h-%dz", start, y, x-start, x-start)
			}
		}
	}
	b.WriteString(`"/></svg>`)
	return b.String()
}

func (w *webWriter) cards(cards page.Cards) {
	w.f("<div class=cards>")
	for _, c := range cards {
		w.f("<div class=card><b>%s</b>", html.EscapeString(c.Title))
		w.blocks(c.Blocks)
		if len(c.Facts) > 0 {
			w.f("<table class=facts>")
			for _, f := range c.Facts {
				w.f("<tr><td><b>%s</b></td><td>%s</td></tr>", html.EscapeString(f.Label), html.EscapeString(f.Value))
			}
			w.f("</table>")
		}
		w.f("</div>")
	}
	w.f("</div>")
}

func (w *webWriter) places(places page.Places) {
	w.f("<div class=places>")
	for _, p := range places {
		w.f("<div class=place><b>%s</b>", html.EscapeString(p.Name))
		for _, line := range p.Lines {
			w.f("<br>")
			w.inlines(line)
		}
		w.f("<table class=facts>")
		for _, h := range p.Hours {
			w.f("<tr><td>%s</td><td>%s</td></tr>", html.EscapeString(h.Days), html.EscapeString(h.Times))
		}
		w.f("</table>")
		for _, n := range p.Notes {
			w.f("<p class=small>%s</p>", html.EscapeString(n))
		}
		w.f("</div>")
	}
	w.f("</div>")
}

func (w *webWriter) items(items [][]page.Block) {
	for _, item := range items {
		w.f("<li>")
		if len(item) == 1 && item[0].Kind == page.Paragraph {
			w.inlines(item[0].Inlines)
		} else {
			w.blocks(item)
		}
		w.f("</li>")
	}
}

func (w *webWriter) blocks(blocks []page.Block) {
	for _, b := range blocks {
		switch b.Kind {
		case page.Paragraph:
			w.f("<p>")
			w.inlines(b.Inlines)
			w.f("</p>")
		case page.Heading:
			w.f("<h3>")
			w.inlines(b.Inlines)
			w.f("</h3>")
		case page.List:
			tag := "ul"
			if b.Ordered {
				tag = "ol"
			}
			w.f("<%s>", tag)
			w.items(b.Items)
			w.f("</%s>", tag)
		case page.Table:
			w.f("<table>")
			w.rows(b.Head, b.Rows)
			w.f("</table>")
		case page.Rule:
			w.f("<hr>")
		}
	}
}

func (w *webWriter) rows(head []page.Cell, rows [][]page.Cell) {
	row := func(cells []page.Cell, tag string) {
		w.f("<tr>")
		for _, c := range cells {
			w.f("<%s style=\"text-align:%s\">", tag, []string{"left", "right", "center"}[c.Align])
			w.inlines(c.Inlines)
			w.f("</%s>", tag)
		}
		w.f("</tr>")
	}
	w.f("<thead>")
	row(head, "th")
	w.f("</thead><tbody>")
	for _, r := range rows {
		row(r, "td")
	}
	w.f("</tbody>")
}

func (w *webWriter) inlines(in []page.Inline) {
	for _, i := range in {
		if i.Break {
			w.f("<br>")
			continue
		}
		text := html.EscapeString(i.Text)
		if i.Bold {
			text = "<b>" + text + "</b>"
		}
		if i.Italic {
			text = "<i>" + text + "</i>"
		}
		if i.URL != "" {
			text = fmt.Sprintf("<a href=%q>%s</a>", html.EscapeString(i.URL), text)
		}
		w.f("%s", text)
	}
}
