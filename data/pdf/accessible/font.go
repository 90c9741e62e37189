package accessible

import (
	"encoding/binary"
	"encoding/hex"
	"errors"
	"regexp"
	"strings"
	"unicode/utf16"
)

// font is what is needed of a font to read text and to check it.
type font struct {
	name    string
	text    map[int]string // by code
	widths  map[int]float64
	usual   float64 // width of the others
	program *program
}

// program is an embedded TrueType font.
type program struct {
	glyphs, metrics, units int
	longOffsets            bool
	loca, hmtx             []byte
}

// font reads a font of a page's resources once.
func (c *checker) font(r ref) *font {
	if f, ok := c.fonts[r]; ok {
		return f
	}
	d := c.dict(r)
	f := &font{name: string(c.name(d["BaseFont"])), text: map[int]string{}, widths: map[int]float64{}, usual: 1000}
	c.fonts[r] = f
	if c.name(d["Subtype"]) != "Type0" || c.name(d["Encoding"]) != "Identity-H" {
		c.found("font", "%s is no Identity-H font", f.name)
		return f
	}
	child := dict{}
	if all := c.array(d["DescendantFonts"]); len(all) == 1 {
		child = c.dict(all[0])
	}
	descriptor := c.dict(child["FontDescriptor"])
	if child["CIDToGIDMap"] != name("Identity") {
		c.found("font", "%s has no CIDToGIDMap", f.name)
	}
	if !regexp.MustCompile(`^[A-Z]{6}\+.`).MatchString(f.name) || string(c.name(child["BaseFont"])) != f.name || string(c.name(descriptor["FontName"])) != f.name {
		c.found("font", "%s does not say that it is part of a font, or not everywhere", f.name)
	}
	if s, ok := c.get(descriptor["FontFile2"]).(*stream); !ok {
		c.found("embedded", "%s is not embedded", f.name)
	} else if data, err := c.decode(s); err != nil {
		c.found("embedded", "%s: %v", f.name, err)
	} else if f.program, err = truetype(data); err != nil {
		c.found("embedded", "%s: %v", f.name, err)
	}
	if s, ok := c.get(d["ToUnicode"]).(*stream); !ok {
		c.found("unicode", "%s has no ToUnicode", f.name)
	} else if data, err := c.decode(s); err != nil {
		c.found("unicode", "%s: %v", f.name, err)
	} else {
		c.unicode(f, string(data))
	}
	c.width(f, child)
	return f
}

// unicode reads the map from codes to text.
func (c *checker) unicode(f *font, cmap string) {
	for _, block := range regexp.MustCompile(`(?s)(\d+)\s+beginbf(char|range)(.*?)endbf`).FindAllStringSubmatch(cmap, -1) {
		code := `<([0-9A-Fa-f]+)>\s*`
		form := code + code
		if block[2] == "range" {
			form += code
		}
		entries := regexp.MustCompile(form).FindAllStringSubmatch(block[3], -1)
		if len(entries) > 100 {
			c.found("unicode", "%s maps %d codes at once", f.name, len(entries))
		}
		for _, e := range entries {
			first, last, to := e[1], e[1], e[2]
			if block[2] == "range" {
				last, to = e[2], e[3]
			}
			c.maps(f, first, last, to)
		}
	}
}

// maps takes one entry of the map: codes from first to last, and the text of
// the first.
func (c *checker) maps(f *font, first, last, to string) {
	from, err1 := hex.DecodeString(first)
	until, err2 := hex.DecodeString(last)
	text, err3 := hex.DecodeString(to)
	if errors.Join(err1, err2, err3) != nil || len(from) != 2 || len(until) != 2 || len(text)%2 != 0 || len(text) == 0 {
		c.found("unicode", "%s maps <%s> to <%s>", f.name, first, to)
		return
	}
	a, b := int(binary.BigEndian.Uint16(from)), int(binary.BigEndian.Uint16(until))
	end := text[len(text)-1]
	if a > b || from[0] != until[0] || int(end)+b-a > 0xFF {
		c.found("unicode", "%s maps <%s> to <%s> in one stretch", f.name, first, last)
		return
	}
	for code := a; code <= b; code++ {
		text[len(text)-1] = end + byte(code-a) //nolint:gosec // less than 256
		f.text[code] = utf16Text(text)
	}
}

