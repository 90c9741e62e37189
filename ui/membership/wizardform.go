package membership

import (
	"slices"
	"strings"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	fynetheme "fyne.io/fyne/v2/theme"

	"polis/app"
	"polis/app/membership"
	"polis/ui/theme"
	"polis/ui/widgets"
)

// fieldSpec says how a text of the request is asked for.
type fieldSpec struct {
	path  string // of the finding
	label string // key
	help  string // text, not a key
	value *string
	tidy  func(string) string // on leaving; may be nil
	after func()              // told of changes; may be nil
	width float32
}

// input makes an entry for a text of the request.
func (w *wizard) input(f fieldSpec) *widgets.Field {
	c := &control{path: f.path}
	var field *widgets.Field
	field = widgets.NewField(widgets.FieldSpec{
		Label: w.words(f.label), Help: f.help, Value: *f.value, Width: f.width,
		OnChange: func(text string) {
			*f.value = strings.TrimSpace(text)
			if f.after != nil {
				f.after()
			}
			w.changed()
		},
		OnLeave: func(text string) {
			if f.tidy != nil && f.tidy(text) != text {
				*f.value = f.tidy(text)
				field.Set(*f.value)
				w.saver.soon()
			}
			w.leaves(f.path)
		},
		OnFocus: func() { w.gains(c) },
		OnGrow:  w.reader.Relayout,
	})
	c.focus, c.say = field.Focus(), field.Say
	w.add(c)
	return field
}

// drop makes a drop-down for a code of the request.
func (w *wizard) drop(path, label string, value *string, codes []string, prefix string, after func()) *widgets.Select {
	options := make([]widgets.Option, 0, len(codes))
	for _, code := range codes {
		options = append(options, widgets.Option{Value: code, Label: w.words(prefix + code)})
	}
	c := &control{path: path}
	sel := widgets.NewSelect(widgets.SelectSpec{
		Label: w.words(label), Options: options, Value: *value, None: w.words("wizard.choose"),
		OnChange: func(v string) {
			*value = v
			if after != nil {
				after()
			}
			w.changed()
		},
		OnFocus: func() { w.gains(c) },
		OnLeave: func() {
			if w.s.d.Host.Canvas().Overlays().Top() == nil { // its own list is no other place
				w.leaves(path)
			}
		},
		OnGrow: w.reader.Relayout,
	})
	c.focus, c.say = sel.Focus(), sel.Say
	w.add(c)
	return sel
}

// date makes a field for a day of the request.
func (w *wizard) date(path, label, help string, value *app.Date) *widgets.DateField {
	c := &control{path: path}
	d := widgets.NewDateField(widgets.DateSpec{
		Label: w.words(label), Help: help, Value: *value, Lang: w.s.d.Host.Words.Lang(),
		OnChange: func(v app.Date) {
			*value = v
			w.changed()
		},
		OnLeave: func(app.Date) { w.leaves(path) },
		OnFocus: func() { w.gains(c) }, OnGrow: w.reader.Relayout,
	})
	c.focus, c.say = d.Focus(), d.Say
	w.add(c)
	return d
}

// button makes a button that takes its place in the order of the keys.
func (w *wizard) button(path string, s widgets.ButtonSpec) *widgets.Button {
	b := widgets.NewButton(s)
	c := &control{path: path, focus: b, say: func(widgets.Kind, string) {}}
	b.OnFocus = func() { w.gains(c) }
	w.add(c)
	return b
}

// fixed shows a value that cannot be changed.
func (w *wizard) fixed(label, value string) *widgets.Field {
	if value == "" {
		value = "–"
	}
	return widgets.NewField(widgets.FieldSpec{Label: w.words(label), Value: value, ReadOnly: true})
}

func (w *wizard) add(c *control) {
	w.controls = append(w.controls, c)
	if c.focus != nil {
		w.stops = append(w.stops, c.focus)
	}
}

// gains is told which control has the focus.
func (w *wizard) gains(c *control) {
	w.focused, w.st.at = c.focus, c.path
	w.reveal(c.focus)
}

// leaves is told that a field was left: from now on it says what it lacks.
func (w *wizard) leaves(path string) {
	if w.closed {
		return
	}
	w.focused = nil
	w.st.left[path] = true
	w.tell()
}

