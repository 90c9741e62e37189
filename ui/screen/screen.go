// Package screen is what the window and its screens agree upon: how a screen
// is shown, which keys there are, how work is done in the background, and
// what the window offers.
package screen

import (
	"log/slog"

	"fyne.io/fyne/v2"

	"polis/app/phrase"
	"polis/ui/widgets"
)

// Route names a screen; its title is the translation key "rail." + Route.
type Route string

// The screens of the rail, in its order.
const (
	Desk       Route = "desk"
	Contacts   Route = "contacts"
	Network    Route = "network"
	Membership Route = "membership"
	Settings   Route = "settings"
	Help       Route = "help"
	Review     Route = "review" // while an examiner is at work
)

// Printing is the screen of a paper before it is printed. It has no place in
// the rail: one comes to it with something to print.
const Printing Route = "printing"

// Screen is one room of the window.
type Screen interface {
	// Object is what is drawn; always the same one.
	Object() fyne.CanvasObject
	// Shown is told whenever the screen comes to the front: it takes the
	// focus and asks anew for what may have changed.
	Shown()
	// Do obeys an action of the key map and reports whether it was its own.
	Do(Action) bool
	// Type takes a character that no entry took.
	Type(rune)
	// Close is told when the window builds itself anew (another language or
	// look); work under way must not come back.
	Close()
}

// Host is what the window offers to a screen.
type Host struct {
	Words  *phrase.Book
	Runner Runner
	Log    *slog.Logger
	// Trace tells tests that something a person can see has finished.
	Trace func(event string, args ...any)
	// Open shows a file or an address with the system's programs.
	Open func(path string) error
	// Toast tells what was done for a few seconds; undo may be nil. What it
	// returns takes that toast away before, for when it is not true any more.
	Toast func(text string, undo func()) (hide func())
	// Notice tells for a few seconds why nothing was done, or what changed.
	Notice func(text string)
	// Banner shows a message at the top until it is dismissed or replaced by
	// one of the same id; nil removes it.
	Banner func(id string, b *widgets.BannerSpec)
	// Go shows another screen.
	Go func(Route)
	// Canvas is where menus and dialogs are shown.
	Canvas func() fyne.Canvas
}

// Fail shows an error as a red banner with what happened and what to do.
func (h *Host) Fail(id string, err error) {
	message, hint := h.Words.Error(err)
	h.Log.Error("shown to the operator", "banner", id, "error", err)
	h.Banner(id, &widgets.BannerSpec{Kind: widgets.Bad, Title: message, Text: hint})
	h.Trace("banner", "id", id, "text", message)
}
