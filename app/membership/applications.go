package membership

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"
	"unicode"

	"github.com/google/uuid"

	"polis/app"
	"polis/app/exchange"
	"polis/data/wire"
)

// Hub is the region as Applications see it.
type Hub interface {
	ApplicantHub
	// Network returns how the hub says that it is reached.
	Network(ctx context.Context) (Network, error)
	// SignFile signs the SignedPart of a File; nothing is sent.
	SignFile(part []byte) (string, error)
}

// Params are the needs of Applications; what may be nil says so.
type Params struct {
	Store Store
	Files Files
	Clock app.Clock
	// Enrolled returns the network of an enrolled workstation, zero before.
	Enrolled func(ctx context.Context) (Network, error)
	// Connect returns a client of a hub that signs with the applicant's key.
	Connect func(Network) (Hub, error)
	// Seal encrypts for an age recipient.
	Seal func(recipient string, plain []byte) ([]byte, error)
	// AnswerKey returns the age recipient of this workstation, and Unseal opens
	// what was sealed to it. CodeKeyLocked while its keys do not open.
	AnswerKey func() (string, error)
	Unseal    func(sealed []byte) ([]byte, error)
	// Timer fires once after a time, unless it is stopped; nil = real time.
	Timer func(time.Duration) (fire <-chan time.Time, stop func())
}

// Applications are the requests that this workstation makes. What is sent is
// frozen first and kept until the hub has answered; it goes in the background
// (Run) or by Refresh. Safe for concurrent use.
type Applications struct {
	p      Params
	rounds *exchange.Rounds
	edit   sync.Mutex // drafts are read, changed and stored by one at a time
	one    sync.Mutex // a round at a time
}

// NewApplications returns the requests of a workstation.
func NewApplications(p Params) *Applications {
	return &Applications{p: p, rounds: exchange.NewRounds(p.Clock, p.Timer)}
}

// OnChange lets somebody be told, from any goroutine, that a request stands
// otherwise than before because of the hub.
func (a *Applications) OnChange(tell func()) { a.rounds.OnChange(tell) }

// All returns the requests that were made here, the newest first.
func (a *Applications) All(ctx context.Context) ([]Filed, error) {
	stored, err := a.p.Store.Applications(ctx)
	if err != nil {
		return nil, err
	}
	filed := make([]Filed, len(stored))
	for i := range stored {
		filed[i] = stored[i].shown()
	}
	return filed, a.tellLeaving(ctx, filed)
}

// tellLeaving says of requests what of them waits.
func (a *Applications) tellLeaving(ctx context.Context, filed []Filed) error {
	if !slices.ContainsFunc(filed, func(f Filed) bool { return f.Waiting > 0 }) {
		return nil
	}
	items, err := a.p.Store.WaitingItems(ctx)
	if err != nil {
		return err
	}
	for i := range filed {
		f := &filed[i]
		for _, item := range items {
			if item.Request != f.Request.ID {
				continue
			}
			f.Leaving = f.after(&item)
			if item.is(DeliverAgreement) {
				f.Delivering = item.Change.Document
			}
		}
	}
	return nil
}

// after is what waits of a request once an item is counted in: the last thing
// that was done, of which documents and requests are only parts.
func (f *Filed) after(i *Item) Event {
	switch {
	case i.Kind == ItemChange:
		return i.Change.Event
	case i.Kind == ItemDocument && f.Leaving != "":
		return f.Leaving
	case f.Case == nil:
		return Submit
	case f.Case.State == Integration:
		return Integrate
	case f.Case.State == Accepted:
		return DeliverAgreement
	}
	return Replace
}

// Get returns one request. CodeNotFound.
func (a *Applications) Get(ctx context.Context, id string) (Filed, error) {
	s, err := a.p.Store.Application(ctx, id)
	if err != nil {
		return s.shown(), err
	}
	one := []Filed{s.shown()}
	err = a.tellLeaving(ctx, one)
	return one[0], err
}

