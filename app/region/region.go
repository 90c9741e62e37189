// Package region holds the use cases of the hub: the catalogue is imported
// and published, workstations enrol and prove who they are, contacts arrive.
// What it needs from storage is declared here; it knows neither SQL nor HTTP.
package region

import (
	"context"
	"errors"
	"sync"

	"polis/app"
)

// MinimumClient is the oldest workstation that can read what this hub
// publishes.
const MinimumClient = "0.1.0"

// Params are what a Hub stands on; all but PublicBase are required.
type Params struct {
	Store      Store
	Files      Files
	Clock      app.Clock
	PublicBase string // address of the public pages, without final slash
}

// Hub offers the use cases. It is safe for concurrent use, and several
// processes may share one Store.
type Hub struct {
	store      Store
	files      Files
	clock      app.Clock
	publicBase string
	latest     latest

	mu       sync.Mutex
	keys     *keys
	manifest *signedManifest
}

// New returns a hub over its storage.
func New(p Params) (*Hub, error) {
	if p.Store == nil || p.Files == nil || p.Clock == nil {
		return nil, errors.New("region: Store, Files and Clock are required")
	}
	return &Hub{store: p.Store, files: p.Files, clock: p.Clock, publicBase: p.PublicBase}, nil
}

// ServedAt makes the hub's own address that of the public pages when none was
// given; to be called before the first request.
func (h *Hub) ServedAt(address string) {
	if h.publicBase == "" {
		h.publicBase = address
	}
}

// Ping reports whether the storage answers.
func (h *Hub) Ping(ctx context.Context) error {
	return h.store.View(ctx, func(tx Tx) error {
		_, err := tx.Feed()
		return err
	})
}
