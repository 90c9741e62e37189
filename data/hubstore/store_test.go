package hubstore

import (
	"bytes"
	"context"
	"database/sql"
	"errors"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"polis/app"
	"polis/app/region"
	"polis/data/hubstore/pgtest"
	"polis/data/wire"
)

func clock() app.Clock {
	return app.ClockFunc(func() time.Time { return time.Date(2026, 11, 23, 9, 0, 0, 0, time.UTC) })
}

func open(t *testing.T, path string) *Store {
	t.Helper()
	s, err := OpenSQLite(t.Context(), path, clock())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	})
	return s
}

func TestMain(m *testing.M) { os.Exit(pgtest.Main(m)) }

func openPostgres(t *testing.T, address string) *Store {
	t.Helper()
	s, err := OpenPostgres(t.Context(), PostgresParams{Address: address, Clock: clock(), Migrate: true})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	})
	return s
}

// onBoth runs a test over an empty store of each kind.
func onBoth(t *testing.T, test func(t *testing.T, s *Store)) {
	t.Helper()
	t.Run("sqlite", func(t *testing.T) { test(t, open(t, filepath.Join(t.TempDir(), "hub.db"))) })
	t.Run("postgres", func(t *testing.T) { test(t, openPostgres(t, pgtest.Database(t))) })
}

func wantCode(t *testing.T, err error, code app.Code) {
	t.Helper()
	if app.ErrorCode(err) != code {
		t.Errorf("error %v, want code %q", err, code)
	}
}

// raw runs statements on a file without any of the store's settings.
func raw(t *testing.T, path string, statements ...string) {
	t.Helper()
	db, err := sql.Open("sqlite", path)
	if err != nil {
		t.Fatal(err)
	}
	for _, s := range statements {
		if _, err := db.ExecContext(t.Context(), s); err != nil {
			t.Fatal(err)
		}
	}
	if err := db.Close(); err != nil {
		t.Fatal(err)
	}
}

func TestForeignFilesAreLeftUntouched(t *testing.T) {
	for name, prepare := range map[string]func(path string){
		"of another program":   func(path string) { raw(t, path, `CREATE TABLE dogs (name TEXT)`) },
		"with another mark":    func(path string) { raw(t, path, `PRAGMA application_id = 7`) },
		"of a newer version":   func(path string) { newer(t, path) },
		"not a database":       func(path string) { write(t, path, strings.Repeat("not a database ", 100)) },
		"a short text":         func(path string) { write(t, path, "hello") },
		"a database, damaged":  func(path string) { raw(t, path, `CREATE TABLE x (y)`); damage(t, path) },
		"an Access of the PA?": func(path string) { write(t, path, "\x00\x01\x00\x00Standard Jet DB\x00"+strings.Repeat("x", 4096)) },
	} {
		t.Run(name, func(t *testing.T) {
			path := filepath.Join(t.TempDir(), "hub.db")
			prepare(path)
			before := read(t, path)
			_, err := OpenSQLite(t.Context(), path, clock())
			wantCode(t, err, app.CodeFolderForeign)
			if !bytes.Equal(before, read(t, path)) {
				t.Error("the file was changed")
			}
		})
	}
}

func newer(t *testing.T, path string) {
	t.Helper()
	s, err := OpenSQLite(t.Context(), path, clock())
	if err != nil {
		t.Fatal(err)
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	raw(t, path, `INSERT INTO schema_migration VALUES (9999, 0)`, `PRAGMA wal_checkpoint(TRUNCATE)`)
}

func damage(t *testing.T, path string) {
	t.Helper()
	content := read(t, path)
	copy(content, "SQLite format 9")
	write(t, path, string(content))
}

func write(t *testing.T, path, content string) {
	t.Helper()
	if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
		t.Fatal(err)
	}
}

