package region_test

import (
	"errors"
	"strings"
	"testing"
	"time"

	"polis/app"
	"polis/app/region"
	"polis/data/wire"
)

func TestKeyOfADeviceEnds(t *testing.T) {
	b := newBench(t)
	b.load(t, places)
	w, _ := b.enrol(t, "demo", "demo-urp")
	b.clock.add(394 * 24 * time.Hour)
	if _, err := b.Token(b.ctx, w.assertion(t, b.clock.Now(), nil), ""); err != nil {
		t.Errorf("within the days of grace: %v", err)
	}
	b.clock.add(2 * 24 * time.Hour)
	_, err := b.Token(b.ctx, w.assertion(t, b.clock.Now(), nil), "")
	wantCode(t, err, app.CodeDeviceExpired)
}

func TestAdministratorsLists(t *testing.T) {
	b := newBench(t)
	b.load(t, places)
	_, d := b.enrol(t, "demo", "demo-urp")
	b.enrol(t, "other", "other-urp")
	devices, err := b.ListDevices(b.ctx, "demo")
	if err != nil || len(devices) != 1 || devices[0].ID != d.ID || devices[0].Version != 2 {
		t.Errorf("%+v %v", devices, err)
	}
	if operators, err := b.ListOperators(b.ctx, ""); err != nil || len(operators) != 2 {
		t.Errorf("%+v %v", operators, err)
	}
	if err := b.DisableOperator(b.ctx, d.Operator.ID); err != nil {
		t.Fatal(err)
	}
	if operators, err := b.ListOperators(b.ctx, "demo"); err != nil || operators[0].Active {
		t.Errorf("%+v %v", operators, err)
	}
	if err := b.RevokeDevice(b.ctx, d.ID); err != nil {
		t.Fatal(err)
	}
	if devices, err := b.ListDevices(b.ctx, "demo"); err != nil || devices[0].RevokedAt == nil {
		t.Errorf("%+v %v", devices, err)
	}
	wantCode(t, b.RevokeDevice(b.ctx, "nobody"), app.CodeNotFound)
	wantCode(t, b.DisableOperator(b.ctx, "nobody"), app.CodeNotFound)
}

func TestCodeWithARole(t *testing.T) {
	b := newBench(t)
	b.load(t, places)
	for _, role := range []string{wire.RoleEditor, wire.RoleAdministrator, wire.RoleExaminer} {
		code, err := b.NewEnrolmentCode(b.ctx, codeParams("demo", role))
		if err != nil {
			t.Fatal(err)
		}
		if e, err := b.Enrol(b.ctx, wire.EnrolmentRequest{Code: code, PublicKey: newWorkstation(t).public}); err != nil || e.Operator.Role != role {
			t.Errorf("%+v %v", e, err)
		}
	}
	_, err := b.NewEnrolmentCode(b.ctx, codeParams("demo", "king"))
	wantCode(t, err, app.CodeInvalid)
}

func TestRatesAreSharedAndEnd(t *testing.T) {
	b := newBench(t)
	replica := b.process(t)
	const address = "192.0.2.7"
	for i := range 60 {
		h := b.Hub
		if i%2 == 1 {
			h = replica
		}
		if q, err := h.AllowEnrolment(b.ctx, address); err != nil || q.Remaining != int64(59-i) {
			t.Fatalf("%d: %+v %v", i, q, err)
		}
	}
	_, err := replica.AllowEnrolment(b.ctx, address)
	wantCode(t, err, app.CodeTooManyRequests)
	if app.ErrorParams(err)["seconds"] == "" {
		t.Error(err)
	}
	store, err := b.open()
	if err != nil {
		t.Fatal(err)
	}
	var all int64
	err = store.Update(b.ctx, func(tx region.Tx) error {
		all, err = tx.CountHits("enrolments:", b.clock.Now().Truncate(10*time.Minute).Unix(), 1)
		return err
	})
	if err = errors.Join(err, store.Close()); err != nil || all != 61 {
		t.Errorf("what was refused counts for everybody: %d %v", all-1, err)
	}
	if _, err := b.AllowEnrolment(b.ctx, "192.0.2.8"); err != nil {
		t.Errorf("another address: %v", err)
	}
	b.clock.add(10 * time.Minute)
	if _, err := b.AllowEnrolment(b.ctx, address); err != nil {
		t.Errorf("in the next window: %v", err)
	}
	if raw := b.databaseText(t); strings.Contains(raw, address) {
		t.Error("an address is in the database")
	}
}
