package ui

import (
	"fmt"
	"slices"
	"strconv"
	"sync"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/lang"

	"polis/app"
	"polis/app/phrase"
	"polis/assets"
	"polis/ui/desk"
	"polis/ui/handover"
	"polis/ui/screen"
	"polis/ui/theme"
	"polis/ui/widgets"
)

// Window is the program's only window.
type Window struct {
	closing chan struct{}
	leave   sync.Once

	p        Params
	win      fyne.Window
	services *Services
	words    *phrase.Book
	host     *screen.Host
	state    *desk.State // of the desk; like those of the rooms, outlives a rebuild
	rooms    rooms

	frame   *frame
	screens map[screen.Route]screen.Screen
	route   screen.Route
	history []screen.Route
	cover   *widgets.Cover
	hand    *handover.Hand
	papers  *handover.Hand // of requests to join; nil where there are none
	session session
	news    news
}

// New builds the window; a missing need is CodeInternal.
func New(p Params) (*Window, error) {
	closing := make(chan struct{})
	if p.Runner == nil {
		p.Runner = screen.Background{Over: closing}
	}
	if err := p.complete(); err != nil {
		return nil, err
	}
	w := &Window{p: p, services: p.Services, state: &desk.State{}, closing: closing}
	w.win = p.App.NewWindow("POLIS")
	w.win.SetPadded(false)
	w.win.SetMaster()
	w.dress()
	w.newHand()
	w.win.Resize(w.lastSize())
	w.bindKeys()
	w.build(screen.Desk)
	w.listen()
	w.followMembership()
	w.followReview()
	w.followNetwork()
	w.greet()
	w.win.SetCloseIntercept(w.close)
	w.win.SetOnDropped(w.dropped)
	keyboard := p.App.Lifecycle() // keys go to whom the display's focus belongs
	keyboard.SetOnEnteredForeground(func() { p.Trace("keyboard", "here", true) })
	keyboard.SetOnExitedForeground(func() { p.Trace("keyboard", "here", false) })
	return w, nil
}

// ShowAndRun shows the window and returns when it was closed.
func (w *Window) ShowAndRun() {
	w.win.Show()
	w.shown()
	w.p.Runner.Go(func() func() { return func() { w.p.Trace("window shown") } }) // once the window obeys keys
	w.p.App.Run()
}

// Closing is closed when the window is about to close: what follows is the
// toolkit's end, which has been seen to wait for itself forever.
func (w *Window) Closing() <-chan struct{} { return w.closing }

// Leaving tells that the window is about to close; callable from any
// goroutine.
func (w *Window) Leaving() { w.leave.Do(func() { close(w.closing) }) }

// Show brings the window to the front; callable from any goroutine.
func (w *Window) Show() {
	w.p.Runner.Post(func() {
		w.win.Show()
		w.win.RequestFocus()
		w.shown()
		w.p.Trace("window raised")
	})
}

// Fyne returns the Fyne window, for tests.
func (w *Window) Fyne() fyne.Window { return w.win }

// Enter opens the workstation's screens after enrolment or for the
// demonstration.
func (w *Window) Enter(s *Services) {
	w.services = s
	w.state, w.rooms = &desk.State{}, rooms{}
	w.session, w.news = session{}, news{}
	w.newHand()
	w.dress()
	w.build(screen.Desk)
	w.listen()
	w.followMembership()
	w.followReview()
	w.followNetwork()
	w.greet()
	w.shown()
	w.p.Trace("entered", "demonstration", s.Demonstration)
}

func (w *Window) settings() Settings {
	if w.services != nil && w.services.Settings != nil {
		return w.services.Settings
	}
	return w.p.Settings
}

// Leave closes the demonstration and shows the doors again.
func (w *Window) Leave() {
	if w.services == nil {
		return
	}
	if w.services.Close != nil {
		if err := w.services.Close(); err != nil {
			w.p.Log.Error("closing", "error", err)
		}
	}
	w.services, w.history = nil, nil
	w.newHand()
	w.build(screen.Desk)
	w.shown()
	w.p.Trace("left")
}

func (w *Window) setting(key string) string {
	if s := w.settings(); s != nil {
		return s.Setting(key)
	}
	return ""
}

