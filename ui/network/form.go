package network

import (
	"context"
	"encoding/json"
	"slices"
	"strings"

	"fyne.io/fyne/v2"
	fynetheme "fyne.io/fyne/v2/theme"

	"polis/app"
	"polis/app/membership"
	"polis/app/network"
	"polis/ui/screen"
	"polis/ui/widgets"
)

// form edits one office.
type form struct {
	s     *Screen
	shown network.Office // as it was read
	o     app.Office     // as it is typed
	root  *fyne.Container

	reader   *widgets.Reader
	title    *fyne.Container
	foot     *widgets.Text
	save     *widgets.Button
	revert   *widgets.Button
	controls []*control
	stops    []fyne.Focusable
	left     map[string]bool // fields that were left
	tried    bool            // somebody wanted to save
	found    []membership.Finding
	place    string // on the map, as it is typed
	focused  fyne.Focusable
	closed   bool
	saving   bool
	keeper   keeper
}

// control is what can be filled in at a path of an office.
type control struct {
	path  string
	focus fyne.Focusable
	say   func(kind widgets.Kind, sentence string)
}

func newForm(s *Screen, shown network.Office) *form {
	f := &form{s: s, shown: shown, left: map[string]bool{}}
	f.keeper.f = f
	f.o = cloned(shown.Office)
	if shown.Draft != nil {
		f.o = cloned(shown.Draft.Office)
	}
	if kept, ok := s.d.State.unsaved[shown.ID]; ok { // it could not be stored when the screen was left
		f.o = kept
		delete(s.d.State.unsaved, shown.ID)
		f.keeper.soon()
	}
	f.build()
	return f
}

// cloned copies an office with all that it points at.
func cloned(o app.Office) (out app.Office) {
	b, err := json.Marshal(o)
	if err == nil {
		err = json.Unmarshal(b, &out)
	}
	if err != nil { // it is made of texts and numbers only
		return o
	}
	return out
}

func (f *form) words(key string, args ...string) string { return f.s.words(key, args...) }

func (f *form) build() {
	f.reader = widgets.NewReader()
	f.reader.MaxWidth = 860
	f.title = widgets.Stack(0)
	f.foot = widgets.NewWrapped(widgets.Secondary, "")
	f.save = widgets.NewButton(widgets.ButtonSpec{
		Label: f.words("network.save"), Key: screen.KeyLabel(screen.ActionSave, f.words), Icon: fynetheme.DocumentSaveIcon(), Weight: widgets.Primary, OnPress: f.store,
	})
	f.revert = widgets.NewButton(widgets.ButtonSpec{Label: f.words("network.revert"), Icon: fynetheme.ContentUndoIcon(), OnPress: f.undo})
	ways := widgets.Wrap(1, 1, f.revert, f.save)
	foot := widgets.Stack(0, widgets.Line(), widgets.Pad(1.5, 4, 1.5, 4, widgets.EndsOrUnder(3, f.foot, ways)))
	f.root = widgets.Frame(nil, foot, nil, widgets.Pad(0, 0, 0, 4, f.reader))
	f.draw()
}

func (f *form) object() fyne.CanvasObject { return f.root }
func (f *form) id() string                { return f.shown.ID }

// draw draws the fields anew, for instance with another closure.
func (f *form) draw() {
	f.controls, f.stops = nil, nil
	if f.o.Address == nil {
		f.o.Address = &app.Address{}
	}
	f.place = placeText(f.o.Address, f.s.d.Host.Words.Lang())
	o, a := &f.o, f.o.Address
	page := []fyne.CanvasObject{
		f.title,
		f.section("network.section.office", "",
			widgets.Beside([]float32{1.7, 1}, f.input("name", "name", "", &o.Name), f.kind()),
			f.input("address.street", "street", "", &a.Street),
			widgets.Beside([]float32{1.6, 0.7, 0.7}, f.municipality(), f.input("address.province", "province", "", &a.Province),
				f.input("address.postal_code", "postal_code", "", &a.PostalCode)),
			f.onMap()),
		f.section("network.section.reach", "",
			widgets.Beside([]float32{1, 1.9}, f.input("phone", "phone", "", &o.Phone), f.input("email", "email", "", &o.Email)),
			f.input("pec", "pec", "", &o.PEC)),
		f.hours(),
		f.closures(),
	}
	f.reader.Swap([]widgets.Placed{{Piece: widgets.Whole(widgets.Pad(2, 1, 5, 1, widgets.Stack(4, page...)))}})
	f.drawTitle()
	f.tell()
}

