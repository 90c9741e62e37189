package ui_test

import (
	"testing"

	"fyne.io/fyne/v2"

	"polis/app/exchange"
	"polis/app/membership"
	"polis/app/membership/specimen"
	"polis/ui"
	"polis/ui/screen"
	"polis/ui/uitest"
)

// examining is a staffed window in which the second operator examines
// requests.
func examining(t *testing.T) (*bench, *uitest.Review) {
	t.Helper()
	review := uitest.NewReview(uitest.Noon())
	must(t, review.Add(specimen.Request("a")))
	b, staff := newStaffed(t, true, nil, func(s *ui.Services) { s.Review = review })
	staff.People[1].Role = membership.ByExaminer
	return b, review
}

// The screen is there for who examines requests, and for nobody else: it comes
// and goes with the person at work, and nothing of it stays behind.
func TestTheExaminationComesAndGoesWithThePerson(t *testing.T) {
	b, review := examining(t)
	b.logIn("alfa")
	b.window.Go(screen.Review)
	if b.sees("Istruttoria") || b.window.Route() == screen.Review {
		t.Error("somebody who does not examine requests sees them")
	}
	b.press(fyne.KeyF2)
	b.logIn("beta")
	b.wants("Istruttoria")
	b.ctrl(fyne.Key6)
	b.steps.Drain()
	b.wants(specimen.Name, "Registra al protocollo")
	woken := 0
	for _, a := range review.Asked {
		if a == "wake " {
			woken++
		}
	}
	if woken == 0 {
		t.Error("nobody asked what is new for who came")
	}
	b.press(fyne.KeyF2)
	if b.sees(specimen.Name) {
		t.Error("the requests are seen behind the login")
	}
	b.logIn("alfa")
	if b.sees("Istruttoria") || b.sees(specimen.Name) || b.window.Route() == screen.Review {
		t.Error("the next person sees the requests")
	}
	b.press(fyne.KeyF2)
	b.logIn("beta")
	b.ctrl(fyne.Key6)
	b.steps.Drain()
	b.window.SetLanguage("en")
	b.steps.Drain()
	b.wants("Examination", "Register")
}

// Where nobody logs in the workstation's own record decides, and a role that
// the next update brings shows at once.
func TestTheExaminationFollowsTheRole(t *testing.T) {
	review := uitest.NewReview(uitest.Noon())
	b, staff := newStaffed(t, false, nil, func(s *ui.Services) { s.Review = review })
	if b.sees("Istruttoria") {
		t.Error("a responsabile examines requests")
	}
	role := func(r string) {
		staff.People[0].Role = r
		b.tell(func(st *exchange.Status) { st.Running = true })
		b.tell(func(st *exchange.Status) { st.Running = false })
		b.steps.Drain()
	}
	role(membership.ByAdministrator)
	b.wants("Istruttoria")
	b.ctrl(fyne.Key6)
	b.steps.Drain()
	b.wants("Nessuna richiesta di adesione")
	must(t, review.Add(specimen.Request("a"))) // the hub tells
	b.steps.Drain()
	b.wants(specimen.Name)
	role("operatore")
	if b.sees("Istruttoria") || b.window.Route() != screen.Desk {
		t.Errorf("the screen stays, at %s", b.window.Route())
	}
}
