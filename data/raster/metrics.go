package raster

import (
	"math"
	"sync"

	"golang.org/x/image/font"
	"golang.org/x/image/font/sfnt"
	"golang.org/x/image/math/fixed"

	"polis/app/page"
)

// ownMetrics are what the fonts say of themselves, without kerning.
type ownMetrics struct {
	fonts [page.FaceCount]*sfnt.Font
	known sync.Map // signOf -> int
}

type signOf struct {
	f page.Face
	r rune
}

func (m *ownMetrics) Advance(f page.Face, r rune) int {
	if known, ok := m.known.Load(signOf{f, r}); ok {
		if a, ok := known.(int); ok {
			return a
		}
	}
	a := m.measure(f, r)
	m.known.Store(signOf{f, r}, a)
	return a
}

func (m *ownMetrics) measure(f page.Face, r rune) int {
	var buffer sfnt.Buffer
	glyph, err := m.fonts[f].GlyphIndex(&buffer, r)
	if err != nil || glyph == 0 {
		return -1
	}
	a, err := m.fonts[f].GlyphAdvance(&buffer, glyph, fixed.I(1000), font.HintingNone)
	if err != nil {
		return -1
	}
	return int(math.Round(float64(a) / 64))
}

func (m *ownMetrics) Kern(page.Face, rune, rune) int { return 0 }