func (f *form) section(title, text string, rows ...fyne.CanvasObject) fyne.CanvasObject {
	content := []fyne.CanvasObject{widgets.NewWrapped(widgets.Section, f.words(title))}
	if text != "" {
		content = append(content, widgets.NewWrapped(widgets.Secondary, f.words(text)))
	}
	return widgets.Stack(1.75, append(content, rows...)...)
}

// drawTitle names the office and tells how its edit stands.
func (f *form) drawTitle() {
	s, o := f.s, &f.shown
	f.title.Objects = []fyne.CanvasObject{widgets.EndsOrUnder(2, widgets.NewWrapped(widgets.Heading, o.Name), s.badges(o))}
	if e := o.Edit; e != nil {
		if b := f.told(e); b != nil {
			f.title.Objects = append(f.title.Objects, widgets.Gap(1, 1), widgets.NewBanner(*b))
		}
	}
	if o.Draft != nil {
		f.title.Objects = append(f.title.Objects, widgets.NewWrapped(widgets.Secondary, s.words("network.draft", s.moment(o.Draft.SavedAt)...)))
	}
	f.title.Refresh()
	f.reader.Relayout()
}

// told says in words how far an edit has come.
func (f *form) told(e *network.Edit) *widgets.BannerSpec {
	s := f.s
	switch e.State {
	case network.Waiting:
		if s.d.Demonstration {
			return nil
		}
		key := "network.waiting"
		if e.Problem == "" && !s.may {
			key = "network.waiting_who"
		}
		return &widgets.BannerSpec{Kind: widgets.Warn, Text: s.words(key, s.moment(e.At)...)}
	case network.Sent:
		return &widgets.BannerSpec{Kind: widgets.Info, Text: s.words("network.sent")}
	case network.Refused:
		fault := app.Fault(e.Problem, nil)
		fault.Params = e.Params
		reason, _ := s.d.Host.Words.Error(fault)
		return &widgets.BannerSpec{
			Kind: widgets.Bad, Title: s.words("network.refused"), Text: s.words("network.refused_text", "reason", reason),
			More: []widgets.BannerAction{{Label: s.words("network.refused_drop"), OnPress: func() { s.giveUp(*e, "network.reverted") }}},
		}
	}
	return nil
}

// giveUp ends an edit in favour of what the network has; it can be taken back.
func (s *Screen) giveUp(e network.Edit, said string) {
	s.work(func(ctx context.Context) error {
		_, err := s.d.Offices.TakeTheirs(ctx, e.Office.ID)
		return err
	}, func() {
		s.anew()
		s.d.Host.Toast(s.words(said), func() {
			s.work(func(ctx context.Context) error {
				_, err := s.d.Offices.PutBack(ctx, e)
				return err
			}, s.anew)
		})
	})
}

// anew lets the next answer make the right side anew: what it shows is over.
func (s *Screen) anew() {
	if s.front != nil {
		s.front.close()
		s.front = nil
	}
}

func (f *form) add(c *control) {
	f.controls = append(f.controls, c)
	f.stops = append(f.stops, c.focus)
}

func (f *form) gains(c *control) {
	f.focused = c.focus
	f.reveal(c.focus)
}

func (f *form) leaves(path string) {
	if !f.closed {
		f.focused = nil
		f.left[path] = true
		f.tell()
	}
}

