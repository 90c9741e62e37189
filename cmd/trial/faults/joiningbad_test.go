package faults

import (
	"bytes"
	"crypto/ecdsa"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"github.com/google/uuid"

	"polis/app"
	"polis/app/membership"
	"polis/app/membership/specimen"
	"polis/app/region"
	"polis/data/api"
	"polis/data/wire"
)

// until goes the way up to and with a step.
func (j *joining) until(last string) {
	j.t.Helper()
	way := j.way()
	for name := range way {
		if name > last {
			delete(way, name)
		}
	}
	j.walk(way, func(_ string, s step) { ok(j.t, s.do()) })
}

// again makes another letter and returns its code.
func (j *joining) again() string {
	j.t.Helper()
	ok(j.t, j.writes().do())
	return j.code()
}

// member is a body that joined, with a sheet of its own.
func member(t *testing.T) *joining {
	t.Helper()
	j := newJoining(t)
	j.id = j.draft(j.body)
	j.until("17 see")
	j.load(`{"type":"sheet","code":"`+joined+`-0001","authority":"`+joined+`","language":"it","title":"Orari numero nove"}`+"\n", false)
	j.body.sync("")
	return j
}

// applicant is a program that is not ours and has the workstation's key.
func (j *joining) applicant() *api.Applicant {
	j.t.Helper()
	key := must[*ecdsa.PrivateKey](j.t)(j.body.Vault().ApplicantKey())
	a := must[*api.Applicant](j.t)(api.NewApplicant(membership.Network{Hub: j.server.URL, CA: string(j.ca)}, key, j.clock, nil))
	j.t.Cleanup(a.Close)
	return a
}

// A code holds once, for thirty days, until the next letter.
func TestCodesOfLetters(t *testing.T) {
	j := newJoining(t)
	j.id = j.draft(j.body)
	j.until("12 letter")
	ctx := t.Context()
	first := j.code()
	second := j.again()
	wantCode(t, j.body.Enrol(ctx, j.server.URL, first, j.ca), app.CodeEnrolmentCode)
	j.clock.move(31 * day)
	wantCode(t, j.body.Enrol(ctx, j.server.URL, second, j.ca), app.CodeEnrolmentCode)
	third := j.again()
	if first == second || second == third {
		t.Fatal("two letters have one code")
	}
	wrong := []byte(third)
	wrong[len(wrong)-1] = "AB"[bytes.Count(wrong[len(wrong)-1:], []byte("A"))]
	wantCode(t, j.body.Enrol(ctx, j.server.URL, string(wrong), j.ca), app.CodeEnrolmentCode)
	ok(t, j.body.Enrol(ctx, j.server.URL, third, j.ca))
	j.body.sync("")
	other := j.bare("other")
	defer other.close()
	wantCode(t, other.Enrol(ctx, j.server.URL, third, j.ca), app.CodeEnrolmentCode)
	wantCode(t, other.Enrol(ctx, j.server.URL, second, j.ca), app.CodeEnrolmentCode)
	if devices := must[[]wire.DeviceRecord](t)(j.now.Load().ListDevices(ctx, joined)); len(devices) != 1 {
		t.Errorf("workstations: %+v", devices)
	}
}

// A workstation that belongs to somebody does not become another's.
func TestCodeForAnotherBody(t *testing.T) {
	j := newJoining(t)
	j.id = j.draft(j.body)
	j.until("12 letter")
	ctx := t.Context()
	was := j.desk.device()
	wantCode(t, j.desk.Enrol(ctx, j.server.URL, j.code(), j.ca), app.CodeAlreadyEnrolled)
	if j.desk.device().ID != was.ID || j.desk.device().Authority != "demo" {
		t.Errorf("%+v", j.desk.device())
	}
	j.desk.sync("")
	ok(t, j.body.Enrol(ctx, j.server.URL, j.code(), j.ca)) // it was not used up
}

