package faults

import (
	"context"
	"fmt"
	"net/http"
	"path/filepath"
	"sync/atomic"
	"testing"
	"time"

	"polis/app"
	"polis/app/exchange"
)

// A workstation whose clock is ten years off works like any other and says
// that its clock is wrong; TLS keeps to the real time of both.
func TestClockOfTheWorkstation(t *testing.T) {
	for _, years := range []int{-10, 10} {
		t.Run(fmt.Sprint(years), func(t *testing.T) {
			h := newHub(t, t.TempDir(), nil)
			defer h.close()
			own := start()
			own.set(h.clock.Now().AddDate(years, 0, 0))
			d := newDeskAt(t, h, filepath.Join(h.folder, "desk"), "demo-urp", own)
			defer func() { d.close() }()
			d.sync("")
			h.publish(9, "Tessera")
			saved := []string{d.log(nil, app.Personal{Note: "una nota"}).ID, d.log(nil, app.Personal{}).ID}
			d.sync("")
			d.sync("")
			d.waiting(0, 0)
			h.arrived(saved...)
			st := must[exchange.Status](t)(d.Engine.Status(context.Background()))
			if st.Problem != string(app.CodeClockWrong) || st.Expired {
				t.Errorf("%+v", st)
			}
			d.restart() // the first call of a program, too, is made in the hub's time
			wantCode(t, d.Enrol(context.Background(), h.server.URL, h.code("demo-urp", ""), h.ca), app.CodeAlreadyEnrolled)
			own.set(h.clock.Now()) // somebody sets it right
			saved = append(saved, d.log(nil, app.Personal{}).ID)
			d.heals(saved...)
			if st := must[exchange.Status](t)(d.Engine.Status(context.Background())); st.Problem != "" {
				t.Errorf("set right: %+v", st)
			}
		})
	}
}

// The clock jumps at each call of a round, forwards, backwards and back
// again.
func TestClockJumpsInTheMiddleOfARound(t *testing.T) {
	h := newHub(t, t.TempDir(), nil)
	defer h.close()
	own := start()
	d := newDeskAt(t, h, filepath.Join(h.folder, "desk"), "demo-urp", own)
	defer func() { d.close() }()
	d.sync("")
	d.sync("")
	var saved []string
	jumped := 0
	for _, years := range []int{10, -10} {
		for at := int64(1); ; at++ {
			own.set(h.clock.Now())
			old := d.held()
			h.publish(5+int(at)%3, fmt.Sprint("Carta", years, at))
			_, m := h.signed()
			saved = append(saved, d.log(nil, app.Personal{}).ID)
			var calls atomic.Int64
			h.stand(func(w http.ResponseWriter, r *http.Request, hub http.Handler) {
				hub.ServeHTTP(w, r)
				if calls.Add(1) == at {
					own.set(own.Now().AddDate(years, 0, 0))
				}
			})
			_, _ = d.Engine.Sync(context.Background()) // it may fail: what counts comes after
			h.stand(nil)
			if now := d.held(); now.Digest != old.Digest && now.Digest != m.CatalogDigest {
				t.Fatalf("%d years at call %d: a catalogue of nobody", years, at)
			}
			d.searches()
			if calls.Load() < at {
				break
			}
			jumped++
			if at%2 == 0 { // and stays so for a round
				_, _ = d.Engine.Sync(context.Background())
			}
		}
	}
	own.set(h.clock.Now())
	d.heals(saved...)
	if jumped < 8 {
		t.Errorf("only %d jumps", jumped)
	}
}

// The hub's clock was wrong for a day: what it signed then must not keep out
// what it signs after.
func TestClockOfTheHub(t *testing.T) {
	for _, jump := range []time.Duration{-20 * 24 * time.Hour, 20 * 24 * time.Hour, 10 * 365 * 24 * time.Hour, -10 * 365 * 24 * time.Hour} {
		t.Run(jump.String(), func(t *testing.T) {
			h := newHub(t, t.TempDir(), nil)
			defer h.close()
			own := start()
			d := newDeskAt(t, h, filepath.Join(h.folder, "desk"), "demo-urp", own)
			defer func() { d.close() }()
			d.sync("")
			d.sync("")
			right := h.clock.Now()
			saved := []string{d.log(nil, app.Personal{}).ID}
			h.clock.set(right.Add(jump))
			h.publish(8, "Sbagliata")
			_, _ = d.Engine.Sync(context.Background())
			saved = append(saved, d.log(nil, app.Personal{}).ID)
			_, _ = d.Engine.Sync(context.Background())
			d.searches()
			h.clock.set(right.Add(time.Hour))
			own.set(right.Add(time.Hour))
			h.publish(9, "Giusta")
			d.heals(saved...)
		})
	}
}
