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
	root := trial.Root(t)
	text := string(must[[]byte](t)(os.ReadFile(filepath.Join(root, "assets", "docs", "synchronisation.md"))))
	text, _, _ = strings.Cut(text, "\n## Measured\n") // what follows are other tables
	word := regexp.MustCompile("`((?:app|cmd|data|ui)/[a-z/-]+)`|\\b(Test[A-Z]\\w*)")
	named := map[string]map[string]bool{}
	rows := 0
	for line := range strings.Lines(text) {
		if !strings.HasPrefix(line, "| ") {
			continue
		}
		cells := strings.Split(strings.Trim(strings.TrimSpace(line), "|"), " | ")
		if len(cells) != 4 {
			t.Errorf("%d columns in %s", len(cells), line)
			continue
		}
		if cells[0] == " fault" {
			continue
		}
		rows++
		in, tests := "", 0
		for _, m := range word.FindAllStringSubmatch(cells[3], -1) {
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
	if rows < 30 {
		t.Fatalf("%d rows", rows)
	}
	for in, tests := range named {
		there := testsOf(t, filepath.Join(root, in))
		for name := range tests {
			if !there[name] {
				t.Errorf("%s has no %s", in, name)
			}
		}
	}
	for name := range testsOf(t, filepath.Join(root, "cmd", "trial", "faults")) {
		if !named["cmd/trial/faults"][name] && name != t.Name() && name != "TestMain" {
			t.Errorf("%s is not in the table", name)
		}
	}
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
