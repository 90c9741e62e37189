package network

import (
	"context"
	"encoding/json"
	"math"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	fynetheme "fyne.io/fyne/v2/theme"

	"polis/app"
	"polis/app/membership"
	"polis/app/network"
	"polis/ui/screen"
	"polis/ui/theme"
	"polis/ui/widgets"
)

// keepAfter is how long after the last key a draft is stored.
const keepAfter = 900 * time.Millisecond

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
			widgets.Beside([]float32{0.8, 1.2, 1.2}, f.input("phone", "phone", "", &o.Phone), f.input("email", "email", "", &o.Email), f.input("pec", "pec", "", &o.PEC))),
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

// input makes an entry for a text of the office.
func (f *form) input(path, label, help string, value *string) *widgets.Field {
	return f.entry(path, label, help, *value, func(text string) { *value = text }, nil)
}

func (f *form) entry(path, label, help, value string, set func(string), left func()) *widgets.Field {
	c := &control{path: path}
	field := widgets.NewField(widgets.FieldSpec{
		Label: f.words("network.label." + label), Help: help, Value: value,
		OnChange: func(text string) {
			set(strings.TrimSpace(text))
			f.changed()
		},
		OnLeave: func(string) {
			f.leaves(path)
			if left != nil {
				left()
			}
		},
		OnFocus: func() { f.gains(c) }, OnGrow: f.reader.Relayout,
	})
	c.focus, c.say = field.Focus(), field.Say
	f.add(c)
	return field
}

func (f *form) kind() *widgets.Select {
	codes := membership.OfficeKinds()
	if f.o.Kind != "" && !slices.Contains(codes, f.o.Kind) {
		codes = append(codes, f.o.Kind) // of the catalogue
	}
	options := make([]widgets.Option, 0, len(codes))
	for _, code := range codes {
		options = append(options, widgets.Option{Value: code, Label: f.s.kindText(code)})
	}
	c := &control{path: "kind"}
	sel := widgets.NewSelect(widgets.SelectSpec{
		Label: f.words("network.label.kind"), Options: options, Value: f.o.Kind, None: f.words("network.choose"),
		OnChange: func(v string) {
			f.o.Kind = v
			f.changed()
		},
		OnFocus: func() { f.gains(c) }, OnLeave: func() { f.leaves("kind") }, OnGrow: f.reader.Relayout,
	})
	c.focus, c.say = sel.Focus(), sel.Say
	f.add(c)
	return sel
}

// municipality fills in code and province when they are known.
func (f *form) municipality() *widgets.Field {
	a := f.o.Address
	was := a.Municipality
	return f.entry("address.municipality", "municipality", "", a.Municipality, func(text string) { a.Municipality = text }, func() {
		if f.s.d.Municipality == nil || a.Municipality == was {
			return
		}
		was = a.Municipality
		name := was
		f.s.d.Host.Runner.Go(func() func() {
			istat, province, ok := f.s.d.Municipality(name)
			return func() {
				if f.closed || a.Municipality != name {
					return
				}
				if a.ISTATCode = ""; ok {
					a.ISTATCode, a.Province = istat, province
				}
				f.setText("address.province", a.Province)
				f.changed()
			}
		})
	})
}

// setText changes what an entry shows.
func (f *form) setText(path, text string) {
	for _, c := range f.controls {
		if e, ok := c.focus.(*widgets.Entry); ok && c.path == path && e.Text != text {
			e.Replace(text)
		}
	}
}

// onMap asks for the place on the map.
func (f *form) onMap() *widgets.Field {
	a := f.o.Address
	return f.entry("place", "place", f.words("network.label.place_help"), f.place, func(text string) {
		f.place = text
		a.Lat, a.Lon = readPlace(text)
	}, nil)
}

// placeText writes a place as people read it.
func placeText(a *app.Address, lang string) string {
	write := func(v float64) string {
		text := strconv.FormatFloat(v, 'f', -1, 64)
		if lang == "it" {
			text = strings.Replace(text, ".", ",", 1)
		}
		return text
	}
	switch {
	case a.Lat == nil && a.Lon == nil:
		return ""
	case a.Lat == nil || a.Lon == nil:
		return "?"
	}
	return write(*a.Lat) + " " + write(*a.Lon)
}

