package station

import (
	"context"
	"encoding/json"
	"encoding/pem"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"polis/app"
	"polis/app/exchange"
	"polis/app/operators"
	"polis/data/wire"
)

// records is a hub that keeps operators, over real TLS.
type records struct {
	mu       sync.Mutex
	version  int64
	bodies   []string
	operator []bool // whether the tokens were asked for by a person too
}

func (h *records) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if r.URL.Path == "/token" {
		h.operator = append(h.operator, r.FormValue("operator_assertion") != "")
		_ = json.NewEncoder(w).Encode(wire.Token{AccessToken: "t", ExpiresIn: 600})
		return
	}
	if !strings.HasPrefix(r.URL.Path, "/operators/") { // the exchange in the background finds nothing
		w.WriteHeader(http.StatusNotFound)
		return
	}
	var o wire.OperatorRecord
	if err := json.NewDecoder(r.Body).Decode(&o); err != nil {
		w.WriteHeader(http.StatusBadRequest)
		return
	}
	h.version++
	o.Version = 100 + h.version
	line, _ := json.Marshal(o)
	h.bodies = append(h.bodies, string(line))
	_, _ = w.Write(line)
}

// A workstation without passwords gets one, starts again, lets its
// responsabile in, and logs contacts in that name: real files, real keys.
func TestOperatorsOfAStation(t *testing.T) {
	ctx := context.Background()
	hub := &records{}
	srv := httptest.NewTLSServer(hub)
	defer srv.Close()
	folder := t.TempDir()
	now := time.Date(2026, 11, 23, 12, 0, 0, 0, time.UTC)
	open := func() *Station {
		s, err := Open(ctx, Params{Folder: folder, Location: time.UTC, Clock: app.ClockFunc(func() time.Time { return now })})
		if err != nil {
			t.Fatal(err)
		}
		return s
	}
	ok := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	s := open()
	ca := pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: srv.Certificate().Raw})
	ok(s.Office.SaveDevice(ctx, exchange.Device{ID: "d-1", Hub: srv.URL, Authority: "c_x", Office: "urp", Operator: "op-1", Role: wire.RoleManager, CA: ca}))
	seal, err := s.Vault().SealKey()
	ok(err)
	ok(s.Office.KeepWorkstation(ctx, wire.DeviceRecord{ID: "d-1", Authority: "c_x", Office: "urp", SealKey: seal, Version: 1}))
	ok(s.Office.KeepOperator(ctx, wire.OperatorRecord{ID: "op-1", Authority: "c_x", Office: "urp", Role: wire.RoleManager, Active: true, Version: 2}))
	ok(s.Close())

	s = open()
	_, err = s.Operators.Claim(ctx, "Persona Inventata", "una frase lunga")
	if app.ErrorCode(err) != app.CodeOfficeKey {
		t.Fatalf("a name before there is a key of the office: %v", err)
	}
	ok(s.Tend(ctx))
	_, err = s.Operators.Claim(ctx, "Persona Inventata", "una frase lunga")
	ok(err)
	p, password, err := s.Operators.Create(ctx, operators.NewPerson{Name: "Altra Persona", Office: "urp", Role: wire.RoleOperator})
	ok(err)
	ok(s.Close())

	s = open()
	defer func() { ok(s.Close()) }()
	if required, err := s.Operators.Required(ctx); !required || err != nil {
		t.Fatalf("no login after a new start: %v", err)
	}
	if _, err := s.Operators.Login(ctx, p.ID, "sbagliata"); app.ErrorCode(err) != app.CodePassword {
		t.Errorf("got %v", err)
	}
	logged, err := s.Operators.Login(ctx, p.ID, password)
	ok(err)
	if logged.Name != "Altra Persona" || !logged.MustChange {
		t.Errorf("%+v", logged)
	}
	c, err := s.Desk.Record(ctx, app.Contact{
		Channel: app.ChannelInPerson, User: app.UserCitizen, RequestType: app.RequestTypeInformation, Outcome: app.OutcomeResolved,
	}, app.Personal{Note: "una nota"})
	ok(err)
	if c.Operator != p.ID {
		t.Errorf("logged by %q", c.Operator)
	}
	if n, err := s.Office.CheckAudit(ctx); n < 4 || err != nil {
		t.Errorf("audit of %d lines, %v", n, err)
	}
	hub.mu.Lock()
	defer hub.mu.Unlock()
	for _, body := range hub.bodies {
		for _, word := range []string{"Inventata", "Altra", "frase", password} {
			if strings.Contains(body, word) {
				t.Errorf("the hub reads %q in %s", word, body)
			}
		}
	}
	if len(hub.bodies) != 2 || len(hub.operator) < 2 || hub.operator[0] || !hub.operator[1] {
		t.Errorf("%d records, tokens %v", len(hub.bodies), hub.operator)
	}
}
