package layout

import (
	"fmt"

	"polis/app/page"
)

// further sets the parts of dossiers, reports and forms.
func (s *setter) further(p page.Part, level int) ([]brick, error) {
	set, err := s.furtherPart(p, level)
	if len(set) > 0 {
		set[0].before = max(set[0].before, 3) // air below a heading
	}
	return set, err
}

func (s *setter) furtherPart(p page.Part, level int) ([]brick, error) {
	switch p := p.(type) {
	case page.Scans:
		return s.scans(p, level)
	case page.Grid:
		return s.figures(p), nil
	case page.Fields:
		return s.fields(p), nil
	case page.Signatures:
		return s.signatures(p), nil
	case page.Spelled:
		return s.spelled(p), nil
	case page.Chart:
		return s.chart(p, level), nil
	case page.Index:
		return s.index(p), nil
	}
	return nil, fmt.Errorf("a part that the layout does not know: %T", p)
}

// beside puts bricks side by side into one; each has its own x already.
func beside(bricks []brick) brick {
	var out brick
	for _, b := range bricks {
		out.marks = append(out.marks, b.marks...)
		out.height = max(out.height, b.height)
	}
	return out
}

// lowered moves a brick's marks down in it.
func lowered(b brick, dy float64) brick {
	marks := make([]page.Mark, len(b.marks))
	for i, m := range b.marks {
		marks[i] = moved(m, 0, dy)
	}
	b.marks = marks
	return b
}

// element sets one plain text as an element of a role.
func (s *setter) element(role page.Role, text string, st style, x, limit, before float64) []brick {
	defer s.close(s.open(role))
	return s.text(text, st, x, limit, before)
}
