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
	"polis/app/contacts"
	"polis/data/secret"
	"polis/data/wire"
)

// sealedPart is what is inside ContactPrivate.Sealed.
type sealedPart struct {
	Note     string       `json:"note"`
	Identity app.Identity `json:"identity"`
}

// monthOf is the month under whose key a contact's personal data lie.
func monthOf(recorded time.Time) string { return recorded.UTC().Format("2006-01") }

// keepPersonal stores what a contact says about a person, in the contact's
// own transaction, and queues it for the office's other workstations. While
// this computer's keys do not open it is kept as it is: Tend seals it later.
func (o *Office) keepPersonal(ctx context.Context, tx *sql.Tx, c app.Contact, p app.Personal) error {
	if p == (app.Personal{}) {
		return nil
	}
	err := o.sealPersonal(ctx, tx, c.ID, monthOf(c.RecordedAt), p)
	if noKeys(err) {
		_, err = tx.ExecContext(ctx, "INSERT INTO contact_note (contact, note, name, phone, email) VALUES (?, ?, ?, ?, ?)",
			c.ID, p.Note, p.Identity.Name, p.Identity.Phone, p.Identity.Email)
	}
	if err != nil {
		return err
	}
	s, err := o.situation(ctx, tx)
	if err != nil || !s.device.Enrolled() { // of the demonstration nothing travels
		return err
	}
	if public := s.sealing(); public != "" {
		return o.enqueuePrivate(ctx, tx, public, c, p)
	}
	_, err = tx.ExecContext(ctx, "INSERT INTO private_wait (contact) VALUES (?)", c.ID)
	return err
}

// noKeys reports that this computer's own keys do not open.
func noKeys(err error) bool {
	code := app.ErrorCode(err)
	return errors.Is(err, errNoKeys) || code == app.CodeKeyLocked || code == app.CodeFile
}

func (o *Office) enqueuePrivate(ctx context.Context, tx *sql.Tx, public string, c app.Contact, p app.Personal) error {
	text, err := json.Marshal(sealedPart{Note: p.Note, Identity: p.Identity})
	if err != nil {
		return err
	}
	sealed, err := secret.SealTo(public, text)
	if err != nil {
		return err
	}
	id, err := uuid.NewV7()
	if err != nil {
		return err
	}
	line, err := wire.Marshal(wire.ContactPrivate{
		Type: wire.TypeContactPrivate, ID: id.String(), Contact: c.ID, Authority: c.Authority, Office: c.Office, Operator: c.Operator,
		Key: public, Sealed: sealed, RecordedAt: c.RecordedAt.UTC(),
	})
	if err != nil {
		return err
	}
	return enqueue(ctx, tx, wire.TypeContactPrivate, id.String(), line, c.RecordedAt)
}

// sendPrivate queues what waited for the office's key.
func (o *Office) sendPrivate(ctx context.Context, tx *sql.Tx, s *situation) error {
	public := s.sealing()
	if public == "" {
		return nil
	}
	var waiting []app.Contact
	err := each(ctx, tx, "SELECT c.line FROM private_wait w JOIN contact c ON c.id = w.contact ORDER BY c.id", func(scan func(...any) error) error {
		var line []byte
		if err := scan(&line); err != nil {
			return err
		}
		c, err := wire.DecodeContact(line)
		waiting = append(waiting, c)
		return err
	})
	if err != nil {
		return err
	}
	months := map[string][]byte{}
	for _, c := range waiting {
		p, known, err := o.personal(ctx, tx, c.ID, months)
		if err != nil {
			return err
		}
		if known && p != (app.Personal{}) { // what retention destroyed does not travel any more
			if err := o.enqueuePrivate(ctx, tx, public, c, p); err != nil {
				return err
			}
		}
		if _, err := tx.ExecContext(ctx, "DELETE FROM private_wait WHERE contact = ?", c.ID); err != nil {
			return err
		}
	}
	return nil
}

// personalColumns are the sealed fields, in the order of fieldsOf.
func personalColumns() []string { return []string{"note", "name", "phone", "email"} }

func fieldsOf(p *app.Personal) []*string {
	return []*string{&p.Note, &p.Identity.Name, &p.Identity.Phone, &p.Identity.Email}
}

func fieldPlace(column, contact string) string { return "contact_sealed|" + column + "|" + contact }

// sealPersonal stores a contact's personal data under its month's key.
func (o *Office) sealPersonal(ctx context.Context, tx *sql.Tx, contact, month string, p app.Personal) error {
	key, err := o.monthKey(ctx, tx, month, true)
	for range 3 { // a key under another KEK is left alone, for who has that KEK
		if err == nil || noKeys(err) {
			break
		}
		month += "+"
		key, err = o.monthKey(ctx, tx, month, true)
	}
	if err != nil {
		return err
	}
	args := []any{contact, month}
	for i, f := range fieldsOf(&p) {
		sealed := []byte{}
		if *f != "" {
			if sealed, err = secret.Seal(key, []byte(*f), fieldPlace(personalColumns()[i], contact)); err != nil {
				return err
			}
		}
		args = append(args, sealed)
	}
	_, err = tx.ExecContext(ctx, "INSERT INTO contact_sealed (contact, month, note, name, phone, email) VALUES (?, ?, ?, ?, ?, ?)", args...)
	return err
}

