package trial

import (
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// SignedFile signs a content as the signing programs of offices do, and
// returns the path of the .p7m that encloses it.
func SignedFile(t testing.TB, content []byte) string {
	t.Helper()
	openssl := needs(t, "openssl")
	folder := t.TempDir()
	in, out := filepath.Join(folder, "protocollo.pdf"), filepath.Join(folder, "protocollo.pdf.p7m")
	key, cert := filepath.Join(folder, "key.pem"), filepath.Join(folder, "cert.pem")
	if err := os.WriteFile(in, content, 0o600); err != nil {
		t.Fatal(err)
	}
	for _, args := range [][]string{
		{"req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-keyout", key, "-out", cert, "-subj", "/CN=Nome Cognome", "-days", "2"},
		{"cms", "-sign", "-binary", "-nodetach", "-outform", "DER", "-md", "sha256", "-signer", cert, "-inkey", key, "-in", in, "-out", out},
	} {
		if text, err := exec.Command(openssl, args...).CombinedOutput(); err != nil { //nolint:gosec // our own words
			t.Fatalf("openssl %v: %v\n%s", args, err, text)
		}
	}
	return out
}

// LetterCode reads the activation code from the text of a letter's PDF, as a
// person copies it.
func LetterCode(t testing.TB, pdf string) string {
	t.Helper()
	text, err := exec.Command(needs(t, "pdftotext"), "-layout", pdf, "-").Output() //nolint:gosec // a tool of the tests
	if err != nil {
		t.Fatal(err)
	}
	code := regexp.MustCompile(`\b[A-Z2-9]{4}(-[A-Z2-9]{5}){4}\b`).FindAllString(strings.ReplaceAll(string(text), " - ", "-"), -1)
	if len(code) != 1 {
		t.Fatalf("codes on the letter: %v\n%s", code, text)
	}
	return code[0]
}

// needs finds a program; where it is missing the test is skipped loudly.
func needs(t testing.TB, name string) string {
	t.Helper()
	path, err := exec.LookPath(name)
	if err != nil {
		t.Skipf("SKIPPED: %s is not installed", name)
	}
	return path
}
