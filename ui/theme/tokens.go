package theme

import "image/color"

// Mode is one of the three looks.
type Mode string

// The looks.
const (
	Light    Mode = "light"
	Dark     Mode = "dark"
	Contrast Mode = "contrast"
)

// Modes lists the looks in the order in which they are offered.
func Modes() []Mode { return []Mode{Light, Dark, Contrast} }

// Tokens are the colours of a look, by what they are for. In comments the
// name of the design's table where there is one.
type Tokens struct {
	Paper  color.NRGBA // behind texts
	Text   color.NRGBA
	Title  color.NRGBA // notte
	Muted  color.NRGBA // grigio: secondary text
	Border color.NRGBA // grigio: of inputs
	Line   color.NRGBA // linea
	Quiet  color.NRGBA // sfumo: panels, quiet buttons
	Hover  color.NRGBA // a quiet button under the pointer

	Chosen       color.NRGBA // scelto: selected row or choice
	ChosenBorder color.NRGBA
	Mark         color.NRGBA // behind words that were searched for

	Link         color.NRGBA // blu as text: headings of sections, links
	Primary      color.NRGBA // blu as a surface
	PrimaryHover color.NRGBA
	OnPrimary    color.NRGBA
	Focus        color.NRGBA // the ring

	Rail        color.NRGBA // notte as a surface
	RailHover   color.NRGBA
	RailChosen  color.NRGBA
	OnRail      color.NRGBA
	OnRailMuted color.NRGBA
	OnRailGood  color.NRGBA
	OnRailLate  color.NRGBA
	OnRailBad   color.NRGBA

	Green, Amber, Red                       color.NRGBA // verde, ambra, rosso
	BlueTint, GreenTint, AmberTint, RedTint color.NRGBA
	Scrim                                   color.NRGBA // over what waits behind a dialog
	Shadow                                  color.NRGBA
}

func rgb(hex uint32) color.NRGBA {
	return color.NRGBA{R: uint8(hex >> 16), G: uint8(hex >> 8), B: uint8(hex), A: 0xff} //nolint:gosec // bytes of a colour
}

func tokensOf(m Mode) Tokens {
	switch m {
	case Dark:
		return darkTokens()
	case Contrast:
		return contrastTokens()
	}
	return lightTokens()
}

func lightTokens() Tokens {
	return Tokens{
		Paper: rgb(0xFFFFFF), Text: rgb(0x1A222B), Title: rgb(0x17324D), Muted: rgb(0x566879), Border: rgb(0x5C6F82),
		Line: rgb(0xD9DADB), Quiet: rgb(0xF5F7FA), Hover: rgb(0xE3EAF2),
		Chosen: rgb(0xE6F0FA), ChosenBorder: rgb(0x0066CC), Mark: rgb(0xFFF0B8),
		Link: rgb(0x0066CC), Primary: rgb(0x0066CC), PrimaryHover: rgb(0x0052A3), OnPrimary: rgb(0xFFFFFF), Focus: rgb(0x0066CC),
		Rail: rgb(0x17324D), RailHover: rgb(0x234566), RailChosen: rgb(0x0066CC), OnRail: rgb(0xFFFFFF), OnRailMuted: rgb(0xC3D0DD),
		OnRailGood: rgb(0x6EDCA3), OnRailLate: rgb(0xFFC466), OnRailBad: rgb(0xFF9DAB),
		Green: rgb(0x007A4F), Amber: rgb(0x925700), Red: rgb(0xBF2A44),
		BlueTint: rgb(0xEAF3FC), GreenTint: rgb(0xE8F6EF), AmberTint: rgb(0xFFF5E1), RedTint: rgb(0xFDEDF0),
		Scrim: color.NRGBA{R: 0x10, G: 0x20, B: 0x30, A: 0x88}, Shadow: color.NRGBA{A: 0x22},
	}
}

func darkTokens() Tokens {
	return Tokens{
		Paper: rgb(0x141B23), Text: rgb(0xE6EBF0), Title: rgb(0xF2F6FA), Muted: rgb(0xA7B6C5), Border: rgb(0x8496A8),
		Line: rgb(0x34414F), Quiet: rgb(0x1D2732), Hover: rgb(0x2B3947),
		Chosen: rgb(0x1B3550), ChosenBorder: rgb(0x63ADFF), Mark: rgb(0x5A4600),
		Link: rgb(0x7CBBFF), Primary: rgb(0x0066CC), PrimaryHover: rgb(0x0B5CB0), OnPrimary: rgb(0xFFFFFF), Focus: rgb(0x7CBBFF),
		Rail: rgb(0x0C1723), RailHover: rgb(0x1A2C3F), RailChosen: rgb(0x0059B3), OnRail: rgb(0xFFFFFF), OnRailMuted: rgb(0xB5C4D3),
		OnRailGood: rgb(0x6EDCA3), OnRailLate: rgb(0xFFC466), OnRailBad: rgb(0xFF9DAB),
		Green: rgb(0x62D49B), Amber: rgb(0xF2B455), Red: rgb(0xFF92A3),
		BlueTint: rgb(0x172C42), GreenTint: rgb(0x14302A), AmberTint: rgb(0x362A13), RedTint: rgb(0x3B1D25),
		Scrim: color.NRGBA{A: 0xA8}, Shadow: color.NRGBA{A: 0x66},
	}
}

func contrastTokens() Tokens {
	return Tokens{
		Paper: rgb(0x000000), Text: rgb(0xFFFFFF), Title: rgb(0xFFFFFF), Muted: rgb(0xEDEDED), Border: rgb(0xFFFFFF),
		Line: rgb(0xB4B4B4), Quiet: rgb(0x121212), Hover: rgb(0x333333),
		Chosen: rgb(0x002F66), ChosenBorder: rgb(0xFFE14D), Mark: rgb(0x5C4A00),
		Link: rgb(0x8CCBFF), Primary: rgb(0xFFE14D), PrimaryHover: rgb(0xFFFFFF), OnPrimary: rgb(0x000000), Focus: rgb(0xFFE14D),
		Rail: rgb(0x000000), RailHover: rgb(0x333333), RailChosen: rgb(0xFFE14D), OnRail: rgb(0xFFFFFF), OnRailMuted: rgb(0xEDEDED),
		OnRailGood: rgb(0x7DF0B4), OnRailLate: rgb(0xFFD27F), OnRailBad: rgb(0xFFB3BE),
		Green: rgb(0x7DF0B4), Amber: rgb(0xFFD27F), Red: rgb(0xFFB3BE),
		BlueTint: rgb(0x001B33), GreenTint: rgb(0x00261A), AmberTint: rgb(0x2B1F00), RedTint: rgb(0x330A12),
		Scrim: color.NRGBA{A: 0xCC}, Shadow: color.NRGBA{A: 0},
	}
}

// OnRailChosen is the text on the rail's selected entry.
func (t Tokens) OnRailChosen() color.NRGBA {
	if t.RailChosen == t.Primary {
		return t.OnPrimary
	}
	return t.OnRail
}
