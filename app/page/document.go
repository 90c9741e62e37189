package page

import "time"

// Document is something to be put on paper: what it says, not where. The
// layout decides the places; reports, forms and dossiers use the same parts.
type Document struct {
	Code                             string // of what is printed, for messages
	Title, Author, Subject, Language string
	Created                          time.Time // in the file's metadata; nothing on paper reads the clock

	Letterhead Letterhead
	Band       string // a warning on top of every page, "" = none
	Sections   []Section
	Footer     Footer

	// OnePage asks the layout to shorten sections until all is on one page.
	OnePage   bool
	LeftOut   string // told when sections were left out: sentence with {what}
	Shortened string // told when sections were shortened: sentence with {what}
}

// Letterhead is the sender at the top; Tag says what kind of paper it is.
type Letterhead struct{ Name, Office, Tag string }

// Footer stands at the end of every page. Page holds {n} and {total}.
type Footer struct {
	Lines []string
	Mark  string // a warning in words, on every page
	Page  string
}

// Section is a titled stretch of a document. A section without a title has
// only its parts.
type Section struct {
	Key, Title string
	Name       string // what LeftOut and Shortened call it when it has no title
	Note       string // small, beside the title: whose text it is
	Parts      []Part
	// Told says that the gist stands elsewhere on the paper: when the section
	// is left out it counts as shortened.
	Told bool
	// Shortened says that Parts are already less than all there was.
	Shortened bool
	// Shorter are smaller versions, the longer first; see Document.OnePage.
	Shorter []Shorter
}

// Shorter is a smaller version of a section; without parts the section is
// left out. The layout takes versions in rising Order, over all sections.
type Shorter struct {
	Order int
	Parts []Part
}

// Part is a piece of a section: Opening, Notice, Cards, Prose, Steps or
// Places.
type Part interface{ part() }

// Opening is a document's title with its introduction and its QR code.
type Opening struct {
	Title string
	Lead  []Inline
	QR    *QR
}

// QR is a code to be scanned; Address is the same in letters.
type QR struct{ Text, Caption, Address string }

// NoticeKind says how serious a notice is.
type NoticeKind int

// The kinds of notice.
const (
	NoticeAlert  NoticeKind = iota // something is different for now
	NoticeStop                     // not available any more, or suspended
	NoticeReview                   // verification is overdue
)

// Notice is a framed message.
type Notice struct {
	Kind  NoticeKind
	Title string
	Text  []Inline
}

// Cards stand side by side.
type Cards []Card

// Card is a quiet box with a text, facts or both.
type Card struct {
	Title  string
	Blocks []Block
	Facts  []Fact
}

// Prose is running text; Small is for what few people read.
type Prose struct {
	Blocks []Block
	Small  bool
}

// Steps are things to do one after the other, each with its number.
type Steps struct {
	Start int // number of the first
	Items [][]Block
}

// Places are offices, side by side when there are several.
type Places []Place

// Place is one office: its address lines, hours and remarks.
type Place struct {
	Name  string
	Lines [][]Inline
	Hours []HoursRow
	Notes []string
}

func (Opening) part() {}
func (Notice) part()  {}
func (Cards) part()   {}
func (Prose) part()   {}
func (Steps) part()   {}
func (Places) part()  {}
