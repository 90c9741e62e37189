package app

import (
	"slices"
	"time"
)

// Contact is one request of one person, logged at an office. It is
// append-only: a correction is a new contact with Corrects. Nothing in it
// tells who the person is.
type Contact struct {
	ID             string         `json:"id"`     // UUIDv7
	Visit          string         `json:"visit"`  // UUIDv7; one person, one or more contacts
	Number         string         `json:"number"` // "2026-00012", per workstation and year
	Authority      string         `json:"authority"`
	Office         string         `json:"office"`
	Operator       string         `json:"operator"` // opaque
	OpenedAt       time.Time      `json:"opened_at"`
	ClosedAt       time.Time      `json:"closed_at"`
	RecordedAt     time.Time      `json:"recorded_at"`
	ClockOffsetMS  int64          `json:"clock_offset_ms"`
	Channel        string         `json:"channel"`
	User           string         `json:"user"`
	RequestType    string         `json:"request_type"`
	Topic          string         `json:"topic"`
	Outcome        string         `json:"outcome"`
	UnmetReason    string         `json:"unmet_reason"`
	Sheets         []ContactSheet `json:"sheets"`
	Referral       *Referral      `json:"referral,omitempty"`
	FollowUp       *FollowUp      `json:"follow_up,omitempty"`
	ProtocolNumber string         `json:"protocol_number"`
	Gender         string         `json:"gender"`
	AgeBand        string         `json:"age_band"`
	Language       string         `json:"language"`
	Residence      string         `json:"residence"`
	Assistance     string         `json:"assistance"`
	QueueTicket    string         `json:"queue_ticket"`
	Corrects       string         `json:"corrects"`
}

// Personal is what may tell who the person is. It never stands in the contact
// itself: on this computer it lies encrypted, and only the office's own
// workstations can read what leaves it.
type Personal struct {
	Note     string
	Identity Identity
}

// Identity is whom to call back; empty unless a reply needs it.
type Identity struct {
	Name  string `json:"name"`
	Phone string `json:"phone"`
	Email string `json:"email"`
}

// ContactSheet is a sheet consulted during a contact and perhaps handed out.
type ContactSheet struct {
	Code      string `json:"code"`
	Version   int64  `json:"version"`
	Language  string `json:"language"`
	HandedOut bool   `json:"handed_out"`
	Copies    int    `json:"copies"`
}

// Referral sends the person to another office.
type Referral struct {
	Office string `json:"office"`
}

// FollowUp promises to call back by a day.
type FollowUp struct {
	Due Date `json:"due"`
}

// Values of the contact's closed lists, in the order in which they are
// offered; the likeliest three come first.
const (
	ChannelInPerson        = "in_person"
	UserCitizen            = "citizen"
	RequestTypeInformation = "information"
	OutcomeResolved        = "resolved"
	OutcomeUnmet           = "unmet"
	UnmetSheetMissing      = "sheet_missing"
	TopicUnspecified       = "unspecified"
)

// Channels lists how a person can reach an office.
func Channels() []string {
	return []string{ChannelInPerson, "phone", "email", "pec", "mail", "web", "video"}
}

// Users lists the kinds of user.
func Users() []string {
	return []string{UserCitizen, "business", "professional", "public_body", "association", "internal"}
}

// RequestTypes lists what a person can ask for.
func RequestTypes() []string {
	return []string{
		RequestTypeInformation, "forms", "orientation", "access_documents", "access_civic", "access_generalised",
		"report", "complaint", "suggestion", "praise", "service_rendered", "booking",
	}
}

// Outcomes lists how a contact can end.
func Outcomes() []string {
	return []string{OutcomeResolved, "referred", "deferred", "redirected", OutcomeUnmet}
}

// UnmetReasons lists why a need was not met.
func UnmetReasons() []string { return []string{UnmetSheetMissing, "out_of_date", "unclear", "other"} }

// Validate checks the contact's closed lists and identifiers and names the
// first field that does not hold, as CodeInvalid with params field, value.
func (c *Contact) Validate() error {
	lists := []struct {
		field, value string
		allowed      []string
	}{
		{"channel", c.Channel, Channels()},
		{"user", c.User, Users()},
		{"request_type", c.RequestType, RequestTypes()},
		{"outcome", c.Outcome, Outcomes()},
	}
	for _, l := range lists {
		if !slices.Contains(l.allowed, l.value) {
			return Fault(CodeInvalid, nil, "field", l.field, "value", l.value)
		}
	}
	if c.UnmetReason != "" && !slices.Contains(UnmetReasons(), c.UnmetReason) {
		return Fault(CodeInvalid, nil, "field", "unmet_reason", "value", c.UnmetReason)
	}
	for _, f := range [][2]string{{"id", c.ID}, {"visit", c.Visit}, {"operator", c.Operator}, {"authority", c.Authority}} {
		if f[1] == "" {
			return Fault(CodeInvalid, nil, "field", f[0], "value", "")
		}
	}
	return nil
}
