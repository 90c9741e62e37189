// Package network is what an authority does for itself in the network: its
// offices and their hours, and what a new member completes first.
package network

import (
	"context"
	"encoding/json"
	"slices"
	"strings"
	"sync"
	"time"

	"polis/app"
	"polis/app/exchange"
	"polis/app/membership"
	"polis/data/wire"
)

// State says how far an edit has come.
type State string

// States of an edit.
const (
	Waiting State = "waiting" // for the hub
	Sent    State = "sent"    // the hub has it; the catalogue brings it back
	Changed State = "changed" // somebody else changed the office: a person decides
	Refused State = "refused" // the hub does not take it: a person is told
)

// Edit is a change of an office, frozen until the hub has it.
type Edit struct {
	Office app.Office // as it is to be
	Was    app.Office // as it was shown here before
	Base   app.Office // as the hub had it
	// Line is what is sent, Hash its hash.
	Line []byte
	Hash string
	// Match are the hashes of the lines that may lie at the hub for the edit
	// to fit: the one that was read, and earlier edits of this workstation.
	Match    []string
	Operator string // who made it
	At       time.Time
	State    State
	Tried    bool // it may be at the hub
	Problem  app.Code
	Params   map[string]string
	// Theirs is what lies at the hub instead, nil when the office is gone
	// there; TheirHash is its hash.
	Theirs    *app.Office
	TheirHash string
}

// Draft is what somebody is typing.
type Draft struct {
	Office  app.Office
	SavedAt time.Time
}

// Office is one of the own offices.
type Office struct {
	app.Office       // as it is shown here: edited, else of the catalogue
	Edit       *Edit // nil when nothing is under way
	Draft      *Draft
}

// Store is ufficio.db as this use case needs it; every method is one
// transaction, on disk when it returns.
type Store interface {
	OfficeEdits(ctx context.Context) ([]Edit, error)
	// SaveOfficeEdit puts an edit in the place of the one that its office had;
	// what was being typed is no draft any more.
	SaveOfficeEdit(ctx context.Context, e Edit) error
	// AnswerOfficeEdit stores what became of an edit, and EndOfficeEdit removes
	// it, unless another one of the same office has taken its place meanwhile.
	AnswerOfficeEdit(ctx context.Context, e Edit) error
	EndOfficeEdit(ctx context.Context, e Edit) error
	OfficeDrafts(ctx context.Context) (map[string]Draft, error)
	SaveOfficeDraft(ctx context.Context, d Draft) error
	DropOfficeDraft(ctx context.Context, id string) error
	// PrivateLines returns what the private way down brought of a type.
	PrivateLines(ctx context.Context, kind string) ([][]byte, error)
	Setting(ctx context.Context, key string) (string, error)
	SetSetting(ctx context.Context, key, value string) error
}

// Catalogue is catalogo.db as this use case needs it.
type Catalogue interface {
	Offices(authority string) []app.Office
	Office(id string) (app.Office, bool)
	Readings(ctx context.Context, codes []string) ([]app.Reading, error)
	// Adapted returns which of the sheets an authority has an adaptation of.
	Adapted(ctx context.Context, authority string, codes []string) (map[string]bool, error)
}

// Hub takes edits. Codes: those of exchange.Hub, CodeForbidden, CodeInvalid,
// CodeNotFound.
type Hub interface {
	// PutOffice stores a line in the place of one of those of match, or of
	// none when match is empty. CodeChanged comes with the present line, nil
	// when there is none.
	PutOffice(ctx context.Context, id string, line []byte, match []string) (current []byte, err error)
	// Office returns the line of an office as it was last left.
	Office(ctx context.Context, id string) ([]byte, error)
}

// Params are the use case's needs; what may be nil says so.
type Params struct {
	Store     Store
	Catalogue Catalogue
	Clock     app.Clock
	// Authority is the own one, "" while the workstation is not enrolled.
	Authority func(ctx context.Context) string
	// Who is at work, and as what; empty when nobody is.
	Who func(ctx context.Context) (operator, role string)
	// Connect returns the hub in the name of who is at work. CodeNotEnrolled.
	Connect func(ctx context.Context) (Hub, error)
	// Sent is told when the hub took something: others see it at their next
	// synchronisation, this workstation at its own. May be nil.
	Sent func()
	// Demonstration lets anybody edit and sends nothing.
	Demonstration bool
	// Timer fires once after a time, unless it is stopped; nil = real time.
	Timer func(time.Duration) (fire <-chan time.Time, stop func())
}

