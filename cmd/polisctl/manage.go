package main

import (
	"context"
	"fmt"
	"strconv"

	"github.com/spf13/cobra"

	"polis/app"
	"polis/app/exchange"
	"polis/app/page"
	"polis/cmd/station"
)

// quarantineCommand shows what the hub refused and lets a person decide.
func (c *control) quarantineCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use: "quarantine", Short: c.book.Text("ctl.quarantine"),
		RunE: func(*cobra.Command, []string) error { return usage("quarantine list|retry ID|discard ID") },
	}
	cmd.AddCommand(
		&cobra.Command{
			Use: "list", Short: c.book.Text("ctl.quarantine_list"), Args: c.exactly(0, "quarantine list"),
			RunE: func(cmd *cobra.Command, _ []string) error {
				return c.with(cmd.Context(), func(s *station.Station) error { return c.listQuarantine(cmd.Context(), s) })
			},
		},
		c.decide("retry", "ctl.quarantine_retry", func(ctx context.Context, s *station.Station, id string) error { return s.Office.Retry(ctx, id) }),
		c.decide("discard", "ctl.quarantine_discard", func(ctx context.Context, s *station.Station, id string) error { return s.Office.Discard(ctx, id) }),
	)
	return cmd
}

func (c *control) decide(name, short string, do func(context.Context, *station.Station, string) error) *cobra.Command {
	return &cobra.Command{
		Use: name + " ID", Short: c.book.Text(short), Args: c.exactly(1, "quarantine "+name+" ID"),
		RunE: func(cmd *cobra.Command, args []string) error {
			return c.with(cmd.Context(), func(s *station.Station) error {
				if err := do(cmd.Context(), s, args[0]); err != nil {
					return err
				}
				return c.listQuarantine(cmd.Context(), s)
			})
		},
	}
}

// quarantined is an entry of the list as programs read it.
type quarantined struct {
	ID      string            `json:"id"`
	Type    string            `json:"type"`
	Contact string            `json:"contact"`
	At      string            `json:"at"`
	Reason  string            `json:"reason"`
	Params  map[string]string `json:"params,omitempty"`
	Held    int               `json:"held"`
}

func (c *control) listQuarantine(ctx context.Context, s *station.Station) error {
	list, err := s.Office.Quarantine(ctx)
	if err != nil {
		return err
	}
	if c.json {
		out := make([]quarantined, 0, len(list))
		for _, q := range list {
			out = append(out, quarantined{q.ID, q.Type, q.Contact, q.At.UTC().Format("2006-01-02T15:04:05Z"), string(q.Reason), q.Params, q.Held})
		}
		return c.writeJSON(map[string]any{"items": out})
	}
	if len(list) == 0 {
		return c.line("%s", c.book.Text("ctl.quarantine_empty"))
	}
	for _, q := range list {
		message, _ := c.book.Error(&app.Error{Code: q.Reason, Params: q.Params})
		at := page.Date(app.Day(q.At.Local()), c.book.Lang()) + " " + q.At.Local().Format("15:04")
		if err := c.line("%s  %s  %s  %s  %s", q.ID, orDash(q.Contact), c.book.Text("ctl.type."+q.Type), at, message); err != nil {
			return err
		}
	}
	return nil
}

// settingsCommand shows and changes how the workstation uses the network.
func (c *control) settingsCommand() *cobra.Command {
	var link, documents string
	cmd := &cobra.Command{
		Use: "settings [--link normal|metered] [--documents MB]", Short: c.book.Text("ctl.settings"), Args: c.exactly(0, "settings"),
		RunE: func(cmd *cobra.Command, _ []string) error {
			return c.with(cmd.Context(), func(s *station.Station) error {
				if link != "" {
					if err := s.Engine.SetLink(cmd.Context(), link); err != nil {
						return err
					}
				}
				if documents != "" {
					mb, err := strconv.Atoi(documents)
					if err != nil {
						return app.Fault(app.CodeInvalid, err, "field", "documents", "value", documents)
					}
					if err := s.Engine.SetDocumentBudget(cmd.Context(), mb); err != nil {
						return err
					}
				}
				return c.showSettings(cmd.Context(), s)
			})
		},
	}
	cmd.Flags().StringVar(&link, "link", "", c.book.Text("ctl.flag.link"))
	cmd.Flags().StringVar(&documents, "documents", "", c.book.Text("ctl.flag.documents"))
	return cmd
}

func (c *control) showSettings(ctx context.Context, s *station.Station) error {
	st, err := s.Engine.Status(ctx)
	if err != nil {
		return err
	}
	mb, err := s.Engine.DocumentBudget(ctx)
	if err != nil {
		return err
	}
	if c.json {
		return c.writeJSON(map[string]any{"link": st.Link, "document_mb": mb, "paused": st.Paused})
	}
	for _, row := range [][2]string{
		{c.book.Text("ctl.row.link"), c.book.Text("ctl.link." + st.Link)},
		{c.book.Text("ctl.row.documents"), c.book.Text("ctl.megabytes", "n", c.book.Number(mb))},
		{c.book.Text("ctl.row.background"), c.background(st)},
	} {
		if err := c.line("%-22s %s", row[0], row[1]); err != nil {
			return err
		}
	}
	return nil
}

func (c *control) background(st exchange.Status) string {
	if st.Paused {
		return c.book.Text("ctl.paused")
	}
	return c.book.Text("ctl.automatic")
}

// importCommand takes over a bundle from a stick.
func (c *control) importCommand() *cobra.Command {
	return &cobra.Command{
		Use: "import FILE", Short: c.book.Text("ctl.import"), Args: c.exactly(1, "import FILE"),
		RunE: func(cmd *cobra.Command, args []string) error {
			return c.with(cmd.Context(), func(s *station.Station) error {
				sum, err := s.ImportBundle(cmd.Context(), args[0])
				if err != nil {
					return err
				}
				return c.showSummary(sum)
			})
		},
	}
}

// exportCommand writes what waits for the hub into a file for a stick.
func (c *control) exportCommand() *cobra.Command {
	return &cobra.Command{
		Use: "export-uploads FILE", Short: c.book.Text("ctl.export_uploads"), Args: c.exactly(1, "export-uploads FILE"),
		RunE: func(cmd *cobra.Command, args []string) error {
			return c.with(cmd.Context(), func(s *station.Station) error {
				n, err := s.ExportUploads(cmd.Context(), args[0])
				if err != nil {
					return err
				}
				if c.json {
					return c.writeJSON(map[string]int{"items": n})
				}
				return c.line("%s", c.book.Count("ctl.exported", n))
			})
		},
	}
}

func (c *control) showSummary(sum exchange.Summary) error {
	if c.json {
		return c.writeJSON(sum)
	}
	return c.line("%s", c.book.Text("ctl.synced", "sheets", c.book.Number(sum.Sheets), "version", fmt.Sprint(sum.Version),
		"changed", c.book.Number(sum.Changed), "sent", c.book.Number(sum.Sent), "waiting", c.book.Number(sum.Waiting)))
}
