package layout

import "polis/app/page"

// mostSignatures stand side by side; the height is what a hand needs above
// the line, and a stamp: 25 mm.
const (
	mostSignatures  = 3
	signatureHeight = 72.0
)

// signatures set places to sign, side by side, never apart from each other.
func (s *setter) signatures(all page.Signatures) []brick {
	const gap = 22.0
	columns := min(len(all), mostSignatures)
	if len(all) == mostSignatures+1 {
		columns = 2
	}
	each := (s.width - gap*float64(max(columns, 2)-1)) / float64(max(columns, 2)) // one alone stands at the right
	var out []brick
	for from := 0; from < len(all); from += columns {
		row := all[from:min(from+columns, len(all))]
		x := s.left
		if columns == 1 {
			x += each + gap
		}
		b := s.signatureRow(row, x, each, gap)
		b.before, b.keep = 14, true
		out = append(out, b)
	}
	if len(out) > 0 {
		out[len(out)-1].keep = false
	}
	return out
}

func (s *setter) signatureRow(row []page.Signature, x, each, gap float64) brick {
	labels := make([]brick, len(row))
	tallest := 0.0
	for i, sig := range row {
		st := s.cardText()
		st.plain = page.SansBold
		labels[i] = stacked(s.element(page.RoleParagraph, sig.Label, st, x+float64(i)*(each+gap), each, 0))
		tallest = max(tallest, labels[i].height)
	}
	out := beside(labels)
	out.height = tallest + signatureHeight
	signed := out.height
	for i, sig := range row {
		at := x + float64(i)*(each+gap)
		out.marks = append(out.marks, page.Line{X1: at, Y1: signed, X2: at + each, Y2: signed, Width: 0.7, Colour: ink})
		below := s.element(page.RoleParagraph, sig.Name, s.cardText(), at, each, 0)
		below = append(below, s.element(page.RoleParagraph, sig.Note, s.smallText(), at, each, 0)...)
		set := lowered(stacked(below), signed+2)
		out.marks = append(out.marks, set.marks...)
		out.height = max(out.height, signed+2+set.height)
	}
	return out
}
