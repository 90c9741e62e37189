package printing_test

import (
	"context"
	"errors"
	"fmt"
	"image"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"fyne.io/fyne/v2"

	"polis/app"
	appdesk "polis/app/desk"
	"polis/app/page"
	"polis/app/printing"
	"polis/ui/handover"
	uiprinting "polis/ui/printing"
	"polis/ui/screen"
	"polis/ui/theme"
	"polis/ui/uitest"
	"polis/ui/widgets"
)

const code = "demo_borgo-0002"

// room is the print screen with a sheet of the sample on it.
type room struct {
	*uitest.Room
	t        *testing.T
	printers *uitest.Printers
	screen   *uiprinting.Screen
	desk     *appdesk.Desk
	drawn    []string
	given    map[string]int // copies by sheet and language
	backs    int
	press    *printing.Press
	document map[string]error // what happens to a document, by hash; nil = it is a PDF
}

type options struct {
	lang    string
	mode    theme.Mode
	scale   float32
	printer *uitest.Printers
	pages   int // of every paper; 0 = 1
	subject func(*room) handover.Subject
}

func enter(t *testing.T, o options) *room {
	t.Helper()
	if o.lang == "" {
		o.lang = "it"
	}
	if o.mode == "" {
		o.mode = theme.Light
	}
	if o.scale == 0 {
		o.scale = 1
	}
	memory, err := uitest.NewCounter()
	if err != nil {
		t.Fatal(err)
	}
	memory.PagesOf = max(o.pages, 1)
	memory.Sit("demo_borgo")
	d, err := memory.Desk()
	if err != nil {
		t.Fatal(err)
	}
	books, err := uitest.Books()
	if err != nil {
		t.Fatal(err)
	}
	r := &room{Room: uitest.NewRoom(t, o.lang, o.mode, o.scale), t: t, printers: o.printer, desk: d, given: map[string]int{}}
	state := &uiprinting.State{}
	sub := r.sheet()
	if o.subject != nil {
		sub = o.subject(r)
	}
	state.Take(sub)
	folder := t.TempDir()
	hand := r.Hand(o.printer, d, folder)
	deps := uiprinting.Deps{
		Host: r.Host, Hand: hand, Desk: d, Books: books, State: state, Back: func() { r.backs++ },
		Picture: func(list *page.DisplayList, n, width int) (image.Image, error) {
			r.drawn = append(r.drawn, fmt.Sprintf("%d of %d", n+1, len(list.Pages)))
			return image.NewGray(image.Rect(0, 0, width, width)), nil
		},
		Document: func(_ context.Context, sha string) (string, error) {
			path := filepath.Join(folder, sha[:8]+".pdf")
			return path, errors.Join(r.document[sha], os.WriteFile(path, []byte("%PDF-form"), 0o600))
		},
	}
	if o.printer != nil {
		r.press = r.PressOf(o.printer)
		deps.Press = r.press
	}
	r.screen = uiprinting.New(deps)
	r.Enter(r.screen, 1366, 728)
	return r
}

// sheet is the subject of one open sheet.
func (r *room) sheet(visit ...string) handover.Subject {
	r.t.Helper()
	v, err := r.desk.Read(context.Background(), code, "it")
	if err != nil {
		r.t.Fatal(err)
	}
	return handover.Subject{
		View: &v, Visit: visit,
		Given:    func(x *app.Reading, n int) { r.given[x.Code+" "+x.Shown] += n },
		Returned: func(x *app.Reading, n int) string { r.given[x.Code+" "+x.Shown] -= n; return "" },
	}
}

func (r *room) do(a screen.Action) { r.screen.Do(a); r.Steps.Drain() }

// pick presses a value of the choice that has it.
func (r *room) pick(value string) {
	r.t.Helper()
	found := false
	uitest.Visit(r.Canvas, func(o fyne.CanvasObject, _ fyne.Position) {
		if c, ok := o.(*widgets.Choice); ok && c.Has(value) && !found {
			found = true
			c.Choose(value)
		}
	})
	if !found {
		r.t.Fatalf("no choice has %q", value)
	}
	r.Steps.Drain()
}

