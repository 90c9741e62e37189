package settings

import (
	"context"
	"slices"
	"strconv"
	"strings"
	"time"

	"fyne.io/fyne/v2"
	fynetheme "fyne.io/fyne/v2/theme"

	"polis/app"
	"polis/app/operators"
	"polis/app/page"
	"polis/ui/screen"
	"polis/ui/widgets"
)

// Staff is who works at this workstation and what a responsabile may change.
type Staff struct {
	Operators *operators.Operators
	// Offices lists the offices of a public body; may be nil.
	Offices func(authority string) []app.Office
	// Claimed is told who took the first password.
	Claimed func(operators.Person)
	// AutoLock is after how many minutes the login shows, 0 for never.
	AutoLock    int
	SetAutoLock func(minutes int)
}

// staff is the card "Operatori e postazioni".
type staff struct {
	s      *Screen
	object fyne.CanvasObject
	body   *fyne.Container
	lane   *screen.Lane
	base   int // controls of the other cards
	now    roster
	closed bool
	at     string // where the focus was
}

// roster is what the card shows.
type roster struct {
	me       operators.Person
	home     operators.Home
	logged   bool // me has logged in
	manages  bool
	required bool
	people   []operators.Person
	stations []operators.Workstation
}

func newStaff(s *Screen) *staff {
	st := &staff{s: s, body: widgets.Stack(3), lane: screen.NewLane(s.d.Host.Runner), base: len(s.stops)}
	st.object = card(s.words("staff.title"), st.body)
	return st
}

// load asks anew who there is.
func (st *staff) load() {
	o := st.s.d.Staff.Operators
	st.lane.Go(func(ctx context.Context) func() {
		r, err := read(ctx, o)
		return func() {
			if err != nil {
				st.s.d.Host.Fail("staff", err)
				return
			}
			st.now = r
			st.draw()
			st.s.d.Host.Trace("staff shown", "people", len(r.people), "stations", len(r.stations))
		}
	})
}

func read(ctx context.Context, o *operators.Operators) (r roster, err error) {
	if r.home, err = o.Home(ctx); err != nil {
		return r, err
	}
	if r.me, err = o.AtWork(ctx); err != nil {
		return r, err
	}
	if r.manages, err = o.MayManage(ctx); err != nil {
		return r, err
	}
	if r.required, err = o.Required(ctx); err != nil {
		return r, err
	}
	_, r.logged = o.Current()
	if r.people, err = o.People(ctx); err != nil {
		return r, err
	}
	r.stations, err = o.Workstations(ctx)
	return r, err
}

// draw fills the card; the focus stays at the control of the same name.
func (st *staff) draw() {
	s := st.s
	st.remember()
	s.stops = s.stops[:st.base]
	var rows []fyne.CanvasObject
	switch {
	case !st.now.logged && !st.now.required:
		rows = st.unprotected()
	case st.now.manages:
		rows = append(st.mine(), st.manager()...)
	default:
		rows = append(st.mine(), st.whoManages())
	}
	st.body.Objects = rows
	st.body.Refresh()
	s.cards.Refresh()
	s.reader.Relayout()
	if s.d.Host.Canvas().Overlays().Top() == nil {
		st.refocus()
	}
}

// remember notes which control of the card has the focus: the card is drawn
// anew and dialogs lie over it.
func (st *staff) remember() {
	if i := st.s.focused(); i >= st.base {
		st.at = st.s.stops[i].name
	}
}

// refocus gives the focus back to where it was in the card, once.
func (st *staff) refocus() {
	if st.at == "" {
		return
	}
	i := slices.IndexFunc(st.s.stops, func(p stop) bool { return p.name == st.at })
	if i < 0 {
		i = len(st.s.stops) - 1
	}
	st.at = ""
	st.s.stopAt(i)
}

func (st *staff) button(name, label string, icon fyne.Resource, do func()) *widgets.Button {
	b := widgets.NewButton(widgets.ButtonSpec{Label: label, Icon: icon, OnPress: do})
	st.s.addStop("staff."+name, b)
	return b
}

// menuButton opens the list of what can be done with a line.
func (st *staff) menuButton(name string, items func() []widgets.MenuItem) *widgets.Button {
	var b *widgets.Button
	b = widgets.NewButton(widgets.ButtonSpec{
		Label: st.s.words("staff.change"), Icon: fynetheme.MenuDropDownIcon(), IconLast: true, Small: true,
		OnPress: func() { widgets.ShowMenu(b, items()) },
	})
	st.s.addStop("staff."+name, b)
	return b
}

// unprotected is what an office without passwords sees.
func (st *staff) unprotected() []fyne.CanvasObject {
	w := st.s.words
	rows := []fyne.CanvasObject{
		st.s.station.headline(dotWaiting, widgets.Strong, w("staff.open")),
		widgets.NewWrapped(widgets.Body, w("staff.open_text")),
	}
	if st.now.manages {
		rows = append(rows, flush(st.button("claim", w("staff.claim"), fynetheme.AccountIcon(), st.claim)))
	} else {
		rows = append(rows, widgets.NewWrapped(widgets.Secondary, w("staff.open_ask")))
	}
	return rows
}

