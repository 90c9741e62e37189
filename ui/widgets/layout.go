package widgets

import (
	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"

	"polis/ui/theme"
)

// Flowing is an object whose height depends on its width.
type Flowing interface{ HeightFor(width float32) float32 }

// FlowLayout is a layout whose height depends on its width.
type FlowLayout interface {
	fyne.Layout
	HeightOf(objects []fyne.CanvasObject, width float32) float32
}

// HeightFor returns how high an object is at a width.
func HeightFor(o fyne.CanvasObject, width float32) float32 {
	switch o := o.(type) {
	case Flowing:
		return o.HeightFor(width)
	case *fyne.Container:
		if l, ok := o.Layout.(FlowLayout); ok {
			return l.HeightOf(o.Objects, width)
		}
	}
	return o.MinSize().Height
}

// Space is n steps of the design's grid of 4, at the current scale.
func Space(n float32) float32 { return theme.Current().Px(4 * n) }

// Stack puts objects below each other at full width, each as high as it
// needs; gap in steps of 4.
func Stack(gap float32, objects ...fyne.CanvasObject) *fyne.Container {
	return container.New(stackLayout{gap}, objects...)
}

type stackLayout struct{ gap float32 }

func (l stackLayout) Layout(objects []fyne.CanvasObject, size fyne.Size) {
	y := float32(0)
	for _, o := range objects {
		if !o.Visible() {
			continue
		}
		h := HeightFor(o, size.Width)
		o.Move(fyne.NewPos(0, y))
		o.Resize(fyne.NewSize(size.Width, h))
		y += h + Space(l.gap)
	}
}

func (l stackLayout) HeightOf(objects []fyne.CanvasObject, width float32) float32 {
	total, gap := float32(0), float32(0)
	for _, o := range objects {
		if o.Visible() {
			total += gap + HeightFor(o, width)
			gap = Space(l.gap)
		}
	}
	return total
}

func (l stackLayout) MinSize(objects []fyne.CanvasObject) fyne.Size {
	var s fyne.Size
	for _, o := range objects {
		if o.Visible() {
			m := o.MinSize()
			s.Width = max(s.Width, m.Width)
			if s.Height > 0 {
				s.Height += Space(l.gap)
			}
			s.Height += m.Height
		}
	}
	return s
}

// Wrap puts objects beside each other and goes on in a new line when the
// width is used up; gaps in steps of 4.
func Wrap(gap, lineGap float32, objects ...fyne.CanvasObject) *fyne.Container {
	return container.New(wrapLayout{gap, lineGap}, objects...)
}

type wrapLayout struct{ gap, lineGap float32 }

func (l wrapLayout) Layout(objects []fyne.CanvasObject, size fyne.Size) {
	l.place(objects, size.Width, true)
}

func (l wrapLayout) HeightOf(objects []fyne.CanvasObject, width float32) float32 {
	return l.place(objects, width, false)
}

// place lays the objects out and returns the height; objects of a line stand
// on its middle.
func (l wrapLayout) place(objects []fyne.CanvasObject, width float32, move bool) float32 {
	var line []fyne.CanvasObject
	x, y, high := float32(0), float32(0), float32(0)
	flush := func() {
		if move {
			alignLine(line, y, high, Space(l.gap))
		}
		y += high
		line, x, high = nil, 0, 0
	}
	for _, o := range objects {
		if !o.Visible() {
			continue
		}
		m := o.MinSize()
		if len(line) > 0 && x+m.Width > width+0.5 {
			flush()
			y += Space(l.lineGap)
		}
		if move {
			o.Resize(fyne.NewSize(min(m.Width, width), m.Height))
		}
		line = append(line, o)
		x += m.Width + Space(l.gap)
		high = max(high, m.Height)
	}
	flush()
	return y
}

func alignLine(line []fyne.CanvasObject, y, high, gap float32) {
	x := float32(0)
	for _, o := range line {
		o.Move(fyne.NewPos(x, y+(high-o.Size().Height)/2))
		x += o.Size().Width + gap
	}
}

