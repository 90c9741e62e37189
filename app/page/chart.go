package page

import (
	"math"
	"strings"
)

// ChartKind is how figures are drawn.
type ChartKind int

// The kinds of chart.
const (
	Bars    ChartKind = iota // lying, one group a label: for names
	Columns                  // standing, one group a label: for few periods
	Lines                    // over a row of labels: for many periods
)

// Chart is a picture of figures. Alt tells in words what it shows; the
// figures themselves stand in a Grid beside it.
type Chart struct {
	Kind    ChartKind
	Title   string
	Alt     string
	Empty   string // said when no figure is known
	Labels  []string
	Series  []Series
	Stacked bool   // bars and columns: the series are parts of a whole, none below zero
	Unit    string // "%", "contatti"
	// Format writes a figure as people read it; nil writes whole numbers.
	Format func(float64) string
}

// Series is one row of figures, as long as the chart's labels. A figure that
// is not known is NaN: it leaves a gap.
type Series struct {
	Name    string
	Figures []float64
}

// ChartSpace is what a chart is drawn into, on paper or on a screen.
type ChartSpace struct {
	Width  float64
	Height float64 // 0 = what the chart wants
	Size   float64 // of its text; 0 = 8
	// Measure is the width of a text in the face and size.
	Measure func(text string, face Face, size float64) float64
	// Look is nil for that of paper.
	Look *ChartLook
	// Low and High are the scale, for several charts that are compared; both
	// zero = what the figures need. See Chart.Range.
	Low, High float64
}

// ChartLook are a chart's colours. Rule is for the lines behind the figures,
// Axis for the zero line, Ground for what lies under the chart.
type ChartLook struct {
	Ink, Quiet, Rule, Axis, Ground Colour
	Fills                          []Fill // by series, from the first again when there are more
}

// Hatch is a pattern of fine lines.
type Hatch int

// The patterns.
const (
	NoHatch  Hatch = iota
	Rising         // from the lower left
	Falling        // from the upper left
	Crossed        // both
	Straight       // upright lines
)

// Fill is how the areas of a series look: they differ in lightness or
// pattern, so that a printer without colours loses nothing.
type Fill struct {
	Colour Colour
	Hatch  Hatch
	Lines  Colour // of the pattern, and of a line in a line chart
}

// PaperLook is the look of charts on white paper.
func PaperLook() ChartLook {
	return ChartLook{
		Ink: 0x1B2733, Quiet: 0x5C6F82, Rule: 0xDDE3E9, Axis: 0x5C6F82, Ground: 0xFFFFFF,
		Fills: []Fill{
			{Colour: 0x004D99, Lines: 0x004D99},
			{Colour: 0x6AA9E9, Lines: 0x4A8FD6},
			{Colour: 0xFFFFFF, Hatch: Rising, Lines: 0x17324D},
			{Colour: 0xC9DFF5, Lines: 0x7C93AA},
			{Colour: 0xFFFFFF, Hatch: Crossed, Lines: 0x004D99},
			{Colour: 0xA66300, Hatch: Straight, Lines: 0xA66300},
		},
	}
}

// Range returns the smallest and the largest value that a chart's scale must
// hold, zero among them; ok is false when no figure is known.
func (c Chart) Range() (low, high float64, ok bool) {
	for i := range c.Labels {
		sum := 0.0
		for _, s := range c.Series {
			v := s.at(i)
			if math.IsNaN(v) {
				continue
			}
			ok = true
			if c.stacked() {
				v = max(v, 0)
				sum += v
				v = sum
			}
			low, high = min(low, v), max(high, v)
		}
	}
	return low, high, ok
}

func (c Chart) stacked() bool { return c.Stacked && c.Kind != Lines }

// beyond is more than any figure of a public office: such a figure is damage
// and not known.
const beyond = 1e15

// at is the i-th figure, NaN when it is not known.
func (s Series) at(i int) float64 {
	if i >= len(s.Figures) || math.IsInf(s.Figures[i], 0) || math.Abs(s.Figures[i]) > beyond {
		return math.NaN()
	}
	return s.Figures[i]
}

// text writes a figure.
func (c Chart) text(v float64) string {
	var t string
	if c.Format != nil {
		t = c.Format(v)
	} else {
		t = Number(int(math.Round(v)), "it")
	}
	if c.Unit == "%" {
		t += "\u00A0%"
	}
	return t
}

// tick writes a number of the axis: the decimals of the figures are left out
// where all of them are zero.
func (d *drawing) tick(v float64) string {
	t := d.text(v)
	if d.scale.step != math.Trunc(d.scale.step) {
		return t
	}
	end := strings.LastIndexAny(t, "0123456789") + 1
	at := strings.LastIndexAny(t[:end], ",.")
	if at < 0 || end-at > 3 || strings.Trim(t[at+1:end], "0") != "" {
		return t // none, or thousands
	}
	return t[:at] + t[end:]
}

// scale is an axis with round numbers.
type scale struct{ low, high, step float64 }

// scaleOf finds round numbers around a range, zero among them, with about
// most steps. Whole numbers are not parted.
func scaleOf(low, high float64, most int, whole bool) scale {
	low, high = min(low, 0), max(high, 0)
	if low == high {
		high = 1
	}
	raw := (high - low) / float64(max(most, 1))
	magnitude := math.Pow(10, math.Floor(math.Log10(raw)))
	step := 10 * magnitude
	for _, f := range []float64{1, 2, 2.5, 5} {
		if f*magnitude >= raw && !(whole && f == 2.5 && magnitude < 10) {
			step = f * magnitude
			break
		}
	}
	if whole {
		step = max(step, 1)
	}
	return scale{low: math.Floor(low/step+1e-9) * step, high: math.Ceil(high/step-1e-9) * step, step: step}
}

// ticks are the round numbers.
func (s scale) ticks() []float64 {
	var out []float64
	for i := 0; i <= 20; i++ {
		v := s.low + float64(i)*s.step
		if v > s.high+s.step/2 {
			break
		}
		out = append(out, v)
	}
	return out
}

// share is where a value lies between the ends, 0 to 1.
func (s scale) share(v float64) float64 { return min(max((v-s.low)/(s.high-s.low), 0), 1) }

// whole reports whether all figures are whole numbers.
func (c Chart) whole() bool {
	for _, s := range c.Series {
		for i := range c.Labels {
			if v := s.at(i); !math.IsNaN(v) && v != math.Trunc(v) {
				return false
			}
		}
	}
	return true
}
