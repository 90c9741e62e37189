package layout

import (
	"fmt"
	"strconv"
	"unicode/utf8"

	"rsc.io/qr"

	"polis/app/page"
)

// built is a section set in all its versions, the longest first. Versions
// after the first are set when they are needed.
type built struct {
	section  page.Section
	versions [][]brick
}

func (s *setter) build(doc page.Document) ([]built, error) {
	var out []built
	for _, sec := range doc.Sections {
		bricks, err := s.section(sec, sec.Parts)
		if err != nil {
			return nil, fmt.Errorf("section %s: %w", sec.Key, err)
		}
		out = append(out, built{section: sec, versions: [][]brick{bricks}})
	}
	return out, nil
}

// section sets a section's heading and parts.
func (s *setter) section(sec page.Section, parts []page.Part) ([]brick, error) {
	var out []brick
	for _, p := range parts {
		set, err := s.part(p)
		if err != nil {
			return nil, err
		}
		if len(out) > 0 && len(set) > 0 {
			set[0].before = max(set[0].before, 5)
		}
		out = append(out, set...)
	}
	if len(out) == 0 {
		return nil, nil
	}
	heading := s.heading(sec)
	if len(heading) > 0 {
		return append(heading, out...), nil
	}
	out[0].before = max(out[0].before, 9)
	return out, nil
}

func (s *setter) heading(sec page.Section) []brick {
	if sec.Title == "" {
		return nil
	}
	st := headStyle()
	set := keepAll(s.text(sec.Title, st, margin, width, 8))
	if sec.Note == "" || len(set) == 0 {
		return set
	}
	note := smallStyle()
	lines := s.lines(page.Text(sec.Note), note, width)
	last := &set[len(set)-1]
	at := s.textWidth(s.clean(sec.Title), st.plain, st.size) + 8
	if len(set) > 1 || len(lines) != 1 || at+lines[0].width > width {
		return append(set, keepAll(s.text(sec.Note, note, margin, width, 0))...)
	}
	for _, m := range lineMarks(lines[0], note, margin+at, width) {
		last.marks = append(last.marks, moved(m, 0, st.leading/2+0.36*st.size-(note.leading/2+0.36*note.size)))
	}
	return set
}

func (s *setter) part(p page.Part) ([]brick, error) {
	switch p := p.(type) {
	case page.Opening:
		return s.opening(p)
	case page.Notice:
		return []brick{s.notice(p)}, nil
	case page.Cards:
		return s.cards(p), nil
	case page.Prose:
		st := bodyStyle()
		if p.Small {
			st = smallStyle()
		}
		return s.blocks(p.Blocks, st, margin, width), nil
	case page.Steps:
		return s.steps(p), nil
	case page.Places:
		return s.places(p), nil
	}
	return nil, fmt.Errorf("a part that the layout does not know: %T", p)
}

// The code and, wider than it, the column with its address.
const (
	qrSize   = 76.0
	qrColumn = 92.0
)

// leadLines of an opening stay together with the title; a longer lead may
// break to the next page.
const leadLines = 14

func (s *setter) opening(o page.Opening) ([]brick, error) {
	limit := width
	if o.QR != nil {
		limit -= qrColumn + 14
	}
	title := page.Clip(s.clean(o.Title), 320)
	left := s.text(title, titleStyle(utf8.RuneCountInString(title)), margin, limit, 0)
	lead := s.paragraph(o.Lead, leadStyle(), margin, limit, 5)
	together := stacked(append(left, lead[:min(leadLines, len(lead))]...))
	if o.QR != nil {
		code, err := s.qr(*o.QR, margin+width-qrSize)
		if err != nil {
			return nil, err
		}
		together.marks = append(together.marks, code.marks...)
		together.height = max(together.height, code.height)
	}
	together.before = 8
	return append([]brick{together}, lead[min(leadLines, len(lead)):]...), nil
}