func (l wrapLayout) MinSize(objects []fyne.CanvasObject) fyne.Size {
	var s fyne.Size
	for _, o := range objects {
		if o.Visible() {
			s = s.Max(o.MinSize())
		}
	}
	return s
}

// Row puts objects beside each other on one line; the one at index grow takes
// the width that is left (-1: none).
func Row(gap float32, grow int, objects ...fyne.CanvasObject) *fyne.Container {
	return container.New(rowLayout{gap, grow}, objects...)
}

type rowLayout struct {
	gap  float32
	grow int
}

func (l rowLayout) widths(objects []fyne.CanvasObject, width float32) []float32 {
	out := make([]float32, len(objects))
	left, gap := width, float32(0)
	for i, o := range objects {
		if !o.Visible() {
			continue
		}
		left -= gap
		gap = Space(l.gap)
		if i != l.grow {
			out[i] = o.MinSize().Width
			left -= out[i]
		}
	}
	if l.grow >= 0 && l.grow < len(objects) && objects[l.grow].Visible() {
		out[l.grow] = max(left, 0)
	}
	return out
}

func (l rowLayout) Layout(objects []fyne.CanvasObject, size fyne.Size) {
	x := float32(0)
	for i, w := range l.widths(objects, size.Width) {
		o := objects[i]
		if !o.Visible() {
			continue
		}
		h := min(HeightFor(o, w), size.Height)
		o.Resize(fyne.NewSize(w, h))
		o.Move(fyne.NewPos(x, (size.Height-h)/2))
		x += w + Space(l.gap)
	}
}

func (l rowLayout) HeightOf(objects []fyne.CanvasObject, width float32) float32 {
	high := float32(0)
	for i, w := range l.widths(objects, width) {
		if objects[i].Visible() {
			high = max(high, HeightFor(objects[i], w))
		}
	}
	return high
}

func (l rowLayout) MinSize(objects []fyne.CanvasObject) fyne.Size {
	var s fyne.Size
	for _, o := range objects {
		if !o.Visible() {
			continue
		}
		m := o.MinSize()
		if s.Width > 0 {
			s.Width += Space(l.gap)
		}
		s.Width += m.Width
		s.Height = max(s.Height, m.Height)
	}
	return s
}

// Ends puts one object at the left and one at the right when both fit on a
// line, else the second below the first, still at the right.
func Ends(gap float32, left, right fyne.CanvasObject) *fyne.Container {
	return container.New(endsLayout{gap: gap}, left, right)
}

// EndsOrUnder is like Ends, but what is below stands at the left.
func EndsOrUnder(gap float32, left, right fyne.CanvasObject) *fyne.Container {
	return container.New(endsLayout{gap: gap, under: true}, left, right)
}

type endsLayout struct {
	gap   float32
	under bool
}

func (l endsLayout) fits(objects []fyne.CanvasObject, width float32) bool {
	return wishWidth(objects[0])+Space(l.gap)+wishWidth(objects[1]) <= width
}

// wishWidth is the width at which an object needs one line only.
func wishWidth(o fyne.CanvasObject) float32 {
	if !o.Visible() {
		return 0
	}
	if t, ok := o.(*Text); ok {
		return t.Natural()
	}
	if c, ok := o.(*fyne.Container); ok {
		if l, ok := c.Layout.(padLayout); ok {
			return wishWidth(c.Objects[0]) + Space(l.left+l.right)
		}
		if l, ok := c.Layout.(wrapLayout); ok {
			total, gap := float32(0), float32(0)
			for _, child := range c.Objects {
				if child.Visible() {
					total += gap + child.MinSize().Width
					gap = Space(l.gap)
				}
			}
			return total
		}
	}
	return o.MinSize().Width
}

