package ui

import (
	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/test"

	"polis/app/phrase"
)

// FaultCanvas shows what ShowFault shows, for tests.
func FaultCanvas(words *phrase.Book, err error) fyne.Canvas {
	w := test.NewWindow(faultContent(words, err, func() {}))
	w.Resize(fyne.NewSize(620, 260))
	return w.Canvas()
}

// Lock does what happens when nobody is there.
func (w *Window) Lock() { w.lock("", w.session.person.ID, true) }
