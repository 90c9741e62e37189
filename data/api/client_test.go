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
