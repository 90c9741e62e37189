// Package sqlite keeps the workstation's two files: catalogo.db, public and
// replaceable, and ufficio.db, the office's own and never replaced. One
// connection writes, others only read.
package sqlite

import (
	"context"
	"database/sql"
	"embed"
	"errors"
	"fmt"
	"io/fs"
	"net/url"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"syscall"

	driver "modernc.org/sqlite"
	lib "modernc.org/sqlite/lib"

	"polis/app"
)

//go:embed migrations
var migrations embed.FS

// kind is one of the two files: its folder of migrations, the mark in its
// header and how careful it is.
type kind struct {
	folder        string
	applicationID int
	pragmas       []string
	private       bool // for the owner's eyes only
}

func catalogueKind() kind {
	return kind{"catalogo", 0x504f4c43, []string{"synchronous(NORMAL)"}, false}
}

func officeKind() kind {
	return kind{"ufficio", 0x504f4c55, []string{"synchronous(FULL)", "secure_delete(ON)"}, true}
}

// file is an open database: one writer, several readers.
type file struct {
	path string
	rw   *sql.DB
	ro   *sql.DB
}

const readers = 4

func openFile(ctx context.Context, path string, k kind) (*file, error) {
	if err := os.MkdirAll(filepath.Dir(path), 0o750); err != nil {
		return nil, fault(err, filepath.Dir(path))
	}
	if k.private {
		if err := createPrivate(path); err != nil {
			return nil, fault(err, path)
		}
	}
	pragmas := append([]string{"busy_timeout(10000)", "trusted_schema(OFF)", "foreign_keys(ON)"}, k.pragmas...)
	rw, err := sql.Open("sqlite", dsn(path, append(slices.Clone(pragmas), "journal_mode(WAL)"), "immediate"))
	if err != nil {
		return nil, fault(err, path)
	}
	rw.SetMaxOpenConns(1)
	if err := migrate(ctx, rw, k, path); err != nil {
		return nil, errors.Join(err, rw.Close())
	}
	ro, err := sql.Open("sqlite", dsn(path, append(pragmas, "query_only(ON)"), "deferred"))
	if err != nil {
		return nil, errors.Join(fault(err, path), rw.Close())
	}
	ro.SetMaxOpenConns(readers)
	ro.SetMaxIdleConns(readers)
	return &file{path: path, rw: rw, ro: ro}, nil
}

// createPrivate makes an empty file that only its owner can read; SQLite
// gives its side files the same mode. SQLite puts the file's name on disk with
// the first transaction, but not that of the folder: a new one is put there
// before anything is kept in it.
func createPrivate(path string) error {
	if _, err := os.Stat(path); errors.Is(err, fs.ErrNotExist) {
		if err := syncPath(filepath.Dir(path)); err != nil {
			return err
		}
	}
	// One that is there is not touched: closing a file that SQLite has open
	// would drop SQLite's locks.
	f, err := os.OpenFile(path, os.O_CREATE|os.O_EXCL|os.O_RDWR, 0o600)
	if errors.Is(err, fs.ErrExist) {
		return nil
	}
	if err != nil {
		return err
	}
	return f.Close()
}

func (f *file) close() error { return errors.Join(f.ro.Close(), f.rw.Close()) }

// write runs do in one transaction and keeps it only without error.
func (f *file) write(ctx context.Context, do func(*sql.Tx) error) error {
	tx, err := f.rw.BeginTx(ctx, nil)
	if err != nil {
		return fault(err, f.path)
	}
	if err := do(tx); err != nil {
		if rerr := tx.Rollback(); rerr != nil && !errors.Is(rerr, sql.ErrTxDone) {
			err = errors.Join(err, rerr)
		}
		return fault(err, f.path)
	}
	return fault(tx.Commit(), f.path)
}

func dsn(path string, pragmas []string, lock string) string {
	q := url.Values{}
	for _, p := range pragmas {
		q.Add("_pragma", p)
	}
	q.Set("_txlock", lock)
	q.Set("_defensive", "1")
	return "file:" + escaped(path, runtime.GOOS == "windows") + "?" + q.Encode()
}

