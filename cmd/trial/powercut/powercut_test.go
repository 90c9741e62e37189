package powercut

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"testing"

	"polis/app"
	"polis/cmd/trial"
	"polis/data/secret"
	"polis/data/sqlite"
)

// hubWord is in what a program says once the workstation is enrolled.
const hubWord = "https://127.0.0.1"

// folderName is the data folder's, which is made by the program itself.
const folderName = "postazione"

func noSpan() app.Span { return app.Span{} }

func both() []Disk { return []Disk{Journalled, Careless} }

// size is a number for the normal run and one for the long one.
func size(short, whole int) int {
	if long {
		return whole
	}
	return short
}

func record(t *testing.T) *Recording {
	t.Helper()
	Need(t)
	rec, err := Record(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	return rec
}

func (r *Recording) must(t *testing.T, cmd *exec.Cmd) string {
	t.Helper()
	out, err := r.Run(cmd)
	if err != nil {
		t.Fatal(err)
	}
	return out
}

// A window that logs contacts all morning: every one that it acknowledged is
// there after a power cut.
func TestContactsSurvive(t *testing.T) {
	rec := record(t)
	folder := filepath.Join(rec.Root, folderName)
	rec.must(t, watched(t, "counter", folder, fmt.Sprint(size(40, 400))))
	replay(t, rec, seed(t), both(), func(ctx context.Context, root, promised string) findings {
		f := findings{}
		lookAtOffice(ctx, filepath.Join(root, folderName), promised, f)
		return f
	}).sound(t)
}

// Two programs on one catalogue, changes and whole replacements in turn: what
// is on the disk is always one of those that were published.
func TestCatalogueIsNeverMixed(t *testing.T) {
	rec := record(t)
	rec.must(t, watched(t, "two", filepath.Join(rec.Root, folderName)))
	digests := map[string]bool{}
	for _, p := range publications() {
		digests[p.manifest.CatalogDigest] = true
	}
	replay(t, rec, seed(t), both(), func(ctx context.Context, root, _ string) findings {
		f := findings{}
		lookAtCatalogue(ctx, filepath.Join(root, folderName), digests, f)
		return f
	}).sound(t)
}

// workstation is the real polisctl on a folder that is recorded.
type workstation struct {
	t      *testing.T
	rec    *Recording
	folder string
	ctl    string
}

func (w *workstation) cmd(args ...string) *exec.Cmd {
	cmd := exec.Command(w.ctl, append([]string{"--data", w.folder}, args...)...)
	cmd.Env = append(os.Environ(), "POLIS_LANG=it")
	return cmd
}

func (w *workstation) run(args ...string) { w.t.Helper(); w.rec.must(w.t, w.cmd(args...)) }

func (w *workstation) log(n int) {
	w.t.Helper()
	for range n {
		w.run("contact", "add", "--channel", "phone", "--user", "citizen", "--outcome", "resolved", "--note", "una nota")
	}
}

// digest is what the catalogue is now.
func (w *workstation) digest() string {
	w.t.Helper()
	var st struct {
		Digest string `json:"catalogue_digest"`
	}
	out := w.rec.must(w.t, w.cmd("--json", "status"))
	if err := json.Unmarshal([]byte(out), &st); err != nil || st.Digest == "" {
		w.t.Fatalf("status: %v %s", err, out)
	}
	return st.Digest
}

// The whole life of a workstation with a real hub: enrolment, first download,
// contacts, a change of the catalogue, contacts sent; then a hub that began
// anew, so that the whole catalogue is replaced beside waiting contacts.
func TestWorkstationSurvives(t *testing.T) {
	rec := record(t)
	rng := seed(t)
	h := trial.NewHub(t, trial.SampleFiles(t)...)
	h.Serve()
	w := &workstation{t: t, rec: rec, folder: filepath.Join(rec.Root, folderName), ctl: trial.Build(t, "polisctl", "CGO_ENABLED=0")}
	w.run("enrol", "--hub", h.URL, "--code", h.Code("demo_borgo", "demo_borgo-urp"), "--ca", h.CA())
	w.run("sync")
	digests := map[string]bool{w.digest(): true}
	w.log(size(2, 6))
	change := filepath.Join(t.TempDir(), "nuova.jsonl")
	text := `{"type":"sheet","code":"demo_borgo-0999","authority":"demo_borgo","language":"it","title":"Lampioni spenti: segnalazione"}` + "\n"
	if err := os.WriteFile(change, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	h.Run("import", change)
	h.Run("publish")
	w.run("sync")
	digests[w.digest()] = true
	w.log(size(1, 3))
	key, err := os.ReadFile(filepath.Join(w.folder, secret.KeyFile))
	if err != nil {
		t.Fatal(err)
	}
	if len(digests) != 2 {
		t.Fatalf("the change did not arrive: %v", digests)
	}
	check := func(ctx context.Context, root, promised string) findings {
		f := findings{}
		folder := filepath.Join(root, folderName)
		lookAtFiles(folder, key, f)
		lookAtOffice(ctx, folder, promised, f)
		lookAtCatalogue(ctx, folder, digests, f)
		return f
	}
	replay(t, rec, rng, both(), check).sound(t)

	before := rec.Promised(rec.Len())
	if err := query(t.Context(), filepath.Join(w.folder, sqlite.CatalogueFile), "UPDATE meta SET value = 'another' WHERE key = 'epoch' RETURNING 1", none); err != nil {
		t.Fatal(err)
	}
	if w.rec, err = Record(rec.Root); err != nil {
		t.Fatal(err)
	}
	w.run("sync")
	w.log(1)
	again := func(ctx context.Context, root, promised string) findings { return check(ctx, root, before+promised) }
	replay(t, w.rec, rng, both(), again).sound(t)
}

func none(func(...any) error) error { return nil }
