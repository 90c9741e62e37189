package layout

import (
	"strings"
	"unicode"

	"golang.org/x/image/font"
	"golang.org/x/image/font/sfnt"
	"golang.org/x/image/math/fixed"
	"golang.org/x/text/unicode/norm"

	"polis/app/page"
)

// unit is the size at which advances are measured; widths scale from it.
const unit = 1000

// missing is the advance of a rune that a font lacks.
const missing = -1

// setter is one layout at work: it keeps every advance it measured.
type setter struct {
	tree
	engine *Engine
	buffer sfnt.Buffer
	common [page.FaceCount][0x2100]int32 // 0 = not measured yet
	rare   map[rare]int32

	left, width float64 // of the text on the page
}

type rare struct {
	face page.Face
	r    rune
}

func newSetter(e *Engine, doc page.Document) *setter {
	return &setter{
		engine: e, rare: map[rare]int32{}, tree: newTree(doc.Language, doc.Labels),
		left: margin, width: pageWidth - 2*margin,
	}
}

// advance is a rune's width in thousandths of the size, or missing.
func (s *setter) advance(face page.Face, r rune) int32 {
	if r < 0x2100 {
		// stored one off, so that the zero value means not measured
		if a := s.common[face][r]; a != 0 {
			return a - 2
		}
		a := s.measure(face, r)
		s.common[face][r] = a + 2
		return a
	}
	a, ok := s.rare[rare{face, r}]
	if !ok {
		a = s.measure(face, r)
		s.rare[rare{face, r}] = a
	}
	return a
}

func (s *setter) measure(face page.Face, r rune) int32 {
	f := s.engine.fonts[face]
	glyph, err := f.GlyphIndex(&s.buffer, r)
	if err != nil || glyph == 0 {
		return missing
	}
	a, err := f.GlyphAdvance(&s.buffer, glyph, fixed.I(unit), font.HintingNone)
	if err != nil {
		return missing
	}
	return int32(a.Round()) //nolint:gosec // an advance of a font at size 1000
}

// fallback finds a face that has the rune: the wanted one, then those of
// our other fonts.
func (s *setter) fallback(face page.Face, r rune) (page.Face, bool) {
	if s.advance(face, r) >= 0 {
		return face, true
	}
	serif := page.Serif
	if face == page.SansBold || face == page.SansHeavy || face == page.SansBoldItalic {
		serif = page.SerifBold
	}
	for _, f := range []page.Face{serif, page.Mono} {
		if s.advance(f, r) >= 0 {
			return f, true
		}
	}
	return face, false
}

// piece is text of one face.
type piece struct {
	face   page.Face
	text   string
	actual string // what it stands for, when that is something else
	width  float64
}

// pieces sets a text in a face, with other faces where it lacks a rune and
// the replacement sign where all of them do: a reader must see that
// something is missing.
func (s *setter) pieces(text string, face page.Face, size float64) []piece {
	var out []piece
	start, total, at := 0, int32(0), face
	flush := func(end int) {
		if end > start {
			out = append(out, piece{face: at, text: text[start:end], width: float64(total) * size / unit})
		}
		start, total = end, 0
	}
	for i, r := range text {
		f, ok := s.fallback(face, r)
		if !ok {
			flush(i)
			out = append(out, piece{
				face: page.Mono, text: "\uFFFD", actual: string(r),
				width: float64(max(s.advance(page.Mono, '\uFFFD'), 0)) * size / unit,
			})
			start = i + len(string(r))
			continue
		}
		if f != at {
			flush(i)
			at = f
		}
		total += s.advance(f, r)
	}
	flush(len(text))
	return out
}

// textWidth is the width of a text in a face.
func (s *setter) textWidth(text string, face page.Face, size float64) float64 {
	w := 0.0
	for _, p := range s.pieces(text, face, size) {
		w += p.width
	}
	return w
}

// clean makes a text printable: composed characters, plain spaces and
// dashes, no control characters, no marks that only screens understand.
func (s *setter) clean(text string) string {
	if plainText(text) {
		return text
	}
	text = norm.NFC.String(strings.ToValidUTF8(text, "\uFFFD"))
	var b strings.Builder
	b.Grow(len(text))
	for _, r := range text {
		b.WriteString(s.printable(r))
	}
	return b.String()
}

// plainText is the quick way for nearly all text.
func plainText(text string) bool {
	for i := range len(text) {
		if text[i] < 0x20 || text[i] >= 0x7F {
			return false
		}
	}
	return true
}

func (s *setter) printable(r rune) string {
	switch {
	case strings.ContainsRune("\u00A0\u202F\u2007\u2060", r):
		return nbsp
	case strings.ContainsRune("\n\t\r\u2028\u2029", r) || unicode.Is(unicode.Zs, r):
		return " "
	case r >= '\uFB00' && r <= '\uFB06': // ligatures read and copy better as letters
		return norm.NFKC.String(string(r))
	case strings.ContainsRune("\u2010\u2011", r):
		return "-"
	case invisible(r):
		return ""
	}
	if _, ok := s.fallback(page.Sans, r); ok {
		return string(r)
	}
	if alike := lookalike(r); alike != "" {
		return alike
	}
	return string(r)
}

const nbsp = "\u00A0"

// invisible are control and format characters, joiners, variation selectors
// and soft hyphens.
func invisible(r rune) bool {
	return unicode.IsControl(r) || unicode.Is(unicode.Cf, r) || unicode.Is(unicode.Variation_Selector, r) ||
		unicode.Is(unicode.Co, r) || (r >= 0x1F3FB && r <= 0x1F3FF)
}

// lookalike says a sign that our fonts lack with signs that they have.
func lookalike(r rune) string {
	switch r {
	case '→', '➔', '➜', '⇒', '►', '▶', '➤', '▸':
		return "›"
	case '←', '⇐', '◄':
		return "‹"
	case '✓', '✔', '☑', '✅', '●', '■', '▪', '◦', '○', '◆', '❖', '⚫', '➢', '✦', '∙':
		return "•"
	case '☐', '□', '▢':
		return "[ ]"
	case '✗', '✘', '❌', '☒':
		return "×"
	case '☎', '📞', '✆':
		return "tel."
	case '✉', '📧':
		return "e-mail"
	case '―', '‒', '⁃', '─':
		return "–"
	case '★', '☆':
		return "*"
	case '‐', '﹣', '-':
		return "-"
	case '⚠':
		return "(!)"
	}
	if composed := norm.NFKC.String(string(r)); composed != string(r) {
		return composed // fractions, wide letters
	}
	return ""
}
