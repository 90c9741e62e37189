package widgets

import (
	"sort"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/widget"

	"polis/ui/theme"
)

// Piece is a part of a Reader's column. Only pieces in sight have an object.
type Piece interface {
	Flowing
	// Object returns what is drawn; the same one until Drop.
	Object() fyne.CanvasObject
	// Sight tells which stretch of the piece, from its top, is in sight.
	Sight(from, to float32)
	// Drop forgets the object.
	Drop()
}

// Placed is a piece with the room above it and at its left, in steps of 4.
type Placed struct {
	Piece
	Above, Indent float32
}

// Whole makes a piece of an object.
func Whole(o fyne.CanvasObject) Piece { return whole{o} }

type whole struct{ o fyne.CanvasObject }

func (w whole) HeightFor(width float32) float32 { return HeightFor(w.o, width) }
func (w whole) Object() fyne.CanvasObject       { return w.o }
func (w whole) Sight(float32, float32)          {}
func (w whole) Drop()                           {}

// Reader is a column of pieces to scroll through. It draws what is in sight
// and a little more, so that the longest text shows at once.
type Reader struct {
	widget.BaseWidget
	// MaxWidth bounds the width of the column at 100 %; 0 does not.
	MaxWidth float32
	// OnLayout is told when the pieces got their places.
	OnLayout func()

	scroll  *container.Scroll
	column  *column
	ring    *canvas.Rectangle
	focused bool
	barRoom float32
}

// NewReader returns an empty reader.
func NewReader() *Reader {
	r := &Reader{column: &column{}, ring: newRing(0), barRoom: 14}
	r.column.ExtendBaseWidget(r.column)
	r.scroll = container.NewVScroll(r.column)
	r.scroll.OnScrolled = func(fyne.Position) { r.look(false) }
	r.ExtendBaseWidget(r)
	return r
}

// Set replaces the pieces and goes to the top.
func (r *Reader) Set(pieces []Placed) {
	r.put(pieces)
	r.scroll.ScrollToOffset(fyne.Position{})
	r.settle()
}

// Swap replaces the pieces and stays where it is.
func (r *Reader) Swap(pieces []Placed) {
	r.put(pieces)
	r.settle()
}

// The text of a Headed starts headLeft from the edge, and so does its head,
// which brings that room along. Inside the reader the head moves out by it,
// but for the room of a focused button's ring.
const (
	headLeft   = 4
	leadIndent = 0.75 - headLeft
)

// SetLead puts a piece before all others, nil takes it away.
func (r *Reader) SetLead(p Piece) {
	if r.column.lead {
		r.column.pieces = r.column.pieces[1:]
	}
	if r.column.lead = p != nil; r.column.lead {
		r.column.pieces = append([]Placed{{Piece: p, Indent: leadIndent}}, r.column.pieces...)
	}
	r.Relayout()
}

func (r *Reader) put(pieces []Placed) {
	for _, p := range r.column.pieces {
		p.Drop()
	}
	if r.column.lead && len(r.column.pieces) > 0 {
		pieces = append([]Placed{r.column.pieces[0]}, pieces...)
	}
	r.column.pieces, r.column.width = pieces, -1
}

// Relayout gives the pieces their places anew; their heights have changed.
func (r *Reader) Relayout() {
	r.column.width = -1
	r.settle()
}

func (r *Reader) settle() {
	if size := r.Size(); size.Width > 0 {
		r.arrange(size)
		r.scroll.Refresh()
		r.look(true)
	}
}

func (r *Reader) arrange(size fyne.Size) {
	width := size.Width - theme.Current().Px(r.barRoom)
	if r.MaxWidth > 0 {
		width = min(width, theme.Current().Px(r.MaxWidth))
	}
	if r.column.arrange(width) && r.OnLayout != nil {
		r.OnLayout()
	}
}

// look shows the pieces that are in sight.
func (r *Reader) look(force bool) {
	h := r.scroll.Size().Height
	r.column.look(r.scroll.Offset.Y, r.scroll.Offset.Y+h, force)
}

// Offset returns how far it is scrolled.
func (r *Reader) Offset() float32 { return r.scroll.Offset.Y }

// Total returns the height of the whole column.
func (r *Reader) Total() float32 { return r.column.total }

