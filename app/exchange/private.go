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
	for more := true; more; {
		page, err := r.hub.PrivateChanges(ctx, cursor, size)
		if lostCursor(err) && cursor != "" {
			cursor, anew, whole = "", true, true
			continue
		}
		if app.ErrorCode(err) == app.CodeNotFound { // a hub from before
			return nil
		}
		if err != nil || (page.NextCursor == cursor && len(page.Items) == 0 && !page.HasMore) {
			return err
		}
		p := PrivatePage{Cursor: page.NextCursor, Anew: anew, Last: whole && !page.HasMore}
		if p.Lines, err = privateLines(page, cursor); err != nil {
			return app.Fault(app.CodeHubAnswer, err, "hub", r.d.Hub)
		}
		if err := e.p.Outbox.ApplyPrivate(ctx, p); err != nil {
			return err
		}
		r.sum.Received += len(p.Lines)
		anew, cursor, more = false, page.NextCursor, page.HasMore
	}
	return nil
}

func privateLines(page wire.Changes, cursor string) ([]wire.Change, error) {
	if page.NextCursor == "" || (page.HasMore && page.NextCursor == cursor) {
		return nil, errors.New("a page of private changes leads to itself")
	}
	lines := make([]wire.Change, 0, len(page.Items))
	for _, raw := range page.Items {
		line, err := wire.ParsePrivate(raw)
		if err != nil {
			return nil, err
		}
		lines = append(lines, line)
	}
	return lines, nil
}