// Offices lets people edit the offices of their authority, with or without a
// link. Safe for concurrent use.
type Offices struct {
	p      Params
	rounds *exchange.Rounds
	one    sync.Mutex // somebody speaks to the hub

	mu    sync.Mutex
	shown map[string]Edit // what is shown in place of the catalogue's office
}

// New returns the use case.
func New(p Params) *Offices {
	if p.Sent == nil {
		p.Sent = func() {}
	}
	return &Offices{p: p, rounds: exchange.NewRounds(p.Clock, p.Timer), shown: map[string]Edit{}}
}

// OnChange lets somebody be told, from any goroutine, that an edit stands
// otherwise than before.
func (o *Offices) OnChange(tell func()) { o.rounds.OnChange(tell) }

// May reports that somebody is at work who may edit the offices.
func (o *Offices) May(ctx context.Context) bool {
	if o.p.Demonstration {
		return true
	}
	if o.p.Authority(ctx) == "" {
		return false
	}
	_, role := o.p.Who(ctx)
	return role == wire.RoleManager || role == wire.RoleEditor || role == wire.RoleAdministrator
}

// All returns the own offices by name.
func (o *Offices) All(ctx context.Context) ([]Office, error) {
	authority := o.p.Authority(ctx)
	edits, err := o.edits(ctx)
	if err != nil {
		return nil, err
	}
	drafts, err := o.p.Store.OfficeDrafts(ctx)
	if err != nil {
		return nil, err
	}
	var all []Office
	have := map[string]bool{}
	add := func(known app.Office) {
		have[known.ID] = true
		one := Office{Office: known}
		if e, ok := edits[known.ID]; ok {
			one.Edit, one.Office = &e, e.Office
		}
		if d, ok := drafts[known.ID]; ok {
			one.Draft = &d
		}
		all = append(all, one)
	}
	for _, known := range o.p.Catalogue.Offices(authority) {
		add(known)
	}
	for id, e := range edits { // gone from the catalogue, and somebody's work is not
		if !have[id] && e.Office.Authority == authority {
			add(e.Office)
		}
	}
	slices.SortFunc(all, func(a, b Office) int {
		if c := strings.Compare(strings.ToLower(a.Name), strings.ToLower(b.Name)); c != 0 {
			return c
		}
		return strings.Compare(a.ID, b.ID)
	})
	return all, nil
}

// Get returns one of the own offices. CodeNotFound.
func (o *Offices) Get(ctx context.Context, id string) (Office, error) {
	all, err := o.All(ctx)
	if err != nil {
		return Office{}, err
	}
	for _, one := range all {
		if one.ID == id {
			return one, nil
		}
	}
	return Office{}, app.Fault(app.CodeNotFound, nil, "what", id)
}

// edits returns the edits by office; one that the catalogue has brought back,
// or overtaken, is over.
func (o *Offices) edits(ctx context.Context) (map[string]Edit, error) {
	list, err := o.p.Store.OfficeEdits(ctx)
	if err != nil {
		return nil, err
	}
	edits := make(map[string]Edit, len(list))
	for _, e := range list {
		if e.State == Sent && o.arrived(&e) {
			if err := o.p.Store.EndOfficeEdit(ctx, e); err != nil {
				return nil, err
			}
			continue
		}
		edits[e.Office.ID] = e
	}
	o.mu.Lock()
	o.shown = edits
	o.mu.Unlock()
	return edits, nil
}

// arrived reports that the catalogue is past the lines that the edit took the
// place of.
func (o *Offices) arrived(e *Edit) bool {
	known, ok := o.p.Catalogue.Office(e.Office.ID)
	if !ok {
		return len(e.Match) > 0
	}
	if len(e.Match) == 0 { // made anew where it was gone; the catalogue may not know that yet
		return same(known, e.Office) || !same(known, e.Base)
	}
	_, hash, err := freeze(known)
	return err != nil || hash == e.Hash || !slices.Contains(e.Match, hash)
}

// Load reads what is under way, so that Shown knows it.
func (o *Offices) Load(ctx context.Context) error {
	_, err := o.edits(ctx)
	return err
}

