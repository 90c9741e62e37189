package printing

import (
	"context"
	"slices"
	"strconv"

	"fyne.io/fyne/v2"
	fynetheme "fyne.io/fyne/v2/theme"

	"polis/app"
	"polis/app/page"
	"polis/app/printing"
	"polis/ui/widgets"
)

// form is what can be chosen.
type form struct {
	s      *Screen
	object fyne.CanvasObject
	reader *widgets.Reader
	groups []*group

	languages *widgets.Choice
	printer   *widgets.Button
	state     *widgets.Text
	copies    *widgets.Entry
	pages     *widgets.Entry
	wrong     *widgets.Text // about the pages
	wrongMany *widgets.Text // about the copies
	dossier   *fyne.Container
	formsBox  *fyne.Container
	titles    map[string]string // of the sheets of the visit, by code
	forms     []attachment
}

// attachment is a document that belongs to the sheet.
type attachment struct {
	app.Attachment
	title  string
	path   string // of its file; "" = it is not here
	prints bool   // it is a PDF
	fault  error  // why it is not opened
}

// group is a control with its name above; shown decides whether it is there.
type group struct {
	object fyne.CanvasObject
	above  float32
	shown  func() bool
}

func newForm(s *Screen) *form {
	f := &form{s: s, reader: widgets.NewReader(), titles: map[string]string{}}
	f.heading()
	f.whatGroups()
	f.formsGroup()
	f.printerGroups()
	f.object = widgets.Pad(0, 0.5, 0, 4, f.reader)
	f.arrange()
	return f
}

func always() bool { return true }

// add puts controls below each other under a name; what gets the focus comes
// into sight.
func (f *form) add(name string, above float32, shown func() bool, objects ...fyne.CanvasObject) {
	column := widgets.Stack(0.25)
	if name != "" {
		column.Add(f.label(name))
	}
	for _, o := range objects {
		column.Add(o)
	}
	f.groups = append(f.groups, &group{object: column, above: above, shown: shown})
	f.follow(column, column)
}

// follow brings a group into sight when something in it gets the focus.
func (f *form) follow(o, whole fyne.CanvasObject) {
	reveal := func() { f.reader.RevealObject(whole) }
	switch o := o.(type) {
	case *fyne.Container:
		for _, child := range o.Objects {
			f.follow(child, whole)
		}
	case *widgets.Button:
		o.OnFocus = reveal
	case *widgets.Choice:
		o.OnFocus = reveal
	case *widgets.Tick:
		o.OnFocus = reveal
	case *widgets.Entry:
		o.OnFocus = reveal
	}
}

// arrange shows the groups that apply.
func (f *form) arrange() {
	var pieces []widgets.Placed
	for _, g := range f.groups {
		if g.shown() {
			pieces = append(pieces, widgets.Placed{Piece: widgets.Whole(g.object), Above: g.above})
		}
	}
	f.reader.Swap(append(pieces, widgets.Placed{Piece: widgets.Whole(widgets.Gap(1, 3))}))
}

func (f *form) wish() *wish { return &f.s.d.State.wish }

// changed makes the paper anew.
func (f *form) changed() {
	f.arrange()
	f.s.tellBar()
	f.s.root.Refresh()
	f.s.lay()
}

func (f *form) heading() {
	title := widgets.NewWrapped(widgets.Title, f.s.words("print.title"))
	what := ""
	if v := f.s.d.State.subject.View; v != nil {
		what = v.Title
	} else if c := f.s.d.State.subject.Contact; c != nil {
		what = f.s.words("contacts.detail.title", "number", c.Number)
	}
	column := widgets.Stack(0.5, title)
	if what != "" {
		column.Add(widgets.NewRuns(widgets.Body, widgets.Plain(what), 3))
	}
	f.groups = append(f.groups, &group{object: column, above: 3, shown: always})
}

// choice is a named choice.
func (f *form) choice(options []widgets.Option, value string, set func(string)) (*widgets.Choice, fyne.CanvasObject) {
	c := widgets.NewChoice(options, len(options), f.s.words("choice.other"), set)
	c.Set(value)
	return c, widgets.Fitted(c, len(options))
}

func (f *form) options(prefix string, values ...string) []widgets.Option {
	out := make([]widgets.Option, len(values))
	for i, v := range values {
		out[i] = widgets.Option{Value: v, Label: f.s.words(prefix + v)}
	}
	return out
}

