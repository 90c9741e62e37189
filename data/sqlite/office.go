package sqlite

import (
	"context"
	"crypto/ed25519"
	"database/sql"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"path/filepath"
	"strconv"
	"time"

	"polis/app"
	"polis/app/contacts"
	"polis/app/exchange"
	"polis/data/wire"
)

// OfficeFile is the name of the office's own file in a data folder.
const OfficeFile = "ufficio.db"

// Office is ufficio.db: contacts, outbox, settings, who this workstation is.
type Office struct {
	f    *file
	loc  *time.Location
	keys Keys
}

// OpenOffice opens or creates ufficio.db in the folder. A file that cannot
// be read is left as it is: CodeOfficeDamaged, CodeFolderForeign, CodeFolder.
func OpenOffice(ctx context.Context, folder string, loc *time.Location) (*Office, error) {
	path := filepath.Join(folder, OfficeFile)
	f, err := openFile(ctx, path, officeKind())
	if err != nil {
		return nil, err
	}
	return &Office{f: f, loc: loc}, nil
}

// Close closes the file.
func (o *Office) Close() error { return o.f.close() }

// Setting returns a setting, "" when it was never set.
func (o *Office) Setting(ctx context.Context, key string) (string, error) {
	var v string
	err := o.f.ro.QueryRowContext(ctx, "SELECT value FROM setting WHERE key = ?", key).Scan(&v)
	if errors.Is(err, sql.ErrNoRows) {
		return "", nil
	}
	return v, fault(err, o.f.path)
}

// SetSetting stores a setting.
func (o *Office) SetSetting(ctx context.Context, key, value string) error {
	return o.f.write(ctx, func(tx *sql.Tx) error { return setSetting(ctx, tx, key, value) })
}

func setSetting(ctx context.Context, tx *sql.Tx, key, value string) error {
	_, err := tx.ExecContext(ctx, "INSERT INTO setting (key, value) VALUES (?, ?) ON CONFLICT (key) DO UPDATE SET value = excluded.value", key, value)
	return err
}

// Save completes a contact with its number and stores it together with its
// frozen upload: one transaction, on disk when it returns.
func (o *Office) Save(ctx context.Context, c app.Contact, p app.Personal) (app.Contact, error) {
	if o.keys != nil && p != (app.Personal{}) { // a keyring may take its time: not while the file is held
		_, _ = o.keys.SealKey() // keys that do not open are no reason to lose a contact
	}
	err := o.f.write(ctx, func(tx *sql.Tx) error {
		year := c.RecordedAt.In(o.loc).Year()
		var n int
		err := tx.QueryRowContext(ctx, `INSERT INTO counter (name, last) VALUES (?, 1)
			ON CONFLICT (name) DO UPDATE SET last = last + 1 RETURNING last`, "contact-"+strconv.Itoa(year)).Scan(&n)
		if err != nil {
			return err
		}
		c.Number = fmt.Sprintf("%d-%05d", year, n)
		line, err := wire.EncodeContact(c)
		if err != nil {
			return err
		}
		if err := o.insertContact(ctx, tx, c, line, true); err != nil {
			return err
		}
		if err := enqueue(ctx, tx, wire.TypeContact, c.ID, line, c.RecordedAt); err != nil {
			return err
		}
		return o.keepPersonal(ctx, tx, c, p)
	})
	if err != nil {
		return app.Contact{}, err
	}
	return c, nil
}

// NumberToday returns how many contacts this workstation logged on the local
// day of t.
func (o *Office) NumberToday(ctx context.Context, t time.Time) (int, error) {
	var n int
	err := o.f.ro.QueryRowContext(ctx, "SELECT count(*) FROM contact WHERE day = ? AND own", t.In(o.loc).Format(time.DateOnly)).Scan(&n)
	return n, fault(err, o.f.path)
}

// HandedOut returns in how many contacts of the office since a local day each
// sheet was handed out: what colleagues are asked for counts too. Of a contact and what corrects it only the last counts.
func (o *Office) HandedOut(ctx context.Context, since app.Date) (map[string]int, error) {
	counts := map[string]int{}
	err := each(ctx, o.f.ro, `SELECT s.value ->> 'code', count(*)
		FROM contact c, json_each(CAST(c.line AS TEXT), '$.sheets') s
		WHERE c.day >= ? AND s.value ->> 'handed_out'
			AND c.id NOT IN (SELECT corrects FROM contact WHERE corrects <> '')
		GROUP BY 1`, func(scan func(...any) error) error {
		var code string
		var n int
		err := scan(&code, &n)
		counts[code] = n
		return err
	}, string(since))
	return counts, fault(err, o.f.path)
}

