package desk

import (
	"slices"
	"strings"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"

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

// finder is the left pane: entry, what was understood or suggested, filters,
// results.
type finder struct {
	s       *Screen
	object  fyne.CanvasObject
	entry   *widgets.Entry
	hints   *hints
	chips   []*facetChip
	rows    *widgets.Rows
	nothing *nothing
	frame   *fyne.Container
	results appdesk.Results
	shown   appdesk.Request // what the results answer
	pending bool
}

// facetChip filters by the fields of a facet; the first names it.
type facetChip struct {
	fields []string
	chip   *widgets.Chip
}

// facetFields are those of the chips: whose sheet it is comes with how far it
// reaches.
func facetFields() [][]string {
	return [][]string{{"topic"}, {"authority", "level"}, {"audience"}, {"life-event"}}
}

func newFinder(s *Screen) *finder {
	f := &finder{s: s}
	w := s.words()
	f.entry = widgets.NewEntry(w("desk.search_hint"), f.typed)
	f.entry.SetShortHint(w("desk.search_hint_short"))
	f.hints = &hints{f: f, strip: widgets.NewStrip()}
	chips := widgets.Wrap(0.5, 0)
	for _, fields := range facetFields() {
		c := &facetChip{fields: fields}
		c.chip = widgets.NewChip("", func() { f.menu(c) }, func() { f.clear(fields) })
		f.chips = append(f.chips, c)
		chips.Add(c.chip)
	}
	f.rows = widgets.NewRows()
	f.rows.OnPress = func(int) {
		s.focusSearch() // the click took the focus away
		s.readChosen()
	}
	f.nothing = newNothing(f)
	head := widgets.Pad(2.25, 2.25, 1, 2.25, widgets.Stack(0, f.entry.Boxed(), f.hints.strip.Object(), chips))
	f.frame = widgets.Frame(widgets.Stack(0, head, widgets.Line()), nil, nil, over(f.rows, f.nothing.reader))
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

// take searches for another text, as if it had been typed.
func (f *finder) take(text string) {
	f.entry.Replace(text)
	f.typed(text)
	f.s.focusSearch()
}

// setLiteral takes the words as they are typed, or similar ones too.
func (f *finder) setLiteral(literal bool) {
	f.s.session().literal = literal
	f.s.search()
	f.s.focusSearch()
}

func (f *finder) step(n int) {
	if f.rows.Len() == 0 {
		f.nothing.step(n)
		return
	}
	f.s.split.ShowSecond(false)
	f.rows.Choose(f.rows.Chosen() + n)
}

// atMore reports that the way to more results is chosen.
func (f *finder) atMore() bool { return f.rows.Chosen() >= max(len(f.results.Rows), 1) }

// more asks for all that is worth scrolling.
func (f *finder) more() {
	f.s.session().limit = mostRows
	f.s.search()
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
	same, keep := f.same(req), f.keep(res, req)
	f.leave()
	f.results, f.shown = res, req
	f.hints.show(res, req)
	f.label()
	rows := make([]fyne.CanvasObject, len(res.Rows))
	headings := map[int]fyne.CanvasObject{}
	for i := range res.Rows {
		rows[i] = f.row(&res.Rows[i])
		if g := res.Rows[i].Group; g != "" && (i == 0 || res.Rows[i-1].Group != g) {
			headings[i] = f.heading(g)
		}
	}
	if res.Total > len(res.Rows) && len(res.Rows) < mostRows {
		rows = append(rows, f.moreRow(min(res.Total, mostRows)-len(res.Rows)))
	}
	if same {
		f.rows.Swap(rows, headings, keep)
	} else {
		f.rows.SetHeaded(rows, headings, keep)
	}
	f.nothing.show(res, req)
	f.frame.Refresh()
}

// same reports that the same is asked again: more rows, a newer catalogue.
func (f *finder) same(req appdesk.Request) bool {
	old := f.shown
	return old.Text == req.Text && old.Literal == req.Literal && slices.Equal(old.Filters, req.Filters)
}

// keep returns which row stays chosen: that of the same sheet when the same
// is asked again, else the first. Who asked for more goes on with them.
func (f *finder) keep(res appdesk.Results, req appdesk.Request) int {
	chosen := f.rows.Chosen()
	if chosen <= 0 || !f.same(req) {
		return 0
	}
	if chosen >= len(f.results.Rows) {
		return chosen
	}
	code := f.results.Rows[chosen].Code
	return max(slices.IndexFunc(res.Rows, func(r appdesk.Row) bool { return r.Code == code }), 0)
}

// leave takes the focus back to the search from what is about to go: keys
// that a widget without a window gets are lost.
func (f *finder) leave() {
	focused := f.s.d.Host.Canvas().Focused()
	if focused != nil && (f.hints.has(focused) || f.nothing.has(focused)) {
		f.s.focusSearch()
	}
}

// clearAway shows nothing at all until the next answer: what is there belongs
// to another person.
func (f *finder) clearAway() {
	f.leave()
	f.results, f.shown = appdesk.Results{}, appdesk.Request{}
	f.hints.clear()
	f.rows.Set(nil, -1)
	f.nothing.hide()
	f.label()
}

// Filters.

// label writes on every chip what it filters by.
func (f *finder) label() {
	w := f.s.words()
	filters := f.s.session().filters
	for _, c := range f.chips {
		var chosen []string
		for _, x := range filters {
			if slices.Contains(c.fields, x.Field) {
				chosen = append(chosen, f.s.d.Label(x.Field, x.Value))
			}
		}
		name := w("facet." + c.fields[0])
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
	var items []widgets.MenuItem
	for i := len(c.fields) - 1; i >= 0; i-- { // few and wide values first
		items = append(items, f.values(c.fields[i])...)
	}
	if len(items) == 0 {
		items = append(items, widgets.MenuItem{Label: f.s.words()("facet.none")})
	}
	widgets.ShowMenu(c.chip, items)
}

// values are the menu's items of a field: what the results have, and what is
// chosen although they have none.
func (f *finder) values(field string) []widgets.MenuItem {
	filters := f.s.session().filters
	var items []widgets.MenuItem
	listed := map[string]bool{}
	add := func(value string, count int) {
		listed[value] = true
		items = append(items, widgets.MenuItem{
			Label: page.Clip(f.s.d.Label(field, value), 60), Detail: f.s.d.Host.Words.Number(count),
			Checked: slices.Contains(filters, search.Filter{Field: field, Value: value}),
			OnPress: func() { f.toggle(field, value) },
		})
	}
	for _, v := range f.results.Facets[field] {
		add(v.Value, v.Count)
	}
	for _, x := range filters {
		if x.Field == field && !listed[x.Value] {
			add(x.Value, 0)
		}
	}
	return items
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

func (f *finder) clear(fields []string) {
	w := f.s.session()
	w.filters = slices.DeleteFunc(slices.Clone(w.filters), func(x search.Filter) bool { return slices.Contains(fields, x.Field) })
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
