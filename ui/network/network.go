// Package network is the screen of the own authority: its offices and their
// hours, and what a new member completes first.
package network

import (
	"context"
	"strconv"
	"time"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	fynetheme "fyne.io/fyne/v2/theme"

	"polis/app"
	"polis/app/network"
	"polis/app/page"
	"polis/ui/screen"
	"polis/ui/theme"
	"polis/ui/widgets"
)

// Offices are the offices of the own authority. All of it may touch the disk
// and runs in the background; nothing of it waits for the network.
type Offices interface {
	All(ctx context.Context) ([]network.Office, error)
	// May reports that somebody is at work who may edit them.
	May(ctx context.Context) bool
	// Keep stores what is being typed, Discard gives it up.
	Keep(ctx context.Context, typed app.Office) (savedAt time.Time, err error)
	Discard(ctx context.Context, id string) error
	// Save freezes an edit and lets it leave; Undo takes the last one back.
	Save(ctx context.Context, typed app.Office) (network.Office, error)
	Undo(ctx context.Context, id string) (network.Office, error)
	// KeepMine and TakeTheirs decide about an edit that met another one;
	// PutBack takes the latter back.
	KeepMine(ctx context.Context, id string) (network.Office, error)
	TakeTheirs(ctx context.Context, id string) (network.Office, error)
	PutBack(ctx context.Context, e network.Edit) (network.Office, error)
	FirstSteps(ctx context.Context) (network.FirstSteps, error)
	// Dismiss puts the first steps aside.
	Dismiss(ctx context.Context) error
}

// Deps are the screen's needs; those that may be nil say so.
type Deps struct {
	Host     *screen.Host
	Offices  Offices
	Location *time.Location // nil = the computer's
	// State outlives the screen: another language builds the window anew.
	State *State
	// Authority is the own one.
	Authority func() app.Authority
	// Municipality returns ISTAT code and province of a municipality; it runs
	// in the background. May be nil.
	Municipality func(name string) (istat, province string, ok bool)
	// Read opens a sheet at the desk.
	Read func(code string)
	// Demonstration says that nothing is sent.
	Demonstration bool
}

// State is where somebody was; it outlives the screen.
type State struct {
	at     string // the office in front, stepsID for the first steps, "" = not chosen yet
	opened bool   // one of the list was opened: where there is no room for both it shows
	// unsaved is what could not be stored when the screen was left.
	unsaved map[string]app.Office
}

// stepsID stands for the first steps among the offices.
const stepsID = "*"

// Steps lets the screen show the first steps when it comes to the front.
func (s *State) Steps() { s.at, s.opened = stepsID, true }

// Open lets the screen show an office when it comes to the front.
func (s *State) Open(office string) { s.at, s.opened = office, true }

// Screen is the list with what was chosen of it beside.
type Screen struct {
	d       Deps
	root    *fyne.Container
	head    *fyne.Container
	rows    *widgets.Rows
	split   *widgets.Split
	right   *fyne.Container
	loads   *screen.Lane
	visible bool

	ids     []string // of the rows
	offices []network.Office
	steps   network.FirstSteps
	may     bool
	loaded  bool
	front   view              // what is at the right; nil before anything is
	hide    map[string]func() // per office the toast that its edit was saved
}

// view is what the right side shows.
type view interface {
	object() fyne.CanvasObject
	id() string
	// update takes over what has changed and reports whether it could; else it
	// is made anew.
	update(s *Screen) bool
	focus()
	do(a screen.Action) bool
	close()
}

// New builds the screen.
func New(d Deps) *Screen {
	if d.State == nil {
		d.State = &State{}
	}
	if d.Location == nil {
		d.Location = time.Local
	}
	s := &Screen{d: d, loads: screen.NewLane(d.Host.Runner), right: container.New(fillLayout{}), head: widgets.Stack(0), hide: map[string]func(){}}
	s.rows = widgets.NewRows()
	s.rows.OnPress = func(i int) { s.open(i, true) }
	s.split = widgets.NewSplit(s.rows, s.right, 0.34)
	s.split.OnNarrow = func(bool) { s.arrange() }
	s.drawHead()
	s.root = widgets.Frame(widgets.Stack(0, widgets.Pad(3, 4, 2, 4, s.head), widgets.Line()), nil, nil, s.split)
	return s
}

func (s *Screen) words(key string, args ...string) string { return s.d.Host.Words.Text(key, args...) }

