package region

import (
	"context"
	"errors"
	"sync"
	"testing"
	"testing/synctest"
)

// counted is a store whose answers come when the test lets them.
type counted struct {
	Store
	mu      sync.Mutex
	version int64
	asked   int
	answer  chan struct{}
}

type oneTx struct {
	Tx
	version int64
}

func (t oneTx) LatestPublication() (Publication, bool, error) {
	return Publication{Version: t.version}, true, nil
}

// Secret: nothing is signed here.
func (oneTx) Secret(string) ([]byte, error) { return nil, nil }

func (c *counted) View(_ context.Context, fn func(Tx) error) error {
	c.mu.Lock()
	c.asked++
	version := c.version
	c.mu.Unlock()
	<-c.answer
	return fn(oneTx{version: version})
}

func TestRequestsShareAnAnswerButNeverAnOldOne(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		store := &counted{version: 1, answer: make(chan struct{})}
		var l latest
		versions := make(chan int64, 100)
		ask := func() {
			now, err := l.ask(t.Context(), store)
			if err != nil {
				t.Error(err)
			}
			versions <- now.pub.Version
		}
		go ask()
		synctest.Wait() // the storage was asked and has read version 1
		store.mu.Lock()
		store.version = 2
		store.mu.Unlock()
		for range 9 {
			go ask()
		}
		ctx, cancel := context.WithCancel(t.Context())
		gone := make(chan error, 1)
		go func() {
			_, err := l.ask(ctx, store)
			gone <- err
		}()
		synctest.Wait()
		cancel()
		if err := <-gone; !errors.Is(err, context.Canceled) {
			t.Errorf("who went away: %v", err)
		}
		store.answer <- struct{}{}
		store.answer <- struct{}{}
		synctest.Wait()
		got := map[int64]int{}
		for range 10 {
			got[<-versions]++
		}
		if got[1] != 1 || got[2] != 9 || store.asked != 2 {
			t.Errorf("versions %v, the storage was asked %d times", got, store.asked)
		}
	})
}
