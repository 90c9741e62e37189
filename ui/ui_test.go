package ui_test

import (
	"context"
	"errors"
	"fmt"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/driver/desktop"
	"fyne.io/fyne/v2/test"

	"polis/app"
	"polis/app/exchange"
	"polis/app/network"
	"polis/ui"
	"polis/ui/screen"
	"polis/ui/theme"
	"polis/ui/uitest"
	"polis/ui/widgets"
)

// bench is a window at a counter in memory, one step at a time.
type bench struct {
	tb       testing.TB
	steps    *uitest.Steps
	counter  *uitest.Counter
	exchange *uitest.Exchange
	window   *ui.Window
	canvas   fyne.Canvas
	opened   []string
	openErr  error
	trace    []string
	folder   string
	settings uitest.Settings
	services *ui.Services
	forward  func(time.Duration) // the clock, where a test may set it
}

func newBench(tb testing.TB, settings uitest.Settings) *bench {
	tb.Helper()
	counter, err := uitest.NewCounter()
	must(tb, err)
	return newBenchAt(tb, counter, settings)
}

func newBenchAt(tb testing.TB, counter *uitest.Counter, settings uitest.Settings) *bench {
	tb.Helper()
	return newBenchIn(tb, counter, settings, nil)
}

// newBenchIn is a window of an authority whose offices are in a hall; nil for
// none.
func newBenchIn(tb testing.TB, counter *uitest.Counter, settings uitest.Settings, hall *uitest.Hall) *bench {
	tb.Helper()
	counter.Sit("demo_ponte")
	d, err := counter.Desk()
	must(tb, err)
	a := test.NewApp()
	tb.Cleanup(func() { test.NewApp() })
	books, err := uitest.Books()
	must(tb, err)
	if settings == nil {
		settings = uitest.Settings{}
	}
	synced := uitest.Noon().Add(-2 * time.Minute)
	b := &bench{tb: tb, steps: &uitest.Steps{}, counter: counter, folder: tb.TempDir(), settings: settings}
	b.exchange = &uitest.Exchange{State: exchange.Status{Enrolled: true, Sheets: 5312, Waiting: 3, LastSync: &synced}}
	b.services = &ui.Services{
		Desk: d, Contacts: counter, Sheets: counter, Exchange: b.exchange, Settings: settings, Authority: counter.Authority, SaveFolder: b.folder,
	}
	if hall != nil {
		b.services.Network = hall.Offices(func() string { return "redattore" })
	}
	b.window, err = ui.New(ui.Params{
		App: a, Runner: b.steps, Books: books, Clock: app.ClockFunc(uitest.Noon),
		Open: func(p string) error { b.opened = append(b.opened, p); return b.openErr },
		Trace: func(event string, args ...any) {
			b.trace = append(b.trace, fmt.Sprint(append([]any{event}, args...)...))
		},
		Services: b.services,
	})
	must(tb, err)
	b.canvas = b.window.Fyne().Canvas()
	b.resize(1366, 728)
	b.window.Show()
	b.steps.Drain()
	tb.Cleanup(b.window.Fyne().Close)
	return b
}

func must(tb testing.TB, err error) {
	tb.Helper()
	if err != nil {
		tb.Fatal(err)
	}
}

func (b *bench) resize(w, h float32) { b.window.Fyne().Resize(fyne.NewSize(w, h)) }

// key presses a key the way the driver does: the focus first.
func (b *bench) key(k fyne.KeyName) {
	if f := b.canvas.Focused(); f != nil {
		f.TypedKey(&fyne.KeyEvent{Name: k})
	} else {
		b.canvas.OnTypedKey()(&fyne.KeyEvent{Name: k})
	}
}

func (b *bench) ctrl(k fyne.KeyName) {
	s := &desktop.CustomShortcut{KeyName: k, Modifier: fyne.KeyModifierControl}
	if f, ok := b.canvas.Focused().(fyne.Shortcutable); ok {
		f.TypedShortcut(s)
		return
	}
	b.canvas.(fyne.Shortcutable).TypedShortcut(s)
}

func (b *bench) typed(text string) {
	for _, r := range text {
		if f := b.canvas.Focused(); f != nil {
			f.TypedRune(r)
		} else {
			b.canvas.OnTypedRune()(r)
		}
	}
	b.steps.Drain()
}

func (b *bench) press(k fyne.KeyName) {
	b.key(k)
	b.steps.Drain()
}

// logs logs a contact in which nothing was read: the operator says how it
// ended.
func (b *bench) logs() {
	b.choices()[2].Choose(app.OutcomeResolved)
	b.press(fyne.KeyF9)
}

// sees reports whether all texts together hold the words.
func (b *bench) sees(words string) bool {
	return strings.Contains(strings.Join(uitest.Texts(b.canvas), ""), words)
}

func (b *bench) wants(words ...string) {
	b.tb.Helper()
	for _, w := range words {
		if !b.sees(w) {
			b.tb.Errorf("%q is not on the screen", w)
		}
	}
}

func (b *bench) search() string {
	e, ok := b.canvas.Focused().(*widgets.Entry)
	if !ok {
		b.tb.Errorf("the focus is on %T", b.canvas.Focused())
		return ""
	}
	return e.Text
}

