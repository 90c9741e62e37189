package page

import "strings"

// furtherLines are those of the parts of dossiers, reports and forms. The
// numbers of pages in an index are not known here, and a picture has no text.
func furtherLines(p Part) []string {
	var lines []string
	switch p := p.(type) {
	case Scans:
		for _, s := range p {
			lines = append(lines, s.Title)
			for _, l := range s.Lines {
				lines = append(lines, PlainInlines(l))
			}
		}
	case Grid:
		lines = append(lines, p.Caption)
		for _, row := range append([][]Cell{p.Head}, p.Rows...) {
			lines = append(lines, rowLine(row))
		}
	case Fields:
		for _, f := range p {
			lines = append(lines, fieldLines(f)...)
		}
	case Signatures:
		for _, s := range p {
			lines = append(lines, s.Label, s.Name, s.Note)
		}
	case Spelled:
		lines = append(lines, p.Label, p.Text, p.Note)
	case Chart:
		lines = append(lines, p.Title)
	case Index:
		for _, e := range p.Entries {
			lines = append(lines, e.Title+" "+e.Note)
		}
	}
	return lines
}

func fieldLines(f Field) []string {
	value := f.Value
	if f.Boxes > 0 && len(f.Choices) == 0 {
		value = strings.ReplaceAll(value, " ", "") // a box a letter
	}
	lines := []string{f.Label + " " + value}
	for _, c := range f.Choices {
		sign := ""
		if c.On {
			sign = "× "
		}
		lines = append(lines, sign+c.Label)
	}
	return append(lines, f.Hint)
}
