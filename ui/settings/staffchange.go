package settings

import (
	"context"
	"time"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"

	"polis/app/operators"
	"polis/ui/widgets"
)

func fitted(c *widgets.Choice, n int) fyne.CanvasObject { return container.New(choiceLayout{c, n}, c) }

// input is a labelled entry of a dialog.
type input struct {
	entry  *widgets.Entry
	object fyne.CanvasObject
}

func (st *staff) input(key string, hidden bool) *input {
	i := &input{entry: widgets.NewEntry("", nil)}
	i.entry.Password = hidden
	i.object = widgets.Stack(0.25, widgets.NewWrapped(widgets.Strong, st.s.words(key)), i.entry.Boxed())
	return i
}

// form is a dialog that stays until what it asks for was done: what goes
// wrong is told in it.
type form struct {
	st     *staff
	dialog *widgets.Dialog
	note   *fyne.Container
	busy   bool
	done   bool
}

// ask opens a form; do runs in the background, then is told afterwards.
// check may refuse with the key of a sentence.
func (st *staff) ask(title, accept string, first fyne.Focusable, body []fyne.CanvasObject, check func() string, do func(ctx context.Context) error, then func()) {
	f := &form{st: st, note: widgets.Stack(0.5)}
	w := st.s.words
	st.remember()
	content := widgets.Stack(2.5, append(body, f.note)...)
	spec := widgets.DialogSpec{Title: title, Body: content, Accept: accept, Cancel: w("staff.cancel"), First: first, Width: 500}
	spec.OnAccept = func() bool {
		if f.done || f.busy {
			return f.done
		}
		if key := check(); key != "" {
			f.say(widgets.NewWrapped(widgets.Wrong, w(key)))
			return false
		}
		f.run(do, then)
		return false
	}
	spec.OnClosed = st.refocus
	f.dialog = widgets.ShowDialog(st.s.d.Host.Canvas(), spec)
}

func (f *form) run(do func(ctx context.Context) error, then func()) {
	f.busy = true
	f.say(widgets.NewWrapped(widgets.Secondary, f.st.s.words("staff.working")))
	host := f.st.s.d.Host
	host.Runner.Go(func() func() {
		err := do(context.Background())
		return func() {
			f.busy = false
			if f.st.closed { // a password must not appear over the login
				return
			}
			if err != nil {
				message, hint := host.Words.Error(err)
				host.Log.Error("shown to the operator", "form", "staff", "error", err)
				f.say(widgets.NewWrapped(widgets.Wrong, message), widgets.NewWrapped(widgets.Secondary, hint))
				host.Trace("staff failed", "text", message)
				return
			}
			f.done = true
			f.dialog.Accept()
			f.st.load()
			host.Trace("staff changed")
			then()
		}
	})
}

func (f *form) say(objects ...fyne.CanvasObject) {
	f.note.Objects = objects
	f.note.Refresh()
	if f.dialog != nil {
		f.dialog.Refresh()
	}
}

func nothing() string { return "" }

// same refuses two entries that differ.
func same(a, b *input) func() string {
	return func() string {
		if a.entry.Text != b.entry.Text {
			return "login.differ"
		}
		return ""
	}
}

// claim gives the first responsabile a name and a password.
func (st *staff) claim() {
	name, fresh, again := st.input("staff.your_name", false), st.input("login.fresh", true), st.input("login.again", true)
	text := widgets.NewWrapped(widgets.Body, st.s.words("staff.claim_text"))
	var p operators.Person
	st.ask(st.s.words("staff.claim"), st.s.words("staff.claim_do"), name.entry, []fyne.CanvasObject{text, name.object, fresh.object, again.object}, same(fresh, again),
		func(ctx context.Context) (err error) {
			p, err = st.s.d.Staff.Operators.Claim(ctx, name.entry.Text, fresh.entry.Text)
			return err
		}, func() { st.s.d.Staff.Claimed(p) })
}

func (st *staff) changePassword() {
	old, fresh, again := st.input("staff.old", true), st.input("login.fresh", true), st.input("login.again", true)
	st.ask(st.s.words("staff.password"), st.s.words("login.save"), old.entry, []fyne.CanvasObject{old.object, fresh.object, again.object}, same(fresh, again),
		func(ctx context.Context) error {
			return st.s.d.Staff.Operators.ChangePassword(ctx, old.entry.Text, fresh.entry.Text)
		}, func() { st.s.d.Host.Toast(st.s.words("staff.password_done"), nil) })
}

