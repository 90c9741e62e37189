package app_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// pkg is what `go list` tells of a package.
type pkg struct {
	ImportPath string
	Doc        string
	Standard   bool
	Imports    []string
	Deps       []string
	GoFiles    []string
	CgoFiles   []string
	Error      *struct{ Err string }
}

// wall says what some packages must not import. A pattern that ends in "/..."
// is a package and everything below it; a bare "..." is every package of the
// module.
type wall struct {
	who    []string
	except []string // of who
	never  []string
	allow  []string // of never
	why    string
}

func walls() []wall {
	return []wall{
		{
			who:   []string{"polis/app/..."},
			never: []string{"fyne.io/...", "database/sql/...", "net/http/...", "github.com/signintech/gopdf/...", "polis/ui/...", "polis/assets/...", "polis/cmd/..."},
			why:   "the domain knows no screen, no database, no network and no file format",
		},
		{
			who: []string{"polis/app/..."}, except: []string{"polis/app/exchange/...", "polis/app/membership/...", "polis/app/network/...", "polis/app/operators/...", "polis/app/region/..."},
			never: []string{"polis/data/..."},
			why:   "app declares interfaces, data implements them",
		},
		{
			who:   []string{"polis/app/exchange/...", "polis/app/membership/...", "polis/app/network/...", "polis/app/operators/...", "polis/app/region/..."},
			never: []string{"polis/data/..."}, allow: []string{"polis/data/wire"},
			why: "both ends of the synchronisation share the wire types and nothing else of data",
		},
		{
			who: []string{"polis/ui/..."}, never: []string{"polis/data/...", "database/sql/...", "net/http/..."},
			why: "screens reach data through the interfaces of app",
		},
		{
			who: []string{"polis/data/..."}, never: []string{"polis/ui/..."},
			why: "data knows no screen",
		},
		{
			who: []string{"polis/data/wire"}, never: []string{"polis/..."}, allow: []string{"polis/app"},
			why: "the wire types are read by both sides",
		},
		{
			who: []string{"polis/assets/..."}, never: []string{"polis/..."},
			why: "assets imports nothing of the house",
		},
		{
			who: []string{"..."}, except: []string{"polis/ui/...", "polis/cmd/polis"}, never: []string{"fyne.io/..."},
			why: "Fyne lives in ui and cmd/polis",
		},
		{
			who: []string{"..."}, except: []string{"polis/data/sqlite/...", "polis/data/hubstore/..."}, never: []string{"modernc.org/..."},
			why: "SQLite lives in data/sqlite and data/hubstore",
		},
		{
			who: []string{"..."}, except: []string{"polis/data/hubstore/..."}, never: []string{"github.com/jackc/..."},
			why: "PostgreSQL lives in data/hubstore",
		},
		{
			who: []string{"..."}, except: []string{"polis/data/metrics", "polis/cmd/trial"}, never: []string{"github.com/prometheus/..."},
			why: "Prometheus lives in data/metrics; the trial's bad link wants a registry of it",
		},
		{
			who: []string{"..."}, except: []string{"polis/data/api/..."}, never: []string{"github.com/go-resty/...", "github.com/mattn/go-ieproxy/...", "golang.org/x/net/..."},
			why: "the HTTP client and what finds its proxy live in data/api",
		},
		{
			who: []string{"..."}, except: []string{"polis/data/apiserver"}, never: []string{"github.com/pires/..."},
			why: "what reverse proxies say lives in data/apiserver",
		},
		{
			who: []string{"..."}, except: []string{"polis/data/secret/..."},
			never: []string{"github.com/zalando/go-keyring/...", "golang.org/x/crypto/..."},
			why:   "keyrings, DPAPI and passwords live in data/secret",
		},
		{
			who: []string{"..."}, except: []string{"polis/data/secret/...", "polis/data/printer/gdi"}, never: []string{"golang.org/x/sys/windows/..."},
			why: "Windows is asked in data/secret for keys and in data/printer/gdi for printing",
		},
		{
			who: []string{"..."}, except: []string{"polis/app/region", "polis/data/secret/..."}, never: []string{"filippo.io/..."},
			why: "what is sealed is sealed in app/region and data/secret",
		},
		{
			who: []string{"..."}, except: []string{"polis/cmd/station"}, never: []string{"github.com/gabriel-vasile/mimetype/..."},
			why: "what a document is, is told where it becomes a file",
		},
		{
			who: []string{"..."}, except: []string{"polis/data/layout/...", "polis/data/pdf/..."}, never: []string{"github.com/signintech/gopdf/..."},
			why: "PDF lives in data/layout and data/pdf",
		},
		{
			who: []string{"..."}, except: []string{"polis/data/printer/..."}, never: []string{"github.com/OpenPrinting/..."},
			why: "printers are spoken to in data/printer",
		},
	}
}

