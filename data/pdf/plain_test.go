package pdf

import (
	"github.com/signintech/gopdf"

	"polis/app/page"
)

// plain draws a list with gopdf alone: no tags, no metadata beyond a title,
// the same kerning. It is what the tagged file is measured against.
func plain(dl page.DisplayList, fonts page.Fonts, metrics page.Metrics) ([]byte, error) {
	d := &drawing{fonts: fonts, metrics: metrics, height: dl.Height}
	d.pdf.Start(gopdf.Config{PageSize: gopdf.Rect{W: dl.Width, H: dl.Height}})
	d.pdf.SetInfo(gopdf.PdfInfo{Title: dl.Title, Author: dl.Author, Subject: dl.Subject, CreationDate: dl.Created})
	for _, p := range dl.Pages {
		d.pdf.AddPage()
		d.fresh = true
		for _, m := range p.Marks {
			switch m := m.(type) {
			case page.Link:
				d.pdf.AddExternalLink(m.URL, m.X, m.Y, m.W, m.H)
				continue
			case page.Code:
				plainCode(&d.pdf, m)
				continue
			}
			if err := d.mark(m); err != nil {
				return nil, err
			}
		}
	}
	return d.pdf.GetBytesPdfReturnErr()
}

// plainCode draws a code's rows as boxes.
func plainCode(pdf *gopdf.GoPdf, c page.Code) {
	pdf.SetFillColor(0, 0, 0)
	side := c.Size / float64(len(c.Modules))
	for y, row := range c.Modules {
		for x := 0; x < len(row); x++ {
			start := x
			for x < len(row) && row[x] {
				x++
			}
			if x > start {
				pdf.RectFromUpperLeftWithStyle(c.X+float64(start)*side, c.Y+float64(y)*side, float64(x-start)*side, side, "F")
			}
		}
	}
}
