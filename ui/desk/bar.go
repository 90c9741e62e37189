package desk

import (
	"strings"
	"time"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	fynetheme "fyne.io/fyne/v2/theme"

	"polis/app"
	"polis/app/page"
	"polis/ui/screen"
	"polis/ui/theme"
	"polis/ui/widgets"
)

// bar is the contact in progress along the bottom.
type bar struct {
	s      *Screen
	object *fyne.Container
	title  *widgets.Text
	seen   *widgets.Text

	channel, user, outcome *widgets.Choice
	details                *fyne.Container
	more                   *widgets.Button
	open                   bool // the details are wanted
	request, topic         *widgets.Button
	due, reason, office    *widgets.Button
	noteEntry              *widgets.Entry
	callName, callPhone    *widgets.Entry
	call                   [2]fyne.CanvasObject // whom to call back
	parked                 *fyne.Container
}

func newBar(s *Screen) *bar {
	b := &bar{s: s}
	w := s.words()
	b.title, b.seen = widgets.NewText(widgets.Good, w("desk.contact")), widgets.NewText(widgets.Secondary, "")
	b.channel = b.choice("channel.", app.Channels(), func(v string) { b.s.visit().Channel, b.s.visit().Chosen = v, true })
	b.user = b.choice("user.", app.Users(), func(v string) { b.s.visit().User, b.s.visit().Chosen = v, true })
	b.outcome = b.choice("outcome.", app.Outcomes(), b.setOutcome)
	b.more = widgets.NewButton(widgets.ButtonSpec{
		Label: w("desk.note"), Key: screen.KeyLabel(screen.ActionNote, w), Icon: fynetheme.DocumentCreateIcon(), OnPress: b.note,
	})
	register := widgets.NewButton(widgets.ButtonSpec{
		Label: w("desk.log"), Key: screen.KeyLabel(screen.ActionLog, w), Icon: fynetheme.ConfirmIcon(),
		Weight: widgets.Primary, OnPress: func() { s.Do(screen.ActionLog) },
	})
	b.makeDetails()
	b.parked = widgets.Wrap(0.5, 0)
	head := widgets.Row(1.5, -1, widgets.Dot(theme.Current().Tokens().Green), b.title)
	end := widgets.Row(1.5, -1, b.more, b.seen, register)
	main := container.New(&barLayout{b}, head, b.channel, b.user, b.outcome, end)
	content := widgets.Pad(1, 2.5, 1, 3, widgets.Stack(0.5, b.parked, b.details, main))
	b.object = widgets.Stack(0, widgets.Line(), widgets.Panel(content, widgets.Surface{Fill: theme.Current().Tokens().Quiet}))
	return b
}

func (b *bar) choice(prefix string, values []string, onChange func(string)) *widgets.Choice {
	options := make([]widgets.Option, len(values))
	for i, v := range values {
		options[i] = widgets.Option{Value: v, Label: b.s.words()(prefix + v)}
	}
	return widgets.NewChoice(options, 2, b.s.words()("choice.other"), func(v string) {
		if !b.s.busy {
			onChange(v)
		}
	})
}

func (b *bar) makeDetails() {
	button := func(f func()) *widgets.Button {
		return widgets.NewButton(widgets.ButtonSpec{Icon: fynetheme.MenuDropDownIcon(), IconLast: true, OnPress: f, Small: true})
	}
	b.request = button(b.requestMenu)
	b.topic = button(b.topicMenu)
	b.due = button(b.dueMenu)
	b.reason = button(b.reasonMenu)
	b.office = button(b.officeMenu)
	b.noteEntry = widgets.NewEntry(b.s.words()("desk.note_hint"), nil)
	b.noteEntry.OnEnter = b.s.focusSearch
	b.callName, b.callPhone = widgets.NewEntry(b.s.words()("desk.call_name"), nil), widgets.NewEntry(b.s.words()("desk.call_phone"), nil)
	b.callName.OnEnter = func() { b.s.d.Host.Canvas().Focus(b.callPhone) }
	b.callPhone.OnEnter = b.s.focusSearch
	b.call = [2]fyne.CanvasObject{widgets.Fixed(200, b.callName.Boxed()), widgets.Fixed(150, b.callPhone.Boxed())}
	b.details = widgets.Wrap(1, 0.5, b.due, b.call[0], b.call[1], b.reason, b.office, b.request, b.topic, widgets.Fixed(420, b.noteEntry.Boxed()))
}

// barLayout puts the parts of the bar beside each other, on more lines where
// there is no room; the last one, which ends the contact, stands at the
// right. Wide windows show three choices of each kind.
type barLayout struct{ b *bar }

func (l *barLayout) shown(width float32) {
	n := 2
	if width > theme.Current().Px(1480) {
		n = 3
	}
	for _, c := range []*widgets.Choice{l.b.channel, l.b.user, l.b.outcome} {
		c.SetShown(n)
	}
}

