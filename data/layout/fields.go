package layout

import (
	"strings"

	"polis/app/page"
)

// What a hand needs: a line of 8 mm, a box for a letter of 6.5 mm, never less
// than 5.
const (
	lineHeight  = 22.7
	combWidth   = 18.5
	narrowComb  = 14.2
	fieldGap    = 9.0
	twelve      = 12
	mostInBrick = 18 // lines of an area that stay together
)

// fields set the blanks of a form in rows of twelve columns.
func (s *setter) fields(fields page.Fields) []brick {
	var out []brick
	for _, row := range fieldRows(fields) {
		set := s.fieldRow(row)
		if len(set) > 0 && len(out) > 0 {
			set[0].before += 7
		}
		out = append(out, set...)
	}
	return out
}

// tick is the side of a box to tick.
func (k look) tick() float64 {
	if k.large {
		return 14
	}
	return 9.5
}

// columnsOf is how many of the twelve columns a field takes.
func columnsOf(f page.Field) int {
	if f.Columns <= 0 || f.Columns > twelve {
		return twelve
	}
	return f.Columns
}

func fieldRows(fields page.Fields) []page.Fields {
	var out []page.Fields
	used := twelve
	for _, f := range fields {
		if used+columnsOf(f) > twelve {
			out, used = append(out, nil), 0
		}
		out[len(out)-1] = append(out[len(out)-1], f)
		used += columnsOf(f)
	}
	return out
}

// fieldRow sets fields side by side; when one of them is very tall they stand
// below each other, since what is side by side cannot break.
func (s *setter) fieldRow(row page.Fields) []brick {
	sets := make([][]brick, len(row))
	x, tallest := s.left, 0.0
	for i, f := range row {
		w := (s.width+fieldGap)*float64(columnsOf(f))/twelve - fieldGap
		sets[i] = s.field(f, x, w)
		tallest = max(tallest, total(sets[i]))
		x += w + fieldGap
	}
	switch {
	case len(row) == 1 && (tallest <= pageHeight/2 || columnsOf(row[0]) == twelve):
		return sets[0]
	case tallest <= pageHeight/2:
		return []brick{s.level(row, sets)}
	}
	var out []brick
	for _, f := range row {
		set := s.field(f, s.left, s.width)
		if len(set) > 0 && len(out) > 0 {
			set[0].before += 7
		}
		out = append(out, set...)
	}
	return out
}

// level puts fields side by side so that the lines to write on are level,
// however long the labels are.
func (s *setter) level(row page.Fields, sets [][]brick) brick {
	labels := 0.0
	heights := make([]float64, len(sets))
	for i := range sets {
		heights[i] = s.labelHeight(row[i], sets[i])
		labels = max(labels, heights[i])
	}
	all := make([]brick, len(sets))
	for i := range sets {
		all[i] = lowered(stacked(sets[i]), labels-heights[i])
		all[i].height += labels - heights[i]
	}
	return beside(all)
}

// labelHeight is the height of a set field above its blank: its label is the
// first bricks, as many as it has lines.
func (s *setter) labelHeight(f page.Field, set []brick) float64 {
	h := 0.0
	if f.Label == "" {
		return 0
	}
	for _, b := range set {
		if b.height != s.labelText().leading {
			break
		}
		h += b.height
	}
	return h
}

func (k look) labelText() style {
	st := k.smallText()
	st.plain, st.colour, st.leading = page.SansBold, night, st.leading*1.01
	return st
}

// field sets a label, the blank and a hint below it.
func (s *setter) field(f page.Field, x, w float64) []brick {
	st := s.labelText()
	back := s.open(page.RoleParagraph)
	var out []brick
	if f.Label != "" {
		out = keepAll(s.text(f.Label, st, x, w, 0))
		if len(out) > 0 {
			out[len(out)-1].marks = s.parted(out[len(out)-1].marks)
		}
	}
	switch {
	case len(f.Choices) > 0:
		out = append(out, s.value(f, x, w)...)
		s.close(back)
		out = append(out, s.choices(f.Choices, x, w)...)
		back = s.open(page.RoleParagraph)
	case f.Boxes > 0:
		out = append(out, s.comb(f, x, w)...)
	default:
		out = append(out, s.area(f, x, w)...)
	}
	s.close(back)
	if f.Hint != "" && len(out) > 0 {
		out[len(out)-1].keep = true
		hint := s.smallText()
		hint.size, hint.leading = hint.size-0.8, hint.leading-0.8
		out = append(out, s.element(page.RoleParagraph, f.Hint, hint, x, w, 1.5)...)
	}
	return out
}

