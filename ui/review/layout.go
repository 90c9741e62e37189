package review

import (
	"fyne.io/fyne/v2"

	"polis/ui/widgets"
)

// flush moves controls out by the room of their ring, so that their faces
// begin where the texts do.
func flush(o fyne.CanvasObject) fyne.CanvasObject { return widgets.Pad(0, 0, 0, -0.75, o) }
