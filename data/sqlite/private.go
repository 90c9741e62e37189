package sqlite

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"github.com/google/uuid"

	"polis/app"
	"polis/app/exchange"
	"polis/data/wire"
)

const settingPrivate = "exchange.private_cursor"

// PrivateCursor returns up to where the private way down was read.
func (o *Office) PrivateCursor(ctx context.Context) (string, error) {
	return o.Setting(ctx, settingPrivate)
}

// ApplyPrivate stores a page and its cursor; see exchange.Outbox. The order
// of pages does not matter: contacts and follow-ups are never changed, of
// everything else the higher version stays.
func (o *Office) ApplyPrivate(ctx context.Context, p exchange.PrivatePage) error {
	return o.f.write(ctx, func(tx *sql.Tx) error {
		if p.Anew { // the versions of a hub that began anew may be lower
			if _, err := tx.ExecContext(ctx, "UPDATE private_line SET version = 0"); err != nil {
				return err
			}
		}
		for _, l := range p.Lines {
			if err := o.applyLine(ctx, tx, l); err != nil {
				return err
			}
		}
		if p.Last {
			if _, err := tx.ExecContext(ctx, "DELETE FROM private_line WHERE version = 0 AND type IN (?, ?)", wire.TypeOperator, wire.TypeDevice); err != nil {
				return err
			}
		}
		return setSetting(ctx, tx, settingPrivate, p.Cursor)
	})
}

func (o *Office) applyLine(ctx context.Context, tx *sql.Tx, l wire.Change) error {
	if l.Deleted {
		_, err := tx.ExecContext(ctx, "DELETE FROM private_line WHERE type = ? AND id = ? AND version < ?", l.Type, l.ID, l.Version)
		return err
	}
	switch l.Type {
	case wire.TypeContact:
		c, err := wire.DecodeContact(l.Line)
		if err != nil {
			return err
		}
		return o.insertContact(ctx, tx, c, l.Line, false)
	case wire.TypeFollowUp:
		var f wire.FollowUp
		if err := json.Unmarshal(l.Line, &f); err != nil {
			return fmt.Errorf("follow-up %s: %w", l.ID, err)
		}
		return insertFollowUp(ctx, tx, f, l.Line)
	}
	_, err := tx.ExecContext(ctx, `INSERT INTO private_line (type, id, version, line) VALUES (?, ?, ?, ?)
		ON CONFLICT (type, id) DO UPDATE SET version = excluded.version, line = excluded.line WHERE excluded.version > private_line.version`,
		l.Type, l.ID, l.Version, l.Line)
	return err
}

// insertContact stores a contact. One of a colleague that is here already is
// our own that came back, or the same again.
func (o *Office) insertContact(ctx context.Context, tx *sql.Tx, c app.Contact, line []byte, own bool) error {
	query := "INSERT INTO contact (id, number, visit, day, recorded_at, corrects, line, own) VALUES (?, ?, ?, ?, ?, ?, ?, ?)"
	if !own {
		query += " ON CONFLICT DO NOTHING"
	}
	_, err := tx.ExecContext(ctx, query, c.ID, c.Number, c.Visit, c.RecordedAt.In(o.loc).Format(time.DateOnly), utc(c.RecordedAt), c.Corrects, line, own)
	return err
}

func insertFollowUp(ctx context.Context, tx *sql.Tx, f wire.FollowUp, line []byte) error {
	_, err := tx.ExecContext(ctx, "INSERT INTO follow_up (id, contact, recorded_at, line) VALUES (?, ?, ?, ?) ON CONFLICT DO NOTHING",
		f.ID, f.Contact, utc(f.RecordedAt), line)
	return err
}

// PrivateLines returns what the private way down brought of a type.
func (o *Office) PrivateLines(ctx context.Context, kind string) ([][]byte, error) {
	var lines [][]byte
	err := each(ctx, o.f.ro, "SELECT line FROM private_line WHERE type = ? ORDER BY id", func(scan func(...any) error) error {
		var line []byte
		err := scan(&line)
		lines = append(lines, line)
		return err
	}, kind)
	return lines, fault(err, o.f.path)
}

// CloseFollowUp notes that the call that a contact promised was made and
// queues it for the hub; one that is closed already stays as it is. Any
// workstation of the office may do so. CodeNotFound when there is no such
// contact or it promised nothing.
func (o *Office) CloseFollowUp(ctx context.Context, contact, operator string, at time.Time) error {
	return o.f.write(ctx, func(tx *sql.Tx) error {
		var line []byte
		var closed bool
		err := tx.QueryRowContext(ctx, "SELECT line, EXISTS (SELECT 1 FROM follow_up f WHERE f.contact = c.id) FROM contact c WHERE id = ?", contact).Scan(&line, &closed)
		if errors.Is(err, sql.ErrNoRows) {
			return app.Fault(app.CodeNotFound, nil, "what", contact)
		}
		if err != nil || closed {
			return err
		}
		c, err := wire.DecodeContact(line)
		if err != nil {
			return err
		}
		if c.FollowUp == nil {
			return app.Fault(app.CodeNotFound, errors.New("no follow-up was promised"), "what", c.Number)
		}
		id, err := uuid.NewV7()
		if err != nil {
			return err
		}
		f := wire.FollowUp{
			Type: wire.TypeFollowUp, ID: id.String(), Contact: c.ID, Authority: c.Authority, Office: c.Office, Operator: operator, RecordedAt: at.UTC(),
		}
		text, err := wire.Marshal(f)
		if err != nil {
			return err
		}
		if err := insertFollowUp(ctx, tx, f, text); err != nil {
			return err
		}
		return enqueue(ctx, tx, wire.TypeFollowUp, f.ID, text, at)
	})
}
