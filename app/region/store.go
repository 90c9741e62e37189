package region

import (
	"context"
	"crypto/ed25519"
	"io"
	"io/fs"
	"time"

	"polis/data/wire"
)

// Store is the hub's database. Update may run fn more than once (a database
// is free to ask for a repetition), so fn keeps no state of its own between
// runs; when fn fails nothing has happened.
type Store interface {
	View(ctx context.Context, fn func(Tx) error) error
	Update(ctx context.Context, fn func(Tx) error) error
}

// Tx is one transaction: a consistent view, and in Update the only writer of
// what it touches.
type Tx interface {
	Catalogue
	Workstations
	Uploads
	Secrets
	// Savepoint runs fn; when fn fails, what it wrote is undone, the
	// transaction goes on and the error is returned.
	Savepoint(fn func() error) error
}

// Key names an entity of the catalogue.
type Key struct{ Type, ID string }

// Feed is the counter row from which every version comes. Epoch is the life
// of this hub, Last the last version given, Imports how often the working
// lines changed.
type Feed struct {
	Epoch         string
	Last, Imports int64
}

// Pending is a difference between the working lines and the published ones.
type Pending struct {
	Key
	Hash    string // of the working line; "" when deleted
	Deleted bool
}

// Publication is one state of the catalogue that workstations can have.
type Publication struct {
	Version       int64
	Epoch         string
	Cursor        int64 // last version it contains
	PublishedAt   time.Time
	Counts        map[string]int
	Digest        string
	Snapshot      string // SHA-256 of the file
	SnapshotSize  int64
	BrakeOffUntil time.Time // a mass deletion was meant; zero when none was
}

// Catalogue is the part of a transaction about sheets and their neighbours:
// working lines (imported) and published lines (with versions).
type Catalogue interface {
	Feed() (Feed, error)
	// AdvanceFeed adds n versions and reports false, changing nothing, when
	// the row is no longer what it was.
	AdvanceFeed(was Feed, n int64) (bool, error)
	CountImport() error

	WorkingHashes() (map[Key]string, error)
	// WorkingLines yields the lines of the types in order of type and
	// identifier; no types means all of them.
	WorkingLines(types []string, yield func(wire.Entity) error) error
	WorkingLine(k Key) (wire.Entity, bool, error)
	// PutWorking stores a line; a nil Line stands for one whose content was
	// stored before.
	PutWorking(e wire.Entity) error
	DeleteWorking(k Key) error

	Pending() ([]Pending, error)
	PublishedVersions() (map[Key]int64, error)
	PutPublished(p Pending, version int64) error
	// PublishedAfter lists changes with after < version <= upto, ascending.
	PublishedAfter(after, upto int64, limit int) ([]wire.Change, error)
	LatestPublication() (Publication, bool, error)
	AddPublication(p Publication) error
	RecentSnapshots(n int) ([]string, error)
}

// EnrolmentCode is a one-time code as it is stored: of the secret half only
// a hash.
type EnrolmentCode struct {
	Prefix, SecretHash string
	Authority, Office  string
	ExpiresAt          time.Time
	Tries              int
	Device             string // that used it; "" until then
}

// Device is an enrolled workstation.
type Device struct {
	ID, Authority, Office string
	Operator              wire.Operator
	PublicKey             string // base64url of the DER SubjectPublicKeyInfo
	Name                  string
	EnrolledAt            time.Time
	Revoked               bool
}

// Workstations is the part of a transaction about codes, devices and
// operators.
type Workstations interface {
	// AddCode reports false when the prefix is taken.
	AddCode(c EnrolmentCode) (bool, error)
	Code(prefix string) (EnrolmentCode, bool, error)
	CountTry(prefix string) error
	UseCode(prefix, device string) error
	// Operator returns the first operator of an authority's office.
	Operator(authority, office string) (wire.Operator, bool, error)
	AddOperator(o wire.Operator, authority, office string, at time.Time) error
	AddDevice(d Device) error
	Device(id string) (Device, bool, error)
}

// StoredContact is a contact as it arrived: canonical bytes and their hash.
type StoredContact struct {
	ID, Authority, Office, Operator, Device string
	SHA256                                  string
	Line                                    []byte
	ReceivedAt                              time.Time
}

// NumberedReceipt is a receipt with its place in the workstation's list.
type NumberedReceipt struct {
	wire.Receipt
	Seq int64
}

// Uploads is the part of a transaction about what workstations send.
type Uploads interface {
	// AddContact reports false, changing nothing, when the identifier is
	// taken.
	AddContact(c StoredContact) (bool, error)
	Contact(id string) (StoredContact, bool, error)
	ContactLines(yield func(line []byte) error) error
	Receipt(device, kind, id string) (wire.Receipt, bool, error)
	// AddReceipt appends to the workstation's list.
	AddReceipt(device string, r wire.Receipt) error
	ReceiptsAfter(device string, seq int64, limit int) ([]NumberedReceipt, error)
	LastReceipt(device string) (int64, error)
}

// Secrets is the part of a transaction about the hub's own keys.
type Secrets interface {
	Secret(name string) ([]byte, error) // nil when there is none
	SetSecret(name string, value []byte) error
}

// Files holds what is too large or too secret for the database. Snapshots
// and blobs are named by their SHA-256 and never change.
type Files interface {
	// CreateSnapshot stores what write produces.
	CreateSnapshot(write func(io.Writer) error) (sha256 string, size int64, err error)
	OpenSnapshot(sha256 string) (fs.File, error)
	// PruneSnapshots removes snapshots that are not kept and older than the
	// moment.
	PruneSnapshots(keep []string, before time.Time) error
	// CreateBlob stores the content and reports whether it was new.
	CreateBlob(r io.Reader) (isNew bool, err error)
	OpenBlob(sha256 string) (fs.File, error)
	// RootKey returns the hub's root key; when there is none and create is
	// set it makes one.
	RootKey(create bool) (ed25519.PrivateKey, error)
}