func TestTenSeconds(t *testing.T) {
	b := newBench(t, nil)
	b.typed("carta identita smarita")
	b.wants("carta identità smarrita", "cerca invece «smarita»")
	b.press(fyne.KeyReturn)
	b.wants("Come fare", "Cosa serve", "1 vista")
	b.ctrl(fyne.KeyP)
	b.steps.Drain()
	if len(b.opened) != 1 {
		t.Fatalf("opened %v", b.opened)
	}
	if paper, err := os.ReadFile(b.opened[0]); err != nil || !strings.HasPrefix(string(paper), "%PDF") {
		t.Errorf("paper %q, %v", paper, err)
	}
	b.wants("1 vista, 1 stampata", "Nessuna stampante su questo computer.", "Il PDF è salvato in", "E-mail", "QR grande")
	b.press(fyne.KeyF9)
	if len(b.counter.Logged) != 1 {
		t.Fatalf("%d contacts logged", len(b.counter.Logged))
	}
	c := b.counter.Logged[0]
	if c.Channel != "in_person" || c.User != "citizen" || c.Outcome != "resolved" || c.Topic != "documenti" || len(c.Sheets) != 1 ||
		!c.Sheets[0].HandedOut || c.Sheets[0].Version != 1 || c.Sheets[0].Copies != 1 {
		t.Errorf("logged %+v", c.Contact)
	}
	b.wants("Contatto 2026-00001 registrato", "Contatto 2 di oggi")
	if b.search() != "" || b.sees("smarita") || b.sees("Come fare") || b.sees("1 vista") {
		t.Error("something of the last person is still on the screen")
	}
	b.steps.Elapse(time.Minute)
	if b.sees("2026-00001") {
		t.Error("the message of the last contact stays")
	}
}

// F9 comes before the page is saved: the contact waits for the hand-out.
func TestContactWaitsForThePaper(t *testing.T) {
	b := newBench(t, nil)
	b.typed("carta identita smarita")
	b.press(fyne.KeyReturn)
	b.openErr = errors.New("no viewer")
	b.ctrl(fyne.KeyP)
	b.key(fyne.KeyF9)
	b.steps.Drain()
	if len(b.counter.Logged) != 0 {
		t.Fatalf("closed although no program showed the paper: %+v", b.counter.Logged)
	}
	b.press(fyne.KeyF9) // the operator's second word
	if len(b.counter.Logged) != 1 || len(b.counter.Logged[0].Sheets) != 1 || b.counter.Logged[0].Sheets[0].HandedOut {
		t.Fatalf("logged %+v", b.counter.Logged)
	}
	if b.sees("smarrita-rubata") {
		t.Error("a message names the last person's sheet")
	}
	b.typed("tari")
	b.press(fyne.KeyReturn)
	b.counter.FailPaper = app.Fault(app.CodePrint, errors.New("font"), "code", "x")
	b.ctrl(fyne.KeyP)
	b.key(fyne.KeyF9)
	b.steps.Drain()
	if len(b.counter.Logged) != 1 {
		t.Error("a contact was closed although its sheet could not be printed")
	}
	b.press(fyne.KeyF9)
	if len(b.counter.Logged) != 2 {
		t.Error("the operator's second word was not heard")
	}
}

// Enter, Ctrl+P and F9 faster than the machine: the contact has the sheet.
func TestContactWaitsForTheSheet(t *testing.T) {
	b := newBench(t, nil)
	b.typed("carta identita smarita")
	b.key(fyne.KeyReturn)
	b.key(fyne.KeyF9)
	b.steps.Drain()
	if len(b.counter.Logged) != 1 || len(b.counter.Logged[0].Sheets) != 1 {
		t.Fatalf("logged %+v", b.counter.Logged)
	}
	b.typed("carta identita smarita")
	b.ctrl(fyne.KeyP) // opens the chosen sheet and prints it
	b.key(fyne.KeyF9)
	b.steps.Drain()
	if len(b.counter.Logged) != 2 || len(b.counter.Logged[1].Sheets) != 1 || !b.counter.Logged[1].Sheets[0].HandedOut {
		t.Fatalf("logged %+v", b.counter.Logged)
	}
}

func TestFailingLogKeepsTheVisit(t *testing.T) {
	b := newBench(t, nil)
	b.typed("tari")
	b.press(fyne.KeyReturn)
	b.counter.FailLog = app.Fault(app.CodeDiskFull, errors.New("no space"), "path", "ufficio.db")
	b.press(fyne.KeyF9)
	b.wants("Il disco è pieno", "Quanto già registrato è al sicuro", "1 vista")
	if b.search() != "tari" {
		t.Error("the search was lost")
	}
	b.counter.FailLog = nil
	b.press(fyne.KeyF9)
	if len(b.counter.Logged) != 1 || len(b.counter.Logged[0].Sheets) != 1 || b.sees("Il disco è pieno") {
		t.Errorf("the second try: %+v", b.counter.Logged)
	}
}

func TestNotEnrolledSaysSo(t *testing.T) {
	b := newBench(t, nil)
	b.counter.Identity.Operator = ""
	b.logs()
	b.wants("Questa postazione non è ancora attivata")
}

