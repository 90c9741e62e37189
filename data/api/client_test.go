package api

import (
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

	"polis/app"
	"polis/app/exchange"
	"polis/data/wire"
)

// stub is a hub that answers as it is told, over real TLS.
func stub(t *testing.T, answer http.HandlerFunc) *Client {
	t.Helper()
	srv := httptest.NewTLSServer(answer)
	t.Cleanup(srv.Close)
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	ca := pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: srv.Certificate().Raw})
	c, err := New(exchange.Device{ID: "d", Hub: srv.URL, CA: ca}, key, app.SystemClock{})
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

func TestDownloadIsChecked(t *testing.T) {
	text := strings.Repeat("scheda ", 100_000)
	c := stub(t, func(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, text) })
	var got strings.Builder
	if err := c.Snapshot(context.Background(), wire.Hash([]byte(text)), &got, func(int64) {}); err != nil || got.String() != text {
		t.Fatalf("good content: %v", err)
	}
	if err := c.Blob(context.Background(), wire.Hash([]byte("other")), io.Discard); app.ErrorCode(err) != app.CodeManifest {
		t.Errorf("other content: %v", err)
	}
}

func TestTokenIsAskedAnewWhenTheHubRefusesIt(t *testing.T) {
	tokens, refuse := 0, true
	c := stub(t, func(w http.ResponseWriter, r *http.Request) {
		switch {
		case r.URL.Path == "/token":
			tokens++
			w.Header().Set("Content-Type", "application/json")
			_ = json.NewEncoder(w).Encode(wire.Token{AccessToken: "t", TokenType: "Bearer", ExpiresIn: 600})
		case refuse:
			problem(w, 401, app.CodeUnauthorized)
		default:
			w.WriteHeader(http.StatusCreated)
			_ = json.NewEncoder(w).Encode(wire.Receipt{ID: "i", Type: wire.TypeContact, SHA256: wire.Hash([]byte(`{}`)), State: wire.StateStored})
		}
	})
	ctx := context.Background()
	if _, err := c.PutContact(ctx, "i", []byte(`{}`)); app.ErrorCode(err) != app.CodeUnauthorized {
		t.Fatalf("got %v", err)
	}
	refuse = false
	for range 3 {
		if duplicate, err := c.PutContact(ctx, "i", []byte(`{}`)); err != nil || duplicate {
			t.Fatalf("%v %v", duplicate, err)
		}
	}
	if tokens != 2 {
		t.Errorf("%d tokens asked for, want 2", tokens)
	}
}

func TestAddressMustBeHTTPS(t *testing.T) {
	for _, hub := range []string{"", "http://hub.example", "hub.example", "https://", "://"} {
		if _, err := New(exchange.Device{Hub: hub}, nil, app.SystemClock{}); app.ErrorCode(err) != app.CodeInvalid {
			t.Errorf("%q: %v", hub, err)
		}
	}
	if _, err := New(exchange.Device{Hub: "https://hub.example", CA: []byte("no PEM")}, nil, app.SystemClock{}); app.ErrorCode(err) != app.CodeFile {
		t.Errorf("authority that is none: %v", err)
	}
}

// Only the hub's receipt says that it holds the contact: whatever stands
// between and answers 200 must not take it out of the queue.
func TestContactIsStoredWhenTheReceiptSaysSo(t *testing.T) {
	const id, payload = "0190a5a0-0000-7000-8000-000000000001", `{"id":"0190a5a0-0000-7000-8000-000000000001"}`
	receipt := func(id, sha string) string {
		return `{"id":"` + id + `","type":"contact","sha256":"` + sha + `","state":"stored","received_at":"2026-11-23T10:00:00Z"}`
	}
	for name, tt := range map[string]struct {
		status int
		body   string
		want   app.Code
	}{
		"receipt":         {http.StatusCreated, receipt(id, wire.Hash([]byte(payload))), ""},
		"page of a proxy": {http.StatusOK, "<html>Accedi</html>", app.CodeHubAnswer},
		"empty":           {http.StatusOK, "", app.CodeHubAnswer},
		"not modified":    {http.StatusNotModified, "", app.CodeHubAnswer},
		"of another one":  {http.StatusOK, receipt("x", wire.Hash([]byte(payload))), app.CodeHubAnswer},
		"other contents":  {http.StatusOK, receipt(id, wire.Hash(nil)), app.CodeHubAnswer},
	} {
		t.Run(name, func(t *testing.T) {
			c := stub(t, func(w http.ResponseWriter, r *http.Request) {
				if r.URL.Path == "/token" {
					_, _ = io.WriteString(w, `{"access_token":"t","token_type":"Bearer","expires_in":600}`)
					return
				}
				w.WriteHeader(tt.status)
				_, _ = io.WriteString(w, tt.body)
			})
			if _, err := c.PutContact(context.Background(), id, []byte(payload)); app.ErrorCode(err) != tt.want {
				t.Errorf("got %v, want %q", err, tt.want)
			}
		})
	}
}
