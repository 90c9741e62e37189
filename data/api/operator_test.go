package api

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"encoding/json"
	"fmt"
	"net/http"
	"slices"
	"testing"
	"time"

	"github.com/golang-jwt/jwt/v5"

	"polis/app"
	"polis/data/wire"
)

// The token is asked for with the operator's assertion while somebody has
// logged in, and anew when somebody else has.
func TestTokenOfWhoIsAtWork(t *testing.T) {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	var asked []string
	c := stub(t, func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path != "/token" {
			if got := r.Header.Get("Authorization"); got != fmt.Sprint("Bearer t", len(asked)) {
				t.Errorf("%s with %q", r.URL.Path, got)
			}
			_, _ = fmt.Fprint(w, `{"code":"C","expires_at":"2026-11-23T12:15:00Z"}`)
			return
		}
		who := ""
		if a := r.FormValue("operator_assertion"); a != "" {
			claims := jwt.MapClaims{}
			_, err := jwt.ParseWithClaims(a, claims, func(*jwt.Token) (any, error) { return key.Public(), nil },
				jwt.WithValidMethods([]string{"ES256"}), jwt.WithAudience(wire.TokenAudience), jwt.WithExpirationRequired(), jwt.WithIssuedAt(), jwt.WithLeeway(time.Second))
			if err != nil || claims["iss"] != claims["sub"] {
				t.Errorf("assertion: %v", err)
			}
			who = fmt.Sprint(claims["sub"], " at ", claims["device"])
		}
		asked = append(asked, who)
		_ = json.NewEncoder(w).Encode(wire.Token{AccessToken: fmt.Sprint("t", len(asked)), ExpiresIn: 600})
	})
	for _, id := range []string{"", "op-1", "op-1", "op-2", ""} {
		k := key
		if id == "" {
			k = nil
		}
		c.ActAs(id, k)
		if code, err := c.NewCode(context.Background(), wire.CodeRequest{Office: "urp"}); err != nil || code.Code != "C" {
			t.Fatalf("%+v, %v", code, err)
		}
	}
	if want := []string{"", "op-1 at d", "op-2 at d", ""}; !slices.Equal(asked, want) {
		t.Errorf("asked as %q, want %q", asked, want)
	}
}

// An operator who was put out of use while logged in must not keep the
// workstation from bringing up what waits.
func TestRefusedOperatorLeavesTheWorkstationItsToken(t *testing.T) {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	refused := 0
	c := stub(t, func(w http.ResponseWriter, r *http.Request) {
		switch {
		case r.URL.Path != "/token":
			_, _ = fmt.Fprint(w, `{"items":[],"next_cursor":"c"}`)
		case r.FormValue("operator_assertion") != "":
			refused++
			problem(w, http.StatusUnauthorized, app.CodeUnauthorized)
		default:
			_ = json.NewEncoder(w).Encode(wire.Token{AccessToken: "t", ExpiresIn: 600})
		}
	})
	c.ActAs("op-1", key)
	if page, err := c.Receipts(context.Background(), ""); err != nil || page.NextCursor != "c" || refused != 1 {
		t.Fatalf("%+v, %v, refused %d times", page, err, refused)
	}
}

func TestOperatorRecords(t *testing.T) {
	answer := wire.OperatorRecord{ID: "op-1", Role: "operatore", Version: 7}
	status := http.StatusOK
	c := stub(t, func(w http.ResponseWriter, r *http.Request) {
		switch {
		case r.URL.Path == "/token":
			_ = json.NewEncoder(w).Encode(wire.Token{AccessToken: "t", ExpiresIn: 600})
		case status != http.StatusOK:
			problem(w, status, app.CodeConflict)
		case r.Method+r.URL.Path == "PUT/operators/op-1":
			_ = json.NewEncoder(w).Encode(answer)
		case r.Method+r.URL.Path == "PUT/devices/d-2":
			_ = json.NewEncoder(w).Encode(wire.DeviceRecord{ID: "d-2", Name: "Sportello 2"})
		default:
			t.Errorf("%s %s", r.Method, r.URL.Path)
		}
	})
	ctx := context.Background()
	if r, err := c.PutOperator(ctx, wire.OperatorRecord{ID: "op-1", Version: 6}); err != nil || r != answer {
		t.Errorf("%+v, %v", r, err)
	}
	if _, err := c.PutOperator(ctx, wire.OperatorRecord{ID: "op-1", Version: 8}); app.ErrorCode(err) != app.CodeHubAnswer {
		t.Errorf("an older record for an answer: %v", err)
	}
	if r, err := c.PutDevice(ctx, "d-2", wire.DeviceChange{Name: "Sportello 2"}); err != nil || r.Name != "Sportello 2" {
		t.Errorf("%+v, %v", r, err)
	}
	status = http.StatusConflict
	if _, err := c.PutOperator(ctx, wire.OperatorRecord{ID: "op-1", Version: 6}); app.ErrorCode(err) != app.CodeConflict {
		t.Errorf("got %v", err)
	}
}
