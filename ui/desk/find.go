package desk

import (
	"slices"
	"strings"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	fynetheme "fyne.io/fyne/v2/theme"

	"polis/app"
	appdesk "polis/app/desk"
	"polis/app/page"
	"polis/app/search"
	"polis/ui/widgets"
)

// Limits of the list: a first page, and all that is worth scrolling.
const (
	firstRows = 50
	mostRows  = 200
)

// finder is the left pane: entry, what was understood, filters, results.
type finder struct {
	s       *Screen
	object  fyne.CanvasObject
	entry   *widgets.Entry
	about   *widgets.Text
	count   *widgets.Text
	literal *widgets.Button
	chips   []*facetChip
	rows    *widgets.Rows
	empty   *widgets.Reader
	head    *fyne.Container
	frame   *fyne.Container
	results appdesk.Results
	pending bool
}

type facetChip struct {
	field string
	chip  *widgets.Chip
}

func newFinder(s *Screen) *finder {
	f := &finder{s: s}
	w := s.words()
	f.entry = widgets.NewEntry(w("desk.search_hint"), f.typed)
	f.entry.SetShortHint(w("desk.search_hint_short"))
	f.about = widgets.NewLine(widgets.Secondary, nil)
	f.count = widgets.NewText(widgets.Secondary, "")
	f.literal = widgets.NewButton(widgets.ButtonSpec{Weight: widgets.Bare, Small: true, OnPress: f.takeLiteral})
	f.literal.Hide()
	chips := widgets.Wrap(0.5, 0)
	for _, field := range []string{"topic", "authority", "audience", "life-event"} {
		c := &facetChip{field: field}
		c.chip = widgets.NewChip("", func() { f.menu(c) }, func() { f.clear(field) })
		f.chips = append(f.chips, c)
		chips.Add(c.chip)
	}
	f.rows = widgets.NewRows()
	f.rows.OnPress = func(int) {
		s.focusSearch() // the click took the focus away
		s.readChosen()
	}
	f.empty = widgets.NewReader()
	f.empty.Hide()
	about := widgets.Ends(2, widgets.Pad(0, 0, 0, 0.75, widgets.Wrap(0, 0, f.about, f.literal)), f.count)
	f.head = widgets.Pad(2.25, 2.25, 1, 2.25, widgets.Stack(0.5, f.entry.Boxed(), about, chips))
	f.frame = widgets.Frame(widgets.Stack(0, f.head, widgets.Line()), nil, nil, over(f.rows, f.empty))
	f.object = f.frame
	f.label()
	return f
}

// over lays objects over each other.
func over(objects ...fyne.CanvasObject) fyne.CanvasObject {
	return container.New(overLayout{}, objects...)
}

type overLayout struct{}

func (overLayout) Layout(objects []fyne.CanvasObject, s fyne.Size) {
	for _, o := range objects {
		o.Move(fyne.NewPos(0, 0))
		o.Resize(s)
	}
}

func (overLayout) MinSize([]fyne.CanvasObject) fyne.Size { return fyne.Size{} }

func (f *finder) typed(text string) {
	w := f.s.session()
	w.query, w.literal, w.limit = text, false, 0
	f.s.search()
}

func (f *finder) takeLiteral() {
	f.s.session().literal = true
	f.s.search()
	f.s.focusSearch()
}

func (f *finder) step(n int) {
	if f.rows.Len() == 0 {
		return
	}
	f.s.split.ShowSecond(false)
	f.rows.Choose(f.rows.Chosen() + n)
}

func (f *finder) chosen() (appdesk.Row, bool) {
	i := f.rows.Chosen()
	if i < 0 || i >= len(f.results.Rows) {
		return appdesk.Row{}, false
	}
	return f.results.Rows[i], true
}

// matched returns the words to mark in a sheet that was found.
func (f *finder) matched(code string) []string {
	for _, h := range f.results.Hits {
		if h.Code == code && strings.TrimSpace(f.results.Query) != "" {
			return h.Matched
		}
	}
	return nil
}

// show fills the pane with an answer.
func (f *finder) show(res appdesk.Results, req appdesk.Request) {
	f.pending = false
	keep := 0
	if req.Limit > 0 { // more of the same: stay where it was
		keep = f.rows.Chosen()
	}
	f.results = res
	f.tellCount(res)
	f.tellCorrection(res, req)
	f.label()
	rows := make([]fyne.CanvasObject, len(res.Rows))
	for i := range res.Rows {
		rows[i] = f.row(&res.Rows[i])
	}
	if res.Total > len(res.Rows) && len(res.Rows) < mostRows {
		rows = append(rows, f.moreRow(min(res.Total, mostRows)-len(res.Rows)))
	}
	f.rows.Set(rows, keep)
	if keep > 0 {
		f.rows.Choose(keep)
	}
	f.showEmpty(res, req)
	f.frame.Refresh()
}

