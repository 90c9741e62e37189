package pdf

import (
	"bytes"
	"fmt"
	"math"
	"strconv"

	"polis/app/page"
)

// tagger turns what gopdf drew on a page into tagged content. gopdf's streams
// are very regular: one operator a line, and before what a mark draws stands
// the marker that draw set, a dash pattern with the mark's place. What is set
// already is not set again, and texts that touch become one.
type tagger struct {
	tree   *tree
	page   page.Page
	number int
	height float64

	out    []byte
	mark   int
	open   group
	opened bool
	// what is set
	fill, stroke, width, font string
	// the text object
	inText         bool
	x, y           int64 // where its line begins, in hundredths of a point
	shown          []byte
	shownY, shownR float64 // baseline and right edge of what is to be shown
}

// group is what marked content is of: an element, or an artifact's kind. A
// text that stands for another has marked content of its own.
type group struct {
	of     int
	actual string
}

// tag returns the page's content.
func (t *tree) tag(number int, p page.Page, drawn []byte, height float64) ([]byte, error) {
	g := &tagger{tree: t, page: p, number: number, height: height, mark: -1, out: make([]byte, 0, len(drawn)/2)}
	lines := lines{rest: drawn}
	for {
		line, ok := lines.next()
		if !ok {
			break
		}
		if err := g.line(line, &lines); err != nil {
			return nil, err
		}
	}
	if err := g.marksUpTo(len(p.Marks)); err != nil {
		return nil, err
	}
	g.close()
	return g.out, nil
}

// lines cuts a stream into lines.
type lines struct{ rest []byte }

func (l *lines) next() ([]byte, bool) {
	if len(l.rest) == 0 {
		return nil, false
	}
	line, rest, _ := bytes.Cut(l.rest, []byte{'\n'})
	l.rest = rest
	return line, true
}

func (g *tagger) line(line []byte, more *lines) error {
	if n, ok := marker(line); ok {
		return g.marksUpTo(n)
	}
	if g.mark < 0 || g.mark >= len(g.page.Marks) {
		return errMarker
	}
	switch {
	case bytes.Equal(line, []byte("BT")):
		return g.text(more)
	case bytes.HasSuffix(line, []byte(" rg")):
		g.set(&g.fill, line)
	case bytes.HasSuffix(line, []byte(" RG")):
		g.set(&g.stroke, line)
	case bytes.HasSuffix(line, []byte(" w")):
		g.set(&g.width, line)
	case bytes.Equal(line, []byte("q")):
		if p, ok := g.page.Marks[g.mark].(page.Picture); ok {
			return g.picture(p, more)
		}
	case bytes.Equal(line, []byte("Q")): // drawing lines and boxes sets nothing that would have to be put back
	default:
		g.shape(line)
	}
	return nil
}

// marker reads "[12.00] 0.00 d".
func marker(line []byte) (int, bool) {
	rest, ok := bytes.CutSuffix(line, []byte(".00] 0.00 d"))
	if !ok || len(rest) < 2 || rest[0] != '[' {
		return 0, false
	}
	n, err := strconv.Atoi(string(rest[1:]))
	return n, err == nil
}

// marksUpTo passes to a mark. Links and codes, of which gopdf drew nothing, lie
// between.
func (g *tagger) marksUpTo(n int) error {
	if n > len(g.page.Marks) || n <= g.mark && n != 0 {
		return errMarker
	}
	for i := g.mark + 1; i <= min(n, len(g.page.Marks)-1); i++ {
		g.mark = i
		switch m := g.page.Marks[i].(type) {
		case page.Link:
			g.tree.link(g.number, m)
		case page.Code:
			g.code(m)
		}
	}
	g.mark = n
	return nil
}

