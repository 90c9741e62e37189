//go:build unix

package printer

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/OpenPrinting/goipp"

	"polis/app"
	"polis/app/printing"
	"polis/cmd/trial"
)

func typed(addresses ...string) func(context.Context) ([]string, error) {
	return func(context.Context) ([]string, error) { return addresses, nil }
}

// network is a workstation that knows printers by their addresses only.
func network(addresses ...string) *direct {
	return newDirect(Params{Direct: typed(addresses...), Getenv: func(string) string { return "" }})
}

func TestNetworkPrinter(t *testing.T) {
	n := trial.NewNetworkPrinter(t, "Corridoio è", "-2", "-l", "Primo piano", "-f", "application/pdf,image/pwg-raster")
	p := network(n.Address)
	all := list(t, p)
	if len(all) != 1 || all[0].ID != n.Address || all[0].Name != "Corridoio è" || all[0].Location != "Primo piano" || all[0].State != printing.Idle || !all[0].Accepting ||
		!all[0].Can.Duplex || all[0].Can.Colour || !all[0].Can.Documents || all[0].Can.OneCopy || all[0].Can.WholeOnly || !slices.Contains(all[0].Can.Papers, printing.A4) || slices.Contains(all[0].Can.Papers, printing.A3) {
		t.Fatalf("%+v", all)
	}
	w := pages(t, "Certificato: così", 6)
	j := printed(t, p, n.Address, w, printing.Options{Copies: 4, Duplex: printing.LongEdge, Mono: true, Paper: printing.A4, Ranges: []printing.Range{{From: 1, To: 2}, {From: 6, To: 6}}})
	got := n.Next()
	if got.Title != "Certificato: così" || got.Copies != 4 || got.User == "" {
		t.Errorf("the printer was told %+v", got)
	}
	for o, want := range map[string]string{
		"sides": "two-sided-long-edge", "print-color-mode": "monochrome", "media": "iso_a4_210x297mm", "page-ranges": "1-2,6-6",
		"multiple-document-handling": "separate-documents-collated-copies", "document-format-supplied": "application/pdf",
	} {
		if got.Options[o] != want {
			t.Errorf("%s is %q, want %q", o, got.Options[o], want)
		}
	}
	if pages := numbers(t, got.File); len(pages) != 6 {
		t.Errorf("it got pages %v", pages)
	}
	done(t, p, j)
	if err := p.Cancel(t.Context(), j); err != nil {
		t.Errorf("cancelling what is over: %v", err)
	}
	if st, err := p.Status(t.Context(), printing.Job{ID: "9999", Printer: n.Address}); err != nil || st.State != printing.JobDone {
		t.Errorf("a job that nobody knows: %+v %v", st, err)
	}

	// What nobody chose is the printer's.
	printed(t, p, n.Address, w, printing.Options{Copies: 1})
	got = n.Next()
	for _, o := range []string{"sides", "media", "print-color-mode", "page-ranges", "multiple-document-handling", "copies"} {
		if v, told := got.Options[o]; told {
			t.Errorf("nobody chose %s=%s", o, v)
		}
	}
}

// It prints one job at a time and keeps no queue: the next one waits for it.
func TestNetworkPrinterIsBusy(t *testing.T) {
	n := trial.NewNetworkPrinter(t, "Corridoio", "-f", "application/pdf")
	p := network(n.Address)
	n.Fault("media-jam,media-empty")
	j := printed(t, p, n.Address, pages(t, "Primo", 1), printing.Options{})
	st := watch(t, p, j, func(st printing.JobStatus) bool { return len(st.Faults) == 2 })
	for _, want := range []printing.FaultReason{printing.FaultJam, printing.FaultPaperOut} {
		if !slices.ContainsFunc(st.Faults, func(f printing.Fault) bool { return f.Reason == want }) {
			t.Errorf("no %s in %+v", want, st.Faults)
		}
	}
	p.busy = 0
	_, err := p.Print(t.Context(), n.Address, pages(t, "Secondo", 1), printing.Options{})
	refused(t, err, app.CodePrinterRefused, refusedBusy)
	p.busy = time.Minute
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := p.Print(ctx, n.Address, pages(t, "Secondo", 1), printing.Options{}); !errors.Is(err, context.Canceled) {
		t.Errorf("cancelled: %v", err)
	}
	second := make(chan error, 1)
	go func() {
		_, err := p.Print(t.Context(), n.Address, pages(t, "Secondo", 1), printing.Options{})
		second <- err
	}()
	n.Mend()
	if err := <-second; err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"Primo", "Secondo"} {
		if got := n.Next(); got.Title != want {
			t.Errorf("%q came out, want %q", got.Title, want)
		}
	}

	n.Fault("none")
	j = printed(t, p, n.Address, pages(t, "Terzo", 1), printing.Options{})
	watch(t, p, j, func(st printing.JobStatus) bool { return st.State == printing.JobPrinting })
	if err := p.Cancel(t.Context(), j); err != nil {
		t.Fatal(err)
	}
	n.Mend()
	watch(t, p, j, func(st printing.JobStatus) bool {
		return st.State == printing.JobCancelled || st.State == printing.JobDone
	})
}

