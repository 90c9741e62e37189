package hubstore

import (
	"encoding/json"
	"fmt"
	"strings"
	"time"

	"polis/app/membership"
	"polis/app/region"
	"polis/data/wire"
)

// openStates are those of a request that is still being dealt with, for a
// statement's IN.
func openStates() string {
	var list []string
	for _, s := range membership.States() {
		if s.Open() {
			list = append(list, "'"+string(s)+"'")
		}
	}
	return " state IN (" + strings.Join(list, ", ") + ") "
}

// storedCase is the column record.
type storedCase struct {
	Case   membership.Case `json:"case"`
	Member region.Member   `json:"member"`
}

// membershipColumns selects requests; line is an expression for their content,
// which is long.
func membershipColumns(line string) string {
	return `SELECT id, owner, sha256, state, ` + line + `, received_at, version, number, authority, tax_code, name_key, record FROM membership_request`
}

func scanMembership(row scanner) (region.MembershipRecord, error) {
	var r region.MembershipRecord
	var state string
	var received int64
	var record []byte
	err := row.Scan(&r.ID, &r.Owner, &r.SHA256, &state, &r.Line, &received, &r.Version, &r.Number, &r.Authority, &r.TaxCode, &r.NameKey, &record)
	if err != nil {
		return r, err
	}
	if len(record) == 0 {
		return receivedBefore(r, membership.State(state), moment(received)), nil
	}
	var stored storedCase
	if err := json.Unmarshal(record, &stored); err != nil {
		return r, fmt.Errorf("membership request %s: %w", r.ID, err)
	}
	stored.Case.Version = r.Version
	r.Case, r.Member = stored.Case, stored.Member
	return r, nil
}

// receivedBefore makes the case of a request that came before there were any.
func receivedBefore(r region.MembershipRecord, state membership.State, at time.Time) region.MembershipRecord {
	var content membership.Request
	if err := json.Unmarshal(r.Line, &content); err != nil {
		content = membership.Request{} // its shape was not fixed then
	}
	r.State, r.ReceivedAt = state, at
	r.Authority, r.Name = strings.ToLower(strings.TrimSpace(content.Body.ID)), strings.TrimSpace(content.Body.Name)
	r.History = []membership.Entry{{At: at, Event: membership.Submit, From: membership.Draft, To: membership.Sent, By: membership.Actor{Role: membership.ByApplicant}}}
	return r
}

// Membership returns a request with its case.
func (t *tx) Membership(id string) (region.MembershipRecord, bool, error) {
	r, err := scanMembership(t.row(membershipColumns(`line`)+` WHERE id = ?`, id))
	ok, err := found(err)
	return r, ok, err
}

// LockMembership writes the row as it is before it reads it: who comes second
// waits.
func (t *tx) LockMembership(id string) (region.MembershipRecord, bool, error) {
	if err := t.done(`UPDATE membership_request SET version = version WHERE id = ?`, id); err != nil {
		return region.MembershipRecord{}, false, err
	}
	return t.Membership(id)
}

// caseRow is what the columns say of a case.
type caseRow struct {
	record          []byte
	expires, closed int64
	registered      int
}

func rowOf(r region.MembershipRecord) (row caseRow, err error) {
	c := r.Case
	c.Content, c.Rivals = nil, nil
	if c.ExpiresAt != nil {
		row.expires = stamp(*c.ExpiresAt)
	}
	if at := c.ClosedAt(); !at.IsZero() {
		row.closed = stamp(at)
	}
	row.registered = number(c.Protocol.Number != "")
	row.record, err = wire.Marshal(storedCase{c, r.Member})
	return row, err
}

// AddMembership stores a request unless its identifier is taken.
func (t *tx) AddMembership(r region.MembershipRecord) (bool, error) {
	row, err := rowOf(r)
	if err != nil {
		return false, err
	}
	return t.added(`INSERT INTO membership_request (id, owner, sha256, state, line, received_at, version, number, authority, tax_code, name_key,
		expires_at, registered, closed_at, record) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT DO NOTHING`,
		r.ID, r.Owner, r.SHA256, string(r.State), r.Line, stamp(r.ReceivedAt), r.Version, r.Number, r.Authority, r.TaxCode, r.NameKey,
		row.expires, row.registered, row.closed, row.record)
}

// PutMembership stores what may change of a request.
func (t *tx) PutMembership(r region.MembershipRecord) error {
	row, err := rowOf(r)
	if err != nil {
		return err
	}
	return t.done(`UPDATE membership_request SET sha256 = ?, state = ?, line = ?, version = ?, authority = ?, tax_code = ?, name_key = ?,
		expires_at = ?, registered = ?, closed_at = ?, record = ? WHERE id = ?`,
		r.SHA256, string(r.State), r.Line, r.Version, r.Authority, r.TaxCode, r.NameKey, row.expires, row.registered, row.closed, row.record, r.ID)
}

// NextMembershipVersion moves the counter row.
func (t *tx) NextMembershipVersion() (int64, error) {
	var last int64
	err := t.row(`INSERT INTO membership_feed (id, last) VALUES (1, 1)
		ON CONFLICT (id) DO UPDATE SET last = membership_feed.last + 1 RETURNING last`).Scan(&last)
	return last, err
}

// renumbering is more changes than a hub can have lost.
const renumbering = 1_000_000

// renumberMemberships gives every case a version that no examiner has seen
// before: what was decided since a backup is not there any more, and what is
// there must be read again.
func (t *tx) renumberMemberships() error {
	last := `(SELECT last FROM membership_feed WHERE id = 1)`
	err := t.done(`UPDATE membership_request SET version = version + ? + `+last+` WHERE EXISTS `+last, renumbering)
	if err == nil {
		err = t.done(`UPDATE membership_feed SET last = last * 2 + ? WHERE id = 1`, renumbering)
	}
	return err
}

