package page

import (
	"testing"

	"polis/app"
)

func TestCostIsTheTotalWhereOneIsTold(t *testing.T) {
	words := func(key string, _ ...string) string { return key }
	r := app.Reading{Sheet: app.Sheet{Fees: []app.Fee{
		{Description: "Corrispettivo per lo Stato, come fissato dal decreto", Amount: "16.79", Currency: "EUR"},
		{Description: "Diritti comunali per il rilascio del duplicato", Amount: "10.58", Currency: "EUR"},
		{Description: "Totale da pagare allo sportello", Amount: "27.37", Currency: "EUR"},
	}}}
	facts := KeyFacts(r, nil, "it", words)
	if len(facts) != 1 || facts[0].Value != "27,37 €" {
		t.Errorf("%+v", facts)
	}
}

// A translated sheet shows numbers and names, never short words of its own
// language.
func TestTranslatedSheetHasNoForeignFacts(t *testing.T) {
	words := func(key string, _ ...string) string { return key }
	r := app.Reading{Shown: "en", Sheet: app.Sheet{
		Language: "it", Validity: "10 anni", ProcessingTime: &app.ProcessingTime{Text: "60 giorni secondo la legge", MaxDays: 60},
		Fees: []app.Fee{{Description: "bollo", Amount: "16.00", Currency: "EUR"}},
	}}
	for _, f := range KeyFacts(r, nil, "en", words) {
		if f.Value != "fact.days" && f.Value != "€16.00" && f.Value != "€16" {
			t.Errorf("%s: %q", f.Key, f.Value)
		}
	}
}
