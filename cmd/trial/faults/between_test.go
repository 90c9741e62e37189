package faults

import (
	"bytes"
	"compress/gzip"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"polis/app"
	"polis/app/exchange"
	"polis/data/wire"
)

// counter is a hub and a workstation that has the catalogue and the office's
// key.
func counter(t *testing.T) (*hub, *desk) {
	t.Helper()
	h := newHub(t, t.TempDir(), nil)
	t.Cleanup(h.close)
	d := newDesk(t, h, filepath.Join(h.folder, "desk"), "demo-urp")
	t.Cleanup(func() { d.close() })
	d.sync("")
	d.sync("")
	d.waiting(0, 0)
	return h, d
}

// untouched wants the catalogue as it was, and a search that answers.
func (d *desk) untouched(was exchange.Held) {
	d.t.Helper()
	if now := d.held(); now.Digest != was.Digest || now.Version != was.Version {
		d.t.Fatalf("the catalogue changed: %+v, it was %+v", now, was)
	}
	d.searches()
}

// heals wants everything well after two rounds.
func (d *desk) heals(saved ...string) {
	d.t.Helper()
	d.h.stand(nil)
	d.clock.move(time.Hour)
	if d.clock != d.h.clock {
		d.h.clock.move(time.Hour)
	}
	d.sync("")
	d.sync("")
	d.waiting(0, 0)
	d.h.arrived(saved...)
	if _, m := d.h.signed(); d.held().Digest != m.CatalogDigest {
		d.t.Fatalf("the catalogue is not the hub's")
	}
}

// on lets something else answer for one path, "" for all.
func on(path string, other http.HandlerFunc) between {
	return func(w http.ResponseWriter, r *http.Request, hub http.Handler) {
		if strings.HasPrefix(r.URL.Path, path) {
			other(w, r)
			return
		}
		hub.ServeHTTP(w, r)
	}
}

func html(w http.ResponseWriter, _ *http.Request) {
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	_, _ = io.WriteString(w, "<html><body>Accedi alla rete degli ospiti</body></html>")
}

// A page that says 200 to everything takes no contact out of the queue and
// changes nothing, at whichever call it stands.
func TestCaptivePortalAtEveryEndpoint(t *testing.T) {
	for path, code := range map[string]app.Code{
		"":                 app.CodeHubAnswer,
		"/manifest":        app.CodeHubAnswer,
		"/changes":         app.CodeHubAnswer,
		"/token":           app.CodeHubAnswer,
		"/upload-batches/": app.CodeHubAnswer,
		"/receipts":        app.CodeHubAnswer,
		"/private-changes": app.CodeHubAnswer,
		"/snapshots/":      app.CodeManifest,
		"/blobs/":          "", // the sheet prints the document's address instead
	} {
		t.Run("at "+path, func(t *testing.T) {
			h, d := counter(t)
			if path == "/token" {
				d.restart() // else there is one
			}
			if path == "/snapshots/" {
				d.loseCatalogue()
			}
			was := d.held()
			saved := d.log(nil, app.Personal{Note: "una nota"}).ID
			h.publish(9, "Tessera")
			document := h.attach("%PDF-1.7 modulo")
			_, m := h.signed()
			h.stand(on(path, html))
			d.sync(code)
			if path == "/upload-batches/" || path == "/token" || path == "" {
				d.waiting(2, 0)
				if n := len(h.contacts()); n != 0 {
					t.Fatalf("%d contacts arrived", n)
				}
			}
			if now := d.held(); now.Digest != was.Digest && now.Digest != m.CatalogDigest {
				t.Fatal("a catalogue of nobody")
			}
			st := must[exchange.Status](t)(d.Engine.Status(context.Background()))
			if st.Problem != string(code) {
				t.Errorf("the person sees %q, want %q", st.Problem, code)
			}
			if _, here := d.Catalogue.BlobPath(document); here && path == "/blobs/" {
				t.Error("the portal's page is kept as a document")
			}
			d.heals(saved)
			if _, here := d.Catalogue.BlobPath(document); !here {
				t.Error("the document did not come")
			}
		})
	}
}

