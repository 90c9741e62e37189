package pdf

import (
	"bytes"
	"compress/zlib"
	"io"
	"strings"
	"testing"

	"polis/app/page"
	"polis/data/pdf/accessible"
)

// composed is the file of everything, before it is written.
func composed(t *testing.T, dl page.DisplayList) *file {
	t.Helper()
	tr, err := newTree(dl)
	if err != nil {
		t.Fatal(err)
	}
	drawn, err := draw(dl, tr, testFonts(t), testMetrics(t))
	if err != nil {
		t.Fatal(err)
	}
	f, err := takeApart(drawn, &zips{})
	if err != nil {
		t.Fatal(err)
	}
	if err := f.finish(dl, tr); err != nil {
		t.Fatal(err)
	}
	return f
}

// damage changes the first object or stream that holds old.
type damage struct {
	name, rule string
	old, fresh string
	stream     bool
}

func (d damage) apply(t *testing.T, f *file) {
	t.Helper()
	for i, o := range f.objects {
		if !d.stream && bytes.Contains(o.dict, []byte(d.old)) {
			f.objects[i].dict = bytes.Replace(o.dict, []byte(d.old), []byte(d.fresh), 1)
			return
		}
		if !d.stream || o.data == nil {
			continue
		}
		data := o.data
		if bytes.Contains(o.dict, []byte("FlateDecode")) {
			z, err := zlib.NewReader(bytes.NewReader(data))
			if err != nil {
				t.Fatal(err)
			}
			if data, err = io.ReadAll(z); err != nil {
				t.Fatal(err)
			}
		}
		if !bytes.Contains(data, []byte(d.old)) {
			continue
		}
		data = bytes.Replace(data, []byte(d.old), []byte(d.fresh), 1)
		if bytes.Contains(o.dict, []byte("FlateDecode")) {
			data = f.zips.compressed(data, true)
		}
		f.objects[i].data = data
		return
	}
	t.Fatalf("nothing holds %q", d.old)
}

