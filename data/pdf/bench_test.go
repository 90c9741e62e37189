package pdf

import (
	"testing"

	"github.com/signintech/gopdf"

	"polis/app/page"
	"polis/data/layout"
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

// TestSizeBesidePlain holds every sheet of the sample against gopdf alone:
// tags must not cost more than a tenth of the bytes.
func TestSizeBesidePlain(t *testing.T) {
	fonts, words := testFonts(t), testWords(t)
	e, err := layout.New(fonts)
	if err != nil {
		t.Fatal(err)
	}
	w, ours, alone := New(fonts, e), 0, 0
	for _, sheet := range sampleSheets(t) {
		for _, complete := range []bool{false, true} {
			dl, err := e.Layout(page.Sheet(sheetInput(sheet, words, complete)))
			if err != nil {
				t.Fatal(err)
			}
			tagged, err := w.Bytes(dl)
			if err != nil {
				t.Fatal(err)
			}
			untagged, err := plain(dl, fonts, e)
			if err != nil {
				t.Fatal(err)
			}
			ours, alone = ours+len(tagged), alone+len(untagged)
			if 10*len(tagged) > 11*len(untagged) {
				t.Errorf("%s: %d bytes, gopdf alone %d", sheet.Code, len(tagged), len(untagged))
			}
		}
	}
	t.Logf("%d bytes, gopdf alone %d: %.3f", ours, alone, float64(ours)/float64(alone))
}
