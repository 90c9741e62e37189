package membership

import (
	"context"
	"reflect"
	"slices"

	"fyne.io/fyne/v2"
	fynetheme "fyne.io/fyne/v2/theme"

	"polis/app/membership"
	"polis/ui/screen"
	"polis/ui/widgets"
)

// caseView is one request after it was sent: how it stands, whose turn it
// is, what happened.
type caseView struct {
	s      *Screen
	root   fyne.CanvasObject
	head   *fyne.Container
	reader *widgets.Reader
	stops  []stop
	loads  *screen.Lane
	work   *screen.Lane

	f      membership.Filed
	signed *membership.Document // a signed agreement that was chosen, not yet delivered
	match  Match                // whether it is the one of this request
	noting *noting              // the body's own number is being written
	busy   bool
}

// stop is a control that can have the focus, by a name that outlives drawing.
type stop struct {
	name   string
	widget fyne.Focusable
}

func newCase(s *Screen, f membership.Filed) *caseView {
	c := &caseView{s: s, f: f, reader: widgets.NewReader(), head: widgets.Stack(0), loads: screen.NewLane(s.d.Host.Runner), work: screen.NewLane(s.d.Host.Runner)}
	c.reader.MaxWidth = 1240
	c.root = widgets.Frame(c.head, nil, nil, widgets.Pad(0, 0, 0, 4, c.reader))
	c.draw("")
	return c
}

// Object implements view.
func (c *caseView) Object() fyne.CanvasObject { return c.root }

// Shown implements view: the focus is on what comes next.
func (c *caseView) Shown() {
	c.s.see(&c.f)
	c.focus(c.first())
	c.load()
	c.s.d.Host.Trace("membership request shown", "state", string(c.f.State()), "waiting", c.f.Waiting)
}

// first is the control that somebody most likely wants.
func (c *caseView) first() string {
	for _, name := range []string{"protocol number", "deliver", "next"} {
		if c.at(name) >= 0 {
			return name
		}
	}
	return c.stops[0].name
}

// Close implements view.
func (c *caseView) Close() {
	c.loads.Drop()
	c.work.Drop()
}

// Do implements view: the arrows go from one control to the next.
func (c *caseView) Do(a screen.Action) bool {
	switch a {
	case screen.ActionNext:
		c.move(1)
	case screen.ActionPrevious:
		c.move(-1)
	case screen.ActionPageDown:
		c.reader.ScrollPage(1)
	case screen.ActionPageUp:
		c.reader.ScrollPage(-1)
	case screen.ActionSearch:
		switch { // first what was begun here
		case c.noting != nil:
			c.noting = nil
			c.draw("note")
		case c.signed != nil:
			c.signed = nil
			c.draw("next")
		default:
			return false
		}
	default:
		return false
	}
	return true
}

func (c *caseView) at(name string) int {
	return slices.IndexFunc(c.stops, func(st stop) bool { return st.name == name })
}

// focused names the control that has the focus, "" when none of ours has.
func (c *caseView) focused() string {
	canvas := c.s.d.Host.Canvas()
	if canvas == nil {
		return ""
	}
	f := canvas.Focused()
	if i := slices.IndexFunc(c.stops, func(st stop) bool { return f != nil && st.widget == f }); i >= 0 {
		return c.stops[i].name
	}
	return ""
}

func (c *caseView) move(n int) {
	i := c.at(c.focused())
	c.focus(c.stops[min(max(i+n, 0), len(c.stops)-1)].name)
}

func (c *caseView) focus(name string) {
	i := max(c.at(name), 0)
	if !c.s.visible {
		return
	}
	c.s.d.Host.Canvas().Focus(c.stops[i].widget)
	if o, ok := c.stops[i].widget.(fyne.CanvasObject); ok {
		c.reader.RevealObject(o)
	}
}

// load asks for the request again; what is drawn changes only when it did.
func (c *caseView) load() {
	id := c.f.Request.ID
	c.loads.Go(func(ctx context.Context) func() {
		f, err := c.s.d.Applications.Get(ctx, id)
		return func() {
			if err != nil {
				c.s.d.Host.Log.Error("request", "error", err)
				return
			}
			c.take(f)
		}
	})
}

// take shows the request as it is now.
func (c *caseView) take(f membership.Filed) {
	if reflect.DeepEqual(f, c.f) {
		return
	}
	moved := f.State() != c.f.State()
	c.f = f
	if moved {
		c.signed = nil
	}
	if c.s.visible {
		c.s.see(&c.f)
	}
	c.draw(c.focused())
	c.s.d.Host.Trace("membership request shown", "state", string(c.f.State()), "waiting", c.f.Waiting)
}

