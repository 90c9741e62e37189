// Package hubstore keeps the hub's data: a database (SQLite, with a seam
// for PostgreSQL) and a folder of snapshots, blobs and the root key.
package hubstore

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"time"

	"github.com/google/uuid"

	"polis/app"
	"polis/app/region"
)

// Store is the database. It has one writing connection and a pool of
// readers that cannot write.
type Store struct {
	dialect     dialect
	write, read *statements
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
	// fault gives an error of the driver the code that a person understands.
	fault(err error) error
	// again tells the errors after which the whole transaction is to be run
	// once more.
	again(err error) bool
	// migrations lists the scripts in their order.
	migrations() ([]migration, error)
}

type migration struct {
	version int
	script  string
}

// Close closes the connections.
func (s *Store) Close() error { return errors.Join(s.read.db.Close(), s.write.db.Close()) }

// View runs fn in a transaction that reads one state of the database.
func (s *Store) View(ctx context.Context, fn func(region.Tx) error) error {
	return s.transact(ctx, s.read, &sql.TxOptions{ReadOnly: true}, fn)
}

// Update runs fn in a writing transaction; what it wrote is on the disk when
// Update returns nil.
func (s *Store) Update(ctx context.Context, fn func(region.Tx) error) error {
	return s.transact(ctx, s.write, nil, fn)
}

func (s *Store) transact(ctx context.Context, pool *statements, opts *sql.TxOptions, fn func(region.Tx) error) error {
	begun, err := pool.db.BeginTx(ctx, opts)
	if err != nil {
		return s.fault(err)
	}
	t := &tx{ctx: ctx, sql: begun, pool: pool, prepared: map[string]*sql.Stmt{}}
	err = fn(t)
	if err == nil {
		err = t.broken // somebody took the failure of a savepoint for the item's own
	}
	if err != nil {
		return errors.Join(s.fault(err), rollback(begun))
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
func (s *Store) migrate(ctx context.Context, at time.Time, foreign error) error {
	list, err := s.dialect.migrations()
	if err != nil {
		return err
	}
	return s.Update(ctx, func(rtx region.Tx) error {
		t, ok := rtx.(*tx)
		if !ok {
			return errors.New("migrate: not a transaction of this store")
		}
		if _, err := t.exec(`CREATE TABLE IF NOT EXISTS schema_migration (version INTEGER PRIMARY KEY, applied_at BIGINT NOT NULL)`); err != nil {
			return err
		}
		var current int
		if err := t.row(`SELECT COALESCE(MAX(version), 0) FROM schema_migration`).Scan(&current); err != nil {
			return err
		}
		if len(list) > 0 && current > list[len(list)-1].version {
			return foreign
		}
		for _, m := range list {
			if m.version <= current {
				continue
			}
			if _, err := t.sql.ExecContext(ctx, m.script); err != nil {
				return fmt.Errorf("migration %d: %w", m.version, err)
			}
			if _, err := t.exec(`INSERT INTO schema_migration (version, applied_at) VALUES (?, ?)`, m.version, at.UnixMilli()); err != nil {
				return err
			}
		}
		_, err := t.exec(`INSERT INTO feed (id, epoch, last, imports) VALUES (1, ?, 0, 0) ON CONFLICT DO NOTHING`, uuid.NewString())
		return err
	})
}
