package layout

import (
	"strings"
	"testing"

	"polis/app"
	"polis/app/page"
)

func TestHyphens(t *testing.T) {
	s := newSetter(testEngine(t), page.Document{Language: "it"})
	tests := []struct{ lang, word, want string }{
		{"it", "duplicato", "dupli-cato"},
		{"it", "espatrio", "espa-trio"},
		{"it", "(documentazione),", "(docu-men-ta-zione),"},
		{"it", "dell’identità", "del-l’i-den-tità"},
		{"it-IT", "cittadino", "cit-ta-dino"},
		{"en", "responsibility", "respon-si-bil-ity"},
		{"en", "associate", "asso-ciate"},
		{"fr", "documentation", "documentation"},
		{"it", "RESIDENZA", "RESIDENZA"},
		{"it", "sedici", "sedici"},
		{"it", "22/12/2026", "22/12/2026"},
		{"it", "anagrafe@comune.example", "anagrafe@comune.example"},
		{"it", "comune.example/certificati", "comune.example/certificati"},
		{"it", "certificato1", "certificato1"},
	}
	for _, tt := range tests {
		var b strings.Builder
		last := 0
		for _, at := range s.breaks(tt.lang, tt.word) {
			b.WriteString(tt.word[last:at] + "-")
			last = at
		}
		b.WriteString(tt.word[last:])
		if b.String() != tt.want {
			t.Errorf("%s %s: got %s, want %s", tt.lang, tt.word, b.String(), tt.want)
		}
	}
	if err := testEngine(t).Hyphenate("xx", []byte("no patterns")); app.ErrorCode(err) != app.CodeInternal {
		t.Errorf("a file without patterns: %v", err)
	}
}

// Words are broken in narrow columns only, in the language of their text, and
// are whole for who hears or copies them; links and names never are.
func TestHyphensOnTheLine(t *testing.T) {
	text := "Il documento di riconoscimento attesta ufficialmente tutte le generalità del cittadino; la documentazione amministrativa va conservata accuratamente insieme alle certificazioni e alle autorizzazioni"
	card := func(blocks []page.Block, lang string) page.Document {
		doc := section("Titolo", page.Cards{{Title: "Uno", Blocks: blocks}, {Title: "Due", Blocks: blocks}, {Title: "Tre", Blocks: blocks}})
		doc.Sections[1].Lang = lang
		return doc
	}
	count := func(doc page.Document) int {
		dl := laidOut(t, doc)
		sameText(t, "hyphens", doc, dl)
		n := 0
		for _, r := range runsOf(dl) {
			if r.Actual == softHyphen {
				n++
				if r.Text != "-" || r.Width <= 0 {
					t.Errorf("a hyphen is %q, %.1f wide", r.Text, r.Width)
				}
			}
		}
		return n
	}
	if n := count(card(page.Parse(text), "it")); n < 3 {
		t.Errorf("%d hyphens in narrow cards", n)
	}
	if n := count(card(page.Parse(text), "fr")); n != 0 {
		t.Errorf("%d hyphens in a language without rules", n)
	}
	if n := count(card(page.Parse("["+text+"](https://a.example)"), "it")); n != 0 {
		t.Errorf("%d hyphens in a link", n)
	}
	if n := count(section("Titolo", markdown(strings.Repeat(text+" ", 20)))); n != 0 {
		t.Errorf("%d hyphens in wide text", n)
	}
}
