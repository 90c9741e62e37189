package region

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"strconv"
	"strings"
	"time"

	"polis/app"
	"polis/data/wire"
)

// Bounds for one applicant.
const (
	MaxMembershipRequest = 256 << 10 // bytes
	maxRequests          = 5
	maxBlobs             = 40
	maxBlobsSize         = 200 << 20
)

// Bounds for all of them together: a key costs nothing to make, and what
// strangers send must never leave contacts without room.
const (
	maxAllRequests = 5000
	maxAllBlobs    = 20_000
	maxAllSize     = 8 << 30            // bytes that came
	forgetParts    = 7 * 24 * time.Hour // documents that nobody went on with
	fullFor        = time.Hour          // what is said to who comes then
)

// full refuses who comes when there is no more room for applicants.
func (h *Hub) full(tx Tx) error {
	if err := tx.ForgetApplicantBlobs(h.now().Add(-forgetParts)); err != nil {
		return err
	}
	requests, blobs, size, err := tx.AllApplicantsUse()
	if err == nil && (requests >= maxAllRequests || blobs >= maxAllBlobs || size >= maxAllSize) {
		now := h.clock.Now()
		err = TooMany(Quota{Reset: now.Add(fullFor)}, now)
	}
	return err
}

// PutMembershipRequest stores an applicant's request as it is. The same
// request again is no change; while nobody has looked at it its owner may
// replace it. Codes: CodeInvalid, CodeNotFound (somebody else's), CodeConflict
// (it is being examined), CodeForbidden (too many), CodeTooManyRequests (of
// all applicants together).
func (h *Hub) PutMembershipRequest(ctx context.Context, a Applicant, id string, body []byte) (state wire.MembershipState, created bool, err error) {
	r, err := h.readMembership(a, id, body)
	if err != nil {
		return wire.MembershipState{}, false, err
	}
	err = h.store.Update(ctx, func(tx Tx) error {
		was, found, err := tx.MembershipRequest(id)
		if err != nil {
			return err
		}
		created = !found
		switch {
		case found && was.Owner != a.Thumbprint:
			return app.Fault(app.CodeNotFound, nil, "what", id)
		case found && was.SHA256 == r.SHA256:
			state = was.state()
			return nil
		case found && was.State != wire.MembershipReceived:
			return app.Fault(app.CodeConflict, nil, "what", id)
		case !found:
			requests, _, _, err := tx.ApplicantUse(a.Thumbprint)
			if err != nil {
				return err
			}
			if requests >= maxRequests {
				return app.Fault(app.CodeForbidden, nil)
			}
			if err := h.full(tx); err != nil {
				return err
			}
		}
		state = r.state()
		done, err := tx.PutMembershipRequest(r)
		if err == nil && !done {
			err = app.Fault(app.CodeNotFound, nil, "what", id)
		}
		return err
	})
	return state, created, err
}

func (h *Hub) readMembership(a Applicant, id string, body []byte) (MembershipRequest, error) {
	if err := checkUUID("id", id); err != nil {
		return MembershipRequest{}, err
	}
	if len(body) > MaxMembershipRequest {
		return MembershipRequest{}, app.Fault(app.CodeInvalid, nil, "field", "body", "value", strconv.Itoa(len(body)))
	}
	line, err := wire.Canonical(body)
	var head wire.MembershipHead
	if err == nil {
		err = json.Unmarshal(line, &head)
	}
	switch {
	case err != nil:
		return MembershipRequest{}, app.Fault(app.CodeInvalid, err, "field", "body", "value", "")
	case head.Type != wire.TypeMembershipRequest:
		return MembershipRequest{}, app.Fault(app.CodeInvalid, nil, "field", "type", "value", clip(head.Type))
	case head.ID != id:
		return MembershipRequest{}, app.Fault(app.CodeInvalid, nil, "field", "id", "value", clip(head.ID))
	}
	return MembershipRequest{ID: id, Owner: a.Thumbprint, SHA256: wire.Hash(line), State: wire.MembershipReceived, Line: line, ReceivedAt: h.now()}, nil
}

func (r MembershipRequest) state() wire.MembershipState {
	return wire.MembershipState{ID: r.ID, SHA256: r.SHA256, State: r.State, ReceivedAt: r.ReceivedAt}
}

// MembershipRequest returns an applicant's own request. Codes: CodeNotFound.
func (h *Hub) MembershipRequest(ctx context.Context, a Applicant, id string) (wire.MembershipState, []byte, error) {
	var r MembershipRequest
	var found bool
	err := h.store.View(ctx, func(tx Tx) (err error) {
		r, found, err = tx.MembershipRequest(id)
		return err
	})
	if err == nil && (!found || r.Owner != a.Thumbprint) {
		err = app.Fault(app.CodeNotFound, nil, "what", clip(id))
	}
	if err != nil {
		return wire.MembershipState{}, nil, err
	}
	return r.state(), r.Line, nil
}

