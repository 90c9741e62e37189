package login_test

import (
	"context"
	"fmt"
	"slices"
	"testing"

	"fyne.io/fyne/v2"

	"polis/app"
	"polis/app/operators"
	"polis/ui/login"
	"polis/ui/theme"
	"polis/ui/uitest"
)

func people(names ...string) (out []operators.Person) {
	for i, n := range names {
		out = append(out, operators.Person{
			OperatorRecord: operators.Record{ID: fmt.Sprintf("operator-%04d", i), Role: "operatore", Active: true, PublicKey: "x"}, Name: n,
		})
	}
	return out
}

// enter shows the login of some people; tried is told who logged in with
// what.
func enter(t *testing.T, d login.Deps, all []operators.Person) (r *uitest.Room, tried *[]string) {
	t.Helper()
	r = uitest.NewRoom(t, "it", theme.Light, 1)
	tried = &[]string{}
	d.Host = r.Host
	d.People = func(context.Context) ([]operators.Person, error) { return slices.Clone(all), nil }
	d.Login = func(_ context.Context, id, password string) (operators.Person, error) {
		*tried = append(*tried, id+" "+password)
		return operators.Person{}, app.Fault(app.CodePassword, nil, "n", "4")
	}
	d.Done = func(operators.Person) { t.Error("let in") }
	r.Enter(login.New(d), 1366, 728)
	return r, tried
}

// typing is a hand on the keyboard.
type typing struct{ r *uitest.Room }

func (s typing) say(text string) {
	for _, c := range text {
		if f := s.r.Canvas.Focused(); f != nil {
			f.TypedRune(c)
		}
	}
}

// The beginning of a name, or of a surname, chooses; what begins no name is
// the beginning of another one.
func TestTypingANameChooses(t *testing.T) {
	for typed, want := range map[string]string{
		"be": "operator-0001", "alfa q": "operator-0002", "quattro": "operator-0002", "xyzbe": "operator-0001", "al": "operator-0000",
	} {
		r, tried := enter(t, login.Deps{}, people("Alfa Uno", "Beta Due", "Alfa Quattro"))
		typing{r}.say(typed)
		r.Press(fyne.KeyReturn)
		typing{r}.say("parola")
		r.Press(fyne.KeyReturn)
		if !slices.Equal(*tried, []string{want + " parola"}) {
			t.Errorf("%q: tried %q", typed, *tried)
		}
	}
}

func TestProposedAndAlone(t *testing.T) {
	all := people("Alfa Uno", "Beta Due")
	r, tried := enter(t, login.Deps{Chosen: "operator-0001"}, all)
	r.Wants("Chi è al lavoro?")
	r.Press(fyne.KeyReturn)
	r.Wants("Beta Due", "Password")
	r.Press(fyne.KeyReturn)
	if len(*tried) != 0 || !r.Shows("Scrivere la password") {
		t.Errorf("an empty password was tried: %q", *tried)
	}
	r, _ = enter(t, login.Deps{Chosen: "operator-0001", Ask: true, Note: "Perché"}, all)
	r.Wants("Beta Due", "Password", "Perché")
	r, _ = enter(t, login.Deps{}, all[:1])
	r.Wants("Alfa Uno", "Password")
}

// A name that was sealed to another office says so; somebody without a
// password is not offered.
func TestNamesThatCannotBeRead(t *testing.T) {
	all := people("Alfa Uno", "", "Senza Password")
	all[2].PublicKey = ""
	r, _ := enter(t, login.Deps{}, all)
	r.Wants("Nome non leggibile qui (…0001)")
	if r.Shows("Senza Password") {
		t.Error("somebody without a password is offered")
	}
}

func TestLongListsAreNotCut(t *testing.T) {
	var names []string
	for i := range 40 {
		names = append(names, fmt.Sprintf("Persona Inventata con un Cognome davvero molto lungo %02d", i))
	}
	r, tried := enter(t, login.Deps{Office: "Ufficio relazioni con il pubblico – Comune di San Lorenzo in Collina"}, people(names...))
	r.Sweep("list")
	for range 39 {
		r.Press(fyne.KeyDown)
	}
	r.Press(fyne.KeyReturn)
	typing{r}.say("x")
	r.Press(fyne.KeyReturn)
	r.Sweep("password")
	if !slices.Equal(*tried, []string{"operator-0039 x"}) {
		t.Errorf("tried %q", *tried)
	}
}
