package network_test

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"fyne.io/fyne/v2"

	"polis/app"
	"polis/app/network"
	uinetwork "polis/ui/network"
	"polis/ui/screen"
	"polis/ui/theme"
	"polis/ui/uitest"
	"polis/ui/widgets"
)

// townHall is the screen at a workstation without a link.
type townHall struct {
	*uitest.Room
	t    *testing.T
	st   *uitest.Hall
	deps uinetwork.Deps
	role string
	read []string
	s    *uinetwork.Screen
}

func newTownHall(t *testing.T, lang string, mode theme.Mode, scale float32) *townHall {
	t.Helper()
	h := &townHall{Room: uitest.NewRoom(t, lang, mode, scale), t: t, role: "redattore"}
	h.st = uitest.NewHall()
	offices := h.st.Offices(func() string { return h.role })
	h.deps = uinetwork.Deps{
		Host: h.Host, Offices: offices, Location: time.UTC, State: &uinetwork.State{},
		Authority:    func() app.Authority { return app.Authority{ID: "demo", Name: "Comune di Borgo San Lorenzo al Colle"} },
		Municipality: func(name string) (string, string, bool) { return "004029", "CN", name == "Bra" },
		Read:         func(code string) { h.read = append(h.read, code) },
	}
	return h
}

func (h *townHall) enter() *townHall {
	h.t.Helper()
	h.s = uinetwork.New(h.deps)
	h.Enter(h.s, 1190, 728)
	return h
}

func (h *townHall) texts() string { return strings.Join(uitest.Texts(h.Canvas), "\n") }

func (h *townHall) sees(words ...string) {
	h.t.Helper()
	all := strings.Join(uitest.Texts(h.Canvas), "")
	for _, w := range words {
		if !strings.Contains(all, w) {
			h.t.Errorf("%q is not on the screen:\n%s", w, h.texts())
		}
	}
}

func (h *townHall) lacks(words ...string) {
	h.t.Helper()
	all := strings.Join(uitest.Texts(h.Canvas), "")
	for _, w := range words {
		if strings.Contains(all, w) {
			h.t.Errorf("%q is on the screen", w)
		}
	}
}

// entry is the entry with a text.
func (h *townHall) entry(text string) *widgets.Entry {
	h.t.Helper()
	var found *widgets.Entry
	uitest.Visit(h.Canvas, func(o fyne.CanvasObject, _ fyne.Position) {
		if e, ok := o.(*widgets.Entry); ok && e.Text == text && found == nil {
			found = e
		}
	})
	if found == nil {
		h.t.Fatalf("no entry says %q", text)
	}
	return found
}

// writes replaces what an entry says.
func (h *townHall) writes(entry, text string) {
	h.t.Helper()
	e := h.entry(entry)
	h.Canvas.Focus(e)
	e.SetText(text)
	h.Steps.Drain()
}

// opens chooses a row of the list by its place.
func (h *townHall) opens(n int) {
	h.t.Helper()
	for range n {
		h.Press(fyne.KeyDown)
	}
	h.Press(fyne.KeyReturn)
}

// The list that is drawn again under the hands of who chooses from it: focus
// and chosen office stay, beside the office and where there is no room for
// both.
func TestRefreshKeepsFocusAndChosenOffice(t *testing.T) {
	for _, width := range []float32{1190, 700} {
		h := newTownHall(t, "it", theme.Light, 1)
		h.st.Own = nil
		for i := range 12 {
			h.st.Own = append(h.st.Own, app.Office{ID: fmt.Sprint("demo-", i), Authority: "demo", Name: fmt.Sprintf("Ufficio %02d", i)})
		}
		h.s = uinetwork.New(h.deps)
		h.Enter(h.s, width, 400)
		h.Canvas.Focus(h.rows())
		h.s.Refresh()
		h.Key(fyne.KeyDown) // while they are being read
		h.Steps.Drain()
		for range 6 {
			h.Key(fyne.KeyDown)
			h.s.Refresh()
			h.Steps.Drain()
		}
		h.st.Own = append([]app.Office{{ID: "demo-new", Authority: "demo", Name: "Ufficio nuovo"}}, h.st.Own...)
		h.s.Refresh()
		h.Steps.Drain()
		if got := h.Focused(); got != "*widgets.Rows" {
			t.Fatalf("%.0f wide: the focus is on %s", width, got)
		}
		if !h.Listed("Ufficio 06") || h.Listed("Ufficio 00") {
			t.Errorf("%.0f wide: the list was scrolled back to its top: %s", width, h.texts())
		}
		h.Press(fyne.KeyReturn)
		h.entry("Ufficio 06")
	}
}

func (h *townHall) rows() (rows *widgets.Rows) {
	uitest.Visit(h.Canvas, func(o fyne.CanvasObject, _ fyne.Position) {
		if r, ok := o.(*widgets.Rows); ok {
			rows = r
		}
	})
	return rows
}

