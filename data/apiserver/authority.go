package apiserver

import (
	"context"
	"net/http"
	"strings"

	"polis/app"
	"polis/app/region"
	"polis/data/wire"
)

// What an authority does for itself: operators, workstations, sheets, figures.

func (a *api) putOperator(w http.ResponseWriter, r *http.Request) error {
	c, err := a.caller(w, r)
	if err != nil {
		return err
	}
	var record wire.OperatorRecord
	if err := readJSON(w, r, &record); err != nil {
		return err
	}
	now, created, err := a.hub.PutOperator(r.Context(), c, r.PathValue("id"), record)
	if err != nil {
		return err
	}
	return stored(w, created, now)
}

func (a *api) putDevice(w http.ResponseWriter, r *http.Request) error {
	c, err := a.caller(w, r)
	if err != nil {
		return err
	}
	var change wire.DeviceChange
	if err := readJSON(w, r, &change); err != nil {
		return err
	}
	record, err := a.hub.ChangeDevice(r.Context(), c, r.PathValue("id"), change)
	if err != nil {
		return err
	}
	return private(w, http.StatusOK, record)
}

func (a *api) putDeviceKey(w http.ResponseWriter, r *http.Request) error {
	c, err := a.caller(w, r)
	if err != nil {
		return err
	}
	var renewal wire.KeyRenewal
	if err := readJSON(w, r, &renewal); err != nil {
		return err
	}
	record, err := a.hub.RenewKey(r.Context(), c, r.PathValue("id"), renewal)
	if err != nil {
		return err
	}
	return private(w, http.StatusOK, record)
}

func (a *api) newCode(w http.ResponseWriter, r *http.Request) error {
	c, err := a.caller(w, r)
	if err != nil {
		return err
	}
	var request wire.CodeRequest
	if err := readJSON(w, r, &request); err != nil {
		return err
	}
	code, err := a.hub.NewCode(r.Context(), c, request)
	if err != nil {
		return err
	}
	return private(w, http.StatusCreated, code)
}

func (a *api) sheet(w http.ResponseWriter, r *http.Request) error {
	return a.edited(w, r, a.hub.Sheet, r.PathValue("code"))
}

func (a *api) putSheet(w http.ResponseWriter, r *http.Request) error {
	return a.putEdited(w, r, a.hub.PutSheet, r.PathValue("code"))
}

func (a *api) office(w http.ResponseWriter, r *http.Request) error {
	return a.edited(w, r, a.hub.Office, r.PathValue("id"))
}

func (a *api) putOffice(w http.ResponseWriter, r *http.Request) error {
	return a.putEdited(w, r, a.hub.PutOffice, r.PathValue("id"))
}

// edited answers with a line as it was last left, for who may edit it.
func (a *api) edited(w http.ResponseWriter, r *http.Request, read func(context.Context, region.Caller, string) (wire.Entity, error), id string) error {
	c, err := a.caller(w, r)
	if err != nil {
		return err
	}
	e, err := read(r.Context(), c, id)
	if err != nil {
		return err
	}
	w.Header().Set("ETag", quoted(e.Hash))
	w.Header().Set("Cache-Control", "no-store")
	return writeBytes(w, http.StatusOK, mediaJSON, e.Line)
}

// putEdited stores a line in place of the one that was read.
func (a *api) putEdited(
	w http.ResponseWriter, r *http.Request, put func(context.Context, region.Caller, region.LineChange) (wire.Entity, bool, error), id string,
) error {
	c, err := a.caller(w, r)
	if err != nil {
		return err
	}
	body, err := readBody(w, r, mediaJSON, wire.MaxLine)
	if err != nil {
		return err
	}
	change := region.LineChange{ID: id, Body: body, Match: tags(r.Header.Values("If-Match"))}
	change.New = len(change.Match) == 0 && r.Header.Get("If-None-Match") == "*"
	if len(change.Match) == 0 && !change.New {
		return statusError{http.StatusPreconditionRequired, app.Fault(app.CodeInvalid, nil, "field", "If-Match", "value", "")}
	}
	e, created, err := put(r.Context(), c, change)
	if e.Hash != "" {
		w.Header().Set("ETag", quoted(e.Hash))
	}
	if app.ErrorCode(err) == app.CodeChanged {
		return currentError{err, e.Line}
	}
	if err != nil {
		w.Header().Del("ETag")
		return err
	}
	w.Header().Set("Cache-Control", "no-store")
	status := http.StatusOK
	if created {
		status = http.StatusCreated
	}
	return writeBytes(w, status, mediaJSON, e.Line)
}

func quoted(hash string) string { return `"` + hash + `"` }

// tags reads the entity tags of an If-Match; weak ones never match.
func tags(headers []string) []string {
	var list []string
	for part := range strings.SplitSeq(strings.Join(headers, ","), ",") {
		if part = strings.TrimSpace(part); part != "" {
			list = append(list, strings.Trim(part, `"`))
		}
	}
	return list
}

func (a *api) report(w http.ResponseWriter, r *http.Request) error {
	c, err := a.caller(w, r)
	if err != nil {
		return err
	}
	q := r.URL.Query()
	p := region.ReportParams{From: q.Get("from"), To: q.Get("to")}
	if by := q.Get("by"); by != "" {
		p.By = strings.Split(by, ",")
	}
	report, err := a.hub.Report(r.Context(), c, p)
	if err != nil {
		return err
	}
	return private(w, http.StatusOK, report)
}
