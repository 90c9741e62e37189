package widgets

import (
	"image/color"
	"strings"
	"unicode/utf8"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"

	"polis/ui/theme"
)

// Run is a stretch of text in one style. Mark lays a tint behind it, URL
// makes it a link, Break ends the line.
type Run struct {
	Text         string
	Bold, Italic bool
	Mark         bool
	URL          string
	Break        bool
}

// Plain is a text in one run.
func Plain(s string) []Run { return []Run{{Text: s}} }

// paragraph breaks runs into lines. It only counts letters while it breaks;
// the shaped text is measured when a line comes in sight.
type paragraph struct {
	text   string
	styles []styled
	size   float32
	bold   bool // all of it

	width float32
	lines []textLine
	high  float32 // of a line
}

// styled says from where on the text has the style of a run.
type styled struct {
	at  int
	run Run
}

type textLine struct {
	start, end int
	cut        bool // shown with an ellipsis
}

func newParagraph(runs []Run, size float32, bold bool) *paragraph {
	p := &paragraph{size: size, bold: bold}
	var b strings.Builder
	for _, r := range runs {
		text := r.Text
		if r.Break {
			text = "\n"
		}
		p.styles = append(p.styles, styled{b.Len(), r})
		b.WriteString(text)
	}
	p.text = b.String()
	return p
}

// layOut breaks the text for a width; most is how many lines may be shown, 0
// for all.
func (p *paragraph) layOut(width float32, most int) {
	if p.lines != nil && p.width == width {
		return
	}
	th := theme.Current()
	p.width, p.high = width, th.LineHeight(p.size)
	p.lines = p.lines[:0]
	b := breaker{p: p, th: th, width: width, most: most}
	b.run()
}

func (p *paragraph) height() float32 { return float32(len(p.lines)) * p.high }

// natural is the width of the longest line when only breaks end lines.
func (p *paragraph) natural() float32 {
	widest, at := float32(0), 0
	for line := range strings.SplitSeq(p.text, "\n") {
		widest = max(widest, p.measure(theme.Current(), at, at+len(line)))
		at += len(line) + 1
	}
	return widest
}

// widestWord is the width below which a word would be broken.
func (p *paragraph) widestWord() float32 {
	th, widest, at := theme.Current(), float32(0), 0
	for at < len(p.text) {
		end := wordEnd(p.text, at)
		if end == at {
			at++
			continue
		}
		widest = max(widest, p.measure(th, at, end))
		at = end
	}
	return widest
}

// styleAt returns the index of the style at an offset.
func (p *paragraph) styleAt(at int) int {
	low, high := 0, len(p.styles)
	for low+1 < high {
		if mid := (low + high) / 2; p.styles[mid].at <= at {
			low = mid
		} else {
			high = mid
		}
	}
	return low
}

// stretches calls f for every piece of one style between two offsets.
func (p *paragraph) stretches(start, end int, f func(r *Run, text string)) {
	if start >= end || len(p.styles) == 0 {
		return
	}
	for i := p.styleAt(start); i < len(p.styles) && start < end; i++ {
		stop := end
		if i+1 < len(p.styles) {
			stop = min(end, p.styles[i+1].at)
		}
		if stop > start {
			f(&p.styles[i].run, p.text[start:stop])
			start = stop
		}
	}
}

// measure is the width by letters; a little more for what kerning may add.
func (p *paragraph) measure(th *theme.Theme, start, end int) float32 {
	w := float32(0)
	p.stretches(start, end, func(r *Run, text string) {
		w += th.Width(text, p.size, p.bold || r.Bold, r.Italic)
	})
	return w
}

// wordEnd is where the word at an offset ends.
func wordEnd(s string, at int) int {
	for at < len(s) && s[at] != ' ' && s[at] != '\n' {
		at++
	}
	return at
}

type breaker struct {
	p     *paragraph
	th    *theme.Theme
	width float32
	most  int

	start, end int // of the line so far
	used       float32
}

// run walks over the words. It stops when all lines that may be shown are
// full: giant texts cost no more than what is shown of them.
func (b *breaker) run() {
	text := b.p.text
	space := b.th.Width(" ", b.p.size, b.p.bold, false)
	for at := 0; at < len(text); {
		switch text[at] {
		case '\n':
			b.flush(at)
			at++
			b.start, b.end, b.used = at, at, 0
		case ' ':
			at++
			if b.end == b.start { // no blank opens a line
				b.start, b.end = at, at
			}
		default:
			end := wordEnd(text, at)
			w := b.p.measure(b.th, at, end)
			lead := float32(0)
			if b.end > b.start {
				lead = space * float32(at-b.end)
			}
			if b.end > b.start && b.used+lead+w > b.width {
				b.flush(b.end)
				b.start, b.used, lead = at, 0, 0
			}
			b.end, b.used = end, b.used+lead+w
			if b.used > b.width && b.start == at {
				b.split()
			}
			at = end
		}
		if b.full() {
			b.cutLast()
			return
		}
	}
	if b.end > b.start {
		b.flush(b.end)
		if b.most > 0 && len(b.p.lines) > b.most {
			b.cutLast()
		}
	}
}