func TestNewMemberSeesWhatToCompleteFirst(t *testing.T) {
	h := newTownHall(t, "it", theme.Light, 1).enter()
	h.sees("Che cosa completare prima", "5 di 12 fatti", "manca: orari, telefono, e-mail, indirizzo, posizione sulla mappa", "manca: telefono",
		"Scheda regionale s1", "Scheda regionale s2 · fatto", "Oggi si può leggere il testo regionale")
	h.Press(fyne.KeyReturn)
	h.Press(fyne.KeyDown, fyne.KeyDown)
	if f, ok := h.Canvas.Focused().(*widgets.LinkRow); !ok {
		t.Fatalf("the focus is on %T", h.Canvas.Focused())
	} else {
		f.TypedKey(&fyne.KeyEvent{Name: fyne.KeyReturn})
	}
	h.Steps.Drain()
	if !slices.Equal(h.read, []string{"s1"}) {
		t.Errorf("read %v", h.read)
	}
}

func TestHoursAreEditedWithoutALink(t *testing.T) {
	h := newTownHall(t, "it", theme.Light, 1).enter()
	h.opens(2)
	h.sees("Orari di apertura al pubblico", "Chiusure straordinarie", "Nessuna modifica in corso")
	h.writes("08:30", "9")
	h.sees("Modifiche non ancora salvate")
	h.s.Do(screen.ActionSave)
	h.Steps.Drain()
	e, ok := h.st.Edits["demo-urp"]
	if !ok || e.State != network.Waiting || e.Office.OpeningHours[0].Opens != "09:00" {
		t.Fatalf("%+v", h.st.Edits)
	}
	h.sees("da inviare", "Questa postazione mostra già i nuovi dati", "Nessuna modifica in corso")
	h.Undo()
	h.Steps.Drain()
	if len(h.st.Edits) != 0 {
		t.Errorf("%+v", h.st.Edits)
	}
	h.lacks("da inviare")
	h.entry("08:30")
}

func TestWhatIsTypedSurvives(t *testing.T) {
	h := newTownHall(t, "it", theme.Light, 1).enter()
	h.opens(2)
	h.writes("urp@demo.example", "nuovo@demo.example")
	h.Steps.Elapse(time.Second)
	h.Steps.Drain() // and the program is killed
	if d := h.st.Drafts["demo-urp"]; d.Office.Email != "nuovo@demo.example" {
		t.Fatalf("%+v", h.st.Drafts)
	}
	h.enter()
	h.opens(0)
	h.entry("nuovo@demo.example")
	h.sees("bozza", "Bozza ripresa")
	h.writes("nuovo@demo.example", "altro@demo.example")
	h.s.Close() // before the time is over: another screen, another language
	if d := h.st.Drafts["demo-urp"]; d.Office.Email != "altro@demo.example" {
		t.Fatalf("%+v", h.st.Drafts)
	}
	h.writes("altro@demo.example", "terzo@demo.example") // the screen that goes is closed: it is nobody's
	h.enter()
	h.entry("altro@demo.example")
}

func TestWhatIsWrongIsToldAtTheField(t *testing.T) {
	h := newTownHall(t, "it", theme.Light, 1).enter()
	h.opens(2)
	h.writes("urp@demo.example", "urp@")
	h.s.Do(screen.ActionSave)
	h.Steps.Drain()
	h.sees("Manca il dominio dopo la chiocciola.", "1 campo da correggere prima di salvare")
	if len(h.st.Edits) != 0 {
		t.Errorf("%+v", h.st.Edits)
	}
	h.writes("urp@", "urp@demo.example")
	h.writes("44,5971 7,8608", "qui")
	h.s.Do(screen.ActionSave)
	h.sees("Servono due numeri")
	h.writes("qui", "45.0703, 7.6869")
	h.writes("31 dic 2026", "1 dic 2026")
	h.s.Do(screen.ActionSave)
	h.sees("L'ultimo giorno viene prima del")
	h.writes("1 dic 2026", "2 gen 2027")
	h.s.Do(screen.ActionSave)
	h.Steps.Drain()
	e := h.st.Edits["demo-urp"].Office
	if e.Address == nil || *e.Address.Lat != 45.0703 || *e.Address.Lon != 7.6869 || e.Closures[0].To != "2027-01-02" {
		t.Errorf("%+v", e)
	}
}

// met is an edit that met somebody else's.
func (h *townHall) met() {
	h.t.Helper()
	ctx := context.Background()
	o := h.st.Own[0]
	o.Phone, o.OpeningNotes = "0172 2", "su appuntamento"
	offices, ok := h.deps.Offices.(*network.Offices)
	if !ok {
		h.t.Fatal("no offices")
	}
	if _, err := offices.Save(ctx, o); err != nil {
		h.t.Fatal(err)
	}
	e := h.st.Edits["demo-urp"]
	theirs := h.st.Own[0]
	theirs.Phone = "0172 9"
	e.State, e.Theirs, e.TheirHash = network.Changed, &theirs, "sha256:theirs"
	h.st.Edits["demo-urp"] = e
}

