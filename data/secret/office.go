package secret

import (
	"bytes"
	"encoding/base64"
	"fmt"
	"io"

	"filippo.io/age"
)

// OfficeKey is a key (age X25519) that every workstation of an office holds,
// and nobody else: what is sealed to it is read by the whole office.
type OfficeKey struct{ identity *age.X25519Identity }

// NewOfficeKey makes one.
func NewOfficeKey() (OfficeKey, error) {
	id, err := age.GenerateX25519Identity()
	if err != nil {
		return OfficeKey{}, fmt.Errorf("office key: %w", err)
	}
	return OfficeKey{id}, nil
}

// ParseOfficeKey reads what String wrote.
func ParseOfficeKey(text string) (OfficeKey, error) {
	id, err := age.ParseX25519Identity(text)
	if err != nil {
		return OfficeKey{}, fmt.Errorf("office key: %w", err)
	}
	return OfficeKey{id}, nil
}

// Secret returns the key itself.
func (k OfficeKey) Secret() string { return k.identity.String() }

// Public returns its public half, an age recipient.
func (k OfficeKey) Public() string { return k.identity.Recipient().String() }

// Open reads what was sealed to the key.
func (k OfficeKey) Open(sealed string) ([]byte, error) { return openAge(sealed, k.identity) }

// SealTo encrypts to a recipient, as an age file in base64url.
func SealTo(recipient string, plain []byte) (string, error) {
	r, err := age.ParseX25519Recipient(recipient)
	if err != nil {
		return "", fmt.Errorf("seal: %w", err)
	}
	var buf bytes.Buffer
	w, err := age.Encrypt(&buf, r)
	if err != nil {
		return "", fmt.Errorf("seal: %w", err)
	}
	if _, err := w.Write(plain); err != nil {
		return "", fmt.Errorf("seal: %w", err)
	}
	if err := w.Close(); err != nil {
		return "", fmt.Errorf("seal: %w", err)
	}
	return base64.RawURLEncoding.EncodeToString(buf.Bytes()), nil
}

// mostSealed bounds what is read of something sealed, in bytes.
const mostSealed = 1 << 20

func openAge(sealed string, ids ...age.Identity) ([]byte, error) {
	raw, err := base64.RawURLEncoding.DecodeString(sealed)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", errSealed, err)
	}
	r, err := age.Decrypt(bytes.NewReader(raw), ids...)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", errSealed, err)
	}
	plain, err := io.ReadAll(io.LimitReader(r, mostSealed))
	if err != nil {
		return nil, fmt.Errorf("%w: %w", errSealed, err)
	}
	return plain, nil
}
