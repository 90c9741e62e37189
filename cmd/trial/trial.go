// Package trial runs the real programs for end-to-end tests: a hub with a
// catalogue on a free loopback port, and what is needed to disturb it.
package trial

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
)

// Root returns the top folder of the project.
func Root(t testing.TB) string {
	t.Helper()
	_, file, _, ok := runtime.Caller(0)
	if !ok {
		t.Fatal("no source path")
	}
	return filepath.Dir(filepath.Dir(filepath.Dir(file)))
}

// Build builds a program of cmd/ and returns its path. It lies outside the
// test's own folder, so that Go links it once for all tests.
func Build(t testing.TB, name string, env ...string) string {
	t.Helper()
	out := filepath.Join(Root(t), "build", "test", "bin", name)
	args := []string{"build", "-buildvcs=false", "-o", out, "./cmd/" + name}
	if slices.Contains(env, "CGO_ENABLED=1") { // the race detector needs cgo
		args = slices.Insert(args, 1, "-race")
	}
	cmd := exec.Command("go", args...) //nolint:gosec // our own program
	cmd.Dir = Root(t)
	cmd.Env = append(os.Environ(), env...)
	if text, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("build %s: %v\n%s", name, err, text)
	}
	return out
}

// BuildRelease builds the window as it is given to people: without the race
// detector and without a blinking cursor.
func BuildRelease(t testing.TB) string {
	t.Helper()
	out := filepath.Join(Root(t), "build", "test", "release", "polis")
	cmd := exec.Command("go", "build", "-buildvcs=false", "-tags", "migrated_fynedo,no_emoji,no_animations", "-o", out, "./cmd/polis") //nolint:gosec // our own program
	cmd.Dir, cmd.Env = Root(t), append(os.Environ(), "CGO_ENABLED=1")
	if text, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("build polis: %v\n%s", err, text)
	}
	return out
}

// Hub is a real polis-hub.
type Hub struct {
	Program, Data, URL string
	// Listen is where Serve listens; a free port when it is empty.
	Listen string
	// Flags are given to every command, before it.
	Flags []string

	t   testing.TB
	cmd *exec.Cmd
}

// NewHub builds a hub and imports and publishes the files; it does not serve
// yet.
func NewHub(t testing.TB, files ...string) *Hub {
	t.Helper()
	h := &Hub{t: t, Program: Build(t, "polis-hub", "CGO_ENABLED=0"), Data: filepath.Join(t.TempDir(), "hub")}
	if len(files) > 0 {
		h.Run(append([]string{"import"}, files...)...)
		h.Run("publish")
	}
	return h
}

// SampleFiles returns the files of the sample catalogue, documents included.
func SampleFiles(t testing.TB) []string {
	t.Helper()
	files, err := filepath.Glob(filepath.Join(Root(t), "assets", "sample", "*.jsonl"))
	if err != nil || len(files) == 0 {
		t.Fatalf("no sample catalogue: %v", err)
	}
	return append(files, "--blobs", filepath.Join(Root(t), "assets", "sample", "blobs"))
}

// RealFiles returns the real sheets, or skips the test loudly.
func RealFiles(t testing.TB) []string {
	t.Helper()
	shared := os.Getenv("POLIS_SHARED")
	if shared == "" {
		shared = filepath.Join(Root(t), "..", "shared")
	}
	var files []string
	for _, n := range []string{"comuni-it.jsonl.gz", "service-public-fr.jsonl.gz"} {
		f := filepath.Join(shared, "data", "sheets", n)
		if _, err := os.Stat(f); err != nil {
			t.Skipf("SKIPPED: the real sheets are not here (%v); POLIS_SHARED names their folder", err)
		}
		files = append(files, f)
	}
	return files
}

// Run runs a subcommand of the hub and returns its standard output.
func (h *Hub) Run(args ...string) string {
	h.t.Helper()
	out, err := h.Try(args...)
	if err != nil {
		h.t.Fatalf("polis-hub %v: %v", args, err)
	}
	return out
}

// Try runs a subcommand that may fail; the error has what it wrote.
func (h *Hub) Try(args ...string) (string, error) {
	cmd := exec.Command(h.Program, append(h.flags(), args...)...) //nolint:gosec // our own program
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	out, err := cmd.Output()
	if err != nil {
		err = fmt.Errorf("%w\n%s", err, stderr.String())
	}
	return string(out), err
}