// shown is a request as screens have it: one that is being completed was not
// sent as it is.
func (s *Stored) shown() Filed {
	f := s.Filed
	if f.Case != nil && f.Waiting == 0 && (f.Case.State == Integration || f.Case.State == Sent && f.SavedAt.After(f.SentAt)) {
		f.SentAt = time.Time{}
	}
	return f
}

// New stores an empty draft.
func (a *Applications) New(ctx context.Context) (Filed, error) {
	id, err := uuid.NewV7()
	if err != nil {
		return Filed{}, fmt.Errorf("new request: %w", err)
	}
	r := Request{Type: wire.TypeMembershipRequest, ID: id.String()}
	at := a.p.Clock.Now()
	return Filed{Request: r, SavedAt: at}, a.p.Store.SaveDraft(ctx, r, at)
}

// Save stores a draft, whatever it lacks. Its documents are those that were
// attached: of them only kind and title are taken over. CodeInvalid (no ID),
// CodeKeyLocked (it was read while it did not open), CodeMembershipState (the
// region is dealing with it), CodeDiskFull.
func (a *Applications) Save(ctx context.Context, r Request) (time.Time, error) {
	if uuid.Validate(r.ID) != nil {
		return time.Time{}, app.Fault(app.CodeInvalid, nil, "field", "id", "value", r.ID)
	}
	a.edit.Lock()
	defer a.edit.Unlock()
	was, err := a.p.Store.Application(ctx, r.ID)
	switch {
	case app.ErrorCode(err) == app.CodeNotFound: // a draft that was discarded comes back
		r.Documents = slices.DeleteFunc(slices.Clone(r.Documents), func(d Document) bool { return !a.here(d.SHA256) })
	case err != nil:
		return time.Time{}, err
	case was.Problem == app.CodeKeyLocked && r.Type == "": // an empty form must not take its place
		return time.Time{}, app.Fault(app.CodeKeyLocked, nil)
	case !was.Editable():
		return time.Time{}, refused(Replace, was.State())
	case was.Problem != app.CodeKeyLocked: // else nobody can tell what was attached
		r.Documents = attached(was.Request.Documents, r.Documents)
	}
	r.Type = wire.TypeMembershipRequest
	at := a.p.Clock.Now()
	return at, a.p.Store.SaveDraft(ctx, r, at)
}

// attached are the stored documents with the kinds and titles of the form.
func attached(stored, form []Document) []Document {
	out := slices.Clone(stored)
	for i := range out {
		if j := slices.IndexFunc(form, func(d Document) bool { return d.SHA256 == out[i].SHA256 }); j >= 0 {
			out[i].Kind, out[i].Title = form[j].Kind, form[j].Title
		}
	}
	return out
}

func (a *Applications) here(sha256 string) bool {
	f, err := a.p.Files.Open(sha256)
	return err == nil && f.Close() == nil
}

func refused(e Event, s State) error {
	return app.Fault(app.CodeMembershipState, nil, "event", string(e), "state", string(s))
}

// change reads a draft, changes it and stores it.
func (a *Applications) change(ctx context.Context, id string, do func(*Stored) error) error {
	a.edit.Lock()
	defer a.edit.Unlock()
	s, err := a.p.Store.Application(ctx, id)
	if err == nil && s.Problem == app.CodeKeyLocked {
		err = app.Fault(app.CodeKeyLocked, nil)
	}
	if err == nil {
		err = do(&s)
	}
	if err != nil {
		return err
	}
	return a.p.Store.SaveDraft(ctx, s.Request, a.p.Clock.Now())
}

// Discard removes a draft that was never sent; Save brings it back, with its
// documents, as long as the program runs. CodeNotFound, CodeMembershipState.
func (a *Applications) Discard(ctx context.Context, id string) error {
	a.edit.Lock()
	defer a.edit.Unlock()
	s, err := a.p.Store.Application(ctx, id)
	if err != nil {
		return err
	}
	if s.State() != Draft || s.Waiting > 0 {
		return refused(Withdraw, s.State())
	}
	return a.p.Store.DropApplication(ctx, id)
}

