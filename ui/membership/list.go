package membership

import (
	"context"
	"strconv"

	"fyne.io/fyne/v2"
	fynetheme "fyne.io/fyne/v2/theme"

	"polis/app"
	"polis/app/membership"
	"polis/ui/screen"
	"polis/ui/theme"
	"polis/ui/widgets"
)

// list shows the requests of this workstation, the newest first.
type list struct {
	s       *Screen
	root    *fyne.Container
	notice  *fyne.Container // where the region's address is missing
	rows    *widgets.Rows
	body    *fyne.Container // the rows, or what to do when there are none
	create  *widgets.Button // at the top, where there are some
	first   *widgets.Button // below what the empty list says
	link    *widgets.Button // the region's address, once it is known
	lane    *screen.Lane
	filed   []membership.Filed
	network *membership.Network // nil until it is known
	loaded  bool
}

func newList(s *Screen) *list {
	l := &list{s: s, lane: screen.NewLane(s.d.Host.Runner), notice: widgets.Stack(0), body: widgets.Stack(0)}
	l.rows = widgets.NewRows()
	l.rows.OnPress = l.open
	create := widgets.ButtonSpec{
		Label: s.words("membership.list.new"), Icon: fynetheme.ContentAddIcon(), Weight: widgets.Primary, OnPress: s.create,
	}
	l.create, l.first = widgets.NewButton(create), widgets.NewButton(create)
	l.create.Hide() // until it is known that there are some
	title := widgets.Stack(0, widgets.NewWrapped(widgets.Title, s.words("rail.membership")), widgets.NewWrapped(widgets.Secondary, s.words("membership.list.text")))
	l.link = widgets.NewButton(widgets.ButtonSpec{Label: s.words("membership.network.title"), Icon: fynetheme.SettingsIcon(), OnPress: s.openNetwork})
	l.link.Hide() // an enrolled workstation needs none, and the notice has its own
	head := widgets.Pad(3, 4, 2, 4, widgets.EndsOrUnder(3, title, widgets.Wrap(1, 1, l.link, l.create)))
	l.body = widgets.Overlay()
	l.root = widgets.Frame(widgets.Stack(0, head, l.notice, widgets.Line()), nil, nil, l.body)
	return l
}

// Object implements view.
func (l *list) Object() fyne.CanvasObject { return l.root }

// Shown implements view.
func (l *list) Shown() {
	if l.loaded {
		l.focus()
	}
	l.load()
}

// Close implements view.
func (l *list) Close() { l.lane.Drop() }

// Do implements view.
func (l *list) Do(a screen.Action) bool {
	switch a {
	case screen.ActionNext:
		l.choose(1)
	case screen.ActionPrevious:
		l.choose(-1)
	case screen.ActionRead:
		if l.rows.Chosen() < 0 {
			return false
		}
		l.open(l.rows.Chosen())
	default:
		return false
	}
	return true
}

func (l *list) choose(n int) {
	if l.rows.Len() > 0 {
		l.rows.Choose(l.rows.Chosen() + n)
		l.s.d.Host.Canvas().Focus(l.rows)
	}
}

func (l *list) open(i int) {
	if i < 0 || i >= len(l.filed) {
		return
	}
	l.s.d.State.list = l.filed[i].Request.ID
	l.s.open(l.filed[i])
}

// load asks for the requests; what is shown stays until they are there.
func (l *list) load() {
	s := l.s
	l.lane.Go(func(ctx context.Context) func() {
		filed, err := s.d.Applications.All(ctx)
		network, nerr := s.d.Applications.Network(ctx)
		return func() {
			if err != nil {
				s.d.Host.Fail(banner, err)
				return
			}
			l.network = &network
			if nerr != nil && app.ErrorCode(nerr) != app.CodeNoNetwork {
				s.d.Host.Log.Error("network settings", "error", nerr)
			}
			l.show(filed)
			s.d.Host.Trace("membership requests shown", "n", len(filed))
		}
	})
}

