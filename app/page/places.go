package page

import (
	"slices"
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
	if closed := m.closures(o); closed != "" {
		p.Notes = append(p.Notes, closed)
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

// closures tells those of the next weeks in one sentence, the nearest first:
// paper is kept for some time, not for years. Those for the same reason stand
// together. "" = none.
func (m placeMaker) closures(o app.Office) string {
	soon := m.on.AddDate(0, 0, 60)
	all := slices.DeleteFunc(slices.Clone(o.Closures), func(c app.Closure) bool { return c.To.Before(m.on) || !c.From.Before(soon) })
	slices.SortStableFunc(all, func(a, b app.Closure) int { return strings.Compare(string(a.From), string(b.From)) })
	var told []string
	for i := 0; i < len(all); {
		reason := flatSpaces(all[i].Reason)
		var days []string
		for ; i < len(all) && flatSpaces(all[i].Reason) == reason; i++ {
			if day := DateRange(all[i].From, all[i].To, m.lang); !slices.Contains(days, day) {
				days = append(days, day)
			}
		}
		when := strings.Join(days, ", ")
		if reason != "" {
			when += " (" + strings.TrimSuffix(reason, ".") + ")"
		}
		told = append(told, when)
	}
	if len(told) == 0 {
		return ""
	}
	return m.words("page.closed", "when", strings.Join(told, "; "))
}

func flatSpaces(s string) string { return strings.Join(strings.Fields(s), " ") }

// tells reports whether a place says more than its name.
func (p Place) tells() bool { return len(p.Lines) > 0 || len(p.Hours) > 0 || len(p.Notes) > 0 }
