package main

import (
	"context"
	"os"
	"path/filepath"
	"testing"

	"polis/cmd/trial"
	"polis/data/sqlite"
)

// needs are the phrases that the search of a workstation offers.
func (c *ctl) needs(typed string) []string {
	c.t.Helper()
	cat, err := sqlite.OpenCatalogue(context.Background(), c.folder)
	if err != nil {
		c.t.Fatal(err)
	}
	defer func() { _ = cat.Close() }()
	return cat.Index().Words().Needs(typed, 5)
}

// A synonym that an editor adds at the hub reaches the counter, and is no
// sheet.
func TestWordsReachTheCounter(t *testing.T) {
	h := trial.NewHub(t, trial.SampleFiles(t)...)
	h.Serve()
	c := enrolled(t, h, h.URL)
	c.good("sync")
	before := c.status()
	publish := func(line string) {
		t.Helper()
		file := filepath.Join(t.TempDir(), "parole.jsonl")
		if err := os.WriteFile(file, []byte(line+"\n"), 0o600); err != nil {
			t.Fatal(err)
		}
		h.Run("import", "--strict", file)
		h.Run("publish")
		c.good("sync")
	}
	publish(`{"type":"synonym","id":"syn-zirudella","kind":"everyday","terms":["zirudella"],"means":["carta d'identità"]}`)
	after := c.status()
	if after.Version != before.Version+1 || after.CatalogueDigest == before.CatalogueDigest || after.Sheets != before.Sheets || after.Problem != "" {
		t.Errorf("status %+v, before %+v", after, before)
	}
	if got := c.needs("zirud"); len(got) != 1 || got[0] != "zirudella" {
		t.Errorf("offered: %q", got)
	}
	c.good("search", "--json", "carta identita")
	publish(`{"type":"synonym","id":"syn-zirudella","op":"delete"}`)
	if got := c.needs("zirud"); len(got) != 0 {
		t.Errorf("still offered: %q", got)
	}
	if st := c.status(); st.CatalogueDigest != before.CatalogueDigest {
		t.Errorf("digest %s, want %s again", st.CatalogueDigest, before.CatalogueDigest)
	}
}
