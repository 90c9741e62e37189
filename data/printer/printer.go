// Package printer prints with the computer's own print service: CUPS by IPP
// on Linux and macOS, with the lp commands as a way round, GDI on Windows; and
// on every system straight to printers that speak IPP themselves.
package printer

import (
	"context"
	"crypto/x509"
	"os"
	"strings"

	"polis/app/page"
	"polis/app/printing"
)

// Params are what printing needs to know; all of it may be missing but the
// fonts and metrics, which Windows draws with.
type Params struct {
	Fonts   page.Fonts
	Metrics page.Metrics
	// Direct returns the addresses of printers that speak IPP themselves, as
	// printing.Address writes them; it is asked at every list.
	Direct func(context.Context) ([]string, error)
	// Getenv reads the environment; nil = os.Getenv.
	Getenv func(name string) string
	// Home is the user's folder, Etc that of CUPS for the whole computer;
	// "" = the system's.
	Home, Etc string
	// Roots are the authorities that a printer's certificate may be of; nil =
	// the system's.
	Roots *x509.CertPool
}

func (p Params) withDefaults() Params {
	if p.Getenv == nil {
		p.Getenv = os.Getenv
	}
	return p
}

// printers are those of the system and those that were typed in.
type printers struct {
	system printing.Printers
	direct printing.Printers
}

// join adds the printers that speak for themselves to the system's.
func join(system printing.Printers, p Params) printing.Printers {
	return printers{system: system, direct: newDirect(p)}
}

// of returns who looks after a printer: an address has a scheme, the name of
// a queue has no slashes.
func (p printers) of(id string) printing.Printers {
	if strings.Contains(id, "://") {
		return p.direct
	}
	return p.system
}

// List implements printing.Printers. A print service that does not answer
// hides no printer that needs none.
func (p printers) List(ctx context.Context) ([]printing.Printer, error) {
	type answer struct {
		all []printing.Printer
		err error
	}
	own := make(chan answer, 1)
	go func() {
		all, err := p.direct.List(ctx)
		own <- answer{all, err}
	}()
	all, err := p.system.List(ctx)
	typed := <-own
	if len(typed.all) > 0 && ctx.Err() == nil {
		err = nil
	}
	return append(all, typed.all...), err
}

// Print implements printing.Printers.
func (p printers) Print(ctx context.Context, printer string, w printing.Work, o printing.Options) (printing.Job, error) {
	return p.of(printer).Print(ctx, printer, w, o)
}

// Status implements printing.Printers.
func (p printers) Status(ctx context.Context, j printing.Job) (printing.JobStatus, error) {
	return p.of(j.Printer).Status(ctx, j)
}

// Cancel implements printing.Printers.
func (p printers) Cancel(ctx context.Context, j printing.Job) error {
	return p.of(j.Printer).Cancel(ctx, j)
}
