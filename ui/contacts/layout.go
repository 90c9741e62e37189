package contacts

import (
	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"

	"polis/ui/theme"
	"polis/ui/widgets"
)

// overLayout lays objects over each other.
type overLayout struct{}

func (overLayout) Layout(objects []fyne.CanvasObject, s fyne.Size) {
	for _, o := range objects {
		widgets.Place(o, 0, 0, s.Width, s.Height)
	}
}

func (overLayout) MinSize([]fyne.CanvasObject) fyne.Size { return fyne.Size{} }

// bar puts the choice at the left and the button at the right; below it
// where both do not fit.
func bar(choice fyne.CanvasObject, button fyne.CanvasObject) fyne.CanvasObject {
	return container.New(barLayout{}, choice, button)
}

type barLayout struct{}

func (barLayout) Layout(objects []fyne.CanvasObject, s fyne.Size) {
	choice, button := objects[0], objects[1]
	m := button.MinSize()
	left := s.Width - m.Width - widgets.Space(2)
	if !button.Visible() {
		left = s.Width
	}
	h := choice.MinSize().Height
	widgets.Place(choice, 0, 0, left, h)
	widgets.Place(button, s.Width-m.Width+ringRoom(), (h-m.Height)/2, m.Width, m.Height)
}

func (barLayout) HeightOf(objects []fyne.CanvasObject, _ float32) float32 {
	return max(objects[0].MinSize().Height, objects[1].MinSize().Height)
}

func (l barLayout) MinSize(objects []fyne.CanvasObject) fyne.Size {
	return fyne.NewSize(widgets.Space(40), l.HeightOf(objects, 0))
}

// choiceLayout shows as many values as there is room for.
type choiceLayout struct {
	choice *widgets.Choice
	all    int
}

func (l choiceLayout) Layout(objects []fyne.CanvasObject, s fyne.Size) {
	n := l.all
	for l.choice.SetShown(n); n > 1 && l.choice.MinSize().Width > s.Width; n-- {
		l.choice.SetShown(n - 1)
	}
	// The ring stands out, so that the first value stands below the title.
	widgets.Place(objects[0], -ringRoom(), 0, l.choice.MinSize().Width, s.Height)
}

// ringRoom is what a control keeps free for the ring of the focus.
func ringRoom() float32 { return theme.Current().Px(3) }

func (l choiceLayout) MinSize([]fyne.CanvasObject) fyne.Size {
	return fyne.NewSize(widgets.Space(20), l.choice.MinSize().Height)
}

// pairLayout gives the first its own width and the second the rest, both
// from the top.
type pairLayout struct{}

func (pairLayout) second(objects []fyne.CanvasObject, width float32) (x, w float32) {
	x = objects[0].MinSize().Width + widgets.Space(2)
	return x, max(width-x, 0)
}

func (l pairLayout) Layout(objects []fyne.CanvasObject, s fyne.Size) {
	x, w := l.second(objects, s.Width)
	m := objects[0].MinSize()
	top := float32(0)
	if line := theme.Current().LineHeight(theme.Current().Body()); m.Height < line {
		top = (line - m.Height) / 2 // on the middle of the first line
	}
	widgets.Place(objects[0], 0, top, m.Width, m.Height)
	widgets.Place(objects[1], x, 0, w, widgets.HeightFor(objects[1], w))
}

func (l pairLayout) HeightOf(objects []fyne.CanvasObject, width float32) float32 {
	_, w := l.second(objects, width)
	return max(objects[0].MinSize().Height, widgets.HeightFor(objects[1], w))
}

func (l pairLayout) MinSize(objects []fyne.CanvasObject) fyne.Size {
	return fyne.NewSize(widgets.Space(40), l.HeightOf(objects, widgets.Space(60)))
}

// columnsLayout puts columns beside each other where they are readable.
type columnsLayout struct{}

// leastColumn is the width of a readable column at 100 %.
const leastColumn = 268

func (columnsLayout) column(n int, width float32) (w float32, beside bool) {
	w = (width - widgets.Space(6)*float32(n-1)) / float32(n)
	return w, w >= theme.Current().Px(leastColumn)
}

