package faults

import (
	"bytes"
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"fmt"
	"os"
	"path/filepath"
	"reflect"
	"testing"

	"github.com/google/uuid"

	"polis/app"
	"polis/app/exchange"
	"polis/app/membership"
	"polis/cmd/trial"
	"polis/data/api"
	"polis/data/wire"
)

// site is a hub to which the contract's table is put.
type site struct {
	url  string
	ca   []byte
	code string // of the authority's first workstation
	blob string
}

const leaflet = "%PDF-1.7 modulo"

// TestContract runs every method of the client against the handler in this
// process and against a real polis-hub serve.
func TestContract(t *testing.T) {
	for name, open := range map[string]func(*testing.T) site{"in this process": inProcess, "polis-hub serve": served} {
		t.Run(name, func(t *testing.T) {
			c := &contract{T: t, site: open(t), called: map[string]bool{"Close": true}}
			for _, step := range []func(){c.enrol, c.catalogue, c.uploads, c.privateDown, c.offices, c.examining, c.people, c.renewal} {
				step()
			}
			for m := range reflect.TypeFor[*api.Client]().Methods() {
				if !c.called[m.Name] {
					t.Errorf("no row of the table calls %s", m.Name)
				}
			}
		})
	}
}

func inProcess(t *testing.T) site {
	h := newHub(t, t.TempDir(), nil)
	t.Cleanup(h.close)
	blob := h.attach(leaflet)
	return site{h.server.URL, h.ca, h.code("demo-urp", ""), blob}
}

func served(t *testing.T) site {
	dir := t.TempDir()
	blob := wire.Hash([]byte(leaflet))
	ok(t, os.Mkdir(filepath.Join(dir, "blobs"), 0o700))
	ok(t, os.WriteFile(filepath.Join(dir, "blobs", "modulo.pdf"), []byte(leaflet), 0o600))
	lines := places + fmt.Sprintf(`{"type":"sheet","code":"demo-modulo","authority":"demo","language":"it","title":"Modulo","attachments":[{"id":"a","title":"Modulo","kind":"form","sha256":"%s"}]}`+"\n", blob)
	ok(t, os.WriteFile(filepath.Join(dir, "catalogo.jsonl"), []byte(lines), 0o600))
	h := trial.NewHub(t, filepath.Join(dir, "catalogo.jsonl"), "--blobs", filepath.Join(dir, "blobs"))
	h.Serve()
	return site{h.URL, must[[]byte](t)(os.ReadFile(h.CA())), h.Code("demo", "demo-urp"), blob}
}

type contract struct {
	*testing.T
	site
	called map[string]bool
	key    *ecdsa.PrivateKey
	device exchange.Device
	*api.Client
}

// calls notes which method a row is about.
func (c *contract) calls(method string) context.Context {
	c.called[method] = true
	return c.T.Context()
}

func newKey(t teller) *ecdsa.PrivateKey {
	t.Helper()
	return must[*ecdsa.PrivateKey](t)(ecdsa.GenerateKey(elliptic.P256(), rand.Reader))
}

func (c *contract) connect(id string, key *ecdsa.PrivateKey) *api.Client {
	c.Helper()
	client := must[*api.Client](c)(api.New(exchange.Device{ID: id, Hub: c.url, CA: c.ca}, key, app.SystemClock{}, nil))
	c.Cleanup(client.Close)
	return client
}

func (c *contract) enrol() {
	c.key = newKey(c)
	public := must[string](c)(exchange.PublicKey(c.key))
	request := wire.EnrolmentRequest{Code: c.code, PublicKey: public, Name: "Sportello 1"}
	anybody := c.connect("", c.key)
	answer := must[wire.Enrolment](c)(anybody.Enrol(c.calls("Enrol"), request))
	again := must[wire.Enrolment](c)(anybody.Enrol(c.T.Context(), request))
	if answer.Device == "" || answer.Device != again.Device || answer.Authority != "demo" || answer.Office != "demo-urp" ||
		answer.Operator.Role != wire.RoleManager || len(answer.HubRoots) == 0 || answer.UploadKey == "" || answer.RenewBy.IsZero() {
		c.Fatalf("%+v, then %+v", answer, again)
	}
	request.PublicKey = must[string](c)(exchange.PublicKey(newKey(c)))
	_, err := anybody.Enrol(c.T.Context(), request)
	wantCode(c, err, app.CodeEnrolmentCode)
	c.device = exchange.Device{ID: answer.Device, Authority: answer.Authority, Office: answer.Office, Operator: answer.Operator.ID}
	c.Client = c.connect(answer.Device, c.key)
	if _, known := c.Offset(); known {
		c.Error("a time before any answer")
	}
}

