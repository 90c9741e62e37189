package station

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"testing"

	"polis/app"
	"polis/app/exchange"
	"polis/data/api"
	"polis/data/secret"
)

// Somebody who forgot the hub's certificate gives it at the second try: the
// client of the first one must not answer for it.
func TestAnotherCertificateIsAnotherClient(t *testing.T) {
	folder := t.TempDir()
	s := &Station{Folder: folder, clock: app.SystemClock{}, proxy: api.NewProxy(), people: people{vault: secret.NewVault(secret.Params{Folder: folder})}}
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	d := exchange.Device{Hub: "https://hub.example"}
	first, err := s.connect(d, key)
	if err != nil {
		t.Fatal(err)
	}
	again, err := s.connect(d, key)
	if err != nil || again != first {
		t.Fatalf("the same device has two clients: %v", err)
	}
	d.CA = []byte("no certificate")
	if _, err := s.connect(d, key); app.ErrorCode(err) != app.CodeFile {
		t.Fatalf("the certificate was not looked at: %v", err)
	}
}
