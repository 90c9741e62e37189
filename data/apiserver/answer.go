package apiserver

import (
	"encoding/json"
	"errors"
	"io"
	"mime"
	"net"
	"net/http"
	"strconv"
	"strings"

	"github.com/klauspost/compress/gzip"
	"github.com/klauspost/compress/zstd"

	"polis/app"
	"polis/app/region"
	"polis/data/wire"
)

const (
	mediaJSON = "application/json"
	mediaForm = "application/x-www-form-urlencoded"
	// mediaBytes is of what is stored as it is and never shown by the hub.
	mediaBytes = "application/octet-stream"

	minCompressed = 512 // bytes; what fits into a packet gains nothing
)

// statusError is a fault whose HTTP status is not that of its code.
type statusError struct {
	status int
	err    error
}

func (e statusError) Error() string { return e.err.Error() }

func (e statusError) Unwrap() error { return e.err }

// currentError is a fault that comes with what is stored now.
type currentError struct {
	err  error
	line []byte
}

func (e currentError) Error() string { return e.err.Error() }

func (e currentError) Unwrap() error { return e.err }

// statusOf gives every code its HTTP status.
func statusOf(err error) int {
	var known statusError
	if errors.As(err, &known) {
		return known.status
	}
	switch app.ErrorCode(err) {
	case app.CodeInvalid, app.CodeUsage, app.CodeMembershipIncomplete, app.CodeMembershipFile, app.CodeNotSigned, app.CodeSignatureDetached, app.CodeTooManyFiles:
		return http.StatusBadRequest
	case app.CodeFileTooLarge:
		return http.StatusRequestEntityTooLarge
	case app.CodeNotFound, app.CodeNothingPublished:
		return http.StatusNotFound
	case app.CodeUnauthorized:
		return http.StatusUnauthorized
	case app.CodeForbidden, app.CodeEnrolmentCode, app.CodeOtherPlace, app.CodeDeviceRevoked, app.CodeDeviceExpired, app.CodeMembershipEnded:
		return http.StatusForbidden
	case app.CodeChanged:
		return http.StatusPreconditionFailed
	case app.CodeTooManyTries, app.CodeTooManyRequests:
		return http.StatusTooManyRequests
	case app.CodeConflict, app.CodeMembershipState, app.CodeMembershipOlder, app.CodeMemberAlready, app.CodeNoRegisterPEC:
		return http.StatusConflict
	case app.CodeCursorExpired, app.CodeDocumentsRemoved:
		return http.StatusGone
	case app.CodeDiskFull:
		return http.StatusInsufficientStorage
	case app.CodeBusy, app.CodeDatabase, app.CodeDatabaseBusy:
		return http.StatusServiceUnavailable
	}
	return http.StatusInternalServerError
}

// problem answers with a problem document. What went wrong inside the hub is
// for its log only.
func (a *api) problem(w http.ResponseWriter, r *http.Request, err error) {
	if rec, ok := w.(*recorder); ok && rec.started {
		a.log.Warn("answer cut off", "pattern", r.Pattern, "error", err.Error())
		return
	}
	status := statusOf(err)
	p := wire.Problem{
		Type:  region.ProblemType(app.ErrorCode(err)),
		Title: http.StatusText(status), Status: status, Code: string(app.ErrorCode(err)),
	}
	if status < http.StatusInternalServerError {
		p.Params = app.ErrorParams(err)
	} else if r.Context().Err() == nil {
		a.log.Error("request failed", "pattern", r.Pattern, "error", err.Error())
	}
	var current currentError
	if errors.As(err, &current) {
		p.Current = current.line
	}
	switch status {
	case http.StatusUnauthorized:
		w.Header().Set("WWW-Authenticate", "Bearer")
	case http.StatusTooManyRequests:
		if seconds := p.Params["seconds"]; seconds != "" {
			w.Header().Set("Retry-After", seconds)
		}
	case http.StatusServiceUnavailable:
		w.Header().Set("Retry-After", "5")
	}
	w.Header().Set("Cache-Control", "no-store")
	if err := writeJSON(w, status, wire.ProblemMediaType, p); err != nil {
		a.log.Warn("answer cut off", "pattern", r.Pattern, "error", err.Error())
	}
}

func readJSON(w http.ResponseWriter, r *http.Request, into any) error {
	body, err := readBody(w, r, mediaJSON, maxBody)
	if err != nil {
		return err
	}
	return decodeJSON(body, into)
}