func read(t *testing.T, path string) []byte {
	t.Helper()
	b, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func TestOpenTwiceKeepsTheEpoch(t *testing.T) {
	path := filepath.Join(t.TempDir(), "strange % name ? # è", "hub.db")
	epoch := func(s *Store) string {
		var f region.Feed
		if err := s.View(t.Context(), func(tx region.Tx) (err error) { f, err = tx.Feed(); return err }); err != nil {
			t.Fatal(err)
		}
		return f.Epoch
	}
	first := epoch(open(t, path))
	if again := epoch(open(t, path)); again != first || first == "" {
		t.Errorf("epochs %q, %q", first, again)
	}
	if _, err := os.Stat(path); err != nil {
		t.Errorf("the file is elsewhere: %v", err)
	}
	if other := epoch(open(t, filepath.Join(t.TempDir(), "hub.db"))); other == first {
		t.Error("two hubs share an epoch")
	}
}

func TestSettings(t *testing.T) {
	path := filepath.Join(t.TempDir(), "hub.db")
	s := open(t, path)
	for pragma, want := range map[string]string{"journal_mode": "wal", "synchronous": "2", "foreign_keys": "1", "trusted_schema": "0", "application_id": "1347374152"} {
		var got string
		if err := s.write.db.QueryRowContext(t.Context(), "PRAGMA "+pragma).Scan(&got); err != nil || got != want {
			t.Errorf("%s is %s, want %s (%v)", pragma, got, want, err)
		}
	}
	if _, err := s.read.db.ExecContext(t.Context(), `DELETE FROM feed`); err == nil {
		t.Error("a reader can write")
	}
	if info, err := os.Stat(path); err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("%v, %v", info.Mode(), err)
	}
}

func TestFailedUpdateLeavesNothing(t *testing.T) { onBoth(t, testFailedUpdateLeavesNothing) }

func testFailedUpdateLeavesNothing(t *testing.T, s *Store) {
	t.Helper()
	stop := errors.New("stop")
	err := s.Update(t.Context(), func(tx region.Tx) error {
		if err := tx.SetSecret("a", []byte("b")); err != nil {
			return err
		}
		return stop
	})
	if !errors.Is(err, stop) {
		t.Errorf("error %v", err)
	}
	if err := s.View(t.Context(), func(tx region.Tx) error {
		v, err := tx.Secret("a")
		if v != nil {
			t.Error("half an update was kept")
		}
		return err
	}); err != nil {
		t.Error(err)
	}
}

func TestFullDisk(t *testing.T) {
	s := open(t, filepath.Join(t.TempDir(), "hub.db"))
	var pages int
	if err := s.write.db.QueryRowContext(t.Context(), `PRAGMA page_count`).Scan(&pages); err != nil {
		t.Fatal(err)
	}
	if _, err := s.write.db.ExecContext(t.Context(), `PRAGMA max_page_count = 80`); err != nil || pages > 80 {
		t.Fatal(pages, err)
	}
	put := func(size int) error {
		return s.Update(t.Context(), func(tx region.Tx) error {
			_, err := tx.AddUpload(region.StoredUpload{Type: wire.TypeContact, ID: "1", Line: make([]byte, size)})
			return err
		})
	}
	wantCode(t, put(1<<20), app.CodeDiskFull)
	if err := put(100); err != nil {
		t.Errorf("after some space was made: %v", err)
	}
}

func TestAdvanceFeedComparesTheRow(t *testing.T) { onBoth(t, testAdvanceFeedComparesTheRow) }

func testAdvanceFeedComparesTheRow(t *testing.T, s *Store) {
	t.Helper()
	update := func(use func(tx region.Tx)) {
		t.Helper()
		if err := s.Update(t.Context(), func(tx region.Tx) error { use(tx); return nil }); err != nil {
			t.Fatal(err)
		}
	}
	var was region.Feed
	update(func(tx region.Tx) {
		var err error
		if was, err = tx.Feed(); err != nil {
			t.Fatal(err)
		}
	})
	advance := func(from region.Feed, want bool) {
		t.Helper()
		update(func(tx region.Tx) {
			if done, err := tx.AdvanceFeed(from, 3); err != nil || done != want {
				t.Errorf("from %+v: %v %v", from, done, err)
			}
		})
	}
	advance(was, true)
	advance(was, false)
	was.Last = 3
	update(func(tx region.Tx) {
		if err := tx.CountImport(); err != nil {
			t.Fatal(err)
		}
	})
	advance(was, false)
	was.Imports = 1
	advance(was, true)
}

