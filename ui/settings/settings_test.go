package settings_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"fyne.io/fyne/v2"

	"polis/app"
	"polis/app/exchange"
	"polis/app/printing"
	"polis/ui/settings"
	"polis/ui/theme"
	"polis/ui/uitest"
	"polis/ui/widgets"
)

func good() exchange.Status {
	last := time.Date(2026, 11, 23, 11, 45, 0, 0, time.UTC)
	return exchange.Status{
		Authority: "c_a124", Office: "alba-urp", Hub: "https://hub.example", Enrolled: true, Sheets: 5312, CatalogueVersion: 118, LastSync: &last,
	}
}

func deps(r *uitest.Room, lang string, h *uitest.Exchange, told *[]string) settings.Deps {
	tell := func(s string) { *told = append(*told, s) }
	d := settings.Deps{
		Host: r.Host, Location: time.UTC, State: &settings.State{},
		Language: lang, SetLanguage: func(v string) { tell("language " + v) },
		Look: "light", Looks: []string{"light", "dark", "contrast"}, SetLook: func(v string) { tell("look " + v) },
		Scale: 100, SetScale: func(n int) { tell(fmt.Sprint("scale ", n)) },
		Authority: func(string) string { return "Comune di Alba" }, Office: func(string) string { return "" },
		DataFolder: "/var/lib/polis", SaveFolder: "/home/operatore/POLIS", Version: "1.2.3",
	}
	if h != nil {
		d.Exchange = h
	}
	return d
}

func TestChoicesApplyAtOnce(t *testing.T) {
	r := uitest.NewRoom(t, "it", theme.Light, 1)
	var told []string
	d := deps(r, "it", &uitest.Exchange{State: good()}, &told)
	r.Enter(settings.New(d), 1200, 728)
	down(r, 6) // past the workstation's own controls
	r.Press(fyne.KeyRight, fyne.KeyDown, fyne.KeyRight, fyne.KeyDown, fyne.KeyRight)
	want := []string{"language en", "look dark", "scale 110"}
	if !slices.Equal(told, want) {
		t.Errorf("told %q, want %q", told, want)
	}
	// The window is built anew: the focus is where the choice was made.
	d.Scale = 110
	r.Enter(settings.New(d), 1200, 728)
	r.Press(fyne.KeyRight)
	if told[len(told)-1] != "scale 125" {
		t.Errorf("after building anew: %q", told)
	}
}

// down goes to the control so many further on.
func down(r *uitest.Room, n int) {
	for range n {
		r.Press(fyne.KeyDown)
	}
}

func TestFoldersOpen(t *testing.T) {
	r := uitest.NewRoom(t, "it", theme.Light, 1)
	var told []string
	r.Enter(settings.New(deps(r, "it", &uitest.Exchange{State: good()}, &told)), 1200, 728)
	r.Wants("/var/lib/polis", "/home/operatore/POLIS", "1.2.3")
	down(r, 9)
	r.Press(fyne.KeyReturn, fyne.KeyDown, fyne.KeyReturn)
	if !slices.Equal(r.Opened, []string{"/var/lib/polis", "/home/operatore/POLIS"}) {
		t.Errorf("opened %q", r.Opened)
	}
	r.OpenErr = errors.New("no program")
	r.Press(fyne.KeyReturn)
	if b := r.Banners["settings"]; b == nil {
		t.Error("a folder that does not open is not told")
	}
}

