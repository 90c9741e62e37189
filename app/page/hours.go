package page

import (
	"slices"
	"strings"

	"polis/app"
)

// HoursRow is the opening of some days: "Lun – ven" "8:30 – 13:00".
type HoursRow struct{ Days, Times string }

func week() []string { return []string{"MO", "TU", "WE", "TH", "FR", "SA", "SU"} }

// OpeningHours groups the days that have the same times, in the order of the
// week; days without times are left out.
func OpeningHours(hours []app.Hours, words Words) []HoursRow {
	times := map[string]string{}
	for _, day := range week() {
		times[day] = timesOf(hours, day)
	}
	var rows []HoursRow
	done := map[string]bool{"": true}
	for _, day := range week() {
		if done[times[day]] {
			continue
		}
		done[times[day]] = true
		var same []int
		for i, other := range week() {
			if times[other] == times[day] {
				same = append(same, i)
			}
		}
		rows = append(rows, HoursRow{Days: capital(dayNames(same, words)), Times: times[day]})
	}
	return rows
}

func timesOf(hours []app.Hours, day string) string {
	var spans []app.Hours
	for _, h := range hours {
		if slices.Contains(h.Days, day) && h.Opens != "" {
			spans = append(spans, h)
		}
	}
	slices.SortStableFunc(spans, func(a, b app.Hours) int { return strings.Compare(a.Opens, b.Opens) })
	var texts []string
	for _, h := range spans {
		text := clock(h.Opens) + "–" + clock(h.Closes)
		if !slices.Contains(texts, text) {
			texts = append(texts, text)
		}
	}
	return strings.Join(texts, ", ")
}

// clock writes "09:00" as "9:00".
func clock(s string) string {
	if len(s) == 5 && s[0] == '0' {
		return s[1:]
	}
	return s
}

// dayNames writes three or more days in a row as a range.
func dayNames(days []int, words Words) string {
	var parts []string
	for i := 0; i < len(days); {
		end := i
		for end+1 < len(days) && days[end+1] == days[end]+1 {
			end++
		}
		if end-i >= 2 {
			parts = append(parts, words("day."+week()[days[i]])+"–"+words("day."+week()[days[end]]))
			i = end + 1
			continue
		}
		parts = append(parts, words("day."+week()[days[i]]))
		i++
	}
	return strings.Join(parts, ", ")
}
