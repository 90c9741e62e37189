package layout

import (
	"polis/app/page"
)

// A table with more columns than this, or with columns too narrow for their
// words, is set as records: one after the other, "head: value".
const mostColumns = 9

const cellPad = 5.0

// hair is what a column is wider than its longest word: sums of fractions do
// not come out even, and a word must not break for it.
const hair = 0.01

// gutter is what stays empty beside a column of figures, at the right, when
// the next one begins at its left.
const gutter = 12.0

// spread is where the columns of a table are.
type spread struct {
	x, sum float64
	widths []float64
	after  []float64 // empty at the right of each
}

// room is the width of the text in a column.
func (c spread) room(i int) float64 { return c.widths[i] - 2*cellPad - c.after[i] }

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
		columns, ok := s.columns(b, small, x, limit)
		if ok && len(b.Head) <= mostColumns && !(s.large && s.towers(b, small, columns)) {
			return s.grid(b, small, columns)
		}
	}
	return s.records(b, st, x, limit)
}

// towers reports whether a row is so tall and narrow that its cells are read
// more easily one after the other.
func (s *setter) towers(b page.Block, st style, columns spread) bool {
	for _, row := range b.Rows {
		for i, c := range row {
			if columns.widths[i] < narrowCell && len(s.lines(c.Inlines, st, columns.room(i))) > rowLines {
				return true
			}
		}
	}
	return false
}

// columns shares the width: every column gets its longest word, and what is
// left goes by what the columns would like. Columns of figures like what the
// widest of them likes.
func (s *setter) columns(b page.Block, st style, x, limit float64) (spread, bool) {
	n := len(b.Head)
	after := make([]float64, n)
	for i := range n - 1 {
		if b.Head[i].Align == page.Right && b.Head[i+1].Align == page.Left {
			after[i] = gutter
		}
	}
	least, wish := make([]float64, n), make([]float64, n)
	for r, row := range append([][]page.Cell{b.Head}, b.Rows...) {
		if r > 200 {
			break // the first rows tell enough about the columns
		}
		for i, cell := range row {
			word, all := s.cellWidth(cell, st, r == 0)
			pad := 2*cellPad + after[i] + hair
			least[i], wish[i] = max(least[i], word+pad), max(wish[i], all+pad)
		}
	}
	sumLeast, sumWish := 0.0, 0.0
	for i := range n {
		least[i] = min(least[i], limit/2)
		wish[i] = max(min(wish[i], limit*0.75), least[i])
		sumLeast += least[i]
	}
	evened(b.Head, wish, limit)
	for i := range n {
		sumWish += wish[i]
	}
	if sumLeast > limit {
		return spread{}, false
	}
	if sumWish > limit {
		return spread{x: x, sum: limit, widths: shared(least, wish, limit), after: after}, true
	}
	out := make([]float64, n)
	for i := range n {
		out[i] = wish[i] + (limit-sumWish)*wish[i]/sumWish
	}
	return spread{x: x, sum: sumOf(out), widths: out, after: after}, true
}

// shared gives columns that like little what they like, as long as it is no
// more than a fair share, and shares the rest among the others.
func shared(least, wish []float64, limit float64) []float64 {
	out := append([]float64{}, wish...)
	given := make([]bool, len(wish))
	left, others := limit, len(wish)
	for again := true; again; {
		again = false
		for i := range wish {
			if !given[i] && wish[i] <= left/float64(others) {
				given[i], again = true, true
				left, others = left-wish[i], others-1
			}
		}
	}
	sumLeast, sumWish := 0.0, 0.0
	for i := range wish {
		if !given[i] {
			sumLeast, sumWish = sumLeast+least[i], sumWish+wish[i]
		}
	}
	if sumLeast > left { // a long word needs what others were given
		given = make([]bool, len(wish))
		left, sumLeast, sumWish = limit, sumOf(least), sumOf(wish)
	}
	for i := range wish {
		if !given[i] {
			out[i] = least[i] + (left-sumLeast)*(wish[i]-least[i])/(sumWish-sumLeast)
		}
	}
	return out
}

// evened gives columns of figures the same width when there is room for it.
func evened(head []page.Cell, wish []float64, limit float64) {
	even := append([]float64{}, wish...)
	widest := 0.0
	for i := range even {
		if head[i].Align == page.Right {
			widest = max(widest, wish[i])
		}
	}
	for i := range even {
		if head[i].Align == page.Right {
			even[i] = widest
		}
	}
	if sumOf(even) <= limit {
		copy(wish, even)
	}
}

func sumOf(widths []float64) float64 {
	sum := 0.0
	for _, w := range widths {
		sum += w
	}
	return sum
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

func (s *setter) grid(b page.Block, st style, columns spread) []brick {
	defer s.close(s.open(page.RoleTable))
	out, head := s.head(b.Head, st, columns)
	s.open(page.RoleRows)
	for i, row := range b.Rows {
		for _, r := range s.row(row, st, columns, page.RoleCell) {
			r.keep = i == 0 && len(b.Rows) > 2 && r.height < 60 // a head with one row looks lost
			if i%2 == 1 && !s.quiet {
				r.marks = append([]page.Mark{page.Box{X: columns.x, W: columns.sum, H: r.height, Filled: true, Fill: s.stripe}}, r.marks...)
			}
			r.head = head
			out = append(out, r)
		}
	}
	return together(out)
}

// smallTable is the height of a table that is not worth a break.
const smallTable = 170.0

// together keeps the rows of a small table on one page.
func together(rows []brick) []brick {
	if len(rows) > 0 && total(rows) <= smallTable {
		keepAll(rows[:len(rows)-1])
	}
	return rows
}

// tallestHead is repeated on every page; a taller one would leave no room for
// rows.
const tallestHead = 120.0

// head sets the names of the columns, white on colour or, in a box, in colour,
// and says what is repeated on the next pages.
func (s *setter) head(cells []page.Cell, st style, columns spread) (set []brick, again *brick) {
	if !hasText(cells) {
		return nil, nil
	}
	defer s.close(s.open(page.RoleHead))
	st.colour, st.plain, st.italic = white, st.bold, st.both
	if s.quiet {
		st.colour = s.accent
	}
	set = s.row(cells, st, columns, page.RoleHeadCell)
	if whole := stacked(set); whole.height <= pageHeight/3 {
		set = []brick{whole}
	}
	for i := range set {
		set[i].keep = true
		if s.quiet {
			continue
		}
		ground := page.Box{X: columns.x, W: columns.sum, H: set[i].height, Filled: true, Fill: s.accent}
		set[i].marks = append([]page.Mark{ground}, set[i].marks...)
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
func (s *setter) row(cells []page.Cell, st style, columns spread, role page.Role) []brick {
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
		cell.hyphens = role == page.RoleCell && columns.widths[i] < narrowCell
		set[i] = s.lines(c.Inlines, cell, columns.room(i))
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
		at := columns.x
		for i, lines := range set {
			cell := st
			cell.align = cells[i].Align
			s.at = ids[i]
			for k := from; k < min(to, len(lines)); k++ {
				for _, m := range s.lineMarks(lines[k], cell, at+cellPad, columns.room(i)) {
					b.marks = append(b.marks, moved(m, 0, offset+float64(k-from)*st.leading))
				}
			}
			at += columns.widths[i]
		}
		if to == tallest {
			b.height += 2.5
			b.marks = append(b.marks, page.Line{X1: columns.x, Y1: b.height, X2: columns.x + columns.sum, Y2: b.height, Width: 0.5, Colour: line})
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