// draw builds the page anew and gives the focus to a control of that name,
// where it had it or was asked for.
func (c *caseView) draw(focus string) {
	c.stops = nil
	c.head.Objects = []fyne.CanvasObject{c.header()}
	left, right := widgets.Stack(4), widgets.Stack(4)
	left.Add(c.standing())
	for _, part := range []fyne.CanvasObject{c.asked(), c.delivery(), c.papers(), c.documents()} {
		if part != nil {
			left.Add(part)
		}
	}
	right.Add(c.facts())
	if h := c.history(); h != nil {
		right.Add(h)
	}
	sides := widgets.Sides(left, right)
	page := widgets.Pad(2, 4, 6, 0, widgets.Stack(6, sides, c.ways()))
	c.reader.Swap([]widgets.Placed{{Piece: widgets.Whole(page)}})
	c.head.Refresh()
	if focus != "" {
		if c.at(focus) < 0 {
			focus = c.first()
		}
		c.focus(focus)
	}
}

func (c *caseView) button(name string, spec widgets.ButtonSpec) *widgets.Button {
	b := widgets.NewButton(spec)
	if c.busy {
		b.Disable()
	}
	b.OnFocus = func() { c.reader.RevealObject(b) }
	c.stops = append(c.stops, stop{name, b})
	return b
}

// header says whose request it is and leads back.
func (c *caseView) header() fyne.CanvasObject {
	s := c.s
	back := widgets.NewButton(widgets.ButtonSpec{
		Label: s.words("rail.membership"), Key: screen.KeyLabel(screen.ActionSearch, s.words), Icon: fynetheme.NavigateBackIcon(), OnPress: s.openList,
	})
	c.stops = append(c.stops, stop{"back", back})
	title := widgets.TitleWith(widgets.NewWrapped(widgets.Title, s.name(&c.f)), s.badge(&c.f))
	words := widgets.Stack(0, title, widgets.NewWrapped(widgets.Secondary, s.line(&c.f)))
	return widgets.Stack(0, widgets.Pad(2.5, 4, 2, 3.25, widgets.Stack(1, widgets.Row(0, -1, back), widgets.Pad(0, 0, 0, 0.75, words))), widgets.Line())
}

// standing says where the request stands and what comes next.
func (c *caseView) standing() fyne.CanvasObject {
	s, f := c.s, &c.f
	kind := kindOf(f.State())
	if queued(f) || f.Waiting > 0 || f.Case != nil && f.Case.State == membership.Accepted && f.Case.Agreement != nil {
		kind = widgets.Info
	}
	words := widgets.Stack(1, widgets.NewWrapped(widgets.Body, s.next(f)))
	if r := s.reminder(f); r != "" {
		words.Add(widgets.NewWrapped(widgets.Late, r))
	}
	if e := c.reason(); e != "" {
		words.Add(widgets.NewWrapped(widgets.Body, e))
	}
	if f.Problem != "" {
		message, hint := s.problem(f)
		words.Add(widgets.NewWrapped(widgets.Wrong, message))
		words.Add(widgets.NewWrapped(widgets.Body, hint))
		kind = widgets.Warn
	} else if f.Waiting > 0 {
		words.Add(widgets.NewWrapped(widgets.Secondary, s.d.Host.Words.Count("membership.case.waiting", f.Waiting)))
	}
	if b := c.primary(); b != nil {
		words.Add(widgets.Pad(1, 0, 0, 0, widgets.Below(b)))
	}
	return widgets.Tinted(kind, widgets.Stack(1, widgets.NewWrapped(widgets.Heading, s.words("membership.case.standing")), words))
}

// reason is why a request came to its end.
func (c *caseView) reason() string {
	if c.f.Case == nil {
		return ""
	}
	var e *membership.Entry
	switch c.f.Case.State {
	case membership.Rejected:
		e = c.f.Case.Last(membership.Reject)
	case membership.Ended:
		e = c.f.Case.Last(membership.End)
	}
	if e == nil || e.Reason == "" {
		return ""
	}
	return c.s.words("membership.case.reason", "reason", e.Reason)
}

// primary is the one thing that comes next; nil when it is the region's
// turn.
func (c *caseView) primary() *widgets.Button {
	s, f := c.s, c.f
	next := func(key string, icon fyne.Resource, do func()) *widgets.Button {
		return c.button("next", widgets.ButtonSpec{Label: s.words("membership.case." + key), Icon: icon, Weight: widgets.Primary, OnPress: do})
	}
	switch state := f.State(); {
	case f.Problem == problemNoNetwork:
		return next("set_network", fynetheme.SettingsIcon(), s.openNetwork)
	case f.Leaving != "":
		return nil
	case state == membership.Integration:
		return next("complete", fynetheme.DocumentCreateIcon(), func() { s.openForm(f) })
	case corrected(&f):
		return next("resume", fynetheme.DocumentCreateIcon(), func() { s.openForm(f) })
	case c.canDeliver() && c.signed == nil:
		return next("deliver", fynetheme.UploadIcon(), c.pickAgreement)
	case state == membership.Active && s.d.Activate != nil:
		return next("have_code", fynetheme.LoginIcon(), c.activate)
	case slices.Contains([]membership.State{membership.Rejected, membership.Withdrawn, membership.Expired, membership.Ended}, state):
		return next("again", fynetheme.ContentAddIcon(), s.create)
	}
	return nil
}

