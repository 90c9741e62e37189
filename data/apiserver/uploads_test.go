package apiserver_test

import (
	"bytes"
	"encoding/json"
	"net/http"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/golang-jwt/jwt/v5"
	"github.com/google/uuid"

	"polis/app"
	"polis/data/wire"
)

func item(t testing.TB, kind, id string, v any) wire.UploadItem {
	t.Helper()
	payload := encoded(t, v)
	return wire.UploadItem{Type: kind, ID: id, SHA256: wire.Hash(payload), Payload: payload}
}

func (s *station) contactItem(change func(*app.Contact)) wire.UploadItem {
	c := s.contact()
	if change != nil {
		change(&c)
	}
	return item(s.t, wire.TypeContact, c.ID, json.RawMessage(contactBytes(s.t, c)))
}

func verdicts(a wire.BatchAnswer) string {
	var list []string
	for _, v := range a.Items {
		text := v.Verdict
		if v.Problem != nil {
			text += " " + v.Problem.Code + " " + v.Problem.Params["field"]
		}
		list = append(list, strings.TrimSpace(text))
	}
	return strings.Join(list, ", ")
}

func TestBatchHasAVerdictForEachItem(t *testing.T) {
	r := newRig(t)
	r.loadText(network)
	s, other := r.enrolled("demo", "demo-urp", ""), r.enrolled("other", "other-urp", "")
	good := s.contactItem(nil)
	at := s.contact().RecordedAt
	id := func() string { return uuid.Must(uuid.NewV7()).String() }
	private, follow, stale, current, envelope := id(), id(), id(), id(), id()
	items := []wire.UploadItem{
		good, good,
		s.contactItem(func(c *app.Contact) { c.Channel = "smoke" }),
		s.contactItem(func(c *app.Contact) { c.Office = "demo-lib" }),
		s.contactItem(func(c *app.Contact) { c.Operator = other.Operator.ID }),
		{Type: wire.TypeContact, ID: good.ID, SHA256: good.SHA256, Payload: []byte(`{"type":"contact"}`)},
		{Type: wire.TypeContact, ID: id(), SHA256: strings.Repeat("0", 64), Payload: good.Payload},
		{Type: "dog", ID: id(), SHA256: good.SHA256, Payload: good.Payload},
		// These come before their contact.
		item(t, wire.TypeFollowUp, follow, wire.FollowUp{Type: wire.TypeFollowUp, ID: follow, Contact: id(), Authority: "demo", Office: "demo-urp", Operator: s.Operator.ID, RecordedAt: at}),
		item(t, wire.TypeContactPrivate, private, wire.ContactPrivate{Type: wire.TypeContactPrivate, ID: private, Contact: id(), Authority: "demo", Office: "demo-urp", Operator: s.Operator.ID, Key: "age1x", Sealed: "c2VhbGVk", RecordedAt: at}),
		item(t, wire.TypeProposal, stale, wire.Proposal{Type: wire.TypeProposal, ID: stale, Authority: "demo", Office: "demo-urp", Operator: s.Operator.ID, Sheet: "demo-1", BaseVersion: 1, Reason: "unclear", RecordedAt: at}),
		item(t, wire.TypeProposal, current, wire.Proposal{Type: wire.TypeProposal, ID: current, Authority: "demo", Office: "demo-urp", Operator: s.Operator.ID, Sheet: "demo-1", BaseVersion: 99, Reason: "unclear", RecordedAt: at}),
		item(t, wire.TypeKeyEnvelope, envelope, wire.KeyEnvelope{Type: wire.TypeKeyEnvelope, ID: envelope, Authority: "demo", Office: "demo-urp", Device: s.Device, Key: "age1x", Sealed: "c2VhbGVk", RecordedAt: at}),
	}
	batch := wire.UploadBatch{Items: items, AuditHead: strings.Repeat("a", 64)}
	path := "/upload-batches/" + id()
	answer := s.put(path, encoded(t, batch))
	want := "created, duplicate, rejected invalid channel, rejected forbidden, rejected forbidden, rejected invalid channel, rejected invalid id, rejected invalid type, " +
		"created, created, accepted_with_conflict, created, created"
	if got := verdicts(into[wire.BatchAnswer](t, answer, 200)); got != want {
		t.Errorf("got  %s\nwant %s", got, want)
	}
	if again := s.put(path, encoded(t, batch)); again.status != 200 || !bytes.Equal(again.body, answer.body) {
		t.Errorf("replay: %s", again.body)
	}
	s.put(path, encoded(t, wire.UploadBatch{Items: items[:1]})).wantProblem(t, 409, app.CodeConflict)
	page := into[wire.Receipts](t, s.as(nil, http.MethodGet, "/receipts", nil), 200)
	states := ""
	for _, receipt := range page.Items {
		states += receipt.Type + " " + receipt.State + ", "
	}
	if states != "contact stored, follow_up stored, contact_private stored, proposal stale_base, proposal stored, key_envelope stored, " {
		t.Errorf("receipts: %s", states)
	}
	private2 := into[wire.Changes](t, s.as(nil, http.MethodGet, "/private-changes", nil), 200)
	var kinds []string
	for _, line := range private2.Items {
		var head struct{ Type string }
		decode(t, line, &head)
		kinds = append(kinds, head.Type)
	}
	slices.Sort(kinds)
	if got := strings.Join(kinds, " "); got != "contact contact_private device follow_up key_envelope operator proposal proposal" {
		t.Errorf("private feed: %s", got)
	}
}

