// Command polisctl does what the workstation's window does, without a
// window: search, read, print, log, synchronise.
package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"strings"
	"syscall"

	"github.com/spf13/cobra"

	"polis/app"
	"polis/app/phrase"
	"polis/cmd/station"
)

// version is set by the build.
var version = "dev"

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	code := run(ctx, os.Args[1:], os.Stdout, os.Stderr)
	stop()
	os.Exit(code)
}

// run is the program: 0 only when everything asked for was done.
func run(ctx context.Context, args []string, stdout, stderr io.Writer) int {
	books, err := station.Books()
	if err != nil {
		_, _ = fmt.Fprintf(stderr, "error: %v\n", err)
		return 1
	}
	c := &control{books: books, book: books[language(os.Getenv)], out: stdout, err: stderr}
	root := c.command()
	root.SetArgs(args)
	if err := root.ExecuteContext(ctx); err != nil {
		c.complain(err)
		return 1
	}
	return 0
}

// language is Italian unless the system asks for English.
func language(getenv func(string) string) string {
	for _, name := range []string{"POLIS_LANG", "LC_ALL", "LC_MESSAGES", "LANG"} {
		if v := getenv(name); v != "" {
			if strings.HasPrefix(v, "en") {
				return "en"
			}
			return "it"
		}
	}
	return "it"
}

// control is the command line at work.
type control struct {
	books    map[string]*phrase.Book
	book     *phrase.Book
	out, err io.Writer

	folder string
	json   bool
}

func (c *control) command() *cobra.Command {
	root := &cobra.Command{
		Use: "polisctl", Short: c.book.Text("ctl.short"), Version: version,
		SilenceErrors: true, SilenceUsage: true,
		Args: func(_ *cobra.Command, args []string) error {
			if len(args) > 0 {
				return usage(args[0])
			}
			return nil
		},
		RunE: func(cmd *cobra.Command, _ []string) error { return cmd.Help() },
	}
	root.SetOut(c.out)
	root.SetErr(c.err)
	root.SetFlagErrorFunc(func(_ *cobra.Command, err error) error { return usage(err.Error()) })
	folder := os.Getenv("POLIS_DATA")
	if folder == "" {
		folder = station.DefaultFolder()
	}
	root.PersistentFlags().StringVar(&c.folder, "data", folder, c.book.Text("ctl.flag.data"))
	root.PersistentFlags().BoolVar(&c.json, "json", false, c.book.Text("ctl.flag.json"))
	root.CompletionOptions.DisableDefaultCmd = true
	root.AddCommand(c.enrolCommand(), c.syncCommand(), c.statusCommand(), c.diagnoseCommand(), c.quarantineCommand(), c.settingsCommand(),
		c.importCommand(), c.exportCommand(), c.searchCommand(), c.sheetCommand(), c.contactCommand(), c.printCommand(), c.receiptCommand(), c.printersCommand(),
		c.membershipCommand(), c.officeCommand(), c.bundleCommand())
	return root
}

func usage(detail string) error { return app.Fault(app.CodeUsage, nil, "detail", detail) }

// exactly wants n arguments and says so in our own words.
func (c *control) exactly(n int, what string) cobra.PositionalArgs {
	return func(_ *cobra.Command, args []string) error {
		if len(args) != n {
			return usage(what)
		}
		return nil
	}
}

func (c *control) complain(err error) {
	message, hint := c.book.Error(err)
	_, _ = fmt.Fprintf(c.err, "error: %s\n", message)
	if hint != "" {
		_, _ = fmt.Fprintf(c.err, "hint: %s\n", hint)
	}
	if app.ErrorCode(err) == app.CodeInternal {
		_, _ = fmt.Fprintf(c.err, "detail: %v\n", err)
	}
}

// act is a command of a family that does something with n arguments at the
// opened workstation; the first word of use names it and its help.
func (c *control) act(family, use string, n int, do func(context.Context, *station.Station, []string) error) *cobra.Command {
	word, _, _ := strings.Cut(use, " ")
	return &cobra.Command{
		Use: use, Short: c.book.Text("ctl." + family + "_" + word), Args: c.exactly(n, family+" "+use),
		RunE: func(cmd *cobra.Command, args []string) error {
			return c.with(cmd.Context(), func(s *station.Station) error { return do(cmd.Context(), s, args) })
		},
	}
}

// with opens the workstation for one command.
func (c *control) with(ctx context.Context, do func(*station.Station) error) (err error) {
	s, err := station.Open(ctx, station.Params{Folder: c.folder})
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, s.Close()) }()
	if s.Catalogue.Damaged() {
		_, _ = fmt.Fprintf(c.err, "%s %s\n", c.book.Text("error.catalogue_damaged"), c.book.Text("ctl.catalogue_damaged"))
	}
	return do(s)
}

func (c *control) line(format string, args ...any) error {
	_, err := fmt.Fprintf(c.out, format+"\n", args...)
	return err
}
