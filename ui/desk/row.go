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
	if r.Group == appdesk.GroupAlerts || r.Group == appdesk.GroupRequested {
		return f.briefRow(r, title)
	}
	head := withBadges(title, f.badges(r))
	objects := []fyne.CanvasObject{head, widgets.NewRuns(widgets.Secondary, widgets.Plain(f.aboutRow(r)), 2)}
	if r.Snippet.Text != "" {
		runs := marked(r.Snippet.Text, r.Snippet.Spans, func(run *widgets.Run) { run.Bold = true })
		objects = append(objects, widgets.NewRuns(widgets.Body, runs, 2))
	}
	return widgets.Stack(0.75, objects...)
}

// briefRow is a row of what the office knows well: title, whose it is, and
// the alert when it has one.
func (f *finder) briefRow(r *appdesk.Row, title fyne.CanvasObject) fyne.CanvasObject {
	w := f.s.words()
	var badges []fyne.CanvasObject
	if b := statusBadge(r.Status, w); b != nil {
		badges = append(badges, b)
	}
	if b := endedBadge(r.EndedOn, w); b != nil {
		badges = append(badges, b)
	}
	if r.ToReview {
		badges = append(badges, widgets.NewBadge(widgets.Warn, w("badge.to_review")))
	}
	objects := []fyne.CanvasObject{withBadges(title, badges)}
	if r.Alert != "" {
		objects = append(objects, widgets.NewRuns(widgets.Late, widgets.Plain(r.Alert), 2))
	}
	about := []string{r.AuthorityName, r.Topic}
	if r.Group == appdesk.GroupAlerts {
		about = about[:1]
	}
	if r.Alert == "" || !r.Own {
		objects = append(objects, widgets.NewClipped(widgets.Secondary, joined(about)))
	}
	return widgets.Stack(0.5, objects...)
}

func withBadges(title fyne.CanvasObject, badges []fyne.CanvasObject) fyne.CanvasObject {
	if len(badges) == 0 {
		return title
	}
	return widgets.EndsOrUnder(2, title, widgets.Wrap(1, 0.5, badges...))
}

func (f *finder) moreRow(n int) fyne.CanvasObject {
	return widgets.NewButton(widgets.ButtonSpec{
		Label: f.s.d.Host.Words.Count("desk.more", n), Weight: widgets.Bare, OnPress: f.more,
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
	return joined(parts)
}

// joined writes the parts that there are.
func joined(parts []string) string {
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
	if b := endedBadge(r.EndedOn, w); b != nil {
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

// endedBadge marks sheets whose authority left the network.
func endedBadge(on app.Date, w page.Words) fyne.CanvasObject {
	if on == "" {
		return nil
	}
	return widgets.NewBadge(widgets.Warn, w("badge.ended"))
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
