package trial

import (
	"bufio"
	"errors"
	"io"
	"os"
	"os/exec"
	"strings"
	"testing"
)

// Display starts a virtual screen of 1366x728 with an Italian keyboard and a
// window manager, and returns its name. Without Xvfb the test is skipped
// loudly.
func Display(t testing.TB) string {
	t.Helper()
	return display(t)
}

func display(t testing.TB, more ...string) string {
	t.Helper()
	for _, tool := range []string{"Xvfb", "xdotool", "openbox", "setxkbmap", "import", "pdftoppm"} {
		if _, err := exec.LookPath(tool); err != nil {
			t.Skipf("SKIPPED: no real window without %s; `make test` installs it", tool)
		}
	}
	r, w, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	args := append([]string{"-displayfd", "3", "-screen", "0", "1366x728x24", "-nolisten", "tcp"}, more...)
	x := exec.Command("Xvfb", args...) //nolint:gosec // a tool of the tests
	x.ExtraFiles = []*os.File{w}
	start(t, x)
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	line, err := bufio.NewReader(r).ReadString('\n')
	if err != nil {
		t.Fatalf("Xvfb: %v", err)
	}
	display := ":" + strings.TrimSpace(line)
	env := append(os.Environ(), "DISPLAY="+display)
	keys := exec.Command("setxkbmap", "it")
	keys.Env = env
	if text, err := keys.CombinedOutput(); err != nil {
		t.Fatalf("setxkbmap: %v %s", err, text)
	}
	wm := exec.Command("openbox")
	wm.Env = env
	start(t, wm)
	return display
}

// start starts a program that the test's end stops.
func start(t testing.TB, cmd *exec.Cmd) {
	t.Helper()
	cmd.Stdout, cmd.Stderr = io.Discard, io.Discard
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := cmd.Process.Kill(); err != nil && !errors.Is(err, os.ErrProcessDone) {
			t.Error(err)
		}
		_ = cmd.Wait() // killed
	})
}
