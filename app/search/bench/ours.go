package bench

import (
	"context"
	"os"
	"path/filepath"

	"polis/app/search"
)

// Ours is the product's own search.
type Ours struct {
	dir, name, own string
	words          *search.Words
	index          *search.Index
}

// NewOurs keeps its blob in dir.
func NewOurs(dir string) *Ours { return &Ours{dir: dir, name: "ours"} }

// Of returns the same index under another name, asked by an authority's
// operator and with other editable words (nil: none).
func (o *Ours) Of(name, own string, words *search.Words) *Ours {
	return &Ours{dir: o.dir, name: name, own: own, words: words, index: o.index.WithWords(words)}
}

// Name says which variant it is.
func (o *Ours) Name() string { return o.name }

func (o *Ours) file() string { return filepath.Join(o.dir, "ours.blob") }

// Build analyses the sheets and stores the blob.
func (o *Ours) Build(docs []search.Doc) error {
	o.index = search.Build(docs)
	blob, err := o.index.MarshalBinary()
	if err != nil {
		return err
	}
	return os.WriteFile(o.file(), blob, 0o600)
}

// Open reads the blob.
func (o *Ours) Open() error {
	blob, err := os.ReadFile(o.file())
	if err != nil {
		return err
	}
	x, err := search.Open(blob)
	if err != nil {
		return err
	}
	o.index = x.WithWords(o.words)
	return nil
}

// Size is that of the blob.
func (o *Ours) Size() (int64, error) {
	info, err := os.Stat(o.file())
	if err != nil {
		return 0, err
	}
	return info.Size(), nil
}

// Full is the whole answer: facets, correction, what to highlight.
func (o *Ours) Full(text string, limit int) search.Result {
	return o.index.Search(search.Query{Text: text, Limit: limit, Own: o.own})
}

// Search counts facets and repairs typos, as it always does.
func (o *Ours) Search(_ context.Context, text string, limit int) ([]Hit, error) {
	r := o.Full(text, limit)
	hits := make([]Hit, len(r.Hits))
	for i, h := range r.Hits {
		hits[i] = Hit{h.Code, h.Score}
	}
	return hits, nil
}

// Close lets the index go.
func (o *Ours) Close() error {
	o.index = nil
	return nil
}
