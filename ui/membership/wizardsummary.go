package membership

import (
	"context"
	"os"
	"strings"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	fynetheme "fyne.io/fyne/v2/theme"

	"polis/app"
	"polis/app/membership"
	"polis/app/page"
	"polis/ui/theme"
	"polis/ui/widgets"
)

// summaryStep shows what is missing, then everything, then the ways to the
// region.
func (w *wizard) summaryStep() []fyne.CanvasObject {
	w.check()
	page := []fyne.CanvasObject{w.toDo()}
	page = append(page, w.groups()...)
	return append(page, w.ownProtocol(), w.ways())
}

// toDo lists what keeps the request from being sent, and what may be looked
// at; each line leads to its field.
func (w *wizard) toDo() fyne.CanvasObject {
	words := w.words
	var must, may []membership.Finding
	for _, f := range w.findings {
		switch {
		case !f.Warning:
			must = append(must, f)
		case f.Step != membership.StepSummary: // those are on this page
			may = append(may, f)
		}
	}
	box := widgets.Stack(3)
	if len(must) == 0 {
		text := "wizard.summary.complete_text"
		if w.filed.State() == membership.Integration {
			text = "wizard.summary.integration_text"
		}
		box.Add(widgets.NewBanner(widgets.BannerSpec{Kind: widgets.OK, Title: words("wizard.summary.complete"), Text: words(text)}))
	} else {
		box.Add(w.listed(words("wizard.summary.must"), widgets.Bad, must))
	}
	if len(may) > 0 {
		box.Add(w.listed(words("wizard.summary.may"), widgets.Warn, may))
	}
	return box
}

func (w *wizard) listed(title string, kind widgets.Kind, findings []membership.Finding) fyne.CanvasObject {
	rows := widgets.Stack(0)
	for _, f := range findings {
		row := widgets.NewFindingRow(kind, w.field(f.Field), w.sentence(f), func() { w.jump(f.Field) })
		c := &control{path: "jump." + f.Field, focus: row, say: func(widgets.Kind, string) {}}
		row.OnFocus = func() { w.gains(c) }
		w.add(c)
		rows.Add(row)
	}
	return w.section(title, "", rows)
}

// pair is a line of a summary.
type pair struct{ label, value string }

// groups tell everything that was declared, each with a way to change it.
func (w *wizard) groups() []fyne.CanvasObject {
	r := w.r
	var aims []string
	for _, a := range r.Aims {
		aims = append(aims, w.words("membership.aim."+a))
	}
	act := ""
	if r.Act.Kind != "" {
		act = w.words("membership.act." + r.Act.Kind)
	}
	people := []pair{
		{"wizard.people.representative", person(&r.Representative)},
		{"wizard.people.contact", person(&r.Contact)},
		{"wizard.people.officer", person(&r.Officer)},
	}
	var operators []string
	for i := range r.Operators {
		operators = append(operators, person(&r.Operators[i]))
	}
	people = append(people, pair{"wizard.people.operators", strings.Join(operators, "\n")})
	var offices, documents []string
	for i := range r.Offices {
		offices = append(offices, w.officeText(i))
	}
	for i := range r.Documents {
		d := &r.Documents[i]
		documents = append(documents, d.Title+" · "+w.s.details(d))
	}
	lang := w.s.d.Host.Words.Lang()
	return []fyne.CanvasObject{
		w.group(membership.StepBody, []pair{
			{"wizard.label.body_name", r.Body.Name},
			{"wizard.label.ipa", r.Body.ID},
			{"wizard.label.body_tax_code", r.Body.TaxCode},
			{"wizard.label.pec", r.Body.PEC},
			{"wizard.label.address", page.AddressLine(&r.Body.Address)},
		}),
		w.group(membership.StepPeople, people),
		w.group(membership.StepOffices, []pair{{"wizard.summary.offices", strings.Join(offices, "\n\n")}}),
		w.group(membership.StepAct, []pair{
			{"wizard.label.act_kind", act},
			{"wizard.label.organ", r.Act.Organ},
			{"wizard.label.number", r.Act.Number},
			{"wizard.label.date", page.Date(r.Act.Date, lang)},
			{"wizard.aims.title", strings.Join(aims, "\n")},
		}),
		w.group(membership.StepDocuments, []pair{{"wizard.files.title", strings.Join(documents, "\n")}}),
	}
}

