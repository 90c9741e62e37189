package apiserver_test

import (
	"bytes"
	"fmt"
	"math"
	"net/http"
	"reflect"
	"strconv"
	"strings"
	"testing"

	"github.com/golang-jwt/jwt/v5"
	"github.com/google/uuid"

	"polis/app"
	"polis/app/membership"
	"polis/app/membership/specimen"
	"polis/data/wire"
)

// asking is a request that lacks nothing, as its program sends it.
func asking(t testing.TB, id string, documents ...membership.Document) []byte {
	t.Helper()
	return encoded(t, specimen.Request(id, documents...))
}

// version is that of the request of the cast as an examiner reads it.
func (c *cast) version(t *testing.T) int64 {
	t.Helper()
	for _, who := range c.callers {
		if who.name == "istruttore" {
			return into[membership.Case](t, who.call(c.rig, http.MethodGet, "/membership-requests/"+c.request, nil), 200).Version
		}
	}
	t.Fatal("no istruttore")
	return 0
}

// office is the region's, with an examiner at work.
type office struct {
	t testing.TB
	*station
	examiner *person
}

func (r *rig) office() *office {
	r.t.Helper()
	s := r.enrolled("reg", "", wire.RoleAdministrator)
	return &office{t: r.t, station: s, examiner: r.person(s, nil, "reg", "", wire.RoleExaminer)}
}

// do sends a signed request of the examiner.
func (o *office) do(method, path string, body []byte, header ...string) reply {
	media := "application/json"
	if strings.Contains(path, "/documents/") || path == "/membership-files" {
		media = "application/octet-stream"
	}
	signature := o.jwt(o.Device, jwt.MapClaims{"signed_headers": signedHeaders(body, media)}, nil)
	return o.rig.do(method, path, string(body), append([]string{
		"Authorization", o.bearer(o.examiner), "Content-Type", media, wire.DigestHeader, wire.DigestOf(body), wire.SignatureHeader, signature,
	}, header...)...)
}

func (o *office) see(id string) membership.Case {
	o.t.Helper()
	return into[membership.Case](o.t, o.do(http.MethodGet, "/membership-requests/"+id, nil), 200)
}

// change is a decision upon the case as it is now.
func (o *office) change(c membership.Change) membership.Change {
	o.t.Helper()
	c.ID, c.Seen = uuid.Must(uuid.NewV7()).String(), o.see(c.Request).Version
	return c
}

// decide lets an event happen, and once more as after a lost answer.
func (o *office) decide(c membership.Change) membership.Case {
	o.t.Helper()
	c = o.change(c)
	path := "/membership-changes/" + c.ID
	first := into[membership.Case](o.t, o.do(http.MethodPut, path, encoded(o.t, c)), 200)
	if again := into[membership.Case](o.t, o.do(http.MethodPut, path, encoded(o.t, c)), 200); !reflect.DeepEqual(again, first) {
		o.t.Errorf("%s again: %+v, first %+v", c.Event, again, first)
	}
	return first
}

func (a *applicant) decide(c membership.Change) membership.Case {
	a.t.Helper()
	c.ID = uuid.Must(uuid.NewV7()).String()
	path := "/membership-changes/" + c.ID
	first := into[membership.Case](a.rig.t, a.do(http.MethodPut, path, encoded(a.t, c)), 200)
	if again := into[membership.Case](a.rig.t, a.do(http.MethodPut, path, encoded(a.t, c)), 200); !reflect.DeepEqual(again, first) {
		a.t.Errorf("%s again: %+v, first %+v", c.Event, again, first)
	}
	return first
}

func (a *applicant) send(content []byte) {
	a.t.Helper()
	into[wire.BlobUpload](a.rig.t, a.do(http.MethodPut, "/blobs/"+wire.Hash(content), content, "Content-Type", "application/octet-stream"), 201)
}

