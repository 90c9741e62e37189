package membership

import (
	"strings"

	"polis/app/membership"
	"polis/ui/widgets"
)

// told writes facts of requests in the words of the screen.
func (s *Screen) told() membership.Told {
	return membership.Told{Words: s.d.Host.Words, Zone: s.d.Location}
}

// kindOf is how good or bad a state is.
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

// queued reports that a request was sent off here and has not reached the
// region yet.
func queued(f *membership.Filed) bool { return f.Case == nil && !f.SentAt.IsZero() }

// corrected reports that the form was changed after it was sent, and not
// sent again.
func corrected(f *membership.Filed) bool {
	return f.State() == membership.Sent && f.Case != nil && f.SentAt.IsZero()
}

// badge names the state; what waits here has a word of its own.
func (s *Screen) badge(f *membership.Filed) *widgets.Badge {
	if queued(f) || f.Leaving != "" {
		return widgets.NewBadge(widgets.Warn, s.words("membership.list.queued"))
	}
	state := f.State()
	if state == membership.Accepted && f.Case.Agreement != nil { // the state's words ask for the signature
		return widgets.NewBadge(widgets.Info, s.words("membership.list.delivered"))
	}
	return widgets.NewBadge(kindOf(state), s.words("membership.state."+string(state)))
}

// name is the body's, or says that none was chosen yet.
func (s *Screen) name(f *membership.Filed) string {
	if f.Request.Body.Name == "" {
		return s.words("membership.list.nameless")
	}
	return f.Request.Body.Name
}

// next says where the request stands and what comes next, in a sentence or
// two.
func (s *Screen) next(f *membership.Filed) string {
	w := s.words
	state := f.State()
	key := "membership.next." + string(state)
	switch {
	case f.Leaving == membership.Withdraw:
		return w("membership.next.leaving.withdraw")
	case queued(f):
		key = "membership.next.queued"
	case f.Leaving != "":
		key = "membership.next.leaving." + string(f.Leaving)
	case corrected(f):
		key = "membership.next.corrected"
	case state == membership.Accepted && f.Case.Agreement != nil:
		key = "membership.next.delivered"
	case state == membership.Accepted && returned(f.Case) != nil:
		key = "membership.next.returned"
	}
	if f.Case == nil {
		return w(key)
	}
	c := f.Case
	text := w(key, "number", c.Number, "protocol", s.told().Protocol(c.Protocol), "pec", f.Request.Body.PEC, "until", s.until(c))
	if term := s.term(f); term != "" {
		text += " " + term
	}
	return text
}

// until is the day on which the applicant's time ends.
func (s *Screen) until(c *membership.Case) string {
	if c.ExpiresAt == nil {
		return ""
	}
	return s.told().Day(*c.ExpiresAt)
}

// term says whose time runs.
func (s *Screen) term(f *membership.Filed) string {
	c := f.Case
	switch {
	case c.Due != nil && c.Due.Before(s.d.Clock.Now()):
		return s.words("membership.term.late", "date", s.told().Day(*c.Due))
	case c.Due != nil:
		return s.words("membership.term.due", "date", s.told().Day(*c.Due))
	case c.State == membership.Integration && c.LeftMS > 0:
		return s.words("membership.term.stopped")
	}
	return ""
}

// reminder says that the applicant's time ends soon, "" when it does not.
func (s *Screen) reminder(f *membership.Filed) string {
	if f.Case == nil || f.Case.Agreement != nil || f.Leaving != "" {
		return ""
	}
	return Reminder(s.d.Host.Words, f.Case, s.d.Clock.Now(), s.d.Location)
}

// asked is what the region asks for now: to complete the request, or to sign
// again. Nil when nothing.
func asked(c *membership.Case) *membership.Entry {
	if c == nil {
		return nil
	}
	switch c.State {
	case membership.Integration:
		return c.Last(membership.RequestIntegration)
	case membership.Accepted:
		return returned(c)
	}
	return nil
}

// returned is the return of a signed agreement that nothing has followed.
func returned(c *membership.Case) *membership.Entry {
	if c.Agreement != nil {
		return nil
	}
	return c.Last(membership.ReturnAgreement)
}

// fieldOf names a field of a request; what there is one of needs no number.
func (s *Screen) fieldOf(r *membership.Request, path string) string {
	for list, n := range map[string]int{"offices": len(r.Offices), "operators": len(r.Operators), "documents": len(r.Documents)} {
		if rest, ok := strings.CutPrefix(path, list+".0."); ok && n == 1 {
			path = list + "." + rest
		}
	}
	return s.told().Field(path)
}

// about says of a document what it is.
func (s *Screen) about(d *membership.Document) string {
	return s.words("membership.document."+d.Kind) + " · " + s.file(d)
}

// details say of a document what its title does not.
func (s *Screen) details(d *membership.Document) string {
	if strings.EqualFold(s.words("membership.document."+d.Kind), d.Title) {
		return s.file(d)
	}
	return s.about(d)
}

// file says of a document which file it is, and who signed it.
func (s *Screen) file(d *membership.Document) string {
	parts := []string{d.Name, s.told().Size(d.Size)}
	if sign := s.told().Signed(d.Signature); sign != "" {
		parts = append(parts, sign)
	}
	return strings.Join(parts, " · ")
}
