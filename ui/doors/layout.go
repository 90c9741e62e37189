package doors

import (
	"fyne.io/fyne/v2"

	"polis/ui/theme"
	"polis/ui/widgets"
)

func place(o fyne.CanvasObject, x, y, w, h float32) {
	o.Move(fyne.NewPos(x, y))
	o.Resize(fyne.NewSize(max(w, 0), max(h, 0)))
}

// widest is the width of the column at 100 %.
const widest = 840

// pairLayout puts two doors of the same height beside each other, or below
// where there is no room.
type pairLayout struct{}

// leastDoor is the width of a readable door at 100 %.
const leastDoor = 290

func (pairLayout) column(width float32) (w float32, both bool) {
	w = (width - widgets.Space(4)) / 2
	return w, w >= theme.Current().Px(leastDoor)
}

func (l pairLayout) Layout(objects []fyne.CanvasObject, s fyne.Size) {
	if w, both := l.column(s.Width); both {
		h := l.HeightOf(objects, s.Width)
		place(objects[0], 0, 0, w, h)
		place(objects[1], w+widgets.Space(4), 0, w, h)
		return
	}
	h := widgets.HeightFor(objects[0], s.Width)
	place(objects[0], 0, 0, s.Width, h)
	place(objects[1], 0, h+widgets.Space(4), s.Width, widgets.HeightFor(objects[1], s.Width))
}

func (l pairLayout) HeightOf(objects []fyne.CanvasObject, width float32) float32 {
	if w, both := l.column(width); both {
		return max(widgets.HeightFor(objects[0], w), widgets.HeightFor(objects[1], w))
	}
	return widgets.HeightFor(objects[0], width) + widgets.Space(4) + widgets.HeightFor(objects[1], width)
}

func (l pairLayout) MinSize(objects []fyne.CanvasObject) fyne.Size {
	return fyne.NewSize(widgets.Space(40), l.HeightOf(objects, widgets.Space(100)))
}

// doorLayout puts what a door says at its top and its button at its foot.
type doorLayout struct{}

func (doorLayout) Layout(objects []fyne.CanvasObject, s fyne.Size) {
	text, button := objects[0], objects[1]
	pad := widgets.Space(5)
	w := s.Width - 2*pad
	place(text, pad, pad, w, widgets.HeightFor(text, w))
	h := button.MinSize().Height
	place(button, pad-ringRoom(), s.Height-pad-h, w, h)
}

func (doorLayout) HeightOf(objects []fyne.CanvasObject, width float32) float32 {
	w := width - 2*widgets.Space(5)
	return widgets.HeightFor(objects[0], w) + widgets.Space(5) + objects[1].MinSize().Height + 2*widgets.Space(5)
}

func (l doorLayout) MinSize(objects []fyne.CanvasObject) fyne.Size {
	return fyne.NewSize(widgets.Space(40), l.HeightOf(objects, widgets.Space(60)))
}

// ringRoom is what a control keeps free for the ring of the focus.
func ringRoom() float32 { return theme.Current().Px(3) }

// ringLayout lets the ring stand out, so that the entry itself stands below
// its name.
type ringLayout struct{}

func (ringLayout) Layout(objects []fyne.CanvasObject, s fyne.Size) {
	for _, o := range objects {
		place(o, -ringRoom(), 0, s.Width+2*ringRoom(), s.Height)
	}
}

// HeightOf implements widgets.FlowLayout.
func (ringLayout) HeightOf(objects []fyne.CanvasObject, width float32) float32 {
	return widgets.HeightFor(objects[0], width+2*ringRoom())
}

func (ringLayout) MinSize(objects []fyne.CanvasObject) fyne.Size { return objects[0].MinSize() }
