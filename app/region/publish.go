package region

import (
	"bufio"
	"context"
	"errors"
	"io"
	"strconv"
	"time"

	"polis/app"
	"polis/data/wire"
)

const (
	publishTries  = 5
	keepSnapshots = 10
	pruneAfter    = 24 * time.Hour // nobody still downloads a snapshot that was replaced so long ago
	brakeOff      = 30 * 24 * time.Hour

	// More deletions than both of these are a mass deletion: workstations
	// would stop and ask.
	massDeletionMin   = 20
	massDeletionShare = 4 // a quarter
)

// PublishParams say how to publish.
type PublishParams struct {
	MassDeletion bool // the many deletions are meant
}

// PublishReport says what a publication contains; Published is false when
// nothing had changed since the one before.
type PublishReport struct {
	Publication
	Published        bool
	Changed, Deleted int
}

// plan is a publication that has not happened yet.
type plan struct {
	feed    Feed
	pending []Pending
	report  PublishReport
}

// Publish gives versions to what changed since the last publication and
// makes it visible to workstations, with one snapshot. The snapshot is built
// beside the running hub; then one short transaction moves the counter row,
// and when somebody else moved it meanwhile everything is done again. Codes:
// CodeBrake (n, total), CodeNotFound, CodeConflict, and those of the storage.
func (h *Hub) Publish(ctx context.Context, p PublishParams) (PublishReport, error) {
	for range publishTries {
		pl, err := h.plan(ctx, p)
		if err != nil || !pl.report.Published {
			return pl.report, err
		}
		done, err := h.commit(ctx, pl)
		if err != nil {
			return PublishReport{}, err
		}
		if done {
			return pl.report, h.prune(ctx)
		}
	}
	return PublishReport{}, app.Fault(app.CodeConflict, nil, "what", "publication")
}

func (h *Hub) plan(ctx context.Context, p PublishParams) (plan, error) {
	var pl plan
	err := h.store.View(ctx, func(tx Tx) error {
		var err error
		if pl.feed, err = tx.Feed(); err != nil {
			return err
		}
		if pl.pending, err = tx.Pending(); err != nil {
			return err
		}
		last, exists, err := tx.LatestPublication()
		if err != nil {
			return err
		}
		if len(pl.pending) == 0 && exists && h.hasSnapshot(last.Snapshot) {
			pl.report = PublishReport{Publication: last}
			return nil
		}
		if len(pl.pending) == 0 && !exists {
			return app.Fault(app.CodeNotFound, nil, "what", "imported lines")
		}
		return h.fill(&pl, p, last, tx)
	})
	return pl, err
}

// fill works out versions, digest and snapshot of the next publication.
func (h *Hub) fill(pl *plan, p PublishParams, last Publication, tx Tx) error {
	versions, err := tx.PublishedVersions()
	if err != nil {
		return err
	}
	for i, c := range pl.pending {
		versions[c.Key] = pl.feed.Last + int64(i) + 1
		if c.Deleted {
			pl.report.Deleted++
		} else {
			pl.report.Changed++
		}
	}
	pub := Publication{
		Version: last.Version + 1, Epoch: pl.feed.Epoch, Cursor: pl.feed.Last + int64(len(pl.pending)),
		PublishedAt: h.clock.Now().UTC().Truncate(time.Second), BrakeOffUntil: last.BrakeOffUntil,
	}
	if n, total := weighed(pl.pending, last.Counts); n > massDeletionMin && n*massDeletionShare > total {
		if !p.MassDeletion {
			return app.Fault(app.CodeBrake, nil, "n", strconv.Itoa(n), "total", strconv.Itoa(total))
		}
		pub.BrakeOffUntil = pub.PublishedAt.Add(brakeOff)
	}
	pub.Snapshot, pub.SnapshotSize, err = h.files.CreateSnapshot(func(w io.Writer) error {
		pub.Counts, pub.Digest, err = writeSnapshot(w, tx, versions)
		return err
	})
	pl.report.Publication, pl.report.Published = pub, true
	return err
}

// weighed counts the deletions and the entries that the brake compares.
func weighed(pending []Pending, counts map[string]int) (deleted, total int) {
	for _, c := range pending {
		if c.Deleted && !wire.IsWords(c.Type) {
			deleted++
		}
	}
	for kind, n := range counts {
		if !wire.IsWords(kind) {
			total += n
		}
	}
	return deleted, total
}

// writeSnapshot writes all working lines with their versions and returns
// their counts and digest.
func writeSnapshot(w io.Writer, tx Tx, versions map[Key]int64) (map[string]int, string, error) {
	zw, err := bestZstd(w)
	if err != nil {
		return nil, "", err
	}
	bw := bufio.NewWriterSize(zw, 256<<10)
	counts := map[string]int{}
	var digest wire.Digest
	var line []byte
	err = tx.WorkingLines(nil, func(e wire.Entity) error {
		counts[e.Type]++
		digest.Add(e.Type, e.ID, e.Hash)
		var err error
		line, err = wire.Change{Entity: e, Version: versions[Key{e.Type, e.ID}]}.AppendWire(line[:0])
		if err != nil {
			return err
		}
		_, err = bw.Write(append(line, '\n'))
		return err
	})
	if err == nil {
		err = bw.Flush()
	}
	return counts, digest.Sum(), errors.Join(err, zw.Close())
}

func (h *Hub) commit(ctx context.Context, pl plan) (bool, error) {
	var done bool
	err := h.store.Update(ctx, func(tx Tx) error {
		var err error
		done, err = tx.AdvanceFeed(pl.feed, int64(len(pl.pending)))
		if err != nil || !done {
			return err
		}
		// A counter row that stayed where it was (nothing pending, only a lost
		// snapshot to replace) does not tell two publishers apart.
		last, _, err := tx.LatestPublication()
		if err != nil {
			return err
		}
		if done = last.Version == pl.report.Version-1; !done {
			return nil
		}
		for i, c := range pl.pending {
			if err := tx.PutPublished(c, pl.feed.Last+int64(i)+1); err != nil {
				return err
			}
		}
		return tx.AddPublication(pl.report.Publication)
	})
	return done, err
}

func (h *Hub) prune(ctx context.Context) error {
	var keep []string
	err := h.store.View(ctx, func(tx Tx) (err error) {
		keep, err = tx.RecentSnapshots(keepSnapshots)
		return err
	})
	if err != nil {
		return err
	}
	return h.files.PruneSnapshots(keep, h.clock.Now().Add(-pruneAfter))
}

func (h *Hub) hasSnapshot(sha256 string) bool {
	f, err := h.files.OpenSnapshot(sha256)
	if err != nil {
		return false
	}
	return f.Close() == nil
}