// A second request for the same body is shown beside the first, from either
// side; one of them becomes a member.
func TestSecondRequestForTheSameBody(t *testing.T) {
	j := newJoining(t)
	j.id = j.draft(j.body)
	j.until("10 register")
	ctx := t.Context()
	first, bodys := j.id, j.body
	j.body = j.bare("rival")
	defer j.body.close()
	j.id = j.draft(j.body)
	ok(t, j.submits().do())
	ok(t, j.region.Review.Refresh(ctx))
	for id, rival := range map[string]string{first: j.id, j.id: first} {
		c, _, err := j.region.Review.Get(ctx, id)
		if err != nil || !slices.Equal(c.Rivals, []string{rival}) {
			t.Errorf("beside %s stands %v, %v", id, c.Rivals, err)
		}
	}
	second := j.id
	j.until("10 register")
	for _, id := range []string{first, second} {
		j.id = id
		do, _ := j.examine(membership.Activate, nil)
		if err := do(); id == first {
			ok(t, err)
		} else {
			wantCode(t, err, app.CodeMemberAlready)
		}
	}
	if n := j.lines(wire.TypeAuthority, joined); n != 1 {
		t.Errorf("%d authorities", n)
	}
	_, err := bodys.Applications.Get(ctx, second)
	wantCode(t, err, app.CodeNotFound) // each sees its own
	rival := j.applicant()
	_, err = rival.Request(ctx, first)
	wantCode(t, err, app.CodeNotFound)
	_, err = rival.PutChange(ctx, membership.Change{ID: uuid.Must(uuid.NewV7()).String(), Request: first, Event: membership.Withdraw})
	wantCode(t, err, app.CodeNotFound)
}

// What a program that is not ours sends past the form is refused by the hub,
// and changes nothing.
func TestBadRequestsAtTheHub(t *testing.T) {
	j := newJoining(t)
	j.id = j.draft(j.body)
	ctx := t.Context()
	r := j.filed().Request
	a := j.applicant()
	put := func(change func(*membership.Request)) error {
		bad := r
		bad.Offices, bad.Documents = slices.Clone(r.Offices), slices.Clone(r.Documents)
		change(&bad)
		_, err := a.PutRequest(ctx, bad.ID, must[[]byte](t)(wire.Marshal(bad)))
		return err
	}
	for what, change := range map[string]func(*membership.Request){
		"a body's tax code with another check digit": func(r *membership.Request) { r.Body.TaxCode = "00161450068" },
		"a person's tax code that is none":           func(r *membership.Request) { r.Representative.TaxCode = "RSSMRA80A01L219X" },
		"no office":                                  func(r *membership.Request) { r.Offices = nil },
		"no act":                                     func(r *membership.Request) { r.Act = membership.Act{} },
		"a PEC that is no address":                   func(r *membership.Request) { r.Body.PEC = "protocollo" },
		"hours that end before they begin": func(r *membership.Request) {
			r.Offices[0].OpeningHours = []app.Hours{{Days: []string{"MO"}, Opens: "12:00", Closes: "09:00"}}
		},
		"somebody who claims to be in the register": func(r *membership.Request) { r.Body.Registered, r.Body.TaxCode = true, "" },
		"an act whose day is still to come":         func(r *membership.Request) { r.Act.Date = "2030-01-01" },
	} {
		if err := put(change); app.ErrorCode(err) != app.CodeMembershipIncomplete {
			t.Errorf("%s: %v", what, err)
		}
	}
	wantCode(t, put(func(r *membership.Request) { r.Documents[0].Size = 200 << 20 }), app.CodeFileTooLarge)
	wantCode(t, put(func(*membership.Request) {}), app.CodeInvalid) // its document was never sent
	const large = 200 << 20
	wantCode(t, a.PutDocument(ctx, wire.Hash([]byte("large")), large, bytes.NewReader(make([]byte, large))), app.CodeInvalid)
	if page := must[membership.CasePage](t)(j.now.Load().MembershipCases(ctx, region.Administrator(""), 0, 10)); len(page.Items) != 0 {
		t.Errorf("%+v", page.Items)
	}
}

