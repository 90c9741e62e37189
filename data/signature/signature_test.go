package signature_test

import (
	"bytes"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/sha256"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/asn1"
	"encoding/base64"
	"encoding/hex"
	"encoding/pem"
	"fmt"
	"math/big"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"polis/app"
	"polis/app/membership"
	"polis/data/signature"
)

// signer is somebody with a certificate, and openssl to sign with it.
type signer struct {
	t    testing.TB
	dir  string
	cert string
	key  string
}

func newSigner(t testing.TB, subject pkix.Name) *signer {
	t.Helper()
	if _, err := exec.LookPath("openssl"); err != nil {
		t.Skip("openssl is not installed")
	}
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{
		SerialNumber: big.NewInt(0x8001), Subject: subject, SubjectKeyId: []byte{1, 2, 3},
		NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour), KeyUsage: x509.KeyUsageDigitalSignature,
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, key.Public(), key)
	if err != nil {
		t.Fatal(err)
	}
	private, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		t.Fatal(err)
	}
	s := &signer{t: t, dir: t.TempDir()}
	s.cert, s.key = filepath.Join(s.dir, "cert.pem"), filepath.Join(s.dir, "key.pem")
	s.write(s.cert, pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der}))
	s.write(s.key, pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: private}))
	return s
}

func (s *signer) write(path string, content []byte) {
	s.t.Helper()
	if err := os.WriteFile(path, content, 0o600); err != nil {
		s.t.Fatal(err)
	}
}

func (s *signer) openssl(args ...string) []byte {
	s.t.Helper()
	out, err := exec.Command("openssl", args...).CombinedOutput()
	if err != nil {
		s.t.Fatalf("openssl %v: %v\n%s", args, err, out)
	}
	return out
}

// sign returns the CMS of a content, by default DER with the content in it.
func (s *signer) sign(content []byte, more ...string) []byte {
	s.t.Helper()
	in, out := filepath.Join(s.dir, "in"), filepath.Join(s.dir, "out")
	s.write(in, content)
	args := []string{"cms", "-sign", "-binary", "-signer", s.cert, "-inkey", s.key, "-in", in, "-out", out, "-md", "sha256"}
	if !contains(more, "-outform") {
		args = append(args, "-outform", "DER")
	}
	if !contains(more, "-detached") {
		args = append(args, "-nodetach")
	} else {
		more = without(more, "-detached")
	}
	s.openssl(append(args, more...)...)
	signed, err := os.ReadFile(out)
	if err != nil {
		s.t.Fatal(err)
	}
	return signed
}

func contains(list []string, what string) bool { return len(without(list, what)) < len(list) }

func without(list []string, what string) (rest []string) {
	for _, s := range list {
		if s != what {
			rest = append(rest, s)
		}
	}
	return rest
}

func sha(b []byte) string {
	sum := sha256.Sum256(b)
	return hex.EncodeToString(sum[:])
}

func TestEnvelopes(t *testing.T) {
	s := newSigner(t, pkix.Name{CommonName: "NOME DI PROVA"})
	content := bytes.Repeat([]byte("Protocollo d'intesa\n\x00\x00"), 5000)
	der := s.sign(content)
	indefinite := s.sign(content, "-stream", "-indef")
	if !bytes.HasPrefix(indefinite, []byte{0x30, 0x80}) {
		t.Fatalf("openssl wrote no indefinite lengths: % x", indefinite[:4])
	}
	lines := func(b []byte, end string) []byte {
		var out strings.Builder
		for text := base64.StdEncoding.EncodeToString(b); text != ""; {
			n := min(len(text), 64)
			out.WriteString(text[:n] + end)
			text = text[n:]
		}
		return []byte(out.String())
	}
	for name, file := range map[string][]byte{
		"DER":                 der,
		"DER with more after": append(bytes.Clone(der), 0, 0, 0, '\n'),
		"BER":                 indefinite,
		"PEM":                 s.sign(content, "-outform", "PEM"),
		"PEM, Windows":        bytes.ReplaceAll(s.sign(content, "-outform", "PEM"), []byte("\n"), []byte("\r\n")),
		"base64":              lines(der, "\n"),
		"base64, Windows":     append([]byte("\ufeff"), lines(der, "\r\n")...),
		"base64, one line":    []byte(base64.StdEncoding.EncodeToString(der)),
		"BER in base64":       lines(indefinite, "\n"),
		"by key identifier":   s.sign(content, "-keyid"),
		"without attributes":  s.sign(content, "-noattr"),
		"other content type":  s.sign(content, "-econtent_type", "1.2.840.113549.1.9.16.1.1"),
	} {
		got, err := signature.ReadSignature(file)
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		if want := (membership.Signature{Format: membership.FormatCAdES, Signer: "NOME DI PROVA", Encloses: sha(content)}); got != want {
			t.Errorf("%s: %+v", name, got)
		}
		if !signature.Holds(file, strings.ToUpper(sha(content))) || signature.Holds(file, sha(file)) || signature.Holds(file, "") {
			t.Errorf("%s holds something else", name)
		}
	}
	// Without the certificate nobody is named; it is a signature all the same.
	got, err := signature.ReadSignature(s.sign(content, "-nocerts"))
	if err != nil || got.Signer != "" || got.Encloses != sha(content) {
		t.Errorf("without certificates: %+v, %v", got, err)
	}
	// An empty document is a document.
	if got, err := signature.ReadSignature(s.sign(nil)); err != nil || got.Encloses != sha(nil) {
		t.Errorf("nothing signed: %+v, %v", got, err)
	}
}

