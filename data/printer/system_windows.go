package printer

import (
	"polis/app/printing"
	"polis/data/printer/gdi"
)

// New returns the printers of this computer: those of Windows, drawn on with
// GDI, and those that were typed in.
func New(p Params) printing.Printers {
	p = p.withDefaults()
	return join(gdi.New(gdi.Params{Fonts: p.Fonts, Metrics: p.Metrics}), p)
}
