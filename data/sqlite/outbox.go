package sqlite

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"github.com/google/uuid"

	"polis/app/exchange"
	"polis/data/wire"
)

// Names of settings that belong to the outbox.
const (
	settingReceipts = "exchange.receipts_cursor"
	settingDurable  = "exchange.durable_page"
)

// farthestTry is farther away than any try is postponed: a time beyond it was
// set by a clock that ran ahead.
const farthestTry = 24 * time.Hour

// itemOverhead is more than what a batch says of an item besides its payload.
const itemOverhead = 256

// enqueue freezes an upload in the transaction of what it tells about: line
// are its canonical bytes. What names a contact, or the contact that it
// corrects, keeps its place behind that one.
func enqueue(ctx context.Context, tx *sql.Tx, kind, id string, line []byte, at time.Time) error {
	var about struct {
		Contact  string `json:"contact"`
		Corrects string `json:"corrects"`
	}
	if err := json.Unmarshal(line, &about); err != nil {
		return fmt.Errorf("outbox: %s %s: %w", kind, id, err)
	}
	entity := id
	if before := about.Contact + about.Corrects; before != "" {
		entity = before
		err := tx.QueryRowContext(ctx, "SELECT entity FROM outbox WHERE id = ?", before).Scan(&entity)
		if err != nil && !errors.Is(err, sql.ErrNoRows) {
			return err
		}
	}
	_, err := tx.ExecContext(ctx, "INSERT INTO outbox (id, type, entity, payload, sha256, state, created_at) VALUES (?, ?, ?, ?, ?, 'queued', ?)",
		id, kind, entity, line, wire.Hash(line), utc(at))
	return err
}

func utc(t time.Time) string { return t.UTC().Format(time.RFC3339Nano) }

// due is when a try at t is allowed: its time has come, or was set by a clock
// that ran ahead.
const due = "(next_try <= ?1 OR next_try > ?2)"

// NextBatch returns what is to be sent at t; see exchange.Outbox.
func (o *Office) NextBatch(ctx context.Context, t time.Time, maxItems int) (exchange.Batch, error) {
	var b exchange.Batch
	now, far := t.UnixMilli(), t.Add(farthestTry).UnixMilli()
	err := o.f.write(ctx, func(tx *sql.Tx) error {
		var ready bool
		err := tx.QueryRowContext(ctx, "SELECT id, audit_head, attempts, "+due+" FROM upload_batch LIMIT 1", now, far).Scan(&b.ID, &b.AuditHead, &b.Attempts, &ready)
		switch {
		case errors.Is(err, sql.ErrNoRows):
			b, err = newBatch(ctx, tx, now, far, maxItems)
			return err
		case err != nil:
			return err
		case !ready:
			b = exchange.Batch{}
			return nil
		}
		b.Items, err = items(ctx, tx, "batch = ?1", b.ID)
		return err
	})
	return b, err
}

func newBatch(ctx context.Context, tx *sql.Tx, now, far int64, maxItems int) (exchange.Batch, error) {
	var b exchange.Batch
	// What is refused, waits for a later try or goes alone holds what came
	// after it about the same thing, and nothing else.
	list, err := items(ctx, tx, `state = 'queued' AND `+due+` AND attempts < ?4 AND NOT EXISTS (SELECT 1 FROM outbox f
		WHERE f.entity = o.entity AND f.seq < o.seq
			AND (f.state = 'quarantined' OR f.state = 'queued' AND (f.next_try > ?1 AND f.next_try <= ?2 OR f.attempts >= ?4)))`, now, far, maxItems, exchange.AloneAfter)
	if err == nil && len(list) == 0 {
		list, err = items(ctx, tx, `id = (SELECT o.id FROM outbox o WHERE state = 'queued' AND `+due+` AND NOT EXISTS (SELECT 1 FROM outbox f
			WHERE f.entity = o.entity AND f.seq < o.seq AND f.state IN ('quarantined', 'queued')) ORDER BY attempts, seq LIMIT 1)`, now, far)
	}
	if err != nil || len(list) == 0 {
		return b, err
	}
	id, err := uuid.NewV7()
	if err != nil {
		return b, err
	}
	b.ID = id.String()
	size := 0
	for _, item := range list {
		if size += len(item.Payload) + itemOverhead; size > wire.MaxBatchBytes && len(b.Items) > 0 {
			break
		}
		b.Items = append(b.Items, item)
		if _, err := tx.ExecContext(ctx, "UPDATE outbox SET state = 'sent', batch = ? WHERE id = ?", b.ID, item.ID); err != nil {
			return b, err
		}
	}
	if b.AuditHead, err = auditHead(ctx, tx); err != nil {
		return b, err
	}
	_, err = tx.ExecContext(ctx, "INSERT INTO upload_batch (id, audit_head, attempts, next_try) VALUES (?, ?, 0, 0)", b.ID, b.AuditHead)
	return b, err
}

