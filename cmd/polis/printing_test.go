//go:build unix

package main

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"polis/app"
	"polis/cmd/station"
	"polis/cmd/trial"
)

// A sheet by one key out of a real print service, from a real window; then
// with what can be chosen; then with the printer out of paper. What the person
// got is in the log, what did not come out is not.
func TestPrintingInTheWindow(t *testing.T) {
	display := trial.Display(t)
	program := trial.Build(t, "polis", "CGO_ENABLED=1")
	c := trial.NewCUPS(t)
	tray := c.Queue("sportello1", "-D", "Sportello 1")
	c.Queue("corridoio", "-D", "Corridoio")
	c.Run("lpadmin", "-d", "sportello1")
	t.Setenv("CUPS_SERVER", c.Server)
	h := trial.NewHub(t, trial.SampleFiles(t)...)
	folder := filepath.Join(t.TempDir(), "postazione")
	enrolAndSync(t, h, folder)
	h.Stop()

	w := trial.OpenWindow(t, program, display, folder)
	w.Wait(`^window shown`)
	read := func(what string) {
		w.Type(what)
		w.Wait(`^search shown q="` + what + `"`)
		w.Keys("Return")
		w.Wait(`^sheet shown`)
	}
	logs := func() {
		w.Keys("F9")
		w.Wait(`^logged`)
		w.Wait(`^desk cleared`)
	}

	read("carta identita smarita")
	w.Keys("ctrl+p")
	w.Wait(`^printed code="demo_borgo-0002" printer="sportello1" .*copies=1`)
	checkPaper(t, tray.Next(), 1, "Carta d'identità smarrita", 1)
	w.Wait(`^print over .*state="done"`)
	logs()

	read("carta identita smarita")
	w.Keys("ctrl+shift+p")
	w.Wait(`^page drawn n=1`, `^printers shown`)
	code(t, display, "https://")                                      // the preview itself can be photographed
	walk(w, "shift+Tab", 7)                                           // over the pages and their tools to both sides
	w.Keys("Right", "Right", "shift+Tab", "1", "shift+Tab", "Return") // both, page 1, one copy more
	w.Keys("ctrl+p")
	w.Wait(`^printed .*copies=2`)
	w.Wait(`^screen shown route="desk"`)
	p := tray.Next()
	checkPaper(t, p, 2, "Carta d'identità smarrita", 1)
	if told := fmt.Sprint(p.Options); !strings.Contains(told, "two-sided-long-edge") && !strings.Contains(told, "DuplexNoTumble") {
		t.Errorf("the printer was told %s", told)
	}
	w.Wait(`^print over`)

	tray.Fault("media-empty-error")
	w.Keys("ctrl+p")
	w.Wait(`^printed`)
	w.Wait(`^banner id="printer sportello1" .*carta`)
	tray.Mend()
	checkPaper(t, tray.Next(), 1, "Carta d'identità smarrita", 1)
	w.Wait(`^print over .*state="done"`)
	w.Wait(`^toast .*uscito`)
	logs()
	tray.Empty()

	checkCopies(t, folder, 1, 3)
}

func walk(w *trial.Window, key string, n int) {
	keys := make([]string, n)
	for i := range keys {
		keys[i] = key
	}
	w.Keys(keys...)
}

// checkPaper looks at what came out of the printer.
func checkPaper(t *testing.T, p trial.Paper, copies int, title string, pages int) {
	t.Helper()
	text, err := exec.Command("pdftotext", p.File, "-").Output()
	onPaper := strings.ReplaceAll(title, "'", "’")
	if err != nil || !strings.Contains(strings.Join(strings.Fields(string(text)), " "), onPaper) {
		t.Errorf("the paper says %.200q, %v", text, err)
	}
	if n := bytes.Count(text, []byte("\f")); n != pages || p.Copies != copies || !strings.Contains(p.Title, title) {
		t.Errorf("%d pages, %d copies, title %q", n, p.Copies, p.Title)
	}
}

// code fails unless a code on the display leads to an address.
func code(t *testing.T, display, address string) {
	t.Helper()
	zbar, err := exec.LookPath("zbarimg")
	if err != nil {
		t.Log("SKIPPED: no code is read without zbarimg")
		return
	}
	picture := filepath.Join(t.TempDir(), "screen.png")
	const patience = time.Minute // what was traced may not be painted yet
	for end := time.Now().Add(patience); ; {
		shot := exec.Command("import", "-window", "root", picture)
		shot.Env = append(os.Environ(), "DISPLAY="+display)
		if out, err := shot.CombinedOutput(); err != nil {
			t.Fatalf("import: %v %s", err, out)
		}
		out, err := exec.Command(zbar, "-q", "--raw", picture).Output()
		if err == nil && strings.HasPrefix(string(out), address) {
			return
		}
		if time.Now().After(end) {
			t.Fatalf("the code on the screen says %q, %v", out, err)
		}
	}
}

// checkCopies wants these copies of the one sheet in the contacts, the first
// contact first.
func checkCopies(t *testing.T, folder string, copies ...int) {
	t.Helper()
	ctx := context.Background()
	s, err := station.Open(ctx, station.Params{Folder: folder})
	if err != nil {
		t.Fatal(err)
	}
	defer func() {
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	}()
	list, err := s.Office.Contacts(ctx, app.Span{}, 0)
	if err != nil || len(list) != len(copies) {
		t.Fatalf("%d contacts, %v", len(list), err)
	}
	for i, want := range copies {
		sheets := list[len(list)-1-i].Sheets
		if len(sheets) != 1 || !sheets[0].HandedOut || sheets[0].Copies != want || sheets[0].Version < 1 || sheets[0].Language != "it" {
			t.Errorf("contact %d: %+v, want %d copies", i+1, sheets, want)
		}
	}
}

// The code over the whole window can be read by a telephone, in every look.
func TestCodeInTheWindow(t *testing.T) {
	display := trial.Display(t)
	program := trial.Build(t, "polis", "CGO_ENABLED=1")
	h := trial.NewHub(t, trial.SampleFiles(t)...)
	for _, look := range []string{"light", "dark", "contrast"} {
		folder := filepath.Join(t.TempDir(), look)
		enrolAndSync(t, h, folder)
		h.Stop()
		setLook(t, folder, look)
		t.Run(look, func(t *testing.T) {
			w := trial.OpenWindow(t, program, display, folder)
			w.Wait(`^window shown`)
			w.Type("carta identita")
			w.Wait(`^search shown q="carta identita"`)
			w.Keys("ctrl+shift+p")
			w.Wait(`^page drawn`, `^printers shown`)
			walk(w, "Tab", 3) // past saving and mail
			w.Keys("Return")
			w.Wait(`^code shown url="(https://[^"]+)"`)
			code(t, display, "https://")
			w.Keys("Escape")
			w.Keys("Escape")
			w.Wait(`^screen shown route="desk"`)
		})
	}
}

func setLook(t *testing.T, folder, look string) {
	t.Helper()
	ctx := context.Background()
	s, err := station.Open(ctx, station.Params{Folder: folder})
	if err != nil {
		t.Fatal(err)
	}
	if err := s.Office.SetSetting(ctx, "ui.theme", look); err != nil {
		t.Error(err)
	}
	if err := s.Close(); err != nil {
		t.Error(err)
	}
}
