package pdf

import (
	"bytes"
	"fmt"
	"image"
	"image/color"
	"image/jpeg"
	"image/png"
	"strings"
	"testing"
	"time"

	"rsc.io/qr"

	"polis/app/page"
)

// builder puts a document together by hand, with everything that a list may
// hold, whatever the layout does today.
type builder struct {
	tb      testing.TB
	list    page.DisplayList
	metrics page.Metrics
	y       float64
}

func newBuilder(tb testing.TB) *builder {
	b := &builder{tb: tb, metrics: testMetrics(tb)}
	b.list = page.DisplayList{
		Code: "c_zzz1-0001", Title: "Prova (di tutto)", Author: "Comune di Borgo", Subject: "Che cosa c’è", Language: "it",
		Created: time.Date(2026, 11, 23, 9, 0, 0, 0, time.UTC), Width: 595.28, Height: 841.89,
		Elements: []page.Element{{Parent: -1, Role: page.RoleDocument}},
	}
	return b
}

func (b *builder) page() {
	n := len(b.list.Pages) + 1
	b.list.Pages = append(b.list.Pages, page.Page{})
	b.y = 60
	b.mark(page.Run{X: 50, Y: 30, Width: 10, Face: page.Sans, Size: 8, Text: "Comune di Borgo", Of: page.PageHead})
	b.mark(page.Line{X1: 50, Y1: 34, X2: 545, Y2: 34, Width: 0.5, Colour: 0x888888, Of: page.PageHead})
	b.mark(page.Run{X: 50, Y: 820, Width: 10, Face: page.Sans, Size: 8, Text: fmt.Sprintf("Pagina %d", n), Of: page.PageFoot})
}

func (b *builder) mark(m page.Mark) {
	p := &b.list.Pages[len(b.list.Pages)-1]
	p.Marks = append(p.Marks, m)
}

func (b *builder) element(e page.Element) int {
	b.list.Elements = append(b.list.Elements, e)
	return len(b.list.Elements) - 1
}

func (b *builder) width(f page.Face, size float64, text string) float64 {
	w, last := 0, rune(0)
	for _, r := range text {
		w += max(b.metrics.Advance(f, r), 0)
		if last != 0 {
			w += b.metrics.Kern(f, last, r)
		}
		last = r
	}
	return float64(w) * size / 1000
}

// put sets a text where the last one ended, or at x.
func (b *builder) put(x float64, f page.Face, text string, of int) float64 {
	const size = 11
	measured := b.width(f, size, strings.TrimRight(text, " ")) // a run's width does not count the blank at its end
	b.mark(page.Run{X: x, Y: b.y, Width: measured, Face: f, Size: size, Text: text, Of: of})
	return x + b.width(f, size, text)
}

func (b *builder) line(f page.Face, text string, of int) {
	b.y += 16
	b.put(50, f, text, of)
}

// everything is a document of two pages with every kind of mark and element.
func everything(tb testing.TB) page.DisplayList {
	b := newBuilder(tb)
	b.page()
	b.mark(page.Box{X: 40, Y: 50, W: 500, H: 60, Filled: true, Fill: 0xEEF2F6, Border: 0.75, Outline: 0x334455})
	b.line(page.SansHeavy, "Il titolo AVATAR To", b.element(page.Element{Role: page.RoleH1}))
	section := b.element(page.Element{Role: page.RoleSection})
	b.line(page.SansBold, "Una sezione", b.element(page.Element{Parent: section, Role: page.RoleH2}))
	b.paragraph(section)
	b.items(section)
	b.table(section)
	b.pictures(section)
	b.page()
	heading := b.element(page.Element{Role: page.RoleH2})
	b.line(page.SansBold, "Altra pagina", heading)
	p := b.element(page.Element{Role: page.RoleParagraph})
	b.line(page.Sans, "Torna alla ", p)
	l := b.element(page.Element{Parent: p, Role: page.RoleLink})
	x := b.put(50+b.width(page.Sans, 11, "Torna alla "), page.Sans, "prima", l)
	b.mark(page.Link{X: 105, Y: b.y - 10, W: x - 105, H: 13, Page: 1, Top: 40, Text: "alla prima pagina", Of: l})
	b.mark(page.Link{X: 50, Y: 812, W: 60, H: 10, URL: "https://borgo.example/piè?a=(b)", Of: page.PageFoot})
	b.list.Bookmarks = []page.Bookmark{
		{Title: "Il titolo (1)", Level: 1, Page: 1, Top: 50},
		{Title: "Una sezione – è", Level: 2, Page: 1, Top: 80},
		{Title: "Altra", Level: 2, Page: 2, Top: 50},
		{Title: "Fine", Level: 1, Page: 2, Top: 60},
	}
	return b.list
}

