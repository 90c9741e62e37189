package sqlite

import (
	"context"
	"encoding/json"
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"polis/app"
	"polis/app/exchange"
	"polis/app/membership"
	"polis/app/network"
	"polis/data/wire"
)

// townHall is a hub that keeps one office.
type townHall struct {
	line  []byte
	hash  string
	puts  int
	lose  bool     // the next answer is lost on its way
	code  app.Code // every answer is this refusal
	gone  bool     // the office is not there any more
	asked func()   // before an answer
}

func (h *townHall) PutOffice(_ context.Context, id string, line []byte, match []string) ([]byte, error) {
	h.puts++
	if h.asked != nil {
		h.asked()
	}
	if h.code != "" {
		return nil, app.Fault(h.code, errors.New("no"), "hub", "h")
	}
	if h.gone != (len(match) == 0) || !h.gone && !slices.Contains(match, h.hash) {
		if h.gone {
			return nil, app.Fault(app.CodeChanged, nil, "what", id)
		}
		return h.line, app.Fault(app.CodeChanged, nil, "what", id)
	}
	h.take(line)
	if h.lose {
		h.lose = false
		return nil, app.Fault(app.CodeHubUnreachable, errors.New("cut"), "hub", "h")
	}
	return line, nil
}

func (h *townHall) take(line []byte) {
	e, _, err := wire.ParseLine(line)
	if err != nil {
		panic(err)
	}
	h.line, h.hash, h.gone = e.Line, e.Hash, false
}

func (h *townHall) Office(context.Context, string) ([]byte, error) { return h.line, nil }

func (h *townHall) office(t *testing.T) app.Office {
	t.Helper()
	e, _, err := wire.ParseLine(h.line)
	ok(t, err)
	o, err := e.Office()
	ok(t, err)
	return o
}

// leave is what somebody else leaves at the hub.
func (h *townHall) leave(t *testing.T, change func(o *app.Office)) {
	t.Helper()
	o := h.office(t)
	change(&o)
	h.take(officeLine(t, o))
}

func officeLine(t *testing.T, o app.Office) []byte {
	t.Helper()
	raw, err := json.Marshal(struct {
		Type string `json:"type"`
		app.Office
	}{wire.TypeOffice, o})
	ok(t, err)
	return raw
}

// hall is a workstation that edits offices, over real files; another start of
// the program is another use case over the same.
type hall struct {
	t         *testing.T
	folder    string
	catalogue *offices
	office    *Office
	hub       *townHall
	role      string
	sent      int
	*network.Offices
}

// offices is a catalogue of offices and sheets.
type offices struct {
	list    []app.Office
	sheets  []string
	adapted map[string]bool
}

func (c *offices) Offices(authority string) (own []app.Office) {
	for _, o := range c.list {
		if o.Authority == authority {
			own = append(own, o)
		}
	}
	return own
}

func (c *offices) Office(id string) (app.Office, bool) {
	i := slices.IndexFunc(c.list, func(o app.Office) bool { return o.ID == id })
	if i < 0 {
		return app.Office{}, false
	}
	return c.list[i], true
}

func (c *offices) Readings(_ context.Context, codes []string) (out []app.Reading, err error) {
	for _, code := range codes {
		if slices.Contains(c.sheets, code) {
			sheet := app.Sheet{Code: code, Title: "Scheda " + code}
			out = append(out, app.Adapt(&sheet, nil))
		}
	}
	return out, nil
}

func (c *offices) Adapted(context.Context, string, []string) (map[string]bool, error) {
	return c.adapted, nil
}

func newHall(t *testing.T) *hall {
	t.Helper()
	urp := app.Office{ID: "demo-urp", Authority: "demo", Name: "URP", Kind: "urp", Phone: "0172 1", Email: "urp@demo.example"}
	h := &hall{t: t, folder: t.TempDir(), hub: &townHall{}, role: wire.RoleEditor}
	h.catalogue = &offices{list: []app.Office{urp, {ID: "other-urp", Authority: "other", Name: "Altro"}}, sheets: []string{"a", "b"}}
	h.hub.take(officeLine(t, urp))
	h.start()
	return h
}

// start opens the file again, as after a kill.
func (h *hall) start() {
	h.t.Helper()
	if h.office != nil {
		ok(h.t, h.office.Close())
	}
	h.office = office(h.t, h.folder)
	h.Offices = network.New(network.Params{
		Store: h.office, Catalogue: h.catalogue, Clock: app.ClockFunc(func() time.Time { return noon }),
		Authority: func(context.Context) string { return "demo" },
		Who:       func(context.Context) (string, string) { return "anna", h.role },
		Connect:   func(context.Context) (network.Hub, error) { return h.hub, nil },
		Sent:      func() { h.sent++ },
	})
	ok(h.t, h.Load(context.Background()))
}

