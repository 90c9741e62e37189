// Package pdf draws a display list as a PDF file with gopdf. It decides
// nothing about the page: what was laid out is what is drawn, and the same
// list gives the same bytes.
package pdf

import (
	"bytes"
	"fmt"
	"io"
	"strings"

	"github.com/signintech/gopdf"

	"polis/app"
	"polis/app/page"
)

// Write draws the list and writes the file to w, all or nothing. It fails
// with app.CodePrint, also when gopdf panics: a sheet that cannot be printed
// must not close the window.
func Write(w io.Writer, dl page.DisplayList, fonts page.Fonts) (err error) {
	defer func() {
		if p := recover(); p != nil {
			err = app.Fault(app.CodePrint, fmt.Errorf("gopdf panicked: %v", p), "code", dl.Code)
		}
	}()
	data, err := draw(dl, fonts)
	if err != nil {
		return app.Fault(app.CodePrint, err, "code", dl.Code)
	}
	if _, err := w.Write(data); err != nil {
		return app.Fault(app.CodePrint, fmt.Errorf("writing the PDF: %w", err), "code", dl.Code)
	}
	return nil
}

// Bytes draws the list as a file in memory; it fails like Write.
func Bytes(dl page.DisplayList, fonts page.Fonts) ([]byte, error) {
	var b bytes.Buffer
	err := Write(&b, dl, fonts)
	return b.Bytes(), err
}

// drawing is one file at work. It remembers gopdf's font and text colour, since
// setting them again costs bytes.
type drawing struct {
	pdf    gopdf.GoPdf
	fonts  page.Fonts
	loaded [page.FaceCount]bool
	face   page.Face
	size   float64
	text   page.Colour
	fresh  bool // nothing is set on this page yet
}

func draw(dl page.DisplayList, fonts page.Fonts) ([]byte, error) {
	d := &drawing{fonts: fonts}
	d.pdf.Start(gopdf.Config{PageSize: gopdf.Rect{W: dl.Width, H: dl.Height}})
	d.pdf.SetInfo(gopdf.PdfInfo{
		Title: metadata(dl.Title), Author: metadata(dl.Author), Subject: metadata(dl.Subject),
		Creator: "POLIS", Producer: "POLIS (gopdf)", CreationDate: dl.Created.UTC(),
	})
	for n, p := range dl.Pages {
		d.pdf.AddPage()
		d.fresh = true
		for _, m := range p.Marks {
			if err := d.mark(m); err != nil {
				return nil, fmt.Errorf("page %d: %w", n+1, err)
			}
		}
	}
	data, err := d.pdf.GetBytesPdfReturnErr()
	if err != nil {
		return nil, fmt.Errorf("composing the PDF: %w", err)
	}
	return data, nil
}

func (d *drawing) mark(m page.Mark) error {
	switch m := m.(type) {
	case page.Run:
		return d.run(m)
	case page.Box:
		d.box(m)
	case page.Line:
		d.pdf.SetLineWidth(m.Width)
		r, g, b := rgb(m.Colour)
		d.pdf.SetStrokeColor(r, g, b)
		d.pdf.Line(m.X1, m.Y1, m.X2, m.Y2)
	case page.Code:
		d.code(m)
	case page.Link:
		d.pdf.AddExternalLink(address(m.URL), m.X, m.Y, m.W, m.H)
	case page.Picture:
		return d.picture(m)
	default:
		return fmt.Errorf("a mark that the PDF does not know: %T", m)
	}
	return nil
}

func (d *drawing) run(r page.Run) error {
	if !d.loaded[r.Face] {
		if err := d.pdf.AddTTFFontData(r.Face.File(), d.fonts[r.Face]); err != nil {
			return fmt.Errorf("font %s: %w", r.Face.File(), err)
		}
		d.loaded[r.Face] = true
	}
	if d.fresh || r.Face != d.face || r.Size != d.size {
		if err := d.pdf.SetFont(r.Face.File(), "", r.Size); err != nil {
			return fmt.Errorf("font %s: %w", r.Face.File(), err)
		}
		d.face, d.size = r.Face, r.Size
	}
	if d.fresh || r.Colour != d.text {
		red, green, blue := rgb(r.Colour)
		d.pdf.SetTextColor(red, green, blue)
		d.text = r.Colour
	}
	d.fresh = false
	d.pdf.SetXY(r.X, r.Y)
	if err := d.pdf.Text(r.Text); err != nil {
		return fmt.Errorf("text %q: %w", r.Text, err)
	}
	return nil
}

func (d *drawing) box(b page.Box) {
	style := ""
	if b.Filled {
		r, g, bl := rgb(b.Fill)
		d.pdf.SetFillColor(r, g, bl)
		style = "F"
	}
	if b.Border > 0 {
		r, g, bl := rgb(b.Outline)
		d.pdf.SetStrokeColor(r, g, bl)
		d.pdf.SetLineWidth(b.Border)
		style += "D"
	}
	if style != "" {
		d.pdf.RectFromUpperLeftWithStyle(b.X, b.Y, b.W, b.H, style)
	}
}

// code draws the dark modules, a row's neighbours as one rectangle.
func (d *drawing) code(c page.Code) {
	if len(c.Modules) == 0 {
		return
	}
	d.pdf.SetFillColor(0, 0, 0)
	side := c.Size / float64(len(c.Modules))
	for y, row := range c.Modules {
		for x := 0; x < len(row); x++ {
			start := x
			for x < len(row) && row[x] {
				x++
			}
			if x > start {
				d.pdf.RectFromUpperLeftWithStyle(
					c.X+float64(start)*side, c.Y+float64(y)*side, float64(x-start)*side, side, "F")
			}
		}
	}
}

func (d *drawing) picture(p page.Picture) error {
	holder, err := gopdf.ImageHolderByBytes(p.Data)
	if err != nil {
		return fmt.Errorf("picture: %w", err)
	}
	if err := d.pdf.ImageByHolder(holder, p.X, p.Y, &gopdf.Rect{W: p.W, H: p.H}); err != nil {
		return fmt.Errorf("picture: %w", err)
	}
	return nil
}

func rgb(c page.Colour) (r, g, b uint8) {
	return uint8(c >> 16 & 0xFF), uint8(c >> 8 & 0xFF), uint8(c & 0xFF)
}

// metadata keeps what gopdf can write into the information dictionary:
// characters of the basic plane.
func metadata(s string) string {
	return strings.Map(func(r rune) rune {
		if r > 0xFFFF {
			return '\uFFFD'
		}
		return r
	}, s)
}

// address writes a URL in ASCII, as PDF demands.
func address(u string) string {
	var b strings.Builder
	for i := range len(u) {
		if c := u[i]; c <= ' ' || c >= 0x7F {
			fmt.Fprintf(&b, "%%%02X", c)
			continue
		}
		b.WriteByte(u[i])
	}
	return b.String()
}
