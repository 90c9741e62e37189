package gdi

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"

	"golang.org/x/image/font/sfnt"

	"polis/app"
	"polis/app/page"
	"polis/app/printing"
)

// driverMode is what a driver might hand out: A4, a form's name, length and
// width, both sides, and something of its own behind.
func driverMode() devmode {
	d := make(devmode, 220+64)
	binary.LittleEndian.PutUint16(d[68:], 220)
	binary.LittleEndian.PutUint16(d[70:], 64)
	d.set(atOrientation, portrait, hasOrientation)
	d.set(atPaper, 1, hasPaper|hasLength|hasWidth|hasForm)
	d.set(atDuplex, longBound, hasDuplex)
	d.set(atCopies, 5, hasCopies)
	copy(d[220:], "PIN 1234, tray 2")
	return d
}

func TestChosenIsChangedAndNothingElse(t *testing.T) {
	own := driverMode()
	d := slices.Clone(own)
	d.choose(printing.Options{}, 1, false)
	binary.LittleEndian.PutUint16(own[atCopies:], 1)
	if !slices.Equal(d, own) {
		t.Error("with nothing chosen only the copies are ours")
	}
	if !d.duplex() || d.copies() != 1 {
		t.Errorf("duplex %v, %d copies", d.duplex(), d.copies())
	}
	d.choose(printing.Options{Duplex: printing.ShortEdge, Mono: true, Paper: printing.A5}, 3, true)
	for at, want := range map[int]int{
		atOrientation: landscape, atPaper: 11, atCopies: 3, atColour: monochrome, atDuplex: shortBound, atCollate: 1,
	} {
		if got := d.get(at); got != want {
			t.Errorf("at %d is %d, not %d", at, got, want)
		}
	}
	if want := uint32(hasOrientation | hasPaper | hasCopies | hasColour | hasDuplex | hasCollate); d.fields() != want {
		t.Errorf("fields %x, not %x", d.fields(), want)
	}
	if !strings.HasPrefix(string(d[220:]), "PIN 1234, tray 2") {
		t.Error("the driver's own part is changed")
	}
	d.choose(printing.Options{Duplex: printing.OneSide}, 1, false)
	if d.duplex() || d.get(atPaper) != 11 || d.get(atOrientation) != portrait {
		t.Error("one side was asked for")
	}
	if devmode(make([]byte, 40)).ok() || !d.ok() {
		t.Error("half a structure is none")
	}
	if got := make(devmode, 220).copies(); got != 1 {
		t.Errorf("a driver that says nothing makes %d copies", got)
	}
	if got := fmt.Sprint(papersOf([]uint16{1, 11, 9, 260})); got != "[A4 A5]" {
		t.Errorf("papers %s", got)
	}
}

func TestState(t *testing.T) {
	for _, tt := range []struct {
		status, attributes uint32
		state              printing.State
		faults             string
	}{
		{0, 0, printing.Idle, ""},
		{0x400, 0, printing.Printing, ""},
		{0x4000 | 0x20000, 0, printing.Printing, "toner_low "},
		{0x1, 0, printing.Stopped, "paused stops "},
		{0x12, 0, printing.Stopped, "paper_out stops "},
		{0x2, 0, printing.Stopped, "other ERROR stops "},
		{0x400018, 0, printing.Stopped, "jam stops paper_out stops cover_open stops "},
		{0, worksOffline, printing.Stopped, "offline stops "},
		{0x1080, worksOffline, printing.Stopped, "offline stops "},
		{0x100000, 0, printing.Stopped, "held USER_INTERVENTION stops "},
		{0x1000000, 0, printing.Idle, ""}, // saves power
	} {
		state, faults := stateOf(tt.status, tt.attributes)
		if state != tt.state || told(faults) != tt.faults {
			t.Errorf("%#x, %#x: %s %q, not %s %q", tt.status, tt.attributes, state, told(faults), tt.state, tt.faults)
		}
	}
}

func told(faults []printing.Fault) string {
	var b strings.Builder
	for _, f := range faults {
		b.WriteString(string(f.Reason) + " ")
		if f.Detail != "" {
			b.WriteString(f.Detail + " ")
		}
		if f.Stops {
			b.WriteString("stops ")
		}
	}
	return b.String()
}

