package membership_test

import (
	"bytes"
	"context"
	"errors"
	"io"
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"

	"polis/app"
	"polis/app/membership"
	"polis/data/secret"
)

var (
	registered = membership.Change{Event: membership.Register, Protocol: membership.Protocol{Number: "7", Date: "2026-11-03"}}
	review     = membership.Change{Event: membership.StartReview}
	complete   = membership.Change{Event: membership.RequestIntegration, Reason: "Manca l'orario", Fields: []string{"offices.0.opening_hours"}}
)

func TestARequestGoesItsWay(t *testing.T) {
	ctx := context.Background()
	d := newDesk(t)
	id := d.draft()
	if f := d.only(); f.State() != membership.Draft || len(f.Request.Documents) != 2 || f.Request.Documents[0].Name != "act.pdf" || f.Waiting != 0 {
		t.Fatalf("%+v", f)
	}
	f := d.must(d.Submit(ctx, id))
	if f.State() != membership.Sent || f.Waiting != 3 || f.Leaving != membership.Submit || f.SentAt.IsZero() || f.Request.Dated == "" {
		t.Fatalf("%s %d %v", f.State(), f.Waiting, f.SentAt)
	}
	told := 0
	d.OnChange(func() { told++ })
	d.refresh()
	if f = d.only(); f.Waiting != 0 || f.Leaving != "" || f.Case == nil || f.Case.Number != "2026-00001" || told != 1 {
		t.Fatalf("%+v, told %d", f, told)
	}
	calls := d.hub.calls
	d.must(d.Submit(ctx, id)) // as it is there already
	d.refresh()
	if d.hub.calls != calls+1 || told != 1 {
		t.Errorf("%d calls, told %d", d.hub.calls-calls, told)
	}
	d.hub.examine(registered, review, complete)
	d.refresh()
	if f = d.only(); f.State() != membership.Integration || !f.SentAt.IsZero() || !f.Editable() || f.Case.History[3].By.ID != "" {
		t.Fatalf("%+v", f)
	}
	d.must(d.Submit(ctx, id)) // nothing was to be changed
	d.refresh()
	if f = d.only(); f.State() != membership.UnderReview || f.Waiting != 0 {
		t.Fatalf("%s %s", f.State(), f.Problem)
	}
	left := uuid.Must(uuid.NewV7()).String() // the program ended when the request was answered, and not what follows it
	if err := d.office.Enqueue(ctx, []membership.Item{{
		ID: left, Group: left, Request: id, Kind: membership.ItemChange, Answers: 1, Change: &membership.Change{ID: left, Request: id, Event: membership.Integrate},
	}}); err != nil {
		t.Fatal(err)
	}
	d.must(d.Submit(ctx, id)) // by somebody who did not see that it arrived
	d.refresh()
	if f = d.only(); f.Waiting != 0 || f.Problem != "" || d.hub.happened(membership.Integrate) != 1 {
		t.Fatalf("%d wait, %s", f.Waiting, f.Problem)
	}
	if _, err := d.Submit(ctx, id); app.ErrorCode(err) != app.CodeMembershipState {
		t.Errorf("a form that is closed: %v", err)
	}
	d.hub.examine(complete)
	d.refresh()
	r := d.only().Request
	r.Note = "Ora sì"
	if _, err := d.Save(ctx, r); err != nil {
		t.Fatal(err)
	}
	d.must(d.Submit(ctx, id))
	d.refresh()
	d.hub.examine(membership.Change{Event: membership.Accept})
	d.refresh()
	if _, err := d.Save(ctx, r); app.ErrorCode(err) != app.CodeMembershipState {
		t.Errorf("a form that is closed: %v", err)
	}
	doc, err := d.Attach(ctx, id, membership.DocumentAgreement, "", "firmato.p7m", strings.NewReader("p7m firmato"))
	if err != nil {
		t.Fatal(err)
	}
	d.must(d.DeliverAgreement(ctx, id, doc))
	d.must(d.DeliverAgreement(ctx, id, doc)) // pressed twice
	d.refresh()
	d.must(d.DeliverAgreement(ctx, id, doc)) // by somebody who did not see that it arrived
	d.refresh()
	if f = d.only(); f.Case.Agreement == nil || f.Case.Agreement.SHA256 != doc.SHA256 || d.hub.happened(membership.DeliverAgreement) != 1 {
		t.Fatalf("%+v", f.Case)
	}
	if !sameEvents(f.Case, membership.Submit, membership.Register, membership.StartReview, membership.RequestIntegration, membership.Integrate,
		membership.RequestIntegration, membership.Integrate, membership.Accept, membership.DeliverAgreement) {
		t.Errorf("%v", eventsOf(f.Case))
	}
}

