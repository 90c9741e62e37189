package apiserver_test

import (
	"fmt"
	"math/rand/v2"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/anishathalye/porcupine"
	"github.com/google/uuid"

	"polis/app"
	"polis/data/wire"
)

func TestRevokedWorkstationIsOutAtOnce(t *testing.T) {
	r := newRig(t)
	r.loadText(network)
	manager, s := r.enrolled("demo", "demo-urp", ""), r.enrolled("demo", "demo-urp", "")
	bearer := s.bearer(nil)
	if got := r.do(http.MethodGet, "/receipts", "", "Authorization", bearer); got.status != 200 {
		t.Fatal(got)
	}
	d := into[wire.DeviceRecord](t, manager.as(nil, http.MethodPut, "/devices/"+s.Device, []byte(`{"name":"Sportello 2","revoked":true}`)), 200)
	if d.RevokedAt == nil || d.Name != "Sportello 2" {
		t.Errorf("%+v", d)
	}
	r.do(http.MethodGet, "/receipts", "", "Authorization", bearer).wantProblem(t, 403, app.CodeDeviceRevoked)
	s.ask(nil).wantProblem(t, 403, app.CodeDeviceRevoked)
	manager.as(nil, http.MethodPut, "/devices/"+s.Device, []byte(`{"name":"x","revoked":false}`)).wantProblem(t, 409, app.CodeConflict)
	again := into[wire.DeviceRecord](t, manager.as(nil, http.MethodPut, "/devices/"+s.Device, []byte(`{"name":"Sportello 2","revoked":true}`)), 200)
	if again.Version != d.Version {
		t.Errorf("the same again is a change: %+v", again)
	}
}

func TestRenewedKey(t *testing.T) {
	r := newRig(t)
	r.loadText(network)
	s := r.enrolled("demo", "demo-urp", "")
	next := &station{Enrolment: s.Enrolment, signer: newSigner(t), rig: r}
	path := "/devices/" + s.Device + "/key"
	renewal := encoded(t, wire.KeyRenewal{PublicKey: next.public, Proof: next.jwt(s.Device, nil, nil)})
	s.as(nil, http.MethodPut, path, encoded(t, wire.KeyRenewal{PublicKey: next.public, Proof: s.jwt(s.Device, nil, nil)})).wantProblem(t, 401, app.CodeUnauthorized)
	first := into[wire.DeviceRecord](t, s.as(nil, http.MethodPut, path, renewal), 200)
	// The answer was lost: the same renewal again, with the old key.
	if again := into[wire.DeviceRecord](t, s.as(nil, http.MethodPut, path, renewal), 200); again.Version != first.Version || !again.RenewBy.Equal(first.RenewBy) {
		t.Errorf("%+v, %+v", first, again)
	}
	c := s.contact()
	into[wire.Receipt](t, s.put("/contacts/"+c.ID, contactBytes(t, c)), 201) // signed by the old key
	if got := next.ask(nil); got.status != 200 {
		t.Fatalf("%s", got.body)
	}
	s.ask(nil).wantProblem(t, 401, app.CodeUnauthorized)
	into[wire.DeviceRecord](t, next.as(nil, http.MethodPut, path, renewal), 200)
}

func TestOperatorRecords(t *testing.T) {
	r := newRig(t)
	r.loadText(network)
	s := r.enrolled("demo", "demo-urp", wire.RoleManager)
	id, key := uuid.NewString(), newSigner(t)
	record := wire.OperatorRecord{Type: wire.TypeOperator, ID: id, Authority: "demo", Office: "demo-urp", Role: wire.RoleOperator, Active: true, PublicKey: key.public, MustChange: true}
	put := func(who *person, o wire.OperatorRecord) reply {
		return s.as(who, http.MethodPut, "/operators/"+o.ID, encoded(t, o))
	}
	first := into[wire.OperatorRecord](t, put(nil, record), 201)
	if first.Version == 0 {
		t.Errorf("%+v", first)
	}
	if again := into[wire.OperatorRecord](t, put(nil, record), 200); again != first {
		t.Errorf("a lost answer: %+v", again)
	}
	changed := record
	changed.Role = wire.RoleEditor
	put(nil, changed).wantProblem(t, 409, app.CodeConflict)
	changed.Version = first.Version
	second := into[wire.OperatorRecord](t, put(nil, changed), 200)
	if second.Role != wire.RoleEditor || second.Version <= first.Version {
		t.Errorf("%+v", second)
	}
	self := &person{key, id}
	own := second
	own.MustChange, own.PublicKey = false, newSigner(t).public
	more := own
	more.Role = wire.RoleManager
	put(self, more).wantProblem(t, 403, app.CodeForbidden)
	third := into[wire.OperatorRecord](t, put(self, own), 200)
	// The key is another one now: the old one opens nothing.
	s.ask(self).wantProblem(t, 401, app.CodeUnauthorized)
	third.Active = false
	into[wire.OperatorRecord](t, put(nil, third), 200)
	for field, bad := range map[string]wire.OperatorRecord{
		"role": {ID: id, Authority: "demo", Role: "king"}, "id": {ID: uuid.NewString(), Authority: "demo", Role: wire.RoleOperator},
		"authority": {ID: id, Role: wire.RoleOperator}, "public_key": {ID: id, Authority: "demo", Role: wire.RoleOperator, PublicKey: "x"},
		"sealed_key": {ID: id, Authority: "demo", Role: wire.RoleOperator, SealedKey: "!"},
	} {
		got := s.as(nil, http.MethodPut, "/operators/"+id, encoded(t, bad))
		got.wantProblem(t, 400, app.CodeInvalid)
		if !strings.Contains(string(got.body), `"field":"`+field+`"`) {
			t.Errorf("%s: %s", field, got.body)
		}
	}
}