// add asks for a new operator and shows the temporary password once.
func (st *staff) add() {
	w := st.s.words
	name := st.input("staff.name", false)
	role, office := operators.Roles()[0], st.now.home.Office
	body := []fyne.CanvasObject{
		name.object,
		st.picker("staff.role", st.roles(), role, func(v string) { role = v }),
		st.picker("staff.office", st.offices(), office, func(v string) { office = v }),
		widgets.NewWrapped(widgets.Secondary, w("staff.add_text")),
	}
	var password string
	st.ask(w("staff.add"), w("staff.add_do"), name.entry, body, nothing, func(ctx context.Context) (err error) {
		_, password, err = st.s.d.Staff.Operators.Create(ctx, operators.NewPerson{Name: name.entry.Text, Office: office, Role: role})
		return err
	}, func() { st.show(w("staff.temporary"), password, w("staff.temporary_text")) })
}

// show puts something to copy by hand large on the screen.
func (st *staff) show(title, large, text string) {
	w := st.s.words
	st.remember()
	body := widgets.Stack(2.5, widgets.NewCentred(widgets.Figure, large), widgets.NewWrapped(widgets.Body, text))
	widgets.ShowDialog(st.s.d.Host.Canvas(), widgets.DialogSpec{
		Title: title, Body: body, Accept: w("staff.noted"), Width: 560, OnClosed: st.refocus,
	})
	st.s.d.Host.Trace("shown once")
}

// picker is a choice in a dialog: a labelled button with its list.
func (st *staff) picker(key string, options []widgets.Option, value string, set func(string)) fyne.CanvasObject {
	c := widgets.NewChoice(options, min(len(options), 3), st.s.words("choice.other"), set)
	c.Set(value)
	return widgets.Stack(0.25, widgets.NewWrapped(widgets.Strong, st.s.words(key)), fitted(c, min(len(options), 3)))
}

func (st *staff) roles() []widgets.Option {
	var out []widgets.Option
	for _, r := range operators.Roles() {
		out = append(out, widgets.Option{Value: r, Label: st.s.words("role." + r)})
	}
	return out
}

// offices offers the own office first, then all of them, then the others.
func (st *staff) offices() []widgets.Option {
	var out []widgets.Option
	own := st.now.home.Office
	if own != "" {
		out = append(out, widgets.Option{Value: own, Label: st.office(own)})
	}
	out = append(out, widgets.Option{Value: "", Label: st.s.words("staff.every_office")})
	if st.s.d.Staff.Offices != nil {
		for _, o := range st.s.d.Staff.Offices(st.now.home.Authority) {
			if o.ID != own {
				out = append(out, widgets.Option{Value: o.ID, Label: st.office(o.ID)})
			}
		}
	}
	return out
}

// change does something at once and says so.
func (st *staff) change(done string, do func(ctx context.Context, o *operators.Operators) error) {
	host := st.s.d.Host
	host.Runner.Go(func() func() {
		err := do(context.Background(), st.s.d.Staff.Operators)
		return func() {
			if st.closed {
				return
			}
			if err != nil {
				host.Fail("staff", err)
				return
			}
			host.Banner("staff", nil)
			host.Toast(st.s.words(done), nil)
			st.load()
			host.Trace("staff changed")
		}
	})
}

func (st *staff) personMenu(p operators.Person) []widgets.MenuItem {
	w := st.s.words
	items := []widgets.MenuItem{
		{Label: w("staff.rename"), OnPress: func() { st.rename(p) }},
		{Label: w("staff.reset"), OnPress: func() { st.reset(p) }},
		{Label: w("staff.set_office"), OnPress: func() { st.setOffice(p) }},
	}
	for _, r := range operators.Roles() {
		if r != p.Role {
			items = append(items, widgets.MenuItem{Label: w("staff.set_role", "role", w("role."+r)), OnPress: func() {
				st.change("staff.done", func(ctx context.Context, o *operators.Operators) error { return o.SetRole(ctx, p.ID, r) })
			}})
		}
	}
	if p.Active {
		return append(items, widgets.MenuItem{Label: w("staff.disable"), OnPress: func() { st.disable(p) }})
	}
	return append(items, widgets.MenuItem{Label: w("staff.enable"), OnPress: func() {
		st.change("staff.done", func(ctx context.Context, o *operators.Operators) error { return o.SetActive(ctx, p.ID, true) })
	}})
}

