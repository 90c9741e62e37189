package layout

import "polis/app/page"

// tallestChart is more of a page than a picture should take; a chart of more
// bars is drawn in pieces on one scale.
const tallestChart = 560.0

// chart sets a chart as a picture with words for it; its figures stand in a
// table beside it.
func (s *setter) chart(c page.Chart, level int) []brick {
	var out []brick
	if c.Title != "" {
		st := s.cardText()
		st.plain, st.size, st.leading, st.colour = page.SansBold, st.size*1.06, st.leading*1.25, night
		back := s.openHeading(level, "")
		out = keepAll(s.text(c.Title, st, s.left, s.width, 0))
		s.close(back)
	}
	dress := page.PaperLook()
	dress.Fills[0].Colour, dress.Fills[0].Lines = s.accent, s.accent
	space := page.ChartSpace{Width: s.width, Size: s.smallText().size, Measure: s.drawnWidth, Look: &dress}
	set, height := s.drawChart(c, space)
	if height <= tallestChart || c.Kind != page.Bars || len(c.Labels) < 2 {
		return append(out, set)
	}
	space.Low, space.High, _ = c.Range()
	most := max(int(float64(len(c.Labels))*tallestChart/height), 1)
	for from := 0; from < len(c.Labels); from += most {
		set, _ := s.drawChart(slice(c, from, min(from+most, len(c.Labels))), space)
		if from > 0 {
			set.before = 8
		}
		out = append(out, set)
	}
	return out
}

// slice is a chart of some of the labels.
func slice(c page.Chart, from, to int) page.Chart {
	c.Labels = c.Labels[from:to]
	series := make([]page.Series, len(c.Series))
	for i, s := range c.Series {
		series[i] = page.Series{Name: s.Name, Figures: s.Figures[min(from, len(s.Figures)):min(to, len(s.Figures))]}
	}
	c.Series = series
	return c
}

// drawnWidth is the width of a text as it will be drawn.
func (s *setter) drawnWidth(text string, face page.Face, size float64) float64 {
	return s.textWidth(s.clean(text), face, size)
}

func (s *setter) drawChart(c page.Chart, space page.ChartSpace) (brick, float64) {
	alt := c.Alt
	if alt == "" {
		alt = c.Title
	}
	defer s.close(s.openAs(page.Element{Role: page.RoleFigure, Alt: s.clean(alt)}))
	marks, height := c.Draw(space)
	out := brick{before: 4, height: height + 4}
	for _, m := range marks {
		switch m := m.(type) {
		case page.Run:
			out.marks = append(out.marks, s.drawnText(m)...)
		case page.Box:
			m.X, m.Of = m.X+s.left, s.at
			out.marks = append(out.marks, m)
		case page.Line:
			m.X1, m.X2, m.Of = m.X1+s.left, m.X2+s.left, s.at
			out.marks = append(out.marks, m)
		case page.Path:
			path, ok := moved(m, s.left, 0).(page.Path)
			if ok {
				path.Of = s.at
				out.marks = append(out.marks, path)
			}
		}
	}
	return out, height
}

// drawnText sets a text of a picture with our faces.
func (s *setter) drawnText(r page.Run) []page.Mark {
	st := heavy(r.Face, r.Size, 0, r.Colour) // of its size already
	lines := s.lines(page.Text(r.Text), st, pageWidth)
	if len(lines) == 0 {
		return nil
	}
	var out []page.Mark
	for _, m := range s.parted(s.lineMarks(lines[0], st, s.left+r.X, s.width)) {
		out = append(out, moved(m, 0, r.Y-0.36*r.Size))
	}
	return out
}
