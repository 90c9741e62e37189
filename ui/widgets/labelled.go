package widgets

import (
	"image/color"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"
	fynetheme "fyne.io/fyne/v2/theme"
	"fyne.io/fyne/v2/widget"

	"polis/ui/theme"
)

// Input is a control of a form with its name, as Field, Select and DateField.
type Input interface {
	fyne.CanvasObject
	// Focus is what gets the focus.
	Focus() fyne.Focusable
	// Fail says below it what is wrong, "" that nothing is.
	Fail(sentence string)
}

// Labelled puts the name of a control above it and, below, help or what is
// wrong: in red, with an icon, and the control gets a red edge.
type Labelled struct {
	widget.BaseWidget

	label   *Text
	control fyne.CanvasObject // with room for a ring
	help    *Text
	usual   string
	kind    Kind
	said    string // "" = the help shows
	edge    *canvas.Rectangle
	onGrow  func()
}

func (l *Labelled) extend(self fyne.Widget, label, help string, control fyne.CanvasObject, onGrow func()) {
	l.label, l.help, l.usual = NewWrapped(SecondaryStrong, label), NewWrapped(Secondary, help), help
	l.label.dark = true
	l.control, l.onGrow = control, onGrow
	l.edge = canvas.NewRectangle(color.Transparent)
	l.edge.Hide()
	l.ExtendBaseWidget(self)
}

// Fail implements Input.
func (l *Labelled) Fail(sentence string) { l.Say(Bad, sentence) }

// Say says something below the control in place of its help, "" takes it
// back: Bad with a red edge, Warn in amber, every other kind quietly.
func (l *Labelled) Say(kind Kind, sentence string) {
	if l.said == sentence && (sentence == "" || l.kind == kind) {
		return
	}
	before := l.HeightFor(l.Size().Width)
	l.kind, l.said = kind, sentence
	switch {
	case sentence == "":
		l.help.SetRole(Secondary)
		sentence = l.usual
	case kind == Bad:
		l.help.SetRole(Wrong)
	case kind == Warn:
		l.help.SetRole(Late)
	default:
		l.help.SetRole(Secondary)
	}
	l.help.Set(sentence)
	l.Refresh()
	l.grown(before)
}

// signed reports that there is an icon before what is said.
func (l *Labelled) signed() bool { return l.said != "" && (l.kind == Bad || l.kind == Warn) }

func (l *Labelled) grown(before float32) {
	if l.onGrow != nil && l.HeightFor(l.Size().Width) != before {
		l.onGrow()
	}
}

// SetHelp changes what stands below the control while nothing is wrong.
func (l *Labelled) SetHelp(help string) {
	if l.usual == help {
		return
	}
	before := l.HeightFor(l.Size().Width)
	l.usual = help
	if l.said == "" {
		l.help.Set(help)
	}
	l.Refresh()
	l.grown(before)
}

// Said returns what is said in place of the help, and how bad it is.
func (l *Labelled) Said() (Kind, string) { return l.kind, l.said }

// Label returns the name of the control.
func (l *Labelled) Label() string { return l.label.String() }

// signWidth is the room of the icon before what is wrong.
func (l *Labelled) signWidth() float32 {
	if !l.signed() {
		return 0
	}
	return theme.Current().Px(19)
}

func (l *Labelled) parts(width float32) (label, control, help float32) {
	if l.label.String() != "" {
		label = HeightFor(l.label, width)
	}
	if l.help.String() != "" {
		help = HeightFor(l.help, max(width-l.signWidth(), Space(5)))
	}
	room := 2 * theme.Current().Px(ringRoom)
	return label, HeightFor(l.control, width+room), help
}

// HeightFor implements Flowing.
func (l *Labelled) HeightFor(width float32) float32 {
	a, b, c := l.parts(width)
	return a + b + c
}

// MinSize implements fyne.CanvasObject.
func (l *Labelled) MinSize() fyne.Size {
	w := l.Size().Width
	if w <= 0 {
		w = Space(60)
	}
	return fyne.NewSize(Space(20), l.HeightFor(w))
}

// CreateRenderer implements fyne.Widget.
func (l *Labelled) CreateRenderer() fyne.WidgetRenderer {
	sign := Icon(fynetheme.ErrorIcon(), theme.ColorRed, 15)
	layOut := func(s fyne.Size) {
		th := theme.Current()
		a, b, c := l.parts(s.Width)
		room := th.Px(ringRoom)
		Place(l.label, 0, 0, s.Width, a)
		Place(l.control, -room, a, s.Width+2*room, b)
		placeFace(l.edge, 0, a+room, s.Width, b-2*room)
		x := l.signWidth()
		Place(sign, 0, a+b+(th.LineHeight(th.Secondary())-th.Px(15))/2, th.Px(15), th.Px(15))
		Place(l.help, x, a+b, s.Width-x, c)
	}
	dress := func() {
		th := theme.Current()
		l.edge.StrokeColor, l.edge.StrokeWidth, l.edge.CornerRadius = th.Tokens().Red, th.Px(1.5), th.Px(4)
		SetVisible(l.edge, l.said != "" && l.kind == Bad)
		SetVisible(sign, l.signed())
		if l.kind == Bad || l.kind == Warn {
			setPicture(sign, tinted(l.kind.icon(), l.kind.colourName()))
		}
	}
	dress()
	return &drawn{
		objects: []fyne.CanvasObject{l.label, l.control, l.edge, sign, l.help}, min: l.MinSize, layout: layOut,
		refresh: func() {
			dress()
			layOut(l.Size())
			canvas.Refresh(sign)
			canvas.Refresh(l.edge)
			l.help.Refresh()
		},
	}
}
