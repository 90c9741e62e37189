package bench

import (
	"encoding/json"
	"fmt"
	"slices"
)

// Parts of a judged set: what peers and product may be tuned on, and what
// only measures.
const (
	PartTune    = "tune"
	PartMeasure = "measure"
)

// Judged is a query with the sheets that answer it: 3 exactly, 2 also, 1
// related.
type Judged struct {
	ID    string         `json:"id"`
	Query string         `json:"query"`
	Kind  string         `json:"kind"`
	Part  string         `json:"part"`
	Want  map[string]int `json:"want"`
}

// Kinds lists the kinds of query in the order in which they are shown.
func Kinds() []string {
	return []string{"accent", "typo", "form", "everyday", "prefix", "words", "acronym", "question", "authority", "english"}
}

// ReadJudged reads judged queries and refuses those that cannot be measured.
// Its errors name ids, never queries.
func ReadJudged(name string) ([]Judged, error) {
	var out []Judged
	seen := map[string]bool{}
	err := lines(name, func(line []byte) error {
		var q Judged
		if err := json.Unmarshal(line, &q); err != nil {
			return err
		}
		if err := q.check(); err != nil {
			return err
		}
		if seen[q.ID] {
			return fmt.Errorf("id %q is there twice", q.ID)
		}
		seen[q.ID] = true
		out = append(out, q)
		return nil
	})
	return out, err
}

func (q *Judged) check() error {
	switch {
	case q.ID == "" || q.Query == "":
		return fmt.Errorf("id %q: no id or no query", q.ID)
	case !slices.Contains(Kinds(), q.Kind):
		return fmt.Errorf("id %q: unknown kind %q", q.ID, q.Kind)
	case q.Part != PartTune && q.Part != PartMeasure:
		return fmt.Errorf("id %q: unknown part %q", q.ID, q.Part)
	case len(q.Want) == 0:
		return fmt.Errorf("id %q: nothing is wanted", q.ID)
	}
	for code, grade := range q.Want {
		if grade < 1 || grade > 3 {
			return fmt.Errorf("id %q: %s has grade %d", q.ID, code, grade)
		}
	}
	return nil
}
