package review

import (
	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"

	"polis/ui/theme"
	"polis/ui/widgets"
)

func place(o fyne.CanvasObject, x, y, w, h float32) {
	o.Move(fyne.NewPos(x, y))
	o.Resize(fyne.NewSize(max(w, 0), max(h, 0)))
}

func show(o fyne.CanvasObject, wanted bool) {
	switch {
	case wanted == o.Visible():
	case wanted:
		o.Show()
	default:
		o.Hide()
	}
}

// overlay lays objects over each other and is as small as it is made.
func overlay(objects ...fyne.CanvasObject) *fyne.Container {
	return container.New(overLayout{}, objects...)
}

type overLayout struct{}

func (overLayout) Layout(objects []fyne.CanvasObject, s fyne.Size) {
	for _, o := range objects {
		place(o, 0, 0, s.Width, s.Height)
	}
}

func (overLayout) MinSize([]fyne.CanvasObject) fyne.Size { return fyne.Size{} }

// beside puts a narrow object at the left of a text, on its first line.
func beside(narrow, text fyne.CanvasObject) *fyne.Container {
	return container.New(besideLayout{}, narrow, text)
}

type besideLayout struct{}

func (besideLayout) text(objects []fyne.CanvasObject, width float32) (x, w float32) {
	x = max(objects[0].MinSize().Width, widgets.Space(5)) + widgets.Space(1.5)
	return x, max(width-x, 0)
}

func (l besideLayout) Layout(objects []fyne.CanvasObject, s fyne.Size) {
	x, w := l.text(objects, s.Width)
	m := objects[0].MinSize()
	line := theme.Current().LineHeight(theme.Current().Body())
	place(objects[0], 0, (line-m.Height)/2, m.Width, m.Height)
	place(objects[1], x, 0, w, widgets.HeightFor(objects[1], w))
}

// HeightOf implements widgets.FlowLayout.
func (l besideLayout) HeightOf(objects []fyne.CanvasObject, width float32) float32 {
	_, w := l.text(objects, width)
	return max(objects[0].MinSize().Height, widgets.HeightFor(objects[1], w))
}

func (l besideLayout) MinSize(objects []fyne.CanvasObject) fyne.Size {
	return fyne.NewSize(widgets.Space(40), l.HeightOf(objects, widgets.Space(80)))
}

// sidesLayout puts what is to be done at the left and what happened at the
// right; below each other where there is no room.
type sidesLayout struct{}

// Sizes at 100 %.
const (
	leastSides = 820 // of both beside each other
	sideShare  = 0.6
)

func (sidesLayout) widths(width float32) (left, right float32, both bool) {
	if width < theme.Current().Px(leastSides) {
		return width, width, false
	}
	gap := widgets.Space(8)
	left = (width - gap) * sideShare
	return left, width - gap - left, true
}

func (l sidesLayout) Layout(objects []fyne.CanvasObject, s fyne.Size) {
	left, right, both := l.widths(s.Width)
	h := widgets.HeightFor(objects[0], left)
	place(objects[0], 0, 0, left, h)
	if both {
		place(objects[1], s.Width-right, 0, right, widgets.HeightFor(objects[1], right))
		return
	}
	place(objects[1], 0, h+widgets.Space(6), right, widgets.HeightFor(objects[1], right))
}

// HeightOf implements widgets.FlowLayout.
func (l sidesLayout) HeightOf(objects []fyne.CanvasObject, width float32) float32 {
	left, right, both := l.widths(width)
	a, b := widgets.HeightFor(objects[0], left), widgets.HeightFor(objects[1], right)
	if both {
		return max(a, b)
	}
	return a + widgets.Space(6) + b
}

func (l sidesLayout) MinSize(objects []fyne.CanvasObject) fyne.Size {
	return fyne.NewSize(widgets.Space(40), l.HeightOf(objects, widgets.Space(120)))
}

// after puts a badge right after a title, or below it where both do not fit.
func after(title *widgets.Text, badge fyne.CanvasObject) *fyne.Container {
	return container.New(afterLayout{title}, title, badge)
}

type afterLayout struct{ title *widgets.Text }

// room is what the badge leaves to the title, when that is enough for its
// one line.
func (l afterLayout) room(objects []fyne.CanvasObject, width float32) (w float32, beside bool) {
	w = width - widgets.Space(3) - objects[1].MinSize().Width
	return w, widgets.HeightFor(l.title, w) <= theme.Current().LineHeight(theme.Current().Title())+1
}

func (l afterLayout) Layout(objects []fyne.CanvasObject, s fyne.Size) {
	m := objects[1].MinSize()
	h := widgets.HeightFor(l.title, s.Width)
	if w, beside := l.room(objects, s.Width); beside {
		place(l.title, 0, 0, w, h)
		place(objects[1], min(l.title.Natural(), w)+widgets.Space(3), (h-m.Height)/2+widgets.Space(0.5), m.Width, m.Height)
		return
	}
	place(l.title, 0, 0, s.Width, h)
	place(objects[1], 0, h+widgets.Space(1), m.Width, m.Height)
}

// HeightOf implements widgets.FlowLayout.
func (l afterLayout) HeightOf(objects []fyne.CanvasObject, width float32) float32 {
	h := widgets.HeightFor(l.title, width)
	if _, beside := l.room(objects, width); !beside {
		h += widgets.Space(1) + objects[1].MinSize().Height
	}
	return h
}

func (l afterLayout) MinSize(objects []fyne.CanvasObject) fyne.Size {
	return fyne.NewSize(widgets.Space(40), l.HeightOf(objects, widgets.Space(100)))
}

// pairsLayout puts objects in two columns, in lines; in one where there is
// no room.
type pairsLayout struct{}

// leastPair is the width of a column at 100 %.
const leastPair = 330

func (pairsLayout) arrange(objects []fyne.CanvasObject, width float32, move bool) float32 {
	n := 1
	w := (width - widgets.Space(8)) / 2
	if w >= theme.Current().Px(leastPair) {
		n = 2
	} else {
		w = width
	}
	y, high := float32(0), float32(0)
	for i, o := range objects {
		if i%n == 0 && i > 0 {
			y, high = y+high+widgets.Space(3), 0
		}
		h := widgets.HeightFor(o, w)
		high = max(high, h)
		if move {
			place(o, float32(i%n)*(w+widgets.Space(8)), y, w, h)
		}
	}
	return y + high
}

func (l pairsLayout) Layout(objects []fyne.CanvasObject, s fyne.Size) {
	l.arrange(objects, s.Width, true)
}

// HeightOf implements widgets.FlowLayout.
func (l pairsLayout) HeightOf(objects []fyne.CanvasObject, width float32) float32 {
	return l.arrange(objects, width, false)
}

func (l pairsLayout) MinSize(objects []fyne.CanvasObject) fyne.Size {
	return fyne.NewSize(widgets.Space(40), l.HeightOf(objects, widgets.Space(100)))
}

// below lets a button stand below a text with its face, not with the room of
// its ring.
func below(b fyne.CanvasObject) fyne.CanvasObject {
	return widgets.Pad(0, 0, 0, -0.75, widgets.Row(0, -1, b))
}

// flush moves controls out by the room of their ring, so that their faces
// begin where the texts do.
func flush(o fyne.CanvasObject) fyne.CanvasObject { return widgets.Pad(0, 0, 0, -0.75, o) }
