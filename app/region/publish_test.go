package region_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/klauspost/compress/zstd"

	"polis/app"
	"polis/app/region"
	"polis/data/wire"
)

func TestPublishGivesVersionsToWhatChanged(t *testing.T) {
	b := newBench(t)
	_, err := b.Publish(b.ctx, region.PublishParams{})
	wantCode(t, err, app.CodeNotFound)

	b.load(t, sheet(1, "a")+sheet(2, "b"))
	first := b.publish(t)
	if !first.Published || first.Version != 1 || first.Cursor != 2 || first.Changed != 2 || first.Counts[wire.TypeSheet] != 2 {
		t.Errorf("first %+v", first)
	}
	if again := b.publish(t); again.Published || again.Version != 1 {
		t.Errorf("published without a change: %+v", again)
	}
	b.load(t, sheet(1, "c"))
	b.load(t, sheet(1, "a"))
	if again := b.publish(t); again.Published {
		t.Errorf("a change that was undone is none: %+v", again)
	}
	b.load(t, sheet(2, "c"))
	if r := b.publish(t); r.Version != 2 || r.Cursor != 3 || r.Changed != 1 || r.Digest == first.Digest {
		t.Errorf("second %+v", r)
	}
	b.load(t, `{"type":"sheet","id":"demo-0002","op":"delete"}`)
	if r := b.publish(t); r.Version != 3 || r.Cursor != 4 || r.Deleted != 1 || r.Counts[wire.TypeSheet] != 1 {
		t.Errorf("third %+v", r)
	}
	b.load(t, sheet(2, "back"))
	if r := b.publish(t); r.Version != 4 || r.Cursor != 5 || r.Counts[wire.TypeSheet] != 2 {
		t.Errorf("fourth %+v", r)
	}
}

func TestTombstoneInTheFeed(t *testing.T) {
	b := newBench(t)
	b.load(t, sheet(1, "a")+sheet(2, "b"))
	b.publish(t)
	b.load(t, `{"type":"sheet","id":"demo-0001","op":"delete"}`)
	page, err := b.Changes(b.ctx, "", 10)
	if err != nil || len(page.Items) != 2 {
		t.Fatalf("a deletion is seen before it is published: %s %v", page.Items, err)
	}
	b.publish(t)
	page, err = b.Changes(b.ctx, page.NextCursor, 10)
	if err != nil || len(page.Items) != 1 || page.HasMore {
		t.Fatalf("%+v %v", page, err)
	}
	c, err := wire.ParseWire(page.Items[0])
	if err != nil || !c.Deleted || c.ID != "demo-0001" || c.Version != 3 {
		t.Errorf("%+v %v", c, err)
	}
}

// TestFeedAndSnapshotAgreeWithTheDigest rebuilds the catalogue both ways.
func TestFeedAndSnapshotAgreeWithTheDigest(t *testing.T) {
	b := newBench(t)
	for round := range 4 {
		var text strings.Builder
		for i := range 30 {
			if i%(round+1) == 0 {
				text.WriteString(sheet(i, fmt.Sprint("round ", round)))
			}
		}
		fmt.Fprintf(&text, `{"type":"sheet","id":"demo-%04d","op":"delete"}`, round)
		b.load(t, places+text.String())
		b.publish(t)
	}
	m, _, _ := b.manifestOf(t, b.Hub)
	byFeed := map[region.Key]wire.Change{}
	at := ""
	for {
		page, err := b.Changes(b.ctx, at, 7)
		if err != nil {
			t.Fatal(err)
		}
		for _, raw := range page.Items {
			apply(t, byFeed, raw)
		}
		if at = page.NextCursor; !page.HasMore {
			break
		}
	}
	bySnapshot := map[region.Key]wire.Change{}
	for _, raw := range b.snapshot(t, m.Snapshot.SHA256) {
		apply(t, bySnapshot, raw)
	}
	if at != m.Cursor || m.Snapshot.Cursor != m.Cursor {
		t.Errorf("the feed ends at %s, the manifest at %s", at, m.Cursor)
	}
	for name, state := range map[string]map[region.Key]wire.Change{"feed": byFeed, "snapshot": bySnapshot} {
		var d wire.Digest
		for k, c := range state {
			d.Add(k.Type, k.ID, c.Hash)
			if c.Version != byFeed[k].Version {
				t.Errorf("%s: version %d of %v, feed has %d", name, c.Version, k, byFeed[k].Version)
			}
		}
		if d.Sum() != m.CatalogDigest {
			t.Errorf("the %s does not agree with the digest", name)
		}
	}
}

