//go:build unix

package trial

import (
	"bufio"
	"context"
	_ "embed"
	"errors"
	"fmt"
	"io/fs"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"sync/atomic"
	"syscall"
	"testing"
	"time"
)

// Paper is a piece of work that reached a printer.
type Paper struct {
	File   string // the document as the printer got it
	Title  string
	User   string
	Copies int
	// Options are what the printer was told besides, by their IPP or PPD
	// names: sides, page-ranges, InputSlot...
	Options map[string]string
}

// Tray is where a test's printer puts its papers.
type Tray struct {
	Folder string

	t      testing.TB
	by     *service // what brings the papers
	papers *bufio.Reader
	pipe   *os.File
}

// printed is the longest that a paper may be on its way.
const printed = time.Minute

// Next waits for the next paper; a minute without one fails the test, and so
// does, at once, the crash of what should bring it.
func (y *Tray) Next() Paper {
	y.t.Helper()
	if err := y.pipe.SetReadDeadline(time.Now().Add(printed)); err != nil {
		y.t.Fatal(err)
	}
	defer context.AfterFunc(y.by.lost, func() { _ = y.pipe.SetReadDeadline(time.Unix(1, 0)) })() // a closed pipe waits no more
	name, err := y.papers.ReadString('\n')
	if lost := context.Cause(y.by.lost); lost != nil {
		err = lost
	}
	if err != nil {
		y.t.Fatalf("no paper came out: %v", err)
	}
	return y.paper(strings.TrimSpace(name))
}

// Empty fails the test when papers came out that nobody took.
func (y *Tray) Empty() {
	y.t.Helper()
	for _, e := range y.files() {
		if strings.HasSuffix(e, ".pdf") {
			y.t.Errorf("%s came out", e)
		}
	}
}

// Fault has the next job wait with these reasons (IPP: "media-empty-error")
// until Mend. The reason "none" makes it wait without any.
func (y *Tray) Fault(reasons string) {
	y.t.Helper()
	if err := os.WriteFile(filepath.Join(y.Folder, "fault"), []byte(reasons), 0o644); err != nil { //nolint:gosec // the print service reads it as another user
		y.t.Fatal(err)
	}
}

// Mend lets the job that waits go on, and all later ones.
func (y *Tray) Mend() {
	if err := os.Remove(filepath.Join(y.Folder, "fault")); err != nil && !errors.Is(err, fs.ErrNotExist) {
		y.t.Error(err)
	}
}

func (y *Tray) files() []string {
	entries, err := os.ReadDir(y.Folder)
	if err != nil {
		y.t.Fatal(err)
	}
	var names []string
	for _, e := range entries {
		names = append(names, e.Name())
	}
	return names
}

// paper reads what the script noted of a job.
func (y *Tray) paper(name string) Paper {
	y.t.Helper()
	told, err := os.ReadFile(filepath.Join(y.Folder, name+".told"))
	if err != nil {
		y.t.Fatal(err)
	}
	taken := filepath.Join(y.Folder, "taken-"+name)
	if err := os.Rename(filepath.Join(y.Folder, name+".pdf"), taken); err != nil {
		y.t.Fatal(err)
	}
	p := Paper{File: taken, Options: map[string]string{}}
	for line := range strings.SplitSeq(string(told), "\n") {
		key, value, _ := strings.Cut(line, "=")
		switch key {
		case "title", "IPP_JOB_NAME":
			p.Title = value
		case "user", "IPP_JOB_ORIGINATING_USER_NAME":
			p.User = value
		case "copies", "IPP_COPIES":
			p.Copies, _ = strconv.Atoi(value) // zero shows
		case "options":
			for option := range strings.FieldsSeq(value) {
				k, v, _ := strings.Cut(option, "=")
				p.Options[k] = v
			}
		default:
			if k, ours := strings.CutPrefix(key, "IPP_"); ours {
				p.Options[strings.ToLower(strings.ReplaceAll(k, "_", "-"))] = value
			}
		}
	}
	return p
}

// printerScript is what stands at the end of every queue: it keeps a job and
// tells its number through a pipe.
//
//go:embed printer.sh
var printerScript []byte

// printerPPD describes the printer of a queue to CUPS: it takes PDF, has two
// trays, prints both sides and in colour.
//
//go:embed printer.ppd
var printerPPD []byte

// service is a program that works for a test until it is told to end.
type service struct {
	t     testing.TB
	cmd   *exec.Cmd
	asked atomic.Bool     // to end
	lost  context.Context // over, with the cause, when it ended unasked
	over  chan struct{}   // closed when nothing of it is left
}

