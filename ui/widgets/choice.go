package widgets

import (
	"image/color"
	"slices"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"
	fynetheme "fyne.io/fyne/v2/theme"

	"polis/ui/theme"
)

// Option is one value of a choice.
type Option struct{ Value, Label string }

// Choice shows the likeliest values side by side and the others behind
// "Altro". One stop for the focus: arrows left and right choose, Enter opens
// the list of all.
type Choice struct {
	press
	options  []Option
	shown    int
	other    string
	value    string
	onChange func(value string)
	segments []segment
}

type segment struct {
	face *canvas.Rectangle
	text *canvas.Text
	x, w float32
}

// NewChoice returns a choice which shows the first values, as many as shown,
// and the rest behind the label other ("" when none are hidden).
func NewChoice(options []Option, shown int, other string, onChange func(value string)) *Choice {
	c := &Choice{options: options, shown: min(shown, len(options)), other: other, onChange: onChange}
	if len(options) > 0 {
		c.value = options[0].Value
	}
	c.extend(c, func() { c.menu() })
	return c
}

// Value returns what is chosen.
func (c *Choice) Value() string { return c.value }

// Has reports whether a value can be chosen.
func (c *Choice) Has(value string) bool {
	return slices.ContainsFunc(c.options, func(o Option) bool { return o.Value == value })
}

// SetOptions replaces the values; what is chosen stays.
func (c *Choice) SetOptions(options []Option) {
	c.options, c.shown = options, min(c.shown, len(options))
	c.Refresh()
}

// Set chooses a value without telling anybody.
func (c *Choice) Set(value string) {
	if c.value != value {
		c.value = value
		c.Refresh()
	}
}

// SetShown changes how many values are shown.
func (c *Choice) SetShown(n int) {
	if n = min(n, len(c.options)); n != c.shown {
		c.shown = n
		c.Refresh()
	}
}

// Choose takes a value as if it had been pressed.
func (c *Choice) Choose(value string) {
	c.value = value
	c.Refresh()
	if c.onChange != nil {
		c.onChange(value)
	}
}

func (c *Choice) index() int {
	for i, o := range c.options {
		if o.Value == c.value {
			return i
		}
	}
	return -1
}

func (c *Choice) hasOther() bool { return c.shown < len(c.options) }

// labels returns what the segments say and which one is chosen.
func (c *Choice) labels() (labels []string, chosen int) {
	for _, o := range c.options[:c.shown] {
		labels = append(labels, o.Label)
	}
	chosen = c.index()
	if c.hasOther() {
		label := c.other
		if chosen >= c.shown {
			label, chosen = c.options[chosen].Label, c.shown
		}
		labels = append(labels, label)
	}
	return labels, chosen
}

func (c *Choice) menu() {
	items := make([]MenuItem, len(c.options))
	for i, o := range c.options {
		items[i] = MenuItem{Label: o.Label, Checked: o.Value == c.value, OnPress: func() { c.Choose(o.Value) }}
	}
	ShowMenu(c, items)
}

// Tapped implements fyne.Tappable.
func (c *Choice) Tapped(e *fyne.PointEvent) {
	for i, s := range c.segments {
		if e.Position.X >= s.x && e.Position.X <= s.x+s.w {
			if i < c.shown {
				c.Choose(c.options[i].Value)
			} else {
				c.menu()
			}
			return
		}
	}
}

// TypedKey implements fyne.Focusable.
func (c *Choice) TypedKey(e *fyne.KeyEvent) {
	step := 0
	switch e.Name {
	case fyne.KeyLeft:
		step = -1
	case fyne.KeyRight:
		step = 1
	default:
		c.press.TypedKey(e)
		return
	}
	if i := c.index() + step; i >= 0 && i < len(c.options) {
		c.Choose(c.options[i].Value)
	}
}

