package widgets

import (
	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/driver/desktop"
	fynetheme "fyne.io/fyne/v2/theme"
	"fyne.io/fyne/v2/widget"

	"polis/ui/theme"
)

// Entry is one line to write in. Keys that do not edit go to the window.
type Entry struct {
	widget.Entry
	ring *canvas.Rectangle
	// OnEnter, when set, takes Enter instead of the window.
	OnEnter func()
	// OnFocus is told when it gets the focus, OnLeave when it loses it; may be
	// nil.
	OnFocus, OnLeave func()
	// OnKey is asked first about every key, OnShortcut about shortcuts before
	// the window gets them; they report whether they took them. May be nil.
	OnKey      func(k fyne.KeyName) bool
	OnShortcut func(s *desktop.CustomShortcut) bool

	hint, shortHint string
}

// NewEntry returns an entry.
func NewEntry(placeholder string, onChange func(string)) *Entry {
	e := &Entry{ring: newRing(4)}
	e.ExtendBaseWidget(e)
	e.PlaceHolder = placeholder
	e.OnChanged = onChange
	e.Wrapping = fyne.TextWrapOff
	e.Scroll = fyne.ScrollHorizontalOnly
	return e
}

// SetShortHint sets what the empty entry says where its hint has no room.
func (e *Entry) SetShortHint(short string) { e.hint, e.shortHint = e.PlaceHolder, short }

// Resize implements fyne.CanvasObject.
func (e *Entry) Resize(s fyne.Size) {
	if e.shortHint != "" && s.Width > 0 {
		hint, room := e.hint, s.Width-Space(5)
		if fyne.MeasureText(hint, theme.Current().Body(), e.TextStyle).Width > room {
			hint = e.shortHint
		}
		if hint != e.PlaceHolder {
			e.SetPlaceHolder(hint)
		}
	}
	e.Entry.Resize(s)
}

// Boxed returns the entry with room for the ring of the focus.
func (e *Entry) Boxed() fyne.CanvasObject {
	return container.New(ringLayout{}, e, e.ring)
}

type ringLayout struct{}

func (ringLayout) Layout(objects []fyne.CanvasObject, s fyne.Size) {
	room := theme.Current().Px(ringRoom)
	Place(objects[0], room, room, s.Width-2*room, s.Height-2*room)
	Place(objects[1], 0, 0, s.Width, s.Height)
}

func (ringLayout) MinSize(objects []fyne.CanvasObject) fyne.Size {
	room := 2 * theme.Current().Px(ringRoom)
	return fyne.NewSize(Space(20), objects[0].MinSize().Height+room)
}

// FocusGained implements fyne.Focusable.
func (e *Entry) FocusGained() {
	e.Entry.FocusGained()
	e.ring.Show()
	if e.OnFocus != nil {
		e.OnFocus()
	}
}

// FocusLost implements fyne.Focusable.
func (e *Entry) FocusLost() {
	e.Entry.FocusLost()
	e.ring.Hide()
	if e.OnLeave != nil {
		e.OnLeave()
	}
}

// TypedKey implements fyne.Focusable.
func (e *Entry) TypedKey(k *fyne.KeyEvent) {
	if e.OnKey != nil && e.OnKey(k.Name) {
		return
	}
	switch k.Name {
	case fyne.KeyRight:
		if e.atEnd() { // it edits nothing there: the window may have a use for it
			forwardKey(e, k)
			return
		}
		e.Entry.TypedKey(k)
	case fyne.KeyLeft, fyne.KeyHome, fyne.KeyEnd, fyne.KeyBackspace, fyne.KeyDelete:
		e.Entry.TypedKey(k)
	case fyne.KeyReturn, fyne.KeyEnter:
		if e.OnEnter != nil {
			e.OnEnter()
			return
		}
		forwardKey(e, k)
	default:
		forwardKey(e, k)
	}
}

// KeyDown implements desktop.Keyable: the window hears of it too, as it does
// of keys on widgets that do not listen.
func (e *Entry) KeyDown(k *fyne.KeyEvent) {
	e.Entry.KeyDown(k)
	if c, ok := canvasOf(e).(desktop.Canvas); ok && c.OnKeyDown() != nil {
		c.OnKeyDown()(k)
	}
}

// atEnd reports whether nothing is left to the right of the cursor.
func (e *Entry) atEnd() bool {
	return e.SelectedText() == "" && e.CursorColumn >= len([]rune(e.Text))
}

// TypedShortcut implements fyne.Shortcutable: those that edit stay here.
func (e *Entry) TypedShortcut(s fyne.Shortcut) {
	if custom, ok := s.(*desktop.CustomShortcut); ok {
		switch custom.KeyName {
		case fyne.KeyLeft, fyne.KeyRight, fyne.KeyBackspace, fyne.KeyDelete:
			if custom.Modifier&fyne.KeyModifierControl != 0 {
				e.Entry.TypedShortcut(s)
				return
			}
		}
		if e.OnShortcut == nil || !e.OnShortcut(custom) {
			forwardShortcut(e, s)
		}
		return
	}
	e.Entry.TypedShortcut(s)
}

// Replace sets the text without telling anybody.
func (e *Entry) Replace(text string) {
	changed := e.OnChanged
	e.OnChanged = nil
	e.SetText(text)
	e.CursorColumn = len([]rune(text))
	e.OnChanged = changed
	e.Refresh()
}

// placeFace puts an edge where the toolkit draws that of an entry of a size,
// so that all controls of a form have the same.
func placeFace(o fyne.CanvasObject, x, y, width, height float32) {
	line := entryLine()
	Place(o, x+line/2, y+line/2, width-line-0.5, height-line-0.5)
}

// entryLine is how thick the edge of an entry is.
func entryLine() float32 { return theme.Current().Size(fynetheme.SizeNameInputBorder) }

// entryInset is how far into its face the text of an entry begins.
func entryInset() float32 { return theme.Current().Size(fynetheme.SizeNameInnerPadding) }

// entryHeight is that of an entry's face, which all controls of a form have.
func entryHeight() float32 {
	th := theme.Current()
	return th.LineHeight(th.Body()) + 2*th.Size(fynetheme.SizeNameInnerPadding)
}
