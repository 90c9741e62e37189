package layout

import (
	"fmt"
	"math"
	"strconv"
	"strings"
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
		shown := sec
		if sec.Shortened {
			shown = inPart(sec, doc)
		}
		bricks, err := s.section(shown, sec.Parts)
		if err != nil {
			return nil, fmt.Errorf("section %s: %w", sec.Key, err)
		}
		out = append(out, built{section: sec, versions: [][]brick{bricks}})
	}
	return out, nil
}

// section sets a section's heading and parts, as an element of its own.
func (s *setter) section(sec page.Section, parts []page.Part) ([]brick, error) {
	defer s.close(s.openIn(page.RoleSection, sec.Lang))
	heading := s.heading(sec)
	var out []brick
	for _, p := range parts {
		set, err := s.part(p, sec.Title != "")
		if err != nil {
			return nil, err
		}
		if len(out) > 0 && len(set) > 0 {
			set[0].before = max(set[0].before, s.between(p))
			if _, ok := p.(page.Signatures); ok {
				out[len(out)-1].keep = true // nobody signs an empty page
			}
		}
		out = append(out, set...)
	}
	if len(out) == 0 {
		return nil, nil
	}
	if len(heading) > 0 {
		if boxed(parts[0]) {
			out[0].before = max(out[0].before, s.space(4))
		}
		out = append(heading, out...)
	} else {
		out[0].before = max(out[0].before, 9)
	}
	out[0].fresh = sec.NewPage
	return out, nil
}

// between is the distance of a part from the one before it.
func (s *setter) between(p page.Part) float64 {
	switch p.(type) {
	case page.Chart, page.Grid:
		return s.space(11)
	}
	return 5
}

// boxed reports whether a part begins with ink instead of white: it keeps a
// distance from its heading.
func boxed(p page.Part) bool {
	switch p := p.(type) {
	case page.Steps, page.Notice, page.Cards, page.Spelled:
		return true
	case page.Prose:
		return len(p.Blocks) > 0 && p.Blocks[0].Kind == page.Table
	}
	return false
}

func (s *setter) heading(sec page.Section) []brick {
	if sec.Title == "" {
		return nil
	}
	st := s.headText()
	back := s.openHeading(belowSection, s.labels)
	set := keepAll(s.text(sec.Title, st, s.left, s.width, s.space(8)))
	s.close(back)
	if len(set) > 0 {
		set[0].title, set[0].level = s.clean(sec.Title), belowSection
	}
	if sec.Note == "" || len(set) == 0 {
		return set
	}
	defer s.close(s.openIn(page.RoleParagraph, s.labels))
	note := s.smallText()
	lines := s.lines(page.Text(sec.Note), note, s.width)
	last := &set[len(set)-1]
	at := s.textWidth(s.clean(sec.Title), st.plain, st.size) + 8
	if len(set) > 1 || len(lines) != 1 || at+lines[0].width > s.width {
		return append(set, keepAll(s.text(sec.Note, note, s.left, s.width, 0))...)
	}
	for _, m := range s.lineMarks(lines[0], note, s.left+at, s.width) {
		last.marks = append(last.marks, moved(m, 0, st.leading/2+0.36*st.size-(note.leading/2+0.36*note.size)))
	}
	return set
}

// part sets one part of a section; titled sections have headings of their
// own, those of their parts are below.
func (s *setter) part(p page.Part, titled bool) ([]brick, error) {
	level := belowSection
	if titled {
		level++
	}
	switch p := p.(type) {
	case page.Opening:
		return s.opening(p)
	case page.Notice:
		return s.notice(p), nil
	case page.Cards:
		return s.cards(p, level), nil
	case page.Prose:
		st := s.bodyText()
		if p.Small {
			st = s.smallText()
		}
		return s.blocks(p.Blocks, st, s.left, s.width), nil
	case page.Steps:
		return s.steps(p), nil
	case page.Places:
		return s.places(p, level), nil
	}
	return s.further(p, level)
}

// The code and, wider than it, the column with its address.
const (
	qrSize   = 76.0
	qrColumn = 92.0
)

// qrColumn is wider in large print, for the address in letters.
func (k look) qrColumn() float64 {
	if k.large {
		return qrColumn + 40
	}
	return qrColumn
}

// leadLines of an opening stay together with the title; a longer lead may
// break to the next page.
const leadLines = 14

