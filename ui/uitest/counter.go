package uitest

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"slices"
	"strings"
	"sync"
	"time"

	"polis/app"
	"polis/app/contacts"
	appdesk "polis/app/desk"
	"polis/app/page"
	"polis/app/phrase"
	"polis/app/search"
	"polis/assets"
)

// Counter is a workstation in memory: catalogue, log and paper.
type Counter struct {
	sheets      map[string]*app.Sheet
	order       []string
	authorities map[string]app.Authority
	offices     map[string]app.Office
	index       *search.Index

	mu        sync.Mutex
	Logged    []contacts.Entry
	FailLog   error // Save fails with it
	FailPaper error // Layout fails with it
	Example   bool  // it is the demonstration
	Identity  appdesk.Identity
	Who       func() appdesk.Identity // in place of Identity, when it changes
	Time      time.Time
	PagesOf   int // how many pages every paper has; 0 = one
}

// Noon is the time on the tests' clock.
func Noon() time.Time { return time.Date(2026, 11, 23, 12, 0, 0, 0, time.UTC) }

// NewCounter loads JSON Lines; without any it loads the sample catalogue.
func NewCounter(files ...[]byte) (*Counter, error) {
	if len(files) == 0 {
		files = assets.Sample()
	}
	c := &Counter{
		sheets: map[string]*app.Sheet{}, authorities: map[string]app.Authority{}, offices: map[string]app.Office{},
		Time: Noon(), Identity: appdesk.Identity{Operator: "operator-1"},
	}
	for _, f := range files {
		if err := c.load(f); err != nil {
			return nil, err
		}
	}
	var docs []search.Doc
	for _, code := range c.order {
		r, err := c.Reading(context.Background(), code)
		if err != nil {
			return nil, err
		}
		docs = append(docs, search.DocOf(r))
	}
	c.index = search.Build(docs)
	return c, nil
}

func (c *Counter) load(file []byte) error {
	for line := range bytes.Lines(file) {
		if len(bytes.TrimSpace(line)) == 0 {
			continue
		}
		var kind struct {
			Type string `json:"type"`
		}
		if err := json.Unmarshal(line, &kind); err != nil {
			return fmt.Errorf("sample line: %w", err)
		}
		if err := c.add(kind.Type, line); err != nil {
			return err
		}
	}
	return nil
}

func (c *Counter) add(kind string, line []byte) error {
	switch kind {
	case "sheet":
		var s app.Sheet
		if err := json.Unmarshal(line, &s); err != nil {
			return err
		}
		c.sheets[s.Code] = &s
		c.order = append(c.order, s.Code)
	case "authority":
		var a app.Authority
		if err := json.Unmarshal(line, &a); err != nil {
			return err
		}
		c.authorities[a.ID] = a
	case "office":
		var o app.Office
		if err := json.Unmarshal(line, &o); err != nil {
			return err
		}
		c.offices[o.ID] = o
	}
	return nil
}

// Sit makes the counter that of an office of the catalogue.
func (c *Counter) Sit(authority string) {
	c.Identity.Authority = authority
	for id, o := range c.offices {
		if o.Authority == authority && (c.Identity.Office == "" || id < c.Identity.Office) {
			c.Identity.Office = id
		}
	}
}

// Codes lists the sheets in the order of the files.
func (c *Counter) Codes() []string { return c.order }

// Reading implements desk.Catalogue.
func (c *Counter) Reading(_ context.Context, code string) (app.Reading, error) {
	s := c.sheets[code]
	if s == nil {
		return app.Reading{}, app.Fault(app.CodeSheetNotFound, nil, "code", code)
	}
	r := app.Adapt(s, c.sheets[s.Base])
	r.Version = 1
	return r, nil
}

// Readings implements desk.Catalogue.
func (c *Counter) Readings(ctx context.Context, codes []string) ([]app.Reading, error) {
	var out []app.Reading
	for _, code := range codes {
		if r, err := c.Reading(ctx, code); err == nil {
			out = append(out, r)
		}
	}
	return out, nil
}

// Authority implements desk.Catalogue.
func (c *Counter) Authority(id string) app.Authority { return c.authorities[id] }

// Office implements desk.Catalogue.
func (c *Counter) Office(id string) (app.Office, bool) { o, ok := c.offices[id]; return o, ok }

// Index implements desk.Catalogue.
func (c *Counter) Index() *search.Index { return c.index }

