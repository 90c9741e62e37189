package widgets

import (
	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/driver/desktop"
	"fyne.io/fyne/v2/widget"
)

// press is the base of everything that is pressed: mouse, Enter and Space do
// the same, every other key goes on to the window.
type press struct {
	widget.BaseWidget
	// OnFocus is told when it gets the focus; may be nil.
	OnFocus func()

	self     fyne.Widget
	onPress  func()
	hovered  bool
	focused  bool
	disabled bool
}

func (p *press) extend(self fyne.Widget, onPress func()) {
	p.self, p.onPress = self, onPress
	p.ExtendBaseWidget(self)
}

// Press does what a click does.
func (p *press) Press() {
	if p.onPress != nil && !p.disabled {
		p.onPress()
	}
}

// Tapped implements fyne.Tappable.
func (p *press) Tapped(*fyne.PointEvent) { p.Press() }

// Disabled implements fyne.Disableable.
func (p *press) Disabled() bool { return p.disabled }

// Enable implements fyne.Disableable.
func (p *press) Enable() { p.setDisabled(false) }

// Disable implements fyne.Disableable.
func (p *press) Disable() { p.setDisabled(true) }

func (p *press) setDisabled(d bool) {
	if p.disabled != d {
		p.disabled = d
		p.self.Refresh()
	}
}

// FocusGained implements fyne.Focusable.
func (p *press) FocusGained() {
	p.focused = true
	p.self.Refresh()
	if p.OnFocus != nil {
		p.OnFocus()
	}
}

// FocusLost implements fyne.Focusable.
func (p *press) FocusLost() { p.focused = false; p.self.Refresh() }

// TypedKey implements fyne.Focusable.
func (p *press) TypedKey(e *fyne.KeyEvent) {
	if isPress(e.Name) {
		p.Press()
		return
	}
	forwardKey(p.self, e)
}

// TypedRune implements fyne.Focusable. The blank was the key already.
func (p *press) TypedRune(r rune) {
	if r != ' ' {
		forwardRune(p.self, r)
	}
}

// TypedShortcut implements fyne.Shortcutable.
func (p *press) TypedShortcut(s fyne.Shortcut) { forwardShortcut(p.self, s) }

// MouseIn implements desktop.Hoverable.
func (p *press) MouseIn(*desktop.MouseEvent) { p.hovered = true; p.self.Refresh() }

// MouseMoved implements desktop.Hoverable.
func (p *press) MouseMoved(*desktop.MouseEvent) {}

// MouseOut implements desktop.Hoverable.
func (p *press) MouseOut() { p.hovered = false; p.self.Refresh() }

// Cursor implements desktop.Cursorable.
func (p *press) Cursor() desktop.Cursor {
	if p.disabled {
		return desktop.DefaultCursor
	}
	return desktop.PointerCursor
}
