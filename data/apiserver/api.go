// Package apiserver is the hub's HTTP side: the contract's endpoints over
// the use cases of app/region, problem documents, TLS, the log of requests
// and the OpenAPI document.
package apiserver

import (
	"context"
	"errors"
	"io"
	"io/fs"
	"log/slog"
	"mime"
	"net/http"
	"net/netip"
	"slices"
	"strings"
	"time"

	"polis/app"
	"polis/app/region"
	"polis/data/wire"
)

const (
	maxBody = 16 << 10 // of enrolment and token requests

	// A snapshot may cross a very slow link; everything else is small.
	fileDeadline = 2 * time.Hour
)

// Params are what the handler stands on; Hub and Log are required.
type Params struct {
	Hub *region.Hub
	Log *slog.Logger
	// Proxies are believed when they say in X-Forwarded-For whom they speak
	// for.
	Proxies []netip.Prefix
	Clock   app.Clock // of the limits; the system's when nil
}

type api struct {
	hub     *region.Hub
	log     *slog.Logger
	clock   app.Clock
	proxies []netip.Prefix
	reads   *limiter // by address
	devices *limiter // by device
	parts   *gate    // by address
}

// New returns the handler of the whole API.
func New(p Params) (http.Handler, error) {
	if p.Hub == nil || p.Log == nil {
		return nil, errors.New("apiserver: Hub and Log are required")
	}
	if p.Clock == nil {
		p.Clock = app.SystemClock{}
	}
	a := &api{
		hub: p.Hub, log: p.Log, clock: p.Clock, proxies: p.Proxies,
		reads: newLimiter(readsPerMinute), devices: newLimiter(devicePerMinute),
		parts: newGate(partsAtOnce, partsOfOne),
	}
	mux := http.NewServeMux()
	methods := map[string][]string{}
	for _, e := range endpoints() {
		mux.HandleFunc(e.method+" "+e.path, a.handle(e.serve))
		methods[e.path] = append(methods[e.path], e.method)
	}
	for path, allowed := range methods {
		mux.HandleFunc(path, a.handle(notAllowed(allowed)))
	}
	mux.HandleFunc("/", a.handle(func(*api, http.ResponseWriter, *http.Request) error {
		return app.Fault(app.CodeNotFound, nil, "what", "endpoint")
	}))
	return a.logged(mux), nil
}

// endpoint is one row of the contract; the OpenAPI document is made from the
// same rows.
type endpoint struct {
	method, path string
	serve        serveFunc
	doc          operation
}

type serveFunc func(a *api, w http.ResponseWriter, r *http.Request) error

func endpoints() []endpoint {
	return slices.Concat([]endpoint{
		{http.MethodGet, "/status", (*api).status, statusDoc()},
		{http.MethodPost, "/device-enrolments", (*api).enrol, enrolDoc()},
		{http.MethodPost, "/token", (*api).token, tokenDoc()},
		{http.MethodGet, "/manifest", (*api).manifest, manifestDoc()},
		{http.MethodGet, "/snapshots/{sha256}", (*api).snapshot, fileDoc("snapshot", "application/zstd")},
		{http.MethodGet, "/changes", (*api).changes, changesDoc()},
		{http.MethodGet, "/blobs/{sha256}", (*api).blob, fileDoc("blob", "application/octet-stream")},
		{http.MethodPut, "/blobs/{sha256}", (*api).putBlob, putBlobDoc()},
		{http.MethodGet, "/blob-uploads/{sha256}", (*api).blobUpload, blobUploadDoc()},
		{http.MethodPut, "/upload-batches/{id}", (*api).putBatch, batchDoc()},
		{http.MethodGet, "/receipts", (*api).receipts, receiptsDoc()},
		{http.MethodGet, "/private-changes", (*api).privateChanges, privateChangesDoc()},
		{http.MethodPut, "/operators/{id}", (*api).putOperator, operatorDoc()},
		{http.MethodPut, "/devices/{id}", (*api).putDevice, deviceDoc()},
		{http.MethodPut, "/devices/{id}/key", (*api).putDeviceKey, deviceKeyDoc()},
		{http.MethodPost, "/enrolment-codes", (*api).newCode, codeDoc()},
		{http.MethodGet, "/sheets/{code}", (*api).sheet, sheetDoc()},
		{http.MethodPut, "/sheets/{code}", (*api).putSheet, putSheetDoc()},
		{http.MethodGet, "/offices/{id}", (*api).office, officeDoc()},
		{http.MethodPut, "/offices/{id}", (*api).putOffice, putOfficeDoc()},
		{http.MethodGet, "/reports", (*api).report, reportDoc()},
	}, membershipEndpoints(), uploadEndpoints())
}

