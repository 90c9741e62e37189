package desk

import (
	"slices"
	"strings"

	"fyne.io/fyne/v2"
	fynetheme "fyne.io/fyne/v2/theme"

	appdesk "polis/app/desk"
	"polis/app/page"
	"polis/app/search"
	"polis/ui/widgets"
)

// hints is the line between the search and its results: what was searched
// for instead, how the search may go on, or what was searched for before. It
// keeps its height, so that results stay in their place.
type hints struct {
	f       *finder
	strip   *widgets.Strip
	buttons []*widgets.Button
	first   func() // what the arrow at the end of the search takes; may be nil
}

const (
	mostRecent  = 5
	longestHint = 34 // letters of a button in the line
)

// show tells about an answer.
func (h *hints) show(res appdesk.Results, req appdesk.Request) {
	h.buttons, h.first = nil, nil
	w := h.f.s.words()
	var parts []fyne.CanvasObject
	switch recent := h.f.s.session().recent; {
	case res.Corrected != "" && !req.Literal:
		parts = h.corrected(res, req)
	case len(res.Suggestions) > 0:
		for _, s := range res.Suggestions {
			parts = append(parts, h.offer(s.Text))
		}
	case strings.TrimSpace(req.Text) != "":
		parts = append(parts, h.tell(w("desk.results")))
	case len(recent) > 0:
		parts = append(parts, h.tell(w("desk.recent")))
		for _, text := range recent {
			parts = append(parts, h.offer(text))
		}
	case len(res.Rows) > 0 && res.Rows[0].Group == "":
		parts = append(parts, h.tell(w("desk.all_sheets")))
	}
	words := h.f.s.d.Host.Words
	count := words.Count("desk.found", res.Total)
	long := count + " · " + words.Text("desk.took", "ms", words.Number(max(int(res.Took.Milliseconds()), 1)))
	h.strip.Set(long, count, parts...)
}

func (h *hints) clear() {
	h.buttons, h.first = nil, nil
	h.strip.Set("", "")
}

func (*hints) tell(text string) fyne.CanvasObject { return widgets.NewText(widgets.Secondary, text) }

// offer is a button that searches for a text; the first one shows the arrow
// that takes it from the keyboard.
func (h *hints) offer(text string) fyne.CanvasObject {
	spec := widgets.ButtonSpec{
		Label: page.Clip(text, longestHint), Weight: widgets.Bare, Small: true,
		OnPress: func() { h.f.take(text) },
	}
	if h.first == nil {
		h.first = spec.OnPress
		spec.Icon, spec.IconLast = fynetheme.NavigateNextIcon(), true
	}
	b := widgets.NewButton(spec)
	h.buttons = append(h.buttons, b)
	return b
}

// corrected says which words were searched for and offers those typed.
func (h *hints) corrected(res appdesk.Results, req appdesk.Request) []fyne.CanvasObject {
	w := h.f.s.words()
	text := widgets.NewRuns(widgets.Secondary, []widgets.Run{{Text: w("desk.results_for") + " "}, {Text: res.Corrected, Bold: true}}, 1)
	literal := widgets.NewButton(widgets.ButtonSpec{
		Label:  w("desk.literal", "text", page.Clip(repaired(req.Text, res.Corrected), 30)),
		Weight: widgets.Bare, Small: true, OnPress: func() { h.f.setLiteral(true) },
	})
	h.buttons = append(h.buttons, literal)
	return []fyne.CanvasObject{text, literal}
}

// complete takes the first offer, when the search is what is typed in.
func (h *hints) complete() {
	if focused := h.f.s.d.Host.Canvas().Focused(); h.first != nil && !h.f.pending && focused == fyne.Focusable(h.f.entry) {
		h.first()
	}
}

func (h *hints) has(o fyne.Focusable) bool {
	return slices.ContainsFunc(h.buttons, func(b *widgets.Button) bool { return o == fyne.Focusable(b) })
}

// remember notes a search that led to a sheet; it is forgotten with the
// visit.
func (w *session) remember() {
	text := strings.Join(strings.Fields(w.query), " ")
	if text == "" {
		return
	}
	key := search.Fold(text)
	w.recent = slices.DeleteFunc(slices.Clone(w.recent), func(old string) bool { return search.Fold(old) == key })
	w.recent = append([]string{text}, w.recent...)
	w.recent = w.recent[:min(len(w.recent), mostRecent)]
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
