package api

import (
	"bytes"
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"encoding/json"
	"encoding/pem"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/golang-jwt/jwt/v5"

	"polis/app"
	"polis/app/exchange"
	"polis/data/wire"
)

// listening is a TLS server with its certificate, and a key for who calls it.
func listening(t *testing.T, answer http.HandlerFunc) (url string, ca []byte, key *ecdsa.PrivateKey) {
	t.Helper()
	srv := httptest.NewTLSServer(answer)
	t.Cleanup(srv.Close)
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	return srv.URL, pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: srv.Certificate().Raw}), key
}

// stub is a hub that answers as it is told, over real TLS.
func stub(t *testing.T, answer http.HandlerFunc) *Client {
	t.Helper()
	hub, ca, key := listening(t, answer)
	c, err := New(exchange.Device{ID: "d", Hub: hub, CA: ca}, key, app.SystemClock{}, nil)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(c.Close)
	return c
}

func problem(w http.ResponseWriter, status int, code app.Code) {
	w.Header().Set("Content-Type", wire.ProblemMediaType)
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(wire.Problem{Status: status, Code: string(code)})
}

func TestAnswersThatAreNone(t *testing.T) {
	for name, tt := range map[string]struct {
		answer http.HandlerFunc
		want   app.Code
	}{
		"captive portal": {func(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, "<html>Accedi</html>") }, app.CodeHubAnswer},
		"redirect": {func(w http.ResponseWriter, r *http.Request) {
			http.Redirect(w, r, "https://elsewhere.example/", http.StatusFound)
		}, app.CodeHubAnswer},
		"proxy error": {func(w http.ResponseWriter, _ *http.Request) { http.Error(w, "bad gateway", http.StatusBadGateway) }, app.CodeHubAnswer},
		"problem":     {func(w http.ResponseWriter, _ *http.Request) { problem(w, 404, app.CodeNothingPublished) }, app.CodeNothingPublished},
		"hub's fault": {func(w http.ResponseWriter, _ *http.Request) { problem(w, 500, app.CodeInternal) }, app.CodeHubUnreachable},
		// a full disk or a lock over there is not one over here
		"hub's disk": {func(w http.ResponseWriter, _ *http.Request) { problem(w, 507, app.CodeDiskFull) }, app.CodeHubUnreachable},
		"hub busy":   {func(w http.ResponseWriter, _ *http.Request) { problem(w, 503, app.CodeBusy) }, app.CodeHubUnreachable},
	} {
		t.Run(name, func(t *testing.T) {
			_, _, err := stub(t, tt.answer).Manifest(context.Background(), "")
			if app.ErrorCode(err) != tt.want {
				t.Errorf("got %v, want %s", err, tt.want)
			}
		})
	}
}

// partial is a download in memory.
type partial struct{ b bytes.Buffer }

func (p *partial) Write(b []byte) (int, error) { return p.b.Write(b) }
func (p *partial) Len() int64                  { return int64(p.b.Len()) }
func (p *partial) Reset() error                { p.b.Reset(); return nil }

func TestDownloadGoesOn(t *testing.T) {
	text := strings.Repeat("scheda ", 100_000)
	modified := time.Date(2026, 11, 1, 0, 0, 0, 0, time.UTC)
	serve := func(w http.ResponseWriter, r *http.Request) {
		http.ServeContent(w, r, "x", modified, strings.NewReader(text))
	}
	size := int64(len(text))
	for name, tt := range map[string]struct {
		have   string
		limit  int64
		answer http.HandlerFunc
		want   app.Code
		bytes  string
	}{
		"from the start":          {"", size, serve, "", text},
		"from the middle":         {text[:4000], size, serve, "", text},
		"complete already":        {text, size, serve, "", text},
		"more than there is":      {text + "x", size + 9, serve, "", text},
		"whole instead of a part": {text[:4000], size, func(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, text) }, "", text},
		"another part": {text[:4000], size, func(w http.ResponseWriter, r *http.Request) {
			if r.Header.Get("Range") == "" {
				serve(w, r)
				return
			}
			w.Header().Set("Content-Range", "bytes 0-3/9")
			w.WriteHeader(http.StatusPartialContent)
			_, _ = io.WriteString(w, "nono")
		}, "", text},
		"a part unasked": {"", size, func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusPartialContent) }, app.CodeHubAnswer, ""},
		"too large":      {"", size - 1, serve, app.CodeManifest, ""},
		"cut off": {text[:4000], size, func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Range", "bytes 4000-9999/700000")
			w.Header().Set("Content-Length", "6000")
			w.WriteHeader(http.StatusPartialContent)
			_, _ = io.WriteString(w, text[4000:5000])
		}, app.CodeSyncInterrupted, text[:5000]},
		"not there": {"", size, func(w http.ResponseWriter, _ *http.Request) { problem(w, 404, app.CodeNotFound) }, app.CodeNotFound, ""},
	} {
		t.Run(name, func(t *testing.T) {
			var p partial
			p.b.WriteString(tt.have)
			err := stub(t, tt.answer).Snapshot(context.Background(), "sha", tt.limit, &p, func(int64) {})
			if app.ErrorCode(err) != tt.want || p.b.String() != tt.bytes {
				t.Fatalf("%v, %d bytes, want %q and %d", err, p.Len(), tt.want, len(tt.bytes))
			}
		})
	}
}

