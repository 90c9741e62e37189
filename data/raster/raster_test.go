package raster

import (
	"bytes"
	"image"
	"image/color"
	"image/draw"
	"image/jpeg"
	"image/png"
	"math"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"rsc.io/qr"

	"polis/app"
	"polis/app/page"
	"polis/data/layout"
	"polis/data/pdf"
)

const address = "https://schede.example/schede/c_zzz1-0001"

func testFonts(tb testing.TB) page.Fonts {
	tb.Helper()
	return page.LoadFonts(func(name string) []byte {
		data, err := os.ReadFile(filepath.Join("..", "..", "assets", "fonts", name+".ttf"))
		if err != nil {
			tb.Fatal(err)
		}
		return data
	})
}

func testEngine(tb testing.TB) *layout.Engine {
	tb.Helper()
	e, err := layout.New(testFonts(tb))
	if err != nil {
		tb.Fatal(err)
	}
	return e
}

func testDrawer(tb testing.TB) *Drawer {
	tb.Helper()
	d, err := New(testFonts(tb), testEngine(tb))
	if err != nil {
		tb.Fatal(err)
	}
	return d
}

// testSheet is a laid out sheet of several pages, with everything on it that
// sheets have.
func testSheet(tb testing.TB) *page.DisplayList {
	tb.Helper()
	e := testEngine(tb)
	sheet := app.Sheet{
		Code: "c_zzz1-0001", Title: "Carta d’identità (CIE)", Summary: "Perché serve: così è. AVATAR Tavola Voto.", Language: "it",
		Sections: map[string]string{
			"how_to":       "1. **Prenoti** su [agenda](https://agenda.example/a) o allo *sportello*.\n2. Paghi 22,21 €.",
			"requirements": "- Житель міста\n- fine\n\n|A|B|\n|---|---|\n|uno|due|",
			"notes":        strings.Repeat("Una riga di testo che riempie il foglio, con parole di varia lunghezza. ", 200),
		},
	}
	list, err := e.Layout(page.Sheet(page.SheetInput{
		Reading: app.Reading{Sheet: sheet, Shown: "it"}, Authority: app.Authority{Name: "Comune di Borgo"},
		PrintedBy: "URP", PrintedOn: time.Date(2026, 11, 23, 9, 0, 0, 0, time.UTC), PublicURL: address, Lang: "it",
		Words: func(key string, _ ...string) string { return key }, Complete: true,
	}))
	if err != nil {
		tb.Fatal(err)
	}
	return &list
}

// testCode is the code of an address as it stands on paper, at a size in
// points.
func testCode(tb testing.TB, text string, size float64) page.Code {
	tb.Helper()
	made, err := qr.Encode(text, qr.M)
	if err != nil {
		tb.Fatal(err)
	}
	c := page.Code{X: 460, Y: 90, Size: size, Modules: make([][]bool, made.Size)}
	for y := range c.Modules {
		c.Modules[y] = make([]bool, made.Size)
		for x := range c.Modules[y] {
			c.Modules[y][x] = made.Black(x, y)
		}
	}
	return c
}

// one is a page of A4 with some marks.
func one(marks ...page.Mark) *page.DisplayList {
	return &page.DisplayList{Code: "prova", Width: 595.28, Height: 841.89, Pages: []page.Page{{Marks: marks}}}
}

// small is a slip of paper, quickly drawn.
func small(marks ...page.Mark) *page.DisplayList {
	list := one(marks...)
	list.Width, list.Height = 80, 60
	return list
}

func draws(tb testing.TB, d *Drawer, list *page.DisplayList, n, width int) *image.RGBA {
	tb.Helper()
	m, err := d.Page(list, n, width)
	if err != nil {
		tb.Fatal(err)
	}
	return m
}

// tool runs a program, or skips loudly when this machine lacks it.
func tool(tb testing.TB, name string, args ...string) string {
	tb.Helper()
	if _, err := exec.LookPath(name); err != nil {
		tb.Skipf("NOT TESTED, %s is not installed (apt install poppler-utils zbar-tools)", name)
	}
	out, err := exec.Command(name, args...).Output()
	if err != nil {
		tb.Fatalf("%s: %v\n%s", name, err, out)
	}
	return string(out)
}

