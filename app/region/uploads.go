package region

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/google/uuid"

	"polis/app"
	"polis/data/wire"
)

// Bounds of single items, in bytes. Proposals bring texts, private parts what
// an age file adds.
const (
	MaxContact = 64 << 10
	MaxUpload  = 256 << 10
)

// UploadTypes lists what workstations can send.
func UploadTypes() []string {
	return []string{wire.TypeContact, wire.TypeContactPrivate, wire.TypeFollowUp, wire.TypeProposal, wire.TypeKeyEnvelope}
}

// UploadLimit returns the longest item of a type, in bytes.
func UploadLimit(kind string) int {
	if kind == wire.TypeContact {
		return MaxContact
	}
	return MaxUpload
}

// PutContact is PutUpload for a contact.
func (h *Hub) PutContact(ctx context.Context, d Device, id string, body []byte) (receipt wire.Receipt, created bool, err error) {
	return h.PutUpload(ctx, d, wire.TypeContact, id, body)
}

// PutUpload stores one item under the identifier that its workstation gave it
// and returns the receipt. The same item again gets the same receipt and
// created is false. Codes: CodeInvalid (body, id, or a field), CodeForbidden
// (of another authority or office, or of a stranger), CodeConflict (the
// identifier holds something else), CodeDiskFull.
func (h *Hub) PutUpload(ctx context.Context, d Device, kind, id string, body []byte) (receipt wire.Receipt, created bool, err error) {
	up, err := h.readUpload(d, kind, id, body)
	if err != nil {
		return wire.Receipt{}, false, err
	}
	err = h.store.Update(ctx, func(tx Tx) error {
		run := storing{tx: tx, device: d}
		var err error
		receipt, created, err = run.store(up)
		if err != nil {
			return err
		}
		return run.list()
	})
	return receipt, created, err
}

// PutBatch stores many items, each for itself, and says what became of each.
// An item without a verdict could not be stored and is to be sent again in
// another batch; when that is true of all nothing is remembered. The same
// batch again gets the same answer. Codes: CodeInvalid (id, body, items),
// CodeConflict (the identifier was used for another batch), and those of the
// storage.
func (h *Hub) PutBatch(ctx context.Context, d Device, id string, body []byte) (wire.BatchAnswer, error) {
	if err := checkUUID("id", id); err != nil {
		return wire.BatchAnswer{}, err
	}
	if len(body) > wire.MaxBatchBytes {
		return wire.BatchAnswer{}, app.Fault(app.CodeInvalid, nil, "field", "body", "value", "> "+strconv.Itoa(wire.MaxBatchBytes))
	}
	canonical, err := wire.Canonical(body)
	if err != nil {
		return wire.BatchAnswer{}, app.Fault(app.CodeInvalid, err, "field", "body", "value", "")
	}
	var batch wire.UploadBatch
	if err := json.Unmarshal(canonical, &batch); err != nil {
		return wire.BatchAnswer{}, app.Fault(app.CodeInvalid, err, "field", "body", "value", "")
	}
	if len(batch.Items) > wire.MaxBatchItems {
		return wire.BatchAnswer{}, app.Fault(app.CodeInvalid, nil, "field", "items", "value", "> "+strconv.Itoa(wire.MaxBatchItems))
	}
	if len(batch.AuditHead) > 64 || strings.Trim(batch.AuditHead, "0123456789abcdef") != "" {
		return wire.BatchAnswer{}, app.Fault(app.CodeInvalid, nil, "field", "audit_head", "value", clip(batch.AuditHead))
	}
	claim := Batch{Device: d.ID, ID: id, SHA256: wire.Hash(canonical), AuditHead: batch.AuditHead, ReceivedAt: h.now()}
	var answer wire.BatchAnswer
	err = h.store.Update(ctx, func(tx Tx) (err error) {
		answer, err = h.putBatch(tx, d, claim, batch.Items)
		return err
	})
	return answer, err
}

