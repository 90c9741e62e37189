package sqlite

import (
	"bytes"
	"context"
	"database/sql"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"polis/app"
	"polis/app/contacts"
	"polis/app/exchange"
	"polis/app/operators"
	"polis/data/secret"
	"polis/data/wire"
)

// seat is a workstation of an office with a real ufficio.db and real keys.
type seat struct {
	t      *testing.T
	id     string
	folder string
	office *Office
	vault  *secret.Vault
}

// fakeHub copies what workstations send to the office's other workstations.
type fakeHub struct {
	t     *testing.T
	desks []*seat
	lines [][3]any // type, id, line
	sent  []byte   // everything that reached the hub
	taken map[string]bool
}

func newFakeHub(t *testing.T) *fakeHub { return &fakeHub{t: t, taken: map[string]bool{}} }

func (h *fakeHub) enrol(id, office string) *seat {
	h.t.Helper()
	d := &seat{t: h.t, id: id, folder: h.t.TempDir()}
	d.open()
	ok(h.t, d.office.SaveDevice(context.Background(), exchange.Device{ID: id, Hub: "https://hub.example", Authority: "c_x", Office: office, Operator: "op-" + id, Role: "responsabile"}))
	seal, err := d.vault.SealKey()
	ok(h.t, err)
	h.desks = append(h.desks, d)
	h.publish(wire.TypeDevice, id, wire.DeviceRecord{Type: wire.TypeDevice, ID: id, Authority: "c_x", Office: office, SealKey: seal, EnrolledAt: noon})
	return d
}

func (d *seat) open() {
	d.office = office(d.t, d.folder)
	d.vault = secret.NewVault(secret.Params{Folder: d.folder})
	d.office.UseKeys(d.vault)
}

func (h *fakeHub) publish(kind, id string, record any) {
	h.t.Helper()
	line, err := wire.Marshal(record)
	ok(h.t, err)
	h.lines = append(h.lines, [3]any{kind, id, line})
}

// revoke is what a responsabile does.
func (h *fakeHub) revoke(d *seat) {
	h.t.Helper()
	at := noon
	h.publish(wire.TypeDevice, d.id, wire.DeviceRecord{Type: wire.TypeDevice, ID: d.id, Authority: "c_x", EnrolledAt: noon, RevokedAt: &at})
}

// round lets every workstation tend its keys, send and receive once.
func (h *fakeHub) round(desks ...*seat) {
	h.t.Helper()
	ctx := context.Background()
	for _, d := range desks {
		_, err := d.office.Tend(ctx, noon)
		ok(h.t, err)
		ok(h.t, each(ctx, d.office.f.ro, "SELECT id, type, payload FROM outbox ORDER BY seq", func(scan func(...any) error) error {
			var id, kind string
			var payload []byte
			if err := scan(&id, &kind, &payload); err != nil || h.taken[id] {
				return err
			}
			h.taken[id] = true
			h.sent = append(h.sent, payload...)
			h.lines = append(h.lines, [3]any{kind, id, payload})
			return nil
		}))
	}
	for _, d := range desks {
		h.deliver(d)
	}
}

// deliver is the private way down, as the exchange fills it.
func (h *fakeHub) deliver(d *seat) {
	h.t.Helper()
	ctx := context.Background()
	ok(h.t, d.office.f.write(ctx, func(tx *sql.Tx) error {
		for i, l := range h.lines {
			if l[0] == wire.TypeContact {
				continue
			}
			if _, err := tx.ExecContext(ctx, "INSERT OR REPLACE INTO private_line (type, id, version, line) VALUES (?, ?, ?, ?)", l[0], l[1], i+1, l[2]); err != nil {
				return err
			}
		}
		return nil
	}))
}

var noon = time.Date(2026, 11, 23, 12, 0, 0, 0, time.UTC)

