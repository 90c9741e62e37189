package page

import (
	"math"
	"strconv"
	"strings"
)

// legible is the contrast that text needs on white paper (WCAG AA).
const legible = 4.5

// ColourOf reads a colour as catalogues write it, "#17324D". It is 0 when
// there is none, or when text in it would not be legible on white.
func ColourOf(s string) Colour {
	hex, ok := strings.CutPrefix(strings.TrimSpace(s), "#")
	if len(hex) == 3 {
		hex = string([]byte{hex[0], hex[0], hex[1], hex[1], hex[2], hex[2]})
	}
	v, err := strconv.ParseUint(hex, 16, 32)
	if !ok || err != nil || len(hex) != 6 || OnWhite(Colour(v)) < legible {
		return 0
	}
	return Colour(v)
}

// OnWhite is the contrast of a colour with white paper, from 1 (white) to 21
// (black), as WCAG defines it.
func OnWhite(c Colour) float64 { return 1.05 / (Luminance(c) + 0.05) }

// Luminance is how light a colour is, from 0 (black) to 1 (white).
func Luminance(c Colour) float64 {
	part := func(shift int) float64 {
		v := float64(c>>shift&0xFF) / 255
		if v <= 0.04045 {
			return v / 12.92
		}
		return math.Pow((v+0.055)/1.055, 2.4)
	}
	return 0.2126*part(16) + 0.7152*part(8) + 0.0722*part(0)
}
