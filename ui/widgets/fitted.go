package widgets

import (
	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"

	"polis/ui/theme"
)

// Fitted shows as many values of a choice side by side as there is room for,
// at most so many; the others are behind its last word. The first value's
// face begins at the margin.
func Fitted(c *Choice, most int) fyne.CanvasObject {
	return container.New(fittedLayout{c, most}, c)
}

type fittedLayout struct {
	choice *Choice
	most   int
}

func (l fittedLayout) Layout(objects []fyne.CanvasObject, s fyne.Size) {
	n := l.most
	for l.choice.SetShown(n); n > 1 && l.choice.MinSize().Width > s.Width; n-- {
		l.choice.SetShown(n - 1)
	}
	Place(objects[0], -theme.Current().Px(ringRoom), 0, l.choice.MinSize().Width, s.Height)
}

func (l fittedLayout) MinSize([]fyne.CanvasObject) fyne.Size {
	return fyne.NewSize(Space(20), l.choice.MinSize().Height)
}
