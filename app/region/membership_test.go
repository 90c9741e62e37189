package region_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/uuid"

	"polis/app"
	"polis/app/membership"
	"polis/app/membership/specimen"
	"polis/app/region"
	"polis/data/wire"
)

// register is a register of one body.
func register() specimen.Register {
	return specimen.Register{"c_prova": {
		Authority: app.Authority{
			ID: "c_prova", Name: "Comune di Prova", Kind: "municipality", ISTATCode: "001999", TaxCode: "00000000018", Province: "TO", PEC: "protocollo@pec.prova.example",
		},
		Address:    app.Address{Street: "Piazza Prima 1", PostalCode: "10100", Municipality: "Prova", Province: "TO"},
		Registered: true,
	}}
}

// joining is a hub with a register, an examiner and an applicant.
type joining struct {
	*bench
	a        region.Applicant
	examiner region.Caller
}

func newJoining(t testing.TB) *joining {
	t.Helper()
	j := &joining{bench: newBench(t), a: region.Applicant{Thumbprint: "mine"}}
	j.Hub = j.another(t)
	j.load(t, places+sheet(1, "Carta"))
	j.publish(t)
	_, d := j.enrol(t, "demo", "demo-urp")
	j.examiner = region.Caller{Device: d, Acting: &wire.OperatorRecord{ID: "examiner", Authority: "demo", Role: wire.RoleExaminer, Active: true}}
	return j
}

// another is a replica of the hub.
func (j *joining) another(t testing.TB) *region.Hub {
	t.Helper()
	return j.processParams(t, func(p *region.Params) {
		p.Bodies, p.Address = register(), "https://hub.example"
	})
}

// request is one of the body of the register.
func request(id string) *membership.Request {
	r := specimen.Request(id)
	r.Body, r.Offices[0].Email, r.Offices[0].Phone = register()["c_prova"], "", "011 0000001"
	return &r
}