// That an edit was saved is not told over the question that came of it.
func TestConflictTakesTheToastAway(t *testing.T) {
	h := newTownHall(t, "it", theme.Light, 1).enter()
	h.opens(2)
	h.writes("08:30", "9")
	h.s.Do(screen.ActionSave)
	h.Steps.Drain()
	if h.Undo == nil {
		t.Fatalf("told %q", h.Toasts)
	}
	e, theirs := h.st.Edits["demo-urp"], h.st.Own[0]
	theirs.Phone = "0172 9"
	e.State, e.Theirs, e.TheirHash = network.Changed, &theirs, "sha256:theirs"
	h.st.Edits["demo-urp"] = e
	h.s.Refresh()
	h.Steps.Drain()
	h.sees("da decidere", "Versione della rete")
	if h.Undo != nil {
		t.Error("the toast lies over the conflict")
	}
}

func TestBothVersionsBesideEachOther(t *testing.T) {
	h := newTownHall(t, "it", theme.Light, 1)
	h.met()
	h.enter().opens(2)
	uitest.Visit(h.Canvas, func(o fyne.CanvasObject, _ fyne.Position) {
		if b, ok := o.(*widgets.Button); ok && b.Weight() == widgets.Primary {
			t.Errorf("%q is marked, though the focus marks the other choice", b.Label())
		}
	})
	h.sees("da decidere", "Modifica fatta qui", "Versione della rete", "0172 2", "0172 9", "su appuntamento", "vuoto")
	if b, ok := h.Canvas.Focused().(*widgets.Button); !ok {
		t.Fatalf("the focus is on %T", h.Canvas.Focused())
	} else {
		b.TypedKey(&fyne.KeyEvent{Name: fyne.KeyReturn}) // theirs
	}
	h.Steps.Drain()
	if len(h.st.Edits) != 0 {
		t.Fatalf("%+v", h.st.Edits)
	}
	h.Undo() // nothing lost
	h.Steps.Drain()
	h.sees("da decidere")
	h.Press(fyne.KeyDown)
	if b, ok := h.Canvas.Focused().(*widgets.Button); !ok {
		t.Fatalf("the focus is on %T", h.Canvas.Focused())
	} else {
		b.TypedKey(&fyne.KeyEvent{Name: fyne.KeyReturn}) // mine
	}
	h.Steps.Drain()
	if e := h.st.Edits["demo-urp"]; e.State != network.Waiting || e.Office.Phone != "0172 2" || !slices.Equal(e.Match, []string{"sha256:theirs"}) {
		t.Errorf("%+v", e)
	}
}

func TestRefusalIsTold(t *testing.T) {
	h := newTownHall(t, "it", theme.Light, 1)
	h.met()
	e := h.st.Edits["demo-urp"]
	e.State, e.Theirs, e.Problem = network.Refused, nil, app.CodeForbidden
	h.st.Edits["demo-urp"] = e
	h.enter().opens(2)
	h.sees("non accettato", "Il server regionale non ha accettato la modifica.", "Questa operazione non è permessa a questa postazione.", "Lascia la modifica")
	h.entry("0172 2") // the text is still here
}

func TestWhoMayNotEditReads(t *testing.T) {
	h := newTownHall(t, "it", theme.Light, 1)
	h.role = "operatore"
	h.enter().opens(2)
	h.lacks("Che cosa completare prima")
	h.sees("responsabile o redattore", "lunedì 08:30–12:30", "martedì chiuso", "dal 24 dic 2026 al 31 dic 2026: Chiusura natalizia")
	uitest.Visit(h.Canvas, func(o fyne.CanvasObject, _ fyne.Position) {
		if _, ok := o.(*widgets.Entry); ok {
			t.Error("there is something to write in")
		}
	})
}

func TestNothingOfTheAuthorityIsCut(t *testing.T) {
	for _, lang := range []string{"it", "en"} {
		for _, scale := range []float32{1, 1.5, 2} {
			h := newTownHall(t, lang, theme.Contrast, scale)
			h.met()
			h.enter()
			for _, size := range [][2]float32{{930, 614}, {1100, 1024}, {1190, 728}, {1740, 1080}} {
				for i := range 3 {
					h.Resize(size[0], size[1])
					if i > 0 {
						h.s.Do(screen.ActionSearch)
						h.Press(fyne.KeyDown)
					}
					h.Press(fyne.KeyReturn)
					h.Steps.Drain()
					for _, c := range uitest.Clipped(h.Canvas) {
						t.Errorf("%s, row %d: %s", fmt.Sprintf("%s %.0f%% %.0fx%.0f", lang, 100*scale, size[0], size[1]), i, c)
					}
				}
				h.s.Do(screen.ActionSearch)
				h.Press(fyne.KeyUp, fyne.KeyUp)
			}
		}
	}
}
