package page

import (
	"slices"
	"strings"
	"time"

	"polis/app"
)

// Paper is what all papers of a desk have in common: who gives them out,
// when and in which language.
type Paper struct {
	Authority     app.Authority // whose name, logo and colour stand at the top
	Logo          []byte        // PNG or JPEG; nil = none
	PrintedBy     string        // the office that prints
	PrintedOn     time.Time
	Demonstration bool
	Large         bool // large print
	Lang          string
	Words         Words
}

// document is an empty paper with its head and foot; lines stand in the foot
// before who printed it and when.
func (p Paper) document(code, title, tag string, lines ...string) Document {
	printed := p.Words("page.paper_printed_on", "date", DateLong(app.Day(p.PrintedOn), p.Lang))
	if !p.Large { // large letters have no room for it: it is at the top
		printed = join(" · ", printed, Clip(p.PrintedBy, 80))
	}
	doc := Document{
		Code: code, Title: title, Author: p.Authority.Name, Language: p.Lang, Created: p.PrintedOn, Large: p.Large,
		Letterhead: letterhead(p.Authority, p.Logo, p.PrintedBy, p.Words(tag)),
		Footer: Footer{
			Lines: append(lines, printed),
			Page:  p.Words("page.number", "n", "{n}", "total", "{total}"),
		},
	}
	if p.Demonstration {
		doc.Band = p.Words("page.demonstration")
		doc.Footer.Mark = p.Words("page.demonstration_short")
	}
	return doc
}

// letterhead does not say the sender's name twice.
func letterhead(a app.Authority, logo []byte, office, tag string) Letterhead {
	return Letterhead{Name: a.Name, Office: officeAlone(a, office), Tag: tag, Logo: logo, Colour: ColourOf(a.Colour)}
}

// officeAlone is an office's name beside that of its authority: offices are
// often called by both.
func officeAlone(a app.Authority, office string) string {
	name := strings.TrimSpace(a.Name)
	if name == "" {
		return office
	}
	if office == name {
		return ""
	}
	return strings.TrimSuffix(office, " – "+name)
}

// codeOf is the code that leads to a page on the web; nil without one.
func codeOf(address string, words Words) *QR {
	if address == "" {
		return nil
	}
	short := ShortURL(address)
	return &QR{Text: address, Caption: words("page.qr_caption"), Address: short, Alt: words("page.qr_alt", "address", short)}
}

// inLanguage marks text in a language; one that is around it already is not
// said.
func inLanguage(in []Inline, lang, around string) []Inline {
	if lang == "" || lang == around {
		return in
	}
	out := make([]Inline, len(in))
	for i, piece := range in {
		if piece.Lang == "" {
			piece.Lang = lang
		}
		out[i] = piece
	}
	return out
}

// blocksInLanguage does the same with blocks.
func blocksInLanguage(blocks []Block, lang, around string) []Block {
	if lang == "" || lang == around {
		return blocks
	}
	cells := func(row []Cell) []Cell {
		row = slices.Clone(row)
		for i := range row {
			row[i].Inlines = inLanguage(row[i].Inlines, lang, around)
		}
		return row
	}
	out := slices.Clone(blocks)
	for i := range out {
		b := &out[i]
		b.Inlines = inLanguage(b.Inlines, lang, around)
		b.Items = slices.Clone(b.Items)
		for k := range b.Items {
			b.Items[k] = blocksInLanguage(b.Items[k], lang, around)
		}
		if b.Kind == Table {
			b.Head, b.Rows = cells(b.Head), slices.Clone(b.Rows)
			for k := range b.Rows {
				b.Rows[k] = cells(b.Rows[k])
			}
		}
	}
	return out
}
