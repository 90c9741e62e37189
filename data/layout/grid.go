package layout

import (
	"strings"
	"unicode"

	"polis/app/page"
)

// figures sets a table of facts or figures: names of rows, sums at the end,
// numbers with their decimal marks below each other. One that is too wide for
// the page is set as records.
func (s *setter) figures(g page.Grid) []brick {
	b := gridBlock(g)
	if len(b.Head) == 0 {
		return nil
	}
	st := s.cardText()
	for _, size := range []float64{st.size, st.size - 0.8, st.size - 1.6, st.size - 2.4} {
		small := st
		small.size, small.leading = size, size*1.36
		t := gridSetter{setter: s, grid: g, block: strengthened(b, g), style: small}
		t.measureNumbers()
		if columns, ok := s.columns(t.block, small, s.left, s.width); ok {
			t.columns = columns
			return t.bricks()
		}
	}
	return append(s.gridCaption(g, page.RoleParagraph), s.records(onOneLine(b), st, s.left, s.width)...)
}

// onOneLine makes commas of the line breaks in cells.
func onOneLine(b page.Block) page.Block {
	rows := make([][]page.Cell, len(b.Rows))
	for r, row := range b.Rows {
		rows[r] = append([]page.Cell{}, row...)
		for i := range row {
			rows[r][i].Inlines = append([]page.Inline{}, row[i].Inlines...)
			for k := range rows[r][i].Inlines {
				if rows[r][i].Inlines[k].Break {
					rows[r][i].Inlines[k] = page.Inline{Text: ", "}
				}
			}
		}
	}
	b.Rows = rows
	return b
}

// gridBlock is the grid as a plain table, every row as long as the head.
func gridBlock(g page.Grid) page.Block {
	n := len(g.Head)
	for _, row := range g.Rows {
		n = max(n, len(row))
	}
	full := func(row []page.Cell) []page.Cell {
		return append(append(make([]page.Cell, 0, n), row...), make([]page.Cell, n-len(row))...)
	}
	b := page.Block{Kind: page.Table}
	if n > 0 {
		b.Head = full(g.Head)
	}
	for _, row := range g.Rows {
		b.Rows = append(b.Rows, full(row))
	}
	return b
}

// strengthened makes names of rows and sums bold, so that they are measured as they
// are drawn.
func strengthened(b page.Block, g page.Grid) page.Block {
	rows := make([][]page.Cell, len(b.Rows))
	for r, row := range b.Rows {
		rows[r] = append([]page.Cell{}, row...)
		for i := range rows[r] {
			if g.RowHeads && i == 0 || r >= len(b.Rows)-g.Totals {
				rows[r][i].Inlines = emphasised(row[i].Inlines)
			}
		}
	}
	b.Rows = rows
	return b
}

func emphasised(in []page.Inline) []page.Inline {
	out := append([]page.Inline{}, in...)
	for i := range out {
		out[i].Bold = true
	}
	return out
}

// gridSetter is a grid at work.
type gridSetter struct {
	*setter
	grid     page.Grid
	block    page.Block
	style    style
	columns  spread
	fraction []float64 // by column of numbers: the widest text after the decimal mark; -1 = no numbers
}

func (t *gridSetter) bricks() []brick {
	defer t.close(t.open(page.RoleTable))
	out := t.gridCaption(t.grid, page.RoleCaption)
	names, head := t.head(t.block.Head, t.style, t.columns)
	out = append(out, names...)
	t.open(page.RoleRows)
	totals := len(t.block.Rows) - t.grid.Totals
	for i := range t.block.Rows {
		row := t.row(i)
		for k := range row {
			row[k].head = head
			row[k].keep = row[k].height < 60 && (i == 0 && len(t.block.Rows) > 2 || i >= totals-1 && i < len(t.block.Rows)-1)
		}
		out = append(out, row...)
	}
	return together(out)
}

func (s *setter) gridCaption(g page.Grid, role page.Role) []brick {
	if g.Caption == "" {
		return nil
	}
	st := s.smallText()
	st.plain, st.colour = page.SansBold, night
	out := keepAll(s.element(role, g.Caption, st, s.left, s.width, 0))
	if len(out) > 0 {
		out[len(out)-1].height += 2
	}
	return out
}

// measureNumbers finds the columns of numbers, whose names stand at the right,
// and how much of them stands after the decimal mark.
func (t *gridSetter) measureNumbers() {
	t.fraction = make([]float64, len(t.block.Head))
	t.block.Head = append([]page.Cell{}, t.block.Head...)
	for i := range t.block.Head {
		t.fraction[i] = -1
		if t.grid.RowHeads && i == 0 || !t.numbers(i) {
			continue
		}
		t.fraction[i], t.block.Head[i].Align = 0, page.Right
		for r := range t.block.Rows {
			t.fraction[i] = max(t.fraction[i], t.after(t.block.Rows[r][i], r))
		}
	}
}

