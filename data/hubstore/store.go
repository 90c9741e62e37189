// Package hubstore keeps the hub's data: a database (SQLite or PostgreSQL)
// and a folder of snapshots, blobs and the root key.
package hubstore

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"math"
	"math/rand/v2"
	"path"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/google/uuid"

	"polis/app"
	"polis/app/region"
)

// Store is the database. It has writing connections (SQLite: one) and a pool
// of readers that cannot write.
type Store struct {
	dialect     dialect
	write, read *statements
	from        int // version of the schema when it was opened
}

func newStore(d dialect, write, read *sql.DB) *Store {
	pool := func(db *sql.DB) *statements {
		return &statements{db: db, dialect: d, prepared: map[string]*sql.Stmt{}}
	}
	return &Store{dialect: d, write: pool(write), read: pool(read)}
}

// dialect is all that differs between databases: the statements are the
// same for all.
type dialect interface {
	// rebind turns the ? of a statement into what the database expects.
	rebind(query string) string
	// driverCaches tells that the driver remembers statements by itself.
	driverCaches() bool
	// view is how a transaction begins that reads one state.
	view() *sql.TxOptions
	// fault gives an error of the driver the code that a person understands.
	fault(err error) error
	// again tells the errors after which the whole transaction is to be run
	// once more.
	again(err error) bool
	// script turns a migration into the database's own words.
	script(text string) string
	// lock keeps other processes from migrating until the transaction ends.
	lock(t *tx) error
	// tables is the query for the names of all tables; columns that for the
	// columns of one (name, 1 when it holds bytes), in their order.
	tables() string
	columns() string
	// foreign, old and notEmpty are faults about the database.
	foreign(err error) error
	old(from, to int) error
	notEmpty() error
}

type migration struct {
	version int
	script  string
}

// Close closes the connections.
func (s *Store) Close() error { return errors.Join(s.read.db.Close(), s.write.db.Close()) }

// View runs fn in a transaction that reads one state of the database.
func (s *Store) View(ctx context.Context, fn func(region.Tx) error) error {
	return s.transact(ctx, s.read, s.dialect.view(), fn)
}

func (s *Store) view(ctx context.Context, fn func(*tx) error) error {
	return s.View(ctx, func(t region.Tx) error {
		own, err := ownTx(t)
		if err != nil {
			return err
		}
		return fn(own)
	})
}

func ownTx(t region.Tx) (*tx, error) {
	own, ok := t.(*tx)
	if !ok {
		return nil, errors.New("not a transaction of this store")
	}
	return own, nil
}

const updateTries = 10

// Update runs fn in a writing transaction; what it wrote is on the disk when
// Update returns nil. When another transaction was in the way, fn runs more
// than once.
func (s *Store) Update(ctx context.Context, fn func(region.Tx) error) error {
	return s.update(ctx, func(t *tx) error { return fn(t) })
}

func (s *Store) update(ctx context.Context, fn func(*tx) error) error {
	for try := 1; ; try++ {
		err := s.transact(ctx, s.write, nil, func(t region.Tx) error {
			own, err := ownTx(t)
			if err != nil {
				return err
			}
			return fn(own)
		})
		if err == nil || try == updateTries || !s.dialect.again(err) {
			return err
		}
		select {
		case <-ctx.Done():
			return err
		case <-time.After(rand.N(time.Duration(try) * 20 * time.Millisecond)): // #nosec G404 -- whoever collided must not do so again
		}
	}
}

func (s *Store) transact(ctx context.Context, pool *statements, opts *sql.TxOptions, fn func(region.Tx) error) error {
	begun, err := pool.db.BeginTx(ctx, opts)
	if err != nil {
		return s.fault(err)
	}
	t := &tx{ctx: ctx, sql: begun, pool: pool, prepared: map[string]statement{}}
	err = fn(t)
	if err == nil {
		err = t.broken // somebody took the failure of a savepoint for the item's own
	}
	if err != nil {
		// What a lost connection answers to a rollback says nothing new.
		if back := rollback(begun); back != nil && !s.dialect.driverCaches() {
			return errors.Join(s.fault(err), back)
		}
		return s.fault(err)
	}
	if err := begun.Commit(); err != nil {
		return s.fault(err)
	}
	pool.learn(ctx, t.unknown)
	return nil
}