// story is what a person does until the region has the signed agreement. A
// step that was cut off is done again when it is not seen to be done.
func story(d *desk) (steps []func() error) {
	ctx := context.Background()
	first := func() (f membership.Filed, err error) {
		all, err := d.All(ctx)
		if len(all) > 0 {
			f = all[0]
		}
		return f, err
	}
	step := func(done func(membership.Filed) bool, do func(membership.Filed) error) {
		steps = append(steps, func() error {
			f, err := first()
			if err != nil || done(f) {
				return err
			}
			if err := do(f); err != nil {
				return err
			}
			if f, err = first(); err == nil && !done(f) {
				err = errors.New("it is not done")
			}
			return err
		})
	}
	attach := func(kind, text string) func(membership.Filed) error {
		return func(f membership.Filed) error {
			_, err := d.Attach(ctx, f.Request.ID, kind, "", kind+".pdf", strings.NewReader(text))
			return err
		}
	}
	send := func(f membership.Filed) error { _, err := d.Submit(ctx, f.Request.ID); return err }
	refresh := func(membership.Filed) error { return d.Refresh(ctx) }
	in := func(s membership.State) func(membership.Filed) bool {
		return func(f membership.Filed) bool { return f.Case != nil && f.Waiting == 0 && f.State() == s }
	}
	region := func(when membership.State, changes ...membership.Change) {
		steps = append(steps, func() error {
			for _, c := range d.hub.cases {
				if c.State == when {
					d.hub.examine(changes...)
				}
			}
			return nil
		})
	}
	step(func(f membership.Filed) bool { return f.Request.ID != "" }, func(membership.Filed) error { _, err := d.New(ctx); return err })
	step(func(f membership.Filed) bool { return len(f.Request.Documents) > 0 }, attach(membership.DocumentAct, "delibera"))
	step(func(f membership.Filed) bool { return len(f.Request.Documents) > 1 }, attach(membership.DocumentAgreement, "p7m bozza"))
	step(func(f membership.Filed) bool { return f.Request.Body.Name != "" }, func(f membership.Filed) error {
		r := whole()
		r.ID = f.Request.ID
		_, err := d.Save(ctx, r)
		return err
	})
	step(func(f membership.Filed) bool { return f.State() != membership.Draft }, send)
	step(in(membership.Sent), refresh)
	region(membership.Sent, registered, review, complete)
	step(in(membership.Integration), refresh)
	step(func(f membership.Filed) bool { return f.Request.Note != "" }, func(f membership.Filed) error {
		f.Request.Note = "completata"
		_, err := d.Save(ctx, f.Request)
		return err
	})
	step(func(f membership.Filed) bool { return !f.SentAt.IsZero() }, send)
	step(in(membership.UnderReview), refresh)
	region(membership.UnderReview, membership.Change{Event: membership.Accept})
	step(in(membership.Accepted), refresh)
	step(func(f membership.Filed) bool { return f.Waiting > 0 || f.Case.Agreement != nil }, func(f membership.Filed) error {
		doc, err := d.Attach(ctx, f.Request.ID, membership.DocumentAgreement, "", "firmato.p7m", strings.NewReader("p7m firmato"))
		if err == nil {
			_, err = d.DeliverAgreement(ctx, f.Request.ID, doc)
		}
		return err
	})
	step(func(f membership.Filed) bool { return f.Waiting == 0 && f.Case.Agreement != nil }, refresh)
	return steps
}

