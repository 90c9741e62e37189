package ui_test

import (
	"context"
	"testing"

	"fyne.io/fyne/v2"

	"polis/app"
	"polis/app/exchange"
	"polis/ui"
	"polis/ui/uitest"
)

// shelf is where a catalogue of the network is kept for the demonstration.
type shelf struct {
	kept   []string
	fault  error
	opened int
	alert  error // why the kept one cannot be read
}

// newReader is a workstation without a code: the doors, and behind the last
// one the sample, or what is on the shelf.
func newReader(t *testing.T) (*bench, *shelf) {
	t.Helper()
	b, s := newBench(t, nil), &shelf{}
	books, err := uitest.Books()
	must(t, err)
	services := b.services
	b.window, err = ui.New(ui.Params{
		App: fyne.CurrentApp(), Runner: b.steps, Books: books, Clock: app.ClockFunc(uitest.Noon), Settings: b.settings,
		Open:    func(string) error { return nil },
		Bundled: func() bool { return len(s.kept) > 0 },
		Demonstrate: func(context.Context) (*ui.Services, error) {
			out := *services
			s.opened++
			out.Demonstration, out.Exchange = true, nil
			out.KeepBundle = func(path string) error {
				if s.fault == nil {
					s.kept = append(s.kept, path)
				}
				return s.fault
			}
			if s.alert != nil {
				out.Alerts = []error{s.alert}
			} else if len(s.kept) > 0 {
				out.Reading = &exchange.Reading{Version: 7, Sheets: 12, IssuedAt: uitest.Noon(), ExpiresAt: uitest.Noon().AddDate(0, 0, 30)}
			}
			return &out, nil
		},
	})
	must(t, err)
	b.canvas = b.window.Fyne().Canvas()
	b.resize(1366, 728)
	b.window.Show()
	b.steps.Drain()
	t.Cleanup(b.window.Fyne().Close)
	return b, s
}

// last goes through the last door.
func (b *bench) last() {
	b.canvas.FocusNext()
	b.canvas.FocusNext()
	b.press(fyne.KeyReturn)
	b.steps.Drain()
}

// From the sample to the network's catalogue, by an import in the settings:
// what is read, and of what day, is said on every screen.
func TestReadingInPlaceOfTheSample(t *testing.T) {
	b, s := newReader(t)
	b.wants("Apri la dimostrazione")
	b.last()
	b.wants("DIMOSTRAZIONE", "schede di esempio")

	s.fault = app.Fault(app.CodeBundle, nil)
	b.window.Drop("/foreign.polis")
	b.steps.Drain()
	b.wants("DIMOSTRAZIONE", "non è un aggiornamento POLIS integro")
	s.fault = nil
	b.window.Drop("/catalogo.polis")
	b.steps.Drain()
	if len(s.kept) != 1 || s.opened != 2 {
		t.Fatalf("kept %q, opened %d times", s.kept, s.opened)
	}
	b.wants("CONSULTAZIONE", "catalogo della rete del 23 nov 2026", "12 schede")
	if b.sees("DIMOSTRAZIONE") || b.sees("schede di esempio") {
		t.Error("the catalogue passes for a sample")
	}
	b.window.SetLanguage("en")
	b.steps.Drain()
	b.wants("READING ONLY", "network catalogue of 23 Nov 2026")
	b.window.SetLanguage("it")
	b.window.Leave()
	b.steps.Drain()
	b.wants("Consultare il catalogo della rete", "Apri il catalogo")
	b.last()
	b.wants("CONSULTAZIONE")
}

// A catalogue that cannot be trusted any more is told above the sample.
func TestCatalogueThatIsNotTaken(t *testing.T) {
	b, s := newReader(t)
	s.kept, s.alert = []string{"old"}, app.Fault(app.CodeBundleExpired, nil)
	b.last()
	b.wants("DIMOSTRAZIONE", "non vale più", "si leggono le schede di esempio")
}
