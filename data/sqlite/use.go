package sqlite

import (
	"context"
	"path/filepath"
	"time"

	"github.com/gofrs/flock"
)

// useFile is locked by every program that has the catalogue open.
const useFile = "catalogo.uso"

const (
	useWait  = 10 * time.Second
	useRetry = 20 * time.Millisecond
)

// use tells programs with the same catalogue of each other.
type use struct{ lock *flock.Flock }

func newUse(folder string) use { return use{flock.New(filepath.Join(folder, useFile))} }

// share says that the catalogue is open here; it waits while another program
// puts a new file in its place.
func (u use) share(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, useWait)
	defer cancel()
	_, err := u.lock.TryRLockContext(ctx, useRetry)
	return err
}

// alone reports whether no other program has the catalogue open, and keeps
// others from opening it until share.
func (u use) alone() (bool, error) {
	if err := u.lock.Unlock(); err != nil {
		return false, err
	}
	got, err := u.lock.TryLock()
	if got || err != nil {
		return got, err
	}
	_, err = u.lock.TryRLock() // who has it too holds it in the same way
	return false, err
}

func (u use) close() error { return u.lock.Close() }
