// Package help is the screen of the user's guide, the keys, the licences and
// what program this is.
package help

import (
	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	fynetheme "fyne.io/fyne/v2/theme"

	"polis/app/page"
	"polis/ui/screen"
	"polis/ui/widgets"
)

// Deps are the screen's needs.
type Deps struct {
	Host *screen.Host
	// Read returns an embedded file by its path below assets, nil when there
	// is none; Names lists the files of a folder. assets.Read and
	// assets.Names are meant.
	Read    func(name string) []byte
	Names   func(folder string) []string
	Version string
	// State outlives the screen; nil forgets where the reader was.
	State *State
}

// State is which chapter is open.
type State struct{ chapter int }

// Screen shows chapters: their titles at the left, one of them at the right.
type Screen struct {
	d        Deps
	root     *fyne.Container
	rows     *widgets.Rows
	index    *widgets.Button // instead of the titles in a small window
	reader   *widgets.Reader
	chapters []chapter
	licence  string // path of the one that is open
	at       int
}

// New builds the screen.
func New(d Deps) *Screen {
	if d.State == nil {
		d.State = &State{}
	}
	s := &Screen{d: d, reader: widgets.NewReader(), rows: widgets.NewRows()}
	s.chapters = s.guide()
	s.chapters = append(s.chapters, chapter{s.words("help.keys"), s.keys}, chapter{s.words("help.licences"), s.licences},
		chapter{s.words("help.program"), s.program})
	s.reader.MaxWidth = 800
	s.rows.OnPress = s.open
	rows := make([]fyne.CanvasObject, len(s.chapters))
	for i, c := range s.chapters {
		rows[i] = widgets.NewWrapped(widgets.Body, c.title)
	}
	s.rows.Set(rows, 0)
	s.index = widgets.NewButton(widgets.ButtonSpec{Icon: fynetheme.MenuIcon(), OnPress: s.menu})
	title := widgets.Pad(3, 4, 2, 4, widgets.NewWrapped(widgets.Title, s.words("rail.help")))
	s.root = container.New(&bookLayout{}, title, s.index, s.rows, upright(), s.reader)
	s.open(min(d.State.chapter, len(s.chapters)-1))
	return s
}

func (s *Screen) words(key string, args ...string) string { return s.d.Host.Words.Text(key, args...) }

// Object implements screen.Screen.
func (s *Screen) Object() fyne.CanvasObject { return s.root }

// Shown implements screen.Screen.
func (s *Screen) Shown() {
	if s.rows.Visible() {
		s.d.Host.Canvas().Focus(s.rows)
		return
	}
	s.d.Host.Canvas().Focus(s.index)
}

// Type implements screen.Screen; there is nothing to write in.
func (s *Screen) Type(rune) {}

// Close implements screen.Screen.
func (s *Screen) Close() {}

// Do implements screen.Screen: arrows go from chapter to chapter.
func (s *Screen) Do(a screen.Action) bool {
	switch a {
	case screen.ActionNext:
		s.open(s.at + 1)
	case screen.ActionPrevious:
		s.open(s.at - 1)
	case screen.ActionPageDown, screen.ActionRead:
		s.reader.ScrollPage(1)
	case screen.ActionPageUp:
		s.reader.ScrollPage(-1)
	case screen.ActionSearch:
		return s.closeLicence()
	case screen.ActionHelp: // it is here
	default:
		return false
	}
	return true
}

// open shows a chapter, the nearest when there is none of that number.
func (s *Screen) open(i int) {
	s.at = min(max(i, 0), len(s.chapters)-1)
	s.d.State.chapter, s.licence = s.at, ""
	s.rows.Choose(s.at)
	s.index.SetLabel(s.words("help.index", "title", s.chapters[s.at].title))
	s.reader.Set(s.chapters[s.at].pieces())
	s.root.Refresh()
	s.d.Host.Trace("chapter shown", "title", s.chapters[s.at].title)
}

func (s *Screen) menu() {
	items := make([]widgets.MenuItem, len(s.chapters))
	for i, c := range s.chapters {
		items[i] = widgets.MenuItem{Label: c.title, Checked: i == s.at, OnPress: func() {
			s.open(i)
			s.d.Host.Canvas().Focus(s.index)
		}}
	}
	widgets.ShowMenu(s.index, items)
}

// link opens an address of the guide.
func (s *Screen) link(url string) {
	s.d.Host.Runner.Go(func() func() {
		err := s.d.Host.Open(url)
		return func() {
			if err != nil {
				s.d.Host.Fail("help", err)
			}
		}
	})
}

func (s *Screen) prose(blocks []page.Block) []widgets.Placed {
	return widgets.Prose(blocks, widgets.ProseStyle{OnLink: s.link, OnWheel: s.reader.Scrolled})
}
