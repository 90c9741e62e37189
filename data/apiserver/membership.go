package apiserver

import (
	"errors"
	"io"
	"net/http"
	"strconv"
	"time"

	"polis/app"
	"polis/app/membership"
	"polis/app/region"
	"polis/data/wire"
)

// Requests to join: of the body that asks, signed by its key, and as the
// region's examiners deal with them.

// fileTime is how long a file from a stick may take to come.
const fileTime = 30 * time.Minute

// sender is who asks for something about a request.
type sender struct {
	examiner  *region.Caller // nil: an applicant
	applicant region.Applicant
}

// sender finds out who sends a request; body is nil for one that has none.
func (a *api) sender(w http.ResponseWriter, r *http.Request, body []byte) (sender, error) {
	if r.Header.Get("Authorization") == "" {
		who, err := a.applicant(w, r, body)
		return sender{applicant: who}, err
	}
	c, err := a.caller(w, r)
	if err == nil && body != nil {
		err = a.hub.CheckSignature(c.Device, body, signature(r))
	}
	if err == nil && examines(c) {
		return sender{examiner: &c}, nil
	}
	return sender{applicant: region.DeviceApplicant(c.Device)}, err
}

// examines reports whether somebody with a role of the region is at work.
func examines(c region.Caller) bool { return c.Is(wire.RoleExaminer, wire.RoleAdministrator) }

// examiner finds out which examiner calls. Codes: CodeForbidden.
func (a *api) examiner(w http.ResponseWriter, r *http.Request) (region.Caller, error) {
	c, err := a.caller(w, r)
	if err == nil && !examines(c) {
		err = app.Fault(app.CodeForbidden, nil)
	}
	return c, err
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
	now, created, err := a.hub.PutMembershipRequest(r.Context(), who, r.PathValue("id"), body)
	if err != nil {
		return err
	}
	return stored(w, created, now)
}

// membership shows a request to its owner or to an examiner.
func (a *api) membership(w http.ResponseWriter, r *http.Request) error {
	who, err := a.sender(w, r, nil)
	if err != nil {
		return err
	}
	var now membership.Case
	if who.examiner != nil {
		now, err = a.hub.MembershipCase(r.Context(), *who.examiner, r.PathValue("id"))
	} else {
		now, err = a.hub.MembershipRequest(r.Context(), who.applicant, r.PathValue("id"))
	}
	if err != nil {
		return err
	}
	return private(w, http.StatusOK, now)
}

func (a *api) memberships(w http.ResponseWriter, r *http.Request) error {
	c, err := a.examiner(w, r)
	if err != nil {
		return err
	}
	var after int64
	if text := r.URL.Query().Get("after"); text != "" {
		if after, err = strconv.ParseInt(text, 10, 64); err != nil || after < 0 {
			return app.Fault(app.CodeInvalid, err, "field", "after", "value", text[:min(len(text), 40)])
		}
	}
	limit, err := region.PageSize(r.URL.Query().Get("limit"))
	if err != nil {
		return err
	}
	page, err := a.hub.MembershipCases(r.Context(), c, after, limit)
	if err != nil {
		return err
	}
	return writePrivateCompressed(w, r, page)
}

// putChange lets an event happen to a request.
func (a *api) putChange(w http.ResponseWriter, r *http.Request) error {
	body, err := readBody(w, r, mediaJSON, region.MaxMembershipChange)
	if err != nil {
		return err
	}
	who, err := a.sender(w, r, body)
	if err == nil && who.examiner == nil {
		err = a.writes(w, r, who.applicant)
	}
	if err != nil {
		return err
	}
	var change membership.Change
	if err := decodeJSON(body, &change); err != nil {
		return err
	}
	if change.ID != r.PathValue("id") {
		return app.Fault(app.CodeInvalid, nil, "field", "id", "value", change.ID[:min(len(change.ID), 40)])
	}
	var now membership.Case
	if who.examiner != nil {
		now, err = a.hub.ExaminerChange(r.Context(), *who.examiner, change)
	} else {
		now, err = a.hub.ApplicantChange(r.Context(), who.applicant, change)
	}
	if err != nil {
		return err
	}
	return private(w, http.StatusOK, now)
}

// document hands a document of a request to an examiner, to be saved and not
// to be shown: it comes from strangers.
func (a *api) document(w http.ResponseWriter, r *http.Request) error {
	c, err := a.examiner(w, r)
	if err != nil {
		return err
	}
	content, size, err := a.hub.MembershipDocument(r.Context(), c, r.PathValue("id"), r.PathValue("sha256"))
	if err != nil {
		return err
	}
	defer func() {
		if cerr := content.Close(); cerr != nil {
			a.log.Warn("close", "error", cerr.Error())
		}
	}()
	if err := http.NewResponseController(w).SetWriteDeadline(time.Now().Add(fileDeadline)); err != nil && !errors.Is(err, http.ErrNotSupported) {
		return err
	}
	h := w.Header()
	h.Set("Cache-Control", "no-store")
	h.Set("Content-Disposition", "attachment")
	h.Set("Content-Security-Policy", "default-src 'none'; sandbox")
	h.Set("Content-Type", mediaBytes)
	h.Set("Content-Length", strconv.FormatInt(size, 10))
	w.WriteHeader(http.StatusOK)
	_, err = io.Copy(w, content)
	return err
}

func (a *api) putDocument(w http.ResponseWriter, r *http.Request) error {
	c, err := a.examiner(w, r)
	if err != nil {
		return err
	}
	part, err := readPart(w, r)
	if err == nil {
		err = a.hub.CheckSignature(c.Device, part.Content, signature(r))
	}
	if err != nil {
		return err
	}
	upload, completed, err := a.hub.PutRegionDocument(r.Context(), c, r.PathValue("id"), part)
	if err != nil {
		return err
	}
	return stored(w, completed, upload)
}

func (a *api) newLetter(w http.ResponseWriter, r *http.Request) error {
	c, body, err := a.signedBody(w, r, maxBody)
	if err != nil {
		return err
	}
	var request membership.LetterRequest
	if err := decodeJSON(body, &request); err != nil {
		return err
	}
	letter, err := a.hub.MembershipLetter(r.Context(), c, request)
	if err != nil {
		return err
	}
	return private(w, http.StatusCreated, letter)
}

// importFile takes a request that came on a stick.
func (a *api) importFile(w http.ResponseWriter, r *http.Request) error {
	c, err := a.examiner(w, r) // before so much is read
	if err != nil {
		return err
	}
	if err := readUntil(w, fileTime); err != nil {
		return err
	}
	body, err := readBody(w, r, mediaBytes, membership.MaxFile)
	if err == nil {
		err = a.hub.CheckSignature(c.Device, body, signature(r))
	}
	if err != nil {
		return err
	}
	now, err := a.hub.ImportMembershipFile(r.Context(), c, body)
	if err != nil {
		return err
	}
	return private(w, http.StatusOK, now)
}

func (a *api) networkSettings(w http.ResponseWriter, r *http.Request) error {
	n, err := a.hub.NetworkSettings(r.Context())
	if err != nil {
		return err
	}
	w.Header().Set("Cache-Control", "no-cache")
	return writeJSON(w, http.StatusOK, mediaJSON, n)
}