func scanned(t *testing.T, m image.Image) string {
	t.Helper()
	return strings.TrimSpace(tool(t, "zbarimg", "-q", "--raw", saved(t, m)))
}

func saved(tb testing.TB, m image.Image) string {
	tb.Helper()
	var b bytes.Buffer
	if err := (&png.Encoder{CompressionLevel: png.BestSpeed}).Encode(&b, m); err != nil {
		tb.Fatal(err)
	}
	path := filepath.Join(tb.TempDir(), "pagina.png")
	if err := os.WriteFile(path, b.Bytes(), 0o600); err != nil {
		tb.Fatal(err)
	}
	return path
}

// dark is how much ink lies in a rectangle, in dots of full black.
func dark(m *image.RGBA, r image.Rectangle) float64 {
	sum := 0.0
	r = r.Intersect(m.Rect)
	white := bytes.Repeat([]byte{0xFF}, 4*r.Dx())
	for y := r.Min.Y; y < r.Max.Y; y++ {
		row := m.Pix[m.PixOffset(r.Min.X, y):][:4*r.Dx()]
		if bytes.Equal(row, white) {
			continue
		}
		for i := 0; i < len(row); i += 4 {
			sum += 1 - (float64(row[i])+float64(row[i+1])+float64(row[i+2]))/3/255
		}
	}
	return sum
}

func TestPageSize(t *testing.T) {
	d := testDrawer(t)
	for _, width := range []int{1, 90, 900, 2480} {
		m := draws(t, d, one(), 0, width)
		want := max(int(math.Round(float64(width)*841.89/595.28)), 1)
		if m.Rect != image.Rect(0, 0, width, want) {
			t.Errorf("%v, wanted %d x %d", m.Rect, width, want)
		}
		if dark(m, m.Rect) != 0 {
			t.Error("an empty page is not white")
		}
	}
}

// maxDifference is the mean of 255 that a page of text may differ from
// poppler's. 0.4 was measured on full pages: edges of shapes lie on other dots,
// some signs in the next quarter of theirs. Text an eighth of a dot beside its
// place makes it 3.
const maxDifference = 1.0

// asPoppler moves text as poppler does: it cuts places off to whole dots and
// quarters where ours are rounded.
func asPoppler(list *page.DisplayList, width int) *page.DisplayList {
	moved := *list
	moved.Pages = nil
	dot := list.Width / float64(width)
	for _, p := range list.Pages {
		var marks []page.Mark
		for _, m := range p.Marks {
			if r, ok := m.(page.Run); ok {
				r.X, r.Y = r.X-dot/8, r.Y-dot/2
				m = r
			}
			marks = append(marks, m)
		}
		moved.Pages = append(moved.Pages, page.Page{Marks: marks})
	}
	return &moved
}

