package review

import (
	"slices"
	"strings"

	"fyne.io/fyne/v2"

	"polis/app/membership"
	"polis/ui/widgets"
)

// check is something to be looked at before a decision: the program says what
// it can tell by itself, the examiner ticks what was seen.
type check struct {
	code    string // words "review.check.<code>"
	verdict string // holds, fails, look
	detail  string
}

const (
	holds = "holds"
	fails = "fails"
	look  = "look" // the program cannot tell
)

// checks are the points of the list, in the order of the procedure.
func (f *file) checks() []check {
	all := []check{f.inRegister(), f.samePEC(), f.representative(), f.act(), f.offices(), f.seen(), f.alone()}
	if a := f.c.Agreement; a != nil {
		verdict := map[string]string{"ours": holds, "other": fails, "unknown": look}[f.encloses(a)]
		all = append(all, check{"agreement", verdict, f.s.words("review.encloses." + f.encloses(a))})
	}
	return all
}

func (f *file) inRegister() check {
	w := f.s.words
	if f.s.register == nil {
		return check{"register", look, w("review.judged.no_register")}
	}
	known, ok := f.s.register.ByID(f.r.Body.ID)
	switch {
	case !ok:
		return check{"register", fails, w("review.judged.not_in_register", "code", f.r.Body.ID)}
	case !strings.EqualFold(known.Name, f.r.Body.Name):
		return check{"register", look, w("review.judged.other_name", "name", known.Name)}
	}
	return check{"register", holds, w("review.judged.in_register", "date", f.s.told().Date(f.s.register.AsOf()))}
}

// registerPEC is the body's address in the register, "" when there is none.
func (f *file) registerPEC() string {
	if f.s.register == nil {
		return ""
	}
	known, _ := f.s.register.ByID(f.c.Authority)
	return known.PEC
}

func (f *file) samePEC() check {
	switch pec := f.registerPEC(); {
	case pec == "":
		return check{"pec", look, f.s.words("review.judged.no_pec")}
	case !strings.EqualFold(pec, strings.TrimSpace(f.r.Body.PEC)):
		return check{"pec", fails, f.s.words("review.judged.other_pec", "pec", pec)}
	}
	return check{"pec", holds, f.s.words("review.judged.same_pec")}
}

func (f *file) representative() check {
	p := &f.r.Representative
	switch key := membership.TaxCode(p.TaxCode); {
	case p.Name == "" || p.TaxCode == "":
		return check{"representative", fails, f.s.words("review.judged.representative_missing")}
	case key != "":
		return check{"representative", fails, f.s.words("membership.check." + key)}
	}
	return check{"representative", look, f.s.words("review.judged.representative", "name", p.Name)}
}

func (f *file) act() check {
	if slices.ContainsFunc(f.r.Documents, func(d membership.Document) bool { return d.Kind == membership.DocumentAct }) {
		return check{"act", holds, f.s.words("review.judged.act")}
	}
	return check{"act", fails, f.s.words("membership.check.act_missing")}
}

func (f *file) offices() check {
	var wrong []string
	for _, x := range f.findings {
		if x.Step == membership.StepOffices {
			wrong = append(wrong, f.s.path(x.Field))
		}
	}
	if len(wrong) > 0 {
		return check{"offices", fails, f.s.words("review.judged.offices_wrong", "fields", strings.Join(wrong, ", "))}
	}
	return check{"offices", holds, f.s.d.Host.Words.Count("review.judged.offices", len(f.r.Offices))}
}

func (f *file) seen() check {
	all, opened := f.files(), 0
	for i := range all {
		if slices.Contains(f.kept.Opened, all[i].SHA256) {
			opened++
		}
	}
	verdict := look
	if opened == len(all) && opened > 0 {
		verdict = holds
	}
	n := f.s.d.Host.Words.Number
	return check{"documents", verdict, f.s.words("review.judged.opened", "n", n(opened), "of", n(len(all)))}
}

func (f *file) alone() check {
	if n := len(f.s.queue.rivals(&f.c)); n > 0 {
		return check{"rivals", fails, f.s.d.Host.Words.Count("review.judged.rivals", n)}
	}
	return check{"rivals", holds, f.s.words("review.judged.alone")}
}

// checklist draws the points; what the program says is a word, not a colour.
func (f *file) checklist() fyne.CanvasObject {
	s := f.s
	all := f.checks()
	done := 0
	list := widgets.Stack(0.5)
	for _, c := range all {
		on := slices.Contains(f.kept.Ticks, c.code)
		if on {
			done++
		}
		tick := widgets.NewTick(s.words("review.check."+c.code), s.words("review.verdict."+c.verdict, "detail", c.detail), on, func(on bool) {
			f.kept.tick(c.code, on)
			s.keep(f.c.ID)
			f.draw("check " + c.code)
		})
		tick.OnFocus = func() { f.reader.RevealObject(tick) }
		f.stops = append(f.stops, stop{"check " + c.code, tick})
		list.Add(tick)
	}
	n := s.d.Host.Words.Number
	head := widgets.EndsOrUnder(2, widgets.NewWrapped(widgets.Section, s.words("review.checks")),
		widgets.NewText(widgets.Secondary, s.words("review.checks_done", "n", n(done), "of", n(len(all)))))
	return widgets.Stack(0.5, head, widgets.NewWrapped(widgets.Secondary, s.words("review.checks_text")), list)
}

// clear reports that nothing speaks against accepting: no point fails by
// itself, or every one was ticked.
func (f *file) clear() bool {
	for _, c := range f.checks() {
		if c.verdict == fails && !slices.Contains(f.kept.Ticks, c.code) {
			return false
		}
	}
	return membership.Incomplete(f.findings) == 0
}
