// Package gdi prints through the print service of Windows: it draws the
// display list on the printer with GDI, so that no PDF reader is needed on
// the PC, and leaves what the driver is set to (trays, PIN release) as it
// is. What needs no Windows is in files for every system, with their tests.
package gdi

import "polis/app/page"

// Params are what drawing needs; both are required.
type Params struct {
	Fonts   page.Fonts
	Metrics page.Metrics
}