// enter opens the marked content that the present mark belongs to, unless it
// is open.
func (g *tagger) enter() {
	m := g.page.Marks[g.mark]
	want := group{of: owner(m), actual: g.tree.actual[spot{g.number, g.mark}]}
	if want.of > 0 {
		if f := g.tree.figure(want.of); f > 0 {
			g.tree.grow(f, m)
		}
	}
	if g.opened && want == g.open && want.actual == "" {
		return
	}
	g.close()
	g.open, g.opened = want, true
	switch want.of {
	case page.Decoration:
		g.out = append(g.out, "/Artifact<</Type/Layout>>BDC\n"...)
		return
	case page.PageHead:
		g.out = append(g.out, "/Artifact<</Type/Pagination/Subtype/Header/Attached[/Top]>>BDC\n"...)
		return
	case page.PageFoot:
		g.out = append(g.out, "/Artifact<</Type/Pagination/Subtype/Footer/Attached[/Bottom]>>BDC\n"...)
		return
	}
	mcid := g.tree.begin(g.number, want.of)
	if want.actual != "" {
		g.out = fmt.Appendf(g.out, "/Span<</MCID %d/ActualText%s>>BDC\n", mcid, textString(want.actual))
		return
	}
	g.out = fmt.Appendf(g.out, "/%s<</MCID %d>>BDC\n", g.tree.elements[want.of].Role, mcid)
}

// close ends the marked content that is open.
func (g *tagger) close() {
	g.endText()
	if g.opened {
		g.out = append(g.out, "EMC\n"...)
		g.opened = false
	}
}

// set writes a colour or a width when it is another one.
func (g *tagger) set(now *string, line []byte) {
	if *now == string(line) {
		return
	}
	g.show()
	*now = string(line)
	g.out = append(trimmed(g.out, line), '\n')
}

// code writes the dark modules as one path, a row's neighbours as one box, in
// whole numbers of modules: no line of paper shows between them.
func (g *tagger) code(c page.Code) {
	var path []byte
	for y, row := range c.Modules {
		for x := 0; x < len(row); x++ {
			start := x
			for x < len(row) && row[x] {
				x++
			}
			if x > start {
				path = fmt.Appendf(path, "%d %d %d 1 re\n", start, y, x-start)
			}
		}
	}
	if len(path) == 0 {
		return
	}
	g.set(&g.fill, []byte("0.000 0.000 0.000 rg"))
	g.enter()
	g.endText()
	side := c.Size / float64(len(c.Modules))
	g.out = fmt.Appendf(g.out, "q %.4f 0 0 -%.4f %s %s cm\n", side, side, decimal(c.X), decimal(g.height-c.Y))
	g.out = append(append(g.out, path...), "f Q\n"...)
}

// shape writes a path with its painting.
func (g *tagger) shape(line []byte) {
	line = bytes.TrimSpace(line)
	if len(line) == 0 {
		return
	}
	g.enter()
	g.endText()
	if p, ok := g.page.Marks[g.mark].(page.Path); ok && !p.Closed {
		line = opened(line)
	}
	g.out = append(trimmed(g.out, line), '\n')
}

// opened keeps a path's stroke from closing it.
func opened(line []byte) []byte {
	if n := len(line) - 1; line[n] == 's' || line[n] == 'b' {
		return append(line[:n:n], line[n]-'a'+'A')
	}
	return line
}

// picture writes an image in its rectangle. gopdf's own lines are a turn by
// nothing and the name.
func (g *tagger) picture(p page.Picture, more *lines) error {
	var name []byte
	for depth := 1; depth > 0; {
		line, ok := more.next()
		if !ok {
			return fmt.Errorf("mark %d: no end of a picture", g.mark)
		}
		line = bytes.TrimSpace(line)
		switch {
		case bytes.Equal(line, []byte("q")):
			depth++
		case bytes.Equal(line, []byte("Q")):
			depth--
		}
		if _, after, ok := bytes.Cut(line, []byte("/I")); ok {
			name, _, _ = bytes.Cut(after, []byte{' '})
		}
	}
	if len(name) == 0 {
		return fmt.Errorf("mark %d: a picture without a name", g.mark)
	}
	g.enter()
	g.endText()
	matrix := fmt.Appendf(nil, "%.2f 0 0 %.2f %.2f %.2f", p.W, p.H, p.X, g.height-p.Y-p.H)
	g.out = append(g.out, "q "...)
	g.out = trimmed(g.out, matrix)
	g.out = fmt.Appendf(g.out, " cm/I%s Do Q\n", name)
	return nil
}

