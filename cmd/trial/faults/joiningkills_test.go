package faults

import (
	"bytes"
	"encoding/json"
	"maps"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"

	"polis/app"
	"polis/app/membership"
	"polis/app/membership/specimen"
	"polis/cmd/station"
	"polis/cmd/trial"
	"polis/data/wire"
)

// killing takes a body into the network by the real programs, and kills them.
type killing struct {
	t          *testing.T
	r          *rand.Rand
	hub        *trial.Hub
	body, desk ctl
	id, code   string
	files      []string // what the body attached
	usual      time.Duration
	kills      [2]int // of the programs that people call, of the hub
}

// killSeed is that of POLIS_SEED or another every time; it is always said.
func killSeed(t *testing.T) uint64 {
	t.Helper()
	n := uint64(time.Now().UnixNano())
	if text := os.Getenv("POLIS_SEED"); text != "" {
		n = must[uint64](t)(strconv.ParseUint(text, 10, 64))
	}
	t.Logf("POLIS_SEED=%d", n)
	return n
}

func newKilling(t *testing.T) *killing {
	t.Helper()
	program := trial.Build(t, "polisctl", "CGO_ENABLED=0")
	k := &killing{
		t: t, r: rand.New(rand.NewPCG(killSeed(t), 5)), hub: trial.NewHub(t, trial.SampleFiles(t)...),
		body: ctl{t, program, filepath.Join(t.TempDir(), "nuova")}, desk: ctl{t, program, filepath.Join(t.TempDir(), "altra")},
	}
	k.hub.Serve()
	k.hub.Listen = strings.TrimPrefix(k.hub.URL, "https://")
	k.desk.good("enrol", "--hub", k.hub.URL, "--code", k.hub.Code("demo_borgo", "demo_borgo-urp"), "--ca", k.hub.CA())
	k.desk.good("sync")
	start := time.Now()
	k.body.good("membership", "list")
	k.usual = time.Since(start)
	return k
}

// called is one run of a program.
type called struct {
	out, errs string
	err       error
	spared    bool // nobody was killed
}

// call runs a program; when after is not negative it, or the hub, is killed
// then, unless it has ended. The hub starts again at once.
func (k *killing) call(cmd *exec.Cmd, after time.Duration, hub bool) called {
	k.t.Helper()
	var stdout, stderr bytes.Buffer
	cmd.Stdout, cmd.Stderr = &stdout, &stderr
	cmd.Env = append(os.Environ(), "POLIS_LANG=it", "POLIS_KEYRING=off")
	ok(k.t, cmd.Start())
	ended := make(chan error, 1)
	go func() { ended <- cmd.Wait() }()
	var moment <-chan time.Time
	if after >= 0 {
		moment = time.After(after)
	}
	c := called{spared: true}
	select {
	case c.err = <-ended:
	case <-moment:
		c.spared = false
		if hub {
			k.kills[1]++
			k.hub.Kill()
			k.hub.Serve()
		} else {
			k.kills[0]++
			_ = cmd.Process.Kill() // one that has just ended needs it no more
		}
		c.err = <-ended
	}
	c.out, c.errs = stdout.String(), stderr.String()
	return c
}

// act is what a person does by one command, as often as it takes.
type act struct {
	by   string // "body", "desk", or "hub" for the commands beside it
	args []string
	done func(out string) bool // out: of the run that said that all is well
}

func (k *killing) command(a act) *exec.Cmd {
	switch a.by {
	case "body":
		return exec.CommandContext(k.t.Context(), k.body.program, append([]string{"--data", k.body.folder}, a.args...)...)
	case "desk":
		return exec.CommandContext(k.t.Context(), k.desk.program, append([]string{"--data", k.desk.folder}, a.args...)...)
	}
	return exec.CommandContext(k.t.Context(), k.hub.Program, append([]string{"--data", k.hub.Data}, a.args...)...)
}

