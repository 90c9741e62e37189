//go:build unix

package printer

import (
	"bytes"
	"context"
	"errors"
	"io"
	"os"
	"os/exec"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"polis/app"
	"polis/app/printing"
)

// lp prints by the commands that every system with a print service has:
// where the service is out of our reach, theirs may be longer.
type lp struct{}

// here reports whether the commands are installed.
func (lp) here() bool {
	for _, name := range []string{"lp", "lpstat"} {
		if _, err := exec.LookPath(name); err != nil {
			return false
		}
	}
	return true
}

// run runs a command in the language that we can read.
func (lp) run(ctx context.Context, in io.Reader, name string, args ...string) (string, error) {
	ctx, cancel := context.WithTimeout(ctx, stallFor)
	defer cancel()
	cmd := exec.CommandContext(ctx, name, args...) //nolint:gosec // the system's own commands; no shell reads the arguments
	cmd.Env = append(os.Environ(), "LC_ALL=C", "LANG=C", "LANGUAGE=C", "SOFTWARE=")
	var complaint bytes.Buffer
	cmd.Stdin, cmd.Stderr = in, &complaint
	out, err := cmd.Output()
	if err != nil && ctx.Err() == nil {
		err = &lpError{strings.TrimSpace(complaint.String()), err}
	}
	return string(out), err
}

// lpError is what a command complained of.
type lpError struct {
	text string
	err  error
}

func (e *lpError) Error() string { return e.err.Error() + ": " + e.text }
func (e *lpError) Unwrap() error { return e.err }

// List implements printing.Printers.
func (l lp) List(ctx context.Context) ([]printing.Printer, error) {
	out, err := l.run(ctx, nil, "lpstat", "-d", "-a", "-l", "-p")
	var no *lpError
	if errors.As(err, &no) && strings.Contains(no.text, "No destinations") {
		return nil, nil
	}
	if err != nil {
		return nil, app.Fault(app.CodePrintSystem, err)
	}
	return parseStatus(out), nil
}

// parseStatus reads what lpstat -d -a -l -p says in English.
func parseStatus(text string) []printing.Printer {
	var all []printing.Printer
	standard := ""
	find := func(id string) *printing.Printer {
		for i := range all {
			if all[i].ID == id {
				return &all[i]
			}
		}
		all = append(all, printing.Printer{ID: id, Name: id, State: printing.Idle, Accepting: true, Waiting: -1, Can: printing.Abilities{
			Duplex: true, Colour: true, Documents: true, Papers: []printing.Paper{printing.A4, printing.A3, printing.A5},
		}})
		return &all[len(all)-1]
	}
	last := ""
	for line := range strings.SplitSeq(text, "\n") {
		words := strings.Fields(line)
		switch {
		case len(words) < 2:
		case strings.HasPrefix(line, "system default destination: "):
			standard = words[3]
		case strings.HasPrefix(line, "\t") && last != "":
			detail(find(last), strings.TrimSpace(line))
		case words[0] == "printer" && len(words) > 2:
			last = words[1]
			stateOf(find(last), strings.Join(words[2:], " "))
		case strings.Contains(line, " not accepting requests"):
			find(words[0]).Accepting = false
		case strings.Contains(line, " accepting requests"):
			find(words[0])
		}
	}
	return defaultFirst(all, standard)
}

func stateOf(p *printing.Printer, text string) {
	switch {
	case strings.HasPrefix(text, "disabled"):
		p.State = printing.Stopped
		p.Faults = append(p.Faults, printing.Fault{Reason: printing.FaultPaused, Stops: true})
	case strings.HasPrefix(text, "now printing"):
		p.State = printing.Printing
	}
}

func detail(p *printing.Printer, line string) {
	key, value, _ := strings.Cut(line, ": ")
	switch key {
	case "Description":
		if value != "" {
			p.Name = value
		}
	case "Location":
		p.Location = value
	case "Alerts":
		for keyword := range strings.FieldsSeq(value) {
			if f, tell := faultOf(keyword); tell && !slices.Contains(p.Faults, f) {
				p.Faults = append(p.Faults, f)
			}
		}
	}
}

