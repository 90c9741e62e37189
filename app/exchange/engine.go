package exchange

import (
	"context"
	"crypto/ed25519"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"strings"
	"sync"
	"time"

	"polis/app"
	"polis/data/wire"
)

const (
	pageSize     = 500
	sendBatch    = 200
	pollEvery    = 5 * time.Minute
	watchdog     = time.Minute // a queue that waits is tried at least so often
	backoffMax   = 15 * time.Minute
	backoffFirst = 2 * time.Second
)

// Engine synchronises one workstation; safe for concurrent use.
type Engine struct {
	p    Params
	wake chan struct{}

	one sync.Mutex // one synchronisation at a time

	mu       sync.Mutex
	running  bool
	progress Progress
	fault    error
}

// New returns an engine; a missing need is CodeInternal.
func New(p Params) (*Engine, error) {
	if p.Catalogue == nil || p.Outbox == nil || p.Connect == nil || p.Key == nil || p.Clock == nil {
		return nil, app.Fault(app.CodeInternal, errors.New("exchange: a need is missing"))
	}
	return &Engine{p: p, wake: make(chan struct{}, 1)}, nil
}

// Enrol makes this workstation one of the authority that gave the code. CA is
// the PEM of the hub's own authority, nil for the system's roots.
func (e *Engine) Enrol(ctx context.Context, hub, code string, ca []byte) error {
	held, err := e.p.Outbox.Device(ctx)
	if err != nil {
		return err
	}
	if held.Enrolled() {
		return app.Fault(app.CodeAlreadyEnrolled, nil)
	}
	d := Device{Hub: strings.TrimRight(strings.TrimSpace(hub), "/"), CA: ca}
	client, err := e.p.Connect(d)
	if err != nil {
		return err
	}
	key, err := e.p.Key()
	if err != nil {
		return err
	}
	answer, err := client.Enrol(ctx, wire.EnrolmentRequest{Code: strings.TrimSpace(code), PublicKey: base64.RawURLEncoding.EncodeToString(key)})
	if err != nil {
		return err
	}
	if d.Roots, err = roots(answer.HubRoots); err != nil {
		return app.Fault(app.CodeHubAnswer, err, "hub", d.Hub)
	}
	d.ID, d.Authority, d.Office = answer.Device, answer.Authority, answer.Office
	d.Operator, d.Role = answer.Operator.ID, answer.Operator.Role
	return e.p.Outbox.SaveDevice(ctx, d)
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

// Status tells how things stand.
func (e *Engine) Status(ctx context.Context) (Status, error) {
	d, err := e.p.Outbox.Device(ctx)
	if err != nil {
		return Status{}, err
	}
	s := Status{Authority: d.Authority, Office: d.Office, Hub: d.Hub, Enrolled: d.Enrolled()}
	held, err := e.p.Catalogue.Held(ctx)
	if err != nil {
		return s, err
	}
	s.Sheets, s.CatalogueVersion, s.CatalogueDigest = held.Sheets, held.Version, held.Digest
	last, err := e.p.Outbox.LastSync(ctx)
	if err != nil {
		return s, err
	}
	if !last.IsZero() {
		s.LastSync = &last
	}
	if s.Waiting, s.Quarantined, err = e.p.Outbox.Counts(ctx); err != nil {
		return s, err
	}
	e.mu.Lock()
	s.Running, s.Progress, s.Fault = e.running, e.progress, e.fault
	e.mu.Unlock()
	switch {
	case s.Fault != nil:
		s.Problem = string(app.ErrorCode(s.Fault))
	case e.p.Catalogue.Damaged():
		s.Problem = string(app.CodeCatalogueDamaged)
		s.Fault = app.Fault(app.CodeCatalogueDamaged, nil)
	case s.Enrolled && s.Sheets == 0:
		s.Problem = string(app.CodeCatalogueEmpty)
	}
	return s, nil
}

// Sync brings the catalogue down and the contacts up, and remembers what went
// wrong for Status. What can be done is done: a fault on the way down does
// not keep contacts from going up.
func (e *Engine) Sync(ctx context.Context) (Summary, error) {
	return e.sync(ctx, true)
}

func (e *Engine) sync(ctx context.Context, byHand bool) (sum Summary, err error) {
	e.one.Lock()
	defer e.one.Unlock()
	e.begin(ctx)
	defer func() { e.end(ctx, err) }()
	d, err := e.p.Outbox.Device(ctx)
	if err != nil {
		return sum, err
	}
	if !d.Enrolled() {
		return sum, app.Fault(app.CodeNotEnrolled, nil)
	}
	if e.p.Exclusive != nil {
		release, err := e.p.Exclusive(ctx)
		if err != nil {
			return sum, err
		}
		defer release()
	}
	hub, err := e.p.Connect(d)
	if err != nil {
		return sum, err
	}
	reached, downErr := e.pull(ctx, hub, d, &sum)
	if !reached {
		return sum, e.count(ctx, &sum, downErr)
	}
	upErr := e.push(ctx, hub, byHand, &sum)
	return sum, e.count(ctx, &sum, errors.Join(downErr, upErr))
}

func (e *Engine) count(ctx context.Context, sum *Summary, err error) error {
	waiting, _, cerr := e.p.Outbox.Counts(ctx)
	sum.Waiting = waiting
	held, herr := e.p.Catalogue.Held(ctx)
	sum.Version, sum.Sheets = held.Version, held.Sheets
	return errors.Join(err, cerr, herr)
}

// Run synchronises now, on Wake and every few minutes, until ctx ends.
func (e *Engine) Run(ctx context.Context) {
	timer := time.NewTimer(0)
	defer timer.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-timer.C:
		case <-e.wake:
		}
		sum, err := e.sync(ctx, false)
		next := pollEvery
		if err != nil || sum.Waiting > 0 {
			next = watchdog
		}
		timer.Reset(next/2 + rand.N(next/2)) //nolint:gosec // jitter, not a secret
	}
}

