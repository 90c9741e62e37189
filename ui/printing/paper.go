package printing

import (
	"context"
	"fmt"
	"slices"

	appdesk "polis/app/desk"
	"polis/app/page"
	"polis/app/printing"
	"polis/ui/handover"
)

// The papers that there are.
const (
	whatSheet        = "sheet"
	whatDossier      = "dossier"
	whatSheetOffices = "sheet_offices"
	whatOffices      = "offices"
	whatReceipt      = "receipt"
)

// wish is what the paper shall be.
type wish struct {
	what            string
	complete, large bool
	lang            string   // of the sheet; "" = that of the window
	codes           []string // of a dossier
}

func (w wish) key() string { return fmt.Sprintf("%+v", w) }

// laid is a paper on pages.
type laid struct {
	key   string
	list  page.DisplayList
	views []appdesk.View // the sheets on it
}

// whats lists the papers that can be made of the subject.
func (s *Screen) whats() []string {
	sub := &s.d.State.subject
	if sub.Contact != nil {
		return []string{whatReceipt}
	}
	var out []string
	if sub.View != nil {
		out = append(out, whatSheet)
	}
	if len(sub.Visit) > 1 || (len(sub.Visit) == 1 && sub.View == nil) {
		out = append(out, whatDossier)
	}
	if sub.View != nil && len(sub.View.OfficesFull) > 0 {
		out = append(out, whatSheetOffices)
	}
	if s.d.Desk.Authority() != "" {
		out = append(out, whatOffices)
	}
	return out
}

// labels is the language of headings and footer: that of the sheet where we
// speak it.
func (s *Screen) labels(lang string) string {
	if _, ok := s.d.Books[lang]; ok {
		return lang
	}
	return s.d.Host.Words.Lang()
}

// make reads and lays out what is wished; it runs in the background.
func (s *Screen) make(ctx context.Context, sub handover.Subject, w wish) (laid, error) {
	out := laid{key: w.key()}
	lang := w.lang
	if lang == "" {
		lang = s.d.Host.Words.Lang()
	}
	o := appdesk.PrintOptions{Complete: w.complete, Large: w.large, Lang: s.labels(lang), Words: s.d.Books[s.labels(lang)].Text}
	var doc page.Document
	var err error
	switch w.what {
	case whatReceipt:
		doc, err = s.d.Desk.Receipt(ctx, *sub.Contact, o)
	case whatOffices:
		doc = s.d.Desk.OfficesPaper(s.d.Desk.Authority(), o)
	case whatDossier:
		if out.views, err = s.views(ctx, w.codes, lang); err == nil {
			doc = s.d.Desk.Dossier(out.views, o)
		}
	default:
		if out.views, err = s.views(ctx, []string{sub.View.Code}, lang); err != nil {
			break
		}
		if v := out.views[0]; w.what == whatSheet {
			o.Lang = s.labels(v.Shown)
			o.Words = s.d.Books[o.Lang].Text
			doc = s.d.Desk.Document(v, o)
		} else {
			out.views, doc = nil, s.d.Desk.SheetOfficesPaper(v, o)
		}
	}
	if err != nil {
		return laid{}, err
	}
	out.list, err = s.d.Desk.Layout(doc)
	return out, err
}

func (s *Screen) views(ctx context.Context, codes []string, lang string) ([]appdesk.View, error) {
	var out []appdesk.View
	for _, code := range codes {
		v, err := s.d.Desk.Read(ctx, code, lang)
		if err != nil {
			return nil, err
		}
		out = append(out, v)
	}
	return out, nil
}

// lay makes the paper and shows it.
func (s *Screen) lay() {
	sub, w := s.d.State.subject, s.d.State.wish
	w.codes = slices.Clone(w.codes)
	if w.what == whatDossier && len(w.codes) == 0 {
		s.lanes.paper.Drop()
		s.laid = laid{}
		s.preview.say(s.words("print.no_sheets"))
		return
	}
	s.lanes.paper.Go(func(ctx context.Context) func() {
		made, err := s.make(ctx, sub, w)
		return func() {
			if err != nil {
				message, _ := s.d.Host.Words.Error(err)
				s.preview.say(message)
				s.d.Host.Fail("print", err)
				return
			}
			s.d.Host.Banner("print", nil)
			s.laid = made
			s.preview.show(&made.list)
			s.form.tellPages()
			s.d.Host.Trace("paper shown", "what", w.what, "pages", len(made.list.Pages), "lang", made.list.Language)
		}
	})
}

// has reports whether the i-th sheet is, at least in part, on some pages; nil
// ranges are all of them.
func (l *laid) has(i int, ranges []printing.Range) bool {
	starts := l.list.Enclosed
	if ranges == nil || i >= len(starts) {
		return true
	}
	from, to := starts[i], len(l.list.Pages)
	if i+1 < len(starts) {
		to = starts[i+1] - 1
	}
	return slices.ContainsFunc(ranges, func(r printing.Range) bool { return r.From <= to && from <= r.To })
}

// paper is the paper as it is chosen now, to hand over whole.
func (s *Screen) paper() handover.Paper { return s.pagesOf(nil) }

// pagesOf is the paper of which only some pages are handed over.
func (s *Screen) pagesOf(ranges []printing.Range) handover.Paper {
	st := s.d.State
	sub, w, ready := st.subject, st.wish, s.laid
	w.codes = slices.Clone(w.codes)
	p := handover.Paper{Here: sub.Here, Begun: sub.Begun, Ended: sub.Ended}
	p.Title = s.words("print.what." + w.what)
	switch w.what {
	case whatSheet:
		p.Code, p.Title, p.Address = sub.View.Code, sub.View.Title, sub.View.PublicURL
	case whatSheetOffices:
		p.Address = sub.View.PublicURL
	}
	p.Name = handover.FileName(p.Code+" "+p.Title, "foglio")
	made := ready
	p.Draw = func(ctx context.Context) (page.DisplayList, error) {
		if ready.key == w.key() {
			return ready.list, nil
		}
		fresh, err := s.make(ctx, sub, w)
		made = fresh // read after Draw has ended
		return fresh.list, err
	}
	if sub.Given != nil {
		p.Given = func(copies int) {
			for i := range made.views {
				if made.has(i, ranges) {
					sub.Given(&made.views[i].Reading, copies)
				}
			}
		}
	}
	if sub.Returned != nil {
		p.Returned = func(copies int) (logged string) {
			for i := range made.views {
				if made.has(i, ranges) {
					logged = sub.Returned(&made.views[i].Reading, copies)
				}
			}
			return logged
		}
	}
	return p
}
