package search

import (
	"fmt"
	"maps"
	"math"
	"math/rand/v2"
	"reflect"
	"slices"
	"sync"
	"testing"
)

// catalogueOf returns the documents by code in the order of codes.
func catalogueOf(docs map[string]Doc) []Doc {
	out := make([]Doc, 0, len(docs))
	for _, code := range slices.Sorted(maps.Keys(docs)) {
		out = append(out, docs[code])
	}
	return out
}

// sameAnswers compares what two indexes answer. Repairs and completions lean
// on how many sheets have a word, which a change only estimates: queries here
// have whole words.
func sameAnswers(t *testing.T, name string, got, want *Index) {
	t.Helper()
	if got.Len() != want.Len() {
		t.Fatalf("%s: %d sheets, want %d", name, got.Len(), want.Len())
	}
	for _, text := range []string{
		"", "carta identità", "carta d'identità smarrita ", "tari", "passaporto minori ", "104/92", "accesso atti", "bollo auto",
		"rifiuti -ingombranti ", "identity card", "nuovo titolo ", "demo_borgo-0002", "contributo affitto",
	} {
		for _, own := range []string{"", "demo_borgo", "demo_ponte"} {
			q := Query{Text: text, Own: own, Limit: 400}
			a, b := got.Search(q), want.Search(q)
			if a.Total != b.Total || !reflect.DeepEqual(a.Facets, b.Facets) {
				t.Errorf("%s: %q of %q: %d, want %d (%v, want %v)", name, text, own, a.Total, b.Total, a.Facets["level"], b.Facets["level"])
			}
			if !reflect.DeepEqual(scoresOf(a), scoresOf(b)) {
				t.Errorf("%s: %q of %q:\n%v, want\n%v", name, text, own, codesOf(a), codesOf(b))
			}
		}
	}
}

// scoresOf returns the scores by code: sheets of equal score may change
// places.
func scoresOf(r Result) map[string]float32 {
	out := map[string]float32{}
	for _, h := range r.Hits {
		out[h.Code] = float32(math.Round(h.Score*1e4) / 1e4)
	}
	return out
}

// A catalogue that changes step by step answers like one that was analysed as
// a whole: with segments over it, merged, and read again from its blobs.
func TestChangesAnswerLikeAWhole(t *testing.T) {
	sheets := sampleSheets(t)
	held := map[string]Doc{}
	for _, d := range sheets[:120] {
		held[d.Code] = d
	}
	x := Build(catalogueOf(held))
	base, err := x.MarshalBinary()
	if err != nil {
		t.Fatal(err)
	}
	r := rand.New(rand.NewPCG(3, 3)) // the same steps every time
	var blobs [][]byte
	for step := range 7 {
		docs, gone := changeOf(r, step, sheets, held)
		x = x.With(docs, gone)
		blob, err := x.MarshalBinary()
		if err != nil {
			t.Fatal(err)
		}
		blobs = append(blobs, blob)
		whole := Build(catalogueOf(held))
		sameAnswers(t, fmt.Sprintf("step %d", step), x, whole)
		sameAnswers(t, fmt.Sprintf("step %d merged", step), x.Merged(), whole)
	}
	opened, err := Open(base, blobs...)
	if err != nil {
		t.Fatal(err)
	}
	sameAnswers(t, "opened", opened, Build(catalogueOf(held)))
	if segments, n := x.Fresh(); segments != 7 || n == 0 {
		t.Errorf("fresh: %d segments, %d sheets", segments, n)
	}
	if segments, _ := x.Merged().Fresh(); segments != 0 {
		t.Errorf("merged: %d segments", segments)
	}
}

// changeOf makes some sheets new, changes some and removes others.
func changeOf(r *rand.Rand, step int, sheets []Doc, held map[string]Doc) (docs []Doc, gone []string) {
	for _, code := range slices.Sorted(maps.Keys(held)) {
		if r.IntN(12) == 0 {
			delete(held, code)
			gone = append(gone, code)
		}
	}
	for range 9 {
		d := sheets[r.IntN(len(sheets))]
		if r.IntN(2) == 0 {
			d.Title += fmt.Sprintf(" nuovo titolo %d", step)
		}
		if slices.ContainsFunc(docs, func(o Doc) bool { return o.Code == d.Code }) || slices.Contains(gone, d.Code) {
			continue
		}
		held[d.Code] = d
		docs = append(docs, d)
	}
	return docs, gone
}

// A changed word is found at once and the old one is gone, whichever of many
// readers asks while it changes.
func TestReadersSeeOneState(t *testing.T) {
	var mu sync.RWMutex
	docs := messy(200)
	for i := range docs {
		docs[i].Title = "Stato 0 comune"
	}
	x := Build(docs)
	now := func() *Index {
		mu.RLock()
		defer mu.RUnlock()
		return x
	}
	stop := make(chan struct{})
	var readers sync.WaitGroup
	for range 3 {
		readers.Go(func() {
			for {
				select {
				case <-stop:
					return
				default:
				}
				seen := now()
				if n := seen.Search(Query{Text: "stato "}).Total; n != len(docs) {
					t.Errorf("%d sheets of %d", n, len(docs))
					return
				}
				if n := len(seen.Search(Query{Text: "stato ", Limit: 300}).Hits); n != len(docs) {
					t.Errorf("%d hits of %d", n, len(docs))
					return
				}
			}
		})
	}
	for step := 1; step <= 12; step++ {
		for i := range docs {
			docs[i].Title = fmt.Sprintf("Stato %d comune", step)
		}
		next := now().With(docs[:len(docs):len(docs)], nil)
		if step%5 == 0 {
			next = next.Merged()
		}
		mu.Lock()
		x = next
		mu.Unlock()
	}
	close(stop)
	readers.Wait()
}

func TestDependentAndOwned(t *testing.T) {
	x := Build(corpus())
	if got := x.Dependent([]string{"r_test-0002"}); !slices.Equal(got, []string{"demo_borgo-0001", "demo_ponte-0001"}) {
		t.Errorf("adaptations: %v", got)
	}
	if got := x.OwnedBy("demo_ponte"); !slices.Equal(got, []string{"demo_ponte-0001"}) {
		t.Errorf("owned: %v", got)
	}
	y := x.With(nil, []string{"demo_ponte-0001"})
	if got := y.OwnedBy("demo_ponte"); len(got) != 0 {
		t.Errorf("owned after it is gone: %v", got)
	}
}
