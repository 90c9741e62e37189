package handover_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"fyne.io/fyne/v2"

	"polis/app"
	appdesk "polis/app/desk"
	"polis/app/page"
	"polis/app/printing"
	"polis/ui/handover"
	"polis/ui/screen"
	"polis/ui/theme"
	"polis/ui/uitest"
	"polis/ui/widgets"
)

// counter hands one sheet over.
type counter struct {
	*uitest.Room
	t        *testing.T
	printers *uitest.Printers
	hand     *handover.Hand
	desk     *appdesk.Desk
	folder   string
	copies   int    // given
	left     int    // how often it was told that it has left, or not
	away     bool   // the person has gone
	logged   string // the number of their contact
}

func open(t *testing.T, printers *uitest.Printers) *counter {
	t.Helper()
	memory, err := uitest.NewCounter()
	if err != nil {
		t.Fatal(err)
	}
	d, err := memory.Desk()
	if err != nil {
		t.Fatal(err)
	}
	c := &counter{Room: uitest.NewRoom(t, "it", theme.Light, 1), t: t, printers: printers, desk: d, folder: t.TempDir()}
	c.hand = c.Hand(printers, d, c.folder)
	return c
}

func (c *counter) paper() handover.Paper {
	const code = "demo_borgo-0002"
	return handover.Paper{
		Code: code, Title: "Carta d'identità", Name: "carta", Address: "https://polis.example/schede/" + code, About: &handover.Subject{},
		Draw: func(ctx context.Context) (page.DisplayList, error) {
			v, err := c.desk.Read(ctx, code, "it")
			if err != nil {
				return page.DisplayList{}, err
			}
			return c.desk.Layout(c.desk.Document(v, appdesk.PrintOptions{Lang: "it", Words: c.Host.Words.Text}))
		},
		Given: func(n int) { c.copies += n }, Returned: func(n int) string { c.copies -= n; return c.logged }, Here: func() bool { return !c.away },
	}
}

func (c *counter) print() {
	c.hand.Print(c.paper(), func(bool) { c.left++ })
	c.Steps.Drain()
}

// wait lets the print system be asked again.
func (c *counter) wait() {
	c.Steps.Elapse(time.Minute)
	c.Steps.Drain()
}

// says fails unless a message has the words; it returns the message.
func (c *counter) says(id, words string) *widgets.BannerSpec {
	c.t.Helper()
	b := c.Banners[id]
	if b == nil || !strings.Contains(b.Title+" "+b.Text, words) {
		c.t.Fatalf("no %q in message %q: %+v, told %q", words, id, b, c.Toasts)
	}
	return b
}

func (c *counter) take(b *widgets.BannerSpec, label string) {
	c.t.Helper()
	for _, a := range b.More {
		if a.Label == label {
			a.OnPress()
			c.Steps.Drain()
			return
		}
	}
	c.t.Fatalf("no way %q in %+v", label, b.More)
}

func (c *counter) wantCopies(n int) {
	c.t.Helper()
	if c.copies != n {
		c.t.Errorf("%d copies are given, want %d", c.copies, n)
	}
}

const first = "printer sportello1"

func two() *uitest.Printers {
	a, b := uitest.Printer("sportello1", "Sportello 1"), uitest.Printer("corridoio", "Corridoio")
	a.Default = true
	return &uitest.Printers{All: []printing.Printer{a, b}}
}

func TestPrintIsQuietWhenAllGoesWell(t *testing.T) {
	c := open(t, two())
	c.print()
	if p := c.printers.Last(); p.Printer != "sportello1" || p.Title != "Carta d'identità" || p.Options.Copies != 1 || p.Pages != 1 || !strings.HasPrefix(p.Text, "%PDF") {
		t.Errorf("the printer got %+v", p)
	}
	if last := c.Toasts[len(c.Toasts)-1]; last != "Inviata a «Sportello 1»" || c.Undo == nil {
		t.Errorf("told %q", last)
	}
	c.wantCopies(1)
	told := len(c.Toasts)
	c.wait()
	if len(c.Toasts) != told || len(c.Banners) != 0 || c.left != 1 {
		t.Errorf("told %q, %v, %d", c.Toasts[told:], c.Banners, c.left)
	}
	c.Undo()
	c.Steps.Drain()
	if last := c.Toasts[len(c.Toasts)-1]; last != "Il foglio è già uscito." || len(c.printers.Cancelled) != 0 {
		t.Errorf("undone too late: %q, %v", last, c.printers.Cancelled)
	}
	c.wantCopies(1)
}