// TestCheckerFindsDamage proves the checker: every damage to a good file must
// be reported under its rule.
func TestCheckerFindsDamage(t *testing.T) {
	tests := []damage{
		{"not tagged", "untagged", "/Artifact<</Type/Layout>>BDC", "/Span BMC", true},
		{"no end", "nesting", "EMC\n", "", true},
		{"an artifact in a paragraph", "artifact", "BT\n", "/Artifact BMC BT ET EMC BT\n", true},
		{"a kind of artifact that is none", "artifact", "/Type/Layout", "/Type/Adorno", true},
		{"content within content", "nesting", "/H2<</MCID 1>>BDC", "/H2<</MCID 1>>BDC/P<</MCID 99>>BDC EMC", true},
		{"content twice", "mcid", "/MCID 1>>", "/MCID 0>>", true},
		{"content that the tree has not", "parent tree", "/MCID 1>>", "/MCID 77>>", true},
		{"a printing colour", "operator", "EMC\n", "EMC\n0 0 0 1 k\n", true},
		{"an operator that is none", "operator", "EMC\n", "EMC\n7 zz\n", true},
		{"no glyph", "notdef", "[<", "[<0000", true},
		{"a sign without text", "unicode", "beginbfrange\n<", "beginbfrange\n<FF00><FF00><0041>\n<FF", true},
		{"a hyphen that does not say what it is", "hyphen", "/ActualText<FEFF00AD>", "", true},
		{"a title that differs", "metadata", "Prova (di tutto)</rdf:li>", "Prova</rdf:li>", true},
		{"no part of a standard", "metadata", "<pdfuaid:part>1</pdfuaid:part>", "", true},
		{"no extension", "metadata", "<pdfaSchema:prefix>pdfuaid</pdfaSchema:prefix>", "<pdfaSchema:prefix>pdf</pdfaSchema:prefix>", true},
		{"XMP that is no XML", "metadata", "</rdf:RDF>", "", true},
		{"a profile of paper", "output intent", "mntrRGB", "prtrCMY", true},
		{"a date that differs", "metadata", "/CreationDate(D:2026", "/CreationDate(D:2025", false},
		{"a wrong width", "width", "/W[3[", "/W[3[9", false},
		{"not embedded", "embedded", "/FontFile2", "/FontFile9", false},
		{"no CIDToGIDMap", "font", "/CIDToGIDMap/Identity", "", false},
		{"the name of a whole font", "font", "/BaseFont/", "/BaseFont/x", false},
		{"no ToUnicode", "unicode", "/ToUnicode", "/ToNothing", false},
		{"a role of one's own", "role", "/S/LBody", "/S/Corpo", false},
		{"a level skipped", "heading", "/S/H2", "/S/H4", false},
		{"a list item outside", "nesting", "/S/L/", "/S/P/", false},
		{"a cell that is a paragraph", "nesting", "/S/TD", "/S/P", false},
		{"a row too short", "table", "/ColSpan 2", "/ColSpan 1", false},
		{"a head of nothing", "table", "/Scope/Column", "", false},
		{"a list without a number", "list", "/ListNumbering/Decimal", "", false},
		{"a figure without words", "figure", "/Alt(Lo stemma)", "", false},
		{"a figure nowhere", "figure", "/BBox[50 ", "/BBox[5000 ", false},
		{"a link without words", "annotation", "/Contents(agenda)", "", false},
		{"a link that leads nowhere", "annotation", "/S/URI/URI(", "/S/URI/XRI(", false},
		{"a link that does not print", "annotation", "/F 4/", "/F 2/", false},
		{"a link that is not in the tree", "annotation", "/StructParent ", "/StructParent 9", false},
		{"a link of which the tree has half", "annotation", "<</Type/OBJR/Obj", "<</Type/XXXX/Obj", false},
		{"a link without a link", "link", "/K <</Type/OBJR/Obj", "/K <</Type/XXXX/Obj", false},
		{"a language that is none", "lang", "/Lang(en-GB)", "/Lang(english_GB)", false},
		{"no language", "lang", "/Lang(it)/MarkInfo", "/MarkInfo", false},
		{"not marked", "marked", "/Marked true", "/Marked false", false},
		{"a title not shown", "title shown", "/DisplayDocTitle true", "", false},
		{"no tabulator", "tabs", "/Tabs/S", "", false},
		{"no way back", "parent tree", "/StructParents 0", "", false},
		{"another's content", "parent tree", "/StructParents 0", "/StructParents 1", false},
		{"a child twice", "tree", "/K[", "/K[0 ", false},
		{"a parent that is another", "tree", "/S/H1/P ", "/S/H1/P 1", false},
		{"no intent", "output intent", "/OutputIntents", "/OutputIntent", false},
		{"a script", "forbidden", "/Type/Catalog", "/Type/Catalog/OpenAction<</S/JavaScript/JS(x)>>", false},
		{"another order of reading", "order", "/S/P/P", "/S/P/P", false},
		{"a bookmark of nobody", "outlines", "/Title(Altra)/Parent ", "/Title(Altra)/Parent 9", false},
		{"a link to no page", "annotation", "/Dest[", "/Dest[9", false},
		{"a predicted picture", "image", "/Subtype /Image", "/Subtype /Image/Interpolate true", false},
		{"a picture in printing colours", "colour", "/ColorSpace /DeviceRGB", "/ColorSpace /DeviceCMYK", false},
		{"bytes that follow", "end", "", "", false},
	}
	for _, d := range tests {
		t.Run(d.name, func(t *testing.T) {
			f := composed(t, everything(t))
			switch d.rule {
			case "order":
				reorder(t, f)
			case "tree":
				if d.name == "a child twice" {
					twice(t, f)
					break
				}
				d.apply(t, f)
			case "end":
			default:
				d.apply(t, f)
			}
			data := f.bytes()
			if d.rule == "end" {
				data = append(data, "x"...)
			}
			report, err := accessible.Check(data)
			if err != nil {
				t.Fatal(err)
			}
			var rules []string
			for _, finding := range report.Findings {
				if finding.Rule == d.rule {
					return
				}
				rules = append(rules, finding.String())
			}
			t.Errorf("not found; but\n%s", strings.Join(rules, "\n"))
		})
	}
}

// reorder turns the kids of the first paragraph around.
func reorder(t *testing.T, f *file) {
	t.Helper()
	for i, o := range f.objects {
		if before, after, ok := bytes.Cut(o.dict, []byte("/K[2 ")); ok && bytes.Contains(o.dict, []byte("/S/P/")) {
			kids := string(bytes.TrimSuffix(after, []byte("]>>")))
			f.objects[i].dict = []byte(string(before) + "/K[" + kids + " 2]>>")
			return
		}
	}
	t.Fatal("no paragraph")
}

// twice puts the first row of a table into it once more.
func twice(t *testing.T, f *file) {
	t.Helper()
	for i, o := range f.objects {
		if before, after, ok := bytes.Cut(o.dict, []byte("/K[")); ok && bytes.Contains(o.dict, []byte("/S/TBody")) {
			first, _, _ := bytes.Cut(after, []byte("R"))
			f.objects[i].dict = []byte(string(before) + "/K[" + string(first) + "R " + string(after))
			return
		}
	}
	t.Fatal("no table")
}

// TestCheckerReadsNoRubbish cuts and spoils the file: the checker must refuse
// or report, and never panic.
func TestCheckerReadsNoRubbish(t *testing.T) {
	good := composed(t, everything(t)).bytes()
	for cut := 0; cut < len(good); cut += 509 {
		if r, err := accessible.Check(good[:cut]); err == nil && len(r.Findings) == 0 {
			t.Errorf("%d bytes of %d are a good file", cut, len(good))
		}
	}
	for at := 0; at < len(good); at += 127 {
		bad := bytes.Clone(good)
		bad[at] ^= 0x15
		_, _ = accessible.Check(bad) // a byte of a picture may be any; no panic is what is tested
	}
}