// value sets what is known beside choices: something that none of them is.
func (s *setter) value(f page.Field, x, w float64) []brick {
	if f.Value == "" {
		return nil
	}
	return s.text(f.Value, s.cardText(), x, w, 0)
}

// area sets lines to write on, or what is written on them already; it grows
// with its text, and breaks when it is long.
func (s *setter) area(f page.Field, x, w float64) []brick {
	st := s.bodyText()
	st.leading = lineHeight
	lines := s.lines(page.Text(f.Value), st, max(w-10, 20))
	n := max(f.Lines, 1, len(lines))
	var out []brick
	for from := 0; from < n; from += mostInBrick {
		to := min(from+mostInBrick, n)
		h := float64(to-from) * lineHeight
		b := brick{height: h, before: 1.5, marks: []page.Mark{
			page.Box{X: x, W: w, H: h, Filled: true, Fill: white, Border: 0.7, Outline: grey},
		}}
		if from > 0 {
			b.before = 0
		}
		for k := from; k < to; k++ {
			y := float64(k-from) * lineHeight
			if k > from {
				b.marks = append(b.marks, page.Line{X1: x + 4, Y1: y, X2: x + w - 4, Y2: y, Width: 0.4, Colour: line})
			}
			if k < len(lines) {
				for _, m := range s.lineMarks(lines[k], st, x+5, w-10) {
					b.marks = append(b.marks, moved(m, 0, y))
				}
			}
		}
		out = append(out, b)
	}
	return out
}

// comb sets a box for each letter, in several rows when the field is narrow.
func (s *setter) comb(f page.Field, x, w float64) []brick {
	letters := []rune(s.clean(strings.TrimSpace(f.Value)))
	n := max(f.Boxes, len(letters))
	each := min(max(w/float64(n), narrowComb), combWidth)
	perRow := max(int(w/each+1e-6), 1)
	st := s.heavyText(page.Mono, 11, lineHeight, ink)
	st.align = page.Center
	var out []brick
	for from := 0; from < n; from += perRow {
		to := min(from+perRow, n)
		b := brick{height: lineHeight, before: 1.5, keep: to < n}
		b.marks = append(b.marks, page.Box{X: x, W: each * float64(to-from), H: lineHeight, Filled: true, Fill: white, Border: 0.7, Outline: grey})
		for k := from; k < to; k++ {
			at := x + float64(k-from)*each
			if k > from {
				b.marks = append(b.marks, page.Line{X1: at, Y1: 0, X2: at, Y2: lineHeight, Width: 0.5, Colour: grey})
			}
			if k < len(letters) {
				b.marks = append(b.marks, s.letter(letters[k], st, at, each)...)
			}
		}
		out = append(out, b)
	}
	return out
}

func (s *setter) letter(r rune, st style, x, w float64) []page.Mark {
	lines := s.lines(page.Text(string(r)), st, w)
	if len(lines) == 0 {
		return nil
	}
	return s.lineMarks(lines[0], st, x, w)
}

// choices set boxes to tick, as many in a row as there is room for.
func (s *setter) choices(choices []page.Choice, x, w float64) []brick {
	defer s.close(s.open(page.RoleList))
	widest := 0.0
	st := s.cardText()
	for _, c := range choices {
		widest = max(widest, s.textWidth(s.clean(c.Label), st.plain, st.size))
	}
	columns := min(max(int((w+fieldGap)/(widest+s.tick()+6+fieldGap)), 1), len(choices))
	each := (w+fieldGap)/float64(columns) - fieldGap
	var out []brick
	for from := 0; from < len(choices); from += columns {
		var row []brick
		for i, c := range choices[from:min(from+columns, len(choices))] {
			row = append(row, s.choice(c, st, x+float64(i)*(each+fieldGap), each))
		}
		b := beside(row)
		b.before = 3.5
		out = append(out, b)
	}
	return out
}

func (s *setter) choice(c page.Choice, st style, x, w float64) brick {
	defer s.close(s.open(page.RoleItem))
	side := s.tick()
	y := (st.leading-side)/2 + 1
	marks := []page.Mark{page.Box{X: x, Y: y, W: side, H: side, Filled: true, Fill: white, Border: 0.8, Outline: ink}}
	if c.On {
		cross := heavy(page.SansHeavy, side*1.25, side, ink)
		cross.align = page.Center
		back := s.open(page.RoleLabel)
		for _, m := range s.letter('×', cross, x, side) {
			marks = append(marks, moved(m, 0, y))
		}
		s.close(back)
	}
	s.open(page.RoleBody)
	set := lowered(stacked(s.text(c.Label, st, x+side+6, max(w-side-6, 20), 0)), 1)
	set.marks, set.height = append(marks, set.marks...), max(set.height, side+2)+1.5
	return set
}
