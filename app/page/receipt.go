package page

import (
	"strconv"
	"strings"

	"polis/app"
)

// ReceiptInput is what a receipt is made of. A contact has nothing in it that
// tells who the person is, and no note.
type ReceiptInput struct {
	Paper
	Contact  app.Contact
	Given    []Given
	Office   *app.Office // where to turn with questions; nil = not known
	Referral *app.Office // where the person was sent; nil = nowhere
}

// Given is a sheet that was handed out.
type Given struct {
	Code, Title string
	Version     int64
	Language    string
	Copies      int
	PublicURL   string // "" = no code
}

// Receipt makes what a person takes home as proof of a contact: its number
// and moment, what was handed out, how it ended and where to turn.
func Receipt(in ReceiptInput) Document {
	title := in.Words("receipt.title", "number", in.Contact.Number)
	doc := in.document(in.Contact.Number, title, "receipt.tag", in.Words("receipt.nothing_personal"))
	at := in.Contact.OpenedAt.In(in.PrintedOn.Location())
	lead := in.Words("receipt.lead", "date", DateLong(app.Day(at), in.Lang), "time", clock(at.Format("15:04")))
	m := placeMaker{words: in.Words, lang: in.Lang, on: in.PrintedOn}
	doc.Sections = []Section{
		{Key: "opening", Parts: []Part{Opening{Title: title, Lead: Text(lead)}}},
		{Key: "cards", Parts: []Part{Cards{
			{Title: in.Words("receipt.outcome"), Blocks: []Block{{Inlines: Text(in.outcome())}}},
			{Title: in.Words("page.in_brief"), Facts: in.facts()},
		}}},
	}
	add := func(key string, p Part) {
		doc.Sections = append(doc.Sections, Section{Key: key, Title: in.Words("receipt." + key), Parts: []Part{p}})
	}
	if in.Referral != nil {
		add("referral", Places{m.place(*in.Referral, 0)})
	}
	if len(in.Given) > 0 {
		add("given", in.given())
	}
	if in.Office != nil {
		add("questions", Places{m.place(*in.Office, 0)})
	}
	return doc
}

func (in ReceiptInput) facts() []Fact {
	var facts []Fact
	add := func(key, value string) {
		if value != "" {
			facts = append(facts, Fact{Key: key, Label: in.Words("receipt.fact." + key), Value: value})
		}
	}
	add("number", in.Contact.Number)
	add("office", officeAlone(in.Authority, in.PrintedBy))
	add("protocol", in.Contact.ProtocolNumber)
	if f := in.Contact.FollowUp; f != nil {
		add("follow_up", DateLong(f.Due, in.Lang))
	}
	add("given", in.count())
	return facts
}

// count tells how many sheets were handed out.
func (in ReceiptInput) count() string {
	switch n := len(in.Given); n {
	case 0:
		return ""
	case 1:
		return in.Words("receipt.papers_one")
	default:
		return in.Words("receipt.papers", "n", Number(n, in.Lang))
	}
}

// outcome tells in a sentence how the contact ended.
func (in ReceiptInput) outcome() string {
	key := "receipt.outcome." + in.Contact.Outcome
	switch {
	case in.Contact.Outcome == "deferred" && in.Contact.FollowUp != nil:
		return in.Words(key+"_by", "date", DateLong(in.Contact.FollowUp.Due, in.Lang))
	case in.Contact.Outcome == "deferred", in.Referral == nil, in.Contact.Outcome == app.OutcomeResolved, in.Contact.Outcome == app.OutcomeUnmet:
		return in.Words(key)
	}
	return in.Words(key + "_to")
}

func (in ReceiptInput) given() Part {
	var scans Scans
	for _, g := range in.Given {
		version, copies := "", ""
		if g.Version > 0 {
			version = in.Words("page.version", "n", strconv.FormatInt(g.Version, 10))
		}
		if g.Copies > 1 {
			copies = in.Words("receipt.copies", "n", Number(g.Copies, in.Lang))
		}
		s := Scan{Title: strings.Join(strings.Fields(g.Title), " ")}
		if s.Title == "" {
			s.Title = g.Code
		}
		if g.Language != "" && g.Language != in.Lang {
			s.Lang = g.Language
		}
		version, copies = strings.ReplaceAll(version, " ", "\u00A0"), strings.ReplaceAll(copies, " ", "\u00A0")
		s.Lines = [][]Inline{Text(join(" · ", in.Words("receipt.code", "code", g.Code), version, copies))}
		if g.PublicURL != "" {
			s.QR = codeOf(g.PublicURL, in.Words)
			s.Lines = append(s.Lines, []Inline{{Text: shownURL(g.PublicURL), URL: safeURL(g.PublicURL)}})
		}
		scans = append(scans, s)
	}
	return scans
}
