package apiserver_test

import (
	"bytes"
	"context"
	"crypto/tls"
	"errors"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/netip"
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
	server, err := apiserver.Listen(t.Context(), apiserver.ListenParams{Address: "127.0.0.1:0", Handler: hello, Certificate: own.Certificate, Log: log})
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
	_, err = apiserver.Listen(t.Context(), apiserver.ListenParams{Address: address, Handler: hello, Certificate: own.Certificate, Log: log})
	if app.ErrorCode(err) != app.CodeListen {
		t.Errorf("taken port: %v", err)
	}
	stop()
	if err := <-done; err != nil {
		t.Errorf("stop: %v", err)
	}
}

// TestAnnouncedCallers: a proxy that passes TLS through says before it whom it
// speaks for, and must; of others nobody believes it.
func TestAnnouncedCallers(t *testing.T) {
	folder := t.TempDir()
	own, err := apiserver.NewOwnAuthority(folder, apiserver.Hosts("127.0.0.1"), app.SystemClock{}, hubstore.WriteSecretFile)
	if err != nil {
		t.Fatal(err)
	}
	who := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		host, _, err := net.SplitHostPort(r.RemoteAddr)
		if err == nil {
			_, err = io.WriteString(w, host)
		}
		if err != nil {
			t.Error(err)
		}
	})
	for _, c := range []struct{ proxies, line, want string }{
		{"127.0.0.0/8", "PROXY TCP4 203.0.113.9 192.0.2.1 5555 443\r\n", "203.0.113.9"},
		{"127.0.0.0/8", "PROXY TCP6 2001:db8::9 2001:db8::1 5555 443\r\n", "2001:db8::9"},
		{"127.0.0.0/8", "", ""},
		{"127.0.0.0/8", "PROXY nonsense\r\n", ""},
		{"10.0.0.0/8", "", "127.0.0.1"},
		{"10.0.0.0/8", "PROXY TCP4 203.0.113.9 192.0.2.1 5555 443\r\n", ""},
	} {
		t.Run(c.proxies+" "+c.line, func(t *testing.T) {
			server, err := apiserver.Listen(t.Context(), apiserver.ListenParams{
				Address: "127.0.0.1:0", Handler: who, Certificate: own.Certificate, Log: slog.New(slog.DiscardHandler),
				Announcing: []netip.Prefix{netip.MustParsePrefix(c.proxies)},
			})
			if err != nil {
				t.Fatal(err)
			}
			ctx, stop := context.WithCancel(t.Context())
			done := make(chan error, 1)
			go func() { done <- server.Serve(ctx) }()
			client := clientTrusting(t, folder)
			transport, ok := client.Transport.(*http.Transport)
			if !ok {
				t.Fatalf("%T", client.Transport)
			}
			transport.DialContext = func(ctx context.Context, network, address string) (net.Conn, error) {
				conn, err := new(net.Dialer).DialContext(ctx, network, address)
				if err == nil {
					_, err = io.WriteString(conn, c.line)
				}
				return conn, err
			}
			got := ""
			if res, err := client.Get("https://" + server.Address().String() + "/"); err == nil {
				body, err := io.ReadAll(res.Body)
				if err := errors.Join(err, res.Body.Close()); err != nil {
					t.Fatal(err)
				}
				got = string(body)
			}
			if got != c.want {
				t.Errorf("it answers %q, want %q", got, c.want)
			}
			client.CloseIdleConnections()
			stop()
			if err := <-done; err != nil {
				t.Error(err)
			}
		})
	}
}
