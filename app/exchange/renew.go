package exchange

import (
	"context"
	"crypto"
	"crypto/x509"
	"encoding/base64"
	"errors"
	"fmt"
	"time"

	"polis/app"
)

// renewBefore is how long before its end the device's key is renewed: from
// its 300th day of 365.
const renewBefore = 65 * 24 * time.Hour

// keyLife is how long a new key holds when the hub does not say.
const keyLife = 365 * 24 * time.Hour

// PublicKey returns the public half as it travels: base64url of the DER
// SubjectPublicKeyInfo.
func PublicKey(key crypto.Signer) (string, error) {
	der, err := x509.MarshalPKIXPublicKey(key.Public())
	if err != nil {
		return "", fmt.Errorf("device key: %w", err)
	}
	return base64.RawURLEncoding.EncodeToString(der), nil
}

// renew gives the device a new key in good time. The new key is kept beside
// the old one until the hub has taken it.
func (e *Engine) renew(ctx context.Context, r *round) error {
	if r.d.RenewBy.IsZero() || e.now(ctx).Before(r.d.RenewBy.Add(-renewBefore)) {
		return nil
	}
	next, err := e.p.Keys.Pending(true)
	if err != nil {
		return err
	}
	until, err := r.hub.RenewKey(ctx, next)
	if app.ErrorCode(err) == app.CodeNotFound { // a hub from before
		return nil
	}
	if err != nil {
		return err
	}
	return e.promote(ctx, r, until)
}

func (e *Engine) promote(ctx context.Context, r *round, until time.Time) error {
	if err := e.p.Keys.Promote(); err != nil {
		return err
	}
	if until.IsZero() {
		until = e.now(ctx).Add(keyLife)
	}
	r.d.RenewBy = until
	return errors.Join(e.p.Outbox.SaveDevice(ctx, r.d), e.audit(ctx, app.AuditKeyRenewal, r.d.ID))
}

// takePending tries the key of a renewal whose answer was lost, after the hub
// has refused the current one. It reports whether the hub takes it.
func (e *Engine) takePending(ctx context.Context, r *round) (bool, error) {
	next, err := e.p.Keys.Pending(false)
	if err != nil || next == nil {
		return false, err
	}
	hub, err := e.p.Connect(r.d, next)
	if err != nil {
		return false, err
	}
	until, err := hub.RenewKey(ctx, next) // the hub says again what it answered
	if err != nil {
		return false, nil //nolint:nilerr // neither key holds: the first refusal tells
	}
	r.hub = hub
	return true, e.promote(ctx, r, until)
}