// take does a step while the programs are killed, each time a little later,
// until one says that it is done; then once more, as somebody does who did not
// see it. What is refused must be told in words.
func (k *killing) take(name string, a act) string {
	k.t.Helper()
	after := time.Duration(0)
	done := func(out string) bool { return a.done == nil || a.done(out) }
	var last called
	for try := 0; ; try++ {
		after += time.Duration(k.r.Int64N(int64(k.usual)/3 + 1))
		if try >= 14 {
			after = -1
		}
		last = k.call(k.command(a), after, k.r.IntN(4) == 0)
		if last.err == nil || last.spared {
			break
		}
	}
	if !done(last.out) {
		k.t.Fatalf("%s: not done: %v\n%s%s", name, last.err, last.out, last.errs)
	}
	again := k.call(k.command(a), -1, false)
	for _, c := range []called{last, again} {
		told := strings.HasPrefix(c.errs, "error: ") && strings.Contains(c.errs, "\nhint: ")
		if c.err != nil && (a.by == "hub" || !told) { // the same change gets the same answer
			k.t.Errorf("%s: %v: %s", name, c.err, c.errs)
		}
	}
	if again.err != nil {
		return last.out
	}
	if !done(again.out) {
		k.t.Fatalf("%s: undone by doing it again\n%s%s", name, again.out, again.errs)
	}
	return again.out
}

// filed is a request as polisctl shows it.
type filed struct {
	ID      string
	State   membership.State
	Waiting int
	Number  string
	Case    *membership.Case
	Request membership.Request
}

func parsed[T any](t *testing.T, text string) (v T) {
	t.Helper()
	if err := json.Unmarshal([]byte(text), &v); err != nil {
		t.Fatalf("%v in %s", err, text)
	}
	return v
}

func (k *killing) filed() filed {
	k.t.Helper()
	return parsed[filed](k.t, k.body.good("--json", "membership", "show", k.id))
}

func (k *killing) file(name string, content []byte) string {
	k.t.Helper()
	path := filepath.Join(k.t.TempDir(), name)
	ok(k.t, os.WriteFile(path, content, 0o600))
	return path
}

// stands wants the body to see a state, with nothing on its way.
func (k *killing) stands(states ...membership.State) func(string) bool {
	return func(string) bool {
		f := k.filed()
		return f.Waiting == 0 && f.Case != nil && slices.Contains(states, f.State)
	}
}

// attaches adds a document to the request.
func (k *killing) attaches(kind, path string) {
	k.t.Helper()
	sum := wire.Hash(must[[]byte](k.t)(os.ReadFile(path)))
	k.files = append(k.files, path)
	k.take("attach", act{"body", []string{"membership", "attach", k.id, path, "--kind", kind}, func(string) bool {
		return slices.ContainsFunc(k.filed().Request.Documents, func(d membership.Document) bool { return d.SHA256 == sum })
	}})
}

// decides lets the region decide, by one change, and the body see it.
func (k *killing) decides(to membership.State, command string, flags ...string) {
	k.t.Helper()
	args := append([]string{"membership", command, k.id, "--json", "--change", uuid.Must(uuid.NewV7()).String()}, flags...)
	k.take(command, act{"hub", args, func(out string) bool {
		seen := parsed[struct {
			State membership.State
			Case  struct{ State membership.State }
		}](k.t, out)
		return seen.State == to || seen.Case.State == to
	}})
	k.take("refresh after "+command, act{"body", []string{"membership", "refresh"}, k.stands(to)})
}

