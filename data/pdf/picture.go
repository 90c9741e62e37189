package pdf

import (
	"bytes"
	"fmt"
	"image"
	"image/color"
	paint "image/draw"
	"image/jpeg"

	"github.com/signintech/gopdf"

	"polis/app/page"
)

func (d *drawing) picture(p page.Picture) error {
	if !finite(p.X, p.Y, p.W, p.H) {
		return errPlace
	}
	data, err := onScreen(p.Data)
	if err != nil {
		return fmt.Errorf("picture: %w", err)
	}
	holder, err := gopdf.ImageHolderByBytes(data)
	if err != nil {
		return fmt.Errorf("picture: %w", err)
	}
	if err := d.pdf.ImageByHolder(holder, p.X, p.Y, &gopdf.Rect{W: p.W, H: p.H}); err != nil {
		return fmt.Errorf("picture: %w", err)
	}
	return nil
}

// onScreen gives a JPEG in printing colours those of the screen: the file's
// colours are sRGB, and CMYK would mean nothing in it.
func onScreen(data []byte) ([]byte, error) {
	config, kind, err := image.DecodeConfig(bytes.NewReader(data))
	if err != nil {
		return nil, fmt.Errorf("its head: %w", err)
	}
	if kind != "jpeg" || config.ColorModel != color.CMYKModel {
		return data, nil
	}
	cmyk, err := jpeg.Decode(bytes.NewReader(data))
	if err != nil {
		return nil, fmt.Errorf("in printing colours: %w", err)
	}
	screen := image.NewRGBA(cmyk.Bounds())
	paint.Draw(screen, screen.Bounds(), cmyk, cmyk.Bounds().Min, paint.Src)
	var b bytes.Buffer
	if err := jpeg.Encode(&b, screen, &jpeg.Options{Quality: 92}); err != nil {
		return nil, fmt.Errorf("in screen colours: %w", err)
	}
	return b.Bytes(), nil
}
