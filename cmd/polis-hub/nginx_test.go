//go:build nginx

package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"polis/cmd/trial"
	"polis/data/hubstore/pgtest"
	"polis/data/wire"
)

// TestNginx runs the configurations of assets/deploy, with other addresses
// and folders, in front of two replicas of which one is killed. It needs
// nginx and its stream module: go test -tags nginx -run Nginx ./cmd/polis-hub
func TestNginx(t *testing.T) {
	for _, name := range []string{"nginx-proxy.conf", "nginx-passthrough.conf"} {
		t.Run(name, func(t *testing.T) {
			var args []string
			if strings.Contains(name, "passthrough") { // who calls by another way is this machine, too
				args = []string{"--trusted-proxy", "127.0.0.2/32", "--proxy-protocol"}
			}
			p := newPair(t, trial.Build(t, "polis-hub", "CGO_ENABLED=0"), pgtest.Database(t), 2, args...)
			p.url = "https://" + p.nginx(name)
			if strings.Contains(name, "proxy") {
				p.checkFiles()
			}
			acked, dropped := p.storm(3, 30, p.replicas[0].kill)
			p.checkOnce(acked)
			t.Logf("%d contacts acknowledged, %d calls without an answer", len(acked), dropped)
		})
	}
}

func (p *pair) nginx(name string) (address string) {
	p.t.Helper()
	text, err := os.ReadFile(filepath.Join(trial.Root(p.t), "assets", "deploy", name))
	if err != nil {
		p.t.Fatal(err)
	}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		p.t.Fatal(err)
	}
	address = l.Addr().String()
	if err := l.Close(); err != nil {
		p.t.Fatal(err)
	}
	folder, first := p.t.TempDir(), p.replicas[0].folder
	conf := strings.NewReplacer(
		"proxy_protocol on;", "proxy_protocol on; proxy_bind 127.0.0.2;",
		"192.0.2.11:8443", p.replicas[0].address, "192.0.2.12:8443", p.replicas[1].address, "listen 443", "listen "+address,
		"/etc/polis-hub/public.pem", filepath.Join(first, "server.pem"), "/etc/polis-hub/public.key", filepath.Join(first, "server.key"),
		"/etc/polis-hub/ca.pem", filepath.Join(first, "ca.pem"), "/var/cache/nginx/", folder+"/", "/var/log/nginx/", folder+"/",
	).Replace(string(text))
	modules := "load_module /usr/lib/nginx/modules/ngx_stream_module.so;\n"
	if !strings.Contains(conf, "stream {") {
		modules = ""
		conf = "http {\n" + conf + "\n}"
	}
	// Workers as whoever runs the test: the folders are its own.
	head := modules + "user root;\ndaemon off;\npid " + folder + "/pid;\nevents {}\n"
	file := filepath.Join(folder, "nginx.conf")
	if err := os.WriteFile(file, []byte(head+conf), 0o600); err != nil {
		p.t.Fatal(err)
	}
	var log bytes.Buffer
	cmd := exec.Command("nginx", "-p", folder, "-e", filepath.Join(folder, "error.log"), "-c", file)
	cmd.Stdout, cmd.Stderr = &log, &log
	if err := cmd.Start(); err != nil {
		p.t.Skip("SKIPPED: ", err)
	}
	p.t.Cleanup(func() {
		_ = cmd.Process.Signal(syscall.SIGQUIT)
		_ = cmd.Wait()
		errs, _ := os.ReadFile(filepath.Join(folder, "error.log"))
		p.t.Logf("nginx: %s%s", log.String(), clip(errs))
	})
	for range 200 {
		if c, err := net.Dial("tcp", address); err == nil {
			_ = c.Close()
			return address
		}
		time.Sleep(20 * time.Millisecond)
	}
	p.t.Fatal("nginx does not listen: ", log.String())
	return ""
}

func clip(b []byte) []byte { return b[:min(len(b), 1500)] }

// checkFiles: a piece and the whole of a snapshot come right, the second time
// without the hub.
func (p *pair) checkFiles() {
	p.t.Helper()
	client := trusting(p.t, filepath.Join(p.replicas[0].folder, "ca.pem"))
	get := func(path, ranges string) (*http.Response, []byte) {
		req, err := http.NewRequest(http.MethodGet, p.url+path, nil)
		if err != nil {
			p.t.Fatal(err)
		}
		if ranges != "" {
			req.Header.Set("Range", ranges)
		}
		res, err := client.Do(req)
		if err != nil {
			p.t.Fatal(err)
		}
		body, err := io.ReadAll(res.Body)
		if err := errors.Join(err, res.Body.Close()); err != nil {
			p.t.Fatal(err)
		}
		return res, body
	}
	_, body := get("/manifest", "")
	var signed wire.SignedManifest
	if err := json.Unmarshal(body, &signed); err != nil {
		p.t.Fatal(err)
	}
	res, page := get("/status", "")
	if res.StatusCode != 200 {
		p.t.Errorf("status %d %s", res.StatusCode, page)
	}
	out := p.last().run("", "publish") // only prints: nothing changed
	if !strings.Contains(out, "nothing has changed") {
		p.t.Errorf("%q", out)
	}
	entries, err := os.ReadDir(filepath.Join(p.replicas[0].folder, "snapshots"))
	if err != nil || len(entries) != 1 {
		p.t.Fatal(entries, err)
	}
	path := "/snapshots/" + strings.TrimSuffix(entries[0].Name(), ".zst")
	for range 3 {
		piece, some := get(path, "bytes=10-")
		whole, all := get(path, "")
		if piece.StatusCode != 206 || whole.StatusCode != 200 || !bytes.Equal(all[10:], some) || wire.Hash(all) != strings.TrimPrefix(path, "/snapshots/") {
			p.t.Errorf("%d %d, %d of %d bytes", piece.StatusCode, whole.StatusCode, len(some), len(all))
		}
	}
	if res, _ := get("/blobs/"+strings.Repeat("0", 64), ""); res.StatusCode != 404 || !strings.HasPrefix(res.Header.Get("Content-Type"), wire.ProblemMediaType) {
		p.t.Errorf("%d %v", res.StatusCode, res.Header)
	}
}