// asks goes from the region's settings to the accepted request.
func (k *killing) asks() {
	settings := filepath.Join(k.t.TempDir(), "rete.json")
	k.hub.Run("settings", "--address", k.hub.URL, "--out", settings)
	k.take("network", act{"body", []string{"membership", "network", "--file", settings}, nil})
	form := k.file("richiesta.json", must[[]byte](k.t)(json.Marshal(specimen.Request(""))))
	k.id = parsed[filed](k.t, k.take("new", act{"body", []string{"--json", "membership", "new", "--from", form}, nil})).ID
	k.attaches(membership.DocumentAct, k.file("delibera.pdf", append([]byte("%PDF-1.7 delibera "), bytes.Repeat([]byte("pagina "), 90_000)...)))
	submit := act{"body", []string{"membership", "submit", k.id}, k.stands(membership.Sent)}
	k.take("submit", submit)
	k.decides(membership.Registered, "register", "--protocol", "77/A", "--date", "2026-11-23")
	k.decides(membership.UnderReview, "review")
	k.decides(membership.Integration, "request-integration", "--reason", "Manca l'allegato.", "--field", "documents")
	k.attaches(membership.DocumentOther, k.file("allegato.pdf", []byte("%PDF-1.7 allegato")))
	submit.done = k.stands(membership.UnderReview)
	k.take("submit again", submit)
	k.decides(membership.Accepted, "accept")
}

// joins goes from the agreement to the workstation that is in.
func (k *killing) joins() {
	agreement := trial.SignedFile(k.t, []byte("%PDF-1.7 protocollo d'intesa"))
	k.files = append(k.files, agreement)
	k.take("agreement", act{"body", []string{"membership", "agreement", k.id, agreement}, func(string) bool {
		f := k.filed()
		return f.Waiting == 0 && f.Case.Agreement != nil
	}})
	k.decides(membership.Signed, "register-agreement")
	k.decides(membership.Active, "activate")
	letter := []string{"membership", "letter", k.id, "--json", "--print-code", "--address", k.hub.URL, "--pec", specimen.PEC, "--change", uuid.Must(uuid.NewV7()).String()}
	k.code = parsed[struct{ Code string }](k.t, k.take("letter", act{"hub", letter, nil})).Code
	k.take("enrol", act{"body", []string{"enrol", "--hub", k.hub.URL, "--code", k.code, "--ca", k.hub.CA()}, func(string) bool {
		return parsed[struct{ Authority string }](k.t, k.body.good("--json", "status")).Authority == joined
	}})
	k.take("sync", act{"body", []string{"sync"}, nil})
	k.take("refresh", act{"body", []string{"membership", "refresh"}, k.stands(membership.Active)})
}

func (k *killing) office() (o struct {
	app.Office
	Edit string
},
) {
	k.t.Helper()
	ok(k.t, json.Unmarshal([]byte(k.body.good("--json", "office", "show", joined+"-urp")), &o))
	return o
}

// opens changes the office's hours and lets the other workstation see them.
func (k *killing) opens() {
	o := k.office().Office
	o.OpeningHours = newHours()
	edited := k.file("sportello.json", must[[]byte](k.t)(json.Marshal(o)))
	is := func(string) bool { return slices.EqualFunc(k.office().OpeningHours, newHours(), sameHours) }
	k.take("office edit", act{"body", []string{"--json", "office", "edit", o.ID, "--from", edited}, is})
	k.take("sync after the edit", act{"body", []string{"sync"}, func(string) bool { return is("") && k.office().Edit == "" }})
	k.take("sync of another", act{"desk", []string{"sync"}, nil})
}

// open opens a folder as its window would.
func (k *killing) open(folder string) *station.Station {
	k.t.Helper()
	s := must[*station.Station](k.t)(station.Open(k.t.Context(), station.Params{Folder: folder, Clock: app.SystemClock{}, Location: time.UTC}))
	k.t.Cleanup(func() { ok(k.t, s.Close()) })
	return s
}

