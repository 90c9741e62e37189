package membership

import (
	"slices"
	"strconv"

	"fyne.io/fyne/v2"
	fynetheme "fyne.io/fyne/v2/theme"

	"polis/app"
	"polis/app/membership"
	"polis/ui/widgets"
)

// officesStep asks for the offices that the body opens, one at a time.
func (w *wizard) officesStep() []fyne.CanvasObject {
	words := w.words
	if len(w.r.Offices) == 0 && !w.st.left["offices.none"] {
		w.r.Offices = []app.Office{w.newOffice()}
	}
	var page []fyne.CanvasObject
	w.st.office = max(min(w.st.office, len(w.r.Offices)-1), 0)
	if len(w.r.Offices) > 1 {
		tabs := widgets.NewChoice(w.officeNames(), len(w.r.Offices), words("choice.other"), func(v string) {
			n, err := strconv.Atoi(v)
			if err != nil || n == w.st.office {
				return
			}
			w.st.office = n
			w.draw()
			w.focusAt("tab")
		})
		tabs.Set(strconv.Itoa(w.st.office))
		c := &control{path: "tab", focus: tabs, say: func(widgets.Kind, string) {}}
		tabs.OnFocus = func() { w.gains(c) }
		w.add(c)
		page = append(page, widgets.Stack(0.5, widgets.NewWrapped(widgets.SecondaryStrong, words("wizard.offices.which")), widgets.Fitted(tabs, len(w.r.Offices))))
	}
	if len(w.r.Offices) > 0 {
		page = append(page, w.office(w.st.office)...)
	}
	add := w.button("offices", widgets.ButtonSpec{Label: words("wizard.offices.add"), Icon: fynetheme.ContentAddIcon(), OnPress: w.addOffice})
	if len(w.r.Offices) >= membership.MaxOffices {
		add.Disable()
	}
	ways := widgets.Wrap(1, 1, add)
	if len(w.r.Offices) > 0 {
		ways.Add(w.button("remove_office", widgets.ButtonSpec{
			Label: words("wizard.offices.remove"), Icon: fynetheme.DeleteIcon(), Weight: widgets.Bare, OnPress: func() { w.removeOffice(w.st.office) },
		}))
	}
	return append(page, widgets.Stack(2, w.remark("offices", add), w.others(), aligned(ways)))
}

// others says which offices that are not shown need something.
func (w *wizard) others() fyne.CanvasObject {
	w.check()
	bad := map[int]bool{}
	for _, f := range w.findings {
		if n, ok := indexed(f.Field, "offices."); ok && n != w.st.office && !f.Warning {
			bad[n] = true
		}
	}
	box := widgets.Stack(0)
	for n := range w.r.Offices {
		if bad[n] {
			box.Add(widgets.NewWrapped(widgets.Late, w.words("wizard.offices.look", "office", w.officeName(n))))
		}
	}
	return box
}

func (w *wizard) officeName(i int) string {
	name := w.r.Offices[i].Name
	if name == "" {
		name = w.words("wizard.offices.nth", "n", strconv.Itoa(i+1))
	}
	return name
}

func (w *wizard) officeNames() []widgets.Option {
	out := make([]widgets.Option, len(w.r.Offices))
	for i := range out {
		out[i] = widgets.Option{Value: strconv.Itoa(i), Label: shortened(w.officeName(i))}
	}
	return out
}

// shortened keeps the beginning of a name that is long for a tab.
func shortened(name string) string {
	const most = 32
	if letters := []rune(name); len(letters) > most {
		return string(letters[:most-1]) + "…"
	}
	return name
}

// newOffice is an office where the body is; the first one is most often its
// URP.
func (w *wizard) newOffice() app.Office {
	where := w.r.Body.Address
	o := app.Office{Address: &where}
	if len(w.r.Offices) == 0 {
		o.Kind, o.Name = membership.OfficeKinds()[0], w.words("wizard.offices.first_name")
	}
	return o
}

