// Command polis-hub is the regional server: it imports and publishes the
// catalogue, enrols workstations and answers them over HTTPS.
package main

import (
	"context"
	"fmt"
	"io"
	"os"
	"os/signal"
	"path/filepath"
	"runtime"
	"strings"
	"syscall"

	"github.com/spf13/cobra"

	"polis/app"
	"polis/app/phrase"
	"polis/app/region"
	"polis/assets"
	"polis/data/hubstore"
	"polis/data/signature"
)

const version = "0.1.0"

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	p := program{in: os.Stdin, out: os.Stdout, err: os.Stderr, getenv: os.Getenv, clock: app.SystemClock{}}
	os.Exit(p.run(ctx, os.Args[1:]))
}

// program is what a command line runs against; tests give their own.
type program struct {
	in       io.Reader
	out, err io.Writer
	getenv   func(string) string
	clock    app.Clock

	data, db, address string // flags of every command
	json              bool   // of "membership"
}

func (p *program) run(ctx context.Context, args []string) int {
	root := p.root()
	root.SetArgs(args)
	err := root.ExecuteContext(ctx)
	if err == nil {
		return 0
	}
	message, hint := p.sentences(err)
	p.warn("error: %s\n", message)
	if hint != "" {
		p.warn("hint: %s\n", hint)
	}
	return 1
}

// warn writes to stderr; there is nowhere to report that this failed.
func (p *program) warn(format string, args ...any) {
	_, _ = fmt.Fprintf(p.err, format, args...)
}

func (p *program) root() *cobra.Command {
	root := &cobra.Command{
		Use:           "polis-hub",
		Short:         "Regional server of POLIS: catalogue, enrolment, synchronisation",
		Version:       version,
		SilenceErrors: true,
		SilenceUsage:  true,
		Args:          usage(cobra.NoArgs),
		RunE:          func(c *cobra.Command, _ []string) error { return c.Help() },
	}
	root.SetIn(p.in)
	root.SetOut(p.out)
	root.SetErr(p.err)
	root.SetVersionTemplate("polis-hub {{.Version}}\n")
	root.CompletionOptions.HiddenDefaultCmd = true
	root.SetFlagErrorFunc(func(_ *cobra.Command, err error) error { return usageFault(err) })
	root.PersistentFlags().StringVar(&p.data, "data", "", "data folder (POLIS_HUB_DATA)")
	root.PersistentFlags().StringVar(&p.db, "db", "", "database, sqlite:PATH or postgres://USER@HOST/NAME (POLIS_HUB_DB; default hub.db in the data folder)")
	root.PersistentFlags().StringVar(&p.address, "address", "", "address at which workstations reach this hub, https://... (POLIS_HUB_ADDRESS; serve: where it listens)")
	root.AddCommand(p.importCommand(), p.exportCommand(), p.publishCommand(), p.serveCommand(), p.codeCommand(), p.openapiCommand(),
		p.migrateCommand(), p.backupCommand(), p.restoreCommand(), p.newEpochCommand(),
		p.deviceCommand(), p.operatorCommand(), p.bundleCommand(), p.uploadsCommand(), p.rootCommand(), p.keyCommand(),
		p.membershipCommand(), p.settingsCommand())
	return root
}

func usage(check cobra.PositionalArgs) cobra.PositionalArgs {
	return func(c *cobra.Command, args []string) error {
		if err := check(c, args); err != nil {
			return usageFault(err)
		}
		return nil
	}
}

func usageFault(err error) error { return app.Fault(app.CodeUsage, err, "detail", err.Error()) }

// sentences says in the user's language what happened. What is not a fault
// with a sentence comes as the technical cause: who runs a hub can use it.
func (p *program) sentences(err error) (message, hint string) {
	lang := "en"
	for _, name := range []string{"LC_ALL", "LC_MESSAGES", "LANG"} {
		if v := p.getenv(name); v != "" {
			if strings.HasPrefix(v, "it") {
				lang = "it"
			}
			break
		}
	}
	book, berr := phrase.New(lang, assets.Translations(lang)...)
	if berr != nil || !book.Has("error."+string(app.ErrorCode(err))) {
		return err.Error(), ""
	}
	if app.ErrorCode(err) == app.CodeInternal {
		message, _ = book.Error(err)
		return message + " (" + err.Error() + ")", ""
	}
	return book.Error(err)
}

// folder returns the data folder: flag, environment, or the system's place.
func (p *program) folder() (string, error) {
	if p.data != "" {
		return p.data, nil
	}
	if env := p.getenv("POLIS_HUB_DATA"); env != "" {
		return env, nil
	}
	return defaultFolder(runtime.GOOS, os.Geteuid() == 0, p.getenv)
}

func defaultFolder(system string, isRoot bool, getenv func(string) string) (string, error) {
	home := getenv("HOME")
	switch {
	case system == "windows" && getenv("ProgramData") != "":
		return filepath.Join(getenv("ProgramData"), "polis-hub"), nil
	case system == "darwin" && home != "":
		return filepath.Join(home, "Library", "Application Support", "polis-hub"), nil
	case system != "windows" && isRoot:
		return "/var/lib/polis-hub", nil
	case system != "windows" && filepath.IsAbs(getenv("XDG_DATA_HOME")):
		return filepath.Join(getenv("XDG_DATA_HOME"), "polis-hub"), nil
	case system != "windows" && home != "":
		return filepath.Join(home, ".local", "share", "polis-hub"), nil
	}
	return "", app.Fault(app.CodeUsage, nil, "detail", "--data")
}

// database opens what --db or POLIS_HUB_DB names. An address may hold a
// password: it is never repeated.
func (p *program) database(ctx context.Context, folder string, how opening) (*hubstore.Store, error) {
	name := p.db
	if name == "" {
		name = p.getenv("POLIS_HUB_DB")
	}
	if name == "" {
		return hubstore.OpenSQLite(ctx, filepath.Join(folder, "hub.db"), p.clock)
	}
	scheme, path, _ := strings.Cut(name, ":")
	switch {
	case scheme == "sqlite" && path != "":
		return hubstore.OpenSQLite(ctx, path, p.clock)
	case scheme == "postgres" || scheme == "postgresql":
		return hubstore.OpenPostgres(ctx, hubstore.PostgresParams{Address: name, Clock: p.clock, Migrate: how.migrate, Patient: !how.brief})
	}
	return nil, app.Fault(app.CodeInvalid, nil, "field", "--db", "value", scheme+":...")
}

// opened is a hub with its storage.
type opened struct {
	*region.Hub
	folder string
	store  *hubstore.Store
	files  hubstore.Files
}

func (p *program) open(ctx context.Context, how opening) (*opened, error) {
	folder, err := p.folder()
	if err != nil {
		return nil, err
	}
	store, err := p.database(ctx, folder, how)
	if err != nil {
		return nil, err
	}
	o := &opened{folder: folder, store: store}
	o.files, err = hubstore.OpenFiles(store, folder)
	if err == nil {
		o.Hub, err = region.New(region.Params{
			Store: store, Files: o.files, Clock: p.clock, PublicBase: how.publicBase, Address: how.address, CA: how.ca,
			Bodies: &register{}, Signature: signature.ReadSignature,
		})
	}
	if err != nil {
		return nil, joined(err, store.Close())
	}
	return o, nil
}

// joined keeps the first error: its code is what a person must read.
func joined(first, second error) error {
	if first != nil {
		return first
	}
	return second
}
