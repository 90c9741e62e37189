package printing

import (
	"strconv"
	"strings"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	fynetheme "fyne.io/fyne/v2/theme"

	"polis/app/page"
	"polis/app/printing"
	"polis/ui/handover"
	"polis/ui/theme"
	"polis/ui/widgets"
)

// printerGroups are where and how it is printed.
func (f *form) printerGroups() {
	s, o := f.s, &f.s.d.State.chosen.Options
	f.printer = widgets.NewButton(widgets.ButtonSpec{
		Label: s.words("print.looking"), Icon: fynetheme.MenuDropDownIcon(), IconLast: true, OnPress: f.pickPrinter,
	})
	refresh := widgets.NewButton(widgets.ButtonSpec{Label: s.words("print.refresh"), Weight: widgets.Bare, OnPress: s.askPrinters})
	f.state = widgets.NewWrapped(widgets.Secondary, "")
	can := func(able func(printing.Abilities) bool) func() bool {
		return func() bool {
			p := s.printer()
			return s.d.Press != nil && s.silent == nil && len(s.printers) > 0 && (p == nil || able(p.Can))
		}
	}
	some := can(func(printing.Abilities) bool { return true })
	f.add("print.printer", 2.5, always, flush(widgets.Wrap(1, 0.25, f.printer, refresh)), f.state)

	f.add("", 2, some, beside(f.copiesColumn(), f.pagesColumn()))
	_, duplex := f.choice(f.options("print.duplex.", "as_set", string(printing.OneSide), string(printing.LongEdge), string(printing.ShortEdge)),
		orAsSet(string(o.Duplex)), func(v string) { f.asked().Duplex = printing.Duplex(asSet(v)) })
	f.add("print.duplex", 2, can(func(a printing.Abilities) bool { return a.Duplex }), duplex)
	mono := widgets.NewTick(s.words("print.mono"), "", o.Mono, func(on bool) { f.asked().Mono = on })
	f.add("", 1, can(func(a printing.Abilities) bool { return a.Colour }), mono)

	_, paper := f.choice(f.options("print.paper.", "as_set", string(printing.A4), string(printing.A3), string(printing.A5)),
		orAsSet(string(o.Paper)), func(v string) { f.asked().Paper = printing.Paper(asSet(v)) })
	f.add("print.paper", 2, some, paper)
	f.add("", 1.5, some, widgets.NewWrapped(widgets.Secondary, s.words("print.as_set_text")))
}

func (f *form) label(key string) fyne.CanvasObject {
	return widgets.NewText(widgets.SecondaryStrong, f.s.words(key))
}

func (f *form) copiesColumn() fyne.CanvasObject {
	f.copies = widgets.NewEntry("", f.setCopies)
	f.copies.Replace(strconv.Itoa(max(f.asked().Copies, 1)))
	f.wrongMany = widgets.NewWrapped(widgets.Wrong, "")
	f.wrongMany.Hide()
	step := func(label string, by int) *widgets.Button {
		return widgets.NewButton(widgets.ButtonSpec{Label: label, OnPress: func() { f.moreCopies(by) }})
	}
	steps := widgets.Row(0, -1, step("–", -1), widgets.Fixed(64, f.copies.Boxed()), step("+", 1))
	return widgets.Stack(0.25, f.label("print.copies"), flush(steps), f.wrongMany)
}

func (f *form) pagesColumn() fyne.CanvasObject {
	f.pages = widgets.NewEntry(f.s.words("print.pages_hint"), func(text string) {
		f.s.d.State.ranges = text
		f.tellPages()
	})
	f.pages.Replace(f.s.d.State.ranges)
	f.wrong = widgets.NewWrapped(widgets.Wrong, "")
	f.wrong.Hide()
	return widgets.Stack(0.25, f.label("print.pages"), flush(f.pages.Boxed()), f.wrong)
}

func (f *form) asked() *printing.Options { return &f.s.d.State.chosen.Options }

// asSet is what the printer is set to: nothing is asked of it.
func asSet(v string) string {
	if v == "as_set" {
		return ""
	}
	return v
}

func orAsSet(v string) string {
	if v == "" {
		return "as_set"
	}
	return v
}

