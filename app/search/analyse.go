package search

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"
)

// Bounds of one word: what is longer is an address or rubbish, and is cut so
// that it costs nothing.
const (
	maxRawBytes  = 160
	maxWordBytes = 48
)

type tokenKind uint8

const (
	kindWord   tokenKind = iota
	kindElided           // the article before an apostrophe: l', dell'
	kindJoined           // "104/92", "e-mail" -> "email"; its parts follow
	kindPart             // part of the joined token before it
)

// token is a word of a text: the bytes it covers and its letters as written
// (dots and hyphens taken out when they only join).
type token struct {
	start, end int
	text       string
	kind       tokenKind
}

// silent reports a token that says nothing of its own: an elided article, or
// a part of what was already taken as a whole.
func (t token) silent(whole bool) bool {
	return t.kind == kindElided || (t.kind == kindPart && whole)
}

// scanner walks over the words of a text without copying it.
type scanner struct {
	text    string
	pos     int
	pending []token
}

func newScanner(text string) *scanner { return &scanner{text: text} }

// next returns the next token; ok is false at the end.
func (s *scanner) next() (t token, ok bool) {
	if len(s.pending) > 0 {
		t, s.pending = s.pending[0], s.pending[1:]
		return t, true
	}
	start := s.skip()
	if start >= len(s.text) {
		return token{}, false
	}
	end := wordEnd(s.text, start)
	s.pos = end
	t = token{start: start, end: end, text: s.text[start:end]}
	if end == len(s.text) {
		return t, true
	}
	switch c := s.text[end]; {
	case c == '.' && shortPart(t.text, 2):
		return s.dotted(t), true
	case c == '/' && allDigits(t.text), c == '-':
		return s.joined(t, c), true
	case c == '\'' || c == '`' || c >= utf8.RuneSelf:
		return s.apostrophe(t), true
	}
	return t, true
}

// skip moves to the start of the next word and returns it.
func (s *scanner) skip() int {
	i := s.pos
	for i < len(s.text) {
		c := s.text[i]
		if c < utf8.RuneSelf {
			if wordByte(c) {
				break
			}
			i++
			continue
		}
		r, n := utf8.DecodeRuneInString(s.text[i:])
		if wordRune(r) && !joiner(r) {
			break
		}
		i += n
	}
	s.pos = i
	return i
}

// wordEnd returns where the word that starts at i ends.
func wordEnd(text string, i int) int {
	for i < len(text) {
		c := text[i]
		if c < utf8.RuneSelf {
			if !wordByte(c) {
				return i
			}
			i++
			continue
		}
		r, n := utf8.DecodeRuneInString(text[i:])
		if !wordRune(r) {
			return i
		}
		i += n
	}
	return i
}

// dotted joins I.S.E.E. and D.Lgs. (with or without the last dot) into one
// word: short parts of letters without blanks between them.
func (s *scanner) dotted(t token) token {
	letters, i, n := t.text, t.end, 1
	for i+1 < len(s.text) && s.text[i] == '.' && n < 12 {
		end := wordEnd(s.text, i+1)
		if end-i-1 == 0 || !shortPart(s.text[i+1:end], 3) {
			break
		}
		letters += s.text[i+1 : end]
		i = end
		n++
	}
	if n == 1 {
		return t
	}
	if i < len(s.text) && s.text[i] == '.' {
		i++
	}
	s.pos = i
	return token{start: t.start, end: i, text: letters}
}

// shortPart reports at most n letters, and no digit.
func shortPart(part string, n int) bool {
	return len(part) <= 4*n && utf8.RuneCountInString(part) <= n && !strings.ContainsFunc(part, unicode.IsDigit)
}

// joined makes one token of 104/92 or e-mail and queues the parts after it;
// a date or a chain of more than three parts stays apart.
func (s *scanner) joined(t token, sep byte) token {
	parts := []token{t}
	end := t.end
	for end+1 < len(s.text) && s.text[end] == sep && len(parts) < 4 {
		next := wordEnd(s.text, end+1)
		part := s.text[end+1 : next]
		if part == "" || allDigits(part) != (sep == '/') {
			break
		}
		parts = append(parts, token{start: end + 1, end: next, text: part, kind: kindPart})
		end = next
	}
	if len(parts) == 1 || len(parts) > 3 || end-t.start > maxWordBytes || (sep == '-' && allDigits(t.text)) {
		return t
	}
	parts[0].kind = kindPart
	s.pending = append(s.pending[:0], parts...)
	s.pos = end
	whole := s.text[t.start:end]
	if sep == '-' {
		whole = strings.ReplaceAll(whole, "-", "")
	} else {
		whole = shortYear(whole)
	}
	return token{start: t.start, end: end, text: whole, kind: kindJoined}
}

// shortYear writes 104/1992 as 104/92: laws are quoted both ways.
func shortYear(number string) string {
	i := strings.LastIndexByte(number, '/')
	year := number[i+1:]
	if len(year) == 4 && (strings.HasPrefix(year, "19") || strings.HasPrefix(year, "20")) && strings.Count(number, "/") == 1 {
		return number[:i+1] + year[2:]
	}
	return number
}

