package layout

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"polis/app/page"
)

// A title is broken at its colon when the shorter of the two lines is at
// least this share of the longer one.
const atColon = 0.5

// title is how a title is broken, and the width that it is set in: at its
// colon when that makes two lines of much the same length, and never after a
// word of one letter.
func (s *setter) title(title string, st style, limit float64) (broken []page.Inline, width float64) {
	broken = page.Text(unparted(title))
	width = s.balanced(broken, st, limit)
	head, tail, ok := strings.Cut(title, ": ")
	if !ok || len(s.lines(broken, st, width)) != 2 {
		return broken, width
	}
	above, below := s.textWidth(head+":", st.plain, st.size), s.textWidth(tail, st.plain, st.size)
	if max(above, below) > limit || min(above, below) < atColon*max(above, below) {
		return broken, width
	}
	return []page.Inline{{Text: head + ":"}, {Break: true}, {Text: tail}}, limit
}

// balanced is the width in which a title has as many lines as in limit, but
// lines of much the same length: no word alone on the last one.
func (s *setter) balanced(title []page.Inline, st style, limit float64) float64 {
	count := func(w float64) int { return len(s.lines(title, st, w)) }
	n := count(limit)
	if n < 2 || n > 4 {
		return limit
	}
	low, high := limit/2, limit
	for high-low > 4 {
		if middle := (low + high) / 2; count(middle) > n {
			low = middle
		} else {
			high = middle
		}
	}
	return high
}

// unparted joins words of one small letter to the next word: a line of a
// title does not end in one.
func unparted(title string) string {
	words := strings.Split(title, " ")
	var b strings.Builder
	for i, w := range words {
		b.WriteString(w)
		r, n := utf8.DecodeRuneInString(w)
		switch {
		case i == len(words)-1:
		case n == len(w) && unicode.IsLower(r):
			b.WriteString(nbsp)
		default:
			b.WriteByte(' ')
		}
	}
	return b.String()
}
