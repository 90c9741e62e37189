package ui

import (
	"time"

	"fyne.io/fyne/v2"
	fynetheme "fyne.io/fyne/v2/theme"

	"polis/app"
	"polis/app/exchange"
	"polis/app/page"
	"polis/ui/screen"
	"polis/ui/theme"
	"polis/ui/widgets"
)

type exchangeStatus = exchange.Status

// rail is the dark column: screens, and at its foot how fresh things are.
type rail struct {
	w       *Window
	object  *fyne.Container
	entries map[screen.Route]*widgets.RailEntry
	status  *widgets.RailStatus
	head    fyne.CanvasObject
	list    *fyne.Container
	compact bool
	who     *widgets.RailEntry // who is at work, where people log in
}

func newRail(w *Window) *rail {
	r := &rail{w: w, entries: map[screen.Route]*widgets.RailEntry{}}
	r.head = widgets.Pad(4, 3, 5, 4.5, widgets.Stack(0,
		widgets.NewText(widgets.RailTitle, "POLIS"), widgets.NewText(widgets.RailMuted, w.words.Text("rail.place"))))
	r.list = widgets.Stack(0)
	r.fill()
	r.status = widgets.NewRailStatus(w.sync)
	foot := widgets.Stack(0, r.status)
	if w.session.person.ID != "" {
		r.who = widgets.NewRailEntry(fynetheme.AccountIcon(), railName(w.session.person.Name, w.words.Text("login.switch")), w.switchPerson)
		foot.Objects = []fyne.CanvasObject{r.who, r.status}
	}
	if w.services == nil {
		r.status.Hide()
	}
	frame := widgets.Frame(r.list, widgets.Pad(0, 0, 4, 0, foot), nil, widgets.Gap(1, 1))
	r.object = widgets.Panel(frame, widgets.Surface{Fill: theme.Current().Tokens().Rail})
	return r
}

// fill makes the entries of the screens that there are for who is at work.
func (r *rail) fill() {
	w := r.w
	r.list.Objects, r.entries = []fyne.CanvasObject{r.head}, map[screen.Route]*widgets.RailEntry{}
	if w.services == nil {
		return
	}
	for _, route := range w.routes() {
		e := widgets.NewRailEntry(routeIcon(route), w.words.Text("rail."+string(route)), func() { w.Go(route) })
		e.SetCompact(r.compact)
		r.entries[route] = e
		r.list.Add(e)
	}
}

func (r *rail) choose(route screen.Route) {
	for at, e := range r.entries {
		e.Select(at == route)
	}
}

func (r *rail) setCompact(compact bool) {
	if r.compact == compact {
		return
	}
	r.compact = compact
	for _, e := range r.entries {
		e.SetCompact(compact)
	}
	r.status.SetCompact(compact)
	if r.who != nil {
		r.who.SetCompact(compact)
	}
	if compact {
		r.head.Hide()
	} else {
		r.head.Show()
	}
	r.object.Refresh()
}

// railName is a name as it fits into the rail.
func railName(name, none string) string {
	if name == "" {
		return none
	}
	th := theme.Current()
	const room = railWidth - 18 - 28 - 12
	for n := len([]rune(name)); n > 1; n-- {
		if clipped := page.Clip(name, n); fyne.MeasureText(clipped, th.Body(), fyne.TextStyle{}).Width <= th.Px(room) {
			return clipped
		}
	}
	return none
}

func (r *rail) tellDemonstration() {
	state := widgets.RailState{
		Kind: widgets.Warn, Title: r.w.words.Text("rail.demonstration"),
		Lines: []string{r.w.services.Desk.OfficeName()}, // that the sheets are samples is said above them
	}
	if c := r.w.services.Reading; c != nil {
		state.Title = r.w.words.Text("rail.reading")
		state.Lines = []string{r.w.words.Text("rail.reading_text", "date", r.w.day(c.IssuedAt)), r.w.words.Count("rail.sheets", c.Sheets)}
	}
	r.status.Set(state)
	r.object.Refresh()
}

