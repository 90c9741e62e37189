package sqlite

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"polis/app"
	"polis/app/exchange"
)

// Quarantine lists what the hub refused, oldest first.
func (o *Office) Quarantine(ctx context.Context) ([]exchange.QuarantinedItem, error) {
	var list []exchange.QuarantinedItem
	err := each(ctx, o.f.ro, `SELECT o.id, o.type, coalesce(c.number, ''), o.created_at, o.settled_at, o.problem, o.params,
			(SELECT count(*) FROM outbox f WHERE f.entity = o.entity AND f.seq > o.seq AND f.state = 'queued')
		FROM outbox o LEFT JOIN contact c ON c.id = o.entity WHERE o.state = 'quarantined' ORDER BY o.seq`, func(scan func(...any) error) error {
		var q exchange.QuarantinedItem
		var created, settled, params string
		if err := scan(&q.ID, &q.Type, &q.Contact, &created, &settled, &q.Reason, &params, &q.Held); err != nil {
			return err
		}
		var err error
		if q.RecordedAt, err = time.Parse(time.RFC3339Nano, created); err != nil {
			return fmt.Errorf("outbox %s: %w", q.ID, err)
		}
		if q.At, err = time.Parse(time.RFC3339Nano, settled); err != nil {
			return fmt.Errorf("outbox %s: %w", q.ID, err)
		}
		if params != "" {
			if err := json.Unmarshal([]byte(params), &q.Params); err != nil {
				return fmt.Errorf("outbox %s: %w", q.ID, err)
			}
		}
		list = append(list, q)
		return nil
	})
	return list, fault(err, o.f.path)
}

// Retry lets an item in quarantine wait again, with what else of its entity
// is in quarantine. CodeNotFound.
func (o *Office) Retry(ctx context.Context, id string) error {
	return o.release(ctx, id, `UPDATE outbox SET state = 'queued', attempts = 0, next_try = 0, problem = '', params = '', settled_at = ''
		WHERE state = 'quarantined' AND entity = (SELECT entity FROM outbox WHERE id = ? AND state = 'quarantined')`)
}

// Discard gives an item in quarantine up: it stays in the file, marked, and
// what waited behind it goes on. CodeNotFound.
func (o *Office) Discard(ctx context.Context, id string) error {
	return o.release(ctx, id, "UPDATE outbox SET state = 'discarded' WHERE state = 'quarantined' AND id = ?")
}

func (o *Office) release(ctx context.Context, id, query string) error {
	return o.f.write(ctx, func(tx *sql.Tx) error {
		res, err := tx.ExecContext(ctx, query, id)
		if err != nil {
			return err
		}
		n, err := res.RowsAffected()
		if err == nil && n == 0 {
			return app.Fault(app.CodeNotFound, errors.New("not in quarantine"), "what", id)
		}
		return err
	})
}
