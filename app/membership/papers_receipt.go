package membership

import (
	"strconv"
	"time"

	"polis/app/page"
)

// ReceiptPaper says that the region's server has the request: number, moment,
// fingerprint, what was sent, what happens next and until when. It needs the
// Case.
func ReceiptPaper(in PaperInput) page.Document {
	p, c := in.writer(), in.Case
	if c == nil {
		c = &Case{State: Draft}
	}
	title := p.word("receipt.title", "number", c.Number)
	head := page.Letterhead{Name: p.word("region"), Office: p.word("region_office"), Tag: p.word("receipt.tag")}
	doc := p.document(c.Number, title, head, c.ReceivedAt, p.word("footer.receipt"), p.word("footer.request", "id", c.ID))
	day, clock := p.moment(c.ReceivedAt)
	name := c.Name
	if flat(name) == "" {
		name = in.name()
	}
	lead := p.word("receipt.lead", "date", day, "time", clock, "body", page.Clip(p.toSay(name), clippedName))
	opening := []page.Part{page.Opening{Title: title, Lead: page.Text(lead)}}
	doc.Sections = []page.Section{{Key: "opening", Parts: append(opening, p.translated()...)}, {Key: "cards", Parts: []page.Part{page.Cards{
		{Title: p.word("receipt.summary"), Facts: in.receiptFacts(c)},
		{Title: p.word("receipt.sent"), Facts: in.sentFacts()},
	}}}}
	doc.Sections = append(doc.Sections, page.Section{Key: "protocol", Parts: in.aboutProtocol(c)})
	p.section(&doc, "receipt.print", page.Prose{Blocks: []page.Block{
		{Kind: page.Paragraph, Inlines: []page.Inline{{Text: fingerprint(c.SHA256), Bold: true}}},
		{Kind: page.Paragraph, Inlines: page.Text(p.word("receipt.print_text"))},
	}})
	if len(in.Request.Documents) > 0 {
		p.section(&doc, "receipt.sent_documents", p.documents(in.Request.Documents))
	}
	if c.State.Open() {
		p.section(&doc, "receipt.next", p.next())
	}
	if len(c.History) > 1 {
		p.section(&doc, "receipt.history", p.history(c.History))
	}
	return doc
}

func (in PaperInput) receiptFacts(c *Case) []page.Fact {
	p := in.writer()
	day, clock := p.moment(c.ReceivedAt)
	facts := p.facts(
		"receipt.number", c.Number, "receipt.received", p.word("receipt.received_at", "date", day, "time", clock),
		"receipt.state", in.Words("membership.state."+string(c.State)), "fact.ipa", c.Authority,
		"fact.protocol", p.protocol(in.Request.Protocol), "receipt.registered", p.protocol(c.Protocol),
	)
	for _, term := range []struct {
		key string
		end *time.Time
	}{{"receipt.due", c.Due}, {"receipt.expires", c.ExpiresAt}} {
		if term.end != nil {
			day, _ := p.moment(*term.end)
			facts = append(facts, p.facts(term.key, day)...)
		}
	}
	return facts
}

// sentFacts count what the request holds.
func (in PaperInput) sentFacts() []page.Fact {
	p, r := in.writer(), &in.Request
	number := func(n int) string { return page.Number(n, in.Lang) }
	return p.facts(
		"receipt.sent_offices", number(len(r.Offices)), "receipt.sent_operators", number(len(r.Operators)),
		"receipt.sent_aims", number(len(r.Aims)), "receipt.sent_documents", number(len(r.Documents)), "receipt.request", r.ID,
	)
}

// aboutProtocol keeps a receipt from being taken for the registration.
func (in PaperInput) aboutProtocol(c *Case) []page.Part {
	p := in.writer()
	if c.Protocol.Number != "" {
		return nil
	}
	return []page.Part{page.Notice{Title: p.word("receipt.not_protocol"), Text: page.Text(p.word("receipt.not_protocol_text"))}}
}

// next tells the way of a request, with its terms.
func (p writer) next() page.Steps {
	steps := page.Steps{Start: 1}
	for _, key := range []string{"register", "review", "accept", "activate", "expire"} {
		text := p.word("receipt.next."+key, "review", strconv.Itoa(ReviewDays), "reply", strconv.Itoa(ReplyDays))
		steps.Items = append(steps.Items, page.Parse(text))
	}
	return steps
}

func (p writer) history(entries []Entry) page.Grid {
	g := page.Grid{}
	for _, c := range []string{"when", "what", "who", "note"} {
		g.Head = append(g.Head, page.Cell{Inlines: page.Text(p.word("receipt.column." + c))})
	}
	for _, e := range entries {
		day, clock := p.moment(e.At)
		who := e.By.Role
		switch who {
		case ByExaminer, ByAdministrator:
			who = "region"
		}
		g.Rows = append(g.Rows, cells(
			[]string{p.word("receipt.received_at", "date", day, "time", clock)}, []string{p.words("membership.event." + string(e.Event))},
			[]string{p.word("receipt.by." + who)}, []string{p.protocol(e.Protocol), e.Reason},
		))
	}
	return g
}
