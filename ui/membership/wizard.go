package membership

import (
	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"

	"polis/app/membership"
	"polis/ui/screen"
	"polis/ui/widgets"
)

// wizardState is where the form was left.
type wizardState struct{ step membership.Step }

// wizard is the form of a request.
type wizard struct{ root *fyne.Container }

func newWizard(s *Screen, f membership.Filed) view {
	return &wizard{container.NewStack(widgets.NewWrapped(widgets.Title, f.Request.Body.Name))}
}

func (w *wizard) Object() fyne.CanvasObject { return w.root }
func (w *wizard) Shown()                    {}
func (w *wizard) Do(screen.Action) bool     { return false }
func (w *wizard) Close()                    {}
