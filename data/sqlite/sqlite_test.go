package sqlite

import (
	"bytes"
	"context"
	"crypto/ed25519"
	"database/sql"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"runtime"
	"sync"
	"testing"
	"time"

	"github.com/klauspost/compress/zstd"

	"polis/app"
	"polis/app/exchange"
	"polis/app/search"
	"polis/data/wire"
)

func sheetLine(t *testing.T, code, title string) wire.Entity {
	t.Helper()
	e, _, err := wire.ParseLine(fmt.Appendf(nil, `{"type":"sheet","code":%q,"authority":"x","language":"it","title":%q,"sections":{"how_to":"Testo di %s"}}`, code, title, title))
	if err != nil {
		t.Fatal(err)
	}
	return e
}

// publication makes a manifest and the changes for sheets 1..n at a version.
func publication(t *testing.T, version int64, n int, word string) (wire.Manifest, []wire.Change) {
	t.Helper()
	var d wire.Digest
	var changes []wire.Change
	for i := range n {
		e := sheetLine(t, fmt.Sprintf("x-%03d", i), fmt.Sprintf("%s numero %d", word, i))
		d.Add(e.Type, e.ID, e.Hash)
		changes = append(changes, wire.Change{Entity: e, Version: version})
	}
	m := wire.Manifest{
		Epoch: "e", Version: version, Cursor: fmt.Sprint(version), Counts: map[string]int{"sheet": n, "event": 0},
		CatalogDigest: d.Sum(), PublicBase: "https://polis.example/",
	}
	return m, changes
}

func snapshot(t *testing.T, changes []wire.Change) []byte {
	t.Helper()
	var buf bytes.Buffer
	enc, err := zstd.NewWriter(&buf)
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range changes {
		line, err := c.AppendWire(nil)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := enc.Write(append(line, '\n')); err != nil {
			t.Fatal(err)
		}
	}
	if err := enc.Close(); err != nil {
		t.Fatal(err)
	}
	return buf.Bytes()
}

func catalogue(t *testing.T, folder string) *Catalogue {
	t.Helper()
	c, err := OpenCatalogue(context.Background(), folder)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = c.Close() })
	return c
}

func office(t *testing.T, folder string) *Office {
	t.Helper()
	o, err := OpenOffice(context.Background(), folder, time.UTC)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = o.Close() })
	return o
}

func found(c *Catalogue, text string) int { return c.Index().Search(search.Query{Text: text}).Total }

func TestReplaceThenApply(t *testing.T) {
	ctx := context.Background()
	c := catalogue(t, t.TempDir())
	if c.Index() == nil || found(c, "carta") != 0 {
		t.Fatal("an empty catalogue must answer with nothing")
	}
	m, changes := publication(t, 1, 30, "Carta")
	if err := c.Replace(ctx, m, "tag", bytes.NewReader(snapshot(t, changes))); err != nil {
		t.Fatal(err)
	}
	if found(c, "carta") != 30 {
		t.Fatalf("found %d", found(c, "carta"))
	}
	held, err := c.Held(ctx)
	if err != nil || held.Sheets != 30 || held.Version != 1 || held.Etag != "tag" || held.Digest != m.CatalogDigest {
		t.Fatalf("held %+v, %v", held, err)
	}
	m2, changes2 := publication(t, 2, 29, "Tessera")
	changes2 = append(changes2, wire.Change{Entity: wire.Entity{Type: "sheet", ID: "x-029"}, Version: 2, Deleted: true})
	if err := c.Apply(ctx, m2, "tag2", changes2); err != nil {
		t.Fatal(err)
	}
	if found(c, "carta") != 0 || found(c, "tessera") != 29 {
		t.Fatalf("carta %d, tessera %d", found(c, "carta"), found(c, "tessera"))
	}
	r, err := c.Reading(ctx, "x-003")
	if err != nil || r.Version != 2 || c.PublicURL("x-003") != "https://polis.example/schede/x-003" {
		t.Fatalf("%+v %v", r, err)
	}
}

