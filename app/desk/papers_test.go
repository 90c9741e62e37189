package desk_test

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	"polis/app"
	"polis/app/desk"
	"polis/app/page"
)

// bureau is a counter with offices and marks.
type bureau struct {
	*counter
	offices []app.Office
	fail    error
}

func (b *bureau) Office(id string) (app.Office, bool) {
	for _, o := range b.offices {
		if o.ID == id {
			return o, true
		}
	}
	return app.Office{}, false
}
func (b *bureau) Offices(string) []app.Office { return b.offices }
func (b *bureau) Authority(id string) app.Authority {
	return app.Authority{ID: id, Name: "Ente " + id, Logo: "of-" + id, Colour: "#003366"}
}

func (b *bureau) Logo(sha string) []byte {
	if strings.HasPrefix(sha, "of-") {
		return []byte(sha)
	}
	return nil
}
func (b *bureau) PublicURL(code string) string { return "https://a.example/" + code }

func (b *bureau) Readings(ctx context.Context, codes []string) ([]app.Reading, error) {
	if b.fail != nil {
		return nil, b.fail
	}
	return b.counter.Readings(ctx, codes)
}

func newBureau(t *testing.T, sheets ...app.Sheet) (*bureau, *desk.Desk) {
	t.Helper()
	b := &bureau{counter: newCounter(sheets...), offices: []app.Office{{ID: "x-urp", Name: "URP"}, {ID: "y-1", Name: "Tributi"}}}
	d, err := desk.New(desk.Params{
		Catalogue: b, Log: b, HandOuts: b, Paper: b, Clock: app.ClockFunc(func() time.Time { return b.now }),
		Identity: func() desk.Identity { return desk.Identity{Authority: "x", Office: "x-urp", Operator: "op"} },
		Topics:   app.NewVocabulary(nil),
	})
	if err != nil {
		t.Fatal(err)
	}
	return b, d
}

func options() desk.PrintOptions {
	return desk.PrintOptions{Lang: "it", Words: func(key string, args ...string) string { return key + " " + strings.Join(args, " ") }}
}

func TestReceiptOfAContact(t *testing.T) {
	b, d := newBureau(t, sheet("s-1", "Carta", func(s *app.Sheet) {
		s.Translations = map[string]app.Translation{"en": {Title: "Card"}}
	}))
	c := app.Contact{
		Number: "2026-00007", Authority: "x", Office: "x-urp", Outcome: "referred", Referral: &app.Referral{Office: "y-1"},
		Sheets: []app.ContactSheet{
			{Code: "s-1", Version: 4, Language: "en", HandedOut: true, Copies: 1}, {Code: "s-2", Version: 1, HandedOut: true}, {Code: "only-read", Version: 1},
		},
	}
	doc, err := d.Receipt(context.Background(), c, options())
	if err != nil {
		t.Fatal(err)
	}
	text := doc.Text()
	for _, want := range []string{"Ente x", "URP", "2026-00007", "Card", "a.example/s-1", "s-2", "Tributi", "receipt.outcome.referred_to"} {
		if !strings.Contains(text, want) {
			t.Errorf("no %q in\n%s", want, text)
		}
	}
	if strings.Contains(text, "only-read") || strings.Contains(text, "a.example/s-2") {
		t.Errorf("too much in\n%s", text)
	}
	if string(doc.Letterhead.Logo) != "of-x" || doc.Letterhead.Colour != 0x003366 {
		t.Errorf("letterhead %+v", doc.Letterhead)
	}
	b.fail = errors.New("disk")
	if _, err := d.Receipt(context.Background(), c, options()); !errors.Is(err, b.fail) {
		t.Errorf("a receipt without its sheets: %v", err)
	}
}

func TestPapersOfTheDesk(t *testing.T) {
	_, d := newBureau(t, sheet("s-1", "Carta", by("y"), func(s *app.Sheet) { s.Offices = []string{"y-1"} }), sheet("s-2", "Passaporto", by("z"), func(s *app.Sheet) { s.Logo = "of-sheet" }))
	var views []desk.View
	for _, code := range []string{"s-1", "s-2"} {
		v, err := d.Read(context.Background(), code, "it")
		if err != nil {
			t.Fatal(err)
		}
		views = append(views, v)
	}
	o := options()
	o.Complete = true
	doc := d.Dossier(views, o)
	if len(doc.Enclosed) != 2 || doc.Letterhead.Name != "Ente x" || doc.Enclosed[0].Letterhead.Name != "Ente y" || doc.Enclosed[0].OnePage {
		t.Errorf("dossier of %d: %+v", len(doc.Enclosed), doc.Letterhead)
	}
	if string(doc.Enclosed[0].Letterhead.Logo) != "of-y" || string(doc.Enclosed[1].Letterhead.Logo) != "of-sheet" {
		t.Error("a sheet's own mark goes before that of its authority")
	}
	for want, paper := range map[string]page.Document{"URP": d.OfficesPaper("x", o), "Carta": d.SheetOfficesPaper(views[0], o)} {
		if text := paper.Text(); !strings.Contains(text, want) || !strings.Contains(text, "Tributi") {
			t.Errorf("no %q in\n%s", want, text)
		}
	}
}
