package doors

import (
	"fyne.io/fyne/v2"

	"polis/ui/theme"
	"polis/ui/widgets"
)

// widest is the width of the column at 100 %.
const widest = 1000

// doorsLayout puts doors of the same height beside each other, or below where
// there is no room.
type doorsLayout struct{}

// leastDoor is the width of a readable door at 100 %.
const leastDoor = 260

func (doorsLayout) column(n int, width float32) (w float32, beside bool) {
	w = (width - widgets.Space(4)*float32(n-1)) / float32(n)
	return w, w >= theme.Current().Px(leastDoor)
}

func (l doorsLayout) arrange(objects []fyne.CanvasObject, width float32, move bool) float32 {
	w, beside := l.column(len(objects), width)
	gap, high, y := widgets.Space(4), float32(0), float32(0)
	if !beside {
		w = width
	}
	for _, o := range objects {
		h := widgets.HeightFor(o, w)
		high = max(high, h)
		if move && !beside {
			widgets.Place(o, 0, y, w, h)
		}
		y += h + gap
	}
	if !beside {
		return y - gap
	}
	for i, o := range objects {
		if move {
			widgets.Place(o, float32(i)*(w+gap), 0, w, high)
		}
	}
	return high
}

func (l doorsLayout) Layout(objects []fyne.CanvasObject, s fyne.Size) {
	l.arrange(objects, s.Width, true)
}

// HeightOf implements widgets.FlowLayout.
func (l doorsLayout) HeightOf(objects []fyne.CanvasObject, width float32) float32 {
	return l.arrange(objects, width, false)
}

func (l doorsLayout) MinSize(objects []fyne.CanvasObject) fyne.Size {
	return fyne.NewSize(widgets.Space(40), l.HeightOf(objects, widgets.Space(100)))
}

// doorLayout puts what a door says at its top and its button at its foot.
type doorLayout struct{}

func (doorLayout) Layout(objects []fyne.CanvasObject, s fyne.Size) {
	text, button := objects[0], objects[1]
	pad := widgets.Space(5)
	w := s.Width - 2*pad
	widgets.Place(text, pad, pad, w, widgets.HeightFor(text, w))
	h := button.MinSize().Height
	widgets.Place(button, pad-ringRoom(), s.Height-pad-h, w, h)
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
		widgets.Place(o, -ringRoom(), 0, s.Width+2*ringRoom(), s.Height)
	}
}

// HeightOf implements widgets.FlowLayout.
func (ringLayout) HeightOf(objects []fyne.CanvasObject, width float32) float32 {
	return widgets.HeightFor(objects[0], width+2*ringRoom())
}

func (ringLayout) MinSize(objects []fyne.CanvasObject) fyne.Size { return objects[0].MinSize() }
