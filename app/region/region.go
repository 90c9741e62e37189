// Package region holds the use cases of the hub: the catalogue is imported
// and published, workstations enrol and prove who they are, contacts arrive.
// What it needs from storage is declared here; it knows neither SQL nor HTTP.
package region

import (
	"context"
	"errors"
	"sync"

	"polis/app"
	"polis/app/membership"
)

// MinimumClient is the oldest workstation that can read what this hub
// publishes.
const MinimumClient = "0.1.0"

// Params are what a Hub stands on. Store, Files and Clock are required.
type Params struct {
	Store      Store
	Files      Files
	Clock      app.Clock
	PublicBase string // address of the public pages, without final slash
	Address    string // of the hub, as workstations reach it; ServedAt when empty
	CA         string // PEM of the hub's own certificate authority, "" for a public one
	// Bodies is the register of public bodies; without it every request is of
	// a body that was typed in.
	Bodies Bodies
	// Signature reads what a signed file says of itself and refuses one
	// without a signature (CodeNotSigned); without it what the sender says is
	// taken.
	Signature func(content []byte) (membership.Signature, error)
}

// Hub offers the use cases. It is safe for concurrent use, and several
// processes may share one Store.
type Hub struct {
	store      Store
	files      Files
	clock      app.Clock
	publicBase string
	address    string
	ca         string
	bodies     Bodies
	signature  func(content []byte) (membership.Signature, error)
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
	return &Hub{
		store: p.Store, files: p.Files, clock: p.Clock, publicBase: p.PublicBase,
		address: p.Address, ca: p.CA, bodies: p.Bodies, signature: p.Signature,
	}, nil
}

// ServedAt makes the address at which it answers the hub's own, and that of
// the public pages, where none was given; to be called before the first
// request.
func (h *Hub) ServedAt(address string) {
	if h.publicBase == "" {
		h.publicBase = address
	}
	if h.address == "" {
		h.address = address
	}
}

// Ping reports whether the storage answers.
func (h *Hub) Ping(ctx context.Context) error {
	return h.store.View(ctx, func(tx Tx) error {
		_, err := tx.Feed()
		return err
	})
}