// Attach stores a file with a draft. A signed agreement after the acceptance
// is no part of the request: it goes by DeliverAgreement. Codes: those of
// Files.Keep, CodeTooManyFiles, CodeNotSigned (an agreement without a digital
// signature), CodeMembershipState, CodeInvalid (kind).
func (a *Applications) Attach(ctx context.Context, id, kind, title, name string, content io.Reader) (Document, error) {
	if !slices.Contains([]string{DocumentAct, DocumentAgreement, DocumentOther}, kind) {
		return Document{}, app.Fault(app.CodeInvalid, nil, "field", "kind", "value", kind)
	}
	s, err := a.p.Store.Application(ctx, id)
	if err != nil {
		return Document{}, err
	}
	apart := kind == DocumentAgreement && slices.Contains(Allowed(s.State(), ByApplicant), DeliverAgreement)
	switch {
	case !apart && !s.Editable():
		return Document{}, refused(Replace, s.State())
	case !apart && len(s.Request.Documents) >= MaxDocuments:
		return Document{}, app.Fault(app.CodeTooManyFiles, nil, "n", strconv.Itoa(MaxDocuments))
	}
	d, err := keep(ctx, a.p.Files, kind, title, name, content)
	if err != nil || apart {
		return d, err
	}
	return d, a.change(ctx, id, func(s *Stored) error {
		docs := slices.DeleteFunc(s.Request.Documents, func(old Document) bool { return old.SHA256 == d.SHA256 })
		if len(docs) >= MaxDocuments { // another window was quicker
			return app.Fault(app.CodeTooManyFiles, nil, "n", strconv.Itoa(MaxDocuments))
		}
		s.Request.Documents = append(docs, d)
		return nil
	})
}

// keep stores a file as a document of a request.
func keep(ctx context.Context, files Files, kind, title, name string, content io.Reader) (Document, error) {
	name = fileName(name)
	d, err := files.Keep(ctx, name, content)
	if err != nil {
		return Document{}, err
	}
	if kind == DocumentAgreement && d.Signature == nil {
		return Document{}, app.Fault(app.CodeNotSigned, nil, "name", name)
	}
	d.Kind, d.Title, d.Name = kind, strings.TrimSpace(title), name
	if d.Title == "" {
		d.Title = strings.TrimSuffix(name, extension(name))
	}
	return d, nil
}

const maxName = 120 // letters of a file's name

