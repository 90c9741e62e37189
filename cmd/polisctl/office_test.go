package main

import (
	"encoding/json"
	"slices"
	"strings"
	"testing"

	"polis/app"
	"polis/app/network"
	"polis/cmd/trial"
)

func (c *ctl) office(id string) officeJSON {
	c.t.Helper()
	return decode[officeJSON](c.t, c.good("--json", "office", "show", id))
}

// edits saves an office after a change and returns what became of it.
func (c *ctl) edits(t *testing.T, id string, change func(o *app.Office)) officeJSON {
	c.t.Helper()
	o := c.office(id).Office
	change(&o)
	text, err := json.Marshal(o)
	if err != nil {
		c.t.Fatal(err)
	}
	return decode[officeJSON](c.t, c.good("--json", "office", "edit", id, "--from", write(t, "sportello.json", text)))
}

const borgo = "demo_borgo-urp"

// managing is a workstation of the office whose activation made its person a
// responsabile.
func managing(t *testing.T, h *trial.Hub) *ctl {
	t.Helper()
	c := newCtl(t)
	code := strings.TrimSpace(h.Run("enrolment-code", "--authority", "demo_borgo", "--office", borgo, "--role", "responsabile"))
	c.good("enrol", "--hub", h.URL, "--code", code, "--ca", h.CA())
	c.good("sync")
	return c
}

func hours(opens, closes string) []app.Hours {
	return []app.Hours{{Days: []string{"MO", "TU"}, Opens: opens, Closes: closes}}
}

func TestOfficeHoursReachTheOthers(t *testing.T) {
	h := trial.NewHub(t, trial.SampleFiles(t)...)
	h.Serve()
	here, there := managing(t, h), managing(t, h)

	sent := here.edits(t, borgo, func(o *app.Office) { o.OpeningHours = hours("07:45", "11:15") })
	if sent.State != network.Sent || sent.Problem != "" {
		t.Fatalf("%+v", sent)
	}
	if before := there.office(borgo); slices.EqualFunc(before.OpeningHours, sent.OpeningHours, sameHours) {
		t.Fatal("the other workstation knows before it has asked")
	}
	for _, c := range []*ctl{here, there} {
		c.good("sync")
		if o := c.office(borgo); o.State != "" || !slices.EqualFunc(o.OpeningHours, sent.OpeningHours, sameHours) {
			t.Errorf("after the synchronisation: %+v", o)
		}
	}

	h.Stop() // what is edited now waits, and shows here at once
	waits := here.edits(t, borgo, func(o *app.Office) { o.Phone = "0172 999999" })
	if waits.State != network.Waiting || waits.Phone != "0172 999999" {
		t.Fatalf("%+v", waits)
	}
	again := here.edits(t, borgo, func(o *app.Office) { o.Email = "nuovo@borgo.example" })
	if again.State != network.Waiting || again.Phone != "0172 999999" {
		t.Fatalf("the second edit forgot the first: %+v", again)
	}
	h.Listen = strings.TrimPrefix(h.URL, "https://")
	h.Serve()
	here.good("sync")
	there.good("sync")
	if o := there.office(borgo); o.Phone != "0172 999999" || o.Email != "nuovo@borgo.example" {
		t.Errorf("%+v", o)
	}
	if o := here.office(borgo); o.State != "" {
		t.Errorf("%+v", o)
	}
}

func sameHours(a, b app.Hours) bool {
	return a.Opens == b.Opens && a.Closes == b.Closes && slices.Equal(a.Days, b.Days)
}

// Two workstations edit the same office: nothing is overwritten, and who comes
// second chooses.
func TestOfficeEditedTwice(t *testing.T) {
	h := trial.NewHub(t, trial.SampleFiles(t)...)
	h.Serve()
	here, there := managing(t, h), managing(t, h)
	there.edits(t, borgo, func(o *app.Office) { o.OpeningHours, o.Phone = hours("10:00", "11:00"), "0172 111111" })
	met := here.edits(t, borgo, func(o *app.Office) { o.OpeningHours = hours("14:00", "15:00") })
	if met.State != network.Changed || met.Theirs == nil || met.Theirs.Phone != "0172 111111" || met.OpeningHours[0].Opens != "14:00" {
		t.Fatalf("%+v", met)
	}
	here.good("sync")
	if o := here.office(borgo); o.State != network.Changed || o.OpeningHours[0].Opens != "14:00" {
		t.Fatalf("a synchronisation decided: %+v", o)
	}
	mine := decode[officeJSON](t, here.good("--json", "office", "mine", borgo))
	if mine.State != network.Sent || mine.Phone != "0172 111111" || mine.OpeningHours[0].Opens != "14:00" {
		t.Fatalf("%+v", mine)
	}
	there.good("sync")
	if o := there.office(borgo); o.Phone != "0172 111111" || o.OpeningHours[0].Opens != "14:00" {
		t.Errorf("%+v", o)
	}

	here.edits(t, borgo, func(o *app.Office) { o.Phone = "0172 222222" })
	if o := there.edits(t, borgo, func(o *app.Office) { o.Phone = "0172 333333" }); o.State != network.Changed {
		t.Fatalf("%+v", o)
	}
	there.good("office", "theirs", borgo)
	there.good("sync")
	if o := there.office(borgo); o.State != "" || o.Phone != "0172 222222" {
		t.Errorf("%+v", o)
	}
}

// Who logs contacts does not edit offices.
func TestOperatorEditsNoOffice(t *testing.T) {
	h := trial.NewHub(t, trial.SampleFiles(t)...)
	h.Serve()
	c := enrolled(t, h, h.URL)
	c.good("sync")
	list := decode[struct{ Items []officeJSON }](t, c.good("--json", "office", "list"))
	if len(list.Items) == 0 {
		t.Fatal("no offices")
	}
	text, err := json.Marshal(list.Items[0].Office)
	if err != nil {
		t.Fatal(err)
	}
	c.bad(app.CodeForbidden, "office", "edit", list.Items[0].ID, "--from", write(t, "sportello.json", text))
}
