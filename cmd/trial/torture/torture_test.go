package torture

import (
	"context"
	"math/rand/v2"
	"os"
	"strconv"
	"sync"
	"testing"
	"time"
)

// TestTorture is short by itself; POLIS_TORTURE ("2h") makes it long and
// POLIS_SEED repeats the choices of a run (what the machine's clock and
// scheduler add is not repeated).
func TestTorture(t *testing.T) {
	length := 20 * time.Second
	if text := os.Getenv("POLIS_TORTURE"); text != "" {
		var err error
		if length, err = time.ParseDuration(text); err != nil {
			t.Fatal(err)
		}
	}
	seed := seed(t)
	w := newWorld(t)
	ctx, stop := context.WithTimeout(t.Context(), length)
	defer stop()
	var all sync.WaitGroup
	all.Go(func() { w.storm(ctx, newRand(seed)) })
	for i, d := range w.desks {
		all.Go(func() { d.work(ctx, newRand(seed+uint64(i)+1)) })
	}
	all.Wait()
	f := w.judge()
	t.Logf("%v: %v", length, f)
	if f.Contacts == 0 || f.Kills == 0 || f.Faults == 0 {
		t.Errorf("nothing was tried: %v", f)
	}
}

// TestKills ends workstation processes with SIGKILL at every moment of their
// life, over a good link: 30 by itself, POLIS_KILLS says how many.
func TestKills(t *testing.T) {
	kills := 30
	if text := os.Getenv("POLIS_KILLS"); text != "" {
		var err error
		if kills, err = strconv.Atoi(text); err != nil {
			t.Fatal(err)
		}
	}
	seed := seed(t)
	w := newWorld(t)
	var all sync.WaitGroup
	for i, d := range w.desks {
		all.Go(func() { d.die(newRand(seed+uint64(i)), kills/len(w.desks)) })
	}
	all.Wait()
	f := w.judge()
	t.Log(f)
	if f.Kills < kills/3 {
		t.Errorf("only %d of %d processes were alive to be killed", f.Kills, kills)
	}
}

func seed(t *testing.T) uint64 {
	t.Helper()
	n := uint64(time.Now().UnixNano())
	if text := os.Getenv("POLIS_SEED"); text != "" {
		var err error
		if n, err = strconv.ParseUint(text, 10, 64); err != nil {
			t.Fatal(err)
		}
	}
	t.Logf("POLIS_SEED=%d", n)
	return n
}

func newRand(seed uint64) *rand.Rand { return rand.New(rand.NewPCG(seed, 4)) }
