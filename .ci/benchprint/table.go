package main

import (
	"crypto/sha256"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"text/tabwriter"
)

// The targets of the printed sheet.
const (
	maxTime     = 1.25 // times plain gopdf
	maxBytes    = 1.1  // times plain gopdf
	minChromium = 20.0 // times faster, cold
	maxTypst    = 1.0  // times typst, warm
	maxPreview  = 16.0 // milliseconds a page
	maxGrowth   = 1.1  // memory after a thousand sheets beside that after three hundred
)

// compare measures all peers in turns, so that what disturbs the machine
// disturbs all of them, and prints the table.
func compare(folder string, rounds, sheets int) error {
	b, err := newBench(folder, sheets)
	if err != nil {
		return err
	}
	b.say("The printed sheet beside others: %s, complete; warm: %d different sheets, one after the other in one process.", b.docs[0].Code, len(b.docs))
	b.say("%s, %d cores, %s. Medians of %d cold starts; 1.00 is plain gopdf: our layout, no tags.\n", cpu(), runtime.NumCPU(), runtime.Version(), rounds)
	if err := b.measure(rounds); err != nil {
		return err
	}
	b.table()
	if err := b.targets(); err != nil {
		return err
	}
	return os.WriteFile(filepath.Join(filepath.Dir(b.folder), "print.txt"), []byte(b.report.String()), 0o600)
}

func (b *bench) say(format string, args ...any) {
	text := fmt.Sprintf(format, args...)
	fmt.Println(text)
	b.report.WriteString(text + "\n")
}

func (b *bench) here() []*peer {
	return slices.DeleteFunc(slices.Clone(b.peers), func(p *peer) bool { return p.missing != "" })
}

// turn is the order of a round: who comes after a heavy one finds the caches
// cold, so ours and plain gopdf take turns at that.
func (b *bench) turn(round int) []*peer {
	order := b.here()
	if round%2 == 1 {
		order[0], order[1] = order[1], order[0]
	}
	return order
}

func (b *bench) measure(rounds int) error {
	for _, p := range b.here() {
		out := b.out(p)
		if _, err := timed(p.cold(out)); err != nil { // the first start fills the system's caches
			return fmt.Errorf("%s: %w", p.name, err)
		}
		if err := p.look(out); err != nil {
			return err
		}
		// Words may be cut in two, a head repeated; more is another content.
		if ours := b.peers[0].words; p.words < ours*9/10 || p.words > ours*11/10 {
			return fmt.Errorf("%s: %d words where ours has %d", p.name, p.words, ours)
		}
	}
	for round := range rounds {
		for _, p := range b.turn(round) {
			ms, err := timed(p.cold(b.out(p)))
			if err != nil {
				return fmt.Errorf("%s: %w", p.name, err)
			}
			p.colds = append(p.colds, ms)
		}
	}
	for round := range rounds {
		for _, p := range b.turn(round) {
			if p.warm == nil {
				continue
			}
			if round >= 3 && p != b.peers[0] && p != b.peers[1] {
				continue // three are enough of what takes seconds
			}
			ms, err := p.warm()
			if err != nil {
				return fmt.Errorf("%s, warm: %w", p.name, err)
			}
			p.warms = append(p.warms, ms)
		}
	}
	return b.peaks()
}

func (b *bench) peaks() error {
	for i, kind := range []string{"ours", "plain"} {
		kb, err := told[int](exec.Command(b.self, "-peak", "-draw", kind, b.one, b.out(b.peers[i])))
		if err != nil {
			return err
		}
		b.peers[i].peak = kb
	}
	for _, p := range b.here()[2:] {
		kb, err := memory(p.cold(b.out(p)))
		if err != nil {
			return fmt.Errorf("%s, memory: %w", p.name, err)
		}
		p.peak = kb
	}
	return nil
}

func (b *bench) out(p *peer) string {
	return filepath.Join(b.folder, strings.ToLower(strings.ReplaceAll(p.name, ", ", "-"))+".pdf")
}

// look takes down what a file is: all must say the same.
func (p *peer) look(file string) error {
	data, err := os.ReadFile(file)
	if err != nil {
		return err
	}
	p.bytes = len(data)
	text, err := exec.Command("pdftotext", file, "-").Output()
	if err != nil {
		return fmt.Errorf("pdftotext: %w", err)
	}
	p.words = len(strings.Fields(string(text)))
	info, err := exec.Command("pdfinfo", file).Output()
	if err != nil {
		return fmt.Errorf("pdfinfo: %w", err)
	}
	for line := range strings.Lines(string(info)) {
		key, value, _ := strings.Cut(strings.TrimSpace(line), ":")
		switch key {
		case "Pages":
			if p.pages, err = strconv.Atoi(strings.TrimSpace(value)); err != nil {
				return err
			}
		case "Tagged":
			p.tagged = strings.TrimSpace(value)
		}
	}
	return nil
}

