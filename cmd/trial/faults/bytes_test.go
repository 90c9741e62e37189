package faults

import (
	"context"
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

// The answer is cut at every one of its bytes, TLS and HTTP/2 included: what
// the hub took is never sent twice into its books, the catalogue is the old
// or the new one, and when the line holds everything comes to its end.
func TestCutAtEveryByte(t *testing.T) {
	ctx := context.Background()
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
			for after := 0; ; after++ {
				if after%100 == 0 {
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
			if cuts < 100 {
				t.Errorf("only %d cuts", cuts)
			}
		})
	}
}
