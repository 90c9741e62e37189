package ui

import (
	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/driver/desktop"

	"polis/ui/screen"
	"polis/ui/widgets"
)

// bindKeys makes the window obey the key map. Focused widgets hand on what
// they do not use themselves, so this is the only place where keys act.
func (w *Window) bindKeys() {
	c := w.win.Canvas()
	if d, ok := c.(desktop.Canvas); ok {
		d.SetOnKeyDown(func(*fyne.KeyEvent) { w.touch() })
	}
	c.SetOnTypedKey(func(e *fyne.KeyEvent) {
		if a := screen.Plain(e.Name); a != "" {
			w.do(a)
		}
	})
	c.SetOnTypedRune(func(r rune) {
		if s := w.front(); s != nil {
			s.Type(r)
		}
	})
	for _, b := range screen.KeyMap() {
		if b.Modifier != 0 {
			c.AddShortcut(b.Shortcut(), func(fyne.Shortcut) { w.do(b.Action) })
		}
	}
}

// front is the screen that keys are for: none while something lies over it.
func (w *Window) front() screen.Screen {
	if w.win.Canvas().Overlays().Top() != nil {
		return nil
	}
	if w.session.login != nil {
		return w.session.login
	}
	if w.services != nil {
		return w.screens[w.route]
	}
	if w.rooms.entrance != nil {
		return w.rooms.entrance
	}
	return nil
}

// do obeys an action, first the screen and then the window.
func (w *Window) do(a screen.Action) {
	w.touch()
	s := w.front()
	if s == nil || s.Do(a) || w.services == nil {
		return
	}
	switch a {
	case screen.ActionSync:
		w.sync()
	case screen.ActionCover:
		w.coverScreen()
	case screen.ActionSwitch:
		w.switchPerson()
	case screen.ActionHelp:
		w.Go(screen.Help)
	case screen.ActionGoDesk, screen.ActionSearch:
		w.Go(screen.Desk)
	case screen.ActionGoContacts:
		w.Go(screen.Contacts)
	case screen.ActionGoSettings:
		w.Go(screen.Settings)
	case screen.ActionGoMembers:
		if w.services.Membership != nil {
			w.Go(screen.Membership)
		}
	case screen.ActionGoReview:
		w.Go(screen.Review)
	case screen.ActionGoNetwork:
		w.Go(screen.Network)
	case screen.ActionGoBack:
		w.back()
	}
}

// coverScreen hides everything from who stands at the counter; where people
// have passwords only theirs brings it back.
func (w *Window) coverScreen() {
	if w.guarded() {
		w.lock("", w.session.person.ID, true)
		return
	}
	w.cover = widgets.ShowCover(w.win.Canvas(), "POLIS", w.words.Text("cover.text"), func() {
		w.cover = nil
		w.shown()
		w.p.Trace("uncovered")
	})
	w.p.Trace("covered")
}
