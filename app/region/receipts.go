package region

import (
	"context"

	"polis/data/wire"
)

// giveReceipt adds the receipt to the device's list unless it is there: a
// workstation that was enrolled again sends again what it holds, under its
// new name.
func giveReceipt(tx Tx, device string, u StoredUpload) (wire.Receipt, error) {
	r, found, err := tx.Receipt(device, u.Type, u.ID)
	if err != nil || found {
		return r, err
	}
	r = wire.Receipt{ID: u.ID, Type: u.Type, SHA256: u.SHA256, State: u.State, ReceivedAt: u.ReceivedAt}
	return r, tx.AddReceipt(device, r)
}

// Receipts returns a page of what became of the device's uploads. Codes:
// CodeInvalid, CodeCursorExpired.
func (h *Hub) Receipts(ctx context.Context, d Device, after string, limit int) (wire.Receipts, error) {
	var page wire.Receipts
	err := h.store.View(ctx, func(tx Tx) error {
		feed, err := tx.Feed()
		if err != nil {
			return err
		}
		from, err := parseCursor(cursorReceipts, feed.Epoch, after)
		if err != nil {
			return err
		}
		page, err = receiptsPage(tx, d, feed.Epoch, from, limit)
		return err
	})
	return page, err
}

func receiptsPage(tx Tx, d Device, epoch string, from int64, limit int) (wire.Receipts, error) {
	page := wire.Receipts{Items: []wire.Receipt{}}
	receipts, err := tx.ReceiptsAfter(d.ID, from, limit+1)
	if err != nil {
		return page, err
	}
	durable, err := tx.DurableReceipt(d.ID)
	if err != nil {
		return page, err
	}
	if page.HasMore = len(receipts) > limit; page.HasMore {
		receipts = receipts[:limit]
	}
	next := from
	for _, r := range receipts {
		page.Items = append(page.Items, r.Receipt)
		next = r.Seq
	}
	page.NextCursor = cursor(cursorReceipts, epoch, next)
	page.DurableUpto = cursor(cursorReceipts, epoch, durable)
	return page, nil
}