// TestOperatorsAssertion: who works, where, and with which workstation.
func TestOperatorsAssertion(t *testing.T) {
	r := newRig(t)
	r.loadText(network)
	s, other := r.enrolled("demo", "demo-urp", wire.RoleManager), r.enrolled("demo", "demo-lib", wire.RoleManager)
	foreign := r.enrolled("other", "other-urp", wire.RoleManager)
	here := r.person(s, nil, "demo", "demo-urp", wire.RoleManager)
	everywhere := r.person(s, nil, "demo", "", wire.RoleManager)
	theirs := r.person(foreign, nil, "other", "", wire.RoleManager)
	for name, c := range map[string]struct {
		at     *station
		who    *person
		status int
	}{
		"here": {s, here, 200}, "at another office": {other, here, 401}, "everywhere": {other, everywhere, 200},
		"of another authority": {s, theirs, 401}, "with another key": {s, &person{newSigner(t), here.id}, 401}, "nobody": {s, &person{newSigner(t), "x"}, 401},
	} {
		if got := c.at.ask(c.who); got.status != c.status {
			t.Errorf("%s: %d %s", name, got.status, got.body)
		}
	}
	bearer := s.bearer(here)
	var o wire.OperatorRecord
	for _, line := range into[wire.Changes](t, s.as(nil, http.MethodGet, "/private-changes", nil), 200).Items {
		var one wire.OperatorRecord
		if decode(t, line, &one); one.ID == here.id {
			o = one
		}
	}
	o.Active = false
	into[wire.OperatorRecord](t, s.as(everywhere, http.MethodPut, "/operators/"+o.ID, encoded(t, o)), 200)
	// The workstation's own rights remain, the role is gone.
	r.do(http.MethodGet, "/reports?from=2026-01-01&to=2026-01-02", "", "Authorization", bearer).wantProblem(t, 403, app.CodeForbidden)
	if got := r.do(http.MethodGet, "/receipts", "", "Authorization", bearer); got.status != 200 {
		t.Errorf("%s", got.body)
	}
	s.ask(here).wantProblem(t, 401, app.CodeUnauthorized)
}

func TestCodeOfTheResponsabile(t *testing.T) {
	r := newRig(t)
	r.loadText(network)
	s := r.enrolled("demo", "demo-urp", "")
	code := into[wire.EnrolmentCode](t, s.as(nil, http.MethodPost, "/enrolment-codes", []byte(`{"office":"demo-lib"}`)), 201)
	if len(code.Code) != len("ABCD-ABCDE-ABCDE") || time.Until(code.ExpiresAt) > 15*time.Minute {
		t.Errorf("%+v", code)
	}
	body := encoded(t, wire.EnrolmentRequest{Code: code.Code, PublicKey: newSigner(t).public, SealKey: "age1nonsense"})
	r.do(http.MethodPost, "/device-enrolments", string(body), "Content-Type", "application/json").wantProblem(t, 400, app.CodeInvalid)
	body = encoded(t, wire.EnrolmentRequest{Code: code.Code, PublicKey: newSigner(t).public})
	e := into[wire.Enrolment](t, r.do(http.MethodPost, "/device-enrolments", string(body), "Content-Type", "application/json"), 200)
	if e.Office != "demo-lib" || e.Operator.Role != wire.RoleOperator || !strings.HasPrefix(e.UploadKey, "age1") || time.Until(e.RenewBy) < 364*24*time.Hour {
		t.Errorf("%+v", e)
	}
}

