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
}

// Page is one page; marks are drawn in their order, which is also the order
// of reading.
type Page struct{ Marks []Mark }

// Mark is a Run, Box, Line, Picture, Code or Link.
type Mark interface{ mark() }

// Face names one of the fonts that a Run can be set in.
type Face int

// The faces. Sans is Titillium Web, Serif is Lora, Mono is Roboto Mono.
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

// Run is text in one face, size and colour; Width is what was measured.
type Run struct {
	X, Y, Width float64
	Face        Face
	Size        float64
	Colour      Colour
	Text        string
}

// Box is a rectangle; Border zero has no outline, Fill only when Filled.
type Box struct {
	X, Y, W, H float64
	Filled     bool
	Fill       Colour
	Border     float64
	Outline    Colour
}

// Line is a straight stroke.
type Line struct {
	X1, Y1, X2, Y2, Width float64
	Colour                Colour
}

// Picture is an image file (PNG or JPEG) in a rectangle.
type Picture struct {
	X, Y, W, H float64
	Data       []byte
}

// Code is a QR code: Modules by row, true is dark. Its quiet zone is white
// paper around it.
type Code struct {
	X, Y, Size float64
	Modules    [][]bool
}

// Link makes a rectangle clickable.
type Link struct {
	X, Y, W, H float64
	URL        string
}

func (Run) mark()     {}
func (Box) mark()     {}
func (Line) mark()    {}
func (Picture) mark() {}
func (Code) mark()    {}
func (Link) mark()    {}
