package hubstore

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"io"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/stdlib"

	"polis/app"
	"polis/app/region"
	"polis/data/hubstore/pgtest"
	"polis/data/wire"
)

// TestAServerElsewhereIsVerified: between machines TLS is proved, never
// hoped for.
func TestAServerElsewhereIsVerified(t *testing.T) {
	for address, verified := range map[string]bool{
		"postgres://u:secret@127.0.0.1/hub":                                     true,
		"postgres://u:secret@[::1]:5433/hub":                                    true,
		"postgresql://u@localhost/hub?sslmode=disable":                          true,
		"postgres:///hub?host=/run/postgresql":                                  true,
		"postgres://u:secret@db.example/hub":                                    true, // verify-full
		"postgres://u:secret@db.example/hub?sslmode=verify-full":                true,
		"postgres://u:secret@a.example,b.example/hub?target_session_attrs=any":  true,
		"postgres://u:secret@db.example/hub?sslmode=disable":                    false,
		"postgres://u:secret@db.example/hub?sslmode=prefer":                     false,
		"postgres://u:secret@db.example/hub?sslmode=require":                    false,
		"postgres://u:secret@db.example/hub?sslmode=verify-ca":                  false,
		"postgres://u:secret@127.0.0.1,db.example/hub?sslmode=require":          false,
		"mysql://u:secret@db.example/hub":                                       false,
		"postgres://u:secret@db.example:port/hub":                               false,
		"postgres://u:secret@db.example/hub?sslmode=verify-full&sslrootcert=/x": false,
	} {
		config, err := postgresConfig(address)
		if (err == nil) != verified {
			t.Errorf("%s: %v", address, err)
		}
		if err != nil {
			wantCode(t, err, app.CodeInvalid)
			if strings.Contains(err.Error(), "secret") {
				t.Errorf("the password is told: %v", err)
			}
			continue
		}
		if name := postgresName(config); strings.Contains(name, "secret") || !strings.HasSuffix(name, "/hub") {
			t.Errorf("%s is called %s", address, name)
		}
	}
}

func TestFaultsOfPostgreSQL(t *testing.T) {
	d := &postgresDialect{name: "db"}
	for state, code := range map[string]app.Code{
		"53100": app.CodeDiskFull, "40001": app.CodeDatabaseBusy, "40P01": app.CodeDatabaseBusy, "55P03": app.CodeDatabaseBusy,
		"57P01": app.CodeDatabase, "57P03": app.CodeDatabase, "53300": app.CodeDatabase, "08006": app.CodeDatabase,
		"28P01": app.CodeDatabase, "3D000": app.CodeDatabase, "58030": app.CodeDatabase, "42P01": app.CodeInternal,
	} {
		wantCode(t, d.fault(fmt.Errorf("x: %w", &pgconn.PgError{Code: state, Message: "m"})), code)
	}
	wantCode(t, d.fault(io.ErrUnexpectedEOF), app.CodeDatabase)
	if err := d.fault(context.Canceled); !errors.Is(err, context.Canceled) || app.ErrorCode(err) != app.CodeInternal {
		t.Errorf("%v", err)
	}
}

func TestPostgresThatRefuses(t *testing.T) {
	address := pgtest.Database(t)
	u, err := url.Parse(address)
	if err != nil {
		t.Fatal(err)
	}
	password, _ := u.User.Password()
	fails := func(change func(*url.URL), want app.Code) {
		t.Helper()
		other := *u
		change(&other)
		_, err := OpenPostgres(t.Context(), PostgresParams{Address: other.String(), Clock: clock(), Migrate: true})
		wantCode(t, err, want)
		if err != nil && (strings.Contains(err.Error(), password) || strings.Contains(err.Error(), "hidden")) {
			t.Errorf("the password is told: %v", err)
		}
	}
	fails(func(u *url.URL) { u.User = url.UserPassword("tests", "hidden") }, app.CodeDatabase)
	fails(func(u *url.URL) { u.Path = "/nowhere" }, app.CodeDatabase)
	fails(func(u *url.URL) { u.Host = "127.0.0.1:1" }, app.CodeDatabase)
	fails(func(u *url.URL) { u.RawQuery = "search_path=not_there" }, app.CodeInternal) // no schema to make tables in
}

