package hubstore

import (
	"archive/tar"
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"hash"
	"io"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/google/uuid"
	"github.com/klauspost/compress/zstd"

	"polis/app"
	"polis/data/folder"
)

// A backup is a tar file in zstd, the same for both databases: header.json,
// the rows of each table as JSON Lines in pieces (bytes in base64), blobs and
// the latest snapshot as files, and contents.json, which says what all that
// must add up to. A file without it is not whole.
const (
	backupFormat  = "polis-hub-backup"
	backupVersion = 1

	headerEntry   = "header.json"
	contentsEntry = "contents.json"
	tableEntries  = "tables/"
	pieceSize     = 4 << 20
	maxPiece      = 64 << 20 // a line has at most 8 MiB, base64 and JSON around it
)

type backupHeader struct {
	Format  string    `json:"format"`
	Version int       `json:"version"`
	Schema  []int     `json:"schema"` // migrations
	Epoch   string    `json:"epoch"`
	MadeAt  time.Time `json:"made_at"`
}

type backupContents struct {
	Tables map[string]tableContents `json:"tables"`
	Files  []string                 `json:"files"` // kind/hash
}

type tableContents struct {
	Rows   int64  `json:"rows"`
	SHA256 string `json:"sha256"`
}

// BackupReport says what a backup holds.
type BackupReport struct {
	Epoch string
	Rows  map[string]int64
	Files int
	Size  int64 // bytes of the backup

	receipts map[string]int64 // last one of each device
}

// Backup writes everything but the root key and the TLS authority to a file
// that only its owner may read, from one state of the database. Then the
// receipts that are in it count as durable. Codes: CodeFile, CodeDiskFull,
// and those of the database.
func (s *Store) Backup(ctx context.Context, files Files, path string, clock app.Clock) (report BackupReport, err error) {
	temp, err := os.CreateTemp(filepath.Dir(path), ".backup-*") // mode 0600
	if err != nil {
		return report, app.Fault(app.CodeFile, err, "path", path)
	}
	report, err = s.writeBackup(ctx, files, temp, clock)
	if err == nil {
		report.Size, err = temp.Seek(0, io.SeekCurrent)
	}
	if err == nil {
		err = temp.Sync()
	}
	err = errors.Join(err, temp.Close())
	if err == nil {
		err = os.Rename(temp.Name(), path)
	}
	if err == nil {
		err = folder.Sync(filepath.Dir(path))
	} else if rerr := os.Remove(temp.Name()); rerr != nil && !errors.Is(rerr, fs.ErrNotExist) {
		err = errors.Join(err, rerr)
	}
	if err != nil {
		return report, (&Folder{}).fault(err, path)
	}
	return report, s.markDurable(ctx, report)
}

// markDurable lets workstations forget what they keep in case that this hub
// is restored.
func (s *Store) markDurable(ctx context.Context, report BackupReport) error {
	return s.update(ctx, func(t *tx) error {
		feed, err := t.Feed()
		if err != nil || feed.Epoch != report.Epoch {
			return err
		}
		for _, device := range slices.Sorted(maps.Keys(report.receipts)) {
			n := report.receipts[device]
			if err := t.done(`UPDATE device SET durable = ? WHERE id = ? AND durable < ?`, n, device, n); err != nil {
				return err
			}
		}
		return nil
	})
}

func (s *Store) writeBackup(ctx context.Context, files Files, w io.Writer, clock app.Clock) (BackupReport, error) {
	report := BackupReport{Rows: map[string]int64{}, receipts: map[string]int64{}}
	zw, err := zstd.NewWriter(w, zstd.WithEncoderConcurrency(1))
	if err != nil {
		return report, err
	}
	b := &backupWriter{tar: tar.NewWriter(zw), at: clock.Now().UTC().Truncate(time.Second), contents: backupContents{Tables: map[string]tableContents{}}}
	var snapshot string
	err = s.view(ctx, func(t *tx) error {
		snapshot, err = b.database(t, &report)
		return err
	})
	if err == nil {
		err = b.files(ctx, files, snapshot)
	}
	if err == nil {
		err = b.json(contentsEntry, b.contents)
	}
	for name, c := range b.contents.Tables {
		report.Rows[name] = c.Rows
	}
	report.Files = len(b.contents.Files)
	return report, errors.Join(err, b.tar.Close(), zw.Close())
}