// serve starts a program; the test's end kills it. When it ends before
// somebody asked it to, the test has failed and says so at once.
func serve(t testing.TB, cmd *exec.Cmd) *service {
	t.Helper()
	cmd.Stderr, cmd.WaitDelay = t.Output(), printed // what a killed service leaves running may hold its output
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	lost, lose := context.WithCancelCause(context.Background())
	s := &service{t: t, cmd: cmd, lost: lost, over: make(chan struct{})}
	go func() {
		defer close(s.over)
		state, err := cmd.Process.Wait() // Wait of cmd would first wait for the output
		if !s.asked.Load() {
			unasked := fmt.Errorf("%s ended by itself: %v", filepath.Base(cmd.Path), state)
			if err != nil {
				unasked = err
			}
			t.Error(unasked)
			lose(unasked)
		}
		_ = cmd.Wait() // for the rest of the output; how it ended is known
	}()
	t.Cleanup(func() { s.end(syscall.SIGKILL) })
	return s
}

// end asks the program to end and waits for it; one that has ended is left
// alone.
func (s *service) end(signal os.Signal) {
	s.asked.Store(true)
	if err := s.cmd.Process.Signal(signal); err != nil && !errors.Is(err, os.ErrProcessDone) {
		s.t.Error(err)
	}
	<-s.over
}

// newTray makes a folder that the print service can write to, with the
// script of its printer.
func newTray(t testing.TB, folder string) *Tray {
	t.Helper()
	must := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	must(os.MkdirAll(folder, 0o755)) //nolint:gosec // the print service is another user
	pipe := filepath.Join(folder, "pipe")
	must(syscall.Mkfifo(pipe, 0o666))
	for _, p := range []string{folder, pipe} {
		must(os.Chmod(p, 0o777)) //nolint:gosec // the same
	}
	f, err := os.OpenFile(pipe, os.O_RDWR, 0) // with a writer of its own it never ends
	must(err)
	y := &Tray{Folder: folder, t: t, pipe: f, papers: bufio.NewReader(f)}
	t.Cleanup(func() { y.Mend(); _ = f.Close() })
	return y
}

// CUPS is a print service of the test's own, beside the computer's.
type CUPS struct {
	Server string // its socket

	t      testing.TB
	folder string
	daemon *service
}

// NewCUPS starts a print service without queues; the test's end stops it.
// Without cupsd the test is skipped loudly. Directives are added to its
// cupsd.conf.
func NewCUPS(t testing.TB, directives ...string) *CUPS {
	t.Helper()
	cupsd := tool(t, "cupsd")
	// Short, as the name of a socket must be, and open to the service's user.
	folder, err := os.MkdirTemp("", "cups")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := os.RemoveAll(folder); err != nil {
			t.Error(err)
		}
	})
	c := &CUPS{Server: filepath.Join(folder, "run", "cups.sock"), t: t, folder: folder}
	c.furnish(directives)
	c.daemon = serve(t, exec.Command(cupsd, "-f", "-c", filepath.Join(folder, "etc", "cupsd.conf"), "-s", filepath.Join(folder, "etc", "cups-files.conf"))) //nolint:gosec // a tool of the tests
	t.Cleanup(c.Stop)
	c.daemon.answers("unix", c.Server)
	return c
}

// furnish writes the service's files.
func (c *CUPS) furnish(directives []string) {
	must := func(err error) {
		c.t.Helper()
		if err != nil {
			c.t.Fatal(err)
		}
	}
	must(os.Chmod(c.folder, 0o755)) //nolint:gosec // for the service's user
	for _, d := range []string{"etc", "spool", "cache", "run", "log", "tmp", "bin/backend"} {
		must(os.MkdirAll(filepath.Join(c.folder, d), 0o755)) //nolint:gosec // the same
	}
	must(os.Chmod(filepath.Join(c.folder, "tmp"), 0o777|fs.ModeSticky))
	for _, d := range []string{"daemon", "driver", "filter", "monitor", "notifier", "cgi-bin"} {
		must(os.Symlink("/usr/lib/cups/"+d, filepath.Join(c.folder, "bin", d)))
	}
	for _, b := range []string{"ipp", "ipps", "http", "socket", "cups-pdf"} {
		if _, err := os.Stat("/usr/lib/cups/backend/" + b); err == nil {
			must(os.Symlink("/usr/lib/cups/backend/"+b, filepath.Join(c.folder, "bin", "backend", b)))
		}
	}
	must(os.WriteFile(filepath.Join(c.folder, "bin", "backend", "tray"), printerScript, 0o755)) //nolint:gosec // a program
	must(os.WriteFile(filepath.Join(c.folder, "tray.ppd"), printerPPD, 0o644))                  //nolint:gosec // read by the service's user
	conf := strings.Join(append([]string{
		"Listen " + c.Server, "LogLevel debug", "MaxLogSize 0", "Browsing Off", "DefaultShared No", "DefaultAuthType None", "WebInterface No", "ErrorPolicy retry-current-job",
		"<Location />\nOrder allow,deny\nAllow all\n</Location>",
		"<Policy default>\nJobPrivateAccess all\nJobPrivateValues none\n<Limit All>\nOrder deny,allow\nAllow all\n</Limit>\n</Policy>",
	}, directives...), "\n")
	must(os.WriteFile(filepath.Join(c.folder, "etc", "cupsd.conf"), []byte(conf+"\n"), 0o644)) //nolint:gosec // the same
	files := fmt.Sprintf(`ServerRoot %[1]s/etc
RequestRoot %[1]s/spool
CacheDir %[1]s/cache
StateDir %[1]s/run
TempDir %[1]s/tmp
ServerBin %[1]s/bin
Printcap %[1]s/run/printcap
AccessLog %[1]s/log/access
ErrorLog %[1]s/log/error
PageLog %[1]s/log/page
SystemGroup root
`, c.folder)
	if os.Getuid() != 0 { // a service of somebody who is not root serves only this one
		files += fmt.Sprintf("User %d\n", os.Getuid())
	}
	must(os.WriteFile(filepath.Join(c.folder, "etc", "cups-files.conf"), []byte(files), 0o644)) //nolint:gosec // the same
}

