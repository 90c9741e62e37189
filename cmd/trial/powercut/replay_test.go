package powercut

import (
	"bytes"
	"context"
	"crypto/sha256"
	"database/sql"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"math/rand/v2"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"polis/data/secret"
	"polis/data/sqlite"
	"polis/data/wire"
)

// What can be wrong with a rebuilt folder.
const (
	lost    = "lost"    // an acknowledged contact, row or enrolment is not there
	doubled = "doubled" // a contact is there twice, or one that nobody logged
	mixed   = "mixed"   // the catalogue is none that was ever published
	damaged = "damaged" // the catalogue was set aside
	broken  = "broken"  // a file does not open, or is there in part
)

// findings are what was found, by kind.
type findings map[string][]string

func (f findings) add(kind, format string, args ...any) {
	f[kind] = append(f[kind], fmt.Sprintf(format, args...))
}

func (f findings) String() string {
	var b strings.Builder
	for _, kind := range slices.Sorted(maps.Keys(f)) {
		fmt.Fprintf(&b, "%d %s (%s) ", len(f[kind]), kind, f[kind][0])
	}
	return b.String()
}

// tally are the figures of a replay.
type tally struct {
	cuts, folders, distinct int
	acknowledged            int // in the whole record
	asked                   int // looked for in all folders together
	bad                     map[string]int

	seen  map[string]bool // folders, by their content and what was promised
	shown int
}

func (c *tally) String() string {
	return fmt.Sprintf("%d cut points, %d folders rebuilt (%d different); %d acknowledged, looked for %d times: %d lost, %d doubled; catalogues: %d mixed, %d damaged; %d broken",
		c.cuts, c.folders, c.distinct, c.acknowledged, c.asked, c.bad[lost], c.bad[doubled], c.bad[mixed], c.bad[damaged], c.bad[broken])
}

// look checks a folder that was rebuilt: promised is what programs had said.
type look func(ctx context.Context, root, promised string) findings

// seed is that of POLIS_SEED or another every time; it is always said.
func seed(t *testing.T) *rand.Rand {
	t.Helper()
	n := uint64(time.Now().UnixNano())
	if text := os.Getenv("POLIS_SEED"); text != "" {
		var err error
		if n, err = strconv.ParseUint(text, 10, 64); err != nil {
			t.Fatal(err)
		}
	}
	t.Logf("POLIS_SEED=%d", n)
	return rand.New(rand.NewPCG(n, n))
}

// longFolders is about how many folders a long replay rebuilds.
const longFolders = 5000

// replay cuts the power at many moments, at most so many in a short run, and
// looks at what disks of both kinds may hold then.
func replay(t *testing.T, rec *Recording, rng *rand.Rand, most int, check look) *tally {
	t.Helper()
	cuts, some := moments(rec, rng, most)
	c := &tally{cuts: len(cuts), acknowledged: len(ids(rec.Promised(rec.Len()))), bad: map[string]int{}, seen: map[string]bool{}}
	for _, cut := range cuts {
		promised := rec.Promised(cut)
		for _, d := range []Disk{Journalled, Careless} {
			for i := range some + 2 {
				rest := min(Rest(i), Some)
				tree := rec.Rebuild(cut, d, rest, rng)
				found := c.look(t, tree, promised, check)
				if len(found) > 0 && c.shown < 5 {
					c.shown++
					t.Logf("cut at %d of %d, %s disk, of the rest %s: %v\n  files: %v\n%s", cut, rec.Len(), d, rest, found, tree.sizes(), rec.Around(cut))
				}
			}
		}
	}
	t.Logf("%d operations, %d fsync; %s", rec.Len(), rec.Syncs(), c)
	return c
}

// moments chooses the cuts, and how many disks show a part of what is not
// certain at each.
func moments(rec *Recording, rng *rand.Rand, most int) (cuts []int, some int) {
	cuts = rec.Moments()
	if !long {
		last := cuts[len(cuts)-1]
		rng.Shuffle(len(cuts), func(i, j int) { cuts[i], cuts[j] = cuts[j], cuts[i] })
		return append(cuts[:min(len(cuts), most)], last), 2
	}
	for range 100 {
		cuts = append(cuts, rng.IntN(rec.Len()+1))
	}
	slices.Sort(cuts)
	cuts = slices.Compact(cuts)
	return cuts, max(3, longFolders/2/len(cuts))
}