// Contacts returns the contacts of a span of local days, newest first.
func (o *Office) Contacts(ctx context.Context, span app.Span, limit int) (entries []contacts.Entry, err error) {
	if limit <= 0 {
		limit = -1
	}
	rows, err := o.f.ro.QueryContext(ctx, `SELECT c.line, coalesce(n.note, ''), coalesce(n.name, ''), coalesce(n.phone, ''), coalesce(n.email, ''),
			coalesce(x.state, 'acked'), NOT c.own, coalesce((SELECT min(recorded_at) FROM follow_up f WHERE f.contact = c.id), '')
		FROM contact c LEFT JOIN contact_note n ON n.contact = c.id LEFT JOIN outbox x ON x.id = c.id
		WHERE (? = '' OR c.day >= ?) AND (? = '' OR c.day <= ?) ORDER BY c.recorded_at DESC, c.id DESC LIMIT ?`,
		span.From, span.From, span.To, span.To, limit)
	if err != nil {
		return nil, fault(err, o.f.path)
	}
	defer func() { err = errors.Join(err, rows.Close()) }()
	for rows.Next() {
		var line []byte
		var e contacts.Entry
		var closed string
		if err := rows.Scan(&line, &e.Note, &e.Identity.Name, &e.Identity.Phone, &e.Identity.Email, &e.State, &e.Colleague, &closed); err != nil {
			return nil, fault(err, o.f.path)
		}
		if e.Contact, err = wire.DecodeContact(line); err != nil {
			return nil, err
		}
		if closed != "" {
			if e.Closed, err = time.Parse(time.RFC3339Nano, closed); err != nil {
				return nil, fmt.Errorf("follow-up of %s: %w", e.ID, err)
			}
		}
		entries = append(entries, e)
	}
	if err := rows.Err(); err != nil {
		return nil, fault(err, o.f.path)
	}
	return entries, fault(o.openPersonal(ctx, entries), o.f.path)
}

// Device returns who this workstation is; zero before the enrolment.
func (o *Office) Device(ctx context.Context) (exchange.Device, error) {
	var d exchange.Device
	var roots, renewBy string
	err := o.f.ro.QueryRowContext(ctx, "SELECT id, hub, authority, office, operator, role, ca, roots, upload_key, renew_by FROM device").
		Scan(&d.ID, &d.Hub, &d.Authority, &d.Office, &d.Operator, &d.Role, &d.CA, &roots, &d.UploadKey, &renewBy)
	if errors.Is(err, sql.ErrNoRows) {
		return exchange.Device{}, nil
	}
	if err != nil {
		return exchange.Device{}, fault(err, o.f.path)
	}
	if renewBy != "" {
		if d.RenewBy, err = time.Parse(time.RFC3339Nano, renewBy); err != nil {
			return exchange.Device{}, fmt.Errorf("device: %w", err)
		}
	}
	d.Roots, err = decodeRoots(roots)
	return d, err
}

// SaveDevice stores the answer of the enrolment. Under another identity
// receipts and the private way down begin anew.
func (o *Office) SaveDevice(ctx context.Context, d exchange.Device) error {
	keys := make([]string, len(d.Roots))
	for i, k := range d.Roots {
		keys[i] = base64.RawURLEncoding.EncodeToString(k)
	}
	roots, err := json.Marshal(keys)
	if err != nil {
		return fmt.Errorf("device roots: %w", err)
	}
	ca := d.CA
	if ca == nil {
		ca = []byte{}
	}
	renewBy := ""
	if !d.RenewBy.IsZero() {
		renewBy = utc(d.RenewBy)
	}
	return o.f.write(ctx, func(tx *sql.Tx) error {
		var before string
		err := tx.QueryRowContext(ctx, "SELECT id FROM device").Scan(&before)
		if err != nil && !errors.Is(err, sql.ErrNoRows) {
			return err
		}
		if before != "" && before != d.ID {
			if err := forgetReceipts(ctx, tx); err != nil {
				return err
			}
			if _, err := tx.ExecContext(ctx, "DELETE FROM setting WHERE key = ?", settingPrivate); err != nil {
				return err
			}
		}
		_, err = tx.ExecContext(ctx, `INSERT OR REPLACE INTO device (only, id, hub, authority, office, operator, role, ca, roots, upload_key, renew_by)
			VALUES (1, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`, d.ID, d.Hub, d.Authority, d.Office, d.Operator, d.Role, ca, string(roots), d.UploadKey, renewBy)
		return err
	})
}

func decodeRoots(text string) ([]ed25519.PublicKey, error) {
	var encoded []string
	if err := json.Unmarshal([]byte(text), &encoded); err != nil {
		return nil, fmt.Errorf("device roots: %w", err)
	}
	keys := make([]ed25519.PublicKey, 0, len(encoded))
	for _, e := range encoded {
		k, err := base64.RawURLEncoding.DecodeString(e)
		if err != nil || len(k) != ed25519.PublicKeySize {
			return nil, fmt.Errorf("device roots: key of %d bytes (%w)", len(k), err)
		}
		keys = append(keys, k)
	}
	return keys, nil
}

// Check reads the whole file. CodeOfficeDamaged; the file is not touched.
func (o *Office) Check(ctx context.Context) error {
	var answer string
	err := o.f.ro.QueryRowContext(ctx, "PRAGMA quick_check(1)").Scan(&answer)
	if err != nil || answer != "ok" {
		return app.Fault(app.CodeOfficeDamaged, errors.Join(err, errors.New(answer)), "path", o.f.path)
	}
	return nil
}

// DocumentSizes returns how large documents are that were here once.
func (o *Office) DocumentSizes(ctx context.Context) (map[string]int64, error) {
	sizes := map[string]int64{}
	err := each(ctx, o.f.ro, "SELECT sha256, size FROM document_size", func(scan func(...any) error) error {
		var sha string
		var n int64
		err := scan(&sha, &n)
		sizes[sha] = n
		return err
	})
	return sizes, fault(err, o.f.path)
}

// SetDocumentSize remembers how large a document is.
func (o *Office) SetDocumentSize(ctx context.Context, sha256 string, size int64) error {
	return o.f.write(ctx, func(tx *sql.Tx) error {
		_, err := tx.ExecContext(ctx, "INSERT OR REPLACE INTO document_size (sha256, size) VALUES (?, ?)", sha256, size)
		return err
	})
}
