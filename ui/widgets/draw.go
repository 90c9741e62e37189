package widgets

import (
	"image/color"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"

	"polis/ui/theme"
)

// ringRoom is kept free around everything that can have the focus, so that
// the ring is outside of its face and visible on every colour.
const ringRoom = 3

// drawn is a renderer made of functions; each part may be nil.
type drawn struct {
	objects []fyne.CanvasObject
	layout  func(fyne.Size)
	min     func() fyne.Size
	refresh func()
}

func (d *drawn) Layout(s fyne.Size) {
	if d.layout != nil {
		d.layout(s)
	}
}

func (d *drawn) MinSize() fyne.Size {
	if d.min == nil {
		return fyne.Size{}
	}
	return d.min()
}

func (d *drawn) Refresh() {
	if d.refresh != nil {
		d.refresh()
	}
}

func (d *drawn) Objects() []fyne.CanvasObject { return d.objects }

func (d *drawn) Destroy() {}

// Surface is how a panel looks.
type Surface struct {
	Fill, Stroke color.Color
	Radius       float32 // at 100 %
}

func (s Surface) rectangle() *canvas.Rectangle {
	r := canvas.NewRectangle(s.Fill)
	if s.Fill == nil {
		r.FillColor = color.Transparent
	}
	r.CornerRadius = theme.Current().Px(s.Radius)
	if s.Stroke != nil {
		r.StrokeColor = s.Stroke
		r.StrokeWidth = theme.Current().Px(1)
	}
	return r
}

// newRing is the mark of the focus, hidden at first.
func newRing(radius float32) *canvas.Rectangle {
	th := theme.Current()
	r := canvas.NewRectangle(color.Transparent)
	r.StrokeColor = th.Tokens().Focus
	r.StrokeWidth = th.Px(2)
	r.CornerRadius = th.Px(radius + ringRoom)
	r.Hide()
	return r
}

// SetVisible shows or hides an object that is not as wanted.
func SetVisible(o fyne.CanvasObject, visible bool) {
	if visible == o.Visible() {
		return
	}
	if visible {
		o.Show()
	} else {
		o.Hide()
	}
}

// Place moves an object and sizes it, in pixels of the canvas; a size below
// nothing is nothing.
func Place(o fyne.CanvasObject, x, y, w, h float32) {
	o.Move(fyne.NewPos(x, y))
	o.Resize(fyne.NewSize(max(w, 0), max(h, 0)))
}

// Line is a thin separator, as wide as it is put.
func Line() fyne.CanvasObject {
	r := canvas.NewRectangle(theme.Current().Tokens().Line)
	r.SetMinSize(fyne.NewSize(1, 1))
	return r
}

// Gap is empty room, in steps of 4.
func Gap(width, height float32) fyne.CanvasObject {
	r := canvas.NewRectangle(color.Transparent)
	r.SetMinSize(fyne.NewSize(Space(width), Space(height)))
	return r
}

// setPicture gives an icon another drawing; without Refresh an image keeps
// showing the old one.
func setPicture(img *canvas.Image, res fyne.Resource) {
	if img.Resource == nil || res == nil || img.Resource.Name() != res.Name() {
		img.Resource = res
		img.Refresh()
	}
}

// Icon draws a symbol in one of the theme's colours.
func Icon(res fyne.Resource, colour fyne.ThemeColorName, size float32) *canvas.Image {
	img := canvas.NewImageFromResource(tinted(res, colour))
	img.FillMode = canvas.ImageFillContain
	s := theme.Current().Px(size)
	img.SetMinSize(fyne.NewSize(s, s))
	return img
}
