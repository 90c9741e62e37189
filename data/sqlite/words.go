package sqlite

import (
	"bytes"
	"context"
	"encoding/json"
	"maps"
	"slices"

	"polis/app"
	"polis/app/search"
	"polis/assets"
	"polis/data/wire"
)

// words are editable words by id: those of a catalogue, or the built-in ones.
type words struct {
	synonyms map[string]app.Synonym
	bets     map[string]app.BestBet
	places   []string // names of municipalities; only the built-in ones have them
}

func newWords() words {
	return words{synonyms: map[string]app.Synonym{}, bets: map[string]app.BestBet{}}
}

// add takes an entry over. One that cannot be read, perhaps of a newer hub,
// is as good as not there: it must not keep the catalogue from opening.
func (w words) add(e wire.Entity) {
	switch e.Type {
	case wire.TypeSynonym:
		if s, err := e.Synonym(); err == nil {
			w.synonyms[e.ID] = s
		}
	case wire.TypeBestBet:
		if b, err := e.BestBet(); err == nil {
			w.bets[e.ID] = b
		}
	}
}

// floorWords are the words that every workstation has, whatever its hub
// knows.
func floorWords() words {
	w := newWords()
	// The text is in memory: nothing but the callback could fail.
	_ = wire.Lines(bytes.NewReader(assets.Words()), func(_ int, line []byte) error {
		var head struct{ Type, ID string }
		if json.Unmarshal(line, &head) == nil {
			w.add(wire.Entity{Type: head.Type, ID: head.ID, Line: line})
		}
		return nil
	})
	// A test of the file itself keeps it readable; without it places are words.
	_ = json.Unmarshal(assets.Read("vocabularies/municipalities.json"), &w.places)
	return w
}

// loadWords reads the words of the catalogue itself.
func loadWords(ctx context.Context, q querier) (words, error) {
	w := newWords()
	err := each(ctx, q, "SELECT type, id, line FROM entity WHERE type IN ('best_bet', 'synonym')", func(scan func(...any) error) error {
		var e wire.Entity
		if err := scan(&e.Type, &e.ID, &e.Line); err != nil {
			return err
		}
		w.add(e)
		return nil
	})
	return w, err
}

// over makes these words ready for searching, laid over the floor: an entry
// takes the place of the one with its id, and an empty one says nothing. The
// floor is only read when somebody searches.
func (w words) over(floor func() words) *search.Words {
	return search.WordsFrom(func() ([]app.Synonym, []app.BestBet, []string) {
		f := floor()
		synonyms := overlay(f.synonyms, w.synonyms, func(s app.Synonym) bool { return len(s.Terms) == 0 })
		bets := overlay(f.bets, w.bets, func(b app.BestBet) bool { return len(b.Queries) == 0 })
		return synonyms, bets, f.places
	})
}

func overlay[T any](floor, over map[string]T, empty func(T) bool) []T {
	all := maps.Clone(floor)
	maps.Copy(all, over)
	maps.DeleteFunc(all, func(_ string, v T) bool { return empty(v) })
	list := make([]T, 0, len(all))
	for _, id := range slices.Sorted(maps.Keys(all)) { // the same order every time
		list = append(list, all[id])
	}
	return list
}

// hold makes s, with these words, what the catalogue answers with; without an
// index of its own it goes on with the old one. The caller has the lock or is
// alone.
func (c *Catalogue) hold(s *seen, w *search.Words) {
	if s.index == nil {
		s.index = c.now().index
	}
	s.index = s.index.WithWords(w)
	c.seen.Store(s)
}
