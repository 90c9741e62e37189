// Package settings is the screen of what the operator may choose, language
// and look, and of how the workstation is.
package settings

import (
	"slices"
	"strconv"
	"time"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	fynetheme "fyne.io/fyne/v2/theme"

	"polis/app/exchange"
	"polis/app/printing"
	"polis/ui/handover"
	"polis/ui/screen"
	"polis/ui/widgets"
)

// Deps are the screen's needs; those that may be nil or empty say so.
type Deps struct {
	Host     *screen.Host
	Location *time.Location // nil = the computer's
	// State outlives the screen: a choice builds the window anew.
	State *State

	Language    string // "it" or "en"
	SetLanguage func(code string)
	// Look is one of Looks: "light", "dark", "contrast", "system".
	Look    string
	Looks   []string
	SetLook func(look string)
	Scale   int // in percent
	// SetScale is told one of Scales.
	SetScale func(percent int)

	// Exchange is nil in the demonstration; the three below then stay unused.
	Exchange Exchange
	// PickOpen and PickSave let the operator choose a file, the second with a
	// name to begin with.
	PickOpen func(do func(path string))
	PickSave func(name string, do func(path string))
	// Import reads a bundle and tells what came of it.
	Import func(path string)
	// Authority and Office name a public body and an office, "" when the
	// catalogue does not know them.
	Authority, Office func(id string) string
	// Reading is the catalogue of the network that the demonstration shows, nil
	// for the samples; Keeps says that Import keeps one for it.
	Reading *exchange.Reading
	Keeps   bool
	// Activate leads to the doors; nil = this is not the place for it.
	Activate func()

	// Press and Hand are nil where nothing can be printed.
	Press *printing.Press
	Hand  *handover.Hand

	// Staff is nil in the demonstration.
	Staff *Staff

	DataFolder string
	SaveFolder string
	Version    string
}

// State is where the operator was.
type State struct{ stop string }

// Scales lists the sizes of text that are offered, in percent.
func Scales() []int { return []int{100, 110, 125, 150, 175, 200} }

// Screen shows the settings.
type Screen struct {
	d        Deps
	root     fyne.CanvasObject
	reader   *widgets.Reader
	cards    *fyne.Container
	stops    []stop // those of refused items and printers stand between, see order
	station  *station
	refused  *refused  // nil without an exchange
	printers *printers // nil where nothing can be printed
	staff    *staff
}

// stop is a control that can have the focus.
type stop struct {
	name   string
	widget fyne.Focusable
	object fyne.CanvasObject
}

// New builds the screen.
func New(d Deps) *Screen {
	if d.Location == nil {
		d.Location = time.Local
	}
	if d.State == nil {
		d.State = &State{}
	}
	s := &Screen{d: d, reader: widgets.NewReader()}
	s.reader.MaxWidth = 1160
	// How it is and what goes and comes at the left, what people choose at
	// the right; the controls are reached in this order.
	s.station = newStation(s)
	left := widgets.Stack(3, s.station.object)
	if s.d.Exchange != nil {
		s.refused = newRefused(s)
		left.Add(s.refused.object)
		left.Add(s.way())
	}
	right := widgets.Stack(3, s.look(), s.folders())
	if d.Press != nil && d.Hand != nil {
		s.printers = newPrinters(s)
		right.Add(s.printers.object)
	}
	right.Add(s.program())
	if d.Staff != nil { // its controls come and go: they are the last
		s.staff = newStaff(s)
		right.Add(s.staff.object)
	}
	s.cards = widgets.Pad(0, 4, 5, 0, container.New(twoLayout{}, left, right))
	s.reader.Set([]widgets.Placed{{Piece: widgets.Whole(s.cards)}})
	title := widgets.Pad(3, 4, 2.5, 4, widgets.NewWrapped(widgets.Title, s.words("rail.settings")))
	s.root = widgets.Frame(title, nil, nil, widgets.Pad(0, 0, 0, 4, s.reader))
	s.Update()
	return s
}

