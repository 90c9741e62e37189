package widgets

import (
	"sort"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/widget"

	"polis/app/page"
	"polis/ui/theme"
)

// tablePiece is a table of a text: cells wrap; a table that is wider than
// the column scrolls sideways.
type tablePiece struct {
	cells  [][]*paragraph // the head first
	align  [][]page.Align
	head   bool
	onLink func(string)
	wheel  func(*fyne.ScrollEvent)

	given  float32   // the width it was laid out for
	widths []float32 // of the columns
	tops   []float32 // of the rows, and the end
	total  float32   // width
	view   *tableView
	side   *sideways
}

// Bounds of a column at 100 %.
const (
	cellPadX, cellPadY = 8, 5
	widestColumn       = 300
	narrowestColumn    = 40
	endlessWord        = 180 // a longer word is broken
)

func newTablePiece(b page.Block, s ProseStyle) *tablePiece {
	t := &tablePiece{onLink: s.OnLink, wheel: s.OnWheel, given: -1}
	th := theme.Current()
	size := th.Body() * 0.94
	add := func(row []page.Cell, bold bool) {
		cells, align := make([]*paragraph, len(row)), make([]page.Align, len(row))
		for i, c := range row {
			cells[i], align[i] = newParagraph(Runs(c.Inlines, s.Mark), size, bold), c.Align
		}
		t.cells, t.align = append(t.cells, cells), append(t.align, align)
	}
	for _, c := range b.Head {
		t.head = t.head || len(c.Inlines) > 0
	}
	if t.head {
		add(b.Head, true)
	}
	for _, r := range b.Rows {
		add(r, false)
	}
	return t
}

// HeightFor implements Flowing.
func (t *tablePiece) HeightFor(width float32) float32 {
	if t.given != width {
		t.given = width
		t.measure(width)
		t.layRows()
	}
	h := float32(0)
	if len(t.tops) > 0 {
		h = t.tops[len(t.tops)-1]
	}
	if t.total > width+0.5 {
		h += theme.Current().Px(14) // the bar
	}
	return h
}

// measure chooses the widths of the columns.
func (t *tablePiece) measure(width float32) {
	th := theme.Current()
	var least, most []float32
	for _, row := range t.cells {
		for i, c := range row {
			if i == len(least) {
				least, most = append(least, th.Px(narrowestColumn)), append(most, th.Px(narrowestColumn))
			}
			pad := 2*th.Px(cellPadX) + 2
			least[i] = max(least[i], min(c.widestWord(), th.Px(endlessWord))+pad)
			most[i] = max(most[i], min(c.natural(), 4*th.Px(widestColumn))+pad)
		}
	}
	t.widths = make([]float32, len(least))
	leastSum, mostSum := sum(least), sum(most)
	switch {
	case mostSum <= width:
		copy(t.widths, most)
	case leastSum <= width:
		for i := range t.widths {
			t.widths[i] = least[i] + (most[i]-least[i])*(width-leastSum)/(mostSum-leastSum)
		}
	default: // readable cells, and the whole goes sideways
		for i := range t.widths {
			t.widths[i] = max(least[i], min(most[i], th.Px(widestColumn)/1.6))
		}
	}
	t.total = sum(t.widths)
}

func sum(v []float32) float32 {
	s := float32(0)
	for _, x := range v {
		s += x
	}
	return s
}

func (t *tablePiece) layRows() {
	th := theme.Current()
	y := float32(0)
	t.tops = append(t.tops[:0], 0)
	for _, row := range t.cells {
		high := float32(0)
		for i, c := range row {
			c.layOut(t.widths[i]-2*th.Px(cellPadX), 0)
			high = max(high, c.height())
		}
		y += high + 2*th.Px(cellPadY)
		t.tops = append(t.tops, y)
	}
}

// Object implements Piece.
func (t *tablePiece) Object() fyne.CanvasObject {
	if t.view == nil {
		t.view = &tableView{t: t}
		t.view.ExtendBaseWidget(t.view)
		t.side = newSideways(t.view, t.wheel)
	}
	if t.total > t.given+0.5 {
		return t.side
	}
	return t.view
}

// Sight implements Piece.
func (t *tablePiece) Sight(from, to float32) {
	if t.view != nil && (t.view.from != from || t.view.to != to) {
		t.view.from, t.view.to = from, to
		t.view.Refresh()
	}
}

// Drop implements Piece.
func (t *tablePiece) Drop() { t.view, t.side = nil, nil }

type tableView struct {
	widget.BaseWidget
	t        *tablePiece
	from, to float32
	ink      pen
}

// MinSize implements fyne.CanvasObject.
func (v *tableView) MinSize() fyne.Size {
	h := float32(0)
	if n := len(v.t.tops); n > 0 {
		h = v.t.tops[n-1]
	}
	return fyne.NewSize(v.t.total, h)
}

