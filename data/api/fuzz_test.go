package api

import (
	"bytes"
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"encoding/json"
	"io"
	"net/http"
	"strings"
	"testing"

	"polis/app"
	"polis/app/membership"
	"polis/data/wire"
)

// answers gives every request the same answer.
type answers struct {
	status int
	media  string
	body   []byte
	asked  int
}

// RoundTrip implements http.RoundTripper.
func (a *answers) RoundTrip(r *http.Request) (*http.Response, error) {
	a.asked++
	body := a.body
	if r.URL.Path == "/token" {
		return &http.Response{StatusCode: 200, Header: http.Header{}, Body: io.NopCloser(strings.NewReader(`{"access_token":"t","expires_in":600}`)), Request: r}, nil
	}
	return &http.Response{
		StatusCode: a.status, Header: http.Header{"Content-Type": {a.media}}, Body: io.NopCloser(bytes.NewReader(body)), Request: r,
	}, nil
}

// FuzzHubAnswers reads whatever a hub, or what stands in its place, may say:
// nothing that is not an answer passes for one, and nothing is asked for
// without end.
func FuzzHubAnswers(f *testing.F) {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		f.Fatal(err)
	}
	content := []byte("delibera")
	seed := func(status int, v any) {
		text, err := json.Marshal(v)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(status, mediaJSON, text)
	}
	seed(200, membership.Case{ID: "r", State: membership.Sent, Version: 1, SHA256: wire.Hash(content)})
	seed(200, membership.CasePage{Items: []membership.Case{{ID: "r", State: membership.Sent, Version: 8}}})
	seed(200, wire.BlobUpload{SHA256: wire.Hash(content), Size: int64(len(content)), Received: 3})
	seed(200, membership.Letter{Request: "r", Code: "C", PEC: "p"})
	f.Add(404, wire.ProblemMediaType, []byte(`{"status":404,"code":"not_found"}`))
	f.Add(302, "text/html", []byte(`<html>`))
	f.Fuzz(func(t *testing.T, status int, media string, body []byte) {
		if status < 100 || status > 999 {
			return
		}
		hub := &answers{status: status, media: media, body: body}
		a, err := NewApplicant(membership.Network{Hub: "https://hub.example"}, key, app.SystemClock{}, nil)
		if err != nil {
			t.Fatal(err)
		}
		c := a.client
		c.http.SetTransport(hub)
		ctx := context.Background()
		for name, ask := range map[string]func() (membership.Case, error){
			"request": func() (membership.Case, error) { return a.Request(ctx, "r") },
			"put":     func() (membership.Case, error) { return a.PutRequest(ctx, "r", content) },
			"change":  func() (membership.Case, error) { return a.PutChange(ctx, membership.Change{ID: "c", Request: "r"}) },
			"case":    func() (membership.Case, error) { return c.Case(ctx, "r") },
			"decide":  func() (membership.Case, error) { return c.PutChange(ctx, membership.Change{ID: "c", Request: "r"}) },
		} {
			if got, err := ask(); err == nil && (got.ID != "r" || got.State == "" || status > 299) {
				t.Errorf("%s: took %d %q for %+v", name, status, body, got)
			}
		}
		page, err := c.Cases(ctx, 7)
		if err == nil && (page.Items == nil || page.HasMore && len(page.Items) == 0) {
			t.Errorf("took %q for a page", body)
		}
		if letter, err := c.Letter(ctx, membership.LetterRequest{Request: "r"}); err == nil && (letter.Code == "" || letter.Request != "r") {
			t.Errorf("took %q for a letter", body)
		}
		var out bytes.Buffer
		if err := c.Document(ctx, "r", wire.Hash(content), &out); err == nil && !bytes.Equal(out.Bytes(), content) {
			t.Errorf("took %q for the document", body)
		}
		hub.asked = 0
		err = a.PutDocument(ctx, wire.Hash(content), int64(len(content)), bytes.NewReader(content))
		var said wire.BlobUpload
		if err == nil && (json.Unmarshal(body, &said) != nil || !said.Complete || said.SHA256 != wire.Hash(content)) {
			t.Errorf("sent by %q", body)
		}
		if hub.asked > 6 {
			t.Errorf("asked %d times", hub.asked)
		}
	})
}
