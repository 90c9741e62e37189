package review

import (
	"context"
	"slices"
	"strings"

	"fyne.io/fyne/v2"
	fynetheme "fyne.io/fyne/v2/theme"

	"polis/app"
	"polis/app/membership"
	"polis/app/page"
	"polis/ui/handover"
	"polis/ui/widgets"
)

// form is a decision that is being written. Its controls outlive drawing.
type form struct {
	f        *file
	event    membership.Event
	id       string // of the change; the same until it was taken
	number   *widgets.Field
	date     *widgets.DateField
	reason   *widgets.Area
	pick     *widgets.Select
	pec      *widgets.Field
	fields   []string // to be completed
	document *membership.Document
	wrong    string // why it did not go, "" when nothing is wrong
}

func newForm(f *file, e membership.Event) *form {
	m := &form{f: f, event: e}
	kept := f.kept.Texts[e]
	m.fields = slices.Clone(kept.Fields)
	switch e {
	case membership.Register:
		m.protocol(kept)
	case membership.RequestIntegration:
		m.why(kept)
		if kept.empty() {
			m.fields = m.suggested()
		}
		m.picker()
	case membership.Reject, membership.ReturnAgreement, membership.End, membership.Restore:
		m.why(kept)
	case membership.RegisterAgreement:
		m.document = f.c.Agreement
	case membership.IssueLetter:
		if f.registerPEC() == "" {
			m.askPEC()
		}
	}
	return m
}

func (m *form) words(key string, args ...string) string { return m.f.s.words(key, args...) }

func (m *form) protocol(kept begun) {
	date := kept.Date
	if date == "" {
		date = app.Day(m.f.s.d.Clock.Now().In(m.f.s.d.Location))
	}
	grow := m.f.reader.Relayout
	m.number = widgets.NewField(widgets.FieldSpec{
		Label: m.words("review.number"), Value: kept.Number, OnGrow: grow, OnChange: func(string) { m.number.Fail(""); m.f.later() },
		OnEnter: func() { m.f.focus("date") },
	})
	m.date = widgets.NewDateField(widgets.DateSpec{
		Label: m.words("review.date"), Help: m.words("membership.case.own_date_help"), Value: date, Lang: m.f.s.d.Host.Words.Lang(), OnGrow: grow,
		OnChange: func(app.Date) { m.date.Fail(""); m.f.later() }, OnEnter: m.submit,
	})
}

func (m *form) why(kept begun) {
	m.reason = widgets.NewArea(widgets.AreaSpec{
		Label: m.words("review.reason." + string(m.event)), Help: m.words("review.reason_help." + string(m.event)), Value: kept.Reason,
		OnGrow: m.f.reader.Relayout, OnChange: func(string) { m.reason.Fail(""); m.f.later() },
	})
}

// suggested are the fields in which the program found something that cannot
// come later.
func (m *form) suggested() []string {
	var out []string
	for _, x := range m.f.findings {
		if !x.Warning && !slices.Contains(out, x.Field) {
			out = append(out, x.Field)
		}
	}
	return out
}

// picker is the list of all fields, by group.
func (m *form) picker() {
	var options []widgets.Option
	for _, p := range m.f.s.paths(&m.f.r) {
		options = append(options, widgets.Option{Value: p, Label: m.f.s.path(p)})
	}
	m.pick = widgets.NewSelect(widgets.SelectSpec{
		Label: m.words("review.add_field"), Help: m.words("review.add_field_help"), Options: options, None: m.words("review.choose"), OnGrow: m.f.reader.Relayout,
		OnChange: func(path string) {
			m.pick.Set("")
			if !slices.Contains(m.fields, path) {
				m.fields = append(m.fields, path)
			}
			m.f.later()
			m.f.draw("pick")
		},
	})
}

func (m *form) askPEC() {
	if m.pec == nil {
		m.pec = widgets.NewField(widgets.FieldSpec{
			Label: m.words("review.pec"), Help: m.words("review.pec_help"), OnGrow: m.f.reader.Relayout,
			OnChange: func(string) { m.pec.Fail("") }, OnEnter: m.submit,
		})
	}
}

// begun is what was written so far.
func (m *form) begun() begun {
	b := begun{Fields: slices.Clone(m.fields)}
	if m.reason != nil {
		b.Reason = m.reason.Text()
	}
	if b.Reason == "" && slices.Equal(b.Fields, m.suggested()) { // it is offered again by itself
		b.Fields = nil
	}
	if m.number != nil {
		b.Number, b.Date = m.number.Text(), m.date.Value()
	}
	return b
}

