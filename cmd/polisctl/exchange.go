package main

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"time"

	"github.com/spf13/cobra"

	"polis/app"
	"polis/app/exchange"
	"polis/app/page"
	"polis/cmd/station"
	"polis/data/secret"
	"polis/data/sqlite"
)

func (c *control) enrolCommand() *cobra.Command {
	var hub, code, ca, name string
	cmd := &cobra.Command{
		Use: "enrol --hub URL --code CODE [--ca FILE] [--name NAME]", Short: c.book.Text("ctl.enrol"), Args: c.exactly(0, "enrol"),
		RunE: func(cmd *cobra.Command, _ []string) error {
			if hub == "" || code == "" {
				return usage("enrol --hub URL --code CODE")
			}
			var pem []byte
			if ca != "" {
				var err error
				if pem, err = os.ReadFile(ca); err != nil {
					return app.Fault(app.CodeFile, err, "path", ca)
				}
			}
			return c.with(cmd.Context(), func(s *station.Station) error {
				if err := s.EnrolAs(cmd.Context(), exchange.Enrolling{Hub: hub, Code: code, CA: pem, Name: name}); err != nil {
					return err
				}
				return c.showStatus(cmd.Context(), s)
			})
		},
	}
	cmd.Flags().StringVar(&hub, "hub", "", c.book.Text("ctl.flag.hub"))
	cmd.Flags().StringVar(&code, "code", "", c.book.Text("ctl.flag.code"))
	cmd.Flags().StringVar(&ca, "ca", "", c.book.Text("ctl.flag.ca"))
	cmd.Flags().StringVar(&name, "name", "", c.book.Text("ctl.flag.name"))
	return cmd
}

func (c *control) syncCommand() *cobra.Command {
	var pause, resume, accept bool
	cmd := &cobra.Command{
		Use: "sync [--pause|--resume|--accept-deletions]", Short: c.book.Text("ctl.sync"), Args: c.exactly(0, "sync"),
		RunE: func(cmd *cobra.Command, _ []string) error {
			if pause && (resume || accept) {
				return usage("sync --pause")
			}
			return c.with(cmd.Context(), func(s *station.Station) error {
				if pause || resume {
					if err := s.Engine.SetPaused(cmd.Context(), pause); err != nil {
						return err
					}
				}
				if pause {
					return c.showStatus(cmd.Context(), s)
				}
				if accept {
					if err := c.acceptDeletions(cmd.Context(), s); err != nil {
						return err
					}
				}
				sent := s.Network.Refresh(cmd.Context()) // before, so that the catalogue brings them back
				sum, err := s.Engine.Sync(cmd.Context())
				if err = cmp.Or(err, sent); err != nil {
					return err
				}
				return c.showSummary(sum)
			})
		},
	}
	cmd.Flags().BoolVar(&pause, "pause", false, c.book.Text("ctl.sync_pause"))
	cmd.Flags().BoolVar(&resume, "resume", false, c.book.Text("ctl.sync_resume"))
	cmd.Flags().BoolVar(&accept, "accept-deletions", false, c.book.Text("ctl.sync_accept"))
	return cmd
}

// acceptDeletions accepts the publication that the brake stopped, the one
// that status shows.
func (c *control) acceptDeletions(ctx context.Context, s *station.Station) error {
	st, err := s.Engine.Status(ctx)
	if err != nil {
		return err
	}
	if st.Brake == nil {
		return app.Fault(app.CodeNotFound, nil, "what", "deletion_brake")
	}
	return s.Engine.AcceptDeletions(ctx, st.Brake.Version)
}

func (c *control) statusCommand() *cobra.Command {
	return &cobra.Command{
		Use: "status", Short: c.book.Text("ctl.status"), Args: c.exactly(0, "status"),
		RunE: func(cmd *cobra.Command, _ []string) error {
			return c.with(cmd.Context(), func(s *station.Station) error { return c.showStatus(cmd.Context(), s) })
		},
	}
}

func (c *control) showStatus(ctx context.Context, s *station.Station) error {
	st, err := s.Engine.Status(ctx)
	if err != nil {
		return err
	}
	if c.json {
		return c.writeJSON(st)
	}
	for _, row := range c.statusRows(s, st) {
		if err := c.line("%-22s %s", row[0], row[1]); err != nil {
			return err
		}
	}
	return nil
}

func (c *control) statusRows(s *station.Station, st exchange.Status) [][2]string {
	t := c.book.Text
	hub, last := t("ctl.none"), t("ctl.never")
	if st.Enrolled {
		hub = st.Hub
	}
	if st.LastSync != nil {
		last = c.moment(*st.LastSync)
	}
	rows := [][2]string{
		{t("ctl.row.folder"), s.Folder},
		{t("ctl.row.hub"), hub},
		{t("ctl.row.office"), orDash(s.Desk.OfficeName())},
		{t("ctl.row.sheets"), c.book.Number(st.Sheets)},
		{t("ctl.row.version"), fmt.Sprint(st.CatalogueVersion)},
		{t("ctl.row.last_sync"), last},
		{t("ctl.row.waiting"), c.book.Number(st.Waiting)},
		{t("ctl.row.quarantined"), c.book.Number(st.Quarantined)},
	}
	if st.Enrolled {
		rows = append(rows, [2]string{t("ctl.row.background"), c.background(st)}, [2]string{t("ctl.row.link"), t("ctl.link." + st.Link)})
	}
	if st.ExpiresAt != nil {
		rows = append(rows, [2]string{t("ctl.row.expires"), c.moment(*st.ExpiresAt)})
	}
	if st.Problem != "" {
		fault := st.Fault
		if fault == nil {
			fault = app.Fault(app.Code(st.Problem), nil)
		}
		message, hint := c.book.Error(fault)
		rows = append(rows, [2]string{t("ctl.row.problem"), message}, [2]string{t("ctl.row.hint"), hint})
	}
	return rows
}

