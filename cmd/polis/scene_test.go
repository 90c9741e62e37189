package main

import (
	"bytes"
	"context"
	"os"
	"os/exec"
	"path/filepath"
	"testing"

	"polis/app"
	"polis/cmd/station"
	"polis/cmd/trial"
)

// The ten-second scene in a real window, hub off: by keyboard alone and with
// the mouse. What was logged is then read from the office's own file.
func TestTenSecondScene(t *testing.T) {
	display := trial.Display(t)
	program := trial.Build(t, "polis", "CGO_ENABLED=1")
	h := trial.NewHub(t, trial.SampleFiles(t)...)
	for _, how := range []string{"keyboard", "mouse"} {
		t.Run(how, func(t *testing.T) {
			folder := filepath.Join(t.TempDir(), "postazione")
			enrolAndSync(t, h, folder)
			h.Stop()
			pictures := filepath.Join(trial.Root(t), "build", "test", "pictures", how)
			cmd := exec.Command(filepath.Join(trial.Root(t), ".ci", "scene"), how)
			cmd.Env = append(os.Environ(), "DISPLAY="+display, "POLIS_BIN="+filepath.Dir(program), "POLIS_DATA="+folder, "POLIS_PICTURES="+pictures)
			var out bytes.Buffer
			cmd.Stdout, cmd.Stderr = &out, &out
			if err := cmd.Run(); err != nil {
				t.Fatalf("scene %s: %v\n%s", how, err, out.String())
			}
			checkLogged(t, folder)
			if pdf, err := os.ReadFile(filepath.Join(pictures, "foglio.pdf")); err != nil || !bytes.HasPrefix(pdf, []byte("%PDF-")) {
				t.Errorf("the sheet was not opened: %v", err)
			}
		})
	}
}

func enrolAndSync(t testing.TB, h *trial.Hub, folder string) {
	t.Helper()
	h.Serve()
	ctx := context.Background()
	s, err := station.Open(ctx, station.Params{Folder: folder})
	if err != nil {
		t.Fatal(err)
	}
	ca, err := os.ReadFile(h.CA())
	if err != nil {
		t.Fatal(err)
	}
	if err := s.Enrol(ctx, h.URL, h.Code("demo_borgo", "demo_borgo-urp"), ca); err != nil {
		t.Fatal(err)
	}
	if _, err := s.Engine.Sync(ctx); err != nil {
		t.Fatal(err)
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
}

func checkLogged(t *testing.T, folder string) {
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
	if err != nil || len(list) != 1 {
		t.Fatalf("%d contacts, %v", len(list), err)
	}
	c := list[0]
	if c.Channel != app.ChannelInPerson || c.User != app.UserCitizen || c.Outcome != app.OutcomeResolved || c.Operator == "" {
		t.Errorf("contact %+v", c.Contact)
	}
	if len(c.Sheets) != 1 || c.Sheets[0].Code != "demo_borgo-0002" || !c.Sheets[0].HandedOut || c.Sheets[0].Copies != 1 || c.Sheets[0].Version < 1 {
		t.Errorf("sheets %+v", c.Sheets)
	}
}
