// Command polis is the workstation's window.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"log/slog"
	"os"
	"os/signal"
	"runtime"
	"sync"
	"sync/atomic"
	"syscall"
	"time"

	"fyne.io/fyne/v2"
	fyneapp "fyne.io/fyne/v2/app"

	"polis/app"
	appmembership "polis/app/membership"
	"polis/app/phrase"
	"polis/assets"
	"polis/cmd/station"
	"polis/ui"
	"polis/ui/membership"
)

// version is set by the build.
var version = "0.1.0"

const appID = "polis.workstation"

func main() {
	folder := os.Getenv("POLIS_DATA")
	if folder == "" {
		folder = station.DefaultFolder()
	}
	flag.StringVar(&folder, "data", folder, "cartella dei dati della postazione / data folder")
	showVersion := flag.Bool("version", false, "versione / version")
	flag.Parse()
	if *showVersion {
		fmt.Println("polis", version)
		return
	}
	if err := run(folder); err != nil {
		os.Exit(1)
	}
}

// run is the program from the folder to the closed window. What goes wrong
// before there is a window is told on standard error and in a small window.
func run(folder string) error {
	books, err := station.Books()
	if err != nil {
		_, _ = fmt.Fprintln(os.Stderr, "error:", err)
		return err
	}
	if !hasDisplay() {
		return complain(books["it"], app.Fault(app.CodeNoDisplay, nil))
	}
	m := &window{folder: folder, books: books}
	if err := m.open(); err != nil {
		_ = complain(books["it"], err)
		ui.ShowFault(fyneapp.NewWithID(appID), books["it"], err)
		return err
	}
	if m.instance == nil { // the first window has come to the front
		return nil
	}
	go m.overtake()
	m.ui.ShowAndRun()
	return m.close()
}

// patience is how long the toolkit may take to end once the window is closed.
const patience = 3 * time.Second

// overtake ends the program when the toolkit does not: Fyne 2.7.4 can wait
// forever for an event that came while its loop ended, and a process without
// a window would keep the next start from opening one.
func (w *window) overtake() {
	<-w.ui.Closing()
	time.Sleep(patience)
	if err := w.close(); err != nil {
		os.Exit(1)
	}
	os.Exit(0)
}

func hasDisplay() bool {
	return runtime.GOOS == "windows" || runtime.GOOS == "darwin" || os.Getenv("DISPLAY") != "" || os.Getenv("WAYLAND_DISPLAY") != ""
}

func complain(book *phrase.Book, err error) error {
	message, hint := book.Error(err)
	_, _ = fmt.Fprintf(os.Stderr, "error: %s\nhint: %s\ndetail: %v\n", message, hint, err)
	return err
}

// window is the program while it runs.
type window struct {
	folder   string
	books    map[string]*phrase.Book
	log      *slog.Logger
	logFile  io.Closer
	instance *instance
	ui       *ui.Window
	station  *station.Station                    // the enrolled one; kept open behind the doors too
	register func() (membership.Register, error) // the list of public bodies, read when it is first asked for
	stop     context.CancelFunc
	ready    atomic.Bool // there is a window that can be shown
	ending   sync.Once
	ended    error
}

func (w *window) open() error {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	w.stop = stop
	if err := os.MkdirAll(w.folder, 0o750); err != nil {
		return app.Fault(app.CodeFolder, err, "path", w.folder)
	}
	var err error
	if w.instance, err = claim(w.folder, w.show); err != nil || w.instance == nil {
		return err
	}
	if w.log, w.logFile, err = openLog(w.folder); err != nil {
		return err
	}
	w.log.Info("start", "version", version, "go", runtime.Version(), "os", runtime.GOOS)
	changes := &changes{}
	if w.station, err = station.Open(ctx, station.Params{Folder: w.folder, Changed: changes.tell}); err != nil {
		return err
	}
	w.register = sync.OnceValues(func() (membership.Register, error) {
		bodies, err := appmembership.NewRegister(assets.Register())
		if err != nil {
			return nil, app.Fault(app.CodeInternal, err)
		}
		return bodies, nil
	})
	go w.station.Follow(ctx) // requests to join go and come before the workstation is enrolled, too
	fyneapp.SetMetadata(fyne.AppMetadata{ID: appID, Name: "POLIS", Version: version, Icon: fyne.NewStaticResource("polis.png", assets.Read("icons/polis.png"))})
	params := ui.Params{
		App: fyneapp.NewWithID(appID), Books: w.books, Open: open, Mail: mail, Log: w.log, Version: version,
		Settings: settings{w.station, w.log},
		Enrol: func(ctx context.Context, hub, code string, ca []byte) (*ui.Services, error) {
			if err := w.station.Enrol(ctx, hub, code, ca); err != nil {
				return nil, err
			}
			return w.services(ctx, w.station, changes), nil
		},
		Demonstrate: w.demonstrate,
	}
	if w.station.Enrolled() {
		params.Services = w.services(ctx, w.station, changes)
	}
	if w.ui, err = ui.New(params); err != nil {
		return err
	}
	w.ready.Store(true)
	go func() {
		<-ctx.Done()
		w.ui.Leaving() // also when the toolkit is already on its way out and runs nothing any more
		fyne.Do(params.App.Quit)
	}()
	return nil
}

