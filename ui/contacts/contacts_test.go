package contacts_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"fyne.io/fyne/v2"

	"polis/app"
	appcontacts "polis/app/contacts"
	"polis/ui/contacts"
	"polis/ui/screen"
	"polis/ui/theme"
	"polis/ui/uitest"
)

type source struct {
	entries []appcontacts.Entry
	spans   []app.Span
	fail    error
}

func (s *source) Contacts(_ context.Context, span app.Span, _ int) ([]appcontacts.Entry, error) {
	s.spans = append(s.spans, span)
	return s.entries, s.fail
}

// some returns n contacts, newest first.
func some(n int) []appcontacts.Entry {
	out := make([]appcontacts.Entry, n)
	for i := range out {
		e := &out[i]
		e.ID, e.Number = fmt.Sprint("id-", i), fmt.Sprintf("2026-%05d", n-i)
		e.RecordedAt = time.Date(2026, 11, 23, 11, 0, 0, 0, time.UTC).Add(-time.Duration(i) * time.Minute)
		e.Channel, e.User = app.Channels()[i%len(app.Channels())], app.Users()[i%len(app.Users())]
		e.RequestType = app.RequestTypes()[i%len(app.RequestTypes())]
		e.Outcome, e.Topic = app.Outcomes()[i%len(app.Outcomes())], "anagrafe"
		e.State = []string{appcontacts.StateQueued, appcontacts.StateAcked, appcontacts.StateQuarantined}[i%3]
	}
	return out
}

func enter(t *testing.T, src *source, change func(*contacts.Deps)) (*uitest.Room, *contacts.Screen) {
	t.Helper()
	r := uitest.NewRoom(t, "it", theme.Light, 1)
	d := contacts.Deps{
		Host: r.Host, Source: src, Clock: app.ClockFunc(uitest.Noon), Location: time.UTC,
		Topic: func(code string) string { return "Argomento " + code }, Office: func(string) string { return "" },
		Title: func(_ context.Context, code string) string {
			if code == "gone" {
				return ""
			}
			return "Titolo di " + code
		},
		Save:     contacts.SaveIn(t.TempDir()),
		Outdated: func(context.Context) ([]appcontacts.Papers, error) { return nil, nil },
	}
	if change != nil {
		change(&d)
	}
	s := contacts.New(d)
	r.Enter(s, 1200, 728)
	return r, s
}

func TestListAndDetail(t *testing.T) {
	src := &source{entries: some(5)}
	src.entries[1].Sheets = []app.ContactSheet{{Code: "CIE", Version: 3, HandedOut: true, Copies: 2}, {Code: "gone", Version: 1}}
	src.entries[1].Note = "Torna giovedì"
	src.entries[1].FollowUp = &app.FollowUp{Due: "2026-11-26"}
	src.entries[1].Referral = &app.Referral{Office: "alba-urp"}
	r, _ := enter(t, src, nil)
	r.Wants("5 contatti · 2 in attesa di invio · 1 da controllare", "2026-00005", "23 nov 2026, 11:00", "Di persona",
		"Argomento anagrafe", "Risolto", "2 / 1", "inviato", "Contatto 2026-00005", "Nessuna scheda consultata.")
	r.Press(fyne.KeyDown)
	r.Wants("Contatto 2026-00004", "Titolo di CIE", "data su carta, 2 copie · versione 3", "Scheda non più in catalogo (gone)",
		"Torna giovedì", "la legge solo l'ufficio", "26 nov 2026", "alba-urp")
	r.Press(fyne.KeyDown)
	r.Wants("Contatto 2026-00003", "Il server regionale non l'ha accettato.")
	r.Press(fyne.KeyUp, fyne.KeyUp, fyne.KeyUp)
	r.Wants("Contatto 2026-00005")
}

// A contact that was left before its titles came shows its own sheets only.
func TestLateTitles(t *testing.T) {
	src := &source{entries: some(3)}
	src.entries[1].Sheets = []app.ContactSheet{{Code: "SLOW", Version: 1}}
	r, _ := enter(t, src, nil)
	r.Key(fyne.KeyDown)
	r.Key(fyne.KeyDown)
	r.Steps.Drain()
	r.Wants("Contatto 2026-00001")
	if r.Shows("SLOW") {
		t.Error("the sheets of a contact that was left are shown")
	}
}

