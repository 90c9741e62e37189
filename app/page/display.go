package page

import "time"

// DisplayList is a document placed on pages. All measures are points (1/72
// inch) from the top left corner; text stands on its baseline.
type DisplayList struct {
	Code                             string // of what is printed, for messages
	Title, Author, Subject, Language string
	Created                          time.Time
	Width, Height                    float64
	Pages                            []Page
	// Elements are the document's structure, for who reads with ears or
	// fingers: the first is the document itself, parents come before their
	// children, siblings stand in the order of reading.
	Elements []Element
	// Enclosed are the first pages of the enclosed documents; the first page of
	// all is 1.
	Enclosed []int
	// Bookmarks lead through a long document; nil for a short one.
	Bookmarks []Bookmark
}

// Page is one page; marks are drawn in their order, which is also the order
// of reading.
type Page struct{ Marks []Mark }

// Mark is a Run, Box, Line, Path, Picture, Code or Link. Its Of names the
// Element that it is the content of, or why it is none.
type Mark interface{ mark() }

// Face names one of the fonts that a Run can be set in.
type Face int

// The faces. Sans is Titillium Web, Serif is Lora, Mono is Roboto Mono. The
// last four are for what those lack: Broad is Noto Sans (Cyrillic, Greek,
// more of Latin, accents that stand alone), Signs is DejaVu Sans (arrows,
// check marks, mathematics).
const (
	Sans Face = iota
	SansItalic
	SansBold
	SansBoldItalic
	SansHeavy
	Serif
	SerifItalic
	SerifBold
	Mono
	Broad
	BroadItalic
	BroadBold
	Signs
	FaceCount // how many there are
)

// File is the name of the face's font file, without ending.
func (f Face) File() string {
	switch f {
	case SansItalic:
		return "TitilliumWeb_400Regular_Italic"
	case SansBold:
		return "TitilliumWeb_600SemiBold"
	case SansBoldItalic:
		return "TitilliumWeb_600SemiBold_Italic"
	case SansHeavy:
		return "TitilliumWeb_700Bold"
	case Serif:
		return "Lora_400Regular"
	case SerifItalic:
		return "Lora_400Regular_Italic"
	case SerifBold:
		return "Lora_600SemiBold"
	case Mono:
		return "RobotoMono_400Regular"
	case Broad:
		return "NotoSans_400Regular"
	case BroadItalic:
		return "NotoSans_400Regular_Italic"
	case BroadBold:
		return "NotoSans_600SemiBold"
	case Signs:
		return "DejaVuSans"
	}
	return "TitilliumWeb_400Regular"
}

// Fonts are the font files (TrueType) by face.
type Fonts [FaceCount][]byte

// LoadFonts reads the font files by name; read is assets.Font.
func LoadFonts(read func(name string) []byte) Fonts {
	var fonts Fonts
	for f := range FaceCount {
		fonts[f] = read(f.File())
	}
	return fonts
}

// Colour is a colour of the screen, 0xRRGGBB.
type Colour uint32

// Run is text in one face, size and colour; Width is what was measured, with
// kerning and without the blank that ends a line or parts it from the next
// run. Actual is what the text stands for when that is something else: a
// soft hyphen (U+00AD) for the hyphen at a line's end, the sign itself where
// one alike was drawn.
type Run struct {
	X, Y, Width float64
	Face        Face
	Size        float64
	Colour      Colour
	Text        string
	Actual      string
	Of          int
}

// Box is a rectangle; Border zero has no outline, Fill only when Filled.
type Box struct {
	X, Y, W, H float64
	Filled     bool
	Fill       Colour
	Border     float64
	Outline    Colour
	Of         int
}

// Line is a straight stroke.
type Line struct {
	X1, Y1, X2, Y2, Width float64
	Colour                Colour
	Of                    int
}

// Point is a place on the page.
type Point struct{ X, Y float64 }

// Path is a polygon, or an open stroke through points; Width zero has no
// stroke, Fill only when Filled.
type Path struct {
	Points []Point
	Filled bool
	Fill   Colour
	Closed bool
	Width  float64
	Colour Colour
	Of     int
}

// Picture is an image file in a rectangle: a PNG of 8 bits without
// interlacing, or a JPEG; the layout makes others so.
type Picture struct {
	X, Y, W, H float64
	Data       []byte
	Of         int
}

// Code is a QR code: Modules by row, true is dark. Its quiet zone is white
// paper around it.
type Code struct {
	X, Y, Size float64
	Modules    [][]bool
	Of         int
}

// Link makes a rectangle clickable. Text says where it leads, for who hears
// it. With Page above zero it leads to that page of the document, at the
// height Top, and URL is empty.
type Link struct {
	X, Y, W, H float64
	URL        string
	Page       int
	Top        float64
	Text       string
	Of         int
}

// Metrics are what placing signs one by one needs besides a font's file, in
// thousandths of the size.
type Metrics interface {
	// Advance is a rune's width; negative when the face lacks it.
	Advance(f Face, r rune) int
	// Kern is what two neighbours move apart, mostly negative.
	Kern(f Face, left, right rune) int
}

func (Run) mark()     {}
func (Box) mark()     {}
func (Line) mark()    {}
func (Path) mark()    {}
func (Picture) mark() {}
func (Code) mark()    {}
func (Link) mark()    {}
