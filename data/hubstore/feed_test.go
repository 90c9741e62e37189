package hubstore

import (
	"context"
	"database/sql"
	"fmt"
	"io"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"polis/app"
	"polis/app/region"
	"polis/data/hubstore/pgtest"
	"polis/data/wire"
)

// replica is a hub of its own over a database that others use too.
func replica(t *testing.T, address string) *station {
	t.Helper()
	s := &station{folder: t.TempDir(), store: openPostgres(t, address)}
	var err error
	if s.files, err = OpenFiles(s.store, s.folder); err != nil {
		t.Fatal(err)
	}
	if s.Hub, err = region.New(region.Params{Store: s.store, Files: s.files, Clock: clock()}); err != nil {
		t.Fatal(err)
	}
	return s
}

func (s *station) publishSheets(ctx context.Context, text string) (wrote region.PublishReport, err error) {
	if _, err := s.Import(ctx, region.ImportParams{Sources: []region.Source{{Name: "x", Open: func() (io.ReadCloser, error) {
		return io.NopCloser(strings.NewReader(text)), nil
	}}}}); err != nil {
		return wrote, err
	}
	for {
		wrote, err = s.Publish(ctx, region.PublishParams{})
		if app.ErrorCode(err) != app.CodeConflict { // overtaken too often
			return wrote, err
		}
	}
}

// TestFeedUnderForeignTransactions: several replicas import and publish at
// once, a reader polls, and somebody else holds a transaction open in the
// same database all the while. Every version arrives once and in its order,
// and none waits for the stranger.
func TestFeedUnderForeignTransactions(t *testing.T) {
	const writers, rounds, each = 4, 8, 3
	address := pgtest.Database(t)
	reader := replica(t, address)
	stranger, err := plain(t, address).BeginTx(t.Context(), &sql.TxOptions{Isolation: sql.LevelSerializable})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := stranger.ExecContext(t.Context(), `CREATE TABLE other_program (x INTEGER)`); err != nil {
		t.Fatal(err)
	}
	var published sync.Map // version of an entity -> moment
	var wait sync.WaitGroup
	for w := range writers {
		hub := replica(t, address)
		wait.Go(func() {
			for round := range rounds {
				var text strings.Builder
				for i := range each {
					fmt.Fprintf(&text, `{"type":"sheet","code":"demo-%d-%d-%d","authority":"demo","language":"it","title":"x"}`+"\n", w, round, i)
				}
				r, err := hub.publishSheets(t.Context(), text.String())
				if err != nil {
					t.Error(err)
					return
				}
				published.LoadOrStore(r.Cursor, time.Now())
			}
		})
	}
	var done atomic.Bool
	go func() { wait.Wait(); done.Store(true) }()

	seen, slowest := follow(t, reader, &done, &published)
	if len(seen) != writers*rounds*each {
		t.Errorf("%d versions seen", len(seen))
	}
	for i, version := range seen {
		if version != int64(i)+1 {
			t.Fatalf("version %d at place %d of %v", version, i+1, seen)
		}
	}
	// The stranger is still there: all this went on beside it.
	if _, err := stranger.ExecContext(t.Context(), `INSERT INTO other_program VALUES (1)`); err != nil {
		t.Errorf("the foreign transaction ended before the feed: %v", err)
	}
	if err := stranger.Rollback(); err != nil {
		t.Error(err)
	}
	t.Logf("%d versions, each once and in order, slowest from publication to reader %v", len(seen), slowest)
}

// follow polls as a workstation does until everything is published and read.
func follow(t *testing.T, reader *station, done *atomic.Bool, published *sync.Map) (seen []int64, slowest time.Duration) {
	t.Helper()
	cursor := ""
	for {
		last := done.Load()
		page, err := reader.Changes(t.Context(), cursor, 7)
		if err != nil {
			t.Fatal(err)
		}
		for _, raw := range page.Items {
			c, err := wire.ParseWire(raw)
			if err != nil {
				t.Fatal(err)
			}
			seen = append(seen, c.Version)
			if at, ok := published.Load(c.Version); ok {
				if moment, ok := at.(time.Time); ok {
					slowest = max(slowest, time.Since(moment))
				}
			}
		}
		cursor = page.NextCursor
		if last && !page.HasMore {
			return seen, slowest
		}
	}
}

