package membership

import (
	"context"
	"encoding/json"
	"errors"
	"maps"
	"slices"
	"time"

	"polis/app"
	"polis/data/wire"
)

// Run sends what waits and asks how the requests stand: now, on Wake, and
// every few minutes until ctx ends.
func (a *Applications) Run(ctx context.Context) {
	_ = a.Tidy(ctx) // what it leaves behind the next start finds
	a.rounds.Run(ctx, func(ctx context.Context) error {
		a.one.Lock()
		defer a.one.Unlock()
		return a.round(ctx, false)
	})
}

// Wake asks for a round in the background soon.
func (a *Applications) Wake() { a.rounds.Wake() }

// Refresh sends what waits and asks how all requests stand, because somebody
// wants to know. CodeNoNetwork, and those of the hub.
func (a *Applications) Refresh(ctx context.Context) error {
	a.one.Lock()
	defer a.one.Unlock()
	err := a.round(ctx, true)
	if err == nil {
		a.rounds.Went()
	}
	return err
}

// round goes once through the requests. What the hub refuses concerns one
// request and stays with it; a fault of the way ends the round.
func (a *Applications) round(ctx context.Context, byHand bool) error {
	items, err := a.p.Store.WaitingItems(ctx)
	if err != nil {
		return err
	}
	all, err := a.p.Store.Applications(ctx)
	if err != nil {
		return err
	}
	all = slices.DeleteFunc(all, func(s Stored) bool { return s.Waiting == 0 && !s.followed(byHand, a.p.Clock.Now()) })
	if len(all) == 0 && !byHand {
		return nil
	}
	n, hub, err := a.hub(ctx)
	if err != nil {
		return errors.Join(err, a.troubled(ctx, all, err))
	}
	r := round{a: a, hub: hub, byHand: byHand}
	err = r.all(ctx, all, items)
	if err == nil && !n.whole() {
		_, _ = a.askKeys(ctx, hub, n) // without them nothing goes by a stick, and that is told then
	}
	if r.news || err != nil {
		a.rounds.Tell()
	}
	return err
}

func (a *Applications) hub(ctx context.Context) (Network, Hub, error) {
	n, err := a.Network(ctx)
	if err == nil && n.Hub == "" {
		err = app.Fault(app.CodeNoNetwork, nil)
	}
	if err != nil {
		return n, nil, err
	}
	hub, err := a.p.Connect(n)
	return n, hub, err
}

// rememberedFor is how long a request that was withdrawn is still asked for: a
// hub that begins anew from yesterday's copy does not know of it.
const rememberedFor = 7 * 24 * time.Hour

// followed reports that the hub is to be asked how it stands.
func (s *Stored) followed(byHand bool, now time.Time) bool {
	switch st := s.State(); {
	case st == Draft, s.Problem == app.CodeKeyLocked:
		return false
	case st.Open(), st == Active:
		return true
	case st == Withdrawn:
		return now.Sub(s.Case.changedAt()) < rememberedFor
	default:
		return byHand && st == Ended // which may be taken back
	}
}

// troubled notes a fault at the requests that could not be sent because of
// it.
func (a *Applications) troubled(ctx context.Context, all []Stored, err error) error {
	if ctx.Err() != nil {
		return nil
	}
	code, params := app.ErrorCode(err), app.ErrorParams(err)
	for i := range all {
		s := &all[i]
		if s.Waiting == 0 || s.Problem == app.CodeKeyLocked || s.Problem == code && maps.Equal(s.Params, params) {
			continue
		}
		if err := a.p.Store.Troubled(ctx, s.Request.ID, code, params); err != nil {
			return err
		}
	}
	return nil
}

// final reports that the hub refused this very thing: the same again gets the
// same answer.
func final(code app.Code) bool {
	return slices.Contains([]app.Code{
		app.CodeInvalid, app.CodeNotFound, app.CodeForbidden, app.CodeConflict, app.CodeChanged, app.CodeUsage,
		app.CodeMembershipState, app.CodeMembershipIncomplete, app.CodeMembershipEnded, app.CodeMembershipOlder, app.CodeMemberAlready, app.CodeNotSigned,
		app.CodeSignatureDetached,
		app.CodeFileTooLarge, app.CodeFileEmpty, app.CodeFileKind, app.CodeTooManyFiles, app.CodeDocumentDamaged, app.CodeNoRegisterPEC,
	}, code)
}