// TestAsThePDF holds every page against what poppler makes of the PDF of the
// same list.
func TestAsThePDF(t *testing.T) {
	list := testSheet(t)
	list.Pages = append(list.Pages, page.Page{Marks: []page.Mark{
		page.Box{X: 60, Y: 60, W: 200, H: 80, Filled: true, Fill: 0xDDE6F2, Border: 1, Outline: 0x0B5CAD},
		page.Line{X1: 60, Y1: 200, X2: 500, Y2: 200, Width: 0.5, Colour: 0x445566},
		page.Line{X1: 60, Y1: 220, X2: 500, Y2: 320, Width: 3, Colour: 0x445566},
		page.Path{Points: []page.Point{{X: 60, Y: 520}, {X: 120, Y: 540}, {X: 160, Y: 500}, {X: 160, Y: 600}, {X: 60, Y: 600}}, Filled: true, Fill: 0xCCDDEE, Closed: true},
		page.Path{Points: []page.Point{{X: 200, Y: 600}, {X: 260, Y: 520}, {X: 300, Y: 590}, {X: 360, Y: 500}}, Width: 2.5, Colour: 0x0B5CAD},
		page.Path{Points: []page.Point{{X: 400, Y: 600}, {X: 460, Y: 500}, {X: 520, Y: 600}}, Filled: true, Fill: 0xFFEECC, Closed: true, Width: 4, Colour: 0x7A1F3D},
		page.Run{X: 60, Y: 700, Face: page.SerifItalic, Size: 30, Text: "AVATAR Tavola, Жінка"},
		testCode(t, address, 80),
		page.Picture{X: 300, Y: 400, W: 120, H: 90, Data: testPNG(t, 300, 225)},
		page.Picture{X: 60, Y: 400, W: 120, H: 90, Data: testJPEG(t)},
	}})
	data, err := pdf.New(testFonts(t), testEngine(t)).Bytes(*list)
	if err != nil {
		t.Fatal(err)
	}
	folder := t.TempDir()
	if err := os.WriteFile(filepath.Join(folder, "p.pdf"), data, 0o600); err != nil {
		t.Fatal(err)
	}
	const width = 900
	tool(t, "pdftoppm", "-png", "-scale-to-x", "900", "-scale-to-y", "-1", filepath.Join(folder, "p.pdf"), filepath.Join(folder, "p"))
	files, err := filepath.Glob(filepath.Join(folder, "p-*.png"))
	if err != nil || len(files) != len(list.Pages) {
		t.Fatalf("%d pictures of %d pages: %v", len(files), len(list.Pages), err)
	}
	d := testDrawer(t)
	for n, file := range files {
		f, err := os.Open(file)
		if err != nil {
			t.Fatal(err)
		}
		decoded, err := png.Decode(f)
		if err := f.Close(); err != nil {
			t.Fatal(err)
		}
		if err != nil {
			t.Fatal(err)
		}
		theirs := image.NewRGBA(decoded.Bounds())
		draw.Draw(theirs, theirs.Rect, decoded, image.Point{}, draw.Src)
		ours := draws(t, d, asPoppler(list, width), n, width)
		same, shifted := difference(ours, theirs, 0), difference(ours, theirs, 3)
		t.Logf("page %d: mean difference %.2f of 255; three dots beside %.2f", n+1, same, shifted)
		if same > maxDifference {
			t.Errorf("page %d differs by %.2f of 255", n+1, same)
		}
		if same*2 > shifted && n < len(list.Pages)-1 {
			t.Errorf("page %d is not nearer in its place (%.2f) than beside it (%.2f)", n+1, same, shifted)
		}
	}
}

// difference is the mean of the channels' differences, of 255, with the one
// picture moved some dots to the right.
func difference(a, b *image.RGBA, moved int) float64 {
	r := a.Rect.Intersect(b.Rect)
	sum, n := 0, 0
	for y := r.Min.Y; y < r.Max.Y; y++ {
		ours := a.Pix[a.PixOffset(0, y):][:4*(r.Dx()-moved)]
		theirs := b.Pix[b.PixOffset(moved, y):][:len(ours)]
		n += len(ours) / 4 * 3
		if bytes.Equal(ours, theirs) {
			continue
		}
		for i := range ours { // the fourth of four is never different
			sum += max(int(ours[i]), int(theirs[i])) - min(int(ours[i]), int(theirs[i]))
		}
	}
	return float64(sum) / float64(n)
}

func testPicture(w, h int) image.Image {
	m := image.NewNRGBA(image.Rect(0, 0, w, h))
	for y := range h {
		for x := range w {
			m.SetNRGBA(x, y, color.NRGBA{uint8(255 * x / w), uint8(255 * y / h), 120, 255})
		}
	}
	return m
}

func testPNG(tb testing.TB, w, h int) []byte {
	tb.Helper()
	var b bytes.Buffer
	if err := png.Encode(&b, testPicture(w, h)); err != nil {
		tb.Fatal(err)
	}
	return b.Bytes()
}

func testJPEG(tb testing.TB) []byte {
	tb.Helper()
	var b bytes.Buffer
	if err := jpeg.Encode(&b, testPicture(240, 180), nil); err != nil {
		tb.Fatal(err)
	}
	return b.Bytes()
}

