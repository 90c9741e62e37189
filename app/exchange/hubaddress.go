package exchange

import (
	"encoding/pem"
	"net/url"
	"os"
	"strings"
	"unicode"

	"polis/app"
)

// What can be wrong with an address of a hub that somebody typed.
const (
	HubMissing  = "missing"
	HubWrong    = "wrong" // not an address
	HubNotHTTPS = "not_https"
)

// HubAddress completes the address of a hub, or says what is wrong with it.
func HubAddress(text string) (hub, wrong string) {
	if text == "" {
		return "", HubMissing
	}
	if !strings.Contains(text, "://") {
		text = "https://" + text
	}
	u, err := url.Parse(text)
	switch {
	case err != nil || u.Host == "" || strings.ContainsFunc(text, unicode.IsSpace):
		return "", HubWrong
	case u.Scheme != "https":
		return "", HubNotHTTPS
	}
	return strings.TrimRight(text, "/"), ""
}

// mostCertificate bounds what is read of a file that somebody picked, in
// bytes.
const mostCertificate = 1 << 20

// ReadCertificate reads the PEM file of a hub's own authority. CodeFile when
// it is none.
func ReadCertificate(path string) ([]byte, error) {
	bad := func(err error) error { return app.Fault(app.CodeFile, err, "path", path) }
	info, err := os.Stat(path)
	if err != nil || info.IsDir() || info.Size() > mostCertificate {
		return nil, bad(err)
	}
	ca, err := os.ReadFile(path)
	if err != nil {
		return nil, bad(err)
	}
	if block, _ := pem.Decode(ca); block == nil || block.Type != "CERTIFICATE" {
		return nil, bad(nil)
	}
	return ca, nil
}
