package page

import (
	"slices"
	"strings"
	"unicode"

	"polis/app"
)

// onPage is more text than a page can hold: what is beyond it cannot be on a
// one-page paper, so it is not even laid out.
const onPage = 4500

// step is one smaller version of a section: the order in which it is taken
// and how many characters are left.
type step struct{ order, limit int }

// plan says how each section gives way when a page is full: laws first, then
// notes and what describes, last what people came for.
func plan(key string) []step {
	switch key {
	case "rules":
		return []step{{10, 0}}
	case "remedies":
		return []step{{22, 300}, {25, 0}}
	case "conditions":
		return []step{{28, 300}, {30, 0}}
	case "description":
		return []step{
			{11, 3200}, {12, 2600}, {13, 2000}, {14, 1500}, {31, 1100}, {32, 800}, {40, 550}, {41, 350}, {70, 200}, {90, 0},
		}
	case "exceptions":
		return []step{{34, 400}, {42, 200}, {43, 0}}
	case "applicants", "audience":
		return []step{{36, 300}, {60, 150}, {61, 0}}
	case "contacts":
		return []step{{38, 300}, {44, 150}, {63, 0}}
	case "result":
		return []step{{46, 300}, {62, 150}, {65, 0}}
	case "access":
		return []step{{50, 500}, {66, 250}, {86, 0}}
	case "deadlines":
		return []step{{52, 500}, {68, 250}, {79, 120}, {88, 0}}
	case "costs":
		return []step{{54, 700}, {72, 350}, {85, 150}, {92, 0}}
	case "requirements":
		return []step{{56, 2000}, {71, 1400}, {81, 900}, {91, 500}, {95, 250}}
	case "how_to":
		return []step{{69, 2600}, {70, 1900}, {77, 1400}, {82, 950}, {89, 600}, {94, 300}}
	}
	return []step{{15, 400}, {20, 0}}
}

// plan is that of this sheet: where the summary says what it is and sections
// say what to do, what describes gives way before them; where no office says
// where to go, the section that does holds out with the costs.
func (b *sheetBuilder) plan(key string) []step {
	switch {
	case key == "description" && !b.thin() && b.r.Summary != "":
		return []step{
			{11, 3200}, {12, 2600}, {13, 2000}, {14, 1500}, {16, 1100}, {17, 800}, {23, 550}, {33, 350}, {37, 200}, {39, 0},
		}
	case key == "access" && !slices.ContainsFunc(b.Offices, func(o app.Office) bool { return b.place(o).tells() }):
		return []step{{50, 500}, {84, 250}, {93, 0}}
	}
	return plan(key)
}

// text is a section of plain Markdown.
func (b *sheetBuilder) text(key string) Section {
	return b.prose(key, Parse(b.r.Sections[key]))
}

func (b *sheetBuilder) prose(key string, blocks []Block) Section {
	s := Section{Key: key, Title: b.title(key), Note: b.localNote(key), Lang: b.r.SectionLang(key)}
	if len(blocks) == 0 {
		return s
	}
	if !b.Complete {
		blocks, s.Shortened = Shorten(blocks, onPage)
	}
	s.Parts = []Part{Prose{Blocks: blocks}}
	for _, v := range b.plan(key) {
		short, cut := Shorten(blocks, v.limit)
		switch {
		case v.limit == 0:
			s.Shorter = append(s.Shorter, Shorter{Order: v.order})
		case cut && len(short) > 0:
			s.Shorter = append(s.Shorter, Shorter{Order: v.order, Parts: []Part{Prose{Blocks: short}}})
		}
	}
	return s
}

// title is the section's label; a key that is not ours (catalogues bring
// their own) is its own label.
func (b *sheetBuilder) title(key string) string {
	if slices.Contains(app.SectionOrder(), key) {
		return b.Words("section." + key)
	}
	return capital(strings.ReplaceAll(key, "_", " "))
}

