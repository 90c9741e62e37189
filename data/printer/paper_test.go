//go:build unix

package printer

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"polis/app"
	"polis/app/page"
	"polis/app/printing"
	"polis/cmd/trial"
	"polis/data/layout"
	"polis/data/pdf"
)

// document of n pages, each with its number on it.
func pages(t testing.TB, title string, n int) printing.Work {
	t.Helper()
	fonts := page.LoadFonts(func(name string) []byte {
		data, err := os.ReadFile(filepath.Join("..", "..", "assets", "fonts", name+".ttf"))
		if err != nil {
			t.Fatal(err)
		}
		return data
	})
	engine, err := layout.New(fonts)
	if err != nil {
		t.Fatal(err)
	}
	list := page.DisplayList{Title: title, Language: "it", Width: 595, Height: 842, Created: time.Date(2026, 11, 27, 0, 0, 0, 0, time.UTC)}
	list.Elements = []page.Element{{Parent: -1, Role: page.RoleDocument}, {Parent: 0, Role: page.RoleParagraph}}
	for i := range n {
		list.Pages = append(list.Pages, page.Page{Marks: []page.Mark{
			page.Run{X: 100, Y: 100, Width: 60, Size: 12, Text: fmt.Sprintf("pagina%d.", i+1), Of: 1},
		}})
	}
	return printing.Work{Title: title, List: &list, PDF: func(w io.Writer) error { return pdf.New(fonts, engine).Write(w, list) }}
}

// numbers returns which pages a file has, in order.
func numbers(t testing.TB, file string) []int {
	t.Helper()
	text, err := exec.Command("pdftotext", file, "-").Output()
	if err != nil {
		t.Skipf("SKIPPED: papers are not read without pdftotext (%v); `make test` installs it", err)
	}
	var found []int
	for word := range strings.FieldsSeq(string(text)) {
		number, ok := strings.CutPrefix(strings.TrimSuffix(word, "."), "pagina")
		n, err := strconv.Atoi(number)
		if !ok || err != nil {
			t.Errorf("the paper says %q", word)
		}
		found = append(found, n)
	}
	return found
}

// desk is a workstation that prints by a service of the test.
func desk(c *trial.CUPS, home string, more ...string) printing.Printers {
	return New(Params{Home: home, Etc: home, Getenv: func(name string) string {
		for i := 0; i+1 < len(more); i += 2 {
			if more[i] == name {
				return more[i+1]
			}
		}
		if name == "CUPS_SERVER" {
			return c.Server
		}
		return ""
	}})
}

func list(t testing.TB, p printing.Printers) []printing.Printer {
	t.Helper()
	all, err := p.List(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	return all
}

func printed(t testing.TB, p printing.Printers, printer string, w printing.Work, o printing.Options) printing.Job {
	t.Helper()
	j, err := p.Print(t.Context(), printer, w, o)
	if err != nil {
		t.Fatal(err)
	}
	return j
}

// refused wants an error with its code; in words, when the detail is ours.
func refused(t testing.TB, err error, want app.Code, detail string) {
	t.Helper()
	if app.ErrorCode(err) != want || app.ErrorParams(err)["detail"] != detail {
		t.Errorf("got %v, want %s %s", err, want, detail)
	}
}

// watch waits until a job is so and returns its status.
func watch(t testing.TB, p printing.Printers, j printing.Job, until func(printing.JobStatus) bool) printing.JobStatus {
	t.Helper()
	press, err := printing.New(printing.Params{Printers: p, Settings: nothing{}, Every: 20 * time.Millisecond})
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	var last printing.JobStatus
	seen := false
	_, err = press.Watch(ctx, j, func(st printing.JobStatus) {
		last = st
		if !seen && until(st) {
			seen = true
			cancel()
		}
	})
	if !seen {
		t.Fatalf("the job never came so far: %+v, %v", last, err)
	}
	return last
}

func done(t testing.TB, p printing.Printers, j printing.Job) {
	t.Helper()
	watch(t, p, j, func(st printing.JobStatus) bool { return st.State == printing.JobDone })
}

func has(faults []printing.Fault, want printing.FaultReason) bool {
	return slices.ContainsFunc(faults, func(f printing.Fault) bool { return f.Reason == want && f.Stops })
}

// nothing remembers nothing.
type nothing struct{}

func (nothing) Setting(context.Context, string) (string, error)  { return "", nil }
func (nothing) SetSetting(context.Context, string, string) error { return nil }

func isPDF(t testing.TB, file string) {
	t.Helper()
	if b, err := os.ReadFile(file); err != nil || !bytes.HasPrefix(b, []byte("%PDF-")) {
		t.Errorf("%s: %.10q %v", file, b, err)
	}
}
