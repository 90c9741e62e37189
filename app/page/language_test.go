package page

import (
	"strings"
	"testing"

	"polis/app"
)

// langs says of every text in a document in which language it is marked.
func langs(d Document) map[string]string {
	out := map[string]string{}
	inlines := func(in []Inline, around string) {
		for _, piece := range in {
			lang := around
			if piece.Lang != "" {
				lang = piece.Lang
			}
			if piece.Text != "" {
				out[strings.TrimSpace(piece.Text)] = lang
			}
		}
	}
	var blocks func(list []Block, around string)
	blocks = func(list []Block, around string) {
		for _, b := range list {
			inlines(b.Inlines, around)
			for _, item := range b.Items {
				blocks(item, around)
			}
			for _, row := range append([][]Cell{b.Head}, b.Rows...) {
				for _, c := range row {
					inlines(c.Inlines, around)
				}
			}
		}
	}
	for _, s := range d.Sections {
		lang := d.Language
		if s.Lang != "" {
			lang = s.Lang
		}
		for _, p := range s.Parts {
			switch p := p.(type) {
			case Opening:
				out[p.Title] = lang
				inlines(p.Lead, lang)
			case Notice:
				inlines(p.Text, lang)
			case Cards:
				for _, c := range p {
					blocks(c.Blocks, lang)
				}
			case Prose:
				blocks(p.Blocks, lang)
			case Steps:
				for _, item := range p.Items {
					blocks(item, lang)
				}
			}
		}
	}
	return out
}

// What a translation lacks is shown in the sheet's own language, and whoever
// hears the paper must hear it in that language.
func TestUntranslatedTextIsMarked(t *testing.T) {
	in := fullInput(t, "it")
	in.Complete = true
	in.Reading.Fees = []app.Fee{{Description: strings.Repeat("lungo ", 20), Amount: "7"}, {Description: "corto"}}
	in.Reading.Sections["audience"] = "Tutti."
	in.Reading.Translations = map[string]app.Translation{"uk": {
		Title: "Посвідчення особи", Sections: map[string]string{"costs": "Коштує", "deadlines": "Шість днів <i lang=\"en\">at most</i>"},
	}}
	in.Reading.Sheet, in.Reading.Shown = in.Reading.In("uk")
	d := Sheet(in)
	if d.Language != "uk" || d.Labels != "it" {
		t.Errorf("document %q, labels %q", d.Language, d.Labels)
	}
	got := langs(d)
	for text, want := range map[string]string{
		"Посвідчення особи": "uk", "Che cos'è.": "it", "Коштує": "uk", "Voce": "it", "corto": "it", "Шість днів": "uk", "at most": "en",
		"Testo della sezione remedies.": "it", "Tutti.": "it", "Modulo –": "it", "Legge uno": "it", "lavori": "it", "Fotografia recente": "it",
		"Servizio online:": "it",
	} {
		if lang, ok := got[text]; !ok || lang != want {
			t.Errorf("%q is marked %q (there: %v), want %q", text, lang, ok, want)
		}
	}
	for _, s := range d.Sections {
		if s.Lang == d.Language {
			t.Errorf("section %s repeats the document's language", s.Key)
		}
	}
	in.Reading.Shown = "it"
	if d := Sheet(in); d.Labels != "" {
		t.Errorf("labels in the document's own language are marked %q", d.Labels)
	}
}
