package desk

import (
	"cmp"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"polis/app"
	"polis/app/search"
)

// Suggestion completes what is being typed.
type Suggestion struct {
	Text string
	Kind SuggestionKind
	Code string // of the sheet, for titles
}

// SuggestionKind says where a suggestion comes from.
type SuggestionKind string

// The kinds of suggestions.
const (
	SuggestTitle SuggestionKind = "title" // a title or keyword of a sheet
	SuggestNeed  SuggestionKind = "need"  // what people often ask for
)

const (
	mostSuggestions  = 3
	leastLetters     = 2  // typed, before anything is suggested
	longestSuggested = 48 // letters: longer ones are read in the results
	suggestingRows   = 20
)

// suggestions completes what is typed from what people often ask for and
// from the sheets that were found: no more is read for it.
func suggestions(typed string, needs []string, found []app.Reading) []Suggestion {
	words := foldedWords(typed)
	if letters(words) < leastLetters {
		return nil
	}
	c := completer{words: words, key: plainKey(words), seen: map[string]bool{}}
	c.seen[c.key] = true
	for _, n := range needs {
		c.add(Suggestion{Text: n, Kind: SuggestNeed})
	}
	for i := range found[:min(len(found), suggestingRows)] {
		c.sheet(&found[i])
	}
	return c.best()
}

// completer collects what completes the typed words.
type completer struct {
	words []string
	key   string
	seen  map[string]bool
	found []completion
}

type completion struct {
	Suggestion
	starts bool // with what is typed
	length int
}

func (c *completer) sheet(r *app.Reading) {
	if r.Status == app.StatusDiscontinued {
		return
	}
	texts := append([]string{r.Title}, r.AlternativeTitles...)
	for _, t := range append(texts, r.Keywords...) {
		c.add(Suggestion{Text: t, Kind: SuggestTitle, Code: r.Code})
	}
}

func (c *completer) add(s Suggestion) {
	s.Text = strings.Join(strings.Fields(s.Text), " ")
	length := utf8.RuneCountInString(s.Text)
	words := foldedWords(s.Text)
	key := plainKey(words)
	if c.seen[key] || length > longestSuggested || !completes(words, c.words) {
		return
	}
	c.seen[key] = true
	c.found = append(c.found, completion{s, strings.HasPrefix(key, c.key), length})
}

// best returns what goes on where the typing is first, short ones before
// long ones.
func (c *completer) best() []Suggestion {
	slices.SortStableFunc(c.found, func(a, b completion) int {
		if a.starts != b.starts {
			return cmp.Compare(order(a.starts), order(b.starts))
		}
		return cmp.Compare(a.length, b.length)
	})
	var out []Suggestion
	for _, f := range c.found[:min(len(c.found), mostSuggestions)] {
		out = append(out, f.Suggestion)
	}
	return out
}

// order sorts what holds before what does not.
func order(holds bool) int {
	if holds {
		return 0
	}
	return 1
}

// completes reports whether a text has all the typed words and one more that
// starts with the last of them.
func completes(text, typed []string) bool {
	left := slices.Clone(text)
	last := len(typed) - 1
	for _, w := range typed[:last] {
		i := slices.Index(left, w)
		if i < 0 {
			return false
		}
		left = slices.Delete(left, i, i+1)
	}
	return slices.ContainsFunc(left, func(w string) bool { return strings.HasPrefix(w, typed[last]) })
}

// foldedWords are the words of a text as the index compares them.
func foldedWords(text string) []string {
	var out []string
	for _, w := range strings.FieldsFunc(text, func(r rune) bool { return !unicode.IsLetter(r) && !unicode.IsDigit(r) }) {
		if f := search.Fold(w); f != "" {
			out = append(out, f)
		}
	}
	return out
}

// plainKey compares texts without what stands before an apostrophe: "carta
// d'identità" is "carta identità". The last word may be one that is only
// beginning.
func plainKey(words []string) string {
	var out []string
	for i, w := range words {
		if i == len(words)-1 || utf8.RuneCountInString(w) > 1 {
			out = append(out, w)
		}
	}
	return strings.Join(out, " ")
}

func letters(words []string) int {
	n := 0
	for _, w := range words {
		n += utf8.RuneCountInString(w)
	}
	return n
}