// plain opens the database without the store, as another program would.
func plain(t *testing.T, address string) *sql.DB {
	t.Helper()
	config, err := postgresConfig(address)
	if err != nil {
		t.Fatal(err)
	}
	db := stdlib.OpenDB(*config)
	t.Cleanup(func() {
		if err := db.Close(); err != nil {
			t.Error(err)
		}
	})
	return db
}

func execute(t *testing.T, db *sql.DB, text string) {
	t.Helper()
	if _, err := db.ExecContext(t.Context(), text); err != nil {
		t.Fatalf("%s: %v", text, err)
	}
}

func TestForeignAndOldDatabasesAreLeftUntouched(t *testing.T) {
	foreign := pgtest.Database(t)
	execute(t, plain(t, foreign), `CREATE TABLE dogs (name TEXT)`)
	_, err := OpenPostgres(t.Context(), PostgresParams{Address: foreign, Clock: clock(), Migrate: true})
	wantCode(t, err, app.CodeDatabaseForeign)

	empty := pgtest.Database(t)
	_, err = OpenPostgres(t.Context(), PostgresParams{Address: empty, Clock: clock()})
	wantCode(t, err, app.CodeDatabaseOld)
	openPostgres(t, empty)
	s, err := OpenPostgres(t.Context(), PostgresParams{Address: empty, Clock: clock()})
	if err != nil || s.Close() != nil {
		t.Fatal(err)
	}
	execute(t, plain(t, empty), `INSERT INTO schema_migration VALUES (9999, 0)`)
	for _, migrate := range []bool{true, false} {
		_, err = OpenPostgres(t.Context(), PostgresParams{Address: empty, Clock: clock(), Migrate: migrate})
		wantCode(t, err, app.CodeDatabaseForeign)
	}
}

func TestReplicasThatMigrateTogether(t *testing.T) {
	address := pgtest.Database(t)
	var all sync.WaitGroup
	for range 6 {
		all.Go(func() {
			s, err := OpenPostgres(t.Context(), PostgresParams{Address: address, Clock: clock(), Migrate: true})
			if err != nil {
				t.Error(err)
				return
			}
			if err := s.Close(); err != nil {
				t.Error(err)
			}
		})
	}
	all.Wait()
}

