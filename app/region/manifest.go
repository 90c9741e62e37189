package region

import (
	"bytes"
	"context"
	"time"

	"polis/app"
	"polis/data/wire"
)

const (
	manifestFresh = 24 * time.Hour
	manifestLife  = 30 * 24 * time.Hour
)

// signedManifest remembers the bytes of the manifest that is being served.
type signedManifest struct {
	version int64
	epoch   string
	issued  time.Time
	online  string
	body    []byte
	etag    string
}

// Manifest returns the signed manifest of the latest publication and its
// entity tag. It is signed afresh once a day: the moment of issue counts
// whole days from the publication, so that every replica signs the same
// bytes. With it the requests end whose applicants let their time pass. Codes:
// CodeNothingPublished.
func (h *Hub) Manifest(ctx context.Context) (body []byte, etag string, err error) {
	last, err := h.latest.ask(ctx, h.store)
	if err != nil {
		return nil, "", err
	}
	if !last.exists {
		return nil, "", app.Fault(app.CodeNothingPublished, nil)
	}
	k, err := h.currentKeys(ctx)
	if err == nil && last.statement != nil && !bytes.Contains(last.statement, []byte(`"`+k.statement.Signature+`"`)) {
		h.forgetKeys() // another process installed a key: the one before is out at once
		k, err = h.currentKeys(ctx)
	}
	if err != nil {
		return nil, "", err
	}
	pub := last.pub
	issued := pub.PublishedAt
	if age := h.clock.Now().Sub(issued); age > 0 {
		issued = issued.Add(age.Truncate(manifestFresh))
	}
	m, daily, err := h.signed(pub, issued, k)
	if err == nil && daily {
		_, err = h.ExpireMemberships(ctx)
	}
	if err != nil {
		return nil, "", err
	}
	return m.body, m.etag, nil
}

// signed returns the manifest that holds, and whether it was signed for
// another day than the one before.
func (h *Hub) signed(pub Publication, issued time.Time, k *keys) (m *signedManifest, daily bool, err error) {
	h.mu.Lock()
	defer h.mu.Unlock()
	was := h.manifest
	if was != nil && was.version == pub.Version && was.epoch == pub.Epoch && was.issued.Equal(issued) && was.online == k.statement.Signature {
		return was, false, nil
	}
	if m, err = h.sign(pub, issued, k); err == nil {
		h.manifest = m
	}
	return m, was != nil && !was.issued.Equal(issued), err
}

func (h *Hub) sign(pub Publication, issued time.Time, k *keys) (*signedManifest, error) {
	at := cursor(cursorChanges, pub.Epoch, pub.Cursor)
	signed, err := wire.Sign(wire.Manifest{
		Epoch: pub.Epoch, Version: pub.Version,
		IssuedAt: issued.UTC(), ExpiresAt: issued.UTC().Add(manifestLife),
		Snapshot: wire.Snapshot{SHA256: pub.Snapshot, Size: pub.SnapshotSize, Cursor: at},
		Cursor:   at, Counts: pub.Counts, CatalogDigest: pub.Digest,
		TombstoneHorizon: cursor(cursorChanges, pub.Epoch, 0), // tombstones are never thrown away yet
		MassDeletion:     issued.Before(pub.BrakeOffUntil),
		MinimumClient:    MinimumClient, PublicBase: h.publicBase,
	}, k.online)
	if err != nil {
		return nil, err
	}
	body, err := wire.Marshal(wire.SignedManifest{Manifest: signed, OnlineKey: k.statement})
	if err != nil {
		return nil, err
	}
	return &signedManifest{
		version: pub.Version, epoch: pub.Epoch, issued: issued, online: k.statement.Signature,
		body: body, etag: `"` + wire.Hash(body) + `"`,
	}, nil
}
