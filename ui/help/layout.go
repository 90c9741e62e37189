package help

import (
	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"

	"polis/ui/theme"
	"polis/ui/widgets"
)

// upright is the line between titles and text.
func upright() fyne.CanvasObject { return canvas.NewRectangle(theme.Current().Tokens().Line) }

// bookLayout puts the titles of the chapters beside the text or, where there
// is no room, behind a button above it.
type bookLayout struct{}

// Sizes at 100 %.
const (
	titlesWidth = 270
	leastBook   = 780
)

func (bookLayout) Layout(objects []fyne.CanvasObject, s fyne.Size) {
	th := theme.Current()
	title, index, rows, line, text := objects[0], objects[1], objects[2], objects[3], objects[4]
	wide := s.Width >= th.Px(leastBook)
	widgets.SetVisible(index, !wide)
	widgets.SetVisible(rows, wide)
	widgets.SetVisible(line, wide)
	top := widgets.HeightFor(title, s.Width)
	widgets.Place(title, 0, 0, s.Width, top)
	margin := widgets.Space(4)
	if wide {
		w := th.Px(titlesWidth)
		widgets.Place(rows, 0, top, w, s.Height-top)
		widgets.Place(line, w, top, 1, s.Height-top)
		widgets.Place(text, w+2*margin, top, s.Width-w-3*margin, s.Height-top)
		return
	}
	h := index.MinSize().Height
	widgets.Place(index, margin-th.Px(3), top, min(index.MinSize().Width, s.Width-2*margin), h)
	widgets.Place(text, margin, top+h+widgets.Space(2), s.Width-2*margin, s.Height-top-h-widgets.Space(2))
}

func (bookLayout) MinSize([]fyne.CanvasObject) fyne.Size { return fyne.Size{} }
