package speed

import (
	"fmt"
	"io"
	"slices"
	"time"

	"polis/app/search/bench"
)

// report is what was measured over one corpus.
type report struct {
	sheets, italian int
	from            string
	text            int64
	classes         []Class
	figures         []*figures
	delta           Delta
}

func (r *report) print(w io.Writer) {
	fmt.Fprintf(w, "\n## %d sheets, %s of text, %d %% Italian, recombined of %s\n\n", r.sheets, megabytes(r.text),
		100*r.italian/max(1, r.sheets), r.from)
	t := bench.Table{Header: []string{"p50 / p99 in ms"}}
	for _, f := range r.figures {
		t.Header = append(t.Header, f.system)
	}
	for i := range r.classes {
		t.Add(r.row(r.classes[i].Name, func(f *figures) string { return spread(f.took[r.classes[i].Name], len(r.classes[i].Texts)) })...)
	}
	t.Add(r.row("build CPU / wall, s", func(f *figures) string {
		return fmt.Sprintf("%.1f / %.1f", f.built.CPU.Seconds(), f.built.Wall.Seconds())
	})...)
	t.Add(r.row("index (share of the text)", func(f *figures) string {
		return fmt.Sprintf("%s (%.3f)", megabytes(f.built.Size), float64(f.built.Size)/float64(r.text))
	})...)
	t.Add(r.row("opened in, ms", func(f *figures) string { return ms(f.opened.Open) })...)
	t.Add(r.row("memory: resident / heap", func(f *figures) string {
		return megabytes(f.memory.Resident) + " / " + megabytes(f.memory.Heap)
	})...)
	t.Print(w)
	fmt.Fprintf(w, "\nEvery answer is %d sheets; ours counts facets and repairs typos in all classes.\nPeers with %q complete one or two letters from titles and keywords only, as ours does.\n", hitsAsked, titles)
	r.ratios(w)
	r.delta.print(w)
}

func (r *report) row(name string, cell func(*figures) string) []string {
	row := []string{name}
	for _, f := range r.figures {
		row = append(row, cell(f))
	}
	return row
}

// ratios holds our whole screen against the peers' bare lists of sheets.
func (r *report) ratios(w io.Writer) {
	for _, ours := range r.figures {
		if ours.system != Ours {
			continue
		}
		for _, peer := range r.figures {
			if peer != ours && len(peer.took[ClassKeys]) > 0 {
				fmt.Fprintf(w, "%s, p99: ours 1/%.0f of %s; %s (ours) against %s (%s): 1/%.0f. Build CPU: %.2f of %s.%s\n",
					ClassKeys, quotient(peer.took[ClassKeys], ours.took[ClassKeys]), peer.system, ClassScreen, ClassKeys,
					peer.system, quotient(peer.took[ClassKeys], ours.took[ClassScreen]),
					ours.built.CPU.Seconds()/max(1e-9, peer.built.CPU.Seconds()), peer.system, unsure(ours, peer))
			}
		}
	}
}

// unsure warns of a comparison of different questions.
func unsure(ours, peer *figures) string {
	if n := len(peer.took[ClassKeys]); n < len(ours.took[ClassKeys]) {
		return fmt.Sprintf(" NOT SURE: %s answered only %d questions in time.", peer.system, n)
	}
	return ""
}

func quotient(a, b []time.Duration) float64 {
	return float64(percentile(a, 99)) / float64(max(1, percentile(b, 99)))
}

// spread is the median and the 99th percentile, with how many questions were
// asked when the budget did not do for all.
func spread(took []time.Duration, asked int) string {
	if len(took) == 0 {
		return "-"
	}
	s := ms(percentile(took, 50)) + " / " + ms(percentile(took, 99))
	if len(took) < asked {
		s += fmt.Sprintf(" (%d of %d)", len(took), asked)
	}
	return s
}

func percentile(took []time.Duration, p int) time.Duration {
	if len(took) == 0 {
		return 0
	}
	sorted := slices.Sorted(slices.Values(took))
	return sorted[min(len(sorted)-1, len(sorted)*p/100)]
}

func ms(d time.Duration) string {
	switch v := float64(d) / 1e6; {
	case v < 10:
		return fmt.Sprintf("%.2f", v)
	case v < 100:
		return fmt.Sprintf("%.1f", v)
	default:
		return fmt.Sprintf("%.0f", v)
	}
}

func megabytes(n int64) string { return fmt.Sprintf("%.1f MB", float64(n)/1e6) }

// Delta is what it costs to change 100 sheets while others search.
type Delta struct {
	Rounds         int
	With, Marshal  time.Duration // medians
	Worst          time.Duration // of both together
	Part           int64         // bytes of the part that is written
	ReadersN       int
	ReadersHalf    time.Duration // the median
	ReadersSlowest time.Duration // 99th percentile
}

func (d *Delta) print(w io.Writer) {
	if d.Rounds == 0 {
		fmt.Fprintln(w, "Change of 100 sheets: NOT MEASURED (ours was not among the systems).")
		return
	}
	fmt.Fprintf(w, "Change of 100 sheets, %d times: new index %s ms, its part %s ms (%s); both at most %s ms. Whoever searched meanwhile: p50 %s, p99 %s ms (%d keystrokes).\n",
		d.Rounds, ms(d.With), ms(d.Marshal), megabytes(d.Part), ms(d.Worst), ms(d.ReadersHalf), ms(d.ReadersSlowest), d.ReadersN)
}
