package widgets

import (
	"image/color"
	"strings"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/driver/desktop"
	fynetheme "fyne.io/fyne/v2/theme"
	"fyne.io/fyne/v2/widget"

	"polis/ui/theme"
)

// MenuItem is one choice; Detail stands at the right (a count).
type MenuItem struct {
	Label, Detail string
	Checked       bool
	OnPress       func()
}

// Menu is a list of choices over the window: arrows, Enter, Esc, the first
// letter of a choice, or the mouse.
type Menu struct {
	widget.BaseWidget
	canvas fyne.Canvas
	items  []MenuItem
	rows   []*menuRow
	at     int
	typed  string // letters of one word, until another key
	scroll *container.Scroll
	anchor fyne.Position
	above  float32 // height of what it hangs at
	wide   float32 // least width
}

// ShowMenu opens a menu at an object: below it, or above when there is more
// room.
func ShowMenu(at fyne.CanvasObject, items []MenuItem) { showMenu(at, items, 0) }

// showMenu is ShowMenu for a list that is as wide as what it hangs at.
func showMenu(at fyne.CanvasObject, items []MenuItem, wide float32) {
	c := canvasOf(at)
	if c == nil || len(items) == 0 {
		return
	}
	m := &Menu{canvas: c, items: items, above: at.Size().Height, wide: wide}
	m.anchor = fyne.CurrentApp().Driver().AbsolutePositionForObject(at)
	m.ExtendBaseWidget(m)
	for i := range items {
		m.rows = append(m.rows, newMenuRow(m, i))
		if items[i].Checked && m.at == 0 {
			m.at = i
		}
	}
	c.Overlays().Add(m)
	m.Resize(c.Size())
	c.Focus(m)
	m.choose(m.at)
}

// Items returns the choices, for tests.
func (m *Menu) Items() []MenuItem { return m.items }

// Dismiss closes the menu.
func (m *Menu) Dismiss() { m.canvas.Overlays().Remove(m) }

// Pick closes the menu and takes a choice.
func (m *Menu) Pick(i int) {
	m.Dismiss()
	if i >= 0 && i < len(m.items) && m.items[i].OnPress != nil {
		m.items[i].OnPress()
	}
}

func (m *Menu) choose(i int) {
	m.at = min(max(i, 0), len(m.items)-1)
	for _, r := range m.rows {
		r.Refresh()
	}
	if m.scroll == nil {
		return
	}
	row := m.rows[m.at]
	top, h := row.Position().Y, row.Size().Height
	switch {
	case top < m.scroll.Offset.Y:
		m.scroll.ScrollToOffset(fyne.NewPos(0, top))
	case top+h > m.scroll.Offset.Y+m.scroll.Size().Height:
		m.scroll.ScrollToOffset(fyne.NewPos(0, top+h-m.scroll.Size().Height))
	}
}

// FocusGained implements fyne.Focusable.
func (m *Menu) FocusGained() {}

// FocusLost implements fyne.Focusable.
func (m *Menu) FocusLost() {}

// TypedShortcut implements fyne.Shortcutable: shortcuts rest.
func (m *Menu) TypedShortcut(fyne.Shortcut) {}

// TypedRune jumps to the choice that begins with what was typed in one go;
// the same letter again goes to the next one.
func (m *Menu) TypedRune(r rune) {
	letter := strings.ToLower(string(r))
	if m.typed != "" && m.jump(m.typed+letter, m.at) {
		m.typed += letter
		return
	}
	if m.jump(letter, m.at+1) {
		m.typed = letter
	}
}

// jump chooses the first choice from one on that begins with a text.
func (m *Menu) jump(text string, from int) bool {
	i := next(len(m.items), from, func(i int) bool { return strings.HasPrefix(strings.ToLower(m.items[i].Label), text) })
	if i >= 0 {
		m.choose(i)
	}
	return i >= 0
}

// next finds the first of n from one on, around the end; -1 when none is.
func next(n, from int, is func(i int) bool) int {
	for k := range n {
		if i := (from + k) % n; is(i) {
			return i
		}
	}
	return -1
}

// TypedKey implements fyne.Focusable.
func (m *Menu) TypedKey(e *fyne.KeyEvent) {
	if e.Name != fyne.KeySpace && len(e.Name) > 1 { // not a letter, which comes as a rune too
		m.typed = ""
	}
	switch e.Name {
	case fyne.KeyDown:
		m.choose(m.at + 1)
	case fyne.KeyUp:
		m.choose(m.at - 1)
	case fyne.KeyHome:
		m.choose(0)
	case fyne.KeyEnd:
		m.choose(len(m.items) - 1)
	case fyne.KeyPageDown:
		m.choose(m.at + 8)
	case fyne.KeyPageUp:
		m.choose(m.at - 8)
	case fyne.KeyReturn, fyne.KeyEnter:
		m.Pick(m.at)
	case fyne.KeyEscape:
		m.Dismiss()
	}
}