// TestMembershipOverTLS goes the whole way from the request to a workstation
// that is in, and out again.
func TestMembershipOverTLS(t *testing.T) {
	r := newRig(t)
	r.loadText(network)
	o, mine, other := r.office(), &applicant{newSigner(t), r}, &applicant{newSigner(t), r}
	id := uuid.Must(uuid.NewV7()).String()
	path := "/membership-requests/" + id
	act, signed := []byte("%PDF-1.4 delibera"), []byte("%PDF-1.4 protocollo")
	first := asking(t, id, specimen.Document(membership.DocumentAct, "delibera.pdf", act))

	mine.do(http.MethodPut, path, first).wantProblem(t, 400, app.CodeInvalid) // its document did not come
	mine.send(act)
	received := mine.do(http.MethodPut, path, first)
	now := into[membership.Case](t, received, 201)
	if now.State != membership.Sent || now.Number == "" || now.SHA256 != wire.Hash(first) || now.Authority != specimen.Authority || len(now.Content) != 0 {
		t.Errorf("%+v", now)
	}
	if received.header.Get("Cache-Control") != "no-store" || received.header.Get("X-RateLimit-Limit") != "200" {
		t.Errorf("%v", received.header)
	}
	if again := into[membership.Case](t, mine.do(http.MethodPut, path, first), 200); !reflect.DeepEqual(again, now) {
		t.Errorf("again: %+v", again)
	}
	other.do(http.MethodGet, path, nil).wantProblem(t, 404, app.CodeNotFound)
	other.do(http.MethodPut, path, first).wantProblem(t, 404, app.CodeNotFound)

	o.decide(membership.Change{Request: id, Event: membership.Register, Protocol: membership.Protocol{Number: "77", Date: "2026-11-03"}})
	o.decide(membership.Change{Request: id, Event: membership.StartReview})
	mine.do(http.MethodPut, path, asking(t, id)).wantProblem(t, 409, app.CodeMembershipState)
	o.decide(membership.Change{Request: id, Event: membership.RequestIntegration, Reason: "Manca il numero dell'ufficio.", Fields: []string{"offices.0.phone"}})
	own := into[membership.Case](t, mine.do(http.MethodGet, path, nil), 200)
	last := own.History[len(own.History)-1]
	if own.State != membership.Integration || last.Reason == "" || last.By.ID != "" || len(own.Content) == 0 || own.ExpiresAt == nil {
		t.Errorf("%+v", own)
	}
	completed := specimen.Request(id, specimen.Document(membership.DocumentAct, "delibera.pdf", act))
	completed.Note = "Numero aggiunto."
	if now := into[membership.Case](t, mine.do(http.MethodPut, path, encoded(t, completed)), 200); now.State != membership.UnderReview {
		t.Errorf("completed: %s", now.State)
	}
	o.decide(membership.Change{Request: id, Event: membership.Accept})
	mine.send(signed)
	agreement := specimen.Document(membership.DocumentAgreement, "protocollo.pdf", signed)
	agreement.Signature = &membership.Signature{Format: membership.FormatPAdES}
	mine.decide(membership.Change{Request: id, Event: membership.DeliverAgreement, Document: &agreement})
	o.decide(membership.Change{Request: id, Event: membership.RegisterAgreement, Document: &agreement, Protocol: membership.Protocol{Number: "90", Date: "2026-11-20"}})
	if now := o.decide(membership.Change{Request: id, Event: membership.Activate}); now.State != membership.Active {
		t.Fatalf("%+v", now)
	}
	o.seesDocuments(t, id, act, signed)
	o.letsIn(t, id, mine)
}

// seesDocuments reads what came with a request; it is given to be saved.
func (o *office) seesDocuments(t *testing.T, id string, documents ...[]byte) {
	t.Helper()
	for _, content := range documents {
		got := o.do(http.MethodGet, "/membership-requests/"+id+"/documents/"+wire.Hash(content), nil)
		if got.status != 200 || !bytes.Equal(got.body, content) {
			t.Errorf("%d %q", got.status, got.body)
		}
		for name, want := range map[string]string{
			"Content-Type": "application/octet-stream", "Content-Disposition": "attachment", "X-Content-Type-Options": "nosniff",
			"Cache-Control": "no-store", "Content-Length": strconv.Itoa(len(content)),
		} {
			if got.header.Get(name) != want {
				t.Errorf("%s: %q, want %q", name, got.header.Get(name), want)
			}
		}
	}
	o.do(http.MethodGet, "/membership-requests/"+id+"/documents/"+wire.Hash(nil), nil).wantProblem(t, 404, app.CodeNotFound)
	o.do(http.MethodGet, "/membership-requests/"+id+"/documents/..%2f..%2fhub.db", nil).wantProblem(t, 404, app.CodeNotFound)
}

