package contacts

import (
	"context"
	"strconv"
	"strings"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	fynetheme "fyne.io/fyne/v2/theme"

	"polis/app"
	"polis/app/contacts"
	"polis/app/page"
	"polis/ui/screen"
	"polis/ui/theme"
	"polis/ui/widgets"
)

// detail is one contact, whole.
type detail struct {
	s      *Screen
	object fyne.CanvasObject
	reader *widgets.Reader
	back   *fyne.Container
	titles *screen.Lane
	known  map[string]string // titles by code
	id     string            // of the contact shown
	call   *call
}

func newDetail(s *Screen) *detail {
	d := &detail{s: s, reader: widgets.NewReader(), titles: screen.NewLane(s.d.Host.Runner), known: map[string]string{}}
	d.call = newCall(d)
	back := widgets.NewButton(widgets.ButtonSpec{
		Label: s.words("contacts.back"), Key: screen.KeyLabel(screen.ActionSearch, s.words),
		Icon: fynetheme.NavigateBackIcon(), OnPress: func() { s.Do(screen.ActionSearch) },
	})
	d.back = widgets.Pad(0, 0, 2, 0, widgets.Row(0, -1, back))
	d.back.Hide()
	body := widgets.Pad(3, 2, 2, 4, widgets.Frame(d.back, nil, nil, d.reader))
	d.object = widgets.Panel(body, widgets.Surface{Fill: theme.Current().Tokens().Quiet})
	return d
}

func (d *detail) clear() {
	d.id = ""
	d.call.tell(nil)
	d.titles.Drop()
	d.reader.Set(nil)
}

// show puts a contact into the pane and asks for the titles of its sheets
// that are not known yet.
func (d *detail) show(e *contacts.Entry) {
	entry := *e
	d.id = e.ID
	d.call.tell(&entry)
	d.draw(&entry)
	d.s.d.Host.Trace("contact shown", "number", e.Number, "colleague", e.Colleague, "call", callState(e), "note", e.Note != "", "unreadable", e.Unreadable)
	var missing []string
	for _, sheet := range e.Sheets {
		if _, ok := d.known[sheet.Code]; !ok {
			missing = append(missing, sheet.Code)
		}
	}
	if len(missing) == 0 {
		d.titles.Drop()
		return
	}
	d.titles.Go(func(ctx context.Context) func() {
		found := make([]string, len(missing))
		for i, code := range missing {
			found[i] = d.s.d.Title(ctx, code)
		}
		return func() {
			for i, code := range missing {
				d.known[code] = found[i]
			}
			if d.id == entry.ID {
				d.draw(&entry)
			}
		}
	})
}

func callState(e *contacts.Entry) string {
	switch {
	case e.FollowUp == nil:
		return "none"
	case e.ToCall():
		return "open"
	}
	return "made"
}

func (d *detail) draw(e *contacts.Entry) {
	first, second := d.facts(e)
	columns := container.New(columnsLayout{}, first, second, d.more(e))
	pieces := []widgets.Placed{{Piece: widgets.Whole(d.head(e))}}
	if d.s.state(e) == stateCheck {
		hint := widgets.NewWrapped(widgets.Wrong, d.s.words("contacts.hint.check"))
		pieces = append(pieces, widgets.Placed{Piece: widgets.Whole(hint), Above: 1.5})
	}
	d.reader.Set(append(pieces, widgets.Placed{Piece: widgets.Whole(columns), Above: 2.5}))
}

func (d *detail) head(e *contacts.Entry) fyne.CanvasObject {
	state := d.s.state(e)
	title := widgets.Wrap(
		2, 0.5, widgets.NewText(widgets.Heading, d.s.words("contacts.detail.title", "number", e.Number)),
		widgets.NewBadge(stateKind(state), d.s.words("contacts.state."+state)),
	)
	ways := widgets.Wrap(0.5, 0.5)
	if d.call.button.Visible() {
		ways.Add(d.call.button)
	}
	if d.s.d.Receipt != nil {
		contact := e.Contact
		ways.Add(widgets.NewButton(widgets.ButtonSpec{
			Label: d.s.words("print.receipt"), Icon: fynetheme.DocumentPrintIcon(), OnPress: func() { d.s.d.Receipt(contact) },
		}))
	}
	if len(ways.Objects) == 0 {
		return title
	}
	head := widgets.EndsOrUnder(2, title, ways)
	if !d.call.button.Visible() {
		return head
	}
	return widgets.Stack(0.5, head, d.call.ask)
}