func (s *setter) opening(o page.Opening) ([]brick, error) {
	limit := s.width
	if o.QR != nil {
		limit -= s.qrColumn() + 14
	}
	title := page.Clip(s.clean(o.Title), 320)
	back := s.openHeading(1, "")
	st := s.titleText(utf8.RuneCountInString(title))
	broken, width := s.title(title, st, limit)
	left := s.paragraph(broken, st, s.left, width, 0)
	s.close(back)
	back = s.open(page.RoleParagraph)
	lead := s.paragraph(o.Lead, s.leadText(), s.left, limit, 5)
	s.close(back)
	most := min(leadLines, len(lead))
	if s.large {
		most = min(leadLines/3, len(lead))
	}
	together := stacked(append(left, lead[:most]...))
	if o.QR != nil {
		code, err := s.qr(*o.QR, s.left+s.width-qrSize)
		if err != nil {
			return nil, err
		}
		together.marks = append(together.marks, code.marks...)
		together.height = max(together.height, code.height)
	}
	together.before, together.title, together.level = 8, title, 1
	return append([]brick{together}, lead[most:]...), nil
}

// qr sets a code, which leads where it says also in a file, with its caption and address below, in a column of its
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
	bricks := []brick{{height: qrSize + 3, marks: s.code(q, x, modules)}}
	caption := s.heavyText(page.SansBold, 7.2, 9.4, night)
	caption.align = page.Right
	address := s.heavyText(page.Sans, 6.6, 8.2, grey)
	address.align = page.Right
	bricks = append(bricks, s.textIn(page.RoleParagraph, q.Caption, caption, x+qrSize-s.qrColumn(), s.qrColumn(), 3)...)
	return stacked(append(bricks, s.textIn(page.RoleParagraph, page.Clip(q.Address, 160), address, x+qrSize-s.qrColumn(), s.qrColumn(), 0)...)), nil
}

func (s *setter) code(q page.QR, x float64, modules [][]bool) []page.Mark {
	defer s.close(s.openIn(page.RoleParagraph, s.labels))
	link := page.Link{X: x, Y: 4, W: qrSize, H: qrSize, URL: q.Text, Text: q.Alt}
	if q.Alt == "" {
		link.Text = q.Address
	}
	s.open(page.RoleLink)
	link.Of = s.at
	s.openAs(page.Element{Role: page.RoleFigure, Alt: s.clean(link.Text)})
	return []page.Mark{page.Code{X: x, Y: 4, Size: qrSize, Modules: modules, Of: s.at}, link}
}

// notice sets a message in a frame. One that is longer than half a page has
// no frame but a ground and an edge, which can break with it.
func (s *setter) notice(n page.Notice) []brick {
	edge, fill := amber, amberPale
	if n.Kind == page.NoticeStop {
		edge, fill = red, redPale
	}
	const pad = 8.0
	st := s.bodyText()
	inlines := []page.Inline{{Text: n.Title, Bold: true, Lang: s.labels}}
	if len(n.Text) > 0 {
		inlines[0].Text += ": "
		inlines = append(inlines, n.Text...)
	}
	back := s.open(page.RoleParagraph)
	lines := s.paragraph(inlines, st, s.left+pad+4, s.width-2*pad-4, 0)
	s.close(back)
	if total(lines) > pageHeight/2 {
		for i := range lines {
			lines[i].marks = append([]page.Mark{
				page.Box{X: s.left, W: s.width, H: lines[i].height, Filled: true, Fill: fill},
				page.Box{X: s.left, W: 4, H: lines[i].height, Filled: true, Fill: edge},
			}, lines[i].marks...)
		}
		lines[0].before = 6
		return lines
	}
	set := lowered(stacked(lines), pad-2)
	out := brick{before: 6, height: set.height + 2*pad - 4}
	out.marks = append(
		[]page.Mark{
			page.Box{X: s.left, W: s.width, H: out.height, Filled: true, Fill: fill, Border: 0.8, Outline: edge},
			page.Box{X: s.left, W: 4, H: out.height, Filled: true, Fill: edge},
		}, set.marks...)
	return []brick{out}
}

// The space between cards and inside them.
const (
	cardGap = 12.0
	cardPad = 9.0
)

// cards stand side by side; cards taller than half a page become sections,
// since a box cannot break.
func (s *setter) cards(cards page.Cards, level int) []brick {
	if s.large && len(cards) > 1 {
		var out []brick
		for i := range cards {
			out = append(out, s.cards(cards[i:i+1], level)...)
		}
		return out
	}
	inner, widths, tallest := s.balancedCards(cards, level)
	if tallest > pageHeight/2 {
		var out []brick
		for _, c := range cards {
			out = append(out, s.card(c, level, s.left, s.width)...)
		}
		return out
	}
	out := brick{before: 10, height: tallest + 2*cardPad - 3}
	x := s.left
	for i, b := range inner {
		out.marks = append(
			out.marks,
			page.Box{X: x, W: widths[i], H: out.height, Filled: true, Fill: s.tint},
			page.Box{X: x, W: 2.5, H: out.height, Filled: true, Fill: s.accent},
		)
		for _, m := range b.marks {
			out.marks = append(out.marks, moved(m, 0, cardPad-2))
		}
		x += widths[i] + cardGap
	}
	return []brick{out}
}

