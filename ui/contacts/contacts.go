// Package contacts is the screen of what the office has logged: by period,
// with what became of each contact on its way to the regional hub.
package contacts

import (
	"context"
	"io"
	"time"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	fynetheme "fyne.io/fyne/v2/theme"

	"polis/app"
	"polis/app/contacts"
	"polis/ui/screen"
	"polis/ui/widgets"
)

// Deps are the screen's needs; all but Location, CallMade, Receipt and
// Demonstration are required.
type Deps struct {
	Host   *screen.Host
	Source contacts.Source
	Clock  app.Clock
	// Location is where days begin; nil is the computer's.
	Location *time.Location
	// Topic and Office name a topic and an office.
	Topic  func(code string) string
	Office func(id string) string
	// Title returns the title of a sheet, "" when the catalogue has it no
	// more. It runs in the background.
	Title func(ctx context.Context, code string) string
	// Save writes a file of that name where the operator finds it and
	// returns its path; SaveIn makes one. It runs in the background.
	Save func(name string, write func(io.Writer) error) (path string, err error)
	// CallMade notes that the call that a contact promised was made. It runs
	// in the background; nil = nobody can say so here.
	CallMade func(ctx context.Context, contact string) error
	// Outdated lists the sheets that changed after papers of them were handed
	// out. It runs in the background.
	Outdated func(ctx context.Context) ([]contacts.Papers, error)
	// Receipt shows the paper that a person takes home as proof of a contact;
	// nil = there is none.
	Receipt func(c app.Contact)
	// Demonstration says that contacts are not sent to anybody.
	Demonstration bool
}

// step is how many rows are shown at first, and how many more each time.
const step = 200

// Screen is the list of contacts with the chosen one beside it.
type Screen struct {
	d      Deps
	root   *fyne.Container
	period *widgets.Choice
	count  *widgets.Text
	export *widgets.Button
	rows   *widgets.Rows
	table  *fyne.Container
	empty  *fyne.Container
	panes  *panes
	detail *detail
	papers *papers
	loads  *screen.Lane
	saves  *screen.Lane

	entries []contacts.Entry
	shown   int // how many of them have a row
	loaded  bool
	front   bool // the screen waits for its rows to take the focus
}

// New builds the screen.
func New(d Deps) *Screen {
	if d.Location == nil {
		d.Location = time.Local
	}
	s := &Screen{d: d, loads: screen.NewLane(d.Host.Runner), saves: screen.NewLane(d.Host.Runner)}
	s.detail = newDetail(s)
	s.rows = widgets.NewRows()
	s.rows.OnPress = s.pressed
	s.papers = newPapers(s)
	s.empty = widgets.Stack(0)
	s.panes = newPanes(s.list(), s.detail)
	s.root = widgets.Frame(s.header(), nil, nil, s.panes.object)
	return s
}

func (s *Screen) header() fyne.CanvasObject {
	w := s.words
	s.count = widgets.NewRuns(widgets.Secondary, nil, 0)
	options := make([]widgets.Option, 0, len(periods()))
	for _, p := range periods() {
		options = append(options, widgets.Option{Value: string(p), Label: w("contacts.period." + string(p))})
	}
	s.period = widgets.NewChoice(options, len(options), w("contacts.period.other"), func(string) { s.load(true) })
	s.export = widgets.NewButton(widgets.ButtonSpec{Label: w("contacts.export"), Icon: fynetheme.DocumentSaveIcon(), OnPress: s.save})
	s.export.Hide()
	title := widgets.Stack(0, widgets.NewWrapped(widgets.Title, w("contacts.title")), s.count)
	choice := container.New(choiceLayout{s.period, len(options)}, s.period)
	return widgets.Stack(0, widgets.Pad(3, 4, 1.5, 4, widgets.Stack(1.5, title, bar(choice, s.export))))
}

// list is the table with its head, or the words that there is nothing.
func (s *Screen) list() fyne.CanvasObject {
	head := widgets.Pad(0.5, 3, 0.75, 4, s.headRow())
	s.table = widgets.Frame(widgets.Stack(0, head, widgets.Line()), nil, nil, s.rows)
	s.table.Hide() // until it is known that there is something
	s.empty.Hide()
	return container.New(overLayout{}, s.table, s.papers.object, s.empty)
}

func (s *Screen) words(key string, args ...string) string { return s.d.Host.Words.Text(key, args...) }

// Object implements screen.Screen.
func (s *Screen) Object() fyne.CanvasObject { return s.root }

