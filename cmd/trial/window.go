package trial

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"
)

// Window is a real window of polis on a virtual display; what it shows is
// followed by the lines it traces.
type Window struct {
	t       testing.TB
	display string
	trace   string
	told    int
	program *os.Process
	ended   chan struct{} // closed with the program
	err     error         // of its end
}

// patience is how long a line is waited for before the test gives up; it is
// no measure of anything.
const patience = 90 * time.Second

// OpenWindow starts the program on a data folder.
func OpenWindow(t testing.TB, program, display, folder string) *Window {
	t.Helper()
	w := &Window{t: t, display: display, trace: filepath.Join(t.TempDir(), "trace"), ended: make(chan struct{})}
	if err := os.WriteFile(w.trace, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command(program, "--data", folder) //nolint:gosec // our own program
	// Nothing is printed on the printers of whoever runs the tests; a test that
	// prints names a print service of its own.
	none := []string{"CUPS_SERVER=" + filepath.Join(filepath.Dir(w.trace), "no-printers")}
	cmd.Env = append(append(none, os.Environ()...), "DISPLAY="+display, "POLIS_TEST_LOG="+w.trace, "LC_ALL=C.UTF-8")
	var out strings.Builder
	cmd.Stdout, cmd.Stderr = &out, &out
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	w.program = cmd.Process
	go func() {
		w.err = cmd.Wait()
		close(w.ended)
	}()
	t.Cleanup(func() {
		_ = cmd.Process.Signal(os.Interrupt) // it may have ended by itself
		select {
		case <-w.ended:
		case <-time.After(patience):
			t.Error("the window does not end")
			_ = cmd.Process.Kill() // the test has failed already
			<-w.ended
		}
		if complains(out.String()) {
			t.Errorf("the window complained:\n%s", out.String())
		}
	})
	return w
}

// Kill ends the program as a power cut would, and waits for its end.
func (w *Window) Kill() {
	w.t.Helper()
	if err := w.program.Kill(); err != nil {
		w.t.Fatal(err)
	}
	<-w.ended
}

// complains reports whether the program said that something of ours is wrong
// with its goroutines. Fyne 2.7.4 closes its queue of functions while its own
// loop of events may still send into it: that race is between the two.
func complains(out string) bool {
	if strings.Contains(out, "Error in Fyne call thread") {
		return true
	}
	for _, report := range strings.Split(out, "==================") {
		ending := strings.Contains(report, "runtime.closechan") && strings.Contains(report, "internal/app.(*Lifecycle).RunEventQueue")
		if strings.Contains(report, "WARNING: DATA RACE") && !ending {
			return true
		}
	}
	return false
}

// Wait waits for traced lines that match, one for each pattern and in whatever
// order, after those that were waited for before.
func (w *Window) Wait(patterns ...string) {
	w.t.Helper()
	last := w.told
	for _, pattern := range patterns {
		w.until(fmt.Sprintf("%q", pattern), func() bool {
			at, ok := w.next(regexp.MustCompile(pattern))
			last = max(last, at)
			return ok
		})
	}
	w.told = last
}

// until waits for something to be in the trace.
func (w *Window) until(what string, there func() bool) {
	w.t.Helper()
	for deadline := time.Now().Add(patience); time.Now().Before(deadline); time.Sleep(50 * time.Millisecond) {
		if there() {
			return
		}
		select {
		case <-w.ended:
			w.t.Fatalf("the window ended (%v) before %s; seen:\n%s", w.err, what, strings.Join(w.lines(), "\n"))
		default:
		}
	}
	w.t.Fatalf("never seen: %s; seen:\n%s", what, strings.Join(w.lines(), "\n"))
}

// Ready waits until keys reach the window: a display gives its focus to a
// window some time after it is shown, and keys before that are nobody's.
func (w *Window) Ready() {
	w.t.Helper()
	w.until("the display's focus", func() bool {
		here := false
		for _, line := range w.lines() {
			if now, ok := strings.CutPrefix(line, "keyboard here="); ok {
				here = now == "true"
			}
		}
		return here
	})
}

// Seen reports whether a line that matches has been traced since the last one
// that was seen or waited for.
func (w *Window) Seen(pattern string) bool {
	w.t.Helper()
	at, ok := w.next(regexp.MustCompile(pattern))
	if ok {
		w.told = at
	}
	return ok
}

// next returns how many lines there are up to the first new one that matches.
func (w *Window) next(re *regexp.Regexp) (int, bool) {
	lines := w.lines()
	for i := w.told; i < len(lines); i++ {
		if re.MatchString(lines[i]) {
			return i + 1, true
		}
	}
	return 0, false
}

func (w *Window) lines() []string {
	w.t.Helper()
	text, err := os.ReadFile(w.trace)
	if err != nil {
		w.t.Fatal(err)
	}
	return strings.Split(strings.TrimRight(string(text), "\n"), "\n")
}

// Keys presses keys by xdotool's names.
func (w *Window) Keys(keys ...string) {
	w.xdotool(append([]string{"key", "--delay", "80"}, keys...)...)
}

// Type types a text.
func (w *Window) Type(text string) { w.xdotool("type", "--delay", "40", text) }

func (w *Window) xdotool(args ...string) {
	w.t.Helper()
	w.Ready()
	cmd := exec.Command("xdotool", args...) //nolint:gosec // a tool of the tests
	cmd.Env = append(os.Environ(), "DISPLAY="+w.display, "LC_ALL=C.UTF-8")
	if out, err := cmd.CombinedOutput(); err != nil {
		w.t.Fatalf("xdotool %v: %v %s", args, err, out)
	}
}
