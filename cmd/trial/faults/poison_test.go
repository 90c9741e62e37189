package faults

import (
	"context"
	"testing"

	"github.com/google/uuid"

	"polis/app"
	"polis/app/exchange"
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

// One item that the hub refuses holds only what hangs on it, until a person
// gives it up.
func TestPoisonedItem(t *testing.T) {
	h, d := counter(t)
	ctx := context.Background()
	good := d.log(nil, app.Personal{})
	bad := good
	bad.ID, bad.Channel, bad.Number = uuid.Must(uuid.NewV7()).String(), "piccione", "" // as a version with a defect might
	bad = must[app.Contact](t)(d.Office.Save(ctx, bad, app.Personal{}))
	held := d.log(func(c *app.Contact) { c.Corrects = bad.ID }, app.Personal{})
	saved := []string{good.ID, held.ID} // one batch, each judged for itself
	for range 5 {
		saved = append(saved, d.log(nil, app.Personal{}).ID)
	}
	quarantine := func() {
		t.Helper()
		list := must[[]exchange.QuarantinedItem](t)(d.Office.Quarantine(ctx))
		if len(list) != 1 || list[0].ID != bad.ID || list[0].Reason != app.CodeInvalid || list[0].Params["field"] != "channel" {
			t.Fatalf("%+v", list)
		}
		h.arrived(saved...)
	}
	d.sync("")
	quarantine()
	after := d.log(func(c *app.Contact) { c.Corrects = bad.ID }, app.Personal{})
	other := d.log(nil, app.Personal{})
	saved = append(saved, other.ID)
	d.sync("")
	d.waiting(1, 1)
	quarantine()
	ok(t, d.Office.Retry(ctx, bad.ID)) // in vain; what hung on it goes along
	saved = append(saved, after.ID)
	d.sync("")
	d.waiting(0, 1)
	quarantine()
	ok(t, d.Office.Discard(ctx, bad.ID))
	d.heals(saved...)
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