func TestFailingPaper(t *testing.T) {
	b := newBench(t, nil)
	b.typed("tari")
	b.press(fyne.KeyReturn)
	b.counter.FailPaper = app.Fault(app.CodePrint, errors.New("font"), "code", "x")
	b.ctrl(fyne.KeyP)
	b.steps.Drain()
	b.wants("Non è stato possibile comporre il foglio", "La scheda resta sullo schermo")
	if files, err := os.ReadDir(b.folder); err != nil || len(files) != 0 {
		t.Errorf("left behind: %v, %v", files, err)
	}
	b.counter.FailPaper, b.openErr = nil, errors.New("no viewer")
	b.ctrl(fyne.KeyP)
	b.steps.Drain()
	b.wants("Non si è aperto da solo")
	if b.sees("1 stampata") {
		t.Error("a paper that no program showed counts as given")
	}
}

func TestStaleAnswersAreDropped(t *testing.T) {
	b := newBench(t, nil)
	entry := b.canvas.Focused()
	for _, r := range "mensa" {
		entry.TypedRune(r)
	}
	b.steps.StepLast() // the answer to the whole word comes first
	b.steps.Drain()
	shown := 0
	for _, line := range b.trace {
		if strings.HasPrefix(line, "search shown") && strings.Contains(line, "m") && strings.Contains(line, "q") {
			shown++
		}
	}
	if last := b.trace[len(b.trace)-1]; !strings.Contains(last, "mensa") {
		t.Errorf("last shown: %s", last)
	}
	b.wants("Mensa")
}

func TestEnterWaitsForItsResults(t *testing.T) {
	b := newBench(t, nil)
	for _, r := range "mensa" {
		b.canvas.Focused().TypedRune(r)
	}
	b.key(fyne.KeyReturn)
	b.steps.Drain()
	b.wants("Mensa scolastica", "1 vista")
}

func TestArrowsChooseFromTheSearch(t *testing.T) {
	b := newBench(t, nil)
	b.typed("carta identita")
	first := b.opens()
	b.press(fyne.KeyDown)
	second := b.opens()
	b.press(fyne.KeyUp)
	b.press(fyne.KeyUp)
	if again := b.opens(); first == second || first != again {
		t.Errorf("opened %q, %q, %q", first, second, again)
	}
	if b.search() != "carta identita" {
		t.Error("the focus left the search")
	}
}

// opens presses Enter and returns the code of the sheet that shows.
func (b *bench) opens() string {
	b.press(fyne.KeyReturn)
	for i := len(b.trace) - 1; i >= 0; i-- {
		if strings.HasPrefix(b.trace[i], "sheet shown") {
			return b.trace[i]
		}
	}
	return ""
}

func TestAnotherRequestOfTheSamePerson(t *testing.T) {
	b := newBench(t, nil)
	b.typed("tari")
	b.press(fyne.KeyReturn)
	b.press(fyne.KeyF8)
	b.typed("mensa")
	b.press(fyne.KeyReturn)
	b.press(fyne.KeyF9)
	b.typed("imu")
	b.press(fyne.KeyF9)
	l := b.counter.Logged
	if len(l) != 3 || l[0].Visit != l[1].Visit || l[1].Visit == l[2].Visit {
		t.Errorf("visits %+v", l)
	}
}

func TestParkAndReturn(t *testing.T) {
	b := newBench(t, nil)
	b.typed("tari")
	b.press(fyne.KeyReturn)
	b.press(fyne.KeyF6)
	if b.search() != "" || b.sees("Come fare") {
		t.Error("the parked visit is still on the screen")
	}
	b.wants("In attesa:")
	b.typed("mensa")
	b.press(fyne.KeyReturn)
	b.press(fyne.KeyF9)
	if c := b.counter.Logged[0]; c.Channel != "phone" {
		t.Errorf("the call was logged as %s", c.Channel)
	}
	b.press(fyne.KeyF6)
	b.wants("1 vista", "TARI")
	if b.search() != "tari" || b.sees("In attesa:") {
		t.Error("the visit did not come back")
	}
	for range 4 {
		b.press(fyne.KeyF6)
		b.typed("imu")
	}
	b.press(fyne.KeyF6)
	b.wants("Ci sono già 4 visite in attesa")
}

func TestNewPersonCanBeUndone(t *testing.T) {
	b := newBench(t, nil)
	b.typed("tari")
	b.press(fyne.KeyReturn)
	b.press(fyne.KeyF4)
	if b.search() != "" || len(b.counter.Logged) != 0 {
		t.Error("F4 did not clear, or logged")
	}
	b.tap("Annulla")
	b.steps.Drain()
	b.wants("Come fare", "1 vista")
}

// tap presses the button of a label.
func (b *bench) tap(label string) {
	b.tb.Helper()
	found := false
	uitest.Visit(b.canvas, func(o fyne.CanvasObject, _ fyne.Position) {
		if button, ok := o.(*widgets.Button); ok && button.Label() == label && !found {
			found = true
			button.Press()
		}
	})
	if !found {
		b.tb.Fatalf("there is no button %q", label)
	}
}

func TestNoteAndOutcomeReachTheLog(t *testing.T) {
	b := newBench(t, nil)
	b.press(fyne.KeyF7)
	b.typed("torna con la delega")
	b.press(fyne.KeyEscape)
	choices := b.choices()
	choices[2].Choose("deferred")
	b.wants("Richiamare: mar 24 nov 2026")
	choices[0].Choose("email")
	b.press(fyne.KeyF9)
	c := b.counter.Logged[0]
	if c.Note != "torna con la delega" || c.FollowUp == nil || c.FollowUp.Due != "2026-11-24" || c.Channel != "email" {
		t.Errorf("logged %+v", c)
	}
	if b.sees("delega") || b.sees("Richiamare") {
		t.Error("the note is still on the screen")
	}
}

