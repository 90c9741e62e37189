// Package doors is the first screen of a workstation that is not activated:
// with a code it becomes a workstation of the network, without one it can
// ask for its body to join, or be tried with sample sheets.
package doors

import (
	"context"
	"errors"
	"strings"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	fynetheme "fyne.io/fyne/v2/theme"

	"polis/app"
	"polis/ui/screen"
	"polis/ui/theme"
	"polis/ui/widgets"
)

// Deps are the screen's needs; those that may be nil or empty say so.
type Deps struct {
	Host *screen.Host
	// Hub is the address that is proposed; may be empty.
	Hub string
	// Enrol activates the workstation and Demonstrate opens the samples;
	// both run in the background.
	Enrol       func(ctx context.Context, hub, code string, ca []byte) error
	Demonstrate func(ctx context.Context) error
	// Bundled says that there is a catalogue of the network in place of the
	// samples.
	Bundled bool
	// Done is called when one of them went well.
	Done func()
	// Applied is called in its place when the samples were opened to ask for
	// a body to join; nil = that cannot be done here.
	Applied func()
	// SetLanguage switches the window's language; nil = it cannot.
	SetLanguage func(code string)
	// Window is where a file is picked; nil = its path is typed.
	Window fyne.Window
	// State outlives the screen when the language changes.
	State *State
}

// State is what was typed so far.
type State struct {
	form                bool
	hub, code, ca, stop string
	pem, pemOf          string // of the authority of a region that is known from elsewhere, and its address
	touched             bool
}

// Activate lets the screen begin with the form, at a hub that is known with
// the PEM of its own authority; both may be empty.
func (st *State) Activate(hub, ca string) {
	*st = State{form: true, hub: hub, pem: ca, pemOf: strings.TrimRight(hub, "/"), touched: true}
}

// Screen shows the doors or, behind the first one, the form.
type Screen struct {
	d      Deps
	root   *fyne.Container
	reader *widgets.Reader
	stops  []fyne.Focusable
	form   *form
	note   *fyne.Container // progress or error
	enrol  *widgets.Button
	apply  *widgets.Button
	try    *widgets.Button
	lang   *widgets.Choice

	busy   bool
	cancel context.CancelFunc
	closed bool
}

// New builds the screen.
func New(d Deps) *Screen {
	if d.State == nil {
		d.State = &State{}
	}
	if !d.State.touched {
		d.State.hub = d.Hub
	}
	s := &Screen{d: d, reader: widgets.NewReader(), note: widgets.Stack(0)}
	s.root = widgets.Pad(2, 6, 2, 6, widgets.Middle(widest, 0, s.reader))
	s.draw()
	return s
}

func (s *Screen) words(key string, args ...string) string { return s.d.Host.Words.Text(key, args...) }

// draw fills the screen with the doors or the form.
func (s *Screen) draw() {
	s.stops, s.form = nil, nil
	s.note.Objects = nil
	var page *fyne.Container
	if s.d.State.form {
		page = s.formPage()
	} else {
		page = s.doorsPage()
	}
	s.reader.Set([]widgets.Placed{{Piece: widgets.Whole(page)}})
	s.root.Refresh()
}

// head is the title with the choice of the language.
func (s *Screen) head(title, text string) fyne.CanvasObject {
	top := widgets.NewText(widgets.SecondaryStrong, s.words("doors.brand"))
	line := widgets.Row(2, 0, top)
	if s.d.SetLanguage != nil {
		languages := []widgets.Option{{Value: "it", Label: "Italiano"}, {Value: "en", Label: "English"}}
		now := s.d.Host.Words.Lang()
		s.lang = widgets.NewChoice(languages, len(languages), "", func(v string) {
			if v != now && !s.busy {
				s.d.State.stop = "language"
				s.d.SetLanguage(v)
			}
		})
		s.lang.Set(now)
		line.Add(s.lang)
	}
	return widgets.Stack(2.5, line, widgets.NewWrapped(widgets.Title, title), widgets.NewWrapped(widgets.Body, text))
}