// Every state of the workstation is told in words, with what to do.
func TestStates(t *testing.T) {
	changed := func(f func(*exchange.Status)) exchange.Status {
		s := good()
		f(&s)
		return s
	}
	cases := map[string]struct {
		status exchange.Status
		wants  []string
	}{
		"good": {good(), []string{
			"Tutto in ordine", "Comune di Alba", "alba-urp", "https://hub.example", "5.312", "118", "23 nov 2026, 11:45", "nessuno", "Aggiorna ora",
		}},
		"waiting": {changed(func(s *exchange.Status) { s.Waiting = 1200 }), []string{"Tutto in ordine", "1.200"}},
		"refused": {changed(func(s *exchange.Status) { s.Quarantined = 2 }), []string{"ci sono contatti da controllare"}},
		"offline": {changed(func(s *exchange.Status) {
			s.Problem, s.Fault = "hub_unreachable", app.Fault(app.CodeHubUnreachable, nil, "hub", s.Hub)
		}), []string{"Il server regionale https://hub.example non", "i contatti partiranno da soli"}},
		"problem without its cause": {changed(func(s *exchange.Status) { s.Problem = "catalogue_empty" }), []string{"non ci sono ancora schede", "F5"}},
		"running": {changed(func(s *exchange.Status) {
			s.Running, s.Progress = true, exchange.Progress{Stage: exchange.StageDownload, Done: 2, Total: 5}
		}), []string{"Arrivano le schede… 40 %", "Interrompi"}},
		"never":  {changed(func(s *exchange.Status) { s.LastSync = nil }), []string{"non è ancora stato scaricato", "mai"}},
		"paused": {changed(func(s *exchange.Status) { s.Paused = true }), []string{"Aggiornamento automatico sospeso", "Riprendi"}},
		"paused and offline": {changed(func(s *exchange.Status) {
			s.Paused, s.Problem, s.Fault = true, "hub_unreachable", app.Fault(app.CodeHubUnreachable, nil, "hub", s.Hub)
		}), []string{"non risponde", "Aggiornamento automatico sospeso"}},
		"paused and refused": {changed(func(s *exchange.Status) { s.Paused, s.Quarantined = true, 1 }), []string{"contatti da controllare", "automatico sospeso"}},
		"busy":               {changed(func(s *exchange.Status) { s.Problem, s.Fault = "hub_busy", app.Fault(app.CodeHubBusy, nil) }), []string{"molto occupato", "riprova da solo"}},
		"expired": {changed(func(s *exchange.Status) {
			s.Expired, s.Problem, s.Fault = true, "catalogue_expired", app.Fault(app.CodeCatalogueExpired, nil)
		}), []string{"non conferma le schede", "La ricerca funziona come prima"}},
		"clock": {changed(func(s *exchange.Status) {
			s.Problem, s.Fault = "clock_wrong", app.Fault(app.CodeClockWrong, nil, "minutes", "62")
		}), []string{"62 minuti", "Correggere data e ora"}},
		"brake": {changed(func(s *exchange.Status) {
			s.Brake = &exchange.Brake{N: 80, Total: 154, Version: 7}
			s.Problem, s.Fault = "deletion_brake", app.Fault(app.CodeBrake, nil, "n", "80", "total", "154")
		}), []string{"80 schede su 154", "Accetta le cancellazioni"}},
		"not enrolled": {exchange.Status{}, []string{"non è ancora attivata", "codice di attivazione"}},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			r := uitest.NewRoom(t, "it", theme.Light, 1)
			var told []string
			h := &uitest.Exchange{State: good()}
			s := settings.New(deps(r, "it", h, &told))
			r.Enter(s, 1200, 728)
			h.State = c.status
			s.Update()
			r.Wants(c.wants...)
			if !c.status.Enrolled && r.Shows("Aggiorna ora") {
				t.Error("a button that does nothing")
			}
		})
	}
}

// One button starts and stops a round, and keeps the focus.
func TestSyncButton(t *testing.T) {
	r := uitest.NewRoom(t, "it", theme.Light, 1)
	var told []string
	h := &uitest.Exchange{State: good()}
	s := settings.New(deps(r, "it", h, &told))
	r.Enter(s, 1200, 728)
	r.Press(fyne.KeyReturn)
	h.State.Running = true
	s.Update()
	r.Press(fyne.KeyReturn)
	h.State.Running = false
	s.Update()
	if !slices.Equal(h.Asked, []string{"sync", "cancel"}) || r.Focused() != "Aggiorna ora" {
		t.Errorf("asked %q, focus on %s", h.Asked, r.Focused())
	}
}