func (b *bench) choices() []*widgets.Choice {
	var out []*widgets.Choice
	uitest.Visit(b.canvas, func(o fyne.CanvasObject, _ fyne.Position) {
		if c, ok := o.(*widgets.Choice); ok {
			out = append(out, c)
		}
	})
	return out
}

func TestFacets(t *testing.T) {
	b := newBench(t, nil)
	b.typed("carta identita")
	var chip *widgets.Chip
	uitest.Visit(b.canvas, func(o fyne.CanvasObject, _ fyne.Position) {
		if c, ok := o.(*widgets.Chip); ok && c.Label() == "Ente" {
			chip = c
		}
	})
	chip.Press()
	menu, ok := b.canvas.Overlays().Top().(*widgets.Menu)
	if !ok {
		t.Fatal("no menu")
	}
	for i, item := range menu.Items() {
		if item.Label == "Comune di Pontechiaro sul Tanaro" {
			menu.Pick(i)
			break
		}
	}
	b.steps.Drain()
	if !chip.Active() || b.sees("Comune di Borgo San Lorenzo") {
		t.Errorf("chip %q does not filter", chip.Label())
	}
	chip.TypedKey(&fyne.KeyEvent{Name: fyne.KeyDelete})
	b.steps.Drain()
	if chip.Active() {
		t.Error("Delete does not clear")
	}
}

func TestLanguageAndLookSwitchLive(t *testing.T) {
	b := newBench(t, nil)
	b.typed("tari")
	b.press(fyne.KeyReturn)
	b.window.SetLanguage("en")
	b.steps.Drain()
	b.wants("Print", "1 seen", "In person", "Updated 2 min ago")
	if b.search() != "tari" || b.sees("Stampa") {
		t.Error("the window did not change as a whole")
	}
	b.window.SetMode("dark")
	b.window.SetScale(150)
	b.steps.Drain()
	b.wants("1 seen")
	if b.window.Mode() != "dark" || b.window.Scale() != 150 || b.settings[ui.SettingLanguage] != "en" {
		t.Errorf("settings %v", b.settings)
	}
	b.press(fyne.KeyF9)
	if len(b.counter.Logged) != 1 || len(b.counter.Logged[0].Sheets) != 1 {
		t.Errorf("logged %+v", b.counter.Logged)
	}
}

func TestCoverHidesEverything(t *testing.T) {
	b := newBench(t, nil)
	b.typed("tari")
	b.ctrl(fyne.KeyL)
	b.ctrl(fyne.KeyP)
	b.key(fyne.KeyF9)
	b.steps.Drain()
	if len(b.opened) != 0 || len(b.counter.Logged) != 0 {
		t.Error("keys act behind the cover")
	}
	if b.canvas.Overlays().Top() != nil {
		t.Error("a key does not uncover")
	}
	if b.search() != "tari" {
		t.Error("the cover changed something")
	}
}

func TestSheetLanguage(t *testing.T) {
	b := newBench(t, nil)
	b.typed("carta identita smarrita")
	b.press(fyne.KeyReturn)
	b.ctrl(fyne.KeyE)
	b.steps.Drain()
	b.wants("How to do it", "What you need", "Stampa")
	b.press(fyne.KeyF9)
	if s := b.counter.Logged[0].Sheets; len(s) != 1 || s[0].Language != "en" {
		t.Errorf("sheets %+v", s)
	}
}

func TestRailTellsTheState(t *testing.T) {
	b := newBench(t, nil)
	b.wants("Aggiornato 2 min fa", "5.312 schede · 3 da inviare")
	b.exchange.State.Problem = string(app.CodeHubUnreachable)
	b.exchange.State.Fault = app.Fault(app.CodeHubUnreachable, nil, "hub", "hub.example")
	b.exchange.Told(b.exchange.State)
	b.steps.Drain()
	b.wants("Senza collegamento")
	b.press(fyne.KeyF5)
	b.wants("Il server regionale hub.example non risponde", "i contatti partiranno da soli")
	if !slices.Equal(b.exchange.Asked, []string{"sync"}) {
		t.Errorf("asked %q", b.exchange.Asked)
	}
}

// tell lets the exchange tell its state.
func (b *bench) tell(change func(*exchange.Status)) {
	change(&b.exchange.State)
	b.exchange.Told(b.exchange.State)
	b.steps.Drain()
}

// What an asked update came to is told above the screen, and goes when all is
// well again.
func TestUpdateThatFailsIsTold(t *testing.T) {
	b := newBench(t, nil)
	b.press(fyne.KeyF5)
	b.tell(func(s *exchange.Status) { s.Running = true })
	b.wants("Aggiornamento…")
	b.tell(func(s *exchange.Status) {
		s.Running, s.Problem, s.Fault = false, "hub_busy", app.Fault(app.CodeHubBusy, nil)
	})
	b.wants("Il server è occupato", "riprova da solo quando il server lo permette", "dati aggiornati 2 min fa")
	b.tell(func(s *exchange.Status) { s.Problem, s.Fault = "", nil })
	if b.sees("riprova da solo") {
		t.Error("the fault stays when it is over")
	}
	b.tell(func(s *exchange.Status) { s.Running = true })
	b.tell(func(s *exchange.Status) {
		s.Running, s.Problem, s.Fault = false, "hub_busy", app.Fault(app.CodeHubBusy, nil)
	})
	if b.sees("riprova da solo") {
		t.Error("a round in the background disturbs the counter")
	}
}

