package widgets

import (
	"strconv"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"
	"fyne.io/fyne/v2/driver/desktop"
	"fyne.io/fyne/v2/widget"

	"polis/app/page"
	"polis/ui/theme"
)

// ProseStyle is how blocks of text are shown.
type ProseStyle struct {
	// Mark splits a stretch of text into runs, marking what was searched for;
	// nil marks nothing.
	Mark func(text string) []Run
	// OnLink is told which address was clicked.
	OnLink func(url string)
	// OnWheel takes the wheel over a table that scrolls sideways: Scrolled of
	// the Reader around it.
	OnWheel func(*fyne.ScrollEvent)
	Small   bool
}

// Prose makes the pieces of blocks: each paragraph, item and table on its
// own, so that a long text costs only what is in sight.
func Prose(blocks []page.Block, s ProseStyle) []Placed {
	b := &proseBuilder{style: s}
	b.blocks(blocks, 0, 0)
	return b.out
}

type proseBuilder struct {
	style ProseStyle
	out   []Placed
}

const (
	betweenBlocks = 2.0 // steps of 4
	betweenItems  = 0.75
	listIndent    = 5.5
)

func (b *proseBuilder) add(p Piece, above, indent float32) {
	if len(b.out) == 0 {
		above = 0
	}
	b.out = append(b.out, Placed{Piece: p, Above: above, Indent: indent})
}

func (b *proseBuilder) blocks(blocks []page.Block, indent, firstGap float32) {
	for i, bl := range blocks {
		gap := float32(betweenBlocks)
		if i == 0 {
			gap = firstGap
		}
		switch bl.Kind {
		case page.Paragraph:
			b.add(b.text(bl.Inlines, Body), gap, indent)
		case page.Heading:
			b.add(b.text(bl.Inlines, Heading), gap+1, indent)
		case page.List:
			b.list(bl, indent, gap)
		case page.Table:
			b.add(newTablePiece(bl, b.style), gap+0.5, indent)
		case page.Rule:
			b.add(Whole(Line()), gap+1, indent)
		}
	}
}

func (b *proseBuilder) list(l page.Block, indent, gap float32) {
	for i, item := range l.Items {
		marker := "•"
		if l.Ordered {
			marker = strconv.Itoa(max(l.Start, 1)+i) + "."
		}
		rest := item
		var first []page.Inline
		if len(item) > 0 && item[0].Kind == page.Paragraph {
			first, rest = item[0].Inlines, item[1:]
		}
		p := b.text(first, Body)
		p.marker, p.strongMarker = marker, l.Ordered
		b.add(p, gap, indent+listIndent)
		b.blocks(rest, indent+listIndent, betweenItems)
		gap = betweenItems
	}
}

func (b *proseBuilder) text(in []page.Inline, role Role) *prosePiece {
	if b.style.Small && role == Body {
		role = Secondary
	}
	return &prosePiece{runs: Runs(in, b.style.Mark), role: role, onLink: b.style.OnLink}
}

// Runs turns inlines of a page into runs, marked when mark is given.
func Runs(in []page.Inline, mark func(string) []Run) []Run {
	out := make([]Run, 0, len(in))
	for _, i := range in {
		r := Run{Text: i.Text, Bold: i.Bold, Italic: i.Italic, URL: i.URL, Break: i.Break}
		if mark == nil || i.Break {
			out = append(out, r)
			continue
		}
		for _, m := range mark(i.Text) {
			r.Text, r.Mark = m.Text, m.Mark
			out = append(out, r)
		}
	}
	return out
}

// prosePiece is a paragraph, with the marker of its list item when it has
// one (drawn at its left, in the indent).
type prosePiece struct {
	runs         []Run
	role         Role
	marker       string
	strongMarker bool
	onLink       func(string)

	para *paragraph
	view *proseView
}

func (p *prosePiece) paragraph() *paragraph {
	if p.para == nil {
		p.para = newParagraph(p.runs, p.role.size(theme.Current()), p.role.bold())
	}
	return p.para
}

// HeightFor implements Flowing.
func (p *prosePiece) HeightFor(width float32) float32 {
	para := p.paragraph()
	para.layOut(width, 0)
	return max(para.height(), para.high)
}

// Object implements Piece.
func (p *prosePiece) Object() fyne.CanvasObject {
	if p.view == nil {
		p.view = &proseView{p: p}
		p.view.ExtendBaseWidget(p.view)
	}
	return p.view
}

// Sight implements Piece.
func (p *prosePiece) Sight(from, to float32) {
	if p.view != nil && (p.view.from != from || p.view.to != to) {
		p.view.from, p.view.to = from, to
		p.view.Refresh()
	}
}

// Drop implements Piece.
func (p *prosePiece) Drop() { p.view = nil }

type proseView struct {
	widget.BaseWidget
	p        *prosePiece
	from, to float32
	ink      pen
	overLink bool
}

func (v *proseView) linkAt(at fyne.Position) string {
	for _, l := range v.ink.links {
		if at.X >= l.pos.X && at.X <= l.pos.X+l.size.Width && at.Y >= l.pos.Y && at.Y <= l.pos.Y+l.size.Height {
			return l.url
		}
	}
	return ""
}

// Tapped implements fyne.Tappable.
func (v *proseView) Tapped(e *fyne.PointEvent) {
	if url := v.linkAt(e.Position); url != "" && v.p.onLink != nil {
		v.p.onLink(url)
	}
}

// MouseIn implements desktop.Hoverable.
func (v *proseView) MouseIn(e *desktop.MouseEvent) { v.overLink = v.linkAt(e.Position) != "" }

// MouseMoved implements desktop.Hoverable.
func (v *proseView) MouseMoved(e *desktop.MouseEvent) { v.overLink = v.linkAt(e.Position) != "" }

// MouseOut implements desktop.Hoverable.
func (v *proseView) MouseOut() { v.overLink = false }

// Cursor implements desktop.Cursorable.
func (v *proseView) Cursor() desktop.Cursor {
	if v.overLink {
		return desktop.PointerCursor
	}
	return desktop.DefaultCursor
}

// CreateRenderer implements fyne.Widget.
func (v *proseView) CreateRenderer() fyne.WidgetRenderer {
	d := &drawn{}
	draw := func() {
		para, th := v.p.paragraph(), theme.Current()
		ink := v.p.role.ink(th.Tokens())
		v.ink.begin()
		if v.p.marker != "" && v.from <= para.high {
			style := fyne.TextStyle{Bold: v.p.strongMarker}
			w := fyne.MeasureText(v.p.marker, para.size, style).Width
			v.ink.text(v.p.marker, -th.Px(7)-w, 0, para.size, style, ink)
		}
		v.ink.paragraph(para, 0, 0, v.from, v.to, ink)
		d.objects = v.ink.objects()
	}
	d.layout = func(fyne.Size) { draw() }
	d.refresh = func() {
		draw()
		canvas.Refresh(v)
	}
	draw()
	return d
}

// NewLinked returns a text whose links can be clicked.
func NewLinked(role Role, runs []Run, onLink func(url string)) fyne.CanvasObject {
	p := &prosePiece{runs: runs, role: role, onLink: onLink}
	o := p.Object()
	p.Sight(0, 1<<30)
	return o
}

// HeightFor implements Flowing.
func (v *proseView) HeightFor(width float32) float32 { return v.p.HeightFor(width) }
