package widgets

import (
	"image/color"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"

	"polis/ui/theme"
)

// Weight says how much a button asks for attention.
type Weight int

// The weights of buttons. Primary is for the one thing that comes next.
const (
	Quiet Weight = iota
	Primary
	Bare // only text, as in a line of text
)

// Button has an icon, a label and, beside it, its key; each may be missing.
type Button struct {
	press
	label, key string
	icon       fyne.Resource
	weight     Weight
	small      bool
	iconLast   bool
}

// ButtonSpec is what a button is made of.
type ButtonSpec struct {
	Label, Key string
	Icon       fyne.Resource
	IconLast   bool // the icon stands after the label: it opens a list
	Weight     Weight
	Small      bool // small type, as in a line of secondary text
	OnPress    func()
}

// NewButton returns a button.
func NewButton(s ButtonSpec) *Button {
	b := &Button{label: s.Label, key: s.Key, icon: s.Icon, weight: s.Weight, small: s.Small, iconLast: s.IconLast}
	b.extend(b, s.OnPress)
	return b
}

// SetLabel changes the label.
func (b *Button) SetLabel(s string) {
	if b.label != s {
		b.label = s
		b.Refresh()
	}
}

// SetFace changes what the button shows, not what it does. A button that was
// made without an icon stays without.
func (b *Button) SetFace(s ButtonSpec) {
	if b.label != s.Label || b.key != s.Key || b.weight != s.Weight || b.icon != s.Icon {
		b.label, b.key, b.icon, b.weight = s.Label, s.Key, s.Icon, s.Weight
		b.Refresh()
	}
}

// Label returns the label.
func (b *Button) Label() string { return b.label }

func (b *Button) colours() (fill, ink color.Color, icon fyne.ThemeColorName) {
	k := theme.Current().Tokens()
	switch {
	case b.disabled:
		return k.Quiet, k.Muted, theme.ColorMuted
	case b.weight == Primary && b.hovered:
		return k.PrimaryHover, k.OnPrimary, theme.ColorOnPrimary
	case b.weight == Primary:
		return k.Primary, k.OnPrimary, theme.ColorOnPrimary
	case b.weight == Bare && !b.hovered:
		return color.Transparent, k.Link, theme.ColorLink
	case b.weight == Bare:
		return k.Quiet, k.Link, theme.ColorLink
	case b.hovered:
		return k.Hover, k.Title, theme.ColorTitle
	}
	return k.Quiet, k.Title, theme.ColorTitle
}

// parts are the pieces of a button's face.
type parts struct {
	face, ring *canvas.Rectangle
	icon       *canvas.Image
	label, key *canvas.Text
}

// CreateRenderer implements fyne.Widget.
func (b *Button) CreateRenderer() fyne.WidgetRenderer {
	p := &parts{
		face: canvas.NewRectangle(color.Transparent), ring: newRing(4),
		label: canvas.NewText("", color.Black), key: canvas.NewText("", color.Black),
	}
	d := &drawn{objects: []fyne.CanvasObject{p.face, p.ring, p.label, p.key}}
	if b.icon != nil {
		p.icon = Icon(b.icon, theme.ColorText, 18)
		d.objects = append(d.objects, p.icon)
	}
	d.min = func() fyne.Size { return b.minSize(p) }
	d.layout = func(s fyne.Size) { b.layOut(p, s) }
	d.refresh = func() {
		b.dress(p)
		b.layOut(p, b.Size())
		for _, o := range d.objects {
			canvas.Refresh(o)
		}
	}
	b.dress(p)
	return d
}

func (b *Button) dress(p *parts) {
	th := theme.Current()
	fill, ink, iconColour := b.colours()
	p.face.FillColor, p.face.CornerRadius = fill, th.Px(4)
	p.face.StrokeWidth, p.face.StrokeColor = 0, color.Transparent
	if b.weight == Quiet {
		p.face.StrokeWidth, p.face.StrokeColor = th.Px(1), th.Tokens().Line
	}
	size := th.Body()
	if b.small {
		size = th.Secondary()
	}
	for _, t := range []*canvas.Text{p.label, p.key} {
		t.Color, t.TextSize = ink, size
	}
	p.label.TextStyle.Bold = b.weight != Bare
	p.label.Text, p.key.Text = b.label, b.key
	p.key.TextSize = th.Secondary()
	if p.icon != nil {
		setPicture(p.icon, tinted(b.icon, iconColour))
	}
	SetVisible(p.ring, b.focused)
}

// measure returns the widths of icon, label and key with the gaps before
// them.
func (b *Button) measure(p *parts) (icon, label, key float32) {
	th := theme.Current()
	if p.icon != nil {
		icon = th.Px(18)
	}
	if b.label != "" {
		label = p.label.MinSize().Width
		if icon > 0 {
			label += th.Px(6)
		}
	}
	if b.key != "" {
		key = p.key.MinSize().Width + th.Px(8)
	}
	return icon, label, key
}

func (b *Button) inset() float32 {
	if b.weight == Bare {
		return theme.Current().Px(3)
	}
	return theme.Current().Px(11)
}

func (b *Button) minSize(p *parts) fyne.Size {
	b.dress(p)
	th := theme.Current()
	icon, label, key := b.measure(p)
	high := th.Px(34)
	if b.weight == Bare && b.small {
		high = th.Px(26)
	}
	room := th.Px(ringRoom) * 2
	return fyne.NewSize(icon+label+key+2*b.inset()+room, max(high, p.label.MinSize().Height)+room)
}

func (b *Button) layOut(p *parts, s fyne.Size) {
	th := theme.Current()
	room := th.Px(ringRoom)
	Place(p.face, room, room, s.Width-2*room, s.Height-2*room)
	Place(p.ring, 0, 0, s.Width, s.Height)
	icon, label, key := b.measure(p)
	x := (s.Width - icon - label - key) / 2
	if p.icon != nil {
		at := x
		if b.iconLast {
			at, x = x+label+key, x-icon
			if b.label != "" {
				x -= th.Px(6) // the gap goes with the icon
			}
		}
		Place(p.icon, at, (s.Height-th.Px(18))/2, th.Px(18), th.Px(18))
	}
	x += icon + label
	lm, km := p.label.MinSize(), p.key.MinSize()
	Place(p.label, x-lm.Width, (s.Height-lm.Height)/2, lm.Width, lm.Height)
	x += key
	Place(p.key, x-km.Width, (s.Height-km.Height)/2+th.Px(0.5), km.Width, km.Height)
}

// Weight returns how much the button asks for attention.
func (b *Button) Weight() Weight { return b.weight }