func rollback(t *sql.Tx) error {
	if err := t.Rollback(); err != nil && !errors.Is(err, sql.ErrTxDone) {
		return fmt.Errorf("roll back: %w", err)
	}
	return nil
}

// fault leaves alone what already has a code.
func (s *Store) fault(err error) error {
	var known *app.Error
	if err == nil || errors.As(err, &known) {
		return err
	}
	return s.dialect.fault(err)
}

// migrate brings the schema up to date, forwards only.
func (s *Store) migrate(ctx context.Context, at time.Time) error {
	return s.update(ctx, func(t *tx) error {
		if err := s.dialect.lock(t); err != nil {
			return err
		}
		applied, err := t.schema()
		if err != nil {
			return err
		}
		s.from = latest(applied)
		return t.migrateTo(applied, math.MaxInt, at)
	})
}

// migrateTo applies what is missing up to a version.
func (t *tx) migrateTo(applied map[int]bool, version int, at time.Time) error {
	list, err := migrations()
	if err != nil {
		return err
	}
	if err := t.done(`CREATE TABLE IF NOT EXISTS schema_migration (version INTEGER PRIMARY KEY, applied_at BIGINT NOT NULL)`); err != nil {
		return err
	}
	for _, m := range list {
		if applied[m.version] || m.version > version {
			continue
		}
		if err := t.command(t.pool.dialect.script(m.script)); err != nil {
			return fmt.Errorf("migration %d: %w", m.version, err)
		}
		if err := t.done(`INSERT INTO schema_migration (version, applied_at) VALUES (?, ?)`, m.version, at.UnixMilli()); err != nil {
			return err
		}
	}
	return t.done(`INSERT INTO feed (id, epoch, last, imports) VALUES (1, ?, 0, 0) ON CONFLICT DO NOTHING`, uuid.NewString())
}

// schema returns the migrations that were applied; a database of somebody
// else or of a newer program is refused.
func (t *tx) schema() (map[int]bool, error) {
	d := t.pool.dialect
	tables, err := t.names(d.tables())
	if err != nil || len(tables) == 0 {
		return nil, err
	}
	if !slices.Contains(tables, "schema_migration") {
		return nil, d.foreign(errors.New("tables of another program"))
	}
	applied := map[int]bool{}
	err = t.each(func(row scanner) error {
		var version int
		err := row.Scan(&version)
		applied[version] = true
		return err
	}, `SELECT version FROM schema_migration`)
	if err != nil {
		return nil, err
	}
	list, err := migrations()
	if err == nil && latest(applied) > list[len(list)-1].version {
		err = d.foreign(errors.New("newer schema"))
	}
	return applied, err
}

func (t *tx) names(query string, args ...any) ([]string, error) {
	var list []string
	err := t.each(func(row scanner) error {
		var name string
		err := row.Scan(&name)
		list = append(list, name)
		return err
	}, query, args...)
	return list, err
}

func latest(applied map[int]bool) int {
	last := 0
	for version := range applied {
		last = max(last, version)
	}
	return last
}

// checkSchema refuses a schema that is not the program's.
func (s *Store) checkSchema(ctx context.Context) error {
	list, err := migrations()
	if err != nil {
		return err
	}
	return s.view(ctx, func(t *tx) error {
		applied, err := t.schema()
		if err != nil {
			return err
		}
		s.from = latest(applied)
		for _, m := range list {
			if !applied[m.version] {
				return s.dialect.old(s.from, list[len(list)-1].version)
			}
		}
		return nil
	})
}

// Schema returns the version of the schema as it was found and as it is.
func (s *Store) Schema() (from, to int, err error) {
	list, err := migrations()
	if err != nil {
		return 0, 0, err
	}
	return s.from, list[len(list)-1].version, nil
}

// migrations lists the scripts in their order.
func migrations() ([]migration, error) {
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
