package powercut

import (
	"context"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
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
	rec.must(t, watched(t, "counter", folder, fmt.Sprint(size(40, 160))))
	replay(t, rec, seed(t), 20, func(ctx context.Context, root, promised string) findings {
		f := findings{}
		lookAtOffice(ctx, filepath.Join(root, folderName), promised, f)
		return f
	}).sound(t)
}

// Two programs on one catalogue, changes and whole replacements in turn: what
// is on the disk is always one of those that were published.
func TestCatalogueIsNeverMixed(t *testing.T) {
	rec := record(t)
	if err := os.Mkdir(filepath.Join(rec.Root, folderName), 0o750); err != nil {
		t.Fatal(err)
	}
	var err error
	if rec, err = Record(rec.Root); err != nil { // the folder was there before
		t.Fatal(err)
	}
	rec.must(t, watched(t, "two", filepath.Join(rec.Root, folderName)))
	digests := map[string]bool{}
	for _, p := range publications() {
		digests[p.manifest.CatalogDigest] = true
	}
	replay(t, rec, seed(t), 100, func(ctx context.Context, root, _ string) findings {
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
	// Nothing to start: the desktop that would be asked for a proxy is another
	// program.
	cmd.Env = append(os.Environ(), "POLIS_LANG=it", "POLIS_KEYRING=off", "PATH=")
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

// healed synchronises what power cuts left: every acknowledged contact is in
// the hub exactly once, and the catalogue is the newest again.
func (w *workstation) healed(h *trial.Hub, rng *rand.Rand, n int) {
	w.t.Helper()
	newest := w.digest()
	for range n {
		cut := rng.IntN(w.rec.Len() + 1)
		promised := w.rec.Promised(cut)
		if !strings.Contains(promised, hubWord) {
			cut, promised = w.rec.Len(), w.rec.Promised(w.rec.Len())
		}
		root := w.t.TempDir()
		if err := w.rec.Rebuild(cut, Careless, Some, rng).Write(root); err != nil {
			w.t.Fatal(err)
		}
		rec, err := Record(root)
		if err != nil {
			w.t.Fatal(err)
		}
		left := &workstation{t: w.t, rec: rec, folder: filepath.Join(root, folderName), ctl: w.ctl}
		left.run("sync")
		if got := left.digest(); got != newest {
			w.t.Errorf("cut at %d: the catalogue is %.8s, not %.8s", cut, got, newest)
		}
		contacts := h.Run("export", "--type", "contact")
		for _, id := range ids(promised) {
			if there := strings.Count(contacts, `"id":"`+id+`"`); there != 1 {
				w.t.Errorf("cut at %d: the hub has contact %s %d times", cut, id, there)
			}
		}
	}
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
	seen := map[string]bool{}
	check := func(ctx context.Context, root, promised string) findings {
		f := findings{}
		folder := filepath.Join(root, folderName)
		lookAtFiles(folder, key, f)
		if first(t, seen, folder) { // of many folders only the office's file differs
			lookAtCatalogue(ctx, folder, digests, f)
		}
		lookAtOffice(ctx, folder, promised, f)
		return f
	}
	replay(t, rec, rng, 8, check).sound(t)
	w.healed(h, rng, size(2, 25))

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
	replay(t, w.rec, rng, 8, again).sound(t)
}

// first reports whether this very catalogue was not looked at before.
func first(t *testing.T, seen map[string]bool, folder string) bool {
	t.Helper()
	files, err := filepath.Glob(filepath.Join(folder, sqlite.CatalogueFile+"*"))
	if err != nil {
		t.Fatal(err)
	}
	tree := Tree{}
	for _, f := range files {
		if tree[filepath.Base(f)], err = os.ReadFile(f); err != nil {
			t.Fatal(err)
		}
	}
	sum := tree.sum("")
	defer func() { seen[sum] = true }()
	return !seen[sum]
}

func none(func(...any) error) error { return nil }

// The control: the same replay finds lost rows where the database is less
// careful than ufficio.db, and none where it is as careful.
func TestReplayFindsWhatIsLost(t *testing.T) {
	for synchronous, loses := range map[string]bool{"OFF": true, "NORMAL": true, "FULL": false} {
		t.Run(synchronous, func(t *testing.T) {
			rec := record(t)
			rec.must(t, watched(t, "rows", rec.Root, synchronous, fmt.Sprint(size(60, 120))))
			c := replay(t, rec, seed(t), 20, func(ctx context.Context, root, promised string) findings {
				f := findings{}
				lookAtRows(ctx, root, promised, f)
				return f
			})
			if loses == (c.bad[lost] == 0) {
				t.Errorf("synchronous=%s: %d acknowledged rows lost", synchronous, c.bad[lost])
			}
			if synchronous != "OFF" && c.bad[broken] > 0 {
				t.Errorf("%d broken", c.bad[broken])
			}
		})
	}
}

func lookAtRows(ctx context.Context, root, promised string, f findings) {
	have := map[string]bool{}
	err := query(ctx, filepath.Join(root, rowsFile), "SELECT id FROM line", func(scan func(...any) error) error {
		var id string
		err := scan(&id)
		have[id] = true
		return err
	})
	if err != nil && !strings.Contains(err.Error(), "no such table") { // without it all rows are lost
		f.add(broken, "%s: %v", rowsFile, err)
	}
	for _, id := range ids(promised) {
		if !have[id] {
			f.add(lost, "row %s", id)
		}
	}
}