// Print implements printing.Printers.
func (l lp) Print(ctx context.Context, printer string, w printing.Work, o printing.Options) (printing.Job, error) {
	file, done, err := document(w)
	if err != nil {
		return printing.Job{}, err
	}
	defer done()
	if _, err := file.Seek(0, io.SeekStart); err != nil {
		return printing.Job{}, app.Fault(app.CodePrintSystem, err)
	}
	args := []string{"-d", printer, "-t", name(w.Title)}
	if o.Copies > 1 {
		args = append(args, "-n", strconv.Itoa(o.Copies), "-o", "multiple-document-handling=separate-documents-collated-copies")
	}
	for _, a := range chosen(printing.Options{Duplex: o.Duplex, Mono: o.Mono, Paper: o.Paper}, nil) {
		args = append(args, "-o", a.Name+"="+a.Values.String())
	}
	if len(o.Ranges) > 0 {
		args = append(args, "-P", rangesText(o.Ranges))
	}
	out, err := l.run(ctx, file, "lp", args...)
	if err != nil {
		fault := l.fault(err, printer)
		if app.ErrorCode(fault) == app.CodePrinterGone { // lp says so too when the service is
			if _, dead := l.List(ctx); dead != nil {
				fault = dead
			}
		}
		return printing.Job{}, fault
	}
	id := regexp.MustCompile(`request id is .*-(\d+) `).FindStringSubmatch(out)
	if id == nil {
		return printing.Job{}, app.Fault(app.CodePrintSystem, errors.New("lp said "+out))
	}
	return printing.Job{ID: id[1], Printer: printer, Title: w.Title}, nil
}

// fault tells a complaint of lp as one of our errors.
func (lp) fault(err error, printer string) error {
	var no *lpError
	if !errors.As(err, &no) {
		return err
	}
	text := strings.TrimPrefix(no.text, "lp: ")
	lower := strings.ToLower(text)
	for sign, code := range map[string]app.Code{
		"does not exist": app.CodePrinterGone, "unknown destination": app.CodePrinterGone, "not accepting": app.CodePrinterStopped,
		"unsupported document-format": app.CodePrinterFormat, "unable to connect": app.CodePrintSystem, "bad file descriptor": app.CodePrintSystem,
		"scheduler is not running": app.CodePrintSystem, "no such file": app.CodePrintSystem,
	} {
		if strings.Contains(lower, sign) {
			return app.Fault(code, err, "printer", printer)
		}
	}
	return app.Fault(app.CodePrinterRefused, err, "printer", printer, "detail", text)
}

// Status implements printing.Printers: a job that is in no list is done.
func (l lp) Status(ctx context.Context, j printing.Job) (printing.JobStatus, error) {
	all, err := l.List(ctx)
	if err != nil {
		return printing.JobStatus{}, err
	}
	queue, _, _ := strings.Cut(j.Printer, "/")
	at := slices.IndexFunc(all, func(p printing.Printer) bool { return p.ID == queue })
	if at < 0 {
		return printing.JobStatus{}, app.Fault(app.CodePrinterGone, nil, "printer", j.Printer)
	}
	out, err := l.run(ctx, nil, "lpstat", "-l", "-W", "not-completed", "-o", queue)
	if err != nil {
		return printing.JobStatus{}, l.fault(err, j.Printer)
	}
	st := printing.JobStatus{State: printing.JobDone, Detail: noRecord}
	ours := false
	for line := range strings.SplitSeq(out, "\n") {
		switch {
		case strings.HasPrefix(line, queue+"-"):
			if ours = strings.HasPrefix(line, queue+"-"+j.ID+" "); ours {
				st = printing.JobStatus{State: printing.JobWaiting, Faults: slices.Clone(all[at].Faults)}
			}
		case ours && strings.Contains(line, "Alerts:") && strings.Contains(line, "job-printing"):
			st.State = printing.JobPrinting
		case ours && strings.Contains(line, "Alerts:") && strings.Contains(line, "job-hold"):
			st.Faults = append(st.Faults, printing.Fault{Reason: printing.FaultHeld, Stops: true})
		}
	}
	if len(all[at].Stopping()) > 0 && !st.State.Over() {
		st.State = printing.JobStopped
	}
	return st, nil
}

// cancel takes a job back and reports whether it was still there.
func (l lp) cancel(ctx context.Context, j printing.Job) (took bool, err error) {
	queue, _, _ := strings.Cut(j.Printer, "/")
	_, err = l.run(ctx, nil, "cancel", queue+"-"+j.ID)
	var no *lpError
	if errors.As(err, &no) {
		for _, over := range []string{"already completed", "already canceled", "already aborted", "does not exist", "not found"} {
			if strings.Contains(no.text, over) {
				return false, nil
			}
		}
	}
	return err == nil, l.fault(err, j.Printer)
}

// rangesText writes ranges as lp reads them: "1-3,5".
func rangesText(ranges []printing.Range) string {
	var parts []string
	for _, r := range ranges {
		part := strconv.Itoa(r.From)
		if r.To != r.From {
			part += "-" + strconv.Itoa(r.To)
		}
		parts = append(parts, part)
	}
	return strings.Join(parts, ",")
}
