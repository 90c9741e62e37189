package widgets_test

import (
	"fmt"
	"strings"
	"testing"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/driver/desktop"
	"fyne.io/fyne/v2/test"
	fynetheme "fyne.io/fyne/v2/theme"

	"polis/app/page"
	"polis/ui/screen"
	"polis/ui/theme"
	"polis/ui/widgets"
)

func start(t testing.TB) {
	t.Helper()
	a := test.NewApp()
	t.Cleanup(func() { test.NewApp() })
	a.Settings().SetTheme(theme.New(theme.Light, 1))
}

func show(t testing.TB, o fyne.CanvasObject, w, h float32) fyne.Window {
	t.Helper()
	win := test.NewWindow(o)
	t.Cleanup(win.Close)
	win.SetPadded(false)
	win.Resize(fyne.NewSize(w, h))
	return win
}

// focusables are one of each widget that can have the focus.
func focusables() map[string]fyne.Focusable {
	options := []widgets.Option{{Value: "a", Label: "A"}, {Value: "b", Label: "B"}}
	return map[string]fyne.Focusable{
		"button": widgets.NewButton(widgets.ButtonSpec{Label: "Stampa"}),
		"chip":   widgets.NewChip("Ente: tutti", nil, nil),
		"choice": widgets.NewChoice(options, 1, "Altro", nil),
		"entry":  widgets.NewEntry("Cerca", nil),
		"rows":   widgets.NewRows(),
		"tick":   widgets.NewTick("Bianco e nero", "", false, nil),
		"pages":  widgets.NewPages(widgets.ZoomPage),
		"link":   widgets.NewLinkRow(fynetheme.DocumentIcon(), "Modulo", "Modulo · polis.example", nil),
		"rail":   widgets.NewRailEntry(fynetheme.SearchIcon(), "Sportello", nil),
		"status": widgets.NewRailStatus(nil),
		"select": widgets.NewSelect(widgets.SelectSpec{Options: options}).Focus(),
		"step":   steps(nil).Focus(1),
	}
}

// TestKeysReachTheWindow presses each key of the key map on each widget.
func TestKeysReachTheWindow(t *testing.T) {
	start(t)
	for name, w := range focusables() {
		win := show(t, w.(fyne.CanvasObject), 300, 60)
		var keys []fyne.KeyName
		win.Canvas().SetOnTypedKey(func(e *fyne.KeyEvent) { keys = append(keys, e.Name) })
		for _, b := range screen.KeyMap() {
			own := b.Key == fyne.KeyReturn || b.Key == fyne.KeyEnter
			own = own || (name == "choice" && b.Key == fyne.KeyRight)
			if name == "entry" && (b.Key == fyne.KeyHome || b.Key == fyne.KeyEnd) { // they move the cursor
				continue
			}
			if b.Modifier != 0 || (own && name != "entry" && name != "rows") {
				continue
			}
			keys = nil
			win.Canvas().Focus(w)
			w.TypedKey(&fyne.KeyEvent{Name: b.Key})
			if len(keys) != 1 || keys[0] != b.Key {
				t.Errorf("%s swallows %s (%s)", name, b.Key, b.Action)
			}
		}
		for _, b := range screen.KeyMap() {
			if b.Modifier == 0 {
				continue
			}
			got := false
			win.Canvas().AddShortcut(b.Shortcut(), func(fyne.Shortcut) { got = true })
			w.(fyne.Shortcutable).TypedShortcut(b.Shortcut())
			if !got {
				t.Errorf("%s swallows %v %s", name, b.Modifier, b.Key)
			}
		}
	}
}

// unpainted is an app before the first frame that shows its objects: its
// driver does not know yet whose canvas they are on.
type unpainted struct{ fyne.App }

func (u unpainted) Driver() fyne.Driver { return blindDriver{u.App.Driver()} }

type blindDriver struct{ fyne.Driver }

func (blindDriver) CanvasForObject(fyne.CanvasObject) fyne.Canvas { return nil }

// A hurried operator presses a key before the frame is painted in which the
// list has the focus: the key must not be lost.
func TestKeysReachTheWindowBeforeItIsPainted(t *testing.T) {
	start(t)
	for name, w := range focusables() {
		win := show(t, w.(fyne.CanvasObject), 300, 60)
		win.Canvas().Focus(w)
		keys, shortcuts, runes := 0, 0, 0
		win.Canvas().SetOnTypedKey(func(*fyne.KeyEvent) { keys++ })
		win.Canvas().SetOnTypedRune(func(rune) { runes++ })
		shortcut := &desktop.CustomShortcut{KeyName: fyne.KeyS, Modifier: fyne.KeyModifierControl}
		win.Canvas().AddShortcut(shortcut, func(fyne.Shortcut) { shortcuts++ })
		painted := fyne.CurrentApp()
		fyne.SetCurrentApp(unpainted{painted})
		w.TypedKey(&fyne.KeyEvent{Name: fyne.KeyDown})
		w.(fyne.Shortcutable).TypedShortcut(shortcut)
		w.TypedRune('z')
		fyne.SetCurrentApp(painted)
		if name == "entry" || name == "select" { // letters are theirs
			runes++
		}
		if keys != 1 || shortcuts != 1 || runes != 1 {
			t.Errorf("%s: %d keys, %d shortcuts, %d letters", name, keys, shortcuts, runes)
		}
	}
}

