package apiserver_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"testing"

	"github.com/golang-jwt/jwt/v5"
	"github.com/google/uuid"

	"polis/app/membership"
	"polis/data/apiserver"
	"polis/data/wire"
)

// FuzzMembershipBodies sends whatever bytes to what strangers and examiners
// may write to: there is a case or a problem, never a fault of the hub, and no
// request gets further than its sender may bring it.
func FuzzMembershipBodies(f *testing.F) {
	r := newRig(f)
	r.loadText(network)
	o := r.office()
	handler, err := apiserver.New(apiserver.Params{
		Hub: r.hub, Log: slog.New(slog.DiscardHandler), Proxies: []netip.Prefix{netip.MustParsePrefix("0.0.0.0/0")},
	})
	if err != nil {
		f.Fatal(err)
	}
	const id = "019ac1d2-0000-7000-8000-000000000001"
	content := []byte("delibera")
	f.Add(uint8(0), asking(f, id), "")
	f.Add(uint8(1), encoded(f, membership.Change{ID: id, Request: id, Event: membership.Withdraw}), "")
	f.Add(uint8(2), content, fmt.Sprintf("bytes 0-%d/%d", len(content)-1, len(content)))
	f.Add(uint8(3), content, "bytes 5-2/-9")
	f.Add(uint8(4), encoded(f, membership.LetterRequest{Change: id, Request: id}), "")
	f.Add(uint8(5), []byte("age-encryption.org/v1\n-> X25519 x\n"), "")
	f.Add(uint8(6), encoded(f, membership.Change{ID: id, Request: id, Event: membership.Register, Protocol: membership.Protocol{Number: "1", Date: "2026-11-03"}}), "")
	bearer := o.bearer(o.examiner)
	f.Fuzz(func(t *testing.T, which uint8, body []byte, parts string) {
		method, path, media, examiner := http.MethodPut, "", "application/octet-stream", false
		switch which % 7 {
		case 0:
			path, media = "/membership-requests/"+id, "application/json"
		case 1:
			path, media = "/membership-changes/"+id, "application/json"
		case 2:
			path = "/blobs/" + wire.Hash(body)
		case 3:
			path, examiner = "/membership-requests/"+id+"/documents/"+wire.Hash(body), true
		case 4:
			method, path, media, examiner = http.MethodPost, "/membership-letters", "application/json", true
		case 5:
			method, path, examiner = http.MethodPost, "/membership-files", true
		case 6:
			path, media, examiner = "/membership-changes/"+id, "application/json", true
		}
		q := httptest.NewRequestWithContext(t.Context(), method, path, bytes.NewReader(body))
		q.Header.Set("Content-Type", media)
		q.Header.Set(wire.DigestHeader, wire.DigestOf(body))
		q.Header["Content-Range"] = []string{parts}
		q.Header.Set("X-Forwarded-For", netip.AddrFrom16(uuid.New()).String()) // quotas are not what is tried here
		if examiner {
			q.Header.Set("Authorization", bearer)
			device := &signer{t: t, key: o.key}
			q.Header.Set(wire.SignatureHeader, device.jwt(o.Device, jwt.MapClaims{"signed_headers": signedHeaders(body, media)}, nil))
		} else {
			a := &applicant{newSigner(t), r}
			jwk, owner := a.jwk()
			claims := jwt.MapClaims{"signed_headers": signedHeaders(body, media), "resource": method + " " + path}
			q.Header.Set(wire.SignatureHeader, a.jwt(owner, claims, map[string]any{"jwk": jwk}))
		}
		answer := httptest.NewRecorder()
		handler.ServeHTTP(answer, q)
		switch {
		case answer.Code >= 500:
			t.Errorf("%d %s", answer.Code, answer.Body)
		case answer.Code >= 400:
			var p wire.Problem
			if err := json.Unmarshal(answer.Body.Bytes(), &p); err != nil || p.Code == "" {
				t.Errorf("%d %s: %v", answer.Code, answer.Body, err)
			}
		case which%7 <= 1:
			var c membership.Case
			if err := json.Unmarshal(answer.Body.Bytes(), &c); err != nil || c.State != membership.Sent && c.State != membership.Withdrawn {
				t.Errorf("an applicant brought its request to %q: %v", c.State, err)
			}
		}
	})
}
