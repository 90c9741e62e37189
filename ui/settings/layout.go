package settings

import (
	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"

	"polis/ui/theme"
	"polis/ui/widgets"
)

// card is a quiet box with a heading.
func card(title string, rows ...fyne.CanvasObject) fyne.CanvasObject {
	content := append([]fyne.CanvasObject{widgets.NewWrapped(widgets.Section, title)}, rows...)
	return widgets.Panel(
		widgets.Pad(3.5, 4, 4, 4, widgets.Stack(3, content...)),
		widgets.Surface{Fill: theme.Current().Tokens().Quiet, Radius: 6},
	)
}

// pair is a line of a table without lines: what it is and its value.
func pair(label string, value fyne.CanvasObject) fyne.CanvasObject {
	return container.New(pairLayout{}, widgets.NewWrapped(widgets.Secondary, label), value)
}

// labelWidth is that of the first of a pair at 100 %.
const labelWidth = 168

// pairLayout puts the label at the left, or above where there is no room.
type pairLayout struct{}

func (pairLayout) beside(width float32) bool { return width >= theme.Current().Px(labelWidth*2) }

func (l pairLayout) Layout(objects []fyne.CanvasObject, s fyne.Size) {
	label, value := objects[0], objects[1]
	if !l.beside(s.Width) {
		h := widgets.HeightFor(label, s.Width)
		widgets.Place(label, 0, 0, s.Width, h)
		widgets.Place(value, 0, h, s.Width, widgets.HeightFor(value, s.Width))
		return
	}
	th := theme.Current()
	x := th.Px(labelWidth)
	lower := (th.LineHeight(th.Body()) - th.LineHeight(th.Secondary())) / 2
	widgets.Place(label, 0, lower, x-widgets.Space(2), widgets.HeightFor(label, x-widgets.Space(2)))
	widgets.Place(value, x, 0, s.Width-x, widgets.HeightFor(value, s.Width-x))
}

func (l pairLayout) HeightOf(objects []fyne.CanvasObject, width float32) float32 {
	label, value := objects[0], objects[1]
	if !l.beside(width) {
		return widgets.HeightFor(label, width) + widgets.HeightFor(value, width)
	}
	x := theme.Current().Px(labelWidth)
	return max(widgets.HeightFor(label, x-widgets.Space(2)), widgets.HeightFor(value, width-x))
}

func (l pairLayout) MinSize(objects []fyne.CanvasObject) fyne.Size {
	return fyne.NewSize(widgets.Space(20), l.HeightOf(objects, widgets.Space(80)))
}

// dotLayout puts a dot before the first line of a text.
type dotLayout struct{}

func (dotLayout) indent() float32 { return widgets.Space(4.5) }

func (l dotLayout) Layout(objects []fyne.CanvasObject, s fyne.Size) {
	th := theme.Current()
	m := objects[0].MinSize()
	widgets.Place(objects[0], 0, (th.LineHeight(th.Body())-m.Height)/2, m.Width, m.Height)
	widgets.Place(objects[1], l.indent(), 0, s.Width-l.indent(), s.Height)
}

func (l dotLayout) HeightOf(objects []fyne.CanvasObject, width float32) float32 {
	return widgets.HeightFor(objects[1], width-l.indent())
}

func (l dotLayout) MinSize(objects []fyne.CanvasObject) fyne.Size {
	return fyne.NewSize(widgets.Space(20), l.HeightOf(objects, widgets.Space(60)))
}

// choiceLayout shows as many values as there is room for.
type choiceLayout struct {
	choice *widgets.Choice
	all    int
}

func (l choiceLayout) Layout(objects []fyne.CanvasObject, s fyne.Size) {
	n := l.all
	for l.choice.SetShown(n); n > 1 && l.choice.MinSize().Width > s.Width; n-- {
		l.choice.SetShown(n - 1)
	}
	// The ring stands out, so that the first value stands below the label.
	widgets.Place(objects[0], -ringRoom(), 0, l.choice.MinSize().Width, s.Height)
}

func (l choiceLayout) MinSize([]fyne.CanvasObject) fyne.Size {
	return fyne.NewSize(widgets.Space(20), l.choice.MinSize().Height)
}

// ringRoom is what a control keeps free for the ring of the focus.
func ringRoom() float32 { return theme.Current().Px(3) }

// flush puts a button so that its face, not its ring, begins at the margin.
func flush(o fyne.CanvasObject) fyne.CanvasObject { return container.New(flushLayout{}, o) }

type flushLayout struct{}

func (flushLayout) Layout(objects []fyne.CanvasObject, _ fyne.Size) {
	for _, o := range objects {
		m := o.MinSize()
		widgets.Place(o, -ringRoom(), 0, m.Width, m.Height)
	}
}

func (flushLayout) MinSize(objects []fyne.CanvasObject) fyne.Size { return objects[0].MinSize() }

// flushRow puts buttons beside each other so that the first one's face begins
// at the margin.
func flushRow(buttons ...fyne.CanvasObject) *fyne.Container {
	return container.New(marginLayout{}, widgets.Wrap(1, 0.5, buttons...))
}

// marginLayout moves its object out by the room of the ring.
type marginLayout struct{}

func (marginLayout) Layout(objects []fyne.CanvasObject, s fyne.Size) {
	for _, o := range objects {
		widgets.Place(o, -ringRoom(), 0, s.Width+ringRoom(), s.Height)
	}
}

func (marginLayout) MinSize(objects []fyne.CanvasObject) fyne.Size { return objects[0].MinSize() }

// HeightOf asks the object.
func (marginLayout) HeightOf(objects []fyne.CanvasObject, width float32) float32 {
	return widgets.HeightFor(objects[0], width+ringRoom())
}

// explained puts what a choice means close below it.
func explained(choice fyne.CanvasObject, text string) fyne.CanvasObject {
	return widgets.Stack(1, choice, widgets.NewWrapped(widgets.Secondary, text))
}

// twoLayout puts two columns beside each other where they are readable.
type twoLayout struct{}

// leastColumn is the width of a readable column at 100 %.
const leastColumn = 410

func (twoLayout) column(width float32) (w float32, both bool) {
	w = (width - widgets.Space(3)) / 2
	return w, w >= theme.Current().Px(leastColumn)
}

func (l twoLayout) Layout(objects []fyne.CanvasObject, s fyne.Size) {
	if w, both := l.column(s.Width); both {
		widgets.Place(objects[0], 0, 0, w, widgets.HeightFor(objects[0], w))
		widgets.Place(objects[1], w+widgets.Space(3), 0, w, widgets.HeightFor(objects[1], w))
		return
	}
	h := widgets.HeightFor(objects[0], s.Width)
	widgets.Place(objects[0], 0, 0, s.Width, h)
	widgets.Place(objects[1], 0, h+widgets.Space(3), s.Width, widgets.HeightFor(objects[1], s.Width))
}

func (l twoLayout) HeightOf(objects []fyne.CanvasObject, width float32) float32 {
	if w, both := l.column(width); both {
		return max(widgets.HeightFor(objects[0], w), widgets.HeightFor(objects[1], w))
	}
	return widgets.HeightFor(objects[0], width) + widgets.Space(3) + widgets.HeightFor(objects[1], width)
}

func (l twoLayout) MinSize(objects []fyne.CanvasObject) fyne.Size {
	return fyne.NewSize(widgets.Space(40), l.HeightOf(objects, widgets.Space(100)))
}