// facts are what was chosen at the desk: who and how, what and with which
// end.
func (d *detail) facts(e *contacts.Entry) (first, second *fyne.Container) {
	s, w := d.s, d.s.words
	first, second = widgets.Stack(0.75), widgets.Stack(0.75)
	line := func(to *fyne.Container, key, value string) {
		label := widgets.Fixed(122, widgets.NewText(widgets.Secondary, w("contacts.detail."+key)))
		to.Add(container.New(pairLayout{}, label, widgets.NewWrapped(widgets.Body, value)))
	}
	line(first, "when", s.when(e.RecordedAt))
	line(first, "channel", w("channel."+e.Channel))
	line(first, "user", w("user."+e.User))
	line(first, "request", w("request."+e.RequestType))
	line(second, "topic", s.topic(e))
	line(second, "outcome", w("outcome."+e.Outcome))
	if e.UnmetReason != "" {
		line(second, "reason", w("unmet."+e.UnmetReason))
	}
	if e.Referral != nil && e.Referral.Office != "" {
		line(second, "referral", s.office(e.Referral.Office))
	}
	if e.FollowUp != nil {
		line(second, "follow_up", page.Date(e.FollowUp.Due, s.d.Host.Words.Lang()))
	}
	if !e.Closed.IsZero() {
		line(second, "called", s.when(e.Closed))
	}
	return first, second
}

func stateKind(state string) widgets.Kind {
	switch state {
	case stateSent:
		return widgets.OK
	case stateCheck:
		return widgets.Bad
	}
	return widgets.Neutral
}

// more is what else there is: whom to call, sheets and note.
func (d *detail) more(e *contacts.Entry) fyne.CanvasObject {
	w := d.s.words
	out := widgets.Stack(1.5)
	if e.Identity != (app.Identity{}) {
		out.Add(widgets.Ends(2, widgets.NewText(widgets.Section, w("contacts.detail.call_back")),
			widgets.NewText(widgets.Secondary, w("contacts.detail.whom_here"))))
		out.Add(widgets.NewWrapped(widgets.Body, strings.Join(whom(e.Identity), " · ")))
		out.Add(widgets.Gap(1, 0.5))
	}
	out.Add(widgets.NewText(widgets.Section, w("contacts.detail.sheets")))
	if len(e.Sheets) == 0 {
		out.Add(widgets.NewWrapped(widgets.Body, w("contacts.detail.no_sheets")))
	}
	for i := range e.Sheets {
		out.Add(d.sheet(&e.Sheets[i]))
	}
	if e.Unreadable {
		out.Add(widgets.Gap(1, 0.5))
		out.Add(widgets.NewText(widgets.Section, w("contacts.detail.note")))
		out.Add(widgets.NewWrapped(widgets.Late, w("contacts.detail.unreadable")))
	}
	if e.Note != "" {
		out.Add(widgets.Gap(1, 0.5))
		out.Add(widgets.Ends(2, widgets.NewText(widgets.Section, w("contacts.detail.note")),
			widgets.NewText(widgets.Secondary, w("contacts.detail.note_here"))))
		out.Add(widgets.NewWrapped(widgets.Body, e.Note))
	}
	return out
}

func (d *detail) sheet(sheet *app.ContactSheet) fyne.CanvasObject {
	w := d.s.words
	title, known := d.known[sheet.Code]
	switch {
	case !known:
		title = sheet.Code // until it is found
	case title == "":
		title = w("contacts.detail.gone", "code", sheet.Code)
	}
	icon, what := fynetheme.VisibilityIcon(), w("contacts.detail.seen")
	if sheet.HandedOut {
		icon, what = fynetheme.DocumentPrintIcon(), d.s.d.Host.Words.Count("contacts.detail.handed", max(sheet.Copies, 1))
	}
	what += " · " + w("contacts.detail.version", "n", strconv.FormatInt(sheet.Version, 10))
	text := widgets.Stack(0, widgets.NewWrapped(widgets.Body, title), widgets.NewWrapped(widgets.Secondary, what))
	return container.New(pairLayout{}, widgets.Pad(0.5, 0, 0, 0, widgets.Icon(icon, theme.ColorMuted, 18)), text)
}

// whom lists what is known of a person to call.
func whom(of app.Identity) (parts []string) {
	for _, part := range []string{of.Name, of.Phone, of.Email} {
		if part != "" {
			parts = append(parts, part)
		}
	}
	return parts
}
