package faults

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/google/uuid"

	"polis/app"
	"polis/app/membership"
	"polis/app/membership/specimen"
	"polis/app/network"
	"polis/app/page"
	"polis/app/region"
	"polis/cmd/station"
	"polis/cmd/trial"
	"polis/data/wire"
)

const joined = specimen.Authority

// joining is a workstation that is no member's yet, with the examiner's at the
// region and one of another body.
type joining struct {
	*hub
	t                  *testing.T
	body, region, desk *desk
	id                 string
	letter             membership.Letter
}

func newJoining(t *testing.T) *joining {
	t.Helper()
	h := newHub(t, t.TempDir(), nil)
	t.Cleanup(h.close)
	j := &joining{hub: h, t: t, region: &desk{t: t, h: h, folder: filepath.Join(h.folder, "region"), clock: h.clock}}
	j.desk = newDesk(t, h, filepath.Join(h.folder, "desk"), "demo-urp") // the responsabile's
	j.region.open()
	ok(t, j.region.Enrol(t.Context(), h.server.URL, h.code("demo-bib", wire.RoleExaminer), h.ca))
	j.body = j.bare("body")
	for _, d := range []*desk{j.desk, j.region, j.body} {
		t.Cleanup(func() { d.close() })
	}
	j.desk.sync("")
	j.region.sync("")
	return j
}

// bare is a workstation that knows the region's settings and nothing else.
func (j *joining) bare(name string) *desk {
	j.t.Helper()
	d := &desk{t: j.t, h: j.hub, folder: filepath.Join(j.folder, name), clock: j.clock}
	d.open()
	ok(j.t, d.Applications.SetNetwork(j.t.Context(), must[membership.Network](j.t)(j.now.Load().NetworkSettings(j.t.Context()))))
	return d
}

// draft makes a whole draft at a workstation.
func (j *joining) draft(d *desk) string {
	j.t.Helper()
	ctx := j.t.Context()
	f := must[membership.Filed](j.t)(d.Applications.New(ctx))
	r := specimen.Request("")
	r.ID = f.Request.ID
	must[any](j.t)(d.Applications.Save(ctx, r))
	act := append([]byte("%PDF-1.7 delibera "), bytes.Repeat([]byte("pagina "), 30_000)...)
	must[membership.Document](j.t)(d.Applications.Attach(ctx, r.ID, membership.DocumentAct, "", "delibera.pdf", bytes.NewReader(act)))
	return r.ID
}

func (j *joining) filed() membership.Filed {
	j.t.Helper()
	return must[membership.Filed](j.t)(j.body.Applications.Get(j.t.Context(), j.id))
}

// queued is the case as the examiner's workstation has it, nil when it has
// none.
func (j *joining) queued() *membership.Case {
	j.t.Helper()
	for _, c := range must[[]membership.Case](j.t)(j.region.Review.Queue(j.t.Context())) {
		if c.ID == j.id {
			return &c
		}
	}
	return nil
}

// examine decides once, by the same change however often it is tried.
func (j *joining) examine(event membership.Event, fill func(*membership.Change)) (do func() error, done func() bool) {
	to := map[membership.Event]membership.State{
		membership.Register: membership.Registered, membership.StartReview: membership.UnderReview, membership.RequestIntegration: membership.Integration,
		membership.Accept: membership.Accepted, membership.RegisterAgreement: membership.Signed, membership.Activate: membership.Active,
		membership.End: membership.Ended, membership.Restore: membership.Active,
	}[event]
	var change *membership.Change
	do = func() error {
		ctx := j.t.Context()
		if change == nil { // what the person decides upon is what was read
			if err := j.region.Review.Refresh(ctx); err != nil {
				return err
			}
			seen := j.queued()
			if seen == nil {
				return errors.New("the region does not see the request")
			}
			change = &membership.Change{ID: uuid.Must(uuid.NewV7()).String(), Request: j.id, Event: event, Seen: seen.Version}
			if fill != nil {
				fill(change)
			}
		}
		if _, err := j.region.Review.Do(ctx, *change); err != nil {
			return err
		}
		return j.region.Review.Refresh(ctx)
	}
	return do, func() bool {
		waiting := must[[]membership.Decision](j.t)(j.region.Review.Waiting(j.t.Context()))
		c := j.queued()
		return len(waiting) == 0 && c != nil && c.State == to
	}
}

