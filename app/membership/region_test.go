package membership_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"testing"
	"time"

	"polis/app"
	"polis/app/membership"
	"polis/data/sqlite"
	"polis/data/wire"
)

// region is a hub with the real states: what is lost on the way is lost as
// the test says.
type region struct {
	t       testing.TB
	now     func() time.Time
	cases   map[string]*membership.Case
	bodies  map[string][]byte
	blobs   map[string][]byte
	changes map[string]string
	version int64
	calls   int
	sent    int   // bytes of documents
	fault   error // instead of an answer
}

func newRegion(t testing.TB, now func() time.Time) *region {
	return &region{t: t, now: now, cases: map[string]*membership.Case{}, bodies: map[string][]byte{}, blobs: map[string][]byte{}, changes: map[string]string{}}
}

func applicant() membership.Actor { return membership.Actor{Role: membership.ByApplicant} }

func (h *region) apply(c *membership.Case, change membership.Change, by membership.Actor) error {
	if err := c.Apply(change, by, h.now()); err != nil {
		return err
	}
	h.version++
	c.Version = h.version
	return nil
}

func (h *region) PutRequest(_ context.Context, id string, body []byte) (membership.Case, error) {
	h.calls++
	if h.fault != nil {
		return membership.Case{}, h.fault
	}
	for sha := range h.named(body) {
		if h.blobs[sha] == nil {
			return membership.Case{}, app.Fault(app.CodeInvalid, nil, "field", "documents", "value", sha)
		}
	}
	c, sha := h.cases[id], wire.Hash(body)
	event := membership.Submit
	switch {
	case c == nil:
		c = &membership.Case{ID: id, Number: fmt.Sprintf("2026-%05d", len(h.cases)+1), ReceivedAt: h.now()}
	case c.SHA256 == sha:
		return c.ForApplicant(), nil
	case c.State == membership.Integration:
		event = membership.Integrate
	default:
		event = membership.Replace
	}
	if err := h.apply(c, membership.Change{Request: id, Event: event}, applicant()); err != nil {
		return membership.Case{}, err
	}
	c.SHA256, h.cases[id], h.bodies[id] = sha, c, body
	return c.ForApplicant(), nil
}

// named are the documents that a request names.
func (h *region) named(body []byte) map[string]bool {
	h.t.Helper()
	named := map[string]bool{}
	for _, part := range strings.Split(string(body), `"sha256":"`)[1:] {
		named[part[:64]] = true
	}
	return named
}

func (h *region) Request(_ context.Context, id string) (membership.Case, error) {
	h.calls++
	switch {
	case h.fault != nil:
		return membership.Case{}, h.fault
	case h.cases[id] == nil:
		return membership.Case{}, app.Fault(app.CodeNotFound, nil, "what", id)
	}
	return h.cases[id].ForApplicant(), nil
}

func (h *region) PutChange(_ context.Context, change membership.Change) (membership.Case, error) {
	h.calls++
	body, err := wire.Marshal(change)
	if err != nil {
		h.t.Fatal(err)
	}
	c := h.cases[change.Request]
	switch before, known := h.changes[change.ID]; {
	case h.fault != nil:
		return membership.Case{}, h.fault
	case c == nil:
		return membership.Case{}, app.Fault(app.CodeNotFound, nil, "what", change.Request)
	case known && before != string(body):
		return membership.Case{}, app.Fault(app.CodeConflict, nil, "what", change.ID)
	case known:
		return c.ForApplicant(), nil
	case change.Document != nil && h.blobs[change.Document.SHA256] == nil:
		return membership.Case{}, app.Fault(app.CodeInvalid, nil, "field", "document", "value", "")
	}
	if err := h.apply(c, change, applicant()); err != nil {
		return membership.Case{}, err
	}
	h.changes[change.ID] = string(body)
	return c.ForApplicant(), nil
}

func (h *region) PutDocument(_ context.Context, sha256 string, size int64, content io.ReadSeeker) error {
	h.calls++
	if h.fault != nil {
		return h.fault
	}
	if h.blobs[sha256] != nil {
		return nil
	}
	text, err := io.ReadAll(content)
	if err != nil || int64(len(text)) != size || wire.Hash(text) != sha256 {
		h.t.Fatalf("document of %d bytes, %v", len(text), err)
	}
	h.blobs[sha256], h.sent = text, h.sent+len(text)
	return nil
}

func (h *region) Network(context.Context) (membership.Network, error) {
	return membership.Network{Hub: "https://hub.example", UploadKey: "age1qqq"}, h.fault
}