func utf16Text(b []byte) string {
	var units []uint16
	for i := 0; i+1 < len(b); i += 2 {
		units = append(units, binary.BigEndian.Uint16(b[i:]))
	}
	return string(utf16.Decode(units))
}

// width reads the widths: "7[512 490]30[600]".
func (c *checker) width(f *font, child dict) {
	if w, ok := c.get(child["DW"]).(float64); ok {
		f.usual = w
	}
	all := c.array(child["W"])
	for i := 0; i+1 < len(all); i += 2 {
		first, row := whole(c.get(all[i])), c.array(all[i+1])
		if row == nil {
			c.found("width", "%s gives widths by ranges, which are not read here", f.name)
			return
		}
		for k, w := range row {
			f.widths[first+k], _ = c.get(w).(float64)
		}
	}
}

func truetype(data []byte) (*program, error) {
	tables := map[string][]byte{}
	if len(data) < 12 {
		return nil, errCut
	}
	for i := range int(binary.BigEndian.Uint16(data[4:])) {
		at := 12 + 16*i
		if at+16 > len(data) {
			return nil, errCut
		}
		start, size := int(binary.BigEndian.Uint32(data[at+8:])), int(binary.BigEndian.Uint32(data[at+12:]))
		if start+size > len(data) {
			return nil, errCut
		}
		tables[string(data[at:at+4])] = data[start : start+size]
	}
	head, hhea, maxp := tables["head"], tables["hhea"], tables["maxp"]
	if len(head) < 54 || len(hhea) < 36 || len(maxp) < 6 || tables["glyf"] == nil {
		return nil, errors.New("a font without its tables")
	}
	return &program{
		glyphs: int(binary.BigEndian.Uint16(maxp[4:])), metrics: int(binary.BigEndian.Uint16(hhea[34:])),
		units: int(binary.BigEndian.Uint16(head[18:])), longOffsets: head[51] != 0, loca: tables["loca"], hmtx: tables["hmtx"],
	}, nil
}

// advance is a glyph's width in thousandths.
func (p *program) advance(glyph int) (float64, bool) {
	at := 4 * min(glyph, p.metrics-1)
	if glyph >= p.glyphs || at < 0 || at+2 > len(p.hmtx) || p.units == 0 {
		return 0, false
	}
	return float64(binary.BigEndian.Uint16(p.hmtx[at:])) * 1000 / float64(p.units), true
}

// drawn says whether the font holds an outline for a glyph.
func (p *program) drawn(glyph int) bool {
	size := 2
	if p.longOffsets {
		size = 4
	}
	at := size * glyph
	if glyph < 0 || at+2*size > len(p.loca) {
		return false
	}
	return string(p.loca[at:at+size]) != string(p.loca[at+size:at+2*size])
}

// sign checks a code that is shown and returns its text.
func (c *checker) sign(f *font, code int, replaced bool) string {
	text, ok := f.text[code]
	switch {
	case code == 0:
		c.found("notdef", "%s shows .notdef", f.name)
	case !ok || text == "" || strings.ContainsAny(text, "\x00\uFEFF\uFFFE"):
		c.found("unicode", "%s has no text for code %d", f.name, code)
	case !replaced && text >= "\uE000" && text <= "\uF8FF":
		c.found("unicode", "%s maps code %d to a private sign", f.name, code)
	}
	if f.program == nil {
		return text
	}
	c.drawn(f, code, text)
	return text
}

// drawn checks a glyph of the font's program.
func (c *checker) drawn(f *font, code int, text string) {
	width, ok := f.program.advance(code)
	if !ok {
		c.found("glyph", "%s has no glyph %d", f.name, code)
		return
	}
	said, ok := f.widths[code]
	if !ok {
		said = f.usual
	}
	if d := said - width; d > 1 || d < -1 {
		c.found("width", "%s says that glyph %d (%q) is %g wide, it is %g", f.name, code, text, said, width)
	}
	if strings.TrimSpace(text) != "" && text != softHyphen && !f.program.drawn(code) {
		c.found("glyph", "%s has no outline for %q", f.name, text)
	}
}

const softHyphen = "\u00AD"
