package raster

import (
	"math"

	"golang.org/x/image/font"
	"golang.org/x/image/font/sfnt"
	"golang.org/x/image/math/fixed"

	"polis/app/page"
)

// ownMetrics are what the fonts say of themselves, without kerning.
type ownMetrics [page.FaceCount]*sfnt.Font

func (m *ownMetrics) Advance(f page.Face, r rune) int {
	var buffer sfnt.Buffer
	glyph, err := m[f].GlyphIndex(&buffer, r)
	if err != nil || glyph == 0 {
		return -1
	}
	a, err := m[f].GlyphAdvance(&buffer, glyph, fixed.I(1000), font.HintingNone)
	if err != nil {
		return -1
	}
	return int(math.Round(float64(a) / 64))
}

func (m *ownMetrics) Kern(page.Face, rune, rune) int { return 0 }
