package widgets_test

import (
	"reflect"
	"slices"
	"testing"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"
	"fyne.io/fyne/v2/driver/desktop"
	"fyne.io/fyne/v2/test"

	"polis/app"
	"polis/ui/theme"
	"polis/ui/uitest"
	"polis/ui/widgets"
)

func steps(onPress func(int)) *widgets.StepList {
	all := []widgets.Step{{Label: "Ente", Done: true}, {Label: "Persone", Warn: true}, {Label: "Sportelli"}}
	l := widgets.NewStepList(all, func(now int) string { return all[now].Label }, func(i int) {
		if onPress != nil {
			onPress(i)
		}
	})
	l.Set(all, 1)
	return l
}

func TestFieldSaysWhatIsWrong(t *testing.T) {
	start(t)
	grown, left := 0, ""
	f := widgets.NewField(widgets.FieldSpec{
		Label: "PEC", Value: "comunebra@pec", OnGrow: func() { grown++ }, OnLeave: func(s string) { left = s },
	})
	win := show(t, f, 300, 120)
	low := f.HeightFor(300)
	f.Fail("Dopo «pec» manca il dominio.")
	if f.HeightFor(300) <= low || grown != 1 {
		t.Errorf("%v high, then %v; told %d times", low, f.HeightFor(300), grown)
	}
	if !slices.Contains(uitest.Texts(win.Canvas()), "Dopo «pec» manca il dominio.") || redEdges(f) != 1 {
		t.Errorf("shown: %q, %d edges", uitest.Texts(win.Canvas()), redEdges(f))
	}
	f.Fail("")
	if f.HeightFor(300) != low || redEdges(f) != 0 {
		t.Error("the field stays wrong")
	}
	win.Canvas().Focus(f.Focus())
	test.Type(f.Entry(), "x")
	win.Canvas().Unfocus()
	if left != f.Text() || f.Text() != "xcomunebra@pec" && f.Text() != "comunebra@pecx" {
		t.Errorf("left with %q, holds %q", left, f.Text())
	}
	if fixed := widgets.NewField(widgets.FieldSpec{Label: "Codice IPA", Value: "c_b111", ReadOnly: true}); fixed.Focus() != nil || fixed.Text() != "c_b111" {
		t.Errorf("a field that is read only takes the focus or says %q", fixed.Text())
	}
}

func redEdges(o fyne.CanvasObject) int {
	n := 0
	walk(o, func(o fyne.CanvasObject) {
		if r, ok := o.(*canvas.Rectangle); ok && r.StrokeColor == theme.Current().Tokens().Red {
			n++
		}
	})
	return n
}

func walk(o fyne.CanvasObject, f func(fyne.CanvasObject)) {
	if !o.Visible() {
		return
	}
	f(o)
	switch o := o.(type) {
	case *fyne.Container:
		for _, c := range o.Objects {
			walk(c, f)
		}
	case fyne.Widget:
		for _, c := range test.WidgetRenderer(o).Objects() {
			walk(c, f)
		}
	}
}

