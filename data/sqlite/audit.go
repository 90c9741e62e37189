package sqlite

import (
	"context"
	"crypto/sha256"
	"database/sql"
	"encoding/hex"
	"errors"
	"strconv"
	"strings"
	"time"

	"polis/app"
)

// Audit appends a line to the audit: what was done, by whom and about what,
// as opaque identifiers.
func (o *Office) Audit(ctx context.Context, kind, operator, object string, at time.Time) error {
	return o.f.write(ctx, func(tx *sql.Tx) error { return audit(ctx, tx, kind, operator, object, at) })
}

// audit appends a line in the transaction of what it tells about.
func audit(ctx context.Context, tx *sql.Tx, kind, operator, object string, at time.Time) error {
	before, err := auditHead(ctx, tx)
	if err != nil {
		return err
	}
	when := at.UTC().Format(time.RFC3339Nano)
	_, err = tx.ExecContext(ctx, "INSERT INTO audit (at, kind, operator, object, hash) VALUES (?, ?, ?, ?, ?)",
		when, kind, operator, object, auditHash(before, when, kind, operator, object))
	return err
}

// auditHash chains a line to the one before; lengths keep fields apart.
func auditHash(before string, fields ...string) string {
	var b strings.Builder
	b.WriteString(before)
	for _, f := range fields {
		b.WriteString("|" + strconv.Itoa(len(f)) + ":" + f)
	}
	sum := sha256.Sum256([]byte(b.String()))
	return hex.EncodeToString(sum[:])
}

// AuditHead returns the hash of the last line, "" when there is none. It goes
// up with every batch: who cuts the end off contradicts the hub.
func (o *Office) AuditHead(ctx context.Context) (string, error) {
	head, err := auditHead(ctx, o.f.ro)
	return head, fault(err, o.f.path)
}

func auditHead(ctx context.Context, q querier) (head string, err error) {
	err = q.QueryRowContext(ctx, "SELECT hash FROM audit ORDER BY seq DESC LIMIT 1").Scan(&head)
	if errors.Is(err, sql.ErrNoRows) {
		return "", nil
	}
	return head, err
}

// CheckAudit reads the whole chain and returns how many lines it has.
// CodeAuditBroken names the first line that does not hold.
func (o *Office) CheckAudit(ctx context.Context) (lines int, err error) {
	broken := func(n int) error { return app.Fault(app.CodeAuditBroken, nil, "n", strconv.Itoa(n)) }
	before := ""
	err = each(ctx, o.f.ro, "SELECT seq, at, kind, operator, object, hash FROM audit ORDER BY seq", func(scan func(...any) error) error {
		var seq int
		var at, kind, operator, object, hash string
		if err := scan(&seq, &at, &kind, &operator, &object, &hash); err != nil {
			return err
		}
		lines++
		if seq != lines || hash != auditHash(before, at, kind, operator, object) {
			return broken(lines)
		}
		before = hash
		return nil
	})
	if err != nil {
		return lines, fault(err, o.f.path)
	}
	var last int // the counter of the table knows lines that were cut off at the end
	err = o.f.ro.QueryRowContext(ctx, "SELECT coalesce(max(seq), 0) FROM sqlite_sequence WHERE name = 'audit'").Scan(&last)
	if err == nil && last != lines {
		err = broken(lines + 1)
	}
	return lines, fault(err, o.f.path)
}
