package api

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"sync"

	"polis/app"
	"polis/data/wire"
)

// Documents go up in parts, from where the last try stopped.

// Sizes of a part, in bytes. The first one of a try is always the smallest:
// when the hub has more already, its answer tells where to go on.
const (
	smallestPart = 64 << 10
	largestPart  = 1 << 20
)

// parts is how long a part may be: it grows while they arrive, and shrinks
// when one is cut off, so that a link which breaks every minute gets on.
type parts struct {
	mu   sync.Mutex
	size int64
}

func (p *parts) next() int64 {
	p.mu.Lock()
	defer p.mu.Unlock()
	return max(p.size, smallestPart)
}

func (p *parts) went(well bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.size = max(p.size, smallestPart)
	if well {
		p.size = min(2*p.size, largestPart)
	} else {
		p.size = max(p.size/2, smallestPart)
	}
}

// upload is one document on its way up.
type upload struct {
	client  *Client
	parts   *parts
	path    string
	sha256  string
	size    int64
	content io.ReadSeeker
	put     func(ctx context.Context, o outgoing, out any) error
}

// all sends what the hub has not got. begin says how far it is.
func (u *upload) all(ctx context.Context, begin func(context.Context) (wire.BlobUpload, error)) error {
	for again := true; ; again = false {
		now, err := begin(ctx)
		if err == nil {
			err = u.check(now)
		}
		for err == nil && !now.Complete {
			now, err = u.one(ctx, now.Received, u.parts.next())
		}
		// The hub forgot the parts, or somebody else sends them too: ask again.
		if app.ErrorCode(err) != app.CodeConflict || !again {
			return err
		}
	}
}

// check refuses an answer that is not about this document.
func (u *upload) check(now wire.BlobUpload) error {
	if now.SHA256 != u.sha256 || now.Size != u.size || now.Received < 0 || now.Received > u.size || now.Complete != (now.Received == u.size) {
		return u.client.wrong("document %q, %d of %d", now.SHA256, now.Received, now.Size)
	}
	return nil
}

// one sends a part that starts at a byte and is at most so long.
func (u *upload) one(ctx context.Context, starts, most int64) (now wire.BlobUpload, err error) {
	body := make([]byte, min(most, u.size-starts))
	if _, err := u.content.Seek(starts, io.SeekStart); err != nil {
		return now, fmt.Errorf("document: %w", err)
	}
	if n, err := io.ReadFull(u.content, body); err != nil {
		return now, fmt.Errorf("document: %d bytes in place of %d: %w", starts+int64(n), u.size, err)
	}
	err = u.put(ctx, outgoing{
		method: http.MethodPut, path: u.path, media: mediaBytes, body: body, timeout: partTimeout,
		header: map[string]string{"Content-Range": fmt.Sprintf("bytes %d-%d/%d", starts, starts+int64(len(body))-1, u.size)},
	}, &now)
	switch code := app.ErrorCode(err); {
	case err == nil:
		u.parts.went(true)
	case code == app.CodeHubUnreachable || code == app.CodeSyncInterrupted:
		u.parts.went(false)
	}
	if err == nil {
		err = u.check(now)
	}
	if err == nil && now.Received < starts+int64(len(body)) {
		err = u.client.wrong("document: %d after a part that ends at %d", now.Received, starts+int64(len(body)))
	}
	return now, err
}

// mediaBytes is the media type of what has no other.
const mediaBytes = "application/octet-stream"

var errTooLong = errors.New("longer than any document")
