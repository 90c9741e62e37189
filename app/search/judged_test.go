package search

import (
	"bufio"
	"encoding/json"
	"math"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"polis/app"
)

// readLines hands every line of a file of the checkout to take.
func readLines(t *testing.T, name string, take func([]byte) error) {
	t.Helper()
	f, err := os.Open(filepath.Join("..", "..", name))
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = f.Close() }()
	lines := bufio.NewScanner(f)
	lines.Buffer(nil, 8<<20)
	for lines.Scan() {
		if err := take(lines.Bytes()); err != nil {
			t.Fatalf("%s: %v", name, err)
		}
	}
	if err := lines.Err(); err != nil {
		t.Fatal(err)
	}
}

// floorWords are those of every workstation.
func floorWords(t *testing.T) *Words {
	t.Helper()
	var synonyms []app.Synonym
	var bets []app.BestBet
	readLines(t, "assets/sample/synonyms.jsonl", func(line []byte) error {
		var entry struct {
			Type string
			app.Synonym
			Queries, Sheets []string
		}
		err := json.Unmarshal(line, &entry)
		if entry.Type == "synonym" {
			synonyms = append(synonyms, entry.Synonym)
		} else {
			bets = append(bets, app.BestBet{ID: entry.ID, Queries: entry.Queries, Sheets: entry.Sheets})
		}
		return err
	})
	text, err := os.ReadFile(filepath.Join("..", "..", "assets", "vocabularies", "municipalities.json"))
	if err != nil {
		t.Fatal(err)
	}
	var places []string
	if err := json.Unmarshal(text, &places); err != nil {
		t.Fatal(err)
	}
	return NewWords(synonyms, bets).WithPlaces(places)
}

// The judged queries of the sample hold the targets of search.md: the right
// sheet first, and the others behind it. `make quality` tells more.
func TestJudgedQueries(t *testing.T) {
	names := map[string]string{}
	readLines(t, "assets/sample/authorities.jsonl", func(line []byte) error {
		var a struct{ Type, ID, Name string }
		err := json.Unmarshal(line, &a)
		names[a.ID] = a.Name
		return err
	})
	docs := sampleSheets(t)
	for i := range docs {
		docs[i].AuthorityName = names[docs[i].Authority]
	}
	x := Build(docs).WithWords(floorWords(t))
	n, first, gain := map[string]float64{}, map[string]float64{}, map[string]float64{}
	readLines(t, "app/search/bench/judged/sample.jsonl", func(line []byte) error {
		var q struct {
			Query, Part string
			Want        map[string]int
		}
		err := json.Unmarshal(line, &q)
		got := codesOf(x.Search(Query{Text: q.Query, Own: "demo_borgo", Limit: 10}))
		n[q.Part]++
		if len(got) > 0 && q.Want[got[0]] == 3 {
			first[q.Part]++
		}
		gain[q.Part] += discounted(q.Want, got)
		return err
	})
	for _, part := range []string{"tune", "measure"} {
		s1, ndcg := first[part]/n[part], gain[part]/n[part]
		t.Logf("%s: %.0f queries, S@1 %.3f, nDCG@10 %.3f", part, n[part], s1, ndcg)
		if n[part] < 180 || s1 < 0.90 || ndcg < 0.92 {
			t.Errorf("%s: %.0f queries, S@1 %.3f, nDCG@10 %.3f: worse than the targets", part, n[part], s1, ndcg)
		}
	}
}

// discounted is the nDCG@10 of an answer.
func discounted(want map[string]int, got []string) float64 {
	at := func(grade, place int) float64 { return (math.Pow(2, float64(grade)) - 1) / math.Log2(float64(place)+2) }
	var grades []int
	for _, g := range want {
		grades = append(grades, g)
	}
	slices.SortFunc(grades, func(a, b int) int { return b - a })
	sum, ideal := 0.0, 0.0
	for i, g := range grades[:min(len(grades), 10)] {
		ideal += at(g, i)
	}
	for i, code := range got {
		sum += at(want[code], i)
	}
	return sum / ideal
}
