package widgets

import (
	"image/color"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"
	fynetheme "fyne.io/fyne/v2/theme"

	"polis/ui/theme"
)

// Chip is a filter: it opens a menu, and when it is active its cross (or
// Delete) clears it.
type Chip struct {
	press
	label   string
	active  bool
	onClear func()
}

// NewChip returns a chip; onPress opens its menu.
func NewChip(label string, onPress, onClear func()) *Chip {
	c := &Chip{label: label, onClear: onClear}
	c.extend(c, onPress)
	return c
}

// Set changes label and state.
func (c *Chip) Set(label string, active bool) {
	if c.label != label || c.active != active {
		c.label, c.active = label, active
		c.Refresh()
	}
}

// Active reports whether the chip filters.
func (c *Chip) Active() bool { return c.active }

// Label returns what the chip says.
func (c *Chip) Label() string { return c.label }

// Tapped implements fyne.Tappable: on the cross it clears.
func (c *Chip) Tapped(e *fyne.PointEvent) {
	if c.active && e.Position.X > c.Size().Width-theme.Current().Px(28) {
		c.clear()
		return
	}
	c.Press()
}

// TypedKey implements fyne.Focusable.
func (c *Chip) TypedKey(e *fyne.KeyEvent) {
	if c.active && (e.Name == fyne.KeyDelete || e.Name == fyne.KeyBackspace) {
		c.clear()
		return
	}
	c.press.TypedKey(e)
}

func (c *Chip) clear() {
	if c.onClear != nil {
		c.onClear()
	}
}

// CreateRenderer implements fyne.Widget.
func (c *Chip) CreateRenderer() fyne.WidgetRenderer {
	th := theme.Current()
	k := th.Tokens()
	face, ring := canvas.NewRectangle(color.Transparent), newRing(14)
	label := canvas.NewText("", k.Text)
	label.TextSize = th.Secondary()
	label.TextStyle.Bold = true
	sign := Icon(fynetheme.MenuDropDownIcon(), theme.ColorMuted, 16)
	dress := func() {
		face.FillColor, face.StrokeColor, face.StrokeWidth = k.Paper, k.Border, th.Px(1)
		label.Text, label.Color = c.label, k.Muted
		setPicture(sign, tinted(fynetheme.MenuDropDownIcon(), theme.ColorMuted))
		if c.active {
			face.FillColor, face.StrokeColor = k.Chosen, k.ChosenBorder
			label.Color = k.Link
			setPicture(sign, tinted(fynetheme.CancelIcon(), theme.ColorLink))
		}
		if c.hovered {
			face.FillColor = k.Hover
		}
		face.CornerRadius = th.Px(14)
		SetVisible(ring, c.focused)
	}
	room := th.Px(ringRoom)
	layOut := func(s fyne.Size) {
		Place(face, room, room, s.Width-2*room, s.Height-2*room)
		Place(ring, 0, 0, s.Width, s.Height)
		m := label.MinSize()
		Place(label, room+th.Px(11), (s.Height-m.Height)/2, m.Width, m.Height)
		Place(sign, s.Width-room-th.Px(22), (s.Height-th.Px(15))/2, th.Px(15), th.Px(15))
	}
	d := &drawn{objects: []fyne.CanvasObject{face, ring, label, sign}, layout: layOut}
	d.min = func() fyne.Size {
		dress()
		return fyne.NewSize(label.MinSize().Width+th.Px(36)+2*room, th.Px(26)+2*room)
	}
	d.refresh = func() {
		dress()
		layOut(c.Size())
		for _, o := range d.objects {
			canvas.Refresh(o)
		}
	}
	dress()
	return d
}
