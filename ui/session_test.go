package ui_test

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/test"

	"polis/app"
	"polis/app/desk"
	"polis/app/exchange"
	"polis/ui"
	"polis/ui/screen"
	"polis/ui/uitest"
	"polis/ui/widgets"
)

// newStaffed is a window over an office with operators, who have passwords
// or do not yet.
func newStaffed(tb testing.TB, passwords bool, settings uitest.Settings, more ...func(*ui.Services)) (b *bench, staff *uitest.Staff) {
	tb.Helper()
	a := test.NewApp()
	tb.Cleanup(func() { test.NewApp() })
	counter, err := uitest.NewCounter()
	must(tb, err)
	counter.Sit("demo_ponte")
	staff = uitest.NewStaff(counter.Identity.Authority, counter.Identity.Office, passwords)
	ops, err := staff.UseCases()
	must(tb, err)
	d, err := counter.Desk()
	must(tb, err)
	books, err := uitest.Books()
	must(tb, err)
	if settings == nil {
		settings = uitest.Settings{}
	}
	b = &bench{tb: tb, steps: &uitest.Steps{}, counter: counter, folder: tb.TempDir(), settings: settings}
	now := uitest.Noon()
	staff.Time = func() time.Time { return now }
	b.forward = func(d time.Duration) { now = now.Add(d) }
	b.exchange = &uitest.Exchange{State: exchange.Status{Enrolled: true, Sheets: 5312, LastSync: &now}}
	counter.Who = func() desk.Identity {
		id := counter.Identity
		if p, in := ops.Current(); in {
			id.Operator = p.ID
		}
		return id
	}
	b.services = &ui.Services{
		Desk: d, Contacts: counter, Sheets: counter, Exchange: b.exchange, Settings: settings, Authority: counter.Authority, SaveFolder: b.folder, DataFolder: b.folder,
		Operators: ops, Office: func(id string) string { o, _ := counter.Office(id); return o.Name }, Offices: counter.Offices,
	}
	for _, add := range more {
		add(b.services)
	}
	b.window, err = ui.New(ui.Params{
		App: a, Runner: b.steps, Books: books, Clock: app.ClockFunc(func() time.Time { return now }),
		Open: func(p string) error { b.opened = append(b.opened, p); return b.openErr },
		Trace: func(event string, args ...any) {
			b.trace = append(b.trace, fmt.Sprint(append([]any{event}, args...)...))
		},
		Services: b.services, Version: "1.2.3",
	})
	must(tb, err)
	b.canvas = b.window.Fyne().Canvas()
	b.resize(1366, 728)
	b.window.Show()
	b.steps.Drain()
	tb.Cleanup(b.window.Fyne().Close)
	return b, staff
}

// write fills the entry that has the focus and presses Enter.
func (b *bench) write(text string) {
	b.typed(text)
	b.press(fyne.KeyReturn)
}

// logIn chooses somebody by the first letters and writes the password.
func (b *bench) logIn(name string) {
	b.tb.Helper()
	before := len(b.trace)
	b.typed(name)
	b.press(fyne.KeyReturn)
	b.write("password di " + name)
	if !slices.Contains(b.trace[before:], "logged in") {
		b.tb.Fatalf("%s is not in: %q", name, uitest.Texts(b.canvas))
	}
}

func TestLoginByKeyboard(t *testing.T) {
	b, _ := newStaffed(t, true, nil)
	b.wants("Chi è al lavoro?", "Alfa Prova", "Beta Esempio", "Redattore")
	if b.sees("Sportello") && b.sees("Contatti") || b.sees("5.312") {
		t.Error("the workstation is seen before anybody has logged in")
	}
	for _, k := range []fyne.KeyName{fyne.KeyF9, fyne.KeyF5, fyne.KeyF1, fyne.KeyF2, fyne.KeyEscape} {
		b.press(k)
		b.ctrl(fyne.Key2)
	}
	b.wants("Chi è al lavoro?")
	b.press(fyne.KeyDown)
	b.press(fyne.KeyReturn)
	b.wants("Beta Esempio", "Password", "Entra")
	b.press(fyne.KeyReturn)
	b.wants("Scrivere la password")
	b.write("sbagliata")
	b.wants("La password non è giusta. Tentativi rimasti: 4.", "blocco delle maiuscole")
	if b.search() != "" {
		t.Error("the wrong password is still in the entry")
	}
	b.press(fyne.KeyEscape)
	b.wants("Chi è al lavoro?", "Alfa Prova")
	b.logIn("beta")
	b.wants("Contatto 1 di oggi", "Beta Esempio")
	b.logs()
	if got := b.counter.Logged[0].Operator; got != "operator-2" {
		t.Errorf("logged by %q", got)
	}
}

