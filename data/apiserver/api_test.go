package apiserver_test

import (
	"bytes"
	"compress/gzip"
	"crypto/tls"
	"crypto/x509"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/klauspost/compress/zstd"

	"polis/app"
	"polis/app/region"
	"polis/data/apiserver"
	"polis/data/hubstore"
	"polis/data/wire"
)

const catalogue = `{"type":"authority","id":"demo","name":"Comune di Prova"}
{"type":"office","id":"demo-urp","authority":"demo","name":"URP"}
{"type":"sheet","code":"demo-1","authority":"demo","language":"it","title":"Carta"}
{"type":"sheet","code":"demo-2","authority":"demo","language":"it","title":"Passaporto"}
`

// rig is a hub behind TLS, with a catalogue.
type rig struct {
	t      testing.TB
	hub    *region.Hub
	url    string
	client *http.Client
	folder string
	log    *safeBuffer
}

type safeBuffer struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (s *safeBuffer) Write(b []byte) (int, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.b.Write(b)
}

func (s *safeBuffer) String() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.b.String()
}

func newRig(t testing.TB) *rig {
	t.Helper()
	r := &rig{t: t, folder: t.TempDir(), log: &safeBuffer{}}
	store, err := hubstore.OpenSQLite(t.Context(), filepath.Join(r.folder, "hub.db"), app.SystemClock{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := store.Close(); err != nil {
			t.Error(err)
		}
	})
	files, err := hubstore.OpenFolder(r.folder)
	if err != nil {
		t.Fatal(err)
	}
	if r.hub, err = region.New(region.Params{Store: store, Files: files, Clock: app.SystemClock{}}); err != nil {
		t.Fatal(err)
	}
	handler, err := apiserver.New(apiserver.Params{Hub: r.hub, Log: slog.New(slog.NewJSONHandler(r.log, nil))})
	if err != nil {
		t.Fatal(err)
	}
	own, err := apiserver.NewOwnAuthority(r.folder, apiserver.Hosts("127.0.0.1"), app.SystemClock{}, hubstore.WriteSecretFile)
	if err != nil {
		t.Fatal(err)
	}
	server := httptest.NewUnstartedServer(handler)
	server.TLS = apiserver.TLSConfig(own.Certificate)
	pair, err := own.Certificate(nil)
	if err != nil {
		t.Fatal(err)
	}
	server.TLS.Certificates = []tls.Certificate{*pair} // else httptest brings its own
	server.StartTLS()
	t.Cleanup(server.Close)
	r.url, r.client = server.URL, clientTrusting(t, r.folder)
	t.Cleanup(r.client.CloseIdleConnections)
	return r
}

func clientTrusting(t testing.TB, folder string) *http.Client {
	t.Helper()
	pem, err := os.ReadFile(filepath.Join(folder, apiserver.AuthorityFile))
	if err != nil {
		t.Fatal(err)
	}
	pool := x509.NewCertPool()
	if !pool.AppendCertsFromPEM(pem) {
		t.Fatal("ca.pem holds no certificate")
	}
	return &http.Client{Transport: &http.Transport{
		TLSClientConfig: &tls.Config{RootCAs: pool, MinVersion: tls.VersionTLS12}, DisableCompression: true,
	}}
}

func (r *rig) load(blobs string) region.PublishReport {
	r.t.Helper()
	params := region.ImportParams{Sources: []region.Source{{Name: "t", Open: func() (io.ReadCloser, error) {
		return io.NopCloser(strings.NewReader(catalogue)), nil
	}}}}
	if blobs != "" {
		params.Blobs = os.DirFS(blobs)
	}
	if _, err := r.hub.Import(r.t.Context(), params); err != nil {
		r.t.Fatal(err)
	}
	p, err := r.hub.Publish(r.t.Context(), region.PublishParams{})
	if err != nil {
		r.t.Fatal(err)
	}
	return p
}

type reply struct {
	status int
	header http.Header
	body   []byte
}

func (r *rig) do(method, path, body string, header ...string) reply {
	r.t.Helper()
	req, err := http.NewRequestWithContext(r.t.Context(), method, r.url+path, strings.NewReader(body))
	if err != nil {
		r.t.Fatal(err)
	}
	for i := 0; i+1 < len(header); i += 2 {
		req.Header.Set(header[i], header[i+1])
	}
	res, err := r.client.Do(req)
	if err != nil {
		r.t.Fatal(err)
	}
	content, err := io.ReadAll(res.Body)
	if err != nil || res.Body.Close() != nil {
		r.t.Fatal(err)
	}
	return reply{res.StatusCode, res.Header, content}
}

