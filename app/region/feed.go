package region

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"io/fs"
	"strconv"
	"strings"

	"polis/app"
	"polis/data/wire"
)

// Limits of a page of the feed and of receipts.
const (
	MaxPage     = 1000
	DefaultPage = 500

	// maxPageBytes bounds a page whose lines are long: a client on a slow link
	// gives up on larger answers.
	maxPageBytes = 4 << 20
)

// Kinds of cursor: one of the feed must not pass for one of the receipts.
const (
	cursorChanges  = "c"
	cursorReceipts = "r"
)

func cursor(kind, epoch string, n int64) string {
	return base64.RawURLEncoding.EncodeToString([]byte(kind + "." + epoch + "." + strconv.FormatInt(n, 10)))
}

// parseCursor returns the place that a cursor points at; no cursor is the
// beginning. Codes: CodeInvalid, CodeCursorExpired (of another epoch).
func parseCursor(kind, epoch, text string) (int64, error) {
	if text == "" {
		return 0, nil
	}
	invalid := app.Fault(app.CodeInvalid, nil, "field", "cursor", "value", clip(text))
	raw, err := base64.RawURLEncoding.DecodeString(text)
	if err != nil {
		return 0, invalid
	}
	parts := strings.Split(string(raw), ".")
	if len(parts) != 3 || parts[0] != kind {
		return 0, invalid
	}
	n, err := strconv.ParseInt(parts[2], 10, 64)
	if err != nil || n < 0 {
		return 0, invalid
	}
	if parts[1] != epoch {
		return 0, app.Fault(app.CodeCursorExpired, nil)
	}
	return n, nil
}

func clip(s string) string {
	if len(s) > 64 {
		return s[:64]
	}
	return s
}

// PageSize reads the limit of a page: between 1 and MaxPage, DefaultPage
// when it is not given. Codes: CodeInvalid (limit).
func PageSize(limit string) (int, error) {
	if limit == "" {
		return DefaultPage, nil
	}
	n, err := strconv.Atoi(limit)
	if err != nil || n < 1 || n > MaxPage {
		return 0, app.Fault(app.CodeInvalid, nil, "field", "limit", "value", clip(limit))
	}
	return n, nil
}

// Changes returns a page of the feed after the cursor, up to the latest
// publication. A cursor ahead of it (another replica was faster) gets an
// empty page. Codes: CodeInvalid, CodeCursorExpired.
func (h *Hub) Changes(ctx context.Context, after string, limit int) (wire.Changes, error) {
	page, done, err := h.noChanges(ctx, after)
	if done || err != nil {
		return page, err
	}
	err = h.store.View(ctx, func(tx Tx) error {
		page = wire.Changes{Items: []json.RawMessage{}}
		feed, err := tx.Feed()
		if err != nil {
			return err
		}
		from, err := parseCursor(cursorChanges, feed.Epoch, after)
		if err != nil {
			return err
		}
		last, _, err := tx.LatestPublication()
		if err != nil {
			return err
		}
		changes, err := tx.PublishedAfter(from, last.Cursor, limit+1)
		if err != nil {
			return err
		}
		fit := fitting(changes, limit)
		if page.HasMore = len(changes) > fit; page.HasMore {
			changes = changes[:fit]
		}
		next := max(from, last.Cursor)
		if page.HasMore {
			next = changes[fit-1].Version
		}
		page.NextCursor = cursor(cursorChanges, feed.Epoch, next)
		return appendItems(&page, changes)
	})
	return page, err
}

// fitting returns how many changes fit into a page; one always does.
func fitting(changes []wire.Change, limit int) int {
	n, bytes := 0, 0
	for ; n < min(len(changes), limit); n++ {
		if bytes += len(changes[n].Line); bytes > maxPageBytes && n > 0 {
			break
		}
	}
	return n
}

// noChanges answers the poll that nearly all are: there is nothing after the
// cursor.
func (h *Hub) noChanges(ctx context.Context, after string) (wire.Changes, bool, error) {
	now, err := h.latest.ask(ctx, h.store)
	if err != nil || !now.exists || after == "" {
		return wire.Changes{}, false, err
	}
	last := now.pub
	from, err := parseCursor(cursorChanges, last.Epoch, after)
	if err != nil || from < last.Cursor {
		return wire.Changes{}, false, err
	}
	return wire.Changes{Items: []json.RawMessage{}, NextCursor: cursor(cursorChanges, last.Epoch, from)}, true, nil
}

func appendItems(page *wire.Changes, changes []wire.Change) error {
	for _, c := range changes {
		line, err := c.AppendWire(nil)
		if err != nil {
			return err
		}
		page.Items = append(page.Items, line)
	}
	return nil
}

// Snapshot opens a snapshot. Codes: CodeNotFound.
func (h *Hub) Snapshot(sha256 string) (fs.File, error) { return open(h.files.OpenSnapshot, sha256) }

// Blob opens an attachment or logo. Codes: CodeNotFound.
func (h *Hub) Blob(sha256 string) (fs.File, error) { return open(h.files.OpenBlob, sha256) }

func open(from func(string) (fs.File, error), sha256 string) (fs.File, error) {
	if len(sha256) != 64 || strings.Trim(sha256, "0123456789abcdef") != "" {
		return nil, app.Fault(app.CodeNotFound, nil, "what", clip(sha256))
	}
	return from(sha256)
}