func (l *barLayout) Layout(objects []fyne.CanvasObject, s fyne.Size) { l.place(objects, s.Width, true) }

// HeightOf implements widgets.FlowLayout.
func (l *barLayout) HeightOf(objects []fyne.CanvasObject, width float32) float32 {
	return l.place(objects, width, false)
}

func (l *barLayout) place(objects []fyne.CanvasObject, width float32, move bool) float32 {
	l.shown(width)
	line := theme.Current().Px(40)
	x, y := float32(0), float32(0)
	for i, o := range objects {
		m := o.MinSize()
		if x > 0 && x+m.Width > width+0.5 {
			x, y = 0, y+line
		}
		if i == len(objects)-1 {
			x = max(width-m.Width, 0)
		}
		if move {
			o.Resize(fyne.NewSize(min(m.Width, width), m.Height))
			o.Move(fyne.NewPos(x, y+(line-m.Height)/2))
		}
		x += m.Width + widgets.Space(2)
	}
	return y + line
}

func (l *barLayout) MinSize(objects []fyne.CanvasObject) fyne.Size {
	return objects[len(objects)-1].MinSize()
}

// show writes the visit at the counter into the bar.
func (b *bar) show() {
	v := b.s.visit()
	b.channel.Set(v.Channel)
	b.user.Set(v.User)
	b.outcome.Set(v.Outcome)
	b.noteEntry.Replace(v.Note)
	b.callName.Replace(v.CallBack.Name)
	b.callPhone.Replace(v.CallBack.Phone)
	b.open = v.Note != ""
	b.counts()
	b.showDetails()
	b.showParked()
}

// readNote takes what was written into the visit before the visit is used.
func (b *bar) readNote() {
	v := b.s.visit()
	v.Note = b.noteEntry.Text
	v.CallBack.Name, v.CallBack.Phone = strings.TrimSpace(b.callName.Text), strings.TrimSpace(b.callPhone.Text)
}

// number tells which contact of the day this is.
func (b *bar) number(n int) {
	b.title.Set(b.s.words()("desk.contact_number", "n", b.s.d.Host.Words.Number(n)))
	b.object.Refresh()
}

// counts tells how many sheets were seen and handed out.
func (b *bar) counts() {
	words := b.s.d.Host.Words
	seen, handed := b.s.visit().Counts()
	text := ""
	if seen > 0 {
		text = words.Count("desk.seen", seen)
	}
	if handed > 0 {
		text += ", " + words.Count("desk.handed", handed)
	}
	b.seen.Set(text)
	b.topic.SetLabel(words.Text("desk.topic", "value", page.Clip(b.s.topicLabel(b.s.visit().TopicOrFirst()), 30)))
	b.relayout()
}

func (b *bar) relayout() {
	b.object.Refresh()
	if root, ok := b.s.root.(*fyne.Container); ok {
		root.Refresh()
	}
}

// note opens the details and puts the focus into the note.
func (b *bar) note() {
	if b.open && b.noteEntry.Text == "" && !b.wanted() {
		b.open = false
		b.showDetails()
		b.s.focusSearch()
		return
	}
	b.open = true
	b.showDetails()
	b.s.d.Host.Canvas().Focus(b.noteEntry)
}

// wanted reports whether the outcome asks for a detail.
func (b *bar) wanted() bool {
	switch b.s.visit().Outcome {
	case "deferred", app.OutcomeUnmet:
		return true
	case "referred", "redirected":
		return b.s.sheet.view != nil && len(b.s.sheet.view.OfficesFull) > 0
	}
	return false
}

func (b *bar) setOutcome(outcome string) {
	v := b.s.visit()
	v.Decide(outcome)
	if outcome == "deferred" {
		v.FollowUp = app.Day(workingDays(b.s.d.Desk.Now(), 1)[0])
	}
	b.showDetails()
}

func (b *bar) showDetails() {
	v, w := b.s.visit(), b.s.words()
	lang := b.s.d.Host.Words.Lang()
	shown := func(o fyne.CanvasObject, visible bool) {
		if visible {
			o.Show()
		} else {
			o.Hide()
		}
	}
	b.due.SetLabel(w("desk.due", "value", longDay(v.FollowUp, lang, w)))
	reason := w("desk.choose")
	if v.UnmetReason != "" {
		reason = w("unmet." + v.UnmetReason)
	}
	b.reason.SetLabel(w("desk.reason", "value", reason))
	office := w("desk.choose")
	if o, ok := b.findOffice(v.Referral); ok {
		office = page.Clip(o.Name, 40)
	}
	b.office.SetLabel(w("desk.office", "value", office))
	b.request.SetLabel(w("desk.request", "value", w("request."+v.RequestType)))
	b.topic.SetLabel(w("desk.topic", "value", page.Clip(b.s.topicLabel(v.TopicOrFirst()), 30)))
	shown(b.due, v.Outcome == "deferred")
	for _, o := range b.call {
		shown(o, v.Outcome == "deferred")
	}
	shown(b.reason, v.Outcome == app.OutcomeUnmet)
	refers := v.Outcome == "referred" || v.Outcome == "redirected"
	shown(b.office, refers && b.wanted())
	shown(b.details, b.open || b.wanted())
	b.relayout()
}

