package widgets

import (
	"image/color"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"
	fynetheme "fyne.io/fyne/v2/theme"

	"polis/ui/theme"
)

// Tick is a box to tick with its words beside it.
type Tick struct {
	press
	on       bool
	text     *Text
	more     *Text // small, below; nil = none
	onChange func(on bool)
}

// boxSide is the side of the box, at 100 %.
const boxSide = 20

// NewTick returns a box; detail may be empty.
func NewTick(label, detail string, on bool, onChange func(on bool)) *Tick {
	t := &Tick{on: on, onChange: onChange, text: NewWrapped(Body, label)}
	if detail != "" {
		t.more = NewWrapped(Secondary, detail)
	}
	t.extend(t, func() {
		t.on = !t.on
		t.Refresh()
		if t.onChange != nil {
			t.onChange(t.on)
		}
	})
	return t
}

// On reports whether it is ticked.
func (t *Tick) On() bool { return t.on }

// Set ticks it or not, without telling anybody.
func (t *Tick) Set(on bool) {
	if t.on != on {
		t.on = on
		t.Refresh()
	}
}

// Label returns the words.
func (t *Tick) Label() string { return t.text.String() }

func (t *Tick) indent() float32 { return theme.Current().Px(boxSide+2*ringRoom) + Space(1.5) }

// HeightFor implements Flowing.
func (t *Tick) HeightFor(width float32) float32 {
	w := max(width-t.indent(), Space(5))
	h := HeightFor(t.text, w)
	if t.more != nil {
		h += HeightFor(t.more, w)
	}
	return max(h+2*t.above(), theme.Current().Px(32))
}

// above is the room over the words, so that one line stands beside the box.
func (t *Tick) above() float32 {
	th := theme.Current()
	return (th.Px(32) - th.LineHeight(th.Body())) / 2
}

// MinSize implements fyne.CanvasObject.
func (t *Tick) MinSize() fyne.Size {
	return fyne.NewSize(Space(30), t.HeightFor(max(t.Size().Width, Space(60))))
}

// CreateRenderer implements fyne.Widget.
func (t *Tick) CreateRenderer() fyne.WidgetRenderer {
	box, ring := canvas.NewRectangle(color.Transparent), newRing(4)
	mark := Icon(fynetheme.ConfirmIcon(), theme.ColorOnPrimary, boxSide-4)
	objects := []fyne.CanvasObject{box, ring, mark, t.text}
	if t.more != nil {
		objects = append(objects, t.more)
	}
	dress := func() {
		th := theme.Current()
		k := th.Tokens()
		box.CornerRadius, box.StrokeWidth = th.Px(3), th.Px(1.5)
		box.FillColor, box.StrokeColor = k.Paper, k.Border
		switch {
		case t.on && t.disabled:
			box.FillColor, box.StrokeColor = k.Muted, k.Muted
		case t.on:
			box.FillColor, box.StrokeColor = k.Primary, k.Primary
		case t.hovered && !t.disabled:
			box.FillColor = k.Hover
		}
		SetVisible(mark, t.on)
		SetVisible(ring, t.focused)
	}
	dress()
	return &drawn{
		objects: objects, min: t.MinSize,
		layout: func(s fyne.Size) {
			th := theme.Current()
			side, room := th.Px(boxSide), th.Px(ringRoom)
			y := (th.Px(32) - side) / 2
			Place(ring, 0, y-room, side+2*room, side+2*room)
			Place(box, room, y, side, side)
			Place(mark, room+th.Px(2), y+th.Px(2), side-th.Px(4), side-th.Px(4))
			w := s.Width - t.indent()
			h := HeightFor(t.text, w)
			Place(t.text, t.indent(), t.above(), w, h)
			if t.more != nil {
				Place(t.more, t.indent(), t.above()+h, w, HeightFor(t.more, w))
			}
		},
		refresh: func() {
			dress()
			canvas.Refresh(t)
		},
	}
}
