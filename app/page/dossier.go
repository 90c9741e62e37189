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
	if glance := in.glance(); len(glance.Rows) > 1 && len(glance.Head) > 1 {
		doc.Sections = append(doc.Sections, Section{Key: "glance", Title: in.Words("dossier.glance"), Parts: []Part{glance}})
	}
	return doc
}

// glance puts what people ask first side by side: a sheet a row, a column for
// each fact that at least one of them knows.
func (in DossierInput) glance() Grid {
	g := Grid{RowHeads: true, Head: []Cell{{Inlines: Text(in.Words("dossier.sheet"))}}}
	facts := make([]map[string]Fact, len(in.Sheets))
	for i, s := range in.Sheets {
		facts[i] = map[string]Fact{}
		for _, f := range KeyFacts(s.Reading, s.Offices, in.Lang, in.Words) {
			facts[i][f.Key] = f
		}
	}
	var keys []string
	for _, key := range []string{"cost", "time", "where"} {
		for i := range facts {
			if f, ok := facts[i][key]; ok {
				keys = append(keys, key)
				g.Head = append(g.Head, Cell{Inlines: Text(f.Label)})
				break
			}
		}
	}
	for i, s := range in.Sheets {
		row := []Cell{{Inlines: inLanguage(Text(Clip(s.Reading.Title, 90)), s.Reading.TitleLang(), in.Lang)}}
		for _, key := range keys {
			value := Text(facts[i][key].Value)
			if value == nil {
				value = []Inline{{Text: in.Words("dossier.see"), Italic: true}}
			}
			row = append(row, Cell{Inlines: value})
		}
		g.Rows = append(g.Rows, row)
	}
	return g
}
