package pdf

import (
	"bytes"
	"cmp"
	"crypto/sha256"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"unicode/utf16"
)

// sign is one sign of a font in the file.
type sign struct {
	code, width int
	char        rune
}

// font makes one of gopdf's fonts what the standards want: a name that says
// that only some signs are in it, the map from codes to signs, one width for
// every sign, and readable text for every code.
func (f *file) font(n int) error {
	font := f.object(n)
	child, unicode := reference(field(font.dict, "DescendantFonts")), reference(field(font.dict, "ToUnicode"))
	cid := f.object(child)
	descriptor := reference(field(cid.dict, "FontDescriptor"))
	program := reference(field(f.object(descriptor).dict, "FontFile2"))
	if f.object(program).data == nil {
		return errors.New("a font without its program")
	}
	signs, err := signsOf(cid.dict, f.object(unicode).data)
	if err != nil {
		return err
	}
	name := subsetName(field(font.dict, "BaseFont"), signs)
	f.set(n, "<</Type/Font/Subtype/Type0/BaseFont/%s/Encoding/Identity-H/DescendantFonts[%d 0 R]/ToUnicode %d 0 R>>",
		name, child, unicode)
	f.set(child, "<</Type/Font/Subtype/CIDFontType2/BaseFont/%s/CIDSystemInfo<</Registry(Adobe)/Ordering(Identity)/Supplement 0>>"+
		"/FontDescriptor %d 0 R/CIDToGIDMap/Identity/W[%s]>>", name, descriptor, widths(signs))
	old := f.object(descriptor).dict
	f.set(descriptor, "<</Type/FontDescriptor/FontName/%s/Flags 4/FontBBox%s/ItalicAngle %s/Ascent %s/Descent %s/CapHeight %s/XHeight %s/StemV 80/FontFile2 %d 0 R>>",
		name, field(old, "FontBBox"), field(old, "ItalicAngle"), field(old, "Ascent"), field(old, "Descent"),
		field(old, "CapHeight"), field(old, "XHeight"), program)
	f.setStream(unicode, unicodes(signs))
	return nil
}

// signsOf reads gopdf's widths, "7[512]8[490]", and its map of codes,
// "<0007><0007><0041>" by lines, and sorts the signs by code. Of several
// characters with one sign the first of Unicode is told: "/" and not the
// division slash.
func signsOf(cid, unicode []byte) ([]sign, error) {
	var signs []sign
	list := strings.Trim(field(cid, "W"), "[")
	for entry := range strings.SplitSeq(list, "]") {
		code, width, ok := strings.Cut(entry, "[")
		if !ok {
			continue
		}
		s := sign{}
		var err, err2 error
		s.code, err = strconv.Atoi(strings.TrimSpace(code))
		s.width, err2 = strconv.Atoi(width)
		if err != nil || err2 != nil {
			return nil, fmt.Errorf("a width that gopdf wrote as %q", entry)
		}
		signs = append(signs, s)
	}
	chars := map[int]rune{}
	for line := range bytes.Lines(unicode) {
		parts := strings.Split(strings.Trim(string(line), "<>\n"), "><")
		if len(parts) != 3 {
			continue
		}
		code, err := strconv.ParseUint(parts[0], 16, 16)
		char, err2 := strconv.ParseInt(parts[2], 16, 32)
		if err != nil || err2 != nil {
			return nil, fmt.Errorf("a code that gopdf mapped as %q", line)
		}
		if c, ok := chars[int(code)]; !ok || rune(char) < c {
			chars[int(code)] = rune(char)
		}
	}
	slices.SortFunc(signs, func(a, b sign) int { return cmp.Compare(a.code, b.code) })
	signs = slices.CompactFunc(signs, func(a, b sign) bool { return a.code == b.code })
	for i := range signs {
		signs[i].char = chars[signs[i].code]
	}
	return signs, nil
}

// subsetName is "ABCDEF+Name"; the letters are a hash of what is in the font.
func subsetName(name string, signs []sign) string {
	name = strings.TrimPrefix(name, "/")
	hash := sha256.Sum256(fmt.Append(nil, name, signs))
	letters := make([]byte, 6)
	for i := range letters {
		letters[i] = 'A' + hash[i]%26
	}
	return string(letters) + "+" + name
}

// widths writes neighbours as one row.
func widths(signs []sign) string {
	var b strings.Builder
	for i, s := range signs {
		switch {
		case i > 0 && signs[i-1].code+1 == s.code:
			b.WriteByte(' ')
		case i > 0:
			fmt.Fprintf(&b, "]%d[", s.code)
		default:
			fmt.Fprintf(&b, "%d[", s.code)
		}
		b.WriteString(strconv.Itoa(s.width))
	}
	if len(signs) > 0 {
		b.WriteByte(']')
	}
	return b.String()
}

// unicodes is the map from codes to text, at most 100 of them at a time.
func unicodes(signs []sign) []byte {
	b := []byte("/CIDInit/ProcSet findresource begin 12 dict begin begincmap" +
		"/CIDSystemInfo<</Registry(Adobe)/Ordering(UCS)/Supplement 0>>def/CMapName/Adobe-Identity-UCS def/CMapType 2 def\n" +
		"1 begincodespacerange<0000><FFFF>endcodespacerange\n")
	for some := range slices.Chunk(signs, 100) {
		b = fmt.Appendf(b, "%d beginbfchar\n", len(some))
		for _, s := range some {
			b = append(hexadecimal(append(b, '<'), uint16(s.code)), "><"...) //nolint:gosec // codes have two bytes
			for _, u := range utf16.AppendRune(nil, s.char) {
				b = hexadecimal(b, u)
			}
			b = append(b, ">\n"...)
		}
		b = append(b, "endbfchar\n"...)
	}
	return append(b, "endcmap CMapName currentdict/CMap defineresource pop end end\n"...)
}

// hexadecimal appends four digits.
func hexadecimal(b []byte, v uint16) []byte {
	const digits = "0123456789ABCDEF"
	return append(b, digits[v>>12], digits[v>>8&15], digits[v>>4&15], digits[v&15])
}