// typed is the office as it is typed, without an address that says nothing.
func (f *form) typed() app.Office {
	o := cloned(f.o)
	if o.Address != nil && *o.Address == (app.Address{}) {
		o.Address = nil
	}
	if len(o.OpeningHours) == 0 {
		o.OpeningHours = nil
	}
	if len(o.Closures) == 0 {
		o.Closures = nil
	}
	return o
}

// dirty reports that something was edited and not saved.
func (f *form) dirty() bool {
	a, err1 := json.Marshal(f.typed())
	b, err2 := json.Marshal((&form{o: f.shown.Office}).typed())
	return err1 != nil || err2 != nil || string(a) != string(b)
}

// changed is told of everything that was typed.
func (f *form) changed() {
	if f.closed {
		return
	}
	f.keeper.soon()
	f.tell()
}

// tell shows what the checks found, at the fields and at the foot.
func (f *form) tell() {
	typed := f.typed()
	f.found = network.Check(&typed, &f.shown.Office)
	for _, c := range f.controls {
		f.sayAt(c)
	}
	wrong := membership.Incomplete(f.found)
	dirty := f.dirty()
	role, text := widgets.Secondary, f.words("network.foot.clean")
	switch {
	case dirty && wrong > 0:
		role, text = widgets.Late, f.s.d.Host.Words.Count("network.foot.wrong", wrong)
	case dirty:
		role, text = widgets.Late, f.words("network.foot.dirty")
	}
	if f.foot.String() != text {
		f.foot.SetRole(role)
		f.foot.Set(text)
		f.root.Refresh()
	}
	enable(f.save, dirty && !f.saving)
	enable(f.revert, dirty && !f.saving)
}

func enable(b *widgets.Button, on bool) {
	if on {
		b.Enable()
	} else {
		b.Disable()
	}
}

// sayAt says at a control what was found there: what is wrong at once, but
// quietly while somebody types it, what is missing once they left it.
func (f *form) sayAt(c *control) {
	for _, found := range f.found {
		if found.Field != c.path || found.Missing && !f.tried && !f.left[c.path] {
			continue
		}
		kind := widgets.Bad
		switch {
		case found.Warning:
			kind = widgets.Warn
		case !f.tried && !f.left[c.path] && f.focused == c.focus:
			kind = widgets.Neutral
		}
		c.say(kind, f.sentence(found))
		return
	}
	c.say(widgets.Info, "")
}

func (f *form) sentence(found membership.Finding) string {
	if own := "network.check." + found.Key; f.s.d.Host.Words.Has(own) {
		return f.words(own, found.Params...)
	}
	return f.words("membership.check."+found.Key, found.Params...)
}

// store saves: what the checks stop is told, and nothing else happens.
func (f *form) store() {
	f.tried = true
	f.tell()
	if f.saving {
		return
	}
	for _, found := range f.found {
		if !found.Warning {
			f.focusAt(found.Field)
			return
		}
	}
	if !f.dirty() {
		f.s.d.Host.Notice(f.words("network.unchanged"))
		return
	}
	f.keeper.stop()
	f.saving = true
	typed, s := f.typed(), f.s
	s.d.Host.Runner.Go(func() func() {
		f.keeper.settle() // no draft is written after the edit
		saved, err := s.d.Offices.Save(context.Background(), typed)
		return func() {
			f.saving = false
			if err != nil {
				s.d.Host.Fail(banner, err)
				f.keeper.soon()
				return
			}
			s.d.Host.Banner(banner, nil)
			f.took(saved)
			said := "network.saved"
			if s.d.Demonstration {
				said = "network.saved_demo"
			}
			s.hide[saved.ID] = s.d.Host.Toast(s.words(said), func() { s.takeBack(saved.ID) })
			s.d.Host.Trace("office saved", "id", saved.ID)
			s.Refresh()
		}
	})
}

// took shows what was saved; what was typed meanwhile stays.
func (f *form) took(saved network.Office) {
	if f.closed {
		return
	}
	f.shown, f.tried = saved, false
	f.drawTitle()
	f.tell()
}

