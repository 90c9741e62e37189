// Package page turns what the catalogue knows into pages: Markdown into
// blocks, sheets into documents, and the words, sums and dates that screen
// and paper show alike. It knows neither a screen nor a file format;
// data/layout places a Document on pages (a DisplayList) and data/pdf draws
// them.
package page

import (
	"bytes"
	"net/url"
	"strings"
	"unicode"

	"github.com/yuin/goldmark"
	"github.com/yuin/goldmark/ast"
	"github.com/yuin/goldmark/extension"
	extast "github.com/yuin/goldmark/extension/ast"
	"github.com/yuin/goldmark/parser"
	"github.com/yuin/goldmark/text"
	"github.com/yuin/goldmark/util"
)

// BlockKind says what a block is.
type BlockKind int

// The kinds of block.
const (
	Paragraph BlockKind = iota // Inlines
	Heading                    // Level, Inlines
	List                       // Items, Ordered, Start
	Table                      // Head, Rows
	Rule                       // nothing
)

// Block is one piece of a text: what its kind uses is filled in.
type Block struct {
	Kind    BlockKind
	Level   int       // of a heading, 1 to 6
	Inlines []Inline  // of a paragraph or heading
	Ordered bool      // a list with numbers
	Start   int       // number of an ordered list's first item
	Items   [][]Block // of a list; an item may hold lists
	Head    []Cell    // of a table; may be empty
	Rows    [][]Cell  // of a table; every row as long as Head
}

// Align says where a cell's text stands.
type Align int

// The alignments.
const (
	Left Align = iota
	Right
	Center
)

// Cell is one cell of a table.
type Cell struct {
	Inlines []Inline
	Align   Align
}

// Inline is a stretch of text in one style. URL, when there is one, is an
// http, https, mailto or tel address; Lang is the text's language when it is
// another than that around it. Break ends the line; it has no text.
type Inline struct {
	Text         string
	Bold, Italic bool
	URL          string
	Lang         string
	Break        bool
}

// maxNesting bounds lists in lists: deeper text is kept, but flat.
const maxNesting = 6

// Parse reads the Markdown subset of the sheets: headings, paragraphs,
// lists, bold, italic, links and tables. It never fails: what it does not
// know stays as text, HTML tags disappear and their text stays.
func Parse(markdown string) []Block {
	source := []byte(tame(markdown))
	p := goldmark.New(goldmark.WithExtensions(extension.Table, extension.Linkify)).Parser()
	doc := p.Parse(text.NewReader(source), parser.WithContext(parser.NewContext()))
	c := converter{source: source}
	return c.blocks(doc, 0)
}

type converter struct{ source []byte }

func (c converter) blocks(parent ast.Node, depth int) []Block {
	var out []Block
	for n := parent.FirstChild(); n != nil; n = n.NextSibling() {
		out = append(out, c.block(n, depth)...)
	}
	return out
}

// block gives the blocks of one node: none for an empty one, several for a
// quotation, which is shown as its content.
func (c converter) block(n ast.Node, depth int) []Block {
	switch n := n.(type) {
	case *ast.Heading:
		return nonEmpty(Block{Kind: Heading, Level: n.Level, Inlines: c.inlines(n)})
	case *ast.Paragraph, *ast.TextBlock:
		return nonEmpty(Block{Kind: Paragraph, Inlines: c.inlines(n)})
	case *ast.List:
		return c.list(n, depth)
	case *ast.ThematicBreak:
		return []Block{{Kind: Rule}}
	case *ast.CodeBlock, *ast.FencedCodeBlock:
		return nonEmpty(Block{Kind: Paragraph, Inlines: c.preformatted(n)})
	case *ast.HTMLBlock:
		return nonEmpty(Block{Kind: Paragraph, Inlines: tidy([]Inline{{Text: stripTags(string(c.raw(n)))}})})
	case *extast.Table:
		return c.table(n)
	}
	if n.Type() == ast.TypeInline {
		return nil
	}
	if depth > 4*maxNesting { // quotations in quotations without end
		return nonEmpty(Block{Kind: Paragraph, Inlines: Text(c.flat(n))})
	}
	return c.blocks(n, depth+1)
}

func nonEmpty(b Block) []Block {
	if len(b.Inlines) == 0 {
		return nil
	}
	return []Block{b}
}

func (c converter) list(n *ast.List, depth int) []Block {
	if depth >= maxNesting {
		return nonEmpty(Block{Kind: Paragraph, Inlines: Text(c.flat(n))})
	}
	b := Block{Kind: List, Ordered: n.IsOrdered(), Start: n.Start}
	for item := n.FirstChild(); item != nil; item = item.NextSibling() {
		if content := c.blocks(item, depth+1); len(content) > 0 {
			b.Items = append(b.Items, content)
		}
	}
	if len(b.Items) == 0 {
		return nil
	}
	return []Block{b}
}

func (c converter) table(n *extast.Table) []Block {
	b := Block{Kind: Table}
	for row := n.FirstChild(); row != nil; row = row.NextSibling() {
		cells := make([]Cell, 0, len(n.Alignments))
		for cell := row.FirstChild(); cell != nil; cell = cell.NextSibling() {
			cells = append(cells, Cell{Inlines: c.inlines(cell), Align: alignOf(cell)})
		}
		if _, ok := row.(*extast.TableHeader); ok {
			b.Head = cells
			continue
		}
		for len(cells) < len(b.Head) {
			cells = append(cells, Cell{})
		}
		b.Rows = append(b.Rows, cells[:len(b.Head)])
	}
	if len(b.Head) == 0 {
		return nil
	}
	return []Block{b}
}

