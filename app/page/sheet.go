package page

import (
	"slices"
	"strconv"
	"strings"
	"time"

	"polis/app"
)

// SheetInput is what a sheet's paper is made of.
type SheetInput struct {
	Reading       app.Reading
	Authority     app.Authority
	Logo          []byte // PNG or JPEG; nil = none
	Offices       []app.Office
	PrintedBy     string // the office that prints
	PrintedOn     time.Time
	PublicURL     string // where the QR code leads; "" = no code
	Demonstration bool
	Complete      bool // all sections, on as many pages as they need
	Large         bool // large print
	Lang          string
	Words         Words
	Topic         func(code string) string // label of a topic
}

// Sheet makes the paper of a sheet: one page that stands alone, or all of it.
func Sheet(in SheetInput) Document {
	b := sheetBuilder{SheetInput: in, r: in.Reading}
	doc := Document{
		Code:       in.Reading.Code,
		Title:      strings.Join(strings.Fields(in.Reading.Title), " "),
		Author:     in.Authority.Name,
		Subject:    b.subject(),
		Language:   in.Reading.Shown,
		Created:    in.PrintedOn,
		OnePage:    !in.Complete,
		Large:      in.Large,
		LeftOut:    b.Words("page.left_out", "what", "{what}"),
		Shortened:  b.Words("page.shortened", "what", "{what}"),
		Rest:       b.Words(b.withoutQR("page.rest")),
		InPart:     b.Words("page.in_part"),
		Letterhead: letterhead(in.Authority, in.Logo, in.PrintedBy, in.Words("page.tag")),
		Footer:     b.footer(),
		Sections:   b.sections(),
	}
	if doc.Language == "" {
		doc.Language = in.Lang
	}
	if in.Lang != doc.Language {
		doc.Labels = in.Lang
	}
	if in.Demonstration {
		doc.Band = in.Words("page.demonstration")
		doc.Footer.Mark = in.Words("page.demonstration_short")
	}
	return doc
}

type sheetBuilder struct {
	SheetInput
	r app.Reading
}

// withoutQR names the sentence that does not send people to a code that is
// not there.
func (b *sheetBuilder) withoutQR(key string) string {
	if b.PublicURL == "" {
		return key + "_no_qr"
	}
	return key
}

func (b *sheetBuilder) subject() string {
	var labels []string
	for _, code := range b.r.Topics {
		if b.Topic != nil {
			code = b.Topic(code)
		}
		labels = append(labels, code)
	}
	return strings.Join(labels, ", ")
}

func (b *sheetBuilder) footer() Footer {
	source := ShortURL(b.r.SourceURL)
	if source == "" {
		source = ShortURL(b.PublicURL)
	}
	if source == "" {
		source = b.Authority.Name
	}
	version := ""
	if b.r.Version > 0 {
		version = b.Words("page.version", "n", strconv.FormatInt(b.r.Version, 10))
	}
	code := b.r.Code
	if source = Clip(source, 60); strings.HasSuffix(source, "/"+code) {
		code = "" // it has been said
	} else if b.Large {
		source = Clip(source, 30)
	}
	source = b.Words("page.source", "source", source)
	printed := b.Words("page.printed_on", "date", DateLong(app.Day(b.PrintedOn), b.Lang))
	lines := []string{
		join(" · ", source, code, version, b.verified()),
		join(" · ", printed, Clip(b.PrintedBy, 100)),
		b.Words(b.withoutQR("page.may_change")),
	}
	if b.Large { // three lines of large letters; the office is at the top
		lines[0], lines[1] = join(" · ", source, code, version), join(", ", printed, b.verified())
	}
	return Footer{Lines: lines, Page: b.Words("page.number", "n", "{n}", "total", "{total}")}
}

func (b *sheetBuilder) verified() string {
	day, ok := b.r.VerifiedAt.Time()
	if !ok {
		return b.Words("page.never_verified")
	}
	date := DateLong(app.Day(day), b.Lang)
	if b.r.ToReview(b.PrintedOn) {
		return b.Words("page.verified_late", "date", date)
	}
	return b.Words("page.verified_on", "date", date)
}

func (b *sheetBuilder) sections() []Section {
	all := map[string]Section{}
	for _, key := range b.r.SectionKeys() {
		all[key] = b.text(key)
	}
	b.specials(all)
	out := []Section{b.notices(), b.opening(), b.cards()}
	for _, key := range b.order() {
		out = append(out, all[key])
	}
	out = slices.DeleteFunc(out, func(s Section) bool { return len(s.Parts) == 0 })
	if !b.tells(out) {
		at := slices.IndexFunc(out, func(s Section) bool { return s.Key == "opening" }) + 1
		out = slices.Insert(out, at, b.noText())
	}
	for i := range out {
		if out[i].Lang == b.shown() {
			out[i].Lang = "" // said by the document
		}
	}
	return out
}

