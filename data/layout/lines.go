package layout

import (
	"strings"
	"unicode/utf8"

	"polis/app/page"
)

// run is set text on a line; x counts from the line's start.
type run struct {
	piece
	x    float64
	span *span
}

// span is a stretch of a paragraph that is an element of its own: a link, or
// words in another language. It may be on several lines.
type span struct {
	url, lang string
	text      string
	element   int // 0 = not opened yet
}

// textLine is one line of a paragraph.
type textLine struct {
	runs  []run
	width float64
}

// word is what cannot be broken at a space: one or more runs, and whether a
// space or a forced break stands before it.
type word struct {
	runs  []run
	width float64
	space bool
	brk   bool
}

// add puts set text at the end of a word.
func (s *setter) addTo(w *word, r run, size float64) {
	w.width += r.width
	if n := len(w.runs); n > 0 && w.runs[n-1].joins(r) {
		last := &w.runs[n-1]
		k := s.kern(r.face, last.text, r.text, size)
		w.width += k
		last.width += r.width + k
		last.text += r.text
		return
	}
	if w.runs != nil {
		w.runs = append(w.runs, r)
		return
	}
	if len(s.chunk) == cap(s.chunk) {
		s.chunk = make([]run, 0, 128) // one allocation for many words
	}
	s.chunk = append(s.chunk, r)
	n := len(s.chunk)
	w.runs = s.chunk[n-1 : n : n]
}

// lines breaks inlines into lines of at most limit, in time linear in their
// length. Where words may be broken they are when that saves a line, or when
// the lines would be very uneven without.
func (s *setter) lines(inlines []page.Inline, st style, limit float64) []textLine {
	words := s.words(inlines, st)
	whole := s.broken(words, st, limit, 0)
	if !st.hyphens || len(whole.out) < 2 {
		return whole.settled(words)
	}
	if dense := s.broken(words, st, limit, fullEnough); dense.worth() && len(dense.out) < len(whole.out) {
		return dense.settled(words)
	}
	if whole.uneven() > 0 {
		if even := s.broken(words, st, limit, evenEnough); even.worth() && even.uneven() < whole.uneven() && len(even.out) == len(whole.out) {
			return even.settled(words)
		}
	}
	return whole.settled(words)
}

// broken puts words on lines. Lines that are fuller than a share of the limit
// take no beginning of a word; 0 is for none at all.
func (s *setter) broken(words []word, st style, limit, full float64) breaker {
	b := breaker{setter: s, style: st, limit: limit, full: full}
	for i, w := range words {
		b.next = i
		b.word(w)
	}
	b.finish()
	return b
}

// breaker puts words on lines.
type breaker struct {
	*setter
	style style
	limit float64
	full  float64
	out   []textLine
	at    textLine

	next   int   // the word that is being put
	starts []int // the first word of each line; -1 = a line begins within a word
}

// end ends the line before a word, or within one.
func (b *breaker) end(before word, within bool) {
	b.out = append(b.out, b.at.ended(before))
	b.at = textLine{}
	start := b.next
	if within {
		start = -1
	}
	b.starts = append(b.starts, start)
}

func (b *breaker) finish() {
	if len(b.at.runs) > 0 {
		b.out = append(b.out, b.at)
	}
}

// worth reports whether no broken word stands for nothing: with its rest
// alone on the last line.
func (b *breaker) worth() bool {
	n := len(b.out)
	return n < 2 || b.starts[n-2] >= 0 || strings.Contains(strings.TrimSpace(b.out[n-1].text()), " ")
}

// uneven counts the lines, but the last, that are short.
func (b *breaker) uneven() int {
	n := 0
	for i := range len(b.out) - 1 {
		if b.out[i].width < evenEnough*b.limit {
			n++
		}
	}
	return n
}

// text is what a line says.
func (l textLine) text() string {
	var b strings.Builder
	for _, r := range l.runs {
		b.WriteString(r.text)
	}
	return b.String()
}