// readPlace reads "45.0703, 7.6869" and "45,0703 7,6869". What is no place
// gives half of one, which the checks stop.
func readPlace(text string) (lat, lon *float64) {
	text = strings.TrimSpace(text)
	if text == "" {
		return nil, nil
	}
	parts := strings.FieldsFunc(text, func(r rune) bool { return r == ' ' || r == ';' || r == '\t' || r == '\u00a0' })
	if len(parts) == 1 && strings.Count(text, ",") == 1 && strings.Contains(text, ".") {
		parts = strings.Split(text, ",")
	}
	nowhere := math.MaxFloat32
	if len(parts) != 2 {
		return &nowhere, nil
	}
	var out [2]float64
	for i, p := range parts {
		v, err := strconv.ParseFloat(strings.Replace(strings.TrimRight(p, ","), ",", ".", 1), 64)
		if err != nil || math.IsNaN(v) || math.IsInf(v, 0) {
			return &nowhere, nil
		}
		out[i] = v
	}
	return &out[0], &out[1]
}

// hours asks for the weekly hours.
func (f *form) hours() fyne.CanvasObject {
	days := make([]widgets.Option, 0, len(membership.WeekDays()))
	for _, d := range membership.WeekDays() {
		days = append(days, widgets.Option{Value: d, Label: f.words("network.day." + d)})
	}
	to := f.words("network.hours.to")
	grid := widgets.NewHoursGrid(widgets.HoursSpec{
		Days: days, Value: f.o.OpeningHours, Columns: [4]string{f.words("network.hours.morning"), to, f.words("network.hours.afternoon"), to},
		OnChange: func(h []app.Hours) {
			f.o.OpeningHours = h
			f.changed()
		},
		OnLeave: func(day string) { f.leaves("opening_hours." + day) },
		OnFocus: func(cell fyne.Focusable) {
			f.focused = nil
			f.reveal(cell)
		},
		OnGrow: f.reader.Relayout,
	})
	for _, day := range membership.WeekDays() {
		f.controls = append(f.controls, &control{path: "opening_hours." + day, focus: grid.Cell(day, 0), say: func(kind widgets.Kind, sentence string) {
			grid.Fail(day, sentence)
		}})
		for col := range 4 {
			f.stops = append(f.stops, grid.Cell(day, col))
		}
	}
	notes := f.input("opening_notes", "opening_notes", f.words("network.label.opening_notes_help"), &f.o.OpeningNotes)
	return f.section("network.section.hours", "network.section.hours_text", grid, notes)
}

// closures lists the days on which the office is closed.
func (f *form) closures() fyne.CanvasObject {
	rows := []fyne.CanvasObject{}
	for i := range f.o.Closures {
		rows = append(rows, f.closure(i))
	}
	if len(rows) == 0 {
		rows = append(rows, widgets.NewWrapped(widgets.Secondary, f.words("network.closures.none")))
	}
	add := f.button("closures", widgets.ButtonSpec{Label: f.words("network.closures.add"), Icon: fynetheme.ContentAddIcon(), OnPress: func() {
		f.o.Closures = append(f.o.Closures, app.Closure{})
		f.redraw("closures." + number(len(f.o.Closures)-1) + ".from")
	}})
	return f.section("network.section.closures", "network.section.closures_text", append(rows, widgets.Row(0, -1, add))...)
}

func (f *form) closure(i int) fyne.CanvasObject {
	c := &f.o.Closures[i]
	path := "closures." + number(i) + "."
	remove := f.button(path+"remove", widgets.ButtonSpec{Label: f.words("network.closures.remove"), Icon: fynetheme.DeleteIcon(), Weight: widgets.Bare, OnPress: func() { f.remove(i) }})
	fields := widgets.Beside([]float32{1, 1, 1.6}, f.date(path+"from", "from", &c.From), f.date(path+"to", "to", &c.To), f.input(path+"reason", "reason", "", &c.Reason))
	return widgets.Stack(0.5, fields, widgets.Row(0, -1, remove))
}