// Shown implements screen.Screen.
func (s *Screen) Shown() {
	s.front = true
	s.d.Host.Canvas().Focus(s.period)
	s.load(false)
}

// Refresh asks for the contacts again: what became of them may have changed.
func (s *Screen) Refresh() {
	if s.loaded {
		s.load(false)
	}
}

// Type implements screen.Screen; there is nothing to write in.
func (s *Screen) Type(rune) {}

// Close implements screen.Screen.
func (s *Screen) Close() {
	for _, l := range []*screen.Lane{s.loads, s.saves, s.detail.titles, s.detail.call.lane} {
		l.Drop()
	}
}

// Do implements screen.Screen.
func (s *Screen) Do(a screen.Action) bool {
	switch a {
	case screen.ActionNext:
		s.move(1)
	case screen.ActionPrevious:
		s.move(-1)
	case screen.ActionPageDown:
		s.detail.reader.ScrollPage(1)
	case screen.ActionPageUp:
		s.detail.reader.ScrollPage(-1)
	case screen.ActionRead:
		s.pressed(s.listed().Chosen())
	case screen.ActionCalled:
		s.detail.call.press()
	case screen.ActionSearch:
		return s.panes.showDetail(false)
	default:
		return false
	}
	return true
}

// listed are the rows in sight: contacts, or sheets.
func (s *Screen) listed() *widgets.Rows {
	if s.papers.inFront() {
		return s.papers.rows
	}
	return s.rows
}

func (s *Screen) move(n int) {
	rows := s.listed()
	if rows.Len() == 0 {
		return
	}
	rows.Choose(rows.Chosen() + n)
	s.showChosen()
}

// pressed reads a row; the last one may be the door to more.
func (s *Screen) pressed(i int) {
	if !s.papers.inFront() && i >= s.shown && i < s.rows.Len() {
		s.more()
		return
	}
	s.showChosen()
	if i >= 0 {
		s.panes.showDetail(true)
	}
}

func (s *Screen) showChosen() {
	if s.papers.inFront() {
		s.papers.showChosen()
		return
	}
	i := s.rows.Chosen()
	if i < 0 || i >= s.shown {
		s.detail.clear()
		return
	}
	s.detail.show(&s.entries[i])
}

// load asks for the contacts of the period; anew forgets which was chosen.
func (s *Screen) load(anew bool) {
	p := period(s.period.Value())
	if p == periodPapers {
		s.papers.load(anew)
		return
	}
	span := p.span(s.d.Clock.Now().In(s.d.Location))
	if anew {
		s.shown = 0
	}
	s.loads.Go(func(ctx context.Context) func() {
		entries, err := s.d.Source.Contacts(ctx, span, 0)
		if p == periodCalls {
			entries = contacts.ToCall(entries)
		}
		return func() {
			if err != nil {
				s.d.Host.Fail("contacts", err)
				return
			}
			s.d.Host.Banner("contacts", nil)
			s.show(entries, anew)
			s.d.Host.Trace("contacts shown", "n", len(entries))
		}
	})
}

// show lists the contacts; the one that is chosen when they are there stays
// so, unless they are those of another period.
func (s *Screen) show(entries []contacts.Entry, anew bool) {
	keep := ""
	if i := s.rows.Chosen(); !anew && i >= 0 && i < s.shown {
		keep = s.entries[i].ID
	}
	s.entries, s.papers.all, s.loaded = entries, nil, true
	s.shown = min(len(entries), max(s.shown, step))
	chosen := 0
	for i := range s.shown {
		if entries[i].ID == keep {
			chosen = i
		}
	}
	s.fill(chosen, anew)
	s.settle()
}

// settle tells what is listed now, and shows the chosen row.
func (s *Screen) settle() {
	s.tellCount()
	s.showEmpty()
	s.showChosen()
	s.root.Refresh()
	if rows := s.listed(); s.front && rows.Len() > 0 && s.d.Host.Canvas().Focused() == s.period { // nobody has gone elsewhere
		s.d.Host.Canvas().Focus(rows)
	}
	s.front = false
}

// fill makes the rows; those of another list begin at the top.
func (s *Screen) fill(chosen int, anew bool) {
	rows := make([]fyne.CanvasObject, 0, s.shown+1)
	for i := range s.shown {
		rows = append(rows, s.row(&s.entries[i]))
	}
	if left := len(s.entries) - s.shown; left > 0 {
		rows = append(rows, widgets.NewText(widgets.Link, s.d.Host.Words.Count("contacts.more", min(left, step))))
	}
	if anew {
		s.rows.Set(rows, chosen)
		return
	}
	s.rows.Swap(rows, nil, chosen)
}