// whatGroups are what goes on the paper.
func (f *form) whatGroups() {
	s, w := f.s, f.wish()
	if whats := s.whats(); len(whats) > 1 {
		_, o := f.choice(f.options("print.what.", whats...), w.what, func(v string) { f.wish().what = v; f.changed() })
		f.add("print.what", 2.5, always, o)
	}
	sheets := func() bool { return f.wish().what == whatSheet || f.wish().what == whatDossier }
	f.dossier = widgets.Stack(0)
	for _, code := range s.d.State.subject.Visit {
		f.dossier.Add(f.dossierTick(code))
	}
	f.add("print.dossier_sheets", 2, func() bool { return f.wish().what == whatDossier }, f.dossier)
	form := "one"
	if w.complete {
		form = "complete"
	}
	_, format := f.choice(f.options("print.format.", "one", "complete"), form, func(v string) { f.wish().complete = v == "complete"; f.changed() })
	f.add("print.format", 2, sheets, format)
	large := widgets.NewTick(s.words("print.large"), "", w.large, func(on bool) { f.wish().large = on; f.changed() })
	f.add("", 1, always, large)
	if langs := f.langs(); len(langs) > 1 {
		options := make([]widgets.Option, len(langs))
		for i, l := range langs {
			options[i] = widgets.Option{Value: l, Label: f.language(l)}
		}
		var o fyne.CanvasObject
		f.languages, o = f.choice(options, w.lang, func(v string) { f.wish().lang = v; f.changed() })
		f.add("print.language", 2, func() bool { return f.wish().what == whatSheet }, o)
	}
}

func (f *form) langs() []string {
	if v := f.s.d.State.subject.View; v != nil {
		return v.Languages
	}
	return nil
}

// language names a language in words, or by its code.
func (f *form) language(code string) string {
	if key := "print.lang." + code; f.s.d.Host.Words.Has(key) {
		return f.s.words(key)
	}
	return code
}

func (f *form) nextLanguage() {
	langs := f.langs()
	if f.languages == nil || f.wish().what != whatSheet || len(langs) < 2 {
		return
	}
	i := slices.Index(langs, f.wish().lang)
	f.languages.Choose(langs[(i+1)%len(langs)])
}

func (f *form) dossierTick(code string) fyne.CanvasObject {
	title := f.titles[code]
	if title == "" {
		title = code
	}
	return widgets.NewTick(title, "", slices.Contains(f.wish().codes, code), func(on bool) {
		var codes []string // in the order of the visit
		for _, c := range f.s.d.State.subject.Visit {
			if c == code && on || c != code && slices.Contains(f.wish().codes, c) {
				codes = append(codes, c)
			}
		}
		f.wish().codes = codes
		f.changed()
	})
}

// formsGroup are the documents that belong to the sheet.
func (f *form) formsGroup() {
	f.formsBox = widgets.Stack(0.5)
	f.add("print.forms", 2, func() bool { return f.wish().what == whatSheet && len(f.formsBox.Objects) > 0 }, f.formsBox)
}

// askForms finds the documents of the sheet, and the titles of the sheets of
// the visit.
func (f *form) askForms() {
	sub := f.s.d.State.subject
	var list []app.Attachment
	if sub.View != nil && f.s.d.Document != nil {
		for _, a := range sub.View.Attachments {
			if a.SHA256 != "" && a.Kind != app.AttachmentLaw {
				list = append(list, a)
			}
		}
	}
	if len(list) == 0 && len(sub.Visit) == 0 {
		return
	}
	f.s.lanes.forms.Go(func(ctx context.Context) func() {
		found := make([]attachment, len(list))
		for i, a := range list {
			found[i] = f.s.find(ctx, a)
		}
		titles := map[string]string{}
		for _, code := range sub.Visit {
			if v, err := f.s.d.Desk.Read(ctx, code, f.s.d.Host.Words.Lang()); err == nil {
				titles[code] = v.Title
			}
		}
		return func() {
			f.forms, f.titles = found, titles
			f.tellForms()
			f.s.d.Host.Trace("forms shown", "n", len(found))
		}
	})
}

