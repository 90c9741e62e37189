package gdi

import (
	"fmt"
	"math"

	"golang.org/x/image/font/sfnt"

	"polis/app/page"
)

// paper is a sheet as the printer sees it, in its dots. It can print on the
// area only, whose corner is at left, top.
type paper struct {
	perInchX, perInchY float64
	w, h               float64
	left, top          float64
	areaW, areaH       float64
}

// rect is a stretch of a page in points.
type rect struct{ x1, y1, x2, y2 float64 }

// ink is where on its pages a document has what must not be cut off: text,
// codes, pictures.
func ink(list *page.DisplayList) rect {
	all := rect{math.Inf(1), math.Inf(1), math.Inf(-1), math.Inf(-1)}
	add := func(x, y, w, h float64) {
		all.x1, all.y1 = min(all.x1, x), min(all.y1, y)
		all.x2, all.y2 = max(all.x2, x+w), max(all.y2, y+h)
	}
	for _, p := range list.Pages {
		for _, m := range p.Marks {
			switch m := m.(type) {
			case page.Run:
				add(m.X, m.Y-0.8*m.Size, m.Width, m.Size)
			case page.Code:
				add(m.X, m.Y, m.Size, m.Size)
			case page.Picture:
				add(m.X, m.Y, m.W, m.H)
			}
		}
	}
	if all.x1 > all.x2 {
		return rect{0, 0, list.Width, list.Height}
	}
	return all
}

// placing leads from points of the page to dots of the printable area.
type placing struct{ sx, sy, dx, dy float64 }

// place puts a page of w x h points on the paper: true to size where it has
// this paper, else as large as it goes, in the middle; and smaller or aside
// by as much as the printer's margins would cut off.
func place(p paper, w, h float64, on rect) placing {
	perX, perY := p.perInchX/72, p.perInchY/72
	s := 1.0
	if !same(p.w, w*perX) || !same(p.h, h*perY) {
		s = min(p.w/(w*perX), p.h/(h*perY))
	}
	s = min(s, p.areaW/((on.x2-on.x1)*perX), p.areaH/((on.y2-on.y1)*perY))
	sx, sy := s*perX, s*perY
	return placing{
		sx: sx, sy: sy,
		dx: shift((p.w-w*sx)/2-p.left, on.x1*sx, on.x2*sx, p.areaW),
		dy: shift((p.h-h*sy)/2-p.top, on.y1*sy, on.y2*sy, p.areaH),
	}
}

// same allows for papers whose size the driver rounds.
func same(a, b float64) bool { return math.Abs(a-b) <= 0.01*b }

// shift moves what lies between from and to into 0..room, where it must be.
func shift(by, from, to, room float64) float64 {
	return max(min(by, room-to), -from)
}

func (p placing) x(v float64) int32 { return dots(p.dx + v*p.sx) }
func (p placing) y(v float64) int32 { return dots(p.dy + v*p.sy) }

// wide is a stroke's width: what is there is seen.
func (p placing) wide(v float64) int32 { return max(dots(v*(p.sx+p.sy)/2), 1) }

// high is a size of text.
func (p placing) high(v float64) int32 { return max(dots(v*p.sy), 1) }

func dots(v float64) int32 { return int32(math.Round(v)) }

// area is a rectangle of dots; the right and lower edges are not in it.
type area struct{ x, y, w, h int32 }

// area rounds edges and not sizes: neighbours touch and do not overlap. A
// rectangle that is there has at least one dot.
func (p placing) area(x, y, w, h float64) area {
	left, top := p.x(x), p.y(y)
	return area{left, top, max(p.x(x+w)-left, 1), max(p.y(y+h)-top, 1)}
}

// modules are the dark modules of a code, a row's neighbours as one
// rectangle.
func (p placing) modules(c page.Code) []area {
	var out []area
	if len(c.Modules) == 0 {
		return nil
	}
	side := c.Size / float64(len(c.Modules))
	for y, row := range c.Modules {
		for x := 0; x < len(row); x++ {
			start := x
			for x < len(row) && row[x] {
				x++
			}
			if x > start {
				out = append(out, p.area(c.X+float64(start)*side, c.Y+float64(y)*side, float64(x-start)*side, side))
			}
		}
	}
	return out
}

// text is a run as GDI takes it: glyphs of the face, and how far each moves
// the next one.
type text struct {
	x, y   int32
	glyphs []uint16
	moves  []int32
}

// setter turns runs into glyphs.
type setter struct {
	metrics page.Metrics
	fonts   [page.FaceCount]*sfnt.Font
	buffer  sfnt.Buffer
}

// font reads a face once.
func (s *setter) font(f page.Face, files page.Fonts) (*sfnt.Font, error) {
	if f < 0 || f >= page.FaceCount {
		return nil, fmt.Errorf("face %d is none", f)
	}
	if s.fonts[f] == nil {
		font, err := sfnt.Parse(files[f])
		if err != nil {
			return nil, fmt.Errorf("font %s: %w", f.File(), err)
		}
		s.fonts[f] = font
	}
	return s.fonts[f], nil
}

// set places every sign where it belongs on the page and rounds only then,
// so that a long line ends where it was measured.
func (s *setter) set(r page.Run, p placing, files page.Fonts) (text, error) {
	font, err := s.font(r.Face, files)
	if err != nil {
		return text{}, err
	}
	t := text{x: p.x(r.X), y: p.y(r.Y)}
	at, pen := t.x, 0
	var before rune
	for i, sign := range r.Text {
		glyph, err := font.GlyphIndex(&s.buffer, sign)
		if err != nil {
			return text{}, fmt.Errorf("glyph of %U in %s: %w", sign, r.Face.File(), err)
		}
		if i > 0 {
			pen += s.metrics.Kern(r.Face, before, sign)
			next := p.x(r.X + float64(pen)*r.Size/1000)
			t.moves = append(t.moves, next-at)
			at = next
		}
		t.glyphs = append(t.glyphs, uint16(glyph))
		pen += max(s.metrics.Advance(r.Face, sign), 0)
		before = sign
	}
	if len(t.glyphs) > 0 {
		t.moves = append(t.moves, p.x(r.X+float64(pen)*r.Size/1000)-at)
	}
	return t, nil
}
