package apiserver_test

import (
	"fmt"
	"io"
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/golang-jwt/jwt/v5"
	"github.com/google/uuid"

	"polis/app/membership"
	"polis/app/membership/specimen"
	"polis/app/region"
	"polis/data/wire"
)

const network = `{"type":"authority","id":"demo","name":"Comune di Prova"}
{"type":"authority","id":"other","name":"Comune di Altrove"}
{"type":"authority","id":"reg","name":"Regione di Prova"}
{"type":"office","id":"demo-urp","authority":"demo","name":"URP"}
{"type":"office","id":"demo-lib","authority":"demo","name":"Biblioteca"}
{"type":"office","id":"other-urp","authority":"other","name":"URP"}
{"type":"sheet","code":"demo-1","authority":"demo","language":"it","title":"Carta"}
{"type":"sheet","code":"other-1","authority":"other","language":"it","title":"Carta"}
`

func (r *rig) loadText(text string) {
	r.t.Helper()
	if _, err := r.hub.Import(r.t.Context(), region.ImportParams{Sources: []region.Source{{Name: "t", Open: func() (io.ReadCloser, error) {
		return io.NopCloser(strings.NewReader(text)), nil
	}}}}); err != nil {
		r.t.Fatal(err)
	}
	if _, err := r.hub.Publish(r.t.Context(), region.PublishParams{}); err != nil {
		r.t.Fatal(err)
	}
}

// caller is somebody who tries everything.
type caller struct {
	name      string
	station   *station
	who       *person
	applicant *applicant
	token     string // of a workstation that was revoked meanwhile
}

// call sends a request with all that this caller can put on it.
func (c caller) call(r *rig, method, path string, body []byte, header ...string) reply {
	media := "application/json"
	if strings.HasPrefix(path, "/blobs/") || strings.Contains(path, "/documents/") || path == "/membership-files" {
		media = "application/octet-stream"
	}
	path, query, _ := strings.Cut(path, "?")
	switch {
	case c.applicant != nil:
		return c.applicant.do(method, path, body, append([]string{"Content-Type", media}, header...)...)
	case c.station == nil:
		return r.do(method, path+"?"+query, string(body), append([]string{"Content-Type", media}, header...)...)
	}
	token := c.token
	if token == "" {
		token = c.station.bearer(c.who)
	}
	signature := c.station.jwt(c.station.Device, jwt.MapClaims{"signed_headers": signedHeaders(body, media)}, nil)
	return r.do(method, path+"?"+query, string(body), append([]string{
		"Authorization", token, "Content-Type", media, wire.DigestHeader, wire.DigestOf(body), wire.SignatureHeader, signature,
	}, header...)...)
}

// cast is everybody and what they try to reach.
type cast struct {
	rig                      *rig
	callers                  []caller
	own, neighbour, stranger *station // demo-urp, demo-lib, other-urp
	theirs                   *person  // an operator of other
	request, document        string   // of another applicant
}

