package apiserver

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"errors"
	"fmt"
	"io/fs"
	"math/big"
	"net"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"time"

	"polis/app"
)

// Names of the files in the hub's folder.
const (
	AuthorityFile    = "ca.pem"
	authorityKeyFile = "ca.key"
	serverFile       = "server.pem"
	serverKeyFile    = "server.key"
)

const (
	authorityLife = 10 * 365 * 24 * time.Hour
	serverLife    = 365 * 24 * time.Hour
	serverRenew   = 30 * 24 * time.Hour
	backdate      = time.Hour // clocks of workstations are not exact
)

// WriteSecret writes a file that only its owner may read, whole or not at
// all.
type WriteSecret func(path string, content []byte) error

// OwnAuthority is the hub's own certificate authority, for regions without
// another one: ca.pem is given to workstations, ca.key never leaves the
// folder.
type OwnAuthority struct {
	folder string
	hosts  []string
	clock  app.Clock
	write  WriteSecret

	mu     sync.Mutex
	ca     *tls.Certificate
	server *tls.Certificate
}

// NewOwnAuthority reads or makes the authority and a certificate for the
// hosts. Codes: CodeFile (path).
func NewOwnAuthority(folder string, hosts []string, clock app.Clock, write WriteSecret) (*OwnAuthority, error) {
	a := &OwnAuthority{folder: folder, hosts: hosts, clock: clock, write: write}
	_, err := a.Certificate(nil)
	return a, err
}

// Certificate is a CertificateSource that renews in time.
func (a *OwnAuthority) Certificate(*tls.ClientHelloInfo) (*tls.Certificate, error) {
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.server != nil && a.holds(a.server.Leaf) {
		return a.server, nil
	}
	if err := a.load(); err != nil {
		return nil, err
	}
	return a.server, nil
}

func (a *OwnAuthority) load() (err error) {
	if a.ca, err = a.read(AuthorityFile, authorityKeyFile); err != nil {
		return err
	}
	if a.ca == nil {
		if a.ca, err = a.newAuthority(); err != nil {
			return err
		}
	}
	// An unreadable pair is no loss: the authority signs another one.
	a.server, err = a.read(serverFile, serverKeyFile)
	if err != nil || a.server == nil || !a.holds(a.server.Leaf) || a.server.Leaf.CheckSignatureFrom(a.ca.Leaf) != nil {
		a.server, err = a.newServer()
	}
	return err
}

func (a *OwnAuthority) holds(leaf *x509.Certificate) bool {
	now := a.clock.Now()
	if now.Before(leaf.NotBefore) || now.Add(serverRenew).After(leaf.NotAfter) {
		return false
	}
	names := slices.Clone(leaf.DNSNames)
	for _, ip := range leaf.IPAddresses {
		names = append(names, ip.String())
	}
	return !slices.ContainsFunc(a.hosts, func(h string) bool { return !slices.Contains(names, h) })
}

// read returns nil when there is no certificate.
func (a *OwnAuthority) read(cert, key string) (*tls.Certificate, error) {
	certPath := filepath.Join(a.folder, cert)
	if _, err := os.Stat(certPath); errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	pair, err := tls.LoadX509KeyPair(certPath, filepath.Join(a.folder, key))
	if err != nil {
		return nil, app.Fault(app.CodeFile, err, "path", certPath)
	}
	return &pair, nil
}

func (a *OwnAuthority) newAuthority() (*tls.Certificate, error) {
	now := a.clock.Now()
	return a.issue(&x509.Certificate{
		Subject:   pkix.Name{CommonName: "POLIS hub authority " + now.UTC().Format(time.DateOnly)},
		NotBefore: now.Add(-backdate), NotAfter: now.Add(authorityLife),
		IsCA: true, BasicConstraintsValid: true, MaxPathLenZero: true,
		KeyUsage: x509.KeyUsageCertSign | x509.KeyUsageCRLSign,
	}, nil, AuthorityFile, authorityKeyFile)
}