// mark says something about a group of fields: a line that is not there while
// there is nothing to say.
type mark struct {
	object *fyne.Container
	icon   *fyne.Container
	text   *widgets.Text
	kind   widgets.Kind
	said   string
}

// remark makes the mark of a path; focus is where one goes to put it right.
func (w *wizard) remark(path string, focus fyne.Focusable) fyne.CanvasObject {
	m := &mark{text: widgets.NewWrapped(widgets.Wrong, ""), icon: container.NewStack()}
	m.object = widgets.Row(1.5, 1, m.icon, m.text)
	m.object.Hide()
	w.marks[path] = m
	c := &control{path: path, say: func(kind widgets.Kind, sentence string) { w.note(m, kind, sentence) }}
	c.focus = focus
	w.controls = append(w.controls, c) // the focus has its place already
	return m.object
}

func (w *wizard) note(m *mark, kind widgets.Kind, sentence string) {
	if m.said == sentence && m.kind == kind {
		return
	}
	m.kind, m.said = kind, sentence
	icon, colour, role := fynetheme.ErrorIcon(), theme.ColorRed, widgets.Wrong
	if kind != widgets.Bad {
		icon, colour, role = fynetheme.WarningIcon(), theme.ColorAmber, widgets.Late
	}
	m.icon.Objects = []fyne.CanvasObject{widgets.Icon(icon, colour, 16)}
	m.text.SetRole(role)
	m.text.Set(sentence)
	widgets.SetVisible(m.object, sentence != "")
	m.object.Refresh()
	w.reader.Relayout()
}

// move goes from one control to the next.
func (w *wizard) move(n int) {
	stops := append(slices.Clone(w.stops), fyne.Focusable(w.next), fyne.Focusable(w.back))
	c := w.s.d.Host.Canvas()
	at := slices.Index(stops, c.Focused())
	if at < 0 && n < 0 {
		at = 0
	}
	w.focus(stops[min(max(at+n, 0), len(stops)-1)])
}

func (w *wizard) focus(f fyne.Focusable) {
	if c := w.s.d.Host.Canvas(); c != nil && c.Overlays().Top() == nil {
		c.Focus(f)
	}
}

// focusAt goes to the control of a path, the closest one that there is; "" is
// the first that needs something, or the first.
func (w *wizard) focusAt(path string) {
	if path == "" {
		path = w.firstWrong()
	}
	if path == "" && w.step() == membership.StepBody && w.r.Body.Registered { // nothing to do here
		w.focus(w.next)
		return
	}
	for p := path; p != ""; p = parent(p) {
		for _, c := range w.controls {
			if c.focus != nil && (c.path == p || p != path && strings.HasPrefix(c.path, p+".")) {
				w.focus(c.focus)
				return
			}
		}
	}
	if len(w.stops) > 0 {
		w.focus(w.stops[0])
		return
	}
	w.focus(w.next)
}

func parent(path string) string {
	i := strings.LastIndexByte(path, '.')
	if i < 0 {
		return ""
	}
	return path[:i]
}

// firstWrong is the first field of the step, by the eye, that needs something.
func (w *wizard) firstWrong() string {
	for _, c := range w.controls {
		for _, f := range w.findings {
			if f.Field == c.path && !f.Warning {
				return c.path
			}
		}
	}
	return ""
}

// reveal brings a control in sight where the window is small.
func (w *wizard) reveal(f fyne.Focusable) {
	o, ok := f.(fyne.CanvasObject)
	if !ok || w.reader.Size().Height <= 0 {
		return
	}
	driver := fyne.CurrentApp().Driver()
	top := driver.AbsolutePositionForObject(o).Y - driver.AbsolutePositionForObject(w.reader).Y
	room := widgets.Space(10)
	switch end := top + o.Size().Height; {
	case top < room:
		w.reader.ScrollTo(w.reader.Offset() + top - room)
	case end > w.reader.Size().Height-room:
		w.reader.ScrollTo(w.reader.Offset() + end - w.reader.Size().Height + room)
	}
}

// field names a field in a sentence, by its path.
func (w *wizard) field(path string) string { return w.s.fieldOf(w.r, path) }

