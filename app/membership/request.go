// Package membership is how a public body joins the network: the request and
// its checks, the register of bodies that it is made from, the states that it
// goes through, and the papers that come of it. A workstation fills in and
// follows requests (Applications) or examines them (Review); the hub owns the
// states.
package membership

import (
	"polis/app"
)

// Request is what a body declares, as it travels and is stored. A draft may
// lack everything but the identifier; Check tells what is missing.
type Request struct {
	Type           string       `json:"type"` // "membership_request"
	ID             string       `json:"id"`   // UUIDv7
	Body           Body         `json:"body"`
	Representative Person       `json:"legal_representative"`
	Contact        Person       `json:"contact_person"`
	Officer        Person       `json:"data_protection_officer"`
	Operators      []Person     `json:"operators,omitempty"`
	Offices        []app.Office `json:"offices,omitempty"` // without identifiers: the hub gives them
	Act            Act          `json:"approving_act"`
	Aims           []string     `json:"aims,omitempty"` // of Aims()
	Documents      []Document   `json:"documents,omitempty"`
	Protocol       Protocol     `json:"protocol"` // the body's own; may come later
	Note           string       `json:"note,omitempty"`
	// Dated is the day that stands on the papers, set when the request is
	// first put on paper or sent: the same request makes the same bytes.
	Dated app.Date `json:"dated,omitempty"`
	// Revision grows each time another content is sent: of two versions it
	// tells the older, by whatever way they come.
	Revision int `json:"revision,omitempty"`
	// AnswerKey is the age recipient of the workstation that made the request:
	// the region seals to it what it answers by a file.
	AnswerKey string `json:"answer_key,omitempty"`
}

// Body is a public body: facts of the register, or typed in. ID is the IPA
// code.
type Body struct {
	app.Authority

	Address app.Address `json:"address"`
	// Registered says that the facts come from the embedded register and were
	// not typed; the hub looks again.
	Registered bool `json:"registered"`
}

// Person is somebody whom the body names. Only the representative has a tax
// code.
type Person struct {
	Name    string `json:"name,omitempty"`
	TaxCode string `json:"tax_code,omitempty"`
	Role    string `json:"role,omitempty"` // in words: "Sindaco"
	Email   string `json:"email,omitempty"`
	Phone   string `json:"phone,omitempty"`
	PEC     string `json:"pec,omitempty"`
}

// Act is the resolution by which the body joins.
type Act struct {
	Organ  string   `json:"organ,omitempty"` // that approved it: "Giunta comunale"
	Kind   string   `json:"kind,omitempty"`  // of ActKinds()
	Number string   `json:"number,omitempty"`
	Date   app.Date `json:"date,omitempty"`
}

// Protocol is the number and day under which an office registered something.
type Protocol struct {
	Number string   `json:"number,omitempty"`
	Date   app.Date `json:"date,omitempty"`
}

// Document is a file that goes with a request, named by its content.
type Document struct {
	Kind      string `json:"kind"` // DocumentAct...
	Title     string `json:"title"`
	Name      string `json:"name"` // of the file, without folder
	MediaType string `json:"media_type"`
	Size      int64  `json:"size"`
	SHA256    string `json:"sha256"`
	// Signature tells of a signed file what its content says; nil for others.
	Signature *Signature `json:"signature,omitempty"`
}

// Signature is what a signed file says of itself. Nobody verified it: Signer
// is always shown as "not verified".
type Signature struct {
	Format string `json:"format"` // FormatCAdES, FormatPAdES
	Signer string `json:"signer,omitempty"`
	// Encloses is the SHA-256 of the document that was signed, "" when it
	// cannot be told.
	Encloses string `json:"encloses,omitempty"`
}

// Formats of a signed file.
const (
	FormatCAdES = "p7m"
	FormatPAdES = "pdf"
)

// Kinds of documents of a request.
const (
	DocumentAct       = "act"       // the approving act
	DocumentAgreement = "agreement" // the agreement, signed digitally
	DocumentOther     = "other"
)

// Bounds of a request. The hub refuses what exceeds them.
const (
	MaxDocument  = 20 << 20 // bytes of one file
	MaxDocuments = 20
	MaxOffices   = 20
	MaxOperators = 50
)

// Aims lists what a body declares to share, in the order of the form; their
// words are "membership.aim.<code>".
func Aims() []string {
	return []string{"one_answer", "own_sheets", "verify", "log_contacts", "contact_person"}
}

// ActKinds lists the kinds of approving acts; their words are
// "membership.act.<code>".
func ActKinds() []string {
	return []string{"council", "executive", "determination", "decree", "other"}
}

// OfficeKinds lists the kinds of offices that a request opens; their words
// are "membership.office.<code>".
func OfficeKinds() []string {
	return []string{"urp", "informagiovani", "employment", "suap", "other"}
}

// Step is a page of the form.
type Step string

// The pages of the form, in their order; their words are
// "membership.step.<code>".
const (
	StepBody      Step = "body"
	StepPeople    Step = "people"
	StepOffices   Step = "offices"
	StepAct       Step = "act" // approving act, aims, agreement
	StepDocuments Step = "documents"
	StepSummary   Step = "summary"
)

// Steps lists the pages of the form.
func Steps() []Step {
	return []Step{StepBody, StepPeople, StepOffices, StepAct, StepDocuments, StepSummary}
}

// Finding is something that is missing or wrong in a request. Field is the
// path of JSON names ("legal_representative.tax_code", "offices.0.email",
// "offices.0.opening_hours.TU"); its words are "membership.check.<Key>" with
// Params.
type Finding struct {
	Step    Step
	Field   string
	Key     string
	Params  []string // name, value, ... of the sentence
	Missing bool     // nothing was typed yet
	Warning bool     // it can be sent nevertheless
}
