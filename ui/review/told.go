package review

import (
	"strconv"
	"strings"
	"time"

	"polis/app"
	"polis/app/membership"
	"polis/app/page"
	"polis/ui/widgets"
)

// day writes the day of a moment.
func (s *Screen) day(t time.Time) string { return s.date(app.Day(t.In(s.d.Location))) }

func (s *Screen) date(d app.Date) string {
	if _, ok := d.Time(); !ok { // a year alone, or what was typed
		return string(d)
	}
	return strings.ReplaceAll(page.Date(d, s.d.Host.Words.Lang()), " ", "\u00a0")
}

// moment writes day and time.
func (s *Screen) moment(t time.Time) string {
	return s.words("membership.case.moment", "date", s.day(t), "time", t.In(s.d.Location).Format("15:04"))
}

// protocol writes number and day, "" for none.
func (s *Screen) protocol(p membership.Protocol) string {
	if p.Number == "" {
		return ""
	}
	if _, ok := p.Date.Time(); !ok {
		return p.Number
	}
	return s.words("membership.case.protocol", "number", p.Number, "date", s.date(p.Date))
}

// kindOf is how much a state asks for whoever examines.
func kindOf(state membership.State) widgets.Kind {
	switch state {
	case membership.Integration, membership.Accepted:
		return widgets.Warn
	case membership.Active:
		return widgets.OK
	case membership.Rejected, membership.Expired:
		return widgets.Bad
	case membership.Draft, membership.Withdrawn, membership.Ended:
		return widgets.Neutral
	}
	return widgets.Info
}

func (s *Screen) badge(state membership.State) *widgets.Badge {
	return widgets.NewBadge(kindOf(state), s.words("membership.state."+string(state)))
}

// term says by when who must do what, or what came last.
func (s *Screen) term(c *membership.Case) string {
	until := ""
	if c.ExpiresAt != nil {
		until = s.day(*c.ExpiresAt)
	}
	switch {
	case c.Due != nil:
		return s.words("review.term.due", "date", s.day(*c.Due))
	case c.State == membership.Integration:
		return s.words("review.term.stopped", "date", until)
	case c.State == membership.Accepted && c.Agreement != nil:
		return s.words("review.term.delivered")
	case c.State == membership.Accepted:
		return s.words("review.term.signing", "date", until)
	case c.State.Open():
		return s.words("review.term." + string(c.State))
	}
	return s.words("review.term.closed", "state", s.words("membership.state."+string(c.State)), "date", s.day(changedAt(c)))
}

func changedAt(c *membership.Case) time.Time {
	if n := len(c.History); n > 0 {
		return c.History[n-1].At
	}
	return c.ReceivedAt
}

// reminder says that a term ends within days or has passed, "" when not.
func (s *Screen) reminder(c *membership.Case) (kind widgets.Kind, text string) {
	r := c.Reminder(s.d.Clock.Now())
	if r == nil || !c.State.Open() {
		return 0, ""
	}
	key := "review.remind." + r.Whose
	switch {
	case r.Days < 0:
		return widgets.Bad, s.words(key + ".over")
	case r.Days == 0:
		return widgets.Bad, s.words(key + ".today")
	}
	return widgets.Warn, s.d.Host.Words.Count(key+".soon", r.Days)
}

// last is the latest entry of an event, nil when there is none.
func last(c *membership.Case, e membership.Event) *membership.Entry {
	for i := len(c.History) - 1; i >= 0; i-- {
		if c.History[i].Event == e {
			return &c.History[i]
		}
	}
	return nil
}

// path names a field of the form as the form does; a path without words of
// its own is named by the closest one above it that has some.
func (s *Screen) path(path string) string {
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
		case !s.d.Host.Words.Has(key):
			continue
		case nth != "":
			return capital(s.words("membership.case.nth", "field", s.words(key), "n", nth))
		}
		return capital(s.words(key))
	}
	return path
}

// size writes how large a file is.
func (s *Screen) size(bytes int64) string {
	const kilo = 1 << 10
	lang := s.d.Host.Words.Lang()
	if bytes >= kilo*kilo {
		return page.Decimal(float64(bytes)/(kilo*kilo), 1, lang) + "\u00a0MB"
	}
	return page.Number(int(max(bytes/kilo, 1)), lang) + "\u00a0kB"
}

// signature says what a signed file says of itself: nobody verified it.
func (s *Screen) signature(d *membership.Document) string {
	switch {
	case d.Signature == nil && d.Kind == membership.DocumentAgreement:
		return s.words("review.unsigned")
	case d.Signature == nil:
		return ""
	case d.Signature.Signer == "":
		return s.words("membership.case.signed_unknown")
	}
	return s.words("membership.case.signed", "signer", d.Signature.Signer)
}

// about says of a document what it is.
func (s *Screen) about(d *membership.Document) string {
	parts := []string{s.words("membership.document." + d.Kind), d.Name, s.size(d.Size)}
	if sign := s.signature(d); sign != "" {
		parts = append(parts, sign)
	}
	return strings.Join(parts, " · ")
}