// Rows that change under the hands of who chooses stay where they are; others
// begin at their top, or where one is chosen.
func TestRowsStayInTheirPlace(t *testing.T) {
	start(t)
	rows := widgets.NewRows()
	show(t, rows, 300, 200)
	fill := func(n int) (out []fyne.CanvasObject) {
		for i := range n {
			out = append(out, widgets.NewText(widgets.Body, fmt.Sprint("riga ", i)))
		}
		return out
	}
	at := func(o fyne.CanvasObject) float32 {
		return fyne.CurrentApp().Driver().AbsolutePositionForObject(o).Y
	}
	inSight := func(o fyne.CanvasObject) bool { return at(o) > 0 && at(o)+o.MinSize().Height < 200 }
	thirty := fill(30)
	rows.Set(thirty, 20)
	if !inSight(thirty[20]) {
		t.Errorf("the chosen row is at %.0f", at(thirty[20]))
	}
	before := at(thirty[20])
	again := fill(30)
	rows.Swap(again, nil, 20)
	if rows.Chosen() != 20 || at(again[20]) != before {
		t.Errorf("row %d is chosen and has moved from %.0f to %.0f", rows.Chosen(), before, at(again[20]))
	}
	more := fill(33)
	rows.Swap(more, nil, 23) // three have come above
	if !inSight(more[23]) {
		t.Errorf("the chosen row went out of sight, to %.0f", at(more[23]))
	}
	few := fill(3)
	rows.Swap(few, nil, 2)
	if !inSight(few[0]) || !inSight(few[2]) {
		t.Errorf("three rows are at %.0f to %.0f", at(few[0]), at(few[2]))
	}
	rows.Swap(nil, nil, -1)
	rows.Swap(thirty, nil, 0)
	if rows.Chosen() != 0 || !inSight(thirty[0]) {
		t.Errorf("the first row is at %.0f", at(thirty[0]))
	}
}

func TestEntryKeepsTheKeysThatEdit(t *testing.T) {
	start(t)
	e := widgets.NewEntry("", nil)
	win := show(t, e.Boxed(), 300, 60)
	win.Canvas().SetOnTypedKey(func(k *fyne.KeyEvent) { t.Errorf("%s left the entry", k.Name) })
	win.Canvas().Focus(e)
	test.Type(e, "carta")
	e.TypedKey(&fyne.KeyEvent{Name: fyne.KeyBackspace})
	e.TypedKey(&fyne.KeyEvent{Name: fyne.KeyHome})
	e.TypedKey(&fyne.KeyEvent{Name: fyne.KeyDelete})
	if e.Text != "art" {
		t.Errorf("text %q", e.Text)
	}
	e.TypedShortcut(&desktop.CustomShortcut{KeyName: fyne.KeyRight, Modifier: fyne.KeyModifierControl})
	e.TypedShortcut(&fyne.ShortcutSelectAll{})
	if e.SelectedText() != "art" {
		t.Errorf("selected %q", e.SelectedText())
	}
}

func TestButtonsReactToEnterAndSpace(t *testing.T) {
	start(t)
	n := 0
	b := widgets.NewButton(widgets.ButtonSpec{Label: "Registra", Key: "F9", OnPress: func() { n++ }})
	win := show(t, b, 200, 60)
	win.Canvas().Focus(b)
	for _, k := range []fyne.KeyName{fyne.KeyReturn, fyne.KeyEnter, fyne.KeySpace} {
		b.TypedKey(&fyne.KeyEvent{Name: k})
	}
	b.TypedRune(' ')
	test.Tap(b)
	if n != 4 {
		t.Errorf("pressed %d times, want 4", n)
	}
	b.Disable()
	b.Press()
	if n != 4 {
		t.Error("a disabled button was pressed")
	}
}

func TestFocusShowsARing(t *testing.T) {
	start(t)
	for name, w := range focusables() {
		o := w.(fyne.CanvasObject)
		if e, ok := w.(*widgets.Entry); ok {
			o = e.Boxed()
		}
		win := show(t, o, 300, 60)
		before := rings(o)
		win.Canvas().Focus(w)
		if rings(o) != before+1 {
			t.Errorf("%s shows no ring", name)
		}
		win.Canvas().Unfocus()
		if rings(o) != before {
			t.Errorf("%s keeps its ring", name)
		}
	}
}