// What facts get of the width beside a text, for their labels; less of it when
// one card would be half empty.
const (
	factShare = 1.35
	lessFacts = 0.8
)

// balancedCards sets cards beside each other.
func (s *setter) balancedCards(cards page.Cards, level int) (inner []brick, widths []float64, tallest float64) {
	inner, widths, tallest = s.setCards(cards, level, factShare)
	if len(cards) != 2 || math.Abs(inner[0].height-inner[1].height) < 2*s.cardText().leading {
		return inner, widths, tallest
	}
	for _, share := range []float64{1, lessFacts} {
		set, w, t := s.setCards(cards, level, share)
		if t < tallest-1 {
			inner, widths, tallest = set, w, t
		}
	}
	return inner, widths, tallest
}

func (s *setter) setCards(cards page.Cards, level int, facts float64) (inner []brick, widths []float64, tallest float64) {
	widths = s.cardWidths(cards, facts)
	inner = make([]brick, len(cards))
	x := s.left
	for i, c := range cards {
		inner[i] = stacked(s.card(c, level, x+cardPad+2, widths[i]-2*cardPad-2))
		tallest = max(tallest, inner[i].height)
		x += widths[i] + cardGap
	}
	return inner, widths, tallest
}

// cardWidths shares the width: so much for one with facts, 1 for others.
func (s *setter) cardWidths(cards page.Cards, facts float64) []float64 {
	shares := make([]float64, len(cards))
	sum := 0.0
	for i, c := range cards {
		shares[i] = 1
		if len(c.Facts) > 0 {
			shares[i] = facts
		}
		sum += shares[i]
	}
	for i := range shares {
		shares[i] *= (s.width - cardGap*float64(len(cards)-1)) / sum
	}
	return shares
}

// card sets a heading with a text and a table of facts.
func (s *setter) card(c page.Card, level int, x, limit float64) []brick {
	defer s.close(s.open(page.RoleSection))
	defer func(outer bool) { s.quiet = outer }(s.quiet)
	s.quiet = true
	st := narrow(s.cardText())
	back := s.openHeading(level, s.labels)
	out := keepAll(s.text(c.Title, s.heavyText(page.SansHeavy, 10.4, 15, s.accent), x, limit, 0))
	s.close(back)
	out = append(out, s.blocks(c.Blocks, st, x, limit)...)
	rows := make([]fact, len(c.Facts))
	for i, f := range c.Facts {
		rows[i] = fact{name: f.Label, value: []page.Inline{{Text: f.Value, URL: f.URL}}}
	}
	return append(out, s.facts(rows, st, x, limit, 10)...)
}

// fact is a row of a table without lines: a name and what belongs to it.
type fact struct {
	name  string
	value []page.Inline
}

// facts sets names beside values, gap apart.
func (s *setter) facts(facts []fact, st style, x, limit, gap float64) []brick {
	if len(facts) == 0 {
		return nil
	}
	defer s.close(s.openIn(page.RoleTable, s.labels))
	bold := st
	bold.plain = st.bold
	label := 0.0
	for _, f := range facts {
		label = max(label, s.textWidth(s.clean(f.name), st.bold, st.size))
	}
	label = min(label+gap, limit/2)
	var out []brick
	for _, f := range facts {
		out = append(out, s.fact(f, bold, st, x, label, limit)...)
	}
	return out
}

// factLines of a value stay together; a longer one breaks like a text.
const factLines = 20

func (s *setter) fact(f fact, bold, st style, x, label, limit float64) []brick {
	defer s.close(s.open(page.RoleRow))
	back := s.openAs(page.Element{Role: page.RoleHeadCell, Scope: page.ScopeRow})
	name := stacked(s.text(f.name, bold, x, label-4, 0))
	s.close(back)
	s.open(page.RoleCell)
	value := s.paragraph(f.value, st, x+label, limit-label, 0)
	most := min(factLines, len(value))
	first := beside([]brick{name, stacked(value[:most])})
	out := append([]brick{first}, value[most:]...)
	out[len(out)-1].height += 2.5
	return out
}