func TestEveryRunLeavesInk(t *testing.T) {
	d, list := testDrawer(t), testSheet(t)
	const width = 600
	scale := width / list.Width
	for n, p := range list.Pages {
		for _, m := range p.Marks {
			r, ok := m.(page.Run)
			if !ok || strings.TrimSpace(strings.ReplaceAll(r.Text, "\u00a0", " ")) == "" {
				continue
			}
			r.Colour = 0
			alone := draws(t, d, &page.DisplayList{Width: list.Width, Height: list.Height, Pages: []page.Page{{Marks: []page.Mark{r}}}}, 0, width)
			where := image.Rect(int(r.X*scale)-2, int((r.Y-r.Size)*scale), int((r.X+r.Width)*scale)+3, int((r.Y+r.Size/2)*scale))
			inside, all := dark(alone, where), dark(alone, alone.Rect)
			if inside < 0.5 || inside < 0.99*all { // a full stop has 0.9
				t.Errorf("page %d, %q: ink %.1f in its place, %.1f on the page", n+1, r.Text, inside, all)
			}
		}
	}
}

func TestSigns(t *testing.T) {
	d := testDrawer(t)
	for face := range page.FaceCount {
		text := "àÈß€“”–0Ww"
		if d.metrics.Advance(face, 'Ж') >= 0 {
			text += "ЖїЄщЯ"
		}
		for _, sign := range text {
			m := draws(t, d, small(page.Run{X: 30, Y: 40, Face: face, Size: 12, Text: string(sign)}), 0, 120)
			if dark(m, m.Rect) < 2 {
				t.Errorf("%s: no ink for %q", face.File(), sign)
			}
		}
		// What the font lacks must be seen to be missing.
		m := draws(t, d, small(page.Run{X: 30, Y: 40, Face: face, Size: 12, Text: "漢"}), 0, 120)
		if dark(m, m.Rect) < 2 {
			t.Errorf("%s: a sign that it lacks is a silent blank", face.File())
		}
	}
}

// TestSignsStandWhereTheyAre: a text drawn at once is the same as its signs
// drawn one by one at the places that the metrics give them, kerned.
func TestSignsStandWhereTheyAre(t *testing.T) {
	d := testDrawer(t)
	text := "AVATAR Voto di Tavola"
	var single []page.Mark
	x, before := 100.0, rune(0)
	for i, r := range text {
		if i > 0 {
			x += float64(d.metrics.Kern(page.Serif, before, r)) * 11 / 1000
		}
		single = append(single, page.Run{X: x, Y: 400, Face: page.Serif, Size: 11, Text: string(r)})
		x += float64(d.metrics.Advance(page.Serif, r)) * 11 / 1000
		before = r
	}
	whole := one(page.Run{X: 100, Y: 400, Face: page.Serif, Size: 11, Text: text})
	ours := draws(t, d, whole, 0, 900)
	if !bytes.Equal(ours.Pix, draws(t, d, one(single...), 0, 900).Pix) {
		t.Error("a text does not stand where its signs do")
	}
	d.metrics = loose{d.metrics}
	if bytes.Equal(ours.Pix, draws(t, d, whole, 0, 900).Pix) {
		t.Error("kerning makes no difference")
	}
}

// loose are metrics without kerning.
type loose struct{ page.Metrics }

func (loose) Kern(page.Face, rune, rune) int { return 0 }

// TestLargeSigns: a sign drawn as a shape looks like one from the memory.
func TestLargeSigns(t *testing.T) {
	d := testDrawer(t)
	r := page.Run{X: 40, Y: 300, Face: page.Serif, Size: 240, Text: "g8à"}
	a, b := draws(t, d, one(r), 0, 740), draws(t, d, one(r), 0, 750) // 298 and 302 dots
	inkA, inkB := dark(a, a.Rect)/740/740, dark(b, b.Rect)/750/750
	if inkA == 0 || math.Abs(inkA-inkB) > 0.01*inkA {
		t.Errorf("ink %.5f and %.5f of the page", inkA, inkB)
	}
}

func TestCodeIsScanned(t *testing.T) {
	d := testDrawer(t)
	long := address + "?v=2026-11-27&lingua=uk"
	for _, text := range []string{address, long} {
		for _, size := range []float64{62, 80} {
			for _, width := range []int{700, 800, 950, 1200} {
				m := draws(t, d, one(testCode(t, text, size)), 0, width)
				if got := scanned(t, m); got != text {
					t.Errorf("%g points at %d dots: scanned %q", size, width, got)
				}
			}
		}
	}
	sheet := testSheet(t)
	if got := scanned(t, draws(t, d, sheet, 0, 800)); got != address {
		t.Errorf("the sheet's: scanned %q", got)
	}
}

