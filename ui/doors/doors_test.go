package doors_test

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/test"

	"polis/app"
	"polis/ui/doors"
	"polis/ui/theme"
	"polis/ui/uitest"
	"polis/ui/widgets"
)

const goodCode = "dddd eeeee-fffff"

// answer is a hub that says one thing and remembers what it was asked.
type answer struct {
	err   error
	asked []string
	done  int
	langs []string
	wait  bool // until it is cancelled
}

func (a *answer) deps(r *uitest.Room, hub string) doors.Deps {
	return doors.Deps{
		Host: r.Host, Hub: hub, State: &doors.State{},
		Enrol: func(ctx context.Context, hub, code string, ca []byte) error {
			a.asked = append(a.asked, fmt.Sprintf("%s %s %d", hub, code, len(ca)))
			if a.wait && ctx.Err() != nil {
				return ctx.Err()
			}
			return a.err
		},
		Demonstrate: func(context.Context) error { a.asked = append(a.asked, "demonstration"); return a.err },
		Done:        func() { a.done++ },
		SetLanguage: func(lang string) { a.langs = append(a.langs, lang) },
	}
}

func enter(t *testing.T, a *answer, hub string) *uitest.Room {
	t.Helper()
	r := uitest.NewRoom(t, "it", theme.Light, 1)
	r.Enter(doors.New(a.deps(r, hub)), 1200, 728)
	return r
}

func write(r *uitest.Room, text string) { test.Type(r.Canvas.Focused().(*widgets.Entry), text) }

func TestFocusFollowsTheEye(t *testing.T) {
	r := enter(t, &answer{}, "")
	var got []string
	for _, k := range []fyne.KeyName{fyne.KeyUp, fyne.KeyDown, fyne.KeyDown, fyne.KeyDown} {
		got = append(got, r.Focused())
		r.Press(k)
	}
	want := []string{"Attiva la postazione", "Attiva la postazione", "Apri la dimostrazione", "*widgets.Choice"}
	if !slices.Equal(got, want) {
		t.Errorf("focus %q, want %q", got, want)
	}
	if r.Shows("USB") {
		t.Error("a door that is not there yet")
	}
}

func TestEnrol(t *testing.T) {
	a := &answer{}
	r := enter(t, a, "https://hub.example/")
	r.Press(fyne.KeyReturn)
	write(r, goodCode) // the address is proposed, the focus on the code
	r.Key(fyne.KeyReturn)
	r.Wants("Attivazione in corso")
	r.Steps.Drain()
	if a.done != 1 || !slices.Equal(a.asked, []string{"https://hub.example " + goodCode + " 0"}) {
		t.Errorf("done %d, asked %q", a.done, a.asked)
	}
}

// What is wrong is said at the field, and the focus is there.
func TestWrongFields(t *testing.T) {
	cases := map[string]struct{ hub, code, wants string }{
		"http":       {"http://hub.example", goodCode, "deve cominciare con https://"},
		"blank":      {"https://hub .example", goodCode, "Non è un indirizzo"},
		"no host":    {"https://", goodCode, "Non è un indirizzo"},
		"short":      {"hub.example", "DDDD-EEEE", "più corto del previsto"},
		"other sign": {"hub.example", "DDDD_EEEEE_FFFFF", "solo lettere, cifre e trattini"},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			a := &answer{}
			r := enter(t, a, "")
			r.Press(fyne.KeyReturn)
			write(r, c.hub)
			r.Press(fyne.KeyReturn)
			write(r, c.code)
			r.Press(fyne.KeyReturn)
			r.Wants(c.wants)
			if len(a.asked) > 0 {
				t.Errorf("asked %q", a.asked)
			}
			write(r, "x") // the message goes when the field changes
			if r.Shows(c.wants) {
				t.Error("the message stays")
			}
		})
	}
}

func TestMissingFields(t *testing.T) {
	a := &answer{}
	r := enter(t, a, "")
	r.Press(fyne.KeyReturn)
	r.Button("Attiva").Press()
	r.Wants("Manca l'indirizzo", "Manca il codice")
	if len(a.asked) > 0 {
		t.Errorf("asked %q", a.asked)
	}
}

// A failed activation says what is true here: there are no sheets yet.
func TestFaults(t *testing.T) {
	cases := map[app.Code]string{
		app.CodeHubUnreachable: "Il codice resta valido.",
		app.CodeHubAnswer:      "Il codice resta valido.",
		app.CodeHubCertificate: "Il codice non è partito.",
		app.CodeEnrolmentCode:  "chiederne uno nuovo",
		app.CodeDiskFull:       "Liberare spazio",
	}
	for code, wants := range cases {
		t.Run(string(code), func(t *testing.T) {
			a := &answer{err: app.Fault(code, nil, "hub", "https://hub.example", "path", "x")}
			r := enter(t, a, "https://hub.example")
			r.Press(fyne.KeyReturn)
			write(r, goodCode)
			r.Press(fyne.KeyReturn)
			r.Wants(wants)
			if r.Shows("partiranno da soli") || a.done > 0 {
				t.Error("it says what is not so")
			}
			a.err = nil
			r.Button("Attiva").Press()
			r.Steps.Drain()
			if a.done != 1 {
				t.Error("the second try does not count")
			}
		})
	}
}

