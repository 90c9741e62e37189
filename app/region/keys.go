package region

import (
	"context"
	"crypto/ed25519"
	"crypto/rand"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"time"

	"filippo.io/age"

	"polis/app"
	"polis/data/wire"
)

// Names of the hub's secrets in the database, where replicas share them.
const (
	secretToken     = "token"            // HMAC key of access tokens
	secretOnline    = "online"           // seed of the key that signs manifests
	secretStatement = "online-statement" // signed by the root
	secretRoots     = "roots"            // public root keys
	secretLock      = "lock"             // nothing: who writes it makes or changes keys alone
	secretPending   = "online-pending"   // seed of the key that an offline root is asked to sign
	secretOffline   = "offline-root"     // set when a statement came from outside
	secretUpload    = "upload-identity"  // age identity for uploads on a USB stick
)

const (
	onlineLife  = 365 * 24 * time.Hour
	onlineRenew = 60 * 24 * time.Hour // before its end
	renewRetry  = time.Hour           // where the root is kept elsewhere
)

// keys are what the hub signs with.
type keys struct {
	token     []byte
	online    ed25519.PrivateKey
	statement wire.Signed
	expires   time.Time
	serial    int64
	roots     []string
	renewAt   time.Time // until then nothing is to be done
	offline   bool      // the root is elsewhere: nothing here may sign in its place
	uploadKey string
	upload    *age.X25519Identity
}

// Prepare makes the hub's keys when there are none yet, renews the statement
// of the root and ends the requests whose applicants let their time pass; serve
// runs it before it answers. Codes: CodeFile.
func (h *Hub) Prepare(ctx context.Context) error {
	_, err := h.currentKeys(ctx)
	if err == nil {
		_, err = h.ExpireMemberships(ctx)
	}
	return err
}

func (h *Hub) currentKeys(ctx context.Context) (*keys, error) {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.lockedKeys(ctx)
}

// forgetKeys makes the next use read the keys again.
func (h *Hub) forgetKeys() {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.keys = nil
}

func (h *Hub) lockedKeys(ctx context.Context) (*keys, error) {
	now := h.clock.Now().UTC().Truncate(time.Second)
	if h.keys != nil && now.Before(h.keys.renewAt) {
		return h.keys, nil
	}
	var k *keys
	err := h.store.Update(ctx, func(tx Tx) error {
		// Two replicas that start together must not make two keys.
		var err error
		if k, err = lockKeys(tx); err != nil {
			return err
		}
		return h.renew(tx, k, now)
	})
	if err != nil {
		return nil, err
	}
	if k.renewAt = k.expires.Add(-onlineRenew); !now.Before(k.renewAt) { // a root that is kept elsewhere
		k.renewAt = now.Add(renewRetry)
		if k.expires.Before(k.renewAt) {
			k.renewAt = k.expires
		}
	}
	h.keys = k
	return k, nil
}

// loadKeys reads the secrets; what does not exist yet stays empty, except
// for the token key, which needs no root.
func loadKeys(tx Tx) (*keys, error) {
	k := &keys{}
	var err error
	if k.token, err = tx.Secret(secretToken); err != nil {
		return nil, err
	}
	if k.token == nil {
		k.token = make([]byte, 32)
		if _, err := rand.Read(k.token); err != nil {
			return nil, fmt.Errorf("token key: %w", err)
		}
		if err := tx.SetSecret(secretToken, k.token); err != nil {
			return nil, err
		}
	}
	seed, err := tx.Secret(secretOnline)
	if err != nil {
		return nil, err
	}
	if len(seed) == ed25519.SeedSize {
		k.online = ed25519.NewKeyFromSeed(seed)
	}
	if err := loadJSON(tx, secretRoots, &k.roots); err != nil {
		return nil, err
	}
	offline, err := tx.Secret(secretOffline)
	if err != nil {
		return nil, err
	}
	k.offline = offline != nil
	if err := k.loadUpload(tx); err != nil {
		return nil, err
	}
	return k, k.loadStatement(tx)
}

// loadUpload reads the identity that opens uploads from a USB stick, made on
// first use.
func (k *keys) loadUpload(tx Tx) error {
	text, err := tx.Secret(secretUpload)
	if err != nil {
		return err
	}
	if text == nil {
		fresh, err := age.GenerateX25519Identity()
		if err != nil {
			return fmt.Errorf("upload key: %w", err)
		}
		text = []byte(fresh.String())
		if err := tx.SetSecret(secretUpload, text); err != nil {
			return err
		}
	}
	if k.upload, err = age.ParseX25519Identity(string(text)); err != nil {
		return errors.New("upload key: not an age identity")
	}
	k.uploadKey = k.upload.Recipient().String()
	return nil
}

func (k *keys) loadStatement(tx Tx) error {
	if err := loadJSON(tx, secretStatement, &k.statement); err != nil || k.statement.Payload == "" {
		return err
	}
	payload, err := base64.RawURLEncoding.DecodeString(k.statement.Payload)
	if err != nil {
		return fmt.Errorf("statement of the root: %w", err)
	}
	var stated wire.OnlineKey
	if err := json.Unmarshal(payload, &stated); err != nil {
		return fmt.Errorf("statement of the root: %w", err)
	}
	k.expires, k.serial = stated.ExpiresAt, stated.Serial
	return nil
}

func loadJSON(tx Tx, name string, into any) error {
	raw, err := tx.Secret(name)
	if err != nil || raw == nil {
		return err
	}
	if err := json.Unmarshal(raw, into); err != nil {
		return fmt.Errorf("secret %s: %w", name, err)
	}
	return nil
}

// renew lets the root sign the online key when that is due. A root kept
// elsewhere is no fault while the statement still holds.
func (h *Hub) renew(tx Tx, k *keys, now time.Time) error {
	if now.Before(k.expires.Add(-onlineRenew)) || k.offline && now.Before(k.expires) {
		return nil
	}
	if k.offline {
		return app.Fault(app.CodeSigningKey, errors.New("the offline root's statement has expired"))
	}
	root, err := h.files.RootKey(len(k.roots) == 0)
	if err != nil {
		if now.Before(k.expires) {
			return nil
		}
		return err
	}
	if k.online == nil {
		if _, k.online, err = ed25519.GenerateKey(rand.Reader); err != nil {
			return fmt.Errorf("online key: %w", err)
		}
		if err := tx.SetSecret(secretOnline, k.online.Seed()); err != nil {
			return err
		}
	}
	k.serial++
	stated := wire.OnlineKey{Key: publicText(k.online), Serial: k.serial, NotBefore: now, ExpiresAt: now.Add(onlineLife)}
	if k.statement, err = wire.Sign(stated, root); err != nil {
		return err
	}
	k.expires = stated.ExpiresAt
	if text := publicText(root); !slices.Contains(k.roots, text) {
		k.roots = append(k.roots, text)
	}
	return k.save(tx)
}

func (k *keys) save(tx Tx) error {
	for name, v := range map[string]any{secretStatement: k.statement, secretRoots: k.roots} {
		raw, err := wire.Marshal(v)
		if err != nil {
			return err
		}
		if err := tx.SetSecret(name, raw); err != nil {
			return err
		}
	}
	return nil
}

func publicText(key ed25519.PrivateKey) string {
	public, _ := key.Public().(ed25519.PublicKey)
	return base64.RawURLEncoding.EncodeToString(public)
}