func rings(o fyne.CanvasObject) int {
	n := 0
	var walk func(fyne.CanvasObject)
	walk = func(o fyne.CanvasObject) {
		if !o.Visible() {
			return
		}
		switch o := o.(type) {
		case *canvas.Rectangle:
			k := theme.Current().Tokens()
			if o.StrokeWidth == 2 && (o.StrokeColor == k.Focus || o.StrokeColor == k.OnRail) {
				n++
			}
		case *fyne.Container:
			for _, c := range o.Objects {
				walk(c)
			}
		case fyne.Widget:
			for _, c := range test.WidgetRenderer(o).Objects() {
				walk(c)
			}
		}
	}
	walk(o)
	return n
}

func TestMenuByKeyboard(t *testing.T) {
	start(t)
	c := widgets.NewChoice([]widgets.Option{
		{Value: "in_person", Label: "Di persona"}, {Value: "phone", Label: "Telefono"}, {Value: "email", Label: "E-mail"},
	}, 2, "Altro", nil)
	win := show(t, container.NewWithoutLayout(c), 400, 300)
	c.Resize(c.MinSize())
	win.Canvas().Focus(c)
	c.TypedKey(&fyne.KeyEvent{Name: fyne.KeyReturn})
	m, ok := win.Canvas().Overlays().Top().(*widgets.Menu)
	if !ok {
		t.Fatal("Enter opens no menu")
	}
	m.TypedKey(&fyne.KeyEvent{Name: fyne.KeyDown})
	m.TypedRune('e')
	m.TypedKey(&fyne.KeyEvent{Name: fyne.KeyReturn})
	if c.Value() != "email" || win.Canvas().Overlays().Top() != nil {
		t.Errorf("chosen %q", c.Value())
	}
	c.TypedKey(&fyne.KeyEvent{Name: fyne.KeyLeft})
	if c.Value() != "phone" {
		t.Errorf("left chose %q", c.Value())
	}
}

func TestDialogByKeyboard(t *testing.T) {
	start(t)
	win := show(t, widgets.NewText(widgets.Body, "sotto"), 600, 400)
	below := 0
	win.Canvas().SetOnTypedKey(func(*fyne.KeyEvent) { below++ })
	answers := ""
	open := func() {
		widgets.ShowDialog(win.Canvas(), widgets.DialogSpec{
			Title: "Scartare?", Body: widgets.NewWrapped(widgets.Body, "La visita non è registrata."),
			Accept: "Scarta", Cancel: "Torna", OnAccept: func() bool { answers += "a"; return true }, OnCancel: func() { answers += "c" },
		})
	}
	open()
	win.Canvas().Focused().TypedKey(&fyne.KeyEvent{Name: fyne.KeyReturn})
	open()
	win.Canvas().Focused().TypedKey(&fyne.KeyEvent{Name: fyne.KeyEscape})
	if answers != "ac" || below != 0 || win.Canvas().Overlays().Top() != nil {
		t.Errorf("answers %q, %d keys reached the window", answers, below)
	}
	win.Canvas().OnTypedKey()(&fyne.KeyEvent{Name: fyne.KeyF9})
	if below != 1 {
		t.Error("the window's keys did not come back")
	}
}

func giant() []page.Block {
	var b strings.Builder
	for i := range 1200 {
		fmt.Fprintf(&b, "Paragrafo %d: la **carta d'identità** si chiede allo sportello anagrafe con un documento valido, "+
			"una fototessera recente e il pagamento previsto; per i minori serve l'assenso dei genitori.\n\n", i)
	}
	return page.Parse(b.String())
}

func TestReaderDrawsOnlyWhatIsInSight(t *testing.T) {
	start(t)
	r := widgets.NewReader()
	show(t, r, 500, 600)
	r.Set(widgets.Prose(giant(), widgets.ProseStyle{}))
	if n := texts(r); n == 0 || n > 400 {
		t.Errorf("%d texts drawn", n)
	}
	top := firstText(r)
	r.ScrollTo(r.Total())
	if n := texts(r); n == 0 || n > 400 {
		t.Errorf("%d texts drawn at the end", n)
	}
	if firstText(r) == top {
		t.Error("the end shows the beginning")
	}
	r.ScrollPage(-1)
	if r.Offset() >= r.Total()-600 {
		t.Error("page up did not scroll")
	}
}

func TestReaderDrawsPartsOfOneGiantParagraph(t *testing.T) {
	start(t)
	r := widgets.NewReader()
	show(t, r, 500, 600)
	r.Set(widgets.Prose(page.Parse(strings.Repeat("parole senza fine e senza capoverso ", 6500)), widgets.ProseStyle{}))
	for _, at := range []float32{0, r.Total() / 2, r.Total()} {
		r.ScrollTo(at)
		if n := texts(r); n < 20 || n > 200 {
			t.Errorf("%d texts drawn at %v", n, at)
		}
	}
}

