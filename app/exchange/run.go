package exchange

import (
	"context"
	"errors"
	"math/rand/v2"
	"strconv"
	"sync"
	"time"

	"polis/app"
)

const (
	pollEvery    = 5 * time.Minute
	pollMetered  = 30 * time.Minute
	watchdog     = time.Minute // a queue that waits is tried at least so often
	networkEvery = 5 * time.Second
	backoffMax   = 15 * time.Minute
	backoffFirst = 2 * time.Second
	// holdMax bounds what Retry-After can ask for: a page of somebody else on
	// the way must not silence a workstation for good.
	holdMax = 6 * time.Hour
)

func realTimer(d time.Duration) (fire <-chan time.Time, stop func()) {
	t := time.NewTimer(d)
	return t.C, func() { t.Stop() }
}

// Run synchronises now, on Wake, on a new network and every few minutes,
// until ctx ends.
func (e *Engine) Run(ctx context.Context) {
	var watching sync.WaitGroup
	defer watching.Wait()
	if e.p.Network != nil {
		watching.Go(func() { e.watchNetwork(ctx) })
	}
	for {
		next := e.turn(ctx)
		fire, stop := e.p.Timer(next)
		select {
		case <-ctx.Done():
			stop()
			return
		case <-fire:
		case <-e.wake:
		}
		stop()
	}
}

// turn does a round, if there is to be one, and says when the next one is.
func (e *Engine) turn(ctx context.Context) time.Duration {
	byHand := e.hand.Swap(false)
	every := pollEvery
	if m, err := e.metered(ctx); err == nil && m {
		every = pollMetered
	}
	if byHand || (!e.paused(ctx) && e.holding() == 0) {
		sum, err := e.sync(ctx, byHand)
		if err != nil || sum.Waiting > 0 {
			every = watchdog
		}
	}
	next := max(every/2+rand.N(every/2), e.holding()) //nolint:gosec // jitter, not a secret
	e.mu.Lock()
	e.next = e.p.Clock.Now().Add(next)
	e.mu.Unlock()
	e.tell(ctx)
	return next
}

// Wake asks for a round in the background soon.
func (e *Engine) Wake() {
	select {
	case e.wake <- struct{}{}:
	default: // one is asked for already
	}
}

// SyncNow asks for a round because somebody wants it: also while paused, and
// without waiting for later tries.
func (e *Engine) SyncNow() {
	e.hand.Store(true)
	e.Wake()
}

// watchNetwork wakes the engine when the computer is in another network.
func (e *Engine) watchNetwork(ctx context.Context) {
	last := e.p.Network()
	for {
		fire, stop := e.p.Timer(networkEvery)
		select {
		case <-ctx.Done():
			stop()
			return
		case <-fire:
		}
		if now := e.p.Network(); now != last {
			last = now
			if now != "" {
				e.Wake()
			}
		}
	}
}

// refusal is the fault of a round that must not be: the hub asked to be left
// alone. A person may insist once.
func (e *Engine) refusal(byHand bool) error {
	if e.holding() == 0 {
		return nil
	}
	e.mu.Lock()
	defer e.mu.Unlock()
	if byHand && !e.handUsed {
		e.handUsed = true
		return nil
	}
	if e.fault == nil {
		return app.Fault(app.CodeHubBusy, nil)
	}
	return e.fault
}

// holding returns for how long the hub wants to be left alone.
func (e *Engine) holding() time.Duration {
	e.mu.Lock()
	defer e.mu.Unlock()
	left := e.hold.Sub(e.p.Clock.Now())
	if left <= 0 || left > holdMax { // or the clock jumped
		return 0
	}
	return left
}

// busy reports that the hub asked to be left alone.
func busy(err error) bool { return retryAfter(err) > 0 }

// heed remembers what the hub asked for.
func (e *Engine) heed(err error) {
	wait := retryAfter(err)
	if wait == 0 {
		return
	}
	e.mu.Lock()
	defer e.mu.Unlock()
	if until := e.p.Clock.Now().Add(wait); until.After(e.hold) || e.hold.Sub(e.p.Clock.Now()) > holdMax {
		e.hold, e.handUsed = until, false
	}
}

func retryAfter(err error) time.Duration {
	var fault *app.Error
	if !errors.As(err, &fault) {
		return 0
	}
	n, perr := strconv.ParseInt(fault.Params[ParamRetryAfter], 10, 64)
	if perr != nil || n <= 0 {
		return 0
	}
	return min(time.Duration(min(n, int64(holdMax/time.Second)))*time.Second, holdMax)
}

// ParamRetryAfter names the parameter of a fault by which the hub says for
// how many seconds it wants to be left alone.
const ParamRetryAfter = "retry_after"

// backoff is full jitter under a doubling bound.
func backoff(attempts int) time.Duration {
	bound := backoffMax
	if attempts < 9 {
		bound = min(backoffFirst<<attempts, backoffMax)
	}
	return rand.N(bound) //nolint:gosec // jitter, not a secret
}

// measure takes over by how much this computer's clock is off.
func (e *Engine) measure(ctx context.Context, hub Hub) {
	offset, known := hub.Offset()
	if !known {
		return
	}
	e.mu.Lock()
	moved := !e.measured || (offset-e.offset).Abs() >= clockNoise
	e.offset, e.measured = offset, true
	e.mu.Unlock()
	if moved {
		ms := offset.Milliseconds()
		if offset.Abs() < clockNoise {
			ms = 0
		}
		// Lost, it is measured again in the next round.
		_ = e.p.Outbox.SetSetting(ctx, settingOffset, strconv.FormatInt(ms, 10))
	}
}

// now is the hub's time as well as it is known.
func (e *Engine) now(ctx context.Context) time.Time {
	e.mu.Lock()
	offset, measured := e.offset, e.measured
	e.mu.Unlock()
	if !measured {
		if text, err := e.p.Outbox.Setting(ctx, settingOffset); err == nil {
			if ms, err := strconv.ParseInt(text, 10, 64); err == nil {
				offset = time.Duration(ms) * time.Millisecond
			}
		}
	}
	return e.p.Clock.Now().Add(offset)
}
