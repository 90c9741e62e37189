package wire

import (
	"bytes"
	"crypto/ed25519"
	"encoding/base64"
	"errors"
	"strings"
	"testing"
	"time"
)

const sheet = `{"type":"sheet","code":"x-1","authority":"x","language":"it","title":"Carta <d'identità> & co","fees":[{"amount":"22.10"}],"alert":{"text":"a","from":"2026-01-01"}}`

func TestImportLineAndFeedLineHashAlike(t *testing.T) {
	e, warnings, err := ParseLine([]byte(sheet))
	if err != nil || len(warnings) != 0 {
		t.Fatalf("ParseLine: %v %v", err, warnings)
	}
	raw, err := Change{Entity: e, Version: 7}.AppendWire(nil)
	if err != nil {
		t.Fatal(err)
	}
	c, err := ParseWire(raw)
	if err != nil || c.Hash != e.Hash || c.Version != 7 || !bytes.Equal(c.Line, e.Line) {
		t.Fatalf("feed line %s: %+v, %v", raw, c, err)
	}
	again, _, err := ParseLine(e.Line)
	if err != nil || again.Hash != e.Hash {
		t.Fatalf("an exported line must import to the same hash: %v", err)
	}
}

func TestEmptyFieldsDoNotChangeTheHash(t *testing.T) {
	a, _, _ := ParseLine([]byte(sheet))
	b, _, err := ParseLine([]byte(strings.Replace(sheet, `"language"`, `"base":"","topics":[],"language"`, 1)))
	if err != nil || a.Hash != b.Hash {
		t.Fatalf("hash differs: %v", err)
	}
}

func TestBadLines(t *testing.T) {
	for _, bad := range []string{
		``, `[]`, `{}`, `{"type":"dog"}`, `{"type":"sheet","code":"x"}`, `{"type":"sheet","code":"a b","authority":"x","language":"it","title":"t"}`,
		`{"type":"sheet","code":"x","authority":"x","language":"it","title":5}`, `{"type":"authority","id":"../x","name":"n"}`, "\x00",
	} {
		if _, _, err := ParseLine([]byte(bad)); err == nil {
			t.Errorf("%q was accepted", bad)
		}
	}
	_, warnings, err := ParseLine([]byte(`{"type":"authority","id":"x","name":"n","mood":"good"}`))
	if err != nil || len(warnings) != 1 || !strings.Contains(warnings[0], "mood") {
		t.Errorf("unknown field: %v %v", warnings, err)
	}
}

func TestLinesSurvivesGiantLine(t *testing.T) {
	in := "\xef\xbb\xbf{\"a\":1}\n" + strings.Repeat("x", MaxLine+5) + "\n\n{\"b\":2}"
	var got []int
	var long int
	err := Lines(strings.NewReader(in), func(n int, line []byte) error {
		got = append(got, n)
		if line == nil {
			long = n
		}
		return nil
	})
	if err != nil || len(got) != 3 || long != 2 || got[2] != 4 {
		t.Fatalf("lines %v, long %d, %v", got, long, err)
	}
}

func TestDigestIgnoresOrder(t *testing.T) {
	var a, b Digest
	a.Add("sheet", "1", "h1")
	a.Add("office", "2", "h2")
	b.Add("office", "2", "h2")
	b.Add("sheet", "1", "h1")
	if a.Sum() != b.Sum() {
		t.Fatal("order matters")
	}
	b.Add("sheet", "3", "h3")
	if a.Sum() == b.Sum() {
		t.Fatal("an added line does not change the digest")
	}
}

func TestManifestChain(t *testing.T) {
	now := time.Date(2026, 11, 23, 9, 0, 0, 0, time.UTC)
	rootPub, root, _ := ed25519.GenerateKey(nil)
	onlinePub, online, _ := ed25519.GenerateKey(nil)
	key, err := Sign(OnlineKey{Key: base64.RawURLEncoding.EncodeToString(onlinePub), ExpiresAt: now.Add(time.Hour)}, root)
	if err != nil {
		t.Fatal(err)
	}
	m, err := Sign(Manifest{Version: 3}, online)
	if err != nil {
		t.Fatal(err)
	}
	signed := SignedManifest{Manifest: m, OnlineKey: key}
	if got, err := signed.Open(now, rootPub); err != nil || got.Version != 3 {
		t.Fatalf("good chain: %v %v", got, err)
	}
	if _, err := signed.Open(now.Add(2*time.Hour), rootPub); !errors.Is(err, ErrSignature) {
		t.Errorf("expired online key: %v", err)
	}
	if _, err := signed.Open(now, onlinePub); !errors.Is(err, ErrSignature) {
		t.Errorf("foreign root: %v", err)
	}
	signed.Manifest.Payload = base64.RawURLEncoding.EncodeToString([]byte(`{"version":4}`))
	if _, err := signed.Open(now, rootPub); !errors.Is(err, ErrSignature) {
		t.Errorf("forged payload: %v", err)
	}
}

func FuzzParseLine(f *testing.F) {
	f.Add([]byte(sheet))
	f.Add([]byte(`{"type":"office","id":"o","authority":"x","name":"n","address":{"lat":44.70}}`))
	f.Add([]byte(`{"type":"synonym","id":"s","kind":"everyday","terms":["bollo"],"means":["tassa automobilistica"]}`))
	f.Add([]byte(`{"type":"best_bet","id":"b","queries":["bollo"],"sheets":["x-1"]}`))
	f.Fuzz(func(t *testing.T, raw []byte) {
		e, _, err := ParseLine(raw)
		if err != nil {
			return
		}
		again, _, err := ParseLine(e.Line)
		if err != nil || again.Hash != e.Hash {
			t.Fatalf("not stable: %q -> %q (%v)", e.Line, again.Line, err)
		}
		wire, err := Change{Entity: e, Version: 1}.AppendWire(nil)
		if err != nil {
			t.Fatal(err)
		}
		c, err := ParseWire(wire)
		if err != nil || c.Hash != e.Hash || c.ID != e.ID {
			t.Fatalf("feed line differs: %q (%v)", wire, err)
		}
	})
}
