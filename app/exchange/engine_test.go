package exchange_test

import (
	"context"
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/uuid"

	"polis/app"
	"polis/app/exchange"
	"polis/data/sqlite"
	"polis/data/wire"
)

// clock is time as a test moves it.
type clock struct {
	mu sync.Mutex
	at time.Time
}

func (c *clock) Now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.at
}

func (c *clock) move(d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.at = c.at.Add(d)
}

// ring holds keys in memory.
type ring struct{ current, next *ecdsa.PrivateKey }

func newKey() (*ecdsa.PrivateKey, error) { return ecdsa.GenerateKey(elliptic.P256(), rand.Reader) }

func (r *ring) Current() (crypto.Signer, error) { return r.current, nil }

func (r *ring) Pending(create bool) (crypto.Signer, error) {
	if r.next == nil && create {
		key, err := newKey()
		if err != nil {
			return nil, err
		}
		r.next = key
	}
	if r.next == nil {
		return nil, nil
	}
	return r.next, nil
}

func (r *ring) Promote() error {
	if r.next != nil {
		r.current, r.next = r.next, nil
	}
	return nil
}

// station is a workstation on real files beside a hub in memory.
type station struct {
	t         testing.TB
	folder    string
	hub       *hub
	clock     *clock
	ring      *ring
	office    *sqlite.Office
	catalogue *sqlite.Catalogue
	engine    *exchange.Engine
	adapt     func(*exchange.Params)
}

func start() *clock { return &clock{at: time.Date(2026, 11, 23, 9, 0, 0, 0, time.UTC)} }

// newStation enrols a workstation.
func newStation(t testing.TB, h *hub, c *clock, name string) *station {
	key, err := newKey()
	if err != nil {
		t.Fatal(err)
	}
	s := &station{t: t, folder: t.TempDir(), hub: h, clock: c, ring: &ring{current: key}}
	s.open()
	t.Cleanup(func() { _ = s.close() })
	if err := s.engine.Enrol(context.Background(), exchange.Enrolling{Hub: "https://h", Code: "GOOD" + name}); err != nil {
		t.Fatal(err)
	}
	return s
}

func (s *station) open() {
	ctx := context.Background()
	var err error
	if s.office, err = sqlite.OpenOffice(ctx, s.folder, time.UTC); err != nil {
		s.t.Fatal(err)
	}
	if s.catalogue, err = sqlite.OpenCatalogue(ctx, s.folder); err != nil {
		s.t.Fatal(err)
	}
	p := exchange.Params{
		Catalogue: s.catalogue, Outbox: s.office, Keys: s.ring, Clock: s.clock,
		Connect: func(d exchange.Device, key crypto.Signer) (exchange.Hub, error) { return client{s.hub, d.ID, key}, nil },
	}
	if s.adapt != nil {
		s.adapt(&p)
	}
	if s.engine, err = exchange.New(p); err != nil {
		s.t.Fatal(err)
	}
}

func (s *station) close() error { return errors.Join(s.catalogue.Close(), s.office.Close()) }

// restart is a new start of the program on the same folder.
func (s *station) restart() {
	s.t.Helper()
	if err := s.close(); err != nil {
		s.t.Fatal(err)
	}
	s.open()
}

func (s *station) sync(want app.Code) exchange.Summary {
	s.t.Helper()
	sum, err := s.engine.Sync(context.Background())
	if app.ErrorCode(err) != want {
		s.t.Fatalf("sync: %v, want %q", err, want)
	}
	return sum
}

func (s *station) status() exchange.Status {
	s.t.Helper()
	st, err := s.engine.Status(context.Background())
	if err != nil {
		s.t.Fatal(err)
	}
	return st
}

func newID() string {
	id, err := uuid.NewV7()
	if err != nil {
		return err.Error() // refused by whoever looks at it
	}
	return id.String()
}

