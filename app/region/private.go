package region

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"strconv"
	"strings"

	"polis/app"
	"polis/data/wire"
)

// cursorPrivate marks a place in the private feed. It has two numbers: an
// editor's place among the proposals stays where it was while somebody else
// works at the same workstation.
const cursorPrivate = "p"

// listPrivate gives versions to things of an authority that are new or were
// changed. The counter is held until the commit: call it last.
func listPrivate(tx Tx, authority string, rows []PrivateRow) error {
	if len(rows) == 0 {
		return nil
	}
	last, err := tx.AdvancePrivate(authority, int64(len(rows)))
	if err != nil {
		return err
	}
	for i, r := range rows {
		r.Version = last - int64(len(rows)-1-i)
		if err := tx.PutPrivate(r); err != nil {
			return err
		}
	}
	return nil
}

// lockAuthority lets one transaction at a time change what an authority has:
// from here on it reads what the one before has committed.
func lockAuthority(tx Tx, authority string) error {
	_, err := tx.AdvancePrivate(authority, 0)
	return err
}

// PrivateChanges returns a page of what the caller's workstation may know
// beyond the catalogue: operators and devices of its authority, what its
// office sent, and proposals for who edits. A cursor ahead of this replica
// gets an empty page. Codes: CodeInvalid, CodeCursorExpired.
func (h *Hub) PrivateChanges(ctx context.Context, c Caller, after string, limit int) (wire.Changes, error) {
	var page wire.Changes
	err := h.store.View(ctx, func(tx Tx) error {
		feed, err := tx.Feed()
		if err != nil {
			return err
		}
		at, err := parsePrivateCursor(feed.Epoch, after)
		if err != nil {
			return err
		}
		page, err = privatePage(tx, c, feed.Epoch, at, limit, maxPageBytes)
		return err
	})
	return page, err
}

// privatePlace is where a workstation stands.
type privatePlace struct{ lines, proposals int64 }

// privatePage holds at most limit lines and, but for one that is longer
// alone, so many bytes.
func privatePage(tx Tx, c Caller, epoch string, at privatePlace, limit, bytes int) (wire.Changes, error) {
	page := wire.Changes{Items: []json.RawMessage{}}
	edits := c.Is(wire.RoleEditor, wire.RoleManager)
	q := PrivateQuery{Authority: c.Authority, Office: c.Office, After: at.lines, AfterProposals: -1, Limit: limit + 1}
	if edits {
		q.AfterProposals = at.proposals
	}
	last, err := tx.PrivateLast(c.Authority)
	if err != nil {
		return page, err
	}
	rows, err := tx.PrivateAfter(q)
	if err != nil {
		return page, err
	}
	if page.HasMore = len(rows) > limit; page.HasMore {
		rows = rows[:limit]
		last = rows[limit-1].Version
	}
	for i, r := range rows {
		line, err := privateLine(tx, r)
		if err != nil {
			return page, err
		}
		if bytes -= len(line); bytes < 0 && i > 0 {
			page.HasMore, last = true, rows[i-1].Version
			break
		}
		page.Items = append(page.Items, line)
	}
	at.lines = max(at.lines, last)
	if edits {
		at.proposals = max(at.proposals, last)
	}
	page.NextCursor = at.cursor(epoch)
	return page, nil
}

// privateLine writes a row as it travels.
func privateLine(tx Tx, r PrivateRow) (json.RawMessage, error) {
	switch r.Type {
	case wire.TypeOperator:
		o, _, err := tx.Operator(r.ID)
		if err != nil {
			return nil, err
		}
		return wire.Marshal(o)
	case wire.TypeDevice:
		d, _, err := tx.Device(r.ID)
		if err != nil {
			return nil, err
		}
		return wire.Marshal(d.Record())
	}
	if len(r.Line) == 0 {
		return nil, fmt.Errorf("private feed: %s %s has no line", r.Type, r.ID)
	}
	return wire.Change{Entity: wire.Entity{Type: r.Type, ID: r.ID, Line: r.Line}, Version: r.Version}.AppendWire(nil)
}

func (p privatePlace) cursor(epoch string) string {
	return base64.RawURLEncoding.EncodeToString(fmt.Appendf(nil, "%s.%s.%d.%d", cursorPrivate, epoch, p.lines, p.proposals))
}

func parsePrivateCursor(epoch, text string) (privatePlace, error) {
	var p privatePlace
	if text == "" {
		return p, nil
	}
	invalid := app.Fault(app.CodeInvalid, nil, "field", "cursor", "value", clip(text))
	raw, err := base64.RawURLEncoding.DecodeString(text)
	if err != nil {
		return p, invalid
	}
	parts := strings.Split(string(raw), ".")
	if len(parts) != 4 || parts[0] != cursorPrivate {
		return p, invalid
	}
	for i, into := range []*int64{&p.lines, &p.proposals} {
		if *into, err = strconv.ParseInt(parts[i+2], 10, 64); err != nil || *into < 0 {
			return p, invalid
		}
	}
	if parts[1] != epoch {
		return p, app.Fault(app.CodeCursorExpired, nil)
	}
	return p, nil
}