// drawHead names the authority.
func (s *Screen) drawHead() {
	a := s.d.Authority()
	under := a.Name
	if a.ID != "" {
		under += " · " + a.ID
	}
	objects := []fyne.CanvasObject{widgets.NewWrapped(widgets.Title, s.words("network.title"))}
	if under != "" {
		objects = append(objects, widgets.NewWrapped(widgets.SecondaryStrong, under))
	}
	objects = append(objects, widgets.NewWrapped(widgets.Secondary, s.words("network.text")))
	if s.d.Demonstration {
		objects = append(objects, widgets.NewWrapped(widgets.Late, s.words("network.demonstration")))
	} else if s.loaded && !s.may {
		objects = append(objects, widgets.NewWrapped(widgets.Late, s.words("network.readonly")))
	}
	s.head.Objects = objects
	s.head.Refresh()
	if s.root != nil {
		s.root.Refresh()
	}
}

// Object implements screen.Screen.
func (s *Screen) Object() fyne.CanvasObject { return s.root }

// Shown implements screen.Screen.
func (s *Screen) Shown() {
	s.visible = true
	if s.front != nil && s.front.id() != s.d.State.at && s.d.State.at != "" {
		s.openID(s.d.State.at)
	}
	s.arrange()
	s.focus()
	s.load()
}

// focus goes to what is in front.
func (s *Screen) focus() {
	c := s.d.Host.Canvas()
	if !s.visible || c == nil || c.Overlays().Top() != nil {
		return
	}
	if s.front != nil && s.d.State.opened {
		s.front.focus()
		return
	}
	c.Focus(s.rows)
}

// Type implements screen.Screen.
func (s *Screen) Type(rune) {}

// Close implements screen.Screen: what was typed is stored before it goes.
func (s *Screen) Close() {
	s.visible = false
	s.loads.Drop()
	if s.front != nil {
		s.front.close()
	}
}

// Do implements screen.Screen.
func (s *Screen) Do(a screen.Action) bool {
	if s.inList() {
		switch a {
		case screen.ActionNext:
			s.move(1)
			return true
		case screen.ActionPrevious:
			s.move(-1)
			return true
		case screen.ActionRead:
			s.open(s.rows.Chosen(), true)
			return true
		}
	}
	if s.front != nil && s.front.do(a) {
		return true
	}
	if a == screen.ActionSearch && s.d.State.opened {
		s.d.State.opened = false
		s.arrange()
		s.focus()
		return true
	}
	return false
}

// inList reports that the keys choose from the list.
func (s *Screen) inList() bool {
	c := s.d.Host.Canvas()
	return c != nil && (c.Focused() == fyne.Focusable(s.rows) || c.Focused() == nil && !s.d.State.opened)
}

// move chooses another row; beside the list it shows at once.
func (s *Screen) move(n int) {
	if s.rows.Len() == 0 {
		return
	}
	s.rows.Choose(s.rows.Chosen() + n)
	s.d.Host.Canvas().Focus(s.rows)
	if !s.split.Narrow() {
		s.open(s.rows.Chosen(), false)
	}
}

// Refresh shows anew what may have changed: the hub answered, or the
// catalogue is newer.
func (s *Screen) Refresh() {
	if s.loaded || s.visible {
		s.load()
	}
}

// load asks for offices and steps; what is shown stays until they are there.
func (s *Screen) load() {
	s.loads.Go(func(ctx context.Context) func() {
		offices, err := s.d.Offices.All(ctx)
		var steps network.FirstSteps
		if err == nil {
			steps, err = s.d.Offices.FirstSteps(ctx)
		}
		may := s.d.Offices.May(ctx)
		return func() {
			if err != nil {
				s.d.Host.Fail(banner, err)
				return
			}
			s.show(offices, steps, may)
			s.d.Host.Trace("network shown", "offices", len(offices), "done", steps.Done, "left", steps.Left)
		}
	})
}

// banner is the screen's message at the top.
const banner = "network"

func (s *Screen) show(offices []network.Office, steps network.FirstSteps, may bool) {
	first := !s.loaded
	s.offices, s.steps, s.may, s.loaded = offices, steps, may, true
	s.hideSaved()
	s.drawHead()
	s.drawRows()
	if s.d.State.at == "" || s.at(s.d.State.at) < 0 {
		s.d.State.at = ""
		if len(s.ids) > 0 {
			s.d.State.at = s.ids[0]
		}
	}
	switch {
	case len(s.ids) == 0:
		s.nothing()
	case s.front == nil || s.front.id() != s.d.State.at || !s.front.update(s):
		s.openID(s.d.State.at)
	}
	if first {
		s.arrange()
		s.focus()
	}
}