// A scan, a renamed PDF, half a signature: no agreement, at the workstation
// and at the hub.
func TestAgreementThatIsNotSigned(t *testing.T) {
	j := newJoining(t)
	j.id = j.draft(j.body)
	j.until("08 learn")
	ctx := t.Context()
	signed := j.agreement()
	a := j.applicant()
	for what, content := range map[string][]byte{
		"a scan":                {0xff, 0xd8, 0xff, 0xe0, 0, 16, 'J', 'F', 'I', 'F', 0, 1},
		"a PDF with a new name": []byte("%PDF-1.7\n1 0 obj <</Type/Catalog>> endobj\n%%EOF"),
		"half a signature":      signed[:len(signed)/2],
		"words":                 []byte("firmato digitalmente"),
	} {
		_, err := j.body.Applications.Attach(ctx, j.id, membership.DocumentAgreement, "", "protocollo.pdf.p7m", bytes.NewReader(content))
		if code := app.ErrorCode(err); code != app.CodeNotSigned && code != app.CodeFileKind {
			t.Errorf("%s at the workstation: %v", what, err)
		}
		_, err = j.region.Review.AttachAgreement(ctx, j.id, "protocollo.pdf.p7m", bytes.NewReader(content))
		if code := app.ErrorCode(err); code != app.CodeNotSigned && code != app.CodeFileKind {
			t.Errorf("%s at the region: %v", what, err)
		}
		sum := wire.Hash(content)
		ok(t, a.PutDocument(ctx, sum, int64(len(content)), bytes.NewReader(content)))
		_, err = a.PutChange(ctx, membership.Change{
			ID: uuid.Must(uuid.NewV7()).String(), Request: j.id, Event: membership.DeliverAgreement,
			Document: &membership.Document{
				Kind: membership.DocumentAgreement, Name: "protocollo.pdf.p7m", Size: int64(len(content)), SHA256: sum,
				Signature: &membership.Signature{Format: membership.FormatCAdES, Signer: "Chiunque"},
			},
		})
		if app.ErrorCode(err) != app.CodeNotSigned {
			t.Errorf("%s at the hub: %v", what, err)
		}
	}
	do, _ := j.examine(membership.Activate, nil)
	wantCode(t, do(), app.CodeMembershipState)
	ok(t, j.region.Review.Dismiss(ctx, must[[]membership.Decision](t)(j.region.Review.Waiting(ctx))[0].Change.ID))
	large := filepath.Join(t.TempDir(), "grande.pdf")
	ok(t, os.WriteFile(large, signed, 0o600))
	ok(t, os.Truncate(large, 200<<20))
	f := must[*os.File](t)(os.Open(large))
	_, err := j.body.Applications.Attach(ctx, j.id, membership.DocumentAgreement, "", "grande.pdf", f)
	wantCode(t, err, app.CodeFileTooLarge)
	ok(t, f.Close())
	if c := j.queued(); c.State != membership.Accepted || c.Agreement != nil {
		t.Errorf("%+v", c)
	}
}

// Who does not sign in time has to ask anew; nothing comes in afterwards.
func TestAgreementThatComesTooLate(t *testing.T) {
	j := newJoining(t)
	j.id = j.draft(j.body)
	j.until("08 learn")
	s := j.delivers()
	j.away()
	wantCode(t, s.do(), app.CodeHubUnreachable) // signed, queued, no link
	j.clock.move(32 * day)
	j.stand(nil)
	ok(t, s.do())
	f := j.filed()
	if f.State() != membership.Expired || f.Waiting != 0 || f.Problem != app.CodeMembershipState {
		t.Errorf("%s, %d wait, %s", f.State(), f.Waiting, f.Problem)
	}
	ok(t, j.region.Review.Refresh(t.Context()))
	if c := j.queued(); c.State != membership.Expired || !c.History[len(c.History)-1].At.Before(j.clock.Now().Add(-day/2)) {
		t.Errorf("%+v", c)
	}
}

// A member that leaves: its workstation is refused at the next exchange and
// keeps what it logged, its sheets are marked everywhere, its figures stay;
// and it comes back by another letter, with the same files.
func TestMemberThatLeavesAndComesBack(t *testing.T) {
	j := member(t)
	ctx := t.Context()
	before := j.body.log(nil, app.Personal{}).ID
	j.body.sync("")
	j.desk.sync("")
	ends := j.examines(membership.End, func(c *membership.Change) { c.Reason = "Recesso." })
	ok(t, ends.do())
	last := j.body.log(nil, app.Personal{}).ID
	j.body.sync(app.CodeMembershipEnded)
	j.body.waiting(1, 0)
	j.body.searches()
	j.arrived(before)
	for _, d := range []*desk{j.desk, j.region} {
		d.sync("")
		if a := d.Catalogue.Authority(joined); a.EndedOn != app.Day(j.clock.Now()) {
			t.Errorf("%+v", a)
		}
		if len(must[[]app.Reading](t)(d.Catalogue.Readings(ctx, []string{joined + "-0001"}))) != 1 {
			t.Error("the sheet is gone")
		}
	}
	_, err := j.region.Review.Letter(ctx, membership.LetterRequest{Change: uuid.Must(uuid.NewV7()).String(), Request: j.id, PEC: specimen.PEC})
	wantCode(t, err, app.CodeMembershipState)
	back := j.examines(membership.Restore, func(c *membership.Change) { c.Reason = "Recesso ritirato." })
	ok(t, back.do())
	j.body.sync(app.CodeDeviceRevoked) // the old key stays out
	code := j.again()
	ok(t, j.body.Enrol(ctx, j.server.URL, code, j.ca))
	j.body.sync("")
	j.body.sync("")
	j.body.waiting(0, 0)
	j.arrived(before, last)
	j.desk.sync("")
	if a := j.desk.Catalogue.Authority(joined); a.EndedOn != "" {
		t.Errorf("%+v", a)
	}
	ok(t, j.body.Applications.Refresh(ctx))
	if f := j.filed(); f.State() != membership.Active {
		t.Errorf("%s", f.State())
	}
}
