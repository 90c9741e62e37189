package network

import (
	"math"
	"slices"
	"strconv"
	"strings"

	"fyne.io/fyne/v2"
	fynetheme "fyne.io/fyne/v2/theme"

	"polis/app"
	"polis/app/membership"
	"polis/ui/widgets"
)

// The fields of the form, each of which writes into the office as it is typed.

// input makes an entry for a text of the office.
func (f *form) input(path, label, help string, value *string) *widgets.Field {
	return f.entry(path, label, help, *value, func(text string) { *value = text }, nil)
}

func (f *form) entry(path, label, help, value string, set func(string), left func()) *widgets.Field {
	c := &control{path: path}
	field := widgets.NewField(widgets.FieldSpec{
		Label: f.words("network.label." + label), Help: help, Value: value,
		OnChange: func(text string) {
			set(strings.TrimSpace(text))
			f.changed()
		},
		OnLeave: func(string) {
			f.leaves(path)
			if left != nil {
				left()
			}
		},
		OnFocus: func() { f.gains(c) }, OnGrow: f.reader.Relayout,
	})
	c.focus, c.say = field.Focus(), field.Say
	f.add(c)
	return field
}

func (f *form) kind() *widgets.Select {
	codes := membership.OfficeKinds()
	if f.o.Kind != "" && !slices.Contains(codes, f.o.Kind) {
		codes = append(codes, f.o.Kind) // of the catalogue
	}
	options := make([]widgets.Option, 0, len(codes))
	for _, code := range codes {
		options = append(options, widgets.Option{Value: code, Label: f.s.kindText(code)})
	}
	c := &control{path: "kind"}
	sel := widgets.NewSelect(widgets.SelectSpec{
		Label: f.words("network.label.kind"), Options: options, Value: f.o.Kind, None: f.words("network.choose"),
		OnChange: func(v string) {
			f.o.Kind = v
			f.changed()
		},
		OnFocus: func() { f.gains(c) }, OnLeave: func() { f.leaves("kind") }, OnGrow: f.reader.Relayout,
	})
	c.focus, c.say = sel.Focus(), sel.Say
	f.add(c)
	return sel
}

// municipality fills in code and province when they are known.
func (f *form) municipality() *widgets.Field {
	a := f.o.Address
	was := a.Municipality
	return f.entry("address.municipality", "municipality", "", a.Municipality, func(text string) { a.Municipality = text }, func() {
		if f.s.d.Municipality == nil || a.Municipality == was {
			return
		}
		was = a.Municipality
		name := was
		f.s.d.Host.Runner.Go(func() func() {
			istat, province, ok := f.s.d.Municipality(name)
			return func() {
				if f.closed || a.Municipality != name {
					return
				}
				if a.ISTATCode = ""; ok {
					a.ISTATCode, a.Province = istat, province
				}
				f.setText("address.province", a.Province)
				f.changed()
			}
		})
	})
}

// setText changes what an entry shows.
func (f *form) setText(path, text string) {
	for _, c := range f.controls {
		if e, ok := c.focus.(*widgets.Entry); ok && c.path == path && e.Text != text {
			e.Replace(text)
		}
	}
}

// onMap asks for the place on the map.
func (f *form) onMap() *widgets.Field {
	a := f.o.Address
	return f.entry("place", "place", f.words("network.label.place_help"), f.place, func(text string) {
		f.place = text
		a.Lat, a.Lon = readPlace(text)
	}, nil)
}

// placeText writes a place as people read it.
func placeText(a *app.Address, lang string) string {
	write := func(v float64) string {
		text := strconv.FormatFloat(v, 'f', -1, 64)
		if lang == "it" {
			text = strings.Replace(text, ".", ",", 1)
		}
		return text
	}
	switch {
	case a.Lat == nil && a.Lon == nil:
		return ""
	case a.Lat == nil || a.Lon == nil:
		return "?"
	}
	return write(*a.Lat) + " " + write(*a.Lon)
}

// readPlace reads "45.0703, 7.6869" and "45,0703 7,6869". What is no place
// gives half of one, which the checks stop.
func readPlace(text string) (lat, lon *float64) {
	text = strings.TrimSpace(text)
	if text == "" {
		return nil, nil
	}
	parts := strings.FieldsFunc(text, func(r rune) bool { return r == ' ' || r == ';' || r == '\t' || r == '\u00a0' })
	if len(parts) == 1 && strings.Count(text, ",") == 1 && strings.Contains(text, ".") {
		parts = strings.Split(text, ",")
	}
	nowhere := math.MaxFloat32
	if len(parts) != 2 {
		return &nowhere, nil
	}
	var out [2]float64
	for i, p := range parts {
		v, err := strconv.ParseFloat(strings.Replace(strings.TrimRight(p, ","), ",", ".", 1), 64)
		if err != nil || math.IsNaN(v) || math.IsInf(v, 0) {
			return &nowhere, nil
		}
		out[i] = v
	}
	return &out[0], &out[1]
}