func TestNames(t *testing.T) {
	long := strings.Repeat("à", 64) // the most that a common name may have
	for want, subject := range map[string]pkix.Name{
		"Prova À.":  {CommonName: "  Prova \u202e À.\t"},
		long:        {CommonName: long},
		"Nome Dopo": {ExtraNames: []pkix.AttributeTypeAndValue{{Type: asn1.ObjectIdentifier{2, 5, 4, 4}, Value: "Dopo"}, {Type: asn1.ObjectIdentifier{2, 5, 4, 42}, Value: "Nome"}}},
		"":          {Organization: []string{"Ente"}},
	} {
		got, err := signature.ReadSignature(newSigner(t, subject).sign([]byte("x")))
		if err != nil || got.Signer != want {
			t.Errorf("%q: %+v, %v", want, got, err)
		}
	}
}

func TestNested(t *testing.T) {
	first, second := newSigner(t, pkix.Name{CommonName: "Prima"}), newSigner(t, pkix.Name{CommonName: "Seconda"})
	content := []byte("Il documento")
	twice := second.sign(first.sign(content))
	got, err := signature.ReadSignature(twice)
	if err != nil || got != (membership.Signature{Format: membership.FormatCAdES, Signer: "Seconda, Prima", Encloses: sha(content)}) {
		t.Errorf("%+v, %v", got, err)
	}
	if !signature.Holds(twice, sha(content)) || signature.Holds(twice, sha(twice)) {
		t.Error("what a file in an envelope in an envelope holds")
	}
	// However many envelopes, it ends.
	deep := content
	for range 12 {
		deep = first.sign(deep)
	}
	if got, err := signature.ReadSignature(deep); err != nil || got.Signer != "Prima" || got.Encloses == "" {
		t.Errorf("%+v, %v", got, err)
	}
	// Two signatures beside each other.
	both := first.sign(content)
	in, out := filepath.Join(first.dir, "one"), filepath.Join(first.dir, "two")
	first.write(in, both)
	first.openssl("cms", "-resign", "-binary", "-inform", "DER", "-in", in, "-signer", second.cert, "-inkey", second.key, "-outform", "DER", "-out", out, "-nodetach")
	both, err = os.ReadFile(out)
	if err != nil {
		t.Fatal(err)
	}
	if got, err := signature.ReadSignature(both); err != nil || !strings.Contains(got.Signer, "Prima") || !strings.Contains(got.Signer, "Seconda") || got.Encloses != sha(content) {
		t.Errorf("%+v, %v", got, err)
	}
	// A signed PDF in an envelope.
	pdf := plainPDF("\n")
	got, err = signature.ReadSignature(second.sign(signPDF(t, pdf, "", first.detached)))
	if err != nil || got.Encloses != sha(pdf) || got.Signer != "Seconda, Prima" || got.Format != membership.FormatCAdES {
		t.Errorf("%+v, %v", got, err)
	}
}

// detached signs what a PDF's ranges cover.
func (s *signer) detached(covered []byte) []byte { return s.sign(covered, "-detached") }

// plainPDF is a small document that ends with an end of line or without.
func plainPDF(eol string) []byte {
	var b bytes.Buffer
	b.WriteString("%PDF-1.7\n%\xe2\xe3\xcf\xd3\n")
	var at []int
	for i, o := range []string{"<</Type/Catalog/Pages 2 0 R>>", "<</Type/Pages/Kids[3 0 R]/Count 1>>", "<</Type/Page/Parent 2 0 R/MediaBox[0 0 595 842]>>"} {
		at = append(at, b.Len())
		fmt.Fprintf(&b, "%d 0 obj\n%s\nendobj\n", i+1, o)
	}
	xref := b.Len()
	b.WriteString("xref\n0 4\n0000000000 65535 f \n")
	for _, n := range at {
		fmt.Fprintf(&b, "%010d 00000 n \n", n)
	}
	fmt.Fprintf(&b, "trailer\n<</Size 4/Root 1 0 R>>\nstartxref\n%d\n%%%%EOF%s", xref, eol)
	return b.Bytes()
}

