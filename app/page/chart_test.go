package page

import (
	"fmt"
	"math"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

// measured is a face in which every sign is half as wide as high.
func measured(text string, _ Face, size float64) float64 {
	return float64(len([]rune(text))) * size / 2
}

func texts(marks []Mark) string {
	var out []string
	for _, m := range marks {
		if r, ok := m.(Run); ok {
			out = append(out, r.Text)
		}
	}
	return strings.Join(out, "|")
}

// areas are the filled boxes.
func areas(marks []Mark) []Box {
	var out []Box
	for _, m := range marks {
		if b, ok := m.(Box); ok && b.Filled {
			out = append(out, b)
		}
	}
	return out
}

func TestBarsAreAsLongAsTheirFigures(t *testing.T) {
	c := Chart{Labels: []string{"a", "b", "c", "d"}, Series: []Series{{Figures: []float64{1000, 500, math.NaN(), -500}}}}
	marks, _ := c.Draw(ChartSpace{Width: 400, Measure: measured})
	got := areas(marks)
	if len(got) != 3 {
		t.Fatalf("%d bars of three known figures", len(got))
	}
	if r := got[0].W / got[1].W; math.Abs(r-2) > 1e-9 || math.Abs(got[1].W-got[2].W) > 1e-9 {
		t.Errorf("lengths %.2f %.2f %.2f", got[0].W, got[1].W, got[2].W)
	}
	if zero := got[0].X; math.Abs(got[2].X+got[2].W-zero) > 1e-9 || got[1].X != zero {
		t.Error("bars do not meet at zero")
	}
	for _, want := range []string{"1.000", "500", "-500", "|0|", "|c|"} {
		if !strings.Contains("|"+texts(marks)+"|", want) {
			t.Errorf("%q is not written: %s", want, texts(marks))
		}
	}
}

func TestStackedColumnsAddUp(t *testing.T) {
	c := Chart{
		Kind: Columns, Stacked: true, Labels: []string{"gen", "feb"},
		Series: []Series{{"telefono", []float64{10, 20}}, {"posta", []float64{30, math.NaN()}}},
	}
	marks, h := c.Draw(ChartSpace{Width: 300, Height: 150, Measure: measured})
	if h != 150 {
		t.Errorf("height %.1f", h)
	}
	boxes := areas(marks)[1:] // after the swatch of the first series
	var parts []Box
	for _, b := range boxes {
		if b.W > 10 {
			parts = append(parts, b)
		}
	}
	if len(parts) != 3 || math.Abs(parts[1].H-3*parts[0].H) > 1e-9 || math.Abs(parts[1].Y+parts[1].H-parts[0].Y) > 1e-9 ||
		math.Abs(parts[2].H-2*parts[0].H) > 1e-9 {
		t.Errorf("%+v", parts)
	}
	if said := "|" + texts(marks) + "|"; !strings.Contains(said, "|40|") || !strings.Contains(said, "|telefono|") {
		t.Errorf("total and names are not written: %s", said)
	}
}

func TestLinesHaveGaps(t *testing.T) {
	c := Chart{
		Kind: Lines, Unit: "%", Labels: []string{"1", "2", "3", "4", "5", "6"},
		Format: func(v float64) string { return Decimal(v, 1, "it") },
		Series: []Series{{"sì", []float64{1, 2, math.NaN(), 4, math.NaN(), math.Inf(1)}}, {"no", nil}},
	}
	marks, _ := c.Draw(ChartSpace{Width: 300, Measure: measured})
	open, signs := 0, 0
	for _, m := range marks {
		if p, ok := m.(Path); ok && p.Closed {
			signs++
		} else if ok {
			open++
			if len(p.Points) != 2 {
				t.Errorf("a stroke over a gap: %v", p.Points)
			}
		}
	}
	if open != 1 || signs != 4 { // three points and the sign beside the name
		t.Errorf("%d strokes, %d signs", open, signs)
	}
	if said := texts(marks); !strings.Contains(said, "|2\u00a0%|") || !strings.Contains(said, "sì") || strings.Contains(said, "no") {
		t.Errorf("written: %s", said)
	}
}

func TestEmptyChartSaysSo(t *testing.T) {
	for _, c := range []Chart{
		{Empty: "Nessun dato", Labels: []string{"a"}, Series: []Series{{"x", []float64{math.NaN()}}}},
		{Empty: "Nessun dato", Kind: Lines},
		{Empty: "Nessun dato", Kind: Columns, Labels: []string{"a"}},
	} {
		marks, h := c.Draw(ChartSpace{Width: 200, Measure: measured})
		if texts(marks) != "Nessun dato" || h <= 0 {
			t.Errorf("%q", texts(marks))
		}
	}
	all := Chart{Labels: []string{"a"}, Series: []Series{{"", []float64{0}}}}
	if marks, _ := all.Draw(ChartSpace{Width: 200, Measure: measured}); !strings.Contains(texts(marks), "0") || len(areas(marks)) != 0 {
		t.Error("zero is a figure")
	}
}

func TestScales(t *testing.T) {
	for _, tt := range []struct {
		low, high float64
		whole     bool
		want      string
	}{
		{0, 0, true, "[0 1]"},
		{0, 3, true, "[0 1 2 3]"},
		{0, 80, true, "[0 20 40 60 80]"},
		{0, 81, true, "[0 20 40 60 80 100]"},
		{0, 1, false, "[0 0.2 0.4 0.6000000000000001 0.8 1]"},
		{-30, 70, true, "[-40 -20 0 20 40 60 80]"},
		{0, 12, false, "[0 2.5 5 7.5 10 12.5]"},
		{0, 12, true, "[0 5 10 15]"},
		{-5, -1, true, "[-5 -4 -3 -2 -1 0]"},
	} {
		s := scaleOf(tt.low, tt.high, 5, tt.whole)
		if got := fmt.Sprint(s.ticks()); got != tt.want {
			t.Errorf("%v to %v: %s, want %s", tt.low, tt.high, got, tt.want)
		}
	}
}

// Whatever the figures and names: every mark is in the chart's space, none
// has a size below nothing, and no name is lost.
func TestChartsStayInTheirSpace(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		n := rapid.IntRange(0, 60).Draw(t, "labels")
		figure := rapid.OneOf(rapid.Float64Range(-1e6, 1e6), rapid.Float64(), rapid.Just(math.NaN()), rapid.Map(rapid.IntRange(-5, 500), func(i int) float64 { return float64(i) }))
		c := Chart{
			Kind: ChartKind(rapid.IntRange(0, 2).Draw(t, "kind")), Stacked: rapid.Bool().Draw(t, "stacked"),
			Unit: rapid.SampledFrom([]string{"", "%", "contatti"}).Draw(t, "unit"), Empty: "vuoto",
			Labels: rapid.SliceOfN(rapid.StringN(0, 40, -1), n, n).Draw(t, "names"),
		}
		for i := range rapid.IntRange(0, 8).Draw(t, "series") {
			c.Series = append(c.Series, Series{fmt.Sprintf("serie %d", i), rapid.SliceOfN(figure, 0, n).Draw(t, "figures")})
		}
		space := ChartSpace{
			Width: rapid.Float64Range(150, 800).Draw(t, "width"), Size: rapid.Float64Range(6, 16).Draw(t, "size"), Measure: measured,
			Height: rapid.SampledFrom([]float64{0, 0, 300, 500}).Draw(t, "height"),
		}
		marks, h := c.Draw(space)
		inside := func(x, y float64) {
			const e = 0.5
			if math.IsNaN(x+y) || x < -e || x > space.Width+e+space.Size*2 || y < -space.Size || y > h+space.Size {
				t.Fatalf("a mark at %.1f,%.1f of %.1f,%.1f", x, y, space.Width, h)
			}
		}
		for _, m := range marks {
			switch m := m.(type) {
			case Run:
				inside(m.X, m.Y)
				if m.Text == "" {
					t.Fatal("an empty text")
				}
			case Box:
				if m.W < 0 || m.H < 0 {
					t.Fatalf("%+v", m)
				}
				inside(m.X, m.Y)
				inside(m.X+m.W, m.Y+m.H)
			case Line:
				inside(m.X1, m.Y1)
				inside(m.X2, m.Y2)
			case Path:
				for _, p := range m.Points {
					inside(p.X, p.Y)
				}
			}
		}
	})
}