type backupWriter struct {
	tar      *tar.Writer
	at       time.Time
	contents backupContents
}

func (b *backupWriter) json(name string, v any) error {
	text, err := json.Marshal(v)
	if err != nil {
		return err
	}
	return b.entry(name, int64(len(text)), bytes.NewReader(text))
}

func (b *backupWriter) entry(name string, size int64, r io.Reader) error {
	if err := b.tar.WriteHeader(&tar.Header{Name: name, Size: size, Mode: 0o600, ModTime: b.at, Typeflag: tar.TypeReg}); err != nil {
		return err
	}
	_, err := io.Copy(b.tar, r)
	return err
}

// database writes header and tables; it returns the snapshot that goes with
// them.
func (b *backupWriter) database(t *tx, report *BackupReport) (snapshot string, err error) {
	feed, err := t.Feed()
	if err != nil {
		return "", err
	}
	report.Epoch = feed.Epoch
	applied, err := t.schema()
	if err != nil {
		return "", err
	}
	header := backupHeader{backupFormat, backupVersion, slices.Sorted(maps.Keys(applied)), feed.Epoch, b.at}
	if err := b.json(headerEntry, header); err != nil {
		return "", err
	}
	tables, err := t.dataTables()
	if err != nil {
		return "", err
	}
	for _, name := range tables {
		if err := b.table(t, name); err != nil {
			return "", fmt.Errorf("table %s: %w", name, err)
		}
	}
	err = t.each(func(row scanner) error {
		var id string
		var n int64
		err := row.Scan(&id, &n)
		report.receipts[id] = n
		return err
	}, `SELECT id, receipts FROM device`)
	if err != nil {
		return "", err
	}
	last, _, err := t.LatestPublication()
	return last.Snapshot, err
}

// dataTables lists the tables of a backup in an order in which they can be
// filled again: that of their making, because a table can refer only to those
// before it.
func (t *tx) dataTables() ([]string, error) {
	existing, err := t.names(t.pool.dialect.tables())
	if err != nil {
		return nil, err
	}
	made, err := madeTables()
	if err != nil {
		return nil, err
	}
	var list []string
	for _, name := range made {
		if slices.Contains(existing, name) && name != "stored_file" && name != "file_chunk" && !slices.Contains(list, name) {
			list = append(list, name)
		}
	}
	return list, nil
}

// madeTables lists the tables that the migrations make, in their order.
func madeTables() ([]string, error) {
	scripts, err := migrations()
	if err != nil {
		return nil, err
	}
	var list []string
	for _, m := range scripts {
		for _, found := range regexp.MustCompile(`(?m)^CREATE TABLE (\w+)`).FindAllStringSubmatch(m.script, -1) {
			list = append(list, found[1])
		}
	}
	return list, nil
}

// column is one of a table; bytes travel in base64.
type column struct {
	name    string
	isBytes bool
}

func (t *tx) tableColumns(table string) ([]column, error) {
	var list []column
	err := t.each(func(row scanner) error {
		var c column
		var isBytes int
		err := row.Scan(&c.name, &isBytes)
		c.isBytes = isBytes == 1
		list = append(list, c)
		return err
	}, t.pool.dialect.columns(), table)
	if err == nil && len(list) == 0 {
		err = errors.New("no columns")
	}
	return list, err
}

func columnNames(columns []column) string {
	names := make([]string, len(columns))
	for i, c := range columns {
		names[i] = c.name
	}
	return strings.Join(names, ", ")
}

