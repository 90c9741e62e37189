package speed

import (
	"bytes"
	"encoding/json"
	"io"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"polis/app/search/bench"
)

func folders(t *testing.T) bench.Folders {
	t.Helper()
	// Without the real catalogues: quick, and the same everywhere.
	return bench.Folders{Root: filepath.Join("..", "..", "..", ".."), Shared: t.TempDir()}
}

func TestClasses(t *testing.T) {
	docs, from, err := Corpus(folders(t), 300)
	if err != nil || !strings.Contains(from, "MISSING") {
		t.Fatal(from, err)
	}
	classes := Classes(docs, 90, 5)
	if !reflect.DeepEqual(classes, Classes(docs, 90, 5)) {
		t.Error("two runs differ")
	}
	for i, c := range classes {
		if len(c.Texts) != 90 {
			t.Errorf("%s: %d questions", c.Name, len(c.Texts))
		}
		for _, text := range c.Texts {
			if i < 3 && utf8.RuneCountInString(text) != i+1 {
				t.Errorf("%s: %q", c.Name, text)
			}
		}
	}
}

// A worker builds, serves a batch, stops at its budget and ends with its input.
func TestWorker(t *testing.T) {
	for _, system := range Systems() {
		job := Job{System: system, Dir: t.TempDir(), Sheets: 60, Folder: folders(t)}
		var out bytes.Buffer
		if err := job.Build(&out); err != nil {
			t.Fatal(err)
		}
		var b Built
		if err := json.Unmarshal(out.Bytes(), &b); err != nil || b.Size == 0 || b.Wall == 0 {
			t.Errorf("%s: %+v, %v", system, b, err)
		}
		serve(t, &job)
	}
}

func serve(t *testing.T, job *Job) {
	t.Helper()
	var in, out bytes.Buffer
	enc := json.NewEncoder(&in)
	for _, r := range []request{
		{Do: "texts"},
		{Do: "memory"},
		{Texts: []string{"c", "certificato di "}, Screen: true, Budget: time.Minute},
		{Texts: []string{"c", "certificato di "}, Budget: 1},
	} {
		if err := enc.Encode(r); err != nil {
			t.Fatal(err)
		}
	}
	if err := job.Serve(&in, &out); err != nil {
		t.Fatal(err)
	}
	dec := json.NewDecoder(&out)
	var opened Opened
	if err := dec.Decode(&opened); err != nil || opened.Open <= 0 {
		t.Error(opened, err)
	}
	for i, n := range []int{0, 0, 2, 1} {
		var a answer
		if err := dec.Decode(&a); err != nil || a.Error != "" || len(a.Took) != n {
			t.Errorf("%s, answer %d: %+v, %v", job.System, i, a, err)
		}
	}
	if _, err := dec.Token(); err != io.EOF {
		t.Error(err)
	}
}

func TestPercentile(t *testing.T) {
	var took []time.Duration
	for i := 100; i > 0; i-- {
		took = append(took, time.Duration(i)*time.Millisecond)
	}
	if percentile(took, 50) != 51*time.Millisecond || percentile(took, 99) != 100*time.Millisecond || percentile(nil, 99) != 0 {
		t.Error(percentile(took, 50), percentile(took, 99))
	}
	if got := spread(took, 200); got != "51.0 / 100 (100 of 200)" {
		t.Error(got)
	}
}

func TestReport(t *testing.T) {
	took := map[string][]time.Duration{ClassKeys: {1e6}, ClassScreen: {2e6}}
	slow := map[string][]time.Duration{ClassKeys: {100e6}}
	r := report{
		sheets: 10, italian: 5, from: "a test", text: 1e6,
		classes: []Class{{Name: ClassKeys, Texts: []string{"a"}}, {Name: ClassScreen, Texts: []string{"a"}, Screen: true}},
		figures: []*figures{
			{system: Ours, took: took, built: Built{CPU: time.Second, Size: 1e5}},
			{system: FTS5, took: slow, built: Built{CPU: 2 * time.Second, Size: 5e5}},
		},
		delta: Delta{Rounds: 1, With: 1e6},
	}
	var b strings.Builder
	r.print(&b)
	for _, part := range []string{"50 % Italian", "0.1 MB (0.100)", "1/100 of FTS5", "1/50", "0.50 of FTS5", "1.00 / 1.00", "100 / 100", "Change of 100 sheets, 1 times"} {
		if !strings.Contains(b.String(), part) {
			t.Errorf("no %q in\n%s", part, b.String())
		}
	}
}
