package exchange

import (
	"context"
	"errors"

	"polis/app"
	"polis/data/wire"
)

// private brings down what belongs to the authority and the office, page by
// page: operators, workstations, contacts of colleagues, follow-ups.
func (e *Engine) private(ctx context.Context, r *round) (err error) {
	defer func() { e.heed(err) }()
	cursor, err := e.p.Outbox.PrivateCursor(ctx)
	if err != nil {
		return err
	}
	size := pageSize
	if r.metered {
		size = pageSizeMetered
	}
	anew, whole := cursor == "", cursor == ""
	for {
		page, err := r.hub.PrivateChanges(ctx, cursor, size)
		switch app.ErrorCode(err) {
		case "":
		case app.CodeCursorExpired:
			if cursor == "" {
				return err
			}
			cursor, anew, whole = "", true, true
			continue
		case app.CodeNotFound: // a hub from before
			return nil
		default:
			return err
		}
		if page.NextCursor == "" || (page.HasMore && page.NextCursor == cursor) {
			return app.Fault(app.CodeHubAnswer, errors.New("a page of private changes leads to itself"), "hub", r.d.Hub)
		}
		if page.NextCursor == cursor && len(page.Items) == 0 {
			return nil
		}
		p := PrivatePage{Cursor: page.NextCursor, Anew: anew, Last: whole && !page.HasMore}
		for _, raw := range page.Items {
			line, err := wire.ParsePrivate(raw)
			if err != nil {
				return app.Fault(app.CodeHubAnswer, err, "hub", r.d.Hub)
			}
			p.Lines = append(p.Lines, line)
		}
		if err := e.p.Outbox.ApplyPrivate(ctx, p); err != nil {
			return err
		}
		r.sum.Received += len(p.Lines)
		anew, cursor = false, page.NextCursor
		if !page.HasMore {
			return nil
		}
	}
}
