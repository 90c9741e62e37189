package exchange

import (
	"context"
	"crypto/ed25519"
	"encoding/base64"
	"encoding/json"
	"errors"
	"io"
	"slices"
	"strconv"
	"testing"
	"time"

	"polis/app"
	"polis/data/wire"
)

var errDown = app.Fault(app.CodeHubUnreachable, nil, "hub", "h")

// fakeHub holds one publication and what arrives.
type fakeHub struct {
	key      wire.Signed
	online   ed25519.PrivateKey
	manifest wire.Manifest
	feed     []wire.Change
	pulls    []string
	put      map[string]string
	refuse   map[string]app.Code
	down     bool
	blob     error
	stuck    bool // a cache answers every page with the same one
}

func (h *fakeHub) Enrol(_ context.Context, r wire.EnrolmentRequest) (wire.Enrolment, error) {
	if r.Code != "GOOD" {
		return wire.Enrolment{}, app.Fault(app.CodeEnrolmentCode, nil)
	}
	return wire.Enrolment{Device: "d", Authority: "x", Operator: wire.Operator{ID: "op"}, HubRoots: []string{base64.RawURLEncoding.EncodeToString(make([]byte, 32))}}, nil
}

func (h *fakeHub) Manifest(_ context.Context, etag string) (*wire.SignedManifest, string, error) {
	if h.down {
		return nil, "", errDown
	}
	tag := strconv.FormatInt(h.manifest.Version, 10)
	if etag == tag {
		return nil, tag, nil
	}
	m, err := wire.Sign(h.manifest, h.online)
	return &wire.SignedManifest{Manifest: m, OnlineKey: h.key}, tag, err
}

func (h *fakeHub) Snapshot(_ context.Context, _ string, w io.Writer, _ func(int64)) error {
	h.pulls = append(h.pulls, "snapshot")
	_, err := io.WriteString(w, "snapshot")
	return err
}

func (h *fakeHub) Changes(_ context.Context, cursor string, limit int) (wire.Changes, error) {
	h.pulls = append(h.pulls, "changes "+cursor)
	if h.stuck {
		if len(h.pulls) > 10 {
			return wire.Changes{}, errors.New("the same page again and again")
		}
		return wire.Changes{NextCursor: cursor, HasMore: true}, nil
	}
	if cursor == "old" {
		return wire.Changes{}, app.Fault(app.CodeCursorExpired, nil)
	}
	from, err := strconv.Atoi(cursor)
	if err != nil {
		return wire.Changes{}, err
	}
	to := min(from+limit, len(h.feed))
	page := wire.Changes{NextCursor: strconv.Itoa(to), HasMore: to < len(h.feed), Items: []json.RawMessage{}}
	for _, c := range h.feed[from:to] {
		line, err := c.AppendWire(nil)
		if err != nil {
			return page, err
		}
		page.Items = append(page.Items, line)
	}
	return page, nil
}

func (h *fakeHub) Blob(context.Context, string, io.Writer) error { return h.blob }

func (h *fakeHub) PutContact(_ context.Context, id string, payload []byte) (bool, error) {
	if code := h.refuse[id]; code != "" {
		return false, app.Fault(code, nil)
	}
	_, had := h.put[id]
	h.put[id] = string(payload)
	return had, nil
}

func (h *fakeHub) Receipts(_ context.Context, cursor string) (wire.Receipts, error) {
	return wire.Receipts{NextCursor: cursor}, nil
}

// fakeCatalogue remembers what it was told to do.
type fakeCatalogue struct {
	held    Held
	applied int
	err     error
	missing []string
}

func (c *fakeCatalogue) Held(context.Context) (Held, error) { return c.held, nil }

func (c *fakeCatalogue) Apply(_ context.Context, m wire.Manifest, etag string, changes []wire.Change) error {
	if c.err != nil {
		return c.err
	}
	c.applied += len(changes)
	c.held = Held{Epoch: m.Epoch, Version: m.Version, Cursor: m.Cursor, Etag: etag}
	return nil
}

func (c *fakeCatalogue) Tidy(context.Context) error { return nil }

func (c *fakeCatalogue) Replace(_ context.Context, m wire.Manifest, etag string, r io.Reader) error {
	if text, err := io.ReadAll(r); err != nil || string(text) != "snapshot" {
		return errors.Join(err, errors.New("no snapshot"))
	}
	c.held = Held{Epoch: m.Epoch, Version: m.Version, Cursor: m.Cursor, Etag: etag}
	return nil
}
func (c *fakeCatalogue) MissingBlobs(context.Context) ([]string, error) { return c.missing, nil }
func (c *fakeCatalogue) SaveBlob(_ context.Context, _ string, write func(io.Writer) error) error {
	return write(io.Discard)
}
func (c *fakeCatalogue) Damaged() bool { return false }