// pickPrinter lists the printers with how they are, and the way to another.
func (f *form) pickPrinter() {
	s := f.s
	var items []widgets.MenuItem
	for _, p := range s.printers {
		items = append(items, widgets.MenuItem{
			Label: page.Clip(s.printerName(p.ID), 44), Detail: page.Clip(s.d.Hand.State(&p), 40), Checked: p.ID == s.d.State.chosen.Printer,
			OnPress: func() {
				s.d.State.chosen.Printer, s.d.State.begun = p.ID, true
				f.tellPrinter("")
				s.d.Host.Canvas().Focus(s.print)
			},
		})
	}
	if s.d.Press != nil {
		items = append(items, widgets.MenuItem{Label: s.words("print.add"), OnPress: f.addPrinter})
	}
	widgets.ShowMenu(f.printer, items)
}

// addPrinter has the workstation know another printer, which is then the one
// to print on.
func (f *form) addPrinter() {
	s := f.s
	s.d.Hand.AddPrinter(func(id string) {
		s.d.State.chosen.Printer, s.d.State.begun = id, true
		s.askPrinters()
	})
}

// tellPrinter says which printer it is and how it is; gone is the one that
// was remembered and is not there.
func (f *form) tellPrinter(gone string) {
	s := f.s
	p := s.printer()
	label, text := s.words("print.choose_printer"), s.words("print.choose_text")
	role := widgets.Secondary
	switch {
	case s.silent != nil:
		label = s.words("print.no_printer")
		message, hint := s.d.Host.Words.Error(s.silent)
		text, role = message+" "+hint, widgets.Late
	case s.d.Press == nil || len(s.printers) == 0:
		label, text = s.words("print.no_printer"), s.words("print.no_printer_text")
	case p != nil:
		label, text = page.Clip(s.printerName(p.ID), 34), s.d.Hand.State(p)
		if where := strings.TrimSpace(p.Location); where != "" {
			text = where + " · " + text
		}
		if handover.Troubled(p) {
			role = widgets.Late
		}
	case gone != "":
		text, role = s.words("print.gone", "printer", gone)+" "+text, widgets.Late
	}
	f.printer.SetLabel(label)
	f.state.SetRole(role)
	f.state.Set(text)
	if c := strconv.Itoa(max(f.asked().Copies, 1)); f.copies.Text != c && f.wrongMany.String() == "" {
		f.copies.Replace(c)
	}
	f.tellButton()
	f.arrange()
}

// tellButton makes the first button say what it will do.
func (f *form) tellButton() {
	s := f.s
	label := s.words("desk.print")
	if s.none() {
		label = s.words("print.save_and_open")
	}
	s.print.SetLabel(label)
	s.tellBar()
	s.root.Refresh()
}

// parseRanges reads the pages of a paper of so many (0 = not known). Wrong is
// the key of what is wrong, "" when nothing is.
func parseRanges(text string, total int) (ranges []printing.Range, wrong string) {
	ranges, err := printing.ParseRanges(text, total)
	if err == nil {
		return ranges, ""
	}
	if _, err := printing.ParseRanges(text, 0); err == nil {
		return nil, "print.pages_beyond"
	}
	return nil, "print.pages_wrong"
}

func isPDF(path string) bool { return strings.HasSuffix(path, ".pdf") }

func oneLine(s string) string { return strings.Join(strings.Fields(s), " ") }

// flush puts controls so that the first one's face, not its ring, begins at
// the margin.
func flush(o fyne.CanvasObject) fyne.CanvasObject { return container.New(flushLayout{}, o) }

type flushLayout struct{}

func (flushLayout) room() float32 { return theme.Current().Px(3) }

func (l flushLayout) Layout(objects []fyne.CanvasObject, s fyne.Size) {
	widgets.Place(objects[0], -l.room(), 0, s.Width+l.room(), s.Height)
}

func (l flushLayout) HeightOf(objects []fyne.CanvasObject, width float32) float32 {
	return widgets.HeightFor(objects[0], width+l.room())
}

func (flushLayout) MinSize(objects []fyne.CanvasObject) fyne.Size { return objects[0].MinSize() }
