//go:build unix

package trial

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"syscall"
	"testing"
)

// The printers of the tests print: what they keep is what was sent, with what
// they were told.
func TestPrinters(t *testing.T) {
	document := filepath.Join(Root(t), "assets", "sample", "blobs", "0dd8c9ad0ef3cc323d29835fca9d0ef5ca2b17d4f6665ee8b5e06b3a76218d36.pdf")
	c := NewCUPS(t)
	tray := c.Queue("sportello", "-D", "Sportello 1")
	c.Run("lp", "-d", "sportello", "-n", "3", "-t", "Titolo è", "-o", "InputSlot=Tray2", document)
	p := tray.Next()
	if p.Title != "Titolo è" || p.Copies != 3 || p.Options["InputSlot"] != "Tray2" || p.User == "" {
		t.Errorf("the printer was told %+v", p)
	}
	tray.Empty()

	n := NewNetworkPrinter(t, "Corridoio", "-2", "-f", "application/pdf")
	c.NetworkQueue("corridoio", n)
	c.Run("lp", "-d", "corridoio", "-n", "2", "-t", "Secondo", "-o", "sides=two-sided-long-edge", document)
	p = n.Next()
	if p.Title != "Secondo" || p.Options["sides"] != "two-sided-long-edge" {
		t.Errorf("the printer was told %+v", p)
	}
	if b, err := os.ReadFile(p.File); err != nil || !bytes.HasPrefix(b, []byte("%PDF-")) {
		t.Errorf("it got %.20q, %v", b, err)
	}

	drawn := c.PDFQueue("pdf")
	c.Run("lp", "-d", "pdf", "-t", "Terzo", document)
	if p := drawn.Next(); p.Title == "" {
		t.Errorf("%+v", p)
	}
}

// told notes what fails a test instead of failing it.
type told struct {
	testing.TB

	said chan string
}

func (o told) Error(args ...any) { o.said <- fmt.Sprint(args...) }

func (o told) Fatalf(format string, args ...any) {
	o.said <- fmt.Sprintf(format, args...)
	runtime.Goexit()
}

// A printer that crashes fails the test at once, also where it waits for a
// paper; one that is switched off does not.
func TestCrashedPrinter(t *testing.T) {
	o := told{TB: t, said: make(chan string, 2)}
	n := NewNetworkPrinter(o, "Corridoio", "-f", "application/pdf")
	waits := make(chan struct{})
	go func() {
		defer close(waits)
		n.Next()
	}()
	if err := n.by.cmd.Process.Signal(syscall.SIGABRT); err != nil {
		t.Fatal(err)
	}
	<-waits
	for range 2 {
		if said := <-o.said; !strings.Contains(said, "ippeveprinter ended by itself: signal: aborted") {
			t.Errorf("it said %q", said)
		}
	}
	n.Off()

	n = NewNetworkPrinter(o, "Corridoio", "-f", "application/pdf")
	n.Off()
	if len(o.said) > 0 {
		t.Errorf("switched off: %s", <-o.said)
	}
}
