package main

import (
	"context"
	"io"
	"slices"
	"strconv"
	"strings"

	"github.com/spf13/cobra"

	"polis/app"
	"polis/app/page"
	"polis/app/printing"
	"polis/cmd/station"
)

func (c *control) printersCommand() *cobra.Command {
	var add, remove string
	cmd := &cobra.Command{
		Use: "printers [--add ADDRESS | --remove ADDRESS]", Short: c.book.Text("ctl.printers"), Args: c.exactly(0, "printers"),
		RunE: func(cmd *cobra.Command, _ []string) error {
			return c.with(cmd.Context(), func(s *station.Station) error {
				if add != "" {
					if _, err := s.Press.Add(cmd.Context(), add); err != nil {
						return err
					}
				}
				if remove != "" {
					if err := s.Press.Forget(cmd.Context(), remove); err != nil {
						return err
					}
				}
				return c.listPrinters(cmd.Context(), s.Press)
			})
		},
	}
	cmd.Flags().StringVar(&add, "add", "", c.book.Text("ctl.flag.add"))
	cmd.Flags().StringVar(&remove, "remove", "", c.book.Text("ctl.flag.remove"))
	return cmd
}

type faultJSON struct {
	Reason string `json:"reason"`
	Detail string `json:"detail,omitempty"`
	Stops  bool   `json:"stops"`
	Words  string `json:"words"`
}

type printerJSON struct {
	ID        string      `json:"id"`
	Name      string      `json:"name"`
	Location  string      `json:"location,omitempty"`
	Model     string      `json:"model,omitempty"`
	Default   bool        `json:"default"`
	Use       bool        `json:"use"`
	State     string      `json:"state"`
	Accepting bool        `json:"accepting"`
	Waiting   int         `json:"waiting"`
	Faults    []faultJSON `json:"faults"`
	Duplex    bool        `json:"duplex"`
	Colour    bool        `json:"colour"`
	Papers    []string    `json:"papers"`
}

func (c *control) listPrinters(ctx context.Context, press *printing.Press) error {
	all, use, gone, err := press.Printers(ctx)
	if err != nil {
		return err
	}
	if c.json {
		out := []printerJSON{}
		for _, p := range all {
			out = append(out, c.printerAnswer(p, use.Printer))
		}
		return c.writeJSON(map[string]any{"printers": out, "use": use.Printer, "gone": gone})
	}
	if gone != "" {
		if err := c.line("%s", c.book.Text("ctl.printer_gone", "printer", gone)); err != nil {
			return err
		}
	}
	if len(all) == 0 {
		return c.line("%s", c.book.Text("ctl.no_printers"))
	}
	for _, p := range all {
		if err := c.line("%s  [%s] %s", p.Name, p.ID, c.howItIs(p, use.Printer)); err != nil {
			return err
		}
	}
	return nil
}

func (c *control) printerAnswer(p printing.Printer, use string) printerJSON {
	out := printerJSON{
		ID: p.ID, Name: p.Name, Location: p.Location, Model: p.Model, Default: p.Default, Use: p.ID == use, State: string(p.State), Accepting: p.Accepting,
		Waiting: p.Waiting, Faults: c.faultsAnswer(p.Faults), Duplex: p.Can.Duplex, Colour: p.Can.Colour, Papers: []string{},
	}
	for _, paper := range p.Can.Papers {
		out.Papers = append(out.Papers, string(paper))
	}
	return out
}

func (c *control) faultsAnswer(faults []printing.Fault) []faultJSON {
	out := []faultJSON{}
	for _, f := range faults {
		out = append(out, faultJSON{Reason: string(f.Reason), Detail: f.Detail, Stops: f.Stops, Words: c.faultWords(f)})
	}
	return out
}

func (c *control) faultWords(f printing.Fault) string {
	return c.book.Text("printer.fault."+string(f.Reason), "detail", f.Detail)
}

// howItIs says in one line how a printer is.
func (c *control) howItIs(p printing.Printer, use string) string {
	parts := []string{c.book.Text("printer.state." + string(p.State))}
	if !p.Accepting {
		parts = append(parts, c.book.Text("printer.not_accepting"))
	}
	for _, f := range p.Faults {
		parts = append(parts, c.faultWords(f))
	}
	if p.Waiting > 0 {
		parts = append(parts, c.book.Count("ctl.printer_waiting", p.Waiting))
	}
	if p.Default {
		parts = append(parts, c.book.Text("ctl.printer_default"))
	}
	if p.ID == use {
		parts = append(parts, c.book.Text("ctl.printer_use"))
	}
	if p.Location != "" {
		parts = append(parts, p.Location)
	}
	return strings.Join(parts, "; ")
}

// printerFlags say on which printer, and how.
type printerFlags struct {
	name, duplex, pages, paper string
	copies                     int
	mono, wait                 bool
}

const (
	// usualPrinter is the name for the printer that is always used.
	usualPrinter = "default"
	printerUse   = "[--copies N] [--duplex long|short|one] [--mono] [--pages 1-3,5] [--paper A4|A3|A5] [--wait]"
)