func (s *Screen) words(key string, args ...string) string { return s.d.Host.Words.Text(key, args...) }

func (s *Screen) addStop(name string, w fyne.Focusable) {
	s.stops = append(s.stops, stopOf(name, w)...)
}

func stopOf(name string, w fyne.Focusable) []stop {
	if o, ok := w.(fyne.CanvasObject); ok {
		return []stop{{name, w, o}}
	}
	return nil
}

// Object implements screen.Screen.
func (s *Screen) Object() fyne.CanvasObject { return s.root }

// Shown implements screen.Screen: the focus is where it was.
func (s *Screen) Shown() {
	s.Update()
	if s.staff != nil {
		s.staff.load()
	}
	if s.printers != nil {
		s.printers.load()
	}
	all := s.order()
	at := max(slices.IndexFunc(all, func(st stop) bool { return st.name == s.d.State.stop }), 0)
	s.d.State.stop = ""
	s.focus(all[at])
}

// order lists the controls as the eye meets them.
func (s *Screen) order() []stop {
	all := slices.Clone(s.stops)
	if p := s.printers; p != nil { // the later ones first
		all = slices.Insert(all, p.before, p.stops...)
	}
	if r := s.refused; r != nil {
		all = slices.Insert(all, r.before, r.stops...)
	}
	return all
}

// Refresh tells the state of the workstation again.
func (s *Screen) Refresh() {
	s.Update()
	if s.staff != nil {
		s.staff.load()
	}
}

// Type implements screen.Screen; there is nothing to write in.
func (s *Screen) Type(rune) {}

// Close implements screen.Screen.
func (s *Screen) Close() {
	if s.printers != nil {
		s.printers.lane.Drop()
	}
	if s.staff != nil {
		s.staff.lane.Drop()
		s.staff.closed = true
	}
}

// Do implements screen.Screen: the arrows go from one control to the next.
func (s *Screen) Do(a screen.Action) bool {
	switch a {
	case screen.ActionNext:
		s.step(1)
	case screen.ActionPrevious:
		s.step(-1)
	case screen.ActionPageDown:
		s.reader.ScrollPage(1)
	case screen.ActionPageUp:
		s.reader.ScrollPage(-1)
	default:
		return false
	}
	return true
}

// step gives the focus to the next control that can be seen.
func (s *Screen) step(by int) {
	all := s.order()
	for i := s.at(all) + by; i >= 0 && i < len(all); i += by {
		if all[i].object.Visible() {
			s.focus(all[i])
			return
		}
	}
}

// at returns which of the controls has the focus, -1 for none.
func (s *Screen) at(stops []stop) int {
	c := s.d.Host.Canvas()
	if c == nil {
		return -1
	}
	f := c.Focused()
	return slices.IndexFunc(stops, func(st stop) bool { return f != nil && st.widget == f })
}

// hold takes the focus from a control that can no more be seen, because keys
// that it gets are lost, to the first that is left of its card: never to one
// that sets something aside.
func (s *Screen) hold(before []stop) {
	i := s.at(before)
	all := s.order()
	if j := s.at(all); i < 0 || (j >= 0 && all[j].object.Visible()) {
		return
	}
	if r := s.refused; r != nil && i >= r.before && len(r.stops) > 0 {
		s.focus(r.stops[0])
		return
	}
	s.focus(all[0])
}

// focused returns which of the lasting controls has the focus, -1 for none.
func (s *Screen) focused() int { return s.at(s.stops) }

// stopAt gives the focus to one of the lasting controls.
func (s *Screen) stopAt(i int) { s.focus(s.stops[min(max(i, 0), len(s.stops)-1)]) }