// first is the control that gets the focus.
func (m *form) first() string {
	switch {
	case m.number != nil:
		return "number"
	case m.reason != nil:
		return "reason"
	case m.pec != nil:
		return "pec"
	}
	return "submit"
}

func (m *form) stop(name string, in widgets.Input) {
	m.f.stops = append(m.f.stops, stop{name, in.Focus()})
}

// draw puts the form into the page; its buttons are new each time.
func (m *form) draw() fyne.CanvasObject {
	f, w := m.f, m.words
	out := widgets.Stack(2, widgets.NewWrapped(widgets.Section, w("review.form."+string(m.event), "name", f.c.Name)))
	if f.s.d.Host.Words.Has("review.form_text." + string(m.event)) {
		out.Add(widgets.NewWrapped(widgets.Body, w("review.form_text."+string(m.event), "name", f.c.Name)))
	}
	for _, o := range m.controls() {
		out.Add(o)
	}
	if m.wrong != "" {
		out.Add(widgets.NewWrapped(widgets.Wrong, m.wrong))
	}
	if m.event != membership.RegisterAgreement || m.document != nil {
		submit := f.button("submit", widgets.ButtonSpec{Label: w("review.submit." + string(m.event)), Icon: icon(m.event), Weight: widgets.Primary, OnPress: m.submit})
		leave := f.button("leave", widgets.ButtonSpec{Label: w("review.leave"), OnPress: f.leave})
		row := widgets.Wrap(1, 1, submit, leave)
		if m.event == membership.RegisterAgreement {
			row.Add(f.button("other file", widgets.ButtonSpec{Label: w("review.other_file"), Icon: fynetheme.UploadIcon(), OnPress: m.choose}))
		}
		out.Add(flush(row))
		return out
	}
	submit := f.button("submit", widgets.ButtonSpec{Label: w("review.by_pec"), Icon: fynetheme.UploadIcon(), Weight: widgets.Primary, OnPress: m.choose})
	leave := f.button("leave", widgets.ButtonSpec{Label: w("review.leave"), OnPress: f.leave})
	out.Add(flush(widgets.Wrap(1, 1, submit, leave)))
	return out
}

// controls are what is to be written or looked at.
func (m *form) controls() []fyne.CanvasObject {
	switch m.event {
	case membership.Register:
		m.stop("number", m.number)
		m.stop("date", m.date)
		return []fyne.CanvasObject{m.number, m.date}
	case membership.RequestIntegration:
		m.stop("reason", m.reason)
		return append([]fyne.CanvasObject{m.reason}, m.picked()...)
	case membership.Reject, membership.ReturnAgreement, membership.End, membership.Restore:
		m.stop("reason", m.reason)
		return []fyne.CanvasObject{m.reason}
	case membership.RegisterAgreement:
		return m.agreement()
	case membership.Activate:
		return m.created()
	case membership.IssueLetter:
		return m.address()
	}
	return nil
}

// picked are the fields that are asked for; each can be taken out.
func (m *form) picked() []fyne.CanvasObject {
	f := m.f
	ticks := widgets.Stack(0)
	for _, p := range m.fields {
		detail := ""
		for _, x := range f.findings {
			if x.Field == p {
				detail = f.s.sentence(x)
			}
		}
		tick := widgets.NewTick(f.s.path(p), detail, true, func(bool) {
			m.fields = slices.DeleteFunc(slices.Clone(m.fields), func(x string) bool { return x == p })
			f.later()
			f.draw("pick")
		})
		tick.OnFocus = func() { f.reader.RevealObject(tick) }
		f.stops = append(f.stops, stop{"field " + p, tick})
		ticks.Add(tick)
	}
	m.stop("pick", m.pick)
	if len(m.fields) == 0 {
		return []fyne.CanvasObject{m.pick}
	}
	head := widgets.NewWrapped(widgets.Strong, f.s.d.Host.Words.Count("review.fields", len(m.fields)))
	return []fyne.CanvasObject{widgets.Stack(0.5, head, flush(ticks)), m.pick}
}

// agreement is the file that is to be registered.
func (m *form) agreement() []fyne.CanvasObject {
	f := m.f
	if m.document == nil {
		return []fyne.CanvasObject{widgets.NewWrapped(widgets.Body, m.words("review.no_agreement"))}
	}
	d, encloses := m.document, widgets.Body
	if f.encloses(d) == "other" {
		encloses = widgets.Late
	}
	words := widgets.Stack(
		0.5, widgets.NewWrapped(widgets.Strong, d.Name), widgets.NewWrapped(widgets.Body, capital(f.s.signature(d))+"."),
		widgets.NewWrapped(encloses, capital(m.words("review.encloses."+f.encloses(d)))+"."), widgets.NewWrapped(widgets.Secondary, m.words("review.agreement_check")),
	)
	return []fyne.CanvasObject{words}
}

