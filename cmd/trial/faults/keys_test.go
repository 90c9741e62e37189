package faults

import (
	"context"
	"crypto"
	"crypto/ecdsa"
	"errors"
	"net/http"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"polis/app"
	"polis/app/exchange"
	"polis/data/api"
	"polis/data/wire"
)

const day = 24 * time.Hour

// record is what the hub has of this workstation.
func (d *desk) record() wire.DeviceRecord {
	d.t.Helper()
	list, err := d.h.now.Load().ListDevices(context.Background(), "demo")
	ok(d.t, err)
	id := d.device().ID
	for _, r := range list {
		if r.ID == id {
			return r
		}
	}
	d.t.Fatalf("the hub has no workstation %s", id)
	return wire.DeviceRecord{}
}

// losing lets the hub do what a call asks for and loses the answer.
func (h *hub) losing(method, path string, times int64) *atomic.Int64 {
	var n atomic.Int64
	h.stand(func(w http.ResponseWriter, r *http.Request, hub http.Handler) {
		if r.Method == method && strings.HasSuffix(r.URL.Path, path) && n.Add(1) <= times {
			spoil(w, r, hub, lost, h.clock.Now())
			return
		}
		hub.ServeHTTP(w, r)
	})
	return &n
}

func TestRenewalWhoseAnswerWasLost(t *testing.T) {
	h, d := counter(t)
	first := must[*ecdsa.PrivateKey](t)(d.Vault().Key())
	h.clock.move(301 * day)
	n := h.losing(http.MethodPut, "/key", 1)
	saved := []string{d.log(nil, app.Personal{}).ID}
	d.sync(app.CodeHubUnreachable)
	if n.Load() != 1 {
		t.Fatalf("%d renewals", n.Load())
	}
	d.restart()
	saved = append(saved, d.log(nil, app.Personal{}).ID)
	d.sync("")
	now := must[*ecdsa.PrivateKey](t)(d.Vault().Key())
	if now.Equal(first) {
		t.Fatal("the key was not renewed")
	}
	if !d.device().RenewBy.Equal(d.record().RenewBy) {
		t.Errorf("it believes in its key until %s, the hub until %s", d.device().RenewBy, d.record().RenewBy)
	}
	d.heals(saved...)
}

// The new key was used already, so that the old one is out, and the
// workstation does not know: a power cut came before it was promoted. When it
// is back a hundred days later it learns when its key really ends.
func TestRenewalThatWasUsedAndForgotten(t *testing.T) {
	h, d := counter(t)
	h.clock.move(301 * day)
	h.losing(http.MethodPut, "/key", 1)
	d.sync(app.CodeHubUnreachable)
	h.stand(nil)
	pending := must[crypto.Signer](t)(d.Vault().Pending(false))
	key, isKey := pending.(*ecdsa.PrivateKey)
	if !isKey {
		t.Fatal("no key is kept for the renewal")
	}
	other := must[*api.Client](t)(api.New(d.device(), key, d.clock, nil))
	_, err := other.Receipts(context.Background(), "")
	ok(t, err)
	other.Close()
	ends := d.record().RenewBy
	h.clock.move(100 * day)
	d.restart()
	saved := d.log(nil, app.Personal{}).ID
	d.sync("")
	if got := d.device().RenewBy; !got.Equal(ends) {
		t.Errorf("it believes in its key until %s, the hub until %s", got, ends)
	}
	d.heals(saved)
	h.clock.move(201 * day) // in time for the next renewal
	d.sync("")
	h.clock.move(300 * day)
	saved2 := d.log(nil, app.Personal{}).ID
	d.heals(saved, saved2)
}

