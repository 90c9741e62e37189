package page

import (
	"math"
	"slices"
)

// plot is the field of a standing chart: a slot a label, values upwards.
type plot struct {
	x0, x1, y0, y1 float64
	slot           float64
	scale          scale
}

func (p plot) x(i int) float64     { return p.x0 + (float64(i)+0.5)*p.slot }
func (p plot) y(v float64) float64 { return p.y1 - p.scale.share(v)*(p.y1-p.y0) }

// standing draws columns or lines.
func (d *drawing) standing(top float64) float64 {
	height := d.Height
	if height <= 0 {
		height = max(120+d.Size*6, top+d.Size*12)
	}
	ticks := d.scale.ticks()
	number := 0.0
	for _, t := range ticks {
		number = max(number, d.width(d.tick(t), Sans))
	}
	names := d.names()
	p := plot{x0: min(number+d.Size*0.8, d.Width*0.35), x1: d.Width, y0: top + d.leading()*1.1, scale: d.scale}
	if names > 0 {
		p.x1 -= min(names+d.Size*1.2, d.Width*0.4)
	}
	p.slot = (p.x1 - p.x0) / float64(len(d.Labels))
	lines := d.below(p)
	foot := d.leading() * (0.5 + float64(lines))
	p.y1 = max(height-foot, p.y0+d.Size)
	for _, t := range ticks {
		d.rule(p.x0, p.y(t), p.x1, p.y(t), 0.5, d.look.Rule)
		d.write(d.tick(t), Sans, d.look.Quiet, p.x0-d.Size*0.6, p.y(t), 1)
	}
	if d.Kind == Lines {
		d.strokes(p)
	} else {
		d.columns(p)
	}
	d.rule(p.x0, p.y(0), p.x1, p.y(0), 0.9, d.look.Axis)
	d.labels(p, lines)
	return p.y1 + foot
}

// names is the width that the names at the ends of lines take.
func (d *drawing) names() float64 {
	w := 0.0
	if d.Kind == Lines {
		for _, s := range d.Series {
			w = max(w, min(d.width(s.Name, SansBold), d.Width*0.26))
		}
	}
	return w
}

// below is how many lines the labels under the slots take: two when that
// spares leaving labels out.
func (d *drawing) below(p plot) int {
	for _, l := range d.Labels {
		if len(d.Labels) <= 14 && d.width(l, Sans) > p.slot-3 {
			return 2
		}
	}
	return 1
}

// labels writes what stands below the slots, as many as there is room for.
func (d *drawing) labels(p plot, lines int) {
	texts := make([][]string, len(d.Labels))
	widest := 0.0
	for i, l := range d.Labels {
		limit := p.slot - 3
		if lines == 1 {
			limit = d.Width * 0.3
		}
		texts[i] = d.wrapped(l, Sans, max(limit, d.Size*2), lines)
		widest = max(widest, d.widest(texts[i], Sans))
	}
	every := 1
	if p.slot > 0 && widest > p.slot-3 {
		every = int(math.Ceil((widest + d.Size*0.6) / p.slot))
	}
	for i := 0; i < len(texts); i += max(every, 1) {
		for k, l := range texts[i] {
			d.write(l, Sans, d.look.Ink, p.x(i), p.y1+d.leading()*(0.7+float64(k)), 0.5)
		}
	}
}

// columns draws the columns of every slot, with their figures when all of
// them have room.
func (d *drawing) columns(p plot) {
	n := float64(d.rows())
	column := min(p.slot*0.76/n, d.Size*4.5)
	told := d.widestFigure() <= column+d.Size*0.4 || n == 1 && d.widestFigure() <= p.slot-2
	for i := range d.Labels {
		x := p.x(i) - n*column/2
		sum, some := 0.0, false
		for k, s := range d.Series {
			v := s.at(i)
			known := !math.IsNaN(v)
			some = some || known
			switch {
			case known && d.stacked():
				d.area(x, p.y(sum+max(v, 0)), column, p.y(sum)-p.y(sum+max(v, 0)), d.fill(k))
				sum += max(v, 0)
			case known:
				d.area(x, min(p.y(0), p.y(v)), column*0.94, math.Abs(p.y(v)-p.y(0)), d.fill(k))
				if told {
					d.above(v, x+column*0.47, p)
				}
			}
			if !d.stacked() {
				x += column
			}
		}
		if d.stacked() && told && some {
			d.above(sum, x+column/2, p)
		}
	}
}

