package main

import (
	"fyne.io/fyne/v2"
	fyneapp "fyne.io/fyne/v2/app"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/widget"

	"polis/app/phrase"
)

// showFault tells in a small window why the program cannot start: on Windows
// nobody sees standard error.
func showFault(book *phrase.Book, err error) {
	message, hint := book.Error(err)
	a := fyneapp.NewWithID(appID)
	w := a.NewWindow("POLIS")
	title := widget.NewLabelWithStyle(message, fyne.TextAlignLeading, fyne.TextStyle{Bold: true})
	title.Wrapping = fyne.TextWrapWord
	text := widget.NewLabel(hint)
	text.Wrapping = fyne.TextWrapWord
	shut := widget.NewButton(book.Text("fault.close"), w.Close)
	shut.Importance = widget.HighImportance
	w.SetContent(container.NewPadded(container.NewBorder(nil, container.NewHBox(shut), nil, nil, container.NewVBox(title, text))))
	w.Resize(fyne.NewSize(560, 220))
	w.CenterOnScreen()
	w.ShowAndRun()
}
