//go:build unix

package printer

import (
	"context"
	"os"
	"sync"

	"polis/app"
	"polis/app/printing"
)

// New returns the printers of this computer: CUPS, the lp commands where it
// cannot be reached, and those that were typed in.
func New(p Params) printing.Printers {
	p = p.withDefaults()
	if p.Home == "" {
		p.Home, _ = os.UserHomeDir() // without one there are no settings of a user
	}
	if p.Etc == "" {
		if p.Etc = p.Getenv("CUPS_SERVERROOT"); p.Etc == "" {
			p.Etc = "/etc/cups"
		}
	}
	return join(&service{p: p}, p)
}

// service is the computer's print service, reached by IPP or else by lp.
type service struct {
	p     Params
	taken taken

	mu   sync.Mutex
	last *cups
}

// cups returns who speaks to the service where it is now: a print service may
// be installed, or be told to be elsewhere, while the window is open.
func (s *service) cups() *cups {
	at := findServer(s.p)
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.last == nil || s.last.at != at {
		s.last = newCUPS(at, s.p)
	}
	return s.last
}

// instead reports whether lp is to be tried after an error.
func instead(err error) bool { return silent(err) && lp{}.here() }

// List implements printing.Printers. A computer on which nothing speaks of a
// print service has no printers, and that is no error.
func (s *service) List(ctx context.Context) ([]printing.Printer, error) {
	cups := s.cups()
	all, err := cups.List(ctx)
	if !silent(err) {
		return all, err
	}
	if instead(err) {
		if all, lperr := (lp{}).List(ctx); lperr == nil {
			return all, nil
		}
	}
	if cups.at.said || cups.at.socket() {
		return nil, err
	}
	return nil, ctx.Err()
}

// Print implements printing.Printers.
func (s *service) Print(ctx context.Context, printer string, w printing.Work, o printing.Options) (printing.Job, error) {
	j, err := s.cups().Print(ctx, printer, w, o)
	if instead(err) {
		var lperr error
		j, lperr = (lp{}).Print(ctx, printer, w, o)
		err = better(err, lperr)
	}
	if err == nil {
		s.taken.anew(j)
	}
	return j, err
}

// Status implements printing.Printers.
func (s *service) Status(ctx context.Context, j printing.Job) (printing.JobStatus, error) {
	st, err := s.cups().Status(ctx, j)
	if instead(err) {
		var lperr error
		st, lperr = (lp{}).Status(ctx, j)
		err = better(err, lperr)
	}
	return s.taken.judge(j, st), err
}

// Cancel implements printing.Printers.
func (s *service) Cancel(ctx context.Context, j printing.Job) error {
	took, err := s.cups().cancel(ctx, j)
	if instead(err) {
		var lperr error
		took, lperr = lp{}.cancel(ctx, j)
		err = better(err, lperr)
	}
	s.taken.note(j, took)
	return err
}

// better returns lp's error when it says more than that nobody answers.
func better(ours, lps error) error {
	if lps != nil && app.ErrorCode(lps) == app.CodePrintSystem {
		return ours
	}
	return lps
}