func TestFaults(t *testing.T) {
	d := testDrawer(t)
	nan, inf := math.NaN(), math.Inf(1)
	tests := map[string]func() (*image.RGBA, error){
		"no list":        func() (*image.RGBA, error) { return d.Page(nil, 0, 900) },
		"page below":     func() (*image.RGBA, error) { return d.Page(one(), -1, 900) },
		"page beyond":    func() (*image.RGBA, error) { return d.Page(one(), 1, 900) },
		"no width":       func() (*image.RGBA, error) { return d.Page(one(), 0, 0) },
		"negative width": func() (*image.RGBA, error) { return d.Page(one(), 0, -3) },
		"absurd width":   func() (*image.RGBA, error) { return d.Page(one(), 0, 1<<30) },
		"narrow paper":   func() (*image.RGBA, error) { l := one(); l.Width = 0.001; return d.Page(l, 0, 900) },
		"no paper":       func() (*image.RGBA, error) { l := one(); l.Height = 0; return d.Page(l, 0, 900) },
		"paper of NaN":   func() (*image.RGBA, error) { l := one(); l.Height = nan; return d.Page(l, 0, 900) },
		"unknown mark":   func() (*image.RGBA, error) { return d.Page(one(nil), 0, 900) },
		"pointer":        func() (*image.RGBA, error) { return d.Page(one(&page.Box{}), 0, 900) },
		"unknown face":   func() (*image.RGBA, error) { return d.Page(one(page.Run{Face: 99, Size: 9, Text: "x"}), 0, 900) },
		"broken picture": func() (*image.RGBA, error) {
			return d.Page(one(page.Picture{W: 9, H: 9, Data: []byte("x")}), 0, 900)
		},
		"half a picture": func() (*image.RGBA, error) {
			return d.Page(one(page.Picture{W: 9, H: 9, Data: testPNG(t, 99, 99)[:200]}), 0, 900)
		},
		"crooked code": func() (*image.RGBA, error) {
			return d.Page(one(page.Code{Size: 9, Modules: [][]bool{{true}, {true}}}), 0, 900)
		},
		"NaN in a run":   func() (*image.RGBA, error) { return d.Page(one(page.Run{X: nan, Size: 9, Text: "x"}), 0, 900) },
		"NaN in a box":   func() (*image.RGBA, error) { return d.Page(one(page.Box{X: nan, Filled: true}), 0, 900) },
		"endless line":   func() (*image.RGBA, error) { return d.Page(one(page.Line{X2: inf, Width: 1}), 0, 900) },
		"NaN in a path":  func() (*image.RGBA, error) { return d.Page(one(page.Path{Points: []page.Point{{X: nan}}}), 0, 900) },
		"NaN in a code":  func() (*image.RGBA, error) { return d.Page(one(page.Code{Size: nan}), 0, 900) },
		"NaN as picture": func() (*image.RGBA, error) { return d.Page(one(page.Picture{X: nan}), 0, 900) },
	}
	for name, try := range tests {
		m, err := try()
		if m != nil || app.ErrorCode(err) != app.CodePrint {
			t.Errorf("%s: %v", name, err)
		}
	}
	if _, err := New(page.Fonts{}, testEngine(t)); app.ErrorCode(err) != app.CodeInternal {
		t.Errorf("no fonts: %v", err)
	}
}

