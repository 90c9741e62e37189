package layout

import (
	"slices"
	"strconv"
	"strings"

	"polis/app/page"
)

// brick is what a page break cannot cut: mostly one line of text. Its marks
// have their final x and a y from the brick's top.
type brick struct {
	before float64 // space above it, except at a page's top
	height float64
	marks  []page.Mark
	keep   bool   // not without the next brick on the page
	soft   bool   // but rather so than with half a page left empty
	fresh  bool   // begins a page
	head   *brick // repeated when this brick starts a page: a table's head
	title  string // what a bookmark to it is called, "" = none
	level  int    // of the bookmark
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
func moved(m page.Mark, dx, dy float64) page.Mark { return placed(m, dx, dy, nil) }

// placed returns a mark at another place, as content of the element that its
// own has become: names by index, nil when they stay as they are.
func placed(m page.Mark, dx, dy float64, names []int) page.Mark {
	switch m := m.(type) {
	case page.Run:
		m.X, m.Y, m.Of = m.X+dx, m.Y+dy, named(m.Of, names)
		return m
	case page.Box:
		m.X, m.Y, m.Of = m.X+dx, m.Y+dy, named(m.Of, names)
		return m
	case page.Line:
		m.X1, m.Y1, m.X2, m.Y2, m.Of = m.X1+dx, m.Y1+dy, m.X2+dx, m.Y2+dy, named(m.Of, names)
		return m
	case page.Path:
		points := make([]page.Point, len(m.Points))
		for i, p := range m.Points {
			points[i] = page.Point{X: p.X + dx, Y: p.Y + dy}
		}
		m.Points, m.Of = points, named(m.Of, names)
		return m
	case page.Picture:
		m.X, m.Y, m.Of = m.X+dx, m.Y+dy, named(m.Of, names)
		return m
	case page.Code:
		m.X, m.Y, m.Of = m.X+dx, m.Y+dy, named(m.Of, names)
		return m
	case page.Link:
		m.X, m.Y, m.Of = m.X+dx, m.Y+dy, named(m.Of, names)
		return m
	}
	return m
}

func named(of int, names []int) int {
	if of <= 0 || names == nil {
		return of
	}
	return names[of]
}

// of is the element that a mark is content of.
func of(m page.Mark) int {
	switch m := m.(type) {
	case page.Run:
		return m.Of
	case page.Box:
		return m.Of
	case page.Line:
		return m.Of
	case page.Path:
		return m.Of
	case page.Picture:
		return m.Of
	case page.Code:
		return m.Of
	case page.Link:
		return m.Of
	}
	return page.Decoration
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
		if out.title == "" {
			out.title, out.level = b.title, b.level
		}
	}
	return out
}

// lineMarks sets one line with its baseline in the middle of the leading, as
// content of the current element; links are elements in it.
func (s *setter) lineMarks(l textLine, st style, x, limit float64) []page.Mark {
	baseline := st.leading/2 + 0.36*st.size
	switch st.align {
	case page.Right:
		x += limit - l.width
	case page.Center:
		x += (limit - l.width) / 2
	}
	marks := make([]page.Mark, 0, len(l.runs))
	for _, r := range l.runs {
		mark := page.Run{
			X: x + r.x, Y: baseline, Width: r.width, Face: r.face, Size: st.size, Colour: st.colour, Text: r.text,
			Actual: r.actual, Of: s.within(r.span),
		}
		if r.span == nil || r.span.url == "" {
			marks = append(marks, mark)
			continue
		}
		mark.Colour = s.accent
		marks = append(
			marks, mark,
			page.Line{X1: mark.X, Y1: baseline + 1.5, X2: mark.X + r.width, Y2: baseline + 1.5, Width: 0.5, Colour: s.accent},
		)
		if mark.Of > 0 { // what is repeated on every page leads nowhere
			marks = append(marks, page.Link{
				X: mark.X, Y: baseline - st.size, W: r.width, H: st.size * 1.3,
				URL: r.span.url, Text: leadsTo(r.span.text, r.span.url), Of: mark.Of,
			})
		}
	}
	return marks
}

// within is the element of a span, opened in the current one at its first
// run.
func (s *setter) within(sp *span) int {
	if sp == nil || s.at < 0 {
		return s.at
	}
	if sp.element == 0 {
		role := page.RoleLink
		if sp.url == "" {
			role = page.RoleSpan
		}
		back := s.openIn(role, sp.lang)
		sp.element = s.at
		s.close(back)
	}
	return sp.element
}

// leadsTo says a link's text and, when that does not tell it, its address.
func leadsTo(text, url string) string {
	text, address := strings.TrimSpace(text), page.ShortURL(url)
	if address == "" {
		address = url
	}
	if text == "" || strings.Contains(strings.ReplaceAll(text, "/…", ""), address) {
		return address
	}
	return text + " (" + address + ")"
}

