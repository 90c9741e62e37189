package printer

import (
	"context"
	"crypto/tls"
	"errors"
	"net"
	"net/url"
	"os"
	"strconv"
	"sync"
	"time"

	"github.com/OpenPrinting/goipp"

	"polis/app"
	"polis/app/printing"
)

// direct are the printers that speak IPP themselves.
type direct struct {
	p    Params
	busy time.Duration // how long one that is busy is asked again
	look time.Duration // how long a list waits for one of them

	taken taken

	mu      sync.Mutex
	clients map[string]*client
}

const (
	lookFor   = 3 * time.Second
	busyFor   = time.Minute
	busyRetry = time.Second / 2
	ippPort   = "631"
)

func newDirect(p Params) *direct {
	p = p.withDefaults()
	return &direct{p: p, busy: busyFor, look: lookFor, clients: map[string]*client{}}
}

// client returns who speaks to an address; the same one each time, so that
// questions share a connection.
func (d *direct) client(address string) (*client, error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if c, ok := d.clients[address]; ok {
		return c, nil
	}
	u, err := url.Parse(address)
	if err != nil {
		return nil, err
	}
	scheme, port := "http", u.Port()
	if u.Scheme == "ipps" {
		scheme = "https"
	}
	if port == "" {
		port = ippPort
	}
	c := newClient(scheme+"://"+net.JoinHostPort(u.Hostname(), port), nil, d.p.Roots, userName(d.p.Getenv))
	d.clients[address] = c
	return c, nil
}

// describe asks a printer about itself.
func (d *direct) describe(ctx context.Context, address string) (*client, values, error) {
	c, err := d.client(address)
	if err != nil {
		return nil, nil, err
	}
	m := c.request(goipp.OpGetPrinterAttributes, address)
	c.as(m)
	wanted(m, printerAttributes()...)
	answer, err := c.ask(ctx, path(address), m)
	if err != nil {
		return nil, nil, err
	}
	return c, values(answer.Printer), nil
}

// List implements printing.Printers: a printer that does not answer is
// listed, with the reason, and does not keep the others waiting.
func (d *direct) List(ctx context.Context) ([]printing.Printer, error) {
	if d.p.Direct == nil {
		return nil, nil
	}
	addresses, err := d.p.Direct(ctx)
	if err != nil {
		return nil, err
	}
	all := make([]printing.Printer, len(addresses))
	var wait sync.WaitGroup
	for i, address := range addresses {
		wait.Go(func() {
			looking, cancel := context.WithTimeout(ctx, d.look)
			defer cancel()
			_, v, err := d.describe(looking, address)
			if err == nil {
				all[i] = v.printer(address)
				return
			}
			f := printing.Fault{Reason: printing.FaultOffline, Stops: true}
			if fault := fault(err, address, app.CodePrinterGone); app.ErrorCode(fault) == app.CodePrinterRefused {
				switch app.ErrorParams(fault)["detail"] {
				case refusedTimeout: // nobody is there who could refuse
				case refusedCertificate:
					f.Reason = printing.FaultUntrusted
				default:
					f.Reason = printing.FaultRefused
				}
			}
			all[i] = printing.Printer{ID: address, Name: address, State: printing.Stopped, Faults: []printing.Fault{f}, Waiting: -1}
		})
	}
	wait.Wait()
	return all, ctx.Err()
}

// Print implements printing.Printers.
func (d *direct) Print(ctx context.Context, printer string, w printing.Work, o printing.Options) (printing.Job, error) {
	c, v, err := d.describe(ctx, printer)
	if err != nil {
		return printing.Job{}, fault(err, printer, app.CodePrinterGone)
	}
	if err := takes(v, printer, o); err != nil {
		return printing.Job{}, err
	}
	file, done, err := document(w)
	if err != nil {
		return printing.Job{}, err
	}
	defer done()
	for end := time.Now().Add(d.busy); ; {
		job, err := c.print(ctx, printer, w.Title, nil, chosen(o, v), file)
		if err == nil {
			job.Printer = printer
			d.taken.anew(job)
			return job, nil
		}
		var no *refusalError
		if !errors.As(err, &no) || no.status != goipp.StatusErrorBusy || time.Now().After(end) {
			return printing.Job{}, fault(err, printer, app.CodePrinterGone)
		}
		// It prints somebody else's sheet and keeps no queue.
		select {
		case <-ctx.Done():
			return printing.Job{}, ctx.Err()
		case <-time.After(busyRetry):
		}
	}
}

// takes says why a printer will not take a job, nil when it will.
func takes(v values, printer string, o printing.Options) error {
	can := v.abilities()
	switch {
	case !can.Documents:
		return app.Fault(app.CodePrinterFormat, nil, "printer", printer)
	case v.has("printer-is-accepting-jobs") && !v.yes("printer-is-accepting-jobs"):
		return app.Fault(app.CodePrinterStopped, nil, "printer", printer)
	case o.Copies > 1 && can.OneCopy:
		return app.Fault(app.CodePrinterRefused, nil, "printer", printer, "detail", refusedCopies)
	case len(o.Ranges) > 0 && can.WholeOnly:
		return app.Fault(app.CodePrinterRefused, nil, "printer", printer, "detail", refusedRanges)
	}
	return nil
}