func (b *backupWriter) table(t *tx, name string) error {
	columns, err := t.tableColumns(name)
	if err != nil {
		return err
	}
	var buffer bytes.Buffer
	sum := sha256.New()
	var rows, pieces int64
	flush := func() error {
		sum.Write(buffer.Bytes())
		entry := fmt.Sprintf("%s%s/%06d.jsonl", tableEntries, name, pieces)
		pieces++
		err := b.entry(entry, int64(buffer.Len()), bytes.NewReader(buffer.Bytes()))
		buffer.Reset()
		return err
	}
	err = t.each(func(row scanner) error {
		line, err := rowJSON(row, columns)
		if err != nil {
			return err
		}
		rows++
		buffer.Write(append(line, '\n'))
		if buffer.Len() < pieceSize {
			return nil
		}
		return flush()
	}, `SELECT `+columnNames(columns)+` FROM `+name)
	if err == nil {
		err = flush()
	}
	b.contents.Tables[name] = tableContents{rows, hex.EncodeToString(sum.Sum(nil))}
	return err
}

func rowJSON(row scanner, columns []column) ([]byte, error) {
	values, into := make([]any, len(columns)), make([]any, len(columns))
	for i := range values {
		into[i] = &values[i]
	}
	if err := row.Scan(into...); err != nil {
		return nil, err
	}
	object := make(map[string]any, len(columns))
	for i, c := range columns {
		v := values[i]
		switch x := v.(type) {
		case []byte:
			if c.isBytes {
				v = base64.StdEncoding.EncodeToString(x)
			} else {
				v = string(x)
			}
		case string:
			if c.isBytes {
				v = base64.StdEncoding.EncodeToString([]byte(x))
			}
		case int64, nil:
		default:
			return nil, fmt.Errorf("column %s: %T", c.name, v)
		}
		object[c.name] = v
	}
	return json.Marshal(object)
}

// files adds the blobs and the snapshot. A snapshot that was lost is no
// reason to have no backup: the next publication makes another.
func (b *backupWriter) files(ctx context.Context, files Files, snapshot string) error {
	blobs, err := files.Blobs(ctx)
	if err != nil {
		return err
	}
	for _, sha := range blobs {
		if err := b.file(kindBlob, sha, files.OpenBlob); err != nil {
			return err
		}
	}
	if snapshot == "" {
		return nil
	}
	if err := b.file(kindSnapshot, snapshot, files.OpenSnapshot); app.ErrorCode(err) != app.CodeNotFound {
		return err
	}
	return nil
}

func (b *backupWriter) file(kind, sha string, open func(string) (fs.File, error)) error {
	f, err := open(sha)
	if err != nil {
		return err
	}
	info, err := f.Stat()
	if err == nil {
		err = b.entry(kind+"/"+sha, info.Size(), f)
	}
	b.contents.Files = append(b.contents.Files, kind+"/"+sha)
	return errors.Join(err, f.Close())
}

// RestoreReport says what was restored.
type RestoreReport struct {
	MadeAt   time.Time // the backup
	Epoch    string    // the new one
	Rows     map[string]int64
	Files    int
	Snapshot bool // of the latest publication; without it, publish
}

// Restore fills an empty database from a backup of either kind. All of it is
// checked before anything is kept, the schema is brought up to date, and the
// hub begins a new epoch: workstations then send again what the backup did
// not have. Codes: CodeBackup (path), CodeDatabaseNotEmpty, CodeFile, and
// those of the database.
func (s *Store) Restore(ctx context.Context, files Files, path string, clock app.Clock) (RestoreReport, error) {
	file, err := os.Open(path) // #nosec G304 -- the administrator names it
	if err != nil {
		return RestoreReport{}, app.Fault(app.CodeFile, err, "path", path)
	}
	var report RestoreReport
	err = s.update(ctx, func(t *tx) error {
		if _, err := file.Seek(0, io.SeekStart); err != nil {
			return app.Fault(app.CodeFile, err, "path", path)
		}
		r := &restore{tx: t, files: files, clock: clock, seen: map[string]*tableSum{}}
		if err := t.pool.dialect.lock(t); err != nil {
			return err
		}
		err := r.run(file)
		report = r.report
		var known *app.Error
		if errors.As(err, &known) || s.fault(err) != err { //nolint:errorlint // the very same: a fault of the database has another
			return err
		}
		if err != nil {
			return app.Fault(app.CodeBackup, err, "path", path)
		}
		return nil
	})
	return report, errors.Join(err, file.Close())
}