// TestReplicasMakeTheSameKeys: what one signs the other accepts from the
// first moment.
func TestReplicasMakeTheSameKeys(t *testing.T) {
	address := pgtest.Database(t)
	openPostgres(t, address)
	hubs := make([]*region.Hub, 4)
	var all sync.WaitGroup
	for i := range hubs {
		s := openPostgres(t, address)
		files, err := OpenFiles(s, t.TempDir())
		if err != nil {
			t.Fatal(err)
		}
		if hubs[i], err = region.New(region.Params{Store: s, Files: files, Clock: clock()}); err != nil {
			t.Fatal(err)
		}
	}
	for _, h := range hubs {
		all.Go(func() {
			if err := h.Prepare(t.Context()); err != nil {
				t.Error(err)
			}
		})
	}
	all.Wait()
	if _, err := hubs[0].Import(t.Context(), region.ImportParams{Sources: []region.Source{{Name: "x", Open: func() (io.ReadCloser, error) {
		return io.NopCloser(strings.NewReader(`{"type":"authority","id":"demo","name":"Comune di Prova"}`)), nil
	}}}}); err != nil {
		t.Fatal(err)
	}
	if _, err := hubs[1].Publish(t.Context(), region.PublishParams{}); err != nil {
		t.Fatal(err)
	}
	_, first, err := hubs[0].Manifest(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	for _, h := range hubs {
		if _, tag, err := h.Manifest(t.Context()); err != nil || tag != first {
			t.Errorf("%s %s %v", tag, first, err)
		}
	}
}

func TestDeadlockIsRunAgain(t *testing.T) {
	s := openPostgres(t, pgtest.Database(t))
	set := func(tx region.Tx, name string) error { return tx.SetSecret(name, []byte("x")) }
	if err := s.Update(t.Context(), func(tx region.Tx) error { return errors.Join(set(tx, "a"), set(tx, "b")) }); err != nil {
		t.Fatal(err)
	}
	var runs atomic.Int32
	var both, all sync.WaitGroup
	both.Add(2)
	for _, order := range [][2]string{{"a", "b"}, {"b", "a"}} {
		all.Go(func() {
			first := true
			err := s.Update(t.Context(), func(tx region.Tx) error {
				runs.Add(1)
				if err := set(tx, order[0]); err != nil {
					return err
				}
				if first { // each holds one row before either asks for the other
					first = false
					both.Done()
					both.Wait()
				}
				// Whoever takes the failure of a savepoint for an item's own
				// must not commit half a batch.
				_ = tx.Savepoint(func() error { return set(tx, order[1]) })
				return nil
			})
			if err != nil {
				t.Error(err)
			}
		})
	}
	all.Wait()
	if n := runs.Load(); n < 3 {
		t.Errorf("%d runs: there was no deadlock", n)
	}
}

func TestALockHeldForTooLongIsToldAsBusy(t *testing.T) {
	address := pgtest.Database(t)
	openPostgres(t, address)
	u, err := url.Parse(address)
	if err != nil {
		t.Fatal(err)
	}
	q := u.Query()
	q.Set("lock_timeout", "100ms")
	u.RawQuery = q.Encode()
	s := openPostgres(t, u.String())
	other := plain(t, address)
	held, err := other.BeginTx(t.Context(), nil)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := held.ExecContext(t.Context(), `UPDATE feed SET imports = imports`); err != nil {
		t.Fatal(err)
	}
	wantCode(t, s.Update(t.Context(), func(tx region.Tx) error { return tx.CountImport() }), app.CodeDatabaseBusy)
	if err := held.Rollback(); err != nil {
		t.Fatal(err)
	}
	if err := s.Update(t.Context(), func(tx region.Tx) error { return tx.CountImport() }); err != nil {
		t.Error(err)
	}
}

// TestPostgresStopsAndComesBack: what was acknowledged is there, and the
// store works on with the connections that it makes anew.
func TestPostgresStopsAndComesBack(t *testing.T) {
	server := pgtest.Start(t)
	address, err := server.NewDatabase()
	if err != nil {
		t.Fatal(err)
	}
	s := openPostgres(t, address)
	add := func(id string) error {
		return s.Update(t.Context(), func(tx region.Tx) error {
			_, err := tx.AddUpload(region.StoredUpload{Type: wire.TypeContact, ID: id, Line: []byte(id)})
			return err
		})
	}
	for range 3 { // several pooled connections
		if err := add("before"); err != nil {
			t.Fatal(err)
		}
	}
	if err := server.Crash(); err != nil {
		t.Fatal(err)
	}
	wantCode(t, add("meanwhile"), app.CodeDatabase)
	wantCode(t, s.View(t.Context(), func(tx region.Tx) error { _, err := tx.Feed(); return err }), app.CodeDatabase)
	if err := server.Start(); err != nil {
		t.Fatal(err)
	}
	if err := add("after"); err != nil {
		t.Error(err)
	}
	var got []string
	if err := s.View(t.Context(), func(tx region.Tx) error {
		return tx.ContactLines("", func(line []byte) error { got = append(got, string(line)); return nil })
	}); err != nil || strings.Join(got, " ") != "after before" {
		t.Errorf("%v %v", got, err)
	}
}

// TestFilesOfStatelessReplicas: what one replica stored the other has, from
// the database; a damaged copy in the database is never served.
func TestFilesOfStatelessReplicas(t *testing.T) {
	address := pgtest.Database(t)
	s := openPostgres(t, address)
	open := func() (Files, string) {
		dir := t.TempDir()
		f, err := OpenFiles(s, dir)
		if err != nil {
			t.Fatal(err)
		}
		return f, dir
	}
	one, _ := open()
	other, folder := open()
	content := strings.Repeat("0123456789", 300_000) // three chunks
	sha, size, err := one.CreateSnapshot(func(w io.Writer) error { _, err := io.WriteString(w, content); return err })
	if err != nil || size != int64(len(content)) {
		t.Fatal(size, err)
	}
	if isNew, err := one.CreateBlob(strings.NewReader("blob")); err != nil || !isNew {
		t.Fatal(isNew, err)
	}
	if isNew, err := other.CreateBlob(strings.NewReader("blob")); err != nil || isNew {
		t.Errorf("new %v, %v", isNew, err)
	}
	var all sync.WaitGroup
	for range 4 {
		all.Go(func() {
			f, err := other.OpenSnapshot(sha)
			if err != nil {
				t.Error(err)
				return
			}
			got, err := io.ReadAll(f)
			if err != nil || string(got) != content || f.Close() != nil {
				t.Errorf("%d bytes, %v", len(got), err)
			}
		})
	}
	all.Wait()
	if _, err := os.Stat(filepath.Join(folder, "snapshots", sha+".zst")); err != nil {
		t.Errorf("no local copy: %v", err)
	}
	_, err = other.OpenSnapshot(strings.Repeat("0", 64))
	wantCode(t, err, app.CodeNotFound)
	_, err = one.RootKey(true)
	if err != nil {
		t.Fatal(err)
	}
	_, err = other.RootKey(false)
	wantCode(t, err, app.CodeFile) // the root is in one folder only

	execute(t, plain(t, address), `UPDATE file_chunk SET content = overlay(content placing 'X' from 5) WHERE seq = 1`)
	third, _ := open()
	if _, err := third.OpenSnapshot(sha); err == nil || !strings.Contains(err.Error(), "damaged") {
		t.Errorf("a damaged snapshot: %v", err)
	}
	execute(t, plain(t, address), `DELETE FROM file_chunk WHERE seq = 2`)
	if _, err := third.OpenSnapshot(sha); err == nil || !strings.Contains(err.Error(), "bytes") {
		t.Errorf("half a snapshot: %v", err)
	}
	if err := one.PruneSnapshots(nil, time.Now().Add(time.Hour)); err != nil {
		t.Fatal(err)
	}
	_, err = third.OpenSnapshot(sha)
	wantCode(t, err, app.CodeNotFound)
}

func TestSortedByBytes(t *testing.T) {
	onBoth(t, func(t *testing.T, s *Store) {
		t.Helper()
		want := []string{"A-2", "B", "a", "a-1", "a_1", "b", "à", "ü"}
		var got []string
		if err := s.Update(t.Context(), func(tx region.Tx) error {
			for _, id := range []string{"ü", "b", "a_1", "B", "a", "à", "A-2", "a-1"} {
				if err := tx.PutWorking(wire.Entity{Type: "sheet", ID: id, Hash: id, Line: []byte(id)}); err != nil {
					return err
				}
			}
			return tx.WorkingLines(nil, func(e wire.Entity) error { got = append(got, e.ID); return nil })
		}); err != nil || strings.Join(got, " ") != strings.Join(want, " ") {
			t.Errorf("%v %v", got, err)
		}
	})
}

func TestRebind(t *testing.T) {
	d := &postgresDialect{}
	for range 2 {
		if got := d.rebind(`SELECT '?', a FROM b WHERE c = ? AND d IN (?, ?)`); got != `SELECT '?', a FROM b WHERE c = $1 AND d IN ($2, $3)` {
			t.Error(got)
		}
	}
}