func (b *builder) paragraph(in int) {
	p := b.element(page.Element{Parent: in, Role: page.RoleParagraph})
	span := b.element(page.Element{Parent: p, Role: page.RoleSpan, Lang: "en-GB"})
	link := b.element(page.Element{Parent: p, Role: page.RoleLink})
	b.y += 16
	x := b.put(50, page.Sans, "Il testo con ", p)
	x = b.put(x, page.SansItalic, "words in English", span)
	x = b.put(x, page.Sans, " va a ca", p)
	b.mark(page.Run{X: x, Y: b.y, Width: b.width(page.Sans, 11, "-"), Face: page.Sans, Size: 11, Text: "-", Actual: "\u00AD", Of: p})
	b.y += 16
	x = b.put(50, page.Sans, "po e segue ", p)
	start := x
	x = b.put(x, page.Sans, "l’agenda ", link)
	b.mark(page.Link{X: start, Y: b.y - 10, W: x - start, H: 13, URL: "https://agenda.example/a(b)?q=è", Text: "agenda", Of: link})
	b.y += 16
	x = b.put(50, page.Sans, "in due righe", link)
	b.mark(page.Link{X: 50, Y: b.y - 10, W: x - 50, H: 13, URL: "https://agenda.example/a(b)?q=è", Text: "agenda", Of: link})
	b.mark(page.Line{X1: 50, Y1: b.y + 1, X2: x, Y2: b.y + 1, Width: 0.4, Colour: 0x0000AA})
	x = b.put(x, page.Sans, ". Fine con ", p)
	b.mark(page.Run{X: x, Y: b.y, Width: b.width(page.Sans, 11, "›"), Face: page.Sans, Size: 11, Text: "›", Actual: "→", Of: p})
	b.y += 16
	b.put(50, page.SerifItalic, "Жизнь прекрасна", b.element(page.Element{Parent: in, Role: page.RoleParagraph, Lang: "ru"}))
}

func (b *builder) items(in int) {
	list := b.element(page.Element{Parent: in, Role: page.RoleList, Ordered: true})
	for i := range 3 {
		item := b.element(page.Element{Parent: list, Role: page.RoleItem})
		label := b.element(page.Element{Parent: item, Role: page.RoleLabel})
		body := b.element(page.Element{Parent: item, Role: page.RoleBody})
		b.line(page.SansBold, fmt.Sprintf("%d.", i+1), label)
		b.put(70, page.Sans, "cosa da fare", body)
	}
}