func TestLoginIsLocked(t *testing.T) {
	b, _ := newStaffed(t, true, nil)
	b.press(fyne.KeyReturn)
	for range 5 {
		b.write("sbagliata")
	}
	b.wants("l'accesso è bloccato per 15 minuti", "chiedere al responsabile una nuova password")
	b.write("password di alfa")
	b.wants("bloccato per 15 minuti")
	b.forward(15 * time.Minute)
	b.write("password di alfa")
	b.wants("Contatto 1 di oggi")
}

// The visit in progress belongs to who began it: it waits out of sight, with
// the note that was being written, and comes back with them.
func TestQuickSwitchKeepsVisitsApart(t *testing.T) {
	b, _ := newStaffed(t, true, nil)
	b.logIn("alfa")
	b.typed("carta identita smarita")
	b.press(fyne.KeyReturn)
	b.press(fyne.KeyF7)
	b.typed("nota di alfa")
	b.press(fyne.KeyF2)
	if b.sees("smarita") || b.sees("nota di alfa") || b.sees("Come fare") {
		t.Errorf("behind the login: %q", uitest.Texts(b.canvas))
	}
	b.logIn("beta")
	if b.sees("smarita") || b.sees("nota di alfa") || b.sees("Come fare") || b.sees("Alfa Prova") {
		t.Errorf("Beta sees: %q", uitest.Texts(b.canvas))
	}
	b.typed("tari")
	b.window.SetLanguage("en")
	b.window.SetLanguage("it")
	b.press(fyne.KeyF2)
	b.logIn("alfa")
	b.wants("nota di alfa", "Come fare", "1 vista", "Alfa Prova")
	b.press(fyne.KeyF9)
	if c := b.counter.Logged[0]; c.Operator != "operator-1" || c.Note != "nota di alfa" || len(c.Sheets) != 1 {
		t.Errorf("logged %+v", c)
	}
	b.press(fyne.KeyF2)
	b.logIn("beta")
	if b.search() != "tari" {
		t.Errorf("Beta's search says %q", b.search())
	}
}

func TestCoverAsksForThePassword(t *testing.T) {
	b, _ := newStaffed(t, true, nil)
	b.logIn("alfa")
	b.typed("carta identita smarita")
	b.ctrl(fyne.KeyL)
	b.steps.Drain()
	b.wants("Alfa Prova", "Password")
	if b.sees("smarita") || b.sees("Beta") {
		t.Errorf("covered: %q", uitest.Texts(b.canvas))
	}
	b.write("password di alfa")
	if b.search() != "carta identita smarita" {
		t.Errorf("after the cover the search says %q", b.search())
	}
}

func TestLocksWithoutActivity(t *testing.T) {
	b, _ := newStaffed(t, true, nil)
	b.logIn("alfa")
	b.typed("carta identita smarita")
	minutes := func(n int) {
		for range n {
			b.forward(time.Minute)
			b.steps.Elapse(time.Minute)
			b.steps.Drain()
		}
	}
	minutes(9)
	b.press(fyne.KeyDown) // somebody is there
	minutes(9)
	if !b.sees("smarita") {
		t.Fatal("locked although somebody was there")
	}
	minutes(1)
	b.wants("Schermo chiuso dopo 10 minuti senza attività", "Password")
	if b.sees("smarita") {
		t.Error("the search is seen behind the login")
	}
	b.write("password di alfa")
	b.wants("smarita")
	b.window.SetAutoLock(0)
	minutes(300)
	if !b.sees("smarita") {
		t.Error("locked although it never should")
	}
}

// What a responsabile ends elsewhere ends here with the next exchange, and
// the visit waits.
func TestASessionIsEndedElsewhere(t *testing.T) {
	b, staff := newStaffed(t, true, nil)
	b.logIn("beta")
	told := func(running bool) {
		b.exchange.State.Running = running
		b.exchange.Told(b.exchange.State)
		b.steps.Drain()
	}
	told(true)
	told(false)
	if b.window.Locked() {
		t.Fatal("locked without a reason")
	}
	staff.People[1].Active = false
	told(true)
	told(false)
	if !b.window.Locked() {
		t.Fatal("somebody whose access was removed goes on")
	}
	b.wants("L'accesso è stato tolto")
}

func TestTemporaryPassword(t *testing.T) {
	b, staff := newStaffed(t, true, nil)
	staff.People[1].MustChange = true
	b.press(fyne.KeyEscape)
	b.typed("beta")
	b.press(fyne.KeyReturn)
	b.write("password di beta")
	b.wants("La password è provvisoria")
	b.press(fyne.KeyEscape)
	b.write("nuova mia password")
	b.write("altra")
	b.wants("Le due nuove password sono diverse")
	b.write("nuova mia password")
	b.wants("Contatto 1 di oggi")
	b.press(fyne.KeyF2)
	b.typed("beta")
	b.press(fyne.KeyReturn)
	b.write("nuova mia password")
	b.wants("Contatto 1 di oggi")
}

