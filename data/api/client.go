// Package api is the workstation's client of the hub, over HTTPS with resty.
// Certificates are always verified: by the system's roots and, when the
// enrolment named one, the hub's own authority.
package api

import (
	"context"
	"crypto"
	"crypto/ecdsa"
	"crypto/tls"
	"crypto/x509"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/go-resty/resty/v2"
	"github.com/golang-jwt/jwt/v5"
	"github.com/google/uuid"

	"polis/app"
	"polis/app/exchange"
	"polis/data/wire"
)

const (
	callTimeout     = 30 * time.Second
	downloadTimeout = 30 * time.Minute
	assertionLife   = 2 * time.Minute
	tokenMargin     = 30 * time.Second
	clockMoved      = 30 * time.Second // an assertion made before does not hold after
	maxAnswer       = 64 << 20         // bytes of a JSON answer
	mediaJSON       = "application/json"
)

// Client speaks to one hub as one device; safe for concurrent use.
type Client struct {
	hub    string
	device string
	key    *ecdsa.PrivateKey
	clock  app.Clock
	http   *resty.Client

	mu      sync.Mutex
	token   string
	expires time.Time // with a monotonic part: a clock that jumps does not move it
	offset  time.Duration
	known   bool
	acting  acting

	parts parts // of documents that go up
}

var _ exchange.Hub = (*Client)(nil)

// New returns a client of the device's hub that goes by the proxy that proxy
// names (nil = none). CodeInvalid when the address is not https://...,
// CodeFile when the authority's certificate is not one.
func New(d exchange.Device, key *ecdsa.PrivateKey, clock app.Clock, proxy func(*url.URL) (*url.URL, error)) (*Client, error) {
	u, err := url.Parse(d.Hub)
	if err != nil || u.Scheme != "https" || u.Host == "" {
		return nil, app.Fault(app.CodeInvalid, err, "field", "hub", "value", d.Hub)
	}
	pool, err := x509.SystemCertPool()
	if err != nil {
		pool = x509.NewCertPool()
	}
	if len(d.CA) > 0 && !pool.AppendCertsFromPEM(d.CA) {
		return nil, app.Fault(app.CodeFile, errors.New("no certificate in PEM"), "path", "CA")
	}
	transport := &http.Transport{
		TLSClientConfig:       &tls.Config{MinVersion: tls.VersionTLS12, RootCAs: pool},
		TLSHandshakeTimeout:   15 * time.Second,
		ResponseHeaderTimeout: callTimeout,
		IdleConnTimeout:       90 * time.Second,
		ForceAttemptHTTP2:     true,
	}
	if proxy != nil {
		transport.Proxy = func(r *http.Request) (*url.URL, error) { return proxy(r.URL) }
	}
	c := &Client{hub: d.Hub, device: d.ID, key: key, clock: clock}
	c.http = resty.New().SetTransport(transport).SetBaseURL(strings.TrimRight(d.Hub, "/")).
		SetRedirectPolicy(resty.NoRedirectPolicy()).SetHeader("User-Agent", "polis").
		SetResponseBodyLimit(maxAnswer).SetDisableWarn(true)
	return c, nil
}

// Close drops connections that are kept for the next call.
func (c *Client) Close() { c.http.GetClient().CloseIdleConnections() }

// Enrol sends an activation code.
func (c *Client) Enrol(ctx context.Context, r wire.EnrolmentRequest) (wire.Enrolment, error) {
	var out wire.Enrolment
	_, err := c.call(ctx, http.MethodPost, "/device-enrolments", nil, r, &out, "")
	return out, err
}

// Manifest returns nil when it still is the one of the etag.
func (c *Client) Manifest(ctx context.Context, etag string) (*wire.SignedManifest, string, error) {
	header := map[string]string{}
	if etag != "" {
		header["If-None-Match"] = etag
	}
	var out wire.SignedManifest
	resp, err := c.call(ctx, http.MethodGet, "/manifest", header, nil, &out, "")
	if err != nil {
		return nil, "", err
	}
	if resp.StatusCode() == http.StatusNotModified {
		return nil, etag, nil
	}
	return &out, resp.Header().Get("ETag"), nil
}

// Changes returns a page of the feed.
func (c *Client) Changes(ctx context.Context, cursor string, limit int) (wire.Changes, error) {
	q := url.Values{"cursor": {cursor}, "limit": {strconv.Itoa(limit)}}
	var out wire.Changes
	_, err := c.call(ctx, http.MethodGet, "/changes?"+q.Encode(), nil, nil, &out, "")
	return out, err
}

