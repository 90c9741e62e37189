package review

import (
	"fyne.io/fyne/v2"

	"polis/ui/widgets"
)

func place(o fyne.CanvasObject, x, y, w, h float32) {
	o.Move(fyne.NewPos(x, y))
	o.Resize(fyne.NewSize(max(w, 0), max(h, 0)))
}

// flush moves controls out by the room of their ring, so that their faces
// begin where the texts do.
func flush(o fyne.CanvasObject) fyne.CanvasObject { return widgets.Pad(0, 0, 0, -0.75, o) }