func (w *wizard) addOffice() {
	w.r.Offices = append(slices.Clone(w.r.Offices), w.newOffice())
	delete(w.st.left, "offices.none")
	w.st.office = len(w.r.Offices) - 1
	w.saver.soon()
	w.draw()
	w.focusAt("offices." + strconv.Itoa(w.st.office) + ".name")
}

func (w *wizard) removeOffice(i int) {
	gone := w.r.Offices[i]
	name := w.officeName(i)
	w.r.Offices = slices.Delete(slices.Clone(w.r.Offices), i, i+1)
	w.st.left["offices.none"] = true
	w.st.office = max(i-1, 0)
	w.saver.soon()
	w.draw()
	w.focusAt("offices")
	w.s.d.Host.Toast(w.words("wizard.removed", "name", name), func() {
		if w.closed {
			return
		}
		w.r.Offices = slices.Insert(slices.Clone(w.r.Offices), min(i, len(w.r.Offices)), gone)
		w.st.office = i
		w.saver.soon()
		if w.step() == membership.StepOffices {
			w.draw()
			w.focusAt("offices." + strconv.Itoa(i) + ".name")
		}
	})
}

// office asks for one office.
func (w *wizard) office(i int) []fyne.CanvasObject {
	words := w.words
	o := &w.r.Offices[i]
	if o.Address == nil {
		o.Address = &app.Address{}
	}
	path := "offices." + strconv.Itoa(i) + "."
	rows := []fyne.CanvasObject{
		widgets.Beside([]float32{1.5, 1.5}, w.input(fieldSpec{path: path + "name", label: "wizard.label.office_name", value: &o.Name}),
			w.drop(path+"kind", "wizard.label.kind", &o.Kind, membership.OfficeKinds(), "membership.office.", nil)),
	}
	rows = append(rows, w.place(path+"address.", o.Address, nil)...)
	rows = append(rows,
		widgets.Beside([]float32{1, 1, 1}, w.input(fieldSpec{path: path + "phone", label: "wizard.label.phone", value: &o.Phone}),
			w.input(fieldSpec{path: path + "email", label: "wizard.label.email", value: &o.Email}),
			w.input(fieldSpec{path: path + "pec", label: "wizard.label.pec", value: &o.PEC})))
	title := words("wizard.offices.one")
	if len(w.r.Offices) > 1 {
		title = w.officeName(i)
	}
	return []fyne.CanvasObject{w.section(title, "", rows...), w.hours(path, o)}
}

// hours asks for the weekly hours of an office.
func (w *wizard) hours(path string, o *app.Office) fyne.CanvasObject {
	words := w.words
	days := make([]widgets.Option, 0, len(membership.WeekDays()))
	for _, d := range membership.WeekDays() {
		days = append(days, widgets.Option{Value: d, Label: words("wizard.day." + d)})
	}
	at := path + "opening_hours"
	grid := widgets.NewHoursGrid(widgets.HoursSpec{
		Days: days, Value: o.OpeningHours,
		Columns: [4]string{words("wizard.hours.morning"), words("wizard.hours.to"), words("wizard.hours.afternoon"), words("wizard.hours.to")},
		OnChange: func(h []app.Hours) {
			o.OpeningHours = h
			w.changed()
		},
		OnLeave: func(day string) { w.leaves(at + "." + day) },
		OnFocus: func(cell fyne.Focusable) {
			w.focused, w.st.at = nil, at
			w.reveal(cell)
		},
		OnGrow: w.reader.Relayout,
	})
	none := w.remark(at, grid.Focus())
	for _, day := range membership.WeekDays() {
		w.controls = append(w.controls, &control{path: at + "." + day, focus: grid.Cell(day, 0), say: func(_ widgets.Kind, sentence string) {
			grid.Fail(day, sentence)
		}})
		for col := range 4 {
			w.stops = append(w.stops, grid.Cell(day, col))
		}
	}
	notes := w.input(fieldSpec{path: path + "opening_notes", label: "wizard.label.opening_notes", help: words("wizard.hours.notes_help"), value: &o.OpeningNotes})
	return w.section(words("wizard.hours.title"), words("wizard.hours.text"), none, grid, notes)
}