func (h *Hub) putBatch(tx Tx, d Device, claim Batch, items []wire.UploadItem) (wire.BatchAnswer, error) {
	answer := wire.BatchAnswer{Items: []wire.Verdict{}}
	isNew, err := tx.AddBatch(claim)
	if err != nil {
		return answer, err
	}
	if !isNew {
		was, _, err := tx.Batch(d.ID, claim.ID)
		if err != nil {
			return answer, err
		}
		if was.SHA256 != claim.SHA256 {
			return answer, app.Fault(app.CodeConflict, nil, "what", claim.ID)
		}
		return answer, json.Unmarshal(was.Answer, &answer)
	}
	run := storing{tx: tx, device: d}
	var fault error // of the storage
	for _, item := range items {
		verdict, err := h.putItem(&run, item)
		if err == nil {
			answer.Items = append(answer.Items, verdict)
		} else {
			fault = err
		}
	}
	if len(answer.Items) == 0 && fault != nil { // an answer without a verdict is not worth remembering
		return answer, fault
	}
	if err := run.list(); err != nil {
		return answer, err
	}
	raw, err := wire.Marshal(answer)
	if err != nil {
		return answer, err
	}
	return answer, tx.AnswerBatch(d.ID, claim.ID, raw)
}

// putItem gives a verdict; an error means that the storage could not take the
// item, of which nothing stays.
func (h *Hub) putItem(run *storing, item wire.UploadItem) (wire.Verdict, error) {
	v := wire.Verdict{Type: item.Type, ID: item.ID, SHA256: item.SHA256, Verdict: wire.VerdictCreated}
	up, err := h.readUpload(run.device, item.Type, item.ID, item.Payload)
	if err == nil && up.SHA256 != item.SHA256 {
		err = app.Fault(app.CodeInvalid, nil, "field", "sha256", "value", clip(item.SHA256))
	}
	if err == nil {
		before := len(run.stored)
		err = run.tx.Savepoint(func() error {
			receipt, created, err := run.store(up)
			switch {
			case !created:
				v.Verdict = wire.VerdictDuplicate
			case receipt.State == wire.StateStaleBase:
				v.Verdict = wire.VerdictAcceptedWithConflict
			}
			return err
		})
		if err != nil {
			run.stored = run.stored[:before]
		}
	}
	if p := refusal(err); p != nil {
		v.Verdict, v.Problem = wire.VerdictRejected, p
		return v, nil
	}
	return v, err
}

// refusal is what is wrong with the item itself, nil when it is the storage
// that failed.
func refusal(err error) *wire.Problem {
	p := wire.Problem{Code: string(app.ErrorCode(err)), Params: app.ErrorParams(err)}
	switch app.Code(p.Code) {
	case app.CodeInvalid:
		p.Status, p.Title = 400, "Bad Request"
	case app.CodeForbidden:
		p.Status, p.Title = 403, "Forbidden"
	case app.CodeConflict:
		p.Status, p.Title = 409, "Conflict"
	default:
		return nil
	}
	p.Type = ProblemType(app.Code(p.Code))
	return &p
}

// ProblemType is the address of a kind of problem.
func ProblemType(code app.Code) string {
	return "urn:polis:problem:" + strings.ReplaceAll(string(code), "_", "-")
}

// storing is one transaction that stores uploads of a workstation.
type storing struct {
	tx     Tx
	device Device
	stored []PrivateRow
}

func (s *storing) store(u upload) (wire.Receipt, bool, error) {
	if err := s.check(&u); err != nil {
		return wire.Receipt{}, false, err
	}
	created, err := s.tx.AddUpload(u.StoredUpload)
	if err != nil {
		return wire.Receipt{}, false, err
	}
	if created {
		s.stored = append(s.stored, PrivateRow{Type: u.Type, ID: u.ID, Authority: u.Authority, Office: u.Office})
	} else {
		was, _, err := s.tx.Upload(u.Type, u.ID)
		if err != nil {
			return wire.Receipt{}, false, err
		}
		if was.SHA256 != u.SHA256 {
			return wire.Receipt{}, false, app.Fault(app.CodeConflict, nil, "what", u.ID)
		}
		u.ReceivedAt, u.State = was.ReceivedAt, was.State
	}
	r, err := giveReceipt(s.tx, s.device.ID, u.StoredUpload)
	return r, created, err
}

// list puts what was stored into the private feed, as late as can be: from
// here on other workstations of the authority wait for the commit.
func (s *storing) list() error { return listPrivate(s.tx, s.device.Authority, s.stored) }

