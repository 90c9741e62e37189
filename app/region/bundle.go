package region

import (
	"bytes"
	"context"
	"encoding/base64"
	"encoding/json"
	"errors"
	"io"
	"maps"
	"math"
	"slices"
	"strconv"

	"filippo.io/age"

	"polis/app"
	"polis/data/wire"
)

// BundleParams say what a bundle is to hold. With Since (a version of the
// catalogue's feed) it has the changes after it in place of the snapshot.
// Devices and Offices name workstations that get their private part.
type BundleParams struct {
	Since    int64
	Devices  []string
	Offices  []string
	Compress bool
}

// BundleReport counts what went into a bundle.
type BundleReport struct {
	Version int64
	Changes int // lines; 0 with a snapshot
	Blobs   int
	Missing int // blobs that sheets name and the hub does not have
	Private int // workstations
}

// Bundle writes the published catalogue with its blobs, and private parts for
// named workstations, for a USB stick. Equal states give equal files but for
// the private parts. Codes: CodeNothingPublished, CodeNotFound (device),
// CodeInvalid (since, or a workstation that cannot be sealed to),
// CodeSigningKey.
func (h *Hub) Bundle(ctx context.Context, p BundleParams, w io.Writer) (BundleReport, error) {
	manifest, _, err := h.Manifest(ctx)
	if err != nil {
		return BundleReport{}, err
	}
	out, err := wire.NewBundleWriter(w, p.Compress)
	if err != nil {
		return BundleReport{}, err
	}
	b := bundling{hub: h, params: p, out: out, blobs: map[string]bool{}}
	if b.pub, b.epoch, err = b.publication(manifest); err != nil {
		return b.report, err
	}
	b.report.Version = b.pub.Version
	for _, step := range []func(context.Context) error{b.catalogue, b.documents, b.private} {
		if err := step(ctx); err != nil {
			return b.report, err
		}
	}
	return b.report, out.Close()
}

// bundling is one bundle being written.
type bundling struct {
	hub    *Hub
	params BundleParams
	out    *wire.BundleWriter
	report BundleReport
	pub    wire.Manifest
	epoch  string
	blobs  map[string]bool
}

// publication writes the manifest and reads it: all else must be of the same
// publication, though somebody may publish meanwhile.
func (b *bundling) publication(manifest []byte) (wire.Manifest, string, error) {
	var signed wire.SignedManifest
	var m wire.Manifest
	if err := json.Unmarshal(manifest, &signed); err != nil {
		return m, "", err
	}
	raw, err := base64.RawURLEncoding.DecodeString(signed.Manifest.Payload)
	if err == nil {
		err = json.Unmarshal(raw, &m) // just signed here
	}
	if err != nil {
		return m, "", err
	}
	info := wire.BundleInfo{Type: wire.TypeBundle}
	if b.params.Since > 0 {
		info.Since = cursor(cursorChanges, m.Epoch, b.params.Since)
	}
	head, err := wire.Marshal(info)
	if err == nil {
		err = b.out.AddBytes(wire.BundleManifest, "", manifest)
	}
	if err == nil {
		err = b.out.AddBytes(wire.BundleInfoFile, "", head)
	}
	return m, m.Epoch, err
}

// catalogue writes snapshot or changes and notes the blobs that they name.
func (b *bundling) catalogue(ctx context.Context) error {
	upto, err := parseCursor(cursorChanges, b.epoch, b.pub.Cursor)
	if err != nil {
		return err
	}
	if b.params.Since < 0 || b.params.Since > upto {
		return app.Fault(app.CodeInvalid, nil, "field", "since", "value", strconv.FormatInt(b.params.Since, 10))
	}
	var lines bytes.Buffer
	err = b.hub.store.View(ctx, func(tx Tx) error {
		lines.Reset()
		b.report.Changes = 0
		for after := b.params.Since; ; {
			changes, err := tx.PublishedAfter(after, upto, MaxPage)
			if err != nil || len(changes) == 0 {
				return err
			}
			for _, c := range changes {
				if err := b.line(c, &lines); err != nil {
					return err
				}
				after = c.Version
			}
		}
	})
	if err != nil {
		return err
	}
	if b.params.Since > 0 {
		return b.out.AddBytes(wire.BundleChanges, "", lines.Bytes())
	}
	b.report.Changes = 0
	f, err := b.hub.Snapshot(b.pub.Snapshot.SHA256)
	if err != nil {
		return err
	}
	return errors.Join(b.out.Add(wire.BundleMember{Kind: wire.BundleSnapshot, Size: b.pub.Snapshot.Size}, f), f.Close())
}

