package apiserver_test

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/sha256"
	"crypto/x509"
	"encoding/base64"
	"encoding/json"
	"maps"
	"net/http"
	"net/url"
	"testing"
	"time"

	"github.com/golang-jwt/jwt/v5"
	"github.com/google/uuid"

	"polis/app"
	"polis/app/region"
	"polis/data/wire"
)

// signer is an ES256 key of somebody.
type signer struct {
	t      testing.TB
	key    *ecdsa.PrivateKey
	public string
}

func newSigner(t testing.TB) *signer {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	der, err := x509.MarshalPKIXPublicKey(key.Public())
	if err != nil {
		t.Fatal(err)
	}
	return &signer{t: t, key: key, public: base64.RawURLEncoding.EncodeToString(der)}
}

// jwt signs claims for a minute in the name of a subject.
func (s *signer) jwt(subject string, more jwt.MapClaims, header map[string]any) string {
	s.t.Helper()
	claims := jwt.MapClaims{"iss": subject, "sub": subject, "aud": wire.TokenAudience, "iat": time.Now().Unix(), "exp": time.Now().Add(time.Minute).Unix()}
	maps.Copy(claims, more)
	token := jwt.NewWithClaims(jwt.SigningMethodES256, claims)
	maps.Copy(token.Header, header)
	text, err := token.SignedString(s.key)
	if err != nil {
		s.t.Fatal(err)
	}
	return text
}

func signedHeaders(body []byte, media string) []map[string]string {
	return []map[string]string{{"digest": wire.DigestOf(body)}, {"content-type": media}}
}

// station is an enrolled workstation.
type station struct {
	wire.Enrolment
	*signer
	rig *rig
}

// person is an operator with a key of its own.
type person struct {
	*signer
	id string
}

func (r *rig) enrolled(authority, office, role string) *station {
	r.t.Helper()
	code, err := r.hub.NewEnrolmentCode(r.t.Context(), region.EnrolmentCodeParams{Authority: authority, Office: office, Role: role, Valid: time.Minute})
	if err != nil {
		r.t.Fatal(err)
	}
	s := &station{signer: newSigner(r.t), rig: r}
	body, err := json.Marshal(wire.EnrolmentRequest{Code: code, PublicKey: s.public, Name: "Sportello"})
	if err != nil {
		r.t.Fatal(err)
	}
	s.Enrolment = into[wire.Enrolment](r.t, r.do(http.MethodPost, "/device-enrolments", string(body), "Content-Type", "application/json"), 200)
	return s
}

// ask asks for a token, with an operator or without.
func (s *station) ask(who *person) reply {
	form := url.Values{
		"grant_type": {wire.GrantType}, "client_assertion_type": {wire.AssertionType}, "client_assertion": {s.jwt(s.Device, nil, nil)},
	}
	if who != nil {
		form.Set("operator_assertion", who.jwt(who.id, jwt.MapClaims{"device": s.Device}, nil))
	}
	return s.rig.do(http.MethodPost, "/token", form.Encode(), "Content-Type", "application/x-www-form-urlencoded")
}

func (s *station) bearer(who *person) string {
	return "Bearer " + into[wire.Token](s.rig.t, s.ask(who), 200).AccessToken
}

// as calls with a token of the workstation and an operator.
func (s *station) as(who *person, method, path string, body []byte, header ...string) reply {
	return s.rig.do(method, path, string(body), append([]string{"Authorization", s.bearer(who), "Content-Type", "application/json"}, header...)...)
}

// put sends a signed upload.
func (s *station) put(path string, body []byte) reply {
	return s.as(nil, http.MethodPut, path, body, wire.DigestHeader, wire.DigestOf(body),
		wire.SignatureHeader, s.jwt(s.Device, jwt.MapClaims{"signed_headers": signedHeaders(body, "application/json")}, nil))
}

// person makes an operator with a key, as the command line's administrator
// would: by the first responsabile or amministratore of all.
func (r *rig) person(by *station, who *person, authority, office, role string) *person {
	r.t.Helper()
	p := &person{signer: newSigner(r.t), id: uuid.NewString()}
	record := wire.OperatorRecord{Type: wire.TypeOperator, ID: p.id, Authority: authority, Office: office, Role: role, Active: true, PublicKey: p.public}
	into[wire.OperatorRecord](r.t, by.as(who, http.MethodPut, "/operators/"+p.id, encoded(r.t, record)), 201)
	return p
}

func encoded(t testing.TB, v any) []byte {
	t.Helper()
	b, err := wire.Marshal(v)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// applicant signs requests with a key that nobody knows.
type applicant struct {
	*signer
	rig *rig
}

func (a *applicant) jwk() (map[string]string, string) {
	point, err := a.key.PublicKey.Bytes()
	if err != nil {
		a.t.Fatal(err)
	}
	x, y := base64.RawURLEncoding.EncodeToString(point[1:33]), base64.RawURLEncoding.EncodeToString(point[33:])
	sum := sha256.Sum256([]byte(`{"crv":"P-256","kty":"EC","x":"` + x + `","y":"` + y + `"}`))
	return map[string]string{"kty": "EC", "crv": "P-256", "x": x, "y": y}, base64.RawURLEncoding.EncodeToString(sum[:])
}

func (a *applicant) do(method, path string, body []byte, header ...string) reply {
	jwk, owner := a.jwk()
	media := "application/json"
	for i := 0; i+1 < len(header); i += 2 {
		if header[i] == "Content-Type" {
			media = header[i+1]
		}
	}
	token := a.jwt(owner, jwt.MapClaims{"signed_headers": signedHeaders(body, media), "resource": method + " " + path}, map[string]any{"jwk": jwk})
	return a.rig.do(method, path, string(body), append([]string{"Content-Type", media, wire.DigestHeader, wire.DigestOf(body), wire.SignatureHeader, token}, header...)...)
}

// contactOf is a contact as the workstation would log it.
func (s *station) contact() app.Contact {
	id, err := uuid.NewV7()
	if err != nil {
		s.t.Fatal(err)
	}
	at := time.Date(2026, 11, 23, 9, 0, 0, 0, time.UTC)
	return app.Contact{
		ID: id.String(), Visit: id.String(), Number: "2026-00001", Authority: s.Authority, Office: s.Office, Operator: s.Operator.ID,
		OpenedAt: at, ClosedAt: at, RecordedAt: at, Channel: "phone", User: "business", RequestType: "forms", Outcome: "resolved",
	}
}

func contactBytes(t testing.TB, c app.Contact) []byte {
	t.Helper()
	b, err := wire.EncodeContact(c)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func decode(t testing.TB, raw []byte, into any) {
	t.Helper()
	if err := json.Unmarshal(raw, into); err != nil {
		t.Fatal(err)
	}
}
