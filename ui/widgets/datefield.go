package widgets

import (
	"polis/app"
	"polis/app/page"
)

// DateSpec is what a field for a day is made of.
type DateSpec struct {
	Label, Help string
	Value       app.Date
	Lang        string // how the day is written once it was understood
	// OnChange gets the day, or what was typed as it is when it is none.
	OnChange func(app.Date)
	OnLeave  func(app.Date)
	OnFocus  func()
	OnEnter  func()
	OnGrow   func()
}

// DateField takes a day as people write it: "3/11/2026", "3 nov 2026".
type DateField struct {
	Field
	lang string
}

// NewDateField returns a field for a day.
func NewDateField(s DateSpec) *DateField {
	d := &DateField{lang: s.Lang}
	spec := FieldSpec{Label: s.Label, Help: s.Help, Value: page.Date(s.Value, s.Lang), OnFocus: s.OnFocus, OnEnter: s.OnEnter, OnGrow: s.OnGrow}
	spec.OnChange = func(string) {
		if s.OnChange != nil {
			s.OnChange(d.Value())
		}
	}
	spec.OnLeave = func(string) {
		d.SetValue(d.Value())
		if s.OnLeave != nil {
			s.OnLeave(d.Value())
		}
	}
	f := NewField(spec)
	d.entry = f.entry
	d.extend(d, s.Label, s.Help, f.control, s.OnGrow)
	return d
}

// Value returns the day, or what was typed as it is when it is none.
func (d *DateField) Value() app.Date {
	if day, ok := page.ReadDate(d.Text()); ok {
		return day
	}
	return app.Date(d.Text())
}

// SetValue shows a day without telling anybody.
func (d *DateField) SetValue(day app.Date) {
	if text := page.Date(day, d.lang); text != d.Text() {
		d.Set(text)
	}
}
