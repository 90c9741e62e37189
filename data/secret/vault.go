// Package secret keeps what only this workstation may know: its signing key,
// its sealing key, the key under which personal data lie in ufficio.db, and
// operators' keys under their passwords.
//
// One key-encryption key (KEK) of 32 bytes stands before all of them. The
// data folder belongs to the machine, keyrings belong to a person: a KEK in
// the keyring of one Windows user would shut out the next one at the same PC.
// So Windows keeps it under DPAPI for the machine: every user that the
// folder's access list lets in can open it, a copied folder or a stolen disk
// cannot. Elsewhere the keyring is asked only where the folder lies in the
// person's own home; a folder of the machine has a passphrase
// (POLIS_PASSPHRASE) or, without one, a file of its owner and a warning.
package secret

import (
	"bytes"
	"context"
	"crypto"
	"crypto/ecdsa"
	"crypto/x509"
	"encoding/json"
	"encoding/pem"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"time"

	"filippo.io/age"
	"github.com/gofrs/flock"

	"polis/app"
	"polis/data/folder"
)

// Names of files in a data folder.
const (
	KeyFile  = "postazione.key" // signs for the workstation
	SealFile = "postazione.age" // what is sealed to the workstation opens with it
	KEKFile  = "postazione.kek" // how the KEK is kept
	// ApplicantFile signs requests to join the network; it owns them, so it
	// stays when the workstation is enrolled.
	ApplicantFile = "postazione.adesione.key"

	pendingFile = "postazione.nuova.key"
	lockFile    = "chiavi.lock"
)

// Environment variables.
const (
	PassphraseVariable = "POLIS_PASSPHRASE"
	KeyringVariable    = "POLIS_KEYRING" // "off" = no keyring is asked
)

// Keeping says how the KEK is kept.
type Keeping string

// The ways of keeping, the best first.
const (
	KeptByMachine    Keeping = "machine" // DPAPI of this Windows computer
	KeptByKeyring    Keeping = "keyring"
	KeptByPassphrase Keeping = "passphrase"
	KeptPlain        Keeping = "plain" // a file that only its owner can read
)

// Keyring is where the operating system keeps a short secret of its user.
type Keyring interface {
	Get(entry string) (string, error)
	Set(entry, secret string) error
}

// Machine encrypts for this computer, whoever is logged in.
type Machine interface {
	Protect(plain []byte) ([]byte, error)
	Unprotect(sealed []byte) ([]byte, error)
}

// Params say where the keys lie and who keeps them; all but Folder may be
// empty.
type Params struct {
	Folder     string
	Passphrase string
	Keyring    Keyring
	Machine    Machine
	// Patience is how long the keyring may take; 0 = 5 s. One that asks its
	// user for a password nobody types must not hang the program.
	Patience time.Duration
}

// System returns what this computer offers for a data folder.
func System(folder string) Params {
	p := Params{Folder: folder, Passphrase: os.Getenv(PassphraseVariable), Machine: systemMachine()}
	if !strings.EqualFold(os.Getenv(KeyringVariable), "off") && ownFolder(folder) {
		p.Keyring = systemKeyring()
	}
	return p
}

// ownFolder reports whether a folder lies in the home of who runs the
// program.
func ownFolder(folder string) bool {
	home, err := os.UserHomeDir()
	if err != nil || home == "" {
		return false
	}
	abs, err := filepath.Abs(folder)
	if err != nil {
		return false
	}
	rel, err := filepath.Rel(home, abs)
	return err == nil && filepath.IsLocal(rel) && rel != "."
}

const patience = 5 * time.Second

// Vault holds the keys of a data folder. It opens at the first need, once;
// safe for concurrent use.
type Vault struct {
	p Params

	mu     sync.Mutex
	opened bool
	err    error
	how    Keeping
	kek    []byte
	key    *ecdsa.PrivateKey
	seal   *age.X25519Identity
	asking *ecdsa.PrivateKey // ApplicantKey, once it was needed
}

// NewVault returns the vault of a folder; nothing is read yet.
func NewVault(p Params) *Vault {
	if p.Patience == 0 {
		p.Patience = patience
	}
	return &Vault{p: p}
}

// Key returns the workstation's signing key (ES256), made at the first need,
// as it is on disk now: another program on the same folder may have renewed
// it. CodeKeyLocked when what keeps it does not open, CodeFile.
func (v *Vault) Key() (*ecdsa.PrivateKey, error) {
	if err := v.open(); err != nil {
		return nil, err
	}
	v.mu.Lock()
	defer v.mu.Unlock()
	if key, err := v.readKey(filepath.Join(v.p.Folder, KeyFile)); err == nil && !key.Equal(v.key) {
		v.key = key
	}
	return v.key, nil
}

