package main

import (
	"bytes"
	"context"
	"crypto/tls"
	"crypto/x509"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"polis/app"
)

const catalogue = `{"type":"authority","id":"demo","name":"Comune di Prova"}
{"type":"office","id":"demo-urp","authority":"demo","name":"URP"}
{"type":"sheet","code":"demo-1","authority":"demo","language":"it","title":"Carta"}
`

// command runs one command line as a process would.
type command struct {
	t     *testing.T
	env   map[string]string
	clock app.Clock
	in    string
	out   bytes.Buffer
	errs  bytes.Buffer
}

func newCommand(t *testing.T) *command {
	t.Helper()
	return &command{t: t, clock: app.SystemClock{}, env: map[string]string{"POLIS_HUB_DATA": t.TempDir(), "LANG": "en_US.UTF-8"}}
}

func (c *command) run(args ...string) int {
	c.t.Helper()
	c.out.Reset()
	c.errs.Reset()
	p := program{
		in: strings.NewReader(c.in), out: &c.out, err: &c.errs, clock: c.clock,
		getenv: func(name string) string { return c.env[name] },
	}
	return p.run(c.t.Context(), args)
}

func (c *command) ok(args ...string) string {
	c.t.Helper()
	if status := c.run(args...); status != 0 {
		c.t.Fatalf("%v: status %d\n%s", args, status, &c.errs)
	}
	return c.out.String()
}

func (c *command) fails(want string, args ...string) {
	c.t.Helper()
	if status := c.run(args...); status == 0 {
		c.t.Errorf("%v: status 0", args)
	}
	if !strings.Contains(c.errs.String(), want) {
		c.t.Errorf("%v: stderr %q, want %q in it", args, &c.errs, want)
	}
}

func TestImportPublishExport(t *testing.T) {
	c := newCommand(t)
	c.in = catalogue + "nonsense\n"
	out := c.ok("import", "-")
	if !strings.Contains(out, "sheet") || !regexp.MustCompile(`(?m)^ *sheet +1 +0 +0 +0 +0`).MatchString(out) || !regexp.MustCompile(`(?m)^ *\? +0 +0 +0 +0 +1`).MatchString(out) {
		t.Errorf("table\n%s", out)
	}
	if !strings.Contains(c.errs.String(), "line 4: ") {
		t.Errorf("stderr %s", &c.errs)
	}
	c.fails("error: ", "import", "--strict", "-")
	first := c.ok("publish")
	if !strings.HasPrefix(first, "version 1: 3 changed, 0 deleted; authority 1, office 1, sheet 1; ") {
		t.Errorf("publish: %s", first)
	}
	if again := c.ok("publish"); !strings.HasPrefix(again, "version 1: nothing has changed; digest ") {
		t.Errorf("publish again: %s", again)
	}
	exported := c.ok("export")
	for _, name := range []string{"x.jsonl", "x.jsonl.gz", "x.jsonl.zst"} {
		file := filepath.Join(t.TempDir(), name)
		c.ok("export", file)
		other := newCommand(t)
		other.ok("import", "--strict", file)
		if got := other.ok("export"); got != exported {
			t.Errorf("%s: %s", name, got)
		}
		digest := func(s string) string { return s[strings.Index(s, "digest"):] }
		if published := other.ok("publish"); digest(published) != digest(first) {
			t.Errorf("digests\n%s%s", first, published)
		}
	}
	if got := c.ok("export", "--type", "office"); strings.Count(got, "\n") != 1 {
		t.Errorf("offices: %s", got)
	}
	if got := c.ok("export", "--type", "contact"); got != "" {
		t.Errorf("contacts: %s", got)
	}
}

func TestFailedExportKeepsTheOldFile(t *testing.T) {
	c := newCommand(t)
	file := filepath.Join(t.TempDir(), "x.jsonl")
	if err := os.WriteFile(file, []byte("old"), 0o600); err != nil {
		t.Fatal(err)
	}
	c.fails("dog", "export", "--type", "dog", file)
	if b, err := os.ReadFile(file); err != nil || string(b) != "old" {
		t.Errorf("%q %v", b, err)
	}
	if entries, err := os.ReadDir(filepath.Dir(file)); err != nil || len(entries) != 1 {
		t.Errorf("%v %v", entries, err)
	}
}

