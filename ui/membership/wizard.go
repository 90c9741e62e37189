package membership

import (
	"slices"
	"strconv"
	"strings"
	"time"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	fynetheme "fyne.io/fyne/v2/theme"

	"polis/app"
	"polis/app/membership"
	"polis/ui/screen"
	"polis/ui/theme"
	"polis/ui/widgets"
)

// wizardState is where the form was left. It outlives the form, because the
// window is built anew for another language or look.
type wizardState struct {
	id       string // of the request
	step     int
	furthest int    // step that was opened
	at       string // path of the field that had the focus
	office   int    // that is shown
	left     map[string]bool
	tried    map[membership.Step]bool
	// unsaved is what could not be stored when its form was left.
	unsaved map[string]membership.Request
}

// wizard is the form of a request: six steps, of which one is drawn.
type wizard struct {
	s     *Screen
	filed membership.Filed
	r     *membership.Request // as it is typed
	st    *wizardState
	saver *saver

	register   Register // nil until it is read
	root       *fyne.Container
	body       *fyne.Container // steps and page
	reader     *widgets.Reader
	title      *fyne.Container
	titled     string // what it says
	steps      *widgets.StepList
	missing    *widgets.Text
	back, next *widgets.Button
	controls   []*control
	stops      []fyne.Focusable
	marks      map[string]*mark
	findings   []membership.Finding
	focused    fyne.Focusable // of the form, the last one
	lane       *screen.Lane   // of what the step asks for
	search     *bodySearch
	unready    fyne.CanvasObject // says that the agreement would be a draft; may be nil
	places     []func()          // look municipalities up again
	closed     bool
	sending    bool
}

// control is what can be filled in at a path of a request.
type control struct {
	path  string
	focus fyne.Focusable
	say   func(kind widgets.Kind, sentence string)
}

func newWizard(s *Screen, f membership.Filed) view {
	st := &s.d.State.wizard
	r := f.Request
	fresh := st.id != r.ID
	if fresh {
		*st = wizardState{id: r.ID, left: map[string]bool{}, tried: map[membership.Step]bool{}, unsaved: st.unsaved}
	}
	kept, unsaved := st.unsaved[r.ID]
	if unsaved {
		r = kept
		delete(st.unsaved, r.ID)
	}
	w := &wizard{s: s, filed: f, r: &r, st: st, lane: screen.NewLane(s.d.Host.Runner)}
	w.saver = newSaver(w)
	w.build()
	if unsaved {
		w.saver.soon()
	}
	if fresh {
		w.resume()
	}
	w.draw()
	w.readRegister()
	return w
}

// resume opens the first step that needs something. One that the region asks
// to complete is opened where it asks.
func (w *wizard) resume() {
	w.check()
	if e := asked(w.filed.Case); e != nil && len(e.Fields) > 0 {
		w.st.furthest = len(membership.Steps()) - 1
		w.st.step = w.stepOf(e.Fields[0])
		w.st.at = e.Fields[0]
		return
	}
	if w.r.Body.ID == "" && w.r.Body.Name == "" {
		return
	}
	w.st.step = len(membership.Steps()) - 1
	for _, f := range w.findings {
		if !f.Warning {
			w.st.step = slices.Index(membership.Steps(), f.Step)
			break
		}
	}
	w.st.furthest = w.st.step
}

func (w *wizard) words(key string, args ...string) string { return w.s.words(key, args...) }

func (w *wizard) step() membership.Step { return membership.Steps()[w.st.step] }