func TestPrintIsUndone(t *testing.T) {
	c := open(t, two())
	c.printers.Now.State = printing.JobWaiting
	c.print()
	c.Undo()
	c.Steps.Drain()
	if len(c.printers.Cancelled) != 1 {
		t.Error("the job was not cancelled")
	}
	c.wantCopies(0)
	c.wait()
	c.wantCopies(0)
}

// A printer's fault is told in words as long as it lasts; nothing is lost.
func TestFaultsAreToldWhileTheyLast(t *testing.T) {
	c := open(t, two())
	c.printers.Now = printing.JobStatus{State: printing.JobStopped, Faults: []printing.Fault{{Reason: printing.FaultPaperOut, Stops: true}}}
	c.print()
	c.wait()
	c.says(first, "«Sportello 1»")
	c.printers.Now = printing.JobStatus{State: printing.JobPrinting, Faults: []printing.Fault{{Reason: printing.FaultTonerLow}}}
	c.wait()
	if len(c.Banners) != 0 {
		t.Errorf("the fault is over, and still: %+v", c.Banners)
	}
	c.printers.Now = printing.JobStatus{State: printing.JobStopped}
	c.wait()
	c.says(first, "la stampante è ferma")
	c.printers.Now = printing.JobStatus{State: printing.JobDone}
	c.wait()
	if last := c.Toasts[len(c.Toasts)-1]; last != "«Sportello 1»: il foglio è uscito" || len(c.Banners) != 0 {
		t.Errorf("told %q, %v", last, c.Banners)
	}
	c.wantCopies(1)
}

// A printer that only warns of an empty tray may have another one: it is
// told when the paper does not come.
func TestWarningThatKeepsThePaper(t *testing.T) {
	c := open(t, two())
	c.printers.Now = printing.JobStatus{State: printing.JobPrinting, Faults: []printing.Fault{{Reason: printing.FaultPaperOut}, {Reason: printing.FaultTonerLow}}}
	c.print()
	for range 5 {
		c.wait()
	}
	if len(c.Banners) != 0 {
		t.Errorf("told at once: %+v", c.Banners)
	}
	for range 6 {
		c.wait()
	}
	if b := c.says(first, "«Sportello 1»: manca la carta."); strings.Contains(b.Title, "toner") {
		t.Errorf("told %q", b.Title)
	}
}

func TestStuckPrintGoesToAnotherPrinter(t *testing.T) {
	c := open(t, two())
	c.printers.Now = printing.JobStatus{State: printing.JobStopped}
	c.print()
	c.wait()
	c.take(c.says(first, "ferma"), "Altra stampante…")
	if len(c.printers.Cancelled) != 1 || len(c.Choosing) != 1 {
		t.Errorf("cancelled %v, chosen from %v", c.printers.Cancelled, c.Choosing)
	}
	c.wantCopies(0)
}

// What is said to the next person has nothing of the last one's paper.
func TestFaultAfterThePersonHasLeft(t *testing.T) {
	c := open(t, two())
	c.printers.Now = printing.JobStatus{State: printing.JobStopped}
	c.print()
	c.away = true
	c.wait()
	b := c.says(first, "ferma")
	for _, a := range b.More {
		if a.Label == "Altra stampante…" {
			t.Error("the last person's paper is brought back to the screen")
		}
	}
	if strings.Contains(b.Title+b.Text, "Carta") {
		t.Errorf("the paper is named: %s %s", b.Title, b.Text)
	}
}

func TestFailedPrint(t *testing.T) {
	c := open(t, two())
	c.printers.Now.State = printing.JobFailed
	c.print()
	c.wait()
	c.wantCopies(0)
	b := c.says(first, "non è riuscita")
	c.printers.Now.State = printing.JobDone
	c.take(b, "Riprova")
	c.wantCopies(1)
	if len(c.printers.Papers) != 2 || len(c.Banners) != 0 {
		t.Errorf("%d papers, %v", len(c.printers.Papers), c.Banners)
	}
}

