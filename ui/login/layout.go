package login

import (
	"fyne.io/fyne/v2"

	"polis/ui/theme"
	"polis/ui/widgets"
)

// widest is the width of the card at 100 %.
const widest = 460

// listLayout gives the list of people the height that it needs, up to a
// bound; then it scrolls.
type listLayout struct{ s *Screen }

// mostRows are shown at once.
const mostRows = 6

func (l *listLayout) height() float32 {
	th := theme.Current()
	one := th.LineHeight(th.Body()) + th.LineHeight(th.Secondary()) + widgets.Space(5) + 1
	return one * float32(min(len(l.s.people), mostRows))
}

func (l *listLayout) Layout(objects []fyne.CanvasObject, s fyne.Size) {
	for _, o := range objects {
		widgets.Place(o, 0, 0, s.Width, s.Height)
	}
}

// HeightOf implements widgets.FlowLayout.
func (l *listLayout) HeightOf([]fyne.CanvasObject, float32) float32 { return l.height() }

func (l *listLayout) MinSize([]fyne.CanvasObject) fyne.Size {
	return fyne.NewSize(widgets.Space(40), l.height())
}

// ringLayout puts what has a ring of the focus so that its face begins at
// the margin.
type ringLayout struct{}

func (ringLayout) room() float32 { return theme.Current().Px(3) }

func (l ringLayout) Layout(objects []fyne.CanvasObject, s fyne.Size) {
	for _, o := range objects {
		widgets.Place(o, -l.room(), 0, s.Width+2*l.room(), s.Height)
	}
}

// HeightOf implements widgets.FlowLayout.
func (l ringLayout) HeightOf(objects []fyne.CanvasObject, width float32) float32 {
	return widgets.HeightFor(objects[0], width+2*l.room())
}

func (ringLayout) MinSize(objects []fyne.CanvasObject) fyne.Size { return objects[0].MinSize() }