func (s *Screen) find(ctx context.Context, a app.Attachment) attachment {
	out := attachment{Attachment: a, title: oneLine(a.Title)}
	if out.title == "" {
		out.title = s.words("attachment." + a.Kind)
	}
	out.path, out.fault = s.d.Document(ctx, a.SHA256)
	if app.ErrorCode(out.fault) == app.CodeDocumentActive { // on paper it does nothing
		out.fault = nil
	}
	out.prints = out.fault == nil && isPDF(out.path)
	return out
}

func (f *form) tellForms() {
	f.dossier.Objects = nil
	for _, code := range f.s.d.State.subject.Visit {
		f.dossier.Add(f.dossierTick(code))
	}
	f.formsBox.Objects = nil
	for i := range f.forms {
		f.formsBox.Add(f.formRow(&f.forms[i]))
	}
	for _, g := range f.groups { // the boxes are new
		f.follow(g.object, g.object)
	}
	f.arrange()
}

// formRow offers what can be done with one document: print it, open it, or
// say where it is.
func (f *form) formRow(a *attachment) fyne.CanvasObject {
	s := f.s
	if a.prints {
		return widgets.NewTick(a.title, "", s.d.State.forms[a.ID], func(on bool) { s.d.State.forms[a.ID] = on })
	}
	if a.fault == nil {
		path := a.path
		open := widgets.NewButton(widgets.ButtonSpec{Label: s.words("print.open"), Small: true, OnPress: func() { f.open(path) }})
		return widgets.Stack(0, widgets.NewWrapped(widgets.Body, a.title), flush(widgets.Wrap(1, 0, open)))
	}
	message, hint := s.d.Host.Words.Error(a.fault)
	if app.ErrorCode(a.fault) == app.CodeNotFound {
		message, hint = s.words("print.form_missing"), ""
	}
	column := widgets.Stack(0.25, widgets.NewWrapped(widgets.Body, a.title), widgets.NewWrapped(widgets.Secondary, oneLine(message+" "+hint)))
	if a.URL != "" {
		address := a.URL
		column.Add(widgets.NewWrapped(widgets.Secondary, page.ShortURL(address)))
		column.Add(flush(widgets.Wrap(1, 0, widgets.NewButton(widgets.ButtonSpec{
			Label: s.words("desk.copy_address"), Small: true, Icon: fynetheme.ContentCopyIcon(), OnPress: func() { s.d.Hand.Copy(address) },
		}))))
	}
	return column
}

func (f *form) open(path string) {
	s := f.s
	s.d.Host.Runner.Go(func() func() {
		err := s.d.Host.Open(path)
		return func() {
			if err != nil {
				s.d.Host.Fail("print", err)
			}
		}
	})
}

// good reports whether what is written can be understood; if not it says so
// where it is written.
func (f *form) good() bool {
	st := f.s.d.State
	f.tellPages()
	ranges, key := parseRanges(st.ranges, len(f.s.laid.list.Pages))
	switch {
	case f.wrongMany.String() != "":
		f.s.d.Host.Canvas().Focus(f.copies)
	case key != "":
		f.s.d.Host.Canvas().Focus(f.pages)
	default:
		st.chosen.Options.Ranges = ranges
		return true
	}
	return false
}

// tellPages says at the field what is wrong with the pages.
func (f *form) tellPages() {
	n := len(f.s.laid.list.Pages)
	ranges, key := parseRanges(f.s.d.State.ranges, n)
	text := ""
	if key != "" {
		text = f.s.words(key, "total", strconv.Itoa(n))
	}
	if text != f.wrong.String() {
		f.wrong.Set(text)
		widgets.SetVisible(f.wrong, text != "")
		f.arrange()
	}
	if key == "" && len(ranges) > 0 {
		f.s.preview.pages.Go(first(ranges, &f.s.laid.list))
	}
}

// setCopies takes a number that was written.
func (f *form) setCopies(text string) {
	n, err := strconv.Atoi(text)
	wrong := ""
	if err != nil || n < 1 || n > printing.MostCopies {
		wrong = f.s.words("print.copies_wrong", "most", strconv.Itoa(printing.MostCopies))
	} else {
		f.s.d.State.chosen.Options.Copies = n
	}
	if wrong != f.wrongMany.String() {
		f.wrongMany.Set(wrong)
		widgets.SetVisible(f.wrongMany, wrong != "")
		f.arrange()
	}
}

func (f *form) moreCopies(step int) {
	n := min(max(max(f.s.d.State.chosen.Options.Copies, 1)+step, 1), printing.MostCopies)
	f.copies.SetText(strconv.Itoa(n))
}
