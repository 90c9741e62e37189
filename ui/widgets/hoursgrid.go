package widgets

import (
	"slices"
	"strconv"
	"strings"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/driver/desktop"
	fynetheme "fyne.io/fyne/v2/theme"
	"fyne.io/fyne/v2/widget"

	"polis/app"
	"polis/ui/theme"
)

// HoursSpec is what a grid of opening hours is made of.
type HoursSpec struct {
	// Days are the days' codes (MO...SU) with their names.
	Days []Option
	// Columns are the heads of the four columns: morning from, to, afternoon
	// from, to.
	Columns  [4]string
	Value    []app.Hours
	OnChange func([]app.Hours)
	OnLeave  func(day string) // a cell of the day lost the focus
	OnFocus  func(cell fyne.Focusable)
	OnGrow   func() // told when it needs another height
}

// HoursGrid is a week of opening hours: a line a day, morning and afternoon.
// Arrows up and down stay in the
// column; Ctrl+D, or the sign at its end, copies a day to the next; "8", "830" and "8.30" are understood.
type HoursGrid struct {
	widget.BaseWidget
	spec  HoursSpec
	heads [4]*Text
	rows  []*hoursRow
	more  []app.Hours // third and later openings of a day, kept as they are
}

type hoursRow struct {
	day   string
	name  *Text
	cells [4]*Entry
	boxes [4]fyne.CanvasObject
	marks [4]fyne.CanvasObject // red edges
	copy  *copySign            // nil in the last row
	wrong *Text
}

// NewHoursGrid returns a grid.
func NewHoursGrid(s HoursSpec) *HoursGrid {
	g := &HoursGrid{spec: s}
	for i, head := range s.Columns {
		g.heads[i] = NewClipped(Secondary, head)
	}
	for i, d := range s.Days {
		g.rows = append(g.rows, g.newRow(i, d))
	}
	g.ExtendBaseWidget(g)
	g.Set(s.Value)
	return g
}

func (g *HoursGrid) newRow(at int, d Option) *hoursRow {
	r := &hoursRow{day: d.Value, name: NewClipped(SecondaryStrong, d.Label), wrong: NewWrapped(Wrong, "")}
	r.name.dark = true // as the names of fields
	for i := range r.cells {
		e := NewEntry("", func(string) { g.changed() })
		e.OnKey = func(k fyne.KeyName) bool { return g.key(at, i, k) }
		e.OnShortcut = func(s *desktop.CustomShortcut) bool { return g.shortcut(at, i, s) }
		e.OnLeave = func() { g.leave(at, i) }
		e.OnFocus = func() {
			if g.spec.OnFocus != nil {
				g.spec.OnFocus(e)
			}
		}
		r.cells[i], r.boxes[i] = e, e.Boxed()
		mark := Surface{Stroke: theme.Current().Tokens().Red, Radius: 4}.rectangle()
		mark.StrokeWidth = theme.Current().Px(1.5)
		mark.Hide()
		r.marks[i] = mark
	}
	if at < len(g.spec.Days)-1 {
		r.copy = newCopySign(func() { g.copyDown(at) })
	}
	return r
}

// Focus returns the first cell.
func (g *HoursGrid) Focus() fyne.Focusable { return g.rows[0].cells[0] }

// Cell returns the cell of a day (MO...SU) and a column from 0, nil when there
// is none.
func (g *HoursGrid) Cell(day string, column int) *Entry {
	for _, r := range g.rows {
		if r.day == day && column >= 0 && column < 4 {
			return r.cells[column]
		}
	}
	return nil
}

