package region_test

import (
	"bytes"
	"compress/gzip"
	"errors"
	"io"
	"os"
	"path/filepath"
	"testing"
	"time"

	"polis/app/region"
	"polis/data/wire"
)

// TestRealSheets imports and publishes the real catalogues: all of them, or
// every eighth line under the race detector, which is twenty times slower.
func TestRealSheets(t *testing.T) {
	shared := os.Getenv("POLIS_SHARED")
	if shared == "" {
		shared = filepath.Join("..", "..", "..", "shared")
	}
	var sources []region.Source
	for _, name := range []string{"comuni-it.jsonl.gz", "service-public-fr.jsonl.gz"} {
		path := filepath.Join(shared, "data", "sheets", name)
		if _, err := os.Stat(path); err != nil {
			t.Skipf("NOT TESTED ON REAL SHEETS: %v (set POLIS_SHARED)", err)
		}
		sources = append(sources, region.Source{Name: name, Open: func() (io.ReadCloser, error) { return sampled(path) }})
	}
	b := newBench(t)
	start := time.Now()
	r, err := b.Import(b.ctx, region.ImportParams{Sources: sources, Strict: true})
	if err != nil {
		t.Fatal(err)
	}
	want := region.Tally{New: 4285}
	if raceEnabled {
		want.New = 535
	}
	if got := r.Types[wire.TypeSheet]; got != want {
		t.Errorf("%+v, want %d sheets", r.Types, want.New)
	}
	imported := time.Now()
	p := b.publish(t)
	t.Logf("import %s, publish %s, snapshot %d bytes", imported.Sub(start), time.Since(imported), p.SnapshotSize)
	if n := len(b.snapshot(t, p.Snapshot)); n < want.New || n > want.New+40 {
		t.Errorf("the snapshot has %d lines", n)
	}
}

func sampled(path string) (io.ReadCloser, error) {
	f, err := os.Open(path)
	if err != nil || !raceEnabled {
		return f, err
	}
	gz, err := gzip.NewReader(f)
	if err != nil {
		return nil, errors.Join(err, f.Close())
	}
	var kept bytes.Buffer
	err = wire.Lines(gz, func(n int, line []byte) error {
		if n%8 == 0 {
			kept.Write(line)
		}
		return nil
	})
	return io.NopCloser(&kept), errors.Join(err, f.Close())
}
