package review

import (
	"context"
	"reflect"
	"slices"

	"fyne.io/fyne/v2"
	fynetheme "fyne.io/fyne/v2/theme"

	"polis/app"
	"polis/app/membership"
	"polis/ui/screen"
	"polis/ui/widgets"
)

// file is the request at the right: what can be decided, what is to be
// checked, what the body declares, what happened.
type file struct {
	s      *Screen
	root   *fyne.Container
	head   *fyne.Container
	reader *widgets.Reader
	stops  []stop
	loads  *screen.Lane
	opens  *screen.Lane
	stop   func() // of the timer that writes down what is typed

	c          membership.Case // ID "" = none is chosen
	r          membership.Request
	read       bool  // the content is there
	unread     error // why it is not
	findings   []membership.Finding
	agreements []string // SHA-256 of ours, none when they cannot be told
	decisions  []membership.Decision
	kept       *kept
	form       *form // a decision is being written
	compare    *comparison
	busy       bool // something is being decided
}

// stop is a control that can have the focus, by a name that outlives drawing.
type stop struct {
	name   string
	widget fyne.Focusable
}

func newFile(s *Screen) *file {
	f := &file{s: s, reader: widgets.NewReader(), head: widgets.Stack(0), kept: &kept{}, loads: screen.NewLane(s.d.Host.Runner), opens: screen.NewLane(s.d.Host.Runner)}
	f.reader.MaxWidth = 1240
	f.root = widgets.Frame(f.head, nil, nil, widgets.Pad(0, 0, 0, 3, f.reader)) // one more is inside, for the rings
	return f
}

func (f *file) close() {
	f.loads.Drop()
	f.opens.Drop()
	f.keepNow()
}

// show puts another request to the front, nil for none.
func (f *file) show(c *membership.Case) {
	f.keepNow()
	*f = file{s: f.s, root: f.root, head: f.head, reader: f.reader, loads: f.loads, opens: f.opens, kept: &kept{}}
	f.loads.Drop()
	f.opens.Drop()
	f.reader.ScrollTo(0)
	if c == nil {
		f.draw("")
		return
	}
	f.c, f.kept = *c, f.s.keptOf(c.ID)
	f.decisions = f.s.queue.decisions
	f.draw("")
	f.load()
}

// told shows what the queue knows better: the request changed.
func (f *file) told(c *membership.Case) {
	if c.Version != f.c.Version || !reflect.DeepEqual(f.decisions, f.s.queue.decisions) {
		f.load()
	}
}

// reading is what was read of a request.
type reading struct {
	c          membership.Case
	r          membership.Request
	agreements []string
	decisions  []membership.Decision
	register   Register
}

// getting reads a request with its content.
type getting func(ctx context.Context, id string) (membership.Case, membership.Request, error)

// same reports that two say the same.
func (r *reading) same(o *reading) bool {
	return r.c.Version == o.c.Version && r.c.SHA256 == o.c.SHA256 && slices.Equal(r.c.Rivals, o.c.Rivals) && reflect.DeepEqual(r.decisions, o.decisions)
}

// gather reads a request by get: as it is kept, or as the hub has it.
// The agreement is not drawn again for what was read before.
func (f *file) gather(ctx context.Context, id string, get getting, before *reading) (reading, error) {
	d := f.s.d
	var out reading
	var err error
	if out.decisions, err = d.Review.Waiting(ctx); err != nil {
		return out, err
	}
	if d.Register != nil {
		if out.register, err = d.Register(); err != nil {
			d.Host.Log.Error("register", "error", err)
		}
	}
	if out.c, out.r, err = get(ctx, id); err != nil {
		return out, err
	}
	switch {
	case d.AgreementHashes == nil || !mayBeSigned(&out):
	case len(before.agreements) > 0 && reflect.DeepEqual(before.r, out.r):
		out.agreements = before.agreements
	default:
		if out.agreements, err = d.AgreementHashes(ctx, out.r); err != nil {
			d.Host.Log.Error("agreement not drawn", "error", err)
		}
	}
	return out, nil
}

// mayBeSigned reports that there is an agreement to be compared with ours, or
// that one may come.
func mayBeSigned(r *reading) bool {
	return r.c.State == membership.Accepted || r.c.Agreement != nil ||
		slices.ContainsFunc(r.r.Documents, func(d membership.Document) bool { return d.Kind == membership.DocumentAgreement })
}

