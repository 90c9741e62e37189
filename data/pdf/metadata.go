package pdf

import (
	"cmp"
	"encoding/binary"
	"encoding/xml"
	"fmt"
	"math"
	"strings"
	"time"
	"unicode"

	"polis/app/page"
)

const (
	creator  = "POLIS"
	producer = "POLIS (gopdf)"
)

// metadata is what the file says about itself, twice in the same words: in
// the information dictionary, which everybody reads, and as XMP, which the
// standards want.
type metadata struct {
	title, author, subject, language string
	created                          time.Time
}

func newMetadata(dl page.DisplayList) metadata {
	m := metadata{
		title: cmp.Or(line(dl.Title), line(dl.Code), creator), author: line(dl.Author), subject: line(dl.Subject),
		language: dl.Language, created: dl.Created.UTC(),
	}
	if !languageTag(m.language) {
		m.language = "und"
	}
	return m
}

// line keeps what people can read of a text, on one line and no longer than a
// string may be; XML allows no other signs.
func line(s string) string {
	if len(s) > longest/2 {
		s = s[:longest/2]
	}
	return strings.TrimSpace(strings.Map(func(r rune) rune {
		switch {
		case r == '\n', r == '\t', r == '\r':
			return ' '
		case unicode.IsControl(r), r == 0xFEFF, r == 0xFFFE, r == 0xFFFF:
			return -1
		}
		return r
	}, strings.ToValidUTF8(s, "\uFFFD")))
}

// languageTag says whether a tag has the form of RFC 3066.
func languageTag(tag string) bool {
	for i, part := range strings.Split(tag, "-") {
		if len(part) < 1 || len(part) > 8 {
			return false
		}
		for _, c := range []byte(part) {
			letter := c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z'
			if !letter && (i == 0 || c < '0' || c > '9') {
				return false
			}
		}
	}
	return true
}

func (m metadata) info() string {
	var b strings.Builder
	b.WriteString("<<")
	for _, e := range []struct{ key, value string }{
		{"Title", m.title}, {"Author", m.author}, {"Subject", m.subject}, {"Creator", creator}, {"Producer", producer},
	} {
		if e.value != "" {
			b.WriteString("/" + e.key + textString(e.value))
		}
	}
	if !m.created.IsZero() {
		date := "(D:" + m.created.Format("20060102150405") + "Z)"
		b.WriteString("/CreationDate" + date + "/ModDate" + date)
	}
	b.WriteString(">>")
	return b.String()
}

// metadata writes the XMP, not compressed: archives look for it in the bytes.
// The description of pdfuaid is what PDF/A wants of every word that is not
// its own.
func (f *file) metadata(m metadata) int {
	var b strings.Builder
	b.WriteString("<?xpacket begin=\"\uFEFF\" id=\"W5M0MpCehiHzreSzNTczkc9d\"?>\n" +
		`<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#"><rdf:Description rdf:about=""` +
		` xmlns:dc="http://purl.org/dc/elements/1.1/" xmlns:xmp="http://ns.adobe.com/xap/1.0/" xmlns:pdf="http://ns.adobe.com/pdf/1.3/"` +
		` xmlns:pdfaid="http://www.aiim.org/pdfa/ns/id/" xmlns:pdfuaid="http://www.aiim.org/pdfua/ns/id/"` +
		` xmlns:pdfaExtension="http://www.aiim.org/pdfa/ns/extension/" xmlns:pdfaSchema="http://www.aiim.org/pdfa/ns/schema#"` +
		` xmlns:pdfaProperty="http://www.aiim.org/pdfa/ns/property#">` + "\n" +
		"<pdfaid:part>2</pdfaid:part><pdfaid:conformance>A</pdfaid:conformance><pdfuaid:part>1</pdfuaid:part>\n")
	alternatives := `<rdf:Alt><rdf:li xml:lang="x-default">%s</rdf:li></rdf:Alt>`
	write := func(name, form, value string) {
		if value != "" {
			fmt.Fprintf(&b, "<%s>"+form+"</%s>\n", name, escaped(value), name)
		}
	}
	write("dc:title", alternatives, m.title)
	write("dc:creator", "<rdf:Seq><rdf:li>%s</rdf:li></rdf:Seq>", m.author)
	write("dc:description", alternatives, m.subject)
	write("dc:language", "<rdf:Bag><rdf:li>%s</rdf:li></rdf:Bag>", m.language)
	write("xmp:CreatorTool", "%s", creator)
	write("pdf:Producer", "%s", producer)
	if !m.created.IsZero() {
		date := m.created.Format("2006-01-02T15:04:05Z")
		write("xmp:CreateDate", "%s", date)
		write("xmp:ModifyDate", "%s", date)
		write("xmp:MetadataDate", "%s", date)
	}
	b.WriteString(`<pdfaExtension:schemas><rdf:Bag><rdf:li rdf:parseType="Resource">` +
		`<pdfaSchema:schema>PDF/UA</pdfaSchema:schema><pdfaSchema:namespaceURI>http://www.aiim.org/pdfua/ns/id/</pdfaSchema:namespaceURI>` +
		`<pdfaSchema:prefix>pdfuaid</pdfaSchema:prefix><pdfaSchema:property><rdf:Seq><rdf:li rdf:parseType="Resource">` +
		`<pdfaProperty:name>part</pdfaProperty:name><pdfaProperty:valueType>Integer</pdfaProperty:valueType>` +
		`<pdfaProperty:category>internal</pdfaProperty:category><pdfaProperty:description>Part of ISO 14289</pdfaProperty:description>` +
		"</rdf:li></rdf:Seq></pdfaSchema:property></rdf:li></rdf:Bag></pdfaExtension:schemas>\n" +
		"</rdf:Description></rdf:RDF></x:xmpmeta>\n<?xpacket end=\"r\"?>")
	n := f.reserve()
	f.objects[n-1] = object{dict: []byte("<</Type/Metadata/Subtype/XML>>"), data: []byte(b.String())}
	return n
}

