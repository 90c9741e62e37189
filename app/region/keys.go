package region

import (
	"context"
	"crypto/ed25519"
	"crypto/rand"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"slices"
	"time"

	"polis/data/wire"
)

// Names of the hub's secrets in the database, where replicas share them.
const (
	secretToken     = "token"            // HMAC key of access tokens
	secretOnline    = "online"           // seed of the key that signs manifests
	secretStatement = "online-statement" // signed by the root
	secretRoots     = "roots"            // public root keys
	secretLock      = "lock"             // nothing: who writes it makes or renews keys alone
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
	roots     []string
	renewAt   time.Time // until then nothing is to be done
}

// Prepare makes the hub's keys when there are none yet and renews the
// statement of the root; serve runs it before it answers. Codes: CodeFile.
func (h *Hub) Prepare(ctx context.Context) error {
	_, err := h.currentKeys(ctx)
	return err
}

func (h *Hub) currentKeys(ctx context.Context) (*keys, error) {
	h.mu.Lock()
	defer h.mu.Unlock()
	now := h.clock.Now().UTC().Truncate(time.Second)
	if h.keys != nil && now.Before(h.keys.renewAt) {
		return h.keys, nil
	}
	var k *keys
	err := h.store.Update(ctx, func(tx Tx) error {
		// Two replicas that start together must not make two keys.
		err := tx.SetSecret(secretLock, []byte{})
		if err != nil {
			return err
		}
		if k, err = loadKeys(tx); err != nil {
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
	return k, k.loadStatement(tx)
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
	k.expires = stated.ExpiresAt
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
	if now.Before(k.expires.Add(-onlineRenew)) {
		return nil
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
	stated := wire.OnlineKey{Key: publicText(k.online), NotBefore: now, ExpiresAt: now.Add(onlineLife)}
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
