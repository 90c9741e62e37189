package contacts_test

import (
	"bytes"
	"context"
	"slices"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"polis/app"
	"polis/app/contacts"
)

type log []contacts.Entry

func (l log) Contacts(_ context.Context, span app.Span, _ int) ([]contacts.Entry, error) {
	return slices.DeleteFunc(slices.Clone(l), func(e contacts.Entry) bool { return app.Day(e.RecordedAt) < span.From }), nil
}

type shelf map[string]int64

func (s shelf) Readings(_ context.Context, codes []string) ([]app.Reading, error) {
	var out []app.Reading
	for _, c := range codes {
		if v, ok := s[c]; ok {
			out = append(out, app.Reading{Sheet: app.Sheet{Code: c, Title: "Scheda " + c}, Version: v})
		}
	}
	return out, nil
}

func today() time.Time { return time.Date(2026, 11, 27, 10, 0, 0, 0, time.UTC) }

func given(id string, ago int, sheets ...app.ContactSheet) contacts.Entry {
	return contacts.Entry{Contact: app.Contact{ID: id, Number: "2026-" + id, RecordedAt: today().AddDate(0, 0, -ago), Sheets: sheets}}
}

func paper(code string, version int64, copies int) app.ContactSheet {
	return app.ContactSheet{Code: code, Version: version, HandedOut: true, Copies: copies}
}

func TestOutdatedPapers(t *testing.T) {
	call := given("3", 1, paper("a", 2, 1))
	call.FollowUp = &app.FollowUp{Due: "2026-12-01"}
	made := given("4", 5, paper("a", 1, 1))
	made.FollowUp, made.Closed = &app.FollowUp{Due: "2026-11-25"}, today()
	fixed := given("6", 1, paper("b", 1, 9))
	correction := given("7", 0, paper("b", 1, 1))
	correction.Corrects = "6"
	seen := given("8", 1, app.ContactSheet{Code: "c", Version: 1})
	l := log{
		given("1", 2, paper("a", 2, 3)), given("2", 0, paper("a", 3, 50)), call, made,
		given("5", 400, paper("a", 1, 7)), fixed, correction, seen, given("9", 3, paper("gone", 4, 0)),
	}
	out, err := contacts.Outdated(t.Context(), l, shelf{"a": 3, "b": 2, "c": 2}, today())
	if err != nil || len(out) != 3 {
		t.Fatalf("%v %+v", err, out)
	}
	a := out[0]
	if a.Code != "a" || a.Copies != 5 || a.Version != 3 || a.Title != "Scheda a" || len(a.Contacts) != 3 {
		t.Errorf("%+v", a)
	}
	if tell := a.ToTell(); len(tell) != 1 || tell[0].ID != "3" || a.Contacts[0].ID != "3" || a.Contacts[1].ID != "1" {
		t.Errorf("to tell: %+v of %+v", tell, a.Contacts)
	}
	if b := out[1]; b.Code != "b" || b.Copies != 1 {
		t.Errorf("a corrected contact counts: %+v", b)
	}
	if g := out[2]; g.Code != "gone" || g.Copies != 1 || g.Version != 0 {
		t.Errorf("a sheet that disappeared: %+v", g)
	}
	var csv bytes.Buffer
	if err := contacts.WritePapersCSV(&csv, out, time.UTC); err != nil {
		t.Fatal(err)
	}
	if lines := strings.Count(csv.String(), "\n"); lines != 6 || !strings.Contains(csv.String(), "a;Scheda a;3;2;1;2026-3;2026-11-26 10:00;2026-12-01\n") {
		t.Errorf("%d lines\n%s", lines, csv.String())
	}
}

// The copies of all lists are those of all contacts with an older version,
// each once.
func TestOutdatedPapersAddUp(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		now := shelf{}
		for _, c := range []string{"a", "b", "c"} {
			if v := rapid.Int64Range(0, 4).Draw(t, c); v > 0 {
				now[c] = v
			}
		}
		var l log
		want := 0
		for range rapid.IntRange(0, 20).Draw(t, "contacts") {
			code := rapid.SampledFrom([]string{"a", "b", "c"}).Draw(t, "code")
			s := paper(code, rapid.Int64Range(1, 4).Draw(t, "version"), rapid.IntRange(1, 5).Draw(t, "copies"))
			l = append(l, given(string(rune('A'+len(l))), rapid.IntRange(0, 300).Draw(t, "ago"), s))
			if v, there := now[code]; !there || s.Version < v {
				want += s.Copies
			}
		}
		out, err := contacts.Outdated(context.Background(), l, now, today())
		got := 0
		for i := range out {
			got += out[i].Copies
			for k := range out[i].Contacts {
				if n, _ := out[i].Contacts[k].CopiesOf(out[i].Code); n == 0 {
					t.Error("a contact without the paper")
				}
			}
		}
		if err != nil || got != want {
			t.Errorf("%d copies, want %d (%v)", got, want, err)
		}
	})
}
