package membership_test

import (
	"encoding/json"
	"slices"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"polis/app"
	"polis/app/membership"
)

var start = time.Date(2026, 11, 23, 9, 0, 0, 0, time.UTC)

const day = 24 * time.Hour

func events() []membership.Event {
	return []membership.Event{
		membership.Submit, membership.Replace, membership.Register, membership.StartReview, membership.RequestIntegration,
		membership.Integrate, membership.Accept, membership.Reject, membership.DeliverAgreement, membership.ReturnAgreement,
		membership.RegisterAgreement, membership.Activate, membership.IssueLetter, membership.Withdraw, membership.Expire,
		membership.End, membership.Restore, "else",
	}
}

func roles() []string {
	return []string{membership.ByApplicant, membership.ByExaminer, membership.ByAdministrator, membership.ByHub, "operatore", ""}
}

func signedAgreement() *membership.Document {
	return &membership.Document{Kind: membership.DocumentAgreement, SHA256: strings.Repeat("a", 64), Signature: &membership.Signature{Format: membership.FormatCAdES}}
}

func text(t *rapid.T, c *membership.Case) string {
	raw, err := json.Marshal(c)
	if err != nil {
		t.Fatal(err)
	}
	return string(raw)
}

// Whatever happens in whatever order: what is refused changes nothing, the
// history tells how the state came about, terms run only where they may, and
// nobody is a member without an agreement that was accepted, signed and
// registered.
func TestMachineHolds(t *testing.T) {
	members := 0
	rapid.Check(t, func(t *rapid.T) {
		c := &membership.Case{ID: "r", History: []membership.Entry{}}
		now := start
		var worked time.Duration // in which the region's clock ran
		for range rapid.IntRange(1, 60).Draw(t, "n") {
			step := time.Duration(rapid.IntRange(0, 20*24).Draw(t, "hours")) * time.Hour
			if c.State == membership.Registered || c.State == membership.UnderReview {
				worked += step
			}
			now = now.Add(step)
			change, by := draw(t, c)
			before := text(t, c)
			if err := c.Apply(change, by, now); err != nil {
				if after := text(t, c); after != before {
					t.Fatalf("refused with %v, and changed\n%s\n%s", err, before, after)
				}
				if code := app.ErrorCode(err); code != app.CodeForbidden && code != app.CodeMembershipState && code != app.CodeInvalid {
					t.Fatalf("refused with %v", err)
				}
				continue
			}
			last := c.History[len(c.History)-1]
			if last.Event != change.Event || last.To != c.State || !last.At.Equal(now) || last.By != by || last.Change != change.ID {
				t.Fatalf("history says %+v of %+v by %+v", last, change, by)
			}
			if !slices.Contains(membership.Allowed(last.From, by.Role), change.Event) && last.From != "" {
				t.Fatalf("%s happened in %s by %s and was not allowed", change.Event, last.From, by.Role)
			}
			if c.State == membership.Active {
				members++
			}
			holds(t, c, now, worked)
		}
	})
	if members == 0 {
		t.Error("no run came as far as a member: the test tests nothing")
	}
}

// draw goes on with the procedure half of the time: random events alone
// rarely come far.
func draw(t *rapid.T, c *membership.Case) (membership.Change, membership.Actor) {
	by := membership.Actor{Role: rapid.SampledFrom(roles()).Draw(t, "role"), ID: "op"}
	change := membership.Change{ID: "c", Request: c.ID, Event: rapid.SampledFrom(events()).Draw(t, "event")}
	state := c.State
	if state == "" {
		state = membership.Draft
	}
	full := rapid.IntRange(0, 4).Draw(t, "carries") > 0
	if next, ok := forward()[state]; ok && rapid.Bool().Draw(t, "on") {
		change.Event, by.Role = next.Event, next.By.Role
	} else if may := membership.Allowed(state, by.Role); len(may) > 0 && rapid.Bool().Draw(t, "may") {
		change.Event = rapid.SampledFrom(may).Draw(t, "allowed")
	}
	if full || rapid.Bool().Draw(t, "reason") {
		change.Reason = "because"
	}
	if full || rapid.Bool().Draw(t, "protocol") {
		change.Protocol = membership.Protocol{Number: "12/A", Date: "2026-11-23"}
	}
	if full || rapid.Bool().Draw(t, "document") {
		change.Document = signedAgreement()
		if !full {
			change.Document.Signature = nil
		}
	}
	return change, by
}

// forward is the way of a request with which nothing is wrong.
func forward() map[membership.State]membership.Entry {
	step := func(e membership.Event, role string) membership.Entry {
		return membership.Entry{Event: e, By: membership.Actor{Role: role}}
	}
	return map[membership.State]membership.Entry{
		membership.Draft:       step(membership.Submit, membership.ByApplicant),
		membership.Sent:        step(membership.Register, membership.ByExaminer),
		membership.Registered:  step(membership.StartReview, membership.ByExaminer),
		membership.UnderReview: step(membership.Accept, membership.ByExaminer),
		membership.Integration: step(membership.Integrate, membership.ByApplicant),
		membership.Accepted:    step(membership.RegisterAgreement, membership.ByExaminer),
		membership.Signed:      step(membership.Activate, membership.ByAdministrator),
		membership.Active:      step(membership.End, membership.ByAdministrator),
		membership.Ended:       step(membership.Restore, membership.ByAdministrator),
	}
}

