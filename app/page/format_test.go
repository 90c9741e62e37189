package page

import (
	"strings"
	"testing"
	"time"

	"polis/app"
)

func TestMoney(t *testing.T) {
	tests := []struct{ amount, currency, it, en string }{
		{"22.21", "EUR", "22,21 €", "€22.21"},
		{"16", "EUR", "16 €", "€16"},
		{"16.00", "EUR", "16 €", "€16"},
		{"16.5", "EUR", "16,50 €", "€16.50"},
		{"1284.3", "EUR", "1.284,30 €", "€1,284.30"},
		{"1000000", "EUR", "1.000.000 €", "€1,000,000"},
		{"0.05", "EUR", "0,05 €", "€0.05"},
		{"12", "CHF", "12 CHF", "12 CHF"},
		{"da 5 a 10", "EUR", "da 5 a 10 €", "da 5 a 10 €"},
		{"22,21", "EUR", "22,21 €", "22,21 €"},
		{"1.", "EUR", "1. €", "1. €"},
	}
	for _, tt := range tests {
		if got := Money(tt.amount, tt.currency, "it"); got != tt.it {
			t.Errorf("it %q: got %q, want %q", tt.amount, got, tt.it)
		}
		if got := Money(tt.amount, tt.currency, "en"); got != tt.en {
			t.Errorf("en %q: got %q, want %q", tt.amount, got, tt.en)
		}
	}
}

func TestDateAndNumber(t *testing.T) {
	checks := []struct{ got, want string }{
		{Date("2026-11-03", "it"), "3 nov 2026"},
		{Date("2026-11-03T10:00:00Z", "en"), "3 Nov 2026"},
		{DateLong("2026-11-03", "it"), "3 novembre 2026"},
		{DateLong("2026-05-30", "en"), "30 May 2026"},
		{Date(" presto ", "it"), "presto"},
		{Date("", "it"), ""},
		{Number(1284, "it"), "1.284"},
		{Number(-1284, "en"), "-1,284"},
		{Number(12, "it"), "12"},
		{ShortURL("https://www.comune.example/a/"), "comune.example/a"},
		{AddressLine(&app.Address{Street: "Via Roma 1", PostalCode: "12051", Municipality: "Borgo", Province: "CN"}), "Via Roma 1, 12051 Borgo (CN)"},
		{AddressLine(&app.Address{Street: "Via Roma 1"}), "Via Roma 1"},
		{AddressLine(nil), ""},
		{Clip("uno due tre quattro", 12), "uno due tre…"},
		{Clip("uno", 12), "uno"},
		{Clip("unoduetrequattro", 6), "unodu…"},
	}
	for i, c := range checks {
		if c.got != c.want {
			t.Errorf("%d: got %q, want %q", i, c.got, c.want)
		}
	}
}

func TestOpeningHours(t *testing.T) {
	hours := []app.Hours{
		{Days: []string{"TU", "TH"}, Opens: "15:00", Closes: "17:30"},
		{Days: []string{"MO", "TU", "WE", "TH"}, Opens: "08:30", Closes: "13:00"},
		{Days: []string{"FR"}, Opens: "08:30", Closes: "12:30"},
	}
	want := []HoursRow{
		{"Lun, mer", "8:30–13:00"}, {"Mar, gio", "8:30–13:00, 15:00–17:30"}, {"Ven", "8:30–12:30"},
	}
	check := func(hours []app.Hours, want []HoursRow) {
		t.Helper()
		got := OpeningHours(hours, testWords(t, "it"))
		if len(got) != len(want) {
			t.Fatalf("got %v, want %v", got, want)
		}
		for i := range want {
			if got[i] != want[i] {
				t.Errorf("got %v, want %v", got[i], want[i])
			}
		}
	}
	check(hours, want)
	check([]app.Hours{{Days: []string{"FR", "MO", "TU", "WE", "TH", "SU"}, Opens: "9:00", Closes: "12:00"}},
		[]HoursRow{{"Lun–ven, dom", "9:00–12:00"}})
	check(nil, nil)
}

func TestDateRange(t *testing.T) {
	tests := []struct{ from, to, it, en string }{
		{"2026-12-24", "2026-12-24", "24 dicembre 2026", "24 December 2026"},
		{"2026-12-24", "2026-12-26", "24–26 dicembre 2026", "24–26 December 2026"},
		{"2026-11-28", "2026-12-03", "28 novembre – 3 dicembre 2026", "28 November – 3 December 2026"},
		{"2026-12-31", "2027-01-01", "31 dicembre 2026 – 1 gennaio 2027", "31 December 2026 – 1 January 2027"},
		{"2026-12-24", "?", "24 dicembre 2026", "24 December 2026"},
	}
	for _, tt := range tests {
		for lang, want := range map[string]string{"it": tt.it, "en": tt.en} {
			if got := strings.ReplaceAll(DateRange(app.Date(tt.from), app.Date(tt.to), lang), "\u00A0", " "); got != want {
				t.Errorf("%s: got %q, want %q", lang, got, want)
			}
		}
	}
}

func TestClosures(t *testing.T) {
	closed := func(from, to, reason string) app.Closure {
		return app.Closure{Span: app.Span{From: app.Date(from), To: app.Date(to)}, Reason: reason}
	}
	o := app.Office{Closures: []app.Closure{
		closed("2027-01-01", "2027-01-01", "Festività."), closed("2026-12-25", "2026-12-26", " Festività. "), closed("2026-12-25", "2026-12-26", "Festività."),
		closed("2026-11-02", "2026-11-03", "passata"), closed("2027-06-02", "2027-06-02", "lontana"), closed("2026-12-07", "2026-12-07", ""),
	}}
	on := time.Date(2026, 11, 27, 12, 0, 0, 0, time.UTC)
	for lang, want := range map[string]string{
		"it": "Chiuso: 7 dicembre 2026; 25–26 dicembre 2026, 1 gennaio 2027 (Festività)",
		"en": "Closed: 7 December 2026; 25–26 December 2026, 1 January 2027 (Festività)",
	} {
		m := placeMaker{words: testWords(t, lang), lang: lang, on: on}
		if got := m.closures(o); got != want {
			t.Errorf("got %q, want %q", got, want)
		}
		if got := m.closures(app.Office{Closures: o.Closures[3:5]}); got != "" {
			t.Errorf("closures of other times: %q", got)
		}
	}
}