func newCast(t *testing.T) *cast {
	t.Helper()
	r := newRig(t)
	r.loadText(network)
	c := &cast{rig: r}
	c.own = r.enrolled("demo", "demo-urp", wire.RoleManager)
	c.neighbour = r.enrolled("demo", "demo-lib", wire.RoleOperator)
	c.stranger = r.enrolled("other", "other-urp", wire.RoleManager)
	region := r.enrolled("reg", "", wire.RoleAdministrator)
	manager := r.person(c.own, nil, "demo", "", wire.RoleManager)
	operator := r.person(c.own, manager, "demo", "demo-urp", wire.RoleOperator)
	editor := r.person(c.own, manager, "demo", "demo-urp", wire.RoleEditor)
	administrator := r.person(region, nil, "reg", "", wire.RoleAdministrator)
	examiner := r.person(region, administrator, "reg", "", wire.RoleExaminer)
	c.theirs = r.person(c.stranger, nil, "other", "other-urp", wire.RoleOperator)
	// The records that came with the enrolment get a password, so that a token
	// without operator is the workstation's alone.
	c.own.claim(t)
	region.claim(t)
	revoked := r.enrolled("demo", "demo-urp", wire.RoleManager)
	token := revoked.bearer(manager)
	into[wire.DeviceRecord](t, c.own.as(manager, http.MethodPut, "/devices/"+revoked.Device, []byte(`{"name":"x","revoked":true}`)), 200)
	c.callers = []caller{
		{name: "nobody"},
		{name: "workstation", station: c.own},
		{name: "operatore", station: c.own, who: operator},
		{name: "responsabile", station: c.own, who: manager},
		{name: "redattore", station: c.own, who: editor},
		{name: "amministratore", station: region, who: administrator},
		{name: "istruttore", station: region, who: examiner},
		{name: "applicant", applicant: &applicant{newSigner(t), r}},
		{name: "revoked", station: revoked, who: manager, token: token},
	}
	other := &applicant{newSigner(t), r}
	c.request, c.document = uuid.NewString(), wire.Hash([]byte("theirs"))
	into[wire.BlobUpload](t, other.do(http.MethodPut, "/blobs/"+c.document, []byte("theirs"), "Content-Type", "application/octet-stream"), 201)
	act := specimen.Document(membership.DocumentAct, "delibera.pdf", []byte("theirs"))
	into[membership.Case](t, other.do(http.MethodPut, "/membership-requests/"+c.request, asking(t, c.request, act)), 201)
	return c
}

// claim gives a key to the operator that came with the enrolment.
func (s *station) claim(t *testing.T) {
	t.Helper()
	page := into[wire.Changes](t, s.as(nil, http.MethodGet, "/private-changes", nil), 200)
	for _, line := range page.Items {
		var o wire.OperatorRecord
		decode(t, line, &o)
		if o.Type == wire.TypeOperator && o.ID == s.Operator.ID {
			o.PublicKey, o.SealedKey, o.SealedName = newSigner(t).public, "c2VhbGVk", "bmFtZQ"
			into[wire.OperatorRecord](t, s.as(nil, http.MethodPut, "/operators/"+o.ID, encoded(t, o)), 200)
			return
		}
	}
	t.Fatal("the workstation does not see its own operator")
}

// attempt is a request that everybody makes; want has a status for each
// caller, in their order.
type attempt struct {
	name, method string
	path         func() string
	body         func(path string) []byte
	header       []string
	want         string
}

func TestEveryRoleAtEveryEndpoint(t *testing.T) {
	c := newCast(t)
	for _, a := range append(c.ownAttempts(t), c.foreignAttempts(t)...) {
		want := strings.Fields(a.want)
		if len(want) != len(c.callers) {
			t.Fatalf("%s: %d statuses for %d callers", a.name, len(want), len(c.callers))
		}
		for i, who := range c.callers {
			path := a.path()
			var body []byte
			if a.body != nil {
				body = a.body(path)
			}
			got := who.call(c.rig, a.method, path, body, a.header...)
			if fmt.Sprint(got.status) != want[i] {
				t.Errorf("%s %s by %s: %d, want %s: %.200s", a.method, a.name, who.name, got.status, want[i], got.body)
			}
			if got.status >= 400 && got.header.Get("Content-Type") != wire.ProblemMediaType {
				t.Errorf("%s by %s: refusal is %s", a.name, who.name, got.header.Get("Content-Type"))
			}
			if got.header.Get("X-RateLimit-Limit") == "" {
				t.Errorf("%s by %s: no quota", a.name, who.name)
			}
		}
	}
}

func at(path string) func() string { return func() string { return path } }

// fresh is a path that nobody used.
func fresh(path string) func() string { return func() string { return path + uuid.NewString() } }

func last(path string) string { return path[strings.LastIndex(path, "/")+1:] }