// The last line of a paragraph: one word that is shorter than this share of
// the line gets company from the line before, which must stay so full.
const (
	lonely     = 0.2
	stillFull  = 0.65
	evenEnough = 0.75 // shorter lines look torn
)

// settled are the lines, the last of them with more than one short word.
func (b *breaker) settled(words []word) []textLine {
	n := len(b.out)
	if n < 2 || b.out[n-1].width >= lonely*b.limit {
		return b.out
	}
	start, last := b.startOf(n-2), b.starts[n-2]
	if start < 0 || last < start+3 || last != len(words)-1 || words[last].brk || !words[last].space {
		return b.out
	}
	short := *b
	short.out, short.starts, short.at, short.full = nil, nil, textLine{}, 0
	for i := start; i < len(words); i++ {
		w := words[i]
		short.next = i
		if i == last-1 && w.space {
			short.end(w, false)
		}
		short.word(w)
	}
	short.finish()
	if len(short.out) != 2 || short.out[0].width < stillFull*b.limit {
		return b.out
	}
	return append(b.out[:n-2], short.out...)
}

// startOf is the first word of a line, -1 when it begins within one.
func (b *breaker) startOf(line int) int {
	if line == 0 {
		return 0
	}
	return b.starts[line-1]
}

func (b *breaker) word(w word) {
	gap := b.gap(b.at, w, b.style.size)
	if len(b.at.runs) > 0 && (w.brk || b.at.width+gap+w.width > b.limit) {
		rest, cut := b.begun(w, gap)
		b.end(rest, cut)
		w, gap = rest, 0
	}
	for b.style.hyphens && w.width > b.limit {
		head, tail, ok := b.hyphenated(w, b.style, b.limit)
		if !ok {
			break
		}
		b.at.add(head, 0)
		b.end(tail, true)
		w = tail
	}
	if w.width <= b.limit {
		b.at.add(w, gap)
		return
	}
	for _, part := range b.split(w, b.style.size, b.limit) {
		if len(b.at.runs) > 0 {
			b.end(part, true)
		}
		b.at.add(part, 0)
	}
}

// begun puts the beginning of a word that does not fit at the end of the
// line, when words may be broken and the line is not full enough without; it
// returns what is left of the word.
func (b *breaker) begun(w word, gap float64) (rest word, cut bool) {
	if w.brk || !b.style.hyphens || b.at.width >= b.full*b.limit {
		return w, false
	}
	head, tail, ok := b.hyphenated(w, b.style, b.limit-b.at.width-gap)
	if !ok {
		return w, false
	}
	b.at.add(head, gap)
	return tail, true
}

// gap is the distance of a word from the line before it: a space in the face
// before, kerned, or what two halves of a compound move together.
func (s *setter) gap(l textLine, w word, size float64) float64 {
	if len(l.runs) == 0 {
		return 0
	}
	last, first := &l.runs[len(l.runs)-1], w.runs[0]
	joins := last.joins(first)
	switch {
	case w.space && joins:
		return float64(s.engine.Advance(last.face, ' '))*size/unit +
			s.kern(last.face, last.text, " ", size) + s.kern(last.face, " ", first.text, size)
	case w.space:
		return float64(s.engine.Advance(last.face, ' ')) * size / unit
	case joins:
		return s.kern(last.face, last.text, first.text, size)
	}
	return 0
}

// ended is a line before the one that begins with w. A space at which it was
// broken stays at its end, so that what is read out or copied keeps its words
// apart.
func (l textLine) ended(w word) textLine {
	if w.space || w.brk {
		l.runs[len(l.runs)-1].blank()
	}
	return l
}

// blank ends a run with a blank that its width does not count.
func (r *run) blank() {
	r.text += " "
	if r.actual != "" {
		r.actual += " "
	}
}

// joins reports whether two neighbours can be one run.
func (r *run) joins(next run) bool {
	return r.face == next.face && r.span == next.span && r.actual == "" && next.actual == ""
}

