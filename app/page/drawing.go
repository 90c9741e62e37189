package page

import (
	"math"
	"strings"
)

// Draw gives the marks of a chart in its space, from the top left corner, and
// the height they take. The title is not among them. It is the same on paper
// and screen; what the marks are the content of is said by who places them.
func (c Chart) Draw(s ChartSpace) ([]Mark, float64) {
	d := drawing{Chart: c, ChartSpace: s, look: PaperLook()}
	if s.Look != nil {
		d.look = *s.Look
	}
	if d.Size <= 0 {
		d.Size = 8
	}
	low, high, known := c.Range()
	if s.Low != 0 || s.High != 0 {
		low, high = min(s.Low, 0), max(s.High, 0)
	}
	if !known || len(d.look.Fills) == 0 {
		return d.nothing()
	}
	d.scale = scaleOf(low, high, 5, c.whole())
	top := d.legend()
	if c.Kind == Bars {
		return d.marks, d.lying(top)
	}
	return d.marks, d.standing(top)
}

// drawing is a chart at work.
type drawing struct {
	Chart
	ChartSpace
	look  ChartLook
	scale scale
	marks []Mark
}

func (d *drawing) width(text string, face Face) float64 { return d.Measure(text, face, d.Size) }

// leading is the distance of two lines of text.
func (d *drawing) leading() float64 { return d.Size * 1.25 }

// write puts a text on the chart; share of its width lies left of x, y is the
// middle of its height.
func (d *drawing) write(text string, face Face, colour Colour, x, y, share float64) {
	if text == "" {
		return
	}
	w := d.width(text, face)
	x = min(max(x-share*w, 0), max(d.Width-w, 0))
	d.marks = append(d.marks, Run{X: x, Y: y + 0.36*d.Size, Width: w, Face: face, Size: d.Size, Colour: colour, Text: text})
}

func (d *drawing) rule(x1, y1, x2, y2, width float64, colour Colour) {
	d.marks = append(d.marks, Line{X1: x1, Y1: y1, X2: x2, Y2: y2, Width: width, Colour: colour})
}

func (d *drawing) fill(i int) Fill { return d.look.Fills[i%len(d.look.Fills)] }

// nothing says that there is nothing to draw.
func (d *drawing) nothing() ([]Mark, float64) {
	height := 3 * d.leading()
	if d.Height > 0 {
		height = d.Height
	}
	d.marks = append(d.marks, Box{W: d.Width, H: height, Border: 0.6, Outline: d.look.Rule})
	text := d.Empty
	if text == "" {
		text = "–"
	}
	d.write(d.clipped(text, Sans, d.Width-8), Sans, d.look.Quiet, d.Width/2, height/2, 0.5)
	return d.marks, height
}

// clipped shortens a text to a width.
func (d *drawing) clipped(text string, face Face, limit float64) string {
	text = strings.Join(strings.Fields(text), " ")
	for n := len([]rune(text)); n > 1 && d.width(text, face) > limit; n-- {
		text = Clip(text, n-1)
	}
	return text
}

// wrapped breaks a text into lines of at most limit, most of them; the last
// one says with an ellipsis that there was more.
func (d *drawing) wrapped(text string, face Face, limit float64, most int) []string {
	var lines []string
	words := strings.Fields(text)
	for len(words) > 0 && len(lines) < most {
		if len(lines) == most-1 {
			return append(lines, d.clipped(strings.Join(words, " "), face, limit))
		}
		n := 1
		for n < len(words) && d.width(strings.Join(words[:n+1], " "), face) <= limit {
			n++
		}
		lines = append(lines, d.clipped(strings.Join(words[:n], " "), face, limit))
		words = words[n:]
	}
	return lines
}

func (d *drawing) widest(lines []string, face Face) float64 {
	w := 0.0
	for _, l := range lines {
		w = max(w, d.width(l, face))
	}
	return w
}

// column writes lines below each other around a middle.
func (d *drawing) column(lines []string, face Face, colour Colour, x, middle, share float64) {
	y := middle - d.leading()*float64(len(lines)-1)/2
	for _, l := range lines {
		d.write(l, face, colour, x, y, share)
		y += d.leading()
	}
}

// legend names the series of bars and columns, and the unit; lines are named
// at their ends. It returns the height that is taken.
func (d *drawing) legend() float64 {
	side, gap := d.Size*0.9, d.Size*1.8
	x, y, used := 0.0, d.leading()/2, false
	if d.Unit != "" && d.Unit != "%" {
		unit := d.clipped(d.Unit, SansItalic, d.Width)
		d.write(unit, SansItalic, d.look.Quiet, 0, y, 0)
		x, used = d.width(unit, SansItalic)+gap, true
	}
	if d.Kind != Lines && len(d.Series) > 1 {
		for i, s := range d.Series {
			name := d.clipped(s.Name, Sans, d.Width-side*1.5)
			w := side*1.5 + d.width(name, Sans)
			if x > 0 && x+w > d.Width {
				x, y = 0, y+d.leading()*1.1
			}
			d.area(x, y-side/2, side, side, d.fill(i))
			d.write(name, Sans, d.look.Ink, x+side*1.5, y, 0)
			x, used = x+w+gap, true
		}
	}
	if !used {
		return 0
	}
	return y + d.leading()
}

