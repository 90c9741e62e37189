package hubstore

import (
	"time"

	"polis/app"
	"polis/app/region"
	"polis/data/wire"
)

// AddCode stores an enrolment code unless its prefix is taken.
func (t *tx) AddCode(c region.EnrolmentCode) (bool, error) {
	return t.added(`INSERT INTO enrolment_code (prefix, secret_hash, authority, office, role, expires_at, tries, device, request, letter)
		VALUES (?, ?, ?, ?, ?, ?, 0, '', ?, ?) ON CONFLICT DO NOTHING`,
		c.Prefix, c.SecretHash, c.Authority, c.Office, c.Role, stamp(c.ExpiresAt), c.Request, c.Letter)
}

// LockCode writes the row as it is before it reads it: a second use waits.
func (t *tx) LockCode(prefix string) (region.EnrolmentCode, bool, error) {
	if err := t.done(`UPDATE enrolment_code SET tries = tries WHERE prefix = ?`, prefix); err != nil {
		return region.EnrolmentCode{}, false, err
	}
	c := region.EnrolmentCode{Prefix: prefix}
	var expires int64
	var void int
	ok, err := found(t.row(`SELECT secret_hash, authority, office, role, expires_at, tries, device, request, letter, void FROM enrolment_code WHERE prefix = ?`, prefix).
		Scan(&c.SecretHash, &c.Authority, &c.Office, &c.Role, &expires, &c.Tries, &c.Device, &c.Request, &c.Letter, &void))
	c.ExpiresAt, c.Void = moment(expires), void == 1
	return c, ok, err
}

// VoidCodes takes codes that were not used out of use.
func (t *tx) VoidCodes(authority, request string) error {
	return t.done(`UPDATE enrolment_code SET void = 1 WHERE authority = ? AND device = '' AND (request = ? OR ? = '')`, authority, request, request)
}

// LetterUsed tells whether a code of the letter has enrolled a workstation.
func (t *tx) LetterUsed(letter string) (bool, error) {
	var n int64
	err := t.row(`SELECT COUNT(*) FROM enrolment_code WHERE letter = ? AND device <> ''`, letter).Scan(&n)
	return n > 0, err
}

// CountTry counts a wrong secret.
func (t *tx) CountTry(prefix string) error {
	return t.done(`UPDATE enrolment_code SET tries = tries + 1 WHERE prefix = ?`, prefix)
}

// UseCode ties the code to the device that used it.
func (t *tx) UseCode(prefix, device string) error {
	return t.done(`UPDATE enrolment_code SET device = ? WHERE prefix = ?`, device, prefix)
}

// operatorColumns are in the order of scanOperator; the version is that of
// the private feed.
const operatorColumns = `SELECT o.id, o.authority, o.office, o.role, o.active, o.public_key, o.sealed_key, o.sealed_name, o.must_change,
	COALESCE(p.version, 0) FROM operator o LEFT JOIN private_line p ON p.type = 'operator' AND p.id = o.id`

func scanOperator(row scanner) (wire.OperatorRecord, error) {
	o := wire.OperatorRecord{Type: wire.TypeOperator}
	var active, must int
	err := row.Scan(&o.ID, &o.Authority, &o.Office, &o.Role, &active, &o.PublicKey, &o.SealedKey, &o.SealedName, &must, &o.Version)
	o.Active, o.MustChange = active == 1, must == 1
	return o, err
}

// OperatorAt returns the oldest active operator of the place with the role.
func (t *tx) OperatorAt(authority, office, role string) (wire.OperatorRecord, bool, error) {
	o, err := scanOperator(t.row(operatorColumns+` WHERE o.authority = ? AND o.office = ? AND o.role = ? AND o.active = 1
		ORDER BY o.created_at, o.id LIMIT 1`, authority, office, role))
	ok, err := found(err)
	return o, ok, err
}

// HasRole tells whether an active operator of the authority has the role.
func (t *tx) HasRole(authority, role string) (bool, error) {
	var n int64
	err := t.row(`SELECT COUNT(*) FROM operator WHERE authority = ? AND role = ? AND active = 1`, authority, role).Scan(&n)
	return n > 0, err
}

// Operator returns an operator.
func (t *tx) Operator(id string) (wire.OperatorRecord, bool, error) {
	o, err := scanOperator(t.row(operatorColumns+` WHERE o.id = ?`, id))
	ok, err := found(err)
	return o, ok, err
}

