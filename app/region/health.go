package region

import "context"

// PublishedVersion returns the version of the latest publication, 0 when
// there is none. It fails when the storage does not answer.
func (h *Hub) PublishedVersion(ctx context.Context) (int64, error) {
	last, err := h.latest.ask(ctx, h.store)
	return last.pub.Version, err
}