// add puts a word at the end of the line, gap apart; text in one face becomes
// one run.
func (l *textLine) add(w word, gap float64) {
	runs := w.runs
	if n := len(l.runs); n > 0 {
		last := &l.runs[n-1]
		joins := last.joins(runs[0])
		if w.space {
			last.blank()
		}
		if joins {
			last.text += runs[0].text
			last.width += gap + runs[0].width
			l.width += gap + runs[0].width
			runs, gap = runs[1:], 0
		}
	}
	l.width += gap
	for _, r := range runs {
		r.x = l.width
		l.runs = append(l.runs, r)
		l.width += r.width
	}
}

// words splits inlines at spaces, keeping styles inside words.
func (s *setter) words(inlines []page.Inline, st style) []word {
	var out []word
	var open *word
	var within *span
	space, brk := false, false
	var before rune // the last letter of the text so far
	for i, in := range inlines {
		within = s.span(in, within)
		if in.Break {
			open, brk, space, before = nil, true, false, 0
			continue
		}
		face := st.face(in)
		text := dressed(s.composed(in.Text), before, nextLetter(inlines[i+1:]))
		if r, n := utf8.DecodeLastRuneInString(text); n > 0 {
			before = r
		}
		for token := range tokens(text) {
			if token == " " {
				open, space = nil, true
				continue
			}
			if open == nil {
				out = append(out, word{space: space, brk: brk})
				open, brk, space = &out[len(out)-1], false, false
			}
			for _, p := range s.pieces(token, face, st.size) {
				s.addTo(open, run{piece: p, span: within}, st.size)
			}
			if strings.HasSuffix(token, "-") && len(token) > 2 {
				open = nil // a compound may break after its hyphen
			}
		}
	}
	return out
}

// nextLetter is the letter with which a text goes on, 0 for none.
func nextLetter(inlines []page.Inline) rune {
	for _, in := range inlines {
		if in.Break {
			return 0
		}
		if r, n := utf8.DecodeRuneInString(in.Text); n > 0 {
			return r
		}
	}
	return 0
}

// span is the link or language that an inline belongs to, the one before when
// it goes on; nil for plain text.
func (s *setter) span(in page.Inline, before *span) *span {
	lang := in.Lang
	if lang == s.lang() {
		lang = ""
	}
	if in.Break {
		return before
	}
	if in.URL == "" && lang == "" {
		return nil
	}
	if before == nil || before.url != in.URL || before.lang != lang {
		before = &span{url: in.URL, lang: lang}
	}
	before.text += in.Text
	return before
}

// tokens yields words and " " for every space; a space between a number and
// its sign cannot break, and a compound is yielded in its parts.
func tokens(text string) func(yield func(string) bool) {
	return func(yield func(string) bool) {
		start := 0
		for i := range len(text) {
			end, gap := cut(text, start, i)
			if end < 0 {
				continue
			}
			if start < end && !yield(text[start:end]) || gap != "" && !yield(gap) {
				return
			}
			start = i + 1
		}
		if start < len(text) {
			yield(text[start:])
		}
	}
}

// cut reports whether the byte at i ends a token: where the token ends (-1
// when it goes on) and what stands between it and the next.
func cut(text string, start, i int) (end int, gap string) {
	switch {
	case text[i] == ' ' && (glued(text[start:i], text[i+1:]) || gluing(text[start:i], text[i+1:])):
		return i, nbsp
	case text[i] == ' ':
		return i, " "
	case text[i] == '-' && i > start+1 && i+2 < len(text) && letter(text[i+1]) && letter(text[i-1]):
		return i + 1, ""
	}
	return -1, ""
}

func letter(b byte) bool { return b >= 'a' && b <= 'z' || b >= 'A' && b <= 'Z' || b >= 0x80 }

