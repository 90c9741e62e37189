package desk

import (
	"context"
	"slices"
	"strings"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	fynetheme "fyne.io/fyne/v2/theme"

	"polis/app"
	appdesk "polis/app/desk"
	"polis/app/page"
	"polis/app/search"
	"polis/ui/screen"
	"polis/ui/widgets"
)

// sheetPane is the right pane: one sheet, as paper tells it and more.
type sheetPane struct {
	s      *Screen
	object *fyne.Container
	reader *widgets.Reader
	empty  *widgets.Reader
	body   *widgets.Headed
	view   *appdesk.View
	narrow bool
}

// markLimit is the text beyond which words are not marked: who reads so much
// does not look for one word, and marking would delay the first sight.
const markLimit = 60_000

func newSheetPane(s *Screen) *sheetPane {
	p := &sheetPane{s: s, reader: widgets.NewReader(), empty: widgets.NewReader()}
	p.reader.MaxWidth = 860
	p.empty.Set([]widgets.Placed{{Piece: widgets.Whole(p.welcome())}})
	p.body = widgets.NewHeaded(p.reader, p.header)
	p.object = container.New(overLayout{}, p.body, p.empty)
	p.body.Hide()
	return p
}

// welcome tells what to do next, with the keys of the ten seconds that
// matter.
func (p *sheetPane) welcome() fyne.CanvasObject {
	w := p.s.words()
	lines := widgets.Stack(1.5)
	for _, a := range []screen.Action{
		screen.ActionRead, screen.ActionPrint, screen.ActionLog, screen.ActionPark, screen.ActionHelp,
	} {
		lines.Add(widgets.Row(2, 1, widgets.KeyCap(screen.KeyLabel(a, w), 64), widgets.NewWrapped(widgets.Body, w("key."+string(a)))))
	}
	return widgets.Pad(14, 8, 4, 8, widgets.Stack(4,
		widgets.NewWrapped(widgets.Title, w("desk.welcome")), widgets.NewWrapped(widgets.Body, w("desk.welcome_text")), lines))
}

func (p *sheetPane) clear() {
	p.view = nil
	p.body.Hide()
	p.body.Renew()
	p.reader.Set(nil)
	p.empty.Show()
}

func (p *sheetPane) setNarrow(narrow bool) {
	if p.narrow != narrow {
		p.narrow = narrow
		p.body.Renew()
	}
}

// show puts a sheet into the pane; matched are the words to mark.
func (p *sheetPane) show(v appdesk.View, matched []string) {
	p.view = &v
	p.empty.Hide()
	p.body.Show()
	p.body.Renew()
	p.reader.Set(p.pieces(&v, matched))
}

// header is title, whose the sheet is, and what can be done with it.
func (p *sheetPane) header() fyne.CanvasObject {
	v := p.view
	if v == nil {
		return widgets.Gap(0, 0)
	}
	w, lang := p.s.words(), p.s.d.Host.Words.Lang()
	line := widgets.Wrap(1.5, 0.5, widgets.NewText(widgets.Secondary, p.about(v)))
	if _, ok := v.VerifiedAt.Time(); ok && !v.ToReview {
		line.Add(widgets.NewBadge(widgets.OK, w("badge.verified", "date", page.Date(v.VerifiedAt, lang))))
	}
	if v.ToReview {
		line.Add(widgets.NewBadge(widgets.Warn, w("badge.to_review")))
	}
	if b := statusBadge(v.Status, w); b != nil {
		line.Add(b)
	}
	if b := endedBadge(v.EndedOn, w); b != nil {
		line.Add(b)
	}
	if v.Sheet.Base != "" {
		line.Add(widgets.NewBadge(widgets.Info, w("badge.local")))
	}
	if v.Demonstration {
		line.Add(widgets.NewBadge(widgets.Warn, w("badge.demonstration")))
	}
	title := widgets.NewRuns(widgets.Title, widgets.Plain(oneLine(v.Title)), 3)
	return widgets.Stack(0,
		widgets.Pad(3, 4, 0.5, 4, widgets.Stack(0.5, title, line)), widgets.Pad(0.25, 4, 1.5, 3.25, p.buttons(v)))
}

func oneLine(s string) string { return strings.Join(strings.Fields(s), " ") }

