package search

import (
	"slices"
	"strings"

	"polis/app"
)

// Words are the editable words of a catalogue: synonyms, sigle and best
// bets. They never change once made and are safe for concurrent use.
type Words struct {
	needs []need // sorted by key
}

// need is a phrase that people ask for, with its folded key.
type need struct{ key, text string }

// NewWords prepares synonyms and best bets for searching.
func NewWords(synonyms []app.Synonym, bets []app.BestBet) *Words {
	w := &Words{}
	for i := range synonyms {
		for _, t := range synonyms[i].Terms {
			w.needs = append(w.needs, need{foldPhrase(t), t})
		}
	}
	for i := range bets {
		for _, q := range bets[i].Queries {
			w.needs = append(w.needs, need{foldPhrase(q), q})
		}
	}
	slices.SortFunc(w.needs, func(a, b need) int { return strings.Compare(a.key, b.key) })
	w.needs = slices.CompactFunc(w.needs, func(a, b need) bool { return a.key == b.key })
	return w
}

// Needs returns up to limit phrases that start with what is being typed:
// everyday words and questions that the catalogue has an answer for.
func (w *Words) Needs(typed string, limit int) []string {
	key := foldPhrase(typed)
	if w == nil || key == "" {
		return nil
	}
	var out []string
	i, _ := slices.BinarySearchFunc(w.needs, key, func(n need, k string) int { return strings.Compare(n.key, k) })
	for ; i < len(w.needs) && len(out) < limit && strings.HasPrefix(w.needs[i].key, key); i++ {
		out = append(out, w.needs[i].text)
	}
	return out
}
