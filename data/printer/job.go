package printer

import (
	"slices"
	"sync"

	"github.com/OpenPrinting/goipp"

	"polis/app/printing"
)

// jobAttributes are what is asked about a job.
func jobAttributes() []string {
	return []string{"job-state", "job-state-reasons", "job-state-message", "job-printer-state-message", "job-media-sheets-completed", "job-impressions-completed"}
}

// chosen are the options of a job as attributes: what was not chosen is not
// sent, so that the queue's own settings hold. known are the printer's
// attributes, or nil.
func chosen(o printing.Options, known values) goipp.Attributes {
	var out goipp.Attributes
	keyword := func(name, value string) {
		out.Add(goipp.MakeAttribute(name, goipp.TagKeyword, goipp.String(value)))
	}
	if o.Copies > 1 {
		out.Add(goipp.MakeAttribute("copies", goipp.TagInteger, goipp.Integer(o.Copies))) //nolint:gosec // at most MostCopies
		if collated := "separate-documents-collated-copies"; known.lists("multiple-document-handling-supported", collated) {
			keyword("multiple-document-handling", collated)
		}
	}
	switch o.Duplex {
	case printing.OneSide:
		keyword("sides", "one-sided")
	case printing.LongEdge:
		keyword("sides", "two-sided-long-edge")
	case printing.ShortEdge:
		keyword("sides", "two-sided-short-edge")
	}
	if o.Mono && known.lists("print-color-mode-supported", "monochrome") {
		keyword("print-color-mode", "monochrome")
	}
	if o.Paper != "" {
		if m := known.medium(o.Paper); m != "" {
			keyword("media", m)
		}
	}
	if len(o.Ranges) > 0 {
		ranges := make([]goipp.Value, 0, len(o.Ranges))
		for _, r := range o.Ranges {
			ranges = append(ranges, goipp.Range{Lower: r.From, Upper: r.To})
		}
		out.Add(goipp.MakeAttr("page-ranges", goipp.TagRange, ranges[0], ranges[1:]...))
	}
	return out
}

// The states of jobs in IPP.
const (
	jobHeld       = 4
	jobProcessing = 5
	jobStopped    = 6
	jobCancelled  = 7
	jobAborted    = 8
	jobCompleted  = 9
)

// jobStatus reads how a job stands from what it and its printer tell.
func jobStatus(job, printer values) printing.JobStatus {
	st := printing.JobStatus{
		Pages:  job.number("job-media-sheets-completed", job.number("job-impressions-completed", 0)),
		Faults: printer.faults(),
	}
	for _, name := range []string{"job-printer-state-message", "job-state-message"} {
		if st.Detail == "" {
			st.Detail = job.text(name)
		}
	}
	stops := slices.ContainsFunc(st.Faults, func(f printing.Fault) bool { return f.Stops })
	switch job.number("job-state", 0) {
	case jobHeld:
		st.State = printing.JobWaiting
		st.Faults = append(st.Faults, printing.Fault{Reason: printing.FaultHeld, Stops: true})
	case jobProcessing:
		st.State = printing.JobPrinting
		if stops {
			st.State = printing.JobStopped
		}
	case jobStopped:
		st.State = printing.JobStopped
	case jobCancelled:
		st.State = printing.JobCancelled
	case jobAborted:
		st.State = printing.JobFailed
	case jobCompleted:
		st.State = printing.JobDone
	default:
		st.State = printing.JobWaiting
		if stops {
			st.State = printing.JobStopped
		}
	}
	if st.State.Over() {
		st.Faults = nil // what the printer has now is not this job's
	}
	return st
}

// noRecord is the detail of a job that nobody knows any more.
const noRecord = "no record"

// taken are the jobs that we took back. Many services forget such a job at
// once, and a forgotten one would count as printed. The zero value is ready.
type taken struct {
	mu   sync.Mutex
	jobs map[printing.Job]bool
}

func (t *taken) note(j printing.Job, took bool) {
	if !took {
		return
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.jobs == nil {
		t.jobs = map[printing.Job]bool{}
	}
	t.jobs[j] = true
}

// anew forgets an older job of the same number.
func (t *taken) anew(j printing.Job) {
	t.mu.Lock()
	defer t.mu.Unlock()
	delete(t.jobs, j)
}

// judge tells a job that was taken back from one that is out.
func (t *taken) judge(j printing.Job, st printing.JobStatus) printing.JobStatus {
	t.mu.Lock()
	defer t.mu.Unlock()
	if st.State == printing.JobDone && st.Detail == noRecord && t.jobs[j] {
		st.State = printing.JobCancelled
	}
	return st
}
