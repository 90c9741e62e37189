package search

import (
	"strings"
	"unicode/utf8"
)

// Bounds of snippets: giant sheets are looked at only so far.
const (
	maxScanned   = 24 << 10 // bytes of one text
	maxScannedIn = 48 << 10 // bytes of all texts
	snippetRunes = 160
	leadIn       = 30 // bytes shown before the first match
)

// Span is a match: bytes [Start, End) of a text.
type Span struct{ Start, End int }

// Snippet is a short part of a sheet's text with the matches in it.
type Snippet struct {
	Text  string
	Spans []Span
}

// matcher recognises the words of Hit.Matched in a text.
type matcher struct {
	words    map[string]bool
	prefixes []string
	starts   map[string]bool // first two letters: few words need stemming
	first    uint32          // first letters a to z: few words need folding
	lang     string
}

func newMatcher(matched []string, lang string) *matcher {
	m := &matcher{words: map[string]bool{}, starts: map[string]bool{}, lang: lang}
	for _, s := range matched {
		if s == "" {
			continue
		}
		m.first |= firstBit(s[0])
		if p, ok := strings.CutSuffix(s, "*"); ok {
			m.prefixes = append(m.prefixes, p)
			continue
		}
		m.words[s] = true
		m.starts[s[:min(len(s), 2)]] = true
	}
	return m
}

// firstBit is the bit of a first letter; all that are not a to z share one.
func firstBit(c byte) uint32 {
	if c |= 0x20; c-'a' < 26 {
		return 1 << (c - 'a')
	}
	return 1 << 26
}

// find returns the entry that a token matches, "" for none.
func (m *matcher) find(t token) string {
	if c := t.text[0]; t.kind == kindElided || (c < utf8.RuneSelf && m.first&firstBit(c) == 0) {
		return ""
	}
	w := Fold(t.text)
	if w == "" {
		return ""
	}
	for _, p := range m.prefixes {
		if strings.HasPrefix(w, p) && !(len(w) > len(p) && stopWord(w, m.lang)) {
			return p
		}
	}
	if m.words[w] {
		return w
	}
	if !m.starts[w[:min(len(w), 2)]] || stopWord(w, m.lang) {
		return ""
	}
	if st := stem(w, m.lang); m.words[st] {
		return st
	}
	return ""
}

// Highlight returns the matches of a hit in a text, in order, without
// overlaps. The text's language decides how its words are reduced.
func Highlight(text string, matched []string, lang string) []Span {
	if len(matched) == 0 {
		return nil
	}
	found := newMatcher(matched, lang).scan(cut(text, maxScanned))
	spans := make([]Span, 0, len(found))
	for _, f := range found {
		spans = append(spans, f.Span)
	}
	return spans
}

// occurrence is a match and what it matches.
type occurrence struct {
	Span
	term string
}

func (m *matcher) scan(text string) []occurrence {
	var out []occurrence
	sc := newScanner(text)
	for t, ok := sc.next(); ok; t, ok = sc.next() {
		term := m.find(t)
		if term == "" {
			continue
		}
		if n := len(out); n > 0 && t.start < out[n-1].End {
			continue // a part of 104/92, which is marked as a whole
		}
		out = append(out, occurrence{Span{t.start, t.end}, term})
	}
	return out
}

// SnippetOf cuts up to maxRunes (0: a line or two) out of the text where a
// hit's matches are densest; Markdown marks are taken out. The first text is
// the one people wrote to be read first: it wins when others say no more.
func SnippetOf(matched []string, lang string, texts []string, maxRunes int) Snippet {
	if maxRunes <= 0 {
		maxRunes = snippetRunes
	}
	m := newMatcher(matched, lang)
	bestText, bestScore := "", 0
	var best []occurrence
	left := maxScannedIn
	for _, md := range texts {
		md = cut(md, min(left, maxScanned))
		left -= len(md)
		text := plain(md)
		if text == "" {
			continue
		}
		if bestText == "" {
			bestText = text
		}
		window, score := densest(m.scan(text), maxRunes)
		if score > bestScore {
			bestText, bestScore, best = text, score, window
		}
	}
	return cutAround(bestText, best, maxRunes)
}

// densest returns the matches that fit into maxRunes and say most: different
// words first, then how many.
func densest(found []occurrence, maxRunes int) (window []occurrence, score int) {
	counts := map[string]int{}
	from := 0
	for to := range found {
		counts[found[to].term]++
		for found[to].End-found[from].Start > maxRunes && from < to {
			if counts[found[from].term]--; counts[found[from].term] == 0 {
				delete(counts, found[from].term)
			}
			from++
		}
		if s := 100*len(counts) + min(to-from+1, 99); s > score {
			score, window = s, found[from:to+1]
		}
	}
	return window, score
}

// cutAround cuts a text to maxRunes with the matches inside, at blanks, and
// marks what was left out.
func cutAround(text string, window []occurrence, maxRunes int) Snippet {
	start := 0
	if len(window) > 0 && utf8.RuneCountInString(text[:window[len(window)-1].End]) > maxRunes-2 {
		start = lead(text, window[0].Start)
	}
	prefix := ""
	if start > 0 {
		prefix = "… "
	}
	end, cutOff := limitRunes(text, start, maxRunes-utf8.RuneCountInString(prefix))
	out := Snippet{Text: prefix + strings.TrimRight(text[start:end], " ,;:(")}
	for _, o := range window {
		if s := o.Start - start + len(prefix); o.Start >= start && o.End <= end && o.End-start+len(prefix) <= len(out.Text) {
			out.Spans = append(out.Spans, Span{s, o.End - start + len(prefix)})
		}
	}
	if cutOff {
		out.Text += "…"
	}
	return out
}

// lead returns where to start so that a match has its sentence's start, or
// some words, before it.
func lead(text string, at int) int {
	from := max(0, at-leadIn)
	if i := strings.LastIndexAny(text[from:at], ".;:!?"); i >= 0 {
		from += i + 1
	} else if from > 0 {
		if i := strings.IndexByte(text[from:at], ' '); i >= 0 {
			from += i
		} else {
			from = at
		}
	}
	for from < at && text[from] == ' ' {
		from++
	}
	for from < at && !utf8.RuneStart(text[from]) {
		from++
	}
	return from
}

// limitRunes returns the end of at most n runes from start, at a blank when
// something is cut off.
func limitRunes(text string, start, n int) (end int, cutOff bool) {
	left := max(n, 1)
	for i := range text[start:] {
		if left--; left < 0 {
			end = start + i
			cutOff = true
			break
		}
	}
	if !cutOff {
		return len(text), false
	}
	// one rune less, for the mark
	_, size := utf8.DecodeLastRuneInString(text[start:end])
	end -= size
	if i := strings.LastIndexByte(text[start:end], ' '); i > (end-start)/2 {
		end = start + i
	}
	return end, true
}
