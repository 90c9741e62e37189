package pdf

import (
	"bufio"
	"bytes"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"sync/atomic"
	"testing"
	"time"
	"unicode"

	"polis/app"
	"polis/app/page"
	"polis/data/layout"
	"polis/data/pdf/accessible"
)

// sampleSheets are the sheets of the sample catalogue.
func sampleSheets(tb testing.TB) []app.Sheet {
	tb.Helper()
	files, err := filepath.Glob(filepath.Join("..", "..", "assets", "sample", "*.jsonl"))
	if err != nil || len(files) == 0 {
		tb.Fatalf("no sample: %v", err)
	}
	var out []app.Sheet
	for _, name := range files {
		data, err := os.ReadFile(name)
		if err != nil {
			tb.Fatal(err)
		}
		s := bufio.NewScanner(bytes.NewReader(data))
		s.Buffer(nil, 1<<23)
		for s.Scan() {
			var kind struct{ Type string }
			var sheet app.Sheet
			if json.Unmarshal(s.Bytes(), &kind) == nil && kind.Type == "sheet" {
				if err := json.Unmarshal(s.Bytes(), &sheet); err != nil {
					tb.Fatal(err)
				}
				out = append(out, sheet)
			}
		}
	}
	if len(out) < 80 {
		tb.Fatalf("only %d sheets", len(out))
	}
	return out
}

func testWords(tb testing.TB) page.Words {
	tb.Helper()
	data, err := os.ReadFile(filepath.Join("..", "..", "assets", "translations", "page.it.json"))
	if err != nil {
		tb.Fatal(err)
	}
	var texts map[string]string
	if err := json.Unmarshal(data, &texts); err != nil {
		tb.Fatal(err)
	}
	return func(key string, args ...string) string {
		text := texts[key]
		for i := 0; i+1 < len(args); i += 2 {
			text = strings.ReplaceAll(text, "{"+args[i]+"}", args[i+1])
		}
		return text
	}
}

func sheetInput(sheet app.Sheet, words page.Words, complete bool) page.SheetInput {
	return page.SheetInput{
		Reading:   app.Reading{Sheet: sheet, Shown: sheet.Language, Version: 1},
		Authority: app.Authority{Name: "Comune di Borgo"}, PrintedBy: "URP",
		Offices:   []app.Office{{Name: "Anagrafe", Address: &app.Address{Street: "Via Roma 1"}}},
		PrintedOn: time.Date(2026, 11, 23, 9, 0, 0, 0, time.UTC), PublicURL: "https://schede.example/schede/" + sheet.Code,
		Lang: "it", Words: words, Complete: complete, Demonstration: true,
	}
}

// spoken is the text of a list through its elements, as the checker reads it
// from the file: figures are their words, signs what they stand for.
func spoken(dl page.DisplayList) []accessible.Passage { return through(dl, true) }

// through is the same, or what is drawn.
func through(dl page.DisplayList, meant bool) []accessible.Passage {
	inline := func(e int) bool {
		switch dl.Elements[e].Role {
		case page.RoleSpan, page.RoleLink, page.RoleReference:
			return true
		}
		return false
	}
	texts := make([]strings.Builder, len(dl.Elements))
	for _, p := range dl.Pages {
		for _, m := range p.Marks {
			r, ok := m.(page.Run)
			if !ok || r.Of <= 0 {
				continue
			}
			e := r.Of
			for inline(e) {
				e = dl.Elements[e].Parent
			}
			if r.Actual != "" && meant {
				texts[e].WriteString(r.Actual)
			} else {
				texts[e].WriteString(r.Text)
			}
		}
	}
	children := make([][]int, len(dl.Elements))
	for i, e := range dl.Elements[1:] {
		children[e.Parent] = append(children[e.Parent], i+1)
	}
	var out []accessible.Passage
	var walk func(i int, lang string)
	walk = func(i int, lang string) {
		e := dl.Elements[i]
		if e.Lang != "" {
			lang = e.Lang
		}
		if e.Role == page.RoleFigure && meant {
			out = append(out, accessible.Passage{Role: "Figure", Lang: lang, Text: e.Alt})
			return
		}
		if texts[i].Len() > 0 {
			out = append(out, accessible.Passage{Role: string(e.Role), Lang: lang, Text: texts[i].String()})
		}
		for _, c := range children[i] {
			if !inline(c) || texts[i].Len() == 0 {
				walk(c, lang)
			}
		}
	}
	walk(0, dl.Language)
	return out
}

// same compares what is read with what was meant.
func same(t *testing.T, got, want []accessible.Passage) {
	t.Helper()
	for i := range max(len(got), len(want)) {
		var g, w accessible.Passage
		if i < len(got) {
			g = got[i]
		}
		if i < len(want) {
			w = want[i]
		}
		if g != w {
			t.Errorf("passage %d is read as\n%q, meant is\n%q", i, g, w)
			return
		}
	}
}

// letters are a text without what readers set as they like: blanks, hyphens
// of lines.
func letters(s string) string {
	return strings.Map(func(r rune) rune {
		if unicode.IsSpace(r) || r == '-' || r == '\u00AD' || r == '"' {
			return -1
		}
		return r
	}, s)
}

// quoted is the text that pdfinfo -struct-text tells, without the structure.
func quoted(out string) string {
	var b strings.Builder
	for l := range strings.Lines(out) {
		if l = strings.TrimSpace(l); strings.HasPrefix(l, `"`) {
			b.WriteString(strings.Trim(l, `"`))
		}
	}
	return b.String()
}

