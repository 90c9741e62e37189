package widgets

import (
	"strings"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/driver/desktop"
	"fyne.io/fyne/v2/widget"

	"polis/ui/theme"
)

func upper(s string) string { return strings.ToUpper(s) }

// NewCentred returns a wrapped text on the middle of its width.
func NewCentred(role Role, s string) fyne.CanvasObject {
	t := NewWrapped(role, s)
	t.centred = true
	return t
}

// DialogSpec is a question that must be answered first. Enter takes Accept,
// Esc takes Cancel.
type DialogSpec struct {
	Title  string
	Body   fyne.CanvasObject
	Accept string
	Cancel string // "" = there is nothing to choose
	// OnAccept reports whether the dialog may close.
	OnAccept func() bool
	OnCancel func()
	OnClosed func() // after either; may be nil
	// First gets the focus; nil = the button that accepts, see Grave.
	First fyne.Focusable
	Width float32 // at 100 %, 0 = 440
	// Grave says that what Accept does cannot be taken back: Cancel has the
	// focus and the colour.
	Grave bool
}

// Dialog lies over the window.
type Dialog struct {
	widget.BaseWidget
	spec   DialogSpec
	canvas fyne.Canvas
	accept *Button
	cancel *Button
	old    func(*fyne.KeyEvent)
	oldTyp func(rune)
}

// ShowDialog opens a dialog. While it is open the window's keys rest.
func ShowDialog(c fyne.Canvas, s DialogSpec) *Dialog {
	d := &Dialog{spec: s, canvas: c}
	d.ExtendBaseWidget(d)
	yes, no := Primary, Quiet
	if s.Grave {
		yes, no = Quiet, Primary
	}
	d.accept = NewButton(ButtonSpec{Label: s.Accept, Weight: yes, OnPress: d.Accept})
	if s.Cancel != "" {
		d.cancel = NewButton(ButtonSpec{Label: s.Cancel, Weight: no, OnPress: d.Cancel})
	}
	d.old, d.oldTyp = c.OnTypedKey(), c.OnTypedRune()
	c.SetOnTypedKey(d.key)
	c.SetOnTypedRune(nil)
	c.Overlays().Add(d)
	d.Resize(c.Size())
	first := s.First
	if first == nil {
		first = d.accept
		if s.Grave && d.cancel != nil {
			first = d.cancel
		}
	}
	c.Focus(first)
	return d
}

// Accept does what Enter does.
func (d *Dialog) Accept() {
	if d.spec.OnAccept == nil || d.spec.OnAccept() {
		d.close()
	}
}

// Cancel does what Esc does.
func (d *Dialog) Cancel() {
	d.close()
	if d.spec.OnCancel != nil {
		d.spec.OnCancel()
	}
}

func (d *Dialog) close() {
	d.canvas.SetOnTypedKey(d.old)
	d.canvas.SetOnTypedRune(d.oldTyp)
	d.canvas.Overlays().Remove(d)
	if d.spec.OnClosed != nil {
		d.spec.OnClosed()
	}
}

func (d *Dialog) key(e *fyne.KeyEvent) {
	switch e.Name {
	case fyne.KeyEscape:
		d.Cancel()
	case fyne.KeyReturn, fyne.KeyEnter:
		d.Accept()
	}
}

// boundLayout makes an object at most so high; 0 does not bound it.
type boundLayout struct{ most float32 }

func (l *boundLayout) Layout(objects []fyne.CanvasObject, s fyne.Size) {
	Place(objects[0], 0, 0, s.Width, s.Height)
}

// HeightOf implements FlowLayout.
func (l *boundLayout) HeightOf(objects []fyne.CanvasObject, width float32) float32 {
	h := HeightFor(objects[0], width)
	if l.most > 0 {
		h = min(h, l.most)
	}
	return h
}

func (l *boundLayout) MinSize([]fyne.CanvasObject) fyne.Size {
	return fyne.NewSize(Space(20), Space(5))
}

// Tapped keeps clicks from what lies below.
func (d *Dialog) Tapped(*fyne.PointEvent) {}

