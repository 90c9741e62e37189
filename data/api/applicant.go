package api

import (
	"context"
	"crypto/ecdsa"
	"crypto/sha256"
	"encoding/base64"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"time"

	"github.com/golang-jwt/jwt/v5"

	"polis/app"
	"polis/app/exchange"
	"polis/app/membership"
	"polis/data/wire"
)

var _ membership.ApplicantHub = (*Applicant)(nil)

// Applicant speaks to a hub in the name of a body that is no member yet: its
// key signs every request and owns what is sent with it. Safe for concurrent
// use.
type Applicant struct {
	client *Client
	jwk    publicJWK
	parts  parts
}

// publicJWK is the public half of the key, as every signature carries it.
type publicJWK struct {
	Kty string `json:"kty"`
	Crv string `json:"crv"`
	X   string `json:"x"`
	Y   string `json:"y"`
}

// NewApplicant returns a client of the hub of a network. Codes: those of New.
func NewApplicant(n membership.Network, key *ecdsa.PrivateKey, clock app.Clock, proxy func(*url.URL) (*url.URL, error)) (*Applicant, error) {
	point, err := key.PublicKey.Bytes() // 4, x, y
	if err != nil || len(point) != 65 {
		return nil, app.Fault(app.CodeInternal, fmt.Errorf("applicant's key is not on P-256: %w", err))
	}
	a := &Applicant{jwk: publicJWK{
		Kty: "EC", Crv: "P-256",
		X: base64.RawURLEncoding.EncodeToString(point[1:33]), Y: base64.RawURLEncoding.EncodeToString(point[33:]),
	}}
	d := exchange.Device{ID: a.jwk.thumbprint(), Hub: n.Hub}
	if n.CA != "" {
		d.CA = []byte(n.CA)
	}
	if a.client, err = New(d, key, clock, proxy); err != nil {
		return nil, err
	}
	return a, nil
}

// thumbprint names the key (RFC 7638).
func (k publicJWK) thumbprint() string {
	sum := sha256.Sum256([]byte(`{"crv":"` + k.Crv + `","kty":"` + k.Kty + `","x":"` + k.X + `","y":"` + k.Y + `"}`))
	return base64.RawURLEncoding.EncodeToString(sum[:])
}

// Close drops connections that are kept for the next call.
func (a *Applicant) Close() { a.client.Close() }

// Network returns how the hub says that it is reached, with the key for files
// on a stick: the connection was verified already.
func (a *Applicant) Network(ctx context.Context) (membership.Network, error) {
	var out membership.Network
	_, err := a.client.call(ctx, http.MethodGet, "/network-settings", nil, nil, &out, "")
	if err == nil && out.UploadKey == "" {
		err = a.client.wrong("settings without a key")
	}
	return out, err
}

// PutRequest implements membership.ApplicantHub.
func (a *Applicant) PutRequest(ctx context.Context, id string, body []byte) (membership.Case, error) {
	out, err := a.ask(ctx, outgoing{
		method: http.MethodPut, path: "/membership-requests/" + url.PathEscape(id), media: mediaJSON, body: body, timeout: callTimeout,
	}, id)
	if err == nil && out.SHA256 != wire.Hash(body) {
		err = a.client.wrong("receipt for another content")
	}
	return out, err
}

// Request implements membership.ApplicantHub.
func (a *Applicant) Request(ctx context.Context, id string) (membership.Case, error) {
	return a.ask(ctx, outgoing{method: http.MethodGet, path: "/membership-requests/" + url.PathEscape(id), timeout: callTimeout}, id)
}

// PutChange implements membership.ApplicantHub.
func (a *Applicant) PutChange(ctx context.Context, c membership.Change) (membership.Case, error) {
	body, err := wire.Marshal(c)
	if err != nil {
		return membership.Case{}, err
	}
	return a.ask(ctx, outgoing{
		method: http.MethodPut, path: "/membership-changes/" + url.PathEscape(c.ID), media: mediaJSON, body: body, timeout: callTimeout,
	}, c.Request)
}

// ask sends a request whose answer is a case.
func (a *Applicant) ask(ctx context.Context, o outgoing, id string) (membership.Case, error) {
	var out membership.Case
	if err := a.do(ctx, o, &out); err != nil {
		return membership.Case{}, err
	}
	return out, a.client.isCase(out, id)
}

// PutDocument implements membership.ApplicantHub.
func (a *Applicant) PutDocument(ctx context.Context, sum string, size int64, content io.ReadSeeker) error {
	up := upload{
		client: a.client, parts: &a.parts, path: "/blobs/" + url.PathEscape(sum), sha256: sum, size: size, content: content,
		put: a.do,
	}
	return up.all(ctx, func(ctx context.Context) (wire.BlobUpload, error) {
		var now wire.BlobUpload
		err := a.do(ctx, outgoing{method: http.MethodGet, path: "/blob-uploads/" + url.PathEscape(sum), timeout: callTimeout}, &now)
		if app.ErrorCode(err) == app.CodeNotFound {
			return wire.BlobUpload{SHA256: sum, Size: size}, nil
		}
		return now, err
	})
}

// do sends a signed request. One that was signed by a wrong clock is signed
// again by the hub's, which the refusal told.
func (a *Applicant) do(ctx context.Context, o outgoing, out any) error {
	for again := true; ; again = false {
		before, known := a.client.Offset()
		token, err := a.sign(o)
		if err != nil {
			return err
		}
		header := map[string]string{wire.SignatureHeader: token}
		if o.body != nil {
			header[wire.DigestHeader] = wire.DigestOf(o.body)
		}
		for k, v := range o.header {
			header[k] = v
		}
		_, err = a.client.send(ctx, o, header, "", out)
		now, heard := a.client.Offset()
		moved := heard && (!known || (now-before).Abs() > clockMoved)
		if app.ErrorCode(err) != app.CodeUnauthorized || !again || !moved {
			return err
		}
	}
}

func (a *Applicant) sign(o outgoing) (string, error) {
	return a.token(signatureClaims{
		RegisteredClaims: a.client.claims(), Resource: o.method + " " + o.path,
		SignedHeaders: []signedHeader{{"digest": wire.DigestOf(o.body)}, {"content-type": o.media}},
	})
}

// SignFile signs what goes by a stick or by PEC (membership.File.SignedPart):
// how long it travels is not judged. Nothing is sent.
func (a *Applicant) SignFile(part []byte) (string, error) {
	return a.token(signatureClaims{
		RegisteredClaims: a.client.claims(),
		SignedHeaders:    []signedHeader{{"digest": wire.DigestOf(part)}, {"content-type": membership.FileMedia}},
	})
}

// token makes a signature with the key's public half in it.
func (a *Applicant) token(claims signatureClaims) (string, error) {
	token := jwt.NewWithClaims(jwt.SigningMethodES256, claims)
	token.Header["jwk"] = a.jwk
	text, err := token.SignedString(a.client.key)
	if err != nil {
		return "", fmt.Errorf("sign request: %w", err)
	}
	return text, nil
}

// wrong is an answer that no hub would give.
func (c *Client) wrong(what string, args ...any) error {
	return app.Fault(app.CodeHubAnswer, fmt.Errorf(what, args...), "hub", c.hub)
}

// isCase refuses what is not the case that was asked for: anything that
// stands between and says 200 must not make a request leave the queue.
func (c *Client) isCase(got membership.Case, id string) error {
	if got.ID != id || got.State == "" || got.Version < 1 {
		return c.wrong("case %q, state %q, version %d", got.ID, got.State, got.Version)
	}
	return nil
}

const partTimeout = 10 * time.Minute // a part may cross a very slow link