// signPDF adds a signature as an incremental update, as signing programs do;
// between is what such a program writes before it.
func signPDF(t testing.TB, pdf []byte, between string, sign func(covered []byte) []byte) []byte {
	t.Helper()
	room := 12000 + 3*len(pdf)
	b := bytes.NewBuffer(bytes.Clone(pdf))
	b.WriteString(between)
	object := b.Len()
	b.WriteString("4 0 obj\n<</Type/Sig/Filter/Adobe.PPKLite/SubFilter/ETSI.CAdES.detached/ByteRange [")
	ranges := b.Len()
	b.WriteString(strings.Repeat(" ", 45) + "]/Contents ")
	from := b.Len()
	b.WriteString("<" + strings.Repeat("0", room) + ">")
	to := b.Len()
	b.WriteString(">>\nendobj\n")
	xref := b.Len()
	fmt.Fprintf(b, "xref\n4 1\n%010d 00000 n \ntrailer\n<</Size 5/Root 1 0 R/Prev %d>>\nstartxref\n%d\n%%%%EOF\n", object, bytes.LastIndex(pdf, []byte("xref\n0")), xref)
	file := b.Bytes()
	copy(file[ranges:], fmt.Sprintf("0 %d %d %d", from, to, len(file)-to))
	digits := hex.EncodeToString(sign(append(bytes.Clone(file[:from]), file[to:]...)))
	if len(digits) > room {
		t.Fatalf("a signature of %d digits", len(digits))
	}
	copy(file[from+1:], digits)
	return file
}

func TestPDF(t *testing.T) {
	s, other := newSigner(t, pkix.Name{CommonName: "NOME DI PROVA"}), newSigner(t, pkix.Name{CommonName: "Altro Nome"})
	for _, eol := range []string{"", "\n", "\r\n", "\r"} {
		for _, between := range []string{"", "\n", "\r\n"} {
			pdf := plainPDF(eol)
			file := signPDF(t, pdf, between, s.detached)
			got, err := signature.ReadSignature(file)
			if err != nil || got.Format != membership.FormatPAdES || got.Signer != "NOME DI PROVA" {
				t.Fatalf("%q %q: %+v, %v", eol, between, got, err)
			}
			if eol == "\n" && got.Encloses != sha(pdf) {
				t.Errorf("%q %q: another document", eol, between)
			}
			if !signature.Holds(file, sha(pdf)) || signature.Holds(file, sha(file)) {
				t.Errorf("%q %q: it does not hold what was signed", eol, between)
			}
		}
	}
	// Signed twice: the document is still the first one.
	pdf := plainPDF("\n")
	twice := signPDF(t, signPDF(t, pdf, "", s.detached), "", other.detached)
	if got, err := signature.ReadSignature(twice); err != nil || got.Encloses != sha(pdf) || got.Signer != "NOME DI PROVA, Altro Nome" {
		t.Errorf("%+v, %v", got, err)
	}
	// Written anew by the program that signed: what it was before, nobody knows.
	anew := signPDF(t, []byte("%PDF-1.7\n"), "", s.detached)
	if got, err := signature.ReadSignature(anew); err != nil || got.Encloses != "" || got.Signer != "NOME DI PROVA" {
		t.Errorf("%+v, %v", got, err)
	}
	// A time stamp is nobody's signature.
	stamped := signPDF(t, pdf, "", func(covered []byte) []byte { return s.sign(covered, "-econtent_type", "1.2.840.113549.1.9.16.1.4") })
	if got, err := signature.ReadSignature(stamped); app.ErrorCode(err) != app.CodeNotSigned {
		t.Errorf("a time stamp: %+v, %v", got, err)
	}
	if got, err := signature.ReadSignature(signPDF(t, signPDF(t, pdf, "", s.detached), "", func(covered []byte) []byte {
		return other.sign(covered, "-econtent_type", "1.2.840.113549.1.9.16.1.4")
	})); err != nil || got.Signer != "NOME DI PROVA" {
		t.Errorf("signed and stamped: %+v, %v", got, err)
	}
}

