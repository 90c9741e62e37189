package membership

import (
	"slices"

	"polis/app"
	"polis/app/page"
)

// RequestPaper is the request as it is signed and registered: all that the
// body declares, its offices with their hours, its documents with their
// fingerprints, and what is missing. One that cannot be sent yet is marked as
// a draft on every page.
func RequestPaper(in PaperInput) page.Document {
	p, r := in.writer(), &in.Request
	title := p.word("request.title")
	head := page.Letterhead{Name: page.Clip(p.toSay(in.name()), clippedName), Tag: p.word("request.tag"), Colour: page.ColourOf(r.Body.Colour)}
	doc := in.document(title, p.word("footer.form"), head)
	opening := []page.Part{page.Opening{Title: title, Lead: page.Text(in.named("request.lead"))}}
	doc.Sections = []page.Section{{Key: "opening", Parts: append(opening, p.translated()...)}}
	in.missing(&doc)
	doc.Sections = append(doc.Sections, page.Section{Key: "cards", Parts: []page.Part{page.Cards{
		{Title: p.word("request.body"), Facts: in.bodyFacts()},
		{Title: p.word("request.act"), Facts: in.actFacts()},
	}}})
	p.section(&doc, "request.people", in.people())
	if len(r.Operators) > 0 {
		p.section(&doc, "request.operators", in.operators())
	}
	in.offices(&doc)
	in.aims(&doc)
	if len(r.Documents) > 0 {
		p.section(&doc, "request.documents", p.documents(r.Documents))
	} else {
		p.section(&doc, "request.documents", paragraph(p.word("request.documents_none")))
	}
	if flat(r.Note) != "" {
		p.section(&doc, "request.note", paragraph(r.Note))
	}
	p.section(&doc, "request.protocol", in.protocols())
	sign := page.Signatures{in.signature(p.word("request.sign_note"))}
	p.section(&doc, "request.declares", prose(p.word("request.declares_text")), sign)
	return doc
}

// document is a paper of the request: its day and identifier in the foot, and
// a mark while it is a draft.
func (in PaperInput) document(title, what string, head page.Letterhead) page.Document {
	p := in.writer()
	foot := []string{"", what, p.word("footer.request", "id", in.Request.ID)}
	if in.Request.Dated != "" {
		foot[0] = p.word("footer.dated", "date", p.day(in.Request.Dated))
	}
	doc := p.document(in.Request.ID, title, head, in.started(), foot...)
	if in.draft() {
		warn(&doc, p.word("draft_band"), p.word("draft_mark"))
	}
	return doc
}

func (in PaperInput) bodyFacts() []page.Fact {
	p, b := in.writer(), &in.Request.Body
	source, known := p.word("fact.typed"), p.toSay
	if b.Registered { // what the register does not know is left out: nobody can state it
		source, known = p.word("fact.registered"), flat
	}
	return p.facts(
		"fact.name", page.Clip(p.toSay(b.Name), clippedName), "fact.ipa", p.toSay(b.ID), "fact.tax_code", known(b.TaxCode),
		"fact.istat", b.ISTATCode, "fact.belfiore", b.Belfiore, "fact.province", b.Province,
		"fact.address", known(page.AddressLine(&b.Address)), "fact.pec", p.toSay(b.PEC), "fact.website", b.Website, "fact.source", source,
	)
}

func (in PaperInput) actFacts() []page.Fact {
	p, a := in.writer(), &in.Request.Act
	facts := p.facts("fact.act", p.toSay(p.term("act", a.Kind, ActKinds())), "fact.act_organ", a.Organ, "fact.act_number", p.toSay(a.Number), "fact.act_date", p.dated(a.Date))
	own := p.protocol(in.Request.Protocol)
	if own == "" {
		own = p.word("fact.not_yet")
	}
	facts = append(facts, p.facts("fact.protocol", own)...)
	if c := in.Case; c != nil {
		facts = append(facts, p.facts("fact.receipt", c.Number, "fact.protocol_region", p.protocol(c.Protocol))...)
	}
	return facts
}

