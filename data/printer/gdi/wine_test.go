//go:build linux

package gdi_test

import (
	"bufio"
	"bytes"
	"context"
	"encoding/binary"
	"encoding/json"
	"fmt"
	"image"
	"image/draw"
	"image/png"
	"math"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"polis/app/page"
	"polis/app/printing"
	"polis/cmd/trial"
	"polis/data/raster"
)

// TestWine prints through Wine, which draws as Windows does and hands over to
// a real print service. The driver's PostScript is kept as it is.
func TestWine(t *testing.T) {
	for _, tool := range []string{"gs", "pdftoppm", "pdftotext", "zbarimg"} {
		if _, err := exec.LookPath(tool); err != nil {
			t.Skipf("SKIPPED: printing of Windows is not seen without %s; `make test` installs it", tool)
		}
	}
	w := newWine(t)
	ppd, err := filepath.Abs(filepath.Join("testdata", "driver.ppd"))
	if err != nil {
		t.Fatal(err)
	}
	cups := trial.NewCUPS(t)
	tray := cups.Queue("Sportello", "-D", "Sportello 1", "-L", "Piano terra", "-P", ppd)
	other := cups.Queue("Corridoio")
	cups.Run("lpadmin", "-d", "Sportello")
	w.env = append(w.env, cups.Env()...)

	t.Run("printers", func(t *testing.T) { w.t = t; listed(t, w) })
	t.Run("refusals", func(t *testing.T) { w.t = t; w.run("^TestRefusals$", order{}) })
	t.Run("pages", func(t *testing.T) { w.t = t; allPages(t, w, tray) })
	t.Run("sheet", func(t *testing.T) { w.t = t; sheet(t, w, tray) })
	t.Run("options", func(t *testing.T) { w.t = t; options(t, w, tray) })
	t.Run("copies", func(t *testing.T) { w.t = t; copies(t, w, tray) })
	t.Run("nothing", func(t *testing.T) {
		// What is taken back is not printed; the next paper is the next one's.
		w.t = t
		w.run("^TestTakenBack$", order{Printer: "Sportello", Title: "Interrotta"})
		w.run("^TestSpoilt$", order{Printer: "Sportello", Title: "Guasta"})
		w.run("^TestOrder$", order{Printer: "Sportello", Title: "Ultima", Ranges: []printing.Range{{From: 3, To: 3}}})
		if p := tray.Next(); p.Title != "Ultima" {
			t.Errorf("%q came out", p.Title)
		}
		tray.Empty()
		other.Empty()
	})
}

func listed(t *testing.T, w *wine) {
	out := w.run("^TestListed$", order{})
	_, text, ok := strings.Cut(out, printersMark)
	if !ok {
		t.Fatalf("no printers:\n%s", out)
	}
	var all []printing.Printer
	if err := json.NewDecoder(strings.NewReader(text)).Decode(&all); err != nil {
		t.Fatal(err)
	}
	if len(all) != 2 || all[0].ID != "Sportello" || !all[0].Default || all[1].Default {
		t.Fatalf("printers %+v", all)
	}
	p := all[0]
	if p.Location != "Piano terra" || !p.Accepting || p.State != printing.Idle || p.Waiting != 0 || p.Can.Documents {
		t.Errorf("printer %+v", p)
	}
	if !p.Can.Duplex || !p.Can.Colour || fmt.Sprint(p.Can.Papers) != "[A4 A5]" {
		t.Errorf("it can %+v", p.Can)
	}
}

// allPages compares what comes out with the display list: words, places, the
// code, and dot by dot with what the preview shows.
func allPages(t *testing.T, w *wine, tray *trial.Tray) {
	w.run("^TestOrder$", order{Printer: "Sportello", Title: testTitle})
	p := tray.Next()
	if p.Title != testTitle || p.Copies != 1 {
		t.Errorf("the printer was told %+v", p)
	}
	if ps := read(t, p.File); !strings.Contains(ps, "*PageSize A4") || !strings.Contains(ps, "*Duplex None") {
		t.Error("the driver's own settings are not kept")
	}
	pdf := distil(t, p.File)
	list := testPaper(t)
	text := tool(t, "pdftotext", "-raw", pdf, "-")
	for n, got := range strings.Split(strings.TrimSuffix(text, "\f"), "\f") {
		if want := words(list.Pages[n]); strings.Join(strings.Fields(got), " ") != strings.Join(strings.Fields(want), " ") {
			t.Errorf("page %d says\n%s\ninstead of\n%s", n+1, got, want)
		}
	}
	places(t, list, pdf)
	alike(t, list, pdf)
	file := filepath.Join(t.TempDir(), "code.png")
	save(t, file, pictures(t, pdf, 144)[0])
	if got := tool(t, "zbarimg", "-q", "--raw", file); strings.TrimSpace(got) != testAddress {
		t.Errorf("the code says %q", got)
	}
}

