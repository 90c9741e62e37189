package exchange

import (
	"cmp"
	"context"
	"errors"
	"io"
	"time"

	"polis/app"
	"polis/data/wire"
)

// Reading is a catalogue that a workstation reads without being enrolled.
type Reading struct {
	Epoch     string    `json:"epoch"`
	Version   int64     `json:"version"`
	Sheets    int       `json:"sheets"`
	IssuedAt  time.Time `json:"issued_at"`
	ExpiresAt time.Time `json:"expires_at"`
}

// Older reports that r is not to take the place of the other: it is of an older
// version, or of another epoch and issued before.
func (r Reading) Older(than Reading) bool {
	if r.Epoch == than.Epoch && r.Version != than.Version {
		return r.Version < than.Version
	}
	return r.IssuedAt.Before(than.IssuedAt)
}

// CheckBundle reads a bundle to its end and holds it against the signature of
// one of roots (Ed25519 in base64url); nothing is changed. CodeRoots (there
// are none), CodeBundle (damaged, or signed by somebody else),
// CodeBundleExpired, CodeBundleGap (it is not the whole catalogue).
func (e *Engine) CheckBundle(ctx context.Context, file io.Reader, trusted []string) (Reading, error) {
	b, err := e.reader(ctx, file, trusted)
	if err != nil {
		return Reading{}, err
	}
	return b.summary(), nil
}

// ReadBundle fills the catalogue from a bundle that one of roots vouches for:
// sheets and documents, nothing private. For a workstation that is not
// enrolled (CodeAlreadyEnrolled) and has an empty catalogue. Codes: those of
// CheckBundle, and CodeFile.
func (e *Engine) ReadBundle(ctx context.Context, file io.ReadSeeker, trusted []string) (Reading, error) {
	e.one.Lock()
	defer e.one.Unlock()
	if d, err := e.p.Outbox.Device(ctx); err != nil || d.Enrolled() { // its catalogue is its hub's
		return Reading{}, cmp.Or(err, error(app.Fault(app.CodeAlreadyEnrolled, nil, "hub", d.Hub)))
	}
	b, err := e.reader(ctx, file, trusted)
	if err != nil {
		return Reading{}, err
	}
	if _, err := file.Seek(0, io.SeekStart); err != nil {
		return Reading{}, app.Fault(app.CodeFile, err, "path", "")
	}
	return b.summary(), b.walk(file, b.take(ctx))
}

// reader checks a bundle by keys that no enrolment gave.
func (e *Engine) reader(ctx context.Context, file io.Reader, trusted []string) (*bundle, error) {
	keys, err := roots(trusted)
	if err != nil {
		return nil, app.Fault(app.CodeRoots, err)
	}
	b := &bundle{e: e, d: Device{Roots: keys}, sum: &Summary{}, alone: true}
	if err := b.walk(file, b.check(ctx)); err != nil {
		return nil, err
	}
	switch {
	case b.key == nil:
		return nil, app.Fault(app.CodeBundle, errors.New("without a manifest"))
	case !b.whole:
		return nil, app.Fault(app.CodeBundleGap, nil)
	}
	return b, nil
}

// expired says whether the manifest, or the key that signed it, is too old to
// be read where no hub confirms it. Its signature is checked all the same.
func (b *bundle) expired(at time.Time) error {
	if !b.alone {
		return nil
	}
	m, stated, err := b.signed.OpenStatement(time.Time{}, b.d.Roots...)
	switch {
	case err != nil:
		return err
	case at.After(m.ExpiresAt), at.After(stated.ExpiresAt):
		return app.Fault(app.CodeBundleExpired, nil)
	}
	return nil
}

func (b *bundle) summary() Reading {
	return Reading{
		Epoch: b.m.Epoch, Version: b.m.Version, Sheets: b.m.Counts[wire.TypeSheet], IssuedAt: b.m.IssuedAt, ExpiresAt: b.m.ExpiresAt,
	}
}