func TestNetworkPrinterOfRasters(t *testing.T) {
	n := trial.NewNetworkPrinter(t, "Raster", "-f", "image/pwg-raster,image/urf")
	p := network(n.Address)
	if all := list(t, p); all[0].Can.Documents {
		t.Errorf("%+v", all[0])
	}
	_, err := p.Print(t.Context(), n.Address, pages(t, "No", 1), printing.Options{})
	refused(t, err, app.CodePrinterFormat, "")
}

func TestNetworkPrinterIsOff(t *testing.T) {
	n := trial.NewNetworkPrinter(t, "Corridoio", "-f", "application/pdf")
	p := network(n.Address)
	n.Fault("none")
	j := printed(t, p, n.Address, pages(t, "In corso", 1), printing.Options{})
	n.Off()
	_, err := p.Status(t.Context(), j)
	refused(t, err, app.CodePrinterGone, "")
	_, err = p.Print(t.Context(), n.Address, pages(t, "Dopo", 1), printing.Options{})
	refused(t, err, app.CodePrinterGone, "")
	refused(t, p.Cancel(t.Context(), j), app.CodePrinterGone, "")
	if all := list(t, p); len(all) != 1 || !has(all[0].Faults, printing.FaultOffline) || all[0].State != printing.Stopped || all[0].Accepting {
		t.Errorf("%+v", all)
	}
}

// A certificate that nobody vouches for is refused in words, one of an
// authority that the computer trusts is not.
func TestNetworkPrinterByTLS(t *testing.T) {
	n := trial.NewNetworkPrinter(t, "Sicura", "-f", "application/pdf", "-K", t.TempDir())
	secure := "ipps" + strings.TrimPrefix(n.Address, "ipp")
	p := network(secure)
	_, err := p.Print(t.Context(), secure, pages(t, "No", 1), printing.Options{})
	refused(t, err, app.CodePrinterRefused, refusedCertificate)
	if all := list(t, p); !has(all[0].Faults, printing.FaultUntrusted) {
		t.Errorf("%+v", all)
	}
	n.Empty()

	u := strings.TrimSuffix(strings.TrimPrefix(n.Address, "ipp://"), "/ipp/print")
	conn, err := tls.Dial("tcp", u, &tls.Config{InsecureSkipVerify: true})
	if err != nil {
		t.Fatal(err)
	}
	roots := x509.NewCertPool()
	roots.AddCert(conn.ConnectionState().PeerCertificates[0])
	if err := conn.Close(); err != nil {
		t.Fatal(err)
	}
	p = newDirect(Params{Direct: typed(secure), Roots: roots})
	printed(t, p, secure, pages(t, "Sì", 1), printing.Options{})
	if got := n.Next(); got.Title != "Sì" {
		t.Errorf("%+v", got)
	}
}

// odd answers as no printer should.
func odd(t *testing.T, answer http.HandlerFunc) string {
	t.Helper()
	s := httptest.NewServer(answer)
	t.Cleanup(s.Close)
	return "ipp" + strings.TrimPrefix(s.URL, "http") + "/ipp/print"
}

