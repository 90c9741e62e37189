package layout

import "polis/app/page"

// The letters of a code that is typed: as large as one line allows, between
// these sizes.
const (
	spelledLargest  = 27.0
	spelledSmallest = 15.0
	spelledPad      = 12.0
)

// spelled sets a code in a frame, in letters that tell 0 from O.
func (s *setter) spelled(p page.Spelled) []brick {
	limit := s.width - 2*spelledPad
	st := heavy(page.Mono, spelledLargest, spelledLargest*1.4, ink)
	if p.Small {
		st.size = s.space(spelledSmallest - 2)
		st.leading = st.size * 1.4
	}
	if w := s.textWidth(s.clean(p.Text), st.plain, st.size); w > limit {
		st.size = max(st.size*limit/w*0.995, spelledSmallest)
		st.leading = st.size * 1.4
	}
	st.align = page.Center
	label := s.smallText()
	label.plain, label.colour, label.align = page.SansBold, night, page.Center
	note := s.cardText()
	note.align = page.Center
	x := s.left + spelledPad
	inner := s.element(page.RoleParagraph, p.Label, label, x, limit, 0)
	inner = append(inner, s.element(page.RoleParagraph, p.Text, st, x, limit, 3)...)
	inner = append(inner, s.element(page.RoleParagraph, p.Note, note, x, limit, 3)...)
	if len(inner) == 0 {
		return nil
	}
	set := lowered(stacked(inner), spelledPad-3)
	set.height += 2*spelledPad - 6
	set.before = 8
	set.marks = append([]page.Mark{page.Box{
		X: s.left, W: s.width, H: set.height, Filled: true, Fill: s.tint, Border: 1.2, Outline: s.accent,
	}}, set.marks...)
	return []brick{set}
}
