package region

import (
	"context"
	"sync"
	"time"
)

// latestTimeout bounds a question that several requests wait for.
const latestTimeout = 30 * time.Second

// latest answers what the newest publication is. Nearly every request of the
// network asks just that and finds nothing new, so those that arrive while
// the storage is being asked share the next answer. Nobody gets an answer to
// a question that was put before it asked: a publication is seen at once.
type latest struct {
	mu            sync.Mutex
	running, next *latestAnswer
}

// newest is what the storage says; statement is the root's about the key
// that signs, as stored.
type newest struct {
	pub       Publication
	exists    bool
	statement []byte
}

type latestAnswer struct {
	done chan struct{}
	newest
	err error
}

func (l *latest) ask(ctx context.Context, store Store) (newest, error) {
	l.mu.Lock()
	a := l.next
	if a == nil {
		a = &latestAnswer{done: make(chan struct{})}
		if l.running == nil {
			l.running = a
			go l.run(context.WithoutCancel(ctx), store) // others may wait for it longer than this request
		} else {
			l.next = a
		}
	}
	l.mu.Unlock()
	select {
	case <-a.done:
		return a.newest, a.err
	case <-ctx.Done():
		return newest{}, ctx.Err()
	}
}

func (l *latest) run(ctx context.Context, store Store) {
	for {
		l.mu.Lock()
		a := l.running
		l.mu.Unlock()
		a.read(ctx, store)
		l.mu.Lock()
		l.running, l.next = l.next, nil
		last := l.running == nil
		l.mu.Unlock()
		if last {
			return
		}
	}
}

func (a *latestAnswer) read(ctx context.Context, store Store) {
	ctx, cancel := context.WithTimeout(ctx, latestTimeout)
	defer cancel()
	defer close(a.done)
	a.err = store.View(ctx, func(tx Tx) (err error) {
		if a.pub, a.exists, err = tx.LatestPublication(); err == nil {
			a.statement, err = tx.Secret(secretStatement)
		}
		return err
	})
}
