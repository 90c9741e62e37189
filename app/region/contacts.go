package region

import (
	"context"
	"strconv"
	"time"

	"github.com/google/uuid"

	"polis/app"
	"polis/data/wire"
)

// MaxContact is the longest contact, in bytes.
const MaxContact = 64 << 10

// PutContact stores a contact under the identifier that its workstation
// gave it and returns the receipt. The same contact again gets the same
// receipt and created is false. Codes: CodeInvalid (body, id, or a field),
// CodeForbidden (of another authority, office or operator), CodeConflict
// (the identifier holds another contact), CodeDiskFull.
func (h *Hub) PutContact(ctx context.Context, d Device, id string, body []byte) (receipt wire.Receipt, created bool, err error) {
	c, err := h.readContact(d, id, body)
	if err != nil {
		return wire.Receipt{}, false, err
	}
	err = h.store.Update(ctx, func(tx Tx) error {
		var err error
		if created, err = tx.AddContact(c); err != nil {
			return err
		}
		if !created {
			stored, _, err := tx.Contact(id)
			if err != nil {
				return err
			}
			if stored.SHA256 != c.SHA256 {
				return app.Fault(app.CodeConflict, nil, "what", id)
			}
			c.ReceivedAt = stored.ReceivedAt
		}
		receipt, err = giveReceipt(tx, c)
		return err
	})
	return receipt, created, err
}

// giveReceipt adds the receipt to the device's list unless it is there: a
// workstation that was enrolled again sends again what it holds, under its
// new name.
func giveReceipt(tx Tx, c StoredContact) (wire.Receipt, error) {
	r, found, err := tx.Receipt(c.Device, wire.TypeContact, c.ID)
	if err != nil || found {
		return r, err
	}
	r = wire.Receipt{ID: c.ID, Type: wire.TypeContact, SHA256: c.SHA256, State: wire.StateStored, ReceivedAt: c.ReceivedAt}
	return r, tx.AddReceipt(c.Device, r)
}

func (h *Hub) readContact(d Device, id string, body []byte) (StoredContact, error) {
	if len(body) > MaxContact {
		return StoredContact{}, app.Fault(app.CodeInvalid, nil, "field", "body", "value", strconv.Itoa(len(body)))
	}
	parsed, err := uuid.Parse(id)
	if err != nil || parsed.String() != id {
		return StoredContact{}, app.Fault(app.CodeInvalid, err, "field", "id", "value", clip(id))
	}
	line, err := wire.Canonical(body)
	if err != nil {
		return StoredContact{}, app.Fault(app.CodeInvalid, err, "field", "body", "value", "")
	}
	c, err := wire.DecodeContact(line)
	if err != nil {
		return StoredContact{}, app.Fault(app.CodeInvalid, err, "field", "body", "value", "")
	}
	if err := c.Validate(); err != nil {
		return StoredContact{}, err
	}
	if c.ID != id {
		return StoredContact{}, app.Fault(app.CodeInvalid, nil, "field", "id", "value", clip(c.ID))
	}
	if c.Authority != d.Authority || c.Office != d.Office || c.Operator != d.Operator.ID {
		return StoredContact{}, app.Fault(app.CodeForbidden, nil)
	}
	return StoredContact{
		ID: id, Authority: c.Authority, Office: c.Office, Operator: c.Operator, Device: d.ID,
		SHA256: wire.Hash(line), Line: line, ReceivedAt: h.clock.Now().UTC().Truncate(time.Millisecond),
	}, nil
}

// Receipts returns a page of what became of the device's uploads. Codes:
// CodeInvalid, CodeCursorExpired.
func (h *Hub) Receipts(ctx context.Context, d Device, after string, limit int) (wire.Receipts, error) {
	var page wire.Receipts
	err := h.store.View(ctx, func(tx Tx) error {
		page = wire.Receipts{Items: []wire.Receipt{}}
		feed, err := tx.Feed()
		if err != nil {
			return err
		}
		from, err := parseCursor(cursorReceipts, feed.Epoch, after)
		if err != nil {
			return err
		}
		receipts, err := tx.ReceiptsAfter(d.ID, from, limit+1)
		if err != nil {
			return err
		}
		durable, err := tx.DurableReceipt(d.ID)
		if err != nil {
			return err
		}
		if page.HasMore = len(receipts) > limit; page.HasMore {
			receipts = receipts[:limit]
		}
		next := from
		for _, r := range receipts {
			page.Items = append(page.Items, r.Receipt)
			next = r.Seq
		}
		page.NextCursor = cursor(cursorReceipts, feed.Epoch, next)
		page.DurableUpto = cursor(cursorReceipts, feed.Epoch, durable)
		return nil
	})
	return page, err
}
