package membership

import (
	"context"
	"io"
	"time"

	"polis/app"
)

// Stored is a request as the workstation's file keeps it.
type Stored struct {
	Filed

	// Frozen is the request as it was last sent or queued: canonical bytes,
	// nil before.
	Frozen []byte
}

// ItemKind is what kind of thing waits for the hub's answer.
type ItemKind string

// The kinds of items. They are sent in the order in which they were queued:
// what a request names goes before it.
const (
	ItemDocument ItemKind = "document"
	ItemRequest  ItemKind = "request"
	ItemChange   ItemKind = "change"
)

// Item waits until the hub has answered it. It is frozen: sent again it is
// the same to the byte, under the same identifier.
type Item struct {
	ID      string   `json:"id"` // UUIDv7; of a change it is the change's own
	Group   string   `json:"group"`
	Request string   `json:"request"`
	Kind    ItemKind `json:"kind"`
	// One of these, by Kind.
	Document *Document `json:"document,omitempty"`
	Body     []byte    `json:"body,omitempty"`
	Change   *Change   `json:"change,omitempty"`
	// Answers is how many times the region had asked for integration when a
	// request or an integrate was queued: what was asked for later it does not
	// answer.
	Answers int `json:"answers,omitempty"`
}

// Store is the workstation's ufficio.db as Applications use it. Every method
// is one transaction, on disk when it returns. A text whose key does not open
// costs only itself: of such a request there is the ID and CodeKeyLocked as
// Problem.
type Store interface {
	// Applications returns the requests that were made here, the newest first.
	Applications(ctx context.Context) ([]Stored, error)
	// Application returns one. CodeNotFound.
	Application(ctx context.Context, id string) (Stored, error)
	// SaveDraft stores a draft, a new one too.
	SaveDraft(ctx context.Context, r Request, at time.Time) error
	// DropApplication removes all that is known of a request.
	DropApplication(ctx context.Context, id string) error
	// Freeze stores a request as it is to be sent and queues what brings it
	// to the hub, in the place of what of it still waits to be sent.
	Freeze(ctx context.Context, r Request, frozen []byte, items []Item, at time.Time) error
	// Enqueue queues items about a request.
	Enqueue(ctx context.Context, items []Item) error
	// WaitingItems returns all items in their order.
	WaitingItems(ctx context.Context) ([]Item, error)
	// ItemAnswered ends an item; c, unless it is nil, is what the hub told.
	ItemAnswered(ctx context.Context, item Item, c *Case) error
	// ItemRefused ends an item that the hub will never take, and those of its
	// group with it. A request that never arrived is a draft again, and
	// nothing of it waits any more. One that something newer took the place of
	// meanwhile changes nothing.
	ItemRefused(ctx context.Context, item Item, problem app.Code, params map[string]string) error
	// Told stores a case as the hub tells it.
	Told(ctx context.Context, c Case) error
	// Troubled notes why a request's last try failed, "" when it did not. What
	// a person does with a request (SaveDraft, Freeze, Enqueue) forgets it too.
	Troubled(ctx context.Context, id string, problem app.Code, params map[string]string) error
	// UsedFiles names the documents that are needed still, by SHA-256: those
	// of requests that were closed before a moment are not. CodeKeyLocked
	// when not all can be told.
	UsedFiles(ctx context.Context, closedBefore time.Time) (map[string]bool, error)

	Setting(ctx context.Context, key string) (string, error)
	SetSetting(ctx context.Context, key, value string) error
}

// Files keeps documents, named by their content, whole or not at all.
type Files interface {
	// Keep stores a document whose kind is told by its content, and returns
	// all that can be told of it. CodeFileTooLarge, CodeFileEmpty,
	// CodeFileKind, CodeSignatureDetached, CodeDiskFull, CodeFile, CodeFolder;
	// nothing is changed then.
	Keep(ctx context.Context, name string, content io.Reader) (Document, error)
	// Load stores a document that comes from the hub; write fails or has
	// written what has the hash.
	Load(ctx context.Context, sha256 string, write func(io.Writer) error) error
	// Open opens a document. CodeNotFound.
	Open(sha256 string) (io.ReadSeekCloser, error)
	// Show makes a document a file that a viewer can open, under a name of
	// ours. Codes as those of documents of sheets.
	Show(ctx context.Context, sha256 string) (path string, err error)
	// Sweep removes documents that are not used and were stored before a
	// moment.
	Sweep(ctx context.Context, used map[string]bool, before time.Time) error
}

// Decision is a change of an examiner that waits for its answer, or was
// refused and waits to be seen.
type Decision struct {
	Change   Change
	Operator string // who decided; nobody else sends it
	At       time.Time
	// Problem is why the last try failed; Refused says that there is no other.
	Problem app.Code
	Params  map[string]string
	Refused bool
}

// RegionDocument is a document that came to the region by another way and
// waits to be brought to the hub.
type RegionDocument struct {
	Request  string
	Document Document
}

// ReviewStore is the workstation's ufficio.db as Review uses it; rules as
// those of Store.
type ReviewStore interface {
	// Reviewed returns the cases as last read, without Content.
	Reviewed(ctx context.Context) ([]Case, error)
	// ReviewedCase returns one, with Content when that was ever read.
	// CodeNotFound.
	ReviewedCase(ctx context.Context, id string) (Case, error)
	// ReviewCursor is the highest version that was read of this hub; 0 when it
	// began anew since, from an older copy.
	ReviewCursor(ctx context.Context) (int64, error)
	// SaveReviewed stores cases; Content and Rivals that they lack stay. A
	// cursor above 0 is stored with them.
	SaveReviewed(ctx context.Context, cases []Case, cursor int64) error

	// Decide stores a decision; one of the same ID stays as it is.
	Decide(ctx context.Context, d Decision) error
	// Decisions returns what was decided here and is not over, in its order.
	Decisions(ctx context.Context) ([]Decision, error)
	// Decided ends a decision; c, unless it is nil, is what the hub told.
	Decided(ctx context.Context, change string, c *Case) error
	// DecisionFailed notes why a decision did not get through.
	DecisionFailed(ctx context.Context, change string, problem app.Code, params map[string]string, refused bool) error

	KeepRegionDocument(ctx context.Context, d RegionDocument) error
	RegionDocuments(ctx context.Context) ([]RegionDocument, error)
	DropRegionDocument(ctx context.Context, d RegionDocument) error
}