func TestPauseLinkAndDocuments(t *testing.T) {
	r := uitest.NewRoom(t, "it", theme.Light, 1)
	var told []string
	h := &uitest.Exchange{State: good()}
	r.Enter(settings.New(deps(r, "it", h, &told)), 1200, 1400)
	r.Button("Sospendi").Press()
	r.Steps.Drain()
	r.Button("Riprendi").Press()
	r.Steps.Drain()
	down(r, 2) // past the hidden button
	r.Press(fyne.KeyRight, fyne.KeyDown, fyne.KeyLeft)
	if want := []string{"pause true", "pause false", "link metered", "documents 100"}; !slices.Equal(h.Asked, want) {
		t.Errorf("asked %q, want %q", h.Asked, want)
	}
	h.Err = app.Fault(app.CodeDiskFull, nil, "path", "ufficio.db")
	r.Button("Sospendi").Press()
	r.Steps.Drain()
	if b := r.Banners["settings"]; b == nil || !strings.Contains(b.Title, "disco") {
		t.Errorf("banner %+v", b)
	}
}

// Deletions are accepted only after the consequence was read.
func TestBrake(t *testing.T) {
	r := uitest.NewRoom(t, "it", theme.Light, 1)
	var told []string
	h := &uitest.Exchange{State: good()}
	h.State.Brake = &exchange.Brake{N: 80, Total: 154, Version: 7}
	r.Enter(settings.New(deps(r, "it", h, &told)), 1200, 900)
	r.Button("Accetta le cancellazioni").Press()
	r.Wants("Togliere 80 schede su 154?", "chiedere prima di accettare")
	r.Press(fyne.KeyEscape)
	if len(h.Asked) > 0 {
		t.Errorf("asked %q", h.Asked)
	}
	r.Button("Accetta le cancellazioni").Press()
	r.Press(fyne.KeyReturn) // in a hurry
	if len(h.Asked) > 0 || r.Shows("Togliere 80 schede") {
		t.Errorf("asked %q", h.Asked)
	}
	r.Button("Accetta le cancellazioni").Press()
	r.Canvas.FocusPrevious()
	r.Press(fyne.KeyReturn)
	if !slices.Equal(h.Asked, []string{"accept 7"}) {
		t.Errorf("asked %q", h.Asked)
	}
}

// A workstation that its hub put out of use takes a new code; one that is
// well is not asked for one.
func TestNewCode(t *testing.T) {
	r := uitest.NewRoom(t, "it", theme.Light, 1)
	var told []string
	h := &uitest.Exchange{State: good()}
	s := settings.New(deps(r, "it", h, &told))
	r.Enter(s, 1200, 900)
	if r.Shows("Nuovo codice") {
		t.Error("a workstation that is well is asked for a code")
	}
	h.State.Problem, h.State.Fault = "device_revoked", app.Fault(app.CodeDeviceRevoked, nil)
	s.Update()
	r.Button("Nuovo codice di attivazione").Press()
	r.Press(fyne.KeyReturn)
	r.Wants("Manca il codice di attivazione.")
	for _, c := range "ABCD-1234" {
		r.Canvas.Focused().TypedRune(c)
	}
	h.Err = app.Fault(app.CodeEnrolmentCode, nil)
	r.Press(fyne.KeyReturn)
	r.Wants("non è valido, è scaduto o è già stato usato")
	h.Err, h.State.Problem, h.State.Fault = nil, "", nil
	r.Press(fyne.KeyReturn)
	if want := []string{"enrol ABCD-1234", "enrol ABCD-1234"}; !slices.Equal(h.Asked, want) || r.Shows("Nuovo codice") || len(r.Toasts) != 1 {
		t.Errorf("asked %q, toasts %q", h.Asked, r.Toasts)
	}
}

