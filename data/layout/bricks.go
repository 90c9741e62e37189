package layout

import (
	"strconv"

	"polis/app/page"
)

// brick is what a page break cannot cut: mostly one line of text. Its marks
// have their final x and a y from the brick's top.
type brick struct {
	before float64 // space above it, except at a page's top
	height float64
	marks  []page.Mark
	keep   bool   // not without the next brick on the page
	head   *brick // repeated when this brick starts a page: a table's head
}

// total is the height of bricks in one column.
func total(bricks []brick) float64 {
	h := 0.0
	for _, b := range bricks {
		h += b.before + b.height
	}
	return h
}

// moved returns a mark at another place.
func moved(m page.Mark, dx, dy float64) page.Mark {
	switch m := m.(type) {
	case page.Run:
		m.X, m.Y = m.X+dx, m.Y+dy
		return m
	case page.Box:
		m.X, m.Y = m.X+dx, m.Y+dy
		return m
	case page.Line:
		m.X1, m.Y1, m.X2, m.Y2 = m.X1+dx, m.Y1+dy, m.X2+dx, m.Y2+dy
		return m
	case page.Picture:
		m.X, m.Y = m.X+dx, m.Y+dy
		return m
	case page.Code:
		m.X, m.Y = m.X+dx, m.Y+dy
		return m
	case page.Link:
		m.X, m.Y = m.X+dx, m.Y+dy
		return m
	}
	return m
}

// stacked puts bricks into one that cannot be cut.
func stacked(bricks []brick) brick {
	var out brick
	for i, b := range bricks {
		if i > 0 {
			out.height += b.before
		}
		for _, m := range b.marks {
			out.marks = append(out.marks, moved(m, 0, out.height))
		}
		out.height += b.height
	}
	return out
}

// lineMarks sets one line with its baseline in the middle of the leading.
func lineMarks(l textLine, st style, x, limit float64) []page.Mark {
	baseline := st.leading/2 + 0.36*st.size
	switch st.align {
	case page.Right:
		x += limit - l.width
	case page.Center:
		x += (limit - l.width) / 2
	}
	var marks []page.Mark
	for _, r := range l.runs {
		colour := st.colour
		if r.url != "" {
			colour = blue
		}
		marks = append(marks, page.Run{
			X: x + r.x, Y: baseline, Width: r.width, Face: r.face, Size: st.size, Colour: colour, Text: r.text,
		})
		if r.url != "" {
			marks = append(
				marks,
				page.Line{X1: x + r.x, Y1: baseline + 1.5, X2: x + r.x + r.width, Y2: baseline + 1.5, Width: 0.5, Colour: blue},
				page.Link{X: x + r.x, Y: baseline - st.size, W: r.width, H: st.size * 1.3, URL: r.url},
			)
		}
	}
	return marks
}

// paragraph sets inlines as one brick a line. The first two lines and the
// last two stay together.
func (s *setter) paragraph(inlines []page.Inline, st style, x, limit, before float64) []brick {
	lines := s.lines(inlines, st, limit)
	out := make([]brick, len(lines))
	for i, l := range lines {
		out[i] = brick{
			height: st.leading, marks: lineMarks(l, st, x, limit),
			keep: len(lines) > 1 && (i == 0 || i == len(lines)-2),
		}
	}
	if len(out) > 0 {
		out[0].before = before
	}
	return out
}

// text sets one plain string.
func (s *setter) text(text string, st style, x, limit, before float64) []brick {
	return s.paragraph(page.Text(text), st, x, limit, before)
}

func keepAll(bricks []brick) []brick {
	for i := range bricks {
		bricks[i].keep = true
	}
	return bricks
}

// blocks sets Markdown blocks in a column.
func (s *setter) blocks(blocks []page.Block, st style, x, limit float64) []brick {
	var out []brick
	gap := 0.0
	for _, b := range blocks {
		set := s.block(b, st, x, limit)
		if len(set) == 0 {
			continue
		}
		set[0].before += gap
		gap = st.leading * 0.35
		out = append(out, set...)
	}
	return out
}

func (s *setter) block(b page.Block, st style, x, limit float64) []brick {
	switch b.Kind {
	case page.Heading:
		h := st
		h.plain, h.italic = st.bold, st.both
		if b.Level <= 2 {
			h.size, h.colour = st.size*1.06, blue
		}
		return keepAll(s.paragraph(b.Inlines, h, x, limit, st.leading*0.25))
	case page.List:
		return s.list(b, st, x, limit)
	case page.Table:
		return s.table(b, st, x, limit)
	case page.Rule:
		return []brick{{height: 6, marks: []page.Mark{
			page.Line{X1: x, Y1: 3, X2: x + limit, Y2: 3, Width: 0.5, Colour: line},
		}}}
	}
	return s.paragraph(b.Inlines, st, x, limit, 0)
}

// list sets items with a bullet or number; deep lists in narrow columns
// keep enough room for text.
func (s *setter) list(b page.Block, st style, x, limit float64) []brick {
	var out []brick
	bold := st
	bold.plain, bold.align = st.bold, page.Left
	indent := 13.0
	if b.Ordered {
		last := strconv.Itoa(b.Start+len(b.Items)-1) + "."
		indent = max(indent+3, s.textWidth(last, bold.plain, st.size)+6)
	}
	if limit-indent < 60 {
		indent = 9
	}
	for i, item := range b.Items {
		set := s.blocks(item, st, x+indent, max(limit-indent, 20))
		if len(set) == 0 {
			continue
		}
		if b.Ordered {
			number := s.lines(page.Text(strconv.Itoa(b.Start+i)+"."), bold, limit)
			set[0].marks = append(lineMarks(number[0], bold, x, limit), set[0].marks...)
		} else {
			dot := page.Box{X: x + 3.5, Y: st.leading/2 - 0.6, W: 2.6, H: 2.6, Filled: true, Fill: blue}
			set[0].marks = append([]page.Mark{dot}, set[0].marks...)
		}
		if i > 0 {
			set[0].before += st.leading * 0.18
		}
		out = append(out, set...)
	}
	return out
}