// show draws the requests; once they are there, anew under the hands of who
// is choosing among them.
func (l *list) show(filed []membership.Filed) {
	first, fresh, want := !l.loaded, l.rows.Len() == 0, l.s.d.State.list
	if i := l.rows.Chosen(); i >= 0 {
		want = l.filed[i].Request.ID
	}
	l.filed, l.loaded = filed, true
	chosen := 0
	rows := make([]fyne.CanvasObject, len(filed))
	for i := range filed {
		rows[i] = l.row(&filed[i])
		if filed[i].Request.ID == want {
			chosen = i
		}
	}
	has := l.s.d.Host.Canvas().Focused()
	focused := has == fyne.Focusable(l.rows) || has == fyne.Focusable(l.first)
	l.rows.Swap(rows, nil, chosen)
	l.tellNetwork()
	if len(filed) == 0 {
		l.empty()
	} else {
		l.body.Objects = []fyne.CanvasObject{l.rows}
	}
	widgets.SetVisible(l.create, len(filed) > 0)
	l.root.Refresh()
	if fresh {
		l.rows.Choose(chosen) // it has its place now
	}
	if first || focused {
		l.focus()
	}
}

// focus goes to the requests, or to what makes the first one.
func (l *list) focus() {
	if !l.s.visible {
		return
	}
	if len(l.filed) > 0 {
		l.s.d.Host.Canvas().Focus(l.rows)
		return
	}
	l.s.d.Host.Canvas().Focus(l.first)
}

// empty says what this is for and how it goes.
func (l *list) empty() {
	w := l.s.words
	steps := widgets.Stack(1)
	for i, key := range []string{"one", "two", "three", "four"} {
		number := widgets.NewText(widgets.Section, strconv.Itoa(i+1))
		steps.Add(widgets.Lead(number, widgets.NewWrapped(widgets.Body, w("membership.list.step."+key))))
	}
	k := theme.Current().Tokens()
	card := widgets.Panel(widgets.Pad(5, 6, 5, 6, widgets.Stack(2.5,
		widgets.NewWrapped(widgets.Heading, w("membership.list.empty_title")),
		widgets.NewWrapped(widgets.Body, w("membership.list.empty_text")), steps, widgets.Wrap(0, 0, l.first))), widgets.Surface{Fill: k.Quiet, Radius: 6})
	reader := widgets.NewReader()
	reader.Set([]widgets.Placed{{Piece: widgets.Whole(widgets.Pad(4, 4, 4, 0, card))}})
	reader.MaxWidth = 760
	l.body.Objects = []fyne.CanvasObject{widgets.Pad(0, 0, 0, 4, reader)}
}

// tellNetwork asks for the region's address where it is missing.
func (l *list) tellNetwork() {
	l.notice.Objects = nil
	widgets.SetVisible(l.link, l.network != nil && l.network.Hub != "" && !l.s.d.Enrolled)
	if n := l.network; n != nil && n.Hub == "" && !l.s.d.Enrolled {
		w := l.s.words
		l.notice.Objects = []fyne.CanvasObject{widgets.Pad(0, 4, 2, 4, widgets.NewBanner(widgets.BannerSpec{
			Kind: widgets.Info, Title: w("membership.list.no_network"), Text: w("membership.list.no_network_text"),
			Action: w("membership.list.set_network"), OnAction: l.s.openNetwork,
		}))}
	}
}

// row is a request: whose, how it stands, what comes next.
func (l *list) row(f *membership.Filed) fyne.CanvasObject {
	s := l.s
	badges := widgets.Wrap(1, 0.5)
	if s.memory.News(f) != nil {
		badges.Add(widgets.NewBadge(widgets.Info, s.words("membership.list.news")))
	}
	badges.Add(s.badge(f))
	title := widgets.NewWrapped(widgets.Strong, s.name(f))
	out := widgets.Stack(0.5, widgets.EndsOrUnder(2, title, badges), widgets.NewWrapped(widgets.Secondary, s.line(f)), widgets.NewWrapped(widgets.Body, s.next(f)))
	if r := s.reminder(f); r != "" {
		out.Add(widgets.NewWrapped(widgets.Late, r))
	}
	if f.Problem != "" {
		message, _ := s.problem(f)
		out.Add(widgets.NewWrapped(widgets.Wrong, message))
	}
	return out
}
