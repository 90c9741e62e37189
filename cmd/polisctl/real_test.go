package main

import (
	"bytes"
	"context"
	"strings"
	"testing"
	"unicode/utf8"

	"polis/app/desk"
	"polis/app/search"
	"polis/cmd/station"
	"polis/cmd/trial"
)

// Real sheets, messy as reality is: imported, published, synchronised over
// HTTPS, then searched by title, shown and printed. `make test` takes every
// realStep-th sheet, `make real` each one.
func TestRealSheets(t *testing.T) {
	files := trial.RealFiles(t)
	h := trial.NewHub(t, files...)
	h.Serve()
	c := newCtl(t)
	c.good("enrol", "--hub", h.URL, "--code", h.Code("c_l378", ""), "--ca", h.CA())
	c.good("sync")
	if st := c.status(); st.Sheets != 4285 {
		t.Fatalf("%d sheets, want 4,285", st.Sheets)
	}
	ctx := context.Background()
	s, err := station.Open(ctx, station.Params{Folder: c.folder})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	})
	codes, err := s.Catalogue.Codes(ctx)
	if err != nil {
		t.Fatal(err)
	}
	books, err := station.Books()
	if err != nil {
		t.Fatal(err)
	}
	options := desk.PrintOptions{Words: books["it"].Text, Lang: "it"}
	var pages, failures int
	for i := 0; i < len(codes); i += realStep {
		if !tryReal(ctx, t, s, codes[i], options) {
			failures++
		}
		pages++
	}
	t.Logf("%d real sheets searched, shown and printed, %d failures", pages, failures)
}

func tryReal(ctx context.Context, t *testing.T, s *station.Station, code string, options desk.PrintOptions) bool {
	v, err := s.Desk.Read(ctx, code, "it")
	if err != nil {
		t.Errorf("%s: read: %v", code, err)
		return false
	}
	good := true
	for _, complete := range []bool{false, true} {
		var buf bytes.Buffer
		options.Complete = complete
		if err := s.Desk.Print(&buf, v, options); err != nil || !bytes.HasPrefix(buf.Bytes(), []byte("%PDF-")) {
			t.Errorf("%s: print (complete %v): %v", code, complete, err)
			good = false
		}
	}
	// Some titles stand on many sheets: the sheet has to be among the hits,
	// narrowed down to its authority.
	res, err := s.Desk.Search(ctx, desk.Request{Text: v.Title, Limit: 200, Filters: []search.Filter{{Field: "authority", Value: v.Authority}}})
	if err != nil {
		t.Errorf("%s: search: %v", code, err)
		return false
	}
	for _, r := range res.Rows {
		if r.Code == code {
			return good && snippetFits(t, code, r)
		}
	}
	t.Errorf("%s: not found by its title %q (%d hits)", code, v.Title, res.Total)
	return false
}

func snippetFits(t *testing.T, code string, r desk.Row) bool {
	for _, sp := range append(r.TitleSpans, r.Snippet.Spans...) {
		if sp.Start < 0 || sp.End <= sp.Start {
			t.Errorf("%s: span %+v", code, sp)
			return false
		}
	}
	if !utf8.ValidString(r.Snippet.Text) || strings.TrimSpace(r.Title) == "" {
		t.Errorf("%s: title %q, snippet %q", code, r.Title, r.Snippet.Text)
		return false
	}
	return true
}