// Operators lists operators by authority, office and age.
func (t *tx) Operators(authority string) ([]wire.OperatorRecord, error) {
	var list []wire.OperatorRecord
	err := t.each(func(row scanner) error {
		o, err := scanOperator(row)
		list = append(list, o)
		return err
	}, operatorColumns+` WHERE o.authority = ? OR ? = '' ORDER BY o.authority, o.office, o.created_at, o.id`, authority, authority)
	return list, err
}

// PutOperator stores an operator; what identifies it does not change, nor
// whose it is: CodeConflict.
func (t *tx) PutOperator(o wire.OperatorRecord, at time.Time) error {
	n, err := t.exec(`INSERT INTO operator (id, authority, office, role, created_at, active, public_key, sealed_key, sealed_name, must_change)
		VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
		ON CONFLICT (id) DO UPDATE SET office = excluded.office, role = excluded.role, active = excluded.active,
			public_key = excluded.public_key, sealed_key = excluded.sealed_key, sealed_name = excluded.sealed_name, must_change = excluded.must_change
		WHERE operator.authority = excluded.authority`,
		o.ID, o.Authority, o.Office, o.Role, stamp(at), number(o.Active), o.PublicKey, o.SealedKey, o.SealedName, number(o.MustChange))
	if err == nil && n == 0 {
		return app.Fault(app.CodeConflict, nil, "what", o.ID)
	}
	return err
}

func number(b bool) int {
	if b {
		return 1
	}
	return 0
}

// AddDevice stores a workstation.
func (t *tx) AddDevice(d region.Device) error {
	return t.done(`INSERT INTO device (id, authority, office, operator, public_key, previous_key, seal_key, name, enrolled_at, renew_by, revoked_at, receipts)
		VALUES (?, ?, ?, ?, ?, '', ?, ?, ?, ?, 0, 0)`,
		d.ID, d.Authority, d.Office, d.Operator.ID, d.PublicKey, d.SealKey, d.Name, stamp(d.EnrolledAt), stamp(d.RenewBy))
}

// ChangeDevice stores what may change of a workstation.
func (t *tx) ChangeDevice(d region.Device) error {
	return t.done(`UPDATE device SET public_key = ?, previous_key = ?, seal_key = ?, name = ?, renew_by = ?, revoked_at = ? WHERE id = ?`,
		d.PublicKey, d.PreviousKey, d.SealKey, d.Name, stamp(d.RenewBy), stamp(d.RevokedAt), d.ID)
}

const deviceColumns = `SELECT d.id, d.authority, d.office, d.public_key, d.previous_key, d.seal_key, d.name, d.enrolled_at, d.renew_by, d.revoked_at,
	o.id, o.role, COALESCE(p.version, 0) FROM device d JOIN operator o ON o.id = d.operator LEFT JOIN private_line p ON p.type = 'device' AND p.id = d.id`

func scanDevice(row scanner) (region.Device, error) {
	var d region.Device
	var enrolled, renew, revoked int64
	err := row.Scan(&d.ID, &d.Authority, &d.Office, &d.PublicKey, &d.PreviousKey, &d.SealKey, &d.Name, &enrolled, &renew, &revoked,
		&d.Operator.ID, &d.Operator.Role, &d.Version)
	d.EnrolledAt, d.RenewBy, d.RevokedAt = moment(enrolled), moment(renew), moment(revoked)
	return d, err
}

// Device returns a workstation with its operator.
func (t *tx) Device(id string) (region.Device, bool, error) {
	d, err := scanDevice(t.row(deviceColumns+` WHERE d.id = ?`, id))
	ok, err := found(err)
	return d, ok, err
}

// Devices lists workstations by authority, office and age.
func (t *tx) Devices(authority string) ([]region.Device, error) {
	var list []region.Device
	err := t.each(func(row scanner) error {
		d, err := scanDevice(row)
		list = append(list, d)
		return err
	}, deviceColumns+` WHERE d.authority = ? OR ? = '' ORDER BY d.authority, d.office, d.enrolled_at, d.id`, authority, authority)
	return list, err
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

// DeleteSecret forgets one of the hub's keys.
func (t *tx) DeleteSecret(name string) error {
	return t.done(`DELETE FROM secret WHERE name = ?`, name)
}

// SetSecret stores one of the hub's keys.
func (t *tx) SetSecret(name string, value []byte) error {
	return t.done(`INSERT INTO secret (name, value) VALUES (?, ?) ON CONFLICT (name) DO UPDATE SET value = excluded.value`, name, value)
}