// ApplicantKey returns the key (ES256) that signs this workstation's requests
// to join the network, made at the first need and never replaced: who lost it
// could not follow them any more. Codes as Key.
func (v *Vault) ApplicantKey() (*ecdsa.PrivateKey, error) {
	if err := v.open(); err != nil {
		return nil, err
	}
	v.mu.Lock()
	defer v.mu.Unlock()
	if v.asking != nil {
		return v.asking, nil
	}
	err := v.alone(func() (err error) {
		v.asking, err = v.loadKey(ApplicantFile)
		return err
	})
	return v.asking, err
}

// SealKey returns the recipient (age) to which secrets are sealed for this
// workstation. Codes as Key.
func (v *Vault) SealKey() (string, error) {
	if err := v.open(); err != nil {
		return "", err
	}
	return v.seal.Recipient().String(), nil
}

// OpenSealed reads what was sealed to SealKey.
func (v *Vault) OpenSealed(sealed string) ([]byte, error) {
	if err := v.open(); err != nil {
		return nil, err
	}
	return openAge(sealed, v.seal)
}

// Wrap seals a short secret under the KEK for a place.
func (v *Vault) Wrap(plain []byte, place string) ([]byte, error) {
	if err := v.open(); err != nil {
		return nil, err
	}
	return Seal(v.kek, plain, place)
}

// Unwrap undoes Wrap.
func (v *Vault) Unwrap(sealed []byte, place string) ([]byte, error) {
	if err := v.open(); err != nil {
		return nil, err
	}
	return Open(v.kek, sealed, place)
}

// Keeping says how the keys are kept, for diagnose.
func (v *Vault) Keeping() (Keeping, error) {
	err := v.open()
	return v.how, err
}

func (v *Vault) open() error {
	v.mu.Lock()
	defer v.mu.Unlock()
	if !v.opened {
		v.opened = true
		v.err = v.load()
	}
	return v.err
}

// load reads or makes the keys.
func (v *Vault) load() error {
	return v.alone(func() (err error) {
		if err := v.loadKEK(); err != nil {
			return err
		}
		if v.key, err = v.loadKey(KeyFile); err != nil {
			return err
		}
		return v.loadSeal()
	})
}

// alone lets one program at a time read or make keys.
func (v *Vault) alone(do func() error) (err error) {
	lock := flock.New(filepath.Join(v.p.Folder, lockFile))
	ctx, cancel := context.WithTimeout(context.Background(), 2*time.Minute)
	defer cancel()
	if ok, lerr := lock.TryLockContext(ctx, 20*time.Millisecond); !ok || lerr != nil {
		return app.Fault(app.CodeFile, lerr, "path", filepath.Join(v.p.Folder, lockFile))
	}
	defer func() { err = errors.Join(err, lock.Close()) }()
	return do()
}

// kekFile is the content of KEKFile. Check is a known word under the KEK, by
// which the wrong one is noticed.
type kekFile struct {
	V     int     `json:"v"`
	How   Keeping `json:"how"`
	Entry string  `json:"entry,omitempty"` // of the keyring
	KEK   []byte  `json:"kek,omitempty"`   // plain, or as the machine or the passphrase sealed it
	Check []byte  `json:"check"`
}

const (
	kekPlace   = "kek|key|"
	checkPlace = "kek|check|"
	checkWord  = "polis"
)

func (v *Vault) loadKEK() error {
	path := filepath.Join(v.p.Folder, KEKFile)
	text, err := os.ReadFile(path)
	if errors.Is(err, os.ErrNotExist) {
		v.kek = NewKey()
		return v.keep(path, v.best())
	}
	var f kekFile
	if err == nil {
		err = json.Unmarshal(text, &f)
	}
	if err != nil || f.V != 1 {
		return app.Fault(app.CodeFile, errors.Join(err, fmt.Errorf("version %d", f.V)), "path", path)
	}
	if v.kek, err = v.unlockKEK(f); err != nil {
		return app.Fault(app.CodeKeyLocked, err, "how", string(f.How))
	}
	if word, err := Open(v.kek, f.Check, checkPlace); err != nil || string(word) != checkWord {
		return app.Fault(app.CodeKeyLocked, errors.Join(errors.New("another key"), err), "how", string(f.How))
	}
	v.how = f.How
	if better := v.best(); f.How == KeptPlain && better != KeptPlain {
		return v.keep(path, better)
	}
	return nil
}

