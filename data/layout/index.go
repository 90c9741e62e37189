package layout

import (
	"math"
	"strconv"

	"polis/app/page"
)

// The column of the page numbers in an index, and the distance of the dots
// that lead to them.
const (
	numberColumn = 34.0
	dotStep      = 4.5
)

// index lists the enclosed documents with the pages on which they begin; a
// click on an entry leads there.
func (s *setter) index(ix page.Index) []brick {
	defer s.close(s.open(page.RoleContents))
	var out []brick
	for _, e := range ix.Entries {
		entry := s.entry(e)
		if len(out) > 0 {
			entry.before = 5
		}
		out = append(out, entry)
	}
	return out
}

func (s *setter) entry(e page.IndexEntry) brick {
	defer s.close(s.open(page.RoleEntry))
	title := s.bodyText()
	title.plain, title.size, title.leading = page.SansBold, title.size*1.06, title.leading*1.06
	back := s.open(page.RoleReference)
	s.open(page.RoleLink)
	link := s.at
	lines := s.lines(append(page.Text(e.Title), page.Inline{Text: " "}), title, s.width-numberColumn-12)
	var set []brick
	for _, l := range lines {
		set = append(set, brick{height: title.leading, marks: s.lineMarks(l, title, s.left, s.width)})
	}
	out := stacked(set)
	start := 0
	if e.Enclosed >= 0 && e.Enclosed < len(s.starts) {
		start = s.starts[e.Enclosed]
	}
	if len(lines) > 0 {
		number := title
		number.align, number.colour = page.Right, s.accent
		last := out.height - title.leading
		for _, n := range s.text(strconv.Itoa(start), number, s.left+s.width-numberColumn, numberColumn, 0) {
			out.marks = append(s.parted(out.marks), lowered(n, last).marks...)
		}
		from, to := lines[len(lines)-1].width, s.width-s.textWidth(strconv.Itoa(start), number.plain, number.size)
		out.marks = append(out.marks, s.dots(from, to, last+title.leading/2+0.36*title.size)...)
		out.marks = append(out.marks, page.Link{
			X: s.left, W: s.width, H: out.height, Page: start, Top: top, Text: s.clean(e.Title), Of: link,
		})
	}
	s.close(back)
	if e.Note != "" {
		for _, n := range s.element(page.RoleParagraph, e.Note, s.smallText(), s.left, s.width-numberColumn-12, 0) {
			n = lowered(n, out.height)
			out.marks, out.height = append(out.marks, n.marks...), out.height+n.height
		}
	}
	out.height += 3
	out.marks = append(out.marks, page.Line{X1: s.left, Y1: out.height, X2: s.left + s.width, Y2: out.height, Width: 0.4, Colour: line})
	return out
}

// dots lead from a title to its number, those of all entries below each
// other.
func (s *setter) dots(from, to, baseline float64) []page.Mark {
	var out []page.Mark
	for x := (math.Floor(from/dotStep) + 2) * dotStep; x < to-dotStep; x += dotStep {
		out = append(out, page.Box{X: s.left + x, Y: baseline - 0.9, W: 0.9, H: 0.9, Filled: true, Fill: grey})
	}
	return out
}

// parted ends the last text of marks with a blank: what follows it in the
// same element is another word.
func (s *setter) parted(marks []page.Mark) []page.Mark {
	for i := len(marks) - 1; i >= 0; i-- {
		if r, ok := marks[i].(page.Run); ok {
			r.Text += " "
			marks[i] = r
			return marks
		}
	}
	return marks
}
