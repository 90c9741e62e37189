// Package printing is the screen of a paper before it is printed: what goes
// on it, on which printer and how, with its pages beside. Everything here is
// optional: at the desk one key prints.
package printing

import (
	"context"
	"image"
	"slices"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	fynetheme "fyne.io/fyne/v2/theme"

	appdesk "polis/app/desk"
	"polis/app/page"
	"polis/app/phrase"
	"polis/app/printing"
	"polis/ui/handover"
	"polis/ui/screen"
	"polis/ui/widgets"
)

// Deps are the screen's needs; Press, Picture, Document and Back may be nil.
type Deps struct {
	Host *screen.Host
	Hand *handover.Hand
	Desk *appdesk.Desk
	// Press is nil where nothing can be printed.
	Press *printing.Press
	// Books hold the words of each language, for the paper.
	Books map[string]*phrase.Book
	// State outlives the screen when the window is built anew.
	State *State
	// Picture draws page n, from 0, so many pixels wide. It runs in the
	// background.
	Picture func(list *page.DisplayList, n, width int) (image.Image, error)
	// Document makes a document of the catalogue a file; nil without any.
	Document func(ctx context.Context, sha256 string) (path string, err error)
	// Back leads to where one came from.
	Back func()
}

// State is what is printed and what was chosen.
type State struct {
	subject handover.Subject
	wish    wish
	chosen  printing.Choice // printer and options; copies and pages too
	ranges  string          // as written
	forms   map[string]bool // attachments to print, by id
	zoom    widgets.Zoom
	begun   bool // the printer was chosen, by us or by hand
}

// Take prepares the state for something to print.
func (s *State) Take(subject handover.Subject) {
	*s = State{subject: subject, forms: map[string]bool{}}
	switch {
	case subject.Contact != nil:
		s.wish.what = whatReceipt
	case subject.View != nil:
		s.wish.what, s.wish.lang = whatSheet, subject.View.Shown
	case len(subject.Visit) > 0:
		s.wish.what = whatDossier
	default:
		s.wish.what = whatOffices
	}
	s.wish.codes = append(s.wish.codes, subject.Visit...)
}

// Screen is the paper and what can be chosen.
type Screen struct {
	d       Deps
	root    fyne.CanvasObject
	form    *form
	preview *preview
	print   *widgets.Button
	more    *widgets.Button
	leave   *widgets.Button
	line    *fyne.Container // of what can be done
	ways    []way
	lanes   struct{ paper, printers, forms *screen.Lane }

	laid     laid
	printers []printing.Printer
	silent   error // the print system does not answer
	known    bool  // printers was asked for
	busy     bool  // on its way to the printer
}

// New builds the screen.
func New(d Deps) *Screen {
	if d.State.forms == nil {
		d.State.Take(handover.Subject{})
	}
	s := &Screen{d: d}
	run := d.Host.Runner
	s.lanes.paper, s.lanes.printers, s.lanes.forms = screen.NewLane(run), screen.NewLane(run), screen.NewLane(run)
	s.preview = newPreview(s)
	s.form = newForm(s)
	s.root = widgets.Frame(nil, s.bar(), nil, container.New(deskLayout{}, s.form.object, s.preview.object))
	return s
}

func (s *Screen) words(key string, args ...string) string { return s.d.Host.Words.Text(key, args...) }

// way is what can be done with the paper.
type way struct {
	label  string
	do     func()
	button *widgets.Button
}

// bar is the line of what can be done, along the bottom: what has no room
// there is behind its last word.
func (s *Screen) bar() fyne.CanvasObject {
	w := s.words
	s.print = widgets.NewButton(widgets.ButtonSpec{
		Label: w("desk.print"), Key: screen.KeyLabel(screen.ActionPrint, w), Icon: fynetheme.DocumentPrintIcon(),
		Weight: widgets.Primary, OnPress: s.send,
	})
	s.more = widgets.NewButton(widgets.ButtonSpec{
		Label: w("choice.other"), Icon: fynetheme.MenuDropDownIcon(), IconLast: true, OnPress: s.showMore,
	})
	s.leave = widgets.NewButton(widgets.ButtonSpec{
		Label: w("print.back"), Key: screen.KeyLabel(screen.ActionSearch, w), Icon: fynetheme.NavigateBackIcon(), OnPress: s.back,
	})
	s.line = container.New(&barLayout{s})
	s.tellBar()
	return quietBar(s.line)
}

