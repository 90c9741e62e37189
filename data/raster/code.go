package raster

import (
	"errors"
	"image"
	"image/draw"

	scaling "golang.org/x/image/draw"

	"polis/app/page"
)

// code draws the modules with their edges on whole dots: a camera, too, takes
// dark for dark only without grey between.
func (p *painter) code(c page.Code) error {
	if !finite(c.X, c.Y, c.Size) {
		return errNumber
	}
	if !square(c.Modules) {
		return errors.New("a code that is no square")
	}
	if c.Size <= 0 || len(c.Modules) == 0 {
		return nil
	}
	side := c.Size * p.scale / float64(len(c.Modules))
	if side < crisp {
		soft(p.dst, c.Modules, c.X*p.scale, c.Y*p.scale, c.Size*p.scale)
		return nil
	}
	modules(p.dst, c.Modules, c.X*p.scale, c.Y*p.scale, side)
	return nil
}

// crisp is the side of a module in dots below which whole dots would leave
// out some: a thumbnail, which no telephone can read anyway.
const crisp = 1.25

// soft draws the modules as grey.
func soft(dst *image.RGBA, rows [][]bool, x0, y0, size float64) {
	m := image.NewGray(image.Rect(0, 0, len(rows), len(rows)))
	for y, row := range rows {
		for x, dark := range row {
			if !dark {
				m.Pix[m.PixOffset(x, y)] = 0xFF
			}
		}
	}
	left, right, _ := stretch(x0, x0+size)
	top, bottom, _ := stretch(y0, y0+size)
	scaling.CatmullRom.Scale(dst, image.Rect(left, top, right, bottom), m, m.Rect, scaling.Src, nil)
}

// square tells codes from nonsense; the largest QR code has 177 modules.
func square(rows [][]bool) bool {
	for _, row := range rows {
		if len(row) != len(rows) {
			return false
		}
	}
	return len(rows) <= 177
}

// modules draws the dark ones, a row's neighbours as one rectangle.
func modules(dst *image.RGBA, rows [][]bool, x0, y0, side float64) {
	for y, row := range rows {
		top, bottom := round(y0+float64(y)*side), round(y0+float64(y+1)*side)
		for x := 0; x < len(row); x++ {
			start := x
			for x < len(row) && row[x] {
				x++
			}
			if x > start {
				at := image.Rect(round(x0+float64(start)*side), top, round(x0+float64(x)*side), bottom)
				draw.Draw(dst, at, image.Black, image.Point{}, draw.Src)
			}
		}
	}
}