func ok(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func (d *seat) sealing() string {
	d.t.Helper()
	var public string
	ok(d.t, d.office.f.write(context.Background(), func(tx *sql.Tx) error {
		s, err := d.office.situation(context.Background(), tx)
		public = s.sealing()
		return err
	}))
	return public
}

func (d *seat) holds() int {
	d.t.Helper()
	ring, err := d.office.officeKeys(context.Background(), d.office.f.ro)
	ok(d.t, err)
	return len(ring)
}

func (d *seat) logs(id string, p app.Personal) app.Contact {
	d.t.Helper()
	c := contact(id, noon)
	c.Authority, c.Operator = "c_x", "op-"+d.id
	c, err := d.office.Save(context.Background(), c, p)
	ok(d.t, err)
	return c
}

// entries opens what is known about a contact that a colleague logged.
func (d *seat) about(id string) contacts.Entry {
	d.t.Helper()
	list := []contacts.Entry{{Contact: app.Contact{ID: id}}}
	ok(d.t, d.office.openPersonal(context.Background(), list))
	return list[0]
}

func (d *seat) queued(kind string) (n int) {
	d.t.Helper()
	ok(d.t, d.office.f.ro.QueryRowContext(context.Background(), "SELECT count(*) FROM outbox WHERE type = ?", kind).Scan(&n))
	return n
}

// Two workstations make a key at the same time: both are kept, the same one
// seals from then on, and a third workstation reads what was sealed with
// either.
func TestWorkstationsAgreeOnAKey(t *testing.T) {
	h := newFakeHub(t)
	a, b := h.enrol("a", ""), h.enrol("b", "")
	h.deliver(a)
	h.deliver(b)
	for range 2 {
		_, err := a.office.Tend(context.Background(), noon)
		ok(t, err)
		_, err = b.office.Tend(context.Background(), noon)
		ok(t, err)
	}
	first := map[string]bool{a.sealing(): true, b.sealing(): true}
	if len(first) != 2 || first[""] {
		t.Fatalf("keys made apart: %v", first)
	}
	a.logs("x-a", app.Personal{Note: "nota di a"})
	b.logs("x-b", app.Personal{Note: "nota di b"})
	for range 3 {
		h.round(a, b)
	}
	if a.sealing() == "" || a.sealing() != b.sealing() || !first[a.sealing()] || a.holds() != 2 || b.holds() != 2 {
		t.Fatalf("a seals with %q and holds %d, b with %q and %d", a.sealing(), a.holds(), b.sealing(), b.holds())
	}
	c := h.enrol("c", "")
	h.deliver(a)
	h.deliver(b)
	for range 3 {
		h.round(a, b, c)
	}
	for _, d := range []*seat{a, b, c} {
		if e := d.about("x-a"); e.Note != "nota di a" || e.Unreadable {
			t.Errorf("%s reads %q of a (unreadable %v)", d.id, e.Note, e.Unreadable)
		}
		if e := d.about("x-b"); e.Note != "nota di b" || e.Unreadable {
			t.Errorf("%s reads %q of b (unreadable %v)", d.id, e.Note, e.Unreadable)
		}
	}
	if c.sealing() != a.sealing() {
		t.Error("the third one seals with another key")
	}
	before := a.queued(wire.TypeKeyEnvelope)
	for range 3 {
		h.round(a, b, c)
	}
	if a.queued(wire.TypeKeyEnvelope) != before {
		t.Error("envelopes are made again and again")
	}
}

// Nothing that a note or an identity says reaches the hub or lies open on the
// disk; the office's other workstation reads it, another office does not.
func TestNotesTravelSealed(t *testing.T) {
	h := newFakeHub(t)
	a, b, other := h.enrol("a", ""), h.enrol("b", ""), h.enrol("z", "altro")
	h.deliver(a)
	for range 3 {
		h.round(a, b, other)
	}
	secretPart := app.Personal{Note: "ha parlato di Girasole", Identity: app.Identity{Name: "Persona Inventata", Phone: "000 111222", Email: "p@esempio.example"}}
	a.logs("x-1", secretPart)
	for range 2 {
		h.round(a, b, other)
	}
	e := b.about("x-1")
	if e.Note != secretPart.Note || e.Identity != secretPart.Identity || e.Unreadable {
		t.Errorf("the colleague reads %+v", e)
	}
	if e := other.about("x-1"); e.Note != "" || !e.Unreadable {
		t.Errorf("another office reads %+v", e)
	}
	if a.queued(wire.TypeContactPrivate) != 1 || a.queued(wire.TypeContact) != 1 {
		t.Errorf("queued %d private parts", a.queued(wire.TypeContactPrivate))
	}
	if !bytes.Contains(h.sent, []byte(`"contact":"x-1"`)) {
		t.Fatal("nothing was sent")
	}
	files := [][]byte{h.sent}
	for _, name := range []string{OfficeFile, OfficeFile + "-wal"} {
		if text, err := os.ReadFile(filepath.Join(a.folder, name)); err == nil {
			files = append(files, text)
		}
	}
	for i, text := range files {
		for _, word := range []string{"Girasole", "Inventata", "111222", "esempio.example"} {
			if bytes.Contains(text, []byte(word)) {
				t.Errorf("%q lies open (%d)", word, i)
			}
		}
	}
	list, err := a.office.Contacts(context.Background(), app.Span{}, 0)
	if err != nil || len(list) != 1 || list[0].Note != secretPart.Note || list[0].Identity != secretPart.Identity {
		t.Errorf("the own contact says %+v, %v", list, err)
	}
}

// A note is saved before there is a key: it waits, and is queued once.
func TestNoteWaitsForTheKey(t *testing.T) {
	h := newFakeHub(t)
	a := h.enrol("a", "")
	a.logs("x-1", app.Personal{Note: "presto"})
	ctx := context.Background()
	if _, err := a.office.Tend(ctx, noon); err != nil || a.queued(wire.TypeContactPrivate) != 0 {
		t.Fatalf("queued without a key (%v)", err)
	}
	h.deliver(a)
	for i := range 3 {
		queued, err := a.office.Tend(ctx, noon)
		if err != nil || queued != (i == 0) || a.queued(wire.TypeContactPrivate) != 1 {
			t.Fatalf("round %d: queued %v, %d in the queue (%v)", i, queued, a.queued(wire.TypeContactPrivate), err)
		}
	}
}

// A revoked workstation may have every key so far: the office makes another
// one, and reads the old notes still.
func TestRevokedWorkstation(t *testing.T) {
	h := newFakeHub(t)
	a, b := h.enrol("a", ""), h.enrol("b", "")
	h.deliver(a)
	for range 3 {
		h.round(a, b)
	}
	a.logs("x-old", app.Personal{Note: "prima"})
	h.round(a, b)
	old := a.sealing()
	h.revoke(b)
	h.deliver(a)
	h.round(a)
	if a.sealing() == old || a.sealing() == "" {
		t.Fatalf("still seals with %q", a.sealing())
	}
	a.logs("x-new", app.Personal{Note: "dopo"})
	h.round(a)
	h.deliver(b)
	_, err := b.office.Tend(context.Background(), noon)
	ok(t, err)
	if e := b.about("x-new"); e.Note != "" || !e.Unreadable {
		t.Errorf("the revoked workstation reads %+v", e)
	}
	c := h.enrol("c", "")
	h.deliver(a)
	for range 2 {
		h.round(a, c)
	}
	h.round(c)
	for id, want := range map[string]string{"x-old": "prima", "x-new": "dopo"} {
		if e := c.about(id); e.Note != want {
			t.Errorf("%s: %+v", id, e)
		}
	}
}

// Notes of before this version lie open: they are sealed, overwritten, and
// stay here, as they were promised to.
func TestPlainNotesAreSealed(t *testing.T) {
	h := newFakeHub(t)
	a := h.enrol("a", "")
	ctx := context.Background()
	keys := a.office.keys
	a.office.keys = nil
	for i := range 40 {
		a.logs(fmt.Sprint("x-", i), app.Personal{Note: fmt.Sprintf("Girasole numero %d", i)})
	}
	ok(t, a.office.f.write(ctx, func(tx *sql.Tx) error { _, err := tx.ExecContext(ctx, "DELETE FROM private_wait"); return err }))
	a.office.keys = keys
	h.deliver(a)
	for range 2 {
		_, err := a.office.Tend(ctx, noon)
		ok(t, err)
	}
	list, err := a.office.Contacts(ctx, app.Span{}, 0)
	if err != nil || len(list) != 40 || !strings.HasPrefix(list[7].Note, "Girasole numero") {
		t.Fatalf("%d entries, %v", len(list), err)
	}
	if a.queued(wire.TypeContactPrivate) != 0 {
		t.Error("old notes travel")
	}
	for _, name := range []string{OfficeFile, OfficeFile + "-wal"} {
		if text, err := os.ReadFile(filepath.Join(a.folder, name)); err == nil && bytes.Contains(text, []byte("Girasole")) {
			t.Errorf("notes lie open in %s", name)
		}
	}
}

// Destroying a month's key is retention; other months stay.
func TestRetentionDestroysAMonth(t *testing.T) {
	h := newFakeHub(t)
	a := h.enrol("a", "")
	a.logs("x-1", app.Personal{Note: "novembre"})
	december := contact("x-2", noon.AddDate(0, 1, 0))
	ctx := context.Background()
	_, err := a.office.Save(ctx, december, app.Personal{Note: "dicembre"})
	ok(t, err)
	if gone, err := a.office.DestroyMonth(ctx, "2026-11"); !gone || err != nil {
		t.Fatalf("%v, %v", gone, err)
	}
	if e := a.about("x-1"); e.Note != "" || !e.Unreadable {
		t.Errorf("after retention: %+v", e)
	}
	if e := a.about("x-2"); e.Note != "dicembre" {
		t.Errorf("another month: %+v", e)
	}
}

// Keys that do not open lose no contact and no note.
func TestKeysThatDoNotOpen(t *testing.T) {
	h := newFakeHub(t)
	a := h.enrol("a", "")
	_, err := a.vault.Key()
	ok(t, err)
	path := filepath.Join(a.folder, secret.KEKFile)
	kek, err := os.ReadFile(path)
	ok(t, err)
	ok(t, os.WriteFile(path, bytes.Replace(kek, []byte(`"plain"`), []byte(`"keyring"`), 1), 0o600))
	a.office.UseKeys(secret.NewVault(secret.Params{Folder: a.folder}))
	a.logs("x-1", app.Personal{Note: "comunque", Identity: app.Identity{Phone: "123"}})
	if _, err := a.office.Tend(context.Background(), noon); app.ErrorCode(err) != app.CodeKeyLocked {
		t.Errorf("got %v", err)
	}
	list, err := a.office.Contacts(context.Background(), app.Span{}, 0)
	if err != nil || len(list) != 1 || list[0].Note != "comunque" || list[0].Identity.Phone != "123" {
		t.Fatalf("%+v, %v", list, err)
	}
	ok(t, os.WriteFile(path, kek, 0o600))
	a.office.UseKeys(secret.NewVault(secret.Params{Folder: a.folder}))
	h.deliver(a)
	if _, err := a.office.Tend(context.Background(), noon); err != nil || a.queued(wire.TypeContactPrivate) != 1 {
		t.Errorf("%d queued, %v", a.queued(wire.TypeContactPrivate), err)
	}
	if e := a.about("x-1"); e.Note != "comunque" {
		t.Errorf("%+v", e)
	}
}

func TestOperatorsAndNames(t *testing.T) {
	h := newFakeHub(t)
	a, b := h.enrol("a", ""), h.enrol("b", "")
	ctx := context.Background()
	if _, err := a.office.SealName(ctx, "Persona Inventata"); app.ErrorCode(err) != app.CodeOfficeKey {
		t.Errorf("a name without a key: %v", err)
	}
	h.deliver(a)
	for range 3 {
		h.round(a, b)
	}
	sealed, err := a.office.SealName(ctx, "Éta Prova")
	ok(t, err)
	other, err := a.office.SealName(ctx, "Eco Prova")
	ok(t, err)
	for i, r := range []wire.OperatorRecord{
		{ID: "op-1", SealedName: "illeggibile", Active: true},
		{ID: "op-2", SealedName: sealed, Active: true, Role: "operatore"},
		{ID: "op-3", SealedName: other, Active: true},
	} {
		r.Version = int64(100 + i)
		ok(t, a.office.KeepOperator(ctx, r))
		ok(t, b.office.KeepOperator(ctx, r))
	}
	ok(t, b.office.KeepOperator(ctx, wire.OperatorRecord{ID: "op-2", Role: "vecchio", Version: 7})) // overtaken
	people, err := b.office.Operators(ctx)
	ok(t, err)
	var names []string
	for _, p := range people {
		names = append(names, p.ID+" "+p.Name)
	}
	if got := strings.Join(names, ", "); got != "op-3 Eco Prova, op-2 Éta Prova, op-1 " || people[1].Version != 101 || people[1].Role != "operatore" {
		t.Errorf("%s, %+v", got, people[1])
	}
	stations, err := a.office.Workstations(ctx)
	if err != nil || len(stations) != 2 || stations[0].ID != "a" || !stations[0].Own || stations[1].Own {
		t.Errorf("%+v, %v", stations, err)
	}
	if home, err := a.office.Home(ctx); err != nil || home.Operator != "op-a" || home.Device != "a" {
		t.Errorf("%+v, %v", home, err)
	}
}

func TestTriesSurviveARestart(t *testing.T) {
	ctx := context.Background()
	folder := t.TempDir()
	o := office(t, folder)
	want := operators.Tries{Failed: 6, Locked: noon, For: 30 * time.Minute, Of: "abc"}
	ok(t, o.SetTries(ctx, "op-1", want))
	ok(t, o.Close())
	got, err := office(t, folder).Tries(ctx, "op-1")
	if err != nil || got.Failed != 6 || !got.Locked.Equal(noon) || got.For != want.For || got.Of != "abc" {
		t.Errorf("%+v, %v", got, err)
	}
}

func TestAuditIsChained(t *testing.T) {
	ctx := context.Background()
	fill := func(t *testing.T) *Office {
		o := office(t, t.TempDir())
		for i := range 5 {
			ok(t, o.Audit(ctx, app.AuditLogin, fmt.Sprint("op-", i), "", noon.Add(time.Duration(i)*time.Minute)))
		}
		return o
	}
	o := fill(t)
	if n, err := o.CheckAudit(ctx); n != 5 || err != nil {
		t.Fatalf("%d lines, %v", n, err)
	}
	head, err := o.AuditHead(ctx)
	if err != nil || len(head) != 64 {
		t.Errorf("head %q, %v", head, err)
	}
	for _, query := range []string{"UPDATE audit SET operator = 'x' WHERE seq = 3", "DELETE FROM audit WHERE seq = 3"} {
		err := o.f.write(ctx, func(tx *sql.Tx) error { _, err := tx.ExecContext(ctx, query); return err })
		if err == nil {
			t.Errorf("%s went through", query)
		}
	}
	for name, c := range map[string]struct {
		query string
		line  string
	}{
		"changed":     {"UPDATE audit SET operator = 'x' WHERE seq = 3", "3"},
		"taken out":   {"DELETE FROM audit WHERE seq = 3", "3"},
		"cut off":     {"DELETE FROM audit WHERE seq > 3", "4"},
		"moved":       {"UPDATE audit SET at = '2020-01-01T00:00:00Z' WHERE seq = 1", "1"},
		"slid fields": {"UPDATE audit SET operator = '', object = operator WHERE seq = 2", "2"},
	} {
		t.Run(name, func(t *testing.T) {
			o := fill(t)
			ok(t, o.f.write(ctx, func(tx *sql.Tx) error {
				_, err := tx.ExecContext(ctx, "DROP TRIGGER audit_update; DROP TRIGGER audit_delete; "+c.query)
				return err
			}))
			_, err := o.CheckAudit(ctx)
			if app.ErrorCode(err) != app.CodeAuditBroken || app.ErrorParams(err)["n"] != c.line {
				t.Errorf("got %v, want line %s", err, c.line)
			}
		})
	}
}

// An envelope that holds another key than it says is left alone.
func TestEnvelopeThatLies(t *testing.T) {
	h := newFakeHub(t)
	a := h.enrol("a", "")
	seal, err := a.vault.SealKey()
	ok(t, err)
	key, err := secret.NewOfficeKey()
	ok(t, err)
	other, err := secret.NewOfficeKey()
	ok(t, err)
	sealed, err := secret.SealTo(seal, []byte(other.Secret()))
	ok(t, err)
	h.publish(wire.TypeKeyEnvelope, "e-1", wire.KeyEnvelope{Type: wire.TypeKeyEnvelope, ID: "e-1", Authority: "c_x", Device: "a", Key: key.Public(), Sealed: sealed})
	h.publish(wire.TypeKeyEnvelope, "e-2", wire.KeyEnvelope{Type: wire.TypeKeyEnvelope, ID: "e-2", Authority: "c_x", Device: "a", Key: other.Public(), Sealed: "rotto"})
	h.deliver(a)
	if _, err := a.office.Tend(context.Background(), noon); err != nil || a.holds() != 0 {
		t.Errorf("holds %d keys, %v", a.holds(), err)
	}
}
