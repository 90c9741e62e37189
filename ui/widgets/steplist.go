package widgets

import (
	"strconv"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"
	fynetheme "fyne.io/fyne/v2/theme"
	"fyne.io/fyne/v2/widget"

	"polis/ui/theme"
)

// Step is one of the numbered steps of a long form.
type Step struct {
	Label string
	Done  bool
	// Warn says that something in it needs another look.
	Warn bool
}

// StepList shows the steps of a form: which are done, which one is open,
// which are still to do. Each can be pressed. Beside a form it is a column;
// where there is no room a line of numbers with the name of the open one.
type StepList struct {
	widget.BaseWidget
	steps  []*stepSign
	now    int
	flat   bool
	place  *Text // "3 di 6 · Sportelli", in the line
	onText func(now int) string
}

// NewStepList returns a list; line says what the open step is where the list
// is a line, onPress is told which step was pressed.
func NewStepList(steps []Step, line func(now int) string, onPress func(i int)) *StepList {
	l := &StepList{place: NewClipped(Strong, ""), onText: line}
	for i, s := range steps {
		sign := &stepSign{list: l, i: i, step: s}
		sign.extend(sign, func() { onPress(i) })
		l.steps = append(l.steps, sign)
	}
	l.ExtendBaseWidget(l)
	l.place.Set(line(0))
	return l
}

// Set shows other states and opens a step.
func (l *StepList) Set(steps []Step, now int) {
	l.now = now
	for i, s := range l.steps {
		s.step = steps[i]
		s.Refresh()
	}
	l.place.Set(l.onText(now))
}

// Now returns the open step.
func (l *StepList) Now() int { return l.now }

// SetFlat makes it a line or a column.
func (l *StepList) SetFlat(flat bool) {
	if l.flat != flat {
		l.flat = flat
		l.Refresh()
	}
}

// Focus returns what gets the focus at a step.
func (l *StepList) Focus(i int) fyne.Focusable { return l.steps[i] }

// HeightFor implements Flowing.
func (l *StepList) HeightFor(float32) float32 {
	h := l.steps[0].MinSize().Height
	if l.flat {
		return h
	}
	return h*float32(len(l.steps)) + Space(0.5)*float32(len(l.steps)-1)
}

// MinSize implements fyne.CanvasObject.
func (l *StepList) MinSize() fyne.Size {
	w := float32(0)
	for _, s := range l.steps {
		w = max(w, s.MinSize().Width)
	}
	if l.flat {
		w = w*float32(len(l.steps)) + Space(20)
	}
	return fyne.NewSize(w, l.HeightFor(w))
}

// CreateRenderer implements fyne.Widget.
func (l *StepList) CreateRenderer() fyne.WidgetRenderer {
	d := &drawn{min: l.MinSize}
	for _, s := range l.steps {
		d.objects = append(d.objects, s)
	}
	d.objects = append(d.objects, l.place)
	d.layout = func(s fyne.Size) {
		SetVisible(l.place, l.flat)
		x, y := float32(0), float32(0)
		for _, g := range l.steps {
			m := g.MinSize()
			if l.flat {
				Place(g, x, 0, m.Width, m.Height)
				x += m.Width
				continue
			}
			Place(g, 0, y, s.Width, m.Height)
			y += m.Height + Space(0.5)
		}
		h := l.place.MinSize().Height
		Place(l.place, x+Space(2), (s.Height-h)/2, max(s.Width-x-Space(2), 0), h)
	}
	d.refresh = func() {
		d.layout(l.Size())
		for _, o := range d.objects {
			o.Refresh()
		}
	}
	return d
}

// stepSign is a step: its number, or a tick, in a circle, and its name.
type stepSign struct {
	press
	list *StepList
	i    int
	step Step
}

// stepSide is the side of a step's circle at 100 %.
const stepSide = 26

type stepParts struct {
	bed, ring   *canvas.Rectangle
	circle      *canvas.Circle
	tick, sign  *canvas.Image
	number, txt *canvas.Text
}

