package page

import (
	"slices"
	"strconv"
	"strings"

	"polis/app"
)

// Words gives a label of the translation files by its key; args are name,
// value pairs for its {placeholders}.
type Words func(key string, args ...string) string

// Fact is one line of "In breve"; with a URL its value is a link.
type Fact struct{ Key, Label, Value, URL string }

// The longest value of a key fact, two lines of a card, and of what a price
// is for.
const (
	factLength = 90
	feeLength  = 60
)

// KeyFacts returns what people ask first: cost, time, validity, where. The
// order is fixed, values are short, facts that are not known are left out.
func KeyFacts(r app.Reading, offices []app.Office, lang string, words Words) []Fact {
	var facts []Fact
	add := func(key, value string) {
		if value = strings.TrimSpace(value); value != "" {
			facts = append(facts, Fact{Key: key, Label: words("fact." + key), Value: value})
		}
	}
	add("cost", costFact(r, lang, words))
	add("time", timeFact(r, lang, words))
	if !translated(r) {
		add("validity", Clip(r.Validity, factLength))
	}
	add("where", whereFact(r, offices, words))
	return facts
}

// translated reports whether the text is shown in another language than the
// sheet's own. Short fields have no translation in the catalogue: then only
// numbers and names are told, never words of the other language.
func translated(r app.Reading) bool { return r.Shown != "" && r.Shown != r.Language }

func costFact(r app.Reading, lang string, words Words) string {
	all := listed(r.Fees, lang, words)
	if all == "" {
		return shortSection(r.Sections["costs"])
	}
	unsaid := len(r.Fees) > 1 && slices.ContainsFunc(r.Fees, func(f app.Fee) bool { return len([]rune(f.Description)) > feeLength })
	if !translated(r) && !unsaid && len([]rune(all)) <= factLength {
		return all
	}
	if total, ok := totalFee(r.Fees); ok {
		return price(total, lang, words)
	}
	priced := slices.DeleteFunc(slices.Clone(r.Fees), func(f app.Fee) bool { return strings.TrimSpace(f.Amount) == "" })
	low, high, ok := priceRange(priced)
	switch {
	case !ok && translated(r):
		return shortSection(r.Sections["costs"])
	case !ok:
		return Clip(all, factLength)
	case low.Amount == high.Amount:
		return price(low, lang, words)
	case isFree(low):
		return words("fact.cost_up_to", "to", price(high, lang, words))
	}
	return words("fact.cost_range", "from", price(low, lang, words), "to", price(high, lang, words))
}

// totalFee is the fee that says of itself that it is the sum of the others.
func totalFee(fees []app.Fee) (app.Fee, bool) {
	i := slices.IndexFunc(fees, func(f app.Fee) bool {
		return strings.Contains(strings.ToLower(f.Description), "total") && strings.TrimSpace(f.Amount) != ""
	})
	if i < 0 {
		return app.Fee{}, false
	}
	return fees[i], true
}

// listed writes prices with what they are for, each once; a fee without an
// amount is told by its description.
func listed(fees []app.Fee, lang string, words Words) string {
	var all []string
	for _, f := range fees {
		text := strings.TrimSpace(f.Description)
		if strings.TrimSpace(f.Amount) != "" {
			text = join(" ", price(f, lang, words), bracket(f.Description, feeLength))
		}
		if text != "" && !slices.Contains(all, text) {
			all = append(all, text)
		}
	}
	return strings.Join(all, "; ")
}

func isFree(f app.Fee) bool {
	v, err := strconv.ParseFloat(f.Amount, 64)
	return err == nil && v == 0
}

func price(f app.Fee, lang string, words Words) string {
	if isFree(f) {
		return words("fact.free")
	}
	currency := f.Currency
	if currency == "" {
		currency = "EUR"
	}
	return Money(f.Amount, currency, lang)
}

func bracket(s string, longest int) string {
	s = strings.TrimSpace(s)
	if s == "" || len([]rune(s)) > longest {
		return ""
	}
	return "(" + s + ")"
}

// priceRange finds the cheapest and the dearest; not ok when there are none,
// an amount is not a number or the currencies differ.
func priceRange(fees []app.Fee) (low, high app.Fee, ok bool) {
	if len(fees) == 0 {
		return low, high, false
	}
	low, high = fees[0], fees[0]
	value := func(f app.Fee) float64 {
		v, err := strconv.ParseFloat(f.Amount, 64)
		ok = ok && err == nil && f.Currency == fees[0].Currency
		return v
	}
	ok = true
	for _, f := range fees {
		if value(f) < value(low) {
			low = f
		}
		if value(f) > value(high) {
			high = f
		}
	}
	return low, high, ok
}

func timeFact(r app.Reading, lang string, words Words) string {
	if p := r.ProcessingTime; p != nil {
		switch {
		case strings.TrimSpace(p.Text) != "" && !translated(r):
			return Clip(Plain(p.Text), factLength)
		case p.MaxDays == 1:
			return words("fact.one_day")
		case p.MaxDays > 1:
			return words("fact.days", "n", Number(p.MaxDays, lang))
		}
	}
	return shortSection(r.Sections["deadlines"])
}

// shortSection is a section's text when it is short enough to be a fact:
// half a long rule would mislead.
func shortSection(markdown string) string {
	if len(markdown) > 4*factLength {
		return ""
	}
	plain := strings.Join(strings.Fields(Plain(markdown)), " ")
	if len([]rune(plain)) > factLength {
		return ""
	}
	return plain
}

func whereFact(r app.Reading, offices []app.Office, words Words) string {
	online := strings.TrimSpace(r.OnlineService) != ""
	switch {
	case len(offices) == 0 && online:
		return words("fact.online")
	case len(offices) == 0:
		return ""
	}
	first := offices[0]
	place := first.Name
	if len(offices) == 1 && first.Address != nil { // with more of them the name is enough: the rest says where
		place = join(", ", first.Name, first.Address.Street)
	}
	place = Clip(place, factLength)
	switch {
	case len(offices) > 1 && online:
		return words("fact.offices_online", "place", place, "n", strconv.Itoa(len(offices)))
	case len(offices) > 1:
		return words("fact.offices", "place", place, "n", strconv.Itoa(len(offices)))
	case online:
		return words("fact.office_online", "place", place)
	}
	return place
}