func escaped(s string) string {
	var b strings.Builder
	_ = xml.EscapeText(&b, []byte(s)) // into memory
	return b.String()
}

// outputIntent says that the file's colours are sRGB.
func (f *file) outputIntent() int {
	profile := f.reserve()
	f.objects[profile-1] = object{dict: []byte("<</N 3>>"), data: sRGB()}
	return f.add("<</Type/OutputIntent/S/GTS_PDFA1/OutputConditionIdentifier(sRGB)/Info(sRGB IEC61966-2.1)/DestOutputProfile %d 0 R>>", profile)
}

// sRGB makes a profile (ICC version 4) of sRGB: white, the three colours as
// seen under D50, and the curve, as IEC 61966-2-1 gives them.
func sRGB() []byte {
	fixed := func(values ...float64) []byte {
		var b []byte
		for _, v := range values {
			b = binary.BigEndian.AppendUint32(b, uint32(int32(math.Round(v*65536)))) //nolint:gosec // two's complement is meant
		}
		return b
	}
	xyz := func(x, y, z float64) []byte { return append([]byte("XYZ \x00\x00\x00\x00"), fixed(x, y, z)...) }
	text := func(s string) []byte {
		b := []byte("mluc\x00\x00\x00\x00\x00\x00\x00\x01\x00\x00\x00\x0CenUS")
		b = binary.BigEndian.AppendUint32(b, uint32(2*len(s))) //nolint:gosec // a few letters
		b = binary.BigEndian.AppendUint32(b, 28)
		for _, c := range []byte(s) {
			b = append(b, 0, c)
		}
		return b
	}
	// linear below 0.04045, above ((v+0.055)/1.055)^2.4
	curve := append([]byte("para\x00\x00\x00\x00\x00\x03\x00\x00"), fixed(2.4, 1/1.055, 0.055/1.055, 1/12.92, 0.04045)...)
	// from the white of screens (D65) to D50, after Bradford
	adapt := append([]byte("sf32\x00\x00\x00\x00"), fixed(
		1.04788, 0.02292, -0.05022, 0.02959, 0.99048, -0.01707, -0.00925, 0.01508, 0.75168)...)
	tags := []struct {
		name string
		data []byte
	}{
		{"desc", text("sRGB")},
		{"cprt", text("CC0")},
		{"wtpt", xyz(0.9642, 1, 0.8249)},
		{"chad", adapt},
		{"rXYZ", xyz(0.43607, 0.22249, 0.01392)},
		{"gXYZ", xyz(0.38515, 0.71687, 0.09708)},
		{"bXYZ", xyz(0.14307, 0.06061, 0.71410)},
		{"rTRC", curve},
		{"gTRC", nil},
		{"bTRC", nil}, // the same curve
	}
	const header = 128
	head := make([]byte, header)
	copy(head[8:], "\x04\x20\x00\x00mntrRGB XYZ ")
	copy(head[24:], "\x07\xE8\x00\x01\x00\x01\x00\x00\x00\x00\x00\x00acsp") // a date: the standard wants one
	copy(head[68:], fixed(0.9642, 1, 0.8249))
	table := binary.BigEndian.AppendUint32(nil, uint32(len(tags))) //nolint:gosec // ten
	var body []byte
	at, size := 0, 0
	for _, tag := range tags {
		if tag.data != nil {
			for len(body)%4 != 0 {
				body = append(body, 0)
			}
			at, size = header+4+12*len(tags)+len(body), len(tag.data)
			body = append(body, tag.data...)
		}
		table = append(table, tag.name...)
		table = binary.BigEndian.AppendUint32(table, uint32(at))
		table = binary.BigEndian.AppendUint32(table, uint32(size))
	}
	for len(body)%4 != 0 {
		body = append(body, 0)
	}
	profile := append(append(head, table...), body...)
	binary.BigEndian.PutUint32(profile, uint32(len(profile))) //nolint:gosec // a small file
	return profile
}