func TestOddPrinters(t *testing.T) {
	ipp := func(w http.ResponseWriter, m *goipp.Message) {
		w.Header().Set("Content-Type", "application/ipp")
		if err := m.Encode(w); err != nil {
			t.Error(err)
		}
	}
	for name, k := range map[string]struct {
		answer http.HandlerFunc
		code   app.Code
		detail string
	}{
		"a web page": {func(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, "<html>") }, app.CodePrinterGone, ""},
		"login":      {func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusUnauthorized) }, app.CodePrinterRefused, refusedLogin},
		"encryption": {func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusUpgradeRequired) }, app.CodePrinterRefused, refusedSecure},
		"elsewhere": {func(w http.ResponseWriter, r *http.Request) {
			http.Redirect(w, r, "https://printer.example/", http.StatusFound)
		}, app.CodePrintSystem, ""},
		"broken": {func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusInternalServerError) }, app.CodePrintSystem, ""},
		"half an answer": {func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Type", "application/ipp")
			_, _ = w.Write([]byte{2, 0, 0})
		}, app.CodePrinterGone, ""},
		"its own words": {func(w http.ResponseWriter, _ *http.Request) {
			m := goipp.NewResponse(goipp.DefaultVersion, goipp.StatusErrorInternal, 1)
			m.Operation.Add(goipp.MakeAttribute("status-message", goipp.TagText, goipp.String("Disco pieno")))
			ipp(w, m)
		}, app.CodePrinterRefused, "Disco pieno"},
		"one copy": {func(w http.ResponseWriter, _ *http.Request) {
			m := goipp.NewResponse(goipp.DefaultVersion, goipp.StatusOk, 1)
			m.Printer.Add(goipp.MakeAttribute("copies-supported", goipp.TagRange, goipp.Range{Lower: 1, Upper: 1}))
			ipp(w, m)
		}, app.CodePrinterRefused, refusedCopies},
		"no ranges": {func(w http.ResponseWriter, _ *http.Request) {
			m := goipp.NewResponse(goipp.DefaultVersion, goipp.StatusOk, 1)
			m.Printer.Add(goipp.MakeAttribute("page-ranges-supported", goipp.TagBoolean, goipp.Boolean(false)))
			ipp(w, m)
		}, app.CodePrinterRefused, refusedRanges},
		"closed": {func(w http.ResponseWriter, _ *http.Request) {
			m := goipp.NewResponse(goipp.DefaultVersion, goipp.StatusOk, 1)
			m.Printer.Add(goipp.MakeAttribute("printer-is-accepting-jobs", goipp.TagBoolean, goipp.Boolean(false)))
			ipp(w, m)
		}, app.CodePrinterStopped, ""},
	} {
		address := odd(t, k.answer)
		_, err := network(address).Print(t.Context(), address, pages(t, "No", 1), printing.Options{Copies: 2, Ranges: []printing.Range{{From: 1, To: 1}}})
		if app.ErrorCode(err) != k.code || app.ErrorParams(err)["detail"] != k.detail {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// A printer that knows only IPP 1.1 is spoken to so, from then on.
func TestOldPrinter(t *testing.T) {
	var versions []goipp.Version
	address := odd(t, func(w http.ResponseWriter, r *http.Request) {
		var m goipp.Message
		if err := m.Decode(r.Body); err != nil {
			t.Error(err)
		}
		_, _ = io.Copy(io.Discard, r.Body)
		versions = append(versions, m.Version)
		answer := goipp.NewResponse(goipp.MakeVersion(1, 1), goipp.StatusErrorVersionNotSupported, m.RequestID)
		if m.Version == goipp.MakeVersion(1, 1) {
			answer.Code = goipp.Code(goipp.StatusOk)
			answer.Job.Add(goipp.MakeAttribute("job-id", goipp.TagInteger, goipp.Integer(7)))
			answer.Printer.Add(goipp.MakeAttribute("printer-state", goipp.TagEnum, goipp.Integer(3)))
		}
		w.Header().Set("Content-Type", "application/ipp")
		if err := answer.Encode(w); err != nil {
			t.Error(err)
		}
	})
	j := printed(t, network(address), address, pages(t, "Vecchia", 1), printing.Options{})
	if v11 := goipp.MakeVersion(1, 1); j.ID != "7" || !slices.Equal(versions, []goipp.Version{goipp.DefaultVersion, v11, v11}) {
		t.Errorf("job %+v, versions %v", j, versions)
	}
}

// Who waits for a printer that says nothing can stop waiting.
func TestSilentPrinter(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = l.Close() })
	ctx, cancel := context.WithCancel(t.Context())
	go func() {
		c, err := l.Accept()
		if err == nil {
			_, _ = c.Read(make([]byte, 1))
			cancel()
			_, _ = io.Copy(io.Discard, c)
			_ = c.Close()
		}
	}()
	address := "ipp://" + l.Addr().String() + "/ipp/print"
	if _, err := network(address).Print(ctx, address, pages(t, "No", 1), printing.Options{}); !errors.Is(err, context.Canceled) {
		t.Errorf("%v", err)
	}
}

// One that was typed in is there beside the system's, and without them.
func TestBothKinds(t *testing.T) {
	c := trial.NewCUPS(t)
	tray := c.Queue("sportello")
	n := trial.NewNetworkPrinter(t, "Corridoio", "-f", "application/pdf")
	t.Setenv("CUPS_SERVER", c.Server)
	p := New(Params{Direct: typed(n.Address), Home: t.TempDir(), Etc: t.TempDir()})
	if all := list(t, p); len(all) != 2 || all[0].ID != "sportello" || all[1].ID != n.Address {
		t.Fatalf("%+v", all)
	}
	for _, id := range []string{"sportello", n.Address} {
		done(t, p, printed(t, p, id, pages(t, "Per "+id, 1), printing.Options{}))
	}
	if a, b := tray.Next().Title, n.Next().Title; a != "Per sportello" || b != "Per "+n.Address {
		t.Errorf("%q and %q", a, b)
	}
	c.Kill()
	if all := list(t, p); len(all) != 1 || all[0].ID != n.Address {
		t.Errorf("%+v", all)
	}
}
