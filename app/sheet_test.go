package app

import (
	"slices"
	"testing"
	"time"
)

func TestAdaptLaysLocalOverBase(t *testing.T) {
	base := &Sheet{
		Code: "r-1", Title: "Base", Summary: "s", Sections: map[string]string{"how_to": "regional", "costs": "10"}, Keywords: []string{"k"},
		Translations: map[string]Translation{"en": {Title: "Base EN", Sections: map[string]string{"how_to": "EN", "costs": "ten"}}},
	}
	local := &Sheet{Code: "c-1", Base: "r-1", Language: "it", Title: "Locale", Sections: map[string]string{"costs": "12", "empty": ""}}
	r := Adapt(local, base)
	if r.Title != "Locale" || r.Sections["how_to"] != "regional" || r.Sections["costs"] != "12" || r.Summary != "s" || !r.Local["costs"] || r.Local["how_to"] {
		t.Fatalf("%+v", r)
	}
	en, shown := r.In("en")
	if shown != "en" || en.Sections["how_to"] != "EN" || en.Sections["costs"] != "12" {
		t.Errorf("an old translation hides the local text: %+v", en.Sections)
	}
	if base.Sections["costs"] != "10" || base.Translations["en"].Sections["costs"] != "ten" {
		t.Error("the base was changed")
	}
	if alone := Adapt(base, nil); alone.Base != nil || alone.Title != "Base" {
		t.Errorf("%+v", alone)
	}
}

func TestEveryTextSaysItsLanguage(t *testing.T) {
	base := &Sheet{
		Language: "de", Summary: "kurz", Sections: map[string]string{"how_to": "so", "costs": "10", "notes": "n"},
		Translations: map[string]Translation{"en": {Sections: map[string]string{"how_to": "thus", "costs": "ten"}}},
	}
	local := &Sheet{
		Language: "it", Title: "Locale", Sections: map[string]string{"costs": "12", "access": "qui"},
		Translations: map[string]Translation{"en": {Title: "Local", Sections: map[string]string{"access": ""}}},
	}
	r := Adapt(local, base)
	r.Sheet, r.Shown = r.In("en")
	if r.Sections["access"] != "qui" {
		t.Error("a translation that was only begun hides the text")
	}
	for key, want := range map[string]string{"how_to": "en", "costs": "it", "access": "it", "notes": "de"} {
		if got := r.SectionLang(key); got != want {
			t.Errorf("%s: %q, want %q", key, got, want)
		}
	}
	if r.TitleLang() != "en" || r.SummaryLang() != "de" {
		t.Errorf("title %q, summary %q", r.TitleLang(), r.SummaryLang())
	}
	alone := Adapt(local, nil)
	if alone.TitleLang() != "it" || alone.SummaryLang() != "it" || alone.SectionLang("costs") != "it" {
		t.Error("a sheet in its own language is in that language")
	}
}

func TestSectionKeysAndLanguages(t *testing.T) {
	s := Sheet{Language: "it", Sections: map[string]string{"zeta": "z", "notes": "n", "description": "d", "costs": ""}, Translations: map[string]Translation{"fr": {}, "en": {}}}
	if got := s.SectionKeys(); !slices.Equal(got, []string{"description", "notes", "zeta"}) {
		t.Errorf("keys %v", got)
	}
	if got := s.Languages(); !slices.Equal(got, []string{"it", "en", "fr"}) {
		t.Errorf("languages %v", got)
	}
}

func TestAlertReviewAndDemonstration(t *testing.T) {
	day := time.Date(2026, 11, 23, 15, 0, 0, 0, time.UTC)
	s := Sheet{Alert: &Alert{Text: "chiuso", Span: Span{From: "2026-11-23", To: "2026-11-23"}}, ReviewBy: "2026-11-22", SourceURL: "https://polis.example/schede/x"}
	if s.AlertOn(day) != "chiuso" || s.AlertOn(day.AddDate(0, 0, 1)) != "" || !s.ToReview(day) || !s.Demonstrative() {
		t.Errorf("%+v", s)
	}
	s = Sheet{ReviewBy: "when?", SourceURL: "https://www.comune.trento.it/example"}
	if s.ToReview(day) || s.Demonstrative() {
		t.Errorf("%+v", s)
	}
}

func TestContactValidate(t *testing.T) {
	good := Contact{ID: "i", Visit: "v", Operator: "o", Authority: "a", Channel: "phone", User: "business", RequestType: "forms", Outcome: "unmet", UnmetReason: "unclear"}
	if err := good.Validate(); err != nil {
		t.Fatal(err)
	}
	for field, spoil := range map[string]func(*Contact){
		"channel": func(c *Contact) { c.Channel = "pigeon" }, "user": func(c *Contact) { c.User = "" },
		"outcome": func(c *Contact) { c.Outcome = "?" }, "request_type": func(c *Contact) { c.RequestType = "x" },
		"unmet_reason": func(c *Contact) { c.UnmetReason = "x" }, "operator": func(c *Contact) { c.Operator = "" },
	} {
		bad := good
		spoil(&bad)
		if err := bad.Validate(); ErrorCode(err) != CodeInvalid || ErrorParams(err)["field"] != field {
			t.Errorf("%s: %v", field, err)
		}
	}
}
