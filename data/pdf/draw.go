package pdf

import (
	"encoding/binary"
	"errors"
	"fmt"
	"math"
	"strings"

	"github.com/signintech/gopdf"

	"polis/app/page"
)

// drawing is one file at work. It remembers gopdf's font and text colour, since
// setting them again costs time.
type drawing struct {
	pdf     gopdf.GoPdf
	height  float64
	fonts   page.Fonts
	metrics page.Metrics
	loaded  [page.FaceCount]bool
	face    page.Face
	size    float64
	text    page.Colour
	fresh   bool // nothing is set on this page yet
}

// draw gives gopdf's file. Before everything that a mark draws stands a
// marker with the mark's place on the page; see marker in content.go.
func draw(dl page.DisplayList, t *tree, fonts page.Fonts, metrics page.Metrics) ([]byte, error) {
	d := &drawing{fonts: fonts, metrics: metrics, height: dl.Height}
	d.pdf.Start(gopdf.Config{PageSize: gopdf.Rect{W: dl.Width, H: dl.Height}})
	d.pdf.SetNoCompression() // the streams are read again, then compressed
	for n, p := range dl.Pages {
		d.pdf.AddPage()
		d.fresh = true
		for i, m := range p.Marks {
			d.pdf.SetCustomLineType([]float64{float64(i)}, 0)
			if r, ok := m.(page.Run); ok {
				m = t.spell(n, i, r, metrics)
			}
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
		if !finite(m.X, m.Y, m.Size) {
			return errPlace
		}
		return d.run(m)
	case page.Box:
		if !finite(m.X, m.Y, m.W, m.H, m.Border) {
			return errPlace
		}
		d.box(m)
	case page.Line:
		if !finite(m.X1, m.Y1, m.X2, m.Y2, m.Width) {
			return errPlace
		}
		d.pdf.SetLineWidth(m.Width)
		d.pdf.SetStrokeColor(rgb(m.Colour))
		d.pdf.Line(m.X1, m.Y1, m.X2, m.Y2)
	case page.Path:
		return d.path(m)
	case page.Code: // hundreds of boxes for gopdf, one path in content.go
		if !finite(m.X, m.Y, m.Size) {
			return errPlace
		}
	case page.Picture:
		return d.picture(m)
	case page.Link: // gopdf cannot tag a link: see structure.go
	default:
		return fmt.Errorf("a mark that the PDF does not know: %T", m)
	}
	return nil
}

var errPlace = errors.New("a mark whose place is not a number")

func finite(values ...float64) bool {
	for _, v := range values {
		if math.IsNaN(v) || math.Abs(v) > 1e6 {
			return false
		}
	}
	return true
}

func (d *drawing) run(r page.Run) error {
	if r.Text == "" {
		return nil
	}
	if err := d.load(r.Face); err != nil {
		return err
	}
	if d.fresh || r.Face != d.face || r.Size != d.size {
		if err := d.pdf.SetFont(family(r.Face), "", r.Size); err != nil {
			return fmt.Errorf("font %s: %w", r.Face.File(), err)
		}
		d.face, d.size = r.Face, r.Size
	}
	if d.fresh || r.Colour != d.text {
		d.pdf.SetTextColor(rgb(r.Colour))
		d.text = r.Colour
	}
	d.fresh = false
	d.pdf.SetXY(r.X, r.Y)
	if err := d.pdf.Text(r.Text); err != nil {
		return fmt.Errorf("text %q: %w", r.Text, err)
	}
	return nil
}

// load gives gopdf a face's font when it is needed first. gopdf knows no
// kerning of today's fonts (GPOS): it asks the metrics, as the layout did.
func (d *drawing) load(face page.Face) error {
	if face < 0 || face >= page.FaceCount {
		return fmt.Errorf("face %d is none of ours", face)
	}
	if d.loaded[face] {
		return nil
	}
	units, err := unitsPerEm(d.fonts[face])
	if err != nil {
		return fmt.Errorf("font %s: %w", face.File(), err)
	}
	if err := d.pdf.AddTTFFontDataWithOption(family(face), d.fonts[face], gopdf.TtfOption{UseKerning: true}); err != nil {
		return fmt.Errorf("font %s: %w", face.File(), err)
	}
	kern := func(left, right rune, _, _ uint, _ int16) int16 {
		return int16(d.metrics.Kern(face, left, right) * units / 1000) //nolint:gosec // kerning is less than the size
	}
	if err := d.pdf.KernOverride(family(face), kern); err != nil {
		return fmt.Errorf("font %s: %w", face.File(), err)
	}
	d.loaded[face] = true
	return nil
}

// family is the font's name in the file.
func family(f page.Face) string { return strings.ReplaceAll(f.File(), "_", "-") }

// unitsPerEm reads what a font measures in, from its table "head".
func unitsPerEm(font []byte) (int, error) {
	const header, record = 12, 16
	if len(font) < header {
		return 0, errors.New("not a font")
	}
	for i := range int(binary.BigEndian.Uint16(font[4:])) {
		at := header + record*i
		if at+record > len(font) {
			break
		}
		if string(font[at:at+4]) != "head" {
			continue
		}
		head := int(binary.BigEndian.Uint32(font[at+8:]))
		if head+20 > len(font) {
			break
		}
		return int(binary.BigEndian.Uint16(font[head+18:])), nil
	}
	return 0, errors.New("a font without its head")
}

func (d *drawing) box(b page.Box) {
	style := ""
	if b.Filled {
		d.pdf.SetFillColor(rgb(b.Fill))
		style = "F"
	}
	if b.Border > 0 {
		d.pdf.SetStrokeColor(rgb(b.Outline))
		d.pdf.SetLineWidth(b.Border)
		style += "D"
	}
	if style != "" {
		d.pdf.RectFromUpperLeftWithStyle(b.X, b.Y, b.W, b.H, style)
	}
}

// path draws a polygon. gopdf knows closed ones only; an open one is opened
// again in content.go.
func (d *drawing) path(p page.Path) error {
	var points []gopdf.Point
	for _, at := range p.Points {
		if !finite(at.X, at.Y, p.Width) {
			return errPlace
		}
		points = append(points, gopdf.Point{X: at.X, Y: at.Y})
	}
	style := ""
	if p.Filled {
		d.pdf.SetFillColor(rgb(p.Fill))
		style = "F"
	}
	if p.Width > 0 {
		d.pdf.SetStrokeColor(rgb(p.Colour))
		d.pdf.SetLineWidth(p.Width)
		style += "D"
	}
	if style != "" && len(points) > 1 {
		d.pdf.Polygon(points, style)
	}
	return nil
}

func rgb(c page.Colour) (r, g, b uint8) {
	return uint8(c >> 16 & 0xFF), uint8(c >> 8 & 0xFF), uint8(c & 0xFF)
}
