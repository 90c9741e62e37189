package main

import (
	"os"
	"path/filepath"
	"testing"

	"fyne.io/fyne/v2"

	"polis/app"
)

func TestSecondStartShowsTheFirstWindow(t *testing.T) {
	folder := t.TempDir()
	shown := make(chan struct{}, 8)
	first, err := claim(folder, func() { shown <- struct{}{} })
	if err != nil || first == nil {
		t.Fatalf("first: %v %v", first, err)
	}
	second, err := claim(folder, func() { t.Error("the second window shows itself") })
	if err != nil || second != nil {
		t.Fatalf("second: %v %v", second, err)
	}
	<-shown
	if err := os.WriteFile(filepath.Join(folder, callFile), []byte(`{"address":"127.0.0.1:1","word":"x"}`), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := claim(folder, nil); app.ErrorCode(err) != app.CodeBusy {
		t.Errorf("a first window that does not answer: %v", err)
	}
	if err := first.release(); err != nil {
		t.Fatal(err)
	}
	third, err := claim(folder, func() {})
	if err != nil || third == nil {
		t.Fatalf("after release: %v %v", third, err)
	}
	if err := third.release(); err != nil {
		t.Fatal(err)
	}
}

// Two quick double clicks: the second start calls while the first one has no
// toolkit yet.
func TestSecondStartBeforeThereIsAWindow(t *testing.T) {
	toolkit := fyne.CurrentApp()
	t.Cleanup(func() { fyne.SetCurrentApp(toolkit) })
	fyne.SetCurrentApp(nil)
	folder := t.TempDir()
	w := &window{folder: folder}
	first, err := claim(folder, w.show)
	if err != nil || first == nil {
		t.Fatalf("first: %v %v", first, err)
	}
	if second, err := claim(folder, nil); err != nil || second != nil {
		t.Errorf("second: %v %v", second, err)
	}
	if err := first.release(); err != nil {
		t.Fatal(err)
	}
}