func (c *contract) catalogue() {
	ctx := c.calls("Manifest")
	signed, etag, err := c.Manifest(ctx, "")
	if err != nil || signed == nil || etag == "" {
		c.Fatalf("%v %q %v", signed, etag, err)
	}
	if same, _, err := c.Manifest(ctx, etag); err != nil || same != nil {
		c.Errorf("not modified: %v %v", same, err)
	}
	m := opened(c, must[[]byte](c)(wire.Marshal(signed)))
	if offset, known := c.Offset(); !known || offset.Abs() > clockNoise && c.T.Name() == "TestContract/polis-hub_serve" {
		c.Errorf("%v %v", offset, known)
	}
	c.calls("Offset")
	for name, get := range map[string]func(to exchange.Partial) error{
		"Snapshot": func(to exchange.Partial) error {
			return c.Snapshot(ctx, m.Snapshot.SHA256, m.Snapshot.Size, to, nil)
		},
		"Blob": func(to exchange.Partial) error { return c.Blob(ctx, c.blob, 1<<20, to) },
	} {
		c.calls(name)
		var whole memory
		ok(c, get(&whole))
		want := map[string]string{"Snapshot": m.Snapshot.SHA256, "Blob": c.blob}[name]
		if wire.Hash(whole.Bytes()) != want {
			c.Errorf("%s: another content", name)
		}
		var rest memory
		rest.Write(whole.Bytes()[:7])
		ok(c, get(&rest))
		if !bytes.Equal(rest.Bytes(), whole.Bytes()) {
			c.Errorf("%s does not go on", name)
		}
	}
	wantCode(c, c.Blob(ctx, wire.Hash(nil), 1, &memory{}), app.CodeNotFound)
	page := must[wire.Changes](c)(c.Changes(c.calls("Changes"), "", 2))
	if len(page.Items) != 2 || !page.HasMore {
		c.Errorf("%+v", page)
	}
	if end := must[wire.Changes](c)(c.Changes(ctx, m.Cursor, 2)); len(end.Items) != 0 || end.HasMore {
		c.Errorf("%+v", end)
	}
	_, err = c.Changes(ctx, "forged", 2)
	wantCode(c, err, app.CodeInvalid)
}

// clockNoise is more than a call takes and Date rounds away, in nanoseconds.
const clockNoise = 30e9

// memory is a download in memory.
type memory struct{ bytes.Buffer }

func (m *memory) Len() int64   { return int64(m.Buffer.Len()) }
func (m *memory) Reset() error { m.Buffer.Reset(); return nil }

func (c *contract) uploads() {
	id := uuid.Must(uuid.NewV7()).String()
	item := func(topic string) wire.UploadBatch {
		line := must[[]byte](c)(wire.EncodeContact(app.Contact{
			ID: id, Visit: id, Authority: c.device.Authority, Office: c.device.Office, Operator: c.device.Operator,
			Channel: "phone", User: "citizen", RequestType: "forms", Outcome: "resolved", Topic: topic, RecordedAt: start().Now(),
		}))
		return wire.UploadBatch{Items: []wire.UploadItem{{Type: wire.TypeContact, ID: id, SHA256: wire.Hash(line), Payload: line}}}
	}
	ctx := c.calls("PutBatch")
	batch := uuid.NewString()
	for n, tt := range []struct {
		batch, topic, verdict string
	}{
		{batch, "uno", wire.VerdictCreated},
		{batch, "uno", wire.VerdictCreated}, // replayed
		{uuid.NewString(), "uno", wire.VerdictDuplicate},
		{uuid.NewString(), "due", wire.VerdictRejected},
	} {
		v := must[[]wire.Verdict](c)(c.PutBatch(ctx, tt.batch, item(tt.topic)))
		if len(v) != 1 || v[0].Verdict != tt.verdict || v[0].ID != id {
			c.Errorf("%d: %+v, want %s", n, v, tt.verdict)
		}
	}
	_, err := c.PutBatch(ctx, batch, item("due"))
	wantCode(c, err, app.CodeConflict)
	page := must[wire.Receipts](c)(c.Receipts(c.calls("Receipts"), ""))
	if len(page.Items) != 1 || page.Items[0].ID != id || page.NextCursor == "" {
		c.Errorf("%+v", page)
	}
	token := must[string](c)(c.SignUploadFile(wire.DigestOf([]byte("file"))))
	c.calls("SignUploadFile")
	if token == "" {
		c.Error("no signature") // polis-hub import-uploads verifies it in TestStickByTheRealPrograms
	}
}

func (c *contract) privateDown() {
	kinds := map[string]int{}
	cursor := ""
	for more := true; more; {
		page := must[wire.Changes](c)(c.PrivateChanges(c.calls("PrivateChanges"), cursor, 1))
		for _, raw := range page.Items {
			kinds[must[wire.Change](c)(wire.ParsePrivate(raw)).Type]++
		}
		cursor, more = page.NextCursor, page.HasMore
	}
	if kinds[wire.TypeOperator] != 1 || kinds[wire.TypeDevice] != 1 || kinds[wire.TypeContact] != 1 {
		c.Errorf("%v", kinds)
	}
}