// Env is what makes a program use this service.
func (c *CUPS) Env() []string { return []string{"CUPS_SERVER=" + c.Server} }

// Queue adds a printer whose papers come out in the tray; more are options
// of lpadmin: "-D", "Sportello 1", "-L", "Piano terra".
func (c *CUPS) Queue(name string, more ...string) *Tray {
	c.t.Helper()
	y := c.tray()
	c.Run("lpadmin", append([]string{"-p", name, "-E", "-v", "tray:" + y.Folder, "-P", filepath.Join(c.folder, "tray.ppd")}, more...)...)
	return y
}

// NetworkQueue adds a queue of a network printer, which CUPS asks what it can
// do. Not by "-m everywhere": for that cupsd starts a thread of its own
// (2.4.2: create_local_bg_thread), which shares the buffer of the log and the
// printer's state with the main one without a lock. When the first job starts
// meanwhile, its memory is spoiled or the job is forgotten, in one run of
// fifty. cups-filters' driverless does the same work in a process of its own.
func (c *CUPS) NetworkQueue(name string, n *NetworkPrinter) {
	c.t.Helper()
	c.Run("lpadmin", "-p", name, "-E", "-v", n.Address, "-m", "driverless:"+n.Address)
}

func (c *CUPS) tray() *Tray {
	y := newTray(c.t, filepath.Join(c.folder, "tray-"+strconv.Itoa(len(c.trays()))))
	y.by = c.daemon
	return y
}

func (c *CUPS) trays() []string {
	found, err := filepath.Glob(filepath.Join(c.folder, "tray-*"))
	if err != nil {
		c.t.Fatal(err)
	}
	return found
}

// PDFQueue adds a printer of cups-pdf, which draws every page anew. It wants
// root and says so loudly.
func (c *CUPS) PDFQueue(name string) *Tray {
	c.t.Helper()
	backend, ppd := filepath.Join(c.folder, "bin", "backend", "cups-pdf"), "/usr/share/ppd/cups-pdf/CUPS-PDF_noopt.ppd"
	if _, err := os.Stat(backend); err != nil || os.Getuid() != 0 {
		c.t.Skip("SKIPPED: cups-pdf prints only for root, where printer-driver-cups-pdf is installed; `make test` installs it")
	}
	y := c.tray()
	done := filepath.Join(y.Folder, "done")
	script := fmt.Sprintf("#!/bin/sh\ntitle=${1##*/}\nprintf 'title=%%s\\nuser=%%s\\n' \"$title\" \"$3\" > %[1]s/$$.told\nmv \"$1\" %[1]s/$$.pdf\necho $$ > %[1]s/pipe\n", y.Folder)
	if err := os.WriteFile(done, []byte(script), 0o755); err != nil { //nolint:gosec // a program
		c.t.Fatal(err)
	}
	// It reads its settings only from there, one file an instance.
	instance := filepath.Base(c.folder) + strconv.Itoa(len(c.trays()))
	conf := "/etc/cups/cups-pdf-" + instance + ".conf"
	text := fmt.Sprintf("Out %[1]s/out\nAnonDirName %[1]s/out\nSpool %[1]s/spool\nLog %[1]s\nAnonUser root\nPostProcessing %[2]s\nLabel 1\n", y.Folder, done)
	if err := os.WriteFile(conf, []byte(text), 0o644); err != nil { //nolint:gosec // no secret
		c.t.Fatal(err)
	}
	c.t.Cleanup(func() {
		if err := os.Remove(conf); err != nil {
			c.t.Error(err)
		}
	})
	c.Run("lpadmin", "-p", name, "-E", "-v", "cups-pdf:/"+instance, "-P", ppd)
	return y
}

