package exchange

import (
	"context"
	"crypto/ed25519"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strconv"

	"github.com/google/uuid"

	"polis/app"
	"polis/data/wire"
)

// ImportBundle takes over what came on a stick, by the same rules as what
// comes over the network: catalogue, documents, and what is sealed to this
// workstation. The file is read to its end and checked before anything is
// changed. CodeBundle (no bundle, damaged, tampered with), CodeBundleOlder,
// CodeBundleGap (changes to a catalogue that is not here), CodeBrake.
func (e *Engine) ImportBundle(ctx context.Context, file io.ReadSeeker) (sum Summary, err error) {
	e.one.Lock()
	defer e.one.Unlock()
	before := e.lastFault()
	ctx, done := e.begin(ctx)
	defer func() {
		switch app.ErrorCode(err) {
		case app.CodeBundle, app.CodeBundleOlder, app.CodeBundleGap, app.CodeFile:
			_ = done(before) // a wrong file says nothing about the catalogue or the network
		default:
			err = done(err)
		}
	}()
	d, release, err := e.alone(ctx)
	if err != nil {
		return sum, err
	}
	defer release()
	b := &bundle{e: e, d: d, sum: &sum}
	if err := b.walk(file, b.check(ctx)); err != nil {
		return sum, err
	}
	if err := b.accept(ctx); err != nil {
		return sum, err
	}
	if _, err := file.Seek(0, io.SeekStart); err != nil {
		return sum, app.Fault(app.CodeFile, err, "path", "")
	}
	if err := e.count(ctx, &sum, b.walk(file, b.take(ctx))); err != nil {
		return sum, err
	}
	return sum, e.audit(ctx, app.AuditBundle, strconv.FormatInt(sum.Version, 10))
}

// bundle is a file on its way in.
type bundle struct {
	e      *Engine
	d      Device
	sum    *Summary
	signed wire.SignedManifest
	m      wire.Manifest
	key    ed25519.PublicKey
	serial int64
	info   wire.BundleInfo
	held   Held
	part   *wire.PrivatePart
	alone  bool // it is read without a hub
	whole  bool // it holds a whole catalogue
}

func bundleFault(err error) error {
	var own *app.Error
	if err == nil || errors.As(err, &own) {
		return err
	}
	return app.Fault(app.CodeBundle, err)
}

// walk passes every member on until the end, which must be there.
func (b *bundle) walk(file io.Reader, member func(wire.BundleMember, *wire.BundleReader) error) error {
	r, err := wire.NewBundleReader(file)
	if err != nil {
		return bundleFault(err)
	}
	defer r.Close()
	for {
		m, err := r.Next()
		if errors.Is(err, io.EOF) && !errors.Is(err, wire.ErrBundle) {
			return nil
		}
		if err == nil {
			err = member(m, r)
		}
		if err != nil {
			return bundleFault(err)
		}
	}
}

// check reads every member and holds it against the signed manifest.
func (b *bundle) check(ctx context.Context) func(wire.BundleMember, *wire.BundleReader) error {
	return func(m wire.BundleMember, r *wire.BundleReader) error {
		if err := ctx.Err(); err != nil {
			return err
		}
		switch m.Kind {
		case wire.BundleManifest:
			return b.openManifest(ctx, m, r)
		case wire.BundleInfoFile:
			text, err := r.Bytes(m)
			if err != nil {
				return err
			}
			if err := json.Unmarshal(text, &b.info); err != nil || b.info.Type != wire.TypeBundle {
				return fmt.Errorf("%s: %w", m.Kind, errors.Join(err, wire.ErrBundle))
			}
			return nil
		case wire.BundleSnapshot:
			b.whole = true
			return sameHash(r, b.m.Snapshot.SHA256)
		case wire.BundleBlobs:
			return sameHash(r, m.ID)
		case wire.BundlePrivate:
			if m.ID == b.d.ID {
				return b.openPart(m, r)
			}
		}
		_, err := io.Copy(io.Discard, r)
		return err
	}
}

func sameHash(r io.Reader, want string) error {
	sum := sha256.New()
	if _, err := io.Copy(sum, r); err != nil {
		return err
	}
	if got := hex.EncodeToString(sum.Sum(nil)); got != want {
		return fmt.Errorf("content is %s, want %s", got, want)
	}
	return nil
}