// act tells the approving act in one sentence.
func (in PaperInput) act() string {
	p, a := in.writer(), &in.Request.Act
	if a.Kind == "" && flat(a.Number) == "" && a.Date == "" {
		return p.word("to_say")
	}
	kind := p.term("act", a.Kind, ActKinds())
	if organ := flat(a.Organ); organ != "" {
		kind = joined(" ", kind, "("+organ+")")
	}
	return joined(" ", kind, p.word("protocol_of", "number", p.toSay(a.Number), "date", p.dated(a.Date)))
}

// reach is how to reach somebody, one way a line.
func (p writer) reach(email, phone, pec string) []string {
	lines := []string{email}
	if phone = flat(phone); phone != "" {
		lines = append(lines, p.word("reach.phone", "phone", phone))
	}
	if pec = flat(pec); pec != "" {
		lines = append(lines, p.word("reach.pec", "pec", pec))
	}
	return lines
}

// people are a table of those who answer for the body, places of their own
// in large print. The tax code is a line below its name: a column for one
// would leave the names no room beside the addresses.
func (in PaperInput) people() page.Part {
	p, r := in.writer(), &in.Request
	var places page.Places
	g := p.grid("who", "name", "reach")
	for _, one := range []struct {
		key string
		who Person
	}{{"representative", r.Representative}, {"contact", r.Contact}, {"officer", r.Officer}} {
		about := []string{page.Clip(p.toSay(one.who.Name), clippedName), flat(one.who.Role)}
		if one.key == "representative" { // only the representative has one
			about = append(about, p.word("column.tax_code")+": "+p.toSay(one.who.TaxCode))
		}
		reach := p.reach(one.who.Email, one.who.Phone, one.who.PEC)
		places = append(places, told(p.word("person."+one.key), append(about, reach...)))
		g.Rows = append(g.Rows, cells([]string{p.word("person." + one.key)}, about, reach))
	}
	if in.Large {
		return places
	}
	return g
}

// told is a name with lines below it.
func told(name string, lines []string) page.Place {
	place := page.Place{Name: name}
	for _, l := range lines {
		if l = flat(l); l != "" {
			place.Lines = append(place.Lines, page.Text(l))
		}
	}
	return place
}

func (in PaperInput) operators() page.Part {
	p := in.writer()
	var places page.Places
	g := p.grid("operator", "post", "reach")
	for _, o := range in.Request.Operators {
		name, reach := page.Clip(p.toSay(o.Name), clippedName), p.reach(o.Email, o.Phone, o.PEC)
		g.Rows = append(g.Rows, cells([]string{name}, []string{o.Role}, []string{joined(" · ", reach...)}))
		places = append(places, told(name, append([]string{o.Role}, reach...)))
	}
	if in.Large {
		return places
	}
	return g
}

// offices are a table of the week and a paragraph each; large print has no
// room for seven columns, there the hours stand with each office.
func (in PaperInput) offices(doc *page.Document) {
	p, all := in.writer(), in.Request.Offices
	if len(all) == 0 {
		p.section(doc, "request.offices", paragraph(p.word("request.offices_none")))
		return
	}
	named := slices.Clone(all)
	for i := range named {
		named[i].Name = p.toSay(named[i].Name)
	}
	var places page.Places
	for _, o := range named {
		places = append(places, in.place(o))
	}
	p.section(doc, "request.offices", places)
	if week := page.Week(named, in.Words); len(week.Rows) > 0 && !in.Large {
		p.section(doc, "request.offices_week", week)
	}
}

func (in PaperInput) place(o app.Office) page.Place {
	p := in.writer()
	where := append([]string{p.term("office", o.Kind, OfficeKinds()), p.toSay(page.AddressLine(o.Address))}, p.reach(o.Email, o.Phone, o.PEC)...)
	place := told(page.Clip(o.Name, clippedName), where)
	switch {
	case len(o.OpeningHours) == 0:
		place.Notes = append(place.Notes, p.word("request.hours_none"))
	case in.Large:
		place.Hours = page.OpeningHours(o.OpeningHours, in.Words)
	}
	if notes := flat(page.Plain(o.OpeningNotes)); notes != "" {
		place.Notes = append(place.Notes, notes)
	}
	return place
}

