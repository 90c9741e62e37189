// Command quality holds the product's search and its peers against judged
// queries and prints how often the right sheet is first.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"

	"polis/app/search"
	"polis/app/search/bench"
)

// options are the flags.
type options struct {
	root, judged string
	misses       bool
}

func main() {
	var o options
	flag.StringVar(&o.root, "root", ".", "the checkout")
	flag.StringVar(&o.judged, "judged", "", "folder of judged queries (default app/search/bench/judged)")
	flag.BoolVar(&o.misses, "misses", false, "list our misses of the tuning part")
	flag.Parse()
	if o.judged == "" {
		o.judged = filepath.Join(o.root, "app", "search", "bench", "judged")
	}
	if err := o.run(context.Background(), os.Stdout); err != nil {
		fmt.Fprintln(os.Stderr, "error:", err)
		os.Exit(1)
	}
}

func (o *options) run(ctx context.Context, w io.Writer) error {
	measured := 0
	for _, source := range sources(bench.FoldersOf(o.root)) {
		set, err := source.set(o.judged)
		if errors.Is(err, fs.ErrNotExist) {
			fmt.Fprintf(w, "\n## %s\n\nNOT MEASURED: %v\n", source.name, err)
			continue
		}
		if err != nil {
			return err
		}
		if err := o.measure(ctx, w, set); err != nil {
			return err
		}
		measured++
	}
	if measured == 0 {
		return errors.New("nothing was measured")
	}
	return nil
}

// source is where a set comes from.
type source struct {
	name, own string
	docs      func() ([]search.Doc, error)
	words     func() (*search.Words, error)
}

func sources(f bench.Folders) []source {
	return []source{
		{"sample", "demo_borgo", f.Sample, f.Words},
		{"comuni", "", func() ([]search.Doc, error) { return f.Real(bench.ComuniIT) }, f.Words},
	}
}

func (s *source) set(judged string) (*bench.Set, error) {
	docs, err := s.docs()
	if err != nil {
		return nil, err
	}
	words, err := s.words()
	if err != nil {
		return nil, err
	}
	queries, err := bench.ReadJudged(filepath.Join(judged, s.name+".jsonl"))
	if err != nil {
		return nil, err
	}
	set := &bench.Set{Name: s.name, Own: s.own, Docs: docs, Words: words, Queries: queries}
	return set, set.Check()
}

func (o *options) measure(ctx context.Context, w io.Writer, set *bench.Set) (err error) {
	dir, err := os.MkdirTemp("", "polis-quality-")
	if err != nil {
		return err
	}
	defer func() { _ = os.RemoveAll(dir) }()
	systems, err := set.Systems(dir)
	if err != nil {
		return err
	}
	defer func() {
		for _, s := range systems {
			err = errors.Join(err, s.Close())
		}
	}()
	for _, part := range []string{bench.PartTune, bench.PartMeasure} {
		answers, err := ask(ctx, systems, set.Part(part))
		if err != nil {
			return err
		}
		set.Report(w, part, answers)
		if o.misses && part == bench.PartTune {
			set.Misses(w, answers[0])
		}
	}
	return nil
}

func ask(ctx context.Context, systems []bench.System, queries []bench.Judged) ([]bench.Answered, error) {
	var answers []bench.Answered
	for _, s := range systems {
		a, err := bench.Ask(ctx, s, queries)
		if err != nil {
			return nil, err
		}
		answers = append(answers, a)
	}
	return answers, nil
}