func TestPeriods(t *testing.T) {
	src := &source{entries: some(2)}
	r, s := enter(t, src, nil)
	r.Canvas.FocusPrevious() // from the list to the export, to the period
	r.Canvas.FocusPrevious()
	r.Press(fyne.KeyRight, fyne.KeyRight, fyne.KeyRight)
	want := []app.Span{{From: "2026-11-23", To: "2026-11-23"}, {From: "2026-11-17", To: "2026-11-23"}, {From: "2026-11-01", To: "2026-11-23"}, {}}
	if fmt.Sprint(src.spans) != fmt.Sprint(want) {
		t.Errorf("asked for %v, want %v", src.spans, want)
	}
	s.Refresh()
	r.Steps.Drain()
	if len(src.spans) != 5 || src.spans[4] != (app.Span{}) {
		t.Errorf("refreshed with %v", src.spans)
	}
}

func TestRefreshKeepsTheChosen(t *testing.T) {
	src := &source{entries: some(4)}
	r, s := enter(t, src, nil)
	r.Press(fyne.KeyDown, fyne.KeyDown)
	r.Wants("Contatto 2026-00002")
	newer := some(5)
	for i := range newer[1:] {
		newer[i+1].ID = src.entries[i].ID
	}
	newer[0].ID = "new"
	src.entries = newer
	s.Refresh()
	r.Steps.Drain()
	r.Wants("5 contatti", "Contatto 2026-00002")
}

// A key that comes while the contacts are being read again counts, and the
// list stays where it is.
func TestRefreshKeepsFocusAndKeys(t *testing.T) {
	src := &source{entries: some(60)}
	r, s := enter(t, src, nil)
	for range 40 {
		r.Press(fyne.KeyDown)
	}
	s.Refresh()
	r.Key(fyne.KeyDown)
	r.Steps.Drain()
	r.Wants("Contatto 2026-00019")
	if got := r.Focused(); got != "*widgets.Rows" || !r.Listed("2026-00019") || r.Listed("2026-00060") {
		t.Errorf("the focus is on %s, %q", got, uitest.Texts(r.Canvas))
	}
	r.Canvas.FocusPrevious() // to the export, while somebody's list comes
	s.Refresh()
	r.Steps.Drain()
	if got := r.Focused(); got != "Esporta CSV" {
		t.Errorf("a refresh took the focus to %s", got)
	}
}

// Who has gone on before the contacts are there is not called back.
func TestLateContactsLeaveTheFocus(t *testing.T) {
	src := &source{entries: some(3)}
	r, s := enter(t, src, nil)
	s.Shown()
	r.Tab()
	r.Steps.Drain()
	if got := r.Focused(); got != "Esporta CSV" {
		t.Errorf("the focus is on %s", got)
	}
}

// What a colleague logged is told from one's own, whom to call and what
// cannot be read are told in words.
func TestColleagues(t *testing.T) {
	src := &source{entries: some(3)}
	for i := range src.entries {
		src.entries[i].State = appcontacts.StateAcked
	}
	src.entries[0].Colleague, src.entries[0].Unreadable = true, true
	src.entries[1].Identity = app.Identity{Name: "Nome di prova", Phone: "011 000"}
	r, _ := enter(t, src, nil)
	r.Wants("di un collega", "inviato", "non può leggere")
	if r.Shows("Chiamata fatta") {
		t.Error("a call can be made that nobody promised")
	}
	r.Press(fyne.KeyDown)
	r.Wants("Nome di prova · 011 000", "lo legge solo l'ufficio")
}

