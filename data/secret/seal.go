package secret

import (
	"crypto/aes"
	"crypto/cipher"
	"crypto/rand"
	"errors"
	"fmt"
)

// KeySize is the length of every symmetric key here, in bytes.
const KeySize = 32

// errSealed says that something sealed is not what was sealed: another key,
// another place, or changed bytes.
var errSealed = errors.New("sealed bytes do not open")

// NewKey returns a fresh symmetric key.
func NewKey() []byte {
	key := make([]byte, KeySize)
	_, _ = rand.Read(key) // never fails: crypto/rand ends the program instead
	return key
}

// Seal encrypts with AES-256-GCM under a random nonce, which comes first in
// what it returns. The place ("table|column|id") is bound to it: what was
// sealed for one place does not open in another.
func Seal(key, plain []byte, place string) ([]byte, error) {
	gcm, err := newGCM(key)
	if err != nil {
		return nil, err
	}
	return gcm.Seal(nil, nil, plain, []byte(place)), nil //nolint:gosec // this one makes its nonces itself
}

// Open undoes Seal.
func Open(key, sealed []byte, place string) ([]byte, error) {
	gcm, err := newGCM(key)
	if err != nil {
		return nil, err
	}
	plain, err := gcm.Open(nil, nil, sealed, []byte(place))
	if err != nil {
		return nil, fmt.Errorf("%s: %w", place, errSealed)
	}
	return plain, nil
}

func newGCM(key []byte) (cipher.AEAD, error) {
	block, err := aes.NewCipher(key)
	if err != nil {
		return nil, fmt.Errorf("cipher: %w", err)
	}
	return cipher.NewGCMWithRandomNonce(block)
}