func (r *room) tick(label string) {
	r.t.Helper()
	found := false
	uitest.Visit(r.Canvas, func(o fyne.CanvasObject, _ fyne.Position) {
		if k, ok := o.(*widgets.Tick); ok && strings.Contains(k.Label(), label) && !found {
			found = true
			k.Press()
		}
	})
	if !found {
		r.t.Fatalf("no box %q among %q", label, uitest.Texts(r.Canvas))
	}
	r.Steps.Drain()
}

// write writes into the n-th entry: copies, pages.
func (r *room) write(n int, text string) {
	r.t.Helper()
	var entries []*widgets.Entry
	uitest.Visit(r.Canvas, func(o fyne.CanvasObject, _ fyne.Position) {
		if e, ok := o.(*widgets.Entry); ok {
			entries = append(entries, e)
		}
	})
	if n >= len(entries) {
		r.t.Fatalf("%d entries", len(entries))
	}
	entries[n].SetText(text)
	r.Steps.Drain()
}

func two() *uitest.Printers {
	a, b := uitest.Printer("sportello1", "Sportello 1"), uitest.Printer("corridoio", "Corridoio")
	a.Default, b.Location = true, "Primo piano"
	return &uitest.Printers{All: []printing.Printer{a, b}}
}

// Enter prints with what is chosen and leads back; the choice is remembered.
func TestChosenOptionsReachThePrinter(t *testing.T) {
	r := enter(t, options{printer: two(), pages: 6})
	r.Wants("Anteprima e stampa", "Sportello 1", "Pronta", "Pagina 1 di 6")
	if r.Focused() != "Stampa" {
		t.Errorf("the focus is on %s", r.Focused())
	}
	r.write(0, "2")
	r.write(1, "5, 1-3, 2")
	r.pick("long")
	r.pick("A4")
	r.tick("Bianco e nero")
	r.Canvas.Focus(r.Button("Stampa"))
	r.Press(fyne.KeyReturn)
	p := r.printers.Last()
	want := printing.Options{Copies: 2, Duplex: printing.LongEdge, Mono: true, Paper: printing.A4, Ranges: []printing.Range{{From: 1, To: 3}, {From: 5, To: 5}}}
	if p.Printer != "sportello1" || p.Pages != 6 || fmt.Sprint(p.Options) != fmt.Sprint(want) {
		t.Errorf("the printer got %+v", p)
	}
	if r.given[code+" it"] != 2 || r.backs != 1 {
		t.Errorf("given %v, back %d", r.given, r.backs)
	}
	if last, err := r.press.Remembered(context.Background()); err != nil || last.Printer != "sportello1" || last.Options.Duplex != printing.LongEdge || last.Options.Copies != 0 {
		t.Errorf("remembered %+v, %v", last, err)
	}
}

func TestWrongPagesAreToldAtTheField(t *testing.T) {
	r := enter(t, options{printer: two(), pages: 3})
	for text, want := range map[string]string{"4": "Le pagine sono 3", "2-9": "Le pagine sono 3", "uno": "per esempio 1-3, 5", "3-1": "per esempio", "0": "per esempio"} {
		r.write(1, text)
		r.Wants(want)
		r.do(screen.ActionPrint)
	}
	r.write(1, "2-")
	r.write(0, "100")
	r.Wants("Un numero da 1 a 99")
	r.do(screen.ActionPrint)
	if len(r.printers.Papers) != 0 {
		t.Errorf("printed %+v", r.printers.Papers)
	}
	r.write(0, "1")
	r.do(screen.ActionPrint)
	if p := r.printers.Last(); fmt.Sprint(p.Options.Ranges) != "[{2 3}]" {
		t.Errorf("printed %+v", p.Options)
	}
}

// A long paper is as quick as a short one: only what is in sight is drawn.
func TestLongPaperIsDrawnPageByPage(t *testing.T) {
	r := enter(t, options{printer: two(), pages: 100})
	if len(r.drawn) > 24 {
		t.Errorf("%d pages were drawn at once", len(r.drawn))
	}
	before := len(r.drawn)
	r.do(screen.ActionLast)
	r.Wants("Pagina 100 di 100")
	if n := len(r.drawn) - before; n == 0 || n > 24 || !slices.Contains(r.drawn[before:], "100 of 100") {
		t.Errorf("drawn %v", r.drawn[before:])
	}
	r.do(screen.ActionPageUp)
	r.Wants("Pagina 99 di 100")
	r.do(screen.ActionFirst)
	r.do(screen.ActionPageDown)
	r.Wants("Pagina 2 di 100")
	r.do(screen.ActionZoomIn)
	r.Wants("Pagina 2 di 100", "75 %")
	r.screen.Type('+')
	r.Wants("100 %")
	r.do(screen.ActionZoomOut)
	r.Wants("75 %")
	r.do(screen.ActionZoomPage)
	r.Wants("Pagina intera")
}

