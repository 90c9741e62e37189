package page

import "time"

// Document is something to be put on paper: what it says, not where. The
// layout decides the places; reports, forms and dossiers use the same parts.
type Document struct {
	Code                             string // of what is printed, for messages
	Title, Author, Subject, Language string
	Labels                           string    // language of letterhead, headings and footer; "" = Language
	Created                          time.Time // in the file's metadata; nothing on paper reads the clock
	Large                            bool      // large print, for eyes that see little

	Letterhead Letterhead
	Band       string // a warning on top of every page, "" = none
	Sections   []Section
	Footer     Footer

	// OnePage asks the layout to shorten sections until all is on one page.
	OnePage   bool
	LeftOut   string // told when sections were left out: sentence with {what}
	Shortened string // told when sections were shortened: sentence with {what}
	Rest      string // told after either: where the rest is read
	InPart    string // beside the title of a section that was shortened

	// Enclosed are documents that follow, each on pages of its own with its
	// own head and foot; pages are numbered through. The sheets of a dossier.
	Enclosed []Document
}

// Letterhead is the sender at the top; Tag says what kind of paper it is.
// Logo is a PNG or JPEG file; what is none is left out. Colour is the
// sender's own, 0 = ours; the layout darkens it until it is legible on white.
type Letterhead struct {
	Name, Office, Tag string
	Logo              []byte
	Colour            Colour
}

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
	Lang       string // of its parts, when other than the document's
	NewPage    bool   // begins on a page of its own
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

// Part is a piece of a section: Opening, Notice, Cards, Prose, Steps, Places,
// Scans, Grid, Fields, Signatures, Spelled, Chart or
// Index.
type Part interface{ part() }

// Opening is a document's title with its introduction and its QR code.
type Opening struct {
	Title string
	Lead  []Inline
	QR    *QR
}

// QR is a code to be scanned; Address is the same in letters. Alt says what
// it is to who does not see it.
type QR struct{ Text, Caption, Address, Alt string }

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

// Scans are things with a code that leads to them, one below the other.
type Scans []Scan

// Scan is one of them; Lang is the title's language when it is another than
// that around it. Without QR it is only told.
type Scan struct {
	Title, Lang string
	Lines       [][]Inline
	QR          *QR
}

// Grid is a table of facts or figures, more than Markdown can say.
type Grid struct {
	Caption  string
	Head     []Cell
	Rows     [][]Cell // each as long as Head
	RowHeads bool     // the first cell of a row names it
	Totals   int      // how many rows at the end are sums
}

// Fields are blanks of a form, in rows of twelve columns.
type Fields []Field

// Field is one blank: to be filled in by hand, or filled in already.
type Field struct {
	Label, Value, Hint string
	Columns            int // of twelve; 0 = all
	Lines              int // to write on; 0 = 1
	Boxes              int // one box a letter (a tax code has 16); 0 = a line
	Choices            []Choice
}

// Choice is a box to tick.
type Choice struct {
	Label string
	On    bool
}

// Signatures are places to sign, side by side.
type Signatures []Signature

// Signature is one of them: what is signed ("Per l'Ente"), by whom, and a
// remark below the line.
type Signature struct{ Label, Name, Note string }

// Spelled is a code that somebody types from the paper, in large letters that
// are not taken for each other. Its groups are joined by hyphens. Label
// stands above it, Note below. Small is for what is less than the code: an
// address.
type Spelled struct {
	Label, Text, Note string
	Small             bool
}

// Index lists the enclosed documents with the pages on which they begin.
type Index struct{ Entries []IndexEntry }

// IndexEntry is one of them; Enclosed is its place in Document.Enclosed.
type IndexEntry struct {
	Title, Note string
	Enclosed    int
}

func (Scans) part()      {}
func (Grid) part()       {}
func (Fields) part()     {}
func (Signatures) part() {}
func (Spelled) part()    {}
func (Chart) part()      {}
func (Index) part()      {}

func (Opening) part() {}
func (Notice) part()  {}
func (Cards) part()   {}
func (Prose) part()   {}
func (Steps) part()   {}
func (Places) part()  {}
