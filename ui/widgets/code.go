package widgets

import (
	"image"
	"image/color"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"
	"fyne.io/fyne/v2/widget"

	"polis/ui/theme"
)

// CodeSpec is a code to be photographed with a telephone: Modules by row,
// true is dark, and the same in letters.
type CodeSpec struct {
	Title, Hint, Text string
	Modules           [][]bool
	Close             string
}

// quietZone is the white around a code, in modules, that readers need.
const quietZone = 4

// Code lies over the window: a code as large as there is room for, dark on
// white whatever the look. Esc or Enter closes it.
type Code struct {
	widget.BaseWidget
	spec   CodeSpec
	canvas fyne.Canvas
	old    func(*fyne.KeyEvent)
	oldTyp func(rune)
	before fyne.Focusable
	close  *Button
}

// ShowCode shows a code. While it is open the window's keys rest.
func ShowCode(c fyne.Canvas, s CodeSpec) *Code {
	v := &Code{spec: s, canvas: c, before: c.Focused()}
	v.ExtendBaseWidget(v)
	v.close = NewButton(ButtonSpec{Label: s.Close, Weight: Primary, OnPress: v.Close})
	v.old, v.oldTyp = c.OnTypedKey(), c.OnTypedRune()
	c.SetOnTypedKey(func(e *fyne.KeyEvent) {
		if e.Name == fyne.KeyEscape {
			v.Close()
		}
	})
	c.SetOnTypedRune(nil)
	c.Overlays().Add(v)
	v.Resize(c.Size())
	c.Focus(v.close)
	return v
}

// Close takes it away and gives the focus back.
func (v *Code) Close() {
	v.canvas.SetOnTypedKey(v.old)
	v.canvas.SetOnTypedRune(v.oldTyp)
	v.canvas.Overlays().Remove(v)
	if v.before != nil {
		v.canvas.Focus(v.before)
	}
}

// Tapped keeps clicks from what lies below.
func (v *Code) Tapped(*fyne.PointEvent) {}

// picture draws the modules, one pixel each, with the quiet zone.
func (v *Code) picture() *canvas.Image {
	n := len(v.spec.Modules)
	img := image.NewGray(image.Rect(0, 0, n+2*quietZone, n+2*quietZone))
	for i := range img.Pix {
		img.Pix[i] = 0xff
	}
	for y, row := range v.spec.Modules {
		for x, dark := range row {
			if dark {
				img.SetGray(x+quietZone, y+quietZone, color.Gray{})
			}
		}
	}
	c := canvas.NewImageFromImage(img)
	c.ScaleMode, c.FillMode = canvas.ImageScalePixels, canvas.ImageFillStretch
	return c
}

// CreateRenderer implements fyne.Widget. The code stands at the left, what is
// to be said at the right of it: a window is wider than high.
func (v *Code) CreateRenderer() fyne.WidgetRenderer {
	k := theme.Current().Tokens()
	scrim, white := canvas.NewRectangle(k.Scrim), canvas.NewRectangle(color.White)
	card := Surface{Fill: k.Paper, Stroke: k.Line, Radius: 6}.rectangle()
	code := v.picture()
	text := NewReader()
	text.Set([]Placed{
		{Piece: Whole(NewWrapped(Title, v.spec.Title))},
		{Piece: Whole(NewWrapped(Body, v.spec.Hint)), Above: 3},
		{Piece: Whole(NewWrapped(Heading, v.spec.Text)), Above: 3},
	})
	return &drawn{
		objects: []fyne.CanvasObject{scrim, card, white, code, text, v.close},
		layout: func(s fyne.Size) {
			margin, pad := Space(4), Space(4)
			// At least so much of the height, and room for the words.
			side := min(s.Height-2*margin-2*pad, max(s.Width*0.5, s.Height*0.64))
			Place(scrim, 0, 0, s.Width, s.Height)
			w := min(s.Width-2*margin, side+theme.Current().Px(420)+3*pad)
			h := side + 2*pad
			x, y := (s.Width-w)/2, (s.Height-h)/2
			Place(card, x, y, w, h)
			Place(white, x+pad, y+pad, side, side)
			Place(code, x+pad, y+pad, side, side)
			left := x + pad + side + pad
			m := v.close.MinSize()
			Place(text, left, y+pad, x+w-pad-left, side-m.Height-Space(2))
			Place(v.close, x+w-pad-m.Width, y+h-pad-m.Height, m.Width, m.Height)
		},
	}
}
