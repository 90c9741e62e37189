package secret

import (
	"bytes"
	"crypto/ecdsa"
	"encoding/base64"
	"encoding/json"
	"encoding/pem"
	"errors"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
	"testing"
	"time"

	"polis/app"
)

// ring is a keyring in memory; wait, when set, is what every call waits for.
type ring struct {
	mu   sync.Mutex
	held map[string]string
	wait chan struct{}
}

func (r *ring) Get(entry string) (string, error) {
	if r.wait != nil {
		<-r.wait
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	if v, ok := r.held[entry]; ok {
		return v, nil
	}
	return "", errors.New("not found")
}

func (r *ring) Set(entry, secret string) error {
	if r.wait != nil {
		<-r.wait
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.held == nil {
		r.held = map[string]string{}
	}
	r.held[entry] = secret
	return nil
}

// machine stands for DPAPI.
type machine struct{ key []byte }

func (m machine) Protect(plain []byte) ([]byte, error)    { return Seal(m.key, plain, "machine") }
func (m machine) Unprotect(sealed []byte) ([]byte, error) { return Open(m.key, sealed, "machine") }

func read(t *testing.T, folder, name string) []byte {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(folder, name))
	if err != nil {
		t.Fatal(err)
	}
	return text
}

func TestKeysAreMadeOnceAndPrivate(t *testing.T) {
	for name, p := range map[string]Params{
		"plain": {}, "passphrase": {Passphrase: "una frase lunga"}, "keyring": {Keyring: &ring{}}, "machine": {Machine: machine{NewKey()}},
	} {
		t.Run(name, func(t *testing.T) {
			p.Folder = t.TempDir()
			a, b := NewVault(p), NewVault(p)
			first, err := a.Key()
			if err != nil {
				t.Fatal(err)
			}
			again, err := b.Key()
			if err != nil || !first.Equal(again) {
				t.Fatalf("second start: another key (%v)", err)
			}
			how, err := b.Keeping()
			if err != nil || string(how) != name {
				t.Errorf("kept by %q, %v", how, err)
			}
			recipient, err := a.SealKey()
			if err != nil {
				t.Fatal(err)
			}
			sealed, err := SealTo(recipient, []byte("parola"))
			if err != nil {
				t.Fatal(err)
			}
			if plain, err := b.OpenSealed(sealed); err != nil || string(plain) != "parola" {
				t.Errorf("opened %q, %v", plain, err)
			}
			wrapped, err := a.Wrap([]byte("chiave"), "x|y|1")
			if err != nil {
				t.Fatal(err)
			}
			if plain, err := b.Unwrap(wrapped, "x|y|1"); err != nil || string(plain) != "chiave" {
				t.Errorf("unwrapped %q, %v", plain, err)
			}
			if _, err := b.Unwrap(wrapped, "x|y|2"); err == nil {
				t.Error("opens in another place")
			}
			for _, file := range []string{KeyFile, SealFile, KEKFile} {
				info, err := os.Stat(filepath.Join(p.Folder, file))
				if err != nil {
					t.Fatal(err)
				}
				if runtime.GOOS != "windows" && info.Mode().Perm() != 0o600 {
					t.Errorf("%s has mode %v", file, info.Mode())
				}
			}
			if sealed := bytes.Contains(read(t, p.Folder, KeyFile), []byte("SEALED")); sealed != (name != "plain") {
				t.Errorf("the key file is sealed: %v", sealed)
			}
		})
	}
}

// A key of an older version lies open: it works, and is sealed as soon as a
// keyring is there. What a power cut left behind half-way hurts nobody.
func TestPlainKeyIsSealedLater(t *testing.T) {
	folder := t.TempDir()
	plain, err := NewVault(Params{Folder: folder}).Key()
	if err != nil {
		t.Fatal(err)
	}
	before := read(t, folder, KeyFile)
	if block, _ := pem.Decode(before); block == nil || block.Type != "PRIVATE KEY" {
		t.Fatal("without a keeper the key is not what older versions read")
	}
	if err := os.Remove(filepath.Join(folder, KEKFile)); err != nil { // an older version knew none
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(folder, ".chiave-123"), []byte("half"), 0o600); err != nil {
		t.Fatal(err)
	}
	r := &ring{}
	for range 2 {
		v := NewVault(Params{Folder: folder, Keyring: r})
		key, err := v.Key()
		if err != nil || !key.Equal(plain) {
			t.Fatalf("another key (%v)", err)
		}
	}
	block, _ := pem.Decode(before)
	if after := read(t, folder, KeyFile); !bytes.Contains(after, []byte("SEALED")) || bytes.Contains(after, block.Bytes) {
		t.Error("the key still lies open")
	}
	if len(r.held) != 1 {
		t.Errorf("%d entries in the keyring", len(r.held))
	}
	for _, v := range r.held {
		if len(v) > 44 {
			t.Errorf("the keyring holds %d characters", len(v))
		}
	}
}

// A plain KEK is handed over to a keyring that appears: what was sealed with
// it before still opens.
func TestPlainKEKMovesToTheKeyring(t *testing.T) {
	folder := t.TempDir()
	wrapped, err := NewVault(Params{Folder: folder}).Wrap([]byte("dati"), "p")
	if err != nil {
		t.Fatal(err)
	}
	var before kekFile
	if err := json.Unmarshal(read(t, folder, KEKFile), &before); err != nil {
		t.Fatal(err)
	}
	v := NewVault(Params{Folder: folder, Keyring: &ring{}})
	if plain, err := v.Unwrap(wrapped, "p"); err != nil || string(plain) != "dati" {
		t.Fatalf("%q, %v", plain, err)
	}
	var after kekFile
	if err := json.Unmarshal(read(t, folder, KEKFile), &after); err != nil {
		t.Fatal(err)
	}
	if before.How != KeptPlain || after.How != KeptByKeyring || after.KEK != nil {
		t.Errorf("kept by %q, then %q (%d bytes)", before.How, after.How, len(after.KEK))
	}
}

// A keyring that asks somebody who is not there must not hang the program.
func TestKeyringThatHangs(t *testing.T) {
	r := &ring{wait: make(chan struct{})}
	defer close(r.wait)
	v := NewVault(Params{Folder: t.TempDir(), Keyring: r, Patience: time.Millisecond})
	if _, err := v.Key(); err != nil {
		t.Fatal(err)
	}
	if how, _ := v.Keeping(); how != KeptPlain {
		t.Errorf("kept by %q", how)
	}
}

func TestKeepersThatAreGone(t *testing.T) {
	for name, c := range map[string]struct{ before, after Params }{
		"no keyring":       {Params{Keyring: &ring{}}, Params{}},
		"another keyring":  {Params{Keyring: &ring{}}, Params{Keyring: &ring{}}},
		"no passphrase":    {Params{Passphrase: "giusta"}, Params{}},
		"wrong passphrase": {Params{Passphrase: "giusta"}, Params{Passphrase: "sbagliata"}},
		"another machine":  {Params{Machine: machine{NewKey()}}, Params{Machine: machine{NewKey()}}},
	} {
		t.Run(name, func(t *testing.T) {
			folder := t.TempDir()
			c.before.Folder, c.after.Folder = folder, folder
			if _, err := NewVault(c.before).Key(); err != nil {
				t.Fatal(err)
			}
			was := read(t, folder, KeyFile)
			if _, err := NewVault(c.after).Key(); app.ErrorCode(err) != app.CodeKeyLocked {
				t.Errorf("got %v", err)
			}
			if !bytes.Equal(was, read(t, folder, KeyFile)) {
				t.Error("the key was replaced")
			}
		})
	}
}

func TestTwoProgramsMakeOneKey(t *testing.T) {
	folder := t.TempDir()
	var wg sync.WaitGroup
	halves := make([]string, 8)
	for i := range halves {
		wg.Go(func() {
			key, err := NewVault(Params{Folder: folder}).Key()
			if err != nil {
				t.Error(err)
				return
			}
			halves[i], _ = Passwords{}.PublicHalf(key)
		})
	}
	wg.Wait()
	for _, h := range halves {
		if h != halves[0] {
			t.Fatal("two keys were made")
		}
	}
}

func TestFilesThatAreNoKeys(t *testing.T) {
	for _, name := range []string{KeyFile, SealFile, KEKFile} {
		folder := t.TempDir()
		if err := os.WriteFile(filepath.Join(folder, name), []byte("no key"), 0o600); err != nil {
			t.Fatal(err)
		}
		if _, err := NewVault(Params{Folder: folder}).Key(); app.ErrorCode(err) != app.CodeFile {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestKeyIsRenewed(t *testing.T) {
	p := Params{Folder: t.TempDir(), Passphrase: "frase"}
	v := NewVault(p)
	old, err := v.Key()
	if err != nil {
		t.Fatal(err)
	}
	if next, err := v.Pending(false); next != nil || err != nil {
		t.Fatalf("a pending key that nobody asked for: %v", err)
	}
	next, err := v.Pending(true)
	if err != nil {
		t.Fatal(err)
	}
	again, err := NewVault(p).Pending(true) // the hub may know it already: it is never made anew
	if err != nil || !old.Equal(must(v.Current())) || !next.(*ecdsa.PrivateKey).Equal(again) {
		t.Fatalf("%v", err)
	}
	beside := NewVault(p) // of another program, open since before
	if !old.Equal(must(beside.Current())) {
		t.Fatal("another key")
	}
	if err := v.Promote(); err != nil {
		t.Fatal(err)
	}
	for _, w := range []*Vault{v, NewVault(p), beside} {
		if now, err := w.Current(); err != nil || !next.(*ecdsa.PrivateKey).Equal(now) {
			t.Errorf("the new key is not the current one (%v)", err)
		}
		if p, err := w.Pending(false); p != nil || err != nil {
			t.Errorf("still pending: %v", err)
		}
	}
	if err := v.Promote(); err != nil {
		t.Error(err)
	}
}

func must[T any](v T, _ error) T { return v }

func TestOperatorKeys(t *testing.T) {
	var p Passwords
	key, err := p.NewKey()
	if err != nil {
		t.Fatal(err)
	}
	public, err := p.PublicHalf(key)
	if err != nil {
		t.Fatal(err)
	}
	sealed, err := p.SealKey("op-1", "tre parole semplici", key)
	if err != nil {
		t.Fatal(err)
	}
	if got, err := p.OpenKey("op-1", "tre parole semplici", sealed, public); err != nil || !got.Equal(key) {
		t.Fatalf("got %v", err)
	}
	other, err := p.NewKey()
	if err != nil {
		t.Fatal(err)
	}
	otherHalf, _ := p.PublicHalf(other)
	for name, c := range map[string]struct {
		id, password, sealed, public string
		code                         app.Code
	}{
		"wrong password":  {"op-1", "tre parole", sealed, public, app.CodePassword},
		"another person":  {"op-2", "tre parole semplici", sealed, public, app.CodeOperatorKey},
		"another half":    {"op-1", "tre parole semplici", sealed, otherHalf, app.CodeOperatorKey},
		"no base64":       {"op-1", "tre parole semplici", "*", public, app.CodeOperatorKey},
		"cut":             {"op-1", "tre parole semplici", sealed[:len(sealed)/2], public, app.CodeOperatorKey},
		"changed":         {"op-1", "tre parole semplici", change(t, sealed, func(l *locked) { l.Sealed[20] ^= 1 }), public, app.CodeOperatorKey},
		"greedy":          {"op-1", "tre parole semplici", change(t, sealed, func(l *locked) { l.Memory = 1 << 30 }), public, app.CodeOperatorKey},
		"without a salt":  {"op-1", "tre parole semplici", change(t, sealed, func(l *locked) { l.Salt = nil }), public, app.CodeOperatorKey},
		"another version": {"op-1", "tre parole semplici", change(t, sealed, func(l *locked) { l.V = 2 }), public, app.CodeOperatorKey},
	} {
		if _, err := p.OpenKey(c.id, c.password, c.sealed, c.public); app.ErrorCode(err) != c.code {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func BenchmarkPassword(b *testing.B) {
	s := newStretch()
	for b.Loop() {
		s.keys("tre parole semplici")
	}
}

func TestOfficeKey(t *testing.T) {
	key, err := NewOfficeKey()
	if err != nil {
		t.Fatal(err)
	}
	again, err := ParseOfficeKey(key.Secret())
	if err != nil || again.Public() != key.Public() {
		t.Fatalf("%v", err)
	}
	sealed, err := SealTo(key.Public(), []byte("nota riservata"))
	if err != nil {
		t.Fatal(err)
	}
	if plain, err := again.Open(sealed); err != nil || string(plain) != "nota riservata" {
		t.Errorf("%q, %v", plain, err)
	}
	other, err := NewOfficeKey()
	if err != nil {
		t.Fatal(err)
	}
	if _, err := other.Open(sealed); err == nil {
		t.Error("another office reads it")
	}
	if _, err := key.Open(strings.ToUpper(sealed)); err == nil {
		t.Error("changed bytes open")
	}
}

// change unpacks a sealed key, lets f spoil it and packs it again.
func change(t *testing.T, sealed string, f func(*locked)) string {
	t.Helper()
	text, err := base64.RawURLEncoding.DecodeString(sealed)
	if err != nil {
		t.Fatal(err)
	}
	var l locked
	if err := json.Unmarshal(text, &l); err != nil {
		t.Fatal(err)
	}
	f(&l)
	if text, err = json.Marshal(l); err != nil {
		t.Fatal(err)
	}
	return base64.RawURLEncoding.EncodeToString(text)
}

// The applicant's key is made once, by whichever program needs it first, is
// sealed like the others and is none of them.
func TestApplicantKey(t *testing.T) {
	folder := t.TempDir()
	p := Params{Folder: folder, Passphrase: "una frase"}
	keys := make([]*ecdsa.PrivateKey, 4)
	var all sync.WaitGroup
	for i := range keys {
		all.Go(func() {
			key, err := NewVault(p).ApplicantKey()
			if err != nil {
				t.Error(err)
			}
			keys[i] = key
		})
	}
	all.Wait()
	for _, key := range keys[1:] {
		if !key.Equal(keys[0]) {
			t.Fatal("two programs have two keys")
		}
	}
	v := NewVault(p)
	own, err := v.Key()
	if err != nil || own.Equal(keys[0]) {
		t.Fatalf("the workstation's own key: %v", err)
	}
	if _, err := v.Pending(true); err != nil {
		t.Fatal(err)
	}
	if err := v.Promote(); err != nil {
		t.Fatal(err)
	}
	if key, err := v.ApplicantKey(); err != nil || !key.Equal(keys[0]) {
		t.Errorf("it changed with the workstation's own: %v", err)
	}
	if block, _ := pem.Decode(read(t, folder, ApplicantFile)); block == nil || !strings.HasPrefix(block.Type, sealedPrefix) {
		t.Error("it lies open")
	}
	if _, err := NewVault(Params{Folder: folder}).ApplicantKey(); app.ErrorCode(err) != app.CodeKeyLocked {
		t.Errorf("without the passphrase: %v", err)
	}
}
