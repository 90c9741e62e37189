package main

import (
	"bufio"
	"compress/gzip"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"text/tabwriter"

	"github.com/klauspost/compress/zstd"
	"github.com/spf13/cobra"

	"polis/app"
	"polis/app/region"
)

func (p *program) importCommand() *cobra.Command {
	var strict bool
	var blobs string
	c := &cobra.Command{
		Use:   "import [--strict] [--blobs DIR] FILE...|-",
		Short: "Read JSON Lines (plain, .gz or .zst) into the catalogue; publish makes them visible",
		Args:  usage(cobra.MinimumNArgs(1)),
		RunE: func(c *cobra.Command, args []string) error {
			params := region.ImportParams{Strict: strict, Sources: p.sources(args), Refused: p.refused(len(args) > 1)}
			if blobs != "" {
				if info, err := os.Stat(blobs); err != nil || !info.IsDir() {
					return app.Fault(app.CodeFile, err, "path", blobs)
				}
				params.Blobs = os.DirFS(blobs)
			}
			return p.with(c.Context(), "", func(o *opened) error {
				report, err := o.Import(c.Context(), params)
				p.warnings(report.Warnings)
				if err != nil {
					return err
				}
				return p.printImport(report, blobs != "")
			})
		},
	}
	c.Flags().BoolVar(&strict, "strict", false, "refuse everything when a line cannot be read")
	c.Flags().StringVar(&blobs, "blobs", "", "folder of attachments and logos")
	return c
}

func (p *program) sources(names []string) []region.Source {
	var list []region.Source
	for _, name := range names {
		s := region.Source{Name: name, Open: func() (io.ReadCloser, error) { return os.Open(name) }} // #nosec G304 -- the administrator names it
		if name == "-" {
			s = region.Source{Name: "stdin", Open: func() (io.ReadCloser, error) { return io.NopCloser(p.in), nil }}
		}
		list = append(list, s)
	}
	return list
}

func (p *program) refused(several bool) func(region.Refusal) {
	return func(r region.Refusal) {
		if several {
			p.warn("%s: ", r.Source)
		}
		p.warn("line %d: %s\n", r.Line, r.Reason)
	}
}

func (p *program) warnings(list []region.Warning) {
	for _, w := range list {
		where := w.Source
		if w.Line > 0 {
			where += " line " + strconv.Itoa(w.Line)
		}
		if w.Count > 1 {
			where += " and " + strconv.Itoa(w.Count-1) + " more"
		}
		p.warn("warning: %s (%s)\n", w.Text, where)
	}
}

func (p *program) printImport(r region.ImportReport, blobs bool) error {
	t := tabwriter.NewWriter(p.out, 0, 0, 2, ' ', tabwriter.AlignRight)
	lines := []string{"type\tnew\tchanged\tunchanged\tdeleted\trefused\t"}
	for _, kind := range slices.Sorted(maps.Keys(r.Types)) {
		n := r.Types[kind]
		lines = append(lines, fmt.Sprintf("%s\t%d\t%d\t%d\t%d\t%d\t", kind, n.New, n.Changed, n.Unchanged, n.Deleted, n.Refused))
	}
	if _, err := fmt.Fprintln(t, strings.Join(lines, "\n")); err != nil {
		return err
	}
	if err := t.Flush(); err != nil || !blobs {
		return err
	}
	_, err := fmt.Fprintf(p.out, "blobs: %d new, %d known\n", r.BlobsNew, r.BlobsKnown)
	return err
}

func (p *program) exportCommand() *cobra.Command {
	var kind string
	c := &cobra.Command{
		Use:   "export [--type sheet|office|authority|event|synonym|best_bet|contact] [FILE]",
		Short: "Write the catalogue, or the contacts, as JSON Lines (.gz and .zst by the file's ending)",
		Args:  usage(cobra.MaximumNArgs(1)),
		RunE: func(c *cobra.Command, args []string) error {
			return p.with(c.Context(), "", func(o *opened) error {
				write := func(w io.Writer) error { return o.Export(c.Context(), kind, w) }
				if len(args) == 0 || args[0] == "-" {
					return buffered(p.out, write)
				}
				return toFile(args[0], write)
			})
		},
	}
	c.Flags().StringVar(&kind, "type", "", "only this type: "+strings.Join(region.ExportTypes(), ", "))
	return c
}

func buffered(w io.Writer, write func(io.Writer) error) error {
	b := bufio.NewWriterSize(w, 256<<10)
	if err := write(b); err != nil {
		return err
	}
	return b.Flush()
}

// toFile writes beside the file and renames, so that a broken export never
// takes the place of a good one.
func toFile(path string, write func(io.Writer) error) (err error) {
	temp, err := os.CreateTemp(filepath.Dir(path), ".export-*")
	if err != nil {
		return app.Fault(app.CodeFile, err, "path", path)
	}
	err = compressed(path, temp, write)
	if err == nil {
		err = temp.Sync()
	}
	err = joined(err, temp.Close())
	if err == nil {
		err = os.Rename(temp.Name(), path)
	}
	if err == nil {
		return nil
	}
	if rerr := os.Remove(temp.Name()); rerr != nil && !errors.Is(rerr, fs.ErrNotExist) {
		err = errors.Join(err, rerr)
	}
	if app.ErrorCode(err) == app.CodeInternal {
		return app.Fault(app.CodeFile, err, "path", path)
	}
	return err
}

func compressed(path string, w io.Writer, write func(io.Writer) error) error {
	var z io.WriteCloser
	var err error
	switch filepath.Ext(path) {
	case ".gz":
		z = gzip.NewWriter(w)
	case ".zst":
		z, err = zstd.NewWriter(w)
	default:
		return buffered(w, write)
	}
	if err != nil {
		return err
	}
	return joined(buffered(z, write), z.Close())
}

func (p *program) publishCommand() *cobra.Command {
	var mass bool
	c := &cobra.Command{
		Use:   "publish",
		Short: "Make the imported catalogue visible to the workstations",
		Args:  usage(cobra.NoArgs),
		RunE: func(c *cobra.Command, _ []string) error {
			return p.with(c.Context(), "", func(o *opened) error {
				r, err := o.Publish(c.Context(), region.PublishParams{MassDeletion: mass})
				if err != nil {
					return err
				}
				return p.printPublication(r)
			})
		},
	}
	c.Flags().BoolVar(&mass, "mass-deletion", false, "more than 20 and a quarter of all entries, words apart, are deleted on purpose")
	return c
}

func (p *program) printPublication(r region.PublishReport) error {
	if !r.Published {
		_, err := fmt.Fprintf(p.out, "version %d: nothing has changed; digest %s\n", r.Version, r.Digest)
		return err
	}
	var counts []string
	for _, kind := range slices.Sorted(maps.Keys(r.Counts)) {
		counts = append(counts, fmt.Sprintf("%s %d", kind, r.Counts[kind]))
	}
	_, err := fmt.Fprintf(p.out, "version %d: %d changed, %d deleted; %s; snapshot %d bytes; digest %s\n",
		r.Version, r.Changed, r.Deleted, strings.Join(counts, ", "), r.SnapshotSize, r.Digest)
	return err
}
