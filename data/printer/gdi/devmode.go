package gdi

import (
	"encoding/binary"

	"polis/app/printing"
)

// devmode is a DEVMODEW as the driver filled it in. The part that all
// drivers share is followed by the driver's own, which we never touch.
type devmode []byte

// Where the fields are, and the bits that say which of them hold.
const (
	atFields      = 72
	atOrientation = 76
	atPaper       = 78
	atCopies      = 86
	atColour      = 92
	atDuplex      = 94
	atCollate     = 100
	leastDevmode  = 102 // a driver of our days writes more

	hasOrientation = 0x1
	hasPaper       = 0x2
	hasLength      = 0x4
	hasWidth       = 0x8
	hasCopies      = 0x100
	hasColour      = 0x800
	hasDuplex      = 0x1000
	hasCollate     = 0x8000
	hasForm        = 0x10000

	portrait, landscape            = 1, 2
	monochrome                     = 1
	simplex, longBound, shortBound = 1, 2, 3
)

func (d devmode) ok() bool { return len(d) >= leastDevmode }

func (d devmode) fields() uint32 { return binary.LittleEndian.Uint32(d[atFields:]) }

func (d devmode) get(at int) int { return int(binary.LittleEndian.Uint16(d[at:])) }

func (d devmode) set(at, value int, bit uint32) {
	binary.LittleEndian.PutUint16(d[at:], uint16(value)) //nolint:gosec // small constants and at most 99 copies
	binary.LittleEndian.PutUint32(d[atFields:], d.fields()|bit)
}

// choose writes what was chosen, and how the page lies: that is the
// document's and not the driver's.
func (d devmode) choose(o printing.Options, copies int, wide bool) {
	lies := portrait
	if wide {
		lies = landscape
	}
	d.set(atOrientation, lies, hasOrientation)
	d.set(atCopies, copies, hasCopies)
	if copies > 1 {
		d.set(atCollate, 1, hasCollate)
	}
	if side := sideOf(o.Duplex); side != 0 {
		d.set(atDuplex, side, hasDuplex)
	}
	if o.Mono {
		d.set(atColour, monochrome, hasColour)
	}
	if form := formOf(o.Paper); form != 0 {
		d.set(atPaper, form, hasPaper)
		// A length, width or name of a form would say another paper.
		binary.LittleEndian.PutUint32(d[atFields:], d.fields()&^(hasLength|hasWidth|hasForm))
	}
}

// copies are as many as the driver will make by itself.
func (d devmode) copies() int {
	if d.fields()&hasCopies == 0 {
		return 1
	}
	return max(d.get(atCopies), 1)
}

// duplex reports whether both sides will be printed.
func (d devmode) duplex() bool {
	return d.fields()&hasDuplex != 0 && d.get(atDuplex) > simplex
}

func sideOf(d printing.Duplex) int {
	switch d {
	case printing.OneSide:
		return simplex
	case printing.LongEdge:
		return longBound
	case printing.ShortEdge:
		return shortBound
	}
	return 0
}

func formOf(p printing.Paper) int {
	switch p {
	case printing.A3:
		return 8
	case printing.A4:
		return 9
	case printing.A5:
		return 11
	}
	return 0
}

// papersOf are our sizes among the forms that a printer names.
func papersOf(forms []uint16) []printing.Paper {
	var papers []printing.Paper
	for _, p := range []printing.Paper{printing.A4, printing.A3, printing.A5} {
		for _, f := range forms {
			if int(f) == formOf(p) {
				papers = append(papers, p)
				break
			}
		}
	}
	return papers
}
