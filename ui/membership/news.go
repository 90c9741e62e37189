package membership

import (
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"

	"polis/app"
	"polis/app/membership"
	"polis/app/page"
	"polis/app/phrase"
)

// Memory is what somebody has seen of the requests: per request how many
// entries of its history. It is a line of text, to be kept as a setting.
type Memory map[string]int

// ReadMemory reads a line that String wrote; what is none is forgotten.
func ReadMemory(line string) Memory {
	m := Memory{}
	for _, word := range strings.Fields(line) {
		id, n, ok := strings.Cut(word, "=")
		if seen, err := strconv.Atoi(n); ok && err == nil {
			m[id] = seen
		}
	}
	return m
}

// String writes what was seen of those that there are.
func (m Memory) String() string {
	words := make([]string, 0, len(m))
	for _, id := range slices.Sorted(maps.Keys(m)) {
		words = append(words, id+"="+strconv.Itoa(m[id]))
	}
	return strings.Join(words, " ")
}

// News returns what the region did that was not seen, nil for nothing.
func (m Memory) News(f *membership.Filed) *membership.Entry {
	if f.Case == nil {
		return nil
	}
	h := f.Case.History
	for i := len(h) - 1; i >= max(m[f.Request.ID], 0) && i >= 0; i-- {
		if h[i].By.Role != membership.ByApplicant {
			return &h[i]
		}
	}
	return nil
}

// See notes that a request was seen as it is, and reports whether that is
// more than before.
func (m Memory) See(f *membership.Filed) bool {
	if f.Case == nil || m[f.Request.ID] == len(f.Case.History) {
		return false
	}
	m[f.Request.ID] = len(f.Case.History)
	return true
}

// Reminder says that the applicant's time ends soon, "" when it does not.
func Reminder(words *phrase.Book, c *membership.Case, now time.Time, at *time.Location) string {
	r := c.Reminder(now)
	if r == nil || c.Agreement != nil || r.Whose != membership.ByApplicant {
		return ""
	}
	date := strings.ReplaceAll(page.Date(app.Day(r.Until.In(at)), words.Lang()), " ", "\u00a0")
	switch {
	case r.Days < 0:
		return words.Text("membership.term.over", "date", date)
	case r.Days == 0:
		return words.Text("membership.term.today", "date", date)
	}
	return words.Count("membership.term.soon", r.Days, "date", date)
}
