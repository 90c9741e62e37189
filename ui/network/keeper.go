package network

import (
	"context"
	"sync"
	"time"

	"polis/app"
)

// keepAfter is how long after the last key a draft is stored.
const keepAfter = 900 * time.Millisecond

// keeper stores what is being typed. A later draft is never overwritten by an
// earlier one.
type keeper struct {
	f      *form
	cancel func() // of the timer; nil = none runs
	due    bool   // something was not stored yet

	mu     sync.Mutex // over what is written, by whichever goroutine
	number int        // of the newest draft; on the window's goroutine
	stored int        // newest one that was stored
}

func (k *keeper) soon() {
	k.stop()
	k.due = true
	k.cancel = k.f.s.d.Host.Runner.After(keepAfter, func() {
		k.cancel = nil
		typed, n := k.take()
		k.f.s.d.Host.Runner.Go(func() func() {
			err := k.write(typed, n)
			return func() { k.told(err) }
		})
	})
}

func (k *keeper) stop() {
	if k.cancel != nil {
		k.cancel()
		k.cancel = nil
	}
}

func (k *keeper) take() (app.Office, int) {
	k.mu.Lock()
	defer k.mu.Unlock()
	k.number++
	k.due = false
	return k.f.typed(), k.number
}

func (k *keeper) write(typed app.Office, n int) error {
	k.mu.Lock()
	defer k.mu.Unlock()
	if n <= k.stored {
		return nil
	}
	_, err := k.f.s.d.Offices.Keep(context.Background(), typed)
	if err == nil {
		k.stored = n
	}
	return err
}

// settle lets no draft be written that was taken before.
func (k *keeper) settle() {
	k.mu.Lock()
	k.stored = k.number
	k.mu.Unlock()
}

func (k *keeper) told(err error) {
	host := k.f.s.d.Host
	if err != nil {
		k.due = true
		host.Fail(banner, err)
		return
	}
	host.Trace("office draft kept", "id", k.f.shown.ID)
}

// last stores what is not stored yet, at once. What cannot be stored is kept
// for the next time that the office is shown.
func (k *keeper) last() {
	k.stop()
	if !k.due {
		return
	}
	typed, n := k.take()
	if err := k.write(typed, n); err != nil {
		state := k.f.s.d.State
		if state.unsaved == nil {
			state.unsaved = map[string]app.Office{}
		}
		state.unsaved[typed.ID] = typed
		k.f.s.d.Host.Fail(banner, err)
	}
}