// fakeOutbox is a queue in memory.
type fakeOutbox struct {
	device Device
	items  []Item
	states map[string]string
	later  map[string]time.Time
	last   time.Time
}

func (o *fakeOutbox) Device(context.Context) (Device, error)           { return o.device, nil }
func (o *fakeOutbox) SaveDevice(_ context.Context, d Device) error     { o.device = d; return nil }
func (o *fakeOutbox) LastSync(context.Context) (time.Time, error)      { return o.last, nil }
func (o *fakeOutbox) SetLastSync(_ context.Context, t time.Time) error { o.last = t; return nil }
func (o *fakeOutbox) ReceiptsCursor(context.Context) (string, error)   { return "", nil }
func (o *fakeOutbox) SetReceipts(context.Context, []wire.Receipt, string) error {
	return nil
}

func (o *fakeOutbox) Waiting(_ context.Context, t time.Time, _ int) ([]Item, error) {
	return slices.DeleteFunc(slices.Clone(o.items), func(i Item) bool { return o.states[i.ID] != "" || o.later[i.ID].After(t) }), nil
}

func (o *fakeOutbox) Acked(_ context.Context, id string, _ time.Time) error {
	o.states[id] = "acked"
	return nil
}

func (o *fakeOutbox) Postponed(_ context.Context, id string, until time.Time) error {
	o.later[id] = until
	return nil
}

func (o *fakeOutbox) Quarantined(_ context.Context, id, reason string, _ time.Time) error {
	o.states[id] = "quarantined " + reason
	return nil
}

func (o *fakeOutbox) Counts(context.Context) (waiting, quarantined int, err error) {
	return len(o.items) - len(o.states), 0, nil
}

type bench struct {
	hub       *fakeHub
	catalogue *fakeCatalogue
	outbox    *fakeOutbox
	engine    *Engine
}