func (h *hall) edit(change func(o *app.Office)) network.Office {
	h.t.Helper()
	o := h.now().Office
	change(&o)
	saved, err := h.Save(context.Background(), o)
	ok(h.t, err)
	return saved
}

func (h *hall) now() network.Office {
	h.t.Helper()
	o, err := h.Get(context.Background(), "demo-urp")
	ok(h.t, err)
	return o
}

// synchronised lets the catalogue be as the hub is.
func (h *hall) synchronised() {
	h.t.Helper()
	h.catalogue.list[0] = h.hub.office(h.t)
}

func (h *hall) wants(state network.State, phone string) {
	h.t.Helper()
	o := h.now()
	var at network.State
	if o.Edit != nil {
		at = o.Edit.State
	}
	if at != state || o.Phone != phone {
		h.t.Fatalf("%q, %q; want %q, %q", at, o.Phone, state, phone)
	}
}

func phone(number string) func(o *app.Office) { return func(o *app.Office) { o.Phone = number } }

func TestOfficeEditShowsAtOnceAndArrives(t *testing.T) {
	ctx, h := context.Background(), newHall(t)
	h.edit(phone("0172 2"))
	h.wants(network.Waiting, "0172 2")
	if o := h.Shown(h.catalogue.list[0]); o.Phone != "0172 2" {
		t.Errorf("the desk shows %q", o.Phone)
	}
	if n, err := h.Waiting(ctx); n != 1 || err != nil {
		t.Errorf("%d wait, %v", n, err)
	}
	ok(t, h.Refresh(ctx))
	h.wants(network.Sent, "0172 2")
	if h.hub.office(t).Phone != "0172 2" || h.sent == 0 {
		t.Error("the hub has it not, or nobody synchronises")
	}
	h.synchronised()
	h.wants("", "0172 2")
	ok(t, h.Refresh(ctx))
	if h.hub.puts != 1 {
		t.Errorf("sent %d times", h.hub.puts)
	}
}

// What the catalogue has and no form would take, hours past midnight among it,
// keeps nobody from changing something else; what is changed is checked.
func TestOfficeEditBesideWhatNoFormTakes(t *testing.T) {
	ctx, h := context.Background(), newHall(t)
	odd := h.catalogue.list[0]
	odd.Phone, odd.Email = "chiedere del 112", "urp(at)demo"
	odd.OpeningHours = []app.Hours{{Days: []string{"FR", "SA"}, Opens: "20:00", Closes: "02:00"}, {Days: []string{"MO"}, Opens: "9:00", Closes: "12:00"}}
	odd.Closures = []app.Closure{{Reason: "sempre"}}
	h.catalogue.list[0] = odd
	h.hub.take(officeLine(t, odd))
	saved := h.edit(func(o *app.Office) { o.OpeningNotes = "Suonare." })
	if saved.OpeningNotes != "Suonare." || !slices.Equal(saved.OpeningHours[0].Days, odd.OpeningHours[0].Days) {
		t.Errorf("%+v", saved.Office)
	}
	ok(t, h.Refresh(ctx))
	if got := h.hub.office(t); got.OpeningNotes != "Suonare." || got.OpeningHours[0].Closes != "02:00" {
		t.Errorf("%+v", got)
	}
	for field, change := range map[string]func(o *app.Office){
		"phone":            phone("chiedere del 113"),
		"opening_hours.MO": func(o *app.Office) { o.OpeningHours[1].Closes = "8:00" },
		"closures.0.from":  func(o *app.Office) { o.Closures[0].Reason = "mai" },
	} {
		typed := h.now().Office
		typed.OpeningHours, typed.Closures = slices.Clone(typed.OpeningHours), slices.Clone(typed.Closures)
		change(&typed)
		if _, err := h.Save(ctx, typed); app.ErrorCode(err) != app.CodeInvalid || !strings.HasPrefix(app.ErrorParams(err)["field"], strings.Split(field, ".")[0]) {
			t.Errorf("%s: %v %v", field, err, app.ErrorParams(err))
		}
	}
}