type restore struct {
	tx       *tx
	files    Files
	clock    app.Clock
	header   backupHeader
	applied  map[int]bool
	seen     map[string]*tableSum
	stored   []string
	complete bool // the tables are
	report   RestoreReport
}

type tableSum struct {
	columns []column
	rows    int64
	hash    hash.Hash
}

func (r *restore) run(file io.Reader) error {
	zr, err := zstd.NewReader(file, zstd.WithDecoderConcurrency(1), zstd.WithDecoderMaxWindow(256<<20))
	if err != nil {
		return err
	}
	defer zr.Close()
	archive := &backupReader{tar.NewReader(zr)}
	if err := r.begin(archive); err != nil {
		return err
	}
	for {
		entry, err := archive.Next()
		if err != nil {
			return fmt.Errorf("no %s: %w", contentsEntry, err)
		}
		switch {
		case entry.Name == contentsEntry:
			if err := r.finish(archive); err != nil {
				return err
			}
			if _, err := archive.Next(); err == nil {
				return errors.New("something after the end")
			}
			return nil
		case strings.HasPrefix(entry.Name, tableEntries) && !r.complete:
			err = r.piece(strings.Split(strings.TrimPrefix(entry.Name, tableEntries), "/")[0], archive)
		default:
			if err = r.completeTables(); err == nil {
				err = r.file(entry.Name, archive)
			}
		}
		if err != nil {
			return fmt.Errorf("%s: %w", entry.Name, err)
		}
	}
}

// backupReader keeps what is wrong with the file apart from what is wrong
// with a connection: a cut file and a cut connection give the same errors.
type backupReader struct{ tar *tar.Reader }

type spoiled string

func (s spoiled) Error() string { return string(s) }

// Next goes to the next entry; the end of the file is an error like others.
func (b *backupReader) Next() (*tar.Header, error) {
	entry, err := b.tar.Next()
	if err != nil {
		err = spoiled(err.Error())
	}
	return entry, err
}

// Read reads the entry.
func (b *backupReader) Read(p []byte) (int, error) {
	n, err := b.tar.Read(p)
	if err != nil && !errors.Is(err, io.EOF) {
		err = spoiled(err.Error())
	}
	return n, err
}

func readJSON(r io.Reader, into any) error {
	text, err := io.ReadAll(io.LimitReader(r, maxPiece))
	if err != nil {
		return err
	}
	return json.Unmarshal(text, into)
}

// begin reads the header and gives the database the schema of the backup.
func (r *restore) begin(archive *backupReader) error {
	entry, err := archive.Next()
	if err != nil {
		return err
	}
	if entry.Name != headerEntry {
		return errors.New("no header")
	}
	if err := readJSON(archive, &r.header); err != nil {
		return err
	}
	list, err := migrations()
	if err != nil {
		return err
	}
	last := list[len(list)-1].version
	if r.header.Format != backupFormat || r.header.Version != backupVersion || len(r.header.Schema) == 0 || slices.Max(r.header.Schema) > last {
		return fmt.Errorf("format %q %d, schema %v: this program knows %d and %d", r.header.Format, r.header.Version, r.header.Schema, backupVersion, last)
	}
	r.report = RestoreReport{MadeAt: r.header.MadeAt, Rows: map[string]int64{}}
	if err := r.tx.dropEmpty(); err != nil {
		return err
	}
	r.applied = map[int]bool{}
	for _, m := range list {
		r.applied[m.version] = !slices.Contains(r.header.Schema, m.version) // those come after the rows
	}
	return r.tx.migrateTo(r.applied, last, r.clock.Now())
}