// qr sets a code with its caption and address below, in a column of its
// own.
func (s *setter) qr(q page.QR, x float64) (brick, error) {
	code, err := qr.Encode(q.Text, qr.M)
	if err != nil {
		return brick{}, fmt.Errorf("QR code of %d characters: %w", len(q.Text), err)
	}
	modules := make([][]bool, code.Size)
	for y := range modules {
		modules[y] = make([]bool, code.Size)
		for x := range modules[y] {
			modules[y][x] = code.Black(x, y)
		}
	}
	bricks := []brick{{height: qrSize + 3, marks: []page.Mark{
		page.Code{X: x, Y: 4, Size: qrSize, Modules: modules},
		page.Link{X: x, Y: 4, W: qrSize, H: qrSize, URL: q.Text},
	}}}
	caption := heavy(page.SansBold, 7.2, 9.4, night)
	caption.align = page.Right
	address := heavy(page.Sans, 6.6, 8.2, grey)
	address.align = page.Right
	bricks = append(bricks, s.text(q.Caption, caption, x+qrSize-qrColumn, qrColumn, 3)...)
	return stacked(append(bricks, s.text(q.Address, address, x+qrSize-qrColumn, qrColumn, 0)...)), nil
}

func (s *setter) notice(n page.Notice) brick {
	edge, fill := amber, amberPale
	if n.Kind == page.NoticeStop {
		edge, fill = red, redPale
	}
	const pad = 8.0
	st := bodyStyle()
	inlines := []page.Inline{{Text: n.Title, Bold: true}}
	if len(n.Text) > 0 {
		inlines[0].Text += ": "
		inlines = append(inlines, n.Text...)
	}
	set := stacked(s.paragraph(inlines, st, margin+pad+4, width-2*pad-4, 0))
	out := brick{before: 6, height: set.height + 2*pad - 4}
	out.marks = append(
		out.marks,
		page.Box{X: margin, W: width, H: out.height, Filled: true, Fill: fill, Border: 0.8, Outline: edge},
		page.Box{X: margin, W: 4, H: out.height, Filled: true, Fill: edge},
	)
	for _, m := range set.marks {
		out.marks = append(out.marks, moved(m, 0, pad-2))
	}
	return out
}

// The space between cards and inside them.
const (
	cardGap = 12.0
	cardPad = 9.0
)

// cards stand side by side; cards taller than half a page become sections,
// since a box cannot break.
func (s *setter) cards(cards page.Cards) []brick {
	widths := cardWidths(cards)
	inner := make([]brick, len(cards))
	tallest, x := 0.0, margin
	for i, c := range cards {
		inner[i] = stacked(s.card(c, x+cardPad+2, widths[i]-2*cardPad-2))
		tallest = max(tallest, inner[i].height)
		x += widths[i] + cardGap
	}
	if tallest > pageHeight/2 {
		var out []brick
		for _, c := range cards {
			out = append(out, s.card(c, margin, width)...)
		}
		return out
	}
	out := brick{before: 10, height: tallest + 2*cardPad - 3}
	x = margin
	for i, b := range inner {
		out.marks = append(
			out.marks,
			page.Box{X: x, W: widths[i], H: out.height, Filled: true, Fill: quiet},
			page.Box{X: x, W: 2.5, H: out.height, Filled: true, Fill: blue},
		)
		for _, m := range b.marks {
			out.marks = append(out.marks, moved(m, 0, cardPad-2))
		}
		x += widths[i] + cardGap
	}
	return []brick{out}
}

// cardWidths shares the width; facts need more of it than a text, for their
// labels.
func cardWidths(cards page.Cards) []float64 {
	shares := make([]float64, len(cards))
	sum := 0.0
	for i, c := range cards {
		shares[i] = 1
		if len(c.Facts) > 0 {
			shares[i] = 1.35
		}
		sum += shares[i]
	}
	for i := range shares {
		shares[i] *= (width - cardGap*float64(len(cards)-1)) / sum
	}
	return shares
}