// letsIn enrols the first workstation of a member, then ends the membership.
func (o *office) letsIn(t *testing.T, id string, mine *applicant) {
	t.Helper()
	ask := membership.LetterRequest{Change: uuid.Must(uuid.NewV7()).String(), Request: id}
	o.do(http.MethodPost, "/membership-letters", encoded(t, ask)).wantProblem(t, 409, app.CodeNoRegisterPEC)
	ask.PEC = specimen.PEC
	answered := o.do(http.MethodPost, "/membership-letters", encoded(t, ask))
	letter := into[membership.Letter](t, answered, 201)
	if letter.PEC != ask.PEC || answered.header.Get("Cache-Control") != "no-store" {
		t.Errorf("%+v %v", letter, answered.header)
	}
	if own := mine.do(http.MethodGet, "/membership-requests/"+id, nil); own.status != 200 || bytes.Contains(own.body, []byte(letter.Code)) {
		t.Errorf("the applicant sees the code: %s", own.body)
	}
	s := &station{signer: newSigner(t), rig: o.rig}
	enrol := encoded(t, wire.EnrolmentRequest{Code: letter.Code, PublicKey: s.public, Name: "Sportello"})
	s.Enrolment = into[wire.Enrolment](t, o.rig.do(http.MethodPost, "/device-enrolments", string(enrol), "Content-Type", "application/json"), 200)
	if s.Authority != specimen.Authority || s.Operator.Role != wire.RoleManager {
		t.Errorf("%+v", s.Enrolment)
	}
	token := s.bearer(nil)
	o.decide(membership.Change{Request: id, Event: membership.End, Reason: "Recesso."})
	if got := o.rig.do(http.MethodGet, "/private-changes", "", "Authorization", token); got.status != 403 {
		t.Errorf("after the end: %d %s", got.status, got.body)
	}
	if log := o.rig.log.String(); strings.Contains(log, letter.Code) || strings.Contains(log, id) || strings.Contains(log, "valserena") {
		t.Errorf("the log tells of the request:\n%s", log)
	}
}