func (w *wizard) build() {
	words := w.words
	w.reader = widgets.NewReader()
	w.reader.MaxWidth = 940
	w.title = container.New(titleLayout{})
	names := make([]widgets.Step, 0, len(membership.Steps()))
	for _, step := range membership.Steps() {
		names = append(names, widgets.Step{Label: words("membership.step." + string(step))})
	}
	w.steps = widgets.NewStepList(names, func(now int) string {
		return words("wizard.step_line", "n", strconv.Itoa(now+1), "all", strconv.Itoa(len(names)), "step", names[now].Label)
	}, func(i int) { w.goTo(i, "") })
	w.missing = widgets.NewWrapped(widgets.Late, "")
	w.back = widgets.NewButton(widgets.ButtonSpec{
		Label: words("wizard.back"), Key: screen.KeyLabel(screen.ActionGoBack, words), Icon: fynetheme.NavigateBackIcon(), OnPress: w.previous,
	})
	w.next = widgets.NewButton(widgets.ButtonSpec{
		Label: words("wizard.next"), Key: screen.KeyLabel(screen.ActionGoNext, words), Icon: fynetheme.NavigateNextIcon(),
		Weight: widgets.Primary, OnPress: w.forward,
	})
	k := theme.Current().Tokens()
	w.body = container.New(&bodyLayout{w}, widgets.Panel(widgets.Pad(3, 3, 3, 3, w.steps), widgets.Surface{Fill: k.Quiet}), widgets.Pad(0, 0, 0, 6, w.reader))
	foot := widgets.Stack(0, widgets.Line(), widgets.Pad(2, 5, 2, 5, container.New(footLayout{}, w.back, w.missing, w.next)))
	w.root = widgets.Frame(widgets.Pad(4, 6, 3, 6, w.title), foot, nil, w.body)
}

// Object implements view.
func (w *wizard) Object() fyne.CanvasObject { return w.root }

// Shown implements view.
func (w *wizard) Shown() {
	w.focusAt(w.st.at)
	w.s.d.Host.Trace("wizard shown", "step", string(w.step()))
}

// Close implements view: what was typed is stored before the form goes.
func (w *wizard) Close() {
	if w.closed {
		return
	}
	w.closed = true
	w.lane.Drop()
	w.saver.last()
}

// Do implements view.
func (w *wizard) Do(a screen.Action) bool {
	switch a {
	case screen.ActionNext, screen.ActionRead:
		w.move(1)
	case screen.ActionPrevious:
		w.move(-1)
	case screen.ActionPageDown:
		w.reader.ScrollPage(1)
	case screen.ActionPageUp:
		w.reader.ScrollPage(-1)
	case screen.ActionGoNext:
		if w.st.step < len(membership.Steps())-1 {
			w.forward()
		}
	case screen.ActionGoBack:
		w.previous()
	case screen.ActionSearch:
		w.leave()
	case screen.ActionPrint:
		if w.step() != membership.StepSummary {
			return false
		}
		w.paper(PaperRequest, w.s.print)
	default:
		return false
	}
	return true
}

// leave goes to the list; the draft is stored on the way.
func (w *wizard) leave() { w.s.openList() }

func (w *wizard) previous() {
	if w.st.step == 0 {
		w.leave()
		return
	}
	w.goTo(w.st.step-1, "")
}

// forward goes to the next step, or sends from the last one. What is missing
// is told and does not hold anybody up.
func (w *wizard) forward() {
	w.st.tried[w.step()] = true
	if w.st.step == len(membership.Steps())-1 {
		w.send()
		return
	}
	w.goTo(w.st.step+1, "")
}

// goTo opens a step at a field, "" = the first that needs something.
func (w *wizard) goTo(step int, path string) {
	if step != w.st.step {
		w.st.tried[w.step()] = true
	}
	w.st.step = step
	w.st.furthest = max(w.st.furthest, step)
	if n, rest := indexed(path, "offices."); rest {
		w.st.office = n
	}
	if w.saver.dirty {
		w.saver.now(nil)
	}
	w.draw()
	w.focusAt(path)
	w.s.d.Host.Trace("wizard step", "step", string(w.step()))
}

// jump opens the step of a field.
func (w *wizard) jump(path string) { w.goTo(w.stepOf(path), path) }

// stepOf is the step on which a field stands.
func (w *wizard) stepOf(path string) int {
	first, _, _ := strings.Cut(path, ".")
	step := map[string]membership.Step{
		"body": membership.StepBody, "legal_representative": membership.StepPeople, "contact_person": membership.StepPeople,
		"data_protection_officer": membership.StepPeople, "operators": membership.StepPeople, "offices": membership.StepOffices,
		"approving_act": membership.StepAct, "aims": membership.StepAct, "documents": membership.StepDocuments,
	}[first]
	switch {
	case path == membership.FieldAgreement:
		step = membership.StepAct
	case step == "":
		step = membership.StepSummary
	}
	return slices.Index(membership.Steps(), step)
}

