package bench

import (
	"math"
	"slices"
)

// depth is how far down an answer counts.
const depth = 10

// Score is how good one answer is.
type Score struct {
	First      float64 // S@1: the first sheet has the query's highest grade
	Reciprocal float64 // MRR@10: 1 / place of the first such sheet
	Gain       float64 // nDCG@10: gain 2^grade-1, against the ideal order
}

// Rate scores an answer against the wanted grades.
func Rate(want map[string]int, got []string) Score {
	var s Score
	best := 0
	var grades []int
	for _, g := range want {
		best = max(best, g)
		grades = append(grades, g)
	}
	gain := 0.0
	for i, code := range got[:min(depth, len(got))] {
		g := want[code]
		gain += discounted(g, i)
		if g == best && best > 0 && s.Reciprocal == 0 {
			s.Reciprocal = 1 / float64(i+1)
		}
	}
	if s.Reciprocal == 1 {
		s.First = 1
	}
	slices.SortFunc(grades, func(a, b int) int { return b - a })
	ideal := 0.0
	for i, g := range grades[:min(depth, len(grades))] {
		ideal += discounted(g, i)
	}
	if ideal > 0 {
		s.Gain = gain / ideal
	}
	return s
}

func discounted(grade, place int) float64 {
	return (math.Exp2(float64(grade)) - 1) / math.Log2(float64(place+2))
}

// Estimate is a mean with its 95 % confidence interval.
type Estimate struct{ Mean, Low, High float64 }

// resamples is how often the bootstrap draws the queries anew.
const resamples = 2000

// Bootstrap estimates the mean of a value over queries; always the same for
// the same values.
func Bootstrap(values []float64) Estimate {
	n := len(values)
	if n == 0 {
		return Estimate{}
	}
	rnd := Random(42)
	means := make([]float64, resamples)
	for i := range means {
		for range n {
			means[i] += values[rnd.IntN(n)]
		}
		means[i] /= float64(n)
	}
	slices.Sort(means)
	return Estimate{mean(values), means[resamples*25/1000], means[resamples*975/1000-1]}
}

// Paired estimates the difference of two systems over the same queries.
func Paired(a, b []float64) Estimate {
	diff := make([]float64, len(a))
	for i := range a {
		diff[i] = a[i] - b[i]
	}
	return Bootstrap(diff)
}

func mean(values []float64) float64 {
	if len(values) == 0 {
		return 0
	}
	sum := 0.0
	for _, v := range values {
		sum += v
	}
	return sum / float64(len(values))
}