// Tapped beside the list closes the menu.
func (m *Menu) Tapped(*fyne.PointEvent) { m.Dismiss() }

// CreateRenderer implements fyne.Widget.
func (m *Menu) CreateRenderer() fyne.WidgetRenderer {
	th := theme.Current()
	k := th.Tokens()
	card := canvas.NewRectangle(k.Paper)
	card.StrokeColor, card.StrokeWidth, card.CornerRadius = k.Border, th.Px(1), th.Px(4)
	shade := canvas.NewRectangle(k.Shadow)
	shade.CornerRadius = th.Px(5)
	rows := Stack(0)
	for _, r := range m.rows {
		rows.Add(r)
	}
	m.scroll = container.NewVScroll(rows)
	return &drawn{
		objects: []fyne.CanvasObject{shade, card, m.scroll},
		layout: func(s fyne.Size) {
			pad := th.Px(4)
			want := rows.MinSize().AddWidthHeight(2*pad, 2*pad)
			w := min(max(want.Width, m.wide), s.Width-2*pad)
			y, h := m.room(want.Height, s.Height)
			x := max(min(m.anchor.X, s.Width-w-pad), pad)
			Place(shade, x-th.Px(1), y+th.Px(2), w+th.Px(3), h+th.Px(2))
			Place(card, x, y, w, h)
			Place(m.scroll, x+pad, y+pad, w-2*pad, h-2*pad)
		},
	}
}

// room finds where a list of a height has its place: below the anchor,
// above it, or as much of it as the roomier side holds.
func (m *Menu) room(want, windowHeight float32) (y, h float32) {
	margin := theme.Current().Px(6)
	below := windowHeight - margin - (m.anchor.Y + m.above)
	above := m.anchor.Y - margin
	switch {
	case want <= below:
		return m.anchor.Y + m.above, want
	case want <= above:
		return m.anchor.Y - want, want
	case below >= above:
		return m.anchor.Y + m.above, below
	}
	return margin, above
}

type menuRow struct {
	widget.BaseWidget
	menu *Menu
	i    int
}

func newMenuRow(m *Menu, i int) *menuRow {
	r := &menuRow{menu: m, i: i}
	r.ExtendBaseWidget(r)
	return r
}

func (r *menuRow) Tapped(*fyne.PointEvent)        { r.menu.Pick(r.i) }
func (r *menuRow) MouseIn(*desktop.MouseEvent)    { r.menu.choose(r.i) }
func (r *menuRow) MouseMoved(*desktop.MouseEvent) {}
func (r *menuRow) MouseOut()                      {}
func (r *menuRow) Cursor() desktop.Cursor         { return desktop.PointerCursor }

// CreateRenderer implements fyne.Widget.
func (r *menuRow) CreateRenderer() fyne.WidgetRenderer {
	th := theme.Current()
	k := th.Tokens()
	item := r.menu.items[r.i]
	bed := canvas.NewRectangle(color.Transparent)
	bed.CornerRadius = th.Px(3)
	label := canvas.NewText(item.Label, k.Text)
	label.TextSize, label.TextStyle.Bold = th.Body(), item.Checked
	detail := canvas.NewText(item.Detail, k.Muted)
	detail.TextSize = th.Secondary()
	tick := Icon(fynetheme.ConfirmIcon(), theme.ColorLink, 16)
	SetVisible(tick, item.Checked)
	draw := func() {
		bed.FillColor = color.Transparent
		if r.menu.at == r.i {
			bed.FillColor = k.Chosen
		}
		canvas.Refresh(bed)
	}
	return &drawn{
		objects: []fyne.CanvasObject{bed, tick, label, detail},
		refresh: draw,
		min: func() fyne.Size {
			w := th.Px(30) + label.MinSize().Width + th.Px(16)
			if item.Detail != "" {
				w += th.Px(16) + detail.MinSize().Width
			}
			return fyne.NewSize(w, th.Px(34))
		},
		layout: func(s fyne.Size) {
			lm, dm := label.MinSize(), detail.MinSize()
			Place(bed, 0, 0, s.Width, s.Height)
			Place(tick, th.Px(8), (s.Height-th.Px(16))/2, th.Px(16), th.Px(16))
			Place(label, th.Px(30), (s.Height-lm.Height)/2, lm.Width, lm.Height)
			Place(detail, s.Width-th.Px(10)-dm.Width, (s.Height-dm.Height)/2, dm.Width, dm.Height)
			draw()
		},
	}
}
