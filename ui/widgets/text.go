package widgets

import (
	"image/color"

	"fyne.io/fyne/v2"
	fynetheme "fyne.io/fyne/v2/theme"
	"fyne.io/fyne/v2/widget"

	"polis/ui/theme"
)

// Role is what a text is for; it decides size, weight and colour.
type Role int

// The roles of texts.
const (
	Body Role = iota
	Strong
	Secondary
	SecondaryStrong
	Section // heading of a section, blu
	Title
	Heading // dark, the size of a section
	Figure
	Link
	Good // verde, small and strong
	Late // ambra
	Wrong
	RailTitle
	RailText
	RailMuted
)

func (r Role) size(th *theme.Theme) float32 {
	switch r {
	case Secondary, SecondaryStrong, Good, Late, Wrong, RailMuted, Link:
		return th.Secondary()
	case Section, Heading:
		return th.Section()
	case Title:
		return th.Title()
	case Figure, RailTitle:
		return th.Figure() * 0.9
	}
	return th.Body()
}

func (r Role) bold() bool {
	switch r {
	case Strong, SecondaryStrong, Section, Title, Heading, Figure, Good, Late, Wrong, RailTitle:
		return true
	}
	return false
}

func (r Role) ink(k theme.Tokens) color.Color {
	switch r {
	case Secondary, SecondaryStrong:
		return k.Muted
	case Section, Link:
		return k.Link
	case Title, Heading, Figure:
		return k.Title
	case Good:
		return k.Green
	case Late:
		return k.Amber
	case Wrong:
		return k.Red
	case RailTitle, RailText:
		return k.OnRail
	case RailMuted:
		return k.OnRailMuted
	}
	return k.Text
}

// Text is a text in a role. One that wraps is as high as its width asks for.
type Text struct {
	widget.BaseWidget
	role  Role
	runs  []Run
	wraps bool
	most  int
	para  *paragraph

	centred bool
	dark    bool // in the ink of titles
}

// NewText returns a text on one line.
func NewText(role Role, s string) *Text { return newText(role, Plain(s), false, 1) }

// NewWrapped returns a text on as many lines as it needs.
func NewWrapped(role Role, s string) *Text { return newText(role, Plain(s), true, 0) }

// NewRuns returns a text in several styles; most bounds the lines, 0 does
// not, and what is left out is told by an ellipsis.
func NewRuns(role Role, runs []Run, most int) *Text { return newText(role, runs, true, most) }

// NewClipped returns a text on one line that may be shortened with an
// ellipsis when there is no room: for data, never for labels.
func NewClipped(role Role, s string) *Text { return newText(role, Plain(s), true, 1) }

func newText(role Role, runs []Run, wraps bool, most int) *Text {
	t := &Text{role: role, runs: runs, wraps: wraps, most: most}
	t.ExtendBaseWidget(t)
	return t
}

// Set changes the text.
func (t *Text) Set(s string) { t.SetRuns(Plain(s)) }

// SetRuns changes the text.
func (t *Text) SetRuns(runs []Run) {
	t.runs, t.para = runs, nil
	t.Refresh()
}

// SetRole changes what the text is for.
func (t *Text) SetRole(r Role) {
	if t.role != r {
		t.role, t.para = r, nil
		t.Refresh()
	}
}

// String returns the text without styles.
func (t *Text) String() string { return t.paragraph().text }

func (t *Text) paragraph() *paragraph {
	if t.para == nil {
		t.para = newParagraph(t.runs, t.role.size(theme.Current()), t.role.bold())
	}
	return t.para
}

// HeightFor implements Flowing.
func (t *Text) HeightFor(width float32) float32 {
	p := t.paragraph()
	if !t.wraps {
		return theme.Current().LineHeight(p.size)
	}
	p.layOut(width, t.most)
	return p.height()
}

// MinSize implements fyne.CanvasObject.
func (t *Text) MinSize() fyne.Size {
	p := t.paragraph()
	high := theme.Current().LineHeight(p.size)
	if !t.wraps {
		return fyne.NewSize(shapedWidth(p)+1, high)
	}
	if t.most == 1 {
		return fyne.NewSize(min(p.natural()+2, Space(10)), high)
	}
	width := t.Size().Width
	if width <= 0 {
		width = Space(60)
	}
	return fyne.NewSize(Space(10), t.HeightFor(width))
}

// Natural is the width at which the text needs one line.
func (t *Text) Natural() float32 { return shapedWidth(t.paragraph()) + 2 }

// shapedWidth is the exact width on one line.
func shapedWidth(p *paragraph) float32 {
	w := float32(0)
	p.stretches(0, len(p.text), func(r *Run, text string) {
		w += fyne.MeasureText(text, p.size, fyne.TextStyle{Bold: p.bold || r.Bold, Italic: r.Italic}).Width
	})
	return w
}

// CreateRenderer implements fyne.Widget.
func (t *Text) CreateRenderer() fyne.WidgetRenderer {
	k := &pen{}
	d := &drawn{}
	draw := func() {
		p := t.paragraph()
		width := t.Size().Width
		most := t.most
		if !t.wraps {
			width = 1 << 20
		}
		if width <= 0 {
			return
		}
		p.layOut(width, most)
		k.begin()
		t.write(k, p, width)
		d.objects = k.objects()
	}
	d.layout = func(fyne.Size) { draw() }
	d.refresh = draw
	d.min = t.MinSize
	return d
}

func (t *Text) write(k *pen, p *paragraph, width float32) {
	th := theme.Current()
	ink := t.role.ink(th.Tokens())
	if t.dark {
		ink = th.Tokens().Title
	}
	if !t.centred {
		k.paragraph(p, 0, 0, 0, 1<<30, ink)
		return
	}
	for i, l := range p.lines {
		x := max((width-p.measure(th, l.start, l.end))/2, 0)
		k.line(p, l, x, float32(i)*p.high, ink)
	}
}

func tinted(res fyne.Resource, colour fyne.ThemeColorName) fyne.Resource {
	return fynetheme.NewColoredResource(res, colour)
}