func holds(t *rapid.T, c *membership.Case, now time.Time, worked time.Duration) {
	h := c.History
	for i := 1; i < len(h); i++ {
		if h[i].From != h[i-1].To {
			t.Fatalf("the history jumps from %s to %s", h[i-1].To, h[i].From)
		}
	}
	runs := c.State == membership.Registered || c.State == membership.UnderReview
	if runs != (c.Due != nil) {
		t.Fatalf("in %s the region's term is %v", c.State, c.Due)
	}
	waits := c.State == membership.Integration || c.State == membership.Accepted && c.Agreement == nil
	if waits != (c.ExpiresAt != nil) {
		t.Fatalf("in %s the applicant's term is %v, the agreement %v", c.State, c.ExpiresAt, c.Agreement)
	}
	if waits && c.ExpiresAt.Sub(h[len(h)-1].At) > (membership.ReplyDays+1)*day+time.Hour { // to the end of the day, which may have 25 hours
		t.Fatalf("the applicant has until %v", c.ExpiresAt)
	}
	term := time.Duration(membership.ReviewDays) * day
	if left := time.Duration(c.LeftMS) * time.Millisecond; worked < term {
		if c.State == membership.Integration && left != term-worked {
			t.Fatalf("%v are left, %v were worked", left, worked)
		}
		if runs && c.Due.Sub(now) != term-worked {
			t.Fatalf("due in %v, %v were worked", c.Due.Sub(now), worked)
		}
	}
	if c.State == membership.Active {
		earned(t, c)
	}
	if c.State == membership.Rejected || c.State == membership.Withdrawn || c.State == membership.Expired {
		for _, role := range roles() {
			if may := membership.Allowed(c.State, role); len(may) > 0 {
				t.Fatalf("after %s %s may %v", c.State, role, may)
			}
		}
	}
}

// earned looks at the history alone.
func earned(t *rapid.T, c *membership.Case) {
	at := func(e membership.Event) int {
		for i := len(c.History) - 1; i >= 0; i-- {
			if c.History[i].Event == e {
				return i
			}
		}
		return -1
	}
	accepted, registered, returned, activated := at(membership.Accept), at(membership.RegisterAgreement), at(membership.ReturnAgreement), at(membership.Activate)
	if accepted < 0 || registered < accepted || registered < returned || activated < registered {
		t.Fatalf("active after %+v", c.History)
	}
	e := c.History[registered]
	if e.Document == nil || e.Document.Signature == nil || e.By.Role == membership.ByApplicant || c.Agreement != e.Document {
		t.Fatalf("the agreement is %+v, registered by %+v", e.Document, e.By)
	}
}

// TestPaths walks every way there is: each state can be reached, and without
// one of the steps in between nobody becomes a member.
func TestPaths(t *testing.T) {
	reach := func(without ...membership.Event) map[membership.State]bool {
		seen := map[membership.State]bool{membership.Draft: true}
		queue := []*membership.Case{{ID: "r"}}
		for len(queue) > 0 {
			c := queue[0]
			queue = queue[1:]
			for _, e := range events() {
				for _, role := range roles() {
					if slices.Contains(without, e) {
						continue
					}
					next := *c
					next.History = slices.Clone(c.History)
					change := membership.Change{ID: "c", Event: e, Reason: "r", Protocol: membership.Protocol{Number: "1", Date: "2026-11-23"}, Document: signedAgreement()}
					if next.Apply(change, membership.Actor{Role: role}, start.Add(time.Duration(len(next.History))*31*day)) == nil && !seen[next.State] {
						seen[next.State] = true
						queue = append(queue, &next)
					}
				}
			}
		}
		return seen
	}
	all := reach()
	for _, s := range membership.States() {
		if !all[s] {
			t.Errorf("%s cannot be reached", s)
		}
	}
	for _, e := range []membership.Event{membership.Submit, membership.Register, membership.StartReview, membership.Accept, membership.RegisterAgreement, membership.Activate} {
		if reach(e)[membership.Active] {
			t.Errorf("active without %s", e)
		}
	}
}

