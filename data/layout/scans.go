package layout

import (
	"fmt"

	"rsc.io/qr"

	"polis/app/page"
)

// scanSize is a code among several: still half a millimetre a module.
const scanSize = 60.0

// scans set codes with what they lead to beside them, two by two when there
// are many.
func (s *setter) scans(scans page.Scans, level int) ([]brick, error) {
	const gap = 18.0
	columns := 1
	if len(scans) > 2 {
		columns = 2
	}
	each := (s.width - gap*float64(columns-1)) / float64(columns)
	var out []brick
	for from := 0; from < len(scans); from += columns {
		var row []brick
		for i, sc := range scans[from:min(from+columns, len(scans))] {
			set, err := s.scan(sc, level, s.left+float64(i)*(each+gap), each)
			if err != nil {
				return nil, err
			}
			row = append(row, set)
		}
		b := beside(row)
		b.before = 4
		if from > 0 {
			b.before = 8
		}
		out = append(out, b)
	}
	return out, nil
}

func (s *setter) scan(sc page.Scan, level int, x, limit float64) (brick, error) {
	defer s.close(s.open(page.RoleSection))
	indent := 0.0
	if sc.QR != nil {
		indent = scanSize + 10
	}
	st := s.cardText()
	bold := st
	bold.plain, bold.size, bold.leading = page.SansBold, st.size*1.06, st.leading*1.06
	back := s.openHeading(level, sc.Lang)
	set := s.text(page.Clip(s.clean(sc.Title), 1600), bold, x+indent, limit-indent, 0)
	s.close(back)
	for _, l := range sc.Lines {
		back = s.open(page.RoleParagraph)
		set = append(set, s.paragraph(l, st, x+indent, limit-indent, 1.5)...)
		s.close(back)
	}
	out := stacked(set)
	if sc.QR == nil {
		return out, nil
	}
	marks, err := s.scanCode(*sc.QR, x)
	if err != nil {
		return brick{}, err
	}
	out.marks = append(out.marks, marks...)
	out.height = max(out.height, scanSize+4)
	return out, nil
}

// scanCode sets the code itself, which leads where it says also in a file.
func (s *setter) scanCode(q page.QR, x float64) ([]page.Mark, error) {
	code, err := qr.Encode(q.Text, qr.M)
	if err != nil {
		return nil, fmt.Errorf("QR code of %d characters: %w", len(q.Text), err)
	}
	modules := make([][]bool, code.Size)
	for y := range modules {
		modules[y] = make([]bool, code.Size)
		for x := range modules[y] {
			modules[y][x] = code.Black(x, y)
		}
	}
	alt := q.Alt
	if alt == "" {
		alt = q.Address
	}
	defer s.close(s.openIn(page.RoleParagraph, s.labels))
	s.open(page.RoleLink)
	link := page.Link{X: x, Y: 3, W: scanSize, H: scanSize, URL: q.Text, Text: alt, Of: s.at}
	s.openAs(page.Element{Role: page.RoleFigure, Alt: s.clean(alt)})
	return []page.Mark{page.Code{X: x, Y: 3, Size: scanSize, Modules: modules, Of: s.at}, link}, nil
}
