package assets_test

import (
	"bytes"
	"encoding/json"
	"slices"
	"strings"
	"testing"

	"polis/app"
	"polis/app/search"
	"polis/assets"
	"polis/data/wire"
)

// leastWords is how many entries synonyms.jsonl has at least.
const leastWords = 3500

// Synonyms and best bets have ids of their own, so that an editor sees from
// the id what an entry is.
func isWords(id string) bool {
	return strings.HasPrefix(id, "syn-") || strings.HasPrefix(id, "bet-")
}

// The floor of every workstation is the sample's file and nothing else: what
// is in other files would be missing where a hub knows no words.
func TestWordsAreInOneFile(t *testing.T) {
	s, n := readSample(t), 0
	err := wire.Lines(bytes.NewReader(assets.Words()), func(number int, line []byte) error {
		n++
		e, _, err := wire.ParseLine(line)
		if err != nil || (e.Type != wire.TypeSynonym && e.Type != wire.TypeBestBet) {
			t.Errorf("line %d: type %q, %v", number, e.Type, err)
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if all := len(s.synonyms) + len(s.bets); all != n || n < leastWords {
		t.Errorf("%d entries in the file, %d in the sample, at least %d are wanted", n, all, leastWords)
	}
}

func TestSynonymsFollowTheRules(t *testing.T) {
	kinds := []string{app.SynonymEveryday, app.SynonymAcronym, app.SynonymFormer, app.SynonymVariant}
	for id, syn := range readSample(t).synonyms {
		if !strings.HasPrefix(id, "syn-") || !slices.Contains(kinds, syn.Kind) || !slices.Contains([]string{"", "it", "en"}, syn.Language) {
			t.Errorf("%s: id, kind %q or language %q", id, syn.Kind, syn.Language)
		}
		if len(syn.Terms) == 0 || syn.Kind == app.SynonymAcronym && len(syn.Means) == 0 {
			t.Errorf("%s says nothing", id)
		}
		differ(t, id, append(slices.Clone(syn.Terms), syn.Means...))
	}
}

func TestBestBetsFollowTheRules(t *testing.T) {
	s := readSample(t)
	asked := map[string]string{}
	for id, bet := range s.bets {
		if !strings.HasPrefix(id, "bet-") || len(bet.Queries) == 0 || len(bet.Sheets) == 0 {
			t.Errorf("%s: id, no queries or no sheets", id)
		}
		differ(t, id, bet.Queries)
		for _, q := range bet.Queries {
			if other, ok := asked[folded(q)]; ok && other != id {
				t.Errorf("%q is in %s and in %s", q, id, other)
			}
			asked[folded(q)] = id
		}
		for i, code := range bet.Sheets {
			if _, ok := s.sheets[code]; !ok || slices.Contains(bet.Sheets[:i], code) {
				t.Errorf("%s: sheet %q is not there or there twice", id, code)
			}
		}
	}
}

// differ wants phrases that the search tells apart, without odd blanks and
// short enough.
func differ(t *testing.T, id string, phrases []string) {
	t.Helper()
	seen := map[string]string{}
	for _, p := range phrases {
		key := folded(p)
		if other, ok := seen[key]; ok {
			t.Errorf("%s: %q and %q are the same to the search", id, other, p)
		}
		seen[key] = p
		if key == "" || p != strings.Join(strings.Fields(p), " ") || len(p) > wire.MaxTerm {
			t.Errorf("%s: %q has no letters, odd blanks or more than %d bytes", id, p, wire.MaxTerm)
		}
	}
}

// folded is a phrase as the search compares it.
func folded(phrase string) string {
	words := strings.Fields(phrase)
	for i, w := range words {
		words[i] = search.Fold(w)
	}
	return strings.Join(words, " ")
}

// Places must be readable and none of the words that also mean something
// else.
func TestMunicipalities(t *testing.T) {
	var names []string
	if err := json.Unmarshal(assets.Read("vocabularies/municipalities.json"), &names); err != nil || len(names) < 1000 {
		t.Fatalf("%d names: %v", len(names), err)
	}
	for _, n := range []string{"Sale", "Piscina", "Re", "Viola"} {
		if slices.Contains(names, n) {
			t.Errorf("%s is a word too", n)
		}
	}
	if !slices.IsSorted(names) || !slices.Contains(names, "Torino") || !slices.Contains(names, "Alba") {
		t.Error("unsorted, or some are missing")
	}
}
