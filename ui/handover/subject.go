package handover

import (
	"polis/app"
	appdesk "polis/app/desk"
)

// Subject is what a person can be given, to be chosen from.
type Subject struct {
	View *appdesk.View // the sheet that is open; nil = none
	// Visit are the sheets that the person was told about, by code.
	Visit []string
	// Contact is one that is over: its receipt. View and Visit are empty then.
	Contact *app.Contact
	// Given is told of each sheet that has left, Returned of each that did not
	// after all: as in Paper. They may be nil.
	Given    func(r *app.Reading, copies int)
	Returned func(r *app.Reading, copies int) (logged string)
	// Begun and Ended are told of each paper on its way, as those of Paper;
	// they may be nil.
	Begun func()
	Ended func(left bool)
	// Here reports whether the person is still there; nil = always.
	Here func() bool
}