func (b *bundling) line(c wire.Change, lines *bytes.Buffer) error {
	b.report.Changes++
	if b.params.Since > 0 {
		line, err := c.AppendWire(lines.AvailableBuffer())
		if err != nil {
			return err
		}
		lines.Write(append(line, '\n'))
	}
	if c.Deleted {
		return nil
	}
	var names struct {
		Logo        string
		Attachments []app.Attachment
	}
	if err := json.Unmarshal(c.Line, &names); err != nil {
		return nil //nolint:nilerr // a line of another shape names no blobs
	}
	for _, a := range names.Attachments {
		b.blobs[a.SHA256] = true
	}
	b.blobs[names.Logo] = true
	return nil
}

func (b *bundling) documents(context.Context) error {
	for _, sha := range slices.Sorted(maps.Keys(b.blobs)) {
		if !isSHA256(sha) {
			continue // none, or an address
		}
		f, err := b.hub.Blob(sha)
		if app.ErrorCode(err) == app.CodeNotFound {
			b.report.Missing++
			continue
		}
		if err != nil {
			return err
		}
		info, err := f.Stat()
		if err == nil {
			err = b.out.Add(wire.BundleMember{Kind: wire.BundleBlobs, ID: sha, Size: info.Size()}, f)
		}
		if err = errors.Join(err, f.Close()); err != nil {
			return err
		}
		b.report.Blobs++
	}
	return nil
}

