package page

import "strings"

// DossierInput is what a dossier is made of: several sheets for one person.
type DossierInput struct {
	Paper
	Sheets []SheetInput
}

// Dossier makes one document of several sheets: an index, then each sheet on
// pages of its own.
func Dossier(in DossierInput) Document {
	n := Number(len(in.Sheets), in.Lang)
	title := in.Words("dossier.title")
	doc := in.document("", title, "dossier.tag", in.Words("page.may_change_each"))
	lead := Text(in.Words("dossier.lead", "n", n))
	if len(in.Sheets) == 1 {
		lead = Text(in.Words("dossier.lead_one"))
	}
	var index Index
	var codes []string
	for i, s := range in.Sheets {
		sheet := Sheet(s)
		doc.Enclosed = append(doc.Enclosed, sheet)
		if sheet.Band != "" {
			doc.Band, doc.Footer.Mark = sheet.Band, sheet.Footer.Mark
		}
		codes = append(codes, s.Reading.Code)
		index.Entries = append(index.Entries, IndexEntry{
			Title: sheet.Title, Note: join(" · ", s.Authority.Name, ShortURL(s.PublicURL)), Enclosed: i,
		})
	}
	doc.Code, doc.Subject = strings.Join(codes, " "), strings.Join(codes, ", ")
	doc.Sections = []Section{{Key: "opening", Parts: []Part{Opening{Title: title, Lead: lead}}}}
	if len(index.Entries) > 0 {
		doc.Sections = append(doc.Sections, Section{Key: "index", Title: in.Words("dossier.index"), Parts: []Part{index}})
	}
	return doc
}
