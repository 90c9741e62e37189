//go:build unix

package trial

import (
	"bytes"
	"os"
	"path/filepath"
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
	c.Run("lpadmin", "-p", "corridoio", "-E", "-v", n.Address, "-m", "everywhere")
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
