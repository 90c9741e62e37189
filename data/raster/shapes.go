package raster

import (
	"image"
	"image/color"
	"image/draw"
	"math"

	"polis/app/page"
)

// point is a place on the picture, in dots.
type point struct{ x, y float64 }

// paint is a colour at a strength, 0 to 1.
func paint(c page.Colour, strength float64) *image.Uniform {
	a := uint8(math.Round(255 * min(max(strength, 0), 1)))
	return image.NewUniform(color.NRGBA{
		R: uint8(c >> 16 & 0xFF), G: uint8(c >> 8 & 0xFF), B: uint8(c & 0xFF), A: a,
	})
}

// strengthOf is how strong a stretch thinner than a dot is drawn: rules of
// half a point stay rules at window size, and pale in a thumbnail.
func strengthOf(dots float64) float64 { return min(max(1.5*dots, 0.2), 1) }

// stretch is the whole dots from a to b, at least one, and how strong they are.
func stretch(a, b float64) (lo, hi int, strength float64) {
	if b < a {
		a, b = b, a
	}
	lo, hi = round(a), round(b)
	if hi > lo {
		return lo, hi, strengthOf(b - a)
	}
	lo = int(clamp(math.Floor((a + b) / 2)))
	return lo, lo + 1, strengthOf(b - a)
}

// stroke is the whole dots of a rule around a centre.
func stroke(centre, width float64) (lo, hi int, strength float64) {
	dots := max(round(width), 1)
	lo = round(centre - float64(dots)/2)
	return lo, lo + dots, strengthOf(width)
}

func round(v float64) int { return int(clamp(math.Round(v))) }

// clamp keeps a measure where integers can hold it; far outside of any
// picture it makes no difference.
func clamp(v float64) float64 { return min(max(v, -1<<24), 1<<24) }

// fill covers a rectangle of whole dots.
func (p *painter) fill(x0, y0, x1, y1 int, c page.Colour, strength float64) {
	op := draw.Over
	if strength >= 1 {
		op = draw.Src
	}
	draw.Draw(p.dst, image.Rect(x0, y0, x1, y1), paint(c, strength), image.Point{}, op)
}

func (p *painter) box(b page.Box) error {
	if !finite(b.X, b.Y, b.W, b.H, b.Border) {
		return errNumber
	}
	x0, x1, sx := stretch(b.X*p.scale, (b.X+b.W)*p.scale)
	y0, y1, sy := stretch(b.Y*p.scale, (b.Y+b.H)*p.scale)
	if b.Filled && b.W != 0 && b.H != 0 {
		p.fill(x0, y0, x1, y1, b.Fill, sx*sy)
	}
	if b.Border > 0 {
		p.frame(b)
	}
	return nil
}

// frame draws a box's outline, whose middle is the box's edge.
func (p *painter) frame(b page.Box) {
	width := b.Border * p.scale
	left, right := min(b.X, b.X+b.W)*p.scale, max(b.X, b.X+b.W)*p.scale
	top, bottom := min(b.Y, b.Y+b.H)*p.scale, max(b.Y, b.Y+b.H)*p.scale
	l0, l1, strength := stroke(left, width)
	r0, r1, _ := stroke(right, width)
	t0, t1, _ := stroke(top, width)
	b0, b1, _ := stroke(bottom, width)
	p.fill(l0, t0, r1, t1, b.Outline, strength)
	p.fill(l0, max(b0, t1), r1, b1, b.Outline, strength)
	p.fill(l0, t1, l1, b0, b.Outline, strength)
	p.fill(max(r0, l1), t1, r1, b0, b.Outline, strength)
}

func (p *painter) line(l page.Line) error {
	if !finite(l.X1, l.Y1, l.X2, l.Y2, l.Width) {
		return errNumber
	}
	width := max(l.Width, 0) * p.scale
	a, b := point{l.X1 * p.scale, l.Y1 * p.scale}, point{l.X2 * p.scale, l.Y2 * p.scale}
	p.strokeLine(a, b, width, l.Colour)
	return nil
}

// strokeLine draws one straight stroke; an upright or lying one on whole dots.
func (p *painter) strokeLine(a, b point, width float64, c page.Colour) {
	switch {
	case a == b:
	case a.y == b.y:
		x0, x1, _ := stretch(a.x, b.x)
		y0, y1, strength := stroke(a.y, width)
		p.fill(x0, y0, x1, y1, c, strength)
	case a.x == b.x:
		x0, x1, strength := stroke(a.x, width)
		y0, y1, _ := stretch(a.y, b.y)
		p.fill(x0, y0, x1, y1, c, strength)
	default:
		p.polygons([][]point{beam(a, b, max(width, 1))}, c, strengthOf(width))
	}
}

func (p *painter) path(path page.Path) error {
	points := make([]point, 0, len(path.Points))
	for _, at := range path.Points {
		if !finite(at.X, at.Y) {
			return errNumber
		}
		next := point{at.X * p.scale, at.Y * p.scale}
		if len(points) == 0 || points[len(points)-1] != next {
			points = append(points, next)
		}
	}
	if !finite(path.Width) {
		return errNumber
	}
	if path.Filled && len(points) > 2 {
		p.polygons([][]point{points}, path.Fill, 1)
	}
	if path.Width <= 0 || len(points) < 2 {
		return nil
	}
	if len(points) == 2 {
		p.strokeLine(points[0], points[1], path.Width*p.scale, path.Colour)
		return nil
	}
	width := path.Width * p.scale
	p.polygons(outline(points, path.Closed, max(width, 1)), path.Colour, strengthOf(width))
	return nil
}

