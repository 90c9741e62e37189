package layout

import (
	"bytes"
	"fmt"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"polis/app"
)

// hyphens are the rules of one language, after F. M. Liang: patterns of
// letters with a number for each place between them, of which the highest
// counts; odd ones allow a break.
type hyphens struct {
	patterns map[string][]byte
	longest  int // letters of a pattern
	// odd are the words that the patterns get wrong.
	odd map[string][]int
}

// How many letters stay before and after a hyphen, and how long a word is
// that gets one at all; longer ones than the longest are no words.
const (
	leastLetters  = 3
	shortestWord  = 7
	longestWord   = 40
	fullEnough    = 0.84 // a line so full needs no hyphen
	softHyphen    = "\u00AD"
	visibleHyphen = "-"
)

// Hyphenate teaches the engine where the words of a language (BCP 47, "it")
// break, from a pattern file of TeX. It is for the start, before anything is
// laid out; it fails with app.CodeInternal.
func (e *Engine) Hyphenate(lang string, tex []byte) error {
	patterns, odd := braced(tex, `\patterns`), braced(tex, `\hyphenation`)
	if len(bytes.TrimSpace(patterns)) == 0 {
		return app.Fault(app.CodeInternal, fmt.Errorf("hyphenation of %s: no patterns", lang))
	}
	h := hyphens{patterns: map[string][]byte{}, odd: map[string][]int{}}
	for _, p := range strings.Fields(string(patterns)) {
		h.add(p)
	}
	for _, word := range strings.Fields(string(odd)) {
		var breaks []int
		n := 0
		for _, r := range word {
			if r == '-' {
				breaks = append(breaks, n)
				continue
			}
			n++
		}
		h.odd[strings.ReplaceAll(word, "-", "")] = breaks
	}
	if e.hyphens == nil {
		e.hyphens = map[string]hyphens{}
	}
	e.hyphens[lang] = h
	return nil
}

// add takes a pattern as TeX writes it: "2b1c".
func (h *hyphens) add(pattern string) {
	var letters []rune
	values := []byte{0}
	for _, r := range pattern {
		if r >= '0' && r <= '9' {
			values[len(letters)] = byte(r - '0')
			continue
		}
		letters = append(letters, r)
		values = append(values, 0)
	}
	h.patterns[string(letters)] = values
	h.longest = max(h.longest, len(letters))
}

// word is where a word in small letters may break, counted in letters.
func (h *hyphens) word(word string) []int {
	if at, known := h.odd[word]; known {
		return at
	}
	letters := []rune("." + word + ".")
	values := make([]byte, len(letters)+1)
	for from := range letters {
		for to := from + 1; to <= min(from+h.longest, len(letters)); to++ {
			for i, v := range h.patterns[string(letters[from:to])] {
				values[from+i] = max(values[from+i], v)
			}
		}
	}
	var out []int
	for i := 2; i < len(letters)-1; i++ {
		if values[i]%2 == 1 {
			out = append(out, i-1)
		}
	}
	return out
}

// braced is what a TeX file has between the braces of a command, without
// comments.
func braced(tex []byte, command string) []byte {
	var plain bytes.Buffer
	for line := range bytes.Lines(tex) {
		text, _, _ := bytes.Cut(line, []byte("%"))
		plain.Write(text)
		plain.WriteByte('\n')
	}
	_, rest, found := bytes.Cut(plain.Bytes(), []byte(command+"{"))
	if !found {
		return nil
	}
	inside, _, _ := bytes.Cut(rest, []byte("}"))
	return inside
}

// hyphenated breaks a word so that its beginning, with a hyphen, is not wider
// than room. The hyphen is a run of its own that stands for a soft one: who
// hears or copies the text gets the word whole.
func (s *setter) hyphenated(w word, st style, room float64) (head, tail word, ok bool) {
	if len(w.runs) != 1 || w.runs[0].actual != "" {
		return word{}, word{}, false
	}
	r := w.runs[0]
	lang := s.lang()
	if r.span != nil {
		if r.span.url != "" {
			return word{}, word{}, false
		}
		lang = r.span.lang
	}
	hyphen := float64(s.engine.Advance(r.face, '-')) * st.size / unit
	breaks := s.breaks(lang, r.text)
	for i := len(breaks) - 1; i >= 0; i-- {
		first, second := r, r
		first.text, second.text = r.text[:breaks[i]], r.text[breaks[i]:]
		n, ok := s.widthIn(first.text, r.face)
		if first.width = float64(n) * st.size / unit; !ok || first.width+hyphen > room {
			continue
		}
		n, _ = s.widthIn(second.text, r.face)
		second.width = float64(n) * st.size / unit
		sign := run{piece: piece{face: r.face, text: visibleHyphen, actual: softHyphen, width: hyphen}, span: r.span}
		head = word{runs: []run{first, sign}, width: first.width + hyphen, space: w.space}
		return head, word{runs: []run{second}, width: second.width}, true
	}
	return word{}, word{}, false
}

// breaks are the places, in bytes, where a hyphen may come into a word of a
// text: none in numbers, addresses, abbreviations and words in capitals.
func (s *setter) breaks(lang, text string) []int {
	lang, _, _ = strings.Cut(lang, "-")
	rules, ok := s.engine.hyphens[lang]
	if !ok {
		return nil
	}
	start, end, ok := core(text)
	if !ok {
		return nil
	}
	word := strings.ReplaceAll(strings.ToLower(text[start:end]), "’", "'")
	at := rules.word(word)
	var out []int
	n := 0
	total := utf8.RuneCountInString(word)
	for i := range text[start:end] {
		if n >= leastLetters && total-n >= leastLetters && slices.Contains(at, n) {
			out = append(out, start+i)
		}
		n++
	}
	return out
}

// core is the one word in a text that may have quotation marks, brackets and
// stops around it.
func core(text string) (start, end int, ok bool) {
	start = strings.IndexFunc(text, unicode.IsLetter)
	last := strings.LastIndexFunc(text, unicode.IsLetter)
	if start < 0 {
		return 0, 0, false
	}
	_, size := utf8.DecodeRuneInString(text[last:])
	end = last + size
	if strings.ContainsFunc(text[:start]+text[end:], func(r rune) bool { return !strings.ContainsRune("«»“”\"'’()[]*,.;:!?…", r) }) {
		return 0, 0, false
	}
	letters, small := 0, false
	for _, r := range text[start:end] {
		switch {
		case unicode.IsLetter(r):
			letters++
			small = small || unicode.IsLower(r)
		case r != '\'' && r != '’':
			return 0, 0, false
		}
	}
	return start, end, small && letters >= shortestWord && letters <= longestWord
}

// narrow is a style for columns in which words may be broken.
func narrow(st style) style {
	st.hyphens = true
	return st
}
