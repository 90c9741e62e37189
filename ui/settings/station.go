package settings

import (
	"image/color"
	"strconv"
	"time"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	fynetheme "fyne.io/fyne/v2/theme"

	"polis/app"
	"polis/app/exchange"
	"polis/app/page"
	"polis/ui/theme"
	"polis/ui/widgets"
)

// station is the card that tells how the workstation is.
type station struct {
	s        *Screen
	object   fyne.CanvasObject
	state    *fyne.Container
	lines    *fyne.Container
	controls *controls // nil without an exchange
}

func newStation(s *Screen) *station {
	st := &station{s: s, state: widgets.Stack(1), lines: widgets.Stack(0.75)}
	rows := []fyne.CanvasObject{st.state, st.lines}
	if s.d.Activate != nil {
		door := widgets.NewButton(widgets.ButtonSpec{
			Label: s.words("settings.activate"), Icon: fynetheme.LoginIcon(), Weight: widgets.Primary, OnPress: s.d.Activate,
		})
		s.addStop("activate", door)
		rows = append(rows, flush(door))
	}
	if s.d.Keeps {
		keep := widgets.NewButton(widgets.ButtonSpec{
			Label: s.words("settings.keep_bundle"), Icon: fynetheme.FolderOpenIcon(), OnPress: func() { s.d.PickOpen(s.d.Import) },
		})
		s.addStop("keep", keep)
		rows = append(rows, widgets.NewWrapped(widgets.Secondary, s.words("settings.keep_bundle_text")), flush(keep))
	}
	if s.d.Exchange != nil {
		st.controls = s.newControls()
		rows = append(rows, st.controls.object)
	}
	st.object = card(s.words("settings.station"), rows...)
	return st
}

// Update tells the state of the workstation as it is now. It belongs to the
// window's goroutine.
func (s *Screen) Update() {
	st := s.station
	switch {
	case s.d.Reading != nil:
		day := page.Date(app.Day(s.d.Reading.IssuedAt.In(s.d.Location)), s.d.Host.Words.Lang())
		until := page.Date(app.Day(s.d.Reading.ExpiresAt.In(s.d.Location)), s.d.Host.Words.Lang())
		st.state.Objects = []fyne.CanvasObject{
			st.headline(dotWaiting, widgets.Strong, s.words("settings.reading", "date", day)),
			widgets.NewWrapped(widgets.Body, s.words("settings.reading_text", "date", until)),
		}
	case s.d.Exchange == nil:
		st.state.Objects = []fyne.CanvasObject{
			st.headline(dotWaiting, widgets.Strong, s.words("settings.demonstration")),
			widgets.NewWrapped(widgets.Body, s.words("settings.demonstration_text")),
		}
	default:
		now := s.d.Exchange.Status()
		st.tell(&now)
		s.refused.tell(&now)
	}
	s.relayout()
}

func (s *Screen) relayout() {
	s.cards.Refresh() // a card of the same size lays new lines out too
	s.reader.Relayout()
}

type dot int

const (
	dotGood dot = iota
	dotWaiting
	dotBad
)

func (d dot) ink() color.Color {
	k := theme.Current().Tokens()
	switch d {
	case dotGood:
		return k.Green
	case dotBad:
		return k.Red
	}
	return k.Amber
}

func (st *station) headline(d dot, role widgets.Role, text string) fyne.CanvasObject {
	return container.New(dotLayout{}, widgets.Dot(d.ink()), widgets.NewWrapped(role, text))
}

func (st *station) tell(now *exchange.Status) {
	st.state.Objects = st.headlines(now)
	st.lines.Objects = nil
	if now.Enrolled {
		st.tellEnrolled(now)
	}
	st.controls.tell(st.s, now)
}

// headlines say in words how it is: what is going on or wrong, what is safe
// and what to do.
func (st *station) headlines(now *exchange.Status) []fyne.CanvasObject {
	lines := st.first(now)
	if now.Enrolled && !now.Running && now.Paused { // whatever else there is, nothing goes by itself
		lines = append(lines, st.headline(dotWaiting, widgets.Strong, st.s.words("settings.paused")), widgets.NewWrapped(widgets.Body, st.s.words("settings.paused_text")))
	}
	return lines
}