func apply(t *testing.T, state map[region.Key]wire.Change, raw []byte) {
	t.Helper()
	c, err := wire.ParseWire(raw)
	if err != nil {
		t.Fatal(err)
	}
	k := region.Key{Type: c.Type, ID: c.ID}
	if state[k] = c; c.Deleted {
		delete(state, k)
	}
}

func (b *bench) snapshot(t *testing.T, sha string) []json.RawMessage {
	t.Helper()
	f, err := b.Snapshot(sha)
	if err != nil {
		t.Fatal(err)
	}
	packed, err := io.ReadAll(f)
	if err != nil || f.Close() != nil || wire.Hash(packed) != sha {
		t.Fatalf("snapshot %s: %v", sha, err)
	}
	z, err := zstd.NewReader(bytes.NewReader(packed))
	if err != nil {
		t.Fatal(err)
	}
	defer z.Close()
	var lines []json.RawMessage
	if err := wire.Lines(z, func(_ int, line []byte) error {
		lines = append(lines, bytes.Clone(line))
		return nil
	}); err != nil {
		t.Fatal(err)
	}
	return lines
}

func TestMassDeletionIsMeantOrRefused(t *testing.T) {
	b := newBench(t)
	var all, gone strings.Builder
	for i := range 60 {
		all.WriteString(sheet(i, "x"))
		if i < 25 {
			fmt.Fprintf(&gone, `{"type":"sheet","id":"demo-%04d","op":"delete"}`+"\n", i)
		}
	}
	b.load(t, all.String())
	b.publish(t)
	b.load(t, gone.String())
	_, err := b.Publish(b.ctx, region.PublishParams{})
	wantCode(t, err, app.CodeBrake)
	if p := app.ErrorParams(err); p["n"] != "25" || p["total"] != "60" {
		t.Errorf("params %v", p)
	}
	if _, err := b.Publish(b.ctx, region.PublishParams{MassDeletion: true}); err != nil {
		t.Fatal(err)
	}
	if m, _, _ := b.manifestOf(t, b.Hub); !m.MassDeletion {
		t.Error("the manifest must say that it is meant")
	}
	b.load(t, sheet(99, "later"))
	b.publish(t)
	if m, _, _ := b.manifestOf(t, b.Hub); !m.MassDeletion {
		t.Error("a workstation that missed one publication must learn it too")
	}
	b.clock.add(31 * 24 * time.Hour)
	if m, _, _ := b.manifestOf(t, b.Hub); m.MassDeletion {
		t.Error("the brake stays off for ever")
	}
}

func TestLostSnapshotIsBuiltAgain(t *testing.T) {
	b := newBench(t)
	b.load(t, sheet(1, "a"))
	r := b.publish(t)
	if err := os.Remove(filepath.Join(b.folder, "snapshots", r.Snapshot+".zst")); err != nil {
		t.Fatal(err)
	}
	again := b.publish(t)
	if b.database != "" { // the database has it
		if again.Published || again.Snapshot != r.Snapshot {
			t.Errorf("%+v", again)
		}
		b.snapshot(t, r.Snapshot)
		return
	}
	if !again.Published || again.Version != 2 || again.Cursor != r.Cursor || again.Digest != r.Digest {
		t.Errorf("%+v", again)
	}
	b.snapshot(t, again.Snapshot)
}