// NextReceiptNumber moves the year's counter row.
func (t *tx) NextReceiptNumber(year int) (int64, error) {
	var last int64
	err := t.row(`INSERT INTO membership_number (year, last) VALUES (?, 1)
		ON CONFLICT (year) DO UPDATE SET last = membership_number.last + 1 RETURNING last`, year).Scan(&last)
	return last, err
}

// MembershipsAfter lists requests in the order of their last change. The
// content is read of those only whose case is to be made of it.
func (t *tx) MembershipsAfter(version int64, limit int) ([]region.MembershipRecord, error) {
	var list []region.MembershipRecord
	err := t.each(func(row scanner) error {
		r, err := scanMembership(row)
		list = append(list, r)
		return err
	}, membershipColumns(`CASE WHEN LENGTH(record) = 0 THEN line END`)+` WHERE version > ? ORDER BY version LIMIT ?`, version, limit)
	return list, err
}

// MembershipsDue lists requests whose time is over.
func (t *tx) MembershipsDue(at time.Time) ([]string, error) {
	return t.names(`SELECT id FROM membership_request WHERE expires_at > 0 AND expires_at <= ? ORDER BY expires_at, id`, stamp(at))
}

// MembershipRivals lists other open requests for the same body, the oldest
// first.
func (t *tx) MembershipRivals(r region.MembershipRecord, limit int) ([]string, error) {
	return t.names(rivals(), r.ID, r.Authority, r.TaxCode, r.NameKey, limit)
}

func rivals() string {
	return `SELECT id FROM membership_request WHERE id <> ? AND ` + openStates() + ` AND
		(authority <> '' AND authority = ? OR tax_code <> '' AND tax_code = ? OR name_key <> '' AND name_key = ?)
		ORDER BY received_at, id LIMIT ?`
}

// MembershipsClosed lists requests whose documents have had their time.
func (t *tx) MembershipsClosed(registered, unregistered time.Time, limit int) ([]string, error) {
	return t.names(`SELECT id FROM membership_request r WHERE closed_at > 0
		AND (registered = 1 AND closed_at <= ? OR registered = 0 AND closed_at <= ?)
		AND EXISTS (SELECT 1 FROM membership_document d WHERE d.request = r.id) ORDER BY closed_at, id LIMIT ?`,
		stamp(registered), stamp(unregistered), limit)
}

// NameDocument writes the document's row as it is before it notes the name:
// who removes it has done so or sees the name.
func (t *tx) NameDocument(request, owner, sha256 string, registered bool) (bool, error) {
	n, err := t.exec(`UPDATE applicant_blob SET registered = CASE WHEN ? = 1 THEN 1 ELSE registered END
		WHERE owner = ? AND sha256 = ? AND received = size`, number(registered), owner, sha256)
	if err != nil || n == 0 {
		return false, err
	}
	return true, t.done(`INSERT INTO membership_document (request, owner, sha256) VALUES (?, ?, ?) ON CONFLICT DO NOTHING`, request, owner, sha256)
}

// RegisterDocuments marks what a request needs.
func (t *tx) RegisterDocuments(request string) error {
	return t.done(`UPDATE applicant_blob SET registered = 1
		WHERE (owner, sha256) IN (SELECT owner, sha256 FROM membership_document WHERE request = ?)`, request)
}

// UnnameDocuments forgets which documents a request needs.
func (t *tx) UnnameDocuments(request, owner string) error {
	if owner == "" {
		return t.done(`DELETE FROM membership_document WHERE request = ?`, request)
	}
	return t.done(`DELETE FROM membership_document WHERE request = ? AND owner = ?`, request, owner)
}

// NamedDocuments lists what a request needs.
func (t *tx) NamedDocuments(request string) ([]region.ApplicantBlob, error) {
	return t.blobs(`SELECT b.owner, b.sha256, b.size, b.received, b.changed_at FROM membership_document d
		JOIN applicant_blob b ON b.owner = d.owner AND b.sha256 = d.sha256 WHERE d.request = ? ORDER BY b.owner, b.sha256`, request)
}

// MembershipsOf lists an authority's requests in a state.
func (t *tx) MembershipsOf(authority string, state membership.State) ([]string, error) {
	return t.names(`SELECT id FROM membership_request WHERE authority = ? AND state = ? ORDER BY received_at, id`, authority, string(state))
}

// AddMembershipChange claims the identifier of a change: who comes second
// waits until the first has committed.
func (t *tx) AddMembershipChange(c region.MembershipChange) (bool, error) {
	return t.added(`INSERT INTO membership_change (id, request, sha256, at) VALUES (?, ?, ?, ?) ON CONFLICT DO NOTHING`,
		c.ID, c.Request, c.SHA256, stamp(c.At))
}

// MembershipChange returns a change that happened.
func (t *tx) MembershipChange(id string) (region.MembershipChange, bool, error) {
	c := region.MembershipChange{ID: id}
	var at int64
	ok, err := found(t.row(`SELECT request, sha256, at FROM membership_change WHERE id = ?`, id).Scan(&c.Request, &c.SHA256, &at))
	c.At = moment(at)
	return c, ok, err
}

// PutFirstSteps stores the line of a new member.
func (t *tx) PutFirstSteps(authority string, line []byte) error {
	return t.done(`INSERT INTO first_steps (authority, line) VALUES (?, ?)
		ON CONFLICT (authority) DO UPDATE SET line = excluded.line`, authority, line)
}