func person(p *membership.Person) string {
	var parts []string
	for _, s := range []string{p.Name, p.Role, p.TaxCode, p.Email, p.PEC, p.Phone} {
		if s != "" {
			parts = append(parts, s)
		}
	}
	return strings.Join(parts, " · ")
}

// officeText tells an office and its hours.
func (w *wizard) officeText(i int) string {
	o := &w.r.Offices[i]
	lines := []string{w.officeName(i)}
	if o.Kind != "" {
		lines[0] += " · " + w.words("membership.office."+o.Kind)
	}
	var reach []string
	for _, s := range []string{page.AddressLine(o.Address), o.Phone, o.Email, o.PEC} {
		if s != "" {
			reach = append(reach, s)
		}
	}
	if len(reach) > 0 {
		lines = append(lines, strings.Join(reach, " · "))
	}
	for _, h := range page.OpeningHours(o.OpeningHours, w.words) {
		lines = append(lines, h.Days+" "+h.Times)
	}
	return strings.Join(lines, "\n")
}

// group is a step in the summary.
func (w *wizard) group(step membership.Step, pairs []pair) fyne.CanvasObject {
	k := theme.Current().Tokens()
	change := w.button("change."+string(step), widgets.ButtonSpec{
		Label: w.words("wizard.summary.change"), Icon: fynetheme.DocumentCreateIcon(), Weight: widgets.Bare, OnPress: func() {
			for i, s := range membership.Steps() {
				if s == step {
					w.goTo(i, "")
				}
			}
		},
	})
	rows := widgets.Stack(1)
	for _, p := range pairs {
		value := p.value
		role := widgets.Body
		if value == "" {
			value, role = w.words("wizard.summary.nothing"), widgets.Secondary
		}
		rows.Add(container.New(pairLayout{}, widgets.NewWrapped(widgets.Secondary, w.words(p.label)), widgets.NewWrapped(role, value)))
	}
	head := widgets.EndsOrUnder(2, widgets.NewWrapped(widgets.Section, w.words("membership.step."+string(step))), widgets.Wrap(0, 0, change))
	return widgets.Panel(widgets.Pad(2, 4, 3, 4, widgets.Stack(1, head, rows)), widgets.Surface{Fill: k.Quiet, Radius: 6})
}

// pairLayout puts a label before its value, or above where there is no room.
type pairLayout struct{}

// pairLabel is the width of the label at 100 %.
const pairLabel = 190

func (pairLayout) columns(width float32) (x, w float32, beside bool) {
	x = theme.Current().Px(pairLabel)
	if width < 2.4*x {
		return 0, width, false
	}
	return x, width - x, true
}

func (l pairLayout) arrange(objects []fyne.CanvasObject, width float32, move bool) float32 {
	th := theme.Current()
	x, w, beside := l.columns(width)
	label := widgets.HeightFor(objects[0], width)
	if beside {
		label = widgets.HeightFor(objects[0], x-widgets.Space(2))
	}
	value := widgets.HeightFor(objects[1], w)
	lower := (th.LineHeight(th.Body()) - th.LineHeight(th.Secondary())) / 2
	if !beside {
		if move {
			widgets.Place(objects[0], 0, 0, width, label)
			widgets.Place(objects[1], 0, label, width, value)
		}
		return label + value
	}
	if move {
		widgets.Place(objects[0], 0, lower, x-widgets.Space(2), label)
		widgets.Place(objects[1], x, 0, w, value)
	}
	return max(label+lower, value)
}

