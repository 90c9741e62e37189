//go:build unix

package printer

import (
	"bufio"
	"context"
	"io/fs"
	"net"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/OpenPrinting/goipp"

	"polis/app"
	"polis/app/printing"
)

// The operations that only CUPS has.
const (
	opCupsGetDefault  goipp.Op = 0x4001
	opCupsGetPrinters goipp.Op = 0x4002
)

// Kinds of queue that print no sheets (printer-type of CUPS).
const (
	typeFax     = 0x0040000
	typeScanner = 0x2000000
)

// cups is the print service of this computer, or the one that it was told to
// use.
type cups struct {
	c  *client
	p  Params
	at server
}

// server is where a print service is.
type server struct {
	address string // a socket's path or host:port
	secure  bool
	said    bool // by a person, not by us
}

func (s server) socket() bool { return strings.HasPrefix(s.address, "/") }

func newCUPS(s server, p Params) *cups {
	scheme, host := "http", "localhost"
	var dial func(context.Context) (net.Conn, error)
	if s.socket() {
		dial = func(ctx context.Context) (net.Conn, error) {
			d := net.Dialer{Timeout: dialFor}
			return d.DialContext(ctx, "unix", s.address)
		}
	} else {
		host = s.address
		if s.secure {
			scheme = "https"
		}
	}
	return &cups{c: newClient(scheme+"://"+host, dial, p.Roots, userName(p.Getenv)), p: p, at: s}
}

// findServer finds the service as CUPS's own programs do: it asks the
// environment, the user's settings and the computer's, then looks for a socket.
func findServer(p Params) server {
	settings := map[string]string{}
	for _, f := range []string{filepath.Join(p.Etc, "client.conf"), filepath.Join(p.Home, ".cups", "client.conf")} {
		readClientConf(f, settings)
	}
	address := p.Getenv("CUPS_SERVER")
	if address == "" {
		address = settings["servername"]
	}
	encryption := p.Getenv("CUPS_ENCRYPTION")
	if encryption == "" {
		encryption = settings["encryption"]
	}
	s := server{said: address != "", secure: strings.EqualFold(encryption, "always") || strings.EqualFold(encryption, "required")}
	if address == "" {
		for _, socket := range []string{"/run/cups/cups.sock", "/var/run/cups/cups.sock", "/private/var/run/cupsd"} {
			if info, err := os.Stat(socket); err == nil && info.Mode().Type() == fs.ModeSocket {
				s.address = socket
				return s
			}
		}
		address = "localhost"
	}
	s.address = address
	if strings.HasPrefix(address, "/") {
		return s
	}
	host, _, _ := strings.Cut(address, "/") // "/version=1.1"
	if _, _, err := net.SplitHostPort(host); err != nil {
		host = net.JoinHostPort(strings.Trim(host, "[]"), ippPort)
	}
	s.address = host
	return s
}

// readClientConf adds the settings of a client.conf, by name in small
// letters.
func readClientConf(file string, settings map[string]string) {
	f, err := os.Open(file)
	if err != nil {
		return
	}
	defer func() { _ = f.Close() }()
	for lines := bufio.NewScanner(f); lines.Scan(); {
		key, value, _ := strings.Cut(strings.TrimSpace(lines.Text()), " ")
		if key != "" && !strings.HasPrefix(key, "#") {
			settings[strings.ToLower(key)] = strings.TrimSpace(value)
		}
	}
}

// queueURI is how CUPS calls a queue, instance or not.
func queueURI(id string) string {
	queue, _, _ := strings.Cut(id, "/")
	return "ipp://localhost/printers/" + url.PathEscape(queue)
}

// List implements printing.Printers.
func (s *cups) List(ctx context.Context) ([]printing.Printer, error) {
	m := s.c.request(opCupsGetPrinters, "")
	s.c.as(m)
	wanted(m, printerAttributes()...)
	answer, err := s.c.ask(ctx, "/", m)
	if forgotten(err) { // "No destinations added"
		return nil, nil
	}
	if err != nil {
		return nil, s.fault(err, "")
	}
	options := readOptions(optionFiles(s.p)...)
	var all []printing.Printer
	for _, g := range answer.Groups {
		v := values(g.Attrs)
		if g.Tag != goipp.TagPrinterGroup || v.text("printer-name") == "" || v.number("printer-type", 0)&(typeFax|typeScanner) != 0 {
			continue
		}
		all = append(all, v.printer(v.text("printer-name")))
	}
	all = append(all, instances(all, options)...)
	return defaultFirst(all, s.standard(ctx, options)), nil
}

// instances are the queues with other settings that the user made of them.
func instances(all []printing.Printer, options lpOptions) []printing.Printer {
	var out []printing.Printer
	for _, id := range options.instances {
		queue, instance, _ := strings.Cut(id, "/")
		for _, p := range all {
			if p.ID == queue {
				p.ID, p.Name = id, p.Name+" ("+instance+")"
				out = append(out, p)
			}
		}
	}
	return out
}

func defaultFirst(all []printing.Printer, standard string) []printing.Printer {
	for i, p := range all {
		if p.ID == standard {
			all[i].Default = true
			p := all[i]
			return slices.Insert(slices.Delete(all, i, i+1), 0, p)
		}
	}
	return all
}

// standard is the default as lp would take it: the environment's, the
// user's, the computer's, the service's.
func (s *cups) standard(ctx context.Context, options lpOptions) string {
	for _, name := range []string{"LPDEST", "PRINTER"} {
		if d := s.p.Getenv(name); d != "" && d != "lp" {
			return d
		}
	}
	if options.standard != "" {
		return options.standard
	}
	m := s.c.request(opCupsGetDefault, "")
	wanted(m, "printer-name")
	answer, err := s.c.ask(ctx, "/", m)
	if err != nil {
		return "" // none is set
	}
	return values(answer.Printer).text("printer-name")
}

// Print is that of printing.Printers.
func (s *cups) Print(ctx context.Context, printer string, w printing.Work, o printing.Options) (printing.Job, error) {
	file, done, err := document(w)
	if err != nil {
		return printing.Job{}, err
	}
	defer done()
	operation, settings := encode(yielding(readOptions(optionFiles(s.p)...).dests[printer], o))
	job, err := s.c.print(ctx, queueURI(printer), w.Title, operation, append(settings, chosen(o, nil)...), file)
	if err != nil {
		return printing.Job{}, s.fault(err, printer)
	}
	job.Printer = printer
	return job, nil
}

// Status is that of printing.Printers; what the service keeps no record of is
// done, and says so.
func (s *cups) Status(ctx context.Context, j printing.Job) (printing.JobStatus, error) {
	st, err := s.c.status(ctx, queueURI(j.Printer), j.ID)
	return st, s.fault(err, j.Printer)
}

// cancel takes a job back and reports whether it was still there.
func (s *cups) cancel(ctx context.Context, j printing.Job) (took bool, err error) {
	took, err = s.c.cancel(ctx, queueURI(j.Printer), j.ID)
	return took, s.fault(err, j.Printer)
}

func (s *cups) fault(err error, printer string) error {
	return fault(err, printer, app.CodePrintSystem)
}
