package faults

import (
	"context"
	"crypto"
	"crypto/ecdsa"
	"errors"
	"net/http"
	"path/filepath"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"polis/app"
	"polis/app/exchange"
	"polis/data/api"
)

// byHand is a timer that the test lets fire.
type byHand struct {
	ctx   context.Context //nolint:containedctx // of the engine that waits
	asked chan time.Duration
	fire  chan time.Time
}

func (b byHand) timer(d time.Duration) (fire <-chan time.Time, stop func()) {
	select {
	case b.asked <- d:
	case <-b.ctx.Done():
	}
	return b.fire, func() {}
}

// engine is one on this workstation's files whose parts the test may replace.
func (d *desk) engine(change func(*exchange.Params)) *exchange.Engine {
	d.t.Helper()
	p := exchange.Params{
		Catalogue: d.Catalogue, Outbox: d.Office, Keys: d.Vault(), Clock: d.clock, SealKey: d.Vault().SealKey,
		Connect: func(dev exchange.Device, key crypto.Signer) (exchange.Hub, error) {
			k, isKey := key.(*ecdsa.PrivateKey)
			if !isKey {
				return nil, errors.New("another kind of key")
			}
			return api.New(dev, k, d.clock, nil)
		},
	}
	change(&p)
	return must[*exchange.Engine](d.t)(exchange.New(p))
}

// The hub asks to be left alone, round after round, in both forms of
// Retry-After, at the first call or at the one that brings contacts: nobody
// calls before the time is over, and then the queue empties.
func TestStormOfRefusals(t *testing.T) {
	for _, at := range []string{"/manifest", "/upload-batches/", "/private-changes"} {
		for _, how := range []bad{busyFor, busyUntil} {
			t.Run(at[1:]+" "+string(how), func(t *testing.T) {
				h, d := counter(t)
				ctx, stop := context.WithCancel(t.Context())
				b := byHand{ctx, make(chan time.Duration), make(chan time.Time)}
				e := d.engine(func(p *exchange.Params) { p.Timer = b.timer })
				var calls atomic.Int64
				h.stand(func(w http.ResponseWriter, r *http.Request, hub http.Handler) {
					if on(at, func(http.ResponseWriter, *http.Request) {}); len(r.URL.Path) >= len(at) && r.URL.Path[:len(at)] == at {
						calls.Add(1)
						spoil(w, r, hub, how, h.clock.Now())
						return
					}
					hub.ServeHTTP(w, r)
				})
				want := map[bad]time.Duration{busyFor: 30 * time.Second, busyUntil: time.Minute}[how]
				saved := d.log(nil, app.Personal{}).ID
				var running sync.WaitGroup
				running.Go(func() { e.Run(ctx) })
				for n := range int64(6) {
					wait := <-b.asked
					if wait < want {
						t.Errorf("round %d: it comes back after %v, the hub asked for %v", n, wait, want)
					}
					if calls.Load() != n+1 {
						t.Errorf("round %d: %d calls", n, calls.Load())
					}
					d.clock.move(wait)
					b.fire <- d.clock.Now()
				}
				<-b.asked
				h.stand(nil)
				for range 2 { // two polls
					d.clock.move(15 * time.Minute)
					b.fire <- d.clock.Now()
					<-b.asked
				}
				stop()
				running.Wait()
				d.waiting(0, 0)
				h.arrived(saved)
			})
		}
	}
}

// Many workstations at once against a hub that takes one call in three: all
// of it arrives, once.
func TestManyWorkstationsInAStorm(t *testing.T) {
	h := newHub(t, t.TempDir(), nil)
	defer h.close()
	var desks []*desk
	var saved []string
	for n := range 4 {
		d := newDesk(t, h, filepath.Join(h.folder, "desk", string(rune('a'+n))), "demo-urp")
		defer func() { d.close() }()
		for range 5 {
			saved = append(saved, d.log(nil, app.Personal{}).ID)
		}
		desks = append(desks, d)
	}
	var n atomic.Int64
	h.stand(func(w http.ResponseWriter, r *http.Request, hub http.Handler) {
		how := fine
		if i := n.Add(1); i%3 != 0 {
			how = []bad{busyFor, busyUntil}[i%2]
		}
		spoil(w, r, hub, how, h.clock.Now())
	})
	var all sync.WaitGroup
	for _, d := range desks {
		all.Go(func() {
			for range 4 {
				_, _ = d.Engine.Sync(context.Background())
				h.clock.move(2 * time.Minute)
			}
		})
	}
	all.Wait()
	h.stand(nil)
	h.clock.move(time.Hour)
	for range 2 {
		for _, d := range desks {
			_, err := d.Engine.Sync(context.Background())
			ok(t, err)
		}
	}
	h.arrived(saved...)
}