// first is what matters most; nothing when only the pause is to be told.
func (st *station) first(now *exchange.Status) []fyne.CanvasObject {
	w := st.s.words
	switch {
	case !now.Enrolled:
		message, hint := st.s.d.Host.Words.Error(app.Fault(app.CodeNotEnrolled, nil))
		return []fyne.CanvasObject{st.headline(dotWaiting, widgets.Strong, message), widgets.NewWrapped(widgets.Body, hint)}
	case now.Running:
		return []fyne.CanvasObject{st.headline(dotWaiting, widgets.Strong, st.progress(now.Progress))}
	case now.Problem != "":
		message, hint := st.problem(now)
		d := dotBad
		if now.WorkGoesOn() {
			d = dotWaiting
		}
		lines := []fyne.CanvasObject{st.headline(d, widgets.Strong, message)}
		if now.Paused && d == dotWaiting {
			return lines // that it passes by itself is not true now
		}
		return append(lines, widgets.NewWrapped(widgets.Body, hint))
	case now.LastSync == nil:
		return []fyne.CanvasObject{st.headline(dotWaiting, widgets.Strong, w("settings.never"))}
	case now.Quarantined > 0:
		return []fyne.CanvasObject{st.headline(dotWaiting, widgets.Strong, w("settings.good_but"))}
	case now.Paused:
		return nil
	}
	return []fyne.CanvasObject{st.headline(dotGood, widgets.Strong, w("settings.good"))}
}

func (st *station) problem(now *exchange.Status) (message, hint string) {
	fault := now.Fault
	if fault == nil {
		fault = app.Fault(app.Code(now.Problem), nil, "hub", now.Hub)
	}
	return st.s.d.Host.Words.Error(fault)
}

func (st *station) progress(p exchange.Progress) string {
	key := "settings.stage." + p.Stage
	if !st.s.d.Host.Words.Has(key) {
		key = "settings.stage." + exchange.StageConnect
	}
	text := st.s.words(key)
	if p.Total > 0 {
		share := min(max(100*p.Done/p.Total, 0), 100)
		text += " " + st.s.words("settings.percent", "n", strconv.FormatInt(share, 10))
	}
	return text
}

func (st *station) tellEnrolled(now *exchange.Status) {
	s, book := st.s, st.s.d.Host.Words
	line := func(key, value string) {
		if value != "" {
			st.lines.Add(pair(s.words("settings."+key), widgets.NewWrapped(widgets.Body, value)))
		}
	}
	line("authority", named(now.Authority, s.d.Authority))
	line("office", named(now.Office, s.d.Office))
	line("hub", now.Hub)
	line("sheets", book.Number(now.Sheets))
	line("catalogue_version", strconv.FormatInt(now.CatalogueVersion, 10))
	last := s.words("settings.never_short")
	if now.LastSync != nil {
		last = st.when(*now.LastSync)
	}
	line("last_sync", last)
	switch {
	case now.Paused:
	case now.Running: // the line stays, so that nothing moves under the hand
		line("next_try", s.words("settings.under_way"))
	case now.NextTry != nil:
		line("next_try", st.when(*now.NextTry))
	}
	line("waiting", waiting(book.Number(now.Waiting), now.Waiting, s))
	if now.Quarantined > 0 {
		line("quarantined", book.Number(now.Quarantined))
	}
	if now.MissingBlobs > 0 {
		line("missing_documents", book.Number(now.MissingBlobs))
	}
}

func waiting(number string, n int, s *Screen) string {
	if n == 0 {
		return s.words("settings.none_waiting")
	}
	return number
}

// named writes a name with its code, or the code alone.
func named(id string, name func(string) string) string {
	if n := name(id); n != "" && n != id {
		return n
	}
	return id
}

func (st *station) when(t time.Time) string {
	t = t.In(st.s.d.Location)
	return page.Date(app.Day(t), st.s.d.Host.Words.Lang()) + ", " + t.Format("15:04")
}
