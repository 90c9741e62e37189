// Package login is the screen before which nothing of anybody's work is
// seen: who is at work chooses the own name and writes the password.
package login

import (
	"context"
	"slices"
	"strings"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	fynetheme "fyne.io/fyne/v2/theme"

	"polis/app/operators"
	"polis/ui/screen"
	"polis/ui/theme"
	"polis/ui/widgets"
)

// Deps are the screen's needs; those that may be nil or empty say so.
type Deps struct {
	Host *screen.Host
	// People lists who may work here, Login opens the session of one of them
	// and ChangePassword ends a temporary password; all run in the background.
	People         func(ctx context.Context) ([]operators.Person, error)
	Login          func(ctx context.Context, id, password string) (operators.Person, error)
	ChangePassword func(ctx context.Context, old, fresh string) error
	// Done is told who has logged in.
	Done func(operators.Person)
	// Office names the place; may be empty.
	Office string
	// Note says why the screen is here; may be empty.
	Note string
	// Chosen is who is proposed, Ask goes on to the password of that person.
	Chosen string
	Ask    bool
}

// step is what the screen asks for.
type step int

const (
	stepList step = iota
	stepPassword
	stepChange
)

// Screen asks who is at work.
type Screen struct {
	d      Deps
	root   *fyne.Container
	card   *fyne.Container // what stands in the card at the moment
	reader *widgets.Reader

	people []operators.Person
	rows   *widgets.Rows
	typed  string // the beginning of a name

	step   step
	person operators.Person
	given  string // the temporary password, until there is another
	fields []*field
	note   *fyne.Container
	stops  []fyne.Focusable
	busy   bool
	closed bool
}

// New builds the screen; it is empty until it knows the people.
func New(d Deps) *Screen {
	s := &Screen{d: d, card: widgets.Stack(0), note: widgets.Stack(0), rows: widgets.NewRows()}
	s.rows.OnPress = func(int) { s.choose() }
	s.reader = widgets.NewReader()
	k := theme.Current().Tokens()
	head := widgets.Stack(0, widgets.NewText(widgets.RailTitle, "POLIS"), widgets.NewWrapped(widgets.RailMuted, d.Office))
	card := widgets.Panel(widgets.Pad(5, 6, 5, 6, s.card), widgets.Surface{Fill: k.Paper, Radius: 6})
	s.reader.Set([]widgets.Placed{{Piece: widgets.Whole(widgets.Pad(4, 0, 4, 0, widgets.Stack(4, head, card)))}})
	bed := widgets.Panel(widgets.Middle(widest, widgets.Space(4), s.reader), widgets.Surface{Fill: k.Rail})
	s.root = container.NewStack(bed)
	s.draw()
	s.load()
	return s
}

func (s *Screen) words(key string, args ...string) string { return s.d.Host.Words.Text(key, args...) }

// load asks who may work here.
func (s *Screen) load() {
	s.d.Host.Runner.Go(func() func() {
		people, err := s.d.People(context.Background())
		return func() {
			if s.closed {
				return
			}
			if err != nil {
				s.fail(err)
				return
			}
			s.people = slices.DeleteFunc(people, func(p operators.Person) bool { return !p.HasPassword() })
			at := slices.IndexFunc(s.people, func(p operators.Person) bool { return p.ID == s.d.Chosen })
			s.fill(max(at, 0))
			if len(s.people) == 1 || at >= 0 && s.d.Ask {
				s.choose()
				return
			}
			s.Shown()
			s.d.Host.Trace("login shown", "people", len(s.people))
		}
	})
}

// fill puts the people into the list.
func (s *Screen) fill(chosen int) {
	lines := make([]fyne.CanvasObject, len(s.people))
	for i, p := range s.people {
		lines[i] = widgets.Stack(0, widgets.NewClipped(widgets.Strong, s.name(p)), widgets.NewText(widgets.Secondary, s.words("role."+p.Role)))
	}
	s.rows.Set(lines, chosen)
	s.draw()
}

// name is that of a person, or says that it cannot be read here.
func (s *Screen) name(p operators.Person) string {
	if p.Name != "" {
		return p.Name
	}
	return s.words("staff.nameless", "id", p.ID[max(len(p.ID)-4, 0):])
}

// draw fills the card for the step.
func (s *Screen) draw() {
	s.fields, s.stops = nil, nil
	s.note.Objects = nil
	var content *fyne.Container
	switch s.step {
	case stepPassword:
		content = s.passwordCard()
	case stepChange:
		content = s.changeCard()
	default:
		content = s.listCard()
	}
	s.card.Objects = []fyne.CanvasObject{content}
	s.card.Refresh()
	s.reader.Relayout()
	s.root.Refresh()
}

func (s *Screen) listCard() *fyne.Container {
	text := s.words("login.hint")
	if len(s.people) == 0 {
		text = s.words("login.loading")
	}
	card := widgets.Stack(2.5, widgets.NewWrapped(widgets.Title, s.words("login.who")))
	if s.d.Note != "" {
		card.Add(widgets.NewWrapped(widgets.Late, s.d.Note))
	}
	card.Add(widgets.NewWrapped(widgets.Secondary, text))
	if len(s.people) > 0 {
		card.Add(container.New(&listLayout{s}, s.rows))
		s.stops = []fyne.Focusable{s.rows}
	}
	card.Add(s.note)
	return card
}

