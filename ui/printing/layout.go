package printing

import (
	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"

	"polis/ui/theme"
	"polis/ui/widgets"
)

// quietBar is a line along the bottom of the screen.
func quietBar(o fyne.CanvasObject) fyne.CanvasObject {
	fill := theme.Current().Tokens().Quiet
	return widgets.Stack(0, widgets.Line(), widgets.Panel(widgets.Pad(1, 2.5, 1, 3, o), widgets.Surface{Fill: fill}))
}

// barLayout puts what can be done on one line, the way back at its end; what
// has no room is left to the button of what else there is.
type barLayout struct{ s *Screen }

func (l *barLayout) Layout(_ []fyne.CanvasObject, size fyne.Size) {
	gap := widgets.Space(0.5)
	put := func(o fyne.CanvasObject, x float32) float32 {
		m := o.MinSize()
		widgets.Place(o, x, (size.Height-m.Height)/2, min(m.Width, size.Width), m.Height)
		return m.Width + gap
	}
	width := func(o fyne.CanvasObject) float32 { return o.MinSize().Width + gap }
	back, more := l.s.leave, l.s.more
	x := put(l.s.print, 0)
	room := size.Width - x - width(back)
	all := float32(0)
	for _, w := range l.s.ways {
		all += width(w.button)
	}
	crowded := all > room
	widgets.SetVisible(more, crowded)
	if crowded {
		room -= width(more)
	}
	for _, w := range l.s.ways {
		wide := width(w.button)
		widgets.SetVisible(w.button, wide <= room)
		if wide > room {
			room = 0 // the order stays
			continue
		}
		room -= wide
		x += put(w.button, x)
	}
	if crowded {
		put(more, x)
	}
	put(back, size.Width-width(back)+gap)
}

func (l *barLayout) MinSize([]fyne.CanvasObject) fyne.Size {
	return fyne.NewSize(widgets.Space(20), l.s.print.MinSize().Height)
}

// deskLayout puts what can be chosen at the left and the pages at the right.
type deskLayout struct{}

// formWidth is that of the choices, at 100 %.
const formWidth = 424

func (deskLayout) Layout(objects []fyne.CanvasObject, s fyne.Size) {
	w := min(theme.Current().Px(formWidth), s.Width*0.56)
	widgets.Place(objects[0], 0, 0, w, s.Height)
	widgets.Place(objects[1], w, 0, s.Width-w, s.Height)
}

func (deskLayout) MinSize([]fyne.CanvasObject) fyne.Size {
	return fyne.NewSize(widgets.Space(20), widgets.Space(20))
}

// thumbsLayout shows small pages beside the large ones where there is room
// for both and something to turn to.
type thumbsLayout struct{ p *preview }

// thumbsWidth is that of the small pages, leastPages that of the large ones
// beside them, at 100 %.
const (
	thumbsWidth = 112
	leastPages  = 360
)

func (l *thumbsLayout) Layout(objects []fyne.CanvasObject, s fyne.Size) {
	th := theme.Current()
	w := float32(0)
	if l.p.thumbs.Len() > 1 && s.Width >= th.Px(thumbsWidth+leastPages) {
		w = th.Px(thumbsWidth)
		objects[0].Show()
	} else {
		objects[0].Hide()
	}
	widgets.Place(objects[0], 0, 0, w, s.Height)
	widgets.Place(objects[1], w, 0, s.Width-w, s.Height)
}

func (*thumbsLayout) MinSize([]fyne.CanvasObject) fyne.Size {
	return fyne.NewSize(widgets.Space(10), widgets.Space(10))
}

// beside puts two columns next to each other where both can be read, else
// the second below.
func beside(left, right fyne.CanvasObject) fyne.CanvasObject {
	return container.New(besideLayout{}, left, right)
}

type besideLayout struct{}

// leastBeside is the width of both columns, leftBeside that of the first, at
// 100 %.
const (
	leastBeside = 340
	leftBeside  = 168
)

func (besideLayout) columns(width float32) (left, right float32, both bool) {
	th := theme.Current()
	if both = width >= th.Px(leastBeside); both {
		return th.Px(leftBeside), width - th.Px(leftBeside) - widgets.Space(2), true
	}
	return width, width, false
}

func (l besideLayout) Layout(objects []fyne.CanvasObject, s fyne.Size) {
	left, right, both := l.columns(s.Width)
	h := widgets.HeightFor(objects[0], left)
	widgets.Place(objects[0], 0, 0, left, h)
	if both {
		widgets.Place(objects[1], s.Width-right, 0, right, widgets.HeightFor(objects[1], right))
		return
	}
	widgets.Place(objects[1], 0, h+widgets.Space(2), right, widgets.HeightFor(objects[1], right))
}

// HeightOf implements widgets.FlowLayout.
func (l besideLayout) HeightOf(objects []fyne.CanvasObject, width float32) float32 {
	left, right, both := l.columns(width)
	a, b := widgets.HeightFor(objects[0], left), widgets.HeightFor(objects[1], right)
	if both {
		return max(a, b)
	}
	return a + widgets.Space(2) + b
}

func (l besideLayout) MinSize(objects []fyne.CanvasObject) fyne.Size {
	return fyne.NewSize(widgets.Space(20), l.HeightOf(objects, widgets.Space(60)))
}
