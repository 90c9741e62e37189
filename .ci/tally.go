// Command tally reads the output of `go test -json` and shows what a reader
// wants: failing tests with what they printed, skipped tests with their
// reason, a line per package and, last, how many tests passed and failed.
// A test with subtests counts as its subtests.
//
//	go test -json ./... | go run .ci/tally.go
package main

import (
	"bufio"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"os"
	"slices"
	"strings"
)

// event is a line of test2json.
type event struct {
	Action, Package, ImportPath, Test, Output string
	Elapsed                                   float64
}

type tally struct {
	out      io.Writer
	printed  map[string][]string // output by "package test"
	outcomes map[string]string   // pass, fail or skip by "package test"
	parents  map[string]bool
	packages int
	broken   []string // packages that failed otherwise than by a test
}

func main() {
	t := &tally{
		out: os.Stdout, printed: map[string][]string{},
		outcomes: map[string]string{}, parents: map[string]bool{},
	}
	lines := bufio.NewReader(os.Stdin)
	for {
		line, err := lines.ReadBytes('\n')
		if len(line) > 0 {
			t.line(line)
		}
		if err != nil {
			break
		}
	}
	if !t.close() {
		os.Exit(1)
	}
}

func (t *tally) line(line []byte) {
	var e event
	if json.Unmarshal(line, &e) != nil {
		fmt.Fprint(t.out, string(line)) // go's own words
		return
	}
	name := e.Package + " " + e.Test
	switch e.Action {
	case "build-output":
		fmt.Fprint(t.out, e.Output)
	case "output":
		t.printed[name] = append(t.printed[name], e.Output)
	case "pass", "fail", "skip":
		t.done(e, name)
	}
}

func (t *tally) done(e event, name string) {
	if e.Test == "" {
		t.donePackage(e, name)
		return
	}
	t.outcomes[name] = e.Action
	if i := strings.LastIndex(e.Test, "/"); i > 0 {
		t.parents[e.Package+" "+e.Test[:i]] = true
	}
	if e.Action != "pass" {
		fmt.Fprint(t.out, strings.Join(t.printed[name], ""))
	}
	delete(t.printed, name)
}

func (t *tally) donePackage(e event, name string) {
	if e.Action == "skip" {
		return // no test files
	}
	t.packages++
	failed := false
	for n, outcome := range t.outcomes {
		failed = failed || outcome == "fail" && strings.HasPrefix(n, e.Package+" ")
	}
	if e.Action == "fail" && !failed {
		t.broken = append(t.broken, e.Package)
		t.unfinished(e.Package)
	}
	lines := t.printed[name]
	if e.Action == "fail" {
		fmt.Fprint(t.out, strings.Join(lines, ""))
	} else if len(lines) > 0 {
		fmt.Fprint(t.out, lines[len(lines)-1])
	}
	delete(t.printed, name)
}

// unfinished shows what tests had printed when their package died.
func (t *tally) unfinished(pkg string) {
	for _, name := range slices.Sorted(maps.Keys(t.printed)) {
		if strings.HasPrefix(name, pkg+" ") && name != pkg+" " {
			fmt.Fprint(t.out, strings.Join(t.printed[name], ""))
		}
	}
}

// close prints the sums and tells whether all is well; no test at all is not.
func (t *tally) close() bool {
	count := map[string]int{}
	for name, outcome := range t.outcomes {
		if !t.parents[name] || outcome == "fail" && !t.childFailed(name) {
			count[outcome]++
		}
	}
	for _, p := range t.broken {
		fmt.Fprintf(t.out, "BROKEN\t%s did not build or did not end\n", p)
	}
	failed := count["fail"] + len(t.broken)
	fmt.Fprintf(t.out, "%d packages: %d passed, %d failed, %d skipped\n", t.packages, count["pass"], failed, count["skip"])
	return failed == 0 && count["pass"] > 0
}

func (t *tally) childFailed(name string) bool {
	for n, outcome := range t.outcomes {
		if outcome == "fail" && strings.HasPrefix(n, name+"/") {
			return true
		}
	}
	return false
}
