package main

import (
	"context"
	"encoding/json"
	"os"

	"github.com/spf13/cobra"

	"polis/app"
	"polis/app/network"
	"polis/cmd/station"
)

// officeCommand shows and edits the offices of the own authority, as the
// screen Rete does.
func (c *control) officeCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use: "office", Short: c.book.Text("ctl.office"),
		RunE: func(*cobra.Command, []string) error { return usage("office list|show|edit|mine|theirs|steps") },
	}
	cmd.AddCommand(c.officeList(), c.officeShow(), c.officeEdit(),
		c.officeDecide("mine", (*network.Offices).KeepMine), c.officeDecide("theirs", (*network.Offices).TakeTheirs), c.officeSteps())
	return cmd
}

// ofOffices is a command about offices that has n arguments.
func (c *control) ofOffices(use, word string, n int, do func(context.Context, *station.Station, []string) error) *cobra.Command {
	return &cobra.Command{
		Use: use, Short: c.book.Text("ctl.office_" + word), Args: c.exactly(n, "office "+use),
		RunE: func(cmd *cobra.Command, args []string) error {
			return c.with(cmd.Context(), func(s *station.Station) error { return do(cmd.Context(), s, args) })
		},
	}
}

// officeJSON is an office as programs read it.
type officeJSON struct {
	app.Office
	State   network.State     `json:"edit,omitempty"` // "" = as in the catalogue
	Problem app.Code          `json:"problem,omitempty"`
	Params  map[string]string `json:"params,omitempty"`
	Theirs  *app.Office       `json:"theirs,omitempty"`
}

func officeToJSON(o network.Office) officeJSON {
	out := officeJSON{Office: o.Office}
	if e := o.Edit; e != nil {
		out.State, out.Problem, out.Params, out.Theirs = e.State, e.Problem, e.Params, e.Theirs
	}
	return out
}

func (c *control) officeList() *cobra.Command {
	return c.ofOffices("list", "list", 0, func(ctx context.Context, s *station.Station, _ []string) error {
		all, err := s.Network.All(ctx)
		if err != nil {
			return err
		}
		if c.json {
			items := make([]officeJSON, len(all))
			for i, o := range all {
				items[i] = officeToJSON(o)
			}
			return c.writeJSON(map[string]any{"items": items})
		}
		for _, o := range all {
			state := ""
			if o.Edit != nil {
				state = c.book.Text("network.state." + string(o.Edit.State))
			}
			if err := c.line("%-32s %-20s %s", o.ID, orDash(state), o.Name); err != nil {
				return err
			}
		}
		return nil
	})
}

func (c *control) officeShow() *cobra.Command {
	return c.ofOffices("show ID", "show", 1, func(ctx context.Context, s *station.Station, args []string) error {
		o, err := s.Network.Get(ctx, args[0])
		if err != nil {
			return err
		}
		return c.showOffice(o)
	})
}

// showOffice writes an office as it can be edited and given back.
func (c *control) showOffice(o network.Office) error { return c.writeJSON(officeToJSON(o)) }

func (c *control) officeEdit() *cobra.Command {
	var from string
	cmd := c.ofOffices("edit ID --from FILE.json", "edit", 1, func(ctx context.Context, s *station.Station, args []string) error {
		if from == "" {
			return usage("office edit ID --from FILE.json")
		}
		text, err := os.ReadFile(from) //nolint:gosec // the file that the person names
		if err != nil {
			return app.Fault(app.CodeFile, err, "path", from)
		}
		var typed app.Office
		if err := json.Unmarshal(text, &typed); err != nil {
			return app.Fault(app.CodeInvalid, err, "field", "from", "value", from)
		}
		typed.ID = args[0]
		if _, err := s.Network.Save(ctx, typed); err != nil {
			return err
		}
		return c.sendOffice(ctx, s, args[0])
	})
	cmd.Flags().StringVar(&from, "from", "", c.book.Text("ctl.flag.office"))
	return cmd
}

// sendOffice sends what waits and shows what became of it. Without a link it
// waits, which is no fault.
func (c *control) sendOffice(ctx context.Context, s *station.Station, id string) error {
	err := s.Network.Refresh(ctx)
	o, gerr := s.Network.Get(ctx, id)
	if gerr != nil {
		return gerr
	}
	if err != nil && (o.Edit == nil || o.Edit.State != network.Waiting) {
		return err
	}
	return c.showOffice(o)
}

func (c *control) officeDecide(word string, do func(*network.Offices, context.Context, string) (network.Office, error)) *cobra.Command {
	return c.ofOffices(word+" ID", word, 1, func(ctx context.Context, s *station.Station, args []string) error {
		if _, err := do(s.Network, ctx, args[0]); err != nil {
			return err
		}
		return c.sendOffice(ctx, s, args[0])
	})
}

// stepJSON is a first step as programs read it.
type stepJSON struct {
	Kind   network.StepKind `json:"kind"`
	Office string           `json:"office,omitempty"`
	Sheet  string           `json:"sheet,omitempty"`
	Name   string           `json:"name"`
	Done   bool             `json:"done"`
}

func (c *control) officeSteps() *cobra.Command {
	return c.ofOffices("steps", "steps", 0, func(ctx context.Context, s *station.Station, _ []string) error {
		f, err := s.Network.FirstSteps(ctx)
		if err != nil {
			return err
		}
		if c.json {
			items := make([]stepJSON, len(f.Steps))
			for i, step := range f.Steps {
				items[i] = stepJSON(step)
			}
			return c.writeJSON(map[string]any{"joined": f.Joined, "done": f.Done, "left": f.Left, "items": items})
		}
		if err := c.line("%s", c.book.Text("network.steps.progress", "n", c.book.Number(f.Done), "all", c.book.Number(len(f.Steps)))); err != nil {
			return err
		}
		for _, step := range f.Steps {
			mark := "-"
			if step.Done {
				mark = "x"
			}
			if err := c.line("[%s] %s: %s", mark, step.Name, c.book.Text("network.step."+string(step.Kind))); err != nil {
				return err
			}
		}
		return nil
	})
}
