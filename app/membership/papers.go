package membership

import (
	"io"
	"time"

	"polis/app/page"
)

// Paper sets a document on pages and writes them as a file. CodePrint.
type Paper interface {
	Layout(doc page.Document) (page.DisplayList, error)
	PDF(w io.Writer, list page.DisplayList) error
}

// PaperInput is what the papers of a request are made of. What goes to an
// office is Italian, whatever the language of the screen; in another language
// a paper says of itself that it is a translation. Nothing on these papers
// reads the clock: the same input makes the same bytes.
type PaperInput struct {
	Request Request
	Case    *Case // what the hub last told; nil before its first answer
	Words   page.Words
	Lang    string         // "it" or "en"
	Zone    *time.Location // in which moments are told; nil = UTC
	Large   bool           // large print
	// Demonstration marks every page as an example.
	Demonstration bool
}

// LetterInput is what the letter with the activation code is made of.
type LetterInput struct {
	Letter        Letter
	Words         page.Words
	Lang          string
	Zone          *time.Location
	Large         bool
	Demonstration bool
}

// RequestPaper is the request as it is signed and registered: all that the
// body declares, its offices with their hours, its documents with their
// fingerprints, and what is missing. One that cannot be sent yet is marked as
// a draft on every page.
func RequestPaper(in PaperInput) page.Document { return page.Document{} }

// AgreementPaper is the network's agreement between the region and the body,
// with the data of the request filled in, to be signed digitally. Its
// articles are words of the translation files ("agreement.articles" lists
// them), so that the region can have its own.
func AgreementPaper(in PaperInput) page.Document { return page.Document{} }

// ReceiptPaper says that the region's server has the request: number, moment,
// fingerprint, what was sent, what happens next and until when. It needs the
// Case.
func ReceiptPaper(in PaperInput) page.Document { return page.Document{} }

// LetterPaper is the letter that goes to the body's PEC with the activation
// code of its first workstation. It has no QR code: a workstation has no
// camera, and the code is no business of telephones.
func LetterPaper(in LetterInput) page.Document { return page.Document{} }
