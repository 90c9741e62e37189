package api

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"io"
	"net/http"
	"net/url"
	"strconv"
	"time"

	"polis/app"
	"polis/app/membership"
	"polis/data/wire"
)

var _ membership.ExaminerHub = (*Client)(nil)

// Cases implements membership.ExaminerHub.
func (c *Client) Cases(ctx context.Context, after int64) (membership.CasePage, error) {
	var out membership.CasePage
	q := url.Values{"after": {strconv.FormatInt(after, 10)}}
	if err := c.authorized(ctx, http.MethodGet, "/membership-requests?"+q.Encode(), nil, &out); err != nil {
		return membership.CasePage{}, err
	}
	if out.Items == nil || out.HasMore && len(out.Items) == 0 {
		return membership.CasePage{}, c.wrong("no cases")
	}
	for _, found := range out.Items {
		if err := c.isCase(found, found.ID); err != nil {
			return membership.CasePage{}, err
		}
		if found.Version <= after { // it would be asked for again without end
			return membership.CasePage{}, c.wrong("version %d after %d", found.Version, after)
		}
		after = found.Version
	}
	return out, nil
}

// Case implements membership.ExaminerHub.
func (c *Client) Case(ctx context.Context, id string) (membership.Case, error) {
	var out membership.Case
	if err := c.authorized(ctx, http.MethodGet, "/membership-requests/"+url.PathEscape(id), nil, &out); err != nil {
		return membership.Case{}, err
	}
	return out, c.isCase(out, id)
}

// decisionTimeout is longer than that of other calls: an activation is
// published before it is answered. The hub gives up after two minutes.
const decisionTimeout = 100 * time.Second

// PutChange implements membership.ExaminerHub.
func (c *Client) PutChange(ctx context.Context, change membership.Change) (membership.Case, error) {
	body, err := wire.Marshal(change)
	if err != nil {
		return membership.Case{}, err
	}
	var out membership.Case
	err = c.asDevice(ctx, outgoing{
		method: http.MethodPut, path: "/membership-changes/" + url.PathEscape(change.ID), media: mediaJSON, body: body, timeout: decisionTimeout,
	}, &out)
	if err != nil {
		return membership.Case{}, err
	}
	return out, c.isCase(out, change.Request)
}

// Document implements membership.ExaminerHub. What was written is worth
// nothing when it fails.
func (c *Client) Document(ctx context.Context, request, sum string, w io.Writer) error {
	ctx, cancel := context.WithTimeout(ctx, downloadTimeout)
	defer cancel()
	return c.withToken(ctx, func(token string) error {
		resp, err := c.http.R().SetContext(ctx).SetDoNotParseResponse(true).SetAuthToken(token).
			SetHeader("Accept-Encoding", "identity").Get(documentPath(request, sum))
		if err != nil {
			return c.transport(err)
		}
		body := resp.RawBody()
		defer func() { _ = body.Close() }() // read to its end or given up
		if status := resp.StatusCode(); status != http.StatusOK {
			text, err := io.ReadAll(io.LimitReader(body, maxAnswer))
			if err != nil {
				return c.transport(err)
			}
			return c.refusal(status, resp.Header(), text)
		}
		c.hear(resp.Header())
		plain, err := unpacked(resp.Header(), body)
		if err != nil {
			return app.Fault(app.CodeHubAnswer, err, "hub", c.hub)
		}
		return c.copyDocument(w, plain, sum)
	})
}

// copyDocument writes content that has the hash of its name.
func (c *Client) copyDocument(w io.Writer, body io.Reader, sum string) error {
	hash, src := sha256.New(), &counted{r: io.LimitReader(body, membership.MaxDocument+1)}
	n, err := io.Copy(io.MultiWriter(w, hash), src)
	switch {
	case src.err != nil:
		return app.Fault(app.CodeSyncInterrupted, src.err, "hub", c.hub)
	case err != nil:
		return err
	case n > membership.MaxDocument:
		return app.Fault(app.CodeHubAnswer, errTooLong, "hub", c.hub)
	case hex.EncodeToString(hash.Sum(nil)) != sum:
		return c.wrong("document %s has another content", sum)
	}
	return nil
}

// PutRegionDocument implements membership.ExaminerHub.
func (c *Client) PutRegionDocument(ctx context.Context, request, sum string, size int64, content io.ReadSeeker) error {
	up := upload{
		client: c, parts: &c.parts, path: documentPath(request, sum), sha256: sum, size: size, content: content,
		put: c.asDevice,
	}
	return up.all(ctx, func(ctx context.Context) (wire.BlobUpload, error) { return up.one(ctx, 0, smallestPart) })
}

func documentPath(request, sum string) string {
	return "/membership-requests/" + url.PathEscape(request) + "/documents/" + url.PathEscape(sum)
}

// Letter implements membership.ExaminerHub.
func (c *Client) Letter(ctx context.Context, r membership.LetterRequest) (membership.Letter, error) {
	var out membership.Letter
	if err := c.manage(ctx, http.MethodPost, "/membership-letters", r, &out); err != nil {
		return membership.Letter{}, err
	}
	if out.Request != r.Request || out.Code == "" || out.PEC == "" {
		return membership.Letter{}, c.wrong("no letter for %q", r.Request)
	}
	return out, nil
}

// ImportFile implements membership.ExaminerHub.
func (c *Client) ImportFile(ctx context.Context, content []byte) (membership.Case, error) {
	var out membership.Case
	err := c.asDevice(ctx, outgoing{
		method: http.MethodPost, path: "/membership-files", media: mediaBytes, body: content, timeout: downloadTimeout,
	}, &out)
	if err != nil {
		return membership.Case{}, err
	}
	return out, c.isCase(out, out.ID)
}
