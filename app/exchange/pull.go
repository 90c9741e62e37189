package exchange

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strconv"
	"time"

	"polis/app"
	"polis/data/wire"
)

const (
	pageSize        = 500
	pageSizeMetered = 100
	// maxSnapshot bounds a snapshot whose manifest does not say its size.
	maxSnapshot = 2 << 30
	mostResumes = 20 // of one download in one round
)

// trust is what this workstation has seen of its hub's publications. It lies
// in ufficio.db: a catalogue that is deleted or damaged does not open the
// door to an older one.
type trust struct {
	Epoch     string    `json:"epoch"`
	Version   int64     `json:"version"`
	Digest    string    `json:"digest"`
	IssuedAt  time.Time `json:"issued_at"`
	ExpiresAt time.Time `json:"expires_at"`
	Serial    int64     `json:"serial"` // of the online key
	Left      []string  `json:"left"`   // epochs that were left
}

func (e *Engine) trust(ctx context.Context) (trust, error) {
	var t trust
	text, err := e.p.Outbox.Setting(ctx, settingTrust)
	if err != nil || text == "" {
		return t, err
	}
	if err := json.Unmarshal([]byte(text), &t); err != nil {
		return t, fmt.Errorf("%s: %w", settingTrust, err)
	}
	return t, nil
}

// errStale marks a publication that is no news: the same one, signed before.
var errStale = errors.New("signed before what is known")

// tooEarly is how much later than now a time is that no hub can have signed at
// with a clock that is right.
const tooEarly = 24 * time.Hour

// accept returns the trust after the manifest, or why it is refused; at is the
// hub's time. What was signed while the hub's clock ran ahead must not keep
// out what it signs after: versions, epochs and keys still only ascend.
func (t trust) accept(m wire.Manifest, serial int64, at time.Time) (trust, error) {
	if t.IssuedAt.After(at.Add(tooEarly)) && m.IssuedAt.Before(t.IssuedAt) {
		t.IssuedAt = time.Time{}
	}
	if m.Epoch == t.Epoch && m.Version == t.Version && m.CatalogDigest == t.Digest && m.IssuedAt.Before(t.IssuedAt) && serial >= t.Serial {
		return t, errStale
	}
	for _, left := range t.Left {
		if m.Epoch == left {
			return t, fmt.Errorf("epoch %q was left", m.Epoch)
		}
	}
	switch {
	case m.Epoch == t.Epoch && m.Version < t.Version:
		return t, fmt.Errorf("version %d is older than %d", m.Version, t.Version)
	case (m.Epoch != t.Epoch || m.Version == t.Version) && m.IssuedAt.Before(t.IssuedAt): // else the version tells, not a clock
		return t, fmt.Errorf("issued %s, before %s", m.IssuedAt, t.IssuedAt)
	case serial < t.Serial:
		return t, fmt.Errorf("online key %d is older than %d", serial, t.Serial)
	}
	next := trust{
		Epoch: m.Epoch, Version: m.Version, Digest: m.CatalogDigest, IssuedAt: m.IssuedAt, ExpiresAt: m.ExpiresAt,
		Serial: serial, Left: t.Left,
	}
	if t.Epoch != "" && t.Epoch != m.Epoch {
		next.Left = append(next.Left[:len(next.Left):len(next.Left)], t.Epoch)
	}
	return next, nil
}

// verify opens a signed manifest by the hub's time and remembers it. It
// returns nil when it is no news.
func (e *Engine) verify(ctx context.Context, d Device, signed *wire.SignedManifest, at time.Time) (*wire.Manifest, error) {
	m, err := signed.Open(at, d.Roots...)
	if err != nil {
		return nil, app.Fault(app.CodeManifest, err)
	}
	serial, err := serialOf(signed.OnlineKey)
	if err != nil {
		return nil, app.Fault(app.CodeManifest, err)
	}
	before, err := e.trust(ctx)
	if err != nil {
		return nil, err
	}
	after, err := before.accept(m, serial, at)
	if errors.Is(err, errStale) {
		return nil, nil //nolint:nilnil // no news is an answer
	}
	if err != nil {
		return nil, app.Fault(app.CodeManifest, err)
	}
	text, err := json.Marshal(after)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", settingTrust, err)
	}
	return &m, e.p.Outbox.SetSetting(ctx, settingTrust, string(text))
}

