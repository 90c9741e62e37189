package ui

import (
	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/storage"
	"fyne.io/fyne/v2/test"

	"polis/app/phrase"
	"polis/ui/screen"
)

// FaultCanvas shows what ShowFault shows, for tests.
func FaultCanvas(words *phrase.Book, err error) fyne.Canvas {
	w := test.NewWindow(faultContent(words, err, func() {}))
	w.Resize(fyne.NewSize(620, 260))
	return w.Canvas()
}

// Drop does what happens when files are drawn onto the window.
func (w *Window) Drop(paths ...string) {
	var uris []fyne.URI
	for _, p := range paths {
		uris = append(uris, storage.NewFileURI(p))
	}
	w.dropped(fyne.Position{}, uris)
}

// Lock does what happens when nobody is there.
func (w *Window) Lock() { w.lock("", w.session.person.ID, true) }

// Locked reports whether somebody has to log in.
func (w *Window) Locked() bool { return w.session.login != nil }

// Do does what a key of the map does.
func (w *Window) Do(a screen.Action) { w.do(a) }

// Route is where the window is.
func (w *Window) Route() screen.Route { return w.route }
