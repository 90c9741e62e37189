package hubstore

import (
	"time"

	"polis/app/region"
	"polis/data/wire"
)

// AddCode stores an enrolment code unless its prefix is taken.
func (t *tx) AddCode(c region.EnrolmentCode) (bool, error) {
	return t.added(`INSERT INTO enrolment_code (prefix, secret_hash, authority, office, expires_at, tries, device)
		VALUES (?, ?, ?, ?, ?, 0, '') ON CONFLICT DO NOTHING`,
		c.Prefix, c.SecretHash, c.Authority, c.Office, stamp(c.ExpiresAt))
}

// Code returns the code with the prefix.
func (t *tx) Code(prefix string) (region.EnrolmentCode, bool, error) {
	c := region.EnrolmentCode{Prefix: prefix}
	var expires int64
	ok, err := found(t.row(`SELECT secret_hash, authority, office, expires_at, tries, device FROM enrolment_code WHERE prefix = ?`, prefix).
		Scan(&c.SecretHash, &c.Authority, &c.Office, &expires, &c.Tries, &c.Device))
	c.ExpiresAt = moment(expires)
	return c, ok, err
}

// CountTry counts a wrong secret.
func (t *tx) CountTry(prefix string) error {
	return t.done(`UPDATE enrolment_code SET tries = tries + 1 WHERE prefix = ?`, prefix)
}

// UseCode ties the code to the device that used it.
func (t *tx) UseCode(prefix, device string) error {
	return t.done(`UPDATE enrolment_code SET device = ? WHERE prefix = ?`, device, prefix)
}

// Operator returns the oldest operator of the place.
func (t *tx) Operator(authority, office string) (wire.Operator, bool, error) {
	var o wire.Operator
	ok, err := found(t.row(`SELECT id, role FROM operator WHERE authority = ? AND office = ? ORDER BY created_at, id LIMIT 1`,
		authority, office).Scan(&o.ID, &o.Role))
	return o, ok, err
}

// AddOperator stores an operator.
func (t *tx) AddOperator(o wire.Operator, authority, office string, at time.Time) error {
	return t.done(`INSERT INTO operator (id, authority, office, role, created_at) VALUES (?, ?, ?, ?, ?)`,
		o.ID, authority, office, o.Role, stamp(at))
}

// AddDevice stores a workstation.
func (t *tx) AddDevice(d region.Device) error {
	return t.done(`INSERT INTO device (id, authority, office, operator, public_key, name, enrolled_at, revoked_at, receipts)
		VALUES (?, ?, ?, ?, ?, ?, ?, 0, 0)`,
		d.ID, d.Authority, d.Office, d.Operator.ID, d.PublicKey, d.Name, stamp(d.EnrolledAt))
}

// Device returns a workstation with its operator.
func (t *tx) Device(id string) (region.Device, bool, error) {
	d := region.Device{ID: id}
	var enrolled, revoked int64
	ok, err := found(t.row(`SELECT d.authority, d.office, d.public_key, d.name, d.enrolled_at, d.revoked_at, o.id, o.role
		FROM device d JOIN operator o ON o.id = d.operator WHERE d.id = ?`, id).
		Scan(&d.Authority, &d.Office, &d.PublicKey, &d.Name, &enrolled, &revoked, &d.Operator.ID, &d.Operator.Role))
	d.EnrolledAt, d.Revoked = moment(enrolled), revoked != 0
	return d, ok, err
}

// AddContact stores a contact unless its identifier is taken.
func (t *tx) AddContact(c region.StoredContact) (bool, error) {
	return t.added(`INSERT INTO contact (id, authority, office, operator, device, sha256, line, received_at)
		VALUES (?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT DO NOTHING`,
		c.ID, c.Authority, c.Office, c.Operator, c.Device, c.SHA256, c.Line, stamp(c.ReceivedAt))
}

// Contact returns a contact.
func (t *tx) Contact(id string) (region.StoredContact, bool, error) {
	c := region.StoredContact{ID: id}
	var received int64
	ok, err := found(t.row(`SELECT authority, office, operator, device, sha256, line, received_at FROM contact WHERE id = ?`, id).
		Scan(&c.Authority, &c.Office, &c.Operator, &c.Device, &c.SHA256, &c.Line, &received))
	c.ReceivedAt = moment(received)
	return c, ok, err
}

// ContactLines yields every contact in order of identifier, which is that of
// their making.
func (t *tx) ContactLines(yield func([]byte) error) error {
	return t.each(func(row scanner) error {
		var line []byte
		if err := row.Scan(&line); err != nil {
			return err
		}
		return yield(line)
	}, `SELECT line FROM contact ORDER BY id`)
}

// Receipt returns the workstation's receipt for an item.
func (t *tx) Receipt(device, kind, id string) (wire.Receipt, bool, error) {
	r := wire.Receipt{ID: id, Type: kind}
	var received int64
	ok, err := found(t.row(`SELECT sha256, state, received_at FROM receipt WHERE device = ? AND type = ? AND id = ?`, device, kind, id).
		Scan(&r.SHA256, &r.State, &received))
	r.ReceivedAt = moment(received)
	return r, ok, err
}

// AddReceipt numbers the receipt by a counter of the device's own row:
// numbers appear in the order of commits and devices do not wait for each
// other.
func (t *tx) AddReceipt(device string, r wire.Receipt) error {
	var seq int64
	if err := t.row(`UPDATE device SET receipts = receipts + 1 WHERE id = ? RETURNING receipts`, device).Scan(&seq); err != nil {
		return err
	}
	return t.done(`INSERT INTO receipt (device, seq, type, id, sha256, state, received_at) VALUES (?, ?, ?, ?, ?, ?, ?)`,
		device, seq, r.Type, r.ID, r.SHA256, r.State, stamp(r.ReceivedAt))
}

// ReceiptsAfter lists receipts in ascending order.
func (t *tx) ReceiptsAfter(device string, seq int64, limit int) ([]region.NumberedReceipt, error) {
	var list []region.NumberedReceipt
	err := t.each(func(row scanner) error {
		var r region.NumberedReceipt
		var received int64
		if err := row.Scan(&r.Seq, &r.Type, &r.ID, &r.SHA256, &r.State, &received); err != nil {
			return err
		}
		r.ReceivedAt = moment(received)
		list = append(list, r)
		return nil
	}, `SELECT seq, type, id, sha256, state, received_at FROM receipt WHERE device = ? AND seq > ? ORDER BY seq LIMIT ?`,
		device, seq, limit)
	return list, err
}

// DurableReceipt returns the number of the workstation's last receipt that
// is in a backup, 0 when no backup was made.
func (t *tx) DurableReceipt(device string) (int64, error) {
	var n int64
	_, err := found(t.row(`SELECT durable FROM device WHERE id = ?`, device).Scan(&n))
	return n, err
}

// Secret returns one of the hub's keys, nil when there is none.
func (t *tx) Secret(name string) ([]byte, error) {
	var value []byte
	_, err := found(t.row(`SELECT value FROM secret WHERE name = ?`, name).Scan(&value))
	return value, err
}

// SetSecret stores one of the hub's keys.
func (t *tx) SetSecret(name string, value []byte) error {
	return t.done(`INSERT INTO secret (name, value) VALUES (?, ?) ON CONFLICT (name) DO UPDATE SET value = excluded.value`, name, value)
}
