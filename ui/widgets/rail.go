package widgets

import (
	"image/color"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"

	"polis/ui/theme"
)

// RailEntry is a line of the dark rail: a symbol and a name, or the symbol
// alone where there is no room.
type RailEntry struct {
	press
	icon     fyne.Resource
	label    string
	selected bool
	compact  bool
}

// NewRailEntry returns an entry.
func NewRailEntry(icon fyne.Resource, label string, onPress func()) *RailEntry {
	e := &RailEntry{icon: icon, label: label}
	e.extend(e, onPress)
	return e
}

// Select marks the entry as the screen that shows.
func (e *RailEntry) Select(selected bool) {
	if e.selected != selected {
		e.selected = selected
		e.Refresh()
	}
}

// SetCompact hides the name.
func (e *RailEntry) SetCompact(compact bool) {
	if e.compact != compact {
		e.compact = compact
		e.Refresh()
	}
}

// CreateRenderer implements fyne.Widget.
func (e *RailEntry) CreateRenderer() fyne.WidgetRenderer {
	th := theme.Current()
	k := th.Tokens()
	bed, ring := canvas.NewRectangle(color.Transparent), newRing(0)
	ring.StrokeColor, ring.CornerRadius = k.OnRail, 0
	icon := Icon(e.icon, theme.ColorOnRail, 20)
	label := canvas.NewText(e.label, k.OnRail)
	label.TextSize = th.Body()
	dress := func() {
		bed.FillColor, label.Color = color.Transparent, k.OnRail
		colour := theme.ColorOnRail
		switch {
		case e.selected:
			bed.FillColor, label.Color, colour = k.RailChosen, k.OnRailChosen(), theme.ColorOnRailChosen
		case e.hovered:
			bed.FillColor = k.RailHover
		}
		label.TextStyle.Bold = e.selected
		setPicture(icon, tinted(e.icon, colour))
		SetVisible(label, !e.compact)
		SetVisible(ring, e.focused)
	}
	layOut := func(s fyne.Size) {
		Place(bed, 0, 0, s.Width, s.Height)
		Place(ring, 1, 1, s.Width-2, s.Height-2)
		x := th.Px(18)
		if e.compact {
			x = (s.Width - th.Px(20)) / 2
		}
		Place(icon, x, (s.Height-th.Px(20))/2, th.Px(20), th.Px(20))
		m := label.MinSize()
		Place(label, x+th.Px(28), (s.Height-m.Height)/2, m.Width, m.Height)
	}
	d := &drawn{objects: []fyne.CanvasObject{bed, icon, label, ring}, layout: layOut}
	d.min = func() fyne.Size {
		if e.compact {
			return fyne.NewSize(th.Px(48), th.Px(42))
		}
		return fyne.NewSize(th.Px(18+28+12)+label.MinSize().Width, th.Px(42))
	}
	d.refresh = func() {
		dress()
		layOut(e.Size())
		for _, o := range d.objects {
			canvas.Refresh(o)
		}
	}
	dress()
	return d
}

// RailStatus tells at the foot of the rail how fresh the catalogue is; a
// press synchronises.
type RailStatus struct {
	press
	state   RailState
	compact bool
	title   *Text
	lines   *Text
}

// RailState is what a RailStatus tells.
type RailState struct {
	Kind  Kind
	Title string
	Lines []string
}

// NewRailStatus returns an empty status.
func NewRailStatus(onPress func()) *RailStatus {
	s := &RailStatus{title: newText(RailText, nil, true, 0), lines: newText(RailMuted, nil, true, 0)}
	s.extend(s, onPress)
	return s
}

// Set changes what is told.
func (s *RailStatus) Set(st RailState) {
	s.state = st
	s.title.Set(st.Title)
	var runs []Run
	for i, l := range st.Lines {
		if i > 0 {
			runs = append(runs, Run{Break: true})
		}
		runs = append(runs, Run{Text: l})
	}
	s.lines.SetRuns(runs)
	s.Refresh()
}

// State returns what is told.
func (s *RailStatus) State() RailState { return s.state }

// SetCompact shows the coloured dot alone.
func (s *RailStatus) SetCompact(compact bool) {
	if s.compact != compact {
		s.compact = compact
		s.Refresh()
	}
}

func (s *RailStatus) dot(k theme.Tokens) color.Color {
	switch s.state.Kind {
	case OK:
		return k.OnRailGood
	case Warn:
		return k.OnRailLate
	case Bad:
		return k.OnRailBad
	}
	return k.OnRailMuted
}

// HeightFor implements Flowing.
func (s *RailStatus) HeightFor(width float32) float32 {
	th := theme.Current()
	if s.compact {
		return th.Px(44)
	}
	return s.title.HeightFor(width-th.Px(48)) + s.lines.HeightFor(width-th.Px(28)) + th.Px(22)
}

// MinSize implements fyne.CanvasObject.
func (s *RailStatus) MinSize() fyne.Size {
	return fyne.NewSize(Space(10), s.HeightFor(max(s.Size().Width, Space(30))))
}

// CreateRenderer implements fyne.Widget.
func (s *RailStatus) CreateRenderer() fyne.WidgetRenderer {
	th := theme.Current()
	k := th.Tokens()
	bed, ring := canvas.NewRectangle(color.Transparent), newRing(0)
	ring.StrokeColor, ring.CornerRadius = k.OnRail, 0
	dot := canvas.NewCircle(k.OnRailMuted)
	layOut := func(size fyne.Size) {
		Place(bed, 0, 0, size.Width, size.Height)
		Place(ring, 1, 1, size.Width-2, size.Height-2)
		d := th.Px(10)
		if s.compact {
			Place(dot, (size.Width-d)/2, (size.Height-d)/2, d, d)
			return
		}
		w := size.Width - th.Px(48)
		h := s.title.HeightFor(w)
		Place(dot, th.Px(18), th.Px(10)+(th.LineHeight(th.Body())-d)/2, d, d)
		Place(s.title, th.Px(36), th.Px(10), w, h)
		Place(s.lines, th.Px(18), th.Px(13)+h, size.Width-th.Px(28), s.lines.HeightFor(size.Width-th.Px(28)))
	}
	d := &drawn{objects: []fyne.CanvasObject{bed, dot, s.title, s.lines, ring}, layout: layOut, min: s.MinSize}
	d.refresh = func() {
		bed.FillColor = color.Transparent
		if s.hovered {
			bed.FillColor = k.RailHover
		}
		dot.FillColor = s.dot(k)
		SetVisible(s.title, !s.compact)
		SetVisible(s.lines, !s.compact)
		SetVisible(ring, s.focused)
		layOut(s.Size())
		canvas.Refresh(s)
	}
	return d
}
