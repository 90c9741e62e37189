package main

import (
	"context"
	"fmt"
	"time"

	"github.com/spf13/cobra"
)

func (p *program) migrateCommand() *cobra.Command {
	return &cobra.Command{
		Use:   "migrate",
		Short: "Bring the database's structure up to date; other commands refuse an older PostgreSQL database",
		Args:  usage(cobra.NoArgs),
		RunE: func(c *cobra.Command, _ []string) error {
			return p.withHow(c.Context(), opening{migrate: true}, func(o *opened) error {
				from, to, err := o.store.Schema()
				if err != nil {
					return err
				}
				if from == to {
					_, err = fmt.Fprintf(p.out, "structure %d: up to date\n", to)
				} else {
					_, err = fmt.Fprintf(p.out, "structure %d -> %d\n", from, to)
				}
				return err
			})
		},
	}
}

func (p *program) backupCommand() *cobra.Command {
	return &cobra.Command{
		Use:   "backup FILE",
		Short: "Write the whole hub to a file, while it serves; keep it safe, it contains keys",
		Long: `Write the whole hub to a file that restores into SQLite and PostgreSQL. The hub may serve meanwhile.
The file contains keys of the hub: keep it as safe as the hub itself. It does not contain root.key, ca.pem, ca.key,
server.pem and server.key of the data folder; copy them once, to another place.`,
		Args: usage(cobra.ExactArgs(1)),
		RunE: func(c *cobra.Command, args []string) error {
			return p.with(c.Context(), "", func(o *opened) error {
				r, err := o.store.Backup(c.Context(), o.files, args[0], p.clock)
				if err != nil {
					return err
				}
				_, err = fmt.Fprintf(p.out, "backup: %d bytes; contacts %d, workstations %d, files %d\n", r.Size, r.Rows["contact"], r.Rows["device"], r.Files)
				return err
			})
		},
	}
}

func (p *program) restoreCommand() *cobra.Command {
	return &cobra.Command{
		Use:   "restore FILE",
		Short: "Fill an empty database from a backup and begin a new epoch",
		Args:  usage(cobra.ExactArgs(1)),
		RunE: func(c *cobra.Command, args []string) error {
			return p.withHow(c.Context(), opening{migrate: true}, func(o *opened) error {
				r, err := o.store.Restore(c.Context(), o.files, args[0], p.clock)
				if err != nil {
					return err
				}
				if _, err := fmt.Fprintf(p.out, "restored the backup of %s: contacts %d, workstations %d, files %d; epoch %s\n",
					r.MadeAt.Format(time.RFC3339), r.Rows["contact"], r.Rows["device"], r.Files, r.Epoch); err != nil {
					return err
				}
				if !r.Snapshot {
					p.warn("warning: the backup has no snapshot of the catalogue; run polis-hub publish\n")
				}
				return nil
			})
		},
	}
}

func (p *program) newEpochCommand() *cobra.Command {
	return &cobra.Command{
		Use:   "new-epoch",
		Short: "After a restore by the database's own means: workstations send again what it does not have",
		Args:  usage(cobra.NoArgs),
		RunE: func(c *cobra.Command, _ []string) error {
			return p.with(c.Context(), "", func(o *opened) error {
				epoch, err := o.store.NewEpoch(c.Context(), p.clock)
				if err != nil {
					return err
				}
				_, err = fmt.Fprintf(p.out, "epoch %s\n", epoch)
				return err
			})
		},
	}
}

// opening says how a command opens the hub.
type opening struct {
	publicBase string
	address    string // at which workstations reach the hub
	ca         string // PEM of its own authority
	migrate    bool   // PostgreSQL: change an older schema
	brief      bool   // no statement lasts long
}

// with runs a use case over the opened hub.
func (p *program) with(ctx context.Context, publicBase string, use func(*opened) error) error {
	return p.withHow(ctx, opening{publicBase: publicBase}, use)
}

func (p *program) withHow(ctx context.Context, how opening, use func(*opened) error) error {
	o, err := p.open(ctx, how)
	if err != nil {
		return err
	}
	return joined(use(o), o.store.Close())
}