// asked shows what the region wants, in its words, with the fields.
func (c *caseView) asked() fyne.CanvasObject {
	e := asked(c.f.Case)
	if e == nil {
		return nil
	}
	s := c.s
	out := widgets.Stack(1, widgets.NewWrapped(widgets.Section, s.words("membership.case.asks", "date", s.told().Day(e.At))))
	if e.Reason != "" {
		out.Add(widgets.NewWrapped(widgets.Body, s.words("membership.case.quote", "text", e.Reason)))
	}
	for _, path := range e.Fields {
		out.Add(widgets.Lead(widgets.NewText(widgets.Body, "•"), widgets.NewWrapped(widgets.Strong, s.fieldOf(&c.f.Request, path))))
	}
	return out
}

// facts are the numbers under which the request is known.
func (c *caseView) facts() fyne.CanvasObject {
	s, f := c.s, &c.f
	out := widgets.Stack(1, widgets.NewWrapped(widgets.Section, s.words("membership.case.numbers")))
	line := func(key, value string) {
		out.Add(widgets.Stack(0, widgets.NewWrapped(widgets.Secondary, s.words("membership.case."+key)), widgets.NewWrapped(widgets.Strong, value)))
	}
	if k := f.Case; k != nil {
		line("receipt_number", s.words("membership.case.number_of", "number", k.Number, "date", s.told().Moment(k.ReceivedAt)))
		region := s.told().Protocol(k.Protocol)
		if region == "" {
			region = s.words("membership.case.not_yet")
		}
		line("region_protocol", region)
	}
	if c.noting != nil {
		out.Add(c.noting.draw())
		return out
	}
	own, label := s.told().Protocol(f.Request.Protocol), s.words("membership.case.change")
	if own == "" {
		own, label = s.words("membership.case.not_noted"), s.words("membership.case.note")
	}
	line("own_protocol", own)
	out.Add(widgets.Below(c.button("note", widgets.ButtonSpec{Label: label, Icon: fynetheme.DocumentCreateIcon(), OnPress: c.note})))
	return out
}

// history is what happened, the newest first.
func (c *caseView) history() fyne.CanvasObject {
	if c.f.Case == nil || len(c.f.Case.History) == 0 {
		return nil
	}
	s := c.s
	entries := make([]widgets.TimelineEntry, 0, len(c.f.Case.History))
	for i := range slices.Backward(c.f.Case.History) {
		e := &c.f.Case.History[i]
		t := widgets.TimelineEntry{
			Kind: kindOf(e.To), Title: s.words("membership.event." + string(e.Event)), When: s.told().Moment(e.At),
			Who: s.words("membership.by." + e.By.Role), Text: e.Reason,
		}
		if e.Event == membership.DeliverAgreement { // it is the region's turn
			t.Kind = widgets.Info
		}
		if p := s.told().Protocol(e.Protocol); p != "" {
			t.Lines = append(t.Lines, s.words("membership.case.under", "protocol", p))
		}
		for _, path := range e.Fields {
			t.Lines = append(t.Lines, "• "+s.fieldOf(&c.f.Request, path))
		}
		if e.Document != nil {
			t.Lines = append(t.Lines, s.about(e.Document))
		}
		entries = append(entries, t)
	}
	return widgets.Stack(1.5, widgets.NewWrapped(widgets.Section, s.words("membership.case.history")), widgets.NewTimeline(entries))
}

// documents are the files that went with the request.
func (c *caseView) documents() fyne.CanvasObject {
	all := slices.Clone(c.f.Request.Documents)
	add := func(d *membership.Document) {
		if d != nil && !slices.ContainsFunc(all, func(o membership.Document) bool { return o.SHA256 == d.SHA256 }) {
			all = append(all, *d)
		}
	}
	if c.f.Case != nil {
		add(c.f.Case.Agreement)
	}
	add(c.f.Delivering)
	if len(all) == 0 {
		return nil
	}
	s := c.s
	out := widgets.Stack(0.5, widgets.NewWrapped(widgets.Section, s.words("membership.case.documents")))
	for i := range all {
		d := &all[i]
		title := d.Title
		if title == "" {
			title = d.Name
		}
		row := widgets.NewLinkRow(fynetheme.DocumentIcon(), title, s.details(d), func() { c.open(d.SHA256) })
		row.OnFocus = func() { c.reader.RevealObject(row) }
		c.stops = append(c.stops, stop{"document " + d.SHA256, row})
		out.Add(row)
	}
	return out
}

// open shows a document with the system's program.
func (c *caseView) open(sha256 string) {
	host := c.s.d.Host
	c.work.Go(func(ctx context.Context) func() {
		path, err := c.s.d.Applications.Open(ctx, sha256)
		if err == nil {
			err = host.Open(path)
		}
		return func() {
			if err != nil {
				host.Fail(banner, err)
			}
		}
	})
}