func (f *form) remove(i int) {
	gone := f.o.Closures[i]
	f.o.Closures = slices.Delete(slices.Clone(f.o.Closures), i, i+1)
	f.redraw("closures")
	f.s.d.Host.Toast(f.words("network.removed"), func() {
		if !f.closed {
			f.o.Closures = slices.Insert(slices.Clone(f.o.Closures), min(i, len(f.o.Closures)), gone)
			f.redraw("closures." + number(i) + ".from")
		}
	})
}

// redraw draws the fields anew where they are, and goes to one.
func (f *form) redraw(focus string) {
	f.draw()
	f.changed()
	f.focusAt(focus)
}

func (f *form) date(path, label string, value *app.Date) *widgets.DateField {
	c := &control{path: path}
	d := widgets.NewDateField(widgets.DateSpec{
		Label: f.words("network.label." + label), Value: *value, Lang: f.s.d.Host.Words.Lang(),
		OnChange: func(v app.Date) {
			*value = v
			f.changed()
		},
		OnLeave: func(app.Date) { f.leaves(path) },
		OnFocus: func() { f.gains(c) }, OnGrow: f.reader.Relayout,
	})
	c.focus, c.say = d.Focus(), d.Say
	f.add(c)
	return d
}

func (f *form) button(path string, spec widgets.ButtonSpec) *widgets.Button {
	b := widgets.NewButton(spec)
	c := &control{path: path, focus: b, say: func(widgets.Kind, string) {}}
	b.OnFocus = func() { f.gains(c) }
	f.add(c)
	return b
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
			s.d.Host.Toast(s.words(said), func() { s.takeBack(saved.ID) })
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

// keeper stores what is being typed. A later draft is never overwritten by an
// earlier one.
type keeper struct {
	f      *form
	cancel func() // of the timer; nil = none runs
	due    bool   // something was not stored yet

	mu     sync.Mutex // over what is written, by whichever goroutine
	number int        // of the newest draft; on the window's goroutine
	stored int        // newest one that was stored
	over   bool
}

func (k *keeper) soon() {
	k.stop()
	k.due = true
	k.cancel = k.f.s.d.Host.Runner.After(keepAfter, func() {
		k.cancel = nil
		typed, n := k.take()
		k.f.s.d.Host.Runner.Go(func() func() {
			err := k.write(typed, n)
			return func() { k.told(err) }
		})
	})
}

func (k *keeper) stop() {
	if k.cancel != nil {
		k.cancel()
		k.cancel = nil
	}
}

func (k *keeper) take() (app.Office, int) {
	k.mu.Lock()
	defer k.mu.Unlock()
	k.number++
	k.due = false
	return k.f.typed(), k.number
}

func (k *keeper) write(typed app.Office, n int) error {
	k.mu.Lock()
	defer k.mu.Unlock()
	if n <= k.stored {
		return nil
	}
	_, err := k.f.s.d.Offices.Keep(context.Background(), typed)
	if err == nil {
		k.stored = n
	}
	return err
}

// settle lets no draft be written that was taken before.
func (k *keeper) settle() {
	k.mu.Lock()
	k.stored = k.number
	k.mu.Unlock()
}

func (k *keeper) told(err error) {
	host := k.f.s.d.Host
	if err != nil {
		k.due = true
		host.Fail(banner, err)
		return
	}
	host.Trace("office draft kept", "id", k.f.shown.ID)
}

// last stores what is not stored yet, at once. What cannot be stored is kept
// for the next time that the office is shown.
func (k *keeper) last() {
	k.stop()
	if !k.due {
		return
	}
	typed, n := k.take()
	if err := k.write(typed, n); err != nil {
		state := k.f.s.d.State
		if state.unsaved == nil {
			state.unsaved = map[string]app.Office{}
		}
		state.unsaved[typed.ID] = typed
		k.f.s.d.Host.Fail(banner, err)
	}
}

// mark is an icon before a line of text.
func mark(icon fyne.Resource, colour fyne.ThemeColorName, text fyne.CanvasObject) fyne.CanvasObject {
	return widgets.Row(1.5, 1, container.NewStack(widgets.Icon(icon, colour, theme.Current().Px(16))), text)
}