func (s *setter) card(c page.Card, x, limit float64) []brick {
	st := cardStyle()
	out := keepAll(s.text(c.Title, heavy(page.SansHeavy, 10.4, 15, blue), x, limit, 0))
	out = append(out, s.blocks(c.Blocks, st, x, limit)...)
	if len(c.Facts) == 0 {
		return out
	}
	bold := st
	bold.plain = st.bold
	label := 0.0
	for _, f := range c.Facts {
		label = max(label, s.textWidth(s.clean(f.Label), st.bold, st.size))
	}
	label = min(label+10, limit/2)
	for _, f := range c.Facts {
		name := stacked(s.text(f.Label, bold, x, label-6, 0))
		value := stacked(s.paragraph([]page.Inline{{Text: f.Value, URL: f.URL}}, st, x+label, limit-label, 0))
		name.marks = append(name.marks, value.marks...)
		name.height = max(name.height, value.height) + 2.5
		out = append(out, name)
	}
	return out
}

// steps set a numbered box beside each step.
func (s *setter) steps(steps page.Steps) []brick {
	const side = 14.5
	st := bodyStyle()
	number := heavy(page.SansHeavy, 9, side, white)
	number.align = page.Center
	var out []brick
	for i, item := range steps.Items {
		label := strconv.Itoa(steps.Start + i)
		box := max(side, s.textWidth(label, number.plain, number.size)+6)
		set := s.blocks(item, st, margin+box+9, width-box-9)
		if len(set) == 0 {
			continue
		}
		marks := []page.Mark{page.Box{X: margin, Y: (st.leading - side) / 2, W: box, H: side, Filled: true, Fill: blue}}
		for _, m := range lineMarks(s.lines(page.Text(label), number, box)[0], number, margin, box) {
			marks = append(marks, moved(m, 0, (st.leading-side)/2))
		}
		set[0].marks = append(marks, set[0].marks...)
		if i > 0 {
			set[0].before += 3.5
		}
		out = append(out, set...)
	}
	return out
}

// places set offices two by two.
func (s *setter) places(places page.Places) []brick {
	const gap = 18.0
	columns := min(len(places), 2)
	each := (width - gap*float64(columns-1)) / float64(max(columns, 1))
	var out []brick
	for from := 0; from < len(places); from += columns {
		row := brick{before: 3}
		if from > 0 {
			row.before = 9
		}
		for i, p := range places[from:min(from+columns, len(places))] {
			set := stacked(s.place(p, margin+float64(i)*(each+gap), each))
			row.marks = append(row.marks, set.marks...)
			row.height = max(row.height, set.height)
		}
		out = append(out, row)
	}
	return out
}

func (s *setter) place(p page.Place, x, limit float64) []brick {
	st := cardStyle()
	bold := st
	bold.plain = st.bold
	out := s.text(page.Clip(p.Name, 160), bold, x, limit, 0)
	for _, l := range p.Lines {
		out = append(out, s.paragraph(l, st, x, limit, 0)...)
	}
	label := 0.0
	for _, h := range p.Hours {
		label = max(label, s.textWidth(h.Days, st.bold, st.size))
	}
	label = min(label+12, limit/2)
	for i, h := range p.Hours {
		days := stacked(s.text(h.Days, bold, x, label-4, 0))
		times := stacked(s.text(h.Times, st, x+label, limit-label, 0))
		days.marks = append(days.marks, times.marks...)
		days.height = max(days.height, times.height)
		if i == 0 {
			days.before = 3
		}
		rule := page.Line{X1: x, Y1: days.height, X2: x + limit, Y2: days.height, Width: 0.4, Colour: line}
		days.height++
		days.marks = append(days.marks, rule)
		out = append(out, days)
	}
	small := smallStyle()
	for _, n := range p.Notes {
		out = append(out, s.text(n, small, x, limit, 2)...)
	}
	return out
}
