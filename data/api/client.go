// Package api is the workstation's client of the hub, over HTTPS with resty.
// Certificates are always verified: by the system's roots and, when the
// enrolment named one, the hub's own authority.
package api

import (
	"context"
	"crypto/ecdsa"
	"crypto/sha256"
	"crypto/tls"
	"crypto/x509"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
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
	maxAnswer       = 64 << 20 // bytes of a JSON answer
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
	expires time.Time
	acting  acting
}

var _ exchange.Hub = (*Client)(nil)

// New returns a client of the device's hub. CodeInvalid when the address is
// not https://..., CodeFile when the authority's certificate is not one.
func New(d exchange.Device, key *ecdsa.PrivateKey, clock app.Clock) (*Client, error) {
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
		Proxy:                 http.ProxyFromEnvironment,
		TLSClientConfig:       &tls.Config{MinVersion: tls.VersionTLS12, RootCAs: pool},
		TLSHandshakeTimeout:   15 * time.Second,
		ResponseHeaderTimeout: callTimeout,
		IdleConnTimeout:       90 * time.Second,
		ForceAttemptHTTP2:     true,
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

// PutContact sends a frozen contact; duplicate when the hub had it already.
// Only a receipt for these bytes counts: anything that stands between and
// answers 200 would make the contact leave the queue.
func (c *Client) PutContact(ctx context.Context, id string, payload []byte) (bool, error) {
	token, err := c.bearer(ctx)
	if err != nil {
		return false, err
	}
	var receipt wire.Receipt
	resp, err := c.call(ctx, http.MethodPut, "/contacts/"+url.PathEscape(id), nil, json.RawMessage(payload), &receipt, token)
	if err != nil {
		c.forgetToken(err)
		return false, err
	}
	if receipt.ID != id || receipt.SHA256 != wire.Hash(payload) {
		return false, app.Fault(app.CodeHubAnswer, fmt.Errorf("receipt of %q, %s", receipt.ID, receipt.SHA256), "hub", c.hub)
	}
	return resp.StatusCode() == http.StatusOK, nil
}

// Receipts returns a page of this device's receipts.
func (c *Client) Receipts(ctx context.Context, cursor string) (wire.Receipts, error) {
	token, err := c.bearer(ctx)
	if err != nil {
		return wire.Receipts{}, err
	}
	var out wire.Receipts
	_, err = c.call(ctx, http.MethodGet, "/receipts?"+url.Values{"cursor": {cursor}}.Encode(), nil, nil, &out, token)
	c.forgetToken(err)
	return out, err
}

// Snapshot writes the catalogue's file and checks its hash at the end.
func (c *Client) Snapshot(ctx context.Context, sha string, w io.Writer, progress func(int64)) error {
	return c.download(ctx, "/snapshots/"+url.PathEscape(sha), sha, w, progress)
}

// Blob writes a document.
func (c *Client) Blob(ctx context.Context, sha string, w io.Writer) error {
	return c.download(ctx, "/blobs/"+url.PathEscape(sha), sha, w, nil)
}

func (c *Client) download(ctx context.Context, path, sha string, w io.Writer, progress func(int64)) error {
	ctx, cancel := context.WithTimeout(ctx, downloadTimeout)
	defer cancel()
	resp, err := c.http.R().SetContext(ctx).SetDoNotParseResponse(true).Get(path)
	if err != nil {
		return c.transport(err)
	}
	body := resp.RawBody()
	defer func() { _ = body.Close() }() // read to its end or given up
	if resp.StatusCode() != http.StatusOK {
		text, rerr := io.ReadAll(io.LimitReader(body, maxAnswer))
		if rerr != nil {
			return c.transport(rerr)
		}
		return c.refusal(resp.StatusCode(), resp.Header().Get("Content-Type"), text)
	}
	sum := sha256.New()
	src := &counted{r: body, progress: progress}
	if _, err := io.Copy(io.MultiWriter(w, sum), src); err != nil {
		if errors.Is(err, io.ErrClosedPipe) || ctx.Err() != nil && errors.Is(context.Cause(ctx), context.Canceled) {
			return err
		}
		if src.err != nil {
			return app.Fault(app.CodeSyncInterrupted, err, "hub", c.hub)
		}
		return err
	}
	if got := hex.EncodeToString(sum.Sum(nil)); got != sha {
		return app.Fault(app.CodeManifest, fmt.Errorf("%s: content is %s", path, got))
	}
	return nil
}

// counted tells how far a download is and keeps its own error apart from
// that of the writer.
type counted struct {
	r        io.Reader
	n, told  int64
	err      error
	progress func(int64)
}

const tellEvery = 256 << 10

func (s *counted) Read(p []byte) (int, error) {
	n, err := s.r.Read(p)
	s.n += int64(n)
	if s.progress != nil && s.n-s.told >= tellEvery {
		s.told = s.n
		s.progress(s.n)
	}
	if err != nil && !errors.Is(err, io.EOF) {
		s.err = err
	}
	return n, err
}

// bearer returns a token, asked for anew shortly before the old one expires.
func (c *Client) bearer(ctx context.Context) (string, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.token != "" && c.clock.Now().Before(c.expires) {
		return c.token, nil
	}
	now := time.Now() // the hub judges by real time, not by an injected one
	assertion, err := jwt.NewWithClaims(jwt.SigningMethodES256, jwt.RegisteredClaims{
		Issuer: c.device, Subject: c.device, Audience: jwt.ClaimStrings{wire.TokenAudience}, ID: uuid.NewString(),
		IssuedAt: jwt.NewNumericDate(now), ExpiresAt: jwt.NewNumericDate(now.Add(assertionLife)),
	}).SignedString(c.key)
	if err != nil {
		return "", fmt.Errorf("sign assertion: %w", err)
	}
	form := map[string]string{
		"grant_type": wire.GrantType, "client_assertion_type": wire.AssertionType, "client_assertion": assertion,
	}
	operator, err := c.operatorAssertion(now)
	if err != nil {
		return "", err
	}
	if operator != "" {
		form["operator_assertion"] = operator
	}
	ctx, cancel := context.WithTimeout(ctx, callTimeout)
	defer cancel()
	resp, err := c.http.R().SetContext(ctx).SetFormData(form).Post("/token")
	var out wire.Token
	if _, err := c.answer(resp, err, &out); err != nil {
		return "", err
	}
	c.token, c.expires = out.AccessToken, c.clock.Now().Add(time.Duration(out.ExpiresIn)*time.Second-tokenMargin)
	return c.token, nil
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
	ctx, cancel := context.WithTimeout(ctx, callTimeout)
	defer cancel()
	r := c.http.R().SetContext(ctx).SetHeaders(header)
	if body != nil {
		text, err := json.Marshal(body)
		if err != nil {
			return nil, fmt.Errorf("%s %s: %w", method, path, err)
		}
		if raw, ok := body.(json.RawMessage); ok {
			text = raw // frozen bytes travel as they are
		}
		r.SetHeader("Content-Type", "application/json").SetBody(text)
	}
	if token != "" {
		r.SetAuthToken(token)
	}
	resp, err := r.Execute(method, path)
	return c.answer(resp, err, out)
}

// answer decodes a good answer into out and gives a bad one its code.
func (c *Client) answer(resp *resty.Response, err error, out any) (*resty.Response, error) {
	if err != nil && (resp == nil || resp.StatusCode() == 0) {
		return nil, c.transport(err)
	}
	switch status := resp.StatusCode(); {
	case status == http.StatusNotModified:
		return resp, nil
	case status < 200 || status > 299:
		return nil, c.refusal(status, resp.Header().Get("Content-Type"), resp.Body())
	}
	if err != nil {
		return nil, c.transport(err)
	}
	if out != nil {
		if err := json.Unmarshal(resp.Body(), out); err != nil {
			return nil, app.Fault(app.CodeHubAnswer, err, "hub", c.hub)
		}
	}
	return resp, nil
}

// refusal reads a problem; anything else did not come from a POLIS hub.
func (c *Client) refusal(status int, mediaType string, body []byte) error {
	var p wire.Problem
	if !strings.HasPrefix(mediaType, wire.ProblemMediaType) || json.Unmarshal(body, &p) != nil || p.Code == "" {
		return app.Fault(app.CodeHubAnswer, fmt.Errorf("status %d, %s", status, mediaType), "hub", c.hub)
	}
	if status >= http.StatusInternalServerError { // a full disk or a lock over there is not one over here
		return app.Fault(app.CodeHubUnreachable, fmt.Errorf("status %d: %s", status, p.Detail), "hub", c.hub)
	}
	e := app.Fault(app.Code(p.Code), fmt.Errorf("status %d: %s", status, p.Detail), "hub", c.hub)
	if e.Params == nil {
		e.Params = map[string]string{}
	}
	for k, v := range p.Params {
		e.Params[k] = v
	}
	return e
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