// section is a group of fields under a heading, with a sentence that says
// what it is for; that may be empty.
func (w *wizard) section(title, text string, rows ...fyne.CanvasObject) fyne.CanvasObject {
	content := []fyne.CanvasObject{widgets.NewWrapped(widgets.Section, title)}
	if text != "" {
		content = append(content, widgets.NewWrapped(widgets.Secondary, text))
	}
	return widgets.Stack(1.75, append(content, rows...)...)
}

// ended puts something narrow at the right of a field, both at the top.
func ended(field, end fyne.CanvasObject) *fyne.Container {
	return container.New(endedLayout{}, field, end)
}

type endedLayout struct{}

func (endedLayout) room(objects []fyne.CanvasObject, width float32) float32 {
	return max(width-widgets.Space(2)-objects[1].MinSize().Width, 0)
}

func (l endedLayout) Layout(objects []fyne.CanvasObject, s fyne.Size) {
	w, m := l.room(objects, s.Width), objects[1].MinSize()
	widgets.Place(objects[0], 0, 0, w, widgets.HeightFor(objects[0], w))
	widgets.Place(objects[1], s.Width-m.Width, 0, m.Width, m.Height)
}

// HeightOf implements widgets.FlowLayout.
func (l endedLayout) HeightOf(objects []fyne.CanvasObject, width float32) float32 {
	return max(widgets.HeightFor(objects[0], l.room(objects, width)), objects[1].MinSize().Height)
}

func (l endedLayout) MinSize(objects []fyne.CanvasObject) fyne.Size {
	return fyne.NewSize(widgets.Space(20)+objects[1].MinSize().Width, l.HeightOf(objects, widgets.Space(100)))
}

// lowered puts a button on the height of the entries beside it.
func lowered(b fyne.CanvasObject) *fyne.Container { return container.New(loweredLayout{}, b) }

type loweredLayout struct{}

func (loweredLayout) drop() float32 {
	th := theme.Current()
	return th.LineHeight(th.Secondary())
}

func (l loweredLayout) Layout(objects []fyne.CanvasObject, _ fyne.Size) {
	m := objects[0].MinSize()
	widgets.Place(objects[0], 0, l.drop()+widgets.Space(0.5), m.Width, m.Height)
}

func (l loweredLayout) MinSize(objects []fyne.CanvasObject) fyne.Size {
	m := objects[0].MinSize()
	return fyne.NewSize(m.Width, m.Height+l.drop()+widgets.Space(0.5))
}

// aligned moves controls out by the room of their ring, so that their faces
// begin where the fields do.
func aligned(o fyne.CanvasObject) *fyne.Container { return container.New(alignedLayout{}, o) }

type alignedLayout struct{}

func (alignedLayout) room() float32 { return theme.Current().Px(3) }

func (l alignedLayout) Layout(objects []fyne.CanvasObject, s fyne.Size) {
	widgets.Place(objects[0], -l.room(), 0, s.Width+2*l.room(), s.Height)
}

// HeightOf implements widgets.FlowLayout.
func (l alignedLayout) HeightOf(objects []fyne.CanvasObject, width float32) float32 {
	return widgets.HeightFor(objects[0], width+2*l.room())
}

func (alignedLayout) MinSize(objects []fyne.CanvasObject) fyne.Size { return objects[0].MinSize() }

// titleLayout puts the badge behind the title where there is room, else below
// it, and a line of small type last.
type titleLayout struct{}

func (titleLayout) arrange(objects []fyne.CanvasObject, width float32, move bool) float32 {
	if len(objects) < 3 {
		return 0
	}
	title, ok := objects[0].(*widgets.Text)
	if !ok {
		return 0
	}
	badge, sub := objects[1], objects[2]
	m := badge.MinSize()
	gap := widgets.Space(3)
	w := min(title.Natural()+widgets.Space(0.5), width)
	h := widgets.HeightFor(title, w)
	y := h
	if w+gap+m.Width <= width {
		if move {
			widgets.Place(badge, w+gap, (h-m.Height)/2+widgets.Space(0.5), m.Width, m.Height)
		}
	} else {
		if move {
			widgets.Place(badge, 0, h, m.Width, m.Height)
		}
		y += m.Height + widgets.Space(1)
	}
	sh := widgets.HeightFor(sub, width)
	if move {
		widgets.Place(title, 0, 0, w, h)
		widgets.Place(sub, 0, y, width, sh)
	}
	return y + sh
}