// howTo shows an ordered list as numbered steps.
func (b *sheetBuilder) howTo() Section {
	s := b.text("how_to")
	blocks := Parse(b.r.Sections["how_to"])
	if !slices.ContainsFunc(blocks, func(bl Block) bool { return bl.Kind == List && bl.Ordered }) {
		return s
	}
	var short []Block
	if short, s.Shortened = Shorten(blocks, onPage); !b.Complete {
		blocks = short
	}
	s.Parts, s.Shorter = StepParts(blocks), nil
	for _, v := range []struct{ order, most, each int }{
		{70, 12, 320}, {77, 12, 220}, {89, 10, 150}, {91, 8, 110}, {94, 6, 90}, {97, 4, 80},
	} {
		if parts, cut := shortSteps(s.Parts, v.most, v.each); cut {
			s.Shorter = append(s.Shorter, Shorter{Order: v.order, Parts: parts})
		}
	}
	return s
}

// StepParts splits a text into steps (its ordered lists) and prose.
func StepParts(blocks []Block) []Part {
	var parts []Part
	var prose []Block
	flush := func() {
		if len(prose) > 0 {
			parts = append(parts, Prose{Blocks: prose})
			prose = nil
		}
	}
	for _, bl := range blocks {
		if bl.Kind != List || !bl.Ordered {
			prose = append(prose, bl)
			continue
		}
		flush()
		parts = append(parts, Steps{Start: max(bl.Start, 1), Items: bl.Items})
	}
	flush()
	return parts
}

func shortSteps(parts []Part, most, each int) ([]Part, bool) {
	var out []Part
	cut := false
	for _, p := range parts {
		var short bool
		switch p := p.(type) {
		case Steps:
			p.Items, short = shortenItems(p.Items, most, each)
			out = append(out, p)
		case Prose:
			if p.Blocks, short = Shorten(p.Blocks, 2*each); len(p.Blocks) > 0 {
				out = append(out, p)
			}
		}
		cut = cut || short
	}
	return out, cut
}

// requirements is the text with those of the listed inputs that it does not
// say: what both say is said once.
func (b *sheetBuilder) requirements() Section {
	blocks := Parse(b.r.Sections["requirements"])
	said := strings.ToLower(PlainBlocks(blocks))
	inputs := b.r.Inputs
	if translated(b.r) && b.r.Translations[b.r.Shown].Sections["requirements"] != "" {
		inputs = nil // the translation tells them in its own words
	}
	var items [][]Block
	for _, in := range inputs {
		if name := strings.TrimSpace(in.Name); name != "" && !tells(said, name) {
			items = append(items, []Block{{Inlines: b.field(name, "requirements")}})
		}
	}
	at := slices.IndexFunc(blocks, func(bl Block) bool { return bl.Kind == List && !bl.Ordered })
	switch {
	case len(items) == 0:
	case at >= 0:
		blocks[at].Items = append(slices.Clone(blocks[at].Items), items...)
	default:
		blocks = append([]Block{{Kind: List, Items: items}}, blocks...)
	}
	return b.prose("requirements", blocks)
}

// field is a short field of the sheet, which has no translation, in a
// section.
func (b *sheetBuilder) field(text, section string) []Inline {
	return inLanguage(Text(text), b.r.Language, b.r.SectionLang(section))
}

// label is a word of ours in a text of a language.
func (b *sheetBuilder) label(text, around string) []Inline {
	return inLanguage(Text(text), b.Lang, around)
}

// otherLang is the language of our words where it is another than that
// around them.
func (b *sheetBuilder) otherLang(around string) string {
	if b.Lang == around {
		return ""
	}
	return b.Lang
}

// tells reports whether a text (in small letters) has nearly all the words
// of a name, whatever their order and ending.
func tells(said, name string) bool {
	if said == "" {
		return false
	}
	words, found := 0, 0
	for _, w := range strings.FieldsFunc(strings.ToLower(name), func(r rune) bool { return !unicode.IsLetter(r) }) {
		letters := []rune(w)
		if len(letters) < 4 {
			continue
		}
		words++
		if strings.Contains(said, string(letters[:len(letters)-1])) {
			found++
		}
	}
	return words > 0 && found*4 >= words*3
}

func (b *sheetBuilder) result() Section {
	blocks := Parse(b.r.Sections["result"])
	said := strings.ToLower(PlainBlocks(blocks))
	var items [][]Block
	for _, o := range b.r.Outputs {
		if name := strings.TrimSpace(o.Name); name != "" && !tells(said, name) {
			items = append(items, []Block{{Inlines: b.field(name, "result")}})
		}
	}
	switch len(items) {
	case 0:
	case 1:
		blocks = append(items[0], blocks...)
	default:
		blocks = append([]Block{{Kind: List, Items: items}}, blocks...)
	}
	return b.prose("result", blocks)
}

