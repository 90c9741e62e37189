package region

import "context"

// PublishedVersion returns the version of the latest publication, 0 when
// there is none. It fails when the storage does not answer.
func (h *Hub) PublishedVersion(ctx context.Context) (int64, error) {
	var version int64
	err := h.store.View(ctx, func(tx Tx) error {
		p, _, err := tx.LatestPublication()
		version = p.Version
		return err
	})
	return version, err
}
