package gdi

import (
	"context"
	"fmt"
	"runtime"
	"strconv"
	"sync"

	"golang.org/x/sys/windows"

	"polis/app"
	"polis/app/printing"
)

// Printers are those of Windows; safe for concurrent use.
type Printers struct {
	p   Params
	l   *library
	err error // Windows lacks a procedure

	mu sync.Mutex
	// able keeps what drivers told: asking loads them, and one on another PC
	// may take seconds.
	able map[string]printing.Abilities
	// taken are the jobs that we took back: the system forgets them at once,
	// and a forgotten one would count as printed.
	taken map[printing.Job]bool
}

// New returns the printers of this PC and of its user.
func New(p Params) *Printers {
	l, err := load()
	return &Printers{p: p, l: l, err: err, able: map[string]printing.Abilities{}, taken: map[printing.Job]bool{}}
}

// List implements printing.Printers.
func (s *Printers) List(ctx context.Context) ([]printing.Printer, error) {
	return await(ctx, s, func() ([]printing.Printer, error) {
		infos, err := s.l.printers()
		if err != nil {
			return nil, app.Fault(app.CodePrintSystem, fmt.Errorf("listing the printers: %w", err))
		}
		standard := s.l.standard()
		var all []printing.Printer
		for i := range infos {
			if infos[i].attributes&isFax != 0 {
				continue
			}
			p := s.l.printer(&infos[i], standard)
			p.Can = s.abilities(p, windows.UTF16PtrToString(infos[i].port))
			if p.Default {
				all = append([]printing.Printer{p}, all...)
			} else {
				all = append(all, p)
			}
		}
		return all, nil
	})
}

func (s *Printers) abilities(p printing.Printer, port string) printing.Abilities {
	key := p.Name + "\x00" + p.Model + "\x00" + port
	s.mu.Lock()
	a, ok := s.able[key]
	s.mu.Unlock()
	if ok {
		return a
	}
	a = s.l.abilities(p.Name, port)
	s.mu.Lock()
	s.able[key] = a
	s.mu.Unlock()
	return a
}

// Print implements printing.Printers: it draws w.List and returns when the
// print service has all of it. It fails with context.Canceled when the
// driver asked something (a file's name) and somebody closed the question,
// and between two pages when ctx ends; nothing is printed then.
func (s *Printers) Print(ctx context.Context, printer string, w printing.Work, o printing.Options) (job printing.Job, err error) {
	if w.List == nil {
		return job, app.Fault(app.CodePrinterFormat, nil, "printer", printer)
	}
	pages := cut(len(w.List.Pages), o.Ranges)
	if len(pages) == 0 {
		return job, app.Fault(app.CodePrint, fmt.Errorf("no page of %d in %v", len(w.List.Pages), o.Ranges), "code", w.List.Code)
	}
	if s.err != nil {
		return job, app.Fault(app.CodePrintSystem, s.err)
	}
	runtime.LockOSThread() // drivers keep things by thread
	defer runtime.UnlockOSThread()
	defer rescue(&err)

	q, err := s.l.openQueue(printer)
	if err != nil {
		return job, err
	}
	defer q.close()
	settings, order, err := q.prepare(pages, o, w.List.Width > w.List.Height)
	if err != nil {
		return job, err
	}
	c, err := s.l.openCanvas(printer, settings, w.List, o.Mono, s.p)
	if err != nil {
		return job, refusal("opening the page", printer, err)
	}
	defer c.close()
	id, err := run(ctx, c, w.Title, order)
	if err != nil {
		return job, refusal("printing", printer, err)
	}
	job = printing.Job{ID: strconv.FormatUint(uint64(id), 10), Printer: printer, Title: w.Title}
	s.mu.Lock()
	delete(s.taken, job) // numbers come again
	s.mu.Unlock()
	return job, nil
}

// prepare agrees with the driver upon settings, and who makes the copies.
func (q *queue) prepare(pages []int, o printing.Options, wide bool) (devmode, []int, error) {
	copies := max(o.Copies, 1)
	port := ""
	if info, err := q.info(); err == nil {
		port = windows.UTF16PtrToString(info.port)
	}
	most := q.l.capability(q.name, port, canCopies, nil)
	collates := q.l.capability(q.name, port, canCollate, nil) == 1
	if byDriver(len(pages), copies, most, collates) {
		settings, err := q.settings(o, copies, wide)
		if err != nil || settings.copies() == copies {
			return settings, pages, err
		}
	}
	settings, err := q.settings(o, 1, wide)
	if err != nil {
		return nil, nil, err
	}
	return settings, repeat(pages, copies, settings.duplex()), nil
}

// Status implements printing.Printers.
func (s *Printers) Status(ctx context.Context, j printing.Job) (printing.JobStatus, error) {
	return await(ctx, s, func() (status printing.JobStatus, err error) {
		id, err := number(j)
		if err != nil {
			return status, err
		}
		q, err := s.l.openQueue(j.Printer)
		if err != nil {
			return status, err
		}
		defer q.close()
		job, err := q.job(id)
		if err != nil {
			return status, err
		}
		s.mu.Lock()
		taken := s.taken[j]
		s.mu.Unlock()
		switch {
		case taken:
			return printing.JobStatus{State: printing.JobCancelled}, nil
		case job == nil:
			return printing.JobStatus{State: printing.JobDone}, nil
		}
		printer, err := q.info()
		if err != nil {
			return status, err
		}
		status.State, status.Faults = jobOf(job.status, printer.status, printer.attributes)
		status.Pages, status.Detail = int(job.printed), windows.UTF16PtrToString(job.says)
		return status, nil
	})
}

// Cancel implements printing.Printers.
func (s *Printers) Cancel(ctx context.Context, j printing.Job) error {
	_, err := await(ctx, s, func() (none struct{}, err error) {
		id, err := number(j)
		if err != nil {
			return none, err
		}
		q, err := s.l.openQueue(j.Printer)
		if err != nil {
			return none, err
		}
		defer q.close()
		job, err := q.job(id)
		if err != nil || job == nil {
			return none, err
		}
		if err := q.drop(id); err != nil {
			return none, err
		}
		s.mu.Lock()
		s.taken[j] = true
		s.mu.Unlock()
		return none, nil
	})
	return err
}

func number(j printing.Job) (uint32, error) {
	id, err := strconv.ParseUint(j.ID, 10, 32)
	if err != nil {
		return 0, app.Fault(app.CodePrintSystem, fmt.Errorf("job %q is none of Windows", j.ID))
	}
	return uint32(id), nil
}

// await runs work that may hang, as print servers do, beside the caller, who
// leaves when ctx ends.
func await[T any](ctx context.Context, s *Printers, work func() (T, error)) (T, error) {
	type answer struct {
		value T
		err   error
	}
	var none T
	if s.err != nil {
		return none, app.Fault(app.CodePrintSystem, s.err)
	}
	if err := ctx.Err(); err != nil {
		return none, err
	}
	done := make(chan answer, 1)
	go func() {
		runtime.LockOSThread()
		defer runtime.UnlockOSThread()
		var a answer
		defer func() { done <- a }()
		defer rescue(&a.err)
		a.value, a.err = work()
	}()
	select {
	case a := <-done:
		return a.value, a.err
	case <-ctx.Done():
		return none, ctx.Err()
	}
}

// rescue makes an error of a panic: paper must not close the window.
func rescue(err *error) {
	if p := recover(); p != nil {
		*err = app.Fault(app.CodePrintSystem, fmt.Errorf("panicked: %v", p))
	}
}
