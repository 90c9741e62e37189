package hubstore

import (
	"encoding/json"
	"fmt"
	"strings"

	"polis/app/region"
	"polis/data/wire"
)

// Feed returns the counter row.
func (t *tx) Feed() (region.Feed, error) {
	var f region.Feed
	err := t.row(`SELECT epoch, last, imports FROM feed WHERE id = 1`).Scan(&f.Epoch, &f.Last, &f.Imports)
	return f, err
}

// AdvanceFeed compares and moves the counter row in one statement.
func (t *tx) AdvanceFeed(was region.Feed, n int64) (bool, error) {
	var last int64
	err := t.row(`UPDATE feed SET last = last + ? WHERE id = 1 AND epoch = ? AND last = ? AND imports = ? RETURNING last`,
		n, was.Epoch, was.Last, was.Imports).Scan(&last)
	return found(err)
}

// CountImport marks the working lines as changed.
func (t *tx) CountImport() error { return t.done(`UPDATE feed SET imports = imports + 1 WHERE id = 1`) }

// WorkingHashes returns the hash of every working line.
func (t *tx) WorkingHashes() (map[region.Key]string, error) {
	hashes := map[region.Key]string{}
	err := t.each(func(row scanner) error {
		var k region.Key
		var hash string
		if err := row.Scan(&k.Type, &k.ID, &hash); err != nil {
			return err
		}
		hashes[k] = hash
		return nil
	}, `SELECT type, id, hash FROM working`)
	return hashes, err
}

// WorkingLines yields lines in order of type and identifier.
func (t *tx) WorkingLines(types []string, yield func(wire.Entity) error) error {
	where := ""
	args := make([]any, len(types))
	for i, kind := range types {
		args[i] = kind
	}
	if len(types) > 0 {
		where = ` WHERE w.type IN (?` + strings.Repeat(`, ?`, len(types)-1) + `)`
	}
	return t.each(func(row scanner) error {
		var e wire.Entity
		if err := row.Scan(&e.Type, &e.ID, &e.Hash, &e.Line); err != nil {
			return err
		}
		return yield(e)
	}, `SELECT w.type, w.id, w.hash, c.line FROM working w JOIN content c ON c.hash = w.hash`+where+` ORDER BY w.type, w.id`, args...)
}

// WorkingLine returns one line.
func (t *tx) WorkingLine(k region.Key) (wire.Entity, bool, error) {
	e := wire.Entity{Type: k.Type, ID: k.ID}
	ok, err := found(t.row(`SELECT w.hash, c.line FROM working w JOIN content c ON c.hash = w.hash WHERE w.type = ? AND w.id = ?`,
		k.Type, k.ID).Scan(&e.Hash, &e.Line))
	return e, ok, err
}

// PutWorking stores a line and its content.
func (t *tx) PutWorking(e wire.Entity) error {
	if e.Line != nil {
		if err := t.done(`INSERT INTO content (hash, line) VALUES (?, ?) ON CONFLICT DO NOTHING`, e.Hash, e.Line); err != nil {
			return err
		}
	}
	return t.done(`INSERT INTO working (type, id, hash) VALUES (?, ?, ?) ON CONFLICT (type, id) DO UPDATE SET hash = excluded.hash`,
		e.Type, e.ID, e.Hash)
}

// ReplaceWorking compares and stores in one statement.
func (t *tx) ReplaceWorking(e wire.Entity, was string) (bool, error) {
	if err := t.done(`INSERT INTO content (hash, line) VALUES (?, ?) ON CONFLICT DO NOTHING`, e.Hash, e.Line); err != nil {
		return false, err
	}
	if was == "" {
		return t.added(`INSERT INTO working (type, id, hash) VALUES (?, ?, ?) ON CONFLICT DO NOTHING`, e.Type, e.ID, e.Hash)
	}
	return t.added(`UPDATE working SET hash = ? WHERE type = ? AND id = ? AND hash = ?`, e.Hash, e.Type, e.ID, was)
}

// DeleteWorking removes a line; its content stays as history.
func (t *tx) DeleteWorking(k region.Key) error {
	return t.done(`DELETE FROM working WHERE type = ? AND id = ?`, k.Type, k.ID)
}