// load shows the request as it is kept, then as the hub has it; what is drawn
// stays until either is there.
func (f *file) load() {
	id := f.c.ID
	if id == "" || f.busy {
		return
	}
	f.loads.Go(func(ctx context.Context) func() {
		kept, err := f.gather(ctx, id, f.s.d.Review.Kept, &reading{})
		return func() {
			if err == nil {
				f.take(kept, nil)
			}
			f.renew(id, kept, err == nil)
		}
	})
}

// renew asks the hub; what says the same as what is kept is not drawn again.
func (f *file) renew(id string, kept reading, shown bool) {
	f.loads.Go(func(ctx context.Context) func() {
		got, err := f.gather(ctx, id, f.s.d.Review.Get, &kept)
		if shown && err == nil && got.same(&kept) {
			return nil
		}
		return func() { f.take(got, err) }
	})
}

func (f *file) take(got reading, err error) {
	if got.register != nil {
		f.s.register = got.register
	}
	f.decisions, f.unread = got.decisions, err
	if err == nil {
		moved := got.c.State != f.c.State
		f.c, f.r, f.agreements, f.read = got.c, got.r, got.agreements, true
		f.findings = f.r.CheckAt(f.s.d.Clock.Now())
		if moved {
			f.form = f.still()
		}
		if m := f.form; m != nil && m.event == membership.RegisterAgreement && m.document == nil {
			m.document = f.c.Agreement // it came while the form was open
		}
	} else if c := f.s.queue.find(f.c.ID); c != nil && c.Version > f.c.Version {
		f.c = *c
		f.form = f.still()
	}
	f.draw(f.focused())
	f.s.d.Host.Trace("review request shown", "state", string(f.c.State), "read", f.read, "code", string(app.ErrorCode(err)))
}

// still is the decision that is being written, unless it cannot be taken any
// more; its text is kept.
func (f *file) still() *form {
	if f.form == nil || slices.Contains(membership.Allowed(f.c.State, f.s.d.Role), f.form.event) {
		return f.form
	}
	f.keepNow()
	return nil
}

func (f *file) at(name string) int {
	return slices.IndexFunc(f.stops, func(st stop) bool { return st.name == name })
}

// focused names the control that has the focus, "" when none of ours has.
func (f *file) focused() string {
	canvas := f.s.d.Host.Canvas()
	if canvas == nil || canvas.Focused() == nil {
		return ""
	}
	has := canvas.Focused()
	if i := slices.IndexFunc(f.stops, func(st stop) bool { return st.widget == has }); i >= 0 {
		return f.stops[i].name
	}
	return ""
}

// first is the control that somebody most likely wants.
func (f *file) first() string {
	for _, name := range []string{"seen", "letter save", "primary"} {
		if f.at(name) >= 0 {
			return name
		}
	}
	if f.form != nil {
		return f.form.first()
	}
	if len(f.stops) > 1 && f.stops[0].name == "back" {
		return f.stops[1].name
	}
	if len(f.stops) > 0 {
		return f.stops[0].name
	}
	return ""
}

func (f *file) focus(name string) {
	i := f.at(name)
	if i < 0 && len(f.stops) > 0 {
		i = max(f.at(f.first()), 0)
	}
	if i < 0 || !f.s.visible {
		return
	}
	f.s.d.Host.Canvas().Focus(f.stops[i].widget)
	if o, ok := f.stops[i].widget.(fyne.CanvasObject); ok {
		f.reader.RevealObject(o)
	}
}

// do obeys keys while the focus is here: the arrows go from one control to
// the next, Esc leaves what was begun, then the request.
func (f *file) do(a screen.Action) bool {
	switch a {
	case screen.ActionNext:
		f.move(1)
	case screen.ActionPrevious:
		f.move(-1)
	case screen.ActionPageDown:
		f.reader.ScrollPage(1)
	case screen.ActionPageUp:
		f.reader.ScrollPage(-1)
	case screen.ActionSearch, screen.ActionGoBack:
		switch {
		case f.form != nil:
			f.leave()
		case f.compare != nil:
			f.endComparison()
		default:
			f.s.toQueue()
		}
	default:
		return false
	}
	return true
}

func (f *file) move(n int) {
	i := f.at(f.focused())
	f.focus(f.stops[min(max(i+n, 0), len(f.stops)-1)].name)
}