func (b *breaker) full() bool { return b.most > 0 && len(b.p.lines) > b.most }

func (b *breaker) flush(end int) {
	b.p.lines = append(b.p.lines, textLine{start: b.start, end: max(end, b.start)})
}

// split breaks a word that is longer than a line; what is left of it is the
// beginning of the next.
func (b *breaker) split() {
	for b.used > b.width && !b.full() {
		cut, w := b.start, float32(0)
		for cut < b.end {
			_, n := utf8.DecodeRuneInString(b.p.text[cut:])
			step := b.p.measure(b.th, cut, cut+n)
			if w+step > b.width && cut > b.start {
				break
			}
			w += step
			cut += n
		}
		if cut >= b.end {
			return
		}
		b.p.lines = append(b.p.lines, textLine{start: b.start, end: cut})
		b.start = cut
		b.used = b.p.measure(b.th, cut, b.end)
	}
}

// cutLast drops the lines that are too many and shortens the last one, so
// that the ellipsis has room.
func (b *breaker) cutLast() {
	b.p.lines = b.p.lines[:b.most]
	l := &b.p.lines[b.most-1]
	l.cut = true
	room := b.width - 1.5*b.th.Width("…", b.p.size, b.p.bold, false)
	for l.end > l.start && b.p.measure(b.th, l.start, l.end) > room {
		_, n := utf8.DecodeLastRuneInString(b.p.text[l.start:l.end])
		l.end -= n
	}
	if at := strings.LastIndexByte(b.p.text[l.start:l.end], ' '); l.end < len(b.p.text) && at > (l.end-l.start)/2 {
		l.end = l.start + at // a word is left out rather than halved
	}
	l.end = l.start + len(strings.TrimRight(b.p.text[l.start:l.end], " ,;:.-("))
}

// pen draws lines with canvas objects that it keeps for the next time.
type pen struct {
	texts []*canvas.Text
	rects []*canvas.Rectangle
	links []linkArea
	nText int
	nRect int
}

// linkArea is where a link was drawn.
type linkArea struct {
	pos  fyne.Position
	size fyne.Size
	url  string
}

func (k *pen) begin() { k.nText, k.nRect, k.links = 0, 0, k.links[:0] }

// objects returns what was drawn, tints first.
func (k *pen) objects() []fyne.CanvasObject {
	out := make([]fyne.CanvasObject, 0, k.nRect+k.nText)
	for _, r := range k.rects[:k.nRect] {
		out = append(out, r)
	}
	for _, t := range k.texts[:k.nText] {
		out = append(out, t)
	}
	return out
}

func (k *pen) rect(x, y, w, h float32, fill color.Color, radius float32) {
	if k.nRect == len(k.rects) {
		k.rects = append(k.rects, canvas.NewRectangle(fill))
	}
	r := k.rects[k.nRect]
	k.nRect++
	r.FillColor, r.CornerRadius = fill, radius
	Place(r, x, y, w, h)
}

// text draws one stretch and returns its width.
func (k *pen) text(s string, x, y, size float32, style fyne.TextStyle, ink color.Color) float32 {
	if k.nText == len(k.texts) {
		k.texts = append(k.texts, canvas.NewText("", ink))
	}
	t := k.texts[k.nText]
	k.nText++
	t.Text, t.TextSize, t.TextStyle, t.Color = s, size, style, ink
	m := t.MinSize()
	t.Move(fyne.NewPos(x, y))
	t.Resize(m)
	return m.Width
}

// line draws one line of a paragraph at a place.
func (k *pen) line(p *paragraph, l textLine, x, y float32, ink color.Color) {
	th := theme.Current()
	tokens := th.Tokens()
	p.stretches(l.start, l.end, func(r *Run, text string) {
		style := fyne.TextStyle{Bold: p.bold || r.Bold, Italic: r.Italic}
		colour := ink
		switch {
		case r.URL != "":
			colour = tokens.Link
		case r.Mark:
			colour = tokens.Text // quiet text would be too faint on the tint
		}
		w := k.text(text, x, y, p.size, style, colour)
		if r.Mark {
			k.rect(x-1, y+p.high*0.12, w+2, p.high*0.8, tokens.Mark, th.Px(3))
		}
		if r.URL != "" {
			k.rect(x, y+p.high*0.84, w, max(th.Px(1), 1), tokens.Link, 0)
			k.links = append(k.links, linkArea{fyne.NewPos(x, y), fyne.NewSize(w, p.high), r.URL})
		}
		x += w
	})
	if l.cut {
		k.text("…", x, y, p.size, fyne.TextStyle{Bold: p.bold}, ink)
	}
}

// paragraph draws the lines of a paragraph that touch a stretch of heights.
func (k *pen) paragraph(p *paragraph, x, y, from, to float32, ink color.Color) {
	if p.high <= 0 {
		return
	}
	first := max(int((from-y)/p.high), 0)
	for i := first; i < len(p.lines); i++ {
		top := y + float32(i)*p.high
		if top > to {
			return
		}
		k.line(p, p.lines[i], x, top, ink)
	}
}
