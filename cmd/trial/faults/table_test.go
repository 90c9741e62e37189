package faults

import (
	"go/ast"
	"go/parser"
	"go/token"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"polis/cmd/trial"
)

// Every test that the table of faults names exists in the package that it
// names, and every test of this package stands in the table.
func TestTableOfFaultsIsTrue(t *testing.T) {
	named := namedTests(t, "synchronisation.md", "fault", 4, 30)
	for name := range testsOf(t, filepath.Join(trial.Root(t), "cmd", "trial", "faults")) {
		if !named["cmd/trial/faults"][name] && name != t.Name() && name != "TestMain" && name != "TestTableOfPaperIsTrue" {
			t.Errorf("%s is not in the table", name)
		}
	}
}

// Every test that the table of what paper is held to names exists.
func TestTableOfPaperIsTrue(t *testing.T) { namedTests(t, "paper.md", "what", 3, 14) }

// namedTests reads the table of a document whose head begins with a word:
// the tests that its last column names, by package. Each must exist.
func namedTests(t *testing.T, doc, head string, columns, least int) map[string]map[string]bool {
	t.Helper()
	root := trial.Root(t)
	text := string(must[[]byte](t)(os.ReadFile(filepath.Join(root, "assets", "docs", doc))))
	_, text, found := strings.Cut(text, "\n| "+head+" |")
	if !found {
		t.Fatalf("%s has no table that begins with %q", doc, head)
	}
	_, text, _ = strings.Cut(text, "\n")
	word := regexp.MustCompile("`((?:app|cmd|data|ui)/[a-z/-]+)`|\\b(Test[A-Z]\\w*)")
	named := map[string]map[string]bool{}
	rows := -1 // the line below the head
	for line := range strings.Lines(text) {
		if !strings.HasPrefix(line, "|") {
			break
		}
		if rows++; rows == 0 {
			continue
		}
		cells := strings.Split(strings.Trim(strings.TrimSpace(line), "|"), " | ")
		if len(cells) != columns {
			t.Errorf("%d columns in %s", len(cells), line)
			continue
		}
		in, tests := "", 0
		for _, m := range word.FindAllStringSubmatch(cells[columns-1], -1) {
			if m[1] != "" {
				in = m[1]
				continue
			}
			if named[in] == nil {
				named[in] = map[string]bool{}
			}
			named[in][m[2]] = true
			tests++
		}
		if tests == 0 {
			t.Errorf("no test in %s", line)
		}
	}
	if rows < least {
		t.Fatalf("%s: %d rows", doc, rows)
	}
	for in, tests := range named {
		there := testsOf(t, filepath.Join(root, in))
		for name := range tests {
			if !there[name] {
				t.Errorf("%s has no %s", in, name)
			}
		}
	}
	return named
}

// testsOf reads the names of a package's test functions.
func testsOf(t *testing.T, folder string) map[string]bool {
	t.Helper()
	tests := map[string]bool{}
	for _, path := range must[[]string](t)(filepath.Glob(filepath.Join(folder, "*_test.go"))) {
		file := must[*ast.File](t)(parser.ParseFile(token.NewFileSet(), path, nil, parser.SkipObjectResolution))
		for _, d := range file.Decls {
			if f, isFunc := d.(*ast.FuncDecl); isFunc && f.Recv == nil && strings.HasPrefix(f.Name.Name, "Test") {
				tests[f.Name.Name] = true
			}
		}
	}
	return tests
}