// log saves a contact; corrects may be empty.
func (s *station) log(corrects string) app.Contact {
	s.t.Helper()
	c, err := s.office.Save(context.Background(), app.Contact{
		ID: newID(), Visit: newID(), Authority: "x", Office: "x-urp", Operator: "op", OpenedAt: s.clock.Now(), ClosedAt: s.clock.Now(), RecordedAt: s.clock.Now(),
		Channel: app.ChannelInPerson, User: app.UserCitizen, RequestType: app.RequestTypeInformation, Outcome: app.OutcomeResolved, Corrects: corrects,
		FollowUp: &app.FollowUp{Due: "2026-12-01"},
	}, app.Personal{})
	if err != nil {
		s.t.Fatal(err)
	}
	return c
}

func (s *station) waiting(want, quarantined int) {
	s.t.Helper()
	w, q, err := s.office.Counts(context.Background())
	if err != nil || w != want || q != quarantined {
		s.t.Fatalf("%d wait, %d in quarantine (%v), want %d and %d", w, q, err, want, quarantined)
	}
}

func bench(t testing.TB) (*hub, *station) {
	c := start()
	h := newHub(t, c.Now)
	h.publish(map[string]string{"x-1": "Carta", "x-2": "Tessera"})
	s := newStation(t, h, c, "1")
	h.forget()
	return h, s
}

func titles(n int, word string) map[string]string {
	m := map[string]string{}
	for i := range n {
		m[fmt.Sprintf("x-%d", i)] = fmt.Sprintf("%s %d", word, i)
	}
	return m
}

func TestFirstBySnapshotThenByChanges(t *testing.T) {
	h, s := bench(t)
	s.sync("")
	h.publish(map[string]string{"x-1": "Carta nuova", "x-2": "Tessera"})
	sum := s.sync("")
	s.sync("")
	if got := h.calls("snapshot"); len(got) != 1 {
		t.Fatalf("snapshots %v", got)
	}
	if got := h.calls("changes"); len(got) != 1 || sum.Changed != 1 || sum.Sheets != 2 || sum.Version != 2 {
		t.Fatalf("changes %v, %+v", got, sum)
	}
	if st := s.status(); st.Problem != "" || st.LastSync == nil || st.ExpiresAt == nil {
		t.Fatalf("%+v", st)
	}
}

// Words are counted apart from sheets.
func TestWordsAreNoSheets(t *testing.T) {
	h, s := bench(t)
	s.sync("")
	h.publish(map[string]string{"x-1": "Carta", "x-2": "Tessera", "syn-1": `{"type":"synonym","id":"syn-1","terms":["bollo","tassa"]}`})
	if sum := s.sync(""); sum.Changed != 0 || sum.Words != 1 {
		t.Fatalf("%+v", sum)
	}
}

func TestSnapshotWhenChangesDoNotReach(t *testing.T) {
	for name, prepare := range map[string]func(*hub){
		"expired cursor": func(h *hub) {
			h.before = func(call string) error {
				if strings.HasPrefix(call, "changes") {
					return app.Fault(app.CodeCursorExpired, nil)
				}
				return nil
			}
		},
		"another epoch": func(h *hub) { h.restore(h.backup()) },
		"mismatch":      func(h *hub) { h.pages = func(p wire.Changes) wire.Changes { p.Items = nil; return p } },
	} {
		t.Run(name, func(t *testing.T) {
			h, s := bench(t)
			s.sync("")
			prepare(h)
			h.publish(titles(2, "Nuova"))
			h.forget()
			s.sync("")
			held, err := s.catalogue.Held(context.Background())
			if got := h.calls("snapshot"); err != nil || len(got) != 1 || held.Version != 2 {
				t.Fatalf("snapshots %v, held %+v %v", got, held, err)
			}
			if manifests := h.calls("manifest"); name == "mismatch" && (len(manifests) != 2 || manifests[1] != "manifest ") {
				t.Fatalf("the manifest was not asked for anew: %v", manifests)
			}
		})
	}
}

