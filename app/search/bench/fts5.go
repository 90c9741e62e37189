package bench

import (
	"context"
	"database/sql"
	"fmt"
	"path/filepath"
	"strings"

	"github.com/blevesearch/snowballstem"
	"github.com/blevesearch/snowballstem/italian"
	_ "modernc.org/sqlite" // the driver

	"polis/app/search"
)

// fts5Rank are the columns' weights: title, alternative titles and keywords,
// summary, body, topics. They were tuned on the tuning part only.
const fts5Rank = "bm25(9.0, 6.0, 2.0, 1.0, 0.7)"

// FTS5 is SQLite's full text search, plain or over stemmed text.
type FTS5 struct {
	dir     string
	stemmed bool
	asking  Asking
	stops   stopWords
	db      *sql.DB
	ask     *sql.Stmt
}

// NewFTS5 keeps its database in dir.
func NewFTS5(dir string, stemmed bool, asking Asking) (*FTS5, error) {
	stops, err := newStopWords()
	return &FTS5{dir: dir, stemmed: stemmed, asking: asking, stops: stops}, err
}

// Name says which variant it is.
func (f *FTS5) Name() string {
	if f.stemmed {
		return "FTS5 + stemmer"
	}
	return "FTS5"
}

func (f *FTS5) file() string {
	if f.stemmed {
		return filepath.Join(f.dir, "fts5-stemmed.db")
	}
	return filepath.Join(f.dir, "fts5.db")
}

// Build writes all sheets in one transaction, without a journal, and merges
// the index into one segment. The text itself is not stored again.
func (f *FTS5) Build(docs []search.Doc) error {
	if err := f.connect(); err != nil {
		return err
	}
	for _, statement := range []string{
		`PRAGMA journal_mode=OFF`, `PRAGMA synchronous=OFF`, `PRAGMA cache_size=-65536`,
		`CREATE TABLE codes(id INTEGER PRIMARY KEY, code TEXT NOT NULL)`,
		`CREATE VIRTUAL TABLE sheets USING fts5(title, names, summary, body, topics, content='', prefix='2 3',
			tokenize="unicode61 remove_diacritics 2")`,
		`INSERT INTO sheets(sheets, rank) VALUES('rank', '` + fts5Rank + `')`,
	} {
		if _, err := f.db.Exec(statement); err != nil {
			return fmt.Errorf("%s: %w", statement, err)
		}
	}
	if err := f.fill(docs); err != nil {
		return err
	}
	if _, err := f.db.Exec(`INSERT INTO sheets(sheets) VALUES('optimize')`); err != nil {
		return err
	}
	return f.prepare()
}

func (f *FTS5) fill(docs []search.Doc) error {
	tx, err := f.db.Begin()
	if err != nil {
		return err
	}
	defer func() { _ = tx.Rollback() }()
	code, err := tx.Prepare(`INSERT INTO codes(id, code) VALUES(?, ?)`)
	if err != nil {
		return err
	}
	sheet, err := tx.Prepare(`INSERT INTO sheets(rowid, title, names, summary, body, topics) VALUES(?, ?, ?, ?, ?, ?)`)
	if err != nil {
		return err
	}
	for i := range docs {
		if _, err := code.Exec(i, docs[i].Code); err != nil {
			return err
		}
		t := f.columns(&docs[i])
		if _, err := sheet.Exec(i, t[0], t[1], t[2], t[3], t[4]); err != nil {
			return err
		}
	}
	return tx.Commit()
}

func (f *FTS5) columns(d *search.Doc) [5]string {
	t := fieldsOf(d)
	out := [5]string{}
	for i, texts := range [][]string{t.title, t.names, t.summary, t.body, t.topics} {
		if out[i] = strings.Join(texts, "\n"); f.stemmed {
			out[i] = stemText(out[i])
		}
	}
	return out
}

func (f *FTS5) connect() error {
	db, err := sql.Open("sqlite", f.file())
	if err != nil {
		return err
	}
	db.SetMaxOpenConns(1)
	f.db = db
	return nil
}

