// Package desk is the counter's screen: search, results, sheet and the
// contact in progress.
package desk

import (
	"context"
	"strings"
	"time"

	"fyne.io/fyne/v2"

	"polis/app"
	appdesk "polis/app/desk"
	"polis/app/page"
	"polis/app/phrase"
	"polis/app/search"
	"polis/ui/handover"
	"polis/ui/screen"
	"polis/ui/widgets"
)

// Deps are the screen's needs; those that may be nil say so.
type Deps struct {
	Host *screen.Host
	Desk *appdesk.Desk
	// State outlives the screen when the window is built anew.
	State *State
	// Books hold the words of each language, for sheets on paper.
	Books map[string]*phrase.Book
	// Label names a value of a facet (topic, authority, audience, life-event).
	Label func(field, value string) string
	// Topics lists the topics that a contact can be about.
	Topics []string
	// Document makes a document of the catalogue a file that can be opened;
	// nil when there are none.
	Document func(ctx context.Context, sha256 string) (path string, err error)
	// Hand puts sheets into people's hands.
	Hand *handover.Hand
	// Preview shows a paper with all that can be chosen; nil = there is no
	// such screen.
	Preview func(handover.Subject)
	// Arriving says what is going on while there are no sheets yet, "" when
	// nothing is, and whether there are none; nil = there are always some.
	Arriving func() (what string, none bool)
	// Sync asks for the sheets; nil with Arriving.
	Sync func()
}

// State is what the operator is doing: the visits and, for each, what is on
// the screen.
type State struct {
	visits   appdesk.Visits
	sessions map[*appdesk.Visit]*session
	at       *Screen // that shows it; nil while somebody else sits here
}

// session is the screen of one visit.
type session struct {
	query   string
	filters []search.Filter
	literal bool
	limit   int
	code    string   // of the open sheet
	lang    string   // in which it was asked for
	recent  []string // searches that led to a sheet, newest first

	sending   int       // papers on their way to a printer or a program
	printed   string    // the sheet that set out last, by its code
	printedAt time.Time // and when
	logNext   func()    // the contact is to be closed, and waits for papers and for a sheet
}

// current returns the session of the visit at the counter, starting one when
// there is none.
func (s *State) current(d *appdesk.Desk) (*appdesk.Visit, *session) {
	if s.visits.Current == nil {
		s.visits.Current = appdesk.NewVisit(d.Now())
	}
	if s.sessions == nil {
		s.sessions = map[*appdesk.Visit]*session{}
	}
	v := s.visits.Current
	if s.sessions[v] == nil {
		s.sessions[v] = &session{}
	}
	return v, s.sessions[v]
}

// forget drops the sessions of visits that are over.
func (s *State) forget() {
	for v := range s.sessions {
		keep := v == s.visits.Current
		for _, p := range s.visits.Parked {
			keep = keep || p == v
		}
		if !keep {
			delete(s.sessions, v)
		}
	}
}

// Screen is the desk.
type Screen struct {
	d     Deps
	root  fyne.CanvasObject
	split *widgets.Split

	find  *finder
	sheet *sheetPane
	bar   *bar
	lanes lanes
	busy  bool // a contact is being stored: nothing else may change it

	reading     bool   // a sheet was asked for and is not open yet
	afterSearch func() // a key came before the results that it is about
}

type lanes struct{ search, read, log, count *screen.Lane }

// New builds the screen.
func New(d Deps) *Screen {
	s := &Screen{d: d}
	run := d.Host.Runner
	s.lanes = lanes{screen.NewLane(run), screen.NewLane(run), screen.NewLane(run), screen.NewLane(run)}
	s.find = newFinder(s)
	s.sheet = newSheetPane(s)
	s.bar = newBar(s)
	s.split = widgets.NewSplit(s.find.object, s.sheet.object, 0.4)
	s.split.OnNarrow = func(narrow bool) { s.sheet.setNarrow(narrow) }
	s.root = widgets.Frame(nil, s.bar.object, nil, s.split)
	d.State.at = s
	s.restore()
	return s
}

// Object implements screen.Screen.
func (s *Screen) Object() fyne.CanvasObject { return s.root }

// Shown implements screen.Screen.
func (s *Screen) Shown() {
	s.focusSearch()
	s.count()
}

// Close implements screen.Screen.
func (s *Screen) Close() {
	if !s.busy {
		s.bar.readNote() // the visit outlives the screen
	}
	if s.d.State.at == s {
		s.d.State.at = nil
	}
	for _, l := range []*screen.Lane{s.lanes.search, s.lanes.read, s.lanes.log, s.lanes.count} {
		l.Drop()
	}
}

