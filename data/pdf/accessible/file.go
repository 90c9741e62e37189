package accessible

import (
	"bytes"
	"encoding/binary"
	"encoding/xml"
	"errors"
	"io"
	"maps"
	"regexp"
	"slices"
	"strings"
)

// file checks the file's frame and the catalogue.
func (c *checker) file() {
	if !regexp.MustCompile(`^%PDF-1\.[0-7]\n%[\x80-\xFF]{4}`).Match(latin(c.data[:min(len(c.data), 16)])) {
		c.found("header", "the file does not begin with %%PDF-1.n and a comment of four bytes above 127")
	}
	if !bytes.HasSuffix(c.data, []byte("%%EOF\n")) && !bytes.HasSuffix(c.data, []byte("%%EOF")) {
		c.found("end", "something follows %%%%EOF")
	}
	if id := c.array(c.trailer["ID"]); len(id) != 2 || c.get(id[0]) == str("") || c.get(id[0]) == nil {
		c.found("id", "the trailer has no file identifier")
	}
	if c.trailer["Encrypt"] != nil {
		c.found("encrypted", "the file is encrypted")
	}
	mark := c.dict(c.catalog["MarkInfo"])
	if mark["Marked"] != true || mark["Suspects"] == true {
		c.found("marked", "MarkInfo does not say that the file is tagged")
	}
	c.report.Lang = c.text(c.catalog["Lang"])
	if !languageTag(c.report.Lang) {
		c.found("lang", "the document's language is %q", c.report.Lang)
	}
	if c.dict(c.catalog["ViewerPreferences"])["DisplayDocTitle"] != true {
		c.found("title shown", "DisplayDocTitle is not true")
	}
	c.forbidden()
	c.intent()
}

// forbidden finds what the catalogue may not hold.
func (c *checker) forbidden() {
	for _, key := range []name{"AA", "OpenAction", "AcroForm", "NeedsRendering", "Requirements", "OCProperties", "Perms"} {
		if c.catalog[key] != nil {
			c.found("forbidden", "/%s in the catalogue", key)
		}
	}
	names := c.dict(c.catalog["Names"])
	for _, key := range []name{"JavaScript", "EmbeddedFiles", "AlternatePresentations"} {
		if names[key] != nil {
			c.found("forbidden", "/%s in the names", key)
		}
	}
}

// latin makes bytes runes, for patterns over bytes.
func latin(b []byte) []byte {
	var out []rune
	for _, c := range b {
		out = append(out, rune(c))
	}
	return []byte(string(out))
}

func (c *checker) intent() {
	for _, v := range c.array(c.catalog["OutputIntents"]) {
		d := c.dict(v)
		if c.name(d["S"]) != "GTS_PDFA1" || c.text(d["OutputConditionIdentifier"]) == "" {
			continue
		}
		s, ok := c.get(d["DestOutputProfile"]).(*stream)
		if !ok {
			continue
		}
		p, err := c.decode(s)
		const header = 132
		switch {
		case err != nil || len(p) < header:
			c.found("output intent", "the profile cannot be read")
		case int(binary.BigEndian.Uint32(p)) != len(p), string(p[36:40]) != "acsp", string(p[12:16]) != "mntr",
			string(p[16:20]) != "RGB ", p[8] > 4, s.dict["N"] != 3.0:
			c.found("output intent", "the profile is none of an RGB screen")
		default:
			c.profile(p)
		}
		return
	}
	c.found("output intent", "there is none for PDF/A")
}

// profile checks that the tags of an ICC profile lie in it.
func (c *checker) profile(p []byte) {
	want := map[string]bool{"desc": true, "cprt": true, "wtpt": true, "rXYZ": true, "gXYZ": true, "bXYZ": true, "rTRC": true, "gTRC": true, "bTRC": true}
	for i := range int(binary.BigEndian.Uint32(p[128:])) {
		at := 132 + 12*i
		if at+12 > len(p) {
			break
		}
		offset, size := int(binary.BigEndian.Uint32(p[at+4:])), int(binary.BigEndian.Uint32(p[at+8:]))
		if offset%4 != 0 || offset+size > len(p) || size < 12 {
			c.found("output intent", "tag %q of the profile lies outside", p[at:at+4])
		}
		delete(want, string(p[at:at+4]))
	}
	for tag := range want {
		c.found("output intent", "the profile has no tag %q", tag)
	}
}

