package network

import (
	"context"
	"errors"
	"slices"

	"polis/app"
	"polis/data/wire"
)

// Run sends what waits: now, on Wake, and every few minutes until ctx ends.
func (o *Offices) Run(ctx context.Context) { o.rounds.Run(ctx, o.Refresh) }

// Wake asks for a round in the background soon.
func (o *Offices) Wake() { o.rounds.Wake() }

// Waiting counts the edits that the hub has not taken.
func (o *Offices) Waiting(ctx context.Context) (int, error) {
	edits, err := o.p.Store.OfficeEdits(ctx)
	n := 0
	for _, e := range edits {
		if e.State == Waiting {
			n++
		}
	}
	return n, err
}

// Refresh sends what waits, in the name of who is at work: offices belong to
// the authority, whoever of those who may do so brings them. What the hub
// refuses, or somebody else has changed, is stored with its edit; any other
// fault ends the round, and the edits wait.
func (o *Offices) Refresh(ctx context.Context) error {
	if o.p.Demonstration {
		return nil
	}
	o.one.Lock()
	defer o.one.Unlock()
	edits, err := o.p.Store.OfficeEdits(ctx)
	if err != nil {
		return err
	}
	edits = slices.DeleteFunc(edits, func(e Edit) bool { return e.State != Waiting })
	if len(edits) == 0 || !o.May(ctx) {
		return nil
	}
	hub, err := o.p.Connect(ctx)
	if err != nil {
		return err
	}
	defer o.rounds.Tell()
	taken := false
	for _, e := range edits {
		sent, err := o.send(ctx, hub, e)
		taken = taken || sent
		if err != nil {
			if taken {
				o.p.Sent()
			}
			return err
		}
	}
	if taken {
		o.p.Sent()
	}
	return o.Load(ctx)
}

// send brings one edit. It is noted before that the hub may have it: who ends
// the program meanwhile must not meet their own edit as somebody else's.
func (o *Offices) send(ctx context.Context, hub Hub, e Edit) (taken bool, err error) {
	if !e.Tried {
		e.Tried = true
		if len(e.Match) > 0 && !slices.Contains(e.Match, e.Hash) {
			e.Match = append(slices.Clone(e.Match), e.Hash)
		}
		if err := o.p.Store.AnswerOfficeEdit(ctx, e); err != nil {
			return false, err
		}
	}
	current, err := hub.PutOffice(ctx, e.Office.ID, e.Line, e.Match)
	answered := e
	code := app.ErrorCode(err)
	switch {
	case err == nil:
		answered.State, answered.Problem, answered.Params, taken = Sent, "", nil, true
	case ctx.Err() != nil:
		return false, err
	case code == app.CodeChanged:
		if answered, taken, err = met(e, current); err != nil {
			return false, err
		}
	case final(code):
		answered.State, answered.Problem, answered.Params = Refused, code, app.ErrorParams(err)
	default:
		answered.Problem, answered.Params = code, app.ErrorParams(err)
		return false, errors.Join(err, o.p.Store.AnswerOfficeEdit(ctx, answered))
	}
	return taken, o.p.Store.AnswerOfficeEdit(ctx, answered)
}

// met is an edit after the hub showed another line in its place; the very
// line of the edit means that it arrived before.
func met(e Edit, current []byte) (Edit, bool, error) {
	e.State, e.Problem, e.Params, e.Theirs, e.TheirHash = Changed, app.CodeChanged, nil, nil, ""
	if len(current) == 0 {
		return e, false, nil
	}
	line, _, err := wire.ParseLine(current)
	if err != nil {
		return e, false, app.Fault(app.CodeHubAnswer, err, "hub", "")
	}
	if line.Hash == e.Hash {
		e.State, e.Problem = Sent, ""
		return e, true, nil
	}
	theirs, err := line.Office()
	if err != nil {
		return e, false, app.Fault(app.CodeHubAnswer, err, "hub", "")
	}
	e.Theirs, e.TheirHash = &theirs, line.Hash
	return e, false, nil
}

// final reports that the same edit would be refused again.
func final(code app.Code) bool {
	switch code {
	case app.CodeInvalid, app.CodeNotFound, app.CodeForbidden, app.CodeConflict, app.CodeUsage:
		return true
	}
	return false
}