// costs puts the prices in a table, unless they are on the card already or,
// on one page, in the text.
func (b *sheetBuilder) costs(s Section) Section {
	text := b.r.Sections["costs"]
	told := b.feesOnCard() || tellsPrices(text, b.r.Fees) || (!b.Complete && strings.ContainsAny(text, "0123456789"))
	if len(b.r.Fees) == 0 || told {
		s.Told = b.feesOnCard()
		return s
	}
	table := Block{Kind: Table, Head: []Cell{
		{Inlines: b.label(b.Words("page.fee"), s.Lang)},
		{Inlines: b.label(b.Words("page.amount"), s.Lang), Align: Right},
	}}
	for _, f := range b.r.Fees {
		amount := ""
		if strings.TrimSpace(f.Amount) != "" {
			amount = price(f, b.Lang, b.Words)
		}
		if amount == "" && strings.TrimSpace(f.Description) == "" {
			continue
		}
		table.Rows = append(table.Rows, []Cell{{Inlines: b.field(f.Description, "costs")}, {Inlines: Text(amount), Align: Right}})
	}
	if len(table.Rows) == 0 {
		return s
	}
	parts := []Part{Prose{Blocks: []Block{table}}}
	out := Section{Key: "costs", Title: b.title("costs"), Note: b.localNote("costs"), Lang: s.Lang, Shortened: s.Shortened}
	out.Parts = append(slices.Clone(parts), s.Parts...)
	for _, short := range s.Shorter {
		out.Shorter = append(out.Shorter, Shorter{Order: short.Order, Parts: append(slices.Clone(parts), short.Parts...)})
	}
	out.Shorter = append(out.Shorter, Shorter{Order: 93})
	return out
}

// tellsPrices reports whether a text has every price in it.
func tellsPrices(text string, fees []app.Fee) bool {
	for _, f := range fees {
		amount := strings.TrimSuffix(strings.TrimSpace(f.Amount), ".00")
		if amount == "" || isFree(f) || strings.Contains(text, amount) {
			continue
		}
		if !strings.Contains(text, strings.Replace(amount, ".", ",", 1)) {
			return false
		}
	}
	return true
}

func (b *sheetBuilder) access() Section {
	var blocks []Block
	if u := safeURL(b.r.OnlineService); u != "" && b.Complete {
		blocks = append(blocks, Block{Inlines: []Inline{
			{Text: b.Words("page.online_service") + " ", Bold: true, Lang: b.otherLang(b.r.SectionLang("access"))},
			{Text: shownURL(u), URL: u},
		}})
	}
	return b.prose("access", append(blocks, Parse(b.r.Sections["access"])...))
}

func (b *sheetBuilder) places() Section {
	var places Places
	for _, o := range b.Offices {
		places = append(places, b.place(o))
	}
	s := Section{Key: "places", Title: b.Words("page.where_and_when"), Lang: b.Lang}
	if len(places) == 0 || !b.Complete && !slices.ContainsFunc(places, Place.tells) {
		return s // the card has the names already
	}
	s.Parts = []Part{places}
	for _, v := range []struct{ order, most int }{{51, 6}, {67, 4}, {76, 2}, {93, 1}} {
		if len(places) > v.most {
			s.Shorter = append(s.Shorter, Shorter{Order: v.order, Parts: []Part{places[:v.most]}})
		}
	}
	first := places[0]
	first.Notes = nil
	s.Shorter = append(s.Shorter, Shorter{Order: 95, Parts: []Part{Places{first}}}, Shorter{Order: 99})
	return s
}

func (b *sheetBuilder) place(o app.Office) Place {
	m := placeMaker{words: b.Words, lang: b.Lang, on: b.PrintedOn}
	if b.Complete {
		return m.place(o, 0)
	}
	return m.place(o, clipped)
}