// indexed reads the number in a path as "offices.1.email".
func indexed(path, before string) (n int, ok bool) {
	rest, ok := strings.CutPrefix(path, before)
	if !ok {
		return 0, false
	}
	number, _, _ := strings.Cut(rest, ".")
	n, err := strconv.Atoi(number)
	return n, err == nil
}

// draw draws the open step anew.
func (w *wizard) draw() {
	w.controls, w.stops, w.marks, w.search, w.places, w.unready = nil, nil, map[string]*mark{}, nil, nil, nil
	w.lane.Drop()
	var page []fyne.CanvasObject
	if e := asked(w.filed.Case); e != nil {
		page = append(page, widgets.NewBanner(widgets.BannerSpec{Kind: widgets.Warn, Title: w.words("wizard.asked"), Text: e.Reason}))
	}
	switch w.step() {
	case membership.StepBody:
		page = append(page, w.bodyStep()...)
	case membership.StepPeople:
		page = append(page, w.peopleStep()...)
	case membership.StepOffices:
		page = append(page, w.officesStep()...)
	case membership.StepAct:
		page = append(page, w.actStep()...)
	case membership.StepDocuments:
		page = append(page, w.documentsStep()...)
	default:
		page = append(page, w.summaryStep()...)
	}
	w.reader.Set([]widgets.Placed{{Piece: widgets.Whole(widgets.Pad(2, 1, 5, 1, widgets.Stack(4, page...)))}})
	w.drawFoot()
	w.tell()
}

// redraw draws the step anew where it is, for instance with another row.
func (w *wizard) redraw(focus string) {
	at := w.reader.Offset()
	w.draw()
	w.reader.ScrollTo(at)
	if focus != "" {
		w.focusAt(focus)
	}
}

func (w *wizard) drawFoot() {
	spec := widgets.ButtonSpec{
		Label: w.words("wizard.next"), Key: screen.KeyLabel(screen.ActionGoNext, w.words), Icon: fynetheme.NavigateNextIcon(), Weight: widgets.Primary,
	}
	if w.step() == membership.StepSummary {
		spec.Label, spec.Key, spec.Icon = w.sendLabel(), "", fynetheme.MailSendIcon()
	}
	w.next.SetFace(spec)
	label := "wizard.back"
	if w.st.step == 0 {
		label = "wizard.to_list"
	}
	w.back.SetLabel(w.words(label))
}

// now is the moment at which the request is judged.
func (w *wizard) now() time.Time {
	if w.s.d.Clock == nil {
		return app.SystemClock{}.Now()
	}
	return w.s.d.Clock.Now()
}

// changed is told of everything that was typed or chosen.
func (w *wizard) changed() {
	w.saver.soon()
	w.tell()
}

// check looks at the whole request.
func (w *wizard) check() { w.findings = w.r.CheckAt(w.now()) }

// tell shows what the checks found: at the fields, in the list of steps and
// at the foot.
func (w *wizard) tell() {
	w.check()
	for _, c := range w.controls {
		w.sayAt(c)
	}
	if wanted := membership.Incomplete(w.findings) > 0; w.unready != nil && w.unready.Visible() != wanted {
		widgets.SetVisible(w.unready, wanted)
		w.reader.Relayout()
	}
	w.drawSteps()
	w.drawMissing()
	w.drawTitle()
}

// sayAt says at a control what was found there: what is wrong at once, but
// quietly as long as somebody is typing it for the first time, and what is
// missing only once they left it or wanted to go on.
func (w *wizard) sayAt(c *control) {
	tried := w.st.tried[w.step()]
	for _, f := range w.findings {
		if f.Field != c.path || f.Missing && !tried && !w.st.left[c.path] || f.Missing && f.Warning && !tried {
			continue
		}
		kind := widgets.Bad
		switch {
		case f.Warning:
			kind = widgets.Warn
		case !f.Missing && !w.st.left[c.path] && w.focused == c.focus && c.focus != nil:
			kind = widgets.Neutral
		}
		c.say(kind, w.sentence(f))
		return
	}
	if w.asked(c.path) {
		c.say(widgets.Warn, w.words("wizard.asked_here"))
		return
	}
	c.say(widgets.Info, "")
}

