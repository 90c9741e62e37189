package powercut

import (
	"bytes"
	"context"
	"database/sql"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"testing"
	"time"

	"github.com/klauspost/compress/zstd"
	_ "modernc.org/sqlite" // the control writes past data/sqlite

	"polis/app"
	"polis/data/sqlite"
	"polis/data/wire"
)

// The test's program is also the program that is watched: with a part in its
// environment it plays that part instead of running tests.
const partVar = "POLIS_POWERCUT_PART"

func TestMain(m *testing.M) {
	if part := os.Getenv(partVar); part != "" {
		if err := play(context.Background(), part, os.Args[1:]); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		return
	}
	os.Exit(m.Run())
}

// watched is this program in a part.
func watched(t *testing.T, part string, args ...string) *exec.Cmd {
	t.Helper()
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command(self, args...)
	cmd.Env = append(os.Environ(), partVar+"="+part)
	return cmd
}

func play(ctx context.Context, part string, args []string) error {
	folder := args[0]
	switch part {
	case "counter":
		n, err := strconv.Atoi(args[1])
		if err != nil {
			return err
		}
		return counter(ctx, folder, n)
	case "two":
		return twoPrograms(ctx, folder)
	case "rows":
		n, err := strconv.Atoi(args[2])
		if err != nil {
			return err
		}
		return rows(ctx, folder, args[1], n)
	}
	return errors.New("no such part")
}

// counter logs contacts like a window that stays open, and says the id of
// each when it is saved.
func counter(ctx context.Context, folder string, n int) (err error) {
	o, err := sqlite.OpenOffice(ctx, folder, time.UTC)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, o.Close()) }()
	at := time.Date(2026, 11, 27, 8, 0, 0, 0, time.UTC)
	for i := range n {
		c, err := save(ctx, o, contact(i, at))
		if err != nil {
			return err
		}
		fmt.Println(c.ID)
	}
	return nil
}

func save(ctx context.Context, o *sqlite.Office, c app.Contact) (app.Contact, error) {
	return o.Save(ctx, c, app.Personal{})
}

func contact(i int, at time.Time) app.Contact {
	return app.Contact{
		ID: fmt.Sprintf("00000000-0000-7000-8000-%012d", i), Visit: fmt.Sprintf("00000000-0000-7000-9000-%012d", i),
		Authority: "x", Office: "x-urp", Operator: "x-1", RecordedAt: at.Add(time.Duration(i) * time.Second),
		Channel: app.Channels()[0], User: app.Users()[0], Outcome: app.Outcomes()[0], RequestType: app.RequestTypeInformation, Topic: app.TopicUnspecified,
	}
}

// rows is the control: rows of its own, acknowledged each, with a database
// that is as careful as it is told to be.
func rows(ctx context.Context, folder, synchronous string, n int) (err error) {
	db, err := sql.Open("sqlite", "file:"+filepath.Join(folder, rowsFile)+"?_pragma=journal_mode(WAL)&_pragma=synchronous("+synchronous+")")
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, db.Close()) }()
	db.SetMaxOpenConns(1)
	if _, err := db.ExecContext(ctx, "CREATE TABLE line (id TEXT PRIMARY KEY, text TEXT)"); err != nil {
		return err
	}
	for i := range n {
		id := fmt.Sprintf("00000000-0000-7000-8000-%012d", i)
		if _, err := db.ExecContext(ctx, "INSERT INTO line VALUES (?, ?)", id, bytes.Repeat([]byte("x"), 300)); err != nil {
			return err
		}
		fmt.Println(id)
	}
	return nil
}

const rowsFile = "righe.db"

// twoPrograms is a catalogue that two programs have open, as window and
// polisctl may: one lays changes over it, the other replaces it.
func twoPrograms(ctx context.Context, folder string) (err error) {
	a, err := sqlite.OpenCatalogue(ctx, folder)
	if err != nil {
		return err
	}
	b, err := sqlite.OpenCatalogue(ctx, folder)
	if err != nil {
		return errors.Join(err, a.Close())
	}
	defer func() { err = errors.Join(err, b.Close(), a.Close()) }()
	steps := publications()
	for i, s := range steps {
		if err := b.Refresh(ctx); err != nil {
			return err
		}
		if i%3 == 0 { // a new file
			err = a.Replace(ctx, s.manifest, "", bytes.NewReader(s.snapshot()))
		} else { // changes of the other program stay in the log of this file
			err = b.Apply(ctx, s.manifest, "", s.changes)
		}
		if err != nil {
			return fmt.Errorf("step %d: %w", i, err)
		}
		fmt.Println("version", s.manifest.Version)
		if err := a.Refresh(ctx); err != nil {
			return err
		}
	}
	return nil
}

// publication is a catalogue and what changed in it since the last.
type publication struct {
	manifest wire.Manifest
	changes  []wire.Change
	all      []wire.Change
}

// publications are seven catalogues that follow each other.
func publications() []publication {
	const sheets = 60
	versions := make([]wire.Change, sheets)
	var out []publication
	for v := int64(1); v <= 7; v++ {
		p := publication{}
		var digest wire.Digest
		for i := range versions {
			if v == 1 || int64(i)%7 == v%7 {
				text := fmt.Appendf(nil, `{"type":"sheet","code":"x-%03d","authority":"x","language":"it","title":"Scheda %d alla %d","sections":{"how_to":"%s"}}`,
					i, i, v, bytes.Repeat([]byte("testo "), 100))
				e, _, err := wire.ParseLine(text)
				if err != nil {
					panic(err)
				}
				versions[i] = wire.Change{Entity: e, Version: v}
				p.changes = append(p.changes, versions[i])
			}
			digest.Add(versions[i].Type, versions[i].ID, versions[i].Hash)
		}
		p.all = append(p.all, versions...)
		p.manifest = wire.Manifest{Epoch: "e", Version: v, Cursor: fmt.Sprint(v), Counts: map[string]int{"sheet": sheets}, CatalogDigest: digest.Sum()}
		out = append(out, p)
	}
	return out
}

func (p *publication) snapshot() []byte {
	var buf bytes.Buffer
	enc, err := zstd.NewWriter(&buf)
	if err != nil {
		panic(err)
	}
	for _, c := range p.all {
		line, err := c.AppendWire(nil)
		if err == nil {
			_, err = enc.Write(append(line, '\n'))
		}
		if err != nil {
			panic(err)
		}
	}
	if err := enc.Close(); err != nil {
		panic(err)
	}
	return buf.Bytes()
}