// sheet: a sheet as people get it, beside its preview.
func sheet(t *testing.T, w *wine, tray *trial.Tray) {
	w.run("^TestOrder$", order{Printer: "Sportello", Title: testTitle, Sheet: true})
	pdf := distil(t, tray.Next().File)
	list := testSheet(t)
	if len(list.Pages) < 2 {
		t.Fatalf("%d pages", len(list.Pages))
	}
	alike(t, list, pdf)
	file := filepath.Join(t.TempDir(), "code.png")
	save(t, file, pictures(t, pdf, 144)[0])
	if got := tool(t, "zbarimg", "-q", "--raw", file); strings.TrimSpace(got) != testAddress {
		t.Errorf("the code says %q", got)
	}
}

// options: what was chosen reaches the driver, the page fits the paper.
func options(t *testing.T, w *wine, tray *trial.Tray) {
	w.run("^TestOrder$", order{
		Printer: "Sportello", Title: "Scelte",
		Options: printing.Options{Copies: 2, Duplex: printing.ShortEdge, Paper: printing.A5, Mono: true},
	})
	p := tray.Next()
	ps := read(t, p.File)
	for _, want := range []string{"*PageSize A5", "*Duplex DuplexTumble"} {
		if !strings.Contains(ps, want) {
			t.Errorf("the driver did not hear %s", want)
		}
	}
	pages := pictures(t, distil(t, p.File), 144)
	// Wine does not put copies in order, so we do: a blank side keeps the
	// second copy off the first one's back.
	if len(pages)*p.Copies != 7 {
		t.Fatalf("%d pages, %d times", len(pages), p.Copies)
	}
	if b := pages[0].Bounds(); b.Dx() != 840 || b.Dy() != 1190 {
		t.Errorf("the paper is %v", b)
	}
	if !inked(pages[3]).Empty() {
		t.Error("the side between the copies is not blank")
	}
	for i := range 3 {
		if d := worst(pages[i], pages[4+i], 4); d != 0 {
			t.Errorf("page %d of the copies differs by %.1f", i+1, d)
		}
		if ink := inked(pages[i]); !ink.In(image.Rect(28, 32, 812, 1166)) {
			t.Errorf("page %d reaches into the printer's margins: %v", i+1, ink)
		}
	}
	if coloured(pages[1]) {
		t.Error("it is not black and white")
	}
}

// copies of a single page are the driver's.
func copies(t *testing.T, w *wine, tray *trial.Tray) {
	w.run("^TestOrder$", order{Printer: "Sportello", Title: "Tre", Options: printing.Options{Copies: 3}, Ranges: []printing.Range{{From: 2, To: 2}}})
	p := tray.Next()
	pdf := distil(t, p.File)
	pages := pictures(t, pdf, 72)
	if len(pages)*p.Copies != 3 {
		t.Errorf("%d pages, %d times", len(pages), p.Copies)
	}
	if text := tool(t, "pdftotext", "-raw", pdf, "-"); !strings.Contains(text, "Seconda pagina") {
		t.Errorf("it says %q", text)
	}
}

// wine runs the tests of this package that are for Windows.
type wine struct {
	t            *testing.T
	program, exe string
	env          []string
}

