package gdi_test

import (
	"bytes"
	"image"
	"image/color"
	"image/jpeg"
	"image/png"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"rsc.io/qr"

	"polis/app"
	"polis/app/page"
	"polis/app/printing"
	"polis/data/layout"
)

// What the papers of the tests say, the same on both sides of Wine.
const (
	testAddress = "https://schede.example/schede/c_zzz1-0001"
	testTitle   = "Carta d’identità elettronica"
	longLine    = "Quando il documento è scaduto, si può chiedere quello nuovo presso gli uffici dell’anagrafe."
)

// order is what one side of Wine asks of the other, in the environment.
type order struct {
	Printer, Title string
	Sheet          bool // instead of the page with every kind of mark
	Options        printing.Options
	Ranges         []printing.Range // options do not remember them
}

const (
	orderEnv     = "POLIS_TEST_PRINT"
	printersMark = "PRINTERS "
	onlyOnSecond = 'Ж' // a sign of the second page
)

func testFonts(tb testing.TB) page.Fonts {
	tb.Helper()
	return page.LoadFonts(func(name string) []byte {
		data, err := os.ReadFile(filepath.Join("..", "..", "..", "assets", "fonts", name+".ttf"))
		if err != nil {
			tb.Fatal(err)
		}
		return data
	})
}

// newMetrics measure signs as the layout does.
func newMetrics(tb testing.TB) *layout.Engine {
	tb.Helper()
	e, err := layout.New(testFonts(tb))
	if err != nil {
		tb.Fatal(err)
	}
	return e
}

func width(m page.Metrics, f page.Face, size float64, s string) float64 {
	total, before := 0, rune(0)
	for i, r := range s {
		if i > 0 {
			total += m.Kern(f, before, r)
		}
		total += m.Advance(f, r)
		before = r
	}
	return float64(total) * size / 1000
}

// testSheet is a sheet as the layout makes it, on several pages.
func testSheet(tb testing.TB) *page.DisplayList {
	tb.Helper()
	sheet := app.Sheet{
		Code: "c_zzz1-0001", Title: testTitle, Summary: "Il documento che dice chi siamo: è così che serve.", Language: "it",
		Sections: map[string]string{
			"how_to":       "1. **Prenoti** su [agenda](https://agenda.example/a) o allo sportello.\n2. Paghi 22,21 €.\n3. Torni *dopo sei giorni*.",
			"requirements": "- Жизнь\n- AVATAR, Torino, Tv\n\n|A|B|\n|---|---|\n|uno|due|",
			"notes":        strings.Repeat(longLine+" ", 60),
		},
		Fees: []app.Fee{{Description: "rilascio", Amount: "22.21", Currency: "EUR"}}, Inputs: []app.Item{{Name: "Fotografia recente"}},
	}
	list, err := newMetrics(tb).Layout(page.Sheet(page.SheetInput{
		Reading: app.Reading{Sheet: sheet, Shown: "it"}, Authority: app.Authority{Name: "Comune di Borgo"},
		PrintedBy: "URP", PrintedOn: time.Date(2026, 11, 23, 9, 0, 0, 0, time.UTC), PublicURL: testAddress, Lang: "it",
		Words: func(key string, _ ...string) string { return key }, Complete: true,
	}))
	if err != nil {
		tb.Fatal(err)
	}
	return &list
}

// testPaper is three pages with every kind of mark.
func testPaper(tb testing.TB) *page.DisplayList {
	tb.Helper()
	m := newMetrics(tb)
	list := &page.DisplayList{Code: "c_zzz1-0001", Title: testTitle, Language: "it", Width: 595.28, Height: 841.89}
	run := func(x, y float64, f page.Face, size float64, c page.Colour, s string) page.Run {
		return page.Run{X: x, Y: y, Width: width(m, f, size, s), Face: f, Size: size, Colour: c, Text: s}
	}
	first := []page.Mark{
		page.Box{X: 42, Y: 30, W: 511, H: 60, Filled: true, Fill: 0xE8EEF7, Border: 1.5, Outline: 0x003366},
		run(56, 66, page.SansHeavy, 24, 0x003366, testTitle),
		page.Line{X1: 42, Y1: 110.25, X2: 553, Y2: 110.25, Width: 0.75, Colour: 0x808080},
		page.Link{X: 42, Y: 120, W: 100, H: 10, URL: testAddress},
	}
	for f := range page.FaceCount {
		first = append(first, run(56, 140+24*float64(f), f, 11, 0x111111, longLine[:60]+" AVAVAV"))
	}
	code, err := qr.Encode(testAddress, qr.M)
	if err != nil {
		tb.Fatal(err)
	}
	modules := make([][]bool, code.Size)
	for y := range modules {
		modules[y] = make([]bool, code.Size)
		for x := range modules[y] {
			modules[y][x] = code.Black(x, y)
		}
	}
	first = append(first, page.Code{X: 440.3, Y: 400.7, Size: 74.4, Modules: modules})
	second := []page.Mark{
		page.Path{
			Points: []page.Point{{X: 100, Y: 300}, {X: 200, Y: 300}, {X: 150, Y: 200}},
			Filled: true, Fill: 0xCC3300, Closed: true, Width: 2, Colour: 0x000000,
		},
		page.Path{Points: []page.Point{{X: 250, Y: 300}, {X: 300, Y: 200}, {X: 350, Y: 280}, {X: 400, Y: 220}}, Width: 3, Colour: 0x006633},
		page.Picture{X: 100, Y: 400, W: 120, H: 60, Data: testPNG(tb)},
		page.Picture{X: 300, Y: 400, W: 120, H: 60, Data: testJPEG(tb)},
		run(56, 100, page.Serif, 10, 0, "Seconda pagina: così, perché, 22,10 €, «Zoë», Ж"),
	}
	var third []page.Mark
	for i := range 40 {
		third = append(third, run(56, 60+18*float64(i), page.Sans, 10, 0, longLine))
	}
	third = append(third, run(56, 800, page.SansItalic, 9, 0x444444, "Pagina 3 di 3"))
	list.Pages = []page.Page{{Marks: first}, {Marks: second}, {Marks: third}}
	return list
}

// testPNG is half red and half transparent; it stands on its feet when blue
// is its lowest row.
func testPNG(tb testing.TB) []byte {
	tb.Helper()
	img := image.NewNRGBA(image.Rect(0, 0, 41, 20))
	for y := range 20 {
		for x := range 41 {
			switch {
			case y == 19 || y == 18 || y == 17 || y == 16:
				img.Set(x, y, color.NRGBA{B: 0xFF, A: 0xFF})
			case x < 20:
				img.Set(x, y, color.NRGBA{R: 0xFF, A: 0xFF})
			}
		}
	}
	var b bytes.Buffer
	if err := png.Encode(&b, img); err != nil {
		tb.Fatal(err)
	}
	return b.Bytes()
}

func testJPEG(tb testing.TB) []byte {
	tb.Helper()
	img := image.NewGray(image.Rect(0, 0, 64, 32))
	for i := range img.Pix {
		img.Pix[i] = 0x80
	}
	var b bytes.Buffer
	if err := jpeg.Encode(&b, img, nil); err != nil {
		tb.Fatal(err)
	}
	return b.Bytes()
}
