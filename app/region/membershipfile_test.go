package region_test

import (
	"archive/zip"
	"bytes"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"slices"
	"testing"

	"filippo.io/age"
	"github.com/golang-jwt/jwt/v5"

	"polis/app"
	"polis/app/membership"
	"polis/app/region"
	"polis/data/wire"
)

// applicantKey signs files as a workstation does.
type applicantKey struct {
	key        *ecdsa.PrivateKey
	jwk        map[string]string
	thumbprint string
}

func newApplicantKey(t testing.TB) applicantKey {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	point, err := key.PublicKey.Bytes()
	if err != nil {
		t.Fatal(err)
	}
	x, y := base64.RawURLEncoding.EncodeToString(point[1:33]), base64.RawURLEncoding.EncodeToString(point[33:])
	sum := sha256.Sum256(fmt.Appendf(nil, `{"crv":"P-256","kty":"EC","x":%q,"y":%q}`, x, y))
	return applicantKey{key, map[string]string{"kty": "EC", "crv": "P-256", "x": x, "y": y}, base64.RawURLEncoding.EncodeToString(sum[:])}
}

// sign makes the signature of a file, long ago or not.
func (k applicantKey) sign(t testing.TB, body []byte) string {
	t.Helper()
	token := jwt.NewWithClaims(jwt.SigningMethodES256, jwt.MapClaims{
		"iss": k.thumbprint, "sub": k.thumbprint, "aud": wire.TokenAudience, "iat": 1,
		"signed_headers": []map[string]string{{"digest": wire.DigestOf(body)}, {"content-type": membership.FileMedia}},
	})
	token.Header["jwk"] = k.jwk
	text, err := token.SignedString(k.key)
	if err != nil {
		t.Fatal(err)
	}
	return text
}

// file signs a file.
func (k applicantKey) file(t testing.TB, f membership.File) membership.File {
	t.Helper()
	f.Signature = k.sign(t, must(f.SignedPart()))
	return f
}

func (j *joining) seal(t testing.TB, plain []byte) []byte {
	t.Helper()
	n, err := j.NetworkSettings(j.ctx)
	if err != nil {
		t.Fatal(err)
	}
	to, err := age.ParseX25519Recipient(n.UploadKey)
	if err != nil {
		t.Fatal(err)
	}
	var sealed bytes.Buffer
	w, err := age.Encrypt(&sealed, to)
	if err == nil {
		_, err = w.Write(plain)
	}
	if err = errors.Join(err, w.Close()); err != nil {
		t.Fatal(err)
	}
	return sealed.Bytes()
}

