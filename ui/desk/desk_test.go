package desk_test

import (
	"slices"
	"strings"
	"testing"
	"time"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/driver/desktop"

	"polis/app"
	"polis/app/printing"
	"polis/app/search"
	"polis/ui/desk"
	"polis/ui/handover"
	"polis/ui/screen"
	"polis/ui/theme"
	"polis/ui/uitest"
	"polis/ui/widgets"
)

// seat is the desk of an office of the sample.
type seat struct {
	*uitest.Room
	counter *uitest.Counter
	screen  *desk.Screen
	t       *testing.T
}

func sit(t *testing.T, prepare ...func(*uitest.Counter)) *seat {
	t.Helper()
	return sitWith(t, nil, prepare...)
}

// sitWith is a desk with printers.
func sitWith(t *testing.T, printers *uitest.Printers, prepare ...func(*uitest.Counter)) *seat {
	t.Helper()
	room := uitest.NewRoom(t, "it", theme.Light, 1)
	counter, err := uitest.NewCounter()
	if err != nil {
		t.Fatal(err)
	}
	counter.Sit("demo_ponte")
	for _, p := range prepare {
		p(counter)
	}
	d, err := counter.Desk()
	if err != nil {
		t.Fatal(err)
	}
	books, err := uitest.Books()
	if err != nil {
		t.Fatal(err)
	}
	s := desk.New(desk.Deps{
		Host: room.Host, Desk: d, State: &desk.State{}, Books: books, Hand: room.Hand(printers, d, t.TempDir()),
		Preview: func(sub handover.Subject) { room.Choosing = append(room.Choosing, sub) },
		Label:   func(_, value string) string { return value },
	})
	room.Enter(s, 1366, 728)
	return &seat{Room: room, counter: counter, screen: s, t: t}
}

// write types without letting any work be done.
func (s *seat) write(text string) {
	s.t.Helper()
	for _, r := range text {
		s.Canvas.Focused().TypedRune(r)
	}
}

func (s *seat) ask(text string) { s.t.Helper(); s.write(text); s.Steps.Drain() }

// wipe empties the search.
func (s *seat) wipe() {
	s.entry().SetText("")
	s.Steps.Drain()
}

func (s *seat) entry() *widgets.Entry {
	s.t.Helper()
	e, ok := s.Canvas.Focused().(*widgets.Entry)
	if !ok {
		s.t.Fatalf("the focus is on %s", s.Focused())
	}
	return e
}

func (s *seat) do(a screen.Action) { s.screen.Do(a); s.Steps.Drain() }

func (s *seat) last() app.Contact {
	s.t.Helper()
	if len(s.counter.Logged) == 0 {
		s.t.Fatalf("nothing was logged; told %q", s.Toasts)
	}
	return s.counter.Logged[len(s.counter.Logged)-1].Contact
}

// tells reports whether one of the messages has the words.
func (s *seat) tells(words string) bool {
	return slices.ContainsFunc(s.Toasts, func(t string) bool { return strings.Contains(t, words) })
}

// rows are the titles in sight, from the top.
func (s *seat) rows() *widgets.Rows {
	var rows *widgets.Rows
	uitest.Visit(s.Canvas, func(o fyne.CanvasObject, _ fyne.Position) {
		if r, ok := o.(*widgets.Rows); ok {
			rows = r
		}
	})
	return rows
}

func withWords(terms ...string) func(*uitest.Counter) {
	return func(c *uitest.Counter) { c.SetWords(search.NewWords([]app.Synonym{{Terms: terms}}, nil)) }
}

func TestSuggestionsCompleteTheSearch(t *testing.T) {
	s := sit(t, withWords("bollo moto", "bollo auto"))
	s.ask("bollo")
	s.Wants("bollo auto", "bollo moto")
	s.Press(fyne.KeyLeft)
	s.Press(fyne.KeyRight) // only moves the cursor
	if s.entry().Text != "bollo" {
		t.Errorf("the arrow inside the text took %q", s.entry().Text)
	}
	s.Press(fyne.KeyRight)
	if s.entry().Text != "bollo auto" {
		t.Errorf("the arrow took %q", s.entry().Text)
	}
	s.wipe()
	s.ask("bollo")
	s.Tab()
	s.Tab()
	if s.Focused() != "bollo moto" {
		t.Errorf("Tab leads to %s", s.Focused())
	}
	s.Press(fyne.KeySpace)
	if s.entry().Text != "bollo moto" {
		t.Errorf("the button took %q", s.entry().Text)
	}
	s.wipe()
	s.ask("carta identita smarita")
	s.Wants("Risultati per", "cerca invece «smarita»")
	s.Press(fyne.KeyRight)
	if s.entry().Text != "carta identita smarita" {
		t.Error("the arrow took something although the search was corrected")
	}
}

