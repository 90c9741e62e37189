package desk

import (
	"slices"
	"strings"

	"fyne.io/fyne/v2"

	"polis/app"
	appdesk "polis/app/desk"
	"polis/app/page"
	"polis/app/search"
	"polis/ui/widgets"
)

// heading names a group of the home list.
func (f *finder) heading(g appdesk.Group) fyne.CanvasObject {
	return widgets.Pad(3, 3, 0.5, 4, widgets.NewText(widgets.Section, f.s.words()("desk.home."+string(g))))
}

func (f *finder) row(r *appdesk.Row) fyne.CanvasObject {
	title := widgets.NewRuns(widgets.Strong, marked(r.Title, r.TitleSpans, func(run *widgets.Run) { run.Mark = true }), 2)
	badges := f.badges(r)
	var head fyne.CanvasObject = title
	if len(badges) > 0 {
		head = widgets.EndsOrUnder(2, title, widgets.Wrap(1, 0.5, badges...))
	}
	about := widgets.NewRuns(widgets.Secondary, widgets.Plain(f.aboutRow(r)), 2)
	objects := []fyne.CanvasObject{head, about}
	if r.Alert != "" {
		objects = append(objects, widgets.NewRuns(widgets.Late, widgets.Plain(r.Alert), 3))
	}
	if r.Snippet.Text != "" && (r.Group == "" || r.Group == appdesk.GroupAll) { // what is known well is told briefly
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
