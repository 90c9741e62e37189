package membership

import (
	"io"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode"

	"polis/app"
	"polis/app/page"
)

// Paper sets a document on pages and writes them as a file. CodePrint.
type Paper interface {
	Layout(doc page.Document) (page.DisplayList, error)
	PDF(w io.Writer, list page.DisplayList) error
}

// PaperInput is what the papers of a request are made of. What goes to an
// office is Italian, whatever the language of the screen; in another language
// a paper says of itself that it is a translation. Nothing on these papers
// reads the clock: the same input makes the same bytes.
type PaperInput struct {
	Request Request
	Case    *Case // what the hub last told; nil before its first answer
	// Agreement is the signed agreement that is delivered apart from the
	// request, nil for none.
	Agreement *Document
	Words     page.Words
	Lang      string         // "it" or "en"
	Zone      *time.Location // in which moments are told; nil = UTC
	Large     bool           // large print
	// Demonstration marks every page as an example.
	Demonstration bool
}

// LetterInput is what the letter with the activation code is made of.
type LetterInput struct {
	Letter        Letter
	Words         page.Words
	Lang          string
	Zone          *time.Location
	Large         bool
	Demonstration bool
}

// longest texts of names where they stand among other things.
const (
	clippedName = 160
	clippedLine = 90
)

// writer is what all papers of a membership have in common: words, language
// and looks.
type writer struct {
	words         page.Words
	lang          string
	zone          *time.Location
	large         bool
	demonstration bool
}

func (in PaperInput) writer() writer {
	return writer{in.Words, in.Lang, in.Zone, in.Large, in.Demonstration}
}

// word is a sentence of the papers; {region} is known to all of them.
func (p writer) word(key string, args ...string) string {
	text := p.words("joining."+key, append(args, "region", p.words("joining.region"))...)
	if p.lang == "it" {
		return elided(text)
	}
	return text
}

// elided writes "del 8 marzo" as one says it: "dell'8 marzo".
func elided(text string) string {
	var pairs []string
	for _, day := range []string{"8\u00A0", "11\u00A0"} {
		pairs = append(pairs, " il "+day, " l'"+day, " al "+day, " all'"+day, " del "+day, " dell'"+day)
	}
	return strings.NewReplacer(pairs...).Replace(text)
}

// document is a paper with its head and foot. Created is when its content
// was made, not when it is printed.
func (p writer) document(code, title string, from page.Letterhead, created time.Time, foot ...string) page.Document {
	doc := page.Document{
		Code: code, Title: title, Author: from.Name, Language: p.lang, Created: created, Large: p.large, Letterhead: from,
		Footer: page.Footer{Lines: []string{joined(" · ", foot...)}, Page: p.words("page.number", "n", "{n}", "total", "{total}")},
	}
	if p.demonstration {
		doc.Band, doc.Footer.Mark = p.words("page.demonstration"), p.words("page.demonstration_short")
	}
	return doc
}

// warn marks every page, beside the mark of a demonstration.
func warn(doc *page.Document, band, mark string) {
	doc.Band, doc.Footer.Mark = joined(" · ", band, doc.Band), joined(" · ", mark, doc.Footer.Mark)
}

// translated says that a paper in another language is not the one that
// counts.
func (p writer) translated() []page.Part {
	if p.lang == "it" {
		return nil
	}
	return []page.Part{page.Notice{Kind: page.NoticeReview, Title: p.word("translation"), Text: page.Text(p.word("translation_text"))}}
}

// started is the day of the papers, at noon; without one, the oldest that a
// file can have.
func (in PaperInput) started() time.Time {
	day, ok := in.Request.Dated.Time()
	if !ok {
		return time.Date(2000, 1, 1, 12, 0, 0, 0, time.UTC)
	}
	return time.Date(day.Year(), day.Month(), day.Day(), 12, 0, 0, 0, time.UTC)
}

// name is the body's; "" in an empty draft.
func (in PaperInput) name() string { return flat(in.Request.Body.Name) }

// named chooses the sentence that does without a name when there is none.
func (in PaperInput) named(key string) string {
	if in.name() == "" {
		return in.writer().word(key + "_nobody")
	}
	return in.writer().word(key, "body", page.Clip(in.name(), clippedName))
}

// moment tells day and time of an instant.
func (p writer) moment(t time.Time) (day, clock string) {
	zone := p.zone
	if zone == nil {
		zone = time.UTC
	}
	t = t.In(zone)
	return p.day(app.Day(t)), strconv.Itoa(t.Hour()) + t.Format(":04")
}