func archive(t testing.TB, f membership.File, documents map[string]string) []byte {
	t.Helper()
	var plain bytes.Buffer
	err := membership.WriteFile(&plain, f, func(sha string) (io.ReadCloser, error) {
		return io.NopCloser(bytes.NewReader([]byte(documents[sha]))), nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return plain.Bytes()
}

func TestFileOnAStick(t *testing.T) {
	j := newJoining(t)
	k := newApplicantKey(t)
	const act = "the act"
	r := request(newID())
	r.Documents = []membership.Document{{Kind: membership.DocumentAct, Title: "Delibera", Name: "delibera.pdf", Size: int64(len(act)), SHA256: wire.Hash([]byte(act))}}
	body := must(wire.Marshal(r))
	documents := map[string]string{r.Documents[0].SHA256: act}
	f := k.file(t, membership.File{Request: body, Documents: r.Documents})
	sealed := j.seal(t, archive(t, f, documents))

	c, err := j.ImportMembershipFile(j.ctx, j.examiner, sealed)
	if err != nil || c.State != membership.Sent || c.ID != r.ID {
		t.Fatalf("%+v %v", c, err)
	}
	if again, err := j.ImportMembershipFile(j.ctx, j.examiner, sealed); err != nil || again.Version != c.Version || len(again.History) != 1 {
		t.Errorf("the same file: %+v %v", again, err)
	}
	if _, _, err := j.MembershipDocument(j.ctx, j.examiner, r.ID, r.Documents[0].SHA256); err != nil {
		t.Error(err)
	}
	// Its owner goes on over the network, with the same key.
	if own, err := j.MembershipRequest(j.ctx, region.Applicant{Thumbprint: k.thumbprint}, r.ID); err != nil || own.Number != c.Number {
		t.Errorf("%+v %v", own, err)
	}

	other := newApplicantKey(t)
	changed := bytes.Replace(body, []byte("Nome Cognome"), []byte("Altra Persona"), 1)
	for name, bad := range map[string]struct {
		content []byte
		code    app.Code
	}{
		"nothing":           {nil, app.CodeMembershipFile},
		"not sealed":        {archive(t, f, documents), app.CodeMembershipFile},
		"cut":               {sealed[:len(sealed)-20], app.CodeMembershipFile},
		"not an archive":    {j.seal(t, []byte("hello")), app.CodeMembershipFile},
		"no request in it":  {j.seal(t, zipOf(t, "else", "x")), app.CodeMembershipFile},
		"not JSON":          {j.seal(t, zipOf(t, "request.json", "x")), app.CodeMembershipFile},
		"not signed":        {j.seal(t, archive(t, membership.File{Request: body, Documents: r.Documents}, documents)), app.CodeUnauthorized},
		"changed":           {j.seal(t, archive(t, membership.File{Request: changed, Signature: f.Signature, Documents: r.Documents}, documents)), app.CodeUnauthorized},
		"somebody else's":   {j.seal(t, archive(t, other.file(t, membership.File{Request: body, Documents: r.Documents}), documents)), app.CodeNotFound},
		"other document":    {j.seal(t, archive(t, f, map[string]string{r.Documents[0].SHA256: "else"})), app.CodeMembershipFile},
		"document bigger":   {j.seal(t, archive(t, f, map[string]string{r.Documents[0].SHA256: string(make([]byte, membership.MaxDocument+1))})), app.CodeMembershipFile},
		"sealed to another": {sealedToAnother(t), app.CodeMembershipFile},
	} {
		if _, err := j.ImportMembershipFile(j.ctx, j.examiner, bad.content); app.ErrorCode(err) != bad.code {
			t.Errorf("%s: %v", name, err)
		}
	}
	if page, err := j.MembershipCases(j.ctx, j.examiner, 0, 10); err != nil || len(page.Items) != 1 || page.Items[0].Version != c.Version {
		t.Errorf("%+v %v", page, err)
	}
}

// carried makes a sealed file of a request and what is asked of it.
func (j *joining) carried(t testing.TB, k applicantKey, r *membership.Request, answers int, documents map[string]string, changes ...membership.Change) []byte {
	t.Helper()
	f := membership.File{Request: must(wire.Marshal(r)), Answers: answers, Changes: changes, Documents: slices.Clone(r.Documents)}
	for _, c := range changes {
		if c.Document != nil {
			f.Documents = append(f.Documents, *c.Document)
		}
	}
	return j.seal(t, archive(t, k.file(t, f), documents))
}

func (j *joining) imported(t testing.TB, file []byte) membership.Case {
	t.Helper()
	c, err := j.ImportMembershipFile(j.ctx, j.examiner, file)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func eventsOf(c *membership.Case) (all []membership.Event) {
	for _, e := range c.History {
		all = append(all, e.Event)
	}
	return all
}

// Everything that an applicant does comes by sticks, each of them twice and
// also when another came before; the link brings the same once more.
func TestLaterStepsOnSticks(t *testing.T) {
	j := newJoining(t)
	k := newApplicantKey(t)
	own := region.Applicant{Thumbprint: k.thumbprint}
	r := request(newID())
	first := j.carried(t, k, r, 0, nil)
	j.imported(t, first)
	r.Note, r.Revision = "Corretta", 1
	second := j.carried(t, k, r, 0, nil)
	j.imported(t, second)
	if _, err := j.ImportMembershipFile(j.ctx, j.examiner, first); app.ErrorCode(err) != app.CodeMembershipOlder {
		t.Errorf("the stick before: %v", err)
	}
	if _, _, err := j.PutMembershipRequest(j.ctx, own, r.ID, must(wire.Marshal(request(r.ID)))); app.ErrorCode(err) != app.CodeMembershipOlder {
		t.Errorf("the version before, by the link: %v", err)
	}
	j.decideAll(t, r.ID, membership.Register, membership.StartReview, membership.RequestIntegration)
	unread := *r
	unread.Revision, unread.Note = 2, "Scritta prima di leggere che cosa manca"
	if _, err := j.ImportMembershipFile(j.ctx, j.examiner, j.carried(t, k, &unread, 0, nil)); app.ErrorCode(err) != app.CodeMembershipState {
		t.Errorf("what was written before the question is its answer: %v", err)
	}
	integrate := membership.Change{ID: newID(), Request: r.ID, Event: membership.Integrate}
	if c := j.imported(t, j.carried(t, k, r, 0, nil, integrate)); c.State != membership.Integration {
		t.Errorf("an answer to no question: %s", c.State)
	}
	answer := j.carried(t, k, r, 1, nil, integrate)
	for range 2 {
		if c := j.imported(t, answer); c.State != membership.UnderReview {
			t.Fatal(c.State)
		}
	}
	j.decideAll(t, r.ID, membership.RequestIntegration)
	if c := j.imported(t, answer); c.State != membership.Integration {
		t.Errorf("the answer to the first question is that to the second: %s", c.State)
	}
	r.Note, r.Revision = "Completa", 2
	last := j.carried(t, k, r, 2, nil, membership.Change{ID: newID(), Request: r.ID, Event: membership.Integrate})
	for range 2 {
		if c := j.imported(t, last); c.State != membership.UnderReview {
			t.Fatal(c.State)
		}
	}
	j.decideAll(t, r.ID, membership.Accept)
	const signed = "signed agreement"
	d := membership.Document{
		Kind: membership.DocumentAgreement, Name: "protocollo.p7m", MediaType: "application/pkcs7-mime", Size: int64(len(signed)), SHA256: wire.Hash([]byte(signed)),
		Signature: &membership.Signature{Format: membership.FormatCAdES},
	}
	deliver := membership.Change{ID: newID(), Request: r.ID, Event: membership.DeliverAgreement, Document: &d}
	agreement := j.carried(t, k, r, 2, map[string]string{d.SHA256: signed}, deliver)
	for range 2 {
		if c := j.imported(t, agreement); c.Agreement == nil || c.Agreement.SHA256 != d.SHA256 {
			t.Fatalf("%+v", c.Agreement)
		}
	}
	if c, err := j.ApplicantChange(j.ctx, own, deliver); err != nil || c.Agreement == nil { // the link is back
		t.Errorf("%+v %v", c, err)
	}
	withdraw := membership.Change{ID: newID(), Request: r.ID, Event: membership.Withdraw, Reason: "Ripensato"}
	out := j.carried(t, k, r, 2, nil, withdraw)
	for range 2 {
		if c := j.imported(t, out); c.State != membership.Withdrawn {
			t.Fatal(c.State)
		}
	}
	c := j.seen(t, r.ID)
	want := []membership.Event{
		membership.Submit, membership.Replace, membership.Register, membership.StartReview, membership.RequestIntegration, membership.Integrate,
		membership.RequestIntegration, membership.Integrate, membership.Accept, membership.DeliverAgreement, membership.Withdraw,
	}
	if got := eventsOf(&c); !slices.Equal(got, want) {
		t.Errorf("history %v", got)
	}
}

// A file asks nothing that its applicant could not ask over the link.
func TestBadChangesOnAStick(t *testing.T) {
	j := newJoining(t)
	k, other := newApplicantKey(t), newApplicantKey(t)
	r, theirs := request(newID()), request(newID())
	j.imported(t, j.carried(t, k, r, 0, nil))
	j.imported(t, j.carried(t, other, theirs, 0, nil))
	withdraw := func(id string) membership.Change {
		return membership.Change{ID: newID(), Request: id, Event: membership.Withdraw}
	}
	touched := k.file(t, membership.File{Request: must(wire.Marshal(r))})
	touched.Changes = []membership.Change{withdraw(r.ID)}
	unsent := membership.Change{ID: newID(), Request: r.ID, Event: membership.DeliverAgreement, Document: &membership.Document{Size: 5, SHA256: wire.Hash([]byte("never")), Signature: &membership.Signature{}}}
	for name, bad := range map[string]struct {
		content []byte
		code    app.Code
	}{
		"of another request":    {j.carried(t, k, r, 0, nil, withdraw(theirs.ID)), app.CodeMembershipFile},
		"of another's request":  {j.carried(t, k, theirs, 0, nil, withdraw(theirs.ID)), app.CodeNotFound},
		"added by somebody":     {j.seal(t, archive(t, touched, nil)), app.CodeUnauthorized},
		"the region's decision": {j.carried(t, k, r, 0, nil, membership.Change{ID: newID(), Request: r.ID, Event: membership.Register, Protocol: protocol()}), app.CodeForbidden},
		"a version":             {j.carried(t, k, r, 0, nil, membership.Change{ID: newID(), Request: r.ID, Event: membership.Replace}), app.CodeInvalid},
		"too early":             {j.carried(t, k, r, 0, map[string]string{unsent.Document.SHA256: "never"}, unsent), app.CodeMembershipState},
	} {
		if _, err := j.ImportMembershipFile(j.ctx, j.examiner, bad.content); app.ErrorCode(err) != bad.code {
			t.Errorf("%s: %v", name, err)
		}
	}
	for _, id := range []string{r.ID, theirs.ID} {
		if c := j.seen(t, id); c.State != membership.Sent || len(c.History) != 1 {
			t.Errorf("%+v", c)
		}
	}
}

// The answer opens for the workstation that asked, and says who signed it.
func TestAnswerInAFile(t *testing.T) {
	j := newJoining(t)
	k := newApplicantKey(t)
	mine := must(age.GenerateX25519Identity())
	r := request(newID())
	r.AnswerKey = mine.Recipient().String()
	j.imported(t, j.carried(t, k, r, 0, nil))
	j.decideAll(t, r.ID, membership.Register)
	sealed := must(j.MembershipAnswer(j.ctx, j.examiner, r.ID))
	in, err := age.Decrypt(bytes.NewReader(sealed), mine)
	if err != nil {
		t.Fatal(err)
	}
	var signed membership.SignedAnswer
	var stated wire.OnlineKey
	var a membership.Answer
	roots := must(j.NetworkSettings(j.ctx)).Roots
	if err := errors.Join(json.NewDecoder(in).Decode(&signed), signed.OnlineKey.Verify(&stated, must(base64.RawURLEncoding.DecodeString(roots[0])))); err != nil {
		t.Fatal(err)
	}
	if err := signed.Answer.Verify(&a, must(stated.Public())); err != nil {
		t.Fatal(err)
	}
	if a.Case.ID != r.ID || a.Case.State != membership.Registered || len(a.Case.History) != 2 || a.Case.History[1].By.ID != "" || a.Case.Content != nil || a.Case.Rivals != nil {
		t.Errorf("%+v", a.Case)
	}
	if _, err := age.Decrypt(bytes.NewReader(sealed), must(age.GenerateX25519Identity())); err == nil {
		t.Error("it opens for others")
	}
	silent := request(newID())
	j.imported(t, j.carried(t, k, silent, 0, nil))
	nobody := region.Caller{}
	for name, tt := range map[string]struct {
		caller region.Caller
		id     string
		code   app.Code
	}{
		"no key to seal to": {j.examiner, silent.ID, app.CodeInvalid},
		"unknown":           {j.examiner, newID(), app.CodeNotFound},
		"no examiner":       {nobody, r.ID, app.CodeForbidden},
	} {
		if _, err := j.MembershipAnswer(j.ctx, tt.caller, tt.id); app.ErrorCode(err) != tt.code {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func zipOf(t testing.TB, name, content string) []byte {
	t.Helper()
	var out bytes.Buffer
	z := zip.NewWriter(&out)
	w, err := z.Create(name)
	if err == nil {
		_, err = w.Write([]byte(content))
	}
	if err = errors.Join(err, z.Close()); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}

func sealedToAnother(t testing.TB) []byte {
	t.Helper()
	return newJoining(t).seal(t, []byte("hello"))
}
