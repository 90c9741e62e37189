package faults

import (
	"context"
	"crypto/sha512"
	"fmt"
	"net/http"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"polis/app"
)

// cutting ends the connection, below TLS, so many bytes after a call to the
// path began; it says whether that was before the end of the answer.
func (h *hub) cutting(path string, after int) (wasCut func() bool) {
	var met []*cutConn
	h.stand(func(w http.ResponseWriter, r *http.Request, hub http.Handler) {
		c := connOf(r)
		if strings.HasPrefix(r.URL.Path, path) {
			met = append(met, c)
			c.end(after)
		} else {
			c.end(-1)
		}
		hub.ServeHTTP(w, r)
	})
	return func() bool {
		h.stand(nil)
		for _, c := range met {
			if c.wasCut() {
				return true
			}
		}
		return false
	}
}

// The answer is cut at every byte (every fifth in the short run), TLS and HTTP/2 included: what
// the hub took is never sent twice into its books, the catalogue is the old
// or the new one, and when the line holds everything comes to its end.
func TestCutAtEveryByte(t *testing.T) {
	ctx := context.Background()
	step := 11 // every one with -rapid.checks
	if thorough() {
		step = 1
	}
	for _, path := range []string{"/upload-batches/", "/changes", "/manifest"} {
		t.Run(path[1:], func(t *testing.T) {
			h := newHub(t, t.TempDir(), nil)
			defer h.close()
			d := newDesk(t, h, filepath.Join(h.folder, "desk"), "demo-urp")
			defer func() { d.close() }()
			d.sync("")
			d.sync("") // with the office's key
			old := d.held()
			h.publish(7, "Tessera")
			_, m := h.signed()
			if path == "/upload-batches/" {
				d.sync("")
				old = d.held()
			}
			var saved []string
			cuts, began := 0, time.Now()
			for after := 0; ; after += step {
				if after%(20*step) == 0 {
					saved = append(saved, d.log(nil, app.Personal{}).ID)
				}
				wasCut := h.cutting(path, after)
				_, err := d.Engine.Sync(ctx)
				if !wasCut() {
					ok(t, err)
					break
				}
				cuts++
				if held := d.held(); held.Digest != old.Digest && held.Digest != m.CatalogDigest {
					t.Fatalf("cut at %d: the catalogue is neither the old nor the new one", after)
				}
				d.searches()
			}
			d.sync("")
			d.sync("")
			d.waiting(0, 0)
			h.arrived(saved...)
			if d.held().Digest != m.CatalogDigest {
				t.Error("the catalogue is not the hub's")
			}
			t.Logf("%d cuts in %v", cuts, time.Since(began).Round(time.Millisecond))
			if cuts < 150/step {
				t.Errorf("only %d cuts", cuts)
			}
		})
	}
}

// A first download is cut here and there: it goes on where it was, and there
// is no catalogue before it is whole.
func TestFirstDownloadIsCut(t *testing.T) {
	h, d := counter(t)
	var lines strings.Builder
	for n := range 200 {
		fmt.Fprintf(&lines, `{"type":"sheet","code":"demo-lunga-%d","authority":"demo","language":"it","title":"Lunga numero %d","summary":"%x"}`+"\n",
			n, n, sha512.Sum512([]byte{byte(n)}))
	}
	h.load(lines.String(), false)
	_, m := h.signed()
	saved := d.log(nil, app.Personal{}).ID
	for after := 0; after < int(m.Snapshot.Size); after += int(m.Snapshot.Size) / 12 {
		d.loseCatalogue()
		wasCut := h.cutting("/snapshots/", after)
		_, err := d.Engine.Sync(context.Background())
		cut := wasCut()
		if held := d.held(); held.Digest != m.CatalogDigest && (held.Sheets != 0 || err == nil) {
			t.Fatalf("cut after %d (%v): %+v, %v", after, cut, held, err)
		}
		d.heals(saved)
	}
}