// check looks at what only the database knows.
func (s *storing) check(u *upload) error {
	for _, look := range []func(*upload) error{s.checkOperator, s.checkContact, s.checkDevice} {
		if err := look(u); err != nil {
			return err
		}
	}
	if u.sheet == "" {
		return nil
	}
	version, err := s.tx.PublishedVersion(Key{wire.TypeSheet, u.sheet})
	if u.baseVersion < version {
		u.State = wire.StateStaleBase
	}
	return err
}

// checkOperator: nobody of another authority. Whether still active does not
// matter, because nothing is refused for being late; nor whether known at all,
// because a hub that was restored does not know who came after the backup, and
// what they logged must not stay outside for that.
func (s *storing) checkOperator(u *upload) error {
	if u.Operator == "" {
		return nil
	}
	o, found, err := s.tx.Operator(u.Operator)
	switch {
	case err != nil:
	case !found:
		err = checkUUID("operator", u.Operator)
	case o.Authority != s.device.Authority:
		err = app.Fault(app.CodeForbidden, nil)
	}
	return err
}

// checkContact: a contact may come later than what is about it.
func (s *storing) checkContact(u *upload) error {
	if u.contact == "" {
		return nil
	}
	c, found, err := s.tx.Upload(wire.TypeContact, u.contact)
	if err == nil && found && (c.Authority != u.Authority || c.Office != u.Office) {
		err = app.Fault(app.CodeForbidden, nil)
	}
	return err
}

func (s *storing) checkDevice(u *upload) error {
	if u.device == "" {
		return nil
	}
	d, found, err := s.tx.Device(u.device)
	if err == nil && (!found || d.Authority != u.Authority || d.Office != u.Office) {
		err = app.Fault(app.CodeForbidden, nil)
	}
	return err
}

// upload is an item that was read, with what remains to be looked up.
type upload struct {
	StoredUpload
	contact, device, sheet string
	baseVersion            int64
}

// readUpload reads an item and checks all that needs no database.
func (h *Hub) readUpload(d Device, kind, id string, body []byte) (upload, error) {
	switch {
	case !slices.Contains(UploadTypes(), kind):
		return upload{}, app.Fault(app.CodeInvalid, nil, "field", "type", "value", clip(kind))
	case len(body) > UploadLimit(kind):
		return upload{}, app.Fault(app.CodeInvalid, nil, "field", "body", "value", strconv.Itoa(len(body)))
	}
	if err := checkUUID("id", id); err != nil {
		return upload{}, err
	}
	line, err := wire.Canonical(body)
	if err != nil {
		return upload{}, app.Fault(app.CodeInvalid, err, "field", "body", "value", "")
	}
	u := upload{StoredUpload: StoredUpload{
		Type: kind, ID: id, Device: d.ID, SHA256: wire.Hash(line), State: wire.StateStored, Line: line, ReceivedAt: h.now(),
	}}
	if err := u.decode(); err != nil {
		return upload{}, err
	}
	if u.Authority != d.Authority || u.Office != d.Office {
		return upload{}, app.Fault(app.CodeForbidden, nil)
	}
	return u, nil
}

// decode reads the line by its type.
func (u *upload) decode() error {
	switch u.Type {
	case wire.TypeContact:
		return u.decodeContact()
	case wire.TypeContactPrivate:
		return u.decodePrivate()
	case wire.TypeFollowUp:
		var f wire.FollowUp
		if err := u.into(&f); err != nil {
			return err
		}
		u.Authority, u.Office, u.Operator, u.contact = f.Authority, f.Office, f.Operator, f.Contact
		return errors.Join(u.heads(f.Type, f.ID, f.RecordedAt), filled("operator", f.Operator), checkUUID("contact", f.Contact))
	case wire.TypeProposal:
		return u.decodeProposal()
	}
	var k wire.KeyEnvelope
	if err := u.into(&k); err != nil {
		return err
	}
	u.Authority, u.Office, u.device = k.Authority, k.Office, k.Device
	return errors.Join(u.heads(k.Type, k.ID, k.RecordedAt), checkUUID("device", k.Device), checkSealed(k.Key, k.Sealed))
}

func (u *upload) into(v any) error {
	if err := json.Unmarshal(u.Line, v); err != nil {
		return app.Fault(app.CodeInvalid, err, "field", "body", "value", "")
	}
	return nil
}

