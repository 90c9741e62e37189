package review

import (
	"strings"
	"time"

	"polis/app/membership"
	"polis/ui/widgets"
)

// told writes facts of requests in the words of the screen.
func (s *Screen) told() membership.Told {
	return membership.Told{Words: s.d.Host.Words, Zone: s.d.Location}
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

func (s *Screen) badge(c *membership.Case) *widgets.Badge {
	if delivered(c) { // the state's words ask for the signature
		return widgets.NewBadge(widgets.Warn, s.words("membership.list.delivered"))
	}
	return widgets.NewBadge(kindOf(c.State), s.words("membership.state."+string(c.State)))
}

// delivered reports that the signed agreement has come and is to be looked at.
func delivered(c *membership.Case) bool {
	return c.State == membership.Accepted && c.Agreement != nil
}

// term says by when who must do what, or what came last.
func (s *Screen) term(c *membership.Case) string {
	until := ""
	if c.ExpiresAt != nil {
		until = s.told().Day(*c.ExpiresAt)
	}
	switch {
	case c.Due != nil:
		return s.words("review.term.due", "date", s.told().Day(*c.Due))
	case c.State == membership.Integration:
		return s.words("review.term.stopped", "date", until)
	case delivered(c):
		return s.words("review.term.delivered")
	case c.State == membership.Accepted:
		return s.words("review.term.signing", "date", until)
	case c.State.Open():
		return s.words("review.term." + string(c.State))
	}
	return s.words("review.term.closed", "state", s.words("membership.state."+string(c.State)), "date", s.told().Day(changedAt(c)))
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

// signature says what a signed file says of itself: nobody verified it.
func (s *Screen) signature(d *membership.Document) string {
	if d.Signature == nil && d.Kind == membership.DocumentAgreement {
		return s.words("review.unsigned")
	}
	return s.told().Signed(d.Signature)
}

// path names a field of the form, at the beginning of a line.
func (s *Screen) path(path string) string { return capital(s.told().Field(path)) }

// about says of a document what it is.
func (s *Screen) about(d *membership.Document) string {
	parts := []string{s.words("membership.document." + d.Kind), d.Name, s.told().Size(d.Size)}
	if sign := s.signature(d); sign != "" {
		parts = append(parts, sign)
	}
	return strings.Join(parts, " · ")
}
