package raster

import (
	"bytes"
	"crypto/sha256"
	"errors"
	"fmt"
	"image"
	"image/draw"
	"image/jpeg"
	"image/png"

	scaling "golang.org/x/image/draw"

	"polis/app/page"
)

// maxDecoded bounds the pictures that are opened, in dots: some bytes of a
// file can say that they are a picture of any size.
const maxDecoded = 64 << 20

// pictureKey names a picture as it was scaled: its file and its size in dots.
type pictureKey struct {
	file   [sha256.Size]byte
	dx, dy int
}

func (p *painter) picture(m page.Picture) error {
	if !finite(m.X, m.Y, m.W, m.H) {
		return errNumber
	}
	x0, x1, _ := stretch(m.X*p.scale, (m.X+m.W)*p.scale)
	y0, y1, _ := stretch(m.Y*p.scale, (m.Y+m.H)*p.scale)
	place := image.Rect(x0, y0, x1, y1)
	if m.W <= 0 || m.H <= 0 || !place.Overlaps(p.dst.Rect) {
		return nil
	}
	if place.Dx() > maxWidth || place.Dy() > maxWidth || place.Dx()*place.Dy() > maxPixels {
		return fmt.Errorf("picture of %d x %d dots", place.Dx(), place.Dy())
	}
	key := pictureKey{sha256.Sum256(m.Data), place.Dx(), place.Dy()}
	scaled, ok := p.drawer.pictures.get(key)
	if !ok {
		var err error
		if scaled, err = scale(m.Data, place.Size()); err != nil {
			return fmt.Errorf("picture: %w", err)
		}
		p.drawer.pictures.put(key, scaled, len(scaled.Pix))
	}
	draw.Draw(p.dst, place, scaled, image.Point{}, draw.Over)
	return nil
}

// scale opens a file and draws it in a size, softly.
func scale(file []byte, size image.Point) (*image.RGBA, error) {
	source, err := decode(file)
	if err != nil {
		return nil, err
	}
	out := image.NewRGBA(image.Rectangle{Max: size})
	scaling.CatmullRom.Scale(out, out.Rect, source, source.Bounds(), scaling.Src, nil)
	return out, nil
}

func decode(file []byte) (image.Image, error) {
	config, open := png.DecodeConfig, png.Decode
	if bytes.HasPrefix(file, []byte("\xff\xd8")) {
		config, open = jpeg.DecodeConfig, jpeg.Decode
	}
	c, err := config(bytes.NewReader(file))
	if err != nil {
		return nil, err
	}
	if c.Width < 1 || c.Height < 1 || c.Width > maxDecoded/c.Height {
		return nil, errors.New("its size is none")
	}
	return open(bytes.NewReader(file))
}
