package contacts

import (
	"cmp"
	"context"
	"io"
	"slices"
	"strconv"
	"time"

	"polis/app"
)

// papersDays is how far back papers are looked for: older ones are hardly in
// use any more.
const papersDays = 365

// Papers are the papers of one sheet that were handed out before it changed.
type Papers struct {
	Code    string
	Title   string // of today; "" when the catalogue has the sheet no more
	Version int64  // of today; 0 when the catalogue has the sheet no more
	Copies  int
	// Contacts in which they were handed out: those that somebody can still be
	// told in first, then the newest first.
	Contacts []Entry
}

// ToTell returns the contacts of which the office knows whom to call or write
// to.
func (p *Papers) ToTell() []Entry {
	return slices.DeleteFunc(slices.Clone(p.Contacts), func(e Entry) bool { return !e.Reachable() })
}

// Reachable reports whether the office can tell the person something: an
// address was left, or a call is promised.
func (e *Entry) Reachable() bool {
	return e.Identity.Phone != "" || e.Identity.Email != "" || e.ToCall()
}

// CopiesOf returns how many papers of a sheet were handed out in the contact,
// and of which version.
func (e *Entry) CopiesOf(code string) (copies int, version int64) {
	for _, s := range e.Sheets {
		if s.Code == code && s.HandedOut {
			return max(s.Copies, 1), s.Version
		}
	}
	return 0, 0
}

// Sheets tells how sheets are today.
type Sheets interface {
	// Readings returns the sheets that exist.
	Readings(ctx context.Context, codes []string) ([]app.Reading, error)
}

// Outdated lists the sheets that changed, or disappeared, after papers of
// them were handed out in the last year; the most papers first. A contact
// that a later one corrects does not count.
func Outdated(ctx context.Context, log Source, sheets Sheets, now time.Time) ([]Papers, error) {
	entries, err := log.Contacts(ctx, app.Span{From: app.Day(now.AddDate(0, 0, -papersDays))}, 0)
	if err != nil {
		return nil, err
	}
	given := handedOut(entries)
	codes := make([]string, 0, len(given))
	for code := range given {
		codes = append(codes, code)
	}
	today, err := sheets.Readings(ctx, codes)
	if err != nil {
		return nil, err
	}
	known := map[string]app.Reading{}
	for _, r := range today {
		known[r.Code] = r
	}
	var out []Papers
	for code, in := range given {
		if p := outdated(code, in, known); p.Copies > 0 {
			out = append(out, p)
		}
	}
	slices.SortFunc(out, func(a, b Papers) int {
		return cmp.Or(cmp.Compare(b.Copies, a.Copies), cmp.Compare(a.Code, b.Code))
	})
	return out, nil
}

// handedOut finds the contacts in which each sheet was given on paper.
func handedOut(entries []Entry) map[string][]*Entry {
	corrected := map[string]bool{}
	for i := range entries {
		corrected[entries[i].Corrects] = true
	}
	given := map[string][]*Entry{}
	for i := range entries {
		e := &entries[i]
		if corrected[e.ID] {
			continue
		}
		for _, s := range e.Sheets {
			if n, _ := e.CopiesOf(s.Code); n > 0 && !slices.Contains(given[s.Code], e) {
				given[s.Code] = append(given[s.Code], e)
			}
		}
	}
	return given
}

func outdated(code string, in []*Entry, known map[string]app.Reading) Papers {
	r, there := known[code]
	p := Papers{Code: code, Title: r.Title, Version: r.Version}
	for _, e := range in {
		copies, version := e.CopiesOf(code)
		if there && version >= r.Version { // a hub that was restored may have started anew
			continue
		}
		p.Copies += copies
		p.Contacts = append(p.Contacts, *e)
	}
	slices.SortStableFunc(p.Contacts, func(a, b Entry) int {
		if a.Reachable() != b.Reachable() {
			if a.Reachable() {
				return -1
			}
			return 1
		}
		return b.RecordedAt.Compare(a.RecordedAt)
	})
	return p
}

// WritePapersCSV writes one line for each sheet and contact, as WriteCSV
// does: never whom to call.
func WritePapersCSV(w io.Writer, all []Papers, loc *time.Location) error {
	head := []string{"sheet", "title", "version_now", "version_handed_out", "copies", "contact", "recorded_at", "follow_up"}
	rows := [][]string{head}
	for i := range all {
		p := &all[i]
		for k := range p.Contacts {
			e := &p.Contacts[k]
			copies, version := e.CopiesOf(p.Code)
			due := ""
			if e.FollowUp != nil {
				due = string(e.FollowUp.Due)
			}
			rows = append(rows, []string{
				p.Code, harmless(p.Title), strconv.FormatInt(p.Version, 10), strconv.FormatInt(version, 10), strconv.Itoa(copies),
				e.Number, e.RecordedAt.In(loc).Format("2006-01-02 15:04"), due,
			})
		}
	}
	return writeRows(w, rows)
}
