package layout

import (
	"bytes"
	"compress/zlib"
	"encoding/binary"
	"hash/crc32"
	"image"
	"image/color"
	"image/jpeg"
	"image/png"
	"strings"
	"testing"

	"polis/app/page"
)

// interlaced is a PNG of 5 x 5 red points in the seven passes of Adam7, which
// Go reads but does not write.
func interlaced(t *testing.T) []byte {
	t.Helper()
	var raw bytes.Buffer
	z := zlib.NewWriter(&raw)
	for _, p := range []struct{ x, y, dx, dy int }{
		{0, 0, 8, 8}, {4, 0, 8, 8}, {0, 4, 4, 8}, {2, 0, 4, 4}, {0, 2, 2, 4}, {1, 0, 2, 2}, {0, 1, 1, 2},
	} {
		for y := p.y; y < 5; y += p.dy {
			row := []byte{0}
			for x := p.x; x < 5; x += p.dx {
				row = append(row, 0xFF, 0, 0)
			}
			if len(row) > 1 {
				_, err := z.Write(row)
				if err != nil {
					t.Fatal(err)
				}
			}
		}
	}
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	file := []byte("\x89PNG\r\n\x1a\n")
	chunk := func(name string, data []byte) {
		file = binary.BigEndian.AppendUint32(file, uint32(len(data)))
		body := append([]byte(name), data...)
		file = append(file, body...)
		file = binary.BigEndian.AppendUint32(file, crc32.ChecksumIEEE(body))
	}
	chunk("IHDR", []byte{0, 0, 0, 5, 0, 0, 0, 5, 8, 2, 0, 0, 1})
	chunk("IDAT", raw.Bytes())
	chunk("IEND", nil)
	return file
}

func pictures(t *testing.T) map[string][]byte {
	t.Helper()
	deep := image.NewNRGBA64(image.Rect(0, 0, 900, 300))
	for x := range 900 {
		for y := range 300 {
			deep.SetNRGBA64(x, y, color.NRGBA64{R: uint16(x * 70), G: 0x4000, B: uint16(y * 200), A: uint16(x * 72)})
		}
	}
	pal := image.NewPaletted(image.Rect(0, 0, 40, 40), color.Palette{color.Transparent, color.RGBA{0, 80, 160, 255}})
	for i := range 40 {
		pal.SetColorIndex(i, i, 1)
	}
	out := map[string][]byte{"no picture": []byte("GIF89a"), "cut off": nil, "interlaced": interlaced(t)}
	for name, img := range map[string]image.Image{"16 bits with alpha": deep, "palette": pal} {
		var b bytes.Buffer
		if err := png.Encode(&b, img); err != nil {
			t.Fatal(err)
		}
		out[name] = b.Bytes()
	}
	out["cut off"] = out["palette"][:60]
	var b bytes.Buffer
	if err := jpeg.Encode(&b, deep, nil); err != nil {
		t.Fatal(err)
	}
	out["jpeg"] = b.Bytes()
	return out
}

// Every picture becomes one that all back-ends draw; what is none is left
// out and the paper comes.
func TestLogo(t *testing.T) {
	for name, file := range pictures(t) {
		doc := section("Titolo", markdown("x"))
		doc.Letterhead = page.Letterhead{Name: "Comune di Borgo", Tag: "Scheda", Logo: file}
		dl := laidOut(t, doc)
		checkElements(t, name, dl)
		var got *page.Picture
		for _, m := range dl.Pages[0].Marks {
			if p, ok := m.(page.Picture); ok {
				got = &p
			}
		}
		broken := name == "no picture" || name == "cut off"
		if (got == nil) != broken {
			t.Errorf("%s: picture %v", name, got != nil)
			continue
		}
		if broken {
			continue
		}
		if got.Of != page.Decoration || got.H > logoHeight+0.1 || got.W > logoWidest+0.1 {
			t.Errorf("%s: of %d, %.0f x %.0f", name, got.Of, got.W, got.H)
		}
		checkPicture(t, name, got.Data, got.W)
		doc.Letterhead.Name, doc.Letterhead.Office = "", "URP"
		dl = laidOut(t, doc)
		checkElements(t, name, dl)
		if i := strings.Index(outlineOf(dl, page.RoleDocument), "Figure"); i < 0 {
			t.Errorf("%s: without a name beside it the mark says nothing", name)
		}
	}
}

