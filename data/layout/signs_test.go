package layout

import (
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"unicode"

	"polis/app"
	"polis/app/page"
)

// Kerning comes from the fonts' GPOS tables, and what is laid out is as wide
// as its signs placed one by one.
func TestKerning(t *testing.T) {
	e := testEngine(t)
	for _, face := range []page.Face{page.Sans, page.SansBold, page.SansHeavy, page.Serif, page.Broad} {
		for _, p := range []string{"AV", "To", "P."} {
			r := []rune(p)
			if k := e.Kern(face, r[0], r[1]); k >= 0 || k < -250 {
				t.Errorf("%s: %q is kerned by %d", face.File(), p, k)
			}
		}
		if k := e.Kern(face, 'n', 'n'); k < -5 || k > 5 {
			t.Errorf("%s: nn is kerned by %d", face.File(), k)
		}
	}
	if e.Kern(page.Sans, 'A', 'Ж') != 0 || e.Advance(page.Sans, 'Ж') >= 0 || e.Advance(page.Broad, 'Ж') <= 0 {
		t.Error("a letter that a face lacks has measures, or one that it has lacks them")
	}
}

func TestWidthsAreThoseOfTheSigns(t *testing.T) {
	e, w := testEngine(t), testWords(t)
	for _, sheet := range sampleSheets(t) {
		dl, err := e.Layout(page.Sheet(input(sheet, w, true)))
		if err != nil {
			t.Fatal(err)
		}
		for _, p := range dl.Pages {
			for _, m := range p.Marks {
				if r, ok := m.(page.Run); ok {
					checkWidth(t, e, r)
				}
			}
		}
	}
}

func checkWidth(t *testing.T, e page.Metrics, r page.Run) {
	t.Helper()
	total, before := 0, rune(0)
	for _, c := range strings.TrimRight(r.Text, " ") {
		total += e.Advance(r.Face, c)
		if before != 0 {
			total += e.Kern(r.Face, before, c)
		}
		before = c
	}
	if want := float64(total) * r.Size / 1000; r.Width < want-0.01 || r.Width > want+0.01 {
		t.Errorf("%q is %.3f wide, its signs are %.3f", r.Text, r.Width, want)
	}
}

// Measures are asked for by several goroutines.
func TestMetricsTogether(t *testing.T) {
	e := testEngine(t)
	var wg sync.WaitGroup
	for range 4 {
		wg.Go(func() {
			for r := rune(0x20); r < 0x500; r++ {
				for face := range page.FaceCount {
					_ = e.Advance(face, r) + e.Kern(face, 'A', r) + e.Kern(face, r, 'Ж')
				}
			}
		})
	}
	wg.Wait()
	if got, want := e.Advance(page.Sans, 'm'), testEngine(t).Advance(page.Sans, 'm'); got != want {
		t.Errorf("an m is %d wide, alone %d", got, want)
	}
}

// Cyrillic, Greek and Vietnamese print, accents stay with their letters, and
// what has to be replaced is still told to who hears it.
func TestScripts(t *testing.T) {
	for _, text := range []string{"Жизнь и работа", "е́ж", "ελληνικά", "Tiếng Việt", "Їжак ґанок", "x̄ = ½ ⩽ ⅓ → ☐ ✓ ★", "Straße İstanbul ŵ"} {
		doc := section("Titolo", markdown(text))
		dl := laidOut(t, doc)
		sameText(t, text, doc, dl)
		for _, r := range runsOf(dl) {
			if r.Actual != "" || strings.Contains(r.Text, "\uFFFD") {
				t.Errorf("%q: %q stands for %q", text, r.Text, r.Actual)
			}
		}
	}
	doc := section("Titolo", markdown("Chiamare 📞 o scrivere a 山 e ai Ｃ di nome in un paragrafo che per il resto è italiano, abbastanza lungo."))
	dl := laidOut(t, doc)
	sameText(t, "replaced", doc, dl)
	var got []string
	for _, r := range runsOf(dl) {
		if r.Actual != "" {
			got = append(got, strings.TrimSpace(r.Text)+"="+strings.TrimSpace(r.Actual))
		}
	}
	if want := []string{"tel.=📞", "\uFFFD=山", "C=Ｃ"}; !slices.Equal(got, want) {
		t.Errorf("got %q, want %q", got, want)
	}
}

