package main

import (
	"fmt"

	"github.com/signintech/gopdf"

	"polis/app/page"
)

// plain draws a display list with gopdf and nothing else: no tags, no
// language, no archive's metadata. It is what ours is held against.
type plain struct {
	pdf     gopdf.GoPdf
	fonts   page.Fonts
	metrics page.Metrics
	loaded  [page.FaceCount]bool
	face    page.Face
	size    float64
	text    page.Colour
	fresh   bool
}

func plainPDF(list *page.DisplayList, fonts page.Fonts, metrics page.Metrics) ([]byte, error) {
	p := &plain{fonts: fonts, metrics: metrics}
	p.pdf.Start(gopdf.Config{PageSize: gopdf.Rect{W: list.Width, H: list.Height}})
	p.pdf.SetInfo(gopdf.PdfInfo{Title: list.Title, Author: list.Author, CreationDate: list.Created})
	for _, at := range list.Pages {
		p.pdf.AddPage()
		p.fresh = true
		for _, m := range at.Marks {
			if err := p.mark(m); err != nil {
				return nil, err
			}
		}
	}
	return p.pdf.GetBytesPdfReturnErr()
}

func (p *plain) mark(m page.Mark) error {
	switch m := m.(type) {
	case page.Run:
		return p.run(m)
	case page.Box:
		p.box(m)
	case page.Line:
		p.pdf.SetLineWidth(m.Width)
		p.pdf.SetStrokeColor(rgb(m.Colour))
		p.pdf.Line(m.X1, m.Y1, m.X2, m.Y2)
	case page.Code:
		p.code(m)
	case page.Link:
		if m.URL != "" {
			p.pdf.AddExternalLink(m.URL, m.X, m.Y, m.W, m.H)
		}
	case page.Picture:
		holder, err := gopdf.ImageHolderByBytes(m.Data)
		if err != nil {
			return err
		}
		return p.pdf.ImageByHolder(holder, m.X, m.Y, &gopdf.Rect{W: m.W, H: m.H})
	case page.Path:
		p.path(m)
	default:
		return fmt.Errorf("a mark that plain gopdf is not told: %T", m)
	}
	return nil
}

func (p *plain) run(r page.Run) error {
	if !p.loaded[r.Face] {
		name := r.Face.File()
		if err := p.pdf.AddTTFFontDataWithOption(name, p.fonts[r.Face], gopdf.TtfOption{UseKerning: true}); err != nil {
			return err
		}
		kern := func(left, right rune, _, _ uint, _ int16) int16 { return int16(p.metrics.Kern(r.Face, left, right)) }
		if err := p.pdf.KernOverride(name, kern); err != nil {
			return err
		}
		p.loaded[r.Face] = true
	}
	if p.fresh || r.Face != p.face || r.Size != p.size {
		if err := p.pdf.SetFont(r.Face.File(), "", r.Size); err != nil {
			return err
		}
		p.face, p.size = r.Face, r.Size
	}
	if p.fresh || r.Colour != p.text {
		p.pdf.SetTextColor(rgb(r.Colour))
		p.text = r.Colour
	}
	p.fresh = false
	p.pdf.SetXY(r.X, r.Y)
	return p.pdf.Text(r.Text)
}

func (p *plain) box(b page.Box) {
	style := ""
	if b.Filled {
		p.pdf.SetFillColor(rgb(b.Fill))
		style = "F"
	}
	if b.Border > 0 {
		p.pdf.SetStrokeColor(rgb(b.Outline))
		p.pdf.SetLineWidth(b.Border)
		style += "D"
	}
	if style != "" {
		p.pdf.RectFromUpperLeftWithStyle(b.X, b.Y, b.W, b.H, style)
	}
}

func (p *plain) code(c page.Code) {
	p.pdf.SetFillColor(0, 0, 0)
	side := c.Size / float64(max(len(c.Modules), 1))
	for y, row := range c.Modules {
		for x := 0; x < len(row); x++ {
			start := x
			for x < len(row) && row[x] {
				x++
			}
			if x > start {
				p.pdf.RectFromUpperLeftWithStyle(c.X+float64(start)*side, c.Y+float64(y)*side, float64(x-start)*side, side, "F")
			}
		}
	}
}

func (p *plain) path(m page.Path) {
	points := make([]gopdf.Point, len(m.Points))
	for i, at := range m.Points {
		points[i] = gopdf.Point{X: at.X, Y: at.Y}
	}
	p.pdf.SetLineWidth(m.Width)
	p.pdf.SetStrokeColor(rgb(m.Colour))
	if m.Filled {
		p.pdf.SetFillColor(rgb(m.Fill))
		p.pdf.Polygon(points, "F")
	}
	for i := 1; m.Width > 0 && i < len(points); i++ {
		p.pdf.Line(points[i-1].X, points[i-1].Y, points[i].X, points[i].Y)
	}
}

func rgb(c page.Colour) (r, g, b uint8) {
	return uint8(c >> 16 & 0xFF), uint8(c >> 8 & 0xFF), uint8(c & 0xFF)
}