// above writes a figure over its column, or below one that hangs.
func (d *drawing) above(v, x float64, p plot) {
	y := p.y(v) - d.leading()*0.55
	if v < 0 {
		y = p.y(v) + d.leading()*0.55
	}
	d.write(d.text(v), SansBold, d.look.Ink, x, y, 0.5)
}

// strokes draws lines with a sign at every point, a sign of its own for each
// series; a figure that is not known leaves a gap.
func (d *drawing) strokes(p plot) {
	var ends []ending
	for k, s := range d.Series {
		f := d.fill(k)
		var open []Point
		flush := func() {
			if len(open) > 1 {
				d.marks = append(d.marks, Path{Points: slices.Clone(open), Width: 1.6, Colour: f.Lines})
			}
			open = open[:0]
		}
		last := math.NaN()
		for i := range d.Labels {
			v := s.at(i)
			if math.IsNaN(v) {
				flush()
				continue
			}
			open, last = append(open, Point{p.x(i), p.y(v)}), v
		}
		flush()
		for i := range d.Labels {
			if v := s.at(i); !math.IsNaN(v) && (len(d.Labels) <= 31 || lonely(s, i)) {
				d.sign(k, p.x(i), p.y(v), f)
			}
		}
		if len(d.Series) == 1 && d.widestFigure() <= p.slot-2 {
			for i := range d.Labels {
				if v := s.at(i); !math.IsNaN(v) {
					d.write(d.text(v), SansBold, d.look.Ink, p.x(i), p.y(v)-d.leading()*0.75, 0.5)
				}
			}
		}
		if !math.IsNaN(last) && s.Name != "" {
			ends = append(ends, ending{d.clipped(s.Name, SansBold, d.Width*0.26), p.y(last), k})
		}
	}
	d.ends(ends, p)
}

// lonely reports whether a figure has no known neighbour: without a sign
// nobody would see it.
func lonely(s Series, i int) bool {
	return (i == 0 || math.IsNaN(s.at(i-1))) && math.IsNaN(s.at(i+1))
}

// ending is the name of a line where it ends.
type ending struct {
	name   string
	y      float64
	series int
}

// ends writes the names beside the ends of the lines, one below the other
// where they are close.
func (d *drawing) ends(all []ending, p plot) {
	slices.SortStableFunc(all, func(a, b ending) int {
		switch {
		case a.y < b.y:
			return -1
		case a.y > b.y:
			return 1
		}
		return 0
	})
	step := min(d.leading(), (p.y1-p.y0)/float64(max(len(all)-1, 1)))
	for i := 1; i < len(all); i++ {
		all[i].y = max(all[i].y, all[i-1].y+step)
	}
	if n := len(all); n > 0 && all[n-1].y > p.y1 { // push them up again from the axis
		all[n-1].y = p.y1
		for i := n - 2; i >= 0; i-- {
			all[i].y = min(all[i].y, all[i+1].y-step)
		}
	}
	for _, e := range all {
		d.sign(e.series, p.x1+d.Size*0.5, e.y, d.fill(e.series))
		d.write(e.name, SansBold, d.look.Ink, p.x1+d.Size*1.2, e.y, 0)
	}
}

// sign is the mark of a series at a point: they differ in form, so that
// lines can be told apart without colours.
func (d *drawing) sign(k int, x, y float64, f Fill) {
	r := d.Size * 0.27
	var corners []Point
	switch k % 5 {
	case 0: // round
		for i := range 12 {
			sin, cos := math.Sincos(float64(i) * math.Pi / 6)
			corners = append(corners, Point{x + r*cos, y + r*sin})
		}
	case 1: // square
		corners = []Point{{x - r, y - r}, {x + r, y - r}, {x + r, y + r}, {x - r, y + r}}
	case 2: // triangle
		corners = []Point{{x, y - 1.3*r}, {x + 1.2*r, y + r}, {x - 1.2*r, y + r}}
	case 3: // diamond
		corners = []Point{{x, y - 1.4*r}, {x + 1.4*r, y}, {x, y + 1.4*r}, {x - 1.4*r, y}}
	case 4: // hanging triangle
		corners = []Point{{x, y + 1.3*r}, {x + 1.2*r, y - r}, {x - 1.2*r, y - r}}
	}
	fill := f.Lines
	if k%2 == 1 {
		fill = d.look.Ground
	}
	d.marks = append(d.marks, Path{Points: corners, Filled: true, Fill: fill, Closed: true, Width: 1, Colour: f.Lines})
}
