package desk

import (
	"context"
	"time"

	"polis/app"
	appdesk "polis/app/desk"
	"polis/app/page"
	"polis/ui/handover"
)

// print puts the open sheet on paper; when none is open, the chosen one.
func (s *Screen) print() { s.withSheet(s.printView) }

// withSheet does something with the open sheet, or opens the chosen one
// first.
func (s *Screen) withSheet(do func(appdesk.View)) {
	if s.sheet.view != nil {
		do(*s.sheet.view)
		return
	}
	if s.find.pending {
		s.afterSearch = func() { s.withSheet(do) }
		return
	}
	if row, ok := s.find.chosen(); ok {
		s.readThen(row.Code, s.d.Host.Words.Lang(), true, func() { do(*s.sheet.view) })
	}
}

// keyRepeat is longer than a key that is held down takes to come again.
const keyRepeat = time.Second

// printView hands the sheet's page over, once for a key that is held down or
// pressed again before the print system has answered.
func (s *Screen) printView(v appdesk.View) {
	w, now := s.session(), s.d.Desk.Now()
	same, since := w.printed == v.Code, now.Sub(w.printedAt)
	w.printed, w.printedAt = v.Code, now
	switch {
	case same && w.sending > 0:
		s.d.Host.Notice(s.words()("print.sending"))
		return
	case same && since >= 0 && since < keyRepeat:
		return
	}
	s.d.Hand.Print(s.paper(v), func(bool) {})
}

// begun notes that a paper is on its way to the person; a contact that is
// closed in the meantime waits for it. What it returns is told how it ended.
func (s *Screen) begun(visit *appdesk.Visit, code string) (ended func(left bool)) {
	w := s.d.State.sessions[visit]
	if w == nil { // the visit is over
		return func(bool) {}
	}
	w.sending++
	w.printed, w.printedAt = code, s.d.Desk.Now()
	return func(left bool) {
		w.sending--
		if !left {
			w.printed = "" // once more is no mistake
		}
		switch {
		case visit != s.visit():
		case !left:
			w.logNext = nil // the person has no paper yet: let the operator decide
		default:
			s.logWhatWaited()
		}
	}
}

// onTheWay are the two ends of a paper's way, as papers want them.
func (s *Screen) onTheWay(visit *appdesk.Visit, code string) (begun func(), ended func(left bool)) {
	var under []func(bool) // the same paper may be on several ways
	return func() { under = append(under, s.begun(visit, code)) }, func(left bool) {
		if n := len(under); n > 0 {
			end := under[n-1]
			under = under[:n-1]
			end(left)
		}
	}
}

// paper is the one page of a sheet that stands alone, with the remembered
// options.
func (s *Screen) paper(v appdesk.View) handover.Paper {
	visit, about := s.visit(), s.subject(&v)
	options := appdesk.PrintOptions{Words: s.sheet.wordsFor(&v), Lang: s.sheet.langFor(&v)}
	begun, ended := s.onTheWay(visit, v.Code)
	return handover.Paper{
		Code: v.Code, Title: v.Title, Name: handover.FileName(v.Code+" "+v.Title, "scheda"), Address: v.PublicURL,
		About: &about,
		Draw: func(context.Context) (page.DisplayList, error) {
			return s.d.Desk.Layout(s.d.Desk.Document(v, options))
		},
		Given:    func(copies int) { s.given(visit, &v.Reading, copies) },
		Returned: func(copies int) string { return s.returned(visit, &v.Reading, copies) },
		Begun:    begun, Ended: ended,
		Here: func() bool { return s.here(visit) },
	}
}

// here reports whether a visit is the one at the counter, and its operator too.
func (s *Screen) here(visit *appdesk.Visit) bool {
	return visit == s.visit() && s.d.State.at != nil
}

// given notes in the visit what the person got.
func (s *Screen) given(visit *appdesk.Visit, r *app.Reading, copies int) {
	visit.HandOut(r, copies)
	s.bar.counts()
}

// returned takes it back: it did not come out. What is logged stays as it is;
// then it returns the number of the contact.
func (s *Screen) returned(visit *appdesk.Visit, r *app.Reading, copies int) (logged string) {
	visit.TakeBack(r, copies)
	s.bar.counts()
	return visit.Number
}

// preview shows the paper with all that can be chosen: of the open sheet,
// else of the chosen one, else of what the person was told about.
func (s *Screen) preview() {
	if s.d.Preview == nil {
		return
	}
	if s.sheet.view != nil || s.find.pending {
		s.showPreview(s.sheet.view)
		return
	}
	if _, ok := s.find.chosen(); ok {
		s.withSheet(func(v appdesk.View) { s.showPreview(&v) })
		return
	}
	s.showPreview(nil)
}

func (s *Screen) showPreview(v *appdesk.View) { s.d.Preview(s.subject(v)) }

// subject is what the person at the counter can be given.
func (s *Screen) subject(v *appdesk.View) handover.Subject {
	visit, code := s.visit(), ""
	if v != nil {
		code = v.Code
	}
	begun, ended := s.onTheWay(visit, code)
	sub := handover.Subject{
		View:     v,
		Given:    func(r *app.Reading, copies int) { s.given(visit, r, copies) },
		Returned: func(r *app.Reading, copies int) string { return s.returned(visit, r, copies) },
		Begun:    begun, Ended: ended,
		Here: func() bool { return s.here(visit) },
	}
	for _, sheet := range visit.Sheets() {
		sub.Visit = append(sub.Visit, sheet.Code)
	}
	return sub
}
