package desk

import (
	"slices"
	"strings"
	"unicode/utf8"

	"polis/app/search"
)

// Way is a search that finds something where the one that was asked for
// finds nothing.
type Way struct {
	Kind   WayKind
	Filter search.Filter // the one to drop
	Text   string        // what to search for instead
	Total  int           // sheets that it finds
}

// WayKind says what a way changes.
type WayKind string

// The kinds of ways, in the order in which they are offered.
const (
	WayWithoutFilter  WayKind = "without_filter"
	WayWithoutFilters WayKind = "without_filters"
	WayRepaired       WayKind = "repaired" // similar words too
	WayOneWord        WayKind = "one_word"
)

const (
	mostWords  = 6 // of a query that are tried alone
	leastAlone = 3 // letters of a word that is tried alone
)

// ways tries what else could be asked; each try is a search in memory.
func ways(ix *search.Index, q search.Query) []Way {
	q.Limit = 1
	var out []Way
	try := func(w Way, q search.Query) {
		res := ix.Search(q)
		if res.Total == 0 || (w.Kind == WayOneWord && res.Corrected != "") { // another word than it says
			return
		}
		w.Total = res.Total
		out = append(out, w)
	}
	if len(q.Filters) > 0 {
		for i, f := range q.Filters {
			fewer := q
			fewer.Filters = slices.Delete(slices.Clone(q.Filters), i, i+1)
			try(Way{Kind: WayWithoutFilter, Filter: f}, fewer)
		}
		if len(q.Filters) > 1 {
			none := q
			none.Filters = nil
			try(Way{Kind: WayWithoutFilters}, none)
		}
	}
	if q.Literal {
		similar := q
		similar.Literal = false
		try(Way{Kind: WayRepaired, Text: q.Text}, similar)
	}
	for _, word := range aloneWords(q.Text) {
		one := q
		one.Text = word
		try(Way{Kind: WayOneWord, Text: word}, one)
	}
	return out
}

// aloneWords are the words of a query worth a search of their own; none when
// there is only one.
func aloneWords(text string) []string {
	fields := strings.Fields(text)
	if len(fields) < 2 {
		return nil
	}
	var out []string
	seen := map[string]bool{}
	for _, w := range fields {
		if strings.HasPrefix(w, "-") { // what is not wanted
			continue
		}
		w = strings.Trim(w, "\"“”„«»")
		f := search.Fold(w)
		if utf8.RuneCountInString(f) >= leastAlone && !seen[f] && !search.Silent(f) && len(out) < mostWords {
			seen[f] = true
			out = append(out, w)
		}
	}
	return out
}