func (l endsLayout) Layout(objects []fyne.CanvasObject, size fyne.Size) {
	left, right := objects[0], objects[1]
	if !l.fits(objects, size.Width) {
		h := HeightFor(left, size.Width)
		left.Resize(fyne.NewSize(size.Width, h))
		left.Move(fyne.NewPos(0, 0))
		if right.Visible() {
			rw := min(wishWidth(right), size.Width)
			right.Resize(fyne.NewSize(rw, HeightFor(right, rw)))
			x := size.Width - rw
			if l.under {
				x = 0
			}
			right.Move(fyne.NewPos(x, h+Space(l.gap)/2))
		}
		return
	}
	rw := wishWidth(right)
	lw := size.Width - rw - Space(l.gap)
	lh, rh := HeightFor(left, lw), HeightFor(right, rw)
	left.Resize(fyne.NewSize(lw, lh))
	left.Move(fyne.NewPos(0, (size.Height-lh)/2))
	right.Resize(fyne.NewSize(rw, rh))
	right.Move(fyne.NewPos(size.Width-rw, (size.Height-rh)/2))
}

// HeightOf implements FlowLayout.
func (l endsLayout) HeightOf(objects []fyne.CanvasObject, width float32) float32 {
	left, right := objects[0], objects[1]
	if l.fits(objects, width) {
		return max(HeightFor(left, width-wishWidth(right)-Space(l.gap)), HeightFor(right, wishWidth(right)))
	}
	h := HeightFor(left, width)
	if right.Visible() {
		h += Space(l.gap)/2 + HeightFor(right, min(wishWidth(right), width))
	}
	return h
}

func (l endsLayout) MinSize(objects []fyne.CanvasObject) fyne.Size {
	a, b := objects[0].MinSize(), objects[1].MinSize()
	return fyne.NewSize(max(a.Width, b.Width), max(a.Height, b.Height))
}

// Pad puts room around an object, in steps of 4.
func Pad(top, right, bottom, left float32, o fyne.CanvasObject) *fyne.Container {
	return container.New(padLayout{top, right, bottom, left}, o)
}

type padLayout struct{ top, right, bottom, left float32 }

func (l padLayout) Layout(objects []fyne.CanvasObject, size fyne.Size) {
	for _, o := range objects {
		o.Move(fyne.NewPos(Space(l.left), Space(l.top)))
		o.Resize(fyne.NewSize(max(size.Width-Space(l.left+l.right), 0), max(size.Height-Space(l.top+l.bottom), 0)))
	}
}

func (l padLayout) HeightOf(objects []fyne.CanvasObject, width float32) float32 {
	high := float32(0)
	for _, o := range objects {
		high = max(high, HeightFor(o, max(width-Space(l.left+l.right), 0)))
	}
	return high + Space(l.top+l.bottom)
}

func (l padLayout) MinSize(objects []fyne.CanvasObject) fyne.Size {
	var s fyne.Size
	for _, o := range objects {
		s = s.Max(o.MinSize())
	}
	return s.AddWidthHeight(Space(l.left+l.right), Space(l.top+l.bottom))
}

// Panel lays an object over a coloured rectangle.
func Panel(o fyne.CanvasObject, s Surface) *fyne.Container {
	return container.New(panelLayout{}, s.rectangle(), o)
}

type panelLayout struct{}

func (panelLayout) Layout(objects []fyne.CanvasObject, size fyne.Size) {
	for _, o := range objects {
		o.Move(fyne.NewPos(0, 0))
		o.Resize(size)
	}
}

func (panelLayout) HeightOf(objects []fyne.CanvasObject, width float32) float32 {
	return HeightFor(objects[len(objects)-1], width)
}

func (panelLayout) MinSize(objects []fyne.CanvasObject) fyne.Size {
	return objects[len(objects)-1].MinSize()
}

// mostOfFrame is the part of a frame's height that top and bottom may take
// each; beyond it they scroll.
const mostOfFrame = 0.44