// The answer is lost and the program is killed; then the edit itself is
// edited: it never meets itself as somebody else's.
func TestOfficeEditAfterALostAnswer(t *testing.T) {
	ctx, h := context.Background(), newHall(t)
	h.hub.lose = true
	h.edit(phone("0172 2"))
	if err := h.Refresh(ctx); app.ErrorCode(err) != app.CodeHubUnreachable {
		t.Fatal(err)
	}
	h.start()
	h.wants(network.Waiting, "0172 2")
	h.hub.lose = true
	ok(t, errors.Join(ignored(h.Refresh(ctx), app.CodeHubUnreachable)))
	h.edit(phone("0172 3"))
	ok(t, h.Refresh(ctx))
	h.wants(network.Sent, "0172 3")
	if h.hub.office(t).Phone != "0172 3" {
		t.Errorf("%+v", h.hub.office(t))
	}
	h.synchronised()
	h.wants("", "0172 3")
}

func ignored(err error, code app.Code) error {
	if app.ErrorCode(err) == code {
		return nil
	}
	return err
}

// A kill between what was decided and what was sent.
func TestOfficeEditSurvivesAKill(t *testing.T) {
	ctx, h := context.Background(), newHall(t)
	typed := h.now().Office
	typed.Phone = "0172 7"
	at, err := h.Keep(ctx, typed)
	if err != nil || !at.Equal(noon) {
		t.Fatal(at, err)
	}
	h.start()
	if d := h.now().Draft; d == nil || d.Office.Phone != "0172 7" {
		t.Fatalf("%+v", d)
	}
	h.wants("", "0172 1") // a draft is nobody's hours yet
	h.edit(phone("0172 7"))
	h.start()
	h.wants(network.Waiting, "0172 7")
	if h.now().Draft != nil {
		t.Error("the draft of what was saved is still there")
	}
	h.hub.asked = func() { h.start() } // the program ends while it sends, and begins again
	_ = h.Refresh(ctx)                 // its file was closed below it
	h.hub.asked = nil
	ok(t, h.Refresh(ctx))
	h.wants(network.Sent, "0172 7")
}

func TestOfficeEditMeetsAnother(t *testing.T) {
	ctx, h := context.Background(), newHall(t)
	h.edit(func(o *app.Office) { o.Phone, o.OpeningNotes = "0172 2", "su appuntamento" })
	h.hub.leave(t, func(o *app.Office) { o.Phone, o.Email = "0172 9", "loro@demo.example" })
	ok(t, h.Refresh(ctx))
	h.wants(network.Changed, "0172 2")
	e := h.now().Edit
	want := []network.Difference{{Part: "phone", Ours: true}, {Part: "email"}, {Part: "opening_notes", Ours: true}}
	if !slices.Equal(e.Differences(), want) {
		t.Errorf("%+v", e.Differences())
	}
	if o := h.Shown(h.catalogue.list[0]); o.Phone != "0172 1" {
		t.Errorf("what nobody has decided is shown to citizens: %+v", o)
	}
	h.start()
	if _, err := h.KeepMine(ctx, "demo-urp"); err != nil {
		t.Fatal(err)
	}
	ok(t, h.Refresh(ctx))
	if o := h.hub.office(t); o.Phone != "0172 2" || o.Email != "loro@demo.example" || o.OpeningNotes != "su appuntamento" {
		t.Errorf("%+v", o)
	}

	h.synchronised()
	h.edit(phone("0172 3"))
	h.hub.leave(t, phone("0172 8"))
	ok(t, h.Refresh(ctx))
	given := *h.now().Edit
	if _, err := h.TakeTheirs(ctx, "demo-urp"); err != nil {
		t.Fatal(err)
	}
	h.synchronised()
	h.wants("", "0172 8")
	if _, err := h.PutBack(ctx, given); err != nil {
		t.Fatal(err)
	}
	h.wants(network.Changed, "0172 3")
}

// Somebody left the very same: nothing to decide.
func TestOfficeEditMeetsItself(t *testing.T) {
	ctx, h := context.Background(), newHall(t)
	h.edit(phone("0172 2"))
	h.hub.leave(t, phone("0172 2"))
	ok(t, h.Refresh(ctx))
	h.wants(network.Sent, "0172 2")
}

func TestOfficeIsGoneAtTheHub(t *testing.T) {
	ctx, h := context.Background(), newHall(t)
	h.edit(phone("0172 2"))
	h.hub.gone = true
	ok(t, h.Refresh(ctx))
	h.wants(network.Changed, "0172 2")
	if e := h.now().Edit; e.Theirs != nil {
		t.Errorf("%+v", e.Theirs)
	}
	if _, err := h.KeepMine(ctx, "demo-urp"); err != nil {
		t.Fatal(err)
	}
	ok(t, h.Refresh(ctx))
	h.wants(network.Sent, "0172 2")
}