// CreateRenderer implements fyne.Widget.
func (s *stepSign) CreateRenderer() fyne.WidgetRenderer {
	p := &stepParts{
		bed: transparent(), ring: newRing(4), circle: canvas.NewCircle(nil),
		tick: Icon(fynetheme.ConfirmIcon(), fynetheme.ColorNameForegroundOnSuccess, 17), sign: Icon(fynetheme.WarningIcon(), theme.ColorAmber, 16),
		number: canvas.NewText(strconv.Itoa(s.i+1), nil), txt: canvas.NewText("", nil),
	}
	s.dress(p)
	d := &drawn{objects: []fyne.CanvasObject{p.bed, p.ring, p.circle, p.tick, p.number, p.txt, p.sign}}
	d.min = func() fyne.Size {
		th := theme.Current()
		w := th.Px(stepSide) + 2*Space(1.5) + 2*th.Px(ringRoom)
		if !s.list.flat {
			m := fyne.MeasureText(s.step.Label, th.Body(), fyne.TextStyle{Bold: true})
			w += Space(2) + m.Width + th.Px(22)
		}
		return fyne.NewSize(w, th.Px(34)+2*th.Px(ringRoom))
	}
	d.layout = func(size fyne.Size) { s.layOut(p, size) }
	d.refresh = func() {
		s.dress(p)
		s.layOut(p, s.Size())
		for _, o := range d.objects {
			canvas.Refresh(o)
		}
	}
	return d
}

func (s *stepSign) dress(p *stepParts) {
	th := theme.Current()
	k := th.Tokens()
	now := s.list.now == s.i
	p.bed.FillColor, p.bed.CornerRadius = transparent().FillColor, th.Px(4)
	switch {
	case s.hovered:
		p.bed.FillColor = k.Hover
	case now:
		p.bed.FillColor = k.Chosen
	}
	p.circle.StrokeWidth, p.circle.StrokeColor = th.Px(1.5), k.Border
	p.circle.FillColor, p.number.Color, p.txt.Color = k.Paper, k.Muted, k.Muted
	tick := s.step.Done && !now
	switch {
	case now:
		p.circle.FillColor, p.circle.StrokeColor, p.number.Color, p.txt.Color = k.Primary, k.Primary, k.OnPrimary, k.Title
	case s.step.Warn:
		p.circle.StrokeColor, p.number.Color, p.txt.Color = k.Amber, k.Amber, k.Text
	case tick:
		p.circle.FillColor, p.circle.StrokeColor, p.txt.Color = k.Green, k.Green, k.Text
	}
	p.number.TextSize, p.number.TextStyle.Bold = th.Px(13), true
	p.txt.Text, p.txt.TextSize, p.txt.TextStyle.Bold = s.step.Label, th.Body(), now
	SetVisible(p.tick, tick)
	SetVisible(p.number, !tick)
	SetVisible(p.txt, !s.list.flat)
	SetVisible(p.sign, s.step.Warn)
	SetVisible(p.ring, s.focused)
}

func (s *stepSign) layOut(p *stepParts, size fyne.Size) {
	th := theme.Current()
	room, side := th.Px(ringRoom), th.Px(stepSide)
	Place(p.ring, 0, 0, size.Width, size.Height)
	Place(p.bed, room, room, size.Width-2*room, size.Height-2*room)
	x := room + Space(1.5)
	y := (size.Height - side) / 2
	Place(p.circle, x, y, side, side)
	Place(p.tick, x+(side-th.Px(17))/2, y+(side-th.Px(17))/2, th.Px(17), th.Px(17))
	m := p.number.MinSize()
	Place(p.number, x+(side-m.Width)/2, y+(side-m.Height)/2, m.Width, m.Height)
	x += side + Space(2)
	m = p.txt.MinSize()
	Place(p.txt, x, (size.Height-m.Height)/2, m.Width, m.Height)
	if s.list.flat { // on the rim of the circle
		Place(p.sign, x-Space(2)-th.Px(9), y-th.Px(5), th.Px(15), th.Px(15))
		return
	}
	Place(p.sign, size.Width-room-th.Px(20), (size.Height-th.Px(16))/2, th.Px(16), th.Px(16))
}
