//go:build unix

package pdf

import (
	"runtime"
	"slices"
	"syscall"
	"testing"
	"time"

	"polis/app/page"
	"polis/data/layout"
)

// used is the processors' time of this process: what a busy machine cannot
// change much.
func used(b *testing.B) time.Duration {
	b.Helper()
	var usage syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &usage); err != nil {
		b.Fatal(err)
	}
	return time.Duration(usage.Utime.Nano() + usage.Stime.Nano())
}

// BenchmarkBesidePlain writes the same list tagged and with gopdf alone, and
// reports how the medians compare, in processors' time and bytes. They take
// turns at being the first; what one leaves to the garbage is gone before the
// other begins.
func BenchmarkBesidePlain(b *testing.B) {
	fonts := testFonts(b)
	e, err := layout.New(fonts)
	if err != nil {
		b.Fatal(err)
	}
	writer := New(fonts, e)
	ways := []func(page.DisplayList) ([]byte, error){
		writer.Bytes,
		func(dl page.DisplayList) ([]byte, error) { return plain(dl, fonts, e) },
	}
	for name, complete := range map[string]bool{"short": false, "complete": true} {
		dl, err := e.Layout(page.Sheet(sheetInput(sampleSheets(b)[0], testWords(b), complete)))
		if err != nil {
			b.Fatal(err)
		}
		b.Run(name, func(b *testing.B) {
			const together = 10
			var took [2][]time.Duration
			var sizes [2]int
			for round := 0; b.Loop(); round++ {
				for turn := range ways {
					way := (turn + round) % len(ways)
					runtime.GC()
					start := used(b)
					for range together {
						data, err := ways[way](dl)
						if err != nil {
							b.Fatal(err)
						}
						sizes[way] = len(data)
					}
					took[way] = append(took[way], (used(b)-start)/together)
				}
			}
			for _, t := range took {
				slices.Sort(t)
			}
			tagged, alone := took[0][len(took[0])/2], took[1][len(took[1])/2]
			b.ReportMetric(float64(tagged)/float64(alone), "time/plain")
			b.ReportMetric(float64(tagged)/1e6, "cpu-ms")
			b.ReportMetric(float64(sizes[0])/float64(sizes[1]), "bytes/plain")
		})
	}
}
