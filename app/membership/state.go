package membership

import (
	"encoding/json"
	"slices"
	"strings"
	"time"

	"polis/app"
)

// State is where a request stands. Its words are "membership.state.<code>".
type State string

// The states. A draft is known to its workstation only.
const (
	Draft       State = "draft"
	Sent        State = "sent"
	Registered  State = "registered"
	UnderReview State = "under_review"
	Integration State = "integration_requested" // the region's clock is stopped
	Accepted    State = "accepted"              // awaiting the signed agreement
	Signed      State = "signed"
	Active      State = "active"
	Rejected    State = "rejected"
	Withdrawn   State = "withdrawn"
	Expired     State = "expired"
	Ended       State = "ended" // a member that left
)

// States lists all states.
func States() []State {
	return []State{Draft, Sent, Registered, UnderReview, Integration, Accepted, Signed, Active, Rejected, Withdrawn, Expired, Ended}
}

// Open reports that the request is still being dealt with.
func (s State) Open() bool {
	return slices.Contains([]State{Sent, Registered, UnderReview, Integration, Accepted, Signed}, s)
}

// Closed reports that the request came to its end without a member.
func (s State) Closed() bool { return slices.Contains([]State{Rejected, Withdrawn, Expired}, s) }

// Event is what happens to a request. Its words are "membership.event.<code>".
type Event string

// The events.
const (
	Submit             Event = "submit"
	Replace            Event = "replace"  // nobody has looked at it yet
	Register           Event = "register" // under the region's protocol number
	StartReview        Event = "start_review"
	RequestIntegration Event = "request_integration"
	Integrate          Event = "integrate"
	Accept             Event = "accept"
	Reject             Event = "reject"
	DeliverAgreement   Event = "deliver_agreement"
	ReturnAgreement    Event = "return_agreement" // it does not hold: sign again
	RegisterAgreement  Event = "register_agreement"
	Activate           Event = "activate"
	IssueLetter        Event = "issue_letter" // with a new activation code
	Withdraw           Event = "withdraw"
	Expire             Event = "expire"
	End                Event = "end"
	Restore            Event = "restore"
)

// Roles of who acts upon a request, beside those of operators.
const (
	ByApplicant     = "applicant"
	ByHub           = "hub"
	ByExaminer      = "istruttore"
	ByAdministrator = "amministratore"
)

// Actor is who did something. ID is an opaque operator, told to examiners
// only.
type Actor struct {
	Role string `json:"role"`
	ID   string `json:"id,omitempty"`
}

// Terms, in days.
const (
	ReviewDays = 30 // the region's, from the registration; L. 241/1990 art. 2
	ReplyDays  = 30 // the applicant's, to complete or to sign
	WarnDays   = 7  // before a term ends, its owner is reminded
)

// Change asks for an event. ID makes it happen once: the same change again
// gets the answer that the first one got.
type Change struct {
	ID      string `json:"id"` // UUIDv7
	Request string `json:"request"`
	Event   Event  `json:"event"`
	// Seen is the version of the case that who asks has read; an examiner's
	// change of an older one is refused (CodeChanged). 0 for an applicant.
	Seen     int64     `json:"seen,omitempty"`
	Reason   string    `json:"reason,omitempty"` // goes to the other side
	Fields   []string  `json:"fields,omitempty"` // to be completed, as in Finding
	Protocol Protocol  `json:"protocol,omitzero"`
	Document *Document `json:"document,omitempty"` // the signed agreement
}

// Entry is a line of a request's history.
type Entry struct {
	Change   string    `json:"change,omitempty"` // its ID
	At       time.Time `json:"at"`
	Event    Event     `json:"event"`
	From     State     `json:"from,omitempty"`
	To       State     `json:"to"`
	By       Actor     `json:"by"`
	Reason   string    `json:"reason,omitempty"`
	Fields   []string  `json:"fields,omitempty"`
	Protocol Protocol  `json:"protocol,omitzero"`
	Document *Document `json:"document,omitempty"`
}

