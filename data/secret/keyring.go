package secret

import (
	"bytes"
	"crypto/rand"
	"encoding/base64"
	"errors"
	"time"
)

// errPatience says that the keyring did not answer in time.
var errPatience = errors.New("the keyring does not answer")

// within runs a call of the keyring and stops waiting for it after a while:
// it may be asking somebody who is not there.
func within[T any](patience time.Duration, call func() (T, error)) (T, error) {
	type answer struct {
		value T
		err   error
	}
	answers := make(chan answer, 1)
	go func() {
		v, err := call()
		answers <- answer{v, err}
	}()
	timer := time.NewTimer(patience)
	defer timer.Stop()
	select {
	case a := <-answers:
		return a.value, a.err
	case <-timer.C:
		var none T
		return none, errPatience
	}
}

// keepInKeyring stores the KEK and reads it back before anything relies on
// it.
func (v *Vault) keepInKeyring(f *kekFile) error {
	f.Entry = rand.Text()
	ring, entry, text := v.p.Keyring, f.Entry, base64.RawStdEncoding.EncodeToString(v.kek) // a call that is given up goes on alone
	_, err := within(v.p.Patience, func() (struct{}, error) { return struct{}{}, ring.Set(entry, text) })
	if err != nil {
		return err
	}
	back, err := v.askKeyring(f.Entry)
	if err == nil && !bytes.Equal(back, v.kek) {
		err = errors.New("the keyring answers with something else")
	}
	return err
}

func (v *Vault) askKeyring(entry string) ([]byte, error) {
	ring := v.p.Keyring
	text, err := within(v.p.Patience, func() (string, error) { return ring.Get(entry) })
	if err != nil {
		return nil, err
	}
	kek, err := base64.RawStdEncoding.DecodeString(text)
	if err != nil || len(kek) != KeySize {
		return nil, errors.Join(errors.New("no key in the keyring's entry"), err)
	}
	return kek, nil
}