func (u *upload) decodeContact() error {
	c, err := wire.DecodeContact(u.Line)
	if err != nil {
		return app.Fault(app.CodeInvalid, err, "field", "body", "value", "")
	}
	u.Authority, u.Office, u.Operator = c.Authority, c.Office, c.Operator
	if err := c.Validate(); err != nil {
		return err
	}
	return u.heads(wire.TypeContact, c.ID, c.RecordedAt)
}

func (u *upload) decodePrivate() error {
	var p wire.ContactPrivate
	if err := u.into(&p); err != nil {
		return err
	}
	u.Authority, u.Office, u.Operator, u.contact = p.Authority, p.Office, p.Operator, p.Contact
	return errors.Join(u.heads(p.Type, p.ID, p.RecordedAt), filled("operator", p.Operator),
		checkUUID("contact", p.Contact), checkSealed(p.Key, p.Sealed))
}

// Bounds of a proposal, in bytes.
const (
	maxProposalText  = 16 << 10
	maxProposalQuery = 500
	maxSections      = 50
)

func (u *upload) decodeProposal() error {
	var p wire.Proposal
	if err := u.into(&p); err != nil {
		return err
	}
	u.Authority, u.Office, u.Operator, u.sheet, u.baseVersion = p.Authority, p.Office, p.Operator, p.Sheet, p.BaseVersion
	if err := errors.Join(u.heads(p.Type, p.ID, p.RecordedAt), filled("operator", p.Operator)); err != nil {
		return err
	}
	switch {
	case !slices.Contains(app.UnmetReasons(), p.Reason):
		return app.Fault(app.CodeInvalid, nil, "field", "reason", "value", clip(p.Reason))
	case p.BaseVersion < 0:
		return app.Fault(app.CodeInvalid, nil, "field", "base_version", "value", strconv.FormatInt(p.BaseVersion, 10))
	case len(p.Query) > maxProposalQuery:
		return app.Fault(app.CodeInvalid, nil, "field", "query", "value", clip(p.Query))
	case len(p.Text) > maxProposalText:
		return app.Fault(app.CodeInvalid, nil, "field", "text", "value", clip(p.Text))
	case len(p.Sections) > maxSections:
		return app.Fault(app.CodeInvalid, nil, "field", "sections", "value", strconv.Itoa(len(p.Sections)))
	}
	return nil
}

// heads compares what the item says of itself with how it was sent.
func (u *upload) heads(kind, id string, recorded time.Time) error {
	switch {
	case kind != u.Type:
		return app.Fault(app.CodeInvalid, nil, "field", "type", "value", clip(kind))
	case id != u.ID:
		return app.Fault(app.CodeInvalid, nil, "field", "id", "value", clip(id))
	case recorded.IsZero():
		return app.Fault(app.CodeInvalid, nil, "field", "recorded_at", "value", "")
	}
	return nil
}

func filled(field, value string) error {
	if value == "" {
		return app.Fault(app.CodeInvalid, nil, "field", field, "value", "")
	}
	return nil
}

// checkSealed looks at what the hub cannot read.
func checkSealed(key, sealed string) error {
	switch {
	case !strings.HasPrefix(key, "age1") || len(key) > maxSealKey:
		return app.Fault(app.CodeInvalid, nil, "field", "key", "value", clip(key))
	case sealed == "" || bytes.ContainsFunc([]byte(sealed), notBase64URL):
		return app.Fault(app.CodeInvalid, nil, "field", "sealed", "value", clip(sealed))
	}
	return nil
}

func notBase64URL(r rune) bool {
	return (r < 'a' || r > 'z') && (r < 'A' || r > 'Z') && (r < '0' || r > '9') && r != '-' && r != '_'
}

// checkUUID takes identifiers in the one form in which they are compared.
func checkUUID(field, id string) error {
	parsed, err := uuid.Parse(id)
	if err != nil || parsed.String() != id {
		return app.Fault(app.CodeInvalid, err, "field", field, "value", clip(url.PathEscape(id)))
	}
	return nil
}

// now is the moment as it is stored.
func (h *Hub) now() time.Time { return h.clock.Now().UTC().Truncate(time.Millisecond) }
