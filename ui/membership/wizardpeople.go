package membership

import (
	"slices"
	"strconv"
	"strings"

	"fyne.io/fyne/v2"
	fynetheme "fyne.io/fyne/v2/theme"

	"polis/app/membership"
	"polis/ui/widgets"
)

// peopleStep asks for who stands for the body, and who will work.
func (w *wizard) peopleStep() []fyne.CanvasObject {
	words := w.words
	rep, contact, officer := &w.r.Representative, &w.r.Contact, &w.r.Officer
	const a, b, c = "legal_representative.", "contact_person.", "data_protection_officer."
	upper := func(s string) string { return strings.ToUpper(strings.TrimSpace(s)) }
	return []fyne.CanvasObject{
		w.section(words("wizard.people.representative"), words("wizard.people.representative_text"),
			widgets.Beside([]float32{1, 1, 1}, w.input(fieldSpec{path: a + "name", label: "wizard.label.name", value: &rep.Name}),
				w.input(fieldSpec{path: a + "role", label: "wizard.label.role", help: words("wizard.people.role_help"), value: &rep.Role}),
				w.input(fieldSpec{path: a + "tax_code", label: "wizard.label.tax_code", value: &rep.TaxCode, tidy: upper}))),
		w.section(words("wizard.people.contact"), words("wizard.people.contact_text"),
			widgets.Beside([]float32{1, 1, 1}, w.input(fieldSpec{path: b + "name", label: "wizard.label.name", value: &contact.Name}),
				w.input(fieldSpec{path: b + "email", label: "wizard.label.email", value: &contact.Email}),
				w.input(fieldSpec{path: b + "phone", label: "wizard.label.phone", value: &contact.Phone}))),
		w.section(words("wizard.people.officer"), words("wizard.people.officer_text"),
			widgets.Beside([]float32{1, 1, 1}, w.input(fieldSpec{path: c + "name", label: "wizard.label.name", value: &officer.Name}),
				w.input(fieldSpec{path: c + "email", label: "wizard.label.email", value: &officer.Email}),
				w.input(fieldSpec{path: c + "pec", label: "wizard.label.pec", value: &officer.PEC}))),
		w.operators(),
	}
}

// operators are rows to add to and to take from.
func (w *wizard) operators() fyne.CanvasObject {
	words := w.words
	rows := widgets.Stack(2)
	for i := range w.r.Operators {
		p := &w.r.Operators[i]
		path := "operators." + strconv.Itoa(i) + "."
		name := w.input(fieldSpec{path: path + "name", label: "wizard.label.name", value: &p.Name})
		email := w.input(fieldSpec{path: path + "email", label: "wizard.label.email", value: &p.Email})
		phone := w.input(fieldSpec{path: path + "phone", label: "wizard.label.phone", value: &p.Phone})
		remove := w.button(path+"remove", widgets.ButtonSpec{
			Label: words("wizard.remove"), Icon: fynetheme.DeleteIcon(), Weight: widgets.Bare, OnPress: func() { w.removeOperator(i) },
		})
		rows.Add(widgets.Beside([]float32{1, 1, 1}, name, email, ended(phone, lowered(remove))))
	}
	add := w.button("operators", widgets.ButtonSpec{Label: words("wizard.people.add"), Icon: fynetheme.ContentAddIcon(), OnPress: func() {
		w.r.Operators = append(w.r.Operators, membership.Person{})
		w.saver.soon()
		w.redraw("operators." + strconv.Itoa(len(w.r.Operators)-1) + ".name")
	}})
	if len(w.r.Operators) >= membership.MaxOperators {
		add.Disable()
	}
	return w.section(words("wizard.people.operators"), words("wizard.people.operators_text"), rows, w.remark("operators", add), aligned(widgets.Wrap(0, 0, add)))
}

func (w *wizard) removeOperator(i int) {
	gone := w.r.Operators[i]
	w.r.Operators = slices.Delete(slices.Clone(w.r.Operators), i, i+1)
	w.saver.soon()
	w.redraw("operators")
	name := gone.Name
	if name == "" {
		name = w.words("wizard.people.nameless")
	}
	w.s.d.Host.Toast(w.words("wizard.removed", "name", name), func() {
		if w.closed {
			return
		}
		w.r.Operators = slices.Insert(slices.Clone(w.r.Operators), min(i, len(w.r.Operators)), gone)
		w.saver.soon()
		if w.step() == membership.StepPeople {
			w.redraw("operators." + strconv.Itoa(i) + ".name")
		}
	})
}