func TestOfficeEditIsRefused(t *testing.T) {
	ctx, h := context.Background(), newHall(t)
	h.edit(phone("0172 2"))
	h.hub.code = app.CodeForbidden
	ok(t, h.Refresh(ctx))
	h.wants(network.Refused, "0172 2")
	if e := h.now().Edit; e.Problem != app.CodeForbidden || e.Params["hub"] != "h" {
		t.Errorf("%+v", e)
	}
	h.hub.code = ""
	ok(t, h.Refresh(ctx))
	if h.hub.puts != 1 {
		t.Error("a refused edit was sent again")
	}
	h.edit(phone("0172 3"))
	ok(t, h.Refresh(ctx))
	h.wants(network.Sent, "0172 3")
}

func TestOfficeEditUndone(t *testing.T) {
	ctx, h := context.Background(), newHall(t)
	h.edit(phone("0172 2"))
	if _, err := h.Undo(ctx, "demo-urp"); err != nil {
		t.Fatal(err)
	}
	h.wants("", "0172 1")
	h.edit(phone("0172 2"))
	ok(t, h.Refresh(ctx))
	if _, err := h.Undo(ctx, "demo-urp"); err != nil {
		t.Fatal(err)
	}
	h.wants(network.Waiting, "0172 1")
	ok(t, h.Refresh(ctx))
	if h.hub.office(t).Phone != "0172 1" {
		t.Error("the undone edit stays at the hub")
	}
}

func TestWhoMayEditOffices(t *testing.T) {
	ctx, h := context.Background(), newHall(t)
	typed := h.now().Office
	for role, may := range map[string]bool{
		"": false, wire.RoleOperator: false, wire.RoleExaminer: false, wire.RoleEditor: true, wire.RoleManager: true, wire.RoleAdministrator: true,
	} {
		h.role = role
		typed.Phone = "0172 5"
		_, err := h.Save(ctx, typed)
		if (err == nil) != may || h.May(ctx) != may {
			t.Errorf("%q: %v", role, err)
		}
	}
	h.role = wire.RoleOperator // what waits is brought by who may
	ok(t, h.Refresh(ctx))
	if h.hub.puts != 0 {
		t.Error("an operator brought an edit")
	}
	h.role = wire.RoleManager
	for field, spoil := range map[string]func(o *app.Office){
		"name":  func(o *app.Office) { o.Name = " " },
		"email": func(o *app.Office) { o.Email = "urp@" },
		"place": func(o *app.Office) { lat := 200.0; o.Address = &app.Address{Lat: &lat, Lon: &lat} },
		"closures.0.to": func(o *app.Office) {
			o.Closures = []app.Closure{{Span: app.Span{From: "2026-12-24", To: "2026-12-23"}}}
		},
		"opening_hours.": func(o *app.Office) {
			o.OpeningHours = []app.Hours{{Days: []string{"MO"}, Opens: "12:00", Closes: "09:00"}}
		},
	} {
		bad := h.now().Office
		spoil(&bad)
		if _, err := h.Save(ctx, bad); app.ErrorCode(err) != app.CodeInvalid {
			t.Errorf("%s: %v", field, err)
		}
	}
}

func TestFirstSteps(t *testing.T) {
	ctx, h := context.Background(), newHall(t)
	before, err := h.FirstSteps(ctx)
	if err != nil || before.Joined || before.New || before.Done != 2 || before.Left != 3 {
		t.Fatalf("%+v, %v", before, err)
	}
	line, err := json.Marshal(membership.FirstSteps{Type: membership.TypeFirstSteps, ID: "demo", Sheets: []string{"a", "gone", "b"}, MadeAt: noon})
	ok(t, err)
	change := wire.Change{Entity: wire.Entity{Type: membership.TypeFirstSteps, ID: "demo", Line: line}, Version: 1}
	ok(t, h.office.ApplyPrivate(ctx, exchange.PrivatePage{Cursor: "1", Lines: []wire.Change{change}}))
	h.catalogue.adapted = map[string]bool{"b": true}
	now, err := h.FirstSteps(ctx)
	if err != nil || !now.New || now.Done != 3 || now.Left != 4 {
		t.Fatalf("%+v, %v", now, err)
	}
	h.edit(func(o *app.Office) {
		o.OpeningHours = []app.Hours{{Days: []string{"MO"}, Opens: "08:00", Closes: "12:00"}}
	})
	if now, err = h.FirstSteps(ctx); err != nil || now.Done != 4 {
		t.Errorf("hours that wait count as done: %+v, %v", now, err)
	}
	ok(t, h.Dismiss(ctx))
	h.start()
	if now, err = h.FirstSteps(ctx); err != nil || now.New || !now.Joined || now.Left != 3 {
		t.Errorf("%+v, %v", now, err)
	}
}