func batch() wire.UploadBatch {
	return wire.UploadBatch{Items: []wire.UploadItem{{Type: wire.TypeContact, ID: "i", SHA256: wire.Hash([]byte(`{}`)), Payload: json.RawMessage(`{}`)}}}
}

func giveToken(w http.ResponseWriter) {
	w.Header().Set("Content-Type", "application/json")
	_ = json.NewEncoder(w).Encode(wire.Token{AccessToken: "t", TokenType: "Bearer", ExpiresIn: 600})
}

// A token that the hub no longer takes is asked for once more, not for ever.
func TestTokenIsAskedAnewWhenTheHubRefusesIt(t *testing.T) {
	tokens, refusals := 0, 0
	c := stub(t, func(w http.ResponseWriter, r *http.Request) {
		switch {
		case r.URL.Path == "/token":
			tokens++
			giveToken(w)
		case refusals > 0:
			refusals--
			problem(w, 401, app.CodeUnauthorized)
		default:
			_, _ = io.WriteString(w, `{"items":[]}`)
		}
	})
	ctx := context.Background()
	for _, tt := range []struct {
		refusals, tokens int
		want             app.Code
	}{{0, 1, ""}, {0, 1, ""}, {1, 2, ""}, {2, 3, app.CodeUnauthorized}, {0, 4, ""}} {
		refusals = tt.refusals
		if _, err := c.PutBatch(ctx, "b", batch()); app.ErrorCode(err) != tt.want || tokens != tt.tokens {
			t.Fatalf("%+v: %v, %d tokens", tt, err, tokens)
		}
	}
}

// The upload carries the digest of its very bytes and a signature of it.
func TestUploadsAreSigned(t *testing.T) {
	var c *Client
	c = stub(t, func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/token" {
			giveToken(w)
			return
		}
		body, err := io.ReadAll(r.Body)
		if err != nil || r.Header.Get(wire.DigestHeader) != wire.DigestOf(body) {
			t.Errorf("digest %q (%v)", r.Header.Get(wire.DigestHeader), err)
		}
		var claims signatureClaims
		_, err = jwt.ParseWithClaims(r.Header.Get(wire.SignatureHeader), &claims, func(*jwt.Token) (any, error) { return &c.key.PublicKey, nil },
			jwt.WithAudience(wire.TokenAudience), jwt.WithIssuer("d"), jwt.WithSubject("d"), jwt.WithExpirationRequired(), jwt.WithValidMethods([]string{"ES256"}))
		if err != nil || len(claims.SignedHeaders) != 2 || claims.SignedHeaders[0]["digest"] != wire.DigestOf(body) || claims.SignedHeaders[1]["content-type"] != mediaJSON {
			t.Errorf("%v %+v", err, claims)
		}
		_, _ = io.WriteString(w, `{"items":[]}`)
	})
	if _, err := c.PutBatch(context.Background(), "b", batch()); err != nil {
		t.Fatal(err)
	}
}