// links says what must not be linked into a program, however far away.
func links() map[string][]string {
	return map[string][]string{
		"polis/cmd/polis":     {"polis/cmd/trial", "polis/app/membership/specimen", "polis/data/apiserver/...", "polis/data/hubstore/..."},
		"polis/cmd/polisctl":  {"polis/cmd/trial", "polis/app/membership/specimen", "fyne.io/...", "polis/ui/...", "polis/data/apiserver/...", "polis/data/hubstore/..."},
		"polis/cmd/polis-hub": {"polis/cmd/trial", "polis/app/membership/specimen", "fyne.io/...", "polis/ui/..."},
	}
}

func TestWalls(t *testing.T) {
	// Windows is asked for things that no other system has.
	for _, p := range append(list(t), goList(t, []string{"CGO_ENABLED=1", "GOOS=windows"}, "./...")...) {
		if !ours(p.ImportPath) {
			continue
		}
		for _, found := range breaches(walls(), p) {
			t.Error(found)
		}
	}
}

// breaches returns the walls that a package breaks.
func breaches(rules []wall, p pkg) []string {
	var found []string
	for _, w := range rules {
		if !matches(w.who, p.ImportPath) || matches(w.except, p.ImportPath) {
			continue
		}
		for _, imported := range p.Imports {
			if matches(w.never, imported) && !matches(w.allow, imported) {
				found = append(found, p.ImportPath+" imports "+imported+": "+w.why)
			}
		}
	}
	return found
}

// TestWallsStop makes sure that the table stops what it is for.
func TestWallsStop(t *testing.T) {
	for from, imported := range map[string]string{
		"polis/app":            "fyne.io/fyne/v2",
		"polis/app/search":     "polis/data/sqlite",
		"polis/app/region":     "polis/data/hubstore",
		"polis/app/page":       "polis/assets",
		"polis/ui/desk":        "polis/data/wire",
		"polis/ui":             "polis/data/sqlite",
		"polis/data/sqlite":    "polis/ui/widgets",
		"polis/data/wire":      "polis/app/search",
		"polis/assets":         "polis/app",
		"polis/cmd/polisctl":   "fyne.io/fyne/v2/app",
		"polis/data/pdf":       "modernc.org/sqlite",
		"polis/cmd/polis":      "github.com/go-resty/resty/v2",
		"polis/data/raster":    "github.com/signintech/gopdf",
		"polis/app/exchange":   "net/http",
		"polis/data/printer":   "github.com/signintech/gopdf/fontmaker",
		"polis/app/contacts":   "database/sql",
		"polis/cmd/polis-hub":  "fyne.io/systray",
		"polis/cmd/station":    "github.com/jackc/pgx/v5/stdlib",
		"polis/data/apiserver": "github.com/prometheus/client_golang/prometheus",
		"polis/app/operators":  "polis/data/sqlite",
		"polis/cmd/trial":      "github.com/zalando/go-keyring",
		"polis/data/hubstore":  "filippo.io/age",
		"polis/ui/screen":      "golang.org/x/sys/windows",
		"polis/app/printing":   "github.com/OpenPrinting/goipp",
	} {
		if len(breaches(walls(), pkg{ImportPath: from, Imports: []string{imported}})) == 0 {
			t.Errorf("%s may import %s", from, imported)
		}
	}
	for from, imported := range map[string]string{
		"polis/app/region":       "polis/data/wire",
		"polis/app/search":       "polis/app",
		"polis/ui/desk":          "fyne.io/fyne/v2",
		"polis/cmd/polis":        "fyne.io/fyne/v2/app",
		"polis/data/sqlite":      "modernc.org/sqlite",
		"polis/data/layout":      "github.com/signintech/gopdf",
		"polis/data/sqlite2":     "polis/assets",
		"polis/data/printer/gdi": "golang.org/x/sys/windows",
		"polis/data/printer":     "github.com/OpenPrinting/goipp",
		"polis/cmd/station":      "github.com/gabriel-vasile/mimetype",
	} {
		if found := breaches(walls(), pkg{ImportPath: from, Imports: []string{imported}}); found != nil {
			t.Error(found)
		}
	}
}