func TestRefusedItems(t *testing.T) {
	r := uitest.NewRoom(t, "it", theme.Light, 1)
	var told []string
	h := &uitest.Exchange{State: good()}
	h.Refused = []exchange.QuarantinedItem{
		{ID: "a", Type: "contact", Contact: "2026-00012", At: uitest.Noon(), Reason: app.CodeForbidden},
		{ID: "b", Type: "follow_up", Contact: "2026-00009", At: uitest.Noon(), Reason: app.CodeInvalid, Params: map[string]string{"field": "contact"}},
		{ID: "c", Type: "contact_private", Contact: "2026-00013", At: uitest.Noon(), Reason: "of_tomorrow"},
	}
	h.State.Quarantined = len(h.Refused)
	left := slices.Clone(h.Refused)
	s := settings.New(deps(r, "it", h, &told))
	r.Enter(s, 1200, 2400)
	r.Wants("Contatto 2026-00012", "Risulta di un altro ente", "Richiamata conclusa del contatto 2026-00009", "non riconosce il dato «contact»",
		"Nota del contatto 2026-00013", "(of_tomorrow)")
	h.Err = app.Fault(app.CodeDiskFull, nil, "path", "ufficio.db")
	h.State.Quarantined++ // and a fourth that is not on the list
	r.Button("Riprova tutti").Press()
	r.Steps.Drain()
	if r.Banners["settings"] == nil {
		t.Error("a try that failed is not told")
	}
	h.Err, h.Asked = nil, nil
	h.Refused, h.State.Quarantined = left, len(left)
	s.Update()
	r.Steps.Drain()
	r.Button("Riprova").Press() // the last one in sight
	r.Steps.Drain()
	r.Button("Metti da parte").Press()
	r.Steps.Drain()
	if want := []string{"retry c", "discard b"}; !slices.Equal(h.Asked, want) {
		t.Errorf("asked %q, want %q", h.Asked, want)
	}
	if r.Shows("Riprova tutti") {
		t.Error("all of one")
	}
	if r.Shows("2026-00013") || r.Shows("2026-00009") || !r.Shows("2026-00012") {
		t.Error("the list is not what is left")
	}
	if len(r.Toasts) != 1 {
		t.Errorf("toasts %q", r.Toasts)
	}
}

// The arrows reach every control in the order of the eye, also those of
// refused items; one that goes leaves the focus to who stands in its place.
func TestArrowsReachEverything(t *testing.T) {
	r := uitest.NewRoom(t, "it", theme.Light, 1)
	var told []string
	h := &uitest.Exchange{State: good()}
	for _, id := range []string{"a", "b"} {
		h.Refused = append(h.Refused, exchange.QuarantinedItem{ID: id, Type: "contact", Contact: id, At: uitest.Noon(), Reason: app.CodeInvalid})
	}
	h.State.Quarantined = 2
	h.State.Brake = &exchange.Brake{N: 80, Total: 154, Version: 7}
	s := settings.New(deps(r, "it", h, &told))
	r.Enter(s, 1200, 728)
	want := []string{
		"Aggiorna ora", "Sospendi", "Accetta le cancellazioni", "Riprova tutti", "Riprova", "Metti da parte", "Riprova", "Metti da parte",
		"*widgets.Choice", "*widgets.Choice", "Carica il file della Regione…", "Salva i contatti in attesa…",
		"*widgets.Choice", "*widgets.Choice", "*widgets.Choice", "Apri", "Apri",
	}
	var seen []string
	for range want {
		seen = append(seen, r.Focused())
		r.Press(fyne.KeyDown)
	}
	if !slices.Equal(seen, want) {
		t.Errorf("reached %q, want %q", seen, want)
	}
	for range want {
		r.Press(fyne.KeyUp)
	}
	down(r, 4)
	r.Press(fyne.KeyReturn) // the first item is tried again and goes
	if !slices.Equal(h.Asked, []string{"retry a"}) || r.Focused() != "Riprova" {
		t.Errorf("asked %q, focus on %s", h.Asked, r.Focused())
	}
	r.Press(fyne.KeyUp)
	h.State.Brake = nil
	s.Update()
	if r.Focused() == "Accetta le cancellazioni" {
		t.Error("the focus stays on a button that is hidden")
	}
}