// steps set a numbered box beside each step.
func (s *setter) steps(steps page.Steps) []brick {
	st := s.bodyText()
	number := s.heavyText(page.SansHeavy, 9, 14.5, white)
	side := s.space(14.5)
	number.leading = side
	number.align = page.Center
	defer s.close(s.openAs(page.Element{Role: page.RoleList, Ordered: true}))
	var out []brick
	for i, item := range steps.Items {
		set := s.step(steps.Start+i, item, st, number, side)
		if len(set) == 0 {
			continue
		}
		set[0].before += s.space(3.5)
		if len(out) == 0 {
			set[0].before = 2
		}
		out = append(out, set...)
	}
	return out
}

func (s *setter) step(n int, item []page.Block, st, number style, side float64) []brick {
	defer s.close(s.open(page.RoleItem))
	label := strconv.Itoa(n)
	box := max(side, s.textWidth(label, number.plain, number.size)+6)
	marks := []page.Mark{page.Box{X: s.left, Y: (st.leading - side) / 2, W: box, H: side, Filled: true, Fill: s.accent}}
	back := s.open(page.RoleLabel)
	for _, m := range s.lineMarks(s.lines(page.Text(label), number, box)[0], number, s.left, box) {
		marks = append(marks, moved(m, 0, (st.leading-side)/2))
	}
	s.close(back)
	set := s.bodyOf(item, st, s.left+box+9, s.width-box-9)
	if len(set) > 0 {
		set[0].marks = append(marks, set[0].marks...)
	}
	return set
}

// places set offices two by two.
func (s *setter) places(places page.Places, level int) []brick {
	const gap = 18.0
	columns := min(len(places), 2)
	if s.large {
		columns = 1
	}
	each := (s.width - gap*float64(columns-1)) / float64(max(columns, 1))
	var out []brick
	for from := 0; from < len(places); from += columns {
		row := brick{before: 3}
		if from > 0 {
			row.before = 9
		}
		some := places[from:min(from+columns, len(places))]
		for i, p := range some {
			set := stacked(s.place(p, level, s.left+float64(i)*(each+gap), each))
			row.marks = append(row.marks, set.marks...)
			row.height = max(row.height, set.height)
		}
		if row.height > pageHeight/2 {
			out = append(out, s.longPlaces(some, level, row.before)...)
			continue
		}
		out = append(out, row)
	}
	return out
}

// longPlaces are set below each other, so that they can break.
func (s *setter) longPlaces(places page.Places, level int, before float64) []brick {
	var out []brick
	for _, p := range places {
		set := s.place(p, level, s.left, s.width)
		if len(set) > 0 {
			set[0].before = before
		}
		out = append(out, set...)
	}
	return out
}

// hoursWidth is as wide as a table of hours gets: an eye finds the way.
const hoursWidth = 300.0

// atComma breaks an address before its last part when it needs two lines:
// street and town, not the province alone.
func (s *setter) atComma(in []page.Inline, st style, limit float64) []page.Inline {
	if len(in) != 1 {
		return in
	}
	at := strings.LastIndex(in[0].Text, ", ")
	if at < 0 || len(s.lines(in, st, limit)) != 2 {
		return in
	}
	street, town := in[0], in[0]
	street.Text, town.Text = in[0].Text[:at+1], in[0].Text[at+2:]
	out := []page.Inline{street, {Break: true}, town}
	if len(s.lines(out, st, limit)) != 2 {
		return in
	}
	return out
}

func (s *setter) place(p page.Place, level int, x, limit float64) []brick {
	st := s.cardText()
	bold := st
	bold.plain = st.bold
	back := s.openHeading(level, "")
	out := keepAll(s.text(page.Clip(p.Name, 160), bold, x, limit, 0))
	s.close(back)
	for _, l := range p.Lines {
		back = s.open(page.RoleParagraph)
		out = append(out, s.paragraph(s.atComma(l, st, limit), st, x, limit, 0)...)
		s.close(back)
	}
	hours := make([]fact, len(p.Hours))
	for i, h := range p.Hours {
		hours[i] = fact{name: h.Days, value: page.Text(h.Times)}
	}
	wide := min(limit, s.space(hoursWidth))
	for i, row := range s.facts(hours, narrow(st), x, wide, 12) {
		if i == 0 {
			row.before = 3
		}
		row.marks = append(row.marks, page.Line{X1: x, Y1: row.height - 1, X2: x + wide, Y2: row.height - 1, Width: 0.4, Colour: line})
		out = append(out, row)
	}
	small := narrow(s.smallText())
	for _, n := range p.Notes {
		back = s.open(page.RoleParagraph)
		out = append(out, s.text(n, small, x, limit, 2)...)
		s.close(back)
	}
	return out
}
