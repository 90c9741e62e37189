package sqlite

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"slices"

	"polis/app"
	"polis/app/search"
	"polis/data/wire"
)

// When changes are many, analysing everything is simpler than laying them
// over; when they have piled up, merging makes searching quick again.
const (
	rebuildShare  = 4 // a change of one sheet in four
	mergeSegments = 8
	mergeShare    = 10 // one sheet in ten
	mergeLeast    = 300
)

// loadIndex reads the index; one whose parts are missing, damaged, of another
// generation or of another version is made again from the sheets.
func loadIndex(ctx context.Context, q querier, s *seen) error {
	blobs, err := indexParts(ctx, q, s.generation)
	if err != nil {
		return err
	}
	if len(blobs) > 0 {
		if s.index, err = search.Open(blobs[0], blobs[1:]...); err == nil {
			return nil
		}
	}
	docs, err := documents(ctx, q, s.authorities)
	if err != nil {
		return err
	}
	s.index, s.rebuilt = search.Build(docs), true
	return nil
}

// keepRebuilt stores an index that had to be made again, so that the next
// start need not. A file that cannot be written costs only that time.
func keepRebuilt(ctx context.Context, f *file, s *seen) {
	if !s.rebuilt {
		return
	}
	err := f.write(ctx, func(tx *sql.Tx) error {
		if err := unchanged(ctx, tx, s.generation); err != nil {
			return err
		}
		return saveWhole(ctx, tx, s.index, s.generation)
	})
	s.rebuilt = err != nil
}

// unchanged is errOvertaken when the catalogue has another generation.
func unchanged(ctx context.Context, tx *sql.Tx, generation int64) error {
	meta, err := readMeta(ctx, tx)
	if err == nil && number(meta[metaGeneration]) != generation {
		err = errOvertaken
	}
	return err
}

// indexParts returns the parts in order, none when they do not belong to the
// generation.
func indexParts(ctx context.Context, q querier, generation int64) ([][]byte, error) {
	var blobs [][]byte
	last, complete := int64(0), true
	err := each(ctx, q, "SELECT place, generation, blob FROM index_part ORDER BY place", func(scan func(...any) error) error {
		var place int
		var blob []byte
		if err := scan(&place, &last, &blob); err != nil {
			return err
		}
		complete = complete && place == len(blobs)
		blobs = append(blobs, blob)
		return nil
	})
	if !complete || last != generation {
		return nil, err
	}
	return blobs, err
}

// saveWhole stores an index in place of all parts.
func saveWhole(ctx context.Context, tx *sql.Tx, x *search.Index, generation int64) error {
	if _, err := tx.ExecContext(ctx, "DELETE FROM index_part"); err != nil {
		return err
	}
	return savePart(ctx, tx, x, generation)
}

// savePart stores the last segment of an index after the parts that are
// there.
func savePart(ctx context.Context, tx *sql.Tx, x *search.Index, generation int64) error {
	blob, err := x.MarshalBinary()
	if err != nil {
		return fmt.Errorf("index: %w", err)
	}
	_, err = tx.ExecContext(ctx, `INSERT INTO index_part (place, generation, blob)
		VALUES ((SELECT coalesce(max(place) + 1, 0) FROM index_part), ?, ?)`, generation, blob)
	return err
}

// reindex makes the index of the changed sheets within their transaction.
// When old is not the index of the entities before the change, everything is
// analysed.
func reindex(ctx context.Context, tx *sql.Tx, old, s *seen, changes []wire.Change) error {
	known, err := holds(ctx, tx, old)
	if err != nil {
		return err
	}
	codes := touched(old, s, changes)
	switch {
	case !known || len(codes)*rebuildShare > old.index.Len():
		return index(ctx, tx, s)
	case len(codes) == 0:
		s.index = old.index
		_, err := tx.ExecContext(ctx, "UPDATE index_part SET generation = ? WHERE place = (SELECT max(place) FROM index_part)", s.generation)
		return err
	}
	docs, err := documentsOf(ctx, tx, codes, s.authorities)
	if err != nil {
		return err
	}
	s.index = old.index.With(docs, codes) // what is not among the documents is gone
	return savePart(ctx, tx, s.index, s.generation)
}

