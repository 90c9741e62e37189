// Package speed measures how fast the systems answer, how much they build
// and keep, each in processes of its own, in turns.
package speed

import (
	"math/rand/v2"
	"strings"
	"unicode"
	"unicode/utf8"

	"polis/app/search"
	"polis/app/search/bench"
)

// Class is a kind of question with what is asked.
type Class struct {
	Name   string
	Texts  []string
	Screen bool // facets and 8 snippets too: what a screen needs, ours only
}

// Names of the classes that others look for.
const (
	ClassKeys   = "keystrokes"
	ClassScreen = "keystrokes + 8 snippets"
)

// Classes draws n questions of each class from the sheets' own words.
func Classes(docs []search.Doc, n int, seed uint64) []Class {
	d := drawer{rnd: bench.Random(seed), docs: docs}
	keys := d.keystrokes(n)
	return []Class{
		{Name: "1-letter prefix", Texts: d.many(n, func() string { return d.prefix(1) })},
		{Name: "2-letter prefix", Texts: d.many(n, func() string { return d.prefix(2) })},
		{Name: "3-letter prefix", Texts: d.many(n, func() string { return d.prefix(3) })},
		{Name: "one word", Texts: d.many(n, func() string { return d.words(1) })},
		{Name: "2-4 words, all", Texts: d.many(n, func() string { return d.words(2 + d.rnd.IntN(3)) })},
		{Name: "words that rarely meet", Texts: d.many(n, func() string { return d.strangers(3) })},
		{Name: ClassKeys, Texts: keys},
		{Name: ClassScreen, Texts: keys, Screen: true},
	}
}

type drawer struct {
	rnd  *rand.Rand
	docs []search.Doc
}

func (d *drawer) many(n int, draw func() string) []string {
	var out []string
	for tries := 0; len(out) < n && tries < 50*n; tries++ {
		if text := draw(); text != "" {
			out = append(out, text)
		}
	}
	return out
}

func (d *drawer) doc() *search.Doc { return &d.docs[d.rnd.IntN(len(d.docs))] }

// prefix is the start of a word of a title, still being typed.
func (d *drawer) prefix(n int) string {
	words := longWords(d.doc().Title, max(n, 2))
	if len(words) == 0 {
		return ""
	}
	return string([]rune(words[d.rnd.IntN(len(words))])[:n])
}

// words are n finished words of one sheet's title and summary.
func (d *drawer) words(n int) string {
	doc := d.doc()
	words := longWords(doc.Title+" "+doc.Summary, 4)
	if len(words) < n {
		return ""
	}
	d.rnd.Shuffle(len(words), func(i, j int) { words[i], words[j] = words[j], words[i] })
	return strings.Join(words[:n], " ") + " "
}

// strangers are n words of as many sheets: hardly any has them all.
func (d *drawer) strangers(n int) string {
	var out []string
	for range n {
		doc := d.doc()
		if words := longWords(doc.Title+" "+doc.Summary, 5); len(words) > 0 {
			out = append(out, words[d.rnd.IntN(len(words))])
		}
	}
	if len(out) < n {
		return ""
	}
	return strings.Join(out, " ") + " "
}

// keystrokes are n texts in the box while whole queries are typed key by key,
// every third with a slip. They are shuffled: who runs out of time has then
// answered as many first letters as last ones.
func (d *drawer) keystrokes(n int) []string {
	var out []string
	for i := 0; len(out) < n && i < 10*n; i++ {
		words := longWords(d.doc().Title, 2)
		if len(words) == 0 {
			continue
		}
		query := strings.Join(words[:min(len(words), 2+d.rnd.IntN(3))], " ")
		if i%3 == 0 {
			query = d.slip(query)
		}
		for at := range query {
			if at > 0 {
				out = append(out, query[:at])
			}
		}
		out = append(out, query)
	}
	out = out[:min(n, len(out))]
	d.rnd.Shuffle(len(out), func(i, j int) { out[i], out[j] = out[j], out[i] })
	return out
}

// slip leaves out, doubles or swaps one letter in the middle of a query.
func (d *drawer) slip(query string) string {
	r := []rune(query)
	if len(r) < 6 {
		return query
	}
	at := 2 + d.rnd.IntN(len(r)-4)
	switch d.rnd.IntN(3) {
	case 0:
		return string(r[:at]) + string(r[at+1:])
	case 1:
		return string(r[:at+1]) + string(r[at:])
	}
	r[at], r[at+1] = r[at+1], r[at]
	return string(r)
}

func longWords(text string, least int) []string {
	var out []string
	for _, w := range strings.FieldsFunc(strings.ToLower(text), func(r rune) bool { return !unicode.IsLetter(r) }) {
		if utf8.RuneCountInString(w) >= least {
			out = append(out, w)
		}
	}
	return out
}
