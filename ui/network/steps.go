package network

import (
	"strings"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	fynetheme "fyne.io/fyne/v2/theme"

	"polis/app/network"
	"polis/ui/screen"
	"polis/ui/theme"
	"polis/ui/widgets"
)

// steps lists what the authority completes first.
type steps struct {
	s      *Screen
	root   fyne.CanvasObject
	reader *widgets.Reader
	stops  []fyne.Focusable
	at     int
}

func newSteps(s *Screen) *steps {
	v := &steps{s: s, reader: widgets.NewReader()}
	v.reader.MaxWidth = 860
	v.root = widgets.Pad(0, 0, 0, 4, v.reader)
	v.draw()
	return v
}

func (v *steps) object() fyne.CanvasObject { return v.root }
func (v *steps) id() string                { return stepsID }

func (v *steps) update(*Screen) bool {
	c := v.s.d.Host.Canvas()
	focused := false
	for i, f := range v.stops {
		if c.Focused() == f {
			v.at, focused = i, true
		}
	}
	v.draw()
	if focused {
		v.focus()
	}
	return v.s.proposed()
}

func (v *steps) draw() {
	s, f := v.s, &v.s.steps
	v.stops = nil
	kind := widgets.Info
	if f.Complete() {
		kind = widgets.OK
	}
	title := widgets.EndsOrUnder(2, widgets.NewWrapped(widgets.Heading, s.words("network.steps.title")), widgets.Wrap(0, 0, widgets.NewBadge(kind, s.progress())))
	page := []fyne.CanvasObject{title}
	if f.Complete() {
		page = append(page, widgets.NewWrapped(widgets.Good, s.words("network.steps.done")))
	} else if f.Joined {
		page = append(page, widgets.NewWrapped(widgets.Body, s.words("network.steps.text")))
	}
	page = append(page, v.group("network.steps.offices", "", v.offices()))
	var sheets []fyne.CanvasObject
	for i := range f.Steps {
		if f.Steps[i].Kind == network.StepSheet {
			sheets = append(sheets, v.sheet(&f.Steps[i]))
		}
	}
	if len(sheets) > 0 {
		page = append(page, v.group("network.steps.sheets", "network.steps.sheets_text", sheets))
	}
	if f.New {
		aside := widgets.NewButton(widgets.ButtonSpec{Label: s.words("network.steps.dismiss"), Weight: widgets.Bare, OnPress: func() {
			s.work(s.d.Offices.Dismiss, func() { s.d.Host.Notice(s.words("network.steps.dismissed")) })
		}})
		aside.OnFocus = func() { v.reveal(aside) }
		v.stops = append(v.stops, aside)
		page = append(page, widgets.Row(0, -1, aside))
	}
	v.reader.Swap([]widgets.Placed{{Piece: widgets.Whole(widgets.Pad(2, 1, 5, 1, widgets.Stack(3, page...)))}})
}

func (v *steps) group(title, text string, rows []fyne.CanvasObject) fyne.CanvasObject {
	content := []fyne.CanvasObject{widgets.NewWrapped(widgets.Section, v.s.words(title))}
	if text != "" {
		content = append(content, widgets.NewWrapped(widgets.Secondary, v.s.words(text)))
	}
	return widgets.Stack(1, append(content, widgets.Stack(0.25, rows...))...)
}

// offices is a row for each office: what it lacks.
func (v *steps) offices() (rows []fyne.CanvasObject) {
	all := v.s.steps.Steps
	for i := 0; i < len(all); {
		n := i
		var missing []network.StepKind
		for ; n < len(all) && all[n].Office == all[i].Office; n++ {
			if !all[n].Done {
				missing = append(missing, all[n].Kind)
			}
		}
		if all[i].Office != "" {
			rows = append(rows, v.office(&all[i], missing))
		}
		i = n
	}
	return rows
}

func (v *steps) office(step *network.Step, missing []network.StepKind) fyne.CanvasObject {
	s, id := v.s, step.Office
	if len(missing) == 0 {
		return v.done(step.Name)
	}
	names := make([]string, len(missing))
	for i, kind := range missing {
		names[i] = s.words("network.missing." + string(kind))
	}
	return v.link(fynetheme.DocumentCreateIcon(), step.Name, s.words("network.steps.missing", "list", strings.Join(names, ", ")), func() {
		v.openOffice(id, missing[0])
	})
}

func (v *steps) sheet(step *network.Step) fyne.CanvasObject {
	if step.Done {
		return v.done(step.Name)
	}
	code := step.Sheet
	return v.link(fynetheme.DocumentIcon(), step.Name, v.s.words("network.step.sheet"), func() { v.s.d.Read(code) })
}

// done is what needs no way to it.
func (v *steps) done(name string) fyne.CanvasObject {
	text := widgets.NewWrapped(widgets.Secondary, name+" · "+v.s.words("network.step.done"))
	return widgets.Pad(1, 1, 1, 1, mark(fynetheme.ConfirmIcon(), theme.ColorGreen, text))
}

func (v *steps) link(icon fyne.Resource, title, detail string, open func()) fyne.CanvasObject {
	row := widgets.NewLinkRow(icon, title, detail, open)
	row.OnFocus = func() { v.reveal(row) }
	v.stops = append(v.stops, row)
	return row
}

// openOffice leads to the field that an office lacks.
func (v *steps) openOffice(id string, kind network.StepKind) {
	s := v.s
	i := s.at(id)
	if i < 0 {
		return
	}
	s.open(i, true)
	if f, ok := s.front.(*form); ok {
		path := map[network.StepKind]string{network.StepHours: "opening_hours", network.StepAddress: "address"}[kind]
		if path == "" {
			path = string(kind)
		}
		f.focusAt(path)
	}
}

func (v *steps) focus() {
	if len(v.stops) > 0 {
		v.s.d.Host.Canvas().Focus(v.stops[min(v.at, len(v.stops)-1)])
		return
	}
	v.s.d.Host.Canvas().Focus(v.s.rows)
}

func (v *steps) do(a screen.Action) bool {
	switch a {
	case screen.ActionNext:
		v.move(1)
	case screen.ActionPrevious:
		v.move(-1)
	case screen.ActionPageDown:
		v.reader.ScrollPage(1)
	case screen.ActionPageUp:
		v.reader.ScrollPage(-1)
	default:
		return false
	}
	return true
}

func (v *steps) move(n int) {
	focused := v.s.d.Host.Canvas().Focused()
	for i, f := range v.stops {
		if focused == f {
			v.at = min(max(i+n, 0), len(v.stops)-1)
		}
	}
	v.focus()
}

func (v *steps) reveal(o fyne.CanvasObject) {
	if v.reader.Size().Height <= 0 {
		return
	}
	driver := fyne.CurrentApp().Driver()
	top := driver.AbsolutePositionForObject(o).Y - driver.AbsolutePositionForObject(v.reader).Y
	room := widgets.Space(10)
	switch end := top + o.Size().Height; {
	case top < room:
		v.reader.ScrollTo(v.reader.Offset() + top - room)
	case end > v.reader.Size().Height-room:
		v.reader.ScrollTo(v.reader.Offset() + end - v.reader.Size().Height + room)
	}
}

func (*steps) close() {}

// mark is an icon before a line of text.
func mark(icon fyne.Resource, colour fyne.ThemeColorName, text fyne.CanvasObject) fyne.CanvasObject {
	return widgets.Row(1.5, 1, container.NewStack(widgets.Icon(icon, colour, theme.Current().Px(16))), text)
}
