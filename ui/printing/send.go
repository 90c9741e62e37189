package printing

import (
	"context"
	"slices"

	"polis/app/page"
	"polis/app/printing"
	"polis/ui/handover"
)

// send prints what is chosen, the forms after it as jobs of their own, and
// goes back to where one came from.
func (s *Screen) send() {
	st := s.d.State
	if s.busy || (st.wish.what == whatDossier && len(st.wish.codes) == 0) || !s.form.good() {
		return
	}
	forms := s.form.chosenForms()
	if s.none() {
		s.busy = true
		s.d.Hand.Instead(s.paper(), s.silent, func(left bool) {
			for _, f := range forms {
				if left {
					s.d.Hand.Open(f)
				}
			}
			s.sent(left)
		})
		return
	}
	choice := st.chosen
	if choice.Printer == "" { // several, and none is meant
		if s.known {
			s.form.pickPrinter()
		}
		return
	}
	choice.Options = s.possible(choice)
	s.busy = true
	name := s.printerName(choice.Printer)
	s.d.Hand.Remember(choice)
	s.d.Hand.PrintWith(s.pagesOf(choice.Options.Ranges), forms, choice, name, s.sent)
}

// none reports that nothing can be printed here.
func (s *Screen) none() bool { return s.known && (s.silent != nil || len(s.printers) == 0) }

func (s *Screen) sent(left bool) {
	s.busy = false
	if left {
		s.back()
	}
}

// possible are the options that the printer has.
func (s *Screen) possible(c printing.Choice) printing.Options {
	o := c.Options
	if p := s.printer(); p != nil {
		if !p.Can.Duplex {
			o.Duplex = ""
		}
		if !p.Can.Colour {
			o.Mono = false
		}
		if len(p.Can.Papers) > 0 && !slices.Contains(p.Can.Papers, o.Paper) {
			o.Paper = ""
		}
	}
	return o
}

// printer is the chosen one, nil when it is not there.
func (s *Screen) printer() *printing.Printer {
	for i := range s.printers {
		if s.printers[i].ID == s.d.State.chosen.Printer {
			return &s.printers[i]
		}
	}
	return nil
}

func (s *Screen) printerName(id string) string {
	for _, p := range s.printers {
		if p.ID == id && p.Name != "" {
			return p.Name
		}
	}
	return id
}

// askPrinters asks for the printers and how they are.
func (s *Screen) askPrinters() {
	if s.d.Press == nil {
		s.known = true
		s.form.tellPrinter("")
		return
	}
	s.lanes.printers.Go(func(ctx context.Context) func() {
		all, use, gone, err := s.d.Press.Printers(ctx)
		return func() {
			s.printers, s.silent, s.known = all, err, true
			if err != nil {
				s.d.Host.Log.Error("printers", "error", err)
			}
			st := s.d.State
			if !st.begun && err == nil {
				copies := max(st.chosen.Options.Copies, 1)
				st.chosen, st.begun = use, true
				st.chosen.Options.Copies = copies
			}
			if s.printer() == nil && err == nil && st.chosen.Printer != "" {
				gone, st.chosen.Printer = st.chosen.Printer, ""
			}
			s.form.tellPrinter(gone)
			s.d.Host.Trace("printers shown", "n", len(all), "chosen", st.chosen.Printer)
		}
	})
}

// forms are the attachments of the sheet that are to be printed with it.
func (f *form) chosenForms() []handover.Paper {
	st := f.s.d.State
	var out []handover.Paper
	if st.wish.what != whatSheet {
		return nil
	}
	for _, a := range f.forms {
		if a.path == "" || !a.prints || !st.forms[a.ID] {
			continue
		}
		path := a.path
		out = append(out, handover.Paper{
			Code: st.subject.View.Code, Title: a.title, Name: handover.FileName(a.title, "modulo"), Here: st.subject.Here,
			File: func(context.Context) (string, error) { return path, nil },
		})
	}
	return out
}

// first is the first page that is printed, from 0.
func first(ranges []printing.Range, list *page.DisplayList) int {
	if len(ranges) == 0 || len(list.Pages) == 0 {
		return 0
	}
	return min(max(ranges[0].From-1, 0), len(list.Pages)-1)
}