func TestJob(t *testing.T) {
	for _, tt := range []struct {
		job, printer uint32
		state        printing.JobState
		faults       string
	}{
		{0, 0, printing.JobWaiting, ""},
		{0x8, 0, printing.JobWaiting, ""},
		{0x10, 0x400, printing.JobPrinting, ""},
		{0x18, 0x400, printing.JobPrinting, ""},
		{0x1, 0, printing.JobWaiting, "held stops "},
		{0x11, 0x400, printing.JobWaiting, "held stops "},
		{0x40, 0x10, printing.JobStopped, "paper_out stops "},
		{0x52, 0, printing.JobStopped, "paper_out stops "},
		{0, 0x1, printing.JobStopped, "paused stops "},
		{0x10, 0x8, printing.JobStopped, "jam stops "},
		{0x10, 0x20000, printing.JobPrinting, "toner_low "},
		{0x80, 0x10, printing.JobDone, ""},
		{0x1000, 0, printing.JobDone, ""},
		{0x4, 0x10, printing.JobCancelled, ""},
		{0x180, 0, printing.JobCancelled, ""},
	} {
		state, faults := jobOf(tt.job, tt.printer, 0)
		if state != tt.state || told(faults) != tt.faults {
			t.Errorf("%#x, %#x: %s %q, not %s %q", tt.job, tt.printer, state, told(faults), tt.state, tt.faults)
		}
	}
}

func TestPagesAndCopies(t *testing.T) {
	for _, tt := range []struct {
		ranges []printing.Range
		want   string
	}{
		{nil, "[0 1 2 3]"},
		{[]printing.Range{{From: 2, To: 3}}, "[1 2]"},
		{[]printing.Range{{From: 4, To: 9}, {From: 1, To: 1}, {From: 1, To: 2}}, "[0 1 3]"},
		{[]printing.Range{{From: 0, To: 1}}, "[0]"},
		{[]printing.Range{{From: 5, To: 7}}, "[]"},
		{[]printing.Range{{From: 3, To: 2}}, "[]"},
		{[]printing.Range{}, "[]"},
	} {
		if got := fmt.Sprint(cut(4, tt.ranges)); got != tt.want {
			t.Errorf("%v: %s, not %s", tt.ranges, got, tt.want)
		}
	}
	for _, tt := range []struct {
		pages, copies int
		duplex        bool
		want          string
	}{
		{3, 1, true, "[0 1 2]"},
		{3, 2, false, "[0 1 2 0 1 2]"},
		{3, 2, true, "[0 1 2 -1 0 1 2]"},
		{2, 3, true, "[0 1 0 1 0 1]"},
		{1, 2, true, "[0 -1 0]"},
	} {
		if got := fmt.Sprint(repeat(cut(tt.pages, nil), tt.copies, tt.duplex)); got != tt.want {
			t.Errorf("%+v: %s", tt, got)
		}
	}
	for _, tt := range []struct {
		pages, copies, most int
		collates, want      bool
	}{
		{3, 2, 99, true, true},
		{3, 2, 99, false, false},
		{1, 2, 99, false, true},
		{3, 2, 1, true, false},
		{3, 2, -1, true, false},
		{3, 1, 1, false, true},
	} {
		if got := byDriver(tt.pages, tt.copies, tt.most, tt.collates); got != tt.want {
			t.Errorf("%+v: %v", tt, got)
		}
	}
}

// fake is a press that fails at a step.
type fake struct {
	fail  string
	steps []string
	then  func(step string)
}

var errStep = errors.New("no more paper")

func (f *fake) step(s string) error {
	f.steps = append(f.steps, s)
	if f.then != nil {
		f.then(s)
	}
	if f.fail == s {
		return errStep
	}
	return nil
}
func (f *fake) start(string) (uint32, error) { return 7, f.step("start") }
func (f *fake) begin() error                 { return f.step("begin") }
func (f *fake) draw(n int) error             { return f.step(fmt.Sprint("draw", n)) }
func (f *fake) end() error                   { return f.step("end") }
func (f *fake) finish() error                { return f.step("finish") }
func (f *fake) abort()                       { _ = f.step("abort") }