func (w *Window) saveSetting(key, value string) {
	s := w.settings()
	if s == nil {
		return
	}
	if err := s.SetSetting(key, value); err != nil {
		w.p.Log.Warn("setting is not kept", "key", key, "error", err)
	}
}

// dress takes language and look from the settings.
func (w *Window) dress() {
	w.words = w.p.Books["it"]
	if b, ok := w.p.Books[w.setting(SettingLanguage)]; ok {
		w.words = b
	}
	w.p.App.Settings().SetTheme(theme.New(w.Mode(), float32(w.Scale())/100))
	// Fyne follows the system's language and cannot be told otherwise: our
	// texts take the place of the system's.
	file := assets.Read("translations/fyne." + w.words.Lang() + ".json")
	if err := lang.AddTranslationsForLocale(file, lang.SystemLocale()); err != nil {
		w.p.Log.Warn("toolkit's words", "error", err)
	}
}

// Language returns the language of the window.
func (w *Window) Language() string { return w.words.Lang() }

// Mode returns the look.
func (w *Window) Mode() theme.Mode {
	if m := theme.Mode(w.setting(SettingTheme)); slices.Contains(theme.Modes(), m) {
		return m
	}
	return theme.Light
}

// Scale returns the size of everything in percent.
func (w *Window) Scale() int {
	n, err := strconv.Atoi(w.setting(SettingScale))
	if err != nil {
		return 100
	}
	return min(max(n, 100), 200)
}

// SetLanguage switches the language at once.
func (w *Window) SetLanguage(code string) { w.change(SettingLanguage, code) }

// SetMode switches the look at once.
func (w *Window) SetMode(m theme.Mode) { w.change(SettingTheme, string(m)) }

// SetScale changes the size of everything at once, in percent.
func (w *Window) SetScale(percent int) { w.change(SettingScale, strconv.Itoa(percent)) }

func (w *Window) change(key, value string) {
	w.saveSetting(key, value)
	w.dress()
	w.build(w.route)
	w.shown()
	w.p.Trace("setting", "key", key, "value", value)
}

// build makes frame and screens anew; what the operator was doing stays.
func (w *Window) build(route screen.Route) {
	for _, s := range w.screens {
		s.Close()
	}
	for top := w.win.Canvas().Overlays().Top(); top != nil; top = w.win.Canvas().Overlays().Top() {
		w.win.Canvas().Overlays().Remove(top)
	}
	w.screens = map[screen.Route]screen.Screen{}
	w.frame = newFrame(w)
	w.host = w.newHost()
	w.win.SetTitle(w.title())
	if w.services == nil {
		w.showDoors()
	} else {
		w.show(route)
		for _, fault := range w.services.Alerts {
			w.host.Fail("start-"+string(app.ErrorCode(fault)), fault)
		}
		w.services.Alerts = nil // told once
		w.tellSteps()
	}
	w.win.SetContent(w.frame.root)
	w.frame.tellStatus()
}

func (w *Window) title() string {
	if w.services != nil && w.services.Reading != nil {
		return "POLIS – " + w.words.Text("window.reading")
	}
	if w.services != nil && w.services.Demonstration {
		return "POLIS – " + w.words.Text("window.demonstration")
	}
	return "POLIS"
}

func (w *Window) newHost() *screen.Host {
	return &screen.Host{
		Words: w.words, Runner: w.p.Runner, Log: w.p.Log, Trace: w.p.Trace, Open: w.p.Open,
		Toast: w.frame.toast, Notice: w.frame.notice, Banner: w.frame.banner, Go: w.Go,
		Canvas: func() fyne.Canvas { return w.win.Canvas() },
	}
}

// Go shows another screen and remembers the one before.
func (w *Window) Go(route screen.Route) {
	if w.services == nil || route == w.route || w.makers()[route] == nil {
		return
	}
	if w.route != screen.Printing { // its paper is of that moment
		w.history = append(w.history, w.route)
	}
	w.show(route)
	w.shown()
	if route == screen.Network { // they are in front
		w.news.steps = true
		w.frame.banner(bannerSteps, nil)
		w.frame.banner(bannerOffices, nil)
	}
}

