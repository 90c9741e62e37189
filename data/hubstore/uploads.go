package hubstore

import (
	"time"

	"polis/app/region"
	"polis/data/wire"
)

// AddUpload stores what a workstation sent unless its identifier is taken.
// Contacts have a table of their own.
func (t *tx) AddUpload(u region.StoredUpload) (bool, error) {
	if u.Type == wire.TypeContact {
		return t.added(`INSERT INTO contact (id, authority, office, operator, device, sha256, line, received_at)
			VALUES (?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT DO NOTHING`,
			u.ID, u.Authority, u.Office, u.Operator, u.Device, u.SHA256, u.Line, stamp(u.ReceivedAt))
	}
	return t.added(`INSERT INTO upload (type, id, authority, office, operator, device, sha256, state, line, received_at)
		VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT DO NOTHING`,
		u.Type, u.ID, u.Authority, u.Office, u.Operator, u.Device, u.SHA256, u.State, u.Line, stamp(u.ReceivedAt))
}

// Upload returns what a workstation sent.
func (t *tx) Upload(kind, id string) (region.StoredUpload, bool, error) {
	u := region.StoredUpload{Type: kind, ID: id, State: wire.StateStored}
	var received int64
	var row scanner
	if kind == wire.TypeContact {
		row = t.row(`SELECT authority, office, operator, device, sha256, 'stored', line, received_at FROM contact WHERE id = ?`, id)
	} else {
		row = t.row(`SELECT authority, office, operator, device, sha256, state, line, received_at FROM upload WHERE type = ? AND id = ?`, kind, id)
	}
	ok, err := found(row.Scan(&u.Authority, &u.Office, &u.Operator, &u.Device, &u.SHA256, &u.State, &u.Line, &received))
	u.ReceivedAt = moment(received)
	return u, ok, err
}

// ContactLines yields contacts in order of identifier, which is that of their
// making.
func (t *tx) ContactLines(authority string, yield func([]byte) error) error {
	where, args := ``, []any{}
	if authority != "" {
		where, args = ` WHERE authority = ?`, []any{authority}
	}
	return t.lines(yield, `SELECT line FROM contact`+where+` ORDER BY id`, args...)
}

// NewestContactLines yields contacts of all authorities, the newest first.
func (t *tx) NewestContactLines(n int, yield func([]byte) error) error {
	return t.lines(yield, `SELECT line FROM contact ORDER BY id DESC LIMIT ?`, n)
}

func (t *tx) lines(yield func([]byte) error, query string, args ...any) error {
	return t.each(func(row scanner) error {
		var line []byte
		if err := row.Scan(&line); err != nil {
			return err
		}
		return yield(line)
	}, query, args...)
}

// AddBatch claims a batch's identifier: who comes second waits here until the
// first has committed.
func (t *tx) AddBatch(b region.Batch) (bool, error) {
	return t.added(`INSERT INTO upload_batch (device, id, sha256, audit_head, answer, received_at)
		VALUES (?, ?, ?, ?, ?, ?) ON CONFLICT DO NOTHING`, b.Device, b.ID, b.SHA256, b.AuditHead, []byte{}, stamp(b.ReceivedAt))
}

// Batch returns a batch.
func (t *tx) Batch(device, id string) (region.Batch, bool, error) {
	b := region.Batch{Device: device, ID: id}
	var received int64
	ok, err := found(t.row(`SELECT sha256, audit_head, answer, received_at FROM upload_batch WHERE device = ? AND id = ?`, device, id).
		Scan(&b.SHA256, &b.AuditHead, &b.Answer, &received))
	b.ReceivedAt = moment(received)
	return b, ok, err
}

// AnswerBatch stores the answer.
func (t *tx) AnswerBatch(device, id string, answer []byte) error {
	return t.done(`UPDATE upload_batch SET answer = ? WHERE device = ? AND id = ?`, answer, device, id)
}

// AdvancePrivate moves the authority's counter row.
func (t *tx) AdvancePrivate(authority string, n int64) (int64, error) {
	var last int64
	err := t.row(`INSERT INTO private_feed (authority, last) VALUES (?, ?)
		ON CONFLICT (authority) DO UPDATE SET last = private_feed.last + excluded.last RETURNING last`, authority, n).Scan(&last)
	return last, err
}

