package page

import (
	"strconv"
	"strings"
)

// Text is what a display list says through its Elements, in the order of
// reading: a line for every heading, paragraph, item and row. What belongs to
// no Element is not in it, nor are the words for pictures.
func (d DisplayList) Text() string {
	r := reader{list: d, marks: make([][]saidMark, len(d.Elements)), children: make([][]int, len(d.Elements))}
	at := 0
	for _, p := range d.Pages {
		for _, m := range p.Marks {
			at++
			if run, ok := m.(Run); ok && run.Of > 0 && run.Of < len(r.marks) {
				r.marks[run.Of] = append(r.marks[run.Of], saidMark{at, said(run)})
			}
		}
	}
	for id := 1; id < len(d.Elements); id++ {
		if parent := d.Elements[id].Parent; parent >= 0 && parent < id {
			r.children[parent] = append(r.children[parent], id)
		}
	}
	if len(d.Elements) > 0 {
		r.read(0)
	}
	return joinLines(r.out.String())
}

// said is what a run stands for; a hyphen at a line's end stands for nothing.
func said(r Run) string {
	switch r.Actual {
	case "":
		return r.Text
	case "\u00AD":
		return ""
	}
	return r.Actual
}

type saidMark struct {
	at   int
	text string
}

type reader struct {
	list     DisplayList
	marks    [][]saidMark
	children [][]int
	out      strings.Builder
}

// read writes an element: its own marks and its children, by place.
func (r *reader) read(id int) {
	if r.list.Elements[id].Role == RoleFigure {
		return // its texts are part of the picture
	}
	marks := r.marks[id]
	for _, child := range r.children[id] {
		if first := r.first(child); first > 0 {
			for len(marks) > 0 && marks[0].at < first {
				r.out.WriteString(marks[0].text)
				marks = marks[1:]
			}
		}
		r.read(child)
	}
	for _, m := range marks {
		r.out.WriteString(m.text)
	}
	switch r.list.Elements[id].Role {
	case RoleLink, RoleSpan, RoleReference:
	case RoleLabel, RoleHeadCell, RoleCell:
		r.out.WriteByte(' ')
	default:
		r.out.WriteByte('\n')
	}
}

// first is where the first mark of an element or those in it stands; 0 for
// none.
func (r *reader) first(id int) int {
	at := 0
	if len(r.marks[id]) > 0 {
		at = r.marks[id][0].at
	}
	for _, child := range r.children[id] {
		if f := r.first(child); f > 0 && (at == 0 || f < at) {
			at = f
		}
	}
	return at
}

// joinLines leaves one blank between words and no empty lines.
func joinLines(text string) string {
	var lines []string
	for line := range strings.Lines(text) {
		if words := strings.Fields(line); len(words) > 0 {
			lines = append(lines, strings.Join(words, " "))
		}
	}
	return strings.Join(lines, "\n")
}

// Text is what a document says when all of it is printed, in the order of
// reading, a line like those of DisplayList.Text. Foot and repeated heads are
// not in it.
func (d Document) Text() string {
	lines := []string{d.Letterhead.Name, d.Letterhead.Office, d.Letterhead.Tag}
	if d.Band != "" {
		lines = append([]string{d.Band}, lines...)
	}
	for _, s := range d.Sections {
		if len(s.Parts) == 0 {
			continue
		}
		if s.Title != "" {
			lines = append(lines, s.Title, s.Note)
		}
		for _, p := range s.Parts {
			lines = append(lines, partLines(p)...)
		}
	}
	for _, e := range d.Enclosed {
		lines = append(lines, e.Text())
	}
	return joinLines(strings.Join(lines, "\n"))
}

func partLines(p Part) []string {
	switch p := p.(type) {
	case Opening:
		lines := []string{p.Title, PlainInlines(p.Lead)}
		if p.QR != nil {
			lines = append(lines, p.QR.Caption, p.QR.Address)
		}
		return lines
	case Notice:
		if len(p.Text) > 0 {
			return []string{p.Title + ": " + PlainInlines(p.Text)}
		}
		return []string{p.Title}
	case Cards:
		var lines []string
		for _, c := range p {
			lines = append(append(lines, c.Title), blockLines(c.Blocks)...)
			for _, f := range c.Facts {
				lines = append(lines, f.Label+" "+f.Value)
			}
		}
		return lines
	case Prose:
		return blockLines(p.Blocks)
	case Steps:
		var lines []string
		for i, item := range p.Items {
			lines = append(lines, numbered(strconv.Itoa(p.Start+i), item)...)
		}
		return lines
	case Places:
		var lines []string
		for _, place := range p {
			lines = append(lines, placeLines(place)...)
		}
		return lines
	}
	return furtherLines(p)
}

func placeLines(p Place) []string {
	lines := []string{p.Name}
	for _, l := range p.Lines {
		lines = append(lines, PlainInlines(l))
	}
	for _, h := range p.Hours {
		lines = append(lines, h.Days+" "+h.Times)
	}
	return append(lines, p.Notes...)
}

// numbered puts an item's number before its first line.
func numbered(number string, item []Block) []string {
	lines := blockLines(item)
	if len(lines) > 0 {
		lines[0] = number + " " + lines[0]
	}
	return lines
}

func blockLines(blocks []Block) []string {
	var lines []string
	for _, b := range blocks {
		switch b.Kind {
		case Paragraph, Heading:
			lines = append(lines, PlainInlines(b.Inlines))
		case Table:
			for _, row := range append([][]Cell{b.Head}, b.Rows...) {
				lines = append(lines, rowLine(row))
			}
		case List:
			for i, item := range b.Items {
				if b.Ordered {
					lines = append(lines, numbered(strconv.Itoa(b.Start+i)+".", item)...)
				} else {
					lines = append(lines, blockLines(item)...)
				}
			}
		}
	}
	return lines
}

func rowLine(row []Cell) string {
	cells := make([]string, len(row))
	for i, c := range row {
		cells[i] = PlainInlines(c.Inlines)
	}
	return strings.Join(cells, " ")
}