func runsOf(dl page.DisplayList) []page.Run {
	var out []page.Run
	for _, p := range dl.Pages {
		for _, m := range p.Marks {
			if r, ok := m.(page.Run); ok {
				out = append(out, r)
			}
		}
	}
	return out
}

// An accent is drawn in the face of its letter.
func TestAccents(t *testing.T) {
	s := newSetter(testEngine(t), page.Document{})
	for _, text := range []string{"x\u0304", "е\u0301", "a\u0304\u0301"} {
		if set := s.pieces(text, page.Sans, 10); len(set) != 1 || set[0].face != page.Broad {
			t.Errorf("%q is set as %v", text, set)
		}
	}
}

// What we cannot set is refused, not mangled; a word of it is no reason.
func TestForeignScripts(t *testing.T) {
	for script, text := range map[string]string{
		"Arabic": "بطاقة الهوية الإلكترونية", "Hebrew": "תעודת זהות", "Han": "电子身份证", "Devanagari": "पहचान पत्र", "Thai": "บัตรประชาชน",
	} {
		_, err := testEngine(t).Layout(section("Titolo", markdown(text)))
		if app.ErrorCode(err) != app.CodeScript || app.ErrorParams(err)["script"] != script {
			t.Errorf("%s: %v %v", script, err, app.ErrorParams(err))
		}
		dl, err := testEngine(t).Layout(section("Titolo", markdown(strings.Repeat("Parole italiane attorno. ", 30)+text)))
		if err != nil || !strings.Contains(words(dl), "\uFFFD") {
			t.Errorf("%s: a few words: %v", script, err)
		}
	}
}

// unprintable are the signs that no face has and that are there all the same:
// control characters that damaged catalogues hold, and what joins or hides
// others. They leave nothing blank: they are left out.
func unprintable(r rune) bool { return invisible(r) }

// No character of the sample, of our translations or of the real sheets lacks
// a glyph.
func TestEverySignHasAGlyph(t *testing.T) {
	e := testEngine(t)
	lost := map[rune]string{}
	seen := map[rune]bool{}
	look := func(where, text string) {
		for _, r := range text {
			if seen[r] {
				continue
			}
			seen[r] = true
			if _, ok := e.fallback(page.Sans, r, 0); !ok && !unprintable(r) && !unicode.IsSpace(r) {
				lost[r] = where
			}
		}
	}
	for _, s := range sampleSheets(t) {
		lookAt(t, look, s)
	}
	files, err := filepath.Glob(filepath.Join("..", "..", "assets", "translations", "*.json"))
	if err != nil || len(files) == 0 {
		t.Fatalf("no translations: %v", err)
	}
	for _, f := range files {
		data, err := os.ReadFile(f)
		if err != nil {
			t.Fatal(err)
		}
		look(f, string(data))
	}
	for _, name := range []string{"comuni-it.jsonl.gz", "service-public-fr.jsonl.gz"} {
		err := realSheets(name, func(_ int, s app.Sheet) { lookAt(t, look, s) })
		if errors.Is(err, os.ErrNotExist) {
			t.Logf("REAL SHEETS NOT LOOKED AT: %v (set POLIS_SHARED)", err)
		} else if err != nil {
			t.Fatal(err)
		}
	}
	for r, where := range lost {
		t.Errorf("%U %c has no glyph (%s)", r, r, where)
	}
	t.Logf("%d different characters", len(seen))
}

func lookAt(t *testing.T, look func(where, text string), s app.Sheet) {
	t.Helper()
	data, err := json.Marshal(s)
	if err != nil {
		t.Fatal(err)
	}
	var all any
	if err := json.Unmarshal(data, &all); err != nil {
		t.Fatal(err)
	}
	look(s.Code, fmt.Sprint(all))
}

// What is replaced by a sign alike is really missing, and what replaces it is
// there.
func TestLookalikes(t *testing.T) {
	e := testEngine(t)
	for _, r := range "📞📱🕿📧📨📩🖂✅❌❎⭐🌟🔴🟢🟡🔵🟠🟣🔸🔹🔶🔷👉📍📌" {
		if f, ok := e.fallback(page.Sans, r, 0); ok {
			t.Errorf("%c is in %s", r, f.File())
		}
		for _, c := range lookalike(r) {
			if _, ok := e.fallback(page.Sans, c, 0); !ok {
				t.Errorf("%c stands for %c and is missing itself", c, r)
			}
		}
	}
}