func newBench(t *testing.T) *bench {
	t.Helper()
	rootPub, root, err := ed25519.GenerateKey(nil)
	if err != nil {
		t.Fatal(err)
	}
	onlinePub, online, err := ed25519.GenerateKey(nil)
	if err != nil {
		t.Fatal(err)
	}
	now := time.Date(2026, 11, 23, 9, 0, 0, 0, time.UTC)
	key, err := wire.Sign(wire.OnlineKey{Key: base64.RawURLEncoding.EncodeToString(onlinePub), ExpiresAt: now.AddDate(1, 0, 0)}, root)
	if err != nil {
		t.Fatal(err)
	}
	b := &bench{
		hub: &fakeHub{
			key: key, online: online, put: map[string]string{}, refuse: map[string]app.Code{},
			manifest: wire.Manifest{Epoch: "e", Version: 2, Cursor: "3"},
		},
		catalogue: &fakeCatalogue{},
		outbox: &fakeOutbox{
			device: Device{ID: "d", Hub: "h", Roots: []ed25519.PublicKey{rootPub}},
			states: map[string]string{}, later: map[string]time.Time{},
		},
	}
	for i := range 3 {
		e, _, err := wire.ParseLine([]byte(`{"type":"authority","id":"a` + strconv.Itoa(i) + `","name":"n"}`))
		if err != nil {
			t.Fatal(err)
		}
		b.hub.feed = append(b.hub.feed, wire.Change{Entity: e, Version: int64(i + 1)})
	}
	b.engine, err = New(Params{
		Catalogue: b.catalogue, Outbox: b.outbox, Connect: func(Device) (Hub, error) { return b.hub, nil },
		Key: func() ([]byte, error) { return []byte("k"), nil }, Clock: app.ClockFunc(func() time.Time { return now }),
	})
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func (b *bench) sync(t *testing.T, want app.Code) Summary {
	t.Helper()
	sum, err := b.engine.Sync(context.Background())
	if app.ErrorCode(err) != want {
		t.Fatalf("sync: %v, want %q", err, want)
	}
	return sum
}

func TestFirstBySnapshotThenByChanges(t *testing.T) {
	b := newBench(t)
	b.sync(t, "")
	b.catalogue.held.Cursor = "1"
	b.hub.manifest.Version = 3
	sum := b.sync(t, "")
	b.sync(t, "") // nothing new
	want := []string{"snapshot", "changes 1"}
	if !slices.Equal(b.hub.pulls, want) || sum.Changed != 2 || b.catalogue.held.Version != 3 {
		t.Fatalf("pulls %v, changed %d, held %+v", b.hub.pulls, sum.Changed, b.catalogue.held)
	}
}

func TestSnapshotWhenChangesDoNotReach(t *testing.T) {
	for name, prepare := range map[string]func(*bench){
		"expired cursor": func(b *bench) { b.catalogue.held = Held{Epoch: "e", Version: 1, Cursor: "old"} },
		"another epoch":  func(b *bench) { b.catalogue.held = Held{Epoch: "other", Version: 9, Cursor: "1"} },
		"mismatch": func(b *bench) {
			b.catalogue.held = Held{Epoch: "e", Version: 1, Cursor: "1"}
			b.catalogue.err = app.Fault(app.CodeManifest, nil)
		},
	} {
		t.Run(name, func(t *testing.T) {
			b := newBench(t)
			prepare(b)
			b.sync(t, "")
			if b.hub.pulls[len(b.hub.pulls)-1] != "snapshot" || b.catalogue.held.Version != 2 {
				t.Fatalf("pulls %v, held %+v", b.hub.pulls, b.catalogue.held)
			}
		})
	}
}

func TestOlderOrForgedCatalogueIsRefused(t *testing.T) {
	b := newBench(t)
	b.catalogue.held = Held{Epoch: "e", Version: 7, Cursor: "1"}
	b.sync(t, app.CodeManifest)
	b = newBench(t)
	_, b.hub.online, _ = ed25519.GenerateKey(nil)
	b.sync(t, app.CodeManifest)
	if len(b.hub.pulls) != 0 {
		t.Fatalf("something was pulled: %v", b.hub.pulls)
	}
}

func TestPoisonedItemDoesNotBlock(t *testing.T) {
	b := newBench(t)
	for _, id := range []string{"1", "2", "3", "4"} {
		b.outbox.items = append(b.outbox.items, Item{ID: id, Payload: []byte(id)})
	}
	b.hub.refuse["2"] = app.CodeConflict
	b.hub.refuse["4"] = app.CodeHubUnreachable
	b.sync(t, app.CodeHubUnreachable)
	if b.outbox.states["1"] != "acked" || b.outbox.states["2"] != "quarantined conflict" || b.outbox.states["3"] != "acked" || b.outbox.states["4"] != "" {
		t.Fatalf("states %v", b.outbox.states)
	}
	delete(b.hub.refuse, "4")
	b.sync(t, "") // asked by hand: tried before its time
	if b.outbox.states["4"] != "acked" || len(b.hub.put) != 3 {
		t.Fatalf("states %v, put %v", b.outbox.states, b.hub.put)
	}
}

// A broken catalogue must not keep contacts from going up; a hub that is not
// there ends the round.
func TestUpAlthoughDownFails(t *testing.T) {
	b := newBench(t)
	b.outbox.items = []Item{{ID: "1"}}
	b.catalogue.held = Held{Epoch: "e", Version: 7}
	b.sync(t, app.CodeManifest)
	if b.outbox.states["1"] != "acked" {
		t.Fatal("the contact did not go up")
	}
	b.hub.down = true
	b.sync(t, app.CodeHubUnreachable)
	st, err := b.engine.Status(context.Background())
	if err != nil || st.Problem != string(app.CodeHubUnreachable) {
		t.Fatalf("status %+v %v", st, err)
	}
}

// A filter on the way that stops a document, now and for ever.
func TestUpAlthoughADocumentIsStopped(t *testing.T) {
	for _, code := range []app.Code{app.CodeHubAnswer, app.CodeHubUnreachable} {
		b := newBench(t)
		b.outbox.items = []Item{{ID: "1"}}
		b.catalogue.missing, b.hub.blob = []string{"sha"}, app.Fault(code, nil, "hub", "h")
		b.sync(t, code)
		if b.outbox.states["1"] != "acked" {
			t.Errorf("%s: the contact did not go up", code)
		}
	}
}

func TestPageOfChangesThatLeadsToItself(t *testing.T) {
	b := newBench(t)
	b.catalogue.held, b.hub.stuck = Held{Epoch: "e", Version: 1, Cursor: "1"}, true
	b.sync(t, app.CodeHubAnswer)
}

func TestEnrol(t *testing.T) {
	b := newBench(t)
	ctx := context.Background()
	if err := b.engine.Enrol(ctx, "h", "GOOD", nil); app.ErrorCode(err) != app.CodeAlreadyEnrolled {
		t.Fatalf("twice: %v", err)
	}
	b.outbox.device = Device{}
	b.sync(t, app.CodeNotEnrolled)
	if err := b.engine.Enrol(ctx, "h", "BAD", nil); app.ErrorCode(err) != app.CodeEnrolmentCode || b.outbox.device.Enrolled() {
		t.Fatalf("bad code: %v", err)
	}
	if err := b.engine.Enrol(ctx, " https://h/ ", " GOOD ", nil); err != nil || b.outbox.device.Operator != "op" || b.outbox.device.Hub != "https://h" {
		t.Fatalf("%v %+v", err, b.outbox.device)
	}
}

func TestBackoffIsBounded(t *testing.T) {
	for attempts := range 70 {
		if d := backoff(attempts); d < 0 || d > backoffMax {
			t.Fatalf("attempt %d waits %v", attempts, d)
		}
	}
}