// dropEmpty removes the tables of a hub that holds nothing yet.
func (t *tx) dropEmpty() error {
	if _, err := t.schema(); err != nil {
		return err
	}
	existing, err := t.names(t.pool.dialect.tables())
	if err != nil || len(existing) == 0 {
		return err
	}
	made, err := madeTables()
	if err != nil {
		return err
	}
	feed, err := t.Feed()
	if err != nil {
		return err
	}
	if feed.Last != 0 || feed.Imports != 0 {
		return t.pool.dialect.notEmpty()
	}
	slices.Reverse(made)
	for _, name := range append(made, "schema_migration") {
		if !slices.Contains(existing, name) {
			continue
		}
		if err := t.dropIfEmpty(name); err != nil {
			return err
		}
	}
	return nil
}

func (t *tx) dropIfEmpty(name string) error {
	if name != "feed" && name != "schema_migration" {
		var one int
		full, err := found(t.row(`SELECT 1 FROM ` + name + ` LIMIT 1`).Scan(&one))
		if err != nil {
			return err
		}
		if full {
			return t.pool.dialect.notEmpty()
		}
	}
	return t.command(`DROP TABLE ` + name)
}

// piece inserts some rows of a table.
func (r *restore) piece(table string, in io.Reader) error {
	sum, ok := r.seen[table]
	if !ok {
		made, err := r.tx.dataTables()
		if err != nil {
			return err
		}
		if !slices.Contains(made, table) {
			return errors.New("unknown table")
		}
		columns, err := r.tx.tableColumns(table)
		if err != nil {
			return err
		}
		if err := r.tx.done(`DELETE FROM ` + table); err != nil { // rows that migrations made
			return err
		}
		sum = &tableSum{columns: columns, hash: sha256.New()}
		r.seen[table] = sum
	}
	text, err := io.ReadAll(io.LimitReader(in, maxPiece))
	if err != nil {
		return err
	}
	sum.hash.Write(text)
	insert := `INSERT INTO ` + table + ` (` + columnNames(sum.columns) + `) VALUES (?` + strings.Repeat(`, ?`, len(sum.columns)-1) + `)`
	for line := range bytes.Lines(text) {
		values, err := rowValues(line, sum.columns)
		if err != nil {
			return err
		}
		if err := r.tx.done(insert, values...); err != nil {
			return err
		}
		sum.rows++
	}
	return nil
}

func rowValues(line []byte, columns []column) ([]any, error) {
	d := json.NewDecoder(bytes.NewReader(line))
	d.UseNumber()
	var object map[string]any
	if err := d.Decode(&object); err != nil {
		return nil, err
	}
	if len(object) != len(columns) {
		return nil, fmt.Errorf("%d columns of %d", len(object), len(columns))
	}
	values := make([]any, len(columns))
	for i, c := range columns {
		v, ok := object[c.name]
		if !ok {
			return nil, fmt.Errorf("column %s is missing", c.name)
		}
		var err error
		switch x := v.(type) {
		case json.Number:
			values[i], err = x.Int64()
		case string:
			values[i] = x
			if c.isBytes {
				values[i], err = base64.StdEncoding.DecodeString(x)
			}
		case nil:
		default:
			err = fmt.Errorf("%T", v)
		}
		if err != nil {
			return nil, fmt.Errorf("column %s: %w", c.name, err)
		}
	}
	return values, nil
}

// completeTables brings the schema up to date when the last row is in.
func (r *restore) completeTables() error {
	if r.complete {
		return nil
	}
	r.complete = true
	list, err := migrations()
	if err != nil {
		return err
	}
	for _, m := range list {
		r.applied[m.version] = slices.Contains(r.header.Schema, m.version)
	}
	return r.tx.migrateTo(r.applied, list[len(list)-1].version, r.clock.Now())
}

