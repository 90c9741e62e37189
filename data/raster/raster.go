// Package raster draws the pages of a display list as pictures for the
// screen. It decides nothing about the page: signs stand where the PDF puts
// them. Only what a screen's coarse dots ask for is its own: baselines, rules
// and the squares of a QR code are moved to whole dots, so that they are
// crisp.
package raster

import (
	"errors"
	"fmt"
	"image"
	"image/draw"
	"math"

	"golang.org/x/image/font/sfnt"
	"golang.org/x/image/vector"

	"polis/app"
	"polis/app/page"
)

// Bounds of a picture: wider than any screen, and 256 MB of memory at most.
const (
	maxWidth  = 16384
	maxPixels = 64 << 20
)

// Bounds of what a Drawer remembers, in bytes: signs of some hundred sizes,
// and the pictures of a few documents as they were last shown.
const (
	signBytes    = 8 << 20
	pictureBytes = 16 << 20
)

// Drawer draws pages. It is safe for use by several goroutines; what it
// remembers of signs and pictures is bounded.
type Drawer struct {
	fonts    [page.FaceCount]*sfnt.Font
	metrics  page.Metrics
	signs    *cache[signKey, sign]
	pictures *cache[pictureKey, *image.RGBA]
}

// New reads the fonts; metrics says how wide signs are, the same that the
// pages were laid out with. It fails with app.CodeInternal when one of the
// fonts is not a font.
func New(fonts page.Fonts, metrics page.Metrics) (*Drawer, error) {
	d := &Drawer{
		metrics:  metrics,
		signs:    newCache[signKey, sign](signBytes),
		pictures: newCache[pictureKey, *image.RGBA](pictureBytes),
	}
	for face, data := range fonts {
		f, err := sfnt.Parse(data)
		if err != nil {
			return nil, app.Fault(app.CodeInternal, fmt.Errorf("font %s: %w", page.Face(face).File(), err))
		}
		d.fonts[face] = f
	}
	return d, nil
}

// Page draws page n, the first is 0, width dots wide and in proportion high,
// on white. It fails with app.CodePrint: no such page, a width that no screen
// has, a mark that cannot be drawn.
func (d *Drawer) Page(list *page.DisplayList, n, width int) (picture *image.RGBA, err error) {
	if list == nil {
		return nil, app.Fault(app.CodePrint, errors.New("no pages"), "code", "")
	}
	defer func() {
		// A broken font or picture must not close the window.
		if p := recover(); p != nil {
			picture, err = nil, app.Fault(app.CodePrint, fmt.Errorf("drawing page %d panicked: %v", n+1, p), "code", list.Code)
		}
	}()
	height, err := size(list, n, width)
	if err != nil {
		return nil, app.Fault(app.CodePrint, err, "code", list.Code)
	}
	p := &painter{
		drawer: d,
		scale:  float64(width) / list.Width,
		dst:    image.NewRGBA(image.Rect(0, 0, width, height)),
	}
	whiten(p.dst)
	for i, m := range list.Pages[n].Marks {
		if err := p.mark(m); err != nil {
			return nil, app.Fault(app.CodePrint, fmt.Errorf("page %d, mark %d: %w", n+1, i, err), "code", list.Code)
		}
	}
	return p.dst, nil
}

// size is the height of a page's picture in dots.
func size(list *page.DisplayList, n, width int) (int, error) {
	if n < 0 || n >= len(list.Pages) {
		return 0, fmt.Errorf("page %d of %d", n+1, len(list.Pages))
	}
	if width < 1 || width > maxWidth {
		return 0, fmt.Errorf("a picture of %d dots", width)
	}
	if !finite(list.Width, list.Height) || list.Width <= 0 || list.Height <= 0 {
		return 0, fmt.Errorf("paper of %g x %g points", list.Width, list.Height)
	}
	height := math.Max(math.Round(list.Height*float64(width)/list.Width), 1)
	if height*float64(width) > maxPixels {
		return 0, fmt.Errorf("a picture of %d x %g dots", width, height)
	}
	return int(height), nil
}

// painter is one page at work; its measures are dots of the picture.
type painter struct {
	drawer *Drawer
	scale  float64 // dots a point
	dst    *image.RGBA
	buffer sfnt.Buffer
	filler vector.Rasterizer
}

func (p *painter) mark(m page.Mark) error {
	switch m := m.(type) {
	case page.Run:
		return p.run(m)
	case page.Box:
		return p.box(m)
	case page.Line:
		return p.line(m)
	case page.Path:
		return p.path(m)
	case page.Picture:
		return p.picture(m)
	case page.Code:
		return p.code(m)
	case page.Link:
		return nil // nothing to see
	}
	return fmt.Errorf("a mark that the screen does not know: %T", m)
}

// errNumber refuses a mark with a place that is none. A PDF with it would be
// broken, so the preview must not look well.
var errNumber = errors.New("a measure is not a number")

func finite(numbers ...float64) bool {
	for _, n := range numbers {
		if math.IsNaN(n) || math.IsInf(n, 0) {
			return false
		}
	}
	return true
}

func whiten(m *image.RGBA) {
	draw.Draw(m, m.Rect, image.White, image.Point{}, draw.Src)
}
