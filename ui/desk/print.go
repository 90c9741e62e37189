package desk

import (
	"context"

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
		return
	}
	if row, ok := s.find.chosen(); ok {
		s.readThen(row.Code, s.d.Host.Words.Lang(), true, func() { do(*s.sheet.view) })
	}
}

// printView hands the sheet's page over. The hand-out is noted as soon as the
// print system has it; a contact that is closed in the meantime waits for it.
func (s *Screen) printView(v appdesk.View) {
	s.printing++
	s.d.Hand.Print(s.paper(v), func(left bool) {
		s.printing--
		if !left {
			s.logNext = nil // the person has no paper yet: let the operator decide
			return
		}
		s.logWhatWaited()
	})
}

// paper is the one page of a sheet that stands alone, with the remembered
// options.
func (s *Screen) paper(v appdesk.View) handover.Paper {
	visit, about := s.visit(), s.subject(&v)
	options := appdesk.PrintOptions{Words: s.sheet.wordsFor(&v), Lang: s.sheet.langFor(&v)}
	return handover.Paper{
		Code: v.Code, Title: v.Title, Name: handover.FileName(v.Code+" "+v.Title, "scheda"), Address: v.PublicURL,
		About: &about,
		Draw: func(context.Context) (page.DisplayList, error) {
			return s.d.Desk.Layout(s.d.Desk.Document(v, options))
		},
		Given:    func(copies int) { s.given(visit, &v.Reading, copies) },
		Returned: func(copies int) string { return s.returned(visit, &v.Reading, copies) },
		Here:     func() bool { return visit == s.visit() },
	}
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
	visit := s.visit()
	sub := handover.Subject{
		View:     v,
		Given:    func(r *app.Reading, copies int) { s.given(visit, r, copies) },
		Returned: func(r *app.Reading, copies int) string { return s.returned(visit, r, copies) },
		Here:     func() bool { return visit == s.visit() },
	}
	for _, sheet := range visit.Sheets() {
		sub.Visit = append(sub.Visit, sheet.Code)
	}
	return sub
}
