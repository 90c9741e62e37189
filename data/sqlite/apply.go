package sqlite

import (
	"bufio"
	"bytes"
	"context"
	"database/sql"
	"errors"
	"fmt"
	"io"
	"maps"
	"os"
	"path/filepath"
	"strconv"

	"github.com/klauspost/compress/zstd"
	driver "modernc.org/sqlite"

	"polis/app"
	"polis/data/folder"
	"polis/data/wire"
)

// Deletions beyond both bounds need the manifest's word.
const (
	brakeCount = 20
	brakeShare = 4 // one in four
)

// sampleBase is the public address of the embedded sample: nobody's.
const sampleBase = "https://polis.example"

const insertEntity = `INSERT INTO entity (type, id, version, hash, line) VALUES (?, ?, ?, ?, ?)
	ON CONFLICT (type, id) DO UPDATE SET version = excluded.version, hash = excluded.hash, line = excluded.line
	WHERE excluded.version > entity.version`

// Apply lays changes over the catalogue in one transaction, with the index
// that belongs to them; see exchange.Catalogue.
func (c *Catalogue) Apply(ctx context.Context, m wire.Manifest, etag string, changes []wire.Change) error {
	var next *seen
	old := c.now()
	err := c.read(func(f *file) error {
		return f.write(ctx, func(tx *sql.Tx) error {
			if err := brake(ctx, tx, m, changes); err != nil {
				return err
			}
			if err := lay(ctx, tx, changes); err != nil {
				return err
			}
			if err := compare(ctx, tx, m); err != nil {
				return err
			}
			s, err := finish(ctx, tx, m, etag, old.generation, len(changes) > 0)
			next = s
			if err != nil || len(changes) == 0 {
				return err
			}
			return reindex(ctx, tx, old, s, changes)
		})
	})
	if err != nil {
		return c.mend(ctx, err)
	}
	w := next.words.over(c.floor)
	if old.index.Words().Prepared() {
		w.Prepare() // so that who searches need not wait for it
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	c.hold(next, w)
	return nil
}

func brake(ctx context.Context, tx *sql.Tx, m wire.Manifest, changes []wire.Change) error {
	deletions := 0
	for _, ch := range changes {
		if ch.Deleted && !wire.IsWords(ch.Type) {
			deletions++
		}
	}
	if m.MassDeletion || deletions <= brakeCount {
		return nil
	}
	var total int
	if err := tx.QueryRowContext(ctx, "SELECT count(*) FROM entity WHERE "+noWords).Scan(&total); err != nil {
		return err
	}
	return tooMany(deletions, total)
}

const noWords = "type NOT IN ('" + wire.TypeSynonym + "', '" + wire.TypeBestBet + "')"

// brakeWhole is the brake of a snapshot: what the old catalogue has and the
// new one has not is deleted too.
func brakeWhole(ctx context.Context, tx *sql.Tx, m wire.Manifest, old map[string]bool) error {
	if m.MassDeletion || len(old) == 0 {
		return nil
	}
	deletions := len(old)
	err := each(ctx, tx, "SELECT type, id FROM entity WHERE "+noWords, func(scan func(...any) error) error {
		var kind, id string
		err := scan(&kind, &id)
		if old[kind+" "+id] {
			deletions--
		}
		return err
	})
	if err != nil {
		return err
	}
	return tooMany(deletions, len(old))
}

// held names what the catalogue has now, without words; nothing when it is
// the sample or cannot be read.
func (c *Catalogue) held(ctx context.Context) map[string]bool {
	if c.Demonstration() {
		return nil
	}
	names := map[string]bool{}
	err := c.read(func(f *file) error {
		return each(ctx, f.ro, "SELECT type, id FROM entity WHERE "+noWords, func(scan func(...any) error) error {
			var kind, id string
			err := scan(&kind, &id)
			names[kind+" "+id] = true
			return err
		})
	})
	if err != nil { // a damaged one must not keep its successor out
		return nil
	}
	return names
}

func tooMany(deletions, total int) error {
	if deletions > max(brakeCount, total/brakeShare) {
		return app.Fault(app.CodeBrake, nil, "n", strconv.Itoa(deletions), "total", strconv.Itoa(total))
	}
	return nil
}

func lay(ctx context.Context, tx *sql.Tx, changes []wire.Change) error {
	insert, err := tx.PrepareContext(ctx, insertEntity)
	if err != nil {
		return err
	}
	defer func() { _ = insert.Close() }()
	for _, ch := range changes {
		if ch.Deleted {
			_, err = tx.ExecContext(ctx, "DELETE FROM entity WHERE type = ? AND id = ? AND version < ?", ch.Type, ch.ID, ch.Version)
		} else {
			_, err = insert.ExecContext(ctx, ch.Type, ch.ID, ch.Version, ch.Hash, ch.Line)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// compare holds the entities against the manifest's counts and digest.
func compare(ctx context.Context, q querier, m wire.Manifest) error {
	var digest wire.Digest
	counts := map[string]int{}
	err := each(ctx, q, "SELECT type, id, hash FROM entity", func(scan func(...any) error) error {
		var kind, id, hash string
		if err := scan(&kind, &id, &hash); err != nil {
			return err
		}
		digest.Add(kind, id, hash)
		counts[kind]++
		return nil
	})
	if err != nil {
		return err
	}
	want := maps.Clone(m.Counts)
	maps.DeleteFunc(want, func(_ string, n int) bool { return n == 0 })
	if sum := digest.Sum(); sum != m.CatalogDigest || !maps.Equal(counts, want) {
		return app.Fault(app.CodeManifest, fmt.Errorf("%w: have %v %s, want %v %s", errCounts, counts, sum, m.Counts, m.CatalogDigest))
	}
	return nil
}

// finish writes meta and returns what is to be held in memory, without the
// index.
func finish(ctx context.Context, tx *sql.Tx, m wire.Manifest, etag string, last int64, changed bool) (*seen, error) {
	s := &seen{authorities: map[string]app.Authority{}, offices: map[string]app.Office{}, base: m.PublicBase, generation: last}
	if changed {
		s.generation = nextGeneration(last)
	}
	if err := writeMeta(ctx, tx, metaEpoch, m.Epoch, metaCursor, m.Cursor, metaDigest, m.CatalogDigest, metaVersion, strconv.FormatInt(m.Version, 10),
		metaBase, m.PublicBase, metaGeneration, strconv.FormatInt(s.generation, 10), metaEtag, etag); err != nil {
		return nil, err
	}
	if err := loadRegister(ctx, tx, s); err != nil {
		return nil, err
	}
	var err error
	s.words, err = loadWords(ctx, tx)
	return s, err
}

// Replace builds a new catalogue from a snapshot beside the old one, checks
// it against the manifest and swaps it in; until then the old one answers.
func (c *Catalogue) Replace(ctx context.Context, m wire.Manifest, etag string, snapshot io.Reader) error {
	last, old := c.now().generation, c.held(ctx)
	dec, err := zstd.NewReader(snapshot, zstd.WithDecoderMaxMemory(1<<30))
	if err != nil {
		return manifestFault("snapshot: %w", err)
	}
	defer dec.Close()
	return c.rebuild(ctx, func(tx *sql.Tx) error {
		if err := insertLines(ctx, tx, dec); err != nil {
			return err
		}
		if err := compare(ctx, tx, m); err != nil {
			return err
		}
		if err := brakeWhole(ctx, tx, m, old); err != nil {
			return err
		}
		s, err := finish(ctx, tx, m, etag, last, true)
		if err != nil {
			return err
		}
		return index(ctx, tx, s)
	})
}

// LoadSample makes this the demonstration: the embedded sample, labelled.
func (c *Catalogue) LoadSample(ctx context.Context, files [][]byte) error {
	return c.rebuild(ctx, func(tx *sql.Tx) error {
		for _, f := range files {
			if err := insertSample(ctx, tx, f); err != nil {
				return err
			}
		}
		if err := writeMeta(ctx, tx, metaDemo, "1"); err != nil {
			return err
		}
		s, err := finish(ctx, tx, wire.Manifest{Version: 1, PublicBase: sampleBase}, "", c.now().generation, true)
		if err != nil {
			return err
		}
		return index(ctx, tx, s)
	})
}

func insertSample(ctx context.Context, tx *sql.Tx, text []byte) error {
	var changes []wire.Change
	err := wire.Lines(bytes.NewReader(text), func(n int, line []byte) error {
		e, _, err := wire.ParseLine(line)
		if err != nil {
			return fmt.Errorf("sample line %d: %w", n, err)
		}
		changes = append(changes, wire.Change{Entity: e, Version: 1})
		return nil
	})
	if err != nil {
		return err
	}
	return lay(ctx, tx, changes)
}

func insertLines(ctx context.Context, tx *sql.Tx, r io.Reader) error {
	insert, err := tx.PrepareContext(ctx, insertEntity)
	if err != nil {
		return err
	}
	defer func() { _ = insert.Close() }()
	err = wire.Lines(bufio.NewReaderSize(r, 1<<20), func(n int, line []byte) error {
		ch, err := wire.ParseWire(line)
		if err != nil {
			return manifestFault("snapshot line %d: %w", n, err)
		}
		if ch.Deleted {
			return nil
		}
		_, err = insert.ExecContext(ctx, ch.Type, ch.ID, ch.Version, ch.Hash, ch.Line)
		return err
	})
	if errors.Is(err, zstd.ErrMagicMismatch) || errors.Is(err, io.ErrUnexpectedEOF) {
		return manifestFault("snapshot: %w", err)
	}
	return err
}

// rebuild fills a new file beside the old one and swaps it in.
func (c *Catalogue) rebuild(ctx context.Context, fill func(*sql.Tx) error) error {
	path := filepath.Join(c.folder, CatalogueFile+".nuovo")
	if err := removeDatabase(path); err != nil {
		return fault(err, path)
	}
	if err := build(ctx, path, fill); err != nil {
		return errors.Join(fault(err, path), removeDatabase(path))
	}
	return c.swap(ctx, path)
}

func build(ctx context.Context, path string, fill func(*sql.Tx) error) (err error) {
	// The file is worth nothing until it is complete: no journal needed.
	db, err := sql.Open("sqlite", dsn(path, []string{"journal_mode(OFF)", "synchronous(OFF)", "trusted_schema(OFF)", "locking_mode(EXCLUSIVE)"}, "immediate"))
	if err != nil {
		return err
	}
	db.SetMaxOpenConns(1)
	defer func() { err = errors.Join(err, db.Close()) }()
	if err := migrate(ctx, db, catalogueKind(), path); err != nil {
		return err
	}
	tx, err := db.BeginTx(ctx, nil)
	if err != nil {
		return err
	}
	if err := fill(tx); err != nil {
		return errors.Join(err, tx.Rollback())
	}
	return tx.Commit()
}

// swap puts the complete file in the old one's place. While another program
// (polisctl beside the window) has the old one open its name must not go to
// another file: that program would mix both, and throw away the new one's log
// when it closes. Then the contents are copied in one transaction instead.
func (c *Catalogue) swap(ctx context.Context, path string) error {
	ctx = context.WithoutCancel(ctx) // between closing and opening nothing may stop it
	if err := syncFile(path); err != nil {
		return fault(err, path)
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	alone, err := c.use.alone()
	if err != nil {
		return fault(err, c.path())
	}
	if !alone && c.f != nil {
		return c.pour(ctx, path)
	}
	defer func() { _ = c.use.share(ctx) }() // nobody else can have it
	if c.f != nil {
		if err := c.f.close(); err != nil {
			return errors.Join(fault(err, c.path()), c.open(ctx))
		}
	}
	for _, ending := range []string{"-wal", "-shm"} {
		if err := os.Remove(c.path() + ending); err != nil && !errors.Is(err, os.ErrNotExist) {
			return errors.Join(fault(err, c.path()), c.open(ctx))
		}
	}
	// A disk may keep changes of names in any order. The old log must be gone
	// from it before the new file is there, or it would be read into that one;
	// the new file must be there before it has a log of its own.
	if err := folder.Sync(c.folder); err != nil {
		return errors.Join(fault(err, c.path()), c.open(ctx))
	}
	if err := os.Rename(path, c.path()); err != nil {
		return errors.Join(fault(err, c.path()), c.open(ctx))
	}
	if err := folder.Sync(c.folder); err != nil {
		return errors.Join(fault(err, c.path()), c.open(ctx))
	}
	c.damaged = false
	return c.open(ctx)
}

// pour copies the complete file into the open one: readers of every program
// see the old contents until the end, then the new ones.
func (c *Catalogue) pour(ctx context.Context, path string) error {
	if err := restore(ctx, c.f.rw, path); err != nil {
		return fault(err, c.path())
	}
	// The log is as large as the catalogue now; who reads it keeps it longer.
	_, _ = c.f.rw.ExecContext(ctx, "PRAGMA wal_checkpoint(TRUNCATE)")
	s, err := load(ctx, c.f)
	if err != nil {
		return err
	}
	c.damaged = false
	c.hold(s, s.words.over(c.floor))
	return fault(removeDatabase(path), path)
}

// restorer is a connection of the driver.
type restorer interface {
	NewRestore(source string) (*driver.Backup, error)
}

func restore(ctx context.Context, db *sql.DB, path string) (err error) {
	conn, err := db.Conn(ctx)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, conn.Close()) }()
	return conn.Raw(func(dc any) error {
		r, ok := dc.(restorer)
		if !ok {
			return fmt.Errorf("a connection of type %T", dc)
		}
		b, err := r.NewRestore(dsn(path, []string{"query_only(ON)"}, "deferred"))
		if err != nil {
			return err
		}
		for more := true; more && err == nil; {
			more, err = b.Step(-1)
		}
		return errors.Join(err, b.Finish())
	})
}

func syncFile(path string) (err error) {
	f, err := os.OpenFile(path, os.O_RDWR, 0)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, f.Close()) }()
	return f.Sync()
}

func removeDatabase(path string) error {
	for _, ending := range []string{"", "-wal", "-shm", "-journal"} {
		if err := os.Remove(path + ending); err != nil && !errors.Is(err, os.ErrNotExist) {
			return err
		}
	}
	return nil
}