// A publication that comes between manifest and changes costs no snapshot.
func TestPublicationComesBetween(t *testing.T) {
	h, s := bench(t)
	s.sync("")
	h.publish(titles(3, "Prima"))
	h.forget()
	once := true
	h.after = func(call string) error {
		if strings.HasPrefix(call, "manifest") && once {
			once = false
			h.mu.Unlock()
			h.publish(titles(4, "Seconda"))
			h.mu.Lock()
		}
		return nil
	}
	if sum := s.sync(""); sum.Sheets != 4 || len(h.calls("snapshot")) != 0 {
		t.Fatalf("%+v, %v", sum, h.log)
	}
}

func TestPageOfChangesThatLeadsToItself(t *testing.T) {
	h, s := bench(t)
	s.sync("")
	h.publish(titles(3, "Nuova"))
	h.pages = func(wire.Changes) wire.Changes { return wire.Changes{NextCursor: "e0-1", HasMore: true} }
	s.sync(app.CodeHubAnswer)
}

// What was seen is remembered although the catalogue is lost: nothing older
// is ever taken.
func TestOlderPublicationsAreRefused(t *testing.T) {
	ctx := context.Background()
	for name, attack := range map[string]func(h *hub, old *state, issued time.Time){
		"older version": func(h *hub, old *state, _ time.Time) { h.s = old },
		"older version, signed now": func(h *hub, old *state, _ time.Time) {
			h.s, h.issued = old, h.now()
		},
		"new epoch, issued before": func(h *hub, old *state, issued time.Time) {
			h.s, h.issued = old, issued.Add(-time.Hour)
			h.s.epoch = "other"
		},
		"older online key": func(h *hub, _ *state, _ time.Time) { h.serial = 1 },
		"forged":           func(h *hub, _ *state, _ time.Time) { h.root = h.online },
	} {
		t.Run(name, func(t *testing.T) {
			h, s := bench(t)
			h.serial = 2
			s.sync("")
			old, issued := h.backup(), h.issued
			s.clock.move(time.Hour)
			h.publish(titles(3, "Nuova"))
			s.sync("")
			if err := errors.Join(s.close(), removeCatalogue(s.folder)); err != nil {
				t.Fatal(err)
			}
			s.open()
			attack(h, old, issued)
			h.forget()
			s.log("")
			s.sync(app.CodeManifest)
			s.waiting(0, 0) // contacts go up all the same
			if held, err := s.catalogue.Held(ctx); err != nil || held.Version != 0 || len(h.calls("snapshot")) != 0 {
				t.Fatalf("%+v %v %v", held, err, h.log)
			}
		})
	}
}

func removeCatalogue(folder string) error {
	for _, ending := range []string{"", "-wal", "-shm"} {
		if err := os.Remove(filepath.Join(folder, sqlite.CatalogueFile+ending)); err != nil && !errors.Is(err, os.ErrNotExist) {
			return err
		}
	}
	return nil
}

func TestEpochThatWasLeft(t *testing.T) {
	h, s := bench(t)
	s.sync("")
	first := h.backup()
	s.clock.move(time.Hour)
	h.restore(first)
	s.sync("")
	s.clock.move(time.Hour)
	h.mu.Lock()
	h.s.epoch, h.issued = "e0", h.now()
	h.mu.Unlock()
	s.sync(app.CodeManifest)
}

// Two replicas sign at different moments: the earlier signature of the same
// publication is no news and no fault.
func TestSamePublicationSignedBefore(t *testing.T) {
	h, s := bench(t)
	early := h.issued
	h.issued = early.Add(time.Hour)
	s.sync("")
	h.issued = early
	s.sync("")
	if st := s.status(); st.Problem != "" || !st.ExpiresAt.Equal(early.Add(time.Hour).Add(h.life)) {
		t.Fatalf("%+v", st)
	}
}