func TestRun(t *testing.T) {
	order := []int{0, blank, 2}
	const all = "start begin draw0 end begin end begin draw2 end finish"
	f := &fake{}
	if job, err := run(t.Context(), f, "x", order); job != 7 || err != nil || strings.Join(f.steps, " ") != all {
		t.Errorf("job %d, %v, %v", job, err, f.steps)
	}
	for fail, want := range map[string]string{
		"start":  "start",
		"begin":  "start begin abort",
		"draw2":  "start begin draw0 end begin end begin draw2 abort",
		"end":    "start begin draw0 end abort",
		"finish": all + " abort",
	} {
		f := &fake{fail: fail}
		if _, err := run(t.Context(), f, "x", order); !errors.Is(err, errStep) || strings.Join(f.steps, " ") != want {
			t.Errorf("%s fails: %v, %v", fail, err, f.steps)
		}
	}
	ctx, cancel := context.WithCancel(t.Context())
	f = &fake{then: func(s string) {
		if s == "draw0" {
			cancel()
		}
	}}
	if _, err := run(ctx, f, "x", order); !errors.Is(err, context.Canceled) || strings.Join(f.steps, " ") != "start begin draw0 end abort" {
		t.Errorf("%v, %v", err, f.steps)
	}
	f = &fake{}
	if _, err := run(ctx, f, "x", order); !errors.Is(err, context.Canceled) || f.steps != nil {
		t.Errorf("%v, %v", err, f.steps)
	}
	ctx, cancel = context.WithCancel(t.Context())
	f = &fake{then: func(s string) {
		if s == "draw2" {
			cancel()
		}
	}}
	if _, err := run(ctx, f, "x", order); !errors.Is(err, context.Canceled) || f.steps[len(f.steps)-1] != "abort" {
		t.Errorf("the last page was drawn and it was taken back: %v, %v", err, f.steps)
	}
}

func TestTitle(t *testing.T) {
	if got := titleOf("Carta\x00d’identità\n"); got != "Carta d’identità " {
		t.Errorf("%q", got)
	}
	if got := []rune(titleOf(strings.Repeat("è", 300))); len(got) != 120 || got[119] != '…' {
		t.Errorf("%d runes", len(got))
	}
}

func TestRefusal(t *testing.T) {
	for number, want := range map[syscall.Errno]app.Code{
		errName: app.CodePrinterGone, errDeleted: app.CodePrinterGone, errNotFound: app.CodePrinterGone,
		errState: app.CodePrinterStopped, errNoServer: app.CodePrintSystem, errDisabled: app.CodePrintSystem, 5: app.CodePrinterRefused,
	} {
		err := refusal("printing", "Sportello", fmt.Errorf("EndPage: %w", number))
		if app.ErrorCode(err) != want || !errors.Is(err, number) {
			t.Errorf("%d: %v", number, err)
		}
		if p := app.ErrorParams(err); want != app.CodePrintSystem && p["printer"] != "Sportello" || want == app.CodePrinterRefused && p["detail"] == "" {
			t.Errorf("%d: params %v", number, p)
		}
	}
	if err := refusal("printing", "x", errCancelled); !errors.Is(err, context.Canceled) {
		t.Error(err)
	}
	if err := refusal("printing", "x", context.DeadlineExceeded); !errors.Is(err, context.DeadlineExceeded) || app.ErrorParams(err) != nil {
		t.Error(err)
	}
	known := app.Fault(app.CodePrint, nil, "code", "y")
	if err := refusal("printing", "x", known); !errors.Is(err, known) || app.ErrorCode(err) != app.CodePrint {
		t.Error(err)
	}
	if err := refusal("printing", "x", nil); err != nil {
		t.Error(err)
	}
	if err := spoilt("y", 1, errStep); app.ErrorCode(err) != app.CodePrint || app.ErrorParams(err)["code"] != "y" {
		t.Error(err)
	}
	if err := spoilt("y", 1, syscall.Errno(5)); app.ErrorCode(refusal("printing", "x", err)) != app.CodePrinterRefused {
		t.Error(err)
	}
}

// sheetOf is a paper of w x h points at 600 dots with margins in points.
func sheetOf(w, h, margin float64) paper {
	const d = 600.0 / 72
	return paper{perInchX: 600, perInchY: 600, w: math.Round(w * d), h: math.Round(h * d), left: margin * d, top: margin * d, areaW: (w - 2*margin) * d, areaH: (h - 2*margin) * d}
}

