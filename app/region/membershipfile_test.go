package region_test

import (
	"archive/zip"
	"bytes"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
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
	changed := bytes.Replace(body, []byte("Prima Persona"), []byte("Altra Persona"), 1)
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
