package membership

import (
	"polis/app/page"
)

// LetterPaper is the letter that goes to the body's PEC with the activation
// code of its first workstation. It has no QR code: a workstation has no
// camera, and the code is no business of telephones.
func LetterPaper(in LetterInput) page.Document {
	p, l := in.writer(), &in.Letter
	title := p.word("letter.title")
	head := page.Letterhead{Name: p.word("region"), Office: p.word("region_office"), Tag: p.word("letter.tag")}
	doc := p.document(l.Authority, title, head, l.IssuedAt, p.word("letter.footer"), p.word("footer.request", "id", l.Request))
	warn(&doc, p.word("letter.band"), p.word("letter.mark"))
	lead := p.word("letter.lead", "body", page.Clip(flat(l.Name), clippedName))
	opening := []page.Part{page.Opening{Title: title, Lead: page.Text(lead)}}
	day, clock := p.moment(l.ExpiresAt)
	doc.Sections = []page.Section{
		{Key: "to", Parts: []page.Part{page.Cards{
			{Title: p.word("letter.to"), Blocks: lines(l.Name, l.Address, p.word("reach.pec", "pec", l.PEC))},
			{Title: p.word("letter.refs"), Facts: in.references()},
		}}},
		{Key: "opening", Parts: append(opening, p.translated()...)},
		{Key: "code", Parts: []page.Part{
			page.Spelled{Label: in.Words("doors.form.hub"), Text: l.Hub, Small: true},
			page.Spelled{Label: in.Words("doors.form.code"), Text: l.Code, Note: p.word("letter.code_note", "date", day, "time", clock)},
			page.Notice{Kind: page.NoticeStop, Title: p.word("letter.keep"), Text: page.Text(p.word("letter.keep_text"))},
		}},
	}
	p.section(&doc, "letter.how", in.steps())
	p.section(&doc, "letter.wrong", prose(p.word("letter.wrong_text")))
	return doc
}

func (in LetterInput) writer() writer {
	return writer{in.Words, in.Lang, in.Zone, in.Large, in.Demonstration}
}

// lines are short paragraphs.
func lines(texts ...string) []page.Block {
	var out []page.Block
	if in := broken(texts); len(in) > 0 {
		out = append(out, page.Block{Kind: page.Paragraph, Inlines: in})
	}
	return out
}

func (in LetterInput) references() []page.Fact {
	p, l := in.writer(), &in.Letter
	day, _ := p.moment(l.IssuedAt)
	role := ""
	if l.Role != "" {
		role = in.Words("role." + l.Role)
	}
	return p.facts(
		"letter.date", day, "letter.protocol", p.protocol(l.Protocol), "letter.agreement", p.protocol(l.Agreement),
		"fact.ipa", l.Authority, "letter.office", l.Office, "letter.role", role,
	)
}

// steps tell how to activate, in the words of the screens.
func (in LetterInput) steps() page.Steps {
	p := in.writer()
	steps := page.Steps{Start: 1}
	for _, text := range []string{
		p.word("letter.step.open", "open", quoted(in.Words("doors.code.open"))),
		p.word("letter.step.hub", "field", quoted(in.Words("doors.form.hub"))),
		p.word("letter.step.code", "field", quoted(in.Words("doors.form.code"))),
		p.word("letter.step.submit", "submit", quoted(in.Words("doors.form.submit"))),
		p.word("letter.step.first", "settings", quoted(in.Words("rail.settings")), "staff", quoted(in.Words("staff.title"))),
	} {
		steps.Items = append(steps.Items, page.Parse(text))
	}
	return steps
}
