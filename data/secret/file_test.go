package secret

import (
	"bytes"
	"testing"
)

func TestSealedFile(t *testing.T) {
	mine, other := NewVault(Params{Folder: t.TempDir()}), NewVault(Params{Folder: t.TempDir()})
	recipient, err := mine.SealKey()
	if err != nil {
		t.Fatal(err)
	}
	plain := bytes.Repeat([]byte("ricevuta "), 300_000) // more than a field
	sealed, err := SealBytes(recipient, plain)
	if err != nil || bytes.Contains(sealed, plain[:40]) {
		t.Fatalf("not sealed (%v)", err)
	}
	if got, err := mine.OpenBytes(sealed); err != nil || !bytes.Equal(got, plain) {
		t.Fatalf("%d bytes, %v", len(got), err)
	}
	if _, err := other.OpenBytes(sealed); err == nil {
		t.Error("opened by somebody else")
	}
	sealed[len(sealed)/2] ^= 1
	if _, err := mine.OpenBytes(sealed); err == nil {
		t.Error("changed bytes were taken")
	}
	if _, err := SealBytes("nobody", plain); err == nil {
		t.Error("sealed for nobody")
	}
}
