package main

import (
	"bufio"
	"context"
	"crypto/tls"
	"fmt"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"testing"
	"time"

	"polis/app"
	"polis/data/hubstore/pgtest"
)

func TestMigrateBackupRestore(t *testing.T) {
	c := newCommand(t)
	if out := c.ok("migrate"); !regexp.MustCompile(`^structure 0 -> \d+\n$`).MatchString(out) {
		t.Errorf("%q", out)
	}
	if out := c.ok("migrate"); !strings.Contains(out, "up to date") {
		t.Errorf("%q", out)
	}
	c.in = catalogue
	c.ok("import", "-")
	first := c.ok("publish")
	file := filepath.Join(t.TempDir(), "hub.backup")
	if out := c.ok("backup", file); !strings.HasPrefix(out, "backup: ") {
		t.Errorf("%q", out)
	}
	exported := c.ok("export")

	other := newCommand(t)
	other.env["POLIS_HUB_DB"] = pgtest.Database(t)
	other.fails("polis-hub migrate", "publish")
	if out := other.ok("restore", file); !strings.HasPrefix(out, "restored the backup of ") {
		t.Errorf("%q", out)
	}
	if got := other.ok("export"); got != exported {
		t.Errorf("%s", got)
	}
	if got := other.ok("publish"); !strings.HasPrefix(got, "version 2: nothing has changed; digest ") {
		t.Errorf("%q after %q", got, first)
	}
	if out := other.ok("new-epoch"); !strings.HasPrefix(out, "epoch ") {
		t.Errorf("%q", out)
	}
	other.fails("already holds data", "restore", file)
	other.fails("error: ", "restore", filepath.Join(t.TempDir(), "none"))
	c.fails("error: ", "backup", filepath.Join(t.TempDir(), "no", "folder"))
	if err := os.WriteFile(file, []byte("nonsense"), 0o600); err != nil {
		t.Fatal(err)
	}
	newCommand(t).fails("not a readable backup", "restore", file)
}

func TestDatabaseAddressIsNeverRepeated(t *testing.T) {
	c := newCommand(t)
	for _, address := range []string{
		"mysql://user:hidden@db.example/hub", "postgres://user:hidden@db.example/hub?sslmode=require",
		"postgres://user:hidden@127.0.0.1:1/hub", "postgres://user:hidden@[bad/hub", "hidden",
	} {
		c.env["POLIS_HUB_DB"] = address
		c.fails("error: ", "publish")
		if text := c.errs.String(); strings.Contains(text, ":hidden") || !strings.Contains(text, "hint: ") {
			t.Errorf("%s: %s", address, text)
		}
	}
}

// serving is `polis-hub serve` in this process.
type serving struct {
	url     string
	metrics string
	client  *http.Client
	log     *lines
	stop    context.CancelFunc
	done    chan int
}

// lines is a log that is read while it is written.
type lines struct {
	mu   sync.Mutex
	text strings.Builder
}

func (l *lines) Write(b []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.text.Write(b)
}

func (l *lines) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.text.String()
}

func (c *command) serve(args ...string) *serving {
	c.t.Helper()
	ctx, stop := context.WithCancel(c.t.Context())
	reader, writer := io.Pipe()
	s := &serving{log: &lines{}, stop: stop, done: make(chan int, 1)}
	p := program{in: strings.NewReader(""), out: writer, err: s.log, clock: app.SystemClock{}, getenv: func(n string) string { return c.env[n] }}
	go func() {
		code := p.run(ctx, append([]string{"serve", "--listen", "127.0.0.1:0"}, args...))
		_ = writer.Close()
		s.done <- code
	}()
	line, err := bufio.NewReader(reader).ReadString('\n')
	if err != nil {
		c.t.Fatal(err, s.log.String())
	}
	s.url = strings.TrimSpace(strings.TrimPrefix(line, "listening "))
	if m := regexp.MustCompile(`"msg":"metrics","address":"([^"]+)"`).FindStringSubmatch(s.log.String()); m != nil {
		s.metrics = "http://" + m[1] + "/metrics"
	}
	s.client = trusting(c.t, filepath.Join(c.env["POLIS_HUB_DATA"], "ca.pem"))
	return s
}