// best returns the best way of keeping that this computer offers now.
func (v *Vault) best() Keeping {
	switch {
	case v.p.Machine != nil:
		return KeptByMachine
	case v.p.Keyring != nil:
		return KeptByKeyring
	case v.p.Passphrase != "":
		return KeptByPassphrase
	}
	return KeptPlain
}

// keep writes the KEK down. A keeper that fails gives way to the next one;
// what was kept before holds until the new file is complete.
func (v *Vault) keep(path string, how Keeping) error {
	f := kekFile{V: 1, How: how}
	var err error
	switch how {
	case KeptByMachine:
		f.KEK, err = v.p.Machine.Protect(v.kek)
	case KeptByKeyring:
		err = v.keepInKeyring(&f)
	case KeptByPassphrase:
		f.KEK, err = lock(v.kek, v.p.Passphrase, kekPlace)
	default:
		f.How, f.KEK = KeptPlain, v.kek
	}
	if err != nil {
		switch how {
		case KeptByMachine:
			v.p.Machine = nil
		case KeptByKeyring:
			v.p.Keyring = nil
		default:
			return fmt.Errorf("kek: %w", err)
		}
		return v.keep(path, v.best())
	}
	if f.Check, err = Seal(v.kek, []byte(checkWord), checkPlace); err != nil {
		return err
	}
	text, err := json.Marshal(f)
	if err != nil {
		return fmt.Errorf("kek: %w", err)
	}
	if err := replace(path, text); err != nil {
		return app.Fault(app.CodeFile, err, "path", path)
	}
	v.how = f.How
	return nil
}

func (v *Vault) unlockKEK(f kekFile) ([]byte, error) {
	switch f.How {
	case KeptPlain:
		return f.KEK, nil
	case KeptByPassphrase:
		if v.p.Passphrase == "" {
			return nil, errors.New(PassphraseVariable + " is not set")
		}
		return unlock(f.KEK, v.p.Passphrase, kekPlace)
	case KeptByMachine:
		if v.p.Machine == nil {
			return nil, errors.New("made on a Windows computer")
		}
		return v.p.Machine.Unprotect(f.KEK)
	case KeptByKeyring:
		if v.p.Keyring == nil {
			return nil, errors.New("no keyring here")
		}
		return v.askKeyring(f.Entry)
	}
	return nil, fmt.Errorf("kept by %q", f.How)
}

// loadKey reads a signing key or makes it. A plain one (of an older version)
// is sealed as soon as there is something to seal it with; where the KEK
// itself lies open nothing would be gained.
func (v *Vault) loadKey(name string) (*ecdsa.PrivateKey, error) {
	path := filepath.Join(v.p.Folder, name)
	key, err := v.readKey(path)
	if errors.Is(err, os.ErrNotExist) {
		key, err = v.makeKey(path)
	}
	return key, err
}

func (v *Vault) readKey(path string) (*ecdsa.PrivateKey, error) {
	der, plain, err := v.readBlock(path, keyType)
	if err != nil {
		return nil, err
	}
	key, err := parseKey(der)
	if err != nil {
		return nil, app.Fault(app.CodeFile, err, "path", path)
	}
	if plain && v.how != KeptPlain {
		return key, v.writeBlock(path, keyType, der)
	}
	return key, nil
}

func (v *Vault) makeKey(path string) (*ecdsa.PrivateKey, error) {
	key, err := Passwords{}.NewKey()
	if err != nil {
		return nil, fmt.Errorf("device key: %w", err)
	}
	return key, v.writeKey(path, key)
}

func (v *Vault) writeKey(path string, key *ecdsa.PrivateKey) error {
	der, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		return fmt.Errorf("device key: %w", err)
	}
	return v.writeBlock(path, keyType, der)
}

func (v *Vault) loadSeal() error {
	path := filepath.Join(v.p.Folder, SealFile)
	text, plain, err := v.readBlock(path, sealType)
	switch {
	case errors.Is(err, os.ErrNotExist):
		if v.seal, err = age.GenerateX25519Identity(); err != nil {
			return fmt.Errorf("seal key: %w", err)
		}
		return v.writeBlock(path, sealType, []byte(v.seal.String()))
	case err != nil:
		return err
	}
	if v.seal, err = age.ParseX25519Identity(string(text)); err != nil {
		return app.Fault(app.CodeFile, err, "path", path)
	}
	if plain && v.how != KeptPlain {
		return v.writeBlock(path, sealType, text)
	}
	return nil
}

