package printing

import (
	"context"
	"encoding/json"
	"errors"
	"maps"
	"slices"
	"strconv"
	"sync"
	"time"

	"polis/app"
)

// Settings keep what the workstation remembers.
type Settings interface {
	Setting(ctx context.Context, key string) (string, error)
	SetSetting(ctx context.Context, key, value string) error
}

// The setting under which the last choice is kept.
const settingChoice = "printing.choice"

// patience is how long a question may take. Print may take longer: a driver
// can ask something of its own, a printer without paper stops in the middle.
const patience = 20 * time.Second

// MostCopies is as many as one person is given at a counter.
const MostCopies = 99

// Params are a Press's needs; all are required but Every.
type Params struct {
	Printers Printers
	Settings Settings
	// Every is how often Watch asks; 0 = twice a second.
	Every time.Duration
}

// Press prints for one workstation; safe for concurrent use.
type Press struct {
	p Params

	mu    sync.Mutex
	names map[string]string // by ID, of the last list
}

// New returns a press; a missing need is CodeInternal.
func New(p Params) (*Press, error) {
	if p.Printers == nil || p.Settings == nil {
		return nil, app.Fault(app.CodeInternal, nil)
	}
	if p.Every == 0 {
		p.Every = time.Second / 2
	}
	return &Press{p: p}, nil
}

// Choice is a printer with the options last used on it.
type Choice struct {
	Printer string  `json:"printer"`
	Options Options `json:"options"`
}

// Remembered returns the last choice, zero when there is none.
func (p *Press) Remembered(ctx context.Context) (Choice, error) {
	text, err := p.p.Settings.Setting(ctx, settingChoice)
	if err != nil || text == "" {
		return Choice{}, err
	}
	var c Choice
	if json.Unmarshal([]byte(text), &c) != nil {
		return Choice{}, nil // of another version: choose anew
	}
	c.Options.Copies = 0
	if !slices.Contains([]Duplex{OneSide, LongEdge, ShortEdge}, c.Options.Duplex) {
		c.Options.Duplex = ""
	}
	if !slices.Contains([]Paper{A4, A3, A5}, c.Options.Paper) {
		c.Options.Paper = ""
	}
	return c, nil
}

// Remember keeps a choice for the next time and the next start. Copies are
// of the moment and not kept.
func (p *Press) Remember(ctx context.Context, c Choice) error {
	c.Options.Copies, c.Options.Ranges = 0, nil
	text, err := json.Marshal(c)
	if err != nil {
		return app.Fault(app.CodeInternal, err)
	}
	return p.p.Settings.SetSetting(ctx, settingChoice, string(text))
}

// Printers lists the printers with the one to use: the remembered one while
// it is there, else the system's default, else the only one. Gone is the ID
// of a remembered printer that is not there. CodePrintSystem.
func (p *Press) Printers(ctx context.Context) (all []Printer, use Choice, gone string, err error) {
	err = patiently(ctx, func(ctx context.Context) (err error) {
		all, err = p.p.Printers.List(ctx)
		return err
	})
	if err != nil {
		return nil, Choice{}, "", err
	}
	p.learn(all)
	use, err = p.Remembered(ctx)
	if err != nil {
		return all, Choice{}, "", err
	}
	if use.Printer != "" && !slices.ContainsFunc(all, func(x Printer) bool { return x.ID == use.Printer }) {
		gone, use = use.Printer, Choice{}
	}
	if use.Printer == "" {
		for _, x := range all {
			if x.Default || len(all) == 1 {
				use.Printer = x.ID
			}
		}
	}
	return all, use, gone, nil
}

// Print hands work to a printer. Options out of bounds are mended: at least
// one copy, at most MostCopies, ranges in their order, each page once and none
// that the pages do not have. Errors are those of Printers.Print with the
// printer's name for people, CodeNoPrinter for none, and CodeInvalid when no
// page is left.
func (p *Press) Print(ctx context.Context, printer string, w Work, o Options) (Job, error) {
	if printer == "" {
		return Job{}, app.Fault(app.CodeNoPrinter, nil)
	}
	o.Copies = min(max(o.Copies, 1), MostCopies)
	if o.Ranges = tidy(o.Ranges); w.List != nil && len(o.Ranges) > 0 {
		asked := o.Ranges[0].From
		if o.Ranges = within(o.Ranges, len(w.List.Pages)); len(o.Ranges) == 0 {
			return Job{}, app.Fault(app.CodeInvalid, nil, "field", "pages", "value", strconv.Itoa(asked))
		}
	}
	j, err := p.p.Printers.Print(ctx, printer, w, o)
	return j, p.named(err)
}

// mostMissed is how many answers about a job may be missing in a row: a
// printer that is busy with paper may let one question pass.
const mostMissed = 3

// Watch tells how a job stands, at once and at every change, until it is
// over or ctx ends. It returns the last status. CodePrinterGone,
// CodePrintSystem.
func (p *Press) Watch(ctx context.Context, j Job, told func(JobStatus)) (JobStatus, error) {
	var last JobStatus
	tick := time.NewTicker(p.p.Every)
	defer tick.Stop()
	for first, missed := true, 0; ; {
		now, err := p.ask(ctx, j)
		switch {
		case ctx.Err() != nil:
			return last, ctx.Err()
		case err != nil:
			if missed++; missed == mostMissed {
				return last, p.named(err)
			}
		default:
			missed = 0
			if first || now.State != last.State || now.Pages != last.Pages || !slices.Equal(now.Faults, last.Faults) {
				told(now)
			}
			if first, last = false, now; now.State.Over() {
				return last, nil
			}
		}
		select {
		case <-ctx.Done():
			return last, ctx.Err()
		case <-tick.C:
		}
	}
}

// Status tells how a job stands now, for who asks in a rhythm of its own.
// CodePrinterGone, CodePrintSystem.
func (p *Press) Status(ctx context.Context, j Job) (JobStatus, error) {
	st, err := p.ask(ctx, j)
	return st, p.named(err)
}

func (p *Press) ask(ctx context.Context, j Job) (st JobStatus, err error) {
	err = patiently(ctx, func(ctx context.Context) (err error) {
		st, err = p.p.Printers.Status(ctx, j)
		return err
	})
	return st, err
}

// patiently asks something that may never be answered. CodePrintSystem when
// it is not.
func patiently(ctx context.Context, ask func(ctx context.Context) error) error {
	limited, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	err := ask(limited)
	if err != nil && ctx.Err() == nil && errors.Is(limited.Err(), context.DeadlineExceeded) {
		return app.Fault(app.CodePrintSystem, err)
	}
	return err
}

// Cancel takes a job back; one that is over is no error.
func (p *Press) Cancel(ctx context.Context, j Job) error {
	return p.named(patiently(ctx, func(ctx context.Context) error { return p.p.Printers.Cancel(ctx, j) }))
}

// learn keeps what people call the printers.
func (p *Press) learn(all []Printer) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.names = make(map[string]string, len(all))
	for _, x := range all {
		p.names[x.ID] = x.Name
	}
}

// named tells an error about a printer by the name that people know.
func (p *Press) named(err error) error {
	var fault *app.Error
	if !errors.As(err, &fault) {
		return err
	}
	p.mu.Lock()
	name := p.names[fault.Params["printer"]]
	p.mu.Unlock()
	if name == "" {
		return err
	}
	params := maps.Clone(fault.Params)
	params["printer"] = name
	return &app.Error{Code: fault.Code, Params: params, Err: err}
}