// CreateRenderer implements fyne.Widget.
func (c *Choice) CreateRenderer() fyne.WidgetRenderer {
	r := &choiceRenderer{c: c, ring: newRing(4), arrow: Icon(fynetheme.MenuDropDownIcon(), theme.ColorTitle, 16)}
	r.dress()
	return r
}

type choiceRenderer struct {
	c     *Choice
	ring  *canvas.Rectangle
	arrow *canvas.Image
}

func (r *choiceRenderer) dress() {
	th := theme.Current()
	k := th.Tokens()
	labels, chosen := r.c.labels()
	for len(r.c.segments) < len(labels) {
		r.c.segments = append(r.c.segments, segment{face: canvas.NewRectangle(color.Transparent), text: canvas.NewText("", k.Title)})
	}
	r.c.segments = r.c.segments[:len(labels)]
	for i, s := range r.c.segments {
		s.text.Text, s.text.TextSize = labels[i], th.Px(14)
		s.text.TextStyle.Bold = i == chosen
		s.text.Color = k.Text
		s.face.FillColor, s.face.StrokeColor, s.face.StrokeWidth = k.Paper, k.Line, th.Px(1)
		s.face.CornerRadius = th.Px(4)
		if i == chosen {
			s.text.Color = k.Link
			s.face.FillColor, s.face.StrokeColor, s.face.StrokeWidth = k.Chosen, k.ChosenBorder, th.Px(1.5)
		}
	}
	colour := theme.ColorTitle
	if chosen == r.c.shown {
		colour = theme.ColorLink
	}
	setPicture(r.arrow, tinted(fynetheme.MenuDropDownIcon(), colour))
	SetVisible(r.arrow, r.c.hasOther())
	SetVisible(r.ring, r.c.focused)
}

// widths counts every label as bold, so that choosing moves nothing.
func (r *choiceRenderer) widths() []float32 {
	th := theme.Current()
	out := make([]float32, len(r.c.segments))
	for i, s := range r.c.segments {
		out[i] = fyne.MeasureText(s.text.Text, th.Px(14), fyne.TextStyle{Bold: true}).Width + th.Px(20)
		if i == r.c.shown {
			out[i] += th.Px(14)
		}
	}
	return out
}

func (r *choiceRenderer) MinSize() fyne.Size {
	r.dress()
	th := theme.Current()
	w := 2 * th.Px(ringRoom)
	for i, x := range r.widths() {
		w += x
		if i > 0 {
			w += th.Px(3)
		}
	}
	return fyne.NewSize(w, th.Px(34)+2*th.Px(ringRoom))
}

func (r *choiceRenderer) Layout(s fyne.Size) {
	th := theme.Current()
	room := th.Px(ringRoom)
	Place(r.ring, 0, 0, s.Width, s.Height)
	x := room
	for i, w := range r.widths() {
		g := &r.c.segments[i]
		g.x, g.w = x, w
		Place(g.face, x, room, w, s.Height-2*room)
		m := g.text.MinSize()
		left := x + (w-m.Width)/2
		if i == r.c.shown {
			left -= th.Px(7)
			Place(r.arrow, x+w-th.Px(22), (s.Height-th.Px(16))/2, th.Px(16), th.Px(16))
		}
		Place(g.text, left, (s.Height-m.Height)/2, m.Width, m.Height)
		x += w + th.Px(3)
	}
}

func (r *choiceRenderer) Refresh() {
	r.dress()
	r.Layout(r.c.Size())
	for _, o := range r.Objects() {
		canvas.Refresh(o)
	}
}

func (r *choiceRenderer) Objects() []fyne.CanvasObject {
	out := make([]fyne.CanvasObject, 0, 2*len(r.c.segments)+2)
	for _, s := range r.c.segments {
		out = append(out, s.face)
	}
	for _, s := range r.c.segments {
		out = append(out, s.text)
	}
	return append(out, r.arrow, r.ring)
}

func (r *choiceRenderer) Destroy() {}
