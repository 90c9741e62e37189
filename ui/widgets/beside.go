package widgets

import (
	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"

	"polis/ui/theme"
)

// Beside puts objects beside each other by their shares of the width, or
// below each other where a share would have less than 150 pixels at 100 %. A
// share is a number of columns with what lies between them: lines with the
// same sum stand in one grid.
func Beside(shares []float32, objects ...fyne.CanvasObject) *fyne.Container {
	return container.New(besideLayout{shares: shares}, objects...)
}

// Level is Beside for panels: those of one line are as high as its highest.
func Level(shares []float32, objects ...fyne.CanvasObject) *fyne.Container {
	return container.New(besideLayout{shares: shares, level: true}, objects...)
}

// leastShare is the least width of a share at 100 %.
const leastShare = 150

type besideLayout struct {
	shares []float32
	level  bool
}

func (l besideLayout) widths(n int, width float32) []float32 {
	gap, all := Space(3), float32(0)
	for _, s := range l.shares[:n] {
		all += s
	}
	if width < all*theme.Current().Px(leastShare) {
		return nil
	}
	column := (width - gap*(all-1)) / all
	out := make([]float32, n)
	for i := range out {
		out[i] = column*l.shares[i] + gap*(l.shares[i]-1)
	}
	return out
}

func (l besideLayout) arrange(objects []fyne.CanvasObject, width float32, move bool) float32 {
	widths := l.widths(len(objects), width)
	x, y, high := float32(0), float32(0), float32(0)
	if l.level && widths != nil {
		for i, o := range objects {
			high = max(high, HeightFor(o, widths[i]))
		}
	}
	for i, o := range objects {
		if widths == nil {
			h := HeightFor(o, width)
			if i > 0 {
				y += Space(2)
			}
			if move {
				Place(o, 0, y, width, h)
			}
			y += h
			continue
		}
		h := HeightFor(o, widths[i])
		if l.level {
			h = high
		}
		if move {
			Place(o, x, 0, widths[i], h)
		}
		x += widths[i] + Space(3)
		high = max(high, h)
	}
	return max(y, high)
}

func (l besideLayout) Layout(objects []fyne.CanvasObject, s fyne.Size) {
	l.arrange(objects, s.Width, true)
}

// HeightOf implements FlowLayout.
func (l besideLayout) HeightOf(objects []fyne.CanvasObject, width float32) float32 {
	return l.arrange(objects, width, false)
}

func (l besideLayout) MinSize(objects []fyne.CanvasObject) fyne.Size {
	return fyne.NewSize(Space(40), l.arrange(objects, Space(120), false))
}
