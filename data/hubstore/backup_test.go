package hubstore

import (
	"bytes"
	"context"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"github.com/google/uuid"
	"github.com/klauspost/compress/zstd"

	"polis/app"
	"polis/app/region"
	"polis/data/hubstore/pgtest"
	"polis/data/wire"
)

// station is a whole hub on one of the databases.
type station struct {
	*region.Hub
	store  *Store
	files  Files
	folder string
}

func newStation(t *testing.T, kind string) *station {
	t.Helper()
	s := &station{folder: t.TempDir()}
	if kind == "sqlite" {
		s.store = open(t, filepath.Join(s.folder, "hub.db"))
	} else {
		s.store = openPostgres(t, pgtest.Database(t))
	}
	var err error
	if s.files, err = OpenFiles(s.store, s.folder); err != nil {
		t.Fatal(err)
	}
	if s.Hub, err = region.New(region.Params{Store: s.store, Files: s.files, Clock: clock()}); err != nil {
		t.Fatal(err)
	}
	return s
}

// filled has a catalogue with attachments, a workstation and contacts.
func filled(t *testing.T, kind string) (*station, region.Device, []app.Contact) {
	t.Helper()
	s := newStation(t, kind)
	ctx := t.Context()
	text := `{"type":"authority","id":"demo","name":"Comune di Prova"}` + "\n" + `{"type":"office","id":"demo-urp","authority":"demo","name":"URP"}` + "\n"
	for i := range 300 {
		text += fmt.Sprintf(`{"type":"sheet","code":"demo-%03d","authority":"demo","language":"it","title":"Carta è n. %d"}`+"\n", i, i)
	}
	large := bytes.Repeat([]byte("0123456789abcdef"), 200_000) // 3.2 MB: several pieces
	_, err := s.Import(ctx, region.ImportParams{
		Sources: []region.Source{{Name: "test", Open: func() (io.ReadCloser, error) { return io.NopCloser(strings.NewReader(text)), nil }}},
		Blobs:   fstest.MapFS{"a.pdf": {Data: []byte("%PDF-1.7 a")}, "b.pdf": {Data: large}},
	})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := s.Publish(ctx, region.PublishParams{}); err != nil {
		t.Fatal(err)
	}
	d := s.enrol(t)
	var sent []app.Contact
	for range 3 {
		sent = append(sent, s.put(t, d, newContact(t, d), true))
	}
	return s, d, sent
}

func (s *station) enrol(t *testing.T) region.Device {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	der, err := x509.MarshalPKIXPublicKey(key.Public())
	if err != nil {
		t.Fatal(err)
	}
	code, err := s.NewEnrolmentCode(t.Context(), region.EnrolmentCodeParams{Authority: "demo", Office: "demo-urp", Valid: time.Minute})
	if err != nil {
		t.Fatal(err)
	}
	e, err := s.Enrol(t.Context(), wire.EnrolmentRequest{Code: code, PublicKey: base64.RawURLEncoding.EncodeToString(der)})
	if err != nil {
		t.Fatal(err)
	}
	var d region.Device
	if err := s.store.View(t.Context(), func(tx region.Tx) error {
		d, _, err = tx.Device(e.Device)
		return err
	}); err != nil {
		t.Fatal(err)
	}
	return d
}

func newContact(t *testing.T, d region.Device) app.Contact {
	t.Helper()
	id, err := uuid.NewV7()
	if err != nil {
		t.Fatal(err)
	}
	return app.Contact{
		ID: id.String(), Visit: id.String(), Authority: d.Authority, Office: d.Office, Operator: d.Operator.ID,
		Channel: "phone", User: "citizen", RequestType: "forms", Outcome: "resolved", RecordedAt: time.Date(2026, 11, 23, 9, 0, 0, 0, time.UTC),
	}
}

func (s *station) put(t *testing.T, d region.Device, c app.Contact, wantCreated bool) app.Contact {
	t.Helper()
	body, err := wire.EncodeContact(c)
	if err != nil {
		t.Fatal(err)
	}
	if _, created, err := s.PutContact(t.Context(), d, c.ID, body); err != nil || created != wantCreated {
		t.Fatalf("created %v, %v", created, err)
	}
	return c
}

func (s *station) contacts(t *testing.T) int {
	t.Helper()
	n := 0
	if err := s.store.View(t.Context(), func(tx region.Tx) error {
		return tx.ContactLines("", func([]byte) error { n++; return nil })
	}); err != nil {
		t.Fatal(err)
	}
	return n
}