// objects checks what no object of the file may hold.
func (c *checker) objects() {
	for _, n := range slices.Sorted(maps.Keys(c.places)) {
		v, err := c.reader.read(n)
		if err != nil {
			c.found("object", "object %d: %v", n, err)
			continue
		}
		if s, ok := v.(*stream); ok {
			c.aStream(n, s)
			v = s.dict
		}
		c.anyValue(n, v)
	}
}

func (c *checker) aStream(n ref, s *stream) {
	for _, key := range []name{"F", "FFilter", "FDecodeParms", "Alternates", "OPI", "PS", "Ref"} {
		if s.dict[key] != nil {
			c.found("forbidden", "/%s in stream %d", key, n)
		}
	}
	switch filter := c.name(s.dict["Filter"]); filter {
	case "", "DCTDecode":
	case "FlateDecode":
		if _, err := c.decode(s); err != nil && s.dict["Subtype"] != name("Image") && c.name(s.dict["Type"]) != "XObject" {
			c.found("stream", "stream %d: %v", n, err)
		}
	default:
		c.found("filter", "stream %d has filter %s", n, filter)
	}
	if c.name(s.dict["Subtype"]) != "Image" {
		return
	}
	if s.dict["Interpolate"] == true {
		c.found("image", "image %d is to be interpolated", n)
	}
	space := c.get(s.dict["ColorSpace"])
	if a, ok := space.(array); ok && len(a) > 1 && c.name(a[0]) == "Indexed" {
		space = c.get(a[1])
	}
	if space != name("DeviceRGB") && space != name("DeviceGray") {
		c.found("colour", "image %d has colours of %v", n, space)
	}
}

func (c *checker) anyValue(n ref, v any) {
	switch v := v.(type) {
	case str:
		if len(v) > 32767 {
			c.found("limit", "a string of object %d has %d bytes", n, len(v))
		}
	case name:
		if len(v) > 127 {
			c.found("limit", "a name of object %d has %d bytes", n, len(v))
		}
	case array:
		for _, e := range v {
			c.anyValue(n, e)
		}
	case dict:
		for _, e := range v {
			c.anyValue(n, e)
		}
		c.action(n, v)
	}
}

func (c *checker) action(n ref, d dict) {
	if kind := d["S"]; (d["Type"] == name("Action") || d["URI"] != nil) && kind != name("URI") && kind != name("GoTo") {
		c.found("forbidden", "object %d has an action %v", n, kind)
	}
	if d["AA"] != nil || d["JS"] != nil || d["EF"] != nil {
		c.found("forbidden", "object %d acts by itself or holds a file", n)
	}
}

// metadata compares what the file says about itself twice.
func (c *checker) metadata() {
	s, ok := c.get(c.catalog["Metadata"]).(*stream)
	if !ok || c.name(s.dict["Type"]) != "Metadata" || c.name(s.dict["Subtype"]) != "XML" {
		c.found("metadata", "the catalogue has no XMP")
		return
	}
	data, err := c.decode(s)
	if err != nil {
		c.found("metadata", "%v", err)
		return
	}
	said, err := properties(data)
	if err != nil {
		c.found("metadata", "the XMP is no XML: %v", err)
		return
	}
	c.agree(said)
	if said["title"] == "" {
		c.found("metadata", "the document has no title")
	}
	if said["language"] != c.report.Lang {
		c.found("metadata", "the language is %q in XMP and %q in the catalogue", said["language"], c.report.Lang)
	}
	if said["pdfaid part"] != "2" || said["conformance"] != "A" || said["pdfuaid part"] != "1" {
		c.found("metadata", "the XMP does not say PDF/A-2a and PDF/UA-1")
	}
	if said["namespaceURI"] != "http://www.aiim.org/pdfua/ns/id/" || said["prefix"] != "pdfuaid" || said["category"] != "internal" {
		c.found("metadata", "the XMP does not describe pdfuaid, as PDF/A wants")
	}
}