func (s *Screen) passwordCard() *fyne.Container {
	f := s.newField("login.password", s.submit)
	enter := s.button("login.enter", s.words("key_name.Return"), widgets.Primary, s.submit)
	other := s.button("login.other", screen.KeyLabel(screen.ActionSearch, s.words), widgets.Quiet, s.back)
	s.stops = []fyne.Focusable{f.entry, enter, other}
	card := widgets.Stack(2.5, s.whom())
	if s.d.Note != "" {
		card.Add(widgets.NewWrapped(widgets.Late, s.d.Note))
	}
	for _, o := range []fyne.CanvasObject{f.object, s.note, container.New(ringLayout{}, widgets.Wrap(1, 1, enter, other))} {
		card.Add(o)
	}
	return card
}

// changeCard ends a temporary password.
func (s *Screen) changeCard() *fyne.Container {
	again := s.newField("login.again", s.submit)
	fresh := s.newField("login.fresh", func() { s.focus(again.entry) })
	s.fields = []*field{fresh, again}
	save := s.button("login.save", s.words("key_name.Return"), widgets.Primary, s.submit)
	s.stops = []fyne.Focusable{fresh.entry, again.entry, save}
	return widgets.Stack(
		2.5, s.whom(), widgets.NewWrapped(widgets.Body, s.words("login.change_text")), fresh.object, again.object, s.note,
		container.New(ringLayout{}, widgets.Wrap(1, 1, save)),
	)
}

func (s *Screen) whom() fyne.CanvasObject {
	icon := widgets.Icon(fynetheme.AccountIcon(), theme.ColorLink, 28)
	text := widgets.Stack(0, widgets.NewWrapped(widgets.Heading, s.name(s.person)), widgets.NewText(widgets.Secondary, s.words("role."+s.person.Role)))
	return widgets.Row(2.5, 1, icon, text)
}

func (s *Screen) button(key, keyLabel string, weight widgets.Weight, do func()) *widgets.Button {
	return widgets.NewButton(widgets.ButtonSpec{Label: s.words(key), Key: keyLabel, Weight: weight, OnPress: do})
}

// field is an entry whose letters are not shown.
type field struct {
	entry  *widgets.Entry
	object fyne.CanvasObject
}

func (s *Screen) newField(label string, onEnter func()) *field {
	f := &field{entry: widgets.NewEntry("", nil)}
	f.entry.Password = true
	f.entry.OnEnter = onEnter
	f.object = widgets.Stack(0.25, widgets.NewWrapped(widgets.Strong, s.words(label)), container.New(ringLayout{}, f.entry.Boxed()))
	s.fields = append(s.fields, f)
	return f
}

// Object implements screen.Screen.
func (s *Screen) Object() fyne.CanvasObject { return s.root }

// Shown implements screen.Screen.
func (s *Screen) Shown() {
	if len(s.stops) > 0 {
		s.focus(s.stops[0])
	}
}

// Close implements screen.Screen.
func (s *Screen) Close() { s.closed = true }

// Type implements screen.Screen: the beginning of a name chooses it.
func (s *Screen) Type(r rune) {
	if s.step != stepList {
		return
	}
	for _, typed := range []string{s.typed + string(r), string(r)} {
		for i, p := range s.people {
			if begins(s.name(p), typed) {
				s.typed = typed
				s.rows.Choose(i)
				return
			}
		}
	}
}

// begins reports whether a word of a name begins with what was typed.
func begins(name, typed string) bool {
	name, typed = strings.ToLower(name), strings.ToLower(typed)
	return strings.HasPrefix(name, typed) || strings.Contains(name, " "+typed)
}

// Do implements screen.Screen.
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
	case screen.ActionRead:
		if s.step == stepList {
			s.choose()
		}
	case screen.ActionSearch:
		s.back()
	}
	return true // no other key acts before somebody has logged in
}

func (s *Screen) move(n int) {
	if s.step == stepList {
		s.typed = ""
		s.rows.Choose(s.rows.Chosen() + n)
		return
	}
	at := slices.Index(s.stops, s.d.Host.Canvas().Focused())
	s.focus(s.stops[min(max(at+n, 0), len(s.stops)-1)])
}

func (s *Screen) focus(f fyne.Focusable) {
	s.d.Host.Canvas().Focus(f)
	if o, ok := f.(fyne.CanvasObject); ok && s.step != stepList {
		s.reader.RevealObject(o)
	}
}

// choose asks for the password of the chosen person.
func (s *Screen) choose() {
	i := s.rows.Chosen()
	if i < 0 || i >= len(s.people) || s.busy {
		return
	}
	s.step, s.person, s.typed = stepPassword, s.people[i], ""
	s.draw()
	s.Shown()
	s.d.Host.Trace("password asked")
}

// back goes to the list of people; who has logged in with a temporary
// password has to choose another.
func (s *Screen) back() {
	if s.step != stepPassword || s.busy {
		s.typed = ""
		return
	}
	s.step = stepList
	s.draw()
	s.Shown()
	s.d.Host.Trace("login shown", "people", len(s.people))
}

// submit logs in, or changes the password.
func (s *Screen) submit() {
	if s.busy {
		return
	}
	if s.step == stepChange {
		s.change()
		return
	}
	password := s.fields[0].entry.Text
	if password == "" {
		s.say("login.empty")
		s.Shown()
		return
	}
	s.work(func(ctx context.Context) error {
		p, err := s.d.Login(ctx, s.person.ID, password)
		if err == nil {
			s.person = p
		}
		return err
	}, func() {
		if s.person.MustChange {
			s.step, s.d.Note, s.given = stepChange, "", password
			s.draw()
			s.Shown()
			s.d.Host.Trace("new password asked")
			return
		}
		s.d.Host.Trace("login done")
		s.d.Done(s.person)
	})
}