// newWine builds them and makes a Windows for them, or skips loudly.
func newWine(t *testing.T) *wine {
	t.Helper()
	program, server := first("wine64", "wine", "/usr/lib/wine/wine64"), first("wineserver", "/usr/lib/wine/wineserver64")
	if program == "" || server == "" || runtime.GOARCH != "amd64" {
		t.Skip("SKIPPED: printing of Windows is only compiled without Wine for amd64; `make test` installs it")
	}
	w := &wine{t: t, program: program, exe: filepath.Join(t.TempDir(), "gdi.test.exe")}
	build := exec.Command("go", "test", "-c", "-o", w.exe, ".")
	build.Env = append(os.Environ(), "GOOS=windows", "GOARCH=amd64", "CGO_ENABLED=0")
	if out, err := build.CombinedOutput(); err != nil {
		t.Fatalf("building for Windows: %v\n%s", err, out)
	}
	prefix := filepath.Join(t.TempDir(), "wine")
	for _, v := range os.Environ() {
		if !strings.HasPrefix(v, "DISPLAY=") && !strings.HasPrefix(v, "HOME=") {
			w.env = append(w.env, v)
		}
	}
	w.env = append(w.env, "HOME="+t.TempDir(), "WINEPREFIX="+prefix, "WINEDEBUG=-all",
		"WINEDLLOVERRIDES=mscoree,mshtml=;winemenubuilder.exe=") // nothing is fetched, nothing put into menus
	t.Cleanup(func() {
		for _, how := range []string{"-k", "-w"} {
			cmd := exec.Command(server, how)
			cmd.Env = w.env
			_ = cmd.Run() // there may be none any more
		}
	})
	if err := os.Mkdir(prefix, 0o700); err != nil {
		t.Fatal(err)
	}
	// It stays between two programs: a start takes seconds.
	stay := exec.Command(server, "-p")
	stay.Env = w.env
	if err := stay.Run(); err != nil { // its output would stay open as long as it
		t.Fatalf("wineserver: %v", err)
	}
	w.wine("wineboot", "-i")
	random := filepath.Join(prefix, "drive_c", "windows", "system32", "bcryptprimitives.dll")
	if _, err := os.Stat(random); err != nil {
		if err := os.WriteFile(random, randomDLL(), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return w
}

func first(names ...string) string {
	for _, n := range names {
		if path, err := exec.LookPath(n); err == nil {
			return path
		}
	}
	return ""
}

// patience is the longest that a program may take under Wine.
const patience = 3 * time.Minute

func (w *wine) wine(args ...string) string {
	w.t.Helper()
	said, err := os.Create(filepath.Join(w.t.TempDir(), "said")) // not a pipe: services of Wine would keep it open
	if err != nil {
		w.t.Fatal(err)
	}
	defer said.Close()
	ctx, cancel := context.WithTimeout(w.t.Context(), patience)
	defer cancel()
	cmd := exec.CommandContext(ctx, w.program, args...)
	cmd.Env, cmd.Stdout, cmd.Stderr = w.env, said, said
	err = cmd.Run()
	out := read(w.t, said.Name())
	if err != nil {
		w.t.Fatalf("wine %v: %v\n%s", args, err, out)
	}
	return out
}

// run has tests run and pass, none skipped.
func (w *wine) run(which string, o order) string {
	w.t.Helper()
	text, err := json.Marshal(o)
	if err != nil {
		w.t.Fatal(err)
	}
	before := w.env
	defer func() { w.env = before }()
	w.env = append(w.env[:len(w.env):len(w.env)], orderEnv+"="+string(text))
	out := w.wine(w.exe, "-test.v", "-test.run", which)
	if !strings.Contains(out, "--- PASS") || strings.Contains(out, "--- SKIP") {
		w.t.Fatalf("%s did not run:\n%s", which, out)
	}
	return out
}

// randomDLL is the library of Windows that Go draws random numbers from and
// Wine before 9 lacks: it only says that advapi32 has the same procedure
// under another name.
func randomDLL() []byte {
	const base, header, size = 0x1000, 0x400, 0x200
	names := []string{"bcryptprimitives.dll", "ProcessPrng", "advapi32.SystemFunction036"}
	var at [3]uint32
	var text bytes.Buffer
	for i, n := range names {
		at[i] = base + 52 + uint32(text.Len())
		text.WriteString(n + "\x00")
	}
	var dir, file bytes.Buffer
	put := func(b *bytes.Buffer, values ...any) {
		for _, v := range values {
			_ = binary.Write(b, binary.LittleEndian, v) // into memory
		}
	}
	// the export directory, one procedure by name, and its three tables
	put(&dir, uint32(0), uint32(0), uint32(0), at[0], uint32(1), uint32(1), uint32(1), uint32(base+40), uint32(base+44), uint32(base+48))
	put(&dir, at[2], at[1], uint32(0), text.Bytes())

	put(&file, []byte("MZ"), make([]byte, 58), uint32(64), []byte("PE\x00\x00"))
	put(&file, uint16(0x8664), uint16(1), make([]byte, 12), uint16(240), uint16(0x2022))
	put(&file, uint16(0x20b), uint16(0), uint32(0), uint32(size), uint32(0), uint32(0), uint32(base))
	put(&file, uint64(0x180000000), uint32(base), uint32(size), uint16(6), make([]byte, 6), uint16(6), make([]byte, 6))
	put(&file, uint32(2*base), uint32(header), uint32(0), uint16(2), uint16(0x100))
	put(&file, uint64(1<<20), uint64(1<<12), uint64(1<<20), uint64(1<<12), uint32(0), uint32(16))
	put(&file, uint32(base), uint32(dir.Len()), make([]byte, 15*8))
	put(&file, []byte(".edata\x00\x00"), uint32(dir.Len()), uint32(base), uint32(size), uint32(header), make([]byte, 12), uint32(0x40000040))
	put(&file, make([]byte, header-file.Len()), dir.Bytes(), make([]byte, size-dir.Len()))
	return file.Bytes()
}

func tool(t *testing.T, name string, args ...string) string {
	t.Helper()
	var said bytes.Buffer
	cmd := exec.Command(name, args...)
	cmd.Stderr = &said
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("%s: %v\n%s%s", name, err, out, said.Bytes())
	}
	return string(out)
}

func read(t *testing.T, file string) string {
	t.Helper()
	data, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	return string(data)
}

// words are the texts of a page's runs.
func words(p page.Page) string {
	var all []string
	for _, m := range p.Marks {
		if r, ok := m.(page.Run); ok {
			all = append(all, r.Text)
		}
	}
	return strings.Join(all, "\n")
}

// distil makes a PDF of a driver's PostScript.
func distil(t *testing.T, ps string) string {
	t.Helper()
	pdf := filepath.Join(t.TempDir(), "paper.pdf")
	tool(t, "gs", "-q", "-dSAFER", "-dNOPAUSE", "-dBATCH", "-sDEVICE=pdfwrite", "-dAutoRotatePages=/None", "-sOutputFile="+pdf, ps)
	return pdf
}

// pictures are the pages of a PDF, at some dots an inch.
func pictures(t *testing.T, pdf string, dpi int) []*image.RGBA {
	t.Helper()
	dir := t.TempDir()
	tool(t, "pdftoppm", "-r", strconv.Itoa(dpi), "-png", pdf, filepath.Join(dir, "p"))
	files, err := filepath.Glob(filepath.Join(dir, "p-*.png"))
	if err != nil {
		t.Fatal(err)
	}
	var all []*image.RGBA
	for _, name := range files {
		img, err := png.Decode(strings.NewReader(read(t, name)))
		if err != nil {
			t.Fatal(err)
		}
		flat := image.NewRGBA(img.Bounds())
		draw.Draw(flat, flat.Rect, img, image.Point{}, draw.Src)
		all = append(all, flat)
	}
	return all
}

func save(t *testing.T, file string, img *image.RGBA) {
	t.Helper()
	var b bytes.Buffer
	if err := png.Encode(&b, img); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(file, b.Bytes(), 0o600); err != nil {
		t.Fatal(err)
	}
}

// places: every run begins and ends where the display list says, within a
// dot of the printer and what a point of rounding the glyphs' height costs.
func places(t *testing.T, list *page.DisplayList, pdf string) {
	t.Helper()
	const near = 0.6
	type word struct{ x1, x2 float64 }
	var pages [][]word
	scan := bufio.NewScanner(strings.NewReader(tool(t, "pdftotext", "-bbox", pdf, "-")))
	for scan.Scan() {
		line := strings.TrimSpace(scan.Text())
		if strings.HasPrefix(line, "<page ") {
			pages = append(pages, nil)
		}
		var x1, y1, x2, y2 float64
		if n, _ := fmt.Sscanf(line, `<word xMin="%f" yMin="%f" xMax="%f" yMax="%f"`, &x1, &y1, &x2, &y2); n == 4 {
			pages[len(pages)-1] = append(pages[len(pages)-1], word{x1, x2})
		}
	}
	for n, p := range list.Pages {
		at := 0
		for _, m := range p.Marks {
			r, ok := m.(page.Run)
			if !ok {
				continue
			}
			last := at + len(strings.Fields(r.Text)) - 1
			if last >= len(pages[n]) {
				t.Fatalf("page %d has %d words", n+1, len(pages[n]))
			}
			if got := pages[n][at].x1; math.Abs(got-r.X) > near {
				t.Errorf("page %d, %q begins at %.2f instead of %.2f", n+1, r.Text, got, r.X)
			}
			if got := pages[n][last].x2; math.Abs(got-r.X-r.Width) > near {
				t.Errorf("page %d, %q ends at %.2f instead of %.2f", n+1, r.Text, got, r.X+r.Width)
			}
			at = last + 1
		}
	}
}

// alike: paper and preview are the same picture. The control is a preview
// that is moved by three points.
func alike(t *testing.T, list *page.DisplayList, pdf string) {
	t.Helper()
	const (
		dpi    = 216
		square = 4 * dpi / 72
		most   = 45 // of 255, in squares of four points: the preview moves rules to whole dots
	)
	pages := pictures(t, pdf, dpi)
	if len(pages) != len(list.Pages) {
		t.Fatalf("%d pages", len(pages))
	}
	d, err := raster.New(testFonts(t), newMetrics(t))
	if err != nil {
		t.Fatal(err)
	}
	for n, paper := range pages {
		preview, err := d.Page(list, n, paper.Bounds().Dx())
		if err != nil {
			t.Fatal(err)
		}
		moved := image.NewRGBA(preview.Rect)
		draw.Draw(moved, moved.Rect, image.White, image.Point{}, draw.Src)
		draw.Draw(moved, moved.Rect.Add(image.Pt(3*dpi/72, 0)), preview, image.Point{}, draw.Src)
		diff, control := worst(paper, preview, square), worst(paper, moved, square)
		t.Logf("page %d differs by %.1f at most; moved, by %.1f", n+1, diff, control)
		if diff > most || control <= most {
			t.Errorf("page %d differs from the preview by %.1f, from a wrong one by %.1f", n+1, diff, control)
		}
	}
}

// worst is the largest difference between two pictures, in squares of side
// dots, 0 to 255.
func worst(a, b *image.RGBA, side int) float64 {
	w, h := min(a.Bounds().Dx(), b.Bounds().Dx()), min(a.Bounds().Dy(), b.Bounds().Dy())
	most := 0.0
	for y := 0; y+side <= h; y += side {
		for x := 0; x+side <= w; x += side {
			var sum [3]int
			for i := range side * side {
				p, q := a.Pix[a.PixOffset(x+i%side, y+i/side):], b.Pix[b.PixOffset(x+i%side, y+i/side):]
				for c := range sum {
					sum[c] += int(p[c]) - int(q[c])
				}
			}
			for _, v := range sum {
				most = max(most, math.Abs(float64(v))/float64(side*side))
			}
		}
	}
	return most
}

// inked is the stretch of a picture that is not white; of a blank page
// nothing.
func inked(img *image.RGBA) image.Rectangle {
	var ink image.Rectangle
	for i := 0; i < len(img.Pix); i += 4 {
		if p := img.Pix[i : i+3]; slices.Min(p) < 0xE0 {
			x, y := i%img.Stride/4, i/img.Stride
			ink = ink.Union(image.Rect(x, y, x+1, y+1))
		}
	}
	return ink
}

func coloured(img *image.RGBA) bool {
	for i := 0; i < len(img.Pix); i += 4 {
		if p := img.Pix[i : i+3]; slices.Max(p)-slices.Min(p) > 0x10 {
			return true
		}
	}
	return false
}
