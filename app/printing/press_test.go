package printing_test

import (
	"context"
	"errors"
	"math"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"pgregory.net/rapid"

	"polis/app"
	"polis/app/printing"
)

// settings keep in memory.
type settings struct {
	mu sync.Mutex
	m  map[string]string
}

func (s *settings) Setting(_ context.Context, key string) (string, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.m[key], nil
}

func (s *settings) SetSetting(_ context.Context, key, value string) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.m == nil {
		s.m = map[string]string{}
	}
	s.m[key] = value
	return nil
}

// answer is what the printers say of a job, once.
type answer struct {
	st  printing.JobStatus
	err error
}

// printers are there, take what they are given and answer in turn.
type printers struct {
	all     []printing.Printer
	err     error
	got     []printing.Options
	answers []answer
	end     func() // when nothing is left to answer
}

func (p *printers) List(context.Context) ([]printing.Printer, error) {
	return slices.Clone(p.all), p.err
}

func (p *printers) Print(_ context.Context, printer string, w printing.Work, o printing.Options) (printing.Job, error) {
	p.got = append(p.got, o)
	return printing.Job{ID: "1", Printer: printer, Title: w.Title}, p.err
}

func (p *printers) Status(context.Context, printing.Job) (printing.JobStatus, error) {
	if len(p.answers) == 1 && p.end != nil {
		p.end()
	}
	a := p.answers[0]
	if len(p.answers) > 1 {
		p.answers = p.answers[1:]
	}
	return a.st, a.err
}

func (p *printers) Cancel(context.Context, printing.Job) error { return p.err }

func press(t testing.TB, p *printers) *printing.Press {
	t.Helper()
	made, err := printing.New(printing.Params{Printers: p, Settings: &settings{}, Every: time.Microsecond})
	if err != nil {
		t.Fatal(err)
	}
	return made
}

func TestNewWantsAll(t *testing.T) {
	for _, p := range []printing.Params{{}, {Printers: &printers{}}, {Settings: &settings{}}} {
		if _, err := printing.New(p); app.ErrorCode(err) != app.CodeInternal {
			t.Errorf("%+v: %v", p, err)
		}
	}
}

func TestWhichPrinter(t *testing.T) {
	one := []printing.Printer{{ID: "a", Name: "Sala A"}}
	two := []printing.Printer{{ID: "b", Name: "Sala B", Default: true}, {ID: "a", Name: "Sala A"}}
	none := []printing.Printer{{ID: "c"}, {ID: "d"}}
	for name, k := range map[string]struct {
		remembered string
		all        []printing.Printer
		use, gone  string
	}{
		"the only one":         {"", one, "a", ""},
		"the default":          {"", two, "b", ""},
		"the remembered one":   {"a", two, "a", ""},
		"no default":           {"", none, "", ""},
		"gone, another":        {"x", two, "b", "x"},
		"gone, none to choose": {"x", none, "", "x"},
		"gone, none at all":    {"x", nil, "", "x"},
		"no printers":          {"", nil, "", ""},
	} {
		p := press(t, &printers{all: k.all})
		if k.remembered != "" {
			if err := p.Remember(t.Context(), printing.Choice{Printer: k.remembered, Options: printing.Options{Mono: true}}); err != nil {
				t.Fatal(err)
			}
		}
		all, use, gone, err := p.Printers(t.Context())
		if err != nil || len(all) != len(k.all) || use.Printer != k.use || gone != k.gone {
			t.Errorf("%s: use %q, gone %q, %v", name, use.Printer, gone, err)
		}
		if want := k.remembered == k.use && k.use != ""; use.Options.Mono != want {
			t.Errorf("%s: options of another printer: %+v", name, use)
		}
	}
	failing := press(t, &printers{err: app.Fault(app.CodePrintSystem, nil)})
	if _, _, _, err := failing.Printers(t.Context()); app.ErrorCode(err) != app.CodePrintSystem {
		t.Errorf("%v", err)
	}
}

