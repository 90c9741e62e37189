package region_test

import (
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/uuid"

	"polis/app"
	"polis/app/region"
	"polis/data/wire"
)

func contactOf(t testing.TB, d region.Device) app.Contact {
	t.Helper()
	id, err := uuid.NewV7()
	if err != nil {
		t.Fatal(err)
	}
	at := time.Date(2026, 11, 23, 9, 0, 0, 0, time.UTC)
	return app.Contact{
		ID: id.String(), Visit: id.String(), Number: "2026-00001", Authority: d.Authority, Office: d.Office, Operator: d.Operator.ID,
		OpenedAt: at, ClosedAt: at, RecordedAt: at, Channel: app.ChannelInPerson, User: app.UserCitizen,
		RequestType: app.RequestTypeInformation, Outcome: app.OutcomeResolved,
	}
}

func bytesOf(t testing.TB, c app.Contact) []byte {
	t.Helper()
	b, err := wire.EncodeContact(c)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func TestPutContactIsIdempotent(t *testing.T) {
	b := newBench(t)
	b.load(t, places)
	_, d := b.enrol(t, "demo", "demo-urp")
	c := contactOf(t, d)
	body := bytesOf(t, c)
	first, created, err := b.PutContact(b.ctx, d, c.ID, body)
	if err != nil || !created || first.ID != c.ID || first.State != wire.StateStored || first.SHA256 != wire.Hash(body) || first.Type != wire.TypeContact {
		t.Fatalf("%+v %v %v", first, created, err)
	}
	b.clock.add(time.Hour)
	again, created, err := b.PutContact(b.ctx, d, c.ID, body)
	if err != nil || created || again != first {
		t.Errorf("again: %+v %v %v", again, created, err)
	}
	spaced := []byte(strings.Replace(string(body), ",", " , ", 1))
	if _, created, err := b.PutContact(b.ctx, d, c.ID, spaced); err != nil || created {
		t.Errorf("the same content, written by a proxy: %v %v", created, err)
	}
	c.Outcome = "referred"
	_, _, err = b.PutContact(b.ctx, d, c.ID, bytesOf(t, c))
	wantCode(t, err, app.CodeConflict)
	if got := b.export(t, wire.TypeContact); got != string(body)+"\n" {
		t.Errorf("stored %s", got)
	}
}

func TestPutContactRefuses(t *testing.T) {
	b := newBench(t)
	b.load(t, places)
	_, d := b.enrol(t, "demo", "demo-urp")
	_, other := b.enrol(t, "other", "other-urp")
	with := func(change func(*app.Contact)) app.Contact {
		c := contactOf(t, d)
		change(&c)
		return c
	}
	for name, c := range map[string]struct {
		contact app.Contact
		code    app.Code
	}{
		"foreign authority": {with(func(c *app.Contact) { c.Authority = "other" }), app.CodeForbidden},
		"foreign office":    {with(func(c *app.Contact) { c.Office = "other-urp" }), app.CodeForbidden},
		"no office":         {with(func(c *app.Contact) { c.Office = "" }), app.CodeForbidden},
		"foreign operator":  {with(func(c *app.Contact) { c.Operator = other.Operator.ID }), app.CodeForbidden},
		"no operator":       {with(func(c *app.Contact) { c.Operator = "Cognome" }), app.CodeInvalid},
		"no time":           {with(func(c *app.Contact) { c.RecordedAt = time.Time{} }), app.CodeInvalid},
		"bad channel":       {with(func(c *app.Contact) { c.Channel = "smoke" }), app.CodeInvalid},
		"no visit":          {with(func(c *app.Contact) { c.Visit = "" }), app.CodeInvalid},
		"too large":         {with(func(c *app.Contact) { c.Topic = strings.Repeat("x", region.MaxContact) }), app.CodeInvalid},
		"not a UUID":        {with(func(c *app.Contact) { c.ID = "../1" }), app.CodeInvalid},
		"UUID in capitals":  {with(func(c *app.Contact) { c.ID = strings.ToUpper(c.ID) }), app.CodeInvalid},
	} {
		t.Run(name, func(t *testing.T) {
			_, _, err := b.PutContact(b.ctx, d, c.contact.ID, bytesOf(t, c.contact))
			wantCode(t, err, c.code)
		})
	}
	c := contactOf(t, d)
	for name, body := range map[string]string{"empty": "", "not JSON": "<html>", "a sheet": sheet(1, "x"), "an array": "[]"} {
		t.Run(name, func(t *testing.T) {
			_, _, err := b.PutContact(b.ctx, d, c.ID, []byte(body))
			wantCode(t, err, app.CodeInvalid)
		})
	}
	_, _, err := b.PutContact(b.ctx, d, uuid.NewString(), bytesOf(t, c))
	wantCode(t, err, app.CodeInvalid)
	if got := b.export(t, wire.TypeContact); got != "" {
		t.Errorf("stored %s", got)
	}
}

// A hub that was restored does not know who was made an operator after the
// backup; what they logged is taken all the same.
func TestContactOfAnOperatorAfterTheBackup(t *testing.T) {
	b := newBench(t)
	b.load(t, places)
	_, d := b.enrol(t, "demo", "demo-urp")
	c := contactOf(t, d)
	c.Operator = uuid.NewString()
	if _, created, err := b.PutContact(b.ctx, d, c.ID, bytesOf(t, c)); err != nil || !created {
		t.Fatal(created, err)
	}
}

func TestTheSameContactAtOnceIsStoredOnce(t *testing.T) {
	b := newBench(t)
	b.load(t, places)
	_, d := b.enrol(t, "demo", "demo-urp")
	c := contactOf(t, d)
	body := bytesOf(t, c)
	var made atomic.Int32
	var wg sync.WaitGroup
	for range 5 {
		h := b.process(t)
		wg.Go(func() {
			_, created, err := h.PutContact(b.ctx, d, c.ID, body)
			if err != nil {
				t.Error(err)
			}
			if created {
				made.Add(1)
			}
		})
	}
	wg.Wait()
	page, err := b.Receipts(b.ctx, d, "", 10)
	if made.Load() != 1 || err != nil || len(page.Items) != 1 {
		t.Errorf("created %d times, %d receipts, %v", made.Load(), len(page.Items), err)
	}
}

func TestReceipts(t *testing.T) {
	b, restored := newBench(t), newBench(t)
	b.load(t, places)
	_, d := b.enrol(t, "demo", "demo-urp")
	_, colleague := b.enrol(t, "demo", "demo-urp")
	var sent []string
	for range 5 {
		c := contactOf(t, d)
		if _, _, err := b.PutContact(b.ctx, d, c.ID, bytesOf(t, c)); err != nil {
			t.Fatal(err)
		}
		sent = append(sent, c.ID)
	}
	none, err := b.Receipts(b.ctx, colleague, "", 2)
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	at := ""
	for more := true; more; {
		page, err := b.Receipts(b.ctx, d, at, 2)
		if err != nil {
			t.Fatal(err)
		}
		for _, r := range page.Items {
			got = append(got, r.ID)
		}
		if at, more = page.NextCursor, page.HasMore; page.DurableUpto != none.NextCursor {
			t.Errorf("durable up to %s before any backup", page.DurableUpto)
		}
	}
	if strings.Join(got, " ") != strings.Join(sent, " ") {
		t.Errorf("receipts %v, sent %v", got, sent)
	}
	if page, err := b.Receipts(b.ctx, colleague, "", 10); err != nil || len(page.Items) != 0 {
		t.Errorf("a colleague's device has its own list: %+v %v", page, err)
	}
	_, err = restored.Receipts(b.ctx, d, at, 2)
	wantCode(t, err, app.CodeCursorExpired)
}

// TestContactOfAWorkstationEnrolledAgain sends what an earlier device sent.
func TestContactOfAWorkstationEnrolledAgain(t *testing.T) {
	b := newBench(t)
	b.load(t, places)
	_, old := b.enrol(t, "demo", "demo-urp")
	_, renewed := b.enrol(t, "demo", "demo-urp")
	c := contactOf(t, old)
	if _, _, err := b.PutContact(b.ctx, old, c.ID, bytesOf(t, c)); err != nil {
		t.Fatal(err)
	}
	r, created, err := b.PutContact(b.ctx, renewed, c.ID, bytesOf(t, c))
	if err != nil || created || r.ID != c.ID {
		t.Fatalf("%+v %v %v", r, created, err)
	}
	if page, err := b.Receipts(b.ctx, renewed, "", 10); err != nil || len(page.Items) != 1 {
		t.Errorf("%+v %v", page, err)
	}
}