func TestWorkingLinesOfSomeTypes(t *testing.T) { onBoth(t, testWorkingLinesOfSomeTypes) }

func testWorkingLinesOfSomeTypes(t *testing.T, s *Store) {
	t.Helper()
	var got []string
	err := s.Update(t.Context(), func(tx region.Tx) error {
		for _, e := range []wire.Entity{{Type: "sheet", ID: "b", Hash: "2"}, {Type: "sheet", ID: "a", Hash: "1"}, {Type: "office", ID: "z", Hash: "3"}, {Type: "event", ID: "q", Hash: "4"}} {
			e.Line = []byte(e.ID)
			if err := tx.PutWorking(e); err != nil {
				return err
			}
		}
		return tx.WorkingLines([]string{"sheet", "office"}, func(e wire.Entity) error {
			got = append(got, e.Type+" "+string(e.Line))
			return nil
		})
	})
	if err != nil || strings.Join(got, ",") != "office z,sheet a,sheet b" {
		t.Errorf("%v %v", got, err)
	}
}

func TestFolder(t *testing.T) {
	dir := t.TempDir()
	f, err := OpenFolder(dir)
	if err != nil {
		t.Fatal(err)
	}
	failed := errors.New("source failed")
	_, _, err = f.CreateSnapshot(func(w io.Writer) error {
		if _, err := io.WriteString(w, "half"); err != nil {
			return err
		}
		return failed
	})
	if !errors.Is(err, failed) {
		t.Errorf("error %v", err)
	}
	if entries, err := os.ReadDir(filepath.Join(dir, "snapshots")); err != nil || len(entries) != 0 {
		t.Errorf("half a file stayed: %v %v", entries, err)
	}
	_, err = f.CreateBlob(io.LimitReader(zeros{}, region.MaxBlob+1))
	wantCode(t, err, app.CodeInvalid)
	if _, err := f.RootKey(false); app.ErrorCode(err) != app.CodeFile {
		t.Errorf("no root key: %v", err)
	}
	key, err := f.RootKey(true)
	if err != nil {
		t.Fatal(err)
	}
	if again, err := f.RootKey(true); err != nil || !again.Equal(key) {
		t.Errorf("another key: %v", err)
	}
	write(t, filepath.Join(dir, "root.key"), "nonsense")
	_, err = f.RootKey(true)
	wantCode(t, err, app.CodeFile)
	if _, err := OpenFolder(filepath.Join(dir, "root.key", "x")); app.ErrorCode(err) != app.CodeFolder {
		t.Errorf("a file in the way: %v", err)
	}
}

type zeros struct{}

func (zeros) Read(b []byte) (int, error) { clear(b); return len(b), nil }

func TestUnreachableFolder(t *testing.T) {
	dir := t.TempDir()
	write(t, filepath.Join(dir, "file"), "x")
	_, err := OpenSQLite(t.Context(), filepath.Join(dir, "file", "hub.db"), clock())
	wantCode(t, err, app.CodeFolder)
	_, err = OpenSQLite(t.Context(), dir, clock())
	wantCode(t, err, app.CodeFolder)
}

func TestCancelledContext(t *testing.T) { onBoth(t, testCancelledContext) }

func testCancelledContext(t *testing.T, s *Store) {
	t.Helper()
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if err := s.View(ctx, func(region.Tx) error { return nil }); !errors.Is(err, context.Canceled) {
		t.Errorf("error %v", err)
	}
}