// TestNonsense: what no layout should say neither panics nor hangs, and what
// can be drawn of it stays on the page.
func TestNonsense(t *testing.T) {
	d := testDrawer(t)
	numbers := []float64{math.NaN(), math.Inf(-1), -math.MaxFloat64, -3, 0, 7, 4e5, 1e17}
	file, code := testPNG(t, 9, 9), testCode(t, "x", 1).Modules
	drawn := 0
	try := func(m page.Mark) {
		picture, err := d.Page(one(m), 0, 30)
		if (err == nil) == (picture == nil) {
			t.Fatalf("%#v: %v, %v", m, picture, err)
		}
		if err == nil {
			drawn++
		}
	}
	for _, a := range numbers {
		for _, b := range numbers {
			for _, c := range numbers {
				for _, face := range []page.Face{-1, page.Sans, page.Mono} {
					try(page.Run{X: a, Y: b, Size: c, Face: face, Text: "Bà\xff"})
				}
				try(page.Code{X: a, Y: b, Size: c, Modules: code})
				for _, e := range numbers {
					try(page.Box{X: a, Y: b, W: c, H: e, Filled: true, Border: a})
					try(page.Line{X1: a, Y1: b, X2: c, Y2: e, Width: b})
					try(page.Picture{X: a, Y: b, W: c, H: e, Data: file})
					try(page.Path{Points: []page.Point{{X: a, Y: b}, {X: c, Y: e}, {X: b, Y: a}, {X: b, Y: a}, {X: e, Y: a}}, Width: c, Filled: true, Closed: a > 0})
				}
			}
		}
	}
	for _, m := range []page.Mark{
		page.Path{},
		page.Path{Width: 1, Closed: true, Points: []page.Point{{X: 1, Y: 1}}},
		page.Path{Width: 1, Filled: true, Points: make([]page.Point, 9)},
		page.Code{Size: 9},
		page.Code{Size: 9, Modules: [][]bool{{}}},
		page.Run{},
		page.Picture{},
	} {
		try(m)
	}
	if drawn < 5000 {
		t.Errorf("only %d marks could be drawn", drawn)
	}
}

// TestShapes: every shape has its ink, and in its place.
func TestShapes(t *testing.T) {
	d := testDrawer(t)
	const width = 595 // a dot a point
	tests := map[string]struct {
		mark page.Mark
		ink  float64 // dots of full black
		in   image.Rectangle
	}{
		"box":           {page.Box{X: 10, Y: 20, W: 30, H: 40, Filled: true}, 1200, image.Rect(10, 20, 40, 60)},
		"drawn back":    {page.Box{X: 40, Y: 60, W: -30, H: -40, Filled: true}, 1200, image.Rect(10, 20, 40, 60)},
		"frame":         {page.Box{X: 10, Y: 20, W: 30, H: 40, Border: 2}, 2*30*2 + 2*40*2, image.Rect(9, 19, 41, 61)},
		"rule":          {page.Line{X1: 10, Y1: 20, X2: 110, Y2: 20, Width: 1}, 100, image.Rect(10, 19, 110, 21)},
		"thin rule":     {page.Line{X1: 10, Y1: 20, X2: 110, Y2: 20, Width: 0.5}, 75, image.Rect(10, 19, 110, 21)},
		"upright":       {page.Line{X1: 10, Y1: 20, X2: 10, Y2: 120, Width: 3}, 300, image.Rect(8, 20, 12, 120)},
		"slanted":       {page.Line{X1: 10, Y1: 20, X2: 40, Y2: 60, Width: 4}, 200, image.Rect(8, 18, 42, 62)},
		"triangle":      {page.Path{Points: []page.Point{{X: 10, Y: 10}, {X: 50, Y: 10}, {X: 10, Y: 50}}, Filled: true}, 800, image.Rect(10, 10, 50, 50)},
		"other way":     {page.Path{Points: []page.Point{{X: 10, Y: 50}, {X: 50, Y: 10}, {X: 10, Y: 10}}, Filled: true}, 800, image.Rect(10, 10, 50, 50)},
		"open stroke":   {page.Path{Points: []page.Point{{X: 10, Y: 10}, {X: 50, Y: 10}, {X: 50, Y: 50}}, Width: 2}, 2*41 + 2*39, image.Rect(10, 9, 51, 50)},
		"closed stroke": {page.Path{Points: []page.Point{{X: 10, Y: 10}, {X: 50, Y: 10}, {X: 50, Y: 50}, {X: 10, Y: 50}}, Width: 2, Closed: true}, 4 * 40 * 2, image.Rect(9, 9, 51, 51)},
		"two points":    {page.Path{Points: []page.Point{{X: 10, Y: 10}, {X: 50, Y: 10}}, Width: 2}, 80, image.Rect(10, 9, 50, 11)},
		"over the edge": {page.Path{Points: []page.Point{{X: -500, Y: -500}, {X: 5000, Y: -500}, {X: 5000, Y: 100}, {X: -500, Y: 100}}, Filled: true}, 595 * 100, image.Rect(0, 0, 595, 100)},
		"all of it":     {page.Box{X: -9, Y: -9, W: 1e9, H: 1e9, Filled: true}, 595 * 842, image.Rect(0, 0, 595, 842)},
	}
	for name, test := range tests {
		list := one(test.mark)
		list.Width, list.Height = 595, 842
		m := draws(t, d, list, 0, width)
		all, inside := dark(m, m.Rect), dark(m, test.in)
		if math.Abs(all-test.ink) > 0.01*test.ink || inside < all-0.01 {
			t.Errorf("%s: ink %.1f, of it %.1f in its place, wanted %.1f", name, all, inside, test.ink)
		}
	}
}