// The applicant's time lasts until the end of the day that the papers name, by
// the clocks of Italy.
func TestLastDay(t *testing.T) {
	for accepted, until := range map[string]string{
		"2026-11-03T09:15:00Z": "2026-12-03T22:59:59Z",
		"2026-11-03T23:30:00Z": "2026-12-04T22:59:59Z", // half past midnight there
		"2026-03-10T09:15:00Z": "2026-04-09T21:59:59Z", // summer time begins meanwhile
		"2026-10-10T22:30:00Z": "2026-11-10T22:59:59Z", // and ends
		"2026-10-25T00:30:00Z": "2026-11-24T22:59:59Z",
	} {
		at, err := time.Parse(time.RFC3339, accepted)
		if err != nil {
			t.Fatal(err)
		}
		c := &membership.Case{ID: "r", State: membership.UnderReview}
		applied(t, c, at, membership.ByExaminer, membership.Change{Event: membership.Accept})
		if got := c.ExpiresAt.UTC().Format(time.RFC3339); got != until {
			t.Errorf("accepted %s: until %s, want %s", accepted, got, until)
		}
		last := c.ExpiresAt.Add(-time.Minute)
		if err := c.Apply(membership.Change{Event: membership.Expire}, membership.Actor{Role: membership.ByHub}, last); app.ErrorCode(err) != app.CodeMembershipState {
			t.Errorf("over before the day is: %v", err)
		}
	}
}

func applied(t *testing.T, c *membership.Case, at time.Time, role string, list ...membership.Change) {
	t.Helper()
	for _, change := range list {
		if err := c.Apply(change, membership.Actor{Role: role, ID: "op"}, at); err != nil {
			t.Fatalf("%s: %v", change.Event, err)
		}
	}
}

// Days are those of a calendar: what ends tomorrow is not told as today's.
func TestDaysThatAreLeft(t *testing.T) {
	until := time.Date(2026, 10, 26, 8, 0, 0, 0, time.UTC) // 9:00, the day after summer time
	c := &membership.Case{Due: &until}
	for now, want := range map[string]int{
		"2026-10-25T17:00:00Z": 1, "2026-10-24T22:30:00Z": 1, "2026-10-24T21:30:00Z": 2, "2026-10-25T22:30:00Z": 1,
		"2026-10-25T23:30:00Z": 0, "2026-10-26T07:59:00Z": 0, "2026-10-26T08:01:00Z": -1, "2026-10-26T23:30:00Z": -1, "2026-10-28T09:00:00Z": -2,
		"2026-10-19T09:00:00Z": 7,
	} {
		at, err := time.Parse(time.RFC3339, now)
		if err != nil {
			t.Fatal(err)
		}
		if r := c.Reminder(at); r == nil || r.Days != want {
			t.Errorf("%s: %+v, want %d", now, r, want)
		}
	}
}

func TestTerms(t *testing.T) {
	c := &membership.Case{ID: "r"}
	applied(t, c, start, membership.ByApplicant, membership.Change{Event: membership.Submit})
	applied(t, c, start, membership.ByExaminer, membership.Change{Event: membership.Register, Protocol: membership.Protocol{Number: "7", Date: "2026-11-23"}},
		membership.Change{Event: membership.StartReview})
	if r := c.Reminder(start.Add(22 * day)); r != nil {
		t.Errorf("eight days before: %+v", r)
	}
	if r := c.Reminder(start.Add(24 * day)); r == nil || r.Whose != membership.ByExaminer || r.Days != 6 {
		t.Errorf("six days before: %+v", r)
	}
	if r := c.Reminder(start.Add(31 * day)); r == nil || r.Days >= 0 {
		t.Errorf("a day late: %+v", r)
	}
	applied(t, c, start.Add(20*day), membership.ByExaminer, membership.Change{Event: membership.RequestIntegration, Reason: "the act"})
	if r := c.Reminder(start.Add(45 * day)); r == nil || r.Whose != membership.ByApplicant || r.Days != 5 {
		t.Errorf("the applicant's: %+v", r)
	}
	expire := membership.Change{Event: membership.Expire}
	if err := c.Apply(expire, membership.Actor{Role: membership.ByHub}, start.Add(50*day-time.Second)); app.ErrorCode(err) != app.CodeMembershipState {
		t.Errorf("a second too early: %v", err)
	}
	applied(t, c, start.Add(45*day), membership.ByApplicant, membership.Change{Event: membership.Integrate})
	if want := start.Add(55 * day); c.Due == nil || !c.Due.Equal(want) {
		t.Errorf("due %v, want %v: the clock stood still", c.Due, want)
	}
	applied(t, c, start.Add(50*day), membership.ByExaminer, membership.Change{Event: membership.Accept})
	applied(t, c, start.Add(79*day), membership.ByApplicant, membership.Change{Event: membership.DeliverAgreement, Document: signedAgreement()})
	if err := c.Apply(expire, membership.Actor{Role: membership.ByHub}, start.Add(90*day)); app.ErrorCode(err) != app.CodeMembershipState {
		t.Errorf("who signed in time does not expire because the region is late: %v", err)
	}
	applied(t, c, start.Add(90*day), membership.ByExaminer, membership.Change{Event: membership.ReturnAgreement, Reason: "not the representative"})
	applied(t, c, *c.ExpiresAt, membership.ByHub, expire)
	if c.State != membership.Expired || c.ExpiresAt != nil || c.Due != nil {
		t.Errorf("%+v", c)
	}
	own := c.ForApplicant()
	for _, e := range own.History {
		if e.By.ID != "" {
			t.Errorf("the applicant sees who: %+v", e)
		}
	}
	if c.History[1].By.ID != "op" {
		t.Error("the region's own history was changed")
	}
}
