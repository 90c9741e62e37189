package gdi_test

import (
	"context"
	"encoding/json"
	"errors"
	"os"
	"testing"

	"polis/app"
	"polis/app/page"
	"polis/app/printing"
	"polis/data/printer/gdi"
)

func testPrinters(t *testing.T) *gdi.Printers {
	t.Helper()
	return gdi.New(gdi.Params{Fonts: testFonts(t), Metrics: newMetrics(t)})
}

// ordered is what the other side wants, or the end of the test.
func ordered(t *testing.T) (o order) {
	t.Helper()
	text := os.Getenv(orderEnv)
	if text == "" {
		t.Skip("SKIPPED: no printer to try it on (" + orderEnv + ")")
	}
	if err := json.Unmarshal([]byte(text), &o); err != nil {
		t.Fatal(err)
	}
	o.Options.Ranges = o.Ranges
	return o
}

// TestOrder prints.
func TestOrder(t *testing.T) {
	o := ordered(t)
	s := testPrinters(t)
	list := testPaper(t)
	if o.Sheet {
		list = testSheet(t)
	}
	job, err := s.Print(t.Context(), o.Printer, printing.Work{Title: o.Title, List: list}, o.Options)
	if err != nil {
		t.Fatal(err)
	}
	if job.ID == "" || job.Printer != o.Printer || job.Title != o.Title {
		t.Errorf("job %+v", job)
	}
	status, err := s.Status(t.Context(), job)
	if err != nil || status.State == printing.JobCancelled || status.State == printing.JobFailed {
		t.Fatalf("status %+v, %v", status, err)
	}
	if err := s.Cancel(t.Context(), printing.Job{ID: "4000000", Printer: o.Printer}); err != nil {
		t.Errorf("a job that is over: %v", err)
	}
}

// interrupted are metrics that call somebody when a sign is set.
type interrupted struct {
	page.Metrics
	sign rune
	call func()
}

func (m interrupted) Advance(f page.Face, r rune) int {
	if r == m.sign {
		m.call()
	}
	return m.Metrics.Advance(f, r)
}

// TestTakenBack ends the context while the second page is drawn.
func TestTakenBack(t *testing.T) {
	o := ordered(t)
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	called := false
	s := gdi.New(gdi.Params{Fonts: testFonts(t), Metrics: interrupted{newMetrics(t), onlyOnSecond, func() { called = true; cancel() }}})
	job, err := s.Print(ctx, o.Printer, printing.Work{Title: o.Title, List: testPaper(t)}, o.Options)
	if !errors.Is(err, context.Canceled) || job != (printing.Job{}) || !called {
		t.Errorf("job %+v, %v", job, err)
	}
}

// TestSpoilt: a mark that cannot be drawn takes the whole document back.
func TestSpoilt(t *testing.T) {
	o := ordered(t)
	list := testPaper(t)
	list.Pages[2].Marks = append(list.Pages[2].Marks, page.Picture{X: 1, Y: 1, W: 10, H: 10, Data: []byte("no picture")})
	_, err := testPrinters(t).Print(t.Context(), o.Printer, printing.Work{Title: o.Title, List: list}, o.Options)
	if app.ErrorCode(err) != app.CodePrint || app.ErrorParams(err)["code"] != list.Code {
		t.Error(err)
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
	t.Log(printersMark + string(text))
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
