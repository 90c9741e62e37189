package main

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"path/filepath"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/spf13/cobra"

	"polis/app"
	"polis/app/desk"
	"polis/app/page"
	"polis/app/search"
	"polis/cmd/station"
)

func (c *control) searchCommand() *cobra.Command {
	var limit int
	var explain bool
	var filters []string
	cmd := &cobra.Command{
		Use: "search [--limit N] [--explain] [--filter topic=X|authority=X|audience=X|life-event=X|level=X]... QUERY...", Short: c.book.Text("ctl.search"),
		RunE: func(cmd *cobra.Command, args []string) error {
			parsed, err := parseFilters(filters)
			if err != nil {
				return err
			}
			if limit < 1 {
				return app.Fault(app.CodeInvalid, nil, "field", "limit", "value", fmt.Sprint(limit))
			}
			req := desk.Request{Text: strings.Join(args, " "), Filters: parsed, Limit: limit, Lang: c.book.Lang(), Explain: explain}
			return c.with(cmd.Context(), func(s *station.Station) error {
				res, err := s.Desk.Search(cmd.Context(), req)
				if err != nil {
					return err
				}
				if c.json {
					return c.writeJSON(searchAnswer(req.Text, &res))
				}
				return c.printResults(&res)
			})
		},
	}
	cmd.Flags().IntVar(&limit, "limit", 20, c.book.Text("ctl.flag.limit"))
	cmd.Flags().StringArrayVar(&filters, "filter", nil, c.book.Text("ctl.flag.filter"))
	cmd.Flags().BoolVar(&explain, "explain", false, c.book.Text("ctl.flag.explain"))
	return cmd
}

func parseFilters(texts []string) ([]search.Filter, error) {
	fields := []string{"topic", "authority", "audience", "life-event", "level"}
	var out []search.Filter
	for _, t := range texts {
		field, value, ok := strings.Cut(t, "=")
		if !ok || value == "" || !slices.Contains(fields, field) {
			return nil, app.Fault(app.CodeInvalid, nil, "field", "filter", "value", t)
		}
		out = append(out, search.Filter{Field: field, Value: value})
	}
	return out, nil
}

type hitJSON struct {
	Code      string  `json:"code"`
	Title     string  `json:"title"`
	Authority string  `json:"authority"`
	Score     float64 `json:"score"`
	Snippet   string  `json:"snippet"`
	// Why is only there when it was asked for.
	Why *search.Why `json:"why,omitempty"`
}

type facetJSON struct {
	Value string `json:"value"`
	Count int    `json:"count"`
}

type searchJSON struct {
	Query     string                 `json:"query"`
	Corrected string                 `json:"corrected"`
	Total     int                    `json:"total"`
	TookMS    float64                `json:"took_ms"`
	Hits      []hitJSON              `json:"hits"`
	Facets    map[string][]facetJSON `json:"facets"`
}

func searchAnswer(query string, res *desk.Results) searchJSON {
	out := searchJSON{
		Query: query, Corrected: res.Corrected, Total: res.Total, TookMS: float64(res.Took.Microseconds()) / 1000,
		Hits: []hitJSON{}, Facets: map[string][]facetJSON{},
	}
	for _, r := range res.Rows {
		out.Hits = append(out.Hits, hitJSON{r.Code, r.Title, r.AuthorityID, r.Score, r.Snippet.Text, r.Why})
	}
	for field, counts := range res.Facets {
		out.Facets[field] = []facetJSON{}
		for _, f := range counts {
			out.Facets[field] = append(out.Facets[field], facetJSON{f.Value, f.Count})
		}
	}
	return out
}

func (c *control) printResults(res *desk.Results) error {
	if res.Corrected != "" {
		if err := c.line("%s", c.book.Text("ctl.corrected", "query", res.Corrected)); err != nil {
			return err
		}
	}
	if err := c.line("%s", c.book.Count("ctl.found", res.Total)); err != nil {
		return err
	}
	for i, r := range res.Rows {
		if err := c.line("%3d. %s  [%s] %s", i+1, r.Title, r.Code, r.AuthorityName); err != nil {
			return err
		}
		if r.Snippet.Text != "" {
			if err := c.line("     %s", strings.Join(strings.Fields(r.Snippet.Text), " ")); err != nil {
				return err
			}
		}
		if err := c.explain(r.Why); err != nil {
			return err
		}
	}
	return nil
}