// A workstation that is put out of use is refused at the next request, with a
// token that would have held; what it logs waits. Activated again, with the
// files that it has, it sends all of it.
func TestRevokedAndActivatedAgain(t *testing.T) {
	h, d := counter(t)
	ctx := context.Background()
	colleague := newDesk(t, h, filepath.Join(h.folder, "colleague"), "demo-urp")
	defer colleague.close()
	colleague.sync("")
	d.sync("")
	d.sync("")
	before := d.log(nil, app.Personal{Note: "prima"}).ID
	d.sync("")
	old := d.device()

	code := h.code("demo-urp", "")
	wantCode(t, d.Enrol(ctx, h.server.URL, code, h.ca), app.CodeAlreadyEnrolled) // and the code is as good as before

	ok(t, h.now.Load().RevokeDevice(ctx, old.ID))
	during := d.log(nil, app.Personal{Note: "durante"}).ID
	d.sync(app.CodeDeviceRevoked)
	if n := len(h.contacts()); n != 1 {
		t.Fatalf("%d contacts: it was not refused at once", n)
	}
	d.searches()
	if st := must[exchange.Status](t)(d.Engine.Status(ctx)); st.Problem != string(app.CodeDeviceRevoked) || st.Waiting == 0 {
		t.Errorf("%+v", st)
	}
	others := h.code("demo-bib", "")
	wantCode(t, d.Enrol(ctx, h.server.URL, others, h.ca), app.CodeOtherPlace)
	if d.device().ID != old.ID {
		t.Fatal("it changed its office")
	}
	bare := &desk{t: t, h: h, folder: filepath.Join(h.folder, "bare"), clock: h.clock}
	bare.open()
	defer bare.close()
	ok(t, bare.Enrol(ctx, h.server.URL, others, h.ca)) // the code was not used up
	h.losing(http.MethodPost, "/device-enrolments", 1)
	wantCode(t, d.Enrol(ctx, h.server.URL, code, h.ca), app.CodeHubUnreachable)
	ok(t, d.Enrol(ctx, h.server.URL, code, h.ca)) // the same code and the same key
	h.stand(nil)
	if d.device().ID == old.ID {
		t.Fatal("no new identity")
	}
	if d.record().RevokedAt != nil {
		t.Fatal("the new identity is out of use")
	}
	after := d.log(nil, app.Personal{Note: "dopo"}).ID
	d.heals(before, during, after)
	for range 3 { // the office's new key goes round
		colleague.sync("")
		d.sync("")
	}
	notes := map[string]string{}
	entries, err := colleague.Office.Contacts(ctx, app.Span{}, 0)
	ok(t, err)
	for _, e := range entries {
		notes[e.ID] = e.Note
	}
	if notes[before] != "prima" || notes[during] != "durante" || notes[after] != "dopo" {
		t.Errorf("the colleague reads %v", notes)
	}
}

// The last step of taking the new identity failed: the next round finds it
// out by itself.
func TestActivatedAgainAndCutOff(t *testing.T) {
	h, d := counter(t)
	ctx := context.Background()
	saved := d.log(nil, app.Personal{}).ID
	ok(t, h.now.Load().RevokeDevice(ctx, d.device().ID))
	e := d.engine(func(p *exchange.Params) { p.Keys = unpromoted{p.Keys} })
	if err := e.Enrol(ctx, exchange.Enrolling{Hub: h.server.URL, Code: h.code("demo-urp", ""), CA: h.ca}); !errors.Is(err, errCut) {
		t.Fatalf("got %v", err)
	}
	d.restart()
	d.heals(saved)
}

type unpromoted struct{ exchange.KeyRing }

func (unpromoted) Promote() error { return errCut }

// A key that nobody renewed in time: refused with its own words, nothing is
// lost, and a new code brings the workstation back.
func TestExpiredAndActivatedAgain(t *testing.T) {
	h, d := counter(t)
	saved := d.log(nil, app.Personal{Note: "una nota"}).ID
	h.clock.move(396 * day)
	d.sync(app.CodeDeviceExpired)
	if n := len(h.contacts()); n != 0 {
		t.Fatalf("%d contacts", n)
	}
	d.searches()
	d.enrol()
	d.heals(saved)
}
