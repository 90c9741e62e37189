package app

import (
	"maps"
	"net/url"
	"slices"
	"strings"
	"time"
)

// Levels of a sheet.
const (
	LevelNational  = "national"
	LevelRegional  = "regional"
	LevelAuthority = "authority"
)

// States of a sheet.
const (
	StatusActive       = "active"
	StatusInactive     = "inactive"
	StatusSuspended    = "suspended"
	StatusDiscontinued = "discontinued"
)

// SectionOrder is the order in which sections are shown (Modello Comuni).
func SectionOrder() []string {
	return []string{
		"description", "audience", "applicants", "how_to", "requirements", "result", "deadlines",
		"costs", "access", "conditions", "exceptions", "remedies", "contacts", "notes",
	}
}

// Sheet is an information sheet as formats.md writes it.
type Sheet struct {
	Code              string                 `json:"code"`
	Authority         string                 `json:"authority"`
	Level             string                 `json:"level,omitempty"`
	Base              string                 `json:"base,omitempty"` // code of the sheet this one adapts
	Language          string                 `json:"language"`
	Title             string                 `json:"title"`
	AlternativeTitles []string               `json:"alternative_titles,omitempty"`
	Keywords          []string               `json:"keywords,omitempty"`
	Summary           string                 `json:"summary,omitempty"`
	Status            string                 `json:"status,omitempty"`
	StatusReason      string                 `json:"status_reason,omitempty"`
	Alert             *Alert                 `json:"alert,omitempty"`
	Category          string                 `json:"category,omitempty"`
	Topics            []string               `json:"topics,omitempty"`
	LifeEvents        []string               `json:"life_events,omitempty"`
	BusinessEvents    []string               `json:"business_events,omitempty"`
	Audiences         []string               `json:"audiences,omitempty"`
	Sections          map[string]string      `json:"sections,omitempty"` // Markdown by section key
	Inputs            []Item                 `json:"inputs,omitempty"`
	Outputs           []Item                 `json:"outputs,omitempty"`
	Fees              []Fee                  `json:"fees,omitempty"`
	ProcessingTime    *ProcessingTime        `json:"processing_time,omitempty"`
	Channels          []string               `json:"channels,omitempty"`
	OnlineService     string                 `json:"online_service,omitempty"`
	Rules             []Rule                 `json:"rules,omitempty"`
	Attachments       []Attachment           `json:"attachments,omitempty"`
	Offices           []string               `json:"offices,omitempty"`
	Validity          string                 `json:"validity,omitempty"`
	Logo              string                 `json:"logo,omitempty"`
	PublicURL         string                 `json:"public_url,omitempty"`
	Translations      map[string]Translation `json:"translations,omitempty"`
	ModifiedAt        Date                   `json:"modified_at,omitempty"`
	VerifiedAt        Date                   `json:"verified_at,omitempty"`
	VerifiedBy        string                 `json:"verified_by,omitempty"`
	ReviewBy          Date                   `json:"review_by,omitempty"`
	SourceURL         string                 `json:"source_url,omitempty"`
}

// Alert is a notice above a sheet for a period.
type Alert struct {
	Text string `json:"text"`
	Span
}

// Item is something to bring (input) or to receive (output).
type Item struct {
	Name string `json:"name"`
	Kind string `json:"kind,omitempty"`
}

// Fee is one price; Amount is decimal text ("22.21"), possibly empty.
type Fee struct {
	Description string `json:"description,omitempty"`
	Amount      string `json:"amount,omitempty"`
	Currency    string `json:"currency,omitempty"`
}

// ProcessingTime says how long it takes.
type ProcessingTime struct {
	Text    string `json:"text,omitempty"`
	MaxDays int    `json:"max_days,omitempty"`
}

// Rule is a law or regulation.
type Rule struct {
	Title string `json:"title"`
	URL   string `json:"url,omitempty"`
	URN   string `json:"urn,omitempty"`
}

// Kinds of attachment.
const (
	AttachmentLink         = "link"
	AttachmentNotice       = "notice"
	AttachmentForm         = "form"
	AttachmentLaw          = "law"
	AttachmentInstructions = "instructions"
)

// Attachment is a document of a sheet: an address, a file of the catalogue
// (by SHA-256), or both.
type Attachment struct {
	ID        string `json:"id"`
	Title     string `json:"title"`
	Kind      string `json:"kind"`
	URL       string `json:"url,omitempty"`
	SHA256    string `json:"sha256,omitempty"`
	MediaType string `json:"media_type,omitempty"`
}

// Translation is the text of a sheet in another language.
type Translation struct {
	Title    string            `json:"title,omitempty"`
	Summary  string            `json:"summary,omitempty"`
	Sections map[string]string `json:"sections,omitempty"`
}

// AlertOn returns the alert's text when it holds at t, else "".
func (s *Sheet) AlertOn(t time.Time) string {
	if s.Alert == nil || !s.Alert.Contains(t) {
		return ""
	}
	return s.Alert.Text
}

// ToReview reports whether the verification is overdue at t.
func (s *Sheet) ToReview(t time.Time) bool { return s.ReviewBy.Before(t) }

// Demonstrative reports whether the sheet says of itself that it is an
// example: its source lies under ".example", the domain that is kept free for
// that. It is marked wherever it is shown or printed.
func (s *Sheet) Demonstrative() bool {
	u, err := url.Parse(s.SourceURL)
	return err == nil && strings.HasSuffix(u.Hostname(), ".example")
}

// Languages lists the languages the sheet can be read in, its own first.
func (s *Sheet) Languages() []string {
	other := slices.Sorted(maps.Keys(s.Translations))
	return append([]string{s.Language}, slices.DeleteFunc(other, func(l string) bool { return l == s.Language })...)
}

