package widgets

import (
	"strings"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"
	fynetheme "fyne.io/fyne/v2/theme"

	"polis/ui/theme"
)

// SelectSpec is what a drop-down is made of.
type SelectSpec struct {
	Label, Help string // either may be empty
	Options     []Option
	Value       string
	// None is what it says while nothing is chosen.
	None     string
	OnChange func(value string)
	OnFocus  func()
	OnLeave  func()
	OnGrow   func() // told when it needs another height
}

// Select is a drop-down: Enter, Space or a click opens the list, letters
// choose without opening it.
type Select struct {
	Labelled
	box *selectBox
}

// NewSelect returns a drop-down.
func NewSelect(s SelectSpec) *Select {
	b := &selectBox{options: s.Options, value: s.Value, none: s.None, onChange: s.OnChange, onLeave: s.OnLeave}
	b.extend(b, b.open)
	b.OnFocus = s.OnFocus
	out := &Select{box: b}
	out.extend(out, s.Label, s.Help, b, s.OnGrow)
	return out
}

// Focus implements Input.
func (s *Select) Focus() fyne.Focusable { return s.box }

// Value returns what is chosen, "" when nothing is.
func (s *Select) Value() string { return s.box.value }

// Set chooses a value without telling anybody.
func (s *Select) Set(value string) {
	s.box.value = value
	s.box.Refresh()
}

// Choose takes a value as if it had been pressed.
func (s *Select) Choose(value string) { s.box.choose(value) }

// SetOptions replaces the list.
func (s *Select) SetOptions(options []Option) {
	s.box.options = options
	s.box.Refresh()
}

// selectBox is the face of a drop-down.
type selectBox struct {
	press
	options  []Option
	value    string
	none     string
	typed    string
	onChange func(string)
	onLeave  func()
}

func (b *selectBox) choose(value string) {
	b.value = value
	b.Refresh()
	if b.onChange != nil {
		b.onChange(value)
	}
}

func (b *selectBox) at() int {
	for i, o := range b.options {
		if o.Value == b.value {
			return i
		}
	}
	return -1
}

func (b *selectBox) open() {
	items := make([]MenuItem, len(b.options))
	for i, o := range b.options {
		items[i] = MenuItem{Label: o.Label, Checked: o.Value == b.value, OnPress: func() { b.choose(o.Value) }}
	}
	showMenu(b, items, b.Size().Width)
}

// FocusLost implements fyne.Focusable.
func (b *selectBox) FocusLost() {
	b.typed = ""
	b.press.FocusLost()
	if b.onLeave != nil {
		b.onLeave()
	}
}

// TypedKey implements fyne.Focusable. A blank within a name that is being
// typed belongs to it.
func (b *selectBox) TypedKey(e *fyne.KeyEvent) {
	if e.Name == fyne.KeySpace && b.typed != "" && b.beginning(b.typed+" ", b.at()) >= 0 {
		return
	}
	if len(e.Name) > 1 {
		b.typed = ""
	}
	b.press.TypedKey(e)
}

// beginning finds the first value from one on that begins with a text, -1 for
// none.
func (b *selectBox) beginning(text string, from int) int {
	return next(len(b.options), max(from, 0), func(i int) bool { return strings.HasPrefix(strings.ToLower(b.options[i].Label), text) })
}

// TypedRune chooses the value that begins with what was typed in one go; the
// same letter again goes to the next one.
func (b *selectBox) TypedRune(r rune) {
	if b.disabled || r == ' ' && b.typed == "" {
		return
	}
	letter := strings.ToLower(string(r))
	i := -1
	if b.typed != "" {
		i = b.beginning(b.typed+letter, b.at())
	}
	switch {
	case i >= 0:
		b.typed += letter
	case r == ' ':
		return
	default:
		if i = b.beginning(letter, b.at()+1); i < 0 {
			return
		}
		b.typed = letter
	}
	if i != b.at() {
		b.choose(b.options[i].Value)
	}
}

// CreateRenderer implements fyne.Widget.
func (b *selectBox) CreateRenderer() fyne.WidgetRenderer {
	face, ring := transparent(), newRing(4)
	text := NewClipped(Body, "")
	arrow := Icon(fynetheme.MenuDropDownIcon(), theme.ColorTitle, 20)
	dress := func() {
		th := theme.Current()
		k := th.Tokens()
		face.FillColor, face.StrokeColor, face.StrokeWidth, face.CornerRadius = k.Paper, k.Border, entryLine(), th.Px(4)
		switch {
		case b.disabled:
			face.FillColor, face.StrokeColor = k.Quiet, k.Line
		case b.hovered:
			face.FillColor = k.Quiet
		}
		label := b.none
		if i := b.at(); i >= 0 {
			label = b.options[i].Label
		}
		if text.String() != label {
			text.Set(label)
		}
		SetVisible(ring, b.focused)
	}
	dress()
	return &drawn{
		objects: []fyne.CanvasObject{face, text, arrow, ring},
		min: func() fyne.Size {
			th := theme.Current()
			return fyne.NewSize(Space(20), entryHeight()+2*th.Px(ringRoom))
		},
		layout: func(s fyne.Size) {
			th := theme.Current()
			room, side := th.Px(ringRoom), th.Px(20)
			Place(ring, 0, 0, s.Width, s.Height)
			placeFace(face, room, room, s.Width-2*room, s.Height-2*room)
			h := th.LineHeight(th.Body())
			Place(text, room+entryInset(), (s.Height-h)/2, s.Width-2*room-Space(4)-side-th.Px(8), h)
			Place(arrow, s.Width-room-side-th.Px(8), (s.Height-side)/2, side, side)
		},
		refresh: func() {
			dress()
			canvas.Refresh(b)
		},
	}
}