// serialOf reads the number of the online key from its statement, whose
// signature was checked before; a statement without one has 0.
func serialOf(statement wire.Signed) (int64, error) {
	text, err := base64.RawURLEncoding.DecodeString(statement.Payload)
	if err != nil {
		return 0, fmt.Errorf("online key: %w", err)
	}
	var k struct {
		Serial int64 `json:"serial"`
	}
	if err := json.Unmarshal(text, &k); err != nil {
		return 0, fmt.Errorf("online key: %w", err)
	}
	return k.Serial, nil
}

// pull brings the catalogue to the hub's newest publication. It reports
// whether there is a hub at the other end: when only the catalogue does not
// come through, contacts still go up.
func (e *Engine) pull(ctx context.Context, r *round) (reached bool, err error) {
	defer func() { e.heed(err) }()
	held, err := e.p.Catalogue.Held(ctx)
	if err != nil && app.ErrorCode(err) != app.CodeCatalogueDamaged {
		return true, err
	}
	now := e.p.Clock.Now()
	if since := now.Sub(e.lastPull); r.metered && !r.byHand && held.Version > 0 && since >= 0 && since < pollMetered {
		t, err := e.trust(ctx)
		r.epoch = t.Epoch
		return true, err
	}
	m, etag, err := e.manifest(ctx, r, held, held.Etag)
	if err != nil {
		return !unreached(err), err
	}
	e.lastPull = now
	if m != nil {
		if err := e.take(ctx, r, held, *m, etag); err != nil {
			return !busy(err), err
		}
	}
	return true, e.p.Outbox.SetSetting(ctx, settingLastSync, now.UTC().Format(time.RFC3339Nano))
}

// unreached reports that no hub answered, or one that wants to be left alone.
func unreached(err error) bool {
	switch app.ErrorCode(err) {
	case app.CodeHubUnreachable, app.CodeHubCertificate, app.CodeHubAnswer, app.CodeHubBusy:
		return true
	}
	return busy(err)
}

// manifest returns the hub's newest manifest, verified, or nil when it is
// the one that is applied.
func (e *Engine) manifest(ctx context.Context, r *round, held Held, etag string) (*wire.Manifest, string, error) {
	if held.Version == 0 {
		etag = ""
	}
	signed, newEtag, err := r.hub.Manifest(ctx, etag)
	if err != nil {
		return nil, "", err
	}
	e.measure(ctx, r.hub)
	var m *wire.Manifest
	if signed != nil {
		if m, err = e.verify(ctx, r.d, signed, e.now(ctx)); err != nil {
			return nil, "", err
		}
	}
	t, err := e.trust(ctx)
	r.epoch = t.Epoch
	if m != nil && held.Version == m.Version && held.Epoch == m.Epoch && held.Digest == m.CatalogDigest && held.Etag == newEtag {
		return nil, "", err
	}
	return m, newEtag, err
}

// take applies a manifest: by changes where they reach, else by snapshot.
func (e *Engine) take(ctx context.Context, r *round, held Held, m wire.Manifest, etag string) error {
	if held.Version > 0 && held.Epoch == m.Epoch {
		err := e.takeChanges(ctx, r, held, m, etag)
		if app.ErrorCode(err) == app.CodeManifest { // a publication may have come between
			var merr error
			if m, etag, merr = e.newest(ctx, r, held, m, etag); merr != nil {
				return errors.Join(merr, err)
			}
			if m.Epoch == held.Epoch {
				err = e.takeChanges(ctx, r, held, m, etag)
			}
		}
		if app.ErrorCode(err) != app.CodeManifest && !lostCursor(err) {
			return err
		}
	}
	if r.metered && !r.byHand && held.Sheets > 0 {
		return app.Fault(app.CodeSnapshotWaits, nil)
	}
	err := e.takeSnapshot(ctx, r, m, etag)
	if code := app.ErrorCode(err); code != app.CodeNotFound && code != app.CodeManifest {
		return err
	}
	m, etag, merr := e.newest(ctx, r, held, m, etag)
	if merr != nil {
		return errors.Join(merr, err)
	}
	return e.takeSnapshot(ctx, r, m, etag) // what was broken is thrown away: once more from the start
}

// lostCursor reports that the hub cannot go on from a cursor: it is of another
// epoch, too old, or was spoilt on the way here. Reading begins anew then.
func lostCursor(err error) bool {
	code := app.ErrorCode(err)
	return code == app.CodeCursorExpired || code == app.CodeInvalid && app.ErrorParams(err)["field"] == "cursor"
}

