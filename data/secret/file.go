package secret

import (
	"bytes"
	"fmt"
	"io"

	"filippo.io/age"
)

// mostFile bounds what is read of a sealed file, in bytes.
const mostFile = 512 << 20

// SealBytes encrypts to a recipient, as the bytes of an age file.
func SealBytes(recipient string, plain []byte) ([]byte, error) {
	r, err := age.ParseX25519Recipient(recipient)
	if err != nil {
		return nil, fmt.Errorf("seal: %w", err)
	}
	var buf bytes.Buffer
	w, err := age.Encrypt(&buf, r)
	if err != nil {
		return nil, fmt.Errorf("seal: %w", err)
	}
	if _, err := w.Write(plain); err != nil {
		return nil, fmt.Errorf("seal: %w", err)
	}
	if err := w.Close(); err != nil {
		return nil, fmt.Errorf("seal: %w", err)
	}
	return buf.Bytes(), nil
}

// OpenBytes reads an age file that was sealed to SealKey.
func (v *Vault) OpenBytes(sealed []byte) ([]byte, error) {
	if err := v.open(); err != nil {
		return nil, err
	}
	r, err := age.Decrypt(bytes.NewReader(sealed), v.seal)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", errSealed, err)
	}
	plain, err := io.ReadAll(io.LimitReader(r, mostFile+1))
	if err != nil {
		return nil, fmt.Errorf("%w: %w", errSealed, err)
	}
	if len(plain) > mostFile {
		return nil, fmt.Errorf("%w: more than %d bytes", errSealed, mostFile)
	}
	return plain, nil
}