func TestWrongDigestChangesNothing(t *testing.T) {
	ctx := context.Background()
	c := catalogue(t, t.TempDir())
	m, changes := publication(t, 1, 5, "Carta")
	if err := c.Replace(ctx, m, "", bytes.NewReader(snapshot(t, changes))); err != nil {
		t.Fatal(err)
	}
	m2, changes2 := publication(t, 2, 5, "Tessera")
	m2.CatalogDigest = m.CatalogDigest
	if err := c.Apply(ctx, m2, "", changes2); app.ErrorCode(err) != app.CodeManifest {
		t.Fatalf("apply: %v", err)
	}
	if err := c.Replace(ctx, m2, "", bytes.NewReader(snapshot(t, changes2))); app.ErrorCode(err) != app.CodeManifest {
		t.Fatalf("replace: %v", err)
	}
	blob := snapshot(t, changes)
	if err := c.Replace(ctx, m, "", bytes.NewReader(blob[:len(blob)/2])); err == nil {
		t.Fatal("half a snapshot was taken")
	}
	if found(c, "carta") != 5 || found(c, "tessera") != 0 {
		t.Fatal("the old catalogue must stay")
	}
	if held, err := c.Held(ctx); err != nil || held.Version != 1 {
		t.Fatalf("held %+v %v", held, err)
	}
}

func TestBrake(t *testing.T) {
	ctx := context.Background()
	c := catalogue(t, t.TempDir())
	m, changes := publication(t, 1, 60, "Carta")
	if err := c.Replace(ctx, m, "", bytes.NewReader(snapshot(t, changes))); err != nil {
		t.Fatal(err)
	}
	m2, _ := publication(t, 2, 30, "Carta")
	var gone []wire.Change
	for i := 30; i < 60; i++ {
		gone = append(gone, wire.Change{Entity: wire.Entity{Type: "sheet", ID: fmt.Sprintf("x-%03d", i)}, Version: 2, Deleted: true})
	}
	if err := c.Apply(ctx, m2, "", gone); app.ErrorCode(err) != app.CodeBrake {
		t.Fatalf("got %v", err)
	}
	m2.MassDeletion = true
	if err := c.Apply(ctx, m2, "", gone); err != nil || found(c, "carta") != 30 {
		t.Fatalf("the hub means it: %v, %d", err, found(c, "carta"))
	}
}

// A reader sees the old catalogue or the new one, never a mix.
func TestReadersDuringReplace(t *testing.T) {
	ctx := context.Background()
	c := catalogue(t, t.TempDir())
	m, changes := publication(t, 1, 40, "Carta")
	first := snapshot(t, changes)
	m2, changes2 := publication(t, 2, 40, "Tessera")
	second := snapshot(t, changes2)
	if err := c.Replace(ctx, m, "", bytes.NewReader(first)); err != nil {
		t.Fatal(err)
	}
	stop := make(chan struct{})
	var readers sync.WaitGroup
	for range 3 {
		readers.Go(func() {
			for {
				select {
				case <-stop:
					return
				default:
				}
				x := c.Index()
				carta, tessera := x.Search(search.Query{Text: "carta"}).Total, x.Search(search.Query{Text: "tessera"}).Total
				if carta+tessera != 40 || carta*tessera != 0 {
					t.Errorf("a mix: %d + %d", carta, tessera)
					return
				}
				if _, err := c.Reading(ctx, "x-007"); err != nil {
					t.Error(err)
					return
				}
			}
		})
	}
	for range 6 {
		if err := c.Replace(ctx, m2, "", bytes.NewReader(second)); err != nil {
			t.Error(err)
		}
		if err := c.Replace(ctx, m, "", bytes.NewReader(first)); err != nil {
			t.Error(err)
		}
	}
	close(stop)
	readers.Wait()
}

