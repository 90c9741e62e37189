package handover_test

import (
	"io"
	"os"
	"path/filepath"
	"syscall"
	"testing"

	"polis/app"
	"polis/ui/handover"
)

// A full stick is told as such, and what lay there before stays as it was.
func TestWriteFileIsWholeOrNotThere(t *testing.T) {
	path := filepath.Join(t.TempDir(), "richiesta.polis")
	text := func(s string) func(io.Writer) error {
		return func(w io.Writer) error { _, err := io.WriteString(w, s); return err }
	}
	if err := handover.WriteFile(path, text("prima")); err != nil {
		t.Fatal(err)
	}
	err := handover.WriteFile(path, func(w io.Writer) error {
		_ = text("mezz")(w)
		return &os.PathError{Op: "write", Path: path, Err: syscall.ENOSPC}
	})
	if app.ErrorCode(err) != app.CodeDiskFull {
		t.Errorf("%v", err)
	}
	if got, err := os.ReadFile(path); err != nil || string(got) != "prima" {
		t.Errorf("%q %v", got, err)
	}
	if left, err := os.ReadDir(filepath.Dir(path)); err != nil || len(left) != 1 {
		t.Errorf("%v %v", left, err)
	}
	if err := handover.WriteFile(path, text("dopo")); err != nil {
		t.Error(err)
	}
	if got, _ := os.ReadFile(path); string(got) != "dopo" {
		t.Errorf("%q", got)
	}
	if err := handover.WriteFile(filepath.Join(path, "x"), text("")); app.ErrorCode(err) != app.CodeFolder {
		t.Errorf("%v", err)
	}
}
