package sqlite

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"time"

	"polis/app/exchange"
	"polis/data/wire"
)

// Names of settings that the exchange keeps.
const (
	settingLastSync = "exchange.last_sync"
	settingReceipts = "exchange.receipts_cursor"
)

// farthestTry is farther away than any try is postponed: a time beyond it was
// set by a clock that ran ahead.
const farthestTry = 24 * time.Hour

// enqueue freezes an upload in the transaction of what it tells about: line
// are its canonical bytes.
func enqueue(ctx context.Context, tx *sql.Tx, kind, id string, line []byte, at time.Time) error {
	_, err := tx.ExecContext(ctx, "INSERT INTO outbox (id, type, payload, sha256, state, created_at) VALUES (?, ?, ?, ?, 'queued', ?)",
		id, kind, line, wire.Hash(line), at.UTC().Format(time.RFC3339Nano))
	return err
}

// Waiting returns the uploads that may be tried at t, oldest first.
func (o *Office) Waiting(ctx context.Context, t time.Time, limit int) (items []exchange.Item, err error) {
	rows, err := o.f.ro.QueryContext(ctx, `SELECT id, type, payload, attempts FROM outbox
		WHERE state IN ('queued', 'sent') AND (next_try <= ? OR next_try > ?) ORDER BY seq LIMIT ?`,
		t.UnixMilli(), t.Add(farthestTry).UnixMilli(), limit)
	if err != nil {
		return nil, fault(err, o.f.path)
	}
	defer func() { err = errors.Join(err, rows.Close()) }()
	for rows.Next() {
		var i exchange.Item
		if err := rows.Scan(&i.ID, &i.Type, &i.Payload, &i.Attempts); err != nil {
			return nil, fault(err, o.f.path)
		}
		items = append(items, i)
	}
	return items, fault(rows.Err(), o.f.path)
}

// Acked notes that the hub has the item.
func (o *Office) Acked(ctx context.Context, id string, at time.Time) error {
	return o.settle(ctx, id, "acked", "", at)
}

// Quarantined takes the item out of the queue, with the reason, for a person
// to look at.
func (o *Office) Quarantined(ctx context.Context, id, reason string, at time.Time) error {
	return o.settle(ctx, id, "quarantined", reason, at)
}

func (o *Office) settle(ctx context.Context, id, state, problem string, at time.Time) error {
	return o.f.write(ctx, func(tx *sql.Tx) error {
		res, err := tx.ExecContext(ctx, "UPDATE outbox SET state = ?, problem = ?, settled_at = ? WHERE id = ?",
			state, problem, at.UTC().Format(time.RFC3339Nano), id)
		if err != nil {
			return err
		}
		if n, err := res.RowsAffected(); err != nil || n != 1 {
			return fmt.Errorf("outbox: %s is not there (%w)", id, err)
		}
		return nil
	})
}

// Postponed notes a try that did not get through.
func (o *Office) Postponed(ctx context.Context, id string, until time.Time) error {
	return o.f.write(ctx, func(tx *sql.Tx) error {
		_, err := tx.ExecContext(ctx, "UPDATE outbox SET state = 'sent', attempts = attempts + 1, next_try = ? WHERE id = ? AND state IN ('queued', 'sent')",
			until.UnixMilli(), id)
		return err
	})
}

// Counts returns how many uploads wait and how many are in quarantine.
func (o *Office) Counts(ctx context.Context) (waiting, quarantined int, err error) {
	err = o.f.ro.QueryRowContext(ctx, `SELECT count(*) FILTER (WHERE state IN ('queued', 'sent')), count(*) FILTER (WHERE state = 'quarantined')
		FROM outbox WHERE state <> 'acked'`).Scan(&waiting, &quarantined)
	return waiting, quarantined, fault(err, o.f.path)
}

// LastSync returns when the catalogue was last found or made current.
func (o *Office) LastSync(ctx context.Context) (time.Time, error) {
	text, err := o.Setting(ctx, settingLastSync)
	if err != nil || text == "" {
		return time.Time{}, err
	}
	t, err := time.Parse(time.RFC3339Nano, text)
	if err != nil {
		return time.Time{}, fmt.Errorf("last sync: %w", err)
	}
	return t, nil
}

// SetLastSync stores it.
func (o *Office) SetLastSync(ctx context.Context, t time.Time) error {
	return o.SetSetting(ctx, settingLastSync, t.UTC().Format(time.RFC3339Nano))
}

// ReceiptsCursor returns up to where receipts were read.
func (o *Office) ReceiptsCursor(ctx context.Context) (string, error) {
	return o.Setting(ctx, settingReceipts)
}

// SetReceipts stores receipts and the cursor behind them.
func (o *Office) SetReceipts(ctx context.Context, receipts []wire.Receipt, cursor string) error {
	return o.f.write(ctx, func(tx *sql.Tx) error {
		for _, r := range receipts {
			if _, err := tx.ExecContext(ctx, "INSERT OR REPLACE INTO receipt (id, type, sha256, state, received_at) VALUES (?, ?, ?, ?, ?)",
				r.ID, r.Type, r.SHA256, r.State, r.ReceivedAt.UTC().Format(time.RFC3339Nano)); err != nil {
				return err
			}
		}
		return setSetting(ctx, tx, settingReceipts, cursor)
	})
}
