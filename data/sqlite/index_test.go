package sqlite

import (
	"bytes"
	"context"
	"fmt"
	"slices"
	"sync"
	"testing"

	"polis/app/search"
	"polis/data/wire"
)

func sheetNamed(code, title string) string {
	return fmt.Sprintf(`{"type":"sheet","code":%q,"authority":"x","language":"it","title":%q}`, code, title)
}

// shelfOf publishes n sheets of the word and an authority.
func shelfOf(t *testing.T, c *Catalogue, n int, word string) *shelf {
	t.Helper()
	s := newShelf(t)
	lines := []string{`{"type":"authority","id":"x","name":"Comune di Xilofonia"}`}
	for i := range n {
		lines = append(lines, sheetNamed(fmt.Sprintf("x-%03d", i), word+fmt.Sprint(i)))
	}
	m, changes := s.publish(lines...)
	if err := c.Replace(context.Background(), m, "", bytes.NewReader(snapshot(t, changes))); err != nil {
		t.Fatal(err)
	}
	return s
}

func parts(t *testing.T, c *Catalogue) int {
	t.Helper()
	var n int
	if err := c.f.ro.QueryRowContext(context.Background(), "SELECT count(*) FROM index_part").Scan(&n); err != nil {
		t.Fatal(err)
	}
	return n
}

// A small change adds a part to the index, another process and the next
// start read it, and what piles up is merged.
func TestChangesAreParts(t *testing.T) {
	ctx := context.Background()
	folder := t.TempDir()
	c := catalogue(t, folder)
	s := shelfOf(t, c, 100, "Carta ")
	other := catalogue(t, folder)
	for i := range mergeSegments {
		s.take(c, sheetNamed(fmt.Sprintf("x-%03d", i), "Tessera"))
		if parts(t, c) != i+2 || found(c, "tessera ") != i+1 || found(c, "carta ") != 99-i {
			t.Fatalf("step %d: %d parts, tessera %d, carta %d", i, parts(t, c), found(c, "tessera "), found(c, "carta "))
		}
		if err := other.Refresh(ctx); err != nil || found(other, "tessera ") != i+1 {
			t.Fatalf("another process, step %d: %d %v", i, found(other, "tessera "), err)
		}
	}
	s.take(c, "-sheet x-099")
	if err := c.Tidy(ctx); err != nil || parts(t, c) != 1 {
		t.Fatalf("tidy: %v, %d parts", err, parts(t, c))
	}
	for _, c := range []*Catalogue{c, catalogue(t, folder)} {
		if found(c, "tessera ") != mergeSegments || found(c, "carta ") != 99-mergeSegments || c.Index().Len() != 99 {
			t.Errorf("merged: tessera %d, carta %d", found(c, "tessera "), found(c, "carta "))
		}
	}
	if err := c.Tidy(ctx); err != nil || parts(t, c) != 1 {
		t.Errorf("tidy again: %v", err)
	}
}

// Sheets are found by their authority's name, also after it changed; and an
// adaptation by what its base says now.
func TestIndexFollowsNamesAndBases(t *testing.T) {
	c := catalogue(t, t.TempDir())
	s := shelfOf(t, c, 40, "Carta ")
	s.take(c, `{"type":"sheet","code":"x-base","authority":"y","language":"it","title":"Base","sections":{"how_to":"zucchero"}}`,
		`{"type":"sheet","code":"x-mine","authority":"x","language":"it","title":"Mia","base":"x-base"}`)
	if found(c, "carta xilofonia ") != 40 || found(c, "zucchero ") != 2 {
		t.Errorf("name %d, base %d", found(c, "carta xilofonia "), found(c, "zucchero "))
	}
	s.take(c, `{"type":"sheet","code":"x-base","authority":"y","language":"it","title":"Base","sections":{"how_to":"cannella"}}`)
	if found(c, "zucchero ") != 0 || found(c, "cannella ") != 2 {
		t.Errorf("old base %d, new base %d", found(c, "zucchero "), found(c, "cannella "))
	}
	s.take(c, `{"type":"authority","id":"x","name":"Comune di Zampogna"}`)
	if found(c, "zampogna ") != 41 {
		t.Errorf("new name: %d", found(c, "zampogna "))
	}
}

// A part that is missing, damaged or of another generation costs a rebuild
// and nothing else.
func TestDamagedPartsAreMadeAgain(t *testing.T) {
	ctx := context.Background()
	for name, harm := range map[string]string{
		"no index":         "DELETE FROM index_part",
		"no base":          "DELETE FROM index_part WHERE place = 0",
		"no middle":        "DELETE FROM index_part WHERE place = 1",
		"no last":          "DELETE FROM index_part WHERE place = 2",
		"damaged base":     "UPDATE index_part SET blob = substr(blob, 1, 100) WHERE place = 0",
		"damaged change":   "UPDATE index_part SET blob = zeroblob(50) WHERE place = 2",
		"other generation": "UPDATE index_part SET generation = generation - 1 WHERE place = 2",
	} {
		folder := t.TempDir()
		c := catalogue(t, folder)
		s := shelfOf(t, c, 50, "Carta ")
		s.take(c, sheetNamed("x-001", "Tessera"))
		s.take(c, sheetNamed("x-002", "Tessera"))
		if _, err := c.f.rw.ExecContext(ctx, harm); err != nil {
			t.Fatal(err)
		}
		again := catalogue(t, folder)
		if found(again, "tessera ") != 2 || found(again, "carta ") != 48 {
			t.Errorf("%s: tessera %d, carta %d", name, found(again, "tessera "), found(again, "carta "))
		}
		s.take(again, sheetNamed("x-003", "Tessera"))
		if last := catalogue(t, folder); found(last, "tessera ") != 3 || parts(t, last) == 0 {
			t.Errorf("%s, then a change: %d in %d parts", name, found(last, "tessera "), parts(t, last))
		}
	}
}