func (p *sheetPane) about(v *appdesk.View) string {
	parts := []string{v.AuthorityName}
	if len(v.Topics) > 0 {
		parts = append(parts, p.s.d.Label("topic", v.Topics[0]))
	}
	return page.Clip(strings.Join(slices.DeleteFunc(parts, func(x string) bool { return x == "" }), " · "), 90)
}

func (p *sheetPane) buttons(v *appdesk.View) fyne.CanvasObject {
	w := p.s.words()
	row := widgets.Wrap(0.5, 0)
	if p.narrow {
		row.Add(widgets.NewButton(widgets.ButtonSpec{
			Label: w("desk.back"), Key: screen.KeyLabel(screen.ActionSearch, w), Icon: fynetheme.NavigateBackIcon(), OnPress: p.s.back,
		}))
	}
	row.Add(widgets.NewButton(widgets.ButtonSpec{
		Label: w("desk.print"), Key: screen.KeyLabel(screen.ActionPrint, w), Icon: fynetheme.DocumentPrintIcon(),
		Weight: widgets.Primary, OnPress: p.s.print,
	}))
	if p.s.d.Preview != nil {
		row.Add(widgets.NewButton(widgets.ButtonSpec{Label: w("print.preview"), OnPress: p.s.preview}))
	}
	if next := nextLanguage(*v); next != "" {
		row.Add(widgets.NewButton(widgets.ButtonSpec{
			Label: strings.ToUpper(next), Key: screen.KeyLabel(screen.ActionSheetLang, w), Icon: fynetheme.ViewRefreshIcon(),
			OnPress: p.s.switchLanguage,
		}))
	}
	if v.PublicURL != "" {
		row.Add(widgets.NewButton(widgets.ButtonSpec{
			Label: w("print.qr_short"), OnPress: func() { p.s.d.Hand.ShowQR(p.s.paper(*v)) },
		}))
		row.Add(widgets.NewButton(widgets.ButtonSpec{
			Label: w("desk.copy_address"), OnPress: func() { p.s.d.Hand.Copy(v.PublicURL) },
		}))
	}
	return row
}

// pieces turns the sheet's document, the same that goes on paper, into the
// reader's column.
func (p *sheetPane) pieces(v *appdesk.View, matched []string) []widgets.Placed {
	words := p.wordsFor(v)
	b := &column{p: p, v: v, words: words, style: p.style(v, matched)}
	doc := page.Sheet(page.SheetInput{
		Reading: v.Reading, Authority: app.Authority{ID: v.Authority, Name: v.AuthorityName, EndedOn: v.EndedOn}, Offices: v.OfficesFull,
		PrintedOn: p.s.d.Desk.Now(), PublicURL: v.PublicURL, Complete: true, Lang: p.langFor(v), Words: words,
		Topic: func(code string) string { return p.s.d.Label("topic", code) },
	})
	for _, section := range doc.Sections {
		b.section(section)
	}
	b.footer()
	return b.out
}

// langFor is the language of the labels around a sheet: that of its text
// where we speak it.
func (p *sheetPane) langFor(v *appdesk.View) string {
	if _, ok := p.s.d.Books[v.Shown]; ok {
		return v.Shown
	}
	return p.s.d.Host.Words.Lang()
}

func (p *sheetPane) wordsFor(v *appdesk.View) page.Words { return p.s.d.Books[p.langFor(v)].Text }

func (p *sheetPane) style(v *appdesk.View, matched []string) widgets.ProseStyle {
	st := widgets.ProseStyle{OnLink: p.open, OnWheel: p.reader.Scrolled}
	size := 0
	for _, text := range v.Sections {
		size += len(text)
	}
	if len(matched) > 0 && size < markLimit {
		st.Mark = func(text string) []widgets.Run {
			return marked(text, search.Highlight(text, matched, v.Shown), func(r *widgets.Run) { r.Mark = true })
		}
	}
	return st
}

// open shows an address with the system's programs.
func (p *sheetPane) open(address string) {
	host := p.s.d.Host
	host.Runner.Go(func() func() {
		err := host.Open(address)
		return func() {
			if err != nil {
				host.Fail("open", app.Fault(app.CodeFile, err, "path", address))
				return
			}
			host.Trace("opened", "path", address)
		}
	})
}