func (s *serving) get(t *testing.T, client *http.Client, url string) (int, string) {
	t.Helper()
	res, err := client.Get(url)
	if err != nil {
		t.Fatal(err)
	}
	body, err := io.ReadAll(res.Body)
	if err != nil || res.Body.Close() != nil {
		t.Fatal(err)
	}
	return res.StatusCode, string(body)
}

// TestGracefulStop: who is in the middle of a request gets the answer, nobody
// else gets in, and the hub leaves in order.
func TestGracefulStop(t *testing.T) {
	c := newCommand(t)
	s := c.serve()
	host := strings.TrimPrefix(s.url, "https://")
	transport, ok := s.client.Transport.(*http.Transport)
	if !ok {
		t.Fatal("no transport")
	}
	conn, err := tls.Dial("tcp", host, transport.TLSClientConfig)
	if err != nil {
		t.Fatal(err)
	}
	const body = `{"code":"AAAA-AAAAA-AAAAA","public_key":"x"}`
	if _, err := fmt.Fprintf(conn, "POST /device-enrolments HTTP/1.1\r\nHost: hub\r\nContent-Type: application/json\r\nExpect: 100-continue\r\nContent-Length: %d\r\n\r\n", len(body)); err != nil {
		t.Fatal(err)
	}
	answer := bufio.NewReader(conn)
	if line, err := answer.ReadString('\n'); err != nil || !strings.Contains(line, "100") { // the handler is reading
		t.Fatalf("%q %v", line, err)
	}
	if _, err := answer.ReadString('\n'); err != nil {
		t.Fatal(err)
	}
	s.stop()
	for { // until it has stopped to listen
		other, err := tls.Dial("tcp", host, transport.TLSClientConfig)
		if err != nil {
			break
		}
		if err := other.Close(); err != nil {
			t.Fatal(err)
		}
	}
	select {
	case <-s.done:
		t.Fatal("left while a request was running")
	default:
	}
	if _, err := io.WriteString(conn, body); err != nil {
		t.Fatal(err)
	}
	res, err := http.ReadResponse(answer, nil)
	if err != nil || res.StatusCode < 400 || res.StatusCode >= 500 || res.Body.Close() != nil {
		t.Fatalf("%+v %v", res, err)
	}
	if err := conn.Close(); err != nil {
		t.Error(err)
	}
	select {
	case code := <-s.done:
		if code != 0 {
			t.Errorf("status %d: %s", code, s.log)
		}
	case <-time.After(time.Minute):
		t.Fatal("does not end")
	}
}

func TestMetrics(t *testing.T) {
	c := newCommand(t)
	c.in = catalogue
	c.ok("import", "-")
	c.ok("publish")
	for _, address := range []string{"0.0.0.0:9464", ":9464", "192.0.2.1:9464", "hub.example:9464", "9464"} {
		c.fails("--metrics 127.0.0.1:9464", "serve", "--listen", "127.0.0.1:0", "--metrics", address)
	}
	s := c.serve("--metrics", "127.0.0.1:0")
	for path, want := range map[string]int{"/status": 200, "/manifest": 200, "/changes": 200, "/nome-cognome": 404, "/blobs/" + strings.Repeat("a", 64): 404} {
		if code, _ := s.get(t, s.client, s.url+path); code != want {
			t.Errorf("%s: %d", path, code)
		}
	}
	code, text := s.get(t, http.DefaultClient, s.metrics)
	for _, want := range []string{
		`polis_hub_requests_total{pattern="GET /manifest",status="200"} 1`, `polis_hub_requests_total{pattern="/",status="404"} 1`,
		`polis_hub_request_duration_seconds_count{pattern="GET /changes"} 1`, `polis_hub_response_bytes_total{pattern="GET /manifest"} `,
		"polis_hub_published_version 1", "polis_hub_database_up 1", `polis_hub_build_info{goversion="go`, `version="` + version + `"} 1`,
	} {
		if !strings.Contains(text, want) {
			t.Errorf("%s is missing", want)
		}
	}
	if code != 200 || strings.Contains(text, "cognome") || strings.Contains(text, "aaaa") || strings.Contains(text, "demo") {
		t.Errorf("%d %s", code, text)
	}
	s.client.CloseIdleConnections()
	s.stop()
	if code := <-s.done; code != 0 {
		t.Errorf("status %d: %s", code, s.log)
	}
}
