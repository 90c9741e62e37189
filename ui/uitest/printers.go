package uitest

import (
	"bytes"
	"context"
	"slices"
	"strconv"
	"sync"
	"time"

	"polis/app"
	"polis/app/printing"
)

// Printers are printers that do what a test says.
type Printers struct {
	mu      sync.Mutex
	All     []printing.Printer
	Silent  error // the print system does not answer
	Refuses error // Print fails with it
	Papers  []Paper
	// Now is how the jobs stand; a job is done when nothing is said.
	Now printing.JobStatus
	// Lost is what asking for a job fails with.
	Lost      error
	Cancelled []string // jobs
	// Names are those of the printers that answer among the ones that were
	// typed in, by address.
	Names map[string]string
	kept  map[string]string
}

// Paper is what a printer got.
type Paper struct {
	Printer, Title string
	Options        printing.Options
	Text           string // of the file
	Pages          int    // of the display list; 0 = a document of somebody else
}

// Printer makes a printer that works.
func Printer(id, name string) printing.Printer {
	return printing.Printer{
		ID: id, Name: name, State: printing.Idle, Accepting: true,
		Can: printing.Abilities{Duplex: true, Colour: true, Documents: true},
	}
}

// Press makes a press of these printers.
func (p *Printers) Press() (*printing.Press, error) {
	if p.kept == nil {
		p.kept = map[string]string{}
	}
	return printing.New(printing.Params{Printers: p, Settings: kept{p}, Every: time.Millisecond})
}

// kept is what is remembered.
type kept struct{ p *Printers }

// Setting implements printing.Settings.
func (k kept) Setting(_ context.Context, key string) (string, error) {
	k.p.mu.Lock()
	defer k.p.mu.Unlock()
	return k.p.kept[key], nil
}

// SetSetting implements printing.Settings.
func (k kept) SetSetting(_ context.Context, key, value string) error {
	k.p.mu.Lock()
	defer k.p.mu.Unlock()
	k.p.kept[key] = value
	return nil
}

// List implements printing.Printers.
func (p *Printers) List(ctx context.Context) ([]printing.Printer, error) {
	typed, err := printing.Addresses(ctx, kept{p})
	if err != nil {
		return nil, err
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	all := slices.Clone(p.All)
	for _, address := range typed {
		x := Printer(address, p.Names[address])
		if x.Name == "" {
			x.Name, x.State, x.Faults = address, printing.Stopped, []printing.Fault{{Reason: printing.FaultOffline, Stops: true}}
		}
		all = append(all, x)
	}
	return all, p.Silent
}

// Print implements printing.Printers.
func (p *Printers) Print(_ context.Context, printer string, w printing.Work, o printing.Options) (printing.Job, error) {
	var text bytes.Buffer
	if err := w.PDF(&text); err != nil {
		return printing.Job{}, err
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	switch {
	case p.Silent != nil:
		return printing.Job{}, p.Silent
	case p.Refuses != nil:
		return printing.Job{}, p.Refuses
	case !p.has(printer):
		return printing.Job{}, app.Fault(app.CodePrinterGone, nil, "printer", printer)
	}
	paper := Paper{Printer: printer, Title: w.Title, Options: o, Text: text.String()}
	if w.List != nil {
		paper.Pages = len(w.List.Pages)
	}
	p.Papers = append(p.Papers, paper)
	return printing.Job{ID: strconv.Itoa(len(p.Papers)), Printer: printer, Title: w.Title}, nil
}

func (p *Printers) has(id string) bool {
	if p.Names[id] != "" {
		return true
	}
	for _, x := range p.All {
		if x.ID == id {
			return true
		}
	}
	return false
}

// Status implements printing.Printers.
func (p *Printers) Status(_ context.Context, j printing.Job) (printing.JobStatus, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	for _, id := range p.Cancelled {
		if id == j.ID {
			return printing.JobStatus{State: printing.JobCancelled}, nil
		}
	}
	now := p.Now
	if now.State == "" {
		now.State = printing.JobDone
	}
	return now, p.Lost
}

// Cancel implements printing.Printers.
func (p *Printers) Cancel(_ context.Context, j printing.Job) error {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.Silent != nil {
		return p.Silent
	}
	p.Cancelled = append(p.Cancelled, j.ID)
	return nil
}

// Last is the paper that came last; none is an empty one.
func (p *Printers) Last() Paper {
	p.mu.Lock()
	defer p.mu.Unlock()
	if len(p.Papers) == 0 {
		return Paper{}
	}
	return p.Papers[len(p.Papers)-1]
}
