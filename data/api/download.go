package api

import (
	"compress/gzip"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strconv"
	"strings"

	"polis/app"
	"polis/app/exchange"
)

// Snapshot adds to the catalogue's file; see exchange.Hub.
func (c *Client) Snapshot(ctx context.Context, sha string, limit int64, to exchange.Partial, progress func(int64)) error {
	return c.download(ctx, "/snapshots/"+url.PathEscape(sha), limit, to, progress)
}

// Blob adds to a document; see exchange.Hub.
func (c *Client) Blob(ctx context.Context, sha string, limit int64, to exchange.Partial) error {
	return c.download(ctx, "/blobs/"+url.PathEscape(sha), limit, to, nil)
}

// download goes on where it was cut off. The address names the content's
// hash, so that what is there already belongs to what comes; who keeps it
// checks the whole. A part that the hub does not know how to continue is
// begun again.
func (c *Client) download(ctx context.Context, path string, limit int64, to exchange.Partial, progress func(int64)) error {
	ctx, cancel := context.WithTimeout(ctx, downloadTimeout)
	defer cancel()
	if to.Len() > limit {
		if err := to.Reset(); err != nil {
			return err
		}
	}
	from := to.Len()
	request := c.http.R().SetContext(ctx).SetDoNotParseResponse(true).SetHeader("Accept-Encoding", "identity")
	if from > 0 {
		request.SetHeader("Range", "bytes="+strconv.FormatInt(from, 10)+"-")
	}
	resp, err := request.Get(path)
	if err != nil {
		return c.transport(err)
	}
	body := resp.RawBody()
	defer func() { _ = body.Close() }() // read to its end or given up
	plain, err := unpacked(resp.Header(), body)
	if err != nil {
		return app.Fault(app.CodeHubAnswer, err, "hub", c.hub)
	}
	how := fits(resp.StatusCode(), resp.Header().Get("Content-Range"), from)
	if how == goesOn && plain != io.Reader(body) { // a part of what was packed is no part of the content
		how = otherPart
	}
	switch how {
	case goesOn:
	case isWhole: // although a part may have been asked for
		if err := to.Reset(); err != nil {
			return err
		}
	case wasComplete:
		return nil // the hash tells
	case otherPart:
		if from == 0 {
			return app.Fault(app.CodeHubAnswer, errors.New("a part that was not asked for"), "hub", c.hub)
		}
		if err := to.Reset(); err != nil {
			return err
		}
		return c.download(ctx, path, limit, to, progress)
	default:
		text, rerr := io.ReadAll(io.LimitReader(plain, maxAnswer))
		if rerr != nil {
			return c.transport(rerr)
		}
		return c.refusal(resp.StatusCode(), resp.Header(), text)
	}
	c.hear(resp.Header())
	return c.copyTo(ctx, path, limit, to, plain, progress)
}

// unpacked undoes what a proxy did to content that was asked for as it is.
func unpacked(header http.Header, body io.Reader) (io.Reader, error) {
	switch strings.ToLower(header.Get("Content-Encoding")) {
	case "", "identity":
		return body, nil
	case "gzip":
		return gzip.NewReader(body)
	}
	return nil, errors.New("content that somebody packed")
}

// fit is how an answer stands to what is there already.
type fit int

const (
	isRefusal fit = iota
	goesOn
	isWhole
	wasComplete
	otherPart
)

func fits(status int, contentRange string, from int64) fit {
	switch status {
	case http.StatusOK:
		return isWhole
	case http.StatusPartialContent:
		if from > 0 && begins(contentRange, from) {
			return goesOn
		}
		return otherPart
	case http.StatusRequestedRangeNotSatisfiable:
		if whole(contentRange, from) {
			return wasComplete
		}
		if from > 0 {
			return otherPart
		}
	}
	return isRefusal
}

func (c *Client) copyTo(ctx context.Context, path string, limit int64, to exchange.Partial, body io.Reader, progress func(int64)) error {
	src := &counted{r: io.LimitReader(body, limit-to.Len()+1), n: to.Len(), told: to.Len(), progress: progress}
	if _, err := io.Copy(to, src); err != nil {
		if ctx.Err() != nil && errors.Is(context.Cause(ctx), context.Canceled) {
			return context.Canceled
		}
		if src.err != nil {
			return app.Fault(app.CodeSyncInterrupted, err, "hub", c.hub)
		}
		return err
	}
	if to.Len() > limit {
		return errors.Join(app.Fault(app.CodeManifest, fmt.Errorf("%s: more than %d bytes", path, limit)), to.Reset())
	}
	return nil
}

// begins reports whether a Content-Range starts at a byte.
func begins(contentRange string, from int64) bool {
	rest, ok := strings.CutPrefix(contentRange, "bytes ")
	first, _, dash := strings.Cut(rest, "-")
	return ok && dash && first == strconv.FormatInt(from, 10)
}

// whole reports whether the Content-Range of a refusal says that there are
// just so many bytes.
func whole(contentRange string, size int64) bool {
	return size > 0 && contentRange == "bytes */"+strconv.FormatInt(size, 10)
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
