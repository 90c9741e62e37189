package membership

import (
	"strconv"
	"strings"

	"polis/app/page"
)

// AgreementPaper is the network's agreement between the region and the body,
// with the data of the request filled in, to be signed digitally. Its
// articles are words of the translation files ("joining.agreement.articles"
// lists them), so that the region can have its own.
func AgreementPaper(in PaperInput) page.Document {
	p := in.writer()
	title := p.word("agreement.title")
	doc := in.document(title, p.word("footer.agreement"), page.Letterhead{Name: p.word("region"), Office: p.word("region_office"), Tag: p.word("agreement.tag")})
	opening := []page.Part{page.Opening{Title: title, Lead: page.Text(in.named("agreement.lead"))}}
	doc.Sections = []page.Section{{Key: "opening", Parts: append(opening, p.translated()...)}}
	p.section(&doc, "agreement.parties", in.parties())
	values := in.values()
	p.section(&doc, "agreement.premises", prose(p.word("agreement.premises_text", values...)))
	for i, code := range strings.Fields(p.word("agreement.articles")) {
		key := "agreement." + code
		title := p.word("agreement.article", "n", strconv.Itoa(i+1), "title", p.word(key+".title"))
		doc.Sections = append(doc.Sections, page.Section{Key: key, Title: title, Parts: []page.Part{prose(p.word(key+".text", values...))}})
	}
	own := in.signature(p.word("agreement.sign_note"))
	p.section(&doc, "agreement.signatures", page.Signatures{own, {Label: p.word("agreement.sign_region"), Note: p.word("agreement.sign_note")}})
	if len(in.Request.Offices) > 0 {
		p.section(&doc, "agreement.annex", in.annex())
	}
	return doc
}

// parties name who concludes the agreement. Who signs for the region is left
// to it.
func (in PaperInput) parties() page.Fields {
	p, r := in.writer(), &in.Request
	field := func(key, value string, columns int) page.Field {
		if in.Large {
			columns = 12
		}
		return page.Field{Label: p.word("agreement." + key), Value: flat(value), Columns: columns}
	}
	region := field("party_region", "", 7)
	region.Hint = p.word("agreement.party_region_hint")
	return page.Fields{
		region, field("party_role", "", 5),
		field("party_body", page.Clip(in.name(), clippedName), 9), field("party_body_code", r.Body.ID, 3),
		field("party_seat", page.AddressLine(&r.Body.Address), 9), field("party_body_tax", r.Body.TaxCode, 3),
		field("party_pec", r.Body.PEC, 12),
		field("party_person", page.Clip(flat(r.Representative.Name), clippedName), 7), field("party_role", r.Representative.Role, 5),
	}
}

// values are what the text of the agreement may name in braces.
func (in PaperInput) values() []string {
	p, r := in.writer(), &in.Request
	person := func(who Person) string {
		return quoted(p.toSay(joined(", ", who.Name, who.Role, joined(" · ", who.Email, who.PEC))))
	}
	protocol := p.protocol(r.Protocol)
	if protocol == "" {
		protocol = p.word("to_say")
	}
	var aims []string
	for _, item := range in.aimItems() {
		aims = append(aims, "- "+quoted(page.PlainBlocks(item)))
	}
	if len(aims) == 0 {
		aims = []string{"- " + p.word("to_say")}
	}
	return []string{
		"body", quoted(p.toSay(r.Body.Name)), "ipa", quoted(p.toSay(r.Body.ID)), "act", quoted(in.act()), "dated", p.dated(r.Dated),
		"protocol", quoted(protocol), "aims", strings.Join(aims, "\n"),
		"representative", person(r.Representative), "contact", person(r.Contact), "officer", person(r.Officer),
	}
}

// annex lists the offices that join.
func (in PaperInput) annex() page.Part {
	p := in.writer()
	var places page.Places
	g := p.grid("office", "kind", "where")
	for _, o := range in.Request.Offices {
		kind := p.term("office", o.Kind, OfficeKinds())
		where := append([]string{page.AddressLine(o.Address)}, p.reach(o.Email, o.Phone, o.PEC)...)
		name := page.Clip(p.toSay(o.Name), clippedName)
		g.Rows = append(g.Rows, cells([]string{name}, []string{kind}, where))
		places = append(places, told(name, append([]string{kind}, where...)))
	}
	if in.Large {
		return places
	}
	return g
}
