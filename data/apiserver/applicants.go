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
		return a.at(r, region.DeviceApplicant(c.Device)), err
	}
	who, err := a.hub.CheckApplicant(r.Method+" "+r.URL.Path, body, signature(r))
	return a.at(r, who), err
}

// at says from where an applicant calls, for its share of the room.
func (a *api) at(r *http.Request, who region.Applicant) region.Applicant {
	who.Address = a.address(r)
	return who
}

// writes counts a write of an applicant.
func (a *api) writes(w http.ResponseWriter, r *http.Request, who region.Applicant) error {
	quota, err := a.hub.AllowApplicant(r.Context(), who, a.address(r))
	return a.limited(w, quota, err)
}

// readUntil gives a body that may cross a slow link so long to come; the
// answer has its time after that, not beside it.
func readUntil(w http.ResponseWriter, most time.Duration) error {
	c, until := http.NewResponseController(w), time.Now().Add(most)
	for _, err := range []error{c.SetReadDeadline(until), c.SetWriteDeadline(until.Add(writeTimeout))} {
		if err != nil && !errors.Is(err, http.ErrNotSupported) {
			return err
		}
	}
	return nil
}

// readPart reads a part of a document, the whole when no range is named.
func readPart(w http.ResponseWriter, r *http.Request) (part region.BlobPart, err error) {
	if err := readUntil(w, partDeadline); err != nil {
		return part, err
	}
	body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, wire.MaxBlobPart))
	if err != nil {
		return part, bodyError(err)
	}
	part = region.BlobPart{SHA256: r.PathValue("sha256"), Size: int64(len(body)), Content: body}
	if text := r.Header.Get("Content-Range"); text != "" {
		var ends int64
		if _, err := fmt.Sscanf(text, "bytes %d-%d/%d", &part.Starts, &ends, &part.Size); err != nil || ends-part.Starts+1 != int64(len(body)) {
			return part, app.Fault(app.CodeInvalid, err, "field", "Content-Range", "value", "")
		}
	}
	return part, nil
}

func (a *api) putBlob(w http.ResponseWriter, r *http.Request) error {
	leave, err := a.parts.enter(a.address(r), a.clock.Now())
	if err != nil {
		return err
	}
	defer leave()
	part, err := readPart(w, r)
	if err != nil {
		return err
	}
	who, err := a.applicant(w, r, part.Content)
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