func (p reply) wantProblem(t *testing.T, status int, code app.Code) {
	t.Helper()
	var problem wire.Problem
	if err := json.Unmarshal(p.body, &problem); err != nil {
		t.Errorf("body %q: %v", p.body, err)
		return
	}
	if p.status != status || problem.Status != status || problem.Code != string(code) || p.header.Get("Content-Type") != wire.ProblemMediaType {
		t.Errorf("%d %s %s, want %d %s", p.status, p.header.Get("Content-Type"), p.body, status, code)
	}
	if problem.Type == "" || problem.Title == "" {
		t.Errorf("problem without type or title: %s", p.body)
	}
}

func into[T any](t testing.TB, p reply, status int) T {
	t.Helper()
	var v T
	if p.status != status {
		t.Fatalf("status %d: %s", p.status, p.body)
	}
	if err := json.Unmarshal(p.body, &v); err != nil {
		t.Fatal(err)
	}
	return v
}

func TestCatalogueOverTLS(t *testing.T) {
	r := newRig(t)
	if s := r.do(http.MethodGet, "/status", ""); s.status != 200 || s.header.Get("Content-Type") != wire.ProblemMediaType || s.header.Get("Date") == "" {
		t.Errorf("status %+v", s)
	}
	r.do(http.MethodGet, "/manifest", "").wantProblem(t, 404, app.CodeNothingPublished)
	p := r.load("")
	m := r.do(http.MethodGet, "/manifest", "")
	if signed := into[wire.SignedManifest](t, m, 200); signed.Manifest.Signature == "" || signed.OnlineKey.Signature == "" {
		t.Errorf("%s", m.body)
	}
	for match, want := range map[string]int{m.header.Get("ETag"): 304, `"old", W/` + m.header.Get("ETag"): 304, `"old"`: 200, "": 200} {
		if got := r.do(http.MethodGet, "/manifest", "", "If-None-Match", match); got.status != want || want == 304 && len(got.body) != 0 {
			t.Errorf("If-None-Match %s: %d %q", match, got.status, got.body)
		}
	}
	whole := r.do(http.MethodGet, "/snapshots/"+p.Snapshot, "")
	if whole.status != 200 || wire.Hash(whole.body) != p.Snapshot || !strings.Contains(whole.header.Get("Cache-Control"), "immutable") {
		t.Errorf("snapshot %d %v", whole.status, whole.header)
	}
	part := r.do(http.MethodGet, "/snapshots/"+p.Snapshot, "", "Range", "bytes=10-19", "If-Range", whole.header.Get("ETag"))
	if part.status != 206 || !bytes.Equal(part.body, whole.body[10:20]) {
		t.Errorf("range %d %v", part.status, part.header)
	}
	r.do(http.MethodGet, "/snapshots/"+p.Snapshot, "", "Range", "bytes=9999999-").wantProblem(t, 416, app.CodeInvalid)
	r.do(http.MethodGet, "/snapshots/"+wire.Hash(nil), "").wantProblem(t, 404, app.CodeNotFound)
	r.do(http.MethodGet, "/snapshots/..%2Fhub.db", "").wantProblem(t, 404, app.CodeNotFound)
}

func TestBlobs(t *testing.T) {
	r := newRig(t)
	blobs := t.TempDir()
	content := []byte("<script>alert(1)</script>")
	if err := os.WriteFile(filepath.Join(blobs, "x.html"), content, 0o600); err != nil {
		t.Fatal(err)
	}
	r.load(blobs)
	got := r.do(http.MethodGet, "/blobs/"+wire.Hash(content), "")
	if got.status != 200 || !bytes.Equal(got.body, content) || got.header.Get("Content-Type") != "application/octet-stream" || got.header.Get("X-Content-Type-Options") != "nosniff" {
		t.Errorf("%+v", got)
	}
}

func TestChanges(t *testing.T) {
	r := newRig(t)
	r.load("")
	page := into[wire.Changes](t, r.do(http.MethodGet, "/changes?limit=3", ""), 200)
	if len(page.Items) != 3 || !page.HasMore {
		t.Errorf("%+v", page)
	}
	rest := into[wire.Changes](t, r.do(http.MethodGet, "/changes?cursor="+page.NextCursor, ""), 200)
	if len(rest.Items) != 1 || rest.HasMore {
		t.Errorf("%+v", rest)
	}
	r.do(http.MethodGet, "/changes?limit=0", "").wantProblem(t, 400, app.CodeInvalid)
	r.do(http.MethodGet, "/changes?cursor=nonsense", "").wantProblem(t, 400, app.CodeInvalid)
	other := newRig(t)
	other.load("")
	other.do(http.MethodGet, "/changes?cursor="+page.NextCursor, "").wantProblem(t, 410, app.CodeCursorExpired)
}

