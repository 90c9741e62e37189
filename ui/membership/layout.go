package membership

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
