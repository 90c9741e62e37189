package page

// Role says what an Element is. The names are those of tagged PDF.
type Role string

// The roles that our documents have.
const (
	RoleDocument  Role = "Document"
	RolePart      Role = "Part" // one of several documents in one: a sheet of a dossier
	RoleSection   Role = "Sect"
	RoleH1        Role = "H1"
	RoleH2        Role = "H2"
	RoleH3        Role = "H3"
	RoleH4        Role = "H4"
	RoleH5        Role = "H5"
	RoleH6        Role = "H6"
	RoleParagraph Role = "P"
	RoleList      Role = "L"
	RoleItem      Role = "LI"
	RoleLabel     Role = "Lbl"
	RoleBody      Role = "LBody"
	RoleTable     Role = "Table"
	RoleHead      Role = "THead"
	RoleRows      Role = "TBody"
	RoleRow       Role = "TR"
	RoleHeadCell  Role = "TH"
	RoleCell      Role = "TD"
	RoleCaption   Role = "Caption"
	RoleFigure    Role = "Figure"
	RoleLink      Role = "Link"
	RoleSpan      Role = "Span"
	RoleContents  Role = "TOC"
	RoleEntry     Role = "TOCI"
	RoleReference Role = "Reference"
)

// Marks that are the content of no Element.
const (
	Decoration = 0  // colour behind text, rules, frames
	PageHead   = -1 // repeated at the top of pages
	PageFoot   = -2 // repeated at the end of pages
)

// Scope says what a head cell names.
type Scope string

// The scopes.
const (
	ScopeColumn Scope = "Column"
	ScopeRow    Scope = "Row"
)

// Element is one node of a document's structure. Its content are the marks
// whose Of is its index; between its children they stand in the order of the
// pages.
type Element struct {
	Parent  int // index of the element around it; of the first one it is -1
	Role    Role
	Lang    string // BCP 47, where it is another than that around it
	Alt     string // of a Figure: what it shows, in words
	Scope   Scope  // of a TH
	Columns int    // that a cell spans; 0 = 1
	Ordered bool   // a list with numbers
}

// Bookmark leads to a heading; Level 1 is the uppermost.
type Bookmark struct {
	Title string
	Level int
	Page  int // the first is 1
	Top   float64
}
