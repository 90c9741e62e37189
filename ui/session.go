package ui

import (
	"context"
	"fmt"
	"image/color"
	"strconv"
	"time"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"
	"fyne.io/fyne/v2/driver/desktop"
	"fyne.io/fyne/v2/widget"

	"polis/app/operators"
	"polis/ui/desk"
	"polis/ui/login"
	"polis/ui/printing"
	"polis/ui/review"
	"polis/ui/screen"
	"polis/ui/settings"
)

// SettingAutoLock is after how many minutes without a hand on keyboard or
// mouse the login shows; "0" never, "" after autoLock.
const SettingAutoLock = "autolock"

const autoLock = 10

// settingLast is who logged in last, to be proposed again.
const settingLast = "last_operator"

// session is who is at work, and what each who was left behind: a visit
// belongs to who began it, waits out of sight and comes back with them.
type session struct {
	login   *login.Screen // while somebody has to log in
	person  operators.Person
	left    map[string]*desk.State
	touched time.Time
	role    string // of who is at work, where they examine requests; else ""
}

// guarded reports whether this workstation asks for passwords. One that
// cannot be read is no reason to let anybody in: the login says what is
// wrong.
func (w *Window) guarded() bool {
	if w.services == nil || w.services.Operators == nil {
		return false
	}
	required, err := w.services.Operators.Required(context.Background())
	return required || err != nil
}

// greet shows the login before anything else where there are passwords.
func (w *Window) greet() {
	w.touch()
	if w.guarded() {
		w.lock("", w.setting(settingLast), false)
	}
}

// lock ends the session and shows the login; nothing of what was on the
// screen is behind it. ask goes on to the password of the chosen person.
func (w *Window) lock(note, chosen string, ask bool) {
	s := w.services
	if w.session.login == nil {
		w.p.Runner.Go(func() func() {
			if err := s.Operators.Lock(context.Background()); err != nil {
				w.p.Log.Error("lock", "error", err)
			}
			return nil
		})
	}
	overlays := w.win.Canvas().Overlays()
	for top := overlays.Top(); top != nil; top = overlays.Top() {
		overlays.Remove(top)
	}
	for _, route := range []screen.Route{screen.Settings, screen.Review} { // what they still wait for must not appear over the login
		if room := w.screens[route]; room != nil {
			room.Close()
			delete(w.screens, route)
		}
	}
	w.bindKeys() // a dialog that lay over the window had taken them
	w.frame.hideToast()
	if w.session.login != nil {
		w.session.login.Close()
	}
	w.session.login = login.New(login.Deps{
		Host: w.host, People: s.Operators.Here, Login: s.Operators.Login, ChangePassword: s.Operators.ChangePassword,
		Done: w.loggedIn, Office: s.Desk.OfficeName(), Note: note, Chosen: chosen, Ask: ask,
	})
	w.win.SetContent(w.session.login.Object())
	w.session.login.Shown()
	w.p.Trace("locked")
}

// loggedIn gives the window to somebody: what they left is there again, and
// nothing of who was there before.
func (w *Window) loggedIn(p operators.Person) {
	w.session.login.Close()
	w.session.login = nil
	w.touch()
	w.saveSetting(settingLast, p.ID)
	if p.ID == w.session.person.ID {
		w.session.person = p
		w.setRole(examiner(p.Role))
		w.show(w.route)
		w.win.SetContent(w.frame.root)
		w.frame.tellStatus()
	} else {
		w.handOver(p)
	}
	w.shown()
	w.wakeReview()
	w.p.Trace("logged in")
}

// handOver puts what somebody left in place of what is there.
func (w *Window) handOver(p operators.Person) {
	if w.session.left == nil {
		w.session.left = map[string]*desk.State{}
	}
	before := w.session.person.ID
	for _, s := range w.screens {
		s.Close() // what is written and not yet stored goes into the visit
	}
	w.screens = nil
	w.session.left[before] = w.state
	w.session.person = p
	if w.state = w.session.left[p.ID]; w.state == nil {
		w.state = &desk.State{}
	}
	w.history = nil
	w.rooms.settings, w.rooms.printing, w.rooms.review = settings.State{}, printing.State{}, review.State{}
	w.session.role = examiner(p.Role)
	w.build(screen.Desk)
	if w.hand != nil { // what still waits at a printer is told without its papers
		w.hand.Left()
	}
}

// claimed takes over a window in which nobody had a password before: the
// visit in progress is that person's.
func (w *Window) claimed(p operators.Person) {
	w.session.person, w.session.role = p, examiner(p.Role)
	w.touch()
	w.saveSetting(settingLast, p.ID)
	w.build(w.route)
	w.shown()
	w.frame.toast(w.words.Text("staff.claimed"), nil)
}

// switchPerson lets somebody else log in.
func (w *Window) switchPerson() {
	if !w.guarded() {
		w.frame.notice(w.words.Text("login.not_needed"))
		return
	}
	w.lock("", w.session.person.ID, false)
}

// touch notes that somebody is there.
func (w *Window) touch() { w.session.touched = w.p.Clock.Now() }

// AutoLock returns after how many minutes the login shows, 0 for never.
func (w *Window) AutoLock() int {
	n, err := strconv.Atoi(w.setting(SettingAutoLock))
	if err != nil || n < 0 {
		return autoLock
	}
	return n
}

// SetAutoLock changes it.
func (w *Window) SetAutoLock(minutes int) {
	w.saveSetting(SettingAutoLock, strconv.Itoa(minutes))
	w.p.Trace("setting", "key", SettingAutoLock, "value", fmt.Sprint(minutes))
}

// lockWhenIdle shows the login when nobody was there for a while.
func (w *Window) lockWhenIdle() {
	after := w.AutoLock()
	if after == 0 || w.session.login != nil || w.p.Clock.Now().Sub(w.session.touched) < time.Duration(after)*time.Minute || !w.guarded() {
		return
	}
	w.lock(w.words.Count("login.idle", after), w.session.person.ID, true)
}

// checkSession ends a session that a responsabile has ended elsewhere.
func (w *Window) checkSession() {
	s := w.services
	if s == nil || s.Operators == nil || w.session.login != nil {
		return
	}
	w.p.Runner.Go(func() func() {
		holds, err := s.Operators.Holds(context.Background())
		return func() {
			if err != nil {
				w.p.Log.Error("session", "error", err)
				return
			}
			if !holds && w.services == s && w.session.login == nil {
				w.lock(w.words.Text("login.ended"), "", false)
			}
		}
	})
}

// watcher lies below everything and notes that the mouse moves.
type watcher struct {
	widget.BaseWidget
	touch func()
}

func newWatcher(touch func()) *watcher {
	w := &watcher{touch: touch}
	w.ExtendBaseWidget(w)
	return w
}

// CreateRenderer implements fyne.Widget.
func (w *watcher) CreateRenderer() fyne.WidgetRenderer {
	return widget.NewSimpleRenderer(canvas.NewRectangle(color.Transparent))
}

// MouseIn implements desktop.Hoverable.
func (w *watcher) MouseIn(*desktop.MouseEvent) { w.touch() }

// MouseMoved implements desktop.Hoverable.
func (w *watcher) MouseMoved(*desktop.MouseEvent) { w.touch() }

// MouseOut implements desktop.Hoverable.
func (w *watcher) MouseOut() { w.touch() }