// paper is a PDF as the workstation writes it.
func (j *joining) paper(doc page.Document) []byte {
	j.t.Helper()
	list := must[page.DisplayList](j.t)(j.body.Paper.Layout(doc))
	var out bytes.Buffer
	ok(j.t, j.body.Paper.PDF(&out, list))
	return out.Bytes()
}

// agreement is the agreement with the request's data, signed.
func (j *joining) agreement() []byte {
	j.t.Helper()
	books := must[map[string]func(string, ...string) string](j.t)(words())
	f := j.filed()
	pdf := j.paper(membership.AgreementPaper(membership.PaperInput{Request: f.Request, Case: f.Case, Words: books["it"], Lang: "it"}))
	return must[[]byte](j.t)(os.ReadFile(trial.SignedFile(j.t, pdf)))
}

func words() (map[string]func(string, ...string) string, error) {
	books, err := station.Books()
	all := map[string]func(string, ...string) string{}
	for lang, b := range books {
		all[lang] = b.Text
	}
	return all, err
}

// step is something that a person does, as often as it takes.
type step struct {
	who  *desk
	do   func() error
	done func() bool
}

func (j *joining) submits() step {
	asked := 0
	return step{j.body, func() error {
		ctx := j.t.Context()
		if f := j.filed(); f.SentAt.IsZero() && asked == 0 { // the person pressed once, and saw it queued
			must[membership.Filed](j.t)(j.body.Applications.Submit(ctx, j.id))
			asked++
		}
		return j.body.Applications.Refresh(ctx)
	}, func() bool {
		f := j.filed()
		return f.Waiting == 0 && f.Case != nil && (f.State() == membership.Sent || f.State() == membership.UnderReview)
	}}
}

// learns lets the body see what the region decided.
func (j *joining) learns(s membership.State) step {
	return step{j.body, func() error { return j.body.Applications.Refresh(j.t.Context()) }, func() bool { f := j.filed(); return f.State() == s && f.Waiting == 0 }}
}

func (j *joining) examines(event membership.Event, fill func(*membership.Change)) step {
	do, done := j.examine(event, fill)
	return step{j.region, do, done}
}

// completes changes what the region asked for and sends it.
func (j *joining) completes() step {
	s := j.submits()
	first := true
	send := s.do
	s.do = func() error {
		if first {
			first = false
			r := j.filed().Request
			r.Offices[0].Phone = "0172 12345"
			must[any](j.t)(j.body.Applications.Save(j.t.Context(), r))
		}
		return send()
	}
	return s
}

func (j *joining) delivers() step {
	first := true
	return step{j.body, func() error {
		ctx := j.t.Context()
		if first {
			first = false
			d := must[membership.Document](j.t)(j.body.Applications.Attach(ctx, j.id, membership.DocumentAgreement, "", "protocollo.pdf.p7m", bytes.NewReader(j.agreement())))
			must[membership.Filed](j.t)(j.body.Applications.DeliverAgreement(ctx, j.id, d))
		}
		return j.body.Applications.Refresh(ctx)
	}, func() bool { f := j.filed(); return f.Waiting == 0 && f.Case.Agreement != nil }}
}

// writes makes the letter, by the same change however often it is tried.
func (j *joining) writes() step {
	change := uuid.Must(uuid.NewV7()).String()
	got := false
	return step{j.region, func() error {
		l, err := j.region.Review.Letter(j.t.Context(), membership.LetterRequest{Change: change, Request: j.id, PEC: specimen.PEC})
		if err == nil {
			j.letter, got = l, true
		}
		return err
	}, func() bool { return got }}
}

// enrols types what the letter says, read from its PDF.
func (j *joining) enrols(d *desk) step {
	code := ""
	return step{d, func() error {
		if code == "" {
			code = j.code()
		}
		return d.Enrol(j.t.Context(), j.letter.Hub, code, j.ca)
	}, func() bool { return d.Enrolled() }}
}

func (j *joining) code() string {
	j.t.Helper()
	pdf := filepath.Join(j.t.TempDir(), "lettera.pdf")
	in := membership.LetterInput{Letter: j.letter, Words: must[map[string]func(string, ...string) string](j.t)(words())["it"], Lang: "it"}
	ok(j.t, os.WriteFile(pdf, j.paper(membership.LetterPaper(in)), 0o600))
	return trial.LetterCode(j.t, pdf)
}

