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