func (s *station) manifest(t *testing.T, h *region.Hub, root *station) wire.Manifest {
	t.Helper()
	body, _, err := h.Manifest(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	var signed wire.SignedManifest
	if err := json.Unmarshal(body, &signed); err != nil {
		t.Fatal(err)
	}
	key, err := root.files.RootKey(false)
	if err != nil {
		t.Fatal(err)
	}
	m, err := signed.Open(clock().Now(), publicKey(t, key))
	if err != nil {
		t.Fatal(err)
	}
	return m
}

func (s *station) backup(t *testing.T) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "hub.backup")
	report, err := s.store.Backup(t.Context(), s.files, path, clock())
	if err != nil || report.Rows["contact"] == 0 || report.Files != 3 {
		t.Fatalf("%+v %v", report, err)
	}
	info, err := os.Stat(path)
	if err != nil || info.Mode().Perm() != 0o600 || info.Size() != report.Size {
		t.Fatalf("%v %v", info, err)
	}
	return path
}

func TestBackupRestores(t *testing.T) {
	for _, from := range []string{"sqlite", "postgres"} {
		for _, to := range []string{"sqlite", "postgres"} {
			t.Run(from+" to "+to, func(t *testing.T) { backupRestores(t, from, to) })
		}
	}
}

// backupRestores is the night after the backup: what was acknowledged since
// is gone from the hub and comes again from the workstation.
func backupRestores(t *testing.T, from, to string) {
	t.Helper()
	ctx := t.Context()
	old, d, sent := filled(t, from)
	before := old.manifest(t, old.Hub, old)
	path := old.backup(t)
	late := old.put(t, d, newContact(t, d), true)
	seen, err := old.Receipts(ctx, d, "", 10)
	if err != nil || len(seen.Items) != 4 || seen.DurableUpto == seen.NextCursor {
		t.Fatalf("%+v %v", seen, err)
	}

	s := newStation(t, to)
	report, err := s.store.Restore(ctx, s.files, path, clock())
	if err != nil || report.Rows["contact"] != 3 || report.Files != 3 || !report.Snapshot {
		t.Fatalf("%+v %v", report, err)
	}
	m := s.manifest(t, s.Hub, old)
	if m.Epoch == before.Epoch || m.Epoch != report.Epoch || m.Version != before.Version+1 || m.CatalogDigest != before.CatalogDigest || m.Snapshot.SHA256 != before.Snapshot.SHA256 {
		t.Errorf("manifest %+v", m)
	}
	if page, err := s.Changes(ctx, m.Cursor, 10); err != nil || len(page.Items) != 0 || page.NextCursor != m.Cursor {
		t.Errorf("%+v %v", page, err)
	}
	for _, cursor := range []string{before.Cursor, before.Snapshot.Cursor} {
		_, err = s.Changes(ctx, cursor, 10)
		wantCode(t, err, app.CodeCursorExpired)
	}
	_, err = s.Receipts(ctx, d, seen.NextCursor, 10)
	wantCode(t, err, app.CodeCursorExpired)
	s.sameFiles(t, old, m)

	page, err := s.Receipts(ctx, d, "", 10)
	if err != nil || len(page.Items) != 3 || page.DurableUpto != page.NextCursor {
		t.Fatalf("%+v %v", page, err)
	}
	s.put(t, d, sent[0], false)
	s.put(t, d, late, true)
	s.put(t, d, late, false)
	if n := s.contacts(t); n != 4 {
		t.Errorf("%d contacts", n)
	}
	if r, err := s.Publish(ctx, region.PublishParams{}); err != nil || r.Published {
		t.Errorf("%+v %v", r, err)
	}
	_, err = s.store.Restore(ctx, s.files, path, clock())
	wantCode(t, err, app.CodeDatabaseNotEmpty)
	if n := s.contacts(t); n != 4 {
		t.Errorf("%d contacts after a restore that was refused", n)
	}
}

// sameFiles compares snapshot and blobs byte by byte.
func (s *station) sameFiles(t *testing.T, old *station, m wire.Manifest) {
	t.Helper()
	blobs, err := s.files.Blobs(t.Context())
	if err != nil || len(blobs) != 2 {
		t.Fatalf("%v %v", blobs, err)
	}
	text := func(h *region.Hub, sha string, blob bool) string {
		read := h.Snapshot
		if blob {
			read = h.Blob
		}
		f, err := read(sha)
		if err != nil {
			t.Fatal(err)
		}
		all, err := io.ReadAll(f)
		if err != nil || f.Close() != nil {
			t.Fatal(err)
		}
		return string(all)
	}
	for _, sha := range blobs {
		if text(s.Hub, sha, true) != text(old.Hub, sha, true) {
			t.Errorf("blob %s", sha)
		}
	}
	if text(s.Hub, m.Snapshot.SHA256, false) != text(old.Hub, m.Snapshot.SHA256, false) {
		t.Error("snapshot")
	}
}