func syncs(t *testing.T, d *desk, done func() bool) step {
	return step{d, func() error { _, err := d.Engine.Sync(t.Context()); return err }, done}
}

func newHours() []app.Hours {
	return []app.Hours{{Days: []string{"MO", "WE", "FR"}, Opens: "09:00", Closes: "13:00"}}
}

// edits changes the hours of the new member's office.
func (j *joining) edits() step {
	first := true
	return step{j.body, func() error {
		ctx := j.t.Context()
		if first {
			first = false
			o := must[network.Office](j.t)(j.body.Network.Get(ctx, joined+"-urp")).Office
			o.OpeningHours = newHours()
			must[network.Office](j.t)(j.body.Network.Save(ctx, o))
		}
		return j.body.Network.Refresh(ctx)
	}, func() bool { return !first && must[int](j.t)(j.body.Network.Waiting(j.t.Context())) == 0 }}
}

// way is the whole way from the draft to the other workstation that sees the
// new member's hours.
func (j *joining) way() map[string]step {
	return map[string]step{
		"01 submit":   j.submits(),
		"02 register": j.examines(membership.Register, func(c *membership.Change) { c.Protocol = membership.Protocol{Number: "77/A", Date: "2026-11-23"} }),
		"03 review":   j.examines(membership.StartReview, nil),
		"04 ask":      j.examines(membership.RequestIntegration, func(c *membership.Change) { c.Reason, c.Fields = "Manca il telefono.", []string{"offices.0.phone"} }),
		"05 learn":    j.learns(membership.Integration),
		"06 complete": j.completes(),
		"07 accept":   j.examines(membership.Accept, nil),
		"08 learn":    j.learns(membership.Accepted),
		"09 deliver":  j.delivers(),
		"10 register": j.examines(membership.RegisterAgreement, func(c *membership.Change) { c.Document = j.queued().Agreement }),
		"11 activate": j.examines(membership.Activate, nil),
		"12 letter":   j.writes(),
		"13 learn":    j.learns(membership.Active),
		"14 enrol":    j.enrols(j.body),
		"15 synchronise": syncs(j.t, j.body, func() bool {
			o, there := j.body.Catalogue.Office(joined + "-urp")
			return there && o.Phone == "0172 12345"
		}),
		"16 edit": j.edits(),
		"17 see": syncs(j.t, j.desk, func() bool {
			o, _ := j.desk.Catalogue.Office(joined + "-urp")
			return slices.EqualFunc(o.OpeningHours, newHours(), sameHours)
		}),
	}
}

func sameHours(a, b app.Hours) bool {
	return a.Opens == b.Opens && a.Closes == b.Closes && slices.Equal(a.Days, b.Days)
}

func (j *joining) walk(way map[string]step, take func(name string, s step)) {
	j.t.Helper()
	names := make([]string, 0, len(way))
	for name := range way {
		names = append(names, name)
	}
	slices.Sort(names)
	for _, name := range names {
		take(name, way[name])
		if !way[name].done() {
			j.t.Fatalf("%s is not done: %+v", name, j.filed())
		}
	}
}

// whole wants one request, one case whose history has every event once, one
// authority with one office, and one workstation for the code.
func (j *joining) whole() {
	j.t.Helper()
	ctx := j.t.Context()
	admin := adminCaller()
	page := must[membership.CasePage](j.t)(j.now.Load().MembershipCases(ctx, admin, 0, 100))
	if len(page.Items) != 1 || page.Items[0].ID != j.id || !strings.HasSuffix(page.Items[0].Number, "-00001") {
		j.t.Fatalf("cases: %+v", page.Items)
	}
	events := func(c *membership.Case) (all []membership.Event) {
		for _, e := range c.History {
			all = append(all, e.Event)
		}
		return all
	}
	want := []membership.Event{
		membership.Submit, membership.Register, membership.StartReview, membership.RequestIntegration, membership.Integrate, membership.Accept,
		membership.DeliverAgreement, membership.RegisterAgreement, membership.Activate, membership.IssueLetter,
	}
	f := j.filed()
	for who, c := range map[string]*membership.Case{"hub": &page.Items[0], "body": f.Case, "region": j.queued()} {
		if got := events(c); !slices.Equal(got, want) {
			j.t.Errorf("history at the %s: %v", who, got)
		}
	}
	if raw := must[[]byte](j.t)(json.Marshal(f)); bytes.Contains(raw, []byte(j.letter.Code)) {
		j.t.Error("the applicant is shown the code")
	}
	if n := j.lines(wire.TypeAuthority, joined); n != 1 {
		j.t.Errorf("%d authorities", n)
	}
	if n := j.lines(wire.TypeOffice, joined+"-urp"); n != 1 {
		j.t.Errorf("%d offices", n)
	}
	if o := j.body.Catalogue.Offices(joined); len(o) != 1 {
		j.t.Errorf("offices: %+v", o)
	}
	if devices := must[[]wire.DeviceRecord](j.t)(j.now.Load().ListDevices(ctx, joined)); len(devices) != 1 || devices[0].ID != j.body.device().ID {
		j.t.Errorf("workstations: %+v", devices)
	}
	if p := must[[]membership.Decision](j.t)(j.region.Review.Waiting(ctx)); len(p) != 0 {
		j.t.Errorf("decisions left: %+v", p)
	}
	j.body.searches()
}