// Pending lists what a publication would change, in order of type and
// identifier.
func (t *tx) Pending() ([]region.Pending, error) {
	var list []region.Pending
	err := t.each(func(row scanner) error {
		var p region.Pending
		if err := row.Scan(&p.Type, &p.ID, &p.Hash); err != nil {
			return err
		}
		p.Deleted = p.Hash == ""
		list = append(list, p)
		return nil
	}, `SELECT w.type, w.id, w.hash FROM working w
		LEFT JOIN published p ON p.type = w.type AND p.id = w.id
		WHERE p.hash IS NULL OR p.hash <> w.hash
		UNION ALL
		SELECT p.type, p.id, '' FROM published p
		LEFT JOIN working w ON w.type = p.type AND w.id = p.id
		WHERE p.deleted = 0 AND w.hash IS NULL
		ORDER BY 1, 2`)
	return list, err
}

// PublishedVersions returns the version of every published line.
func (t *tx) PublishedVersions() (map[region.Key]int64, error) {
	versions := map[region.Key]int64{}
	err := t.each(func(row scanner) error {
		var k region.Key
		var version int64
		if err := row.Scan(&k.Type, &k.ID, &version); err != nil {
			return err
		}
		versions[k] = version
		return nil
	}, `SELECT type, id, version FROM published WHERE deleted = 0`)
	return versions, err
}

// PublishedVersion returns the version of one published line.
func (t *tx) PublishedVersion(k region.Key) (int64, error) {
	var version int64
	_, err := found(t.row(`SELECT version FROM published WHERE type = ? AND id = ? AND deleted = 0`, k.Type, k.ID).Scan(&version))
	return version, err
}

// PutPublished gives an entity its new version.
func (t *tx) PutPublished(p region.Pending, version int64) error {
	deleted := 0
	if p.Deleted {
		deleted = 1
	}
	return t.done(`INSERT INTO published (type, id, hash, version, deleted) VALUES (?, ?, ?, ?, ?)
		ON CONFLICT (type, id) DO UPDATE SET hash = excluded.hash, version = excluded.version, deleted = excluded.deleted`,
		p.Type, p.ID, p.Hash, version, deleted)
}

// PublishedAfter lists changes in ascending order.
func (t *tx) PublishedAfter(after, upto int64, limit int) ([]wire.Change, error) {
	var list []wire.Change
	err := t.each(func(row scanner) error {
		var c wire.Change
		var deleted int
		if err := row.Scan(&c.Type, &c.ID, &c.Hash, &c.Version, &deleted, &c.Line); err != nil {
			return err
		}
		c.Deleted = deleted == 1
		list = append(list, c)
		return nil
	}, `SELECT p.type, p.id, p.hash, p.version, p.deleted, c.line FROM published p
		LEFT JOIN content c ON c.hash = p.hash
		WHERE p.version > ? AND p.version <= ? ORDER BY p.version LIMIT ?`, after, upto, limit)
	return list, err
}

// LatestPublication returns what workstations see now.
func (t *tx) LatestPublication() (region.Publication, bool, error) {
	var p region.Publication
	var counts string
	var at, brake int64
	ok, err := found(t.row(`SELECT p.epoch, p.version, p.feed_cursor, p.published_at, p.counts, p.digest, p.snapshot, p.snapshot_size, p.brake_off_until
		FROM publication p JOIN feed f ON f.epoch = p.epoch ORDER BY p.version DESC LIMIT 1`).
		Scan(&p.Epoch, &p.Version, &p.Cursor, &at, &counts, &p.Digest, &p.Snapshot, &p.SnapshotSize, &brake))
	if err != nil || !ok {
		return region.Publication{}, false, err
	}
	p.PublishedAt, p.BrakeOffUntil = moment(at), moment(brake)
	if err := json.Unmarshal([]byte(counts), &p.Counts); err != nil {
		return region.Publication{}, false, fmt.Errorf("counts of publication %d: %w", p.Version, err)
	}
	return p, true, nil
}

// AddPublication stores a publication.
func (t *tx) AddPublication(p region.Publication) error {
	counts, err := wire.Marshal(p.Counts)
	if err != nil {
		return err
	}
	return t.done(`INSERT INTO publication (epoch, version, feed_cursor, published_at, counts, digest, snapshot, snapshot_size, brake_off_until)
		VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)`,
		p.Epoch, p.Version, p.Cursor, stamp(p.PublishedAt), string(counts), p.Digest, p.Snapshot, p.SnapshotSize, stamp(p.BrakeOffUntil))
}

// RecentSnapshots lists the snapshots of the last n publications.
func (t *tx) RecentSnapshots(n int) ([]string, error) {
	var list []string
	err := t.each(func(row scanner) error {
		var s string
		err := row.Scan(&s)
		list = append(list, s)
		return err
	}, `SELECT snapshot FROM publication ORDER BY published_at DESC, version DESC LIMIT ?`, n)
	return list, err
}
