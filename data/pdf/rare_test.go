package pdf

import (
	"bytes"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"polis/app"
	"polis/app/page"
	"polis/data/layout"
)

// TestTextIsAsWideAsMeasured adds up what gopdf wrote, advances and kerning,
// for every run, of the document made by hand and of the sample.
func TestTextIsAsWideAsMeasured(t *testing.T) {
	fonts, words, measured := testFonts(t), testWords(t), testMetrics(t)
	kerned := asWide(t, everything(t), fonts, measured)
	e, err := layout.New(fonts)
	if err != nil {
		t.Fatal(err)
	}
	for _, sheet := range sampleSheets(t) {
		dl, err := e.Layout(page.Sheet(sheetInput(sheet, words, true)))
		if err != nil {
			t.Fatal(err)
		}
		kerned += asWide(t, dl, fonts, measured)
	}
	if kerned < 1000 {
		t.Errorf("%d pairs are kerned", kerned)
	}
}

// asWide compares the runs with what is drawn and returns how many pairs are
// kerned. A blank at the end of a line is not measured.
func asWide(t *testing.T, dl page.DisplayList, fonts page.Fonts, metrics page.Metrics) (kerned int) {
	t.Helper()
	tr, err := newTree(dl)
	if err != nil {
		t.Fatal(err)
	}
	drawn, err := draw(dl, tr, fonts, metrics)
	if err != nil {
		t.Fatal(err)
	}
	f, err := takeApart(drawn, &zips{})
	if err != nil {
		t.Fatal(err)
	}
	for n, number := range f.pages() {
		content := f.object(reference(field(f.object(number).dict, "Contents"))).data
		mark := 0
		for line := range bytes.Lines(content) {
			line = bytes.TrimSpace(line)
			if m, ok := marker(line); ok {
				mark = m
			}
			r, ok := dl.Pages[n].Marks[mark].(page.Run)
			if !ok || !bytes.HasSuffix(line, []byte("] TJ")) || r.Of < 0 && dl.Code == "c_zzz1-0001" {
				continue
			}
			width, glyphs := 0, 0
			signs := []rune(strings.TrimRight(r.Text, " "))
			for _, c := range signs {
				width += metrics.Advance(r.Face, c)
			}
			for part := range strings.SplitSeq(string(line[1:len(line)-4]), ">") {
				move, shown, _ := strings.Cut(part, "<")
				if move != "" && glyphs < len(signs) {
					k, err := strconv.Atoi(move)
					if err != nil {
						t.Fatal(err)
					}
					width -= k
					kerned++
				}
				glyphs += len(shown) / 4
			}
			if drawn := float64(width) * r.Size / 1000; math.Abs(drawn-r.Width) > 0.01 {
				t.Errorf("%q is %.3f wide, measured was %.3f", r.Text, drawn, r.Width)
				return kerned
			}
		}
	}
	return kerned
}

func bytesOf(t *testing.T, dl page.DisplayList) []byte {
	t.Helper()
	data, err := New(testFonts(t), testMetrics(t)).Bytes(dl)
	if err != nil {
		t.Fatal(err)
	}
	return data
}

func TestRareDocuments(t *testing.T) {
	long := strings.Repeat("x", 40000)
	tests := map[string]func(*page.DisplayList){
		"no elements": func(dl *page.DisplayList) {
			dl.Elements, dl.Bookmarks = nil, nil
			dl.Pages = []page.Page{{Marks: []page.Mark{page.Run{X: 9, Y: 9, Size: 9, Text: "niente", Of: page.Decoration}}}}
		},
		"an empty page":         func(dl *page.DisplayList) { dl.Pages = append(dl.Pages, page.Page{}) },
		"no words about itself": func(dl *page.DisplayList) { dl.Title, dl.Author, dl.Subject, dl.Created = "", "", "", time.Time{} },
		"odd title":             func(dl *page.DisplayList) { dl.Title = "\ufeff(a) \\ ) 😀 <b>&amp; \x00\x1b\n\ufffe è \xff]]>" },
		"long title":            func(dl *page.DisplayList) { dl.Title, dl.Subject = strings.Repeat("è", 20000), long },
		"odd language":          func(dl *page.DisplayList) { dl.Language, dl.Elements[1].Lang = "it_IT é", "??" },
		"empty runs": func(dl *page.DisplayList) {
			dl.Pages[0].Marks = append(dl.Pages[0].Marks, page.Run{X: 1, Y: 1, Size: 9, Of: 1}, page.Run{X: 1, Y: 1, Size: 9, Of: page.PageFoot})
		},
		"signs that no font has": func(dl *page.DisplayList) {
			e := len(dl.Elements)
			dl.Elements = append(dl.Elements, page.Element{Role: page.RoleParagraph})
			for i, text := range []string{"日本語 😀\u0007", "\ue000", "a\nb\tc", "\U0010FFFF"} {
				dl.Pages[1].Marks = append(dl.Pages[1].Marks, page.Run{X: 50, Y: 400 + 20*float64(i), Width: 50, Size: 9, Text: text + " ", Of: e})
			}
		},
		"odd addresses": func(dl *page.DisplayList) {
			for i, u := range []string{"", `http://a.example/(()\\<>`, "mailto:a@b.example?subject=è 😀", "http://a.example/" + long, "\x00\n"} {
				dl.Pages[1].Marks = append(dl.Pages[1].Marks, page.Link{X: 50, Y: 500 + 20*float64(i), W: 9, H: 9, URL: u, Text: "\n" + u, Of: 1})
			}
		},
		"alternative text beyond ASCII": func(dl *page.DisplayList) {
			for i := range dl.Elements {
				if dl.Elements[i].Role == page.RoleFigure {
					dl.Elements[i].Alt = "(è) 😀 " + long
				}
			}
		},
	}
	for name, change := range tests {
		t.Run(name, func(t *testing.T) {
			dl := everything(t)
			change(&dl)
			data := bytesOf(t, dl)
			checked(t, data)
			path := filepath.Join(t.TempDir(), "x.pdf")
			if err := os.WriteFile(path, data, 0o600); err != nil {
				t.Fatal(err)
			}
			sound(t, path)
		})
	}
}