// draw builds the page anew and gives the focus to a control of that name,
// where it had it or was asked for.
func (f *file) draw(focus string) {
	f.stops = nil
	if f.c.ID == "" {
		f.head.Objects = nil
		f.reader.Swap([]widgets.Placed{{Piece: widgets.Whole(f.nothing())}})
		f.root.Refresh()
		return
	}
	f.head.Objects = []fyne.CanvasObject{f.header()}
	f.reader.Swap([]widgets.Placed{{Piece: widgets.Whole(widgets.Pad(2, 4, 6, 1, f.page()))}})
	f.root.Refresh()
	if focus != "" {
		f.focus(focus)
	}
}

func (f *file) nothing() fyne.CanvasObject {
	key := "review.none"
	if !f.s.queue.loaded {
		key = "review.loading"
	}
	return widgets.Empty(nil, f.s.words(key), "")
}

// page is everything below the head.
func (f *file) page() fyne.CanvasObject {
	if f.compare != nil {
		return f.comparison()
	}
	top := widgets.Stack(3)
	for _, o := range []fyne.CanvasObject{f.refused(), f.rivals(), f.letter(), f.acting()} {
		if o != nil {
			top.Add(o)
		}
	}
	left, right := widgets.Stack(4), widgets.Stack(4)
	if !f.read {
		left.Add(f.missing())
		right.Add(f.history())
		return widgets.Stack(5, top, widgets.Sides(left, right))
	}
	if f.c.State.Open() {
		left.Add(f.checklist())
	}
	left.Add(f.documents())
	left.Add(f.request())
	right.Add(f.history())
	return widgets.Stack(5, top, widgets.Sides(left, right))
}

// missing says that the content is being read, or why it cannot be.
func (f *file) missing() fyne.CanvasObject {
	if f.unread == nil {
		return widgets.NewWrapped(widgets.Body, f.s.words("review.reading_request"))
	}
	message, hint := f.s.explain(f.unread)
	again := f.button("again", widgets.ButtonSpec{Label: f.s.words("review.again"), Icon: fynetheme.ViewRefreshIcon(), OnPress: f.load})
	return widgets.Tinted(widgets.Warn, widgets.Stack(
		1, widgets.NewWrapped(widgets.Strong, message), widgets.NewWrapped(widgets.Body, hint),
		widgets.NewWrapped(widgets.Body, f.s.words("review.not_read")), widgets.Below(again),
	))
}

func (f *file) button(name string, spec widgets.ButtonSpec) *widgets.Button {
	b := widgets.NewButton(spec)
	b.OnFocus = func() { f.reader.RevealObject(b) }
	if f.busy {
		b.Disable()
		return b
	}
	f.stops = append(f.stops, stop{name, b})
	return b
}

// header says whose request it is.
func (f *file) header() fyne.CanvasObject {
	s, c := f.s, &f.c
	parts := []string{s.words("membership.case.ipa", "code", c.Authority)}
	if f.read && f.r.Body.Province != "" {
		parts = append(parts, f.r.Body.Province)
	}
	parts = append(parts, s.words("membership.case.number", "number", c.Number, "date", s.told().Day(c.ReceivedAt)))
	if p := s.told().Protocol(c.Protocol); p != "" {
		parts = append(parts, s.words("membership.case.under", "protocol", p))
	}
	title := widgets.TitleWith(widgets.NewWrapped(widgets.Title, c.Name), s.badge(c))
	all := widgets.Stack(0, title, widgets.NewWrapped(widgets.Secondary, joined(" · ", parts...)))
	if s.split != nil && s.split.Narrow() {
		back := f.button("back", widgets.ButtonSpec{
			Label: s.words("review.queue"), Key: screen.KeyLabel(screen.ActionSearch, s.words), Icon: fynetheme.NavigateBackIcon(), OnPress: s.toQueue,
		})
		all = widgets.Stack(1, widgets.Pad(0, 0, 0, -0.75, widgets.Row(0, -1, back)), all)
	}
	return widgets.Stack(0, widgets.Pad(3, 4, 2, 4, all), widgets.Line())
}

// history is what happened, the newest first.
func (f *file) history() fyne.CanvasObject {
	s := f.s
	var entries []widgets.TimelineEntry
	for i := range slices.Backward(f.c.History) {
		e := &f.c.History[i]
		t := widgets.TimelineEntry{
			Kind: kindOf(e.To), Title: s.words("membership.event." + string(e.Event)), When: s.told().Moment(e.At),
			Who: s.words("membership.by." + e.By.Role), Text: e.Reason,
		}
		if p := s.told().Protocol(e.Protocol); p != "" {
			t.Lines = append(t.Lines, s.words("membership.case.under", "protocol", p))
		}
		for _, path := range e.Fields {
			t.Lines = append(t.Lines, "• "+s.path(path))
		}
		if e.Document != nil {
			t.Lines = append(t.Lines, s.about(e.Document))
		}
		entries = append(entries, t)
	}
	return widgets.Stack(1.5, widgets.NewWrapped(widgets.Section, s.words("membership.case.history")), widgets.NewTimeline(entries))
}