// Wake asks for a synchronisation soon.
func (e *Engine) Wake() {
	select {
	case e.wake <- struct{}{}:
	default: // one is asked for already
	}
}

func (e *Engine) begin(ctx context.Context) {
	e.mu.Lock()
	e.running, e.progress = true, Progress{Stage: StageConnect}
	e.mu.Unlock()
	e.tell(ctx)
}

func (e *Engine) end(ctx context.Context, err error) {
	e.mu.Lock()
	e.running, e.progress, e.fault = false, Progress{}, err
	if errors.Is(err, context.Canceled) {
		e.fault = nil
	}
	e.mu.Unlock()
	e.tell(ctx)
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

// pull brings the catalogue to the hub's newest publication. It reports
// whether there is a hub at the other end: when only a file does not come
// through (a filter on the way stops a document), contacts still go up.
func (e *Engine) pull(ctx context.Context, hub Hub, d Device, sum *Summary) (reached bool, err error) {
	held, err := e.p.Catalogue.Held(ctx)
	if err != nil && app.ErrorCode(err) != app.CodeCatalogueDamaged {
		return true, err
	}
	m, etag, err := e.manifest(ctx, hub, d, held)
	if err != nil {
		code := app.ErrorCode(err)
		return code != app.CodeHubUnreachable && code != app.CodeHubCertificate && code != app.CodeHubAnswer, err
	}
	if m != nil {
		if err := e.take(ctx, hub, d, held, *m, etag, sum); err != nil {
			return true, err
		}
	}
	if err := e.p.Outbox.SetLastSync(ctx, e.p.Clock.Now()); err != nil {
		return true, err
	}
	return true, errors.Join(e.documents(ctx, hub, sum), e.p.Catalogue.Tidy(ctx))
}

// manifest returns the hub's newest manifest, verified, or nil when it is
// the one that is applied. An older one than the one applied is refused.
func (e *Engine) manifest(ctx context.Context, hub Hub, d Device, held Held) (*wire.Manifest, string, error) {
	etag := held.Etag
	if held.Version == 0 {
		etag = ""
	}
	signed, newEtag, err := hub.Manifest(ctx, etag)
	if err != nil || signed == nil {
		return nil, etag, err
	}
	m, err := signed.Open(e.p.Clock.Now(), d.Roots...)
	if err != nil {
		return nil, "", app.Fault(app.CodeManifest, err)
	}
	if m.Epoch == held.Epoch && m.Version < held.Version {
		return nil, "", app.Fault(app.CodeManifest, fmt.Errorf("version %d is older than %d", m.Version, held.Version))
	}
	return &m, newEtag, nil
}

// take applies a manifest: by changes where they reach, else by snapshot.
func (e *Engine) take(ctx context.Context, hub Hub, d Device, held Held, m wire.Manifest, etag string, sum *Summary) error {
	if held.Version > 0 && held.Epoch == m.Epoch {
		err := e.takeChanges(ctx, hub, d, held, m, etag, sum)
		if app.ErrorCode(err) == app.CodeManifest { // one retry: a publication may have come between
			err = e.takeChanges(ctx, hub, d, held, m, etag, sum)
		}
		if code := app.ErrorCode(err); code != app.CodeManifest && code != app.CodeCursorExpired {
			return err
		}
	}
	return e.takeSnapshot(ctx, hub, m, etag, sum)
}

func (e *Engine) takeChanges(ctx context.Context, hub Hub, d Device, held Held, m wire.Manifest, etag string, sum *Summary) error {
	var changes []wire.Change
	cursor := held.Cursor
	for cursor != m.Cursor {
		page, err := hub.Changes(ctx, cursor, pageSize)
		if err != nil {
			return err
		}
		for _, raw := range page.Items {
			c, err := wire.ParseWire(raw)
			if err != nil {
				return app.Fault(app.CodeManifest, err)
			}
			changes = append(changes, c)
		}
		e.report(ctx, StageDownload, int64(len(changes)), 0)
		if !page.HasMore {
			break
		}
		if page.NextCursor == cursor { // a copy from a cache on the way: it would never end
			return app.Fault(app.CodeHubAnswer, errors.New("a page of changes leads to itself"), "hub", d.Hub)
		}
		cursor = page.NextCursor
	}
	e.report(ctx, StageApply, 0, 0)
	if err := e.p.Catalogue.Apply(ctx, m, etag, changes); err != nil {
		return err
	}
	sum.Changed = len(changes)
	return nil
}

func (e *Engine) takeSnapshot(ctx context.Context, hub Hub, m wire.Manifest, etag string, sum *Summary) error {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	pr, pw := io.Pipe()
	done := make(chan error, 1)
	go func() {
		err := hub.Snapshot(ctx, m.Snapshot.SHA256, pw, func(n int64) { e.report(ctx, StageDownload, n, m.Snapshot.Size) })
		pw.CloseWithError(err)
		done <- err
	}()
	applyErr := e.p.Catalogue.Replace(ctx, m, etag, pr)
	if applyErr != nil {
		cancel()
	}
	_ = pr.CloseWithError(applyErr)
	loadErr := <-done
	if loadErr != nil && !errors.Is(loadErr, context.Canceled) && !errors.Is(loadErr, io.ErrClosedPipe) {
		return loadErr
	}
	if applyErr == nil {
		for _, n := range m.Counts {
			sum.Changed += n
		}
	}
	return applyErr
}

// documents fetches the attachments that are missing; one that fails is left
// for the next time.
func (e *Engine) documents(ctx context.Context, hub Hub, sum *Summary) error {
	missing, err := e.p.Catalogue.MissingBlobs(ctx)
	if err != nil {
		return err
	}
	for i, sha := range missing {
		e.report(ctx, StageDocuments, int64(i), int64(len(missing)))
		err := e.p.Catalogue.SaveBlob(ctx, sha, func(w io.Writer) error { return hub.Blob(ctx, sha, w) })
		switch app.ErrorCode(err) {
		case "":
			sum.Documents++
		case app.CodeNotFound, app.CodeManifest: // the sheet prints its address instead
		default:
			return err
		}
	}
	return nil
}

// push sends what waits. A poisoned item goes to quarantine and the next one
// is tried; a hub that does not answer ends the round.
func (e *Engine) push(ctx context.Context, hub Hub, byHand bool, sum *Summary) error {
	now := e.p.Clock.Now()
	due := now
	if byHand { // somebody asked: what waits for a later try is tried now
		due = now.Add(backoffMax)
	}
	items, err := e.p.Outbox.Waiting(ctx, due, sendBatch)
	if err != nil {
		return err
	}
	for i, item := range items {
		e.report(ctx, StageUpload, int64(i), int64(len(items)))
		_, err := hub.PutContact(ctx, item.ID, item.Payload)
		if err := e.settle(ctx, item, err); err != nil {
			return err
		}
		if err == nil {
			sum.Sent++
		}
	}
	return e.receipts(ctx, hub)
}

// settle notes what became of an item; it returns an error when the round
// must end.
func (e *Engine) settle(ctx context.Context, item Item, err error) error {
	now := e.p.Clock.Now()
	switch code := app.ErrorCode(err); code {
	case "":
		return e.p.Outbox.Acked(ctx, item.ID, now)
	case app.CodeConflict, app.CodeInvalid, app.CodeForbidden:
		return e.p.Outbox.Quarantined(ctx, item.ID, string(code), now)
	}
	if ctx.Err() != nil {
		return err
	}
	return errors.Join(err, e.p.Outbox.Postponed(ctx, item.ID, now.Add(backoff(item.Attempts))))
}

// backoff is full jitter under a doubling bound.
func backoff(attempts int) time.Duration {
	bound := backoffMax
	if attempts < 9 {
		bound = min(backoffFirst<<attempts, backoffMax)
	}
	return rand.N(bound) //nolint:gosec // jitter, not a secret
}

func (e *Engine) receipts(ctx context.Context, hub Hub) error {
	cursor, err := e.p.Outbox.ReceiptsCursor(ctx)
	if err != nil {
		return err
	}
	for {
		page, err := hub.Receipts(ctx, cursor)
		if app.ErrorCode(err) == app.CodeCursorExpired && cursor != "" { // the hub began anew
			cursor = ""
			continue
		}
		if err != nil {
			return err
		}
		if page.NextCursor == cursor || page.NextCursor == "" {
			return nil
		}
		if err := e.p.Outbox.SetReceipts(ctx, page.Items, page.NextCursor); err != nil {
			return err
		}
		cursor = page.NextCursor
		if !page.HasMore {
			return nil
		}
	}
}
