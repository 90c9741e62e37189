package raster

import (
	"errors"
	"fmt"
	"image"
	"image/draw"
	"math"

	"golang.org/x/image/font/sfnt"
	"golang.org/x/image/math/fixed"

	"polis/app/page"
)

// places is how many places within a dot a sign can begin at. With four no
// eye sees the difference, and letters stand as far apart as on paper.
const places = 4

// largeSign is the size in dots from which signs are drawn as shapes and not
// remembered.
const largeSign = 300

// signKey names a sign as it lies in the memory: face and glyph, size in
// 1/64 of a dot, place within the dot.
type signKey struct {
	face  page.Face
	glyph sfnt.GlyphIndex
	size  int32
	place uint8
}

// sign is a glyph's ink; at is where it lies beside the dot in which the
// sign begins. A blank has no ink.
type sign struct {
	ink *image.Alpha
	at  image.Point
}

// run draws text sign by sign, as far apart as the PDF's reader puts them.
func (p *painter) run(r page.Run) error {
	if r.Face < 0 || r.Face >= page.FaceCount {
		return fmt.Errorf("a face that is none: %d", r.Face)
	}
	if !finite(r.X, r.Y, r.Size) {
		return errNumber
	}
	size := r.Size * p.scale
	x, y := r.X*p.scale, r.Y*p.scale
	if size <= 0 || y < -2*size || y > float64(p.dst.Rect.Dy())+2*size {
		return nil
	}
	colour := paint(r.Colour, 1)
	var before rune
	for i, now := range r.Text {
		if i > 0 {
			x += float64(p.drawer.metrics.Kern(r.Face, before, now)) * size / 1000
		}
		if x > float64(p.dst.Rect.Dx())+size {
			return nil // the rest lies beside the page
		}
		advance, err := p.sign(r, now, point{x, y}, size, colour)
		if err != nil {
			return fmt.Errorf("sign %U: %w", now, err)
		}
		x += advance
		before = now
	}
	return nil
}

// sign draws one sign and returns how far the next stands.
func (p *painter) sign(r page.Run, now rune, at point, size float64, colour *image.Uniform) (float64, error) {
	font := p.drawer.fonts[r.Face]
	glyph, err := font.GlyphIndex(&p.buffer, now)
	if err != nil {
		return 0, err
	}
	if glyph == 0 {
		return p.missing(at, size, r.Colour), nil
	}
	advance := p.drawer.metrics.Advance(r.Face, now)
	if size > largeSign {
		return float64(advance) * size / 1000, p.large(font, glyph, at, size, r.Colour)
	}
	dot := math.Floor(at.x*places+0.5) / places // the place nearest to it
	whole := math.Floor(dot)
	key := signKey{r.Face, glyph, int32(math.Round(size * 64)), uint8((dot - whole) * places)}
	s, ok := p.drawer.signs.get(key)
	if !ok {
		if s, err = p.ink(font, key); err != nil {
			return 0, err
		}
		p.drawer.signs.put(key, s, signCost(s))
	}
	if s.ink != nil {
		origin := s.at.Add(image.Pt(round(whole), round(at.y)))
		draw.DrawMask(p.dst, s.ink.Rect.Add(origin), colour, image.Point{}, s.ink, image.Point{}, draw.Over)
	}
	return float64(advance) * size / 1000, nil
}

// missing draws an empty box for what the face lacks: the layout has put
// another sign there long before, and if it has not, a blank would not be seen.
func (p *painter) missing(at point, size float64, c page.Colour) float64 {
	x, y, s := at.x/p.scale, at.y/p.scale, size/p.scale
	p.frame(page.Box{X: x + 0.05*s, Y: y - 0.65*s, W: 0.4 * s, H: 0.65 * s, Border: 0.06 * s, Outline: c})
	return size / 2
}

// signCost is about what a sign needs in memory, with its place in the maps.
func signCost(s sign) int {
	if s.ink == nil {
		return 100
	}
	return 200 + len(s.ink.Pix)
}

