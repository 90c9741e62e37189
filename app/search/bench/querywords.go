package bench

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/blevesearch/bleve/v2/analysis"
	"github.com/blevesearch/bleve/v2/analysis/lang/it"

	"polis/app/search"
)

// peerQuery is what the peers get of a query: its words without articles,
// and whether the last one is still being typed.
type peerQuery struct {
	words  []string
	typing bool
}

// Asking is how a peer is asked.
type Asking struct {
	FillBelow     int  // fewer sheets with all words than these: others are added
	ShortInTitles bool // one or two letters complete words of titles and keywords only, as the product does
}

// inTitles tells whether word i is to be completed from titles only.
func (a Asking) inTitles(q peerQuery, i int) bool {
	return a.ShortInTitles && q.last(i) && utf8.RuneCountInString(q.words[i]) <= 2
}

// stopWords is bleve's Italian list and the few verbs of questions that the
// product leaves out too.
type stopWords map[string]bool

func newStopWords() (stopWords, error) {
	list := analysis.NewTokenMap()
	if err := list.LoadBytes(it.ItalianStopWords); err != nil {
		return nil, err
	}
	stops := stopWords{}
	for w := range list {
		stops[search.Fold(w)] = true
	}
	for _, w := range strings.Fields("cosa devo deve voglio vorrei posso essere") {
		stops[w] = true
	}
	return stops, nil
}

// query splits a text; a query of nothing but articles keeps them.
func (s stopWords) query(text string) peerQuery {
	var all, kept []string
	last, _ := utf8.DecodeLastRuneInString(text)
	q := peerQuery{typing: unicode.IsLetter(last) || unicode.IsDigit(last)}
	for rest := text; ; {
		start := strings.IndexFunc(rest, inWord)
		if start < 0 {
			break
		}
		rest = rest[start:]
		end := strings.IndexFunc(rest, func(r rune) bool { return !inWord(r) })
		if end < 0 {
			end = len(rest)
		}
		word, elided := rest[:end], elides(rest[end:])
		rest = rest[end:]
		all = append(all, word)
		if !elided && (!s[search.Fold(word)] || (rest == "" && len(kept) > 0)) {
			kept = append(kept, word)
		}
	}
	if q.words = kept; len(kept) == 0 {
		q.words = all
	}
	return q
}

// last tells whether word i is the one being typed.
func (q peerQuery) last(i int) bool { return q.typing && i == len(q.words)-1 }

func inWord(r rune) bool {
	return unicode.IsLetter(r) || unicode.IsDigit(r) || unicode.Is(unicode.Mn, r)
}

// elides reports an apostrophe with a word behind it: the l of l'ente.
func elides(after string) bool {
	r, n := utf8.DecodeRuneInString(after)
	next, _ := utf8.DecodeRuneInString(after[n:])
	return (r == '\'' || r == '’') && inWord(next)
}