// round is one way through the requests.
type round struct {
	a      *Applications
	hub    Hub
	byHand bool
	news   bool
}

// all goes through the requests until the hub cannot be reached. A document
// that this computer does not read keeps its own request from being sent, and
// no other.
func (r *round) all(ctx context.Context, all []Stored, items []Item) error {
	var faults error
	for i := range all {
		own := slices.DeleteFunc(slices.Clone(items), func(item Item) bool { return item.Request != all[i].Request.ID })
		err := r.one(ctx, &all[i], own)
		if err == nil {
			continue
		}
		if app.ErrorCode(err) != app.CodeFile {
			r.a.rounds.Heed(err)
			return errors.Join(err, r.a.troubled(ctx, all[i:], err), faults)
		}
		faults = errors.Join(faults, err, r.a.troubled(ctx, all[i:i+1], err))
	}
	return faults
}

// one sends what waits of a request, then asks how it stands. An error ends
// the round.
func (r *round) one(ctx context.Context, s *Stored, items []Item) error {
	told := false
	for len(items) > 0 {
		item := items[0]
		c, err := r.send(ctx, s, &item)
		switch {
		case final(app.ErrorCode(err)):
			r.news, s.Problem = true, app.ErrorCode(err)
			if err := r.a.p.Store.ItemRefused(ctx, item, s.Problem, app.ErrorParams(err)); err != nil {
				return err
			}
			items = r.left(s, item, items)
			continue
		case err != nil:
			return err
		}
		r.news = true
		if c != nil {
			s.Case, told = c, true
		}
		if err := r.a.p.Store.ItemAnswered(ctx, item, c); err != nil {
			return err
		}
		items = items[1:]
	}
	if !told && (s.Case != nil || !s.SentAt.IsZero()) {
		if err := r.ask(ctx, s); err != nil {
			return err
		}
	}
	if s.Problem == "" || final(s.Problem) { // what was refused is still to be read
		return nil
	}
	r.news = true
	return r.a.p.Store.Troubled(ctx, s.Request.ID, "", nil)
}

// left are the items that are to be sent after one was refused: as ItemRefused
// leaves them.
func (r *round) left(s *Stored, refused Item, items []Item) []Item {
	if s.Case == nil {
		s.SentAt = time.Time{}
		return nil
	}
	return slices.DeleteFunc(slices.Clone(items), func(i Item) bool { return i.ID == refused.ID || i.Group == refused.Group })
}

// send brings an item to the hub. The case is nil where the hub tells none.
func (r *round) send(ctx context.Context, s *Stored, item *Item) (*Case, error) {
	var c Case
	var err error
	switch {
	case item.Kind == ItemDocument:
		return nil, r.document(ctx, item.Document)
	case item.Kind == ItemRequest:
		if err = r.overtaken(ctx, s, item); err == nil {
			c, err = r.hub.PutRequest(ctx, item.Request, item.Body)
		}
	case item.is(Integrate) && answered(s.Case, item.Answers):
		return nil, nil // the request that went before it was the answer
	default:
		if c, err = r.hub.PutChange(ctx, *item.Change); app.ErrorCode(err) == app.CodeNotFound && s.Frozen != nil {
			if _, err = r.again(ctx, s); err == nil { // the hub began anew from an older copy
				c, err = r.hub.PutChange(ctx, *item.Change)
			}
		}
	}
	if err != nil {
		return nil, err
	}
	return &c, nil
}

// overtaken refuses another version of a request that the region asked to
// complete after it was queued: sent now it would pass for the answer.
func (r *round) overtaken(ctx context.Context, s *Stored, item *Item) error {
	if s.Case == nil {
		return nil
	}
	c, err := r.hub.Request(ctx, item.Request)
	if app.ErrorCode(err) == app.CodeNotFound { // the hub began anew from an older copy
		return nil
	}
	if err == nil && c.State == Integration && count(&c, RequestIntegration) > item.Answers && c.SHA256 != wire.Hash(item.Body) {
		err = refused(Replace, c.State)
	}
	return err
}

// answered reports that the region's n-th request for integration was
// answered.
func answered(c *Case, n int) bool { return c != nil && n > 0 && count(c, Integrate) >= n }