// apostrophe tells the article of dell'ente from the accent of identita'.
func (s *scanner) apostrophe(t token) token {
	r, n := utf8.DecodeRuneInString(s.text[t.end:])
	if !apostropheRune(r) {
		return t
	}
	if elides(t.text) {
		t.kind = kindElided
		s.pos = t.end + n
		return t
	}
	after, _ := utf8.DecodeRuneInString(s.text[t.end+n:])
	last, _ := utf8.DecodeLastRuneInString(t.text)
	if !wordRune(after) && strings.ContainsRune("aeiouAEIOU", last) && !quoted(s.text[:t.start]) {
		t.end += n
		s.pos = t.end
	}
	return t
}

// quoted reports a text that ends with an opening quote: an apostrophe that
// does not belong to a word before it.
func quoted(before string) bool {
	r, n := utf8.DecodeLastRuneInString(before)
	if !apostropheRune(r) {
		return false
	}
	r, _ = utf8.DecodeLastRuneInString(before[:len(before)-n])
	return !wordRune(r)
}

func wordByte(c byte) bool {
	return c|0x20-'a' < 26 || c-'0' < 10
}

// ascii narrows a rune that was found to be ASCII.
func ascii(r rune) byte { return byte(r) } //nolint:gosec // see above

func wordRune(r rune) bool {
	switch {
	case r < utf8.RuneSelf:
		return wordByte(ascii(r))
	case r == utf8.RuneError || r == 'ª' || r == 'º':
		return false
	}
	return unicode.IsLetter(r) || unicode.IsDigit(r) || joiner(r)
}

// joiner reports runes that belong to a word but are never its letters:
// combining accents, soft hyphens and invisible joints.
func joiner(r rune) bool {
	switch r {
	case 0xAD, 0x200B, 0x200C, 0x200D, 0x2060, 0xFEFF:
		return true
	}
	return r >= 0x300 && unicode.Is(unicode.Mn, r)
}

func apostropheRune(r rune) bool {
	switch r {
	case '\'', '`', '’', '‘', 'ʼ', '´', '′', '‛':
		return true
	}
	return false
}

func allDigits(s string) bool {
	for i := range len(s) {
		if s[i]-'0' > 9 {
			return false
		}
	}
	return s != ""
}

// elides reports the articles and particles that lose their vowel.
func elides(word string) bool {
	if len(word) > 7 {
		return false
	}
	switch strings.ToLower(word) {
	case "l", "d", "un", "dell", "all", "nell", "dall", "sull", "coll", "quell", "quest", "gl",
		"c", "s", "m", "t", "v", "n", "cos", "com", "dov", "quant", "anch", "senz", "nessun", "alcun", "ciascun",
		"j", "qu", "jusqu", "lorsqu", "puisqu", "quelqu":
		return true
	}
	return false
}

// Named returns the folded words of an Italian text without those that say
// nothing; a text of nothing else gives them all.
func Named(text string) []string { return phraseWords(text, langItalian) }

// Fold returns the letters and digits of a word in lower case without
// accents: what the index compares.
func Fold(word string) string {
	word = cut(word, maxRawBytes)
	if folded, ok := foldASCII(word); ok {
		return folded
	}
	var b strings.Builder
	b.Grow(len(word))
	for i, r := range word {
		if !latin(&b, r) {
			foldOther(&b, word[i:])
			break
		}
	}
	return cut(b.String(), maxWordBytes)
}

// latin writes a letter of ASCII or Latin-1 without its accent; false for
// what needs more thought.
func latin(b *strings.Builder, r rune) bool {
	const plainLetters = "aaaaaa.ceeeeiiii.nooooo..uuuuy..aaaaaa.ceeeeiiii.nooooo..uuuuy.y" // of À to ÿ
	switch {
	case r >= 'A' && r <= 'Z':
		b.WriteByte(ascii(r) | 0x20)
	case r < utf8.RuneSelf && (wordByte(ascii(r)) || r == '/'):
		b.WriteByte(ascii(r))
	case r >= 'À' && r <= 'ÿ' && plainLetters[r-'À'] != '.':
		b.WriteByte(plainLetters[r-'À'])
	default:
		return false
	}
	return true
}

// foldOther folds letters of any script; from here on combining accents may
// follow, so the rest of the word comes too.
func foldOther(b *strings.Builder, rest string) {
	for _, r := range norm.NFKD.String(rest) {
		if r = unicode.ToLower(r); r == '/' || (wordRune(r) && !joiner(r)) {
			writeFolded(b, r)
		}
	}
}

// foldASCII is the quick way of most words; ok is false for the others.
func foldASCII(word string) (string, bool) {
	upper := false
	for i := range len(word) {
		switch c := word[i]; {
		case c >= utf8.RuneSelf:
			return "", false
		case c-'A' < 26:
			upper = true
		case !wordByte(c) && c != '/':
			return "", false
		}
	}
	if upper {
		word = strings.ToLower(word)
	}
	return cut(word, maxWordBytes), true
}

// writeFolded writes letters that decompose into no simpler one by hand.
func writeFolded(b *strings.Builder, r rune) {
	switch r {
	case 'ß':
		b.WriteString("ss")
	case 'æ':
		b.WriteString("ae")
	case 'œ':
		b.WriteString("oe")
	case 'ø':
		b.WriteByte('o')
	case 'đ', 'ð':
		b.WriteByte('d')
	case 'ł':
		b.WriteByte('l')
	case 'ı':
		b.WriteByte('i')
	default:
		b.WriteRune(r)
	}
}

// cut shortens a text to at most n bytes, never inside a rune.
func cut(s string, n int) string {
	if len(s) <= n {
		return s
	}
	for n > 0 && !utf8.RuneStart(s[n]) {
		n--
	}
	return s[:n]
}