// What does not pass by itself is one click away from what can be done.
func TestRevokedWorkstation(t *testing.T) {
	b := newBench(t, nil)
	last := uitest.Noon()
	b.tell(func(s *exchange.Status) {
		s.Problem, s.Fault, s.LastSync = "device_revoked", app.Fault(app.CodeDeviceRevoked, nil), &last
	})
	b.wants("dati aggiornati alle " + last.Local().Format("15:04"))
	if b.sees("adesso") {
		t.Error("a revoked workstation is told to be up to date")
	}
	b.press(fyne.KeyF5)
	b.wants("è stata disattivata dal suo ente")
	b.tap("Impostazioni")
	b.steps.Drain()
	b.wants("Nuovo codice di attivazione")
	if n := strings.Count(strings.Join(uitest.Texts(b.canvas), ""), "disattivata dal suo ente"); n != 1 {
		t.Errorf("it is told %d times", n)
	}
}

// A catalogue that nobody confirms is told until somebody closes it, again at
// the next start, and is searched all the same.
func TestExpiredCatalogue(t *testing.T) {
	b := newBench(t, nil)
	b.tell(func(s *exchange.Status) {
		s.Expired, s.Problem, s.Fault = true, "catalogue_expired", app.Fault(app.CodeCatalogueExpired, nil)
	})
	b.wants("Catalogo non", "confermato", "potrebbero non essere aggiornate", "La ricerca funziona come prima")
	b.typed("tari")
	b.press(fyne.KeyReturn)
	b.wants("Come fare")
	b.tap("Chiudi")
	b.tell(func(*exchange.Status) {})
	if b.sees("potrebbero non essere") {
		t.Error("the banner comes back although it was closed")
	}
	b.window.Enter(b.services)
	b.steps.Drain()
	b.wants("potrebbero non essere aggiornate")
	b.tell(func(s *exchange.Status) { s.Expired, s.Problem, s.Fault = false, "", nil })
	if b.sees("potrebbero non essere") {
		t.Error("the banner stays although the catalogue is confirmed")
	}
}

func TestBrakeLeadsToItsDecision(t *testing.T) {
	b := newBench(t, nil)
	b.tell(func(s *exchange.Status) {
		s.Brake = &exchange.Brake{N: 80, Total: 154, Version: 7}
		s.Problem, s.Fault = "deletion_brake", app.Fault(app.CodeBrake, nil, "n", "80", "total", "154")
	})
	b.wants("toglierebbe 80 schede su 154", "Da decidere")
	b.tap("Impostazioni")
	b.steps.Drain()
	b.wants("Accetta le cancellazioni")
	if n := strings.Count(strings.Join(uitest.Texts(b.canvas), ""), "toglierebbe"); n != 1 {
		t.Errorf("it is told %d times", n)
	}
	b.ctrl(fyne.Key1)
	b.wants("toglierebbe 80 schede su 154") // as long as nothing is decided
	b.tap("Chiudi")
	b.tell(func(*exchange.Status) {})
	if b.sees("toglierebbe") {
		t.Error("the question comes back although it was closed")
	}
}

// A file that is drawn onto the window is read while the counter goes on, and
// what came of it is told.
func TestBundleIsDropped(t *testing.T) {
	b := newBench(t, nil)
	b.typed("tari")
	b.exchange.Sum = exchange.Summary{Version: 119, Changed: 3, Received: 1}
	b.window.Drop("/media/usb/regione.polis", "/media/usb/altro")
	b.wants("Lettura del file della Regione")
	if b.search() != "tari" {
		t.Error("the visit was disturbed")
	}
	b.steps.Drain()
	b.wants("File della Regione caricato: catalogo versione 119. 3 voci cambiate. 1 novità dell'ufficio.")
	b.exchange.Err = app.Fault(app.CodeBundleOlder, nil)
	b.window.Drop("/media/usb/vecchio.polis")
	b.steps.Drain()
	b.wants("più vecchio di quello già in uso", "Chiedere un file più recente")
	b.tap("Chiudi")
	b.ctrl(fyne.KeyL) // whoever looks on must not load anything
	b.window.Drop("/media/usb/vecchio.polis")
	b.steps.Drain()
	if want := []string{"import /media/usb/regione.polis", "import /media/usb/vecchio.polis"}; !slices.Equal(b.exchange.Asked, want) {
		t.Errorf("asked %q", b.exchange.Asked)
	}
}