func TestStick(t *testing.T) {
	r := uitest.NewRoom(t, "it", theme.Light, 1)
	var told []string
	h := &uitest.Exchange{State: good()}
	h.State.Waiting = 3
	d := deps(r, "it", h, &told)
	d.PickOpen = func(do func(string)) { do("regione.polis") }
	d.PickSave = func(name string, do func(string)) { do("chiavetta/" + name) }
	d.Import = func(path string) { told = append(told, "import "+path) }
	r.Enter(settings.New(d), 1200, 1400)
	r.Button("Carica il file della Regione…").Press()
	r.Button("Salva i contatti in attesa…").Press()
	r.Steps.Drain()
	if !slices.Equal(told, []string{"import regione.polis"}) || !slices.Equal(h.Asked, []string{"export chiavetta/contatti-polis.age"}) {
		t.Errorf("told %q, asked %q", told, h.Asked)
	}
	h.State.Waiting = 0
	r.Button("Salva i contatti in attesa…").Press()
	r.Steps.Drain()
	if want := []string{"3 invii salvati. Restano in attesa finché la Regione non li conferma.", "Non c'è niente da inviare: nessun file è stato scritto."}; !slices.Equal(r.Toasts, want) {
		t.Errorf("told %q", r.Toasts)
	}
}

// withPrinters is the screen with printers, the last of them typed in.
func withPrinters(t *testing.T, lang string, scale float32, p *uitest.Printers, typed ...string) (*uitest.Room, *printing.Press) {
	t.Helper()
	r := uitest.NewRoom(t, lang, theme.Light, scale)
	var told []string
	d := deps(r, lang, &uitest.Exchange{State: good()}, &told)
	memory, err := uitest.NewCounter()
	if err != nil {
		t.Fatal(err)
	}
	desk, err := memory.Desk()
	if err != nil {
		t.Fatal(err)
	}
	d.Press, d.Hand = r.PressOf(p), r.Hand(p, desk, t.TempDir())
	for _, address := range typed {
		if _, err := d.Press.Add(context.Background(), address); err != nil {
			t.Fatal(err)
		}
	}
	r.Enter(settings.New(d), 1200, 1400)
	return r, d.Press
}

func TestPrinters(t *testing.T) {
	a := uitest.Printer("sportello1", "Sportello 1")
	a.Default, a.Location = true, "Piano terra"
	p := &uitest.Printers{All: []printing.Printer{a}, Names: map[string]string{"ipp://192.0.2.8/ipp/print": "Corridoio"}}
	r, press := withPrinters(t, "it", 1, p, "192.0.2.7")
	r.Wants("Sportello 1", "Piano terra · Pronta", "Si stampa qui", "ipp://192.0.2.7/ipp/print", "Ferma · non risponde")
	r.Button("Aggiungi una stampante di rete…").Press()
	entry, ok := r.Canvas.Focused().(*widgets.Entry)
	if !ok {
		t.Fatalf("the focus is on %s", r.Focused())
	}
	entry.SetText("un nome con spazi")
	r.Press(fyne.KeyReturn)
	r.Wants("non è l'indirizzo di una stampante")
	entry.SetText("192.0.2.8")
	r.Press(fyne.KeyReturn)
	r.Wants("Corridoio", "ipp://192.0.2.8/ipp/print")
	// By keys to the first that can be removed, and back.
	r.Canvas.Focus(r.Button("Aggiungi una stampante di rete…"))
	r.Press(fyne.KeyUp, fyne.KeyUp, fyne.KeyReturn)
	if all, err := press.Addresses(context.Background()); err != nil || len(all) != 1 || r.Shows("192.0.2.7") || r.Focused() != "Togli" {
		t.Errorf("left %v, %v, the focus is on %s", all, err, r.Focused())
	}
	if last := r.Toasts[len(r.Toasts)-1]; last != "Stampante «ipp://192.0.2.7/ipp/print» tolta" || r.Undo == nil {
		t.Fatalf("told %q", last)
	}
	r.Undo()
	r.Steps.Drain()
	r.Wants("192.0.2.7")
	r.Press(fyne.KeyReturn, fyne.KeyReturn)
	if all, err := press.Addresses(context.Background()); err != nil || len(all) != 0 || r.Focused() != "Aggiungi una stampante di rete…" {
		t.Errorf("left %v, %v, the focus is on %s", all, err, r.Focused())
	}
}