func TestDamagedBackupsRestoreNothing(t *testing.T) {
	old, _, _ := filled(t, "sqlite")
	good := read(t, old.backup(t))
	plain := func() []byte {
		zr, err := zstd.NewReader(bytes.NewReader(good))
		if err != nil {
			t.Fatal(err)
		}
		defer zr.Close()
		all, err := io.ReadAll(zr)
		if err != nil {
			t.Fatal(err)
		}
		return all
	}()
	packed := func(text []byte) []byte {
		zw, err := zstd.NewWriter(nil)
		if err != nil {
			t.Fatal(err)
		}
		return zw.EncodeAll(text, nil)
	}
	flipped := bytes.Clone(good)
	flipped[len(flipped)/2] ^= 1
	for name, content := range map[string][]byte{
		"truncated":            good[:len(good)*2/3],
		"a bit":                flipped,
		"not a backup":         []byte("hello"),
		"empty":                {},
		"without its end":      packed(plain[:bytes.LastIndex(plain, []byte(contentsEntry))]),
		"a row changed":        packed(bytes.Replace(plain, []byte(`"name":"","office"`), []byte(`"name":"", "ofice"`), 1)),
		"a value changed":      packed(bytes.Replace(plain, []byte(`"state":"stored"`), []byte(`"state":"storex"`), 1)),
		"a blob changed":       packed(bytes.Replace(plain, []byte("%PDF-1.7 a"), []byte("%PDF-1.7 b"), 1)),
		"of a newer program":   packed(bytes.Replace(plain, []byte(`"version":1,"schema"`), []byte(`"version":9,"schema"`), 1)),
		"with a foreign table": packed(bytes.ReplaceAll(plain, []byte("tables/receipt/"), []byte("tables/recipes/"))),
	} {
		for _, kind := range []string{"sqlite", "postgres"} {
			t.Run(name+" "+kind, func(t *testing.T) { restoresNothing(t, kind, content) })
		}
		if name != "truncated" && name != "empty" && bytes.Equal(content, packed(plain)) {
			t.Errorf("%s: nothing was changed", name)
		}
	}
	s := newStation(t, "sqlite")
	_, err := s.store.Restore(t.Context(), s.files, filepath.Join(t.TempDir(), "none"), clock())
	wantCode(t, err, app.CodeFile)
}

func restoresNothing(t *testing.T, kind string, content []byte) {
	t.Helper()
	path := filepath.Join(t.TempDir(), "backup")
	write(t, path, string(content))
	s := newStation(t, kind)
	_, err := s.store.Restore(t.Context(), s.files, path, clock())
	wantCode(t, err, app.CodeBackup)
	if n := s.contacts(t); n != 0 {
		t.Errorf("%d contacts", n)
	}
	if _, _, err := s.Manifest(t.Context()); app.ErrorCode(err) != app.CodeNothingPublished {
		t.Errorf("manifest: %v", err)
	}
}

// TestBackupOfAnOlderSchema restores into the schema of today.
func TestBackupOfAnOlderSchema(t *testing.T) {
	path := filepath.Join(t.TempDir(), "old.backup")
	old := open(t, filepath.Join(t.TempDir(), "hub.db"))
	if err := old.update(t.Context(), func(x *tx) error {
		if err := x.dropEmpty(); err != nil {
			return err
		}
		if err := x.migrateTo(map[int]bool{}, 1, clock().Now()); err != nil {
			return err
		}
		if err := x.done(`INSERT INTO operator VALUES ('o', 'demo', '', 'operatore', 1)`); err != nil {
			return err
		}
		return x.done(`INSERT INTO device VALUES ('d', 'demo', '', 'o', 'k', 'n', 1, 0, 7)`)
	}); err != nil {
		t.Fatal(err)
	}
	folder, err := OpenFolder(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	f, err := os.Create(path)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := old.writeBackup(context.Background(), folder, f, clock()); err != nil || f.Close() != nil {
		t.Fatal(err)
	}
	onBoth(t, func(t *testing.T, s *Store) {
		t.Helper()
		files, err := OpenFiles(s, t.TempDir())
		if err != nil {
			t.Fatal(err)
		}
		if _, err := s.Restore(t.Context(), files, path, clock()); err != nil {
			t.Fatal(err)
		}
		if err := s.checkSchema(t.Context()); err != nil {
			t.Error(err)
		}
		if err := s.View(t.Context(), func(tx region.Tx) error {
			n, err := tx.DurableReceipt("d")
			if n != 7 {
				t.Errorf("durable %d", n)
			}
			return err
		}); err != nil {
			t.Error(err)
		}
	})
}

func TestNewEpoch(t *testing.T) {
	for _, kind := range []string{"sqlite", "postgres"} {
		t.Run(kind, func(t *testing.T) {
			s, _, _ := filled(t, kind)
			before := s.manifest(t, s.Hub, s)
			epoch, err := s.store.NewEpoch(t.Context(), clock())
			after := s.manifest(t, s.Hub, s)
			if err != nil || after.Epoch != epoch || epoch == before.Epoch || after.CatalogDigest != before.CatalogDigest {
				t.Errorf("%+v %v", after, err)
			}
		})
	}
}

func publicKey(t *testing.T, key ed25519.PrivateKey) ed25519.PublicKey {
	t.Helper()
	public, ok := key.Public().(ed25519.PublicKey)
	if !ok {
		t.Fatal("not a public key")
	}
	return public
}