func (h *region) SignFile(part []byte) (string, error) { return "signed " + wire.Hash(part), nil }

// examine lets the region do something with its only request.
func (h *region) examine(changes ...membership.Change) {
	h.t.Helper()
	for _, c := range h.cases {
		for _, change := range changes {
			if err := h.apply(c, change, membership.Actor{Role: membership.ByExaminer, ID: "op-1"}); err != nil {
				h.t.Fatal(err)
			}
		}
	}
}

func (h *region) happened(e membership.Event) (n int) {
	for _, c := range h.cases {
		for _, entry := range c.History {
			if entry.Event == e {
				n++
			}
		}
	}
	return n
}

// drawer keeps documents in memory; those that begin with "p7m" are signed.
type drawer map[string][]byte

func (d drawer) Keep(_ context.Context, name string, content io.Reader) (membership.Document, error) {
	text, err := io.ReadAll(content)
	if err != nil {
		return membership.Document{}, err
	}
	doc := membership.Document{Name: name, MediaType: "application/pdf", Size: int64(len(text)), SHA256: wire.Hash(text)}
	if bytes.HasPrefix(text, []byte("p7m")) {
		doc.Signature = &membership.Signature{Format: membership.FormatCAdES, Signer: "Nome Cognome"}
	}
	d[doc.SHA256] = text
	return doc, nil
}

func (d drawer) Load(_ context.Context, sha256 string, write func(io.Writer) error) error {
	var b bytes.Buffer
	if err := write(&b); err != nil {
		return err
	}
	d[sha256] = b.Bytes()
	return nil
}

type openDocument struct{ *bytes.Reader }

func (openDocument) Close() error { return nil }

func (d drawer) Open(sha256 string) (io.ReadSeekCloser, error) {
	text, here := d[sha256]
	if !here {
		return nil, app.Fault(app.CodeNotFound, nil, "what", sha256)
	}
	return openDocument{bytes.NewReader(text)}, nil
}

func (d drawer) Show(_ context.Context, sha256 string) (string, error) { return "/" + sha256, nil }

func (d drawer) Sweep(_ context.Context, used map[string]bool, _ time.Time) error {
	for sha := range d {
		if !used[sha] {
			delete(d, sha)
		}
	}
	return nil
}

var errKilled = errors.New("the program was killed")

// life lets a program die at a step, before it or after it: what is written
// or sent is one.
type life struct {
	dies  int // at which step; 0 = never
	after bool
	steps int
	over  bool
}

func (l *life) step(do func() error) error {
	if l.over {
		return errKilled
	}
	l.steps++
	if l.steps == l.dies && !l.after {
		l.over = true
		return errKilled
	}
	err := do()
	if l.steps == l.dies {
		l.over = true
		return errKilled
	}
	return err
}

// mortal are a workstation's file and the way to the hub, of a program that
// can die.
type mortal struct {
	*sqlite.Office

	hub  *region
	life *life
}

func (m mortal) SaveDraft(ctx context.Context, r membership.Request, at time.Time) error {
	return m.life.step(func() error { return m.Office.SaveDraft(ctx, r, at) })
}

func (m mortal) Freeze(ctx context.Context, r membership.Request, frozen []byte, items []membership.Item, at time.Time) error {
	return m.life.step(func() error { return m.Office.Freeze(ctx, r, frozen, items, at) })
}

func (m mortal) Enqueue(ctx context.Context, items []membership.Item) error {
	return m.life.step(func() error { return m.Office.Enqueue(ctx, items) })
}

func (m mortal) ItemAnswered(ctx context.Context, item membership.Item, c *membership.Case) error {
	return m.life.step(func() error { return m.Office.ItemAnswered(ctx, item, c) })
}

func (m mortal) Told(ctx context.Context, c membership.Case) error {
	return m.life.step(func() error { return m.Office.Told(ctx, c) })
}

func (m mortal) Troubled(ctx context.Context, id string, problem app.Code, params map[string]string) error {
	return m.life.step(func() error { return m.Office.Troubled(ctx, id, problem, params) })
}

// road is the way to the hub.
type road struct {
	*region

	life *life
}

func told(l *life, do func() (membership.Case, error)) (c membership.Case, err error) {
	err = l.step(func() (err error) {
		c, err = do()
		return err
	})
	if err != nil {
		return membership.Case{}, err
	}
	return c, nil
}

