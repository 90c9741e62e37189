package screen

import (
	"context"
	"time"

	"fyne.io/fyne/v2"
)

// Runner does work away from the window's goroutine. It is injected, so that
// tests can take one step at a time.
type Runner interface {
	// Go runs work elsewhere and what it returns, unless nil, on the window's
	// goroutine.
	Go(work func() (apply func()))
	// After runs do on the window's goroutine later, unless stopped before.
	After(d time.Duration, do func()) (stop func())
	// Post runs do on the window's goroutine soon; callable from anywhere.
	Post(do func())
}

// Background is the Runner of the real window.
type Background struct {
	// Over is closed when the window is closing: what comes later has nothing
	// to be shown on, and the toolkit would run it wherever it came from.
	Over <-chan struct{}
}

func (b Background) post(do func()) {
	select {
	case <-b.Over:
	default:
		fyne.Do(do)
	}
}

// Go implements Runner.
func (b Background) Go(work func() (apply func())) {
	go func() {
		if apply := work(); apply != nil {
			b.post(apply)
		}
	}()
}

// After implements Runner.
func (b Background) After(d time.Duration, do func()) (stop func()) {
	stopped := false // read and written on the window's goroutine only
	t := time.AfterFunc(d, func() {
		b.post(func() {
			if !stopped {
				do()
			}
		})
	})
	return func() {
		stopped = true
		t.Stop()
	}
}

// Post implements Runner.
func (b Background) Post(do func()) { b.post(do) }

// Lane runs one kind of work of which only the newest answer counts: what a
// newer call overtook is cancelled and its answer dropped. It belongs to the
// window's goroutine.
type Lane struct {
	runner     Runner
	generation int
	cancel     context.CancelFunc
}

// NewLane returns a lane over the runner.
func NewLane(r Runner) *Lane { return &Lane{runner: r} }

// Go starts work in place of whatever the lane was doing.
func (l *Lane) Go(work func(ctx context.Context) (apply func())) {
	l.Drop()
	ctx, cancel := context.WithCancel(context.Background())
	l.cancel = cancel
	mine := l.generation
	l.runner.Go(func() func() {
		apply := work(ctx)
		return func() {
			cancel()
			if mine == l.generation && apply != nil {
				apply()
			}
		}
	})
}

// Drop forgets what is under way.
func (l *Lane) Drop() {
	l.generation++
	if l.cancel != nil {
		l.cancel()
		l.cancel = nil
	}
}
