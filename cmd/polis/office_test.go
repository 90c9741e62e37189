package main

import (
	"context"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"polis/app"
	"polis/app/contacts"
	"polis/cmd/station"
	"polis/cmd/trial"
)

// Two windows of one office, each on its own computer: what is logged in the
// first appears in the second with its note, and the call that the second
// makes is closed in the first.
func TestTwoWindowsOfOneOffice(t *testing.T) {
	screens := [2]string{trial.Display(t), trial.Display(t)}
	program := trial.Build(t, "polis", "CGO_ENABLED=1")
	h := trial.NewHub(t, trial.SampleFiles(t)...)
	h.Serve()
	folders := [2]string{filepath.Join(t.TempDir(), "prima"), filepath.Join(t.TempDir(), "seconda")}
	for _, f := range folders {
		enrolAt(t, h, f)
	}
	// The first one met the second's keys: from now on both read the notes.
	for _, f := range []string{folders[0], folders[1], folders[0], folders[1]} {
		syncAt(t, f)
	}
	var w [2]*trial.Window
	for i := range w {
		w[i] = trial.OpenWindow(t, program, screens[i], folders[i])
		w[i].Wait(`^window shown`)
	}
	logsWithCall(w[0], "torna con la delega")
	w[0].Wait(`^status shown .*waiting=0`)

	w[1].Keys("ctrl+2")
	w[1].Wait(`^contacts shown n=0`)
	w[1].Keys("F5")
	w[1].Wait(`^contact shown number="\d+-00001" colleague=true call="open" note=true unreadable=false`)
	w[1].Keys("F3")
	w[1].Wait(`^call asked`)
	w[1].Keys("F3")
	w[1].Wait(`^call noted`, `^contact shown .*call="made"`)
	w[1].Wait(`^status shown .*waiting=0`)

	w[0].Keys("ctrl+2")
	w[0].Wait(`^contact shown number="\d+-00001" colleague=false call="open"`)
	w[0].Keys("F5")
	w[0].Wait(`^contact shown number="\d+-00001" colleague=false call="made"`)

	checkCalled(t, folders)
}

// logsWithCall logs a contact in which a call is promised, by keyboard alone.
func logsWithCall(w *trial.Window, note string) {
	w.Type("tari")
	w.Wait(`^search shown q="tari"`)
	w.Keys("Return")
	w.Wait(`^sheet shown`)
	w.Keys(slices.Repeat([]string{"shift+Tab"}, 10)...) // backwards over the rail to the outcome
	w.Keys("Right", "Right", "F7")
	w.Type(note)
	w.Keys("F9")
	w.Wait(`^logged .*outcome="deferred"`)
	w.Wait(`^desk cleared`)
}

func enrolAt(t testing.TB, h *trial.Hub, folder string) {
	t.Helper()
	at(t, folder, func(ctx context.Context, s *station.Station) error {
		ca, err := os.ReadFile(h.CA())
		if err != nil {
			return err
		}
		return s.Enrol(ctx, h.URL, h.Code("demo_borgo", "demo_borgo-urp"), ca)
	})
}

func syncAt(t testing.TB, folder string) {
	t.Helper()
	at(t, folder, func(ctx context.Context, s *station.Station) error {
		if _, err := s.Engine.Sync(ctx); err != nil {
			return err
		}
		if err := s.Tend(ctx); err != nil {
			return err
		}
		_, err := s.Engine.Sync(ctx)
		return err
	})
}

func at(t testing.TB, folder string, do func(context.Context, *station.Station) error) {
	t.Helper()
	ctx := context.Background()
	s, err := station.Open(ctx, station.Params{Folder: folder})
	if err != nil {
		t.Fatal(err)
	}
	err = do(ctx, s)
	if cerr := s.Close(); err != nil || cerr != nil {
		t.Fatal(err, cerr)
	}
}

// checkCalled reads both offices' files.
func checkCalled(t *testing.T, folders [2]string) {
	t.Helper()
	var ids []string
	for i, folder := range folders {
		var list []contacts.Entry
		at(t, folder, func(ctx context.Context, s *station.Station) (err error) {
			list, err = s.Office.Contacts(ctx, app.Span{}, 0)
			return err
		})
		if len(list) != 1 {
			t.Fatalf("folder %d: %d contacts", i, len(list))
		}
		e := list[0]
		if e.Note != "torna con la delega" || e.Colleague != (i == 1) || e.Closed.IsZero() || e.State != contacts.StateAcked {
			t.Errorf("folder %d: %+v", i, e)
		}
		ids = append(ids, e.ID)
	}
	if ids[0] != ids[1] {
		t.Errorf("two contacts: %q", ids)
	}
}