func TestSheetPreconditions(t *testing.T) {
	r := newRig(t)
	r.loadText(network)
	s := r.enrolled("demo", "demo-urp", wire.RoleEditor)
	text := func(title string) []byte {
		return fmt.Appendf(nil, `{"type":"sheet","code":"demo-1","authority":"demo","language":"it","title":%q}`, title)
	}
	put := func(title string, header ...string) reply {
		return s.as(nil, http.MethodPut, "/sheets/demo-1", text(title), header...)
	}
	read := s.as(nil, http.MethodGet, "/sheets/demo-1", nil)
	tag := read.header.Get("ETag")
	put("a").wantProblem(t, 428, app.CodeInvalid)
	first := put("a", "If-Match", tag)
	if first.status != 200 || first.header.Get("ETag") == tag {
		t.Errorf("%d %s", first.status, first.body)
	}
	late := put("b", "If-Match", tag)
	late.wantProblem(t, 412, app.CodeChanged)
	var problem wire.Problem
	decode(t, late.body, &problem)
	if string(problem.Current) != string(first.body) || late.header.Get("ETag") != first.header.Get("ETag") {
		t.Errorf("current %s, want %s", problem.Current, first.body)
	}
	put("b", "If-None-Match", "*").wantProblem(t, 412, app.CodeChanged)
	s.as(nil, http.MethodPut, "/sheets/demo-9", []byte(sheetText("demo-9", "demo")), "If-Match", "*").wantProblem(t, 412, app.CodeChanged)
	if made := s.as(nil, http.MethodPut, "/sheets/demo-9", []byte(sheetText("demo-9", "demo")), "If-None-Match", "*"); made.status != 201 {
		t.Errorf("%d %s", made.status, made.body)
	}
	for name, body := range map[string]string{
		"another code": sheetText("demo-2", "demo"), "unknown field": `{"type":"sheet","code":"demo-1","authority":"demo","language":"it","title":"t","mood":1}`,
		"no title": `{"type":"sheet","code":"demo-1","authority":"demo","language":"it"}`, "an office": `{"type":"office","id":"demo-1","authority":"demo","name":"x"}`, "nothing": "",
	} {
		if got := s.as(nil, http.MethodPut, "/sheets/demo-1", []byte(body), "If-Match", "*"); got.status != 400 {
			t.Errorf("%s: %d %s", name, got.status, got.body)
		}
	}
	if page := into[wire.Changes](t, r.do(http.MethodGet, "/changes", ""), 200); strings.Contains(fmt.Sprintf("%s", page.Items), `"a"`) {
		t.Error("an edit is public before it is published")
	}
}

// edit is one call of the linearizability test: a read when from is "".
type edit struct{ from, to string }

// TestConcurrentEditsAreLinearizable lets editors change one sheet at once
// and asks whether what they saw can have happened in some order.
func TestConcurrentEditsAreLinearizable(t *testing.T) {
	r := newRig(t)
	r.loadText(network)
	s := r.enrolled("demo", "demo-urp", wire.RoleEditor)
	bearer := s.bearer(nil)
	start := s.as(nil, http.MethodGet, "/sheets/demo-1", nil).header.Get("ETag")
	var mu sync.Mutex
	var history []porcupine.Operation
	began := time.Now()
	note := func(client int, in edit, call int64, out string) {
		mu.Lock()
		defer mu.Unlock()
		history = append(history, porcupine.Operation{ClientId: client, Input: in, Call: call, Output: out, Return: int64(time.Since(began))})
	}
	var wg sync.WaitGroup
	for client := range 6 {
		random := rand.New(rand.NewPCG(7, uint64(client))) // #nosec G404 -- the same editors every time
		wg.Go(func() {
			known := start
			for i := range 12 {
				call := int64(time.Since(began))
				if random.IntN(3) == 0 {
					known = r.do(http.MethodGet, "/sheets/demo-1", "", "Authorization", bearer).header.Get("ETag")
					note(client, edit{}, call, known)
					continue
				}
				body := fmt.Sprintf(`{"type":"sheet","code":"demo-1","authority":"demo","language":"it","title":"%d-%d"}`, client, i)
				canonical, err := wire.Canonical([]byte(body))
				if err != nil {
					t.Error(err)
					return
				}
				mine := `"` + wire.Hash(canonical) + `"`
				got := r.do(http.MethodPut, "/sheets/demo-1", body, "Authorization", bearer, "Content-Type", "application/json", "If-Match", known)
				if got.status != 200 && got.status != 412 {
					t.Errorf("%d %s", got.status, got.body)
				}
				note(client, edit{known, mine}, call, got.header.Get("ETag"))
				known = got.header.Get("ETag")
			}
		})
	}
	wg.Wait()
	model := porcupine.Model{
		Init: func() any { return start },
		Step: func(state, input, output any) (bool, any) {
			in, ok := input.(edit)
			switch {
			case !ok:
				return false, state
			case in.from == "": // a read
				return output == state, state
			case in.from == state: // an edit of what is there
				return output == in.to, in.to
			}
			return output == state, state // refused, with what is there
		},
	}
	if !porcupine.CheckOperations(model, history) {
		t.Error("what the editors saw cannot have happened one after the other")
	}
	changed := 0
	for _, op := range history {
		if in, ok := op.Input.(edit); ok && in.to != "" && op.Output == in.to {
			changed++
		}
	}
	if changed == 0 || changed == len(history) {
		t.Errorf("%d of %d changed the sheet: nothing was contended", changed, len(history))
	}
}