func (st *staff) rename(p operators.Person) {
	name := st.input("staff.name", false)
	name.entry.Replace(p.Name)
	st.ask(st.s.words("staff.rename"), st.s.words("login.save"), name.entry, []fyne.CanvasObject{name.object}, nothing,
		func(ctx context.Context) error { return st.s.d.Staff.Operators.Rename(ctx, p.ID, name.entry.Text) }, func() {})
}

func (st *staff) setOffice(p operators.Person) {
	office := p.Office
	body := []fyne.CanvasObject{widgets.NewWrapped(widgets.Body, st.name(p)), st.picker("staff.office", st.offices(), office, func(v string) { office = v })}
	st.ask(st.s.words("staff.set_office"), st.s.words("login.save"), nil, body, nothing,
		func(ctx context.Context) error { return st.s.d.Staff.Operators.SetOffice(ctx, p.ID, office) }, func() {})
}

func (st *staff) reset(p operators.Person) {
	w := st.s.words
	var password string
	st.ask(w("staff.reset"), w("staff.reset_do"), nil, []fyne.CanvasObject{widgets.NewWrapped(widgets.Body, w("staff.reset_text", "name", st.name(p)))}, nothing,
		func(ctx context.Context) (err error) {
			password, err = st.s.d.Staff.Operators.ResetPassword(ctx, p.ID)
			return err
		}, func() { st.show(w("staff.temporary"), password, w("staff.temporary_text")) })
}

func (st *staff) disable(p operators.Person) {
	w := st.s.words
	st.ask(w("staff.disable"), w("staff.disable"), nil, []fyne.CanvasObject{widgets.NewWrapped(widgets.Body, w("staff.disable_text", "name", st.name(p)))}, nothing,
		func(ctx context.Context) error { return st.s.d.Staff.Operators.SetActive(ctx, p.ID, false) }, func() {})
}

func (st *staff) stationMenu(d operators.Workstation) []widgets.MenuItem {
	w := st.s.words
	return []widgets.MenuItem{
		{Label: w("staff.rename"), OnPress: func() { st.renameStation(d) }},
		{Label: w("staff.revoke"), OnPress: func() { st.revoke(d) }},
	}
}

func (st *staff) renameStation(d operators.Workstation) {
	name := st.input("staff.station_name", false)
	name.entry.Replace(d.Name)
	st.ask(st.s.words("staff.rename"), st.s.words("login.save"), name.entry, []fyne.CanvasObject{name.object}, nothing,
		func(ctx context.Context) error {
			return st.s.d.Staff.Operators.ChangeWorkstation(ctx, d.ID, name.entry.Text, false)
		}, func() {})
}

func (st *staff) revoke(d operators.Workstation) {
	w := st.s.words
	text := "staff.revoke_text"
	if d.Own {
		text = "staff.revoke_own"
	}
	st.ask(w("staff.revoke"), w("staff.revoke"), nil, []fyne.CanvasObject{widgets.NewWrapped(widgets.Body, w(text, "name", st.deviceName(d)))}, nothing,
		func(ctx context.Context) error {
			return st.s.d.Staff.Operators.ChangeWorkstation(ctx, d.ID, d.Name, true)
		}, func() {})
}

// code makes an activation code for a further workstation.
func (st *staff) code() {
	w := st.s.words
	office := st.now.home.Office
	var code string
	var until time.Time
	body := []fyne.CanvasObject{widgets.NewWrapped(widgets.Body, w("staff.code_text")), st.picker("staff.office", st.offices(), office, func(v string) { office = v })}
	st.ask(w("staff.code"), w("staff.code_do"), nil, body, nothing, func(ctx context.Context) error {
		c, err := st.s.d.Staff.Operators.NewCode(ctx, office)
		code, until = c.Code, c.ExpiresAt
		return err
	}, func() { st.show(w("staff.code_title"), code, w("staff.code_until", "when", st.when(until))) })
}