func (b *builder) table(in int) {
	table := b.element(page.Element{Parent: in, Role: page.RoleTable})
	b.line(page.SansItalic, "I costi", b.element(page.Element{Parent: table, Role: page.RoleCaption}))
	head := b.element(page.Element{Parent: table, Role: page.RoleHead})
	rows := b.element(page.Element{Parent: table, Role: page.RoleRows})
	b.y += 16
	row := b.element(page.Element{Parent: head, Role: page.RoleRow})
	for i, text := range []string{"Voce", "Euro", ""} {
		c := b.element(page.Element{Parent: row, Role: page.RoleHeadCell, Scope: page.ScopeColumn})
		if text != "" {
			b.put(50+100*float64(i), page.SansBold, text, c)
		}
	}
	b.y += 16
	row = b.element(page.Element{Parent: rows, Role: page.RoleRow})
	b.put(50, page.SansBold, "Bollo", b.element(page.Element{Parent: row, Role: page.RoleHeadCell, Scope: page.ScopeRow}))
	b.put(150, page.Mono, "16,00 €", b.element(page.Element{Parent: row, Role: page.RoleCell}))
	b.element(page.Element{Parent: row, Role: page.RoleCell})
	b.y += 16
	row = b.element(page.Element{Parent: rows, Role: page.RoleRow})
	b.put(50, page.SansBold, "Totale", b.element(page.Element{Parent: row, Role: page.RoleHeadCell, Scope: page.ScopeRow}))
	b.put(150, page.Mono, "16,00 €", b.element(page.Element{Parent: row, Role: page.RoleCell, Columns: 2}))
}

func (b *builder) pictures(in int) {
	b.y += 30
	figure := func(alt string) int { return b.element(page.Element{Parent: in, Role: page.RoleFigure, Alt: alt}) }
	b.mark(page.Picture{X: 50, Y: b.y, W: 40, H: 40, Data: logo(b.tb), Of: figure("Lo stemma")})
	b.mark(page.Picture{X: 100, Y: b.y, W: 40, H: 40, Data: photo(b.tb, false), Of: figure("Una foto")})
	b.mark(page.Picture{X: 150, Y: b.y, W: 40, H: 40, Data: logo(b.tb), Of: page.Decoration})
	code, err := qr.Encode(publicURL, qr.M)
	if err != nil {
		b.tb.Fatal(err)
	}
	modules := make([][]bool, code.Size)
	for y := range modules {
		modules[y] = make([]bool, code.Size)
		for x := range modules[y] {
			modules[y][x] = code.Black(x, y)
		}
	}
	b.mark(page.Code{X: 250, Y: b.y, Size: 70, Modules: modules, Of: figure("Codice QR della pagina " + publicURL)})
	chart := figure("Le visite crescono – da 1 a 3")
	b.mark(page.Path{Points: []page.Point{{X: 350, Y: b.y + 40}, {X: 380, Y: b.y}, {X: 410, Y: b.y + 40}}, Closed: true, Filled: true, Fill: 0xFFCC00, Width: 1, Colour: 0x112233, Of: chart})
	b.mark(page.Path{Points: []page.Point{{X: 350, Y: b.y + 10}, {X: 380, Y: b.y + 30}, {X: 410, Y: b.y + 10}}, Width: 1.5, Colour: 0x990000, Of: chart})
	b.mark(page.Run{X: 360, Y: b.y + 55, Width: b.width(page.Sans, 8, "gennaio"), Face: page.Sans, Size: 8, Text: "gennaio", Of: chart})
	b.y += 80
}

// logo is a PNG with see-through parts.
func logo(tb testing.TB) []byte {
	tb.Helper()
	m := image.NewNRGBA(image.Rect(0, 0, 16, 16))
	for i := range 16 {
		for k := range i {
			m.Set(i, k, color.NRGBA{R: 200, G: uint8(i * 10), B: 40, A: uint8(k * 16)})
		}
	}
	var b bytes.Buffer
	if err := png.Encode(&b, m); err != nil {
		tb.Fatal(err)
	}
	return b.Bytes()
}

func photo(tb testing.TB, grey bool) []byte {
	tb.Helper()
	var m image.Image = image.NewYCbCr(image.Rect(0, 0, 32, 32), image.YCbCrSubsampleRatio420)
	if grey {
		m = image.NewGray(m.Bounds())
	}
	var b bytes.Buffer
	if err := jpeg.Encode(&b, m, nil); err != nil {
		tb.Fatal(err)
	}
	return b.Bytes()
}
