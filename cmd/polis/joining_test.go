package main

import (
	"context"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"testing"
	"time"

	"polis/app"
	"polis/app/membership"
	"polis/app/membership/specimen"
	"polis/cmd/station"
	"polis/cmd/trial"
)

// joining are the windows of a body that asks to join and of the region, each
// on its own computer, with a link between them that can be cut.
type joining struct {
	t            *testing.T
	program      string
	hub          *trial.Hub
	link         *trial.Link
	body, region *seat
}

// seat is a computer with a data folder.
type seat struct {
	display, folder, home string
	*trial.Window
}

// A body joins the network: the whole way in two windows by keyboard, with the
// link cut and the programs killed in between; then its hours are seen at
// another workstation.
func TestABodyJoinsInTheWindow(t *testing.T) {
	j := &joining{t: t}
	j.program = trial.Build(t, "polis", "CGO_ENABLED=1")
	j.hub = trial.NewHub(t, trial.SampleFiles(t)...)
	j.hub.Serve()
	j.link = trial.NewLink(t, j.hub.URL)
	j.hub.Stop()
	j.hub.Listen, j.hub.Flags = j.hub.URL[len("https://"):], nil
	t.Setenv("POLIS_HUB_ADDRESS", j.link.URL)
	j.hub.Serve()
	j.body, j.region = j.seat("richiedente"), j.seat("regione")
	j.enrolExaminer()
	j.body.open(j)
	j.region.open(j)
	j.asks()
	j.fillsIn()
	j.examines()
	j.completes()
	j.accepts()
	j.delivers()
	j.activates()
	j.enrols()
	j.edits()
}

func (j *joining) seat(name string) *seat {
	s := &seat{display: trial.Display(j.t), folder: filepath.Join(j.t.TempDir(), name), home: j.t.TempDir()}
	return s
}

func (s *seat) open(j *joining) {
	j.t.Helper()
	j.t.Setenv("HOME", s.home)
	s.Window = trial.OpenWindow(j.t, j.program, s.display, s.folder)
	s.Wait(`^window shown`)
}

func (j *joining) enrolExaminer() {
	code := regexp.MustCompile(`\S+`).FindString(j.hub.Run("enrolment-code", "--authority", "demo_borgo", "--office", "demo_borgo-urp", "--role", "istruttore"))
	at(j.t, j.region.folder, func(ctx context.Context, s *station.Station) error {
		ca, err := os.ReadFile(j.hub.CA())
		if err != nil {
			return err
		}
		if err := s.Enrol(ctx, j.link.URL, code, ca); err != nil {
			return err
		}
		_, err = s.Engine.Sync(ctx)
		return err
	})
}

// asks goes through the second door and says how the region is reached.
func (j *joining) asks() {
	w := j.body
	w.Keys("Tab", "Return")
	w.Wait(`^entered demonstration=true`)
	w.Wait(`^membership requests shown n=0`)
	w.Keys("F5")
	w.Wait(`^network settings shown`)
	w.Keys("Down")
	w.Type(j.link.URL)
	w.Keys("Down")
	w.Type(j.hub.CA())
	w.Keys("Return")
	w.Wait(`^network settings saved`)
	w.Wait(`^membership requests shown n=0`)
}

// fill types into one field after the other; "" leaves one as it is.
func (s *seat) fill(texts ...string) {
	for i, text := range texts {
		if i > 0 {
			s.Keys("Tab")
		}
		if text != "" {
			s.Type(text)
		}
	}
}