func alignOf(n ast.Node) Align {
	cell, ok := n.(*extast.TableCell)
	if !ok {
		return Left
	}
	switch cell.Alignment {
	case extast.AlignRight:
		return Right
	case extast.AlignCenter:
		return Center
	}
	return Left
}

func (c converter) preformatted(n ast.Node) []Inline {
	var out []Inline
	for line := range strings.Lines(string(c.raw(n))) {
		if len(out) > 0 {
			out = append(out, Inline{Break: true})
		}
		if line = strings.TrimSpace(oneSpace(line)); line != "" {
			out = append(out, Inline{Text: line})
		}
	}
	return trimBreaks(out)
}

func (c converter) raw(n ast.Node) []byte {
	var b bytes.Buffer
	for i := range n.Lines().Len() {
		segment := n.Lines().At(i)
		b.Write(segment.Value(c.source))
	}
	return b.Bytes()
}

// style is what the ancestors of a text and the HTML tags around it say about
// it.
type style struct {
	bold, italic bool
	url          string
	depth        int
	tags         *tags
}

func (c converter) inlines(n ast.Node) []Inline {
	return tidy(c.collect(nil, n, style{tags: &tags{}}))
}

func (c converter) collect(out []Inline, parent ast.Node, s style) []Inline {
	for n := parent.FirstChild(); n != nil; n = n.NextSibling() {
		out = c.inline(out, n, s)
	}
	return out
}

func (c converter) inline(out []Inline, n ast.Node, s style) []Inline {
	s.depth++
	if s.depth > 100 {
		return append(out, s.text(c.flat(n)))
	}
	switch n := n.(type) {
	case *ast.Text:
		out = append(out, s.text(unescape(n.Value(c.source))))
		switch {
		case n.HardLineBreak():
			out = append(out, Inline{Break: true})
		case n.SoftLineBreak():
			out = append(out, s.text(" "))
		}
		return out
	case *ast.String:
		return append(out, s.text(string(n.Value)))
	case *ast.RawHTML:
		return c.rawHTML(out, n, s.tags)
	case *ast.AutoLink:
		s.url = safeURL(linkTarget(n, c.source))
		return append(out, s.text(string(n.Label(c.source))))
	case *ast.Emphasis:
		s.bold, s.italic = s.bold || n.Level > 1, s.italic || n.Level == 1
	case *ast.Link:
		s.url = safeURL(string(n.Destination))
	}
	return c.collect(out, n, s)
}

func (s style) text(t string) Inline {
	in := Inline{Text: t, Bold: s.bold, Italic: s.italic, URL: s.url}
	if top := s.tags.top(); top != nil {
		in.Bold, in.Italic, in.Lang = in.Bold || top.bold, in.Italic || top.italic, top.lang
	}
	return in
}

// rawHTML keeps of HTML what a text can lose its sense without: the line
// break that editors paste into tables, emphasis, and in which language a
// passage is.
func (c converter) rawHTML(out []Inline, n *ast.RawHTML, open *tags) []Inline {
	var tag []byte
	for i := range n.Segments.Len() {
		segment := n.Segments.At(i)
		tag = append(tag, segment.Value(c.source)...)
	}
	if bytes.HasPrefix(bytes.ToLower(tag), []byte("<br")) {
		return append(out, Inline{Break: true})
	}
	open.read(string(tag))
	return out
}

func linkTarget(n *ast.AutoLink, source []byte) string {
	u := string(n.URL(source))
	if n.AutoLinkType == ast.AutoLinkEmail && !strings.HasPrefix(strings.ToLower(u), "mailto:") {
		return "mailto:" + u
	}
	return u
}

// safeURL returns an address that may be opened from a sheet, or "": texts
// come from many hands, and a link must not start a program.
func safeURL(raw string) string {
	raw = strings.TrimSpace(raw)
	if strings.HasPrefix(strings.ToLower(raw), "www.") {
		raw = "https://" + raw
	}
	u, err := url.Parse(raw)
	if err != nil {
		return ""
	}
	switch strings.ToLower(u.Scheme) {
	case "http", "https":
		if u.Host == "" {
			return ""
		}
		return raw
	case "mailto", "tel":
		return raw
	}
	return ""
}

// unescape resolves backslashes and entities of a raw segment; an entity can
// be a control character too.
func unescape(raw []byte) string {
	text := util.ResolveEntityNames(util.ResolveNumericReferences(util.UnescapePunctuations(raw)))
	return strings.Map(func(r rune) rune {
		if unicode.IsControl(r) {
			return ' '
		}
		return r
	}, string(text))
}

// flat is the text below a node, found without recursion.
func (c converter) flat(n ast.Node) string {
	var b strings.Builder
	for at := n; at != nil; at = next(at, n) {
		if t, ok := at.(*ast.Text); ok {
			if b.Len() > 0 {
				b.WriteByte(' ')
			}
			b.WriteString(unescape(t.Value(c.source)))
		}
	}
	return strings.Join(strings.Fields(b.String()), " ")
}

func next(at, root ast.Node) ast.Node {
	if at.FirstChild() != nil {
		return at.FirstChild()
	}
	for at != nil && at != root {
		if at.NextSibling() != nil {
			return at.NextSibling()
		}
		at = at.Parent()
	}
	return nil
}
