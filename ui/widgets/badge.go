package widgets

import (
	"image/color"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/widget"

	"polis/ui/theme"
)

// Kind says how good or bad a message is; it is always told in words too.
type Kind int

// The kinds of messages.
const (
	Info Kind = iota
	OK
	Warn
	Bad
	Neutral
)

func (k Kind) ink(t theme.Tokens) color.NRGBA {
	switch k {
	case OK:
		return t.Green
	case Warn:
		return t.Amber
	case Bad:
		return t.Red
	case Neutral:
		return t.Muted
	}
	return t.Link
}

func (k Kind) tint(t theme.Tokens) color.NRGBA {
	switch k {
	case OK:
		return t.GreenTint
	case Warn:
		return t.AmberTint
	case Bad:
		return t.RedTint
	case Neutral:
		return t.Quiet
	}
	return t.BlueTint
}

func (k Kind) colourName() fyne.ThemeColorName {
	switch k {
	case OK:
		return theme.ColorGreen
	case Warn:
		return theme.ColorAmber
	case Bad:
		return theme.ColorRed
	case Neutral:
		return theme.ColorMuted
	}
	return theme.ColorLink
}

// Badge is a small outlined word; nothing happens when it is pressed.
type Badge struct {
	widget.BaseWidget
	kind Kind
	text string
}

// NewBadge returns a badge.
func NewBadge(kind Kind, text string) *Badge {
	b := &Badge{kind: kind, text: text}
	b.ExtendBaseWidget(b)
	return b
}

// CreateRenderer implements fyne.Widget.
func (b *Badge) CreateRenderer() fyne.WidgetRenderer {
	th := theme.Current()
	ink := b.kind.ink(th.Tokens())
	face := canvas.NewRectangle(th.Tokens().Paper)
	face.StrokeColor, face.StrokeWidth, face.CornerRadius = ink, th.Px(1), th.Px(9)
	label := canvas.NewText(b.text, ink)
	label.TextSize, label.TextStyle.Bold = th.Px(11.5), true
	size := func() fyne.Size {
		m := label.MinSize()
		return fyne.NewSize(m.Width+th.Px(14), m.Height+th.Px(2))
	}
	return &drawn{
		objects: []fyne.CanvasObject{face, label},
		min:     size,
		layout: func(s fyne.Size) {
			m := label.MinSize()
			Place(face, 0, 0, s.Width, s.Height)
			Place(label, (s.Width-m.Width)/2, (s.Height-m.Height)/2, m.Width, m.Height)
		},
	}
}

// Dot is a small filled circle, the companion of words.
func Dot(c color.Color) fyne.CanvasObject {
	th := theme.Current()
	dot := canvas.NewCircle(c)
	return container.New(dotLayout{th.Px(9)}, dot)
}

type dotLayout struct{ size float32 }

func (l dotLayout) Layout(objects []fyne.CanvasObject, s fyne.Size) {
	for _, o := range objects {
		Place(o, (s.Width-l.size)/2, (s.Height-l.size)/2, l.size, l.size)
	}
}

func (l dotLayout) MinSize([]fyne.CanvasObject) fyne.Size { return fyne.NewSquareSize(l.size + 1) }