func (in PaperInput) aims(doc *page.Document) {
	p := in.writer()
	items := in.aimItems()
	if len(items) == 0 {
		p.section(doc, "request.aims", paragraph(p.word("request.aims_none")))
		return
	}
	p.section(doc, "request.aims", paragraph(p.word("request.aims_lead")), page.Prose{Blocks: []page.Block{{Kind: page.List, Items: items}}})
}

// aimItems are the declared aims in the order of the form.
func (in PaperInput) aimItems() [][]page.Block {
	var items [][]page.Block
	for _, aim := range Aims() {
		if slices.Contains(in.Request.Aims, aim) {
			items = append(items, []page.Block{{Kind: page.Paragraph, Inlines: page.Text(in.Words("membership.aim." + aim))}})
		}
	}
	return items
}

// documents are files with their fingerprints.
func (p writer) documents(all []Document) page.Part {
	g := p.grid("document", "signature", "sha256")
	var scans page.Scans
	for _, d := range all {
		title := flat(d.Title)
		switch {
		case title != "":
		case d.Kind == DocumentAct, d.Kind == DocumentAgreement:
			title = p.word("document." + d.Kind)
		default:
			title = p.word("document." + DocumentOther)
		}
		file := p.word("document.file", "name", page.Clip(flat(d.Name), clippedLine), "size", size(d.Size, p.lang))
		scans = append(scans, page.Scan{Title: page.Clip(title, clippedName), Lines: [][]page.Inline{
			page.Text(file), page.Text(p.signed(d.Signature)), page.Text(p.word("column.sha256") + ": " + fingerprint(d.SHA256)),
		}})
		g.Rows = append(g.Rows, []page.Cell{
			{Inlines: titled(page.Clip(title, clippedName), file)},
			{Inlines: page.Text(p.signed(d.Signature))},
			{Inlines: page.Text(fingerprint(d.SHA256))},
		})
	}
	if p.large { // a table has no room for fingerprints there
		return scans
	}
	g.RowHeads = false // the name of a file below its title is no name of a row
	return g
}

// titled is a bold line with a plain one below.
func titled(title, below string) []page.Inline {
	return []page.Inline{{Text: title, Bold: true}, {Break: true}, {Text: below}}
}

// signed tells what a file says of its signature.
func (p writer) signed(s *Signature) string {
	switch {
	case s == nil:
		return p.word("document.unsigned")
	case flat(s.Signer) == "":
		return p.word("document.signed", "format", s.Format)
	}
	return p.word("document.signed_by", "format", s.Format, "signer", page.Clip(flat(s.Signer), clippedLine))
}

// protocols are places for both registration numbers.
func (in PaperInput) protocols() page.Fields {
	p := in.writer()
	var region Protocol
	if in.Case != nil {
		region = in.Case.Protocol
	}
	number, date := 4, 2
	if in.Large {
		number, date = 7, 5
	}
	var fields page.Fields
	for _, of := range []struct {
		key string
		is  Protocol
	}{{"request.protocol_own", in.Request.Protocol}, {"request.protocol_region", region}} {
		fields = append(fields, page.Field{Label: p.word(of.key), Value: flat(of.is.Number), Columns: number},
			page.Field{Label: p.word("request.protocol_date"), Value: page.Date(of.is.Date, in.Lang), Columns: date})
	}
	return fields
}

// signature is the place of the body's representative.
func (in PaperInput) signature(note string) page.Signature {
	who := in.Request.Representative
	return page.Signature{Label: in.named("request.sign_label"), Name: page.Clip(joined(", ", who.Name, who.Role), clippedName), Note: note}
}
