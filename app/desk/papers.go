package desk

import (
	"context"

	"polis/app"
	"polis/app/page"
)

// PrintOptions says how a paper looks.
type PrintOptions struct {
	Complete bool // all sections, as many pages as needed
	Large    bool // large print
	Words    page.Words
	Lang     string // of the labels: that of the sheet's text
}

// Document is the sheet's paper, not yet laid out.
func (d *Desk) Document(v View, o PrintOptions) page.Document { return page.Sheet(d.sheetInput(v, o)) }

func (d *Desk) sheetInput(v View, o PrintOptions) page.SheetInput {
	authority := d.p.Catalogue.Authority(v.Authority)
	logo := d.logo(v.Logo)
	if logo == nil {
		logo = d.logo(authority.Logo)
	}
	return page.SheetInput{
		Reading: v.Reading, Authority: authority, Logo: logo, Offices: v.OfficesFull,
		PrintedBy: d.OfficeName(), PrintedOn: d.p.Clock.Now(), PublicURL: v.PublicURL,
		Demonstration: v.Demonstration, Complete: o.Complete, Large: o.Large, Lang: o.Lang, Words: o.Words,
		Topic: func(code string) string { return d.p.Topics.Label(code, o.Lang) },
	}
}

func (d *Desk) logo(sha256 string) []byte {
	if sha256 == "" {
		return nil
	}
	return d.p.Catalogue.Logo(sha256)
}

// paper is what a paper of an authority has at its top and end.
func (d *Desk) paper(authority string, o PrintOptions) page.Paper {
	a := d.p.Catalogue.Authority(authority)
	return page.Paper{
		Authority: a, Logo: d.logo(a.Logo), PrintedBy: d.OfficeName(), PrintedOn: d.p.Clock.Now(),
		Demonstration: d.p.Catalogue.Demonstration(), Large: o.Large, Lang: o.Lang, Words: o.Words,
	}
}

// Dossier is one document of several sheets with an index; each sheet is one
// page that stands alone, or complete.
func (d *Desk) Dossier(views []View, o PrintOptions) page.Document {
	in := page.DossierInput{Paper: d.paper(d.p.Identity().Authority, o)}
	for i := range views {
		in.Sheets = append(in.Sheets, d.sheetInput(views[i], o))
	}
	return page.Dossier(in)
}

// OfficesPaper lists the offices of an authority: which are open when, where
// they are, how to reach them.
func (d *Desk) OfficesPaper(authority string, o PrintOptions) page.Document {
	return page.Offices(page.OfficesInput{Paper: d.paper(authority, o), Offices: d.p.Catalogue.Offices(authority)})
}

// SheetOfficesPaper lists the offices of a sheet.
func (d *Desk) SheetOfficesPaper(v View, o PrintOptions) page.Document {
	in := page.OfficesInput{Paper: d.paper(v.Authority, o), Offices: v.OfficesFull, For: v.Title, PublicURL: v.PublicURL}
	in.Demonstration = v.Demonstration
	return page.Offices(in)
}

// Receipt is what a person takes home as proof of a contact: what was handed
// out, how it ended, where to turn. Nothing on it tells who the person is. It
// reads the catalogue.
func (d *Desk) Receipt(ctx context.Context, c app.Contact, o PrintOptions) (page.Document, error) {
	in := page.ReceiptInput{Paper: d.paper(c.Authority, o), Contact: c}
	in.PrintedBy = d.officeName(c.Authority, c.Office)
	var codes []string
	for _, s := range c.Sheets {
		if s.HandedOut {
			codes = append(codes, s.Code)
		}
	}
	readings, err := d.p.Catalogue.Readings(ctx, codes)
	if err != nil {
		return page.Document{}, err
	}
	for _, s := range c.Sheets {
		if s.HandedOut {
			g := page.Given{Code: s.Code, Version: s.Version, Language: s.Language, Copies: s.Copies}
			d.name(&g, readings)
			in.Given = append(in.Given, g)
		}
	}
	if office, ok := d.p.Catalogue.Office(c.Office); ok {
		in.Office = &office
	}
	if c.Referral != nil {
		if office, ok := d.p.Catalogue.Office(c.Referral.Office); ok {
			in.Referral = &office
		}
	}
	return page.Receipt(in), nil
}

// name finds title and address of a sheet that was handed out; one that is
// gone since has neither.
func (d *Desk) name(g *page.Given, readings []app.Reading) {
	for i := range readings {
		if readings[i].Code == g.Code {
			sheet, shown := readings[i].In(g.Language)
			g.Title, g.PublicURL = sheet.Title, d.p.Catalogue.PublicURL(g.Code)
			g.Language = shown
		}
	}
}
