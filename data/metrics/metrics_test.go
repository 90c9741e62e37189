package metrics_test

import (
	"context"
	"errors"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"polis/app"
	"polis/data/metrics"
)

const batch = `{"items":[
	{"type":"contact","id":"0192f0aa-secret","sha256":"x","verdict":"created"},
	{"type":"contact","id":"0192f0ab-secret","sha256":"x","verdict":"created"},
	{"type":"proposal","id":"0192f0ac-secret","sha256":"x","verdict":"accepted_with_conflict"},
	{"type":"nome cognome","id":"0192f0ad-secret","sha256":"x","verdict":"anything"}]}`

// hub answers as the routes of the contract do.
func hub() http.Handler {
	mux := http.NewServeMux()
	answer := func(status int, body string) http.HandlerFunc {
		return func(w http.ResponseWriter, _ *http.Request) {
			w.WriteHeader(status)
			_, _ = w.Write([]byte(body))
		}
	}
	mux.HandleFunc("PUT /upload-batches/{id}", answer(http.StatusOK, batch))
	mux.HandleFunc("PUT /contacts/{id}", func(w http.ResponseWriter, r *http.Request) {
		answer(map[string]int{"new": 201, "known": 200, "other": 409, "away": 503}[r.PathValue("id")], "")(w, r)
	})
	mux.HandleFunc("GET /manifest", func(w http.ResponseWriter, _ *http.Request) { _, _ = w.Write([]byte("12345")) })
	return mux
}

func scrape(t *testing.T, m *metrics.Metrics) string {
	t.Helper()
	w := httptest.NewRecorder()
	m.Endpoint().ServeHTTP(w, httptest.NewRequest(http.MethodGet, "/metrics", nil))
	if w.Code != http.StatusOK {
		t.Fatalf("%d %s", w.Code, w.Body)
	}
	return w.Body.String()
}

func TestFiguresNameNobody(t *testing.T) {
	m := metrics.New(metrics.Params{Version: "1.2.3", Published: func(context.Context) (int64, error) { return 7, nil }})
	h := m.Measured(hub())
	for _, call := range []string{
		"PUT /upload-batches/0192f0ff-secret", "PUT /contacts/new", "PUT /contacts/known", "PUT /contacts/known", "PUT /contacts/other",
		"PUT /contacts/away", "GET /manifest", "GET /secret/path?q=secret",
	} {
		method, path, _ := strings.Cut(call, " ")
		h.ServeHTTP(httptest.NewRecorder(), httptest.NewRequest(method, path, nil))
	}
	text := scrape(t, m)
	for _, want := range []string{
		`polis_hub_uploads_total{type="contact",verdict="created"} 3`, `polis_hub_uploads_total{type="contact",verdict="duplicate"} 2`,
		`polis_hub_uploads_total{type="contact",verdict="rejected"} 1`, `polis_hub_uploads_total{type="proposal",verdict="accepted_with_conflict"} 1`,
		`polis_hub_uploads_total{type="other",verdict="other"} 1`, `polis_hub_requests_total{pattern="PUT /contacts/{id}",status="503"} 1`,
		`polis_hub_requests_total{pattern="none",status="404"} 1`, `polis_hub_response_bytes_total{pattern="GET /manifest"} 5`,
		"polis_hub_published_version 7", "polis_hub_database_up 1",
	} {
		if !strings.Contains(text, want+"\n") {
			t.Errorf("%s is missing in\n%s", want, text)
		}
	}
	for _, never := range []string{"secret", "cognome", "anything"} {
		if strings.Contains(text, never) {
			t.Errorf("%s is in the figures", never)
		}
	}
}

func TestDatabaseDown(t *testing.T) {
	m := metrics.New(metrics.Params{Published: func(context.Context) (int64, error) { return 0, errors.New("away") }})
	text := scrape(t, m)
	if !strings.Contains(text, "polis_hub_database_up 0\n") || strings.Contains(text, "published_version") {
		t.Error(text)
	}
}

// TestTwoRegistries: two hubs in one process do not meet.
func TestTwoRegistries(t *testing.T) {
	published := func(context.Context) (int64, error) { return 0, nil }
	first, second := metrics.New(metrics.Params{Published: published}), metrics.New(metrics.Params{Published: published})
	first.Measured(hub()).ServeHTTP(httptest.NewRecorder(), httptest.NewRequest(http.MethodGet, "/manifest", nil))
	if strings.Contains(scrape(t, second), "/manifest") || !strings.Contains(scrape(t, first), "GET /manifest") {
		t.Error("shared")
	}
}

func TestOnlyThisMachine(t *testing.T) {
	for address, ok := range map[string]bool{
		"127.0.0.1:9464": true, "[::1]:9464": true, "localhost:0": true, "127.1.2.3:1": true,
		"0.0.0.0:9464": false, ":9464": false, "192.0.2.1:9464": false, "hub.example:9464": false, "": false,
	} {
		err := metrics.CheckAddress(address)
		if (err == nil) != ok || err != nil && app.ErrorCode(err) != app.CodeMetricsAddress {
			t.Errorf("%q: %v", address, err)
		}
	}
}