// openAttachment opens the catalogue's own document when there is one, so
// that it works without a network; else its address.
func (p *sheetPane) openAttachment(a app.Attachment) {
	if a.SHA256 == "" || p.s.d.Document == nil {
		p.open(a.URL)
		return
	}
	host := p.s.d.Host
	host.Runner.Go(func() func() {
		path, err := p.s.d.Document(context.Background(), a.SHA256)
		return func() {
			switch {
			case err == nil:
				p.open(path)
			default:
				p.elsewhere(a, path, err)
			}
		}
	})
}

// elsewhere says why a document is not opened, and what can be done: its
// address, or the file all the same where it only needs care.
func (p *sheetPane) elsewhere(a app.Attachment, path string, err error) {
	host, w := p.s.d.Host, p.s.words()
	kind := widgets.Warn
	title, text := host.Words.Error(err)
	if app.ErrorCode(err) == app.CodeNotFound {
		kind, title, text = widgets.Info, w("print.form_missing"), ""
		if a.URL != "" {
			text = w("print.form_missing_text", "address", page.ShortURL(a.URL))
		}
	}
	var more []widgets.BannerAction
	way := func(label string, do func()) {
		more = append(more, widgets.BannerAction{Label: w(label), OnPress: func() { host.Banner("open", nil); do() }})
	}
	if app.ErrorCode(err) == app.CodeDocumentActive {
		way("print.open_anyway", func() { p.open(path) })
	} else if a.URL != "" {
		way("print.open_address", func() { p.open(a.URL) })
		way("desk.copy_address", func() { p.s.d.Hand.Copy(a.URL) })
	}
	host.Log.Warn("document", "sha256", a.SHA256, "error", err)
	host.Banner("open", &widgets.BannerSpec{Kind: kind, Title: title, Text: text, More: more})
	host.Trace("banner", "id", "open", "text", title)
}

// column collects the pieces of one sheet.
type column struct {
	p     *sheetPane
	v     *appdesk.View
	words page.Words
	style widgets.ProseStyle
	out   []widgets.Placed
}

const (
	aboveSection = 5
	belowHeading = 1.5
)

func (c *column) add(above float32, o fyne.CanvasObject) {
	c.out = append(c.out, widgets.Placed{Piece: widgets.Whole(o), Above: above})
}

func (c *column) prose(above float32, blocks []page.Block, small bool) {
	st := c.style
	st.Small = small
	pieces := widgets.Prose(blocks, st)
	if len(pieces) > 0 {
		pieces[0].Above = above
	}
	c.out = append(c.out, pieces...)
}

func (c *column) section(s page.Section) {
	switch s.Key {
	case "notices":
		c.notices(s.Parts)
	case "opening":
		c.opening(s.Parts)
	case "cards":
		c.facts()
		c.audience(s.Parts)
	case "attachments":
		c.attachments(s)
	default:
		c.heading(s.Title, s.Key)
		c.parts(s.Parts)
	}
}

func (c *column) heading(title, key string) {
	row := widgets.Wrap(2, 0, widgets.NewText(widgets.Section, title))
	if c.v.Local[key] {
		row.Add(widgets.NewBadge(widgets.Info, c.words("sheet.local_text", "name", c.v.AuthorityName)))
	}
	c.add(aboveSection, row)
}

func (c *column) notices(parts []page.Part) {
	for _, part := range parts {
		n, ok := part.(page.Notice)
		if !ok {
			continue
		}
		kind := widgets.Warn
		if n.Kind == page.NoticeStop {
			kind = widgets.Bad
		}
		if n.Kind == page.NoticeReview { // to the operator, not to the person
			n.Text = page.Text(c.p.s.words()("sheet.to_review_text", "date", page.Date(c.v.ReviewBy, c.p.s.d.Host.Words.Lang())))
		}
		c.add(1.5, widgets.NewBanner(widgets.BannerSpec{Kind: kind, Title: n.Title + ".", Text: page.PlainInlines(n.Text)}))
	}
}

func (c *column) opening(parts []page.Part) {
	for _, part := range parts {
		if o, ok := part.(page.Opening); ok && len(o.Lead) > 0 {
			c.prose(1.5, []page.Block{{Inlines: o.Lead}}, false)
		}
	}
}

func (c *column) facts() {
	var facts []widgets.Fact
	for _, f := range page.KeyFacts(c.v.Reading, c.v.OfficesFull, c.p.langFor(c.v), c.words) {
		facts = append(facts, widgets.Fact{Label: f.Label, Value: f.Value})
	}
	if len(facts) > 0 {
		c.add(2.5, widgets.Facts(facts))
	}
}