// tellBar offers what this paper can be besides printed. What was there stays,
// and the focus on it: the printers answer when they like.
func (s *Screen) tellBar() {
	w, before := s.words, s.ways
	s.ways = nil
	add := func(label string, icon fyne.Resource, do func()) {
		if i := slices.IndexFunc(before, func(x way) bool { return x.label == label }); i >= 0 {
			s.ways = append(s.ways, before[i])
			return
		}
		b := widgets.NewButton(widgets.ButtonSpec{Label: label, Icon: icon, OnPress: do})
		s.ways = append(s.ways, way{label, do, b})
	}
	add(w("print.save"), fynetheme.DocumentSaveIcon(), func() { s.d.Hand.Save(s.paper()) })
	if !s.none() { // else the first button does it
		add(w("print.open"), fynetheme.FileIcon(), func() { s.d.Hand.Open(s.paper()) })
	}
	add(w("print.mail"), fynetheme.MailSendIcon(), func() { s.d.Hand.Mail(s.paper()) })
	if s.paper().Address != "" {
		add(w("print.qr"), fynetheme.ViewFullScreenIcon(), func() { s.d.Hand.ShowQR(s.paper()) })
		add(w("desk.copy_address"), fynetheme.ContentCopyIcon(), func() { s.d.Hand.Copy(s.paper().Address) })
	}
	add(w("print.save_as"), fynetheme.FolderIcon(), func() { s.d.Hand.SaveAs(s.paper()) })
	s.line.Objects = []fyne.CanvasObject{s.print}
	for _, x := range s.ways {
		s.line.Add(x.button)
	}
	s.line.Add(s.more)
	s.line.Add(s.leave)
	s.stay(before)
}

// stay gives the focus to the first button when the one that had it is gone.
func (s *Screen) stay(before []way) {
	c := s.d.Host.Canvas()
	if c == nil {
		return
	}
	had := func(x way) bool { return c.Focused() == fyne.Focusable(x.button) }
	if slices.ContainsFunc(before, had) && !slices.ContainsFunc(s.ways, had) {
		c.Focus(s.print)
	}
}

// showMore lists what has no room on the line.
func (s *Screen) showMore() {
	var items []widgets.MenuItem
	for _, x := range s.ways {
		if !x.button.Visible() {
			items = append(items, widgets.MenuItem{Label: x.label, OnPress: x.do})
		}
	}
	widgets.ShowMenu(s.more, items)
}

// Object implements screen.Screen.
func (s *Screen) Object() fyne.CanvasObject { return s.root }

// Shown implements screen.Screen: Enter prints.
func (s *Screen) Shown() {
	s.d.Host.Canvas().Focus(s.print)
	s.lay()
	s.askPrinters()
	s.form.askForms()
}

// Close implements screen.Screen.
func (s *Screen) Close() {
	for _, l := range []*screen.Lane{s.lanes.paper, s.lanes.printers, s.lanes.forms} {
		l.Drop()
	}
	s.preview.close()
}

// Refresh lays the paper out again: the catalogue may have changed.
func (s *Screen) Refresh() { s.lay() }

// Type implements screen.Screen.
func (s *Screen) Type(r rune) {
	switch r {
	case '+':
		s.preview.zoomBy(1)
	case '-':
		s.preview.zoomBy(-1)
	case '0':
		s.preview.setZoom(widgets.ZoomPage)
	}
}

// Do implements screen.Screen.
func (s *Screen) Do(a screen.Action) bool {
	switch a {
	case screen.ActionPrint:
		s.send()
	case screen.ActionPreview, screen.ActionRead: // it is here
	case screen.ActionSearch:
		s.back()
	case screen.ActionSheetLang:
		s.form.nextLanguage()
	default:
		return s.preview.do(a)
	}
	return true
}

func (s *Screen) back() {
	if s.d.Back != nil {
		s.d.Back()
	}
}