func TestRemember(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		kept := &settings{}
		p, err := printing.New(printing.Params{Printers: &printers{}, Settings: kept})
		if err != nil {
			rt.Fatal(err)
		}
		c := printing.Choice{Printer: rapid.StringMatching(`[a-zè/ ]*`).Draw(rt, "printer"), Options: printing.Options{
			Copies: rapid.IntRange(0, 9).Draw(rt, "copies"), Mono: rapid.Bool().Draw(rt, "mono"),
			Duplex: rapid.SampledFrom([]printing.Duplex{"", printing.OneSide, printing.LongEdge, printing.ShortEdge}).Draw(rt, "sides"),
			Paper:  rapid.SampledFrom([]printing.Paper{"", printing.A3, printing.A4, printing.A5}).Draw(rt, "paper"),
			Ranges: []printing.Range{{From: 1, To: 2}},
		}}
		if err := p.Remember(context.Background(), c); err != nil {
			rt.Fatal(err)
		}
		again, err := printing.New(printing.Params{Printers: &printers{}, Settings: kept}) // the next start
		if err != nil {
			rt.Fatal(err)
		}
		got, err := again.Remembered(context.Background())
		o := got.Options
		if err != nil || got.Printer != c.Printer || o.Copies != 0 || o.Ranges != nil || o.Mono != c.Options.Mono || o.Duplex != c.Options.Duplex || o.Paper != c.Options.Paper {
			rt.Fatalf("%+v became %+v, %v", c, got, err)
		}
	})
	kept := &settings{m: map[string]string{"printing.choice": "{half"}}
	p, err := printing.New(printing.Params{Printers: &printers{}, Settings: kept})
	if err != nil {
		t.Fatal(err)
	}
	if c, err := p.Remembered(t.Context()); err != nil || c.Printer != "" {
		t.Errorf("what another version wrote: %+v %v", c, err)
	}
}

func TestPrintMends(t *testing.T) {
	ps := &printers{all: []printing.Printer{{ID: "a", Name: "Sala A"}}}
	p := press(t, ps)
	if _, err := p.Print(t.Context(), "", printing.Work{}, printing.Options{}); app.ErrorCode(err) != app.CodeNoPrinter {
		t.Errorf("%v", err)
	}
	for copies, want := range map[int]int{-1: 1, 0: 1, 1: 1, 7: 7, 100: printing.MostCopies} {
		j, err := p.Print(t.Context(), "a", printing.Work{Title: "T"}, printing.Options{Copies: copies, Ranges: []printing.Range{{From: 9, To: 7}, {From: 0, To: 2}, {From: 3, To: 3}}})
		o := ps.got[len(ps.got)-1]
		if err != nil || j.Printer != "a" || o.Copies != want || !slices.Equal(o.Ranges, []printing.Range{{From: 1, To: 3}, {From: 7, To: 9}}) {
			t.Errorf("%d copies: %+v %+v %v", copies, j, o, err)
		}
	}
	// An error tells the name that people know.
	if _, _, _, err := p.Printers(t.Context()); err != nil {
		t.Fatal(err)
	}
	ps.err = app.Fault(app.CodePrinterRefused, nil, "printer", "a", "detail", "x")
	_, err := p.Print(t.Context(), "a", printing.Work{}, printing.Options{})
	for _, err := range []error{err, p.Cancel(t.Context(), printing.Job{})} {
		if app.ErrorCode(err) != app.CodePrinterRefused || app.ErrorParams(err)["printer"] != "Sala A" || app.ErrorParams(err)["detail"] != "x" {
			t.Errorf("%v", err)
		}
	}
}

func TestWatchTellsChanges(t *testing.T) {
	st := func(s printing.JobState, pages int, faults ...printing.Fault) answer {
		return answer{st: printing.JobStatus{State: s, Pages: pages, Faults: faults}}
	}
	out := printing.Fault{Reason: printing.FaultPaperOut, Stops: true}
	gone := answer{err: app.Fault(app.CodePrinterGone, nil, "printer", "a")}
	p := press(t, &printers{answers: []answer{
		st(printing.JobWaiting, 0), st(printing.JobWaiting, 0), gone, gone, st(printing.JobPrinting, 0), st(printing.JobPrinting, 1),
		st(printing.JobStopped, 1, out), st(printing.JobStopped, 1, out), st(printing.JobPrinting, 1), st(printing.JobDone, 2),
	}})
	var told []string
	last, err := p.Watch(t.Context(), printing.Job{}, func(s printing.JobStatus) { told = append(told, string(s.State)) })
	if got := strings.Join(told, " "); err != nil || last.Pages != 2 || got != "waiting printing printing stopped printing done" {
		t.Errorf("told %q, last %+v, %v", got, last, err)
	}

	p = press(t, &printers{answers: []answer{st(printing.JobPrinting, 1), gone, gone, gone}})
	if last, err := p.Watch(t.Context(), printing.Job{}, func(printing.JobStatus) {}); app.ErrorCode(err) != app.CodePrinterGone || last.State != printing.JobPrinting {
		t.Errorf("%+v %v", last, err)
	}

	ctx, cancel := context.WithCancel(t.Context())
	p = press(t, &printers{answers: []answer{st(printing.JobPrinting, 1)}, end: cancel})
	if _, err := p.Watch(ctx, printing.Job{}, func(printing.JobStatus) {}); !errors.Is(err, context.Canceled) {
		t.Errorf("%v", err)
	}
}