// ScrollTo goes to an offset from the top.
func (r *Reader) ScrollTo(y float32) {
	y = max(min(y, r.column.total-r.scroll.Size().Height), 0)
	r.scroll.ScrollToOffset(fyne.NewPos(0, y))
	r.look(false)
}

// ScrollPage goes a page down (1) or up (-1).
func (r *Reader) ScrollPage(pages float32) {
	r.ScrollTo(r.Offset() + pages*max(r.scroll.Size().Height-Space(10), Space(10)))
}

// Reveal scrolls just so far that a piece is in sight.
func (r *Reader) Reveal(i int) {
	if i < 0 || i >= len(r.column.tops) {
		return
	}
	top, h := r.column.tops[i], r.column.heights[i]
	view := r.scroll.Size().Height
	switch {
	case top < r.Offset():
		r.ScrollTo(top)
	case top+h > r.Offset()+view:
		r.ScrollTo(top + h - view)
	}
}

// InSight reports whether a part of a piece is in sight.
func (r *Reader) InSight(i int) bool {
	if i < 0 || i >= len(r.column.tops) {
		return false
	}
	top := r.column.tops[i]
	return top < r.Offset()+r.scroll.Size().Height && top+r.column.heights[i] > r.Offset()
}

// RevealObject brings an object in sight: a piece, or something within one.
// The neighbours of a piece are drawn too, so that Tab finds them.
func (r *Reader) RevealObject(o fyne.CanvasObject) {
	for i, p := range r.column.pieces {
		if w, ok := p.Piece.(whole); ok && w.o == o {
			r.Reveal(i)
			r.look(true)
			return
		}
	}
	d := fyne.CurrentApp().Driver()
	if d.CanvasForObject(o) == nil { // not drawn yet
		return
	}
	top := d.AbsolutePositionForObject(o).Y - d.AbsolutePositionForObject(r.column).Y - Space(2)
	bottom := top + o.Size().Height + Space(4)
	switch view := r.scroll.Size().Height; {
	case top < r.scroll.Offset.Y, bottom-top > view:
		r.ScrollTo(top)
	case bottom > r.scroll.Offset.Y+view:
		r.ScrollTo(bottom - view)
	}
}

// Scrolled hands on what a part of the column does not scroll itself.
func (r *Reader) Scrolled(e *fyne.ScrollEvent) { r.scroll.Scrolled(e) }

// MinSize implements fyne.CanvasObject.
func (r *Reader) MinSize() fyne.Size { return fyne.NewSize(Space(20), Space(10)) }

// CreateRenderer implements fyne.Widget.
func (r *Reader) CreateRenderer() fyne.WidgetRenderer {
	return &drawn{
		objects: []fyne.CanvasObject{r.scroll, r.ring},
		min:     r.MinSize,
		layout: func(s fyne.Size) {
			r.arrange(s)
			Place(r.scroll, 0, 0, s.Width, s.Height)
			Place(r.ring, 0, 0, s.Width, s.Height)
			r.scroll.Refresh()
			r.look(true)
		},
		refresh: func() { SetVisible(r.ring, r.focused) },
	}
}

// column draws the pieces in sight.
type column struct {
	widget.BaseWidget
	pieces        []Placed
	lead          bool // the first piece is the lead
	tops, heights []float32
	width, total  float32
	drawnFrom     float32
	drawnTo       float32
	first, last   int // the pieces that have objects
	objects       []fyne.CanvasObject
}

// arrange finds the place of every piece; it reports whether it had to.
func (c *column) arrange(width float32) bool {
	if c.width == width {
		return false
	}
	c.width = width
	c.tops, c.heights = c.tops[:0], c.heights[:0]
	y := float32(0)
	for _, p := range c.pieces {
		y += Space(p.Above)
		h := p.HeightFor(max(width-Space(p.Indent), Space(5)))
		c.tops, c.heights = append(c.tops, y), append(c.heights, h)
		y += h
	}
	c.total = y
	return true
}

