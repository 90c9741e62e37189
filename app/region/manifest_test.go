package region_test

import (
	"bytes"
	"encoding/json"
	"os"
	"path/filepath"
	"testing"
	"time"

	"polis/app"
	"polis/data/wire"
)

func TestManifest(t *testing.T) {
	b := newBench(t)
	_, _, err := b.Manifest(b.ctx)
	wantCode(t, err, app.CodeNothingPublished)
	b.load(t, places+sheet(1, "a"))
	r := b.publish(t)
	m, _, _ := b.manifestOf(t, b.Hub)
	if m.Version != 1 || m.Epoch == "" || m.CatalogDigest != r.Digest || m.Snapshot.SHA256 != r.Snapshot || m.Snapshot.Size != r.SnapshotSize {
		t.Errorf("%+v", m)
	}
	if m.PublicBase != "https://sheets.example" || m.ExpiresAt.Sub(m.IssuedAt) != 30*24*time.Hour || m.MassDeletion {
		t.Errorf("%+v", m)
	}
	if m.Counts[wire.TypeSheet] != 1 || m.Counts[wire.TypeAuthority] != 2 {
		t.Errorf("%+v", m.Counts)
	}
}

func TestManifestIsSignedAfreshEveryDay(t *testing.T) {
	b := newBench(t)
	b.load(t, sheet(1, "a"))
	b.publish(t)
	_, first, etag := b.manifestOf(t, b.Hub)
	b.clock.add(23 * time.Hour)
	if _, same, tag := b.manifestOf(t, b.Hub); !bytes.Equal(same, first) || tag != etag {
		t.Error("signed afresh within a day")
	}
	b.clock.add(2 * time.Hour)
	m, next, tag := b.manifestOf(t, b.Hub)
	if bytes.Equal(next, first) || tag == etag || m.Version != 1 || b.clock.Now().Sub(m.IssuedAt) != time.Hour {
		t.Errorf("after a day: %+v", m)
	}
	if _, replica, _ := b.manifestOf(t, b.process(t)); !bytes.Equal(replica, next) {
		t.Error("two replicas sign different bytes")
	}
	b.load(t, sheet(1, "b"))
	b.publish(t)
	if m, _, _ := b.manifestOf(t, b.Hub); m.Version != 2 {
		t.Errorf("a new publication must be seen at once: %+v", m)
	}
	b.clock.add(-100 * time.Hour)
	if m, _, _ := b.manifestOf(t, b.Hub); m.Version != 2 {
		t.Errorf("a clock that jumps back: %+v", m)
	}
}

func TestRootSignsTheOnlineKeyInTime(t *testing.T) {
	b := newBench(t)
	b.load(t, sheet(1, "a"))
	b.publish(t)
	expiry := func() time.Time {
		_, body, _ := b.manifestOf(t, b.Hub)
		var signed wire.SignedManifest
		var key wire.OnlineKey
		if err := json.Unmarshal(body, &signed); err != nil {
			t.Fatal(err)
		}
		if err := signed.OnlineKey.Verify(&key, b.roots(t)...); err != nil {
			t.Fatal(err)
		}
		return key.ExpiresAt
	}
	first := expiry()
	b.clock.add(200 * 24 * time.Hour)
	if !expiry().Equal(first) {
		t.Error("renewed too early")
	}
	rootKey := filepath.Join(b.folder, "root.key")
	away := rootKey + ".away"
	if err := os.Rename(rootKey, away); err != nil {
		t.Fatal(err)
	}
	b.clock.add(120 * 24 * time.Hour)
	if _, _, err := b.Manifest(b.ctx); err != nil {
		t.Errorf("a root that is kept elsewhere is no fault while the statement holds: %v", err)
	}
	b.clock.add(60 * 24 * time.Hour)
	_, _, err := b.process(t).Manifest(b.ctx)
	wantCode(t, err, app.CodeFile)
	if err := os.Rename(away, rootKey); err != nil {
		t.Fatal(err)
	}
	if !expiry().After(b.clock.Now()) {
		t.Error("not renewed")
	}
	info, err := os.Stat(rootKey)
	if err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("%v %v", info.Mode(), err)
	}
}
