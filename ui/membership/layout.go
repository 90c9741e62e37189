package membership

import (
	"fyne.io/fyne/v2"
)

func place(o fyne.CanvasObject, x, y, w, h float32) {
	o.Move(fyne.NewPos(x, y))
	o.Resize(fyne.NewSize(max(w, 0), max(h, 0)))
}

func show(o fyne.CanvasObject, wanted bool) {
	switch {
	case wanted == o.Visible():
	case wanted:
		o.Show()
	default:
		o.Hide()
	}
}
