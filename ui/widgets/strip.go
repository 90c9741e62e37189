package widgets

import (
	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"

	"polis/ui/theme"
)

// Strip is one line that never grows: what is below it stays in its place.
// At the left it shows as many of its parts as there is room for, at the
// right a text that has a shorter form. The first part, when it is a text
// that may be shortened, gives way before the others do.
type Strip struct {
	object      *fyne.Container
	parts       []fyne.CanvasObject
	long, short *Text
}

// stripHeight is that of a small button, at 100 %.
const stripHeight = 32

// NewStrip returns an empty strip.
func NewStrip() *Strip {
	s := &Strip{long: NewText(Secondary, ""), short: NewText(Secondary, "")}
	s.object = container.New(&stripLayout{s})
	return s
}

// Object is what is drawn.
func (s *Strip) Object() fyne.CanvasObject { return s.object }

// Set shows other parts and another text at the right.
func (s *Strip) Set(long, short string, parts ...fyne.CanvasObject) {
	s.parts = parts
	s.long.Set(long)
	s.short.Set(short)
	s.object.Objects = append(append([]fyne.CanvasObject{}, parts...), s.long, s.short)
	s.object.Refresh()
}

type stripLayout struct{ s *Strip }

// wish is the width of a part when it need not give way.
func (*stripLayout) wish(o fyne.CanvasObject) float32 {
	if t, ok := o.(*Text); ok {
		return t.Natural()
	}
	return o.MinSize().Width
}

func (l *stripLayout) Layout(_ []fyne.CanvasObject, size fyne.Size) {
	s, gap := l.s, Space(1.5)
	all := float32(0)
	for _, p := range s.parts {
		all += l.wish(p) + gap
	}
	end, other := s.long, s.short
	if all+s.long.Natural() > size.Width {
		end, other = s.short, s.long
	}
	SetVisible(end, true)
	SetVisible(other, false)
	width := end.Natural()
	l.put(end, size.Width-width, width, size)
	l.place(size.Width-width-gap, all-gap, size)
}

// place puts the parts into the room that is left for them.
func (l *stripLayout) place(room, all float32, size fyne.Size) {
	x := float32(0)
	if len(l.s.parts) > 0 {
		x = l.lead(l.s.parts[0])
	}
	for i, p := range l.s.parts {
		w := l.wish(p)
		if t, ok := p.(*Text); ok && i == 0 && t.wraps {
			w = min(w, max(w-(all-room), Space(10)))
		}
		SetVisible(p, x+w <= room+0.5)
		if p.Visible() {
			l.put(p, x, w, size)
			x += w + Space(1.5)
		}
	}
}

// lead makes the first letter stand where the faces above and below begin,
// which leave room for the ring of the focus.
func (*stripLayout) lead(first fyne.CanvasObject) float32 {
	room := theme.Current().Px(ringRoom)
	if b, ok := first.(*Button); ok {
		return -b.inset()
	}
	return room
}

func (*stripLayout) put(o fyne.CanvasObject, x, width float32, size fyne.Size) {
	h := o.MinSize().Height
	Place(o, x, (size.Height-h)/2, width, h)
}

// HeightOf implements FlowLayout.
func (*stripLayout) HeightOf([]fyne.CanvasObject, float32) float32 {
	return theme.Current().Px(stripHeight)
}

func (l *stripLayout) MinSize([]fyne.CanvasObject) fyne.Size {
	return fyne.NewSize(Space(20), l.HeightOf(nil, 0))
}
