package page_test

import (
	"testing"

	"polis/app"
	"polis/app/page"
)

func TestReadDate(t *testing.T) {
	for text, want := range map[string]app.Date{
		"3/11/2026": "2026-11-03", "03-11-2026": "2026-11-03", " 3.11.26 ": "2026-11-03", "3 nov 2026": "2026-11-03",
		"3 novembre 2026": "2026-11-03", "3 November 2026": "2026-11-03", "1° gen 2027": "2027-01-01", "2026-11-03": "2026-11-03",
		"29/2/2028": "2028-02-29", "7 may 2026": "2026-05-07", "7 mag. 2026": "2026-05-07",
	} {
		if got, ok := page.ReadDate(text); !ok || got != want {
			t.Errorf("%q is %q", text, got)
		}
	}
	for _, text := range []string{"", "3", "3/11", "31/4/2026", "29/2/2026", "0/1/2026", "3/13/2026", "3 xyz 2026", "3 no 2026", "3/11/126", "a/b/c", "-3/11/2026/1"} {
		if got, ok := page.ReadDate(text); ok {
			t.Errorf("%q was read as %q", text, got)
		}
	}
	for _, lang := range []string{"it", "en"} { // what is written is understood
		for _, d := range []app.Date{"2026-01-09", "2026-05-31", "2026-08-15", "2026-12-01"} {
			if got, ok := page.ReadDate(page.Date(d, lang)); !ok || got != d {
				t.Errorf("%s: %q was read as %q", lang, page.Date(d, lang), got)
			}
		}
	}
}