func (c *control) sheetCommand() *cobra.Command {
	var lang, file string
	var complete bool
	cmd := &cobra.Command{
		Use: "sheet CODE [--lang it|en] [--pdf FILE [--complete]]", Short: c.book.Text("ctl.sheet"), Args: c.exactly(1, "sheet CODE"),
		RunE: func(cmd *cobra.Command, args []string) error {
			if _, ok := c.books[lang]; !ok && lang != "" {
				return app.Fault(app.CodeInvalid, nil, "field", "lang", "value", lang)
			}
			return c.with(cmd.Context(), func(s *station.Station) error {
				v, err := s.Desk.Read(cmd.Context(), args[0], lang)
				if err != nil {
					return err
				}
				switch {
				case file != "":
					return c.printPDF(s, v, file, complete)
				case c.json:
					return c.writeSheet(cmd.Context(), s, args[0])
				}
				return c.printText(v)
			})
		},
	}
	cmd.Flags().StringVar(&lang, "lang", "", c.book.Text("ctl.flag.lang"))
	cmd.Flags().StringVar(&file, "pdf", "", c.book.Text("ctl.flag.pdf"))
	cmd.Flags().BoolVar(&complete, "complete", false, c.book.Text("ctl.flag.complete"))
	return cmd
}

// writeSheet prints the line of the catalogue as it came.
func (c *control) writeSheet(ctx context.Context, s *station.Station, code string) error {
	line, err := s.Catalogue.SheetLine(ctx, code)
	if err != nil {
		return err
	}
	return c.line("%s", line)
}

// labels are the words of the sheet's own language where we have them.
func (c *control) labels(v desk.View) (page.Words, string) {
	lang := v.Shown
	if _, ok := c.books[lang]; !ok {
		lang = c.book.Lang()
	}
	return c.books[lang].Text, lang
}

func (c *control) printPDF(s *station.Station, v desk.View, file string, complete bool) error {
	words, lang := c.labels(v)
	var buf bytes.Buffer
	if err := s.Desk.Print(&buf, v, desk.PrintOptions{Words: words, Lang: lang, Complete: complete}); err != nil {
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
		return c.writeJSON(map[string]any{"file": file, "bytes": buf.Len(), "code": v.Code, "version": v.Version})
	}
	return c.line("%s", c.book.Text("ctl.saved", "path", filepath.Clean(file)))
}

func (c *control) printText(v desk.View) error {
	words, lang := c.labels(v)
	var b strings.Builder
	fmt.Fprintf(&b, "%s\n%s\n%s [%s]\n", v.Title, strings.Repeat("=", min(utf8.RuneCountInString(v.Title), 78)), v.AuthorityName, v.Code)
	if v.VerifiedAt != "" {
		fmt.Fprintf(&b, "%s\n", words("ctl.verified", "date", page.Date(v.VerifiedAt, lang)))
	}
	if v.Alert != "" {
		fmt.Fprintf(&b, "\n! %s\n", v.Alert)
	}
	if v.Summary != "" {
		fmt.Fprintf(&b, "\n%s\n", v.Summary)
	}
	if facts := page.KeyFacts(v.Reading, v.OfficesFull, lang, words); len(facts) > 0 {
		b.WriteString("\n")
		for _, f := range facts {
			fmt.Fprintf(&b, "%s: %s\n", f.Label, f.Value)
		}
	}
	for _, key := range v.SectionKeys() {
		fmt.Fprintf(&b, "\n## %s\n\n%s\n", words("section."+key), strings.TrimSpace(v.Sections[key]))
		if key == "requirements" && v.Shown == v.Language { // a translation tells them in its own words
			writeInputs(&b, v)
		}
	}
	if v.Sections["requirements"] == "" && len(v.Inputs) > 0 {
		fmt.Fprintf(&b, "\n## %s\n", words("section.requirements"))
		writeInputs(&b, v)
	}
	for _, a := range v.Attachments {
		fmt.Fprintf(&b, "\n* %s %s", a.Title, a.URL)
	}
	if v.PublicURL != "" {
		fmt.Fprintf(&b, "\n\n%s", v.PublicURL)
	}
	_, err := io.WriteString(c.out, b.String()+"\n")
	return err
}

func writeInputs(b *strings.Builder, v desk.View) {
	b.WriteString("\n")
	for _, in := range v.Inputs {
		fmt.Fprintf(b, "- %s\n", in.Name)
	}
}