func TestPlace(t *testing.T) {
	const w, h, d = 595.28, 841.89, 600.0 / 72
	text := rect{40, 36, w - 40, h - 30}
	near := func(a, b float64) bool { return math.Abs(a-b) < 2 }
	// its own paper: true to size, whatever cannot be printed
	p := place(sheetOf(595, 842, 12), w, h, text)
	if p.sx != d || p.sy != d || !near(p.dx, -12*d) || !near(p.dy, -12*d) {
		t.Errorf("A4: %+v", p)
	}
	// margins that would cut the last line: moved up, not smaller
	p = place(sheetOf(595, 842, 32), w, h, text)
	if p.sy != d || p.y(h-30) > int32(math.Round((842-64)*d))+1 || p.x(40) < 0 {
		t.Errorf("wide margins: %+v", p)
	}
	// another paper: smaller, in the middle, all of it there
	for _, s := range []paper{sheetOf(420, 595, 14), sheetOf(612, 792, 18), sheetOf(842, 1191, 12), sheetOf(595, 842, 120), sheetOf(300, 1000, 5)} {
		p := place(s, w, h, text)
		if p.sx != p.sy || p.x(text.x1) < 0 || p.y(text.y1) < 0 || float64(p.x(text.x2)) > s.areaW+1 || float64(p.y(text.y2)) > s.areaH+1 {
			t.Errorf("%+v: %+v", s, p)
		}
		if float64(p.x(text.x2)-p.x(text.x1)) < 0.85*s.areaW && float64(p.y(text.y2)-p.y(text.y1)) < 0.85*s.areaH {
			t.Errorf("%+v: %+v is too small", s, p)
		}
	}
	// dots that are not square
	s := sheetOf(595, 842, 0)
	s.perInchX, s.w, s.areaW = 1200, 2*s.w, 2*s.areaW
	if p := place(s, w, h, text); p.sx != 2*p.sy {
		t.Errorf("%+v", p)
	}
}

func TestInk(t *testing.T) {
	list := &page.DisplayList{Width: 595, Height: 842, Pages: []page.Page{
		{Marks: []page.Mark{page.Box{W: 595, H: 842, Filled: true}, page.Run{X: 50, Y: 60, Width: 100, Size: 10}}},
		{Marks: []page.Mark{page.Code{X: 400, Y: 700, Size: 80}, page.Picture{X: 45, Y: 100, W: 5, H: 5}}},
	}}
	if got := ink(list); got != (rect{45, 52, 480, 780}) {
		t.Errorf("%+v", got)
	}
	if got := ink(&page.DisplayList{Width: 595, Height: 842}); got != (rect{0, 0, 595, 842}) {
		t.Errorf("%+v", got)
	}
}

// The modules of a code touch, and none is lost, at any size of dots.
func TestModules(t *testing.T) {
	c := page.Code{X: 440.3, Y: 100.7, Size: 74.4, Modules: make([][]bool, 33)}
	for y := range c.Modules {
		c.Modules[y] = make([]bool, 33)
		for x := range c.Modules[y] {
			c.Modules[y][x] = (x*7+y*3)%5 < 2 || x == y
		}
	}
	for _, scale := range []float64{96.0 / 72, 203.0 / 72, 300.0 / 72, 600.0 / 72, 0.707 * 600 / 72} {
		p := placing{scale, scale, -31, -17}
		painted := map[[2]int32]int{}
		for _, a := range p.modules(c) {
			for y := a.y; y < a.y+a.h; y++ {
				for x := a.x; x < a.x+a.w; x++ {
					painted[[2]int32{x, y}]++
				}
			}
		}
		side := c.Size / 33
		for y := range 33 {
			for x := range 33 {
				at := [2]int32{p.x(c.X + (float64(x)+0.5)*side), p.y(c.Y + (float64(y)+0.5)*side)}
				if n := painted[at]; n > 1 || (n == 1) != c.Modules[y][x] {
					t.Fatalf("scale %.2f: module %d, %d is painted %d times", scale, x, y, n)
				}
			}
		}
	}
}

// even are metrics of a font that is as wide everywhere.
type even struct{}

func (even) Advance(page.Face, rune) int { return 333 }
func (even) Kern(_ page.Face, l, r rune) int {
	if l == 'A' && r == 'V' {
		return -100
	}
	return 0
}

func fontFiles(tb testing.TB) page.Fonts {
	tb.Helper()
	return page.LoadFonts(func(name string) []byte {
		data, err := os.ReadFile(filepath.Join("..", "..", "..", "assets", "fonts", name+".ttf"))
		if err != nil {
			tb.Fatal(err)
		}
		return data
	})
}

