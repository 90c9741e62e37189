package layout

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"

	"polis/app/page"
)

// unit is the size at which advances are measured; widths scale from it.
const unit = 1000

// setter is one layout at work.
type setter struct {
	tree
	numbering
	firsts []int // pages on which the enclosed documents begin
	engine *Engine

	look
	mark madeLogo

	foreign bool // some letter could not be set
	quiet   bool // tables are without grounds: they are in a box

	set   []piece // of one word at a time
	chunk []run   // words take their runs from it
}

func newSetter(e *Engine, doc page.Document) *setter {
	return &setter{
		engine: e, tree: newTree(doc.Language, doc.Labels),
		look: lookOf(doc),
	}
}

// fallback finds a face that has a rune, and the accent that follows it (0
// for none): the wanted face, then those of our other fonts.
func (e *Engine) fallback(face page.Face, r, accent rune) (page.Face, bool) {
	if e.has(face, r, accent) {
		return face, true
	}
	if foreign(r) {
		return face, false // single signs of such scripts would not be words
	}
	broad := page.Broad
	switch face {
	case page.SansBold, page.SansHeavy, page.SansBoldItalic, page.SerifBold:
		broad = page.BroadBold
	case page.SansItalic, page.SerifItalic:
		broad = page.BroadItalic
	}
	for _, f := range []page.Face{broad, page.Signs, page.Mono, page.Serif} {
		if e.has(f, r, accent) {
			return f, true
		}
	}
	if accent != 0 {
		return e.fallback(face, r, 0)
	}
	return face, false
}

func (e *Engine) has(face page.Face, r, accent rune) bool {
	return e.Advance(face, r) >= 0 && (accent == 0 || e.Advance(face, accent) >= 0)
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
// something is missing. What it returns lasts until the next call.
func (s *setter) pieces(text string, face page.Face, size float64) []piece {
	out := s.set[:0]
	e := s.engine
	start, total, before, at := 0, 0, rune(0), face
	flush := func(end int) {
		if end > start {
			out = append(out, piece{face: at, text: text[start:end], width: float64(total) * size / unit})
		}
		start, total, before = end, 0, 0
	}
	for i, r := range text {
		f := at
		if a := e.Advance(face, r); a < 0 || f != face || accented(text, i, r) {
			ok := true
			if before == 0 || !unicode.Is(unicode.Mn, r) { // an accent stays with its letter
				f, ok = e.fallback(face, r, accentAfter(text, i, r))
			} else if a := e.Advance(f, r); a < 0 {
				f, ok = e.fallback(face, r, 0)
			}
			if !ok {
				flush(i)
				out = append(out, s.standIn(r, face, size))
				start = i + utf8.RuneLen(r)
				continue
			}
		}
		if f != at {
			flush(i)
			at = f
		}
		total += e.Advance(f, r)
		if before != 0 {
			total += e.Kern(f, before, r)
		}
		before = r
	}
	flush(len(text))
	s.set = out
	return out
}

// standIn is what is set for a rune that no font has: a sign alike, else the
// replacement sign. Who hears or copies it gets the rune itself.
func (s *setter) standIn(r rune, face page.Face, size float64) piece {
	s.countForeign(r)
	text := lookalike(r)
	for _, f := range []page.Face{face, page.Broad} {
		if w, ok := s.widthIn(text, f); ok {
			return piece{face: f, text: text, actual: string(r), width: float64(w) * size / unit}
		}
	}
	w, _ := s.widthIn("\uFFFD", page.Mono)
	return piece{face: page.Mono, text: "\uFFFD", actual: string(r), width: float64(w) * size / unit}
}

// widthIn is the width of a text in one face, when it has all of it.
func (s *setter) widthIn(text string, face page.Face) (int, bool) {
	total, before := 0, rune(0)
	for _, r := range text {
		a := s.engine.Advance(face, r)
		if a < 0 {
			return 0, false
		}
		total += a
		if before != 0 {
			total += s.engine.Kern(face, before, r)
		}
		before = r
	}
	return total, text != ""
}

// accented tells in a hurry that an accent may follow the rune at i: those
// that stand alone begin with this byte or a higher one.
func accented(text string, i int, r rune) bool {
	next := i + utf8.RuneLen(r)
	return next < len(text) && text[next] >= 0xCC
}

// accentAfter is the accent that follows the rune at i, 0 for none.
func accentAfter(text string, i int, r rune) rune {
	next, _ := utf8.DecodeRuneInString(text[i+utf8.RuneLen(r):])
	if next < 0x300 || next >= 0x2000 && next < 0x20D0 || !unicode.Is(unicode.Mn, next) {
		return 0
	}
	return next
}

// textWidth is the width of a text in a face.
func (s *setter) textWidth(text string, face page.Face, size float64) float64 {
	w := 0.0
	for _, p := range s.pieces(text, face, size) {
		w += p.width
	}
	return w
}

// kern is what the end of one text and the beginning of the next move apart.
func (s *setter) kern(face page.Face, left, right string, size float64) float64 {
	l, _ := utf8.DecodeLastRuneInString(left)
	r, _ := utf8.DecodeRuneInString(right)
	return float64(s.engine.Kern(face, l, r)) * size / unit
}

// clean makes a text printable: composed characters, plain spaces, no control
// characters, no marks that only screens understand, apostrophes as printers
// set them.
func (s *setter) clean(text string) string { return dressed(s.composed(text), 0, 0) }

// dressed sets the apostrophe between letters that a keyboard does not have.
// Before and after are the letters around the text.
func dressed(text string, before, after rune) string {
	if strings.IndexByte(text, '\'') < 0 {
		return text
	}
	var b strings.Builder
	b.Grow(len(text) + 2)
	for i, r := range text {
		next := after
		if i+1 < len(text) {
			next, _ = utf8.DecodeRuneInString(text[i+utf8.RuneLen(r):])
		}
		if r == '\'' && unicode.IsLetter(before) && (unicode.IsLetter(next) || unicode.IsDigit(next)) {
			r = '’'
		}
		b.WriteRune(r)
		before = r
	}
	return b.String()
}

func (s *setter) composed(text string) string {
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
	return string(r)
}

const nbsp = "\u00A0"

// invisible are control and format characters, joiners, variation selectors
// and soft hyphens.
func invisible(r rune) bool {
	return unicode.IsControl(r) || unicode.Is(unicode.Cf, r) || unicode.Is(unicode.Variation_Selector, r) ||
		unicode.Is(unicode.Co, r) || (r >= 0x1F3FB && r <= 0x1F3FF)
}

// lookalike says a sign that our fonts lack with signs that they have; ""
// for none. Fractions of other systems, wide and circled letters become the
// letters that they are made of.
func lookalike(r rune) string {
	switch r {
	case '📞', '📱', '🕿':
		return "tel."
	case '📧', '📨', '📩', '🖂':
		return "e-mail"
	case '✅':
		return "✔"
	case '❌', '❎':
		return "✘"
	case '⭐', '🌟':
		return "★"
	case '🔴', '🟢', '🟡', '🔵', '🟠', '🟣':
		return "●"
	case '🔸', '🔹', '🔶', '🔷':
		return "◆"
	case '👉':
		return "›"
	case '📍', '📌':
		return "•"
	}
	if composed := norm.NFKC.String(string(r)); composed != string(r) {
		return composed
	}
	return ""
}