// mine is what everybody may do.
func (st *staff) mine() []fyne.CanvasObject {
	w, s := st.s.words, st.s
	me := widgets.Stack(0, widgets.NewWrapped(widgets.Strong, st.name(st.now.me)), widgets.NewWrapped(widgets.Secondary, st.place(st.now.me)))
	rows := []fyne.CanvasObject{me}
	if st.now.logged {
		rows = append(rows, flush(st.button("password", w("staff.password"), fynetheme.LoginIcon(), st.changePassword)))
	}
	options := []widgets.Option{}
	for _, n := range []string{"5", "10", "20", "30"} {
		options = append(options, widgets.Option{Value: n, Label: w("staff.minutes", "n", n)})
	}
	options = append(options, widgets.Option{Value: "0", Label: w("staff.never")})
	c := widgets.NewChoice(options, len(options), w("choice.other"), func(v string) {
		for i, o := range options {
			if o.Value == v {
				s.d.Staff.AutoLock = []int{5, 10, 20, 30, 0}[i]
				s.d.Staff.SetAutoLock(s.d.Staff.AutoLock)
			}
		}
	})
	c.Set(strconv.Itoa(s.d.Staff.AutoLock))
	s.addStop("staff.autolock", c)
	lock := widgets.Stack(0.25, widgets.NewText(widgets.SecondaryStrong, w("staff.autolock")), fitted(c, len(options)))
	return append(rows, lock)
}

// whoManages tells the others whom to ask.
func (st *staff) whoManages() fyne.CanvasObject {
	var names []string
	for _, p := range st.now.people {
		if p.Active && p.Manages() && p.Name != "" {
			names = append(names, p.Name)
		}
	}
	if len(names) == 0 {
		return widgets.NewWrapped(widgets.Secondary, st.s.words("staff.managed"))
	}
	return widgets.NewWrapped(widgets.Secondary, st.s.words("staff.managed_by", "names", strings.Join(names, ", ")))
}

// manager lists operators and workstations, with what can be done.
func (st *staff) manager() []fyne.CanvasObject {
	w := st.s.words
	rows := []fyne.CanvasObject{widgets.Line(), widgets.NewWrapped(widgets.Heading, w("staff.people"))}
	for _, p := range st.now.people {
		rows = append(rows, st.personRow(p))
	}
	rows = append(rows, flush(st.button("add", w("staff.add"), fynetheme.ContentAddIcon(), st.add)))
	rows = append(rows, widgets.Line(), widgets.NewWrapped(widgets.Heading, w("staff.stations")))
	for _, d := range st.now.stations {
		rows = append(rows, st.stationRow(d))
	}
	return append(rows, flush(st.button("code", w("staff.code"), fynetheme.ComputerIcon(), st.code)))
}

func (st *staff) personRow(p operators.Person) fyne.CanvasObject {
	w := st.s.words
	line := []fyne.CanvasObject{widgets.NewWrapped(widgets.Strong, st.name(p)), widgets.NewWrapped(widgets.Secondary, st.place(p))}
	switch {
	case !p.Active:
		line = append(line, widgets.NewWrapped(widgets.Wrong, w("staff.inactive")))
	case !p.HasPassword():
		line = append(line, widgets.NewWrapped(widgets.Late, w("staff.no_password")))
	case p.MustChange:
		line = append(line, widgets.NewWrapped(widgets.Late, w("staff.must_change")))
	}
	if p.ID == st.now.me.ID { // nobody shuts the own door
		return widgets.Row(2, 0, widgets.Stack(0, line...), widgets.NewText(widgets.Secondary, w("staff.you")))
	}
	return widgets.Row(2, 0, widgets.Stack(0, line...), st.menuButton("person."+p.ID, func() []widgets.MenuItem { return st.personMenu(p) }))
}

func (st *staff) stationRow(d operators.Workstation) fyne.CanvasObject {
	w := st.s.words
	line := []fyne.CanvasObject{widgets.NewWrapped(widgets.Strong, st.deviceName(d)), widgets.NewWrapped(widgets.Secondary, st.office(d.Office)+" · "+w("staff.since", "date", page.Date(app.Day(d.EnrolledAt.In(st.s.d.Location)), st.s.d.Host.Words.Lang())))}
	if d.RevokedAt != nil {
		line = append(line, widgets.NewWrapped(widgets.Wrong, w("staff.revoked", "date", page.Date(app.Day(d.RevokedAt.In(st.s.d.Location)), st.s.d.Host.Words.Lang()))))
		return widgets.Stack(0, line...)
	}
	if d.Own {
		line = append(line, widgets.NewWrapped(widgets.Good, w("staff.this")))
	}
	return widgets.Row(2, 0, widgets.Stack(0, line...), st.menuButton("station."+d.ID, func() []widgets.MenuItem { return st.stationMenu(d) }))
}

func (st *staff) name(p operators.Person) string {
	if p.Name != "" {
		return p.Name
	}
	return st.s.words("staff.nameless", "id", tail(p.ID))
}

func (st *staff) deviceName(d operators.Workstation) string {
	if d.Name != "" {
		return d.Name
	}
	return st.s.words("staff.station", "id", tail(d.ID))
}

// tail is enough of an identifier to tell it from others.
func tail(id string) string { return id[max(len(id)-4, 0):] }

func (st *staff) place(p operators.Person) string {
	return st.s.words("role."+p.Role) + " · " + st.office(p.Office)
}

func (st *staff) office(id string) string {
	if id == "" {
		return st.s.words("staff.every_office")
	}
	return named(id, st.s.d.Office)
}

// when writes a time of the near future.
func (st *staff) when(t time.Time) string { return st.s.station.when(t) }