// tell writes the state of the exchange.
func (r *rail) tell(st *exchange.Status) {
	state := widgets.RailState{Lines: []string{r.counts(st)}}
	if st.Quarantined > 0 {
		state.Lines = append(state.Lines, r.w.words.Count("rail.quarantined", st.Quarantined))
	}
	var dated bool
	state.Kind, state.Title, dated = r.freshness(st)
	if !dated && st.LastSync != nil {
		state.Lines = append(state.Lines, r.w.words.Text("rail.last", "ago", r.last(*st.LastSync, state.Kind)))
	}
	if name := r.w.services.Desk.OfficeName(); name != "" && name != st.Authority { // a code before the first catalogue
		state.Lines = append(state.Lines, name)
	}
	r.status.Set(state)
	r.object.Refresh()
	r.w.p.Trace("status shown", "title", state.Title, "waiting", st.Waiting, "sheets", st.Sheets)
}

func (r *rail) counts(st *exchange.Status) string {
	words := r.w.words
	line := words.Count("rail.sheets", st.Sheets)
	if st.Waiting > 0 {
		line += " · " + words.Count("rail.waiting", st.Waiting)
	}
	return line
}

// freshness names the one thing that matters most, and reports whether it
// says when the last update was: what somebody must look at comes before the
// pause, the pause before what passes by itself.
func (r *rail) freshness(st *exchange.Status) (kind widgets.Kind, title string, dated bool) {
	words := r.w.words
	problem := "rail.problem"
	if words.Has("rail.problem." + st.Problem) {
		problem = "rail.problem." + st.Problem
	}
	switch kind := problemKind(st); {
	case st.Running:
		return widgets.Info, r.progress(st.Progress), false
	case st.Problem != "" && (kind == widgets.Bad || !st.Paused):
		return kind, words.Text(problem), false
	case st.Paused:
		return widgets.Warn, words.Text("rail.paused"), false
	case st.LastSync == nil:
		return widgets.Warn, words.Text("rail.never"), true
	}
	kind = widgets.OK
	if st.Quarantined > 0 || r.w.p.Clock.Now().Sub(*st.LastSync) > 48*time.Hour {
		kind = widgets.Warn
	}
	return kind, words.Text("rail.updated", "ago", r.since(*st.LastSync)), true
}

func problemKind(st *exchange.Status) widgets.Kind {
	if st.WorkGoesOn() {
		return widgets.Warn
	}
	return widgets.Bad
}

func (r *rail) progress(p exchange.Progress) string {
	words := r.w.words
	if p.Total > 0 && p.Done <= p.Total {
		return words.Text("rail.running_share", "n", words.Number(int(100*p.Done/p.Total)))
	}
	return words.Text("rail.running")
}

// day writes the day of a moment.
func (w *Window) day(at time.Time) string { return page.Date(app.Day(at.Local()), w.words.Lang()) }

// since writes how long ago something was, the way people say it.
func (r *rail) since(at time.Time) string {
	words := r.w.words
	switch age := r.w.p.Clock.Now().Sub(at); {
	case age < time.Minute:
		return words.Text("ago.now")
	case age < time.Hour:
		return words.Count("ago.minutes", int(age.Minutes()))
	case age < 24*time.Hour:
		return words.Count("ago.hours", int(age.Hours()))
	}
	return words.Text("ago.day", "date", page.Date(app.Day(at.Local()), words.Lang()))
}

// last writes when the last update was below something else: "just now" would
// contradict that none comes any more.
func (r *rail) last(at time.Time, kind widgets.Kind) string {
	now := r.w.p.Clock.Now()
	if kind != widgets.Bad && now.Sub(at) >= time.Minute {
		return r.since(at)
	}
	day := app.Day(at.Local())
	if day != app.Day(now.Local()) {
		return r.w.words.Text("ago.day", "date", page.Date(day, r.w.words.Lang()))
	}
	return r.w.words.Text("ago.clock", "time", at.Local().Format("15:04"))
}

// sync synchronises now.
func (w *Window) sync() {
	if w.services == nil {
		return
	}
	if w.services.Exchange == nil {
		w.frame.toast(w.words.Text("rail.demonstration_sync"), nil)
		return
	}
	if st := w.services.Exchange.Status(); st.Problem != "" && !st.Running {
		w.tellEnd(&st) // what is known, until it is known better
	}
	w.news.asked = true
	w.services.Exchange.SyncNow()
	w.p.Trace("sync asked")
}