// private writes the parts of the named workstations and of those of the
// named offices.
func (b *bundling) private(ctx context.Context) error {
	k, err := b.hub.currentKeys(ctx)
	if err != nil {
		return err
	}
	parts := map[string][]byte{}
	err = b.hub.store.View(ctx, func(tx Tx) error {
		devices, err := b.devices(tx)
		if err != nil {
			return err
		}
		for _, d := range devices {
			if parts[d.ID], err = b.part(tx, d, k); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		return err
	}
	for _, id := range slices.Sorted(maps.Keys(parts)) {
		if err := b.out.AddBytes(wire.BundlePrivate, id, parts[id]); err != nil {
			return err
		}
		b.report.Private++
	}
	return nil
}

func (b *bundling) devices(tx Tx) ([]Device, error) {
	var list []Device
	for _, id := range b.params.Devices {
		d, found, err := tx.Device(id)
		if err == nil && !found {
			err = app.Fault(app.CodeNotFound, nil, "what", clip(id))
		}
		if err == nil && d.Revoked() {
			err = app.Fault(app.CodeDeviceRevoked, nil)
		}
		if err == nil && d.SealKey == "" {
			err = app.Fault(app.CodeInvalid, nil, "field", "seal_key", "value", "")
		}
		if err != nil {
			return nil, err
		}
		list = append(list, d)
	}
	if len(b.params.Offices) == 0 {
		return list, nil
	}
	all, err := tx.Devices("")
	for _, d := range all {
		if d.Office != "" && slices.Contains(b.params.Offices, d.Office) && b.hub.admitted(d) == nil && d.SealKey != "" {
			list = append(list, d)
		}
	}
	return list, err
}

// part is all that a workstation may know, signed by the hub, sealed to the
// workstation.
func (b *bundling) part(tx Tx, d Device, k *keys) ([]byte, error) {
	c, err := b.hub.caller(tx, d.ID, "")
	if err != nil {
		return nil, err
	}
	part := wire.PrivatePart{Type: wire.TypePrivatePart, Device: d.ID, Epoch: b.epoch, IssuedAt: b.hub.now()}
	if part.PrivateChanges, err = privatePage(tx, c, b.epoch, privatePlace{}, maxPart, math.MaxInt); err != nil {
		return nil, err
	}
	if part.Receipts, err = receiptsPage(tx, d, b.epoch, 0, maxPart); err != nil {
		return nil, err
	}
	signed, err := wire.Sign(part, k.online)
	if err != nil {
		return nil, err
	}
	plain, err := wire.Marshal(signed)
	if err != nil {
		return nil, err
	}
	to, err := age.ParseX25519Recipient(d.SealKey)
	if err != nil {
		return nil, err
	}
	return sealTo(to, plain)
}

// maxPart is the most lines and receipts of a private part; what is beyond
// comes by the cursors that it ends with.
const maxPart = 100_000

// UploadReport counts the verdicts of an upload file.
type UploadReport struct {
	Device   string
	Batches  int
	Verdicts map[string]int
	NotTaken int // items to be sent again
}

// ImportUploads stores what a workstation sent on a USB stick, like the same
// batches over the network; receipts go back with the next bundle. Codes:
// CodeFile (path), CodeInvalid, CodeUnauthorized, CodeDeviceRevoked,
// CodeConflict.
func (h *Hub) ImportUploads(ctx context.Context, name string, sealed io.Reader) (UploadReport, error) {
	report := UploadReport{Verdicts: map[string]int{}}
	k, err := h.currentKeys(ctx)
	if err != nil {
		return report, err
	}
	plain, err := unseal(sealed, k.upload)
	if err != nil {
		return report, app.Fault(app.CodeFile, err, "path", name)
	}
	head, batches, digest, err := wire.DecodeUploadFile(plain)
	if err != nil {
		return report, app.Fault(app.CodeFile, err, "path", name)
	}
	device, err := h.uploadDevice(ctx, head, digest)
	if err != nil {
		return report, err
	}
	report.Device = device.ID
	for _, batch := range batches {
		body, err := wire.Marshal(batch.UploadBatch)
		if err != nil {
			return report, err
		}
		answer, err := h.PutBatch(ctx, device, batch.ID, body)
		if err != nil {
			return report, err
		}
		report.Batches++
		report.NotTaken += len(batch.Items) - len(answer.Items)
		for _, v := range answer.Items {
			report.Verdicts[v.Verdict]++
		}
	}
	return report, nil
}

func unseal(sealed io.Reader, key age.Identity) ([]byte, error) {
	r, err := age.Decrypt(sealed, key)
	if err != nil {
		return nil, err
	}
	plain, err := io.ReadAll(io.LimitReader(r, wire.MaxUploadFile+1))
	if err == nil && len(plain) > wire.MaxUploadFile {
		err = errors.New("upload file: too large")
	}
	return plain, err
}

// uploadDevice finds who sent an upload file. The time of the signature is
// not judged: a stick may travel for weeks.
func (h *Hub) uploadDevice(ctx context.Context, head wire.UploadFile, digest string) (Device, error) {
	device, err := h.anyDevice(ctx, head.Device)
	if err != nil {
		return Device{}, err
	}
	if err := h.admitted(device); err != nil {
		return Device{}, err
	}
	var claims signatureClaims
	err = errors.New("no key")
	for _, key := range []string{device.PublicKey, device.PreviousKey} {
		if key == "" || err == nil {
			continue
		}
		err = verifies(head.Signature, key, &claims)
	}
	switch {
	case err != nil:
	case claims.Subject != device.ID || claims.Issuer != device.ID || !slices.Contains(claims.Audience, wire.TokenAudience):
		err = errors.New("signature of another device")
	case !claims.signs("digest", digest) || !claims.signs("content-type", wire.UploadFileMedia):
		err = errors.New("the signature is for another content")
	}
	return device, unsigned(err)
}
