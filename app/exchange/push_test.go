package exchange_test

import (
	"context"
	"slices"
	"strings"
	"testing"
	"time"

	"polis/app"
	"polis/app/exchange"
	"polis/data/wire"
)

func TestUploadsGoInBatches(t *testing.T) {
	h, s := bench(t)
	s.sync("")
	for range wire.MaxBatchItems + 7 {
		s.log("")
	}
	sum := s.sync("")
	if got := h.calls("batch"); len(got) != 2 || sum.Sent != wire.MaxBatchItems+7 || sum.Waiting != 0 || len(h.s.uploads) != wire.MaxBatchItems+7 {
		t.Fatalf("%v %+v", got, sum)
	}
	if sum := s.sync(""); sum.Sent != 0 || len(h.calls("batch")) != 2 {
		t.Fatalf("sent again: %+v", sum)
	}
}

// The answer is lost: the same items travel again under the same name, also
// when another contact came and the program was started anew.
func TestLostAnswerIsAskedForAgain(t *testing.T) {
	h, s := bench(t)
	s.sync("")
	s.log("")
	h.after = func(call string) error {
		if strings.HasPrefix(call, "batch") {
			return errDown
		}
		return nil
	}
	s.sync(app.CodeHubUnreachable)
	s.log("")
	s.restart()
	h.after = nil
	s.sync("")
	s.waiting(0, 0)
	got := h.calls("batch")
	if len(got) != 3 || got[0] != got[1] || got[1] == got[2] || len(h.s.uploads) != 2 || len(h.s.private) != 2 {
		t.Fatalf("%v, %d uploads", got, len(h.s.uploads))
	}
}

// liar is a hub whose verdicts are changed on the way.
type liar struct {
	exchange.Hub
	change func([]wire.Verdict) []wire.Verdict
}

func (l liar) PutBatch(ctx context.Context, id string, b wire.UploadBatch) ([]wire.Verdict, error) {
	v, err := l.Hub.PutBatch(ctx, id, b)
	return l.change(slices.Clone(v)), err
}

func TestOnlyAVerdictOfTheseBytesAcks(t *testing.T) {
	for name, change := range map[string]func([]wire.Verdict) []wire.Verdict{
		"none":           func([]wire.Verdict) []wire.Verdict { return []wire.Verdict{} },
		"other bytes":    func(v []wire.Verdict) []wire.Verdict { v[0].SHA256 = wire.Hash(nil); return v },
		"another item":   func(v []wire.Verdict) []wire.Verdict { v[0].ID = newID(); return v },
		"another type":   func(v []wire.Verdict) []wire.Verdict { v[0].Type = wire.TypeFollowUp; return v },
		"unknown word":   func(v []wire.Verdict) []wire.Verdict { v[0].Verdict = "ok"; return v },
		"without a word": func(v []wire.Verdict) []wire.Verdict { v[0].Verdict = ""; return v },
	} {
		t.Run(name, func(t *testing.T) {
			h, s := bench(t)
			s.sync("")
			lying := true
			s.adapt = func(p *exchange.Params) {
				connect := p.Connect
				p.Connect = wrap(connect, func(in exchange.Hub) exchange.Hub {
					return liar{in, func(v []wire.Verdict) []wire.Verdict {
						if lying {
							return change(v)
						}
						return v
					}}
				})
			}
			s.restart()
			s.log("")
			// The receipts are honest here, and would settle it.
			h.before = func(call string) error {
				if strings.HasPrefix(call, "receipts") && lying {
					return errDown
				}
				return nil
			}
			s.sync(app.CodeHubAnswer)
			s.waiting(1, 0)
			lying = false
			s.sync("")
			s.waiting(0, 0)
		})
	}
}

// An item without verdict waits; the others are settled.
func TestMissingVerdictWaits(t *testing.T) {
	h, s := bench(t)
	s.sync("")
	first, second := s.log(""), s.log("")
	h.silent[second.ID] = true
	s.sync("")
	s.waiting(1, 0)
	if _, ok := h.s.uploads[first.ID]; !ok {
		t.Fatal("the first one is not there")
	}
	h.silent = map[string]bool{}
	s.sync("")
	s.waiting(0, 0)
}

// The only item of a batch has no verdict, and the hub repeats that answer to
// the same batch: another one must bring the item.
func TestOnlyItemWithoutVerdictDoesNotStick(t *testing.T) {
	h, s := bench(t)
	s.sync("")
	h.silent[s.log("").ID] = true
	s.sync(app.CodeHubAnswer)
	s.waiting(1, 0)
	h.silent = map[string]bool{}
	s.sync("")
	s.waiting(0, 0)
}

