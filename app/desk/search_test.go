package desk_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"polis/app"
	"polis/app/desk"
	"polis/app/page"
	"polis/app/search"
)

// counter is a workstation in memory.
type counter struct {
	ended  map[string]app.Date // authorities that left
	mu     sync.Mutex
	sheets []app.Sheet
	index  *search.Index
	given  map[string]int
	asked  int
	read   int // sheets
	fail   error
	now    time.Time
}

func newCounter(sheets ...app.Sheet) *counter {
	c := &counter{sheets: sheets, now: time.Date(2026, 11, 23, 9, 0, 0, 0, time.UTC)}
	c.build()
	return c
}

func (c *counter) build() {
	var docs []search.Doc
	for i := range c.sheets {
		docs = append(docs, search.DocOf(app.Adapt(&c.sheets[i], nil)))
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	c.index = search.Build(docs)
}

func (c *counter) desk(t *testing.T) *desk.Desk {
	t.Helper()
	d, err := desk.New(desk.Params{
		Catalogue: c, Log: c, HandOuts: c, Paper: c, Clock: app.ClockFunc(func() time.Time { return c.now }),
		Identity: func() desk.Identity { return desk.Identity{Authority: "m", Operator: "o"} }, Topics: app.NewVocabulary(nil),
	})
	if err != nil {
		t.Fatal(err)
	}
	return d
}

func (c *counter) Readings(_ context.Context, codes []string) ([]app.Reading, error) {
	c.mu.Lock()
	c.read += len(codes)
	c.mu.Unlock()
	var out []app.Reading
	for _, code := range codes {
		if i := slices.IndexFunc(c.sheets, func(s app.Sheet) bool { return s.Code == code }); i >= 0 {
			out = append(out, app.Adapt(&c.sheets[i], nil))
		}
	}
	return out, nil
}

func (c *counter) Reading(ctx context.Context, code string) (app.Reading, error) {
	rs, err := c.Readings(ctx, []string{code})
	return rs[0], err
}

func (c *counter) Alerted(context.Context, app.Date, string) ([]desk.Alerted, error) {
	var out []desk.Alerted
	for i := range c.sheets {
		if s := &c.sheets[i]; s.Alert != nil {
			out = append(out, desk.Alerted{Code: s.Code, Authority: s.Authority, Level: s.Level})
		}
	}
	return out, nil
}

func (c *counter) Index() *search.Index {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.index
}

func (c *counter) HandedOut(context.Context, app.Date) (map[string]int, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.asked++
	return c.given, c.fail
}

func (c *counter) Save(_ context.Context, contact app.Contact, _ app.Personal) (app.Contact, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.given = maps.Clone(c.given)
	for _, s := range contact.Sheets {
		if s.HandedOut {
			c.given[s.Code]++
		}
	}
	return contact, nil
}

func (c *counter) NumberToday(context.Context, time.Time) (int, error) { return 0, nil }
func (c *counter) Authority(id string) app.Authority {
	return app.Authority{ID: id, Name: id, EndedOn: c.ended[id]}
}

func (c *counter) Office(string) (app.Office, bool)               { return app.Office{}, false }
func (c *counter) Offices(string) []app.Office                    { return nil }
func (c *counter) Logo(string) []byte                             { return nil }
func (c *counter) PublicURL(string) string                        { return "" }
func (c *counter) Demonstration() bool                            { return false }
func (c *counter) Layout(page.Document) (page.DisplayList, error) { return page.DisplayList{}, nil }
func (c *counter) PDF(io.Writer, page.DisplayList) error          { return nil }

func sheet(code, title string, more ...func(*app.Sheet)) app.Sheet {
	s := app.Sheet{Code: code, Authority: "x", Language: "it", Title: title, Summary: "Testo di " + title}
	for _, m := range more {
		m(&s)
	}
	return s
}

func keywords(words ...string) func(*app.Sheet) { return func(s *app.Sheet) { s.Keywords = words } }

func alert(text string, to app.Date) func(*app.Sheet) {
	return func(s *app.Sheet) { s.Alert = &app.Alert{Text: text, Span: app.Span{To: to}} }
}

func by(authority string) func(*app.Sheet) { return func(s *app.Sheet) { s.Authority = authority } }

func ask(t *testing.T, d *desk.Desk, text string, filters ...search.Filter) desk.Results {
	t.Helper()
	res, err := d.Search(context.Background(), desk.Request{Text: text, Filters: filters, Lang: "it"})
	if err != nil {
		t.Fatal(err)
	}
	return res
}

// shown writes rows as "group:code".
func shown(res desk.Results) string {
	var out []string
	for i := range res.Rows {
		out = append(out, string(res.Rows[i].Group)+":"+res.Rows[i].Code)
	}
	return strings.Join(out, " ")
}

func texts(list []desk.Suggestion) string {
	var out []string
	for _, s := range list {
		out = append(out, s.Text+"/"+string(s.Kind)+"/"+s.Code)
	}
	return strings.Join(out, "; ")
}

func TestSuggestions(t *testing.T) {
	c := newCounter(
		sheet("a", "Carta d'identità elettronica", keywords("carta identità", "carta d'identità", "CIE")),
		sheet("b", "Carta d'identità smarrita o rubata", keywords("CARTA IDENTITA'")),
		sheet("c", "Rinnovo della carta del docente"),
	)
	c.index = c.index.WithWords(search.NewWords([]app.Synonym{{Terms: []string{"carta giovani", "bollo"}}}, nil))
	d := c.desk(t)
	for typed, want := range map[string]string{
		"carta":           "carta giovani/need/; carta identità/title/a; Carta d'identità elettronica/title/a",
		"carta iden":      "carta identità/title/a; Carta d'identità elettronica/title/a; Carta d'identità smarrita o rubata/title/b",
		"CARTA identità":  "Carta d'identità elettronica/title/a; Carta d'identità smarrita o rubata/title/b",
		"smarrita carta":  "Carta d'identità smarrita o rubata/title/b",
		"carta del c":     "", // the word that is there already does not complete
		"c":               "",
		"carta identta":   "", // corrected: the sentence above the results is about that
		"":                "",
		"quello che c'è ": "",
	} {
		if got := texts(ask(t, d, typed).Suggestions); got != want {
			t.Errorf("%q: %s, want %s", typed, got, want)
		}
	}
}

func TestHome(t *testing.T) {
	c := newCounter(
		sheet("a", "Anagrafe"), sheet("b", "Bollo", alert("Sportello chiuso", "")),
		sheet("c", "Carta", by("m"), alert("Solo su appuntamento", "")), sheet("d", "Dichiarazione", alert("Scaduto", "2026-11-22")),
		sheet("e", "Esenzione"), sheet("f", "Fine", func(s *app.Sheet) { s.Status = app.StatusDiscontinued }),
	)
	c.given = map[string]int{"e": 3, "a": 1, "c": 9, "f": 20, "gone": 7}
	d := c.desk(t)
	res := ask(t, d, " ")
	if got := shown(res); got != "alerts:c alerts:b requested:e requested:a all:d all:f" || res.Total != 6 {
		t.Errorf("home is %s, total %d", got, res.Total)
	}
	if res.Rows[0].Alert != "Solo su appuntamento" || res.Rows[2].Alert != "" {
		t.Errorf("alerts %q, %q", res.Rows[0].Alert, res.Rows[2].Alert)
	}
	if got := shown(ask(t, d, "", search.Filter{Field: "authority", Value: "m"})); got != ":c" {
		t.Errorf("with a filter %s", got)
	}
	fresh := newCounter(sheet("a", "Anagrafe"), sheet("b", "Bollo"))
	if got := shown(ask(t, fresh.desk(t), "")); got != ":a :b" {
		t.Errorf("on a new workstation %s", got)
	}
}

// Who left the network is marked, and behind the others.
func TestSheetsOfWhoLeft(t *testing.T) {
	c := newCounter(sheet("a", "Anagrafe", by("gone")), sheet("b", "Anagrafe canina"))
	d := c.desk(t)
	if got := shown(ask(t, d, "anagrafe")); got != ":a :b" {
		t.Fatalf("before %s", got)
	}
	c.ended = map[string]app.Date{"gone": "2026-11-20"}
	res := ask(t, d, "anagrafe")
	if got := shown(res); got != ":b :a" || res.Rows[1].EndedOn != "2026-11-20" || res.Rows[0].EndedOn != "" {
		t.Errorf("after %s, %+v", got, res.Rows)
	}
	v, err := d.Read(context.Background(), "a", "it")
	if err != nil || v.EndedOn != "2026-11-20" {
		t.Errorf("the sheet is not marked: %+v, %v", v, err)
	}
}

func TestPopularityFollowsTheLog(t *testing.T) {
	c := newCounter(sheet("a", "Certificato di nascita"), sheet("b", "Certificato di residenza"))
	c.given = map[string]int{"b": 5}
	d := c.desk(t)
	first := func(text string) string { t.Helper(); return ask(t, d, text).Hits[0].Code }
	if first("certificato") != "b" {
		t.Error("what is handed out is not first")
	}
	for range 40 {
		log(t, d, app.Contact{Sheets: []app.ContactSheet{{Code: "a", HandedOut: true}, {Code: "b"}}})
	}
	if first("certificato") != "a" || c.asked != 1 {
		t.Errorf("after the contacts %s is first, the log was asked %d times", first("certificato"), c.asked)
	}
	c.build() // another catalogue
	if first("certificato") != "a" || !strings.HasPrefix(shown(ask(t, d, "")), "requested:a requested:b") {
		t.Error("the new catalogue does not know what is handed out")
	}
	c.given = map[string]int{"b": 1}
	log(t, d, app.Contact{Corrects: "x"})
	if ask(t, d, "cert"); c.asked != 1 {
		t.Error("a key waited for the log")
	}
	if got := shown(ask(t, d, "")); c.asked != 2 || got != "requested:b all:a" {
		t.Errorf("after a correction %s, asked %d times", got, c.asked)
	}
}

func log(t *testing.T, d *desk.Desk, c app.Contact) {
	t.Helper()
	c.Channel, c.User, c.RequestType, c.Outcome = app.ChannelInPerson, app.UserCitizen, app.RequestTypeInformation, app.OutcomeResolved
	if _, err := d.Record(context.Background(), c, app.Personal{}); err != nil {
		t.Fatal(err)
	}
}

func TestSilentLogCostsOnlyTheOrder(t *testing.T) {
	c := newCounter(sheet("a", "Anagrafe"))
	c.fail = errors.New("damaged")
	d := c.desk(t)
	for range 3 {
		if got := shown(ask(t, d, "anag")); got != ":a" {
			t.Errorf("found %s", got)
		}
	}
	if c.asked != 1 {
		t.Errorf("asked %d times", c.asked)
	}
}

func TestSearchAndLogAtOnce(t *testing.T) {
	c := newCounter(sheet("a", "Anagrafe"), sheet("b", "Bollo"))
	c.given = map[string]int{"a": 1}
	d := c.desk(t)
	var wg sync.WaitGroup
	for i := range 8 {
		wg.Go(func() {
			for range 20 {
				ask(t, d, []string{"", "anag"}[i%2])
			}
		})
	}
	for range 10 {
		log(t, d, app.Contact{Sheets: []app.ContactSheet{{Code: "b", HandedOut: true}}})
		c.build()
	}
	wg.Wait()
	if got := shown(ask(t, d, "")); got != "requested:b requested:a" {
		t.Errorf("home is %s", got)
	}
}

func TestSheetsStayAtHand(t *testing.T) {
	c := newCounter(sheet("a", "Anagrafe"), sheet("b", "Bollo"))
	d := c.desk(t)
	for _, text := range []string{"", "a", "an", "ana", "anag", ""} {
		ask(t, d, text)
	}
	if c.read != 2 {
		t.Errorf("%d sheets were read for two", c.read)
	}
	c.sheets[0].Title = "Anagrafe nuova"
	c.build()
	if got := ask(t, d, "anag").Rows[0].Title; got != "Anagrafe nuova" {
		t.Errorf("after a change of the catalogue %q is shown", got)
	}
}

func TestWays(t *testing.T) {
	c := newCounter(sheet("a", "Passaporto", by("m")), sheet("b", "Cani e gatti"), sheet("c", "Passaporto per minori"))
	d := c.desk(t)
	authority, level := search.Filter{Field: "authority", Value: "m"}, search.Filter{Field: "level", Value: "regional"}
	for _, x := range []struct {
		r    desk.Request
		want string
	}{
		{desk.Request{Text: "cani", Filters: []search.Filter{authority}}, "without_filter m 1"},
		{desk.Request{Text: "cani", Filters: []search.Filter{authority, level}}, "without_filters 1"},
		{desk.Request{Text: "passaporto", Filters: []search.Filter{authority, level}}, "without_filter regional 1, without_filters 2"},
		{desk.Request{Text: "pasaporto", Literal: true}, "repaired 2"},
		{desk.Request{Text: "zzzz"}, ""},
	} {
		res, err := d.Search(context.Background(), x.r)
		if err != nil {
			t.Fatal(err)
		}
		var got []string
		for _, w := range res.Ways {
			got = append(got, strings.Join(strings.Fields(fmt.Sprintf("%s %s %d", w.Kind, w.Filter.Value, w.Total)), " "))
		}
		if strings.Join(got, ", ") != x.want || res.Total != 0 {
			t.Errorf("%+v: %d found, ways %q", x.r, res.Total, got)
		}
	}
}