// Set shows hours without telling anybody.
func (g *HoursGrid) Set(hours []app.Hours) {
	g.more = nil
	for _, r := range g.rows {
		var text [4]string
		n := 0
		for _, h := range hours {
			if !slices.Contains(h.Days, r.day) {
				continue
			}
			if n == 0 && h.Opens >= afternoon && h.Opens < "3" {
				n = 1 // the morning is closed
			}
			if n > 1 {
				g.more = append(g.more, app.Hours{Days: []string{r.day}, Opens: h.Opens, Closes: h.Closes})
				continue
			}
			text[2*n], text[2*n+1] = h.Opens, h.Closes
			n++
		}
		for i, e := range r.cells {
			if e.Text != text[i] {
				e.Replace(text[i])
			}
		}
	}
}

// afternoon is when a day's only opening counts as one of the afternoon.
const afternoon = "12:30"

// Value returns the hours: days with the same times together, in the order of
// the week. What is no time is given as it was typed.
func (g *HoursGrid) Value() []app.Hours {
	var out []app.Hours
	add := func(day, opens, closes string) {
		if opens == "" && closes == "" {
			return
		}
		for i, h := range out {
			if h.Opens == opens && h.Closes == closes && !slices.Contains(h.Days, day) {
				out[i].Days = append(h.Days, day)
				return
			}
		}
		out = append(out, app.Hours{Days: []string{day}, Opens: opens, Closes: closes})
	}
	for part := 0; part < 2; part++ {
		for _, r := range g.rows {
			add(r.day, clockTime(r.cells[2*part].Text), clockTime(r.cells[2*part+1].Text))
		}
	}
	for _, h := range g.more {
		add(h.Days[0], h.Opens, h.Closes)
	}
	return out
}

// clockTime writes "8", "830", "8.30" as "08:30"; what is no time stays.
func clockTime(text string) string {
	text = strings.TrimSpace(text)
	hours, minutes, parted := strings.Cut(strings.NewReplacer(".", ":", ",", ":", " ", ":", "h", ":").Replace(text), ":")
	if !parted && (len(hours) == 3 || len(hours) == 4) {
		hours, minutes = hours[:len(hours)-2], hours[len(hours)-2:]
	}
	if minutes == "" {
		minutes = "00"
	}
	h, err := strconv.ParseUint(hours, 10, 8)
	if err != nil || h > 24 || len(hours) > 2 {
		return text
	}
	m, err := strconv.ParseUint(minutes, 10, 8)
	if err != nil || m > 59 || len(minutes) != 2 || (h == 24 && m > 0) {
		return text
	}
	return pad2(h) + ":" + pad2(m)
}

func pad2(n uint64) string {
	if n < 10 {
		return "0" + strconv.FormatUint(n, 10)
	}
	return strconv.FormatUint(n, 10)
}

// isTime reports whether a text is "15:04".
func isTime(s string) bool { return len(s) == 5 && s[2] == ':' && clockTime(s) == s }

// Fail says what is wrong with a day, "" that nothing is, and marks the cells
// that it can only be about.
func (g *HoursGrid) Fail(day, sentence string) {
	for _, r := range g.rows {
		if r.day != day || r.wrong.String() == sentence {
			continue
		}
		r.wrong.Set(sentence)
		g.Refresh()
		if g.spec.OnGrow != nil {
			g.spec.OnGrow()
		}
	}
	g.mark()
}

// mark puts red edges around the cells of days that are wrong.
func (g *HoursGrid) mark() {
	for _, r := range g.rows {
		var bad [4]bool
		if r.wrong.String() != "" {
			bad = r.suspects()
		}
		for i, m := range r.marks {
			SetVisible(m, bad[i])
		}
	}
}

// suspects are the cells that are no times; else those that are missing beside
// one that is there; else pairs that end before they begin; else all.
func (r *hoursRow) suspects() [4]bool {
	var v [4]string
	for i, e := range r.cells {
		v[i] = clockTime(e.Text)
	}
	var bad [4]bool
	find := func(is func(i int) bool) bool {
		for i := range v {
			bad[i] = is(i)
		}
		return slices.Contains(bad[:], true)
	}
	other := func(i int) int { return i ^ 1 }
	switch {
	case find(func(i int) bool { return v[i] != "" && !isTime(v[i]) }):
	case find(func(i int) bool { return v[i] == "" && v[other(i)] != "" }):
	case find(func(i int) bool { return v[i] != "" && v[i&^1] >= v[i|1] }):
	default:
		find(func(i int) bool { return v[i] != "" })
	}
	return bad
}