func TestCaptivePortalAtTheEnrolment(t *testing.T) {
	h := newHub(t, t.TempDir(), nil)
	defer h.close()
	d := &desk{t: t, h: h, office: "demo-urp", folder: filepath.Join(h.folder, "desk"), clock: h.clock}
	d.open()
	defer d.close()
	code := h.code("demo-urp", "")
	h.stand(on("", html))
	wantCode(t, d.Enrol(context.Background(), h.server.URL, code, h.ca), app.CodeHubAnswer)
	h.stand(nil)
	ok(t, d.Enrol(context.Background(), h.server.URL, code, h.ca)) // the code is as good as new
	d.heals()
}

// A proxy that speaks JSON of its own.
func TestForeignJSON(t *testing.T) {
	h, d := counter(t)
	var saved []string
	for _, path := range []string{"/manifest", "/changes", "/token", "/upload-batches/", "/receipts", "/private-changes"} {
		for n, body := range []string{`{}`, `{"status":"ok"}`, `null`, `[]`, `"ok"`, `{"items":null}`} {
			d.restart()
			saved = append(saved, d.log(nil, app.Personal{}).ID)
			was := len(h.contacts())
			h.publish(9, fmt.Sprint(path[1:], n))
			h.stand(on(path, func(w http.ResponseWriter, _ *http.Request) {
				w.Header().Set("Content-Type", "application/json")
				_, _ = io.WriteString(w, body)
			}))
			_, err := d.Engine.Sync(context.Background())
			if stopped := path == "/upload-batches/" || path == "/token"; stopped {
				wantCode(t, err, app.CodeHubAnswer)
				d.waiting(1, 0)
				if len(h.contacts()) != was {
					t.Fatalf("%s %s: a contact arrived", path, body)
				}
			}
			d.heals(saved...)
		}
	}
}

// rewriting writes JSON answers with other blanks and packs everything,
// whether it was asked to or not.
func rewriting(path string, pack bool) between {
	return func(w http.ResponseWriter, r *http.Request, hub http.Handler) {
		if !strings.HasPrefix(r.URL.Path, path) {
			hub.ServeHTTP(w, r)
			return
		}
		asked := r.Clone(r.Context())
		asked.Header.Del("Accept-Encoding")
		rec := keep(asked, hub)
		body := rec.Body.Bytes()
		var pretty bytes.Buffer
		if json.Indent(&pretty, body, "  ", "\t") == nil {
			body = pretty.Bytes()
		}
		if pack && rec.Code == http.StatusOK {
			var packed bytes.Buffer
			z := gzip.NewWriter(&packed)
			_, _ = z.Write(body)
			_ = z.Close()
			body = packed.Bytes()
			rec.Header().Set("Content-Encoding", "gzip")
			rec.Header().Del("Accept-Ranges")
		}
		give(w, rec, body)
	}
}

// What is signed or hashed is the content, not how it is written or packed.
func TestRewritingProxy(t *testing.T) {
	for _, pack := range []bool{false, true} {
		h, d := counter(t)
		saved := d.log(nil, app.Personal{Note: "una nota"}).ID
		h.publish(9, "Tessera")
		h.stand(rewriting("", pack))
		d.sync("")
		d.waiting(0, 0)
		h.arrived(saved)
		_, m := h.signed()
		if d.held().Digest != m.CatalogDigest {
			t.Error("the catalogue is not the hub's")
		}
		d.loseCatalogue()
		d.sync("")
		d.heals(saved)
	}
}

// A proxy that changes what goes up breaks the signature of the upload: it is
// refused, the contact waits and arrives when the proxy is gone.
func TestProxyThatRewritesUploads(t *testing.T) {
	h, d := counter(t)
	saved := d.log(nil, app.Personal{}).ID
	h.stand(func(w http.ResponseWriter, r *http.Request, hub http.Handler) {
		if r.Method == http.MethodPut {
			var pretty bytes.Buffer
			ok(t, json.Indent(&pretty, must[[]byte](t)(io.ReadAll(r.Body)), "", " "))
			r.Body, r.ContentLength = io.NopCloser(&pretty), int64(pretty.Len())
		}
		hub.ServeHTTP(w, r)
	})
	d.sync(app.CodeUnauthorized)
	d.waiting(1, 0)
	d.heals(saved)
}

