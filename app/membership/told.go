package membership

import (
	"strconv"
	"strings"
	"time"

	"polis/app"
	"polis/app/page"
	"polis/app/phrase"
)

// Told writes facts of a request in the words of a screen, for who asks and
// for who examines.
type Told struct {
	Words *phrase.Book
	Zone  *time.Location
}

// Day writes the day of a moment.
func (t Told) Day(at time.Time) string { return t.Date(app.Day(at.In(t.Zone))) }

// Date writes a day that does not break over lines; a year alone, or what was
// typed, stays as it is.
func (t Told) Date(d app.Date) string {
	if _, ok := d.Time(); !ok {
		return string(d)
	}
	return strings.ReplaceAll(page.Date(d, t.Words.Lang()), " ", "\u00a0")
}

// Moment writes day and time.
func (t Told) Moment(at time.Time) string {
	return t.Words.Text("membership.case.moment", "date", t.Day(at), "time", at.In(t.Zone).Format("15:04"))
}

// Protocol writes number and day, "" for none.
func (t Told) Protocol(p Protocol) string {
	if p.Number == "" {
		return ""
	}
	if _, ok := p.Date.Time(); !ok {
		return p.Number
	}
	return t.Words.Text("membership.case.protocol", "number", p.Number, "date", t.Date(p.Date))
}

// Field names a field of the form by its path, as in Finding; a path without
// words of its own is named by the closest one above it that has some.
func (t Told) Field(path string) string {
	var kept []string
	nth := ""
	for p := range strings.SplitSeq(path, ".") {
		if n, err := strconv.Atoi(p); err == nil {
			nth = strconv.Itoa(n + 1)
			continue
		}
		kept = append(kept, p)
	}
	for n := len(kept); n > 0; n-- {
		key := "membership.field." + strings.Join(kept[:n], ".")
		switch {
		case !t.Words.Has(key):
			continue
		case nth != "":
			return t.Words.Text("membership.case.nth", "field", t.Words.Text(key), "n", nth)
		}
		return t.Words.Text(key)
	}
	return path
}

// Size writes how large a file is.
func (t Told) Size(bytes int64) string {
	const kilo = 1 << 10
	if bytes >= kilo*kilo {
		return page.Decimal(float64(bytes)/(kilo*kilo), 1, t.Words.Lang()) + "\u00a0MB"
	}
	return page.Number(int(max(bytes/kilo, 1)), t.Words.Lang()) + "\u00a0kB"
}

// Signed says what a signed file says of itself, which nobody verified; "" of
// one that is not signed.
func (t Told) Signed(s *Signature) string {
	switch {
	case s == nil:
		return ""
	case s.Signer == "":
		return t.Words.Text("membership.case.signed_unknown")
	}
	return t.Words.Text("membership.case.signed", "signer", s.Signer)
}
