package pdf

import (
	"bytes"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"polis/app"
	"polis/app/page"
	"polis/data/layout"
)

const publicURL = "https://schede.example/schede/c_zzz1-0001"

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

func testList(tb testing.TB, complete bool) page.DisplayList {
	tb.Helper()
	e, err := layout.New(testFonts(tb))
	if err != nil {
		tb.Fatal(err)
	}
	sheet := app.Sheet{
		Code: "c_zzz1-0001", Title: "Carta d’identità (CIE) 😀", Summary: "Perché serve: così è.", Language: "it",
		Sections: map[string]string{
			"how_to":       "1. **Prenoti** su [agenda](https://agenda.example/a(b)?q=è) o allo sportello.\n2. Paghi 22,21 €.",
			"requirements": "- Жизнь\n- ﬁne\n\n|A|B|\n|---|---|\n|uno|due|",
			"notes":        strings.Repeat("Una riga di testo che riempie. ", 400),
		},
	}
	dl, err := e.Layout(page.Sheet(page.SheetInput{
		Reading: app.Reading{Sheet: sheet, Shown: "it"}, Authority: app.Authority{Name: "Comune di Borgo"},
		PrintedBy: "URP", PrintedOn: time.Date(2026, 11, 23, 9, 0, 0, 0, time.UTC), PublicURL: publicURL, Lang: "it",
		Words: func(key string, _ ...string) string { return key }, Complete: complete,
	}))
	if err != nil {
		tb.Fatal(err)
	}
	return dl
}

// run runs a PDF tool, or skips loudly when this machine lacks it.
func run(t *testing.T, tool string, args ...string) string {
	t.Helper()
	if _, err := exec.LookPath(tool); err != nil {
		t.Skipf("NOT TESTED, %s is not installed (apt install qpdf poppler-utils zbar-tools)", tool)
	}
	out, err := exec.Command(tool, args...).Output()
	if err != nil {
		t.Fatalf("%s: %v\n%s", tool, err, out)
	}
	return string(out)
}

func written(t *testing.T, complete bool) string {
	t.Helper()
	data, err := New(testFonts(t), testMetrics(t)).Bytes(testList(t, complete))
	if err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(t.TempDir(), "scheda.pdf")
	if err := os.WriteFile(path, data, 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

func TestSameBytesEveryTime(t *testing.T) {
	fonts := testFonts(t)
	first, err := New(fonts, testMetrics(t)).Bytes(testList(t, true))
	if err != nil {
		t.Fatal(err)
	}
	for range 5 {
		again, err := New(fonts, testMetrics(t)).Bytes(testList(t, true))
		if err != nil {
			t.Fatal(err)
		}
		if !bytes.Equal(first, again) {
			t.Fatal("the same sheet gave other bytes")
		}
	}
}

func TestFileIsSound(t *testing.T) {
	for _, complete := range []bool{false, true} {
		sound(t, written(t, complete))
	}
}

func TestTextCanBeRead(t *testing.T) {
	got := strings.Join(strings.Fields(run(t, "pdftotext", "-raw", written(t, true), "-")), " ")
	for _, w := range []string{"Carta d’identità (CIE)", "Perché serve: così è.", "Prenoti su agenda o allo sportello.", "22,21\u00a0€", "Жизнь", "fine"} {
		if !strings.Contains(strings.ReplaceAll(got, "\u00a0", " "), strings.ReplaceAll(w, "\u00a0", " ")) {
			t.Errorf("%q cannot be read in %.600s", w, got)
		}
	}
}

func TestFontsAreEmbedded(t *testing.T) {
	lines := strings.Split(strings.TrimSpace(run(t, "pdffonts", written(t, false))), "\n")
	if len(lines) < 4 {
		t.Fatalf("fonts: %q", lines)
	}
	for _, l := range lines[2:] {
		if !strings.Contains(l, "yes yes") && !strings.Contains(l, "yes no  yes") {
			t.Errorf("not embedded: %s", l)
		}
	}
}

func TestMetadata(t *testing.T) {
	got := run(t, "pdfinfo", written(t, false))
	for _, w := range []string{"Carta d’identità (CIE)", "Comune di Borgo", "Pages:           1", "A4"} {
		if !strings.Contains(got, w) {
			t.Errorf("pdfinfo does not say %q:\n%s", w, got)
		}
	}
}

func TestLinks(t *testing.T) {
	got := run(t, "pdfinfo", "-url", written(t, false))
	for _, w := range []string{publicURL, "https://agenda.example/a(b)?q=%C3%A8"} {
		if !strings.Contains(got, w) {
			t.Errorf("no link to %q:\n%s", w, got)
		}
	}
}

func TestCodeCanBeScanned(t *testing.T) {
	path := written(t, false)
	picture := strings.TrimSuffix(path, ".pdf")
	run(t, "pdftoppm", "-r", "150", "-png", "-singlefile", path, picture)
	if got := strings.TrimSpace(run(t, "zbarimg", "-q", "--raw", picture+".png")); got != publicURL {
		t.Errorf("scanned %q", got)
	}
}

type brokenWriter struct{}

func (brokenWriter) Write([]byte) (int, error) { return 0, errors.New("disk full") }

func TestFaults(t *testing.T) {
	dl, fonts := testList(t, false), testFonts(t)
	tests := map[string]func() error{
		"broken font": func() error { var f page.Fonts; return New(f, testMetrics(t)).Write(&bytes.Buffer{}, dl) },
		"garbage font": func() error {
			f := fonts
			f[page.SansHeavy] = fonts[page.Sans][:900]
			return New(f, testMetrics(t)).Write(&bytes.Buffer{}, dl)
		},
		"broken writer": func() error { return New(fonts, testMetrics(t)).Write(brokenWriter{}, dl) },
		"broken picture": func() error {
			return New(fonts, testMetrics(t)).Write(&bytes.Buffer{}, with(dl, page.Picture{W: 9, H: 9, Data: []byte("x")}))
		},
		"unknown mark": func() error { return New(fonts, testMetrics(t)).Write(&bytes.Buffer{}, with(dl, nil)) },
		"unknown face": func() error {
			return New(fonts, testMetrics(t)).Write(&bytes.Buffer{}, with(dl, page.Run{Face: 99, Size: 9, Text: "x"}))
		},
	}
	for name, try := range tests {
		err := try()
		if app.ErrorCode(err) != app.CodePrint || app.ErrorParams(err)["code"] != "c_zzz1-0001" {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func with(dl page.DisplayList, m page.Mark) page.DisplayList {
	dl.Pages = []page.Page{{Marks: []page.Mark{m}}}
	return dl
}

func BenchmarkWrite(b *testing.B) {
	fonts := testFonts(b)
	dl, w := testList(b, false), New(fonts, testMetrics(b))
	for b.Loop() {
		if _, err := w.Bytes(dl); err != nil {
			b.Fatal(err)
		}
	}
}