// print sends a document in one request: there is a whole job or none.
func (c *client) print(ctx context.Context, printer, title string, operation, job goipp.Attributes, file *os.File) (printing.Job, error) {
	m := c.request(goipp.OpPrintJob, printer)
	c.as(m)
	m.Operation.Add(goipp.MakeAttribute("job-name", goipp.TagName, goipp.String(name(title))))
	m.Operation.Add(goipp.MakeAttribute("document-format", goipp.TagMimeType, goipp.String(pdfType)))
	m.Operation = append(m.Operation, operation...)
	m.Job = job
	answer, err := c.send(ctx, path(printer), m, file)
	if err != nil {
		return printing.Job{}, unsure(err)
	}
	id := values(answer.Job).number("job-id", 0)
	if id == 0 {
		return printing.Job{}, unsure(errors.New("an answer without a job"))
	}
	return printing.Job{ID: strconv.Itoa(id), Title: title}, nil
}

// unsure marks an error after which a document may be printed all the same:
// any but a no, and that nobody was there to take it.
func unsure(err error) error {
	var no *refusalError
	var certificate *tls.CertificateVerificationError
	if errors.As(err, &no) || errors.As(err, &certificate) || silent(err) || errors.Is(err, context.Canceled) {
		return err
	}
	return &unsureError{err}
}

// silent reports whether nobody answered.
func silent(err error) bool {
	var nobody *noAnswerError
	return errors.As(err, &nobody)
}

// about begins a request about a job of a printer.
func (c *client) about(op goipp.Op, printer, job string) (*goipp.Message, error) {
	id, err := strconv.ParseInt(job, 10, 32)
	if err != nil {
		return nil, app.Fault(app.CodeInvalid, err, "field", "job", "value", job)
	}
	m := c.request(op, printer)
	m.Operation.Add(goipp.MakeAttribute("job-id", goipp.TagInteger, goipp.Integer(id)))
	c.as(m)
	return m, nil
}

// status asks how a job stands; forgotten jobs are done. The printer's
// attributes are asked first: without a printer there is no job.
func (c *client) status(ctx context.Context, printer, job string) (printing.JobStatus, error) {
	m := c.request(goipp.OpGetPrinterAttributes, printer)
	c.as(m)
	wanted(m, stateAttributes()...)
	about, err := c.ask(ctx, path(printer), m)
	if err != nil {
		return printing.JobStatus{}, err
	}
	if m, err = c.about(goipp.OpGetJobAttributes, printer, job); err != nil {
		return printing.JobStatus{}, err
	}
	wanted(m, jobAttributes()...)
	answer, err := c.ask(ctx, path(printer), m)
	if forgotten(err) {
		return printing.JobStatus{State: printing.JobDone, Detail: noRecord}, nil
	}
	if err != nil {
		return printing.JobStatus{}, err
	}
	return jobStatus(values(answer.Job), values(about.Printer)), nil
}

// cancel takes a job back and reports whether it was still there to be taken:
// one that is over, or forgotten, is no error.
func (c *client) cancel(ctx context.Context, printer, job string) (took bool, err error) {
	m, err := c.about(goipp.OpCancelJob, printer, job)
	if err != nil {
		return false, err
	}
	_, err = c.ask(ctx, path(printer), m)
	var no *refusalError
	if forgotten(err) || errors.As(err, &no) && no.status == goipp.StatusErrorNotPossible {
		return false, nil
	}
	return err == nil, err
}

func forgotten(err error) bool {
	var no *refusalError
	return errors.As(err, &no) && (no.status == goipp.StatusErrorNotFound || no.status == goipp.StatusErrorGone)
}

// Status implements printing.Printers.
func (d *direct) Status(ctx context.Context, j printing.Job) (printing.JobStatus, error) {
	c, err := d.client(j.Printer)
	if err != nil {
		return printing.JobStatus{}, app.Fault(app.CodePrinterGone, err, "printer", j.Printer)
	}
	st, err := c.status(ctx, j.Printer, j.ID)
	return d.taken.judge(j, st), fault(err, j.Printer, app.CodePrinterGone)
}

// Cancel implements printing.Printers.
func (d *direct) Cancel(ctx context.Context, j printing.Job) error {
	c, err := d.client(j.Printer)
	if err != nil {
		return app.Fault(app.CodePrinterGone, err, "printer", j.Printer)
	}
	took, err := c.cancel(ctx, j.Printer, j.ID)
	d.taken.note(j, took)
	return fault(err, j.Printer, app.CodePrinterGone)
}