// look draws the pieces between two heights, and some room around them so
// that scrolling a little needs nothing new.
func (c *column) look(from, to float32, force bool) {
	if !force && from >= c.drawnFrom && to <= c.drawnTo {
		return
	}
	if len(c.tops) != len(c.pieces) {
		return
	}
	margin := (to - from) / 2
	c.drawnFrom, c.drawnTo = from-margin, to+margin
	first := sort.Search(len(c.pieces), func(i int) bool { return c.tops[i]+c.heights[i] >= c.drawnFrom })
	last := sort.Search(len(c.pieces), func(i int) bool { return c.tops[i] > c.drawnTo })
	for i := c.first; i < c.last && i < len(c.pieces); i++ {
		if i < first || i >= last {
			c.pieces[i].Drop()
		}
	}
	c.first, c.last = first, last
	c.objects = make([]fyne.CanvasObject, 0, last-first)
	for i := first; i < last; i++ {
		p := c.pieces[i]
		o := p.Object()
		x := Space(p.Indent)
		Place(o, x, c.tops[i], max(c.width-x, Space(5)), c.heights[i])
		p.Sight(c.drawnFrom-c.tops[i], c.drawnTo-c.tops[i])
		c.objects = append(c.objects, o)
	}
	canvas.Refresh(c)
}

// MinSize implements fyne.CanvasObject.
func (c *column) MinSize() fyne.Size { return fyne.NewSize(1, c.total) }

// CreateRenderer implements fyne.Widget.
func (c *column) CreateRenderer() fyne.WidgetRenderer { return &columnRenderer{c} }

type columnRenderer struct{ c *column }

func (r *columnRenderer) Layout(fyne.Size)             {}
func (r *columnRenderer) MinSize() fyne.Size           { return r.c.MinSize() }
func (r *columnRenderer) Refresh()                     { canvas.Refresh(r.c) }
func (r *columnRenderer) Objects() []fyne.CanvasObject { return r.c.objects }
func (r *columnRenderer) Destroy()                     {}

// Headed shows a head above a reader. Where the head would take more than
// half of the height it scrolls with the text instead; build makes it, once
// for each of the two places.
type Headed struct {
	widget.BaseWidget
	reader *Reader
	build  func() fyne.CanvasObject
	head   *fyne.Container
	inside bool
}

// NewHeaded returns a reader with a head.
func NewHeaded(r *Reader, build func() fyne.CanvasObject) *Headed {
	h := &Headed{reader: r, build: build, head: Stack(0)}
	h.ExtendBaseWidget(h)
	return h
}

// Renew makes the head anew.
func (h *Headed) Renew() {
	h.head.Objects = []fyne.CanvasObject{h.build()}
	h.inside = false
	h.reader.SetLead(nil)
	h.arrange(h.Size())
}

func (h *Headed) arrange(s fyne.Size) {
	if s.Width <= 0 {
		return
	}
	high := HeightFor(h.head, s.Width)
	if inside := high > s.Height/2; inside != h.inside {
		h.inside = inside
		if inside {
			h.reader.SetLead(Whole(h.build()))
		} else {
			h.reader.SetLead(nil)
		}
	}
	SetVisible(h.head, !h.inside)
	if h.inside {
		high = 0
	}
	left := Space(headLeft)
	Place(h.head, 0, 0, s.Width, high)
	Place(h.reader, left, high, s.Width-left-Space(1), s.Height-high)
	canvas.Refresh(h)
}

// MinSize implements fyne.CanvasObject.
func (h *Headed) MinSize() fyne.Size { return h.reader.MinSize() }

// CreateRenderer implements fyne.Widget.
func (h *Headed) CreateRenderer() fyne.WidgetRenderer {
	return &drawn{
		objects: []fyne.CanvasObject{h.head, h.reader},
		min:     h.MinSize,
		layout:  h.arrange,
		refresh: func() { h.arrange(h.Size()) },
	}
}

// Middle keeps a reader in a column of a width (at 100 %), with at least a
// margin at both sides, and a little above the middle of a high window.
func Middle(width, margin float32, r *Reader) *fyne.Container {
	return container.New(middleLayout{width, margin, r}, r)
}

type middleLayout struct {
	width, margin float32
	reader        *Reader
}

func (l middleLayout) Layout(_ []fyne.CanvasObject, s fyne.Size) {
	w := min(s.Width-2*l.margin, theme.Current().Px(l.width))
	Place(l.reader, (s.Width-w)/2, 0, w, s.Height) // so that it knows how high it is
	top := max((s.Height-l.reader.Total())*0.35, 0)
	Place(l.reader, (s.Width-w)/2, top, w, s.Height-top)
}

func (middleLayout) MinSize([]fyne.CanvasObject) fyne.Size { return fyne.Size{} }
