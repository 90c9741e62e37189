// Package exchange synchronises a workstation with the hub: enrolment, the
// catalogue and what colleagues logged down, contacts up. It decides; the
// hub's client and the two files of the workstation reach it through the
// interfaces below.
package exchange

import (
	"context"
	"crypto"
	"crypto/ed25519"
	"io"
	"time"

	"polis/app"
	"polis/data/wire"
)

// Hub is the API as the workstation sees it. Errors: CodeHubUnreachable,
// CodeHubBusy, CodeHubCertificate, CodeHubAnswer, CodeUnauthorized,
// CodeDeviceRevoked, CodeDeviceExpired, CodeForbidden, CodeEnrolmentCode, CodeOtherPlace,
// CodeTooManyTries, CodeConflict, CodeNothingPublished. The parameter
// "retry_after" of an error says how many seconds the hub wants to be left
// alone.
type Hub interface {
	Enrol(ctx context.Context, r wire.EnrolmentRequest) (wire.Enrolment, error)
	// Manifest returns nil when it still is the one of the etag.
	Manifest(ctx context.Context, etag string) (m *wire.SignedManifest, newEtag string, err error)
	// Snapshot and Blob add to what is there already; their hash is checked by
	// who keeps them. More than limit bytes are CodeManifest.
	Snapshot(ctx context.Context, sha256 string, limit int64, to Partial, progress func(done int64)) error
	Blob(ctx context.Context, sha256 string, limit int64, to Partial) error
	Changes(ctx context.Context, cursor string, limit int) (wire.Changes, error)
	PrivateChanges(ctx context.Context, cursor string, limit int) (wire.Changes, error)
	// PutBatch sends items together; the same id always has the same items.
	PutBatch(ctx context.Context, id string, b wire.UploadBatch) ([]wire.Verdict, error)
	Receipts(ctx context.Context, cursor string) (wire.Receipts, error)
	// RenewKey registers the key that takes the place of the device's own and
	// returns until when it holds, zero when the hub does not say.
	RenewKey(ctx context.Context, next crypto.Signer) (renewBy time.Time, err error)
	// SignUploadFile signs the digest of a file of uploads with the device's
	// key; nothing is sent.
	SignUploadFile(digest string) (string, error)
	// Offset is the hub's time less ours, by the newest answer.
	Offset() (offset time.Duration, known bool)
}

// Partial is a download that may go on where it was cut off.
type Partial interface {
	io.Writer
	Len() int64   // bytes that are there already
	Reset() error // begins again with nothing
}

// Catalogue is the workstation's catalogo.db as the exchange changes it.
type Catalogue interface {
	// Held says what is applied; zero when there is nothing yet.
	Held(ctx context.Context) (Held, error)
	// Apply lays changes over the catalogue in one transaction; when counts
	// or digest then differ from the manifest's it rolls back with
	// CodeManifest. More deletions than the brake allows: CodeBrake.
	Apply(ctx context.Context, m wire.Manifest, etag string, changes []wire.Change) error
	// Tidy puts in order what many changes left behind; the catalogue answers
	// meanwhile.
	Tidy(ctx context.Context) error
	// Download fills the partial file of a snapshot, also over several
	// attempts, checks it and passes it on. A wrong content is thrown away:
	// CodeManifest.
	Download(ctx context.Context, sha256 string, load func(Partial) error, use func(io.Reader) error) error
	// Replace builds a new catalogue from a snapshot (zstd feed lines) beside
	// the old one, checks it against the manifest and swaps it in. CodeBrake
	// as in Apply.
	Replace(ctx context.Context, m wire.Manifest, etag string, snapshot io.Reader) error
	// Documents lists what sheets refer to and what is here.
	Documents(ctx context.Context) ([]Document, error)
	// LoadDocument stores a document under its SHA-256, checked, and returns
	// its size; a download that was cut off goes on.
	LoadDocument(ctx context.Context, sha256 string, load func(Partial) error) (int64, error)
	DropDocument(ctx context.Context, sha256 string) error
	// Damaged reports that the file could not be read and was set aside.
	Damaged() bool
}

// Document is an attachment of sheets, or the mark of an authority. Size is 0
// while it is not here; one that no sheet names any more has no Sheets.
type Document struct {
	SHA256      string
	Size        int64
	Here        bool
	Sheets      []string
	Authorities []string
	Logo        bool // the mark of one of the authorities, for its papers
}

// wanted reports whether the catalogue still names the document.
func (d *Document) wanted() bool { return d.Logo || len(d.Sheets) > 0 }

// Held is the state of the local catalogue.
type Held struct {
	Epoch, Cursor, Digest string
	Etag                  string // of the manifest
	Version               int64
	Sheets                int
	Entities              int
}

