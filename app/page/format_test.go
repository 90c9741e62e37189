package page

import (
	"testing"

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
