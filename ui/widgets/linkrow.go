package widgets

import (
	"image/color"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"

	"polis/ui/theme"
)

// LinkRow is a line that opens something: an icon, a title that wraps, and
// quietly what it is.
type LinkRow struct {
	press
	icon   fyne.Resource
	colour fyne.ThemeColorName // of the icon
	title  *Text
	detail *Text
	// OnFocus is told when the row gets the focus, to bring it in sight.
	OnFocus func()
}

// FocusGained implements fyne.Focusable.
func (l *LinkRow) FocusGained() {
	l.press.FocusGained()
	if l.OnFocus != nil {
		l.OnFocus()
	}
}

// NewLinkRow returns a link row.
func NewLinkRow(icon fyne.Resource, title, detail string, onPress func()) *LinkRow {
	l := &LinkRow{icon: icon, colour: theme.ColorLink}
	l.title = newText(Body, []Run{{Text: title, URL: "#"}}, true, 0)
	l.detail = NewWrapped(Secondary, detail)
	l.extend(l, onPress)
	return l
}

// NewFindingRow returns a link row to something that is wrong, or that may be
// looked at: with the icon of its kind.
func NewFindingRow(kind Kind, title, detail string, onPress func()) *LinkRow {
	l := NewLinkRow(kind.icon(), title, detail, onPress)
	l.colour = kind.colourName()
	return l
}

func (l *LinkRow) room() float32 { return theme.Current().Px(30) }

// HeightFor implements Flowing.
func (l *LinkRow) HeightFor(width float32) float32 {
	w := width - l.room() - Space(2)
	return max(l.title.HeightFor(w)+l.detail.HeightFor(w)+Space(2), theme.Current().Px(32))
}

// MinSize implements fyne.CanvasObject.
func (l *LinkRow) MinSize() fyne.Size {
	return fyne.NewSize(Space(30), l.HeightFor(max(l.Size().Width, Space(60))))
}

// CreateRenderer implements fyne.Widget.
func (l *LinkRow) CreateRenderer() fyne.WidgetRenderer {
	k := theme.Current().Tokens()
	face, ring := canvas.NewRectangle(color.Transparent), newRing(2)
	face.CornerRadius = Space(1)
	icon := Icon(l.icon, l.colour, 20)
	return &drawn{
		objects: []fyne.CanvasObject{face, ring, icon, l.title, l.detail},
		min:     l.MinSize,
		layout: func(s fyne.Size) {
			room := theme.Current().Px(ringRoom)
			Place(face, room, room, s.Width-2*room, s.Height-2*room)
			Place(ring, 0, 0, s.Width, s.Height)
			i := theme.Current().Px(20)
			Place(icon, Space(1), Space(1)+room, i, i)
			w := s.Width - l.room() - Space(2)
			h := l.title.HeightFor(w)
			Place(l.title, l.room(), Space(1), w, h)
			Place(l.detail, l.room(), Space(1)+h, w, l.detail.HeightFor(w))
		},
		refresh: func() {
			face.FillColor = color.Transparent
			if l.hovered {
				face.FillColor = k.Quiet
			}
			SetVisible(ring, l.focused)
			canvas.Refresh(l)
		},
	}
}
