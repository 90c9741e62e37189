package app

import "time"

// Date is a calendar day ("2026-11-03") or an instant in RFC 3339, kept as
// it was written: catalogues in the wild are not always right, and a wrong
// date must not cost the whole sheet.
type Date string

// Time returns the moment and whether the text could be read.
func (d Date) Time() (time.Time, bool) {
	for _, layout := range []string{time.DateOnly, time.RFC3339Nano, "2006-01-02T15:04:05"} {
		if t, err := time.Parse(layout, string(d)); err == nil {
			return t, true
		}
	}
	return time.Time{}, false
}

// Before reports whether the day is earlier than that of t; an unreadable
// date is not before anything.
func (d Date) Before(t time.Time) bool {
	day, ok := d.Time()
	return ok && day.Format(time.DateOnly) < t.Format(time.DateOnly)
}

// Day returns the calendar day of a moment.
func Day(t time.Time) Date { return Date(t.Format(time.DateOnly)) }

// Span is a period of days, both included; an empty end is open.
type Span struct {
	From Date `json:"from,omitempty"`
	To   Date `json:"to,omitempty"`
}

// Contains reports whether the day of t falls in the period.
func (s Span) Contains(t time.Time) bool {
	day := t.Format(time.DateOnly)
	return (s.From == "" || firstTen(s.From) <= day) && (s.To == "" || day <= firstTen(s.To))
}

func firstTen(d Date) string {
	if len(d) > 10 {
		return string(d[:10])
	}
	return string(d)
}