// shown is the language of the document.
func (b *sheetBuilder) shown() string {
	if b.r.Shown == "" {
		return b.Lang
	}
	return b.r.Shown
}

// specials are the sections that come from the sheet's fields, alone or
// together with a text of the same name.
func (b *sheetBuilder) specials(all map[string]Section) {
	all["how_to"] = b.howTo()
	all["requirements"] = b.requirements()
	all["costs"] = b.costs(all["costs"])
	all["access"] = b.access()
	all["result"] = b.result()
	all["places"] = b.places()
	all["attachments"] = b.attachments()
	all["rules"] = b.rules()
	if b.audienceOnCard() {
		delete(all, "audience")
	}
	if same(b.r.Sections["description"], b.r.Summary) {
		delete(all, "description")
	}
	if b.Complete {
		return
	}
	for _, f := range KeyFacts(b.r, b.Offices, b.Lang, b.Words) {
		switch { // said already, on the card
		case f.Key == "cost" && len(b.r.Fees) == 0:
			delete(all, "costs")
		case f.Key == "time" && f.Value == shortSection(b.r.Sections["deadlines"]):
			delete(all, "deadlines")
		}
	}
}

// order is the order on paper. One page tells first what people came for;
// the complete paper follows Modello Comuni.
func (b *sheetBuilder) order() []string {
	order := []string{
		"requirements", "how_to", "costs", "deadlines", "access", "places", "attachments", "audience",
		"applicants", "result", "exceptions", "conditions", "remedies", "contacts", "description", "notes", "rules",
	}
	if b.thin() || b.r.Summary == "" {
		order = slices.DeleteFunc(order, func(k string) bool { return k == "description" })
		order = slices.Insert(order, 0, "description")
	}
	if b.Complete {
		order = slices.Insert(app.SectionOrder(), slices.Index(app.SectionOrder(), "conditions"), "places")
		order = append(slices.Insert(order, slices.Index(order, "notes"), "attachments"), "rules")
	}
	for _, key := range b.r.SectionKeys() {
		if !slices.Contains(order, key) {
			order = append(order, key)
		}
	}
	return order
}

// thin sheets say neither what to do nor what to bring: what describes is
// all they have.
func (b *sheetBuilder) thin() bool {
	return b.r.Sections["how_to"] == "" && b.r.Sections["requirements"] == "" && len(b.r.Inputs) == 0
}

func (b *sheetBuilder) notices() Section {
	s := Section{Key: "notices", Lang: b.Lang}
	told := func(text string) []Inline { return inLanguage(Text(text), b.r.Language, b.Lang) }
	switch b.r.Status {
	case app.StatusInactive, app.StatusSuspended, app.StatusDiscontinued:
		s.Parts = append(s.Parts, Notice{
			Kind: NoticeStop, Title: b.Words("status." + b.r.Status), Text: told(b.r.StatusReason),
		})
	}
	if ended := b.Authority.EndedOn; ended != "" {
		s.Parts = append(s.Parts, Notice{
			Kind: NoticeStop, Title: b.Words("page.ended"),
			Text: Text(b.Words("page.ended_text", "date", DateLong(ended, b.Lang))),
		})
	}
	if alert := b.r.AlertOn(b.PrintedOn); alert != "" {
		s.Parts = append(s.Parts, Notice{
			Kind: NoticeAlert, Title: b.Words("page.alert"), Text: told(Clip(Plain(alert), 500)),
		})
	}
	if b.r.ToReview(b.PrintedOn) {
		s.Parts = append(s.Parts, Notice{
			Kind: NoticeReview, Title: b.Words("page.to_review"),
			Text: Text(b.Words("page.to_review_text", "date", DateLong(b.r.ReviewBy, b.Lang))),
		})
	}
	return s
}

func (b *sheetBuilder) opening() Section {
	lead := inLanguage(b.summary(), b.r.SummaryLang(), b.r.TitleLang())
	code := codeOf(b.PublicURL, b.Words)
	title := strings.Join(strings.Fields(b.r.Title), " ")
	s := Section{Key: "opening", Lang: b.r.TitleLang(), Parts: []Part{Opening{Title: title, Lead: lead, QR: code}}}
	for _, v := range []struct{ order, limit int }{{59, 400}, {87, 200}, {98, 0}} {
		short, _ := Shorten([]Block{{Inlines: lead}}, v.limit)
		o := Opening{Title: title, QR: code}
		if len(short) > 0 {
			o.Lead = short[0].Inlines
		}
		s.Shorter = append(s.Shorter, Shorter{Order: v.order, Parts: []Part{o}})
	}
	return s
}