// Refresh asks the catalogue again: it may have changed.
func (s *Screen) Refresh() {
	s.search()
	s.count()
}

// Arriving tells anew what is going on while there are no sheets.
func (s *Screen) Arriving() {
	if s.find.nothing.reader.Visible() {
		s.find.nothing.wait()
	}
}

// Type implements screen.Screen: typing anywhere goes to the search.
func (s *Screen) Type(r rune) {
	s.focusSearch()
	s.find.entry.TypedRune(r)
}

// Do implements screen.Screen.
func (s *Screen) Do(a screen.Action) bool {
	do, ok := map[screen.Action]func(){
		screen.ActionNext:      func() { s.find.step(1) },
		screen.ActionPrevious:  func() { s.find.step(-1) },
		screen.ActionRead:      s.readChosen,
		screen.ActionComplete:  s.find.hints.complete,
		screen.ActionMissing:   s.missing,
		screen.ActionPageDown:  func() { s.sheet.reader.ScrollPage(1) },
		screen.ActionPageUp:    func() { s.sheet.reader.ScrollPage(-1) },
		screen.ActionSearch:    s.back,
		screen.ActionPrint:     s.print,
		screen.ActionPreview:   s.preview,
		screen.ActionSheetLang: s.switchLanguage,
		screen.ActionLog:       func() { s.log(false) },
		screen.ActionAnother:   func() { s.log(true) },
		screen.ActionNewPerson: s.newPerson,
		screen.ActionPark:      s.park,
		screen.ActionNote:      s.bar.note,
	}[a]
	if ok && !s.busy {
		do()
	}
	return ok
}

func (s *Screen) visit() *appdesk.Visit {
	v, _ := s.d.State.current(s.d.Desk)
	return v
}

func (s *Screen) session() *session {
	_, w := s.d.State.current(s.d.Desk)
	return w
}

func (s *Screen) focusSearch() { s.d.Host.Canvas().Focus(s.find.entry) }

// back goes back to the search and discards nothing.
func (s *Screen) back() {
	s.split.ShowSecond(false)
	s.focusSearch()
}

// restore shows the session of the visit at the counter.
func (s *Screen) restore() {
	w := s.session()
	s.lanes.read.Drop()
	s.reading, w.logNext = false, nil
	s.afterSearch = nil
	s.find.entry.Replace(w.query)
	s.find.clearAway()
	s.sheet.clear()
	s.split.ShowSecond(false)
	s.bar.show()
	s.search()
	if w.code != "" {
		s.read(w.code, w.lang, false)
	}
}

func (s *Screen) words() page.Words { return s.d.Host.Words.Text }

// search asks for what is typed and filtered.
func (s *Screen) search() {
	w := s.session()
	req := appdesk.Request{
		Text: w.query, Filters: append([]search.Filter(nil), w.filters...), Literal: w.literal, Limit: w.limit, Lang: s.d.Host.Words.Lang(),
	}
	s.lanes.search.Go(func(ctx context.Context) func() {
		if ctx.Err() != nil { // the next key came before the work began
			return nil
		}
		res, err := s.d.Desk.Search(ctx, req)
		return func() {
			if err != nil {
				s.find.pending, s.afterSearch, s.session().logNext = false, nil, nil // let the operator decide
				s.d.Host.Fail("search", err)
				return
			}
			s.d.Host.Banner("search", nil)
			s.find.show(res, req)
			s.d.Host.Trace("search shown", "q", req.Text, "n", res.Total)
			if then := s.afterSearch; then != nil {
				s.afterSearch = nil
				then()
			}
			s.logWhatWaited()
		}
	})
	s.find.pending = true
}

// readChosen opens the chosen result; when its results are still on the way
// it waits for them, so that a quick Enter does not open the sheet before.
func (s *Screen) readChosen() {
	if s.find.pending {
		s.afterSearch = s.readChosen
		return
	}
	if row, ok := s.find.chosen(); ok {
		s.read(row.Code, s.d.Host.Words.Lang(), true)
	} else if s.find.atMore() {
		s.find.more()
	}
}

// Read opens a sheet that was asked for on another screen.
func (s *Screen) Read(code string) { s.read(code, s.d.Host.Words.Lang(), true) }

