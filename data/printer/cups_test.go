//go:build unix

package printer

import (
	"errors"
	"io"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"polis/app"
	"polis/app/printing"
	"polis/cmd/trial"
)

func TestCUPSPrintsWhatWasChosen(t *testing.T) {
	c := trial.NewCUPS(t)
	tray := c.Queue("sportello", "-D", "Sportello 1", "-L", "Piano terra")
	c.Queue("altra")
	c.Run("lpadmin", "-d", "sportello")
	p := desk(c, t.TempDir())
	all := list(t, p)
	if len(all) != 2 {
		t.Fatalf("%d printers", len(all))
	}
	first := all[0]
	if first.ID != "sportello" || first.Name != "Sportello 1" || first.Location != "Piano terra" || !first.Default || all[1].Default ||
		first.State != printing.Idle || !first.Accepting || len(first.Faults) != 0 || first.Waiting != 0 || first.Model != "POLIS tray" {
		t.Errorf("%+v", first)
	}
	if can := first.Can; !can.Duplex || !can.Colour || !can.Documents || can.OneCopy || can.WholeOnly || !slices.Equal(can.Papers, []printing.Paper{printing.A4, printing.A5}) {
		t.Errorf("it can %+v", first.Can)
	}

	j := printed(t, p, "sportello", pages(t, "Carta d'identità: così", 8), printing.Options{
		Copies: 3, Duplex: printing.ShortEdge, Mono: true, Paper: printing.A5, Ranges: []printing.Range{{From: 2, To: 4}, {From: 7, To: 7}},
	})
	got := tray.Next()
	if got.Title != "Carta d'identità: così" || got.Copies != 3 || got.Options["Duplex"] != "DuplexTumble" || got.Options["ColorModel"] != "Gray" ||
		got.Options["PageSize"] != "A5" || got.Options["multiple-document-handling"] != "separate-documents-collated-copies" {
		t.Errorf("the printer was told %+v", got)
	}
	if n := numbers(t, got.File); !slices.Equal(n, []int{2, 3, 4, 7}) {
		t.Errorf("pages %v came out", n)
	}
	done(t, p, j)

	// What nobody chose is not sent.
	printed(t, p, "sportello", pages(t, "Semplice", 2), printing.Options{Copies: 1})
	got = tray.Next()
	for _, o := range []string{"Duplex", "PageSize", "sides", "media", "page-ranges", "multiple-document-handling"} {
		if v, told := got.Options[o]; told {
			t.Errorf("nobody chose %s=%s", o, v)
		}
	}
	if n := numbers(t, got.File); got.Copies != 1 || !slices.Equal(n, []int{1, 2}) {
		t.Errorf("%d copies of %v", got.Copies, n)
	}
}

// cups-pdf draws every page with Ghostscript: what a driver makes of a job.
func TestCUPSPDF(t *testing.T) {
	c := trial.NewCUPS(t)
	tray := c.PDFQueue("pdf")
	p := desk(c, t.TempDir())
	j := printed(t, p, "pdf", pages(t, "Sei", 6), printing.Options{Copies: 2, Ranges: []printing.Range{{From: 5, To: 6}}})
	done(t, p, j)
	out, err := exec.Command("pdfinfo", tray.Next().File).Output() // its text is no text any more
	if err != nil || !strings.Contains(string(out), "Pages:           4\n") {
		t.Errorf("twice two pages should come out: %v\n%s", err, out)
	}
}

func TestStoppedQueue(t *testing.T) {
	c := trial.NewCUPS(t)
	tray := c.Queue("sportello")
	p := desk(c, t.TempDir())
	c.Run("cupsdisable", "sportello")
	if all := list(t, p); all[0].State != printing.Stopped || !has(all[0].Faults, printing.FaultPaused) || !all[0].Accepting {
		t.Errorf("%+v", all[0])
	}
	j := printed(t, p, "sportello", pages(t, "Aspetta", 1), printing.Options{})
	kept := printed(t, p, "sportello", pages(t, "Resta", 2), printing.Options{})
	st := watch(t, p, j, func(st printing.JobStatus) bool { return st.State == printing.JobStopped })
	if !has(st.Faults, printing.FaultPaused) {
		t.Errorf("%+v", st)
	}
	if all := list(t, p); all[0].Waiting != 2 {
		t.Errorf("%d jobs wait", all[0].Waiting)
	}
	for range 2 { // the second time it is over
		if err := p.Cancel(t.Context(), j); err != nil {
			t.Fatal(err)
		}
	}
	watch(t, p, j, func(st printing.JobStatus) bool { return st.State == printing.JobCancelled })
	c.Run("cupsenable", "sportello")
	if got := tray.Next(); got.Title != "Resta" {
		t.Errorf("%q came out", got.Title)
	}
	done(t, p, kept)
	tray.Empty()

	c.Run("cupsreject", "sportello")
	if all := list(t, p); all[0].Accepting {
		t.Error("it takes jobs")
	}
	_, err := p.Print(t.Context(), "sportello", pages(t, "Rifiutato", 1), printing.Options{})
	refused(t, err, app.CodePrinterStopped, "")
	tray.Empty()
}