// PutPrivate gives a thing its new version.
func (t *tx) PutPrivate(r region.PrivateRow) error {
	return t.done(`INSERT INTO private_line (authority, version, type, id, office) VALUES (?, ?, ?, ?, ?)
		ON CONFLICT (type, id) DO UPDATE SET version = excluded.version, office = excluded.office`,
		r.Authority, r.Version, r.Type, r.ID, r.Office)
}

// PrivateLast returns the last version of the authority's feed.
func (t *tx) PrivateLast(authority string) (int64, error) {
	var last int64
	_, err := found(t.row(`SELECT last FROM private_feed WHERE authority = ?`, authority).Scan(&last))
	return last, err
}

// PrivateAfter lists what one workstation may see, in ascending order.
func (t *tx) PrivateAfter(q region.PrivateQuery) ([]region.PrivateRow, error) {
	var list []region.PrivateRow
	proposals, lowest := q.AfterProposals >= 0, q.After
	if proposals {
		lowest = min(lowest, q.AfterProposals)
	}
	err := t.each(func(row scanner) error {
		r := region.PrivateRow{Authority: q.Authority}
		if err := row.Scan(&r.Type, &r.ID, &r.Office, &r.Version, &r.Line); err != nil {
			return err
		}
		list = append(list, r)
		return nil
	}, `SELECT p.type, p.id, p.office, p.version, COALESCE(c.line, u.line, f.line) FROM private_line p
		LEFT JOIN contact c ON p.type = 'contact' AND c.id = p.id
		LEFT JOIN upload u ON u.type = p.type AND u.id = p.id
		LEFT JOIN first_steps f ON p.type = 'first_steps' AND f.authority = p.id
		WHERE p.authority = ? AND p.version > ? AND (
			p.type IN ('operator', 'device', 'first_steps') AND p.version > ?
			OR p.type IN ('contact', 'contact_private', 'follow_up', 'key_envelope') AND p.office = ? AND p.version > ?
			OR p.type = 'proposal' AND ? = 1 AND p.version > ?)
		ORDER BY p.version LIMIT ?`,
		q.Authority, lowest, q.After, q.Office, q.After, number(proposals), q.AfterProposals, q.Limit)
	return list, err
}

// ApplicantBlob returns how far a document is.
func (t *tx) ApplicantBlob(owner, sha256 string) (region.ApplicantBlob, bool, error) {
	b := region.ApplicantBlob{Owner: owner, SHA256: sha256}
	var changed int64
	ok, err := found(t.row(`SELECT size, received, changed_at FROM applicant_blob WHERE owner = ? AND sha256 = ?`, owner, sha256).
		Scan(&b.Size, &b.Received, &changed))
	b.ChangedAt = moment(changed)
	return b, ok, err
}

// ApplicantUse sums up one applicant.
func (t *tx) ApplicantUse(owner string) (requests, blobs int, size int64, err error) {
	err = t.row(`SELECT COUNT(*) FROM membership_request WHERE owner = ? AND`+openStates(), owner).Scan(&requests)
	if err == nil {
		err = t.row(`SELECT COUNT(*), CAST(COALESCE(SUM(size), 0) AS BIGINT) FROM applicant_blob WHERE owner = ? AND registered = 0`, owner).
			Scan(&blobs, &size)
	}
	return requests, blobs, size, err
}

// AllApplicantsUse sums up all applicants.
func (t *tx) AllApplicantsUse() (requests, blobs int, size int64, err error) {
	err = t.row(`SELECT COUNT(*) FROM membership_request WHERE registered = 0 AND` + openStates()).Scan(&requests)
	if err == nil {
		err = t.row(`SELECT COUNT(*), CAST(COALESCE(SUM(received), 0) AS BIGINT) FROM applicant_blob
			WHERE registered = 0 AND owner NOT LIKE 'region:%'`).Scan(&blobs, &size)
	}
	return requests, blobs, size, err
}

const uselessBlob = ` changed_at < ? AND (received < size
	OR NOT EXISTS (SELECT 1 FROM membership_document d WHERE d.owner = b.owner AND d.sha256 = b.sha256)) `

