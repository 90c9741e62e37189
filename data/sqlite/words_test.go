package sqlite

import (
	"bytes"
	"context"
	"fmt"
	"maps"
	"slices"
	"testing"

	"polis/app"
	"polis/assets"
	"polis/data/wire"
)

// A built-in line that cannot be read would be left out without a word.
func TestFloorIsReadWhole(t *testing.T) {
	w, n := floorWords(), 0
	err := wire.Lines(bytes.NewReader(assets.Words()), func(number int, line []byte) error {
		n++
		if _, warnings, err := wire.ParseLine(line); err != nil || len(warnings) > 0 {
			t.Errorf("line %d: %v %v", number, err, warnings)
		}
		return nil
	})
	if err != nil || n == 0 || len(w.synonyms)+len(w.bets) != n {
		t.Errorf("%d lines, %d synonyms, %d best bets, %v", n, len(w.synonyms), len(w.bets), err)
	}
	c := catalogue(t, t.TempDir())
	for id, s := range w.synonyms {
		if !s.Silent && len(c.Index().Words().Needs(s.Terms[0], 1)) == 0 {
			t.Errorf("%s: the search of an empty catalogue does not know %q", id, s.Terms[0])
		}
	}
}

// withFloor opens a catalogue over words of the test's own.
func withFloor(t *testing.T, folder string) *Catalogue {
	t.Helper()
	c := catalogue(t, folder)
	floor := words{
		synonyms: map[string]app.Synonym{"syn-1": {ID: "syn-1", Terms: []string{"zabaione"}, Means: []string{"dolce"}}},
		bets:     map[string]app.BestBet{"bet-1": {ID: "bet-1", Queries: []string{"zattera"}, Sheets: []string{"x-001"}}},
	}
	c.floor = func() words { return floor }
	c.hold(c.now(), c.now().words.over(c.floor))
	return c
}

// wantNeeds compares what the search offers for "z".
func wantNeeds(t *testing.T, c *Catalogue, when string, want ...string) {
	t.Helper()
	got := c.Index().Words().Needs("z", 10)
	slices.Sort(got)
	if !slices.Equal(got, want) {
		t.Errorf("%s: %q, want %q", when, got, want)
	}
}

// shelf is a hub of one test: what is published, by type and id.
type shelf struct {
	t       *testing.T
	version int64
	lines   map[string]wire.Entity
}

// publish takes lines over, or deletions "-type id", and returns the
// manifest with the changes.
func (s *shelf) publish(lines ...string) (wire.Manifest, []wire.Change) {
	s.t.Helper()
	s.version++
	var changes []wire.Change
	for _, line := range lines {
		var e wire.Entity
		if _, err := fmt.Sscanf(line, "-%s %s", &e.Type, &e.ID); err == nil {
			delete(s.lines, e.Type+e.ID)
			changes = append(changes, wire.Change{Entity: e, Version: s.version, Deleted: true})
			continue
		}
		e, _, err := wire.ParseLine([]byte(line))
		if err != nil {
			s.t.Fatal(err)
		}
		s.lines[e.Type+e.ID] = e
		changes = append(changes, wire.Change{Entity: e, Version: s.version})
	}
	m := wire.Manifest{Epoch: "e", Version: s.version, Cursor: fmt.Sprint(s.version), Counts: map[string]int{}}
	var d wire.Digest
	for _, e := range s.lines {
		m.Counts[e.Type]++
		d.Add(e.Type, e.ID, e.Hash)
	}
	m.CatalogDigest = d.Sum()
	return m, changes
}

// take applies the next publication as a delta.
func (s *shelf) take(c *Catalogue, lines ...string) {
	s.t.Helper()
	m, changes := s.publish(lines...)
	if err := c.Apply(context.Background(), m, "", changes); err != nil {
		s.t.Fatal(err)
	}
}

const oneSheet = `{"type":"sheet","code":"x-001","authority":"x","language":"it","title":"Carta"}`

func newShelf(t *testing.T) *shelf {
	t.Helper()
	return &shelf{t: t, lines: map[string]wire.Entity{}}
}

func TestCatalogueWordsLieOverTheFloor(t *testing.T) {
	c, s := withFloor(t, t.TempDir()), newShelf(t)
	wantNeeds(t, c, "empty catalogue", "zabaione", "zattera")
	m, changes := s.publish(oneSheet, `{"type":"synonym","id":"syn-2","terms":["zenzero","radice"]}`)
	if err := c.Replace(context.Background(), m, "", bytes.NewReader(snapshot(t, changes))); err != nil {
		t.Fatal(err)
	}
	wantNeeds(t, c, "one more", "zabaione", "zattera", "zenzero")
	s.take(c, `{"type":"synonym","id":"syn-1","terms":["zucca","cocurbita"]}`, `{"type":"best_bet","id":"bet-1","queries":[]}`)
	wantNeeds(t, c, "another and nothing instead", "zenzero", "zucca")
	s.take(c, `{"type":"synonym","id":"syn-1","terms":[]}`)
	wantNeeds(t, c, "nothing instead", "zenzero")
	s.take(c, "-synonym syn-1", "-best_bet bet-1")
	wantNeeds(t, c, "built-in ones back", "zabaione", "zattera", "zenzero")
	s.take(c)
	wantNeeds(t, c, "nothing new", "zabaione", "zattera", "zenzero")
	if found(c, "carta") != 1 {
		t.Error("the sheet is gone")
	}
	held, err := c.Held(context.Background())
	if err != nil || held.Sheets != 1 {
		t.Errorf("only sheets count as sheets: %+v %v", held, err)
	}
}