func (b *bar) findOffice(id string) (app.Office, bool) {
	if b.s.sheet.view != nil {
		for _, o := range b.s.sheet.view.OfficesFull {
			if o.ID == id && id != "" {
				return o, true
			}
		}
	}
	return app.Office{}, false
}

// pick shows the choices of one detail.
func (b *bar) pick(at *widgets.Button, values []string, label func(string) string, chosen string, set func(string)) {
	items := make([]widgets.MenuItem, len(values))
	for i, v := range values {
		items[i] = widgets.MenuItem{Label: label(v), Checked: v == chosen, OnPress: func() {
			if !b.s.busy {
				set(v)
				b.s.visit().Chosen = true
				b.showDetails()
			}
		}}
	}
	widgets.ShowMenu(at, items)
}

func (b *bar) requestMenu() {
	w := b.s.words()
	b.pick(b.request, app.RequestTypes(), func(v string) string { return w("request." + v) }, b.s.visit().RequestType,
		func(v string) { b.s.visit().RequestType = v })
}

func (b *bar) topicMenu() {
	values := append([]string{""}, b.s.d.Topics...)
	b.pick(b.topic, values, func(v string) string {
		if v == "" {
			return b.s.words()("desk.topic_of_sheet")
		}
		return b.s.topicLabel(v)
	}, b.s.visit().Topic, func(v string) { b.s.visit().Topic = v })
}

func (b *bar) reasonMenu() {
	w := b.s.words()
	b.pick(b.reason, app.UnmetReasons(), func(v string) string { return w("unmet." + v) }, b.s.visit().UnmetReason,
		func(v string) { b.s.visit().UnmetReason = v })
}

func (b *bar) dueMenu() {
	w, lang := b.s.words(), b.s.d.Host.Words.Lang()
	var values []string
	for _, d := range workingDays(b.s.d.Desk.Now(), 15) {
		values = append(values, string(app.Day(d)))
	}
	b.pick(b.due, values, func(v string) string { return longDay(app.Date(v), lang, w) }, string(b.s.visit().FollowUp),
		func(v string) { b.s.visit().FollowUp = app.Date(v) })
}

func (b *bar) officeMenu() {
	if b.s.sheet.view == nil {
		return
	}
	offices := b.s.sheet.view.OfficesFull
	values := make([]string, len(offices))
	names := map[string]string{}
	for i, o := range offices {
		values[i], names[o.ID] = o.ID, o.Name
	}
	b.pick(b.office, values, func(v string) string { return names[v] }, b.s.visit().Referral,
		func(v string) { b.s.visit().Referral = v })
}

// workingDays are the next n days from Monday to Friday.
func workingDays(now time.Time, n int) []time.Time {
	var out []time.Time
	for day := now.AddDate(0, 0, 1); len(out) < n; day = day.AddDate(0, 0, 1) {
		if day.Weekday() != time.Saturday && day.Weekday() != time.Sunday {
			out = append(out, day)
		}
	}
	return out
}

// longDay writes a day with its name: "ven 27 nov 2026".
func longDay(d app.Date, lang string, w page.Words) string {
	t, ok := d.Time()
	if !ok {
		return ""
	}
	names := []string{"SU", "MO", "TU", "WE", "TH", "FR", "SA"}
	return w("day."+names[t.Weekday()]) + " " + page.Date(d, lang)
}

// showParked lists the visits that wait.
func (b *bar) showParked() {
	parked := b.s.d.State.visits.Parked
	b.parked.Objects = nil
	if len(parked) == 0 {
		b.parked.Hide()
		b.relayout()
		return
	}
	b.parked.Add(widgets.NewText(widgets.Late, b.s.d.Host.Words.Count("desk.waiting", len(parked))))
	for i, v := range parked {
		key := ""
		if i == len(parked)-1 {
			key = screen.KeyLabel(screen.ActionPark, b.s.words())
		}
		b.parked.Add(widgets.NewButton(widgets.ButtonSpec{
			Label: b.s.parkedTitle(v), Key: key, Small: true, Icon: fynetheme.HistoryIcon(), OnPress: func() { b.s.unpark(i) },
		}))
	}
	b.parked.Show()
	b.relayout()
}