func membershipEndpoints() []endpoint {
	return []endpoint{
		{http.MethodGet, "/network-settings", (*api).networkSettings, networkDoc()},
		{http.MethodGet, "/membership-requests", (*api).memberships, membershipsDoc()},
		{http.MethodPut, "/membership-requests/{id}", (*api).putMembership, putMembershipDoc()},
		{http.MethodGet, "/membership-requests/{id}", (*api).membership, membershipDoc()},
		{http.MethodGet, "/membership-requests/{id}/documents/{sha256}", (*api).document, documentDoc()},
		{http.MethodPut, "/membership-requests/{id}/documents/{sha256}", (*api).putDocument, putDocumentDoc()},
		{http.MethodPut, "/membership-changes/{id}", (*api).putChange, changeDoc()},
		{http.MethodPost, "/membership-letters", (*api).newLetter, letterDoc()},
		{http.MethodPost, "/membership-files", (*api).importFile, importFileDoc()},
	}
}

// uploadEndpoints are the single-item forms of what batches carry.
func uploadEndpoints() []endpoint {
	var list []endpoint
	for _, u := range uploads() {
		list = append(list, endpoint{http.MethodPut, "/" + u.path + "/{id}", putUpload(u.kind), uploadDoc(u)})
	}
	return list
}

func (a *api) handle(serve serveFunc) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		err := a.admit(w, r)
		if err == nil {
			err = serve(a, w, r)
		}
		if err != nil {
			a.problem(w, r, err)
		}
	}
}

func notAllowed(methods []string) serveFunc {
	return func(_ *api, w http.ResponseWriter, _ *http.Request) error {
		w.Header().Set("Allow", strings.Join(methods, ", "))
		return statusError{http.StatusMethodNotAllowed, app.Fault(app.CodeUsage, nil)}
	}
}

func (a *api) status(w http.ResponseWriter, r *http.Request) error {
	if err := a.hub.Ping(r.Context()); err != nil {
		a.log.Error("storage", "error", err.Error())
		return statusError{http.StatusServiceUnavailable, err}
	}
	w.Header().Set("Cache-Control", "no-store")
	return writeJSON(w, http.StatusOK, wire.ProblemMediaType, wire.Problem{Type: "about:blank", Title: "OK", Status: http.StatusOK})
}

func (a *api) enrol(w http.ResponseWriter, r *http.Request) error {
	var req wire.EnrolmentRequest
	if err := readJSON(w, r, &req); err != nil {
		return err
	}
	quota, err := a.hub.AllowEnrolment(r.Context(), a.address(r))
	if err := a.limited(w, quota, err); err != nil {
		return err
	}
	answer, err := a.hub.Enrol(r.Context(), req)
	if err != nil {
		return err
	}
	w.Header().Set("Cache-Control", "no-store")
	return writeJSON(w, http.StatusOK, mediaJSON, answer)
}

func (a *api) token(w http.ResponseWriter, r *http.Request) error {
	if kind, _, err := mime.ParseMediaType(r.Header.Get("Content-Type")); err != nil || kind != mediaForm {
		return statusError{http.StatusUnsupportedMediaType, app.Fault(app.CodeInvalid, err, "field", "Content-Type", "value", "")}
	}
	r.Body = http.MaxBytesReader(w, r.Body, maxBody)
	if err := r.ParseForm(); err != nil {
		return bodyError(err)
	}
	for field, want := range map[string]string{"grant_type": wire.GrantType, "client_assertion_type": wire.AssertionType} {
		if r.PostForm.Get(field) != want {
			return app.Fault(app.CodeInvalid, nil, "field", field, "value", "")
		}
	}
	token, err := a.hub.Token(r.Context(), r.PostForm.Get("client_assertion"), r.PostForm.Get("operator_assertion"))
	if err != nil {
		return err
	}
	w.Header().Set("Cache-Control", "no-store")
	return writeJSON(w, http.StatusOK, mediaJSON, token)
}

func (a *api) manifest(w http.ResponseWriter, r *http.Request) error {
	body, etag, err := a.hub.Manifest(r.Context())
	if err != nil {
		return err
	}
	w.Header().Set("ETag", etag)
	w.Header().Set("Cache-Control", "no-cache")
	if matches(r.Header.Get("If-None-Match"), etag) {
		w.WriteHeader(http.StatusNotModified)
		return nil
	}
	return writeBytes(w, http.StatusOK, mediaJSON, body)
}

func (a *api) snapshot(w http.ResponseWriter, r *http.Request) error {
	return a.file(w, r, a.hub.Snapshot, "application/zstd")
}

func (a *api) blob(w http.ResponseWriter, r *http.Request) error {
	return a.file(w, r, a.hub.Blob, "application/octet-stream")
}