func (j *joining) put(t testing.TB, a region.Applicant, r *membership.Request) membership.Case {
	t.Helper()
	c, _, err := j.PutMembershipRequest(j.ctx, a, r.ID, must(wire.Marshal(r)))
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func newID() string { return uuid.Must(uuid.NewV7()).String() }

func protocol() membership.Protocol {
	return membership.Protocol{Number: "123/2026", Date: "2026-11-23"}
}

// document stores an applicant's file.
func (j *joining) document(t testing.TB, a region.Applicant, kind, content string) membership.Document {
	t.Helper()
	d := membership.Document{Kind: kind, Title: kind, Name: kind + ".p7m", MediaType: "application/pkcs7-mime", Size: int64(len(content)), SHA256: wire.Hash([]byte(content))}
	if kind == membership.DocumentAgreement {
		d.Signature = &membership.Signature{Format: membership.FormatCAdES, Signer: "Prima Persona"}
	}
	if _, _, err := j.PutBlobPart(j.ctx, a, region.BlobPart{SHA256: d.SHA256, Size: d.Size, Content: []byte(content)}); err != nil {
		t.Fatal(err)
	}
	return d
}

func (j *joining) seen(t testing.TB, id string) membership.Case {
	t.Helper()
	c, err := j.MembershipCase(j.ctx, j.examiner, id)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// decide lets an event of the region happen to the case as it is.
func (j *joining) decide(t testing.TB, id string, e membership.Event) membership.Case {
	t.Helper()
	change := membership.Change{ID: newID(), Request: id, Event: e, Seen: j.seen(t, id).Version, Reason: "because"}
	switch e {
	case membership.Register:
		change.Protocol = protocol()
	case membership.RegisterAgreement:
		d := j.document(t, j.a, membership.DocumentAgreement, "signed "+id)
		change.Document, change.Protocol = &d, membership.Protocol{Number: "130/2026", Date: "2026-11-24"}
	}
	c, err := j.ExaminerChange(j.ctx, j.examiner, change)
	if err != nil {
		t.Fatalf("%s: %v", e, err)
	}
	return c
}

func (j *joining) decideAll(t testing.TB, id string, list ...membership.Event) (c membership.Case) {
	t.Helper()
	for _, e := range list {
		c = j.decide(t, id, e)
	}
	return c
}

func toActive() []membership.Event {
	return []membership.Event{membership.Register, membership.StartReview, membership.Accept, membership.RegisterAgreement, membership.Activate}
}

func TestMembershipRequest(t *testing.T) {
	j := newJoining(t)
	other := region.Applicant{Thumbprint: "other"}
	r := request(newID())
	first := j.put(t, j.a, r)
	if first.State != membership.Sent || first.Number != "2026-00001" || first.Authority != "c_prova" || first.SHA256 != wire.Hash(must(wire.Marshal(r))) || len(first.History) != 1 {
		t.Fatalf("%+v", first)
	}
	if again := j.put(t, j.a, r); again.Version != first.Version || len(again.History) != 1 {
		t.Errorf("the same again: %+v", again)
	}
	_, _, err := j.PutMembershipRequest(j.ctx, other, r.ID, must(wire.Marshal(r)))
	wantCode(t, err, app.CodeNotFound)
	_, err = j.MembershipRequest(j.ctx, other, r.ID)
	wantCode(t, err, app.CodeNotFound)
	r.Note = "one more word"
	replaced := j.put(t, j.a, r)
	if replaced.Version <= first.Version || replaced.Number != first.Number || replaced.History[1].Event != membership.Replace {
		t.Errorf("%+v", replaced)
	}
	if c, err := j.MembershipRequest(j.ctx, j.a, r.ID); err != nil || !bytes.Contains(c.Content, []byte("one more word")) {
		t.Errorf("%s %v", c.Content, err)
	}
	j.decide(t, r.ID, membership.Register)
	r.Note = "too late"
	_, _, err = j.PutMembershipRequest(j.ctx, j.a, r.ID, must(wire.Marshal(r)))
	wantCode(t, err, app.CodeMembershipState)
	if second := j.put(t, j.a, request(newID())); second.Number != "2026-00002" {
		t.Errorf("number %s", second.Number)
	}
}

func TestBadMembershipRequests(t *testing.T) {
	j := newJoining(t)
	id := newID()
	for _, bad := range []string{"", "[]", "{", `{"type":"membership_request","id":"x"}`, fmt.Sprintf(`{"type":"contact","id":%q}`, id)} {
		_, _, err := j.PutMembershipRequest(j.ctx, j.a, id, []byte(bad))
		wantCode(t, err, app.CodeInvalid)
	}
	for name, bad := range map[string]struct {
		change func(*membership.Request)
		code   app.Code
	}{
		"empty":           {func(r *membership.Request) { *r = membership.Request{Type: r.Type, ID: r.ID} }, app.CodeMembershipIncomplete},
		"wrong tax code":  {func(r *membership.Request) { r.Representative.TaxCode = "RSSMRA80A01H501X" }, app.CodeMembershipIncomplete},
		"not in register": {func(r *membership.Request) { r.Body.ID, r.Body.TaxCode = "c_altro", "" }, app.CodeMembershipIncomplete},
		"document absent": {func(r *membership.Request) {
			r.Documents = []membership.Document{{Kind: "act", Title: "a", Name: "a.pdf", Size: 3, SHA256: wire.Hash(nil)}}
		}, app.CodeInvalid},
		"document of 200M": {func(r *membership.Request) {
			r.Documents = []membership.Document{{Kind: "act", Title: "a", Name: "a.pdf", Size: 200 << 20, SHA256: wire.Hash(nil)}}
		}, app.CodeFileTooLarge},
		"many documents": {func(r *membership.Request) { r.Documents = make([]membership.Document, 21) }, app.CodeTooManyFiles},
		"too long":       {func(r *membership.Request) { r.Note = strings.Repeat("x", 257<<10) }, app.CodeInvalid},
	} {
		r := request(id)
		bad.change(r)
		_, _, err := j.PutMembershipRequest(j.ctx, j.a, id, must(wire.Marshal(r)))
		if app.ErrorCode(err) != bad.code {
			t.Errorf("%s: %v", name, err)
		}
	}
	if page, err := j.MembershipCases(j.ctx, j.examiner, 0, 10); err != nil || len(page.Items) != 0 {
		t.Errorf("%+v %v", page, err)
	}
	for i := range 21 {
		r := request(newID())
		_, _, err := j.PutMembershipRequest(j.ctx, j.a, r.ID, must(wire.Marshal(r)))
		if (i < 20) != (err == nil) {
			t.Errorf("request %d: %v", i, err)
		}
	}
}

// TestJoining is the whole way, and the workstation at its end.
func TestJoining(t *testing.T) {
	j := newJoining(t)
	r := request(newID())
	act := j.document(t, j.a, membership.DocumentAct, "the act")
	r.Documents = []membership.Document{act}
	j.put(t, j.a, r)
	j.decideAll(t, r.ID, membership.Register, membership.StartReview)
	asked := j.decide(t, r.ID, membership.RequestIntegration)
	if asked.Due != nil || asked.LeftMS == 0 {
		t.Errorf("the clock goes on: %+v", asked)
	}
	r.Note = "here it is"
	if c := j.put(t, j.a, r); c.State != membership.UnderReview || c.History[len(c.History)-1].Event != membership.Integrate || c.Due == nil {
		t.Errorf("%+v", c)
	}
	if c := j.put(t, j.a, r); c.State != membership.UnderReview || len(c.History) != 5 {
		t.Errorf("the answer again: %+v", c)
	}
	j.decide(t, r.ID, membership.Accept)
	agreement := j.document(t, j.a, membership.DocumentAgreement, "signed")
	if _, err := j.ApplicantChange(j.ctx, j.a, membership.Change{ID: newID(), Request: r.ID, Event: membership.DeliverAgreement, Document: &agreement}); err != nil {
		t.Fatal(err)
	}
	change := membership.Change{
		ID: newID(), Request: r.ID, Event: membership.RegisterAgreement, Seen: j.seen(t, r.ID).Version, Document: &agreement,
		Protocol: membership.Protocol{Number: "130/2026", Date: "2026-11-24"},
	}
	if _, err := j.ExaminerChange(j.ctx, j.examiner, change); err != nil {
		t.Fatal(err)
	}
	before := j.publish(t).Version
	c := j.decide(t, r.ID, membership.Activate)
	if c.State != membership.Active {
		t.Fatalf("%+v", c)
	}
	if after := j.publish(t); after.Version != before+1 || after.Published {
		t.Errorf("publication %d, before %d: the activation publishes by itself", after.Version, before)
	}
	for kind, want := range map[string]string{wire.TypeAuthority: `"id":"c_prova"`, wire.TypeOffice: `"id":"c_prova-urp"`} {
		if got := j.export(t, kind); !strings.Contains(got, want) || strings.Contains(got, "Persona") {
			t.Errorf("%s: %s", kind, got)
		}
	}
	letter, err := j.MembershipLetter(j.ctx, j.examiner, membership.LetterRequest{Change: newID(), Request: r.ID})
	if err != nil {
		t.Fatal(err)
	}
	if letter.PEC != "protocollo@pec.prova.example" || letter.Hub != "https://hub.example" || letter.Agreement.Number != "130/2026" ||
		letter.Protocol != protocol() || letter.Address != "Piazza Prima 1, 10100 Prova (TO)" || letter.Role != wire.RoleManager ||
		letter.Office != "Ufficio Relazioni con il Pubblico" || len(letter.Code) != len("ABCD-ABCDE-ABCDE-ABCDE-ABCDE") || letter.ExpiresAt.Sub(letter.IssuedAt) != 30*24*time.Hour {
		t.Errorf("%+v", letter)
	}
	if view, err := j.MembershipRequest(j.ctx, j.a, r.ID); err != nil || strings.Contains(string(must(json.Marshal(view))), letter.Code) || strings.Contains(string(must(json.Marshal(view))), `"examiner"`) {
		t.Errorf("the applicant sees code or examiner: %v", err)
	}
	w := newWorkstation(t)
	e, err := j.Enrol(j.ctx, wire.EnrolmentRequest{Code: letter.Code, PublicKey: w.public})
	if err != nil || e.Authority != "c_prova" || e.Office != "c_prova-urp" || e.Operator.Role != wire.RoleManager {
		t.Fatalf("%+v %v", e, err)
	}
	_, err = j.Enrol(j.ctx, wire.EnrolmentRequest{Code: letter.Code, PublicKey: newWorkstation(t).public})
	wantCode(t, err, app.CodeEnrolmentCode)
	operators, err := j.ListOperators(j.ctx, "c_prova")
	if err != nil || len(operators) != 1 {
		t.Errorf("operators %+v %v", operators, err)
	}
	w.device = e.Device
	steps := j.firstSteps(t, w)
	if steps.ID != "c_prova" || steps.Sheets == nil {
		t.Errorf("first steps %+v", steps)
	}
}

// caller is who a workstation's token stands for.
func (j *joining) caller(t testing.TB, w *workstation) (region.Caller, error) {
	t.Helper()
	token, err := j.Token(j.ctx, w.assertion(t, j.clock.Now(), nil), "")
	if err != nil {
		return region.Caller{}, err
	}
	return j.Authenticate(j.ctx, token.AccessToken)
}

func (j *joining) firstSteps(t testing.TB, w *workstation) membership.FirstSteps {
	t.Helper()
	caller, err := j.caller(t, w)
	if err != nil {
		t.Fatal(err)
	}
	page, err := j.PrivateChanges(j.ctx, caller, "", 100)
	if err != nil {
		t.Fatal(err)
	}
	for _, line := range page.Items {
		var steps membership.FirstSteps
		if err := json.Unmarshal(line, &steps); err != nil {
			t.Fatal(err)
		}
		if steps.Type == membership.TypeFirstSteps {
			return steps
		}
	}
	t.Fatalf("no first steps in %s", page.Items)
	return membership.FirstSteps{}
}

// The same change does its work once, on however many replicas it comes in.
func TestSameChangeManyTimes(t *testing.T) {
	j := newJoining(t)
	r := request(newID())
	body := must(wire.Marshal(r))
	hubs := []*region.Hub{j.Hub, j.another(t), j.another(t)}
	together := func(n int, do func(h *region.Hub) error) {
		t.Helper()
		failures := make([]error, n)
		var all sync.WaitGroup
		for i := range n {
			all.Go(func() { failures[i] = do(hubs[i%len(hubs)]) })
		}
		all.Wait()
		if err := errors.Join(failures...); err != nil {
			t.Fatal(err)
		}
	}
	together(6, func(h *region.Hub) error {
		c, _, err := h.PutMembershipRequest(j.ctx, j.a, r.ID, body)
		if err == nil && (c.Number != "2026-00001" || len(c.History) != 1) {
			err = fmt.Errorf("%+v", c)
		}
		return err
	})
	for _, e := range toActive() {
		change := membership.Change{ID: newID(), Request: r.ID, Event: e, Seen: j.seen(t, r.ID).Version, Protocol: protocol()}
		if e == membership.RegisterAgreement {
			d := j.document(t, j.a, membership.DocumentAgreement, "signed")
			change.Document = &d
		}
		together(5, func(h *region.Hub) error { _, err := h.ExaminerChange(j.ctx, j.examiner, change); return err })
		other := change
		other.Reason = "another body"
		_, err := j.ExaminerChange(j.ctx, j.examiner, other)
		wantCode(t, err, app.CodeConflict)
	}
	if c := j.seen(t, r.ID); c.State != membership.Active || len(c.History) != 6 {
		t.Errorf("%d entries: %+v", len(c.History), c.History)
	}
	if list, err := j.ListOperators(j.ctx, "c_prova"); err != nil || len(list) != 1 {
		t.Errorf("%+v %v", list, err)
	}
	if n := strings.Count(j.export(t, wire.TypeOffice), `"authority":"c_prova"`); n != 1 {
		t.Errorf("%d offices", n)
	}
}

// Of two who decide at once one is told that somebody was faster.
func TestTwoExaminersDecide(t *testing.T) {
	j := newJoining(t)
	r := request(newID())
	j.put(t, j.a, r)
	seen := j.decideAll(t, r.ID, membership.Register, membership.StartReview).Version
	hubs := []*region.Hub{j.Hub, j.another(t)}
	failures := make([]error, 2)
	var both sync.WaitGroup
	for i, e := range []membership.Event{membership.Accept, membership.Reject} {
		both.Go(func() {
			_, failures[i] = hubs[i].ExaminerChange(j.ctx, j.examiner, membership.Change{ID: newID(), Request: r.ID, Event: e, Seen: seen, Reason: "because"})
		})
	}
	both.Wait()
	if (failures[0] == nil) == (failures[1] == nil) {
		t.Fatalf("%v", failures)
	}
	wantCode(t, errors.Join(failures...), app.CodeChanged)
	if c := j.seen(t, r.ID); len(c.History) != 4 {
		t.Errorf("%+v", c.History)
	}
	// The command line looks at the case itself; a screen must have.
	change := membership.Change{ID: newID(), Request: r.ID, Event: membership.ReturnAgreement, Reason: "because"}
	_, err := j.ExaminerChange(j.ctx, j.examiner, change)
	wantCode(t, err, app.CodeChanged)
}

func TestWhoMayExamine(t *testing.T) {
	j := newJoining(t)
	r := request(newID())
	j.put(t, j.a, r)
	for _, role := range []string{wire.RoleOperator, wire.RoleManager, wire.RoleEditor, ""} {
		c := j.examiner
		c.Acting = &wire.OperatorRecord{Role: role}
		if role == "" {
			c.Acting = nil
		}
		_, err := j.ExaminerChange(j.ctx, c, membership.Change{ID: newID(), Request: r.ID, Event: membership.Register, Protocol: protocol()})
		wantCode(t, err, app.CodeForbidden)
		_, err = j.MembershipCases(j.ctx, c, 0, 10)
		wantCode(t, err, app.CodeForbidden)
		_, err = j.MembershipCase(j.ctx, c, r.ID)
		wantCode(t, err, app.CodeForbidden)
		_, _, err = j.MembershipDocument(j.ctx, c, r.ID, wire.Hash(nil))
		wantCode(t, err, app.CodeForbidden)
		_, _, err = j.PutRegionDocument(j.ctx, c, r.ID, region.BlobPart{})
		wantCode(t, err, app.CodeForbidden)
		_, err = j.MembershipLetter(j.ctx, c, membership.LetterRequest{})
		wantCode(t, err, app.CodeForbidden)
		_, err = j.ImportMembershipFile(j.ctx, c, nil)
		wantCode(t, err, app.CodeForbidden)
	}
	for _, e := range []membership.Event{membership.Submit, membership.Replace, membership.Accept, membership.Register} {
		_, err := j.ApplicantChange(j.ctx, j.a, membership.Change{ID: newID(), Request: r.ID, Event: e, Protocol: protocol()})
		if code := app.ErrorCode(err); code != app.CodeInvalid && code != app.CodeForbidden {
			t.Errorf("%s by an applicant: %v", e, err)
		}
	}
	_, err := j.ApplicantChange(j.ctx, region.Applicant{Thumbprint: "other"}, membership.Change{ID: newID(), Request: r.ID, Event: membership.Withdraw})
	wantCode(t, err, app.CodeNotFound)
	_, err = j.ExaminerChange(j.ctx, j.examiner, membership.Change{ID: newID(), Request: r.ID, Event: membership.IssueLetter, Seen: 1})
	wantCode(t, err, app.CodeInvalid)
	admin := region.Administrator("demo")
	if c, err := j.ExaminerChange(j.ctx, admin, membership.Change{ID: newID(), Request: r.ID, Event: membership.Register, Protocol: protocol()}); err != nil || c.History[1].By.Role != membership.ByAdministrator {
		t.Errorf("the command line: %+v %v", c, err)
	}
}

// The feed of cases tells every change, in order, page by page.
func TestCasesFeed(t *testing.T) {
	j := newJoining(t)
	var ids []string
	for range 5 {
		r := request(newID())
		j.put(t, j.a, r)
		ids = append(ids, r.ID)
	}
	j.decide(t, ids[1], membership.Register)
	var got []string
	var after int64
	for more := true; more; {
		page, err := j.MembershipCases(j.ctx, j.examiner, after, 2)
		if err != nil || len(page.Items) == 0 {
			t.Fatal(page, err)
		}
		for _, c := range page.Items {
			if c.Version <= after || c.Content != nil || len(c.Rivals) != 4 {
				t.Errorf("%+v", c)
			}
			got, after = append(got, c.ID), c.Version
		}
		more = page.HasMore
	}
	if want := []string{ids[0], ids[2], ids[3], ids[4], ids[1]}; fmt.Sprint(got) != fmt.Sprint(want) {
		t.Errorf("%v, want %v", got, want)
	}
	if page, err := j.MembershipCases(j.ctx, j.examiner, after, 2); err != nil || len(page.Items) != 0 || page.HasMore {
		t.Errorf("%+v %v", page, err)
	}
}

func TestRivals(t *testing.T) {
	j := newJoining(t)
	typed := func(id, name, tax string) *membership.Request {
		r := request(newID())
		r.Body = membership.Body{
			Authority: app.Authority{ID: id, Name: name, TaxCode: tax, PEC: "ente@pec.example"},
			Address:   app.Address{Street: "Via Seconda 2", PostalCode: "10100", Municipality: "Prova", Province: "TO"},
		}
		return r
	}
	first := request(newID())
	upper := request(newID())
	upper.Body.ID = "C_PROVA"
	sameTax := typed("e_uno", "Ente Uno", "00000000018")
	sameName := typed("e_due", "comune  di prova", "00000000026")
	stranger := typed("e_tre", "Ente Tre", "00000000034")
	for _, r := range []*membership.Request{first, upper, sameTax, sameName, stranger} {
		j.put(t, j.a, r)
	}
	if c := j.seen(t, first.ID); len(c.Rivals) != 3 {
		t.Errorf("rivals %v", c.Rivals)
	}
	if c := j.seen(t, stranger.ID); len(c.Rivals) != 0 {
		t.Errorf("rivals of a stranger %v", c.Rivals)
	}
	if c, err := j.MembershipRequest(j.ctx, j.a, first.ID); err != nil || c.Rivals != nil {
		t.Errorf("an applicant sees %v, %v", c.Rivals, err)
	}
	if _, err := j.ApplicantChange(j.ctx, j.a, membership.Change{ID: newID(), Request: upper.ID, Event: membership.Withdraw}); err != nil {
		t.Fatal(err)
	}
	if c := j.seen(t, first.ID); len(c.Rivals) != 2 {
		t.Errorf("one withdrew: %v", c.Rivals)
	}
	// Two accepted requests of one body: it becomes a member once.
	second := request(newID())
	j.put(t, j.a, second)
	j.decideAll(t, second.ID, toActive()[:4]...)
	j.decideAll(t, first.ID, toActive()...)
	refused := func(id string, e membership.Event) {
		t.Helper()
		before := j.seen(t, id)
		_, err := j.ExaminerChange(j.ctx, j.examiner, membership.Change{ID: newID(), Request: id, Event: e, Seen: before.Version})
		if app.ErrorCode(err) != app.CodeMemberAlready || app.ErrorParams(err)["name"] != "Comune di Prova" {
			t.Errorf("%s: %v", e, err)
		}
		if now := j.seen(t, id); now.State != before.State || len(now.History) != len(before.History) {
			t.Errorf("%s: %+v", e, now)
		}
	}
	refused(second.ID, membership.Activate)
	// Nobody lets a body sign for what cannot be.
	third := request(newID())
	j.put(t, j.a, third)
	j.decideAll(t, third.ID, toActive()[:2]...)
	refused(third.ID, membership.Accept)
	j.decideAll(t, first.ID, membership.End)
	j.decideAll(t, third.ID, toActive()[2:]...)
}

// A stranger that names a body of the network gets neither its line nor its
// letter: those go by what the region knew before.
func TestRequestForAMemberOutsideTheRegister(t *testing.T) {
	j := newJoining(t)
	j.load(t, `{"type":"authority","id":"other","name":"Comune di Altrove","tax_code":"00000000034","pec":"vero@pec.example"}`+"\n")
	r := request(newID())
	r.Body = membership.Body{
		Authority: app.Authority{ID: "Other", Name: "Ente Finto", TaxCode: "00000000026", PEC: "finto@pec.example", Website: "https://altrove.example"},
		Address:   app.Address{Street: "Via Seconda 2", PostalCode: "10100", Municipality: "Prova", Province: "TO"},
	}
	j.put(t, j.a, r)
	j.decideAll(t, r.ID, toActive()...)
	if got := j.export(t, wire.TypeAuthority); strings.Contains(got, "Finto") || strings.Contains(got, "finto") || strings.Contains(got, "00000000026") ||
		!strings.Contains(got, `"pec":"vero@pec.example"`) || !strings.Contains(got, "altrove.example") {
		t.Errorf("%s", got)
	}
	l, err := j.MembershipLetter(j.ctx, j.examiner, membership.LetterRequest{Change: newID(), Request: r.ID, PEC: "finto@pec.example"})
	if err != nil || l.PEC != "vero@pec.example" {
		t.Errorf("%+v %v", l, err)
	}
	// One that left joins anew by what it says.
	j.decideAll(t, r.ID, membership.End)
	again := request(newID())
	again.Body = r.Body
	j.put(t, j.a, again)
	j.decideAll(t, again.ID, toActive()...)
	ask := membership.LetterRequest{Change: newID(), Request: again.ID}
	_, err = j.MembershipLetter(j.ctx, j.examiner, ask)
	wantCode(t, err, app.CodeNoRegisterPEC)
	ask.PEC = "finto@pec.example"
	if l, err := j.MembershipLetter(j.ctx, j.examiner, ask); err != nil || l.PEC != ask.PEC {
		t.Errorf("%+v %v", l, err)
	}
}

// An office may have gone, or to somebody else, since the activation: the code
// is for one that the body has.
func TestLetterForAnOfficeThatIsThere(t *testing.T) {
	j := newJoining(t)
	r := request(newID())
	r.Offices = append(r.Offices, r.Offices[0], r.Offices[0])
	r.Offices[1].Name, r.Offices[1].Kind = "SUAP", "suap"
	r.Offices[2].Name = "URP in periferia"
	j.put(t, j.a, r)
	j.decideAll(t, r.ID, toActive()...)
	j.load(t, `{"type":"office","id":"c_prova-urp","op":"delete"}`+"\n"+`{"type":"office","id":"c_prova-suap","authority":"other","name":"Di altri"}`+"\n")
	l, err := j.MembershipLetter(j.ctx, j.examiner, membership.LetterRequest{Change: newID(), Request: r.ID})
	if err != nil || l.Office != "URP in periferia" {
		t.Fatalf("%+v %v", l, err)
	}
	if e, err := j.Enrol(j.ctx, wire.EnrolmentRequest{Code: l.Code, PublicKey: newWorkstation(t).public}); err != nil || e.Office != "c_prova-urp-2" || e.Operator.Role != wire.RoleManager {
		t.Errorf("%+v %v", e, err)
	}
	j.decideAll(t, r.ID, membership.End, membership.Restore)
	l, err = j.MembershipLetter(j.ctx, j.examiner, membership.LetterRequest{Change: newID(), Request: r.ID})
	if err != nil || l.Office != "URP in periferia" {
		t.Errorf("%+v %v", l, err)
	}
	j.load(t, `{"type":"office","id":"c_prova-urp-2","op":"delete"}`+"\n")
	_, err = j.MembershipLetter(j.ctx, j.examiner, membership.LetterRequest{Change: newID(), Request: r.ID})
	wantCode(t, err, app.CodeNotFound)
}

// What an applicant lets pass is over from that moment, whenever somebody
// looks, and stays over when something is refused for it.
func TestExpiry(t *testing.T) {
	j := newJoining(t)
	var ids []string
	for range 3 {
		r := request(newID())
		j.put(t, j.a, r)
		j.decideAll(t, r.ID, membership.Register, membership.StartReview, membership.RequestIntegration)
		ids = append(ids, r.ID)
	}
	until := *j.seen(t, ids[0]).ExpiresAt
	j.clock.add(31*24*time.Hour + time.Hour)
	_, err := j.ApplicantChange(j.ctx, j.a, membership.Change{ID: newID(), Request: ids[0], Event: membership.Integrate})
	wantCode(t, err, app.CodeMembershipState)
	late := request(ids[1])
	late.Note = "late"
	_, _, err = j.PutMembershipRequest(j.ctx, j.a, ids[1], must(wire.Marshal(late)))
	wantCode(t, err, app.CodeMembershipState)
	for _, id := range ids {
		c, err := j.MembershipRequest(j.ctx, j.a, id)
		last := c.History[len(c.History)-1]
		if err != nil || c.State != membership.Expired || !last.At.Equal(until) || last.By.Role != membership.ByHub || bytes.Contains(c.Content, []byte("late")) {
			t.Errorf("%+v %v", c, err)
		}
	}
	if n, err := j.ExpireMemberships(j.ctx); err != nil || n != 0 {
		t.Errorf("%d more, %v", n, err)
	}
	// The daily manifest ends those that nobody looks at.
	r := request(newID())
	j.put(t, j.a, r)
	j.decideAll(t, r.ID, membership.Register, membership.StartReview, membership.Accept)
	for _, days := range []int{29, 2} {
		if _, _, err := j.Manifest(j.ctx); err != nil {
			t.Fatal(err)
		}
		j.clock.add(time.Duration(days) * 24 * time.Hour)
	}
	if _, _, err := j.Manifest(j.ctx); err != nil {
		t.Fatal(err)
	}
	if n, err := j.ExpireMemberships(j.ctx); err != nil || n != 0 {
		t.Errorf("the manifest was signed and %d were left, %v", n, err)
	}
}

func TestMembershipDocuments(t *testing.T) {
	j := newJoining(t)
	r := request(newID())
	large := strings.Repeat("delibera ", 600_000) // more than one part
	for at := 0; at < len(large); at += wire.MaxBlobPart {
		end := min(at+wire.MaxBlobPart, len(large))
		if _, _, err := j.PutBlobPart(j.ctx, j.a, region.BlobPart{SHA256: wire.Hash([]byte(large)), Starts: int64(at), Size: int64(len(large)), Content: []byte(large[at:end])}); err != nil {
			t.Fatal(err)
		}
	}
	r.Documents = []membership.Document{{Kind: membership.DocumentAct, Title: "Delibera", Name: "delibera.pdf", Size: int64(len(large)), SHA256: wire.Hash([]byte(large))}}
	j.put(t, j.a, r)
	read := func(sha string) (string, error) {
		in, size, err := j.MembershipDocument(j.ctx, j.examiner, r.ID, sha)
		if err != nil {
			return "", err
		}
		content, err := io.ReadAll(in)
		if int64(len(content)) != size {
			t.Errorf("%d bytes of %d", len(content), size)
		}
		return string(content), errors.Join(err, in.Close())
	}
	if got, err := read(r.Documents[0].SHA256); err != nil || got != large {
		t.Errorf("%d bytes, %v", len(got), err)
	}
	// A document of the same applicant that the request does not name.
	unnamed := j.document(t, j.a, membership.DocumentOther, "of another request")
	_, err := read(unnamed.SHA256)
	wantCode(t, err, app.CodeNotFound)
	_, err = read("../../etc")
	wantCode(t, err, app.CodeNotFound)
	// One that came by PEC.
	content := []byte("signed, by PEC")
	part := region.BlobPart{SHA256: wire.Hash(content), Size: int64(len(content)), Content: content}
	_, _, err = j.PutRegionDocument(j.ctx, j.examiner, newID(), part)
	wantCode(t, err, app.CodeNotFound)
	if u, done, err := j.PutRegionDocument(j.ctx, j.examiner, r.ID, part); err != nil || !done || !u.Complete {
		t.Errorf("%+v %v", u, err)
	}
	if got, err := read(part.SHA256); err != nil || got != string(content) {
		t.Errorf("%q %v", got, err)
	}
	j.decideAll(t, r.ID, membership.Register, membership.StartReview, membership.Accept)
	change := membership.Change{
		ID: newID(), Request: r.ID, Event: membership.RegisterAgreement, Seen: j.seen(t, r.ID).Version,
		Document: &membership.Document{Kind: membership.DocumentAgreement, Name: "a.p7m", Size: 5, SHA256: wire.Hash([]byte("other")), Signature: &membership.Signature{Format: membership.FormatCAdES}},
	}
	_, err = j.ExaminerChange(j.ctx, j.examiner, change)
	wantCode(t, err, app.CodeInvalid) // nobody has it
	change.Document.SHA256, change.Document.Size = part.SHA256, part.Size
	if c, err := j.ExaminerChange(j.ctx, j.examiner, change); err != nil || c.State != membership.Signed {
		t.Errorf("%+v %v", c, err)
	}
}

// The hub reads itself whether there is a signature.
func TestHubReadsSignatures(t *testing.T) {
	j := newJoining(t)
	j.Hub = j.processParams(t, func(p *region.Params) {
		p.Bodies = register()
		p.Signature = func(content []byte) (membership.Signature, error) {
			if bytes.HasPrefix(content, []byte("p7s ")) {
				return membership.Signature{}, app.Fault(app.CodeSignatureDetached, nil)
			}
			if !bytes.HasPrefix(content, []byte("p7m ")) {
				return membership.Signature{}, app.Fault(app.CodeNotSigned, nil)
			}
			return membership.Signature{Format: membership.FormatCAdES, Signer: string(content[4:])}, nil
		}
	})
	r := request(newID())
	j.put(t, j.a, r)
	j.decideAll(t, r.ID, membership.Register, membership.StartReview, membership.Accept)
	scanned := j.document(t, j.a, membership.DocumentAgreement, "a scanned signature")
	_, err := j.ApplicantChange(j.ctx, j.a, membership.Change{ID: newID(), Request: r.ID, Event: membership.DeliverAgreement, Document: &scanned})
	wantCode(t, err, app.CodeNotSigned)
	alone := j.document(t, j.a, membership.DocumentAgreement, "p7s Quinta Persona")
	_, err = j.ApplicantChange(j.ctx, j.a, membership.Change{ID: newID(), Request: r.ID, Event: membership.DeliverAgreement, Document: &alone})
	wantCode(t, err, app.CodeSignatureDetached)
	signed := j.document(t, j.a, membership.DocumentAgreement, "p7m Quinta Persona")
	c, err := j.ApplicantChange(j.ctx, j.a, membership.Change{ID: newID(), Request: r.ID, Event: membership.DeliverAgreement, Document: &signed})
	if err != nil || c.Agreement.Signature.Signer != "Quinta Persona" {
		t.Errorf("%+v %v", c.Agreement, err)
	}
}

func TestLetters(t *testing.T) {
	j := newJoining(t)
	r := request(newID())
	j.put(t, j.a, r)
	ask := membership.LetterRequest{Change: newID(), Request: r.ID}
	_, err := j.MembershipLetter(j.ctx, j.examiner, ask)
	wantCode(t, err, app.CodeMembershipState)
	j.decideAll(t, r.ID, toActive()...)
	entries := len(j.seen(t, r.ID).History)
	first, err := j.MembershipLetter(j.ctx, j.examiner, ask)
	if err != nil {
		t.Fatal(err)
	}
	again, err := j.MembershipLetter(j.ctx, j.examiner, ask) // the answer got lost
	if err != nil || again.Code == first.Code {
		t.Fatal(err)
	}
	if c := j.seen(t, r.ID); len(c.History) != entries+1 {
		t.Errorf("%d entries", len(c.History))
	}
	second, err := j.MembershipLetter(j.ctx, j.examiner, membership.LetterRequest{Change: newID(), Request: r.ID})
	if err != nil {
		t.Fatal(err)
	}
	w := newWorkstation(t)
	enrol := func(code string) error {
		_, err := j.Enrol(j.ctx, wire.EnrolmentRequest{Code: code, PublicKey: w.public})
		return err
	}
	wantCode(t, enrol(first.Code), app.CodeEnrolmentCode)
	wantCode(t, enrol(again.Code), app.CodeEnrolmentCode)
	if err := enrol(second.Code); err != nil {
		t.Error(err)
	}
	third := membership.LetterRequest{Change: newID(), Request: r.ID}
	last, err := j.MembershipLetter(j.ctx, j.examiner, third)
	if err != nil {
		t.Fatal(err)
	}
	j.clock.add(30 * 24 * time.Hour)
	w = newWorkstation(t)
	wantCode(t, enrol(last.Code), app.CodeEnrolmentCode) // too old
	if last, err = j.MembershipLetter(j.ctx, j.examiner, third); err != nil {
		t.Fatal(err)
	}
	if err := enrol(last.Code); err != nil {
		t.Error(err)
	}
	_, err = j.MembershipLetter(j.ctx, j.examiner, third)
	wantCode(t, err, app.CodeConflict) // it did its work
}

// Twenty-five signs are typed by hand in thirty days, and nobody finds them by
// trying: a few slips cost no second letter.
func TestLetterThatIsMistyped(t *testing.T) {
	j := newJoining(t)
	r := request(newID())
	j.put(t, j.a, r)
	j.decideAll(t, r.ID, toActive()...)
	l, err := j.MembershipLetter(j.ctx, j.examiner, membership.LetterRequest{Change: newID(), Request: r.ID})
	if err != nil {
		t.Fatal(err)
	}
	w := newWorkstation(t)
	slip := l.Code[:len(l.Code)-1] + "A"
	if slip == l.Code {
		slip = l.Code[:len(l.Code)-1] + "B"
	}
	for range 20 {
		_, err := j.Enrol(j.ctx, wire.EnrolmentRequest{Code: slip, PublicKey: w.public})
		wantCode(t, err, app.CodeEnrolmentCode)
	}
	if _, err := j.Enrol(j.ctx, wire.EnrolmentRequest{Code: l.Code, PublicKey: w.public}); err != nil {
		t.Error(err)
	}
	if l, err = j.MembershipLetter(j.ctx, j.examiner, membership.LetterRequest{Change: newID(), Request: r.ID}); err != nil {
		t.Fatal(err)
	}
	for n := 0; ; n++ {
		_, err := j.Enrol(j.ctx, wire.EnrolmentRequest{Code: l.Code[:len(l.Code)-5] + "AAAAA", PublicKey: w.public})
		if app.ErrorCode(err) == app.CodeTooManyTries {
			break
		}
		if n == 1000 {
			t.Fatal("tries without end")
		}
	}
}

// The address of a body that the register does not know is confirmed by who
// examines.
func TestLetterToABodyOutsideTheRegister(t *testing.T) {
	j := newJoining(t)
	r := request(newID())
	r.Body = membership.Body{
		Authority: app.Authority{ID: "e_uno", Name: "Ente Uno", TaxCode: "00000000026", PEC: "Ente@pec.example"},
		Address:   app.Address{Street: "Via Seconda 2", PostalCode: "10100", Municipality: "Prova", Province: "TO"},
	}
	j.put(t, j.a, r)
	j.decideAll(t, r.ID, toActive()...)
	ask := membership.LetterRequest{Change: newID(), Request: r.ID}
	for _, pec := range []string{"", "else@pec.example"} {
		ask.PEC = pec
		_, err := j.MembershipLetter(j.ctx, j.examiner, ask)
		if app.ErrorCode(err) != app.CodeNoRegisterPEC || app.ErrorParams(err)["name"] != "Ente Uno" {
			t.Errorf("%q: %v", pec, err)
		}
	}
	ask.PEC = " ente@PEC.example"
	if l, err := j.MembershipLetter(j.ctx, j.examiner, ask); err != nil || l.PEC != "Ente@pec.example" {
		t.Errorf("%+v %v", l, err)
	}
}

// TestMemberLeavesAndReturns: the workstations are out at their next request,
// what was logged stays, and a new letter brings them back.
func TestMemberLeavesAndReturns(t *testing.T) {
	j := newJoining(t)
	r := request(newID())
	j.put(t, j.a, r)
	j.decideAll(t, r.ID, toActive()...)
	letter := func() string {
		l, err := j.MembershipLetter(j.ctx, j.examiner, membership.LetterRequest{Change: newID(), Request: r.ID})
		if err != nil {
			t.Fatal(err)
		}
		return l.Code
	}
	w := newWorkstation(t)
	e, err := j.Enrol(j.ctx, wire.EnrolmentRequest{Code: letter(), PublicKey: w.public})
	if err != nil {
		t.Fatal(err)
	}
	w.device = e.Device
	token, err := j.Token(j.ctx, w.assertion(t, j.clock.Now(), nil), "")
	if err != nil {
		t.Fatal(err)
	}
	caller, err := j.Authenticate(j.ctx, token.AccessToken)
	if err != nil {
		t.Fatal(err)
	}
	contact := contactOf(t, caller.Device)
	if _, _, err := j.PutContact(j.ctx, caller.Device, contact.ID, bytesOf(t, contact)); err != nil {
		t.Fatal(err)
	}
	unused, short := letter(), j.code(t, "c_prova", "c_prova-urp", time.Minute)
	j.decide(t, r.ID, membership.End)

	_, err = j.Authenticate(j.ctx, token.AccessToken)
	wantCode(t, err, app.CodeMembershipEnded)
	_, err = j.caller(t, w)
	wantCode(t, err, app.CodeMembershipEnded)
	for _, code := range []string{unused, short} {
		_, err = j.Enrol(j.ctx, wire.EnrolmentRequest{Code: code, PublicKey: newWorkstation(t).public})
		wantCode(t, err, app.CodeEnrolmentCode)
	}
	_, err = j.NewEnrolmentCode(j.ctx, region.EnrolmentCodeParams{Authority: "c_prova", Valid: time.Minute})
	wantCode(t, err, app.CodeMembershipEnded)
	_, err = j.MembershipLetter(j.ctx, j.examiner, membership.LetterRequest{Change: newID(), Request: r.ID})
	wantCode(t, err, app.CodeMembershipState)
	if got := j.export(t, wire.TypeAuthority); !strings.Contains(got, `"ended_on":"2026-11-23"`) {
		t.Errorf("the line is not marked: %s", got)
	}
	if operators, err := j.ListOperators(j.ctx, "c_prova"); err != nil || len(operators) != 1 || operators[0].Active {
		t.Errorf("%+v %v", operators, err)
	}
	report, err := j.Report(j.ctx, region.Administrator("demo"), region.ReportParams{From: "2000-01-01", To: "2100-01-01"})
	if err != nil || report.N != 1 {
		t.Errorf("its figures: %+v %v", report, err)
	}

	j.decide(t, r.ID, membership.Restore)
	if got := j.export(t, wire.TypeAuthority); strings.Contains(got, "ended_on") {
		t.Errorf("the mark stays: %s", got)
	}
	_, err = j.caller(t, w)
	wantCode(t, err, app.CodeDeviceRevoked) // it is enrolled anew
	e, err = j.Enrol(j.ctx, wire.EnrolmentRequest{Code: letter(), PublicKey: newWorkstation(t).public})
	if err != nil || e.Office != "c_prova-urp" {
		t.Errorf("%+v %v", e, err)
	}
	if operators, err := j.ListOperators(j.ctx, "c_prova"); err != nil || len(operators) != 1 || !operators[0].Active {
		t.Errorf("%+v %v", operators, err)
	}
}

// A body that left joins again by a new request: its offices are updated, not
// doubled.
func TestSecondMembership(t *testing.T) {
	j := newJoining(t)
	first := request(newID())
	first.Offices = append(first.Offices, first.Offices[0])
	first.Offices[1].Name = "URP in periferia"
	j.put(t, j.a, first)
	j.decideAll(t, first.ID, append(toActive(), membership.End)...)
	j.load(t, `{"type":"office","id":"c_prova-suap","authority":"other","name":"Di altri"}`+"\n")
	second := request(newID())
	second.Offices[0].Name = "URP rinnovato"
	second.Offices = append(second.Offices, second.Offices[0])
	second.Offices[1].Name, second.Offices[1].Kind = "SUAP", "suap"
	j.put(t, j.a, second)
	j.decideAll(t, second.ID, toActive()...)
	offices := map[string]string{}
	for line := range strings.Lines(j.export(t, wire.TypeOffice)) {
		var o app.Office
		if err := json.Unmarshal([]byte(line), &o); err != nil {
			t.Fatal(err)
		}
		offices[o.ID] = o.Name
	}
	for id, name := range map[string]string{
		"c_prova-urp": "URP rinnovato", "c_prova-urp-2": "URP in periferia", "c_prova-suap": "Di altri", "c_prova-suap-2": "SUAP",
	} {
		if offices[id] != name {
			t.Errorf("%s is %q, want %q", id, offices[id], name)
		}
	}
	if got := j.export(t, wire.TypeAuthority); strings.Contains(got, "ended_on") {
		t.Errorf("still marked: %s", got)
	}
	_, err := j.ExaminerChange(j.ctx, j.examiner, membership.Change{ID: newID(), Request: first.ID, Event: membership.Restore, Reason: "r", Seen: j.seen(t, first.ID).Version})
	wantCode(t, err, app.CodeMemberAlready)
}

// Who left the network is known to the hub, not to the files that are imported.
func TestImportLeavesMembershipsAlone(t *testing.T) {
	j := newJoining(t)
	r := request(newID())
	j.put(t, j.a, r)
	j.decideAll(t, r.ID, toActive()...)
	member := j.export(t, wire.TypeAuthority)
	j.decide(t, r.ID, membership.End)
	left := j.export(t, wire.TypeAuthority)
	renamed := strings.ReplaceAll(member, "Comune di Prova", "Comune di Prova Nuova")
	j.load(t, member)
	if got := j.export(t, wire.TypeAuthority); got != left {
		t.Errorf("an import took it back: %s", got)
	}
	j.load(t, renamed)
	if got := j.export(t, wire.TypeAuthority); !strings.Contains(got, "Prova Nuova") || !strings.Contains(got, `"ended_on":"2026-11-23"`) {
		t.Errorf("imported %s", got)
	}
	_, err := j.NewEnrolmentCode(j.ctx, region.EnrolmentCodeParams{Authority: "c_prova", Valid: time.Minute})
	wantCode(t, err, app.CodeMembershipEnded)
	j.decide(t, r.ID, membership.Restore)
	j.load(t, left)
	if got := j.export(t, wire.TypeAuthority); strings.Contains(got, "ended_on") || strings.Contains(got, "Nuova") {
		t.Errorf("an old export ended a membership: %s", got)
	}
	j.load(t, `{"type":"authority","id":"other","name":"Altro","ended_on":"2026-01-31"}`+"\n")
	if got := j.export(t, wire.TypeAuthority); !strings.Contains(got, `"ended_on":"2026-01-31"`) {
		t.Errorf("a body that never asked to join has the mark that it comes with: %s", got)
	}
}

// The body of the register is meant, whatever the request calls it.
func TestNameOfTheRegister(t *testing.T) {
	j := newJoining(t)
	r := request(newID())
	r.Body.Name = "Comune di Altrove"
	if c := j.put(t, j.a, r); c.Name != "Comune di Prova" {
		t.Errorf("the queue shows %q", c.Name)
	}
}

// A stranger cannot fill the disk with one request's history.
func TestHistoryHasABound(t *testing.T) {
	j := newJoining(t)
	r := request(newID())
	j.put(t, j.a, r)
	for i := 0; ; i++ {
		r.Note = fmt.Sprint("version ", i)
		if _, _, err := j.PutMembershipRequest(j.ctx, j.a, r.ID, must(wire.Marshal(r))); err != nil {
			wantCode(t, err, app.CodeForbidden)
			break
		}
		if i > 1000 {
			t.Fatal("no bound")
		}
	}
	c, err := j.ApplicantChange(j.ctx, j.a, membership.Change{ID: newID(), Request: r.ID, Event: membership.Withdraw, Fields: []string{"x"}})
	if last := c.History[len(c.History)-1]; err != nil || c.State != membership.Withdrawn || last.Fields != nil {
		t.Errorf("%+v %v", last, err)
	}
	long := membership.Change{ID: newID(), Request: r.ID, Event: membership.Register, Protocol: membership.Protocol{Number: strings.Repeat("1", 1000), Date: "2026-11-23"}}
	_, err = j.ExaminerChange(j.ctx, region.Administrator("demo"), long)
	wantCode(t, err, app.CodeInvalid)
}

// Documents of who asks for nothing do not keep the room of others for ever.
func TestDocumentsWithoutARequestAreForgotten(t *testing.T) {
	j := newJoining(t)
	idle := region.Applicant{Thumbprint: "idle"}
	left := j.document(t, idle, membership.DocumentOther, "of nobody")
	r := request(newID())
	r.Documents = []membership.Document{j.document(t, j.a, membership.DocumentAct, "the act")}
	j.put(t, j.a, r)
	agreement := []byte("signed, by PEC")
	_, _, err := j.PutRegionDocument(j.ctx, j.examiner, r.ID, region.BlobPart{SHA256: wire.Hash(agreement), Size: int64(len(agreement)), Content: agreement})
	if err != nil {
		t.Fatal(err)
	}
	unnamed := j.document(t, j.a, membership.DocumentOther, "named by nothing")
	replaced := r.Documents[0]
	r.Documents = []membership.Document{j.document(t, j.a, membership.DocumentAct, "the act as it is now")}
	j.put(t, j.a, r)
	for _, hours := range []time.Duration{47, 2} {
		if _, err = j.BlobUpload(j.ctx, idle, left.SHA256); err != nil {
			t.Fatal(err)
		}
		j.clock.add(hours * time.Hour)
		if _, err := j.Tend(j.ctx); err != nil {
			t.Fatal(err)
		}
	}
	for _, d := range []membership.Document{unnamed, replaced} {
		_, err = j.BlobUpload(j.ctx, j.a, d.SHA256)
		wantCode(t, err, app.CodeNotFound)
	}
	_, err = j.BlobUpload(j.ctx, idle, left.SHA256)
	wantCode(t, err, app.CodeNotFound)
	for _, sha := range []string{r.Documents[0].SHA256, wire.Hash(agreement)} {
		in, _, err := j.MembershipDocument(j.ctx, j.examiner, r.ID, sha)
		if err != nil {
			t.Fatal(err)
		}
		if content, err := io.ReadAll(in); err != nil || wire.Hash(content) != sha {
			t.Errorf("%q, %v", content, err)
		}
	}
}

func TestFirstSteps(t *testing.T) {
	j := newJoining(t)
	var lines strings.Builder
	for i, title := range []string{"Zeta", "Alfa", "beta", "Gamma", "Delta"} {
		fmt.Fprintf(&lines, `{"type":"sheet","code":"reg-%d","authority":"demo","language":"it","title":%q,"level":"regional"}`+"\n", i, title)
	}
	lines.WriteString(`{"type":"sheet","code":"old","authority":"demo","language":"it","title":"A","level":"national","status":"discontinued"}` + "\n")
	lines.WriteString(`{"type":"sheet","code":"own-3","authority":"other","language":"it","title":"Gamma da noi","level":"authority","base":"reg-3"}` + "\n")
	lines.WriteString(`{"type":"sheet","code":"own-4","authority":"other","language":"it","title":"Delta da noi","level":"authority","base":"reg-4"}` + "\n")
	j.load(t, lines.String())
	_, d := j.enrol(t, "other", "other-urp")
	log := func(corrects string, codes ...string) string {
		c := contactOf(t, d)
		c.Corrects, c.Sheets = corrects, nil
		for _, code := range codes {
			c.Sheets = append(c.Sheets, app.ContactSheet{Code: code, HandedOut: true})
		}
		if _, _, err := j.PutContact(j.ctx, d, c.ID, bytesOf(t, c)); err != nil {
			t.Fatal(err)
		}
		return c.ID
	}
	log("", "reg-0")
	log("", "own-4", "reg-4")     // one contact about one sheet
	wrong := log("", "reg-2")     // taken back
	log(wrong, "own-4", "demo-1") // the sheets of an authority are not a base
	r := request(newID())
	j.put(t, j.a, r)
	j.decideAll(t, r.ID, toActive()...)
	l, err := j.MembershipLetter(j.ctx, j.examiner, membership.LetterRequest{Change: newID(), Request: r.ID})
	if err != nil {
		t.Fatal(err)
	}
	w := newWorkstation(t)
	e, err := j.Enrol(j.ctx, wire.EnrolmentRequest{Code: l.Code, PublicKey: w.public})
	if err != nil {
		t.Fatal(err)
	}
	w.device = e.Device
	if got := strings.Join(j.firstSteps(t, w).Sheets, " "); got != "reg-4 reg-0 reg-3 reg-1 reg-2" {
		t.Errorf("first steps %s", got)
	}
}

// Who enrols while the body leaves is out as well.
func TestEnrolmentDuringTheEnd(t *testing.T) {
	j := newJoining(t)
	r := request(newID())
	j.put(t, j.a, r)
	j.decideAll(t, r.ID, toActive()...)
	beside := j.another(t)
	for range 5 {
		l, err := j.MembershipLetter(j.ctx, j.examiner, membership.LetterRequest{Change: newID(), Request: r.ID})
		if err != nil {
			t.Fatal(err)
		}
		w := newWorkstation(t)
		end := membership.Change{ID: newID(), Request: r.ID, Event: membership.End, Reason: "because", Seen: j.seen(t, r.ID).Version}
		var enrolled, ended error
		var both sync.WaitGroup
		both.Go(func() {
			_, enrolled = beside.Enrol(j.ctx, wire.EnrolmentRequest{Code: l.Code, PublicKey: w.public})
		})
		both.Go(func() { _, ended = j.ExaminerChange(j.ctx, j.examiner, end) })
		both.Wait()
		if ended != nil || enrolled != nil && app.ErrorCode(enrolled) != app.CodeEnrolmentCode {
			t.Fatalf("ended %v, enrolled %v", ended, enrolled)
		}
		devices, err := j.ListDevices(j.ctx, "c_prova")
		if err != nil {
			t.Fatal(err)
		}
		for _, d := range devices {
			if d.RevokedAt == nil {
				t.Errorf("%s is in though its body left", d.ID)
			}
		}
		j.decide(t, r.ID, membership.Restore)
	}
}

// Cases become visible in the order of their versions: who polls while
// replicas write misses none.
func TestCasesFeedUnderWriters(t *testing.T) {
	j := newJoining(t)
	const writers, each = 3, 4
	var wait sync.WaitGroup
	for w := range writers {
		hub, a := j.another(t), region.Applicant{Thumbprint: fmt.Sprint("writer", w)}
		wait.Go(func() {
			for range each {
				r := request(newID())
				for _, note := range []string{"a", "b"} {
					r.Note = note
					if _, _, err := hub.PutMembershipRequest(j.ctx, a, r.ID, must(wire.Marshal(r))); err != nil {
						t.Error(err)
						return
					}
				}
			}
		})
	}
	done := make(chan struct{})
	go func() { wait.Wait(); close(done) }()
	seen := map[string]int64{}
	var after int64
	for last := false; ; {
		select {
		case <-done:
			last = true
		default:
		}
		page, err := j.MembershipCases(j.ctx, j.examiner, after, 2)
		if err != nil {
			t.Fatal(err)
		}
		for _, c := range page.Items {
			if c.Version <= after {
				t.Fatalf("version %d after %d", c.Version, after)
			}
			after, seen[c.ID] = c.Version, c.Version
		}
		if last && len(page.Items) == 0 {
			break
		}
	}
	all, err := j.MembershipCases(j.ctx, j.examiner, 0, 100)
	if err != nil || len(all.Items) != writers*each || after != 2*writers*each {
		t.Fatalf("%d cases, last version %d, %v", len(all.Items), after, err)
	}
	numbers := map[string]bool{}
	for _, c := range all.Items {
		if seen[c.ID] != c.Version || numbers[c.Number] {
			t.Errorf("case %s is at %d, the reader saw %d; number %s", c.ID, c.Version, seen[c.ID], c.Number)
		}
		numbers[c.Number] = true
	}
}

// A replica that is killed in the midst of an activation leaves nothing of it,
// and the same change again does all of it.
func TestActivationThatFails(t *testing.T) {
	j := newJoining(t)
	r := request(newID())
	j.put(t, j.a, r)
	j.decideAll(t, r.ID, toActive()[:4]...)
	change := membership.Change{ID: newID(), Request: r.ID, Event: membership.Activate, Seen: j.seen(t, r.ID).Version}
	stopped := errors.New("killed")
	dying := j.processParams(t, func(p *region.Params) {
		p.Bodies = register()
		p.Store = &dyingStore{Store: p.Store, err: stopped}
	})
	if _, err := dying.ExaminerChange(j.ctx, j.examiner, change); !errors.Is(err, stopped) {
		t.Fatal(err)
	}
	if got := j.export(t, wire.TypeAuthority) + j.export(t, wire.TypeOffice); strings.Contains(got, "c_prova") {
		t.Errorf("half an activation: %s", got)
	}
	if c := j.seen(t, r.ID); c.State != membership.Signed {
		t.Errorf("state %s", c.State)
	}
	if c, err := j.ExaminerChange(j.ctx, j.examiner, change); err != nil || c.State != membership.Active {
		t.Errorf("%+v %v", c, err)
	}
}

// dyingStore fails at the last statement of a change.
type dyingStore struct {
	region.Store
	err error
}

func (d *dyingStore) Update(ctx context.Context, fn func(region.Tx) error) error {
	return d.Store.Update(ctx, func(tx region.Tx) error { return fn(dyingTx{tx, d.err}) })
}

type dyingTx struct {
	region.Tx
	err error
}

func (d dyingTx) PutMembership(r region.MembershipRecord) error {
	return errors.Join(d.Tx.PutMembership(r), d.err)
}

func TestNetworkSettings(t *testing.T) {
	j := newJoining(t)
	n, err := j.NetworkSettings(j.ctx)
	if err != nil || n.Hub != "https://hub.example" || !strings.HasPrefix(n.UploadKey, "age1") {
		t.Errorf("%+v %v", n, err)
	}
}