// text reads a text object of gopdf:
//
//	x y TD
//	/F1 10 Tf 0 Tc
//	0.000 0.000 0.000 rg
//	[<0041>20<0042>] TJ
//	ET
func (g *tagger) text(more *lines) error {
	r, ok := g.page.Marks[g.mark].(page.Run)
	if !ok {
		return errMarker
	}
	g.enter()
	var x, y int64
	for {
		line, ok := more.next()
		if !ok {
			return fmt.Errorf("mark %d: no end of a text", g.mark)
		}
		switch {
		case bytes.Equal(line, []byte("ET")):
			return nil
		case bytes.HasSuffix(line, []byte(" TD")):
			a, b, _ := bytes.Cut(line[:len(line)-3], []byte{' '})
			x, y = hundredths(a), hundredths(b)
		case bytes.HasSuffix(line, []byte(" Tf 0 Tc")):
			if font := line[:len(line)-5]; g.font != string(font) {
				g.startText()
				g.show()
				g.font = string(font)
				g.out = append(append(g.out, font...), '\n')
			}
		case bytes.HasSuffix(line, []byte(" rg")):
			if g.fill != string(line) {
				g.startText()
				g.set(&g.fill, line)
			}
		case bytes.HasSuffix(line, []byte("] TJ")):
			g.glyphs(line[1:len(line)-4], r, x, y)
		default:
			return fmt.Errorf("mark %d: gopdf wrote %q", g.mark, line)
		}
	}
}

// glyphs adds signs to what is to be shown, or moves to where they stand.
func (g *tagger) glyphs(signs []byte, r page.Run, x, y int64) {
	const touch = 0.02
	if g.inText && len(g.shown) > 0 && g.shownY == r.Y && math.Abs(g.shownR-r.X) < touch {
		g.shown = append(g.shown[:len(g.shown)-1], signs[1:]...) // <0041> and <0042> are <00410042>
		g.shownR = r.X + r.Width
		return
	}
	g.startText()
	g.show()
	if x != g.x || y != g.y {
		g.out = appendHundredths(g.out, x-g.x)
		g.out = append(g.out, ' ')
		g.out = appendHundredths(g.out, y-g.y)
		g.out = append(g.out, " Td\n"...)
	}
	g.x, g.y = x, y
	g.shown = append(g.shown, signs...)
	g.shownY, g.shownR = r.Y, r.X+r.Width
}

func (g *tagger) startText() {
	if !g.inText {
		g.out = append(g.out, "BT\n"...)
		g.inText, g.x, g.y = true, 0, 0
	}
}

// show writes the signs that were gathered.
func (g *tagger) show() {
	if len(g.shown) == 0 {
		return
	}
	if bytes.IndexByte(g.shown, '>') == len(g.shown)-1 {
		g.out = append(append(g.out, g.shown...), "Tj\n"...)
	} else {
		g.out = append(append(append(g.out, '['), g.shown...), "]TJ\n"...)
	}
	g.shown = g.shown[:0]
}

func (g *tagger) endText() {
	g.show()
	if g.inText {
		g.out = append(g.out, "ET\n"...)
		g.inText = false
	}
}

// hundredths reads a number with two decimals.
func hundredths(number []byte) int64 {
	f, _ := strconv.ParseFloat(string(number), 64) // what gopdf printed
	return int64(math.Round(f * 100))
}

func appendHundredths(out []byte, v int64) []byte {
	if v < 0 {
		out, v = append(out, '-'), -v
	}
	out = strconv.AppendInt(out, v/100, 10)
	switch part := v % 100; {
	case part == 0:
	case part%10 == 0:
		out = append(out, '.', byte('0'+part/10))
	default:
		out = append(out, '.', byte('0'+part/10), byte('0'+part%10))
	}
	return out
}

// trimmed appends a line without the noughts at the end of its numbers.
func trimmed(out, line []byte) []byte {
	for len(line) > 0 {
		word, rest, _ := bytes.Cut(line, []byte{' '})
		line = rest
		if bytes.IndexByte(word, '.') >= 0 {
			word = bytes.TrimRight(word, "0")
			word = bytes.TrimSuffix(word, []byte{'.'})
			if len(word) == 0 || string(word) == "-" || string(word) == "-0" {
				word = []byte{'0'}
			}
		}
		if len(word) == 0 {
			continue
		}
		out = append(out, word...)
		if len(line) > 0 {
			out = append(out, ' ')
		}
	}
	return out
}