func (f *printerFlags) add(c *control, cmd *cobra.Command) {
	flags := cmd.Flags()
	flags.StringVar(&f.name, "printer", "", c.book.Text("ctl.flag.printer"))
	flags.IntVar(&f.copies, "copies", 1, c.book.Text("ctl.flag.copies"))
	flags.StringVar(&f.duplex, "duplex", "", c.book.Text("ctl.flag.duplex"))
	flags.BoolVar(&f.mono, "mono", false, c.book.Text("ctl.flag.mono"))
	flags.StringVar(&f.pages, "pages", "", c.book.Text("ctl.flag.pages"))
	flags.StringVar(&f.paper, "paper", "", c.book.Text("ctl.flag.paper"))
	flags.BoolVar(&f.wait, "wait", false, c.book.Text("ctl.flag.wait"))
}

// options reads the flags for a document of so many pages. CodeInvalid.
func (f printerFlags) options(pages int) (printing.Options, error) {
	o := printing.Options{Copies: f.copies, Mono: f.mono, Duplex: printing.Duplex(f.duplex), Paper: printing.Paper(strings.ToUpper(f.paper))}
	invalid := func(field, value string) (printing.Options, error) {
		return o, app.Fault(app.CodeInvalid, nil, "field", field, "value", value)
	}
	switch {
	case f.copies < 1 || f.copies > printing.MostCopies:
		return invalid("copies", strconv.Itoa(f.copies))
	case !slices.Contains([]printing.Duplex{"", printing.OneSide, printing.LongEdge, printing.ShortEdge}, o.Duplex):
		return invalid("duplex", f.duplex)
	case !slices.Contains([]printing.Paper{"", printing.A4, printing.A3, printing.A5}, o.Paper):
		return invalid("paper", f.paper)
	}
	var err error
	o.Ranges, err = printing.ParseRanges(f.pages, pages)
	return o, err
}

// printPaper prints a paper and, when asked, waits for it.
func (c *control) printPaper(ctx context.Context, s *station.Station, doc page.Document, f printerFlags) error {
	list, err := s.Paper.Layout(doc)
	if err != nil {
		return err
	}
	o, err := f.options(len(list.Pages))
	if err != nil {
		return err
	}
	id, name, err := choosePrinter(ctx, s.Press, f.name)
	if err != nil {
		return err
	}
	work := printing.Work{Title: doc.Title, List: &list, PDF: func(w io.Writer) error { return s.Paper.PDF(w, list) }}
	job, err := s.Press.Print(ctx, id, work, o)
	if err != nil {
		return err
	}
	if f.wait {
		return c.waitFor(ctx, s.Press, job)
	}
	if c.json {
		return c.writeJSON(map[string]any{"printer": id, "job": job.ID, "title": doc.Title, "codes": strings.Fields(doc.Code)})
	}
	return c.line("%s", c.book.Text("ctl.printed", "printer", name, "job", job.ID))
}

// choosePrinter finds a printer by its ID or by what people call it.
// CodeNoPrinter, CodePrinterGone.
func choosePrinter(ctx context.Context, press *printing.Press, wanted string) (id, name string, err error) {
	all, use, _, err := press.Printers(ctx)
	if err != nil {
		return "", "", err
	}
	byID := wanted
	if wanted == usualPrinter {
		if byID = use.Printer; byID == "" {
			return "", "", app.Fault(app.CodeNoPrinter, nil)
		}
	}
	for _, p := range all {
		if p.ID == byID {
			return p.ID, p.Name, nil
		}
	}
	for _, p := range all {
		if strings.EqualFold(p.Name, byID) {
			return p.ID, p.Name, nil
		}
	}
	return "", "", app.Fault(app.CodePrinterGone, nil, "printer", wanted)
}

// waitFor tells how a job goes, line by line, until it is over; only one that
// was printed is a success.
func (c *control) waitFor(ctx context.Context, press *printing.Press, job printing.Job) error {
	var broken error
	last, err := press.Watch(ctx, job, func(st printing.JobStatus) {
		if broken == nil {
			broken = c.tellJob(job, st)
		}
	})
	switch {
	case err != nil:
		return err
	case last.State != printing.JobDone:
		detail := "printer.job." + string(last.State)
		return app.Fault(app.CodePrinterRefused, nil, "printer", job.Printer, "detail", detail)
	}
	return broken
}

func (c *control) tellJob(job printing.Job, st printing.JobStatus) error {
	if c.json {
		return c.writeJSON(map[string]any{"printer": job.Printer, "job": job.ID, "state": st.State, "pages": st.Pages, "faults": c.faultsAnswer(st.Faults)})
	}
	parts := []string{c.book.Text("printer.job." + string(st.State))}
	if st.Pages > 0 {
		parts = append(parts, c.book.Count("ctl.job_pages", st.Pages))
	}
	for _, f := range st.Faults {
		parts = append(parts, c.faultWords(f))
	}
	return c.line("%s", strings.Join(parts, "; "))
}
