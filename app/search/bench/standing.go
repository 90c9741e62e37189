package bench

import (
	"cmp"
	"context"
	"slices"

	"polis/app"
	"polis/app/search"
)

// What a sheet's standing multiplies a peer's score with: the product's own
// factors, so that no peer loses for not knowing who asks.
const (
	factorOwn          = 1.12
	factorAdapted      = 0.8
	factorForeign      = 0.7
	factorPaused       = 0.85
	factorDiscontinued = 0.01

	candidates = 60 // of the peer's answer, looked at again
)

// standing gives a peer what the product knows of the operator's authority.
type standing struct {
	System
	factors map[string]float64
	numbers map[string]int // order of the sheets
}

// WithStanding returns the system with its answers reordered for an operator
// of the authority own, "" for nobody's.
func WithStanding(s System, docs []search.Doc, own string) System {
	adapted := map[string]bool{}
	for i := range docs {
		if own != "" && docs[i].Authority == own && docs[i].Base != "" {
			adapted[docs[i].Base] = true
		}
	}
	w := &standing{System: s, factors: map[string]float64{}, numbers: map[string]int{}}
	for i := range docs {
		w.numbers[docs[i].Code] = i
		w.factors[docs[i].Code] = factorOf(&docs[i], own, adapted)
	}
	return w
}

func factorOf(d *search.Doc, own string, adapted map[string]bool) float64 {
	f := 1.0
	switch {
	case own != "" && d.Authority == own:
		f = factorOwn
	case d.Base != "":
		f = factorForeign
	case adapted[d.Code]:
		f = factorAdapted
	}
	switch d.Status {
	case app.StatusDiscontinued:
		f *= factorDiscontinued
	case app.StatusInactive, app.StatusSuspended:
		f *= factorPaused
	}
	return f
}

// Search reorders the best candidates. Scores that differ by less than seven
// digits count as equal, and the order of the sheets decides: bleve adds them
// up in no fixed order, and two runs would differ.
func (w *standing) Search(ctx context.Context, text string, limit int) ([]Hit, error) {
	hits, err := w.System.Search(ctx, text, max(limit, candidates))
	for i := range hits {
		hits[i].Score = float64(float32(hits[i].Score * w.factors[hits[i].Code]))
	}
	slices.SortFunc(hits, func(a, b Hit) int {
		return cmp.Or(cmp.Compare(b.Score, a.Score), w.numbers[a.Code]-w.numbers[b.Code])
	})
	return hits[:min(limit, len(hits))], err
}