// SectionKeys lists the keys that have text: the known ones in their order,
// then any other by name.
func (s *Sheet) SectionKeys() []string {
	var keys []string
	order := SectionOrder()
	for _, k := range order {
		if s.Sections[k] != "" {
			keys = append(keys, k)
		}
	}
	for _, k := range slices.Sorted(maps.Keys(s.Sections)) {
		if s.Sections[k] != "" && !slices.Contains(order, k) {
			keys = append(keys, k)
		}
	}
	return keys
}

// In returns the sheet with title, summary and sections in the language
// where a translation has them, and the language actually shown.
func (s *Sheet) In(lang string) (Sheet, string) {
	out := *s
	tr, ok := s.Translations[lang]
	if !ok || lang == s.Language {
		return out, s.Language
	}
	if tr.Title != "" {
		out.Title = tr.Title
	}
	if tr.Summary != "" {
		out.Summary = tr.Summary
	}
	if len(tr.Sections) > 0 {
		out.Sections = maps.Clone(s.Sections)
		if out.Sections == nil {
			out.Sections = map[string]string{}
		}
		for k, text := range tr.Sections {
			if text != "" { // a translation that was only begun hides nothing
				out.Sections[k] = text
			}
		}
	}
	return out, lang
}

// Reading is a sheet as a person reads it: a local adaptation over its base,
// with the sections that are local.
type Reading struct {
	Sheet
	Shown   string          // language of the text
	Version int64           // of the catalogue's line, or of its base when that changed later
	Base    *Sheet          // nil when the sheet stands alone
	Local   map[string]bool // section keys that the adaptation wrote
}

// SectionLang returns the language that a section's text is written in: a
// translation may lack some, and a base may be of another language than its
// adaptation.
func (r *Reading) SectionLang(key string) string {
	if r.Translations[r.Shown].Sections[key] != "" {
		return r.Shown
	}
	if r.Base != nil && !r.Local[key] && r.Base.Language != "" {
		return r.Base.Language
	}
	return r.Language
}

// TitleLang returns the language of the title.
func (r *Reading) TitleLang() string {
	if r.Translations[r.Shown].Title != "" {
		return r.Shown
	}
	return r.Language
}

// SummaryLang returns the language of the summary.
func (r *Reading) SummaryLang() string {
	if r.Translations[r.Shown].Summary != "" {
		return r.Shown
	}
	if r.Base != nil && r.Summary == r.Base.Summary && r.Base.Language != "" {
		return r.Base.Language
	}
	return r.Language
}

// Adapt lays a local adaptation over its base: what the adaptation does not
// say comes from the base. Base may be nil.
func Adapt(local, base *Sheet) Reading {
	r := Reading{Sheet: *local, Shown: local.Language, Local: map[string]bool{}}
	if base == nil {
		return r
	}
	r.Base = base
	sections := maps.Clone(base.Sections)
	if sections == nil {
		sections = map[string]string{}
	}
	for k, text := range local.Sections {
		if text != "" {
			sections[k] = text
			r.Local[k] = true
		}
	}
	r.Sections = sections
	fillFromBase(&r.Sheet, base)
	r.Translations = adaptTranslations(local, base)
	return r
}

func fillFromBase(s, base *Sheet) {
	s.Summary = firstText(s.Summary, base.Summary)
	s.Category = firstText(s.Category, base.Category)
	s.Validity = firstText(s.Validity, base.Validity)
	s.OnlineService = firstText(s.OnlineService, base.OnlineService)
	s.AlternativeTitles = firstList(s.AlternativeTitles, base.AlternativeTitles)
	s.Keywords = firstList(s.Keywords, base.Keywords)
	s.Topics = firstList(s.Topics, base.Topics)
	s.LifeEvents = firstList(s.LifeEvents, base.LifeEvents)
	s.BusinessEvents = firstList(s.BusinessEvents, base.BusinessEvents)
	s.Audiences = firstList(s.Audiences, base.Audiences)
	s.Channels = firstList(s.Channels, base.Channels)
	s.Offices = firstList(s.Offices, base.Offices)
	s.Inputs = firstList(s.Inputs, base.Inputs)
	s.Outputs = firstList(s.Outputs, base.Outputs)
	s.Fees = firstList(s.Fees, base.Fees)
	s.Rules = firstList(s.Rules, base.Rules)
	s.Attachments = append(slices.Clone(s.Attachments), base.Attachments...)
	if s.ProcessingTime == nil {
		s.ProcessingTime = base.ProcessingTime
	}
	if s.Alert == nil {
		s.Alert = base.Alert
	}
}

// adaptTranslations drops from the base's translations the sections that the
// adaptation rewrote: old translated text must not hide new local text.
func adaptTranslations(local, base *Sheet) map[string]Translation {
	out := map[string]Translation{}
	for lang, tr := range base.Translations {
		sections := maps.Clone(tr.Sections)
		for k, text := range local.Sections {
			if text != "" {
				delete(sections, k)
			}
		}
		out[lang] = Translation{Title: tr.Title, Summary: tr.Summary, Sections: sections}
	}
	for lang, tr := range local.Translations {
		merged := out[lang]
		merged.Title = firstText(tr.Title, merged.Title)
		merged.Summary = firstText(tr.Summary, merged.Summary)
		if merged.Sections == nil {
			merged.Sections = map[string]string{}
		}
		maps.Copy(merged.Sections, tr.Sections)
		out[lang] = merged
	}
	return out
}

func firstText(a, b string) string {
	if a != "" {
		return a
	}
	return b
}

func firstList[T any](a, b []T) []T {
	if len(a) > 0 {
		return a
	}
	return b
}