// outline is a stroke through points as polygons: a beam each, and what
// fills the corner between two.
func outline(points []point, closed bool, width float64) [][]point {
	if closed && points[0] != points[len(points)-1] {
		points = append(points[:len(points):len(points)], points[0])
	}
	out := make([][]point, 0, 2*len(points))
	for i := 1; i < len(points); i++ {
		out = append(out, beam(points[i-1], points[i], width))
		switch {
		case i+1 < len(points):
			out = append(out, corner(points[i-1], points[i], points[i+1], width))
		case closed:
			out = append(out, corner(points[i-1], points[i], points[1], width))
		}
	}
	return out
}

// across is what lies half a width to the left of the way from a to b.
func across(a, b point, width float64) point {
	dx, dy := b.x-a.x, b.y-a.y
	length := math.Hypot(dx, dy)
	if length == 0 || math.IsInf(length, 0) {
		return point{}
	}
	return point{-dy / length * width / 2, dx / length * width / 2}
}

func beam(a, b point, width float64) []point {
	n := across(a, b, width)
	return []point{{a.x + n.x, a.y + n.y}, {b.x + n.x, b.y + n.y}, {b.x - n.x, b.y - n.y}, {a.x - n.x, a.y - n.y}}
}

// miterLimit is PDF's own: sharper corners are cut off.
const miterLimit = 10

// corner fills the outer side of a turn at b, pointed like a PDF's stroke.
func corner(a, b, c point, width float64) []point {
	n1, n2 := across(a, b, width), across(b, c, width)
	if (b.x-a.x)*(c.y-b.y)-(b.y-a.y)*(c.x-b.x) > 0 { // the outer side is the other one
		n1, n2 = point{-n1.x, -n1.y}, point{-n2.x, -n2.y}
	}
	out := []point{b, {b.x + n1.x, b.y + n1.y}}
	sum := point{n1.x + n2.x, n1.y + n2.y}
	// The sum is as long as width times the cosine of half the turn.
	if square := sum.x*sum.x + sum.y*sum.y; square > width*width/(miterLimit*miterLimit) {
		k := width * width / 2 / square
		out = append(out, point{b.x + k*sum.x, b.y + k*sum.y})
	}
	return append(out, point{b.x + n2.x, b.y + n2.y})
}

// polygons fills the union of polygons with soft edges, all turned the same
// way, so that none of them takes away from another.
func (p *painter) polygons(shapes [][]point, c page.Colour, strength float64) {
	for _, s := range shapes {
		if area(s) < 0 {
			for i, j := 0, len(s)-1; i < j; i, j = i+1, j-1 {
				s[i], s[j] = s[j], s[i]
			}
		}
	}
	p.contours(shapes, c, strength)
}

func area(s []point) float64 {
	sum := 0.0
	for i, a := range s {
		b := s[(i+1)%len(s)]
		sum += a.x*b.y - b.x*a.y
	}
	return sum
}

// contours fills closed outlines; one inside another that turns the other
// way is a hole.
func (p *painter) contours(shapes [][]point, c page.Colour, strength float64) {
	w, h := float64(p.dst.Rect.Dx()), float64(p.dst.Rect.Dy())
	lo, hi := point{w, h}, point{}
	clipped := make([][]point, 0, len(shapes))
	for _, s := range shapes {
		if s = clip(s, w, h); len(s) < 3 {
			continue
		}
		clipped = append(clipped, s)
		for _, at := range s {
			lo, hi = point{min(lo.x, at.x), min(lo.y, at.y)}, point{max(hi.x, at.x), max(hi.y, at.y)}
		}
	}
	bounds := image.Rect(int(lo.x), int(lo.y), int(math.Ceil(hi.x)), int(math.Ceil(hi.y))).Intersect(p.dst.Rect)
	if len(clipped) == 0 || bounds.Empty() {
		return
	}
	p.filler.Reset(bounds.Dx(), bounds.Dy())
	x0, y0 := float64(bounds.Min.X), float64(bounds.Min.Y)
	for _, s := range clipped {
		p.filler.MoveTo(float32(s[0].x-x0), float32(s[0].y-y0))
		for _, at := range s[1:] {
			p.filler.LineTo(float32(at.x-x0), float32(at.y-y0))
		}
		p.filler.ClosePath()
	}
	p.filler.Draw(p.dst, bounds, paint(c, strength), image.Point{})
}

// clip cuts a polygon at the picture's four edges.
func clip(s []point, w, h float64) []point {
	for _, at := range s {
		if !finite(at.x, at.y) {
			return nil
		}
	}
	edges := []func(point) float64{
		func(a point) float64 { return a.x },
		func(a point) float64 { return w - a.x },
		func(a point) float64 { return a.y },
		func(a point) float64 { return h - a.y },
	}
	for _, inside := range edges {
		if all(s, inside) {
			continue
		}
		out := make([]point, 0, len(s)+4)
		for i, b := range s {
			a := s[(i+len(s)-1)%len(s)]
			da, db := inside(a), inside(b)
			if (da < 0) != (db < 0) {
				t := da / (da - db)
				out = append(out, point{a.x + t*(b.x-a.x), a.y + t*(b.y-a.y)})
			}
			if db >= 0 {
				out = append(out, b)
			}
		}
		s = out
	}
	return s
}

func all(s []point, inside func(point) float64) bool {
	for _, a := range s {
		if inside(a) < 0 {
			return false
		}
	}
	return true
}