// An index that had to be made again is stored: the next start reads it.
func TestRebuiltIndexIsStored(t *testing.T) {
	ctx := context.Background()
	folder := t.TempDir()
	c := catalogue(t, folder)
	s := shelfOf(t, c, 50, "Carta ")
	if _, err := c.f.rw.ExecContext(ctx, "UPDATE index_part SET blob = zeroblob(50)"); err != nil {
		t.Fatal(err)
	}
	again := catalogue(t, folder)
	var blob []byte
	if err := again.f.ro.QueryRowContext(ctx, "SELECT blob FROM index_part").Scan(&blob); err != nil {
		t.Fatal(err)
	}
	if x, err := search.Open(blob); err != nil || x.Len() != 50 {
		t.Fatalf("not stored: %v", err)
	}
	s.take(again, sheetNamed("x-003", "Tessera"))
	if last := catalogue(t, folder); found(last, "tessera ") != 1 || parts(t, last) != 2 {
		t.Errorf("then a change: %d in %d parts", found(last, "tessera "), parts(t, last))
	}
}

// A sheet that was deleted and came back within one batch is there.
func TestDeletedAndBackInOneBatch(t *testing.T) {
	c := catalogue(t, t.TempDir())
	s := shelfOf(t, c, 50, "Carta ")
	m, back := s.publish(sheetNamed("x-007", "Tessera"))
	gone := wire.Change{Entity: wire.Entity{Type: wire.TypeSheet, ID: "x-007"}, Version: back[0].Version - 1, Deleted: true}
	if err := c.Apply(context.Background(), m, "", []wire.Change{gone, back[0]}); err != nil {
		t.Fatal(err)
	}
	if found(c, "tessera ") != 1 || found(c, "carta ") != 49 || c.Index().Len() != 50 {
		t.Errorf("tessera %d, carta %d of %d", found(c, "tessera "), found(c, "carta "), c.Index().Len())
	}
}

// Readers that search while changes and merges go on see each state whole.
func TestReadersDuringChanges(t *testing.T) {
	ctx := context.Background()
	c := catalogue(t, t.TempDir())
	s := shelfOf(t, c, 60, "Stato 0 ")
	stop := make(chan struct{})
	var readers sync.WaitGroup
	for range 3 {
		readers.Go(func() {
			for {
				select {
				case <-stop:
					return
				default:
				}
				r := c.Index().Search(search.Query{Text: "stato ", Limit: 100})
				if r.Total != 60 || len(r.Hits) != 60 {
					t.Errorf("a mix: %d, %d hits", r.Total, len(r.Hits))
					return
				}
			}
		})
	}
	for step := 1; step <= 20; step++ {
		var lines []string
		for i := range 10 {
			lines = append(lines, sheetNamed(fmt.Sprintf("x-%03d", (step*7+i)%60), fmt.Sprintf("Stato %d", step)))
		}
		s.take(c, lines...)
		if err := c.Tidy(ctx); err != nil {
			t.Error(err)
		}
	}
	close(stop)
	readers.Wait()
	if n := parts(t, c); n > mergeSegments+1 {
		t.Errorf("%d parts pile up", n)
	}
}

// A catalogue of the first version comes over with its sheets.
func TestCatalogueOfTheFirstVersion(t *testing.T) {
	ctx := context.Background()
	folder := t.TempDir()
	c := catalogue(t, folder)
	shelfOf(t, c, 5, "Carta ")
	first, err := migrations.ReadFile("migrations/catalogo/0001_first.sql")
	if err != nil {
		t.Fatal(err)
	}
	old := "DROP TABLE index_part; DROP INDEX entity_hash; DROP INDEX sheet_alert; DROP INDEX sheet_base;" + string(first[bytes.Index(first, []byte("CREATE TABLE index_blob")):]) + "PRAGMA user_version = 1;"
	if _, err := c.f.rw.ExecContext(ctx, old); err != nil {
		t.Fatal(err)
	}
	if err := c.Close(); err != nil {
		t.Fatal(err)
	}
	again := catalogue(t, folder)
	codes, err := again.Codes(ctx)
	if found(again, "carta ") != 5 || err != nil || !slices.Contains(codes, "x-004") {
		t.Errorf("found %d, %v %v", found(again, "carta "), codes, err)
	}
}