// An answer that comes while the focus is on what it takes away must not
// swallow the keys.
func TestFocusSurvivesAnAnswer(t *testing.T) {
	s := sit(t, withWords("bollo moto"))
	s.ask("bollo")
	s.Tab()
	s.screen.Refresh()
	s.Steps.Drain()
	s.ask(" x")
	if s.entry().Text != "bollo x" {
		t.Errorf("the search has %q", s.entry().Text)
	}
}

func TestHomeList(t *testing.T) {
	s := sit(t)
	s.Wants("Avvisi di oggi", "Il servizio online della mensa è sospeso", "Tutte le schede")
	s.ask("carta identita smarrita")
	s.Press(fyne.KeyReturn)
	s.do(screen.ActionPrint)
	s.Press(fyne.KeyF9)
	s.Wants("Avvisi di oggi", "Le più richieste", "Carta d'identità smarrita, rubata o deteriorata: duplicato")
	n := 0
	for s.rows().Chosen() < 3 { // past the alerts
		s.Press(fyne.KeyDown)
		if n++; n > 9 {
			t.Fatal("the arrow does not walk over the groups")
		}
	}
	s.Press(fyne.KeyReturn)
	if !slices.Contains(s.Events, "sheet shown") {
		t.Error("Enter does not open a row of the home list")
	}
}

func TestRecentSearchesBelongToTheVisit(t *testing.T) {
	s := sit(t)
	s.ask("tari")
	s.wipe()
	if s.Shows("Già cercate") {
		t.Error("a search that led nowhere is remembered")
	}
	for _, text := range []string{"tari", "mensa", "TARI"} {
		s.ask(text)
		s.Press(fyne.KeyReturn)
		s.wipe()
	}
	s.Wants("Già cercate:", "TARI", "mensa")
	s.Press(fyne.KeyRight)
	if s.entry().Text != "TARI" {
		t.Errorf("the arrow took %q", s.entry().Text)
	}
	s.Press(fyne.KeyF8)
	s.Wants("Già cercate:") // the same person
	s.ask("imu")
	s.Press(fyne.KeyF9)
	if s.Shows("Già cercate") || s.Shows("TARI") {
		t.Error("the searches of the last person are offered to the next")
	}
	s.ask("imu")
	s.Press(fyne.KeyReturn, fyne.KeyF4)
	if s.Shows("Già cercate") {
		t.Error("F4 leaves the searches of the last person")
	}
}

// What the last person asked for is gone at once, not with the next answer.
func TestLastResultsGoAtOnce(t *testing.T) {
	s := sit(t)
	s.ask("mensa")
	s.Press(fyne.KeyReturn)
	s.Key(fyne.KeyF9)
	s.Steps.Step() // the contact is stored; the home list is still asked for
	if s.Shows("Mensa") || s.Shows("Risultati") {
		t.Errorf("still on the screen: %q", uitest.Texts(s.Canvas))
	}
}

func TestNothingFound(t *testing.T) {
	s := sit(t)
	s.ask("zzqqxx")
	s.Wants("Nessuna scheda trovata", "Registra il bisogno")
	s.Press(fyne.KeyDown)
	if s.Focused() != "Registra il bisogno" {
		t.Fatalf("the arrow leads to %s", s.Focused())
	}
	s.Press(fyne.KeyUp)
	s.entry()
	s.Press(fyne.KeyDown, fyne.KeyReturn)
	if s.entry().Text != "zzqqxx" || !s.Shows("Motivo: Scheda mancante") || len(s.counter.Logged) != 0 || !s.tells("eventuali nomi") {
		t.Errorf("the note has %q, told %q", s.entry().Text, s.Toasts)
	}
	s.ask(" corretto")
	s.Press(fyne.KeyF9)
	if c := s.last(); c.Outcome != app.OutcomeUnmet || c.UnmetReason != app.UnmetSheetMissing || s.counter.Logged[0].Note != "zzqqxx corretto" {
		t.Errorf("logged %+v", s.counter.Logged[0])
	}
}