func TestCertificate(t *testing.T) {
	folder := t.TempDir()
	file := func(name, text string) string {
		p := filepath.Join(folder, name)
		if err := os.WriteFile(p, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		return p
	}
	pem := "-----BEGIN CERTIFICATE-----\nMAA=\n-----END CERTIFICATE-----\n"
	cases := map[string]bool{
		file("good.pem", pem):       true,
		file("text.pem", "niente"):  false,
		filepath.Join(folder, "no"): false,
		folder:                      false,
	}
	for path, good := range cases {
		a := &answer{}
		r := enter(t, a, "https://hub.example")
		r.Press(fyne.KeyReturn)
		write(r, goodCode)
		r.Press(fyne.KeyDown)
		write(r, path)
		r.Press(fyne.KeyReturn)
		if said := r.Shows("non è un certificato"); (a.done == 1) != good || said == good || (len(a.asked) == 1) != good {
			t.Errorf("%s: done %d, asked %q, said %v", path, a.done, a.asked, said)
		}
	}
}

// Esc while it works cancels; an activation that went through nevertheless
// counts.
func TestCancel(t *testing.T) {
	for _, through := range []bool{false, true} {
		a := &answer{wait: !through}
		r := enter(t, a, "https://hub.example")
		r.Press(fyne.KeyReturn)
		write(r, goodCode)
		r.Key(fyne.KeyReturn)
		if r.Focused() != "Annulla" {
			t.Errorf("focus on %s", r.Focused())
		}
		r.Key(fyne.KeyEscape)
		r.Steps.Drain()
		if r.Shows("Attivazione in corso") || (a.done == 1) != through {
			t.Errorf("done %d", a.done)
		}
		if !through {
			r.Wants("Codice di attivazione")
			if e, ok := r.Canvas.Focused().(*widgets.Entry); !ok || e.Disabled() {
				t.Error("one cannot go on writing")
			}
		}
	}
}

func TestBackKeepsWhatWasTyped(t *testing.T) {
	r := enter(t, &answer{}, "")
	r.Press(fyne.KeyReturn)
	write(r, "hub.example")
	r.Press(fyne.KeyEscape)
	if r.Focused() != "Attiva la postazione" {
		t.Errorf("focus on %s", r.Focused())
	}
	r.Press(fyne.KeyReturn)
	r.Wants("hub.example")
}

func TestBackGoesToTheFieldThatIsWrong(t *testing.T) {
	r := enter(t, &answer{}, "")
	r.Press(fyne.KeyReturn)
	write(r, "http://x y")
	r.Press(fyne.KeyEscape)
	r.Press(fyne.KeyReturn)
	if e, ok := r.Canvas.Focused().(*widgets.Entry); !ok || e.Text != "http://x y" {
		t.Errorf("focus on %s, not on the address", r.Focused())
	}
}

func TestDemonstration(t *testing.T) {
	a := &answer{err: app.Fault(app.CodeDiskFull, nil, "path", "x")}
	r := enter(t, a, "")
	r.Press(fyne.KeyDown)
	r.Key(fyne.KeyReturn)
	r.Wants("Preparazione delle schede di esempio")
	r.Steps.Drain()
	r.Wants("Il disco è pieno")
	a.err = nil
	r.Button("Apri la dimostrazione").Press()
	r.Steps.Drain()
	if a.done != 1 || len(a.asked) != 2 {
		t.Errorf("done %d, asked %q", a.done, a.asked)
	}
}

func TestLanguage(t *testing.T) {
	a := &answer{}
	r := enter(t, a, "")
	r.Press(fyne.KeyDown, fyne.KeyDown, fyne.KeyRight)
	if !slices.Equal(a.langs, []string{"en"}) {
		t.Errorf("languages %q", a.langs)
	}
}

func TestClosedScreenStaysClosed(t *testing.T) {
	a := &answer{}
	r := uitest.NewRoom(t, "it", theme.Light, 1)
	s := doors.New(a.deps(r, "https://hub.example"))
	r.Enter(s, 1200, 728)
	r.Press(fyne.KeyDown)
	r.Key(fyne.KeyReturn)
	s.Close()
	r.Steps.Drain()
	if a.done != 0 {
		t.Error("an answer came back into a closed screen")
	}
}

func TestNothingIsCut(t *testing.T) {
	for _, lang := range []string{"it", "en"} {
		for _, scale := range []float32{1, 1.25, 2} {
			r := uitest.NewRoom(t, lang, theme.Dark, scale)
			a := &answer{err: app.Fault(app.CodeHubCertificate, nil, "hub", "https://hub.example")}
			d := a.deps(r, "https://hub.example")
			d.Window = test.NewWindow(nil)
			t.Cleanup(d.Window.Close)
			r.Enter(doors.New(d), 1200, 728)
			where := fmt.Sprint(lang, " ", scale)
			r.Sweep(where)
			r.Press(fyne.KeyReturn)
			r.Sweep(where + " form")
			write(r, goodCode)
			r.Press(fyne.KeyReturn)
			r.Sweep(where + " fault")
		}
	}
}