// monthKey returns the data key of a month, nil when there is none and none
// is to be made.
func (o *Office) monthKey(ctx context.Context, q querier, month string, create bool) ([]byte, error) {
	if o.keys == nil {
		return nil, errNoKeys
	}
	var wrapped []byte
	err := each(ctx, q, "SELECT wrapped FROM data_key WHERE month = ?", func(scan func(...any) error) error { return scan(&wrapped) }, month)
	if err != nil {
		return nil, err
	}
	place := "data_key|wrapped|" + month
	if wrapped != nil {
		return o.keys.Unwrap(wrapped, place)
	}
	tx, ok := q.(*sql.Tx)
	if !create || !ok {
		return nil, nil
	}
	key := secret.NewKey()
	if wrapped, err = o.keys.Wrap(key, place); err != nil {
		return nil, err
	}
	_, err = tx.ExecContext(ctx, "INSERT INTO data_key (month, wrapped) VALUES (?, ?)", month, wrapped)
	return key, err
}

// sealNotes seals what lies open and overwrites it (secure_delete).
func (o *Office) sealNotes(ctx context.Context, tx *sql.Tx) (n int, err error) {
	type open struct {
		contact, month string
		p              app.Personal
	}
	var all []open
	err = each(ctx, tx, "SELECT n.contact, c.recorded_at, n.note, n.name, n.phone, n.email FROM contact_note n JOIN contact c ON c.id = n.contact",
		func(scan func(...any) error) error {
			var r open
			var recorded string
			args := []any{&r.contact, &recorded}
			for _, f := range fieldsOf(&r.p) {
				args = append(args, f)
			}
			if err := scan(args...); err != nil {
				return err
			}
			at, err := time.Parse(time.RFC3339Nano, recorded)
			r.month = monthOf(at)
			all = append(all, r)
			return err
		})
	if err != nil {
		return 0, err
	}
	for _, r := range all {
		if err := o.sealPersonal(ctx, tx, r.contact, r.month, r.p); err != nil {
			return 0, err
		}
		if _, err := tx.ExecContext(ctx, "DELETE FROM contact_note WHERE contact = ?", r.contact); err != nil {
			return 0, err
		}
	}
	return len(all), nil
}

// personal returns what a contact of this workstation says about a person;
// known is false when there is something that does not open any more.
func (o *Office) personal(ctx context.Context, q querier, contact string, months map[string][]byte) (p app.Personal, known bool, err error) {
	var month string
	sealed := make([][]byte, len(personalColumns()))
	found := false
	err = each(ctx, q, "SELECT month, note, name, phone, email FROM contact_sealed WHERE contact = ?", func(scan func(...any) error) error {
		found = true
		args := []any{&month}
		for i := range sealed {
			args = append(args, &sealed[i])
		}
		return scan(args...)
	}, contact)
	if err != nil || !found {
		return p, true, err
	}
	key, ok := months[month]
	if !ok {
		if key, err = o.monthKey(ctx, q, month, false); err != nil {
			key = nil // the computer's keys do not open: said in words, once per contact
		}
		months[month] = key
	}
	if key == nil {
		return p, false, nil
	}
	for i, f := range fieldsOf(&p) {
		if len(sealed[i]) == 0 {
			continue
		}
		text, err := secret.Open(key, sealed[i], fieldPlace(personalColumns()[i], contact))
		if err != nil {
			return app.Personal{}, false, nil //nolint:nilerr // said in words where it is shown
		}
		*f = string(text)
	}
	return p, true, nil
}

// openPersonal completes entries with notes and identities: our own, and what
// colleagues sealed to the office.
func (o *Office) openPersonal(ctx context.Context, entries []contacts.Entry) error {
	held, err := o.officeKeys(ctx, o.f.ro)
	if err != nil {
		return err
	}
	months := map[string][]byte{}
	for i := range entries {
		e := &entries[i]
		if e.Note != "" || e.Identity != (app.Identity{}) { // it lies open still
			continue
		}
		p, known, err := o.personal(ctx, o.f.ro, e.ID, months)
		if err == nil && known && p == (app.Personal{}) {
			p, known, err = o.fromColleague(ctx, e.ID, held)
		}
		if err != nil {
			return err
		}
		e.Note, e.Identity, e.Unreadable = p.Note, p.Identity, !known
	}
	return nil
}

// fromColleague opens what another workstation of the office sealed about a
// contact; of several the newest counts.
func (o *Office) fromColleague(ctx context.Context, contact string, held keyRing) (p app.Personal, known bool, err error) {
	known = true
	err = each(ctx, o.f.ro, `SELECT line FROM private_line WHERE type = 'contact_private' AND CAST(line AS TEXT) ->> 'contact' = ? ORDER BY id`,
		func(scan func(...any) error) error {
			var line []byte
			if err := scan(&line); err != nil {
				return err
			}
			var c wire.ContactPrivate
			if err := json.Unmarshal(line, &c); err != nil {
				return fmt.Errorf("contact_private: %w", err)
			}
			var inside sealedPart
			plain := held.open(c.Sealed)
			if plain == nil || json.Unmarshal(plain, &inside) != nil {
				known = false
				return nil
			}
			p, known = app.Personal{Note: inside.Note, Identity: inside.Identity}, true
			return nil
		}, contact)
	return p, known, err
}

// DestroyMonth makes the personal data of a month's contacts unreadable for
// good: retention. It reports whether there was a key.
func (o *Office) DestroyMonth(ctx context.Context, month string) (bool, error) {
	var n int64
	err := o.f.write(ctx, func(tx *sql.Tx) error {
		res, err := tx.ExecContext(ctx, "DELETE FROM data_key WHERE rtrim(month, '+') = ?", month)
		if err != nil {
			return err
		}
		n, err = res.RowsAffected()
		return err
	})
	return n > 0, err
}