// BlobPart is a part of a document: Content starts at Starts of Size bytes.
type BlobPart struct {
	SHA256       string
	Starts, Size int64
	Content      []byte
}

// PutBlobPart adds a part to an applicant's document; parts come in their
// order, and one that is there already is no change. With the last one the
// content must have the hash that names it, or everything is thrown away.
// Documents of applicants are apart from those that are published. Codes:
// CodeInvalid, CodeConflict (a gap), CodeForbidden (too many),
// CodeTooManyRequests (of all applicants together).
func (h *Hub) PutBlobPart(ctx context.Context, a Applicant, p BlobPart) (upload wire.BlobUpload, completed bool, err error) {
	ends := p.Starts + int64(len(p.Content))
	switch {
	case !isSHA256(p.SHA256):
		return upload, false, app.Fault(app.CodeInvalid, nil, "field", "sha256", "value", clip(p.SHA256))
	case p.Size < 1 || p.Size > MaxBlob || p.Starts < 0 || ends > p.Size || len(p.Content) == 0 || len(p.Content) > wire.MaxBlobPart:
		return upload, false, app.Fault(app.CodeInvalid, nil, "field", "Content-Range", "value", "")
	}
	var b ApplicantBlob
	var refusal error // returned after the commit: what does not fit together must go
	err = h.store.Update(ctx, func(tx Tx) error {
		if err := h.full(tx); err != nil {
			return err
		}
		was, _, err := tx.ApplicantBlob(a.Thumbprint, p.SHA256)
		if err != nil {
			return err
		}
		b, refusal, err = h.addPart(tx, was, a, p)
		completed = b.upload().Complete && !was.upload().Complete
		return err
	})
	if err == nil {
		err = refusal
	}
	return b.upload(), completed && err == nil, err
}

// addPart returns a refusal apart from the faults of the storage.
func (h *Hub) addPart(tx Tx, b ApplicantBlob, a Applicant, p BlobPart) (now ApplicantBlob, refusal, err error) {
	if b.Size == 0 {
		_, blobs, size, err := tx.ApplicantUse(a.Thumbprint)
		if err != nil || blobs >= maxBlobs || size+p.Size > maxBlobsSize {
			return b, app.Fault(app.CodeForbidden, nil), err
		}
		b = ApplicantBlob{Owner: a.Thumbprint, SHA256: p.SHA256, Size: p.Size}
	}
	ends := p.Starts + int64(len(p.Content))
	switch {
	case b.Size != p.Size:
		return b, app.Fault(app.CodeConflict, nil, "what", p.SHA256), nil
	case ends <= b.Received:
		return b, nil, nil
	case p.Starts != b.Received:
		return b, app.Fault(app.CodeConflict, nil, "what", p.SHA256), nil
	}
	b.Received, b.ChangedAt = ends, h.now()
	if err := tx.PutApplicantBlob(b); err != nil {
		return b, nil, err
	}
	if err := tx.AddBlobPart(b.Owner, b.SHA256, p.Starts, p.Content); err != nil || b.Received < b.Size {
		return b, nil, err
	}
	sum := sha256.New()
	if err := tx.BlobParts(b.Owner, b.SHA256, func(content []byte) error { _, err := sum.Write(content); return err }); err != nil {
		return b, nil, err
	}
	if hex.EncodeToString(sum.Sum(nil)) == b.SHA256 {
		return b, nil, nil
	}
	return ApplicantBlob{}, app.Fault(app.CodeInvalid, nil, "field", "sha256", "value", b.SHA256), tx.DeleteApplicantBlob(b.Owner, b.SHA256)
}

func (b ApplicantBlob) upload() wire.BlobUpload {
	return wire.BlobUpload{SHA256: b.SHA256, Size: b.Size, Received: b.Received, Complete: b.Size > 0 && b.Received == b.Size}
}

// BlobUpload says how far an applicant's own document is. Codes: CodeNotFound.
func (h *Hub) BlobUpload(ctx context.Context, a Applicant, sha string) (wire.BlobUpload, error) {
	var b ApplicantBlob
	var found bool
	err := h.store.View(ctx, func(tx Tx) (err error) {
		b, found, err = tx.ApplicantBlob(a.Thumbprint, sha)
		return err
	})
	if err == nil && !found {
		err = app.Fault(app.CodeNotFound, nil, "what", clip(sha))
	}
	return b.upload(), err
}

func isSHA256(text string) bool {
	return len(text) == 64 && strings.Trim(text, "0123456789abcdef") == ""
}
