package faults

import (
	"context"
	"testing"

	"github.com/google/uuid"

	"polis/app"
	"polis/app/exchange"
	"polis/app/region"
	"polis/data/wire"
)

// An item that was changed after it had been sent is set apart; the hub keeps
// what it took first, and nothing else waits for it.
func TestEditedAfterItWasSent(t *testing.T) {
	h, d := counter(t)
	ctx := context.Background()
	first := d.log(nil, app.Personal{})
	other := d.log(nil, app.Personal{})
	edited := first
	edited.Topic = "altro"
	line := must[[]byte](t)(wire.EncodeContact(edited))
	hub := d.client()
	defer hub.Close()
	batch := wire.UploadBatch{Items: []wire.UploadItem{{Type: wire.TypeContact, ID: first.ID, SHA256: wire.Hash(line), Payload: line}}}
	verdicts := must[[]wire.Verdict](t)(hub.PutBatch(ctx, uuid.NewString(), batch))
	if verdicts[0].Verdict != wire.VerdictCreated {
		t.Fatalf("%+v", verdicts)
	}
	d.sync("")
	d.waiting(0, 1)
	h.arrived(first.ID, other.ID)
	list := must[[]exchange.QuarantinedItem](t)(d.Office.Quarantine(ctx))
	if list[0].ID != first.ID || list[0].Reason != app.CodeConflict {
		t.Fatalf("%+v", list)
	}
	ok(t, d.Office.Retry(ctx, first.ID)) // in vain, and harmless
	d.sync("")
	d.waiting(0, 1)
	ok(t, d.Office.Discard(ctx, first.ID))
	d.heals(first.ID, other.ID)
}

// One item that the hub refuses holds only what hangs on it; a person lets it
// go on when the reason is gone.
func TestPoisonedItem(t *testing.T) {
	h, d := counter(t)
	ctx := context.Background()
	stranger := uuid.NewString()
	good := d.log(nil, app.Personal{})
	var saved []string
	bad := good
	bad.ID, bad.Operator, bad.Number = uuid.Must(uuid.NewV7()).String(), stranger, ""
	bad = must[app.Contact](t)(d.Office.Save(ctx, bad, app.Personal{}))
	held := d.log(func(c *app.Contact) { c.Corrects = bad.ID }, app.Personal{})
	for range 5 {
		saved = append(saved, d.log(nil, app.Personal{}).ID)
	}
	saved = append(saved, good.ID)
	d.sync("")
	if list := must[[]exchange.QuarantinedItem](t)(d.Office.Quarantine(ctx)); len(list) != 1 || list[0].ID != bad.ID || list[0].Reason != app.CodeForbidden {
		t.Fatalf("%+v", list)
	}
	after := d.log(func(c *app.Contact) { c.Corrects = bad.ID }, app.Personal{})
	saved = append(saved, held.ID) // went in the same batch, judged for itself
	d.sync("")
	d.waiting(1, 1)
	h.arrived(saved...)
	record := wire.OperatorRecord{Type: wire.TypeOperator, ID: stranger, Authority: "demo", Role: wire.RoleOperator, Active: true}
	acting := wire.OperatorRecord{ID: "x", Authority: "demo", Role: wire.RoleManager, Active: true}
	_, _, err := h.now.Load().PutOperator(ctx, region.Caller{Device: region.Device{Authority: "demo"}, Acting: &acting}, stranger, record)
	ok(t, err)
	ok(t, d.Office.Retry(ctx, bad.ID))
	d.heals(append(saved, bad.ID, after.ID)...)
}

// Two publications that together delete more than the brake lets through: the
// catalogue stays, contacts go on, and exactly that publication is applied
// once a person has agreed.
func TestBrakeAgainstTheRealHub(t *testing.T) {
	h, d := counter(t)
	ctx := context.Background()
	h.publish(40, "Carta")
	d.sync("")
	was := d.held()
	h.publish(28, "Carta")
	h.publish(14, "Carta")
	saved := d.log(nil, app.Personal{}).ID
	d.sync(app.CodeBrake)
	d.untouched(was)
	d.waiting(0, 0)
	h.arrived(saved)
	st := must[exchange.Status](t)(d.Engine.Status(ctx))
	if st.Problem != string(app.CodeBrake) || st.Brake == nil || st.Brake.N != 26 {
		t.Fatalf("%+v %+v", st, st.Brake)
	}
	d.restart()
	d.sync(app.CodeBrake)
	wantCode(t, d.Engine.AcceptDeletions(ctx, st.Brake.Version+1), app.CodeNotFound)
	ok(t, d.Engine.AcceptDeletions(ctx, st.Brake.Version))
	d.heals(saved)
	if n := d.held().Sheets; n != 14 {
		t.Errorf("%d sheets", n)
	}
	d.loseCatalogue() // by snapshot too
	d.heals(saved)
}