// fileName is a name without folder and without what no name has.
func fileName(name string) string {
	if i := strings.LastIndexAny(name, `/\`); i >= 0 {
		name = name[i+1:]
	}
	name = strings.Map(func(r rune) rune {
		if unicode.IsControl(r) || unicode.Is(unicode.Cf, r) || r == unicode.ReplacementChar {
			return -1
		}
		return r
	}, strings.ToValidUTF8(name, ""))
	if letters := []rune(name); len(letters) > maxName {
		end := []rune(extension(name))
		name = string(letters[:maxName-len(end)]) + string(end)
	}
	if name = strings.TrimSpace(name); name == "" || strings.Trim(name, ".") == "" {
		return "documento"
	}
	return name
}

// extension is the ending of a name with its dot, "" for one that is none.
func extension(name string) string {
	if i := strings.LastIndexByte(name, '.'); i > 0 && len(name)-i <= 10 {
		return name[i:]
	}
	return ""
}

// Detach takes a document out of a draft. CodeNotFound, CodeMembershipState.
func (a *Applications) Detach(ctx context.Context, id, sha256 string) error {
	return a.change(ctx, id, func(s *Stored) error {
		if !s.Editable() {
			return refused(Replace, s.State())
		}
		before := len(s.Request.Documents)
		s.Request.Documents = slices.DeleteFunc(s.Request.Documents, func(d Document) bool { return d.SHA256 == sha256 })
		if len(s.Request.Documents) == before {
			return app.Fault(app.CodeNotFound, nil, "what", sha256[:min(8, len(sha256))])
		}
		return nil
	})
}

// SetProtocol notes the number under which the body's own office registered
// the request. It is kept here and goes with the next version that is sent.
func (a *Applications) SetProtocol(ctx context.Context, id string, p Protocol) error {
	return a.change(ctx, id, func(s *Stored) error {
		s.Request.Protocol = p
		return nil
	})
}

// Submit freezes a request and queues it: the first time, again while nobody
// has looked at it, or as the answer to a request for integration.
// CodeMembershipIncomplete, CodeMembershipState, CodeNotFound (a document is
// not here any more).
func (a *Applications) Submit(ctx context.Context, id string) (Filed, error) {
	if _, err := a.submit(ctx, id); err != nil {
		return Filed{}, err
	}
	a.Wake()
	return a.Get(ctx, id)
}

func (a *Applications) submit(ctx context.Context, id string) (Stored, error) {
	a.edit.Lock()
	defer a.edit.Unlock()
	s, err := a.p.Store.Application(ctx, id)
	if err != nil {
		return s, err
	}
	if s.Problem == app.CodeKeyLocked {
		return s, app.Fault(app.CodeKeyLocked, nil)
	}
	waiting, err := a.waitingOf(ctx, id)
	if err != nil {
		return s, err
	}
	has := func(e Event) bool { return slices.ContainsFunc(waiting, func(i Item) bool { return i.is(e) }) }
	switch {
	case has(Withdraw):
		return s, refused(Replace, s.State())
	case !s.Editable() && has(Integrate): // it arrived; the program ended before it was done with it
		return s, nil
	case !s.Editable():
		return s, refused(Replace, s.State())
	}
	now := a.p.Clock.Now()
	r, body, err := a.freeze(&s, now)
	if err != nil {
		return s, err
	}
	if bytes.Equal(body, s.Frozen) && s.State() == Sent && (s.Case != nil || len(waiting) > 0) {
		return s, nil // it is there, or on its way, as it is
	}
	items, err := bring(r, body, s.Case)
	if err != nil {
		return s, err
	}
	s.Request, s.Frozen, s.SentAt = r, body, now
	return s, a.p.Store.Freeze(ctx, r, body, items, now)
}

// freeze checks a request and returns it as it is sent.
func (a *Applications) freeze(s *Stored, now time.Time) (Request, []byte, error) {
	r := s.Request
	r.Type, r.AnswerKey = wire.TypeMembershipRequest, a.answerKey()
	if r.Dated == "" {
		r.Dated = Today(now)
	}
	if n := Incomplete(r.CheckAt(now)); n > 0 {
		return r, nil, app.Fault(app.CodeMembershipIncomplete, nil, "n", strconv.Itoa(n))
	}
	for _, d := range r.Documents {
		if !a.here(d.SHA256) {
			return r, nil, app.Fault(app.CodeNotFound, nil, "what", d.Name)
		}
	}
	return revised(r, s.Frozen)
}

func (i *Item) is(e Event) bool { return i.Kind == ItemChange && i.Change.Event == e }

func (a *Applications) waitingOf(ctx context.Context, id string) ([]Item, error) {
	items, err := a.p.Store.WaitingItems(ctx)
	return slices.DeleteFunc(items, func(i Item) bool { return i.Request != id }), err
}

// bring are the items that bring a request to the hub.
func bring(r Request, body []byte, c *Case) ([]Item, error) {
	ids, err := newIDs(len(r.Documents) + 3)
	if err != nil {
		return nil, err
	}
	group := ids[0]
	var items []Item
	for i := range r.Documents {
		items = append(items, Item{ID: ids[i+3], Group: group, Request: r.ID, Kind: ItemDocument, Document: &r.Documents[i]})
	}
	asked := 0
	if c != nil {
		asked = count(c, RequestIntegration)
	}
	items = append(items, Item{ID: ids[1], Group: group, Request: r.ID, Kind: ItemRequest, Body: body, Answers: asked})
	if c != nil && c.State == Integration { // for when nothing of it was changed
		items = append(items, Item{
			ID: ids[2], Group: group, Request: r.ID, Kind: ItemChange,
			Change: &Change{ID: ids[2], Request: r.ID, Event: Integrate}, Answers: asked,
		})
	}
	return items, nil
}

func newIDs(n int) ([]string, error) {
	ids := make([]string, n)
	for i := range ids {
		id, err := uuid.NewV7()
		if err != nil {
			return nil, fmt.Errorf("queue: %w", err)
		}
		ids[i] = id.String()
	}
	return ids, nil
}

func count(c *Case, e Event) (n int) {
	for _, h := range c.History {
		if h.Event == e {
			n++
		}
	}
	return n
}

// Withdraw queues the withdrawal of a request that was sent.
// CodeMembershipState.
func (a *Applications) Withdraw(ctx context.Context, id, reason string) (Filed, error) {
	return a.ask(ctx, id, Change{Event: Withdraw, Reason: strings.TrimSpace(reason)})
}

// DeliverAgreement queues the signed agreement of an accepted request, a
// document that Attach returned. CodeNotSigned, CodeMembershipState.
func (a *Applications) DeliverAgreement(ctx context.Context, id string, d Document) (Filed, error) {
	if d.Signature == nil {
		return Filed{}, app.Fault(app.CodeNotSigned, nil, "name", d.Name)
	}
	if !a.here(d.SHA256) {
		return Filed{}, app.Fault(app.CodeNotFound, nil, "what", d.Name)
	}
	return a.ask(ctx, id, Change{Event: DeliverAgreement, Document: &d})
}

// ask queues an event; one that waits already is not queued twice.
func (a *Applications) ask(ctx context.Context, id string, c Change) (Filed, error) {
	if err := a.enqueue(ctx, id, c); err != nil {
		return Filed{}, err
	}
	a.Wake()
	return a.Get(ctx, id)
}

func (a *Applications) enqueue(ctx context.Context, id string, c Change) error {
	a.edit.Lock()
	defer a.edit.Unlock()
	s, err := a.p.Store.Application(ctx, id)
	if err != nil {
		return err
	}
	if !slices.Contains(Allowed(s.State(), ByApplicant), c.Event) {
		return refused(c.Event, s.State())
	}
	waiting, err := a.waitingOf(ctx, id)
	if err != nil {
		return err
	}
	same := func(i Item) bool {
		return i.is(c.Event) && (c.Document == nil || i.Change.Document != nil && i.Change.Document.SHA256 == c.Document.SHA256)
	}
	if slices.ContainsFunc(waiting, same) || c.Event == DeliverAgreement && s.delivered(c.Document, waiting) {
		return nil
	}
	ids, err := newIDs(2)
	if err != nil {
		return err
	}
	c.ID, c.Request = ids[1], id
	var items []Item
	if c.Document != nil {
		items = append(items, Item{ID: ids[0], Group: ids[0], Request: id, Kind: ItemDocument, Document: c.Document})
	}
	return a.p.Store.Enqueue(ctx, append(items, Item{ID: c.ID, Group: ids[0], Request: id, Kind: ItemChange, Change: &c}))
}

// delivered reports that the hub has that agreement and no other is on its
// way: the program that brought it may have ended before it said so.
func (s *Stored) delivered(d *Document, waiting []Item) bool {
	return s.Case != nil && s.Case.Agreement != nil && s.Case.Agreement.SHA256 == d.SHA256 &&
		!slices.ContainsFunc(waiting, func(i Item) bool { return i.is(DeliverAgreement) })
}

// Open makes a stored document a file to be shown.
func (a *Applications) Open(ctx context.Context, sha256 string) (string, error) {
	return a.p.Files.Show(ctx, sha256)
}

// keptFor is how long documents of a closed request stay; safeFor is how long
// any stays that nothing names: somebody may be attaching it.
const (
	keptFor = 90 * 24 * time.Hour
	safeFor = 24 * time.Hour
)

// Tidy removes documents that no request needs any more.
func (a *Applications) Tidy(ctx context.Context) error {
	now := a.p.Clock.Now()
	used, err := a.p.Store.UsedFiles(ctx, now.Add(-keptFor))
	if err != nil {
		return err
	}
	return a.p.Files.Sweep(ctx, used, now.Add(-safeFor))
}

var errNoDocument = errors.New("documents of a request cannot be read")
