package widgets

import (
	"image/color"
	"strings"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"
	"fyne.io/fyne/v2/container"

	"polis/ui/theme"
)

// FieldSpec is what a field is made of.
type FieldSpec struct {
	Label, Help, Value string
	Placeholder        string
	// Width is the widest that its entry becomes, at 100 %; 0 = as wide as it
	// is put.
	Width float32
	// ReadOnly shows the value and takes no focus.
	ReadOnly bool
	OnChange func(text string)
	OnLeave  func(text string)
	OnFocus  func()
	OnEnter  func() // nil = the window gets Enter
	// OnGrow is told when the field needs another height.
	OnGrow func()
	// Beside stands at the right of the entry.
	Beside []fyne.CanvasObject
}

// Field is an entry with its name above and help or error below.
type Field struct {
	Labelled

	entry    *Entry // nil when it is read only
	fixed    *Text
	readOnly bool
}

// NewField returns a field.
func NewField(s FieldSpec) *Field {
	f := &Field{readOnly: s.ReadOnly}
	var control fyne.CanvasObject
	if s.ReadOnly {
		f.fixed = NewClipped(Body, s.Value)
		control = container.New(fixedFieldLayout{}, Surface{Fill: theme.Current().Tokens().Quiet, Radius: 4}.rectangle(), f.fixed)
	} else {
		f.entry = NewEntry(s.Placeholder, s.OnChange)
		f.entry.Replace(s.Value)
		f.entry.OnFocus, f.entry.OnEnter = s.OnFocus, s.OnEnter
		if s.OnLeave != nil {
			f.entry.OnLeave = func() { s.OnLeave(f.Text()) }
		}
		control = f.entry.Boxed()
	}
	if s.Width > 0 {
		control = container.New(boundedLayout{s.Width}, control)
	}
	if len(s.Beside) > 0 {
		control = Row(1, 0, append([]fyne.CanvasObject{control}, s.Beside...)...)
	}
	f.extend(f, s.Label, s.Help, control, s.OnGrow)
	return f
}

// Entry is what one writes in, nil when the field is read only.
func (f *Field) Entry() *Entry { return f.entry }

// Focus implements Input; nil when the field is read only.
func (f *Field) Focus() fyne.Focusable {
	if f.entry == nil {
		return nil
	}
	return f.entry
}

// Text returns what is written, without blanks around it.
func (f *Field) Text() string {
	if f.entry == nil {
		return f.fixed.String()
	}
	return strings.TrimSpace(f.entry.Text)
}

// Set changes the text without telling anybody.
func (f *Field) Set(text string) {
	if f.entry == nil {
		f.fixed.Set(text)
		return
	}
	f.entry.Replace(text)
}

// boundedLayout bounds the width of its object.
type boundedLayout struct{ most float32 }

func (l boundedLayout) Layout(objects []fyne.CanvasObject, s fyne.Size) {
	th := theme.Current()
	Place(objects[0], 0, 0, min(s.Width, th.Px(l.most+2*ringRoom)), s.Height)
}

func (l boundedLayout) MinSize(objects []fyne.CanvasObject) fyne.Size { return objects[0].MinSize() }

// fixedFieldLayout is that of a value that cannot be changed, as high as an
// entry.
type fixedFieldLayout struct{}

func (fixedFieldLayout) Layout(objects []fyne.CanvasObject, s fyne.Size) {
	th := theme.Current()
	room := th.Px(ringRoom)
	Place(objects[0], room, room, s.Width-2*room, s.Height-2*room)
	h := th.LineHeight(th.Body())
	Place(objects[1], room+entryInset(), (s.Height-h)/2, s.Width-2*room-2*entryInset(), h)
}

func (fixedFieldLayout) MinSize([]fyne.CanvasObject) fyne.Size {
	th := theme.Current()
	return fyne.NewSize(Space(20), entryHeight()+2*th.Px(ringRoom))
}

// transparent is no colour at all.
func transparent() *canvas.Rectangle { return canvas.NewRectangle(color.Transparent) }