func (l pairLayout) Layout(objects []fyne.CanvasObject, s fyne.Size) {
	l.arrange(objects, s.Width, true)
}

// HeightOf implements widgets.FlowLayout.
func (l pairLayout) HeightOf(objects []fyne.CanvasObject, width float32) float32 {
	return l.arrange(objects, width, false)
}

func (l pairLayout) MinSize(objects []fyne.CanvasObject) fyne.Size {
	return fyne.NewSize(widgets.Space(40), l.arrange(objects, widgets.Space(100), false))
}

// ownProtocol asks for the number under which the body registered the
// request, and for a note.
func (w *wizard) ownProtocol() fyne.CanvasObject {
	words := w.words
	p := &w.r.Protocol
	return w.section(words("wizard.protocol.title"), words("wizard.protocol.text"),
		widgets.Beside([]float32{1, 1}, w.input(fieldSpec{path: "protocol.number", label: "wizard.label.protocol", value: &p.Number}),
			w.date("protocol.date", "wizard.label.date", words("wizard.date_help"), &p.Date)),
		w.input(fieldSpec{path: "note", label: "wizard.label.note", help: words("wizard.protocol.note_help"), value: &w.r.Note}))
}

// ways are how the request reaches the region beside the network.
func (w *wizard) ways() fyne.CanvasObject {
	words := w.words
	both := widgets.Pairs()
	for _, way := range []struct {
		key  string
		icon fyne.Resource
		do   func()
	}{{"files", fynetheme.FolderOpenIcon(), w.exportFiles}, {"stick", fynetheme.StorageIcon(), w.exportStick}} {
		b := w.button("send."+way.key, widgets.ButtonSpec{Label: words("membership.case." + way.key), Icon: way.icon, OnPress: way.do})
		both.Add(widgets.Stack(0.5, widgets.Below(b), widgets.NewWrapped(widgets.Secondary, words("membership.case."+way.key+"_text"))))
	}
	rows := []fyne.CanvasObject{both}
	if !w.s.d.Enrolled {
		rows = append(rows, w.network())
	}
	return w.section(words("wizard.send.title"), words("wizard.send.text"), rows...)
}

// network says when nobody has told yet where the region is.
func (w *wizard) network() fyne.CanvasObject {
	text := widgets.NewWrapped(widgets.Late, "")
	text.Hide()
	w.work(func(ctx context.Context) error {
		n, err := w.s.d.Applications.Network(ctx)
		if err == nil && n.Hub == "" {
			err = app.Fault(app.CodeNoNetwork, nil)
		}
		return err
	}, func(err error) {
		if app.ErrorCode(err) == app.CodeNoNetwork {
			text.Set(w.words("wizard.send.no_network"))
			text.Show()
			w.reader.Relayout()
		}
	})
	return text
}

// sendLabel names what the last button does.
func (w *wizard) sendLabel() string {
	switch w.filed.State() {
	case membership.Integration:
		return w.words("wizard.send.integration")
	case membership.Sent:
		return w.words("wizard.send.again")
	}
	return w.words("wizard.send.now")
}

// ready reports that nothing is missing; otherwise it leads to what is.
func (w *wizard) ready() bool {
	for _, s := range membership.Steps() {
		w.st.tried[s] = true
	}
	w.check()
	n := membership.Incomplete(w.findings)
	if n == 0 {
		return true
	}
	w.draw()
	w.focusFirst()
	w.s.d.Host.Notice(w.s.d.Host.Words.Count("wizard.send.incomplete", n))
	w.s.d.Host.Trace("request incomplete", "n", n)
	return false
}

// focusFirst goes to the first line of what is missing.
func (w *wizard) focusFirst() {
	if len(w.stops) > 0 {
		w.focus(w.stops[0])
	}
}