func TestErrorsSayWhatToDo(t *testing.T) {
	c := newCommand(t)
	foreign := filepath.Join(t.TempDir(), "hub.db")
	if err := os.WriteFile(foreign, []byte(strings.Repeat("no database ", 50)), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, args := range [][]string{
		{"import"},
		{"import", "/nowhere/x.jsonl"},
		{"import", "--blobs", "/nowhere", "-"},
		{"publish"},
		{"publish", "extra"},
		{"dance"},
		{"serve"},
		{"serve", "--listen", "nonsense"},
		{"serve", "--listen", "127.0.0.1:0", "--tls-cert", "x"},
		{"serve", "--listen", "127.0.0.1:0", "--tls-cert", "/nowhere", "--tls-key", "/nowhere"},
		{"serve", "--listen", "127.0.0.1:0", "--public-base", "ftp://x"},
		{"serve", "--listen", "192.0.2.1:1"},
		{"serve", "--listen", "127.0.0.1:0", "--proxy-protocol"},
		{"enrolment-code"},
		{"enrolment-code", "--authority", "nobody"},
		{"enrolment-code", "--authority", "demo", "--valid", "never"},
		{"export", "--type", "dog"},
		{"publish", "--db", "postgres://hub.example/x"},
		{"publish", "--db", "sqlite:" + foreign},
		{"--unknown"},
	} {
		t.Run(strings.Join(args, " "), func(t *testing.T) {
			c.t = t
			c.fails("error: ", args...)
			if !strings.Contains(c.errs.String(), "hint: ") || strings.Contains(c.errs.String(), "{") || c.out.Len() > 0 {
				t.Errorf("stderr %s, stdout %s", &c.errs, &c.out)
			}
		})
	}
	c.t = t
	c.env["LANG"] = "it_IT.UTF-8"
	c.fails("--dance", "enrolment-code", "--authority", "x", "--dance")
	italian := c.errs.String()
	c.env["LC_ALL"] = "C"
	c.fails("error: ", "enrolment-code", "--authority", "x", "--dance")
	if italian == c.errs.String() {
		t.Errorf("the language is not heeded: %s", italian)
	}
}

func TestDataFolder(t *testing.T) {
	c := newCommand(t)
	c.in = catalogue
	before, after, db := t.TempDir(), t.TempDir(), filepath.Join(t.TempDir(), "else.db")
	c.ok("--data", before, "import", "-")
	c.ok("import", "-", "--data", after)
	c.ok("import", "-", "--data", after, "--db", "sqlite:"+db)
	for _, file := range []string{filepath.Join(before, "hub.db"), filepath.Join(after, "hub.db"), db} {
		if _, err := os.Stat(file); err != nil {
			t.Error(err)
		}
	}
	if entries, err := os.ReadDir(c.env["POLIS_HUB_DATA"]); err != nil || len(entries) != 0 {
		t.Errorf("the environment won over the flag: %v %v", entries, err)
	}
}

func TestDefaultFolder(t *testing.T) {
	env := map[string]string{"HOME": "/home/x", "ProgramData": `C:\ProgramData`}
	getenv := func(name string) string { return env[name] }
	for _, c := range []struct {
		system string
		root   bool
		xdg    string
		want   string
	}{
		{"linux", true, "", "/var/lib/polis-hub"},
		{"linux", false, "", "/home/x/.local/share/polis-hub"},
		{"linux", false, "/data", "/data/polis-hub"},
		{"linux", false, "relative", "/home/x/.local/share/polis-hub"},
		{"darwin", false, "", "/home/x/Library/Application Support/polis-hub"},
		{"windows", false, "", `C:\ProgramData/polis-hub`},
	} {
		env["XDG_DATA_HOME"] = c.xdg
		got, err := defaultFolder(c.system, c.root, getenv)
		if err != nil || filepath.ToSlash(got) != c.want && got != c.want {
			t.Errorf("%+v: %s %v", c, got, err)
		}
	}
	if _, err := defaultFolder("linux", false, func(string) string { return "" }); app.ErrorCode(err) != app.CodeUsage {
		t.Errorf("no home: %v", err)
	}
}

func TestVersionAndOpenAPI(t *testing.T) {
	c := newCommand(t)
	if got := c.ok("--version"); got != "polis-hub "+version+"\n" {
		t.Errorf("%q", got)
	}
	var doc map[string]any
	if err := json.Unmarshal([]byte(c.ok("openapi")), &doc); err != nil || doc["openapi"] != "3.1.0" {
		t.Errorf("%v %v", doc["openapi"], err)
	}
	if help := c.ok("--help"); !strings.Contains(help, "enrolment-code") {
		t.Errorf("help: %s", help)
	}
	if entries, err := os.ReadDir(c.env["POLIS_HUB_DATA"]); err != nil || len(entries) != 0 {
		t.Errorf("files without need: %v %v", entries, err)
	}
}

func TestEnrolmentCodeAloneOnStdout(t *testing.T) {
	c := newCommand(t)
	c.in = catalogue
	c.ok("import", "-")
	if got := c.ok("enrolment-code", "--authority", "demo", "--office", "demo-urp"); !regexp.MustCompile(`^[A-Z2-9]{4}-[A-Z2-9]{5}-[A-Z2-9]{5}\n$`).MatchString(got) {
		t.Errorf("%q", got)
	}
}

// TestServe starts the server, publishes beside it from another command and
// stops it.
func TestServe(t *testing.T) {
	c := newCommand(t)
	ctx, stop := context.WithCancel(t.Context())
	reader, writer := io.Pipe()
	var log bytes.Buffer
	p := program{in: strings.NewReader(""), out: writer, err: &log, clock: app.SystemClock{}, getenv: func(n string) string { return c.env[n] }}
	done := make(chan int, 1)
	go func() {
		done <- p.run(ctx, []string{"serve", "--listen", "127.0.0.1:0", "--public-base", "https://sheets.example/"})
		if err := writer.Close(); err != nil {
			t.Error(err)
		}
	}()
	line := make([]byte, 200)
	n, err := reader.Read(line)
	if err != nil {
		t.Fatal(err, log.String())
	}
	match := regexp.MustCompile(`^listening (https://127\.0\.0\.1:[1-9][0-9]*)\n$`).FindStringSubmatch(string(line[:n]))
	if match == nil {
		t.Fatalf("printed %q", line[:n])
	}
	client := trusting(t, filepath.Join(c.env["POLIS_HUB_DATA"], "ca.pem"))
	get := func(path string, want int) {
		t.Helper()
		res, err := client.Get(match[1] + path)
		if err != nil {
			t.Fatal(err)
		}
		if res.StatusCode != want || res.Body.Close() != nil {
			t.Errorf("%s: %d, want %d", path, res.StatusCode, want)
		}
	}
	get("/status", 200)
	get("/manifest", 404)
	c.in = catalogue
	c.ok("import", "-")
	c.ok("publish")
	get("/manifest", 200)
	client.CloseIdleConnections()
	stop()
	if status := <-done; status != 0 {
		t.Errorf("status %d: %s", status, log.String())
	}
}

func trusting(t testing.TB, ca string) *http.Client {
	t.Helper()
	pem, err := os.ReadFile(ca)
	if err != nil {
		t.Fatal(err)
	}
	pool := x509.NewCertPool()
	if !pool.AppendCertsFromPEM(pem) {
		t.Fatal("no certificate in ca.pem")
	}
	return &http.Client{
		Timeout:   10 * time.Second,
		Transport: &http.Transport{TLSClientConfig: &tls.Config{RootCAs: pool, MinVersion: tls.VersionTLS12}},
	}
}

func TestAddress(t *testing.T) {
	for listen, want := range map[string]string{"hub.example:443": "https://hub.example:443", ":8443": "https://localhost:8443", "0.0.0.0:1": "https://localhost:1", "[::1]:9": "https://[::1]:9"} {
		if got := address(listen, nil); got != want {
			t.Errorf("%s: %s, want %s", listen, got, want)
		}
	}
}

func TestDevicesAndOperators(t *testing.T) {
	c := newCommand(t)
	c.in = catalogue
	c.ok("import", "-")
	c.fails("king", "enrolment-code", "--authority", "demo", "--role", "king")
	c.ok("enrolment-code", "--authority", "demo", "--role", "redattore")
	if got := c.ok("device", "list"); !strings.HasPrefix(got, "device ") || strings.Count(got, "\n") != 1 {
		t.Errorf("%q", got)
	}
	if got := c.ok("operator", "list", "--authority", "demo"); strings.Count(got, "\n") != 1 {
		t.Errorf("%q", got)
	}
	c.fails("nobody", "device", "revoke", "nobody")
	c.fails("nobody", "operator", "disable", "nobody")
}

// TestOfflineRoot goes the whole way of a root that is kept elsewhere.
func TestOfflineRoot(t *testing.T) {
	c := newCommand(t)
	elsewhere := t.TempDir()
	root, request, statement := filepath.Join(elsewhere, "root.key"), filepath.Join(elsewhere, "request.json"), filepath.Join(elsewhere, "statement.json")
	if got := c.ok("root", "new", "--out", root); !strings.HasPrefix(got, "root ") {
		t.Errorf("%q", got)
	}
	c.fails("root.key", "root", "new", "--out", root) // never overwritten
	for serial := range 2 {
		c.ok("key", "request", "--out", request)
		c.ok("root", "sign", "--root", root, "--request", request, "--out", statement)
		if got := c.ok("key", "install", statement); !strings.Contains(got, fmt.Sprintf("serial %d,", serial+1)) {
			t.Errorf("%q", got)
		}
		c.fails("key", "key", "install", statement)
	}
	if _, err := os.Stat(filepath.Join(c.env["POLIS_HUB_DATA"], "root.key")); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("the hub made a root of its own: %v", err)
	}
	for _, path := range []string{root, statement} {
		if info, err := os.Stat(path); err != nil || info.Mode().Perm() != 0o600 {
			t.Errorf("%v %v", info, err)
		}
	}
}

func TestBundleCommand(t *testing.T) {
	c := newCommand(t)
	c.in = catalogue
	c.ok("import", "-")
	file := filepath.Join(t.TempDir(), "polis.bundle")
	c.fails("published", "bundle", "-o", file)
	c.ok("publish")
	if got := c.ok("bundle", "-o", file, "--zstd"); got != "version 1: 0 changes, 0 blobs, 0 missing, 0 workstations\n" {
		t.Errorf("%q", got)
	}
	c.fails("nobody", "bundle", "-o", file, "--device", "nobody")
	if entries, err := os.ReadDir(filepath.Dir(file)); err != nil || len(entries) != 1 {
		t.Errorf("half a bundle stayed: %v %v", entries, err)
	}
	c.fails(file, "import-uploads", file)
}