// arrange lays the columns out and returns the height of all. Below each
// other the first two are one list.
func (l columnsLayout) arrange(objects []fyne.CanvasObject, width float32, move bool) float32 {
	w, beside := l.column(len(objects), width)
	high, x := float32(0), float32(0)
	for i, o := range objects {
		switch {
		case beside:
			if move {
				widgets.Place(o, x, 0, w, widgets.HeightFor(o, w))
			}
			high = max(high, widgets.HeightFor(o, w))
			x += w + widgets.Space(6)
		default:
			if i == 1 {
				high += widgets.Space(0.75)
			} else if i > 1 {
				high += widgets.Space(4)
			}
			h := widgets.HeightFor(o, width)
			if move {
				widgets.Place(o, 0, high, width, h)
			}
			high += h
		}
	}
	return high
}

func (l columnsLayout) Layout(objects []fyne.CanvasObject, s fyne.Size) {
	l.arrange(objects, s.Width, true)
}

func (l columnsLayout) HeightOf(objects []fyne.CanvasObject, width float32) float32 {
	return l.arrange(objects, width, false)
}

func (l columnsLayout) MinSize(objects []fyne.CanvasObject) fyne.Size {
	return fyne.NewSize(widgets.Space(40), l.HeightOf(objects, widgets.Space(80)))
}

// panes are the list and the detail: beside each other in a wide window, the
// detail below in a usual one, one at a time in a small one.
type panes struct {
	object  *fyne.Container
	list    fyne.CanvasObject
	detail  *detail
	line    fyne.CanvasObject
	empty   bool
	single  bool // there is room for one only
	reading bool // and it is the detail
}

// Sizes at 100 % from which both panes have room.
const (
	leastBeside = 1300
	besideWidth = 400
	leastBelow  = 880
	leastHeight = 400
)

func newPanes(list fyne.CanvasObject, d *detail) *panes {
	p := &panes{list: list, detail: d, line: widgets.Line()}
	p.object = container.New(p, list, p.line, d.object)
	return p
}

// onlyDetail reports whether the list is out of sight.
func (p *panes) onlyDetail() bool { return p.single && p.reading }

// showDetail changes the pane where there is room for one only; it reports
// whether anything changed on the screen.
func (p *panes) showDetail(reading bool) bool {
	changed := p.reading != reading
	p.reading = reading
	if changed && p.single {
		p.object.Refresh()
		return true
	}
	return false
}

func (p *panes) setEmpty(empty bool) {
	p.empty = empty
	if empty {
		p.reading = false
	}
	p.object.Refresh()
}

func (p *panes) Layout(_ []fyne.CanvasObject, s fyne.Size) {
	th := theme.Current()
	beside := s.Width >= th.Px(leastBeside)
	p.single = !beside && (s.Width < th.Px(leastBelow) || s.Height < th.Px(leastHeight))
	widgets.SetVisible(p.list, !p.onlyDetail())
	widgets.SetVisible(p.detail.object, !p.empty && (!p.single || p.reading))
	widgets.SetVisible(p.line, !p.empty && !p.single)
	widgets.SetVisible(p.detail.back, p.single)
	switch {
	case p.empty:
		widgets.Place(p.list, 0, 0, s.Width, s.Height)
	case p.single:
		widgets.Place(p.list, 0, 0, s.Width, s.Height)
		widgets.Place(p.detail.object, 0, 0, s.Width, s.Height)
	case beside:
		w := s.Width - th.Px(besideWidth)
		widgets.Place(p.list, 0, 0, w-1, s.Height)
		widgets.Place(p.line, w-1, 0, 1, s.Height)
		widgets.Place(p.detail.object, w, 0, s.Width-w, s.Height)
	default:
		h := min(max(th.Px(216), s.Height*0.32), s.Height*0.44)
		widgets.Place(p.list, 0, 0, s.Width, s.Height-h-1)
		widgets.Place(p.line, 0, s.Height-h-1, s.Width, 1)
		widgets.Place(p.detail.object, 0, s.Height-h, s.Width, h)
	}
}

func (p *panes) MinSize([]fyne.CanvasObject) fyne.Size { return fyne.Size{} }