// Shown returns an office as this workstation shows it: the catalogue's, or
// as it was edited here.
func (o *Offices) Shown(known app.Office) app.Office {
	o.mu.Lock()
	e, ok := o.shown[known.ID]
	o.mu.Unlock()
	if !ok || e.State == Changed || e.State == Refused {
		return known
	}
	if e.State == Sent && o.arrived(&e) {
		return known
	}
	return e.Office
}

// freeze makes the line of an office. CodeInvalid.
func freeze(one app.Office) (line []byte, hash string, err error) {
	raw, err := json.Marshal(struct {
		Type string `json:"type"`
		app.Office
	}{wire.TypeOffice, one})
	if err != nil {
		return nil, "", err
	}
	e, _, err := wire.ParseLine(raw)
	if err != nil {
		return nil, "", app.Fault(app.CodeInvalid, err, "field", "office", "value", one.ID)
	}
	return e.Line, e.Hash, nil
}

// Keep stores what somebody is typing, so that it outlives the screen and the
// program. What is as it was is no draft.
func (o *Offices) Keep(ctx context.Context, typed app.Office) (savedAt time.Time, err error) {
	now, err := o.Get(ctx, typed.ID)
	if err != nil {
		return time.Time{}, err
	}
	if same(now.Office, typed) {
		return time.Time{}, o.p.Store.DropOfficeDraft(ctx, typed.ID)
	}
	at := o.p.Clock.Now()
	return at, o.p.Store.SaveOfficeDraft(ctx, Draft{Office: typed, SavedAt: at})
}

// Discard gives up what somebody typed; Keep takes that back.
func (o *Offices) Discard(ctx context.Context, id string) error {
	return o.p.Store.DropOfficeDraft(ctx, id)
}

func same(a, b app.Office) bool {
	_, x, err1 := freeze(a)
	_, y, err2 := freeze(b)
	return err1 == nil && err2 == nil && x == y
}

// Save freezes an office as it is to be and queues it for the hub; what the
// checks stop is not taken. CodeForbidden, CodeInvalid, CodeNotFound.
func (o *Offices) Save(ctx context.Context, typed app.Office) (Office, error) {
	if !o.May(ctx) {
		return Office{}, app.Fault(app.CodeForbidden, nil)
	}
	now, err := o.Get(ctx, typed.ID)
	if err != nil {
		return Office{}, err
	}
	typed.Authority = now.Authority
	for _, f := range Check(&typed, &now.Office) {
		if !f.Warning {
			return Office{}, app.Fault(app.CodeInvalid, nil, "field", f.Field, "value", "")
		}
	}
	if now.Edit == nil && same(now.Office, typed) {
		return now, o.p.Store.DropOfficeDraft(ctx, typed.ID)
	}
	e, err := o.edit(ctx, now, typed)
	if err != nil {
		return Office{}, err
	}
	return o.queue(ctx, e)
}

// edit freezes what is to take the place of an office as it is shown.
func (o *Offices) edit(ctx context.Context, now Office, typed app.Office) (Edit, error) {
	operator, _ := o.p.Who(ctx)
	e := Edit{Office: typed, Was: now.Office, Operator: operator, At: o.p.Clock.Now(), State: Waiting, Base: now.Office}
	var err error
	if e.Line, e.Hash, err = freeze(typed); err != nil {
		return Edit{}, err
	}
	if was := now.Edit; was != nil {
		if was.State != Sent {
			e.Base = was.Base
		}
		e.Match = slices.Clone(was.Match)
		if was.Tried && !slices.Contains(e.Match, was.Hash) { // its answer may have been lost
			e.Match = append(e.Match, was.Hash)
		}
		if was.State == Waiting && !was.Tried {
			e.Was = was.Was
		}
		return e, nil
	}
	_, hash, err := freeze(now.Office)
	e.Match = []string{hash}
	return e, err
}

// queue stores an edit and lets it leave.
func (o *Offices) queue(ctx context.Context, e Edit) (Office, error) {
	if err := o.p.Store.SaveOfficeEdit(ctx, e); err != nil {
		return Office{}, err
	}
	defer o.Wake()
	defer o.rounds.Tell()
	return o.Get(ctx, e.Office.ID)
}

