//go:build unix

package main

import (
	"encoding/json"
	"errors"
	"io"
	"os/exec"
	"slices"
	"strings"
	"testing"

	"polis/app"
	"polis/assets"
	"polis/cmd/station"
	"polis/cmd/trial"
)

type printersJSON struct {
	Printers []printerJSON
	Use      string
	Gone     string
}

// counterWithPrinters is a workstation with the sample, printing by a service
// of the test's own.
func counterWithPrinters(t *testing.T, c *trial.CUPS) *ctl {
	t.Helper()
	t.Setenv("CUPS_SERVER", c.Server)
	t.Setenv("CUPS_SERVERROOT", t.TempDir())
	t.Setenv("HOME", t.TempDir())
	counter := newCtl(t)
	st, err := station.Open(t.Context(), station.Params{Folder: counter.folder})
	if err != nil {
		t.Fatal(err)
	}
	if err := errors.Join(st.Catalogue.LoadSample(t.Context(), assets.Sample()), st.Close()); err != nil {
		t.Fatal(err)
	}
	return counter
}

func (c *ctl) printers() printersJSON {
	c.t.Helper()
	return decode[printersJSON](c.t, c.good("--json", "printers"))
}

func TestPrintersFromTheCommandLine(t *testing.T) {
	cups := trial.NewCUPS(t)
	c := counterWithPrinters(t, cups)
	if out := c.good("printers"); !strings.Contains(out, "non ci sono stampanti") {
		t.Errorf("%s", out)
	}
	c.bad(app.CodeNoPrinter, "print", "demo_borgo-0002", "--printer", "default")
	tray := cups.Queue("sportello", "-D", "Sportello 1", "-L", "Piano terra")
	cups.Queue("altra", "-D", "Altra")
	cups.Run("lpadmin", "-d", "sportello")
	got := c.printers()
	if len(got.Printers) != 2 || got.Use != "sportello" || got.Printers[0].Name != "Sportello 1" || got.Printers[0].State != "idle" || !got.Printers[0].Use {
		t.Fatalf("%+v", got)
	}
	if out := c.good("printers"); !strings.Contains(out, "Sportello 1  [sportello] pronta; predefinita; scelta su questa postazione; Piano terra") {
		t.Errorf("%s", out)
	}

	out := c.good("print", "demo_borgo-0002", "r_piemon-0006", "--complete", "--printer", "sportello 1", "--copies", "2", "--duplex", "long", "--mono", "--pages", "2-3", "--paper", "a4", "--wait")
	if lines := strings.Split(strings.TrimSpace(out), "\n"); lines[len(lines)-1] != "stampata" && !strings.HasPrefix(lines[len(lines)-1], "stampata;") {
		t.Errorf("the end of the wait: %q", out)
	}
	paper := tray.Next()
	info, err := exec.Command("pdfinfo", paper.File).Output()
	if err != nil || !strings.Contains(string(info), "Pages:           2\n") || paper.Copies != 2 || paper.Options["Duplex"] != "DuplexNoTumble" || paper.Options["ColorModel"] != "Gray" {
		t.Errorf("%v %s %+v", err, info, paper)
	}
	c.good("print", "demo_borgo-0002", "--printer", "default")
	if paper := tray.Next(); paper.Title == "" || paper.Copies != 1 {
		t.Errorf("%+v", paper)
	}

	c.bad(app.CodeUsage, "print", "demo_borgo-0002")
	c.bad(app.CodeUsage, "print", "demo_borgo-0002", "--printer", "altra", "--pdf", "-")
	c.bad(app.CodePrinterGone, "print", "demo_borgo-0002", "--printer", "nessuna")
	c.bad(app.CodeSheetNotFound, "print", "nessuna-0001", "--printer", "altra")
	for _, wrong := range [][]string{{"--copies", "0"}, {"--copies", "100"}, {"--duplex", "both"}, {"--paper", "Letter"}, {"--pages", "x"}, {"--pages", "999"}} {
		c.bad(app.CodeInvalid, append([]string{"print", "demo_borgo-0002", "--printer", "altra"}, wrong...)...)
	}
	cups.Run("cupsreject", "altra")
	c.bad(app.CodePrinterStopped, "print", "demo_borgo-0002", "--printer", "altra")
	if _, errs, _ := c.run("print", "demo_borgo-0002", "--printer", "altra"); !strings.Contains(errs, "«Altra»") {
		t.Errorf("the name that people know is not told: %s", errs)
	}
	tray.Empty()
	cups.Kill()
	c.bad(app.CodePrintSystem, "printers")
}

// Who waits is told what keeps the printer, in words, and how it ended.
func TestWaitingForPaper(t *testing.T) {
	cups := trial.NewCUPS(t)
	tray := cups.Queue("sportello")
	c := counterWithPrinters(t, cups)
	tray.Fault("media-empty-error")
	r, w := io.Pipe()
	code := make(chan int, 1)
	go func() {
		code <- run(t.Context(), []string{"--data", c.folder, "--json", "print", "demo_borgo-0002", "--printer", "default", "--wait"}, w, io.Discard)
		_ = w.Close()
	}()
	var states []string
	for lines := json.NewDecoder(r); ; {
		var told struct {
			State  string
			Faults []faultJSON
		}
		if err := lines.Decode(&told); err != nil {
			break
		}
		states = append(states, told.State)
		if slices.ContainsFunc(told.Faults, func(f faultJSON) bool { return f.Reason == "paper_out" && f.Words == "manca la carta" && f.Stops }) {
			tray.Mend()
		}
	}
	tray.Next()
	if n := <-code; n != 0 || !slices.Contains(states, "stopped") || states[len(states)-1] != "done" {
		t.Errorf("exit %d, states %v", n, states)
	}
}

func TestNetworkPrinterFromTheCommandLine(t *testing.T) {
	cups := trial.NewCUPS(t)
	n := trial.NewNetworkPrinter(t, "Corridoio", "-f", "application/pdf")
	c := counterWithPrinters(t, cups)
	c.bad(app.CodeInvalid, "printers", "--add", "http://x")
	c.good("printers", "--add", n.Address)
	if got := c.printers(); len(got.Printers) != 1 || got.Use != n.Address || got.Printers[0].Name != "Corridoio" {
		t.Errorf("%+v", got)
	}
	c.good("print", "demo_borgo-0002", "--printer", "corridoio", "--wait")
	n.Next()
	n.Off()
	if out := c.good("printers"); !strings.Contains(out, "ferma") || !strings.Contains(out, "spenta o scollegata") {
		t.Errorf("%s", out)
	}
	c.bad(app.CodePrinterGone, "print", "demo_borgo-0002", "--printer", n.Address)
	c.good("printers", "--remove", n.Address)
	if got := c.printers(); len(got.Printers) != 0 {
		t.Errorf("%+v", got)
	}
}
