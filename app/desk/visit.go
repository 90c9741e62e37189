package desk

import (
	"maps"
	"slices"
	"time"

	"github.com/google/uuid"

	"polis/app"
)

// MaxParked is how many visits can wait at once.
const MaxParked = 4

// Visit is one person at the counter and the contact in progress. It belongs
// to the goroutine that draws the window.
type Visit struct {
	ID          string
	OpenedAt    time.Time
	Channel     string
	User        string
	RequestType string
	Outcome     string
	UnmetReason string
	Topic       string // chosen by hand; "" = that of the first sheet
	FollowUp    app.Date
	Referral    string
	Note        string
	CallBack    app.Identity // whom to call, of a follow-up
	Chosen      bool         // the operator made a choice
	Number      string       // of its contact, once it is logged

	missed   bool   // the outcome says so because no sheet was found
	proposed string // note that came with it

	topics map[string]string // first topic of each sheet seen
	sheets []app.ContactSheet
}

// NewVisit starts a visit with the likeliest choices already made.
func NewVisit(now time.Time) *Visit {
	return &Visit{
		ID: newID(), OpenedAt: now,
		Channel: app.ChannelInPerson, User: app.UserCitizen,
		RequestType: app.RequestTypeInformation, Outcome: app.OutcomeResolved,
		topics: map[string]string{},
	}
}

// Consult notes that a sheet was read; reading it again changes nothing but
// the language.
func (v *Visit) Consult(r *app.Reading) {
	i := v.index(r.Code)
	if i < 0 {
		v.found()
		v.sheets = append(v.sheets, app.ContactSheet{Code: r.Code, Version: r.Version, Language: r.Shown})
		if len(r.Topics) > 0 {
			v.topics[r.Code] = r.Topics[0]
		}
		return
	}
	if !v.sheets[i].HandedOut {
		v.sheets[i].Version, v.sheets[i].Language = r.Version, r.Shown
	}
}

// HandOut notes that a sheet was given on paper.
func (v *Visit) HandOut(r *app.Reading, copies int) {
	v.Consult(r)
	s := &v.sheets[v.index(r.Code)]
	s.HandedOut, s.Version, s.Language = true, r.Version, r.Shown
	s.Copies += copies
}

// TakeBack says that copies did not reach the person after all.
func (v *Visit) TakeBack(r *app.Reading, copies int) {
	i := v.index(r.Code)
	if i < 0 || !v.sheets[i].HandedOut {
		return
	}
	s := &v.sheets[i]
	s.Copies = max(s.Copies-copies, 0)
	s.HandedOut = s.Copies > 0
}

// Sheets returns the sheets seen so far, in order.
func (v *Visit) Sheets() []app.ContactSheet { return slices.Clone(v.sheets) }

// Counts returns how many sheets were seen and how many handed out.
func (v *Visit) Counts() (seen, handedOut int) {
	for _, s := range v.sheets {
		if s.HandedOut {
			handedOut++
		}
	}
	return len(v.sheets), handedOut
}

// Empty reports whether nothing has happened yet in this contact.
func (v *Visit) Empty() bool {
	return len(v.sheets) == 0 && v.Note == "" && v.CallBack == (app.Identity{}) && !v.Chosen
}

// Miss says that no sheet answers. The wording becomes the note, where the
// operator sees it and can change it, unless there is a note already; "" keeps
// the words out. A sheet that is found later takes all of it back.
func (v *Visit) Miss(wording string) {
	v.Outcome, v.UnmetReason, v.missed = app.OutcomeUnmet, app.UnmetSheetMissing, true
	v.FollowUp, v.Referral = "", ""
	if v.Note == "" {
		v.Note, v.proposed = wording, wording
	}
}

// found takes back what Miss said.
func (v *Visit) found() {
	if !v.missed {
		return
	}
	v.Outcome, v.UnmetReason, v.missed = app.OutcomeResolved, "", false
	if v.Note == v.proposed {
		v.Note = ""
	}
}

// Decide takes the outcome that the operator chose; it stays whatever is
// found later.
func (v *Visit) Decide(outcome string) {
	v.Outcome, v.Chosen, v.missed = outcome, true, false
	v.FollowUp, v.UnmetReason, v.Referral = "", "", ""
}

// Unanswered reports a contact that would be logged as resolved although no
// sheet was read and the operator did not say so.
func (v *Visit) Unanswered() bool {
	return len(v.sheets) == 0 && v.Outcome == app.OutcomeResolved && !v.Chosen
}

// TopicOrFirst returns the chosen topic, else that of the first sheet, else
// TopicUnspecified.
func (v *Visit) TopicOrFirst() string {
	if v.Topic != "" {
		return v.Topic
	}
	for _, s := range v.sheets {
		if t := v.topics[s.Code]; t != "" {
			return t
		}
	}
	return app.TopicUnspecified
}

// Copy is the visit as it is now.
func (v *Visit) Copy() *Visit {
	c := *v
	c.sheets, c.topics = slices.Clone(v.sheets), maps.Clone(v.topics)
	return &c
}

// Another prepares the next request of the same person: same visit, channel
// and kind of user, everything else from the start.
func (v *Visit) Another(now time.Time) *Visit {
	n := NewVisit(now)
	n.ID, n.Channel, n.User = v.ID, v.Channel, v.User
	return n
}

// personal is what the contact says of the person. Whom to call belongs to a
// follow-up: without one it is not kept.
func (v *Visit) personal() app.Personal {
	p := app.Personal{Note: v.Note}
	if v.FollowUp != "" {
		p.Identity = v.CallBack
	}
	return p
}

// contact makes the record of the contact in progress.
func (v *Visit) contact(now time.Time) app.Contact {
	c := app.Contact{
		ID: newID(), Visit: v.ID, OpenedAt: v.OpenedAt.UTC(), ClosedAt: now.UTC(), RecordedAt: now.UTC(),
		Channel: v.Channel, User: v.User, RequestType: v.RequestType, Outcome: v.Outcome,
		Topic: v.TopicOrFirst(), Sheets: v.Sheets(),
	}
	if v.Outcome == app.OutcomeUnmet {
		c.UnmetReason = v.UnmetReason
	}
	if v.FollowUp != "" {
		c.FollowUp = &app.FollowUp{Due: v.FollowUp}
	}
	if v.Referral != "" {
		c.Referral = &app.Referral{Office: v.Referral}
	}
	return c
}

func (v *Visit) index(code string) int {
	return slices.IndexFunc(v.sheets, func(s app.ContactSheet) bool { return s.Code == code })
}

func newID() string {
	id, err := uuid.NewV7()
	if err != nil { // no randomness from the system: a random v4 cannot work either
		return uuid.NewString()
	}
	return id.String()
}

// Visits is the visit at the counter and those that wait.
type Visits struct {
	Current *Visit
	Parked  []*Visit // oldest first
}

// Park sets the current visit aside and starts another; it reports false
// when MaxParked wait already.
func (v *Visits) Park(now time.Time) bool {
	if len(v.Parked) >= MaxParked {
		return false
	}
	v.Parked = append(v.Parked, v.Current)
	v.Current = NewVisit(now)
	return true
}

// Return takes the i-th parked visit back. A current visit in which
// something happened is parked in its place.
func (v *Visits) Return(i int) bool {
	if i < 0 || i >= len(v.Parked) {
		return false
	}
	back := v.Parked[i]
	if v.Current.Empty() {
		v.Parked = slices.Delete(v.Parked, i, i+1)
	} else {
		v.Parked[i] = v.Current
	}
	v.Current = back
	return true
}
