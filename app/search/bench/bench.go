// Package bench holds the search against its peers: SQLite's FTS5 and bleve,
// tuned in good faith, over the same sheets, fields and weights. It is a
// module of its own, so that the product never depends on a peer.
package bench

import (
	"context"
	"math/rand/v2"
	"os"
	"path/filepath"

	"polis/app/search"
)

// Hit is a sheet that a system found; more Score is better, within one answer.
type Hit struct {
	Code  string
	Score float64
}

// System is a search engine under test. What Build wrote into the system's
// folder, Open reads again, in another process too.
type System interface {
	Name() string
	Build(docs []search.Doc) error
	Open() error
	Size() (int64, error) // bytes of the index on disk
	Search(ctx context.Context, text string, limit int) ([]Hit, error)
	Close() error
}

// Codes lists the sheets of an answer in order.
func Codes(hits []Hit) []string {
	codes := make([]string, len(hits))
	for i := range hits {
		codes[i] = hits[i].Code
	}
	return codes
}

// Random returns numbers that are the same in every run.
func Random(seed uint64) *rand.Rand {
	return rand.New(rand.NewPCG(seed, 0x9E3779B97F4A7C15)) //nolint:gosec // repeatable on purpose, no secret
}

// bytesIn sums the sizes of the files below a folder.
func bytesIn(dir string) (int64, error) {
	sum := int64(0)
	err := filepath.WalkDir(dir, func(_ string, e os.DirEntry, err error) error {
		if err != nil || e.IsDir() {
			return err
		}
		info, err := e.Info()
		if err != nil {
			return err
		}
		sum += info.Size()
		return nil
	})
	return sum, err
}