func TestCancelledAtThePrinter(t *testing.T) {
	c := open(t, two())
	c.printers.Now.State = printing.JobCancelled
	c.print()
	c.wait()
	c.wantCopies(0)
	c.printers.Now = printing.JobStatus{State: printing.JobCancelled, Pages: 1} // something came out
	c.print()
	c.wait()
	c.wantCopies(1)
}

func TestPrinterVanishes(t *testing.T) {
	c := open(t, two())
	c.printers.Now.State = printing.JobPrinting
	c.print()
	c.printers.Lost = app.Fault(app.CodePrinterGone, nil, "printer", "sportello1")
	c.wait()
	c.says(first, "«Sportello 1» non c'è più")
	c.says(first, "Guardare alla stampante")
	c = open(t, two())
	c.printers.Now.State = printing.JobPrinting
	c.print()
	c.printers.Lost = app.Fault(app.CodePrintSystem, errors.New("no answer"))
	c.wait()
	if len(c.Banners) != 0 {
		t.Error("one question without an answer is told at once")
	}
	for range 9 {
		c.wait()
	}
	b := c.says(first, "Non si sa se il foglio è uscito")
	c.wantCopies(1)
	c.printers.Lost = nil
	c.take(b, "Riprova") // somebody looked: it is not there
	c.wantCopies(1)
}

func TestRefusedPrint(t *testing.T) {
	c := open(t, two())
	c.printers.Refuses = app.Fault(app.CodePrinterStopped, nil, "printer", "sportello1")
	c.print()
	c.wantCopies(0)
	if c.left != 1 {
		t.Errorf("told %d times", c.left)
	}
	b := c.says("print", "«Sportello 1» è ferma")
	c.printers.Refuses = nil
	c.take(b, "Riprova")
	c.wantCopies(1)
}

// The remembered printer is gone: nothing goes to another one unasked, which
// may stand on another floor.
func TestRememberedPrinterIsGone(t *testing.T) {
	c := open(t, two())
	c.hand.Remember(printing.Choice{Printer: "corridoio", Options: printing.Options{Duplex: printing.LongEdge}})
	c.Steps.Drain()
	c.print()
	if p := c.printers.Last(); p.Printer != "corridoio" || p.Options.Duplex != printing.LongEdge {
		t.Fatalf("not the remembered one: %+v", p)
	}
	c.printers.All = c.printers.All[:1]
	c.print()
	if len(c.printers.Papers) != 1 {
		t.Fatal("printed on another printer unasked")
	}
	c.take(c.says("print", "«corridoio» non c'è più"), "Stampa su «Sportello 1»")
	if p := c.printers.Last(); p.Printer != "sportello1" {
		t.Errorf("printed on %+v", p)
	}
	c.print()
	if len(c.printers.Papers) != 3 {
		t.Error("the new choice is not remembered")
	}
}

func TestSeveralPrintersAndNoneIsMeant(t *testing.T) {
	p := two()
	p.All[0].Default = false
	c := open(t, p)
	c.print()
	if len(c.Choosing) != 1 || len(p.Papers) != 0 || c.copies != 0 {
		t.Errorf("chosen from %v, printed %v", c.Choosing, p.Papers)
	}
}

// Without a printer the paper is saved and opened; there are other ways on.
func TestNoPrinter(t *testing.T) {
	for name, p := range map[string]*uitest.Printers{"none": {}, "no printing": nil, "silent": {Silent: app.Fault(app.CodePrintSystem, errors.New("x"))}} {
		t.Run(name, func(t *testing.T) {
			c := open(t, p)
			c.print()
			if len(c.Opened) != 1 || !strings.HasPrefix(read(t, c.Opened[0]), "%PDF") {
				t.Fatalf("opened %q", c.Opened)
			}
			c.wantCopies(1)
			b := c.says("print", "Il PDF è salvato in "+c.Opened[0]+" e aperto")
			if name == "silent" {
				c.says("print", "non risponde")
				p.Silent, p.All = nil, two().All
				c.take(b, "Riprova")
				c.wantCopies(1)
				if len(p.Papers) != 1 {
					t.Error("the second try did not print")
				}
				return
			}
			c.take(b, "E-mail")
			c.wantCopies(1) // the same paper
		})
	}
}