func (s *Screen) more() {
	at := s.shown
	s.shown = min(len(s.entries), s.shown+step)
	s.fill(at, false)
	s.showChosen()
}

func (s *Screen) tellCount() {
	if s.papers.inFront() {
		s.count.Set(s.papers.count())
		widgets.SetVisible(s.export, len(s.papers.all) > 0)
		return
	}
	book := s.d.Host.Words
	text := book.Count("contacts.count", len(s.entries))
	waiting, toCheck, toCall := 0, 0, 0
	for i := range s.entries {
		if s.entries[i].ToCall() {
			toCall++
		}
		switch s.state(&s.entries[i]) {
		case stateWaiting:
			waiting++
		case stateCheck:
			toCheck++
		}
	}
	if waiting > 0 {
		text += " · " + book.Count("contacts.waiting", waiting)
	}
	if toCheck > 0 {
		text += " · " + book.Count("contacts.to_check", toCheck)
	}
	if toCall > 0 && s.period.Value() != string(periodCalls) {
		text += " · " + book.Count("contacts.to_call", toCall)
	}
	if len(s.entries) == 0 {
		text = "" // said in words below
	}
	s.count.Set(text)
	widgets.SetVisible(s.export, len(s.entries) > 0)
}

// showEmpty says why the list is empty and where to go from here.
func (s *Screen) showEmpty() {
	w, p := s.words, s.period.Value()
	n := s.listed().Len()
	widgets.SetVisible(s.empty, n == 0)
	widgets.SetVisible(s.table, n > 0 && !s.papers.inFront())
	widgets.SetVisible(s.papers.object, n > 0 && s.papers.inFront())
	s.panes.setEmpty(n == 0)
	if n > 0 {
		return
	}
	actions := []fyne.CanvasObject{widgets.NewButton(widgets.ButtonSpec{
		Label: w("contacts.empty.go"), Key: screen.KeyLabel(screen.ActionGoDesk, w), Icon: fynetheme.SearchIcon(),
		Weight: widgets.Primary, OnPress: func() { s.d.Host.Go(screen.Desk) },
	})}
	if p != string(periodAll) {
		actions = append(actions, widgets.NewButton(widgets.ButtonSpec{
			Label: w("contacts.empty.show_all"), Weight: widgets.Bare, OnPress: func() { s.period.Choose(string(periodAll)) },
		}))
	}
	text := w("contacts.empty.text", "key", screen.KeyLabel(screen.ActionLog, w))
	switch period(p) {
	case periodCalls:
		text = w("contacts.empty.calls_text")
	case periodPapers:
		text = w("contacts.empty.papers_text")
	}
	s.empty.Objects = []fyne.CanvasObject{widgets.Empty(fynetheme.ListIcon(), w("contacts.empty."+p), text, actions...)}
	s.empty.Refresh()
}

// save writes the contacts of the period as CSV.
func (s *Screen) save() {
	entries, p := s.entries, period(s.period.Value())
	now := s.d.Clock.Now().In(s.d.Location)
	name, n := fileName(s.words("contacts.file"), p.span(now), now), len(entries)
	write := func(w io.Writer) error { return contacts.WriteCSV(w, entries, s.d.Location) }
	if all := s.papers.all; p == periodPapers {
		name, n = s.papers.fileName(), 0
		for i := range all {
			n += len(all[i].Contacts)
		}
		write = func(w io.Writer) error { return contacts.WritePapersCSV(w, all, s.d.Location) }
	}
	s.saves.Go(func(context.Context) func() {
		path, err := s.d.Save(name, write)
		return func() {
			if err != nil {
				s.d.Host.Fail("export", err)
				return
			}
			s.tellSaved(path, n)
		}
	})
}

func (s *Screen) tellSaved(path string, n int) {
	w := s.words
	s.d.Host.Banner("export", &widgets.BannerSpec{
		Kind: widgets.OK, Title: s.d.Host.Words.Count("contacts.exported", n), Text: path,
		Action: w("contacts.open"), OnAction: func() { s.open(path) },
		Dismiss: w("contacts.close"), OnDismiss: func() { s.d.Host.Banner("export", nil) },
	})
	s.d.Host.Trace("exported", "path", path, "n", n)
}

func (s *Screen) open(path string) {
	s.saves.Go(func(context.Context) func() {
		err := s.d.Host.Open(path)
		return func() {
			if err != nil {
				s.d.Host.Fail("export", app.Fault(app.CodeFile, err, "path", path))
			}
		}
	})
}
