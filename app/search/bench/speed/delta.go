package speed

import (
	"encoding/json"
	"io"
	"os"
	"path/filepath"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"polis/app/search"
	"polis/app/search/bench"
)

// How sheets change: so many rounds of so many sheets, with a pause in which
// the readers see the new index.
const (
	deltaRounds = 10
	deltaSheets = 100
	deltaPause  = 100 * time.Millisecond
)

// Delta changes 100 sheets again and again over the built index while a
// reader types, and reports as JSON.
func (j *Job) Delta(out io.Writer) error {
	docs, _, err := Corpus(j.Folder, j.Sheets)
	if err != nil {
		return err
	}
	keys := Classes(docs, 2000, seedClasses)[6].Texts
	blob, err := os.ReadFile(filepath.Join(j.Dir, "ours.blob"))
	if err != nil {
		return err
	}
	x, err := search.Open(blob)
	if err != nil {
		return err
	}
	var now atomic.Pointer[search.Index]
	now.Store(x)
	r := startReader(&now, keys)
	d, err := changes(&now, docs)
	took := r.stop()
	if err != nil {
		return err
	}
	d.ReadersN, d.ReadersHalf, d.ReadersSlowest = len(took), percentile(took, 50), percentile(took, 99)
	return json.NewEncoder(out).Encode(d)
}

// changes replaces sheets by others of the same code and removes some.
func changes(now *atomic.Pointer[search.Index], docs []search.Doc) (Delta, error) {
	rnd := bench.Random(seedDelta)
	d := Delta{Rounds: deltaRounds}
	var with, marshal []time.Duration
	for range deltaRounds {
		var changed []search.Doc
		for range deltaSheets - 5 {
			doc, other := docs[rnd.IntN(len(docs))], docs[rnd.IntN(len(docs))]
			doc.Title, doc.Summary, doc.Sections = other.Title, other.Summary, other.Sections
			changed = append(changed, doc)
		}
		var gone []string
		for range 5 {
			gone = append(gone, docs[rnd.IntN(len(docs))].Code)
		}
		began := time.Now()
		y := now.Load().With(changed, gone)
		with = append(with, time.Since(began))
		began = time.Now()
		part, err := y.MarshalBinary() // of what was added
		if err != nil {
			return d, err
		}
		marshal = append(marshal, time.Since(began))
		d.Part = int64(len(part))
		d.Worst = max(d.Worst, with[len(with)-1]+marshal[len(marshal)-1])
		now.Store(y)
		time.Sleep(deltaPause)
	}
	d.With, d.Marshal = percentile(with, 50), percentile(marshal, 50)
	return d, nil
}

// reader searches without a pause until it is stopped.
type reader struct {
	done atomic.Bool
	wg   sync.WaitGroup
	took []time.Duration
}

func startReader(now *atomic.Pointer[search.Index], keys []string) *reader {
	r := &reader{}
	r.wg.Go(func() {
		for i := 0; !r.done.Load(); i++ {
			began := time.Now()
			now.Load().Search(search.Query{Text: keys[i%len(keys)], Limit: hitsAsked})
			r.took = append(r.took, time.Since(began))
		}
	})
	return r
}

func (r *reader) stop() []time.Duration {
	r.done.Store(true)
	r.wg.Wait()
	return slices.Clone(r.took)
}
