package exchange

import (
	"context"
	"crypto"
	"crypto/ed25519"
	"encoding/base64"
	"errors"
	"fmt"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"polis/app"
	"polis/data/wire"
)

// Engine synchronises one workstation; safe for concurrent use.
type Engine struct {
	p    Params
	wake chan struct{}
	hand atomic.Bool // somebody asked for the next round

	one sync.Mutex // one synchronisation at a time; guards what follows
	// wasDown says that the hub was not there the last time: once it is, what
	// was put off is tried at once.
	wasDown  bool
	lastPull time.Time

	mu       sync.Mutex
	running  bool
	cancel   context.CancelFunc
	progress Progress
	fault    error
	next     time.Time // of the next round in the background
	offset   time.Duration
	measured bool
	hold     time.Time // until then the hub wants to be left alone
	handUsed bool      // somebody insisted meanwhile
	missing  int
}

// New returns an engine; a missing need is CodeInternal.
func New(p Params) (*Engine, error) {
	if p.Catalogue == nil || p.Outbox == nil || p.Connect == nil || p.Keys == nil || p.Clock == nil {
		return nil, app.Fault(app.CodeInternal, errors.New("exchange: a need is missing"))
	}
	if p.Timer == nil {
		p.Timer = realTimer
	}
	return &Engine{p: p, wake: make(chan struct{}, 1), wasDown: true}, nil
}

// Enrolling is what a person gives to activate a workstation. CA is the PEM
// of the hub's own authority, nil for the system's roots; Name is for the
// authority's list of workstations and may be empty.
type Enrolling struct {
	Hub, Code, Name string
	CA              []byte
}

// Enrol makes this workstation one of the authority that gave the code. One
// that its hub has put out of use, or forgotten, takes a new identity of the
// same office and sends what waited under it; any other one has no need to:
// CodeAlreadyEnrolled. A code of another office is not used up: CodeOtherPlace.
func (e *Engine) Enrol(ctx context.Context, in Enrolling) error {
	e.one.Lock()
	defer e.one.Unlock()
	held, err := e.p.Outbox.Device(ctx)
	if err != nil {
		return err
	}
	d := Device{Hub: strings.TrimRight(strings.TrimSpace(in.Hub), "/"), CA: in.CA}
	if held.Enrolled() && d.Hub != held.Hub { // what waits is for the one that is known
		return app.Fault(app.CodeAlreadyEnrolled, nil, "hub", held.Hub)
	}
	key, err := e.enrolmentKey(ctx, held)
	if err != nil {
		return err
	}
	client, err := e.p.Connect(d, key)
	if err != nil {
		return err
	}
	request := wire.EnrolmentRequest{Code: strings.TrimSpace(in.Code), Name: strings.TrimSpace(in.Name)}
	if held.Enrolled() { // the hub refuses another's code before it is used up
		request.Authority, request.Office = held.Authority, held.Office
	}
	if request.PublicKey, err = PublicKey(key); err != nil {
		return err
	}
	if e.p.SealKey != nil {
		if request.SealKey, err = e.p.SealKey(); err != nil {
			return err
		}
	}
	answer, err := client.Enrol(ctx, request)
	if err != nil {
		return err
	}
	if d.Roots, err = roots(answer.HubRoots); err != nil {
		return app.Fault(app.CodeHubAnswer, err, "hub", d.Hub)
	}
	d.ID, d.Authority, d.Office = answer.Device, answer.Authority, answer.Office
	d.Operator, d.Role = answer.Operator.ID, answer.Operator.Role
	d.UploadKey, d.RenewBy = answer.UploadKey, answer.RenewBy
	if held.Enrolled() {
		return e.replaceDevice(ctx, held, d)
	}
	return e.p.Outbox.SaveDevice(ctx, d)
}

// enrolmentKey is the key to enrol with. A workstation that was one before
// gets another key, kept beside the old one until the new identity is stored.
func (e *Engine) enrolmentKey(ctx context.Context, held Device) (crypto.Signer, error) {
	key, err := e.p.Keys.Current()
	if err != nil || !held.Enrolled() {
		return key, err
	}
	client, err := e.p.Connect(held, key)
	if err != nil {
		return nil, err
	}
	_, err = client.Receipts(ctx, "")
	switch {
	case err == nil:
		return nil, app.Fault(app.CodeAlreadyEnrolled, nil, "hub", held.Hub)
	case refused(err):
		return e.p.Keys.Pending(true)
	}
	return nil, err
}

// replaceDevice gives the workstation its new identity. The hub keeps
// receipts for each device: all that the old one sent waits once more, to be
// called a duplicate. When it is cut off before the last step, the next round
// finds that the hub takes the new key only.
func (e *Engine) replaceDevice(ctx context.Context, held, d Device) error {
	if d.Authority != held.Authority || d.Office != held.Office { // what waits is the old one's
		return app.Fault(app.CodeAlreadyEnrolled, errors.New("the code is another office's"), "hub", held.Hub)
	}
	if err := e.p.Outbox.ForgetReceipts(ctx); err != nil {
		return err
	}
	if err := e.p.Outbox.SaveDevice(ctx, d); err != nil {
		return err
	}
	if _, err := e.p.Outbox.Requeue(ctx, ""); err != nil {
		return err
	}
	e.mu.Lock()
	e.fault, e.hold = nil, time.Time{}
	e.mu.Unlock()
	return e.p.Keys.Promote()
}