func TestSheetFoundAfterAll(t *testing.T) {
	s := sit(t)
	s.ask("zzqqxx")
	s.do(screen.ActionMissing)
	s.Press(fyne.KeyEscape)
	s.wipe()
	s.ask("mensa")
	s.Press(fyne.KeyReturn)
	if !s.tells("torna «Risolto»") || s.Shows("zzqqxx") {
		t.Errorf("told %q", s.Toasts)
	}
	s.Press(fyne.KeyF9)
	if c := s.last(); c.Outcome != app.OutcomeResolved || c.UnmetReason != "" || s.counter.Logged[0].Note != "" {
		t.Errorf("logged %+v", s.counter.Logged[0])
	}
}

func TestMissingWantsASearch(t *testing.T) {
	s := sit(t)
	s.do(screen.ActionMissing)
	if !s.tells("Scrivere prima") || s.Shows("Motivo") {
		t.Errorf("told %q", s.Toasts)
	}
}

func TestWaysOut(t *testing.T) {
	s := sit(t)
	s.ask("mensa")
	for _, c := range []struct{ chip, value string }{{"Ente", "demo_ponte"}, {"Argomento", "istruzione"}} {
		s.filter(c.chip, c.value)
	}
	s.entry().SetText("bollo auto")
	s.Steps.Drain()
	s.Wants("Nessuna scheda trovata", "Con questi filtri")
	var offered []string
	uitest.Visit(s.Canvas, func(o fyne.CanvasObject, _ fyne.Position) {
		if b, ok := o.(*widgets.Button); ok && strings.HasPrefix(b.Label(), "Senza") {
			offered = append(offered, b.Label())
		}
	})
	if len(offered) == 0 || !strings.HasPrefix(offered[len(offered)-1], "Senza filtri: ") {
		t.Fatalf("offered %q", offered)
	}
	s.Button(offered[len(offered)-1]).Press()
	s.Steps.Drain()
	if s.rows().Len() == 0 || s.entry().Text != "bollo auto" {
		t.Error("without filters nothing is found")
	}
	s.Sweep("ways")
}

// filter chooses a value of a chip's menu.
func (s *seat) filter(chip, value string) {
	s.t.Helper()
	uitest.Visit(s.Canvas, func(o fyne.CanvasObject, _ fyne.Position) {
		if c, ok := o.(*widgets.Chip); ok && c.Label() == chip {
			c.Press()
		}
	})
	menu, ok := s.Canvas.Overlays().Top().(*widgets.Menu)
	if !ok {
		s.t.Fatalf("no menu of %s", chip)
	}
	for i, item := range menu.Items() {
		if item.Label == value {
			menu.Pick(i)
			s.Steps.Drain()
			return
		}
	}
	s.t.Fatalf("%s has no %s among %+v", chip, value, menu.Items())
}

func TestNothingToLog(t *testing.T) {
	s := sit(t)
	s.Press(fyne.KeyF9, fyne.KeyF8)
	if len(s.counter.Logged) != 0 || !s.tells("niente da registrare") {
		t.Errorf("logged %d, told %q", len(s.counter.Logged), s.Toasts)
	}
	s.Press(fyne.KeyF7)
	s.ask("solo una nota")
	s.Press(fyne.KeyF9)
	if s.last(); s.counter.Logged[0].Note != "solo una nota" {
		t.Errorf("logged %+v", s.counter.Logged[0])
	}
}