// Case is a request with what became of it. The hub owns it; both sides see
// it.
type Case struct {
	ID         string    `json:"id"`
	State      State     `json:"state"`
	SHA256     string    `json:"sha256"`  // of the request's canonical bytes
	Version    int64     `json:"version"` // grows with every change of any case of the hub
	Number     string    `json:"number"`  // of the receipt, "2026-00007"
	ReceivedAt time.Time `json:"received_at"`
	Protocol   Protocol  `json:"protocol,omitzero"` // the region's
	// Due is when the region must have decided; nil while nothing runs. While
	// the clock is stopped LeftMS is what was left.
	Due    *time.Time `json:"due,omitempty"`
	LeftMS int64      `json:"left_ms,omitempty"`
	// ExpiresAt ends the applicant's time to complete or to sign.
	ExpiresAt *time.Time `json:"expires_at,omitempty"`
	// Agreement is the signed agreement that was delivered, then registered.
	Agreement *Document `json:"agreement,omitempty"`
	Authority string    `json:"authority"` // IPA code
	Name      string    `json:"name"`      // of the body
	// DocumentsRemovedAt is when the hub removed the documents of a closed
	// request, as the region's retention has it; what is said of them stays.
	DocumentsRemovedAt *time.Time `json:"documents_removed_at,omitempty"`
	// Rivals are other open requests for the same body, the oldest twenty; for
	// examiners only.
	Rivals  []string `json:"rivals,omitempty"`
	History []Entry  `json:"history"`
	// Content is the Request; in lists it is left out.
	Content json.RawMessage `json:"content,omitempty"`
}

// rule is one arrow of the state machine.
type rule struct {
	from []State
	to   State // "" = stays
	by   []string
	// needs names what a change must carry.
	needs string
}

// rules is the whole state machine. There is no other way to a state.
func rules() map[Event]rule {
	applicant, region := []string{ByApplicant}, []string{ByExaminer, ByAdministrator}
	return map[Event]rule{
		Submit:             {[]State{Draft}, Sent, applicant, ""},
		Replace:            {[]State{Sent}, "", applicant, ""},
		Register:           {[]State{Sent}, Registered, region, "protocol"},
		StartReview:        {[]State{Registered}, UnderReview, region, ""},
		RequestIntegration: {[]State{UnderReview}, Integration, region, "reason"},
		Integrate:          {[]State{Integration}, UnderReview, applicant, ""},
		Accept:             {[]State{UnderReview}, Accepted, region, ""},
		Reject:             {[]State{Registered, UnderReview}, Rejected, region, "reason"},
		DeliverAgreement:   {[]State{Accepted}, "", applicant, "document"},
		ReturnAgreement:    {[]State{Accepted, Signed}, Accepted, region, "reason"},
		RegisterAgreement:  {[]State{Accepted}, Signed, region, "document"},
		Activate:           {[]State{Signed}, Active, region, ""},
		IssueLetter:        {[]State{Active}, "", region, ""},
		Withdraw:           {[]State{Sent, Registered, UnderReview, Integration, Accepted, Signed}, Withdrawn, applicant, ""},
		Expire:             {[]State{Integration, Accepted}, Expired, []string{ByHub}, ""},
		End:                {[]State{Active}, Ended, region, "reason"},
		Restore:            {[]State{Ended}, Active, region, "reason"},
	}
}

// Allowed lists what a role may do with a request in a state, in the order of
// the procedure.
func Allowed(s State, role string) []Event {
	all := rules()
	var events []Event
	for _, e := range []Event{
		Submit, Replace, Register, StartReview, RequestIntegration, Integrate, Accept, Reject, DeliverAgreement,
		ReturnAgreement, RegisterAgreement, Activate, IssueLetter, Withdraw, Expire, End, Restore,
	} {
		if r := all[e]; slices.Contains(r.from, s) && slices.Contains(r.by, role) {
			events = append(events, e)
		}
	}
	return events
}

// Apply lets an event happen to the case and adds it to the history; when it
// is refused nothing has changed. Codes: CodeForbidden (not theirs to do),
// CodeMembershipState (params: event, state), CodeInvalid (field).
func (c *Case) Apply(change Change, by Actor, at time.Time) error {
	r, known := rules()[change.Event]
	from := c.State
	if from == "" {
		from = Draft
	}
	switch {
	case !known:
		return app.Fault(app.CodeInvalid, nil, "field", "event", "value", string(change.Event))
	case !slices.Contains(r.by, by.Role):
		return app.Fault(app.CodeForbidden, nil)
	case !slices.Contains(r.from, from), change.Event == Expire && (c.ExpiresAt == nil || at.Before(*c.ExpiresAt)):
		return app.Fault(app.CodeMembershipState, nil, "event", string(change.Event), "state", string(from))
	}
	if err := change.carries(r.needs); err != nil {
		return err
	}
	to := r.to
	if to == "" {
		to = from
	}
	entry := Entry{
		Change: change.ID, At: at, Event: change.Event, To: to, By: by,
		Reason: strings.TrimSpace(change.Reason), Fields: change.Fields, Protocol: change.Protocol, Document: change.Document,
	}
	if c.State != "" {
		entry.From = from
	}
	c.State = to
	c.remember(change, at)
	c.History = append(c.History, entry)
	return nil
}