// lines counts the lines of a kind that have an identifier.
func (j *joining) lines(kind, id string) (n int) {
	j.t.Helper()
	var out bytes.Buffer
	ok(j.t, j.now.Load().Export(context.Background(), kind, &out))
	for line := range strings.Lines(out.String()) {
		var head struct{ ID string }
		ok(j.t, json.Unmarshal([]byte(line), &head))
		if head.ID == id {
			n++
		}
	}
	return n
}

// A body joins over a good link.
func TestABodyJoins(t *testing.T) {
	j := newJoining(t)
	j.id = j.draft(j.body)
	j.walk(j.way(), func(_ string, s step) { ok(t, s.do()) })
	j.whole()
	first := must[network.FirstSteps](t)(j.body.Network.FirstSteps(t.Context()))
	if !first.New || first.Left == 0 {
		t.Errorf("first steps: %+v", first)
	}
}

// At every step of it the link ends at every call: before the hub hears of
// it, and after it has answered; each time the program is started again.
func TestABodyJoinsOverALinkThatEndsAtEveryCall(t *testing.T) {
	j := newJoining(t)
	j.id = j.draft(j.body)
	cuts := 0
	var last error
	j.walk(j.way(), func(name string, s step) {
		for passed := int64(0); !s.done(); passed++ {
			if passed > 40 {
				t.Fatalf("%s comes to no end: %v", name, last)
			}
			for _, how := range []bad{refused, lost} {
				if s.done() {
					break
				}
				var n atomic.Int64
				j.stand(func(w http.ResponseWriter, r *http.Request, hub http.Handler) {
					switch at := n.Add(1); {
					case at <= passed:
						hub.ServeHTTP(w, r)
					case at == passed+1 && how == lost:
						spoil(w, r, hub, lost, j.clock.Now())
					default:
						nobody(w, r)
					}
				})
				last = s.do()
				if last == nil && !s.done() && n.Load() > passed {
					t.Fatalf("%s: said to be done, and is not", name)
				}
				cuts++
				s.who.restart()
			}
		}
		j.stand(nil)
	})
	j.stand(nil)
	ok(t, j.body.Applications.Refresh(t.Context()))
	ok(t, j.region.Review.Refresh(t.Context()))
	t.Logf("%d cuts", cuts)
	j.whole()
}

func TestABodyJoinsByAStick(t *testing.T) {
	j := newJoining(t)
	j.id = j.draft(j.body)
	ctx := t.Context()
	j.away()
	must[membership.Filed](t)(j.body.Applications.Submit(ctx, j.id))
	wantCode(t, j.body.Applications.Refresh(ctx), app.CodeHubUnreachable)
	stick := filepath.Join(t.TempDir(), "richiesta.polis")
	ok(t, station.WriteFile(stick, func(w io.Writer) error { return j.body.Applications.Export(ctx, j.id, w) }))
	_, err := j.region.Review.Import(ctx, stick)
	wantCode(t, err, app.CodeHubUnreachable)
	j.stand(nil)
	for range 2 {
		c := must[membership.Case](t)(j.region.Review.Import(ctx, stick))
		if c.ID != j.id || c.State != membership.Sent || len(c.History) != 1 {
			t.Fatalf("%+v", c)
		}
	}
	way := j.way()
	j.walk(way, func(_ string, s step) { ok(t, s.do()) })
	j.whole()
	text := must[[]byte](t)(os.ReadFile(stick))
	text[len(text)/2] ^= 1
	ok(t, os.WriteFile(stick, text, 0o600))
	_, err = j.region.Review.Import(ctx, stick)
	wantCode(t, err, app.CodeMembershipFile)
}