// asked reports that the region asks for what is at a path.
func (w *wizard) asked(path string) bool {
	e := asked(w.filed.Case)
	return e != nil && slices.Contains(e.Fields, path)
}

// askedIn reports that the region asks for something of a step.
func (w *wizard) askedIn(step int) bool {
	e := asked(w.filed.Case)
	return e != nil && slices.ContainsFunc(e.Fields, func(path string) bool { return w.stepOf(path) == step })
}

// sentence says what a finding is.
func (w *wizard) sentence(f membership.Finding) string {
	return w.words("membership.check."+f.Key, f.Params...)
}

// drawSteps ticks the steps that hold and warns of those that do not.
func (w *wizard) drawSteps() {
	bad := map[membership.Step]bool{}
	for _, f := range w.findings {
		if !f.Warning {
			bad[f.Step] = true
		}
	}
	steps := make([]widgets.Step, 0, len(membership.Steps()))
	for i, s := range membership.Steps() {
		seen := i <= w.st.furthest && s != membership.StepSummary
		toAnswer := w.askedIn(i) && !w.st.tried[s] // nobody was there since the region asked
		steps = append(steps, widgets.Step{
			Label: w.words("membership.step." + string(s)), Done: seen && !bad[s] && !toAnswer,
			Warn: seen && (bad[s] && (i != w.st.step || w.st.tried[s]) || toAnswer && i != w.st.step),
		})
	}
	w.steps.Set(steps, w.st.step)
}

// mostNamed are the fields named at the foot.
const mostNamed = 2

// drawMissing names what is missing or wrong: in this step, else anywhere.
func (w *wizard) drawMissing() {
	var here, all []string
	for _, f := range w.findings {
		if f.Warning {
			continue
		}
		all = append(all, f.Field)
		if f.Step == w.step() {
			here = append(here, f.Field)
		}
	}
	key, fields := "wizard.missing_here", here
	if len(here) == 0 {
		key, fields = "wizard.missing", all
	}
	role, text := widgets.Late, w.words("wizard.complete")
	if len(fields) > 0 {
		var names []string
		for _, f := range fields[:min(mostNamed, len(fields))] {
			names = append(names, w.field(f))
		}
		list := strings.Join(names, ", ")
		if more := len(fields) - mostNamed; more > 0 {
			list = w.s.d.Host.Words.Count("wizard.and_more", more, "list", list)
		}
		text = w.words(key, "list", list)
		if w.search != nil { // one choice fills it all in
			text = w.words("wizard.missing_body")
		}
	} else {
		role = widgets.Good
	}
	text = w.words("wizard.foot", "n", strconv.Itoa(w.st.step+1), "all", strconv.Itoa(len(membership.Steps())), "text", text)
	w.missing.SetRole(role)
	if w.missing.String() != text {
		w.missing.Set(text)
		w.root.Refresh() // the foot may be higher now
	}
}

// drawTitle names the body and says whether the draft is stored.
func (w *wizard) drawTitle() {
	b := &w.r.Body
	title := w.words("wizard.title")
	if b.Name != "" {
		title = w.words("wizard.title_body", "body", b.Name)
	}
	var parts []string
	if b.ID != "" {
		parts = append(parts, w.words("wizard.ipa", "code", b.ID))
	}
	if b.Province != "" {
		parts = append(parts, b.Province)
	}
	if len(parts) == 0 {
		parts = append(parts, w.words("wizard.offline_alone"))
	} else {
		parts = append(parts, w.words("wizard.offline"))
	}
	kind, badge := w.saver.state()
	sub := strings.Join(parts, " · ")
	if said := title + "\n" + badge + "\n" + sub; w.titled != said {
		w.titled = said
		w.title.Objects = []fyne.CanvasObject{widgets.NewWrapped(widgets.Title, title), widgets.NewBadge(kind, badge), widgets.NewWrapped(widgets.Secondary, sub)}
		w.title.Refresh()
		w.root.Refresh()
	}
}
