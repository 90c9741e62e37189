package settings_test

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"fyne.io/fyne/v2"

	"polis/app"
	"polis/app/exchange"
	"polis/ui/settings"
	"polis/ui/theme"
	"polis/ui/uitest"
)

type hub struct {
	status exchange.Status
	asked  int
}

func (h *hub) Status() exchange.Status { return h.status }
func (h *hub) SyncNow()                { h.asked++ }

func good() exchange.Status {
	last := time.Date(2026, 11, 23, 11, 45, 0, 0, time.UTC)
	return exchange.Status{
		Authority: "c_a124", Office: "alba-urp", Hub: "https://hub.example", Enrolled: true, Sheets: 5312, CatalogueVersion: 118, LastSync: &last,
	}
}

func deps(r *uitest.Room, lang string, h *hub, told *[]string) settings.Deps {
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
	d := deps(r, "it", &hub{status: good()}, &told)
	r.Enter(settings.New(d), 1200, 728)
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

func TestFoldersOpen(t *testing.T) {
	r := uitest.NewRoom(t, "it", theme.Light, 1)
	var told []string
	r.Enter(settings.New(deps(r, "it", &hub{status: good()}, &told)), 1200, 728)
	r.Wants("/var/lib/polis", "/home/operatore/POLIS", "1.2.3")
	r.Press(fyne.KeyDown, fyne.KeyDown, fyne.KeyDown, fyne.KeyReturn, fyne.KeyDown, fyne.KeyReturn)
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
		"refused": {changed(func(s *exchange.Status) { s.Quarantined = 2 }), []string{"ci sono contatti da controllare", "Sono al sicuro qui"}},
		"offline": {changed(func(s *exchange.Status) {
			s.Problem, s.Fault = "hub_unreachable", app.Fault(app.CodeHubUnreachable, nil, "hub", s.Hub)
		}), []string{"Il server regionale https://hub.example non", "i contatti partiranno da soli"}},
		"problem without its cause": {changed(func(s *exchange.Status) { s.Problem = "catalogue_empty" }), []string{"non ci sono ancora schede", "F5"}},
		"running": {changed(func(s *exchange.Status) {
			s.Running, s.Progress = true, exchange.Progress{Stage: exchange.StageDownload, Done: 2, Total: 5}
		}), []string{"Arrivano le schede… 40 %", "Aggiornamento in corso"}},
		"never":        {changed(func(s *exchange.Status) { s.LastSync = nil }), []string{"non è ancora stato scaricato", "mai"}},
		"not enrolled": {exchange.Status{}, []string{"non è ancora attivata", "codice di attivazione"}},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			r := uitest.NewRoom(t, "it", theme.Light, 1)
			var told []string
			h := &hub{status: good()}
			s := settings.New(deps(r, "it", h, &told))
			r.Enter(s, 1200, 728)
			h.status = c.status
			s.Update()
			r.Wants(c.wants...)
			if !c.status.Enrolled && r.Shows("Aggiorna ora") {
				t.Error("a button that does nothing")
			}
		})
	}
}

func TestSyncButton(t *testing.T) {
	r := uitest.NewRoom(t, "it", theme.Light, 1)
	var told []string
	h := &hub{status: good()}
	s := settings.New(deps(r, "it", h, &told))
	r.Enter(s, 1200, 728)
	for range 9 {
		r.Press(fyne.KeyDown)
	}
	r.Press(fyne.KeyReturn)
	h.status.Running = true
	s.Update()
	r.Press(fyne.KeyReturn) // under way: nothing to ask
	h.status.Running = false
	s.Update()
	if h.asked != 1 || r.Focused() != "Aggiorna ora" {
		t.Errorf("asked %d times, focus on %s", h.asked, r.Focused())
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
			h := &hub{status: good()}
			h.status.Quarantined = 3
			h.status.Problem, h.status.Fault = "hub_unreachable", app.Fault(app.CodeHubUnreachable, nil, "hub", h.status.Hub)
			d := deps(r, lang, h, &told)
			d.DataFolder = "/" + strings.Repeat("cartella-molto-lunga/", 12)
			r.Enter(settings.New(d), 1200, 728)
			r.Sweep(fmt.Sprint(lang, " ", scale))
		}
	}
}
