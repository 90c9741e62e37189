package region

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"strings"
	"time"

	"polis/app"
	"polis/app/membership"
	"polis/data/wire"
)

// Bounds for one applicant.
const (
	maxRequests  = 20 // open ones: a workstation may help other bodies
	maxBlobs     = 200
	maxBlobsSize = 2 * membership.MaxDocuments * membership.MaxDocument
)

// Bounds for all of them together: a key costs nothing to make, and what
// strangers send must never leave contacts without room. What the region has
// registered is no longer a stranger's and does not count.
const (
	maxAllRequests = 5000
	maxAllBlobs    = 20_000
	maxAllSize     = 8 << 30        // bytes that came
	forgetParts    = 48 * time.Hour // documents that nobody went on with, or that no request names
	fullFor        = time.Hour      // what is said to who comes then
)

// shares are what may come from one address in a day: addresses cost more than
// keys, and one alone must not fill the room of all. Many bodies may stand
// behind one.
func shares() (requests, documents, bytes Rate) {
	const day = 24 * time.Hour
	return Rate{"new-requests", 200, day}, Rate{"new-documents", 2000, day}, Rate{"document-bytes", 1 << 30, day}
}

// full refuses who comes when there is no more room for applicants.
func (h *Hub) full(tx Tx, a Applicant) error {
	if a.vouched {
		return nil
	}
	requests, blobs, size, err := tx.AllApplicantsUse()
	if err == nil && (requests >= maxAllRequests || blobs >= maxAllBlobs || size >= maxAllSize) {
		now := h.clock.Now()
		err = TooMany(Quota{Reset: now.Add(fullFor)}, now)
	}
	return err
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
// CodeTooManyRequests (of all applicants together, or of one address).
func (h *Hub) PutBlobPart(ctx context.Context, a Applicant, p BlobPart) (upload wire.BlobUpload, completed bool, err error) {
	return h.putPart(ctx, shelf{
		owner: a.Thumbprint,
		may:   func(tx Tx) error { return h.full(tx, a) },
		takes: func(tx Tx, was ApplicantBlob, n int64) error {
			_, documents, bytes := shares()
			if was.Size == 0 {
				if err := h.share(tx, a, documents, 1); err != nil {
					return err
				}
			}
			return h.share(tx, a, bytes, n)
		},
		whole: func(Tx, ApplicantBlob) error { return nil },
	}, p)
}

// shelf is where documents of an owner are put: who may, at what cost (n more
// bytes of a document), and what is done when one is whole.
type shelf struct {
	owner string
	may   func(Tx) error
	takes func(tx Tx, was ApplicantBlob, n int64) error
	whole func(Tx, ApplicantBlob) error
}

// putPart adds a part to a document.
func (h *Hub) putPart(ctx context.Context, s shelf, p BlobPart) (upload wire.BlobUpload, completed bool, err error) {
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
		if err := s.may(tx); err != nil {
			return err
		}
		was, _, err := tx.ApplicantBlob(s.owner, p.SHA256)
		if err != nil {
			return err
		}
		b, refusal, err = h.addPart(tx, s, was, p)
		whole := b.upload().Complete
		completed = whole && !was.upload().Complete
		if err == nil && whole {
			err = s.whole(tx, b)
		}
		return err
	})
	if err == nil {
		err = refusal
	}
	return b.upload(), completed && err == nil, err
}

// addPart returns a refusal apart from the faults of the storage.
func (h *Hub) addPart(tx Tx, s shelf, was ApplicantBlob, p BlobPart) (b ApplicantBlob, refusal, err error) {
	if b = was; b.Size == 0 {
		_, blobs, size, err := tx.ApplicantUse(s.owner)
		if err != nil || blobs >= maxBlobs || size+p.Size > maxBlobsSize {
			return b, app.Fault(app.CodeForbidden, nil), err
		}
		b = ApplicantBlob{Owner: s.owner, SHA256: p.SHA256, Size: p.Size}
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
	if err := s.takes(tx, was, int64(len(p.Content))); err != nil {
		return b, nil, err
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