// same reports whether two texts say the same.
func same(a, b string) bool { return a != "" && flatText(a) == flatText(b) }

func flatText(markdown string) string {
	return strings.ToLower(strings.Trim(strings.Join(strings.Fields(Plain(markdown)), " "), " .…"))
}

// beginsWith reports whether a text repeats another and goes on: catalogues
// make summaries out of the first words of the description.
func beginsWith(long, short string) bool {
	return short != "" && strings.HasPrefix(flatText(long), flatText(short))
}

// summary is the introduction; on one page it is not said twice.
func (b *sheetBuilder) summary() []Inline {
	var out []Inline
	if same(b.r.Title, b.r.Summary) {
		return nil
	}
	if !b.Complete && !same(b.r.Sections["description"], b.r.Summary) && b.thin() &&
		beginsWith(b.r.Sections["description"], b.r.Summary) {
		return nil
	}
	for _, block := range Parse(b.r.Summary) {
		if len(out) > 0 && len(block.Inlines) > 0 {
			out = append(out, Inline{Text: " "})
		}
		out = append(out, block.Inlines...)
	}
	if len(out) == 0 {
		out = Text(Plain(b.r.Summary))
	}
	if short, cut := Shorten([]Block{{Inlines: out}}, 900); cut && !b.Complete {
		return short[0].Inlines
	}
	return out
}

// audienceOnCard: a card is for a short text; a long one is a section.
func (b *sheetBuilder) audienceOnCard() bool {
	return !b.Complete || len(b.r.Sections["audience"]) < 700
}

func (b *sheetBuilder) cards() Section {
	facts := b.facts()
	audience := Parse(b.r.Sections["audience"])
	if len(audience) == 0 {
		audience = b.audienceLabels()
	}
	if !b.audienceOnCard() {
		audience = nil
	}
	if b.r.Sections["audience"] != "" {
		audience = blocksInLanguage(audience, b.r.SectionLang("audience"), b.Lang)
	}
	build := func(limit int) []Part {
		var cards Cards
		if text, cut := Shorten(audience, limit); len(text) > 0 {
			title := b.localTitle("audience")
			if cut && !b.Complete {
				title += " · " + b.Words("page.in_part")
			}
			cards = append(cards, Card{Title: title, Blocks: text})
		}
		if len(facts) > 0 {
			cards = append(cards, Card{Title: b.Words("page.in_brief"), Facts: facts})
		}
		if len(cards) == 0 {
			return nil
		}
		return []Part{cards}
	}
	const full = 700
	_, cut := Shorten(audience, full)
	return Section{
		Key: "cards", Lang: b.Lang, Name: b.Words("section.audience"), Parts: build(full), Shortened: cut,
		Shorter: []Shorter{{53, build(380)}, {78, build(250)}, {96, build(120)}},
	}
}

// facts are the key facts with what paper needs besides: all prices when
// they are few, so that they need no table, and the address of the online
// service in letters.
func (b *sheetBuilder) facts() []Fact {
	r := b.r
	if !b.Complete {
		r.OnlineService = "" // it has its own line below
	}
	facts := KeyFacts(r, b.Offices, b.Lang, b.Words)
	for i := range facts {
		if facts[i].Key == "cost" && b.feesOnCard() {
			facts[i].Value = listed(b.r.Fees, b.Lang, b.Words)
		}
	}
	if u := safeURL(b.r.OnlineService); u != "" && !b.Complete {
		facts = append(facts, Fact{Key: "online", Label: b.Words("fact.online"), Value: shownURL(u), URL: u})
	}
	return facts
}

// feesOnCard: up to four prices with short descriptions are told on the card.
func (b *sheetBuilder) feesOnCard() bool {
	if b.Complete || len(b.r.Fees) == 0 || len(b.r.Fees) > 4 || translated(b.r) {
		return false
	}
	return !slices.ContainsFunc(b.r.Fees, func(f app.Fee) bool {
		return len([]rune(f.Description)) > feeLength
	})
}

func (b *sheetBuilder) audienceLabels() []Block {
	var labels []string
	for _, code := range b.r.Audiences {
		labels = append(labels, b.Words("audience."+code))
	}
	if len(labels) == 0 {
		return nil
	}
	return []Block{{Inlines: Text(strings.Join(labels, ", "))}}
}

func (b *sheetBuilder) localTitle(key string) string {
	if b.r.Local[key] {
		return b.Words("section."+key) + " · " + b.localNote(key)
	}
	return b.Words("section." + key)
}

func (b *sheetBuilder) localNote(key string) string {
	if !b.r.Local[key] {
		return ""
	}
	return b.Words("page.local", "name", b.Authority.Name)
}
