// Package phrase turns the keys of the translation files into sentences that
// people read: labels, and for every error what happened and what to do.
package phrase

import (
	"encoding/json"
	"fmt"
	"strings"

	"polis/app"
)

// Book is the set of sentences of one language. It never fails: a key that
// is missing shows itself, so that a test or a reader notices.
type Book struct {
	lang  string
	texts map[string]string
}

// New reads flat JSON objects (key -> sentence with {name} placeholders);
// a key in two files is an error.
func New(lang string, files ...[]byte) (*Book, error) {
	b := &Book{lang: lang, texts: map[string]string{}}
	for _, f := range files {
		var m map[string]string
		if err := json.Unmarshal(f, &m); err != nil {
			return nil, fmt.Errorf("translations %s: %w", lang, err)
		}
		for k, v := range m {
			if _, twice := b.texts[k]; twice {
				return nil, fmt.Errorf("translations %s: key %q is written twice", lang, k)
			}
			b.texts[k] = v
		}
	}
	return b, nil
}

// Lang returns the language of the book, "it" or "en".
func (b *Book) Lang() string { return b.lang }

// Has reports whether the key has a sentence.
func (b *Book) Has(key string) bool { _, ok := b.texts[key]; return ok }

// Keys returns every key.
func (b *Book) Keys() []string {
	keys := make([]string, 0, len(b.texts))
	for k := range b.texts {
		keys = append(keys, k)
	}
	return keys
}

// Text returns the sentence of the key; args are name, value pairs.
func (b *Book) Text(key string, args ...string) string {
	s, ok := b.texts[key]
	if !ok {
		return key
	}
	return fill(s, args)
}

// Count returns the sentence for n things: key+".one" for one, else
// key+".many"; {n} is the number written the way of the language.
func (b *Book) Count(key string, n int, args ...string) string {
	form := ".many"
	if n == 1 {
		form = ".one"
	}
	return b.Text(key+form, append(args, "n", b.Number(n))...)
}

// Number writes a whole number: 1.284 in Italian, 1,284 in English.
func (b *Book) Number(n int) string {
	sep := "."
	if b.lang == "en" {
		sep = ","
	}
	s := fmt.Sprint(n)
	sign := ""
	if n < 0 {
		sign, s = "-", s[1:]
	}
	for i := len(s) - 3; i > 0; i -= 3 {
		s = s[:i] + sep + s[i:]
	}
	return sign + s
}

// Error returns what happened and what to do, in words. An error that is not
// one of ours gets the sentence of an internal fault; a detail that is a key
// is told in its words.
func (b *Book) Error(err error) (message, hint string) {
	code := app.ErrorCode(err)
	if !b.Has("error." + string(code)) {
		code = app.CodeInternal
	}
	var args []string
	for k, v := range app.ErrorParams(err) {
		if k == "detail" && b.Has(v) {
			v = b.Text(v)
		}
		args = append(args, k, v)
	}
	message = b.Text("error."+string(code), args...)
	if b.Has("hint." + string(code)) {
		hint = b.Text("hint."+string(code), args...)
	}
	return message, hint
}

func fill(s string, args []string) string {
	if len(args) < 2 || !strings.Contains(s, "{") {
		return s
	}
	pairs := make([]string, 0, len(args))
	for i := 0; i+1 < len(args); i += 2 {
		pairs = append(pairs, "{"+args[i]+"}", args[i+1])
	}
	return strings.NewReplacer(pairs...).Replace(s)
}
