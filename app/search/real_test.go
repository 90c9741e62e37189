package search

import (
	"bufio"
	"compress/gzip"
	"encoding/json"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"polis/app"
)

// realSheets reads the real sheets of the shared folder; it skips, loudly,
// where they are not there: their texts never go into the project. Of every
// few sheets it takes one.
func realSheets(tb testing.TB, every int) []Doc {
	tb.Helper()
	root := os.Getenv("POLIS_SHARED")
	if root == "" {
		root = filepath.Join("..", "..", "..", "shared")
	}
	files, err := filepath.Glob(filepath.Join(root, "data", "sheets", "*.jsonl.gz"))
	if err != nil || len(files) == 0 {
		tb.Skipf("NO REAL SHEETS in %s: set POLIS_SHARED; only the generated catalogue was tried", root)
	}
	var docs []Doc
	for _, name := range files {
		docs = append(docs, readSheets(tb, name, every)...)
	}
	return docs
}

func readSheets(tb testing.TB, name string, every int) []Doc {
	tb.Helper()
	f, err := os.Open(name)
	if err != nil {
		tb.Fatal(err)
	}
	defer func() { _ = f.Close() }()
	var in io.Reader = f
	if strings.HasSuffix(name, ".gz") {
		if in, err = gzip.NewReader(f); err != nil {
			tb.Fatal(err)
		}
	}
	lines := bufio.NewReaderSize(in, 1<<20)
	var sheets []app.Sheet
	for n := 0; ; n++ {
		line, err := lines.ReadBytes('\n')
		if len(line) > 1 && n%every == 0 {
			var s struct {
				Type string
				app.Sheet
			}
			if err := json.Unmarshal(line, &s); err != nil {
				tb.Fatal(err)
			}
			if s.Type == "sheet" {
				sheets = append(sheets, s.Sheet)
			}
		}
		if err != nil {
			break
		}
	}
	return docsOf(sheets)
}

func docsOf(sheets []app.Sheet) []Doc {
	byCode := map[string]*app.Sheet{}
	for i := range sheets {
		byCode[sheets[i].Code] = &sheets[i]
	}
	docs := make([]Doc, len(sheets))
	for i := range sheets {
		docs[i] = DocOf(app.Adapt(&sheets[i], byCode[sheets[i].Base]))
	}
	return docs
}

// keystrokes are the texts in the box while people type these queries; some
// are misspelt, as they are.
func keystrokes() []string {
	queries := []string{
		"carta identita smarita", "certificato di residenza", "passaporto minorenne", "permesso di soggiorno",
		"iscrizione asilo nido", "tari seconda casa", "cambio residenza", "accesso agli atti", "pasaporto scaduto",
		"contrassegno disabili", "matrimonio civile", "legge 104/92", "occupazione suolo pubblico", "bonus nascita",
		"carte d'identité perdue", "impôt sur le revenu", "permis de conduire", "allocation logement etudiant",
		"isee universita", "denuncia di morte", "licenza edilizia", "mensa scolastica", "abonamento bus",
	}
	var out []string
	for _, q := range queries {
		for i := range q {
			if i > 0 {
				out = append(out, q[:i])
			}
		}
		out = append(out, q)
	}
	return out
}

func TestRealSheets(t *testing.T) {
	docs := realSheets(t, 4)
	x, err := Open(blobOf(t, docs))
	if err != nil {
		t.Fatal(err)
	}
	titlesFind(t, x, docs)
	for _, d := range docs {
		if r := x.Search(Query{Text: d.Code, Limit: 5}); len(r.Hits) == 0 || r.Hits[0].Code != d.Code {
			t.Errorf("code %s finds %v", d.Code, codesOf(r))
		}
	}
	for _, q := range keystrokes() {
		x.Search(Query{Text: q})
	}
}

// titlesFind checks that a sheet is found by its own title: among the first
// five nearly always (real catalogues have the same title several times over).
func titlesFind(t *testing.T, x *Index, docs []Doc) {
	t.Helper()
	found, n := 0, 0
	for i := 0; i < len(docs); i += 17 {
		d := &docs[i]
		if len(x.ask(d.Title).words) == 0 {
			continue
		}
		n++
		if slices.Contains(codesOf(x.Search(Query{Text: d.Title, Limit: 5})), d.Code) {
			found++
		}
	}
	t.Logf("%d of %d titles find their sheet among the first five", found, n)
	if found*100 < n*95 {
		t.Errorf("only %d of %d titles find their sheet", found, n)
	}
}

func BenchmarkBuild(b *testing.B) {
	docs := realSheets(b, 1)
	for b.Loop() {
		Build(docs)
	}
}

func BenchmarkOpen(b *testing.B) {
	docs := realSheets(b, 1)
	text := 0
	for i := range docs {
		text += len(docs[i].Title) + len(docs[i].Summary)
		for _, s := range docs[i].Sections {
			text += len(s)
		}
	}
	blob := blobOf(b, docs)
	for b.Loop() {
		if _, err := Open(blob); err != nil {
			b.Fatal(err)
		}
	}
	b.ReportMetric(float64(len(blob))/1e6, "MB")
	b.ReportMetric(float64(len(blob))/float64(text), "blob/text")
}

func BenchmarkKeystroke(b *testing.B) {
	x := Build(realSheets(b, 1))
	keys := keystrokes()
	var took []time.Duration
	for b.Loop() {
		took = append(took, x.Search(Query{Text: keys[len(took)%len(keys)]}).Took)
	}
	reportPercentiles(b, took)
}

// BenchmarkScreen is what a screen costs at each key: results, facets and
// the eight visible titles and snippets.
func BenchmarkScreen(b *testing.B) {
	docs := realSheets(b, 1)
	x := Build(docs)
	byCode := map[string]*Doc{}
	for i := range docs {
		byCode[docs[i].Code] = &docs[i]
	}
	keys := keystrokes()
	var took []time.Duration
	for b.Loop() {
		start := time.Now()
		r := x.Search(Query{Text: keys[len(took)%len(keys)]})
		for _, h := range r.Hits[:min(8, len(r.Hits))] {
			d := byCode[h.Code]
			SnippetOf(h.Matched, d.Language, append([]string{d.Summary}, d.Sections...), 160)
			Highlight(d.Title, h.Matched, d.Language)
		}
		took = append(took, time.Since(start))
	}
	reportPercentiles(b, took)
}

func reportPercentiles(b *testing.B, took []time.Duration) {
	b.Helper()
	slices.Sort(took)
	b.ReportMetric(float64(took[len(took)/2].Microseconds()), "p50-µs")
	b.ReportMetric(float64(took[len(took)*99/100].Microseconds()), "p99-µs")
}