func TestChangesCompressed(t *testing.T) {
	r := newRig(t)
	r.load("")
	small := r.do(http.MethodGet, "/changes", "", "Accept-Encoding", "zstd")
	if small.header.Get("Content-Encoding") != "" || small.header.Get("Vary") != "Accept-Encoding" {
		t.Errorf("a small answer: %v", small.header)
	}
	more := strings.Repeat(`{"type":"event","id":"e-#","title":"Incontro con i cittadini"}`+"\n", 30)
	for i := range 30 {
		more = strings.Replace(more, "#", strconv.Itoa(i), 1)
	}
	if _, err := r.hub.Import(t.Context(), region.ImportParams{Sources: []region.Source{{Name: "more", Open: func() (io.ReadCloser, error) {
		return io.NopCloser(strings.NewReader(more)), nil
	}}}}); err != nil {
		t.Fatal(err)
	}
	if _, err := r.hub.Publish(t.Context(), region.PublishParams{}); err != nil {
		t.Fatal(err)
	}
	plain := r.do(http.MethodGet, "/changes", "")
	for accept, want := range map[string]string{"gzip": "gzip", "gzip, zstd": "zstd", "zstd;q=0, gzip;q=0.5": "gzip", "identity": "", "": ""} {
		got := r.do(http.MethodGet, "/changes", "", "Accept-Encoding", accept)
		if coding := got.header.Get("Content-Encoding"); coding != want || got.header.Get("Vary") != "Accept-Encoding" {
			t.Errorf("%q: coding %q", accept, coding)
		}
		if !bytes.Equal(unpack(t, got), plain.body) {
			t.Errorf("%q: another content", accept)
		}
	}
}

func unpack(t *testing.T, p reply) []byte {
	t.Helper()
	var from io.Reader = bytes.NewReader(p.body)
	switch p.header.Get("Content-Encoding") {
	case "gzip":
		gz, err := gzip.NewReader(from)
		if err != nil {
			t.Fatal(err)
		}
		from = gz
	case "zstd":
		z, err := zstd.NewReader(from)
		if err != nil {
			t.Fatal(err)
		}
		defer z.Close()
		from = z
	}
	content, err := io.ReadAll(from)
	if err != nil {
		t.Fatal(err)
	}
	return content
}

func TestContactsAndReceipts(t *testing.T) {
	r := newRig(t)
	r.load("")
	w := r.enrolled("demo", "demo-urp", "")
	e, bearer := w.Enrolment, w.bearer(nil)
	id, err := uuid.NewV7()
	if err != nil {
		t.Fatal(err)
	}
	c := app.Contact{
		ID: id.String(), Visit: id.String(), Authority: e.Authority, Office: e.Office, Operator: e.Operator.ID,
		Channel: "phone", User: "business", RequestType: "forms", Outcome: "resolved", RecordedAt: time.Date(2026, 11, 23, 9, 0, 0, 0, time.UTC),
	}
	put := func(c app.Contact) reply {
		body, err := wire.EncodeContact(c)
		if err != nil {
			t.Fatal(err)
		}
		return w.put("/contacts/"+c.ID, body)
	}
	first := into[wire.Receipt](t, put(c), 201)
	if again := into[wire.Receipt](t, put(c), 200); again != first {
		t.Errorf("%+v, %+v", first, again)
	}
	changed := c
	changed.Outcome = "referred"
	put(changed).wantProblem(t, 409, app.CodeConflict)
	foreign := c
	foreign.Office = "elsewhere"
	put(foreign).wantProblem(t, 403, app.CodeForbidden)
	large := c
	large.Topic = strings.Repeat("x", region.MaxContact)
	put(large).wantProblem(t, 413, app.CodeInvalid)
	page := into[wire.Receipts](t, r.do(http.MethodGet, "/receipts", "", "Authorization", bearer), 200)
	if len(page.Items) != 1 || page.Items[0] != first || page.DurableUpto == page.NextCursor {
		t.Errorf("%+v", page)
	}
	for _, authorization := range []string{"", "Bearer", "Bearer x", "Basic eDp4", bearer[:len(bearer)-4] + "AAAA"} {
		refused := r.do(http.MethodPut, "/contacts/"+c.ID, "{}", "Authorization", authorization)
		refused.wantProblem(t, 401, app.CodeUnauthorized)
		if refused.header.Get("WWW-Authenticate") == "" {
			t.Error("401 without WWW-Authenticate")
		}
		r.do(http.MethodGet, "/receipts", "", "Authorization", authorization).wantProblem(t, 401, app.CodeUnauthorized)
	}
	if log := r.log.String(); strings.Contains(log, c.ID) || strings.Contains(log, bearer[7:]) || strings.Contains(log, "127.0.0.1") || !strings.Contains(log, `"pattern":"PUT /contacts/{id}","status":201`) {
		t.Errorf("log: %s", log)
	}
}