// ink draws a glyph alone.
func (p *painter) ink(font *sfnt.Font, key signKey) (sign, error) {
	size := float64(key.size) / 64
	segments, k, err := p.outline(font, key.glyph, size)
	if err != nil || len(segments) == 0 {
		return sign{}, err
	}
	x0 := float64(key.place) / places
	bounds := segments.Bounds()
	box := image.Rect(
		int(math.Floor(x0+k*float64(bounds.Min.X))), int(math.Floor(k*float64(bounds.Min.Y))),
		int(math.Ceil(x0+k*float64(bounds.Max.X)))+1, int(math.Ceil(k*float64(bounds.Max.Y)))+1,
	)
	if box.Dx() > 8*largeSign || box.Dy() > 8*largeSign {
		return sign{}, errors.New("a sign larger than any")
	}
	p.filler.Reset(box.Dx(), box.Dy())
	at := func(q fixed.Point26_6) (x, y float32) {
		return float32(x0 + k*float64(q.X) - float64(box.Min.X)), float32(k*float64(q.Y) - float64(box.Min.Y))
	}
	for i, s := range segments {
		ax, ay := at(s.Args[0])
		bx, by := at(s.Args[1])
		cx, cy := at(s.Args[2])
		switch s.Op {
		case sfnt.SegmentOpMoveTo:
			if i > 0 {
				p.filler.ClosePath()
			}
			p.filler.MoveTo(ax, ay)
		case sfnt.SegmentOpLineTo:
			p.filler.LineTo(ax, ay)
		case sfnt.SegmentOpQuadTo:
			p.filler.QuadTo(ax, ay, bx, by)
		case sfnt.SegmentOpCubeTo:
			p.filler.CubeTo(ax, ay, bx, by, cx, cy)
		}
	}
	p.filler.ClosePath()
	ink := image.NewAlpha(image.Rect(0, 0, box.Dx(), box.Dy()))
	p.filler.DrawOp = draw.Src
	p.filler.Draw(ink, ink.Rect, image.Opaque, image.Point{})
	return sign{ink, box.Min}, nil
}

// outline is a glyph in the font's own units, and what makes dots of them:
// exact at every size.
func (p *painter) outline(font *sfnt.Font, glyph sfnt.GlyphIndex, size float64) (sfnt.Segments, float64, error) {
	em := font.UnitsPerEm()
	segments, err := font.LoadGlyph(&p.buffer, glyph, fixed.I(int(em)), nil)
	if err != nil {
		return nil, 0, fmt.Errorf("outline: %w", err)
	}
	return segments, size / float64(em) / 64, nil
}

// large draws a sign as a shape.
func (p *painter) large(font *sfnt.Font, glyph sfnt.GlyphIndex, at point, size float64, c page.Colour) error {
	segments, k, err := p.outline(font, glyph, size)
	if err != nil {
		return err
	}
	var shapes [][]point
	for _, s := range segments {
		var q [3]point
		for i, a := range s.Args {
			q[i] = point{at.x + k*float64(a.X), at.y + k*float64(a.Y)}
		}
		if s.Op == sfnt.SegmentOpMoveTo {
			shapes = append(shapes, []point{q[0]})
			continue
		}
		last := &shapes[len(shapes)-1]
		*last = append(*last, curve(s.Op, (*last)[len(*last)-1], q)...)
	}
	p.contours(shapes, c, 1)
	return nil
}

// curve is a segment of an outline as the ends of straight pieces.
func curve(op sfnt.SegmentOp, from point, q [3]point) []point {
	const pieces = 24
	if op == sfnt.SegmentOpLineTo {
		return []point{q[0]}
	}
	if op == sfnt.SegmentOpQuadTo { // the same curve, said with one point more
		ctrl, end := q[0], q[1]
		q = [3]point{between(from, ctrl, 2./3), between(end, ctrl, 2./3), end}
	}
	out := make([]point, pieces)
	for i := range out {
		t := float64(i+1) / pieces
		ab, bc, cd := between(from, q[0], t), between(q[0], q[1], t), between(q[1], q[2], t)
		out[i] = between(between(ab, bc, t), between(bc, cd, t), t)
	}
	return out
}

func between(a, b point, t float64) point { return point{a.x + t*(b.x-a.x), a.y + t*(b.y-a.y)} }