// hours asks for the weekly hours.
func (f *form) hours() fyne.CanvasObject {
	days := make([]widgets.Option, 0, len(membership.WeekDays()))
	for _, d := range membership.WeekDays() {
		days = append(days, widgets.Option{Value: d, Label: f.words("network.day." + d)})
	}
	to := f.words("network.hours.to")
	grid := widgets.NewHoursGrid(widgets.HoursSpec{
		Days: days, Value: f.o.OpeningHours, Columns: [4]string{f.words("network.hours.morning"), to, f.words("network.hours.afternoon"), to},
		OnChange: func(h []app.Hours) {
			f.o.OpeningHours = h
			f.changed()
		},
		OnLeave: func(day string) { f.leaves("opening_hours." + day) },
		OnFocus: func(cell fyne.Focusable) {
			f.focused = nil
			f.reveal(cell)
		},
		OnGrow: f.reader.Relayout,
	})
	for _, day := range membership.WeekDays() {
		f.controls = append(f.controls, &control{path: "opening_hours." + day, focus: grid.Cell(day, 0), say: func(_ widgets.Kind, sentence string) {
			grid.Fail(day, sentence)
		}})
		for col := range 4 {
			f.stops = append(f.stops, grid.Cell(day, col))
		}
	}
	notes := f.input("opening_notes", "opening_notes", f.words("network.label.opening_notes_help"), &f.o.OpeningNotes)
	return f.section("network.section.hours", "network.section.hours_text", grid, notes)
}

// closures lists the days on which the office is closed.
func (f *form) closures() fyne.CanvasObject {
	rows := []fyne.CanvasObject{}
	for i := range f.o.Closures {
		rows = append(rows, f.closure(i))
	}
	if len(rows) == 0 {
		rows = append(rows, widgets.NewWrapped(widgets.Secondary, f.words("network.closures.none")))
	}
	add := f.button("closures", widgets.ButtonSpec{Label: f.words("network.closures.add"), Icon: fynetheme.ContentAddIcon(), OnPress: func() {
		f.o.Closures = append(f.o.Closures, app.Closure{})
		f.redraw("closures." + number(len(f.o.Closures)-1) + ".from")
	}})
	return f.section("network.section.closures", "network.section.closures_text", append(rows, widgets.Row(0, -1, add))...)
}

func (f *form) closure(i int) fyne.CanvasObject {
	c := &f.o.Closures[i]
	path := "closures." + number(i) + "."
	remove := f.button(path+"remove", widgets.ButtonSpec{Label: f.words("network.closures.remove"), Icon: fynetheme.DeleteIcon(), Weight: widgets.Bare, OnPress: func() { f.remove(i) }})
	fields := widgets.Beside([]float32{1, 1, 1.6}, f.date(path+"from", "from", &c.From), f.date(path+"to", "to", &c.To), f.input(path+"reason", "reason", "", &c.Reason))
	return widgets.Stack(0.5, fields, widgets.Row(0, -1, remove))
}

func (f *form) remove(i int) {
	gone := f.o.Closures[i]
	f.o.Closures = slices.Delete(slices.Clone(f.o.Closures), i, i+1)
	f.redraw("closures")
	f.s.d.Host.Toast(f.words("network.removed"), func() {
		if !f.closed {
			f.o.Closures = slices.Insert(slices.Clone(f.o.Closures), min(i, len(f.o.Closures)), gone)
			f.redraw("closures." + number(i) + ".from")
		}
	})
}

// redraw draws the fields anew where they are, and goes to one.
func (f *form) redraw(focus string) {
	f.draw()
	f.changed()
	f.focusAt(focus)
}

func (f *form) date(path, label string, value *app.Date) *widgets.DateField {
	c := &control{path: path}
	d := widgets.NewDateField(widgets.DateSpec{
		Label: f.words("network.label." + label), Value: *value, Lang: f.s.d.Host.Words.Lang(),
		OnChange: func(v app.Date) {
			*value = v
			f.changed()
		},
		OnLeave: func(app.Date) { f.leaves(path) },
		OnFocus: func() { f.gains(c) }, OnGrow: f.reader.Relayout,
	})
	c.focus, c.say = d.Focus(), d.Say
	f.add(c)
	return d
}

func (f *form) button(path string, spec widgets.ButtonSpec) *widgets.Button {
	b := widgets.NewButton(spec)
	c := &control{path: path, focus: b, say: func(widgets.Kind, string) {}}
	b.OnFocus = func() { f.gains(c) }
	f.add(c)
	return b
}