// A promised call is marked as made with the second press, and the list says
// so at once.
func TestCallMade(t *testing.T) {
	src := &source{entries: some(4)}
	for i, due := range []app.Date{"2026-11-24", "2026-11-23", "2026-11-20"} {
		src.entries[i].FollowUp, src.entries[i].Outcome = &app.FollowUp{Due: due}, "deferred"
	}
	var made []string
	fail := error(nil)
	r, _ := enter(t, src, func(d *contacts.Deps) {
		d.CallMade = func(_ context.Context, id string) error {
			made = append(made, id)
			for i := range src.entries {
				if fail == nil && src.entries[i].ID == id {
					src.entries[i].Closed = uitest.Noon()
				}
			}
			return fail
		}
	})
	r.Wants("3 da richiamare", "Da richiamare", "Richiamare oggi", "Richiamata in ritardo")
	r.Press(fyne.KeyF3)
	r.Wants("Sì, chiamata fatta", "Non si può annullare")
	r.Press(fyne.KeyDown) // somebody else: nothing is confirmed
	if len(made) > 0 || r.Shows("Sì, chiamata fatta") {
		t.Errorf("made %q", made)
	}
	r.Press(fyne.KeyF3, fyne.KeyF3)
	r.Wants("2 da richiamare", "Richiamato", "Contatto 2026-00003", "23 nov 2026, 12:00")
	if !slices.Equal(made, []string{"id-1"}) || len(r.Toasts) != 1 || r.Shows("Chiamata fatta F3") {
		t.Errorf("made %q, toasts %q", made, r.Toasts)
	}
	r.Press(fyne.KeyF3) // there is no call here any more
	fail = app.Fault(app.CodeDiskFull, nil, "path", "ufficio.db")
	r.Press(fyne.KeyDown)
	r.Button("Chiamata fatta").Press()
	r.Button("Sì, chiamata fatta").Press()
	r.Steps.Drain()
	if b := r.Banners["contacts"]; b == nil || !strings.Contains(b.Title, "disco") || len(made) != 2 {
		t.Errorf("banner %+v, made %q", b, made)
	}
}

// The calls that are open stand together, the most urgent first, of any day;
// one that a correction took back is none.
func TestOpenCalls(t *testing.T) {
	src := &source{entries: some(5)}
	for i, due := range []app.Date{"2026-11-26", "2026-11-24", "2026-11-25", "2026-11-20"} {
		src.entries[i].FollowUp, src.entries[i].Outcome = &app.FollowUp{Due: due}, "deferred"
	}
	src.entries[2].Closed = uitest.Noon()
	src.entries[4].Corrects = "id-3"
	r, _ := enter(t, src, func(d *contacts.Deps) { d.CallMade = func(context.Context, string) error { return nil } })
	r.Canvas.FocusPrevious()
	r.Canvas.FocusPrevious()
	r.Press(fyne.KeyRight, fyne.KeyRight, fyne.KeyRight, fyne.KeyRight)
	r.Wants("2 contatti", "Contatto 2026-00004", "24 nov 2026")
	if last := src.spans[len(src.spans)-1]; last != (app.Span{}) {
		t.Errorf("asked for %v", last)
	}
	src.entries = nil
	r.Press(fyne.KeyLeft, fyne.KeyRight)
	r.Wants("Nessuno da richiamare", "restano qui finché non sono fatte")
}

func TestExport(t *testing.T) {
	src := &source{entries: some(3)}
	src.entries[0].Note, src.entries[0].Identity.Name = "segreto", "nome segreto"
	r, _ := enter(t, src, nil)
	var paths []string
	for range 2 {
		r.Button("Esporta CSV").Press()
		r.Steps.Drain()
		b := r.Banners["export"]
		if b == nil || b.Title != "3 contatti salvati in" {
			t.Fatalf("banner %+v", b)
		}
		paths = append(paths, b.Text)
	}
	if filepath.Base(paths[0]) != "contatti-2026-11-23.csv" || filepath.Base(paths[1]) != "contatti-2026-11-23-2.csv" {
		t.Errorf("saved in %q", paths)
	}
	text, err := os.ReadFile(paths[0])
	if err != nil {
		t.Fatal(err)
	}
	if n := strings.Count(string(text), "\n"); n != 4 || strings.Contains(string(text), "segreto") {
		t.Errorf("%d lines: %s", n, text)
	}
	r.Banners["export"].OnAction()
	r.Steps.Drain()
	if len(r.Opened) != 1 || r.Opened[0] != paths[1] {
		t.Errorf("opened %q", r.Opened)
	}
	r.OpenErr = errors.New("no program")
	r.Banners["export"].OnAction()
	r.Steps.Drain()
	if b := r.Banners["export"]; b == nil || !strings.Contains(b.Title, paths[1]) {
		t.Errorf("a file that does not open is not told: %+v", b)
	}
}

func TestFaultsAreTold(t *testing.T) {
	src := &source{fail: app.Fault(app.CodeOfficeDamaged, nil, "path", "ufficio.db")}
	r, s := enter(t, src, func(d *contacts.Deps) {
		d.Save = func(string, func(io.Writer) error) (string, error) {
			return "", app.Fault(app.CodeDiskFull, nil, "path", "x")
		}
	})
	if b := r.Banners["contacts"]; b == nil || !strings.Contains(b.Title, "ufficio.db") {
		t.Errorf("banner %+v", b)
	}
	src.fail, src.entries = nil, some(1)
	s.Shown()
	r.Steps.Drain()
	if r.Banners["contacts"] != nil {
		t.Error("the fault stays when all is well again")
	}
	r.Button("Esporta CSV").Press()
	r.Steps.Drain()
	if b := r.Banners["export"]; b == nil || !strings.Contains(b.Title, "Il disco è pieno") {
		t.Errorf("banner %+v", b)
	}
}