// PrivateChanges returns a page of the private way down.
func (c *Client) PrivateChanges(ctx context.Context, cursor string, limit int) (wire.Changes, error) {
	q := url.Values{"cursor": {cursor}, "limit": {strconv.Itoa(limit)}}
	var out wire.Changes
	err := c.authorized(ctx, http.MethodGet, "/private-changes?"+q.Encode(), nil, &out)
	return out, err
}

// PutBatch sends a batch. Only verdicts are taken for an answer: anything
// that stands between and says 200 must not make a contact leave the queue.
func (c *Client) PutBatch(ctx context.Context, id string, b wire.UploadBatch) ([]wire.Verdict, error) {
	body, err := wire.Marshal(b)
	if err != nil {
		return nil, err
	}
	var out wire.BatchAnswer
	if err := c.authorized(ctx, http.MethodPut, "/upload-batches/"+url.PathEscape(id), json.RawMessage(body), &out); err != nil {
		return nil, err
	}
	if out.Items == nil {
		return nil, app.Fault(app.CodeHubAnswer, errors.New("no verdicts"), "hub", c.hub)
	}
	return out.Items, nil
}

// Receipts returns a page of this device's receipts.
func (c *Client) Receipts(ctx context.Context, cursor string) (wire.Receipts, error) {
	var out wire.Receipts
	err := c.authorized(ctx, http.MethodGet, "/receipts?"+url.Values{"cursor": {cursor}}.Encode(), nil, &out)
	return out, err
}

// RenewKey registers the key that takes the place of the device's own.
func (c *Client) RenewKey(ctx context.Context, next crypto.Signer) (time.Time, error) {
	key, ok := next.(*ecdsa.PrivateKey)
	if !ok {
		return time.Time{}, app.Fault(app.CodeInternal, fmt.Errorf("device key of type %T", next))
	}
	public, err := exchange.PublicKey(next)
	if err != nil {
		return time.Time{}, err
	}
	if _, _, err := c.bearer(ctx); err != nil { // it learns the hub's time, by which the proof is made
		return time.Time{}, err
	}
	proof, err := c.assertion(key)
	if err != nil {
		return time.Time{}, err
	}
	body, err := wire.Marshal(wire.KeyRenewal{PublicKey: public, Proof: proof})
	if err != nil {
		return time.Time{}, err
	}
	var out struct {
		RenewBy time.Time `json:"renew_by"`
	}
	err = c.authorized(ctx, http.MethodPut, "/devices/"+url.PathEscape(c.device)+"/key", json.RawMessage(body), &out)
	return out.RenewBy, err
}

// Offset is the hub's time less ours, by the newest answer.
func (c *Client) Offset() (time.Duration, bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.offset, c.known
}

