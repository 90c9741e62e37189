package region

import (
	"context"
	"crypto/ed25519"
	"io"
	"io/fs"
	"time"

	"polis/app/membership"
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
	PrivateFeed
	Memberships
	Applicants
	Rates
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
	// ReplaceWorking stores a line in place of the one with the hash was ("":
	// of none) and reports false, changing nothing, when that is not there.
	ReplaceWorking(e wire.Entity, was string) (bool, error)
	DeleteWorking(k Key) error

	Pending() ([]Pending, error)
	PublishedVersions() (map[Key]int64, error)
	PublishedVersion(k Key) (int64, error) // 0 when it is not published
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
	Role               string // of the operator; "" is decided when it is used
	ExpiresAt          time.Time
	Tries              int
	Device             string // that used it; "" until then
	// Request and Letter are of the code of a new member: whose membership,
	// and the change that made the letter.
	Request, Letter string
	Void            bool // another one took its place, or the authority left
}

// Device is an enrolled workstation.
type Device struct {
	ID, Authority, Office string
	Operator              wire.Operator // the record that came with the enrolment
	PublicKey             string        // base64url of the DER SubjectPublicKeyInfo
	PreviousKey           string        // holds until PublicKey was used; "" after that
	SealKey               string        // age recipient
	Name                  string
	EnrolledAt, RenewBy   time.Time
	RevokedAt             time.Time // zero when it was not
	Version               int64     // in the private feed
}

// Revoked reports that the workstation is out for good.
func (d Device) Revoked() bool { return !d.RevokedAt.IsZero() }

// Record is the device as its authority sees it.
func (d Device) Record() wire.DeviceRecord {
	r := wire.DeviceRecord{
		Type: wire.TypeDevice, ID: d.ID, Authority: d.Authority, Office: d.Office, Operator: d.Operator.ID,
		Name: d.Name, SealKey: d.SealKey, EnrolledAt: d.EnrolledAt, RenewBy: d.RenewBy, Version: d.Version,
	}
	if d.Revoked() {
		r.RevokedAt = &d.RevokedAt
	}
	return r
}

// Workstations is the part of a transaction about codes, devices and
// operators.
type Workstations interface {
	// AddCode reports false when the prefix is taken.
	AddCode(c EnrolmentCode) (bool, error)
	// LockCode returns the code with the prefix, which nobody else uses until
	// the transaction ends.
	LockCode(prefix string) (EnrolmentCode, bool, error)
	CountTry(prefix string) error
	// VoidCodes takes the codes of an authority that were not used, of one
	// request only when it is not "", out of use.
	VoidCodes(authority, request string) error
	// LetterUsed tells whether a code of the letter has enrolled a workstation.
	LetterUsed(letter string) (bool, error)
	UseCode(prefix, device string) error
	// OperatorAt returns the oldest active operator of an authority's office
	// with the role.
	OperatorAt(authority, office, role string) (wire.OperatorRecord, bool, error)
	HasRole(authority, role string) (bool, error)
	Operator(id string) (wire.OperatorRecord, bool, error)
	// Operators lists those of an authority, of all when it is "".
	Operators(authority string) ([]wire.OperatorRecord, error)
	PutOperator(o wire.OperatorRecord, at time.Time) error
	AddDevice(d Device) error
	Device(id string) (Device, bool, error)
	Devices(authority string) ([]Device, error)
	// ChangeDevice stores name, keys, RenewBy and RevokedAt.
	ChangeDevice(d Device) error
}

// StoredUpload is what a workstation sent, as it arrived: canonical bytes and
// their hash.
type StoredUpload struct {
	Type, ID                            string
	Authority, Office, Operator, Device string
	SHA256, State                       string
	Line                                []byte
	ReceivedAt                          time.Time
}

// Batch is an answered upload batch.
type Batch struct {
	Device, ID, SHA256, AuditHead string
	Answer                        []byte
	ReceivedAt                    time.Time
}

// NumberedReceipt is a receipt with its place in the workstation's list.
type NumberedReceipt struct {
	wire.Receipt
	Seq int64
}

// Uploads is the part of a transaction about what workstations send.
type Uploads interface {
	// AddUpload reports false, changing nothing, when the identifier is
	// taken.
	AddUpload(u StoredUpload) (bool, error)
	Upload(kind, id string) (StoredUpload, bool, error)
	// ContactLines yields the contacts of an authority, of all when it is "".
	ContactLines(authority string, yield func(line []byte) error) error
	// NewestContactLines yields so many contacts of all authorities, the
	// newest first.
	NewestContactLines(n int, yield func(line []byte) error) error
	// AddBatch claims the identifier of a batch and reports false when it is
	// taken.
	AddBatch(b Batch) (bool, error)
	Batch(device, id string) (Batch, bool, error)
	AnswerBatch(device, id string, answer []byte) error
	Receipt(device, kind, id string) (wire.Receipt, bool, error)
	// AddReceipt appends to the workstation's list.
	AddReceipt(device string, r wire.Receipt) error
	ReceiptsAfter(device string, seq int64, limit int) ([]NumberedReceipt, error)
	// DurableReceipt is the last receipt that is in a backup, 0 for none.
	DurableReceipt(device string) (int64, error)
}

// PrivateRow is a thing of the private feed; Line is empty for operators and
// devices, which are rows of their own.
type PrivateRow struct {
	Type, ID, Authority, Office string
	Version                     int64
	Line                        []byte
}

// PrivateQuery asks for a page of what one workstation may see: operators and
// devices of the authority, and what its office sent. Proposals have a place
// of their own, because only some operators see them; below 0 they are left
// out.
type PrivateQuery struct {
	Authority, Office     string
	After, AfterProposals int64
	Limit                 int
}