// sticks carry files between a body that never has a link and the region.
type sticks struct {
	*joining
	last []string // files that went up, all still in the drawer
}

// up exports what waits; the examiner takes it over twice.
func (k *sticks) up() step {
	return step{k.region, func() error {
		path := filepath.Join(k.t.TempDir(), "richiesta.polis")
		ok(k.t, station.WriteFile(path, func(w io.Writer) error { return k.body.Applications.Export(k.t.Context(), k.id, w) }))
		k.last = append(k.last, path)
		for range 2 {
			must[membership.Case](k.t)(k.region.Review.Import(k.t.Context(), path))
		}
		return nil
	}, func() bool { return true }}
}

// down brings how the request stands; the body reads it twice.
func (k *sticks) down(s membership.State) step {
	return step{k.body, func() error {
		ctx := k.t.Context()
		answer, err := k.now.Load().MembershipAnswer(ctx, adminCaller(), k.id)
		path := filepath.Join(k.t.TempDir(), "risposta.polis")
		if err == nil {
			err = os.WriteFile(path, answer, 0o600)
		}
		for range 2 {
			if err == nil {
				_, err = k.body.Applications.ReadAnswer(ctx, path)
			}
		}
		return err
	}, func() bool { f := k.filed(); return f.State() == s && f.Waiting == 0 && f.Problem == "" }}
}

// A workstation without a link joins by sticks alone until the letter with the
// code is there; then the link comes, and everything that a stick brought has
// happened once.
func TestABodyJoinsBySticksAlone(t *testing.T) {
	j := newJoining(t)
	ctx := t.Context()
	n := must[membership.Network](t)(j.now.Load().NetworkSettings(ctx))
	n.Hub = "https://127.0.0.1:1" // where nobody is
	ok(t, j.body.Applications.SetNetwork(ctx, n))
	j.id = j.draft(j.body)
	k := &sticks{joining: j}
	_ = j.body.Applications.Refresh(ctx)
	completes, delivers := j.completes(), j.delivers()
	unlinked := func(s step) func() error {
		return func() error { wantCode(t, s.do(), app.CodeHubUnreachable); return nil } // it waits
	}
	yes := func() bool { return true }
	way := j.way()
	names := []string{"02 register", "03 review", "04 ask"}
	j.walk(map[string]step{"01": k.up(), "02": k.down(membership.Sent)}, func(_ string, s step) { ok(t, s.do()) })
	for _, name := range names {
		ok(t, way[name].do())
	}
	j.walk(map[string]step{
		"05 down": k.down(membership.Integration), "06 complete": {j.body, unlinked(completes), yes}, "07 up": k.up(),
		"08 down": k.down(membership.UnderReview), "09 accept": way["07 accept"], "10 down": k.down(membership.Accepted),
		"11 deliver": {j.body, unlinked(delivers), yes}, "12 up": k.up(), "13 down": k.down(membership.Accepted),
		"14 register": way["10 register"], "15 activate": way["11 activate"], "16 letter": way["12 letter"], "17 down": k.down(membership.Active),
	}, func(_ string, s step) { ok(t, s.do()); s.who.restart() })
	for i, path := range k.last { // from the drawer, once more
		c, err := j.region.Review.Import(ctx, path)
		if i == 0 {
			wantCode(t, err, app.CodeMembershipOlder)
			continue
		}
		ok(t, err)
		if c.State != membership.Active {
			t.Errorf("%s after an old stick", c.State)
		}
	}
	if code := j.code(); code != j.letter.Code {
		t.Errorf("the letter says %s", code)
	}
	n.Hub = j.server.URL
	ok(t, j.body.Applications.SetNetwork(ctx, n))
	ok(t, j.body.Applications.Refresh(ctx))
	ok(t, way["14 enrol"].do())
	ok(t, way["15 synchronise"].do())
	j.whole()
}

func adminCaller() region.Caller { return region.Administrator("") }
