package wire

import (
	"crypto/ed25519"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"time"
)

// Manifest says what the catalogue is at one publication. Times are UTC.
type Manifest struct {
	Epoch            string         `json:"epoch"`   // changes when a hub is restored
	Version          int64          `json:"version"` // ascending within an epoch
	IssuedAt         time.Time      `json:"issued_at"`
	ExpiresAt        time.Time      `json:"expires_at"`
	Snapshot         Snapshot       `json:"snapshot"`
	Cursor           string         `json:"cursor"` // clients read changes up to here
	Counts           map[string]int `json:"counts"` // entities by type
	CatalogDigest    string         `json:"catalog_digest"`
	TombstoneHorizon string         `json:"tombstone_horizon"` // oldest cursor that can still be served
	MassDeletion     bool           `json:"mass_deletion"`     // the hub means it: no brake
	MinimumClient    string         `json:"minimum_client"`
	PublicBase       string         `json:"public_base"` // sheet = PublicBase + "/schede/" + code
}

// Snapshot is the whole catalogue as a zstd file of feed lines, at the
// manifest's cursor.
type Snapshot struct {
	SHA256 string `json:"sha256"`
	Size   int64  `json:"size"`
	Cursor string `json:"cursor"`
}

// Changes is a page of the feed, ascending.
type Changes struct {
	Items      []json.RawMessage `json:"items"`
	NextCursor string            `json:"next_cursor"`
	HasMore    bool              `json:"has_more"`
}

// Signed is a JWS in flattened JSON serialisation (RFC 7515) with EdDSA.
type Signed struct {
	Protected string `json:"protected"`
	Payload   string `json:"payload"`
	Signature string `json:"signature"`
}

// OnlineKey is the statement by which a root key trusts the key that signs
// manifests. Key is the 32-byte Ed25519 key in base64url. Serial ascends with
// every statement: who has seen one refuses a lower one, so that a key that
// was replaced is out.
type OnlineKey struct {
	Key       string    `json:"key"`
	Serial    int64     `json:"serial"`
	NotBefore time.Time `json:"not_before"`
	ExpiresAt time.Time `json:"expires_at"`
}

// SignedManifest is the body of GET /manifest: the manifest signed by the
// online key, and the online key signed by a root.
type SignedManifest struct {
	Manifest  Signed `json:"manifest"`
	OnlineKey Signed `json:"online_key"`
}

// ErrSignature means that a signature or the trust behind it does not hold.
var ErrSignature = errors.New("signature does not hold")

// Sign signs the canonical bytes of v.
func Sign(v any, key ed25519.PrivateKey) (Signed, error) {
	payload, err := Marshal(v)
	if err != nil {
		return Signed{}, err
	}
	s := Signed{
		Protected: base64.RawURLEncoding.EncodeToString([]byte(`{"alg":"EdDSA"}`)),
		Payload:   base64.RawURLEncoding.EncodeToString(payload),
	}
	s.Signature = base64.RawURLEncoding.EncodeToString(ed25519.Sign(key, s.signingInput()))
	return s, nil
}

func (s Signed) signingInput() []byte { return []byte(s.Protected + "." + s.Payload) }

// Verify checks the signature by any of the keys and decodes the payload
// into v.
func (s Signed) Verify(v any, keys ...ed25519.PublicKey) error {
	sig, err := base64.RawURLEncoding.DecodeString(s.Signature)
	if err != nil {
		return fmt.Errorf("%w: %w", ErrSignature, err)
	}
	for _, k := range keys {
		if len(k) == ed25519.PublicKeySize && ed25519.Verify(k, s.signingInput(), sig) {
			payload, err := base64.RawURLEncoding.DecodeString(s.Payload)
			if err != nil {
				return fmt.Errorf("%w: %w", ErrSignature, err)
			}
			if err := json.Unmarshal(payload, v); err != nil {
				return fmt.Errorf("signed payload: %w", err)
			}
			return nil
		}
	}
	return ErrSignature
}

// Open verifies the chain root -> online key -> manifest at the time now.
// The manifest's own expiry is left to the caller: an expired catalogue is
// still searched, under a banner.
func (s SignedManifest) Open(now time.Time, roots ...ed25519.PublicKey) (Manifest, error) {
	m, _, err := s.OpenStatement(now, roots...)
	return m, err
}

// OpenStatement verifies like Open and returns the root's statement too. The
// caller remembers the highest serial and refuses lower ones.
func (s SignedManifest) OpenStatement(now time.Time, roots ...ed25519.PublicKey) (Manifest, OnlineKey, error) {
	var stated OnlineKey
	if err := s.OnlineKey.Verify(&stated, roots...); err != nil {
		return Manifest{}, OnlineKey{}, fmt.Errorf("online key: %w", err)
	}
	if now.After(stated.ExpiresAt) {
		return Manifest{}, OnlineKey{}, fmt.Errorf("online key expired on %s: %w", stated.ExpiresAt.Format(time.RFC3339), ErrSignature)
	}
	key, err := stated.Public()
	if err != nil {
		return Manifest{}, OnlineKey{}, err
	}
	var m Manifest
	if err := s.Manifest.Verify(&m, key); err != nil {
		return Manifest{}, OnlineKey{}, fmt.Errorf("manifest: %w", err)
	}
	return m, stated, nil
}

// Public returns the key that the statement is about.
func (k OnlineKey) Public() (ed25519.PublicKey, error) {
	key, err := base64.RawURLEncoding.DecodeString(k.Key)
	if err != nil || len(key) != ed25519.PublicKeySize {
		return nil, fmt.Errorf("online key: %w", ErrSignature)
	}
	return key, nil
}
