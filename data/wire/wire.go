// Package wire holds what travels between hub and workstation and in the
// JSON Lines files: the types, their canonical bytes and their hashes. Both
// sides of the API stand on it, so that a shape is written once. Besides the
// domain types it needs the standard library, and zstd for bundles.
package wire

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"sort"
)

// Canonical returns the JSON text with sorted keys, no spaces and no HTML
// escapes, so that equal contents have equal bytes. Numbers keep their
// digits.
func Canonical(raw []byte) ([]byte, error) {
	dec := json.NewDecoder(bytes.NewReader(raw))
	dec.UseNumber()
	var v any
	if err := dec.Decode(&v); err != nil {
		return nil, fmt.Errorf("canonical JSON: %w", err)
	}
	return compact(v)
}

// Marshal returns the canonical bytes of a Go value.
func Marshal(v any) ([]byte, error) {
	raw, err := json.Marshal(v)
	if err != nil {
		return nil, fmt.Errorf("marshal: %w", err)
	}
	return Canonical(raw)
}

func compact(v any) ([]byte, error) {
	var b bytes.Buffer
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false)
	if err := enc.Encode(v); err != nil {
		return nil, fmt.Errorf("canonical JSON: %w", err)
	}
	return bytes.TrimRight(b.Bytes(), "\n"), nil
}

// Hash returns the SHA-256 of the bytes in lower-case hexadecimal.
func Hash(b []byte) string {
	sum := sha256.Sum256(b)
	return hex.EncodeToString(sum[:])
}

// Digest collects (type, id, hash) of a catalogue's lines; its Sum does not
// depend on the order in which they were added.
type Digest struct{ rows []string }

// Add takes one line into account.
func (d *Digest) Add(kind, id, hash string) { d.rows = append(d.rows, kind+"\x00"+id+"\x00"+hash+"\n") }

// Sum returns the digest of all lines added so far.
func (d *Digest) Sum() string {
	sort.Strings(d.rows)
	h := sha256.New()
	for _, r := range d.rows {
		h.Write([]byte(r))
	}
	return hex.EncodeToString(h.Sum(nil))
}
