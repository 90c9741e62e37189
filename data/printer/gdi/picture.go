package gdi

import (
	"bytes"
	"fmt"
	"image"
	"image/color"
	"image/draw"
	_ "image/jpeg" // logos are PNG or JPEG
	_ "image/png"

	"polis/app/page"
)

// bitmap is a picture as GDI takes it: 24 bits, blue first, the lowest row
// first, rows filled up to four bytes.
type bitmap struct {
	w, h int
	bits []byte
}

// decode reads a picture. What is transparent becomes white, the colour of
// the paper: printers do not mix.
func decode(data []byte, mono bool) (*bitmap, error) {
	src, _, err := image.Decode(bytes.NewReader(data))
	if err != nil {
		return nil, fmt.Errorf("picture: %w", err)
	}
	size := src.Bounds().Size()
	if size.X < 1 || size.Y < 1 {
		return nil, fmt.Errorf("picture of %d x %d", size.X, size.Y)
	}
	flat := image.NewRGBA(image.Rectangle{Max: size})
	draw.Draw(flat, flat.Rect, image.NewUniform(color.White), image.Point{}, draw.Src)
	draw.Draw(flat, flat.Rect, src, src.Bounds().Min, draw.Over)

	stride := (size.X*3 + 3) &^ 3
	b := &bitmap{w: size.X, h: size.Y, bits: make([]byte, stride*size.Y)}
	for y := range size.Y {
		from := flat.Pix[y*flat.Stride:]
		to := b.bits[(size.Y-1-y)*stride:]
		for x := range size.X {
			r, g, bl := from[4*x], from[4*x+1], from[4*x+2]
			if mono {
				r = grey(r, g, bl)
				g, bl = r, r
			}
			to[3*x], to[3*x+1], to[3*x+2] = bl, g, r
		}
	}
	return b, nil
}

// grey is how bright a colour is to the eye.
func grey(r, g, b uint8) uint8 {
	return uint8((299*uint32(r) + 587*uint32(g) + 114*uint32(b) + 500) / 1000) //nolint:gosec // at most 255
}

// inkOf is a colour as GDI counts it, blue first.
func inkOf(c page.Colour, mono bool) uint32 {
	r, g, b := uint8(c>>16), uint8(c>>8), uint8(c) //nolint:gosec // one byte each
	if mono {
		r = grey(r, g, b)
		g, b = r, r
	}
	return uint32(b)<<16 | uint32(g)<<8 | uint32(r)
}