func TestOldSnapshotsArePruned(t *testing.T) {
	b := newBench(t)
	b.clock.at = time.Now().Add(365 * 24 * time.Hour) // files carry the system's time
	var first region.PublishReport
	for i := range 12 {
		b.load(t, sheet(1, fmt.Sprint(i)))
		if r := b.publish(t); i == 0 {
			first = r
		}
	}
	entries, err := os.ReadDir(filepath.Join(b.folder, "snapshots"))
	if err != nil || len(entries) != 10 {
		t.Errorf("%d snapshots, %v", len(entries), err)
	}
	_, err = b.Snapshot(first.Snapshot)
	wantCode(t, err, app.CodeNotFound)
}

// TestConcurrentPublishers runs several processes on one folder: versions
// stay unique and every reader sees whole publications.
func TestConcurrentPublishers(t *testing.T) {
	b := newBench(t)
	b.load(t, sheet(0, "start"))
	b.publish(t)
	if err := b.Prepare(b.ctx); err != nil {
		t.Fatal(err)
	}
	var wg sync.WaitGroup
	for p := range 3 {
		h := b.process(t)
		wg.Go(func() {
			for i := range 5 {
				text := sheet(p*100+i, "x") + sheet(0, fmt.Sprint(p, i))
				if _, err := h.Import(b.ctx, region.ImportParams{Sources: source(text)}); err != nil {
					t.Error(err)
				}
				if _, err := h.Publish(b.ctx, region.PublishParams{}); err != nil && app.ErrorCode(err) != app.CodeConflict {
					t.Error(err)
				}
			}
		})
	}
	done := make(chan struct{})
	go func() { wg.Wait(); close(done) }()
	for reading := true; reading; {
		select {
		case <-done:
			reading = false
		default:
		}
		b.checkWhole(t)
	}
	b.publish(t)
	if m, _, _ := b.manifestOf(t, b.Hub); m.Counts[wire.TypeSheet] != 15 {
		t.Errorf("%d sheets, want 15", m.Counts[wire.TypeSheet])
	}
}

// overtaken lets another process act while a snapshot is being built.
type overtaken struct {
	region.Files
	meanwhile func()
}

func (f *overtaken) CreateSnapshot(write func(io.Writer) error) (string, int64, error) {
	act := f.meanwhile
	f.meanwhile = func() {}
	act()
	return f.Files.CreateSnapshot(write)
}

func TestPublisherThatWasOvertakenStartsAgain(t *testing.T) {
	for name, c := range map[string]struct {
		before, meanwhile func(t *testing.T, b *bench)
		version, cursor   int64
		published         bool
	}{
		"by an import": {
			func(t *testing.T, b *bench) { b.load(t, sheet(2, "b")) },
			func(t *testing.T, b *bench) { b.load(t, sheet(3, "c")) },
			2, 3, true,
		},
		"by a publication of the same": {
			func(t *testing.T, b *bench) { b.load(t, sheet(2, "b")) },
			func(t *testing.T, b *bench) { b.publish(t) },
			2, 2, false,
		},
		"while replacing a lost snapshot": {
			func(t *testing.T, b *bench) {
				if err := os.RemoveAll(filepath.Join(b.folder, "snapshots")); err != nil {
					t.Fatal(err)
				}
				if err := os.Mkdir(filepath.Join(b.folder, "snapshots"), 0o700); err != nil {
					t.Fatal(err)
				}
			},
			func(t *testing.T, b *bench) { b.publish(t) },
			2, 1, false,
		},
	} {
		t.Run(name, func(t *testing.T) {
			b := newBench(t)
			if b.database != "" && strings.Contains(name, "lost") {
				t.Skip("the database keeps snapshots")
			}
			b.load(t, sheet(1, "a"))
			b.publish(t)
			c.before(t, b)
			slow := b.processWith(t, func(files region.Files) region.Files {
				return &overtaken{files, func() { c.meanwhile(t, b) }}
			})
			r, err := slow.Publish(b.ctx, region.PublishParams{})
			if err != nil || r.Version != c.version || r.Cursor != c.cursor || r.Published != c.published {
				t.Errorf("%+v %v", r, err)
			}
			b.checkWhole(t)
		})
	}
}

