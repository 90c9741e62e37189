package help

import (
	"path"
	"strings"

	"fyne.io/fyne/v2"
	fynetheme "fyne.io/fyne/v2/theme"

	"polis/app/page"
	"polis/ui/screen"
	"polis/ui/widgets"
)

// chapter is one page of the help.
type chapter struct {
	title  string
	pieces func() []widgets.Placed
}

// headed puts a chapter's title above its pieces.
func headed(title string, pieces []widgets.Placed) []widgets.Placed {
	out := []widgets.Placed{{Piece: widgets.Whole(widgets.NewWrapped(widgets.Section, title)), Above: 1}}
	for i, p := range pieces {
		if i == 0 {
			p.Above = 2
		}
		out = append(out, p)
	}
	return append(out, widgets.Placed{Piece: widgets.Whole(widgets.Gap(1, 6))})
}

// guide cuts the user's guide into chapters at its second headings; what
// stands before the first belongs to the title of the guide, which the
// screen has already.
func (s *Screen) guide() []chapter {
	text := s.d.Read("docs/guida." + s.d.Host.Words.Lang() + ".md")
	if text == nil {
		text = s.d.Read("docs/guida.it.md")
	}
	var out []chapter
	var title string
	var blocks []page.Block
	flush := func() {
		if t, b := title, blocks; t != "" {
			out = append(out, chapter{t, func() []widgets.Placed { return headed(t, s.prose(b)) }})
		}
	}
	for _, b := range page.Parse(string(text)) {
		switch {
		case b.Kind == page.Heading && b.Level == 2:
			flush()
			title, blocks = plain(b.Inlines), nil
		case b.Kind == page.Heading && b.Level == 1:
		default:
			blocks = append(blocks, b)
		}
	}
	flush()
	return out
}

func plain(in []page.Inline) string {
	var b strings.Builder
	for _, i := range in {
		b.WriteString(i.Text)
	}
	return b.String()
}

// keys lists the key map, the only one there is. Keys for the same thing
// stand on one line.
func (s *Screen) keys() []widgets.Placed {
	lines := widgets.Stack(1)
	for _, b := range screen.KeyMap() {
		if b.Alias {
			continue
		}
		key := widgets.KeyCap(b.Label(s.words), 150)
		what := widgets.NewWrapped(widgets.Body, s.words("key."+string(b.Action)))
		lines.Add(widgets.Row(2, 1, key, what))
	}
	pieces := []widgets.Placed{
		{Piece: widgets.Whole(widgets.NewWrapped(widgets.Body, s.words("help.keys_text")))},
		{Piece: widgets.Whole(lines), Above: 3},
	}
	return headed(s.words("help.keys"), pieces)
}

// readme tells in words what the licences are of.
const readme = "licences/README.md"

// licences shows the attributions and opens each licence.
func (s *Screen) licences() []widgets.Placed {
	pieces := []widgets.Placed{{Piece: widgets.Whole(widgets.NewWrapped(widgets.Body, s.words("help.licences_text")))}}
	for i, name := range s.d.Names("licences") {
		if name == readme {
			continue
		}
		row := widgets.NewLinkRow(fynetheme.DocumentIcon(), licenceTitle(name), path.Base(name), func() { s.openLicence(name) })
		gap := float32(0.5)
		if i == 0 {
			gap = 2
		}
		pieces = append(pieces, widgets.Placed{Piece: widgets.Whole(row), Above: gap})
	}
	if text := s.d.Read(readme); text != nil {
		head := widgets.NewWrapped(widgets.Section, s.words("help.attributions"))
		pieces = append(pieces, widgets.Placed{Piece: widgets.Whole(head), Above: 5})
		for i, p := range s.prose(withoutTitle(page.Parse(string(text)))) {
			if i == 0 {
				p.Above = 2
			}
			pieces = append(pieces, p)
		}
	}
	return headed(s.words("help.licences"), pieces)
}

func withoutTitle(blocks []page.Block) []page.Block {
	if len(blocks) > 0 && blocks[0].Kind == page.Heading && blocks[0].Level == 1 {
		return blocks[1:]
	}
	return blocks
}

// licenceTitle makes "OFL TitilliumWeb" of "licences/OFL-TitilliumWeb.txt".
func licenceTitle(name string) string {
	base := path.Base(name)
	return strings.ReplaceAll(strings.TrimSuffix(base, path.Ext(base)), "-", " ")
}

func (s *Screen) openLicence(name string) {
	s.licence = name
	back := widgets.NewButton(widgets.ButtonSpec{
		Label: s.words("help.licences_back"), Key: screen.KeyLabel(screen.ActionSearch, s.words), Icon: fynetheme.NavigateBackIcon(),
		OnPress: func() { s.closeLicence() },
	})
	text := string(s.d.Read(name))
	blocks := paragraphs(text)
	if path.Ext(name) == ".md" {
		blocks = page.Parse(text)
	}
	pieces := []widgets.Placed{{Piece: widgets.Whole(widgets.Row(0, -1, back))}}
	for i, p := range s.prose(blocks) {
		if i == 0 {
			p.Above = 3
		}
		pieces = append(pieces, p)
	}
	s.reader.Set(headed(licenceTitle(name), pieces))
	s.d.Host.Canvas().Focus(back)
	s.d.Host.Trace("licence shown", "name", name)
}

// closeLicence goes back to the list; it reports whether one was open.
func (s *Screen) closeLicence() bool {
	if s.licence == "" {
		return false
	}
	s.open(s.at)
	s.Shown()
	return true
}

// paragraphs makes blocks of a plain text: an empty line ends a paragraph, a
// line of signs is a rule, and broken lines flow again.
func paragraphs(text string) []page.Block {
	var out []page.Block
	var lines []string
	flush := func() {
		if len(lines) > 0 {
			out = append(out, page.Block{Kind: page.Paragraph, Inlines: []page.Inline{{Text: strings.Join(lines, " ")}}})
		}
		lines = nil
	}
	for line := range strings.Lines(text) {
		line = strings.Join(strings.Fields(line), " ")
		switch {
		case line == "":
			flush()
		case strings.Trim(line, "-=_*") == "":
			flush()
			out = append(out, page.Block{Kind: page.Rule})
		default:
			lines = append(lines, line)
		}
	}
	flush()
	return out
}

// program tells which program this is.
func (s *Screen) program() []widgets.Placed {
	var pieces []widgets.Placed
	add := func(o fyne.CanvasObject, above float32) {
		pieces = append(pieces, widgets.Placed{Piece: widgets.Whole(o), Above: above})
	}
	add(widgets.NewWrapped(widgets.Strong, s.words("help.version", "version", s.d.Version)), 0)
	for _, key := range []string{"help.program_what", "help.program_licence", "help.program_support"} {
		add(widgets.NewWrapped(widgets.Body, s.words(key)), 2)
	}
	return headed(s.words("help.program"), pieces)
}