// hideSaved takes away that an edit was saved once the network decided
// otherwise: it would promise that nothing is left to do.
func (s *Screen) hideSaved() {
	for id, hide := range s.hide {
		if o := s.office(id); o == nil || o.Edit == nil || o.Edit.State == network.Changed || o.Edit.State == network.Refused {
			hide()
			delete(s.hide, id)
		}
	}
}

// proposed reports that the first steps have a row: for who may take them.
func (s *Screen) proposed() bool {
	return s.may && len(s.offices) > 0 && (s.steps.Joined || s.steps.Left > 0)
}

// drawRows lists the offices; the row that is chosen stays so. Where there is
// no room for both it is not yet the office in front.
func (s *Screen) drawRows() {
	fresh, want := s.rows.Len() == 0, s.d.State.at
	if i := s.rows.Chosen(); i >= 0 && s.split.Narrow() && !s.d.State.opened {
		want = s.ids[i]
	}
	s.ids = nil
	var rows []fyne.CanvasObject
	if s.proposed() {
		s.ids = append(s.ids, stepsID)
		kind := widgets.Info
		if s.steps.Complete() {
			kind = widgets.OK
		}
		badge := widgets.NewBadge(kind, s.progress())
		rows = append(rows, widgets.Stack(0.5, widgets.NewWrapped(widgets.Strong, s.words("network.steps.title")), widgets.Wrap(0, 0, badge)))
	}
	for i := range s.offices {
		s.ids = append(s.ids, s.offices[i].ID)
		rows = append(rows, s.row(&s.offices[i]))
	}
	chosen := max(s.at(want), 0)
	s.rows.Swap(rows, nil, chosen)
	if fresh {
		s.rows.Choose(chosen)
	}
}

func (s *Screen) progress() string {
	n := s.d.Host.Words.Number
	return s.words("network.steps.progress", "n", n(s.steps.Done), "all", n(s.steps.Done+s.steps.Left))
}

func (s *Screen) at(id string) int {
	for i, known := range s.ids {
		if known == id {
			return i
		}
	}
	return -1
}

// row is an office: its name, how its edit stands, when it is open.
func (s *Screen) row(o *network.Office) fyne.CanvasObject {
	words := s.d.Host.Words
	out := widgets.Stack(0.5, widgets.NewWrapped(widgets.Strong, o.Name))
	if badges := s.badges(o); len(badges.Objects) > 0 {
		out.Add(badges)
	}
	days := map[string]bool{}
	for _, h := range o.OpeningHours {
		for _, d := range h.Days {
			days[d] = true
		}
	}
	if len(days) == 0 {
		out.Add(widgets.NewWrapped(widgets.Late, s.words("network.no_hours")))
	} else {
		out.Add(widgets.NewWrapped(widgets.Secondary, words.Count("network.open_days", len(days))))
	}
	return out
}

func (s *Screen) badges(o *network.Office) *fyne.Container {
	badges := widgets.Wrap(1, 0.5)
	if e := o.Edit; e != nil {
		kind := map[network.State]widgets.Kind{
			network.Waiting: widgets.Warn, network.Sent: widgets.OK, network.Changed: widgets.Bad, network.Refused: widgets.Bad,
		}[e.State]
		badges.Add(widgets.NewBadge(kind, s.words("network.state."+string(e.State))))
	}
	if o.Draft != nil {
		badges.Add(widgets.NewBadge(widgets.Neutral, s.words("network.state.draft")))
	}
	return badges
}

// open shows what a row stands for; byHand goes into it.
func (s *Screen) open(i int, byHand bool) {
	if i < 0 || i >= len(s.ids) {
		return
	}
	s.rows.Choose(i)
	if byHand {
		s.d.State.opened = true
	}
	if s.front == nil || s.front.id() != s.ids[i] {
		s.openID(s.ids[i])
	}
	s.arrange()
	if byHand {
		s.focus()
	}
}

// openID makes the right side anew.
func (s *Screen) openID(id string) {
	focused := s.front != nil && s.front.id() == id && s.visible && !s.inList()
	if s.front != nil {
		s.front.close()
		s.front = nil
	}
	s.d.State.at = id
	if i := s.at(id); i >= 0 {
		s.rows.Choose(i)
	}
	if id == stepsID {
		s.put(newSteps(s))
	} else if o := s.office(id); o != nil {
		switch {
		case o.Edit != nil && o.Edit.State == network.Changed:
			s.put(newConflict(s, *o))
		case s.may:
			s.put(newForm(s, *o))
		default:
			s.put(newReading(s, *o))
		}
	}
	if focused {
		s.focus()
	}
}

