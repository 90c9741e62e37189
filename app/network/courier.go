package network

import (
	"context"
	"errors"
	"math/rand/v2"
	"slices"
	"strconv"
	"time"

	"polis/app"
	"polis/data/wire"
)

const (
	pollEvery    = 5 * time.Minute
	backoffFirst = 2 * time.Second
	backoffMax   = 5 * time.Minute // a network that comes back is not waited for longer
	holdMax      = 6 * time.Hour   // what Retry-After can ask for
)

// paramRetryAfter names the parameter of a fault by which the hub says for
// how many seconds it wants to be left alone.
const paramRetryAfter = "retry_after"

func realTimer(d time.Duration) (fire <-chan time.Time, stop func()) {
	t := time.NewTimer(d)
	return t.C, func() { t.Stop() }
}

// Run sends what waits: now, on Wake, and every few minutes until ctx ends.
func (o *Offices) Run(ctx context.Context) {
	for {
		fire, stop := o.p.Timer(o.turn(ctx))
		select {
		case <-ctx.Done():
			stop()
			return
		case <-fire:
		case <-o.wake:
		}
		stop()
	}
}

// Wake asks for a round in the background soon.
func (o *Offices) Wake() {
	select {
	case o.wake <- struct{}{}:
	default: // one is asked for already
	}
}

// turn does a round, if there is to be one, and says when the next one is.
func (o *Offices) turn(ctx context.Context) time.Duration {
	if left := o.holding(); left > 0 {
		return left
	}
	if err := o.Refresh(ctx); err != nil {
		o.heed(err)
		o.mu.Lock()
		o.tries++
		tries := o.tries
		o.mu.Unlock()
		return max(backoff(tries), o.holding())
	}
	o.mu.Lock()
	o.tries = 0
	o.mu.Unlock()
	return pollEvery/2 + rand.N(pollEvery/2) //nolint:gosec // jitter, not a secret
}

// backoff is full jitter under a doubling bound.
func backoff(tries int) time.Duration {
	bound := backoffMax
	if tries < 8 {
		bound = min(backoffFirst<<tries, backoffMax)
	}
	return rand.N(bound) //nolint:gosec // jitter, not a secret
}

func (o *Offices) holding() time.Duration {
	o.mu.Lock()
	defer o.mu.Unlock()
	left := o.hold.Sub(o.p.Clock.Now())
	if left > holdMax { // the clock jumped
		return 0
	}
	return max(left, 0)
}

// heed remembers that the hub wants to be left alone.
func (o *Offices) heed(err error) {
	n, perr := strconv.ParseInt(app.ErrorParams(err)[paramRetryAfter], 10, 64)
	if perr != nil || n <= 0 {
		return
	}
	o.mu.Lock()
	o.hold = o.p.Clock.Now().Add(min(time.Duration(min(n, int64(holdMax/time.Second)))*time.Second, holdMax))
	o.mu.Unlock()
}

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
	defer o.tell()
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