// file stores a blob or snapshot; its name must be its hash.
func (r *restore) file(name string, in io.Reader) error {
	kind, sha, _ := strings.Cut(name, "/")
	got, err := r.files.restore(r.tx, kind, in)
	if err == nil && got != sha {
		err = fmt.Errorf("its hash is %s", got)
	}
	r.stored = append(r.stored, name)
	return err
}

// finish compares what came with what should have come and begins the new
// epoch.
func (r *restore) finish(in io.Reader) error {
	if err := r.completeTables(); err != nil {
		return err
	}
	var want backupContents
	if err := readJSON(in, &want); err != nil {
		return err
	}
	if len(want.Tables) != len(r.seen) || !slices.Equal(want.Files, r.stored) {
		return errors.New("tables or files are missing")
	}
	for name, w := range want.Tables {
		got := r.seen[name]
		if got == nil || got.rows != w.Rows || hex.EncodeToString(got.hash.Sum(nil)) != w.SHA256 {
			return fmt.Errorf("table %s is not what was backed up", name)
		}
		r.report.Rows[name] = w.Rows
	}
	r.report.Files = len(r.stored)
	if err := r.tx.done(`UPDATE device SET durable = receipts`); err != nil { // they are in this very backup
		return err
	}
	feed, err := r.tx.Feed()
	if err != nil {
		return err
	}
	if feed.Epoch != r.header.Epoch {
		return errors.New("another epoch than its header says")
	}
	last, _, err := r.tx.LatestPublication()
	if err != nil {
		return err
	}
	r.report.Snapshot = last.Snapshot == "" || slices.Contains(r.stored, kindSnapshot+"/"+last.Snapshot)
	r.report.Epoch, err = r.tx.newEpoch(r.clock.Now())
	return err
}

// newEpoch begins another life of the hub and publishes the same catalogue
// in it, so that its manifest holds at once.
func (t *tx) newEpoch(at time.Time) (string, error) {
	last, exists, err := t.LatestPublication()
	if err != nil {
		return "", err
	}
	epoch := uuid.NewString()
	if err := t.renumberMemberships(); err != nil {
		return "", err
	}
	if err := t.done(`UPDATE feed SET epoch = ? WHERE id = 1`, epoch); err != nil || !exists {
		return epoch, err
	}
	last.Epoch, last.Version, last.PublishedAt = epoch, last.Version+1, at.UTC().Truncate(time.Second)
	return epoch, t.AddPublication(last)
}

// NewEpoch is for a database that was restored by its own means: without a
// new epoch workstations would take it for the one they know.
func (s *Store) NewEpoch(ctx context.Context, clock app.Clock) (epoch string, err error) {
	err = s.update(ctx, func(t *tx) error {
		epoch, err = t.newEpoch(clock.Now())
		return err
	})
	return epoch, err
}

// restore writes a file into the folder.
func (f *Folder) restore(_ *tx, kind string, r io.Reader) (sha string, err error) {
	switch kind {
	case kindBlob:
		sha, _, _, err = f.createBlob(r)
	case kindSnapshot:
		sha, _, err = f.CreateSnapshot(func(w io.Writer) error {
			_, err := io.Copy(w, r)
			return err
		})
	default:
		err = errors.New("unknown kind of file")
	}
	return sha, err
}

// restore writes a file into folder and database, in the transaction of all
// the rest.
func (f *sharedFiles) restore(t *tx, kind string, r io.Reader) (string, error) {
	sha, err := f.folder.restore(t, kind, r)
	if err != nil {
		return "", err
	}
	path := f.folder.blob(sha)
	if kind == kindSnapshot {
		path = f.folder.snapshot(sha)
	}
	file, err := os.Open(path) // #nosec G304 -- just written by the folder
	if err != nil {
		return "", f.folder.fault(err, path)
	}
	info, err := file.Stat()
	if err == nil {
		_, err = t.addFile(kind, sha, info.Size(), file)
	}
	return sha, errors.Join(err, file.Close())
}