// dated is a day in full, or that there is none.
func (p writer) dated(d app.Date) string {
	if strings.TrimSpace(string(d)) == "" {
		return p.word("to_say")
	}
	return p.day(d)
}

// day is a day in full that no line breaks.
func (p writer) day(d app.Date) string {
	return strings.ReplaceAll(page.DateLong(d, p.lang), " ", "\u00A0")
}

// protocol tells number and day; "" without a number.
func (p writer) protocol(of Protocol) string {
	number := flat(of.Number)
	switch {
	case number == "":
		return ""
	case of.Date == "":
		return p.word("protocol_number", "number", number)
	}
	return p.word("protocol_of", "number", number, "date", p.day(of.Date))
}

// term is the label of a code, "" without one; a code that is none of those
// known is its own label.
func (p writer) term(what, code string, known []string) string {
	if !slices.Contains(known, code) {
		return flat(code)
	}
	return p.words("membership." + what + "." + code)
}

// toSay is a value, or that it is still to be stated.
func (p writer) toSay(value string) string {
	if value = flat(value); value == "" {
		return p.word("to_say")
	}
	return value
}

// facts are labels with values; those without a value are left out.
func (p writer) facts(pairs ...string) []page.Fact {
	var out []page.Fact
	for i := 0; i+1 < len(pairs); i += 2 {
		if value := flat(pairs[i+1]); value != "" {
			out = append(out, page.Fact{Key: pairs[i], Label: p.word(pairs[i]), Value: value})
		}
	}
	return out
}

// grid is a table with these columns; its first cell names a row.
func (p writer) grid(columns ...string) page.Grid {
	g := page.Grid{RowHeads: true}
	for _, c := range columns {
		g.Head = append(g.Head, page.Cell{Inlines: page.Text(p.word("column." + c))})
	}
	return g
}

// cells are a row; each text may have several lines.
func cells(texts ...[]string) []page.Cell {
	out := make([]page.Cell, len(texts))
	for i, lines := range texts {
		out[i] = page.Cell{Inlines: broken(lines)}
	}
	return out
}

// broken puts texts below each other.
func broken(lines []string) []page.Inline {
	var out []page.Inline
	for _, l := range lines {
		if l = flat(l); l == "" {
			continue
		}
		if len(out) > 0 {
			out = append(out, page.Inline{Break: true})
		}
		out = append(out, page.Inline{Text: l})
	}
	return out
}

// section adds a titled stretch.
func (p writer) section(doc *page.Document, key string, parts ...page.Part) {
	doc.Sections = append(doc.Sections, page.Section{Key: key, Title: p.word(key), Parts: parts})
}

// prose is Markdown of the translation files.
func prose(markdown string) page.Prose { return page.Prose{Blocks: page.Parse(markdown)} }

// paragraph is one plain text, whatever signs it has.
func paragraph(text string) page.Prose {
	var blocks []page.Block
	for line := range strings.Lines(text) {
		if in := page.Text(flat(line)); len(in) > 0 {
			blocks = append(blocks, page.Block{Kind: page.Paragraph, Inlines: in})
		}
	}
	return page.Prose{Blocks: blocks}
}

// quoted is a text that somebody typed, for a place in Markdown.
func quoted(s string) string {
	const marks = "\\`*_{}[]<>()#|~&!"
	var b strings.Builder
	for _, r := range flat(s) {
		if strings.ContainsRune(marks, r) {
			b.WriteByte('\\')
		}
		b.WriteRune(r)
	}
	return b.String()
}

// fingerprint is a SHA-256 in groups of eight signs, which an eye can follow.
func fingerprint(sha256 string) string {
	var groups []string
	for part := range slices.Chunk([]rune(flat(sha256)), 8) {
		groups = append(groups, string(part))
	}
	return strings.Join(groups, " ")
}

// size is how large a file is, in kB or MB.
func size(n int64, lang string) string {
	switch {
	case n >= 1e6:
		return page.Decimal(float64(n)/1e6, 1, lang) + "\u00A0MB"
	default:
		return page.Number(int(max((n+999)/1000, 1)), lang) + "\u00A0kB"
	}
}

// flat is a text on one line, without blanks at its ends. Blanks that do not
// break stay.
func flat(s string) string {
	blank := func(r rune) bool { return r != '\u00A0' && (unicode.IsSpace(r) || unicode.IsControl(r)) }
	return strings.Trim(strings.Join(strings.FieldsFunc(s, blank), " "), "\u00A0")
}

// joined puts a separator between the texts that are not empty.
func joined(separator string, parts ...string) string {
	var kept []string
	for _, part := range parts {
		if part = flat(part); part != "" {
			kept = append(kept, part)
		}
	}
	return strings.Join(kept, separator)
}
