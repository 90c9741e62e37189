package layout

import (
	"polis/app/page"
)

// A table with more columns than this, or with columns too narrow for their
// words, is set as records: one after the other, "head: value".
const mostColumns = 9

const cellPad = 5.0

// table sets a table; rows wrap in their cells, long rows break across
// pages, and the head is repeated on each.
func (s *setter) table(b page.Block, st style, x, limit float64) []brick {
	sizes := []float64{st.size - 0.6, st.size - 1.6, 7}
	if s.large {
		sizes = sizes[:1]
	}
	for _, size := range sizes {
		small := st
		small.size, small.leading = min(size, st.size), min(size, st.size)*1.36
		widths, ok := s.columns(b, small, limit)
		if ok && len(b.Head) <= mostColumns {
			return s.grid(b, small, x, widths)
		}
	}
	return s.records(b, st, x, limit)
}

// columns shares the width: every column gets its longest word, and what is
// left goes by what the columns would like.
func (s *setter) columns(b page.Block, st style, limit float64) ([]float64, bool) {
	n := len(b.Head)
	least, wish := make([]float64, n), make([]float64, n)
	for r, row := range append([][]page.Cell{b.Head}, b.Rows...) {
		if r > 200 {
			break // the first rows tell enough about the columns
		}
		for i, cell := range row {
			word, all := s.cellWidth(cell, st, r == 0)
			least[i], wish[i] = max(least[i], word+2*cellPad), max(wish[i], all+2*cellPad)
		}
	}
	sumLeast, sumWish := 0.0, 0.0
	for i := range n {
		least[i] = min(least[i], limit/2)
		wish[i] = max(min(wish[i], limit*0.75), least[i])
		sumLeast += least[i]
		sumWish += wish[i]
	}
	if sumLeast > limit {
		return nil, false
	}
	out := make([]float64, n)
	for i := range n {
		switch {
		case sumWish <= limit:
			out[i] = wish[i] + (limit-sumWish)*wish[i]/sumWish
		default:
			out[i] = least[i] + (limit-sumLeast)*(wish[i]-least[i])/(sumWish-sumLeast)
		}
	}
	return out, true
}

func (s *setter) cellWidth(c page.Cell, st style, head bool) (longest, all float64) {
	if head {
		st.plain = st.bold
	}
	line := 0.0
	for _, w := range s.words(c.Inlines, st) {
		if w.brk {
			line = 0
		}
		longest = max(longest, w.width)
		if w.space {
			line += float64(s.engine.Advance(st.plain, ' ')) * st.size / unit
		}
		line += w.width
		all = max(all, line)
	}
	return longest, all
}

func (s *setter) grid(b page.Block, st style, x float64, widths []float64) []brick {
	defer s.close(s.open(page.RoleTable))
	sum := 0.0
	for _, w := range widths {
		sum += w
	}
	var out []brick
	names, head := s.head(b.Head, st, x, widths, sum)
	out = append(out, names...)
	s.open(page.RoleRows)
	for i, row := range b.Rows {
		for _, r := range s.row(row, st, x, widths, sum, page.RoleCell) {
			r.keep = i == 0 && len(b.Rows) > 2 && r.height < 60 // a head with one row looks lost
			if i%2 == 1 {
				r.marks = append([]page.Mark{page.Box{X: x, W: sum, H: r.height, Filled: true, Fill: s.stripe}}, r.marks...)
			}
			r.head = head
			out = append(out, r)
		}
	}
	return out
}

// tallestHead is repeated on every page; a taller one would leave no room for
// rows.
const tallestHead = 120.0