func TestSelectByKeyboard(t *testing.T) {
	start(t)
	var options []widgets.Option
	for _, name := range []string{"Alba", "Alessandria", "Alpignano", "Asti", "Biella", "Bra", "Cuneo", "Novara", "Torino", "Val di Chy", "Val della Torre", "Vercelli"} {
		options = append(options, widgets.Option{Value: name, Label: name})
	}
	var told []string
	s := widgets.NewSelect(widgets.SelectSpec{
		Label: "Comune", None: "Scegliere", Options: options, OnChange: func(v string) { told = append(told, v) },
	})
	win := show(t, s, 300, 200)
	if !slices.Contains(uitest.Texts(win.Canvas()), "Scegliere") {
		t.Errorf("nothing chosen shows %q", uitest.Texts(win.Canvas()))
	}
	box := s.Focus()
	win.Canvas().Focus(box)
	for _, r := range "alp" {
		box.TypedRune(r)
	}
	if s.Value() != "Alpignano" {
		t.Errorf("alp chose %q", s.Value())
	}
	win.Canvas().Unfocus()
	win.Canvas().Focus(box)
	for _, r := range "val de" {
		if r == ' ' {
			box.TypedKey(&fyne.KeyEvent{Name: fyne.KeySpace})
		}
		box.TypedRune(r)
	}
	if s.Value() != "Val della Torre" || win.Canvas().Overlays().Top() != nil {
		t.Errorf("val de chose %q", s.Value())
	}
	win.Canvas().Unfocus()
	win.Canvas().Focus(box)
	box.TypedRune('b')
	box.TypedRune('b')
	if s.Value() != "Bra" {
		t.Errorf("b twice chose %q", s.Value())
	}
	box.TypedKey(&fyne.KeyEvent{Name: fyne.KeyReturn})
	m, ok := win.Canvas().Overlays().Top().(*widgets.Menu)
	if !ok {
		t.Fatal("Enter opens no list")
	}
	for _, r := range "tor" {
		m.TypedRune(r)
	}
	m.TypedKey(&fyne.KeyEvent{Name: fyne.KeyReturn})
	if s.Value() != "Torino" || told[len(told)-1] != "Torino" || win.Canvas().Overlays().Top() != nil {
		t.Errorf("chosen %q, told %q", s.Value(), told)
	}
	box.TypedKey(&fyne.KeyEvent{Name: fyne.KeySpace})
	win.Canvas().Overlays().Top().(*widgets.Menu).TypedKey(&fyne.KeyEvent{Name: fyne.KeyEscape})
	if s.Value() != "Torino" {
		t.Error("Esc chose something")
	}
}

func week() []widgets.Option {
	return []widgets.Option{{Value: "MO", Label: "lunedì"}, {Value: "TU", Label: "martedì"}, {Value: "WE", Label: "mercoledì"}}
}

func TestHoursGrid(t *testing.T) {
	start(t)
	var told []app.Hours
	g := widgets.NewHoursGrid(widgets.HoursSpec{
		Days: week(), Columns: [4]string{"dalle", "alle", "dalle", "alle"}, OnChange: func(h []app.Hours) { told = h },
		Value: []app.Hours{{Days: []string{"TU"}, Opens: "14:30", Closes: "17:00"}},
	})
	win := show(t, g, 640, 300)
	if g.Cell("TU", 2).Text != "14:30" || g.Cell("TU", 0).Text != "" {
		t.Errorf("an afternoon stands in the morning: %q", g.Cell("TU", 0).Text)
	}
	win.Canvas().Focus(g.Focus())
	typed := func(text string) {
		for _, r := range text {
			win.Canvas().Focused().TypedRune(r)
		}
	}
	typed("830")
	win.Canvas().FocusNext()
	typed("12.30")
	win.Canvas().Focused().(fyne.Shortcutable).TypedShortcut(&desktop.CustomShortcut{KeyName: fyne.KeyD, Modifier: fyne.KeyModifierControl})
	if win.Canvas().Focused() != fyne.Focusable(g.Cell("TU", 1)) {
		t.Error("the copy does not go down")
	}
	win.Canvas().Focused().TypedKey(&fyne.KeyEvent{Name: fyne.KeyDown})
	if win.Canvas().Focused() != fyne.Focusable(g.Cell("WE", 1)) {
		t.Error("down does not go down")
	}
	typed("9")
	want := []app.Hours{{Days: []string{"MO", "TU"}, Opens: "08:30", Closes: "12:30"}, {Days: []string{"WE"}, Closes: "09:00"}}
	if !reflect.DeepEqual(told, want) {
		t.Errorf("%+v, want %+v", told, want)
	}
	if g.Cell("MO", 0).Text != "08:30" {
		t.Errorf("a time that was left says %q", g.Cell("MO", 0).Text)
	}
	low := g.HeightFor(640)
	g.Fail("WE", "Manca l'orario di apertura.")
	if g.HeightFor(640) <= low || redEdges(g) != 1 {
		t.Errorf("%d red cells", redEdges(g))
	}
	g.Fail("WE", "")
	if redEdges(g) != 0 {
		t.Error("the day stays wrong")
	}
}

