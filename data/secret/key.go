// Package secret keeps the workstation's device key: an ES256 key made here
// that never leaves this computer. It lies in a file that only its owner can
// read; a keyring comes with a later capability.
package secret

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"fmt"
	"os"
	"path/filepath"

	"polis/app"
)

// KeyFile is the name of the device key in a data folder.
const KeyFile = "postazione.key"

const pemType = "PRIVATE KEY"

// DeviceKey returns the key of the data folder, made on first use.
func DeviceKey(folder string) (*ecdsa.PrivateKey, error) {
	path := filepath.Join(folder, KeyFile)
	text, err := os.ReadFile(path)
	if errors.Is(err, os.ErrNotExist) {
		return makeKey(path)
	}
	if err != nil {
		return nil, app.Fault(app.CodeFile, err, "path", path)
	}
	block, _ := pem.Decode(text)
	if block == nil || block.Type != pemType {
		return nil, app.Fault(app.CodeFile, errors.New("not a PEM key"), "path", path)
	}
	key, err := x509.ParsePKCS8PrivateKey(block.Bytes)
	if err != nil {
		return nil, app.Fault(app.CodeFile, err, "path", path)
	}
	ec, ok := key.(*ecdsa.PrivateKey)
	if !ok || ec.Curve != elliptic.P256() {
		return nil, app.Fault(app.CodeFile, fmt.Errorf("key of type %T", key), "path", path)
	}
	return ec, nil
}

// Public returns the public half as DER SubjectPublicKeyInfo.
func Public(key *ecdsa.PrivateKey) ([]byte, error) {
	der, err := x509.MarshalPKIXPublicKey(key.Public())
	if err != nil {
		return nil, fmt.Errorf("device key: %w", err)
	}
	return der, nil
}

// makeKey writes a new key; when another program was faster, its key holds.
func makeKey(path string) (*ecdsa.PrivateKey, error) {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return nil, fmt.Errorf("device key: %w", err)
	}
	der, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		return nil, fmt.Errorf("device key: %w", err)
	}
	if err := writeOnce(path, pem.EncodeToMemory(&pem.Block{Type: pemType, Bytes: der})); err != nil {
		if errors.Is(err, os.ErrExist) {
			return DeviceKey(filepath.Dir(path))
		}
		return nil, app.Fault(app.CodeFile, err, "path", path)
	}
	return key, nil
}

// writeOnce writes aside and gives the whole file its name when it is on disk:
// after a power cut there is the key or none. os.ErrExist when there is one.
func writeOnce(path string, text []byte) (err error) {
	f, err := os.CreateTemp(filepath.Dir(path), ".chiave-*") // mode 0600
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, os.Remove(f.Name())) }()
	_, werr := f.Write(text)
	if err := errors.Join(werr, f.Sync(), f.Close()); err != nil {
		return err
	}
	if err := os.Link(f.Name(), path); err != nil {
		return err
	}
	if d, err := os.Open(filepath.Dir(path)); err == nil {
		_ = d.Sync() // not every system can
		_ = d.Close()
	}
	return nil
}
