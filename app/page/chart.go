package page

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
	Kind   ChartKind
	Title  string
	Alt    string
	Labels []string
	Series []Series
	Unit   string // "%", "contatti"
	// Format writes a figure as people read it; nil writes whole numbers.
	Format func(float64) string
}

// Series is one row of figures, as long as the chart's labels. A figure that
// is not known is NaN: it leaves a gap.
type Series struct {
	Name    string
	Figures []float64
}
