package widgets

import (
	"strings"

	"fyne.io/fyne/v2"

	"polis/ui/theme"
)

// AreaSpec is what a field for a longer text is made of.
type AreaSpec struct {
	Label, Help, Value string
	Lines              int // that are in sight; 0 = 4
	OnChange           func(text string)
	OnLeave            func(text string)
	OnFocus            func()
	// OnGrow is told when the field needs another height.
	OnGrow func()
}

// Area is a field for a text of several lines. Enter begins a new one, Tab
// leads on to the next control.
type Area struct {
	Labelled
	entry *areaEntry
}

// NewArea returns a field for a longer text.
func NewArea(s AreaSpec) *Area {
	e := &areaEntry{lines: s.Lines}
	if e.lines == 0 {
		e.lines = 4
	}
	e.ring = newRing(4)
	e.ExtendBaseWidget(e)
	e.MultiLine = true
	e.Wrapping = fyne.TextWrapWord
	e.Scroll = fyne.ScrollVerticalOnly
	e.SetText(s.Value)
	e.OnChanged = s.OnChange
	e.OnFocus = s.OnFocus
	a := &Area{entry: e}
	if s.OnLeave != nil {
		e.OnLeave = func() { s.OnLeave(a.Text()) }
	}
	a.extend(a, s.Label, s.Help, e.Boxed(), s.OnGrow)
	return a
}

// Focus implements Input.
func (a *Area) Focus() fyne.Focusable { return a.entry }

// Text returns what is written, without blanks around it.
func (a *Area) Text() string { return strings.TrimSpace(a.entry.Text) }

// Set changes the text without telling anybody.
func (a *Area) Set(text string) { a.entry.Replace(text) }

// areaEntry is an entry in which the keys that move between lines edit.
type areaEntry struct {
	Entry
	lines int
}

// Boxed returns the entry with room for the ring of the focus.
func (e *areaEntry) Boxed() fyne.CanvasObject {
	return &fyne.Container{Layout: ringLayout{}, Objects: []fyne.CanvasObject{e, e.ring}}
}

// MinSize implements fyne.CanvasObject.
func (e *areaEntry) MinSize() fyne.Size {
	th := theme.Current()
	return fyne.NewSize(Space(20), entryHeight()+float32(e.lines-1)*th.LineHeight(th.Body()))
}

// AcceptsTab implements fyne.Tabbable: Tab leads on.
func (e *areaEntry) AcceptsTab() bool { return false }

// TypedKey implements fyne.Focusable.
func (e *areaEntry) TypedKey(k *fyne.KeyEvent) {
	switch k.Name {
	case fyne.KeyReturn, fyne.KeyEnter, fyne.KeyUp, fyne.KeyDown, fyne.KeyLeft, fyne.KeyRight, fyne.KeyPageUp, fyne.KeyPageDown:
		e.Entry.Entry.TypedKey(k)
	default:
		e.Entry.TypedKey(k)
	}
}