// of makes a contact of a workstation, by an operator.
func of(t *testing.T, s *station, operator string) func(string) []byte {
	return func(path string) []byte {
		c := s.contact()
		c.ID, c.Operator = last(path), operator
		return contactBytes(t, c)
	}
}

func record(t *testing.T, authority, office, role string) func(string) []byte {
	return func(path string) []byte {
		return encoded(t, wire.OperatorRecord{ID: last(path), Authority: authority, Office: office, Role: role, Active: true})
	}
}

func fixed(text string) func(string) []byte { return func(string) []byte { return []byte(text) } }

// The columns: nobody, workstation, operatore, responsabile, redattore,
// amministratore, istruttore, applicant, revoked.

func (c *cast) ownAttempts(t *testing.T) []attempt {
	const everybody, workstations = "200 200 200 200 200 200 200 200 200", "401 200 200 200 200 200 200 401 403"
	const examiners = "401 403 403 403 403 200 200 401 403"
	edits := []string{"If-Match", "*"}
	return []attempt{
		{"status", "GET", at("/status"), nil, nil, everybody},
		{"manifest", "GET", at("/manifest"), nil, nil, everybody},
		{"changes", "GET", at("/changes"), nil, nil, everybody},
		{"no such blob", "GET", at("/blobs/" + c.document), nil, nil, "404 404 404 404 404 404 404 404 404"},
		{"contact", "PUT", fresh("/contacts/"), of(t, c.own, c.own.Operator.ID), nil, "401 201 201 201 201 403 403 401 403"},
		{"batch", "PUT", fresh("/upload-batches/"), fixed(`{"items":[]}`), nil, workstations},
		{"receipts", "GET", at("/receipts"), nil, nil, workstations},
		{"private changes", "GET", at("/private-changes"), nil, nil, workstations},
		{"new operator", "PUT", fresh("/operators/"), record(t, "demo", "demo-urp", wire.RoleOperator), nil, "401 403 403 201 403 201 403 401 403"},
		{"new administrator", "PUT", fresh("/operators/"), record(t, "demo", "", wire.RoleAdministrator), nil, "401 403 403 403 403 201 403 401 403"},
		{"device", "PUT", at("/devices/" + c.neighbour.Device), fixed(`{"name":"Biblioteca","revoked":false}`), nil, "401 403 403 200 403 200 403 401 403"},
		{"code", "POST", at("/enrolment-codes"), fixed(`{"office":"demo-urp"}`), nil, "401 403 403 201 403 403 403 401 403"},
		{"sheet", "GET", at("/sheets/demo-1"), nil, nil, "401 403 403 200 200 200 403 401 403"},
		{"sheet change", "PUT", at("/sheets/demo-1"), fixed(sheetText("demo-1", "demo")), edits, "401 403 403 200 200 200 403 401 403"},
		{"report", "GET", at("/reports?from=2026-01-01&to=2026-12-31"), nil, nil, "401 403 403 200 403 200 403 401 403"},
		{"membership", "PUT", fresh("/membership-requests/"), func(path string) []byte { return asking(t, last(path)) }, nil, "401 201 201 201 201 201 201 201 403"},
		{"blob", "PUT", at("/blobs/" + wire.Hash([]byte("mine"))), fixed("mine"), nil, "401 201 200 200 200 201 200 201 403"},
		{"network settings", "GET", at("/network-settings"), nil, nil, everybody},
		{"requests", "GET", at("/membership-requests"), nil, nil, examiners},
		{"own request withdrawn", "PUT", fresh("/membership-changes/"), func(path string) []byte {
			return encoded(t, membership.Change{ID: last(path), Request: uuid.NewString(), Event: membership.Withdraw})
		}, nil, "401 404 404 404 404 404 404 404 403"},
		{"letter of nothing", "POST", at("/membership-letters"), func(string) []byte {
			return encoded(t, membership.LetterRequest{Change: uuid.NewString(), Request: uuid.NewString()})
		}, nil, "401 403 403 403 403 404 404 401 403"},
		{"file that is none", "POST", at("/membership-files"), fixed("x"), nil, "401 403 403 403 403 400 400 401 403"},
		{"blob's state", "GET", at("/blob-uploads/" + wire.Hash([]byte("mine"))), nil, nil, "401 200 200 200 200 200 200 200 403"},
	}
}

