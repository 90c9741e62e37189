package apiserver

import (
	"net/http"

	"polis/app"
	"polis/app/region"
	"polis/data/wire"
)

// uploadForm is the single-item form of an upload type.
type uploadForm struct {
	kind, path, id, summary string
	body                    any
}

func uploads() []uploadForm {
	return []uploadForm{
		{wire.TypeContact, "contacts", "put-contact", "Store a contact", contactBody{}},
		{wire.TypeContactPrivate, "contact-privates", "put-contact-private", "Store what only the office may read of a contact", wire.ContactPrivate{}},
		{wire.TypeFollowUp, "follow-ups", "put-follow-up", "Say that a promised call was made", wire.FollowUp{}},
		{wire.TypeProposal, "proposals", "put-proposal", "Propose a change of a sheet to its editors", wire.Proposal{}},
		{wire.TypeKeyEnvelope, "key-envelopes", "put-key-envelope", "Hand the office's key to one of its workstations", wire.KeyEnvelope{}},
	}
}

func putUpload(kind string) serveFunc {
	return func(a *api, w http.ResponseWriter, r *http.Request) error {
		c, body, err := a.signedBody(w, r, int64(region.UploadLimit(kind)))
		if err != nil {
			return err
		}
		receipt, created, err := a.hub.PutUpload(r.Context(), c.Device, kind, r.PathValue("id"), body)
		if err != nil {
			return err
		}
		return stored(w, created, receipt)
	}
}

func (a *api) putBatch(w http.ResponseWriter, r *http.Request) error {
	c, body, err := a.signedBody(w, r, wire.MaxBatchBytes)
	if err != nil {
		return err
	}
	answer, err := a.hub.PutBatch(r.Context(), c.Device, r.PathValue("id"), body)
	if app.ErrorCode(err) == app.CodeInvalid && app.ErrorParams(err)["field"] == "items" {
		return statusError{http.StatusRequestEntityTooLarge, err}
	}
	if err != nil {
		return err
	}
	return private(w, http.StatusOK, answer)
}

// signedBody reads an upload and checks that the calling workstation signed
// it: what an inspecting proxy makes of it does not pass.
func (a *api) signedBody(w http.ResponseWriter, r *http.Request, limit int64) (region.Caller, []byte, error) {
	c, err := a.caller(w, r)
	if err != nil {
		return c, nil, err
	}
	body, err := readBody(w, r, mediaJSON, limit)
	if err != nil {
		return c, nil, err
	}
	return c, body, a.hub.CheckSignature(c.Device, body, signature(r))
}

func signature(r *http.Request) region.Signature {
	return region.Signature{
		Digest: r.Header.Get(wire.DigestHeader), Token: r.Header.Get(wire.SignatureHeader), ContentType: r.Header.Get("Content-Type"),
	}
}

func (a *api) privateChanges(w http.ResponseWriter, r *http.Request) error {
	c, err := a.caller(w, r)
	if err != nil {
		return err
	}
	limit, err := region.PageSize(r.URL.Query().Get("limit"))
	if err != nil {
		return err
	}
	page, err := a.hub.PrivateChanges(r.Context(), c, r.URL.Query().Get("cursor"), limit)
	if err != nil {
		return err
	}
	return writePrivateCompressed(w, r, page)
}
