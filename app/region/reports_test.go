package region_test

import (
	"fmt"
	"testing"
	"time"

	"polis/app"
	"polis/app/region"
	"polis/data/wire"
)

func acting(d region.Device, role string) region.Caller {
	return region.Caller{Device: d, Acting: &wire.OperatorRecord{ID: d.Operator.ID, Authority: d.Authority, Role: role, Active: true}}
}

func codeParams(authority, role string) region.EnrolmentCodeParams {
	return region.EnrolmentCodeParams{Authority: authority, Role: role, Valid: time.Minute}
}

func TestReport(t *testing.T) {
	b := newBench(t)
	b.load(t, places)
	_, d := b.enrol(t, "demo", "demo-urp")
	_, other := b.enrol(t, "other", "other-urp")
	put := func(d region.Device, change func(*app.Contact)) app.Contact {
		c := contactOf(t, d)
		change(&c)
		if _, _, err := b.PutContact(b.ctx, d, c.ID, bytesOf(t, c)); err != nil {
			t.Fatal(err)
		}
		return c
	}
	for range 7 {
		put(d, func(c *app.Contact) { c.Channel = "phone" })
	}
	wrong := put(d, func(c *app.Contact) { c.Channel = "web" })
	right := put(d, func(c *app.Contact) { c.Channel, c.Corrects = "email", wrong.ID })
	put(d, func(c *app.Contact) { c.Channel, c.Corrects = "pec", wrong.ID }) // at another workstation: the newer one holds
	put(d, func(c *app.Contact) { c.Channel, c.OpenedAt = "mail", c.OpenedAt.AddDate(0, 1, 0) })
	put(other, func(c *app.Contact) { c.Channel, c.Corrects = "phone", right.ID }) // a stranger corrects nothing here
	ask := func(c region.Caller, by ...string) wire.Report {
		r, err := b.Report(b.ctx, c, region.ReportParams{From: "2026-11-01", To: "2026-11-30", By: by})
		if err != nil {
			t.Fatal(err)
		}
		sum := r.Suppressed
		for _, row := range r.Rows {
			sum += row.N
		}
		if sum != r.N {
			t.Errorf("the rows do not add up: %+v", r)
		}
		return r
	}
	if got := fmt.Sprint(ask(acting(d, wire.RoleManager), "channel").Rows); got != "[{[phone] 7} {[pec] 1}]" {
		t.Errorf("own authority: %s", got)
	}
	network := ask(acting(other, wire.RoleAdministrator), "authority", "channel")
	if got := fmt.Sprint(network.N, network.Suppressed, network.Rows); got != "9 2 [{[demo phone] 7}]" {
		t.Errorf("network: %s", got)
	}
	if total := ask(acting(other, wire.RoleManager)); total.N != 1 || len(total.Rows) != 1 {
		t.Errorf("%+v", total)
	}
	for _, p := range []region.ReportParams{
		{},
		{From: "2026-11-01", To: "x"},
		{From: "2026-11-02", To: "2026-11-01"},
		{From: "2026-11-01", To: "2026-11-01", By: []string{"operator"}},
		{From: "2026-11-01", To: "2026-11-01", By: []string{"user", "user"}},
	} {
		_, err := b.Report(b.ctx, acting(d, wire.RoleManager), p)
		wantCode(t, err, app.CodeInvalid)
	}
}
