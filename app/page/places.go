package page

import (
	"strings"
	"time"

	"polis/app"
)

// placeMaker tells of offices in one language, as of a day.
type placeMaker struct {
	words Words
	lang  string
	on    time.Time
}

// clipped is the longest text of notes where an office is one of many things
// on the paper.
const clipped = 200

// place is one office. Notes are cut at longest characters; 0 = whole.
func (m placeMaker) place(o app.Office, longest int) Place {
	p := Place{Name: o.Name, Hours: OpeningHours(o.OpeningHours, m.words)}
	if line := AddressLine(o.Address); line != "" {
		p.Lines = append(p.Lines, Text(line))
	}
	if reach := m.reach(o.Phone, o.Email); len(reach) > 0 {
		p.Lines = append(p.Lines, reach)
	}
	if notes := strings.Join(strings.Fields(Plain(o.OpeningNotes)), " "); notes != "" {
		if longest > 0 {
			notes = Clip(notes, longest)
		}
		p.Notes = append(p.Notes, notes)
	}
	if closed := m.closures(o); len(closed) > 0 {
		p.Notes = append(p.Notes, strings.Join(closed, " · "))
	}
	return p
}

// reach is telephone and mail on one line.
func (m placeMaker) reach(phone, mail string) []Inline {
	var out []Inline
	if phone != "" {
		out = append(out, Inline{Text: m.words("page.phone") + " " + phone})
	}
	if mail != "" {
		if len(out) > 0 {
			out = append(out, Inline{Text: " · "})
		}
		out = append(out, Inline{Text: mail, URL: safeURL("mailto:" + mail)})
	}
	return out
}

// closures tells those of the next weeks: paper is kept for some time, not
// for years.
func (m placeMaker) closures(o app.Office) []string {
	soon := m.on.AddDate(0, 0, 60)
	var closed []string
	for _, c := range o.Closures {
		if c.To.Before(m.on) || !c.From.Before(soon) {
			continue
		}
		key := "page.closed"
		if c.From == c.To {
			key = "page.closed_day"
		}
		closed = append(closed, strings.TrimSpace(m.words(key, "from", Date(c.From, m.lang), "to", Date(c.To, m.lang), "reason", c.Reason)))
	}
	return closed
}

// tells reports whether a place says more than its name.
func (p Place) tells() bool { return len(p.Lines) > 0 || len(p.Hours) > 0 || len(p.Notes) > 0 }