// A search without results is not logged as resolved unless somebody says so.
func TestNothingFoundIsNotResolved(t *testing.T) {
	s := sit(t)
	s.write("zzqqxx")
	s.Press(fyne.KeyF9) // before the answer is there
	if len(s.counter.Logged) != 0 || !s.tells("Nessuna scheda trovata") || !s.Shows("Non soddisfatto") || s.entry().Text != "zzqqxx" {
		t.Fatalf("logged %d, told %q", len(s.counter.Logged), s.Toasts)
	}
	s.Press(fyne.KeyF9)
	if c := s.last(); c.Outcome != app.OutcomeUnmet || c.UnmetReason != app.UnmetSheetMissing || s.counter.Logged[0].Note != "" {
		t.Errorf("logged %+v", s.counter.Logged[0])
	}
	s.ask("zzqqxx")
	s.Press(fyne.KeyF9)
	s.outcome().Choose(app.OutcomeResolved)
	s.Press(fyne.KeyF9)
	if c := s.last(); len(s.counter.Logged) != 2 || c.Outcome != app.OutcomeResolved {
		t.Errorf("logged %+v", c)
	}
}

func (s *seat) outcome() *widgets.Choice {
	var last *widgets.Choice
	uitest.Visit(s.Canvas, func(o fyne.CanvasObject, _ fyne.Position) {
		if c, ok := o.(*widgets.Choice); ok {
			last = c
		}
	})
	return last
}

// However the answers come in, only that to the last key is ever shown, and
// while one is awaited the rows of the last one stay.
func TestOldAnswersNeverShow(t *testing.T) {
	for _, order := range []string{"as asked", "newest first"} {
		s := sit(t)
		s.ask("carta identita")
		before := s.rows().Len()
		s.write(" smarrita")
		s.Key(fyne.KeyBackspace)
		if s.rows().Len() != before || s.rows().Chosen() != 0 {
			t.Errorf("%s: while typing there are %d rows, before %d", order, s.rows().Len(), before)
		}
		shown := len(s.Events)
		step := s.Steps.Step
		if order == "newest first" {
			step = s.Steps.StepLast
		}
		for step() {
		}
		got := slices.DeleteFunc(slices.Clone(s.Events[shown:]), func(e string) bool { return e != "search shown" })
		if len(got) != 1 || s.rows().Chosen() != 0 {
			t.Errorf("%s: %d answers were shown, row %d is chosen", order, len(got), s.rows().Chosen())
		}
	}
}

// The line above the results never moves them.
func TestResultsStayInTheirPlace(t *testing.T) {
	s := sit(t, withWords("bollo moto"))
	top := func() (y float32) {
		uitest.Visit(s.Canvas, func(o fyne.CanvasObject, at fyne.Position) {
			if _, ok := o.(*widgets.Rows); ok {
				y = at.Y
			}
		})
		return y
	}
	for _, size := range [][2]float32{{1366, 728}, {1093, 614}, {1920, 1080}} {
		s.Resize(size[0], size[1])
		want := top()
		for _, text := range []string{"bollo", "carta identita smarita", "certificato di residenza e stato di famigila", "zzqqxx", ""} {
			s.entry().SetText(text)
			s.Steps.Drain()
			if got := top(); got != want {
				t.Errorf("%v: with %q the results are at %.0f instead of %.0f", size, text, got, want)
			}
			for _, c := range uitest.Clipped(s.Canvas) {
				t.Errorf("%v, %q: %s", size, text, c)
			}
		}
	}
}

func TestChosenRowStaysWhenTheCatalogueChanges(t *testing.T) {
	s := sit(t)
	s.ask("carta")
	s.Press(fyne.KeyDown, fyne.KeyDown)
	s.screen.Refresh()
	s.Steps.Drain()
	if s.rows().Chosen() != 2 {
		t.Errorf("row %d is chosen", s.rows().Chosen())
	}
	s.ask(" ")
	if s.rows().Chosen() != 0 {
		t.Error("another search does not start at the top")
	}
}

// A catalogue that comes between two keys loses neither, and leaves the list
// where it is.
func TestRefreshKeepsFocusAndKeys(t *testing.T) {
	s := sit(t)
	s.Resize(1093, 420)
	s.ask("a")
	n := s.rows().Len()
	if n < 8 {
		t.Fatalf("%d results", n)
	}
	for range n - 3 {
		s.Press(fyne.KeyDown)
	}
	s.screen.Refresh()
	s.Key(fyne.KeyDown)
	s.Key(fyne.KeyReturn) // before the answer
	s.Steps.Drain()
	if s.rows().Chosen() != n-2 || s.Canvas.Focused() != fyne.Focusable(s.entry()) {
		t.Errorf("row %d of %d is chosen, the focus is on %s", s.rows().Chosen(), n, s.Focused())
	}
	if !slices.Contains(s.Events, "sheet shown") {
		t.Error("Enter was lost")
	}
	s.Press(fyne.KeyDown) // to the way to more
	s.screen.Refresh()
	s.Press(fyne.KeyReturn)
	if s.rows().Len() <= n || s.rows().Chosen() != n-1 {
		t.Errorf("of %d rows %d is chosen after asking for more", s.rows().Len(), s.rows().Chosen())
	}
}