func TestListsThatContradictThemselves(t *testing.T) {
	tests := map[string]func(*page.DisplayList){
		"no pages":              func(dl *page.DisplayList) { dl.Pages = nil },
		"an unknown element":    func(dl *page.DisplayList) { *dl = with(*dl, page.Run{Text: "x", Size: 9, Of: 9999}) },
		"an unknown artifact":   func(dl *page.DisplayList) { *dl = with(*dl, page.Box{Of: -7}) },
		"a parent that follows": func(dl *page.DisplayList) { dl.Elements[1].Parent = 5 },
		"two documents":         func(dl *page.DisplayList) { dl.Elements[1].Parent = -1 },
		"no role":               func(dl *page.DisplayList) { dl.Elements[1].Role = "" },
		"a link to no page":     func(dl *page.DisplayList) { *dl = with(*dl, page.Link{Page: 9, Of: 1}) },
		"a bookmark to no page": func(dl *page.DisplayList) { dl.Bookmarks[0].Page = 99 },
		"a place that is none":  func(dl *page.DisplayList) { *dl = with(*dl, page.Box{X: math.NaN(), Filled: true}) },
		"an endless place":      func(dl *page.DisplayList) { *dl = with(*dl, page.Path{Points: []page.Point{{X: math.Inf(1)}}}) },
	}
	for name, change := range tests {
		dl := everything(t)
		change(&dl)
		if _, err := New(testFonts(t), testMetrics(t)).Bytes(dl); app.ErrorCode(err) != app.CodePrint {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// TestLongDocuments is a hundred pages of prose and one table of a thousand
// rows.
func TestLongDocuments(t *testing.T) {
	var table strings.Builder
	table.WriteString("| Voce | Costo | Note |\n|---|---|---|\n")
	for i := range 1000 {
		fmt.Fprintf(&table, "| voce %d | %d,00 € | una nota che va a capo nella sua cella perché è lunga |\n", i, i)
	}
	sections := map[string]string{
		"how_to": strings.Repeat("## Un titolo\n\nUn paragrafo di **testo** con [un collegamento](https://a.example/x).\n\n- una voce\n- altra voce\n\n", 900),
		"costs":  table.String(),
	}
	e, err := layout.New(testFonts(t))
	if err != nil {
		t.Fatal(err)
	}
	dl, err := e.Layout(page.Sheet(sheetInput(app.Sheet{Code: "lungo", Title: "Lungo", Language: "it", Sections: sections}, testWords(t), true)))
	if err != nil {
		t.Fatal(err)
	}
	if len(dl.Pages) < 100 {
		t.Fatalf("only %d pages", len(dl.Pages))
	}
	write := func() []byte {
		data, err := New(testFonts(t), e).Bytes(dl)
		if err != nil {
			t.Fatal(err)
		}
		return data
	}
	data := write()
	report := checked(t, data)
	if report.Pages != len(dl.Pages) {
		t.Errorf("%d pages of %d", report.Pages, len(dl.Pages))
	}
	same(t, report.Passages, spoken(dl))
	if !bytes.Equal(data, write()) {
		t.Error("the same list gave other bytes")
	}
}