func (c *contract) offices() {
	ctx := c.calls("Office")
	was := must[[]byte](c)(c.Office(ctx, "demo-urp"))
	changed := must[[]byte](c)(wire.Canonical([]byte(`{"type":"office","id":"demo-urp","authority":"demo","name":"URP","phone":"0172 1"}`)))
	c.calls("PutOffice")
	if now := must[[]byte](c)(c.PutOffice(ctx, "demo-urp", changed, []string{wire.Hash(was)})); !bytes.Equal(now, changed) {
		c.Errorf("stored %s", now)
	}
	_, err := c.PutOffice(ctx, "demo-urp", was, []string{wire.Hash(was)})
	wantCode(c, err, app.CodeChanged)
	_, err = c.Office(ctx, "nowhere")
	wantCode(c, err, app.CodeNotFound)
}

// examining is refused to who has no role of the region; TestABodyJoins goes
// the whole way of who has one.
func (c *contract) examining() {
	ctx := c.T.Context()
	request, change, sha := uuid.Must(uuid.NewV7()).String(), uuid.Must(uuid.NewV7()).String(), wire.Hash([]byte(leaflet))
	for method, call := range map[string]func() error{
		"Cases":    func() error { _, err := c.Cases(ctx, 0); return err },
		"Document": func() error { return c.Document(ctx, request, sha, &bytes.Buffer{}) },
		"Letter": func() error {
			_, err := c.Letter(ctx, membership.LetterRequest{Change: change, Request: request})
			return err
		},
		"ImportFile": func() error { _, err := c.ImportFile(ctx, []byte("file")); return err },
		"PutRegionDocument": func() error {
			return c.PutRegionDocument(ctx, request, sha, int64(len(leaflet)), bytes.NewReader([]byte(leaflet)))
		},
	} {
		c.calls(method)
		if err := call(); app.ErrorCode(err) != app.CodeForbidden {
			c.Errorf("%s: %v", method, err)
		}
	}
	// To others a request is there for who made it.
	_, err := c.Case(c.calls("Case"), request)
	wantCode(c, err, app.CodeNotFound)
	_, err = c.PutChange(c.calls("PutChange"), membership.Change{ID: change, Request: request, Event: membership.Accept})
	wantCode(c, err, app.CodeNotFound)
}

func (c *contract) people() {
	ctx := c.calls("PutOperator")
	staff := map[string]*ecdsa.PrivateKey{wire.RoleManager: newKey(c), wire.RoleOperator: newKey(c)}
	ids := map[string]string{}
	for role, key := range staff {
		r := wire.OperatorRecord{
			Type: wire.TypeOperator, ID: uuid.NewString(), Authority: "demo", Role: role, Active: true, PublicKey: must[string](c)(exchange.PublicKey(key)),
		}
		stored := must[wire.OperatorRecord](c)(c.PutOperator(ctx, r))
		if stored.ID != r.ID || stored.Version == 0 {
			c.Errorf("%+v", stored)
		}
		if again := must[wire.OperatorRecord](c)(c.PutOperator(ctx, r)); again != stored { // an answer that was lost
			c.Errorf("%+v, then %+v", stored, again)
		}
		r.Active = false
		_, err := c.PutOperator(ctx, r) // without the version that there is
		wantCode(c, err, app.CodeConflict)
		ids[role] = r.ID
	}
	c.calls("ActAs")
	c.ActAs(ids[wire.RoleOperator], staff[wire.RoleOperator])
	_, err := c.NewCode(ctx, wire.CodeRequest{Office: "demo-urp"})
	wantCode(c, err, app.CodeForbidden)
	c.ActAs(ids[wire.RoleManager], staff[wire.RoleManager])
	code := must[wire.EnrolmentCode](c)(c.NewCode(c.calls("NewCode"), wire.CodeRequest{Office: "demo-urp"}))
	public := must[string](c)(exchange.PublicKey(newKey(c)))
	second := must[wire.Enrolment](c)(c.Enrol(ctx, wire.EnrolmentRequest{Code: code.Code, PublicKey: public}))
	record := must[wire.DeviceRecord](c)(c.PutDevice(c.calls("PutDevice"), second.Device, wire.DeviceChange{Name: "Sportello 2"}))
	if record.Name != "Sportello 2" || record.ID != second.Device {
		c.Errorf("%+v", record)
	}
	c.ActAs("", nil)
}

func (c *contract) renewal() {
	next := newKey(c)
	until := must[any](c)(func() (any, error) { return c.RenewKey(c.calls("RenewKey"), next) }())
	renewed := c.connect(c.device.ID, next)
	again, err := renewed.RenewKey(c.T.Context(), next)
	if err != nil || again != until {
		c.Errorf("%v, then %v (%v)", until, again, err)
	}
	_, err = c.connect(c.device.ID, c.key).Receipts(c.T.Context(), "")
	wantCode(c, err, app.CodeUnauthorized)
}