// agree compares the XMP with the information dictionary.
func (c *checker) agree(said map[string]string) {
	info := c.dict(c.trailer["Info"])
	if _, indirect := c.trailer["Info"].(ref); !indirect || info == nil {
		c.found("metadata", "there is no information dictionary")
	}
	for property, key := range map[string]name{
		"title": "Title", "creator": "Author", "description": "Subject", "CreatorTool": "Creator", "Producer": "Producer",
	} {
		if said[property] != c.text(info[key]) {
			c.found("metadata", "%s is %q in XMP and %q in the information", key, said[property], c.text(info[key]))
		}
	}
	for property, key := range map[string]name{"CreateDate": "CreationDate", "ModifyDate": "ModDate"} {
		digits := func(s string) string { return regexp.MustCompile(`\D`).ReplaceAllString(s, "") }
		if digits(said[property]) != digits(c.text(info[key])) {
			c.found("metadata", "%s is %q in XMP and %q in the information", key, said[property], c.text(info[key]))
		}
	}
}

// properties are the texts of an XMP packet by the element that holds them,
// the parts of standards with their prefix.
func properties(data []byte) (map[string]string, error) {
	if !bytes.HasPrefix(data, []byte("<?xpacket begin=\"\uFEFF\" id=\"W5M0MpCehiHzreSzNTczkc9d\"?>")) ||
		!bytes.HasSuffix(data, []byte("?>")) {
		return nil, errors.New("no packet")
	}
	d := xml.NewDecoder(bytes.NewReader(data))
	said := map[string]string{}
	var path []xml.Name
	for {
		token, err := d.Token()
		if errors.Is(err, io.EOF) {
			return said, nil
		}
		if err != nil {
			return nil, err
		}
		switch t := token.(type) {
		case xml.StartElement:
			path = append(path, t.Name)
		case xml.EndElement:
			path = path[:len(path)-1]
		case xml.CharData:
			if text := string(t); len(path) > 0 && strings.TrimSpace(text) != "" {
				said[property(path)] += text
			}
		}
	}
}

func property(path []xml.Name) string {
	at := len(path) - 1
	for at > 0 && (path[at].Local == "li" || path[at].Local == "Alt" || path[at].Local == "Seq" || path[at].Local == "Bag") {
		at--
	}
	switch p := path[at]; {
	case p.Space == "http://www.aiim.org/pdfa/ns/id/" && p.Local == "part":
		return "pdfaid part"
	case p.Space == "http://www.aiim.org/pdfua/ns/id/" && p.Local == "part":
		return "pdfuaid part"
	case p.Space == "http://www.aiim.org/pdfa/ns/property#" && p.Local == "description":
		return "property description"
	default:
		return p.Local
	}
}

// outlines checks that bookmarks have a title and lead to a page.
func (c *checker) outlines() {
	root := c.dict(c.catalog["Outlines"])
	if root == nil {
		return
	}
	seen := map[ref]bool{}
	var walk func(parent ref, d dict)
	walk = func(parent ref, d dict) {
		var before ref
		next, _ := d["First"].(ref)
		for ; next != 0; next, _ = c.dict(next)["Next"].(ref) {
			e := c.dict(next)
			if seen[next] || e == nil {
				c.found("outlines", "bookmark %d leads in a circle or nowhere", next)
				return
			}
			seen[next] = true
			if c.text(e["Title"]) == "" || !c.leads(e["Dest"]) || e["Parent"] != parent {
				c.found("outlines", "bookmark %d has no title, no page or another parent", next)
			}
			if prev, _ := e["Prev"].(ref); prev != before {
				c.found("outlines", "bookmark %d has another one before it", next)
			}
			before = next
			walk(next, e)
		}
		if last, _ := d["Last"].(ref); last != before {
			c.found("outlines", "the last bookmark of %d is another", parent)
		}
	}
	r, _ := c.catalog["Outlines"].(ref)
	walk(r, root)
}

// leads says whether a destination is a page of the document.
func (c *checker) leads(v any) bool {
	d := c.array(v)
	if len(d) < 2 {
		return false
	}
	r, _ := d[0].(ref)
	_, ok := c.pageAt[r]
	return ok
}