// The first synchronisation does not keep the counter from working.
func TestFirstSynchronisation(t *testing.T) {
	counter, err := uitest.NewCounter([]byte("{}"))
	must(t, err)
	b := newBenchAt(t, counter, nil)
	b.tell(func(s *exchange.Status) {
		s.Sheets, s.LastSync, s.Waiting, s.Problem = 0, nil, 0, string(app.CodeCatalogueEmpty)
	})
	b.wants("Ancora nessuna scheda")
	b.tap("Aggiorna ora")
	if !slices.Equal(b.exchange.Asked, []string{"sync"}) {
		t.Errorf("asked %q", b.exchange.Asked)
	}
	b.tell(func(s *exchange.Status) {
		s.Running, s.Progress = true, exchange.Progress{Stage: exchange.StageDownload, Done: 2, Total: 5}
	})
	b.wants("Le schede stanno arrivando", "40 %", "i contatti si registrano come sempre con F9")
	b.typed("tari")
	b.wants("Le schede stanno arrivando") // and not that there is no such sheet
	if b.search() != "tari" {
		t.Error("the search cannot be written in")
	}
	b.logs()
	if len(counter.Logged) != 1 {
		t.Errorf("logged %+v", counter.Logged)
	}
	for _, size := range [][2]float32{{1093, 614}, {1366, 728}} {
		b.resize(size[0], size[1])
		for _, c := range uitest.Clipped(b.canvas) {
			t.Errorf("%v: %s", size, c)
		}
	}
}

// TestStatesAreNotCut sweeps what the exchange can make the window say.
func TestStatesAreNotCut(t *testing.T) {
	b := newBench(t, nil)
	base := b.exchange.State
	base.Quarantined, base.Waiting = 1204, 12040
	states := map[string]func(*exchange.Status){
		"running": func(s *exchange.Status) {
			s.Running, s.Progress = true, exchange.Progress{Stage: exchange.StageDownload, Done: 99, Total: 100}
		},
		"paused": func(s *exchange.Status) { s.Paused = true },
		"never":  func(s *exchange.Status) { s.LastSync, s.Sheets = nil, 0 },
		"brake":  func(s *exchange.Status) { s.Brake = &exchange.Brake{N: 1200, Total: 5312, Version: 7} },
		"expired": func(s *exchange.Status) {
			s.Expired = true
		},
	}
	for _, code := range []app.Code{
		app.CodeHubUnreachable, app.CodeHubBusy, app.CodeCatalogueExpired, app.CodeClockWrong, app.CodeBrake, app.CodeDeviceRevoked, app.CodeDeviceExpired,
		app.CodeManifest,
	} {
		states[string(code)] = func(s *exchange.Status) { s.Problem = string(code) }
	}
	for _, lang := range []string{"it", "en"} {
		for _, scale := range []int{100, 150, 200} {
			b.window.SetLanguage(lang)
			b.window.SetScale(scale)
			b.steps.Drain()
			for name, change := range states {
				b.exchange.State = base
				b.tell(change)
				for _, size := range [][2]float32{{1093, 614}, {1280, 1024}, {1366, 728}, {1920, 1080}} {
					b.resize(size[0], size[1])
					for _, c := range uitest.Clipped(b.canvas) {
						t.Errorf("%s, %s %d%% %.0fx%.0f: %s", name, lang, scale, size[0], size[1], c)
					}
				}
			}
		}
	}
}

func TestCatalogueChangeSearchesAgain(t *testing.T) {
	b := newBench(t, nil)
	b.typed("tari")
	n := len(b.trace)
	b.exchange.State.CatalogueVersion = 7
	b.exchange.Told(b.exchange.State)
	b.steps.Drain()
	if !strings.Contains(strings.Join(b.trace[n:], "\n"), "search shown") {
		t.Error("the results are those of the old catalogue")
	}
}

// TestNothingIsCut sweeps the screens at every size, language and look.
func TestNothingIsCut(t *testing.T) {
	sizes := [][2]float32{{1093, 614}, {1280, 1024}, {1366, 728}, {1920, 1080}}
	b := newBench(t, nil)
	for _, lang := range []string{"it", "en"} {
		b.window.SetLanguage(lang)
		for _, look := range theme.Modes() {
			b.window.SetMode(look)
			for _, scale := range []int{100, 150, 200} {
				if look != theme.Light && scale != 100 {
					continue // sizes do not depend on the look
				}
				b.window.SetScale(scale)
				b.steps.Drain()
				for _, size := range sizes {
					if look != theme.Light && size[1] != 728 {
						continue
					}
					b.resize(size[0], size[1])
					b.sweep(fmt.Sprintf("%s %s %d%% %.0fx%.0f", lang, look, scale, size[0], size[1]))
				}
			}
		}
	}
}

// sweep walks through what the desk can show.
func (b *bench) sweep(where string) {
	b.tb.Helper()
	check := func(state string) {
		b.tb.Helper()
		for _, c := range uitest.Clipped(b.canvas) {
			b.tb.Errorf("%s, %s: %s", where, state, c)
		}
	}
	check("start")
	b.typed("carta identita smarita")
	check("results")
	b.press(fyne.KeyReturn)
	check("sheet")
	b.press(fyne.KeyF7)
	check("details")
	for _, o := range app.Outcomes() {
		b.choices()[2].Choose(o)
		check(o)
	}
	b.counter.FailLog = app.Fault(app.CodeDiskFull, nil, "path", "/home/operatore/polis/ufficio.db")
	b.press(fyne.KeyF9)
	check("failed")
	b.counter.FailLog = nil
	b.press(fyne.KeyEscape)
	b.press(fyne.KeyF6)
	check("parked")
	b.typed("carta iden")
	check("suggestions")
	b.canvas.Focused().(*widgets.Entry).SetText("zzzzqqqq")
	b.steps.Drain()
	check("nothing found")
	b.ctrl(fyne.KeyB)
	check("need noted")
	b.press(fyne.KeyF9)
	check("logged")
	b.press(fyne.KeyF6)
	b.press(fyne.KeyF9)
	b.steps.Elapse(time.Minute)
}

