package uitest

import (
	"fmt"
	"log/slog"
	"strings"
	"testing"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"
	"fyne.io/fyne/v2/test"

	appdesk "polis/app/desk"
	"polis/app/printing"
	"polis/ui/handover"
	"polis/ui/screen"
	"polis/ui/theme"
	"polis/ui/widgets"
)

// Room is a window with one screen, without rail: it keeps what the screen
// tells its host.
type Room struct {
	Steps   *Steps
	Host    *screen.Host
	Canvas  fyne.Canvas
	Banners map[string]*widgets.BannerSpec
	Toasts  []string
	Events  []string
	Opened  []string
	Went    []screen.Route
	// Choosing is what was to be chosen from.
	Choosing []handover.Subject
	Undo     func() // of the last message, nil when it cannot be taken back
	OpenErr  error  // Open fails with it

	tb  testing.TB
	win fyne.Window
	s   screen.Screen
}

// NewRoom prepares a window in a language and a look; Enter puts a screen
// into it.
func NewRoom(tb testing.TB, lang string, mode theme.Mode, scale float32) *Room {
	tb.Helper()
	a := test.NewApp()
	tb.Cleanup(func() { test.NewApp() })
	a.Settings().SetTheme(theme.New(mode, scale))
	books, err := Books()
	if err != nil {
		tb.Fatal(err)
	}
	r := &Room{tb: tb, Steps: &Steps{}, Banners: map[string]*widgets.BannerSpec{}}
	r.win = test.NewWindow(nil)
	r.win.SetPadded(false)
	tb.Cleanup(r.win.Close)
	r.Canvas = r.win.Canvas()
	r.Host = &screen.Host{
		Words: books[lang], Runner: r.Steps, Log: slog.New(slog.DiscardHandler),
		Trace: func(event string, _ ...any) { r.Events = append(r.Events, event) },
		Open:  func(path string) error { r.Opened = append(r.Opened, path); return r.OpenErr },
		Toast: func(text string, undo func()) (hide func()) {
			r.Toasts, r.Undo = append(r.Toasts, text), undo
			n := len(r.Toasts)
			return func() {
				if len(r.Toasts) == n {
					r.Undo = nil
				}
			}
		},
		Notice: func(text string) { r.Toasts = append(r.Toasts, text) },
		Go:     func(to screen.Route) { r.Went = append(r.Went, to) },
		Canvas: func() fyne.Canvas { return r.Canvas },
		Banner: func(id string, b *widgets.BannerSpec) {
			delete(r.Banners, id)
			if b != nil {
				r.Banners[id] = b
			}
		},
	}
	return r
}

// Enter shows a screen at a size; the keys of the map reach it as they do in
// the window.
func (r *Room) Enter(s screen.Screen, width, height float32) {
	r.tb.Helper()
	r.s = s
	r.win.SetContent(s.Object())
	r.Resize(width, height)
	r.Canvas.SetOnTypedKey(func(e *fyne.KeyEvent) {
		if a := screen.Plain(e.Name); a != "" {
			s.Do(a)
		}
	})
	r.Canvas.SetOnTypedRune(s.Type)
	s.Shown()
	r.Steps.Drain()
}

// Resize changes the window's size.
func (r *Room) Resize(width, height float32) { r.win.Resize(fyne.NewSize(width, height)) }

// Hand makes what hands papers over in this room, on printers that may be
// nil.
func (r *Room) Hand(p *Printers, d *appdesk.Desk, folder string) *handover.Hand {
	r.tb.Helper()
	return handover.New(handover.Params{
		Host: func() *screen.Host { return r.Host }, Press: r.PressOf(p), PDF: d.Write, SaveFolder: folder,
		Choose: func(s handover.Subject) { r.Choosing = append(r.Choosing, s) },
	})
}

// PressOf is the press of the printers, nil without any.
func (r *Room) PressOf(p *Printers) *printing.Press {
	r.tb.Helper()
	if p == nil {
		return nil
	}
	press, err := p.Press()
	if err != nil {
		r.tb.Fatal(err)
	}
	return press
}

// Press presses keys where the focus is, or in the window, and lets the work
// that they ask for be done.
func (r *Room) Press(keys ...fyne.KeyName) {
	for _, k := range keys {
		r.Key(k)
		r.Steps.Drain()
	}
}

// Key presses a key and does no work.
func (r *Room) Key(k fyne.KeyName) {
	e := &fyne.KeyEvent{Name: k}
	if f := r.Canvas.Focused(); f != nil {
		f.TypedKey(e)
		return
	}
	r.Canvas.OnTypedKey()(e)
}

// Tab moves the focus on.
func (r *Room) Tab() { r.Canvas.FocusNext() }

// Focused names what has the focus: a button by its label.
func (r *Room) Focused() string {
	if b, ok := r.Canvas.Focused().(*widgets.Button); ok {
		return b.Label()
	}
	return fmt.Sprintf("%T", r.Canvas.Focused())
}

// Button returns the button in sight with a label.
func (r *Room) Button(label string) *widgets.Button {
	r.tb.Helper()
	var found *widgets.Button
	Visit(r.Canvas, func(o fyne.CanvasObject, _ fyne.Position) {
		if b, ok := o.(*widgets.Button); ok && b.Label() == label {
			found = b
		}
	})
	if found == nil {
		r.tb.Fatalf("no button %q among %q", label, Texts(r.Canvas))
	}
	return found
}

// Shows reports whether a text is drawn, over several lines too; blanks that
// do not break count as blanks.
func (r *Room) Shows(text string) bool {
	return strings.Contains(strings.ReplaceAll(strings.Join(Texts(r.Canvas), " "), "\u00a0", " "), strings.ReplaceAll(text, "\u00a0", " "))
}

// Listed reports whether a text of a list is in sight, not scrolled away.
func (r *Room) Listed(text string) bool {
	top, bottom, found := float32(0), float32(0), false
	Visit(r.Canvas, func(o fyne.CanvasObject, at fyne.Position) {
		switch o := o.(type) {
		case *widgets.Rows:
			top, bottom = at.Y, at.Y+o.Size().Height
		case *canvas.Text:
			found = found || o.Text == text && at.Y >= top && at.Y+o.Size().Height <= bottom
		}
	})
	return found
}

// Wants fails for every text that is not drawn.
func (r *Room) Wants(texts ...string) {
	r.tb.Helper()
	for _, t := range texts {
		if !r.Shows(t) {
			r.tb.Errorf("%q is not shown among %q", t, Texts(r.Canvas))
		}
	}
}

// Sweep fails for every text that is cut, at the sizes of the design.
func (r *Room) Sweep(where string) {
	r.tb.Helper()
	for _, size := range [][2]float32{{1280, 1024}, {1366, 728}, {1093, 614}, {1920, 1080}} {
		r.Resize(size[0], size[1])
		for _, c := range Clipped(r.Canvas) {
			r.tb.Errorf("%s at %.0fx%.0f: %s", where, size[0], size[1], c)
		}
	}
}
