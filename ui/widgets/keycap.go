package widgets

import (
	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"

	"polis/ui/theme"
)

// KeyCap shows a key as it is on the keyboard; width at 100 %.
func KeyCap(label string, width float32) fyne.CanvasObject {
	k := theme.Current().Tokens()
	face := Panel(Pad(0.25, 2, 0.25, 2, NewText(SecondaryStrong, label)), Surface{Fill: k.Quiet, Stroke: k.Border, Radius: 4})
	return Fixed(width, container.New(leftLayout{}, face))
}

// Fixed gives an object a width at 100 %, or its own when that is more.
func Fixed(width float32, o fyne.CanvasObject) fyne.CanvasObject {
	return container.New(fixedLayout{theme.Current().Px(width)}, o)
}

type fixedLayout struct{ width float32 }

func (fixedLayout) Layout(objects []fyne.CanvasObject, s fyne.Size) {
	for _, o := range objects {
		Place(o, 0, 0, s.Width, s.Height)
	}
}

func (l fixedLayout) HeightOf(objects []fyne.CanvasObject, width float32) float32 {
	return HeightFor(objects[0], width)
}

func (l fixedLayout) MinSize(objects []fyne.CanvasObject) fyne.Size {
	m := objects[0].MinSize()
	return fyne.NewSize(max(m.Width, l.width), m.Height)
}

// leftLayout gives an object its own size, at the left.
type leftLayout struct{}

func (leftLayout) Layout(objects []fyne.CanvasObject, s fyne.Size) {
	for _, o := range objects {
		m := o.MinSize()
		Place(o, 0, (s.Height-m.Height)/2, m.Width, m.Height)
	}
}

func (leftLayout) MinSize(objects []fyne.CanvasObject) fyne.Size { return objects[0].MinSize() }