func TestEveryActionHasALabel(t *testing.T) {
	books, err := uitest.Books()
	must(t, err)
	for lang, book := range books {
		for _, k := range screen.KeyMap() {
			label := k.Label(book.Text)
			if strings.Contains(label, "key_name") || !book.Has("key."+string(k.Action)) {
				t.Errorf("%s: %s %q", lang, k.Action, label)
			}
		}
	}
}

func BenchmarkBuildWindow(b *testing.B) {
	w := newBench(b, nil)
	b.ReportAllocs()
	for b.Loop() {
		w.window.SetScale(100) // builds everything anew
		w.steps.Drain()
	}
}

func BenchmarkKeyToResults(b *testing.B) {
	w := newBench(b, nil)
	w.typed("carta identit")
	b.ReportAllocs()
	for b.Loop() {
		w.typed("a")
		w.press(fyne.KeyBackspace)
	}
}

const goodCode = "DDDD-EEEEE-FFFFF"

// newDoors is a window without a workstation behind it.
func newDoors(tb testing.TB) (b *bench, asked *[]string) {
	tb.Helper()
	b = newBench(tb, nil)
	books, err := uitest.Books()
	must(tb, err)
	services := b.services
	asked = &[]string{}
	b.window, err = ui.New(ui.Params{
		App: fyne.CurrentApp(), Runner: b.steps, Books: books, Clock: app.ClockFunc(uitest.Noon), Settings: b.settings,
		Open: func(string) error { return nil },
		Enrol: func(_ context.Context, hub, code string, _ []byte) (*ui.Services, error) {
			*asked = append(*asked, hub+" "+code)
			if code != goodCode {
				return nil, app.Fault(app.CodeEnrolmentCode, nil)
			}
			return services, nil
		},
		Demonstrate: func(context.Context) (*ui.Services, error) {
			s := *services
			s.Demonstration, s.Exchange = true, nil
			return &s, nil
		},
	})
	must(tb, err)
	b.canvas = b.window.Fyne().Canvas()
	b.resize(1366, 728)
	b.window.Show()
	b.steps.Drain()
	tb.Cleanup(b.window.Fyne().Close)
	return b, asked
}

func (b *bench) focusedLabel() string {
	if button, ok := b.canvas.Focused().(*widgets.Button); ok {
		return button.Label()
	}
	return fmt.Sprintf("%T", b.canvas.Focused())
}

// The doors by keyboard alone: focus where the eye is, wrong input told at
// the place, the right code opens the counter.
func TestActivationByKeyboard(t *testing.T) {
	b, asked := newDoors(t)
	if got := b.focusedLabel(); got != "Attiva la postazione" {
		t.Errorf("the focus starts on %s", got)
	}
	b.press(fyne.KeyReturn)
	b.wants("Indirizzo del server regionale", "Codice di attivazione")
	if _, ok := b.canvas.Focused().(*widgets.Entry); !ok {
		t.Fatalf("in the form the focus is on %s", b.focusedLabel())
	}
	b.press(fyne.KeyEscape)
	if got := b.focusedLabel(); got != "Attiva la postazione" {
		t.Errorf("after Esc the focus is on %s", got)
	}
	b.press(fyne.KeyReturn)
	b.typed("http://hub.example")
	b.press(fyne.KeyReturn) // on to the code
	b.typed("CORTO")
	b.press(fyne.KeyReturn) // back to the address: not https
	put := func(text string) {
		b.canvas.Focused().(*widgets.Entry).SetText(text)
		b.press(fyne.KeyReturn)
	}
	put("hub.example") // good; now the code is too short
	if len(*asked) != 0 {
		t.Errorf("asked with a wrong address or code: %v", *asked)
	}
	put("AAAA-BBBBB-CCCCC")
	b.wants("Il codice di attivazione non è valido")
	put(goodCode)
	if len(*asked) != 2 || (*asked)[1] != "https://hub.example "+goodCode {
		t.Errorf("asked %v", *asked)
	}
	b.wants("Pronti per la prossima persona")
}

func TestDemonstrationDoor(t *testing.T) {
	b, _ := newDoors(t)
	b.canvas.FocusNext() // past the way to join
	b.canvas.FocusNext()
	b.press(fyne.KeyReturn)
	b.wants("DIMOSTRAZIONE", "Pronti per la prossima persona")
	b.window.Leave()
	b.steps.Drain()
	b.wants("Apri la dimostrazione")
}