func (r road) PutRequest(ctx context.Context, id string, body []byte) (membership.Case, error) {
	return told(r.life, func() (membership.Case, error) { return r.region.PutRequest(ctx, id, body) })
}

func (r road) Request(ctx context.Context, id string) (membership.Case, error) {
	return told(r.life, func() (membership.Case, error) { return r.region.Request(ctx, id) })
}

func (r road) PutChange(ctx context.Context, c membership.Change) (membership.Case, error) {
	return told(r.life, func() (membership.Case, error) { return r.region.PutChange(ctx, c) })
}

func (r road) PutDocument(ctx context.Context, sha256 string, size int64, content io.ReadSeeker) error {
	return r.life.step(func() error { return r.region.PutDocument(ctx, sha256, size, content) })
}

// desk is a workstation that makes requests.
type desk struct {
	t      testing.TB
	folder string
	clock  time.Time
	hub    *region
	files  drawer
	life   *life
	office *sqlite.Office
	known  membership.Network // by enrolment
	*membership.Applications
}

func newDesk(t testing.TB) *desk {
	d := &desk{t: t, folder: t.TempDir(), clock: at(), files: drawer{}, life: &life{}}
	d.hub = newRegion(t, d.now)
	d.start()
	if err := d.SetNetwork(context.Background(), membership.Network{Hub: "https://hub.example"}); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = d.office.Close() })
	return d
}

func (d *desk) now() time.Time { return d.clock }

// start starts the program anew on the same folder.
func (d *desk) start() {
	d.t.Helper()
	d.office = reopened(d.t, d.office, d.folder)
	d.life.over = false
	d.Applications = membership.NewApplications(membership.Params{
		Store: mortal{d.office, d.hub, d.life}, Files: d.files, Clock: app.ClockFunc(d.now),
		Enrolled: func(context.Context) (membership.Network, error) { return d.known, nil },
		Connect:  func(membership.Network) (membership.Hub, error) { return road{d.hub, d.life}, nil },
		Seal: func(recipient string, plain []byte) ([]byte, error) {
			return append([]byte(recipient+"\n"), plain...), nil
		},
		AnswerKey: func() (string, error) { return "age1desk", nil },
		Unseal: func(sealed []byte) ([]byte, error) {
			plain, mine := bytes.CutPrefix(sealed, []byte("age1desk\n"))
			if !mine {
				return nil, errors.New("sealed to somebody else")
			}
			return plain, nil
		},
	})
}

// reopened opens the store in a folder, as a program that starts anew does;
// before is what it had open, or nil.
func reopened(t testing.TB, before *sqlite.Office, folder string) *sqlite.Office {
	t.Helper()
	if before != nil {
		if err := before.Close(); err != nil {
			t.Fatal(err)
		}
	}
	office, err := sqlite.OpenOffice(context.Background(), folder, time.UTC)
	if err != nil {
		t.Fatal(err)
	}
	return office
}

// only returns the only request of the desk.
func (d *desk) only() membership.Filed {
	d.t.Helper()
	all, err := d.All(context.Background())
	if err != nil || len(all) != 1 {
		d.t.Fatalf("%d requests, %v", len(all), err)
	}
	return all[0]
}

// draft makes a whole draft with two documents and returns its ID.
func (d *desk) draft() string {
	d.t.Helper()
	ctx := context.Background()
	f, err := d.New(ctx)
	if err != nil {
		d.t.Fatal(err)
	}
	id := f.Request.ID
	for _, kind := range []string{membership.DocumentAct, membership.DocumentAgreement} {
		if _, err := d.Attach(ctx, id, kind, "", "C:\\atti\\"+kind+".pdf", strings.NewReader("p7m "+kind)); err != nil {
			d.t.Fatal(err)
		}
	}
	r := whole()
	r.ID = id
	if _, err := d.Save(ctx, r); err != nil {
		d.t.Fatal(err)
	}
	return id
}

func (d *desk) must(f membership.Filed, err error) membership.Filed {
	d.t.Helper()
	if err != nil {
		d.t.Fatal(err)
	}
	return f
}

func (d *desk) refresh() {
	d.t.Helper()
	if err := d.Refresh(context.Background()); err != nil {
		d.t.Fatal(err)
	}
}

func eventsOf(c *membership.Case) (all []membership.Event) {
	for _, e := range c.History {
		all = append(all, e.Event)
	}
	return all
}

func sameEvents(c *membership.Case, want ...membership.Event) bool {
	return slices.Equal(eventsOf(c), want)
}
