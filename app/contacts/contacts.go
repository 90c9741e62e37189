// Package contacts is the log of the office afterwards: what was logged, by
// day, with what became of it on its way to the hub.
package contacts

import (
	"cmp"
	"context"
	"encoding/csv"
	"io"
	"slices"
	"strconv"
	"strings"
	"time"

	"polis/app"
)

// States of a contact on its way to the hub.
const (
	StateQueued      = "queued"
	StateSent        = "sent"
	StateAcked       = "acked"
	StateQuarantined = "quarantined"
	StateDiscarded   = "discarded" // refused, and given up by a person
)

// Entry is a logged contact; what it says of a person only the office can read.
// One of a colleague was logged on another workstation of the office: its
// number is that workstation's, its state StateAcked. Closed is when the
// promised call was made, zero while it was not.
type Entry struct {
	app.Contact
	Note      string    `json:"-"`
	State     string    `json:"-"`
	Colleague bool      `json:"-"`
	Closed    time.Time `json:"-"`
	// Identity is whom to call back. Unreadable says that there are notes or
	// an identity that this workstation cannot open.
	Identity   app.Identity `json:"-"`
	Unreadable bool         `json:"-"`
}

// ToCall reports whether a call was promised and not made yet.
func (e *Entry) ToCall() bool { return e.FollowUp != nil && e.Closed.IsZero() }

// ToCall returns the entries whose call was promised and not made yet, the
// most urgent first. One that a later contact corrects says no more what was
// promised.
func ToCall(entries []Entry) []Entry {
	corrected := map[string]bool{}
	for i := range entries {
		corrected[entries[i].Corrects] = true
	}
	var open []Entry
	for i := range entries {
		if e := &entries[i]; e.ToCall() && !corrected[e.ID] {
			open = append(open, *e)
		}
	}
	slices.SortStableFunc(open, func(a, b Entry) int { return cmp.Compare(a.FollowUp.Due, b.FollowUp.Due) })
	return open
}

// FollowUps closes what was promised. CodeNotFound when the contact promised
// nothing; one that is closed stays as it is.
type FollowUps interface {
	CloseFollowUp(ctx context.Context, contact, operator string, at time.Time) error
}

// Source reads the log. Days are local and both included; an empty end is
// open. Newest first.
type Source interface {
	Contacts(ctx context.Context, span app.Span, limit int) ([]Entry, error)
}

// csvHead names the columns of the CSV like the fields of the contact.
func csvHead() []string {
	return []string{
		"number", "id", "visit", "authority", "office", "recorded_at", "channel", "user", "request_type", "topic",
		"outcome", "unmet_reason", "sheets", "handed_out", "follow_up", "referral",
	}
}

// WriteCSV writes the entries with semicolons and a byte-order mark, the way
// Italian spreadsheets open it; times in the location given. Notes stay out.
func WriteCSV(w io.Writer, entries []Entry, loc *time.Location) error {
	rows := make([][]string, 0, len(entries)+1)
	rows = append(rows, csvHead())
	for i := range entries {
		rows = append(rows, csvRow(&entries[i], loc))
	}
	return writeRows(w, rows)
}

func writeRows(w io.Writer, rows [][]string) error {
	if _, err := io.WriteString(w, "\ufeff"); err != nil {
		return err
	}
	out := csv.NewWriter(w)
	out.Comma = ';'
	return out.WriteAll(rows)
}

func csvRow(e *Entry, loc *time.Location) []string {
	var seen, handed []string
	for _, s := range e.Sheets {
		mark := s.Code + "@" + strconv.FormatInt(s.Version, 10)
		seen = append(seen, mark)
		if s.HandedOut {
			handed = append(handed, mark)
		}
	}
	due, office := "", ""
	if e.FollowUp != nil {
		due = string(e.FollowUp.Due)
	}
	if e.Referral != nil {
		office = e.Referral.Office
	}
	row := []string{
		e.Number, e.ID, e.Visit, e.Authority, e.Office, e.RecordedAt.In(loc).Format("2006-01-02 15:04:05"), e.Channel, e.User,
		e.RequestType, e.Topic, e.Outcome, e.UnmetReason, strings.Join(seen, " "), strings.Join(handed, " "), due, office,
	}
	for i := range row {
		row[i] = harmless(row[i])
	}
	return row
}

// harmless keeps a spreadsheet from taking a text for a formula.
func harmless(s string) string {
	if s != "" && strings.ContainsRune("=+-@\t\r", rune(s[0])) {
		return "'" + s
	}
	return s
}