// glued reports whether what follows a space stays with the word before it: a
// sign, the unit of a number, or the month of a day.
func glued(word, rest string) bool {
	if n := len(word); n > 0 && word[n-1] >= '0' && word[n-1] <= '9' {
		next, _, _ := strings.Cut(rest, " ")
		next = strings.TrimRight(next, ".,;:)")
		if isUnit(next) || n <= 2 && isMonth(next) {
			return true
		}
	}
	sign, n := utf8.DecodeRuneInString(rest)
	switch sign {
	case '€', '%', '»':
		return true
	case '·', '–', '?', '!', ':', ';': // French parts signs from words
		return n == len(rest) || rest[n] == ' '
	}
	return false
}

// isUnit reports whether a word says of what a number counts: in signs, money
// or time.
func isUnit(word string) bool {
	switch word {
	case "euro", "EUR", "m", "m²", "m³", "mq", "mc", "km", "km²", "ha", "cm", "mm", "kg", "g", "l", "kW", "kWh", "kB", "MB", "GB", "°C",
		"min", "minuti", "ora", "ore", "giorno", "giorni", "mese", "mesi", "anno", "anni",
		"minutes", "hour", "hours", "day", "days", "month", "months", "year", "years":
		return true
	}
	return false
}

// isMonth reports whether a word is a month as dates have it, in Italian or
// English, whole or by its first three letters.
func isMonth(word string) bool {
	switch strings.ToLower(word) {
	case "gennaio", "febbraio", "marzo", "aprile", "maggio", "giugno", "luglio", "agosto", "settembre", "ottobre", "novembre", "dicembre",
		"gen", "feb", "mar", "apr", "mag", "giu", "lug", "ago", "set", "ott", "nov", "dic",
		"january", "february", "march", "april", "may", "june", "july", "august", "september", "october", "november", "december",
		"jan", "jun", "jul", "aug", "sep", "oct", "dec":
		return true
	}
	return false
}

// gluing reports whether a word stays with what follows it: "€ 12", "n. 3",
// "art. 7", "ore 10:12", "« mot".
func gluing(word, rest string) bool {
	if word == "«" {
		return true
	}
	if rest == "" || rest[0] < '0' || rest[0] > '9' {
		return false
	}
	switch word {
	case "€", "§", "n.", "art.", "pag.", "ore", "alle", "at":
		return true
	}
	return false
}

// split breaks a word that is wider than a line: after a sign that addresses
// are made of when there is one, else between letters.
func (s *setter) split(w word, size, limit float64) []word {
	var out []word
	var at word
	at.space, at.brk = w.space, w.brk
	flush := func() {
		if len(at.runs) > 0 {
			out = append(out, at)
		}
		at = word{}
	}
	for _, r := range w.runs {
		rest := r
		for rest.text != "" {
			n, width := s.fitting(rest, size, limit-at.width)
			if n == 0 && len(at.runs) > 0 {
				flush()
				continue
			}
			if n == 0 { // not even one letter: narrower columns do not exist
				var first rune
				first, n = utf8.DecodeRuneInString(rest.text)
				width = float64(max(s.engine.Advance(rest.face, first), 0)) * size / unit
			}
			part := rest
			part.text, part.width = rest.text[:n], width
			at.runs = append(at.runs, part)
			at.width += width
			rest.text = rest.text[n:]
			if rest.text != "" {
				flush()
			}
		}
	}
	flush()
	return out
}

// fitting returns how many bytes of a run fit, and their width.
func (s *setter) fitting(r run, size, limit float64) (int, float64) {
	good, goodWidth := 0, 0.0 // after the last sign, a slash before others
	total, before, slash := 0, rune(0), false
	scaled := func(n int) float64 { return float64(n) * size / unit }
	for i, c := range r.text {
		step := max(s.engine.Advance(r.face, c), 0)
		if before != 0 {
			step += s.engine.Kern(r.face, before, c)
		}
		if scaled(total+step) > limit {
			if good > i/3 {
				return good, goodWidth
			}
			return i, scaled(total)
		}
		total, before = total+step, c
		if c == '/' || !slash && strings.ContainsRune(".-_?&=@,;", c) {
			good, goodWidth, slash = i+1, scaled(total), slash || c == '/'
		}
	}
	return len(r.text), scaled(total)
}
