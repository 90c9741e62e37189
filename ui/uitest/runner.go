// Package uitest helps to test screens without a window: a Runner that takes
// one step when told, a counter with sheets in memory, and a search for
// texts that are cut.
package uitest

import "time"

// Steps is a Runner that does nothing by itself.
type Steps struct {
	queue []func()
	later []*timer
}

type timer struct {
	after time.Duration
	do    func()
	done  bool
}

// Go implements screen.Runner.
func (s *Steps) Go(work func() (apply func())) {
	s.queue = append(s.queue, func() {
		if apply := work(); apply != nil {
			apply()
		}
	})
}

// After implements screen.Runner; Elapse runs it.
func (s *Steps) After(d time.Duration, do func()) (stop func()) {
	t := &timer{after: d, do: do}
	s.later = append(s.later, t)
	return func() { t.done = true }
}

// Post implements screen.Runner.
func (s *Steps) Post(do func()) { s.queue = append(s.queue, do) }

// Waiting returns how many steps there are to take.
func (s *Steps) Waiting() int { return len(s.queue) }

// Step does the oldest work; it reports false when there is none.
func (s *Steps) Step() bool {
	if len(s.queue) == 0 {
		return false
	}
	do := s.queue[0]
	s.queue = s.queue[1:]
	do()
	return true
}

// StepLast does the newest work first: answers that overtake each other.
func (s *Steps) StepLast() bool {
	if len(s.queue) == 0 {
		return false
	}
	last := len(s.queue) - 1
	do := s.queue[last]
	s.queue = s.queue[:last]
	do()
	return true
}

// Drain does all work, also what that work asks for.
func (s *Steps) Drain() {
	for range 10_000 { // a loop that asks for itself must not hang a test
		if !s.Step() {
			return
		}
	}
}

// Elapse lets a time pass: timers within it fire, in order.
func (s *Steps) Elapse(d time.Duration) {
	due := s.later
	s.later = nil
	for _, t := range due {
		switch {
		case t.done:
		case t.after <= d:
			t.do()
		default:
			t.after -= d
			s.later = append(s.later, t)
		}
	}
}