func TestMissingByKey(t *testing.T) {
	s := sit(t)
	s.Canvas.AddShortcut(shortcut(screen.ActionMissing), func(fyne.Shortcut) { s.screen.Do(screen.ActionMissing) })
	s.ask("mensa") // found, but not what is needed
	s.entry().TypedShortcut(shortcut(screen.ActionMissing))
	s.Steps.Drain()
	s.Wants("Motivo: Scheda mancante")
}

func shortcut(a screen.Action) fyne.Shortcut {
	for _, b := range screen.KeyMap() {
		if b.Action == a {
			return b.Shortcut()
		}
	}
	return &desktop.CustomShortcut{}
}

// What the printer has taken is in the contact; what was taken back in time
// is not, and F9 right after Ctrl+P waits for the printer's word.
func TestHandOutFollowsThePrinter(t *testing.T) {
	printers := &uitest.Printers{All: []printing.Printer{uitest.Printer("sportello1", "Sportello 1")}}
	s := sitWith(t, printers)
	s.ask("carta identita smarrita")
	s.Press(fyne.KeyReturn)
	s.screen.Do(screen.ActionPrint)
	s.Press(fyne.KeyF9)
	if c := s.last(); len(c.Sheets) != 1 || !c.Sheets[0].HandedOut || c.Sheets[0].Copies != 1 {
		t.Errorf("logged %+v", c.Sheets)
	}
	printers.Now.State = printing.JobWaiting
	s.ask("carta identita smarrita")
	s.Press(fyne.KeyReturn)
	s.do(screen.ActionPrint)
	s.Wants("1 vista, 1 stampata")
	s.Undo()
	s.Steps.Drain()
	s.Press(fyne.KeyF9)
	if c := s.last(); len(s.counter.Logged) != 2 || len(c.Sheets) != 1 || c.Sheets[0].HandedOut || c.Sheets[0].Copies != 0 {
		t.Errorf("logged %+v", c.Sheets)
	}
}

// A key that is held down, or pressed again while the print system is slow,
// prints once; later it prints again.
func TestPrintKeyHeldDown(t *testing.T) {
	printers := &uitest.Printers{All: []printing.Printer{uitest.Printer("sportello1", "Sportello 1")}}
	s := sitWith(t, printers)
	s.ask("carta identita smarrita")
	s.Press(fyne.KeyReturn)
	for range 3 {
		s.screen.Do(screen.ActionPrint)
	}
	s.Steps.Drain()
	for range 5 {
		s.do(screen.ActionPrint)
	}
	if len(printers.Papers) != 1 {
		t.Errorf("%d came out", len(printers.Papers))
	}
	s.counter.Time = s.counter.Time.Add(2 * time.Second)
	s.do(screen.ActionPrint)
	if len(printers.Papers) != 2 {
		t.Errorf("asked again, %d came out", len(printers.Papers))
	}
}

// The key comes before the results: the sheet is printed when they are there.
func TestPrintBeforeTheResults(t *testing.T) {
	printers := &uitest.Printers{All: []printing.Printer{uitest.Printer("sportello1", "Sportello 1")}}
	s := sitWith(t, printers)
	s.write("carta identita smarrita")
	s.screen.Do(screen.ActionPrint)
	s.screen.Do(screen.ActionLog)
	s.Steps.Drain()
	if len(printers.Papers) != 1 || !strings.Contains(printers.Last().Title, "smarrita") {
		t.Fatalf("printed %+v", printers.Papers)
	}
	if c := s.last(); len(c.Sheets) != 1 || c.Sheets[0].Copies != 1 {
		t.Errorf("logged %+v", c.Sheets)
	}
}