func texts(o fyne.CanvasObject) int {
	n := 0
	eachText(o, func(*canvas.Text) { n++ })
	return n
}

func firstText(o fyne.CanvasObject) string {
	first := ""
	eachText(o, func(t *canvas.Text) {
		if first == "" {
			first = t.Text
		}
	})
	return first
}

func eachText(o fyne.CanvasObject, f func(*canvas.Text)) {
	switch o := o.(type) {
	case *canvas.Text:
		f(o)
	case *fyne.Container:
		for _, c := range o.Objects {
			eachText(c, f)
		}
	case fyne.Widget:
		for _, c := range test.WidgetRenderer(o).Objects() {
			eachText(c, f)
		}
	}
}

func TestWrappedLinesFit(t *testing.T) {
	start(t)
	for _, width := range []float32{40, 90, 222, 700} {
		text := widgets.NewRuns(widgets.Body, []widgets.Run{
			{Text: "Per "},
			{Text: "smarrimento", Bold: true, Mark: true},
			{Text: ", o furto, della "},
			{Text: "carta d'identità", Bold: true},
			{Text: " occorre Donaudampfschifffahrtsgesellschaftskapitän e prima la denuncia."},
		}, 0)
		text.Resize(fyne.NewSize(width, text.HeightFor(width)))
		eachText(text, func(c *canvas.Text) {
			if end := c.Position().X + c.MinSize().Width; end > width+3 {
				t.Errorf("width %v: %q ends at %v", width, c.Text, end)
			}
		})
	}
}

func TestClippedTextEndsWithEllipsis(t *testing.T) {
	start(t)
	text := widgets.NewRuns(widgets.Body, widgets.Plain(strings.Repeat("Disposizioni sul procedimento ", 10)), 2)
	text.Resize(fyne.NewSize(200, text.HeightFor(200)))
	last := ""
	eachText(text, func(c *canvas.Text) { last = c.Text })
	if last != "…" {
		t.Errorf("last text %q", last)
	}
	if h, one := text.HeightFor(200), theme.Current().LineHeight(15); h != 2*one {
		t.Errorf("height %v, want two lines of %v", h, one)
	}
}

func TestWideTableGoesSideways(t *testing.T) {
	start(t)
	head, row := "|", "|"
	for i := range 14 {
		head += fmt.Sprintf(" Colonna %d |", i)
		row += " un valore abbastanza lungo |"
	}
	rule := "|" + strings.Repeat(" --- |", 14)
	wide := page.Parse(head + "\n" + rule + "\n" + row + "\n")
	r := widgets.NewReader()
	show(t, r, 500, 400)
	r.Set(widgets.Prose(wide, widgets.ProseStyle{OnWheel: r.Scrolled}))
	narrow := page.Parse("| Voce | Importo |\n| --- | ---: |\n| Rilascio | 22,00 |\n")
	r2 := widgets.NewReader()
	show(t, r2, 500, 400)
	r2.Set(widgets.Prose(narrow, widgets.ProseStyle{}))
	if texts(r) < 28 || texts(r2) != 4 {
		t.Errorf("%d and %d texts", texts(r), texts(r2))
	}
}

func BenchmarkGiantText(b *testing.B) {
	start(b)
	blocks := giant()
	r := widgets.NewReader()
	show(b, r, 500, 600)
	b.ReportAllocs()
	for b.Loop() {
		r.Set(widgets.Prose(blocks, widgets.ProseStyle{}))
	}
}

func TestHintFitsItsEntry(t *testing.T) {
	start(t)
	e := widgets.NewEntry("Che cosa serve? Per esempio: carta identità smarrita", nil)
	e.SetShortHint("Che cosa serve?")
	for width, want := range map[float32]string{200: "Che cosa serve?", 600: "Che cosa serve? Per esempio: carta identità smarrita"} {
		e.Resize(fyne.NewSize(width, 40))
		if e.PlaceHolder != want {
			t.Errorf("at %v: %q", width, e.PlaceHolder)
		}
	}
}

// What the foot of a frame leaves of its part is the head's.
func TestHeadTakesWhatTheFootLeaves(t *testing.T) {
	start(t)
	head, foot := widgets.Gap(0, 60), widgets.Gap(0, 20)
	f := widgets.Frame(head, foot, nil, widgets.Gap(1, 1))
	show(t, f, 200, widgets.Space(100))
	if got := f.Objects[0].Size().Height; got != widgets.Space(60) {
		t.Errorf("the head has %v of %v", got, widgets.Space(60))
	}
}
