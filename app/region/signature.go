package region

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"errors"
	"slices"

	"github.com/golang-jwt/jwt/v5"

	"polis/app"
	"polis/data/wire"
)

// Signature is what an upload carries beside its body.
type Signature struct {
	Digest      string // wire.DigestHeader
	Token       string // wire.SignatureHeader
	ContentType string
}

// signatureClaims are those of a signature. Resource ("PUT /blobs/...") is
// required of applicants, who have no access token.
type signatureClaims struct {
	jwt.RegisteredClaims
	SignedHeaders []map[string]string `json:"signed_headers"`
	Resource      string              `json:"resource,omitempty"`
}

// signs reports whether the claims name a header with this value.
func (c signatureClaims) signs(header, value string) bool {
	for _, h := range c.SignedHeaders {
		if v, ok := h[header]; ok {
			return v == value
		}
	}
	return false
}

// CheckSignature refuses an upload that its device did not sign. Codes:
// CodeUnauthorized.
func (h *Hub) CheckSignature(d Device, body []byte, s Signature) error {
	var claims signatureClaims
	err := h.verify(s.Token, &claims, func() ([]string, error) { return []string{d.PublicKey, d.PreviousKey}, nil }, jwt.WithExpirationRequired())
	if err == nil {
		err = h.fresh(claims.RegisteredClaims)
	}
	if err == nil && claims.Subject != d.ID {
		err = errors.New("signature of another device")
	}
	if err == nil {
		err = claims.covers(body, s)
	}
	return unsigned(err)
}

func (c signatureClaims) covers(body []byte, s Signature) error {
	switch digest := wire.DigestOf(body); {
	case s.Digest != digest:
		return errors.New("the digest is not that of the body")
	case !c.signs("digest", digest):
		return errors.New("the signature is for another body")
	case !c.signs("content-type", s.ContentType):
		return errors.New("the signature is for another content type")
	}
	return nil
}

func unsigned(err error) error {
	var known *app.Error
	if err == nil || errors.As(err, &known) {
		return err
	}
	return app.Fault(app.CodeUnauthorized, err)
}

// Applicant is somebody with a key but without an enrolment: its thumbprint
// (RFC 7638) owns what is sent with it.
// Address is where it calls from, for its share of the room; it is never
// stored. Without one nothing is counted.
type Applicant struct {
	Thumbprint, Address string
	vouched             bool // an examiner brings what it sent: no room of strangers is needed
}

// CheckApplicant verifies a request that is signed by an applicant's key,
// whose public half (a JWK) is in the signature's own header. resource is
// method and path. Codes: CodeUnauthorized.
func (h *Hub) CheckApplicant(resource string, body []byte, s Signature) (Applicant, error) {
	var claims signatureClaims
	var owner string
	_, err := jwt.ParseWithClaims(s.Token, &claims, func(t *jwt.Token) (any, error) {
		key, thumbprint, err := parseJWK(t.Header["jwk"])
		owner = thumbprint
		return key, err
	}, jwt.WithValidMethods([]string{jwt.SigningMethodES256.Alg()}), jwt.WithAudience(wire.TokenAudience),
		jwt.WithExpirationRequired(), jwt.WithLeeway(clockLeeway), jwt.WithTimeFunc(h.clock.Now))
	if err == nil {
		err = h.fresh(claims.RegisteredClaims)
	}
	if err == nil && (claims.Subject != owner || claims.Resource != resource) {
		err = errors.New("signature of another key or for another request")
	}
	if err == nil && body != nil {
		err = claims.covers(body, s)
	}
	if err != nil {
		return Applicant{}, unsigned(err)
	}
	return Applicant{Thumbprint: owner}, nil
}

// DeviceApplicant is an enrolled workstation in the place of an applicant. Its
// key may change, so its identity owns what it sends.
func DeviceApplicant(d Device) Applicant { return Applicant{Thumbprint: "device:" + d.ID} }

func thumbprint(x, y string) string {
	sum := sha256.Sum256([]byte(`{"crv":"P-256","kty":"EC","x":"` + x + `","y":"` + y + `"}`))
	return base64.RawURLEncoding.EncodeToString(sum[:])
}

// parseJWK reads an ES256 public key and returns its thumbprint.
func parseJWK(v any) (*ecdsa.PublicKey, string, error) {
	raw, err := json.Marshal(v)
	if err != nil {
		return nil, "", err
	}
	var k struct{ Kty, Crv, X, Y string }
	if err := json.Unmarshal(raw, &k); err != nil || k.Kty != "EC" || k.Crv != "P-256" {
		return nil, "", errors.New("jwk: not an EC key on P-256")
	}
	x, xerr := base64.RawURLEncoding.DecodeString(k.X)
	y, yerr := base64.RawURLEncoding.DecodeString(k.Y)
	if err := errors.Join(xerr, yerr); err != nil || len(x) != 32 || len(y) != 32 {
		return nil, "", errors.New("jwk: coordinates")
	}
	key, err := ecdsa.ParseUncompressedPublicKey(elliptic.P256(), slices.Concat([]byte{4}, x, y))
	if err != nil { // off the curve
		return nil, "", err
	}
	return key, thumbprint(base64.RawURLEncoding.EncodeToString(x), base64.RawURLEncoding.EncodeToString(y)), nil
}