func (b *bundle) openManifest(ctx context.Context, m wire.BundleMember, r *wire.BundleReader) error {
	text, err := r.Bytes(m)
	if err != nil {
		return err
	}
	if err := json.Unmarshal(text, &b.signed); err != nil {
		return err
	}
	if err := b.expired(b.e.now(ctx)); err != nil {
		return err
	}
	manifest, statement, err := b.signed.OpenStatement(b.e.now(ctx), b.d.Roots...)
	if err != nil {
		return err
	}
	b.m, b.serial = manifest, statement.Serial
	b.key, err = statement.Public()
	return err
}

func (b *bundle) openPart(m wire.BundleMember, r *wire.BundleReader) error {
	text, err := r.Bytes(m)
	if err != nil || b.e.p.Unseal == nil {
		return err
	}
	plain, err := b.e.p.Unseal(text)
	if err != nil {
		return err
	}
	var signed wire.Signed
	if err := json.Unmarshal(plain, &signed); err != nil {
		return err
	}
	var part wire.PrivatePart
	if err := signed.Verify(&part, b.key); err != nil {
		return err
	}
	if part.Type != wire.TypePrivatePart || part.Device != b.d.ID || part.Epoch != b.m.Epoch {
		return errors.New("a private part of somebody else")
	}
	b.part = &part
	return nil
}

// accept holds the publication against what is known already and remembers
// it.
func (b *bundle) accept(ctx context.Context) error {
	before, err := b.e.trust(ctx)
	if err != nil {
		return err
	}
	if _, err := before.accept(b.m, b.serial, b.e.now(ctx)); err != nil && !errors.Is(err, errStale) {
		return app.Fault(app.CodeBundleOlder, err)
	}
	if b.held, err = b.e.p.Catalogue.Held(ctx); err != nil && app.ErrorCode(err) != app.CodeCatalogueDamaged {
		return err
	}
	if _, err = b.e.verify(ctx, b.d, &b.signed, b.e.now(ctx)); err != nil {
		return bundleFault(err)
	}
	return nil
}

// take applies the members of a bundle that was checked.
func (b *bundle) take(ctx context.Context) func(wire.BundleMember, *wire.BundleReader) error {
	return func(m wire.BundleMember, r *wire.BundleReader) error {
		current := b.held.Epoch == b.m.Epoch && b.held.Version == b.m.Version && b.held.Digest == b.m.CatalogDigest && b.held.Version > 0
		switch {
		case m.Kind == wire.BundleSnapshot && !current:
			return b.e.replace(ctx, b.sum, b.m, "", r)
		case m.Kind == wire.BundleChanges && !current:
			return b.changes(ctx, r)
		case m.Kind == wire.BundleBlobs:
			return b.blob(ctx, m, r)
		case m.Kind == wire.BundlePrivate && m.ID == b.d.ID && b.part != nil:
			return b.private(ctx)
		}
		return nil
	}
}

func (b *bundle) changes(ctx context.Context, r io.Reader) error {
	if b.held.Epoch != b.m.Epoch || b.held.Version == 0 {
		return app.Fault(app.CodeBundleGap, nil)
	}
	var changes []wire.Change
	err := wire.Lines(r, func(_ int, line []byte) error {
		c, err := wire.ParseWire(line)
		changes = append(changes, c)
		return err
	})
	if err != nil {
		return err
	}
	err = b.e.apply(ctx, &round{d: b.d, sum: b.sum}, b.m, "", changes)
	if app.ErrorCode(err) == app.CodeManifest {
		return app.Fault(app.CodeBundleGap, err)
	}
	return err
}

func (b *bundle) blob(ctx context.Context, m wire.BundleMember, r io.Reader) error {
	size, err := b.e.p.Catalogue.LoadDocument(ctx, m.ID, func(to Partial) error {
		if err := to.Reset(); err != nil {
			return err
		}
		_, err := io.Copy(to, r)
		return err
	})
	if err != nil {
		return err
	}
	b.sum.Documents++
	return b.e.p.Outbox.SetDocumentSize(ctx, m.ID, size)
}