// checkWhole follows the feed as a workstation does and compares it with
// the manifest, when both are of the same publication.
func (b *bench) checkWhole(t *testing.T) {
	t.Helper()
	m, _, _ := b.manifestOf(t, b.Hub)
	page, err := b.Changes(b.ctx, "", region.MaxPage)
	if err != nil {
		t.Fatal(err)
	}
	if page.NextCursor != m.Cursor {
		return
	}
	state := map[region.Key]wire.Change{}
	for _, raw := range page.Items {
		apply(t, state, raw)
	}
	var d wire.Digest
	for k, c := range state {
		d.Add(k.Type, k.ID, c.Hash)
	}
	if d.Sum() != m.CatalogDigest {
		t.Error("feed and manifest of one publication differ")
	}
}

func TestCursors(t *testing.T) {
	b, other := newBench(t), newBench(t)
	for _, x := range []*bench{b, other} {
		x.load(t, sheet(1, "a")+sheet(2, "b")+sheet(3, "c"))
		x.publish(t)
	}
	if page, err := b.Changes(b.ctx, "", 2); err != nil || len(page.Items) != 2 || !page.HasMore {
		t.Errorf("%+v %v", page, err)
	}
	m, _, _ := b.manifestOf(t, b.Hub)
	foreign, _, _ := other.manifestOf(t, other.Hub)
	if page, err := b.Changes(b.ctx, m.Cursor, 2); err != nil || len(page.Items) != 0 || page.HasMore || page.NextCursor != m.Cursor {
		t.Errorf("at the end: %+v %v", page, err)
	}
	_, err := b.Changes(b.ctx, foreign.Cursor, 2)
	wantCode(t, err, app.CodeCursorExpired)
	for _, bad := range []string{"x", "!!!", m.Cursor + "A", m.Cursor[:8], strings.Repeat("A", 5000)} {
		_, err := b.Changes(b.ctx, bad, 2)
		wantCode(t, err, app.CodeInvalid)
	}
	b.load(t, sheet(4, "d"))
	b.publish(t)
	ahead, _, _ := b.manifestOf(t, b.Hub)
	_, device := b.enrolAnywhere(t)
	_, err = b.Receipts(b.ctx, device, ahead.Cursor, 2)
	wantCode(t, err, app.CodeInvalid) // a cursor of the feed
}

func (b *bench) enrolAnywhere(t *testing.T) (*workstation, region.Device) {
	t.Helper()
	b.load(t, places)
	return b.enrol(t, "demo", "")
}

func TestCursorAheadOfThisReplicaIsAnEmptyPage(t *testing.T) {
	b := newBench(t)
	b.load(t, sheet(1, "a"))
	b.publish(t)
	behind := copyFolder(t, b)
	b.load(t, sheet(2, "b"))
	b.publish(t)
	m, _, _ := b.manifestOf(t, b.Hub)
	page, err := behind.Changes(b.ctx, m.Cursor, 10)
	if err != nil || len(page.Items) != 0 || page.HasMore || page.NextCursor != m.Cursor {
		t.Errorf("%+v %v", page, err)
	}
}

// copyFolder is a replica that has not seen what comes next.
func copyFolder(t *testing.T, b *bench) *region.Hub {
	t.Helper()
	if b.database != "" {
		t.Skip("a copy of the folder is no copy of the database")
	}
	replica := &bench{folder: t.TempDir(), clock: b.clock, ctx: b.ctx}
	if err := os.CopyFS(replica.folder, os.DirFS(b.folder)); err != nil {
		t.Fatal(err)
	}
	return replica.process(t)
}

func TestPageSize(t *testing.T) {
	for text, want := range map[string]int{"": region.DefaultPage, "1": 1, "1000": 1000, "0": 0, "1001": 0, "-1": 0, "x": 0, "1e3": 0} {
		n, err := region.PageSize(text)
		if want == 0 {
			wantCode(t, err, app.CodeInvalid)
		} else if err != nil || n != want {
			t.Errorf("%q: %d %v", text, n, err)
		}
	}
}