func (f *finder) tellCount(res appdesk.Results) {
	words := f.s.d.Host.Words
	f.count.Set(words.Count("desk.found", res.Total) + " · " + words.Text("desk.took", "ms", words.Number(max(int(res.Took.Milliseconds()), 1))))
}

func (f *finder) tellCorrection(res appdesk.Results, req appdesk.Request) {
	w := f.s.words()
	corrected := res.Corrected != "" && !req.Literal
	switch {
	case corrected:
		f.about.SetRuns([]widgets.Run{{Text: w("desk.results_for") + " "}, {Text: page.Clip(res.Corrected, 44), Bold: true}, {Text: " · "}})
		f.literal.SetLabel(w("desk.literal", "text", page.Clip(repaired(req.Text, res.Corrected), 30)))
	case strings.TrimSpace(req.Text) == "":
		f.about.SetRuns([]widgets.Run{{Text: w("desk.all_sheets")}})
	default:
		f.about.SetRuns([]widgets.Run{{Text: w("desk.results")}})
	}
	if corrected {
		f.literal.Show()
	} else {
		f.literal.Hide()
	}
}

// repaired returns the words of a query that were replaced by others, or the
// whole query when that cannot be told.
func repaired(typed, corrected string) string {
	kept := map[string]bool{}
	for _, w := range strings.Fields(corrected) {
		kept[search.Fold(w)] = true
	}
	var changed []string
	for _, w := range strings.Fields(typed) {
		if !kept[search.Fold(w)] {
			changed = append(changed, w)
		}
	}
	if len(changed) == 0 {
		return strings.TrimSpace(typed)
	}
	return strings.Join(changed, " ")
}

func (f *finder) showEmpty(res appdesk.Results, req appdesk.Request) {
	f.empty.Hide()
	if len(res.Rows) > 0 {
		return
	}
	w := f.s.words()
	title, text := w("desk.none_title"), w("desk.none_text")
	var actions []fyne.CanvasObject
	switch {
	case len(req.Filters) > 0:
		text = w("desk.none_filtered")
		actions = append(actions, widgets.NewButton(widgets.ButtonSpec{Label: w("desk.clear_filters"), OnPress: f.clearAll}))
	case strings.TrimSpace(req.Text) == "":
		title, text = w("desk.no_catalogue"), w("desk.no_catalogue_text")
	}
	f.empty.Set([]widgets.Placed{{Piece: widgets.Whole(widgets.Empty(fynetheme.SearchIcon(), title, text, actions...))}})
	f.empty.Show()
}

// Row widgets.

func (f *finder) row(r *appdesk.Row) fyne.CanvasObject {
	title := widgets.NewRuns(widgets.Strong, marked(r.Title, r.TitleSpans, func(run *widgets.Run) { run.Mark = true }), 2)
	badges := f.badges(r)
	var head fyne.CanvasObject = title
	if len(badges) > 0 {
		head = widgets.EndsOrUnder(2, title, widgets.Wrap(1, 0.5, badges...))
	}
	about := widgets.NewRuns(widgets.Secondary, widgets.Plain(f.aboutRow(r)), 2)
	objects := []fyne.CanvasObject{head, about}
	if r.Snippet.Text != "" {
		runs := marked(r.Snippet.Text, r.Snippet.Spans, func(run *widgets.Run) { run.Bold = true })
		objects = append(objects, widgets.NewRuns(widgets.Body, runs, 2))
	}
	return widgets.Stack(0.75, objects...)
}

func (f *finder) moreRow(n int) fyne.CanvasObject {
	return widgets.NewButton(widgets.ButtonSpec{
		Label: f.s.d.Host.Words.Count("desk.more", n), Weight: widgets.Bare,
		OnPress: func() {
			f.s.session().limit = mostRows
			f.s.search()
		},
	})
}

func (f *finder) aboutRow(r *appdesk.Row) string {
	parts := []string{r.AuthorityName, r.Topic}
	if r.Own { // the badge says it
		parts = parts[1:]
	}
	if _, ok := r.VerifiedAt.Time(); ok {
		parts = append(parts, f.s.words()("desk.verified", "date", unbroken(page.Date(r.VerifiedAt, f.s.d.Host.Words.Lang()))))
	}
	return strings.Join(slices.DeleteFunc(parts, func(p string) bool { return p == "" }), " · ")
}