// The hub's clock ran years ahead for a while: what it publishes after that is
// news all the same.
func TestPublicationAfterTheHubsClockWasWrong(t *testing.T) {
	h, s := bench(t)
	right := h.issued
	h.issued = right.AddDate(10, 0, 0)
	s.sync("")
	h.issued = right
	s.sync("")
	s.clock.move(time.Hour)
	h.publish(titles(3, "Nuova"))
	s.sync("")
	if st := s.status(); st.Sheets != 3 || st.Problem != "" || !st.ExpiresAt.Equal(h.issued.Add(h.life)) {
		t.Fatalf("%+v", st)
	}
}

func TestExpiredCatalogueIsToldAndSearched(t *testing.T) {
	h, s := bench(t)
	s.sync("")
	h.before = func(string) error { return errDown }
	s.clock.move(31 * 24 * time.Hour)
	s.restart() // the fault of the last round is another program's
	st := s.status()
	if st.Problem != string(app.CodeCatalogueExpired) || !st.Expired || st.Sheets != 2 {
		t.Fatalf("%+v", st)
	}
	h.before = nil
	h.publish(titles(2, "Nuova"))
	s.sync("")
	if st := s.status(); st.Problem != "" || st.Expired {
		t.Fatalf("%+v", st)
	}
}

// A clock that is ten years wrong loses and refuses nothing; it is told.
func TestClockTenYearsWrong(t *testing.T) {
	for _, years := range []int{-10, 10} {
		truth := start()
		h := newHub(t, truth.Now)
		h.publish(titles(2, "Carta"))
		s := newStation(t, h, start(), "1")
		s.clock.at = truth.Now().AddDate(years, 0, 0)
		h.offset = truth.Now().Sub(s.clock.Now())
		s.log("")
		sum := s.sync("")
		s.waiting(0, 0)
		st := s.status()
		if sum.Sheets != 2 || sum.Sent != 1 || st.Problem != string(app.CodeClockWrong) || st.Expired || s.engine.ClockOffset() != h.offset {
			t.Fatalf("%d years: %+v %+v", years, sum, st)
		}
		// It jumps back in the middle of it all.
		s.clock.at, h.offset = truth.Now(), 0
		s.log("")
		s.sync("")
		s.waiting(0, 0)
		if st := s.status(); st.Problem != "" {
			t.Fatalf("%+v", st)
		}
	}
}

func TestEnrol(t *testing.T) {
	ctx := context.Background()
	h, s := bench(t)
	err := s.engine.Enrol(ctx, exchange.Enrolling{Hub: "h", Code: "GOOD"})
	if app.ErrorCode(err) != app.CodeAlreadyEnrolled {
		t.Fatalf("twice: %v", err)
	}
	other := &station{t: t, folder: t.TempDir(), hub: h, clock: s.clock, ring: s.ring}
	other.open()
	t.Cleanup(func() { _ = other.close() })
	other.sync(app.CodeNotEnrolled)
	if err := other.engine.Enrol(ctx, exchange.Enrolling{Hub: "h", Code: "BAD"}); app.ErrorCode(err) != app.CodeEnrolmentCode {
		t.Fatalf("bad code: %v", err)
	}
	if err := other.engine.Enrol(ctx, exchange.Enrolling{Hub: " https://h/ ", Code: " GOOD2 "}); err != nil {
		t.Fatal(err)
	}
	d, err := other.office.Device(ctx)
	if err != nil || d.Operator != "op" || d.Hub != "https://h" || d.RenewBy.IsZero() {
		t.Fatalf("%+v %v", d, err)
	}
}

