package apiserver_test

import (
	"bytes"
	"context"
	"crypto/tls"
	"io"
	"log/slog"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"polis/app"
	"polis/data/apiserver"
	"polis/data/hubstore"
)

func TestOwnAuthority(t *testing.T) {
	folder := t.TempDir()
	now := time.Date(2026, 11, 23, 9, 0, 0, 0, time.UTC)
	clock := app.ClockFunc(func() time.Time { return now })
	open := func(hosts ...string) *tls.Certificate {
		t.Helper()
		own, err := apiserver.NewOwnAuthority(folder, hosts, clock, hubstore.WriteSecretFile)
		if err != nil {
			t.Fatal(err)
		}
		pair, err := own.Certificate(nil)
		if err != nil {
			t.Fatal(err)
		}
		return pair
	}
	same := func(a, b *tls.Certificate) bool { return bytes.Equal(a.Leaf.Raw, b.Leaf.Raw) }
	first := open("localhost", "127.0.0.1")
	authority := readFile(t, filepath.Join(folder, "ca.pem"))
	if !same(first, open("localhost")) {
		t.Error("a new certificate without need")
	}
	if moved := open("localhost", "hub.example"); same(first, moved) || moved.Leaf.VerifyHostname("hub.example") != nil {
		t.Error("no certificate for the new host")
	}
	current := open("localhost")
	now = now.Add(330 * 24 * time.Hour)
	if !same(current, open("localhost")) {
		t.Error("renewed too early")
	}
	now = now.Add(10 * 24 * time.Hour)
	renewed := open("localhost")
	if same(current, renewed) {
		t.Error("not renewed 30 days before its end")
	}
	if err := os.WriteFile(filepath.Join(folder, "server.key"), []byte("broken"), 0o600); err != nil {
		t.Fatal(err)
	}
	if same(renewed, open("localhost")) {
		t.Error("a broken key was kept")
	}
	if !bytes.Equal(authority, readFile(t, filepath.Join(folder, "ca.pem"))) {
		t.Error("workstations would have to trust another authority")
	}
	if info, err := os.Stat(filepath.Join(folder, "ca.key")); err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("%v %v", info.Mode(), err)
	}
	if err := os.Remove(filepath.Join(folder, "ca.key")); err != nil {
		t.Fatal(err)
	}
	_, err := apiserver.NewOwnAuthority(folder, nil, clock, hubstore.WriteSecretFile)
	if app.ErrorCode(err) != app.CodeFile {
		t.Errorf("a lost key of the authority: %v", err)
	}
}

func readFile(t *testing.T, path string) []byte {
	t.Helper()
	b, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func TestHosts(t *testing.T) {
	hosts := apiserver.Hosts("hub.example")
	for _, want := range []string{"localhost", "127.0.0.1", "::1", "hub.example"} {
		if !slices.Contains(hosts, want) {
			t.Errorf("%s is missing in %v", want, hosts)
		}
	}
	if slices.Contains(apiserver.Hosts("0.0.0.0"), "0.0.0.0") || slices.Contains(apiserver.Hosts("ù"), "ù") {
		t.Error("a certificate cannot hold this name")
	}
}

// TestServer listens for real: old protocols are refused, a stop is clean
// and a taken port has a code.
func TestServer(t *testing.T) {
	folder := t.TempDir()
	own, err := apiserver.NewOwnAuthority(folder, apiserver.Hosts("127.0.0.1"), app.SystemClock{}, hubstore.WriteSecretFile)
	if err != nil {
		t.Fatal(err)
	}
	log := slog.New(slog.DiscardHandler)
	hello := http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		if _, err := io.WriteString(w, "hello"); err != nil {
			t.Error(err)
		}
	})
	server, err := apiserver.Listen(t.Context(), "127.0.0.1:0", hello, own.Certificate, log)
	if err != nil {
		t.Fatal(err)
	}
	ctx, stop := context.WithCancel(t.Context())
	done := make(chan error, 1)
	go func() { done <- server.Serve(ctx) }()
	address := server.Address().String()
	client := clientTrusting(t, folder)
	res, err := client.Get("https://" + address + "/")
	if err != nil || res.StatusCode != 200 || res.TLS.Version != tls.VersionTLS13 || res.Body.Close() != nil {
		t.Fatalf("%+v %v", res, err)
	}
	client.CloseIdleConnections()
	for name, config := range map[string]*tls.Config{
		"TLS 1.1": {MinVersion: tls.VersionTLS10, MaxVersion: tls.VersionTLS11},
		"CBC":     {MaxVersion: tls.VersionTLS12, CipherSuites: []uint16{tls.TLS_ECDHE_ECDSA_WITH_AES_128_CBC_SHA}},
	} {
		config.InsecureSkipVerify = true // only the handshake's refusal matters
		if conn, err := tls.Dial("tcp", address, config); err == nil {
			t.Errorf("%s is accepted", name)
			if err := conn.Close(); err != nil {
				t.Error(err)
			}
		}
	}
	_, err = apiserver.Listen(t.Context(), address, hello, own.Certificate, log)
	if app.ErrorCode(err) != app.CodeListen {
		t.Errorf("taken port: %v", err)
	}
	stop()
	if err := <-done; err != nil {
		t.Errorf("stop: %v", err)
	}
}