func (h *Hub) flags() []string { return append([]string{"--data", h.Data}, h.Flags...) }

// Serve starts the hub; the test's end stops it.
func (h *Hub) Serve() {
	h.t.Helper()
	listen := h.Listen
	if listen == "" {
		listen = "127.0.0.1:0"
	}
	h.cmd = exec.Command(h.Program, append(h.flags(), "serve", "--listen", listen)...) //nolint:gosec // our own program
	out, err := h.cmd.StdoutPipe()
	if err != nil {
		h.t.Fatal(err)
	}
	if err := h.cmd.Start(); err != nil {
		h.t.Fatal(err)
	}
	h.t.Cleanup(h.Stop)
	line, err := bufio.NewReader(out).ReadString('\n')
	url, ok := strings.CutPrefix(strings.TrimSpace(line), "listening ")
	if err != nil || !ok {
		h.t.Fatalf("polis-hub serve said %q (%v)", line, err)
	}
	h.URL = url
	go func() { _, _ = io.Copy(io.Discard, out) }() // the pipe must not fill up
}

// Stop stops the hub in order and waits for it; a hub that is not running is
// left alone.
func (h *Hub) Stop() {
	if h.cmd == nil {
		return
	}
	if err := h.cmd.Process.Signal(syscall.SIGTERM); err != nil && !errors.Is(err, os.ErrProcessDone) {
		h.t.Error(err)
	}
	if err := h.cmd.Wait(); err != nil {
		h.t.Logf("polis-hub serve ended: %v", err)
	}
	h.cmd = nil
}

// Kill ends the hub as a power cut would.
func (h *Hub) Kill() {
	if h.cmd == nil {
		return
	}
	if err := h.cmd.Process.Kill(); err != nil && !errors.Is(err, os.ErrProcessDone) {
		h.t.Error(err)
	}
	_ = h.cmd.Wait() // it was killed
	h.cmd = nil
}

// Code makes an activation code.
func (h *Hub) Code(authority, office string) string {
	h.t.Helper()
	args := []string{"enrolment-code", "--authority", authority}
	if office != "" {
		args = append(args, "--office", office)
	}
	return strings.TrimSpace(h.Run(args...))
}

// CA returns the path of the hub's own authority.
func (h *Hub) CA() string { return filepath.Join(h.Data, "ca.pem") }

// Cutter passes TCP through to a hub and cuts every connection after so many
// bytes of its answers.
type Cutter struct {
	URL   string
	after atomic.Int64
	down  atomic.Int64
	up    atomic.Int64
}

// NewCutter listens before the hub; it passes everything until CutAfter.
func NewCutter(t testing.TB, target string) *Cutter {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	c := &Cutter{URL: "https://" + l.Addr().String()}
	c.after.Store(-1)
	var conns sync.WaitGroup
	t.Cleanup(func() { _ = l.Close(); conns.Wait() })
	go func() {
		for {
			down, err := l.Accept()
			if err != nil {
				return
			}
			conns.Go(func() { c.pass(down, strings.TrimPrefix(target, "https://")) })
		}
	}()
	return c
}

// Passed returns how many bytes came down and went up so far, TLS included.
func (c *Cutter) Passed() (down, up int64) { return c.down.Load(), c.up.Load() }

// counter adds what is written to a sum.
type counter struct {
	io.Writer
	sum *atomic.Int64
}

func (w counter) Write(p []byte) (int, error) {
	n, err := w.Writer.Write(p)
	w.sum.Add(int64(n))
	return n, err
}

// CutAfter cuts new connections after n bytes; -1 lets everything pass.
func (c *Cutter) CutAfter(n int64) { c.after.Store(n) }

func (c *Cutter) pass(down net.Conn, target string) {
	defer func() { _ = down.Close() }()
	up, err := net.Dial("tcp", target)
	if err != nil {
		return
	}
	defer func() { _ = up.Close() }()
	go func() {
		_, _ = io.Copy(counter{up, &c.up}, down)
		_ = up.Close()
	}()
	if n := c.after.Load(); n >= 0 {
		_, _ = io.CopyN(counter{down, &c.down}, up, n)
		return
	}
	_, _ = io.Copy(counter{down, &c.down}, up)
}