func TestBatchesThatAreNone(t *testing.T) {
	r := newRig(t)
	r.loadText(network)
	s := r.enrolled("demo", "demo-urp", "")
	path := "/upload-batches/" + uuid.NewString()
	many := wire.UploadBatch{Items: slices.Repeat([]wire.UploadItem{{Type: "x", Payload: []byte("{}")}}, wire.MaxBatchItems+1)}
	s.put(path, encoded(t, many)).wantProblem(t, 413, app.CodeInvalid)
	s.put(path, []byte(`{"items":[],"audit_head":"`+strings.Repeat("x", wire.MaxBatchBytes)+`"}`)).wantProblem(t, 413, app.CodeInvalid)
	s.put(path, []byte(`{"items":[],"audit_head":"x"}`)).wantProblem(t, 400, app.CodeInvalid)
	s.put(path, []byte(`[]`)).wantProblem(t, 400, app.CodeInvalid)
	s.put("/upload-batches/NOT-A-UUID", []byte(`{"items":[]}`)).wantProblem(t, 400, app.CodeInvalid)
}

func TestTheSameBatchAtOnceIsStoredOnce(t *testing.T) {
	r := newRig(t)
	r.loadText(network)
	s := r.enrolled("demo", "demo-urp", "")
	body := encoded(t, wire.UploadBatch{Items: []wire.UploadItem{s.contactItem(nil), s.contactItem(nil)}})
	path, bearer := "/upload-batches/"+uuid.NewString(), s.bearer(nil)
	signature := s.jwt(s.Device, jwt.MapClaims{"signed_headers": signedHeaders(body, "application/json")}, nil)
	answers := make([]reply, 5)
	var wg sync.WaitGroup
	for i := range answers {
		wg.Go(func() {
			answers[i] = r.do(http.MethodPut, path, string(body), "Authorization", bearer, "Content-Type", "application/json",
				wire.DigestHeader, wire.DigestOf(body), wire.SignatureHeader, signature)
		})
	}
	wg.Wait()
	for _, a := range answers {
		if got := verdicts(into[wire.BatchAnswer](t, a, 200)); got != "created, created" {
			t.Error(got)
		}
	}
	if page := into[wire.Receipts](t, s.as(nil, http.MethodGet, "/receipts", nil), 200); len(page.Items) != 2 {
		t.Errorf("%d receipts", len(page.Items))
	}
}

