package search

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

// pieceKind says how a part of the query was meant.
type pieceKind uint8

const (
	piecePlain   pieceKind = iota
	pieceQuoted            // "in this order": the words must stand so in the sheet
	pieceWithout           // -word: sheets with it are left out
)

// piece is a part of the query: bytes [start, end) without its marks.
type piece struct {
	start, end int
	kind       pieceKind
}

// pieces parts a query into what was quoted, what is not wanted and the rest.
// A quote that is still open is plain text: it is being typed. Marks without
// any plain or quoted word mean nothing and are plain text too.
func pieces(text string) []piece {
	var out []piece
	wanted := false
	at := 0
	for i := 0; i < len(text); {
		r, n := utf8.DecodeRuneInString(text[i:])
		found, end := piece{}, 0
		switch {
		case closing(r) != 0:
			found, end = quotedPiece(text, i, n, closing(r))
		case r == '-' && startsWord(text, i, n):
			found, end = piece{i + n, i + n + wordsEnd(text[i+n:]), pieceWithout}, i+n+wordsEnd(text[i+n:])
		}
		if end == 0 {
			i += n
			continue
		}
		out = appendPlain(out, text, at, i)
		out = append(out, found)
		i, at = end, end
	}
	out = appendPlain(out, text, at, len(text))
	for _, p := range out {
		wanted = wanted || (p.kind != pieceWithout && strings.ContainsFunc(text[p.start:p.end], wordRune))
	}
	if !wanted {
		return []piece{{0, len(text), piecePlain}}
	}
	return out
}

func appendPlain(out []piece, text string, from, to int) []piece {
	if strings.TrimSpace(text[from:to]) == "" {
		return out
	}
	return append(out, piece{from, to, piecePlain})
}

// closing returns the mark that ends what r opens, 0 when it opens nothing.
func closing(r rune) rune {
	switch r {
	case '"':
		return '"'
	case '“', '„', '”':
		return '”'
	case '«':
		return '»'
	}
	return 0
}

// quotedPiece reads what is quoted at i; end is 0 while the quote is open.
func quotedPiece(text string, i, n int, end rune) (piece, int) {
	rest := text[i+n:]
	to := strings.IndexFunc(rest, func(r rune) bool { return r == end || (end == '”' && r == '“') })
	if to < 0 || !strings.ContainsFunc(rest[:to], wordRune) {
		return piece{}, 0
	}
	_, size := utf8.DecodeRuneInString(rest[to:])
	return piece{i + n, i + n + to, pieceQuoted}, i + n + to + size
}

// startsWord reports a mark before a word and after none: e-mail has none.
func startsWord(text string, i, n int) bool {
	before, _ := utf8.DecodeLastRuneInString(text[:i])
	after, _ := utf8.DecodeRuneInString(text[i+n:])
	return (i == 0 || unicode.IsSpace(before)) && wordRune(after)
}

func wordsEnd(text string) int {
	if i := strings.IndexFunc(text, unicode.IsSpace); i >= 0 {
		return i
	}
	return len(text)
}

// sequence is what a quoted piece asks for: its words in order.
type sequence []string

func sequenceOf(text string) sequence {
	var out sequence
	sc := newScanner(text)
	for t, ok := sc.next(); ok && len(out) < maxQueryWords; t, ok = sc.next() {
		if w := Fold(t.text); w != "" && t.kind != kindPart {
			out = append(out, w)
		}
	}
	return out
}

// in reports whether the words stand in a text one after the other.
func (s sequence) in(text string) bool {
	if len(s) == 0 {
		return true
	}
	var last []string
	sc := newScanner(text)
	for t, ok := sc.next(); ok; t, ok = sc.next() {
		if t.kind == kindPart {
			continue
		}
		if len(last) == len(s) {
			copy(last, last[1:])
			last = last[:len(s)-1]
		}
		last = append(last, Fold(t.text))
		if len(last) == len(s) && equalWords(last, s) {
			return true
		}
	}
	return false
}

func equalWords(a, b []string) bool {
	for i := range a {
		if a[i] != b[i] {
			return false
		}
	}
	return true
}