func TestPaperOut(t *testing.T) {
	c := trial.NewCUPS(t)
	tray := c.Queue("sportello")
	p := desk(c, t.TempDir())
	tray.Fault("media-empty-error,toner-low-report")
	j := printed(t, p, "sportello", pages(t, "Carta", 1), printing.Options{})
	st := watch(t, p, j, func(st printing.JobStatus) bool { return st.State == printing.JobStopped && len(st.Faults) == 2 })
	want := []printing.Fault{{Reason: printing.FaultPaperOut, Stops: true}, {Reason: printing.FaultTonerLow}}
	for _, f := range want {
		if !slices.Contains(st.Faults, f) {
			t.Errorf("%+v is not told: %+v", f, st.Faults)
		}
	}
	if all := list(t, p); len(all[0].Stopping()) != 1 || all[0].State != printing.Printing {
		t.Errorf("%+v", all[0])
	}
	tray.Mend()
	tray.Next()
	done(t, p, j)
	if all := list(t, p); len(all[0].Faults) != 0 {
		t.Errorf("still %+v", all[0].Faults)
	}
}

func TestPrinterIsTakenAway(t *testing.T) {
	c := trial.NewCUPS(t)
	c.Queue("sportello")
	p := desk(c, t.TempDir())
	if n := len(list(t, p)); n != 1 {
		t.Fatalf("%d printers", n)
	}
	c.Run("cupsdisable", "sportello")
	j := printed(t, p, "sportello", pages(t, "Prima", 1), printing.Options{})
	c.Run("lpadmin", "-x", "sportello")
	_, err := p.Print(t.Context(), "sportello", pages(t, "Dopo", 1), printing.Options{})
	refused(t, err, app.CodePrinterGone, "")
	_, err = p.Status(t.Context(), j)
	refused(t, err, app.CodePrinterGone, "")
	if all := list(t, p); len(all) != 0 {
		t.Errorf("%+v", all)
	}
}

func TestServiceDies(t *testing.T) {
	c := trial.NewCUPS(t)
	t.Setenv("CUPS_SERVER", c.Server) // for lp, which must not find the computer's own service either
	tray := c.Queue("sportello")
	p := desk(c, t.TempDir())
	tray.Fault("none")
	j := printed(t, p, "sportello", pages(t, "In corso", 1), printing.Options{})
	watch(t, p, j, func(st printing.JobStatus) bool { return st.State == printing.JobPrinting })
	c.Kill()
	_, err := p.Status(t.Context(), j)
	refused(t, err, app.CodePrintSystem, "")
	_, err = p.Print(t.Context(), "sportello", pages(t, "Dopo", 1), printing.Options{})
	refused(t, err, app.CodePrintSystem, "")
	refused(t, p.Cancel(t.Context(), j), app.CodePrintSystem, "")
	_, err = p.List(t.Context())
	refused(t, err, app.CodePrintSystem, "")
}

func TestNoService(t *testing.T) {
	t.Setenv("PATH", t.TempDir())
	p := &service{p: Params{Etc: t.TempDir(), Home: t.TempDir(), Getenv: func(string) string { return "" }}.withDefaults()}
	if p.cups().at.socket() {
		t.Skip("SKIPPED: this computer has a print service of its own")
	}
	if all, err := p.List(t.Context()); err != nil || len(all) != 0 {
		t.Errorf("no printers is no error: %v %v", all, err)
	}
}