// The program is killed once at every single thing that it writes or sends,
// before it and after it: nothing is lost, nothing happens twice.
func TestKilledAtEveryStep(t *testing.T) {
	steps := 1
	for dies := 0; dies <= steps; dies++ { // the first life is a whole one and counts the steps
		for _, after := range []bool{false, true} {
			d := newDesk(t)
			d.life.dies, d.life.after = dies, after
			for i, do := range story(d) {
				err := do()
				for tries := 0; d.life.over && tries < 3; tries++ {
					d.start()
					err = do()
				}
				if err != nil {
					t.Fatalf("killed at %d (after: %v): step %d: %v", dies, after, i, err)
				}
			}
			if dies == 0 {
				steps = d.life.steps
			}
			f := d.only()
			if !sameEvents(f.Case, membership.Submit, membership.Register, membership.StartReview, membership.RequestIntegration,
				membership.Integrate, membership.Accept, membership.DeliverAgreement) || f.Problem != "" || len(d.hub.cases) != 1 {
				t.Fatalf("killed at %d (after: %v): %v %s", dies, after, eventsOf(f.Case), f.Problem)
			}
			if want := len("delibera" + "p7m bozza" + "p7m firmato"); d.hub.sent != want {
				t.Errorf("killed at %d: %d bytes of documents, want %d", dies, d.hub.sent, want)
			}
			if err := d.office.Close(); err != nil {
				t.Fatal(err)
			}
		}
	}
	if steps < 20 {
		t.Errorf("only %d steps", steps)
	}
}

func TestRefusals(t *testing.T) {
	ctx := context.Background()
	d := newDesk(t)
	id := d.draft()
	r := d.only().Request
	r.Representative.Name = ""
	if _, err := d.Save(ctx, r); err != nil {
		t.Fatal(err)
	}
	if _, err := d.Submit(ctx, id); app.ErrorCode(err) != app.CodeMembershipIncomplete {
		t.Fatalf("incomplete: %v", err)
	}
	r.Representative = whole().Representative
	if _, err := d.Save(ctx, r); err != nil {
		t.Fatal(err)
	}
	d.must(d.Submit(ctx, id))
	d.must(d.Withdraw(ctx, id, "ci ripensiamo"))
	if _, err := d.Submit(ctx, id); app.ErrorCode(err) != app.CodeMembershipState {
		t.Errorf("sent while it is being withdrawn: %v", err)
	}
	// The hub knows better what is missing: it is a draft again, and nothing
	// is tried again by itself.
	d.hub.fault = app.Fault(app.CodeMembershipIncomplete, nil, "n", "2")
	d.refresh()
	f := d.only()
	if f.State() != membership.Draft || f.Waiting != 0 || f.Problem != app.CodeMembershipIncomplete || f.Params["n"] != "2" || !f.Editable() {
		t.Fatalf("%s, %d wait, %s %v", f.State(), f.Waiting, f.Problem, f.Params)
	}
	calls := d.hub.calls
	d.refresh()
	if d.hub.calls != calls {
		t.Error("what was refused is sent again")
	}
	d.hub.fault = nil
	d.must(d.Submit(ctx, id))
	if f = d.only(); f.Problem != "" {
		t.Errorf("the problem stays: %s", f.Problem)
	}
	d.refresh()
	// A change that comes too late is refused, told, and the state is known.
	d.must(d.Withdraw(ctx, id, ""))
	d.hub.examine(registered, membership.Change{Event: membership.Reject, Reason: "doppia"})
	d.refresh()
	if f = d.only(); f.State() != membership.Rejected || f.Waiting != 0 || f.Problem != app.CodeMembershipState {
		t.Errorf("%s, %d wait, %s", f.State(), f.Waiting, f.Problem)
	}
	if _, err := d.Withdraw(ctx, id, ""); app.ErrorCode(err) != app.CodeMembershipState {
		t.Errorf("%v", err)
	}
}

// Another version that was queued before the region asked for something is no
// answer to it.
func TestOvertaken(t *testing.T) {
	ctx := context.Background()
	d := newDesk(t)
	id := d.draft()
	d.must(d.Submit(ctx, id))
	d.refresh()
	r := d.only().Request
	r.Note = "un'altra versione"
	if _, err := d.Save(ctx, r); err != nil {
		t.Fatal(err)
	}
	d.must(d.Submit(ctx, id))
	d.hub.examine(registered, review, complete)
	d.refresh()
	if f := d.only(); f.State() != membership.Integration || f.Problem != app.CodeMembershipState || f.Request.Note == "" || d.hub.happened(membership.Integrate) != 0 {
		t.Fatalf("%s %s", f.State(), f.Problem)
	}
	d.must(d.Submit(ctx, id))
	d.refresh()
	if f := d.only(); f.State() != membership.UnderReview || f.Problem != "" {
		t.Fatalf("%s %s", f.State(), f.Problem)
	}
}