func TestSheetInAnotherLanguageAndFormat(t *testing.T) {
	r := enter(t, options{printer: two()})
	r.do(screen.ActionSheetLang)
	r.pick("complete")
	r.do(screen.ActionPrint)
	if p := r.printers.Last(); !strings.Contains(p.Text, code+" en") {
		t.Errorf("the printer got %+v", p)
	}
	if r.given[code+" en"] != 1 || len(r.given) != 1 {
		t.Errorf("given %v", r.given)
	}
}

func TestDossierOfTheVisit(t *testing.T) {
	const other = "demo_borgo-0001"
	r := enter(t, options{printer: two(), subject: func(r *room) handover.Subject { return r.sheet(code, other) }})
	r.pick("dossier")
	r.Wants("Schede del fascicolo")
	r.do(screen.ActionPrint)
	if r.given[code+" it"] != 1 || r.given[other+" it"] != 1 {
		t.Errorf("given %v", r.given)
	}
	r.tick("Carta d'identità smarrita")
	r.do(screen.ActionPrint)
	if r.given[code+" it"] != 1 || r.given[other+" it"] != 2 {
		t.Errorf("given %v", r.given)
	}
	v, err := r.desk.Read(context.Background(), other, "it")
	if err != nil {
		t.Fatal(err)
	}
	r.tick(v.Title)
	r.Wants("Scegliere almeno una scheda")
	n := len(r.printers.Papers)
	r.do(screen.ActionPrint)
	if len(r.printers.Papers) != n {
		t.Error("an empty dossier was printed")
	}
}

// Of a dossier only the sheets whose pages are printed are handed out.
func TestPagesOfADossier(t *testing.T) {
	const other = "demo_borgo-0001"
	r := enter(t, options{printer: two(), pages: 4, subject: func(r *room) handover.Subject { return r.sheet(code, other) }})
	r.pick("dossier")
	r.write(1, "1, 3-4") // the index and the second sheet
	r.do(screen.ActionPrint)
	if r.given[code+" it"] != 0 || r.given[other+" it"] != 1 {
		t.Errorf("given %v", r.given)
	}
	r.do(screen.ActionSearch)
}

func TestOfficesAreNoSheet(t *testing.T) {
	r := enter(t, options{printer: two()})
	for i, what := range []string{"offices", "sheet_offices"} {
		r.pick(what)
		r.do(screen.ActionPrint)
		if len(r.printers.Papers) != i+1 || len(r.given) != 0 {
			t.Errorf("%s: papers %d, given %v", what, len(r.printers.Papers), r.given)
		}
	}
	r = enter(t, options{printer: two(), subject: func(*room) handover.Subject { return handover.Subject{} }})
	r.do(screen.ActionPrint)
	if len(r.printers.Papers) != 1 {
		t.Error("without a sheet there is no list of offices")
	}
}

func TestFormsAreJobsOfTheirOwn(t *testing.T) {
	r := enter(t, options{printer: two(), pages: 2})
	r.tick("promemoria per il duplicato")
	r.write(1, "1")
	r.do(screen.ActionPrint)
	if len(r.printers.Papers) != 2 {
		t.Fatalf("printed %+v", r.printers.Papers)
	}
	form := r.printers.Last()
	if form.Text != "%PDF-form" || form.Options.Ranges != nil || !strings.Contains(form.Title, "promemoria") {
		t.Errorf("the form: %+v", form)
	}
	if r.given[code+" it"] != 1 {
		t.Errorf("given %v", r.given)
	}
}

// Without a printer the forms are opened as the sheet is.
func TestFormsWithoutAPrinter(t *testing.T) {
	r := enter(t, options{printer: &uitest.Printers{}})
	r.tick("promemoria per il duplicato")
	r.do(screen.ActionPrint)
	if len(r.Opened) != 2 || !strings.Contains(r.Opened[1], "promemoria") {
		t.Errorf("opened %q", r.Opened)
	}
}