func TestRefused(t *testing.T) {
	s := newSigner(t, pkix.Name{CommonName: "NOME DI PROVA"})
	content := []byte("Il documento")
	der, pdf := s.sign(content), plainPDF("\n")
	noise := make([]byte, 4096)
	if _, err := rand.Read(noise); err != nil {
		t.Fatal(err)
	}
	noise[0] = 0x30
	certificates := s.openssl("crl2pkcs7", "-nocrl", "-certfile", s.cert, "-outform", "DER")
	cert, err := os.ReadFile(s.cert)
	if err != nil {
		t.Fatal(err)
	}
	signedPDF := signPDF(t, pdf, "", s.detached)
	for name, c := range map[string]struct {
		file []byte
		want app.Code
	}{
		"nothing":                {nil, app.CodeNotSigned},
		"a text":                 {[]byte("Molto gentile Regione, aderiamo volentieri.\n"), app.CodeNotSigned},
		"a word":                 {[]byte("MI"), app.CodeNotSigned},
		"a page":                 {[]byte("<!DOCTYPE html><html>"), app.CodeNotSigned},
		"noise":                  {noise, app.CodeNotSigned},
		"a head":                 {[]byte{0x30, 0x80}, app.CodeNotSigned},
		"a certificate":          {cert, app.CodeNotSigned},
		"certificates alone":     {certificates, app.CodeNotSigned},
		"a broken PEM":           {[]byte("-----BEGIN PKCS7-----\nMIIB\n"), app.CodeNotSigned},
		"a signature alone":      {s.detached(content), app.CodeSignatureDetached},
		"a signature alone, PEM": {s.sign(content, "-detached", "-outform", "PEM"), app.CodeSignatureDetached},
		"a plain PDF":            {pdf, app.CodeNotSigned},
		"a PDF that mentions it": {bytes.Replace(pdf, []byte("/Count 1"), []byte("/Count 1/ByteRange [0 10 20 30]/Contents <00>"), 1), app.CodeNotSigned},
		"ranges out of the file": {bytes.Replace(pdf, []byte("/Count 1"), []byte("/Count 1/ByteRange [0 9999999999 1 9999999999]"), 1), app.CodeNotSigned},
		"a PDF without its end":  {signedPDF[:len(signedPDF)-200], app.CodeNotSigned},
		"a PDF with zeros in it": {signPDF(t, pdf, "", func([]byte) []byte { return nil }), app.CodeNotSigned},
		"too large":              {make([]byte, signature.MaxSize+1), app.CodeFileTooLarge},
		"endless depth":          {bytes.Repeat([]byte{0x30, 0x80}, 5<<20), app.CodeNotSigned},
		"many small things":      {append([]byte{0x30, 0x84, 0x01, 0, 0, 0}, make([]byte, 1<<24)...), app.CodeNotSigned},
	} {
		got, err := signature.ReadSignature(c.file)
		if app.ErrorCode(err) != c.want || got != (membership.Signature{}) {
			t.Errorf("%s: %+v, %v", name, got, err)
		}
		if signature.Holds(c.file, sha(content)) || signature.Holds(c.file, sha(pdf)) {
			t.Errorf("%s holds the document", name)
		}
	}
	// Cut anywhere, an envelope is none: openssl writes the signers last.
	for n := range len(der) {
		if got, err := signature.ReadSignature(der[:n]); app.ErrorCode(err) != app.CodeNotSigned {
			t.Fatalf("cut at %d of %d: %+v, %v", n, len(der), got, err)
		}
	}
}

// FuzzReadSignature: whatever a file holds, reading it ends, and what is said
// of it is fit to be shown.
func FuzzReadSignature(f *testing.F) {
	f.Add([]byte("%PDF-1.7 /ByteRange [0 9 20 1]<3080>"))
	f.Add([]byte("-----BEGIN PKCS7-----\nMIIB\n-----END PKCS7-----"))
	if _, err := exec.LookPath("openssl"); err == nil {
		s := newSigner(f, pkix.Name{CommonName: "NOME DI PROVA"})
		f.Add(s.sign([]byte("x")))
		f.Add(s.sign([]byte("x"), "-stream", "-indef"))
		f.Add(s.sign([]byte("x"), "-outform", "PEM"))
		f.Add(s.sign(s.sign([]byte("x"))))
		f.Add(signPDF(f, plainPDF("\n"), "", s.detached))
	}
	f.Fuzz(func(t *testing.T, file []byte) {
		s, err := signature.ReadSignature(file)
		if err != nil {
			if code := app.ErrorCode(err); code != app.CodeNotSigned && code != app.CodeSignatureDetached {
				t.Fatal(err)
			}
			return
		}
		if s.Format != membership.FormatCAdES && s.Format != membership.FormatPAdES || strings.ContainsAny(s.Signer, "\r\n\x00") {
			t.Fatalf("%+v", s)
		}
		if s.Encloses != "" && !signature.Holds(file, s.Encloses) {
			t.Fatalf("%+v: it does not hold what it encloses", s)
		}
	})
}