func TestChangesThatAreNone(t *testing.T) {
	r := newRig(t)
	r.loadText(network)
	o, mine := r.office(), &applicant{newSigner(t), r}
	id, change := uuid.Must(uuid.NewV7()).String(), uuid.Must(uuid.NewV7()).String()
	into[membership.Case](t, mine.do(http.MethodPut, "/membership-requests/"+id, asking(t, id)), 201)
	withdraw := encoded(t, membership.Change{ID: change, Request: id, Event: membership.Withdraw})
	path := "/membership-changes/" + change
	mine.do(http.MethodPut, "/membership-changes/"+uuid.NewString(), withdraw).wantProblem(t, 400, app.CodeInvalid)
	mine.do(http.MethodPut, path, []byte(`[]`)).wantProblem(t, 400, app.CodeInvalid)
	mine.do(http.MethodPut, path, []byte(`{"id":"`+change+`","request":"x","event":"withdraw"}`)).wantProblem(t, 400, app.CodeInvalid)
	mine.do(http.MethodPut, path, encoded(t, membership.Change{ID: change, Request: id, Event: "dance"})).wantProblem(t, 400, app.CodeInvalid)
	mine.do(http.MethodPut, path, encoded(t, membership.Change{ID: change, Request: id, Event: membership.Accept})).wantProblem(t, 403, app.CodeForbidden)
	mine.do(http.MethodPut, path, bytes.Repeat([]byte(" "), 65<<10)).wantProblem(t, 413, app.CodeInvalid)
	r.do(http.MethodPut, path, string(withdraw), "Content-Type", "application/json").wantProblem(t, 401, app.CodeUnauthorized)
	mine.do(http.MethodPut, path, withdraw, "Content-Type", "text/plain").wantProblem(t, 415, app.CodeInvalid)

	o.do(http.MethodPut, path, withdraw).wantProblem(t, 412, app.CodeChanged) // an examiner who has read nothing
	stale := o.change(membership.Change{Request: id, Event: membership.Register, Protocol: membership.Protocol{Number: "1", Date: "2026-11-03"}})
	replaced := specimen.Request(id)
	replaced.Note = "Corretta."
	into[membership.Case](t, mine.do(http.MethodPut, "/membership-requests/"+id, encoded(t, replaced)), 200)
	o.do(http.MethodPut, "/membership-changes/"+stale.ID, encoded(t, stale)).wantProblem(t, 412, app.CodeChanged)
	o.do(http.MethodPut, "/membership-changes/"+stale.ID, encoded(t, o.change(stale))).wantProblem(t, 400, app.CodeInvalid)
	unsigned := o.change(membership.Change{Request: id, Event: membership.Register, Protocol: membership.Protocol{Number: "1", Date: "2026-11-03"}})
	o.as(o.examiner, http.MethodPut, "/membership-changes/"+unsigned.ID, encoded(t, unsigned)).wantProblem(t, 401, app.CodeUnauthorized)

	if now := into[membership.Case](t, mine.do(http.MethodPut, path, withdraw), 200); now.State != membership.Withdrawn {
		t.Errorf("%+v", now)
	}
	mine.do(http.MethodPut, path, encoded(t, membership.Change{ID: change, Request: id, Event: membership.Withdraw, Reason: "Altro."})).wantProblem(t, 409, app.CodeConflict)
	mine.do(http.MethodPut, "/membership-requests/"+id, asking(t, id)).wantProblem(t, 409, app.CodeMembershipState)
	lacking := specimen.Request(uuid.Must(uuid.NewV7()).String())
	lacking.Representative.TaxCode = "RSSMRA80A01L219N"
	mine.do(http.MethodPut, "/membership-requests/"+lacking.ID, encoded(t, lacking)).wantProblem(t, 400, app.CodeMembershipIncomplete)
}

func TestExaminersQueue(t *testing.T) {
	r := newRig(t)
	r.loadText(network)
	o := r.office()
	var ids []string
	for range 3 {
		id := uuid.Must(uuid.NewV7()).String()
		into[membership.Case](t, (&applicant{newSigner(t), r}).do(http.MethodPut, "/membership-requests/"+id, asking(t, id)), 201)
		ids = append(ids, id)
	}
	first := into[membership.CasePage](t, o.do(http.MethodGet, "/membership-requests?limit=2", nil), 200)
	if len(first.Items) != 2 || !first.HasMore || first.Items[0].ID != ids[0] || len(first.Items[0].Rivals) != 2 || len(first.Items[0].Content) != 0 {
		t.Errorf("%+v", first)
	}
	next := fmt.Sprint("/membership-requests?after=", first.Items[1].Version)
	rest := o.do(http.MethodGet, "/membership-requests", nil, "Accept-Encoding", "gzip")
	if rest.header.Get("Cache-Control") != "no-store" || rest.header.Get("Content-Encoding") != "gzip" {
		t.Errorf("%v", rest.header)
	}
	if page := into[membership.CasePage](t, o.do(http.MethodGet, next, nil), 200); len(page.Items) != 1 || page.HasMore || page.Items[0].ID != ids[2] {
		t.Errorf("%+v", page)
	}
	end := o.do(http.MethodGet, fmt.Sprint("/membership-requests?after=", int64(math.MaxInt64)), nil)
	if end.status != 200 || !bytes.Contains(end.body, []byte(`"items":[]`)) {
		t.Errorf("%d %s", end.status, end.body)
	}
	for _, bad := range []string{"after=-1", "after=x", "after=9223372036854775808", "limit=0", "limit=x"} {
		o.do(http.MethodGet, "/membership-requests?"+bad, nil).wantProblem(t, 400, app.CodeInvalid)
	}
}