// items reads uploads in their order; a third argument bounds their number.
func items(ctx context.Context, q querier, where string, args ...any) ([]exchange.Item, error) {
	query := "SELECT id, type, sha256, payload, attempts FROM outbox o WHERE " + where + " ORDER BY seq"
	if len(args) > 2 {
		query += " LIMIT ?3"
	}
	var list []exchange.Item
	err := each(ctx, q, query, func(scan func(...any) error) error {
		var i exchange.Item
		err := scan(&i.ID, &i.Type, &i.SHA256, &i.Payload, &i.Attempts)
		list = append(list, i)
		return err
	}, args...)
	return list, err
}

// Settle ends a batch; see exchange.Outbox.
func (o *Office) Settle(ctx context.Context, batch string, outcomes []exchange.Outcome, at time.Time) error {
	return o.f.write(ctx, func(tx *sql.Tx) error {
		for _, c := range outcomes {
			if err := settle(ctx, tx, batch, c, at); err != nil {
				return err
			}
		}
		return dissolve(ctx, tx, batch)
	})
}

func settle(ctx context.Context, tx *sql.Tx, batch string, c exchange.Outcome, at time.Time) error {
	if c.State == exchange.StateQueued {
		least := 0
		if c.Alone {
			least = exchange.AloneAfter
		}
		_, err := tx.ExecContext(ctx, "UPDATE outbox SET state = 'queued', batch = '', attempts = max(attempts + 1, ?), next_try = ? WHERE id = ? AND batch = ?",
			least, c.Until.UnixMilli(), c.ID, batch)
		return err
	}
	params := ""
	if len(c.Params) > 0 {
		text, err := json.Marshal(c.Params)
		if err != nil {
			return err
		}
		params = string(text)
	}
	_, err := tx.ExecContext(ctx, "UPDATE outbox SET state = ?, batch = '', settled_at = ?, epoch = ?, problem = ?, params = ? WHERE id = ? AND batch = ?",
		c.State, utc(at), c.Epoch, string(c.Problem), params, c.ID, batch)
	return err
}

// Dissolve takes a batch back: its items wait again.
func (o *Office) Dissolve(ctx context.Context, batch string) error {
	return o.f.write(ctx, func(tx *sql.Tx) error { return dissolve(ctx, tx, batch) })
}

func dissolve(ctx context.Context, tx *sql.Tx, batch string) error {
	if _, err := tx.ExecContext(ctx, "UPDATE outbox SET state = 'queued', batch = '' WHERE batch = ? AND batch <> ''", batch); err != nil {
		return err
	}
	_, err := tx.ExecContext(ctx, "DELETE FROM upload_batch WHERE id = ?", batch)
	return err
}

// Postpone notes a try that did not get through.
func (o *Office) Postpone(ctx context.Context, batch string, until time.Time) error {
	return o.f.write(ctx, func(tx *sql.Tx) error {
		_, err := tx.ExecContext(ctx, "UPDATE upload_batch SET attempts = attempts + 1, next_try = ? WHERE id = ?", until.UnixMilli(), batch)
		return err
	})
}

// RetryNow makes everything that waits for a later try due.
func (o *Office) RetryNow(ctx context.Context) error {
	return o.f.write(ctx, func(tx *sql.Tx) error {
		_, err := tx.ExecContext(ctx, "UPDATE upload_batch SET next_try = 0 WHERE next_try <> 0")
		if err == nil {
			_, err = tx.ExecContext(ctx, "UPDATE outbox SET next_try = 0 WHERE state = 'queued' AND next_try <> 0")
		}
		return err
	})
}

// Counts returns how much waits, as a person counts it (a contact and its
// note are one, the office's keys none), and how many uploads are in
// quarantine.
func (o *Office) Counts(ctx context.Context) (waiting, quarantined int, err error) {
	err = o.f.ro.QueryRowContext(ctx, `SELECT count(*) FILTER (WHERE state <> 'quarantined' AND type <> 'key_envelope' AND NOT (type = 'contact_private' AND EXISTS (
				SELECT 1 FROM outbox c WHERE c.entity = o.entity AND c.type = 'contact' AND c.state IN ('queued', 'sent')))),
			count(*) FILTER (WHERE state = 'quarantined')
		FROM outbox o WHERE state IN ('queued', 'sent', 'quarantined')`).Scan(&waiting, &quarantined)
	return waiting, quarantined, fault(err, o.f.path)
}

// Waiting returns what waits, oldest first, whenever it is to be tried: for
// the way by USB.
func (o *Office) Waiting(ctx context.Context) ([]exchange.Item, error) {
	list, err := items(ctx, o.f.ro, "state IN ('queued', 'sent')")
	return list, fault(err, o.f.path)
}

// ReceiptsCursor returns up to where receipts were read.
func (o *Office) ReceiptsCursor(ctx context.Context) (string, error) {
	return o.Setting(ctx, settingReceipts)
}

