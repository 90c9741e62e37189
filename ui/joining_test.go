package ui_test

import (
	"context"
	"strings"
	"testing"
	"time"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/test"

	"polis/app/membership"
	"polis/app/membership/specimen"
	"polis/ui"
	"polis/ui/screen"
	"polis/ui/uitest"
	"polis/ui/widgets"
)

// joining gives a bench requests to join.
func (b *bench) joining() *uitest.Applications {
	apps := uitest.NewApplications(uitest.Noon())
	apps.Net = membership.Network{Hub: "https://hub.example", CA: "PEM"}
	b.services.Membership = &ui.Membership{Applications: apps, Settings: b.settings, SaveFolder: b.folder}
	return apps
}

// sent adds a request that the region has.
func sent(t *testing.T, apps *uitest.Applications) string {
	t.Helper()
	f, err := apps.New(context.Background())
	must(t, err)
	_, err = apps.Save(context.Background(), specimen.Request(f.Request.ID))
	must(t, err)
	_, err = apps.Submit(context.Background(), f.Request.ID)
	must(t, err)
	return f.Request.ID
}

func region(t *testing.T, apps *uitest.Applications, id string, events ...membership.Event) {
	t.Helper()
	for _, e := range events {
		must(t, apps.Region(id, specimen.Decision(e)))
	}
}

// From the doors to the activation: the third way in opens the samples with
// the requests in front; when the code has come, one is led to the form, and
// the workstation that it makes still has the request.
func TestFromTheThirdDoorToAWorkstation(t *testing.T) {
	b, asked := newDoors(t)
	apps := b.joining()
	b.canvas.FocusNext()
	if got := b.focusedLabel(); got != "Prepara la richiesta" {
		t.Fatalf("the second door is %s", got)
	}
	b.press(fyne.KeyReturn)
	if b.window.Route() != screen.Membership {
		t.Fatalf("at %s", b.window.Route())
	}
	b.wants("Chiedere di aderire alla rete", "Le richieste di adesione sono vere")
	b.ctrl(fyne.Key1)
	b.steps.Drain()
	b.wants("DIMOSTRAZIONE")
	if b.sees("sono vere") {
		t.Error("the desk of the demonstration passes for real")
	}
	id := sent(t, apps)
	region(t, apps, id, membership.Register, membership.StartReview, membership.Accept, membership.RegisterAgreement, membership.Activate)
	b.steps.Drain()
	b.wants("Adesione attivata: " + specimen.Name + ".")
	b.tap("Apri")
	b.steps.Drain()
	b.wants("A che punto è")
	b.tap("Ho ricevuto il codice")
	b.steps.Drain()
	b.wants("Codice di attivazione", "Il certificato è già noto")
	entry, ok := b.canvas.Focused().(*widgets.Entry)
	if !ok {
		t.Fatalf("the focus is on %s", b.focusedLabel())
	}
	test.Type(entry, goodCode) // the address is there
	b.press(fyne.KeyReturn)
	if len(*asked) != 1 || (*asked)[0] != "https://hub.example "+goodCode {
		t.Fatalf("asked %q", *asked)
	}
	b.wants("Pronti per la prossima persona")
	b.ctrl(fyne.Key4)
	b.steps.Drain()
	b.wants(specimen.Name, "Attiva")
	if b.sees("Ho ricevuto il codice") {
		t.Error("a workstation that is enrolled is activated again")
	}
}

func TestNewsOfRequestsAtTheDesk(t *testing.T) {
	b := newBench(t, nil)
	apps := b.joining()
	id := sent(t, apps)
	b.window.Enter(b.services)
	b.steps.Drain()
	if b.sees(specimen.Name) {
		t.Error("what one did oneself is no news")
	}
	region(t, apps, id, membership.Register, membership.StartReview, membership.RequestIntegration)
	b.steps.Drain()
	b.wants("Integrazione richiesta: " + specimen.Name + ".")
	b.tap("Chiudi")
	region(t, apps, id) // nothing new
	b.steps.Drain()
	if b.sees("Integrazione richiesta") {
		t.Error("told again after it was closed")
	}
	b.ctrl(fyne.Key4)
	b.steps.Drain()
	b.wants("novità")
}

func TestReminderOfARequest(t *testing.T) {
	b := newBench(t, nil)
	apps := b.joining()
	apps.At = uitest.Noon().Add(-25 * 24 * time.Hour)
	id := sent(t, apps)
	region(t, apps, id, membership.Register, membership.StartReview, membership.RequestIntegration)
	b.settings["membership_seen"] = id + "=4"
	b.window.Enter(b.services)
	b.steps.Drain()
	b.wants("Richiesta di adesione: "+specimen.Name+".", "mancano 5 giorni")
}

func TestNoRequestsNoRoom(t *testing.T) {
	b := newBench(t, nil)
	b.ctrl(fyne.Key4)
	b.steps.Drain()
	if b.window.Route() != screen.Desk || strings.Contains(strings.Join(uitest.Texts(b.canvas), " "), "Adesioni") {
		t.Errorf("at %s", b.window.Route())
	}
}

// The doors and the requests in the window: nothing is cut.
func TestJoiningIsNotCut(t *testing.T) {
	for _, where := range []string{"doors", "requests"} {
		b, _ := newDoors(t)
		apps := b.joining()
		if where == "requests" {
			id := sent(t, apps)
			region(t, apps, id, membership.Register, membership.StartReview, membership.RequestIntegration)
			b.window.Enter(b.services)
			b.window.Go(screen.Membership)
			b.steps.Drain()
		}
		for _, lang := range []string{"it", "en"} {
			for _, scale := range []int{100, 200} {
				b.window.SetLanguage(lang)
				b.window.SetScale(scale)
				b.steps.Drain()
				for _, size := range [][2]float32{{1093, 614}, {1280, 1024}, {1366, 728}, {1920, 1080}} {
					b.resize(size[0], size[1])
					for _, c := range uitest.Clipped(b.canvas) {
						t.Errorf("%s %d%% %.0fx%.0f %s: %s", lang, scale, size[0], size[1], where, c)
					}
				}
			}
		}
	}
}