// A workstation that the hub no longer knows gets another identity, and what
// it has goes up under that one.
func TestEnrolAgainWhenTheHubNoLongerKnowsIt(t *testing.T) {
	ctx := context.Background()
	h, s := bench(t)
	s.log("")
	s.sync("")
	before, err := s.office.Device(ctx)
	if err != nil {
		t.Fatal(err)
	}
	again := func(code string) error {
		return s.engine.Enrol(ctx, exchange.Enrolling{Hub: "https://h", Code: code})
	}
	if err := again("GOODagain"); app.ErrorCode(err) != app.CodeAlreadyEnrolled {
		t.Fatalf("while the hub knows it: %v", err)
	}
	h.mu.Lock()
	delete(h.s.keys, before.ID)
	h.mu.Unlock()
	second := s.log("")
	s.sync(app.CodeUnauthorized)
	s.waiting(1, 0)
	if err := again("GOODother"); app.ErrorCode(err) != app.CodeOtherPlace {
		t.Fatalf("a code of another office: %v", err)
	}
	if err := again("GOODagain"); err != nil {
		t.Fatal(err)
	}
	h.forget()
	s.sync("")
	s.waiting(0, 0)
	d, err := s.office.Device(ctx)
	if err != nil || d.ID == before.ID || h.s.uploads[second.ID] == "" || !slices.Contains(h.log, "receipts ") {
		t.Fatalf("%+v %v %v", d, err, h.log)
	}
}

func TestBrakeHasAWayOnward(t *testing.T) {
	ctx := context.Background()
	for _, way := range []string{"changes", "snapshot"} {
		t.Run(way, func(t *testing.T) {
			h, s := bench(t)
			h.publish(titles(100, "Carta"))
			s.sync("")
			h.publish(titles(30, "Carta"))
			if way == "snapshot" {
				h.restore(h.backup())
			}
			s.log("")
			s.sync(app.CodeBrake)
			s.waiting(0, 0)
			s.restart()
			st := s.status()
			if st.Problem != string(app.CodeBrake) || st.Brake == nil || st.Brake.N != 70 || st.Brake.Total != 100 || st.Sheets != 100 {
				t.Fatalf("%+v %+v", st, st.Brake)
			}
			if err := s.engine.AcceptDeletions(ctx, st.Brake.Version+1); app.ErrorCode(err) != app.CodeNotFound {
				t.Fatalf("another version: %v", err)
			}
			if err := s.engine.AcceptDeletions(ctx, st.Brake.Version); err != nil {
				t.Fatal(err)
			}
			if sum := s.sync(""); sum.Sheets != 30 {
				t.Fatalf("%+v", sum)
			}
			if st := s.status(); st.Brake != nil || st.Problem != "" {
				t.Fatalf("%+v", st)
			}
		})
	}
}

// A download that is cut again and again goes on, also after a new start; a
// wrong content is thrown away and asked for once more.
func TestDownloadGoesOn(t *testing.T) {
	h, s := bench(t)
	h.publish(titles(400, "Carta"))
	size := h.manifest().Snapshot.Size
	h.cut = int(size/100) + 1
	s.sync(app.CodeSyncInterrupted)
	s.restart()
	h.cut = 0
	h.forget()
	s.sync("")
	if got := h.calls("snapshot"); len(got) != 1 || got[0] == "snapshot 0" {
		t.Fatalf("%v", got)
	}
	h.publish(titles(400, "Tessera"))
	h.restore(h.backup())
	sha := h.manifest().Snapshot.SHA256
	broken := filepath.Join(s.folder, "scaricamenti", sha+".parte")
	if err := os.WriteFile(broken, []byte("something else"), 0o600); err != nil {
		t.Fatal(err)
	}
	h.forget()
	if sum := s.sync(""); sum.Sheets != 400 {
		t.Fatalf("%+v", sum)
	}
	if got := h.calls("snapshot"); !slices.Equal(got, []string{"snapshot 14", "snapshot 0"}) {
		t.Fatalf("%v", got)
	}
}

type connector = func(exchange.Device, crypto.Signer) (exchange.Hub, error)

// wrap lays something over every client.
func wrap(connect connector, over func(exchange.Hub) exchange.Hub) connector {
	return func(d exchange.Device, key crypto.Signer) (exchange.Hub, error) {
		c, err := connect(d, key)
		if err != nil {
			return nil, err
		}
		return over(c), nil
	}
}