func TestLongAndMany(t *testing.T) {
	c := trial.NewCUPS(t)
	tray := c.Queue("sportello")
	p := desk(c, t.TempDir())
	j := printed(t, p, "sportello", pages(t, "Trecento", 300), printing.Options{})
	if n := numbers(t, tray.Next().File); len(n) != 300 || !slices.IsSorted(n) || n[299] != 300 {
		t.Errorf("%d pages", len(n))
	}
	done(t, p, j)
	w := pages(t, "Tanti", 1)
	for range 50 {
		printed(t, p, "sportello", w, printing.Options{})
	}
	for range 50 {
		isPDF(t, tray.Next().File)
	}
	tray.Empty()
}

func TestNamesOfAllKinds(t *testing.T) {
	c := trial.NewCUPS(t)
	for _, queue := range []string{"Stampàn%te+1", "буфер", "a.b_c-d@e", "percent%20"} {
		tray := c.Queue(queue, "-D", "Più «parole» & segni")
		p := desk(c, t.TempDir())
		if i := slices.IndexFunc(list(t, p), func(x printing.Printer) bool { return x.ID == queue && x.Name == "Più «parole» & segni" }); i < 0 {
			t.Errorf("%q is not listed: %+v", queue, list(t, p))
		}
		for title, want := range map[string]string{
			"Єдина країна 😀":               "Єдина країна 😀",
			"a\nb\tc\x00d":                 "a b c d",
			"rotto\xff":                    "rotto?",
			strings.Repeat("è", 400):       strings.Repeat("è", 127),
			"-o raw; rm -rf / $(id) `id`'": "-o raw; rm -rf / $(id) `id`'",
		} {
			j := printed(t, p, queue, pages(t, title, 1), printing.Options{})
			if got := tray.Next(); got.Title != want {
				t.Errorf("%q came out as %q, want %q", title, got.Title, want)
			}
			done(t, p, j)
		}
	}
}

// settingsFile writes somebody's lpoptions and returns the home.
func settingsFile(t *testing.T, text string) string {
	t.Helper()
	home := t.TempDir()
	if err := errors.Join(os.Mkdir(filepath.Join(home, ".cups"), 0o700), os.WriteFile(filepath.Join(home, ".cups", "lpoptions"), []byte(text), 0o600)); err != nil {
		t.Fatal(err)
	}
	return home
}

// What people set for themselves holds as it would with lp: the same options
// reach the printer.
func TestSettingsOfTwoUsers(t *testing.T) {
	c := trial.NewCUPS(t)
	tray := c.Queue("sportello")
	file := filepath.Join(trial.Root(t), "assets", "sample", "blobs", "0dd8c9ad0ef3cc323d29835fca9d0ef5ca2b17d4f6665ee8b5e06b3a76218d36.pdf")
	work := printing.Work{Title: "Uno", PDF: func(w io.Writer) error {
		b, err := os.ReadFile(file)
		if err == nil {
			_, err = w.Write(b)
		}
		return err
	}}
	anna := settingsFile(t, "Default sportello InputSlot=Tray2 JobPIN=1234 LockedPrint=\"due parole\" Duplex=DuplexNoTumble number-up=2 fit-to-page\n")
	bruno := settingsFile(t, "Dest sportello print-color-mode=monochrome\nDest sportello/fronte sides=one-sided job-priority=70\nDefault sportello/fronte sides=one-sided job-priority=70\n")
	for _, k := range []struct{ home, id string }{{anna, "sportello"}, {bruno, "sportello"}, {bruno, "sportello/fronte"}, {t.TempDir(), "sportello"}} {
		p := desk(c, k.home)
		printed(t, p, k.id, work, printing.Options{})
		ours := tray.Next()
		t.Setenv("HOME", k.home)
		c.Run("lp", "-d", k.id, "-t", "Uno", file)
		theirs := tray.Next()
		for _, own := range []string{"job-uuid", "time-at-creation", "time-at-processing", "document-name-supplied", "job-originating-host-name"} {
			delete(ours.Options, own)
			delete(theirs.Options, own)
		}
		// lp repeats the queue's own defaults, which the service knows.
		for o, standard := range map[string]string{"finishings": "3", "number-up": "1", "print-color-mode": "color"} {
			if theirs.Options[o] == standard {
				delete(theirs.Options, o)
			}
		}
		if !maps.Equal(ours.Options, theirs.Options) {
			t.Errorf("%s:\nlp says %v\nwe say %v", k.id, theirs.Options, ours.Options)
		}
	}
	if all := list(t, desk(c, bruno)); len(all) != 2 || all[0].ID != "sportello/fronte" || !all[0].Default {
		t.Errorf("Bruno sees %+v", all)
	}
	// What is chosen for one job goes before; trays and PIN stay.
	printed(t, desk(c, anna), "sportello", work, printing.Options{Duplex: printing.OneSide})
	if got := tray.Next().Options; got["Duplex"] == "DuplexNoTumble" || got["InputSlot"] != "Tray2" || got["JobPIN"] != "1234" {
		t.Errorf("%v", got)
	}
}

