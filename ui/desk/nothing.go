package desk

import (
	"slices"
	"strings"

	"fyne.io/fyne/v2"
	fynetheme "fyne.io/fyne/v2/theme"

	appdesk "polis/app/desk"
	"polis/app/page"
	"polis/ui/screen"
	"polis/ui/widgets"
)

// nothing is what stands in place of results: what to do next. Arrows and
// Tab walk over its buttons.
type nothing struct {
	f       *finder
	reader  *widgets.Reader
	buttons []*widgets.Button
	pieces  []fyne.CanvasObject // around each button
	waits   string              // what is told while there are no sheets
}

// mostWays is how many other searches are offered.
const mostWays = 5

func newNothing(f *finder) *nothing {
	n := &nothing{f: f, reader: widgets.NewReader()}
	n.reader.Hide()
	return n
}

func (n *nothing) hide() {
	n.buttons, n.pieces, n.waits = nil, nil, ""
	n.reader.Hide()
}

// wait says that there are no sheets to search in yet, what is going on and
// what can be done meanwhile; it reports whether that is so.
func (n *nothing) wait() bool {
	if n.f.s.d.Arriving == nil {
		return false
	}
	what, none := n.f.s.d.Arriving()
	if !none {
		return false
	}
	w := n.f.s.words()
	title, text := w("desk.no_catalogue"), w("desk.no_catalogue_text")
	if what != "" {
		title, text = w("desk.arriving"), w("desk.arriving_text", "stage", what, "key", screen.KeyLabel(screen.ActionLog, w))
	}
	if text == n.waits {
		return true
	}
	n.f.leave() // its button may go
	n.hide()
	n.waits = text
	if what == "" {
		n.add(widgets.ButtonSpec{
			Label: w("settings.sync"), Key: screen.KeyLabel(screen.ActionSync, w), Icon: fynetheme.ViewRefreshIcon(), OnPress: n.f.s.d.Sync,
		})
	}
	n.put(title, text)
	return true
}

// show says what to do when an answer has no sheets.
func (n *nothing) show(res appdesk.Results, req appdesk.Request) {
	n.hide()
	if len(res.Rows) > 0 || n.wait() {
		return
	}
	w := n.f.s.words()
	title, text := w("desk.none_title"), w("desk.none_text")
	blank := strings.TrimSpace(req.Text) == ""
	switch {
	case len(res.Ways) > 0 && len(req.Filters) > 0:
		text = w("desk.none_filtered")
	case len(res.Ways) > 0:
		text = w("desk.none_ways")
	case blank && len(req.Filters) == 0:
		title, text = w("desk.no_catalogue"), w("desk.no_catalogue_text")
	}
	for _, way := range res.Ways[:min(len(res.Ways), mostWays)] {
		n.add(widgets.ButtonSpec{Label: n.label(way), OnPress: func() { n.f.follow(way) }})
	}
	if len(res.Ways) == 0 && len(req.Filters) > 0 {
		n.add(widgets.ButtonSpec{Label: w("desk.clear_filters"), OnPress: n.f.clearAll})
	}
	if !blank {
		n.add(widgets.ButtonSpec{
			Label: w("desk.missing"), Key: screen.KeyLabel(screen.ActionMissing, w), Icon: fynetheme.DocumentCreateIcon(),
			OnPress: func() { n.f.s.Do(screen.ActionMissing) },
		})
	}
	n.put(title, text)
}

func (n *nothing) add(spec widgets.ButtonSpec) {
	b := widgets.NewButton(spec)
	n.buttons = append(n.buttons, b)
	n.pieces = append(n.pieces, widgets.Centred(b))
}

func (n *nothing) put(title, text string) {
	pieces := []widgets.Placed{{Piece: widgets.Whole(widgets.Empty(fynetheme.SearchIcon(), title, text))}}
	for _, o := range n.pieces {
		pieces = append(pieces, widgets.Placed{Piece: widgets.Whole(o), Above: 0.5})
	}
	n.reader.Set(append(pieces, widgets.Placed{Piece: widgets.Whole(widgets.Gap(1, 4))}))
	n.reader.Show()
}

// label says what a way changes and how much it finds.
func (n *nothing) label(way appdesk.Way) string {
	what := way.Text
	if way.Kind == appdesk.WayWithoutFilter {
		what = n.f.s.d.Label(way.Filter.Field, way.Filter.Value)
	}
	return n.f.s.d.Host.Words.Count("desk.way."+string(way.Kind), way.Total, "what", page.Clip(what, 30))
}

// follow searches another way.
func (f *finder) follow(way appdesk.Way) {
	switch way.Kind {
	case appdesk.WayWithoutFilter:
		f.toggle(way.Filter.Field, way.Filter.Value)
	case appdesk.WayWithoutFilters:
		f.clearAll()
	case appdesk.WayRepaired:
		f.setLiteral(false)
	case appdesk.WayOneWord:
		f.take(way.Text)
	}
}

// step goes to the next button, or back to the search before the first.
func (n *nothing) step(by int) {
	canvas := n.f.s.d.Host.Canvas()
	i := slices.IndexFunc(n.buttons, func(b *widgets.Button) bool { return canvas.Focused() == fyne.Focusable(b) }) + by
	if i < 0 || len(n.buttons) == 0 {
		n.f.s.focusSearch()
		return
	}
	i = min(i, len(n.buttons)-1)
	n.reader.RevealObject(n.pieces[i])
	canvas.Focus(n.buttons[i])
}

func (n *nothing) has(o fyne.Focusable) bool {
	return slices.ContainsFunc(n.buttons, func(b *widgets.Button) bool { return o == fyne.Focusable(b) })
}