func TestAnotherProcessReplacesTheFile(t *testing.T) {
	ctx := context.Background()
	folder := t.TempDir()
	window, ctl := catalogue(t, folder), catalogue(t, folder)
	m, changes := publication(t, 1, 7, "Carta")
	if err := ctl.Replace(ctx, m, "", bytes.NewReader(snapshot(t, changes))); err != nil {
		t.Fatal(err)
	}
	if err := window.Refresh(ctx); err != nil || found(window, "carta") != 7 {
		t.Fatalf("after replace: %d, %v", found(window, "carta"), err)
	}
	m2, changes2 := publication(t, 2, 7, "Tessera")
	if err := ctl.Apply(ctx, m2, "", changes2); err != nil {
		t.Fatal(err)
	}
	if err := window.Refresh(ctx); err != nil || found(window, "tessera") != 7 {
		t.Fatalf("after apply: %d, %v", found(window, "tessera"), err)
	}
}

func TestDamagedCatalogueIsSetAside(t *testing.T) {
	ctx := context.Background()
	for name, damage := range map[string]func(path string) error{
		"no database": func(p string) error { return os.WriteFile(p, bytes.Repeat([]byte("garbage "), 4096), 0o600) },
		"torn": func(p string) error {
			f, err := os.OpenFile(p, os.O_RDWR, 0)
			if err != nil {
				return err
			}
			_, err = f.WriteAt(bytes.Repeat([]byte{0xff}, 32<<10), 4096)
			return errors.Join(err, f.Close())
		},
	} {
		t.Run(name, func(t *testing.T) {
			folder := t.TempDir()
			o := office(t, folder)
			c, err := OpenCatalogue(ctx, folder)
			if err != nil {
				t.Fatal(err)
			}
			m, changes := publication(t, 1, 200, "Carta")
			if err := errors.Join(c.Replace(ctx, m, "", bytes.NewReader(snapshot(t, changes))), c.Close()); err != nil {
				t.Fatal(err)
			}
			if err := damage(filepath.Join(folder, CatalogueFile)); err != nil {
				t.Fatal(err)
			}
			c = catalogue(t, folder)
			if !c.Damaged() {
				if err := c.Check(ctx); app.ErrorCode(err) != app.CodeCatalogueDamaged {
					t.Fatalf("check: %v", err)
				}
			}
			if !c.Damaged() || found(c, "carta") != 0 {
				t.Fatal("the damage must be told and the search must answer")
			}
			if err := c.Replace(ctx, m, "", bytes.NewReader(snapshot(t, changes))); err != nil || c.Damaged() || found(c, "carta") != 200 {
				t.Fatalf("after the new download: %v, %d", err, found(c, "carta"))
			}
			if err := o.Check(ctx); err != nil {
				t.Fatalf("ufficio.db: %v", err)
			}
		})
	}
}

func TestForeignAndNewerFilesAreRefused(t *testing.T) {
	ctx := context.Background()
	for _, script := range []string{"CREATE TABLE recipes (a)", "PRAGMA application_id = 7", fmt.Sprintf("PRAGMA application_id = %d; PRAGMA user_version = 99", officeKind().applicationID)} {
		folder := t.TempDir()
		path := filepath.Join(folder, OfficeFile)
		db, err := sql.Open("sqlite", path)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := db.ExecContext(ctx, script); err != nil {
			t.Fatal(err)
		}
		if err := db.Close(); err != nil {
			t.Fatal(err)
		}
		if _, err := OpenOffice(ctx, folder, time.UTC); app.ErrorCode(err) != app.CodeFolderForeign {
			t.Errorf("%s: %v", script, err)
		}
	}
}