func (b *bench) table() {
	var text strings.Builder
	t := tabwriter.NewWriter(&text, 0, 0, 2, ' ', tabwriter.AlignRight)
	fmt.Fprintln(t, "\tcold, ms\t\tof CPU\t\twarm, ms\t\tof CPU\t\tpeak MB\t\tbytes\t\tpages\twords\ttagged\t")
	base := b.peers[1]
	cold0, warm0 := base.colds.middle(), base.warms.middle()
	for _, p := range b.peers {
		if p.missing != "" {
			fmt.Fprintf(t, "%s\tNOT MEASURED: %s\t\t\t\t\t\t\t\t\t\t\t\n", p.name, p.missing)
			continue
		}
		cold, warm := p.colds.middle(), "–\t–\t–\t–"
		if p.warm != nil {
			m := p.warms.middle()
			warm = fmt.Sprintf("%.1f\t%.2f\t%.1f\t%.2f", m.Clock, m.Clock/warm0.Clock, m.CPU, m.CPU/warm0.CPU)
		}
		fmt.Fprintf(t, "%s\t%.1f\t%.2f\t%.1f\t%.2f\t%s\t%.1f\t%.2f\t%d\t%.2f\t%d\t%d\t%s\t\n", p.name,
			cold.Clock, cold.Clock/cold0.Clock, cold.CPU, cold.CPU/cold0.CPU, warm,
			float64(p.peak)/1024, float64(p.peak)/float64(base.peak), p.bytes, float64(p.bytes)/float64(base.bytes),
			p.pages, p.words, p.tagged)
	}
	t.Flush()
	b.say("%s", text.String())
	for _, p := range b.here() {
		if p.version != "" {
			b.say("%s: %s", p.name, p.version)
		}
	}
}

// targets holds the figures against what was promised.
func (b *bench) targets() error {
	ours, base, chromium, typst, recent := b.peers[0], b.peers[1], b.peers[2], b.peers[4], b.peers[5]
	b.say("")
	cold, warm, cold0, warm0 := ours.colds.middle(), ours.warms.middle(), base.colds.middle(), base.warms.middle()
	b.target("cold beside plain gopdf", cold.Clock/cold0.Clock, maxTime, true)
	b.target("cold beside plain gopdf, CPU", cold.CPU/cold0.CPU, maxTime, true)
	b.target("warm beside plain gopdf", warm.Clock/warm0.Clock, maxTime, true)
	b.target("warm beside plain gopdf, CPU", warm.CPU/warm0.CPU, maxTime, true)
	b.target("bytes beside plain gopdf", float64(ours.bytes)/float64(base.bytes), maxBytes, true)
	tagged, err := told[int](exec.Command(b.self, "-bytes", "ours", filepath.Join(b.folder, "all.gob")))
	if err != nil {
		return err
	}
	untagged, err := told[int](exec.Command(b.self, "-bytes", "plain", filepath.Join(b.folder, "all.gob")))
	if err != nil {
		return err
	}
	b.target("bytes of all sheets, one page and complete", float64(tagged)/float64(untagged), maxBytes, true)
	if chromium.missing == "" {
		b.target("times faster than Chromium, cold", chromium.colds.middle().Clock/cold.Clock, minChromium, false)
	}
	if typst.missing == "" {
		b.target("warm beside typst, CPU", warm.CPU/typst.warms.middle().CPU, maxTypst, true)
	}
	if recent.missing == "" {
		b.target("warm beside the later typst, CPU", warm.CPU/recent.warms.middle().CPU, maxTypst, true)
	}
	seen, err := told[previewed](exec.Command(b.self, "-preview", b.many))
	if err != nil {
		return err
	}
	b.target("preview, ms a page at 900 dots", seen.Warm, maxPreview, true)
	b.say("      of %d pages the slowest %.1f ms, the very first %.1f ms, thumbnails %.1f ms", seen.Pages, seen.Worst, seen.Cold, seen.Thumbnail)
	many, err := told[thousandth](exec.Command(b.self, "-thousand", filepath.Join(b.folder, "all.gob")))
	if err != nil {
		return err
	}
	b.target("memory after 1,000 sheets beside 300", float64(many.Resident[9])/float64(many.Resident[2]), maxGrowth, true)
	b.say("      MB after every hundred: %s; %.1f ms a sheet", megabytes(many.Resident), many.Millis)
	b.target("files of one document that differ", float64(many.Digests), 0, true)
	return b.again()
}

// again starts ours twice more: other processes give the same bytes.
func (b *bench) again() error {
	var sums []string
	for range 3 {
		out := b.out(b.peers[0])
		if _, err := timed(b.peers[0].cold(out)); err != nil {
			return err
		}
		data, err := os.ReadFile(out)
		if err != nil {
			return err
		}
		sums = append(sums, fmt.Sprintf("%x", sha256.Sum256(data)))
	}
	b.target("files of other processes that differ", float64(len(slices.Compact(slices.Sorted(slices.Values(sums))))-1), 0, true)
	b.say("      sha256 %s", sums[0])
	return nil
}

func (b *bench) target(what string, have, want float64, atMost bool) {
	verdict, sign := "met   ", "<="
	if !atMost {
		sign = ">="
	}
	if atMost && have > want || !atMost && have < want {
		verdict = "MISSED"
	}
	b.say("%s  %-43s %8.2f  (%s %g)", verdict, what, have, sign, want)
}

func megabytes(kb []int) string {
	var parts []string
	for _, n := range kb {
		parts = append(parts, fmt.Sprintf("%.0f", float64(n)/1024))
	}
	return strings.Join(parts, " ")
}

func cpu() string {
	text, err := os.ReadFile("/proc/cpuinfo")
	if err != nil {
		return runtime.GOARCH
	}
	for line := range strings.Lines(string(text)) {
		if rest, ok := strings.CutPrefix(line, "model name"); ok {
			return strings.TrimSpace(strings.TrimLeft(rest, "\t :"))
		}
	}
	return runtime.GOARCH
}