// read opens a sheet. byHand says that somebody asked for it now, rather
// than a visit coming back.
func (s *Screen) read(code, lang string, byHand bool) {
	s.readThen(code, lang, byHand, nil)
}

func (s *Screen) readThen(code, lang string, byHand bool, then func()) {
	visit := s.visit()
	s.reading = true
	s.lanes.read.Go(func(ctx context.Context) func() {
		view, err := s.d.Desk.Read(ctx, code, lang)
		return func() {
			s.reading = false
			defer s.logWhatWaited()
			if err != nil {
				s.session().logNext = nil // the sheet is not there: let the operator decide
				s.d.Host.Fail("read", err)
				return
			}
			s.d.Host.Banner("read", nil)
			if visit != s.visit() || s.busy {
				return
			}
			s.consult(visit, &view)
			w := s.session()
			w.code, w.lang = view.Code, lang
			if byHand {
				w.remember()
			}
			s.sheet.show(view, s.find.matched(view.Code))
			s.bar.counts()
			if byHand {
				s.split.ShowSecond(true)
			}
			s.d.Host.Trace("sheet shown", "code", view.Code, "lang", view.Shown)
			if then != nil {
				then()
			}
		}
	})
}

// consult notes a sheet in the visit. One that is found after all takes back
// that none was.
func (s *Screen) consult(visit *appdesk.Visit, view *appdesk.View) {
	s.bar.readNote()
	before := visit.Outcome
	if visit.Consult(&view.Reading); visit.Outcome != before {
		s.bar.show()
		s.d.Host.Notice(s.words()("desk.found_after_all"))
	}
}

// missing notes that no sheet answers. What was typed goes into the note, for
// the operator to look at: people type names. Nothing is stored before F9.
func (s *Screen) missing() {
	query := strings.Join(strings.Fields(s.session().query), " ")
	if query == "" {
		s.d.Host.Notice(s.words()("desk.missing_what"))
		return
	}
	s.bar.readNote()
	s.visit().Miss(query)
	s.bar.show()
	s.bar.note()
	s.d.Host.Notice(s.words()("desk.missing_noted"))
	s.d.Host.Trace("need noted")
}

// switchLanguage shows the open sheet in its next language.
func (s *Screen) switchLanguage() {
	if v := s.sheet.view; v != nil {
		if next := nextLanguage(*v); next != "" {
			s.read(v.Code, next, true)
		}
	}
}

// nextLanguage returns the language after the one shown, "" when the sheet
// has only one.
func nextLanguage(v appdesk.View) string {
	for i, l := range v.Languages {
		if l == v.Shown && len(v.Languages) > 1 {
			return v.Languages[(i+1)%len(v.Languages)]
		}
	}
	return ""
}

// count asks which contact of the day this is.
func (s *Screen) count() {
	s.lanes.count.Go(func(ctx context.Context) func() {
		n, err := s.d.Desk.NumberToday(ctx)
		return func() {
			if err == nil {
				s.bar.number(n)
			}
		}
	})
}

// log stores the contact in progress. After it nothing of the person is on
// the screen; another keeps the visit for the next request.
func (s *Screen) log(another bool) {
	visit := s.visit()
	s.bar.readNote()
	unsure := visit.Unanswered() && s.find.pending // whether there is a sheet
	if s.waits() || unsure {                       // what is being opened or handed out belongs to this contact
		s.session().logNext = func() { s.log(another) }
		return
	}
	if !s.worthLogging(visit) {
		return
	}
	s.busy = true
	asItIs := visit.Copy() // a printer may take something back in the meantime
	s.lanes.log.Go(func(ctx context.Context) func() {
		stored, err := s.d.Desk.Log(ctx, asItIs)
		return func() {
			s.busy = false
			if err != nil {
				s.d.Host.Fail("log", err)
				return
			}
			s.d.Host.Banner("log", nil)
			s.d.Host.Toast(s.d.Host.Words.Text("desk.logged", "number", stored.Number), nil)
			s.d.Host.Trace("logged", "id", stored.ID, "number", stored.Number, "sheets", len(stored.Sheets), "outcome", stored.Outcome)
			visit.Number = stored.Number
			if _, given := visit.Counts(); given < handedOut(&stored) {
				s.d.Host.Notice(s.words()("print.given_logged", "number", stored.Number))
			}
			s.logged(visit, another)
		}
	})
}

func handedOut(c *app.Contact) (n int) {
	for _, sheet := range c.Sheets {
		if sheet.HandedOut {
			n++
		}
	}
	return n
}

