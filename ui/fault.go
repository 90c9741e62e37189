package ui

import (
	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	fynetheme "fyne.io/fyne/v2/theme"

	"polis/app/phrase"
	"polis/ui/theme"
	"polis/ui/widgets"
)

// ShowFault tells in a small window of its own why the program cannot start,
// and returns when it was closed.
func ShowFault(a fyne.App, words *phrase.Book, err error) {
	a.Settings().SetTheme(theme.New(theme.Light, 1))
	w := a.NewWindow("POLIS")
	w.SetPadded(false)
	w.SetContent(faultContent(words, err, w.Close))
	w.Resize(fyne.NewSize(620, 260))
	w.CenterOnScreen()
	w.Canvas().SetOnTypedKey(func(e *fyne.KeyEvent) {
		if e.Name == fyne.KeyEscape || e.Name == fyne.KeyReturn || e.Name == fyne.KeyEnter {
			w.Close()
		}
	})
	w.ShowAndRun()
}

func faultContent(words *phrase.Book, err error, shut func()) fyne.CanvasObject {
	message, hint := words.Error(err)
	button := widgets.NewButton(widgets.ButtonSpec{
		Label: words.Text("fault.close"), Icon: fynetheme.CancelIcon(), Weight: widgets.Primary, OnPress: shut,
	})
	page := widgets.Stack(3, widgets.NewWrapped(widgets.Heading, message), widgets.NewWrapped(widgets.Body, hint), widgets.Wrap(1, 1, button))
	return container.NewStack(widgets.Panel(widgets.Pad(5, 6, 5, 6, page), widgets.Surface{Fill: theme.Current().Tokens().Paper}))
}