// Run runs one of CUPS's commands (lpadmin, cupsdisable, cupsreject, lp...)
// on this service and returns what it says.
func (c *CUPS) Run(name string, args ...string) string {
	c.t.Helper()
	cmd := exec.Command(tool(c.t, name), args...) //nolint:gosec // a tool of the tests
	cmd.Env = append(os.Environ(), append(c.Env(), "LC_ALL=C.UTF-8")...)
	out, err := cmd.CombinedOutput()
	if err != nil {
		c.t.Fatalf("%s %v: %v\n%s", name, args, err, out)
	}
	return string(out)
}

// Stop ends the service in order; one that does not run is left alone.
func (c *CUPS) Stop() { c.daemon.end(syscall.SIGTERM) }

// Kill ends it as a crash would.
func (c *CUPS) Kill() { c.daemon.end(syscall.SIGKILL) }

// NetworkPrinter is a printer on the network that speaks IPP itself:
// ippeveprinter, at a loopback address.
type NetworkPrinter struct {
	*Tray

	Address string // ipp://localhost:.../ipp/print
}

// NewNetworkPrinter starts a printer; options are ippeveprinter's: "-2" for
// both sides, "-f", "image/pwg-raster" for one that takes no PDF. Without it
// the test is skipped loudly.
func NewNetworkPrinter(t testing.TB, name string, options ...string) *NetworkPrinter {
	t.Helper()
	program := tool(t, "ippeveprinter")
	y := newTray(t, filepath.Join(t.TempDir(), "tray"))
	script := filepath.Join(y.Folder, "printer.sh")
	if err := os.WriteFile(script, printerScript, 0o700); err != nil { //nolint:gosec // a program
		t.Fatal(err)
	}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	_, port, err := net.SplitHostPort(l.Addr().String())
	if err := errors.Join(err, l.Close()); err != nil {
		t.Fatal(err)
	}
	p := &NetworkPrinter{Tray: y, Address: "ipp://localhost:" + port + "/ipp/print"}
	args := append([]string{"-p", port, "-n", "localhost", "-d", t.TempDir(), "-r", "off", "-c", script}, options...)
	cmd := exec.Command(program, append(args, name)...) //nolint:gosec // a tool of the tests
	cmd.Env = append(os.Environ(), "DBUS_SYSTEM_BUS_ADDRESS="+bus(t), "TRAY="+y.Folder)
	y.by = serve(t, cmd)
	t.Cleanup(p.Off)
	y.by.answers("tcp", net.JoinHostPort("localhost", port))
	return p
}

// Off switches the printer off; it does not come back.
func (p *NetworkPrinter) Off() {
	p.Mend()
	p.by.end(syscall.SIGKILL)
}

// bus starts a message bus of the test's own, without which ippeveprinter
// does not start; nobody announces anything on it.
func bus(t testing.TB) string {
	t.Helper()
	conf := filepath.Join(t.TempDir(), "bus.conf")
	text := `<busconfig><type>system</type><listen>unix:tmpdir=/tmp</listen><auth>EXTERNAL</auth><policy context="default"><allow user="*"/><allow own="*"/><allow send_destination="*"/><allow receive_sender="*"/></policy></busconfig>`
	if err := os.WriteFile(conf, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command(tool(t, "dbus-daemon"), "--config-file="+conf, "--nofork", "--nopidfile", "--print-address=1") //nolint:gosec // a tool of the tests
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = cmd.Process.Signal(syscall.SIGTERM) // it removes its socket
		_ = cmd.Wait()
	})
	address, err := bufio.NewReader(out).ReadString('\n')
	if err != nil {
		t.Fatalf("dbus-daemon: %v", err)
	}
	return strings.TrimSpace(address)
}

// tool finds a program of the tests, also where only root's path has it.
func tool(t testing.TB, name string) string {
	t.Helper()
	for _, path := range []string{name, "/usr/sbin/" + name, "/sbin/" + name} {
		if found, err := exec.LookPath(path); err == nil {
			return found
		}
	}
	t.Skipf("SKIPPED: no printing without %s; `make test` installs it", name)
	return ""
}

// answers waits until the program listens at an address.
func (s *service) answers(network, address string) {
	s.t.Helper()
	const patience = 30 * time.Second
	for end := time.Now().Add(patience); ; time.Sleep(patience / 3000) {
		c, err := net.Dial(network, address)
		if err == nil {
			_ = c.Close()
			return
		}
		if lost := context.Cause(s.lost); lost != nil {
			s.t.Fatalf("nobody listens at %s: %v", address, lost)
		}
		if time.Now().After(end) {
			s.t.Fatalf("nobody listens at %s: %v", address, err)
		}
	}
}
