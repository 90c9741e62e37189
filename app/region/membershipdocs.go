package region

import (
	"bytes"
	"context"
	"encoding/json"
	"io"
	"strconv"

	"polis/app"
	"polis/app/membership"
	"polis/data/wire"
)

// regionOwner owns the documents that came to the region by another way.
func regionOwner(request string) string { return "region:" + request }

// document finds a document of a request: the applicant's, else the region's.
func document(tx Tx, r *MembershipRecord, sha string) (ApplicantBlob, bool, error) {
	for _, owner := range []string{r.Owner, regionOwner(r.ID)} {
		b, found, err := tx.ApplicantBlob(owner, sha)
		if err != nil || found && b.upload().Complete {
			return b, found, err
		}
	}
	return ApplicantBlob{}, false, nil
}

// hasDocument names a document, refuses one that did not come whole before,
// and reads anew what a signed one says of itself.
func (h *Hub) hasDocument(tx Tx, r *MembershipRecord, d *membership.Document) error {
	b, found, err := document(tx, r, d.SHA256)
	if err != nil {
		return err
	}
	if found = found && b.Size == d.Size; found {
		found, err = tx.NameDocument(r.ID, b.Owner, b.SHA256, r.Protocol.Number != "")
	}
	if err != nil {
		return err
	}
	if !found {
		return app.Fault(app.CodeInvalid, nil, "field", "documents", "value", clip(d.SHA256))
	}
	if h.signature == nil || d.Signature == nil && d.Kind != membership.DocumentAgreement {
		return nil
	}
	var content bytes.Buffer
	if err := tx.BlobParts(b.Owner, b.SHA256, func(part []byte) error { _, err := content.Write(part); return err }); err != nil {
		return err
	}
	s, err := h.signature(content.Bytes())
	switch {
	case app.ErrorCode(err) == app.CodeSignatureDetached:
		return err
	case err != nil:
		return app.Fault(app.CodeNotSigned, err, "name", clip(d.Name))
	case d.Signature != nil:
		*d.Signature = s
	}
	return nil
}

// names reports whether a document belongs to a request: its content or its
// history names it, or it came to the region for it.
func (r *MembershipRecord) names(sha string) bool {
	var content membership.Request
	if err := json.Unmarshal(r.Line, &content); err != nil {
		content = membership.Request{} // sent by a program that knows no form
	}
	for _, d := range content.Documents {
		if d.SHA256 == sha {
			return true
		}
	}
	for _, e := range r.History {
		if e.Document != nil && e.Document.SHA256 == sha {
			return true
		}
	}
	return false
}

// MembershipDocument opens a document of a request. Codes: CodeForbidden,
// CodeNotFound, CodeDocumentsRemoved.
func (h *Hub) MembershipDocument(ctx context.Context, caller Caller, request, sha string) (io.ReadCloser, int64, error) {
	if !examines(caller) {
		return nil, 0, app.Fault(app.CodeForbidden, nil)
	}
	var b ApplicantBlob
	err := h.store.View(ctx, func(tx Tx) error {
		r, found, err := tx.Membership(request)
		if err != nil {
			return err
		}
		if found && r.DocumentsRemovedAt != nil && r.names(sha) {
			return app.Fault(app.CodeDocumentsRemoved, nil)
		}
		ok := false
		if found && isSHA256(sha) {
			if b, ok, err = tx.ApplicantBlob(regionOwner(request), sha); err != nil {
				return err
			}
			if ok = ok && b.upload().Complete; !ok && r.names(sha) {
				b, ok, err = document(tx, &r, sha)
			}
		}
		if err == nil && !ok {
			err = app.Fault(app.CodeNotFound, nil, "what", clip(sha))
		}
		return err
	})
	if err != nil {
		return nil, 0, err
	}
	return &documentReader{ctx: ctx, store: h.store, blob: b}, b.Size, nil
}

// documentReader reads part by part, each in a transaction of its own: a slow
// link must not hold one open.
type documentReader struct {
	ctx   context.Context
	store Store
	blob  ApplicantBlob
	at    int64
	part  []byte
}

// Read implements io.Reader.
func (d *documentReader) Read(into []byte) (int, error) {
	if len(d.part) == 0 {
		if d.at >= d.blob.Size {
			return 0, io.EOF
		}
		err := d.store.View(d.ctx, func(tx Tx) (err error) {
			d.part, err = tx.BlobPart(d.blob.Owner, d.blob.SHA256, d.at)
			return err
		})
		if err == nil && len(d.part) == 0 {
			err = io.ErrUnexpectedEOF
		}
		if err != nil {
			return 0, err
		}
		d.at += int64(len(d.part))
	}
	n := copy(into, d.part)
	d.part = d.part[n:]
	return n, nil
}

// Close implements io.Closer.
func (d *documentReader) Close() error { d.part, d.at = nil, d.blob.Size; return nil }

// PutRegionDocument adds a part to a document that came to the region by
// another way; parts come as in PutBlobPart. Codes: CodeForbidden (not theirs,
// or too many), CodeNotFound, CodeInvalid, CodeConflict (a gap),
// CodeMembershipState (its documents were removed).
func (h *Hub) PutRegionDocument(ctx context.Context, caller Caller, request string, p BlobPart) (upload wire.BlobUpload, completed bool, err error) {
	if !examines(caller) {
		return upload, false, app.Fault(app.CodeForbidden, nil)
	}
	if p.Size > membership.MaxDocument {
		return upload, false, app.Fault(app.CodeFileTooLarge, nil, "name", clip(p.SHA256), "mb", strconv.Itoa(membership.MaxDocument>>20))
	}
	return h.putPart(ctx, shelf{
		owner: regionOwner(request),
		may: func(tx Tx) error {
			r, found, err := tx.LockMembership(request)
			switch {
			case err != nil:
			case !found:
				err = app.Fault(app.CodeNotFound, nil, "what", clip(request))
			case r.DocumentsRemovedAt != nil:
				err = app.Fault(app.CodeMembershipState, nil, "event", string(membership.RegisterAgreement), "state", string(r.State))
			}
			return err
		},
		takes: func(Tx, ApplicantBlob, int64) error { return nil },
		whole: func(tx Tx, b ApplicantBlob) error {
			_, err := tx.NameDocument(request, b.Owner, b.SHA256, true)
			return err
		},
	}, p)
}

// RegionDocument says how far a document is that came to the region by another
// way. Codes: CodeForbidden, CodeNotFound.
func (h *Hub) RegionDocument(ctx context.Context, caller Caller, request, sha string) (wire.BlobUpload, error) {
	if !examines(caller) {
		return wire.BlobUpload{}, app.Fault(app.CodeForbidden, nil)
	}
	return h.BlobUpload(ctx, Applicant{Thumbprint: regionOwner(request)}, sha)
}