// unbroken keeps a short text on one line.
func unbroken(s string) string { return strings.ReplaceAll(s, " ", "\u00a0") }

func (f *finder) badges(r *appdesk.Row) []fyne.CanvasObject {
	w := f.s.words()
	var out []fyne.CanvasObject
	if r.Own {
		out = append(out, widgets.NewBadge(widgets.OK, shortName(r.AuthorityName)))
	}
	if b := statusBadge(r.Status, w); b != nil {
		out = append(out, b)
	}
	if r.ToReview {
		out = append(out, widgets.NewBadge(widgets.Warn, w("badge.to_review")))
	}
	if r.Adaptation {
		out = append(out, widgets.NewBadge(widgets.Info, w("badge.local")))
	}
	return out
}

func statusBadge(status string, w page.Words) fyne.CanvasObject {
	switch status {
	case app.StatusDiscontinued, app.StatusInactive, app.StatusSuspended:
		return widgets.NewBadge(widgets.Bad, w("badge."+status))
	}
	return nil
}

// shortName is how people call a municipality.
func shortName(name string) string {
	for _, lead := range []string{"Comune di ", "Città di ", "Unione montana "} {
		if rest, ok := strings.CutPrefix(name, lead); ok {
			return rest
		}
	}
	return page.Clip(name, 28)
}

// marked splits a text at the spans and lets mark change those runs.
func marked(text string, spans []search.Span, mark func(*widgets.Run)) []widgets.Run {
	var out []widgets.Run
	at := 0
	for _, sp := range spans {
		if sp.Start < at || sp.End > len(text) || sp.Start >= sp.End {
			continue
		}
		if sp.Start > at {
			out = append(out, widgets.Run{Text: text[at:sp.Start]})
		}
		run := widgets.Run{Text: text[sp.Start:sp.End]}
		mark(&run)
		out = append(out, run)
		at = sp.End
	}
	if at < len(text) {
		out = append(out, widgets.Run{Text: text[at:]})
	}
	return out
}

// Filters.

// label writes on every chip what it filters by.
func (f *finder) label() {
	w := f.s.words()
	filters := f.s.session().filters
	for _, c := range f.chips {
		var chosen []string
		for _, x := range filters {
			if x.Field == c.field {
				chosen = append(chosen, f.s.d.Label(c.field, x.Value))
			}
		}
		name := w("facet." + c.field)
		if len(chosen) == 0 {
			c.chip.Set(w("facet.all", "name", name), false)
			continue
		}
		label := page.Clip(chosen[0], 22)
		if len(chosen) > 1 {
			label += " +" + f.s.d.Host.Words.Number(len(chosen)-1)
		}
		c.chip.Set(name+": "+label, true)
	}
}

func (f *finder) menu(c *facetChip) {
	w := f.s.session()
	var items []widgets.MenuItem
	listed := map[string]bool{}
	add := func(value string, count int) {
		listed[value] = true
		on := slices.ContainsFunc(w.filters, func(x search.Filter) bool { return x.Field == c.field && x.Value == value })
		items = append(items, widgets.MenuItem{
			Label: page.Clip(f.s.d.Label(c.field, value), 60), Detail: f.s.d.Host.Words.Number(count), Checked: on,
			OnPress: func() { f.toggle(c.field, value) },
		})
	}
	for _, v := range f.results.Facets[c.field] {
		add(v.Value, v.Count)
	}
	for _, x := range w.filters {
		if x.Field == c.field && !listed[x.Value] {
			add(x.Value, 0)
		}
	}
	if len(items) == 0 {
		items = append(items, widgets.MenuItem{Label: f.s.words()("facet.none")})
	}
	widgets.ShowMenu(c.chip, items)
}

func (f *finder) toggle(field, value string) {
	w := f.s.session()
	x := search.Filter{Field: field, Value: value}
	if i := slices.Index(w.filters, x); i >= 0 {
		w.filters = slices.Delete(slices.Clone(w.filters), i, i+1)
	} else {
		w.filters = append(slices.Clone(w.filters), x)
	}
	f.filtered()
}

func (f *finder) clear(field string) {
	w := f.s.session()
	w.filters = slices.DeleteFunc(slices.Clone(w.filters), func(x search.Filter) bool { return x.Field == field })
	f.filtered()
}

func (f *finder) clearAll() {
	f.s.session().filters = nil
	f.filtered()
}

func (f *finder) filtered() {
	f.s.session().limit = 0
	f.label()
	f.s.search()
	f.s.focusSearch()
}