// send freezes the request and queues it. It leaves when there is a network.
func (w *wizard) send() {
	if w.sending || !w.ready() {
		return
	}
	if w.r.Dated == "" {
		w.r.Dated = membership.Today(w.now())
	}
	w.sending = true
	w.next.Disable()
	id := w.r.ID
	var filed membership.Filed
	w.saver.now(func(ok bool) {
		if !ok {
			w.sent(app.CodeInternal, nil)
			return
		}
		w.work(func(ctx context.Context) (err error) {
			filed, err = w.s.d.Applications.Submit(ctx, id)
			return err
		}, func(err error) {
			if err != nil {
				w.s.d.Host.Fail(bannerDraft, err)
				w.sent(app.ErrorCode(err), nil)
				return
			}
			w.sent("", &filed)
		})
	})
}

// sent is told how sending ended.
func (w *wizard) sent(code app.Code, filed *membership.Filed) {
	w.sending = false
	w.next.Enable()
	if filed == nil {
		w.s.d.Host.Trace("request not sent", "code", string(code))
		return
	}
	host := w.s.d.Host
	w.s.showCase(*filed)
	w.st.id = "" // another time it begins anew
	host.Toast(w.words("wizard.send.queued"), nil)
	host.Trace("request queued", "id", filed.Request.ID)
	w.s.refreshQuietly()
}

// exportFiles writes what the body's protocol office needs.
func (w *wizard) exportFiles() {
	if w.s.d.ProtocolFiles == nil {
		return
	}
	if w.r.Dated == "" {
		w.r.Dated = membership.Today(w.now())
		w.saver.soon()
	}
	w.pickFolder(w.words("membership.case.pick_folder"), func(parent string) {
		f := w.current()
		w.export("membership.case.files_done", parent, func(ctx context.Context) (string, error) { return w.s.d.ProtocolFiles(ctx, f, parent) }, func() {})
	})
}

// exportStick writes the request as one sealed file; so it is sent off.
func (w *wizard) exportStick() {
	if !w.ready() {
		return
	}
	id := w.r.ID
	w.pickFolder(w.words("membership.case.pick_stick"), func(parent string) {
		w.saver.now(func(ok bool) {
			if !ok {
				return
			}
			w.export("membership.case.stick_done", parent, w.s.sealing(parent, w.r), func() { w.s.openCase(id) })
		})
	})
}

// pickFolder asks for a folder; without a way to ask it is the one for files.
func (w *wizard) pickFolder(title string, chosen func(folder string)) {
	if w.s.d.PickFolder == nil {
		chosen(w.s.d.SaveFolder)
		return
	}
	w.s.d.PickFolder(title, w.s.d.SaveFolder, func(folder string) {
		if w.closed {
			return
		}
		w.focusAt(w.st.at)
		if folder != "" {
			chosen(folder)
		}
	})
}

// export writes something, tells where it is, and goes on.
func (w *wizard) export(done, parent string, write func(ctx context.Context) (path string, err error), then func()) {
	host := w.s.d.Host
	var path string
	w.work(func(ctx context.Context) (err error) {
		path, err = write(ctx)
		return err
	}, func(err error) {
		if err != nil {
			host.Trace("export failed", "code", string(app.ErrorCode(err)))
			message, hint := w.s.explain(err)
			host.Log.Error("request not exported", "error", err)
			host.Banner(banner, &widgets.BannerSpec{Kind: widgets.Bad, Title: message, Text: hint})
			return
		}
		folder := parent
		if info, err := os.Stat(path); err == nil && info.IsDir() {
			folder = path
		}
		host.Banner(banner, &widgets.BannerSpec{
			Kind: widgets.OK, Title: w.words(done), Text: path,
			Action: w.words("membership.case.open_folder"), OnAction: func() {
				if err := host.Open(folder); err != nil {
					host.Fail(banner, err)
				}
			},
		})
		host.Trace("exported", "path", path)
		then()
	})
}