// copies lets the hub begin anew: keep makes a copy of a case, restore puts it
// back, without the changes that the hub was told since, and asks.
func (d *desk) copies(id string) (keep, restore func()) {
	var copied membership.Case
	keep = func() { copied = *d.hub.cases[id] }
	restore = func() {
		again := copied
		d.hub.version += 1000
		again.Version, d.hub.cases[id], d.hub.changes = d.hub.version, &again, map[string]string{}
		d.refresh()
	}
	return keep, restore
}

// A hub that began anew from an older copy gets the last version again, as
// long as nobody looks at the one before, and the answer that it had.
func TestAnOlderVersionComesBack(t *testing.T) {
	ctx := context.Background()
	d := newDesk(t)
	id := d.draft()
	keep, restore := d.copies(id)
	send := func(note string) {
		r := d.only().Request
		r.Note = note
		if _, err := d.Save(ctx, r); err != nil {
			t.Fatal(err)
		}
		d.must(d.Submit(ctx, id))
		d.refresh()
	}
	d.must(d.Submit(ctx, id))
	d.refresh()
	keep()
	send("corretta")
	last := d.only().Case.SHA256
	restore()
	if f := d.only(); f.Case.SHA256 != last || d.hub.cases[id].SHA256 != last || f.Problem != "" {
		t.Fatalf("the hub has the version before: %+v", f.Case)
	}
	d.hub.examine(registered, review, complete)
	d.refresh()
	keep()
	send("completata")
	restore()
	if f := d.only(); f.State() != membership.UnderReview || f.Problem != "" {
		t.Fatalf("what completed it is lost: %s %s", f.State(), f.Problem)
	}
	d.hub.examine(complete)
	d.refresh()
	keep()
	calls := d.hub.version
	restore()
	if f := d.only(); f.State() != membership.Integration || d.hub.version != calls+1000 {
		t.Fatalf("a second request to complete was answered by itself: %s", f.State())
	}
}

// A hub that begins anew from an older copy is told once more what was
// delivered and what was withdrawn: nobody who signed in time must lose by it,
// and nobody is to examine what was taken back.
func TestAHubThatForgotWhatWasAsked(t *testing.T) {
	ctx := context.Background()
	d := newDesk(t)
	id := d.draft()
	keep, restore := d.copies(id)
	d.must(d.Submit(ctx, id))
	d.refresh()
	d.hub.examine(registered, review, membership.Change{Event: membership.Accept})
	d.refresh()
	keep()
	doc, err := d.Attach(ctx, id, membership.DocumentAgreement, "", "a.p7m", strings.NewReader("p7m firmato"))
	if err != nil {
		t.Fatal(err)
	}
	d.must(d.DeliverAgreement(ctx, id, doc))
	d.refresh()
	entry := *d.only().Case.Last(membership.DeliverAgreement)
	d.hub.examine(membership.Change{Event: membership.RegisterAgreement, Document: &doc})
	d.refresh()
	delete(d.hub.blobs, doc.SHA256)
	restore()
	if f := d.only(); f.Problem != "" || f.Case.Agreement == nil || d.hub.blobs[doc.SHA256] == nil || f.Case.Last(membership.DeliverAgreement).Change != entry.Change {
		t.Fatalf("the agreement is lost: %s %+v", f.Problem, f.Case)
	}
	d.hub.examine(membership.Change{Event: membership.ReturnAgreement, Reason: "Manca la firma"})
	d.refresh()
	calls := d.hub.happened(membership.DeliverAgreement)
	keep()
	restore()
	if n := d.hub.happened(membership.DeliverAgreement); n != calls || d.only().Case.Agreement != nil {
		t.Fatalf("what the region gave back is delivered again: %d", n)
	}
	d.must(d.Withdraw(ctx, id, "Si rinvia all'anno prossimo"))
	d.refresh()
	restore()
	if f := d.only(); f.State() != membership.Withdrawn || f.Problem != "" || d.hub.cases[id].State != membership.Withdrawn || d.hub.cases[id].Last(membership.Withdraw).Reason == "" {
		t.Fatalf("%s %s", f.State(), f.Problem)
	}
	delete(d.hub.cases, id)
	d.refresh()
	if f := d.only(); f.State() != membership.Withdrawn || f.Problem != "" || len(d.hub.cases) != 0 {
		t.Errorf("%s %s", f.State(), f.Problem)
	}
	d.clock = d.clock.AddDate(0, 0, 8)
	before := d.hub.calls
	d.refresh()
	if d.hub.calls != before {
		t.Error("what was withdrawn long ago is still asked for")
	}
}

