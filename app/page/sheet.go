package page

import (
	"time"

	"polis/app"
)

// SheetInput is what a sheet's paper is made of.
type SheetInput struct {
	Reading       app.Reading
	Authority     app.Authority
	Offices       []app.Office
	PrintedBy     string // the office that prints
	PrintedOn     time.Time
	PublicURL     string // where the QR code leads; "" = no code
	Demonstration bool
	Complete      bool // all sections, on as many pages as they need
	Lang          string
	Words         Words
	Topic         func(code string) string // label of a topic
}

// Sheet makes the paper of a sheet: one page that stands alone, or all of it.
func Sheet(in SheetInput) Document {
	return Document{Title: in.Reading.Title, Author: in.Authority.Name, Language: in.Lang, Created: in.PrintedOn}
}