// numbers reports whether a column has numbers and nothing else.
func (t *gridSetter) numbers(i int) bool {
	found := false
	for _, row := range t.block.Rows {
		text := page.PlainInlines(row[i].Inlines)
		switch {
		case text == "" || text == "–" || text == "-":
		case number(text):
			found = true
		default:
			return false
		}
	}
	return found
}

// number reports whether a text is a figure, perhaps with a sign, a unit or a
// currency: one word of digits and marks, and at most one short word else.
func number(text string) bool {
	digits, others := 0, 0
	for _, word := range strings.FieldsFunc(text, unicode.IsSpace) {
		figure := strings.Trim(word, "0123456789.,+-–−%€£$<>≤≥±") == ""
		switch {
		case figure && strings.ContainsAny(word, "0123456789"):
			digits++
		case figure || len([]rune(word)) <= 3:
			others++
		default:
			return false
		}
	}
	return digits == 1 && others <= 1
}

// after is the width of what stands after a number's whole part.
func (t *gridSetter) after(c page.Cell, row int) float64 {
	text := t.clean(page.PlainInlines(c.Inlines))
	at := strings.IndexRune(text, t.mark())
	if at < 0 {
		at = strings.LastIndexAny(text, "0123456789") + 1
	}
	face := t.style.plain
	if row >= len(t.block.Rows)-t.grid.Totals {
		face = t.style.bold
	}
	return t.textWidth(text[at:], face, t.style.size)
}

// mark is the decimal mark of the language.
func (t *gridSetter) mark() rune {
	if strings.HasPrefix(t.lang(), "en") {
		return '.'
	}
	return ','
}

// row sets one row as one brick, or several when it is very tall.
func (t *gridSetter) row(r int) []brick {
	defer t.close(t.open(page.RoleRow))
	cells := t.block.Rows[r]
	set, ids := make([][]textLine, len(cells)), make([]int, len(cells))
	tallest := 1
	for i, c := range cells {
		e := page.Element{Role: page.RoleCell}
		if t.grid.RowHeads && i == 0 {
			e = page.Element{Role: page.RoleHeadCell, Scope: page.ScopeRow}
		}
		back := t.openAs(e)
		ids[i] = t.at
		set[i] = t.lines(c.Inlines, t.style, t.columns.room(i))
		t.close(back)
		tallest = max(tallest, len(set[i]))
	}
	var out []brick
	for from := 0; from < tallest; from += rowLines {
		to := min(from+rowLines, tallest)
		b := brick{height: float64(to-from)*t.style.leading + 2.5}
		x := t.left
		for i, lines := range set {
			t.at = ids[i]
			for k := from; k < min(to, len(lines)); k++ {
				for _, m := range t.cell(r, i, lines[k], x) {
					b.marks = append(b.marks, moved(m, 0, 2.5+float64(k-from)*t.style.leading))
				}
			}
			x += t.columns.widths[i]
		}
		if to == tallest {
			b.height += 2.5
			b.marks = append(b.marks, page.Line{X1: t.left, Y1: b.height, X2: t.left + t.columns.sum, Y2: b.height, Width: 0.5, Colour: line})
		}
		t.colour(&b, r, from == 0)
		out = append(out, b)
	}
	return out
}

// cell sets a line of a cell: numbers with the decimal mark in its place.
func (t *gridSetter) cell(r, i int, l textLine, x float64) []page.Mark {
	st, limit := t.style, t.columns.room(i)
	st.align = t.block.Rows[r][i].Align
	if t.fraction[i] >= 0 && st.align != page.Center {
		st.align = page.Right
		if room := t.fraction[i] - t.after(t.block.Rows[r][i], r); limit-room >= l.width {
			limit -= room
		}
	}
	return t.lineMarks(l, st, x+cellPad, limit)
}

// colour lays a ground under a row: pale for every other one, stronger and
// with a line above it for sums.
func (t *gridSetter) colour(b *brick, r int, first bool) {
	sum, total := t.columns.sum, len(t.block.Rows) - t.grid.Totals
	switch {
	case r >= total:
		ground := []page.Mark{page.Box{X: t.left, W: sum, H: b.height, Filled: true, Fill: t.tint}}
		if r == total && first {
			ground = append(ground, page.Line{X1: t.left, X2: t.left + sum, Width: 1.1, Colour: t.accent})
		}
		b.marks = append(ground, b.marks...)
	case r%2 == 1:
		b.marks = append([]page.Mark{page.Box{X: t.left, W: sum, H: b.height, Filled: true, Fill: t.stripe}}, b.marks...)
	}
}