// A batch that is refused as a whole is halved until the poison is alone.
func TestPoisonedBatchIsHalved(t *testing.T) {
	h, s := bench(t)
	s.sync("")
	var poison string
	s.adapt = func(p *exchange.Params) {
		p.Connect = wrap(p.Connect, func(in exchange.Hub) exchange.Hub { return picky{in, &poison} })
	}
	s.restart()
	for i := range 9 {
		if c := s.log(""); i == 4 {
			poison = c.ID
		}
	}
	sum := s.sync("")
	s.waiting(0, 1)
	if len(h.s.uploads) != 8 || sum.Refused != 1 {
		t.Fatalf("%d uploads, %+v", len(h.s.uploads), sum)
	}
}

// picky refuses whole batches with an item in it.
type picky struct {
	exchange.Hub
	poison *string
}

func (p picky) PutBatch(ctx context.Context, id string, b wire.UploadBatch) ([]wire.Verdict, error) {
	if slices.ContainsFunc(b.Items, func(i wire.UploadItem) bool { return i.ID == *p.poison }) {
		return nil, app.Fault(app.CodeInvalid, nil, "field", "body")
	}
	return p.Hub.PutBatch(ctx, id, b)
}

// What is refused holds what came after it about the same contact and nothing
// else; a person lets it go on or gives it up.
func TestQuarantine(t *testing.T) {
	ctx := context.Background()
	h, s := bench(t)
	s.sync("")
	first := s.log("")
	h.refuse[first.ID] = app.CodeForbidden
	s.sync("")
	s.waiting(0, 1)
	if err := s.office.CloseFollowUp(ctx, first.ID, "op", s.clock.Now()); err != nil {
		t.Fatal(err)
	}
	other := s.log("")
	s.sync("")
	s.waiting(1, 1)
	if _, ok := h.s.uploads[other.ID]; !ok {
		t.Fatal("another contact was held")
	}
	list, err := s.office.Quarantine(ctx)
	if err != nil || len(list) != 1 || list[0].Contact != first.Number || list[0].Reason != app.CodeForbidden || list[0].Params["field"] != "sheet" || list[0].Held != 1 {
		t.Fatalf("%+v %v", list, err)
	}
	if err := s.office.Retry(ctx, other.ID); app.ErrorCode(err) != app.CodeNotFound {
		t.Fatalf("retry of what is not there: %v", err)
	}
	if err := s.office.Retry(ctx, list[0].ID); err != nil {
		t.Fatal(err)
	}
	s.sync("")
	s.waiting(0, 1) // refused again; what went with it was judged for itself
	h.refuse = map[string]app.Code{}
	if err := s.office.Retry(ctx, list[0].ID); err != nil {
		t.Fatal(err)
	}
	s.sync("")
	s.waiting(0, 0)
	third := s.log("")
	h.refuse[third.ID] = app.CodeInvalid
	s.sync("")
	if err := s.office.Discard(ctx, third.ID); err != nil {
		t.Fatal(err)
	}
	s.sync("")
	s.waiting(0, 0)
	if entries, err := s.office.Contacts(ctx, app.Span{}, 1); err != nil || entries[0].ID != third.ID || entries[0].State != exchange.StateDiscarded {
		t.Fatalf("%+v %v", entries, err)
	}
}

func TestRefusedDeviceLosesNothing(t *testing.T) {
	for _, code := range []app.Code{app.CodeUnauthorized, app.CodeDeviceRevoked, app.CodeDeviceExpired, app.CodeForbidden} {
		h, s := bench(t)
		s.sync("")
		s.log("")
		h.before = func(call string) error {
			if strings.HasPrefix(call, "manifest") {
				return nil
			}
			return app.Fault(code, nil)
		}
		s.sync(code)
		s.waiting(1, 0)
		if st := s.status(); st.Problem != string(code) || st.Sheets != 2 {
			t.Fatalf("%s: %+v", code, st)
		}
		h.before = nil
		s.sync("")
		s.waiting(0, 0)
	}
}

// The hub asks to be left alone: nobody calls before, but a person, once.
func TestRetryAfterIsHonoured(t *testing.T) {
	for _, at := range []string{"manifest", "batch", "private"} {
		h, s := bench(t)
		s.sync("")
		s.log("")
		h.before = func(call string) error {
			if strings.HasPrefix(call, at) {
				return app.Fault(app.CodeHubBusy, nil, "hub", "h", exchange.ParamRetryAfter, "600")
			}
			return nil
		}
		s.sync(app.CodeHubBusy)
		h.before = nil
		h.forget()
		s.sync("") // somebody insists, once
		if len(h.calls("")) == 0 {
			t.Fatal("nobody called")
		}
		s.log("")
		s.sync(app.CodeHubBusy)
		s.waiting(1, 0)
		s.clock.move(10 * time.Minute)
		h.before = func(string) error {
			return app.Fault(app.CodeHubBusy, nil, "hub", "h", exchange.ParamRetryAfter, "600")
		}
		s.sync(app.CodeHubBusy)
		s.sync(app.CodeHubBusy) // insisted
		h.forget()
		s.sync(app.CodeHubBusy) // in vain
		if got := h.calls(""); len(got) != 0 {
			t.Fatalf("%s: called all the same: %v", at, got)
		}
		h.before = nil
		s.clock.move(10 * time.Minute)
		s.sync("")
		s.waiting(0, 0)
	}
}