func (s *Screen) office(id string) *network.Office {
	for i := range s.offices {
		if s.offices[i].ID == id {
			return &s.offices[i]
		}
	}
	return nil
}

func (s *Screen) put(v view) {
	s.front = v
	s.lay(v.object())
}

// lay puts an object at the right, with the way back to the list above it
// where there is no room for both.
func (s *Screen) lay(o fyne.CanvasObject) {
	var top fyne.CanvasObject
	if s.split.Narrow() {
		back := widgets.NewButton(widgets.ButtonSpec{
			Label: s.words("network.back"), Key: screen.KeyLabel(screen.ActionSearch, s.words), Icon: fynetheme.NavigateBackIcon(), Weight: widgets.Bare,
			OnPress: func() { s.Do(screen.ActionSearch) },
		})
		top = widgets.Pad(1, 4, 0, 4, widgets.Row(0, -1, back))
	}
	s.right.Objects = []fyne.CanvasObject{widgets.Frame(top, nil, nil, o)}
	s.right.Refresh()
}

// arrange shows one pane or both.
func (s *Screen) arrange() {
	s.split.ShowSecond(s.d.State.opened)
	if s.front != nil {
		s.lay(s.front.object())
	}
}

// nothing says what to do when the catalogue has no own office.
func (s *Screen) nothing() {
	if s.front != nil {
		s.front.close()
		s.front = nil
	}
	k := theme.Current().Tokens()
	card := widgets.Panel(widgets.Pad(5, 6, 5, 6, widgets.Stack(1,
		widgets.NewWrapped(widgets.Heading, s.words("network.none_title")), widgets.NewWrapped(widgets.Body, s.words("network.none_text")))),
		widgets.Surface{Fill: k.Quiet, Radius: 6})
	reader := widgets.NewReader()
	reader.MaxWidth = 700
	reader.Set([]widgets.Placed{{Piece: widgets.Whole(widgets.Pad(4, 4, 4, 4, card))}})
	s.lay(reader)
}

// work does something in the background and shows what came of it.
func (s *Screen) work(do func(ctx context.Context) error, done func()) {
	s.d.Host.Runner.Go(func() func() {
		err := do(context.Background())
		return func() {
			if err != nil {
				s.d.Host.Fail(banner, err)
			} else {
				s.d.Host.Banner(banner, nil)
				if done != nil {
					done()
				}
			}
			s.Refresh()
		}
	})
}

// moment writes when something was, in two parts.
func (s *Screen) moment(t time.Time) []string {
	t = t.In(s.d.Location)
	return []string{"date", page.Date(app.Day(t), s.d.Host.Words.Lang()), "time", t.Format("15:04")}
}

// hoursText writes the openings of a day.
func (s *Screen) hoursText(hours []app.Hours, day string) string {
	text := ""
	for _, h := range hours {
		for _, d := range h.Days {
			if d == day {
				if text != "" {
					text += ", "
				}
				text += h.Opens + "–" + h.Closes
			}
		}
	}
	if text == "" {
		return s.words("network.hours.closed")
	}
	return text
}

// closureText writes a closure.
func (s *Screen) closureText(c app.Closure) string {
	from, to := page.Date(c.From, s.d.Host.Words.Lang()), page.Date(c.To, s.d.Host.Words.Lang())
	var text string
	switch {
	case c.From == "":
		text = s.words("network.closures.until", "to", to)
	case c.To == "":
		text = s.words("network.closures.since", "from", from)
	default:
		text = s.words("network.closures.span", "from", from, "to", to)
	}
	if c.Reason != "" {
		text += ": " + c.Reason
	}
	return text
}

// kindText names a kind of office.
func (s *Screen) kindText(kind string) string {
	for _, key := range []string{"membership.office.", "network.kind."} {
		if s.d.Host.Words.Has(key + kind) {
			return s.words(key + kind)
		}
	}
	return kind
}

func number(i int) string { return strconv.Itoa(i) }

// fillLayout gives its objects all the room that there is.
type fillLayout struct{}

func (fillLayout) Layout(objects []fyne.CanvasObject, s fyne.Size) {
	for _, o := range objects {
		o.Move(fyne.NewPos(0, 0))
		o.Resize(s)
	}
}

func (fillLayout) MinSize([]fyne.CanvasObject) fyne.Size { return fyne.Size{} }
