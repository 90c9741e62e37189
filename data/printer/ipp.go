package printer

import (
	"bytes"
	"context"
	"crypto/tls"
	"crypto/x509"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"os"
	"os/user"
	"strings"
	"sync/atomic"
	"syscall"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/OpenPrinting/goipp"

	"polis/app"
	"polis/app/printing"
)

const (
	askFor      = 10 * time.Second // a question and its answer
	dialFor     = 3 * time.Second
	stallFor    = 5 * time.Minute // a printer without paper may take no more bytes until somebody came
	mostAnswer  = 8 << 20
	mostNested  = 32 // collections in each other; printers have three
	ippType     = "application/ipp"
	pdfType     = "application/pdf"
	longestName = 255 // bytes of a name in IPP
)

// client speaks IPP to one print service or printer.
type client struct {
	http *http.Client
	base string // "http://localhost"
	user string
	peer string // who we are to the system: the service sees it by our socket
	auth atomic.Value
	old  atomic.Bool // it speaks only IPP 1.1
	ids  atomic.Uint32
}

// newClient makes a client for base; dial, when not nil, is how it is
// reached. Proxies are not for printers.
func newClient(base string, dial func(context.Context) (net.Conn, error), roots *x509.CertPool, username string) *client {
	d := net.Dialer{Timeout: dialFor}
	peer := ""
	if dial != nil {
		peer = systemUser()
	}
	return &client{
		base: base, user: username, peer: peer,
		http: &http.Client{
			Transport: &http.Transport{
				DialContext: func(ctx context.Context, network, address string) (net.Conn, error) {
					conn, err := dialled(ctx, dial, d, network, address)
					if err != nil {
						return nil, &noAnswerError{err}
					}
					return &patient{conn}, nil
				},
				TLSClientConfig:       &tls.Config{RootCAs: roots, MinVersion: tls.VersionTLS12},
				TLSHandshakeTimeout:   dialFor,
				ResponseHeaderTimeout: stallFor,
				ExpectContinueTimeout: time.Second,
				DisableCompression:    true,
				MaxIdleConns:          2,
				IdleConnTimeout:       askFor,
			},
			CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
		},
	}
}

func dialled(ctx context.Context, dial func(context.Context) (net.Conn, error), d net.Dialer, network, address string) (net.Conn, error) {
	if dial != nil {
		return dial(ctx)
	}
	return d.DialContext(ctx, network, address)
}

// patient is a connection whose other end may be busy, but not for ever.
type patient struct{ net.Conn }

func (c *patient) Write(p []byte) (int, error) {
	if err := c.SetWriteDeadline(time.Now().Add(stallFor)); err != nil {
		return 0, err
	}
	n, err := c.Conn.Write(p)
	if errors.Is(err, syscall.EPIPE) || errors.Is(err, syscall.ECONNRESET) {
		// A service that has no room says so and hangs up. What it said is
		// still to be read; when it said nothing, reading fails.
		return len(p), nil
	}
	return n, err
}

func (c *patient) Read(p []byte) (int, error) {
	if err := c.SetReadDeadline(time.Now().Add(stallFor)); err != nil {
		return 0, err
	}
	return c.Conn.Read(p)
}

// noAnswerError: nobody is there.
type noAnswerError struct{ err error }

func (e *noAnswerError) Error() string { return "no answer: " + e.err.Error() }
func (e *noAnswerError) Unwrap() error { return e.err }

// unsureError: a document was on its way and nobody knows whether it arrived.
type unsureError struct{ err error }

func (e *unsureError) Error() string { return "no word after the document: " + e.err.Error() }
func (e *unsureError) Unwrap() error { return e.err }

// refusalError is an answer that is a no: by IPP, or by HTTP alone.
type refusalError struct {
	status  goipp.Status
	http    int
	message string
}

func (e *refusalError) Error() string {
	if e.http != 0 {
		return fmt.Sprintf("http %d", e.http)
	}
	return e.status.String() + ": " + e.message
}

// userName is who prints.
func userName(getenv func(string) string) string {
	for _, name := range []string{getenv("CUPS_USER"), systemUser()} {
		if name != "" {
			return name
		}
	}
	return "anonymous"
}