func TestRefusedRequests(t *testing.T) {
	r := newRig(t)
	const jsonType = "application/json"
	const form = "application/x-www-form-urlencoded"
	for _, c := range []struct {
		method, path, media, body string
		status                    int
		code                      app.Code
	}{
		{http.MethodGet, "/", "", "", 404, app.CodeNotFound},
		{http.MethodGet, "/contacts/", "", "", 404, app.CodeNotFound},
		{http.MethodDelete, "/changes", "", "", 405, app.CodeUsage},
		{http.MethodGet, "/token", "", "", 405, app.CodeUsage},
		{http.MethodPost, "/device-enrolments", "text/plain", "{}", 415, app.CodeInvalid},
		{http.MethodPost, "/device-enrolments", jsonType, "{", 400, app.CodeInvalid},
		{http.MethodPost, "/device-enrolments", jsonType, "{}", 400, app.CodeInvalid},
		{http.MethodPost, "/device-enrolments", jsonType, `{"code":"` + strings.Repeat("x", 20000) + `"}`, 413, app.CodeInvalid},
		{http.MethodPost, "/token", jsonType, "{}", 415, app.CodeInvalid},
		{http.MethodPost, "/token", form, "grant_type=password", 400, app.CodeInvalid},
		{http.MethodPost, "/token", form, "a=" + strings.Repeat("x", 20000), 413, app.CodeInvalid},
		{http.MethodPost, "/token", form, url.Values{"grant_type": {wire.GrantType}, "client_assertion_type": {wire.AssertionType}}.Encode(), 401, app.CodeUnauthorized},
	} {
		t.Run(fmt.Sprint(c.method, " ", c.path, " ", c.status), func(t *testing.T) {
			got := r.do(c.method, c.path, c.body, "Content-Type", c.media)
			got.wantProblem(t, c.status, c.code)
			if c.status == 405 && got.header.Get("Allow") == "" {
				t.Error("405 without Allow")
			}
		})
	}
}

func TestNewPublicationIsServedAtOnce(t *testing.T) {
	r := newRig(t)
	r.load("")
	before := r.do(http.MethodGet, "/manifest", "")
	beside, err := hubstore.OpenSQLite(t.Context(), filepath.Join(r.folder, "hub.db"), app.SystemClock{})
	if err != nil {
		t.Fatal(err)
	}
	defer func() {
		if err := beside.Close(); err != nil {
			t.Error(err)
		}
	}()
	files, err := hubstore.OpenFolder(r.folder)
	if err != nil {
		t.Fatal(err)
	}
	second, err := region.New(region.Params{Store: beside, Files: files, Clock: app.SystemClock{}})
	if err != nil {
		t.Fatal(err)
	}
	line := `{"type":"sheet","code":"demo-3","authority":"demo","language":"it","title":"ISEE"}`
	if _, err := second.Import(t.Context(), region.ImportParams{Sources: []region.Source{{Name: "t", Open: func() (io.ReadCloser, error) {
		return io.NopCloser(strings.NewReader(line)), nil
	}}}}); err != nil {
		t.Fatal(err)
	}
	if same := r.do(http.MethodGet, "/manifest", ""); !bytes.Equal(same.body, before.body) {
		t.Error("an import is visible before it is published")
	}
	if _, err := second.Publish(t.Context(), region.PublishParams{}); err != nil {
		t.Fatal(err)
	}
	if after := r.do(http.MethodGet, "/manifest", "", "If-None-Match", before.header.Get("ETag")); after.status != 200 {
		t.Errorf("status %d", after.status)
	}
}
