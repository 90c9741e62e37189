package sqlite

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"polis/app"
	"polis/app/desk"
	"polis/app/exchange"
	"polis/app/search"
	"polis/data/wire"
)

// Names in a data folder.
const (
	CatalogueFile = "catalogo.db"
	blobFolder    = "documenti"
)

// Catalogue is catalogo.db with its search index in memory. It answers in
// every state: while a new catalogue is being built, and with nothing at all.
type Catalogue struct {
	folder string
	floor  func() words // the built-in ones
	use    use

	mu      sync.RWMutex // held for reading by every query, for writing by a swap
	f       *file
	stat    os.FileInfo // of the file that is open
	seen    atomic.Pointer[seen]
	damaged bool
}

// seen is what is held in memory of one generation.
type seen struct {
	generation  int64
	index       *search.Index
	authorities map[string]app.Authority
	offices     map[string]app.Office
	words       words
	rebuilt     bool // the index could not be read and is not stored
	base        string
	demo        bool
}

// OpenCatalogue opens or creates catalogo.db in the folder. A file that
// cannot be read is set aside and an empty one takes its place: Damaged
// tells. A file of another program is refused: CodeFolderForeign.
func OpenCatalogue(ctx context.Context, folder string) (*Catalogue, error) {
	c := &Catalogue{folder: folder, floor: sync.OnceValue(floorWords), use: newUse(folder)}
	if err := os.MkdirAll(folder, 0o750); err != nil {
		return nil, fault(err, folder)
	}
	if err := c.use.share(ctx); err != nil {
		return nil, fault(err, folder)
	}
	err := c.open(ctx)
	if app.ErrorCode(err) == app.CodeCatalogueDamaged {
		err = c.startAgain(ctx)
	}
	if err != nil {
		return nil, errors.Join(err, c.use.close())
	}
	return c, nil
}

func (c *Catalogue) path() string { return filepath.Join(c.folder, CatalogueFile) }

// open opens the file and loads what is held in memory.
func (c *Catalogue) open(ctx context.Context) error {
	f, err := openFile(ctx, c.path(), catalogueKind())
	if err != nil {
		return err
	}
	s, err := load(ctx, f)
	if err != nil {
		return errors.Join(err, f.close())
	}
	stat, err := os.Stat(c.path())
	if err != nil {
		return errors.Join(fault(err, c.path()), f.close())
	}
	c.f, c.stat = f, stat
	keepRebuilt(ctx, f, s)
	c.hold(s, s.words.over(c.floor))
	return nil
}

// startAgain sets the damaged file aside and begins with an empty one. The
// caller holds the lock or is alone.
func (c *Catalogue) startAgain(ctx context.Context) error {
	if c.f != nil {
		_ = c.f.close() // a damaged file may refuse to close in order
		c.f = nil
	}
	aside := c.path() + ".danneggiato"
	for _, ending := range []string{"", "-wal", "-shm"} {
		err := os.Rename(c.path()+ending, aside+ending)
		if err != nil && !errors.Is(err, os.ErrNotExist) {
			return app.Fault(app.CodeFolder, err, "path", c.folder)
		}
	}
	c.damaged = true
	return c.open(ctx)
}

// Close closes the file.
func (c *Catalogue) Close() error {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.f == nil {
		return c.use.close()
	}
	return errors.Join(c.f.close(), c.use.close())
}

// Damaged reports that the file could not be read and was set aside.
func (c *Catalogue) Damaged() bool {
	c.mu.RLock()
	defer c.mu.RUnlock()
	return c.damaged
}

// Check reads the whole file; when it is damaged it is set aside and an empty
// one takes its place.
func (c *Catalogue) Check(ctx context.Context) error {
	var answer string
	err := c.read(func(f *file) error {
		return f.ro.QueryRowContext(ctx, "PRAGMA quick_check(1)").Scan(&answer)
	})
	if err == nil && answer == "ok" {
		return nil
	}
	if err == nil {
		err = app.Fault(app.CodeCatalogueDamaged, errors.New(answer), "path", c.path())
	}
	return c.mend(ctx, err)
}