// look makes a folder, unless the same was looked at before, and checks it.
func (c *tally) look(t *testing.T, tree Tree, promised string, check look) findings {
	t.Helper()
	c.folders++
	c.asked += len(ids(promised))
	sum := tree.sum(promised)
	if c.seen[sum] {
		return nil
	}
	c.seen[sum] = true
	c.distinct++
	root, err := os.MkdirTemp(memory(), "powercut-*")
	if err != nil {
		t.Fatal(err)
	}
	defer func() {
		if err := os.RemoveAll(root); err != nil {
			t.Error(err)
		}
	}()
	if err := tree.Write(root); err != nil {
		t.Fatal(err)
	}
	found := check(t.Context(), root, promised)
	for kind, texts := range found {
		c.bad[kind] += len(texts)
	}
	return found
}

// memory is a folder in memory, where there is one: thousands of rebuilt
// folders need no disk.
func memory() string {
	const shared = "/dev/shm"
	if info, err := os.Stat(shared); err == nil && info.IsDir() {
		return shared
	}
	return ""
}

// sound fails the test when anything was found.
func (c *tally) sound(t *testing.T) {
	t.Helper()
	for kind, n := range c.bad {
		if n > 0 {
			t.Errorf("%d %s", n, kind)
		}
	}
}

func (t Tree) sum(promised string) string {
	h := sha256.New()
	for _, p := range slices.Sorted(maps.Keys(t)) {
		fmt.Fprintf(h, "%q %d ", p, len(t[p]))
		h.Write(t[p])
	}
	h.Write([]byte(promised))
	return string(h.Sum(nil))
}

func (t Tree) sizes() string {
	var b strings.Builder
	for _, p := range slices.Sorted(maps.Keys(t)) {
		fmt.Fprintf(&b, "%s:%d ", p, len(t[p]))
	}
	return b.String()
}

// ids returns the acknowledged ones.
func ids(promised string) []string {
	return regexp.MustCompile(`[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[0-9a-f]{4}-[0-9a-f]{12}`).FindAllString(promised, -1)
}

// query reads a column of a database that is open elsewhere.
func query(ctx context.Context, path, text string, row func(scan func(...any) error) error) (err error) {
	db, err := sql.Open("sqlite", "file:"+path+"?_pragma=busy_timeout(10000)")
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, db.Close()) }()
	rows, err := db.QueryContext(ctx, text)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, rows.Close()) }()
	for rows.Next() {
		if err := row(rows.Scan); err != nil {
			return err
		}
	}
	return rows.Err()
}

// lookAtOffice checks I2: every acknowledged contact is in ufficio.db with
// its frozen upload, none twice, and the next one can be logged.
func lookAtOffice(ctx context.Context, folder, promised string, f findings) {
	o, err := sqlite.OpenOffice(ctx, folder, time.UTC)
	if err != nil {
		f.add(broken, "ufficio.db: %v", err)
		return
	}
	defer func() {
		if err := o.Close(); err != nil {
			f.add(broken, "ufficio.db: %v", err)
		}
	}()
	if err := o.Check(ctx); err != nil {
		f.add(broken, "ufficio.db: %v", err)
	}
	have, uploads, err := logged(ctx, o, folder, f)
	if err != nil {
		f.add(broken, "ufficio.db: %v", err)
		return
	}
	acknowledged := ids(promised)
	for _, id := range acknowledged {
		if !have[id] || uploads[id] == 0 {
			f.add(lost, "contact %s: there %v, uploads %d", id, have[id], uploads[id])
		}
	}
	for id, n := range uploads {
		if n > 1 || !have[id] {
			f.add(doubled, "%d uploads of %s", n, id)
		}
	}
	if len(have) > len(acknowledged)+1 { // one may have been on its way
		f.add(doubled, "%d contacts, %d acknowledged", len(have), len(acknowledged))
	}
	if _, err := save(ctx, o, contact(999_999, time.Now())); err != nil {
		f.add(broken, "the next contact: %v", err)
	}
	device, err := o.Device(ctx)
	if err != nil {
		f.add(broken, "ufficio.db: %v", err)
	}
	_, err = os.Stat(filepath.Join(folder, secret.KeyFile))
	switch {
	case device.Enrolled() && err != nil:
		f.add(lost, "enrolled, and without its key: %v", err)
	case !device.Enrolled() && strings.Contains(promised, hubWord):
		f.add(lost, "the enrolment")
	}
}