// TestReceiptsOfTwoReplicas: the counter of a workstation's receipts, with
// two replicas writing for it at once.
func TestReceiptsOfTwoReplicas(t *testing.T) {
	const writers, each = 4, 10
	address := pgtest.Database(t)
	reader := replica(t, address)
	if _, err := reader.publishSheets(t.Context(), `{"type":"authority","id":"demo","name":"Comune di Prova"}`+"\n"+`{"type":"office","id":"demo-urp","authority":"demo","name":"URP"}`); err != nil {
		t.Fatal(err)
	}
	d := reader.enrol(t)
	var wait sync.WaitGroup
	for range writers {
		hub := replica(t, address)
		wait.Go(func() {
			for range each {
				c := newContact(t, d)
				body, err := wire.EncodeContact(c)
				if err != nil {
					t.Error(err)
					return
				}
				if _, _, err := hub.PutContact(t.Context(), d, c.ID, body); err != nil {
					t.Error(err)
				}
			}
		})
	}
	var done atomic.Bool
	go func() { wait.Wait(); done.Store(true) }()
	var ids []string
	cursor := ""
	for {
		last := done.Load()
		page, err := reader.Receipts(t.Context(), d, cursor, 3)
		if err != nil {
			t.Fatal(err)
		}
		for _, r := range page.Items {
			ids = append(ids, r.ID)
		}
		cursor = page.NextCursor
		if last && !page.HasMore {
			break
		}
	}
	slices.Sort(ids)
	if got := len(slices.Compact(ids)); got != writers*each || len(ids) != writers*each {
		t.Errorf("%d receipts, %d different, of %d", len(ids), got, writers*each)
	}
}

// TestWhyACounterRow shows what the feed would lose with numbers from a
// sequence: who takes a number first may commit last, after the reader has
// gone by. The same order of events with the counter row loses nothing.
func TestWhyACounterRow(t *testing.T) {
	address := pgtest.Database(t)
	db := plain(t, address)
	execute(t, db, `CREATE TABLE serial (seq BIGSERIAL PRIMARY KEY)`)
	execute(t, db, `CREATE TABLE counter (last BIGINT NOT NULL)`)
	execute(t, db, `INSERT INTO counter VALUES (0)`)
	execute(t, db, `CREATE TABLE counted (seq BIGINT PRIMARY KEY)`)
	const countedInsert = `WITH n AS (UPDATE counter SET last = last + 1 RETURNING last) INSERT INTO counted SELECT last FROM n`

	slow, err := db.BeginTx(t.Context(), nil)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := slow.ExecContext(t.Context(), `INSERT INTO serial DEFAULT VALUES`); err != nil {
		t.Fatal(err)
	}
	execute(t, db, `INSERT INTO serial DEFAULT VALUES`)
	poll := func(cursor int64) int64 {
		var last sql.NullInt64
		if err := db.QueryRowContext(t.Context(), `SELECT MAX(seq) FROM serial WHERE seq > $1`, cursor).Scan(&last); err != nil {
			t.Fatal(err)
		}
		return last.Int64
	}
	cursor := poll(0)
	if err := slow.Commit(); err != nil {
		t.Fatal(err)
	}
	if cursor != 2 || poll(cursor) != 0 {
		t.Errorf("cursor %d: a sequence would have shown the late row after all", cursor)
	}
	for table, insert := range map[string]string{"serial": `INSERT INTO serial DEFAULT VALUES`, "counted": countedInsert} {
		execute(t, db, `TRUNCATE `+table)
		lost, rows, took := race(t, db, table, insert)
		t.Logf("%-8s %d rows by 8 writers in %v, lost to a polling reader: %d (%.1f %%)", table, rows, took.Round(time.Millisecond), lost, 100*float64(lost)/float64(rows))
		if table == "counted" && lost != 0 {
			t.Errorf("the counter row lost %d rows", lost)
		}
	}
}

// race lets 8 writers insert while a reader polls; it counts what the reader
// never saw.
func race(t *testing.T, db *sql.DB, table, insert string) (lost, rows int, took time.Duration) {
	t.Helper()
	const writers, each = 8, 100
	start := time.Now()
	var wait sync.WaitGroup
	for range writers {
		wait.Go(func() {
			for range each {
				if err := insertSlowly(t.Context(), db, insert); err != nil {
					t.Error(err)
					return
				}
			}
		})
	}
	var done atomic.Bool
	go func() { wait.Wait(); done.Store(true) }()
	seen, cursor := 0, int64(0)
	for {
		last := done.Load()
		var n int
		var top int64
		if err := db.QueryRowContext(t.Context(), `SELECT COUNT(*), COALESCE(MAX(seq), 0) FROM `+table+` WHERE seq > $1`, cursor).Scan(&n, &top); err != nil {
			t.Fatal(err)
		}
		seen += n
		cursor = max(cursor, top)
		if last {
			break
		}
	}
	return writers*each - seen, writers * each, time.Since(start)
}

// insertSlowly takes its number and commits after one more statement, as
// every real transaction does.
func insertSlowly(ctx context.Context, db *sql.DB, insert string) error {
	tx, err := db.BeginTx(ctx, nil)
	if err != nil {
		return err
	}
	if _, err := tx.ExecContext(ctx, insert); err != nil {
		return err
	}
	if _, err := tx.ExecContext(ctx, `SELECT 1`); err != nil {
		return err
	}
	return tx.Commit()
}
