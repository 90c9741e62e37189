package page

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

// Plain returns the text of a Markdown source without its marks, on one
// line a block.
func Plain(markdown string) string { return PlainBlocks(Parse(markdown)) }

// PlainBlocks returns the text of blocks, one line a block, item or row.
func PlainBlocks(blocks []Block) string {
	var lines []string
	for _, b := range blocks {
		lines = append(lines, plainLines(b)...)
	}
	return strings.Join(lines, "\n")
}

func plainLines(b Block) []string {
	var lines []string
	switch b.Kind {
	case Paragraph, Heading:
		lines = append(lines, PlainInlines(b.Inlines))
	case List:
		for _, item := range b.Items {
			for _, inner := range item {
				lines = append(lines, plainLines(inner)...)
			}
		}
	case Table:
		for _, row := range append([][]Cell{b.Head}, b.Rows...) {
			var cells []string
			for _, c := range row {
				if t := PlainInlines(c.Inlines); t != "" {
					cells = append(cells, t)
				}
			}
			lines = append(lines, strings.Join(cells, " · "))
		}
	}
	return lines
}

// PlainInlines returns the text of inlines on one line.
func PlainInlines(inlines []Inline) string {
	var b strings.Builder
	for _, in := range inlines {
		if in.Break {
			b.WriteByte(' ')
			continue
		}
		b.WriteString(in.Text)
	}
	return strings.TrimSpace(b.String())
}

// Text makes inlines of one plain text.
func Text(s string) []Inline {
	if s = strings.TrimSpace(s); s == "" {
		return nil
	}
	return []Inline{{Text: s}}
}

// tidy joins neighbours of one style, makes one space of many and leaves no
// space or break at the ends.
func tidy(in []Inline) []Inline {
	var out []Inline
	for _, piece := range in {
		if piece.Break {
			out = append(out, Inline{Break: true})
			continue
		}
		piece.Text = oneSpace(piece.Text)
		if len(out) == 0 || out[len(out)-1].Break || strings.HasSuffix(out[len(out)-1].Text, " ") {
			piece.Text = strings.TrimLeft(piece.Text, " ")
		}
		if piece.Text == "" {
			continue
		}
		if len(out) > 0 && sameStyle(out[len(out)-1], piece) {
			out[len(out)-1].Text += piece.Text
			continue
		}
		out = append(out, piece)
	}
	return trimBreaks(out)
}

func sameStyle(a, b Inline) bool {
	return !a.Break && !b.Break && a.Bold == b.Bold && a.Italic == b.Italic && a.URL == b.URL && a.Lang == b.Lang
}

func trimBreaks(in []Inline) []Inline {
	for len(in) > 0 && in[0].Break {
		in = in[1:]
	}
	for len(in) > 0 {
		last := &in[len(in)-1]
		if !last.Break {
			if last.Text = strings.TrimRight(last.Text, " "); last.Text != "" {
				break
			}
		}
		in = in[:len(in)-1]
	}
	return in
}

// oneSpace makes one space of every run of blanks; no-break spaces stay
// where there is no other.
func oneSpace(s string) string {
	s = strings.ReplaceAll(strings.ReplaceAll(s, "\u00A0 ", " "), " \u00A0", " ")
	var b strings.Builder
	b.Grow(len(s))
	blank := false
	for _, r := range s {
		if r == ' ' || r == '\t' || r == '\n' || r == '\r' {
			blank = true
			continue
		}
		if blank {
			b.WriteByte(' ')
			blank = false
		}
		b.WriteRune(r)
	}
	if blank {
		b.WriteByte(' ')
	}
	return b.String()
}

// tame makes a source that the parser can take in bounded time: valid UTF-8,
// no control characters, and no line that opens hundreds of nested blocks.
func tame(s string) string {
	s = strings.ToValidUTF8(s, "\uFFFD")
	s = strings.Map(func(r rune) rune {
		if r == '\n' || r == '\t' {
			return r
		}
		if r == '\r' {
			return '\n'
		}
		if unicode.IsControl(r) || r == '\u2028' || r == '\u2029' || r == '\uFEFF' {
			return ' '
		}
		return r
	}, strings.ReplaceAll(s, "\r\n", "\n"))
	var b strings.Builder
	b.Grow(len(s))
	for line := range strings.Lines(s) {
		b.WriteString(tameLine(line))
	}
	return b.String()
}

// maxMarkers is how many quotation, list and blank marks a line may start
// with; more is damage, not text.
const maxMarkers = 60

func tameLine(line string) string {
	content := strings.TrimLeft(line, " \t>-+*")
	if lead := len(line) - len(content); lead > maxMarkers && strings.TrimSpace(content) != "" {
		return line[:maxMarkers] + " " + content
	} else if lead > maxMarkers {
		return line[:maxMarkers] + "\n"
	}
	return line
}

// stripTags removes what stands between < and > and resolves entities.
func stripTags(s string) string {
	var b strings.Builder
	inside := false
	for _, r := range s {
		switch {
		case r == '<':
			inside = true
			b.WriteByte(' ')
		case r == '>' && inside:
			inside = false
		case !inside:
			b.WriteRune(r)
		}
	}
	return strings.TrimSpace(unescape([]byte(b.String())))
}

// Clip shortens a plain text to at most n characters, at a word's end, and
// tells so with an ellipsis.
func Clip(s string, n int) string {
	s = strings.TrimSpace(s)
	if utf8.RuneCountInString(s) <= n {
		return s
	}
	all := []rune(s)
	runes := all[:max(n-1, 0)]
	cut := len(runes)
	if unicode.IsSpace(all[cut]) {
		return trimCut(runes)
	}
	for i := len(runes) - 1; i > len(runes)/2; i-- {
		if unicode.IsSpace(runes[i]) {
			cut = i
			break
		}
	}
	return trimCut(runes[:cut])
}

func trimCut(runes []rune) string { return strings.TrimRight(string(runes), " ,;:.-–(") + "…" }