func TestTemporaryPasswordWithoutTheHub(t *testing.T) {
	b, staff := newStaffed(t, true, nil)
	staff.People[1].MustChange = true
	staff.Fault = app.Fault(app.CodeHubUnreachable, nil, "hub", "https://hub.example")
	b.typed("beta")
	b.press(fyne.KeyReturn)
	b.write("password di beta")
	b.write("nuova mia password")
	b.write("nuova mia password")
	b.wants("non risponde", "la password provvisoria resta valida")
	b.tap("Continua per ora")
	b.steps.Drain()
	b.wants("Contatto 1 di oggi")
}

// The first responsabile protects the office and adds an operator, by
// keyboard.
func TestProtectAndAdd(t *testing.T) {
	b, staff := newStaffed(t, false, nil)
	b.wants("Contatto 1 di oggi")
	b.press(fyne.KeyF2)
	b.wants("nessuno usa ancora una password")
	b.ctrl(fyne.Key3)
	b.steps.Drain()
	b.wants("Operatori e postazioni", "Senza password", "Proteggi con una password")
	b.tap("Proteggi con una password")
	for _, text := range []string{"Alfa Prova", "breve"} {
		b.typed(text)
		b.canvas.FocusNext()
	}
	b.write("breve")
	b.wants("La password è troppo debole", "almeno 8 caratteri")
	staff.Fault = app.Fault(app.CodeHubUnreachable, nil, "hub", "https://hub.example")
	for _, e := range b.entries() {
		if e.Password {
			e.SetText("una frase lunga")
		}
	}
	b.press(fyne.KeyReturn)
	b.wants("Il server regionale https://hub.example non risponde")
	staff.Fault = nil
	b.press(fyne.KeyReturn)
	b.wants("POLIS è protetto", "Alfa Prova", "Responsabile", "Postazioni", "Sportello 1", "Questa postazione")
	b.tap("Aggiungi operatore")
	b.write("Carla Nuova")
	b.wants("Password provvisoria", "non sarà più mostrata")
	b.press(fyne.KeyReturn)
	b.wants("Carla Nuova", "Operatore")
	if staff.People[1].Name != "Carla Nuova" || !staff.People[1].MustChange || staff.People[1].Office != b.counter.Identity.Office {
		t.Errorf("%+v", staff.People[1])
	}
	b.tap("Codice per un'altra postazione")
	b.press(fyne.KeyReturn)
	b.wants("K7QD-M3RX-T9VA-2", "Vale fino a 23 nov 2026")
	b.press(fyne.KeyReturn)
	if !slices.Contains(staff.Lines, "code_made operator-1 "+b.counter.Identity.Office) {
		t.Errorf("audit %q", staff.Lines)
	}
	b.ctrl(fyne.KeyL)
	b.steps.Drain()
	b.write("una frase lunga")
	b.wants("Carla Nuova")
}

// entries lists those in sight, over the window too.
func (b *bench) entries() (out []*widgets.Entry) {
	uitest.Visit(b.canvas, func(o fyne.CanvasObject, _ fyne.Position) {
		if e, ok := o.(*widgets.Entry); ok {
			out = append(out, e)
		}
	})
	return out
}

func TestRevokingAWorkstation(t *testing.T) {
	b, staff := newStaffed(t, true, nil)
	b.logIn("alfa")
	b.ctrl(fyne.Key3)
	b.steps.Drain()
	b.buttons("Modifica")[3].Press() // after two people and the own workstation
	b.press(fyne.KeyDown)
	b.press(fyne.KeyReturn)
	b.wants("Revoca la postazione", "entro dieci minuti", "Annulla")
	b.press(fyne.KeyEscape)
	if staff.Stations[1].RevokedAt != nil {
		t.Fatal("revoked without a yes")
	}
	b.buttons("Modifica")[3].Press()
	b.press(fyne.KeyDown)
	b.press(fyne.KeyReturn)
	b.press(fyne.KeyReturn)
	b.wants("Revocata il 23 nov 2026")
}

func (b *bench) buttons(label string) (out []*widgets.Button) {
	uitest.Visit(b.canvas, func(o fyne.CanvasObject, _ fyne.Position) {
		if e, ok := o.(*widgets.Button); ok && e.Label() == label {
			out = append(out, e)
		}
	})
	return out
}

func TestOperatorSeesNoManagement(t *testing.T) {
	b, _ := newStaffed(t, true, nil)
	b.logIn("beta")
	b.ctrl(fyne.Key3)
	b.steps.Drain()
	b.wants("Cambia la mia password", "li gestisce: Alfa Prova")
	if b.sees("Aggiungi operatore") || b.sees("Sportello 1") {
		t.Error("an operator manages")
	}
}