func (s *Screen) doorsPage() *fyne.Container {
	w := s.words
	s.enrol = widgets.NewButton(widgets.ButtonSpec{
		Label: w("doors.code.open"), Icon: fynetheme.LoginIcon(), Weight: widgets.Primary, OnPress: s.openForm,
	})
	s.try = widgets.NewButton(widgets.ButtonSpec{
		Label: w(s.trying("open")), Icon: fynetheme.MediaPlayIcon(), OnPress: s.demonstrate,
	})
	doors := container.New(doorsLayout{}, door(fynetheme.ConfirmIcon(), w("doors.code.title"), w("doors.code.text"), s.enrol))
	s.stops = []fyne.Focusable{s.enrol}
	if s.d.Applied != nil {
		s.apply = widgets.NewButton(widgets.ButtonSpec{Label: w("doors.apply.open"), Icon: fynetheme.MailComposeIcon(), OnPress: s.ask})
		s.stops = append(s.stops, s.apply)
		doors.Add(door(fynetheme.MailComposeIcon(), w("doors.apply.title"), w(s.instead("doors.apply.text", "doors.read.apply")), s.apply))
	}
	s.stops = append(s.stops, s.try)
	doors.Add(door(fynetheme.VisibilityIcon(), w(s.trying("title")), w(s.trying("text")), s.try))
	page := widgets.Stack(5, s.head(w("doors.title"), w(s.instead("doors.text", "doors.read.intro"))), doors, s.note)
	s.addLanguage()
	return page
}

// addLanguage puts the choice of the language last: whoever needs it sees
// it, and the keys start with the doors.
func (s *Screen) addLanguage() {
	if s.lang != nil {
		s.stops = append(s.stops, s.lang)
	}
}

func door(icon fyne.Resource, title, text string, button fyne.CanvasObject) fyne.CanvasObject {
	head := widgets.Row(2, 1, widgets.Icon(icon, theme.ColorLink, 24), widgets.NewWrapped(widgets.Heading, title))
	words := widgets.Stack(2.5, head, widgets.NewWrapped(widgets.Body, text))
	k := theme.Current().Tokens()
	return widgets.Panel(
		container.New(doorLayout{}, words, widgets.Row(0, -1, button)),
		widgets.Surface{Fill: k.Quiet, Stroke: k.Line, Radius: 6},
	)
}

// Object implements screen.Screen.
func (s *Screen) Object() fyne.CanvasObject { return s.root }

// Shown implements screen.Screen.
func (s *Screen) Shown() {
	stop := s.d.State.stop
	s.d.State.stop = ""
	switch {
	case stop == "language" && s.lang != nil:
		s.focus(s.lang)
	case s.form != nil:
		s.form.focusFirst()
	default:
		s.focus(s.stops[0])
	}
}

// Type implements screen.Screen.
func (s *Screen) Type(rune) {}

// Close implements screen.Screen.
func (s *Screen) Close() {
	s.closed = true
	if s.cancel != nil {
		s.cancel()
	}
}

// Do implements screen.Screen: arrows go from one stop to the next, Esc
// stops what is under way and goes back to the doors.
func (s *Screen) Do(a screen.Action) bool {
	switch a {
	case screen.ActionNext:
		s.move(1)
	case screen.ActionPrevious:
		s.move(-1)
	case screen.ActionPageDown:
		s.reader.ScrollPage(1)
	case screen.ActionPageUp:
		s.reader.ScrollPage(-1)
	case screen.ActionSearch:
		s.back()
	default:
		return false
	}
	return true
}

func (s *Screen) move(n int) {
	c := s.d.Host.Canvas()
	if c == nil || len(s.stops) == 0 {
		return
	}
	at := -1
	for i, f := range s.stops {
		if c.Focused() == f {
			at = i
		}
	}
	s.focus(s.stops[min(max(at+n, 0), len(s.stops)-1)])
}

// focus gives the focus to a control and brings it in sight.
func (s *Screen) focus(f fyne.Focusable) {
	s.d.Host.Canvas().Focus(f)
	s.reveal(f)
}

// reveal brings a control in sight where the window is small.
func (s *Screen) reveal(f fyne.Focusable) {
	o, ok := f.(fyne.CanvasObject)
	if !ok {
		return
	}
	driver := fyne.CurrentApp().Driver()
	top := driver.AbsolutePositionForObject(o).Y - driver.AbsolutePositionForObject(s.reader).Y
	room := widgets.Space(8)
	switch end := top + o.Size().Height; {
	case top < room:
		s.reader.ScrollTo(s.reader.Offset() + top - 2*room)
	case end > s.reader.Size().Height-room:
		s.reader.ScrollTo(s.reader.Offset() + end - s.reader.Size().Height + 2*room)
	}
}