// systemUser is how the system calls who prints, "" when it does not say.
func systemUser() string {
	u, err := user.Current()
	if err != nil {
		return ""
	}
	if _, name, both := strings.Cut(u.Username, `\`); both { // a domain of Windows
		return name
	}
	return u.Username
}

// request begins a request about a printer.
func (c *client) request(op goipp.Op, printer string) *goipp.Message {
	m := goipp.NewRequest(goipp.DefaultVersion, op, c.ids.Add(1))
	m.Operation.Add(goipp.MakeAttribute("attributes-charset", goipp.TagCharset, goipp.String("utf-8")))
	m.Operation.Add(goipp.MakeAttribute("attributes-natural-language", goipp.TagLanguage, goipp.String("it")))
	if printer != "" {
		m.Operation.Add(goipp.MakeAttribute("printer-uri", goipp.TagURI, goipp.String(printer)))
	}
	return m
}

// as adds who asks; IPP wants it after the target and its job.
func (c *client) as(m *goipp.Message) {
	m.Operation.Add(goipp.MakeAttribute("requesting-user-name", goipp.TagName, goipp.String(name(c.user))))
}

func wanted(m *goipp.Message, names ...string) {
	values := make([]goipp.Value, 0, len(names))
	for _, n := range names {
		values = append(values, goipp.String(n))
	}
	m.Operation.Add(goipp.MakeAttr("requested-attributes", goipp.TagKeyword, values[0], values[1:]...))
}

// name makes a text fit for a name in IPP: without control characters, at
// most as long as names are, cut between characters.
func name(text string) string {
	text = strings.Map(func(r rune) rune {
		if unicode.IsControl(r) {
			return ' '
		}
		return r
	}, strings.ToValidUTF8(text, "?"))
	for len(text) > longestName {
		_, n := utf8.DecodeLastRuneInString(text)
		text = text[:len(text)-n]
	}
	return text
}

// ask sends a question and reads the answer.
func (c *client) ask(ctx context.Context, path string, m *goipp.Message) (*goipp.Message, error) {
	ctx, cancel := context.WithTimeout(ctx, askFor)
	defer cancel()
	return c.send(ctx, path, m, nil)
}

// send sends a message, with a document when there is one. It tries again by
// another version of IPP, or with our name, when the service wants that.
func (c *client) send(ctx context.Context, path string, m *goipp.Message, document *os.File) (*goipp.Message, error) {
	for {
		if c.old.Load() {
			m.Version = goipp.MakeVersion(1, 1)
		}
		answer, err := c.once(ctx, path, m, document)
		var no *refusalError
		switch {
		case !errors.As(err, &no):
			return answer, err
		case no.status == goipp.StatusErrorVersionNotSupported && c.old.CompareAndSwap(false, true):
		case no.http == http.StatusUnauthorized && c.peer != "" && c.auth.CompareAndSwap(nil, "PeerCred "+c.peer):
		default:
			return nil, err
		}
	}
}

func (c *client) once(ctx context.Context, path string, m *goipp.Message, document *os.File) (*goipp.Message, error) {
	head, err := m.EncodeBytes()
	if err != nil {
		return nil, err
	}
	body, size := io.Reader(bytes.NewReader(head)), int64(len(head))
	if document != nil {
		info, err := document.Stat()
		if err != nil {
			return nil, err
		}
		body, size = io.MultiReader(body, io.NewSectionReader(document, 0, info.Size())), size+info.Size()
	}
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, c.base+path, body)
	if err != nil {
		return nil, err
	}
	req.ContentLength = size
	if document != nil { // a no is heard before the document is sent
		req.Header.Set("Expect", "100-continue")
	}
	req.Header.Set("Content-Type", ippType)
	if auth, ok := c.auth.Load().(string); ok {
		req.Header.Set("Authorization", auth)
	}
	resp, err := c.http.Do(req)
	if err != nil {
		return nil, err
	}
	defer resp.Body.Close()
	if resp.StatusCode != http.StatusOK {
		return nil, &refusalError{http: resp.StatusCode}
	}
	if t, _, _ := strings.Cut(resp.Header.Get("Content-Type"), ";"); strings.TrimSpace(t) != ippType {
		return nil, fmt.Errorf("not an IPP answer: %q", t)
	}
	answer, err := decode(resp.Body)
	if err != nil {
		return nil, err
	}
	if status := goipp.Status(answer.Code); status >= goipp.StatusRedirectionOtherSite {
		return nil, &refusalError{status: status, message: values(answer.Operation).text("status-message")}
	}
	return answer, nil
}

// decode reads an answer of whoever it may be.
func decode(r io.Reader) (*goipp.Message, error) {
	text, err := io.ReadAll(io.LimitReader(r, mostAnswer))
	if err != nil {
		return nil, err
	}
	if tooDeep(text) {
		return nil, errors.New("an answer nested too deep")
	}
	var answer goipp.Message
	return &answer, answer.DecodeBytesEx(text, goipp.DecoderOptions{EnableWorkarounds: true})
}

// tooDeep reports whether collections lie in each other as in no printer's
// answer: the decoder calls itself for each of them, and a stack has an end.
func tooDeep(answer []byte) bool {
	const head, leastValue = 8, 0x10 // below are the marks between groups
	depth := 0
	for at := head; at < len(answer); {
		tag := goipp.Tag(answer[at])
		at++
		if tag < leastValue {
			continue
		}
		for range 2 { // its name, its value
			if at+2 > len(answer) {
				return false
			}
			at += 2 + int(binary.BigEndian.Uint16(answer[at:]))
		}
		switch tag {
		case goipp.TagBeginCollection:
			if depth++; depth > mostNested {
				return true
			}
		case goipp.TagEndCollection:
			depth--
		}
	}
	return false
}

// document writes work aside, so that a document that cannot be drawn never
// reaches a printer and one that is sent has a length and can be sent again.
// The file has no name for others where the system allows it. CodePrint,
// CodeDiskFull.
func document(w printing.Work) (*os.File, func(), error) {
	f, err := os.CreateTemp("", "polis-*")
	if err != nil {
		return nil, nil, app.Fault(app.CodeFolder, err, "path", os.TempDir())
	}
	gone := os.Remove(f.Name()) == nil
	done := func() {
		_ = f.Close() // what was in it is printed or not wanted
		if !gone {
			_ = os.Remove(f.Name())
		}
	}
	if err := w.PDF(f); err != nil {
		done()
		if errors.Is(err, syscall.ENOSPC) {
			err = app.Fault(app.CodeDiskFull, err, "path", os.TempDir())
		}
		return nil, nil, err
	}
	return f, done, nil
}

// The reasons of a refusal that we have words for, "printer.refused.<...>".
const (
	refusedLogin       = "printer.refused.login"
	refusedForbidden   = "printer.refused.forbidden"
	refusedCertificate = "printer.refused.certificate"
	refusedSecure      = "printer.refused.secure"
	refusedFull        = "printer.refused.full"
	refusedBusy        = "printer.refused.busy"
	refusedOptions     = "printer.refused.options"
	refusedCopies      = "printer.refused.copies"
	refusedRanges      = "printer.refused.ranges"
	refusedTimeout     = "printer.refused.timeout"
)

// fault tells a refusal as one of our errors; gone is what it is when nobody
// answers.
func fault(err error, printer string, gone app.Code) error {
	if err == nil || errors.Is(err, context.Canceled) {
		return err
	}
	refused := func(detail string) error {
		return app.Fault(app.CodePrinterRefused, err, "printer", printer, "detail", detail)
	}
	var no *refusalError
	var certificate *tls.CertificateVerificationError
	var nobody *noAnswerError
	var unsure *unsureError
	switch {
	case errors.As(err, &unsure):
		return app.Fault(app.CodePrintUnsure, err, "printer", printer)
	case errors.As(err, &no) && no.http != 0:
		return refusedHTTP(no.http, printer, err, refused)
	case errors.As(err, &no):
		return refusedIPP(no, printer, err, refused)
	case errors.As(err, &certificate):
		return refused(refusedCertificate)
	case errors.As(err, &nobody):
		return app.Fault(gone, err, "printer", printer)
	case errors.Is(err, context.DeadlineExceeded) || errors.Is(err, os.ErrDeadlineExceeded):
		if gone == app.CodePrintSystem {
			return app.Fault(gone, err)
		}
		return refused(refusedTimeout)
	}
	return app.Fault(gone, err, "printer", printer)
}

func refusedHTTP(status int, printer string, err error, refused func(string) error) error {
	switch status {
	case http.StatusUnauthorized:
		return refused(refusedLogin)
	case http.StatusForbidden:
		return refused(refusedForbidden)
	case http.StatusUpgradeRequired:
		return refused(refusedSecure)
	case http.StatusRequestEntityTooLarge, http.StatusInsufficientStorage:
		return refused(refusedFull)
	case http.StatusNotFound:
		return app.Fault(app.CodePrinterGone, err, "printer", printer)
	}
	return app.Fault(app.CodePrintSystem, err, "printer", printer)
}

func refusedIPP(no *refusalError, printer string, err error, refused func(string) error) error {
	switch no.status {
	case goipp.StatusErrorNotFound, goipp.StatusErrorGone:
		return app.Fault(app.CodePrinterGone, err, "printer", printer)
	case goipp.StatusErrorNotAcceptingJobs, goipp.StatusErrorPrinterIsDeactivated:
		return app.Fault(app.CodePrinterStopped, err, "printer", printer)
	case goipp.StatusErrorDocumentFormatNotSupported, goipp.StatusErrorDocumentFormatError:
		return app.Fault(app.CodePrinterFormat, err, "printer", printer)
	case goipp.StatusErrorNotAuthenticated:
		return refused(refusedLogin)
	case goipp.StatusErrorForbidden, goipp.StatusErrorNotAuthorized, goipp.StatusErrorAccountAuthorizationFailed:
		return refused(refusedForbidden)
	case goipp.StatusErrorRequestEntity:
		return refused(refusedFull)
	case goipp.StatusErrorBusy, goipp.StatusErrorTemporary, goipp.StatusErrorTooManyJobs:
		return refused(refusedBusy)
	case goipp.StatusErrorAttributesOrValues, goipp.StatusErrorConflicting:
		return refused(refusedOptions)
	}
	if no.message != "" {
		return refused(no.message)
	}
	return refused(no.status.String())
}

// path is the part of an address that HTTP asks for.
func path(address string) string {
	u, err := url.Parse(address)
	if err != nil || u.EscapedPath() == "" {
		return "/"
	}
	return u.EscapedPath()
}