// Tapped implements fyne.Tappable.
func (v *tableView) Tapped(e *fyne.PointEvent) {
	for _, l := range v.ink.links {
		d := e.Position.Subtract(l.pos)
		if d.X >= 0 && d.Y >= 0 && d.X <= l.size.Width && d.Y <= l.size.Height && v.t.onLink != nil {
			v.t.onLink(l.url)
			return
		}
	}
}

func (v *tableView) draw() []fyne.CanvasObject {
	t, th := v.t, theme.Current()
	k := th.Tokens()
	v.ink.begin()
	if len(t.tops) == 0 {
		return nil
	}
	first := max(sort.Search(len(t.tops), func(i int) bool { return t.tops[i] > v.from })-1, 0)
	line := max(th.Px(1), 1)
	for r := first; r < len(t.cells) && t.tops[r] <= v.to; r++ {
		top, bottom := t.tops[r], t.tops[r+1]
		if t.head && r == 0 {
			v.ink.rect(0, top, t.total, bottom-top, k.Quiet, 0)
		}
		v.ink.rect(0, bottom-line, t.total, line, k.Line, 0)
		x := float32(0)
		for i, c := range t.cells[r] {
			v.cell(c, t.align[r][i], x, top, t.widths[i])
			x += t.widths[i]
		}
	}
	return v.ink.objects()
}

func (v *tableView) cell(c *paragraph, a page.Align, x, top, width float32) {
	th := theme.Current()
	ink := th.Tokens().Text
	left, y := x+th.Px(cellPadX), top+th.Px(cellPadY)
	room := width - 2*th.Px(cellPadX)
	for i, l := range c.lines {
		at := left
		if a != page.Left {
			free := room - c.measure(th, l.start, l.end)
			if a == page.Center {
				free /= 2
			}
			at += max(free, 0)
		}
		v.ink.line(c, l, at, y+float32(i)*c.high, ink)
	}
}

// CreateRenderer implements fyne.Widget.
func (v *tableView) CreateRenderer() fyne.WidgetRenderer {
	d := &drawn{min: v.MinSize}
	d.refresh = func() {
		d.objects = v.draw()
		canvas.Refresh(v)
	}
	d.objects = v.draw()
	return d
}

// sideways scrolls to the side; with the focus, by arrows left and right.
type sideways struct {
	widget.BaseWidget
	scroll  *sideScroll
	ring    *canvas.Rectangle
	focused bool
}

func newSideways(content fyne.CanvasObject, wheel func(*fyne.ScrollEvent)) *sideways {
	inner := &sideScroll{wheel: wheel}
	inner.Direction, inner.Content = container.ScrollHorizontalOnly, content
	inner.ExtendBaseWidget(inner)
	s := &sideways{scroll: inner, ring: newRing(0)}
	s.ExtendBaseWidget(s)
	return s
}

// sideScroll leaves the wheel to the column around it.
type sideScroll struct {
	container.Scroll
	wheel func(*fyne.ScrollEvent)
}

// Around tells the sweep for cut texts what scrolls.
func (s *sideScroll) Around() *container.Scroll { return &s.Scroll }

// Scrolled implements fyne.Scrollable.
func (s *sideScroll) Scrolled(e *fyne.ScrollEvent) {
	if e.Scrolled.DX != 0 {
		s.Scroll.Scrolled(&fyne.ScrollEvent{PointEvent: e.PointEvent, Scrolled: fyne.Delta{DX: e.Scrolled.DX}})
		return
	}
	if s.wheel != nil {
		s.wheel(e)
	}
}

// FocusGained implements fyne.Focusable.
func (s *sideways) FocusGained() { s.focused = true; s.Refresh() }

// FocusLost implements fyne.Focusable.
func (s *sideways) FocusLost() { s.focused = false; s.Refresh() }

// TypedRune implements fyne.Focusable.
func (s *sideways) TypedRune(r rune) { forwardRune(s, r) }

// TypedShortcut implements fyne.Shortcutable.
func (s *sideways) TypedShortcut(sc fyne.Shortcut) { forwardShortcut(s, sc) }

// TypedKey implements fyne.Focusable.
func (s *sideways) TypedKey(e *fyne.KeyEvent) {
	step := float32(0)
	switch e.Name {
	case fyne.KeyLeft:
		step = Space(15)
	case fyne.KeyRight:
		step = -Space(15)
	default:
		forwardKey(s, e)
		return
	}
	s.scroll.Scrolled(&fyne.ScrollEvent{Scrolled: fyne.Delta{DX: step}})
}

// CreateRenderer implements fyne.Widget.
func (s *sideways) CreateRenderer() fyne.WidgetRenderer {
	return &drawn{
		objects: []fyne.CanvasObject{s.scroll, s.ring},
		layout: func(size fyne.Size) {
			Place(s.scroll, 0, 0, size.Width, size.Height)
			Place(s.ring, 0, 0, size.Width, size.Height)
		},
		refresh: func() { SetVisible(s.ring, s.focused) },
	}
}
