package wire

import (
	"errors"
	"fmt"
	"strings"
	"unicode"

	"polis/app"
)

// Limits of the editable words. They are searched at every key, and a list
// that is longer was not written by hand.
const (
	MaxTerm  = 100 // bytes of a term or a query
	MaxTerms = 50  // entries of a list
)

type (
	synonymLine struct {
		Type string `json:"type"`
		app.Synonym
	}
	betLine struct {
		Type string `json:"type"`
		app.BestBet
	}
)

// check lets empty terms pass: such a line takes the place of a built-in one
// and says nothing.
func (l *synonymLine) check() (string, error) {
	if err := require(l.ID, field{"id", l.ID}); err != nil {
		return l.ID, err
	}
	if err := checkList("terms", l.Terms, MaxTerm); err != nil {
		return l.ID, err
	}
	if err := checkList("means", l.Means, MaxTerm); err != nil {
		return l.ID, err
	}
	if len(l.Terms) == 1 && len(l.Means) == 0 {
		return l.ID, errors.New(`one term without "means" stands for nothing`)
	}
	return l.ID, nil
}

func (l *betLine) check() (string, error) {
	if err := require(l.ID, field{"id", l.ID}); err != nil {
		return l.ID, err
	}
	if err := checkList("queries", l.Queries, MaxTerm); err != nil {
		return l.ID, err
	}
	if err := checkList("sheets", l.Sheets, maxID); err != nil {
		return l.ID, err
	}
	if len(l.Queries) > 0 && len(l.Sheets) == 0 {
		return l.ID, errors.New(`the field "sheets" is missing`)
	}
	return l.ID, nil
}

func checkList(name string, list []string, limit int) error {
	if len(list) > MaxTerms {
		return fmt.Errorf("the field %q has %d entries, more than %d are not allowed", name, len(list), MaxTerms)
	}
	for _, s := range list {
		switch {
		case strings.TrimSpace(s) == "":
			return fmt.Errorf("the field %q has an empty entry", name)
		case len(s) > limit:
			return fmt.Errorf("the field %q: %q has more than %d bytes", name, clip(s), limit)
		case strings.ContainsFunc(s, unicode.IsControl):
			return fmt.Errorf("the field %q: %q has control characters", name, clip(s))
		}
	}
	return nil
}

// IsWords reports types that only help the search. The brake on deletions
// does not weigh them: a thousand synonyms must not hide that every sheet is
// gone, and without them the built-in ones answer.
func IsWords(kind string) bool { return kind == TypeSynonym || kind == TypeBestBet }

// Synonym decodes the line of a synonym.
func (e Entity) Synonym() (app.Synonym, error) { return decodeAs[app.Synonym](e) }

// BestBet decodes the line of a best bet.
func (e Entity) BestBet() (app.BestBet, error) { return decodeAs[app.BestBet](e) }