func (ch *Change) carries(what string) error {
	missing := func(field string) error { return app.Fault(app.CodeInvalid, nil, "field", field, "value", "") }
	switch {
	case what == "reason" && strings.TrimSpace(ch.Reason) == "":
		return missing("reason")
	case what == "protocol" && strings.TrimSpace(ch.Protocol.Number) == "":
		return missing("protocol.number")
	case what == "document" && (ch.Document == nil || ch.Document.SHA256 == "" || ch.Document.Signature == nil):
		return missing("document") // between authorities only a digital signature counts
	}
	if _, ok := ch.Protocol.Date.Time(); what == "protocol" && !ok {
		return missing("protocol.date")
	}
	return nil
}

// remember keeps what later events depend on: terms, protocol, agreement.
func (c *Case) remember(change Change, at time.Time) {
	reply := func() *time.Time { t := endOfDay(at, ReplyDays); return &t }
	switch change.Event {
	case Register:
		due := at.Add(ReviewDays * 24 * time.Hour)
		c.Protocol, c.Due = change.Protocol, &due
	case RequestIntegration:
		if c.Due != nil {
			c.LeftMS = max(c.Due.Sub(at).Milliseconds(), 0)
		}
		c.Due, c.ExpiresAt = nil, reply()
	case Integrate:
		due := at.Add(time.Duration(c.LeftMS) * time.Millisecond)
		c.Due, c.LeftMS, c.ExpiresAt = &due, 0, nil
	case Accept:
		c.Due, c.ExpiresAt = nil, reply()
	case DeliverAgreement: // in time: from here on it is the region's turn
		c.Agreement, c.ExpiresAt = change.Document, nil
	case ReturnAgreement:
		c.Agreement, c.ExpiresAt = nil, reply()
	case RegisterAgreement:
		c.Agreement, c.ExpiresAt = change.Document, nil
	case Reject, Withdraw, Expire:
		c.Due, c.LeftMS, c.ExpiresAt = nil, 0, nil
	}
}

// endOfDay is the last second of the day so many days later, as the papers name
// it: who answers in the evening of the last day is in time.
func endOfDay(at time.Time, days int) time.Time {
	year, month, day := ItalianTime(at).Date()
	end := time.Date(year, month, day+days, 23, 59, 59, 0, time.UTC)
	_, offset := ItalianTime(end).Zone()
	return end.Add(-time.Duration(offset) * time.Second)
}

// ItalianTime is a moment as the clocks of Italy show it, on computers too that
// stand in another zone or have no table of zones. Summer time lasts from the
// last Sunday of March to the last one of October, 1:00 UTC.
func ItalianTime(at time.Time) time.Time {
	changes := func(month time.Month) time.Time {
		last := time.Date(at.UTC().Year(), month, 31, 1, 0, 0, 0, time.UTC)
		return last.AddDate(0, 0, -int(last.Weekday()))
	}
	if at.Before(changes(time.March)) || !at.Before(changes(time.October)) {
		return at.In(time.FixedZone("CET", 60*60))
	}
	return at.In(time.FixedZone("CEST", 2*60*60))
}

// Reminder says whose term ends soon or has passed.
type Reminder struct {
	Whose string // ByApplicant or ByExaminer
	Until time.Time
	Days  int // of the calendar in Italy that are left; below 0 it has passed
}

// Reminder returns what is to be remembered at a moment, nil for nothing.
func (c *Case) Reminder(now time.Time) *Reminder {
	whose, until := ByExaminer, c.Due
	if c.ExpiresAt != nil {
		whose, until = ByApplicant, c.ExpiresAt
	}
	if until == nil || until.Sub(now) > WarnDays*24*time.Hour {
		return nil
	}
	days := dayNumber(*until) - dayNumber(now)
	if now.After(*until) {
		days = min(days, -1)
	}
	return &Reminder{Whose: whose, Until: *until, Days: days}
}

// ClosedAt is when a request came to its end without a member, zero when it
// did not.
func (c *Case) ClosedAt() time.Time {
	if n := len(c.History); n > 0 && c.State.Closed() {
		return c.History[n-1].At // nothing happens to it after that
	}
	return time.Time{}
}

// dayNumber counts the days of Italy's calendar.
func dayNumber(at time.Time) int {
	year, month, day := ItalianTime(at).Date()
	return int(time.Date(year, month, day, 0, 0, 0, 0, time.UTC).Unix() / (24 * 60 * 60))
}

// Last is the latest entry of an event, nil when there is none.
func (c *Case) Last(e Event) *Entry {
	for i := len(c.History) - 1; i >= 0; i-- {
		if c.History[i].Event == e {
			return &c.History[i]
		}
	}
	return nil
}

// ForApplicant is the case as its applicant sees it: neither who works at the
// region nor who else asked.
func (c *Case) ForApplicant() Case {
	own := *c
	own.Rivals = nil
	own.History = slices.Clone(c.History)
	for i := range own.History {
		own.History[i].By.ID = ""
	}
	return own
}