// Whom to call back is asked for where a call is promised, and nowhere else.
func TestWhomToCallBack(t *testing.T) {
	b := newBench(t, nil)
	b.choices()[2].Choose("deferred")
	for _, e := range b.entries() {
		switch e.PlaceHolder {
		case "Chi richiamare":
			e.SetText("Persona Inventata")
		case "Telefono":
			e.SetText("000 111222")
		}
	}
	b.press(fyne.KeyF9)
	if got := b.counter.Logged[0].Identity; got.Name != "Persona Inventata" || got.Phone != "000 111222" {
		t.Errorf("logged %+v", got)
	}
	if b.sees("Persona Inventata") {
		t.Error("the name is still on the screen")
	}
	b.ctrl(fyne.Key2)
	b.steps.Drain()
	b.wants("Da richiamare", "Persona Inventata · 000 111222")
}

// Login, settings of a responsabile and their dialogs: no text is cut.
func TestStaffScreensAreNotCut(t *testing.T) {
	for _, lang := range []string{"it", "en"} {
		for _, scale := range []string{"100", "150", "200"} {
			b, staff := newStaffed(t, true, uitest.Settings{ui.SettingLanguage: lang, ui.SettingScale: scale})
			staff.People[2].Active, staff.People[1].MustChange = false, true
			check := func(state string) {
				t.Helper()
				for _, size := range [][2]float32{{1093, 614}, {1280, 1024}, {1366, 728}, {1920, 1080}} {
					b.resize(size[0], size[1])
					for _, c := range uitest.Clipped(b.canvas) {
						t.Errorf("%s %s%% %.0fx%.0f, %s: %s", lang, scale, size[0], size[1], state, c)
					}
				}
			}
			check("people")
			b.press(fyne.KeyReturn)
			check("password")
			b.write("sbagliata")
			check("wrong")
			for range 4 {
				b.write("sbagliata")
			}
			check("locked")
			b.forward(time.Hour)
			b.write("password di alfa")
			check("desk")
			b.window.Go(screen.Settings)
			b.steps.Drain()
			check("settings")
			for _, dialog := range []int{0, 1, 2} {
				add := []string{"Aggiungi operatore", "Codice per un'altra postazione", "Cambia la mia password"}
				if lang == "en" {
					add = []string{"Add an operator", "Code for another workstation", "Change my password"}
				}
				b.tap(add[dialog])
				check(add[dialog])
				b.write("Carla Nuova")
				check(add[dialog] + ", done")
				b.press(fyne.KeyEscape)
			}
			b.ctrl(fyne.KeyL)
			b.steps.Drain()
			b.press(fyne.KeyEscape)
			b.typed("beta")
			b.press(fyne.KeyReturn)
			b.write("password di beta")
			check("temporary")
		}
	}
}

// The screen closes while the hub still works at a new operator: the
// temporary password does not appear over the login.
func TestNothingAppearsOverTheLogin(t *testing.T) {
	b, _ := newStaffed(t, true, nil)
	b.logIn("alfa")
	b.ctrl(fyne.Key3)
	b.steps.Drain()
	b.tap("Aggiungi operatore")
	b.typed("Carla Nuova")
	b.key(fyne.KeyReturn) // on its way
	b.window.Lock()
	b.steps.Drain()
	b.wants("Password", "Alfa Prova")
	if b.sees("provvisoria") || b.sees("Carla") {
		t.Errorf("over the login: %q", uitest.Texts(b.canvas))
	}
	b.write("password di alfa")
	b.wants("Aggiungi operatore")
	b.canvas.Focus(b.buttons("Aggiungi operatore")[0])
	b.press(fyne.KeyReturn)
	b.write("Dario Nuovo")
	b.press(fyne.KeyReturn)
	b.wants("Dario Nuovo")
	if got := b.focusedLabel(); got != "Aggiungi operatore" {
		t.Errorf("after the dialogs the focus is on %q", got)
	}
}

// What the exchange tells is shown as told: the window's goroutine does not
// ask the disk for it again, however often an exchange at work tells.
func TestToldIsNotReadAgain(t *testing.T) {
	b, _ := newStaffed(t, false, nil)
	b.press(fyne.KeyEscape)
	before := b.exchange.Reads
	for n := range int64(5) {
		b.exchange.State.Running, b.exchange.State.Progress = true, exchange.Progress{Stage: exchange.StageDownload, Done: 20 * n, Total: 100}
		b.exchange.Told(b.exchange.State)
		b.steps.Drain()
	}
	if b.exchange.Reads != before {
		t.Errorf("read %d times", b.exchange.Reads-before)
	}
	b.wants("Aggiornamento 80")
}