// Retry-After has two forms, and a server before the hub may say it too.
func TestRetryAfter(t *testing.T) {
	for name, tt := range map[string]struct {
		status       int
		after, date  string
		code, want   app.Code
		wantSeconds  string
		problemMedia bool
	}{
		"seconds":             {503, "120", "", app.CodeBusy, app.CodeHubBusy, "120", true},
		"too many":            {429, "7", "", "rate_limited", app.CodeHubBusy, "7", true},
		"date":                {503, "Fri, 27 Nov 2026 10:05:00 GMT", "Fri, 27 Nov 2026 10:00:00 GMT", app.CodeBusy, app.CodeHubBusy, "300", true},
		"date that has gone":  {503, "Fri, 27 Nov 2026 10:05:00 GMT", "Fri, 27 Nov 2026 11:00:00 GMT", app.CodeBusy, app.CodeHubBusy, "1", true},
		"server before it":    {429, "30", "", "", app.CodeHubBusy, "30", false},
		"none":                {503, "", "", app.CodeBusy, app.CodeHubUnreachable, "", true},
		"no number":           {503, "soon", "", app.CodeBusy, app.CodeHubUnreachable, "", true},
		"enrolment's own one": {429, "9", "", app.CodeTooManyTries, app.CodeTooManyTries, "9", true},
	} {
		t.Run(name, func(t *testing.T) {
			_, _, err := stub(t, func(w http.ResponseWriter, _ *http.Request) {
				if tt.after != "" {
					w.Header().Set("Retry-After", tt.after)
				}
				if tt.date != "" {
					w.Header().Set("Date", tt.date)
				}
				if tt.problemMedia {
					problem(w, tt.status, tt.code)
					return
				}
				http.Error(w, "busy", tt.status)
			}).Manifest(context.Background(), "")
			if app.ErrorCode(err) != tt.want || app.ErrorParams(err)[exchange.ParamRetryAfter] != tt.wantSeconds {
				t.Errorf("got %v, want %s %s", err, tt.want, tt.wantSeconds)
			}
		})
	}
}

// The hub's Date says by how much this clock is off, and assertions are made
// in the hub's time.
func TestHubTime(t *testing.T) {
	at := time.Date(2016, 11, 27, 10, 0, 0, 0, time.UTC) // ten years behind
	hubTime := at.AddDate(10, 0, 0)
	var issued time.Time
	c := stub(t, func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Date", hubTime.Format(http.TimeFormat))
		switch r.URL.Path {
		case "/token":
			var claims jwt.RegisteredClaims
			if _, _, err := jwt.NewParser().ParseUnverified(r.PostFormValue("client_assertion"), &claims); err != nil {
				t.Error(err)
			}
			issued = claims.IssuedAt.Time
			giveToken(w)
		case "/manifest":
			problem(w, 404, app.CodeNothingPublished)
		default:
			_, _ = io.WriteString(w, `{}`)
		}
	})
	c.clock = app.ClockFunc(func() time.Time { return at })
	if _, known := c.Offset(); known {
		t.Fatal("known before any answer")
	}
	ctx := context.Background()
	if _, _, err := c.Manifest(ctx, ""); app.ErrorCode(err) != app.CodeNothingPublished {
		t.Fatal(err)
	}
	if offset, known := c.Offset(); !known || offset != hubTime.Sub(at) {
		t.Fatalf("%v %v", offset, known)
	}
	if _, err := c.Receipts(ctx, ""); err != nil || !issued.Equal(hubTime) {
		t.Fatalf("%v %v", issued, err)
	}
}

func TestAddressMustBeHTTPS(t *testing.T) {
	for _, hub := range []string{"", "http://hub.example", "hub.example", "https://", "://"} {
		if _, err := New(exchange.Device{Hub: hub}, nil, app.SystemClock{}, nil); app.ErrorCode(err) != app.CodeInvalid {
			t.Errorf("%q: %v", hub, err)
		}
	}
	if _, err := New(exchange.Device{Hub: "https://hub.example", CA: []byte("no PEM")}, nil, app.SystemClock{}, nil); app.ErrorCode(err) != app.CodeFile {
		t.Errorf("authority that is none: %v", err)
	}
}

// Only the hub's verdicts say that it holds the contact: whatever stands
// between and answers 200 must not take it out of the queue.
func TestOnlyVerdictsAreAnAnswer(t *testing.T) {
	for name, tt := range map[string]struct {
		status int
		body   string
		want   app.Code
	}{
		"verdicts":        {http.StatusOK, `{"items":[{"id":"i","verdict":"created"}]}`, ""},
		"none taken":      {http.StatusOK, `{"items":[]}`, ""},
		"page of a proxy": {http.StatusOK, "<html>Accedi</html>", app.CodeHubAnswer},
		"empty":           {http.StatusOK, "", app.CodeHubAnswer},
		"other JSON":      {http.StatusOK, `{"status":"ok"}`, app.CodeHubAnswer},
		"not modified":    {http.StatusNotModified, "", app.CodeHubAnswer},
	} {
		t.Run(name, func(t *testing.T) {
			c := stub(t, func(w http.ResponseWriter, r *http.Request) {
				if r.URL.Path == "/token" {
					giveToken(w)
					return
				}
				w.WriteHeader(tt.status)
				_, _ = io.WriteString(w, tt.body)
			})
			if _, err := c.PutBatch(context.Background(), "b", batch()); app.ErrorCode(err) != tt.want {
				t.Errorf("got %v, want %q", err, tt.want)
			}
		})
	}
}