// newest asks for the manifest anew; without news it is the one that is known.
func (e *Engine) newest(ctx context.Context, r *round, held Held, m wire.Manifest, etag string) (wire.Manifest, string, error) {
	newest, newEtag, err := e.manifest(ctx, r, held, "")
	if err != nil || newest == nil {
		return m, etag, err
	}
	return *newest, newEtag, nil
}

func (e *Engine) takeChanges(ctx context.Context, r *round, held Held, m wire.Manifest, etag string) error {
	size := pageSize
	if r.metered {
		size = pageSizeMetered
	}
	var changes []wire.Change
	cursor := held.Cursor
	for cursor != m.Cursor {
		page, err := r.hub.Changes(ctx, cursor, size)
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
			return app.Fault(app.CodeHubAnswer, errors.New("a page of changes leads to itself"), "hub", r.d.Hub)
		}
		cursor = page.NextCursor
	}
	return e.apply(ctx, r, m, etag, changes)
}

// apply lays changes over the catalogue under the brake.
func (e *Engine) apply(ctx context.Context, r *round, m wire.Manifest, etag string, changes []wire.Change) error {
	e.report(ctx, StageApply, 0, 0)
	err := e.braked(ctx, m, func(m wire.Manifest) error { return e.p.Catalogue.Apply(ctx, m, etag, changes) })
	if err != nil {
		return err
	}
	r.sum.Changed, r.sum.Words = 0, 0
	for _, c := range changes {
		r.sum.tally(c.Type, 1)
	}
	return nil
}

func (e *Engine) takeSnapshot(ctx context.Context, r *round, m wire.Manifest, etag string) error {
	limit := m.Snapshot.Size
	if limit <= 0 {
		limit = maxSnapshot
	}
	progress := func(n int64) { e.report(ctx, StageDownload, n, m.Snapshot.Size) }
	return e.p.Catalogue.Download(ctx, m.Snapshot.SHA256, func(to Partial) error {
		return resume(to, func() error { return r.hub.Snapshot(ctx, m.Snapshot.SHA256, limit, to, progress) })
	}, func(snapshot io.Reader) error { return e.replace(ctx, r.sum, m, etag, snapshot) })
}

// resume goes on at once after a cut, as long as something comes through.
func resume(to Partial, load func() error) error {
	for try := 1; ; try++ {
		before := to.Len()
		err := load()
		if app.ErrorCode(err) != app.CodeSyncInterrupted || to.Len() <= before || try == mostResumes {
			return err
		}
	}
}

// replace puts a snapshot in the catalogue's place under the brake.
func (e *Engine) replace(ctx context.Context, sum *Summary, m wire.Manifest, etag string, snapshot io.Reader) error {
	e.report(ctx, StageApply, 0, 0)
	err := e.braked(ctx, m, func(m wire.Manifest) error { return e.p.Catalogue.Replace(ctx, m, etag, snapshot) })
	if err != nil {
		return err
	}
	sum.Changed, sum.Words = 0, 0
	for kind, n := range m.Counts {
		sum.tally(kind, n)
	}
	return nil
}

// braked applies a publication; when it deletes too much it is remembered,
// for a person to accept it, exactly it.
func (e *Engine) braked(ctx context.Context, m wire.Manifest, apply func(wire.Manifest) error) error {
	accepted, err := e.p.Outbox.Setting(ctx, settingAccepted)
	if err != nil {
		return err
	}
	if accepted == m.Epoch+" "+strconv.FormatInt(m.Version, 10) {
		m.MassDeletion = true
	}
	on, err := e.p.Outbox.Setting(ctx, settingBrake)
	if err != nil {
		return err
	}
	err = apply(m)
	next := ""
	switch {
	case app.ErrorCode(err) == app.CodeBrake:
		p := app.ErrorParams(err)
		n, nerr := strconv.Atoi(p["n"])
		total, terr := strconv.Atoi(p["total"])
		text, jerr := json.Marshal(Brake{N: n, Total: total, Version: m.Version, Epoch: m.Epoch})
		if broken := errors.Join(nerr, terr, jerr); broken != nil {
			return errors.Join(err, broken)
		}
		next = string(text)
	case err != nil:
		return err
	}
	if next == on {
		return err
	}
	return errors.Join(err, e.p.Outbox.SetSetting(ctx, settingBrake, next))
}