// cache answers with what it heard first.
type cache struct {
	mu   sync.Mutex
	old  map[string]*kept
	only string
}

type kept struct {
	header http.Header
	code   int
	body   []byte
}

func (c *cache) ServeHTTP(w http.ResponseWriter, r *http.Request, hub http.Handler) {
	if !strings.HasPrefix(r.URL.Path, c.only) || r.Method != http.MethodGet {
		hub.ServeHTTP(w, r)
		return
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	old := c.old[r.URL.String()]
	if old == nil {
		asked := r.Clone(r.Context())
		asked.Header.Del("If-None-Match")
		asked.Header.Del("Accept-Encoding")
		rec := keep(asked, hub)
		old = &kept{rec.Header(), rec.Code, rec.Body.Bytes()}
		c.old[r.URL.String()] = old
	}
	for k, v := range old.header {
		w.Header()[k] = v
	}
	w.Header().Del("Date") // of the hub's clock then
	w.WriteHeader(old.code)
	_, _ = w.Write(old.body)
}

// A cache that answers with an old manifest holds the catalogue back and never
// turns it back; old changes are never mixed with new ones.
func TestCacheThatIsOld(t *testing.T) {
	for _, path := range []string{"/manifest", "/changes"} {
		t.Run(path[1:], func(t *testing.T) {
			h, d := counter(t)
			c := &cache{old: map[string]*kept{}, only: path}
			h.stand(c.ServeHTTP)
			h.publish(7, "Prima")
			_, first := h.signed()
			d.sync("")
			if d.held().Digest != first.CatalogDigest {
				t.Fatal("not the first publication")
			}
			h.clock.move(time.Minute)
			h.publish(8, "Seconda")
			d.sync("")
			h.stand(nil)
			h.clock.move(time.Minute)
			h.publish(9, "Terza")
			d.sync("")
			was := d.held()
			h.stand(c.ServeHTTP)
			saved := d.log(nil, app.Personal{}).ID
			if path == "/manifest" {
				d.sync(app.CodeManifest)
			} else {
				d.sync("")
			}
			d.untouched(was)
			d.waiting(0, 0) // up goes on
			d.heals(saved)
		})
	}
}

// Always "not modified": old, but whole.
func TestCacheThatSaysNotModified(t *testing.T) {
	h, d := counter(t)
	was := d.held()
	h.publish(9, "Tessera")
	h.stand(on("/manifest", func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusNotModified) }))
	saved := d.log(nil, app.Personal{}).ID
	d.sync("")
	d.untouched(was)
	d.heals(saved)
}

// Cursors as they should not be: only those of this epoch are gone on from.
func TestCursorsAtTheHub(t *testing.T) {
	h, d := counter(t)
	ctx := context.Background()
	hub := d.client()
	_, m := h.signed()
	another := newHub(t, t.TempDir(), nil)
	defer another.close()
	_, foreign := another.signed()
	page := must[wire.Changes](t)(hub.Changes(ctx, future(t, m.Cursor), 10))
	if len(page.Items) != 0 || page.HasMore {
		t.Errorf("from the future: %+v", page)
	}
	for cursor, code := range map[string]app.Code{
		foreign.Cursor:           app.CodeCursorExpired,
		"forged":                 app.CodeInvalid,
		strings.Repeat("A", 9e3): app.CodeInvalid,
		m.Cursor + "x":           app.CodeInvalid,
		"'; DROP TABLE feed; --": app.CodeInvalid,
		"\x00\xff":               app.CodeInvalid,
	} {
		_, err := hub.Changes(ctx, cursor, 10)
		if got := app.ErrorCode(err); got != code && (len(cursor) < 1000 || got == "") {
			t.Errorf("%.20q: %v, want %s", cursor, err, code)
		}
	}
}