// A document that cannot be read keeps no other request from being sent.
func TestAnUnreadableDocument(t *testing.T) {
	ctx := context.Background()
	d := newDesk(t)
	first := d.draft()
	second := d.draft() // sent before the first: the newest go first
	r := d.must(d.Get(ctx, second)).Request
	act, err := d.Attach(ctx, second, membership.DocumentOther, "", "a.txt", strings.NewReader("only here"))
	if err != nil {
		t.Fatal(err)
	}
	d.must(d.Submit(ctx, first))
	d.must(d.Submit(ctx, r.ID))
	d.Applications = membership.NewApplications(membership.Params{
		Store: mortal{d.office, d.hub, d.life}, Files: unreadable{d.files, act.SHA256}, Clock: app.ClockFunc(d.now),
		Enrolled: func(context.Context) (membership.Network, error) {
			return membership.Network{Hub: "https://hub.example"}, nil
		},
		Connect: func(membership.Network) (membership.Hub, error) { return road{d.hub, d.life}, nil },
	})
	if err := d.Refresh(ctx); app.ErrorCode(err) != app.CodeFile {
		t.Fatal(err)
	}
	if f := d.must(d.Get(ctx, first)); f.Case == nil || f.Problem != "" {
		t.Errorf("the other request waits: %s", f.Problem)
	}
	if f := d.must(d.Get(ctx, second)); f.Case != nil || f.Problem != app.CodeFile || f.Waiting == 0 {
		t.Errorf("%s, %d wait", f.Problem, f.Waiting)
	}
}

// unreadable are documents of which one is on a part of the disk that fails.
type unreadable struct {
	drawer
	which string
}

func (u unreadable) Open(sha256 string) (io.ReadSeekCloser, error) {
	if sha256 == u.which {
		return nil, app.Fault(app.CodeFile, nil, "path", sha256)
	}
	return u.drawer.Open(sha256)
}

func TestFaultsOfTheWay(t *testing.T) {
	ctx := context.Background()
	d := newDesk(t)
	if err := d.office.SetSetting(ctx, "membership.network", ""); err != nil {
		t.Fatal(err)
	}
	id := d.draft()
	d.must(d.Submit(ctx, id))
	if err := d.Refresh(ctx); app.ErrorCode(err) != app.CodeNoNetwork || d.only().Problem != app.CodeNoNetwork {
		t.Fatalf("%v, %s", err, d.only().Problem)
	}
	d.known = membership.Network{Hub: "https://hub.example"} // by its enrolment
	d.hub.fault = app.Fault(app.CodeHubUnreachable, nil, "hub", "https://hub.example")
	if err := d.Refresh(ctx); app.ErrorCode(err) != app.CodeHubUnreachable {
		t.Fatal(err)
	}
	if f := d.only(); f.Problem != app.CodeHubUnreachable || f.Waiting != 3 || f.State() != membership.Sent {
		t.Fatalf("%+v", f)
	}
	d.hub.fault = nil
	d.refresh()
	if f := d.only(); f.Problem != "" || f.Waiting != 0 || f.Case == nil {
		t.Fatalf("%s %d", f.Problem, f.Waiting)
	}
	// A hub that was restored from an older copy gets the request again.
	d.hub.cases, d.hub.blobs = map[string]*membership.Case{}, map[string][]byte{}
	d.refresh()
	if f := d.only(); f.Problem != "" || len(d.hub.cases) != 1 || len(d.hub.blobs) != 2 {
		t.Fatalf("%s, %d cases", f.Problem, len(d.hub.cases))
	}
	d.hub.cases, d.hub.blobs = map[string]*membership.Case{}, map[string][]byte{}
	d.must(d.Withdraw(ctx, id, "no"))
	d.refresh()
	if f := d.only(); f.State() != membership.Withdrawn || f.Problem != "" {
		t.Fatalf("%s %s", f.State(), f.Problem)
	}
}