func (c *column) audience(parts []page.Part) {
	for _, part := range parts {
		cards, ok := part.(page.Cards)
		if !ok {
			continue
		}
		for _, card := range cards {
			if len(card.Blocks) > 0 {
				c.heading(c.words("section.audience"), "audience")
				c.prose(belowHeading, card.Blocks, false)
			}
		}
	}
}

func (c *column) parts(parts []page.Part) {
	above := float32(belowHeading)
	for _, part := range parts {
		switch part := part.(type) {
		case page.Prose:
			c.prose(above, part.Blocks, part.Small)
		case page.Steps:
			c.prose(above, []page.Block{{Kind: page.List, Ordered: true, Start: part.Start, Items: part.Items}}, false)
		case page.Places:
			for _, place := range part {
				c.place(place)
			}
		case page.Cards:
			for _, card := range part {
				c.prose(above, card.Blocks, false)
			}
		}
		above = 2
	}
}

// place is one office: name, address, hours, remarks.
func (c *column) place(o page.Place) {
	lines := widgets.Stack(0.5, widgets.NewWrapped(widgets.Strong, o.Name))
	for _, l := range o.Lines {
		lines.Add(widgets.NewLinked(widgets.Body, widgets.Runs(l, nil), c.p.open))
	}
	for _, h := range o.Hours {
		lines.Add(widgets.Row(3, 1, widgets.Fixed(110, widgets.NewText(widgets.SecondaryStrong, h.Days)), widgets.NewWrapped(widgets.Body, h.Times)))
	}
	for _, n := range o.Notes {
		lines.Add(widgets.NewWrapped(widgets.Secondary, n))
	}
	c.add(2, widgets.Card(lines))
}

// attachments open on a click, each kind with its symbol; laws are told
// among the laws.
func (c *column) attachments(s page.Section) {
	c.heading(s.Title, s.Key)
	for _, a := range c.v.Attachments {
		if a.Kind == app.AttachmentLaw {
			continue
		}
		title := oneLine(a.Title)
		kind := c.words("attachment." + a.Kind)
		if title == "" {
			title = kind
		}
		if a.URL == "" && (a.SHA256 == "" || c.p.s.d.Document == nil) {
			c.prose(1, []page.Block{{Inlines: page.Text(title + " (" + c.words("page.ask_office") + ")")}}, false)
			continue
		}
		detail := kind
		if a.URL != "" {
			detail += " · " + page.Clip(page.ShortURL(a.URL), 70)
		}
		c.link(attachmentIcon(a.Kind), title, detail, func() { c.p.openAttachment(a) })
	}
}

// link adds a line that opens something; the keyboard reaches it.
func (c *column) link(icon fyne.Resource, title, detail string, open func()) {
	row := widgets.NewLinkRow(icon, title, detail, open)
	row.OnFocus = func() { c.p.reader.RevealObject(row) }
	c.add(0.5, row)
}

func attachmentIcon(kind string) fyne.Resource {
	switch kind {
	case app.AttachmentForm:
		return fynetheme.DocumentCreateIcon()
	case app.AttachmentNotice:
		return fynetheme.InfoIcon()
	case app.AttachmentInstructions:
		return fynetheme.QuestionIcon()
	case app.AttachmentLaw:
		return fynetheme.DocumentIcon()
	}
	return fynetheme.ComputerIcon()
}

func (c *column) footer() {
	host := c.p.s.d.Host
	w, lang := host.Words.Text, host.Words.Lang()
	parts := []string{c.v.Code}
	if c.v.Version > 0 {
		parts = append(parts, w("sheet.version", "n", host.Words.Number(int(c.v.Version))))
	}
	if c.v.ModifiedAt != "" {
		parts = append(parts, w("sheet.modified", "date", page.Date(c.v.ModifiedAt, lang)))
	}
	if c.v.VerifiedAt != "" {
		parts = append(parts, w("sheet.verified", "date", page.Date(c.v.VerifiedAt, lang)))
	} else {
		parts = append(parts, w("sheet.never_verified"))
	}
	c.add(aboveSection, widgets.Line())
	c.add(1.5, widgets.NewWrapped(widgets.Secondary, strings.Join(parts, " · ")))
	c.add(0, widgets.Gap(1, 4))
}
