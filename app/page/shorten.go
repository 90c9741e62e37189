package page

import (
	"strings"
	"unicode/utf8"
)

// lineCost is what a short paragraph or item counts as, in characters: it
// takes a line of its own.
const lineCost = 40

// Shorten keeps about the first limit characters of a text and reports
// whether something was left out. Short lines count as lineCost. Lists lose whole items, tables whole rows,
// and a heading never stays alone at the end.
func Shorten(blocks []Block, limit int) ([]Block, bool) {
	s := shortener{left: limit}
	out := s.blocks(blocks)
	for len(out) > 0 && (dangles(out[len(out)-1]) || s.cut && len(out) > 1 && announces(out[len(out)-1])) {
		out = out[:len(out)-1]
	}
	return out, s.cut
}

func dangles(b Block) bool { return b.Kind == Heading || b.Kind == Rule }

func announces(b Block) bool {
	return b.Kind == Paragraph && strings.HasSuffix(strings.TrimSpace(PlainInlines(b.Inlines)), ":")
}

type shortener struct {
	left int
	cut  bool
	told bool // something has been kept
}

func (s *shortener) blocks(blocks []Block) []Block {
	var out []Block
	for _, b := range blocks {
		if s.left <= 0 {
			s.cut = true
			break
		}
		switch b.Kind {
		case List:
			b.Items = s.items(b.Items)
			if len(b.Items) == 0 {
				continue
			}
		case Table:
			b.Rows = s.rows(b.Rows)
		default:
			if b.Inlines = s.inlines(b.Inlines); s.left <= 0 && len(b.Inlines) == 0 && s.cut {
				continue
			}
		}
		out, s.told = append(out, b), true
	}
	return out
}

func (s *shortener) items(items [][]Block) [][]Block {
	var out [][]Block
	for _, item := range items {
		if s.left <= 0 {
			s.cut = true
			break
		}
		if kept := s.blocks(item); len(kept) > 0 {
			out = append(out, kept)
		}
	}
	return out
}

func (s *shortener) rows(rows [][]Cell) [][]Cell {
	for i, row := range rows {
		if s.left <= 0 {
			s.cut = true
			return rows[:i]
		}
		length := 0
		for _, c := range row {
			length += utf8.RuneCountInString(PlainInlines(c.Inlines))
		}
		s.left -= max(length, lineCost)
	}
	return rows
}

// inlines cuts inside a paragraph; a word more is better than a word halved,
// a few characters over the limit better than a sentence without end, and
// nothing better than two words of a sentence.
func (s *shortener) inlines(in []Inline) []Inline {
	const tolerance = 40
	length := 0
	for _, piece := range in {
		length += utf8.RuneCountInString(piece.Text)
	}
	if length <= s.left+tolerance {
		s.left -= max(length, lineCost)
		return in
	}
	s.cut = true
	if s.told && s.left < lineCost {
		s.left = 0
		return nil
	}
	var out []Inline
	for _, piece := range in {
		n := utf8.RuneCountInString(piece.Text)
		if n >= s.left {
			piece.Text = withEllipsis(piece.Text, s.left)
			s.left = 0
			return append(out, piece)
		}
		s.left -= n
		out = append(out, piece)
	}
	return out
}

// withEllipsis cuts one stretch of text; the space that parts it from the
// stretch before stays.
func withEllipsis(text string, n int) string {
	lead := text[:len(text)-len(strings.TrimLeft(text, " "))]
	short := strings.TrimSuffix(Clip(text, max(n, 2)), "…")
	return lead + strings.TrimRight(short, " ") + " …"
}

// shortenItems keeps the first items, each with about limit characters.
func shortenItems(items [][]Block, most, limit int) ([][]Block, bool) {
	cut := len(items) > most
	var out [][]Block
	for _, item := range items[:min(most, len(items))] {
		kept, short := Shorten(item, limit)
		cut = cut || short
		out = append(out, kept)
	}
	return out, cut
}