// head sets the names of the columns, white on colour, and says what is
// repeated on the next pages.
func (s *setter) head(cells []page.Cell, st style, x float64, widths []float64, sum float64) (set []brick, again *brick) {
	if !hasText(cells) {
		return nil, nil
	}
	defer s.close(s.open(page.RoleHead))
	st.colour, st.plain, st.italic = white, st.bold, st.both
	set = s.row(cells, st, x, widths, sum, page.RoleHeadCell)
	if whole := stacked(set); whole.height <= pageHeight/3 {
		set = []brick{whole}
	}
	for i := range set {
		ground := page.Box{X: x, W: sum, H: set[i].height, Filled: true, Fill: s.accent}
		set[i].marks = append([]page.Mark{ground}, set[i].marks...)
		set[i].keep = true
	}
	if len(set) == 1 && set[0].height <= tallestHead {
		again = &set[0]
	}
	return set, again
}

func hasText(cells []page.Cell) bool {
	for _, c := range cells {
		if len(c.Inlines) > 0 {
			return true
		}
	}
	return false
}

// narrowCell is the width of a column in which words may be broken.
const narrowCell = 190.0

// rowLines is how many lines of a row stay together; longer rows may break.
const rowLines = 12

// row sets one row as one brick, or several when it is very tall: it stays
// one row in the document's structure.
func (s *setter) row(cells []page.Cell, st style, x float64, widths []float64, sum float64, role page.Role) []brick {
	defer s.close(s.open(page.RoleRow))
	set := make([][]textLine, len(cells))
	ids := make([]int, len(cells))
	tallest := 1
	for i, c := range cells {
		e := page.Element{Role: role}
		if role == page.RoleHeadCell {
			e.Scope = page.ScopeColumn
		}
		back := s.openAs(e)
		ids[i] = s.at
		cell := st
		cell.hyphens = role == page.RoleCell && widths[i] < narrowCell
		set[i] = s.lines(c.Inlines, cell, widths[i]-2*cellPad)
		s.close(back)
		tallest = max(tallest, len(set[i]))
	}
	var out []brick
	for from := 0; from < tallest; from += rowLines {
		to := min(from+rowLines, tallest)
		b := brick{height: float64(to-from) * st.leading}
		offset := 0.0
		if from == 0 {
			offset = 2.5
		}
		b.height += offset
		at := x
		for i, lines := range set {
			cell := st
			cell.align = cells[i].Align
			s.at = ids[i]
			for k := from; k < min(to, len(lines)); k++ {
				for _, m := range s.lineMarks(lines[k], cell, at+cellPad, widths[i]-2*cellPad) {
					b.marks = append(b.marks, moved(m, 0, offset+float64(k-from)*st.leading))
				}
			}
			at += widths[i]
		}
		if to == tallest {
			b.height += 2.5
			b.marks = append(b.marks, page.Line{X1: x, Y1: b.height, X2: x + sum, Y2: b.height, Width: 0.5, Colour: line})
		}
		out = append(out, b)
	}
	return out
}

// records sets a wide table row by row, each value with its column's name.
func (s *setter) records(b page.Block, st style, x, limit float64) []brick {
	defer s.close(s.open(page.RoleList))
	var out []brick
	for i, row := range b.Rows {
		var inlines []page.Inline
		for k, c := range row {
			if len(c.Inlines) == 0 {
				continue
			}
			if len(inlines) > 0 {
				inlines = append(inlines, page.Inline{Text: "; "})
			}
			if name := page.PlainInlines(b.Head[k].Inlines); name != "" {
				inlines = append(inlines, page.Inline{Text: name + ": ", Bold: true})
			}
			inlines = append(inlines, c.Inlines...)
		}
		before := 0.0
		if i > 0 {
			before = 2.5
		}
		back := s.open(page.RoleItem)
		s.open(page.RoleBody)
		set := s.paragraph(inlines, st, x, limit, before)
		s.close(back)
		if n := len(set); n > 0 {
			set[n-1].height += 2.5
			rule := page.Line{X1: x, Y1: set[n-1].height, X2: x + limit, Y2: set[n-1].height, Width: 0.4, Colour: line}
			set[n-1].marks = append(set[n-1].marks, rule)
		}
		out = append(out, set...)
	}
	return out
}