func (s *Screen) back() {
	switch {
	case s.busy:
		s.cancel()
	case s.form != nil:
		s.form.keep()
		s.d.State.form = false
		s.draw()
		s.Shown()
		s.d.Host.Trace("doors shown")
	}
}

func (s *Screen) openForm() {
	if s.busy {
		return
	}
	s.d.State.form = true
	s.draw()
	s.Shown()
	s.d.Host.Trace("activation shown")
}

// Try goes through the door to the samples, or to the catalogue of the
// network.
func (s *Screen) Try() { s.demonstrate() }

// trying is the key of a word of that door.
func (s *Screen) trying(word string) string {
	return s.instead("doors.try."+word, "doors.read."+word)
}

// instead is the key of what is said of the samples, or of a catalogue.
func (s *Screen) instead(samples, bundled string) string {
	if s.d.Bundled {
		return bundled
	}
	return samples
}

func (s *Screen) demonstrate() {
	s.work(s.words(s.trying("working")), s.d.Demonstrate, s.d.Done)
}

// ask opens the samples with the requests in front.
func (s *Screen) ask() {
	s.work(s.words(s.trying("working")), s.d.Demonstrate, s.d.Applied)
}

// work runs one of the ways in. Esc cancels it; an answer that came
// nevertheless counts, because the workstation is activated then.
func (s *Screen) work(text string, do func(ctx context.Context) error, done func()) {
	if s.busy {
		return
	}
	ctx, cancel := context.WithCancel(context.Background())
	s.busy, s.cancel = true, cancel
	s.setBusy(text)
	s.d.Host.Runner.Go(func() func() {
		err := do(ctx)
		given := ctx.Err() != nil
		return func() {
			cancel()
			s.busy, s.cancel = false, nil
			if s.closed {
				return
			}
			s.finish(err, given, done)
		}
	})
}

func (s *Screen) finish(err error, given bool, done func()) {
	s.enable(true)
	s.say()
	switch {
	case err == nil:
		s.d.Host.Trace("way in found")
		done()
	case given:
		s.Shown()
	default:
		s.fail(err)
	}
}

func (s *Screen) setBusy(text string) {
	s.enable(false)
	stop := widgets.NewButton(widgets.ButtonSpec{
		Label: s.words("doors.cancel"), Key: screen.KeyLabel(screen.ActionSearch, s.words), Weight: widgets.Bare, OnPress: func() { s.back() },
	})
	k := theme.Current().Tokens()
	icon := widgets.Icon(fynetheme.ViewRefreshIcon(), theme.ColorLink, 20)
	row := widgets.Row(2, 1, icon, widgets.NewWrapped(widgets.Strong, text), stop)
	s.say(widgets.Panel(widgets.Pad(2, 3, 2, 3, row), widgets.Surface{Fill: k.BlueTint, Stroke: k.Link, Radius: 6}))
	s.focus(stop)
}

func (s *Screen) enable(on bool) {
	for _, f := range s.stops {
		d, ok := f.(fyne.Disableable)
		switch {
		case !ok:
		case on:
			d.Enable()
		default:
			d.Disable()
		}
	}
}

// fail says what happened and what to do, where the eye is.
func (s *Screen) fail(err error) {
	code := app.ErrorCode(err)
	if bad := new(badCertificate); s.form != nil && errors.As(err, bad) {
		s.d.Host.Trace("doors failed", "code", string(code), "field", "ca")
		s.form.ca.wrong("doors.form.ca_wrong")
		s.focus(s.form.ca.entry)
		return
	}
	message, hint := s.d.Host.Words.Error(err)
	if own := "doors.hint." + string(code); s.d.Host.Words.Has(own) {
		hint = s.words(own) // nothing is stored yet: other things are safe here
	}
	s.d.Host.Log.Error("shown to the operator", "doors", code, "error", err)
	s.say(widgets.NewBanner(widgets.BannerSpec{Kind: widgets.Bad, Title: message, Text: hint}))
	s.d.Host.Trace("doors failed", "code", string(code))
	if s.form != nil {
		s.form.focusFor(code)
		return
	}
	s.Shown()
}

// say shows something below the doors or the form; nothing clears it.
func (s *Screen) say(objects ...fyne.CanvasObject) {
	s.note.Objects = objects
	s.note.Refresh() // what follows something of the same size is laid out too
	s.reader.Relayout()
}