// A paper that the printer does not have is not asked of it: the job would
// wait for ever.
func TestPaperOfAnotherPrinter(t *testing.T) {
	p := two()
	p.All[0].Can.Papers = []printing.Paper{printing.A4}
	r := enter(t, options{printer: p})
	r.pick("A3")
	r.do(screen.ActionPrint)
	if got := p.Last().Options.Paper; got != "" {
		t.Errorf("asked for %s", got)
	}
}

func TestFormsThatAreNotHere(t *testing.T) {
	missing := options{printer: two(), subject: func(r *room) handover.Subject {
		sub := r.sheet()
		r.document = map[string]error{}
		for _, a := range sub.View.Attachments {
			r.document[a.SHA256] = app.Fault(app.CodeNotFound, nil, "what", "x")
		}
		return sub
	}}
	r := enter(t, missing)
	r.Wants("promemoria per il duplicato", "non è su questo computer")
	r.do(screen.ActionPrint)
	if len(r.printers.Papers) != 1 {
		t.Errorf("printed %+v", r.printers.Papers)
	}
}

func TestPrinterIsChosenWithItsState(t *testing.T) {
	p := two()
	p.All[0].Default = false
	p.All[1].State, p.All[1].Waiting = printing.Stopped, 3
	r := enter(t, options{printer: p})
	r.Wants("Scegliere la stampante")
	r.do(screen.ActionPrint)
	menu, ok := r.Canvas.Overlays().Top().(*widgets.Menu)
	if !ok || len(p.Papers) != 0 {
		t.Fatalf("without a printer: %T, printed %v", r.Canvas.Overlays().Top(), p.Papers)
	}
	if items := menu.Items(); len(items) != 3 || items[1].Detail != "Ferma · 3 stampe in coda" {
		t.Errorf("offered %+v", items)
	}
	menu.Pick(1)
	r.Wants("Corridoio", "Primo piano · Ferma · 3 stampe in coda")
	r.do(screen.ActionPrint)
	if p.Last().Printer != "corridoio" {
		t.Errorf("printed on %q", p.Last().Printer)
	}
}

// Where there is no printer one on the network can be added, and is the one
// that is printed on.
func TestNetworkPrinterIsAddedHere(t *testing.T) {
	p := &uitest.Printers{Names: map[string]string{"ipp://192.0.2.7/ipp/print": "Corridoio"}}
	r := enter(t, options{printer: p})
	r.Button("Nessuna stampante").Press()
	menu, ok := r.Canvas.Overlays().Top().(*widgets.Menu)
	if !ok || len(menu.Items()) != 1 {
		t.Fatalf("%T", r.Canvas.Overlays().Top())
	}
	menu.Pick(0)
	for _, wrong := range []string{"", "http://192.0.2.7", "ipp://"} {
		r.Canvas.Focused().(*widgets.Entry).SetText(wrong)
		r.Press(fyne.KeyReturn)
		if !r.Shows("Scrivere l'indirizzo") && !r.Shows("non è l'indirizzo di una stampante") {
			t.Errorf("%q is not told", wrong)
		}
	}
	r.Canvas.Focused().(*widgets.Entry).SetText("192.0.2.7")
	r.Press(fyne.KeyReturn)
	r.Wants("Corridoio", "Pronta")
	if last := r.Toasts[len(r.Toasts)-1]; last != "Stampante «Corridoio» aggiunta" {
		t.Errorf("told %q", last)
	}
	r.do(screen.ActionPrint)
	if p.Last().Printer != "ipp://192.0.2.7/ipp/print" {
		t.Errorf("printed on %q", p.Last().Printer)
	}
}

func TestNoPrinterOffersTheOtherWays(t *testing.T) {
	for name, p := range map[string]*uitest.Printers{"none": {}, "nothing prints": nil, "silent": {Silent: app.Fault(app.CodePrintSystem, errors.New("x"))}} {
		t.Run(name, func(t *testing.T) {
			r := enter(t, options{printer: p})
			r.Wants("Nessuna stampante", "E-mail", "QR grande", "Copia indirizzo")
			if r.Shows("Fronte-retro") || r.Focused() != "Salva e apri il PDF" {
				t.Errorf("the focus is on %s", r.Focused())
			}
			r.Press(fyne.KeyReturn)
			if len(r.Opened) != 1 || r.given[code+" it"] != 1 || r.backs != 1 {
				t.Errorf("opened %v, given %v, back %d", r.Opened, r.given, r.backs)
			}
		})
	}
}

