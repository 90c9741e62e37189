package main

import (
	"context"
	"path/filepath"
	"time"

	"github.com/spf13/cobra"

	"polis/app"
	"polis/app/exchange"
	"polis/app/page"
	"polis/cmd/station"
)

// bundleCommand keeps a catalogue of the network for a workstation that is
// not enrolled, as the demonstration's settings do.
func (c *control) bundleCommand() *cobra.Command {
	const how = "bundle keep FILE|show|drop"
	cmd := &cobra.Command{
		Use: "bundle", Short: c.book.Text("ctl.bundle"),
		RunE: func(*cobra.Command, []string) error { return usage(how) },
	}
	cmd.AddCommand(
		c.act("bundle", "keep FILE", 1, func(ctx context.Context, s *station.Station, args []string) error {
			path, err := filepath.Abs(args[0])
			if err != nil {
				return app.Fault(app.CodeFile, err, "path", args[0])
			}
			return c.showReading(s.KeepBundle(ctx, path))
		}),
		c.act("bundle", "show", 0, func(ctx context.Context, s *station.Station, _ []string) error {
			return c.showReading(s.CheckBundle(ctx))
		}),
		c.act("bundle", "drop", 0, func(_ context.Context, s *station.Station, _ []string) error { return s.DropBundle() }))
	return cmd
}

func (c *control) showReading(r exchange.Reading, err error) error {
	if err != nil {
		return err
	}
	if c.json {
		return c.writeJSON(r)
	}
	day := func(at time.Time) string { return page.Date(app.Day(at.Local()), c.book.Lang()) }
	return c.line("%s", c.book.Text("ctl.reading", "version", c.book.Number(int(r.Version)), "sheets", c.book.Number(r.Sheets), "date", day(r.IssuedAt), "until", day(r.ExpiresAt)))
}
