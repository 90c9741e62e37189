package membership

import (
	"context"
	"encoding/json"
	"io"
	"time"

	"polis/app"
	"polis/data/wire"
)

// Network is how a workstation reaches the region before it is enrolled: from
// the settings file that the region gives away, or typed in.
type Network struct {
	Hub       string `json:"hub"`
	CA        string `json:"ca,omitempty"`         // PEM of the hub's own authority
	UploadKey string `json:"upload_key,omitempty"` // age recipient for files on a stick
	// Roots may sign catalogues, as the enrolment says them: Ed25519 keys in
	// base64url. They let a workstation that is no member read a catalogue.
	Roots []string `json:"roots,omitempty"`
}

// Filed is a request as the workstation that made it has it.
type Filed struct {
	Request Request
	SavedAt time.Time // the draft
	// Case is what the hub last told, nil before the first answer.
	Case *Case
	// SentAt is when it was frozen for sending; zero = it is a draft, or is
	// being completed.
	SentAt time.Time
	// Waiting counts what has not reached the hub yet: request, documents,
	// changes.
	Waiting int
	// Leaving is what of it a person would name: Submit, Replace, Integrate,
	// DeliverAgreement, Withdraw; "" when nothing waits.
	Leaving Event
	// Delivering is the signed agreement that waits, nil when none does.
	Delivering *Document
	// Problem is why the last try failed, "" when it did not; Params are those
	// of its sentence.
	Problem app.Code
	Params  map[string]string
}

// State is where the request stands as far as is known here.
func (f *Filed) State() State {
	switch {
	case f.Case != nil:
		return f.Case.State
	case f.SentAt.IsZero():
		return Draft
	}
	return Sent
}

// Editable reports that the form is open: a draft, one that nobody has looked
// at yet, or one that the region asks to complete.
func (f *Filed) Editable() bool {
	switch f.State() {
	case Draft, Sent, Integration:
		return true
	}
	return false
}

// ApplicantHub is what an applicant may ask of the hub, signed with the
// applicant's key. Codes: those of exchange.Hub, CodeInvalid, CodeNotFound,
// CodeMembershipState, CodeMembershipIncomplete, CodeForbidden,
// CodeTooManyRequests.
type ApplicantHub interface {
	// PutRequest sends the frozen canonical bytes of a request; the same
	// bytes again are no change.
	PutRequest(ctx context.Context, id string, body []byte) (Case, error)
	Request(ctx context.Context, id string) (Case, error)
	// PutChange asks for an event of the applicant; the same change again
	// gets the same answer.
	PutChange(ctx context.Context, c Change) (Case, error)
	// PutDocument sends a document in parts, from where the last try stopped.
	PutDocument(ctx context.Context, sha256 string, size int64, content io.ReadSeeker) error
}

// ExaminerHub is what a workstation of the region may ask of the hub, in the
// name of an examiner who is at work. Codes: those of exchange.Hub,
// CodeForbidden, CodeNotFound, CodeMembershipState, CodeChanged,
// CodeNoRegisterPEC.
type ExaminerHub interface {
	// Cases returns cases with a version above the cursor (0 = all), oldest
	// change first, without Content.
	Cases(ctx context.Context, after int64) (CasePage, error)
	// Case returns a case with Content and Rivals.
	Case(ctx context.Context, id string) (Case, error)
	PutChange(ctx context.Context, c Change) (Case, error)
	// Document writes a document of a request.
	Document(ctx context.Context, request, sha256 string, w io.Writer) error
	// PutRegionDocument stores a document that came to the region by another
	// way (a signed agreement by PEC) with a request.
	PutRegionDocument(ctx context.Context, request, sha256 string, size int64, content io.ReadSeeker) error
	// Letter makes a new activation code, voids those before that were not
	// used, and returns what the letter to the body's PEC says.
	Letter(ctx context.Context, r LetterRequest) (Letter, error)
	// ImportFile takes a request that came on a stick or by PEC.
	ImportFile(ctx context.Context, content []byte) (Case, error)
}

// CasePage is a page of the examiners' queue.
type CasePage struct {
	Items   []Case `json:"items"`
	HasMore bool   `json:"has_more"`
}

// LetterRequest asks for a letter. PEC confirms the address of a body that
// the register does not know, "" otherwise.
type LetterRequest struct {
	Change  string `json:"change"` // UUIDv7, in the history
	Request string `json:"request"`
	PEC     string `json:"pec,omitempty"`
}

// Letter is what goes to the body's PEC, and nowhere else.
type Letter struct {
	Request   string    `json:"request"`
	Authority string    `json:"authority"`
	Name      string    `json:"name"` // of the body
	Address   string    `json:"address,omitempty"`
	PEC       string    `json:"pec"` // of the register
	Code      string    `json:"code"`
	ExpiresAt time.Time `json:"expires_at"`
	Hub       string    `json:"hub"` // address of the regional server
	Protocol  Protocol  `json:"protocol,omitzero"`
	Agreement Protocol  `json:"agreement,omitzero"` // number and day of the registered agreement
	Office    string    `json:"office"`             // that the code is for
	Role      string    `json:"role"`
	IssuedAt  time.Time `json:"issued_at"`
}

// File is a request as it travels on a stick or by PEC: its frozen bytes, what
// waits to be asked of it since, the documents that are needed, and the
// applicant's signature over all of that. The whole is one zip archive, sealed
// to the hub's key. The newest file is enough: it says what those before it
// said.
type File struct {
	Request json.RawMessage `json:"request"`
	// Answers is how many times the region had asked for integration when the
	// request was frozen: what was asked for later the file does not answer.
	Answers   int        `json:"answers,omitempty"`
	Changes   []Change   `json:"changes,omitempty"` // under the identifiers by which the link would bring them
	Documents []Document `json:"documents"`
	Signature string     `json:"signature,omitempty"` // JWS of the applicant's key, with its JWK, over SignedPart

	signed []byte // SignedPart of a file that was read
}

// Answer is a case as it travels to a workstation without a link: signed by the
// region's online key, sealed to the request's AnswerKey.
type Answer struct {
	Type     string    `json:"type"` // "membership_answer"
	IssuedAt time.Time `json:"issued_at"`
	Case     Case      `json:"case"` // as its applicant sees it, without Content
}

// TypeAnswer is the type of an Answer.
const TypeAnswer = "membership_answer"

// SignedAnswer is an Answer with the signatures that lead to a root.
type SignedAnswer struct {
	Answer    wire.Signed `json:"answer"`
	OnlineKey wire.Signed `json:"online_key"` // wire.OnlineKey, signed by a root
}

// MaxAnswer bounds the file of an answer, sealed or not.
const MaxAnswer = 8 << 20

// FirstSteps is what a new member gets at its activation: the sheets that the
// network is asked for most, the first most of all. It comes by the private
// way down.
type FirstSteps struct {
	Type   string    `json:"type"` // "first_steps"
	ID     string    `json:"id"`   // the authority
	Sheets []string  `json:"sheets"`
	MadeAt time.Time `json:"made_at"`
}

// TypeFirstSteps is the type of the private line.
const TypeFirstSteps = "first_steps"

// MostRequested is how many sheets FirstSteps has at most.
const MostRequested = 20