// focus gives the focus to a control that is in sight or brings it there.
func (s *Screen) focus(to stop) {
	s.d.Host.Canvas().Focus(to.widget)
	driver := fyne.CurrentApp().Driver()
	o := to.object
	top := driver.AbsolutePositionForObject(o).Y - driver.AbsolutePositionForObject(s.reader).Y
	room := widgets.Space(4)
	switch end := top + o.Size().Height; {
	case top < room:
		s.reader.ScrollTo(s.reader.Offset() + top - 4*room)
	case end > s.reader.Size().Height-room:
		s.reader.ScrollTo(s.reader.Offset() + end - s.reader.Size().Height + 4*room)
	}
}

// chosen remembers the control before the window builds itself anew.
func (s *Screen) chosen(name string, tell func()) {
	s.d.State.stop = name
	tell()
}

// look is the card of what changes at once.
func (s *Screen) look() fyne.CanvasObject {
	languages := []widgets.Option{{Value: "it", Label: "Italiano"}, {Value: "en", Label: "English"}}
	looks := make([]widgets.Option, 0, len(s.d.Looks))
	for _, l := range s.d.Looks {
		looks = append(looks, widgets.Option{Value: l, Label: s.words("settings.look." + l)})
	}
	sizes := make([]widgets.Option, 0, len(Scales()))
	for _, n := range Scales() {
		sizes = append(sizes, widgets.Option{Value: strconv.Itoa(n), Label: s.words("settings.percent", "n", strconv.Itoa(n))})
	}
	return card(
		s.words("settings.look"),
		s.choice("language", languages, s.d.Language, s.d.SetLanguage),
		s.choice("look_of", looks, s.d.Look, s.d.SetLook),
		s.choice("scale", sizes, strconv.Itoa(s.d.Scale), func(v string) {
			if n, err := strconv.Atoi(v); err == nil {
				s.d.SetScale(n)
			}
		}),
		widgets.NewWrapped(widgets.Secondary, s.words("settings.at_once")),
	)
}

// choice is a labelled choice; one that is not in the list is shown as the
// first and changes nothing.
func (s *Screen) choice(name string, options []widgets.Option, value string, set func(string)) fyne.CanvasObject {
	c := widgets.NewChoice(options, len(options), s.words("choice.other"), func(v string) {
		if v != value {
			s.chosen(name, func() { set(v) })
		}
	})
	if slices.ContainsFunc(options, func(o widgets.Option) bool { return o.Value == value }) {
		c.Set(value)
	}
	s.addStop(name, c)
	fitted := container.New(choiceLayout{c, len(options)}, c)
	return widgets.Stack(0.25, widgets.NewText(widgets.SecondaryStrong, s.words("settings."+name)), fitted)
}

// folders is the card of where things are.
func (s *Screen) folders() fyne.CanvasObject {
	rows := []fyne.CanvasObject{}
	add := func(name, path string) {
		if path == "" {
			return
		}
		open := widgets.NewButton(widgets.ButtonSpec{
			Label: s.words("settings.open"), Icon: fynetheme.FolderOpenIcon(), OnPress: func() { s.open(path) },
		})
		s.addStop(name, open)
		text := widgets.Stack(0, widgets.NewText(widgets.SecondaryStrong, s.words("settings."+name)), widgets.NewWrapped(widgets.Body, path))
		rows = append(rows, widgets.Row(2, 0, text, open))
	}
	add("data_folder", s.d.DataFolder)
	add("save_folder", s.d.SaveFolder)
	return card(s.words("settings.folders"), rows...)
}

func (s *Screen) open(path string) {
	s.d.Host.Runner.Go(func() func() {
		err := s.d.Host.Open(path)
		return func() {
			if err != nil {
				s.d.Host.Fail("settings", err)
				return
			}
			s.d.Host.Banner("settings", nil)
		}
	})
}

func (s *Screen) program() fyne.CanvasObject {
	return card(
		s.words("settings.program"),
		pair(s.words("settings.version"), widgets.NewWrapped(widgets.Body, s.d.Version)),
		widgets.NewWrapped(widgets.Secondary, s.words("settings.program_text", "key", screen.KeyLabel(screen.ActionHelp, s.words))),
	)
}
