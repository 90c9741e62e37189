package page

import (
	"math"
	"strconv"
	"strings"
	"time"
	"unicode"

	"polis/app"
)

// Money writes a sum the way the language does: "22.21", "EUR" is "22,21 €"
// in Italian and "€22.21" in English. What is not a number stays as it is.
func Money(amount, currency, lang string) string {
	amount = strings.TrimSpace(amount)
	whole, cents, ok := splitAmount(amount)
	if !ok {
		return strings.TrimSpace(amount + " " + symbol(currency))
	}
	number := group(whole, lang)
	if cents != "" {
		number += decimalMark(lang) + cents
	}
	switch {
	case currency == "":
		return number
	case lang == "en" && symbol(currency) != currency:
		return symbol(currency) + number
	}
	return number + " " + symbol(currency)
}

// splitAmount reads "1234.5" as 1234 and 50; whole sums have no cents.
func splitAmount(s string) (whole, cents string, ok bool) {
	whole, cents, dot := strings.Cut(s, ".")
	if whole == "" || !digits(whole) || !digits(cents) || (dot && cents == "") {
		return "", "", false
	}
	cents = strings.TrimRight(cents, "0")
	if len(cents) == 1 {
		cents += "0"
	}
	if whole = strings.TrimLeft(whole, "0"); whole == "" {
		whole = "0"
	}
	return whole, cents, true
}

func digits(s string) bool {
	return strings.IndexFunc(s, func(r rune) bool { return r < '0' || r > '9' }) < 0
}

func symbol(currency string) string {
	switch strings.ToUpper(currency) {
	case "EUR", "":
		return "€"
	case "GBP":
		return "£"
	case "USD":
		return "$"
	}
	return currency
}

func decimalMark(lang string) string {
	if lang == "en" {
		return "."
	}
	return ","
}

func group(digits, lang string) string {
	mark := "."
	if lang == "en" {
		mark = ","
	}
	for at := len(digits) - 3; at > 0; at -= 3 {
		digits = digits[:at] + mark + digits[at:]
	}
	return digits
}

// Number writes a whole number: 1.284 in Italian, 1,284 in English.
func Number(n int, lang string) string {
	if n < 0 {
		return "-" + group(strconv.Itoa(n)[1:], lang)
	}
	return group(strconv.Itoa(n), lang)
}

// Decimal writes a number with so many decimals: 81,4 in Italian, 81.4 in
// English.
func Decimal(v float64, decimals int, lang string) string {
	text := strconv.FormatFloat(math.Abs(v), 'f', decimals, 64)
	whole, fraction, _ := strings.Cut(text, ".")
	out := group(whole, lang)
	if fraction != "" {
		out += decimalMark(lang) + fraction
	}
	if v < 0 && strings.Trim(text, "0.") != "" {
		out = "-" + out
	}
	return out
}

func months(lang string) []string {
	if lang == "en" {
		return []string{
			"January", "February", "March", "April", "May", "June", "July", "August",
			"September", "October", "November", "December",
		}
	}
	return []string{
		"gennaio", "febbraio", "marzo", "aprile", "maggio", "giugno", "luglio", "agosto",
		"settembre", "ottobre", "novembre", "dicembre",
	}
}

// Date writes a day in short: "3 nov 2026", "3 Nov 2026". A date that cannot
// be read is shown as it was written.
func Date(d app.Date, lang string) string { return date(d, lang, true) }

// DateLong writes a day in full: "3 novembre 2026", "3 November 2026".
func DateLong(d app.Date, lang string) string { return date(d, lang, false) }

// DateRange writes days from one to another, in full, and says only once what
// both have in common: "24–26 dicembre 2026", "28 novembre – 3 dicembre 2026".
func DateRange(from, to app.Date, lang string) string {
	first, okFirst := from.Time()
	last, okLast := to.Time()
	end := DateLong(to, lang)
	const dash = "\u00A0–\u00A0"
	switch {
	case !okFirst || !okLast || from == to:
		return DateLong(from, lang)
	case first.Year() != last.Year():
		return DateLong(from, lang) + dash + end
	case first.Month() != last.Month():
		return strconv.Itoa(first.Day()) + " " + months(lang)[first.Month()-time.January] + dash + end
	}
	return strconv.Itoa(first.Day()) + "–" + end
}

func date(d app.Date, lang string, short bool) string {
	t, ok := d.Time()
	if !ok {
		return strings.TrimSpace(string(d))
	}
	month := months(lang)[t.Month()-time.January]
	if short {
		month = month[:3]
	}
	return strconv.Itoa(t.Day()) + " " + month + " " + strconv.Itoa(t.Year())
}

// AddressLine writes an address on one line: "Piazza Duomo 1, 12051 Alba
// (CN)".
func AddressLine(a *app.Address) string {
	if a == nil {
		return ""
	}
	place := strings.TrimSpace(a.PostalCode + " " + a.Municipality)
	if a.Province != "" && place != "" {
		place += " (" + a.Province + ")"
	}
	return join(", ", a.Street, place)
}

// ShortURL writes an address as one reads it aloud: without scheme, "www."
// and a last slash.
func ShortURL(u string) string {
	for _, scheme := range []string{"https://", "http://", "mailto:", "tel:"} {
		u = strings.TrimPrefix(u, scheme)
	}
	return strings.TrimSuffix(strings.TrimPrefix(u, "www."), "/")
}

// join puts a separator between the texts that are not empty.
func join(separator string, parts ...string) string {
	var kept []string
	for _, p := range parts {
		if p = strings.TrimSpace(p); p != "" {
			kept = append(kept, p)
		}
	}
	return strings.Join(kept, separator)
}

// capital writes the first letter of a text as a capital.
func capital(s string) string {
	for i, r := range s {
		return string(unicode.ToUpper(r)) + s[i+len(string(r)):]
	}
	return s
}