// UselessBlobs lists what can be thrown away.
func (t *tx) UselessBlobs(before time.Time, limit int) ([]region.ApplicantBlob, error) {
	return t.blobs(`SELECT owner, sha256, size, received, changed_at FROM applicant_blob b WHERE`+uselessBlob+`ORDER BY owner, sha256 LIMIT ?`,
		stamp(before), limit)
}

func (t *tx) blobs(query string, args ...any) ([]region.ApplicantBlob, error) {
	var list []region.ApplicantBlob
	err := t.each(func(row scanner) error {
		var b region.ApplicantBlob
		var changed int64
		if err := row.Scan(&b.Owner, &b.SHA256, &b.Size, &b.Received, &changed); err != nil {
			return err
		}
		b.ChangedAt = moment(changed)
		list = append(list, b)
		return nil
	}, query, args...)
	return list, err
}

// DeleteUselessBlob holds the document before it looks: whoever names it, or
// goes on with it, has done so or comes too late.
func (t *tx) DeleteUselessBlob(owner, sha256 string, before time.Time) (bool, error) {
	if err := t.done(`UPDATE applicant_blob SET received = received WHERE owner = ? AND sha256 = ?`, owner, sha256); err != nil {
		return false, err
	}
	var one int
	ok, err := found(t.row(`SELECT 1 FROM applicant_blob b WHERE owner = ? AND sha256 = ? AND`+uselessBlob, owner, sha256, stamp(before)).Scan(&one))
	if err != nil || !ok {
		return false, err
	}
	return true, t.DeleteApplicantBlob(owner, sha256)
}

// PutApplicantBlob stores how far a document is.
func (t *tx) PutApplicantBlob(b region.ApplicantBlob) error {
	return t.done(`INSERT INTO applicant_blob (owner, sha256, size, received, changed_at) VALUES (?, ?, ?, ?, ?)
		ON CONFLICT (owner, sha256) DO UPDATE SET size = excluded.size, received = excluded.received, changed_at = excluded.changed_at`,
		b.Owner, b.SHA256, b.Size, b.Received, stamp(b.ChangedAt))
}

// AddBlobPart stores a part.
func (t *tx) AddBlobPart(owner, sha256 string, starts int64, content []byte) error {
	return t.done(`INSERT INTO applicant_blob_part (owner, sha256, starts, content) VALUES (?, ?, ?, ?)`, owner, sha256, starts, content)
}

// BlobPart returns a part, nothing when none starts there.
func (t *tx) BlobPart(owner, sha256 string, starts int64) ([]byte, error) {
	var content []byte
	_, err := found(t.row(`SELECT content FROM applicant_blob_part WHERE owner = ? AND sha256 = ? AND starts = ?`, owner, sha256, starts).Scan(&content))
	return content, err
}

// BlobParts yields the parts in their order.
func (t *tx) BlobParts(owner, sha256 string, yield func([]byte) error) error {
	return t.lines(yield, `SELECT content FROM applicant_blob_part WHERE owner = ? AND sha256 = ? ORDER BY starts`, owner, sha256)
}

// DeleteApplicantBlob forgets a document and its parts.
func (t *tx) DeleteApplicantBlob(owner, sha256 string) error {
	if err := t.done(`DELETE FROM applicant_blob_part WHERE owner = ? AND sha256 = ?`, owner, sha256); err != nil {
		return err
	}
	return t.done(`DELETE FROM applicant_blob WHERE owner = ? AND sha256 = ?`, owner, sha256)
}

// CountHits counts tries.
func (t *tx) CountHits(bucket string, starts, n int64) (int64, error) {
	var hits int64
	err := t.row(`INSERT INTO rate (bucket, starts, hits) VALUES (?, ?, ?)
		ON CONFLICT (bucket, starts) DO UPDATE SET hits = rate.hits + excluded.hits RETURNING hits`, bucket, starts, n).Scan(&hits)
	return hits, err
}

// ForgetHits removes windows that are over.
func (t *tx) ForgetHits(before int64) error {
	return t.done(`DELETE FROM rate WHERE starts < ?`, before)
}
