package ui

import (
	"strconv"

	"polis/app"
	"polis/app/exchange"
	"polis/ui/screen"
	"polis/ui/widgets"
)

// Banners about the exchange.
const (
	bannerSync    = "sync"    // how the update ended that somebody asked for
	bannerExpired = "expired" // the catalogue was not confirmed for too long
	bannerBrake   = "brake"   // somebody must decide
)

// news is what was told of the exchange, so that it is told once.
type news struct {
	last    *exchange.Status // as told last; nil before the first
	asked   bool             // somebody pressed F5 and does not know yet how it ended
	ended   bool             // a round has ended and nothing was said of it yet
	expired bool             // that it is was closed by somebody
	brake   int64            // version whose question was closed
	// requests are the messages about requests to join that were shown.
	requests []string
	steps    bool // that there are first steps was closed by somebody
}

// tellNews says at the top what the rail has no room for: what keeps the
// catalogue from being trusted, what must be decided, and how an update ended
// that somebody asked for.
func (w *Window) tellNews(st *exchange.Status) {
	n := &w.news
	ended := n.ended
	n.ended = false
	w.tellExpired(st)
	w.tellBrake(st)
	if st.Problem == "" || w.route == screen.Settings {
		w.frame.banner(bannerSync, nil) // it is well again, or told in front
	} else if n.asked && ended {
		w.tellEnd(st)
	}
	n.asked = n.asked && !ended
}

// arriving says what is going on while there are no sheets, and whether there
// are none.
func (w *Window) arriving() (what string, none bool) {
	st := w.news.last
	if st == nil {
		now := w.services.Exchange.Status()
		st = &now
	}
	if st.Running {
		what = w.stage(st.Progress)
	}
	return what, st.Sheets == 0
}

// stage says what an exchange is doing, in a sentence.
func (w *Window) stage(p exchange.Progress) string {
	key := "settings.stage." + p.Stage
	if !w.words.Has(key) {
		key = "settings.stage." + exchange.StageConnect
	}
	text := w.words.Text(key)
	if p.Total > 0 {
		text += " " + w.words.Text("settings.percent", "n", strconv.FormatInt(min(max(100*p.Done/p.Total, 0), 100), 10)) + "."
	}
	return text
}

// tellEnd says why an update came to nothing, unless another banner or the
// screen in front says so.
func (w *Window) tellEnd(st *exchange.Status) {
	switch app.Code(st.Problem) {
	case app.CodeCatalogueExpired, app.CodeBrake:
		return
	}
	if w.route == screen.Settings {
		return
	}
	fault := st.Fault
	if fault == nil {
		fault = app.Fault(app.Code(st.Problem), nil, "hub", st.Hub)
	}
	message, hint := w.words.Error(fault)
	spec := &widgets.BannerSpec{Kind: problemKind(st), Title: message, Text: hint}
	if spec.Kind == widgets.Bad { // it does not pass by itself
		spec.Action, spec.OnAction = w.words.Text("rail.settings"), func() { w.Go(screen.Settings) }
	}
	w.frame.banner(bannerSync, spec)
	w.p.Trace("banner", "id", bannerSync, "text", message)
}

// tellExpired stays until somebody closes it, and comes back at the next
// start; the search goes on all the same.
func (w *Window) tellExpired(st *exchange.Status) {
	if !st.Expired {
		w.news.expired = false
	}
	if !st.Expired || w.news.expired {
		w.frame.banner(bannerExpired, nil)
		return
	}
	if w.frame.specs[bannerExpired] != nil {
		return
	}
	message, hint := w.words.Error(app.Fault(app.CodeCatalogueExpired, nil))
	w.frame.banner(bannerExpired, &widgets.BannerSpec{
		Kind: widgets.Warn, Title: message, Text: hint, OnDismiss: func() { w.news.expired = true },
	})
	w.p.Trace("banner", "id", bannerExpired, "text", message)
}

// tellBrake leads to where it can be decided, unless that is in front.
func (w *Window) tellBrake(st *exchange.Status) {
	if st.Brake == nil || w.route == screen.Settings || st.Brake.Version == w.news.brake {
		w.frame.banner(bannerBrake, nil)
		return
	}
	if w.frame.specs[bannerBrake] != nil {
		return
	}
	version, n, total := st.Brake.Version, w.words.Number(st.Brake.N), w.words.Number(st.Brake.Total)
	message, hint := w.words.Error(app.Fault(app.CodeBrake, nil, "n", n, "total", total))
	w.frame.banner(bannerBrake, &widgets.BannerSpec{
		Kind: widgets.Bad, Title: message, Text: hint, Action: w.words.Text("rail.settings"), OnAction: func() { w.Go(screen.Settings) },
		OnDismiss: func() { w.news.brake = version },
	})
	w.p.Trace("banner", "id", bannerBrake, "text", message)
}