// The printers that answer late, or are gone, take the focus from nobody who
// is on the way to something else.
func TestLatePrintersLeaveTheFocus(t *testing.T) {
	r := enter(t, options{printer: &uitest.Printers{All: []printing.Printer{uitest.Printer("p1", "Sportello 1")}}})
	r.screen.Shown()
	for r.Focused() != "E-mail" {
		r.Tab()
	}
	r.printers.All = nil
	r.Steps.Drain()
	if got := r.Focused(); got != "E-mail" {
		t.Fatalf("the focus is on %s", got)
	}
	r.Tab()
	if got := r.Focused(); got != "QR grande" {
		t.Errorf("Tab goes on to %s", got)
	}
	r.printers.All = []printing.Printer{uitest.Printer("p1", "Sportello 1")}
	r.screen.Shown()
	r.Steps.Drain()
	for r.Focused() != "Apri" {
		r.Tab()
	}
	r.printers.All = nil
	r.Button("Aggiorna").Press()
	r.Steps.Drain()
	if got := r.Focused(); got != "Salva e apri il PDF" {
		t.Errorf("what had the focus is gone, and it is on %s", got)
	}
}

func TestRefusedPrintStaysHere(t *testing.T) {
	p := two()
	p.Refuses = app.Fault(app.CodePrinterRefused, nil, "printer", "sportello1", "detail", "x")
	r := enter(t, options{printer: p})
	r.do(screen.ActionPrint)
	if r.backs != 0 || r.Banners["print"] == nil || len(r.given) != 0 {
		t.Errorf("back %d, %v, given %v", r.backs, r.Banners, r.given)
	}
	r.do(screen.ActionSearch)
	if r.backs != 1 {
		t.Error("Esc does not lead back")
	}
}

func TestReceipt(t *testing.T) {
	r := enter(t, options{printer: two(), subject: func(*room) handover.Subject {
		return handover.Subject{Contact: &app.Contact{Number: "2026-00007", Authority: "demo_borgo", Sheets: []app.ContactSheet{{Code: code, Version: 1, Language: "it", HandedOut: true, Copies: 1}}}}
	}})
	r.Wants("2026-00007")
	if r.Shows("Una pagina") || r.Shows("Copia indirizzo") {
		t.Error("a receipt has no format and no address")
	}
	r.do(screen.ActionPrint)
	if len(r.printers.Papers) != 1 || len(r.given) != 0 {
		t.Errorf("printed %+v, given %v", r.printers.Papers, r.given)
	}
}

func TestNothingIsCut(t *testing.T) {
	for _, lang := range []string{"it", "en"} {
		for _, scale := range []float32{1, 1.5, 2} {
			for name, p := range map[string]*uitest.Printers{"printers": two(), "none": {}} {
				r := enter(t, options{lang: lang, scale: scale, printer: p, pages: 12, subject: func(r *room) handover.Subject { return r.sheet(code, "demo_borgo-0001") }})
				where := fmt.Sprintf("%s %.0f%% %s", lang, scale*100, name)
				if p.All != nil {
					r.Resize(1920, 2000) // all of it is in sight
					r.write(1, "uno")
					r.write(0, "0")
				}
				r.Sweep(where)
				r.pick("dossier")
				r.Sweep(where + " dossier")
			}
		}
	}
}

// Every control can be reached with Tab and comes into sight.
func TestTabReachesEverything(t *testing.T) {
	r := enter(t, options{printer: two(), scale: 2, pages: 3})
	r.Resize(1093, 614)
	seen := map[fyne.Focusable]bool{}
	for range 80 {
		r.Tab()
		f := r.Canvas.Focused()
		if seen[f] {
			break
		}
		seen[f] = true
		o, ok := f.(fyne.CanvasObject)
		if !ok {
			t.Fatalf("%T", f)
		}
		at := fyne.CurrentApp().Driver().AbsolutePositionForObject(o)
		if at.Y < 0 || at.Y+o.Size().Height > 615 {
			t.Errorf("%s has the focus at %.0f-%.0f", r.Focused(), at.Y, at.Y+o.Size().Height)
		}
	}
	if len(seen) < 20 {
		t.Errorf("only %d controls", len(seen))
	}
}