// Alerted implements desk.Catalogue.
func (c *Counter) Alerted(_ context.Context, _ app.Date, own string) ([]appdesk.Alerted, error) {
	var out []appdesk.Alerted
	for _, code := range c.order {
		s := c.sheets[code]
		if s.AlertOn(c.Time) == "" {
			continue
		}
		for _, other := range c.order {
			if o := c.sheets[other]; o.Base == code && o.Authority == own {
				s = o
			}
		}
		a := appdesk.Alerted{Code: s.Code, Authority: s.Authority, Level: s.Level}
		if !slices.Contains(out, a) {
			out = append(out, a)
		}
	}
	return out, nil
}

// SetWords gives the index editable words.
func (c *Counter) SetWords(w *search.Words) { c.index = c.index.WithWords(w) }

// HandedOut implements desk.HandOuts.
func (c *Counter) HandedOut(context.Context, app.Date) (map[string]int, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	counts := map[string]int{}
	for _, e := range c.Logged {
		for _, s := range e.Sheets {
			if s.HandedOut {
				counts[s.Code]++
			}
		}
	}
	return counts, nil
}

// Logo implements desk.Catalogue: the sample has none.
func (c *Counter) Logo(string) []byte { return nil }

// PublicURL implements desk.Catalogue.
func (c *Counter) PublicURL(code string) string { return "https://polis.example/schede/" + code }

// Demonstration implements desk.Catalogue.
func (c *Counter) Demonstration() bool { return c.Example }

// Save implements desk.Log.
func (c *Counter) Save(_ context.Context, contact app.Contact, p app.Personal) (app.Contact, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.FailLog != nil {
		return app.Contact{}, c.FailLog
	}
	contact.Number = fmt.Sprintf("%d-%05d", contact.RecordedAt.Year(), len(c.Logged)+1)
	c.Logged = append(c.Logged, contacts.Entry{Contact: contact, Note: p.Note, Identity: p.Identity, State: contacts.StateQueued})
	return contact, nil
}

// NumberToday implements desk.Log.
func (c *Counter) NumberToday(context.Context, time.Time) (int, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	return len(c.Logged), nil
}

// Contacts implements contacts.Source, newest first.
func (c *Counter) Contacts(_ context.Context, _ app.Span, limit int) ([]contacts.Entry, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	var out []contacts.Entry
	for i := len(c.Logged) - 1; i >= 0 && (limit <= 0 || len(out) < limit); i-- {
		out = append(out, c.Logged[i])
	}
	return out, nil
}

// Layout implements desk.Paper with empty pages; enclosed documents begin on
// the second and on those after it.
func (c *Counter) Layout(doc page.Document) (page.DisplayList, error) {
	if c.FailPaper != nil {
		return page.DisplayList{}, c.FailPaper
	}
	var starts []int
	for i := range doc.Enclosed {
		starts = append(starts, i+2)
	}
	return page.DisplayList{
		Enclosed: starts, Code: doc.Code, Title: doc.Title, Language: doc.Language, Width: 595.28, Height: 841.89, Pages: make([]page.Page, max(c.PagesOf, 1)),
	}, nil
}

// PDF implements desk.Paper with a file that only says what it is.
func (c *Counter) PDF(w io.Writer, list page.DisplayList) error {
	_, err := fmt.Fprintf(w, "%%PDF-1.7 %s %s\n", list.Code, list.Language)
	return err
}

// Offices lists the offices of an authority.
func (c *Counter) Offices(authority string) []app.Office {
	var out []app.Office
	for _, o := range c.offices {
		if o.Authority == authority {
			out = append(out, o)
		}
	}
	slices.SortFunc(out, func(a, b app.Office) int { return strings.Compare(a.ID, b.ID) })
	return out
}

func (c *Counter) who() appdesk.Identity {
	if c.Who != nil {
		return c.Who()
	}
	return c.Identity
}

// Desk makes the use cases over this counter.
func (c *Counter) Desk() (*appdesk.Desk, error) {
	var topics []app.Term
	if err := json.Unmarshal(assets.Read("vocabularies/topics.json"), &topics); err != nil {
		return nil, err
	}
	return appdesk.New(appdesk.Params{
		Catalogue: c, Log: c, HandOuts: c, Paper: c, Clock: app.ClockFunc(func() time.Time { return c.Time }),
		Identity: c.who, Topics: app.NewVocabulary(topics),
	})
}

// Books reads the words of every language.
func Books() (map[string]*phrase.Book, error) {
	books := map[string]*phrase.Book{}
	for _, lang := range []string{"it", "en"} {
		b, err := phrase.New(lang, assets.Translations(lang)...)
		if err != nil {
			return nil, err
		}
		books[lang] = b
	}
	return books, nil
}

// Settings keeps settings in memory.
type Settings map[string]string

// Setting implements ui.Settings.
func (s Settings) Setting(key string) string { return s[key] }

// SetSetting implements ui.Settings.
func (s Settings) SetSetting(key, value string) error { s[key] = value; return nil }