// A cursor that was spoilt on its way, wherever it was kept: reading begins
// anew by itself, nothing is lost or doubled.
func TestSpoiltCursors(t *testing.T) {
	h, d := counter(t)
	other := newDesk(t, h, filepath.Join(h.folder, "other"), "demo-urp")
	defer other.close()
	other.sync("")
	for _, cursor := range []string{"forged", "Y2hhbmdlcw"} {
		for _, key := range []string{"exchange.private_cursor", "exchange.receipts_cursor"} {
			ok(t, d.Office.SetSetting(context.Background(), key, cursor))
			other.log(nil, app.Personal{})
			d.log(nil, app.Personal{})
			other.sync("")
			h.publish(7, "Dopo "+cursor+key)
			d.sync("")
			d.sync("") // with the key for the other
			d.waiting(0, 0)
		}
	}
	list, err := d.Office.Contacts(context.Background(), app.Span{}, 0)
	ok(t, err)
	if len(list) != 8 || len(h.contacts()) != 8 {
		t.Errorf("%d here, %d at the hub, want 8", len(list), len(h.contacts()))
	}
}

// Manifests that are none of this hub's, or none any more.
func TestForeignManifest(t *testing.T) {
	h, d := counter(t)
	was := d.held()
	another := newHub(t, t.TempDir(), nil)
	defer another.close()
	another.publish(9, "Altrui")
	foreign, _ := another.signed()
	genuine, _ := h.signed()
	older := genuine
	h.clock.move(time.Minute)
	h.publish(8, "Nuova")
	d.sync("")
	was = d.held()
	genuine, _ = h.signed()
	for name, body := range map[string][]byte{
		"another key":        foreign,
		"older":              older,
		"another's online":   mixed(t, genuine, foreign),
		"a changed byte":     spoilt(t, genuine),
		"without signatures": []byte(`{"manifest":{"payload":"e30"},"online_key":{"payload":"e30"}}`),
	} {
		h.stand(on("/manifest", func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Type", "application/json")
			_, _ = w.Write(body)
		}))
		_, err := d.Engine.Sync(context.Background())
		if app.ErrorCode(err) != app.CodeManifest {
			t.Errorf("%s: %v", name, err)
		}
		d.untouched(was)
	}
	d.heals()
}

// A catalogue that nobody has confirmed for too long is told, and searched.
func TestExpiredManifest(t *testing.T) {
	h, d := counter(t)
	was := d.held()
	body, m := h.signed()
	h.stand(on("/manifest", func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		_, _ = w.Write(body)
	}))
	h.clock.set(m.ExpiresAt.Add(time.Hour))
	saved := d.log(nil, app.Personal{}).ID
	d.sync("")
	d.untouched(was)
	if st := must[exchange.Status](t)(d.Engine.Status(context.Background())); !st.Expired || st.Problem != string(app.CodeCatalogueExpired) {
		t.Errorf("%+v", st)
	}
	d.heals(saved)
	if st := must[exchange.Status](t)(d.Engine.Status(context.Background())); st.Expired || st.Problem != "" {
		t.Errorf("confirmed anew: %+v", st)
	}
}

func mixed(t *testing.T, manifest, key []byte) []byte {
	t.Helper()
	var a, b wire.SignedManifest
	ok(t, json.Unmarshal(manifest, &a))
	ok(t, json.Unmarshal(key, &b))
	a.OnlineKey = b.OnlineKey
	return must[[]byte](t)(json.Marshal(a))
}

func spoilt(t *testing.T, manifest []byte) []byte {
	t.Helper()
	var a wire.SignedManifest
	ok(t, json.Unmarshal(manifest, &a))
	p := []byte(a.Manifest.Payload)
	p[len(p)/2] ^= 1
	a.Manifest.Payload = string(p)
	return must[[]byte](t)(json.Marshal(a))
}