// Frame is a border layout that never asks for more room than there is: top
// and bottom as high as they need, left as wide as it needs, the middle gets
// the rest. Any but the middle may be nil. Where the window is very low, top
// and bottom scroll rather than leave it.
func Frame(top, bottom, left, middle fyne.CanvasObject) *fyne.Container {
	if top != nil {
		top = newTall(top)
	}
	if bottom != nil {
		bottom = newTall(bottom)
	}
	l := &frameLayout{top, bottom, left, middle}
	c := container.New(l)
	for _, o := range []fyne.CanvasObject{top, left, middle, bottom} {
		if o != nil {
			c.Add(o)
		}
	}
	return c
}

type frameLayout struct{ top, bottom, left, middle fyne.CanvasObject }

func (l *frameLayout) Layout(_ []fyne.CanvasObject, size fyne.Size) {
	y, end, x := float32(0), size.Height, float32(0)
	if l.top != nil && l.top.Visible() {
		h := l.share(l.top, l.bottom, size)
		l.top.Move(fyne.NewPos(0, 0))
		l.top.Resize(fyne.NewSize(size.Width, h))
		y = h
	}
	if l.bottom != nil && l.bottom.Visible() {
		h := l.share(l.bottom, l.top, size)
		l.bottom.Move(fyne.NewPos(0, size.Height-h))
		l.bottom.Resize(fyne.NewSize(size.Width, h))
		end -= h
	}
	if l.left != nil && l.left.Visible() {
		x = l.left.MinSize().Width
		l.left.Move(fyne.NewPos(0, y))
		l.left.Resize(fyne.NewSize(x, max(end-y, 0)))
	}
	l.middle.Move(fyne.NewPos(x, y))
	l.middle.Resize(fyne.NewSize(max(size.Width-x, 0), max(end-y, 0)))
}

// share is the height of top or bottom: at most its part of the frame, and
// what the other one leaves of its own.
func (*frameLayout) share(o, other fyne.CanvasObject, size fyne.Size) float32 {
	most := mostOfFrame * size.Height
	if other != nil && other.Visible() {
		most += max(most-HeightFor(other, size.Width), 0)
	}
	return min(HeightFor(o, size.Width), most)
}

func (*frameLayout) MinSize([]fyne.CanvasObject) fyne.Size {
	return fyne.NewSize(Space(20), Space(20))
}

// tall shows an object whole where there is room, and lets it scroll where
// there is not.
type tall struct {
	container.Scroll
	object fyne.CanvasObject
}

func newTall(o fyne.CanvasObject) *tall {
	t := &tall{object: o}
	t.Direction, t.Content = container.ScrollVerticalOnly, container.New(&tallLayout{t}, o)
	t.ExtendBaseWidget(t)
	return t
}

// HeightFor implements Flowing.
func (t *tall) HeightFor(width float32) float32 {
	if t.object.Visible() {
		return HeightFor(t.object, width)
	}
	return 0
}

// Around tells the sweep for cut texts what scrolls.
func (t *tall) Around() *container.Scroll { return &t.Scroll }

// Resize implements fyne.CanvasObject.
func (t *tall) Resize(s fyne.Size) {
	t.Scroll.Resize(s)
	t.Scroll.Refresh()
}

// Scrolled implements fyne.Scrollable: nothing moves where all is in sight.
func (t *tall) Scrolled(e *fyne.ScrollEvent) {
	if t.Content.MinSize().Height > t.Size().Height+0.5 {
		t.Scroll.Scrolled(e)
	}
}

// tallLayout makes the object as high as it needs at the scroll's width.
type tallLayout struct{ t *tall }

func (l *tallLayout) Layout(objects []fyne.CanvasObject, s fyne.Size) {
	w := l.t.Size().Width
	Place(objects[0], 0, 0, w, max(HeightFor(objects[0], w), s.Height))
}

func (l *tallLayout) MinSize([]fyne.CanvasObject) fyne.Size {
	return fyne.NewSize(1, l.t.HeightFor(l.t.Size().Width))
}