func capital(s string) string {
	if s == "" {
		return s
	}
	r := []rune(s)
	return strings.ToUpper(string(r[:1])) + string(r[1:])
}

// created says what the activation makes.
func (m *form) created() []fyne.CanvasObject {
	f := m.f
	list := widgets.Stack(1)
	add := func(text string) {
		list.Add(widgets.Lead(widgets.NewText(widgets.Body, "•"), widgets.NewWrapped(widgets.Body, text)))
	}
	add(m.words("review.makes_authority", "name", f.c.Name, "code", f.c.Authority))
	for i := range f.r.Offices {
		o := &f.r.Offices[i]
		where := ""
		if o.Address != nil {
			where = joined(", ", o.Address.Street, o.Address.Municipality)
		}
		add(m.words("review.makes_office", "office", joined(", ", o.Name, where)))
	}
	first := membership.Person{}
	if len(f.r.Operators) > 0 {
		first = f.r.Operators[0]
	}
	add(m.words("review.makes_manager", "name", joined(", ", first.Name, first.Email)))
	add(m.words("review.makes_sheets"))
	return []fyne.CanvasObject{list, widgets.NewWrapped(widgets.Body, m.words("review.then_letter"))}
}

// address says to which PEC the letter goes.
func (m *form) address() []fyne.CanvasObject {
	out := []fyne.CanvasObject{}
	if pec := m.f.registerPEC(); pec != "" {
		out = append(out, widgets.NewWrapped(widgets.Body, m.words("review.letter_address", "pec", pec)))
	}
	if m.f.c.Last(membership.IssueLetter) != nil {
		out = append(out, widgets.NewWrapped(widgets.Late, m.words("review.letter_voids")))
	}
	if m.pec != nil {
		m.stop("pec", m.pec)
		out = append(out, m.pec)
	}
	return out
}

func (m *form) choose() {
	m.f.s.d.PickOpen(m.words("membership.case.pick_agreement"), []string{".p7m", ".pdf"}, m.f.attach)
}

// submit takes the decision, once what it needs is there.
func (m *form) submit() {
	f := m.f
	if f.busy || m.lacks() {
		return
	}
	c, err := membership.NewChange(&f.c, m.event)
	if err != nil {
		f.s.d.Host.Fail(banner, err)
		return
	}
	if m.id != "" {
		c.ID = m.id
	}
	m.id, m.wrong = c.ID, ""
	if m.event == membership.IssueLetter {
		ask := membership.LetterRequest{Change: c.ID, Request: c.Request}
		if m.pec != nil {
			ask.PEC = m.pec.Text()
		}
		f.makeLetter(ask)
		return
	}
	b := m.begun()
	c.Reason, c.Document = b.Reason, m.document
	if m.number != nil {
		c.Protocol = membership.Protocol{Number: b.Number, Date: b.Date}
	}
	if m.event == membership.RequestIntegration {
		c.Fields = slices.Clone(m.fields)
	}
	if m.event == membership.Reject || m.event == membership.End {
		f.grave(c)
		return
	}
	f.send(c)
}

// lacks says at the field what is missing or wrong.
func (m *form) lacks() bool {
	f := m.f
	switch {
	case m.number != nil && m.number.Text() == "":
		m.number.Fail(m.words("membership.case.own_number_missing"))
		f.focus("number")
	case m.date != nil && m.wrongDay() != "":
		m.date.Fail(m.wrongDay())
		f.focus("date")
	case m.reason != nil && m.reason.Text() == "":
		m.reason.Fail(m.words("review.reason_missing"))
		f.focus("reason")
	case m.pec != nil && !strings.EqualFold(m.pec.Text(), strings.TrimSpace(f.r.Body.PEC)):
		m.pec.Fail(m.words("review.pec_differs"))
		f.focus("pec")
	default:
		return false
	}
	return true
}

func (m *form) wrongDay() string {
	day := m.date.Value()
	if day == "" {
		return m.words("membership.case.own_date_missing")
	}
	if key := membership.PastDate(day, app.Day(m.f.s.d.Clock.Now())); key != "" {
		return m.words("membership.check." + key)
	}
	return ""
}

// paper is the letter as it is handed over.
func (f *file) paper(l membership.Letter) handover.Paper {
	return handover.Paper{
		Title: f.s.words("review.letter_title"), Name: handover.FileName(f.s.words("review.letter_file")+" "+l.Authority, "lettera"),
		Draw: func(ctx context.Context) (page.DisplayList, error) { return f.s.d.Draw(ctx, l) },
	}
}