func TestPrintersThatAreNotThere(t *testing.T) {
	r, _ := withPrinters(t, "it", 1, &uitest.Printers{})
	r.Wants("Su questo computer non ci sono stampanti")
	r, _ = withPrinters(t, "it", 1, &uitest.Printers{Silent: app.Fault(app.CodePrintSystem, errors.New("x"))})
	r.Wants("Il servizio di stampa di questo computer non risponde")
}

func TestPrintersAreNotCut(t *testing.T) {
	for _, lang := range []string{"it", "en"} {
		for _, scale := range []float32{1, 1.5, 2} {
			a := uitest.Printer("x", strings.Repeat("Stampante lunga ", 6))
			a.Faults = []printing.Fault{{Reason: printing.FaultPaperOut, Stops: true}, {Reason: printing.FaultCoverOpen, Stops: true}}
			r, _ := withPrinters(t, lang, scale, &uitest.Printers{All: []printing.Printer{a}}, "stampante-molto-lunga.ufficio.comune.esempio.example")
			r.Sweep(fmt.Sprint(lang, " ", scale))
			label := "Aggiungi una stampante di rete…"
			if lang == "en" {
				label = "Add a network printer…"
			}
			r.Resize(1200, 3000)
			r.Button(label).Press()
			r.Press(fyne.KeyReturn)
			r.Sweep(fmt.Sprint(lang, " ", scale, " asked"))
		}
	}
}

// The network's catalogue in place of the samples: of what day it is, until
// when it holds, and where another one is taken from.
func TestReading(t *testing.T) {
	r := uitest.NewRoom(t, "it", theme.Light, 1)
	var told []string
	d := deps(r, "it", nil, &told)
	d.Activate, d.Keeps = func() {}, true
	d.Reading = &exchange.Reading{Version: 7, Sheets: 12, IssuedAt: uitest.Noon(), ExpiresAt: uitest.Noon().AddDate(0, 0, 30)}
	d.PickOpen = func(do func(string)) { do("catalogo.polis") }
	d.Import = func(path string) { told = append(told, path) }
	r.Enter(settings.New(d), 1200, 728)
	r.Wants("catalogo della rete del 23 nov 2026", "fino al 23 dic 2026")
	if r.Shows("Le schede sono esempi") {
		t.Error("the catalogue passes for a sample")
	}
	r.Button("Importa il catalogo della rete").Press()
	if !slices.Equal(told, []string{"catalogo.polis"}) {
		t.Errorf("%q", told)
	}
}

func TestDemonstration(t *testing.T) {
	r := uitest.NewRoom(t, "it", theme.Light, 1)
	var told []string
	d := deps(r, "it", nil, &told)
	d.Activate = func() { told = append(told, "activate") }
	r.Enter(settings.New(d), 1200, 728)
	r.Wants("non si collega a nessun server")
	if r.Shows("Aggiorna ora") || r.Shows("Server regionale") {
		t.Error("the demonstration shows a server")
	}
	r.Button("Attiva la postazione").Press()
	if !slices.Equal(told, []string{"activate"}) {
		t.Errorf("told %q", told)
	}
}

func TestNothingIsCut(t *testing.T) {
	for _, lang := range []string{"it", "en"} {
		for _, scale := range []float32{1, 1.25, 2} {
			r := uitest.NewRoom(t, lang, theme.Contrast, scale)
			var told []string
			h := &uitest.Exchange{State: good()}
			h.State.Quarantined = 3
			h.State.Brake = &exchange.Brake{N: 1200, Total: 5312, Version: 9}
			h.State.MissingBlobs = 12
			for _, kind := range []string{"contact", "contact_private", "follow_up", "proposal", "key_envelope"} {
				h.Refused = append(h.Refused, exchange.QuarantinedItem{ID: kind, Type: kind, Contact: "2026-00012", At: uitest.Noon(), Reason: app.CodeConflict})
			}
			h.State.Problem, h.State.Fault = "device_revoked", app.Fault(app.CodeDeviceRevoked, nil)
			h.State.Paused = scale == 1.25
			d := deps(r, lang, h, &told)
			d.DataFolder = "/" + strings.Repeat("cartella-molto-lunga/", 12)
			r.Enter(settings.New(d), 1200, 728)
			r.Sweep(fmt.Sprint(lang, " ", scale))
		}
	}
}
