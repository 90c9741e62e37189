package widgets

import (
	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"

	"polis/ui/theme"
)

// Overlay lays objects over each other and is as small as it is made.
func Overlay(objects ...fyne.CanvasObject) *fyne.Container {
	return container.New(overLayout{}, objects...)
}

type overLayout struct{}

func (overLayout) Layout(objects []fyne.CanvasObject, s fyne.Size) {
	for _, o := range objects {
		Place(o, 0, 0, s.Width, s.Height)
	}
}

func (overLayout) MinSize([]fyne.CanvasObject) fyne.Size { return fyne.Size{} }

// Lead puts a narrow object, a number or a bullet, at the left of a text, on
// its first line.
func Lead(narrow, text fyne.CanvasObject) *fyne.Container {
	return container.New(leadLayout{}, narrow, text)
}

type leadLayout struct{}

func (leadLayout) text(objects []fyne.CanvasObject, width float32) (x, w float32) {
	x = max(objects[0].MinSize().Width, Space(5)) + Space(1.5)
	return x, max(width-x, 0)
}

func (l leadLayout) Layout(objects []fyne.CanvasObject, s fyne.Size) {
	x, w := l.text(objects, s.Width)
	m := objects[0].MinSize()
	line := theme.Current().LineHeight(theme.Current().Body())
	Place(objects[0], 0, (line-m.Height)/2, m.Width, m.Height)
	Place(objects[1], x, 0, w, HeightFor(objects[1], w))
}

// HeightOf implements FlowLayout.
func (l leadLayout) HeightOf(objects []fyne.CanvasObject, width float32) float32 {
	_, w := l.text(objects, width)
	return max(objects[0].MinSize().Height, HeightFor(objects[1], w))
}

func (l leadLayout) MinSize(objects []fyne.CanvasObject) fyne.Size {
	return fyne.NewSize(Space(40), l.HeightOf(objects, Space(80)))
}

// Sides puts what is to be done at the left and what happened at the right;
// below each other where there is no room.
func Sides(left, right fyne.CanvasObject) *fyne.Container {
	return container.New(sidesLayout{}, left, right)
}

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
	gap := Space(8)
	left = (width - gap) * sideShare
	return left, width - gap - left, true
}

func (l sidesLayout) Layout(objects []fyne.CanvasObject, s fyne.Size) {
	left, right, both := l.widths(s.Width)
	h := HeightFor(objects[0], left)
	Place(objects[0], 0, 0, left, h)
	if both {
		Place(objects[1], s.Width-right, 0, right, HeightFor(objects[1], right))
		return
	}
	Place(objects[1], 0, h+Space(6), right, HeightFor(objects[1], right))
}

// HeightOf implements FlowLayout.
func (l sidesLayout) HeightOf(objects []fyne.CanvasObject, width float32) float32 {
	left, right, both := l.widths(width)
	a, b := HeightFor(objects[0], left), HeightFor(objects[1], right)
	if both {
		return max(a, b)
	}
	return a + Space(6) + b
}

func (l sidesLayout) MinSize(objects []fyne.CanvasObject) fyne.Size {
	return fyne.NewSize(Space(40), l.HeightOf(objects, Space(120)))
}

// TitleWith puts a badge right after a title, or below it where both do not
// fit.
func TitleWith(title *Text, badge fyne.CanvasObject) *fyne.Container {
	return container.New(afterLayout{title}, title, badge)
}

type afterLayout struct{ title *Text }

// room is what the badge leaves to the title, when that is enough for its
// one line.
func (l afterLayout) room(objects []fyne.CanvasObject, width float32) (w float32, beside bool) {
	w = width - Space(3) - objects[1].MinSize().Width
	return w, HeightFor(l.title, w) <= theme.Current().LineHeight(theme.Current().Title())+1
}

func (l afterLayout) Layout(objects []fyne.CanvasObject, s fyne.Size) {
	m := objects[1].MinSize()
	h := HeightFor(l.title, s.Width)
	if w, beside := l.room(objects, s.Width); beside {
		Place(l.title, 0, 0, w, h)
		Place(objects[1], min(l.title.Natural(), w)+Space(3), (h-m.Height)/2+Space(0.5), m.Width, m.Height)
		return
	}
	Place(l.title, 0, 0, s.Width, h)
	Place(objects[1], 0, h+Space(1), m.Width, m.Height)
}

// HeightOf implements FlowLayout.
func (l afterLayout) HeightOf(objects []fyne.CanvasObject, width float32) float32 {
	h := HeightFor(l.title, width)
	if _, beside := l.room(objects, width); !beside {
		h += Space(1) + objects[1].MinSize().Height
	}
	return h
}

func (l afterLayout) MinSize(objects []fyne.CanvasObject) fyne.Size {
	return fyne.NewSize(Space(40), l.HeightOf(objects, Space(100)))
}

// Pairs puts objects in two columns, in lines; in one where there is no room.
func Pairs(objects ...fyne.CanvasObject) *fyne.Container {
	return container.New(pairsLayout{}, objects...)
}

type pairsLayout struct{}

// leastPair is the width of a column at 100 %.
const leastPair = 330

func (pairsLayout) arrange(objects []fyne.CanvasObject, width float32, move bool) float32 {
	n := 1
	w := (width - Space(8)) / 2
	if w >= theme.Current().Px(leastPair) {
		n = 2
	} else {
		w = width
	}
	y, high := float32(0), float32(0)
	for i, o := range objects {
		if i%n == 0 && i > 0 {
			y, high = y+high+Space(3), 0
		}
		h := HeightFor(o, w)
		high = max(high, h)
		if move {
			Place(o, float32(i%n)*(w+Space(8)), y, w, h)
		}
	}
	return y + high
}

func (l pairsLayout) Layout(objects []fyne.CanvasObject, s fyne.Size) {
	l.arrange(objects, s.Width, true)
}

// HeightOf implements FlowLayout.
func (l pairsLayout) HeightOf(objects []fyne.CanvasObject, width float32) float32 {
	return l.arrange(objects, width, false)
}

func (l pairsLayout) MinSize(objects []fyne.CanvasObject) fyne.Size {
	return fyne.NewSize(Space(40), l.HeightOf(objects, Space(100)))
}

// Below lets a button stand below a text with its face, not with the room of
// its ring.
func Below(b fyne.CanvasObject) fyne.CanvasObject {
	return Pad(0, 0, 0, -0.75, Row(0, -1, b))
}

// Tinted is a panel in the colour of a kind of message.
func Tinted(kind Kind, o fyne.CanvasObject) fyne.CanvasObject {
	k := theme.Current().Tokens()
	fill, edge := k.Quiet, k.Line
	switch kind {
	case Info:
		fill, edge = k.BlueTint, k.Link
	case OK:
		fill, edge = k.GreenTint, k.Green
	case Warn:
		fill, edge = k.AmberTint, k.Amber
	case Bad:
		fill, edge = k.RedTint, k.Red
	}
	return Panel(Pad(3, 4, 3.5, 4, o), Surface{Fill: fill, Stroke: edge, Radius: 6})
}
