package layout

import "polis/app/page"

// A4 in points, and the margins that every desk printer can print.
const (
	pageWidth  = 595.28
	pageHeight = 841.89
	margin     = 48.0
	top        = 30.0
	bottom     = 26.0
)

// The colours of paper: those of the screen, the blue one step darker since
// desk printers print it lighter.
const (
	blue      page.Colour = 0x004D99
	ink       page.Colour = 0x1B2733
	night     page.Colour = 0x17324D
	grey      page.Colour = 0x5C6F82
	line      page.Colour = 0xC5CDD6
	quiet     page.Colour = 0xEAF2FB
	band      page.Colour = 0xF3F7FB
	white     page.Colour = 0xFFFFFF
	amber     page.Colour = 0xA66300
	amberPale page.Colour = 0xFFF6E5
	red       page.Colour = 0xCC334D
	redPale   page.Colour = 0xFDF0F2
)

// style is how a text looks: its four faces, size, distance of lines and
// colour.
type style struct {
	plain, italic, bold, both page.Face
	size, leading             float64
	colour                    page.Colour
	align                     page.Align
	hyphens                   bool // words may be broken: for narrow columns
}

func sans(size, leading float64, colour page.Colour) style {
	return style{
		plain: page.Sans, italic: page.SansItalic, bold: page.SansBold, both: page.SansBoldItalic,
		size: size, leading: leading, colour: colour,
	}
}

// heavy is one face for everything.
func heavy(face page.Face, size, leading float64, colour page.Colour) style {
	return style{plain: face, italic: face, bold: face, both: face, size: size, leading: leading, colour: colour}
}

func bodyStyle() style  { return sans(9.6, 13, ink) }
func smallStyle() style { return sans(8, 10.8, grey) }
func cardStyle() style  { return sans(9.2, 12, ink) }
func footStyle() style  { return sans(7, 9.4, grey) }
func headStyle() style  { return heavy(page.SansHeavy, 12.4, 18, blue) }

func leadStyle() style {
	return style{
		plain: page.Serif, italic: page.SerifItalic, bold: page.SerifBold, both: page.SerifBold,
		size: 11, leading: 15.4, colour: ink,
	}
}

// titleStyle is smaller for long titles: the longest real one has 216
// characters.
func titleStyle(length int) style {
	switch {
	case length > 140:
		return heavy(page.SansHeavy, 14.5, 18, blue)
	case length > 70:
		return heavy(page.SansHeavy, 18, 22, blue)
	}
	return heavy(page.SansHeavy, 23, 27, blue)
}

func (s style) face(in page.Inline) page.Face {
	switch {
	case in.Bold && in.Italic:
		return s.both
	case in.Bold:
		return s.bold
	case in.Italic:
		return s.italic
	}
	return s.plain
}