func TestDamagedOfficeIsNotTouched(t *testing.T) {
	folder := t.TempDir()
	path := filepath.Join(folder, OfficeFile)
	text := bytes.Repeat([]byte("garbage "), 1000)
	if err := os.WriteFile(path, text, 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := OpenOffice(context.Background(), folder, time.UTC); app.ErrorCode(err) != app.CodeOfficeDamaged {
		t.Fatalf("got %v", err)
	}
	if after, err := os.ReadFile(path); err != nil || !bytes.Equal(after, text) {
		t.Fatal("the file changed")
	}
}

func contact(id string, at time.Time) app.Contact {
	return app.Contact{
		ID: id, Visit: "v", Authority: "x", Operator: "o", RecordedAt: at, Channel: app.ChannelInPerson, User: app.UserCitizen,
		RequestType: app.RequestTypeInformation, Outcome: app.OutcomeResolved, Sheets: []app.ContactSheet{{Code: "x-1", Version: 3, HandedOut: true}},
	}
}

func TestContactsAndOutbox(t *testing.T) {
	ctx := context.Background()
	o := office(t, t.TempDir())
	day := time.Date(2026, 11, 23, 10, 0, 0, 0, time.UTC)
	for i, at := range []time.Time{day.AddDate(0, 0, -1), day, day.Add(time.Minute)} {
		saved, err := o.Save(ctx, contact(fmt.Sprintf("id-%d", i), at), app.Personal{Note: fmt.Sprintf("nota %d", i)})
		if err != nil || saved.Number != fmt.Sprintf("2026-%05d", i+1) {
			t.Fatalf("%+v %v", saved, err)
		}
	}
	if _, err := o.Save(ctx, contact("id-1", day), app.Personal{}); err == nil {
		t.Fatal("the same contact was stored twice")
	}
	if n, err := o.NumberToday(ctx, day); err != nil || n != 2 {
		t.Fatalf("today %d %v", n, err)
	}
	list, err := o.Contacts(ctx, app.Span{From: "2026-11-23", To: "2026-11-23"}, 0)
	if err != nil || len(list) != 2 || list[0].ID != "id-2" || list[0].Note != "nota 2" || list[0].State != "queued" || !list[0].Sheets[0].HandedOut {
		t.Fatalf("%+v %v", list, err)
	}
	if c, err := o.Numbered(ctx, "2026-00002"); err != nil || c.ID != "id-1" || !c.Sheets[0].HandedOut {
		t.Fatalf("by number: %+v %v", c, err)
	}
	if _, err := o.Numbered(ctx, "2026-00009"); app.ErrorCode(err) != app.CodeNotFound {
		t.Fatalf("a number that nobody has: %v", err)
	}
	b, err := o.NextBatch(ctx, day, 10)
	if err != nil || len(b.Items) != 3 || b.Items[0].ID != "id-0" {
		t.Fatalf("%+v %v", b, err)
	}
	if bytes.Contains(b.Items[0].Payload, []byte("nota")) {
		t.Fatal("a note is in the upload")
	}
	if err := o.Postpone(ctx, b.ID, day.Add(time.Hour)); err != nil {
		t.Fatal(err)
	}
	if early, err := o.NextBatch(ctx, day, 10); err != nil || len(early.Items) != 0 {
		t.Fatalf("a postponed batch is tried too early: %+v %v", early, err)
	}
	again, err := o.NextBatch(ctx, day.Add(2*time.Hour), 10)
	if err != nil || again.ID != b.ID || len(again.Items) != 3 || again.Attempts != 1 {
		t.Fatalf("%+v %v", again, err)
	}
	err = o.Settle(ctx, b.ID, []exchange.Outcome{
		{ID: "id-0", State: exchange.StateAcked},
		{ID: "id-1", State: exchange.StateQueued, Until: day.Add(time.Hour)},
		{ID: "id-2", State: exchange.StateQuarantined, Problem: app.CodeConflict},
	}, day)
	if err != nil {
		t.Fatal(err)
	}
	if w, q, err := o.Counts(ctx); err != nil || w != 1 || q != 1 {
		t.Fatalf("%d %d %v", w, q, err)
	}
	if b, err := o.NextBatch(ctx, day.Add(2*time.Hour), 10); err != nil || len(b.Items) != 1 || b.Items[0].Attempts != 1 {
		t.Fatalf("%+v %v", b, err)
	}
}

// ufficio.db of the version before, with a queue in every state.
func TestOutboxOfTheVersionBefore(t *testing.T) {
	ctx := context.Background()
	folder := t.TempDir()
	path := filepath.Join(folder, OfficeFile)
	db, err := sql.Open("sqlite", path)
	if err != nil {
		t.Fatal(err)
	}
	first, err := migrations.ReadFile("migrations/ufficio/0001_first.sql")
	if err != nil {
		t.Fatal(err)
	}
	script := string(first) + fmt.Sprintf("PRAGMA application_id = %d; PRAGMA user_version = 1;", officeKind().applicationID)
	for i, state := range []string{"acked", "sent", "quarantined", "queued"} {
		corrects := ""
		if state == "queued" {
			corrects = "id-1"
		}
		line := fmt.Sprintf(`{"id":"id-%d","corrects":%q}`, i, corrects)
		script += fmt.Sprintf("INSERT INTO outbox (id, type, payload, sha256, state, created_at) VALUES ('id-%d', 'contact', x'%x', '%s', '%s', '2026-11-23T10:00:00Z');",
			i, line, wire.Hash([]byte(line)), state)
	}
	if _, err := db.ExecContext(ctx, script); err != nil {
		t.Fatal(err)
	}
	if err := db.Close(); err != nil {
		t.Fatal(err)
	}
	o := office(t, folder)
	b, err := o.NextBatch(ctx, time.Now(), 10)
	if err != nil || len(b.Items) != 2 || b.Items[0].ID != "id-1" || b.Items[1].ID != "id-3" {
		t.Fatalf("%+v %v", b, err)
	}
	if w, q, err := o.Counts(ctx); err != nil || w != 2 || q != 1 {
		t.Fatalf("%d %d %v", w, q, err)
	}
	var entity string
	if err := o.f.ro.QueryRowContext(ctx, "SELECT entity FROM outbox WHERE id = 'id-3'").Scan(&entity); err != nil || entity != "id-1" {
		t.Fatalf("%q %v", entity, err)
	}
}

func TestDeviceAndSettings(t *testing.T) {
	ctx := context.Background()
	o := office(t, t.TempDir())
	if d, err := o.Device(ctx); err != nil || d.Enrolled() {
		t.Fatalf("%+v %v", d, err)
	}
	want := exchange.Device{ID: "d", Hub: "https://hub.example", Authority: "x", Office: "x-urp", Operator: "op", Role: "operatore", Roots: []ed25519.PublicKey{make([]byte, 32)}}
	if err := o.SaveDevice(ctx, want); err != nil {
		t.Fatal(err)
	}
	got, err := o.Device(ctx)
	if err != nil || got.ID != "d" || len(got.Roots) != 1 || got.Operator != "op" {
		t.Fatalf("%+v %v", got, err)
	}
	if err := o.SetSetting(ctx, "theme", "dark"); err != nil {
		t.Fatal(err)
	}
	if v, err := o.Setting(ctx, "theme"); err != nil || v != "dark" {
		t.Fatalf("%q %v", v, err)
	}
}

func TestBlobsAreChecked(t *testing.T) {
	ctx := context.Background()
	c := catalogue(t, t.TempDir())
	text := []byte("%PDF-1.7 demonstrative")
	sha := wire.Hash(text)
	write := func(b []byte) func(w io.Writer) error {
		return func(w io.Writer) error { _, err := w.Write(b); return err }
	}
	if err := c.SaveBlob(ctx, sha, write(text[:5])); app.ErrorCode(err) != app.CodeManifest {
		t.Fatalf("half a document: %v", err)
	}
	if _, here := c.BlobPath(sha); here {
		t.Fatal("half a document is shown")
	}
	if err := c.SaveBlob(ctx, sha, write(text)); err != nil {
		t.Fatal(err)
	}
	if p, here := c.BlobPath(sha); !here || filepath.Base(p) != sha {
		t.Fatalf("%s %v", p, here)
	}
	if _, here := c.BlobPath("../../etc/passwd"); here {
		t.Fatal("a path is no hash")
	}
	if got := c.Logo(sha); !bytes.Equal(got, text) {
		t.Fatalf("logo %q", got)
	}
	huge := make([]byte, largestLogo+1)
	if err := c.SaveBlob(ctx, wire.Hash(huge), write(huge)); err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{wire.Hash(huge), wire.Hash([]byte("none")), "https://a.example/logo.png", ""} {
		if c.Logo(name) != nil {
			t.Errorf("%q is no logo", name)
		}
	}
}

// A clock that ran ahead must not keep an upload waiting for years.
func TestUploadPostponedByAWrongClock(t *testing.T) {
	ctx := context.Background()
	o := office(t, t.TempDir())
	now := time.Date(2026, 11, 23, 10, 0, 0, 0, time.UTC)
	if _, err := o.Save(ctx, contact("id-1", now), app.Personal{}); err != nil {
		t.Fatal(err)
	}
	b, err := o.NextBatch(ctx, now, 10)
	if err != nil {
		t.Fatal(err)
	}
	if err := o.Postpone(ctx, b.ID, now.AddDate(10, 0, 0)); err != nil {
		t.Fatal(err)
	}
	if b, err := o.NextBatch(ctx, now, 10); err != nil || len(b.Items) != 1 {
		t.Fatalf("%+v %v", b, err)
	}
}

// When the damaged file cannot even be set aside the search answers on, and
// all is well again once it can.
func TestDamagedCatalogueThatCannotBeSetAside(t *testing.T) {
	ctx := context.Background()
	folder := t.TempDir()
	c := catalogue(t, folder)
	m, changes := publication(t, 1, 50, "Carta")
	if err := c.Replace(ctx, m, "", bytes.NewReader(snapshot(t, changes))); err != nil {
		t.Fatal(err)
	}
	blocked := filepath.Join(folder, CatalogueFile+".danneggiato", "x")
	if err := os.MkdirAll(blocked, 0o750); err != nil {
		t.Fatal(err)
	}
	damage := app.Fault(app.CodeCatalogueDamaged, nil)
	if err := c.mend(ctx, damage); err == nil {
		t.Fatal("set aside over a folder")
	}
	if _, err := c.Reading(ctx, "x-001"); err == nil || found(c, "carta") != 50 {
		t.Fatalf("reading %v, found %d", err, found(c, "carta"))
	}
	if err := os.RemoveAll(filepath.Dir(blocked)); err != nil {
		t.Fatal(err)
	}
	if err := c.Refresh(ctx); err != nil || !c.Damaged() {
		t.Fatalf("after making room: %v, damaged %v", err, c.Damaged())
	}
}

func TestOfficeFileIsPrivate(t *testing.T) {
	folder := t.TempDir()
	_ = office(t, folder)
	info, err := os.Stat(filepath.Join(folder, OfficeFile))
	if err != nil || (runtime.GOOS != "windows" && info.Mode().Perm() != 0o600) {
		t.Fatalf("%v %v", info.Mode(), err)
	}
}

func TestPathsInAddressesOfDatabases(t *testing.T) {
	for _, tt := range []struct {
		path    string
		windows bool
		want    string
	}{
		{"/var/lib/polis/catalogo.db", false, "/var/lib/polis/catalogo.db"},
		{"dati/catalogo.db", false, "dati/catalogo.db"},
		{"/tmp/a?b#c%d è/x.db", false, "/tmp/a%3Fb%23c%25d %C3%A8/x.db"},
		{`C:\ProgramData\POLIS\catalogo.db`, true, "/C:/ProgramData/POLIS/catalogo.db"},
		{`\\server\quota\POLIS\catalogo.db`, true, "////server/quota/POLIS/catalogo.db"},
		{`dati\catalogo.db`, true, "dati/catalogo.db"},
	} {
		if got := escaped(tt.path, tt.windows); got != tt.want {
			t.Errorf("%s: %s, want %s", tt.path, got, tt.want)
		}
	}
}

func TestRelativeAndOddFolders(t *testing.T) {
	t.Chdir(t.TempDir())
	for _, folder := range []string{"dati", "a?b#c%20d è"} {
		o := office(t, folder)
		if err := o.SetSetting(context.Background(), "k", "v"); err != nil {
			t.Fatal(err)
		}
		if _, err := os.Stat(filepath.Join(folder, OfficeFile)); err != nil {
			t.Fatal(err)
		}
	}
}

// polisctl replaces the whole catalogue beside an open window, again and
// again: the window sees the old one or the new one, its new connections see
// what the old ones see, and when it closes nothing of the other is lost.
func TestReplacedBesideAnOpenWindow(t *testing.T) {
	ctx := context.Background()
	folder := t.TempDir()
	window, ctl := catalogue(t, folder), catalogue(t, folder)
	for version, word := range []string{"Carta", "Tessera", "Patente"} {
		m, changes := publication(t, int64(version+1), 40+version, word)
		if err := ctl.Replace(ctx, m, "", bytes.NewReader(snapshot(t, changes))); err != nil {
			t.Fatal(err)
		}
		held, err := window.Held(ctx)
		if err != nil || held.Version != int64(version+1) || held.Sheets != 40+version {
			t.Fatalf("%+v %v", held, err)
		}
		var wg sync.WaitGroup
		for range 8 { // more than there are connections
			wg.Go(func() {
				r, err := window.Reading(ctx, "x-007")
				if err != nil || r.Title != word+" numero 7" {
					t.Errorf("%q %v", r.Title, err)
				}
			})
		}
		wg.Wait()
		if err := window.Refresh(ctx); err != nil || found(window, word) != 40+version {
			t.Fatalf("found %d, %v", found(window, word), err)
		}
	}
	m, changes := publication(t, 9, 42, "Delega")
	if err := ctl.Apply(ctx, m, "", changes); err != nil {
		t.Fatal(err)
	}
	if err := errors.Join(window.Close(), ctl.Close()); err != nil {
		t.Fatal(err)
	}
	again := catalogue(t, folder)
	if held, err := again.Held(ctx); err != nil || held.Version != 9 || found(again, "delega") != 42 {
		t.Fatalf("%+v %v", held, err)
	}
	if _, err := os.Stat(filepath.Join(folder, CatalogueFile+".nuovo")); !errors.Is(err, os.ErrNotExist) {
		t.Fatalf("the built file stayed: %v", err)
	}
}

// An adaptation is read with its base: when that changes, what is read is of
// a newer version.
func TestVersionOfAnAdaptationFollowsItsBase(t *testing.T) {
	ctx := context.Background()
	c := catalogue(t, t.TempDir())
	line := func(text string) wire.Entity {
		e, _, err := wire.ParseLine([]byte(text))
		if err != nil {
			t.Fatal(err)
		}
		return e
	}
	published := func(version int64, base, local string) {
		var d wire.Digest
		changes := []wire.Change{
			{Entity: line(base), Version: version},
			{Entity: line(local), Version: 1},
		}
		for _, ch := range changes {
			d.Add(ch.Type, ch.ID, ch.Hash)
		}
		m := wire.Manifest{
			Epoch: "e", Version: version, Cursor: fmt.Sprint(version), Counts: map[string]int{"sheet": 2, "event": 0}, CatalogDigest: d.Sum(),
		}
		if err := c.Replace(ctx, m, "", bytes.NewReader(snapshot(t, changes))); err != nil {
			t.Fatal(err)
		}
	}
	local := `{"type":"sheet","code":"x-1","base":"r-1","authority":"x","language":"it","title":"Locale"}`
	for _, version := range []int64{1, 4} {
		text := fmt.Sprint("testo ", version)
		published(version, `{"type":"sheet","code":"r-1","authority":"r","language":"it","title":"Regione","summary":"`+text+`"}`, local)
		r, err := c.Reading(ctx, "x-1")
		if err != nil || r.Version != version || r.Summary != text {
			t.Errorf("version %d, want %d (%v)", r.Version, version, err)
		}
	}
}