func (g *HoursGrid) changed() {
	g.mark()
	if g.spec.OnChange != nil {
		g.spec.OnChange(g.Value())
	}
}

// leave writes a time that was understood the way all are written.
func (g *HoursGrid) leave(row, col int) {
	e := g.rows[row].cells[col]
	if t := clockTime(e.Text); t != e.Text {
		e.Replace(t)
	}
	if g.spec.OnLeave != nil {
		g.spec.OnLeave(g.rows[row].day)
	}
}

// key moves up and down within a column.
func (g *HoursGrid) key(row, col int, k fyne.KeyName) bool {
	to := row
	switch k {
	case fyne.KeyUp:
		to--
	case fyne.KeyDown:
		to++
	}
	if to == row || to < 0 || to >= len(g.rows) {
		return false
	}
	if c := canvasOf(g.rows[row].cells[col]); c != nil {
		c.Focus(g.rows[to].cells[col])
	}
	return true
}

func (g *HoursGrid) shortcut(row, col int, s *desktop.CustomShortcut) bool {
	if s.KeyName != fyne.KeyD || s.Modifier != fyne.KeyModifierControl || row == len(g.rows)-1 {
		return false
	}
	g.copyDown(row)
	if c := canvasOf(g.rows[row].cells[col]); c != nil {
		c.Focus(g.rows[row+1].cells[col])
	}
	return true
}

// copyDown gives the next day the times of a day.
func (g *HoursGrid) copyDown(row int) {
	for i, e := range g.rows[row].cells {
		g.rows[row+1].cells[i].Replace(clockTime(e.Text))
	}
	g.changed()
	if g.spec.OnLeave != nil {
		g.spec.OnLeave(g.rows[row+1].day)
	}
}

// Bounds of the grid at 100 %.
const (
	hoursDay  = 96  // of a day's name
	hoursCell = 150 // widest cell
	hoursCopy = 34
)

func (g *HoursGrid) columns(width float32) (day, cell, gap float32) {
	th := theme.Current()
	gap = Space(1.5)
	day = th.Px(hoursDay)
	cell = min((width-day-th.Px(hoursCopy)-3*gap-g.parting())/4, th.Px(hoursCell))
	return day, max(cell, Space(8)), gap
}

// parting is what stands between morning and afternoon, beside the gap.
func (g *HoursGrid) parting() float32 { return Space(3) }

func (g *HoursGrid) headHeight() float32 { return g.heads[0].MinSize().Height }

func (g *HoursGrid) rowHeight(r *hoursRow, width float32) (line, wrong float32) {
	line = r.boxes[0].MinSize().Height
	if r.wrong.String() != "" {
		day, _, _ := g.columns(width)
		wrong = HeightFor(r.wrong, width-day-theme.Current().Px(19))
	}
	return line, wrong
}

// HeightFor implements Flowing.
func (g *HoursGrid) HeightFor(width float32) float32 {
	h := g.headHeight()
	for _, r := range g.rows {
		a, b := g.rowHeight(r, width)
		h += a + b
	}
	return h
}

// MinSize implements fyne.CanvasObject.
func (g *HoursGrid) MinSize() fyne.Size {
	return fyne.NewSize(Space(60), g.HeightFor(max(g.Size().Width, Space(100))))
}

