package main

import (
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
	var hub, code, ca string
	cmd := &cobra.Command{
		Use: "enrol --hub URL --code CODE [--ca FILE]", Short: c.book.Text("ctl.enrol"), Args: c.exactly(0, "enrol"),
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
				if err := s.Enrol(cmd.Context(), hub, code, pem); err != nil {
					return err
				}
				return c.showStatus(cmd.Context(), s)
			})
		},
	}
	cmd.Flags().StringVar(&hub, "hub", "", c.book.Text("ctl.flag.hub"))
	cmd.Flags().StringVar(&code, "code", "", c.book.Text("ctl.flag.code"))
	cmd.Flags().StringVar(&ca, "ca", "", c.book.Text("ctl.flag.ca"))
	return cmd
}

func (c *control) syncCommand() *cobra.Command {
	return &cobra.Command{
		Use: "sync", Short: c.book.Text("ctl.sync"), Args: c.exactly(0, "sync"),
		RunE: func(cmd *cobra.Command, _ []string) error {
			return c.with(cmd.Context(), func(s *station.Station) error {
				sum, err := s.Engine.Sync(cmd.Context())
				if err != nil {
					return err
				}
				if c.json {
					return c.writeJSON(sum)
				}
				return c.line("%s", c.book.Text("ctl.synced", "sheets", c.book.Number(sum.Sheets), "version", fmt.Sprint(sum.Version),
					"changed", c.book.Number(sum.Changed), "sent", c.book.Number(sum.Sent), "waiting", c.book.Number(sum.Waiting)))
			})
		},
	}
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
		last = page.Date(app.Day(st.LastSync.Local()), c.book.Lang()) + " " + st.LastSync.Local().Format("15:04")
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
	if st.Problem != "" {
		message, _ := c.book.Error(app.Fault(app.Code(st.Problem), nil))
		rows = append(rows, [2]string{t("ctl.row.problem"), message})
	}
	return rows
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
	more, sfailed := c.secrets(ctx, s)
	if rows = append(rows, more...); sfailed != nil {
		failed = sfailed
	}
	rows = append(rows, [2]string{c.book.Text("ctl.row.time"), time.Now().Format(time.RFC3339)})
	return rows, failed, nil
}

// secrets tells how the keys are kept and whether the audit holds.
func (c *control) secrets(ctx context.Context, s *station.Station) (rows [][2]string, failed error) {
	how, err := s.Vault().Keeping()
	text := ""
	if err != nil {
		text, _ = c.book.Error(err)
		failed = err
	} else {
		text = c.book.Text("ctl.key_" + string(how))
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
