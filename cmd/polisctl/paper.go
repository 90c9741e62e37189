package main

import (
	"bytes"
	"context"
	"io"
	"path/filepath"
	"strings"

	"github.com/spf13/cobra"

	"polis/app"
	"polis/app/desk"
	"polis/app/page"
	"polis/cmd/station"
)

// paperFlags say what goes on paper and how.
type paperFlags struct {
	file            string
	lang            string
	complete, large bool
	offices         string // of this authority, instead of sheets
	printer         printerFlags
}

func (f *paperFlags) add(c *control, cmd *cobra.Command) {
	cmd.Flags().StringVar(&f.file, "pdf", "", c.book.Text("ctl.flag.pdf"))
	cmd.Flags().StringVar(&f.lang, "lang", "", c.book.Text("ctl.flag.lang"))
	cmd.Flags().BoolVar(&f.large, "large", false, c.book.Text("ctl.flag.large"))
	f.printer.add(c, cmd)
}

// where says that paper goes into a file or to a printer.
const where = "{--pdf FILE | --printer NAME|default " + printerUse + "}"

// nowhere reports whether nobody said where the paper goes, or two places.
func (f *paperFlags) nowhere() bool { return (f.file == "") == (f.printer.name == "") }

func (c *control) printCommand() *cobra.Command {
	var f paperFlags
	const use = "print CODE... | print --offices AUTHORITY"
	cmd := &cobra.Command{
		Use: use + " [--complete] [--large] [--lang it|en] " + where, Short: c.book.Text("ctl.print"),
		RunE: func(cmd *cobra.Command, args []string) error {
			if (len(args) == 0) == (f.offices == "") || f.nowhere() {
				return usage(use + " --pdf FILE | --printer NAME")
			}
			return c.with(cmd.Context(), func(s *station.Station) error {
				doc, err := c.paper(cmd.Context(), s, args, f)
				if err != nil {
					return err
				}
				return c.putOnPaper(cmd.Context(), s, doc, f)
			})
		},
	}
	f.add(c, cmd)
	cmd.Flags().BoolVar(&f.complete, "complete", false, c.book.Text("ctl.flag.complete"))
	cmd.Flags().StringVar(&f.offices, "offices", "", c.book.Text("ctl.flag.offices"))
	return cmd
}

// options are the words of a language where we have them, else ours.
func (c *control) options(lang string, f paperFlags) desk.PrintOptions {
	if _, ok := c.books[lang]; !ok {
		lang = c.book.Lang()
	}
	return desk.PrintOptions{Words: c.books[lang].Text, Lang: lang, Complete: f.complete, Large: f.large}
}

// ours are the options of a paper that is all in our words. CodeInvalid for
// a language that we have none in.
func (c *control) ours(f paperFlags) (desk.PrintOptions, error) {
	if _, ok := c.books[f.lang]; !ok && f.lang != "" {
		return desk.PrintOptions{}, app.Fault(app.CodeInvalid, nil, "field", "lang", "value", f.lang)
	}
	return c.options(f.lang, f), nil
}

// paper makes what was asked for: one sheet, several with an index, or a
// list of offices. CodeSheetNotFound, CodeNotFound, CodeInvalid.
func (c *control) paper(ctx context.Context, s *station.Station, codes []string, f paperFlags) (page.Document, error) {
	if f.offices != "" {
		return c.officesPaper(s, f)
	}
	var views []desk.View
	known := f.lang == "" || c.books[f.lang] != nil
	for _, code := range codes {
		v, err := s.Desk.Read(ctx, code, f.lang)
		if err != nil {
			return page.Document{}, err
		}
		known = known || v.Shown == f.lang // a sheet may speak languages that we do not
		views = append(views, v)
	}
	if !known {
		return page.Document{}, app.Fault(app.CodeInvalid, nil, "field", "lang", "value", f.lang)
	}
	lang := f.lang
	if lang == "" {
		lang = views[0].Shown
	}
	o := c.options(lang, f)
	if len(views) == 1 {
		return s.Desk.Document(views[0], o), nil
	}
	return s.Desk.Dossier(views, o), nil
}

// putOnPaper writes a paper as a file or prints it.
func (c *control) putOnPaper(ctx context.Context, s *station.Station, doc page.Document, f paperFlags) error {
	if f.file != "" {
		return c.writePaper(s, doc, f.file)
	}
	return c.printPaper(ctx, s, doc, f.printer)
}

func (c *control) officesPaper(s *station.Station, f paperFlags) (page.Document, error) {
	o, err := c.ours(f)
	if err != nil {
		return page.Document{}, err
	}
	unknown := s.Catalogue.Authority(f.offices).Name == f.offices // it is called by its code
	if unknown && len(s.Catalogue.Offices(f.offices)) == 0 {
		return page.Document{}, app.Fault(app.CodeNotFound, nil, "what", f.offices)
	}
	return s.Desk.OfficesPaper(f.offices, o), nil
}

// writePaper writes a paper as a file, "-" is standard output.
func (c *control) writePaper(s *station.Station, doc page.Document, file string) error {
	var buf bytes.Buffer
	if err := s.Desk.PDF(&buf, doc); err != nil {
		return err
	}
	if file == "-" {
		_, err := c.out.Write(buf.Bytes())
		return err
	}
	if err := station.WriteFile(file, func(w io.Writer) error { _, err := w.Write(buf.Bytes()); return err }); err != nil {
		return err
	}
	if c.json {
		return c.writeJSON(map[string]any{"file": file, "bytes": buf.Len(), "title": doc.Title, "codes": strings.Fields(doc.Code)})
	}
	return c.line("%s", c.book.Text("ctl.saved", "path", filepath.Clean(file)))
}

func (c *control) receiptCommand() *cobra.Command {
	var f paperFlags
	cmd := &cobra.Command{
		Use: "receipt NUMBER [--large] [--lang it|en] " + where, Short: c.book.Text("ctl.receipt"), Args: c.exactly(1, "receipt NUMBER"),
		RunE: func(cmd *cobra.Command, args []string) error {
			if f.nowhere() {
				return usage("receipt NUMBER --pdf FILE | --printer NAME")
			}
			o, err := c.ours(f)
			if err != nil {
				return err
			}
			return c.with(cmd.Context(), func(s *station.Station) error {
				contact, err := s.Office.Numbered(cmd.Context(), args[0])
				if err != nil {
					return err
				}
				doc, err := s.Desk.Receipt(cmd.Context(), contact, o)
				if err != nil {
					return err
				}
				return c.putOnPaper(cmd.Context(), s, doc, f)
			})
		},
	}
	f.add(c, cmd)
	return cmd
}
