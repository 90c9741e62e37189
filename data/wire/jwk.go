package wire

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
)

// JWK is an ES256 public key as it stands in the header of an applicant's
// signature (RFC 7517).
type JWK struct {
	Kty string `json:"kty"`
	Crv string `json:"crv"`
	X   string `json:"x"`
	Y   string `json:"y"`
}

const coordinate = 32 // bytes of a coordinate on P-256

// NewJWK returns a public key on P-256 as a JWK.
func NewJWK(key *ecdsa.PublicKey) (JWK, error) {
	point, err := key.Bytes()
	if err != nil || len(point) != 1+2*coordinate {
		return JWK{}, fmt.Errorf("jwk: not a key on P-256 (%d bytes): %w", len(point), err)
	}
	enc := base64.RawURLEncoding.EncodeToString
	return JWK{Kty: "EC", Crv: "P-256", X: enc(point[1 : 1+coordinate]), Y: enc(point[1+coordinate:])}, nil
}

// ParseJWK reads a JWK as JSON decodes it (from a header) and returns the key
// and its thumbprint (RFC 7638), which owns what the key signs.
func ParseJWK(v any) (*ecdsa.PublicKey, string, error) {
	raw, err := json.Marshal(v)
	if err != nil {
		return nil, "", fmt.Errorf("jwk: %w", err)
	}
	var k JWK
	if err := json.Unmarshal(raw, &k); err != nil || k.Kty != "EC" || k.Crv != "P-256" {
		return nil, "", errors.New("jwk: not an EC key on P-256")
	}
	x, xerr := base64.RawURLEncoding.DecodeString(k.X)
	y, yerr := base64.RawURLEncoding.DecodeString(k.Y)
	if err := errors.Join(xerr, yerr); err != nil || len(x) != coordinate || len(y) != coordinate {
		return nil, "", errors.New("jwk: coordinates")
	}
	key, err := ecdsa.ParseUncompressedPublicKey(elliptic.P256(), slices.Concat([]byte{4}, x, y))
	if err != nil { // off the curve
		return nil, "", fmt.Errorf("jwk: %w", err)
	}
	own, err := NewJWK(key) // another spelling of the same bytes is the same key
	if err != nil {
		return nil, "", err
	}
	return key, own.Thumbprint(), nil
}

// Thumbprint returns the key's name (RFC 7638).
func (k JWK) Thumbprint() string {
	sum := sha256.Sum256([]byte(`{"crv":"` + k.Crv + `","kty":"` + k.Kty + `","x":"` + k.X + `","y":"` + k.Y + `"}`))
	return base64.RawURLEncoding.EncodeToString(sum[:])
}