func TestSet(t *testing.T) {
	files := fontFiles(t)
	s := setter{metrics: even{}}
	p := placing{600.0 / 72, 600.0 / 72, -100, -100}
	r := page.Run{X: 50, Y: 100, Face: page.Sans, Size: 10, Text: strings.Repeat("AV", 200)}
	got, err := s.set(r, p, files)
	if err != nil {
		t.Fatal(err)
	}
	if len(got.glyphs) != 400 || len(got.moves) != 400 || got.x != p.x(50) || got.y != p.y(100) {
		t.Fatalf("%d glyphs, %d moves, at %d, %d", len(got.glyphs), len(got.moves), got.x, got.y)
	}
	total := int32(0)
	for _, m := range got.moves {
		total += m
	}
	// rounding does not add up
	if want := p.x(50+10*(400*0.333-200*0.1)) - got.x; total != want {
		t.Errorf("the line is %d dots wide, not %d", total, want)
	}
	if got.moves[0] >= got.moves[1] {
		t.Error("it is not kerned")
	}
	font, err := sfnt.Parse(files[page.Sans])
	if err != nil {
		t.Fatal(err)
	}
	var b sfnt.Buffer
	if want, err := font.GlyphIndex(&b, 'V'); err != nil || got.glyphs[1] != uint16(want) {
		t.Errorf("V is glyph %d, not %d", got.glyphs[1], want)
	}
	if got, err := s.set(page.Run{Text: "a😀b"}, p, files); err != nil || len(got.glyphs) != 3 || got.glyphs[1] != 0 {
		t.Errorf("a sign of two units: %+v, %v", got, err)
	}
	if got, err := s.set(page.Run{}, p, files); err != nil || len(got.glyphs)+len(got.moves) != 0 {
		t.Errorf("nothing: %+v, %v", got, err)
	}
	if _, err := s.set(page.Run{Face: page.FaceCount, Text: "a"}, p, files); err == nil {
		t.Error("a face that is none")
	}
	if _, err := s.set(page.Run{Text: "a", Face: page.Mono}, p, page.Fonts{}); err == nil {
		t.Error("a font that is none")
	}
}

func TestRename(t *testing.T) {
	families := map[string]bool{}
	for f, data := range fontFiles(t) {
		family := familyOf(page.Face(f))
		if families[family] || len(family) > 31 {
			t.Errorf("%q is no name for GDI", family)
		}
		families[family] = true
		before := slices.Clone(data)
		got, err := rename(data, family)
		if err != nil {
			t.Fatal(err)
		}
		if !slices.Equal(before, data) {
			t.Fatal("the font that all share was changed")
		}
		if total := sum(got); total != 0xB1B0AFBA {
			t.Errorf("%s: the sum is %x", family, total)
		}
		font, err := sfnt.Parse(got)
		if err != nil {
			t.Fatal(err)
		}
		var b sfnt.Buffer
		for id, want := range map[sfnt.NameID]string{
			sfnt.NameIDFamily: family, sfnt.NameIDFull: family, sfnt.NameIDSubfamily: "Regular",
			sfnt.NameIDPostScript: strings.ReplaceAll(family, " ", "-"),
		} {
			if name, err := font.Name(&b, id); err != nil || name != want {
				t.Errorf("%s: name %d is %q, %v", family, id, name, err)
			}
		}
		old, err := sfnt.Parse(data)
		if err != nil {
			t.Fatal(err)
		}
		for _, sign := range "AgÈ€ " {
			was, _ := old.GlyphIndex(&b, sign)
			is, err := font.GlyphIndex(&b, sign)
			if err != nil || was != is || is == 0 {
				t.Errorf("%s: %c is glyph %d, was %d", family, sign, is, was)
			}
		}
	}
	for _, broken := range [][]byte{nil, []byte("no font"), make([]byte, 12), fontFiles(t)[0][:3000]} {
		if _, err := rename(broken, "x"); err == nil {
			t.Error("half a font is none")
		}
	}
}

func TestStrokes(t *testing.T) {
	p := placing{4, 4, 0, 0}
	if p.wide(0.5) != 2 || p.wide(0.01) != 1 || p.high(10.1) != 40 || p.high(0) != 1 {
		t.Errorf("%d, %d, %d, %d dots", p.wide(0.5), p.wide(0.01), p.high(10.1), p.high(0))
	}
}

func TestInkOf(t *testing.T) {
	if got := inkOf(0x123456, false); got != 0x563412 {
		t.Errorf("%06x", got)
	}
	if got := inkOf(0xFFFFFF, true); got != 0xFFFFFF {
		t.Errorf("%06x", got)
	}
	if got := inkOf(0x3366CC, true); got&0xFF != got>>16 || got&0xFF != got>>8&0xFF || got == 0 {
		t.Errorf("%06x", got)
	}
}
