package widgets

import (
	"image/color"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"
	"fyne.io/fyne/v2/driver/desktop"
	"fyne.io/fyne/v2/widget"

	"polis/ui/theme"
)

// Rows is a list in which one row is chosen. It can have the focus, but the
// arrows belong to the window: they choose from everywhere.
type Rows struct {
	widget.BaseWidget
	// OnPress is told which row was clicked.
	OnPress func(i int)

	reader *Reader
	rows   []*row
	pieces []span // of each row in the reader
	chosen int
	ring   *canvas.Rectangle
}

// span is where a row stands in the reader: its own piece, and the heading
// above it or again its own.
type span struct{ top, own int }

// NewRows returns an empty list.
func NewRows() *Rows {
	r := &Rows{reader: NewReader(), chosen: -1, ring: newRing(0)}
	r.reader.barRoom = 0
	r.ExtendBaseWidget(r)
	return r
}

// Set shows other rows and chooses one; -1 chooses none.
func (r *Rows) Set(contents []fyne.CanvasObject, chosen int) { r.SetHeaded(contents, nil, chosen) }

// SetHeaded shows other rows, some of them with a heading above.
func (r *Rows) SetHeaded(contents []fyne.CanvasObject, headings map[int]fyne.CanvasObject, chosen int) {
	r.reader.Set(r.fill(contents, headings, chosen))
	r.reveal()
}

// Swap shows the rows as they are now, under the hands of who is choosing
// among them: it stays where it is scrolled to, and a chosen row that was in
// sight stays in sight.
func (r *Rows) Swap(contents []fyne.CanvasObject, headings map[int]fyne.CanvasObject, chosen int) {
	seen := r.chosen >= 0 && r.reader.InSight(r.pieces[r.chosen].own)
	r.reader.Swap(r.fill(contents, headings, chosen))
	r.reader.ScrollTo(r.reader.Offset()) // there may be fewer
	if seen {
		r.reveal()
	}
}

// fill makes the rows and the pieces of the reader.
func (r *Rows) fill(contents []fyne.CanvasObject, headings map[int]fyne.CanvasObject, chosen int) []Placed {
	r.rows = make([]*row, len(contents))
	r.pieces = make([]span, len(contents))
	pieces := make([]Placed, 0, len(contents)+len(headings))
	for i, c := range contents {
		r.pieces[i].top = len(pieces)
		if h := headings[i]; h != nil {
			pieces = append(pieces, Placed{Piece: Whole(h)})
		}
		r.pieces[i].own = len(pieces)
		r.rows[i] = newRow(r, i, c)
		pieces = append(pieces, Placed{Piece: Whole(r.rows[i])})
	}
	r.chosen = min(chosen, len(contents)-1)
	return pieces
}

// reveal brings the chosen row in sight.
func (r *Rows) reveal() {
	if r.chosen >= 0 {
		r.reader.Reveal(r.pieces[r.chosen].top)
		r.reader.Reveal(r.pieces[r.chosen].own)
	}
}

// Len returns the number of rows.
func (r *Rows) Len() int { return len(r.rows) }

// Chosen returns the chosen row, -1 for none.
func (r *Rows) Chosen() int { return r.chosen }

// Choose chooses a row, the nearest when there is none of that number, and
// brings it in sight.
func (r *Rows) Choose(i int) {
	if len(r.rows) == 0 {
		return
	}
	i = min(max(i, 0), len(r.rows)-1)
	old := r.chosen
	r.chosen = i
	if old >= 0 && old < len(r.rows) {
		r.rows[old].Refresh()
	}
	r.rows[i].Refresh()
	r.reveal()
}

// FocusGained implements fyne.Focusable.
func (r *Rows) FocusGained() { r.ring.Show() }

// FocusLost implements fyne.Focusable.
func (r *Rows) FocusLost() { r.ring.Hide() }

// TypedRune implements fyne.Focusable.
func (r *Rows) TypedRune(c rune) { forwardRune(r, c) }

// TypedKey implements fyne.Focusable.
func (r *Rows) TypedKey(e *fyne.KeyEvent) { forwardKey(r, e) }

// TypedShortcut implements fyne.Shortcutable.
func (r *Rows) TypedShortcut(s fyne.Shortcut) { forwardShortcut(r, s) }

// MinSize implements fyne.CanvasObject.
func (r *Rows) MinSize() fyne.Size { return r.reader.MinSize() }

// CreateRenderer implements fyne.Widget.
func (r *Rows) CreateRenderer() fyne.WidgetRenderer {
	return &drawn{
		objects: []fyne.CanvasObject{r.reader, r.ring},
		min:     r.MinSize,
		layout: func(s fyne.Size) {
			Place(r.reader, 0, 0, s.Width, s.Height)
			Place(r.ring, 1, 0, s.Width-2, s.Height-1)
		},
	}
}

// row is what surrounds a row's content: bed, bar at the left, line below.
type row struct {
	widget.BaseWidget
	list    *Rows
	i       int
	content fyne.CanvasObject
	hovered bool
}

func newRow(list *Rows, i int, content fyne.CanvasObject) *row {
	r := &row{list: list, i: i, content: Pad(2.5, 3, 2.5, 4, content)}
	r.ExtendBaseWidget(r)
	return r
}

// Tapped implements fyne.Tappable.
func (r *row) Tapped(*fyne.PointEvent) {
	r.list.Choose(r.i)
	if r.list.OnPress != nil {
		r.list.OnPress(r.i)
	}
}

// MouseIn implements desktop.Hoverable.
func (r *row) MouseIn(*desktop.MouseEvent) { r.hovered = true; r.Refresh() }

// MouseMoved implements desktop.Hoverable.
func (r *row) MouseMoved(*desktop.MouseEvent) {}

// MouseOut implements desktop.Hoverable.
func (r *row) MouseOut() { r.hovered = false; r.Refresh() }

// Cursor implements desktop.Cursorable.
func (r *row) Cursor() desktop.Cursor { return desktop.PointerCursor }

// HeightFor implements Flowing.
func (r *row) HeightFor(width float32) float32 { return HeightFor(r.content, width) + 1 }

// MinSize implements fyne.CanvasObject.
func (r *row) MinSize() fyne.Size {
	return fyne.NewSize(Space(20), r.HeightFor(max(r.Size().Width, Space(60))))
}

// CreateRenderer implements fyne.Widget.
func (r *row) CreateRenderer() fyne.WidgetRenderer {
	th := theme.Current()
	k := th.Tokens()
	bed, bar := canvas.NewRectangle(color.Transparent), canvas.NewRectangle(k.ChosenBorder)
	line := canvas.NewRectangle(k.Line)
	dress := func() {
		bed.FillColor = color.Transparent
		switch {
		case r.list.chosen == r.i:
			bed.FillColor = k.Chosen
		case r.hovered:
			bed.FillColor = k.Quiet
		}
		SetVisible(bar, r.list.chosen == r.i)
	}
	dress()
	return &drawn{
		objects: []fyne.CanvasObject{bed, line, bar, r.content},
		layout: func(s fyne.Size) {
			Place(bed, 0, 0, s.Width, s.Height-1)
			Place(bar, 0, 0, th.Px(4), s.Height-1)
			Place(line, 0, s.Height-1, s.Width, 1)
			Place(r.content, 0, 0, s.Width, s.Height-1)
		},
		refresh: func() {
			dress()
			canvas.Refresh(r)
		},
	}
}
