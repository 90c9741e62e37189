package region

import (
	"context"
	"crypto/ed25519"
	"crypto/rand"
	"encoding/base64"
	"errors"
	"fmt"
	"slices"
	"time"

	"polis/app"
	"polis/data/wire"
)

// KeyRequest asks an offline root to trust a fresh online key.
type KeyRequest struct {
	Type   string `json:"type"` // "key_request"
	Key    string `json:"key"`
	Serial int64  `json:"serial"`
}

// KeyStatement is the root's answer, with the root's own public key.
type KeyStatement struct {
	Type      string      `json:"type"` // "key_statement"
	Root      string      `json:"root"`
	Statement wire.Signed `json:"statement"`
}

const (
	typeKeyRequest   = "key_request"
	typeKeyStatement = "key_statement"
)

// RequestKey makes a fresh online key, which signs nothing before a root has
// said so. The private half stays in the hub's database.
func (h *Hub) RequestKey(ctx context.Context) (KeyRequest, error) {
	_, key, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		return KeyRequest{}, fmt.Errorf("online key: %w", err)
	}
	r := KeyRequest{Type: typeKeyRequest, Key: publicText(key)}
	err = h.store.Update(ctx, func(tx Tx) error {
		k, err := lockKeys(tx)
		if err != nil {
			return err
		}
		r.Serial = k.serial + 1
		return tx.SetSecret(secretPending, key.Seed())
	})
	return r, err
}

// lockKeys reads the keys while nobody else changes them.
func lockKeys(tx Tx) (*keys, error) {
	if err := tx.SetSecret(secretLock, []byte{}); err != nil {
		return nil, err
	}
	return loadKeys(tx)
}

// SignKey is the offline root's part: it needs no hub. Codes: CodeInvalid.
func SignKey(root ed25519.PrivateKey, r KeyRequest, now time.Time) (KeyStatement, error) {
	if public, err := base64.RawURLEncoding.DecodeString(r.Key); r.Type != typeKeyRequest || err != nil || len(public) != ed25519.PublicKeySize || r.Serial < 1 {
		return KeyStatement{}, app.Fault(app.CodeInvalid, err, "field", "request", "value", clip(r.Key))
	}
	now = now.UTC().Truncate(time.Second)
	signed, err := wire.Sign(wire.OnlineKey{Key: r.Key, Serial: r.Serial, NotBefore: now, ExpiresAt: now.Add(onlineLife)}, root)
	return KeyStatement{Type: typeKeyStatement, Root: publicText(root), Statement: signed}, err
}

// InstallKey makes the pending key the one that signs, from this moment on in
// every process. A root that workstations do not know is taken only when it is
// the first one or newRoot says so. Codes: CodeSigningKey.
func (h *Hub) InstallKey(ctx context.Context, s KeyStatement, newRoot bool) (wire.OnlineKey, error) {
	refused := func(why string) error { return app.Fault(app.CodeSigningKey, errors.New(why)) }
	var stated wire.OnlineKey
	root, err := base64.RawURLEncoding.DecodeString(s.Root)
	if err != nil || s.Type != typeKeyStatement || s.Statement.Verify(&stated, root) != nil {
		return stated, refused("the statement is not signed by the root that it names")
	}
	err = h.store.Update(ctx, func(tx Tx) error {
		k, err := lockKeys(tx)
		if err != nil {
			return err
		}
		seed, err := tx.Secret(secretPending)
		if err != nil {
			return err
		}
		known := len(k.roots) == 0 || slices.Contains(k.roots, s.Root) || newRoot
		switch {
		case len(seed) != ed25519.SeedSize || publicText(ed25519.NewKeyFromSeed(seed)) != stated.Key:
			return refused("the statement is about another key than the one requested last")
		case stated.Serial <= k.serial:
			return refused("the statement is older than the one in use")
		case !h.clock.Now().Before(stated.ExpiresAt):
			return refused("the statement has expired")
		case !known:
			return refused("workstations do not know this root")
		}
		if !slices.Contains(k.roots, s.Root) {
			k.roots = append(k.roots, s.Root)
		}
		k.statement = s.Statement
		return k.install(tx, seed)
	})
	if err == nil {
		h.forgetKeys()
	}
	return stated, err
}

// install makes the pending key the online one.
func (k *keys) install(tx Tx, seed []byte) error {
	if err := k.save(tx); err != nil {
		return err
	}
	if err := tx.SetSecret(secretOnline, seed); err != nil {
		return err
	}
	if err := tx.SetSecret(secretOffline, []byte("1")); err != nil {
		return err
	}
	return tx.DeleteSecret(secretPending)
}
