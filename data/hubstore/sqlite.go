package hubstore

import (
	"context"
	"database/sql"
	"embed"
	"errors"
	"fmt"
	"net/url"
	"os"
	"path"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"modernc.org/sqlite"
	sqlite3 "modernc.org/sqlite/lib"

	"polis/app"
)

// applicationID marks a SQLite file as a hub's ("POLH").
const applicationID = 0x504f4c48

const (
	readers     = 4
	busyTimeout = "15000" // ms; longer than an import writes
)

//go:embed migrations/*.sql
var scripts embed.FS

// OpenSQLite opens the database file, making or migrating it as needed. A
// file of another program or of a newer version is left untouched. Codes:
// CodeFolder, CodeFolderForeign (path), CodeDiskFull, CodeBusy.
func OpenSQLite(ctx context.Context, file string, clock app.Clock) (*Store, error) {
	d := sqliteDialect{path: file}
	if err := os.MkdirAll(filepath.Dir(file), 0o700); err != nil {
		return nil, app.Fault(app.CodeFolder, err, "path", filepath.Dir(file))
	}
	isNew, err := d.recognise(ctx)
	if err != nil {
		return nil, err
	}
	write, err := d.open("_txlock=immediate", "_pragma=journal_mode(WAL)", "_pragma=synchronous(FULL)", "_pragma=foreign_keys(1)")
	if err != nil {
		return nil, err
	}
	write.SetMaxOpenConns(1)
	write.SetConnMaxIdleTime(0)
	read, err := d.open("_pragma=query_only(1)")
	if err != nil {
		return nil, errors.Join(err, write.Close())
	}
	read.SetMaxOpenConns(readers)
	read.SetMaxIdleConns(readers)
	s := newStore(d, write, read)
	if isNew {
		_, err = write.ExecContext(ctx, "PRAGMA application_id = "+strconv.Itoa(applicationID))
		err = s.fault(err)
	}
	if err == nil {
		err = s.migrate(ctx, clock.Now(), d.foreign(errors.New("newer schema")))
	}
	if err != nil {
		return nil, errors.Join(err, s.Close())
	}
	return s, nil
}

type sqliteDialect struct{ path string }

func (d sqliteDialect) open(params ...string) (*sql.DB, error) {
	// A path is not an address: what means something in one is escaped.
	escaped := (&url.URL{Path: filepath.ToSlash(d.path)}).EscapedPath()
	common := []string{"_pragma=busy_timeout(" + busyTimeout + ")", "_pragma=trusted_schema(0)", "_defensive=1"}
	dsn := "file:" + escaped + "?" + strings.Join(append(common, params...), "&")
	db, err := sql.Open("sqlite", dsn)
	if err != nil {
		return nil, fmt.Errorf("open database: %w", err)
	}
	return db, nil
}

// recognise looks at an existing file before anything is written to it. It
// asks SQLite, never the file itself: closing a file that SQLite has open
// drops SQLite's locks.
func (d sqliteDialect) recognise(ctx context.Context) (isNew bool, err error) {
	if isNew, err := d.create(); isNew || err != nil {
		return isNew, err
	}
	db, err := d.open("mode=rw")
	if err != nil {
		return false, err
	}
	var id, tables int
	err = db.QueryRowContext(ctx, "PRAGMA application_id").Scan(&id)
	if err == nil {
		err = db.QueryRowContext(ctx, "SELECT COUNT(*) FROM sqlite_master").Scan(&tables)
	}
	if cerr := db.Close(); err == nil {
		err = cerr
	}
	switch {
	case err != nil:
		return false, d.fault(err)
	case id == 0 && tables == 0:
		return true, nil
	case id != applicationID:
		return false, d.foreign(fmt.Errorf("application id %#x", id))
	}
	return false, nil
}

// create makes the empty file before SQLite does, readable by its owner only:
// the hub's keys are in it.
func (d sqliteDialect) create() (isNew bool, err error) {
	f, err := os.OpenFile(d.path, os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o600)
	if errors.Is(err, os.ErrExist) {
		return false, nil
	}
	if err == nil {
		err = f.Close()
	}
	if err != nil {
		return false, app.Fault(app.CodeFolder, err, "path", d.path)
	}
	return true, nil
}

func (d sqliteDialect) foreign(err error) error {
	return app.Fault(app.CodeFolderForeign, err, "path", d.path)
}

func (sqliteDialect) rebind(query string) string { return query }

// again: there is one writer, and it waited for its turn.
func (sqliteDialect) again(error) bool { return false }

func (d sqliteDialect) fault(err error) error {
	var e *sqlite.Error
	if !errors.As(err, &e) {
		return err
	}
	switch e.Code() & 0xff {
	case sqlite3.SQLITE_FULL:
		return app.Fault(app.CodeDiskFull, err, "path", d.path)
	case sqlite3.SQLITE_BUSY:
		return app.Fault(app.CodeBusy, err, "path", d.path)
	case sqlite3.SQLITE_NOTADB:
		return d.foreign(err)
	case sqlite3.SQLITE_CANTOPEN, sqlite3.SQLITE_PERM, sqlite3.SQLITE_READONLY, sqlite3.SQLITE_IOERR, sqlite3.SQLITE_CORRUPT:
		return app.Fault(app.CodeFolder, err, "path", d.path)
	}
	return err
}

func (sqliteDialect) migrations() ([]migration, error) {
	const folder = "migrations"
	entries, err := scripts.ReadDir(folder)
	if err != nil {
		return nil, fmt.Errorf("migrations: %w", err)
	}
	var list []migration
	for _, e := range entries {
		number, _, _ := strings.Cut(e.Name(), "_")
		version, err := strconv.Atoi(number)
		if err != nil {
			return nil, fmt.Errorf("migration %s: %w", e.Name(), err)
		}
		script, err := scripts.ReadFile(path.Join(folder, e.Name()))
		if err != nil {
			return nil, fmt.Errorf("migration %s: %w", e.Name(), err)
		}
		list = append(list, migration{version, string(script)})
	}
	return list, nil
}

// stamp and moment keep times as whole milliseconds; 0 is no time.
func stamp(t time.Time) int64 {
	if t.IsZero() {
		return 0
	}
	return t.UnixMilli()
}

func moment(ms int64) time.Time {
	if ms == 0 {
		return time.Time{}
	}
	return time.UnixMilli(ms).UTC()
}