func (a *OwnAuthority) newServer() (*tls.Certificate, error) {
	now := a.clock.Now()
	t := &x509.Certificate{
		Subject:   pkix.Name{CommonName: "POLIS hub"},
		NotBefore: now.Add(-backdate), NotAfter: now.Add(serverLife),
		BasicConstraintsValid: true,
		KeyUsage:              x509.KeyUsageDigitalSignature,
		ExtKeyUsage:           []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth},
	}
	for _, h := range a.hosts {
		if ip := net.ParseIP(h); ip != nil {
			t.IPAddresses = append(t.IPAddresses, ip)
		} else {
			t.DNSNames = append(t.DNSNames, h)
		}
	}
	return a.issue(t, a.ca, serverFile, serverKeyFile)
}

// issue makes a key, signs the certificate with the parent (itself when
// there is none) and stores both, the key first: a certificate without its
// key would be useless.
func (a *OwnAuthority) issue(t *x509.Certificate, parent *tls.Certificate, certFile, keyFile string) (*tls.Certificate, error) {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return nil, fmt.Errorf("certificate key: %w", err)
	}
	if t.SerialNumber, err = rand.Int(rand.Reader, new(big.Int).Lsh(big.NewInt(1), 120)); err != nil {
		return nil, fmt.Errorf("serial number: %w", err)
	}
	signer, issuer := any(key), t
	if parent != nil {
		signer, issuer = parent.PrivateKey, parent.Leaf
	}
	der, err := x509.CreateCertificate(rand.Reader, t, issuer, key.Public(), signer)
	if err != nil {
		return nil, fmt.Errorf("certificate: %w", err)
	}
	keyDER, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		return nil, fmt.Errorf("certificate key: %w", err)
	}
	keyPEM := pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: keyDER})
	certPEM := pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der})
	if err := a.store(keyFile, keyPEM); err != nil {
		return nil, err
	}
	if err := a.store(certFile, certPEM); err != nil {
		return nil, err
	}
	pair, err := tls.X509KeyPair(certPEM, keyPEM)
	if err != nil {
		return nil, fmt.Errorf("certificate: %w", err)
	}
	return &pair, nil
}

func (a *OwnAuthority) store(name string, content []byte) error {
	path := filepath.Join(a.folder, name)
	if err := a.write(path, content); err != nil {
		return app.Fault(app.CodeFile, err, "path", path)
	}
	return nil
}

// LoadCertificate reads the certificate that an administrator gave. Codes:
// CodeFile (path).
func LoadCertificate(certFile, keyFile string) (CertificateSource, error) {
	pair, err := tls.LoadX509KeyPair(certFile, keyFile)
	if err != nil {
		return nil, app.Fault(app.CodeFile, err, "path", certFile)
	}
	return func(*tls.ClientHelloInfo) (*tls.Certificate, error) { return &pair, nil }, nil
}

// Hosts lists the names that the own certificate is for when listening at
// host: the loopback ones, the machine's name, and host itself; when host
// means every interface, their addresses.
func Hosts(host string) []string {
	hosts := []string{"localhost", "127.0.0.1", "::1"}
	if name, err := os.Hostname(); err == nil && isASCII(name) {
		hosts = append(hosts, name)
	}
	ip := net.ParseIP(host)
	switch {
	case host == "" || ip != nil && ip.IsUnspecified():
		hosts = append(hosts, interfaceAddresses()...)
	case ip != nil:
		hosts = append(hosts, ip.String())
	case isASCII(host):
		hosts = append(hosts, host)
	}
	slices.Sort(hosts)
	return slices.Compact(hosts)
}

// isASCII tells the names that a certificate can hold.
func isASCII(name string) bool {
	return name != "" && !strings.ContainsFunc(name, func(r rune) bool { return r <= ' ' || r >= 0x7f })
}

func interfaceAddresses() []string {
	addresses, err := net.InterfaceAddrs()
	if err != nil {
		return nil // the loopback names remain
	}
	var list []string
	for _, a := range addresses {
		if n, ok := a.(*net.IPNet); ok && !n.IP.IsLoopback() && !n.IP.IsLinkLocalUnicast() {
			list = append(list, n.IP.String())
		}
	}
	return list
}