// takeBack undoes the last edit of an office.
func (s *Screen) takeBack(id string) {
	s.work(func(ctx context.Context) error {
		_, err := s.d.Offices.Undo(ctx, id)
		return err
	}, s.anew)
}

// undo gives up what was typed; it can be taken back.
func (f *form) undo() {
	if f.saving || !f.dirty() {
		return
	}
	f.keeper.stop()
	typed, s, id := f.typed(), f.s, f.shown.ID
	s.work(func(ctx context.Context) error {
		f.keeper.settle()
		return s.d.Offices.Discard(ctx, id)
	}, func() {
		s.anew()
		s.d.Host.Toast(s.words("network.reverted"), func() {
			s.work(func(ctx context.Context) error {
				_, err := s.d.Offices.Keep(ctx, typed)
				return err
			}, s.anew)
		})
	})
}

// update implements view: what somebody types is never replaced.
func (f *form) update(s *Screen) bool {
	now := s.office(f.shown.ID)
	if now == nil || !s.may || now.Edit != nil && now.Edit.State == network.Changed {
		return false
	}
	if !f.dirty() {
		a, err1 := json.Marshal(now.Office)
		b, err2 := json.Marshal(f.shown.Office)
		if err1 != nil || err2 != nil || string(a) != string(b) || now.Draft != nil {
			return false
		}
	}
	draft := f.shown.Draft
	f.shown = *now
	if f.shown.Draft != nil && draft == nil {
		f.shown.Draft = nil // it is what is being typed here
	}
	f.drawTitle()
	f.tell()
	return true
}

func (f *form) focus() { f.focusAt("name") }

// do implements view.
func (f *form) do(a screen.Action) bool {
	switch a {
	case screen.ActionNext, screen.ActionRead:
		f.move(1)
	case screen.ActionPrevious:
		f.move(-1)
	case screen.ActionPageDown:
		f.reader.ScrollPage(1)
	case screen.ActionPageUp:
		f.reader.ScrollPage(-1)
	case screen.ActionSave:
		f.store()
	default:
		return false
	}
	return true
}

// move goes from one control to the next.
func (f *form) move(n int) {
	stops := append(slices.Clone(f.stops), fyne.Focusable(f.revert), fyne.Focusable(f.save))
	at := slices.Index(stops, f.s.d.Host.Canvas().Focused())
	if at < 0 && n < 0 {
		at = 0
	}
	f.goTo(stops[min(max(at+n, 0), len(stops)-1)])
}

func (f *form) goTo(to fyne.Focusable) {
	if c := f.s.d.Host.Canvas(); c != nil && c.Overlays().Top() == nil {
		c.Focus(to)
	}
}

// focusAt goes to the control of a path.
func (f *form) focusAt(path string) {
	for _, c := range f.controls {
		if c.path == path || strings.HasPrefix(c.path, path+".") {
			f.goTo(c.focus)
			return
		}
	}
	if len(f.stops) > 0 {
		f.goTo(f.stops[0])
	}
}

// reveal brings a control in sight.
func (f *form) reveal(to fyne.Focusable) {
	o, ok := to.(fyne.CanvasObject)
	if !ok || f.reader.Size().Height <= 0 {
		return
	}
	driver := fyne.CurrentApp().Driver()
	top := driver.AbsolutePositionForObject(o).Y - driver.AbsolutePositionForObject(f.reader).Y
	room := widgets.Space(10)
	switch end := top + o.Size().Height; {
	case top < room:
		f.reader.ScrollTo(f.reader.Offset() + top - room)
	case end > f.reader.Size().Height-room:
		f.reader.ScrollTo(f.reader.Offset() + end - f.reader.Size().Height + room)
	}
}

// close implements view: what was typed is stored before the form goes.
func (f *form) close() {
	if !f.closed {
		f.closed = true
		f.keeper.last()
	}
}