func (r *round) document(ctx context.Context, d *Document) error {
	f, err := r.a.p.Files.Open(d.SHA256)
	if err != nil {
		return err
	}
	err = r.hub.PutDocument(ctx, d.SHA256, d.Size, f)
	_ = f.Close() // only read
	return err
}

// ask asks how a request stands.
func (r *round) ask(ctx context.Context, s *Stored) error {
	c, err := r.now(ctx, s)
	switch {
	case app.ErrorCode(err) == app.CodeNotFound && s.State() == Withdrawn: // and gone there, too
		return nil
	case final(app.ErrorCode(err)):
		r.news, s.Problem = true, app.ErrorCode(err)
		return r.a.p.Store.Troubled(ctx, s.Request.ID, s.Problem, app.ErrorParams(err))
	case err != nil:
		return err
	case s.Case != nil && s.Case.Version == c.Version && s.Case.State == c.State:
		return nil
	}
	r.news, s.Case = true, &c
	return r.a.p.Store.Told(ctx, c)
}

// forgotten reports that a hub which had the last version of a request has an
// earlier one: it began anew from an older copy, or a file came late. It takes
// the last one while nobody looks at it, or as the answer that it was.
func (s *Stored) forgotten(now *Case) bool {
	if s.Case == nil || s.Frozen == nil {
		return false
	}
	last := wire.Hash(s.Frozen)
	return s.Case.SHA256 == last && now.SHA256 != last &&
		(now.State == Sent || now.State == Integration && answered(s.Case, count(now, RequestIntegration)))
}

// now is how a request stands, once a hub that began anew from an older copy
// was told what it had heard before.
func (r *round) now(ctx context.Context, s *Stored) (Case, error) {
	c, err := r.hub.Request(ctx, s.Request.ID)
	if !r.byHand && s.Problem != "" {
		return c, err
	}
	unknown := app.ErrorCode(err) == app.CodeNotFound && s.Frozen != nil && s.State().Open()
	if unknown || err == nil && s.forgotten(&c) {
		c, err = r.again(ctx, s)
	}
	if err != nil {
		return c, err
	}
	if lost := s.unheard(&c); lost != nil {
		return r.repeat(ctx, lost)
	}
	return c, nil
}

// unheard is what the body asked for last, agreement or withdrawal, of which a
// hub that began anew from an older copy knows nothing, and which it would take;
// nil when there is no such thing. The region's own steps it has to take again.
func (s *Stored) unheard(now *Case) *Change {
	if s.Case == nil {
		return nil
	}
	var last Entry
	for _, e := range s.Case.History {
		if e.Event == DeliverAgreement || e.Event == ReturnAgreement || e.Event == Withdraw {
			last = e
		}
	}
	known := slices.ContainsFunc(now.History, func(e Entry) bool { return e.Change == last.Change })
	if last.Change == "" || known || !slices.Contains(Allowed(now.State, ByApplicant), last.Event) { // giving back is not the body's to do
		return nil
	}
	return &Change{ID: last.Change, Request: s.Request.ID, Event: last.Event, Reason: last.Reason, Protocol: last.Protocol, Document: last.Document}
}

// repeat asks for something once more, under the identifier that it had.
func (r *round) repeat(ctx context.Context, c *Change) (Case, error) {
	if c.Document != nil {
		if err := r.document(ctx, c.Document); err != nil {
			return Case{}, err
		}
	}
	return r.hub.PutChange(ctx, *c)
}

// again brings a request to a hub that does not know it any more, as it was
// sent the last time.
func (r *round) again(ctx context.Context, s *Stored) (Case, error) {
	docs, err := documentsOf(s.Frozen)
	if err != nil {
		return Case{}, err
	}
	for i := range docs {
		if err := r.document(ctx, &docs[i]); err != nil {
			return Case{}, err
		}
	}
	return r.hub.PutRequest(ctx, s.Request.ID, s.Frozen)
}

// documentsOf are the documents that a frozen request names.
func documentsOf(frozen []byte) ([]Document, error) {
	var r struct{ Documents []Document }
	if err := json.Unmarshal(frozen, &r); err != nil {
		return nil, errors.Join(errNoDocument, err)
	}
	return r.Documents, nil
}
