package region_test

import (
	"context"
	"errors"
	"strings"
	"testing"

	"github.com/google/uuid"

	"polis/app/region"
	"polis/data/hubstore"
	"polis/data/wire"
)

// faulty fails to store one item, as a disk or a lock would.
type faulty struct {
	region.Store
	id  string
	all bool // no item
}

func (f *faulty) Update(ctx context.Context, fn func(region.Tx) error) error {
	return f.Store.Update(ctx, func(tx region.Tx) error { return fn(faultyTx{tx, f}) })
}

type faultyTx struct {
	region.Tx
	f *faulty
}

func (t faultyTx) AddReceipt(device string, r wire.Receipt) error {
	if t.f.all || r.ID == t.f.id { // the item itself is written by now
		return errors.New("storage failed")
	}
	return t.Tx.AddReceipt(device, r)
}

// TestItemThatCannotBeStoredHasNoVerdict: nothing of it stays, the others do,
// and another batch brings it.
func TestItemThatCannotBeStoredHasNoVerdict(t *testing.T) {
	b := newBench(t)
	b.load(t, places)
	_, d := b.enrol(t, "demo", "demo-urp")
	store, err := b.open()
	if err != nil {
		t.Fatal(err)
	}
	defer func() {
		if err := store.Close(); err != nil {
			t.Error(err)
		}
	}()
	files, err := hubstore.OpenFolder(b.folder)
	if err != nil {
		t.Fatal(err)
	}
	broken := &faulty{Store: store}
	hub, err := region.New(region.Params{Store: broken, Files: files, Clock: b.clock})
	if err != nil {
		t.Fatal(err)
	}
	var items []wire.UploadItem
	for range 3 {
		c := contactOf(t, d)
		body := bytesOf(t, c)
		items = append(items, wire.UploadItem{Type: wire.TypeContact, ID: c.ID, SHA256: wire.Hash(body), Payload: body})
	}
	broken.id = items[1].ID
	body := must(wire.Marshal(wire.UploadBatch{Items: items}))
	first := uuid.NewString()
	answer, err := hub.PutBatch(b.ctx, d, first, body)
	if err != nil || len(answer.Items) != 2 || answer.Items[0].ID != items[0].ID || answer.Items[1].ID != items[2].ID {
		t.Fatalf("%+v %v", answer, err)
	}
	if page, err := b.PrivateChanges(b.ctx, region.Caller{Device: d}, "", 10); err != nil || len(page.Items) != 4 {
		t.Errorf("half an item is in the feed: %d, %v", len(page.Items), err)
	}
	broken.id, broken.all = "", true
	third := uuid.NewString()
	if answer, err := hub.PutBatch(b.ctx, d, third, must(wire.Marshal(wire.UploadBatch{Items: items[1:2]}))); err == nil {
		t.Errorf("nothing could be stored: %+v", answer)
	}
	broken.all = false
	if again, err := hub.PutBatch(b.ctx, d, third, must(wire.Marshal(wire.UploadBatch{Items: items[:1]}))); err != nil || len(again.Items) != 1 {
		t.Errorf("the batch that was not stored is remembered: %+v %v", again, err)
	}
	if again, err := hub.PutBatch(b.ctx, d, first, body); err != nil || len(again.Items) != 2 {
		t.Errorf("the same batch: %+v %v", again, err)
	}
	if next, err := hub.PutBatch(b.ctx, d, uuid.NewString(), body); err != nil || len(next.Items) != 3 ||
		next.Items[0].Verdict != wire.VerdictDuplicate || next.Items[1].Verdict != wire.VerdictCreated {
		t.Errorf("another batch: %+v %v", next, err)
	}
	if page, err := b.Receipts(b.ctx, d, "", 10); err != nil || len(page.Items) != 3 {
		t.Errorf("%d receipts, %v", len(page.Items), err)
	}
}

// Long lines make more pages, not longer ones; each line comes once.
func TestPageOfLongLines(t *testing.T) {
	b := newBench(t)
	b.load(t, places)
	_, d := b.enrol(t, "demo", "demo-urp")
	const n = 20
	for range n {
		p := wire.ContactPrivate{
			Type: wire.TypeContactPrivate, ID: uuid.NewString(), Contact: uuid.NewString(), Authority: d.Authority, Office: d.Office,
			Operator: d.Operator.ID, Key: "age1x", Sealed: strings.Repeat("A", 250<<10), RecordedAt: b.clock.Now(),
		}
		if _, _, err := b.PutUpload(b.ctx, d, p.Type, p.ID, must(wire.Marshal(p))); err != nil {
			t.Fatal(err)
		}
	}
	seen, pages, cursor := map[string]bool{}, 0, ""
	for more := true; more; pages++ {
		page, err := b.PrivateChanges(b.ctx, region.Caller{Device: d}, cursor, 1000)
		if err != nil || len(page.Items) == 0 {
			t.Fatalf("%d lines, %v", len(page.Items), err)
		}
		for _, line := range page.Items {
			seen[wire.Hash(line)] = true
		}
		cursor, more = page.NextCursor, page.HasMore
	}
	if pages < 2 || len(seen) != n+2 { // operator and device
		t.Errorf("%d pages, %d lines", pages, len(seen))
	}
}