func TestRegionDocumentInParts(t *testing.T) {
	r := newRig(t)
	r.loadText(network)
	o, mine := r.office(), &applicant{newSigner(t), r}
	id := uuid.Must(uuid.NewV7()).String()
	into[membership.Case](t, mine.do(http.MethodPut, "/membership-requests/"+id, asking(t, id)), 201)
	content := bytes.Repeat([]byte("protocollo "), 1000)
	path := "/membership-requests/" + id + "/documents/" + wire.Hash(content)
	part := func(from, to int) reply {
		return o.do(http.MethodPut, path, content[from:to], "Content-Range", fmt.Sprintf("bytes %d-%d/%d", from, to-1, len(content)))
	}
	for _, again := range []int{1, 2} {
		if u := into[wire.BlobUpload](t, part(0, 4000), 200); u.Received != 4000 {
			t.Errorf("%d: %+v", again, u)
		}
	}
	part(5000, 6000).wantProblem(t, 409, app.CodeConflict)
	o.do(http.MethodGet, path, nil).wantProblem(t, 404, app.CodeNotFound) // not whole yet
	if u := into[wire.BlobUpload](t, part(4000, len(content)), 201); !u.Complete {
		t.Errorf("%+v", u)
	}
	o.seesDocuments(t, id, content)
	for _, bad := range []string{"bytes 0-1/3", "bytes -1-0/1", "bytes 0-0/99999999999999999999", "nonsense", "bytes 9223372036854775807-1/9"} {
		o.do(http.MethodPut, path, content, "Content-Range", bad).wantProblem(t, 400, app.CodeInvalid)
	}
	large := fmt.Sprintf("bytes 0-%d/%d", len(content)-1, 200<<20)
	o.do(http.MethodPut, path[:len(path)-64]+wire.Hash([]byte("large")), content, "Content-Range", large).wantProblem(t, 413, app.CodeFileTooLarge)
	o.do(http.MethodPut, "/membership-requests/"+uuid.NewString()+"/documents/"+wire.Hash(content), content).wantProblem(t, 404, app.CodeNotFound)
	o.as(o.examiner, http.MethodPut, path, content, "Content-Type", "application/octet-stream").wantProblem(t, 401, app.CodeUnauthorized)
}

func TestMembershipFiles(t *testing.T) {
	r := newRig(t)
	r.loadText(network)
	o := r.office()
	o.do(http.MethodPost, "/membership-files", []byte("age-encryption.org/v1 no")).wantProblem(t, 400, app.CodeMembershipFile)
	o.do(http.MethodPost, "/membership-files", nil).wantProblem(t, 400, app.CodeMembershipFile)
	o.do(http.MethodPost, "/membership-files", make([]byte, membership.MaxFile+1)).wantProblem(t, 413, app.CodeInvalid)
	o.as(o.examiner, http.MethodPost, "/membership-files", []byte("x")).wantProblem(t, 415, app.CodeInvalid)
	o.as(o.examiner, http.MethodPost, "/membership-files", []byte("x"), "Content-Type", "application/octet-stream").wantProblem(t, 401, app.CodeUnauthorized)
}

func TestNetworkSettings(t *testing.T) {
	r := newRig(t)
	r.hub.ServedAt("https://hub.example:8443")
	n := into[membership.Network](t, r.do(http.MethodGet, "/network-settings", ""), 200)
	if n.Hub != "https://hub.example:8443" || !strings.HasPrefix(n.UploadKey, "age1") || n.CA != "" || len(n.Roots) == 0 {
		t.Errorf("%+v", n)
	}
}

// Applicants' changes count with their other writes.
func TestApplicantsChangesAreCounted(t *testing.T) {
	r := newRig(t)
	mine := &applicant{newSigner(t), r}
	for i := 1; ; i++ {
		change := membership.Change{ID: uuid.NewString(), Request: uuid.NewString(), Event: membership.Withdraw}
		got := mine.do(http.MethodPut, "/membership-changes/"+change.ID, encoded(t, change))
		if got.status == 404 && i <= 200 {
			continue
		}
		got.wantProblem(t, 429, app.CodeTooManyRequests)
		if i != 201 || got.header.Get("Retry-After") == "" {
			t.Errorf("refused after %d, %v", i, got.header)
		}
		return
	}
}