// Run sends at once what is queued, waits as long as the hub wants, and tries
// again by itself.
func TestRun(t *testing.T) {
	d := newDesk(t)
	waits, fire := make(chan time.Duration), make(chan time.Time)
	a := membership.NewApplications(membership.Params{
		Store: mortal{d.office, d.hub, d.life}, Files: d.files, Clock: app.ClockFunc(d.now),
		Enrolled:  func(context.Context) (membership.Network, error) { return membership.Network{}, nil },
		Connect:   func(membership.Network) (membership.Hub, error) { return road{d.hub, d.life}, nil },
		AnswerKey: func() (string, error) { return "age1desk", nil },
		Timer: func(wait time.Duration) (<-chan time.Time, func()) {
			waits <- wait
			return fire, func() {}
		},
	})
	d.Applications = a
	ctx, stop := context.WithCancel(context.Background())
	done := make(chan struct{})
	go func() { a.Run(ctx); close(done) }()
	if wait := <-waits; wait < time.Minute {
		t.Errorf("nothing waits, and it looks again after %v", wait)
	}
	id := d.draft()
	d.hub.fault = app.Fault(app.CodeHubBusy, nil, "retry_after", "90")
	d.must(a.Submit(ctx, id))
	if wait := <-waits; wait < 90*time.Second {
		t.Errorf("the hub wants to be left alone, and it waits for %v", wait)
	}
	calls := d.hub.calls
	a.Wake()
	if <-waits; d.hub.calls != calls {
		t.Error("it does not leave the hub alone")
	}
	d.clock = d.clock.Add(2 * time.Minute)
	d.hub.fault = app.Fault(app.CodeHubUnreachable, nil)
	fire <- d.clock
	if wait := <-waits; wait > 5*time.Minute {
		t.Errorf("%v after a fault", wait)
	}
	d.hub.fault = nil
	fire <- d.clock
	if <-waits; d.only().Case == nil {
		t.Error("it was not sent")
	}
	stop()
	<-done
}