// openDocument fetches a document when it is not here and shows it with the
// system's program.
func (f *file) openDocument(sha256 string) {
	s, id := f.s, f.c.ID
	s.d.Host.Notice(s.words("review.fetching"))
	f.opens.Go(func(ctx context.Context) func() {
		path, err := s.d.Review.Fetch(ctx, id, sha256)
		if err == nil {
			err = s.d.Host.Open(path)
		}
		return func() {
			if err != nil {
				s.fail(err)
				return
			}
			if !slices.Contains(f.kept.Opened, sha256) {
				f.kept.Opened = append(f.kept.Opened, sha256)
				s.keep(id)
			}
			f.draw(f.focused())
			s.d.Host.Trace("review document opened")
		}
	})
}

// rivals says that others ask for the same body.
func (f *file) rivals() fyne.CanvasObject {
	ids := f.s.queue.rivals(&f.c)
	if len(ids) == 0 {
		return nil
	}
	s := f.s
	words := widgets.Stack(1, widgets.NewWrapped(widgets.Strong, s.d.Host.Words.Count("review.rivals", len(ids))), widgets.NewWrapped(widgets.Body, s.words("review.rivals_text")))
	ways := widgets.Wrap(1, 1)
	for _, id := range ids {
		label := s.words("review.compare")
		if o := s.queue.find(id); o != nil && len(ids) > 1 {
			label = s.words("review.compare_with", "number", o.Number)
		}
		ways.Add(f.button("compare "+id, widgets.ButtonSpec{Label: label, Icon: fynetheme.ViewRestoreIcon(), OnPress: func() { f.beginComparison(id) }}))
	}
	words.Add(flush(ways))
	return widgets.Tinted(widgets.Warn, words)
}

// refused shows decisions about this request that did not get through, with
// what was written.
func (f *file) refused() fyne.CanvasObject {
	s := f.s
	out := widgets.Stack(2)
	for i := range f.decisions {
		d := &f.decisions[i]
		if d.Change.Request != f.c.ID || !d.Refused {
			continue
		}
		message, hint := s.explained(d.Problem, d.Params, nil)
		words := widgets.Stack(
			1, widgets.NewWrapped(widgets.Strong, s.words("review.refused", "decision", s.words("review.decision."+string(d.Change.Event)), "when", s.told().Moment(d.At))),
			widgets.NewWrapped(widgets.Body, message), widgets.NewWrapped(widgets.Body, hint),
			widgets.NewWrapped(widgets.Body, s.words("review.now", "state", s.words("membership.state."+string(f.c.State)))),
		)
		if d.Change.Reason != "" {
			words.Add(widgets.NewWrapped(widgets.Secondary, s.words("review.written")))
			words.Add(widgets.NewWrapped(widgets.Body, s.words("membership.case.quote", "text", d.Change.Reason)))
		}
		change := d.Change
		words.Add(widgets.Below(f.button("seen", widgets.ButtonSpec{Label: s.words("review.seen"), Icon: fynetheme.ConfirmIcon(), OnPress: func() { f.dismiss(change) }})))
		out.Add(widgets.Tinted(widgets.Bad, words))
	}
	if len(out.Objects) == 0 {
		return nil
	}
	return out
}

// dismiss removes a refused decision; what was written in it is there when
// the same is decided again.
func (f *file) dismiss(c membership.Change) {
	if c.Reason != "" {
		f.kept.Texts[c.Event] = begun{Reason: c.Reason, Fields: c.Fields, Number: c.Protocol.Number, Date: c.Protocol.Date}
		f.s.keep(f.c.ID)
	}
	s := f.s
	s.d.Host.Runner.Go(func() func() {
		err := s.d.Review.Dismiss(context.Background(), c.ID)
		return func() {
			if err != nil {
				s.d.Host.Fail(banner, err)
				return
			}
			f.decisions = slices.DeleteFunc(slices.Clone(f.decisions), func(d membership.Decision) bool { return d.Change.ID == c.ID })
			f.draw("primary")
			s.queue.load()
		}
	})
}