func (c *control) moment(at time.Time) string {
	return page.Date(app.Day(at.Local()), c.book.Lang()) + " " + at.Local().Format("15:04")
}

func orDash(s string) string {
	if s == "" {
		return "–"
	}
	return s
}

// diagnoseCommand gathers what support asks for; nothing in it is personal.
func (c *control) diagnoseCommand() *cobra.Command {
	return &cobra.Command{
		Use: "diagnose", Short: c.book.Text("ctl.diagnose"), Args: c.exactly(0, "diagnose"),
		RunE: func(cmd *cobra.Command, _ []string) error {
			return c.with(cmd.Context(), func(s *station.Station) error {
				rows, failed, err := c.diagnosis(cmd.Context(), s)
				if err != nil {
					return err
				}
				if c.json {
					out := map[string]string{}
					for _, r := range rows {
						out[r[0]] = r[1]
					}
					if err := c.writeJSON(out); err != nil {
						return err
					}
				} else {
					for _, r := range rows {
						if err := c.line("%-22s %s", r[0], r[1]); err != nil {
							return err
						}
					}
				}
				return failed
			})
		},
	}
}

func (c *control) diagnosis(ctx context.Context, s *station.Station) (rows [][2]string, failed, err error) {
	st, err := s.Engine.Status(ctx)
	if err != nil {
		return nil, nil, err
	}
	rows = append(rows, [2]string{"polisctl", version + " " + runtime.Version() + " " + runtime.GOOS + "/" + runtime.GOARCH})
	rows = append(rows, c.statusRows(s, st)...)
	for _, name := range []string{sqlite.CatalogueFile, sqlite.OfficeFile, secret.KeyFile, secret.SealFile, secret.KEKFile} {
		text := c.book.Text("ctl.none")
		if info, err := os.Stat(filepath.Join(s.Folder, name)); err == nil {
			text = c.book.Text("ctl.bytes", "n", c.book.Number(int(info.Size()))) + " " + info.Mode().String()
		}
		rows = append(rows, [2]string{name, text})
	}
	check := c.book.Text("ctl.good")
	if failed = s.Catalogue.Check(ctx); failed != nil {
		check, _ = c.book.Error(failed)
	}
	rows = append(rows, [2]string{c.book.Text("ctl.row.catalogue_check"), check})
	check = c.book.Text("ctl.good")
	if oerr := s.Office.Check(ctx); oerr != nil {
		check, _ = c.book.Error(oerr)
		failed = oerr
	}
	rows = append(rows, [2]string{c.book.Text("ctl.row.office_check"), check})
	rows = append(rows, [2]string{c.book.Text("ctl.row.proxy"), c.proxy(s, st.Hub)})
	rows = append(rows, [2]string{c.book.Text("ctl.row.clock"), c.clock(st)})
	more, sfailed := c.secrets(ctx, s)
	if rows = append(rows, more...); sfailed != nil {
		failed = sfailed
	}
	rows = append(rows, [2]string{c.book.Text("ctl.row.time"), time.Now().Format(time.RFC3339)})
	return rows, failed, nil
}

func (c *control) proxy(s *station.Station, hub string) string {
	address, source := s.Proxy(hub)
	if source == "" {
		return c.book.Text("ctl.none")
	}
	return address + " (" + c.book.Text("ctl.proxy."+source) + ")"
}

func (c *control) clock(st exchange.Status) string {
	if st.ClockOffsetMS == 0 {
		return c.book.Text("ctl.good")
	}
	return c.book.Text("ctl.clock_off", "n", c.book.Number(int(max(st.ClockOffsetMS, -st.ClockOffsetMS)/1000)))
}

// secrets tells how the keys are kept and whether the audit holds.
func (c *control) secrets(ctx context.Context, s *station.Station) (rows [][2]string, failed error) {
	how, err := s.Vault().Keeping()
	text := ""
	if err != nil {
		text, _ = c.book.Error(err)
		failed = err
	} else {
		text = c.book.Text("ctl.key." + string(how))
	}
	rows = append(rows, [2]string{c.book.Text("ctl.row.key"), text})
	n, err := s.Office.CheckAudit(ctx)
	text = c.book.Text("ctl.audit_good", "n", c.book.Number(n))
	if err != nil {
		text, _ = c.book.Error(err)
		failed = err
	}
	return append(rows, [2]string{c.book.Text("ctl.row.audit"), text}), failed
}

func (c *control) writeJSON(v any) error {
	enc := json.NewEncoder(c.out)
	enc.SetEscapeHTML(false)
	return enc.Encode(v)
}