func TestDraftsAndDocuments(t *testing.T) {
	ctx := context.Background()
	d := newDesk(t)
	id := d.draft()
	r := d.only().Request
	if err := d.Discard(ctx, id); err != nil {
		t.Fatal(err)
	}
	if all, err := d.All(ctx); err != nil || len(all) != 0 {
		t.Fatalf("%d, %v", len(all), err)
	}
	if _, err := d.Save(ctx, r); err != nil { // taken back
		t.Fatal(err)
	}
	if got := d.only().Request; len(got.Documents) != 2 || got.Body.Name != r.Body.Name {
		t.Fatalf("%+v", got)
	}
	r.Documents = nil // a form that did not know
	if _, err := d.Save(ctx, r); err != nil {
		t.Fatal(err)
	}
	docs := d.only().Request.Documents
	if len(docs) != 2 {
		t.Fatal("a document was lost by saving")
	}
	if _, err := d.Attach(ctx, id, membership.DocumentAgreement, "", "scansione.pdf", strings.NewReader("una scansione")); app.ErrorCode(err) != app.CodeNotSigned {
		t.Errorf("a scan: %v", err)
	}
	if _, err := d.Attach(ctx, id, "quadro", "", "x", strings.NewReader("x")); app.ErrorCode(err) != app.CodeInvalid {
		t.Errorf("a kind that there is not: %v", err)
	}
	for i := len(docs); i < membership.MaxDocuments; i++ {
		if _, err := d.Attach(ctx, id, membership.DocumentOther, "", "a.txt", strings.NewReader(strings.Repeat("x", i+1))); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := d.Attach(ctx, id, membership.DocumentOther, "", "b.txt", strings.NewReader("troppi")); app.ErrorCode(err) != app.CodeTooManyFiles {
		t.Errorf("too many: %v", err)
	}
	if err := d.Detach(ctx, id, docs[0].SHA256); err != nil {
		t.Fatal(err)
	}
	if err := d.Detach(ctx, id, docs[0].SHA256); app.ErrorCode(err) != app.CodeNotFound {
		t.Errorf("detached twice: %v", err)
	}
	if err := d.Tidy(ctx); err != nil || d.files[docs[0].SHA256] != nil || d.files[docs[1].SHA256] == nil {
		t.Errorf("%v, %d documents", err, len(d.files))
	}
	if err := d.SetProtocol(ctx, id, membership.Protocol{Number: "99", Date: "2026-11-02"}); err != nil || d.only().Request.Protocol.Number != "99" {
		t.Errorf("%v", err)
	}
	delete(d.files, docs[1].SHA256)
	if _, err := d.Submit(ctx, id); app.ErrorCode(err) != app.CodeNotFound && app.ErrorCode(err) != app.CodeMembershipIncomplete {
		t.Errorf("a document that is gone: %v", err)
	}
	if _, err := d.Save(ctx, membership.Request{}); app.ErrorCode(err) != app.CodeInvalid {
		t.Errorf("%v", err)
	}
}

// A draft that does not open shows an empty form: what is typed there must not
// take its place. Who had it open before the keys went goes on typing.
func TestALockedDraftIsNotWrittenOver(t *testing.T) {
	ctx := context.Background()
	d := newDesk(t)
	rights := secret.Params{Folder: d.folder, Passphrase: "una"}
	d.office.UseKeys(secret.NewVault(rights))
	id := d.draft()
	open := d.only().Request
	d.office.UseKeys(secret.NewVault(secret.Params{Folder: d.folder}))
	f := d.only()
	if f.Problem != app.CodeKeyLocked {
		t.Fatalf("%+v", f)
	}
	empty := f.Request
	empty.Note = "x"
	if _, err := d.Save(ctx, empty); app.ErrorCode(err) != app.CodeKeyLocked {
		t.Errorf("written over: %v", err)
	}
	d.office.UseKeys(secret.NewVault(rights))
	if got := d.only().Request; got.Note != open.Note || got.Body.Name != open.Body.Name || len(got.Documents) != 2 {
		t.Errorf("%+v", got)
	}
	d.office.UseKeys(secret.NewVault(secret.Params{Folder: d.folder}))
	open.Note = "one more word"
	if _, err := d.Save(ctx, open); err != nil {
		t.Fatal(err)
	}
	if got := d.only().Request; got.ID != id || got.Note != open.Note || len(got.Documents) != 2 {
		t.Errorf("%+v", got)
	}
}

func TestNamesOfFiles(t *testing.T) {
	ctx := context.Background()
	d := newDesk(t)
	f := d.must(d.New(ctx))
	for name, want := range map[string]string{
		"../../etc/passwd": "passwd", `C:\Users\x\delibera 12.pdf`: "delibera 12.pdf", "..": "documento", "": "documento", "a\x00b\u202e.pdf": "ab.pdf",
		strings.Repeat("à", 300) + ".pdf": strings.Repeat("à", 116) + ".pdf",
	} {
		doc, err := d.Attach(ctx, f.Request.ID, membership.DocumentOther, "", name, strings.NewReader("x"))
		if err != nil || doc.Name != want {
			t.Errorf("%q: %q, %v", name, doc.Name, err)
		}
	}
}

func TestExport(t *testing.T) {
	ctx := context.Background()
	d := newDesk(t)
	id := d.draft()
	var out bytes.Buffer
	if err := d.Export(ctx, id, &out); err != nil {
		t.Fatal(err)
	}
	key, plain, _ := bytes.Cut(out.Bytes(), []byte("\n"))
	documents := 0
	f, err := membership.ReadFile(plain, func(string, []byte) error { documents++; return nil })
	if err != nil || string(key) != "age1qqq" || documents != 2 {
		t.Fatalf("%q, %d documents, %v", key, documents, err)
	}
	d.refresh() // whichever way it arrives, it is the same request
	if c := d.only().Case; c == nil || !bytes.Equal(d.hub.bodies[id], f.Request) {
		t.Errorf("%+v", c)
	}
	d.hub.examine(registered)
	d.refresh()
	var again bytes.Buffer
	if err := d.Export(ctx, id, &again); err != nil || !bytes.Equal(again.Bytes(), out.Bytes()) {
		t.Errorf("another file: %v", err)
	}
}