// Outbox is the workstation's ufficio.db as the exchange uses it. Every
// method is one transaction, on disk when it returns.
type Outbox interface {
	Device(ctx context.Context) (Device, error)
	SaveDevice(ctx context.Context, d Device) error
	Setting(ctx context.Context, key string) (string, error)
	SetSetting(ctx context.Context, key, value string) error

	// NextBatch returns what is to be sent at t: the batch that is on its way
	// already, with the items it had, else a new one of at most maxItems
	// items, and when only items are left that were tried AloneAfter times, one
	// of those. Without items there is nothing to send.
	NextBatch(ctx context.Context, t time.Time, maxItems int) (Batch, error)
	// Settle ends a batch: every item gets its outcome.
	Settle(ctx context.Context, batch string, outcomes []Outcome, at time.Time) error
	// Postpone notes a try that did not get through.
	Postpone(ctx context.Context, batch string, until time.Time) error
	// Dissolve takes a batch back: its items wait again.
	Dissolve(ctx context.Context, batch string) error
	// RetryNow makes everything that waits for a later try due.
	RetryNow(ctx context.Context) error
	// Waiting returns all that waits, whenever it is to be tried.
	Waiting(ctx context.Context) ([]Item, error)
	Counts(ctx context.Context) (waiting, quarantined int, err error)

	ReceiptsCursor(ctx context.Context) (string, error)
	// SetReceipts stores a page and what is durable; items that wait and have
	// a receipt of their very content are acked.
	SetReceipts(ctx context.Context, page wire.Receipts, epoch string, at time.Time) error
	// ForgetReceipts begins with the first page again.
	ForgetReceipts(ctx context.Context) error
	// Requeue lets acked items that have no receipt wait again.
	Requeue(ctx context.Context, epoch string) (int, error)
	// Prune removes acked items that are durable and were settled before t.
	Prune(ctx context.Context, t time.Time) (int, error)

	PrivateCursor(ctx context.Context) (string, error)
	// ApplyPrivate stores a page of the private way down and its cursor.
	ApplyPrivate(ctx context.Context, p PrivatePage) error

	Quarantine(ctx context.Context) ([]QuarantinedItem, error)
	// Retry lets an item in quarantine, and what hangs on it, wait again.
	Retry(ctx context.Context, id string) error
	// Discard gives an item in quarantine up; it stays in the file.
	Discard(ctx context.Context, id string) error

	HandedOut(ctx context.Context, since app.Date) (map[string]int, error)
	DocumentSizes(ctx context.Context) (map[string]int64, error)
	SetDocumentSize(ctx context.Context, sha256 string, size int64) error
}

// Item is a frozen upload.
type Item struct {
	ID, Type, SHA256 string
	Payload          []byte
	Attempts         int
}

// Batch is what is sent together, with the head of the audit as it was when
// the batch was made. Attempts counts the tries before.
type Batch struct {
	ID, AuditHead string
	Items         []Item
	Attempts      int
}

// Outcome says what became of an item: State is StateAcked, StateQuarantined
// with Problem, or StateQueued until a time.
type Outcome struct {
	ID, State, Epoch string
	Problem          app.Code
	Params           map[string]string
	Until            time.Time
	Alone            bool // queued: from now on it is sent alone
}

// States of an item.
const (
	StateQueued      = "queued"
	StateSent        = "sent"
	StateAcked       = "acked"
	StateQuarantined = "quarantined"
	StateDiscarded   = "discarded"
)

// QuarantinedItem is an upload that the hub refused, for a person to look at.
// Contact is the number of the contact that it is about, "" when there is
// none; Held counts later items of the same contact that wait for it.
type QuarantinedItem struct {
	ID, Type, Contact string
	RecordedAt, At    time.Time
	Reason            app.Code
	Params            map[string]string
	Held              int
}

// PrivatePage is a page of the private way down. Anew begins the reading with
// the first line, Last ends it: what a hub that began anew did not list of
// operators and workstations is then gone.
type PrivatePage struct {
	Lines      []wire.Change
	Cursor     string
	Anew, Last bool
}

// Device is what the enrolment made of this workstation; zero before.
type Device struct {
	ID, Hub, Authority, Office, Operator, Role string

	CA        []byte              // PEM of the hub's own authority, "" = system roots
	Roots     []ed25519.PublicKey // who may sign catalogues
	UploadKey string              // age recipient of the hub
	RenewBy   time.Time           // of the device's key; zero = the hub did not say
}

// Enrolled reports whether the workstation has a hub.
func (d Device) Enrolled() bool { return d.ID != "" }

// KeyRing keeps the device's key and, during a renewal, the one after it.
type KeyRing interface {
	// Current is made on first use.
	Current() (crypto.Signer, error)
	// Pending returns the next key, nil when there is none and none is to be
	// made. It stays until Promote.
	Pending(create bool) (crypto.Signer, error)
	// Promote puts the next key in the current one's place.
	Promote() error
}

// Params are the engine's needs; what may be nil says so.
type Params struct {
	Catalogue Catalogue
	Outbox    Outbox
	// Connect returns a client of the device's hub that signs with the key.
	Connect func(Device, crypto.Signer) (Hub, error)
	Keys    KeyRing
	Clock   app.Clock
	// SealKey returns the age recipient to which secrets are sealed for this
	// workstation; may be nil.
	SealKey func() (string, error)
	// Seal encrypts for an age recipient, Unseal opens what was sealed to
	// SealKey; both may be nil, and nothing goes by USB then.
	Seal   func(recipient string, plain []byte) ([]byte, error)
	Unseal func(sealed []byte) ([]byte, error)
	// Timer fires once after a time, unless it is stopped; nil = real time.
	Timer func(time.Duration) (fire <-chan time.Time, stop func())
	// Network names the networks that this computer is in, so that a new one
	// wakes the engine; may be nil.
	Network func() string
	// Exclusive keeps other programs on the same data folder from
	// synchronising until release; nil when there can be none.
	Exclusive func(ctx context.Context) (release func(), err error)
	// Audit notes what a person or the engine did that somebody may have to
	// answer for: a kind of app.Audit..., and an opaque object. May be nil.
	Audit func(ctx context.Context, kind, object string) error
	// Changed is told when the status changes; called from any goroutine. May
	// be nil.
	Changed func(Status)
}