func decodeJSON(body []byte, into any) error {
	if err := json.Unmarshal(body, into); err != nil {
		return app.Fault(app.CodeInvalid, err, "field", "body", "value", "")
	}
	return nil
}

// readBody reads a body of a media type, at most so many bytes.
func readBody(w http.ResponseWriter, r *http.Request, media string, limit int64) ([]byte, error) {
	if kind, _, err := mime.ParseMediaType(r.Header.Get("Content-Type")); err != nil || kind != media {
		return nil, statusError{http.StatusUnsupportedMediaType, app.Fault(app.CodeInvalid, err, "field", "Content-Type", "value", "")}
	}
	body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, limit))
	if err != nil {
		return nil, bodyError(err)
	}
	return body, nil
}

func bodyError(err error) error {
	var tooLarge *http.MaxBytesError
	fault := app.Fault(app.CodeInvalid, err, "field", "body", "value", "")
	if errors.As(err, &tooLarge) {
		fault.Params["value"] = "> " + strconv.FormatInt(tooLarge.Limit, 10)
		return statusError{http.StatusRequestEntityTooLarge, fault}
	}
	var network net.Error
	if errors.As(err, &network) || errors.Is(err, io.ErrUnexpectedEOF) { // a slow or cut link says nothing of the content
		return statusError{http.StatusRequestTimeout, app.Fault(app.CodeSyncInterrupted, err)}
	}
	return fault
}

func writeJSON(w http.ResponseWriter, status int, media string, v any) error {
	body, err := wire.Marshal(v)
	if err != nil {
		return err
	}
	return writeBytes(w, status, media, body)
}

func writeBytes(w http.ResponseWriter, status int, media string, body []byte) error {
	w.Header().Set("Content-Type", media)
	w.Header().Set("Content-Length", strconv.Itoa(len(body)))
	w.WriteHeader(status)
	_, err := w.Write(body) // #nosec G705 -- JSON by its media type, and browsers are told not to guess
	return err
}

// writePrivateCompressed answers compressed with what no cache may keep.
func writePrivateCompressed(w http.ResponseWriter, r *http.Request, v any) error {
	w.Header().Set("Cache-Control", "no-store")
	return writeCompressed(w, r, v)
}

// writeCompressed answers in zstd or gzip when the client reads it.
func writeCompressed(w http.ResponseWriter, r *http.Request, v any) error {
	body, err := json.Marshal(v)
	if err != nil {
		return err
	}
	w.Header().Set("Vary", "Accept-Encoding")
	if w.Header().Get("Cache-Control") == "" {
		w.Header().Set("Cache-Control", "no-cache")
	}
	coding := preferredCoding(r.Header.Get("Accept-Encoding"))
	if len(body) < minCompressed {
		coding = ""
	}
	var out io.WriteCloser
	switch coding {
	case "zstd":
		out, err = zstd.NewWriter(w, zstd.WithEncoderConcurrency(1))
	case "gzip":
		out, err = gzip.NewWriterLevel(w, gzip.DefaultCompression)
	default:
		return writeBytes(w, http.StatusOK, mediaJSON, body)
	}
	if err != nil {
		return err
	}
	w.Header().Set("Content-Encoding", coding)
	w.Header().Set("Content-Type", mediaJSON)
	w.WriteHeader(http.StatusOK)
	_, err = out.Write(body)
	return errors.Join(err, out.Close())
}

// preferredCoding picks zstd, then gzip, from an Accept-Encoding; a quality
// of zero excludes.
func preferredCoding(accept string) string {
	offered := map[string]bool{}
	for part := range strings.SplitSeq(accept, ",") {
		name, params, _ := strings.Cut(part, ";")
		quality, hasQuality := strings.CutPrefix(strings.ReplaceAll(params, " ", ""), "q=")
		q, err := strconv.ParseFloat(quality, 64)
		if !hasQuality || err != nil || q > 0 {
			offered[strings.ToLower(strings.TrimSpace(name))] = true
		}
	}
	for _, coding := range []string{"zstd", "gzip"} {
		if offered[coding] {
			return coding
		}
	}
	return ""
}

// matches compares an If-None-Match with an entity tag, weakly.
func matches(header, etag string) bool {
	for part := range strings.SplitSeq(header, ",") {
		part = strings.TrimSpace(part)
		if part == "*" || strings.TrimPrefix(part, "W/") == etag {
			return true
		}
	}
	return false
}
