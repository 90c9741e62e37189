package exchange

import (
	"context"
	"math/rand/v2"
	"slices"
	"sync"
	"time"

	"polis/app"
)

// Rounds does something in the background again and again - at once, when it
// is woken, every few minutes -, after a fault later and later, and not while
// the hub wants to be left alone. It also knows who is to be told of what came
// of it. Safe for concurrent use.
type Rounds struct {
	clock app.Clock
	timer func(time.Duration) (fire <-chan time.Time, stop func())
	wake  chan struct{}

	mu      sync.Mutex
	hold    time.Time // the hub wants to be left alone until then
	tries   int       // that failed since the last that did not
	changed []func()
}

const (
	roundsEvery = 5 * time.Minute
	roundsMax   = 5 * time.Minute // a network that comes back is not waited for longer
)

// NewRounds returns rounds that have not begun; timer fires once after a time,
// unless it is stopped, nil = real time.
func NewRounds(clock app.Clock, timer func(time.Duration) (fire <-chan time.Time, stop func())) *Rounds {
	if timer == nil {
		timer = realTimer
	}
	return &Rounds{clock: clock, timer: timer, wake: make(chan struct{}, 1)}
}

// Run does rounds until ctx ends.
func (r *Rounds) Run(ctx context.Context, round func(context.Context) error) {
	for {
		fire, stop := r.timer(r.turn(ctx, round))
		select {
		case <-ctx.Done():
			stop()
			return
		case <-fire:
		case <-r.wake:
		}
		stop()
	}
}

// turn does a round, if there is to be one, and says when the next one is.
func (r *Rounds) turn(ctx context.Context, round func(context.Context) error) time.Duration {
	if left := r.holding(); left > 0 {
		return left
	}
	err := round(ctx)
	if err == nil {
		r.Went()
		return roundsEvery/2 + rand.N(roundsEvery/2) //nolint:gosec // jitter, not a secret
	}
	r.Heed(err)
	r.mu.Lock()
	r.tries++
	tries := r.tries
	r.mu.Unlock()
	return max(min(backoff(tries), roundsMax), r.holding())
}

// Wake asks for a round soon.
func (r *Rounds) Wake() {
	select {
	case r.wake <- struct{}{}:
	default: // one is asked for already
	}
}

// Went notes that a round, perhaps one that somebody asked for, went well.
func (r *Rounds) Went() {
	r.mu.Lock()
	r.tries = 0
	r.mu.Unlock()
}

// Heed remembers of a fault that the hub wants to be left alone.
func (r *Rounds) Heed(err error) {
	wait := retryAfter(err)
	if wait == 0 {
		return
	}
	r.mu.Lock()
	r.hold = r.clock.Now().Add(wait)
	r.mu.Unlock()
}

func (r *Rounds) holding() time.Duration {
	r.mu.Lock()
	defer r.mu.Unlock()
	left := r.hold.Sub(r.clock.Now())
	if left > holdMax { // the clock jumped
		return 0
	}
	return max(left, 0)
}

// OnChange lets somebody be told, from any goroutine, of what changed.
func (r *Rounds) OnChange(tell func()) {
	r.mu.Lock()
	r.changed = append(r.changed, tell)
	r.mu.Unlock()
}

// Tell tells those who want to know that something changed.
func (r *Rounds) Tell() {
	r.mu.Lock()
	told := slices.Clone(r.changed)
	r.mu.Unlock()
	for _, tell := range told {
		tell()
	}
}