func TestSignatureOfUploads(t *testing.T) {
	r := newRig(t)
	r.loadText(network)
	s, other := r.enrolled("demo", "demo-urp", ""), r.enrolled("demo", "demo-urp", "")
	c := s.contact()
	body := contactBytes(t, c)
	digest, headers := wire.DigestOf(body), jwt.MapClaims{"signed_headers": signedHeaders(body, "application/json")}
	good := s.jwt(s.Device, headers, nil)
	with := func(more jwt.MapClaims) string {
		claims := jwt.MapClaims{"signed_headers": headers["signed_headers"]}
		for k, v := range more {
			claims[k] = v
		}
		return s.jwt(s.Device, claims, nil)
	}
	for name, h := range map[string][2]string{
		"none":               {"", ""},
		"no digest":          {"", good},
		"no signature":       {digest, ""},
		"another digest":     {wire.DigestOf([]byte("x")), good},
		"another body":       {digest, s.jwt(s.Device, jwt.MapClaims{"signed_headers": signedHeaders([]byte("x"), "application/json")}, nil)},
		"another type":       {digest, s.jwt(s.Device, jwt.MapClaims{"signed_headers": signedHeaders(body, "text/plain")}, nil)},
		"nothing signed":     {digest, s.jwt(s.Device, nil, nil)},
		"another device":     {digest, other.jwt(other.Device, headers, nil)},
		"another's key":      {digest, other.jwt(s.Device, headers, nil)},
		"expired":            {digest, with(jwt.MapClaims{"exp": time.Now().Add(-time.Hour).Unix()})},
		"lives too long":     {digest, with(jwt.MapClaims{"exp": time.Now().Add(time.Hour).Unix()})},
		"another audience":   {digest, with(jwt.MapClaims{"aud": "else"})},
		"another issuer":     {digest, with(jwt.MapClaims{"iss": "else"})},
		"an access token":    {digest, strings.TrimPrefix(s.bearer(nil), "Bearer ")},
		"not a token at all": {digest, "x"},
	} {
		for _, path := range []string{"/contacts/" + c.ID, "/upload-batches/" + c.ID} {
			got := s.as(nil, http.MethodPut, path, body, wire.DigestHeader, h[0], wire.SignatureHeader, h[1])
			if got.status != 401 {
				t.Errorf("%s at %s: %d %s", name, path, got.status, got.body)
			}
		}
	}
	into[wire.Receipt](t, s.as(nil, http.MethodPut, "/contacts/"+c.ID, body, wire.DigestHeader, digest, wire.SignatureHeader, good), 201)
}

func TestPrivateCursor(t *testing.T) {
	r, elsewhere := newRig(t), newRig(t)
	r.loadText(network)
	elsewhere.loadText(network)
	s := r.enrolled("demo", "demo-urp", "")
	first := into[wire.Changes](t, s.as(nil, http.MethodGet, "/private-changes", nil), 200)
	if len(first.Items) != 2 || first.HasMore {
		t.Errorf("%+v", first)
	}
	next := "/private-changes?cursor=" + first.NextCursor
	if page := into[wire.Changes](t, s.as(nil, http.MethodGet, next, nil), 200); len(page.Items) != 0 || page.NextCursor != first.NextCursor {
		t.Errorf("%+v", page)
	}
	c := s.contact()
	into[wire.Receipt](t, s.put("/contacts/"+c.ID, contactBytes(t, c)), 201)
	page := into[wire.Changes](t, s.as(nil, http.MethodGet, next, nil), 200)
	if len(page.Items) != 1 {
		t.Fatalf("%+v", page)
	}
	change, err := wire.ParseWire(page.Items[0])
	if err != nil || change.ID != c.ID || change.Version != 3 || change.Hash != wire.Hash(contactBytes(t, c)) {
		t.Errorf("%+v %v", change, err)
	}
	stranger := elsewhere.enrolled("demo", "demo-urp", "")
	stranger.as(nil, http.MethodGet, next, nil).wantProblem(t, 410, app.CodeCursorExpired)
	s.as(nil, http.MethodGet, "/private-changes?cursor=nonsense", nil).wantProblem(t, 400, app.CodeInvalid)
	public := into[wire.Changes](t, r.do(http.MethodGet, "/changes", ""), 200)
	s.as(nil, http.MethodGet, "/private-changes?cursor="+public.NextCursor, nil).wantProblem(t, 400, app.CodeInvalid)
}

// TestEditorsPlaceAmongProposals: who may not see proposals does not move the
// place of who may, at the same workstation and with the same cursor.
func TestEditorsPlaceAmongProposals(t *testing.T) {
	r := newRig(t)
	r.loadText(network)
	s := r.enrolled("demo", "demo-urp", wire.RoleManager)
	editor := r.person(s, nil, "demo", "", wire.RoleEditor)
	s.claim(t)
	id := uuid.NewString()
	into[wire.Receipt](t, s.put("/proposals/"+id, encoded(t, wire.Proposal{
		Type: wire.TypeProposal, ID: id, Authority: "demo", Office: "demo-urp", Operator: s.Operator.ID, Reason: "other", RecordedAt: s.contact().RecordedAt,
	})), 201)
	all := into[wire.Changes](t, s.as(nil, http.MethodGet, "/private-changes", nil), 200)
	seen := into[wire.Changes](t, s.as(editor, http.MethodGet, "/private-changes?cursor="+all.NextCursor, nil), 200)
	if len(seen.Items) != 1 || !strings.Contains(string(seen.Items[0]), id) {
		t.Errorf("%+v", seen)
	}
	if again := into[wire.Changes](t, s.as(editor, http.MethodGet, "/private-changes?cursor="+seen.NextCursor, nil), 200); len(again.Items) != 0 {
		t.Errorf("%+v", again)
	}
}