// waits reports whether something is on its way into the contact.
func (s *Screen) waits() bool { return s.reading || s.session().sending > 0 || s.afterSearch != nil }

// worthLogging says in words why a contact is not stored yet: nothing has
// happened, or nothing was found and nobody said that this solved it.
func (s *Screen) worthLogging(visit *appdesk.Visit) bool {
	w, asked := s.words(), strings.TrimSpace(s.session().query) != ""
	switch {
	case !asked && visit.Empty():
		s.d.Host.Notice(w("desk.nothing_to_log"))
		s.d.Host.Trace("nothing to log")
	case asked && visit.Unanswered() && s.find.results.Total == 0:
		visit.Miss("")
		s.bar.show()
		s.d.Host.Notice(w("desk.none_opened"))
		s.d.Host.Trace("nothing found")
	default:
		return true
	}
	return false
}

// logWhatWaited closes the contact that waited for a sheet or its paper.
func (s *Screen) logWhatWaited() {
	w := s.session()
	if next := w.logNext; next != nil && !s.waits() {
		w.logNext = nil
		next()
	}
}

func (s *Screen) logged(visit *appdesk.Visit, another bool) {
	next := appdesk.NewVisit(s.d.Desk.Now())
	if another {
		next = visit.Another(s.d.Desk.Now())
		s.d.State.sessions[next] = &session{recent: s.session().recent} // the same person's
	}
	s.begin(next)
	s.count()
}

// begin puts a visit at the counter in place of the current one.
func (s *Screen) begin(v *appdesk.Visit) {
	s.d.State.visits.Current = v
	s.d.State.forget()
	s.clearMessages()
	s.restore()
	s.focusSearch()
	s.d.Host.Trace("desk cleared", "visit", v.ID)
}

// clearMessages takes away what tells of the last person's sheets.
func (s *Screen) clearMessages() {
	for _, id := range []string{"print", "open"} {
		s.d.Host.Banner(id, nil)
	}
	s.d.Hand.Left()
}

// newPerson starts a visit anew; what was there can be taken back.
func (s *Screen) newPerson() {
	s.bar.readNote()
	old, oldSession := s.visit(), s.session()
	dirty := !old.Empty() || oldSession.query != ""
	s.begin(appdesk.NewVisit(s.d.Desk.Now()))
	if !dirty {
		return
	}
	s.d.Host.Toast(s.words()("desk.set_aside"), func() {
		if s.busy {
			return
		}
		s.d.State.visits.Current = old
		s.d.State.sessions[old] = oldSession
		s.clearMessages()
		s.restore()
		s.d.Host.Trace("visit back", "visit", old.ID)
	})
}

// park sets the visit aside for the telephone, or takes the last one back
// when nothing has happened in the current one.
func (s *Screen) park() {
	s.bar.readNote()
	st := s.d.State
	if s.visit().Empty() && s.session().query == "" {
		if n := len(st.visits.Parked); n > 0 {
			s.unpark(n - 1)
			return
		}
		s.d.Host.Notice(s.words()("desk.nothing_to_park"))
		return
	}
	if !st.visits.Park(s.d.Desk.Now()) {
		s.d.Host.Notice(s.d.Host.Words.Count("desk.parked_full", appdesk.MaxParked))
		return
	}
	st.visits.Current.Channel = "phone"
	s.clearMessages()
	s.restore()
	s.focusSearch()
	s.d.Host.Trace("parked", "n", len(st.visits.Parked))
}

func (s *Screen) unpark(i int) {
	s.bar.readNote()
	if s.busy || !s.d.State.visits.Return(i) {
		return
	}
	s.d.State.forget()
	s.clearMessages()
	s.restore()
	s.focusSearch()
	s.d.Host.Trace("visit back", "visit", s.visit().ID)
}

// parkedTitle names a parked visit by what it is about.
func (s *Screen) parkedTitle(v *appdesk.Visit) string {
	w := s.d.State.sessions[v]
	switch {
	case w != nil && w.query != "":
		return page.Clip(w.query, 24)
	case len(v.Sheets()) > 0:
		return s.d.Host.Words.Count("desk.seen", len(v.Sheets()))
	}
	return s.words()("channel." + v.Channel)
}

// topicLabel names a topic; the one that nobody chose has a word of ours.
func (s *Screen) topicLabel(code string) string {
	if code == app.TopicUnspecified {
		return s.words()("topic.unspecified")
	}
	return s.d.Label("topic", code)
}