func roots(encoded []string) ([]ed25519.PublicKey, error) {
	var keys []ed25519.PublicKey
	for _, t := range encoded {
		k, err := base64.RawURLEncoding.DecodeString(t)
		if err != nil || len(k) != ed25519.PublicKeySize {
			return nil, fmt.Errorf("hub root of %d bytes (%w)", len(k), err)
		}
		keys = append(keys, k)
	}
	if len(keys) == 0 {
		return nil, errors.New("the enrolment names no hub root")
	}
	return keys, nil
}

// round is one synchronisation.
type round struct {
	hub     Hub
	d       Device
	epoch   string // of the hub, "" while it is not known
	byHand  bool
	metered bool
	sum     *Summary
}

// Sync brings the catalogue down and the contacts up, and remembers what went
// wrong for Status. What can be done is done: a fault on the way down does
// not keep contacts from going up. CodeSyncInterrupted after Cancel.
func (e *Engine) Sync(ctx context.Context) (Summary, error) {
	return e.sync(ctx, true)
}

func (e *Engine) sync(ctx context.Context, byHand bool) (sum Summary, err error) {
	e.one.Lock()
	defer e.one.Unlock()
	if last := e.refusal(byHand); last != nil {
		return sum, e.count(ctx, &sum, last)
	}
	ctx, done := e.begin(ctx)
	defer func() { err = done(err) }()
	d, release, err := e.alone(ctx)
	if err != nil {
		return sum, err
	}
	defer release()
	r := &round{d: d, byHand: byHand, sum: &sum}
	if r.metered, err = e.metered(ctx); err != nil {
		return sum, err
	}
	key, err := e.p.Keys.Current()
	if err != nil {
		return sum, err
	}
	if r.hub, err = e.p.Connect(d, key); err != nil {
		return sum, err
	}
	return sum, e.count(ctx, &sum, e.exchange(ctx, r))
}

// alone returns who this workstation is while no other program synchronises
// it: what another one changed until then counts. CodeNotEnrolled.
func (e *Engine) alone(ctx context.Context) (d Device, release func(), err error) {
	if d, err = e.p.Outbox.Device(ctx); err != nil {
		return d, nil, err
	}
	if !d.Enrolled() {
		return d, nil, app.Fault(app.CodeNotEnrolled, nil)
	}
	if e.p.Exclusive == nil {
		return d, func() {}, nil
	}
	if release, err = e.p.Exclusive(ctx); err != nil {
		return d, nil, err
	}
	if d, err = e.p.Outbox.Device(ctx); err != nil {
		release()
	}
	return d, release, err
}

// exchange is the order of a round: what is small and matters first.
func (e *Engine) exchange(ctx context.Context, r *round) error {
	reached, downErr := e.pull(ctx, r)
	e.measure(ctx, r.hub)
	if !reached {
		e.wasDown = true
		return downErr
	}
	upErr := e.up(ctx, r)
	if busy(upErr) || ctx.Err() != nil {
		return errors.Join(downErr, upErr)
	}
	restErr := errors.Join(e.documents(ctx, r), e.p.Catalogue.Tidy(ctx))
	return errors.Join(downErr, upErr, restErr)
}

// up brings contacts up and what belongs to the office down.
func (e *Engine) up(ctx context.Context, r *round) error {
	if r.byHand || e.wasDown {
		if err := e.p.Outbox.RetryNow(ctx); err != nil {
			return err
		}
	}
	e.wasDown = false
	err := e.push(ctx, r)
	if refused(err) {
		taken, kerr := e.takePending(ctx, r)
		if !taken {
			return errors.Join(err, kerr)
		}
		err = e.push(ctx, r)
	}
	if busy(err) || refused(err) || ctx.Err() != nil {
		return err
	}
	return errors.Join(err, e.private(ctx, r), e.renew(ctx, r))
}

func (e *Engine) count(ctx context.Context, sum *Summary, err error) error {
	ctx = context.WithoutCancel(ctx)
	waiting, _, cerr := e.p.Outbox.Counts(ctx)
	sum.Waiting = waiting
	held, herr := e.p.Catalogue.Held(ctx)
	sum.Version, sum.Sheets = held.Version, held.Sheets
	return errors.Join(err, cerr, herr)
}

func (e *Engine) begin(parent context.Context) (context.Context, func(error) error) {
	ctx, cancel := context.WithCancel(parent)
	e.mu.Lock()
	e.running, e.progress, e.cancel = true, Progress{Stage: StageConnect}, cancel
	e.mu.Unlock()
	e.tell(ctx)
	return ctx, func(err error) error {
		stopped := err != nil && ctx.Err() != nil
		cancel()
		e.mu.Lock()
		e.running, e.progress, e.cancel, e.fault = false, Progress{}, nil, err
		if stopped {
			e.fault = nil
			if parent.Err() == nil { // by Cancel
				err = app.Fault(app.CodeSyncInterrupted, err)
			}
		}
		e.mu.Unlock()
		e.tell(parent)
		return err
	}
}

// Cancel ends the synchronisation that is under way, if there is one. What it
// has downloaded stays for the next one.
func (e *Engine) Cancel() {
	e.mu.Lock()
	defer e.mu.Unlock()
	if e.cancel != nil {
		e.cancel()
	}
}

// lastFault is what the last round ended with.
func (e *Engine) lastFault() error {
	e.mu.Lock()
	defer e.mu.Unlock()
	return e.fault
}

func (e *Engine) report(ctx context.Context, stage string, done, total int64) {
	e.mu.Lock()
	e.progress = Progress{Stage: stage, Done: done, Total: total}
	e.mu.Unlock()
	e.tell(ctx)
}

func (e *Engine) tell(ctx context.Context) {
	if e.p.Changed == nil {
		return
	}
	if s, err := e.Status(context.WithoutCancel(ctx)); err == nil {
		e.p.Changed(s)
	}
}
