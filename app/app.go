// Package app holds the domain of POLIS: sheets, authorities, offices and
// contacts, the errors that people read and the clock. It imports the
// standard library only; everything else in the house may import it.
//
// The JSON names on the types are those of the public formats (JSON Lines,
// API, command line), so that one word names one thing everywhere.
package app

import "time"

// Clock tells the time. Programs use SystemClock, tests a fixed one.
type Clock interface{ Now() time.Time }

// SystemClock is the clock of the operating system.
type SystemClock struct{}

// Now returns the current time.
func (SystemClock) Now() time.Time { return time.Now() }

// ClockFunc lets a function serve as a Clock.
type ClockFunc func() time.Time

// Now calls the function.
func (f ClockFunc) Now() time.Time { return f() }

// Term is one entry of a vocabulary: a code and its labels.
type Term struct {
	Code string `json:"code"`
	It   string `json:"it"`
	En   string `json:"en"`
}

// Label returns the label in the given language ("it" or "en"), or the code
// when there is none.
func (t Term) Label(lang string) string {
	switch {
	case lang == "en" && t.En != "":
		return t.En
	case t.It != "":
		return t.It
	}
	return t.Code
}

// Vocabulary finds terms by code.
type Vocabulary map[string]Term

// NewVocabulary indexes terms by their code.
func NewVocabulary(terms []Term) Vocabulary {
	v := make(Vocabulary, len(terms))
	for _, t := range terms {
		v[t.Code] = t
	}
	return v
}

// Label returns the label of a code; a code that is not in the vocabulary
// (real catalogues bring their own) is its own label.
func (v Vocabulary) Label(code, lang string) string {
	if t, ok := v[code]; ok {
		return t.Label(lang)
	}
	return code
}