// private takes over what is sealed to this workstation. A hub that began
// anew says by its receipts what it still has.
func (b *bundle) private(ctx context.Context) error {
	box := b.e.p.Outbox
	known, err := box.Setting(ctx, settingEpoch)
	if err != nil {
		return err
	}
	anew := known != b.m.Epoch
	if anew {
		if err := box.ForgetReceipts(ctx); err != nil {
			return err
		}
	}
	if err := box.SetReceipts(ctx, b.part.Receipts, b.m.Epoch, b.e.now(ctx)); err != nil {
		return err
	}
	if anew {
		if _, err := box.Requeue(ctx, b.m.Epoch); err != nil {
			return err
		}
		if err := box.SetSetting(ctx, settingEpoch, b.m.Epoch); err != nil {
			return err
		}
	}
	p := PrivatePage{Cursor: b.part.PrivateChanges.NextCursor, Anew: anew, Last: anew && !b.part.PrivateChanges.HasMore}
	for _, raw := range b.part.PrivateChanges.Items {
		line, err := wire.ParsePrivate(raw)
		if err != nil {
			return err
		}
		p.Lines = append(p.Lines, line)
	}
	b.sum.Received += len(p.Lines)
	return box.ApplyPrivate(ctx, p)
}

// ExportUploads writes what waits as an age file for the hub and returns how
// many items are in it. They go on waiting: the receipts of the next bundle,
// or the hub itself, will say that they arrived. With nothing to send nothing
// is written. CodeUploadKey when the hub's key is not known.
func (e *Engine) ExportUploads(ctx context.Context, w io.Writer) (int, error) {
	d, err := e.p.Outbox.Device(ctx)
	if err != nil {
		return 0, err
	}
	if !d.Enrolled() {
		return 0, app.Fault(app.CodeNotEnrolled, nil)
	}
	if d.UploadKey == "" || e.p.Seal == nil {
		return 0, app.Fault(app.CodeUploadKey, nil)
	}
	items, err := e.p.Outbox.Waiting(ctx)
	if err != nil || len(items) == 0 {
		return 0, err
	}
	key, err := e.p.Keys.Current()
	if err != nil {
		return 0, err
	}
	hub, err := e.p.Connect(d, key)
	if err != nil {
		return 0, err
	}
	batches, err := packed(items)
	if err != nil {
		return 0, err
	}
	id, err := uuid.NewV7()
	if err != nil {
		return 0, fmt.Errorf("upload file: %w", err)
	}
	head := wire.UploadFile{ID: id.String(), Device: d.ID, MadeAt: e.now(ctx).UTC()}
	plain, err := wire.EncodeUploadFile(head, batches, hub.SignUploadFile)
	if err != nil {
		return 0, err
	}
	if len(plain) > wire.MaxUploadFile {
		return 0, app.Fault(app.CodeInvalid, nil, "field", "file", "value", strconv.Itoa(len(plain)))
	}
	sealed, err := e.p.Seal(d.UploadKey, plain)
	if err != nil {
		return 0, err
	}
	if _, err := w.Write(sealed); err != nil {
		return 0, err
	}
	return len(items), e.audit(ctx, app.AuditUploads, head.ID)
}

// packed puts items into batches under names of their own: the hub knows
// items by their own identifiers when they come a second time.
func packed(items []Item) ([]wire.UploadFileBatch, error) {
	const overhead = 256 // more than a batch says of an item besides its payload
	var out []wire.UploadFileBatch
	size := wire.MaxBatchBytes
	for _, item := range items {
		size += len(item.Payload) + overhead
		if len(out) == 0 || size > wire.MaxBatchBytes || len(out[len(out)-1].Items) == wire.MaxBatchItems {
			id, err := uuid.NewV7()
			if err != nil {
				return nil, fmt.Errorf("upload file: %w", err)
			}
			out, size = append(out, wire.UploadFileBatch{ID: id.String()}), len(item.Payload)+overhead
		}
		last := &out[len(out)-1]
		last.Items = append(last.Items, batchOf(Batch{Items: []Item{item}}).Items...)
	}
	return out, nil
}