// fillsIn fills the form in, with a check digit that is wrong at first.
func (j *joining) fillsIn() {
	w := j.body
	w.Keys("Return")
	w.Wait(`^wizard shown step="body"`)
	w.Wait(`^register read`)
	w.Type("Comune di Valserena")
	w.Wait(`^bodies found n=0`)
	w.Keys("Tab", "Return") // it is not in the register
	w.fill("", specimen.Authority, "00161450068", "", "", "Via Roma 1", "Bra", "12042", specimen.PEC)
	w.Keys("alt+Right")
	w.Wait(`^wizard step step="people"`)
	w.fill("Nome Cognome", "Sindaco", "rssmra80a01l219m", "Altro Nome", "referente@valserena.example", "0172 12345", "Terzo Nome", "", "rpd@pec.valserena.example", "")
	w.Keys("Return")
	w.fill("Uno", "uno@valserena.example")
	w.Keys("alt+Right")
	w.Wait(`^wizard step step="offices"`)
	w.fill("urp@valserena.example", "", "830", "1230") // the e-mail, no PEC, hours of Monday
	w.Keys("ctrl+d", "alt+Right")
	w.Wait(`^wizard step step="act"`)
	w.fill("d", "Giunta comunale", "12", "1/10/2025")
	w.Keys(append(slices.Repeat([]string{"Tab"}, 6), "space", "alt+Right")...)
	w.Wait(`^wizard step step="documents"`)
	w.Keys("alt+Right")
	w.Wait(`^wizard step step="summary"`)
	w.Keys("Return") // the check digit leads to its field
	w.Wait(`^wizard step step="body"`)
	w.Keys("ctrl+a")
	w.Type("00161450069")
	for _, step := range membership.Steps()[1:] {
		w.Keys("alt+Right")
		w.Wait(`^wizard step step="` + string(step) + `"`)
	}
	j.link.Down()
	w.sends()
	w.Kill()
	w.open(j)
	w.Keys("Tab", "Return")
	w.Wait(`^membership requests shown n=1`)
	w.Keys("Down", "Return")
	w.Wait(`^membership request shown state="sent" waiting=1`)
	j.link.Up()
	w.Keys("F5")
	w.Wait(`^membership refreshed code=""`, `^membership request shown state="sent" waiting=0`) // it may have left by itself
}

// examines opens the request at the region.
func (j *joining) examines() {
	w := j.region
	w.Keys("ctrl+6")
	w.Wait(`^screen shown route="review"`)
	w.Keys("F5")
	w.Wait(`^review refreshed code=""`)
	w.Wait(`^review request shown state="sent" read=true`)
	w.Keys("Down", "Return", "Return") // to the list, into the request, what comes next
	w.Type("77/A")
	w.Keys("Return", "Return")
	w.Wait(`^review decided event="register" code=""`)
	w.Wait(`^review request shown state="registered"`)
	w.Keys("Return")
	w.Wait(`^review decided event="start_review" code=""`)
	w.Wait(`^review request shown state="under_review"`)
	w.Keys("Return")
	w.Type("Manca il telefono.")
	w.Keys("Tab", "Tab", "Return") // over the list of fields: the reason says it
	w.Wait(`^review decided event="request_integration" code=""`)
	w.Kill()
}

// completes adds what the region asked for.
func (j *joining) completes() {
	w := j.body
	w.Keys("F5")
	w.Wait(`^membership request shown state="integration_requested"`)
	w.Keys("Down", "Return")
	w.Wait(`^wizard shown step="summary"`) // no field was named
	for _, step := range []membership.Step{membership.StepDocuments, membership.StepAct, membership.StepOffices} {
		w.Keys("alt+Left")
		w.Wait(`^wizard step step="` + string(step) + `"`)
	}
	w.fill("", "", "", "", "", "0172 12345")
	for _, step := range membership.Steps()[3:] {
		w.Keys("alt+Right")
		w.Wait(`^wizard step step="` + string(step) + `"`)
	}
	w.sends()
	w.Keys("F5")
	w.Wait(`^membership request shown state="under_review" waiting=0`)
}

// sends presses the last control but one of the form.
func (s *seat) sends() {
	s.Keys(append(slices.Repeat([]string{"Down"}, 25), "Up", "Return")...)
	s.Wait(`^request queued`)
}

// accepts decides while there is no link; the decision outlives the program.
func (j *joining) accepts() {
	w := j.region
	w.open(j)
	w.Keys("ctrl+6")
	w.Wait(`^review request shown state="under_review" read=true`)
	j.link.Down()
	w.Keys("Return", "Tab", "Return", "Return")
	w.Wait(`^review decided event="accept" code="hub_unreachable"`)
	w.Kill()
	j.link.Up()
	w.open(j)
	w.Keys("ctrl+6")
	w.Wait(`^review request shown state="accepted" read=true`)
}

