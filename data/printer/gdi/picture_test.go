package gdi

import (
	"bytes"
	"image"
	"image/color"
	"image/png"
	"testing"
)

func TestDecode(t *testing.T) {
	img := image.NewNRGBA(image.Rect(0, 0, 3, 2))
	img.Set(0, 0, color.NRGBA{R: 0xFF, A: 0xFF})
	img.Set(2, 1, color.NRGBA{B: 0xFF, A: 0x80})
	var b bytes.Buffer
	if err := png.Encode(&b, img); err != nil {
		t.Fatal(err)
	}
	got, err := decode(b.Bytes(), false)
	if err != nil {
		t.Fatal(err)
	}
	// rows of nine bytes are filled up to twelve, the upper one comes last
	want := []byte{
		255, 255, 255, 255, 255, 255, 255, 127, 127, 0, 0, 0,
		0, 0, 255, 255, 255, 255, 255, 255, 255, 0, 0, 0,
	}
	if got.w != 3 || got.h != 2 || !bytes.Equal(got.bits, want) {
		t.Errorf("%dx%d %v", got.w, got.h, got.bits)
	}
	mono, err := decode(b.Bytes(), true)
	if err != nil {
		t.Fatal(err)
	}
	if p := mono.bits[12:15]; p[0] != p[1] || p[1] != p[2] || p[0] == 0 || p[0] == 255 {
		t.Errorf("red is %v", p)
	}
	if _, err := decode([]byte("no picture"), false); err == nil {
		t.Error("no picture")
	}
}