// Open opens the database and reads its first pages.
func (f *FTS5) Open() error {
	if err := f.connect(); err != nil {
		return err
	}
	for _, pragma := range []string{`PRAGMA cache_size=-65536`, `PRAGMA mmap_size=1073741824`} {
		if _, err := f.db.Exec(pragma); err != nil {
			return err
		}
	}
	return f.prepare()
}

func (f *FTS5) prepare() (err error) {
	f.ask, err = f.db.Prepare(`SELECT code, -score FROM
		(SELECT rowid AS sheet, rank AS score FROM sheets WHERE sheets MATCH ? ORDER BY rank LIMIT ?)
		JOIN codes ON codes.id = sheet ORDER BY score, sheet`)
	return err
}

// Size is that of the pages in use: index and codes.
func (f *FTS5) Size() (size int64, err error) {
	err = f.db.QueryRow(`SELECT (page_count - freelist_count) * page_size
		FROM pragma_page_count, pragma_freelist_count, pragma_page_size`).Scan(&size)
	return size, err
}

// Search asks for all the words, then for any of them.
func (f *FTS5) Search(ctx context.Context, text string, limit int) ([]Hit, error) {
	terms := f.terms(text)
	if len(terms) == 0 {
		return nil, nil
	}
	hits, err := f.match(ctx, strings.Join(terms, " AND "), limit)
	if err != nil || len(hits) >= min(f.asking.FillBelow, limit) || len(terms) == 1 {
		return hits, err
	}
	some, err := f.match(ctx, strings.Join(terms, " OR "), limit)
	return fillUp(hits, some, limit), err
}

func (f *FTS5) terms(text string) []string {
	q := f.stops.query(text)
	terms := make([]string, len(q.words))
	for i, w := range q.words {
		switch {
		case f.stemmed && f.asking.inTitles(q, i):
			terms[i] = `{title names} : "` + search.Fold(w) + `"*`
		case f.stemmed && q.last(i):
			terms[i] = `("` + stemWord(w) + `" OR "` + search.Fold(w) + `"*)`
		case f.stemmed:
			terms[i] = `"` + stemWord(w) + `"`
		case f.asking.inTitles(q, i):
			terms[i] = `{title names} : "` + w + `"*`
		case q.last(i):
			terms[i] = `"` + w + `"*`
		default:
			terms[i] = `"` + w + `"`
		}
	}
	return terms
}

func (f *FTS5) match(ctx context.Context, match string, limit int) ([]Hit, error) {
	rows, err := f.ask.QueryContext(ctx, match, limit)
	if err != nil {
		return nil, err
	}
	defer func() { _ = rows.Close() }()
	var hits []Hit
	for rows.Next() {
		var h Hit
		if err := rows.Scan(&h.Code, &h.Score); err != nil {
			return nil, err
		}
		hits = append(hits, h)
	}
	return hits, rows.Err()
}

// Close closes the database.
func (f *FTS5) Close() error {
	if f.db == nil {
		return nil
	}
	return f.db.Close()
}

// fillUp adds sheets with some of the words behind those with all of them.
func fillUp(all, some []Hit, limit int) []Hit {
	known := map[string]bool{}
	floor := 1.0
	for _, h := range all {
		known[h.Code] = true
		floor = min(floor, h.Score)
	}
	most := 1.0
	for _, h := range some {
		most = max(most, h.Score)
	}
	for _, h := range some {
		if len(all) < limit && !known[h.Code] {
			all = append(all, Hit{h.Code, floor * h.Score / most / 2})
		}
	}
	return all
}

// stemText writes every word of a text as its stem; Italian for all
// languages, as nobody says in which one a query is.
func stemText(text string) string {
	var b strings.Builder
	b.Grow(len(text))
	for _, w := range strings.FieldsFunc(text, func(r rune) bool { return !inWord(r) }) {
		b.WriteString(stemWord(w))
		b.WriteByte(' ')
	}
	return b.String()
}

func stemWord(word string) string {
	env := snowballstem.NewEnv(search.Fold(word))
	italian.Stem(env)
	return env.Current()
}
