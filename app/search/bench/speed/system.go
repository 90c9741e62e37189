package speed

import (
	"errors"
	"fmt"
	"io/fs"
	"strings"

	"polis/app/search"
	"polis/app/search/bench"
)

// Seeds of the corpus, the questions and what changes.
const (
	seedCorpus  = 1
	seedClasses = 2
	seedDelta   = 3
)

// Names of the systems.
const (
	Ours  = "ours"
	FTS5  = "FTS5"
	Bleve = "bleve"

	// titles marks a peer over the same index that completes one or two
	// letters from titles and keywords only.
	titles = "-titles"
)

// Systems lists all that can be measured.
func Systems() []string { return []string{Ours, FTS5, Bleve, FTS5 + titles, Bleve + titles} }

// newSystem makes a system over a folder. Peers look for sheets with some of
// the words only when none has them all: the quicker way.
func newSystem(name, dir string) (bench.System, error) {
	base, short := strings.CutSuffix(name, titles)
	asking := bench.Asking{FillBelow: 1, ShortInTitles: short}
	switch {
	case name == Ours:
		return bench.NewOurs(dir), nil
	case base == FTS5:
		return bench.NewFTS5(dir, false, asking)
	case base == Bleve:
		return bench.NewBleve(dir, false, asking)
	}
	return nil, fmt.Errorf("no system is called %q", name)
}

// Corpus makes n sheets out of the real catalogues, or of the sample when
// those are missing; from says which.
func Corpus(f bench.Folders, n int) (docs []search.Doc, from string, err error) {
	source, from, err := source(f)
	if err != nil {
		return nil, "", err
	}
	places, err := f.Places()
	return bench.Recombine(source, n, places, seedCorpus), from, err
}

// source is all that sheets are recombined of. The sample is always in it:
// real Italian sheets are short.
func source(f bench.Folders) ([]search.Doc, string, error) {
	docs, err := f.Sample()
	if err != nil {
		return nil, "", err
	}
	from := "the sample"
	for _, name := range []string{bench.ComuniIT, bench.ServicePublicFR} {
		more, err := f.Real(name)
		if errors.Is(err, fs.ErrNotExist) {
			from += " (" + name + " IS MISSING)"
			continue
		}
		if err != nil {
			return nil, "", err
		}
		docs = append(docs, more...)
		from += ", " + name
	}
	return docs, from, nil
}
