package page

import (
	"slices"
	"strings"

	"polis/app"
)

// OfficesInput is what a list of offices is made of.
type OfficesInput struct {
	Paper
	Offices []app.Office
	// For is the title of the sheet that the offices serve; "" = they are all
	// those of the authority.
	For       string
	PublicURL string // of that sheet; "" = no code
}

// Offices makes the list of offices: which are open when, then each with its
// address, telephone, hours, closures and remarks.
func Offices(in OfficesInput) Document {
	title := in.Words("offices.title")
	lead := in.Words("offices.lead_one")
	if len(in.Offices) != 1 {
		lead = in.Words("offices.lead", "n", Number(len(in.Offices), in.Lang))
	}
	if in.For != "" {
		title = in.Words("offices.title_for", "title", strings.Join(strings.Fields(in.For), " "))
		lead = in.Words("offices.lead_for")
	}
	if len(in.Offices) == 0 {
		lead = in.Words("offices.none")
	}
	doc := in.document(in.Authority.ID, title, "offices.tag", in.Words("offices.may_change"))
	opening := Opening{Title: title, Lead: Text(lead), QR: codeOf(in.PublicURL, in.Words)}
	doc.Sections = []Section{{Key: "opening", Parts: []Part{opening}}}
	if week := Week(in.Offices, in.Words); len(week.Rows) > 1 && !in.Large { // large print has no room for seven columns
		doc.Sections = append(doc.Sections, Section{Key: "week", Title: in.Words("offices.week"), Parts: []Part{week}})
	}
	if len(in.Offices) > 0 {
		m := placeMaker{words: in.Words, lang: in.Lang, on: in.PrintedOn}
		var places Places
		for _, o := range in.Offices {
			p := m.place(o, 0)
			if len(p.Hours) == 0 && len(p.Notes) == 0 {
				p.Notes = []string{in.Words("offices.hours_not_known")}
			}
			places = append(places, p)
		}
		doc.Sections = append(doc.Sections, Section{Key: "places", Title: in.Words("offices.addresses"), Parts: []Part{places}})
	}
	return doc
}

// Week is a table of who is open on which day; days on which nobody is are
// left out, and offices whose hours are not known.
func Week(offices []app.Office, words Words) Grid {
	var days []string
	for _, day := range week() {
		if slices.ContainsFunc(offices, func(o app.Office) bool { return timesOf(o.OpeningHours, day) != "" }) {
			days = append(days, day)
		}
	}
	g := Grid{RowHeads: true, Head: []Cell{{Inlines: Text(words("offices.office"))}}}
	for _, day := range days {
		g.Head = append(g.Head, Cell{Inlines: Text(capital(words("day." + day)))})
	}
	for _, o := range offices {
		if len(o.OpeningHours) == 0 {
			continue
		}
		row := []Cell{{Inlines: Text(Clip(o.Name, 90))}}
		for _, day := range days {
			row = append(row, Cell{Inlines: opening(o, day, words)})
		}
		g.Rows = append(g.Rows, row)
	}
	return g
}

// opening is when an office is open on a day, one span a line.
func opening(o app.Office, day string, words Words) []Inline {
	times := timesOf(o.OpeningHours, day)
	if times == "" {
		return []Inline{{Text: words("offices.shut"), Italic: true}}
	}
	var out []Inline
	for i, span := range strings.Split(times, ", ") {
		if i > 0 {
			out = append(out, Inline{Break: true})
		}
		out = append(out, Inline{Text: span})
	}
	return out
}
