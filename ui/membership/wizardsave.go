package membership

import (
	"context"
	"encoding/json"
	"sync"
	"time"

	"polis/app/membership"
	"polis/ui/widgets"
)

// saveAfter is how long after the last key a draft is stored.
const saveAfter = 900 * time.Millisecond

// saver stores the draft: a moment after typing, at every step, and before
// the form goes. A later draft is never overwritten by an earlier one.
type saver struct {
	w       *wizard
	stop    func() // of the timer; nil = none runs
	savedAt time.Time
	dirty   bool
	running bool
	failed  bool

	mu     sync.Mutex // over what is written, by whichever goroutine
	number int        // of the newest draft
	stored int        // newest one that was stored
}

func newSaver(w *wizard) *saver { return &saver{w: w, savedAt: w.filed.SavedAt} }

// draft is the request as it is now, apart from the form.
func (s *saver) draft() (membership.Request, int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.number++
	return cloned(s.w.r), s.number
}

// cloned copies a request with all that it points at.
func cloned(r *membership.Request) (out membership.Request) {
	b, err := json.Marshal(r)
	if err == nil {
		err = json.Unmarshal(b, &out)
	}
	if err != nil { // it is made of texts and numbers only
		return *r
	}
	return out
}

// store writes a draft unless a later one was written.
func (s *saver) store(r membership.Request, number int) (time.Time, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if number < s.stored {
		return time.Time{}, nil
	}
	at, err := s.w.s.d.Applications.Save(context.Background(), r)
	if err == nil {
		s.stored = number
	}
	return at, err
}

// soon stores the draft when nothing was typed for a moment.
func (s *saver) soon() {
	s.dirty = true
	if s.stop != nil {
		s.stop()
	}
	s.stop = s.w.s.d.Host.Runner.After(saveAfter, func() {
		s.stop = nil
		s.now(nil)
	})
}

// now stores the draft in the background; then, which may be nil, is told
// whether it was.
func (s *saver) now(then func(ok bool)) {
	if s.stop != nil {
		s.stop()
		s.stop = nil
	}
	r, number := s.draft()
	s.dirty = false
	s.w.s.d.Host.Runner.Go(func() func() {
		at, err := s.store(r, number)
		return func() {
			s.told(at, err)
			if then != nil {
				then(err == nil)
			}
		}
	})
}

// told shows what came of it. What could not be stored stays on screen and is
// tried again with the next key or step.
func (s *saver) told(at time.Time, err error) {
	if s.w.closed {
		return
	}
	host := s.w.s.d.Host
	s.failed = err != nil
	if err != nil {
		s.dirty = true
		message, hint := host.Words.Error(err)
		host.Log.Error("draft not stored", "error", err)
		host.Banner(bannerDraft, &widgets.BannerSpec{
			Kind: widgets.Bad, Title: s.w.words("wizard.not_saved"), Text: message + " " + hint,
			Action: s.w.words("wizard.save_again"), OnAction: func() { s.now(nil) },
		})
		host.Trace("draft not saved")
	} else {
		host.Banner(bannerDraft, nil)
		if !at.IsZero() {
			s.savedAt = at
		}
		host.Trace("draft saved")
	}
	s.w.drawTitle()
}

// bannerDraft is the banner of a draft that could not be stored.
const bannerDraft = "membership-draft"

// last stores what is not stored yet, at once: the form is going. What cannot
// be stored is kept for the next time that the form is shown.
func (s *saver) last() {
	if s.stop != nil {
		s.stop()
		s.stop = nil
	}
	if !s.dirty && !s.failed {
		return
	}
	r, number := s.draft()
	if _, err := s.store(r, number); err != nil {
		if s.w.st.unsaved == nil {
			s.w.st.unsaved = map[string]membership.Request{}
		}
		s.w.st.unsaved[r.ID] = r
		s.w.s.d.Host.Fail(bannerDraft, err)
		return
	}
	s.w.s.d.Host.Banner(bannerDraft, nil)
}

// state says whether, and when, the draft was stored.
func (s *saver) state() (widgets.Kind, string) {
	switch {
	case s.failed:
		return widgets.Bad, s.w.words("wizard.badge_failed")
	case s.dirty:
		return widgets.Neutral, s.w.words("wizard.badge_dirty")
	case s.savedAt.IsZero():
		return widgets.Neutral, s.w.words("wizard.badge_new")
	}
	return widgets.OK, s.w.words("wizard.badge_saved", "time", s.savedAt.In(s.w.s.d.Location).Format("15:04"))
}

// work runs something that takes a while; what comes back after the form went
// is dropped.
func (w *wizard) work(do func(ctx context.Context) error, done func(err error)) {
	w.s.d.Host.Runner.Go(func() func() {
		err := do(context.Background())
		return func() {
			if !w.closed {
				done(err)
			}
		}
	})
}

// readRegister reads the list of bodies while the form is already there.
func (w *wizard) readRegister() {
	if w.s.d.Register == nil {
		return
	}
	var found Register
	w.work(func(context.Context) (err error) {
		found, err = w.s.d.Register()
		return err
	}, func(err error) {
		if err != nil {
			w.s.d.Host.Fail("membership-register", err)
			return
		}
		w.register = found
		w.s.d.Host.Trace("register read")
		if w.search != nil {
			w.search.ask()
		} else if w.step() == membership.StepBody && w.r.Body.Registered {
			w.redraw("")
		}
	})
}