func TestHalfAFileDoesNotStay(t *testing.T) {
	folder := filepath.Join(t.TempDir(), "new")
	_, err := contacts.SaveIn(folder)("x.csv", func(w io.Writer) error {
		_, _ = io.WriteString(w, "half")
		return errors.New("full")
	})
	if app.ErrorCode(err) != app.CodeFile {
		t.Errorf("error %v", err)
	}
	if left, err := os.ReadDir(folder); err != nil || len(left) != 0 {
		t.Errorf("left %v %v", left, err)
	}
}

func TestEmpty(t *testing.T) {
	src := &source{}
	r, _ := enter(t, src, nil)
	r.Wants("Oggi nessun contatto registrato", "F9")
	if r.Shows("Numero") || r.Shows("Esporta CSV") {
		t.Error("a table without rows")
	}
	r.Button("Vai allo sportello").Press()
	if len(r.Went) != 1 || r.Went[0] != screen.Desk {
		t.Errorf("went to %v", r.Went)
	}
	src.entries = some(2)
	r.Button("Mostra tutti i contatti").Press()
	r.Steps.Drain()
	r.Wants("2 contatti", "Numero")
}

func TestManyRows(t *testing.T) {
	r, _ := enter(t, &source{entries: some(450)}, nil)
	for range 200 {
		r.Key(fyne.KeyDown)
	}
	r.Wants("Mostra altri 200 contatti")
	r.Press(fyne.KeyReturn)
	r.Wants("Contatto 2026-00250")
	for range 200 {
		r.Key(fyne.KeyDown)
	}
	r.Wants("Mostra altri 50 contatti")
	r.Press(fyne.KeyReturn)
	r.Wants("Contatto 2026-00050")
	for range 60 {
		r.Key(fyne.KeyDown)
	}
	r.Steps.Drain()
	r.Wants("Contatto 2026-00001")
}

// In a small window Enter reads, Esc goes back to the list and only then
// leaves the screen.
func TestOnePaneAtATime(t *testing.T) {
	r, s := enter(t, &source{entries: some(3)}, nil)
	r.Resize(600, 500)
	r.Wants("Di persona · Cittadino · Risolto · Argomento anagrafe")
	r.Press(fyne.KeyDown, fyne.KeyReturn)
	r.Wants("Contatto 2026-00002", "Elenco")
	if !s.Do(screen.ActionSearch) {
		t.Error("Esc did not go back to the list")
	}
	r.Wants("2026-00003")
	if r.Shows("Contatto 2026-00002") || s.Do(screen.ActionSearch) {
		t.Error("Esc is swallowed by the list")
	}
}

func TestDemonstrationSendsNothing(t *testing.T) {
	r, _ := enter(t, &source{entries: some(3)}, func(d *contacts.Deps) { d.Demonstration = true })
	r.Wants("solo di prova")
	for _, lie := range []string{"in attesa di invio", "inviato", "da controllare"} {
		if slices.Contains(uitest.Texts(r.Canvas), lie) {
			t.Errorf("the demonstration says %q", lie)
		}
	}
}

func TestClosedScreenStaysClosed(t *testing.T) {
	src := &source{entries: some(3)}
	r, s := enter(t, src, nil)
	src.entries = some(4)
	s.Refresh()
	s.Close()
	r.Steps.Drain()
	if r.Shows("4 contatti") {
		t.Error("an answer came back into a closed screen")
	}
}