func TestTooManyEnrolments(t *testing.T) {
	r := newRig(t)
	r.loadText(network)
	body := string(encoded(t, wire.EnrolmentRequest{Code: "ABCD-ABCDE-ABCDE", PublicKey: newSigner(t).public}))
	for range 200 {
		got := r.do(http.MethodPost, "/device-enrolments", body, "Content-Type", "application/json")
		if got.status != 429 {
			got.wantProblem(t, 403, app.CodeEnrolmentCode)
			continue
		}
		got.wantProblem(t, 429, app.CodeTooManyRequests)
		if got.header.Get("Retry-After") == "" || got.header.Get("X-RateLimit-Remaining") != "0" || got.header.Get("X-RateLimit-Limit") != "60" {
			t.Errorf("%v", got.header)
		}
		if strings.Contains(r.log.String(), "127.0.0.1") {
			t.Error("an address is in the log")
		}
		return
	}
	t.Error("nobody was stopped")
}

// An office's new hours are public as soon as they are stored.
func TestOfficeOfItsAuthority(t *testing.T) {
	r := newRig(t)
	r.loadText(network)
	s := r.enrolled("demo", "demo-urp", "")
	read := s.as(nil, http.MethodGet, "/offices/demo-urp", nil)
	tag := read.header.Get("ETag")
	office := func(name, authority string) []byte {
		return fmt.Appendf(nil, `{"type":"office","id":"demo-urp","authority":%q,"name":%q,"kind":"urp","opening_hours":[{"days":["MO"],"opens":"08:15","closes":"12:45"}]}`, authority, name)
	}
	s.as(nil, http.MethodPut, "/offices/demo-urp", office("URP", "demo")).wantProblem(t, 428, app.CodeInvalid)
	s.as(nil, http.MethodPut, "/offices/demo-urp", office("URP", "other"), "If-Match", tag).wantProblem(t, 403, app.CodeForbidden)
	if got := s.as(nil, http.MethodPut, "/offices/demo-urp", office("URP", "demo"), "If-Match", tag); got.status != 200 {
		t.Fatalf("%d %s", got.status, got.body)
	}
	s.as(nil, http.MethodPut, "/offices/demo-urp", office("Late", "demo"), "If-Match", tag).wantProblem(t, 412, app.CodeChanged)
	s.as(nil, http.MethodPut, "/offices/demo-urp", []byte(sheetText("demo-urp", "demo")), "If-Match", "*").wantProblem(t, 400, app.CodeInvalid)
	s.as(nil, http.MethodGet, "/offices/nowhere", nil).wantProblem(t, 404, app.CodeNotFound)
	page := into[wire.Changes](t, r.do(http.MethodGet, "/changes", ""), 200)
	if !strings.Contains(fmt.Sprintf("%s", page.Items), "08:15") {
		t.Error("the new hours are not published")
	}
	// An operator without a role for it may read and not change.
	plain := r.enrolled("demo", "demo-lib", wire.RoleOperator)
	plain.as(nil, http.MethodPut, "/offices/demo-lib", []byte(`{"type":"office","id":"demo-lib","authority":"demo","name":"x"}`), "If-Match", "*").wantProblem(t, 403, app.CodeForbidden)
}