// Series can be told apart on a printer without colours.
func TestFillsDifferWithoutColour(t *testing.T) {
	fills := PaperLook().Fills
	for i, a := range fills {
		for _, b := range fills[:i] {
			if a.Hatch == b.Hatch && math.Abs(Luminance(a.Colour)-Luminance(b.Colour)) < 0.2 {
				t.Errorf("%+v and %+v look alike", a, b)
			}
		}
		if a.Hatch == NoHatch && OnWhite(a.Colour) < 1.3 {
			t.Errorf("%+v is not seen on white", a)
		}
	}
}

func TestColourOf(t *testing.T) {
	for in, want := range map[string]Colour{
		"#17324D": 0x17324D, " #17324d ": 0x17324D, "#036": 0x003366, "": 0, "17324D": 0, "#FFEE00": 0, "#GG0000": 0, "#1234": 0, "blu": 0, "#00": 0,
	} {
		if got := ColourOf(in); got != want {
			t.Errorf("%q: %06X, want %06X", in, got, want)
		}
	}
}

func TestDecimal(t *testing.T) {
	for want, got := range map[string]string{
		"1.234,5": Decimal(1234.49999, 1, "it"), "-0,30": Decimal(-0.3, 2, "it"), "1,234": Decimal(1234.4, 0, "en"), "0,0": Decimal(-0.01, 1, "it"),
	} {
		if got != want {
			t.Errorf("%q, want %q", got, want)
		}
	}
}
