package apiserver

import (
	"errors"
	"fmt"
	"io"
	"net/http"
	"time"

	"polis/app"
	"polis/app/region"
	"polis/data/wire"
)

// What comes from bodies that are not members yet, signed by a key of theirs.

const partDeadline = 10 * time.Minute // a part may cross a very slow link

// applicant finds out who sends a request, with an access token or without.
// body is nil for a request that has none.
func (a *api) applicant(w http.ResponseWriter, r *http.Request, body []byte) (region.Applicant, error) {
	if r.Header.Get("Authorization") != "" {
		c, err := a.caller(w, r)
		if err == nil && body != nil {
			err = a.hub.CheckSignature(c.Device, body, signature(r))
		}
		return region.DeviceApplicant(c.Device), err
	}
	return a.hub.CheckApplicant(r.Method+" "+r.URL.Path, body, signature(r))
}

// writes counts a write of an applicant.
func (a *api) writes(w http.ResponseWriter, r *http.Request, who region.Applicant) error {
	quota, err := a.hub.AllowApplicant(r.Context(), who, a.address(r))
	return a.limited(w, quota, err)
}

func (a *api) putMembership(w http.ResponseWriter, r *http.Request) error {
	body, err := readBody(w, r, mediaJSON, region.MaxMembershipRequest)
	if err != nil {
		return err
	}
	who, err := a.applicant(w, r, body)
	if err != nil {
		return err
	}
	if err := a.writes(w, r, who); err != nil {
		return err
	}
	state, created, err := a.hub.PutMembershipRequest(r.Context(), who, r.PathValue("id"), body)
	if err != nil {
		return err
	}
	return stored(w, created, state)
}

// membershipAnswer is a request as its owner sees it.
type membershipAnswer struct {
	wire.MembershipState
	Content jsonObject `json:"content"`
}

// jsonObject is an object whose members this contract does not fix.
type jsonObject []byte

// MarshalJSON returns the object as it is.
func (o jsonObject) MarshalJSON() ([]byte, error) { return o, nil }

func (a *api) membership(w http.ResponseWriter, r *http.Request) error {
	who, err := a.applicant(w, r, nil)
	if err != nil {
		return err
	}
	c, err := a.hub.MembershipRequest(r.Context(), who, r.PathValue("id"))
	if err != nil {
		return err
	}
	return private(w, http.StatusOK, membershipAnswer{
		wire.MembershipState{ID: c.ID, SHA256: c.SHA256, State: string(c.State), ReceivedAt: c.ReceivedAt}, jsonObject(c.Content),
	})
}

func (a *api) putBlob(w http.ResponseWriter, r *http.Request) error {
	if err := http.NewResponseController(w).SetReadDeadline(time.Now().Add(partDeadline)); err != nil && !errors.Is(err, http.ErrNotSupported) {
		return err
	}
	body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, wire.MaxBlobPart))
	if err != nil {
		return bodyError(err)
	}
	part := region.BlobPart{SHA256: r.PathValue("sha256"), Size: int64(len(body)), Content: body}
	if text := r.Header.Get("Content-Range"); text != "" {
		var ends int64
		if _, err := fmt.Sscanf(text, "bytes %d-%d/%d", &part.Starts, &ends, &part.Size); err != nil || ends-part.Starts+1 != int64(len(body)) {
			return app.Fault(app.CodeInvalid, err, "field", "Content-Range", "value", "")
		}
	}
	who, err := a.applicant(w, r, body)
	if err != nil {
		return err
	}
	if err := a.writes(w, r, who); err != nil {
		return err
	}
	upload, completed, err := a.hub.PutBlobPart(r.Context(), who, part)
	if err != nil {
		return err
	}
	return stored(w, completed, upload)
}

func (a *api) blobUpload(w http.ResponseWriter, r *http.Request) error {
	who, err := a.applicant(w, r, nil)
	if err != nil {
		return err
	}
	upload, err := a.hub.BlobUpload(r.Context(), who, r.PathValue("sha256"))
	if err != nil {
		return err
	}
	return private(w, http.StatusOK, upload)
}
