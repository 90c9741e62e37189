package page

import (
	"strconv"
	"strings"
	"time"
	"unicode"

	"polis/app"
)

// ReadDate reads a day as people write it, in Italian or English: "3/11/2026",
// "3.11.26", "3 nov 2026", "3 novembre 2026", "2026-11-03". Years of two
// figures are of this century.
func ReadDate(text string) (app.Date, bool) {
	parts := strings.FieldsFunc(strings.ToLower(strings.TrimSpace(text)), func(r rune) bool {
		return unicode.IsSpace(r) || strings.ContainsRune("/.-,°", r)
	})
	if len(parts) != 3 {
		return "", false
	}
	if len(parts[0]) == 4 { // as programs write it
		parts[0], parts[2] = parts[2], parts[0]
	}
	day, err := strconv.Atoi(parts[0])
	if err != nil {
		return "", false
	}
	year, err := strconv.Atoi(parts[2])
	if err != nil {
		return "", false
	}
	switch len(parts[2]) {
	case 2:
		year += 2000
	case 4:
	default:
		return "", false
	}
	month := monthOf(parts[1])
	t := time.Date(year, month, day, 0, 0, 0, 0, time.UTC)
	if month == 0 || t.Day() != day || t.Month() != month { // 31 of a month that has 30
		return "", false
	}
	return app.Day(t), true
}

// monthOf reads a month: its number, or its name or at least three letters of
// it in either language; 0 when it is none.
func monthOf(s string) time.Month {
	if n, err := strconv.Atoi(s); err == nil {
		if n >= 1 && n <= 12 {
			return time.Month(n)
		}
		return 0
	}
	if len(s) < 3 {
		return 0
	}
	for _, lang := range []string{"it", "en"} {
		for i, name := range months(lang) {
			if strings.HasPrefix(strings.ToLower(name), s) {
				return time.Month(i + 1)
			}
		}
	}
	return 0
}
