package pdf

import (
	"bytes"
	"errors"
	"fmt"
	"strings"
	"unicode/utf16"

	"polis/app/page"
)

// finish turns gopdf's file into the tagged one.
func (f *file) finish(dl page.DisplayList, t *tree) error {
	resources, err := f.resources()
	if err != nil {
		return err
	}
	pages := f.pages()
	if len(pages) != len(dl.Pages) {
		return fmt.Errorf("%d pages became %d", len(dl.Pages), len(pages))
	}
	contents := make([]int, len(pages))
	for n, number := range pages {
		contents[n] = reference(field(f.object(number).dict, "Contents"))
		if contents[n] == 0 {
			contents[n] = f.reserve() // an empty page
		}
		tagged, err := t.tag(n, dl.Pages[n], f.object(contents[n]).data, dl.Height)
		if err != nil {
			return fmt.Errorf("page %d: %w", n+1, err)
		}
		f.setStream(contents[n], tagged)
	}
	s := f.structure(dl, t, pages)
	for n, number := range pages {
		f.set(number, "<</Type/Page/Parent 2 0 R/Resources %d 0 R/Contents %d 0 R%s>>", resources, contents[n], s.entries[n])
	}
	f.set(2, "<</Type/Pages/MediaBox[0 0 %s %s]/Count %d/Kids[%s]>>",
		decimal(dl.Width), decimal(dl.Height), len(pages), references(pages))
	m := newMetadata(dl)
	f.info = f.add("%s", m.info())
	f.root = 1
	f.set(1, "<</Type/Catalog/Version/1.7/Pages 2 0 R/Lang%s/MarkInfo<</Marked true>>/StructTreeRoot %d 0 R"+
		"/ViewerPreferences<</DisplayDocTitle true>>/Metadata %d 0 R/OutputIntents[%d 0 R]%s>>",
		textString(m.language), s.root, f.metadata(m), f.outputIntent(), f.outlines(dl, pages))
	return nil
}

// pages are the numbers of gopdf's page objects.
func (f *file) pages() []int {
	var pages []int
	for i, o := range f.objects {
		if field(o.dict, "Type") == "/Page" {
			pages = append(pages, i+1)
		}
	}
	return pages
}

// resources finds what gopdf's pages share, finishes its fonts and writes it
// anew.
func (f *file) resources() (int, error) {
	for i, o := range f.objects {
		if !bytes.Contains(o.dict, []byte("/ProcSet")) {
			continue
		}
		var fonts, images strings.Builder
		for entry := range strings.Lines(string(o.dict)) { // "/F1 9 0 R"
			name := strings.Fields(entry)
			if len(name) != 4 || name[3] != "R" {
				continue
			}
			switch name[0][:2] {
			case "/F":
				if err := f.font(reference(name[1])); err != nil {
					return 0, err
				}
				fonts.WriteString(strings.TrimSpace(entry))
			case "/I":
				images.WriteString(strings.TrimSpace(entry))
			}
		}
		f.set(i+1, "<</Font<<%s>>/XObject<<%s>>>>", fonts.String(), images.String())
		f.streams()
		return i + 1, nil
	}
	return 0, errors.New("gopdf wrote no resources")
}

// streams drops the lengths of gopdf's streams: they are written anew.
func (f *file) streams() {
	for i, o := range f.objects {
		before, after, ok := bytes.Cut(o.dict, []byte("/Length "))
		if o.data != nil && ok {
			f.objects[i].dict = append(bytes.TrimSpace(before), bytes.TrimLeft(after, "0123456789")...)
		}
	}
}

func references(numbers []int) string {
	var b strings.Builder
	for i, n := range numbers {
		if i > 0 {
			b.WriteByte(' ')
		}
		fmt.Fprintf(&b, "%d 0 R", n)
	}
	return b.String()
}

func decimal(v float64) string { return string(trimmed(nil, fmt.Appendf(nil, "%.2f", v))) }

// longest is how many units of text a string of the file may have: PDF/A
// allows 32,767 bytes.
const longest = 16000

// textString writes a text for people: plain when it is ASCII, else UTF-16.
func textString(s string) string {
	plain := len(s) <= longest
	for i := range len(s) {
		plain = plain && s[i] >= ' ' && s[i] < 0x7F
	}
	if plain {
		return byteString(s)
	}
	units := utf16.Encode([]rune(s))
	if len(units) > longest {
		units = units[:longest]
		if utf16.IsSurrogate(rune(units[longest-1])) {
			units = units[:longest-1]
		}
	}
	b := []byte("<FEFF")
	for _, u := range units {
		b = hexadecimal(b, u)
	}
	return string(append(b, '>'))
}

// byteString writes a string of bytes that are ASCII.
func byteString(s string) string {
	return "(" + strings.NewReplacer(`\`, `\\`, "(", `\(`, ")", `\)`).Replace(s) + ")"
}
