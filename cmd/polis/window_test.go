package main

import (
	"bytes"
	"os"
	"os/exec"
	"path/filepath"
	"testing"

	"polis/cmd/trial"
)

// A window that is not enrolled: the demonstration by keyboard alone, a
// contact in it, and a second start that shows the first window.
func TestDemonstrationAndSecondStart(t *testing.T) {
	display := trial.Display(t)
	program := trial.Build(t, "polis", "CGO_ENABLED=1")
	folder := filepath.Join(t.TempDir(), "postazione")
	w := trial.OpenWindow(t, program, display, folder)
	w.Wait(`^window shown`)
	w.Keys("Tab", "Tab", "Return") // from the first door to the third
	w.Wait(`^entered demonstration=true`)
	w.Wait(`^search shown q="" n=1\d\d`)
	w.Type("bollo auto")
	w.Wait(`^search shown q="bollo auto"`)
	w.Keys("Return")
	w.Wait(`^sheet shown code="r_piemon-0201"`)
	w.Keys("F9")
	w.Wait(`^logged .*sheets=1`)
	w.Wait(`^desk cleared`)

	second := exec.Command(program, "--data", folder)
	second.Env = append(os.Environ(), "DISPLAY="+display)
	if out, err := second.CombinedOutput(); err != nil {
		t.Fatalf("second start: %v\n%s", err, out)
	}
	w.Wait(`^window raised`)
}

// A damaged catalogue is told, downloaded again, and searched meanwhile and
// afterwards; the contacts stay.
func TestDamagedCatalogueInTheWindow(t *testing.T) {
	display := trial.Display(t)
	program := trial.Build(t, "polis", "CGO_ENABLED=1")
	h := trial.NewHub(t, trial.SampleFiles(t)...)
	folder := filepath.Join(t.TempDir(), "postazione")
	enrolAndSync(t, h, folder) // leaves the hub serving
	if err := os.WriteFile(filepath.Join(folder, "catalogo.db"), bytes.Repeat([]byte("garbage "), 9000), 0o600); err != nil {
		t.Fatal(err)
	}
	w := trial.OpenWindow(t, program, display, folder)
	w.Wait(`^banner .*danneggiato`)
	w.Wait(`^catalogue changed`)
	w.Wait(`^search shown q="" n=1\d\d`)
	w.Type("tari")
	w.Wait(`^search shown q="tari" n=\d+`)
}