// back shows the screen before.
func (w *Window) back() {
	if n := len(w.history); n > 0 {
		route := w.history[n-1]
		w.history = w.history[:n-1]
		w.show(route)
		w.shown()
	}
}

func (w *Window) show(route screen.Route) {
	if w.makers()[route] == nil {
		route = screen.Desk
	}
	s := w.screens[route]
	if s == nil {
		s = w.makers()[route]()
		w.screens[route] = s
	}
	if route != w.route {
		w.frame.leave()
	}
	w.route = route
	w.frame.tellDemonstration()
	w.frame.put(s.Object())
	w.frame.rail.choose(w.inRail(route))
	w.frame.tellStatus()
}

// inRail is the entry of the rail that a screen belongs to.
func (w *Window) inRail(route screen.Route) screen.Route {
	if n := len(w.history); route == screen.Printing && n > 0 {
		return w.history[n-1]
	}
	return route
}

// shown tells the screen in front that it is seen.
func (w *Window) shown() {
	if w.session.login != nil {
		w.session.login.Shown()
		return
	}
	if s := w.screens[w.route]; s != nil {
		w.frame.wake()
		s.Shown()
		w.p.Trace("screen shown", "route", string(w.route))
	}
	if w.services == nil && w.rooms.entrance != nil {
		w.rooms.entrance.Shown()
	}
}

func (w *Window) lastSize() fyne.Size {
	var width, height float32
	if _, err := fmt.Sscanf(w.setting(SettingWindow), "%fx%f", &width, &height); err != nil || width < 640 || height < 480 {
		return fyne.NewSize(1366, 728)
	}
	return fyne.NewSize(width, height)
}

func (w *Window) close() {
	size := w.win.Canvas().Size()
	w.saveSetting(SettingWindow, fmt.Sprintf("%.0fx%.0f", size.Width, size.Height))
	for _, s := range w.screens {
		s.Close()
	}
	if w.services != nil && w.services.Close != nil {
		if err := w.services.Close(); err != nil {
			w.p.Log.Error("closing", "error", err)
		}
	}
	w.Leaving()
	w.win.Close()
}

// listen follows the exchange.
func (w *Window) listen() {
	if w.services == nil || w.services.Exchange == nil {
		return
	}
	s := w.services
	first := s.Exchange.Status()
	version, queue, running := first.CatalogueVersion, [2]int{first.Waiting, first.Quarantined}, first.Running
	s.Exchange.OnChange(func(st exchangeStatus) {
		w.p.Runner.Post(func() {
			if w.services != s {
				return
			}
			ended := running && !st.Running // by what was told, not by how it is now: a round may be over by then
			running, w.news.ended = st.Running, w.news.ended || ended
			w.frame.tell(&st)
			if ended {
				w.checkSession()
				w.checkRole()
				w.refreshNetwork()
			}
			if room, ok := w.screens[screen.Desk].(interface{ Arriving() }); ok {
				room.Arriving()
			}
			if room, ok := w.screens[screen.Settings].(interface{ Update() }); ok && w.route == screen.Settings {
				room.Update() // it tells the state too, and reads it anew when it is shown
			}
			if sent := [2]int{st.Waiting, st.Quarantined}; sent != queue || (ended && w.route == screen.Contacts) { // a colleague's may have come
				queue = sent
				if room, ok := w.screens[screen.Contacts].(interface{ Refresh() }); ok {
					room.Refresh()
				}
			}
			if st.CatalogueVersion != version {
				version = st.CatalogueVersion
				w.frame.banner("start-"+string(app.CodeCatalogueDamaged), nil) // it has been downloaded again
				w.refresh()
			}
		})
	})
	w.minute()
}

// minute keeps "2 min fa" true.
func (w *Window) minute() {
	s := w.services
	w.p.Runner.After(refreshEvery, func() {
		if w.services == s {
			w.frame.tellStatus()
			w.lockWhenIdle()
			w.minute()
		}
	})
}

// refresh tells the screens that the catalogue changed.
func (w *Window) refresh() {
	for _, s := range w.screens {
		if r, ok := s.(interface{ Refresh() }); ok {
			r.Refresh()
		}
	}
	w.p.Trace("catalogue changed")
}