// services are the use cases of an enrolled workstation; its exchange runs
// in the background from now on.
func (w *window) services(ctx context.Context, s *station.Station, c *changes) *ui.Services {
	ctx, stop := context.WithCancel(context.WithoutCancel(ctx))
	before := w.stop
	w.stop = func() { stop(); before() }
	go s.Engine.Run(ctx)
	go s.Catalogue.Index().Words().Prepare() // before the first key asks for them
	go func() {                              // what no query has touched may be damaged too
		if err := s.Catalogue.Check(ctx); err != nil && ctx.Err() == nil {
			w.log.Error("catalogue check", "error", err)
			s.Send()
		}
	}()
	go func() { // keys and notes; a keyring may take its time
		if err := s.Tend(ctx); err != nil && ctx.Err() == nil {
			w.log.Error("keys", "error", err)
		}
	}()
	var alerts []error
	if s.Catalogue.Damaged() {
		alerts = append(alerts, app.Fault(app.CodeCatalogueDamaged, nil))
	}
	return &ui.Services{
		Desk: s.Desk, Contacts: s.Office, Sheets: s.Catalogue, CallMade: s.CallMade, Exchange: &background{station: s, changes: c, log: w.log}, Settings: settings{s, w.log},
		Operators: s.Operators, Offices: s.Catalogue.Offices,
		Authority: s.Catalogue.Authority, Office: s.OfficeName, Document: s.Document, DataFolder: s.Folder, SaveFolder: s.SaveFolder(), Alerts: alerts,
		Press: s.Press, Picture: s.Paper.Picture, Membership: w.membership(), Review: s.Review, Network: s.Network,
	}
}

// membership are the requests to join that this workstation makes: those of
// the enrolled one, or of the one that is to be, never the demonstration's.
func (w *window) membership() *ui.Membership {
	return &ui.Membership{
		Applications: w.station.Applications, Document: w.station.Attachment, Settings: settings{w.station, w.log}, SaveFolder: w.station.SaveFolder(),
		Register: w.register,
	}
}

// demonstrate opens the embedded sample in a folder of its own.
func (w *window) demonstrate(ctx context.Context) (*ui.Services, error) {
	s, err := station.OpenDemonstration(ctx, station.Params{Folder: w.folder})
	if err != nil {
		return nil, err
	}
	go s.Catalogue.Index().Words().Prepare()
	return &ui.Services{
		Desk: s.Desk, Contacts: s.Office, Sheets: s.Catalogue, CallMade: s.CallMade, Settings: settings{w.station, w.log}, Authority: s.Catalogue.Authority, Office: s.OfficeName,
		Document: s.Document, Press: s.Press, Picture: s.Paper.Picture, DataFolder: s.Folder, SaveFolder: s.SaveFolder(), Demonstration: true, Close: s.Close,
		Membership: w.membership(), Network: s.Network,
	}, nil
}

// show brings the window to the front for a second start. A call that comes
// while the first one is still opening its files (a double click too many)
// finds no toolkit yet: the window is about to appear by itself.
func (w *window) show() {
	if w.ready.Load() {
		fyne.Do(w.ui.Show)
	}
}

// close closes the files, once; whoever comes second waits for the first.
func (w *window) close() error {
	w.ending.Do(func() {
		w.stop()
		w.log.Info("end")
		w.ended = errors.Join(w.station.Close(), w.instance.release(), w.logFile.Close())
	})
	return w.ended
}