// once wants one request, every event once on both sides, one authority, one
// office and one workstation.
func (k *killing) once() {
	t := k.t
	t.Helper()
	want := []membership.Event{
		membership.Submit, membership.Register, membership.StartReview, membership.RequestIntegration, membership.Integrate, membership.Accept,
		membership.DeliverAgreement, membership.RegisterAgreement, membership.Activate, membership.IssueLetter,
	}
	cases := parsed[[]membership.Case](t, k.hub.Run("membership", "list", "--json"))
	if len(cases) != 1 || cases[0].ID != k.id || !strings.HasSuffix(cases[0].Number, "-00001") {
		t.Fatalf("cases: %+v", cases)
	}
	hub, own := parsed[membership.Case](t, k.hub.Run("membership", "show", k.id, "--json")), k.filed()
	for who, c := range map[string]*membership.Case{"hub": &hub, "body": own.Case} {
		var got []membership.Event
		for _, e := range c.History {
			got = append(got, e.Event)
		}
		if !slices.Equal(got, want) {
			t.Errorf("history at the %s: %v", who, got)
		}
	}
	for _, f := range parsed[struct{ Items []filed }](t, k.body.good("--json", "membership", "list")).Items {
		if f.ID != k.id && (f.State != membership.Draft || f.Number != "" || f.Waiting != 0) { // a draft of which nobody was told
			t.Errorf("another request: %+v", f)
		}
	}
	for kind, id := range map[string]string{wire.TypeAuthority: joined, wire.TypeOffice: joined + "-urp"} {
		lines := map[string]int{}
		for line := range strings.Lines(k.hub.Run("export", "--type", kind)) {
			if head := parsed[struct{ ID string }](t, line).ID; strings.HasPrefix(head, joined) {
				lines[head]++
			}
		}
		if !maps.Equal(lines, map[string]int{id: 1}) {
			t.Errorf("%s: %v", kind, lines)
		}
	}
	if list := k.hub.Run("device", "list"); strings.Count(list, joined+"-urp") != 1 {
		t.Errorf("workstations:\n%s", list)
	}
}

// whole wants the documents as they were attached, at the body and at the
// region, the hours at the other workstation, and sound files everywhere.
func (k *killing) whole() {
	t := k.t
	t.Helper()
	ctx := t.Context()
	for _, c := range []ctl{k.body, k.desk} {
		c.good("diagnose")
		if s := c.status(); s.Waiting != 0 || s.Quarantined != 0 || s.Sheets < 80 {
			t.Errorf("%+v", s)
		}
	}
	body, desk, region := k.open(k.body.folder), k.open(k.desk.folder), k.open(filepath.Join(t.TempDir(), "regione"))
	ok(t, region.Enrol(ctx, k.hub.URL, strings.TrimSpace(k.hub.Run("enrolment-code", "--authority", "demo_borgo", "--office", "demo_borgo-urp", "--role", wire.RoleExaminer)),
		must[[]byte](t)(os.ReadFile(k.hub.CA()))))
	if o, there := desk.Catalogue.Office(joined + "-urp"); !there || !slices.EqualFunc(o.OpeningHours, newHours(), sameHours) {
		t.Errorf("the other workstation sees %+v", o)
	}
	for _, path := range k.files {
		content := must[[]byte](t)(os.ReadFile(path))
		sum := wire.Hash(content)
		for who, at := range map[string]string{
			"body": must[string](t)(body.Applications.Open(ctx, sum)), "region": must[string](t)(region.Review.Fetch(ctx, k.id, sum)),
		} {
			if got := must[[]byte](t)(os.ReadFile(at)); !bytes.Equal(got, content) {
				t.Errorf("%s at the %s: %d bytes of %d", filepath.Base(path), who, len(got), len(content))
			}
		}
	}
}

// A body joins while every program on its way is killed, the applicant's, the
// region's commands and the hub, at several moments of every step.
func TestABodyJoinsThoughProgramsAreKilled(t *testing.T) {
	k := newKilling(t)
	k.asks()
	k.joins()
	k.opens()
	k.once()
	k.whole()
	t.Logf("%d programs and %d hubs killed", k.kills[0], k.kills[1])
	if k.kills[0] == 0 || k.kills[1] == 0 {
		t.Error("nobody was killed")
	}
}