// area is a piece of a series: filled, with its pattern, and outlined when
// the paper shines through.
func (d *drawing) area(x, y, w, h float64, f Fill) {
	if w <= 0 || h <= 0 {
		return
	}
	d.marks = append(d.marks, Box{X: x, Y: y, W: w, H: h, Filled: true, Fill: f.Colour})
	if f.Hatch == NoHatch {
		return
	}
	if f.Hatch == Rising || f.Hatch == Crossed {
		d.hatch(x, y, w, h, f.Lines, true)
	}
	if f.Hatch == Falling || f.Hatch == Crossed {
		d.hatch(x, y, w, h, f.Lines, false)
	}
	if f.Hatch == Straight {
		for at := hatchStep; at < w; at += hatchStep {
			d.rule(x+at, y, x+at, y+h, 0.7, d.look.Ground)
		}
	}
	d.marks = append(d.marks, Box{X: x, Y: y, W: w, H: h, Border: 0.7, Outline: f.Lines})
}

const hatchStep = 3.2

// hatch draws slanting lines cut to a rectangle.
func (d *drawing) hatch(x, y, w, h float64, colour Colour, rising bool) {
	for at := hatchStep; at < w+h; at += hatchStep {
		// from the upper edge or the right side down to the left side or the lower edge
		x1, y1 := min(at, w), max(at-w, 0)
		x2, y2 := max(at-h, 0), min(at, h)
		if !rising {
			x1, x2 = w-x1, w-x2
		}
		d.rule(x+x1, y+y1, x+x2, y+y2, 0.6, colour)
	}
}

// rows is how many bars of a group lie beside each other.
func (d *drawing) rows() int {
	if d.stacked() {
		return 1
	}
	return max(len(d.Series), 1)
}

// lying draws bars: a group a label, the figure at the end of each.
func (d *drawing) lying(top float64) float64 {
	n := float64(d.rows())
	bar, gap := d.Size*1.5, d.Size*0.9
	if n > 1 {
		bar = d.Size * 1.2
	}
	labels := make([][]string, len(d.Labels))
	label, lines := 0.0, 1
	for i, l := range d.Labels {
		labels[i] = d.wrapped(l, Sans, d.Width*0.36, 2)
		label, lines = max(label, d.widest(labels[i], Sans)), max(lines, len(labels[i]))
	}
	group := max(n*bar, float64(lines)*d.leading()) + gap
	foot := d.leading() * 1.4
	if d.Height > 0 {
		room := max(d.Height-top-foot, 1) / float64(len(d.Labels))
		bar, group = bar*min(room/group, 1), room
	}
	value := d.widestFigure() + d.Size
	x0, x1 := min(label+d.Size, d.Width*0.45), d.Width-1
	if d.scale.low < 0 {
		x0 += min(value, d.Width*0.15)
	}
	if d.scale.high > 0 {
		x1 -= min(value, d.Width*0.2)
	}
	at := func(v float64) float64 { return x0 + d.scale.share(v)*(x1-x0) }
	bottom := top + group*float64(len(d.Labels))
	for _, t := range d.fitting(d.scale.ticks(), (x1-x0)*d.scale.step/(d.scale.high-d.scale.low)) {
		d.rule(at(t), top, at(t), bottom, 0.5, d.look.Rule)
		d.write(d.tick(t), Sans, d.look.Quiet, at(t), bottom+foot*0.6, 0.5)
	}
	for i := range d.Labels {
		y := top + group*float64(i)
		d.column(labels[i], Sans, d.look.Ink, label, y+group/2, 1)
		d.group(i, y+(group-n*bar)/2, bar, at, bar >= d.Size*0.8)
	}
	d.rule(at(0), top, at(0), bottom, 0.9, d.look.Axis)
	return bottom + foot
}

// group draws the bars of one label.
func (d *drawing) group(i int, y, bar float64, at func(float64) float64, told bool) {
	sum, known := 0.0, false
	for k, s := range d.Series {
		v := s.at(i)
		if math.IsNaN(v) {
			if !d.stacked() {
				y += bar
			}
			continue
		}
		known = true
		if d.stacked() {
			v = max(v, 0)
			d.area(at(sum), y, at(sum+v)-at(sum), bar*0.94, d.fill(k))
			sum += v
			continue
		}
		d.area(min(at(0), at(v)), y, math.Abs(at(v)-at(0)), bar*0.94, d.fill(k))
		if told {
			d.end(v, at(v), y+bar*0.47)
		}
		y += bar
	}
	if d.stacked() && known && told {
		d.end(sum, at(sum), y+bar*0.47)
	}
}

// end writes a figure at the end of its bar.
func (d *drawing) end(v, x, y float64) {
	if v < 0 {
		d.write(d.text(v), SansBold, d.look.Ink, x-d.Size*0.4, y, 1)
		return
	}
	d.write(d.text(v), SansBold, d.look.Ink, x+d.Size*0.4, y, 0)
}

// widestFigure is the width of the widest figure at a bar's end.
func (d *drawing) widestFigure() float64 {
	w := 0.0
	for i := range d.Labels {
		sum := 0.0
		for _, s := range d.Series {
			v := s.at(i)
			if math.IsNaN(v) {
				continue
			}
			if d.stacked() {
				sum += max(v, 0)
				v = sum
			}
			w = max(w, d.width(d.text(v), SansBold))
		}
	}
	return w
}

// fitting leaves ticks out until their numbers do not touch.
func (d *drawing) fitting(ticks []float64, each float64) []float64 {
	w := 0.0
	for _, t := range ticks {
		w = max(w, d.width(d.tick(t), Sans)+d.Size)
	}
	if each <= 0 || w <= each {
		return ticks
	}
	every := int(math.Ceil(w / each))
	var out []float64
	for i := range ticks {
		if fromZero := int(math.Round(ticks[i] / d.scale.step)); fromZero%every == 0 {
			out = append(out, ticks[i])
		}
	}
	return out
}
