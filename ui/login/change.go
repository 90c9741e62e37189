package login

import (
	"context"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"

	"polis/app"
	"polis/ui/widgets"
)

// change ends the temporary password.
func (s *Screen) change() {
	fresh, again := s.fields[0].entry.Text, s.fields[1].entry.Text
	if fresh != again {
		s.say("login.differ")
		s.fields[1].entry.Replace("")
		s.focus(s.fields[1].entry)
		return
	}
	s.work(func(ctx context.Context) error { return s.d.ChangePassword(ctx, s.given, fresh) }, func() {
		s.given = ""
		s.d.Host.Trace("password changed")
		s.d.Done(s.person)
	})
}

// later lets somebody work with the temporary password while the hub does
// not answer: it is asked for again at the next login.
func (s *Screen) later() {
	s.given = ""
	s.d.Done(s.person)
}

// work does something slow while the screen waits.
func (s *Screen) work(do func(ctx context.Context) error, done func()) {
	s.busy = true
	s.say("login.checking")
	s.enable(false)
	s.d.Host.Runner.Go(func() func() {
		err := do(context.Background())
		return func() {
			s.busy = false
			if s.closed {
				return
			}
			s.enable(true)
			s.note.Objects = nil
			if err != nil {
				s.fail(err)
				return
			}
			done()
		}
	})
}

func (s *Screen) enable(on bool) {
	for _, f := range s.stops {
		d, ok := f.(fyne.Disableable)
		switch {
		case !ok:
		case on:
			d.Enable()
		default:
			d.Disable()
		}
	}
}

// say tells something below the fields.
func (s *Screen) say(key string) {
	role := widgets.Wrong
	if key == "login.checking" {
		role = widgets.Secondary
	}
	s.tell(widgets.NewWrapped(role, s.words(key)))
}

func (s *Screen) tell(objects ...fyne.CanvasObject) {
	s.note.Objects = objects
	s.note.Refresh()
	s.reader.Relayout()
}

// fail says what went wrong and what to do, and lets the person try again.
func (s *Screen) fail(err error) {
	code := app.ErrorCode(err)
	message, hint := s.d.Host.Words.Error(err)
	s.d.Host.Log.Error("shown at the login", "error", err)
	told := []fyne.CanvasObject{widgets.NewWrapped(widgets.Wrong, message), widgets.NewWrapped(widgets.Secondary, hint)}
	if s.step == stepChange && code != app.CodePasswordWeak && code != app.CodePasswordSame {
		told = append(told, widgets.NewWrapped(widgets.Secondary, s.words("login.later_text")))
		s.tell(told...)
		later := s.button("login.later", "", widgets.Quiet, s.later)
		s.note.Add(container.New(ringLayout{}, widgets.Wrap(1, 1, later)))
		s.stops = append(s.stops[:3:3], later)
		s.reader.Relayout()
	} else {
		s.tell(told...)
	}
	for _, f := range s.fields {
		f.entry.Replace("")
	}
	s.Shown()
	s.d.Host.Trace("login failed", "code", string(code))
}
