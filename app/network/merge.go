package network

import (
	"bytes"
	"encoding/json"
	"fmt"
	"time"

	"polis/app"
	"polis/app/membership"
)

// Part is a part of an office that a person sees as one thing.
type Part string

// Parts lists the parts of an office in the order of the form.
func Parts() []Part {
	return []Part{"name", "kind", "address", "phone", "email", "pec", "opening_hours", "opening_notes", "closures"}
}

// part points at a part of an office.
func part(o *app.Office, p Part) any {
	switch p {
	case "name":
		return &o.Name
	case "kind":
		return &o.Kind
	case "address":
		return &o.Address
	case "phone":
		return &o.Phone
	case "email":
		return &o.Email
	case "pec":
		return &o.PEC
	case "opening_hours":
		return &o.OpeningHours
	case "opening_notes":
		return &o.OpeningNotes
	}
	return &o.Closures
}

// equal reports that two offices have the same part.
func equal(a, b *app.Office, p Part) bool {
	x, err1 := json.Marshal(part(a, p))
	y, err2 := json.Marshal(part(b, p))
	return err1 == nil && err2 == nil && bytes.Equal(x, y)
}

// Difference is a part in which an edit and what lies at the hub are not the
// same. Ours says that it was edited here.
type Difference struct {
	Part Part
	Ours bool
}

// Differences compares an edit with what lies at the hub instead.
func (e *Edit) Differences() []Difference {
	if e.Theirs == nil {
		return nil
	}
	var list []Difference
	for _, p := range Parts() {
		if !equal(&e.Office, e.Theirs, p) {
			list = append(list, Difference{Part: p, Ours: !equal(&e.Office, &e.Base, p)})
		}
	}
	return list
}

// merged is the edit laid over what lies at the hub: what was not edited here
// stays as it was left there.
func (e *Edit) merged() app.Office {
	out := *e.Theirs
	for _, p := range Parts() {
		if equal(&e.Office, &e.Base, p) {
			continue
		}
		mine, err := json.Marshal(part(&e.Office, p))
		if err == nil {
			clean(&out, p)
			err = json.Unmarshal(mine, part(&out, p))
		}
		if err != nil { // it was read from JSON
			return e.Office
		}
	}
	return out
}

// clean empties a part: what is read over it must not mix with it.
func clean(o *app.Office, p Part) {
	switch p {
	case "address":
		o.Address = nil
	case "opening_hours":
		o.OpeningHours = nil
	case "closures":
		o.Closures = nil
	}
}

// checkClosures stops closures of which nobody knows when they are.
func checkClosures(list []app.Closure) (found []membership.Finding) {
	add := func(i int, field, key string) {
		found = append(found, membership.Finding{Step: membership.StepOffices, Field: fmt.Sprintf("closures.%d.%s", i, field), Key: key})
	}
	for i, c := range list {
		_, from := day(c.From)
		_, to := day(c.To)
		switch {
		case c.From == "" && c.To == "":
			add(i, "from", "closure_empty")
		case c.From != "" && !from:
			add(i, "from", "date_form")
		case c.To != "" && !to:
			add(i, "to", "date_form")
		case from && to && c.To < c.From:
			add(i, "to", "closure_order")
		}
	}
	return found
}

func day(d app.Date) (time.Time, bool) {
	t, err := time.Parse(time.DateOnly, string(d))
	return t, err == nil
}
