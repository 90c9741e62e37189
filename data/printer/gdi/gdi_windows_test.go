package gdi

import (
	"context"
	"encoding/json"
	"errors"
	"os"
	"testing"

	"polis/app"
	"polis/app/printing"
)

// order is what the other side of Wine wants done; without one only what
// needs no printer is tested.
type order struct {
	Printer string
	Options printing.Options
	Ranges  []printing.Range
}

func testPrinters(t *testing.T) *Printers {
	t.Helper()
	return New(Params{Fonts: testFonts(t), Metrics: newMetrics(t)})
}

// TestOrder prints for the tests on the other side of Wine.
func TestOrder(t *testing.T) {
	text := os.Getenv("POLIS_TEST_PRINT")
	if text == "" {
		t.Skip("SKIPPED: nobody asked for a print (POLIS_TEST_PRINT)")
	}
	var o order
	if err := json.Unmarshal([]byte(text), &o); err != nil {
		t.Fatal(err)
	}
	o.Options.Ranges = o.Ranges
	s := testPrinters(t)
	list := testPaper(t)
	job, err := s.Print(t.Context(), o.Printer, printing.Work{Title: testTitle, List: list}, o.Options)
	if err != nil {
		t.Fatal(err)
	}
	if job.ID == "" || job.Printer != o.Printer || job.Title != testTitle {
		t.Errorf("job %+v", job)
	}
	status, err := s.Status(t.Context(), job)
	if err != nil {
		t.Fatal(err)
	}
	t.Logf("job %s: %+v", job.ID, status)
	if err := s.Cancel(t.Context(), printing.Job{ID: "4000000", Printer: o.Printer}); err != nil {
		t.Errorf("a job that is over: %v", err)
	}
}

// TestListed writes the printers for the other side.
func TestListed(t *testing.T) {
	all, err := testPrinters(t).List(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	text, err := json.Marshal(all)
	if err != nil {
		t.Fatal(err)
	}
	t.Logf("PRINTERS %s", text)
}

func TestRefusals(t *testing.T) {
	s := testPrinters(t)
	work := printing.Work{Title: "Prova", List: testPaper(t)}
	if _, err := s.Print(t.Context(), "Nessuna stampante", work, printing.Options{}); app.ErrorCode(err) != app.CodePrinterGone {
		t.Errorf("a printer that is not there: %v", err)
	}
	if _, err := s.Print(t.Context(), "", work, printing.Options{}); app.ErrorCode(err) != app.CodePrinterGone {
		t.Errorf("a printer without name: %v", err)
	}
	if _, err := s.Print(t.Context(), "x", printing.Work{}, printing.Options{}); app.ErrorCode(err) != app.CodePrinterFormat {
		t.Errorf("a foreign document: %v", err)
	}
	if _, err := s.Status(t.Context(), printing.Job{ID: "1", Printer: "Nessuna stampante"}); app.ErrorCode(err) != app.CodePrinterGone {
		t.Errorf("a job of a printer that is not there: %v", err)
	}
	if err := s.Cancel(t.Context(), printing.Job{ID: "job", Printer: "x"}); app.ErrorCode(err) != app.CodePrintSystem {
		t.Errorf("a job of another system: %v", err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := s.List(ctx); !errors.Is(err, context.Canceled) {
		t.Errorf("a question taken back: %v", err)
	}
}