func read(t *testing.T, path string) string {
	t.Helper()
	b, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

func TestMail(t *testing.T) {
	c := open(t, two())
	c.hand.Mail(c.paper())
	c.Steps.Drain()
	if len(c.Opened) != 1 {
		t.Fatalf("opened %q", c.Opened)
	}
	checkMailto(t, c.Opened[0], "Carta d'identità", "https://polis.example/schede/demo_borgo-0002")
	c.says("print", c.folder+"/carta.pdf")
	c.wantCopies(1)
	c.OpenErr = errors.New("no mail program")
	c.hand.Mail(c.paper())
	c.Steps.Drain()
	c.says("print", "non si è aperto")
	c.wantCopies(1)
}

func checkMailto(t *testing.T, address, subject, inBody string) {
	t.Helper()
	u, err := url.Parse(address)
	if err != nil || u.Scheme != "mailto" || u.Opaque != "" {
		t.Fatalf("%q is %+v, %v", address, u, err)
	}
	if strings.Contains(address, "+") || strings.Contains(address, " ") {
		t.Errorf("blanks in %q", address)
	}
	q := u.Query()
	if body := q.Get("body"); q.Get("subject") != subject || !strings.Contains(body, inBody) || strings.Count(body, "\n") != strings.Count(body, "\r\n") {
		t.Errorf("subject %q, body %q", q.Get("subject"), q.Get("body"))
	}
}

func TestMailtoIsNeverTooLong(t *testing.T) {
	long := strings.Repeat("Паспорт потерян — что делать? ", 40)
	got := handover.Mailto(long, "prima riga\nseconda & terza = 100%\n"+long)
	if len(got) > 1900 || !strings.HasPrefix(got, "mailto:?subject=%D0%9F") {
		t.Errorf("%d bytes: %.80s", len(got), got)
	}
	if u, err := url.Parse(got); err != nil || !strings.HasPrefix(u.Query().Get("body"), "prima riga\r\nseconda & terza = 100%\r\n") {
		t.Errorf("%v, %q", err, got)
	}
}

func TestSaveAndOpen(t *testing.T) {
	c := open(t, two())
	c.hand.Save(c.paper())
	c.Steps.Drain()
	b := c.says("print", c.folder+"/carta.pdf")
	c.take(b, "Apri la cartella")
	c.hand.Open(c.paper())
	c.Steps.Drain()
	if len(c.Opened) != 2 || c.Opened[0] != c.folder || c.Opened[1] != c.folder+"/carta.pdf" {
		t.Errorf("opened %q", c.Opened)
	}
	c.wantCopies(0)
}

// What was logged stays: the operator is told so.
func TestCancelledAfterTheContactWasLogged(t *testing.T) {
	c := open(t, two())
	c.printers.Now.State = printing.JobWaiting
	c.print()
	c.logged = "2026-00012"
	c.Undo()
	c.Steps.Drain()
	if last := c.Toasts[len(c.Toasts)-1]; !strings.Contains(last, "annullata. Nel contatto 2026-00012, già registrato, il foglio resta segnato") {
		t.Errorf("told %q", last)
	}
	c.printers.Now.State = printing.JobFailed
	c.print()
	c.wait()
	c.says(first, "Nel contatto 2026-00012, già registrato")
	c.printers.Now = printing.JobStatus{State: printing.JobCancelled, Pages: 1} // something came out: the contact is right
	c.print()
	c.wait()
	if last := c.Toasts[len(c.Toasts)-1]; strings.Contains(last, "2026-00012") {
		t.Errorf("told %q", last)
	}
}

// saveAs opens the dialog and fills it.
func (c *counter) saveAs(name, folder string) {
	c.t.Helper()
	if c.Canvas.Overlays().Top() == nil {
		c.hand.SaveAs(c.paper())
	}
	var fields []*widgets.Entry
	uitest.Visit(c.Canvas, func(o fyne.CanvasObject, _ fyne.Position) {
		if e, ok := o.(*widgets.Entry); ok {
			fields = append(fields, e)
		}
	})
	if len(fields) != 2 || fields[0].Text != "carta" && fields[0].Text == "" {
		c.t.Fatalf("%d fields", len(fields))
	}
	fields[0].SetText(name)
	fields[1].SetText(folder)
	c.Press(fyne.KeyReturn)
}

// The name and the folder are the operator's; what is wrong is told at the
// field, and nothing is lost by it.
func TestSaveAs(t *testing.T) {
	c := open(t, two())
	c.Enter(stage{widgets.Gap(1, 1)}, 1366, 728)
	stick := t.TempDir()
	for _, x := range []struct{ name, folder, told string }{
		{" .pdf", stick, "Scrivere un nome"},
		{"a/b", stick, "questi segni"},
		{"foglio", "chiavetta", "Questa cartella non c'è"},
		{"foglio", filepath.Join(stick, "niente"), "Questa cartella non c'è"},
	} {
		c.saveAs(x.name, x.folder)
		c.Wants(x.told)
	}
	c.saveAs("Foglio di Anna.PDF", stick)
	path := filepath.Join(stick, "Foglio di Anna.pdf")
	if b := c.says("print", path); !strings.HasPrefix(read(t, path), "%PDF") || c.Canvas.Overlays().Top() != nil {
		t.Errorf("saved as %+v", b)
	}
	c.take(c.Banners["print"], "Apri la cartella")
	if c.Opened[0] != stick {
		t.Errorf("opened %q", c.Opened)
	}
	// One that is there is replaced only when that was said.
	if err := os.WriteFile(path, []byte("old"), 0o600); err != nil {
		t.Fatal(err)
	}
	c.saveAs("Foglio di Anna", stick)
	c.Wants("C'è già un file «Foglio di Anna.pdf»")
	if read(t, path) != "old" {
		t.Error("it was replaced unasked")
	}
	c.Press(fyne.KeyReturn)
	if !strings.HasPrefix(read(t, path), "%PDF") {
		t.Error("it was not replaced")
	}
	if files, err := os.ReadDir(stick); err != nil || len(files) != 1 {
		t.Errorf("in the folder: %v, %v", files, err)
	}
	c.wantCopies(0)
}

// A full or locked stick is told in words; what was there stays.
func TestSaveAsWhereNothingCanBeWritten(t *testing.T) {
	stick := t.TempDir()
	old := filepath.Join(stick, "carta.pdf")
	if err := os.WriteFile(old, []byte("old"), 0o600); err != nil {
		t.Fatal(err)
	}
	c := open(t, two())
	c.Enter(stage{widgets.Gap(1, 1)}, 1366, 728)
	c.hand = handover.New(handover.Params{
		Host: func() *screen.Host { return c.Host }, SaveFolder: c.folder,
		PDF: func(w io.Writer, _ page.DisplayList) error {
			if _, err := io.WriteString(w, "%PDF half"); err != nil {
				return err
			}
			return &fs.PathError{Op: "write", Path: "x", Err: syscall.ENOSPC}
		},
	})
	c.saveAs("carta", stick)
	c.Press(fyne.KeyReturn) // replace it
	c.Wants("Qui non c'è abbastanza spazio", "Il foglio non va perso")
	if files, err := os.ReadDir(stick); err != nil || len(files) != 1 || read(t, old) != "old" {
		t.Errorf("in the folder: %v, %v", files, err)
	}
	c.Press(fyne.KeyEscape)
	c.hand.Save(c.paper())
	c.Steps.Drain()
	c.says("print", "Il disco è pieno")
	if os.Geteuid() == 0 { // root may write anywhere: the kernel's own folders take no files
		stick = "/proc"
	} else if err := os.Chmod(stick, 0o500); err != nil {
		t.Fatal(err)
	}
	c.saveAs("carta nuova", stick)
	c.Wants("In questa cartella non si può scrivere")
}

// Whoever prefers it chooses the folder instead of writing it.
func TestSaveAsWithAChosenFolder(t *testing.T) {
	stick := t.TempDir()
	c := open(t, two())
	c.Enter(stage{widgets.Gap(1, 1)}, 1366, 728)
	answer := ""
	c.hand = handover.New(handover.Params{
		Host: func() *screen.Host { return c.Host }, SaveFolder: c.folder, PDF: c.desk.Write,
		PickFolder: func(_, from string, chosen func(string)) {
			if from != c.folder {
				t.Errorf("from %q", from)
			}
			chosen(answer)
		},
	})
	c.hand.SaveAs(c.paper())
	c.Button("Sfoglia…").Press() // and think better of it
	answer = stick
	c.Button("Sfoglia…").Press()
	c.Press(fyne.KeyReturn)
	c.says("print", filepath.Join(stick, "carta.pdf"))
	c.hand.SaveAs(c.paper()) // it is proposed from then on
	c.Wants(stick)
}

// A document of somebody else is printed as it is; where the printer cannot,
// it is offered to the system's program.
func TestForeignDocument(t *testing.T) {
	c := open(t, two())
	path := t.TempDir() + "/modulo.pdf"
	if err := os.WriteFile(path, []byte("%PDF-1.4 modulo"), 0o600); err != nil {
		t.Fatal(err)
	}
	form := handover.Paper{Title: "Modulo", Here: func() bool { return !c.away }, Name: "modulo", File: func(context.Context) (string, error) { return path, nil }}
	c.hand.PrintOn(form, printing.Choice{Printer: "sportello1"}, "Sportello 1", func(bool) {})
	c.Steps.Drain()
	if p := c.printers.Last(); p.Text != "%PDF-1.4 modulo" || p.Pages != 0 {
		t.Errorf("the printer got %+v", p)
	}
	c.printers.Refuses = app.Fault(app.CodePrinterFormat, nil, "printer", "sportello1")
	c.hand.PrintOn(form, printing.Choice{Printer: "sportello1"}, "Sportello 1", func(bool) {})
	c.Steps.Drain()
	c.take(c.says("print modulo", "non può stampare da sola"), "Apri")
	if len(c.Opened) != 1 || read(t, c.Opened[0]) != "%PDF-1.4 modulo" {
		t.Errorf("opened %q", c.Opened)
	}
}

// A form that was refused stays told when the next one goes well; what is
// taken back is all that was asked for at once.
func TestSheetWithForms(t *testing.T) {
	c := open(t, two())
	c.printers.Now.State = printing.JobWaiting
	form := func(name string) handover.Paper {
		path := t.TempDir() + "/" + name + ".pdf"
		if name == "buono" {
			if err := os.WriteFile(path, []byte("%PDF-1.4 modulo"), 0o600); err != nil {
				t.Fatal(err)
			}
		}
		return handover.Paper{Title: name, Name: name, File: func(context.Context) (string, error) { return path, nil }, Here: func() bool { return !c.away }}
	}
	choice := printing.Choice{Printer: "sportello1", Options: printing.Options{Ranges: []printing.Range{{From: 1, To: 1}}}}
	c.hand.PrintWith(c.paper(), []handover.Paper{form("perso"), form("buono")}, choice, "Sportello 1", func(bool) { c.left++ })
	c.Steps.Drain()
	if len(c.printers.Papers) != 2 || c.printers.Papers[0].Options.Ranges == nil || c.printers.Papers[1].Options.Ranges != nil || c.left != 1 {
		t.Fatalf("printed %+v, told %d", c.printers.Papers, c.left)
	}
	if c.Banners["print perso"] == nil {
		t.Errorf("the form that is not there is not told: %v", c.Banners)
	}
	c.Undo()
	c.Steps.Drain()
	if len(c.printers.Cancelled) != 2 {
		t.Errorf("taken back: %v", c.printers.Cancelled)
	}
	c.wantCopies(0)
	c.away = true
	c.hand.Left()
	if len(c.Banners) != 0 {
		t.Errorf("the form of a person who left is named: %v", c.Banners)
	}
}

// A message that was there before the person left does not lead back to
// their paper afterwards.
func TestMessagesAfterThePersonHasLeft(t *testing.T) {
	c := open(t, two())
	c.printers.Now = printing.JobStatus{State: printing.JobStopped}
	c.print()
	c.wait()
	c.says(first, "ferma")
	c.hand.Save(c.paper())
	c.Steps.Drain()
	c.says("print", "carta.pdf")
	c.away = true
	c.hand.Left()
	if c.Banners["print"] != nil {
		t.Errorf("the paper is named: %+v", c.Banners["print"])
	}
	if b := c.says(first, "ferma"); len(b.More) != 1 || b.More[0].Label != "Annulla la stampa" {
		t.Errorf("ways on: %+v", b.More)
	}
	c.Banners[first].OnDismiss()
	delete(c.Banners, first)
	c.hand.Left()
	if len(c.Banners) != 0 {
		t.Error("a message that was closed comes back")
	}
	for name, do := range map[string]func(){
		"saved": func() { c.hand.Save(c.paper()) }, "mailed": func() { c.hand.Mail(c.paper()) },
		"no mail": func() { c.OpenErr = errors.New("no mail program"); c.hand.Mail(c.paper()) },
	} {
		do()
		c.Steps.Drain()
		if b := c.Banners["print"]; b != nil && strings.Contains(b.Title+b.Text, "carta.pdf") {
			t.Errorf("%s: the paper is named: %+v", name, b)
		}
	}
	c.printers.Refuses = app.Fault(app.CodePrinterStopped, nil, "printer", "sportello1")
	c.print()
	if b := c.says("print", "è ferma"); len(b.More) != 1 {
		t.Errorf("the paper is brought back: %+v", b.More)
	}
}

// What nobody could see counts only when a program has opened it.
func TestSavedAndNotOpened(t *testing.T) {
	c := open(t, nil)
	c.OpenErr = errors.New("no viewer")
	left := true
	c.hand.Print(c.paper(), func(l bool) { left = l })
	c.Steps.Drain()
	c.says("print", "carta.pdf")
	c.wantCopies(0)
	if left {
		t.Error("it is told to have left")
	}
}

// Two sheets wait for paper: each can be taken back, and the printer's trouble
// is told as long as one of them waits.
func TestTwoPrintsWait(t *testing.T) {
	c := open(t, two())
	c.printers.Now = printing.JobStatus{State: printing.JobStopped, Faults: []printing.Fault{{Reason: printing.FaultPaperOut, Stops: true}}}
	c.print()
	c.print()
	c.wait()
	c.take(c.says(first, "manca la carta"), "Annulla la stampa")
	c.wantCopies(1)
	c.take(c.says(first, "manca la carta"), "Annulla la stampa")
	c.wantCopies(0)
	if len(c.printers.Cancelled) != 2 || len(c.Banners) != 0 {
		t.Errorf("taken back %v, told %v", c.printers.Cancelled, c.Banners)
	}
}

func TestDiskFull(t *testing.T) {
	c := open(t, nil)
	full := handover.New(handover.Params{
		Host: func() *screen.Host { return c.Host }, SaveFolder: c.folder,
		PDF: func(io.Writer, page.DisplayList) error { return app.Fault(app.CodePrint, syscall.ENOSPC, "code", "x") },
	})
	full.Save(c.paper())
	c.Steps.Drain()
	want, _ := c.Host.Words.Error(app.Fault(app.CodeDiskFull, nil, "path", c.folder))
	c.says("print", want)
}

// Who closes a question of the driver has not met a fault.
func TestQuestionOfTheDriverIsClosed(t *testing.T) {
	c := open(t, two())
	c.printers.Refuses = fmt.Errorf("%w: the file's name", context.Canceled)
	c.print()
	if len(c.Banners) != 0 || c.Toasts[len(c.Toasts)-1] != "Stampa su «Sportello 1» annullata" {
		t.Errorf("told %v %q", c.Banners, c.Toasts)
	}
	c.wantCopies(0)
}

// Every way is told to begin and to end, once, and to end after what was
// given.
func TestOnTheWay(t *testing.T) {
	for name, k := range map[string]struct {
		printers *uitest.Printers
		do       func(*counter, handover.Paper)
		left     bool
	}{
		"printed": {two(), func(c *counter, p handover.Paper) { c.hand.Print(p, func(bool) {}) }, true},
		"chosen": {two(), func(c *counter, p handover.Paper) {
			c.hand.PrintOn(p, printing.Choice{Printer: "x"}, "x", func(bool) {})
		}, false},
		"no printer": {nil, func(c *counter, p handover.Paper) { c.hand.Print(p, func(bool) {}) }, true},
		"mailed":     {nil, func(c *counter, p handover.Paper) { c.hand.Mail(p) }, true},
	} {
		c := open(t, k.printers)
		p := c.paper()
		var told []string
		p.Begun = func() { told = append(told, "begun") }
		p.Given = func(int) { told = append(told, "given") }
		p.Ended = func(left bool) { told = append(told, fmt.Sprint("ended ", left)) }
		k.do(c, p)
		if len(told) != 1 {
			t.Errorf("%s: told %q at once", name, told)
		}
		c.Steps.Drain()
		if want := "begun given ended true"; k.left && strings.Join(told, " ") != want || !k.left && strings.Join(told, " ") != "begun ended false" {
			t.Errorf("%s: told %q", name, told)
		}
	}
}

// Slow print systems are told of, fast ones not.
func TestSlowPrintSystem(t *testing.T) {
	c := open(t, two())
	c.hand.Print(c.paper(), func(bool) {})
	c.Steps.Elapse(3 * time.Second)
	if len(c.Toasts) != 1 || !strings.Contains(c.Toasts[0], "Invio") {
		t.Errorf("told %q", c.Toasts)
	}
	c.Steps.Drain()
	c = open(t, two())
	c.print()
	c.Steps.Elapse(3 * time.Second)
	for _, text := range c.Toasts {
		if strings.Contains(text, "Invio") {
			t.Errorf("told %q", c.Toasts)
		}
	}
}

func TestNothingComesBackAfterClose(t *testing.T) {
	c := open(t, two())
	c.printers.Now.State = printing.JobStopped
	c.print()
	c.hand.Close()
	c.wait()
	if len(c.Banners) != 0 {
		t.Errorf("told %v", c.Banners)
	}
}

func TestFileName(t *testing.T) {
	for words, want := range map[string]string{
		"demo-1 Carta d'identità / più": "demo-1-carta-d-identita-piu", "…": "foglio", "../../etc": "etc", strings.Repeat("lungo ", 40): "",
	} {
		got := handover.FileName(words, "foglio")
		if want != "" && got != want || len(got) > 60 {
			t.Errorf("%q becomes %q", words, got)
		}
	}
}

// The keys of the window rest while a code is shown; Esc gives them back.
func TestCodeForATelephone(t *testing.T) {
	c := open(t, nil)
	modules := make([][]bool, 29)
	for y := range modules {
		modules[y] = make([]bool, 29)
		modules[y][y] = true
	}
	p := c.paper()
	p.Draw = func(context.Context) (page.DisplayList, error) {
		return page.DisplayList{Pages: []page.Page{{Marks: []page.Mark{page.Code{Modules: modules}}}}}, nil
	}
	button := widgets.NewButton(widgets.ButtonSpec{Label: "Stampa"})
	c.Enter(stage{button}, 1366, 728)
	c.Canvas.Focus(button)
	c.hand.ShowQR(p)
	c.Steps.Drain()
	c.Wants(p.Address, "Inquadrare con il telefono")
	c.Sweep("code")
	c.Press(fyne.KeyEscape)
	if c.Canvas.Overlays().Top() != nil || c.Focused() != "Stampa" {
		t.Errorf("after Esc the focus is on %s", c.Focused())
	}
	p.Draw = func(context.Context) (page.DisplayList, error) {
		return page.DisplayList{Pages: make([]page.Page, 1)}, nil
	}
	c.hand.ShowQR(p)
	c.Steps.Drain()
	if c.Banners["print"] == nil {
		t.Error("a paper without a code is not told")
	}
}

// stage is a screen with one object.
type stage struct{ o fyne.CanvasObject }

func (s stage) Object() fyne.CanvasObject { return s.o }
func (stage) Shown()                      {}
func (stage) Do(screen.Action) bool       { return false }
func (stage) Type(rune)                   {}
func (stage) Close()                      {}
