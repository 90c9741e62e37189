// Package search finds sheets while the operator types: an analyser shared
// by documents, queries and highlights, a lexicon that completes and repairs
// words, and an in-memory index that is kept as one blob beside the sheets.
//
// An Index never changes and is safe for concurrent use. It is made of
// segments: one of the whole catalogue and small ones of what changed since
// (With); Merged makes them one again.
package search

import (
	"maps"
	"slices"
	"strings"

	"polis/app"
)

// Doc is one sheet as the index sees it.
type Doc struct {
	Code, Authority, Language, Level, Base, Status, Title string
	AuthorityName                                         string // people name it beside the topic
	AlternativeTitles, Keywords                           []string
	Summary                                               string
	Sections                                              []string // plain or Markdown text, in order
	Topics, Audiences, LifeEvents                         []string
	Translations                                          []Text // the same sheet in other languages
}

// Text is what a sheet says in one more language; it is analysed with that
// language's rules, and its title counts as an alternative title.
type Text struct {
	Language, Title, Summary string
	Sections                 []string
}

// DocOf makes the document of a sheet as people read it: an adaptation is
// found by the text of its base too, and an Italian sheet by English words
// when it has a translation.
func DocOf(r app.Reading) Doc {
	s := &r.Sheet
	d := Doc{
		Code: s.Code, Authority: s.Authority, Language: s.Language, Level: s.Level, Base: s.Base,
		Status: s.Status, Title: s.Title, AlternativeTitles: s.AlternativeTitles, Keywords: s.Keywords,
		Summary: s.Summary, Topics: s.Topics, Audiences: s.Audiences, LifeEvents: s.LifeEvents,
	}
	if r.Base != nil && r.Base.Title != s.Title {
		d.AlternativeTitles = append(slices.Clone(d.AlternativeTitles), r.Base.Title)
	}
	for _, key := range s.SectionKeys() {
		d.Sections = append(d.Sections, s.Sections[key])
	}
	if names := namesOf(s); names != "" {
		d.Sections = append(d.Sections, names)
	}
	for _, lang := range slices.Sorted(maps.Keys(s.Translations)) {
		tr := s.Translations[lang]
		t := Text{Language: lang, Title: tr.Title, Summary: tr.Summary}
		for _, key := range slices.Sorted(maps.Keys(tr.Sections)) {
			t.Sections = append(t.Sections, tr.Sections[key])
		}
		d.Translations = append(d.Translations, t)
	}
	return d
}

// Texts returns everything that the sheet says, title first.
func (d *Doc) Texts() []string {
	texts := append([]string{d.Title, d.Summary}, d.AlternativeTitles...)
	texts = append(append(texts, d.Keywords...), d.Sections...)
	for i := range d.Translations {
		t := &d.Translations[i]
		texts = append(append(texts, t.Title, t.Summary), t.Sections...)
	}
	return texts
}

// namesOf gathers the short texts beside the sections: what to bring, what
// comes out, fees, laws and attachments are searched for by name.
func namesOf(s *app.Sheet) string {
	var names []string
	for _, in := range s.Inputs {
		names = append(names, in.Name)
	}
	for _, out := range s.Outputs {
		names = append(names, out.Name)
	}
	for _, f := range s.Fees {
		names = append(names, f.Description)
	}
	for _, r := range s.Rules {
		names = append(names, r.Title)
	}
	for _, a := range s.Attachments {
		names = append(names, a.Title)
	}
	names = slices.DeleteFunc(names, func(n string) bool { return n == "" })
	return strings.Join(names, "\n")
}