func TestDefaultPrinter(t *testing.T) {
	c := trial.NewCUPS(t)
	c.Queue("uno")
	c.Queue("due")
	c.Queue("tre")
	standard := func(p printing.Printers) string {
		all := list(t, p)
		if all[0].Default {
			return all[0].ID
		}
		return ""
	}
	if d := standard(desk(c, t.TempDir())); d != "" {
		t.Errorf("default %q, none is set", d)
	}
	c.Run("lpadmin", "-d", "due")
	if d := standard(desk(c, t.TempDir())); d != "due" {
		t.Errorf("the service's default is %q", d)
	}
	home := settingsFile(t, "Default tre\n")
	if d := standard(desk(c, home)); d != "tre" {
		t.Errorf("the user's default is %q", d)
	}
	if d := standard(desk(c, home, "PRINTER", "uno")); d != "uno" {
		t.Errorf("the environment's default is %q", d)
	}
}

func TestServiceRefuses(t *testing.T) {
	c := trial.NewCUPS(t, "LimitRequestBody 200k",
		"<Policy parola>\n<Limit Print-Job>\nAuthType Basic\nRequire user nessuno\n</Limit>\n<Limit All>\nOrder deny,allow\nAllow all\n</Limit>\n</Policy>",
		"<Policy nome>\n<Limit Print-Job>\nAuthType Default\nRequire valid-user\n</Limit>\n<Limit All>\nOrder deny,allow\nAllow all\n</Limit>\n</Policy>",
		"DefaultAuthType Basic")
	c.Queue("parola", "-o", "printer-op-policy=parola")
	tray := c.Queue("nome", "-o", "printer-op-policy=nome")
	c.Queue("altri", "-u", "allow:nessuno")
	p := desk(c, t.TempDir(), "CUPS_USER", "qualcuno")
	_, err := p.Print(t.Context(), "altri", pages(t, "No", 1), printing.Options{})
	refused(t, err, app.CodePrinterRefused, refusedForbidden)
	_, err = p.Print(t.Context(), "parola", pages(t, "No", 1), printing.Options{})
	if d := app.ErrorParams(err)["detail"]; app.ErrorCode(err) != app.CodePrinterRefused || d != refusedLogin && d != refusedForbidden {
		t.Errorf("%v", err)
	}
	// Who is asked for a name gives the one that the socket proves.
	printed(t, p, "nome", pages(t, "Sì", 1), printing.Options{})
	tray.Next()
	big := printing.Work{Title: "Grande", PDF: func(w io.Writer) error { _, err := w.Write(make([]byte, 1<<20)); return err }}
	_, err = p.Print(t.Context(), "nome", big, printing.Options{})
	refused(t, err, app.CodePrinterRefused, refusedFull)
}

// A document that cannot be drawn never reaches the printer.
func TestDocumentFails(t *testing.T) {
	c := trial.NewCUPS(t)
	tray := c.Queue("sportello")
	broken := printing.Work{Title: "Rotto", PDF: func(w io.Writer) error {
		_, err := w.Write([]byte("%PDF-1.7 half"))
		return errors.Join(err, app.Fault(app.CodePrint, nil, "code", "x"))
	}}
	p := desk(c, t.TempDir())
	_, err := p.Print(t.Context(), "sportello", broken, printing.Options{})
	refused(t, err, app.CodePrint, "")
	printed(t, p, "sportello", pages(t, "Intero", 1), printing.Options{})
	if got := tray.Next(); got.Title != "Intero" {
		t.Errorf("%q came out", got.Title)
	}
	tray.Empty()
}