// delivers chooses the signed agreement among the files of the computer.
func (j *joining) delivers() {
	w := j.body
	signed, err := os.ReadFile(trial.SignedFile(j.t, []byte("%PDF-1.4 protocollo d'intesa")))
	if err == nil {
		err = os.WriteFile(filepath.Join(w.home, "protocollo.pdf.p7m"), signed, 0o600)
	}
	if err != nil {
		j.t.Fatal(err)
	}
	w.Keys("F5")
	w.Wait(`^membership request shown state="accepted"`)
	w.Keys("Down", "Return")
	w.Keys("Tab", "Tab", "Down", "space")     // in the dialog: places, files of the home folder, not its parent
	w.Keys("shift+Tab", "shift+Tab", "space") // to its last control
	w.Wait(`^agreement chosen signed=true`)
	w.Keys("Return")
	w.Wait(`^membership act what="deliver"`)
	w.Keys("F5")
	w.Wait(`^membership refreshed code=""`)
}

// activates registers the agreement, makes the body a member and writes the
// letter.
func (j *joining) activates() {
	w := j.region
	w.Keys("F5")
	w.Wait(`^review refreshed code=""`)
	w.Wait(`^review request shown state="accepted" read=true`) // with the agreement
	w.Keys("Down", "Return", "Return", "Return")
	w.Wait(`^review decided event="register_agreement" code=""`)
	w.Wait(`^review request shown state="signed"`)
	w.Keys("Return", "Return")
	w.Wait(`^review decided event="activate" code=""`)
	w.Wait(`^review request shown state="active"`)
	w.Keys("Return")
	w.Type(specimen.PEC)
	w.Keys("Return")
	w.Wait(`^review letter code=""`)
	w.Wait(`^review request shown state="active"`)
	w.Keys("Return")
	w.Keys("Tab", "shift+Tab", "space") // the last control of the dialog: this folder
	w.Wait(`^review letter saved`)
}

// enrols types the code of the letter into the window that asked to join.
func (j *joining) enrols() {
	letters, err := filepath.Glob(filepath.Join(j.region.home, "*", "*.pdf"))
	if err != nil || len(letters) != 1 {
		j.t.Fatalf("letters: %v, %v", letters, err)
	}
	w := j.body
	w.Keys("F5")
	w.Wait(`^membership request shown state="active"`)
	w.Keys("Down", "Return")
	w.Wait(`^doors shown|^activation shown|^left`)
	w.Type(trial.LetterCode(j.t, letters[0]))
	w.Keys("Return")
	w.Wait(`^entered demonstration=false`)
	w.Wait(`^catalogue changed`)
}

// edits changes the hours of the new member's office, and waits until another
// workstation has them.
func (j *joining) edits() {
	w := j.body
	w.Keys("ctrl+5")
	w.Wait(`^network shown offices=1`)
	w.Keys(append([]string{"Down", "Return"}, slices.Repeat([]string{"Tab"}, 10)...)...)
	w.Keys("ctrl+a")
	w.Type("9")
	w.Keys("Tab", "ctrl+a")
	w.Type("13")
	w.Keys("ctrl+s")
	w.Wait(`^office saved`)
	j.region.Kill()
	const patience = time.Minute
	for end := time.Now().Add(patience); ; {
		syncAt(j.t, j.region.folder)
		var there app.Office
		at(j.t, j.region.folder, func(_ context.Context, s *station.Station) error {
			there, _ = s.Catalogue.Office(specimen.Authority + "-urp")
			return nil
		})
		if i := slices.IndexFunc(there.OpeningHours, func(h app.Hours) bool { return slices.Contains(h.Days, "MO") }); i >= 0 &&
			there.OpeningHours[i].Opens == "09:00" && there.OpeningHours[i].Closes == "13:00" && there.Phone == "0172 12345" {
			return
		}
		if time.Now().After(end) {
			j.t.Fatalf("the other workstation sees %+v", there)
		}
	}
}