func TestParseRanges(t *testing.T) {
	for _, k := range []struct {
		text  string
		pages int
		want  []printing.Range // nil = all
		good  bool
	}{
		{"", 9, nil, true},
		{"  ", 9, nil, true},
		{"1-3, 5", 9, []printing.Range{{1, 3}, {5, 5}}, true},
		{"5;1 – 3", 9, []printing.Range{{1, 3}, {5, 5}}, true},
		{"2-4,3-6,7", 9, []printing.Range{{2, 7}}, true},
		{"4-", 9, []printing.Range{{4, 9}}, true},
		{"-2", 9, []printing.Range{{1, 2}}, true},
		{"4-", 0, []printing.Range{{4, math.MaxInt32}}, true},
		{"10", 9, nil, false},
		{"8-10", 9, nil, false},
		{"3-2", 9, nil, false},
		{"0", 9, nil, false},
		{"-", 9, nil, false},
		{",", 9, nil, false},
		{"uno", 9, nil, false},
		{"1-2-3", 9, nil, false},
		{"99999999999999999999", 0, nil, false},
	} {
		got, err := printing.ParseRanges(k.text, k.pages)
		if !slices.Equal(got, k.want) || (err == nil) != k.good || err != nil && app.ErrorCode(err) != app.CodeInvalid {
			t.Errorf("%q of %d: %v %v", k.text, k.pages, got, err)
		}
	}
}

// Ranges are in order, apart from each other and hold the same pages.
func TestRangesKeepTheirPages(t *testing.T) {
	ps := &printers{}
	p := press(t, ps)
	rapid.Check(t, func(rt *rapid.T) {
		in := rapid.SliceOfN(rapid.Custom(func(t *rapid.T) printing.Range {
			return printing.Range{From: rapid.IntRange(1, 30).Draw(t, "from"), To: rapid.IntRange(1, 30).Draw(t, "to")}
		}), 0, 8).Draw(rt, "ranges")
		if _, err := p.Print(context.Background(), "a", printing.Work{}, printing.Options{Ranges: slices.Clone(in)}); err != nil {
			rt.Fatal(err)
		}
		out := ps.got[len(ps.got)-1].Ranges
		holds := func(all []printing.Range, n int) bool {
			return slices.ContainsFunc(all, func(r printing.Range) bool { return min(r.From, r.To) <= n && n <= max(r.From, r.To) })
		}
		for n := range 32 {
			if holds(in, n) != holds(out, n) {
				rt.Fatalf("%v became %v", in, out)
			}
		}
		for i, r := range out {
			if r.From > r.To || i > 0 && r.From <= out[i-1].To+1 {
				rt.Fatalf("%v became %v", in, out)
			}
		}
	})
}

func TestAddress(t *testing.T) {
	for typed, want := range map[string]string{
		"10.0.0.9": "ipp://10.0.0.9/ipp/print", " stampante.example ": "ipp://stampante.example/ipp/print", "ipps://p.example": "ipps://p.example/ipp/print",
		"ipp://p.example:8631/printers/a%20b": "ipp://p.example:8631/printers/a%20b", "ipp://[fe80::1]:631/": "ipp://[fe80::1]:631/ipp/print",
		"": "", "http://p.example": "", "ipp://": "", "ipp://anna:segreto@p.example": "", "file:///etc/passwd": "", "ipp://p.example/?a=b": "", "ipp://%zz": "",
	} {
		got, err := printing.Address(typed)
		if got != want || (app.ErrorCode(err) == app.CodeInvalid) != (want == "") {
			t.Errorf("%q: %q %v", typed, got, err)
		}
	}
}

func TestTypedPrinters(t *testing.T) {
	kept := &settings{}
	p, err := printing.New(printing.Params{Printers: &printers{}, Settings: kept})
	if err != nil {
		t.Fatal(err)
	}
	known := func() []string {
		t.Helper()
		all, err := printing.Addresses(t.Context(), kept)
		if err != nil {
			t.Fatal(err)
		}
		return all
	}
	for _, typed := range []string{"10.0.0.9", "ipp://10.0.0.9/ipp/print", "ipps://p.example"} {
		if _, err := p.Add(t.Context(), typed); err != nil {
			t.Fatal(err)
		}
	}
	if got := known(); !slices.Equal(got, []string{"ipp://10.0.0.9/ipp/print", "ipps://p.example/ipp/print"}) {
		t.Errorf("%q", got)
	}
	if _, err := p.Add(t.Context(), "http://x"); app.ErrorCode(err) != app.CodeInvalid {
		t.Errorf("%v", err)
	}
	for range 2 {
		if err := p.Forget(t.Context(), "ipp://10.0.0.9/ipp/print"); err != nil {
			t.Fatal(err)
		}
	}
	if got := known(); !slices.Equal(got, []string{"ipps://p.example/ipp/print"}) {
		t.Errorf("%q", got)
	}
}