func TestPicturesKeepTheirColours(t *testing.T) {
	d := testDrawer(t)
	for name, file := range map[string][]byte{"PNG": testPNG(t, 240, 180), "JPEG": testJPEG(t)} {
		m := draws(t, d, one(page.Picture{X: 0, Y: 0, W: 595.28, H: 841.89, Data: file}), 0, 300)
		for _, at := range []image.Point{{30, 40}, {150, 212}, {270, 400}} {
			c := m.RGBAAt(at.X, at.Y)
			if math.Abs(float64(c.R)-float64(255*at.X/300)) > 6 || math.Abs(float64(c.G)-float64(255*at.Y/424)) > 6 {
				t.Errorf("%s at %v: %v", name, at, c)
			}
		}
	}
	// What can be seen through shows the paper.
	glass := image.NewNRGBA(image.Rect(0, 0, 9, 9))
	var b bytes.Buffer
	if err := png.Encode(&b, glass); err != nil {
		t.Fatal(err)
	}
	if m := draws(t, d, one(page.Picture{W: 99, H: 99, Data: b.Bytes()}), 0, 300); dark(m, m.Rect) != 0 {
		t.Error("a clear picture hides the paper")
	}
}

// TestMemoryIsBounded: a long document, at many sizes, does not pile up.
func TestMemoryIsBounded(t *testing.T) {
	d := testDrawer(t)
	for size := 30.0; size < 100; size += 10 {
		for face := range page.SansHeavy {
			marks := []page.Mark{page.Picture{W: 400, H: 400 + size, Data: testPNG(t, 40, 40)}}
			for r := rune(0x21); r < 0x180; r++ {
				marks = append(marks, page.Run{X: 9, Y: 400, Face: face, Size: size, Text: string(r)})
			}
			draws(t, d, one(marks...), 0, 1000)
		}
	}
	held := 0
	for _, half := range []map[signKey]entry[sign]{d.signs.young, d.signs.old} {
		for _, e := range half {
			held += signCost(e.value)
		}
	}
	if held == 0 || held > signBytes {
		t.Errorf("%d bytes of signs are kept", held)
	}
	held = 0
	for _, half := range []map[pictureKey]entry[*image.RGBA]{d.pictures.young, d.pictures.old} {
		for _, e := range half {
			held += len(e.value.Pix)
		}
	}
	if held == 0 || held > pictureBytes {
		t.Errorf("%d bytes of pictures are kept", held)
	}
}

func TestManyAtOnce(t *testing.T) {
	d, list := testDrawer(t), testSheet(t)
	want := draws(t, d, list, 0, 500)
	var wait sync.WaitGroup
	for range 4 {
		wait.Go(func() {
			for n := range list.Pages {
				m, err := d.Page(list, n, 500)
				if err != nil || n == 0 && !bytes.Equal(m.Pix, want.Pix) {
					t.Errorf("page %d differs when several are drawn (%v)", n, err)
				}
			}
		})
	}
	wait.Wait()
}

func BenchmarkPage(b *testing.B) {
	d, list := testDrawer(b), testSheet(b)
	for _, width := range []int{150, 900, 1800} {
		b.Run(map[int]string{150: "thumbnail", 900: "window", 1800: "zoom"}[width], func(b *testing.B) {
			for i := 0; b.Loop(); i++ {
				if _, err := d.Page(list, i%len(list.Pages), width); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

// BenchmarkFirstPage is what somebody waits for who opens the preview first.
func BenchmarkFirstPage(b *testing.B) {
	fonts, metrics, list := testFonts(b), testEngine(b), testSheet(b)
	for b.Loop() {
		d, err := New(fonts, metrics)
		if err != nil {
			b.Fatal(err)
		}
		if _, err := d.Page(list, 0, 900); err != nil {
			b.Fatal(err)
		}
	}
}
