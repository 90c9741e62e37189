// Package exchange synchronises a workstation with the hub: enrolment, the
// catalogue down, contacts up. It decides; the hub's client and the two files
// of the workstation reach it through the interfaces below.
package exchange

import (
	"context"
	"crypto/ed25519"
	"io"
	"time"

	"polis/app"
	"polis/data/wire"
)

// Hub is the API as the workstation sees it. Errors: CodeHubUnreachable,
// CodeHubCertificate, CodeHubAnswer, CodeUnauthorized, CodeForbidden,
// CodeEnrolmentCode, CodeTooManyTries, CodeConflict, CodeNothingPublished.
type Hub interface {
	Enrol(ctx context.Context, r wire.EnrolmentRequest) (wire.Enrolment, error)
	// Manifest returns nil when it still is the one of the etag.
	Manifest(ctx context.Context, etag string) (m *wire.SignedManifest, newEtag string, err error)
	Snapshot(ctx context.Context, sha256 string, w io.Writer, progress func(done int64)) error
	Changes(ctx context.Context, cursor string, limit int) (wire.Changes, error)
	Blob(ctx context.Context, sha256 string, w io.Writer) error
	// PutContact reports whether the hub had it already.
	PutContact(ctx context.Context, id string, payload []byte) (duplicate bool, err error)
	Receipts(ctx context.Context, cursor string) (wire.Receipts, error)
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
	// Replace builds a new catalogue from a snapshot (zstd feed lines) beside
	// the old one, checks it against the manifest and swaps it in.
	Replace(ctx context.Context, m wire.Manifest, etag string, snapshot io.Reader) error
	// MissingBlobs lists documents that sheets refer to and that are not here.
	MissingBlobs(ctx context.Context) ([]string, error)
	// SaveBlob stores a document under its SHA-256, checked.
	SaveBlob(ctx context.Context, sha256 string, write func(io.Writer) error) error
	// Damaged reports that the file could not be read and was set aside.
	Damaged() bool
}

// Held is the state of the local catalogue.
type Held struct {
	Epoch, Cursor, Digest string
	Etag                  string // of the manifest
	Version               int64
	Sheets                int
	Entities              int
}

// Outbox is the workstation's ufficio.db as the exchange uses it.
type Outbox interface {
	Device(ctx context.Context) (Device, error)
	SaveDevice(ctx context.Context, d Device) error
	// Waiting returns items to be sent at t, oldest first.
	Waiting(ctx context.Context, t time.Time, limit int) ([]Item, error)
	Acked(ctx context.Context, id string, at time.Time) error
	Postponed(ctx context.Context, id string, until time.Time) error
	Quarantined(ctx context.Context, id, reason string, at time.Time) error
	Counts(ctx context.Context) (waiting, quarantined int, err error)
	LastSync(ctx context.Context) (time.Time, error)
	SetLastSync(ctx context.Context, t time.Time) error
	ReceiptsCursor(ctx context.Context) (string, error)
	SetReceipts(ctx context.Context, receipts []wire.Receipt, cursor string) error
}

// Item is a frozen upload.
type Item struct {
	ID, Type string
	Payload  []byte
	Attempts int
}

// Device is what the enrolment made of this workstation; zero before.
type Device struct {
	ID, Hub, Authority, Office, Operator, Role string

	CA    []byte              // PEM of the hub's own authority, "" = system roots
	Roots []ed25519.PublicKey // who may sign catalogues
}

// Enrolled reports whether the workstation has a hub.
func (d Device) Enrolled() bool { return d.ID != "" }

// Status is the answer of `polisctl status --json` and the rail's truth.
type Status struct {
	Authority        string     `json:"authority"`
	Office           string     `json:"office"`
	Hub              string     `json:"hub"`
	Enrolled         bool       `json:"enrolled"`
	Sheets           int        `json:"sheets"`
	CatalogueVersion int64      `json:"catalogue_version"`
	CatalogueDigest  string     `json:"catalogue_digest"`
	LastSync         *time.Time `json:"last_sync"`
	Waiting          int        `json:"waiting"`
	Quarantined      int        `json:"quarantined"`
	Problem          string     `json:"problem"` // an error code, "" when all is well

	Running  bool     `json:"-"` // a synchronisation is under way
	Progress Progress `json:"-"`
	Fault    error    `json:"-"` // behind Problem, for the sentence
}

// Progress of a synchronisation; Total is 0 while it is not known. Stage is
// one of the Stage constants.
type Progress struct {
	Stage       string
	Done, Total int64
}

// Stages of a synchronisation.
const (
	StageConnect   = "connect"
	StageDownload  = "download"
	StageApply     = "apply"
	StageDocuments = "documents"
	StageUpload    = "upload"
)

// Summary says what one synchronisation did.
type Summary struct {
	Version   int64 `json:"version"`
	Changed   int   `json:"changed"`
	Sheets    int   `json:"sheets"`
	Sent      int   `json:"sent"`
	Waiting   int   `json:"waiting"`
	Documents int   `json:"documents"`
}

// Params are the engine's needs; Exclusive and Changed may be nil.
type Params struct {
	Catalogue Catalogue
	Outbox    Outbox
	// Connect returns a client of the device's hub.
	Connect func(Device) (Hub, error)
	// Key returns the public half of the device key as DER; it is made on
	// first use.
	Key   func() ([]byte, error)
	Clock app.Clock
	// Exclusive keeps other programs on the same data folder from
	// synchronising until release; nil when there can be none.
	Exclusive func(ctx context.Context) (release func(), err error)
	// Changed is told when the status changes; called from any goroutine.
	Changed func(Status)
}