// Words alone do not touch the index: neither in memory nor in the file.
func TestWordsAloneLeaveTheIndex(t *testing.T) {
	ctx := context.Background()
	folder := t.TempDir()
	c, s := catalogue(t, folder), newShelf(t)
	m, changes := s.publish(oneSheet)
	if err := c.Replace(ctx, m, "", bytes.NewReader(snapshot(t, changes))); err != nil {
		t.Fatal(err)
	}
	other := catalogue(t, folder)
	generation := c.now().generation
	if _, err := c.f.rw.ExecContext(ctx, "UPDATE index_part SET blob = 'mark'"); err != nil {
		t.Fatal(err)
	}
	s.take(c, `{"type":"synonym","id":"syn-z","terms":["zwieback","fette biscottate"]}`)
	var blob string
	var stored int64
	if err := c.f.ro.QueryRowContext(ctx, "SELECT blob, generation FROM index_part").Scan(&blob, &stored); err != nil || blob != "mark" {
		t.Errorf("the index was stored again: %q %v", blob, err)
	}
	if now := c.now().generation; now <= generation || stored != now {
		t.Errorf("generations: %d before, %d now, %d of the index", generation, now, stored)
	}
	if found(c, "carta") != 1 || len(c.Index().Words().Needs("zwie", 1)) != 1 {
		t.Error("the words or the sheet are not found")
	}
	if err := other.Refresh(ctx); err != nil || len(other.Index().Words().Needs("zwie", 1)) != 1 || found(other, "carta") != 1 {
		t.Errorf("another process does not see the words: %v", err)
	}
	s.take(c, `{"type":"sheet","code":"x-002","authority":"x","language":"it","title":"Tessera"}`)
	if found(c, "tessera") != 1 || len(c.Index().Words().Needs("zwie", 1)) != 1 {
		t.Error("after a sheet: the words or the sheet are not found")
	}
	if again := catalogue(t, folder); len(again.Index().Words().Needs("zwie", 1)) != 1 || found(again, "tessera") != 1 {
		t.Error("opened again: the words or the sheet are not found")
	}
}

// What cannot be read, or is of a newer hub, stops nothing and leaves the
// built-in entry in its place.
func TestBrokenWordsStopNothing(t *testing.T) {
	ctx := context.Background()
	folder := t.TempDir()
	c := withFloor(t, folder)
	for i, line := range []string{"", "nonsense", "[]", `{"terms":5}`, `{"terms":[{"it":"zibibbo"}]}`, `{"terms":null}`, "\x00\xff"} {
		for _, kind := range []string{wire.TypeSynonym, wire.TypeBestBet} {
			if _, err := c.f.rw.ExecContext(ctx, insertEntity, kind, fmt.Sprintf("broken-%d", i), 1, "", []byte(line)); err != nil {
				t.Fatal(err)
			}
		}
	}
	for id, kind := range map[string]string{"syn-1": wire.TypeSynonym, "bet-1": wire.TypeBestBet} {
		if _, err := c.f.rw.ExecContext(ctx, insertEntity, kind, id, 1, "", []byte(`{"id":7}`)); err != nil {
			t.Fatal(err)
		}
	}
	wantNeeds(t, withFloor(t, folder), "broken lines", "zabaione", "zattera")
}

func TestDemonstrationHasTheFloor(t *testing.T) {
	c := catalogue(t, t.TempDir())
	if err := c.LoadSample(context.Background(), assets.Sample()); err != nil {
		t.Fatal(err)
	}
	got, err := loadWords(context.Background(), c.f.ro)
	if err != nil {
		t.Fatal(err)
	}
	if want := floorWords(); !slices.Equal(slices.Sorted(maps.Keys(got.synonyms)), slices.Sorted(maps.Keys(want.synonyms))) || len(got.bets) != len(want.bets) {
		t.Errorf("%d and %d entries, want %d and %d", len(got.synonyms), len(got.bets), len(want.synonyms), len(want.bets))
	}
}

// Many words neither hide a mass deletion of sheets nor are one themselves.
func TestTheBrakeDoesNotWeighWords(t *testing.T) {
	ctx := context.Background()
	c, s := catalogue(t, t.TempDir()), newShelf(t)
	var all, sheets, synonyms []string
	for i := range 60 {
		all = append(all, fmt.Sprintf(`{"type":"sheet","code":"x-%d","authority":"x","language":"it","title":"t"}`, i))
		if i < 25 {
			sheets = append(sheets, fmt.Sprintf("-sheet x-%d", i))
		}
	}
	for i := range 100 {
		all = append(all, fmt.Sprintf(`{"type":"synonym","id":"s-%d","terms":["a%d","b%d"]}`, i, i, i))
		synonyms = append(synonyms, fmt.Sprintf("-synonym s-%d", i))
	}
	s.take(c, all...)
	m, changes := s.publish(sheets...)
	if err := c.Apply(ctx, m, "", changes); app.ErrorCode(err) != app.CodeBrake {
		t.Errorf("25 of 60 sheets: %v", err)
	}
	s.take(c, all...) // as they were
	s.take(c, synonyms...)
}

func BenchmarkWordsOverTheFloor(b *testing.B) {
	floor := newWords()
	for i := range 800 {
		id := fmt.Sprint(i)
		floor.synonyms[id] = app.Synonym{ID: id, Terms: []string{"parola di tutti i giorni " + id, "sigla" + id}, Means: []string{"termine d'ufficio"}}
	}
	for b.Loop() {
		newWords().over(func() words { return floor }).Prepare()
	}
}