// holds reports whether the stored parts are those of the index in memory.
func holds(ctx context.Context, tx *sql.Tx, s *seen) (bool, error) {
	var parts int
	var last int64
	err := tx.QueryRowContext(ctx, "SELECT count(*), coalesce(max(generation), 0) FROM index_part").Scan(&parts, &last)
	segments, _ := s.index.Fresh()
	return !s.rebuilt && parts == segments+1 && last == s.generation, err
}

// index analyses every sheet.
func index(ctx context.Context, tx *sql.Tx, s *seen) error {
	docs, err := documents(ctx, tx, s.authorities)
	if err != nil {
		return err
	}
	s.index = search.Build(docs)
	return saveWhole(ctx, tx, s.index, s.generation)
}

// touched returns the codes of the sheets whose text may have changed, their
// own or that of their base or their authority's name, or that may be gone.
func touched(old, s *seen, changes []wire.Change) []string {
	var codes, bases []string
	for _, ch := range changes {
		switch {
		case ch.Type == wire.TypeAuthority && old.authorities[ch.ID].Name != s.authorities[ch.ID].Name:
			codes = append(codes, old.index.OwnedBy(ch.ID)...)
		case ch.Type == wire.TypeSheet:
			codes, bases = append(codes, ch.ID), append(bases, ch.ID)
		}
	}
	if len(bases) > 0 {
		codes = append(codes, old.index.Dependent(bases)...)
	}
	slices.Sort(codes)
	return slices.Compact(codes)
}

// documents returns every sheet as the index sees it, over its base.
func documents(ctx context.Context, q querier, authorities map[string]app.Authority) ([]search.Doc, error) {
	var sheets []app.Sheet
	err := each(ctx, q, "SELECT id, line FROM entity WHERE type = 'sheet' ORDER BY id", func(scan func(...any) error) error {
		e := wire.Entity{Type: wire.TypeSheet}
		if err := scan(&e.ID, &e.Line); err != nil {
			return err
		}
		s, err := e.Sheet()
		sheets = append(sheets, s)
		return err
	})
	if err != nil {
		return nil, err
	}
	byCode := make(map[string]*app.Sheet, len(sheets))
	for i := range sheets {
		byCode[sheets[i].Code] = &sheets[i]
	}
	docs := make([]search.Doc, len(sheets))
	for i := range sheets {
		var base *app.Sheet
		if b := sheets[i].Base; b != "" && b != sheets[i].Code {
			base = byCode[b]
		}
		docs[i] = document(app.Adapt(&sheets[i], base), authorities)
	}
	return docs, nil
}

// documentsOf returns the sheets of these codes that exist.
func documentsOf(ctx context.Context, tx *sql.Tx, codes []string, authorities map[string]app.Authority) ([]search.Doc, error) {
	stmt, err := tx.PrepareContext(ctx, sheetByCode)
	if err != nil {
		return nil, err
	}
	defer func() { _ = stmt.Close() }()
	docs := make([]search.Doc, 0, len(codes))
	for _, code := range codes {
		r, err := reading(ctx, stmt, code)
		if errors.Is(err, sql.ErrNoRows) {
			continue
		}
		if err != nil {
			return nil, err
		}
		docs = append(docs, document(r, authorities))
	}
	return docs, nil
}

func document(r app.Reading, authorities map[string]app.Authority) search.Doc {
	d := search.DocOf(r)
	d.AuthorityName = authorities[d.Authority].Name
	return d
}

// Tidy merges what changes have laid over the index, when they have piled
// up. Searches go on; it does nothing when the catalogue changes meanwhile.
func (c *Catalogue) Tidy(ctx context.Context) error {
	was := c.now()
	segments, sheets := was.index.Fresh()
	if segments == 0 || (segments < mergeSegments && sheets < max(mergeLeast, was.index.Len()/mergeShare)) {
		return nil
	}
	merged := was.index.Merged()
	err := c.read(func(f *file) error {
		return f.write(ctx, func(tx *sql.Tx) error {
			if err := unchanged(ctx, tx, was.generation); err != nil {
				return err
			}
			return saveWhole(ctx, tx, merged, was.generation)
		})
	})
	if errors.Is(err, errOvertaken) {
		return nil
	}
	if err != nil {
		return c.mend(ctx, err)
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if now := *c.now(); now.generation == was.generation {
		now.index, now.rebuilt = merged.WithWords(now.index.Words()), false
		c.seen.Store(&now)
	}
	return nil
}

var errOvertaken = errors.New("the catalogue has changed")