// logged returns the contacts and the number of uploads of each.
func logged(ctx context.Context, o *sqlite.Office, folder string, f findings) (have map[string]bool, uploads map[string]int, err error) {
	have, uploads = map[string]bool{}, map[string]int{}
	numbers := map[string]bool{}
	entries, err := o.Contacts(ctx, noSpan(), 0)
	if err != nil {
		return nil, nil, err
	}
	for _, e := range entries {
		if have[e.ID] || numbers[e.Number] {
			f.add(doubled, "contact %s, number %s", e.ID, e.Number)
		}
		have[e.ID], numbers[e.Number] = true, true
	}
	err = query(ctx, filepath.Join(folder, sqlite.OfficeFile), "SELECT id FROM outbox WHERE type = 'contact'", func(scan func(...any) error) error {
		var id string
		err := scan(&id)
		uploads[id]++
		return err
	})
	return have, uploads, err
}

// lookAtCatalogue checks I3: the catalogue's lines have the digest of a
// manifest, and the catalogue says so itself.
func lookAtCatalogue(ctx context.Context, folder string, digests map[string]bool, f findings) {
	c, err := sqlite.OpenCatalogue(ctx, folder)
	if err != nil {
		f.add(broken, "catalogo.db: %v", err)
		return
	}
	defer func() {
		if err := c.Close(); err != nil {
			f.add(broken, "catalogo.db: %v", err)
		}
	}()
	if c.Damaged() {
		f.add(damaged, "catalogo.db was set aside")
	}
	if err := c.Check(ctx); err != nil {
		f.add(damaged, "catalogo.db: %v", err)
	}
	held, err := c.Held(ctx)
	if err != nil {
		f.add(broken, "catalogo.db: %v", err)
	}
	var digest wire.Digest
	lines := 0
	err = query(ctx, filepath.Join(folder, sqlite.CatalogueFile), "SELECT type, id, line FROM entity", func(scan func(...any) error) error {
		var kind, id string
		var line []byte
		err := scan(&kind, &id, &line)
		digest.Add(kind, id, wire.Hash(line))
		lines++
		return err
	})
	if err != nil {
		f.add(broken, "catalogo.db: %v", err)
	}
	switch sum := digest.Sum(); {
	case lines == 0 && held.Digest == "":
	case held.Digest != sum || !digests[sum]:
		f.add(mixed, "%d lines with digest %.8s, it says %.8s", lines, sum, held.Digest)
	case held.Sheets != c.Index().Len():
		f.add(mixed, "%d sheets, %d in the index", held.Sheets, c.Index().Len())
	}
}

// lookAtFiles checks that what is saved whole or not at all is: the key, and
// documents, whose names are their hashes.
func lookAtFiles(folder string, key []byte, f findings) {
	text, err := os.ReadFile(filepath.Join(folder, secret.KeyFile))
	if err == nil && !bytes.Equal(text, key) {
		f.add(broken, "%d bytes of the device key's %d", len(text), len(key))
	}
	err = filepath.WalkDir(folder, func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() || len(d.Name()) != 64 {
			return err
		}
		text, err := os.ReadFile(path)
		if sum := sha256.Sum256(text); hex.EncodeToString(sum[:]) != d.Name() {
			f.add(broken, "document %s has %d other bytes", d.Name(), len(text))
		}
		return err
	})
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		f.add(broken, "%v", err)
	}
}
