package layout

import (
	"bytes"
	"image"
	"image/color"
	"image/draw"
	"image/jpeg"
	"image/png"
	"math"

	ximage "golang.org/x/image/draw"

	"polis/app/page"
)

// The place of a sender's mark, and what a printer can show of it. A picture
// of more points than the most is not opened: it would take the PC's memory.
const (
	logoHeight  = 34.0
	logoWidest  = 120.0
	logoDots    = 300.0 / 72
	logoQuality = 90
	mostPoints  = 20e6
	logoGap     = 14.0
)

// logo makes a sender's mark fit for every back-end: a PNG of 8 bits without
// interlacing and without transparency, or a plain JPEG, no finer than 300
// dots an inch at its size on paper (w, h in points). ok is false for what is
// no picture: the paper comes without it.
func logo(file []byte) (data []byte, w, h float64, ok bool) {
	config, format, err := image.DecodeConfig(bytes.NewReader(file))
	if err != nil || config.Width < 1 || config.Height < 1 || float64(config.Width)*float64(config.Height) > mostPoints {
		return nil, 0, 0, false
	}
	w, h = logoSize(config.Width, config.Height)
	img, _, err := image.Decode(bytes.NewReader(file))
	if err != nil {
		return nil, 0, 0, false
	}
	var out bytes.Buffer
	flat := flattened(img, w, h)
	if format == "jpeg" {
		err = jpeg.Encode(&out, flat, &jpeg.Options{Quality: logoQuality})
	} else {
		err = (&png.Encoder{CompressionLevel: png.BestCompression}).Encode(&out, flat)
	}
	return out.Bytes(), w, h, err == nil
}

// logoSize keeps a picture's proportions within its place.
func logoSize(width, height int) (w, h float64) {
	ratio := float64(width) / float64(height)
	h = logoHeight
	if w = h * ratio; w > logoWidest {
		w, h = logoWidest, logoWidest/ratio
	}
	return max(w, 1), max(h, 1)
}

// flattened is a picture on white, scaled down to what paper shows. Grey ones
// stay grey.
func flattened(img image.Image, w, h float64) image.Image {
	b := img.Bounds()
	width := min(b.Dx(), max(int(math.Ceil(w*logoDots)), 1))
	height := min(b.Dy(), max(int(math.Ceil(h*logoDots)), 1))
	out := image.NewRGBA(image.Rect(0, 0, width, height))
	draw.Draw(out, out.Bounds(), image.NewUniform(color.White), image.Point{}, draw.Src)
	if width == b.Dx() && height == b.Dy() {
		draw.Draw(out, out.Bounds(), img, b.Min, draw.Over)
	} else {
		ximage.CatmullRom.Scale(out, out.Bounds(), img, b, draw.Over, nil)
	}
	return out
}

// madeLogo is a mark that was made fit already.
type madeLogo struct {
	file, data []byte
	w, h       float64
	ok         bool
}

// letterheadLogo sets the sender's mark at the left; width is what it takes,
// 0 when there is none. Beside the sender's name it says nothing new.
func (s *setter) letterheadLogo(l page.Letterhead) (marks []page.Mark, width, height float64) {
	if len(l.Logo) == 0 {
		return nil, 0, 0
	}
	if !bytes.Equal(s.mark.file, l.Logo) { // the sheets of a dossier have the same
		s.mark = madeLogo{file: l.Logo}
		s.mark.data, s.mark.w, s.mark.h, s.mark.ok = logo(l.Logo)
	}
	if !s.mark.ok {
		return nil, 0, 0
	}
	w, h := s.mark.w, s.mark.h
	mark := page.Picture{X: s.left, Y: 0, W: w, H: h, Data: s.mark.data}
	if l.Name == "" {
		alt := l.Office
		if alt == "" {
			alt = l.Tag
		}
		defer s.close(s.openAs(page.Element{Role: page.RoleFigure, Alt: s.clean(alt), Lang: s.labels}))
		mark.Of = s.at
	}
	return []page.Mark{mark}, w, h
}