// Where the service is out of our reach, lp's may be longer.
func TestByCommands(t *testing.T) {
	c := trial.NewCUPS(t)
	tray := c.Queue("sportello", "-D", "Sportello 1", "-L", "Piano terra")
	c.Run("lpadmin", "-d", "sportello")
	t.Setenv("CUPS_SERVER", c.Server)
	p := desk(c, t.TempDir(), "CUPS_SERVER", "/nowhere/cups.sock")
	all := list(t, p)
	if len(all) != 1 || all[0].ID != "sportello" || all[0].Name != "Sportello 1" || all[0].Location != "Piano terra" || !all[0].Default || all[0].State != printing.Idle || !all[0].Accepting {
		t.Fatalf("%+v", all)
	}
	j := printed(t, p, "sportello", pages(t, "Per comando", 5), printing.Options{Copies: 2, Duplex: printing.LongEdge, Mono: true, Paper: printing.A4, Ranges: []printing.Range{{From: 1, To: 2}, {From: 4, To: 4}}})
	got := tray.Next()
	if got.Title != "Per comando" || got.Copies != 2 || got.Options["Duplex"] != "DuplexNoTumble" || got.Options["ColorModel"] != "Gray" {
		t.Errorf("the printer was told %+v", got)
	}
	if n := numbers(t, got.File); !slices.Equal(n, []int{1, 2, 4}) {
		t.Errorf("pages %v", n)
	}
	done(t, p, j)

	tray.Fault("none")
	j = printed(t, p, "sportello", pages(t, "In stampa", 1), printing.Options{})
	watch(t, p, j, func(st printing.JobStatus) bool { return st.State == printing.JobPrinting })
	tray.Mend()
	tray.Next()
	done(t, p, j)

	c.Run("cupsdisable", "sportello")
	j = printed(t, p, "sportello", pages(t, "Fermo", 1), printing.Options{})
	st := watch(t, p, j, func(st printing.JobStatus) bool { return st.State == printing.JobStopped })
	if !has(st.Faults, printing.FaultPaused) {
		t.Errorf("%+v", st)
	}
	if err := p.Cancel(t.Context(), j); err != nil {
		t.Fatal(err)
	}
	watch(t, p, j, func(st printing.JobStatus) bool { return st.State == printing.JobCancelled }) // lp keeps no record of it, we do
	c.Run("cupsreject", "sportello")
	if all := list(t, p); all[0].Accepting || all[0].State != printing.Stopped {
		t.Errorf("%+v", all)
	}
	_, err := p.Print(t.Context(), "sportello", pages(t, "No", 1), printing.Options{})
	refused(t, err, app.CodePrinterStopped, "")
	_, err = p.Print(t.Context(), "altrove", pages(t, "No", 1), printing.Options{})
	refused(t, err, app.CodePrinterGone, "")
}

// BenchmarkSubmit measures what passes until the service has a job, by IPP
// and by lp, in turns.
func BenchmarkSubmit(b *testing.B) {
	c := trial.NewCUPS(b)
	c.Queue("sportello")
	c.Run("cupsdisable", "sportello")
	w := pages(b, "Misura", 2)
	file := filepath.Join(b.TempDir(), "misura.pdf")
	f, err := os.Create(file)
	if err := errors.Join(err, w.PDF(f), f.Close()); err != nil {
		b.Fatal(err)
	}
	text, err := os.ReadFile(file)
	if err != nil {
		b.Fatal(err)
	}
	w.PDF = func(out io.Writer) error { _, err := out.Write(text); return err }
	p := desk(c, b.TempDir())
	b.Setenv("CUPS_SERVER", c.Server)
	lp, err := exec.LookPath("lp")
	if err != nil {
		b.Skip("SKIPPED: no lp")
	}
	var ours, theirs time.Duration
	for b.Loop() {
		begin := time.Now()
		printed(b, p, "sportello", w, printing.Options{})
		middle := time.Now()
		if out, err := exec.Command(lp, "-d", "sportello", "-t", "Misura", file).CombinedOutput(); err != nil {
			b.Fatalf("%v %s", err, out)
		}
		ours, theirs = ours+middle.Sub(begin), theirs+time.Since(middle)
	}
	b.ReportMetric(float64(ours.Microseconds())/float64(b.N), "us/ipp")
	b.ReportMetric(float64(theirs.Microseconds())/float64(b.N), "us/lp")
	b.ReportMetric(float64(theirs)/float64(ours), "lp/ipp")
}
