package wire

import (
	"fmt"
	"reflect"
	"strings"
	"testing"

	"polis/app"
)

func TestWordsDecode(t *testing.T) {
	e, warnings, err := ParseLine([]byte(`{"type":"synonym","id":"syn-1","language":"it","kind":"everyday","terms":["bollo"],"means":["tassa automobilistica"]}`))
	if err != nil || len(warnings) > 0 || e.Type != TypeSynonym || e.ID != "syn-1" {
		t.Fatalf("%+v %v %v", e, warnings, err)
	}
	want := app.Synonym{ID: "syn-1", Language: "it", Kind: app.SynonymEveryday, Terms: []string{"bollo"}, Means: []string{"tassa automobilistica"}}
	if s, err := e.Synonym(); err != nil || !reflect.DeepEqual(s, want) {
		t.Errorf("%+v %v", s, err)
	}
	e, warnings, err = ParseLine([]byte(`{"type":"best_bet","id":"bet-1","queries":["ho perso tutto"],"sheets":["x-2","x-1"]}`))
	if err != nil || len(warnings) > 0 || e.Type != TypeBestBet {
		t.Fatalf("%+v %v %v", e, warnings, err)
	}
	bet := app.BestBet{ID: "bet-1", Queries: []string{"ho perso tutto"}, Sheets: []string{"x-2", "x-1"}}
	if b, err := e.BestBet(); err != nil || !reflect.DeepEqual(b, bet) {
		t.Errorf("%+v %v", b, err)
	}
}

func TestWordsThatAreTaken(t *testing.T) {
	for _, good := range []string{
		`{"type":"synonym","id":"a"}`,
		`{"type":"synonym","id":"a","terms":[]}`,
		`{"type":"synonym","id":"a","terms":["vigili","polizia locale"]}`,
		`{"type":"synonym","id":"a","kind":"of tomorrow","terms":["x"],"means":["y"]}`,
		`{"type":"synonym","id":"a","terms":` + list(MaxTerms, strings.Repeat("x", MaxTerm-2)) + `}`,
		`{"type":"best_bet","id":"a"}`,
		`{"type":"best_bet","id":"a","queries":[],"sheets":["x-1"]}`,
	} {
		if _, warnings, err := ParseLine([]byte(good)); err != nil || len(warnings) > 0 {
			t.Errorf("%.200s: %v %v", good, warnings, err)
		}
	}
}

// list is a JSON array of n different entries, two digits and a stem.
func list(n int, stem string) string {
	var parts []string
	for i := range n {
		parts = append(parts, fmt.Sprintf("%q", fmt.Sprintf("%s%02d", stem, i)))
	}
	return "[" + strings.Join(parts, ",") + "]"
}

func TestWordsThatAreRefused(t *testing.T) {
	for _, c := range []struct{ line, reason string }{
		{`{"type":"synonym","terms":["a","b"]}`, `"id" is missing`},
		{`{"type":"synonym","id":"a b","terms":["a","b"]}`, "identifier"},
		{`{"type":"synonym","id":"a","terms":["a"]}`, `"means"`},
		{`{"type":"synonym","id":"a","terms":["a",""]}`, `"terms" has an empty entry`},
		{`{"type":"synonym","id":"a","terms":["a",null]}`, `"terms" has an empty entry`},
		{`{"type":"synonym","id":"a","terms":["a"],"means":["  "]}`, `"means" has an empty entry`},
		{`{"type":"synonym","id":"a","terms":["a","b\nc"]}`, "control characters"},
		{`{"type":"synonym","id":"a","terms":"a"}`, "not readable"},
		{`{"type":"synonym","id":"a","terms":["a","` + strings.Repeat("x", MaxTerm+1) + `"]}`, "more than 100 bytes"},
		{`{"type":"synonym","id":"a","terms":["a"],"means":` + list(MaxTerms+1, "x") + `}`, "has 51 entries"},
		{`{"type":"best_bet","queries":["a"],"sheets":["x"]}`, `"id" is missing`},
		{`{"type":"best_bet","id":"a","queries":["a"]}`, `"sheets" is missing`},
		{`{"type":"best_bet","id":"a","queries":["` + strings.Repeat("à", MaxTerm/2+1) + `"],"sheets":["x"]}`, "more than 100 bytes"},
		{`{"type":"best_bet","id":"a","queries":["a"],"sheets":` + list(MaxTerms+1, "x") + `}`, "has 51 entries"},
	} {
		if _, _, err := ParseLine([]byte(c.line)); err == nil || !strings.Contains(err.Error(), c.reason) {
			t.Errorf("%.200s: %v, want %s", c.line, err, c.reason)
		}
	}
}

// An exported line with nothing in it imports again to the same hash.
func TestEmptyWordsAreStable(t *testing.T) {
	e, _, err := ParseLine([]byte(`{"type":"synonym","id":"a","terms":[],"means":[]}`))
	if err != nil {
		t.Fatal(err)
	}
	again, _, err := ParseLine(e.Line)
	if err != nil || again.Hash != e.Hash {
		t.Errorf("%s -> %s, %v", e.Line, again.Line, err)
	}
}