// A hub restored from yesterday's backup gets again what it does not list;
// what is durable for long enough is forgotten.
func TestHubRestoredFromBackup(t *testing.T) {
	ctx := context.Background()
	h, s := bench(t)
	for range 10 {
		s.log("")
	}
	s.sync("")
	yesterday := h.backup()
	lost := []string{s.log("").ID, s.log("").ID}
	s.sync("")
	s.clock.move(40 * 24 * time.Hour)
	h.restore(yesterday)
	h.before = func(call string) error { // found out in two ways
		if strings.HasPrefix(call, "manifest") {
			return app.Fault(app.CodeManifest, nil)
		}
		return nil
	}
	s.sync(app.CodeManifest)
	s.waiting(0, 0)
	for _, id := range lost {
		if _, ok := h.s.uploads[id]; !ok {
			t.Fatal("a contact is lost")
		}
	}
	h.before = nil
	h.restore(yesterday)
	s.sync("")
	s.waiting(0, 0)
	if len(h.s.uploads) != 12 || len(h.s.private) != 12 {
		t.Fatalf("%d uploads", len(h.s.uploads))
	}
	s.sync("")
	s.clock.move(40 * 24 * time.Hour)
	h.publish(titles(2, "Nuova"))
	s.sync("")
	if list, err := s.office.Contacts(ctx, app.Span{}, 0); err != nil || len(list) != 12 || list[0].State != exchange.StateAcked {
		t.Fatalf("%d %v", len(list), err)
	}
	h.restore(yesterday) // what was durable is not here any more
	s.sync("")
	if len(h.s.uploads) != 10 {
		t.Fatalf("%d uploads: nothing was pruned", len(h.s.uploads))
	}
}

func TestKeyIsRenewedInTime(t *testing.T) {
	h, s := bench(t)
	s.sync("")
	first := s.ring.current
	s.clock.move(299 * 24 * time.Hour)
	h.publish(titles(2, "Nuova"))
	s.sync("")
	if s.ring.current != first {
		t.Fatal("renewed too early")
	}
	s.clock.move(2 * 24 * time.Hour)
	h.after = func(call string) error {
		if call == "renew" {
			return errDown
		}
		return nil
	}
	s.sync(app.CodeHubUnreachable) // the hub has the new key, we do not know it
	h.after = nil
	s.log("")
	s.sync("")
	s.waiting(0, 0)
	if s.ring.current == first || s.ring.next != nil {
		t.Fatal("the new key was not taken")
	}
	before := s.ring.current
	s.sync("")
	if st := s.status(); s.ring.current != before || st.RenewBy.Sub(s.clock.Now()) < 360*24*time.Hour {
		t.Fatalf("%+v", st.RenewBy)
	}
}

// deaf is a hub that breaks down over one item.
type deaf struct {
	exchange.Hub
	over func() string
}

func (d deaf) PutBatch(ctx context.Context, id string, b wire.UploadBatch) ([]wire.Verdict, error) {
	if slices.ContainsFunc(b.Items, func(i wire.UploadItem) bool { return i.ID == d.over() }) {
		return nil, errDown
	}
	return d.Hub.PutBatch(ctx, id, b)
}

// An item over which the hub breaks down, again and again, does not keep the
// others from going up, and what is about it waits behind it.
func TestItemThatNobodyCanBearGoesAlone(t *testing.T) {
	h, s := bench(t)
	s.sync("")
	poison := s.log("")
	over := poison.ID
	s.adapt = func(p *exchange.Params) {
		p.Connect = wrap(p.Connect, func(in exchange.Hub) exchange.Hub { return deaf{in, func() string { return over }} })
	}
	s.restart()
	correction := s.log(poison.ID)
	var good []string
	for range 3 {
		good = append(good, s.log("").ID)
	}
	for range exchange.AloneAfter + 1 {
		s.sync(app.CodeHubUnreachable)
	}
	good = append(good, s.log("").ID)
	for range len(good) {
		s.sync(app.CodeHubUnreachable)
	}
	s.waiting(2, 0)
	for _, id := range good {
		if h.s.uploads[id] == "" {
			t.Errorf("%s did not go up", id)
		}
	}
	over = ""
	s.sync("")
	s.waiting(0, 0)
	if h.s.uploads[poison.ID] == "" || h.s.uploads[correction.ID] == "" {
		t.Error("what was put behind did not go up")
	}
}

// A broken catalogue must not keep contacts from going up; a hub that is not
// there ends the round.
func TestUpAlthoughDownFails(t *testing.T) {
	h, s := bench(t)
	h.root = h.online
	s.log("")
	s.sync(app.CodeManifest)
	s.waiting(0, 0)
	h.before = func(string) error { return errDown }
	s.log("")
	s.sync(app.CodeHubUnreachable)
	if st := s.status(); st.Problem != string(app.CodeHubUnreachable) || st.Waiting != 1 {
		t.Fatalf("%+v", st)
	}
}