// SetReceipts stores a page of receipts; see exchange.Outbox.
func (o *Office) SetReceipts(ctx context.Context, page wire.Receipts, epoch string, at time.Time) error {
	return o.f.write(ctx, func(tx *sql.Tx) error {
		if page.NextCursor != "" {
			if _, err := tx.ExecContext(ctx, "INSERT INTO receipt_page (cursor) VALUES (?) ON CONFLICT DO NOTHING", page.NextCursor); err != nil {
				return err
			}
		}
		for _, r := range page.Items {
			if err := receive(ctx, tx, r, page.NextCursor, epoch, at); err != nil {
				return err
			}
		}
		if page.DurableUpto != "" {
			if _, err := tx.ExecContext(ctx, `INSERT INTO setting (key, value) SELECT ?, n FROM receipt_page WHERE cursor = ?
				ON CONFLICT (key) DO UPDATE SET value = max(CAST(value AS INTEGER), CAST(excluded.value AS INTEGER))`, settingDurable, page.DurableUpto); err != nil {
				return err
			}
		}
		return setSetting(ctx, tx, settingReceipts, page.NextCursor)
	})
}

// receive stores a receipt. What still waits is at the hub then, whichever
// way it went; a batch that had it is taken back.
func receive(ctx context.Context, tx *sql.Tx, r wire.Receipt, cursor, epoch string, at time.Time) error {
	if _, err := tx.ExecContext(ctx, `INSERT OR REPLACE INTO receipt (id, type, sha256, state, received_at, page)
		VALUES (?, ?, ?, ?, ?, coalesce((SELECT n FROM receipt_page WHERE cursor = ?), 0))`, r.ID, r.Type, r.SHA256, r.State, utc(r.ReceivedAt), cursor); err != nil {
		return err
	}
	var batch string
	err := tx.QueryRowContext(ctx, "SELECT batch FROM outbox WHERE id = ? AND sha256 = ? AND state IN ('queued', 'sent')", r.ID, r.SHA256).Scan(&batch)
	if errors.Is(err, sql.ErrNoRows) {
		_, err = tx.ExecContext(ctx, "UPDATE outbox SET epoch = ? WHERE id = ? AND sha256 = ? AND state = 'acked'", epoch, r.ID, r.SHA256)
		return err
	}
	if err != nil {
		return err
	}
	if err := dissolve(ctx, tx, batch); err != nil {
		return err
	}
	_, err = tx.ExecContext(ctx, "UPDATE outbox SET state = 'acked', settled_at = ?, epoch = ? WHERE id = ?", utc(at), epoch, r.ID)
	return err
}

// ForgetReceipts begins with the first page again.
func (o *Office) ForgetReceipts(ctx context.Context) error {
	return o.f.write(ctx, func(tx *sql.Tx) error { return forgetReceipts(ctx, tx) })
}

func forgetReceipts(ctx context.Context, tx *sql.Tx) error {
	for _, q := range []string{
		"DELETE FROM receipt", "DELETE FROM receipt_page", "DELETE FROM setting WHERE key IN ('" + settingReceipts + "', '" + settingDurable + "')",
	} {
		if _, err := tx.ExecContext(ctx, q); err != nil {
			return err
		}
	}
	return nil
}

// Requeue lets acked items that have no receipt wait again, under a batch of
// another name: the hub that answered for the old one is no more.
func (o *Office) Requeue(ctx context.Context, epoch string) (int, error) {
	var n int64
	err := o.f.write(ctx, func(tx *sql.Tx) error {
		res, err := tx.ExecContext(ctx, `UPDATE outbox SET state = 'queued', attempts = 0, next_try = 0, epoch = '', settled_at = ''
			WHERE state = 'acked' AND (epoch = '' OR epoch <> ?)
				AND NOT EXISTS (SELECT 1 FROM receipt r WHERE r.id = outbox.id AND r.sha256 = outbox.sha256)`, epoch)
		if err != nil {
			return err
		}
		n, err = res.RowsAffected()
		return err
	})
	return int(n), err
}

// Prune removes acked items that are durable and were settled before t.
func (o *Office) Prune(ctx context.Context, t time.Time) (int, error) {
	var n int64
	err := o.f.write(ctx, func(tx *sql.Tx) error {
		res, err := tx.ExecContext(ctx, `DELETE FROM outbox WHERE state = 'acked' AND unixepoch(settled_at) < ?1 AND EXISTS (SELECT 1 FROM receipt r
			WHERE r.id = outbox.id AND r.sha256 = outbox.sha256 AND r.page > 0
				AND r.page <= (SELECT CAST(value AS INTEGER) FROM setting WHERE key = ?2))`, t.Unix(), settingDurable)
		if err != nil {
			return err
		}
		n, err = res.RowsAffected()
		return err
	})
	return int(n), err
}