func TestNothingIsCut(t *testing.T) {
	for _, lang := range []string{"it", "en"} {
		for _, scale := range []float32{1, 1.25, 2} {
			r := uitest.NewRoom(t, lang, theme.Light, scale)
			src := &source{entries: some(40)}
			src.entries[0].Sheets = []app.ContactSheet{{Code: "CIE", Version: 3}}
			src.entries[0].Note = strings.Repeat("Una nota lunga. ", 20)
			src.entries[0].Colleague, src.entries[0].Unreadable = true, true
			src.entries[0].Identity = app.Identity{Name: strings.Repeat("Nome lungo ", 12), Phone: "011 0000000", Email: "posta@ente.example"}
			for i, due := range []app.Date{"2026-11-24", "2026-11-23", "2026-11-20", "2026-11-20"} {
				src.entries[i].FollowUp = &app.FollowUp{Due: due}
			}
			src.entries[3].Closed = uitest.Noon()
			r.Enter(contacts.New(contacts.Deps{
				Host: r.Host, Source: src, Clock: app.ClockFunc(uitest.Noon), Location: time.UTC,
				Topic: func(code string) string { return code }, Office: func(id string) string { return id },
				Title: func(context.Context, string) string { return strings.Repeat("Titolo lungo ", 12) },
				Save:  contacts.SaveIn(t.TempDir()), CallMade: func(context.Context, string) error { return nil },
			}), 1200, 728)
			r.Sweep(fmt.Sprint(lang, " ", scale))
			r.Press(fyne.KeyF3)
			r.Sweep(fmt.Sprint(lang, " ", scale, " call"))
			r.Press(fyne.KeyReturn)
			r.Sweep(fmt.Sprint(lang, " ", scale, " detail"))
		}
	}
}

func BenchmarkManyContacts(b *testing.B) {
	r := uitest.NewRoom(b, "it", theme.Light, 1)
	src := &source{entries: some(10_000)}
	s := contacts.New(contacts.Deps{
		Host: r.Host, Source: src, Clock: app.ClockFunc(uitest.Noon), Location: time.UTC,
		Topic: func(code string) string { return code }, Office: func(id string) string { return id },
		Title: func(context.Context, string) string { return "" }, Save: contacts.SaveIn(b.TempDir()),
	})
	r.Enter(s, 1200, 728)
	b.ResetTimer()
	for b.Loop() {
		s.Refresh()
		r.Steps.Drain()
	}
}

// Papers of a version before: by sheet, with whom to tell first.
func TestOutdatedPapers(t *testing.T) {
	all := []appcontacts.Papers{
		{Code: "CIE", Title: "Titolo di CIE", Version: 7, Copies: 3, Contacts: some(2)},
		{Code: "OLD", Copies: 1, Contacts: some(1)},
	}
	for i := range all {
		for k := range all[i].Contacts {
			all[i].Contacts[k].Sheets = []app.ContactSheet{{Code: all[i].Code, Version: 5, HandedOut: true, Copies: 2 - k}}
		}
	}
	all[0].Contacts[0].FollowUp = &app.FollowUp{Due: "2026-11-26"}
	all[0].Contacts[0].Identity = app.Identity{Phone: "recapito 1"}
	folder := t.TempDir()
	r, s := enter(t, &source{entries: some(3)}, func(d *contacts.Deps) {
		d.Outdated = func(context.Context) ([]appcontacts.Papers, error) { return all, nil }
		d.Save = contacts.SaveIn(folder)
	})
	r.Canvas.FocusPrevious() // from the list to the export, to the period
	r.Canvas.FocusPrevious()
	r.Press(fyne.KeyEnd)
	for range 6 {
		r.Press(fyne.KeyRight)
	}
	r.Wants("2 schede cambiate · 4 fogli dati · 1 persona da avvisare", "3 fogli dati · 2 contatti · 1 persona da avvisare",
		"Scheda non più in catalogo (OLD)", "ora è la versione 7", "recapito 1 · richiamare entro il 26 nov 2026",
		"2026-00002 · 23 nov 2026, 11:00 · 2 fogli dati · versione 5", "Senza recapito")
	if r.Shows("Contatto 2026-00003") {
		t.Error("a contact of the other list is still shown")
	}
	s.Do(screen.ActionNext)
	r.Steps.Drain()
	r.Wants("questi fogli non valgono più")
	s.Refresh()
	r.Steps.Drain()
	r.Wants("questi fogli non valgono più")
	r.Button("Esporta CSV").Tapped(nil)
	r.Steps.Drain()
	files, err := filepath.Glob(filepath.Join(folder, "fogli-superati-2026-11-23.csv"))
	if err != nil || len(files) != 1 {
		t.Fatalf("%v %v", files, err)
	}
	text, err := os.ReadFile(files[0])
	if err != nil || strings.Contains(string(text), "recapito 1") || strings.Count(string(text), "\n") != 4 {
		t.Errorf("%v\n%s", err, text)
	}
}