// escaped writes a path as SQLite's URIs want it: a drive has a slash before
// it, a share of a server has four (an empty authority, then the name).
// Relative paths stay relative.
func escaped(path string, windows bool) string {
	if windows {
		path = strings.ReplaceAll(path, `\`, "/")
		switch {
		case strings.HasPrefix(path, "//"):
			path = "//" + path
		case len(path) > 1 && path[1] == ':':
			path = "/" + path
		}
	}
	var b strings.Builder
	for _, c := range []byte(path) {
		if c == '%' || c == '?' || c == '#' || c < ' ' || c > '~' {
			fmt.Fprintf(&b, "%%%02X", c)
			continue
		}
		b.WriteByte(c)
	}
	return b.String()
}

// migrate brings a database to the newest schema. A file of another program
// or of a newer version is refused before anything is written.
func migrate(ctx context.Context, db *sql.DB, k kind, path string) error {
	var id, version, tables int
	if err := db.QueryRowContext(ctx, "PRAGMA application_id").Scan(&id); err != nil {
		return fault(err, path)
	}
	if err := db.QueryRowContext(ctx, "PRAGMA user_version").Scan(&version); err != nil {
		return fault(err, path)
	}
	if err := db.QueryRowContext(ctx, "SELECT count(*) FROM sqlite_master").Scan(&tables); err != nil {
		return fault(err, path)
	}
	names, err := fs.Glob(migrations, "migrations/"+k.folder+"/*.sql")
	if err != nil {
		return fmt.Errorf("list migrations: %w", err)
	}
	if (id != k.applicationID && (id != 0 || tables > 0)) || version > len(names) {
		return app.Fault(app.CodeFolderForeign, fmt.Errorf("%s: application_id %#x, version %d", path, id, version), "path", path)
	}
	for i, name := range names[version:] {
		if err := step(ctx, db, k, name, version+i+1); err != nil {
			return fault(err, path)
		}
	}
	return nil
}

func step(ctx context.Context, db *sql.DB, k kind, name string, to int) error {
	text, err := migrations.ReadFile(name)
	if err != nil {
		return fmt.Errorf("read %s: %w", name, err)
	}
	tx, err := db.BeginTx(ctx, nil)
	if err != nil {
		return fmt.Errorf("begin %s: %w", name, err)
	}
	script := string(text) + "\nPRAGMA application_id = " + strconv.Itoa(k.applicationID) + ";\nPRAGMA user_version = " + strconv.Itoa(to) + ";" //nolint:gosec // our own embedded text and two numbers
	if _, err := tx.ExecContext(ctx, script); err != nil {
		return errors.Join(fmt.Errorf("%s: %w", name, err), tx.Rollback())
	}
	return tx.Commit()
}

// fault gives a storage error its code; errors that have one keep it.
func fault(err error, path string) error {
	var own *app.Error
	if err == nil || errors.As(err, &own) || errors.Is(err, context.Canceled) || errors.Is(err, context.DeadlineExceeded) {
		return err
	}
	if code := faultCode(err); code != "" {
		if code == app.CodeCatalogueDamaged && filepath.Base(path) == OfficeFile {
			code = app.CodeOfficeDamaged // it is nowhere else
		}
		return app.Fault(code, err, "path", path)
	}
	return err
}

func faultCode(err error) app.Code {
	var e *driver.Error
	var pathErr *fs.PathError
	switch {
	case errors.Is(err, syscall.ENOSPC):
		return app.CodeDiskFull
	case errors.As(err, &e):
		return driverCode(e.Code())
	case errors.As(err, &pathErr) || errors.Is(err, fs.ErrPermission) || errors.Is(err, fs.ErrNotExist) || errors.Is(err, fs.ErrExist):
		return app.CodeFolder
	}
	return ""
}

func driverCode(code int) app.Code {
	if code == lib.SQLITE_IOERR_SHMSIZE { // the index of the log could not grow
		return app.CodeDiskFull
	}
	switch code & 0xff {
	case lib.SQLITE_FULL:
		return app.CodeDiskFull
	case lib.SQLITE_CORRUPT, lib.SQLITE_NOTADB:
		return app.CodeCatalogueDamaged
	case lib.SQLITE_CANTOPEN, lib.SQLITE_READONLY, lib.SQLITE_PERM, lib.SQLITE_IOERR:
		return app.CodeFolder
	case lib.SQLITE_BUSY, lib.SQLITE_LOCKED:
		return app.CodeBusy
	}
	return ""
}