// TestScreens: routes go through ui, no screen opens another.
func TestScreens(t *testing.T) {
	shared := []string{"screen", "widgets", "theme", "uitest", "handover"}
	for _, p := range list(t) {
		from := screen(p.ImportPath)
		if from == "" {
			continue
		}
		for _, imported := range p.Imports {
			to := screen(imported)
			if to != "" && to != from && !matches(shared, to) {
				t.Errorf("%s imports %s: screens are joined in ui", p.ImportPath, imported)
			}
		}
	}
}

// screen returns the family of a package below ui, "" for others.
func screen(path string) string {
	rest, ok := strings.CutPrefix(path, "polis/ui/")
	if !ok {
		return ""
	}
	family, _, _ := strings.Cut(rest, "/")
	return family
}

func TestPrograms(t *testing.T) {
	for _, p := range list(t) {
		for _, dep := range p.Deps {
			if matches(links()[p.ImportPath], dep) {
				t.Errorf("%s links %s", p.ImportPath, dep)
			}
		}
	}
}

// TestWithoutCgo: what the programs without a window link can be built by the
// Go compiler alone, on every system.
func TestWithoutCgo(t *testing.T) {
	for _, goos := range []string{"linux", "windows", "darwin"} {
		var programs []string
		for _, name := range []string{"polisctl", "polis-hub"} {
			if files, _ := filepath.Glob("../cmd/" + name + "/*.go"); files != nil {
				programs = append(programs, "./cmd/"+name)
			}
		}
		if len(programs) == 0 {
			t.Skip("cmd/polisctl and cmd/polis-hub are not there yet")
		}
		for _, p := range goList(t, []string{"CGO_ENABLED=0", "GOOS=" + goos}, programs...) {
			if p.Error != nil {
				t.Errorf("%s on %s without cgo: %s", p.ImportPath, goos, p.Error.Err)
			}
		}
	}
}

func TestPackageComments(t *testing.T) {
	for _, p := range list(t) {
		if ours(p.ImportPath) && len(p.GoFiles)+len(p.CgoFiles) > 0 && p.Doc == "" {
			t.Errorf("%s has no package comment", p.ImportPath)
		}
	}
}

// TestTopLevel: the house has few rooms at the top and keeps it so.
func TestTopLevel(t *testing.T) {
	allowed := []string{
		"cmd", "app", "ui", "data", "assets", "FyneApp.toml", "go.mod", "go.sum",
		"README.md", "LICENSE", "CONTRIBUTING.md", "CHANGELOG.md", "Makefile", "build",
	}
	entries, err := os.ReadDir("..")
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range entries {
		if !strings.HasPrefix(e.Name(), ".") && !matches(allowed, e.Name()) {
			t.Errorf("%s does not belong at the top level", e.Name())
		}
	}
}

// ours tells the packages of the house; what lies in build/ is rubbish.
func ours(path string) bool {
	return matches([]string{"polis/..."}, path) && !matches([]string{"polis/build/..."}, path)
}

func matches(patterns []string, path string) bool {
	for _, pattern := range patterns {
		below, all := strings.CutSuffix(pattern, "...")
		if all && (strings.HasPrefix(path, below) || path == strings.TrimSuffix(below, "/")) || path == pattern {
			return true
		}
	}
	return false
}

// list returns the packages of the module and all that they need, as built
// with a window on this system.
func list(t *testing.T) []pkg {
	t.Helper()
	return goList(t, []string{"CGO_ENABLED=1"}, "./...")
}

func goList(t *testing.T, env []string, patterns ...string) []pkg {
	t.Helper()
	// -e: packages that do not build yet are for the compiler to report.
	args := append([]string{"list", "-e", "-deps", "-json=ImportPath,Doc,Standard,Imports,Deps,GoFiles,CgoFiles,Error"}, patterns...)
	cmd := exec.Command("go", args...)
	cmd.Dir = ".."
	cmd.Env = append(os.Environ(), env...)
	var complaints bytes.Buffer
	cmd.Stderr = &complaints
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("go list: %v\n%s", err, complaints.Bytes())
	}
	var packages []pkg
	for dec := json.NewDecoder(bytes.NewReader(out)); ; {
		var p pkg
		err := dec.Decode(&p)
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			t.Fatal(err)
		}
		packages = append(packages, p)
	}
	if len(packages) == 0 {
		t.Fatal("go list named no package")
	}
	return packages
}