// paragraph sets inlines as one brick a line. The first two lines and the
// last two stay together.
func (s *setter) paragraph(inlines []page.Inline, st style, x, limit, before float64) []brick {
	lines := s.lines(inlines, st, limit)
	out := make([]brick, len(lines))
	for i, l := range lines {
		out[i] = brick{
			height: st.leading, marks: s.lineMarks(l, st, x, limit),
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

// textIn sets one plain string as an element in the language of our words.
func (s *setter) textIn(role page.Role, text string, st style, x, limit, before float64) []brick {
	defer s.close(s.openIn(role, s.labels))
	return s.text(text, st, x, limit, before)
}

func keepAll(bricks []brick) []brick {
	for i := range bricks {
		bricks[i].keep = true
	}
	return bricks
}

// blocks sets Markdown blocks in a column, each as an element.
func (s *setter) blocks(blocks []page.Block, st style, x, limit float64) []brick {
	var out []brick
	gap, last := 0.0, page.Heading // of what was set last
	for i, b := range blocks {
		set := s.block(b, st, x, limit)
		if len(set) == 0 {
			continue
		}
		set[0].before += gap
		gap, last = st.leading*0.35, b.Kind
		if leads(b) || b.Kind == page.Paragraph && len(set) <= shortLead && i+1 < len(blocks) && blocks[i+1].Kind == page.Table {
			set[len(set)-1].keep, set[len(set)-1].soft = true, true
		}
		out = append(out, set...)
	}
	if n := len(out); n > 0 && last == page.Paragraph {
		out[n-1].keep = false // it leads to nothing
	}
	return out
}

// shortLead is how many lines of a paragraph stay with the table after it.
const shortLead = 3

// leads reports whether a block announces what follows it: a paragraph that
// ends with a colon, or one in bold that is a heading in all but name.
func leads(b page.Block) bool {
	if b.Kind != page.Paragraph || len(b.Inlines) == 0 {
		return false
	}
	plain := func(in page.Inline) bool { return !in.Bold }
	return strings.HasSuffix(page.PlainInlines(b.Inlines), ":") || !slices.ContainsFunc(b.Inlines, plain)
}

// bodyOf sets the blocks of a list's item: its text is the item's own when
// there is nothing else.
func (s *setter) bodyOf(blocks []page.Block, st style, x, limit float64) []brick {
	defer s.close(s.open(page.RoleBody))
	if len(blocks) == 1 && blocks[0].Kind == page.Paragraph {
		return s.paragraph(blocks[0].Inlines, st, x, limit, 0)
	}
	set := s.blocks(blocks, st, x, limit)
	if len(set) > 1 && blocks[0].Kind == page.Paragraph && len(s.lines(blocks[0].Inlines, st, limit)) == 1 {
		set[0].keep = true // a step's title is not left alone
	}
	return set
}

// belowSection is how deep a heading of the text is: below the section's.
const belowSection = 2

func (s *setter) block(b page.Block, st style, x, limit float64) []brick {
	switch b.Kind {
	case page.Heading:
		h := st
		h.plain, h.italic = st.bold, st.both
		if b.Level <= 2 {
			h.size, h.colour = st.size*1.06, s.accent
		}
		defer s.close(s.openHeading(belowSection+b.Level, ""))
		return keepAll(s.paragraph(b.Inlines, h, x, limit, st.leading*0.25))
	case page.List:
		return s.list(b, st, x, limit)
	case page.Table:
		return s.table(b, st, x, limit)
	case page.Rule:
		return []brick{{height: 6, keep: true, marks: []page.Mark{
			page.Line{X1: x, Y1: 3, X2: x + limit, Y2: 3, Width: 0.5, Colour: line},
		}}}
	}
	defer s.close(s.open(page.RoleParagraph))
	return s.paragraph(b.Inlines, st, x, limit, 0)
}

// list sets items with a bullet or number; deep lists in narrow columns
// keep enough room for text.
func (s *setter) list(b page.Block, st style, x, limit float64) []brick {
	defer s.close(s.openAs(page.Element{Role: page.RoleList, Ordered: b.Ordered}))
	var out []brick
	indent := s.space(13)
	if b.Ordered {
		last := strconv.Itoa(b.Start+len(b.Items)-1) + "."
		indent = max(indent+3, s.textWidth(last, st.bold, st.size)+6)
	}
	if limit-indent < 60 {
		indent = 9
	}
	for i, item := range b.Items {
		set := s.item(b, i, item, st, x, limit, indent)
		if len(set) == 0 {
			continue
		}
		if len(out) > 0 {
			set[0].before += st.leading * 0.18
		}
		out = append(out, set...)
	}
	return out
}

// item sets one item of a list with what stands before it.
func (s *setter) item(b page.Block, i int, blocks []page.Block, st style, x, limit, indent float64) []brick {
	defer s.close(s.open(page.RoleItem))
	var sign []page.Mark
	if b.Ordered {
		bold := st
		bold.plain, bold.align = st.bold, page.Left
		number := s.lines(page.Text(strconv.Itoa(b.Start+i)+"."), bold, limit)
		back := s.open(page.RoleLabel)
		sign = s.lineMarks(number[0], bold, x, limit)
		s.close(back)
	} else {
		dot := 0.27 * st.size
		sign = []page.Mark{page.Box{X: x + s.space(3.5), Y: st.leading/2 - 0.06*st.size, W: dot, H: dot, Filled: true, Fill: s.accent}}
	}
	set := s.bodyOf(blocks, st, x+indent, max(limit-indent, 20))
	if len(set) > 0 {
		set[0].marks = append(sign, set[0].marks...)
	}
	return set
}