// hear takes the hub's time from an answer.
func (c *Client) hear(header http.Header) {
	at, err := http.ParseTime(header.Get("Date"))
	if err != nil {
		return
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	c.offset, c.known = at.Sub(c.clock.Now()), true
}

// hubNow is the hub's time as well as it is known.
func (c *Client) hubNow() time.Time {
	if offset, known := c.Offset(); known {
		return c.clock.Now().Add(offset)
	}
	return time.Now() // the hub judges by real time, not by an injected one
}

// outgoing is a request as it is sent, again when a token or a clock was
// stale.
type outgoing struct {
	method, path string
	header       map[string]string
	media        string // of the body
	body         []byte // nil for none
	timeout      time.Duration
}

// authorized calls as the device.
func (c *Client) authorized(ctx context.Context, method, path string, body json.RawMessage, out any) error {
	return c.asDevice(ctx, outgoing{method: method, path: path, media: mediaJSON, body: body, timeout: callTimeout}, out)
}

// asDevice sends a request with a token, its body signed.
func (c *Client) asDevice(ctx context.Context, o outgoing, out any) error {
	return c.withToken(ctx, func(token string) error {
		header := maps.Clone(o.header)
		if o.body != nil {
			var err error
			if header, err = c.sign(header, o.body, o.media); err != nil {
				return err
			}
		}
		_, err := c.send(ctx, o, header, token, out)
		return err
	})
}

// withToken calls with a token. One that the hub no longer takes (it began
// anew, or the clock jumped) is asked for once more.
func (c *Client) withToken(ctx context.Context, call func(token string) error) error {
	for again := true; ; again = false {
		token, fresh, err := c.bearer(ctx)
		if err != nil {
			return err
		}
		err = call(token)
		c.forgetToken(err)
		if app.ErrorCode(err) != app.CodeUnauthorized || fresh || !again {
			return err
		}
	}
}

// signedHeader is one of the headers that a signature covers.
type signedHeader map[string]string

type signatureClaims struct {
	jwt.RegisteredClaims
	SignedHeaders []signedHeader `json:"signed_headers"`
	Resource      string         `json:"resource,omitempty"` // of applicants: method and path
}

// sign adds the signature of a body at the level of the application.
func (c *Client) sign(header map[string]string, body []byte, media string) (map[string]string, error) {
	digest := wire.DigestOf(body)
	token, err := c.signature(digest, media)
	if err != nil {
		return nil, err
	}
	if header == nil {
		header = map[string]string{}
	}
	header[wire.DigestHeader], header[wire.SignatureHeader] = digest, token
	return header, nil
}

func (c *Client) signature(digest, mediaType string) (string, error) {
	text, err := jwt.NewWithClaims(jwt.SigningMethodES256, signatureClaims{
		RegisteredClaims: c.claims(), SignedHeaders: []signedHeader{{"digest": digest}, {"content-type": mediaType}},
	}).SignedString(c.key)
	if err != nil {
		return "", fmt.Errorf("sign upload: %w", err)
	}
	return text, nil
}

// SignUploadFile signs the digest of an upload file.
func (c *Client) SignUploadFile(digest string) (string, error) {
	return c.signature(digest, wire.UploadFileMedia)
}

func (c *Client) claims() jwt.RegisteredClaims {
	now := c.hubNow()
	return jwt.RegisteredClaims{
		Issuer: c.device, Subject: c.device, Audience: jwt.ClaimStrings{wire.TokenAudience}, ID: uuid.NewString(),
		IssuedAt: jwt.NewNumericDate(now), ExpiresAt: jwt.NewNumericDate(now.Add(assertionLife)),
	}
}

func (c *Client) assertion(key *ecdsa.PrivateKey) (string, error) {
	text, err := jwt.NewWithClaims(jwt.SigningMethodES256, c.claims()).SignedString(key)
	if err != nil {
		return "", fmt.Errorf("sign assertion: %w", err)
	}
	return text, nil
}

// bearer returns a token, asked for anew shortly before the old one expires.
func (c *Client) bearer(ctx context.Context) (token string, fresh bool, err error) {
	c.mu.Lock()
	token, who := c.token, c.acting
	good := token != "" && time.Now().Before(c.expires)
	c.mu.Unlock()
	if good {
		return token, false, nil
	}
	before, known := c.Offset()
	out, err := c.askAs(ctx, who)
	if app.ErrorCode(err) == app.CodeUnauthorized {
		// The refusal told the hub's time: was the assertion made in another?
		if now, _ := c.Offset(); !known || (now-before).Abs() > clockMoved {
			out, err = c.askAs(ctx, who)
		}
	}
	if err != nil {
		return "", false, err
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.acting == who { // somebody else may have logged in meanwhile: for them another one is asked for
		c.token, c.expires = out.AccessToken, time.Now().Add(time.Duration(out.ExpiresIn)*time.Second-tokenMargin)
	}
	return out.AccessToken, true, nil
}

// askAs asks with assertions made by the hub's time as far as it is known,
// the device's and that of who is at work.
func (c *Client) askAs(ctx context.Context, who acting) (out wire.Token, err error) {
	assertion, err := c.assertion(c.key)
	if err != nil {
		return out, err
	}
	form := map[string]string{
		"grant_type": wire.GrantType, "client_assertion_type": wire.AssertionType, "client_assertion": assertion,
	}
	operator, err := c.operatorAssertion(who)
	if err != nil {
		return out, err
	}
	if operator != "" {
		form["operator_assertion"] = operator
	}
	out, err = c.askToken(ctx, form)
	if operator != "" && app.ErrorCode(err) == app.CodeUnauthorized {
		// Who is at work was put out of use, or has another key by now. The
		// workstation itself still brings up what waits, and learns of it.
		delete(form, "operator_assertion")
		out, err = c.askToken(ctx, form)
	}
	return out, err
}

func (c *Client) askToken(ctx context.Context, form map[string]string) (out wire.Token, err error) {
	ctx, cancel := context.WithTimeout(ctx, callTimeout)
	defer cancel()
	resp, err := c.http.R().SetContext(ctx).SetFormData(form).Post("/token")
	if _, err := c.answer(resp, err, &out); err != nil {
		return wire.Token{}, err
	}
	if out.AccessToken == "" {
		return out, app.Fault(app.CodeHubAnswer, errors.New("no token"), "hub", c.hub)
	}
	return out, nil
}

// forgetToken drops a token that the hub no longer takes; the next call asks
// for another one.
func (c *Client) forgetToken(err error) {
	if app.ErrorCode(err) == app.CodeUnauthorized {
		c.mu.Lock()
		c.token = ""
		c.mu.Unlock()
	}
}

func (c *Client) call(ctx context.Context, method, path string, header map[string]string, body, out any, token string) (*resty.Response, error) {
	o := outgoing{method: method, path: path, media: mediaJSON, timeout: callTimeout}
	if body != nil {
		text, err := json.Marshal(body)
		if err != nil {
			return nil, fmt.Errorf("%s %s: %w", method, path, err)
		}
		o.body = text
	}
	return c.send(ctx, o, header, token, out)
}

func (c *Client) send(ctx context.Context, o outgoing, header map[string]string, token string, out any) (*resty.Response, error) {
	ctx, cancel := context.WithTimeout(ctx, o.timeout)
	defer cancel()
	r := c.http.R().SetContext(ctx).SetHeaders(header)
	if o.body != nil {
		r.SetHeader("Content-Type", o.media).SetBody(o.body)
	}
	if token != "" {
		r.SetAuthToken(token)
	}
	resp, err := r.Execute(o.method, o.path)
	return c.answer(resp, err, out)
}

// answer decodes a good answer into out and gives a bad one its code.
func (c *Client) answer(resp *resty.Response, err error, out any) (*resty.Response, error) {
	if err != nil && (resp == nil || resp.StatusCode() == 0) {
		return nil, c.transport(err)
	}
	switch status := resp.StatusCode(); {
	case status == http.StatusNotModified:
		c.hear(resp.Header())
		return resp, nil
	case status < 200 || status > 299:
		return nil, c.refusal(status, resp.Header(), resp.Body())
	}
	if err != nil {
		return nil, c.transport(err)
	}
	if out != nil {
		if err := json.Unmarshal(resp.Body(), out); err != nil {
			return nil, app.Fault(app.CodeHubAnswer, err, "hub", c.hub)
		}
	}
	c.hear(resp.Header())
	return resp, nil
}

// refusal reads a problem; anything else did not come from a POLIS hub. Only
// a front server that says how long to wait is believed without one.
func (c *Client) refusal(status int, header http.Header, body []byte) error {
	var p wire.Problem
	mediaType, wait := header.Get("Content-Type"), retryAfter(header)
	ours := strings.HasPrefix(mediaType, wire.ProblemMediaType) && json.Unmarshal(body, &p) == nil && p.Code != ""
	if ours {
		c.hear(header)
	}
	cause := fmt.Errorf("status %d, %s %s", status, mediaType, p.Detail)
	var e *app.Error
	switch {
	case (status == http.StatusTooManyRequests || status == http.StatusServiceUnavailable) && wait != "" && app.Code(p.Code) != app.CodeTooManyTries:
		e = app.Fault(app.CodeHubBusy, cause, "hub", c.hub)
	case !ours:
		e = app.Fault(app.CodeHubAnswer, cause, "hub", c.hub)
	case status >= http.StatusInternalServerError: // a full disk or a lock over there is not one over here
		e = app.Fault(app.CodeHubUnreachable, cause, "hub", c.hub)
	default:
		e = app.Fault(app.Code(p.Code), cause, "hub", c.hub)
		for k, v := range p.Params {
			e.Params[k] = v
		}
		if e.Code == app.CodeChanged && len(p.Current) > 0 {
			e.Err = currentLine{cause, p.Current}
		}
	}
	if wait != "" && (status == http.StatusTooManyRequests || status == http.StatusServiceUnavailable) {
		e.Params[exchange.ParamRetryAfter] = wait
	}
	return e
}

// retryAfter returns the seconds of Retry-After in either of its forms, ""
// without one. A date is judged by the hub's own clock.
func retryAfter(header http.Header) string {
	text := strings.TrimSpace(header.Get("Retry-After"))
	if n, err := strconv.ParseUint(text, 10, 31); err == nil {
		return strconv.FormatUint(max(n, 1), 10)
	}
	at, err := http.ParseTime(text)
	if err != nil {
		return ""
	}
	now, err := http.ParseTime(header.Get("Date"))
	if err != nil {
		now = time.Now()
	}
	return strconv.FormatInt(max(int64(at.Sub(now)/time.Second), 1), 10)
}

// transport tells a hub that is not there from one that is not trusted.
func (c *Client) transport(err error) error {
	var unknown x509.UnknownAuthorityError
	var host x509.HostnameError
	var invalid x509.CertificateInvalidError
	var verify *tls.CertificateVerificationError
	switch {
	case errors.Is(err, context.Canceled):
		return err
	case errors.As(err, &unknown) || errors.As(err, &host) || errors.As(err, &invalid) || errors.As(err, &verify):
		return app.Fault(app.CodeHubCertificate, err, "hub", c.hub)
	case errors.Is(err, resty.ErrAutoRedirectDisabled):
		return app.Fault(app.CodeHubAnswer, err, "hub", c.hub)
	}
	return app.Fault(app.CodeHubUnreachable, err, "hub", c.hub)
}