// The contact waits for a paper on its way from wherever: a second try, the
// screen with the choices. One that fails keeps only its own contact open.
func TestContactWaitsForEveryPaper(t *testing.T) {
	printers := &uitest.Printers{All: []printing.Printer{uitest.Printer("sportello1", "Sportello 1")}}
	printers.Refuses = app.Fault(app.CodePrinterStopped, nil, "printer", "sportello1")
	s := sitWith(t, printers)
	s.ask("carta identita smarrita")
	s.Press(fyne.KeyReturn)
	s.screen.Do(screen.ActionPrint)
	s.screen.Do(screen.ActionLog)
	s.Steps.Drain()
	if len(s.counter.Logged) != 0 {
		t.Fatal("logged although nothing came out and nobody said so")
	}
	printers.Refuses = nil
	s.Banners["print"].More[0].OnPress() // once more
	s.screen.Do(screen.ActionLog)
	s.Steps.Drain()
	if c := s.last(); len(c.Sheets) != 1 || c.Sheets[0].Copies != 1 {
		t.Errorf("logged %+v", c.Sheets)
	}

	printers.Refuses = app.Fault(app.CodePrinterStopped, nil, "printer", "sportello1")
	s.ask("carta identita smarrita")
	s.Press(fyne.KeyReturn)
	s.screen.Do(screen.ActionPrint)
	s.screen.Do(screen.ActionNewPerson)
	s.write("tari")
	s.screen.Do(screen.ActionRead)
	s.screen.Do(screen.ActionLog)
	s.Steps.Drain()
	if len(s.counter.Logged) != 2 {
		t.Error("the next person's contact was dropped with the last one's paper")
	}
}

// A print that is taken back after F9 changes nothing that is logged; the
// operator hears which contact says otherwise, also when both cross.
func TestPrintTakenBackAfterLogging(t *testing.T) {
	printers := &uitest.Printers{All: []printing.Printer{uitest.Printer("sportello1", "Sportello 1")}}
	printers.Now.State = printing.JobWaiting
	s := sitWith(t, printers)
	s.ask("carta identita smarrita")
	s.Press(fyne.KeyReturn)
	s.do(screen.ActionPrint)
	undo := s.Undo
	s.Press(fyne.KeyF9)
	undo()
	s.Steps.Drain()
	if c := s.last(); !c.Sheets[0].HandedOut || !s.tells("Nel contatto "+c.Number+", già registrato") {
		t.Errorf("logged %+v, told %q", c.Sheets, s.Toasts)
	}
	s.ask("carta identita smarrita")
	s.Press(fyne.KeyReturn)
	s.do(screen.ActionPrint)
	undo = s.Undo
	s.Key(fyne.KeyF9) // on its way to the log
	undo()
	s.Steps.StepLast() // the print is taken back first
	s.Steps.Drain()
	if c := s.last(); !c.Sheets[0].HandedOut || !s.tells("Il contatto "+c.Number+" è stato registrato con un foglio che poi non è uscito") {
		t.Errorf("logged %+v, told %q", c.Sheets, s.Toasts)
	}
}

func TestPreviewTakesTheVisitAlong(t *testing.T) {
	s := sit(t)
	s.do(screen.ActionPreview) // the first row
	s.wipe()
	s.ask("tari")
	s.Press(fyne.KeyReturn)
	s.do(screen.ActionPreview)
	if len(s.Choosing) != 2 {
		t.Fatalf("shown %d times", len(s.Choosing))
	}
	sub := s.Choosing[1]
	if sub.View == nil || len(sub.Visit) != 2 || sub.Visit[1] != sub.View.Code || !sub.Here() {
		t.Errorf("shown %+v", sub)
	}
	sub.Given(&sub.View.Reading, 3)
	s.Press(fyne.KeyF9)
	if c := s.last(); len(c.Sheets) != 2 || c.Sheets[1].Copies != 3 || sub.Here() {
		t.Errorf("logged %+v", c.Sheets)
	}
	s.do(screen.ActionPreview)
	if sub = s.Choosing[2]; !sub.Here() {
		t.Error("the next person is not there")
	}
	s.screen.Close() // somebody else sits down
	if sub.Here() {
		t.Error("the person of another operator is there")
	}
}