// CreateRenderer implements fyne.Widget.
func (d *Dialog) CreateRenderer() fyne.WidgetRenderer {
	k := theme.Current().Tokens()
	scrim := canvas.NewRectangle(k.Scrim)
	buttons := []fyne.CanvasObject{Gap(1, 1)}
	if d.cancel != nil {
		buttons = append(buttons, d.cancel)
	}
	buttons = append(buttons, d.accept)
	bound := &boundLayout{}
	body := container.New(bound, newTall(d.spec.Body))
	content := Stack(4, NewWrapped(Heading, d.spec.Title), body, Row(2, 0, buttons...))
	card := Panel(Pad(5, 6, 4, 6, content), Surface{Fill: k.Paper, Stroke: k.Line, Radius: 6})
	layOut := func(s fyne.Size) {
		Place(scrim, 0, 0, s.Width, s.Height)
		width := d.spec.Width
		if width == 0 {
			width = 440
		}
		w := min(theme.Current().Px(width), s.Width-Space(4))
		bound.most = 0
		h := HeightFor(card, w)
		if over := h - (s.Height - Space(4)); over > 0 { // the body scrolls, the buttons stay
			bound.most = max(HeightFor(body, w-Space(12))-over, Space(10))
			h -= over
		}
		Place(card, (s.Width-w)/2, max((s.Height-h)/2.4, Space(2)), w, h)
	}
	return &drawn{
		objects: []fyne.CanvasObject{scrim, card}, layout: layOut,
		refresh: func() { // the body may have grown
			layOut(d.Size())
			card.Refresh()
		},
	}
}

// Cover hides the whole window until a key or a click.
type Cover struct {
	widget.BaseWidget
	canvas      fyne.Canvas
	title, text string
	onClose     func()
}

// ShowCover covers the screen.
func ShowCover(c fyne.Canvas, title, text string, onClose func()) *Cover {
	v := &Cover{canvas: c, title: title, text: text, onClose: onClose}
	v.ExtendBaseWidget(v)
	c.Overlays().Add(v)
	v.Resize(c.Size())
	c.Focus(v)
	return v
}

// Close uncovers.
func (v *Cover) Close() {
	v.canvas.Overlays().Remove(v)
	if v.onClose != nil {
		v.onClose()
	}
}

// Tapped implements fyne.Tappable.
func (v *Cover) Tapped(*fyne.PointEvent) { v.Close() }

// FocusGained implements fyne.Focusable.
func (v *Cover) FocusGained() {}

// FocusLost implements fyne.Focusable.
func (v *Cover) FocusLost() {}

// TypedRune implements fyne.Focusable: a letter must not be lost on the
// person who only wanted the screen back, nor written anywhere.
func (v *Cover) TypedRune(rune) {}

// TypedShortcut implements fyne.Shortcutable: shortcuts rest.
func (v *Cover) TypedShortcut(fyne.Shortcut) {}

// TypedKey implements fyne.Focusable.
func (v *Cover) TypedKey(e *fyne.KeyEvent) {
	switch e.Name {
	case desktop.KeyShiftLeft, desktop.KeyShiftRight, desktop.KeyControlLeft, desktop.KeyControlRight:
		return
	}
	v.Close()
}

// CreateRenderer implements fyne.Widget.
func (v *Cover) CreateRenderer() fyne.WidgetRenderer {
	k := theme.Current().Tokens()
	bed := canvas.NewRectangle(k.Rail)
	title, text := NewText(RailTitle, v.title), NewText(RailMuted, v.text)
	return &drawn{
		objects: []fyne.CanvasObject{bed, title, text},
		layout: func(s fyne.Size) {
			Place(bed, 0, 0, s.Width, s.Height)
			t, x := title.MinSize(), text.MinSize()
			Place(title, (s.Width-t.Width)/2, s.Height*0.4, t.Width, t.Height)
			Place(text, (s.Width-x.Width)/2, s.Height*0.4+t.Height+Space(2), x.Width, x.Height)
		},
	}
}
