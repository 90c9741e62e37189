package hubstore

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"strconv"
	"sync"
)

// statements are prepared once and shared by all transactions of a pool.
type statements struct {
	db      *sql.DB
	dialect dialect

	mu       sync.Mutex
	prepared map[string]*sql.Stmt
}

// known returns a statement that the pool has prepared, nil when it has not.
func (p *statements) known(query string) *sql.Stmt {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.prepared[query]
}

// learn prepares statements for the next transaction. It runs when the
// present one is over: a pool of one connection would wait for itself.
func (p *statements) learn(ctx context.Context, queries []string) {
	for _, q := range queries {
		if p.known(q) != nil {
			continue
		}
		s, err := p.db.PrepareContext(ctx, p.dialect.rebind(q))
		if err != nil {
			return // the next transaction prepares it for itself
		}
		p.mu.Lock()
		p.prepared[q] = s
		p.mu.Unlock()
	}
}

// tx is one transaction. It lives as long as the function that got it, so
// it may hold the context; each statement is prepared once.
type tx struct {
	ctx      context.Context
	sql      *sql.Tx
	pool     *statements
	prepared map[string]*sql.Stmt
	unknown  []string // statements that the pool has not prepared yet
	depth    int      // of savepoints
	broken   error    // why no savepoint can save this transaction
}

// Savepoint runs fn; when fn fails, what it wrote is undone and the
// transaction goes on.
func (t *tx) Savepoint(fn func() error) error {
	t.depth++
	defer func() { t.depth-- }()
	name := "s" + strconv.Itoa(t.depth)
	if err := t.command("SAVEPOINT " + name); err != nil {
		return err
	}
	err := fn()
	if err == nil {
		return t.command("RELEASE SAVEPOINT " + name)
	}
	if t.pool.dialect.again(err) {
		t.broken = err
	}
	// The transaction may be aborted until it is rolled back to the point.
	if back := t.command("ROLLBACK TO SAVEPOINT " + name); back != nil {
		t.broken = errors.Join(err, back)
		return t.broken
	}
	if release := t.command("RELEASE SAVEPOINT " + name); release != nil {
		return errors.Join(err, release)
	}
	return err // as it is: a code, a type
}

// command runs a statement of transaction control, which is not prepared.
func (t *tx) command(text string) error {
	if _, err := t.sql.ExecContext(t.ctx, text); err != nil {
		t.broken = err
		return err
	}
	return nil
}

func (t *tx) stmt(query string) (*sql.Stmt, error) {
	if s, ok := t.prepared[query]; ok {
		return s, nil
	}
	var s *sql.Stmt
	if shared := t.pool.known(query); shared != nil {
		s = t.sql.StmtContext(t.ctx, shared)
	} else {
		var err error
		s, err = t.sql.PrepareContext(t.ctx, t.pool.dialect.rebind(query)) // closed with the transaction
		if err != nil {
			return nil, fmt.Errorf("prepare: %w", err)
		}
		t.unknown = append(t.unknown, query)
	}
	t.prepared[query] = s
	return s, nil
}

// exec returns how many rows were written.
func (t *tx) exec(query string, args ...any) (int64, error) {
	s, err := t.stmt(query)
	if err != nil {
		return 0, err
	}
	res, err := s.ExecContext(t.ctx, args...)
	if err != nil {
		return 0, err
	}
	return res.RowsAffected()
}

// added runs an INSERT ... ON CONFLICT DO NOTHING.
func (t *tx) added(query string, args ...any) (bool, error) {
	n, err := t.exec(query, args...)
	return n == 1, err
}

func (t *tx) done(query string, args ...any) error {
	_, err := t.exec(query, args...)
	return err
}

// scanner is one row to be read.
type scanner interface{ Scan(into ...any) error }

type failed struct{ err error }

func (f failed) Scan(...any) error { return f.err }

func (t *tx) row(query string, args ...any) scanner {
	s, err := t.stmt(query)
	if err != nil {
		return failed{err}
	}
	return s.QueryRowContext(t.ctx, args...)
}

// found tells a missing row from a fault.
func found(err error) (bool, error) {
	if errors.Is(err, sql.ErrNoRows) {
		return false, nil
	}
	return err == nil, err
}

// each calls yield for every row.
func (t *tx) each(yield func(scanner) error, query string, args ...any) (err error) {
	s, err := t.stmt(query)
	if err != nil {
		return err
	}
	rows, err := s.QueryContext(t.ctx, args...)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, rows.Close()) }()
	for rows.Next() {
		if err := yield(rows); err != nil {
			return err
		}
	}
	return rows.Err()
}