// CreateRenderer implements fyne.Widget.
func (g *HoursGrid) CreateRenderer() fyne.WidgetRenderer {
	d := &drawn{min: g.MinSize}
	signs := make([]fyne.CanvasObject, len(g.rows))
	for _, h := range g.heads {
		d.objects = append(d.objects, h)
	}
	for i, r := range g.rows {
		signs[i] = Icon(fynetheme.ErrorIcon(), theme.ColorRed, 15)
		d.objects = append(d.objects, r.name)
		for c := range r.cells {
			d.objects = append(d.objects, r.boxes[c], r.marks[c])
		}
		if r.copy != nil {
			d.objects = append(d.objects, r.copy)
		}
		d.objects = append(d.objects, signs[i], r.wrong)
	}
	d.layout = func(s fyne.Size) { g.layOut(s, signs) }
	d.refresh = func() {
		g.layOut(g.Size(), signs)
		for _, o := range d.objects {
			o.Refresh()
		}
	}
	return d
}

func (g *HoursGrid) layOut(s fyne.Size, signs []fyne.CanvasObject) {
	th := theme.Current()
	room := th.Px(ringRoom)
	day, cell, gap := g.columns(s.Width)
	at := func(col int) float32 {
		x := day + float32(col)*(cell+gap)
		if col > 1 {
			x += g.parting()
		}
		return x
	}
	for i, h := range g.heads {
		Place(h, at(i), 0, cell+gap/2, g.headHeight())
	}
	y := g.headHeight()
	for i, r := range g.rows {
		line, wrong := g.rowHeight(r, s.Width)
		h := th.LineHeight(th.Secondary())
		Place(r.name, 0, y+(line-h)/2, day-gap, h)
		for c := range r.cells {
			Place(r.boxes[c], at(c)-room, y, cell+2*room, line)
			placeFace(r.marks[c], at(c), y+room, cell, line-2*room)
		}
		if r.copy != nil {
			Place(r.copy, at(4), y+(line-th.Px(32))/2, th.Px(hoursCopy), th.Px(32))
		}
		SetVisible(signs[i], wrong > 0)
		Place(signs[i], day, y+line+(th.LineHeight(th.Secondary())-th.Px(15))/2, th.Px(15), th.Px(15))
		Place(r.wrong, day+th.Px(19), y+line, s.Width-day-th.Px(19), wrong)
		y += line + wrong
	}
}

// copySign is the mouse's way to what Ctrl+D does; it is no stop of the keys.
type copySign struct {
	widget.BaseWidget
	onPress func()
	hovered bool
}

func newCopySign(onPress func()) *copySign {
	c := &copySign{onPress: onPress}
	c.ExtendBaseWidget(c)
	return c
}

func (c *copySign) Tapped(*fyne.PointEvent)        { c.onPress() }
func (c *copySign) MouseIn(*desktop.MouseEvent)    { c.hovered = true; c.Refresh() }
func (c *copySign) MouseMoved(*desktop.MouseEvent) {}
func (c *copySign) MouseOut()                      { c.hovered = false; c.Refresh() }
func (c *copySign) Cursor() desktop.Cursor         { return desktop.PointerCursor }

// CreateRenderer implements fyne.Widget.
func (c *copySign) CreateRenderer() fyne.WidgetRenderer {
	bed := transparent()
	icon := Icon(fynetheme.MoveDownIcon(), theme.ColorLink, 20)
	return &drawn{
		objects: []fyne.CanvasObject{bed, icon},
		min:     func() fyne.Size { th := theme.Current(); return fyne.NewSize(th.Px(hoursCopy), th.Px(32)) },
		layout: func(s fyne.Size) {
			th := theme.Current()
			bed.CornerRadius = th.Px(4)
			Place(bed, 0, 0, s.Width, s.Height)
			Place(icon, (s.Width-th.Px(20))/2, (s.Height-th.Px(20))/2, th.Px(20), th.Px(20))
		},
		refresh: func() {
			bed.FillColor = transparent().FillColor
			if c.hovered {
				bed.FillColor = theme.Current().Tokens().Hover
			}
			bed.Refresh()
		},
	}
}