func TestHoursOfOtherProgramsAreKept(t *testing.T) {
	start(t)
	hours := []app.Hours{
		{Days: []string{"MO"}, Opens: "08:00", Closes: "10:00"},
		{Days: []string{"MO"}, Opens: "11:00", Closes: "12:00"},
		{Days: []string{"MO"}, Opens: "15:00", Closes: "16:00"},
		{Days: []string{"TU"}, Opens: "su appuntamento"},
	}
	g := widgets.NewHoursGrid(widgets.HoursSpec{Days: week(), Value: hours})
	got := map[string]int{}
	for _, h := range g.Value() {
		for _, d := range h.Days {
			got[d+h.Opens+h.Closes]++
		}
	}
	for _, h := range hours {
		if got[h.Days[0]+h.Opens+h.Closes] != 1 {
			t.Errorf("%+v became %v", h, got)
		}
	}
}

func TestStepList(t *testing.T) {
	start(t)
	pressed := -1
	l := steps(func(i int) { pressed = i })
	win := show(t, l, 300, 200)
	win.Canvas().Focus(l.Focus(2))
	win.Canvas().Focused().TypedKey(&fyne.KeyEvent{Name: fyne.KeyReturn})
	if pressed != 2 {
		t.Errorf("pressed %d", pressed)
	}
	tall := l.HeightFor(300)
	l.SetFlat(true)
	if l.HeightFor(300) >= tall {
		t.Error("a flat list is as high as a column")
	}
	for _, c := range uitest.Clipped(win.Canvas()) {
		t.Error(c)
	}
}

func TestDateField(t *testing.T) {
	start(t)
	var told app.Date
	d := widgets.NewDateField(widgets.DateSpec{Label: "Data", Lang: "it", OnChange: func(v app.Date) { told = v }})
	win := show(t, d, 300, 100)
	win.Canvas().Focus(d.Focus())
	test.Type(d.Focus(), "3/11")
	if told != "3/11" {
		t.Errorf("half a day is %q", told)
	}
	test.Type(d.Focus(), "/26")
	win.Canvas().Unfocus()
	if told != "2026-11-03" || d.Text() != "3 nov 2026" {
		t.Errorf("%q, shown as %q", told, d.Text())
	}
}

func TestControlsOfAFormAreEquallyHigh(t *testing.T) {
	start(t)
	f := widgets.NewField(widgets.FieldSpec{Label: "A"})
	s := widgets.NewSelect(widgets.SelectSpec{Label: "A"})
	fixed := widgets.NewField(widgets.FieldSpec{Label: "A", Value: "x", ReadOnly: true})
	if a, b, c := f.HeightFor(300), s.HeightFor(300), fixed.HeightFor(300); a != b || a != c {
		t.Errorf("%v, %v and %v", a, b, c)
	}
}

func TestPanelsOfOneLineAreLevel(t *testing.T) {
	start(t)
	low := widgets.NewWrapped(widgets.Body, "one")
	high := widgets.NewWrapped(widgets.Body, "one\ntwo\nthree")
	row := widgets.Level([]float32{1, 1}, low, high)
	show(t, row, 800, 400)
	if low.Size().Height != high.Size().Height || high.Size().Height != widgets.HeightFor(high, high.Size().Width) {
		t.Fatalf("heights %v and %v", low.Size().Height, high.Size().Height)
	}
	if widgets.HeightFor(row, 800) != high.Size().Height {
		t.Fatalf("the line is %v high, its panels %v", widgets.HeightFor(row, 800), high.Size().Height)
	}
}
