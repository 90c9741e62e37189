package membership

import (
	"cmp"
	"context"
	"crypto/ed25519"
	"crypto/x509"
	"encoding/base64"
	"encoding/json"
	"encoding/pem"
	"errors"
	"io"
	"net/url"
	"os"
	"strings"

	"polis/app"
)

const (
	settingNetwork = "membership.network"
	maxNetworkFile = 64 << 10
	maxRoots       = 16
)

// Network returns how the region is reached: as the enrolment said, before it
// as it was typed in. Zero when it is not known.
func (a *Applications) Network(ctx context.Context) (Network, error) {
	n, err := a.p.Enrolled(ctx)
	if err != nil || n.Hub != "" {
		return n, err
	}
	text, err := a.p.Store.Setting(ctx, settingNetwork)
	if err != nil || text == "" {
		return Network{}, err
	}
	if err := json.Unmarshal([]byte(text), &n); err != nil {
		return Network{}, app.Fault(app.CodeInternal, err)
	}
	return n, nil
}

// SetNetwork stores how the region is reached, and tries it. CodeInvalid
// (hub, ca, upload_key, roots), CodeAlreadyEnrolled (the enrolment says it).
func (a *Applications) SetNetwork(ctx context.Context, n Network) error {
	n.Hub = strings.TrimSpace(n.Hub)
	if err := n.check(); err != nil {
		return err
	}
	own, err := a.p.Enrolled(ctx)
	if err != nil {
		return err
	}
	if own.Hub != "" {
		return app.Fault(app.CodeAlreadyEnrolled, nil, "hub", own.Hub)
	}
	text, err := json.Marshal(n)
	if err != nil {
		return err
	}
	if err := a.p.Store.SetSetting(ctx, settingNetwork, string(text)); err != nil {
		return err
	}
	a.Wake()
	return nil
}

func (n *Network) check() error {
	wrong := func(field, value string, err error) error {
		return app.Fault(app.CodeInvalid, err, "field", field, "value", value)
	}
	u, err := url.Parse(n.Hub)
	if err != nil || u.Scheme != "https" || u.Host == "" || u.User != nil {
		return wrong("hub", n.Hub, err)
	}
	if n.CA != "" {
		block, _ := pem.Decode([]byte(n.CA))
		if block == nil {
			return wrong("ca", "", nil)
		}
		if _, err := x509.ParseCertificate(block.Bytes); err != nil {
			return wrong("ca", "", err)
		}
	}
	if n.UploadKey != "" && !strings.HasPrefix(n.UploadKey, "age1") {
		return wrong("upload_key", n.UploadKey, nil)
	}
	if len(n.Roots) > maxRoots {
		return wrong("roots", "", nil)
	}
	for _, r := range n.Roots {
		if key, err := base64.RawURLEncoding.DecodeString(r); err != nil || len(key) != ed25519.PublicKeySize {
			return wrong("roots", r, err)
		}
	}
	return nil
}

// whole reports that nothing is missing that the hub could tell.
func (n *Network) whole() bool { return n.UploadKey != "" && len(n.Roots) > 0 }

// ReadNetwork reads the settings file that the region gives away; nothing is
// stored. CodeFile, CodeNetworkFile.
func (a *Applications) ReadNetwork(path string) (Network, error) {
	text, err := readFile(path, maxNetworkFile)
	if err != nil {
		return Network{}, err
	}
	var n Network
	err = errTooLong
	if len(text) <= maxNetworkFile {
		err = json.Unmarshal(text, &n)
	}
	if err == nil {
		err = n.check()
	}
	if err != nil {
		return Network{}, app.Fault(app.CodeNetworkFile, err, "path", path)
	}
	return n, nil
}

var errTooLong = errors.New("more than such a file has")

// readFile reads at most one byte more than it should have. CodeFile.
func readFile(path string, most int64) (text []byte, err error) {
	f, err := os.Open(path)
	if err == nil {
		text, err = io.ReadAll(io.LimitReader(f, most+1))
		_ = f.Close() // only read
	}
	if err != nil {
		return nil, app.Fault(app.CodeFile, err, "path", path)
	}
	return text, nil
}

// askKeys completes settings with the keys that the hub tells; its address,
// its certificate and the keys that a person gave stay.
func (a *Applications) askKeys(ctx context.Context, hub Hub, n Network) (Network, error) {
	told, err := hub.Network(ctx)
	if err != nil {
		return n, err
	}
	n.UploadKey = cmp.Or(n.UploadKey, told.UploadKey)
	if len(n.Roots) == 0 {
		n.Roots = told.Roots
	}
	if err := n.check(); err != nil {
		return n, err
	}
	own, err := a.p.Enrolled(ctx)
	if err != nil || own.Hub != "" {
		return n, err
	}
	text, err := json.Marshal(n)
	if err != nil {
		return n, err
	}
	return n, a.p.Store.SetSetting(ctx, settingNetwork, string(text))
}
