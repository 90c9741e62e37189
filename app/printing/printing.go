// Package printing hands documents to the printers of this computer: which
// there are and how they are, what the workstation remembers of the last
// choice, and what became of a job. It knows no operating system: data/printer
// implements Printers.
package printing

import (
	"context"
	"io"
	"slices"

	"polis/app/page"
)

// Printer is a printer of the operating system, or one that speaks for
// itself on the network.
type Printer struct {
	ID        string // how the system knows it: a queue's name, or its ipp address
	Name      string // what people call it
	Location  string
	Model     string
	Default   bool
	State     State
	Accepting bool // takes new jobs
	Faults    []Fault
	Waiting   int // jobs in its queue; -1 = not known
	Can       Abilities
}

// State is what a printer does.
type State string

// The states.
const (
	Idle     State = "idle"
	Printing State = "printing"
	Stopped  State = "stopped" // somebody, or a fault, stopped it: jobs wait
)

// Fault is what keeps a printer from working, or soon will. Its words are
// "printer.fault.<reason>" in the translation files; what is not among ours
// is FaultOther with the system's own name in Detail.
type Fault struct {
	Reason FaultReason
	Detail string
	Stops  bool // nothing comes out until somebody looks after it
}

// FaultReason names a fault.
type FaultReason string

// The faults that people can do something about.
const (
	FaultPaperOut   FaultReason = "paper_out"
	FaultPaperLow   FaultReason = "paper_low"
	FaultJam        FaultReason = "jam"
	FaultTonerOut   FaultReason = "toner_out"
	FaultTonerLow   FaultReason = "toner_low"
	FaultCoverOpen  FaultReason = "cover_open"
	FaultOffline    FaultReason = "offline" // switched off, or its cable is out
	FaultOutputFull FaultReason = "output_full"
	FaultPaused     FaultReason = "paused"    // by hand
	FaultHeld       FaultReason = "held"      // waits for a PIN or for somebody at the printer
	FaultUntrusted  FaultReason = "untrusted" // its certificate is of nobody that the computer knows
	FaultRefused    FaultReason = "refused"   // it wants a name, or another computer
	FaultOther      FaultReason = "other"
)

// Stopping returns the faults that stop the printer.
func (p Printer) Stopping() []Fault {
	return slices.DeleteFunc(slices.Clone(p.Faults), func(f Fault) bool { return !f.Stops })
}

// Abilities are what can be chosen; what a printer does not tell is taken to
// be there.
type Abilities struct {
	Duplex, Colour bool
	Papers         []Paper
	// Documents: the printer takes finished PDF files, of whatever origin.
	Documents bool
	// OneCopy: it makes one copy of a job. WholeOnly: it prints all pages of a
	// job. Asked for more, or for a range, it refuses.
	OneCopy, WholeOnly bool
}

// Paper is a size of paper.
type Paper string

// The sizes that a counter has; "" is what the printer is set to.
const (
	A4 Paper = "A4"
	A3 Paper = "A3"
	A5 Paper = "A5"
)

// Duplex is on which sides it is printed.
type Duplex string

// The sides; "" is what the printer is set to.
const (
	OneSide   Duplex = "one"
	LongEdge  Duplex = "long"  // both, turned like a book
	ShortEdge Duplex = "short" // both, turned like a block
)

// Options are what is asked of the printer for one job. What is not chosen
// stays as the printer and its driver are set: trays, PIN release.
type Options struct {
	Copies int     `json:"copies,omitempty"` // 0 = 1
	Duplex Duplex  `json:"duplex,omitempty"`
	Mono   bool    `json:"mono,omitempty"`
	Paper  Paper   `json:"paper,omitempty"`
	Ranges []Range `json:"-"` // nil = all pages; never remembered
}

// Range are pages From to To, both printed; the first page is 1.
type Range struct{ From, To int }

// Work is what is to be printed. List is drawn where the system prints by
// itself (Windows), PDF writes the file where it takes files; of a foreign
// document only PDF is there.
type Work struct {
	Title string // in the queue, where others read it: a sheet's title, never a person
	List  *page.DisplayList
	PDF   func(w io.Writer) error
}

// Job is a piece of work that the system took.
type Job struct {
	ID      string
	Printer string // ID
	Title   string
}

// JobState is how far a job is.
type JobState string

// The states of a job.
const (
	JobWaiting   JobState = "waiting" // others are before it, or it is held
	JobPrinting  JobState = "printing"
	JobStopped   JobState = "stopped" // the printer needs somebody
	JobDone      JobState = "done"    // out, or out of sight: the system keeps no record of it
	JobCancelled JobState = "cancelled"
	JobFailed    JobState = "failed"
)

// Over reports whether nothing more will happen to a job.
func (s JobState) Over() bool { return s == JobDone || s == JobCancelled || s == JobFailed }

// JobStatus is how a job stands, and what its printer says.
type JobStatus struct {
	State  JobState
	Pages  int // sheets that are out; 0 = none, or not known
	Faults []Fault
	Detail string // the system's own words, for the log
}

// Printers are the operating system's.
type Printers interface {
	// List returns all of them, the default first; none is no error.
	// CodePrintSystem when the system does not answer.
	List(ctx context.Context) ([]Printer, error)
	// Print hands work over and returns when the system has taken all of it.
	// CodePrinterGone, CodePrinterStopped (takes no jobs), CodePrinterRefused
	// (params: printer, detail), CodePrinterFormat (cannot print this kind of
	// document), CodePrintUnsure (it may print all the same), CodePrintSystem,
	// CodePrint.
	Print(ctx context.Context, printer string, w Work, o Options) (Job, error)
	// Status tells how a job stands; one that the system has forgotten is done.
	// CodePrinterGone, CodePrintSystem.
	Status(ctx context.Context, j Job) (JobStatus, error)
	// Cancel takes a job back; one that is over is no error. CodePrinterGone,
	// CodePrintSystem, CodePrinterRefused.
	Cancel(ctx context.Context, j Job) error
}
