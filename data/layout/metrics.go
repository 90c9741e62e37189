package layout

import (
	"sync"
	"sync/atomic"

	"golang.org/x/image/font"
	"golang.org/x/image/font/sfnt"
	"golang.org/x/image/math/fixed"

	"polis/app/page"
)

// missing is the advance of a rune that a font lacks.
const missing = -1

// metrics are the measures of one face, each read from the font when it is
// first asked for. Several goroutines may ask at a time: two that measure the
// same find the same.
type metrics struct {
	font    *sfnt.Font
	buffers sync.Pool
	common  [0x2100]atomic.Int32           // advances, one off so that 0 is not measured
	kerns   atomic.Pointer[[]atomic.Int32] // of pairs of the usual signs
	rare    sync.Map                       // rune or pair -> int
}

type pair struct{ left, right rune }

func newMetrics(f *sfnt.Font) *metrics {
	return &metrics{font: f, buffers: sync.Pool{New: func() any { return new(sfnt.Buffer) }}}
}

// Advance is a rune's width in thousandths of the size; negative when the
// face lacks it.
func (e *Engine) Advance(face page.Face, r rune) int {
	m := e.metrics[face]
	if r >= 0 && int(r) < len(m.common) {
		if a := m.common[r].Load(); a != 0 {
			return int(a - 2)
		}
		a := m.advance(r)
		m.common[r].Store(int32(a + 2)) //nolint:gosec // an advance of a font at size 1000
		return a
	}
	if a, ok := m.rare.Load(r); ok {
		return a.(int) //nolint:errcheck // only these are put in
	}
	a := m.advance(r)
	m.rare.Store(r, a)
	return a
}

func (m *metrics) glyph(b *sfnt.Buffer, r rune) (sfnt.GlyphIndex, bool) {
	glyph, err := m.font.GlyphIndex(b, r)
	return glyph, err == nil && glyph != 0
}

func (m *metrics) advance(r rune) int {
	b := m.buffer()
	defer m.buffers.Put(b)
	glyph, ok := m.glyph(b, r)
	if !ok {
		return missing
	}
	a, err := m.font.GlyphAdvance(b, glyph, fixed.I(unit), font.HintingNone)
	if err != nil {
		return missing
	}
	return a.Round()
}

func (m *metrics) buffer() *sfnt.Buffer {
	b, ok := m.buffers.Get().(*sfnt.Buffer)
	if !ok {
		b = new(sfnt.Buffer)
	}
	return b
}

// The usual signs have a table of pairs: Latin letters with accents, dashes
// and quotation marks.
const (
	latinFirst, latinEnd = 0x20, 0x180
	marksFirst, marksEnd = 0x2010, 0x2030
	usual                = latinEnd - latinFirst + marksEnd - marksFirst
)

// usualIndex is a sign's place in the table, negative for others.
func usualIndex(r rune) int {
	switch {
	case r >= latinFirst && r < latinEnd:
		return int(r - latinFirst)
	case r >= marksFirst && r < marksEnd:
		return int(r-marksFirst) + latinEnd - latinFirst
	}
	return -1
}

// kernKnown marks a pair as measured.
const kernKnown = 1 << 20

// Kern is what two neighbours move apart in thousandths of the size, mostly
// negative; 0 when the face lacks one.
func (e *Engine) Kern(face page.Face, left, right rune) int {
	m := e.metrics[face]
	l, r := usualIndex(left), usualIndex(right)
	if l < 0 || r < 0 {
		return m.rareKern(left, right)
	}
	table := m.kerns.Load()
	if table == nil {
		fresh := make([]atomic.Int32, usual*usual)
		m.kerns.CompareAndSwap(nil, &fresh)
		table = m.kerns.Load()
	}
	at := &(*table)[l*usual+r]
	if k := at.Load(); k != 0 {
		return int(k - kernKnown)
	}
	k := m.kern(left, right)
	at.Store(int32(k + kernKnown)) //nolint:gosec // a distance in a font at size 1000
	return k
}

func (m *metrics) rareKern(left, right rune) int {
	if left <= 0 || right <= 0 {
		return 0
	}
	p := pair{left, right}
	if k, ok := m.rare.Load(p); ok {
		return k.(int) //nolint:errcheck // only these are put in
	}
	k := m.kern(left, right)
	m.rare.Store(p, k)
	return k
}

func (m *metrics) kern(left, right rune) int {
	b := m.buffer()
	defer m.buffers.Put(b)
	l, okLeft := m.glyph(b, left)
	r, okRight := m.glyph(b, right)
	if !okLeft || !okRight {
		return 0
	}
	k, err := m.font.Kern(b, l, r, fixed.I(unit), font.HintingNone)
	if err != nil {
		return 0
	}
	return k.Round()
}
