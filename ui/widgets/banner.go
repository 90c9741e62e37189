package widgets

import (
	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	fynetheme "fyne.io/fyne/v2/theme"

	"polis/ui/theme"
)

// BannerSpec is a message across the top: what happened, what is safe, what
// to do. Kind has an icon of its own, so that colour is not alone.
type BannerSpec struct {
	Kind        Kind
	Title, Text string
	Action      string // label of the button, "" = none
	OnAction    func()
	More        []BannerAction // other ways on, on a line below the text
	Dismiss     string         // label of the button that closes it, "" = it stays
	OnDismiss   func()
}

// BannerAction is one of several ways on.
type BannerAction struct {
	Label   string
	OnPress func()
}

func (k Kind) icon() fyne.Resource {
	switch k {
	case OK:
		return fynetheme.ConfirmIcon()
	case Warn:
		return fynetheme.WarningIcon()
	case Bad:
		return fynetheme.ErrorIcon()
	}
	return fynetheme.InfoIcon()
}

// NewBanner draws a banner.
func NewBanner(s BannerSpec) fyne.CanvasObject {
	k := theme.Current().Tokens()
	var runs []Run
	if s.Title != "" {
		runs = append(runs, Run{Text: s.Title, Bold: true})
	}
	if s.Text != "" {
		if len(runs) > 0 {
			runs = append(runs, Run{Text: " "})
		}
		runs = append(runs, Run{Text: s.Text})
	}
	text := fyne.CanvasObject(NewRuns(Body, runs, 0))
	if len(s.More) > 0 {
		ways := Wrap(0.5, 0.5)
		for _, a := range s.More {
			ways.Add(NewButton(ButtonSpec{Label: a.Label, OnPress: a.OnPress}))
		}
		text = Stack(1, text, ways)
	}
	row := []fyne.CanvasObject{Icon(s.Kind.icon(), s.Kind.colourName(), 22), text}
	if s.Action != "" {
		row = append(row, NewButton(ButtonSpec{Label: s.Action, OnPress: s.OnAction}))
	}
	if s.Dismiss != "" {
		row = append(row, NewButton(ButtonSpec{Label: s.Dismiss, Weight: Bare, OnPress: s.OnDismiss}))
	}
	content := Pad(1.5, 3, 1.5, 3, Row(2.5, 1, row...))
	return Panel(content, Surface{Fill: s.Kind.tint(k), Stroke: s.Kind.ink(k), Radius: 6})
}

// NewToast draws a short message; it floats over the window and never takes
// the focus.
func NewToast(kind Kind, text, undo string, onUndo func()) fyne.CanvasObject {
	k := theme.Current().Tokens()
	icon, colour, edge := fynetheme.ConfirmIcon(), theme.ColorGreen, k.Green
	if kind != OK {
		icon, colour, edge = fynetheme.InfoIcon(), theme.ColorLink, k.ChosenBorder
	}
	const widest = 640
	wrapped := NewWrapped(Strong, text)
	wish := max(wrapped.Natural(), wrapped.paragraph().natural()+2) // shaped, and by letters, as lines are broken
	message := container.New(fixedLayout{min(wish, theme.Current().Px(widest))}, wrapped)
	row := []fyne.CanvasObject{Icon(icon, colour, 20), message}
	if onUndo != nil {
		row = append(row, NewButton(ButtonSpec{Label: undo, Weight: Bare, OnPress: onUndo}))
	}
	return Panel(Pad(2, 4, 2, 4, Row(2.5, 1, row...)), Surface{Fill: k.Paper, Stroke: edge, Radius: 6})
}

// Empty tells why there is nothing and what to do next.
func Empty(icon fyne.Resource, title, text string, actions ...fyne.CanvasObject) fyne.CanvasObject {
	objects := []fyne.CanvasObject{}
	if icon != nil {
		objects = append(objects, Centred(Icon(icon, theme.ColorMuted, 40)))
	}
	objects = append(objects, NewCentred(Heading, title))
	if text != "" {
		objects = append(objects, NewCentred(Body, text))
	}
	for _, a := range actions {
		objects = append(objects, Centred(a))
	}
	return Pad(8, 6, 6, 6, Stack(2.5, objects...))
}

// Centred puts an object in the middle of the width.
func Centred(o fyne.CanvasObject) fyne.CanvasObject {
	return container.New(centreLayout{}, o)
}

type centreLayout struct{}

func (centreLayout) Layout(objects []fyne.CanvasObject, s fyne.Size) {
	for _, o := range objects {
		m := o.MinSize()
		Place(o, (s.Width-m.Width)/2, 0, m.Width, m.Height)
	}
}

func (centreLayout) HeightOf(objects []fyne.CanvasObject, _ float32) float32 {
	return objects[0].MinSize().Height
}

func (centreLayout) MinSize(objects []fyne.CanvasObject) fyne.Size { return objects[0].MinSize() }

// Card is a quiet box.
func Card(o fyne.CanvasObject) fyne.CanvasObject {
	return Panel(Pad(3, 3.5, 3, 3.5, o), Surface{Fill: theme.Current().Tokens().Quiet, Radius: 6})
}

// Fact is one key fact: what it is about in small capitals, and its value.
type Fact struct{ Label, Value string }

// Facts shows key facts side by side, as many in a line as are readable.
func Facts(facts []Fact) fyne.CanvasObject {
	var cells []fyne.CanvasObject
	for _, f := range facts {
		cells = append(cells, Stack(0.5, NewText(SecondaryStrong, upper(f.Label)), NewWrapped(Strong, f.Value)))
	}
	return Card(container.New(gridLayout{least: 150, gap: 4}, cells...))
}

// gridLayout puts cells in columns of the same width.
type gridLayout struct {
	least float32 // width of a column at 100 %
	gap   float32 // in steps of 4
}

func (l gridLayout) columns(n int, width float32) int {
	fit := int((width + Space(l.gap)) / (theme.Current().Px(l.least) + Space(l.gap)))
	fit = max(min(fit, n), 1)
	lines := (n + fit - 1) / fit
	return (n + lines - 1) / lines
}

func (l gridLayout) arrange(objects []fyne.CanvasObject, width float32, move bool) float32 {
	if len(objects) == 0 {
		return 0
	}
	n := l.columns(len(objects), width)
	w := (width - Space(l.gap)*float32(n-1)) / float32(n)
	y := float32(0)
	for start := 0; start < len(objects); start += n {
		high := float32(0)
		line := objects[start:min(start+n, len(objects))]
		for _, o := range line {
			high = max(high, HeightFor(o, w))
		}
		for i, o := range line {
			if move {
				Place(o, float32(i)*(w+Space(l.gap)), y, w, high)
			}
		}
		y += high + Space(2)
	}
	return y - Space(2)
}

func (l gridLayout) Layout(objects []fyne.CanvasObject, s fyne.Size) {
	l.arrange(objects, s.Width, true)
}

func (l gridLayout) HeightOf(objects []fyne.CanvasObject, width float32) float32 {
	return l.arrange(objects, width, false)
}

func (l gridLayout) MinSize([]fyne.CanvasObject) fyne.Size {
	return fyne.NewSize(theme.Current().Px(l.least), Space(10))
}