// file serves content that never changes under its name, whole or by Range.
func (a *api) file(w http.ResponseWriter, r *http.Request, open func(string) (fs.File, error), media string) (err error) {
	sha := r.PathValue("sha256")
	f, err := open(sha)
	if err != nil {
		return err
	}
	defer func() {
		if cerr := f.Close(); cerr != nil {
			a.log.Warn("close", "error", cerr.Error())
		}
	}()
	content, ok := f.(io.ReadSeeker)
	if !ok {
		return errors.New("stored file cannot seek")
	}
	if err := http.NewResponseController(w).SetWriteDeadline(time.Now().Add(fileDeadline)); err != nil && !errors.Is(err, http.ErrNotSupported) {
		return err
	}
	h := w.Header()
	h.Set("ETag", `"`+sha+`"`)
	h.Set("Cache-Control", "public, max-age=31536000, immutable")
	h.Set("Content-Type", media)
	http.ServeContent(&rangeWriter{ResponseWriter: w, api: a, request: r}, r, "", time.Time{}, content)
	return nil
}

// rangeWriter turns the plain text by which http.ServeContent refuses a
// range into a problem document.
type rangeWriter struct {
	http.ResponseWriter
	api     *api
	request *http.Request
	refused bool
}

// WriteHeader catches the refusal.
func (w *rangeWriter) WriteHeader(status int) {
	if status != http.StatusRequestedRangeNotSatisfiable {
		w.ResponseWriter.WriteHeader(status)
		return
	}
	w.refused = true
	w.Header().Del("ETag")
	w.api.problem(w.ResponseWriter, w.request, statusError{status, app.Fault(app.CodeInvalid, nil, "field", "Range", "value", "")})
}

// Write drops the text of a refusal.
func (w *rangeWriter) Write(b []byte) (int, error) {
	if w.refused {
		return len(b), nil
	}
	return w.ResponseWriter.Write(b)
}

func (a *api) changes(w http.ResponseWriter, r *http.Request) error {
	limit, err := region.PageSize(r.URL.Query().Get("limit"))
	if err != nil {
		return err
	}
	page, err := a.hub.Changes(r.Context(), r.URL.Query().Get("cursor"), limit)
	if err != nil {
		return err
	}
	return writeCompressed(w, r, page)
}

func (a *api) receipts(w http.ResponseWriter, r *http.Request) error {
	c, err := a.caller(w, r)
	if err != nil {
		return err
	}
	limit, err := region.PageSize(r.URL.Query().Get("limit"))
	if err != nil {
		return err
	}
	page, err := a.hub.Receipts(r.Context(), c.Device, r.URL.Query().Get("cursor"), limit)
	if err != nil {
		return err
	}
	return private(w, http.StatusOK, page)
}

// private answers with what no cache may keep.
func private(w http.ResponseWriter, status int, v any) error {
	w.Header().Set("Cache-Control", "no-store")
	return writeJSON(w, status, mediaJSON, v)
}

// stored answers a PUT: 201 for what is new.
func stored(w http.ResponseWriter, isNew bool, v any) error {
	status := http.StatusOK
	if isNew {
		status = http.StatusCreated
	}
	return private(w, status, v)
}

// caller is who the access token was given to.
func (a *api) caller(w http.ResponseWriter, r *http.Request) (region.Caller, error) {
	scheme, token, found := strings.Cut(r.Header.Get("Authorization"), " ")
	if !found || !strings.EqualFold(scheme, "Bearer") {
		return region.Caller{}, app.Fault(app.CodeUnauthorized, errors.New("no bearer token"))
	}
	c, err := a.hub.Authenticate(r.Context(), strings.TrimSpace(token))
	if err != nil {
		return c, err
	}
	quota, err := a.devices.take(c.Device.ID, a.clock.Now())
	return c, a.limited(w, quota, err)
}

// logged writes one line a request: no address, no token, no query, and the
// route's pattern in place of the path.
func (a *api) logged(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		start := time.Now()
		rec := &recorder{ResponseWriter: w, status: http.StatusOK}
		rec.Header().Set("X-Content-Type-Options", "nosniff")
		defer func() {
			if caught := recover(); caught != nil {
				a.log.Error("panic in a handler", "pattern", r.Pattern)
				panic(http.ErrAbortHandler) // the connection ends; the hub does not
			}
			a.log.LogAttrs(context.WithoutCancel(r.Context()), slog.LevelInfo, "request",
				slog.String("method", clipMethod(r.Method)), slog.String("pattern", r.Pattern),
				slog.Int("status", rec.status), slog.Int64("ms", time.Since(start).Milliseconds()))
		}()
		next.ServeHTTP(rec, r)
	})
}

func clipMethod(m string) string { return m[:min(len(m), 16)] }

type recorder struct {
	http.ResponseWriter
	status  int
	started bool
}

// WriteHeader remembers the status for the log.
func (r *recorder) WriteHeader(status int) {
	if !r.started {
		r.status, r.started = status, true
	}
	r.ResponseWriter.WriteHeader(status)
}

// Write starts the answer when nothing did.
func (r *recorder) Write(b []byte) (int, error) {
	r.started = true
	return r.ResponseWriter.Write(b)
}

// Unwrap lets http.ResponseController reach the connection.
func (r *recorder) Unwrap() http.ResponseWriter { return r.ResponseWriter }
