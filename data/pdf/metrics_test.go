package pdf

import (
	"testing"

	"golang.org/x/image/font"
	"golang.org/x/image/font/sfnt"
	"golang.org/x/image/math/fixed"

	"polis/app/page"
)

// measure reads advances and kerning from the fonts, independently of the
// layout.
type measure struct {
	fonts  [page.FaceCount]*sfnt.Font
	buffer sfnt.Buffer
	kerns  map[pair]int
	widths map[pair]int
}

type pair struct {
	face        page.Face
	left, right rune
}

func testMetrics(tb testing.TB) *measure {
	tb.Helper()
	m := &measure{kerns: map[pair]int{}, widths: map[pair]int{}}
	for i, data := range testFonts(tb) {
		f, err := sfnt.Parse(data)
		if err != nil {
			tb.Fatal(err)
		}
		m.fonts[i] = f
	}
	return m
}

func (m *measure) Advance(f page.Face, r rune) int {
	p := pair{f, r, 0}
	if a, ok := m.widths[p]; ok {
		return a
	}
	m.widths[p] = -1
	if g, err := m.fonts[f].GlyphIndex(&m.buffer, r); err == nil && g != 0 {
		a, _ := m.fonts[f].GlyphAdvance(&m.buffer, g, fixed.I(1000), font.HintingNone)
		m.widths[p] = a.Round()
	}
	return m.widths[p]
}

func (m *measure) Kern(f page.Face, left, right rune) int {
	p := pair{f, left, right}
	if k, ok := m.kerns[p]; ok {
		return k
	}
	l, _ := m.fonts[f].GlyphIndex(&m.buffer, left)
	r, _ := m.fonts[f].GlyphIndex(&m.buffer, right)
	k, err := m.fonts[f].Kern(&m.buffer, l, r, fixed.I(1000), font.HintingNone)
	if err != nil {
		k = 0
	}
	m.kerns[p] = k.Round()
	return m.kerns[p]
}