func sheetText(code, authority string) string {
	return fmt.Sprintf(`{"type":"sheet","code":%q,"authority":%q,"language":"it","title":"Carta nuova"}`, code, authority)
}

func (c *cast) foreignAttempts(t *testing.T) []attempt {
	const refused = "401 403 403 403 403 403 403 401 403"
	edits, isNew := []string{"If-Match", "*"}, []string{"If-None-Match", "*"}
	theirs := func(path string) []byte {
		return encoded(t, wire.OperatorRecord{ID: last(path), Authority: "other", Office: "other-urp", Role: wire.RoleManager, Active: true})
	}
	proof := func(string) []byte {
		s := newSigner(t)
		return encoded(t, wire.KeyRenewal{PublicKey: s.public, Proof: s.jwt(c.stranger.Device, nil, nil)})
	}
	return []attempt{
		{"contact of another office", "PUT", fresh("/contacts/"), of(t, c.neighbour, c.neighbour.Operator.ID), nil, refused},
		{"contact of another authority", "PUT", fresh("/contacts/"), of(t, c.stranger, c.stranger.Operator.ID), nil, refused},
		{"contact by another's operator", "PUT", fresh("/contacts/"), of(t, c.own, c.theirs.id), nil, refused},
		{"envelope for another's workstation", "PUT", fresh("/key-envelopes/"), func(path string) []byte {
			return encoded(t, wire.KeyEnvelope{
				Type: wire.TypeKeyEnvelope, ID: last(path), Authority: "demo", Office: "demo-urp", Device: c.stranger.Device,
				Key: "age1x", Sealed: "c2VhbGVk", RecordedAt: c.own.contact().RecordedAt,
			})
		}, nil, refused},
		{"new operator elsewhere", "PUT", fresh("/operators/"), record(t, "other", "", wire.RoleOperator), nil, "401 403 403 403 403 201 403 401 403"},
		{"operator in another's office", "PUT", fresh("/operators/"), record(t, "demo", "other-urp", wire.RoleOperator), nil, "401 403 403 404 403 404 403 401 403"},
		{"operator of another", "PUT", at("/operators/" + c.theirs.id), theirs, nil, "401 403 403 403 403 409 403 401 403"},
		{"device of another", "PUT", at("/devices/" + c.stranger.Device), fixed(`{"name":"x","revoked":false}`), nil, "401 403 403 404 403 200 403 401 403"},
		{"no such device", "PUT", fresh("/devices/"), fixed(`{"name":"x","revoked":false}`), nil, "401 403 403 404 403 404 403 401 403"},
		{"key of another", "PUT", at("/devices/" + c.stranger.Device + "/key"), proof, nil, refused},
		{"code for another's office", "POST", at("/enrolment-codes"), fixed(`{"office":"other-urp"}`), nil, "401 403 403 404 403 403 403 401 403"},
		{"sheet of another", "GET", at("/sheets/other-1"), nil, nil, "401 403 403 403 403 200 403 401 403"},
		{"sheet change of another", "PUT", at("/sheets/other-1"), fixed(sheetText("other-1", "other")), edits, "401 403 403 403 403 200 403 401 403"},
		{"sheet taken over", "PUT", at("/sheets/other-1"), fixed(sheetText("other-1", "demo")), edits, "401 403 403 403 403 200 403 401 403"},
		{"sheet given back", "PUT", at("/sheets/other-1"), fixed(sheetText("other-1", "other")), edits, "401 403 403 403 403 200 403 401 403"},
		{"new sheet of another", "PUT", at("/sheets/other-2"), fixed(sheetText("other-2", "other")), isNew, "401 403 403 403 403 201 403 401 403"},
		{"request of another", "GET", at("/membership-requests/" + c.request), nil, nil, "401 404 404 404 404 200 200 404 403"},
		{"document of another's request", "GET", at("/membership-requests/" + c.request + "/documents/" + c.document), nil, nil, "401 403 403 403 403 200 200 401 403"},
		{"document for another's request", "PUT", at("/membership-requests/" + c.request + "/documents/" + wire.Hash([]byte("pec"))), fixed("pec"), nil, "401 403 403 403 403 201 200 401 403"},
		{"request of another, withdrawn", "PUT", fresh("/membership-changes/"), func(path string) []byte {
			return encoded(t, membership.Change{ID: last(path), Request: c.request, Event: membership.Withdraw})
		}, nil, "401 404 404 404 404 412 412 404 403"},
		{"request of another, registered", "PUT", fresh("/membership-changes/"), func(path string) []byte {
			return encoded(t, membership.Change{
				ID: last(path), Request: c.request, Event: membership.Register, Protocol: membership.Protocol{Number: "1", Date: "2026-11-03"}, Seen: c.version(t),
			})
		}, nil, "401 404 404 404 404 200 409 404 403"},
		{"request of another, changed", "PUT", at("/membership-requests/" + c.request), func(string) []byte { return asking(t, c.request) }, nil, "401 404 404 404 404 404 404 404 403"},
		{"blob of another", "GET", at("/blob-uploads/" + c.document), nil, nil, "401 404 404 404 404 404 404 404 403"},
	}
}