// Types of PEM blocks; a sealed one has the prefix before its own.
const (
	keyType      = "PRIVATE KEY"
	sealType     = "AGE IDENTITY"
	sealedPrefix = "POLIS SEALED "
)

// readBlock reads a PEM file, sealed under the KEK or plain.
func (v *Vault) readBlock(path, kind string) (content []byte, plain bool, err error) {
	text, err := os.ReadFile(path)
	if errors.Is(err, os.ErrNotExist) {
		return nil, false, err
	}
	if err != nil {
		return nil, false, app.Fault(app.CodeFile, err, "path", path)
	}
	block, _ := pem.Decode(text)
	switch {
	case block == nil:
		return nil, false, app.Fault(app.CodeFile, errors.New("not a PEM file"), "path", path)
	case block.Type == kind:
		return block.Bytes, true, nil
	case block.Type != sealedPrefix+kind:
		return nil, false, app.Fault(app.CodeFile, fmt.Errorf("a %q", block.Type), "path", path)
	}
	if content, err = Open(v.kek, block.Bytes, "file|"+filepath.Base(path)); err != nil {
		return nil, false, app.Fault(app.CodeKeyLocked, err, "how", string(v.how))
	}
	return content, false, nil
}

func (v *Vault) writeBlock(path, kind string, content []byte) error {
	block := &pem.Block{Type: kind, Bytes: content}
	if v.how != KeptPlain {
		sealed, err := Seal(v.kek, content, "file|"+filepath.Base(path))
		if err != nil {
			return err
		}
		block = &pem.Block{Type: sealedPrefix + kind, Bytes: sealed}
	}
	if err := replace(path, pem.EncodeToMemory(block)); err != nil {
		return app.Fault(app.CodeFile, err, "path", path)
	}
	return nil
}

// Current is Key for the exchange.
func (v *Vault) Current() (crypto.Signer, error) {
	key, err := v.Key()
	if err != nil {
		return nil, err
	}
	return key, nil
}

// Pending returns the key that is to take the place of the signing key, nil
// when there is none and none is to be made. It is on disk when it returns
// and stays until Promote. Codes as Key.
func (v *Vault) Pending(create bool) (crypto.Signer, error) {
	if err := v.open(); err != nil {
		return nil, err
	}
	v.mu.Lock()
	defer v.mu.Unlock()
	key, err := v.readKey(v.pendingPath())
	if err == nil && key.Equal(v.key) { // a power cut came between the two steps of Promote
		if err = os.Remove(v.pendingPath()); err == nil {
			err = os.ErrNotExist
		}
	}
	switch {
	case err == nil:
		return key, nil
	case !errors.Is(err, os.ErrNotExist):
		return nil, err
	case !create:
		return nil, nil
	}
	key, err = v.makeKey(v.pendingPath())
	if err != nil {
		return nil, err
	}
	return key, nil
}

// Promote puts the pending key in the signing key's place; without one
// nothing happens. CodeFile.
func (v *Vault) Promote() error {
	if err := v.open(); err != nil {
		return err
	}
	v.mu.Lock()
	defer v.mu.Unlock()
	key, err := v.readKey(v.pendingPath())
	if errors.Is(err, os.ErrNotExist) {
		return nil
	}
	if err != nil {
		return err
	}
	path := filepath.Join(v.p.Folder, KeyFile)
	if err := v.writeKey(path, key); err != nil {
		return err
	}
	v.key = key
	if err := os.Remove(v.pendingPath()); err != nil {
		return app.Fault(app.CodeFile, err, "path", v.pendingPath())
	}
	return nil
}

func (v *Vault) pendingPath() string { return filepath.Join(v.p.Folder, pendingFile) }

// replace writes a file aside and puts it in place when it is on disk: a
// power cut leaves the old one or the new one, whole.
func replace(path string, text []byte) (err error) {
	tmp, err := os.CreateTemp(filepath.Dir(path), ".chiave-*") // mode 0600
	if err != nil {
		return err
	}
	defer func() {
		if err != nil {
			err = errors.Join(err, os.Remove(tmp.Name()))
		}
	}()
	_, werr := tmp.Write(text)
	if err := errors.Join(werr, tmp.Sync(), tmp.Close()); err != nil {
		return err
	}
	if back, err := os.ReadFile(tmp.Name()); err != nil || !bytes.Equal(back, text) {
		return errors.Join(errors.New("what was written is not what is read"), err)
	}
	if err := os.Rename(tmp.Name(), path); err != nil {
		return err
	}
	_ = folder.Sync(filepath.Dir(path)) // the file itself is on disk
	return nil
}