// PrivateFeed is the part of a transaction about the private way down.
type PrivateFeed interface {
	// AdvancePrivate adds n versions and returns the last one. It holds the
	// authority's counter until the transaction ends.
	AdvancePrivate(authority string, n int64) (last int64, err error)
	PutPrivate(r PrivateRow) error
	PrivateLast(authority string) (int64, error)
	PrivateAfter(q PrivateQuery) ([]PrivateRow, error)
}

// MembershipRecord is a request with its case as it is stored, without
// Content and Rivals. Line is the request's canonical bytes; TaxCode and
// NameKey tell, beside the authority, of which body it is.
type MembershipRecord struct {
	membership.Case

	Owner            string
	Line             []byte
	TaxCode, NameKey string
	Member           Member
}

// Member is what an activation made of a body. Operators are those whom the
// end of the membership put out of work.
type Member struct {
	Authority string   `json:"authority,omitempty"`
	Offices   []string `json:"offices,omitempty"`
	Operators []string `json:"operators,omitempty"`
}

// MembershipChange claims the identifier of a change. SHA256 is that of its
// canonical bytes.
type MembershipChange struct {
	ID, Request, SHA256 string
	At                  time.Time
}

// Memberships is the part of a transaction about requests to join.
type Memberships interface {
	Membership(id string) (MembershipRecord, bool, error)
	// LockMembership returns a request that nobody else changes until the
	// transaction ends.
	LockMembership(id string) (MembershipRecord, bool, error)
	// AddMembership reports false, changing nothing, when the identifier is
	// taken.
	AddMembership(r MembershipRecord) (bool, error)
	PutMembership(r MembershipRecord) error
	// NextMembershipVersion moves the counter row, which is held until the
	// commit: versions become visible in their order. Call it last.
	NextMembershipVersion() (int64, error)
	NextReceiptNumber(year int) (int64, error)
	// MembershipsAfter lists records with a version above that, ascending,
	// without their Line.
	MembershipsAfter(version int64, limit int) ([]MembershipRecord, error)
	// MembershipsDue lists the requests whose time ends then or before.
	MembershipsDue(at time.Time) ([]string, error)
	// MembershipRivals lists other open requests for the same body, the oldest
	// first, at most so many.
	MembershipRivals(r MembershipRecord, limit int) ([]string, error)
	// MembershipsClosed lists requests that were closed then or before and
	// still name documents, the oldest first: those that the region had
	// registered, and those that it had not.
	MembershipsClosed(registered, unregistered time.Time, limit int) ([]string, error)
	// MembershipsOf lists the requests of an authority in a state.
	MembershipsOf(authority string, state membership.State) ([]string, error)
	// AddMembershipChange reports false when the identifier is taken.
	AddMembershipChange(c MembershipChange) (bool, error)
	MembershipChange(id string) (MembershipChange, bool, error)
	// NameDocument notes that a request needs a document, which nobody removes
	// until the transaction ends; false when it is not there whole. What a
	// request needs that the region has registered is no stranger's.
	NameDocument(request, owner, sha256 string, registered bool) (bool, error)
	// RegisterDocuments says that of what a request needs now.
	RegisterDocuments(request string) error
	// UnnameDocuments takes back what NameDocument noted for an owner's
	// documents, for all when it is "".
	UnnameDocuments(request, owner string) error
	// NamedDocuments lists the documents that a request needs.
	NamedDocuments(request string) ([]ApplicantBlob, error)
	// PutFirstSteps stores the private line of a new member.
	PutFirstSteps(authority string, line []byte) error
}

// ApplicantBlob is a document on its way up, in parts from the beginning.
type ApplicantBlob struct {
	Owner, SHA256  string
	Size, Received int64
	ChangedAt      time.Time
}

// Applicants is the part of a transaction about documents of bodies that are
// not members yet.
type Applicants interface {
	ApplicantBlob(owner, sha256 string) (ApplicantBlob, bool, error)
	// ApplicantUse sums what an applicant has sent or announced: requests that
	// are still dealt with, and documents that are not registered.
	ApplicantUse(owner string) (requests int, blobs int, size int64, err error)
	// AllApplicantsUse sums what came of all of them and the region has not
	// registered: requests that wait, documents, and bytes of these.
	AllApplicantsUse() (requests, blobs int, size int64, err error)
	// UselessBlobs lists documents that did not change since then and are not
	// complete, or that no request needs.
	UselessBlobs(before time.Time, limit int) ([]ApplicantBlob, error)
	// DeleteUselessBlob removes a document if it still is one of these.
	DeleteUselessBlob(owner, sha256 string, before time.Time) (bool, error)
	PutApplicantBlob(b ApplicantBlob) error
	AddBlobPart(owner, sha256 string, starts int64, content []byte) error
	// BlobPart returns the part that starts there.
	BlobPart(owner, sha256 string, starts int64) ([]byte, error)
	// BlobParts yields the parts in their order.
	BlobParts(owner, sha256 string, yield func(content []byte) error) error
	DeleteApplicantBlob(owner, sha256 string) error
}

// Rates is the part of a transaction that counts tries, shared by replicas.
type Rates interface {
	// CountHits counts n more of the bucket in the window that starts then,
	// and returns how many there were.
	CountHits(bucket string, starts, n int64) (int64, error)
	ForgetHits(before int64) error
}

// Secrets is the part of a transaction about the hub's own keys.
type Secrets interface {
	Secret(name string) ([]byte, error) // nil when there is none
	SetSecret(name string, value []byte) error
	DeleteSecret(name string) error
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