func checkPicture(t *testing.T, name string, data []byte, w float64) {
	t.Helper()
	img, format, err := image.Decode(bytes.NewReader(data))
	if err != nil {
		t.Fatalf("%s: %v", name, err)
	}
	if dots := float64(img.Bounds().Dx()) / w * 72; dots > 310 {
		t.Errorf("%s: %.0f dots an inch", name, dots)
	}
	if format == "png" && (data[24] != 8 || data[28] != 0) {
		t.Errorf("%s: %d bits, interlacing %d", name, data[24], data[28])
	}
	if _, _, _, a := img.At(0, 0).RGBA(); a != 0xFFFF {
		t.Errorf("%s: transparent", name)
	}
}

// The sender's colour takes the place of ours and can always be read.
func TestColour(t *testing.T) {
	for _, c := range []page.Colour{0x7A1F2B, 0xFFEE00, 0x88CC88, 0xFFFFFF} {
		doc := section("Titolo", markdown("## Sotto\n\n- voce\n\n|A|\n|---|\n|x|\n"), page.Cards{{Title: "In breve", Facts: []page.Fact{{Label: "a", Value: "b"}}}})
		doc.Letterhead = page.Letterhead{Name: "Comune", Tag: "Scheda", Colour: c}
		seen := map[page.Colour]bool{}
		for _, m := range laidOut(t, doc).Pages[0].Marks {
			switch m := m.(type) {
			case page.Run:
				seen[m.Colour] = true
				if m.Colour != white && page.OnWhite(m.Colour) < leastContrast {
					t.Errorf("%06X: %q in %06X cannot be read", c, m.Text, m.Colour)
				}
			case page.Box:
				seen[m.Fill] = true
			case page.Line:
				seen[m.Colour] = true
			}
		}
		if seen[blue] || seen[quiet] {
			t.Errorf("%06X: our blue is still there", c)
		}
		if page.OnWhite(c) >= leastContrast && !seen[c] {
			t.Errorf("%06X is not used", c)
		}
	}
}

// Large print has letters of 17 points, says what the usual print says, and
// nothing is off the paper.
func TestLarge(t *testing.T) {
	e, w := testEngine(t), testWords(t)
	for i, sheet := range sampleSheets(t) {
		for _, complete := range []bool{false, true} {
			if i%4 != 0 && complete {
				continue
			}
			in := input(sheet, w, complete)
			usual, err := e.Layout(page.Sheet(in))
			if err != nil {
				t.Fatal(err)
			}
			in.Large = true
			doc := page.Sheet(in)
			dl, err := e.Layout(doc)
			if err != nil {
				t.Fatal(err)
			}
			check(t, sheet.Code+" large", e, dl)
			checkElements(t, sheet.Code+" large", dl)
			if len(dl.Pages) > 4*len(usual.Pages)+1 {
				t.Errorf("%s: %d pages became %d", sheet.Code, len(usual.Pages), len(dl.Pages))
			}
			for _, r := range runsOf(dl) {
				if r.Size < 11 || r.Size > 31 {
					t.Errorf("%s: %q has %.1f points", sheet.Code, r.Text, r.Size)
				}
			}
			one, other := usual.Text(), dl.Text()
			for _, pair := range [][2]string{{one, other}, {other, one}} {
				for _, word := range strings.Fields(strings.ReplaceAll(pair[0], ";", " ")) {
					if word = strings.Trim(word, ":;"); !strings.Contains(pair[1], word) {
						t.Errorf("%s: one print says %q, the other does not", sheet.Code, word)
					}
				}
			}
		}
	}
}