// TestSampleSheets holds every sheet of the sample, short and complete,
// against the checker, and its size against gopdf alone: tags must not cost
// more than a tenth of the bytes. Programs that know nothing of ours cost a
// start each: they read every sheet once, in turns short and complete.
func TestSampleSheets(t *testing.T) {
	fonts, words := testFonts(t), testWords(t)
	e, err := layout.New(fonts)
	if err != nil {
		t.Fatal(err)
	}
	s := &sampled{writer: New(fonts, e), engine: e, fonts: fonts, dir: t.TempDir()}
	t.Run("sheets", func(t *testing.T) {
		for i, sheet := range sampleSheets(t) {
			for _, complete := range []bool{false, true} {
				t.Run(fmt.Sprintf("%s complete=%v", sheet.Code, complete), func(t *testing.T) {
					t.Parallel()
					dl, err := e.Layout(page.Sheet(sheetInput(sheet, words, complete)))
					if err != nil {
						t.Fatal(err)
					}
					data := s.written(t, dl)
					if complete == (i%2 == 0) {
						s.seen(t, dl, data)
					}
					if complete == (i%2 == 0) && i%15 == 0 { // pdfinfo draws a page anew for every element of it
						s.heard(t, dl)
					}
				})
			}
		}
	})
	ours, alone := s.ours.Load(), s.alone.Load()
	t.Logf("%d bytes, gopdf alone %d: %.3f", ours, alone, float64(ours)/float64(alone))
	s.scanned(t)
}

// sampled writes the sheets of the sample.
type sampled struct {
	writer *Writer
	engine *layout.Engine
	fonts  page.Fonts
	dir    string

	ours, alone atomic.Int64 // bytes
}

func (s *sampled) file(dl page.DisplayList) string { return filepath.Join(s.dir, dl.Code) }

func (s *sampled) written(t *testing.T, dl page.DisplayList) []byte {
	t.Helper()
	data, err := s.writer.Bytes(dl)
	if err != nil {
		t.Fatal(err)
	}
	same(t, checked(t, data).Passages, spoken(dl))
	untagged, err := plain(dl, s.fonts, s.engine)
	if err != nil {
		t.Fatal(err)
	}
	if 10*len(data) > 11*len(untagged) {
		t.Errorf("%d bytes, gopdf alone %d", len(data), len(untagged))
	}
	s.ours.Add(int64(len(data)))
	s.alone.Add(int64(len(untagged)))
	return data
}

// seen is what other programs say of the file; the code's picture is read
// later.
func (s *sampled) seen(t *testing.T, dl page.DisplayList, data []byte) {
	t.Helper()
	path := s.file(dl)
	if err := os.WriteFile(path+".pdf", data, 0o600); err != nil {
		t.Fatal(err)
	}
	sound(t, path+".pdf")
	for n, p := range dl.Pages {
		for _, m := range p.Marks {
			c, ok := m.(page.Code)
			if !ok {
				continue
			}
			const dots, margin = 144, 12 // an inch; around the code, in points
			pixels := func(v float64) string { return strconv.Itoa(int(v * dots / 72)) }
			number, side := strconv.Itoa(n+1), pixels(c.Size+2*margin)
			run(t, "pdftoppm", "-r", strconv.Itoa(dots), "-gray", "-singlefile", "-f", number, "-l", number,
				"-x", pixels(c.X-margin), "-y", pixels(c.Y-margin), "-W", side, "-H", side, path+".pdf", path)
			return
		}
	}
	t.Error("no code")
}

// heard is what another program reads through the tags.
func (s *sampled) heard(t *testing.T, dl page.DisplayList) {
	t.Helper()
	heard(t, dl, s.file(dl))
	if out := run(t, "pdffonts", s.file(dl)+".pdf"); strings.Contains(out, " no ") {
		t.Errorf("pdffonts: %s", out)
	}
}

// scanned reads the QR codes from the drawn pages, all at once.
func (s *sampled) scanned(t *testing.T) {
	t.Helper()
	pictures, err := filepath.Glob(filepath.Join(s.dir, "*.pgm"))
	if err != nil {
		t.Fatal(err)
	}
	read := strings.Fields(run(t, "zbarimg", append([]string{"-q", "--raw"}, pictures...)...))
	if len(pictures) < 80 || len(read) != len(pictures) {
		t.Fatalf("%d codes are read of %d", len(read), len(pictures))
	}
	for i, picture := range pictures {
		if want := "https://schede.example/schede/" + strings.TrimSuffix(filepath.Base(picture), ".pgm"); read[i] != want {
			t.Errorf("scanned %q, not %q", read[i], want)
		}
	}
}

// sound holds a file against qpdf.
func sound(t *testing.T, file string) {
	t.Helper()
	if out := run(t, "qpdf", "--check", file); !strings.Contains(out, "No syntax or stream encoding errors") {
		t.Errorf("qpdf: %s", out)
	}
}

// heard compares what another program reads through the tags.
func heard(t *testing.T, dl page.DisplayList, path string) {
	t.Helper()
	var meant strings.Builder
	for _, p := range through(dl, false) {
		meant.WriteString(p.Text)
	}
	if got, want := letters(quoted(run(t, "pdfinfo", "-struct-text", path+".pdf"))), letters(meant.String()); got != want {
		t.Errorf("pdfinfo reads\n%s\nmeant is\n%s", got, want)
	}
}