func (l titleLayout) Layout(objects []fyne.CanvasObject, s fyne.Size) {
	l.arrange(objects, s.Width, true)
}

// HeightOf implements widgets.FlowLayout.
func (l titleLayout) HeightOf(objects []fyne.CanvasObject, width float32) float32 {
	return l.arrange(objects, width, false)
}

func (l titleLayout) MinSize(objects []fyne.CanvasObject) fyne.Size {
	return fyne.NewSize(widgets.Space(40), l.arrange(objects, widgets.Space(120), false))
}

// bodyLayout puts the list of steps at the left of the page, or above it as a
// line where there is no room.
type bodyLayout struct{ w *wizard }

// Widths at 100 %.
const (
	stepsWidth = 262
	leastPage  = 560
	leastFlat  = 150 // height of a page below the line of steps
)

func (l *bodyLayout) Layout(objects []fyne.CanvasObject, s fyne.Size) {
	th := theme.Current()
	side := th.Px(stepsWidth)
	flat := s.Width < side+th.Px(leastPage)
	l.w.steps.SetFlat(flat)
	if flat {
		h := objects[0].MinSize().Height
		widgets.SetVisible(objects[0], s.Height >= h+th.Px(leastFlat))
		if !objects[0].Visible() { // the foot tells the step too
			h = 0
		}
		widgets.Place(objects[0], 0, 0, s.Width, h)
		widgets.Place(objects[1], 0, h, s.Width, s.Height-h)
		return
	}
	widgets.SetVisible(objects[0], true)
	widgets.Place(objects[0], 0, 0, side, s.Height)
	widgets.Place(objects[1], side, 0, s.Width-side, s.Height)
}

func (*bodyLayout) MinSize([]fyne.CanvasObject) fyne.Size {
	return fyne.NewSize(widgets.Space(40), widgets.Space(20))
}

// footLayout puts going back at the left, going on at the right, and what is
// missing before it; that goes above where there is no room.
type footLayout struct{}

func (footLayout) fits(objects []fyne.CanvasObject, width float32) (room float32, ok bool) {
	room = width - objects[0].MinSize().Width - objects[2].MinSize().Width - 2*widgets.Space(4)
	return room, room >= theme.Current().Px(230)
}

func (l footLayout) Layout(objects []fyne.CanvasObject, s fyne.Size) {
	a, b := objects[0].MinSize(), objects[2].MinSize()
	text, ok := objects[1].(*widgets.Text)
	if !ok {
		return
	}
	room, fits := l.fits(objects, s.Width)
	top := float32(0)
	if !fits {
		room = s.Width
		top = widgets.HeightFor(text, room) + widgets.Space(1)
		widgets.Place(text, 0, 0, room, top-widgets.Space(1))
	}
	high := s.Height - top
	widgets.Place(objects[0], 0, top+(high-a.Height)/2, a.Width, a.Height)
	widgets.Place(objects[2], s.Width-b.Width, top+(high-b.Height)/2, b.Width, b.Height)
	if fits {
		w := min(text.Natural()+widgets.Space(1), room)
		h := widgets.HeightFor(text, w)
		widgets.Place(text, s.Width-b.Width-widgets.Space(4)-w, (s.Height-h)/2, w, h)
	}
}

// HeightOf implements widgets.FlowLayout.
func (l footLayout) HeightOf(objects []fyne.CanvasObject, width float32) float32 {
	high := max(objects[0].MinSize().Height, objects[2].MinSize().Height)
	room, fits := l.fits(objects, width)
	if fits {
		return max(high, widgets.HeightFor(objects[1], room))
	}
	return high + widgets.Space(1) + widgets.HeightFor(objects[1], width)
}

func (l footLayout) MinSize(objects []fyne.CanvasObject) fyne.Size {
	return fyne.NewSize(widgets.Space(40), l.HeightOf(objects, widgets.Space(200)))
}
