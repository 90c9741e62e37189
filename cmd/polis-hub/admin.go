package main

import (
	"fmt"
	"io"
	"os"
	"path/filepath"
	"text/tabwriter"
	"time"

	"github.com/spf13/cobra"

	"polis/app"
	"polis/app/membership"
	"polis/app/region"
	"polis/data/wire"
)

// Operators and workstations, for who administers the hub.

func (p *program) deviceCommand() *cobra.Command {
	c := &cobra.Command{Use: "device", Short: "List or revoke workstations", Args: usage(cobra.NoArgs), RunE: help}
	var authority string
	list := &cobra.Command{
		Use: "list [--authority ID]", Short: "List workstations", Args: usage(cobra.NoArgs),
		RunE: func(c *cobra.Command, _ []string) error {
			return p.with(c.Context(), "", func(o *opened) error {
				devices, err := o.ListDevices(c.Context(), authority)
				if err != nil {
					return err
				}
				return p.table("device\tauthority\toffice\tname\tenrolled\trenew by\trevoked", len(devices), func(i int) string {
					d := devices[i]
					return fmt.Sprintf("%s\t%s\t%s\t%s\t%s\t%s\t%s", d.ID, d.Authority, d.Office, d.Name, day(&d.EnrolledAt), day(&d.RenewBy), day(d.RevokedAt))
				})
			})
		},
	}
	list.Flags().StringVar(&authority, "authority", "", "only this authority")
	revoke := &cobra.Command{
		Use: "revoke DEVICE", Short: "Put a workstation out of use, at once and for good", Args: usage(cobra.ExactArgs(1)),
		RunE: func(c *cobra.Command, args []string) error {
			return p.with(c.Context(), "", func(o *opened) error { return o.RevokeDevice(c.Context(), args[0]) })
		},
	}
	c.AddCommand(list, revoke)
	return c
}

func (p *program) operatorCommand() *cobra.Command {
	c := &cobra.Command{Use: "operator", Short: "List or disable operators", Args: usage(cobra.NoArgs), RunE: help}
	var authority string
	list := &cobra.Command{
		Use: "list [--authority ID]", Short: "List operators; the hub does not know their names", Args: usage(cobra.NoArgs),
		RunE: func(c *cobra.Command, _ []string) error {
			return p.with(c.Context(), "", func(o *opened) error {
				operators, err := o.ListOperators(c.Context(), authority)
				if err != nil {
					return err
				}
				return p.table("operator\tauthority\toffice\trole\tactive\tpassword", len(operators), func(i int) string {
					r := operators[i]
					return fmt.Sprintf("%s\t%s\t%s\t%s\t%t\t%t", r.ID, r.Authority, r.Office, r.Role, r.Active, r.PublicKey != "")
				})
			})
		},
	}
	list.Flags().StringVar(&authority, "authority", "", "only this authority")
	disable := &cobra.Command{
		Use: "disable OPERATOR", Short: "Take an operator's role away, at once", Args: usage(cobra.ExactArgs(1)),
		RunE: func(c *cobra.Command, args []string) error {
			return p.with(c.Context(), "", func(o *opened) error { return o.DisableOperator(c.Context(), args[0]) })
		},
	}
	c.AddCommand(list, disable)
	return c
}

func help(c *cobra.Command, _ []string) error { return c.Help() }

func day(t *time.Time) string {
	if t == nil {
		return ""
	}
	return membership.ItalianTime(*t).Format(time.DateOnly) // as the papers name it
}

func (p *program) table(head string, rows int, row func(i int) string) error {
	w := tabwriter.NewWriter(p.out, 0, 0, 2, ' ', 0)
	if _, err := fmt.Fprintln(w, head); err != nil {
		return err
	}
	for i := range rows {
		if _, err := fmt.Fprintln(w, row(i)); err != nil {
			return err
		}
	}
	return w.Flush()
}

// What travels on a USB stick.

func (p *program) bundleCommand() *cobra.Command {
	var out string
	var params region.BundleParams
	c := &cobra.Command{
		Use:   "bundle -o FILE [--device ID]... [--office ID]... [--since VERSION]",
		Short: "Write the published catalogue, and what named workstations may know, for a USB stick",
		Args:  usage(cobra.NoArgs),
		RunE: func(c *cobra.Command, _ []string) error {
			if out == "" {
				return app.Fault(app.CodeUsage, nil, "detail", "-o FILE")
			}
			return p.with(c.Context(), "", func(o *opened) error {
				var r region.BundleReport
				err := replaced(out, func(w io.Writer) (err error) {
					r, err = o.Bundle(c.Context(), params, w)
					return err
				})
				if err != nil {
					return err
				}
				_, err = fmt.Fprintf(p.out, "version %d: %d changes, %d blobs, %d missing, %d workstations\n", r.Version, r.Changes, r.Blobs, r.Missing, r.Private)
				return err
			})
		},
	}
	c.Flags().StringVarP(&out, "output", "o", "", "file to write")
	c.Flags().StringArrayVar(&params.Devices, "device", nil, "workstation whose private part goes along")
	c.Flags().StringArrayVar(&params.Offices, "office", nil, "office whose workstations' private parts go along")
	c.Flags().Int64Var(&params.Since, "since", 0, "only the changes after this version of the feed, in place of the whole catalogue")
	c.Flags().BoolVar(&params.Compress, "zstd", false, "pack the file")
	return c
}

func (p *program) uploadsCommand() *cobra.Command {
	return &cobra.Command{
		Use:   "import-uploads FILE",
		Short: "Store what a workstation exported on a USB stick",
		Args:  usage(cobra.ExactArgs(1)),
		RunE: func(c *cobra.Command, args []string) error {
			return p.with(c.Context(), "", func(o *opened) error {
				f, err := os.Open(args[0])
				if err != nil {
					return app.Fault(app.CodeFile, err, "path", args[0])
				}
				r, err := o.ImportUploads(c.Context(), args[0], f)
				if err = joined(err, f.Close()); err != nil {
					return err
				}
				_, err = fmt.Fprintf(p.out, "device %s: %d batches; %d created, %d duplicate, %d accepted with conflict, %d rejected, %d not taken\n",
					r.Device, r.Batches, r.Verdicts[wire.VerdictCreated], r.Verdicts[wire.VerdictDuplicate],
					r.Verdicts[wire.VerdictAcceptedWithConflict], r.Verdicts[wire.VerdictRejected], r.NotTaken)
				return err
			})
		},
	}
}

// replaced writes beside the file and renames.
func replaced(path string, write func(io.Writer) error) (err error) {
	temp, err := os.CreateTemp(filepath.Dir(path), ".bundle-*")
	if err != nil {
		return app.Fault(app.CodeFile, err, "path", path)
	}
	err = buffered(temp, write)
	if err == nil {
		err = temp.Sync()
	}
	err = joined(err, temp.Close())
	if err == nil {
		err = os.Rename(temp.Name(), path)
	}
	if err != nil {
		return joined(err, os.Remove(temp.Name()))
	}
	return nil
}