// Undo takes the last edit of an office back: one that cannot be at the hub
// yet vanishes, after one that may be there the office as it was is queued.
func (o *Offices) Undo(ctx context.Context, id string) (Office, error) {
	if !o.May(ctx) {
		return Office{}, app.Fault(app.CodeForbidden, nil)
	}
	now, err := o.Get(ctx, id)
	if err != nil || now.Edit == nil {
		return now, err
	}
	if !now.Edit.Tried {
		return o.end(ctx, *now.Edit)
	}
	e, err := o.edit(ctx, now, now.Edit.Was)
	if err != nil {
		return Office{}, err
	}
	return o.queue(ctx, e)
}

// TakeTheirs gives an edit up that met another one: what lies at the hub
// holds, and comes with the catalogue. An edit that was refused is given up
// by it, too.
func (o *Offices) TakeTheirs(ctx context.Context, id string) (Office, error) {
	now, err := o.Get(ctx, id)
	if err != nil || now.Edit == nil || now.Edit.State != Changed && now.Edit.State != Refused {
		return now, err
	}
	return o.end(ctx, *now.Edit)
}

func (o *Offices) end(ctx context.Context, e Edit) (Office, error) {
	if err := o.p.Store.EndOfficeEdit(ctx, e); err != nil {
		return Office{}, err
	}
	defer o.p.Sent() // the catalogue here may be older than what was chosen
	defer o.rounds.Tell()
	return o.Get(ctx, e.Office.ID)
}

// PutBack stores an edit that was given up a moment ago.
func (o *Offices) PutBack(ctx context.Context, e Edit) (Office, error) {
	if err := o.p.Store.SaveOfficeEdit(ctx, e); err != nil {
		return Office{}, err
	}
	defer o.rounds.Tell()
	return o.Get(ctx, e.Office.ID)
}

// KeepMine sends an edit again, over what somebody else left at the hub: what
// was not edited here stays as they left it. CodeForbidden.
func (o *Offices) KeepMine(ctx context.Context, id string) (Office, error) {
	if !o.May(ctx) {
		return Office{}, app.Fault(app.CodeForbidden, nil)
	}
	now, err := o.Get(ctx, id)
	if err != nil || now.Edit == nil || now.Edit.State != Changed {
		return now, err
	}
	e := *now.Edit
	e.State, e.Tried, e.Problem, e.Params = Waiting, false, "", nil
	e.Match = nil // where there is none any more, it is made anew
	if e.Theirs != nil {
		e.Office, e.Was, e.Base, e.Match = e.merged(), *e.Theirs, *e.Theirs, []string{e.TheirHash}
	}
	e.Theirs, e.TheirHash = nil, ""
	if e.Line, e.Hash, err = freeze(e.Office); err != nil {
		return Office{}, err
	}
	return o.queue(ctx, e)
}

// Check looks at an office that is to take the place of another: what stops
// it, and warnings. What the other one has too stops nobody: the catalogue
// brings what no form would take, hours past midnight for one.
func Check(typed, was *app.Office) []membership.Finding {
	found := append(membership.CheckOffice(typed), checkPlace(typed.Address)...)
	found = append(found, checkClosures(typed.Closures)...)
	out := found[:0]
	for _, f := range found {
		switch {
		case f.Field == "kind" && typed.Kind == was.Kind: // the catalogue has kinds of its own
			continue
		case f.Key == "hours_many": // a third opening a day stays as it is
			continue
		case f.Missing && f.Field != "name", equal(typed, was, partOf(f.Field)):
			f.Warning = true
		}
		out = append(out, f)
	}
	return out
}

// partOf is the part that a field is in.
func partOf(field string) Part {
	first, _, _ := strings.Cut(field, ".")
	if first == "place" {
		return "address"
	}
	return Part(first)
}

// checkPlace stops places on the map that cannot be on it.
func checkPlace(a *app.Address) []membership.Finding {
	if a == nil || a.Lat == nil && a.Lon == nil {
		return nil
	}
	if a.Lat == nil || a.Lon == nil || !(*a.Lat >= -90 && *a.Lat <= 90 && *a.Lon >= -180 && *a.Lon <= 180) {
		return []membership.Finding{{Step: membership.StepOffices, Field: "place", Key: "place_form"}}
	}
	return nil
}