// TestPrivateChangesAreOnesOwn reads the private feed of everybody and finds
// nothing of others in it.
func TestPrivateChangesAreOnesOwn(t *testing.T) {
	c := newCast(t)
	ids := map[string]string{}
	for _, s := range []*station{c.own, c.neighbour, c.stranger} {
		contact := s.contact()
		into[wire.Receipt](t, s.put("/contacts/"+contact.ID, contactBytes(t, contact)), 201)
		proposal := uuid.NewString()
		into[wire.Receipt](t, s.put("/proposals/"+proposal, encoded(t, wire.Proposal{
			Type: wire.TypeProposal, ID: proposal, Authority: s.Authority, Office: s.Office, Operator: s.Operator.ID,
			Reason: "unclear", Text: "?", RecordedAt: contact.RecordedAt,
		})), 201)
		ids[contact.ID], ids[proposal] = s.Office, s.Office+" proposal"
		ids[s.Device], ids[s.Operator.ID] = s.Authority, s.Authority
	}
	for name, want := range map[string]string{
		"workstation": "demo,demo-urp", "operatore": "demo,demo-urp", "istruttore": "",
		"responsabile": "demo,demo-urp,demo-urp proposal,demo-lib proposal", "redattore": "demo,demo-urp,demo-urp proposal,demo-lib proposal",
	} {
		for _, who := range c.callers {
			if who.name != name {
				continue
			}
			seen := map[string]bool{}
			for cursor, more := "", true; more; {
				page := into[wire.Changes](t, who.call(c.rig, http.MethodGet, "/private-changes?limit=2&cursor="+cursor, nil), 200)
				for _, line := range page.Items {
					var head struct{ ID, Authority string }
					decode(t, line, &head)
					if head.Authority != who.station.Authority {
						t.Errorf("%s sees %s", name, line)
					}
					if what, ok := ids[head.ID]; ok {
						seen[what] = true
					}
				}
				cursor, more = page.NextCursor, page.HasMore
			}
			for _, what := range []string{"demo", "other", "demo-urp", "demo-lib", "other-urp", "demo-urp proposal", "demo-lib proposal", "other-urp proposal"} {
				if wanted := slices.Contains(strings.Split(want, ","), what); wanted != seen[what] {
					t.Errorf("%s sees %s: %t, want %t", name, what, seen[what], wanted)
				}
			}
		}
	}
}