// mend sets a damaged file aside; any other error is only passed on.
func (c *Catalogue) mend(ctx context.Context, err error) error {
	if app.ErrorCode(err) != app.CodeCatalogueDamaged {
		return err
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	return errors.Join(err, c.startAgain(ctx))
}

func (c *Catalogue) read(do func(*file) error) error {
	c.mu.RLock()
	defer c.mu.RUnlock()
	if c.f == nil { // it could not be set aside; the next read tries again
		return app.Fault(app.CodeCatalogueDamaged, nil, "path", c.path())
	}
	return fault(do(c.f), c.path())
}

// now is what the catalogue answers with; it never waits for a new one.
func (c *Catalogue) now() *seen { return c.seen.Load() }

// Index returns the search index of the newest catalogue; never nil.
func (c *Catalogue) Index() *search.Index { return c.now().index }

// Demonstration reports whether this is the embedded sample.
func (c *Catalogue) Demonstration() bool { return c.now().demo }

// Authority returns an authority; one that is not in the register has its id
// as name.
func (c *Catalogue) Authority(id string) app.Authority {
	if a, ok := c.now().authorities[id]; ok {
		return a
	}
	return app.Authority{ID: id, Name: id}
}

// Office returns an office and whether it is in the register.
func (c *Catalogue) Office(id string) (app.Office, bool) {
	o, ok := c.now().offices[id]
	return o, ok
}

// PublicURL returns the address of a sheet's public page, "" when the
// catalogue has none.
func (c *Catalogue) PublicURL(code string) string {
	base := strings.TrimRight(c.now().base, "/")
	if base == "" {
		return ""
	}
	return base + "/schede/" + code
}

// Reading returns a sheet with its base laid under it; CodeSheetNotFound.
func (c *Catalogue) Reading(ctx context.Context, code string) (app.Reading, error) {
	rs, err := c.Readings(ctx, []string{code})
	if err != nil {
		return app.Reading{}, err
	}
	if len(rs) == 0 {
		return app.Reading{}, app.Fault(app.CodeSheetNotFound, nil, "code", code)
	}
	return rs[0], nil
}

const sheetByCode = "SELECT version, hash, line FROM entity WHERE type = 'sheet' AND id = ?"

// Readings returns the sheets that exist, in the order asked.
func (c *Catalogue) Readings(ctx context.Context, codes []string) ([]app.Reading, error) {
	var out []app.Reading
	err := c.read(func(f *file) error {
		stmt, err := f.ro.PrepareContext(ctx, sheetByCode)
		if err != nil {
			return err
		}
		defer func() { _ = stmt.Close() }()
		for _, code := range codes {
			r, err := reading(ctx, stmt, code)
			if errors.Is(err, sql.ErrNoRows) {
				continue
			}
			if err != nil {
				return err
			}
			out = append(out, r)
		}
		return nil
	})
	return out, c.mend(ctx, err)
}

func reading(ctx context.Context, stmt *sql.Stmt, code string) (app.Reading, error) {
	sheet, version, err := sheetRow(ctx, stmt, code)
	if err != nil {
		return app.Reading{}, err
	}
	var base *app.Sheet
	if sheet.Base != "" && sheet.Base != sheet.Code {
		b, changed, err := sheetRow(ctx, stmt, sheet.Base)
		if err == nil {
			base, version = &b, max(version, changed) // what is read changes with either
		} else if !errors.Is(err, sql.ErrNoRows) {
			return app.Reading{}, err
		}
	}
	r := app.Adapt(&sheet, base)
	r.Version = version
	return r, nil
}

// Sheets found by the indexes of 0002: SQLite uses such an index only for the
// very words that it was made with, and the first only when it is told to.
const (
	withAlert = `entity INDEXED BY sheet_alert WHERE type = 'sheet' AND instr(line, x'22616c657274223a7b') > 0`
	withBase  = `entity INDEXED BY sheet_base WHERE type = 'sheet' AND instr(line, x'2262617365223a22') > 0 AND json_extract(CAST(line AS TEXT), '$.base') = ?`
)

// Alerted returns the sheets with an alert on a day; where the own authority
// has adapted one, its adaptation stands for it.
func (c *Catalogue) Alerted(ctx context.Context, day app.Date, own string) ([]desk.Alerted, error) {
	var out []desk.Alerted
	err := c.read(func(f *file) error {
		list, err := alerted(ctx, f.ro, `SELECT id, l ->> 'authority', ifnull(l ->> 'level', '') FROM
			(SELECT id, CAST(line AS TEXT) AS l FROM `+withAlert+`)
			WHERE ifnull(substr(l ->> '$.alert.from', 1, 10), '') <= ?1 AND ?1 <= ifnull(substr(nullif(l ->> '$.alert.to', ''), 1, 10), '9')`, day)
		if err != nil {
			return err
		}
		seen := map[string]bool{}
		for _, a := range list {
			ours, err := alerted(ctx, f.ro, `SELECT id, l ->> 'authority', ifnull(l ->> 'level', '') FROM
				(SELECT id, CAST(line AS TEXT) AS l FROM `+withBase+`) WHERE l ->> 'authority' = ?`, a.Code, own)
			if err != nil {
				return err
			}
			if len(ours) > 0 {
				a = ours[0]
			}
			if !seen[a.Code] {
				seen[a.Code] = true
				out = append(out, a)
			}
		}
		return nil
	})
	return out, c.mend(ctx, err)
}

func alerted(ctx context.Context, q querier, query string, args ...any) (list []desk.Alerted, err error) {
	err = each(ctx, q, query, func(scan func(...any) error) error {
		var a desk.Alerted
		err := scan(&a.Code, &a.Authority, &a.Level)
		list = append(list, a)
		return err
	}, args...)
	return list, err
}

func sheetRow(ctx context.Context, stmt *sql.Stmt, code string) (app.Sheet, int64, error) {
	e := wire.Entity{Type: wire.TypeSheet, ID: code}
	var version int64
	if err := stmt.QueryRowContext(ctx, code).Scan(&version, &e.Hash, &e.Line); err != nil {
		return app.Sheet{}, 0, err
	}
	s, err := e.Sheet()
	return s, version, err
}

// Codes returns the codes of all sheets.
func (c *Catalogue) Codes(ctx context.Context) ([]string, error) {
	var codes []string
	err := c.read(func(f *file) error {
		return each(ctx, f.ro, "SELECT id FROM entity WHERE type = 'sheet' ORDER BY id", func(scan func(...any) error) error {
			var id string
			if err := scan(&id); err != nil {
				return err
			}
			codes = append(codes, id)
			return nil
		})
	})
	return codes, err
}

// querier is a connection pool or a transaction.
type querier interface {
	QueryContext(ctx context.Context, query string, args ...any) (*sql.Rows, error)
	QueryRowContext(ctx context.Context, query string, args ...any) *sql.Row
}

func each(ctx context.Context, q querier, query string, row func(scan func(...any) error) error, args ...any) (err error) {
	rows, err := q.QueryContext(ctx, query, args...)
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

// Keys of meta.
const (
	metaEpoch      = "epoch"
	metaCursor     = "cursor"
	metaDigest     = "digest"
	metaVersion    = "version"
	metaBase       = "public_base"
	metaGeneration = "generation"
	metaDemo       = "demonstration"
	metaEtag       = "etag"
)

func readMeta(ctx context.Context, q querier) (map[string]string, error) {
	meta := map[string]string{}
	err := each(ctx, q, "SELECT key, value FROM meta", func(scan func(...any) error) error {
		var k, v string
		if err := scan(&k, &v); err != nil {
			return err
		}
		meta[k] = v
		return nil
	})
	return meta, err
}

func writeMeta(ctx context.Context, tx *sql.Tx, pairs ...string) error {
	for i := 0; i+1 < len(pairs); i += 2 {
		if _, err := tx.ExecContext(ctx, "INSERT INTO meta (key, value) VALUES (?, ?) ON CONFLICT (key) DO UPDATE SET value = excluded.value",
			pairs[i], pairs[i+1]); err != nil {
			return err
		}
	}
	return nil
}

// load reads what is held in memory.
func load(ctx context.Context, f *file) (*seen, error) {
	meta, err := readMeta(ctx, f.ro)
	if err != nil {
		return nil, fault(err, f.path)
	}
	s := &seen{authorities: map[string]app.Authority{}, offices: map[string]app.Office{}, base: meta[metaBase], demo: meta[metaDemo] != ""}
	s.generation = number(meta[metaGeneration])
	if err := loadRegister(ctx, f.ro, s); err != nil {
		return nil, fault(err, f.path)
	}
	if s.words, err = loadWords(ctx, f.ro); err != nil {
		return nil, fault(err, f.path)
	}
	if err := loadIndex(ctx, f.ro, s); err != nil {
		return nil, fault(err, f.path)
	}
	return s, nil
}

func loadRegister(ctx context.Context, q querier, s *seen) error {
	return each(ctx, q, "SELECT type, id, line FROM entity WHERE type IN ('authority', 'office')", func(scan func(...any) error) error {
		var e wire.Entity
		if err := scan(&e.Type, &e.ID, &e.Line); err != nil {
			return err
		}
		if e.Type == wire.TypeAuthority {
			a, err := e.Authority()
			s.authorities[e.ID] = a
			return err
		}
		o, err := e.Office()
		s.offices[e.ID] = o
		return err
	})
}

// Held says what is applied.
func (c *Catalogue) Held(ctx context.Context) (exchange.Held, error) {
	var h exchange.Held
	err := c.read(func(f *file) error {
		meta, err := readMeta(ctx, f.ro)
		if err != nil {
			return err
		}
		h = exchange.Held{Epoch: meta[metaEpoch], Cursor: meta[metaCursor], Digest: meta[metaDigest], Version: number(meta[metaVersion]), Etag: meta[metaEtag]}
		return f.ro.QueryRowContext(ctx, "SELECT count(*), count(*) FILTER (WHERE type = 'sheet') FROM entity").Scan(&h.Entities, &h.Sheets)
	})
	return h, c.mend(ctx, err)
}

// Refresh takes over what another process (polisctl beside the window) put
// into the file.
func (c *Catalogue) Refresh(ctx context.Context) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.f == nil {
		return c.startAgain(ctx)
	}
	replaced, err := c.replacedOutside()
	if err != nil {
		return err
	}
	if replaced {
		if err := c.f.close(); err != nil {
			return fault(err, c.path())
		}
		return c.open(context.WithoutCancel(ctx))
	}
	meta, err := readMeta(ctx, c.f.ro)
	if err != nil || number(meta[metaGeneration]) == c.now().generation {
		return fault(err, c.path())
	}
	s, err := load(ctx, c.f)
	if err == nil {
		keepRebuilt(ctx, c.f, s)
		c.hold(s, s.words.over(c.floor))
	}
	return err
}

// replacedOutside reports whether the path now names another file than the
// one that is open.
func (c *Catalogue) replacedOutside() (bool, error) {
	now, err := os.Stat(c.path())
	if err != nil {
		return false, fault(err, c.path())
	}
	return !os.SameFile(c.stat, now), nil
}

func number(s string) int64 {
	n, err := strconv.ParseInt(s, 10, 64)
	if err != nil {
		return 0 // never written yet
	}
	return n
}

// generation returns the mark of a new state of the catalogue.
func nextGeneration(last int64) int64 { return max(last+1, time.Now().UnixMilli()) }

func (c *Catalogue) blobPath(sha256 string) string {
	return filepath.Join(c.folder, blobFolder, sha256)
}

// BlobPath returns the file of a document and whether it is here.
func (c *Catalogue) BlobPath(sha256 string) (string, bool) {
	if !isHash(sha256) {
		return "", false
	}
	p := c.blobPath(sha256)
	_, err := os.Stat(p)
	return p, err == nil
}

func isHash(s string) bool {
	return len(s) == 64 && strings.Trim(s, "0123456789abcdef") == ""
}

var errCounts = errors.New("counts or digest differ from the manifest")

func manifestFault(format string, args ...any) error {
	return app.Fault(app.CodeManifest, fmt.Errorf(format, args...))
}

// SheetLine returns a sheet as the catalogue has it, with its version.
// CodeSheetNotFound.
func (c *Catalogue) SheetLine(ctx context.Context, code string) ([]byte, error) {
	ch := wire.Change{Entity: wire.Entity{Type: wire.TypeSheet, ID: code}}
	err := c.read(func(f *file) error {
		return f.ro.QueryRowContext(ctx, "SELECT version, line FROM entity WHERE type = 'sheet' AND id = ?", code).Scan(&ch.Version, &ch.Line)
	})
	if errors.Is(err, sql.ErrNoRows) {
		return nil, app.Fault(app.CodeSheetNotFound, nil, "code", code)
	}
	if err != nil {
		return nil, c.mend(ctx, err)
	}
	return ch.AppendWire(nil)
}