// Every room of the rail, and the doors: no text is cut at any size, in any
// language; the keys lead there and back.
func TestRoomsAreNotCut(t *testing.T) {
	counter, err := uitest.NewCounter()
	must(t, err)
	b := newBenchIn(t, counter, nil, uitest.NewHall())
	b.typed("carta identita smarita")
	b.press(fyne.KeyReturn)
	b.press(fyne.KeyF9)
	b.steps.Elapse(time.Minute)
	requests, _ := examining(t)
	requests.logIn("beta")
	doors, _ := newDoors(t)
	for _, lang := range []string{"it", "en"} {
		for _, scale := range []int{100, 150, 200} {
			b.window.SetLanguage(lang)
			b.window.SetScale(scale)
			b.steps.Drain()
			requests.window.SetLanguage(lang)
			requests.window.Go(screen.Review)
			requests.steps.Drain()
			for _, size := range [][2]float32{{1093, 614}, {1280, 1024}, {1366, 728}, {1920, 1080}} {
				where := fmt.Sprintf("%s %d%% %.0fx%.0f", lang, scale, size[0], size[1])
				b.resize(size[0], size[1])
				for _, r := range []screen.Route{screen.Contacts, screen.Network, screen.Settings, screen.Help, screen.Printing} {
					b.window.Go(r)
					b.steps.Drain()
					for _, c := range uitest.Clipped(b.canvas) {
						t.Errorf("%s, %s: %s", where, r, c)
					}
				}
				requests.resize(size[0], size[1])
				for _, c := range uitest.Clipped(requests.canvas) {
					t.Errorf("%s, review: %s", where, c)
				}
				doors.resize(size[0], size[1])
				for _, c := range uitest.Clipped(doors.canvas) {
					t.Errorf("%s, doors: %s", where, c)
				}
			}
		}
	}
}

// A new member is led to what it completes first, and from there to a sheet on
// the desk.
func TestFirstStepsAreProposed(t *testing.T) {
	counter, err := uitest.NewCounter()
	must(t, err)
	b := newBenchIn(t, counter, nil, uitest.NewHall())
	b.wants("Benvenuti nella rete", "5 di 12 fatti")
	b.window.SetLanguage("en")
	b.steps.Drain()
	b.wants("Welcome to the network")
	b.window.SetLanguage("it")
	b.steps.Drain()
	b.tap("Vai ai primi passi")
	b.steps.Drain()
	b.wants("Che cosa completare prima", "manca: telefono")
	if b.window.Route() != screen.Network || b.sees("Benvenuti nella rete") {
		t.Errorf("at %s", b.window.Route())
	}
	b.ctrl(fyne.Key1)
	b.steps.Drain()
	if b.sees("Benvenuti nella rete") {
		t.Error("who has read it is asked to read it again")
	}
}

// Who is at the desk learns that an edit of an office waits for a decision.
func TestOfficeToDecideIsTold(t *testing.T) {
	counter, err := uitest.NewCounter()
	must(t, err)
	hall := uitest.NewHall()
	hall.Lines = nil
	theirs := hall.Own[0]
	theirs.Phone = "0172 9"
	hall.Edits["demo-urp"] = network.Edit{
		Office: hall.Own[0], Base: hall.Own[0], Was: hall.Own[0], Hash: "sha256:mine", State: network.Changed, Theirs: &theirs, At: uitest.Noon(),
	}
	b := newBenchIn(t, counter, nil, hall)
	b.wants("anche un'altra postazione ha modificato questo sportello", "Niente è stato sovrascritto")
	b.tap("Apri")
	b.steps.Drain()
	b.wants("Versione della rete", "0172 9")
}

func TestFaultBeforeTheWindow(t *testing.T) {
	test.NewApp()
	books, err := uitest.Books()
	must(t, err)
	c := ui.FaultCanvas(books["it"], app.Fault(app.CodeFolder, nil, "path", "/una/cartella"))
	if got := strings.Join(uitest.Texts(c), ""); !strings.Contains(got, "/una/cartella") || !strings.Contains(got, "Chiudi") {
		t.Errorf("the window says %q", got)
	}
	for _, cut := range uitest.Clipped(c) {
		t.Error(cut)
	}
}

func TestGoodNewsStaysWithItsScreen(t *testing.T) {
	b := newBench(t, nil)
	b.logs()
	b.ctrl(fyne.Key2)
	b.steps.Drain()
	b.tap("Esporta CSV")
	b.steps.Drain()
	b.wants("salvat")
	b.ctrl(fyne.Key1)
	if b.sees("salvat") {
		t.Error("the news of the export lies over the desk")
	}
}

// Who goes elsewhere while a paper is on its way is not fetched back when it
// has left.
func TestPrintingLeadsBackOnlyFromItsScreen(t *testing.T) {
	b := newBench(t, nil)
	b.typed("tari")
	b.press(fyne.KeyReturn)
	b.window.Do(screen.ActionPreview)
	b.steps.Drain()
	b.window.Do(screen.ActionPrint) // saved and opened: nothing prints here
	b.ctrl(fyne.Key2)
	b.steps.Drain()
	if len(b.opened) != 1 || b.window.Route() != screen.Contacts {
		t.Errorf("opened %v, now at %s", b.opened, b.window.Route())
	}
}

func TestToastStaysWithItsScreen(t *testing.T) {
	b := newBench(t, nil)
	b.logs()
	b.wants("Contatto 2026-00001 registrato")
	b.press(fyne.KeyF1)
	if b.sees("Contatto 2026-00001 registrato") {
		t.Error("the toast lies over the next screen")
	}
	b.ctrl(fyne.Key1)
	b.typed("tari")
	b.press(fyne.KeyReturn)
	b.press(fyne.KeyF4)
	b.press(fyne.KeyF1)
	b.tap("Annulla")
}