// shownURL is an address as it is printed: paper shows no links, but nobody
// types eighty characters.
func shownURL(u string) string {
	short := ShortURL(u)
	if len([]rune(short)) <= 60 {
		return short
	}
	host, _, _ := strings.Cut(short, "/")
	return Clip(host, 50) + "/…"
}

func (b *sheetBuilder) attachments() Section {
	list := Block{Kind: List}
	attached := b.r.Attachments
	if !b.Complete { // what is filled in comes before what is read
		attached = slices.SortedStableFunc(slices.Values(attached), func(x, y app.Attachment) int { return attachmentRank(x.Kind) - attachmentRank(y.Kind) })
	}
	for _, a := range attached {
		if a.Kind == app.AttachmentLaw || b.onCard(a) {
			continue
		}
		list.Items = append(list.Items, []Block{{Inlines: b.attachment(a)}})
	}
	s := Section{Key: "attachments", Title: b.Words("page.attachments"), Lang: b.r.Language}
	if len(list.Items) == 0 {
		return s
	}
	part := func(most int) []Part {
		short := list
		short.Items = list.Items[:min(most, len(list.Items))]
		return []Part{Prose{Blocks: []Block{short}}}
	}
	const most = 20
	s.Parts = part(len(list.Items))
	if !b.Complete {
		s.Parts, s.Shortened = part(most), len(list.Items) > most
	}
	for _, v := range []step{{45, 8}, {48, 5}, {64, 3}, {78, 1}, {80, 0}} {
		if v.limit == 0 {
			s.Shorter = append(s.Shorter, Shorter{Order: v.order})
		} else if len(list.Items) > v.limit {
			s.Shorter = append(s.Shorter, Shorter{Order: v.order, Parts: part(v.limit)})
		}
	}
	return s
}

// onCard reports whether one page has an attachment's address on its card
// already: catalogues list the online service among the links too.
func (b *sheetBuilder) onCard(a app.Attachment) bool {
	online := safeURL(b.r.OnlineService)
	return !b.Complete && a.Kind == app.AttachmentLink && online != "" && ShortURL(safeURL(a.URL)) == ShortURL(online)
}

func attachmentRank(kind string) int {
	switch kind {
	case app.AttachmentForm:
		return 0
	case app.AttachmentInstructions:
		return 1
	}
	return 2
}

func (b *sheetBuilder) attachment(a app.Attachment) []Inline {
	title := strings.Join(strings.Fields(a.Title), " ")
	if !b.Complete {
		title = Clip(title, 120)
	}
	if title == "" {
		title = b.Words("attachment." + a.Kind)
	}
	u := safeURL(a.URL)
	if u == "" {
		return []Inline{{Text: title}, {Text: " (" + b.Words("page.ask_office") + ")", Lang: b.otherLang(b.r.Language)}}
	}
	return []Inline{{Text: title + " – "}, {Text: shownURL(u), URL: u}}
}

// rules puts the laws on one line of one page, in a list on the complete
// paper.
func (b *sheetBuilder) rules() Section {
	var titles []string
	list := Block{Kind: List}
	add := func(title, address string) {
		title = strings.Join(strings.Fields(title), " ")
		if title == "" || slices.Contains(titles, title) {
			return // a base and its adaptation often name the same law
		}
		titles = append(titles, title)
		list.Items = append(list.Items, []Block{{Inlines: []Inline{{Text: title, URL: safeURL(address)}}}})
	}
	for _, r := range b.r.Rules {
		add(r.Title, r.URL)
	}
	for _, a := range b.r.Attachments {
		if a.Kind == app.AttachmentLaw {
			add(a.Title, a.URL)
		}
	}
	s := Section{Key: "rules", Title: b.Words("page.rules"), Lang: b.r.Language}
	if len(titles) == 0 {
		return s
	}
	if b.Complete {
		s.Parts = []Part{Prose{Blocks: []Block{list}, Small: true}}
		return s
	}
	s.Name, s.Title = s.Title, ""
	s.Parts = []Part{Prose{Small: true, Blocks: []Block{{Inlines: []Inline{
		{Text: s.Name + ": ", Bold: true, Lang: b.otherLang(b.r.Language)}, {Text: Clip(strings.Join(titles, "; "), 300)},
	}}}}}
	s.Shorter = []Shorter{{Order: 10}}
	return s
}
